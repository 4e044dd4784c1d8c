# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every repair: alone, in pairs, cut at every command, with a failing command at every place, and undone."""

from __future__ import annotations

import itertools

import pytest
from ansible.errors import AnsibleConnectionFailure

import sampling
from lab import Machine

from ..conftest import Count, Cut
from .conftest import ANSWERS, Result, break_program, foretold, heal, look, options_of, registry, run, sick

LISTENER = r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations\RDP-Tcp"
REPAIRED = {
    "protocol-disabled": "rdp_protocol",
    "users-denied": "rdp_protocol",
    "policy-allows-local-denies": "rdp_protocol",
    "gpo-local-blocks": "rdp_policy",
    "service-stopped": "rdp_service",
    "service-disabled": "rdp_service",
    "umrdp-stopped": "rdp_service",
    "listener-key-missing": "rdp_listener",
    "listener-damaged": "rdp_listener",
    "listener-disabled": "rdp_listener",
    "listener-wrong-values": "rdp_listener",
    "listener-vendor-left": "rdp_listener",
    "logon-disabled": "rdp_listener",
    "machinekeys-denied": "rdp_machine_keys",
    "certificate-missing": "rdp_cert",
    "certificate-expired": "rdp_cert",
    "certificate-store-unnamed": "rdp_cert",
    "keyfile-missing": "rdp_cert",
    "firewall-rule-off": "rdp_firewall",
    "firewall-rule-missing": "rdp_firewall",
}
# Every fault with the options of its repair: a listener has two ways.
WAYS = [
    pytest.param(fault, method, id="-".join((fault, *method.values())))
    for fault, module in REPAIRED.items()
    for method in (({"method": "converge"}, {"method": "replace"}) if module == "rdp_listener" else ({},))
]
BESIDES = ("slow-services", "slow-certificate", "shared-svchost", "extra-listeners", "machinekeys-extra", "no-ipv6")


def _options(fault: str, donor: Result) -> Result:
    return options_of(REPAIRED[fault], donor)


def _has_key(machine: Machine) -> bool:
    return machine.create_process(f'reg query "{LISTENER}" /v LoadableProtocol_Object', code_page=437).exit_code == 0


PAIRS = list(itertools.combinations((*REPAIRED, *BESIDES), 2))


@pytest.mark.parametrize("faults", sampling.some("pairs of faults healed", PAIRS, 80, lambda pair: pair), ids="+".join)
def test_pair_is_healed_as_predicted_and_stays_so(faults: tuple[str, str], donor: Result) -> None:
    machine = sick(*faults)
    before = machine.state_hash("registry", "services", "files")
    heal(machine, donor, check=True)
    assert machine.state_hash("registry", "services", "files") == before, "check mode changed something"
    for result in heal(machine, donor):
        assert result["changed"] and not result.get("failed"), result
    assert look(machine)["healthy"] is True, look(machine)["report"]
    assert heal(machine, donor) == []
    assert machine.errors() == []


@pytest.mark.parametrize(("fault", "method"), WAYS)
def test_check_mode_predicts_the_commands_and_undo_takes_them_back(fault: str, method: Result, donor: Result) -> None:
    options = _options(fault, donor) | method
    machine = sick(fault)
    before = registry(machine)
    would = run(machine, REPAIRED[fault], options, check=True)
    did = run(machine, REPAIRED[fault], options)
    assert not did.get("failed") and did["finding"]["status"] == "ok", did
    assert all(step["why"].endswith(".") and step["command"] in did["commands"] for step in did["steps"])
    for key in ("changed", "steps", "commands", "before", "after", "diff", "backup", "restarted"):
        assert str(would[key]) == foretold(did, key, did["backup"]), key
    again = run(machine, REPAIRED[fault], options)
    assert (again["changed"], again["commands"], again["backup"]) == (False, [], None)
    ran = machine.create_process(f'cmd.exe /d /c "{did["backup"]}\\undo.cmd"', code_page=437)
    assert ran.exit_code in (0, 2), ran
    after = registry(machine)
    if REPAIRED[fault] == "rdp_cert":
        # What SessionEnv does of itself after the undo is its own business.
        assert _has_key(machine)
    else:
        assert after == before


