# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is changed in the two files of the local policy, and what is refused."""

from __future__ import annotations

import base64
import dataclasses
import itertools
import typing as t

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp import probes
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.checks.policy import POLICY
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import RefusedError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.file_transfer import SEND_LIMIT
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.formats import gpt_ini
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.formats.registry_pol import (
    Record,
    RegistryPol,
    dword,
    parse,
    render,
)
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import Plan
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.readings import Readings
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.repairs import backup, policy, undo_script
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.host import Host
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.policy import local
from hypothesis import given
from hypothesis import strategies as st

from unit._rdp.checks.test_protocol import by_policy, switch, without_nla
from unit._rdp.hosts import host_of
from unit._rdp.state.policy.hosts import DENY, TS
from unit._rdp.state.policy.seen import answered

FOLDER = r"C:\Windows\System32\GroupPolicy"
BACKUP = r"C:\Windows\winops.rdp\backup\0001-policy"
STATES: tuple[local.State, ...] = ("not_configured", "enabled")
BLANK = " \0".encode("utf-16-le")

names = st.text(st.characters(codec="utf-16-le", exclude_characters="\0"), max_size=12).filter(
    lambda name: not name.startswith("*")
)
others = st.builds(
    Record, st.sampled_from(["Software\\A", "Software\\B", TS]), names, st.just(3), st.binary(max_size=9)
)
ours = st.sampled_from(
    [dword(TS, DENY, 0), dword(TS, DENY, 1), dword(TS.upper(), DENY.upper(), 1), Record(TS, f"**del.{DENY}", 1, BLANK)]
)


def _local(settings: RegistryPol | None, ini: bytes | None = None) -> local.LocalPolicy:
    return local.LocalPolicy(FOLDER, settings, None if ini is None else gpt_ini.parse(ini))


def _written(plan: Plan) -> dict[str, bytes]:
    """The files that a plan makes, by their names."""
    return {file.path.rpartition("\\")[2]: base64.b64decode("".join(file.lines[1:-1])) for file in plan.files}


@given(st.lists(st.one_of(others, ours), max_size=6), st.sampled_from(STATES))
def test_only_our_record_changes(records: list[Record], state: local.State) -> None:
    here = _local(parse(render(records)), b"[General]\r\nVersion=7\r\n")
    request = policy.PolicyRequest(state, BACKUP)
    plan = policy.change_files(request, here)
    if here.is_in(state):
        assert not plan
        return
    after = parse(_written(plan)["new-Registry.pol.b64"])
    assert _local(after).is_in(state)

    def rest(some: RegistryPol) -> list[Record]:
        return [one for one in some.records if DENY.lower() not in one.name.lower() or one.key.lower() != TS.lower()]

    assert here.settings and rest(after) == rest(here.settings)
    assert gpt_ini.parse(_written(plan)["new-gpt.ini.b64"]).machine_version == 8
    assert not policy.change_files(request, _local(after, _written(plan)["new-gpt.ini.b64"]))


@pytest.mark.parametrize("has_pol", [True, False])
@pytest.mark.parametrize("has_ini", [True, False])
def test_plan_saves_what_is_there_and_undoes_in_the_other_order(has_pol: bool, has_ini: bool) -> None:
    settings = RegistryPol((dword(TS, DENY, 1),)) if has_pol else None
    here = _local(settings, b"[General]\r\n" if has_ini else None)
    plan = policy.change_files(policy.PolicyRequest("enabled", BACKUP, 60), here)
    saved = [rf'copy "{FOLDER}\gpt.ini" "{BACKUP}\gpt.ini"'] * has_ini
    saved += [rf'copy "{FOLDER}\Machine\Registry.pol" "{BACKUP}\Registry.pol"'] * has_pol
    assert [command.line for command in plan.saves] == saved
    pol, ini = rf"{FOLDER}\Machine\Registry.pol", rf"{FOLDER}\gpt.ini"
    assert [command.line for command in backup.undo_commands(plan)] == [
        rf'copy /y "{BACKUP}\Registry.pol" "{pol}"' if has_pol else f'del /f /q "{pol}"',
        rf'copy /y "{BACKUP}\gpt.ini" "{ini}"' if has_ini else f'del /f /q "{ini}"',
        "gpupdate /target:computer /wait:60",
    ]
    # Its own script is one that the collection runs again.
    undo = backup.undo_commands(plan)
    assert undo_script.read(undo_script.render(undo, "rdp_policy", BACKUP), BACKUP) == undo
    # The version first, then the settings, then the refresh, and the key of the policies itself is never written.
    lines = [command.line for command in plan.commands]
    puts = [line.split('"')[3] for line in lines if line.startswith("copy")]
    assert puts == [ini, pol] and lines[-1].startswith("gpupdate") and not any("reg " in line for line in lines)
    assert all(step.why.endswith(".") for step in plan.steps)


