# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a machine needs of the network that its ports are on."""

from __future__ import annotations

import typing as t


class Network(t.Protocol):
    """Binds real sockets for what the machine listens on."""

    def listen(self, port: int, kind: str, handler_data: object) -> bool:
        """Listen on a port of the machine's address; False when the address is in use."""
        ...

    def close(self, port: int) -> None:
        """Stop listening."""
        ...

    def refresh(self) -> None:
        """Find out again which of the open ports the firewall blocks."""
        ...

    def mute(self, ports: frozenset[int]) -> None:
        """From now on these ports, which have no listener, don't answer; all others refuse."""
        ...


class NullNetwork:
    """A network for unit tests: it only remembers."""

    def __init__(self) -> None:
        self.ports: dict[int, str] = {}
        self.muted: frozenset[int] = frozenset()

    def listen(self, port: int, kind: str, handler_data: object) -> bool:
        """Remember a port, unless it is taken."""
        if port in self.ports:
            return False
        self.ports[port] = kind
        return True

    def close(self, port: int) -> None:
        """Forget a port."""
        self.ports.pop(port, None)

    def refresh(self) -> None:
        """Nothing is asked."""

    def mute(self, ports: frozenset[int]) -> None:
        """Remember the ports."""
        self.muted = ports
