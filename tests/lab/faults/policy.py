# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults of policy: which policy decides about Remote Desktop, which doesn't, and files that can't be read.

Every fault has GPOs of its own, so that they combine in any order. Those that block are linked closer, or with a
lower number, than those that allow.
"""

from __future__ import annotations

import hashlib
import typing as t
from collections.abc import Callable
from functools import cache

from ..state.policy.group_policy import RDP_POLICY
from ..state.policy.lists import base_dn
from ..state.policy.mdm import TERMINAL_SERVICES, mdm_wins, set_by_mdm
from ..state.policy.objects import LOCAL_POL, Gpo, Link
from ..state.policy.pol import Record, write_pol
from ..state.policy.rsop import LOGGING
from ..state.registry import Value, binary, dword
from ..state.termservice import DENY, TERMINAL_SERVER

if t.TYPE_CHECKING:
    from ..machine import Machine

BLOCKING_GPO_GUID = "{8B7E2C14-5D3F-4A6B-9C81-2F0E7A1D5B63}"
ALLOWING_GPO_GUID = "{1F4D9A27-3C6E-4B52-8E0A-6D7C2B9F4E18}"
SERVERS_ALLOWED_GUID = "{2A9C61F3-7B04-4D1E-A5C8-93E0D4B7F261}"
ENFORCED_GUID = "{C3B5E817-06DA-4F92-B14C-58A7E92D3F06}"
TWO_LINKS_GUID = "{D41F7A26-93B8-4C05-8E6D-1B2A60F9C7E4}"
FILTERED_GUID = "{E58A0C3D-4F71-4B2E-96A9-C7D310B5824F}"
UNREADABLE_GUID = "{C41F7A60-2B95-4D0E-8A3C-6E1D9B7F2058}"
UNLINKED_GUID = "{F60B93D2-1E8C-45A7-B3F4-2D9C7E51A068}"
DELETED_GUID = "{07D2E4B9-6A35-4C18-9F80-E3B1A7C5D294}"
PREFERENCE_GUID = "{18E5F6CA-2B47-4D93-A06E-5C4F82B7D1A3}"
LARGE_GUID = "{29F4A5DB-8C60-4E12-B7D1-60A3C9F8E254}"
WEAK_GUID = "{3B06C7E1-D589-4F34-82C0-7F15BAD9E6A8}"
LIMITS_GUID = "{4C17D8F2-E69A-4045-93D1-8026CBEAF7B9}"
DENIED_RIGHT_GUID = "{5D28E903-F7AB-4156-A4E2-9137DCFB08CA}"
CHANGED_GUID = "{80AB1C36-2ADE-4489-97B5-C46A0E2F3BFD}"
COMPUTER_PREFERENCE_GUID = "{7F4A0B25-19CD-4378-86A4-B359FD1E2AEC}"
GRANTED_RIGHT_GUID = "{6E39FA14-08BC-4267-B5F3-A248ED0C19DB}"
LARGE_BYTES = 5 * 1024 * 1024
USERS, RDP_USERS, ADMINISTRATORS = "S-1-5-32-545", "S-1-5-32-555", "S-1-5-32-544"


def rdp(name: str, value: Value) -> Record:
    """A record about a value of Remote Desktop's policy key."""
    return Record(TERMINAL_SERVICES, name, value)


def _switch(number: int) -> Record:
    return rdp(DENY, dword(number))


def _add(machine: Machine, name: str, guid: str, links: list[Link], *records: Record) -> Gpo:
    gpo = Gpo(name, guid, links, list(records))
    machine.policy.add(gpo)
    return gpo


def _unit(machine: Machine, order: int = 1) -> Link:
    return Link(machine.policy.unit, order)


def _domain(machine: Machine, *, enforced: bool = False) -> Link:
    return Link(base_dn(machine.policy.domain), 2, enforced=enforced)


def _local(machine: Machine, number: int) -> None:
    """The local GPO sets the switch; where two faults disagree, it blocks."""
    known = [record.value.number for record in machine.policy.local_records() if record.place == _switch(1).place]
    machine.policy.set_local(_switch(max([number, *known])))


def _local_blocks(machine: Machine) -> None:
    _local(machine, 1)


def _domain_blocks(machine: Machine) -> None:
    _add(machine, "Block RDP", BLOCKING_GPO_GUID, [_unit(machine)], _switch(1))


def _domain_allows(machine: Machine) -> None:
    _add(machine, "Allow RDP", ALLOWING_GPO_GUID, [_domain(machine)], _switch(0))


def _allows_local_denies(machine: Machine) -> None:
    _domain_allows(machine)
    machine.registry.set(TERMINAL_SERVER, DENY, dword(1))


def _domain_blocks_local_allows(machine: Machine) -> None:
    _local(machine, 0)
    _domain_blocks(machine)


def _local_blocks_domain_allows(machine: Machine) -> None:
    _local(machine, 1)
    _domain_allows(machine)


