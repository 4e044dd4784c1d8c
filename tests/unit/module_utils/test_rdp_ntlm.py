# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""NTLM in CredSSP, with the package spnego as the other side."""

from __future__ import annotations

import contextlib
import datetime
import struct
from pathlib import Path

import pytest
import spnego
from ansible_collections.winops.rdp.plugins.module_utils import rdp_der, rdp_ntlm
from ansible_collections.winops.rdp.plugins.module_utils.rdp_errors import MalformedError
from hypothesis import given, settings
from hypothesis import strategies as st
from spnego._credssp_structures import NegoData, TSRequest
from spnego._ntlm_raw.messages import AvId, Challenge, FileTime, Negotiate, NegotiateFlags, TargetInfo, Version
from spnego._spnego import NegState, NegTokenResp

NOON = datetime.datetime(2026, 8, 1, 12, 0, 0, 123456, tzinfo=datetime.UTC)
FLAGS = (
    NegotiateFlags.unicode
    | NegotiateFlags.ntlm
    | NegotiateFlags.target_info
    | NegotiateFlags.version
    | NegotiateFlags.request_target
)


def challenge(host: str = "web03", domain: str = "example.com") -> bytes:
    info = TargetInfo()
    info[AvId.nb_computer_name] = host.upper()
    info[AvId.nb_domain_name] = domain.partition(".")[0].upper()
    info[AvId.dns_computer_name] = f"{host}.{domain}"
    info[AvId.dns_domain_name] = domain
    info[AvId.dns_tree_name] = domain
    info[AvId.timestamp] = FileTime.from_datetime(NOON)
    message = Challenge(
        FLAGS,
        b"\x01" * 8,
        target_name=domain.upper(),
        target_info=info,
        version=Version(major=10, minor=0, build=20348, revision=15),
    )
    return bytes(message.pack())


def answer(token: bytes) -> bytes:
    return bytes(TSRequest(version=6, nego_tokens=[NegoData(token)]).pack())


def test_the_request_is_understood_by_another_implementation() -> None:
    request = TSRequest.unpack(rdp_ntlm.request())
    assert request.version == 6 and len(request.nego_tokens) == 1
    negotiate = Negotiate.unpack(request.nego_tokens[0].nego_token)
    wanted = FLAGS & ~NegotiateFlags.target_info  # which only servers set
    assert negotiate.flags & wanted == wanted
    assert not negotiate.domain_name and not negotiate.workstation, "it must name nobody"


def test_a_server_answers_the_request_with_a_challenge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    accounts = tmp_path / "accounts"
    accounts.write_text("EXAMPLE:somebody:secret\n", encoding="ascii")
    monkeypatch.setenv("NTLM_USER_FILE", str(accounts))
    server = spnego.server(protocol="ntlm")
    token = server.step(TSRequest.unpack(rdp_ntlm.request()).nego_tokens[0].nego_token)
    read = rdp_ntlm.read_challenge(answer(token))
    assert read.names["netbios_host"] and read.time is not None


@pytest.mark.parametrize("wrapped", [False, True], ids=["raw", "SPNEGO"])
def test_a_challenge_is_read(wrapped: bool) -> None:
    token = challenge()
    if wrapped:
        token = NegTokenResp(neg_state=NegState.accept_incomplete, response_token=token).pack()
    read = rdp_ntlm.read_challenge(answer(token))
    assert read.names == {
        "netbios_host": "WEB03",
        "netbios_domain": "EXAMPLE",
        "dns_host": "web03.example.com",
        "dns_domain": "example.com",
        "dns_forest": "example.com",
    }
    assert (read.version, read.build) == ("10.0.20348", 20348)
    assert read.time == NOON


def test_what_is_not_there_is_none() -> None:
    read = rdp_ntlm.read_challenge(answer(Challenge(NegotiateFlags.unicode, b"\x01" * 8).pack()))
    assert read == rdp_ntlm.Challenge({}, None, None, None)


def test_names_do_nothing_to_a_terminal() -> None:
    read = rdp_ntlm.read_challenge(answer(challenge(host="a\x1b[2Jb")))
    assert read.names["netbios_host"] == "A?[2JB"


def test_a_clock_beyond_python_s_calendar() -> None:
    message = challenge().replace(struct.pack("<HHQ", 7, 8, _filetime(NOON)), struct.pack("<HHQ", 7, 8, 2**64 - 1))
    assert rdp_ntlm.read_challenge(answer(message)).time is None


def _filetime(moment: datetime.datetime) -> int:
    passed = moment - datetime.datetime(1601, 1, 1, tzinfo=datetime.UTC)
    return (passed // datetime.timedelta(microseconds=1)) * 10


@given(st.lists(st.integers(1, 50), min_size=1))
def test_pieces_don_t_matter(sizes: list[int]) -> None:
    stream, received, position = answer(challenge()), b"", 0
    while wanted := rdp_ntlm.missing_bytes(received):
        size = min(wanted, sizes[position % len(sizes)])
        received += stream[len(received) : len(received) + size]
        position += 1
    assert received == stream


@given(st.binary(max_size=300))
def test_garbage_is_malformed(garbage: bytes) -> None:
    with pytest.raises(MalformedError):
        rdp_ntlm.read_challenge(garbage)
    with pytest.raises(MalformedError):
        rdp_ntlm.read_challenge(answer(garbage))


@given(st.data())
@settings(max_examples=300)
def test_a_damaged_challenge_never_crashes(data: st.DataObject) -> None:
    message = bytearray(answer(challenge()))
    for _ in range(data.draw(st.integers(1, 3))):
        message[data.draw(st.integers(0, len(message) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(MalformedError):
        rdp_ntlm.read_challenge(bytes(message))


@given(st.binary(max_size=8))
def test_the_length_of_an_answer_is_bounded(head: bytes) -> None:
    with contextlib.suppress(MalformedError):
        assert rdp_ntlm.missing_bytes(head) <= rdp_ntlm.LONGEST_ANSWER + 6


def test_an_error_instead_of_a_challenge() -> None:
    # MS-CSSP 2.2.1: from version 3 on a server may answer with an error code alone.
    with pytest.raises(MalformedError, match="without a token"):
        rdp_ntlm.read_challenge(bytes(TSRequest(version=6, error_code=0xC000006D).pack()))


def test_too_many_pairs() -> None:
    block = struct.pack("<HH", 1, 0) * 200 + struct.pack("<HH", 0, 0)
    message = b"NTLMSSP\0" + struct.pack("<IHHIIQQHHI", 2, 0, 0, 56, 0x00800001, 0, 0, len(block), len(block), 56)
    message += bytes(8) + block
    with pytest.raises(MalformedError, match="pairs"):
        rdp_ntlm.read_challenge(rdp_der.write(0x30, rdp_der.write(0xA1, _tokens(message))))


def _tokens(message: bytes) -> bytes:
    return rdp_der.write(0x30, rdp_der.write(0x30, rdp_der.write(0xA0, rdp_der.write(4, message))))
