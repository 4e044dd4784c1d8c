# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The local policy: predicted, changed in its two files and nowhere else, put back byte for byte, or refused."""

from __future__ import annotations

import typing as t

import pytest
from ansible.errors import AnsibleConnectionFailure

import sampling
from lab import Machine
from lab.faults.policy import BLOCKING_GPO_GUID, LARGE_BYTES, UNREADABLE_GUID, large_records, rdp
from lab.state.policy.group_policy import RDP_POLICY
from lab.state.policy.lists import LAST_REFRESH
from lab.state.policy.mdm import set_by_mdm
from lab.state.policy.objects import LOCAL_INI, LOCAL_POL, REGISTRY_EXTENSION, REGISTRY_TOOL, Gpo, Link
from lab.state.policy.pol import Record, deletion, read_pol, write_pol
from lab.state.registry import REG_BINARY, REG_DWORD, Value, binary, dword, sz
from lab.state.termservice import DENY, TERMINAL_SERVER

from ..conftest import Count, Cut
from .conftest import ANSWERS, Clock, Result, break_program, foretold, look, registry, run, sick

REMOVE: t.Final = {"local_policy": "not_configured"}
ALLOW: t.Final = {"local_policy": "enabled"}
OPTIONS = {"not_configured": REMOVE, "enabled": ALLOW}
OTHERS = (
    Record(r"SOFTWARE\Policies\Contoso", "Größe €", sz("ä;][")),
    Record(r"SOFTWARE\Policies\Contoso", "Blob", binary(b"]\0[\0;\0PReg")),
    rdp("UserAuthentication", dword(1)),
    deletion(r"SOFTWARE\Policies\Contoso", "Gone"),
    Record(r"SOFTWARE\Policies\Contoso\Empty", "", Value(REG_BINARY, b"")),
)
DEPLOYMENT, SCRIPTS = "{C6DC5466-785A-11D2-84D0-00C04FB169F7}", "{42B5FAAE-6536-11D2-AE5A-0000F87571E3}"
TOOL = "{40B6664F-4972-11D1-A7CA-0000F87571E3}"


def _files(machine: Machine) -> tuple[bytes | None, bytes | None]:
    """Registry.pol and gpt.ini of the local policy."""
    found = [machine.files.read(path) if machine.files.is_file(path) else None for path in (LOCAL_POL, LOCAL_INI)]
    return found[0], found[1]


def _with_local(*records: Record, ini: str = "", faults: tuple[str, ...] = ()) -> Machine:
    """A host whose local policy holds these records, applied."""
    machine = sick(*faults)
    machine.policy.set_local()
    machine.files.write(LOCAL_POL, write_pol(records))
    if ini:
        machine.files.write(LOCAL_INI, ini.encode("latin-1"))
    machine.policy.refresh(force=True)
    return machine


def _value(machine: Machine) -> int | None:
    return machine.registry.number(RDP_POLICY, DENY)


def _console(machine: Machine, folder: str) -> None:
    ran = machine.create_process(f'cmd.exe /d /c "{folder}\\undo.cmd"', code_page=437)
    assert ran.exit_code == 0, ran


