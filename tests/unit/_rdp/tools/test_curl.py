# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""curl's version, its records and its messages: of several versions, side by side, cut off, and of any text."""

from __future__ import annotations

import doctest

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import UnreadableError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import Command
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.tools import curl
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.tools.curl import Curl, Refusal, Transfer
from hypothesis import given
from hypothesis import strategies as st

from .samples import printed

NEW, OLD = Curl((8, 13)), Curl((7, 55))

# curl 7.88.1 and 8.14.1 on Linux, side by side with seven targets, and what 7.55.1 prints by its source.
V7_88 = """\
*   Trying 192.0.2.1:3389...
*   Trying 192.0.2.2:3389...
*   Trying 192.0.2.3:3389...
*   Trying 203.0.113.9:3389...
* Immediate connect fail for 203.0.113.9: Network is unreachable
* Failed to connect to 203.0.113.9 port 3389 after 0 ms: Couldn't connect to server
* Closing connection 5
* Found bundle for host: 0x5614cf5b1e90 [serially]
DL% UL%  Dled  Uled  Xfers  Live Total     Current  Left    Speed
--  --      0     0     9     9  --:--:-- --:--:-- --:--:--     0      * Connected to 192.0.2.1 port 3389 (#0)
* Syntax error in telnet option: x
* Closing connection 0

[3 7 0.000006 0.000000 ] Failed to connect to 203.0.113.9 port 3389 after 0 ms: Couldn't connect to server

[0 49 0.000016 0.012224 192.0.2.1] Syntax error in telnet option: x
* connect to 192.0.2.2 port 3389 failed: Connection refused
*   Trying [2001:db8::2]:3389...
* Could not resolve host: nobody.example.com
* Closing connection 3

[4 6 0.000000 0.000000 ] Could not resolve host: nobody.example.com
* connect to 2001:db8::2 port 3389 failed: No route to host
* Failed to connect to web02 port 3389 after 31 ms: Couldn't connect to server
* Closing connection 2

[1 7 0.000010 0.000000 ] Failed to connect to web02 port 3389 after 31 ms: Couldn't connect to server
--  --      0     0     9     1  --:--:--  0:00:01 --:--:--     0      * ipv4 connect timeout after 2000ms, move on!
* Failed to connect to 192.0.2.3 port 3389 after 2000 ms: Timeout was reached
* Closing connection 8

[2 28 0.000006 0.000000 ] Failed to connect to 192.0.2.3 port 3389 after 2000 ms: Timeout was reached
"""
V8_14 = """\
* Host web02:3389 was resolved.
* IPv6: (none)
* IPv4: 192.0.2.2
*   Trying 192.0.2.2:3389...
*   Trying 192.0.2.3:3389...
* connect to 192.0.2.2 port 3389 from 192.0.2.9 port 41720 failed: Connection refused
* Failed to connect to web02 port 3389 after 2031 ms: Could not connect to server
* closing connection #0

[0 7 0.000027 0.000000 ] Failed to connect to web02 port 3389 after 2031 ms: Could not connect to server
* Connection timed out after 5006 milliseconds
* closing connection #1

[1 28 0.000013 0.000000 ] Connection timed out after 5006 milliseconds
"""
V7_55 = """\
*   Trying 192.0.2.2...
* TCP_NODELAY set
* connect to 192.0.2.2 port 3389 failed: Connection refused
* Failed to connect to web02 port 3389: Connection refused
* Closing connection 0

[0 - 0.015000 0.000000 ] \n"""


def _read(text: str, count: int, exit_code: int = 0) -> tuple[Transfer | None, ...]:
    return curl.read_transfers(printed(text, exit_code), count)


def test_sample_in_the_docstring() -> None:
    assert doctest.testmod(curl).attempted and not doctest.testmod(curl).failed


def test_many_side_by_side() -> None:
    opened, refused, silent, unreachable, nobody, missing = _read(V7_88, 6, 28)
    assert opened and refused and silent and unreachable and nobody and missing is None
    assert opened.is_connected and (opened.address, opened.connected) == ("192.0.2.1", 0.012224)
    assert not refused.is_connected
    # Its first address was refused too, among the lines of others: only what stands above its own message is certain.
    assert refused.refusal == Refusal("2001:db8::2", "No route to host")
    assert unreachable.refusal == Refusal("203.0.113.9", "Network is unreachable")
    assert (silent.exit_code, silent.refusal, silent.is_connected) == (curl.TIMEOUT, None, False)
    assert (nobody.exit_code, nobody.refusal) == (curl.NAME, None)


def test_what_later_versions_print() -> None:
    refused, silent = _read(V8_14, 2)
    assert refused and refused.refusal == Refusal("192.0.2.2", "Connection refused")
    assert silent and (silent.exit_code, silent.refusal) == (curl.TIMEOUT, None)