def _count(fault: str, options: Result) -> int:
    machine = sick(fault)
    machine.before_command = counted = Count()
    run(machine, REPAIRED[fault], options)
    return counted.commands


@pytest.mark.parametrize(("fault", "method"), WAYS)
def test_wire_cut_before_every_command(fault: str, method: Result, donor: Result) -> None:
    options = _options(fault, donor) | method
    way = "-".join((fault, *method.values()))
    cuts = range(1, _count(fault, options) + 1)
    for number in sampling.one_in(4, "wire cuts before a command of a repair", way, cuts):
        machine = sick(fault)
        had_key = _has_key(machine)
        machine.before_command = Cut(number)
        with pytest.raises(AnsibleConnectionFailure):
            run(machine, REPAIRED[fault], options)
        machine.before_command = None
        assert _has_key(machine) or not had_key, f"cut before command {number}"
        result = run(machine, REPAIRED[fault], options)
        assert not result.get("failed"), (number, result)
        assert result["finding"]["status"] == "ok" or look(machine)["healthy"], (number, result["finding"])


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
@pytest.mark.parametrize("fault", REPAIRED)
def test_program_that_fails_or_prints_garbage_at_every_place(
    fault: str, answer: tuple[bytes, int], donor: Result
) -> None:
    options = _options(fault, donor)
    counted = sick(fault)
    run(counted, REPAIRED[fault], options)
    places = range(1, sum(entry.kind == "tool" for entry in counted.log) + 1)
    for number in sampling.one_in(4, "places of a repair at which a program breaks", f"{fault} {answer}", places):
        machine = sick(fault)
        had_key = _has_key(machine)
        break_program(machine, number, answer)
        result = run(machine, REPAIRED[fault], options)
        del machine.run_program
        assert "Traceback" not in str(result.get("msg", ""))
        assert _has_key(machine) or not had_key, (number, result)
        if not result.get("failed"):
            # TermService counts alone: what becomes of the services beside it is a warning. A listener that listens is
            # one while qwinsta can't be read.
            warns = REPAIRED[fault] in ("rdp_service", "rdp_listener")
            good = ("ok", "unknown", "skipped", *(("warning",) if warns else ()))
            assert result["finding"]["status"] in good, (number, result)
        again = run(machine, REPAIRED[fault], options)
        # A listener that listens stays as it is, also where a name of an older protocol was not written.
        good = ("ok", "warning") if REPAIRED[fault] == "rdp_listener" else ("ok",)
        assert not again.get("failed") and again["finding"]["status"] in good, (number, result, again)
        assert look(machine)["healthy"], (number, result, again)


@pytest.mark.parametrize("fault", ["listener-damaged", "certificate-expired", "machinekeys-denied", "service-disabled"])
def test_undo_script_after_a_cut_brings_the_old_state_back(fault: str, donor: Result) -> None:
    options = _options(fault, donor)
    cuts = range(1, _count(fault, options) + 1)
    for number in sampling.one_in(2, "wire cuts before a command of a repair that is undone", fault, cuts):
        machine = sick(fault)
        before = registry(machine)
        machine.before_command = Cut(number)
        with pytest.raises(AnsibleConnectionFailure):
            run(machine, REPAIRED[fault], options)
        machine.before_command = None
        scripts = [path for path in machine.files.plain() if path.lower().endswith("undo.cmd")]
        if not scripts or registry(machine) == before:
            continue
        machine.create_process(f'cmd.exe /d /c "{scripts[0]}"', code_page=437)
        assert _has_key(machine)
        if fault != "certificate-expired":
            assert registry(machine) == before, number


def test_look_that_is_cut_short_is_never_healthy(donor: Result) -> None:
    machine = Machine("host")
    look(machine)
    for number in range(1, len(machine.log) + 1):
        machine = Machine("host")
        machine.before_command = Cut(number)
        with pytest.raises(AnsibleConnectionFailure):
            look(machine)


def test_nobody_is_disconnected_without_being_asked() -> None:
    machine = sick("active-sessions")
    before = registry(machine)
    refused = run(machine, "rdp_protocol", {"state": "disabled"})
    assert refused["failed"] and "2 sessions" in refused["msg"] and registry(machine) == before
    assert run(machine, "rdp_protocol", {"state": "disabled", "disconnect": "always"})["changed"]