@pytest.mark.parametrize("wanted", OPTIONS)
@pytest.mark.parametrize("undo", ["console", "rdp_restore"])
def test_change_is_predicted_holds_and_is_undone_byte_for_byte(wanted: str, undo: str) -> None:
    machine = sick("gpo-local-blocks")
    files, values = _files(machine), registry(machine)
    would = run(machine, "rdp_policy", OPTIONS[wanted], check=True)
    assert _files(machine) == files and registry(machine) == values
    did = run(machine, "rdp_policy", OPTIONS[wanted])
    assert not did.get("failed") and did["changed"] and did["finding"]["status"] == "ok", did
    for key in ("changed", "steps", "commands", "before", "after", "diff", "backup", "restarted"):
        assert str(would[key]) == foretold(did, key, did["backup"]), key
    number = 0 if wanted == "enabled" else None
    assert did["before"] == {DENY: 1, "gpt.ini version": 1} and did["after"] == {DENY: number, "gpt.ini version": 2}
    assert f"-{DENY}: 1" in _lines(did["diff"]) and "+gpt.ini version: 2" in _lines(did["diff"])
    assert _value(machine) == number and did["source"]["kind"] == ("local" if wanted == "enabled" else "none")
    assert not did["restarted"] and "-policy-" in did["backup"]
    again = run(machine, "rdp_policy", OPTIONS[wanted])
    assert (again["changed"], again["commands"], again["backup"]) == (False, [], None)
    if undo == "console":
        _console(machine, did["backup"])
    else:
        restored = run(machine, "rdp_restore", {})
        assert restored["changed"] and not restored.get("failed"), restored
    assert _files(machine) == files and _value(machine) == 1
    assert machine.errors() == []


def _lines(diff: Result) -> set[str]:
    before, after = (set(diff[key].splitlines()) for key in ("before", "after"))
    return {f"-{line}" for line in before - after} | {f"+{line}" for line in after - before}


@pytest.mark.parametrize("wanted", OPTIONS)
def test_everything_else_in_both_files_stays_as_it_is(wanted: str) -> None:
    groups = f"[{REGISTRY_EXTENSION}{REGISTRY_TOOL}][{SCRIPTS}{TOOL}][{DEPLOYMENT}{TOOL}]"
    ini = f"; by hand: ü\r\n[General]\r\n gPCMachineExtensionNames = {groups}\r\ndisplayName=Büro\r\nVersion=262151\r\n"
    machine = _with_local(*OTHERS[:2], rdp(DENY, dword(1)), *OTHERS[2:], ini=ini)
    did = run(machine, "rdp_policy", OPTIONS[wanted])
    assert not did.get("failed") and did["finding"]["status"] == "ok", did
    pol, written = _files(machine)
    records = list(read_pol(pol or b""))
    assert [record for record in records if record.place != rdp(DENY, dword(0)).place] == list(OTHERS)
    assert pol == write_pol(records)
    # The users' half of the version, the other extensions, the spaces and the comment are somebody else's.
    assert written == ini.replace("262151", "262152").encode("latin-1")


def test_missing_extension_is_added_where_it_belongs() -> None:
    ini = f"[General]\r\ngPCMachineExtensionNames=[{SCRIPTS}{TOOL}]\r\nVersion=3\r\n"
    machine = _with_local(ini=ini)
    did = run(machine, "rdp_policy", ALLOW)
    assert not did.get("failed") and _value(machine) == 0, did
    listed = f"[{REGISTRY_EXTENSION}{REGISTRY_TOOL}][{SCRIPTS}{TOOL}]"
    assert _files(machine)[1] == f"[General]\r\ngPCMachineExtensionNames={listed}\r\nVersion=4\r\n".encode()


def test_host_without_any_folder_of_policies() -> None:
    machine = Machine("host")
    assert _files(machine) == (None, None)
    before = machine.files.plain()
    assert run(machine, "rdp_policy", REMOVE)["changed"] is False and machine.files.plain() == before
    did = run(machine, "rdp_policy", ALLOW)
    assert not did.get("failed") and did["changed"] and did["source"]["kind"] == "local", did
    assert did["before"] == {DENY: None, "gpt.ini version": None} and did["after"][DENY] == 0
    _console(machine, did["backup"])
    assert _files(machine) == (None, None) and _value(machine) is None


@pytest.mark.parametrize("order", ["**delvals.", "**DelVals."])
def test_instruction_that_deletes_all_values(order: str) -> None:
    orders = Record(rdp(DENY, dword(0)).key, order, sz(" "))
    machine = _with_local(orders, rdp(DENY, dword(1)))
    files = _files(machine)
    refused = run(machine, "rdp_policy", REMOVE)
    assert refused["failed"] and "gpedit.msc" in refused["msg"] and _files(machine) == files
    did = run(machine, "rdp_policy", ALLOW)
    assert not did.get("failed") and _value(machine) == 0, did
    assert next(iter(read_pol(_files(machine)[0] or b""))) == orders


