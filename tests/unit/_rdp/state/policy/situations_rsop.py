# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Windows logged of the last refresh, on hosts whose files don't tell who set the value of a policy."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.policy import gpo_list
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.tools import rsop

from unit._rdp.state.policy.hosts import DENY, NOTHING, TS, Linked, deny
from unit._rdp.state.policy.situations import ALLOW, BASE, BLOCK, BOTH, BROKEN, LOCAL, OFF, Situation, host, reported
from unit._rdp.tools.gpresult_samples import setting

OTHER = Linked("Other", "{0A1B2C3D-0000-4000-8000-00000000000D}")


def with_row(logged: rsop.Rsop, **changed: t.Any) -> rsop.Rsop:
    """The same with one row more, which is like the first one but for this."""
    return dataclasses.replace(logged, settings=(*logged.settings, dataclasses.replace(logged.settings[0], **changed)))


def logs(*rows: tuple[Linked, int | None], key: str = TS, **changed: t.Any) -> rsop.Rsop:
    """What Windows logged: what these GPOs set, or None to remove it, the winner first.

    Args:
        rows: The GPOs and what they say.
        key: Of which value.
        changed: What is otherwise in each row, and ``versions``.
    """
    versions = {gpo_list.LOCAL_GUID: 3, **{each.guid: 0x30003 for each in (BLOCK, ALLOW, BASE)}}
    versions |= changed.pop("versions", {})
    settings = [
        rsop.RsopSetting(
            each.guid or gpo_list.LOCAL_GUID, place, key, DENY, number is None, 4, (number or 0).to_bytes(4)
        )
        for place, (each, number) in enumerate(rows, 1)
    ]
    settings = [
        dataclasses.replace(each, data=b"" if each.deleted else each.data[::-1], **changed) for each in settings
    ]
    return rsop.Rsop(versions, tuple(settings))


