# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The networks of a host and its role in a domain, by CIM."""

from __future__ import annotations

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import UnreadableError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import CommandResult
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.tools import networks
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.tools.networks import Network, Networks


def _read(text: str, exit_code: int = 0) -> Networks:
    return networks.read(CommandResult(text.replace("\n", "\r\n").encode(), exit_code, networks.show()))


def test_command_has_no_pipe_and_no_quote_that_a_login_shell_would_see() -> None:
    line = networks.show().line
    assert line.count('"') == 2 and line.endswith('"') and not set("|&<>^%!") & set(line)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("[12,2]\n[15,0]\n[3]\nend\n", Networks((Network(12, "domain"), Network(15, "public")), 3)),
        ("[12,1]\n[2]\nend\n", Networks((Network(12, "private"),), 2)),
        ("[0]\nend\n", Networks((), 0)),
        ("\n[ 12 , 0 ]\n\n[ 5 ]\nend \n", Networks((Network(12, "public"),), 5)),
    ],
)
def test_networks(text: str, found: Networks) -> None:
    assert _read(text) == found


@pytest.mark.parametrize(("role", "member"), [(0, False), (1, True), (2, False), (3, True), (4, True), (5, True)])
def test_member_of_a_domain(role: int, member: bool) -> None:
    # https://learn.microsoft.com/windows/win32/cimwin32prov/win32-computersystem, DomainRole
    assert _read(f"[{role}]\nend\n").in_a_domain is member


@pytest.mark.parametrize(
    ("text", "exit_code", "reason"),
    [
        ("", 0, "could not be read"),
        ("[12,2]\n[3]\n", 0, "could not be read"),
        ("[12,2]\n[3]\nend\n", 1, "could not be read"),
        ("end\n", 0, "did not tell its role"),
        ("[12,2]\nend\n", 0, "did not tell its role"),
        ("[3]\n[3]\nend\n", 0, "did not tell its role"),
        ("[12,3]\n[3]\nend\n", 0, "A row .* is not understood"),
        ("[6]\nend\n", 0, "A row .* is not understood"),
        ("[12,2,1]\n[3]\nend\n", 0, "A row .* is not understood"),
        ("Get-CimInstance : Ungültige Klasse\n[3]\nend\n", 0, "A row .* is not understood"),
    ],
)
def test_nothing_that_is_understood(text: str, exit_code: int, reason: str) -> None:
    with pytest.raises(UnreadableError, match=reason):
        _read(text, exit_code)
