# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m lab up`: from the options to a running fleet."""

from __future__ import annotations

import argparse
import signal
from pathlib import Path

from .daemon import detach
from .fleet.lab import Lab
from .fleet.specs import HEALTHY, plan


def up(options: argparse.Namespace, target: Path) -> int:
    """Start the fleet that the options describe, in front or in the background; the exit code."""
    specs = plan(options.hosts, options.faults, options.host, options.languages)
    lab = Lab(specs, transports=("ssh",) if options.connection.startswith("ssh-") else ("winrm",)).reserve()

    def start() -> str:
        lab.start()
        inventory = lab.write_inventory(target, connection=options.connection, auth=options.auth)
        return f"{table(lab)}\n{len(lab)} hosts are up; the inventory is {inventory}"

    def serve() -> None:
        signal.signal(signal.SIGTERM, lambda *_: lab.control.shutdown_asked.set())
        try:
            lab.wait()
        except KeyboardInterrupt:
            pass
        finally:
            lab.stop()

    if options.detach:
        print(detach(start, serve))
        print(f"stop it with: ./run lab down --inventory {target}")
        return 0
    try:
        print(start(), flush=True)
        print("Ctrl-C stops it", flush=True)
    except BaseException:
        lab.stop()
        raise
    serve()
    return 0


def table(lab: Lab) -> str:
    """The hosts, their addresses, languages and faults, in columns."""
    rows = [("HOST", "ADDRESS", "LANGUAGE", "FAULTS")]
    rows += [
        (name, address, spec.language, ", ".join((*spec.faults, *spec.transport_faults)) or HEALTHY)
        for name, address in lab.addresses.items()
        for spec in [lab.spec(name)]
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = [[cell.ljust(width) for cell, width in zip(row[:3], widths, strict=True)] + [row[3]] for row in rows]
    return "\n".join("  ".join(line) for line in lines)
