# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads values of known types out of JSON that anybody may have written, and names the place where one is wrong."""

from __future__ import annotations

import datetime
import re
import typing as t

from ..errors import UnreadableError
from ..model import STATUSES, Finding

# A check's id is a file's name in the collection. It gets into style sheets and addresses, so nothing else is taken.
_CHECK = re.compile(r"[a-z][a-z0-9_]{0,63}")
# Nothing that would end a link in any format that we write: https://www.rfc-editor.org/rfc/rfc3986#appendix-A
_LINK = re.compile(r"https?://[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+")

T = t.TypeVar("T")


class JsonValue:
    """A value with the way to it.

    Args:
        value: Of any type.
        path: How people find it: ``hosts[3].state``.
    """

    def __init__(self, value: t.Any, path: str = "") -> None:
        self.value = value
        self.path = path

    def wrong(self, wanted: str) -> UnreadableError:
        """Return the error that says what should be here."""
        said = repr(plain(self.value))
        return UnreadableError(
            f"{self.path or 'the whole'} is {said if len(said) <= 60 else said[:57] + '...'}, not {wanted}"
        )

    def at(self, key: str) -> JsonValue:
        """Return the value of a key, None where it is missing."""
        if not isinstance(self.value, t.Mapping):
            raise self.wrong("an object")
        return JsonValue(self.value.get(key), f"{self.path}.{key}" if self.path else key)

    def members(self) -> list[tuple[str, JsonValue]]:
        """Return the members of an object, none if it is missing."""
        if self.value is None:
            return []
        if not isinstance(self.value, t.Mapping):
            raise self.wrong("an object")
        return [(str(key), JsonValue(value, f"{self.path}[{str(key)!r}]")) for key, value in self.value.items()]

    def items(self) -> list[JsonValue]:
        """Return the items of a list, none if it is missing."""
        if self.value is None:
            return []
        if not isinstance(self.value, (list, tuple)):
            raise self.wrong("a list")
        return [JsonValue(value, f"{self.path}[{index}]") for index, value in enumerate(self.value)]

    def text(self) -> str:
        """Return a text, an empty one if it is missing."""
        if self.value is None:
            return ""
        if not isinstance(self.value, str):
            raise self.wrong("a text")
        return str(self.value)

    def name(self) -> str:
        """Return a text that isn't empty."""
        if not (text := self.text()).strip():
            raise self.wrong("a name")
        return text

    def one_of(self, allowed: t.Sequence[str]) -> str:
        """Return one of certain texts."""
        if self.value not in allowed:
            raise self.wrong(f"one of {', '.join(allowed)}")
        return str(self.value)

    def check(self) -> str:
        """Return the id of a check."""
        if not isinstance(self.value, str) or not _CHECK.fullmatch(self.value):
            raise self.wrong("the name of a check: lower-case letters, digits and underscores")
        return str(self.value)

    def link(self) -> str:
        """Return an address on the web, or nothing."""
        text = self.text()
        if text and not _LINK.fullmatch(text):
            raise self.wrong("an address such as https://example.com/page#section")
        return text

    def time(self) -> str | None:
        """Return a time as ``2026-02-28T09:30:00Z``, None if it is missing."""
        if (text := self.text()) == "":
            return None
        try:
            moment = datetime.datetime.fromisoformat(text)
            if moment.tzinfo is None:
                moment = moment.replace(tzinfo=datetime.UTC)
            moment = moment.astimezone(datetime.UTC)
        except (ValueError, OverflowError) as exc:
            raise self.wrong("a time such as 2026-02-28T09:30:00Z") from exc
        return moment.replace(microsecond=0, tzinfo=None).isoformat() + "Z"

    def mapping(self) -> dict[str, t.Any]:
        """Return an object of plain JSON types, an empty one if it is missing."""
        return {key: plain(member.value) for key, member in self.members()}

    def texts(self) -> tuple[str, ...]:
        """Return a list of texts."""
        return tuple(item.text() for item in self.items())

    def findings(self) -> tuple[Finding, ...]:
        """Return a list of findings, none if it is missing."""
        return tuple(_finding(item) for item in self.items())


def _finding(place: JsonValue) -> Finding:
    return Finding(
        check=place.at("check").check(),
        status=t.cast("t.Any", place.at("status").one_of(STATUSES)),
        summary=place.at("summary").text(),
        expected=place.at("expected").text(),
        found=place.at("found").text(),
        fix=place.at("fix").text(),
        repair=place.at("repair").text(),
        section=place.at("section").link(),
        commands=place.at("commands").texts(),
    )


def is_deeper(value: t.Any, depth: int) -> bool:
    """Whether JSON is nested more than so many times. What works on it goes down with it, and Python has a limit."""
    layer = [value]
    for _level in range(depth):
        layer = [
            member
            for one in layer
            if isinstance(one, (dict, list))
            for member in (one.values() if isinstance(one, dict) else one)
        ]
    return bool(layer)


def plain(value: t.Any) -> t.Any:
    """Return JSON types without what Ansible adds to them; what isn't JSON becomes text."""
    if isinstance(value, t.Mapping):
        return {str(key): plain(member) for key, member in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        # NaN and infinity are no JSON.
        return float(value) if abs(value) < float("inf") else str(value)
    return str(value)
