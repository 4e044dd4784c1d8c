# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""`Format-List -InputObject (Test-NetConnection -ComputerName H -Port P …) -Property …`, in exactly this form.

https://learn.microsoft.com/powershell/module/nettcpip/test-netconnection. It came with Windows 8.1 and Server 2012 R2.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from lab import outgoing
from lab.languages import encode
from lab.machine import Machine, Ran

#: Windows itself waits for 21 seconds; nobody learns more from waiting that long here.
PATIENCE = 3.0
_FIRST_BUILD = 9600
_FORM = re.compile(
    r"\s*Format-List -InputObject \(Test-NetConnection -ComputerName '(?P<host>[\w.:-]+)' -Port (?P<port>\d{1,5}) "
    r"-WarningAction SilentlyContinue\) -Property (?P<properties>[A-Za-z]+(?:,[A-Za-z]+)*)\s*",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Asked:
    """What is asked for."""

    host: str
    port: int
    properties: tuple[str, ...]


def asked(script: str) -> Asked | None:
    """The test in a script of that form, None for any other script."""
    found = _FORM.fullmatch(script)
    return found and Asked(found["host"], int(found["port"]), tuple(found["properties"].split(",")))


def answer(machine: Machine, wanted: Asked, code_page: int) -> Ran:
    """Run it."""
    if machine.edition.build < _FIRST_BUILD:
        text = (
            "Test-NetConnection : The term 'Test-NetConnection' is not recognized as the name of a cmdlet, function, "
            "script file, or operable program.\r\n    + FullyQualifiedErrorId : CommandNotFoundException\r\n"
        )
        return Ran(b"", encode(text, code_page), 1)
    addresses = outgoing.resolve(wanted.host)
    address = addresses[0] if addresses else ""
    connected = bool(address) and not outgoing.connect(machine.address, address, wanted.port, PATIENCE).error
    values = {
        "computername": wanted.host,
        "remoteaddress": address,
        "remoteport": str(wanted.port),
        "tcptestsucceeded": str(connected),
        "nameresolutionsucceeded": str(bool(address)),
    }
    width = max(len(name) for name in wanted.properties)
    # A property that an object hasn't got is shown without a value.
    lines = [f"{name.ljust(width)} : {values.get(name.lower(), '')}" for name in wanted.properties]
    return Ran(encode("\r\n".join(["", "", *lines, "", "", ""]), code_page), b"", 0)
