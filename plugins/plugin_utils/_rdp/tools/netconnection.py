# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``Test-NetConnection``: whether a TCP connection comes about, where there is no curl.exe.

https://learn.microsoft.com/powershell/module/nettcpip/test-netconnection

In Windows since Windows 8.1 and Server 2012 R2. It waits as long as Windows does, about 21 seconds for a target that
does not answer, then pings it, and does not say why a connection failed.

    >>> parse(("RemoteAddress    : 192.0.2.3", "TcpTestSucceeded : True", "NameResolutionSucceeded : True"))
    ConnectionTest(address='192.0.2.3', connected=True, resolved=True)

The names of the properties and the two booleans are not translated.
"""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ..errors import UnreadableError
from ..model import Command, CommandResult
from ..quoting import unsafe_characters
from ..text import lines

_PROPERTIES = ("RemoteAddress", "TcpTestSucceeded", "NameResolutionSucceeded")
_PROPERTY = re.compile(r"^(?P<name>[A-Za-z]+)\s*:\s?(?P<value>.*)$")
_BOOLEANS = {"True": True, "False": False}


@dataclasses.dataclass(frozen=True)
class ConnectionTest:
    """What the cmdlet says: the address, whether it could be connected to, whether the name could be resolved."""

    address: str | None
    connected: bool
    resolved: bool | None


def connect(host: str, port: int) -> Command:
    """Connect to one target.

    Raises:
        ValueError: The host holds what could leave the command. It should have been refused before.
    """
    if unsafe_characters(host) or not host.isascii() or set("'`$;(){} ") & set(host):
        raise ValueError(f"not safe in a command line: {host!r}")
    # Without a pipe: over ssh with cmd.exe as the login shell, that one sees it outside of the quotes.
    return Command(
        'powershell.exe -NoProfile -NonInteractive -Command "Format-List -InputObject '
        f"(Test-NetConnection -ComputerName '{host}' -Port {port} -WarningAction SilentlyContinue) "
        f'-Property {",".join(_PROPERTIES)}"'
    )


def read(output: CommandResult) -> ConnectionTest:
    """Return what the cmdlet says.

    Raises:
        UnreadableError: It does not exist, or says something else.
    """
    if output.exit_code is None:
        raise UnreadableError("Test-NetConnection didn't end.")
    return parse(lines(output.data, output.code_page))


def parse(text: t.Iterable[str]) -> ConnectionTest:
    """Read the properties.

    Raises:
        UnreadableError: They are not there.
    """
    said = [line for line in text if line.strip()]
    values = {match["name"]: match["value"].strip() for match in map(_PROPERTY.match, said) if match}
    connected = _BOOLEANS.get(values.get("TcpTestSucceeded", ""))
    if connected is None:
        raise UnreadableError("Test-NetConnection said nothing of a TCP connection.", said[0] if said else "")
    return ConnectionTest(
        values.get("RemoteAddress") or None, connected, _BOOLEANS.get(values.get("NameResolutionSucceeded", ""))
    )
