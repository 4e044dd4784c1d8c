# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab: emulated Windows hosts on loopback. It shares no code with the collection that it tests."""

from __future__ import annotations

import importlib

_HOMES = {
    "Machine": "lab.machine",
    "Ran": "lab.machine",
    "WireCut": "lab.machine",
    "LoggedCommand": "lab.machine",
    "Network": "lab.machine",
    "NullNetwork": "lab.machine",
    "FAULTS": "lab.faults",
    "Fault": "lab.faults",
    "Lab": "lab.fleet.lab",
    "HostSpec": "lab.fleet.lab",
}

__all__ = ["FAULTS", "Fault", "HostSpec", "Lab", "LoggedCommand", "Machine", "Network", "NullNetwork", "Ran", "WireCut"]


def __getattr__(name: str) -> object:
    """Import a part when it is first used, so that each half works without the other."""
    if name not in _HOMES:
        raise AttributeError(name)
    return getattr(importlib.import_module(_HOMES[name]), name)
