# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The listener: its key below WinStations, the port in it, and whether it listens."""

from __future__ import annotations

import dataclasses
import functools
import re

from ..errors import UnreadableError
from ..model import Probe
from ..probes import WINSTATIONS_KEY
from ..readings import Readings
from ..tools import netstat, qwinsta, reg, sc
from .listener_key import unknown_class
from .listener_values import OWN_CLASS, Tree, Typed
from .port_owner import Owner, owners, term_service_listens
from .registry import has_subkey, listed

DEFAULT_PORT = 3389


class Listener:
    """A listener, as the registry describes it.

    Args:
        name: The name of its key below WinStations.
        winstations: What WINSTATIONS read.
    """

    def __init__(self, name: str, winstations: reg.Query) -> None:
        self.name = name
        self._winstations = winstations

    @functools.cached_property
    def parent(self) -> reg.Key:
        """The key WinStations, in which all listeners are."""
        return listed(self._winstations, WINSTATIONS_KEY)

    @functools.cached_property
    def key(self) -> reg.Key | None:
        """Its key, None if it certainly doesn't exist."""
        return listener_key(self._winstations, self.name)

    @functools.cached_property
    def tree(self) -> Tree | None:
        """Its key with everything below it, None if it certainly doesn't exist."""
        return listener_tree(self._winstations, self.name)

    @functools.cached_property
    def port(self) -> int | None:
        """The TCP port that its key names, None if it names no usable one."""
        return configured_port(self.key)

    @property
    def others(self) -> list[str]:
        """The names of the other listeners, in order."""
        names = (path.rpartition("\\")[2] for path in self.parent.subkeys)
        return sorted(name for name in names if name.casefold() != self.name.casefold())

    @property
    def enabled_others(self) -> tuple[reg.Key, ...]:
        """The keys of the other listeners that are enabled, in the order of the listing.

        Raises:
            UnreadableError: One of them could not be read.
        """
        names = [path.rpartition("\\")[2] for path in self.parent.subkeys]
        keys = [listener_key(self._winstations, name) for name in names if name.casefold() != self.name.casefold()]
        return tuple(key for key in keys if key and (value := key.get("fEnableWinStation")) and value.data == 1)

    @property
    def class_probes(self) -> tuple[Probe[tuple[str, ...]], ...]:
        """The probe that shows whether another product has registered the protocol's class, where that is in doubt."""
        other = unknown_class(self.tree or {})
        return (protocol_classes(other),) if other else ()


@dataclasses.dataclass(frozen=True)
class Listening:
    """What shows whether a listener listens.

    Attributes:
        name: Its name.
        tree: Its key, None without one.
        port: The TCP port that its key names, None if it names none.
        on_port: Who listens on that port.
        has_socket: Whether TermService listens there, or without such a port on any.
        rows: The listeners that qwinsta lists, None if it could not be read.
    """

    name: str
    tree: Tree | None
    port: int | None
    on_port: tuple[Owner, ...]
    has_socket: bool
    rows: tuple[str, ...] | None

    def __bool__(self) -> bool:
        """Whether it listens. TermService's socket shows that too where qwinsta can't be read."""
        return self.has_socket and (self.rows is None or any(_same(row, self.name) for row in self.rows))


def listening(
    listener: Listener,
    sessions: tuple[qwinsta.Session, ...] | None,
    sockets: tuple[netstat.Socket, ...],
    term: sc.ServiceState | None,
) -> Listening:
    """Return what shows whether a listener listens.

    Args:
        listener: The listener.
        sessions: What qwinsta lists, None if it could not be read.
        sockets: What netstat lists.
        term: The state of TermService, None if it is not installed.

    Raises:
        UnreadableError: The listener's key could not be read completely.
    """
    tree, port = listener.tree, listener.port
    on_port = owners(port, sockets, term) if port is not None else ()
    pid = term.pid if term else None
    anywhere = bool(pid) and any(
        socket.is_listening and socket.protocol == "TCP" and socket.pid == pid for socket in sockets
    )
    has_socket = anywhere if port is None else term_service_listens(on_port)
    rows = None if sessions is None else tuple(session.name for session in sessions if session.is_listener)
    return Listening(listener.name, tree, port, on_port, has_socket, rows)