def _truncated(machine: Machine) -> None:
    machine.files.write(LOCAL_POL, machine.files.read(LOCAL_POL)[:-11])


def _garbage(machine: Machine) -> None:
    machine.files.write(LOCAL_POL, b"PReg\1\0\0\0" + b"\xde\xad\xbe\xef" * 9)


def _too_large(machine: Machine) -> None:
    machine.files.write(LOCAL_POL, write_pol([*large_records(), *large_records()]))


def _large(machine: Machine) -> None:
    machine.files.write(LOCAL_POL, write_pol(large_records()))


def _strange_ini(machine: Machine) -> None:
    machine.files.write(LOCAL_INI, b"[General]\r\nVersion=many\r\n")


def _strange_list(machine: Machine) -> None:
    machine.files.write(LOCAL_INI, b"[General]\r\ngPCMachineExtensionNames=[{35378EAC}]\r\nVersion=1\r\n")


def _wide_ini(machine: Machine) -> None:
    machine.files.write(LOCAL_INI, "[General]\r\nVersion=1\r\n".encode("utf-16-be"))


REFUSED: dict[str, tuple[t.Callable[[Machine], None], str]] = {
    "Registry.pol truncated": (_truncated, "The file ends within the record"),
    "Registry.pol corrupt": (_garbage, "Offset 8 holds de ad"),
    "Registry.pol too large to be read": (_too_large, "more than the"),
    "Registry.pol too large to be written": (_large, "more than 262144"),
    "gpt.ini without a number": (_strange_ini, "many"),
    "gpt.ini without a list": (_strange_list, "no list of extensions"),
    "gpt.ini of another form": (_wide_ini, "neither 8-bit text nor UTF-16"),
}


@pytest.mark.parametrize("check", [True, False], ids=["check mode", "for real"])
@pytest.mark.parametrize("name", REFUSED)
def test_files_that_are_not_understood_stay_as_they_are(name: str, check: bool) -> None:
    prepare, words = REFUSED[name]
    assert LARGE_BYTES < 8 << 20 < 2 * LARGE_BYTES
    machine = sick("gpo-local-blocks")
    prepare(machine)
    files, values = machine.files.plain(), registry(machine)
    result = run(machine, "rdp_policy", REMOVE, check=check)
    assert result["failed"] and result["msg"].startswith("Nothing was changed") and words in result["msg"], result
    assert machine.files.plain() == files and registry(machine) == values


@pytest.mark.parametrize(
    ("faults", "kind", "name"),
    [
        (("gpo-domain-blocks",), "domain", "Block RDP"),
        (("gpo-domain-blocks-local-allows",), "domain", "Block RDP"),
        (("gpo-enforced-blocks",), "domain", "Block RDP, no exceptions"),
        (("mdm-blocks",), "mdm", ""),
        (("mdm-wins",), "mdm", ""),
        (("policy-stray-write",), "stray", ""),
        (("policy-preference",), "stray", ""),
        (("policy-computer-preference",), "preference", "Kiosk settings"),
    ],
)
def test_policies_of_others_are_never_written(faults: tuple[str, ...], kind: str, name: str) -> None:
    machine = sick(*faults)
    cached = machine.policy.plain()[1:]
    result = run(machine, "rdp_policy", REMOVE)
    assert not result.get("failed"), result
    assert result["finding"]["status"] == "problem" and result["finding"]["repair"] is None
    assert (result["source"]["kind"], result["source"]["name"]) == (kind, name) and _value(machine) == 1
    assert machine.policy.plain()[1:] == cached
    assert not [line for line in result["commands"] if "SOFTWARE\\Policies" in line or "DataStore" in line]


