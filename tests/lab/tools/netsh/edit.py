# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""netsh advfirewall firewall add, set and delete rule.

https://learn.microsoft.com/troubleshoot/windows-server/networking/netsh-advfirewall-firewall-control-firewall-behavior
"""

from __future__ import annotations

import hashlib
import ipaddress

from ...state.firewall.rule import PROFILES, Rule
from ..call import ToolCall
from .profiles import ERROR, unreachable
from .rules import grouped, named, narrowed, nothing, options

ADD = ("name", "dir", "action", "program", "service", "description", "enable", "profile", "localip", "remoteip",
       "localport", "remoteport", "protocol")  # fmt: skip
PROTOCOLS = {"tcp": "6", "udp": "17", "icmpv4": "1", "icmpv6": "58", "any": ""}
WORDS = {"localsubnet": "LocalSubnet", "dns": "DNS", "dhcp": "DHCP", "wins": "WINS", "defaultgateway": "DefGateway"}
PORT_WORDS = {"rpc": "RPC", "rpc-epmap": "RPC-EPMap", "iphttps": "IPHTTPSIn", "teredo": "Teredo"}
Fields = list[tuple[str, str]]


class InvalidOptionError(Exception):
    """A value that netsh doesn't accept."""


def add(call: ToolCall, words: list[str]) -> int:
    """ADD RULE name=… dir=in|out action=allow|block [program=…] [service=…] [localport=…] [remoteip=…] …"""
    wanted = options(words, ADD)
    if wanted is None or not {"name", "dir", "action"} <= wanted.keys():
        return call.not_understood(f"netsh advfirewall firewall add rule {' '.join(words)}")
    if _refused(call):
        return ERROR
    try:
        fields = _fields(wanted)
    except InvalidOptionError:
        return _invalid(call)
    call.machine.firewall.put(_new_id(call, wanted["name"]), Rule(call.machine.edition.rule_version, tuple(fields)))
    call.out(call.texts["netsh.ok"])
    call.out("")
    return 0


def change(call: ToolCall, words: list[str]) -> int:
    """SET RULE group=…|name=… [dir=…] [profile=…] NEW enable=yes|no [action=allow|block] [profile=…] [remoteip=…] …"""
    lower = [word.lower() for word in words]
    at = lower.index("new") if "new" in lower else len(words)
    chosen = options(words[:at], ("group", "name", "dir", "profile", "program", "protocol", "localport"))
    new = options(words[at + 1 :], ("enable", "action", "profile", "remoteip", "localport"))
    if not chosen or not new or ("group" in chosen) == ("name" in chosen):
        return call.not_understood(f"netsh advfirewall firewall set rule {' '.join(words)}")
    if _refused(call):
        return ERROR
    first = grouped(call, chosen.pop("group")) if "group" in chosen else named(call, chosen.pop("name"))
    found = narrowed(call, first, chosen)
    if not found:
        return nothing(call)
    firewall = call.machine.firewall
    try:
        changed = {one: _changed(firewall.rules()[one], new, call.machine.edition.rule_version) for one in found}
    except InvalidOptionError:
        return _invalid(call)
    for one, rule in changed.items():
        firewall.put(one, rule)
    return _done(call, "updated", len(found))


def delete(call: ToolCall, words: list[str]) -> int:
    """DELETE RULE name=… [dir=…] [protocol=…] [localport=…] [program=…] [profile=…]."""
    wanted = options(words, ("name", "dir", "protocol", "localport", "program", "profile"))
    if wanted is None or "name" not in wanted:
        return call.not_understood(f"netsh advfirewall firewall delete rule {' '.join(words)}")
    if _refused(call):
        return ERROR
    found = narrowed(call, named(call, wanted.pop("name")), wanted)
    if not found:
        return nothing(call)
    for one in found:
        call.machine.firewall.remove(one)
    return _done(call, "deleted", len(found))


def _done(call: ToolCall, what: str, count: int) -> int:
    call.out("")
    call.out(call.texts[f"netsh.{what}"].format(count=count))
    call.out(call.texts["netsh.ok"])
    call.out("")
    return 0


def _refused(call: ToolCall) -> bool:
    if not call.machine.elevated:
        call.out(call.texts["netsh.elevation"])
        call.out("")
        return True
    return unreachable(call)


def _invalid(call: ToolCall) -> int:
    call.out("")
    call.out(call.texts["netsh.invalid"])
    call.out("")
    return ERROR


def _new_id(call: ToolCall, name: str) -> str:
    """A GUID, as the firewall assigns to every rule that is added; the same one on every run of a test."""
    number = len(call.machine.firewall.local)
    digits = hashlib.sha256(f"{call.machine.name}-{name}-{number}".encode()).hexdigest().upper()
    return f"{{{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-A{digits[17:20]}-{digits[20:32]}}}"


