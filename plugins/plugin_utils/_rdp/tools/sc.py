# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``sc.exe``: the state and the configuration of services.

https://learn.microsoft.com/windows-server/administration/windows-commands/sc-query

    >>> block = (
    ...     "NOM_SERVICE : TermService",
    ...     "        TYPE               : 20  WIN32_SHARE_PROCESS",
    ...     "        ÉTAT               : 4  RUNNING",
    ...     "                                (STOPPABLE, NOT_PAUSABLE, ACCEPTS_SHUTDOWN)",
    ... )
    >>> parse(block).states[0].state
    4

The labels, SUCCESS and FAILED are translated in some languages. What isn't: the order of the fields, the numbers, the
constants behind them, ``[SC]`` and the name of the function that failed.
"""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ..model import Command, Output, Unreadable
from ..text import lines

# https://learn.microsoft.com/windows/win32/api/winsvc/ns-winsvc-service_status_process
STOPPED, START_PENDING, STOP_PENDING, RUNNING = 1, 2, 3, 4
# https://learn.microsoft.com/windows/win32/api/winsvc/ns-winsvc-query_service_configw
AUTO_START, DEMAND_START, DISABLED = 2, 3, 4
# https://learn.microsoft.com/windows/win32/debug/system-error-codes--1000-1299-
NO_SUCH_SERVICE = 1060

_UNSAFE = frozenset('"%!^&|<>\r\n\0')
_BARE = re.compile(r"^[A-Za-z0-9_.$-]+$")

_SC_LINE = re.compile(r"^\[SC\]\s*(?P<function>[A-Za-z0-9_]+(?::\s*[A-Za-z0-9_]+)*)(?P<rest>.*)$")
_NUMBER = re.compile(r"(?<![A-Za-z0-9_.])\d+(?![A-Za-z0-9_.])")
_HEAD = re.compile(r"^(?P<label>[^\s:：\[][^:：]*?)\s*[:：]\s*(?P<value>\S.*?)\s*$")
_FIELD = re.compile(r"^\s+(?P<label>[^\s:：(][^:：]*?)?\s*[:：](?P<value>.*)$")
_CONTROLS = re.compile(r"^\s+[(（](?P<words>[^()（）]*)[)）]\s*$")

_TYPE = re.compile(r"^(?P<number>[0-9a-fA-F]{1,8})\s+(?P<word>\S.*)$")
_CODE = re.compile(r"^(?P<number>\d{1,2})(?P<gap>\s+)(?P<word>[^\s(].*)$")
_EXIT_CODE = re.compile(r"^-?\d+\s*[(（]0x(?P<number>[0-9a-fA-F]{1,8})[)）]$")
_HEX = re.compile(r"^0x[0-9a-fA-F]{1,8}$")
_DECIMAL = re.compile(r"^\d{1,10}$")
_GUID = re.compile(r"^(?P<guid>[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})\b")
# sc.exe prints this mark untranslated where its labels are translated (Italian) and where they aren't (German).
_DELAYED = "(DELAYED)"
_MARK = re.compile(r"[(（][^()（）]*[)）]")


def queryex(name: str) -> Command:
    """Look at the state of one service, with its process id."""
    return Command(f"sc queryex {_argument(name)}")


def query(name: str) -> Command:
    """Look at the state of one service."""
    return Command(f"sc query {_argument(name)}")


def qc(name: str) -> Command:
    """Look at the configuration of one service."""
    return Command(f"sc qc {_argument(name)}")


def start(name: str) -> Command:
    """Ask for a start and don't wait for it."""
    return Command(f"sc start {_argument(name)}")


def stop(name: str) -> Command:
    """Ask for a stop and don't wait for it."""
    return Command(f"sc stop {_argument(name)}")


def config_start(name: str, start: t.Literal["demand", "auto", "delayed-auto", "disabled"]) -> Command:
    """Set the start type. sc.exe wants the blank after ``start=``."""
    return Command(f"sc config {_argument(name)} start= {start}")


def _argument(name: str) -> str:
    if not name or name.endswith("\\") or _UNSAFE.intersection(name):
        raise ValueError(f"This is no name of a service: {name!r}")
    return name if _BARE.match(name) else f'"{name}"'


