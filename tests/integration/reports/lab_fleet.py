# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two hundred hosts of the lab: seven languages, several Windows, and what goes wrong in a company."""

from __future__ import annotations

import itertools

from lab import HostSpec

HOSTS = 200
#: What the inventory can call a host, and a page, a table or a shell would take for something else.
HOSTILE = "<script>hacked=1</script>"
LONG = "terminalserver-buchhaltung-frankfurt-am-main-07.emea.ad.corp.example"

#: How many hosts have which faults. All others are healthy.
FAULTS: dict[tuple[str, ...], int] = {
    ("gpo-domain-blocks",): 23,
    ("service-stopped",): 11,
    ("firewall-rule-off",): 9,
    ("certificate-expired",): 6,
    ("protocol-disabled",): 5,
    ("firewall-scope-limited",): 5,
    ("umrdp-stopped",): 5,
    ("gpo-local-blocks",): 3,
    ("listener-key-missing",): 2,
    ("service-dll-unreadable",): 2,
    ("port-taken-service",): 2,
    ("port-changed",): 1,
    ("machinekeys-denied",): 1,
    ("mdm-blocks",): 1,
    ("service-disabled", "protocol-disabled"): 1,
}
#: Hosts that can't be looked at: their wire, and their number.
WIRES = {("refuse",): 4, ("garbage",): 1}
_PLACES = (
    *(("web", "en-US"), ("app", "de-DE"), ("db", "fr-FR"), ("files", "ja-JP")),
    *(("print", "es-ES"), ("edge", "ru-RU"), ("rds", "zh-CN")),
)
_WINDOWS = ("server2022", "server2019", "win10", "server2016", "win11")


def specs() -> list[HostSpec]:
    """The hosts. Faults, languages and Windows are dealt out in turn, so that each meets many of the others."""
    faults = [fault for fault, count in FAULTS.items() for _ in range(count)]
    wires = [wire for wire, count in WIRES.items() for _ in range(count)]
    broken = [(fault, ()) for fault in faults] + [((), wire) for wire in wires]
    # 77 is prime to 200: it spreads them over the whole fleet.
    trouble = dict(zip(((number * 77) % HOSTS for number in itertools.count()), broken, strict=False))
    hosts = []
    for number in range(HOSTS):
        place, language = _PLACES[number % len(_PLACES)]
        name = {20: HOSTILE, 21: LONG}.get(number, f"{place}{number // len(_PLACES) + 1:02}")
        fault, wire = trouble.get(number, ((), ()))
        hosts.append(HostSpec(name, fault, language, _WINDOWS[number % len(_WINDOWS)], wire))
    return hosts