def _fields(wanted: dict[str, str]) -> Fields:
    """The fields of a new rule, in the order of the registry."""
    protocol = _protocol(wanted.get("protocol", "any"))
    if protocol not in ("6", "17") and {"localport", "remoteport"} & wanted.keys():
        raise InvalidOptionError(protocol)  # ports need a protocol that has them
    fields: Fields = [
        ("Action", _one_of(wanted["action"], {"allow": "Allow", "block": "Block"})),
        ("Active", _one_of(wanted.get("enable", "yes"), {"yes": "TRUE", "no": "FALSE"})),
        ("Dir", _one_of(wanted["dir"], {"in": "In", "out": "Out"})),
    ]
    fields += [("Protocol", protocol)] if protocol else []
    fields += _profiles(wanted.get("profile", "any"))
    fields += _ports("LPort", wanted.get("localport", "any")) + _ports("RPort", wanted.get("remoteport", "any"))
    fields += _addresses("LA", wanted.get("localip", "any")) + _addresses("RA", wanted.get("remoteip", "any"))
    if wanted.get("program"):
        fields.append(("App", "System" if wanted["program"].lower() == "system" else wanted["program"]))
    if wanted.get("service"):
        fields.append(("Svc", "*" if wanted["service"].lower() == "any" else wanted["service"]))
    if not wanted["name"] or wanted["name"].lower() == "all" or "|" in wanted["name"]:
        raise InvalidOptionError(wanted["name"])
    fields.append(("Name", wanted["name"]))
    fields += [("Desc", wanted["description"])] if wanted.get("description") else []
    return fields


def _changed(rule: Rule, new: dict[str, str], version: str) -> Rule:
    """A rule with new values, written as today's firewall writes it."""
    replaced: dict[str, Fields] = {}
    if "enable" in new:
        replaced["Active"] = [("Active", _one_of(new["enable"], {"yes": "TRUE", "no": "FALSE"}))]
    if "action" in new:
        replaced["Action"] = [("Action", _one_of(new["action"], {"allow": "Allow", "block": "Block"}))]
    if "profile" in new:
        replaced["Profile"] = _profiles(new["profile"])
    if "localport" in new:
        replaced["LPort"] = _ports("LPort", new["localport"])
    if "remoteip" in new:
        replaced["RA"] = _addresses("RA", new["remoteip"])
    for kind, values in replaced.items():
        rule = rule.with_fields(kind, values, version)
    return rule


def _one_of(value: str, known: dict[str, str]) -> str:
    if value.lower() not in known:
        raise InvalidOptionError(value)
    return known[value.lower()]


def _protocol(value: str) -> str:
    if value.isdigit() and int(value) < 256:
        return value
    return _one_of(value, PROTOCOLS)


def _profiles(value: str) -> Fields:
    if value.lower() == "any":
        return []
    known = {profile.lower(): profile for profile in PROFILES}
    chosen = {_one_of(part.strip(), known) for part in value.split(",")}
    return [("Profile", profile) for profile in PROFILES if profile in chosen]


def _ports(kind: str, value: str) -> Fields:
    if value.lower() == "any":
        return []
    found: Fields = []
    for part in value.split(","):
        text = part.strip().lower()
        first, dash, last = text.partition("-")
        if text in PORT_WORDS:
            found.append((kind, PORT_WORDS[text]))
        elif first.isdigit() and (last.isdigit() if dash else True) and int(first) <= int(last or first) < 65536:
            found.append((f"{kind}2_10" if dash else kind, text))
        else:
            raise InvalidOptionError(part)
    return found


def _addresses(kind: str, value: str) -> Fields:
    """IPv4 first, networks with their mask; a word stands for both families."""
    if value.lower() == "any":
        return []
    four: Fields = []
    six: Fields = []
    for part in value.split(","):
        text = part.strip()
        if text.lower() in WORDS:
            four.append((f"{kind}4", WORDS[text.lower()]))
            six.append((f"{kind}6", WORDS[text.lower()]))
            continue
        (six if ":" in text else four).append((f"{kind}{6 if ':' in text else 4}", _address(text)))
    return four + six


def _address(text: str) -> str:
    try:
        if "-" in text:
            first, _, last = text.partition("-")
            return f"{ipaddress.ip_address(first)}-{ipaddress.ip_address(last)}"
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise InvalidOptionError(text) from None
    if network.prefixlen == network.max_prefixlen:
        return str(network.network_address)
    return str(network) if network.version == 6 else network.with_netmask
