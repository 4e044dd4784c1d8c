# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a Windows host says about itself before anyone signs in: the NTLM challenge inside CredSSP.

The client sends NTLM's first message, which names no user, in a CredSSP TSRequest (MS-CSSP 2.2.1,
https://learn.microsoft.com/openspecs/windows_protocols/ms-cssp/); the server's challenge (MS-NLMP 2.2.1.2,
https://learn.microsoft.com/openspecs/windows_protocols/ms-nlmp/) holds its names, build and clock. There it ends: no
credentials, no logon. Bytes in, values out.

Runs on any host with Python 3.6 or later, standard library only.
"""

import datetime
import struct
from typing import Dict, List, NamedTuple, Optional, Tuple

from .rdp_der import INTEGER, OCTET_STRING, SEQUENCE, expect, read, read_all, write
from .rdp_errors import MalformedError

_SIGNATURE = b"NTLMSSP\x00"
# MS-NLMP 2.2.2.5: 56-bit and 128-bit keys, key exchange, version, extended session security, always sign, NTLM,
# LAN Manager key, seal, sign, request target, OEM, Unicode: what Windows' own clients offer.
_FLAGS = 0xE20882B7
_HAS_TARGET_INFO, _HAS_VERSION = 0x00800000, 0x02000000
# MS-NLMP 2.2.2.1
_NAMES = {1: "netbios_host", 2: "netbios_domain", 3: "dns_host", 4: "dns_domain", 5: "dns_forest"}
_END, _TIMESTAMP = 0, 7
#: Before it, FILETIME's zero: MS-DTYP 2.3.3.
_FILETIME_EPOCH = datetime.datetime(1601, 1, 1, tzinfo=datetime.timezone.utc)
_MOST_PAIRS = 100

LONGEST_ANSWER = 16384


class Challenge(NamedTuple):
    """What a server says about itself. What it leaves out is None.

    Attributes:
        names: netbios_host, netbios_domain, dns_host, dns_domain and dns_forest, as far as they are there.
        version: '10.0.20348'.
        build: 20348
        time: The server's clock, UTC.
    """

    names: Dict[str, str]
    version: Optional[str]
    build: Optional[int]
    time: Optional[datetime.datetime]


def request() -> bytes:
    """Return the TSRequest with NTLM's first message."""
    # Version 6 is what current Windows sends; a server answers with its own and uses the lower one (MS-CSSP 3.1.5).
    negotiate = _SIGNATURE + struct.pack("<II", 1, _FLAGS) + bytes(16) + struct.pack("<BBHxxxB", 10, 0, 0, 15)
    tokens = write(SEQUENCE, write(SEQUENCE, write(0xA0, write(OCTET_STRING, negotiate))))
    return write(SEQUENCE, write(0xA0, write(INTEGER, b"\x06")), write(0xA1, tokens))


def missing_bytes(received: bytes) -> int:
    """Return how many more bytes the TSRequest needs that has begun: 0 when it is complete."""
    if not received:
        return 2
    if received[0] != SEQUENCE:
        raise MalformedError("no TSRequest")
    if len(received) < 2:
        return 1
    count = received[1] & 0x7F if received[1] & 0x80 else 0
    if received[1] == 0x80 or count > 4:
        raise MalformedError("a length that can't be read")
    if len(received) < 2 + count:
        return 2 + count - len(received)
    length = int.from_bytes(received[2 : 2 + count], "big") if count else received[1]
    if length > LONGEST_ANSWER:
        raise MalformedError(f"a TSRequest of {length} bytes")
    return max(0, 2 + count + length - len(received))


def read_challenge(received: bytes) -> Challenge:
    """Return the challenge from a server's TSRequest.

    Raises:
        MalformedError: There is none in it, or it can't be read.
    """
    for field in read_all(expect(read(received), SEQUENCE)):
        if field.tag == 0xA1:
            for token in read_all(expect(read(field.content), SEQUENCE)):
                for part in read_all(expect(token, SEQUENCE)):
                    if part.tag == 0xA0:
                        return _message(_ntlm(expect(read(part.content), OCTET_STRING)))
    raise MalformedError("a TSRequest without a token")


def _ntlm(token: bytes) -> bytes:
    """Return the NTLM message of a token: the token itself, or what SPNEGO (RFC 4178, 4.2.2) wraps around it."""
    if token.startswith(_SIGNATURE):
        return token
    answer = read(token)
    for field in read_all(expect(read(expect(answer, 0xA1)), SEQUENCE)):
        if field.tag == 0xA2:
            return expect(read(field.content), OCTET_STRING)
    raise MalformedError("SPNEGO without a token")


def _message(message: bytes) -> Challenge:
    if len(message) < 48 or not message.startswith(_SIGNATURE) or message[8:12] != b"\x02\x00\x00\x00":
        raise MalformedError("no NTLM challenge")
    flags = struct.unpack_from("<I", message, 20)[0]
    names: Dict[str, str] = {}
    time = None
    for kind, content in _pairs(message) if flags & _HAS_TARGET_INFO else ():
        if kind in _NAMES and len(content) % 2 == 0:
            names[_NAMES[kind]] = printable(content.decode("utf-16-le", "replace"))
        elif kind == _TIMESTAMP and len(content) == 8:
            time = _time(struct.unpack("<Q", content)[0])
    version = build = None
    if flags & _HAS_VERSION and len(message) >= 56:
        major, minor, build = struct.unpack_from("<BBH", message, 48)
        version = f"{major}.{minor}.{build}"
    return Challenge(names, version, build, time)


def _pairs(message: bytes) -> List[Tuple[int, bytes]]:
    """Return the AV_PAIRs of the target information."""
    length, start = struct.unpack_from("<HxxI", message, 40)
    block = message[start : start + length]
    if len(block) != length:
        raise MalformedError("target information beyond the end of its message")
    pairs: List[Tuple[int, bytes]] = []
    position = 0
    while len(pairs) < _MOST_PAIRS:
        if len(block) - position < 4:
            raise MalformedError("target information without an end")
        kind, size = struct.unpack_from("<HH", block, position)
        content = block[position + 4 : position + 4 + size]
        if kind == _END:
            return pairs
        if len(content) != size:
            raise MalformedError("a pair beyond the end of the target information")
        pairs.append((kind, content))
        position += 4 + size
    raise MalformedError(f"more than {_MOST_PAIRS} pairs")


def _time(filetime: int) -> Optional[datetime.datetime]:
    try:
        return _FILETIME_EPOCH + datetime.timedelta(microseconds=filetime // 10)
    except OverflowError:
        return None


def printable(text: str) -> str:
    """Return untrusted text without characters that a terminal would act on."""
    return "".join(character if character.isprintable() else "?" for character in text)
