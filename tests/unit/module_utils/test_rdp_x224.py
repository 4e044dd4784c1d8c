# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""X.224: what a Connection Confirm is and, above all, what it is not."""

from __future__ import annotations

import struct

import pytest
from ansible_collections.winops.rdp.plugins.module_utils.rdp_errors import NotRdpError
from ansible_collections.winops.rdp.plugins.module_utils.rdp_x224 import (
    FAILURES,
    HYBRID,
    HYBRID_EX,
    RDP,
    SSL,
    Confirm,
    connection_request,
    flag_names,
    missing_bytes,
    read_confirm,
)
from hypothesis import given
from hypothesis import strategies as st

OFFERED = SSL | HYBRID | HYBRID_EX


def confirm(kind: int = 2, flags: int = 0, value: int = SSL, length: int = 8) -> bytes:
    return bytes.fromhex("03000013 0ed00000123400") + struct.pack("<BBHI", kind, flags, length, value)


def read_in_pieces(stream: bytes, sizes: list[int], offered: int = OFFERED) -> tuple[Confirm, int]:
    """Read as a probe does, from a network that delivers pieces of these sizes; also how many bytes were taken."""
    received, position = b"", 0
    while wanted := missing_bytes(received):
        size = min(wanted, sizes[position % len(sizes)])
        piece = stream[len(received) : len(received) + size]
        if not piece:
            raise NotRdpError("the stream has ended")
        received += piece
        position += 1
    return read_confirm(received, offered), len(received)


def test_the_request_is_the_documented_one() -> None:
    # MS-RDPBCGR 2.2.1.1, without cookie, with TLS and both forms of CredSSP.
    assert connection_request(OFFERED) == bytes.fromhex("030000130ee0000000000001000800 0b000000")


@pytest.mark.parametrize(
    ("sample", "expected"),
    [
        # What nmap's service probes know of public servers, https://svn.nmap.org/nmap/nmap-service-probes
        ("03000013 0ed00000 123400 021f0800 02000000", Confirm(HYBRID, 0x1F)),
        ("03000013 0ed00000 123400 020f0800 08000000", Confirm(HYBRID_EX, 0x0F)),
        ("0300000b 06d00000 123400", Confirm(RDP)),  # Windows XP
        ("0300000b 06d00000 030100", Confirm(RDP)),  # NetMeeting
        ("0300000b 06d00000 000000", Confirm(RDP)),  # xrdp
        ("0300000b 06d00000 341200", Confirm(RDP)),  # VirtualBox
        ("03000013 0ed00000 123400 03000800 05000000", Confirm(failure=5)),
        ("03000013 0ed00000 123400 03000800 03000000", Confirm(failure=3)),
        ("03000013 0ed00000 123400 02000800 00000000", Confirm(RDP)),
    ],
)
def test_public_samples_are_understood(sample: str, expected: Confirm) -> None:
    assert read_confirm(bytes.fromhex(sample), OFFERED) == expected


@pytest.mark.parametrize(
    "sample",
    [
        # From the same list: programs that speak TPKT and are no Remote Desktop.
        bytes.fromhex("0300001708020000 5a7e000b05054006 0008914a000258"),  # NetMeeting's H.323
        bytes.fromhex("0300000e09d00000 005b02a15d00c0010a"),  # IBM Sametime: an X.224 option nobody asked for
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 400 Bad Request\r\n",
        b"\x15\x03\x01\x00\x02\x02\x28",
        connection_request(OFFERED),  # an echo server
        confirm(value=4),  # RDSTLS, which was not offered
        confirm(value=SSL | HYBRID),  # two at once
        confirm(value=0x80000000),
        confirm(kind=3, value=0),
        confirm(kind=1),
        confirm(length=9),
        confirm()[:5] + b"\xd5" + confirm()[6:10] + b"\x40" + confirm()[11:],  # an X.224 class other than 0
        confirm() + b"\x00",
        confirm()[:-1],
    ],
)
def test_anything_else_is_refused(sample: bytes) -> None:
    with pytest.raises(NotRdpError):
        read_in_pieces(sample, [100])
        read_confirm(sample, OFFERED)


def test_tls_alone_was_offered() -> None:
    with pytest.raises(NotRdpError):
        read_confirm(confirm(value=HYBRID), SSL)


@given(st.lists(st.integers(1, 19), min_size=1), st.binary(max_size=40), st.integers(0, 255))
def test_pieces_don_t_matter_and_what_follows_is_left_alone(sizes: list[int], rest: bytes, flags: int) -> None:
    assert read_in_pieces(confirm(flags=flags, value=HYBRID) + rest, sizes) == (Confirm(HYBRID, flags), 19)


@given(st.binary(max_size=40))
def test_garbage_is_never_taken_for_an_answer(garbage: bytes) -> None:
    try:
        read, taken = read_in_pieces(garbage, [7])
    except NotRdpError:
        return
    # What was accepted has nothing in it that was not checked, but the references and the flags.
    assert garbage[:2] == b"\x03\x00" and struct.unpack(">H", garbage[2:4])[0] == taken
    assert garbage[4] == taken - 5 and garbage[5] & 0xF0 == 0xD0 and garbage[10] & 0xF0 == 0
    assert (taken, read) == (11, Confirm(RDP)) or garbage[13:15] == b"\x08\x00"


@given(st.integers(0, 18), st.integers(1, 255), st.sampled_from([SSL, HYBRID, HYBRID_EX]))
def test_a_damaged_answer_says_nothing_else_than_it_holds(position: int, change: int, value: int) -> None:
    damaged = bytearray(confirm(flags=1, value=value))
    damaged[position] ^= change
    try:
        read, _ = read_in_pieces(bytes(damaged), [19])
    except NotRdpError:
        return
    if position in (5, 6, 7, 8, 9, 10):  # credit, references, options
        assert read == Confirm(value, 1)
    elif position == 12:
        assert read == Confirm(value, 1 ^ change)
    elif position == 11:  # a response that became a failure, with a code in the place of the protocol
        assert read == Confirm(failure=value)
    elif position == 3:
        pytest.fail("a length that lies was accepted")
    else:
        assert read.selected in (RDP, SSL, HYBRID, HYBRID_EX) and position >= 15


@given(st.integers(0, 255))
def test_flags_are_named(flags: int) -> None:
    named = {"extended_client_data": 1, "graphics_pipeline": 2, "restricted_admin": 8, "redirected_authentication": 16}
    assert flag_names(flags) == [name for name, bit in named.items() if flags & bit]


@given(st.integers(1, 2**32 - 1))
def test_every_failure_is_handed_over(code: int) -> None:
    assert read_confirm(confirm(kind=3, value=code), OFFERED) == Confirm(failure=code)
    assert (code in FAILURES) == (code <= 6)
