# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Give the documented rights back on the folder MachineKeys and on the listener's key file."""

from __future__ import annotations

import typing as t

from .. import sddl
from ..key_files import FOLDER_GRANTS, FOLDER_RIGHTS, KEY_FILE_GRANTS, KEY_FILE_RIGHTS
from ..model import Change, Command, Plan
from ..probes import MACHINE_KEYS
from ..tools import icacls


def plan(on_folder: icacls.Saved, key_files: t.Sequence[icacls.Saved], program_data: str, folder: str) -> Plan:
    """Plan the way to the documented rights.

    Only the rights of the accounts that lack some are replaced, on the object itself and nothing below it.
    Other entries stay.

    Args:
        on_folder: The folder's DACL.
        key_files: Those of the listener's key files, as far as they can be read.
        program_data: The folder behind %ProgramData%.
        folder: Where to save what is going to change.
    """
    machine_keys = MACHINE_KEYS.replace("%ProgramData%", program_data)
    parent = machine_keys.rpartition("\\")[0]
    changes: list[Change] = []
    saves: list[Command] = []
    before: dict[str, object] = {}
    after: dict[str, object] = {}
    objects = [(machine_keys, parent, on_folder, FOLDER_RIGHTS, FOLDER_GRANTS)]
    objects += [
        (f"{machine_keys}\\{one.name}", machine_keys, one, KEY_FILE_RIGHTS, KEY_FILE_GRANTS) for one in key_files
    ]
    for number, (path, container, saved, rights, grants) in enumerate(objects):
        lacking = sddl.missing(sddl.parse(saved.sddl), rights)
        if not lacking:
            continue
        file = f"{folder}\\rights-{number}.acl"
        saves.append(icacls.save(path, file))
        changes.append(
            Change(
                icacls.grant_replace(path, [(sid, what) for sid, what in grants if sid in lacking]),
                why="Give the documented rights back, on this object alone.",
                undo=(icacls.restore(container, file),),
            )
        )
        before[saved.name] = saved.sddl
        after[saved.name] = "with " + ", ".join(f"{sid}:{what}" for sid, what in grants if sid in lacking)
    return Plan(changes=tuple(changes), saves=tuple(saves), before=before, after=after)
