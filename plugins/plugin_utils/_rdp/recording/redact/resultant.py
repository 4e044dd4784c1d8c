# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The resultant set of policy without names: those of GPOs and of their domain, and the texts that policies set."""

from __future__ import annotations

import json
import typing as t

from . import policies
from .names import Names
from .registry import distinguished
from .sentences import masked

_NUMBERS = frozenset({4, 5, 11})  # REG_DWORD, REG_DWORD_BIG_ENDIAN, REG_QWORD
_TEXTS = frozenset({1, 2})  # REG_SZ, REG_EXPAND_SZ
_SERVICES = frozenset({"TermService", "UmRdpService", "SessionEnv"})


def logged(text: str, exit_code: int | None, names: Names) -> str:
    """Replace the names in the rows that ``tools/rsop.py`` reads. Of what is no row only the shape is left."""
    lines = text.split("\n")
    for index, whole in enumerate(lines):
        line = whole.rstrip("\r")
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            row = None
        end = whole[len(line) :]
        lines[index] = (_row(row, names) if isinstance(row, list) else masked(line, names)) + end
    return "\n".join(lines)


def _row(row: list[t.Any], names: Names) -> str:
    if len(row) == 2:
        # A GPO with its version, or with its name.
        name = names.named("GPO", row[1]) if isinstance(row[1], str) and row[1] else _kept(row[1])
        new: list[t.Any] = [_gpo(row[0], names), name]
    elif len(row) == 4:
        precedence, start_type, gpo, service = row
        shown = service if service in _SERVICES else names.text(str(service))
        new = [_kept(precedence), _kept(start_type), _gpo(gpo, names), shown]
    elif len(row) == 7:
        precedence, deleted, type_, gpo, key, name, data = row
        key, name = str(key), str(name)
        new = [
            *(_kept(precedence), _kept(deleted), _kept(type_), _gpo(gpo, names)),
            *(policies.path(key, names), policies.value(key, name, "", names)),
            _data(key, name, type_, str(data), names),
        ]
    else:
        new = []
    return json.dumps(new, separators=(",", ":"))


def _kept(value: t.Any) -> int | None:
    return value if isinstance(value, int) else None


def _gpo(text: t.Any, names: Names) -> str:
    return names.in_text(distinguished(str(text), names))


def _data(key: str, name: str, type_: t.Any, data: str, names: Names) -> str:
    """The bytes of a value: numbers stay, texts are replaced, everything else says nothing."""
    if type_ in _NUMBERS:
        return data if data.replace(" ", "").isdecimal() else ""
    try:
        stored = bytes(map(int, data.split()))
    except ValueError:
        return ""
    if type_ in _TEXTS:
        text = stored.decode("utf-16-le", "replace").rstrip("\0")
        stored = (policies.data(key, name, text, names) + "\0").encode("utf-16-le")
    else:
        stored = bytes(len(stored))
    return " ".join(map(str, stored))