@dataclasses.dataclass(frozen=True)
class ServiceState:
    """What ``query``, ``queryex``, ``enumdepend``, ``start`` and ``stop`` print of one service.

    Attributes:
        name: The service's name.
        display_name: None where sc.exe doesn't print it, as for a single service.
        type: Bits, 0x10 own process, 0x20 shared …
        state: 1 stopped, 2 starting, 3 stopping, 4 running …
        state_word: sc.exe's constant for it, for people.
        win32_exit_code: None if the output ends before it.
        service_exit_code: None if the output ends before it.
        pid: None without ``queryex``; 0 if there is no process.
        controls: What the service accepts: ``STOPPABLE`` …
        flags: The last field of ``queryex``.
    """

    name: str
    display_name: str | None
    type: int
    state: int
    state_word: str
    win32_exit_code: int | None = None
    service_exit_code: int | None = None
    pid: int | None = None
    controls: tuple[str, ...] = ()
    flags: str = ""


@dataclasses.dataclass(frozen=True)
class ServiceConfig:
    """What ``qc`` prints of one service.

    Attributes:
        start_type: 0 boot, 1 system, 2 automatic, 3 on demand, 4 disabled.
        delayed: An automatic start that waits until after the boot.
        dependencies: Names of services; a group of services has ``+`` in front.
        start_name: The account.
    """

    name: str
    type: int
    start_type: int
    delayed: bool
    error_control: int | None = None
    binary_path: str = ""
    load_order_group: str = ""
    tag: int | None = None
    display_name: str = ""
    dependencies: tuple[str, ...] = ()
    start_name: str = ""


@dataclasses.dataclass(frozen=True)
class Trigger:
    """One line of ``qtriggerinfo``: what starts or stops a service.

    Attributes:
        service: The service's name.
        action: START SERVICE or STOP SERVICE, as printed.
        kind: The kind of event, as printed.
        subtype: Its GUID.
        data: What the event must carry.
    """

    service: str
    action: str
    kind: str
    subtype: str
    data: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class ServiceDescription:
    """What ``qdescription`` prints: a translated text."""

    name: str
    text: str


@dataclasses.dataclass(frozen=True)
class ScError:
    """A failure: the function that failed, the Win32 error code, and Windows' translated text for it."""

    function: str
    code: int
    text: str


