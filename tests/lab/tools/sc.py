# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""sc.exe. Everything, errors too, goes to standard output; the exit code is the Win32 error code.

https://learn.microsoft.com/windows-server/administration/windows-commands/sc-query and siblings.
"""

from __future__ import annotations

import itertools

from ..state.services import (
    AUTO,
    DEMAND,
    DISABLED,
    ERROR_SERVICE_DOES_NOT_EXIST,
    RUNNING,
    START_PENDING,
    STOP_PENDING,
    STOPPED,
    Service,
)
from .call import ToolCall

TYPES = {
    0x1: "KERNEL_DRIVER",
    0x2: "FILE_SYSTEM_DRIVER",
    0x10: "WIN32_OWN_PROCESS",
    0x20: "WIN32_SHARE_PROCESS",
    0x30: "WIN32",
    0x50: "USER_OWN_PROCESS TEMPLATE",
    0x60: "USER_SHARE_PROCESS TEMPLATE",
    0xD0: "USER_OWN_PROCESS INSTANCE",
    0xE0: "USER_SHARE_PROCESS INSTANCE",
    0x110: "WIN32_OWN_PROCESS  (interactive)",
}
STATES = {STOPPED: "STOPPED", START_PENDING: "START_PENDING", STOP_PENDING: "STOP_PENDING", RUNNING: "RUNNING"}
STARTS = {0: "BOOT_START", 1: "SYSTEM_START", AUTO: "AUTO_START", DEMAND: "DEMAND_START", DISABLED: "DISABLED"}
START_WORDS = {"boot": 0, "system": 1, "auto": AUTO, "delayed-auto": AUTO, "demand": DEMAND, "disabled": DISABLED}
ERROR_ACCESS_DENIED = 5
# https://learn.microsoft.com/windows/win32/debug/system-error-codes--0-499-
# Unseen: the exit code of sc enumdepend whose buffer is too small; the message was published, with a part of the list.
ERROR_MORE_DATA = 234
# In bytes: the buffer of sc enumdepend without a size, and what a service takes in it besides its two names, UTF-16:
# https://learn.microsoft.com/previous-versions/windows/it-pro/windows-server-2012-r2-and-2012/cc742075(v=ws.11)
# https://learn.microsoft.com/windows/win32/api/winsvc/ns-winsvc-enum_service_statusw on 64 bits
DEPENDENTS_ROOM = 1024
STATUS_SIZE = 48
USAGE_EXIT_CODE = 1639  # ERROR_INVALID_COMMAND_LINE


def main(call: ToolCall) -> int:
    """SC [\\\\server] verb service …"""
    arguments = list(call.arguments)
    if arguments and arguments[0].startswith("\\\\"):
        return call.not_understood("a remote computer")
    verbs = {
        "query": query, "queryex": query, "qc": qc, "start": start, "stop": stop, "config": config,
        "qtriggerinfo": qtriggerinfo, "enumdepend": enumdepend, "sdshow": sdshow, "getdisplayname": getdisplayname,
        "getkeyname": getkeyname, "qdescription": qdescription,
    }  # fmt: skip
    verb = arguments[0].lower() if arguments else ""
    if verb not in verbs:
        call.not_understood(f"unknown verb {verb!r}")
        return USAGE_EXIT_CODE
    return verbs[verb](call, verb, arguments[1:])


def error(call: ToolCall, function: str, code: int) -> int:
    """[SC] OpenService FAILED 1060: with the system's text."""
    key = f"win32.{code}"
    call.out(f"[SC] {function} {call.texts['sc.failed']} {code}:")
    call.out("")
    call.out(call.texts.get(key, f"Win32 error {code}"))
    call.out("")
    return code


def usage(call: ToolCall, reason: str) -> int:
    """Wrong syntax: sc prints its description and returns 1639."""
    call.not_understood(reason)
    return USAGE_EXIT_CODE


