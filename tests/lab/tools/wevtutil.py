# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""wevtutil qe: the events of a log as XML, one to a line and without an element around them.

https://learn.microsoft.com/windows-server/administration/windows-commands/wevtutil and, for the queries,
https://learn.microsoft.com/windows/win32/wes/consuming-events. Modelled are conditions on the provider and the number
of an event. Nothing found prints nothing and is no failure.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from xml.sax.saxutils import escape

from ..state.events import REMOTE_DESKTOP, SCHANNEL, Event
from .call import ToolCall

LOG_MISSING, BAD_QUERY = 15007, 15001  # ERROR_EVT_CHANNEL_NOT_FOUND, ERROR_EVT_INVALID_QUERY
GUIDS = {
    SCHANNEL: "{1f678132-5938-4686-9fdc-c8ff68f15c85}",
    REMOTE_DESKTOP: "{C76BAA63-AE81-421C-B425-340B4B24157F}",
}
_TOKEN = re.compile(
    r"\s*(?:(?P<mark>[()])|(?P<word>and|or)\b|Provider\[@Name='(?P<provider>[^']*)'\]|EventID=(?P<id>\d+))"
)
Condition = Callable[[Event], bool]


def main(call: ToolCall) -> int:
    """WEVTUTIL qe Log [/q:*[System[…]]] [/c:N] [/rd:true|false] [/f:xml]."""
    words = call.arguments
    if len(words) < 2 or words[0].lower() not in ("qe", "query-events"):
        return call.not_understood("only wevtutil qe is modelled")
    options = dict(word[1:].lower().partition(":")[::2] for word in words[2:] if not word.lower().startswith("/q:"))
    query = next((word[3:] for word in words[2:] if word.lower().startswith("/q:")), "*")
    if set(options) - {"c", "rd", "f"} or options.get("f", "xml") != "xml":
        return call.not_understood(f"an option of wevtutil in {words[2:]}")
    wanted = _condition(query)
    if wanted is None:
        return call.not_understood(f"a query of wevtutil: {query}") and BAD_QUERY
    log = words[1]
    if log.lower() not in ("system", "application", "security"):
        return call.not_understood(f"the log {log}") and LOG_MISSING
    found = [one for one in call.machine.events.entries if one.log.lower() == log.lower() and wanted(one)]
    if options.get("rd") == "true":
        found.reverse()
    for event in found[: int(options["c"])] if "c" in options else found:
        call.out(_xml(call, event))
    return 0


def _xml(call: ToolCall, event: Event) -> str:
    guid = f" Guid='{GUIDS[event.provider]}'" if event.provider in GUIDS else ""
    named = "".join(f"<Data Name='{name}'>{escape(text)}</Data>" for name, text in event.data.items())
    data = named or (f"<Data>{escape(event.subject)}</Data>" if event.subject else "")
    return (
        "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>"
        f"<Provider Name='{event.provider}'{guid}/><EventID>{event.number}</EventID><Version>0</Version>"
        "<Level>2</Level><Task>0</Task><Opcode>0</Opcode><Keywords>0x8000000000000000</Keywords>"
        f"<TimeCreated SystemTime='{event.time:%Y-%m-%dT%H:%M:%S}.{event.time.microsecond:06}3Z'/>"
        f"<EventRecordID>{call.machine.events.entries.index(event) + 1}</EventRecordID><Correlation/>"
        f"<Execution ProcessID='616' ThreadID='3936'/><Channel>{event.log}</Channel>"
        f"<Computer>{call.machine.name}</Computer><Security UserID='S-1-5-18'/></System>"
        f"<EventData>{data}</EventData></Event>"
    )


def _condition(query: str) -> Condition | None:
    """What a query asks for, None when the lab does not know it."""
    if query == "*":
        return lambda event: True
    inner = re.fullmatch(r"\*\[System\[(.*)\]\]", query)
    if inner is None:
        return None
    tokens: list[re.Match[str]] = []
    position = 0
    while position < len(inner[1].rstrip()):
        token = _TOKEN.match(inner[1], position)
        if token is None:
            return None
        tokens.append(token)
        position = token.end()
    try:
        condition, rest = _any(tokens)
    except IndexError:
        return None
    return None if rest else condition


def _any(tokens: list[re.Match[str]]) -> tuple[Condition, list[re.Match[str]]]:
    first, tokens = _all(tokens)
    parts = [first]
    while tokens and tokens[0]["word"] == "or":
        part, tokens = _all(tokens[1:])
        parts.append(part)
    return (lambda event: any(part(event) for part in parts)), tokens


def _all(tokens: list[re.Match[str]]) -> tuple[Condition, list[re.Match[str]]]:
    first, tokens = _one(tokens)
    parts = [first]
    while tokens and tokens[0]["word"] == "and":
        part, tokens = _one(tokens[1:])
        parts.append(part)
    return (lambda event: all(part(event) for part in parts)), tokens


def _one(tokens: list[re.Match[str]]) -> tuple[Condition, list[re.Match[str]]]:
    token = tokens[0]
    if token["mark"] == "(":
        condition, rest = _any(tokens[1:])
        if rest[0]["mark"] != ")":
            raise IndexError
        return condition, rest[1:]
    if token["provider"] is not None:
        return (lambda event: event.provider == token["provider"]), tokens[1:]
    if token["id"] is None:
        raise IndexError
    return (lambda event: event.number == int(token["id"])), tokens[1:]
