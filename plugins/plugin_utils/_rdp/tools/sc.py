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

from ..errors import UnreadableError
from ..model import Command, CommandResult
from ..quoting import quoted
from ..text import decode, lines

# https://learn.microsoft.com/windows/win32/api/winsvc/ns-winsvc-service_status_process
_NO_DRIVER = 0x30  # SERVICE_WIN32_OWN_PROCESS and SERVICE_WIN32_SHARE_PROCESS
STOPPED, START_PENDING, STOP_PENDING, RUNNING = 1, 2, 3, 4
# https://learn.microsoft.com/windows/win32/api/winsvc/ns-winsvc-query_service_configw
AUTO_START, DEMAND_START, DISABLED = 2, 3, 4
# https://learn.microsoft.com/windows/win32/debug/system-error-codes--1000-1299-
NO_SUCH_SERVICE = 1060

# In bytes. Without it 1,024, which seven or eight services fill, and no more than this:
# https://learn.microsoft.com/previous-versions/windows/it-pro/windows-server-2012-r2-and-2012/cc742075(v=ws.11)
# https://learn.microsoft.com/windows/win32/api/winsvc/nf-winsvc-enumdependentservicesw
_DEPENDENTS = 65536

_BARE = re.compile(r"[A-Za-z0-9_.$-]+")

_SC_LINE = re.compile(r"^\[SC\]\s*(?P<function>[A-Za-z0-9_]+(?::\s*[A-Za-z0-9_]+)*)(?P<rest>.*)$")
_NUMBER = re.compile(r"(?<![A-Za-z0-9_.])\d+(?![A-Za-z0-9_.])")
# Of lines without blanks at their end. A label may have blanks behind it.
_HEAD = re.compile(r"^(?P<label>[^\s:\uff1a\[][^:\uff1a]*)[:\uff1a]\s*(?P<value>\S.*)$")
_FIELD = re.compile(r"^\s+(?P<label>[^\s:\uff1a(][^:\uff1a]*)?[:\uff1a](?P<value>.*)$")
_CONTROLS = re.compile(r"^\s+[(\uff08](?P<words>[^()\uff08\uff09]*)[)\uff09]\s*$")

_TYPE = re.compile(r"^(?P<number>[0-9a-fA-F]{1,8})(?:\s.*)?$")
_CODE = re.compile(r"^(?P<number>\d{1,2})(?P<gap>\s+)(?P<word>[^\s(].*)$")
_EXIT_CODE = re.compile(r"^-?\d+\s*[(\uff08]0x(?P<number>[0-9a-fA-F]{1,8})[)\uff09]$")
_HEX = re.compile(r"^0x[0-9a-fA-F]{1,8}$")
_DECIMAL = re.compile(r"^\d{1,10}$")
_GUID = re.compile(r"^(?P<guid>[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})\b")
# sc.exe prints this mark untranslated where its labels are translated (Italian) and where they aren't (German).
_DELAYED = "(DELAYED)"
_DESCRIPTION = re.compile(r"^[^\s:\uff1a]+\s?[:\uff1a](?:\s+(?P<text>\S.*))?$")
_MARK = re.compile(r"[(\uff08][^()\uff08\uff09]*[)\uff09]")


def queryex(name: str) -> Command:
    """Look at the state of one service, with its process id."""
    return Command(f"sc queryex {_argument(name)}")


def qc(name: str) -> Command:
    """Look at the configuration of one service."""
    return Command(f"sc qc {_argument(name)}")


def enumdepend(name: str) -> Command:
    """Look at the services that depend on one service, directly or not."""
    return Command(f"sc enumdepend {_argument(name)} {_DEPENDENTS}")


def config_start(name: str, start: t.Literal["demand", "auto", "delayed-auto", "disabled"]) -> Command:
    """Set the start type. sc.exe wants the blank after ``start=``."""
    return Command(f"sc config {_argument(name)} start= {start}")


def _argument(name: str) -> str:
    return name if _BARE.fullmatch(name) else quoted(name)