@pytest.mark.parametrize(
    ("text", "exit_code", "message", "refusal"),
    [
        (V7_55, 7, "Failed to connect to web02 port 3389: Connection refused",
         Refusal("192.0.2.2", "Connection refused")),
        ("* Could not resolve host: web02\n* Closing connection 0\n\n[0 - 0.000000 0.000000 ] \n", 6,
         "Could not resolve host: web02", None),
        ("*   Trying 192.0.2.2...\n* TCP_NODELAY set\n* Connection timed out after 5016 milliseconds\n"
         "* Closing connection 0\n\n[0 - 0.000000 0.000000 ] \n", 28,
         "Connection timed out after 5016 milliseconds", None),
    ],
)  # fmt: skip
def test_old_versions_have_one_target_and_the_exit_code_of_the_command(
    text: str, exit_code: int, message: str, refusal: Refusal | None
) -> None:
    (seen,) = _read(text, 1, exit_code)
    assert seen and (seen.exit_code, seen.message, seen.refusal) == (exit_code, message, refusal)


def test_a_clock_too_coarse_for_a_fast_network() -> None:
    (seen,) = _read("\n[0 - 0.000000 0.000000 127.0.0.1] \n", 1, curl.CONNECTED)
    assert seen and seen.is_connected


def test_an_answer_that_ends_early_says_nothing_of_the_rest() -> None:
    whole = _read(V7_88, 5)
    for length in range(len(V7_88)):
        cut = curl.read_transfers(printed(V7_88[:length], None), 5)
        for seen, complete in zip(cut, whole, strict=True):
            assert (
                seen is None
                or complete is None
                or (seen.exit_code, seen.is_connected)
                == (
                    complete.exit_code,
                    complete.is_connected,
                )
            )
    (old,) = curl.read_transfers(printed(V7_55, None), 1)
    assert old is None, "without its exit code nobody knows how it ended"


@given(
    st.text(st.sampled_from("[]0123456789. -*\n:connect to port failed Refusal"), max_size=300) | st.text(max_size=80)
)
def test_any_text_is_read_and_connects_nothing_without_a_record(text: str) -> None:
    for seen in curl.read_transfers(printed(text), 3):
        assert seen is None or f"{seen.exit_code}" in text


@given(
    st.lists(
        st.tuples(st.integers(0, 99), st.booleans(), st.text(st.characters(exclude_categories=["C", "Z"]))), max_size=9
    )
)
def test_records_are_read_back(records: list[tuple[int, bool, str]]) -> None:
    text = "".join(
        f"\n[{number} {code} 0.1 {0.2 if connected else 0.0:.6f} ] {message}\n"
        for number, (code, connected, message) in enumerate(records)
    )
    seen = _read(text, len(records))
    assert [(one.exit_code, one.connected > 0, one.message) for one in seen if one] == records


@pytest.mark.parametrize(
    ("text", "exit_code", "read"),
    [
        ("curl 8.13.0 (Windows) libcurl/8.13.0 Schannel zlib/1.3.1 WinIDN\nRelease-Date: 2025-04-02\n"
         "Protocols: dict file ftp ftps http https imap imaps telnet tftp\nFeatures: alt-svc AsynchDNS\n", 0, (8, 13)),
        ("curl 7.55.1 (Windows) libcurl/7.55.1 WinSSL\nRelease-Date: [unreleased]\n"
         "Protocols: dict file ftp ftps http https imap imaps pop3 pop3s smtp smtps telnet tftp\n", 0, (7, 55)),
        ("curl 9.0.0 (Windows) libcurl/9.0.0\nProtocols: http https\n", 0, None),
        ("curl 9.0.0 (Windows) libcurl/9.0.0\n", 0, None),
        ("'curl.exe' is not recognized as an internal or external command,\noperable program\n", 9009, None),
        ("Der Befehl \"curl.exe\" ist entweder falsch geschrieben oder\nkonnte nicht gefunden werden.\n", 1, None),
        ("", 0, None),
    ],
)  # fmt: skip
def test_version(text: str, exit_code: int, read: tuple[int, int] | None) -> None:
    seen = curl.VERSION.read(printed(text, exit_code))
    assert (seen and seen.version) == read


def test_a_version_that_was_cut_off_is_no_missing_curl() -> None:
    with pytest.raises(UnreadableError):
        curl.VERSION.read(printed("curl 8", None))


def test_commands() -> None:
    assert curl.connect([curl.url("web03", 3389)], 5.0, 1000, OLD) == Command(
        'curl.exe -q -s -v --stderr - -g --noproxy "*" -t x --connect-timeout 5 -m 6 '
        r'-w "\n[0 - %{time_namelookup} %{time_connect} %{remote_ip}] \n" telnet://web03:3389'
    )
    many = [curl.url("192.0.2.3", 1), curl.url("2001:db8::3", 65535)]
    assert curl.connect(many, 0.25, 5000, NEW) == Command(
        'curl.exe -q -s -v --stderr - -g --noproxy "*" -t x --connect-timeout 0.25 -m 1.25 -Z --parallel-max 300 '
        r'-w "\n[%{urlnum} %{exitcode} %{time_namelookup} %{time_connect} %{remote_ip}] %{errormsg}\n" '
        "telnet://192.0.2.3:1 telnet://[2001:db8::3]:65535"
    )
    assert " -Z " not in curl.connect(many, 5, 1, NEW).line
    assert " -Z " not in curl.connect(many[:1], 5, 1000, NEW).line


@pytest.mark.parametrize("host", ["a b", 'a"b', "a&b", "%PATH%", "a'b", "a/b", "a@b", "[::1]", "{a,b}", "a\\b", "ä"])
def test_what_could_leave_the_command_is_refused(host: str) -> None:
    with pytest.raises(ValueError, match="not safe"):
        curl.url(host, 3389)
