# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What all actions of this collection share: arguments, the connection, gathering from a host.

Private to this collection. The base class of all actions; ``_repair.py`` adds to it for those that repair.
"""

from __future__ import annotations

import abc
import dataclasses
import functools
import json
import secrets
import time
import traceback
import typing as t
from pathlib import Path

from ansible import constants as C
from ansible.errors import AnsibleConnectionFailure, AnsibleError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.common.parameters import sanitize_keys
from ansible.module_utils.errors import UnsupportedError
from ansible.plugins.action import ActionBase

from ._host import MAX_ANSWER, WindowsHost
from ._patience import PatientHost, program_of
from ._rdp import lost
from ._rdp.check import Check
from ._rdp.errors import HostError, OptionError, RefusedError, UnreadableError
from ._rdp.gathering import further, gather
from ._rdp.model import Command, CommandResult, Expectation, PortProbe, Probe
from ._rdp.quoting import UNSAFE_NAMES, unsafe_characters
from ._rdp.readings import Readings
from ._rdp.report.safe_text import one_line, visible_in
from ._rdp.report.terminal import Style
from ._rdp.state import windows
from ._rdp.state.host import Host
from ._rdp.tools import temporary
from ._terminal import show
from ._verification import probe_port

ArgumentSpec = dict[str, dict[str, t.Any]]
Result = dict[str, t.Any]

# Options that several modules have. Their documentation is in plugins/doc_fragments/rdp.py.
LISTENER_ARGUMENT: ArgumentSpec = {"listener": {"type": "str", "default": "RDP-Tcp"}}
PORT_ARGUMENT: ArgumentSpec = {"port": {"type": "int", "default": 3389}}
TIMEOUT_ARGUMENT: ArgumentSpec = {"timeout": {"type": "int", "default": 120}}
PROFILES_ARGUMENT: ArgumentSpec = {
    "profiles": {
        "type": "list",
        "elements": "str",
        "choices": ["domain", "private", "public"],
        "default": ["domain", "private"],
    }
}

# A listener's key has 3 to 6 KB, twice that in UTF-16.
_MAX_FILE = 1 << 20

# What a follow-up round gets at least, in seconds, when those before it have taken all of the time.
_LEAST = 10.0

# Callbacks whose output a program reads.
_MACHINE_READABLE = frozenset({"json", "jsonl", "null"})

_ONE_LINE_EACH = "winops.rdp.progress"


class RdpAction(ActionBase, abc.ABC):  # type: ignore[misc]
    """Validates the arguments, and turns every expected failure into a clear message.

    A module defines its ARGUMENTS.
    """

    TRANSFERS_FILES = False
    _supports_async = False
    _supports_check_mode = True
    _supports_diff = True

    ARGUMENTS: t.ClassVar[ArgumentSpec]
    MUTUALLY_EXCLUSIVE: t.ClassVar[tuple[tuple[str, ...], ...]] = ()

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> Result:
        """Run the task.

        Args:
            tmp: Not used, Ansible's own leftover.
            task_vars: The variables of the task.

        Returns:
            The result of the task, of plain JSON types.
        """
        result: Result = super().run(tmp, task_vars)
        self.task_vars = task_vars or {}
        try:
            performed = self.perform(self._validated(result), result)
            warnings = [*result.get("warnings", ()), *performed.get("warnings", ())]
            result.update(performed, **({"warnings": warnings} if warnings else {}))
        except (OptionError, HostError, RefusedError) as exc:
            result.update(failed=True, msg=str(exc))
        except UnreadableError as exc:
            result.update(failed=True, msg=" ".join(filter(None, (exc.reason, exc.line))))
        except AnsibleConnectionFailure as exc:
            # Not "from exc": Ansible prints the causes of an error, each with its own text.
            raise AnsibleConnectionFailure(one_line(str(exc))) from None
        except AnsibleError:
            raise
        except Exception as exc:
            # Text of the host must not end in a traceback, whatever it is.
            result.update(failed=True, msg=_unexpected(exc))
        return shown(result)

    @abc.abstractmethod
    def perform(self, arguments: dict[str, t.Any], result: Result) -> Result:
        """Do what the task asks for.

        Args:
            arguments: The validated options, with defaults.
            result: Takes warnings.

        Raises:
            OptionError: The task is written wrongly.
            HostError: The host can't be worked with.
            RefusedError: It would not be safe, or can't succeed.
        """

    @property
    def host_name(self) -> str:
        """The host, as the inventory calls it."""
        return str(self.task_vars.get("inventory_hostname", "this host"))

    def tell(self, text: str | t.Callable[[Style], str], *, quiet: bool, of_one_host: bool = False) -> None:
        """Print a text as one block, unless it would get between the lines of another output.

        Args:
            text: The text, or what sets it for the width and the colours of the terminal.
            quiet: Whether the user doesn't want to see it.
            of_one_host: It is about one of many hosts, which the callback winops.rdp.progress gives one line each.
        """
        callback = str(C.DEFAULT_STDOUT_CALLBACK)
        quiet = quiet or bool(self._task.no_log)
        if quiet or callback.rpartition(".")[2] in _MACHINE_READABLE or (of_one_host and callback == _ONE_LINE_EACH):
            return
        show(text)

    def _validated(self, result: Result) -> dict[str, t.Any]:
        validated = ArgumentSpecValidator(self.ARGUMENTS, mutually_exclusive=self.MUTUALLY_EXCLUSIVE).validate(
            dict(self._task.args)
        )
        if validated.error_messages:
            hidden = sanitize_keys({"messages": [_said(error) for error in validated.errors]}, validated._no_log_values)
            raise OptionError("; ".join(hidden["messages"]))
        for warning in validated._warnings:
            result.setdefault("warnings", []).append(warning["warning"])
        for deprecation in validated._deprecations:
            result.setdefault("deprecations", []).append(deprecation)
        arguments: dict[str, t.Any] = validated.validated_parameters
        for option, value in arguments.items():
            _refuse_empty_path(self.ARGUMENTS[option], option, value)
        self.refuse_unsafe(arguments)
        self.check_arguments(arguments)
        return arguments

    def refuse_unsafe(self, arguments: dict[str, t.Any]) -> None:
        """Refuse what could get out of a command. Where nothing is sent to a host, everything is safe.

        Raises:
            OptionError: There is such a value.
        """

    def check_arguments(self, arguments: dict[str, t.Any]) -> None:
        """Look closer at the options, before anything is sent to a host.

        Raises:
            OptionError: An option's value can't be meant.
            RefusedError: It must not be used.
        """

    def find_file(self, option: str, path: str) -> str:
        """Return the full path of a file or folder on the controller.

        It is searched where Ansible searches files. A playbook of this collection has no such place of the user's, so
        the folder in which Ansible was started comes after that.

        Raises:
            OptionError: There is none.
        """
        try:
            return str(self._find_needle("files", path))
        except AnsibleError as exc:
            if Path(path).exists():
                return str(Path(path).absolute())
            raise OptionError(
                f"The value {path!r} of option '{option}' is no file or folder on the controller."
            ) from exc

    def read_file(self, option: str, path: str) -> bytes:
        """Read a small file on the controller.

        Raises:
            OptionError: There is none, or it can't be read, or it is too large.
        """
        try:
            with Path(self.find_file(option, path)).open("rb") as file:
                data = file.read(_MAX_FILE + 1)
        except OSError as exc:
            raise OptionError(f"The file {path!r} of option '{option}' can't be read: {exc.strerror}.") from exc
        if len(data) > _MAX_FILE:
            raise OptionError(f"The file {path!r} of option '{option}' is larger than {_MAX_FILE} bytes.")
        return data


def shown(result: Result) -> Result:
    """Return a result as it may reach a terminal, a log or a report: Ansible prints it as it is.

    The texts that a host brought into it are its own choice. Sentences are one line each, so that none looks like a
    line of Ansible's.
    """
    safe: Result = visible_in(result)
    for name in ("msg", "warnings"):
        if name in safe:
            sentences = safe[name]
            safe[name] = (
                one_line(sentences) if isinstance(sentences, str) else [one_line(str(one)) for one in sentences]
            )
    return safe


class Answering(t.Protocol):
    """Whatever answers commands as a host does: a host, or the recording of one."""

    def query(self, commands: t.Sequence[str], seconds: float) -> t.Sequence[CommandResult | None]:
        """Return one CommandResult for each command, in order, or None for one that a recording doesn't hold.

        Args:
            commands: Lines for cmd.exe that change nothing.
            seconds: How long all of it may take.
        """


class HostAction(RdpAction):
    """A module that examines or repairs the host of its task."""

    # What is said of a command without an answer, behind its line.
    missing = "was not run on the host"

    # How long gathering may take with all of its rounds, in seconds, and when it began.
    _seconds = float(TIMEOUT_ARGUMENT["timeout"]["default"])
    _began = 0.0

    def refuse_unsafe(self, arguments: dict[str, t.Any]) -> None:
        """Refuse what could get out of a command."""
        for option, value in arguments.items():
            # A path is one on the controller, and never gets into a command.
            if self.ARGUMENTS.get(option, {}).get("type") != "path":
                _refuse_unsafe(option, value)
        # The option of this name of rdp_reach_info is about its targets.
        if self.ARGUMENTS.get("timeout") == TIMEOUT_ARGUMENT["timeout"]:
            self._seconds = float(arguments["timeout"])
            if not 10 <= self._seconds <= 3600:
                raise OptionError(
                    f"The value {arguments['timeout']} of option 'timeout' is not allowed. "
                    "Allowed are 10 to 3600 seconds."
                )

    def perform(self, arguments: dict[str, t.Any], result: Result) -> Result:
        """Connect, and do what the module is for."""
        if self._connection.become is not None:
            raise OptionError(
                "This module can't use 'become': Ansible does not apply it to the native commands that are run here. "
                "Connect as an administrator, and set 'become: false' for this task."
            )
        if any(self._task.environment or ()):
            result.setdefault("warnings", []).append(
                "The keyword 'environment' has no effect on this module: it runs native commands, which don't get it."
            )
        rewritten = functools.partial(temporary.chosen, unique=secrets.token_hex(4))
        return self.act(PatientHost(self._connection, self._low_level_execute_command, rewritten), arguments)

    @abc.abstractmethod
    def act(self, host: WindowsHost, arguments: dict[str, t.Any]) -> Result:
        """Do what the module is for. Nothing has been sent to the host yet."""

    def gather(
        self,
        host: Answering,
        checks: t.Sequence[Check],
        expected: Expectation,
        also: t.Iterable[Probe[t.Any]] = (),
        more: t.Callable[[Host], t.Iterable[Probe[t.Any]]] = lambda seen: (),
    ) -> Host:
        """Gather what checks need, and what that leads to. The first round is one round trip where it fits."""
        self._began = time.monotonic()
        run = functools.partial(self._run, host)
        return gather(run, checks, expected, also, missing=self.missing, more=more, started=windows.refuse_older)

    def gather_probes(self, host: Answering, probes: t.Iterable[Probe[t.Any]]) -> Readings:
        """Look at what some probes ask, without a check."""
        return self.gather(host, (), Expectation(), probes).readings

    def gather_more(self, host: Answering, readings: Readings, probes: t.Iterable[Probe[t.Any]]) -> Readings:
        """Gather more, in what is left of the time, and return it with what is known already."""
        return further(functools.partial(self._run, host), readings, probes)

    def _run(self, host: Answering, commands: t.Sequence[Command]) -> dict[Command, CommandResult]:
        """Run commands that change nothing, in what is left of the time."""
        natives = [command for command in commands if not isinstance(command, PortProbe)]
        seconds = max(self._began + self._seconds - time.monotonic(), _LEAST)
        answers = host.query([command.line for command in natives], seconds)
        found = {
            command: dataclasses.replace(one, lost=self._why_lost(command, one))
            for command, one in zip(natives, answers, strict=True)
            if one
        }
        seen = {command: self.probe_from_here(command) for command in commands if isinstance(command, PortProbe)}
        return {**found, **{command: one for command, one in seen.items() if one}}

    def _why_lost(self, command: Command, result: CommandResult) -> str:
        """Say why a result is not whole, where that is known."""
        if result.flood:
            return lost.flood(command.line, MAX_ANSWER)
        if result.late and result.waited:
            return lost.hangs(command.line, program_of(command.line), result.waited, again=not result.begun)
        return lost.not_asked(command.line, self._seconds) if result.late else ""

    def probe_from_here(self, command: PortProbe) -> CommandResult | None:
        """Look at a port of the host from the controller."""
        return CommandResult(json.dumps(probe_port(self._connection, command.port)).encode(), 0)


def _unexpected(error: Exception) -> str:
    """Describe an error that was not expected, with its place in the code."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    return (
        "This is a mistake in winops.rdp, please report it: "
        f"{type(error).__name__}: {error} ({Path(place.filename).name}, line {place.lineno} of {place.name})"
    )