def _servers_allowed(machine: Machine) -> None:
    _add(machine, "Allow RDP on servers", SERVERS_ALLOWED_GUID, [_unit(machine, 2)], _switch(0))


def _enforced(machine: Machine) -> None:
    _servers_allowed(machine)
    _add(machine, "Block RDP, no exceptions", ENFORCED_GUID, [_domain(machine, enforced=True)], _switch(1))


def _two_links(machine: Machine) -> None:
    _servers_allowed(machine)
    _add(machine, "Block RDP everywhere", TWO_LINKS_GUID, [_domain(machine), _unit(machine)], _switch(1))


def _filtered(machine: Machine) -> None:
    _add(machine, "Block RDP on kiosks", FILTERED_GUID, [_unit(machine)], _switch(1)).denied = True


def _unreadable(machine: Machine) -> None:
    """One of the domain's GPOs can't be read."""
    _add(machine, "Folder lost", UNREADABLE_GUID, [Link(machine.policy.unit, 4)]).unreadable = True


def _unlinked(machine: Machine) -> None:
    _add(machine, "Block RDP on holidays", UNLINKED_GUID, [Link(machine.policy.unit, 3, enabled=False)], _switch(1))


def _stray(machine: Machine) -> None:
    machine.registry.set(RDP_POLICY, DENY, dword(1))


def _tattooed(machine: Machine) -> None:
    """The GPO is deleted, and Group Policy's history was reset: nothing removes its value."""
    gpo = Gpo("Block RDP (old)", DELETED_GUID, [_unit(machine)], [_switch(1)])
    machine.policy.leave_in_cache(gpo)
    _stray(machine)


def _mdm_blocks(machine: Machine) -> None:
    set_by_mdm(machine.registry, "AllowUsersToConnectRemotely", enabled=False)


def _mdm_wins(machine: Machine) -> None:
    _domain_allows(machine)
    _mdm_blocks(machine)
    mdm_wins(machine.registry)


def _preference(machine: Machine) -> None:
    gpo = _add(machine, "Universal.RemoteDesktop.Disable", PREFERENCE_GUID, [_unit(machine, 4)])
    gpo.version, gpo.preferences = 1 << 16, [_switch(1)]


def _computer_preference(machine: Machine) -> None:
    gpo = _add(machine, "Kiosk settings", COMPUTER_PREFERENCE_GUID, [_unit(machine, 5)])
    gpo.machine_preferences = [_switch(1)]


def _rsop_off(machine: Machine) -> None:
    machine.registry.set(LOGGING, "RSoPLogging", dword(0))


def _damaged(how: Callable[[bytes], bytes | None]) -> Callable[[Machine], None]:
    def change(machine: Machine) -> None:
        _domain_blocks(machine)
        machine.policy.damages.add(machine.policy.cached_pol(BLOCKING_GPO_GUID), how)

    return change


def _outdated(machine: Machine) -> None:
    _add(machine, "Block RDP since today", CHANGED_GUID, [_unit(machine)], _switch(1)).version = 2
    file = machine.policy.cached_pol(CHANGED_GUID)
    machine.policy.damages.add(file, _said_nothing)
    machine.policy.damages.add(file.rpartition("\\Machine\\")[0] + r"\gpt.ini", _first_version)


def _damaged_local(how: Callable[[bytes], bytes | None]) -> Callable[[Machine], None]:
    def change(machine: Machine) -> None:
        _local(machine, 1)
        machine.policy.damages.add(LOCAL_POL, how)

    return change


def _gone(data: bytes) -> bytes | None:
    return None


def _said_nothing(data: bytes) -> bytes:
    return write_pol(())


def _first_version(data: bytes) -> bytes:
    return data.replace(b"Version=2", b"Version=1")


def _truncated(data: bytes) -> bytes:
    return data[: len(data) - 11]


def _corrupt(data: bytes) -> bytes:
    return data[:8] + b"\xde\xad\xbe\xef" * 4 + data[24:]


