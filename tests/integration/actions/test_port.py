# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Another port: predicted, proven, taken back, cut at every command, and refused where it would lock people out."""

from __future__ import annotations

import typing as t

import pytest
from ansible.errors import AnsibleConnectionFailure

import sampling
from lab import Machine
from lab.state.firewall.engine import POLICY, POLICY_RULES
from lab.state.registry import dword, sz
from lab.state.sockets import Exclusion

from ..conftest import Count, Cut
from .conftest import ANSWERS, Result, World, break_program, foretold, look, registry, run, sick

APACHE = {"on_conflict": "stop_service", "service": "Apache2.4"}
# Each way to a port: the host's fault, and the options.
WAYS: dict[str, tuple[str, Result]] = {
    "to another": ("no-ipv6", {"port": 3390}),
    "back to its own": ("port-changed", {}),
    "to a third": ("port-changed", {"port": 4000}),
    "taken by a service": ("port-taken", APACHE),
    "of a stopped service": ("service-stopped", {"port": 3390}),
    "of one without UmRdpService": ("umrdp-stopped", {"port": 3390}),
}


def _state(machine: Machine) -> Result:
    """Everything that a change of the port may touch."""
    names = ("TermService", "UmRdpService", "Apache2.4")
    services = machine.services.plain()
    rows = [(one[0], one[1], one[2], one[5]) for one in machine.sockets.plain()]
    return {
        "registry": registry(machine),
        "services": {name: services[name]["state"] for name in names if name in services},
        "listens": sorted(machine.rdp_ports()),
        "sockets": rows,
    }


@pytest.mark.parametrize("way", WAYS)
def test_change_is_predicted_proven_and_stays(way: str, world: World) -> None:
    fault, options = WAYS[way]
    machine = sick(fault)
    wanted = options.get("port", 3389)
    before = _state(machine)
    would = run(machine, "rdp_port", options, check=True)
    assert _state(machine) == before and not world.asked and would["verification"] is None
    did = run(machine, "rdp_port", options)
    assert not did.get("failed") and did["finding"]["status"] == "ok", did
    assert did["restarted"] is (before["services"]["TermService"] == 4)
    for key in ("changed", "steps", "commands", "before", "after", "diff", "backup", "restarted"):
        assert str(would[key]) == foretold(did, key, did["backup"]), key
    assert machine.rdp_ports() == {wanted} == set(world.asked)
    verification = {"address": machine.address, "port": wanted, "outcome": "rdp", "summary": "It says rdp."}
    assert did["verification"] == {**verification, "requires_nla": None}
    assert {one["term_service"] for one in did["port"]["owners"]} == {True}
    again = run(machine, "rdp_port", options)
    assert (again["changed"], again["commands"], again["verification"]) == (False, [], None)
    assert look(machine)["healthy"] and machine.errors() == []
    ran = machine.create_process(f'cmd.exe /d /c "{did["backup"]}\\undo.cmd"', code_page=437)
    assert ran.exit_code in (0, 2), ran
    assert _state(machine) == before


@pytest.mark.parametrize("outcome", ["timeout", "refused", "not_rdp", "no_answer", "name", "unknown"])
@pytest.mark.parametrize("way", WAYS)
def test_what_is_not_proven_from_outside_is_taken_back(way: str, outcome: str, world: World) -> None:
    fault, options = WAYS[way]
    machine = sick(fault)
    before = _state(machine)
    world.outcome = outcome
    result = run(machine, "rdp_port", options)
    assert result["failed"] and "It was undone." in result["msg"], result["msg"]
    assert "verify_from_controller: false" in result["msg"] and f"It says {outcome}." in result["msg"]
    assert result["verification"]["outcome"] == outcome
    assert _state(machine) == before
    assert machine.errors() == []


def test_listener_without_a_certificate_proves_nothing(world: World) -> None:
    machine = sick()
    world.outcome = "no_certificate"
    result = run(machine, "rdp_port", {"port": 3390})
    assert result["failed"] and "It was undone." in result["msg"], result["msg"]
    assert result["verification"]["outcome"] == "no_certificate" and machine.rdp_ports() == {3389}


def test_own_word_is_enough_without_the_controller(world: World) -> None:
    machine = sick()
    world.outcome = "timeout"
    result = run(machine, "rdp_port", {"port": 3390, "verify_from_controller": False})
    assert result["changed"] and not result.get("failed") and result["verification"] is None and not world.asked
    assert machine.rdp_ports() == {3390}


def test_restart_is_left_to_the_user(world: World) -> None:
    machine = sick("active-sessions")
    result = run(machine, "rdp_port", {"port": 3390, "disconnect": "never"})
    assert result["changed"] and not result["restarted"] and not result.get("failed") and not world.asked
    assert machine.rdp_ports() == {3389}
    assert not run(machine, "rdp_port", {"port": 3390, "disconnect": "never"})["changed"]
    machine.reboot()
    assert machine.rdp_ports() == {3390}


