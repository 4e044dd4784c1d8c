# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The host as a state machine: services, listener, policy, processes, and that looking changes nothing."""

from __future__ import annotations

import pytest

from lab.machine import Machine
from lab.network import NullNetwork
from lab.state.editions import EDITIONS
from lab.state.policy.group_policy import GROUP_POLICY, RDP_POLICY, REGISTRY_EXTENSION
from lab.state.registry import dword
from lab.state.services import DISABLED, RUNNING, START_PENDING, STOP_PENDING, STOPPED
from lab.state.termservice import DENY, RDP_TCP, TERMINAL_SERVER
from lab.testing import MakeShell, Shell

AUDIT = [
    f'reg query "{TERMINAL_SERVER}"', f'reg query "{RDP_TCP}" /s', f'reg query "{RDP_POLICY}"',
    "sc queryex TermService",
    "sc qc UmRdpService", "sc enumdepend TermService", "sc qtriggerinfo TermService", "qwinsta", "query user",
    "netstat -ano", "tasklist /svc /fo csv /nh", "ver", r"type C:\Windows\System32\drivers\etc\hosts", "net start",
    r"reg query HKLM\SOFTWARE\Nope", "sc query nope", 'tasklist /svc /fi "PID eq 4"', "whoami", "hostname",
]  # fmt: skip


def state_of(machine: Machine, name: str) -> int:
    service = machine.services.get(name)
    assert service is not None
    return service.state


def listens(machine: Machine) -> bool:
    assert isinstance(machine.network, NullNetwork)
    bound = machine.network.ports.get(3389) == "rdp"
    shown = "rdp-tcp" in machine.sessions.listeners
    row = machine.sockets.listener(3389)
    assert bound == shown == (row is not None)
    return bound


@pytest.mark.parametrize("windows", EDITIONS)
def test_a_healthy_host_listens(windows: str, on: MakeShell) -> None:
    machine = on(windows=windows).machine

    assert listens(machine)
    assert state_of(machine, "UmRdpService") == state_of(machine, "SessionEnv") == RUNNING
    assert machine.registry.text(r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion", "CurrentBuildNumber") == str(
        EDITIONS[windows].build
    )


def test_two_machines_of_one_name_and_seed_are_equal() -> None:
    assert Machine("a", seed=3).state_hash() == Machine("a", seed=3).state_hash()
    assert Machine("a", seed=3).state_hash() != Machine("a", seed=4).state_hash()


def test_looking_changes_nothing(shell: Shell) -> None:
    before = shell.machine.state_hash()
    for line in AUDIT:
        shell.cmd(line)
        assert shell.machine.state_hash() == before, line
    assert shell.machine.errors() == []


def test_process_ids_are_multiples_of_four(machine: Machine) -> None:
    assert all(pid % 4 == 0 for pid in machine.processes.table)
    assert len(machine.processes.table) > 20


def test_the_listener_follows_the_service(shell: Shell) -> None:
    machine = shell.machine
    shell.run("sc stop TermService")
    assert shell.code == 1051
    shell.run("net stop TermService /y")
    assert not listens(machine)
    assert state_of(machine, "UmRdpService") == state_of(machine, "TermService") == STOPPED
    shell.run("net start UmRdpService")  # pulls TermService up
    assert listens(machine)


def test_pending_states_last_for_some_commands(on: MakeShell) -> None:
    shell = on(faults=("slow-services",))
    service = shell.machine.services.get("UmRdpService")
    shell.run("sc stop UmRdpService")
    assert service.state == STOP_PENDING
    shell.run("sc stop UmRdpService")
    assert shell.code == 1061
    polls = 0
    while service.state == STOP_PENDING and polls < 20:
        shell.run("sc query UmRdpService")
        polls += 1
    assert (service.state, polls > 1) == (STOPPED, True)
    shell.run("sc start UmRdpService")
    assert "START_PENDING" in shell.run("sc query UmRdpService")
    assert service.state == START_PENDING


def test_a_start_is_seen_pending_and_then_done_in_one_line(shell: Shell) -> None:
    shell.run("net stop UmRdpService")

    out = shell.cmd("sc start UmRdpService & sc query UmRdpService & sc query UmRdpService")

    assert [line.split()[-1] for line in out.splitlines() if " STATE " in line] == [
        "START_PENDING", "START_PENDING", "RUNNING",
    ]  # fmt: skip


def test_a_restart_gives_a_new_process(shell: Shell) -> None:
    service = shell.machine.services.get("TermService")
    before = service.pid
    shell.run("net stop TermService /y")
    shell.run("net start TermService")

    assert service.pid != before
    assert shell.machine.sockets.listener(3389).pid == service.pid


def test_a_disabled_service_does_not_start(shell: Shell) -> None:
    shell.run("sc config UmRdpService start= disabled")
    shell.run("net stop UmRdpService")
    assert "START_TYPE         : 4   DISABLED" in shell.run("sc qc UmRdpService")
    shell.run("sc start UmRdpService")
    assert shell.code == 1058
    shell.run("net start UmRdpService")
    assert (shell.code, "System error 1058" in shell.error) == (2, True)
    shell.run("sc config UmRdpService start= demand")
    shell.run("sc start UmRdpService")
    assert shell.code == 0


