# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Collects what tells who set a host's policies, only as far as there is something to tell.

The lists of GPOs come with the first probes. Where a policy for Remote Desktop is set, the second round asks how large
the GPOs' files are, and the third fetches them. gpresult takes seconds, so it is asked only where a policy keeps
people out. What Windows logged as the resultant set of policy is asked for there, and where a file that could decide is
not there or can't be read: servers keep no copies of the domain's files.
"""

from __future__ import annotations

import dataclasses
import hashlib
import typing as t

from ... import probes
from ...errors import UnreadableError
from ...file_transfer import Fetch, size
from ...formats import gpt_ini, registry_pol
from ...model import Command, CommandResult, Probe
from ...readings import Readings
from ...tools import gpresult, reg, rsop, temporary
from ..registry import policy_key
from . import gpo_list, mdm
from .catalog import ALLOW_CONNECTIONS, POLICIES, Policy
from .evidence import Evidence, File, decisions

T = t.TypeVar("T")

_AREAS = tuple(map(mdm.area, ("RemoteDesktopServices", "ADMX_TerminalServer", "ControlPolicyConflict")))

#: The first probes.
NEEDS: tuple[Probe[t.Any], ...] = (
    probes.SYSTEM_ROOT,
    probes.POLICIES,
    probes.POLICIES_PARENT,
    probes.FIREWALL_POLICY,
    gpo_list.HISTORY,
    gpo_list.DATASTORE,
    gpo_list.STATE,
    *_AREAS,
)

_REPORT = temporary.file("xml")
_FILE = r"Machine\Registry.pol"
# Digits of the copy's name: two files of one round must not share it.
_DIGITS = 12


def _raw(output: CommandResult) -> CommandResult:
    return output


_WRITE_REPORT: Probe[CommandResult] = Probe(gpresult.report(_REPORT), _raw)
_REMOVE_REPORT: Probe[CommandResult] = Probe(Command(f'del /f /q "{_REPORT}"'), _raw)

RSOP: Probe[rsop.Rsop] = Probe(
    rsop.logged(tuple(dict.fromkeys(policy.key.partition("\\")[2] for policy in POLICIES))), rsop.read_logged
)


def set_values(readings: Readings) -> list[tuple[Policy, reg.Value]]:
    """Return the policies that are set on the host, in the order of ``POLICIES``.

    Raises:
        UnreadableError: Whether there are any could not be read.
    """
    policy_key(readings.of(probes.POLICIES), readings.of(probes.POLICIES_PARENT))
    listings = (readings.of(probes.POLICIES), readings.of(probes.FIREWALL_POLICY))
    found = []
    for policy in POLICIES:
        for listing in listings:
            key = listing.key(policy.key)
            value = key and key.get(policy.name)
            if value:
                found.append((policy, value))
    return found


def keeps_out(policy: Policy, value: reg.Value) -> bool:
    """Whether a value keeps everybody out, whatever network they come from."""
    if policy is ALLOW_CONNECTIONS:
        # Everything but 0, as for the check protocol, which sends people here.
        return value.data != 0
    # Those of the firewall's profiles are for the check of the firewall, which knows the profile in use.
    return not policy.profile and value.data in policy.keeps_out


def follow_up(readings: Readings, *, rights: bool = False) -> tuple[Probe[t.Any], ...]:
    """Return further probes implied by what has been read so far.

    Args:
        readings: What was read.
        rights: Ask gpresult in any case: nothing else tells who was assigned a user right.
    """
    found = set_values(readings)
    reported = rights or any(keeps_out(policy, value) for policy, value in found)
    if not found and not reported:
        return ()
    asked: list[Probe[t.Any]] = [*_elsewhere(readings)]
    if reported:
        asked += [_WRITE_REPORT, size(_REPORT)]
    listed = _lists(readings)
    if any(gpo.file in listed.files_that_decide for gpo in listed.gpos or () if not gpo.local):
        asked.append(_versions(readings))
    files = [probe for file in listed.files_that_decide for probe in fetching(readings, file)]
    asked += files
    if reported or (all(map(readings.has, files)) and _in_doubt(readings, listed, found)):
        asked.append(RSOP)
    if reported and readings.get(size(_REPORT)) is not None:
        asked += [*fetching(readings, _REPORT), _REMOVE_REPORT]
    return tuple(asked)


def evidence(readings: Readings) -> Evidence:
    """Return what was read of who sets policies.

    Raises:
        UnreadableError: A list of GPOs, or what MDM set, could not be read.
    """
    listed = _lists(readings)
    return dataclasses.replace(
        listed,
        files=_files(readings, listed),
        mdm=mdm.values(readings.of(area) for area in (*_AREAS, *_elsewhere(readings))),
        report=report(readings),
        rsop=readings.get(RSOP) if readings.has(RSOP) else None,
    )


def gpos_decide(policy: Policy, readings: Readings) -> bool:
    """Whether one of the GPOs says something about a policy, so that a refresh can change its value.

    Raises:
        UnreadableError: A list of GPOs, or what MDM set, could not be read.
    """
    found = evidence(readings)
    return decisions(policy, found.gpos or (), found.files).winner is not None


def is_applied(version: int, readings: Readings) -> bool:
    """Whether the local policy was applied after its last change, which gave it this version.

    Raises:
        UnreadableError: A list of GPOs could not be read.
    """
    listed = next((gpo for gpo in _lists(readings).gpos or () if gpo.local), None)
    # Unseen: after a refresh the list has the local GPO with the version of its gpt.ini; published lists have one,
    # without the file.
    # An empty one is in no list.
    return (listed.version if listed else 0) in (version, None)


def _lists(readings: Readings) -> Evidence:
    system_root = readings.of(probes.SYSTEM_ROOT)
    return Evidence(
        history=gpo_list.history(readings.of(gpo_list.HISTORY), system_root),
        datastore=gpo_list.datastore(readings.of(gpo_list.DATASTORE), system_root),
        state=gpo_list.state(readings.of(gpo_list.STATE), system_root),
    )


def _elsewhere(readings: Readings) -> tuple[Probe[reg.Query], ...]:
    """Where the texts are that MDM's own key only points to."""
    return tuple(probe for area in _AREAS for probe in mdm.elsewhere(readings.of(area)))


