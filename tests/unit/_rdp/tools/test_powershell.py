# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""PowerShell: the lines we send, a security descriptor and the host's clock."""

from __future__ import annotations

import datetime

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import UnreadableError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import CommandResult
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.tools import powershell

_START = "powershell.exe -NoProfile -NonInteractive -Command "
IDS = ("RemoteDesktop-UserMode-In-TCP", "RemoteDesktop-UserMode-In-UDP")


def _result(text: str, exit_code: int = 0) -> CommandResult:
    return CommandResult(text.encode(), exit_code, powershell.date())


def test_commands() -> None:
    key = r"Registry::HKEY_LOCAL_MACHINE\SOFTWARE\x"
    assert powershell.dacl(key).line == f"{_START}\"(Get-Acl -LiteralPath '{key}').Sddl\""
    assert powershell.date().line == f'{_START}"Get-Date -Format o"'
    on, off = (powershell.switch_firewall_rules(IDS, on=on).line for on in (True, False))
    assert on == f'{_START}"Enable-NetFirewallRule -Name {IDS[0]},{IDS[1]}"'
    assert off == f'{_START}"Disable-NetFirewallRule -Name {IDS[0]},{IDS[1]}"'
    limited = powershell.limit_firewall_rules(IDS[:1], ("domain", "private"), on=True)
    assert limited.line == f'{_START}"Set-NetFirewallRule -Name {IDS[0]} -Enabled True -Profile Domain,Private"'
    everywhere = powershell.limit_firewall_rules(IDS[:1], (), on=False)
    assert everywhere.line == f'{_START}"Set-NetFirewallRule -Name {IDS[0]} -Enabled False -Profile Any"'


@pytest.mark.parametrize("ids", [(), ("",), ("a b",), ("a;b",), ("a'b",), ('a"b',), ("a$b",), (*IDS, "a&b"), ("*",)])
def test_id_that_could_leave_its_command(ids: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="no ids of firewall rules"):
        powershell.switch_firewall_rules(ids, on=True)
    with pytest.raises(ValueError, match="no ids of firewall rules"):
        powershell.limit_firewall_rules(ids, ("domain",), on=True)


@pytest.mark.parametrize("profiles", [("any",), ("Domain",), ("domain;x",)])
def test_profile_that_is_none(profiles: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="or no profiles"):
        powershell.limit_firewall_rules(IDS, profiles, on=True)


def test_descriptor() -> None:
    sddl = "O:BAG:SYD:PAI(A;CIOI;KA;;;SY)(A;CIOI;KR;;;BU)"
    assert powershell.read_dacl(_result(f"\r\n{sddl}\r\n")) == sddl


@pytest.mark.parametrize(
    ("text", "exit_code"),
    [("", 0), ("O:BAG:SYD:\r\n", 1), ("O:BAG:SY\r\nD:(A;;KA;;;SY)\r\n", 0), ("Get-Acl : Access is denied\r\n", 0)],
)
def test_no_descriptor(text: str, exit_code: int) -> None:
    with pytest.raises(UnreadableError, match="no security descriptor"):
        powershell.read_dacl(_result(text, exit_code))


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2026-03-14T09:30:45.1234567+01:00\r\n", "2026-03-14T09:30:45+01:00"),
        ("2026-12-31T23:59:59.0000000-05:00\r\n", "2026-12-31T23:59:59-05:00"),
    ],
)
def test_time(text: str, time: str) -> None:
    assert powershell.read_date(_result(text)) == datetime.datetime.fromisoformat(time)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no time"),
        ("14. März 2026 09:30:45\r\n", "no time"),
        ("2026-03-14T09:30:45.1234567\r\n", "no time"),
        ("2026-03-14T09:30:45.1234567+01:00\r\n2026-03-14T09:30:45.1234567+01:00\r\n", "no time"),
        ("2026-13-14T09:30:45.1234567+01:00\r\n", "can't be"),
        ("2026-03-14T25:30:45.1234567+01:00\r\n", "can't be"),
    ],
)
def test_no_time(text: str, reason: str) -> None:
    with pytest.raises(UnreadableError, match=reason):
        powershell.read_date(_result(text))
