# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Change the local policy, the only one that belongs to the host itself, in the files where it lives.

Windows has no command for that. ``Registry.pol`` gets or loses one record, ``gpt.ini`` a higher version, and the
policies are applied again. Both files are made in the backup folder first and put in place in one step each.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ..errors import RefusedError
from ..file_transfer import SEND_LIMIT, send
from ..formats import gpt_ini, registry_pol
from ..model import Change, Command, Plan, TextFile
from ..state.host import Host, known
from ..state.nla import refuse_without
from ..state.policy.catalog import ALLOW_CONNECTIONS
from ..state.policy.local import ALLOWED, LocalPolicy, State, ini_file, settings_file
from ..state.switch import DENY
from ..tools import gpupdate
from .backup import put_file, put_file_back, save_file

# Unseen: a higher version with an old Registry.pol beside it does no harm when policies are refreshed in between.
#: What a plan calls the version of gpt.ini.
VERSION = "gpt.ini version"

_WARNING = (
    "A policy allows Remote Desktop and the host's own switch denies it: each refresh of policies may disconnect all "
    "sessions (KB2083411). Set the switch: winops.rdp.rdp_protocol."
)


@dataclasses.dataclass(frozen=True)
class PolicyRequest:
    """What a task asks for.

    Attributes:
        local_policy: What the local policy is to say about Remote Desktop.
        folder: Where to save what is going to change, and to make what replaces it.
        wait: Seconds that a refresh may take.
        force: Apply also the policies that have not changed.
        require_nla: Let it turn Remote Desktop on only where Network Level Authentication is required.
        begun: This task has changed something: the host is what it made of it.
        version: The version that this task gives to gpt.ini, None if it has given none.
    """

    local_policy: State
    folder: str = ""
    wait: int = 120
    force: bool = False
    require_nla: bool = True
    begun: bool = False
    version: int | None = None


def plan(request: PolicyRequest, host: Host) -> Plan:
    """Plan the way to a state of the local policy: its two files and a refresh, or only what was not applied yet.

    Raises:
        RefusedError: A file can't be changed or was not written, a refresh may disconnect everybody, or the host would
            show its logon screen to everybody.
        UnreadableError: A file holds something that is not understood, or what decides could not be read.
    """
    local = host.local_policy
    planned = change_files(request, local)
    if planned and not request.begun and request.require_nla and opens(planned, _switch(host)):
        refuse_without(host.nla_not_required, "require_nla")
    if not planned and request.version is not None and (local.ini is None or local.ini.version != request.version):
        # A refresh asks for the version.
        raise RefusedError(f"{ini_file(local.folder)} was not written.")
    if not planned and _left_behind(request, host):
        # Windows has applied all that there is and the value is another one: it goes by force alone.
        planned = Plan(restart=(refresh(request.wait, force=request.force or host.local_policy_applied),))
    if planned:
        refuse_to_disconnect(host)
    return planned


def _left_behind(request: PolicyRequest, host: Host) -> bool:
    """Whether the registry doesn't hold yet what the GPOs say, or still what none says any more."""
    source = host.allow_connections
    decides = host.gpos_decide
    if source.pending:
        # What MDM is going to set, no refresh brings.
        return decides
    if source.kind == "stray":
        return request.begun or not host.local_policy_applied
    # Without a decision of any GPO, the local one that makes one was not applied yet.
    return source.kind == "none" and host.local_policy.says is not None and not decides


def _switch(host: Host) -> t.Any:
    """Return what the host's own switch holds, None if there is none."""
    switch = host.terminal_server.get(DENY)
    return switch.data if switch else None


def refresh(wait: int, *, force: bool = False) -> Change:
    """Apply the policies again, and once more when what they say is taken back: then a version changes again.

    Args:
        wait: Seconds that it may take.
        force: Apply also what has not changed, so that a value goes which no policy wrote.
    """
    why = "Apply all policies again, also those that have not changed." if force else "Apply the policies again."
    return Change(gpupdate.refresh(wait, force=force), why=why, undo=(gpupdate.refresh(wait),))


def opens(plan: Plan, switch: t.Any) -> bool:
    """Whether a plan turns Remote Desktop on: the policy that denied it goes, and what is left allows it.

    Args:
        plan: What is going to change.
        switch: What the host's own switch holds, None if there is none.
    """
    name = ALLOW_CONNECTIONS.name
    if plan.after.get(VERSION) is None or plan.before.get(name) == plan.after.get(name):
        return False
    return bool(plan.after.get(name) == ALLOWED or switch == ALLOWED)


def may_disconnect(switch: t.Any, policy_value: t.Any) -> bool:
    """Whether a refresh may disconnect everybody (KB2083411).

    A refresh takes the values of all policies away for a moment before it writes them again. Where a policy allows
    Remote Desktop and the host's own switch denies it, the switch counts in that moment.

    Args:
        switch: What the host's own switch holds, None if there is none.
        policy_value: What the policy holds, None if there is none.
    """
    return bool(policy_value == ALLOWED and switch != ALLOWED)