def test_local_policy_under_one_of_the_domain() -> None:
    machine = sick("gpo-local-blocks", "gpo-domain-blocks")
    result = run(machine, "rdp_policy", REMOVE)
    assert result["changed"] and not result.get("failed") and result["finding"]["status"] == "problem"
    assert result["source"]["guid"] == BLOCKING_GPO_GUID and "Local GPO" not in str(result["source"])


def test_no_controller_answers(clock: Clock) -> None:
    machine = sick("gpo-local-blocks", "gpo-no-controller")
    files = _files(machine)
    result = run(machine, "rdp_policy", {**REMOVE, "wait": 600})
    assert clock.now == 0, "nobody waits for what has failed"
    assert result["failed"] and "did not hold" in result["msg"] and "domain controller" in result["msg"], result
    assert "gpupdate /target:computer /wait:600' ended with exit code 1" in result["msg"]
    # The files are as before, and only the refresh after that failed again.
    assert "It was undone." in result["msg"] and _files(machine) == files and _value(machine) == 1
    machine.policy.controller_reachable = True
    assert run(machine, "rdp_policy", REMOVE)["changed"] and _value(machine) is None


def test_slow_refresh_is_waited_for_or_taken_back() -> None:
    patient = sick("gpo-local-blocks", "gpupdate-slow")
    result = run(patient, "rdp_policy", {**REMOVE, "wait": 600})
    assert not result.get("failed") and _value(patient) is None, result
    hasty = sick("gpo-local-blocks", "gpupdate-slow")
    files = _files(hasty)
    result = run(hasty, "rdp_policy", {**REMOVE, "wait": 2})
    assert result["failed"] and "did not hold" in result["msg"] and _files(hasty) == files, result


def test_refresh_that_could_disconnect_everybody_is_refused() -> None:
    machine = sick("policy-allows-local-denies", "active-sessions")
    before, refreshes = machine.state_hash(), machine.policy.refreshes
    for options in (ALLOW, {"refresh": True}):
        for check in (True, False):
            result = run(machine, "rdp_policy", options, check=check)
            assert result["failed"] and "KB2083411" in result["msg"] and "rdp_protocol" in result["msg"], result
    assert machine.state_hash() == before and machine.policy.refreshes == refreshes
    assert run(machine, "rdp_protocol")["changed"]
    assert not run(machine, "rdp_policy", {"refresh": True}).get("failed")
    assert len(machine.sessions.plain()) == len(sick("active-sessions").sessions.plain())


def test_trap_for_later_refreshes_is_warned_about() -> None:
    machine = sick("gpo-local-blocks", "protocol-disabled")
    result = run(machine, "rdp_policy", ALLOW)
    assert not result.get("failed") and any("KB2083411" in text for text in result["warnings"]), result
    run(machine, "rdp_protocol")
    assert not run(machine, "rdp_policy", ALLOW).get("warnings")


def test_refresh_alone() -> None:
    machine = sick("gpo-domain-blocks")
    assert run(machine, "rdp_policy", {"refresh": True})["changed"] is False
    machine.policy.remove(BLOCKING_GPO_GUID)
    would = run(machine, "rdp_policy", {"refresh": True}, check=True)
    assert _value(machine) == 1 and not would["changed"]
    did = run(machine, "rdp_policy", {"refresh": True})
    assert did["changed"] and did["source"]["kind"] == "none" and did["finding"]["status"] == "ok", did
    assert did["commands"] == would["commands"] == ["gpupdate /target:computer /wait:120"]
    assert (did["before"], did["after"], did["backup"]) == ({DENY: 1}, {DENY: None}, None)


def test_refresh_alone_that_fails() -> None:
    machine = sick("gpo-domain-blocks", "gpo-no-controller")
    result = run(machine, "rdp_policy", {"refresh": True})
    assert result["failed"] and "exit code 1" in result["msg"] and "domain controller" in result["msg"], result
    assert result["source"]["name"] == "Block RDP" and not result["changed"]


