# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is saved on a host before anything changes there, and how it is put back without Ansible."""

from __future__ import annotations

import re

from .model import Command, Output, Plan, Probe, TextFile, Unreadable
from .quoting import quoted, write_file
from .text import lines
from .tools import reg

# Only administrators can create files below the Windows directory. Below ProgramData every user could
# put a program of his own beside the script that an administrator is going to run.
_FOLDER = r"%SystemRoot%\winops.rdp\backup"
_NUMBERED = re.compile(r"^(\d{4,})-")

UNDO = "undo.cmd"


def _read(output: Output) -> int:
    # `dir` fails with the same exit code when there is no such folder and when it can't be read. In the
    # second case the next command, which creates a folder there, fails and stops the repair.
    numbers = [int(match[1]) for line in lines(output.data) if (match := _NUMBERED.match(line.strip()))]
    if output.exit_code == 0 and not numbers and lines(output.data) != [""]:
        raise Unreadable(f"The names in {_FOLDER} could not be read.", lines(output.data)[0])
    return max(numbers, default=0)


# The number of the newest backup on the host, 0 if there is none.
LAST_BACKUP = Probe(Command(f'dir /b /ad "{_FOLDER}"'), _read)


def folder(system_root: str, last: int, subject: str) -> str:
    """Return the path of the next backup: numbered, so that check mode predicts it."""
    return f"{_FOLDER.replace('%SystemRoot%', system_root)}\\{last + 1:04}-{subject}"


def export(key: str, path: str) -> Command:
    """Return the command that saves a registry key with everything below it in a backup folder."""
    return reg.export(key, f"{path}\\{exported(key)}")


def exported(key: str) -> str:
    """Return the name of the file that export() writes."""
    return key.rpartition("\\")[2] + ".reg"


def save(plan: Plan, path: str, title: str) -> tuple[tuple[Command, ...], tuple[TextFile, ...]]:
    """Return how to save what a plan changes.

    Args:
        plan: What is going to change.
        path: The folder to make for it.
        title: What makes the change, for the person who reads the script.

    Returns:
        The commands, each of which has to end with exit code 0, and the files that they write. The last
        commands print these files, one each, so that they can be compared.
    """
    files = (*plan.files, TextFile(f"{path}\\{UNDO}", undo_script(plan, title)))
    return (
        (
            Command(f"mkdir {quoted(path)}"),
            *plan.saves,
            *(Command(line) for file in files for line in write_file(file.path, file.lines)),
            *(Command(f"type {quoted(file.path)}") for file in files),
        ),
        files,
    )


def undo_script(plan: Plan, title: str) -> tuple[str, ...]:
    """Return the lines of the script that takes a plan back."""
    return (
        f"@rem winops.rdp, {title}: puts the host back as it was before. Run it as administrator.",
        *(command.line for command in undo_commands(plan)),
    )


def undo_commands(plan: Plan) -> tuple[Command, ...]:
    """Return the commands that take a plan back: the last change first, then the restart that it needs."""
    return (
        *(command for change in reversed(plan.changes) for command in change.undo),
        *(change.command for change in plan.restart),
    )
