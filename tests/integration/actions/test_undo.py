# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A repair that goes wrong: what stops, what is undone, what is said, and what rollback makes of it later."""

from __future__ import annotations

import typing as t

import pytest

from lab import Machine
from lab.process import Hanging, StartInfo
from lab.state.registry import Value

from .conftest import Result, look, registry, run, sick

BACKUPS = r"C:\Windows\winops.rdp\backup"
RUNNING, STOPPED = 4, 1
Hook = t.Callable[[Machine, str], None]


def _state(machine: Machine, service: str = "TermService") -> int:
    plain = machine.snapshot()["services"]
    assert isinstance(plain, dict)
    return int(plain[service]["state"])


def _lines(machine: Machine) -> list[str]:
    return [entry.line for entry in machine.log]


def _hangs(*commands: str, times: int = 1000) -> Hook:
    """A hook: the commands never end, so many times."""
    left = times

    def hook(_machine: Machine, line: str) -> None:
        nonlocal left
        if left and line.startswith(commands):
            left -= 1
            raise Hanging(line)

    return hook


def _after(machine: Machine, command: str, change: t.Callable[[], None], times: int = 1000) -> None:
    """Do something to a host after each time that a program ran on it, so many times."""
    original, left = machine.run_program, times

    def run_program(start: StartInfo) -> int:
        nonlocal left
        code = original(start)
        if left and start.command_line.strip() == command:
            left -= 1
            change()
        return code

    vars(machine)["run_program"] = run_program


def _stop(machine: Machine) -> t.Callable[[], None]:
    def stop() -> None:
        # As if it had crashed.
        for service in ("UmRdpService", "TermService"):
            machine.create_process(f"sc stop {service}", code_page=437)

    return stop


# -- saving ------------------------------------------------------------------------------------------------------------


def test_folder_that_another_run_has_just_made_is_left_as_it_is() -> None:
    machine = sick("protocol-disabled")
    before = registry(machine)
    export = b"what was there before"

    def other_run_is_first(machine: Machine, line: str) -> None:
        if line.startswith("mkdir"):
            folder = line.split('"')[1]
            machine.files.ensure(folder)
            machine.files.write(f"{folder}\\Terminal Server.reg", export)
            machine.files.write(f"{folder}\\undo.cmd", export)
            folders.append(folder)

    folders: list[str] = []
    machine.before_command = other_run_is_first
    result = run(machine, "rdp_protocol")
    assert result["failed"] and "Nothing was changed, because it could not be saved first: 'mkdir" in result["msg"]
    assert registry(machine) == before and len(folders) == 1
    for name in ("Terminal Server.reg", "undo.cmd"):
        assert machine.files.read(f"{folders[0]}\\{name}") == export
    assert not [line for line in _lines(machine) if line.startswith(("reg export", "icacls", "reg add"))]


@pytest.mark.parametrize("step", ["icacls", "reg export", "type"])
def test_nothing_is_saved_or_changed_behind_a_step_that_failed(step: str) -> None:
    machine = sick("protocol-disabled")
    before = registry(machine)
    original = machine.run_program

    def run_program(start: StartInfo) -> int:
        if start.command_line.startswith(step) and BACKUPS in start.command_line:
            return 5
        return original(start)

    vars(machine)["run_program"] = run_program
    if step == "type":
        # It is no program: the file is taken away instead.
        machine.before_command = lambda machine, line: (
            machine.files.delete(line.split('"')[1]) if line.startswith("type") and "undo.cmd" in line else None
        )
    result = run(machine, "rdp_protocol")
    assert result["failed"] and "Nothing was changed, because" in result["msg"], result["msg"]
    assert registry(machine) == before
    if step == "icacls":
        assert not [line for line in _lines(machine) if line.startswith("reg export")]


