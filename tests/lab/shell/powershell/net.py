# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""`Format-List -InputObject (Test-NetConnection -ComputerName H -Port P …) -Property …`, in exactly this form.

https://learn.microsoft.com/powershell/module/nettcpip/test-netconnection. It came with Windows 8.1 and Server 2012 R2.
"""

from __future__ import annotations

import re

from ... import outgoing
from ...languages import encode
from ...machine import Machine
from ...process import ProcessResult

#: Windows itself waits for 21 seconds; waiting that long here would show nothing more.
PATIENCE = 3.0
_FORM = re.compile(
    r"\s*Format-List -InputObject \(Test-NetConnection -ComputerName '(?P<host>[\w.:-]+)' -Port (?P<port>\d{1,5}) "
    r"-WarningAction SilentlyContinue\) -Property (?P<properties>[A-Za-z]+(?:,[A-Za-z]+)*)\s*",
    re.IGNORECASE,
)


def answer(machine: Machine, script: str, code_page: int) -> ProcessResult | None:
    """Run a script of that form; None for any other script."""
    wanted = _FORM.fullmatch(script)
    if wanted is None:
        return None
    address = machine.resolve(wanted["host"]) or ""
    connected = bool(address) and not outgoing.connect(machine.address, address, int(wanted["port"]), PATIENCE).error
    values = {
        "computername": wanted["host"],
        "remoteaddress": address,
        "remoteport": wanted["port"],
        "tcptestsucceeded": str(connected),
        "nameresolutionsucceeded": str(bool(address)),
    }
    properties = wanted["properties"].split(",")
    width = max(map(len, properties))
    # A property that an object hasn't got is shown without a value.
    lines = [f"{name.ljust(width)} : {values.get(name.lower(), '')}" for name in properties]
    return ProcessResult(encode("\r\n".join(["", "", *lines, "", "", ""]), code_page), b"", 0)
