# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""netsh advfirewall show …profile[s]: the local settings of one, of the active, or of all profiles."""

from __future__ import annotations

from ...state.firewall.engine import FIREWALL, LOCAL_KEYS
from ..call import ToolCall

RULER = "-" * 70
ORDER = ("Domain", "Private", "Public")
ERROR = 1


def current(call: ToolCall, options: list[str]) -> int:
    """The profiles that are active: one for each kind of network the host is connected to."""
    # Unseen: that netsh shows all of several active profiles. A host of the lab can be told to show fewer.
    firewall = call.machine.firewall
    return _show(call, [profile for profile in ORDER if profile in (firewall.shown or firewall.active)], options)


def every(call: ToolCall, options: list[str]) -> int:
    """Domain, private, public."""
    return _show(call, list(ORDER), options)


def domain(call: ToolCall, options: list[str]) -> int:
    """The domain profile."""
    return _show(call, ["Domain"], options)


def private(call: ToolCall, options: list[str]) -> int:
    """The private profile."""
    return _show(call, ["Private"], options)


def public(call: ToolCall, options: list[str]) -> int:
    """The public profile."""
    return _show(call, ["Public"], options)


def unreachable(call: ToolCall) -> bool:
    """Whether the firewall's service doesn't run; says so."""
    if call.machine.firewall.running:
        return False
    service = call.machine.services.get("MpsSvc")
    name = call.machine.service_display(service) if service is not None else "Windows Firewall"
    call.out("")
    call.out(call.texts["netsh.no_service"].format(service=name))
    call.out("")
    return True


def _show(call: ToolCall, profiles: list[str], options: list[str]) -> int:
    wanted = [option.lower() for option in options]
    if wanted not in ([], ["state"], ["firewallpolicy"]):
        return call.not_understood(f"netsh advfirewall show … {' '.join(options)}")
    if unreachable(call):
        return ERROR
    texts = call.texts
    for profile in profiles:
        settings = call.machine.firewall.profiles[profile]
        call.out("")
        call.out(texts[f"netsh.heading.{profile}"])
        call.out(RULER)
        if wanted in ([], ["state"]):
            call.out(texts["netsh.state"] + texts["netsh.on" if settings.get("EnableFirewall", 1) else "netsh.off"])
        if wanted in ([], ["firewallpolicy"]):
            call.out(texts["netsh.policy"] + _policy(settings))
        if not wanted:
            _details(call, profile, settings)
    if wanted:
        call.out("")
    call.out(texts["netsh.ok"])
    call.out("")
    return 0


def _policy(settings: dict[str, int]) -> str:
    """BlockInboundAlways is "block all incoming connections"; these words are not translated."""
    inbound = "AllowInbound" if settings.get("DefaultInboundAction", 1) == 0 else "BlockInbound"
    if settings.get("DoNotAllowExceptions") == 1:
        inbound = "BlockInboundAlways"
    outbound = "BlockOutbound" if settings.get("DefaultOutboundAction") == 1 else "AllowOutbound"
    return f"{inbound},{outbound}"


def _details(call: ToolCall, profile: str, settings: dict[str, int]) -> None:
    texts, registry = call.texts, call.machine.registry
    logging = rf"{FIREWALL}\{LOCAL_KEYS[profile]}\Logging"

    def switch(on: object) -> str:
        return texts["netsh.enable" if on else "netsh.disable"]

    call.out(texts["netsh.local_rules"] + texts["netsh.gpo_only"])
    call.out(texts["netsh.local_sec_rules"] + texts["netsh.gpo_only"])
    call.out(texts["netsh.notification"] + switch(not settings.get("DisableNotifications")))
    call.out(texts["netsh.remote_management"] + switch(False))
    call.out(texts["netsh.unicast"] + switch(True))
    call.out("")
    call.out(texts["netsh.logging"])
    call.out(texts["netsh.log_allowed"] + switch(registry.number(logging, "LogSuccessfulConnections")))
    call.out(texts["netsh.log_dropped"] + switch(registry.number(logging, "LogDroppedPackets")))
    call.out(texts["netsh.log_file"] + (registry.text(logging, "LogFilePath") or ""))
    call.out(texts["netsh.log_size"] + str(registry.number(logging, "LogFileSize") or 0))
    call.out("")
