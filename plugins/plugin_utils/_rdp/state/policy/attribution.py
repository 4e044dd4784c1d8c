# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who set the value of a policy: attribution without a translated word and without asking the domain.

Windows applies the GPOs of its list one after the other, so the last one whose Registry.pol says something about the
value decides; enforced ones stand at the end of the list. A wrong name is worse than none:

* A file that can't be read, of a GPO **after** the last one that decides, could decide as well: unknown. Before it,
  it doesn't matter. gpresult or the resultant set of policy may name one of the two; else nobody does.
* A missing file counts as one that can't be read. A GPO is in the list because it had settings, so its copy was lost.
* A GPO in whose extensions the registry's is missing, and one that wasn't applied, can't decide.
* What is in the registry has to be what the GPO says. If it isn't, nobody's policy wrote it, and a refresh overwrites
  it once a GPO has changed, or by force: ``stray``, with what is to come in ``pending``.
* ``**del.`` is a decision too: by policy, nobody sets the value.
* MDM writes the same values. If it is set to win it does; otherwise the value tells which of the two was last, and both
  are named.
* A value that nobody's computer policy explains was written by a script, by hand, by a preference (those of users can
  write it too, and no list of the computer shows that), or was left behind by a GPO that is gone.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ...errors import UnreadableError
from ...formats.registry_pol import Decision
from ...tools import gpresult, reg
from . import mdm
from .catalog import Policy, Right
from .evidence import Evidence, Found, decisions
from .gpo_list import LOCAL_GUID, Gpo

Kind = t.Literal["local", "domain", "mdm", "preference", "stray", "none", "unknown"]
Reported = t.Literal["no report", "not in the report", "agrees", "disagrees"]

_STRAY = (
    "It was written, but by no computer policy: by hand, a script, a preference of Group Policy (those of a user can "
    "write it too), another management tool, or a GPO that no longer applies."
)


@dataclasses.dataclass(frozen=True)
class Source:
    """Where the value of a policy comes from.

    Attributes:
        kind: ``local`` and ``domain`` name a GPO; ``mdm``; ``preference``: a preference of a GPO wrote it; ``stray``:
            it is there by nobody's policy; ``none``: it isn't there; ``unknown``: see ``reason``.
        reason: Why, as a sentence.
        value: What is in the registry, or who has a right.
        gpo: The GPO, for local, domain and (where it is known) preference.
        pending: What Windows changes when it applies registry policies again, empty if nothing.
        overruled: Others who set the value and don't win.
        reported: What gpresult's report says to it.
        disagreements: Where two sources contradict each other, each as a sentence with both.
    """

    kind: Kind
    reason: str
    value: reg.Data | None = None
    gpo: Gpo | None = None
    pending: str = ""
    overruled: tuple[str, ...] = ()
    reported: Reported = "no report"
    disagreements: tuple[str, ...] = ()

    def to_json(self) -> dict[str, t.Any]:
        """Return plain JSON types."""
        gpo = self.gpo or Gpo("", "")
        value = self.value.hex() if isinstance(self.value, bytes) else self.value
        return {
            "kind": self.kind,
            "name": gpo.name,
            "guid": gpo.guid,
            "domain": gpo.domain,
            "link": gpo.link,
            "version": gpo.version,
            "enforced": gpo.enforced,
            "file": gpo.file,
            "value": list(value) if isinstance(value, tuple) else value,
            "reason": self.reason,
            "pending": self.pending,
            "overruled": list(self.overruled),
            "reported": self.reported,
            "disagreements": list(self.disagreements),
        }


def attribute(policy: Policy, value: reg.Value | UnreadableError | None, evidence: Evidence) -> Source:
    """Say who set the value of a policy.

    Args:
        policy: Which one.
        value: What is in the registry: the value, None if it certainly isn't there, or why that is not known.
        evidence: What else was seen.
    """
    if isinstance(value, UnreadableError):
        return Source("unknown", f"Whether the policy is set is not known: {value.reason}")
    found = decisions(policy, evidence.gpos or (), evidence.files)
    source = _absent(policy, found) if value is None else _present(policy, value, found, evidence)
    return _compared(policy, source, evidence)


