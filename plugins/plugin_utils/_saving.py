# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Saves on the host what a plan is about to change, believes in it only when it was read back, and finds it again.

Private to this collection.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ._host import WindowsHost
from ._rdp import probes
from ._rdp.errors import RefusedError, UnfinishedBackupError, UnreadableError
from ._rdp.model import Command, CommandResult, Plan, Probe, TextFile
from ._rdp.readings import Readings
from ._rdp.repairs import backup, undo_script
from ._rdp.text import printed
from ._steps import complaints, run_steps, said


@dataclasses.dataclass(frozen=True)
class Saving:
    """How one plan is saved.

    Attributes:
        folder: The folder on the host.
        making: The commands that make it.
        saves: Those that save into it.
        files: The text files among what they save.
    """

    folder: str
    making: tuple[Command, ...]
    saves: tuple[Command, ...]
    files: tuple[TextFile, ...]

    @classmethod
    def of(cls, plan: Plan, folder: str, title: str) -> Saving:
        """Return how to save a plan.

        Args:
            plan: What is going to change.
            folder: The folder to make for it.
            title: What makes the change, for the person who reads the script.

        Raises:
            RefusedError: No script could put it back.
        """
        try:
            saves, files = backup.save(plan, folder, title)
        except ValueError as exc:
            raise RefusedError(
                f"Nothing was changed, because no script could put it back as it was: {str(exc).rstrip('.')}."
            ) from exc
        return cls(folder, backup.make(folder), saves, files)

    @property
    def commands(self) -> tuple[Command, ...]:
        """All commands, in their order."""
        return (*self.making, *self.saves)

    def run(self, host: WindowsHost) -> None:
        """Save.

        Raises:
            RefusedError: It could not be saved, so nothing may be changed.
        """
        *_made, rights = _must(host, self.making)
        backup.refuse_open(CommandResult(rights.data, rights.exit_code, self.making[-1]))
        count = len(self.files)
        ran = _must(host, self.saves)
        # The last commands print the files. Writing them can fail without an exit code.
        for file, command, one in zip(self.files, self.saves[-count:], ran[-count:], strict=True):
            if printed(one.data).split("\n") != list(file.lines):
                raise RefusedError(
                    f"Nothing was changed, because a file was not written as it should: {said(command, one)}"
                )


def _must(host: WindowsHost, commands: t.Sequence[Command]) -> list[CommandResult]:
    """Run what has to work before anything may be changed, none of it behind a failure."""
    ran = run_steps(host, commands, range(len(commands)))
    if wrong := complaints(commands, ran):
        raise RefusedError(f"Nothing was changed, because it could not be saved first: {wrong[0]}")
    return ran


def first_whole(
    look: t.Callable[[t.Sequence[Probe[t.Any]]], Readings], readings: Readings, names: tuple[str, ...]
) -> tuple[str, tuple[Command, ...], tuple[str, ...]]:
    """Return the first of some backups that is whole.

    Args:
        look: Looks further.
        readings: What was seen, with the Windows directory.
        names: The backups, at least one.

    Returns:
        Its name, the commands of its script, and the names before it that are not whole.

    Raises:
        RefusedError: None of them is whole, or a script was changed or can't be read.
    """
    root = readings.of(probes.SYSTEM_ROOT)
    paths = [backup.path_of(root, name) for name in names]
    scripts = [backup.script_of(path) for path in paths]
    # One that is not whole is rare: only then the others are looked at.
    for first, end in ((0, 1), (1, len(names))):
        if first == end:
            break
        seen = look(scripts[first:end])
        for place in range(first, end):
            try:
                commands = undo_script.read(seen.of(scripts[place]), paths[place])
                return names[place], commands, names[:place]
            except UnfinishedBackupError:
                continue
            except UnreadableError as exc:
                raise RefusedError(f"Nothing was changed: {exc.reason} {exc.line}") from exc
    raise RefusedError(
        f"Nothing is to be put back: the backup {', '.join(names)} is not whole, so nothing was changed after it."
        if len(names) == 1
        else f"Nothing is to be put back: none of the backups on this host is whole ({', '.join(names)})."
    )