def others_class(listener: Listener, readings: Readings) -> str:
    """Return the class of a listener's protocol if another product has registered it, or nothing.

    Raises:
        UnreadableError: Whether one has could not be read.
    """
    other = unknown_class(listener.tree or {})
    if not other:
        return ""
    found = readings.of(protocol_classes(other))
    if not any(path.casefold().endswith(OWN_CLASS) for path in found):
        raise UnreadableError("Windows' own protocol is not among the registered classes.", found[0])
    return other if any(path.casefold().endswith(other) for path in found) else ""


def _same(row: str, name: str) -> bool:
    # qwinsta cuts a long name and ends it with three dots.
    if row.endswith("..."):
        return name.casefold().startswith(row[:-3].casefold())
    return row.casefold() == name.casefold()


def configured_port(key: reg.Key | None) -> int | None:
    """Return the TCP port from a listener's key, None if it holds no usable one."""
    value = key and key.get("PortNumber")
    if not value or value.type != "REG_DWORD" or not isinstance(value.data, int) or not 1 <= value.data <= 65535:
        return None
    return value.data


_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})*")

_CLASSES_KEY = r"HKLM\SOFTWARE\Classes\CLSID"


def protocol_classes(other: str) -> Probe[tuple[str, ...]]:
    """Look whether another class of a protocol is registered, beside Windows' own, which proves that the look is good.

    https://learn.microsoft.com/windows/win32/com/clsid-key-hklm

    Args:
        other: The class as a GUID in braces.
    """
    return Probe(reg.named(_CLASSES_KEY, OWN_CLASS.strip("{}"), other.strip("{}")), reg.read_named)


def listener_key(winstations: reg.Query, listener: str) -> reg.Key | None:
    """Return a listener's key, or None if it certainly doesn't exist.

    A line that isn't understood elsewhere in the listing, such as "access denied" for another product's listener,
    doesn't matter to a key that was printed to its end.

    Raises:
        UnreadableError: The key is not complete, or missing from a listing that isn't.
    """
    parent = listed(winstations, WINSTATIONS_KEY)
    found = winstations.key(f"{WINSTATIONS_KEY}\\{listener}")
    if found is None and (winstations.not_understood or has_subkey(parent, listener)):
        raise UnreadableError(f"{WINSTATIONS_KEY}\\{listener} could not be read.", " ".join(winstations.not_understood))
    if found is not None and not found.whole:
        raise UnreadableError(
            f"{WINSTATIONS_KEY}\\{listener} was not printed to its end.", " ".join(winstations.not_understood)
        )
    return found


def listener_tree(winstations: reg.Query, listener: str) -> Tree | None:
    """Return a listener's key with everything below it, or None if it certainly doesn't exist.

    Raises:
        UnreadableError: One of these keys is not complete.
    """
    if listener_key(winstations, listener) is None:
        return None
    top = f"{WINSTATIONS_KEY}\\{listener}".partition("\\")[2].casefold()
    tree: dict[str, dict[str, Typed]] = {}
    for key in winstations.keys:
        path = key.path.partition("\\")[2].casefold()
        if path == top or path.startswith(top + "\\"):
            if not (key.whole or (key.subkeys and not key.values)):
                # A value that was not read would count as missing, and be overwritten.
                raise UnreadableError(f"{key.path} was not printed to its end.", " ".join(winstations.not_understood))
            below = key.path.partition("\\")[2][len(top) + 1 :]
            tree[below] = {"" if value.is_default else value.name: _typed(value) for value in key.values}
    return tree


def _typed(value: reg.Value) -> Typed:
    # reg.exe prints the types that have no form of their own, such as REG_NONE, as hexadecimal digits.
    if isinstance(value.data, str) and value.type not in ("REG_SZ", "REG_EXPAND_SZ") and _HEX.fullmatch(value.data):
        return Typed(value.type, bytes.fromhex(value.data))
    return Typed(value.type, value.data)