def _absent(policy: Policy, found: Found) -> Source:
    if found.winner is None or found.doubts:
        return Source("none", "No policy sets it.")
    gpo, decision = found.winner
    if decision.does == "delete":
        return Source("none", f"No policy sets it: {gpo} removes it.")
    return Source("none", f"It isn't set, though {gpo} says so.", pending=_pending(gpo, policy, decision))


def _present(policy: Policy, value: reg.Value, found: Found, evidence: Evidence) -> Source:
    by_mdm = mdm.says(policy, evidence.mdm)
    if by_mdm and mdm.wins(evidence.mdm):
        return _by_mdm(policy, value, found, by_mdm[0])
    source = _by_gpo(policy, value, found, evidence)
    if by_mdm:
        return _by_either(policy, value, found, source, by_mdm[0])
    return _preference(policy, value, source, evidence) if source.kind == "stray" else source


def _by_gpo(policy: Policy, value: reg.Value, found: Found, evidence: Evidence) -> Source:
    """What the GPOs say, whatever MDM does."""
    if evidence.gpos is None:
        return Source("unknown", "Windows' lists of GPOs could not be read, so nobody is named.", value.data)
    if found.doubts:
        return _doubtful(policy, value, found, evidence)
    if found.winner is None:
        return Source("stray", _STRAY, value.data)
    if not evidence.ordered and len({gpo.guid for gpo, _decision in found.said}) > 1:
        names = " and ".join(f"{gpo} {_does(policy, decision)}" for gpo, decision in found.said)
        return Source("unknown", f"{names}, and the only list of GPOs that is left has no order.", value.data)
    gpo, decision = found.winner
    same = decision.does != "delete" and _same(value, decision)
    if same is None:
        return Source("unknown", f"Whether it is the text that {gpo} sets can't be told by its letters.", value.data)
    if not same:
        reason = f"{gpo} {_does(policy, decision)}, which is not what is there. {_STRAY}"
        # What a record sets only where there is nothing, it doesn't set here.
        return Source(
            "stray", reason, value.data, pending="" if decision.does == "soft" else _pending(gpo, policy, decision)
        )
    kind: Kind = "local" if gpo.local else "domain"
    overruled = tuple(f"{other} {_does(policy, said)}" for other, said in found.said[:-1])
    return Source(kind, f"{gpo} sets it, and no later one says otherwise.", value.data, gpo, overruled=overruled)


def _doubtful(policy: Policy, value: reg.Value, found: Found, evidence: Evidence) -> Source:
    """What can be said although a file that could decide is not known: what others say of those that could."""
    gpo, reason = found.doubts[-1]
    why = f"{gpo} could set it, but {reason}."
    if found.winner:
        why = f"{found.winner[0]} sets it unless {gpo} does, whose settings are not known: {reason}."
    named = {row.gpo for row in evidence.reported(policy) if row.data in (None, value.data)}
    by = ["gpresult's report"] if named else []
    won = evidence.resulted(policy)
    if won:
        # One that does something else, or nobody: then it is not known who wrote what is there.
        named.add(won[0].guid if won[1].does != "delete" and _same(value, won[1]) else "")
        by.append("Windows' resultant set of policy (RSoP)")
    able = [one for one, _said in (*found.doubts, *((found.winner,) if found.winner else ()))]
    chosen = next((one for one in able if {one.guid} == named), None)
    if chosen is None:
        return Source("unknown", why, value.data)
    kind: Kind = "local" if chosen.local else "domain"
    return Source(kind, f"{chosen} sets it by {' and '.join(by)}. By the files alone: {why}", value.data, chosen)


