# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Test-NetConnection: what Microsoft's documentation shows, what is missing, and any text."""

from __future__ import annotations

import contextlib
import doctest
from pathlib import Path

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import UnreadableError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.tools import netconnection
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.tools.netconnection import ConnectionTest
from hypothesis import given
from hypothesis import strategies as st

from .samples import printed


def test_sample_in_the_docstring() -> None:
    assert doctest.testmod(netconnection).attempted and not doctest.testmod(netconnection).failed


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("\n\nRemoteAddress           : 192.0.2.3\nTcpTestSucceeded        : True\nNameResolutionSucceeded : True\n\n",
         ConnectionTest("192.0.2.3", True, True)),
        ("RemoteAddress           : ::1\nTcpTestSucceeded        : False\nNameResolutionSucceeded : True\n",
         ConnectionTest("::1", False, True)),
        ("RemoteAddress           : \nTcpTestSucceeded        : False\nNameResolutionSucceeded : False\n",
         ConnectionTest(None, False, False)),
        # A warning in any language before it, and a Windows that knows fewer properties.
        ("AVERTISSEMENT : échec de la connexion TCP\nRemoteAddress    : 192.0.2.3\nTcpTestSucceeded : False\n",
         ConnectionTest("192.0.2.3", False, None)),
    ],
)  # fmt: skip
def test_readings(text: str, read: ConnectionTest) -> None:
    assert netconnection.read(printed(text)) == read


def test_a_real_output(corpus: Path) -> None:
    data = (corpus / "powershell/02_en-US_test_netconnection_rdp_ok.txt").read_bytes()
    assert netconnection.read(printed(data)) == ConnectionTest("10.22.120.240", True, None)


@pytest.mark.parametrize(
    "text", ["", "TcpTestSucceeded : Vrai", "TcpTestSucceeded :", "Test-NetConnection : The term is not recognized"]
)
def test_anything_else_is_not_understood(text: str) -> None:
    with pytest.raises(UnreadableError):
        netconnection.read(printed(text, 1))


def test_a_host_that_broke_off_is_not_understood() -> None:
    with pytest.raises(UnreadableError):
        netconnection.read(printed("TcpTestSucceeded : True", None))


@given(st.text(max_size=200))
def test_no_text_connects_unless_it_says_so(text: str) -> None:
    with contextlib.suppress(UnreadableError):
        assert not netconnection.read(printed(text)).connected


def test_command() -> None:
    assert netconnection.connect("web03.example.com", 3389).line == (
        'powershell.exe -NoProfile -NonInteractive -Command "Format-List -InputObject '
        "(Test-NetConnection -ComputerName 'web03.example.com' -Port 3389 -WarningAction SilentlyContinue) "
        '-Property RemoteAddress,TcpTestSucceeded,NameResolutionSucceeded"'
    )


@pytest.mark.parametrize("host", ["a b", 'a"b', "a&b", "%PATH%", "a'b", "$(calc)", "a`b", "a;b", "ä"])
def test_what_could_leave_the_command_is_refused(host: str) -> None:
    with pytest.raises(ValueError, match="not safe"):
        netconnection.connect(host, 3389)
