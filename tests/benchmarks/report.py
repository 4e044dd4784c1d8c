# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was measured, for people (a table of at most 100 columns) and for programs (JSON)."""

from __future__ import annotations

import datetime
import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import median

from benchmarks.audit import Row

Circumstances = Mapping[str, str | int | float]

_WIDTHS = "{:>5}  {:<16} {:<5} | {:>8} {:>9} {:>10} {:>16} | {:>17}"
_HEAD = (
    _WIDTHS.replace(">", "<").format("", "", "", "per host:", "", "", "", "the whole fleet:"),
    _WIDTHS.format("hosts", "look", "auth", "requests", "bytes up", "bytes down", "CPU ms", "wall s"),
)


def circumstances(versions: Mapping[str, str]) -> dict[str, str | int | float]:
    """The machine, the date, the versions."""
    return {
        "date": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "cores": os.cpu_count() or 0,
        "machine": platform.machine(),
        "system": platform.system(),
        "load_before": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
        **versions,
    }


def table(rows: Sequence[Row]) -> str:
    """The medians, with the extremes of the times."""
    lines = [*_HEAD]
    hosts = 0
    for row in rows:
        if row.hosts != hosts:
            lines.append("-" * len(_HEAD[-1]))
            hosts = row.hosts
        requests, up, down = (
            median(getattr(run, name) for run in row.runs) for name in ("requests", "bytes_up", "bytes_down")
        )
        cpu = _spread([run.cpu_ms for run in row.runs], 0)
        wall = _spread([run.wall_s for run in row.runs], 1)
        counts = (f"{requests:.4g}", f"{up:,.0f}", f"{down:,.0f}")
        lines.append(_WIDTHS.format(row.hosts, row.look, row.auth or "-", *counts, cpu, wall))
    return "\n".join(line.rstrip() for line in lines)


def write(path: Path, about: Circumstances, rows: Sequence[Row]) -> None:
    """Everything, run by run, as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"circumstances": about, "rows": [asdict(row) for row in rows]}, indent=2)
    path.write_text(text + "\n", encoding="utf-8")


def _spread(values: Sequence[float], digits: int) -> str:
    low, middle, high = (f"{value:.{digits}f}" for value in (min(values), median(values), max(values)))
    return f"{middle} ({low}-{high})"
