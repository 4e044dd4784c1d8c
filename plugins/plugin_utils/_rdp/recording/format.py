# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A recorded host: what it was asked and what it answered, as files that people can read.

``recording.txt`` lists the commands, each with its exit code and the file that holds its output, byte for byte. It is
plain lines of ``name: value``, so that a script of cmd.exe can write it as well (playbooks/files/record-rdp.cmd).
"""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
import re
import typing as t

from ..errors import RecordingError
from ..text import printed

# The version of this collection, as in galaxy.yml.
VERSION = "0.1.0"

INDEX = "recording.txt"

# Only a change that older versions can't read raises it. They skip fields that they don't know.
FORMAT = 1
TITLE = "winops.rdp recording"
PREFACE = (
    "What one Windows host answered when it was asked about Remote Desktop. The output of each command is in",
    "the file named below it, byte for byte. The module winops.rdp.rdp_info diagnoses this folder with replay.",
)

# How what made a recording is called, if it is the script for hosts without Ansible.
BY_SCRIPT = "record-rdp.cmd"

# Far above what a host with a hundred thousand sockets prints.
MAX_INDEX = 1 << 20
MAX_OUTPUT = 1 << 25
# All outputs together are held in memory. Real hosts print less than 1 MB, one with a very large GPO about 8 MB.
MAX_TOTAL = 1 << 27
_MAX_COMMANDS = 1000

_FIELD = re.compile(r"(?P<name>[a-z][a-z0-9_]*):(?: (?P<value>.*))?")
_SECTION = re.compile(r"\[\d{1,4}\]")
_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_NUMBER = re.compile(r"[0-9]{1,9}")
_WORD = re.compile(r'"(?P<quoted>[^"]*)"|(?P<bare>[^\s"]+)')
_SLUG_LENGTH = 40

# What no file system takes for a device, a hidden file or a path. Windows ignores dots at the end of a name.
_PLAIN_NAME = re.compile(r"(?!(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$))[A-Za-z0-9_][A-Za-z0-9._-]{0,79}(?<!\.)", re.I)


@dataclasses.dataclass(frozen=True)
class RecordedCommand:
    """What became of one command.

    Attributes:
        command: The line, as a person can repeat it.
        data: Its output, None if it was left out.
        exit_code: Its exit code, None if the host did not get that far.
        asked: When it was sent, as text for people. Empty if nobody noted it.
        answered: When the answer was there, likewise.
        left_out: Why the output isn't in the recording, empty if it is.
    """

    command: str
    data: bytes | None
    exit_code: int | None
    asked: str = ""
    answered: str = ""
    left_out: str = ""


@dataclasses.dataclass(frozen=True)
class Recording:
    """One host at one time.

    Attributes:
        commands: In the order in which they were run.
        time: When, by the clock that judges certificates. None if the recorder could not tell.
        host: What the host is called, for people.
        listener: The listener that the user meant.
        port: The port that the user expected.
        code_page: The host's OEM code page, for the person who opens a file. None if not known.
        redacted: Whether names were replaced.
        made_by: What wrote the recording, with its version.
    """

    commands: tuple[RecordedCommand, ...]
    time: datetime.datetime | None
    host: str = ""
    listener: str = "RDP-Tcp"
    port: int = 3389
    code_page: int | None = None
    redacted: bool = False
    made_by: str = f"winops.rdp {VERSION}"


def folder_name(host: str) -> str:
    """Return the name of a host's folder, which every file system takes, and another for each host.

    Names that are plain stay as they are. What differs in upper and lower case only, stays different in that only.
    """
    if _PLAIN_NAME.fullmatch(host):
        return host
    digest = hashlib.sha256(host.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    plain = re.sub(r"[^A-Za-z0-9]+", "_", host)[:40].strip("_")
    return f"{plain or 'host'}-{digest}"


def file_name(number: int, command: str) -> str:
    """Return the name of the file with a command's output: its number in the order, and what the command is about."""
    parts = (
        found["bare"] if found["quoted"] is None else found["quoted"].rpartition("\\")[2]
        for found in _WORD.finditer(command)
    )
    slug = re.sub(r"[^a-z0-9.]+", "-", " ".join(parts).lower()).strip("-.")[:_SLUG_LENGTH].strip("-.")
    return f"{number:02}-{slug or 'command'}.txt"


def written(recording: Recording) -> dict[str, bytes]:
    """Return the files of a recording by name, the index last."""
    files: dict[str, bytes] = {}
    index = [TITLE, "", *PREFACE, "", *_head(recording)]
    for number, answer in enumerate(recording.commands, start=1):
        index += ["", f"[{number}]", f"command: {answer.command}"]
        if answer.data is None:
            index.append(f"left_out: {_line(answer.left_out)}")
            continue
        name = file_name(number, answer.command)
        files[name] = answer.data
        index += [
            f"file: {name}",
            f"exit_code: {'none' if answer.exit_code is None else answer.exit_code}",
            f"size: {len(answer.data)}",
            f"sha256: {_sha256(answer.data)}",
        ]
        index += [f"{name}: {_line(value)}" for name, value in _times(answer).items() if value]
    return {**files, INDEX: ("\n".join(index) + "\n").encode()}


def _head(recording: Recording) -> list[str]:
    fields = {
        "format": str(FORMAT),
        "made_by": recording.made_by,
        "time": f"{recording.time:%Y-%m-%dT%H:%M:%S.%fZ}" if recording.time else "",
        "host": recording.host,
        "listener": recording.listener,
        "port": str(recording.port),
        "code_page": "" if recording.code_page is None else str(recording.code_page),
        "redacted": "yes" if recording.redacted else "no",
    }
    return [f"{name}: {_line(value)}" for name, value in fields.items() if value]


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _times(answer: RecordedCommand) -> dict[str, str]:
    return {"asked": answer.asked, "answered": answer.answered}


