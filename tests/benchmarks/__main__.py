# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""``./run bench``: the benchmarks."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from benchmarks import ansible_windows, audit, bench_reach, bench_report, report
from dev.console import Failed, say, warn
from dev.places import CACHE, ROOT

_ABOUT = """\
Per host of one full audit over winrm: requests, bytes, the controller's CPU; and the time for the whole fleet.
In the same run beside it: a play that only says something (Ansible's floor), and a look by hand with ten tasks of
ansible.windows, which leaves out the certificate and its keys. The hosts are the lab's, on loopback; PowerShell is
not run, so the time that Windows itself takes is in none of the numbers. Medians, and in brackets the extremes.
"""
_RULE = "!" * 100


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


def _arguments(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./run bench", description="What the collection costs, and how fast it is.")
    verbs = parser.add_subparsers(required=True, metavar="BENCHMARK")
    verb = verbs.add_parser("audit", help="what an audit costs (the default)", description=_ABOUT)
    verb.add_argument(
        "--hosts", type=_count, nargs="+", default=[1, 20, 100], metavar="N", help="sizes of fleets (1 20 100)"
    )
    verb.add_argument("--auth", nargs="+", choices=audit.AUTHS, default=list(audit.AUTHS), help="how to sign in (both)")
    verb.add_argument("--repeat", type=_count, default=3, metavar="N", help="runs of everything (3)")
    verb.add_argument("--forks", type=_count, default=50, metavar="N", help="Ansible's forks, hosts at once (50)")
    verb.add_argument("--skip-by-hand", action="store_true", help="without ansible.windows")
    verb.add_argument(
        "--json",
        type=Path,
        default=CACHE / "benchmarks/audit.json",
        metavar="FILE",
        help="results (.cache/benchmarks/audit.json)",
    )
    verb.set_defaults(run=_audit)
    verb = verbs.add_parser(
        "reach", help="a thousand targets, beside nmap and wait_for", description=bench_reach.__doc__
    )
    bench_reach.add_options(verb)
    verb.set_defaults(run=bench_reach.measure)
    verb = verbs.add_parser(
        "report", help="reports of 5,000 hosts, written and used in Chromium", description=bench_report.__doc__
    )
    bench_report.add_options(verb)
    verb.set_defaults(run=bench_report.measure)
    return parser.parse_args(arguments or ["audit"])


def _collection_version() -> str:
    text = (ROOT / "galaxy.yml").read_text(encoding="utf-8")
    return text.partition("\nversion: ")[2].partition("\n")[0]


def _by_hand(core: str) -> Path | None:
    """Where ansible.windows is; None, and loudly so, when it can't be had."""
    try:
        return ansible_windows.fetch(core)
    except Failed as failed:
        warn(f"{_RULE}\nNOT MEASURED: the look by hand with ansible.windows. {failed}\n{_RULE}")
        return None


def main(arguments: Sequence[str]) -> int:
    """Run the benchmark that is asked for."""
    chosen = _arguments(arguments)
    return int(chosen.run(chosen))


def _audit(chosen: argparse.Namespace) -> int:
    """Measure, show, write."""
    core = version("ansible-core")
    collection = None if chosen.skip_by_hand else _by_hand(core)
    versions = {
        "ansible-core": core,
        "pywinrm": version("pywinrm"),
        "winops.rdp": _collection_version(),
        "ansible.windows": ansible_windows.version(collection) if collection else "not measured",
    }
    about = {**report.circumstances(versions), "forks": chosen.forks, "runs": chosen.repeat}
    rows: list[audit.Row] = []
    for fleet in audit.measure(chosen.hosts, chosen.auth, chosen.repeat, chosen.forks, collection):
        rows += fleet
        report.write(chosen.json, about, rows)  # each time: the big fleets take minutes, and may be interrupted
    say(f"\n{_ABOUT}\n{report.table(rows)}\n")
    say("\n".join(f"{name:<16} {value}" for name, value in about.items()))
    if collection is None:
        warn("NOT MEASURED: the look by hand with ansible.windows.")
    say(f"\nRun by run: {chosen.json}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Failed as failed:
        warn(f"bench: {failed}")
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