def test_only_administrators_and_the_system_may_read_a_backup() -> None:
    machine = sick("listener-damaged")
    folder = run(machine, "rdp_listener")["backup"]
    for path in (folder, f"{folder}\\RDP-Tcp.reg", f"{folder}\\undo.cmd"):
        rights = machine.files.security(path)
        assert {ace.sid for ace in rights.aces} == {"S-1-5-32-544", "S-1-5-18"}, path
    assert machine.files.security(folder).owner == "S-1-5-32-544" and machine.files.security(folder).protected


def test_folder_that_stays_open_is_not_used() -> None:
    machine = sick("listener-damaged")
    before = registry(machine)
    original = machine.run_program
    # icacls says that all went well, and nothing happened.
    vars(machine)["run_program"] = lambda start: (
        0 if start.command_line.startswith("icacls") and "/inheritance:r" in start.command_line else original(start)
    )
    result = run(machine, "rdp_listener")
    assert result["failed"] and "others than administrators may look into the backup" in result["msg"]
    assert registry(machine) == before and not [line for line in _lines(machine) if line.startswith("reg export")]


# -- steps -------------------------------------------------------------------------------------------------------------


def test_no_service_is_stopped_after_an_import_that_failed(donor: Result) -> None:
    machine = sick("listener-damaged")
    before = registry(machine)
    original = machine.run_program
    vars(machine)["run_program"] = lambda start: (
        1 if start.command_line.startswith("reg import") and "new-" in start.command_line else original(start)
    )
    result = run(machine, "rdp_listener", {"reference": donor, "method": "replace"})
    assert result["failed"] and "'reg import" in result["msg"] and "It was undone." in result["msg"], result["msg"]
    assert not [line for line in _lines(machine) if line.startswith("net ")]
    assert _state(machine) == RUNNING and registry(machine) == before


# -- undo --------------------------------------------------------------------------------------------------------------


def test_service_that_stays_down_after_undo_is_said_loudly() -> None:
    machine = sick("listener-wrong-values")
    before = registry(machine)
    assert _state(machine) == RUNNING
    _after(machine, "net start UmRdpService", _stop(machine))
    result = run(machine, "rdp_listener", {"wait": 4})
    assert result["failed"] and "It was undone" not in result["msg"]
    assert "NOT ALL OF IT COULD BE UNDONE: TermService is not running" in result["msg"], result["msg"]
    assert "'net start TermService'" in result["msg"] and _state(machine) == STOPPED
    assert registry(machine) == before


def test_service_that_ran_is_started_again() -> None:
    machine = sick("listener-wrong-values")
    before = registry(machine)
    # After the repair's own start and the first one of the undo.
    _after(machine, "net start UmRdpService", _stop(machine), times=2)
    result = run(machine, "rdp_listener", {"wait": 4})
    assert result["failed"] and result["msg"].count("It was undone.") == 1, result["msg"]
    assert _state(machine) == _state(machine, "UmRdpService") == RUNNING and registry(machine) == before


# -- time --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("hanging", ["net stop UmRdpService", "net stop TermService", "net start TermService"])
@pytest.mark.parametrize("times", [1, 1000], ids=["once", "for ever"])
def test_step_that_hangs_is_given_up_and_undone(hanging: str, times: int) -> None:
    machine = sick("listener-wrong-values")
    before = registry(machine)
    machine.before_command = _hangs(hanging, times=times)
    result = run(machine, "rdp_listener", {"wait": 4})
    assert result["failed"] and f"'{hanging}' was not done within" in result["msg"], result["msg"]
    assert registry(machine) == before
    if times == 1:
        assert "It was undone." in result["msg"] and _state(machine) == RUNNING, result["msg"]
    elif _state(machine) != RUNNING:
        assert "TermService is not running" in result["msg"], result["msg"]


def test_step_that_hangs_while_it_saves_changes_nothing() -> None:
    machine = sick("protocol-disabled")
    before = registry(machine)
    machine.before_command = _hangs("reg export")
    result = run(machine, "rdp_protocol")
    assert result["failed"] and "Nothing was changed" in result["msg"] and "was not done within" in result["msg"]
    assert registry(machine) == before


