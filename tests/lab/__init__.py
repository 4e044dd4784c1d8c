# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab: emulated Windows hosts on loopback. It shares no code with the collection that it tests.

README.md is its map. What tests use most can be imported from here.
"""

from __future__ import annotations

from .faults import FAULTS, Fault
from .fleet.lab import Lab
from .fleet.specs import HostSpec
from .machine import Machine
from .network import Network, NullNetwork
from .process import LoggedCommand, ProcessResult, WireCut

__all__ = [
    "FAULTS",
    "Fault",
    "HostSpec",
    "Lab",
    "LoggedCommand",
    "Machine",
    "Network",
    "NullNetwork",
    "ProcessResult",
    "WireCut",
]