BY_RSOP: dict[str, Situation] = {
    # The resultant set of policy, on a server that keeps no copies of the domain's files.
    "RSoP names the GPO whose file is missing": Situation(
        host([BLOCK], {BLOCK: None}, logged=logs((BLOCK, 1))), OFF, "domain", "Block RDP", "RSoP.*Registry.pol is not"
    ),
    "RSoP names the later of two": Situation(
        host([ALLOW, BLOCK], {ALLOW: None, BLOCK: None}, logged=logs((BLOCK, 1), (ALLOW, 0))),
        *(OFF, "domain", "Block RDP"),
    ),
    "RSoP names the one that is not the last": Situation(
        host([LOCAL, BLOCK, BASE], {LOCAL: deny(0), BLOCK: None, BASE: None}, logged=logs((BLOCK, 1), (LOCAL, 0))),
        *(OFF, "domain", "Block RDP"),
    ),
    "RSoP says that the missing file does not matter": Situation(
        host([LOCAL, BASE], {LOCAL: deny(1), BASE: BROKEN}, logged=logs((LOCAL, 1))), OFF, "local", LOCAL.name, "RSoP"
    ),
    "RSoP and gpresult agree": Situation(
        host([BLOCK], {BLOCK: None}, logged=logs((BLOCK, 1)), report=reported(setting(BLOCK.guid, DENY, 1))),
        *(OFF, "domain", "Block RDP", "gpresult's report and .*RSoP"),
    ),
    "RSoP and gpresult disagree": Situation(
        host(
            [ALLOW, BLOCK],
            {ALLOW: None, BLOCK: None},
            logged=logs((BLOCK, 1)),
            report=reported(setting(ALLOW.guid, DENY, 1)),
        ),
        *(OFF, "unknown"),
    ),
    "RSoP names another than the files": Situation(
        host([ALLOW, BLOCK], {ALLOW: deny(1), BLOCK: deny(1)}, logged=logs((ALLOW, 1))),
        *(OFF, "domain", "Block RDP"),
        against=1,
    ),
    "RSoP has another value than the file": Situation(
        host([BLOCK], BOTH, logged=logs((BLOCK, 0))), OFF, "domain", "Block RDP", against=1
    ),
    "RSoP names one, the files nobody": Situation(
        host([BASE], {BASE: NOTHING}, logged=logs((BASE, 1))), OFF, "stray", against=1
    ),
    "RSoP says the same as the files": Situation(
        host([ALLOW, BLOCK], BOTH, logged=logs((BLOCK, 1), (ALLOW, 0))), OFF, "domain", "Block RDP"
    ),
    "RSoP and the file agree against a stray write": Situation(
        host([ALLOW], BOTH, logged=logs((ALLOW, 0))), OFF, "stray", pending="= 0"
    ),
    # What it says no longer holds, or is no answer: nobody is named.
    "RSoP is older than the missing file": Situation(
        host([BLOCK], {BLOCK: None}, logged=logs((BLOCK, 1), versions={BLOCK.guid: 0x20002})), OFF, "unknown"
    ),
    "RSoP is older than another GPO of the list": Situation(
        host([BLOCK, ALLOW], {BLOCK: None, ALLOW: None}, logged=logs((BLOCK, 1), versions={ALLOW.guid: 1})),
        *(OFF, "unknown"),
    ),
    "RSoP does not know a GPO of the list": Situation(
        host([BLOCK, OTHER], {BLOCK: None}, logged=logs((BLOCK, 1))), OFF, "unknown"
    ),
    "RSoP is of a time with another order": Situation(
        host([BLOCK, ALLOW], {BLOCK: None, ALLOW: None}, logged=logs((BLOCK, 1), (ALLOW, 1))), OFF, "unknown"
    ),
    "RSoP names a GPO that is no longer in the list": Situation(
        host([ALLOW], {ALLOW: None}, logged=logs((BLOCK, 1), (ALLOW, 0))), OFF, "unknown"
    ),
    "RSoP that is older than the files is no disagreement": Situation(
        host([ALLOW, BLOCK], BOTH, logged=logs((ALLOW, 0), versions={BLOCK.guid: 1})), OFF, "domain", "Block RDP"
    ),
    "RSoP has another value than the registry": Situation(
        host([BLOCK], {BLOCK: None}, logged=logs((BLOCK, 0))), OFF, "unknown"
    ),
    "RSoP has another type than the registry": Situation(
        host([BLOCK], {BLOCK: None}, logged=logs((BLOCK, 1), type=1)), OFF, "unknown"
    ),
    "RSoP says that the GPO removes it": Situation(
        host([BLOCK], {BLOCK: None}, logged=logs((BLOCK, None))), OFF, "unknown"
    ),
    "RSoP names the instruction instead of the value": Situation(
        host([BLOCK], {BLOCK: None}, logged=logs((BLOCK, None), name=f"**del.{DENY}")), OFF, "unknown"
    ),
    "RSoP has a row of all values": Situation(
        host([BLOCK], {BLOCK: None}, logged=with_row(logs((BLOCK, 1)), name="**delvals.")), OFF, "unknown"
    ),
    "RSoP has a row of a key that is deleted": Situation(
        host([BLOCK], {BLOCK: None}, logged=with_row(logs((BLOCK, 1)), name="", deleted=True)), OFF, "unknown"
    ),
    "RSoP has no winner": Situation(
        host([BLOCK], {BLOCK: None}, logged=logs((BLOCK, 1), precedence=2)), OFF, "unknown"
    ),
    "RSoP speaks of another key": Situation(
        host([BLOCK], {BLOCK: None}, logged=logs((BLOCK, 1), key=TS + "\\Client")), OFF, "unknown"
    ),
    "RSoP speaks of another value": Situation(
        host([BLOCK], {BLOCK: None}, logged=logs((BLOCK, 1), name="Other")), OFF, "unknown"
    ),
    "RSoP has no row, which is no answer": Situation(host([BLOCK], {BLOCK: None}, logged=logs()), OFF, "unknown"),
    "RSoP of one GPO and the list without an order": Situation(
        host(None, {BLOCK: None}, state=[BLOCK], logged=logs((BLOCK, 1))), OFF, "domain", "Block RDP"
    ),
    "RSoP of two GPOs and the list without an order": Situation(
        host(None, {BLOCK: None, ALLOW: None}, state=[ALLOW, BLOCK], logged=logs((BLOCK, 1), (ALLOW, 0))),
        *(OFF, "unknown"),
    ),
}