@cache
def large_records() -> tuple[Record, ...]:
    """Five megabytes of trusted certificates, the usual reason for such a file, with the switch two thirds in."""
    records, size, number = [], 0, 0
    while size < LARGE_BYTES:
        seed = hashlib.sha256(f"certificate {number}".encode()).digest()
        key = rf"SOFTWARE\Policies\Microsoft\SystemCertificates\Root\Certificates\{seed[:20].hex().upper()}"
        records.append(Record(key, "Blob", binary(seed * 60)))
        size += len(write_pol(records[-1:])) - 8
        number += 1
    records.insert(len(records) * 2 // 3, _switch(1))
    return tuple(records)


def _large(machine: Machine) -> None:
    _add(machine, "Trusted roots and RDP", LARGE_GUID, [_unit(machine)], *large_records())


def _weak(machine: Machine) -> None:
    _add(
        machine, "Legacy RDP clients", WEAK_GUID, [_unit(machine)],
        rdp("UserAuthentication", dword(0)), rdp("SecurityLayer", dword(0)), rdp("MinEncryptionLevel", dword(1)),
    )  # fmt: skip


def _limits(machine: Machine) -> None:
    _add(
        machine, "Two connections at most", LIMITS_GUID, [_unit(machine)],
        rdp("MaxInstanceCount", dword(2)), rdp("fSingleSessionPerUser", dword(1)),
    )  # fmt: skip


def _right_denied(machine: Machine) -> None:
    gpo = _add(machine, "No RDP for users", DENIED_RIGHT_GUID, [_unit(machine)])
    gpo.rights = {"SeDenyRemoteInteractiveLogonRight": (USERS,)}


def _right_granted(machine: Machine) -> None:
    gpo = _add(machine, "RDP for administrators", GRANTED_RIGHT_GUID, [_domain(machine)])
    gpo.rights = {"SeRemoteInteractiveLogonRight": (ADMINISTRATORS, RDP_USERS)}


def _not_cached(machine: Machine) -> None:
    machine.policy.cached = False


def _no_controller(machine: Machine) -> None:
    machine.policy.controller_reachable = False


def _slow(machine: Machine) -> None:
    machine.policy.duration = 400


POLICY_FAULTS: tuple[tuple[str, str, Callable[[Machine], None]], ...] = (
    ("policy-reverts", "a domain GPO sets the policy value fDenyTSConnections=1 again and again", _domain_blocks),
    ("local-policy-blocks", "the local GPO sets the policy value fDenyTSConnections=1", _local_blocks),
    ("policy-allows-local-denies", "policy 0 and plain value 1 (KB2083411)", _allows_local_denies),
    ("policy-stray", "the policy value is 1 though no GPO sets it", _stray),
    ("gpo-local-blocks", "the local GPO blocks", _local_blocks),
    ("gpo-domain-blocks", "a domain GPO, linked to the computer's unit, blocks", _domain_blocks),
    ("gpo-domain-blocks-local-allows", "the local GPO allows, a domain GPO blocks", _domain_blocks_local_allows),
    ("gpo-local-blocks-domain-allows", "the local GPO blocks, a domain GPO allows", _local_blocks_domain_allows),
    ("gpo-enforced-blocks", "an enforced link to the domain blocks, the unit's GPO allows", _enforced),
    ("gpo-two-links", "one GPO with two links blocks, another one allows in between", _two_links),
    ("gpo-filtered", "a GPO that would block is denied to this computer", _filtered),
    ("gpo-unreadable", "Windows can't read one of the domain's GPOs", _unreadable),
    ("gpo-link-disabled", "a GPO that would block has a disabled link", _unlinked),
    ("gpo-tattooed", "a deleted GPO's value stayed, and so did its cached files", _tattooed),
    ("mdm-blocks", "MDM has Remote Desktop disabled", _mdm_blocks),
    ("mdm-wins", "MDM blocks and wins over a GPO that allows", _mdm_wins),
    ("policy-stray-write", "somebody wrote 1 to the policy value, no GPO sets it", _stray),
    ("policy-preference", "a user's GPO writes 1 to the policy value by Preferences", _preference),
    ("policy-computer-preference", "a GPO writes 1 to the policy value by Preferences", _computer_preference),
    ("rsop-logging-off", "Windows logs no resultant set of policy", _rsop_off),
    ("registry-pol-missing", "a domain GPO blocks, its cached Registry.pol is gone", _damaged(_gone)),
    ("registry-pol-truncated", "a domain GPO blocks, its cached Registry.pol is cut short", _damaged(_truncated)),
    ("registry-pol-corrupt", "a domain GPO blocks, its cached Registry.pol is garbage", _damaged(_corrupt)),
    ("registry-pol-outdated", "a domain GPO blocks, its cached files are those before that change", _outdated),
    ("registry-pol-large", "a domain GPO blocks with a Registry.pol of 5 MB", _large),
    ("local-pol-truncated", "the local GPO blocks, its Registry.pol is cut short", _damaged_local(_truncated)),
    ("local-pol-corrupt", "the local GPO blocks, its Registry.pol is garbage", _damaged_local(_corrupt)),
    ("gpo-nla-required-weak", "a GPO switches NLA and TLS off (UserAuthentication=0)", _weak),
    ("gpo-limits-connections", "a GPO allows two connections", _limits),
    ("gpo-denies-logon-right", "a GPO denies users the logon through Remote Desktop", _right_denied),
    ("gpo-grants-logon-right", "a GPO grants the logon through Remote Desktop to two groups", _right_granted),
    ("gpo-not-cached", "the domain's GPOs are not cached on the computer", _not_cached),
    ("gpo-no-controller", "no domain controller answers after the start", _no_controller),
    ("gpupdate-slow", "a policy refresh takes 400 seconds", _slow),
)