@pytest.mark.parametrize(("faults", "elevated"), [((), False), (("gpupdate-slow",), True)])
def test_refresh_that_did_not_come_about_is_no_success(faults: tuple[str, ...], elevated: bool) -> None:
    machine = sick("gpo-domain-blocks", *faults)
    machine.policy.remove(BLOCKING_GPO_GUID)
    machine.elevated = elevated
    result = run(machine, "rdp_policy", {"refresh": True, "wait": 60})
    # gpupdate itself ends with exit code 0 in both cases.
    assert result["failed"] and "Windows has not applied the policies within 60 s" in result["msg"], result
    assert _value(machine) == 1 and not result["changed"]


def test_refresh_of_which_windows_tells_nothing_is_doubted() -> None:
    machine = sick("gpo-domain-blocks")
    write, machine.policy._lists.write_time = machine.policy._lists.write_time, lambda ended: None
    machine.registry.delete_key(LAST_REFRESH)
    result = run(machine, "rdp_policy", {"refresh": True})
    assert not result.get("failed") and "could not be read" in " ".join(result["warnings"]), result
    # The first one ever.
    machine.policy._lists.write_time = write
    result = run(machine, "rdp_policy", {"refresh": True})
    assert not result.get("failed") and not result["warnings"]


def test_refresh_beside_a_local_policy_that_is_as_wanted() -> None:
    machine = sick("gpo-domain-blocks")
    machine.policy.remove(BLOCKING_GPO_GUID)
    would = run(machine, "rdp_policy", {**REMOVE, "refresh": True}, check=True)
    did = run(machine, "rdp_policy", {**REMOVE, "refresh": True})
    assert did["changed"] and _value(machine) is None and did["finding"]["status"] == "ok", did
    assert did["commands"] == would["commands"] == ["gpupdate /target:computer /wait:120"]
    # A change brings its own, once.
    machine = sick("gpo-local-blocks")
    refreshes = machine.policy.refreshes
    did = run(machine, "rdp_policy", {**REMOVE, "refresh": True})
    assert did["changed"] and machine.policy.refreshes == refreshes + 1, did


def test_value_that_the_next_refresh_changes_is_refreshed() -> None:
    machine = sick("gpo-grants-logon-right")
    machine.policy.set_local(rdp(DENY, dword(0)))
    assert look(machine)["facts"]["policies"] == []
    result = run(machine, "rdp_policy", ALLOW)
    # The file says so for some time, so there is nothing to save: gpupdate is all that it takes.
    assert result["changed"] and _value(machine) == 0 and not result.get("failed"), result
    assert [step["command"] for step in result["steps"]] == ["gpupdate /target:computer /wait:120"]


def test_what_mdm_will_set_is_not_waited_for() -> None:
    machine = Machine("host")
    set_by_mdm(machine.registry, "AllowUsersToConnectRemotely", enabled=False)
    machine.registry.set(RDP_POLICY, DENY, dword(0))
    result = run(machine, "rdp_policy", REMOVE)
    assert not result.get("failed") and result["changed"] is False, result
    assert "MDM" in result["source"]["pending"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, ("local_policy", "not_configured", "refresh")),
        ({"refresh": False}, ("local_policy", "enabled", "refresh")),
        ({"local_policy": "disabled"}, ("local_policy", "disabled", "not_configured", "enabled")),
        ({**REMOVE, "wait": 0}, ("wait", "0", "1 to 3600")),
        ({**REMOVE, "wait": 3601}, ("wait", "3601", "to 3600")),
    ],
)
def test_bad_options_are_refused_before_anything_is_sent(options: Result, words: tuple[str, ...]) -> None:
    machine = Machine("host")
    result = run(machine, "rdp_policy", options)
    assert result["failed"] and all(word in result["msg"] for word in words) and not machine.log, result


def _prepared(way: str) -> Machine:
    """A host where the local policy blocks, or one that never had one."""
    return sick("gpo-local-blocks") if way == "not_configured" else Machine("host")


