# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The fields of an X.509 certificate that people ask for, read from its DER.

RFC 5280 (https://www.rfc-editor.org/rfc/rfc5280) says what is in it, RFC 4514
(https://www.rfc-editor.org/rfc/rfc4514) how a name is written. Nothing is verified: this is for finding out which
certificate a server shows, not for trusting it.

Runs on any host with Python 3.6 or later, standard library only.
"""

import datetime
import hashlib
import re
from typing import List, NamedTuple, Optional

from .rdp_der import OBJECT_IDENTIFIER, SEQUENCE, SET, DerValue, expect, read, read_all, read_object_identifier
from .rdp_errors import MalformedError

_VERSION, _INTEGER = 0xA0, 0x02
_UTC_TIME, _GENERALIZED_TIME = 0x17, 0x18

#: RFC 4514, section 3. Others are written with their number.
_ATTRIBUTES = {
    "2.5.4.3": "CN",
    "2.5.4.6": "C",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.9": "STREET",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    "0.9.2342.19200300.100.1.1": "UID",
    "0.9.2342.19200300.100.1.25": "DC",
}

#: The string types of X.520 by their tags. Some of them are ASCII by rule and hold UTF-8 in certificates that break it;
#: T61String is Latin-1 in practice. Windows writes BMPString and UTF8String.
_ENCODINGS = {
    12: "utf-8",
    18: "utf-8",
    19: "utf-8",
    20: "latin-1",
    22: "utf-8",
    26: "utf-8",
    28: "utf-32-be",
    30: "utf-16-be",
}


class ServerCertificate(NamedTuple):
    """The certificate that a server shows.

    Attributes:
        subject: Whom it names, as RFC 4514 writes it: the most specific part first.
        issuer: Who signed it, in the same form.
        sha1: The thumbprint as Windows shows it: SHA-1 over the DER, upper case hexadecimal digits.
        sha256: The same with SHA-256.
        not_before: From when it is valid, UTC.
        not_after: Until when it is valid, UTC.
        self_signed: Subject and issuer are the same.
    """

    subject: Optional[str]
    issuer: Optional[str]
    sha1: str
    sha256: str
    not_before: Optional[datetime.datetime]
    not_after: Optional[datetime.datetime]
    self_signed: Optional[bool]


def read_certificate(encoded: bytes) -> ServerCertificate:
    """Return what is in a certificate. If it can't be read, only the thumbprints."""
    sha1 = hashlib.new("sha1", encoded).hexdigest().upper()
    sha256 = hashlib.sha256(encoded).hexdigest().upper()
    try:
        outer = read_all(expect(read(encoded), SEQUENCE))
        fields = read_all(expect(outer[0], SEQUENCE)) if outer else []
        # Version 1 certificates have no version.
        fields = [field for field in fields if field.tag != _VERSION]
        if len(fields) < 6:
            raise MalformedError(f"a certificate with {len(fields)} fields")
        expect(fields[0], _INTEGER)
        issuer, validity, subject = fields[2:5]
        times = read_all(expect(validity, SEQUENCE))
        if len(times) != 2:
            raise MalformedError(f"a validity of {len(times)} times")
        return ServerCertificate(
            subject=read_name(subject),
            issuer=read_name(issuer),
            sha1=sha1,
            sha256=sha256,
            not_before=read_time(times[0]),
            not_after=read_time(times[1]),
            self_signed=subject.encoded == issuer.encoded,
        )
    except MalformedError:
        return ServerCertificate(None, None, sha1, sha256, None, None, None)


def read_time(value: DerValue) -> datetime.datetime:
    """Return a UTCTime or GeneralizedTime in the only form that RFC 5280, 4.1.2.5, allows."""
    if value.tag == _UTC_TIME:
        form = re.fullmatch(rb"(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z", value.content)
    elif value.tag == _GENERALIZED_TIME:
        form = re.fullmatch(rb"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z", value.content)
    else:
        raise MalformedError(f"tag 0x{value.tag:02x} where a time should be")
    if not form:
        raise MalformedError("a time that is none")
    year, month, day, hour, minute, second = (int(part) for part in form.groups())
    if value.tag == _UTC_TIME:
        year += 1900 if year >= 50 else 2000
    try:
        return datetime.datetime(year, month, day, hour, minute, second, tzinfo=datetime.timezone.utc)
    except ValueError:
        raise MalformedError("a time that is none") from None


def read_name(value: DerValue) -> str:
    """Return a Name as RFC 4514 writes it, with control characters as hexadecimal digits."""
    parts: List[str] = []
    for relative in read_all(expect(value, SEQUENCE)):
        attributes = [_attribute(attribute) for attribute in read_all(expect(relative, SET))]
        if not attributes:
            raise MalformedError("an empty part of a name")
        parts.append("+".join(attributes))
    return ",".join(reversed(parts))


def _attribute(value: DerValue) -> str:
    pair = read_all(expect(value, SEQUENCE))
    if len(pair) != 2:
        raise MalformedError("a part of a name that is no pair")
    number = read_object_identifier(expect(pair[0], OBJECT_IDENTIFIER))
    text = _text(pair[1])
    written = "#" + pair[1].encoded.hex() if text is None else _escape(text)
    return f"{_ATTRIBUTES.get(number, number)}={written}"


def _text(value: DerValue) -> Optional[str]:
    encoding = _ENCODINGS.get(value.tag)
    try:
        return value.content.decode(encoding) if encoding else None
    except UnicodeDecodeError:
        return None


def _escape(text: str) -> str:
    """RFC 4514, 2.4: the special characters, and space or '#' where they would be lost."""
    written: List[str] = []
    last = len(text) - 1
    for position, character in enumerate(text):
        at_edge = (position == 0 and character in " #") or (position == last and character == " ")
        if character in '"+,;<>\\' or at_edge:
            written.append("\\" + character)
        elif character.isprintable():
            written.append(character)
        else:
            written.extend(f"\\{byte:02X}" for byte in character.encode("utf-8", "surrogatepass"))
    return "".join(written)