@dataclasses.dataclass(frozen=True)
class Sc:
    """Everything that one or more calls of sc.exe printed, with the lines that are nothing of the kind."""

    states: tuple[ServiceState, ...] = ()
    configs: tuple[ServiceConfig, ...] = ()
    errors: tuple[ScError, ...] = ()
    not_understood: tuple[str, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    descriptions: tuple[ServiceDescription, ...] = ()


_T = t.TypeVar("_T", ServiceState, ServiceConfig)


def read(output: Output) -> Sc:
    """Return everything that sc.exe printed, errors included.

    Raises:
        Unreadable: sc.exe didn't run.
    """
    if output.exit_code is None:
        raise Unreadable("sc didn't run.")
    return parse(lines(output.data, output.code_page))


def read_state(output: Output) -> ServiceState | None:
    """Return the state of one service, or None if there is no such service (error 1060).

    Raises:
        Unreadable: sc.exe didn't run, failed otherwise, or printed what isn't understood.
    """
    reading = read(output)
    return _only(output, reading, reading.states)


def read_config(output: Output) -> ServiceConfig | None:
    """Return the configuration of one service, or None if there is no such service (error 1060).

    Raises:
        Unreadable: sc.exe didn't run, failed otherwise, or printed what isn't understood.
    """
    reading = read(output)
    return _only(output, reading, reading.configs)


def _only(output: Output, reading: Sc, found: tuple[_T, ...]) -> _T | None:
    if reading.errors:
        error = reading.errors[0]
        if error.code == NO_SUCH_SERVICE and not found:
            return None
        raise Unreadable(f"{error.function} failed with error {error.code}: {error.text}", error.text)
    first = next(iter(reading.not_understood), "")
    if output.exit_code == NO_SUCH_SERVICE and not found:
        return None
    if output.exit_code:
        raise Unreadable(f"sc ended with error {output.exit_code}.", first)
    if first:
        raise Unreadable("sc printed a line that isn't understood.", first)
    if len(found) != 1:
        raise Unreadable(f"sc printed {len(found)} services where one was asked for.")
    return found[0]


def parse(text: t.Iterable[str]) -> Sc:
    """Read every block in the lines."""
    return _Reader([line.expandtabs() for line in text]).read()


class _Reader:
    """Goes through the lines once, block by block."""

    def __init__(self, block: list[str]) -> None:
        self._lines = block
        self._at = 0
        self._states: list[ServiceState] = []
        self._configs: list[ServiceConfig] = []
        self._errors: list[ScError] = []
        self._triggers: list[Trigger] = []
        self._descriptions: list[ServiceDescription] = []
        self._not_understood: list[str] = []

    def read(self) -> Sc:
        while self._at < len(self._lines):
            line = self._lines[self._at]
            if not line.strip():
                self._at += 1
            elif line.startswith("[SC]"):
                self._at += 1
                self._take_call(line)
            elif not self._take_service():
                self._not_understood.append(line)
                self._at += 1
        return Sc(
            tuple(self._states),
            tuple(self._configs),
            tuple(self._errors),
            tuple(self._not_understood),
            tuple(self._triggers),
            tuple(self._descriptions),
        )

    def _line(self, at: int) -> str:
        return self._lines[at] if at < len(self._lines) else ""

    def _take_call(self, line: str) -> None:
        """Read "[SC] OpenService FAILED 1060:" with its text, or "[SC] QueryServiceConfig SUCCESS"."""
        match = _SC_LINE.match(line)
        rest = match["rest"] if match else line
        if not match or "=" in rest or not _NUMBER.search(rest):
            # "EnumDependentServices: entriesread = 3" and SUCCESS say nothing that the blocks below don't.
            if not match:
                self._not_understood.append(line)
            return
        numbers = _NUMBER.findall(rest)
        if len(numbers) != 1:
            self._not_understood.append(line)
            return
        function = re.sub(r"\s", "", match["function"])
        self._errors.append(ScError(function, int(numbers[0]), self._paragraph()))

    def _paragraph(self) -> str:
        """Take the text of an error: the next lines up to a blank one, unless a block begins there."""
        at = self._at
        while at < len(self._lines) and not self._lines[at].strip():
            at += 1
        end = at
        while self._line(end).strip() and not self._line(end).startswith("[SC]"):
            end += 1
        if self._body_at(at) is not None:
            return ""
        self._at = end
        return " ".join(line.strip() for line in self._lines[at:end])

    def _body_at(self, at: int) -> int | None:
        """Return where the fields of a block begin whose first line is ``at``, None if no block begins there."""
        if not _HEAD.match(self._line(at)):
            return None
        for body in (at + 1, at + 2):
            if self._line(body)[:1] == " " and _FIELD.match(self._line(body)):
                return body
            if not _HEAD.match(self._line(body)):
                return None
        return None

    def _take_service(self) -> bool:
        """Read one block: the name at the left edge, perhaps the display name, then indented lines."""
        head = _HEAD.match(self._line(self._at))
        if not head:
            return False
        body = self._body_at(self._at)
        if body is None:
            return self._take_triggers(head["value"]) or self._take_description(head)
        display = _HEAD.match(self._line(body - 1)) if body == self._at + 2 else None
        end = body
        while self._line(end)[:1] == " " and self._line(end).strip():
            end += 1
        fields = _Fields(self._lines[body:end])
        state = fields.state(head["value"], display["value"] if display else None)
        config = None if state else fields.config(head["value"])
        if state:
            self._states.append(state)
        elif config:
            self._configs.append(config)
        else:
            return False
        self._not_understood += fields.unknown
        self._at = end
        return True

    def _take_triggers(self, name: str) -> bool:
        """Read what qtriggerinfo prints: after a blank line an action, then events, then their data, each indented."""
        at = self._at + 1
        if self._line(at).strip() or not _indent(self._line(at + 1)):
            return False
        at += 1
        action = ""
        found: list[Trigger] = []
        level = _indent(self._line(at))
        while self._line(at).strip() and _indent(self._line(at)) >= level:
            line = self._line(at)
            field = _FIELD.match(line)
            guid = _GUID.match(field["value"].strip()) if field else None
            if _indent(line) == level and not field:
                action = line.strip()
            elif field and guid and action:
                found.append(Trigger(name, action, field["label"] or "", guid["guid"].lower()))
            elif field and found:
                found[-1] = dataclasses.replace(found[-1], data=(*found[-1].data, field["value"].strip()))
            else:
                return False
            at += 1
        self._triggers += found
        self._at = at if found else self._at
        return bool(found)

    def _take_description(self, head: re.Match[str]) -> bool:
        """Read what qdescription prints: two labels without blanks, and the text behind the second."""
        second = re.match(r"^[^\s:：]+\s?[:：](?:\s+(?P<text>\S.*?))?\s*$", self._line(self._at + 1))
        if not second or re.search(r"\s", head["label"]):
            return False
        end = self._at + 2
        while self._line(end).strip() and not self._line(end).startswith("[SC]"):
            end += 1
        more = [line.rstrip() for line in self._lines[self._at + 2 : end]]
        self._descriptions.append(ServiceDescription(head["value"], "\n".join((second["text"] or "", *more))))
        self._at = end
        return True


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip()) if line.strip() else 0