@pytest.mark.parametrize("way", OPTIONS)
def test_every_cut_can_be_repeated_or_undone(way: str) -> None:
    healed = _prepared(way)
    old = _files(healed), _value(healed)
    healed.before_command = counted = Count()
    run(healed, "rdp_policy", OPTIONS[way])
    healed.before_command = None
    new = _files(healed), _value(healed)
    new_version = healed.policy.candidates()[0].gpo.version
    cuts = range(1, counted.commands + 1)
    for number in sampling.one_in(2, "wire cuts before a command of a change of the local policy", way, cuts):
        for onwards in (True, False):
            machine = _prepared(way)
            machine.before_command = Cut(number)
            with pytest.raises(AnsibleConnectionFailure):
                run(machine, "rdp_policy", OPTIONS[way])
            machine.before_command = None
            # Each file is the old one or the new one, never a part of one.
            for now, before, after in zip(_files(machine), old[0], new[0], strict=True):
                assert now in (before, after), number
            if onwards:
                result = run(machine, "rdp_policy", OPTIONS[way])
                assert not result.get("failed") and result["finding"]["status"] == "ok", (number, result)
                # Only gpt.ini may be one version further on, where the first run had raised it.
                assert (_files(machine)[0], _value(machine)) == (new[0][0], new[1]), number
                assert machine.policy.candidates()[0].gpo.version - new_version in (0, 1), number
            elif (_files(machine), _value(machine)) != old:
                (script,) = [path for path in machine.files.plain() if path.lower().endswith("undo.cmd")]
                _console(machine, script.rpartition("\\")[0])
                assert (_files(machine), _value(machine)) == old, number


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_program_that_fails_never_leaves_half_a_policy(answer: tuple[bytes, int]) -> None:
    counted = sick("gpo-local-blocks")
    run(counted, "rdp_policy", REMOVE)
    old, new = _files(sick("gpo-local-blocks")), _files(counted)
    for number in range(1, sum(entry.kind == "tool" for entry in counted.log) + 1):
        machine = sick("gpo-local-blocks")
        break_program(machine, number, answer)
        result = run(machine, "rdp_policy", REMOVE)
        del machine.run_program
        if result.get("failed"):
            assert _files(machine) in (old, new), (number, result)
            assert "Nothing was changed" not in result["msg"] or _files(machine) == old, (number, result)
        else:
            assert _files(machine) == new and _value(machine) is None, (number, result)


# --- rdp_protocol ----------------------------------------------------------------------------------------------------

NAMES = {
    "gpo-local-blocks": "the local policy decides",
    "gpo-domain-blocks": f"GPO 'Block RDP' {BLOCKING_GPO_GUID} decides",
    "mdm-blocks": "a policy from MDM decides",
    "policy-stray-write": "a policy value that no policy wrote decides",
    # Windows logged who set it: the file is not the only witness.
    "registry-pol-corrupt": f"GPO 'Block RDP' {BLOCKING_GPO_GUID} decides",
}


@pytest.mark.parametrize("fault", NAMES)
def test_switch_under_a_policy(fault: str) -> None:
    for on_policy in ("fail", "warn", "ignore"):
        machine = sick(fault, "protocol-disabled")
        before = machine.state_hash("registry", "files")
        result = run(machine, "rdp_protocol", {"on_policy": on_policy})
        said = result.get("msg", "") if on_policy == "fail" else " ".join(result.get("warnings", ()))
        assert (NAMES[fault] in said) == (on_policy != "ignore"), result
        assert bool(result.get("failed")) == (on_policy == "fail")
        assert (machine.state_hash("registry", "files") == before) == (on_policy == "fail")
        assert result["changed"] == (on_policy != "fail") and result["finding"]["status"] == "problem"
        assert (machine.registry.number(TERMINAL_SERVER, DENY) == 0) == (on_policy != "fail")
        assert result["policy"]["value"] == 1 and _value(machine) == 1
    # In check mode it is said as well.
    assert run(sick(fault), "rdp_protocol", check=True)["failed"]


