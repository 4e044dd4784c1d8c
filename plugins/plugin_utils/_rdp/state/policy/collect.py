# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a host is looked at to tell who set its policies: only as far as there is something to tell.

The lists of GPOs come with the first look. Where a policy for Remote Desktop is set, the second one asks how large
the GPOs' files are, and the third fetches them. gpresult takes seconds, so it is asked only where a policy keeps
people out. What Windows logged as the resultant set of policy is asked for there, and where a file that could decide is
not there or can't be read: servers keep no copies of the domain's files.
"""

from __future__ import annotations

import dataclasses
import hashlib
import typing as t

from ... import probes
from ...file_transfer import Fetch, size
from ...formats import gpt_ini, registry_pol
from ...model import Command, Output, Probe, Reader, Unreadable
from ...tools import gpresult, reg, rsop, temporary
from ..registry import policy_key
from . import gpo_list, mdm
from .catalog import ALLOW_CONNECTIONS, POLICIES, Policy
from .evidence import Evidence, File
from .evidence import look as decisions

T = t.TypeVar("T")

_AREAS = tuple(map(mdm.area, ("RemoteDesktopServices", "ADMX_TerminalServer", "ControlPolicyConflict")))

#: What the first look takes.
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
# Digits of the copy's name: two files of one look must not share it.
_DIGITS = 12


def _raw(output: Output) -> Output:
    return output


_WRITE_REPORT: Probe[Output] = Probe(gpresult.report(_REPORT), _raw)
_REMOVE_REPORT: Probe[Output] = Probe(Command(f'del /f /q "{_REPORT}"'), _raw)

RSOP: Probe[rsop.Rsop] = Probe(
    rsop.logged(tuple(dict.fromkeys(policy.key.partition("\\")[2] for policy in POLICIES))), rsop.read_logged
)


def set_values(reader: Reader) -> list[tuple[Policy, reg.Value]]:
    """Return the policies that are set on the host, in the order of ``settings.POLICIES``.

    Raises:
        Unreadable: Whether there are any could not be read.
    """
    policy_key(reader.of(probes.POLICIES), reader.of(probes.POLICIES_PARENT))
    listings = (reader.of(probes.POLICIES), reader.of(probes.FIREWALL_POLICY))
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


def follow_up(reader: Reader, *, rights: bool = False) -> tuple[Probe[t.Any], ...]:
    """Return what to look at, as far as what was seen so far tells.

    Args:
        reader: What was seen.
        rights: Ask gpresult in any case: nothing else tells who was assigned a user right.
    """
    found = set_values(reader)
    reported = rights or any(keeps_out(policy, value) for policy, value in found)
    if not found and not reported:
        return ()
    wanted: list[Probe[t.Any]] = [*_elsewhere(reader)]
    if reported:
        wanted += [_WRITE_REPORT, size(_REPORT)]
    listed = _lists(reader)
    if any(gpo.file in listed.wanted_files for gpo in listed.gpos or () if not gpo.local):
        wanted.append(_versions(reader))
    looks = [probe for file in listed.wanted_files for probe in fetching(reader, file)]
    wanted += looks
    if reported or (all(map(reader.has, looks)) and _in_doubt(reader, listed, found)):
        wanted.append(RSOP)
    if reported and reader.get(size(_REPORT)) is not None:
        wanted += [*fetching(reader, _REPORT), _REMOVE_REPORT]
    return tuple(wanted)


def evidence(reader: Reader) -> Evidence:
    """Return what was seen of who sets policies.

    Raises:
        Unreadable: A list of GPOs, or what MDM set, could not be read.
    """
    listed = _lists(reader)
    return dataclasses.replace(
        listed,
        files=_files(reader, listed),
        mdm=mdm.values(reader.of(area) for area in (*_AREAS, *_elsewhere(reader))),
        report=report(reader),
        rsop=reader.get(RSOP),
    )


def gpos_decide(policy: Policy, reader: Reader) -> bool:
    """Whether one of the GPOs says something about a policy, so that a refresh can change its value.

    Raises:
        Unreadable: A list of GPOs, or what MDM set, could not be read.
    """
    seen = evidence(reader)
    return decisions(policy, seen.gpos or (), seen.files).winner is not None


def is_applied(version: int, reader: Reader) -> bool:
    """Whether the local policy was applied after its last change, which gave it this version.

    Raises:
        Unreadable: A list of GPOs could not be read.
    """
    listed = next((gpo for gpo in _lists(reader).gpos or () if gpo.local), None)
    # Unseen: after a refresh the list has the local GPO with the version of its gpt.ini; published lists have one,
    # without the file.
    # An empty one is in no list.
    return (listed.version if listed else 0) in (version, None)


def _lists(reader: Reader) -> Evidence:
    system_root = reader.of(probes.SYSTEM_ROOT)
    return Evidence(
        history=gpo_list.history(reader.of(gpo_list.HISTORY), system_root),
        datastore=gpo_list.datastore(reader.of(gpo_list.DATASTORE), system_root),
        state=gpo_list.state(reader.of(gpo_list.STATE), system_root),
    )


def _elsewhere(reader: Reader) -> tuple[Probe[reg.Query], ...]:
    """Where the texts are that MDM's own key only points to."""
    return tuple(probe for area in _AREAS for probe in mdm.elsewhere(reader.of(area)))


