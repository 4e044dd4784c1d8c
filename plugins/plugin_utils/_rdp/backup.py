# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is saved on a host before anything changes there, and how it is put back without Ansible."""

from __future__ import annotations

import re
import typing as t

from .model import Command, Output, Plan, Probe, Refused, TextFile, Unreadable
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


def _read_names(output: Output) -> tuple[str, ...]:
    return tuple(name for line in lines(output.data, output.code_page) if _NUMBERED.match(name := line.strip()))


# All backups on the host, those that were put back already with RESTORED at their end.
BACKUPS = Probe(LAST_BACKUP.command, _read_names)
RESTORED = ".restored"

# The only programs that a script of ours calls.
_OURS = re.compile(
    r"^(?:reg (?:add|delete|import) |sc config |net (?:start|stop) |icacls "
    r"|gpupdate /target:computer /force /wait:\d+$"
    r'|copy /y "[A-Za-z]:\\[^"]*\\winops\.rdp\\backup\\[^"]*" "[A-Za-z]:\\[^"]*\\System32\\GroupPolicy\\[^"]*"$'
    r'|del /f /q "[A-Za-z]:\\[^"]*\\System32\\GroupPolicy\\[^"]*"$'
    r"|netsh advfirewall firewall (?:delete|set) rule "
    r'|netsh advfirewall firewall add rule name="winops\.rdp (?:TCP|UDP) \d+" dir=in action=allow '
    r'|powershell\.exe -NoProfile -NonInteractive -Command "Disable-NetFirewallRule -Name [A-Za-z0-9,-]+"$)'
)


def chosen(names: tuple[str, ...], wanted: str) -> str:
    """Return the backup to put back.

    Args:
        names: What BACKUPS read.
        wanted: A name, or ``latest`` for the newest that was not put back yet.

    Raises:
        Refused: There is no such backup. The text names those that there are.
    """
    left = [name for name in names if not name.endswith(RESTORED)]
    found = max(left, default="", key=_number) if wanted == "latest" else next((n for n in left if n == wanted), "")
    if not found:
        if not left:
            raise Refused("There is no backup on this host that was not put back already.")
        raise Refused(f"There is no backup {wanted!r} on this host. There are: {', '.join(left)}.")
    return found


def _number(name: str) -> int:
    return int(name.partition("-")[0])


def path_of(system_root: str, name: str) -> str:
    """Return the folder of a backup."""
    return f"{_FOLDER.replace('%SystemRoot%', system_root)}\\{name}"


def show_script(path: str) -> Command:
    """Print the script of a backup."""
    return Command(f"type {quoted(path + chr(92) + UNDO)}")


def script_commands(text: t.Sequence[str]) -> tuple[Command, ...]:
    """Return the commands of a script that undo_script() wrote.

    Raises:
        Refused: It holds anything else, so somebody changed it.
    """
    commands = [line.strip() for line in text if line.strip() and not line.startswith("@rem ")]
    strange = next((line for line in commands if not _OURS.match(line) or set("&|<>^%!") & set(line)), None)
    if strange is not None or not commands:
        raise Refused(f"The script of this backup was changed, so it is not run: {strange or 'it is empty'}")
    return tuple(Command(line) for line in commands)


def mark_restored(path: str) -> Command:
    """Mark a backup as put back."""
    return Command(f"ren {quoted(path)} {quoted(path.rpartition(chr(92))[2] + RESTORED)}")


def folder(system_root: str, last: int, subject: str) -> str:
    """Return the path of the next backup: numbered, so that check mode predicts it."""
    return f"{_FOLDER.replace('%SystemRoot%', system_root)}\\{last + 1:04}-{subject}"


def export(key: str, path: str) -> Command:
    """Return the command that saves a registry key with everything below it in a backup folder."""
    return reg.export(key, f"{path}\\{exported(key)}")


def exported(key: str) -> str:
    """Return the name of the file that export() writes."""
    return key.rpartition("\\")[2] + ".reg"


def put_back(key: str, name: str, value: reg.Value | None) -> Command:
    """Return the command that gives a registry value back what it was, None for one that did not exist."""
    if value is None:
        return reg.delete_value(key, name)
    return reg.add(key, name, value.type, value.data)


def save_file(file: str, path: str) -> Command:
    """Return the command that saves a file in a backup folder."""
    return _copy(file, _saved(file, path))


def put_file_back(path: str, file: str) -> Command:
    """Return the command that puts back what save_file() saved."""
    return put_file(_saved(file, path), file)


def put_file(source: str, file: str) -> Command:
    """Return the command that puts a file of a backup folder in place of another."""
    return _copy(source, file)


def _saved(file: str, path: str) -> str:
    return f"{path}\\{file.rpartition(chr(92))[2]}"


def _copy(source: str, target: str) -> Command:
    return Command(f"copy /y {quoted(source)} {quoted(target)}")


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
    """Return the commands that take a plan back: the last change first, then what the restart needs for that."""
    return (
        *(command for change in reversed((*plan.first, *plan.changes, *plan.last)) for command in change.undo),
        *(command for change in plan.restart for command in change.undo),
    )
