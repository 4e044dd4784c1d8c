# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Situations that people reported: the cause is named and no other, and no repair leaves a host worse than it was."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest

from lab import FAULTS, Machine
from lab.state.port_owners import OtherProgram
from lab.state.registry import dword, sz
from lab.state.services import RUNNING
from lab.state.termservice import RDP_TCP

from .conftest import Result, heal, look

Change = t.Callable[[Machine], None]


@dataclasses.dataclass(frozen=True)
class Case:
    """One situation.

    Attributes:
        change: What is wrong with the host.
        check: The check that names the cause: the root cause of a sick host, a warning on one that works.
        says: What its summary, findings or advice say of the cause, each of them.
        healed: Whether the repairs bring Remote Desktop back.
        works: Whether people get in all the same.
        language: The language of the host's Windows.
    """

    change: Change
    check: str
    says: tuple[str, ...]
    healed: bool = False
    works: bool = False
    language: str = "en-US"


def _faults(*names: str) -> Change:
    def change(machine: Machine) -> None:
        for name in names:
            FAULTS[name].change(machine)

    return change


def _wrapper_without_rights(machine: Machine) -> None:
    """https://github.com/stascorp/rdpwrap/issues/215."""
    _faults("service-dll-foreign")(machine)
    machine.services.table["TERMSERVICE"].fails_to_start = 5


def _deleted(*names: str) -> Change:
    """sc delete, as in https://github.com/adolfintel/Windows10-Privacy/issues/44."""

    def change(machine: Machine) -> None:
        for name in names:
            service = machine.services.table[name.upper()]
            service.installed = service.at_boot = False
            machine.registry.delete_key(service.key)

    return change


def _expired_without_session_env(machine: Machine) -> None:
    _deleted("SessionEnv")(machine)
    _faults("certificate-expired")(machine)


def _no_certificate_and_session_env_fails(machine: Machine) -> None:
    """https://learn.microsoft.com/troubleshoot/windows-server/remote/internal-error-has-occurred-connecting-remote-machine."""
    service = machine.services.table["SESSIONENV"]
    service.fails_to_start, service.at_boot = 126, False
    _faults("certificate-missing")(machine)


def _one_adapter(machine: Machine) -> None:
    """KB555382: LanAdapter names a network adapter that isn't there."""
    machine.registry.set(RDP_TCP, "LanAdapter", dword(3))


def _relay_of_wsl(machine: Machine) -> None:
    """https://github.com/davecwright3/wsl-linux-de/issues/2."""
    machine.port_owners.others.append(OtherProgram(r"C:\Program Files\WSL\wslrelay.exe", 3389, "silent"))


def _own_address_banned(machine: Machine) -> None:
    """https://github.com/DigitalRuby/IPBan/issues/274."""
    addresses = "".join(f"|RA4=203.0.{index // 200}.{index % 200 + 1}" for index in range(1000))
    version = machine.edition.rule_version
    rule = f"v{version}|Action=Block|Active=TRUE|Dir=In{addresses}|Name=IPBan_Block_0|"
    key = r"HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\FirewallRules"
    machine.registry.set(key, "{0C0FFEE0-0000-4000-8000-000000000001}", sz(rule))


CASES = {
    "wrapper-access-denied": Case(_wrapper_without_rights, "service", ("exit code 5", "rdpwrap.dll", "sfc /scannow")),
    "wrapper-dll-gone": Case(_faults("service-dll-gone"), "service", ("exit code 126", "rdpwrap.dll")),
    "account-changed": Case(
        _faults("service-account-changed"), "service", ("1069", r".\svc-desktop", r"NT Authority\NetworkService")
    ),
    "account-local-system": Case(
        _faults("service-account-system"), "service", ("LocalSystem", r"NT Authority\NetworkService")
    ),
    "services-deleted": Case(
        _deleted("TermService", "UmRdpService", "SessionEnv"), "service", ("error 1060", "a program has deleted it")
    ),
    "dependency-disabled": Case(_faults("service-dependency-disabled"), "service", ("1068", "TermDD is disabled")),
    "hangs-starting": Case(_faults("service-hangs-starting"), "service", ("starting",)),
    "listener-key-deleted": Case(
        _faults("listener-key-missing"), "listener", ("The key of the listener RDP-Tcp is missing.",), healed=True
    ),
    "wrong-adapter": Case(_one_adapter, "listener", ("LanAdapter = 3",)),
    "turned-off": Case(_faults("protocol-disabled"), "protocol", ("fDenyTSConnections = 1",), healed=True),
    "expired-without-sessionenv": Case(_expired_without_session_env, "cert", ("SessionEnv",)),
    "sessionenv-fails": Case(_no_certificate_and_session_env_fails, "cert", ("SessionEnv", "126")),
    "rule-off-japanese": Case(
        _faults("firewall-rule-off"), "firewall", ("RemoteDesktop-UserMode-In-TCP is off",), True, language="ja-JP"
    ),
    "rule-off-chinese": Case(
        _faults("firewall-rule-off"), "firewall", ("RemoteDesktop-UserMode-In-TCP is off",), True, language="zh-CN"
    ),
    "all-blocked": Case(_faults("firewall-block-all"), "firewall", ("DoNotAllowExceptions = 1",)),
    "own-address-banned": Case(_own_address_banned, "firewall", ("IPBan_Block_0", "and 997 more"), works=True),
    "wslrelay": Case(_relay_of_wsl, "port_conflict", ("wslrelay.exe",)),
    "port-excluded": Case(_faults("port-excluded"), "port_conflict", ("3340 to 3439",)),
    "home-edition": Case(_faults("home-edition"), "protocol", ("EditionID Core",)),
    "rules-for-another-port": Case(_faults("port-changed"), "firewall", ("3390",), healed=True),
}


def _host(case: Case) -> Machine:
    machine = Machine("host", language=case.language)
    with machine.lock:
        case.change(machine)
        machine.reboot(prepared=True)
    return machine


def _named(result: Result, case: Case) -> str:
    """What a person reads of the check that has to name the cause, and of the host as a whole."""
    finding = next(one for one in result["findings"] if one["check"] == case.check)
    texts = (finding["summary"], finding["expected"], finding["found"], finding["fix"], result["next_step"])
    return "\n".join(texts)


def _works(machine: Machine) -> bool:
    service = machine.services.get("TermService")
    return service is not None and service.state == RUNNING and 3389 in machine.rdp_ports()


@pytest.mark.parametrize("name", CASES)
def test_cause_is_named(name: str) -> None:
    case = CASES[name]
    result = look(_host(case))
    assert result["healthy"] is case.works, result["findings"]
    if not case.works:
        assert result["root_cause"]["check"] == case.check, result["root_cause"]
    for said in case.says:
        assert said in _named(result, case), _named(result, case)
    assert max(len(finding["found"]) for finding in result["findings"]) < 2000


@pytest.mark.parametrize("name", CASES)
def test_repair_leaves_no_host_worse(name: str, donor: Result) -> None:
    case = CASES[name]
    machine = _host(case)
    before, certificate = _works(machine), machine.certificates.self_signed()
    for result in heal(machine, donor):
        assert "MachineKeys" not in result.get("msg", ""), result
    result = look(machine)
    assert result["healthy"] is (case.works or case.healed), result["findings"]
    assert _works(machine) or not before
    # No certificate is replaced for nothing.
    assert certificate is None or machine.certificates.self_signed() == certificate
