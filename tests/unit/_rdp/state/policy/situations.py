# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can be there on a host, and what has to be said about who set the value of a policy."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import UnreadableError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.formats.registry_pol import dword, parse, render
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.policy import gpo_list, mdm
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.policy.evidence import Evidence, File
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.tools import gpresult, reg, rsop

from unit._rdp.state.policy.hosts import DENY, NOTHING, ROOT, SCRIPTS, TS, Linked, deny, listing, pol, removes
from unit._rdp.tools.gpresult_samples import gpo, policy, preference, setting
from unit._rdp.tools.gpresult_samples import rsop as report_of
from unit._rdp.tools.samples import printed

LOCAL = Linked("Local Group Policy")
BLOCK = Linked("Block RDP", "{0A1B2C3D-0000-4000-8000-00000000000A}", "LDAP://OU=Servers,DC=corp,DC=example")
ALLOW = Linked("Allow RDP", "{0A1B2C3D-0000-4000-8000-00000000000B}")
BASE = Linked("Baseline", "{0A1B2C3D-0000-4000-8000-00000000000C}")
ENFORCED = dataclasses.replace(BLOCK, options=2, link="LDAP://DC=corp,DC=example")
ON, OFF = reg.Value(DENY, "REG_DWORD", 0, False), reg.Value(DENY, "REG_DWORD", 1, False)
BROKEN = UnreadableError("The file ends within the record at offset 8: it has 40 bytes.")
FIVE_MEGABYTES = parse(
    render(
        [*(dword(f"Software\\Policies\\Vendor{n % 99}", f"Setting{n}", n) for n in range(45_000)), dword(TS, DENY, 1)]
    )
)

_MDM_KEY = r"HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\PolicyManager\current\device"


def by_mdm(state: str = "", wins: int | None = None) -> mdm.Values:
    """What PolicyManager holds."""
    area = [f"{_MDM_KEY}\\RemoteDesktopServices"]
    if state:
        area += [
            f"    AllowUsersToConnectRemotely    REG_SZ    {state}",
            "    AllowUsersToConnectRemotely_ProviderSet    REG_DWORD    0x1",
            "    AllowUsersToConnectRemotely_WinningProvider    REG_SZ    {0}",
        ]
    conflict = [f"{_MDM_KEY}\\ControlPolicyConflict"]
    if wins is not None:
        conflict += [f"    MDMWinsOverGP    REG_DWORD    {wins:#x}"]
    lines = ["\n".join([*each, ""]) for each in (area, conflict)]
    probes = (mdm.area("RemoteDesktopServices"), mdm.area("ControlPolicyConflict"))
    return mdm.values(
        probe.read(printed(text, 0, probe.command.line)) for probe, text in zip(probes, lines, strict=True)
    )


def host(
    history: t.Sequence[Linked] | None = (),
    files: t.Mapping[Linked, File] | None = None,
    *,
    datastore: t.Sequence[Linked] | None = None,
    state: t.Sequence[Linked] | None = None,
    held: mdm.Values | None = None,
    report: bytes | None = None,
    logged: rsop.Rsop | None = None,
) -> Evidence:
    """What is seen on a host with these lists and these Registry.pol files."""
    return Evidence(
        history=gpo_list.history(listing("history", history), ROOT),
        datastore=gpo_list.datastore(listing("datastore", datastore), ROOT),
        state=gpo_list.state(listing("state", state), ROOT),
        files={linked.file: file for linked, file in (files or {}).items()},
        mdm=held or {},
        report=gpresult.parse(report) if report else None,
        rsop=logged,
    )


@dataclasses.dataclass(frozen=True)
class Situation:
    """What is there, and what has to be said.

    Attributes:
        kind: The kind of source.
        name: The GPO's name, empty for none.
        says: Words of the reason.
        pending: Words of what is to come.
        against: How many disagreements there are.
    """

    evidence: Evidence
    value: reg.Value | UnreadableError | None
    kind: str
    name: str = ""
    says: str = ""
    pending: str = ""
    against: int = 0


def reported(*rows: str, local: int = 0, block: int = 1, **more: str) -> bytes:
    return report_of(
        gpo("Local Group Policy", "LocalGPO", local, "Local"),
        gpo("Block RDP", BLOCK.guid, block, "corp.example/Servers", AccessDenied="false" if block else "true"),
        gpo("Allow RDP", ALLOW.guid, 2),
        registry="".join(rows),
        **more,
    )


BOTH = {BLOCK: deny(1), ALLOW: deny(0)}

