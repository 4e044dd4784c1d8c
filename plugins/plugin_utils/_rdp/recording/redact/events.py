# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Events as wevtutil prints them, with nothing left but what our parser reads: providers, times and numbers."""

from __future__ import annotations

from ...errors import UnreadableError
from ...tools import wevtutil
from .names import Names


def events(text: str, exit_code: int | None, names: Names) -> str:
    """Return the events anew. What is not understood becomes nothing that could be understood."""
    try:
        found = wevtutil.parse(text)
    except UnreadableError:
        return "?\r\n"
    return "".join(f"{_event(event)}\r\n" for event in found)


def _event(event: wevtutil.Event) -> str:
    provider = event.provider if event.provider in wevtutil.PROVIDERS else "?"
    data = "".join(f"<Data Name='{name}'>{value}</Data>" for name, value in event.data.items())
    return (
        f"<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='{provider}'/>"
        f"<EventID>{event.id}</EventID><TimeCreated SystemTime='{event.time:%Y-%m-%dT%H:%M:%S}Z'/></System>"
        f"<EventData>{data}</EventData></Event>"
    )