def test_a_disabled_dependency_is_1068(shell: Shell) -> None:
    shell.run("net stop TermService /y")
    shell.run("sc config TermService start= disabled")
    shell.run("sc start UmRdpService")

    assert shell.code == 1068


@pytest.mark.parametrize(
    ("line", "code"),
    [("sc start TermService", 1056), ("sc stop RpcSs", 1051), ("sc stop gpsvc", 1052), ("sc stop RemoteRegistry", 1062),
     ("sc config TermService start=demand", 1639), ("sc fly", 1639)],
)  # fmt: skip
def test_sc_codes(line: str, code: int, shell: Shell) -> None:
    shell.run(line)

    assert shell.code == code


def test_the_registry_start_value_counts_after_a_boot(machine: Machine, shell: Shell) -> None:
    key = r"HKLM\SYSTEM\CurrentControlSet\Services\UmRdpService"
    shell.run(f"reg add {key} /v Start /t REG_DWORD /d 4 /f")
    shell.run("net stop UmRdpService")
    shell.run("sc start UmRdpService")
    assert shell.code == 0
    machine.reboot()
    assert (state_of(machine, "UmRdpService"), machine.services.get("UmRdpService").start) == (STOPPED, DISABLED)


def test_deny_acts_at_once_and_the_policy_wins(machine: Machine) -> None:
    machine.registry.set(TERMINAL_SERVER, DENY, dword(1))
    assert not listens(machine)
    machine.registry.set(RDP_POLICY, DENY, dword(0))
    assert listens(machine)
    machine.registry.delete_value(RDP_POLICY, DENY)
    assert not listens(machine)
    machine.registry.set(TERMINAL_SERVER, DENY, dword(0))
    assert listens(machine)


def test_the_port_is_read_when_the_service_starts(machine: Machine, shell: Shell) -> None:
    shell.run(f'reg add "{RDP_TCP}" /v PortNumber /t REG_DWORD /d 3391 /f')
    assert machine.network.ports == {3389: "rdp"}
    shell.run("net stop TermService /y")
    shell.run("net start TermService")
    assert machine.network.ports == {3391: "rdp"}


@pytest.mark.parametrize(
    ("name", "data"),
    [("fEnableWinStation", "0"), ("PortNumber", "0"), ("PortNumber", "70000"),
     ("MaxInstanceCount", "0"), ("LanAdapter", "7")],
)  # fmt: skip
def test_wrong_numbers_leave_no_listener(name: str, data: str, machine: Machine, shell: Shell) -> None:
    shell.run(f'reg add "{RDP_TCP}" /v {name} /t REG_DWORD /d {data} /f')
    machine.reboot()

    assert not listens(machine)
    assert state_of(machine, "TermService") == RUNNING


@pytest.mark.parametrize("name", ["LoadableProtocol_Object", "PortNumber"])
def test_missing_values_leave_no_listener(name: str, machine: Machine, shell: Shell) -> None:
    shell.run(f'reg delete "{RDP_TCP}" /v {name} /f')
    machine.reboot()

    assert not listens(machine)


def test_a_replaced_service_dll_is_not_ours(machine: Machine, shell: Shell) -> None:
    key = r"HKLM\SYSTEM\CurrentControlSet\Services\TermService\Parameters"
    shell.run(rf'reg add {key} /v ServiceDll /t REG_EXPAND_SZ /d "%ProgramFiles%\RDP Wrapper\rdpwrap.dll" /f')
    machine.reboot()

    assert not listens(machine)


def test_killing_the_process_stops_its_services_with_1067(machine: Machine, shell: Shell) -> None:
    service = machine.services.get("TermService")
    shell.run(f"taskkill /pid {service.pid}")
    assert shell.code == 1
    shell.run(f"taskkill /pid {service.pid} /f")
    assert (shell.code, service.state, service.exit_code) == (0, STOPPED, 1067)
    assert not listens(machine)
    shell.run("taskkill /pid 999999 /f")
    assert shell.code == 128


def test_grouping_of_services(on: MakeShell) -> None:
    server, shared = on().machine, on(windows="win10", faults=("shared-svchost",)).machine

    own = server.services.get("TermService").pid
    assert [s.name for s in server.services.hosted_by(own)] == ["TermService"]
    group = shared.services.hosted_by(shared.services.get("TermService").pid)
    assert {"TermService", "CryptSvc", "Dnscache", "LanmanWorkstation", "NlaSvc"} <= {s.name for s in group}
    assert listens(shared)


def test_an_old_server_groups_but_keeps_termsvcs_apart(on: MakeShell) -> None:
    machine = on(windows="server2016").machine

    assert [s.name for s in machine.services.hosted_by(machine.services.get("TermService").pid)] == ["TermService"]
    assert len(machine.services.hosted_by(machine.services.get("Dnscache").pid)) > 2


