# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever happens to one output of a host: no problem becomes ok, and no result is lost as a whole."""

from __future__ import annotations

import itertools
import os
import random

from attack.damage import DAMAGES, cases
from attack.hosts import everyone

# With another seed the same number of other cases: RDP_SEED=… ./run pytest tests/integration/test_damage.py
SEED = int(os.environ.get("RDP_SEED", "1"))
CASES = 2000
# What a host answers at most, in bytes, to be damaged here thousands of times. `./run attack` takes them all.
LARGEST = 1 << 19


def test_damaged_output_hides_no_problem_and_loses_no_result() -> None:
    hosts = [host for host in everyone() if host.size <= LARGEST]
    assert sum(host.is_sick for host in hosts) > 40
    wrong = {
        str(case): found
        for case in itertools.islice(cases(hosts, random.Random(SEED)), CASES)
        if (found := case.wrong())
    }
    assert not wrong, "\n".join(f"{case}\n    {found}" for case, found in wrong.items())


def test_damages_are_many_and_each_one_does_something() -> None:
    assert len(DAMAGES) >= 60 and len({damage.name for damage in DAMAGES}) == len(DAMAGES)
    host = next(host for host in everyone() if host.name == "blocked-by-gpo")
    chance = random.Random(SEED)
    for damage in DAMAGES:
        others = list(host.answers.values())
        assert any(damage.do(output, others[-1 - number], chance) != output for number, output in enumerate(others))
