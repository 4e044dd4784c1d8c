# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The copy of a backup on the controller: whole, checked, before the first change, and for its owner's eyes only."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from lab import Machine
from lab.process import StartInfo

from .conftest import options_of, registry, run, sick

FAULTS = {
    "listener-damaged": "rdp_listener",
    "gpo-local-blocks": "rdp_policy",
    "machinekeys-denied": "rdp_machine_keys",
    "certificate-expired": "rdp_cert",
}


def _held(machine: Machine, folder: str) -> dict[str, bytes]:
    below = f"{folder}\\"
    return {path[len(below) :]: machine.files.read(path) for path in machine.files.plain() if path.startswith(below)}


@pytest.mark.parametrize("fault", FAULTS)
def test_copy_is_what_was_saved_and_nobody_else_may_read_it(fault: str, tmp_path: Path) -> None:
    module = FAULTS[fault]
    machine = sick(fault)
    options = {**options_of(module, {}), "backup_copy": str(tmp_path / "copies")}
    options.pop("reference", None)
    assert run(machine, module, options, check=True)["backup_copy"] is None and not (tmp_path / "copies").exists()
    copied: dict[str, bytes] = {}

    def before_the_first_change(machine: Machine, line: str) -> None:
        if line.startswith(("reg add", "reg delete", "copy /y", "icacls")) and "/grant:r" not in line and copied == {}:
            copied.update({path.name: path.read_bytes() for path in (tmp_path / "copies").rglob("*") if path.is_file()})

    machine.before_command = before_the_first_change
    result = run(machine, module, options)
    assert result["changed"] and not result.get("failed"), result
    place = Path(result["backup_copy"])
    assert place == tmp_path / "copies" / machine.name / result["backup"].rpartition("\\")[2]
    held = _held(machine, result["backup"])
    there = {path.name: path.read_bytes() for path in place.iterdir()}
    # What a repair makes of its own files while it is at work is not in the copy.
    assert {"undo.cmd", "folder.acl"} <= set(there) <= set(held)
    assert all(held[name] == data for name, data in there.items())
    assert not [name for name in held if name.endswith("copy.b64")]
    assert stat.S_IMODE(place.stat().st_mode) == stat.S_IMODE(place.parent.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in place.iterdir()} == {0o600}
    assert machine.errors() == []


def _lying(machine: Machine) -> None:
    original = machine.run_program

    def run_program(start: StartInfo) -> int:
        if start.command_line.startswith("certutil -hashfile"):
            start.handles.stdout.write(b"SHA256 hash of file:\r\n" + b"0" * 64 + b"\r\nCertUtil: -hashfile command\r\n")
            return 0
        return original(start)

    vars(machine)["run_program"] = run_program


def test_copy_that_is_another_one_stops_the_repair(tmp_path: Path) -> None:
    machine = sick("listener-damaged")
    before = registry(machine)
    _lying(machine)
    result = run(machine, "rdp_listener", {"backup_copy": str(tmp_path)})
    assert result["failed"] and "Nothing was changed, because the backup could not be copied" in result["msg"]
    assert registry(machine) == before and not list(tmp_path.iterdir())


def test_folder_that_cannot_be_written_stops_the_repair(tmp_path: Path) -> None:
    machine = sick("listener-damaged")
    before = registry(machine)
    (tmp_path / "file").write_bytes(b"")
    result = run(machine, "rdp_listener", {"backup_copy": str(tmp_path / "file")})
    assert result["failed"] and "can't be written to" in result["msg"]
    assert registry(machine) == before


def test_host_of_a_strange_name_stays_in_its_folder(tmp_path: Path) -> None:
    machine = Machine("../../evil")
    machine.create_process(
        r'reg add "HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server" /v fDenyTSConnections /t REG_DWORD /d 1 /f',
        code_page=437,
    )
    place = Path(run(machine, "rdp_protocol", {"backup_copy": str(tmp_path / "copies")})["backup_copy"])
    assert place.resolve().is_relative_to(tmp_path / "copies") and place.is_dir()
