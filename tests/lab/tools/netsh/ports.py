# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""netsh interface ipv4|ipv6 show excludedportrange, and netsh http show servicestate."""

from __future__ import annotations

from ...state.services import Service
from ..call import ToolCall

DEFAULT_LIMITS = (
    "Properties:", "    Max bandwidth: 4294967295", "    Timeouts:", "        Entity body timeout (secs): 120",
    "        Drain entity body timeout (secs): 120", "        Request queue timeout (secs): 120",
    "        Idle connection timeout (secs): 120", "        Header wait timeout (secs): 120",
    "        Minimum send rate (bytes/sec): 150",
)  # fmt: skip


def excluded(call: ToolCall, words: list[str]) -> int:
    """SHOW EXCLUDEDPORTRANGE [protocol=]tcp|udp [[store=]active|persistent]."""
    values = [word.partition("=")[2].lower() or word.lower() for word in words]
    if not values or values[0] not in ("tcp", "udp") or values[1:] not in ([], ["active"]):
        return call.not_understood(f"netsh … show excludedportrange {' '.join(words)}")
    call.out("")
    call.out(call.texts["netsh.excluded"].format(protocol=values[0]))
    call.out("")
    call.out(call.texts["netsh.excluded_heading"])
    call.out(call.texts["netsh.excluded_line"])
    for one in sorted(call.machine.sockets.excluded[values[0]], key=lambda e: e.start):
        mark = "     *" if one.administered else "      "
        call.out(f"{one.start:>10}  {one.end:>10}{mark}")
    call.out("")
    call.out(call.texts["netsh.administered"])
    call.out("")
    return 0


def service_state(call: ToolCall, words: list[str]) -> int:
    """HTTP SHOW SERVICESTATE [view=session]: sessions with their URLs, then the request queues with their processes."""
    if [word.lower() for word in words] not in ([], ["view=session"]):
        return call.not_understood(f"netsh http show servicestate {' '.join(words)}")
    owners = call.machine.port_owners.urls()
    manager = call.machine.services.get("WinRM")
    if manager is not None and manager.pid:
        owners = [(manager, "HTTP://+:5985/WSMAN/"), (manager, "HTTP://+:47001/WSMAN/"), *owners]
    sessions: dict[str, tuple[Service, list[str]]] = {}
    for service, url in owners:
        sessions.setdefault(service.name, (service, []))[1].append(url)
    call.out("")
    call.out(call.texts["netsh.http_sessions"])
    call.out("-" * 53 + " ")
    call.out("")
    for number, (_, urls) in enumerate(sessions.values(), 1):
        _session(call, number, urls)
    call.out(call.texts["netsh.http_queues"])
    for service, _ in sessions.values():
        _queue(call, service)
    call.out("")
    return 0


def _session(call: ToolCall, number: int, urls: list[str]) -> None:
    call.out(f"Server session ID: FF000000{number}0000001")
    for line in ("Version: 2.0", "State: Active", *DEFAULT_LIMITS, "URL groups:"):
        call.out(f"    {line}")
    call.out(f"    URL group ID: FE000000{number}0000001")
    for line in ("State: Active", "Request queue name: Request queue is unnamed.", "Properties:",
                 "    Max bandwidth: inherited", "    Max connections: inherited", "    Timeouts:",
                 "        Timeout values inherited", f"    Number of registered URLs: {len(urls)}",
                 "    Registered URLs:"):  # fmt: skip
        call.out(f"        {line}")
    for url in urls:
        call.out(f"                {url}")
    call.out("")


def _queue(call: ToolCall, service: Service) -> None:
    call.out("    Request queue name: Request queue is unnamed.")
    for line in ("Version: 2.0", "State: Active", "Request queue 503 verbosity level: Basic", "Max requests: 1000",
                 "Number of active processes attached: 1"):  # fmt: skip
        call.out(f"        {line}")
    call.out("        Process IDs:")
    call.out(f"            {service.pid}")
    call.out("")