def _owned_by_kernel(machine: Machine) -> None:
    machine.sockets.listen(3390, 4)


def _owned_by_process(machine: Machine) -> None:
    machine.sockets.listen(3390, machine.processes.start("game.exe").pid)


def _owned_by_shared_process(machine: Machine) -> None:
    gpsvc = machine.services.get("gpsvc")
    assert gpsvc is not None and len(machine.services.hosted_by(gpsvc.pid)) > 1
    machine.sockets.listen(3390, gpsvc.pid)


REFUSED: dict[str, tuple[tuple[str, ...], t.Callable[[Machine], None] | None, Result, tuple[str, ...]]] = {
    "service": (("port-taken",), None, {}, ("httpd.exe", "Apache2.4", "starts with Windows", "on_conflict")),
    "other service named": (("port-taken",), None, {**APACHE, "service": "nginx"}, ("httpd.exe", "nginx")),
    "kernel": ((), _owned_by_kernel, {"port": 3390}, ("netsh http show servicestate",)),
    "kernel, service named": ((), _owned_by_kernel, {"port": 3390, **APACHE}, ("kernel", "Apache2.4")),
    "process": ((), _owned_by_process, {"port": 3390}, ("game.exe",)),
    "shared process": (
        ("shared-svchost",),
        _owned_by_shared_process,
        {"port": 3390, **APACHE, "service": "gpsvc"},
        ("hosts other services",),
    ),
    "WebSocket port": ((), None, {"port": 3387}, ("WebSocketListenerPort",)),
    "people connected": (("active-sessions",), None, {"port": 3390}, ("2 sessions", "anna.keller")),
    "Remote Desktop off": (("protocol-disabled",), None, {"port": 3390}, ("rdp_protocol",)),
    "service disabled": (("service-disabled",), None, {"port": 3390}, ("rdp_service",)),
    "listener damaged": (("listener-damaged",), None, {"port": 3390}, ("rdp_listener",)),
    "no listener": (("listener-key-missing",), None, {"port": 3390}, ("rdp_listener",)),
    "Citrix' listener": (
        ("extra-listeners",),
        None,
        {"port": 3390, "listener": "ICA-tcp"},
        ("another product", "its port"),
    ),
    "set-up at work": (("setup-in-progress",), None, {"port": 3390}, ("SystemSetupInProgress",)),
}


@pytest.mark.parametrize("check", [True, False], ids=["check mode", "for real"])
@pytest.mark.parametrize("name", REFUSED)
def test_refused_before_anything_is_changed(name: str, check: bool, world: World) -> None:
    faults, prepare, options, words = REFUSED[name]
    machine = sick(*faults)
    if prepare:
        prepare(machine)
    before = _state(machine)
    files = machine.state_hash("files")
    result = run(machine, "rdp_port", options, check=check)
    assert result["failed"] and result["msg"].startswith("Nothing was changed"), result
    assert all(word in result["msg"] for word in words), result["msg"]
    assert _state(machine) == before and machine.state_hash("files") == files


def test_conflict_is_in_the_result(world: World) -> None:
    result = run(sick("port-taken"), "rdp_port")
    assert result["finding"]["check"] == "port_conflict" and result["finding"]["status"] == "problem"
    assert {one["image"] for one in result["port"]["owners"]} == {"httpd.exe"}


def _count(way: str) -> int:
    fault, options = WAYS[way]
    machine = sick(fault)
    machine.before_command = counted = Count()
    run(machine, "rdp_port", options)
    return counted.commands


def _scripts(machine: Machine) -> list[str]:
    return [path for path in machine.files.plain() if path.lower().endswith("undo.cmd")]


@pytest.mark.parametrize("way", WAYS)
def test_wire_cut_before_every_command(way: str, world: World) -> None:
    fault, options = WAYS[way]
    cuts = range(1, _count(way) + 1)
    for number in sampling.one_in(4, "wire cuts before a command of a change of the port", way, cuts):
        machine = sick(fault)
        before = _state(machine)
        machine.before_command = Cut(number)
        with pytest.raises(AnsibleConnectionFailure):
            run(machine, "rdp_port", options)
        machine.before_command = None
        if _scripts(machine) and _state(machine) != before:
            # Either way out of it leads somewhere: back at the console …
            copy = sick(fault)
            copy.before_command = Cut(number)
            with pytest.raises(AnsibleConnectionFailure):
                run(copy, "rdp_port", options)
            copy.before_command = None
            # Its backup has a name of its own.
            copy.create_process(f'cmd.exe /d /c "{_scripts(copy)[0]}"', code_page=437)
            assert _state(copy) == before, number
        # … or on.
        result = run(machine, "rdp_port", options)
        assert not result.get("failed") and result["finding"]["status"] == "ok", (number, result)
        assert machine.rdp_ports() == {options.get("port", 3389)}, number


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
@pytest.mark.parametrize("way", WAYS)
def test_program_that_fails_or_prints_garbage_at_every_place(way: str, answer: tuple[bytes, int], world: World) -> None:
    fault, options = WAYS[way]
    counted = sick(fault)
    run(counted, "rdp_port", options)
    places = range(1, sum(entry.kind == "tool" for entry in counted.log) + 1)
    what = "places of a change of the port at which a program breaks"
    for number in sampling.one_in(4, what, f"{way} {answer}", places):
        machine = sick(fault)
        break_program(machine, number, answer)
        result = run(machine, "rdp_port", options)
        del machine.run_program
        assert "Traceback" not in str(result.get("msg", "")), (number, result)
        if not result.get("failed"):
            assert machine.rdp_ports() == {options.get("port", 3389)}, (number, result)
        again = run(machine, "rdp_port", options)
        assert not again.get("failed") and again["finding"]["status"] == "ok", (number, result, again)