SITUATIONS: dict[str, Situation] = {
    # Who wins.
    "local only": Situation(host([LOCAL], {LOCAL: deny(1)}), OFF, "local", LOCAL.name),
    "domain only": Situation(host([BLOCK], {BLOCK: deny(1)}), OFF, "domain", "Block RDP"),
    "local allows, domain blocks": Situation(
        host([LOCAL, BLOCK], {LOCAL: deny(0), BLOCK: deny(1)}), OFF, "domain", "Block RDP"
    ),
    "local blocks, domain allows": Situation(
        host([LOCAL, ALLOW], {LOCAL: deny(1), ALLOW: deny(0)}), ON, "domain", "Allow RDP"
    ),
    "local blocks, domain silent": Situation(
        host([LOCAL, BASE], {LOCAL: deny(1), BASE: NOTHING}), OFF, "local", LOCAL.name
    ),
    "the last of two wins": Situation(host([BLOCK, ALLOW], BOTH), ON, "domain", "Allow RDP"),
    "the other way round": Situation(host([ALLOW, BLOCK], BOTH), OFF, "domain", "Block RDP"),
    "enforced stands last": Situation(
        host([ALLOW, ENFORCED], {ENFORCED: deny(1), ALLOW: deny(0)}), OFF, "domain", "Block RDP"
    ),
    "two links of one GPO": Situation(
        host([BLOCK, ALLOW, dataclasses.replace(BLOCK, link="LDAP://OU=Web,DC=corp,DC=example")], BOTH),
        *(OFF, "domain", "Block RDP"),
    ),
    "three say the same": Situation(
        host([LOCAL, BASE, BLOCK], {LOCAL: deny(1), BASE: deny(1), BLOCK: deny(1)}), OFF, "domain", "Block RDP"
    ),
    "filtered GPO is not in the history": Situation(host([ALLOW], BOTH, datastore=[ALLOW]), ON, "domain", "Allow RDP"),
    "disabled GPO in the list": Situation(
        host([ALLOW, dataclasses.replace(BLOCK, options=1)], BOTH), ON, "domain", "Allow RDP"
    ),
    "value deleted, then set in one file": Situation(
        host([BLOCK], {BLOCK: pol(*removes().records, dword(TS, DENY, 1))}), OFF, "domain", "Block RDP"
    ),
    "set only where there is nothing": Situation(
        host([BLOCK], {BLOCK: pol(dword(TS, f"**soft.{DENY}", 1))}), OFF, "domain", "Block RDP"
    ),
    "soft record after a real one": Situation(
        host([ALLOW, BLOCK], {ALLOW: deny(0), BLOCK: pol(dword(TS, f"**soft.{DENY}", 1))}), ON, "domain", "Allow RDP"
    ),
    "file of 5 MB": Situation(host([BASE], {BASE: FIVE_MEGABYTES}), OFF, "domain", "Baseline"),
    "loopback and the user's half change nothing": Situation(
        host(
            [BLOCK], {BLOCK: deny(1)}, report=report_of(gpo("Block RDP", BLOCK.guid), registry=policy(BLOCK.guid, "x"))
        ),
        *(OFF, "domain", "Block RDP"),
    ),
    # Nobody's policy.
    "no policy at all": Situation(host([]), None, "none", says="No policy sets it"),
    "a GPO of other things": Situation(host([BASE], {BASE: NOTHING}), None, "none"),
    "GPO deleted, value left behind": Situation(
        host([BASE], {BASE: NOTHING, BLOCK: deny(1)}), OFF, "stray", says="a GPO that no longer applies"
    ),
    "stray write without any GPO": Situation(host([]), OFF, "stray", says="by no computer policy"),
    "stray write over a GPO": Situation(
        host([ALLOW], BOTH), OFF, "stray", says="which is not what is there", pending="'Allow RDP' .* sets .* = 0"
    ),
    "stray write of another type": Situation(
        host([BLOCK], BOTH), reg.Value(DENY, "REG_SZ", "1", False), "stray", pending="sets fDenyTSConnections = 1"
    ),
    "preference of a user": Situation(host([BASE], {BASE: NOTHING}), OFF, "stray", says="those of a user can"),
    "preference of the computer": Situation(
        host([BASE], {BASE: NOTHING}, report=reported(preferences=preference(BLOCK.guid, DENY))),
        *(OFF, "preference", "Block RDP", "preference of GPO 'Block RDP'"),
    ),
    "preference of the computer that writes something else": Situation(
        host([], report=reported(preferences=preference(BLOCK.guid, DENY, value="00000000"))), OFF, "stray"
    ),
    "preference of the computer for its own user": Situation(
        host([], report=reported(preferences=preference(BLOCK.guid, DENY, hive="HKEY_CURRENT_USER"))), OFF, "stray"
    ),
    "preference of the computer against a GPO": Situation(
        host([ALLOW], BOTH, report=reported(preferences=preference(BLOCK.guid, DENY))),
        *(OFF, "preference", "Block RDP", "preference of GPO 'Block RDP'"),
        pending="'Allow RDP' .* sets .* = 0 .*and the preference writes its own value after that",
    ),
    "preferences of two GPOs": Situation(
        host([], report=reported(preferences=preference(BLOCK.guid, DENY) + preference(ALLOW.guid, DENY, action="U"))),
        *(OFF, "preference", "", "preference of GPO 'Block RDP' .* or a preference of GPO 'Allow RDP'"),
    ),
    "preferences of two GPOs, one writes something else": Situation(
        host(
            [],
            report=reported(preferences=preference(BLOCK.guid, DENY) + preference(ALLOW.guid, DENY, value="00000000")),
        ),
        *(OFF, "preference", "Block RDP"),
    ),
    "preference for another value": Situation(
        host([], report=reported(preferences=preference(BLOCK.guid, "Other"))), OFF, "stray"
    ),
    "preference that deletes": Situation(
        host([], report=reported(preferences=preference(BLOCK.guid, DENY, action="D"))), OFF, "stray"
    ),
    "removed by a later GPO": Situation(
        host([BLOCK, ALLOW], {BLOCK: deny(1), ALLOW: removes()}), None, "none", says="'Allow RDP' .* removes it"
    ),
    "removed by a later GPO, but there": Situation(
        host([BLOCK, ALLOW], {BLOCK: deny(1), ALLOW: removes()}), OFF, "stray", pending="'Allow RDP' .* removes it"
    ),
    "removed by an earlier GPO": Situation(
        host([ALLOW, BLOCK], {BLOCK: deny(1), ALLOW: removes()}), OFF, "domain", "Block RDP"
    ),
    "set, but not applied yet": Situation(
        host([LOCAL], {LOCAL: deny(1)}), None, "none", says="It isn't set, though", pending="Local GPO sets .* = 1"
    ),
    "local file without the local GPO in the list": Situation(
        host([BASE], {BASE: NOTHING, LOCAL: deny(1)}), OFF, "stray"
    ),
    # MDM.
    "MDM alone": Situation(host(None, held=by_mdm("<disabled/>"), state=[]), OFF, "mdm", says="no GPO does"),
    "MDM is set to win": Situation(
        host([BLOCK], BOTH, held=by_mdm("<enabled/>", 1)), ON, "mdm", says="set to win over"
    ),
    "MDM is set to win, but its value is not there": Situation(
        host([BLOCK], BOTH, held=by_mdm("<enabled/>", 1)), OFF, "unknown", says="is not what is there"
    ),
    "MDM and GPO race, MDM was last": Situation(
        host([BLOCK], BOTH, held=by_mdm("<enabled/>", 0)), ON, "mdm", says="last", pending="sets .* = 1", against=1
    ),
    "MDM and GPO race, the GPO was last": Situation(
        host([BLOCK], BOTH, held=by_mdm("<enabled/>")), OFF, "domain", "Block RDP", against=1
    ),
    "MDM and GPO agree": Situation(host([BLOCK], BOTH, held=by_mdm("<disabled/>")), OFF, "domain", "Block RDP"),
    "MDM says something else than is there": Situation(
        host([], held=by_mdm("<enabled/>")), OFF, "stray", pending="MDM sets fDenyTSConnections = 0"
    ),
    "neither MDM nor the GPO explains it": Situation(
        host([ALLOW], BOTH, held=by_mdm("<enabled/>")), OFF, "stray", pending="= 0", against=1
    ),
    "MDM's value is not understood": Situation(
        host([ALLOW], BOTH, held=by_mdm("<?>")), OFF, "unknown", says="may be MDM's", pending="= 0", against=1
    ),
    "MDM and an unknown file": Situation(
        host([BLOCK], {BLOCK: None}, held=by_mdm("<disabled/>")), OFF, "unknown", says="MDM sets fDenyTSConnections = 1"
    ),
    # Files that are not known.
    "file missing": Situation(host([BLOCK], {BLOCK: None}), OFF, "unknown", says="Registry.pol is not there"),
    "file truncated": Situation(host([BLOCK], {BLOCK: BROKEN}), OFF, "unknown", says="ends within the record"),
    "file not looked at": Situation(host([BLOCK]), OFF, "unknown", says="was not looked at"),
    "local file missing": Situation(host([LOCAL], {LOCAL: None}), OFF, "unknown", says="Local GPO could set it"),
    "file of a later GPO missing": Situation(
        host([BLOCK, ALLOW], {BLOCK: deny(1), ALLOW: None}),
        OFF,
        "unknown",
        says="'Block RDP' .* unless GPO 'Allow RDP'",
    ),
    "file of an earlier GPO missing": Situation(
        host([ALLOW, BASE, BLOCK], {ALLOW: None, BASE: BROKEN, BLOCK: deny(1)}), OFF, "domain", "Block RDP"
    ),
    "file missing of a GPO that can't hold it": Situation(
        host([BLOCK, dataclasses.replace(ALLOW, extensions=SCRIPTS)], {BLOCK: deny(1)}), OFF, "domain", "Block RDP"
    ),
    "file missing, value absent": Situation(host([BLOCK], {BLOCK: None}), None, "none"),
    "soft record behind a missing file": Situation(
        host([ALLOW, BLOCK], {ALLOW: None, BLOCK: pol(dword(TS, f"**soft.{DENY}", 1))}), OFF, "unknown"
    ),
    # Lists.
    "history missing, data store there": Situation(
        host(None, BOTH, datastore=[ALLOW, BLOCK]), OFF, "domain", "Block RDP"
    ),
    "history and data store disagree": Situation(
        host([ALLOW, BLOCK], BOTH, datastore=[BLOCK, ALLOW]), OFF, "domain", "Block RDP", against=1
    ),
    "only the list without an order, one sets it": Situation(
        host(None, {**BOTH, LOCAL: NOTHING}, state=[BLOCK, LOCAL]), OFF, "domain", "Block RDP"
    ),
    "only the list without an order, two set it": Situation(
        host(None, BOTH, state=[BLOCK, ALLOW]), OFF, "unknown", says="has no order"
    ),
    "denied in the list of state": Situation(
        host(None, BOTH, state=[dataclasses.replace(BLOCK, denied=1), ALLOW]), ON, "domain", "Allow RDP"
    ),
    "no list at all": Situation(host(None, {LOCAL: deny(1)}), OFF, "unknown", says="lists of GPOs could not be read"),
    "the value could not be read": Situation(
        host([BLOCK], BOTH), UnreadableError("Access is denied."), "unknown", says="Access is denied"
    ),
    # gpresult.
    "gpresult names the same": Situation(
        host([BLOCK], BOTH, report=reported(setting(BLOCK.guid, DENY, 1))), OFF, "domain", "Block RDP"
    ),
    "gpresult names another": Situation(
        host([BLOCK], BOTH, report=reported(setting(ALLOW.guid, DENY, 1))), OFF, "domain", "Block RDP", against=1
    ),
    "gpresult says it was filtered": Situation(
        host([BLOCK], BOTH, report=reported(block=0)), OFF, "domain", "Block RDP", against=1
    ),
    "gpresult doesn't know the GPO": Situation(
        host([BASE], {BASE: deny(1)}, report=reported()), OFF, "domain", "Baseline", against=1
    ),
    "gpresult names one where there is none": Situation(
        host([], report=reported(setting(BLOCK.guid, DENY, 1))), OFF, "stray", against=1
    ),
    "gpresult names one though nothing is set": Situation(
        host([], report=reported(setting(BLOCK.guid, DENY, 1))), None, "none", against=1
    ),
    "gpresult names the GPO whose file is missing": Situation(
        host([BLOCK, ALLOW], {BLOCK: deny(1), ALLOW: None}, report=reported(setting(ALLOW.guid, DENY, 1))),
        *(OFF, "domain", "Allow RDP", "by gpresult's report"),
    ),
    "gpresult names the GPO before a missing file": Situation(
        host([BLOCK, ALLOW], {BLOCK: deny(1), ALLOW: None}, report=reported(setting(BLOCK.guid, DENY, 1))),
        *(OFF, "domain", "Block RDP", "by gpresult's report"),
    ),
    "gpresult names one with another value": Situation(
        host([BLOCK, ALLOW], {BLOCK: deny(1), ALLOW: None}, report=reported(setting(ALLOW.guid, DENY, 0))),
        *(OFF, "unknown"),
    ),
    "gpresult names one that could not": Situation(
        host([ALLOW], {ALLOW: None}, report=reported(setting(BLOCK.guid, DENY, 1))), OFF, "unknown"
    ),
    "gpresult shows a loser": Situation(
        host([BLOCK], BOTH, report=reported(setting(ALLOW.guid, DENY, 0, precedence=2))), OFF, "domain", "Block RDP"
    ),
}