class _Fields:
    """The indented lines of one block: fields in the order in which sc.exe prints them."""

    def __init__(self, block: list[str]) -> None:
        self.unknown: list[str] = []
        self._values: list[list[str]] = []  # of each field its value and those of its continuation lines
        self._lines: list[str] = []
        self._controls: tuple[str, ...] | None = None
        for line in block:
            field = _FIELD.match(line)
            controls = _CONTROLS.match(line)
            if controls and len(self._values) == 2 and self._controls is None:
                self._controls = tuple(word.strip() for word in controls["words"].split(",") if word.strip())
            elif field and field["label"]:
                self._values.append([field["value"].strip()])
                self._lines.append(line)
            elif field and self._values:
                self._values[-1].append(field["value"].strip())
            else:
                self.unknown.append(line)

    def _value(self, position: int) -> str:
        return self._values[position][0] if position < len(self._values) else ""

    def _kind(self) -> t.Literal["state", "config", ""]:
        """Tell the two tables apart by what follows the second field, else by the blanks in it.

        sc.exe prints "4  RUNNING" with two blanks and "2   AUTO_START" with three.
        """
        second = _CODE.match(self._value(1))
        if not second or not _TYPE.match(self._value(0)):
            return ""
        if self._controls is not None or _EXIT_CODE.match(self._value(2)):
            return "state"
        if len(self._values) > 2:
            return "config" if _CODE.match(self._value(2)) else ""
        return "config" if len(second["gap"]) > 2 else "state"

    def state(self, name: str, display_name: str | None) -> ServiceState | None:
        """Return type, state, two exit codes, checkpoint and wait hint, and from queryex process id and flags."""
        if self._kind() != "state":
            return None
        type_ = _TYPE.match(self._value(0))
        state = _CODE.match(self._value(1))
        if not type_ or not state:
            return None
        exit_codes = [self._number(position, _EXIT_CODE, 16) for position in (2, 3)]
        for position in (4, 5):  # the checkpoint and the wait hint
            self._number(position, _HEX, 16)
        pid = self._number(6, _DECIMAL, 10)
        self._no_more(8)
        return ServiceState(
            name=name,
            display_name=display_name,
            type=int(type_["number"], 16),
            state=int(state["number"]),
            state_word=state["word"].strip(),
            win32_exit_code=exit_codes[0],
            service_exit_code=exit_codes[1],
            pid=pid,
            controls=self._controls or (),
            flags=self._value(7),
        )

    def config(self, name: str) -> ServiceConfig | None:
        """Return type, start type, error control, path, group, tag, display name, dependencies and account."""
        if self._kind() != "config":
            return None
        type_ = _TYPE.match(self._value(0))
        start = _CODE.match(self._value(1))
        error = _CODE.match(self._value(2))
        if not type_ or not start:
            return None
        mark = _MARK.search(start["word"])
        if mark and mark.group() != _DELAYED:
            # Perhaps the same mark in a language that translates it: nobody knows, so nobody guesses.
            self.unknown.append(self._lines[1])
        tag = self._number(5, _DECIMAL, 10)
        self._no_more(9)
        dependencies = self._values[7] if len(self._values) > 7 else []
        return ServiceConfig(
            name=name,
            type=int(type_["number"], 16),
            start_type=int(start["number"]),
            delayed=_DELAYED in start["word"],
            error_control=int(error["number"]) if error else None,
            binary_path=self._value(3),
            load_order_group=self._value(4),
            tag=tag,
            display_name=self._value(6),
            dependencies=tuple(name for name in dependencies if name),
            start_name=self._value(8),
        )

    def _number(self, position: int, form: re.Pattern[str], base: int) -> int | None:
        """Return the number at a position, None if the output ends before it; another form isn't understood."""
        if position >= len(self._values):
            return None
        match = form.match(self._value(position))
        if not match:
            self.unknown.append(self._lines[position])
            return None
        return int(match["number"] if "number" in form.groupindex else match.group(), base)

    def _no_more(self, count: int) -> None:
        """Keep the fields behind the last known one: some Windows has more to say than we know."""
        self.unknown += self._lines[count:]
