# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ASN.1 in DER, as far as certificates and CredSSP need it.

Reads tag, length and value of X.690 with definite lengths and tags of one byte, and writes the few values that a
CredSSP request holds. All input may come from an attacker: whatever is inconsistent raises MalformedError, and
nothing else is ever raised.

Runs on any host with Python 3.6 or later, standard library only.
"""

from typing import List, NamedTuple, Tuple

from .rdp_errors import MalformedError

INTEGER, OCTET_STRING, OBJECT_IDENTIFIER = 0x02, 0x04, 0x06
SEQUENCE, SET = 0x30, 0x31

#: No certificate name and no CredSSP answer holds more values at one level.
_MOST_VALUES = 1000


class DerValue(NamedTuple):
    """One value: its tag, what is in it, and all its bytes with tag and length."""

    tag: int
    content: bytes
    encoded: bytes


def read(data: bytes) -> DerValue:
    """Return the one value that the bytes hold, and nothing but it."""
    value, end = _read_at(data, 0)
    if end != len(data):
        raise MalformedError(f"{len(data) - end} bytes too many behind the value")
    return value


def read_all(data: bytes) -> List[DerValue]:
    """Return the values that follow each other in the bytes: what is in a SEQUENCE or a SET."""
    values: List[DerValue] = []
    position = 0
    while position < len(data):
        if len(values) == _MOST_VALUES:
            raise MalformedError(f"more than {_MOST_VALUES} values at one level")
        value, position = _read_at(data, position)
        values.append(value)
    return values


def expect(value: DerValue, tag: int) -> bytes:
    """Return what is in a value that must have this tag."""
    if value.tag != tag:
        raise MalformedError(f"tag 0x{value.tag:02x} where 0x{tag:02x} should be")
    return value.content


def write(tag: int, *contents: bytes) -> bytes:
    """Return a value with these contents, one after the other."""
    content = b"".join(contents)
    if len(content) < 0x80:
        return bytes([tag, len(content)]) + content
    length = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def read_object_identifier(content: bytes) -> str:
    """Return an OBJECT IDENTIFIER with dots: '2.5.4.3'."""
    if not content or content[-1] & 0x80:
        raise MalformedError("an object identifier without an end")
    arcs: List[int] = []
    arc = 0
    for byte in content:
        arc = arc << 7 | byte & 0x7F
        if arc >= 1 << 64:
            raise MalformedError("an object identifier with a number of more than 64 bits")
        if not byte & 0x80:
            arcs.append(arc)
            arc = 0
    first = min(arcs[0] // 40, 2)
    return ".".join(str(number) for number in (first, arcs[0] - 40 * first, *arcs[1:]))


def _read_at(data: bytes, start: int) -> Tuple[DerValue, int]:
    """Return the value that begins at an offset, and the offset behind it."""
    if len(data) - start < 2:
        raise MalformedError("a value that ends before its length")
    tag, length = data[start], data[start + 1]
    if tag & 0x1F == 0x1F:
        raise MalformedError("a tag of more than one byte")
    begin = start + 2
    if length & 0x80:
        # Some servers write more length bytes than they need, which BER allows; 0x80 would be an indefinite length.
        count = length & 0x7F
        if not 1 <= count <= 4 or len(data) - begin < count:
            raise MalformedError("a length that can't be read")
        length = int.from_bytes(data[begin : begin + count], "big")
        begin += count
    end = begin + length
    if end > len(data):
        raise MalformedError(f"a value of {length} bytes where only {len(data) - begin} are left")
    return DerValue(tag, data[begin:end], data[start:end]), end
