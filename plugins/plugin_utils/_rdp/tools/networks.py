# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""To which networks a host is connected, and its role in a domain: numbers only, by CIM.

The classes are those behind Get-NetConnectionProfile
(https://learn.microsoft.com/powershell/module/netconnection/get-netconnectionprofile) and Win32_ComputerSystem
(https://learn.microsoft.com/windows/win32/cimwin32prov/win32-computersystem). Each network comes as ``[interface,
category]``, the role as ``[role]``, and ``end`` tells that nothing went wrong before. There is no pipe in the line,
because a login shell that is cmd.exe, as over ssh, would see it outside of quotes.

    >>> parse(("[12,2]", "[15,0]", "[3]", "end"))
    Networks(all=(Network(interface=12, profile='domain'), Network(interface=15, profile='public')), role=3)
"""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ..errors import UnreadableError
from ..model import Command, CommandResult, Probe
from ..text import lines

_END = "end"
# WMI answers in a second, or not at all.
_SECONDS = 30
_ROW = re.compile(r"\[\s*(?P<first>\d{1,9})\s*(?:,\s*(?P<second>\d)\s*)?\]")

# https://learn.microsoft.com/windows/win32/api/netlistmgr/ne-netlistmgr-nlm_network_category
_CATEGORIES = {0: "public", 1: "private", 2: "domain"}
# Win32_ComputerSystem.DomainRole: 0 and 2 stand alone, 1 and 3 are members, 4 and 5 are domain controllers.
_MEMBERS = frozenset((1, 3, 4, 5))
_ROLES = range(6)


@dataclasses.dataclass(frozen=True)
class Network:
    """A network: the index of the interface that leads there, and the profile of the firewall that counts for it."""

    interface: int
    profile: str


@dataclasses.dataclass(frozen=True)
class Networks:
    """The networks of a host, and its role."""

    all: tuple[Network, ...]
    role: int

    @property
    def in_a_domain(self) -> bool:
        """Whether the host is a member of a domain, or its controller."""
        return self.role in _MEMBERS


def show() -> Command:
    """Print the networks and the role."""
    each = "foreach($r in Get-CimInstance -Namespace {} -ClassName {} -OperationTimeoutSec {}){{{} @({})}}"
    as_json = "ConvertTo-Json -Compress -InputObject"
    script = (
        "$ErrorActionPreference='Stop'",
        each.format(
            "root/StandardCimv2", "MSFT_NetConnectionProfile", _SECONDS, as_json, "$r.InterfaceIndex,$r.NetworkCategory"
        ),
        each.format("root/cimv2", "Win32_ComputerSystem", _SECONDS, as_json, "$r.DomainRole"),
        f"'{_END}'",
    )
    return Command(f'powershell.exe -NoProfile -NonInteractive -Command "{";".join(script)}"')


def read(output: CommandResult) -> Networks:
    """Return the networks and the role.

    Raises:
        UnreadableError: PowerShell or WMI did not answer, or not understandably.
    """
    text = [line.strip() for line in lines(output.data, output.code_page) if line.strip()]
    if output.exit_code != 0:
        raise UnreadableError("Windows' list of networks could not be read.", text[0] if text else "")
    return parse(text)


def parse(text: t.Sequence[str]) -> Networks:
    """Read the lines of an answer."""
    if not text or text[-1] != _END:
        raise UnreadableError("Windows' list of networks could not be read.", text[0] if text else "")
    rows = [(_ROW.fullmatch(line), line) for line in text[:-1]]
    found: list[Network] = []
    roles: list[int] = []
    for row, line in rows:
        first, second = row.group("first", "second") if row else ("", "")
        if row and second is None and int(first) in _ROLES:
            roles.append(int(first))
        elif row and second and int(second) in _CATEGORIES:
            found.append(Network(int(first), _CATEGORIES[int(second)]))
        else:
            raise UnreadableError("A row of Windows' list of networks is not understood.", line)
    if len(roles) != 1:
        raise UnreadableError("Windows did not tell its role in a domain.")
    return Networks(tuple(found), roles[0])


NETWORKS = Probe(show(), read)