def refuse_to_disconnect(host: Host) -> None:
    """Refuse a refresh that may disconnect everybody.

    Raises:
        RefusedError: It may.
        UnreadableError: The switch, or whether the policy is set, could not be read.
    """
    if may_disconnect(_switch(host), host.allow_connections.value):
        raise RefusedError(
            "Nothing was changed: a policy allows Remote Desktop and the host's own switch denies it, so a refresh of "
            "policies may disconnect all sessions (KB2083411). Set the switch first: winops.rdp.rdp_protocol."
        )


def warnings(host: Host) -> list[str]:
    """Warn of what later refreshes may do, as sentences."""
    trap = known(lambda: may_disconnect(_switch(host), host.allow_connections.value))
    return [_WARNING] if trap else []


def failures(before: Host, now: Host, wait: int) -> list[str]:
    """Say that a refresh has done nothing, as sentences: gpupdate doesn't tell by its exit code that it has no rights,
    or that it waits no longer.

    Args:
        before: The host before the refresh.
        now: The host after it.
        wait: Seconds that it had.
    """
    applied = known(lambda: now.policies_applied)
    unchanged = applied is not None and applied == known(lambda: before.policies_applied)
    return [f"Windows has not applied the policies within {wait} s."] if unchanged else []


def doubts(now: Host) -> list[str]:
    """Say that nobody knows whether a refresh has done something, as sentences."""
    unread = known(lambda: now.policies_applied) is None
    return ["Whether the policies were applied could not be read."] if unread else []


def change_files(request: PolicyRequest, local: LocalPolicy) -> Plan:
    """Plan the change of the two files, and what applies them.

    Raises:
        RefusedError: A file is too large to be written, or an instruction in it is about more than this policy.
        UnreadableError: gpt.ini holds something that is not understood.
    """
    if local.is_in(request.local_policy):
        return Plan()
    key, name = ALLOW_CONNECTIONS.key.partition("\\")[2], ALLOW_CONNECTIONS.name
    before = local.settings or registry_pol.RegistryPol(())
    if request.local_policy == "enabled":
        after = before.with_value(registry_pol.dword(key, name, ALLOWED))
    else:
        after = before.without_value(key, name)
    if not LocalPolicy(local.folder, after, None).is_in(request.local_policy):
        raise RefusedError(
            "Nothing was changed: an instruction in the local Registry.pol deletes this policy together with others. "
            "Change it in the Local Group Policy Editor: gpedit.msc."
        )
    ini = (local.ini or gpt_ini.GptIni()).changed()
    files, changes, saves = [], [_make_folder(rf"{local.folder}\Machine")], []
    for path, old, new in (
        # The version first: interrupted after it, the next run still sees that the settings have to be changed.
        (ini_file(local.folder), local.ini, ini.render()),
        (settings_file(local.folder), local.settings, registry_pol.render(after.records)),
    ):
        if len(new) > SEND_LIMIT:
            raise RefusedError(f"Nothing was changed: {path} would have {len(new)} bytes, more than {SEND_LIMIT}.")
        text, replacement, replace, saved = _replace(path, new, request.folder, existed=old is not None)
        files.append(text)
        changes += [replacement, replace]
        saves += saved
    return Plan(
        changes=tuple(changes),
        restart=(refresh(request.wait, force=request.force),),
        saves=tuple(saves),
        files=tuple(files),
        before={name: _shown(local.says), VERSION: local.ini.version if local.ini else None},
        after={name: ALLOWED if request.local_policy == "enabled" else None, VERSION: ini.version},
    )


def _replace(path: str, data: bytes, backup: str, *, existed: bool) -> tuple[TextFile, Change, Change, list[Command]]:
    name = path.rpartition("\\")[2]
    made = rf"{backup}\new-{name}"
    sending = send(data, rf"{backup}\new-{name}.b64", made)
    undo = put_file_back(backup, path) if existed else Command(f'del /f /q "{path}"')
    return (
        sending.text,
        Change(sending.decode, why=f"Make the new {name}."),
        Change(put_file(made, path), why=f"Put the new {name} in place.", undo=(undo,)),
        [save_file(path, backup)] if existed else [],
    )


def _make_folder(path: str) -> Change:
    # In brackets, since "else" takes everything that follows on a line.
    return Change(Command(f'(if exist "{path}" (ver >nul) else mkdir "{path}")'), why="Make sure of the folder.")


def _shown(decision: registry_pol.Decision | None) -> t.Any:
    if decision is None:
        return None
    return decision.data if decision.does == "set" and isinstance(decision.data, int) else decision.record
