# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the documented rights come back: on two objects alone, and on nobody else's file."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp import probes
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.checks.machine_keys import MACHINE_KEYS_RIGHTS
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import RefusedError, UnreadableError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import Plan, Probe
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.repairs import machine_keys
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.host import Host
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.machine_keys import KEY_FILE, owner_of

from unit._rdp.certificates import DENIED, READABLE, key_file
from unit._rdp.certificates import KEY_FILE as NAME
from unit._rdp.hosts import Output, host_of

FOLDER = r"C:\B\0001"
PATH = r"C:\ProgramData\Microsoft\Crypto\RSA\MachineKeys"
LACKING = "MachineKeys\nD:PAI(A;;FA;;;BA)\n"


def _host(owner: Output = "O:SYG:SYD:", program_data: str = "C:\\ProgramData\n", **outputs: Output) -> Host:
    asked = (*MACHINE_KEYS_RIGHTS.needs, probes.PROGRAM_DATA)
    key = outputs.pop("key", key_file(READABLE))
    more: dict[Probe[t.Any], Output] = {KEY_FILE: key, owner_of(NAME, r"C:\ProgramData"): owner}
    outputs["program_data"] = program_data
    first = host_of((), None, more, asked, **outputs)
    return host_of((), None, more, (*asked, *machine_keys.follow_up(first)), **outputs)


def _plan(host: Host) -> Plan:
    request = machine_keys.MachineKeysRequest(FOLDER)
    made = machine_keys.plan(request, host)
    assert made == machine_keys.plan(request, host), "a plan made again differs"
    return made


def test_nothing_to_do() -> None:
    assert not _plan(_host()) and not _plan(_host(key=key_file())) and not _plan(_host(key=key_file(attributes="")))
    # What a user made under this name is not touched.
    assert not _plan(_host(key=key_file("D:(A;;FA;;;BU)", "d--------")))


def test_folder_and_key_get_what_they_lack() -> None:
    plan = _plan(_host(key=key_file(DENIED), machine_keys_dacl=LACKING))
    assert [one.line for one in plan.commands] == [
        f'icacls "{PATH}" /grant:r "*S-1-1-0:(RD,WD,AD,REA,WEA,RA,WA,RC,S)"',
        f'icacls "{PATH}\\{NAME}" /grant:r "*S-1-5-20:(R)" /L',
    ]
    assert [one.line for one in plan.saves] == [
        f'icacls "{PATH}" /save "{FOLDER}\\rights-0.acl"',
        f'icacls "{PATH}\\{NAME}" /save "{FOLDER}\\rights-1.acl" /L',
    ]
    assert all(change.undo and FOLDER in change.undo[0].line for change in plan.changes)
    assert plan.before["MachineKeys"] == "D:PAI(A;;FA;;;BA)" and plan.before[f"owner of {NAME}"] == "S-1-5-18"


@pytest.mark.parametrize("owner", ["O:BUG:BUD:", "O:S-1-5-21-1-2-3-1001D:", "D:"])
def test_key_of_a_user_is_left_alone(owner: str) -> None:
    with pytest.raises(RefusedError, match="belongs to"):
        _plan(_host(owner, key=key_file(DENIED)))


def test_owner_that_nobody_told_is_no_owner() -> None:
    with pytest.raises(UnreadableError):
        _plan(_host(None, key=key_file(DENIED)))


def test_path_that_could_get_out_of_its_command_is_refused() -> None:
    with pytest.raises(RefusedError, match="holds"):
        _plan(_host(program_data="C:\\Program'Data\n"))


@pytest.mark.parametrize("missing", ["machine_keys_dacl", "program_data", "key"])
def test_what_was_not_read_is_not_planned(missing: str) -> None:
    with pytest.raises(UnreadableError):
        _plan(_host(**{missing: None}))  # type: ignore[arg-type]