def fetched(reader: Reader, file: str, parse: t.Callable[[bytes], T]) -> T | None:
    """Return what a file of the host holds, None where there is no such file.

    Args:
        reader: What was seen.
        file: Its path.
        parse: Reads its bytes.

    Raises:
        Unreadable: It was not looked at yet, or is not as it should be.
    """
    count = reader.of(size(file))
    if count is None:
        return None
    fetch = _fetch(file, count)
    return parse(fetch.read([reader.of(probe) for probe in _probes(fetch)]))


def fetching(reader: Reader, file: str) -> tuple[Probe[t.Any], ...]:
    """Return the looks that bring a file: its size, and once that is known its content."""
    try:
        wanted = size(file)
    except Unreadable:
        # Its path can't be put into a command: reading it says so, and other files are still read.
        return ()
    count = reader.get(wanted)
    try:
        return (wanted, *(() if count is None else _probes(_fetch(file, count))))
    except Unreadable:
        # Too large: reading it says so.
        return (wanted,)


def _fetch(file: str, count: int) -> Fetch:
    return Fetch(file, count, temporary.file(f"{hashlib.sha256(file.casefold().encode()).hexdigest()[:_DIGITS]}.b64"))


def _probes(fetch: Fetch) -> tuple[Probe[Output], ...]:
    return tuple(Probe(command, _raw) for command in fetch.commands)


def _in_doubt(reader: Reader, listed: Evidence, found: t.Iterable[tuple[Policy, reg.Value]]) -> bool:
    """Whether the files that were looked at leave open who sets a policy."""
    files = _files(reader, listed)
    return any(decisions(policy, listed.gpos or (), files).doubts for policy, _value in found)


def _files(reader: Reader, listed: Evidence) -> dict[str, File]:
    files = {file: _file(reader, file) for file in listed.wanted_files}
    versions = reader.get(_versions(reader)) or {}
    for gpo in listed.gpos or ():
        copied = versions.get(f"{gpo.file[: -len(_FILE)]}gpt.ini".lower())
        if copied is not None and isinstance(files.get(gpo.file), registry_pol.RegistryPol) and not gpo.is_of(copied):
            # What was applied may say something else.
            files[gpo.file] = Unreadable(f"its copy on the host is of version {copied}, and {gpo.version} was applied")
    return files


def _versions(reader: Reader) -> Probe[dict[str, int]]:
    return gpt_ini.machine_versions(gpo_list.cache_of(reader.of(probes.SYSTEM_ROOT)))


def _file(reader: Reader, file: str) -> File:
    try:
        return fetched(reader, file, registry_pol.parse)
    except Unreadable as exc:
        return exc


def report(reader: Reader) -> gpresult.Report | None:
    """Return gpresult's report, None where there is none."""
    try:
        return fetched(reader, _REPORT, gpresult.parse)
    except Unreadable:
        # It was not asked for, or Windows keeps no such data for this account: the files decide without it.
        return None
