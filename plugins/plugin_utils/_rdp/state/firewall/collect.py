# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Collects what a host's firewall is, and names further probes only where the first ones leave something open."""

from __future__ import annotations

import typing as t

from ... import probes
from ...errors import UnreadableError
from ...formats.firewall_rules import PROFILES
from ...model import Probe
from ...readings import Readings
from ...tools import reg
from . import settings
from .effective import answer, answers, is_open
from .matching import Traffic, is_for_another_service, match
from .settings import Firewall

# A listing of more lines than this is not fetched in full: it would be 10 MB and more.
_MOST_LINES = 25_000


def collect(readings: Readings) -> Firewall:
    """Return the rules and settings of a host's firewall.

    Raises:
        UnreadableError: Something that could decide was not read, or not understood.
    """
    read = [readings.of(probe) for probe in settings.NEEDS]
    for index, (probe, count, whole) in enumerate(_LISTINGS):
        if _is_incomplete(read[index]):
            read[index] = _in_full(readings, probe, count, whole)
    return settings.assemble(*read, connected=readings.get(probes.NETWORKS), sharing=_sharing(readings))


def follow_up(readings: Readings, port: int, firewall: t.Callable[[], Firewall]) -> tuple[Probe[t.Any], ...]:
    """Return which further probes it takes to judge a port, as far as what was read so far tells.

    Args:
        readings: What was read so far.
        port: The port.
        firewall: What ``collect`` returns for these readings.

    Raises:
        UnreadableError: A listing could not be read at all.
    """
    further: list[Probe[t.Any]] = []
    for probe, count, whole in _LISTINGS:
        if _is_incomplete(readings.of(probe)):
            further.append(count)
            if (lines := readings.get(count)) is not None and lines <= _MOST_LINES:
                further.append(whole)
    if any(not readings.has(probe) for probe in further):
        return tuple(further)
    try:
        found = firewall()
    except UnreadableError:
        # The check runs into the same, and says so.
        return tuple(further)
    if _may_concern_another_service(found, port):
        further += [probes.PROCESSES, probes.TERM_SERVICE_STATE]
    if _networks_matter(found, port):
        further.append(probes.NETWORKS)
    return tuple(further)


_LISTINGS = (
    (probes.FIREWALL, probes.FIREWALL_LINES, probes.FIREWALL_WHOLE),
    (probes.FIREWALL_POLICY, probes.FIREWALL_POLICY_LINES, probes.FIREWALL_POLICY_WHOLE),
)


def _is_incomplete(listing: reg.Query) -> bool:
    """Whether lines of a listing may have been dropped. For a key that doesn't exist, reg prints a message alone."""
    return bool(listing.keys and listing.not_understood)


def _in_full(readings: Readings, probe: Probe[reg.Query], count: Probe[int], whole: Probe[reg.Query]) -> reg.Query:
    if readings.has(whole):
        return readings.of(whole)
    lines = readings.get(count)
    if lines is not None and lines > _MOST_LINES:
        raise UnreadableError(
            f"the host has too many rules of the firewall to read them all ({lines} lines), and findstr left out at "
            "least one that is too long for it:",
            readings.of(probe).not_understood[0],
        )
    raise UnreadableError(
        "a listing of the firewall could not be read completely.", readings.of(probe).not_understood[0]
    )


def _networks_matter(firewall: Firewall, port: int) -> bool:
    """Whether it matters which networks there are: the answer differs between profiles, or nobody gets in."""
    try:
        states = {answer(firewall, Traffic(port), name).state for name in PROFILES}
    except UnreadableError:
        return False
    return len(states) > 1 or ("domain" not in firewall.active and not is_open(answers(firewall, Traffic(port))))


def _may_concern_another_service(firewall: Firewall, port: int) -> bool:
    return any(
        is_for_another_service(stored.rule)
        and any(match(stored.rule, Traffic(port), name, firewall).kind != "none" for name in PROFILES)
        for stored in firewall.rules
    )


def _sharing(readings: Readings) -> frozenset[str] | None:
    """Return the services that share TermService's process, or may once it runs. None if that isn't known."""
    state, processes = readings.get(probes.TERM_SERVICE_STATE), readings.get(probes.PROCESSES)
    if not processes:
        return None
    if state and state.pid:
        found = [one.services for one in processes if one.pid == state.pid]
    else:
        # Where Windows gives each service a process of its own, hardly any two are together.
        found = [one.services for one in processes if len(one.services) > 1]
    if state and state.pid and not found:
        return None
    return frozenset(name.casefold() for services in found for name in services) - {"termservice"}
