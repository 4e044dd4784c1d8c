# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""net start and net stop: they wait until the service has got there; the exit code is 0 or 2.

What went well is printed on standard output, what failed on standard error. The question about dependent services
is asked on standard output and answered from standard input; without an answer net gives up.
"""

from __future__ import annotations

from ..state.services import ERROR_ACCESS_DENIED, RUNNING, STOPPED, Service
from .call import ToolCall

PATIENCE = 12  # polls before net gives up on a service that does not get there
HELPMSG = {
    "already_started": 2182,
    "invalid_name": 2185,
    "no_error": 3534,
    "busy": 2189,
    "control": 2191,
    "not_started": 3521,
}


def main(call: ToolCall) -> int:
    """NET START|STOP [service] [/y]."""
    arguments = [argument for argument in call.arguments if argument.lower() not in ("/y", "/yes")]
    yes = len(arguments) != len(call.arguments)
    verb = arguments[0].lower() if arguments else ""
    if verb not in ("start", "stop") or len(arguments) > 2 or any(a.startswith("/") for a in arguments[1:]):
        call.err(call.texts["net.syntax"])
        return call.not_understood(f"net {arguments}")
    if len(arguments) == 1:
        return _list(call) if verb == "start" else call.not_understood("net stop without a service")
    service = _find(call, arguments[1])
    if service is None:
        return _fail(call, "invalid_name")
    if not call.machine.elevated:
        return _system_error(call, 5)
    return start(call, service) if verb == "start" else stop(call, service, yes=yes)


def _find(call: ToolCall, name: str) -> Service | None:
    services = call.machine.services
    return services.get(name) or services.by_display(name, call.machine.service_display)


def _fail(call: ToolCall, key: str, name: str = "") -> int:
    call.err(call.texts[f"net.{key}"].format(name=name))
    call.err("")
    call.err(call.texts["net.more_help"].format(number=HELPMSG[key]))
    call.err("")
    return 2


def _system_error(call: ToolCall, code: int) -> int:
    call.err(call.texts["net.system_error"].format(number=code))
    call.err("")
    call.err(call.texts.get(f"win32.{code}", ""))
    call.err("")
    return 2


def _list(call: ToolCall) -> int:
    call.out(call.texts["net.running_services"])
    call.out("")
    running = [s for s in call.machine.services.table.values() if s.state == RUNNING and not s.driver]
    for name in sorted(call.machine.service_display(service) for service in running):
        call.out(f"   {name}")
    call.out("")
    call.out(call.texts["net.done"])
    call.out("")
    return 0


def _wait(call: ToolCall, service: Service, goal: int, key: str) -> bool:
    """Poll with a dot each time, as net does."""
    name = call.machine.service_display(service)
    call.write(call.texts[key].format(name=name))
    for _ in range(PATIENCE):
        call.write(".")
        call.machine.tick()
        if not service.pending:
            break
    call.out("")
    return service.state == goal


def start(call: ToolCall, service: Service) -> int:
    """Start and wait until it runs."""
    name = call.machine.service_display(service)
    if service.state == RUNNING:
        return _fail(call, "already_started")
    if service.pending:
        return _fail(call, "busy")
    code = call.machine.services.request_start(service)
    if code:
        return _system_error(call, code)
    if not _wait(call, service, RUNNING, "net.starting"):
        call.out(call.texts["net.start_failed"].format(name=name))
        call.err("")
        return _fail(call, "no_error")
    call.out(call.texts["net.started"].format(name=name))
    call.out("")
    return 0


def stop(call: ToolCall, service: Service, *, yes: bool) -> int:
    """Stop, with the services that depend on it when the user agrees, and wait until it has stopped."""
    name = call.machine.service_display(service)
    if service.state == STOPPED:
        return _fail(call, "not_started", name)
    if service.pending:
        return _fail(call, "busy")
    dependents = call.machine.services.dependents(service.name, active=True)
    if dependents:
        call.out(call.texts["net.dependents"].format(name=name))
        call.out("")
        for dependent in dependents:
            call.out(f"   {call.machine.service_display(dependent)}")
        call.out("")
        if not yes and not _agreed(call):
            return 2
    for victim in [*dependents, service]:
        code = _stop_one(call, victim)
        if code:
            return code
    return 0


def _agreed(call: ToolCall) -> bool:
    call.write(call.texts["net.continue"])
    answer = call.ask()
    if answer is None:
        call.err(call.texts["net.no_answer"])
        return False
    call.out("")
    return answer[:1].upper() == call.texts["net.yes"]


def _stop_one(call: ToolCall, service: Service) -> int:
    name = call.machine.service_display(service)
    if not service.pending:
        code = call.machine.services.request_stop(service)
        if code:
            return _system_error(call, code) if code == ERROR_ACCESS_DENIED else _fail(call, "control")
    if not _wait(call, service, STOPPED, "net.stopping"):
        call.err(call.texts["net.stop_failed"].format(name=name))
        call.err("")
        return 2
    call.out(call.texts["net.stopped"].format(name=name))
    call.out("")
    return 0
