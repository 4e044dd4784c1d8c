# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The process table. Process ids are multiples of four, drawn from a seeded generator."""

from __future__ import annotations

import dataclasses
import random


@dataclasses.dataclass
class Process:
    """One process; ``host_key`` names the service host it is (empty for others)."""

    pid: int
    image: str
    session: int = 0
    memory_kb: int = 8000
    user: str = "NT AUTHORITY\\SYSTEM"
    host_key: str = ""
    critical: bool = False


class Processes:
    """All processes of the host, in the order they were started (as tasklist shows them)."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(f"processes-{seed}")
        self.table: dict[int, Process] = {}

    def clear(self) -> None:
        """Forget everything (the host boots)."""
        self.table = {}

    def start(
        self,
        image: str,
        *,
        session: int = 0,
        pid: int | None = None,
        host_key: str = "",
        user: str = "",
        memory_kb: int | None = None,
        critical: bool = False,
    ) -> Process:
        """Add a process and give it a free id (or the one asked for)."""
        if pid is None:
            pid = self._random.randrange(600, 9000, 4)
            while pid in self.table:
                pid = self._random.randrange(600, 12000, 4)
        memory = memory_kb if memory_kb is not None else self._random.randrange(4000, 60000, 4)
        process = Process(pid, image, session, memory, user or "NT AUTHORITY\\SYSTEM", host_key, critical)
        self.table[pid] = process
        return process

    def end(self, pid: int) -> Process | None:
        """Remove a process."""
        return self.table.pop(pid, None)

    def get(self, pid: int) -> Process | None:
        """The process, or None."""
        return self.table.get(pid)

    def named(self, image: str) -> list[Process]:
        """All processes of an image name."""
        return [process for process in self.table.values() if process.image.lower() == image.lower()]

    def host(self, host_key: str) -> Process | None:
        """The process of a service host."""
        return next((process for process in self.table.values() if host_key and process.host_key == host_key), None)

    def plain(self) -> list[list[object]]:
        """As plain JSON types; the memory figure is not state."""
        return [[p.pid, p.image, p.session, p.host_key] for p in self.table.values()]
