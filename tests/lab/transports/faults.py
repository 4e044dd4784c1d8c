# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Transport faults by name: the host itself is healthy, the wire is not."""

from __future__ import annotations

import dataclasses
import threading

#: Programs that can hang. On real hosts it is those that ask a service which hangs: the session manager, WMI, the Base
#: Filtering Engine, the service control manager, a domain controller.
HANGING_PROGRAMS = (
    "certutil", "curl", "echo", "gpresult", "gpupdate", "icacls", "net", "netsh", "netstat", "powershell", "qwinsta",
    "reg", "sc", "tasklist", "wmic",
)  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Kind:
    """One sort of transport fault; `argument` names the number behind the colon, `default` stands in for it."""

    name: str
    description: str
    argument: str = ""
    default: float | None = None


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("slow", "every command starts this many seconds late", "seconds"),
        Kind("drop-mid-batch", "the connection breaks when the k-th command of a batch is about to run", "k", 2),
        Kind("refuse", "nothing listens on the port of the transport"),
        Kind("http-401", "every credential is rejected"),
        Kind("http-500", "every request gets a bare HTTP 500"),
        Kind("access-denied", "the credentials are right, the account may not use WinRM (WS-Man fault 5)"),
        Kind("garbage", "the output of a command is replaced by random bytes"),
        Kind("truncate", "the output of a command ends after n bytes, in a well-formed answer", "n", 256),
        Kind("flood", "netstat prints n megabytes", "n", 50),
        *(Kind(f"hangs-{program}", f"{program} never ends") for program in HANGING_PROGRAMS),
    )
}


class UnknownTransportFaultError(ValueError):
    """The text names no transport fault, or its number is missing or wrong."""


@dataclasses.dataclass(frozen=True)
class TransportFault:
    """A fault that is switched on: its kind and its number (0 for kinds without one)."""

    kind: str
    value: float = 0

    def __str__(self) -> str:
        return f"{self.kind}:{self.value:g}" if KINDS[self.kind].argument else self.kind


def parse(text: str) -> TransportFault:
    """`slow:3`, `truncate`, `drop-mid-batch:4`, … as a value."""
    name, colon, number = text.strip().partition(":")
    kind = KINDS.get(name)
    if kind is None:
        raise UnknownTransportFaultError(f"unknown transport fault {name!r}; known are {', '.join(sorted(KINDS))}")
    if not colon:
        if kind.argument and kind.default is None:
            raise UnknownTransportFaultError(f"{name} needs a number: {name}:<{kind.argument}>")
        return TransportFault(name, kind.default or 0)
    try:
        value = float(number)
    except ValueError:
        value = -1
    if not kind.argument or value < 0 or value != value or value > 1e6:
        wanted = f"{name}:<{kind.argument}>, not negative" if kind.argument else f"{name} without a number"
        raise UnknownTransportFaultError(f"{text!r} is not understood; write {wanted}")
    return TransportFault(name, value)


class TransportFaults:
    """The transport faults of one host that are on right now. Any thread may ask and switch."""

    def __init__(self, texts: tuple[str, ...] = ()) -> None:
        self._lock = threading.Lock()
        self._active: dict[str, TransportFault] = {}
        for text in texts:
            self.enable(text)

    def enable(self, text: str) -> TransportFault:
        fault = parse(text)
        with self._lock:
            self._active[fault.kind] = fault
        return fault

    def disable(self, text: str) -> None:
        """Switch a kind off; its number is ignored, and being off already is fine."""
        name = text.partition(":")[0].strip()
        if name not in KINDS:
            raise UnknownTransportFaultError(f"unknown transport fault {name!r}; known are {', '.join(sorted(KINDS))}")
        with self._lock:
            self._active.pop(name, None)

    def get(self, kind: str) -> float | None:
        """The number of the fault when it is on, else None."""
        with self._lock:
            fault = self._active.get(kind)
        return None if fault is None else fault.value

    def active(self) -> tuple[str, ...]:
        with self._lock:
            return tuple(str(self._active[kind]) for kind in sorted(self._active))
