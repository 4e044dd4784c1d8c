# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is saved on a host before anything changes there, and how it is put back without Ansible."""

from __future__ import annotations

import re

from ..errors import RefusedError, UnreadableError
from ..formats import sddl
from ..model import Command, CommandResult, Plan, Probe, TextFile
from ..quoting import quoted, unsafe_characters, write_file
from ..text import lines
from ..tools import icacls, reg
from . import undo_script

# Only administrators can create files below the Windows directory. Below ProgramData every user could
# put a program of his own beside the script that an administrator is going to run.
_FOLDER = r"%SystemRoot%\winops.rdp\backup"
# A number, the check, and what nobody knows before.
_NAME = re.compile(r"(?P<number>[0-9]{4,9})-[a-z_]{1,30}-[0-9a-f]{4}(?P<restored>\.restored)?")

UNDO = "undo.cmd"
RESTORED = ".restored"
# In the place of what nobody knows before, in check mode.
_ANY = "????"

# https://learn.microsoft.com/windows/win32/secauthz/well-known-sids
_RIGHTS = "folder.acl"


def _read_names(output: CommandResult) -> tuple[str, ...]:
    # `dir` fails with the same exit code when there is no such folder and when it can't be read. In the
    # second case the next command, which creates a folder there, fails and stops the repair.
    said = [line.strip() for line in lines(output.data, output.code_page) if line.strip()]
    names = tuple(name for name in said if _NAME.fullmatch(name))
    if output.exit_code == 0 and said and not names:
        raise UnreadableError(f"The names in {_FOLDER} could not be read.", said[0])
    return names


def _read_last(output: CommandResult) -> int:
    return max(map(_number, _read_names(output)), default=0)


# All backups on the host, those that were put back already with RESTORED at their end.
BACKUPS = Probe(Command(f'dir /b /ad "{_FOLDER}"'), _read_names)
# The number of the newest one, 0 if there is none.
LAST_BACKUP = Probe(BACKUPS.command, _read_last)


def candidates(names: tuple[str, ...], wanted: str) -> tuple[str, ...]:
    """Return the backups to put back the first of that is whole.

    Args:
        names: What BACKUPS read.
        wanted: A name, or ``latest`` for those that were not put back yet, the newest one first.

    Raises:
        RefusedError: There is no such backup. The text names those that there are.
    """
    left = sorted((name for name in names if not name.endswith(RESTORED)), key=_number, reverse=True)
    found = left if wanted == "latest" else [name for name in left if name == wanted]
    if not left:
        raise RefusedError("There is no backup on this host that was not put back already.")
    if not found:
        raise RefusedError(f"There is no backup {wanted!r} on this host. There are: {', '.join(left)}.")
    return tuple(found)


def _number(name: str) -> int:
    return int(name.partition("-")[0])


def path_of(system_root: str, name: str) -> str:
    """Return the folder of a backup.

    Raises:
        RefusedError: The Windows directory is called in a way that no command can hold.
    """
    if unsafe := unsafe_characters(system_root):
        raise RefusedError(f"Nothing was changed: the path of Windows on this host, {system_root}, holds {unsafe!r}.")
    return f"{_FOLDER.replace('%SystemRoot%', system_root)}\\{name}"


def script_of(path: str) -> Probe[tuple[str, ...]]:
    """Look at the lines of a backup's script, for undo_script.read(). There are none where it is not there."""
    file = quoted(f"{path}\\{UNDO}")

    def read(output: CommandResult) -> tuple[str, ...]:
        text = tuple(lines(output.data, output.code_page))
        if output.exit_code != 0:
            raise UnreadableError(f"The script of the backup {path} could not be read.", text[0])
        return () if [line.strip() for line in text] == [_NOTHING] else text

    return Probe(Command(f"(if exist {file} (type {file}) else echo {_NOTHING}&ver >nul)"), read)


# What no script holds.
_NOTHING = "winops.rdp-nothing"


def mark_restored(path: str) -> Command:
    """Mark a backup as put back."""
    return Command(f"ren {quoted(path)} {quoted(path.rpartition(chr(92))[2] + RESTORED)}")


def folder(system_root: str, last: int, subject: str, unique: str) -> str:
    """Return the path of the next backup.

    Args:
        system_root: The Windows directory.
        last: The number of the newest one.
        subject: What is going to change.
        unique: Four hexadecimal digits that no other run has: two that begin at once don't share a folder.
    """
    return f"{path_of(system_root, f'{last + 1:04}-{subject}')}-{unique}"


