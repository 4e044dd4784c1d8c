# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A recording without the names in it, and with the same diagnosis.

Each kind of output has a rule, which knows where names are. An output without a rule is left out of the recording, and
so is one in which a known name is found afterwards: better no output than somebody's name.
"""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ..format import RecordedCommand, Recording
from . import events, files, observation, registry, resultant, sentences, services, tables
from .encoding import decoded, holds, narrowed
from .names import Names

_Rule = t.Callable[[str, int | None, Names], str]

# By the beginning of the command line; the first that fits counts.
_RULES: tuple[tuple[re.Pattern[str], _Rule], ...] = tuple(
    (re.compile(pattern), rule)
    for pattern, rule in (
        (r"\(reg query \"[^\"]+\" /s\|find /c ", sentences.sentences),
        (r"\(*reg query ", registry.registry),
        (r"qwinsta$", tables.sessions),
        (r"netstat -ano$", tables.sockets),
        (r"wevtutil qe ", events.events),
        (r"sc (?:qc|queryex|query) ", services.service),
        (r"tasklist /svc /fo csv /nh$", sentences.processes),
        (r"echo %\w+%$", sentences.folder),
        (r"dir /b ", sentences.files),
        (r"icacls \"[^\"]+\" .*/save .*type ", sentences.saved_rights),
        (
            r"\(for /f \"tokens=3\" %g in \('reg query HKLM\\SOFTWARE\\Microsoft\\Cryptography /v MachineGuid'\) ",
            sentences.key_file,
        ),
        (r"powershell\.exe .*\(Get-Acl ", sentences.descriptor),
        (r"powershell\.exe .*Get-Date -Format o", sentences.time),
        (r"powershell\.exe .*Get-CimInstance -Namespace root/rsop/computer ", resultant.logged),
        (r"powershell\.exe .*Get-CimInstance -Namespace root/cimv2/TerminalServices ", sentences.properties),
        (r"powershell\.exe .*Get-CimInstance -Namespace root/StandardCimv2 ", sentences.properties),
        (r"ansible localhost -m winops\.rdp\.rdp_reach_info ", observation.observation),
        (r"\(for %f in \(\"[^\"]+\"\) do @echo size=|certutil -hashfile ", sentences.certutil),
        (r"findstr /s /i /b /l Version= ", sentences.versions),
        (r"netsh advfirewall show (?:current|all)profiles?", sentences.profiles),
        (
            r"ver$|\(dir /b |certutil -f -encode |del /f /q |gpresult |wmic os get LocalDateTime"
            r"|netsh int ipv[46] show excludedportrange",
            sentences.sentences,
        ),
    )
)

# Two find everything, a third one changes nothing any more.
_ROUNDS = 6

_NO_RULE = "names can't be taken out of this output for certain"
_UNKNOWN_ENCODING = "its encoding is not understood, so names could not be taken out"
_NAME_LEFT = "a name was left in it"


def redacted(recording: Recording, known: t.Iterable[str] = ()) -> Recording:
    """Replace all names in a recording.

    Args:
        recording: What was recorded.
        known: What the controller calls the host, and its own account there.
    """
    return redact(recording, known)[0]


def redact(recording: Recording, known: t.Iterable[str] = ()) -> tuple[Recording, Names]:
    """Replace all names in a recording, and return what stands for what as well."""
    vocabulary = {word for answer in recording.commands for word in re.findall(r"\w+", answer.command)}
    names = Names([*known, *([recording.host] if recording.host else ())], vocabulary)
    # A name that is found at the end replaces what stands at the beginning, so the first rounds only find.
    answers: list[RecordedCommand] = []
    for _round in range(_ROUNDS):
        brought = files.redacted(recording.commands, names)
        before, answers = answers, [_answer(one, recording.code_page, names, brought) for one in recording.commands]
        if answers == before:
            break
    host = names.host(recording.host) if recording.host else ""
    listener = names.known_in(recording.listener)
    return (
        dataclasses.replace(recording, commands=tuple(answers), host=host, listener=listener, redacted=True),
        names,
    )


def rule_of(command: str) -> _Rule | None:
    """Return the rule for a command's output, None without one."""
    return next((rule for pattern, rule in _RULES if pattern.match(command)), None)


def _answer(
    answer: RecordedCommand, code_page: int | None, names: Names, brought: t.Mapping[str, bytes | str]
) -> RecordedCommand:
    # The class of a protocol is the same on every host that has its product, and stays in the listener's key as well.
    of_classes = registry.CLASSES in answer.command
    command = names.known_in(answer.command) if of_classes else names.in_text(answer.command)
    if answer.data is None:
        return dataclasses.replace(answer, command=command)
    data = brought.get(answer.command, answer.data)
    # What was brought in pieces is redacted as a whole, what was said about it like any other output.
    if isinstance(data, bytes) and (data is answer.data or not answer.command.startswith("(findstr ")):
        data = _data(answer.command, data, answer.exit_code, code_page, names)
    if isinstance(data, str):
        return dataclasses.replace(answer, command=command, data=None, left_out=data)
    if holds(data, names.words):
        return dataclasses.replace(answer, command=command, data=None, left_out=_NAME_LEFT)
    return dataclasses.replace(answer, command=command, data=data)


def _data(command: str, data: bytes, exit_code: int | None, code_page: int | None, names: Names) -> bytes | str:
    """Return an output without names, or why there is none."""
    rule = rule_of(command)
    if rule is None:
        return _NO_RULE
    if rule is sentences.key_file:
        # A line of text with a file in UTF-16 behind it: of one width, it is read as one text.
        data = data.replace(b"\0", b"")
    if rule is sentences.saved_rights:
        # A connection that hands over lines tears UTF-16: what is left of it would be read as other letters.
        data = narrowed(data)
    readable = decoded(data, code_page) or decoded(narrowed(data), code_page)
    if readable is None:
        return _UNKNOWN_ENCODING
    text, codec = readable
    # A letter of a placeholder is in every code page.
    return rule(text, exit_code, names).encode(codec)