def _line(text: str) -> str:
    """Return a text without line ends and other control characters."""
    return "".join(character if character.isprintable() else " " for character in text).strip()


def read(index: bytes, file: t.Callable[[str, int], bytes]) -> Recording:
    """Read a recording.

    Args:
        index: What is in ``recording.txt``.
        file: Returns what is in another file of the folder, which must not have more bytes than this. May raise
        RecordingError.

    Raises:
        RecordingError: Something is missing, was changed, or is of a newer format.
    """
    head, sections = _parsed(index)
    version = head.get("format", "")
    if not _NUMBER.fullmatch(version):
        raise RecordingError(f"{INDEX} does not say its format.")
    if int(version) > FORMAT:
        raise RecordingError(
            f"It has format {version}, and this version of winops.rdp reads format {FORMAT}: update the collection."
        )
    _refuse_too_much(sections)
    # cmd.exe has no SHA-256 of its own that it prints without a sentence around it.
    hashed = not head.get("made_by", "").startswith(BY_SCRIPT)
    return Recording(
        commands=tuple(_answer(number, fields, file, hashed) for number, fields in enumerate(sections, start=1)),
        time=_time(head.get("time", "")),
        host=head.get("host", ""),
        listener=head.get("listener", Recording.listener),
        port=_number(head, "port", Recording.port, 1, 65535),
        code_page=_number(head, "code_page", 0, 1, 65535) or None,
        redacted=head.get("redacted") == "yes",
        made_by=head.get("made_by", ""),
    )


def _parsed(index: bytes) -> tuple[dict[str, str], list[dict[str, str]]]:
    """Return the fields of the head and of each section."""
    text = printed(index).split("\n")
    if text[0].strip() != TITLE:
        raise RecordingError(f"{INDEX} does not begin with '{TITLE}', so this is no recording.")
    head: dict[str, str] = {}
    sections: list[dict[str, str]] = []
    fields = head
    for line in text[1:]:
        field = _FIELD.fullmatch(line)
        if _SECTION.fullmatch(line.strip()):
            fields = {}
            sections.append(fields)
        elif field:
            fields[field["name"]] = _line(field["value"] or "")
    if not sections:
        raise RecordingError(f"{INDEX} lists no command: it may be cut off.")
    if len(sections) > _MAX_COMMANDS:
        raise RecordingError(f"{INDEX} lists more than {_MAX_COMMANDS} commands.")
    return head, sections


def _refuse_too_much(sections: t.Sequence[t.Mapping[str, str]]) -> None:
    """Refuse a recording that would take more memory than any real one, before a file of it is read."""
    files = [fields for fields in sections if "left_out" not in fields]
    names = [fields.get("file", "").casefold() for fields in files]
    if twice := next((name for name in names if name and names.count(name) > 1), None):
        raise RecordingError(f"{INDEX} names the file {twice} twice.")
    total = sum(_size(fields) for fields in files)
    if total > MAX_TOTAL:
        raise RecordingError(f"Its outputs have {total} bytes together. Allowed are {MAX_TOTAL}.")


def _size(fields: t.Mapping[str, str]) -> int:
    """Return the size that the index gives for an output, 0 if it gives none."""
    size = fields.get("size", "")
    return int(size) if _NUMBER.fullmatch(size) else 0


def _answer(
    number: int, fields: t.Mapping[str, str], file: t.Callable[[str, int], bytes], hashed: bool
) -> RecordedCommand:
    place = f"section [{number}] of {INDEX}"
    command = fields.get("command")
    if not command:
        raise RecordingError(f"There is no command in {place}.")
    if "left_out" in fields:
        return RecordedCommand(command, None, None, left_out=fields["left_out"])
    name, code = fields.get("file", ""), fields.get("exit_code", "")
    if not _FILE.fullmatch(name):
        raise RecordingError(f"There is no file name in {place}, or none that is safe: {name!r}.")
    if code != "none" and not re.fullmatch(r"-?\d{1,10}", code):
        raise RecordingError(f"There is no exit code in {place}: it may be cut off.")
    if not _NUMBER.fullmatch(fields.get("size", "")):
        raise RecordingError(f"There is no size in {place}: it may be cut off.")
    if hashed and "sha256" not in fields:
        raise RecordingError(f"There is no SHA-256 in {place}: it may be cut off.")
    data = file(name, min(_size(fields), MAX_OUTPUT))
    if len(data) != _size(fields) or fields.get("sha256", _sha256(data)) != _sha256(data):
        raise RecordingError(
            f"The file {name} is not as it was recorded. A tool that changes line ends may have done that: "
            "copy the folder as a zip file, or record the host again."
        )
    times = fields.get("asked", ""), fields.get("answered", "")
    return RecordedCommand(command, data, None if code == "none" else int(code), *times)


def _time(text: str) -> datetime.datetime | None:
    if not text:
        return None
    try:
        time = datetime.datetime.fromisoformat(text)
        if time.tzinfo:
            return time.astimezone(datetime.UTC)
    except (ValueError, OverflowError):
        pass
    raise RecordingError(f"The time {text[:40]!r} in {INDEX} is not in the form 2026-01-31T12:00:00Z.")


def _number(fields: t.Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    text = fields.get(name, "")
    if not text:
        return default
    if not _NUMBER.fullmatch(text) or not least <= int(text) <= most:
        raise RecordingError(f"The value {text[:40]!r} of {name} in {INDEX} is not a number from {least} to {most}.")
    return int(text)
