# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""netsh advfirewall firewall show rule: the local rules of one name (or of all), and which rules an option names."""

from __future__ import annotations

import ipaddress
import re

from ...environment import default_environment, expand_variables
from ...state.firewall.rule import Rule
from ...state.firewall.seed import GROUPS, seeds
from ..call import ToolCall
from .profiles import ERROR, RULER, unreachable

PROTOCOLS = {"": "any", "1": "ICMPv4", "6": "TCP", "17": "UDP", "58": "ICMPv6"}
ANY_ICMP = "*"


def options(words: list[str], allowed: tuple[str, ...]) -> dict[str, str] | None:
    """``name=value`` words by their lower-case name; None when one of them is not allowed here."""
    found: dict[str, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or name.lower() not in allowed or name.lower() in found:
            return None
        found[name.lower()] = value
    return found


def display(call: ToolCall, text: str) -> str:
    """A name as it is shown: a resource of FirewallAPI.dll or of an app in the host's language, others as they are."""
    number = re.fullmatch(r"@firewallapi\.dll,-(\d+)", text, re.IGNORECASE)
    if number is not None:
        return call.texts.get(f"resource.{number[1]}", _english(call, text, int(number[1])))
    package = re.fullmatch(r"@\{([^_]+)_.*\}", text)
    if package is not None:
        return package[1]
    return _english(call, text, 0) if text.startswith("@") else text


def _english(call: ToolCall, text: str, number: int) -> str:
    if number in GROUPS:
        return GROUPS[number]
    return next((seed.name for seed in seeds(call.machine.edition) if f"|Name={text}|" in seed.text), text)


def named(call: ToolCall, name: str) -> list[str]:
    """The ids of the local rules that show a name."""
    rules = call.machine.firewall.rules()
    if name.lower() == "all":
        return list(rules)
    return [one for one, rule in rules.items() if display(call, rule.get("Name")).lower() == name.lower()]


def grouped(call: ToolCall, group: str) -> list[str]:
    """The ids of the local rules of a group, by its resource or by its name in the host's language."""
    rules = call.machine.firewall.rules()
    wanted = group.lower()
    return [
        one
        for one, rule in rules.items()
        if rule.get("EmbedCtxt")
        and wanted in (rule.get("EmbedCtxt").lower(), display(call, rule.get("EmbedCtxt")).lower())
    ]


def narrowed(call: ToolCall, found: list[str], wanted: dict[str, str]) -> list[str] | None:
    """Those of some rules that also have a direction, a protocol, a port or a program; None for another option."""
    rules = call.machine.firewall.rules()
    for name, value in wanted.items():
        if name not in ("dir", "protocol", "localport", "program", "profile"):
            return None
        found = [one for one in found if _has(rules[one], name, value.lower())]
    return found


def _has(rule: Rule, name: str, value: str) -> bool:
    if name == "dir":
        return rule.get("Dir").lower() == value
    if name == "protocol":
        return PROTOCOLS.get(rule.get("Protocol"), rule.get("Protocol")).lower() == value
    if name == "localport":
        return ",".join(rule.all("LPort", "LPort2_10")).lower() == value
    if name == "profile":
        return value == "any" or sorted(p.lower() for p in rule.profiles) == sorted(value.split(","))
    return rule.get("App").lower() == value


def nothing(call: ToolCall) -> int:
    """No rule has the name."""
    call.out("")
    call.out(call.texts["netsh.none"])
    call.out("")
    return ERROR


def show(call: ToolCall, words: list[str]) -> int:
    """SHOW RULE name=… [profile=…] [type=static|dynamic] [verbose]."""
    verbose = bool(words) and words[-1].lower() == "verbose"
    wanted = options(words[:-1] if verbose else words, ("name", "dir", "profile"))
    if wanted is None or "name" not in wanted:
        return call.not_understood(f"netsh advfirewall firewall show rule {' '.join(words)}")
    if unreachable(call):
        return ERROR
    name = wanted.pop("name")
    found = narrowed(call, named(call, name), wanted)
    if not found:
        return nothing(call)
    for one in found:
        _rule(call, call.machine.firewall.rules()[one], verbose=verbose)
    call.out(call.texts["netsh.ok"])
    call.out("")
    return 0


def _rule(call: ToolCall, rule: Rule, *, verbose: bool) -> None:
    texts = call.texts

    def line(key: str, value: str) -> None:
        call.out(texts[f"netsh.{key}"] + value)

    call.out("")
    line("rule", display(call, rule.get("Name")))
    call.out(RULER)
    if verbose and rule.get("Desc"):
        line("description", display(call, rule.get("Desc")))
    line("enabled", texts["netsh.yes" if rule.active else "netsh.no"])
    line("direction", texts["netsh.in" if rule.inbound else "netsh.out"])
    line("profiles", ",".join(texts[f"netsh.{profile}"] for profile in rule.profiles))
    line("grouping", display(call, rule.get("EmbedCtxt")))
    line("local_ip", _addresses(call, rule, "L"))
    line("remote_ip", _addresses(call, rule, "R"))
    _protocol(call, rule)
    line("edge", _edge(call, rule))
    if verbose:
        _verbose(call, rule)
    line("action", texts["netsh.Block" if rule.blocks else "netsh.Allow"])


def _protocol(call: ToolCall, rule: Rule) -> None:
    texts, protocol = call.texts, rule.get("Protocol")
    call.out(texts["netsh.protocol"] + (PROTOCOLS.get(protocol, protocol) if protocol else texts["netsh.any"]))
    if protocol in ("6", "17"):
        local, remote = rule.all("LPort", "LPort2_10"), rule.all("RPort", "RPort2_10")
        call.out(texts["netsh.local_port"] + (",".join(local) or texts["netsh.any"]))
        call.out(texts["netsh.remote_port"] + (",".join(remote) or texts["netsh.any"]))
    if protocol in ("1", "58"):
        call.out(texts["netsh.icmp"])
        for pair in rule.all("ICMP4" if protocol == "1" else "ICMP6") or ["*:*"]:
            kind, _, code = (texts["netsh.any"] if part == ANY_ICMP else part for part in pair.partition(":"))
            call.out(f"{texts['netsh.icmp_row']}{kind:<8}{code:<4}")


def _addresses(call: ToolCall, rule: Rule, side: str) -> str:
    """Both families together, each address once, networks with a prefix length."""
    found = rule.all(f"{side}A4", f"{side}A42", f"{side}A6", f"{side}A62")
    shown = dict.fromkeys(_address(text) for text in found)
    return ",".join(shown) or call.texts["netsh.any"]


def _address(text: str) -> str:
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return text
    return str(network)


def _edge(call: ToolCall, rule: Rule) -> str:
    texts, defer = call.texts, rule.get("Defer").lower()
    if defer in ("app", "user"):
        return texts[f"netsh.defer_{defer}"]
    return texts["netsh.yes" if rule.get("Edge").upper() == "TRUE" else "netsh.no"]


def _verbose(call: ToolCall, rule: Rule) -> None:
    texts = call.texts
    if rule.get("App"):
        call.out(texts["netsh.program"] + expand_variables(rule.get("App"), default_environment(call.machine)))
    if rule.get("Svc"):
        call.out(texts["netsh.service"] + rule.get("Svc"))
    call.out(texts["netsh.interfaces"] + (",".join(rule.all("IFType")) or texts["netsh.any"]))
    call.out(texts["netsh.security"] + texts["netsh.not_required"])
    call.out(texts["netsh.source"] + texts["netsh.local_setting"])