def status_type(call: ToolCall, service: Service) -> int:
    """The type that the status shows: a split service on Windows 10 says 30 (WIN32) instead of 20."""
    split = call.machine.edition.key == "win10" and call.machine.services.split and not service.always_shared
    return 0x30 if split and service.type == 0x20 else service.type


def accepted(service: Service) -> str:
    """The controls a service accepts in its present state."""
    if service.pending:
        return "NOT_STOPPABLE, NOT_PAUSABLE, IGNORES_SHUTDOWN"
    stop = "STOPPABLE" if service.stoppable else "NOT_STOPPABLE"
    shutdown = "ACCEPTS_SHUTDOWN" if service.accepts_shutdown else "IGNORES_SHUTDOWN"
    return f"{stop}, NOT_PAUSABLE, {shutdown}"


def status(call: ToolCall, service: Service, *, extended: bool, display: bool) -> None:
    """The block of one service. Texts are padded with the blanks sc has: two after the type, one after the state."""
    texts = call.texts
    call.out("")
    call.out(texts["sc.service_name"] + service.name + ("" if display else " "))
    if display:
        call.out(texts["sc.display_name"] + call.machine.service_display(service))
    kind = status_type(call, service)
    call.out(f"{texts['sc.type']}{kind:x}  {TYPES.get(kind, 'ERROR')}  ")
    call.out(f"{texts['sc.state']}{service.state}  {STATES[service.state]} ")
    if service.state != STOPPED:
        call.out(f"{'':32}({accepted(service)})")
    call.out(f"{texts['sc.win32_exit']}{service.exit_code}  (0x{service.exit_code:x})")
    call.out(f"{texts['sc.service_exit']}0  (0x0)")
    call.out(f"{texts['sc.checkpoint']}0x{service.checkpoint:x}")
    call.out(f"{texts['sc.wait_hint']}0x{2000 if service.pending else 0:x}")
    if extended:
        call.out(f"{texts['sc.pid']}{service.pid}")
        flags = "RUNS_IN_SYSTEM_PROCESS" if service.name in ("SamSs", "KeyIso") else ""
        call.out(f"{texts['sc.flags']}{flags}")


def query(call: ToolCall, verb: str, arguments: list[str]) -> int:
    """SC QUERY|QUERYEX [service] [type= …] [state= all|inactive]."""
    extended = verb == "queryex"
    if arguments and not arguments[0].endswith("="):
        service = call.machine.services.get(arguments[0])
        if len(arguments) > 1:
            return usage(call, f"sc {verb} with {arguments[1:]}")
        if service is None:
            return error(call, "EnumQueryServicesStatus:OpenService", ERROR_SERVICE_DOES_NOT_EXIST)
        status(call, service, extended=extended, display=False)
        return 0
    wanted, drivers = "active", "service"
    pairs = iter(arguments)
    for option in pairs:
        value = next(pairs, "").lower()
        if option.lower() == "state=" and value in ("all", "inactive", "active"):
            wanted = value
        elif option.lower() == "type=" and value in ("service", "driver", "all"):
            drivers = value
        elif option.lower() == "bufsize=":
            continue
        else:
            return usage(call, f"{option} {value}")
    for service in sorted(call.machine.services.table.values(), key=lambda s: s.name.upper()):
        active = service.state != STOPPED
        shown = wanted == "all" or active == (wanted == "active")
        if shown and (drivers == "all" or service.driver == (drivers == "driver")):
            status(call, service, extended=extended, display=True)
    return 0


def _service(call: ToolCall, arguments: list[str]) -> Service | None:
    return call.machine.services.get(arguments[0]) if arguments else None


