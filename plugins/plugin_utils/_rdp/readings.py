# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the probes read from the outputs of commands, each parsed once."""

from __future__ import annotations

import traceback
import typing as t

from .errors import UnreadableError
from .model import Command, CommandResult, Probe
from .text import printed

T = t.TypeVar("T")


class Readings:
    """What the probes read from the outputs of one look.

    Args:
        outputs: The outputs by command.
        missing: What to say of a command that has none, behind its line.
    """

    def __init__(self, outputs: t.Mapping[Command, CommandResult], missing: str = "was not run on the host") -> None:
        self._outputs = outputs
        self._missing = missing
        self._read: dict[Probe[t.Any], t.Any] = {}

    def of(self, probe: Probe[T]) -> T:
        """Return what a probe read.

        Raises:
            UnreadableError: The output is missing, cut off, or not understood.
        """
        if probe not in self._read:
            try:
                self._read[probe] = probe.read(self._output(probe.command))
            except UnreadableError as exc:
                self._read[probe] = exc
            except Exception as exc:  # A mistake in one parser must not take the other readings along.
                said = f"{type(exc).__name__} in line {place_of(exc).lineno} of {place_of(exc).name}"
                self._read[probe] = UnreadableError(
                    f"'{probe.command.line}' was not read: this is a mistake in winops.rdp, please report it ({said})."
                )
        reading = self._read[probe]
        if isinstance(reading, UnreadableError):
            raise reading
        return t.cast("T", reading)

    def get(self, probe: Probe[T]) -> T | None:
        """Return what a probe read, or None where it could not."""
        try:
            return self.of(probe)
        except UnreadableError:
            return None

    def has(self, probe: Probe[t.Any]) -> bool:
        """Whether the command of a probe was run, whatever came of it."""
        return probe.command in self._outputs

    def printed(self) -> dict[str, str]:
        """Return what the commands printed, as text, by the line that was run."""
        return {command.line: printed(output.data, output.code_page) for command, output in self._outputs.items()}

    def with_more(self, outputs: t.Mapping[Command, CommandResult]) -> Readings:
        """Return these readings with those of further commands. What was parsed is not parsed again."""
        more = Readings({**self._outputs, **outputs}, self._missing)
        more._read = {
            probe: reading
            for probe, reading in self._read.items()
            if probe.command in self._outputs and probe.command not in outputs
        }
        return more

    def _output(self, command: Command) -> CommandResult:
        output = self._outputs.get(command)
        if output is None:
            raise UnreadableError(f"'{command.line}' {self._missing}.")
        if output.exit_code is None:
            raise UnreadableError(output.lost or f"The answer of the host ended before '{command.line}' was done.")
        return output


def place_of(exc: Exception) -> traceback.FrameSummary:
    """Return where in the code an exception was raised."""
    return traceback.extract_tb(exc.__traceback__)[-1]