def test_switch_that_is_reverted_by_a_policy_of_the_opposite() -> None:
    machine = sick("policy-allows-local-denies")
    run(machine, "rdp_protocol")
    result = run(machine, "rdp_protocol", {"state": "disabled"})
    assert result["failed"] and "Allow RDP" in result["msg"] and "Change that policy first." in result["msg"]


def test_what_reverts_the_switch_shows_at_once() -> None:
    def reverting() -> Machine:
        # Outside of the keys for policies: a custom template, which writes the switch itself again and again.
        machine = Machine("host")
        record = Record(TERMINAL_SERVER.partition("\\")[2], DENY, dword(1))
        machine.policy.add(Gpo("Custom template", BLOCKING_GPO_GUID, [Link(machine.policy.unit)], [record]))
        machine.policy.refresh(force=True)
        assert machine.registry.number(TERMINAL_SERVER, DENY) == 1
        return machine

    machine = reverting()
    assert not run(machine, "rdp_protocol").get("failed")
    machine.policy.refresh(force=True)
    assert look(machine)["root_cause"]["check"] == "protocol"
    machine = reverting()
    assert not run(machine, "rdp_protocol", {"refresh": True}).get("failed"), "nothing has changed"
    machine = reverting()
    result = run(machine, "rdp_protocol", {"refresh": True, "force": True})
    assert result["failed"] and "did not hold" in result["msg"], result
    assert any("gpupdate" in line for line in result["commands"])


@pytest.mark.parametrize("check", [True, False])
def test_refresh_that_failed_is_told_of_though_the_switch_holds(check: bool) -> None:
    machine = sick("protocol-disabled", "gpo-no-controller")
    result = run(machine, "rdp_protocol", {"refresh": True}, check=check)
    assert result["changed"] and not result.get("failed"), result
    assert result["finding"]["status"] == ("problem" if check else "ok")
    said = " ".join(result["warnings"])
    assert ("were not applied again" in said and result["commands"][-1] in said) is not check
    assert not run(sick("protocol-disabled"), "rdp_protocol", {"refresh": True})["warnings"]


@pytest.mark.parametrize("on_policy", ["fail", "warn", "ignore"])
def test_policy_that_comes_with_the_refresh_is_no_success(on_policy: str) -> None:
    machine = sick("protocol-disabled")
    machine.policy.set_local(rdp(DENY, dword(1)))
    assert look(machine)["facts"]["policies"] == []
    result = run(machine, "rdp_protocol", {"refresh": True, "on_policy": on_policy})
    assert bool(result.get("failed")) == (on_policy == "fail") and _value(machine) == 1, result
    assert (machine.registry.number(TERMINAL_SERVER, DENY) == 1) == (on_policy == "fail")
    said = result.get("msg", "") if on_policy == "fail" else " ".join(result["warnings"])
    assert ("the local policy decides" in said) == (on_policy != "ignore")
    assert ("It was undone." in said) == (on_policy == "fail")


# Everything but 0 denies. What Windows does with the other types is not documented.
STRANGE = {
    "another number": (dword(2), "fDenyTSConnections = 2"),
    "a text": (sz("1"), "fDenyTSConnections = 1 (REG_SZ)"),
    "bytes": (binary(b"\1\0\0\0"), "fDenyTSConnections = 01000000 (REG_BINARY)"),
}


@pytest.mark.parametrize("name", STRANGE)
def test_value_that_is_not_0_is_a_policy_that_denies_for_both_checks(name: str) -> None:
    value, shown = STRANGE[name]
    machine = sick()
    machine.policy.add(Gpo("Block RDP", BLOCKING_GPO_GUID, [Link(machine.policy.unit)], [rdp(DENY, value)]))
    machine.policy.refresh(force=True)
    seen = look(machine)
    found = {finding["check"]: finding for finding in seen["findings"]}
    assert found["protocol"]["status"] == found["policy"]["status"] == "problem"
    assert seen["root_cause"]["check"] == "policy" and "Block RDP" in found["policy"]["summary"]
    assert shown in found["policy"]["found"] and "Block RDP" in found["policy"]["fix"]