def _preference(policy: Policy, value: reg.Value, stray: Source, evidence: Evidence) -> Source:
    """Whether preferences of Group Policy write what no policy does. Of two that do so, neither is named."""
    report = evidence.report
    if report is None:
        return stray
    place = policy.key.replace("HKLM", "HKEY_LOCAL_MACHINE", 1).lower(), policy.name.lower()
    guids = dict.fromkeys(
        item.gpo
        for item in report.preferences
        if (item.key.lower(), item.name.lower()) == place and item.writes(value.type, value.data)
    )
    if not guids:
        return stray
    known = [one for guid in guids if (one := report.gpo(guid))]
    gpos = [Gpo(one.name, one.guid, one.guid == LOCAL_GUID, one.domain) for one in known]
    who = " or ".join(f"a preference of {gpo}" for gpo in gpos) or "a preference of Group Policy"
    only = gpos[0] if len(gpos) == len(guids) == 1 else None
    # Preferences come after the policies in every refresh.
    pending = stray.pending and f"{stray.pending[:-1]}, and the preference writes its own value after that."
    reason = f"It was written by {who}, which is no policy."
    return dataclasses.replace(stray, kind="preference", gpo=only, reason=reason, pending=pending)


def _by_mdm(policy: Policy, value: reg.Value, found: Found, says: reg.Data | None) -> Source:
    overruled = tuple(f"{gpo} {_does(policy, decision)}" for gpo, decision in found.said)
    if says in (None, value.data):
        return Source("mdm", "MDM sets it, and is set to win over Group Policy.", value.data, overruled=overruled)
    reason = f"MDM is set to win over Group Policy, but sets {_shown(policy, says)}, which is not what is there."
    return Source("unknown", reason, value.data, overruled=overruled)


def _by_either(policy: Policy, value: reg.Value, found: Found, source: Source, says: reg.Data | None) -> Source:
    """MDM sets the policy too, and isn't set to win: whose value is there was the last one."""
    if source.kind == "unknown":
        return dataclasses.replace(source, reason=f"{source.reason} MDM sets {_shown(policy, says)}.")
    if found.winner is None:
        if says in (None, value.data):
            return Source("mdm", "MDM sets it, and no GPO does.", value.data)
        coming = f"MDM sets {_shown(policy, says)} when it synchronises."
        return dataclasses.replace(source, pending=coming)
    by_gpo = f"{found.winner[0]} {_does(policy, found.winner[1])}"
    both = f"{by_gpo} and MDM sets {_shown(policy, says)}: neither is sure to win."
    if source.kind in ("local", "domain"):
        if says == value.data:
            return dataclasses.replace(source, overruled=(*source.overruled, "MDM sets the same value"))
        return dataclasses.replace(source, disagreements=(both,))
    if says == value.data:
        return Source("mdm", "MDM was the last to set it.", value.data, pending=source.pending, disagreements=(both,))
    if says is None:
        return Source("unknown", f"It may be MDM's: {both}", value.data, pending=source.pending, disagreements=(both,))
    return dataclasses.replace(source, disagreements=(both,))


def _compared(policy: Policy, source: Source, evidence: Evidence) -> Source:
    """Add what the other list, the resultant set of policy and gpresult say against it."""
    against = [*source.disagreements, *_against_files(policy, evidence)]
    if evidence.history is not None and evidence.datastore is not None:
        first = decisions(policy, evidence.gpos or (), evidence.files).winner
        second = decisions(policy, evidence.datastore, evidence.files).winner
        if second and (first is None or first[0].guid != second[0].guid):
            # The data store lacks those that have no copy, so it is no evidence against the history by being silent.
            last = f"{first[0]} is the last one to decide" if first else "no GPO decides"
            against.append(f"By Windows' history {last}, by its data store {second[0]}.")
    report = evidence.report
    if report is None:
        return dataclasses.replace(source, disagreements=tuple(against))
    rows = evidence.reported(policy)
    reported: Reported = "agrees" if rows else "not in the report"
    known = len(against)
    names = " and ".join(_named(report, row.gpo) for row in rows)
    if source.kind in ("local", "domain") and source.gpo:
        listed = report.gpo(source.gpo.guid)
        if rows and source.gpo.guid not in {row.gpo for row in rows}:
            against.append(f"By its files {source.gpo} sets it, by gpresult {names}.")
        elif listed is None or listed.not_applied:
            why = listed.not_applied if listed else "it isn't listed"
            against.append(f"By its files {source.gpo} sets it, but by gpresult that one isn't applied: {why}.")
    elif rows and source.kind in ("stray", "none"):
        against.append(f"By gpresult {names} sets it. But: {source.reason}")
    if len(against) > known:
        reported = "disagrees"
    return dataclasses.replace(source, reported=reported, disagreements=tuple(against))