def test_way_around_is_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "ansible_collections.winops.rdp.plugins.action.rdp_port.detour", lambda connection: "a jump host of ssh"
    )
    machine = sick()
    before = _state(machine)
    result = run(machine, "rdp_port", {"port": 3390})
    assert result["failed"] and "jump host" in result["msg"] and _state(machine) == before
    assert run(machine, "rdp_port", {"port": 3390, "verify_from_controller": False})["changed"]
    # Nothing to prove, nothing to refuse.
    assert run(machine, "rdp_port", {"port": 3390})["changed"] is False


def test_warnings_speak_against_the_port(world: World) -> None:
    machine = sick()
    assert any("does not recommend" in text for text in run(machine, "rdp_port", {"port": 3390})["warnings"])
    assert not run(machine, "rdp_port", {"port": 3389}).get("warnings")


def test_excluded_port_is_refused_and_one_reserved_by_hand_is_not(world: World) -> None:
    machine = sick()
    machine.sockets.excluded["tcp"] = [Exclusion(3380, 3479), Exclusion(4000, 4000, administered=True)]
    before = _state(machine)
    refused = run(machine, "rdp_port", {"port": 3390})
    assert refused["failed"] and "3380 to 3479 (IPv4)" in refused["msg"] and _state(machine) == before
    assert run(machine, "rdp_port", {"port": 4000})["port"]["excluded"] is False
    assert machine.rdp_ports() == {4000}


def test_port_that_a_policy_keeps_closed_is_refused(world: World) -> None:
    machine = sick()
    profile = rf"{POLICY}\DomainProfile"
    machine.registry.set(profile, "AllowLocalPolicyMerge", dword(0))
    rule = "v2.31|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=3389|Name=Remote Desktop by policy|"
    machine.registry.set(POLICY_RULES, "{3F2504E0-4F89-11D3-9A0C-0305E82C3301}", sz(rule))
    before, files = _state(machine), machine.state_hash("files")
    for check in (True, False):
        refused = run(machine, "rdp_port", {"port": 3390}, check=check)
        assert refused["failed"] and "AllowLocalPolicyMerge = 0" in refused["msg"], refused
        assert refused["msg"].startswith("Nothing was changed") and not refused.get("changed")
    assert _state(machine) == before and machine.state_hash("files") == files and not world.asked


def test_rule_that_does_not_come_stops_it_before_the_port_is_changed(world: World) -> None:
    machine = sick("active-sessions")
    before = _state(machine)
    options = {"port": 3390, "disconnect": "always"}

    def ignored(identity: str, rule: object) -> None:
        """As where something else undoes it at once."""

    vars(machine.firewall)["put"] = ignored
    result = run(machine, "rdp_port", options)
    assert result["failed"] and "It was undone." in result["msg"], result
    assert result["restarted"] is False and _state(machine) == before
    assert machine.sessions.plain() == sick("active-sessions").sessions.plain(), "nobody was disconnected"
    assert not any("net stop" in entry.line for entry in machine.log)


def test_firewall_is_open_on_the_way_and_closed_behind(world: World) -> None:
    machine = sick()
    run(machine, "rdp_port", {"port": 3390})
    assert _rules(machine) == ["winops.rdp TCP 3390", "winops.rdp UDP 3390"]
    moved = run(machine, "rdp_port", {"port": 4000})
    assert _rules(machine) == ["winops.rdp TCP 4000", "winops.rdp UDP 4000"]
    assert moved["steps"][-1]["command"].startswith("netsh advfirewall firewall delete rule"), moved["steps"]
    machine.create_process(f'cmd.exe /d /c "{moved["backup"]}\\undo.cmd"', code_page=437)
    assert _rules(machine) == ["winops.rdp TCP 3390", "winops.rdp UDP 3390"] and machine.rdp_ports() == {3390}
    run(machine, "rdp_port")
    assert _rules(machine) == [] and machine.rdp_ports() == {3389}


def _rules(machine: Machine) -> list[str]:
    names = (rule.text().partition("|Name=")[2].partition("|")[0] for rule in machine.firewall.rules().values())
    return sorted(name for name in names if name.startswith("winops.rdp"))
