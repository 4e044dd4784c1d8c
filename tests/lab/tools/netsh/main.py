# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""netsh: the firewall (advfirewall), excluded port ranges (interface) and HTTP.sys (http).

Contexts and verbs may be abbreviated, options are ``name=value``. Everything goes to standard output; the exit code
is 0 or 1. https://learn.microsoft.com/windows-server/administration/windows-commands/netsh
"""

from __future__ import annotations

from collections.abc import Callable

from ...programs import split_arguments
from ..call import ToolCall
from . import edit, ports, profiles, rules

Action = Callable[[ToolCall, list[str]], int]
# the words in full -> the action; each word may be cut, down to the number of letters given
ACTIONS: tuple[tuple[tuple[str, ...], Action], ...] = (
    (("advfirewall", "show", "currentprofile"), profiles.current),
    (("advfirewall", "show", "allprofiles"), profiles.every),
    (("advfirewall", "show", "domainprofile"), profiles.domain),
    (("advfirewall", "show", "privateprofile"), profiles.private),
    (("advfirewall", "show", "publicprofile"), profiles.public),
    (("advfirewall", "firewall", "show", "rule"), rules.show),
    (("advfirewall", "firewall", "add", "rule"), edit.add),
    (("advfirewall", "firewall", "set", "rule"), edit.change),
    (("advfirewall", "firewall", "delete", "rule"), edit.delete),
    (("interface", "ipv4", "show", "excludedportrange"), ports.excluded),
    (("interface", "ipv6", "show", "excludedportrange"), ports.excluded),
    (("http", "show", "servicestate"), ports.service_state),
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