def test_gpupdate_brings_the_policy_back(on: MakeShell) -> None:
    shell = on(faults=("policy-reverts",))
    assert not listens(shell.machine)
    shell.run(f'reg delete "{RDP_POLICY}" /v {DENY} /f')
    assert listens(shell.machine)

    assert "completed successfully" in shell.run("gpupdate /target:computer /force /wait:120")

    assert shell.code == 0
    assert shell.machine.registry.number(RDP_POLICY, DENY) == 1
    assert not listens(shell.machine)
    shell.run("gpupdate /frobnicate")
    assert shell.code != 0


def test_gpupdate_drops_sessions_when_only_the_policy_allows(on: MakeShell) -> None:
    """KB2083411: between deleting and setting the policy value the local 1 counts."""
    shell = on(faults=("policy-allows-local-denies", "active-sessions"))
    assert len(shell.machine.sessions.connected()) == 2

    shell.run("gpupdate /force")

    assert shell.machine.sessions.connected() == []
    assert listens(shell.machine)


def test_gpupdate_keeps_sessions_when_both_allow(on: MakeShell) -> None:
    shell = on(faults=("active-sessions",))
    shell.run("gpupdate /force")

    assert len(shell.machine.sessions.connected()) == 2
    shell.run("net stop TermService /y")
    assert shell.machine.sessions.connected() == []
    assert [s.state for s in shell.machine.sessions.table if s.user] == ["Disc", "Disc"]


def test_the_history_names_the_gpos(on: MakeShell) -> None:
    registry = on(faults=("policy-reverts", "local-policy-blocks")).machine.registry
    history = rf"{GROUP_POLICY}\History\{REGISTRY_EXTENSION}"

    assert [registry.text(rf"{history}\{n}", "DisplayName") for n in (0, 1)] == ["Local Group Policy", "Block RDP"]


def test_snapshot_is_plain_json(machine: Machine) -> None:
    import json

    assert json.loads(json.dumps(machine.snapshot())) == machine.snapshot()


@pytest.mark.parametrize(
    ("name", "kind", "data"),
    [("LoadableProtocol_Object", "REG_SZ", "{00000000-0000-0000-0000-000000000000}"),
     ("PortNumber", "REG_SZ", "3389"), ("MaxInstanceCount", "REG_DWORD", "0")],
)  # fmt: skip
def test_values_that_leave_no_listener(name: str, kind: str, data: str, shell: Shell) -> None:
    shell.run(f'reg add "{RDP_TCP}" /v {name} /t {kind} /d {data} /f')
    shell.cmd("net stop TermService /y & net start TermService")

    assert not listens(shell.machine)
    assert "rdp-tcp" not in shell.run("qwinsta")
    assert state_of(shell.machine, "TermService") == RUNNING


@pytest.mark.parametrize(
    ("name", "kind", "data"),
    [("fLogonDisabled", "REG_DWORD", "1"), ("WdPrefix", "REG_SZ", "ICA"), ("PdDLL", "REG_SZ", "tdpipe"),
     ("PdName", "REG_SZ", "pipe"), ("PdClass", "REG_DWORD", "9")],
)  # fmt: skip
def test_old_names_and_switches_leave_the_listener(name: str, kind: str, data: str, shell: Shell) -> None:
    shell.run(f'reg add "{RDP_TCP}" /v {name} /t {kind} /d {data} /f')
    shell.cmd("net stop TermService /y & net start TermService")

    assert listens(shell.machine)


def test_a_foreign_service_dll_works_while_its_file_is_there(on: MakeShell) -> None:
    shell = on(faults=("service-dll-foreign",))
    assert listens(shell.machine)
    shell.cmd(r'del "C:\Program Files\RDP Wrapper\rdpwrap.dll" & net stop TermService /y')
    shell.run("sc start TermService")
    assert shell.code == 126
    assert state_of(shell.machine, "TermService") == STOPPED
    key = r"HKLM\SYSTEM\CurrentControlSet\Services\TermService\Parameters"
    shell.cmd(rf"reg add {key} /v ServiceDll /t REG_EXPAND_SZ /d ^%SystemRoot^%\System32\termsrv.dll /f")
    shell.run("sc start TermService")
    assert (shell.code, shell.machine.errors()) == (0, [])


def test_a_stop_leaves_disconnected_sessions_without_a_name(on: MakeShell) -> None:
    shell = on(faults=("active-sessions",))
    shell.run("net stop TermService /y")

    rows = [(s.id, s.name, s.state, s.user) for s in shell.machine.sessions.table if s.user]
    assert rows == [(2, "", "Disc", "anna.keller"), (3, "", "Disc", "jsmith")]
    assert not [row for row in shell.machine.socket_rows() if row.local_port == 3389]
    shell.run("net start TermService")
    assert [s.state for s in shell.machine.sessions.table if s.user] == ["Disc", "Disc"]
