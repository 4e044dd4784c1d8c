# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""netsh: the firewall (advfirewall), excluded port ranges (interface) and HTTP.sys (http).

Contexts and verbs may be abbreviated, options are ``name=value``. Everything goes to standard output; the exit code
is 0 or 1. https://learn.microsoft.com/windows-server/administration/windows-commands/netsh
"""

from __future__ import annotations

from collections.abc import Callable

from ..programs import split_arguments
from . import netsh_edit, netsh_ports, netsh_profiles, netsh_rules
from .call import ToolCall

Action = Callable[[ToolCall, list[str]], int]
# the words in full -> the action; each word may be cut, down to the number of letters given
ACTIONS: tuple[tuple[tuple[str, ...], Action], ...] = (
    (("advfirewall", "show", "currentprofile"), netsh_profiles.current),
    (("advfirewall", "show", "allprofiles"), netsh_profiles.every),
    (("advfirewall", "show", "domainprofile"), netsh_profiles.domain),
    (("advfirewall", "show", "privateprofile"), netsh_profiles.private),
    (("advfirewall", "show", "publicprofile"), netsh_profiles.public),
    (("advfirewall", "firewall", "show", "rule"), netsh_rules.show),
    (("advfirewall", "firewall", "add", "rule"), netsh_edit.add),
    (("advfirewall", "firewall", "set", "rule"), netsh_edit.change),
    (("advfirewall", "firewall", "delete", "rule"), netsh_edit.delete),
    (("interface", "ipv4", "show", "excludedportrange"), netsh_ports.excluded),
    (("interface", "ipv6", "show", "excludedportrange"), netsh_ports.excluded),
    (("http", "show", "servicestate"), netsh_ports.service_state),
)
SHORTEST = 2


def main(call: ToolCall) -> int:
    """NETSH context … verb object [name=value] …"""
    # netsh has its own way with quotes: name="a b" is one argument, as it is for the C run time
    words = split_arguments(call.raw_arguments)
    for names, action in ACTIONS:
        if len(words) >= len(names) and all(_names(word, name) for word, name in zip(words, names, strict=False)):
            return action(call, words[len(names) :])
    return call.not_understood(f"netsh {' '.join(words)}")


def _names(word: str, name: str) -> bool:
    """Whether a word names a context or verb: in full, or cut ("int", "adv")."""
    lower = word.lower()
    return lower == name or (len(lower) > SHORTEST and name.startswith(lower))