def _against_files(policy: Policy, evidence: Evidence) -> t.Iterator[str]:
    """What the resultant set of policy says against the files, where all of them are known."""
    won, found = evidence.resulted(policy), decisions(policy, evidence.gpos or (), evidence.files)
    if won is None or found.doubts:
        return
    by_rsop = f"by Windows' resultant set of policy (RSoP) {won[0]} {_does(policy, won[1])}"
    if not found.said:
        yield f"By its files no GPO sets it, {by_rsop}."
        return
    gpo, decision = found.said[-1]
    if (gpo.guid, decision.type, decision.data) != (won[0].guid, won[1].type, won[1].data):
        yield f"By its files {gpo} {_does(policy, decision)}, {by_rsop}."


def _named(report: gpresult.Report, guid: str) -> str:
    known = report.gpo(guid)
    return str(Gpo(known.name if known else "", guid, local=guid == LOCAL_GUID))


def _same(value: reg.Value, decision: Decision) -> bool | None:
    """Whether the registry holds what a GPO sets. None where a text can't be compared."""
    if value.type == decision.type and value.data == decision.data:
        return True
    # reg.exe prints texts in a code page that may lack their letters.
    texts = [data for data in (value.data, decision.data) if isinstance(data, str)]
    if len(texts) == 2 and value.type == decision.type and not all(text.isascii() for text in texts):
        return None
    return False


def _shown(policy: Policy, data: reg.Data | None) -> str:
    if data is None:
        return "a value that isn't understood"
    meaning = policy.meaning(data)
    return f"{policy.name} = {data!s}" + (f" ({meaning})" if meaning != str(data) else "")


def _does(policy: Policy, decision: Decision) -> str:
    return "removes it" if decision.does == "delete" else f"sets {_shown(policy, decision.data)}"


def _pending(gpo: Gpo, policy: Policy, decision: Decision) -> str:
    """What becomes of a value that is not as a GPO says.

    The extension for registry values skips a refresh in which no GPO of it has changed, unless it is told otherwise:
    https://learn.microsoft.com/windows/client-management/mdm/policy-csp-admx-grouppolicy#cse_registry
    """
    return (
        f"When Windows applies registry policies again (a GPO has changed, or gpupdate /force), {gpo} "
        f"{_does(policy, decision)}."
    )


def assigned(right: Right, report: gpresult.Report | None) -> Source:
    """Say which GPO decides who has a user right. Only gpresult tells: the security settings are in no Registry.pol."""
    if report is None:
        return Source("unknown", "Which GPO assigns this right is told by gpresult only, and there is no report.")
    rows = [row for row in report.rights if row.name.lower() == right.name.lower()]
    won = next((row for row in rows if row.precedence == 1), None)
    if won is None and (unread := [gpo for gpo in report.gpos if not gpo.valid]):
        names = " and ".join(_named(report, gpo.guid) for gpo in unread)
        reason = f"No GPO that Windows could read assigns it. It could not read {names}."
        return Source("unknown", reason, reported="not in the report")
    if won is None:
        reason = "No GPO of the report assigns it: what the host itself assigns counts."
        return Source("none", reason, reported="not in the report")
    known = report.gpo(won.gpo)
    link = max(known.links, key=lambda link: link.applied_order, default=None) if known else None
    gpo = Gpo(
        name=known.name if known else won.gpo,
        guid=won.gpo,
        local=won.gpo == LOCAL_GUID,
        domain=known.domain if known else "",
        link=link.path if link else "",
        enforced=bool(link and link.enforced),
    )
    overruled = tuple(f"{_named(report, row.gpo)} assigns it too" for row in rows if row is not won)
    kind: Kind = "local" if gpo.local else "domain"
    return Source(kind, f"{gpo} assigns it.", won.members, gpo, overruled=overruled, reported="agrees")
