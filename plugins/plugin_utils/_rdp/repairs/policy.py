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
from ..state.policy.catalog import ALLOW_CONNECTIONS
from ..tools import gpupdate
from .backup import put_file, put_file_back, save_file

Wanted = t.Literal["not_configured", "enabled"]

# Unseen: a higher version with an old Registry.pol beside it does no harm when policies are refreshed in between.
#: What a plan calls the version of gpt.ini.
VERSION = "gpt.ini version"

_ALLOWED = 0

WARNING = (
    "A policy allows Remote Desktop and the host's own switch denies it: each refresh of policies may disconnect all "
    "sessions (KB2083411). Set the switch: winops.rdp.rdp_protocol."
)


@dataclasses.dataclass(frozen=True)
class LocalPolicy:
    """The files of the local policy.

    Attributes:
        folder: Where they are.
        settings: Registry.pol, None if there is none.
        ini: gpt.ini, None if there is none.
    """

    folder: str
    settings: registry_pol.RegistryPol | None
    ini: gpt_ini.GptIni | None

    @property
    def says(self) -> registry_pol.Decision | None:
        """What it says about Remote Desktop."""
        return self.settings.decides(ALLOW_CONNECTIONS.key, ALLOW_CONNECTIONS.name) if self.settings else None

    @property
    def machine_version(self) -> int:
        """How often it was changed, 0 if never.

        Raises:
            UnreadableError: gpt.ini does not tell.
        """
        return self.ini.machine_version if self.ini else 0

    def is_as(self, wanted: Wanted) -> bool:
        """Whether it says what is wanted."""
        if wanted == "not_configured":
            return self.says is None
        return self.says is not None and self.says.does == "set" and self.says.data == _ALLOWED


def settings_file(folder: str) -> str:
    """Return the path of Registry.pol in the folder of the local policy."""
    return rf"{folder}\Machine\Registry.pol"


def ini_file(folder: str) -> str:
    """Return the path of gpt.ini in the folder of the local policy."""
    return rf"{folder}\gpt.ini"


def folder_of(system_root: str) -> str:
    """Return the folder of the local policy."""
    return rf"{system_root}\System32\GroupPolicy"


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
    return bool(plan.after.get(name) == _ALLOWED or switch == _ALLOWED)


def may_disconnect(switch: t.Any, policy_value: t.Any) -> bool:
    """Whether a refresh may disconnect everybody (KB2083411).

    A refresh takes the values of all policies away for a moment before it writes them again. Where a policy allows
    Remote Desktop and the host's own switch denies it, the switch counts in that moment.

    Args:
        switch: What the host's own switch holds, None if there is none.
        policy_value: What the policy holds, None if there is none.
    """
    return bool(policy_value == _ALLOWED and switch != _ALLOWED)


def refuse_to_disconnect(switch: t.Any, policy_value: t.Any) -> None:
    """Refuse a refresh that may disconnect everybody.

    Raises:
        RefusedError: It may.
    """
    if may_disconnect(switch, policy_value):
        raise RefusedError(
            "Nothing was changed: a policy allows Remote Desktop and the host's own switch denies it, so a refresh of "
            "policies may disconnect all sessions (KB2083411). Set the switch first: winops.rdp.rdp_protocol."
        )


def plan(wanted: Wanted, local: LocalPolicy, backup: str, wait: int, *, force: bool = False) -> Plan:
    """Plan the way to a state of the local policy.

    Args:
        wanted: What it shall say about Remote Desktop.
        local: The policy as it is.
        backup: The folder where to save what is going to change, and to make what replaces it.
        wait: Seconds that the refresh may take.
        force: Apply also the policies that have not changed.

    Raises:
        RefusedError: A file is too large to be written.
        UnreadableError: gpt.ini holds something that is not understood.
    """
    if local.is_as(wanted):
        return Plan()
    key, name = ALLOW_CONNECTIONS.key.partition("\\")[2], ALLOW_CONNECTIONS.name
    before = local.settings or registry_pol.RegistryPol(())
    if wanted == "enabled":
        after = before.with_value(registry_pol.dword(key, name, _ALLOWED))
    else:
        after = before.without_value(key, name)
    if not LocalPolicy(local.folder, after, None).is_as(wanted):
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
        text, replacement, replace, saved = _replace(path, new, backup, existed=old is not None)
        files.append(text)
        changes += [replacement, replace]
        saves += saved
    return Plan(
        changes=tuple(changes),
        restart=(refresh(wait, force=force),),
        saves=tuple(saves),
        files=tuple(files),
        before={name: _shown(local.says), VERSION: local.ini.version if local.ini else None},
        after={name: _ALLOWED if wanted == "enabled" else None, VERSION: ini.version},
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