@pytest.mark.parametrize("order", ["**delvals.", "**DELVALS.", "**deletevalues"])
def test_instruction_that_deletes_it_with_others_is_refused(order: str) -> None:
    data = f"{DENY};Other\0".encode("utf-16-le") if "deletevalues" in order else BLANK
    here = _local(RegistryPol((Record(TS, order, 1, data),)))
    with pytest.raises(RefusedError, match=r"Nothing was changed: .*gpedit\.msc"):
        policy.change_files(policy.PolicyRequest("not_configured", BACKUP), here)
    assert policy.change_files(policy.PolicyRequest("enabled", BACKUP), here)


def test_file_that_would_be_too_large_is_refused() -> None:
    large = RegistryPol((Record(TS, "Blob", 3, bytes(SEND_LIMIT)), dword(TS, DENY, 1)))
    with pytest.raises(RefusedError, match=str(SEND_LIMIT)):
        policy.change_files(policy.PolicyRequest("not_configured", BACKUP), _local(large))


VALUES = (None, 0, 1, 2, "0", "")


@pytest.mark.parametrize(("switch", "by_policy"), list(itertools.product(VALUES, VALUES)))
def test_refresh_disconnects_only_where_a_policy_allows_what_the_switch_denies(
    switch: object, by_policy: object
) -> None:
    trap = by_policy == 0 and switch != 0
    assert policy.may_disconnect(switch, by_policy) is trap


def _host(**outputs: t.Any) -> Host:
    """A host whose local policy denies Remote Desktop, with its files."""
    readings = host_of((POLICY,), also=(probes.TERMINAL_SERVER, probes.WINSTATIONS), **outputs).readings
    files = {local.settings_file(FOLDER): render([dword(TS, DENY, 1)])}
    while more := [probe for probe in Host(readings).local_policy_probes if not readings.has(probe)]:
        readings = readings.with_more(dict(answered(probe, files) for probe in more))
    return Host(readings)


def test_plan_is_the_same_when_it_is_made_again() -> None:
    host, request = _host(), policy.PolicyRequest("not_configured", BACKUP)
    assert policy.plan(request, host) and policy.plan(request, host) == policy.plan(request, host)


def test_logon_screen_is_shown_to_nobody_unasked() -> None:
    host = _host(winstations=without_nla)
    request = policy.PolicyRequest("not_configured", BACKUP)
    with pytest.raises(RefusedError, match="require_nla: false"):
        policy.plan(request, host)
    assert policy.plan(dataclasses.replace(request, require_nla=False), host)
    assert policy.plan(dataclasses.replace(request, begun=True), host)


def test_refresh_that_may_disconnect_everybody_is_refused() -> None:
    with pytest.raises(RefusedError, match=r"^Nothing was changed: .*KB2083411.*rdp_protocol"):
        policy.refuse_to_disconnect(_host(terminal_server=switch, policies=by_policy(0)))
    policy.refuse_to_disconnect(_host(policies=by_policy(0)))


def test_file_that_was_not_written_is_no_success() -> None:
    request = policy.PolicyRequest("enabled", BACKUP, version=7, begun=True)
    with pytest.raises(RefusedError, match="was not written"):
        policy.plan(dataclasses.replace(request, local_policy="not_configured"), Host(_without_files(_host())))


def _without_files(host: Host) -> Readings:
    sizes = [probe for probe in Host(host.readings).local_policy_probes if probe.command.line.startswith("(for")]
    return host.readings.with_more(dict(answered(probe, {}) for probe in sizes))