def qc(call: ToolCall, verb: str, arguments: list[str]) -> int:
    """SC QC service."""
    service = _service(call, arguments)
    if not arguments or len(arguments) > 2:
        return usage(call, f"sc {verb} {arguments}")
    if service is None:
        return error(call, "OpenService", ERROR_SERVICE_DOES_NOT_EXIST)
    texts = call.texts
    registry = call.machine.registry
    image = registry.text(service.key, "ImagePath") or service.image_path
    image = image.replace("%SystemRoot%", "C:\\Windows").replace("%windir%", "C:\\Windows")
    dependencies = service.dependencies or ("",)
    call.out(f"[SC] QueryServiceConfig {texts['sc.success']}")
    call.out("")
    call.out(texts["sc.service_name"] + service.name)
    call.out(f"{texts['sc.type']}{service.type:x}  {TYPES.get(service.type, 'ERROR')} ")
    delayed = "  (DELAYED)" if service.delayed and service.start == AUTO else ""
    call.out(f"{texts['sc.start_type']}{service.start}   {STARTS[service.start]}{delayed}")
    call.out(f"{texts['sc.error_control']}1   NORMAL")
    call.out(texts["sc.binary_path"] + image)
    call.out(texts["sc.load_order"] + service.group)
    call.out(texts["sc.tag"] + "0")
    call.out(texts["sc.display"] + call.machine.service_display(service))
    call.out(texts["sc.dependencies"] + dependencies[0])
    for more in dependencies[1:]:
        call.out(texts["sc.more_dependencies"] + more)
    call.out(texts["sc.start_name"] + service.account)
    return 0


def start(call: ToolCall, verb: str, arguments: list[str]) -> int:
    """SC START service."""
    if len(arguments) != 1:
        return usage(call, f"sc start {arguments}")
    service = _service(call, arguments)
    if service is None:
        return error(call, "StartService: OpenService", ERROR_SERVICE_DOES_NOT_EXIST)
    if not call.machine.elevated:
        return error(call, "StartService: OpenService", ERROR_ACCESS_DENIED)
    code = call.machine.services.request_start(service)
    if code:
        return error(call, "StartService", code)
    status(call, service, extended=True, display=False)
    return 0


def stop(call: ToolCall, verb: str, arguments: list[str]) -> int:
    """SC STOP service."""
    if len(arguments) != 1:
        return usage(call, f"sc stop {arguments}")
    service = _service(call, arguments)
    if service is None:
        return error(call, "OpenService", ERROR_SERVICE_DOES_NOT_EXIST)
    if not call.machine.elevated:
        return error(call, "OpenService", ERROR_ACCESS_DENIED)
    code = call.machine.services.request_stop(service)
    if code:
        return error(call, "OpenService" if code == ERROR_ACCESS_DENIED else "ControlService", code)
    status(call, service, extended=False, display=False)
    return 0


def config(call: ToolCall, verb: str, arguments: list[str]) -> int:
    """SC CONFIG service start= boot|system|auto|demand|disabled|delayed-auto (other settings are not modelled)."""
    if not arguments:
        return usage(call, "sc config without a service")
    service = _service(call, arguments)
    pairs = list(zip(arguments[1::2], arguments[2::2], strict=False))
    odd = len(arguments) % 2 == 0
    if odd or not pairs or any(n.lower() != "start=" or v.lower() not in START_WORDS for n, v in pairs):
        return usage(call, f"sc config {arguments[1:]}")
    if service is None:
        return error(call, "OpenService", ERROR_SERVICE_DOES_NOT_EXIST)
    if not call.machine.elevated:
        return error(call, "OpenService", ERROR_ACCESS_DENIED)
    for _, word in pairs:
        call.machine.services.set_start(service, START_WORDS[word.lower()], delayed=word.lower() == "delayed-auto")
    call.out(f"[SC] ChangeServiceConfig {call.texts['sc.success']}")
    return 0


