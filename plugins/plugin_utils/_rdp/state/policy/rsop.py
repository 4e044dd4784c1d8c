# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who sets a policy by Windows' resultant set of policy, as far as that still holds.

Windows logs it when it applies policies, so it can be older than the list of GPOs: logging failed, or was turned off
since. It counts only while it has every GPO of the list in the version of the list, and while the GPOs that set the
value stand in the list in the order in which they win. Then a later GPO can't have changed who wins.
"""

from __future__ import annotations

import typing as t

from ...formats.registry_pol import Decision, Record, RegistryPol
from ...tools.rsop import Rsop, RsopSetting
from .catalog import Policy
from .gpo_list import Gpo

# What begins like this stands for more than one value, or not for every host, except to remove one value.
# Unseen: the row of a **del. record has the value's name, with **del. before it or not, and says that it is deleted.
# Of another instruction a row was published, with **Command for a name.
_INSTRUCTION, _REMOVE = "**", "**del."
# A list has the half of the version that the directory has, as Windows' number has it below.
# Unseen: the version of RSOP_GPO has it in the lower half as well, for the local GPO too.
_DIRECTORY = 0xFFFF


def winner(policy: Policy, gpos: t.Sequence[Gpo], ordered: bool, rsop: Rsop) -> tuple[Gpo, Decision] | None:
    """Return the GPO that wins, and what it does; None if that is not told, or may no longer be so.

    Args:
        policy: Which one.
        gpos: Windows' list of the GPOs that it applied.
        ordered: Whether that is the order of application.
        rsop: What was logged.
    """
    places = {gpo.guid: (place, gpo) for place, gpo in enumerate(gpos) if gpo.applied and gpo.registry}
    if any(not _same_version(gpo, rsop) for _place, gpo in places.values()):
        return None
    rows = _rows(policy, rsop)
    if not rows or rows[0].precedence != 1 or any(row.gpo not in places for row in rows):
        return None
    if len({row.gpo for row in rows}) > 1:
        order = [places[row.gpo][0] for row in rows]
        if not ordered or order != sorted(order, reverse=True):
            return None
    decision = _decision(policy, rows[0])
    return (places[rows[0].gpo][1], decision) if decision else None


def _same_version(gpo: Gpo, rsop: Rsop) -> bool:
    logged = rsop.versions.get(gpo.guid)
    return logged is not None and gpo.version is not None and logged & _DIRECTORY == gpo.version & _DIRECTORY


def _rows(policy: Policy, rsop: Rsop) -> list[RsopSetting]:
    """The rows about a value, the one that won first; none if a row of its key may be about it as well."""
    key, name = policy.key.partition("\\")[2].lower(), policy.name.lower()
    found = []
    for row in rsop.settings:
        if row.key.lower() != key:
            continue
        bare = _bare(row)
        if bare.startswith(_INSTRUCTION) or (row.deleted and not bare):
            return []
        if bare.lower() == name:
            found.append(row)
    return sorted(found, key=lambda row: row.precedence)


def _bare(row: RsopSetting) -> str:
    return row.name[len(_REMOVE) :] if _removes(row) else row.name


def _removes(row: RsopSetting) -> bool:
    return row.name.lower().startswith(_REMOVE)


def _decision(policy: Policy, row: RsopSetting) -> Decision | None:
    """What a row says, as a Registry.pol with the same record says it."""
    name = f"{_REMOVE}{policy.name}" if row.deleted or _removes(row) else policy.name
    return RegistryPol((Record(row.key, name, row.type, row.data),)).decides(policy.key, policy.name)
