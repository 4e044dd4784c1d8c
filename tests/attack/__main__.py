# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""``./run attack``: every attack against the clock. The end says how many inputs there were, and which went wrong."""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import time
import typing as t
from pathlib import Path

# Links the collection, and says where it is.
import conftest  # noqa: F401

from . import crowd, damage, outputs, planted
from .hosts import Seen, everyone

ROOT = Path(__file__).resolve().parents[2]
# What all attacks may take together, in seconds.
BOUND = 600
_MOST_SHOWN = 10


class Case(t.Protocol):
    """One input: its text says which, and how to make it again."""

    def wrong(self) -> str:
        """Return what went wrong with it, nothing if nothing did."""


Result = t.Literal["held", "failed", "untried"]
Cases = t.Callable[[t.Sequence[Seen], random.Random, bool], t.Iterator[Case]]


def _damage(hosts: t.Sequence[Seen], chance: random.Random, full: bool) -> t.Iterator[Case]:
    return damage.every_case(hosts, chance.randrange(1 << 32)) if full else damage.cases(hosts, chance)


def _planted(hosts: t.Sequence[Seen], chance: random.Random, full: bool) -> t.Iterator[Case]:
    order = list(hosts)
    chance.shuffle(order)
    return planted.every_case(order, chance.randrange(1 << 32))


def _endless(make: t.Callable[[t.Sequence[Seen], random.Random], t.Iterator[Case]], most: int) -> Cases:
    """Return an attack that has no end of its own, and takes so many inputs where the clock doesn't count."""

    def cases(hosts: t.Sequence[Seen], chance: random.Random, full: bool) -> t.Iterator[Case]:
        endless = make(hosts, chance)
        return (next(endless) for _ in range(most)) if full else endless

    return cases


#: By name, with its share of the time in seconds: inputs that are made.
MADE: dict[str, tuple[int, Cases]] = {
    "damage": (100, _damage),
    "names": (40, _planted),
    "outputs": (60, _endless(outputs.fuzzed, 500_000)),
    "recordings": (30, _endless(outputs.recorded, 50_000)),
}
#: By name: tests that attack, each with what pytest selects.
TESTS: dict[str, tuple[str, ...]] = {
    "terminal": ("tests/integration/test_terminal.py",),
    "growth": ("tests/unit/_rdp/test_growth.py",),
    "trust": ("tests/integration/actions/test_listener.py", "-k", "planted or network_level or foreign"),
    "people": ("tests/integration/actions/test_listener.py", "-k", "people or console"),
    "undo": ("tests/integration/actions/test_undo.py", "tests/unit/_rdp/repairs/test_undo_script.py"),
    "backups": ("tests/unit/_rdp/repairs/test_backup.py", "tests/integration/actions/test_backup_copy.py"),
    "objects": ("tests/integration/actions/test_key_file.py", "tests/unit/_rdp/tools/test_temporary.py"),
    "hanging": ("tests/integration/test_hanging.py",),
    "unexpected": (
        "tests/integration/actions/test_unexpected.py",
        "tests/unit/_rdp/state/test_registry.py",
        "tests/unit/_rdp/state/test_listener.py",
    ),
    "reports": ("tests/unit/_rdp/report",),
    "options": ("tests/integration/actions/test_arguments.py", "tests/unit/_rdp/test_quoting.py"),
    "servers": ("tests/integration/reach/test_strange_servers.py",),
    "cuts": ("tests/integration/actions/test_repairs.py", "-k", "protocol-disabled and not pair"),
}
CROWD = "fleet"


def main(arguments: t.Sequence[str]) -> int:
    """Attack, and return 1 if anything went wrong."""
    parser = argparse.ArgumentParser(prog="./run attack", description=__doc__)
    parser.add_argument("--seed", type=int, default=None, help="makes the same inputs again")
    parser.add_argument("--full", action="store_true", help="every input, whatever time that takes")
    parser.add_argument("--only", choices=[*MADE, *TESTS, CROWD], action="append", help="one attack, may be repeated")
    options = parser.parse_args(arguments)
    seed = random.SystemRandom().randrange(1 << 32) if options.seed is None else options.seed
    began = time.monotonic()
    print(f"seed {seed}", flush=True)
    # Those that can take as much time as there is come last, so that a slow machine tries the others as well.
    names = [name for name in (CROWD, *TESTS, *MADE) if name in (options.only or (CROWD, *TESTS, *MADE))]
    results = {name: _attack(name, seed, options.full, began, names[place:]) for place, name in enumerate(names)}
    failed = [name for name, result in results.items() if result == "failed"]
    untried = [name for name, result in results.items() if result == "untried"]
    said = f"failed: {', '.join(failed)}" if failed else "held"
    said += f"; NOT TRIED TO THEIR END: {', '.join(untried)}" if untried else ""
    print(f"{time.monotonic() - began:.0f} s, seed {seed}: {said}")
    return int(bool(failed))


def _attack(
    name: str, seed: int, full: bool, began: float, ahead: t.Sequence[str]
) -> t.Literal["held", "failed", "untried"]:
    """Attack once, and print what came of it.

    Args:
        name: The attack.
        seed: Makes the same inputs again.
        full: Every input, whatever time that takes.
        began: When the first attack began.
        ahead: This attack and those that are to come.
    """
    start = time.monotonic()
    left = BOUND - (start - began)
    found: tuple[int, list[str]] | None = None
    if full or left > 0:
        if name in MADE:
            found = _make(name, seed, None if full else left * MADE[name][0] / sum(MADE[one][0] for one in ahead))
        elif name == CROWD:
            found = crowd.audit(300, 60, seed)
        else:
            found = _test(name, seed, None if full else left)
    took = time.monotonic() - start
    if found is None:
        print(
            f"{name:<11} not tried to its end in {took:.0f} s: the {BOUND} s are over. --only {name} does", flush=True
        )
        return "untried"
    count, wrong = found
    print(f"{name:<11} {count:>8} inputs in {took:>5.0f} s, {len(wrong)} wrong", flush=True)
    for one in wrong[:_MOST_SHOWN]:
        print(f"    {one}", flush=True)
    return "failed" if wrong else "held"


def _make(name: str, seed: int, seconds: float | None) -> tuple[int, list[str]]:
    """Try made inputs, all of them or for some seconds."""
    share, make = MADE[name]
    hosts = [host for host in everyone() if seconds is None or host.size <= 1 << 19]
    end = None if seconds is None else time.monotonic() + min(share, seconds)
    count, wrong = 0, []
    for case in make(hosts, random.Random(f"{seed} {name}"), seconds is None):
        if end is not None and time.monotonic() > end:
            break
        count += 1
        if found := case.wrong():
            wrong.append(f"{case}: {found}")
    return count, wrong


def _test(name: str, seed: int, left: float | None) -> tuple[int, list[str]] | None:
    """Run tests, with other generated examples for each seed. None if they took more time than is left."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        f"--hypothesis-seed={seed}",
        *TESTS[name],
    ]
    try:
        ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=left, check=False)
    except subprocess.TimeoutExpired:
        return None
    lines = ran.stdout.splitlines()
    counted = next((line for line in reversed(lines) if " passed" in line or " failed" in line), "0 passed")
    passed = sum(
        int(word)
        for word, what in zip(counted.split(), counted.split()[1:], strict=False)
        if what[:4] in ("pass", "fail")
    )
    wrong = [line for line in lines if line.startswith(("FAILED", "ERROR"))]
    return passed, wrong or ([] if ran.returncode == 0 else [f"pytest ended with {ran.returncode}"])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