def enumdepend(call: ToolCall, verb: str, arguments: list[str]) -> int:
    """SC ENUMDEPEND service: every service that depends on it, in any state."""
    service = _service(call, arguments)
    if not arguments or len(arguments) > 2:
        return usage(call, f"sc enumdepend {arguments}")
    if service is None:
        return error(call, "OpenService", ERROR_SERVICE_DOES_NOT_EXIST)
    found = call.machine.services.dependents(service.name, active=False)
    room = int(arguments[1]) if len(arguments) > 1 and arguments[1].isdecimal() else DEPENDENTS_ROOM
    needed = [STATUS_SIZE + 2 * (len(each.name) + len(call.machine.service_display(each)) + 2) for each in found]
    if sum(needed) > room:
        call.out(f"[SC] EnumDependentServices: more data, need {sum(needed)} bytes")
        call.out("")
        fitting = [used <= room for used in itertools.accumulate(needed)].count(True)
        found = found[:fitting]
    call.out(f"[SC] EnumDependentServices: entriesread = {len(found)}")
    for dependent in found:
        status(call, dependent, extended=False, display=True)
    return ERROR_MORE_DATA if sum(needed) > room else 0


def qtriggerinfo(call: ToolCall, verb: str, arguments: list[str]) -> int:
    """SC QTRIGGERINFO service."""
    service = _service(call, arguments)
    if service is None:
        return error(call, "OpenService", ERROR_SERVICE_DOES_NOT_EXIST)
    call.out(f"[SC] QueryServiceConfig2 {call.texts['sc.success']}")
    call.out("")
    if not service.triggers:
        call.out(f"The service {service.name} has not registered for any start or stop triggers.")
        call.out("")
        return 0
    call.out(f"{call.texts['sc.service_name']}{service.name}")
    call.out("")
    for trigger in service.triggers:
        action, kind, guid, meaning = trigger.split("|")
        call.out(f"        {action}")
        call.out(f"          {kind:<29}: {guid} [{meaning}]")
    return 0


def sdshow(call: ToolCall, verb: str, arguments: list[str]) -> int:
    """SC SDSHOW service: the default security descriptor of services."""
    if _service(call, arguments) is None:
        return error(call, "OpenService", ERROR_SERVICE_DOES_NOT_EXIST)
    call.out("")
    call.out(
        "D:(A;;CCLCSWRPWPDTLOCRRC;;;SY)(A;;CCDCLCSWRPWPDTLOCRSDRCWDWO;;;BA)(A;;CCLCSWLOCRRC;;;IU)(A;;CCLCSWLOCRRC;;;SU)"
        "S:(AU;FA;CCDCLCSWRPWPDTLOCRSDRCWDWO;;;WD)"
    )
    return 0


def getdisplayname(call: ToolCall, verb: str, arguments: list[str]) -> int:
    """SC GETDISPLAYNAME service."""
    service = _service(call, arguments)
    if service is None:
        return error(call, "GetServiceDisplayName", ERROR_SERVICE_DOES_NOT_EXIST)
    call.out(f"[SC] GetServiceDisplayName {call.texts['sc.success']}")
    call.out(f"Name = {call.machine.service_display(service)}")
    return 0


def getkeyname(call: ToolCall, verb: str, arguments: list[str]) -> int:
    """SC GETKEYNAME display name."""
    display = arguments[0] if arguments else ""
    service = call.machine.services.by_display(display, call.machine.service_display)
    if service is None:
        return error(call, "GetServiceKeyName", ERROR_SERVICE_DOES_NOT_EXIST)
    call.out(f"[SC] GetServiceKeyName {call.texts['sc.success']}")
    call.out(f"Name = {service.name}")
    return 0


def qdescription(call: ToolCall, verb: str, arguments: list[str]) -> int:
    """SC QDESCRIPTION service."""
    service = _service(call, arguments)
    if service is None:
        return error(call, "OpenService", ERROR_SERVICE_DOES_NOT_EXIST)
    call.out(f"[SC] QueryServiceConfig2 {call.texts['sc.success']}")
    call.out("")
    call.out(f"{call.texts['sc.service_name']}{service.name}")
    call.out("DESCRIPTION:  ")
    return 0
