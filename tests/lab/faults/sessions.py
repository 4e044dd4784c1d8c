# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults around connected users: how qwinsta shows them, and what else depends on TermService."""

from __future__ import annotations

import typing as t
from collections.abc import Callable

from ..state.registry import dword, sz
from ..state.services import AUTO, DEMAND, OWN_PROCESS, Service
from ..state.termservice import TERMINAL_SERVER, WINSTATIONS
from ..state.wmi.terminal import WINLOGON

if t.TYPE_CHECKING:
    from ..machine import Machine

# The listener that Azure Virtual Desktop's agent adds, in the form of
# https://learn.microsoft.com/troubleshoot/azure/virtual-desktop/troubleshoot-agent
STACK = "rdp-sxs210914900"
# Unseen: the class of that listener's protocol; any that is registered and is not Microsoft's would do.
STACK_PROTOCOL = "{6D2A0F4C-71B8-4E35-9C0A-52E8B1D7F364}"
AGENT = r"C:\Program Files\Contoso\SessionAgent\agent.exe"


def _through_a_long_name(machine: Machine) -> None:
    """Two users are connected through a listener whose name fills qwinsta's column."""
    machine.registry.set(
        rf"HKLM\SOFTWARE\Classes\CLSID\{STACK_PROTOCOL}\InprocServer32", "", sz(r"C:\Windows\System32\sxsstack.dll")
    )
    key = rf"{WINSTATIONS}\{STACK}"
    machine.registry.set(key, "fEnableWinStation", dword(1))
    machine.registry.set(key, "fReverseConnectMode", dword(1))
    machine.registry.set(key, "LoadableProtocol_Object", sz(STACK_PROTOCOL))
    machine.logged_on_at_boot = ["anna.keller", "jsmith"]
    machine.sessions.entrance = STACK


def _at_the_console(machine: Machine) -> None:
    machine.console_user_at_boot = "anna.keller"


def _broken(machine: Machine) -> None:
    """A session that no longer belongs to a user."""
    # Unseen: how one comes about. In published tables it is an id and a state, with nothing in front of them.
    machine.broken_session_at_boot = 23


def _many_dependents(machine: Machine) -> None:
    """So many services depend on TermService that their list does not fit sc's own buffer. None of them runs."""
    for number in range(1, 13):
        name = f"ContosoSessionAgent{number}"
        machine.services.add(
            Service(name, f"Contoso Session Agent {number}", AGENT, OWN_PROCESS, DEMAND, dependencies=("TermService",))
        )


def _fails_with(code: int) -> Callable[[Machine], None]:
    def change(machine: Machine) -> None:
        machine.sessions.error = code

    return change


def _dependent(machine: Machine) -> None:
    """A service of another vendor that declares TermService as its dependency."""
    machine.services.add(
        Service(
            "ContosoSessionAgent", "Contoso Session Agent", f'"{AGENT}"', OWN_PROCESS, AUTO, image="agent.exe",
            at_boot=True, dependencies=("TermService",), accepts_shutdown=True,
        )
    )  # fmt: skip
    machine.files.ensure(AGENT.rpartition("\\")[0])
    machine.files.write(AGENT, b"MZ")


def _session_host(machine: Machine) -> None:
    """The role Remote Desktop Session Host: TSAppCompat."""
    machine.registry.set(TERMINAL_SERVER, "TSAppCompat", dword(1))


def _logons_disabled(machine: Machine) -> None:
    """`change logon /disable`: a value of Winlogon on older versions, on Server 2022 only WMI shows it."""
    _session_host(machine)
    if machine.edition.build >= 20348:
        machine.sessions.logons_disabled = True
    else:
        machine.registry.set(WINLOGON, "WinStationsDisabled", sz("1"))


SESSION_FAULTS: tuple[tuple[str, str, Callable[[Machine], None]], ...] = (
    ("sessions-cut-names", "two users are connected through a listener whose name qwinsta cuts", _through_a_long_name),
    ("console-session", "a user works at the console", _at_the_console),
    ("session-broken", "a session has neither a name nor a user", _broken),
    ("termservice-many-dependents", "a dozen services depend on TermService, and none runs", _many_dependents),
    ("sessions-denied", "qwinsta ends with Error [5]", _fails_with(5)),
    ("sessions-no-binding", "qwinsta ends with Error [1702]", _fails_with(1702)),
    ("sessions-no-rpc", "qwinsta ends with Error [1722]", _fails_with(1722)),
    ("termservice-dependent", "another service depends on TermService, and runs", _dependent),
    ("session-host", "the role Remote Desktop Session Host is installed", _session_host),
    ("logons-disabled", "change logon /disable on a session host", _logons_disabled),
)