# -- rollback ----------------------------------------------------------------------------------------------------------


def _unfinished(machine: Machine, script: bytes | None) -> str:
    """A backup that was killed while it was made, and is newer than those that are there."""
    folder = rf"{BACKUPS}\0007-listener-0a1b"
    machine.files.ensure(folder)
    if script is not None:
        machine.files.write(f"{folder}\\undo.cmd", script)
    return folder


@pytest.mark.parametrize("script", [None, b"", b"@rem winops.rdp, rdp_listener: puts the host back as it was before."])
def test_unfinished_backup_is_left_out(script: bytes | None) -> None:
    machine = sick("protocol-disabled")
    before = registry(machine)
    done = run(machine, "rdp_protocol")
    _unfinished(machine, script)
    for check in (True, False):
        undone = run(machine, "rdp_restore", check=check)
        assert not undone.get("failed") and undone["backup"] == done["backup"], undone
        assert "0007-listener-0a1b" in undone["warnings"][0]
    assert registry(machine) == before
    refused = run(machine, "rdp_restore")
    assert refused["failed"] and "0007-listener-0a1b is not whole" in refused["msg"]
    named = run(machine, "rdp_restore", {"backup": "0007-listener-0a1b"})
    assert named["failed"] and "is not whole" in named["msg"]


def test_script_that_was_cut_anywhere_is_never_run_by_rollback_nor_by_a_person() -> None:
    machine = sick("protocol-disabled")
    folder = run(machine, "rdp_protocol")["backup"]
    repaired, whole = registry(machine), machine.files.read(f"{folder}\\undo.cmd")
    jump = whole.rindex(b"@goto undo") + len(b"@goto undo")
    for cut in range(0, len(whole) - 2, 7):
        machine.files.write(f"{folder}\\undo.cmd", whole[:cut])
        assert run(machine, "rdp_restore")["failed"]
        if cut < jump:
            machine.create_process(f'cmd.exe /d /c "{folder}\\undo.cmd"', code_page=437)
        assert registry(machine) == repaired, cut
    machine.files.write(f"{folder}\\undo.cmd", whole)
    assert not run(machine, "rdp_restore").get("failed") and registry(machine) != repaired


def test_names_of_somebody_else_are_not_followed() -> None:
    machine = sick("protocol-disabled")
    done = run(machine, "rdp_protocol")
    refused = run(machine, "rdp_restore", {"backup": r"0009-..\..\evil"})
    assert refused["failed"] and "There is no backup" in refused["msg"]
    assert done["backup"].rpartition("\\")[2] in refused["msg"]


def test_rollback_starts_what_ran_and_says_what_does_not() -> None:
    machine = sick("listener-wrong-values")
    assert run(machine, "rdp_listener")["changed"]
    _after(machine, "net start UmRdpService", _stop(machine), times=1)
    assert not run(machine, "rdp_restore").get("failed")
    assert _state(machine) == RUNNING
    machine = sick("listener-wrong-values")
    run(machine, "rdp_listener")
    _after(machine, "net start UmRdpService", _stop(machine))
    undone = run(machine, "rdp_restore")
    assert undone["failed"] and "TermService is not running, and has to" in undone["msg"]


@pytest.mark.parametrize("value", ["100%", "Grüße", "a & b", 'a " b'])
def test_odd_value_is_repaired_and_comes_back(value: str) -> None:
    machine = sick()
    key = r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server"
    machine.registry.set(key, "fDenyTSConnections", Value(1, f"{value}\0".encode("utf-16-le")))
    before = registry(machine)
    done = run(machine, "rdp_protocol")
    assert not done.get("failed") and done["changed"], done
    assert {one["check"]: one["status"] for one in look(machine)["findings"]}["protocol"] == "ok"
    assert not run(machine, "rdp_restore").get("failed")
    assert registry(machine) == before