def _said(error: Exception) -> str:
    """Return what is wrong with the arguments. Of an unknown one Ansible says no more than its name."""
    return f"Unsupported parameters: {error}" if isinstance(error, UnsupportedError) else str(error)


def _refuse_empty_path(spec: t.Mapping[str, t.Any], option: str, value: t.Any) -> None:
    """Refuse a path that is empty, because it would be the folder in which the search begins.

    Raises:
        OptionError: It is one.
    """
    paths = [value] if spec["type"] == "path" else value if spec.get("elements") == "path" else []
    if "" in (paths or ()):
        raise OptionError(f"The value '' of option '{option}' is no path.")


def _refuse_unsafe(option: str, value: t.Any) -> None:
    """Refuse a value that could get out of its command, or that can't be meant.

    Raises:
        OptionError: It is such a value.
    """
    if isinstance(value, str) and (unsafe := unsafe_characters(value)):
        raise OptionError(
            f"The value {str(value)!r} of option '{option}' holds {unsafe!r}. "
            f"These characters could change the command that is run, and are not allowed: {UNSAFE_NAMES}."
        )
    if option == "port" and value is not None and not 1 <= value <= 65535:
        raise OptionError(f"The value {value} of option 'port' is not a TCP port. Allowed are 1 to 65535.")
    if option == "wait" and not 0 <= value <= 3600:
        raise OptionError(f"The value {value} of option 'wait' is not allowed. Allowed are 0 to 3600 seconds.")
    if option == "listener" and (not value.strip() or "\\" in value):
        raise OptionError(
            f"The value {str(value)!r} of option 'listener' is not the name of a listener. "
            "Allowed is the name of a key right below WinStations, such as RDP-Tcp."
        )
