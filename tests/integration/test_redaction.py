# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names that tools print in sentences don't stay in a recording, and taking them out changes no verdict."""

from __future__ import annotations

import itertools
import random

from attack import damage, planted
from attack.hosts import FIXTURES, Seen, everyone, without_names

SEED = 1
LARGEST = 1 << 19
# Their outputs are those of every tool that is ever asked.
TELLING = ("gpo-domain-blocks-local-allows", "certificate-bound-missing")
DAMAGED = 60


def _hosts() -> list[Seen]:
    return [host for host in everyone() if host.size <= LARGEST]


def test_no_planted_name_is_left() -> None:
    assert len(planted.NAMES) >= 36
    hosts = [host for host in _hosts() if host.name.startswith(TELLING)]
    assert len(hosts) >= len(TELLING)
    found = {str(case): left for case in planted.every_case(hosts, SEED) if (left := case.wrong())}
    assert not found, "\n".join(f"{case}\n    {left}" for case, left in found.items())


def test_planted_names_would_be_found() -> None:
    host = next(host for host in _hosts() if host.name.startswith(TELLING))
    case = next(planted.every_case([host], SEED))
    assert all(name.encode() in case.output().data for name in planted.NAMES)


def test_verdict_is_the_same_without_names() -> None:
    # tests/integration/actions/test_recordings.py has all of them.
    # Names are taken out once: in a recording without names the placeholders are names like any other.
    recorded = {path.name for path in FIXTURES.iterdir()}
    for host in [host for host in _hosts() if host.name not in recorded][::4]:
        without = without_names(host).diagnose()
        assert {check: one.status for check, one in without.items()} == {
            check: one.status for check, one in host.truth.items()
        }, host.name


def test_damaged_output_is_no_better_without_names() -> None:
    chance = random.Random(SEED)
    better = []
    for case in itertools.islice(damage.cases(_hosts(), chance), DAMAGED):
        damaged = {case.command: case.output()}
        before, after = case.host.diagnose(damaged), without_names(case.host, damaged).diagnose()
        better += [
            f"{case}: {check}"
            for check, one in before.items()
            if one.status in ("problem", "unknown") and after[check].status in ("ok", "warning")
        ]
    assert not better, "\n".join(better)
