# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files that came from the host as base64, without names: see encoded_file.py for how they came.

Of a Registry.pol and of gpresult's report only what policies for Remote Desktop and the firewall need is kept, and what
the host said of its size and SHA-256 is put right. No other file is kept, and none that is not understood.
"""

from __future__ import annotations

import base64
import binascii
import dataclasses
import hashlib
import itertools
import re
import typing as t

from ...errors import UnreadableError
from ...formats import registry_pol
from ...formats.registry_pol import Record
from ...tools import temporary
from ..format import RecordedCommand
from . import gpo_report, policies
from .names import Names

_ENCODE = re.compile(r'certutil -f -encode "(?P<file>[^"]+)" "(?P<copy>[^"]+)"$')
_COPY = re.compile(rf"{re.escape(temporary.PLACEHOLDER)}\.(?P<digest>[0-9a-f]{{12}})\.b64$")
_NUMBERED = re.compile(rb"(?m)^(?P<number>\d{1,9}):(?P<line>[^\r\n]*)(?P<end>\r*\n?)")
_MARK = re.compile(rb"-----(?:BEGIN|END) [A-Z ]+-----")
_SHA256 = re.compile(rb"(?<![0-9A-Fa-f])[0-9A-Fa-f]{2}(?: ?[0-9A-Fa-f]{2}){31}(?![0-9A-Fa-f])")
_LINE = 64
_PER_PIECE = 10_000

_NO_RULE = "names can't be taken out of this file for certain"

_NUMBERS = frozenset({4, 5, 11})  # REG_DWORD, REG_DWORD_BIG_ENDIAN, REG_QWORD
_TEXTS = frozenset({1, 2, 7})


def redacted(answers: t.Sequence[RecordedCommand], names: Names) -> dict[str, bytes | str]:
    """Return the new outputs of the commands that brought files, or why there is none, by command."""
    outputs = {answer.command: answer.data for answer in answers}
    new: dict[str, bytes | str] = {}
    for command in outputs:
        if found := _ENCODE.match(command):
            _rename_copy(found["file"], found["copy"], names)
            new |= _file(found["file"], found["copy"], outputs, names)
    return new


def _rename_copy(file: str, copy: str, names: Names) -> None:
    """Name the copy after the new path of its file, as policy_look does. The hash of a name could be guessed."""
    if found := _COPY.search(copy):
        path = names.in_text(file).casefold()
        names.alias(found["digest"], hashlib.sha256(path.encode()).hexdigest()[: len(found["digest"])])


def _file(file: str, copy: str, outputs: t.Mapping[str, bytes | None], names: Names) -> dict[str, bytes | str]:
    pieces = {command: data for command, data in outputs.items() if command.startswith(f'(findstr /n . "{copy}" |')}
    about = {
        f'(for %f in ("{file}") do @echo size=%~zf)': rb"(?<=size=)\d+",
        f'certutil -hashfile "{file}" SHA256': _SHA256.pattern,
    }
    try:
        data = _decoded(pieces.values())
        new = _registry_pol(data, names) if file.lower().endswith(".pol") else gpo_report.redacted(data, names)
    except UnreadableError:
        # Without its pieces the file is unreadable in a replay, as it was.
        return dict.fromkeys(pieces, _NO_RULE)
    told = (str(len(new)).encode(), hashlib.sha256(new).hexdigest().encode())
    changed: dict[str, bytes | str] = {
        command: re.sub(pattern, value, outputs[command] or b"")
        for (command, pattern), value in zip(about.items(), told, strict=True)
        if command in outputs
    }
    return changed | _pieces(new, pieces)


def _decoded(pieces: t.Iterable[bytes | None]) -> bytes:
    lines = (found["line"].strip() for piece in pieces for found in _NUMBERED.finditer(piece or b""))
    try:
        return base64.b64decode(b"".join(line for line in lines if not _MARK.fullmatch(line)), validate=True)
    except binascii.Error:
        raise UnreadableError("It is no base64.") from None


def _pieces(data: bytes, pieces: t.Mapping[str, bytes | None]) -> dict[str, bytes]:
    """Return the base64 of a file in the same pieces: the lines up to 9999, and then ten thousand at a time."""
    encoded = base64.b64encode(data)
    body = [encoded[start : start + _LINE] for start in range(0, len(encoded), _LINE)]
    marked = [b"-----BEGIN CERTIFICATE-----", *body, b"-----END CERTIFICATE-----"]
    numbered = [b"%d:%s\r\n" % (number, line) for number, line in enumerate(marked, start=1)]
    parts = itertools.pairwise(max(0, index * _PER_PIECE - 1) for index in range(len(pieces) + 1))
    return {command: b"".join(numbered[slice(*part)]) for command, part in zip(pieces, parts, strict=True)}


def _registry_pol(data: bytes, names: Names) -> bytes:
    return registry_pol.render([_record(one, names) for one in registry_pol.parse(data).records])


def _record(record: Record, names: Names) -> Record:
    """Return a record without names. What isn't about Remote Desktop says nothing then, in as many bytes."""
    key = record.key.casefold()
    if not any(key == kept or key.startswith(kept + "\\") for kept in policies.KEYS):
        return _from_above(record, key) or _blank(record)
    text = record.data.decode("utf-16-le", "replace").rstrip("\0") if record.type in _TEXTS else ""
    if record.name.startswith("**"):
        new_name = policies.instruction(record.key, record.name, names)
        new = policies.instructed(record.key, record.name, text, names)
    else:
        new_name = policies.value(record.key, record.name, text, names)
        new = policies.data(record.key, record.name, text, names)
    data = record.data if record.type in _NUMBERS else bytes(len(record.data))
    if record.type in _TEXTS:
        data = (new + "\0").encode("utf-16-le")
    return Record(policies.path(record.key, names), new_name, record.type, data)


def _blank(record: Record) -> Record:
    return Record("x" * len(record.key), "x" * len(record.name), record.type, bytes(len(record.data)))


def _from_above(record: Record, key: str) -> Record | None:
    """Return an instruction of a key above, which deletes keys by their names: only those that matter stay."""
    top = f"{key}\\" if key else ""
    below = [kept[len(top) :].split("\\")[0] for kept in policies.KEYS if kept.startswith(top)]
    if not below or not record.name.casefold().startswith("**deletekeys"):
        return None
    listed = record.data.decode("utf-16-le", "replace").rstrip("\0").split(";")
    kept = ";".join(one if one.strip().casefold() in below else "x" * len(one) for one in listed)
    return dataclasses.replace(record, data=(kept + "\0").encode("utf-16-le"))
