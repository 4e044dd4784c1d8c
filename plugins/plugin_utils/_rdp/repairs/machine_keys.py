# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Give the documented rights back on the folder MachineKeys and on the listener's key file."""

from __future__ import annotations

import typing as t

from ..errors import RefusedError
from ..formats import sddl
from ..model import Change, Command, Plan, Probe
from ..probes import MACHINE_KEYS
from ..quoting import unsafe_characters
from ..state.machine_keys import FOLDER_GRANTS, FOLDER_RIGHTS, KEY_FILE_GRANTS, KEY_FILE_RIGHTS, OWNERS
from ..tools import icacls, powershell


def look_at_owner(key: icacls.Named, program_data: str) -> tuple[Probe[t.Any], ...]:
    """Ask who owns the key file, where its rights would be changed.

    Raises:
        RefusedError: The path of MachineKeys can't be put into a command.
    """
    if not _lacks(key):
        return ()
    return (Probe(powershell.dacl(f"{_machine_keys(program_data)}\\{key.name}"), powershell.read_dacl),)


def plan(on_folder: icacls.Saved, key: icacls.Named, owner: str, program_data: str, folder: str) -> Plan:
    """Plan the way to the documented rights.

    Only the rights of the accounts that lack some are replaced, on the object itself and nothing below it.
    Other entries stay.

    Args:
        on_folder: The folder's DACL.
        key: What has the name of the listener's key file.
        owner: The descriptor of that file with its owner, as look_at_owner's probe read it. Empty if it wasn't asked.
        program_data: The folder behind %ProgramData%.
        folder: Where to save what is going to change.

    Raises:
        RefusedError: Somebody else's file has the name of the key.
    """
    machine_keys = _machine_keys(program_data)
    parent = machine_keys.rpartition("\\")[0]
    changes: list[Change] = []
    saves: list[Command] = []
    before: dict[str, object] = {}
    after: dict[str, object] = {}
    objects = [(machine_keys, parent, on_folder, FOLDER_RIGHTS, FOLDER_GRANTS, False)]
    if _lacks(key) and key.saved:
        before[f"owner of {key.name}"] = after[f"owner of {key.name}"] = _owner(key, owner)
        path = f"{machine_keys}\\{key.name}"
        objects.append((path, machine_keys, key.saved, KEY_FILE_RIGHTS, KEY_FILE_GRANTS, True))
    for number, (path, container, saved, rights, grants, link) in enumerate(objects):
        lacking = sddl.missing(sddl.parse(saved.sddl), rights)
        if not lacking:
            continue
        file = f"{folder}\\rights-{number}.acl"
        saves.append(icacls.save(path, file, link=link))
        changes.append(
            Change(
                icacls.grant_replace(path, [(sid, what) for sid, what in grants if sid in lacking], link=link),
                why="Give the documented rights back, on this object alone.",
                undo=(icacls.restore_file(path, file) if link else icacls.restore(container, file),),
            )
        )
        before[saved.name] = saved.sddl
        after[saved.name] = "with " + ", ".join(f"{sid}:{what}" for sid, what in grants if sid in lacking)
    return Plan(changes=tuple(changes), saves=tuple(saves), before=before, after=after)


def _lacks(key: icacls.Named) -> bool:
    """Whether the key file, and nothing else of its name, lacks rights."""
    return key.is_plain and key.saved is not None and bool(sddl.missing(sddl.parse(key.saved.sddl), KEY_FILE_RIGHTS))


def _owner(key: icacls.Named, descriptor: str) -> str:
    """Return the owner of the key file.

    Every user may create a file in MachineKeys. One that a user made under this name is not the listener's key: its
    owner decides over its rights, before and after.
    """
    owner = sddl.parse(descriptor).owner if descriptor else None
    if owner not in OWNERS:
        raise RefusedError(
            f"Nothing was changed, because {key.name} in MachineKeys belongs to {owner or 'nobody that is known'}, "
            "and not to Windows. Find out who made it."
        )
    return owner


def _machine_keys(program_data: str) -> str:
    path = MACHINE_KEYS.replace("%ProgramData%", program_data)
    if unsafe := unsafe_characters(path) or ("'" if "'" in path else ""):
        raise RefusedError(f"Nothing was changed, because the path {path!r} holds {unsafe!r}.")
    return path
