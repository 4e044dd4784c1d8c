# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Says why a command has no complete answer, and what a program asks that may hang when it does."""

from __future__ import annotations

# Whom a program asks, and waits for.
# Unseen: each of them hangs when what it asks does. netsh asks the firewall by MS-FASP, sc and net the service control
# manager by MS-SCMR, qwinsta the session manager by MS-TSTS, gpresult, tasklist and wmic are clients of WMI.
_ASKS = {
    "certutil": "the provider of the certificate's key",
    "dir": "the disk",
    "gpresult": "WMI, and a domain controller",
    "gpupdate": "the Group Policy service, and a domain controller",
    "icacls": "the disk",
    "net": "the service control manager",
    "netsh": "the Windows Firewall or the network stack",
    "netstat": "the network stack",
    "powershell": "the .NET Framework, and whatever watches scripts",
    "qwinsta": "the session manager (LSM)",
    "reg": "the registry",
    "sc": "the service control manager",
    "tasklist": "WMI",
    "wmic": "WMI",
}


def hangs(line: str, program: str, seconds: float, *, again: bool) -> str:
    """Say that a command did not end in time.

    Args:
        line: The command.
        program: The program that it runs, in lower case and without ``.exe``.
        seconds: How long it and what was asked before it had.
        again: The program had hung with another command before, so that this one was not waited for.
    """
    asks = _ASKS.get(program)
    why = f": it asks {asks}, which seems to hang" if asks else ""
    if again:
        return f"'{line}' was not answered, as '{program}' hangs on this host{why}."
    return f"'{line}' did not answer in time ({seconds:.0f} s){why}."


def not_asked(line: str, seconds: float) -> str:
    """Say that there was no time for a command.

    Args:
        line: The command.
        seconds: The time for the whole look.
    """
    return f"'{line}' was not answered: the time for looking at the host ({seconds:.0f} s) was up."


def flood(line: str, limit: int) -> str:
    """Say that a command printed more than is read.

    Args:
        line: The command.
        limit: How much is read, in bytes.
    """
    return f"'{line}' printed too much to be read: more than {limit >> 20} MB."
