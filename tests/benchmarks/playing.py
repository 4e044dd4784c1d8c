# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run of ansible-playbook on a fleet of the lab, and what it cost."""

from __future__ import annotations

import os
import resource
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from dev.console import Failed
from dev.places import COLLECTIONS, tool, tool_environment
from lab.fleet.lab import Lab

#: A run that takes longer hangs.
_MOST_SECONDS = 3600


@dataclass(frozen=True)
class Look:
    """A way to look at hosts; `signs_in` says whether it talks to them."""

    #: of the playbook, too, unless `content` is one
    name: str
    content: str = ""
    options: tuple[str, ...] = ()
    signs_in: bool = True


@dataclass(frozen=True)
class Cost:
    """What one run cost: the mean of its hosts, but for the times, which are of the whole run."""

    requests: float
    bytes_up: float
    bytes_down: float
    #: the controller's CPU, start of ansible-playbook included, divided by the hosts
    cpu_ms: float
    #: from the start of ansible-playbook to its end
    wall_s: float
    #: CPU of this process, which emulates the hosts meanwhile on the same cores; not divided
    lab_cpu_s: float


def play(lab: Lab, look: Look, inventory: Path, forks: int, collections: Sequence[Path]) -> Cost:
    """Run a look's playbook once on every host of the lab.

    Raises:
        Failed: it did not do what it should have, so there is nothing to measure.
    """
    settings = inventory.with_name("ansible.cfg")
    playbook = inventory.with_name("playbook.yml")
    playbook.write_text(look.content, encoding="utf-8")
    settings.touch()  # empty: this machine's settings are not everybody's
    command = [
        tool("ansible-playbook"),
        "-i",
        str(inventory),
        "-f",
        str(forks),
        str(playbook) if look.content else look.name,
        *look.options,
    ]
    environment = tool_environment(
        ANSIBLE_COLLECTIONS_PATH=os.pathsep.join(str(path) for path in (COLLECTIONS, *collections)),
        ANSIBLE_CONFIG=str(settings),
        ANSIBLE_RETRY_FILES_ENABLED="0",
        ANSIBLE_NOCOLOR="1",
    )
    lab.reset_traffic()
    children, own = _cpu(resource.RUSAGE_CHILDREN), _cpu(resource.RUSAGE_SELF)
    started = time.monotonic()
    ran = subprocess.run(
        command,
        env=environment,
        cwd=inventory.parent,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=_MOST_SECONDS,
        check=False,
    )
    seconds = time.monotonic() - started
    children, own = _cpu(resource.RUSAGE_CHILDREN) - children, _cpu(resource.RUSAGE_SELF) - own
    traffic = list(lab.traffic.values())
    spoke = [each.requests > 0 for each in traffic]
    # What one host didn't understand, none did: they are all alike.
    strange = next(iter(lab.errors().values()), [])
    if ran.returncode or strange or not all(answered == look.signs_in for answered in spoke):
        said = "\n".join([*strange, ran.stdout[-3000:]])
        raise Failed(f"{look.name} ended with {ran.returncode}, so it can't be measured.\n{said}")
    return Cost(
        requests=fmean(each.requests for each in traffic),
        bytes_up=fmean(each.bytes_up for each in traffic),
        bytes_down=fmean(each.bytes_down for each in traffic),
        cpu_ms=1000 * children / len(traffic),
        wall_s=seconds,
        lab_cpu_s=own,
    )


def _cpu(who: int) -> float:
    """Seconds of user and system time; of children only those that have ended, as all have when Ansible has."""
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime
