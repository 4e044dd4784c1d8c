# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""`Test-NetConnection -ComputerName H -Port P`, as it is or with the properties that Select-Object or Format-List name.

https://learn.microsoft.com/powershell/module/nettcpip/test-netconnection; since Windows 8.1 and Server 2012 R2. Layout
and warnings: published outputs. A warning is written to standard output. What fails is no error: the exit code stays 0.
"""

from __future__ import annotations

import ipaddress
import re

from ... import outgoing
from ...languages import encode
from ...machine import Machine
from ...process import ProcessResult

_NAMES = r"\w+(?:\s*,\s*\w+)*"
_FORM = re.compile(
    r"\s*(?:Test-NetConnection|tnc)\s+-ComputerName\s+(?P<host>'[^']*'|[\w.:-]+)\s+-Port\s+(?P<port>\d+)"
    r"(?P<quiet>\s+-InformationLevel\s+Quiet)?(?P<mute>\s+-WarningAction\s+SilentlyContinue)?"
    rf"(?:\s*\|\s*Select-Object\s+(?:-Property\s+)?(?P<select>{_NAMES}))?"
    rf"(?P<list>\s*\|\s*Format-List(?:\s+(?:-Property\s+)?(?P<properties>{_NAMES}))?)?\s*",
    re.IGNORECASE,
)
CMDLET = "Test-NetConnection"
#: Windows itself gives up after 21 seconds; there is no need to wait that long here
PATIENCE = 4.0
MOST_IN_A_TABLE = 4


def answer(machine: Machine, script: str, code_page: int) -> ProcessResult | None:
    """Run a script of that form; None for any other script."""
    found = _FORM.fullmatch(script)
    if found is None:
        return None
    chosen = _chosen(found["properties"]) or _chosen(found["select"])
    if found["select"] and not found["list"] and len(chosen) <= MOST_IN_A_TABLE:
        return None  # a table, which the lab doesn't draw
    host = found["host"].strip("'")
    values, warnings = _test(machine, host, int(found["port"]))
    known = {name.lower(): name for name in values}
    if any(name.lower() not in known for name in chosen):
        return None
    if found["quiet"]:
        text = f"{values['TcpTestSucceeded']}\r\n"
    else:
        shown = [known[name.lower()] for name in chosen] or _default(values)
        text = _list([(name, values[name]) for name in shown])
    head = "" if found["mute"] else "".join(f"WARNING: {warning}\r\n" for warning in warnings)
    return ProcessResult(encode(head + text, code_page), b"", 0)


def _chosen(names: str | None) -> list[str]:
    return re.split(r"\s*,\s*", names) if names else []


def _test(machine: Machine, host: str, port: int) -> tuple[dict[str, str], list[str]]:
    """The properties of the result, and what it warns of."""
    address = machine.resolve(host)
    values = {
        "ComputerName": host, "RemoteAddress": address or "", "RemotePort": str(port), "InterfaceAlias": "Ethernet",
        "SourceAddress": machine.address, "PingSucceeded": "False", "PingReplyDetails (RTT)": "0 ms",
        "TcpTestSucceeded": "False", "NameResolutionSucceeded": str(address is not None),
    }  # fmt: skip
    if address is None:
        return values | {"InterfaceAlias": "", "SourceAddress": ""}, [f"Name resolution of {host} failed"]
    if not outgoing.connect(machine.address, address, port, PATIENCE).error:
        return values | {"TcpTestSucceeded": "True"}, []
    warnings = [f"TCP connect to ({address} : {port}) failed"]
    if ipaddress.ip_address(address).is_loopback:
        return values | {"PingSucceeded": "True"}, warnings
    return values, [*warnings, f"Ping to {address} failed with status: TimedOut"]


def _default(values: dict[str, str]) -> list[str]:
    """Ping is only tried, and shown, when the connection failed."""
    if not values["RemoteAddress"]:
        return ["ComputerName", "RemoteAddress", "InterfaceAlias", "SourceAddress", "PingSucceeded"]
    ping = [] if values["TcpTestSucceeded"] == "True" else ["PingSucceeded", "PingReplyDetails (RTT)"]
    return ["ComputerName", "RemoteAddress", "RemotePort", "InterfaceAlias", "SourceAddress", *ping, "TcpTestSucceeded"]


def _list(rows: list[tuple[str, str]]) -> str:
    """Format-List: two blank lines, the properties with their colons in one column, three blank lines."""
    width = max(len(name) for name, _ in rows)
    lines = [f"{name:<{width}} : {value}" for name, value in rows]
    return "\r\n".join(["", "", *lines, "", "", "", ""])
