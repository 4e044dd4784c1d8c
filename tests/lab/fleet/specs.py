# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the hosts of a fleet are like: their names, faults and languages, checked before anything starts."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence

from ..faults import FAULTS
from ..transports.faults import KINDS
from ..transports.faults import parse as parse_transport_fault

#: stands for no fault in lists of faults
HEALTHY = "healthy"


class UnknownFaultError(ValueError):
    """A name that is neither a fault of a machine nor one of the wire."""


@dataclasses.dataclass(frozen=True)
class HostSpec:
    """What one host of a lab is like."""

    name: str
    faults: tuple[str, ...] = ()
    language: str = "en-US"
    windows: str = "server2022"
    transport_faults: tuple[str, ...] = ()

    @classmethod
    def of(cls, name: str, faults: Iterable[str], language: str = "en-US", windows: str = "server2022") -> HostSpec:
        """A host from names of both kinds of faults; raises UnknownFaultError and says what there is."""
        machine: list[str] = []
        wire: list[str] = []
        for fault in faults:
            if fault in FAULTS:
                machine.append(fault)
            elif fault.partition(":")[0] in KINDS:
                wire.append(str(parse_transport_fault(fault)))
            else:
                raise UnknownFaultError(
                    f"unknown fault {fault!r}; faults of a host: {', '.join(sorted(FAULTS))}; "
                    f"faults of the wire: {', '.join(sorted(KINDS))}"
                )
        return cls(name, tuple(machine), language, windows, tuple(wire))


def plan(count: int, faults: str, hosts: Sequence[str], languages: str) -> list[HostSpec]:
    """The hosts that a command line describes.

    `count` hosts get what is in `faults` (A,B+C) and `languages` (L,L) dealt out in turn; `hosts` are further ones,
    NAME=FAULT+FAULT@LANGUAGE. Without any there is one.
    """
    dealt = [part.strip() for part in faults.split(",") if part.strip()] or [HEALTHY]
    spoken = [part.strip() for part in languages.split(",") if part.strip()] or ["en-US"]
    if count < 0:
        raise ValueError("--hosts must not be negative")
    for part in dealt:
        HostSpec.of("", _names(part))
    count = count or (0 if hosts else 1)
    width = max(3, len(str(count)))
    specs = [
        HostSpec.of(f"win-{at + 1:0{width}}", _names(dealt[at % len(dealt)]), spoken[at % len(spoken)])
        for at in range(count)
    ]
    for text in hosts:
        name, _, rest = text.partition("=")
        wanted, _, language = rest.partition("@")
        if not name.strip():
            raise ValueError(f"--host {text!r} has no name; write NAME=FAULT+FAULT@LANGUAGE")
        specs.append(HostSpec.of(name.strip(), _names(wanted), language.strip() or spoken[0]))
    return specs


def _names(faults: str) -> list[str]:
    return [fault.strip() for fault in faults.split("+") if fault.strip() not in ("", HEALTHY)]
