# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""tasklist: table, list and CSV, with /svc, /nh and the filters PID, IMAGENAME, SERVICES.

Table columns are 25, 8 and 44 wide with /svc (the service list is wrapped at commas and padded with blanks), and
25, 8, 16, 11 and 12 without. Headings are cut at the column's width. When nothing matches, the message goes to
standard output and the exit code is 0.
"""

from __future__ import annotations

import dataclasses
import re

from ..state.processes import Process
from .call import ToolCall

FILTER = re.compile(r"^\s*(\w+)\s+(eq|ne|gt|lt|ge|le)\s+(.+?)\s*$", re.I)
SERVICES_WIDTH = 44


@dataclasses.dataclass
class TasklistOptions:
    """The options of one call."""

    services: bool = False
    format: str = "table"
    header: bool = True
    filters: list[tuple[str, str, str]] = dataclasses.field(default_factory=list)


def main(call: ToolCall) -> int:
    """TASKLIST [/svc] [/fo table|list|csv] [/nh] [/fi filter]…"""
    options = TasklistOptions()
    arguments = iter(call.arguments)
    for argument in arguments:
        option = argument.lower()
        if option in ("/svc", "-svc"):
            options.services = True
        elif option in ("/nh", "-nh"):
            options.header = False
        elif option in ("/fo", "-fo"):
            options.format = next(arguments, "").lower()
        elif option in ("/fi", "-fi"):
            match = FILTER.match(next(arguments, ""))
            if match is None or match.group(1).upper() not in ("PID", "IMAGENAME", "SERVICES", "SESSION"):
                call.err(call.texts["tasklist.invalid_filter"])
                return call.not_understood(f"filter in {call.raw_arguments.strip()}")
            options.filters.append((match.group(1).upper(), match.group(2).lower(), match.group(3)))
        else:
            call.err(call.texts["tasklist.invalid_syntax"].format(option=argument, tool="TASKLIST"))
            return call.not_understood(f"option {argument}")
    if options.format not in ("table", "list", "csv"):
        return call.not_understood(f"/fo {options.format}")
    found = [process for process in call.machine.processes.table.values() if _matches(call, process, options)]
    if not found:
        call.out(call.texts["tasklist.none"])
        return 0
    render = {"table": _table, "csv": _csv, "list": _list}[options.format]
    render(call, found, options)
    return 0


def services_of(call: ToolCall, process: Process) -> list[str]:
    """The names of the services in a process."""
    return [service.name for service in call.machine.services.hosted_by(process.pid)]


def _matches(call: ToolCall, process: Process, options: TasklistOptions) -> bool:
    for name, operator, wanted in options.filters:
        if name in ("PID", "SESSION"):
            number = process.pid if name == "PID" else process.session
            if not wanted.isdigit():
                return False
            other = int(wanted)
            tests = {
                "eq": number == other, "ne": number != other, "gt": number > other,
                "lt": number < other, "ge": number >= other, "le": number <= other,
            }  # fmt: skip
            if not tests[operator]:
                return False
            continue
        have = [process.image] if name == "IMAGENAME" else services_of(call, process)
        pattern = re.escape(wanted.lower()).replace(r"\*", ".*")
        hit = any(re.fullmatch(pattern, text.lower()) for text in have)
        if hit != (operator == "eq"):
            return False
    return True


def _memory(call: ToolCall, process: Process) -> str:
    return f"{process.memory_kb:,}".replace(",", call.texts["tasklist.thousands"]) + " " + call.texts["tasklist.kb"]


def _session_name(process: Process) -> str:
    return "Services" if process.session == 0 else "Console" if process.session == 1 else ""


def wrap_services(names: list[str]) -> list[str]:
    """The service list in lines of at most 44 characters, broken after a comma."""
    lines = [""]
    for index, name in enumerate(names):
        piece = name + ("," if index < len(names) - 1 else "")
        joined = f"{lines[-1]} {piece}".strip()
        if len(joined) > SERVICES_WIDTH and lines[-1]:
            lines.append(piece)
        else:
            lines[-1] = joined
    return lines


def _table(call: ToolCall, found: list[Process], options: TasklistOptions) -> None:
    texts = call.texts
    call.out("")
    if options.services:
        if options.header:
            call.out(f"{texts['tasklist.image'][:25]:<25} {texts['tasklist.pid']:>8} {texts['tasklist.services']:<44}")
            call.out(f"{'=' * 25} {'=' * 8} {'=' * 44}")
        for process in found:
            names = wrap_services(services_of(call, process) or [texts["tasklist.na"]])
            call.out(f"{process.image[:25]:<25} {process.pid:>8} {names[0]:<44}")
            for more in names[1:]:
                call.out(f"{'':<35}{more:<44}")
        return
    if options.header:
        call.out(
            f"{texts['tasklist.image'][:25]:<25} {texts['tasklist.pid']:>8} {texts['tasklist.session_name'][:16]:<16} "
            f"{texts['tasklist.session'][:11]:>11} {texts['tasklist.memory'][:12]:>12}"
        )
        call.out(f"{'=' * 25} {'=' * 8} {'=' * 16} {'=' * 11} {'=' * 12}")
    for process in found:
        call.out(
            f"{process.image[:25]:<25} {process.pid:>8} {_session_name(process):<16} {process.session:>11} "
            f"{_memory(call, process):>12}"
        )


def _fields(call: ToolCall, process: Process, options: TasklistOptions) -> list[tuple[str, str]]:
    texts = call.texts
    base = [(texts["tasklist.image"], process.image), (texts["tasklist.pid"], str(process.pid))]
    if options.services:
        names = ",".join(services_of(call, process)) or texts["tasklist.na"]
        return [*base, (texts["tasklist.services"], names)]
    return [
        *base,
        (texts["tasklist.session_name"], _session_name(process)),
        (texts["tasklist.session"], str(process.session)),
        (texts["tasklist.memory"], _memory(call, process)),
    ]


def _csv(call: ToolCall, found: list[Process], options: TasklistOptions) -> None:
    # Published outputs of Server 2022 have the services like this, in English.
    # Unseen: tasklist /svc /fo csv separates services by commas in other languages, too.
    def quoted(texts: list[str]) -> str:
        return ",".join(f'"{text}"' for text in texts)

    if options.header:
        call.out(quoted([name for name, _ in _fields(call, found[0], options)]))
    for process in found:
        call.out(quoted([text for _, text in _fields(call, process, options)]))


def _list(call: ToolCall, found: list[Process], options: TasklistOptions) -> None:
    for process in found:
        fields = _fields(call, process, options)
        width = max(len(name) for name, _ in fields) + 1
        call.out("")
        for name, text in fields:
            call.out(f"{name + ':':<{width}} {text}")
