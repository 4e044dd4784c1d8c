# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Give the documented rights back on the folder MachineKeys and on the listener's key file."""

from __future__ import annotations

import dataclasses
import typing as t

from ..errors import RefusedError
from ..formats import sddl
from ..model import Change, Command, Plan, Probe
from ..state.host import Host, known
from ..state.machine_keys import (
    FOLDER_GRANTS,
    FOLDER_RIGHTS,
    KEY_FILE_GRANTS,
    KEY_FILE_RIGHTS,
    OWNERS,
    folder_path,
    owner_of,
)
from ..tools import icacls


@dataclasses.dataclass(frozen=True)
class MachineKeysRequest:
    """What somebody asks of the rights.

    Attributes:
        folder: Where to save what is going to change.
    """

    folder: str


def follow_up(host: Host) -> tuple[Probe[t.Any], ...]:
    """Ask who owns the key file, where its rights would be changed.

    Raises:
        RefusedError: The path of MachineKeys can't be put into a command.
    """
    key, program_data = known(lambda: host.key_file), known(lambda: host.program_data)
    return (owner_of(key.name, program_data),) if key and program_data and _lacks(key) else ()


def plan(request: MachineKeysRequest, host: Host) -> Plan:
    """Plan the way to the documented rights.

    Only the rights of the accounts that lack some are replaced, on the object itself and nothing below it.
    Other entries stay.

    Raises:
        RefusedError: Somebody else's file has the name of the key, or the path can't be put into a command.
        UnreadableError: The rights, or who owns the key file, could not be read.
    """
    key, folder = host.key_file, request.folder
    machine_keys = folder_path(host.program_data)
    parent = machine_keys.rpartition("\\")[0]
    changes: list[Change] = []
    saves: list[Command] = []
    before: dict[str, object] = {}
    after: dict[str, object] = {}
    objects = [(machine_keys, parent, host.machine_keys, FOLDER_RIGHTS, FOLDER_GRANTS, False)]
    if _lacks(key) and key.saved:
        before[f"owner of {key.name}"] = after[f"owner of {key.name}"] = _owner(key.name, host.key_file_owner)
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


def _owner(name: str, descriptor: str) -> str:
    """Return the owner of the key file.

    Every user may create a file in MachineKeys. One that a user made under this name is not the listener's key: its
    owner decides over its rights, before and after.
    """
    owner = sddl.parse(descriptor).owner
    if owner not in OWNERS:
        raise RefusedError(
            f"Nothing was changed, because {name} in MachineKeys belongs to {owner or 'nobody that is known'}, "
            "and not to Windows. Find out who made it."
        )
    return owner