@pytest.mark.parametrize("raw", [b"\1", b"\1\0\0\0\0\0\0\0"])
def test_number_of_another_size_is_never_no_policy(raw: bytes) -> None:
    machine = sick()
    machine.registry.set(RDP_POLICY, DENY, Value(REG_DWORD, raw))
    found = {finding["check"]: finding for finding in look(machine)["findings"]}
    assert found["protocol"]["status"] == found["policy"]["status"] == "unknown"
    assert DENY in found["policy"]["found"]
    for module, options in (("rdp_protocol", {}), ("rdp_policy", REMOVE), ("rdp_policy", {"refresh": True})):
        result = run(machine, module, options)
        assert result["failed"] and result["msg"].startswith("Nothing was changed"), (module, result)


def test_a_plain_refresh_brings_what_has_changed_and_force_is_for_the_rest() -> None:
    # RP_FORCE has software installed again at the next start, so it is left to where nothing else helps.
    machine = sick("gpo-local-blocks")
    forced = machine.policy.forced
    assert run(machine, "rdp_policy", REMOVE)["changed"] and _value(machine) is None
    machine.policy.remove(BLOCKING_GPO_GUID)
    assert run(machine, "rdp_policy", {"refresh": True})["commands"] == ["gpupdate /target:computer /wait:120"]
    assert machine.policy.forced == forced
    assert "/force" in run(machine, "rdp_policy", {"refresh": True, "force": True})["commands"][0]
    assert machine.policy.forced == forced + 1


def test_value_that_a_plain_refresh_leaves_goes_by_force() -> None:
    machine = sick()
    machine.policy.set_local(rdp(DENY, dword(0)))
    machine.policy.refresh(force=False)
    machine.registry.set(RDP_POLICY, DENY, dword(1))
    seen = look(machine)
    assert "gpupdate /force" in next(one for one in seen["findings"] if one["check"] == "policy")["found"]
    machine.policy.refresh(force=False)
    assert _value(machine) == 1, "a plain refresh leaves it where no GPO has changed"
    forced = machine.policy.forced
    result = run(machine, "rdp_policy", ALLOW)
    assert not result.get("failed") and _value(machine) == 0 and machine.policy.forced == forced + 1, result
    assert [step["command"] for step in result["steps"]] == ["gpupdate /target:computer /force /wait:120"]


def test_gpo_that_windows_cannot_read_costs_nothing_of_the_rest() -> None:
    machine = sick("gpo-domain-blocks", "gpo-unreadable")
    seen = look(machine)
    (policy,) = [one for one in seen["facts"]["policies"] if one["id"] == "allow_connections"]
    assert policy["source"]["name"] == "Block RDP"
    assert policy["source"]["disagreements"] == [], policy
    # What reach says of a filter between the computers is no filter of a GPO.
    assert "filter" not in str([one for one in seen["findings"] if one["check"] != "reach"])
    rights = run(sick("gpo-unreadable"), "rdp_info", {"quiet": True, "rights": True})["facts"]["rights"]
    assert {one["source"]["kind"] for one in rights} == {"unknown"}, rights
    assert UNREADABLE_GUID in rights[0]["source"]["reason"]


def test_refresh_only_after_a_change() -> None:
    machine = sick("protocol-disabled")
    would = run(machine, "rdp_protocol", {"refresh": True}, check=True)
    did = run(machine, "rdp_protocol", {"refresh": True})
    assert str(would["commands"]) == foretold(did, "commands", did["backup"])
    assert "gpupdate /target:computer /wait:120" in did["commands"]
    assert did["finding"]["status"] == "ok" and run(machine, "rdp_protocol", {"refresh": True})["commands"] == []
    # Turned off, a refresh could disconnect whom a policy lets in.
    assert not [
        c for c in run(machine, "rdp_protocol", {"state": "disabled", "refresh": True})["commands"] if "gpu" in c
    ]
