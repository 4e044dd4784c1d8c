# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``netstat``: the open sockets and the processes that hold them.

https://learn.microsoft.com/windows-server/administration/windows-commands/netstat

    >>> parse(["  TCP    0.0.0.0:3389           0.0.0.0:0              LISTENING       1764"]).sockets[0].is_listening
    True

The header and, in some languages, the states are translated. What isn't: ``TCP`` and ``UDP``, the numbers, and that a
socket which listens has the remote port 0 (TCP) or the remote address ``*:*`` (UDP).
"""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ..errors import UnreadableError
from ..model import Command, CommandResult, Probe
from ..text import lines

# A service's name may stand for the port's number, a host's name for its address: netstat without -n.
_ENDPOINT = r"(?:\[[^\s\[\]]*\]|[^\s\[\]:*]+):[A-Za-z0-9_.+-]+"
_ROW = re.compile(
    rf"^\s*(?P<protocol>TCP|UDP)(?:v[46])?\s+(?P<local>{_ENDPOINT})\s+(?P<remote>{_ENDPOINT}|\*:\*)(?P<rest>(?:\s.*)?)$"
)
_WIDE_GAP = re.compile(r"\s{2,}")
_STATE_AND_PID = re.compile(r"^(?P<state>.*\D)\s(?P<pid>\d{1,10})$")
_STATE_WIDTH = 15  # a longer state leaves a single blank before the next column
_PORT = re.compile(r"^\d{1,5}$")
_PID = re.compile(r"^\d{1,10}$")

# -b: "  RpcSs" and " [svchost.exe]" below a row, or behind it; the sentence in their place is translated.
_IMAGE = re.compile(r"^\s*\[[^\[\]]+\]$")
_COMPONENT = re.compile(r"^\s{2,}[A-Za-z0-9_.$:\\-]+$")
_JOINED_OWNER = re.compile(r"^(?:(?P<component>\S+)\s+)?(?P<image>\[[^\[\]]+\])$")
# -t: constants of netstat, not translated on a German host.
_OFFLOAD_STATES = frozenset({"InHost", "Offloaded"})
# -i: a header that ends in a unit, "(ms)", "(мс)".
_UNIT_AT_END = re.compile(r"[(\uff08][^\s()\uff08\uff09]{1,4}[)\uff09]\s*$")


@dataclasses.dataclass(frozen=True)
class Socket:
    """One row.

    Attributes:
        protocol: TCP or UDP, over IPv4 and IPv6 alike.
        local_address: As printed: ``0.0.0.0``, ``[::]``, a host's name …
        local_port: None if a service's name was printed instead.
        remote_address: ``*`` if there is none.
        remote_port: None if a service's name or ``*`` was printed instead.
        pid: None if netstat didn't print it (no ``-o``).
        state: Translated in some languages, for people only. Empty for UDP.
        owner: What ``-b`` says, as printed: a component (``RpcSs``), an image in brackets (``[svchost.exe]``).
    """

    protocol: t.Literal["TCP", "UDP"]
    local_address: str
    local_port: int | None
    remote_address: str
    remote_port: int | None
    pid: int | None = None
    state: str = ""
    owner: tuple[str, ...] = ()

    @property
    def is_listening(self) -> bool:
        """Whether the socket waits for somebody."""
        if self.protocol == "TCP":
            return self.remote_port == 0
        return self.remote_address == "*" and self.remote_port is None


@dataclasses.dataclass(frozen=True)
class Netstat:
    """What one netstat printed, with the lines that belong to no socket and to no header."""

    sockets: tuple[Socket, ...] = ()
    not_understood: tuple[str, ...] = ()
    has_header: bool = False


def read(output: CommandResult) -> tuple[Socket, ...]:
    """Return the sockets of a whole table: only then does a missing row mean a closed port.

    Raises:
        UnreadableError: netstat didn't run, printed no row (a host that is reachable always has some), a line that
            isn't understood, or a table without its beginning or its end.
    """
    if output.exit_code is None:
        raise UnreadableError("netstat didn't run.")
    reading = parse(lines(output.data, output.code_page))
    if not reading.sockets:
        reason = "netstat printed no socket"
        reason += f" and ended with exit code {output.exit_code}." if output.exit_code else "."
        raise UnreadableError(reason, next(iter(reading.not_understood), ""))
    if reading.not_understood:
        raise UnreadableError("netstat printed a line that isn't part of its table.", reading.not_understood[0])
    # Unseen: no host is without a UDP socket; published outputs of whole tables have TCP first, and UDP behind it.
    # TCP comes first and UDP last. Every Windows has UDP sockets: those of the DNS client and of IKE, for a start.
    if not reading.has_header or reading.sockets[-1].protocol != "UDP":
        raise UnreadableError("netstat's table is not whole: its header or its UDP sockets are missing.")
    return reading.sockets


NETSTAT = Probe(Command("netstat -ano"), read)


def parse(text: t.Iterable[str]) -> Netstat:
    """Read every table in the lines.

    Args:
        text: The lines. Right above a table's first row may stand its header and, above that, its title.
    """
    block = [line.expandtabs() for line in text]
    titles, headers = _headings(block)
    has_owners = any(_IMAGE.match(line) or _image_at_end(line) for line in block)
    shows_time = False
    sockets: list[Socket] = []
    owners: dict[int, list[str]] = {}  # the lines below a row that say who holds it, by the row's place
    not_understood: list[str] = []
    above: t.Literal["row", "component", "image", "sentence", ""] = ""  # of the row that owner lines would belong to
    for index, line in enumerate(block):
        if not line.strip():
            continue
        if index in titles or index in headers:
            if index in headers:
                shows_time = bool(_UNIT_AT_END.search(line)) and "PID" not in line
            above = ""
        elif socket := _socket(line, shows_time, has_owners):
            sockets.append(socket)
            above = "image" if socket.owner else "row"
        elif has_owners and above in ("row", "component") and _IMAGE.match(line):
            owners.setdefault(len(sockets) - 1, []).append(line.strip())
            above = "image"
        elif has_owners and above in ("row", "component") and _COMPONENT.match(line):
            owners.setdefault(len(sockets) - 1, []).append(line.strip())
            above = "component"
        elif has_owners and above == "row" and line[0] == " ":
            above = "sentence"  # "Can not obtain ownership information", in any language
        else:
            not_understood.append(line)
            above = ""
    for place, owner in owners.items():
        sockets[place] = dataclasses.replace(sockets[place], owner=(*sockets[place].owner, *owner))
    return Netstat(tuple(sockets), tuple(not_understood), bool(headers))


def _headings(block: list[str]) -> tuple[set[int], set[int]]:
    """Return the places of the titles and of the headers: at most one of each above a run of rows."""
    filled = [index for index, line in enumerate(block) if line.strip()]
    titles: set[int] = set()
    headers: set[int] = set()
    for place, index in enumerate(filled):
        if place == 0 or not _ROW.match(block[index]):
            continue
        header = filled[place - 1]
        if _ROW.match(block[header]) or len(_WIDE_GAP.split(block[header].strip())) < 3 or "..." in block[header]:
            continue
        headers.add(header)
        title = block[filled[place - 2]].rstrip() if place >= 2 else ""
        if title and not _WIDE_GAP.search(title.strip()) and not _looks_owned(title) and not re.search(r"\d", title):
            titles.add(filled[place - 2])
    return titles, headers


def _looks_owned(line: str) -> bool:
    return bool(_ROW.match(line) or _IMAGE.match(line))


def _image_at_end(line: str) -> bool:
    row = _ROW.match(line)
    return bool(row and row["rest"].rstrip().endswith("]"))


def _socket(line: str, shows_time: bool, has_owners: bool) -> Socket | None:
    """Return the socket of a row, or None if any part of the line isn't a row's."""
    row = _ROW.match(line)
    if not row:
        return None
    local_address, local_port = _endpoint(row["local"])
    remote_address, remote_port = _endpoint(row["remote"])
    if local_port == -1 or remote_port == -1:
        return None
    protocol: t.Literal["TCP", "UDP"] = "TCP" if row["protocol"] == "TCP" else "UDP"
    collapsed = not _WIDE_GAP.search(line.strip())
    cells = [cell for cell in _WIDE_GAP.split(row["rest"].strip()) if cell]
    state = ""
    if cells and not _PID.match(cells[0]) and (protocol == "TCP" or _STATE_AND_PID.match(cells[0])):
        state, *more = _state_cells(cells[0], collapsed)
        cells[:1] = more
    numbers = [cell for cell in cells if _PID.match(cell)]
    words = [cell for cell in cells if not _PID.match(cell) and cell not in _OFFLOAD_STATES]
    if len(numbers) > 2 or len(words) > 1 or (words and not has_owners):
        return None
    pid = None if not numbers or (shows_time and len(numbers) == 1) else int(numbers[0])
    joined = _JOINED_OWNER.match(words[0]) if words else None
    owner = tuple(part for part in joined.group("component", "image") if part) if joined else ()
    return Socket(protocol, local_address, local_port, remote_address, remote_port, pid, state, owner)


def _endpoint(text: str) -> tuple[str, int | None]:
    """Return address and port; a port that is a name is None, one that can't be is -1."""
    address, _colon, port = text.rpartition(":")
    if not _PORT.match(port):
        return address, -1 if port.isdigit() else None
    return address, int(port) if int(port) <= 65535 else -1


def _state_cells(cell: str, collapsed: bool) -> tuple[str, ...]:
    """Part a state from a process id that follows after a single blank: "SCHLIESSEN_WARTEN 1234"."""
    glued = _STATE_AND_PID.match(cell)
    if glued and (collapsed or len(glued["state"]) >= _STATE_WIDTH):
        return glued["state"], glued["pid"]
    return (cell,)