@dataclasses.dataclass(frozen=True)
class ServiceState:
    """What ``queryex`` and ``enumdepend`` print of one service, and ``query``, ``start`` and ``stop`` likewise.

    The exit codes are None if the output ends before them, ``pid`` is None without ``queryex`` and 0 without a process.
    ``controls`` is what the service accepts (``STOPPABLE`` …), ``type`` are bits (0x10 own process, 0x20 shared …).
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
    """What ``qc`` prints of one service. A dependency with ``+`` in front is a group of services."""

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
class ServiceTrigger:
    """One event of ``qtriggerinfo``: what it does (in sc.exe's words), its kind, its GUID, what it must carry."""

    name: str
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
    triggers: tuple[ServiceTrigger, ...] = ()
    descriptions: tuple[ServiceDescription, ...] = ()


_Service = t.TypeVar("_Service", ServiceState, ServiceConfig)
_Item = t.TypeVar("_Item")


def read(output: CommandResult) -> Sc:
    """Return everything that sc.exe printed, errors included.

    Raises:
        UnreadableError: sc.exe didn't run.
    """
    if output.exit_code is None:
        raise UnreadableError("sc didn't run.")
    return parse(lines(output.data, output.code_page))


def read_state(output: CommandResult) -> ServiceState | None:
    """Return the state of one service, or None if there is no such service (error 1060).

    Raises:
        UnreadableError: sc.exe didn't run, failed otherwise, or printed what isn't understood.
    """
    reading = read(output)
    return _only(output, reading, reading.states)


def read_config(output: CommandResult) -> ServiceConfig | None:
    """Return the configuration of one service, or None if there is no such service (error 1060).

    Raises:
        UnreadableError: sc.exe didn't run, failed otherwise, or printed what isn't understood.
    """
    reading = read(output)
    config = _only(output, reading, reading.configs)
    if config is None:
        return None
    # The account is the last field, and half of a name is another account. Only drivers need none.
    if not decode(output.data, output.code_page).endswith(("\n", "\r")):
        raise UnreadableError("sc's answer ends within a line.", config.start_name)
    if not config.start_name and config.type & _NO_DRIVER:
        raise UnreadableError("sc's answer ends before the account of the service.", config.display_name)
    return config


def read_dependents(output: CommandResult) -> tuple[ServiceState, ...]:
    """Return the services that depend on another, in any state.

    Raises:
        UnreadableError: sc.exe didn't run, failed (a buffer too small for them included), or printed what isn't
            understood.
    """
    reading = read(output)
    if reading.errors or reading.not_understood or output.exit_code:
        line = next(iter((*(error.text for error in reading.errors), *reading.not_understood)), "")
        raise UnreadableError(f"sc enumdepend ended with error {output.exit_code}.", line)
    return reading.states


def _only(output: CommandResult, reading: Sc, found: tuple[_Service, ...]) -> _Service | None:
    codes = {error.code for error in reading.errors} or ({output.exit_code} if output.exit_code else set())
    if codes == {NO_SUCH_SERVICE} and not found:
        return None
    line = next(iter(reading.not_understood), "")
    if reading.errors:
        error = reading.errors[0]
        raise UnreadableError(f"{error.function} failed with error {error.code}: {error.text}", error.text)
    if output.exit_code:
        raise UnreadableError(f"sc ended with error {output.exit_code}: {line}", line)
    if line:
        raise UnreadableError("sc printed a line that isn't understood.", line)
    if len(found) != 1:
        raise UnreadableError(f"sc printed {len(found)} services where one was asked for.")
    return found[0]


def parse(text: t.Iterable[str]) -> Sc:
    """Read every block in the lines."""
    block = [*(line.expandtabs().rstrip() for line in text), "", ""]
    found: list[object] = []  # values, and as str the lines that aren't understood
    at = 0
    while at < len(block):
        if block[at]:
            shapes = (_call, _service, _triggers, _description)
            end, items = next(
                (read for read in (shape(block, at) for shape in shapes) if read[0]), (at + 1, [block[at]])
            )
            found += items
            at = end
        else:
            at += 1

    def of(kind: type[_Item]) -> tuple[_Item, ...]:
        return tuple(item for item in found if isinstance(item, kind))

    return Sc(of(ServiceState), of(ServiceConfig), of(ScError), of(str), of(ServiceTrigger), of(ServiceDescription))


_Taken = tuple[int, list[t.Any]]  # where a shape's lines end, 0 if they aren't of that shape, and what they say


def _end(block: list[str], first: int) -> int:
    """Return where the lines end that follow ``first`` without a blank line or another call between them."""
    at = first
    while at < len(block) and block[at] and not (at > first and block[at].startswith("[SC]")):
        at += 1
    return at


def _call(block: list[str], at: int) -> _Taken:
    """Read "[SC] OpenService FAILED 1060:" with its text, or "[SC] QueryServiceConfig SUCCESS"."""
    match = _SC_LINE.match(block[at])
    if not match:
        return 0, []
    numbers = _NUMBER.findall(match["rest"])
    if not numbers or "=" in match["rest"]:
        # SUCCESS and "entriesread = 3" say nothing that the blocks below don't.
        return at + 1, []
    if len(numbers) > 1 or not _DECIMAL.match(numbers[0]):
        return at + 1, [block[at]]
    text = next((below for below in range(at + 1, len(block)) if block[below]), len(block))
    end = _end(block, text)
    if end == text or _fields_begin(block, text) or block[text].startswith("[SC]"):
        text = end = at + 1
    message = " ".join(line.strip() for line in block[text:end])
    return end, [ScError(re.sub(r"\s", "", match["function"]), int(numbers[0]), message)]


def _fields_begin(block: list[str], at: int) -> int:
    """Return at which line the fields begin, behind one or two heads from ``at`` on; 0 if they don't."""
    for below in (at + 1, at + 2):
        if len(block) <= below or not _HEAD.match(block[below - 1]):
            return 0
        if _FIELD.match(block[below]):
            return below
    return 0


def _service(block: list[str], at: int) -> _Taken:
    """Read a name at the left edge, perhaps a display name, then indented fields in sc.exe's order."""
    body = _fields_begin(block, at)
    if not body:
        return 0, []
    heads = [match["value"] for match in map(_HEAD.match, block[at:body]) if match]
    end = body
    while _indent(block[end]):
        end += 1
    fields = _Fields(block[body:end])
    service = fields.state(heads[0], heads[1] if len(heads) == 2 else None) or fields.config(heads[0])
    return (end, [service, *fields.unknown]) if service else (0, [])


def _triggers(block: list[str], at: int) -> _Taken:
    """Read what qtriggerinfo prints: after a blank line an action, then events, then their data, each indented."""
    head = _HEAD.match(block[at])
    first = at + 2
    if not head or block[at + 1] or not _indent(block[first]):
        return 0, []
    found: list[tuple[ServiceTrigger, list[str]]] = []
    action = ""
    end = first
    for end in range(first, _end(block, first) + 1):
        field = _FIELD.match(block[end])
        guid = _GUID.match(field["value"].strip()) if field else None
        if not field and _indent(block[end]) == _indent(block[first]):
            action = block[end].strip()
        elif field and guid and action:
            label = (field["label"] or "").rstrip()
            found.append((ServiceTrigger(head["value"], action, label, guid["guid"].lower()), []))
        elif field and found:
            found[-1][1].append(field["value"].strip())
        else:
            break
    triggers = [dataclasses.replace(trigger, data=tuple(data)) for trigger, data in found]
    return (end, triggers) if triggers else (0, [])


def _description(block: list[str], at: int) -> _Taken:
    """Read what qdescription prints: two labels without blanks, and the text behind the second."""
    head = _HEAD.match(block[at])
    second = _DESCRIPTION.match(block[at + 1])
    if not head or not second or re.search(r"\s", head["label"].rstrip()):
        return 0, []
    end = _end(block, at + 1)
    return end, [ServiceDescription(head["value"], "\n".join((second["text"] or "", *block[at + 2 : end])))]


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


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