def fetched(readings: Readings, file: str, parse: t.Callable[[bytes], T]) -> T | None:
    """Return what a file of the host holds, None where there is no such file.

    Args:
        readings: What was read.
        file: Its path.
        parse: Reads its bytes.

    Raises:
        UnreadableError: It was not fetched yet, or is not as it should be.
    """
    count = readings.of(size(file))
    if count is None:
        return None
    fetch = _fetch(file, count)
    return parse(fetch.read([readings.of(probe) for probe in _probes(fetch)]))


def fetching(readings: Readings, file: str) -> tuple[Probe[t.Any], ...]:
    """Return the probes that fetch a file: its size, and once that is known its content."""
    try:
        of_size = size(file)
    except UnreadableError:
        # Its path can't be put into a command: reading it says so, and other files are still read.
        return ()
    count = readings.get(of_size)
    try:
        return (of_size, *(() if count is None else _probes(_fetch(file, count))))
    except UnreadableError:
        # Too large: reading it says so.
        return (of_size,)


def _fetch(file: str, count: int) -> Fetch:
    return Fetch(file, count, temporary.file(f"{hashlib.sha256(file.casefold().encode()).hexdigest()[:_DIGITS]}.b64"))


def _probes(fetch: Fetch) -> tuple[Probe[CommandResult], ...]:
    return tuple(Probe(command, _raw) for command in fetch.commands)


def _in_doubt(readings: Readings, listed: Evidence, found: t.Iterable[tuple[Policy, reg.Value]]) -> bool:
    """Whether the files that were fetched leave open who sets a policy."""
    files = _files(readings, listed)
    return any(decisions(policy, listed.gpos or (), files).doubts for policy, _value in found)


def _files(readings: Readings, listed: Evidence) -> dict[str, File]:
    files = {file: _file(readings, file) for file in listed.files_that_decide}
    asked = _versions(readings)
    versions = (readings.get(asked) if readings.has(asked) else None) or {}
    for gpo in listed.gpos or ():
        copied = versions.get(f"{gpo.file[: -len(_FILE)]}gpt.ini".lower())
        if copied is not None and isinstance(files.get(gpo.file), registry_pol.RegistryPol) and not gpo.is_of(copied):
            # What was applied may say something else.
            files[gpo.file] = UnreadableError(
                f"its copy on the host is of version {copied}, and {gpo.version} was applied"
            )
    return files


def _versions(readings: Readings) -> Probe[dict[str, int]]:
    return gpt_ini.machine_versions(gpo_list.cache_of(readings.of(probes.SYSTEM_ROOT)))


def _file(readings: Readings, file: str) -> File:
    try:
        return fetched(readings, file, registry_pol.parse)
    except UnreadableError as exc:
        return exc


def report(readings: Readings) -> gpresult.Report | None:
    """Return gpresult's report, None where there is none."""
    if not readings.has(size(_REPORT)):
        return None
    try:
        return fetched(readings, _REPORT, gpresult.parse)
    except UnreadableError:
        # Windows keeps no such data for this account: the files decide without it.
        return None
