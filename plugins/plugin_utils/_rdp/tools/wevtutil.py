# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``wevtutil``: events by their numbers, as XML, which is the same in every language.

https://learn.microsoft.com/windows-server/administration/windows-commands/wevtutil. ``/f:xml`` prints what was logged,
without the sentence that Windows makes of it: one ``Event`` after the other, with no element around them.

    >>> (event,) = parse(
    ...     "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='Schannel'/>"
    ...     "<EventID>36888</EventID><TimeCreated SystemTime='2020-08-05T12:16:37.9333292Z'/></System>"
    ...     "<EventData><Data Name='AlertDesc'>40</Data></EventData></Event>"
    ... )
    >>> event.provider, event.id, event.data["AlertDesc"]
    ('Schannel', 36888, '40')
"""

from __future__ import annotations

import dataclasses
import datetime
import re
import typing as t

from ..errors import UnreadableError
from ..model import Command, CommandResult
from ..text import lines

#: Who writes about TLS, and about the certificate of Remote Desktop.
SCHANNEL, REMOTE_DESKTOP = "Schannel", "Microsoft-Windows-TerminalServices-RemoteConnectionManager"
PROVIDERS = (SCHANNEL, REMOTE_DESKTOP)

_END = "</Event>"
# A whole event has a few kilobytes.
_LONGEST = 65536
_PROVIDER = re.compile(r"<Provider\b[^<>]{0,400}?\bName=(?:'([^'<>]{1,200})'|\"([^\"<>]{1,200})\")")
_ID = re.compile(r"<EventID(?: [^<>]{0,100})?>(\d{1,5})</EventID>")
_TIME = re.compile(r"<TimeCreated SystemTime=['\"](\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)[^'\"<>]{0,20}['\"]")
# Only numbers: everything else may be a name or a translated word.
_NUMBER = re.compile(r"<Data Name=['\"](\w{1,60})['\"]>(0x[0-9A-Fa-f]{1,16}|\d{1,20})</Data>")


@dataclasses.dataclass(frozen=True)
class Event:
    """One entry of a log.

    Attributes:
        provider: Who wrote it, a name that is not translated.
        id: Its number, which means something only together with the provider.
        time: When, UTC by the host's own clock.
        data: Its data by name, as far as they are numbers.
    """

    provider: str
    id: int
    time: datetime.datetime
    data: t.Mapping[str, str] = dataclasses.field(default_factory=dict)


def query(log: str, ids: t.Mapping[str, t.Sequence[int]], most: int) -> Command:
    """Print the newest events of some providers.

    Args:
        log: ``System``.
        ids: The numbers of the events, by the provider's name.
        most: How many events at most.
    """
    events = " or ".join(
        f"(Provider[@Name='{provider}'] and ({' or '.join(f'EventID={number}' for number in numbers)}))"
        for provider, numbers in ids.items()
    )
    return Command(f'wevtutil qe {log} /q:"*[System[{events}]]" /c:{most} /rd:true /f:xml')


def parse(text: str) -> tuple[Event, ...]:
    """Read events, in the order in which they are printed.

    Raises:
        UnreadableError: There is anything else in it, or an event without number, provider or time.
    """
    *events, rest = text.split(_END)
    if rest.strip():
        raise UnreadableError("wevtutil printed something else than events.", rest.strip()[:400])
    return tuple(_event(one.strip()) for one in events)


def read(output: CommandResult) -> tuple[Event, ...]:
    """Return the events of a query, none if there are none.

    Raises:
        UnreadableError: It failed, or printed something else.
    """
    text = lines(output.data, output.code_page)
    # Unseen: wevtutil ends with another exit code than 0 when it fails, and prints nothing where there is no event.
    if output.exit_code != 0:
        raise UnreadableError(f"wevtutil ended with exit code {output.exit_code}.", text[0] if text else "")
    return parse("\n".join(text))


def _event(text: str) -> Event:
    provider, number, time = _PROVIDER.search(text), _ID.search(text), _TIME.search(text)
    if not text.startswith("<Event ") or len(text) > _LONGEST or not (provider and number and time):
        raise UnreadableError("An event of wevtutil is not understood.", text[:400])
    try:
        when = datetime.datetime.fromisoformat(time[1] + "+00:00")
    except ValueError:
        raise UnreadableError("An event of wevtutil has a time that can't be.", time[1]) from None
    return Event(provider[1] or provider[2], int(number[1]), when, dict(_NUMBER.findall(text)))
