# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What hardly anybody does on purpose, and what still must not lead to a wrong name."""

from __future__ import annotations

import dataclasses

from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.formats.registry_pol import Record, dword
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.tools import reg

from unit._rdp.state.policy.hosts import DENY, NOTHING, TS, Linked, deny, pol, removes
from unit._rdp.state.policy.situations import (
    ALLOW,
    BASE,
    BLOCK,
    BOTH,
    BROKEN,
    ENFORCED,
    LOCAL,
    OFF,
    ON,
    Situation,
    by_mdm,
    host,
)

TEXT = reg.Value(DENY, "REG_SZ", "1", False)
SITE = Linked(
    "Site", "{0A1B2C3D-0000-4000-8000-00000000000E}", "LDAP://CN=Oslo,CN=Sites,CN=Configuration,DC=corp,DC=example"
)
SITE_ENFORCED = dataclasses.replace(SITE, options=2)
POLICIES, WINDOWS_NT = r"SOFTWARE\Policies\Microsoft", r"SOFTWARE\Policies\Microsoft\Windows NT"


def order(key: str, name: str, data: str) -> Record:
    """An instruction, whose data are text."""
    return Record(key, name, 1, f"{data}\0".encode("utf-16-le"))


ODD: dict[str, Situation] = {
    # Who stands where in the list: Windows has blocked inheritance, filtered and enforced before it wrote it.
    "inheritance is blocked, and only what is enforced comes through": Situation(
        host([ALLOW, ENFORCED], {**BOTH, BASE: deny(0)}, state=[BASE, ALLOW, ENFORCED]), OFF, "domain", "Block RDP"
    ),
    "of two enforced ones the outer one wins": Situation(
        host([ALLOW, ENFORCED, SITE_ENFORCED], {**BOTH, SITE: deny(0)}), ON, "domain", "Site"
    ),
    "enforced without a word about it": Situation(
        host([BLOCK, SITE_ENFORCED], {**BOTH, SITE: NOTHING}), OFF, "domain", "Block RDP"
    ),
    "enforced with a file that is damaged": Situation(
        host([BLOCK, SITE_ENFORCED], {**BOTH, SITE: BROKEN}), OFF, "unknown", says="unless GPO 'Site'"
    ),
    "denied with a file that is missing": Situation(
        host([BLOCK, dataclasses.replace(ALLOW, options=1)], {BLOCK: deny(1), ALLOW: None}), OFF, "domain", "Block RDP"
    ),
    "the same name twice": Situation(
        host([dataclasses.replace(ALLOW, name="Block RDP"), BLOCK], BOTH), OFF, "domain", "Block RDP"
    ),
    "guid in another case": Situation(
        host([dataclasses.replace(BLOCK, guid=BLOCK.guid.lower())], {BLOCK: deny(1)}), OFF, "domain", "Block RDP"
    ),
    # What a file says.
    "two records about one value, the last one counts": Situation(
        host([ALLOW, BLOCK], {ALLOW: deny(0), BLOCK: pol(dword(TS, DENY, 0), dword(TS.upper(), DENY.lower(), 1))}),
        *(OFF, "domain", "Block RDP"),
    ),
    "two records about one value, and the first one is there": Situation(
        host([BLOCK], {BLOCK: pol(dword(TS, DENY, 1), dword(TS, DENY, 0))}), OFF, "stray", pending="sets .* = 0"
    ),
    "a text instead of a number": Situation(
        host([BLOCK], {BLOCK: pol(order(TS, DENY, "1"))}), TEXT, "domain", "Block RDP"
    ),
    "a text in the registry, a number in the file": Situation(
        host([BLOCK], BOTH), TEXT, "stray", pending="'Block RDP' .* sets .* = 1"
    ),
    "a number in the registry, a text in the file": Situation(
        host([BLOCK], {BLOCK: pol(order(TS, DENY, "1"))}), OFF, "stray", pending="'Block RDP'"
    ),
    "a number of one byte in the file": Situation(
        host([BLOCK], {BLOCK: pol(Record(TS, DENY, 4, b"\1"))}), OFF, "stray", pending="'Block RDP'"
    ),
    "a later GPO deletes all values of the key": Situation(
        host([BLOCK, BASE], {**BOTH, BASE: pol(order(TS, "**delvals.", " "))}),
        OFF,
        "stray",
        pending="'Baseline' .* removes",
    ),
    "a later GPO deletes all values, and sets it again": Situation(
        host([ALLOW, BASE], {**BOTH, BASE: pol(order(TS, "**delvals.", " "), dword(TS, DENY, 1))}),
        *(OFF, "domain", "Baseline"),
    ),
    "a later GPO deletes it by a list of values": Situation(
        host([BLOCK, BASE], {**BOTH, BASE: pol(order(TS, "**DeleteValues", f"x;{DENY}"))}),
        None,
        "none",
        says="'Baseline'",
    ),
    "a later GPO deletes the whole key": Situation(
        host([BLOCK, BASE], {**BOTH, BASE: pol(order(WINDOWS_NT, "**DeleteKeys", "Terminal Services"))}),
        *(None, "none", "", "'Baseline' .* removes it"),
    ),
    "a later GPO deletes the key two levels below": Situation(
        host([BLOCK, BASE], {**BOTH, BASE: pol(order(POLICIES, "**DeleteKeys", r"Windows NT\Terminal Services"))}),
        *(OFF, "stray"),
        pending="'Baseline' .* removes it",
    ),
    "a later GPO secures the key, and comments on it": Situation(
        host([BLOCK, BASE], {**BOTH, BASE: pol(dword(TS, "**SecureKey", 1), order(TS, "**Comment:x", DENY))}),
        *(OFF, "domain", "Block RDP"),
    ),
    "a later GPO deletes another value of the key": Situation(
        host([BLOCK, BASE], {**BOTH, BASE: removes("fDenyTSConnection")}), OFF, "domain", "Block RDP"
    ),
    "a later GPO sets it only where there is nothing": Situation(
        host([ALLOW, BASE, BLOCK], {ALLOW: removes(), BASE: pol(dword(TS, f"**soft.{DENY}", 1)), BLOCK: NOTHING}),
        *(OFF, "domain", "Baseline"),
    ),
    # Lists, and MDM beside them.
    "history of nobody, data store of somebody": Situation(
        host([], BOTH, datastore=[BLOCK]), OFF, "stray", says="a GPO that no longer applies", against=1
    ),
    "history without a policy for the registry, MDM set it": Situation(
        host([], held=by_mdm("<disabled/>")), OFF, "mdm", says="no GPO does"
    ),
    "data store names another copy first": Situation(
        host(None, BOTH, datastore=[BLOCK, ALLOW], state=[ALLOW, BLOCK]), ON, "domain", "Allow RDP"
    ),
    "local GPO behind one of the domain": Situation(
        host([BLOCK, LOCAL], {**BOTH, LOCAL: deny(0)}), ON, "local", LOCAL.name
    ),
}