def foretold(text: str, path: str) -> str:
    """Return a text about a backup as far as check mode can foretell it."""
    return text.replace(path, path[: -len(_ANY)] + _ANY) if path else text


def make(path: str) -> tuple[Command, ...]:
    """Return how to make the folder of a backup, each command only if the one before worked.

    An export of the listener's key may hold a password, so nobody but administrators may read it. The last command
    prints what refuse_open() reads.
    """
    saved = f"{path}\\{_RIGHTS}"
    # Unseen: icacls takes /inheritance:r and /grant:r in one line, and leaves nobody else in the list of a new folder.
    return (
        Command(f"mkdir {quoted(path)}"),
        icacls.only(path, (sddl.ADMINISTRATORS, sddl.SYSTEM)),
        icacls.set_owner(path, sddl.ADMINISTRATORS),
        icacls.save(path, saved),
        Command(f"type {quoted(saved)}"),
    )


def refuse_open(output: CommandResult) -> None:
    """Refuse to save anything in a folder that others than administrators can read.

    Args:
        output: What the last command of make() printed.

    Raises:
        RefusedError: It is one, or nobody knows.
    """
    try:
        saved = icacls.read_saved(output)
        rights = sddl.parse(saved[0].sddl)
    except UnreadableError as exc:
        raise RefusedError(
            f"Nothing was changed, because it could not be read who may look into the backup: {exc.reason} {exc.line}"
        ) from exc
    others = [one.raw for one in rights.aces if one.sid not in (sddl.ADMINISTRATORS, sddl.SYSTEM)]
    if len(saved) != 1 or others or "P" not in rights.dacl_flags:
        raise RefusedError(
            f"Nothing was changed, because others than administrators may look into the backup: {saved[0].sddl}."
        )


def export(key: str, path: str) -> Command:
    """Return the command that saves a registry key with everything below it in a backup folder."""
    return reg.export(key, f"{path}\\{exported(key)}")


def exported(key: str) -> str:
    """Return the name of the file that export() writes."""
    return key.rpartition("\\")[2] + ".reg"


def put_back(key: str, name: str, value: reg.Value | None, path: str) -> Command:
    """Return the command that gives a registry value back what it was.

    Args:
        key: Its key, which is saved by export().
        name: Its name.
        value: What it was, None for one that did not exist.
        path: The backup folder.
    """
    if value is None:
        return reg.delete_value(key, name)
    whole = reg.import_(f"{path}\\{exported(key)}")
    if not isinstance(value.data, int | bytes) and not str(value.data).isascii():
        # In the console's code page it may have become another text. In the export it is as it was.
        return whole
    try:
        command = reg.add(key, name, value.type, value.data)
        undo_script.render((command,), "x", path)
    except ValueError:
        return whole
    return command


def save_file(file: str, path: str) -> Command:
    """Return the command that saves a file in a backup folder."""
    return Command(f"copy {quoted(file)} {quoted(_saved(file, path))}")


def put_file_back(path: str, file: str) -> Command:
    """Return the command that puts back what save_file() saved."""
    return put_file(_saved(file, path), file)


def put_file(source: str, file: str) -> Command:
    """Return the command that puts a file of a backup folder in place of another."""
    return Command(f"copy /y {quoted(source)} {quoted(file)}")


def _saved(file: str, path: str) -> str:
    return f"{path}\\{file.rpartition(chr(92))[2]}"


def save(plan: Plan, path: str, title: str) -> tuple[tuple[Command, ...], tuple[TextFile, ...]]:
    """Return how to save what a plan changes, in a folder that make() has made.

    Args:
        plan: What is going to change.
        path: The folder.
        title: What makes the change, for the person who reads the script.

    Returns:
        The commands, each to run only if the one before worked, and the files that they write. The last commands print
        these files, one each, so that they can be compared.

    Raises:
        ValueError: The plan can't be put back by a script.
    """
    files = (*plan.files, TextFile(f"{path}\\{UNDO}", undo_script.render(undo_commands(plan), title, path)))
    return (
        (
            *plan.saves,
            *(Command(line) for file in files for line in write_file(file.path, file.lines)),
            *(Command(f"type {quoted(file.path)}") for file in files),
        ),
        files,
    )


def undo_commands(plan: Plan) -> tuple[Command, ...]:
    """Return the commands that take a plan back: the last change first, then what the restart needs for that."""
    return (
        *(command for change in reversed((*plan.first, *plan.changes, *plan.last)) for command in change.undo),
        *(command for change in plan.restart for command in change.undo),
    )
