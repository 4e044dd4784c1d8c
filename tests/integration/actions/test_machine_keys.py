# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""MachineKeys, where every user of the host may make files, folders and links: only the one key file counts."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab import Machine
from lab.state.certificates import MACHINE_KEYS
from lab.state.security import parse_sddl

from .conftest import Result, World, look, run, sick

# What any user may choose: the DACL of what he makes.
THEIRS = "O:S-1-5-21-1-2-3-1105G:BUD:P(A;OICI;FA;;;S-1-5-21-1-2-3-1105)(A;;0x1200a9;;;BA)"
STRANGE = ("deadbeef", "%TEMP%", "a&calc", "!x!", "deadbee")


def _finding(machine: Machine, check: str) -> Result:
    return next(one for one in look(machine)["findings"] if one["check"] == check)


def _lines(machine: Machine) -> str:
    return "\n".join(entry.line for entry in machine.log)


def test_what_users_made_is_neither_judged_nor_named() -> None:
    # S2: a folder with the prefix was a problem, and was saved, granted and restored as an administrator.
    machine = sick("machinekeys-strangers")
    machine.log.clear()
    assert _finding(machine, "machine_keys")["status"] == "ok"
    before = machine.state_hash("file_security")
    result = run(machine, "rdp_machine_keys")
    assert not result["changed"] and not result.get("failed"), result
    assert machine.state_hash("file_security") == before
    assert not [name for name in STRANGE if name in _lines(machine)]


def test_what_users_made_hides_no_missing_key() -> None:
    machine = sick("keyfile-missing", "machinekeys-strangers")
    finding = _finding(machine, "cert")
    assert finding["status"] == "problem" and "there is no file f686" in finding["found"], finding


@pytest.mark.parametrize("kind", ["folder", "junction"])
def test_what_is_no_file_is_never_touched_whatever_its_name(kind: str) -> None:
    machine = sick("keyfile-missing")
    path = machine.certificates.key_file("TSSecKeySet1")
    target = r"C:\Windows\System32\config"
    machine.files.ensure(target)
    if kind == "folder":
        machine.files.mkdir(path)
    else:
        machine.files.make_junction(path, target)
    machine.files.set_security(path, parse_sddl(THEIRS))
    before = machine.state_hash("file_security")
    machine.log.clear()
    result = run(machine, "rdp_machine_keys")
    assert not result["changed"] and result["finding"]["status"] == "warning", result
    assert "/grant" not in _lines(machine) and "/restore" not in _lines(machine)
    assert machine.state_hash("file_security") == before
    assert _finding(machine, "cert")["status"] == "problem"


def test_a_users_own_file_of_that_name_is_refused() -> None:
    # He owns it, so he decides over its rights whatever is granted: he could read the key, or bring his own.
    machine = sick("keyfile-missing")
    path = machine.certificates.key_file("TSSecKeySet1")
    machine.files.write(path, b"theirs")
    machine.files.set_security(path, parse_sddl(THEIRS))
    before = machine.state_hash("file_security")
    result = run(machine, "rdp_machine_keys")
    assert result["failed"] and "S-1-5-21-1-2-3-1105" in result["msg"], result
    assert machine.state_hash("file_security") == before


def test_the_key_itself_is_given_its_rights_as_what_it_is() -> None:
    machine = sick()
    path = machine.certificates.key_file("TSSecKeySet1")
    machine.files.set_security(path, parse_sddl("O:SYG:SYD:P(A;;FA;;;SY)(A;;FA;;;BA)"))
    result = run(machine, "rdp_machine_keys")
    assert result["changed"] and result["before"][f"owner of {path.rpartition(chr(92))[2]}"] == "S-1-5-18", result
    assert machine.files.security(path).dacl() == "D:PAI(A;;FA;;;SY)(A;;FA;;;BA)(A;;FR;;;NS)"
    about_it = [line for line in _lines(machine).splitlines() if line.startswith("icacls ") and path in line]
    assert about_it and all(line.endswith("/L") for line in about_it), about_it
    undone = run(machine, "rdp_restore")
    assert undone["changed"] and machine.files.security(path).dacl() == "D:P(A;;FA;;;SY)(A;;FA;;;BA)", undone


@pytest.mark.parametrize("kind", ["folder", "junction"])
def test_what_took_the_place_of_the_key_is_not_given_its_old_rights(kind: str) -> None:
    machine = sick()
    path = machine.certificates.key_file("TSSecKeySet1")
    machine.files.set_security(path, parse_sddl("O:SYG:SYD:P(A;;FA;;;SY)(A;;FA;;;BA)"))
    assert run(machine, "rdp_machine_keys")["changed"]
    machine.files.delete(path)
    machine.files.ensure(r"C:\Windows\System32\config")
    if kind == "folder":
        machine.files.mkdir(path)
    else:
        machine.files.make_junction(path, r"C:\Windows\System32\config")
    machine.files.set_security(path, parse_sddl(THEIRS))
    before = machine.files.security(path), machine.files.security(r"C:\Windows\System32\config")
    machine.log.clear()
    run(machine, "rdp_restore")
    assert before == (machine.files.security(path), machine.files.security(r"C:\Windows\System32\config"))
    assert not [line for line in _lines(machine).splitlines() if line.startswith("icacls ") and "/restore" in line]


def test_a_clone_keeps_the_key_of_its_original() -> None:
    # W10: that file ends in another computer's MachineGuid.
    machine = sick("keyfile-missing")
    prefix = machine.certificates.key_file("TSSecKeySet1").partition("_")[0]
    machine.files.write(f"{prefix}_0b1d4f1e-8f4e-4d0c-9c55-6f7f3b1f2a90", b"original")
    assert _finding(machine, "cert")["status"] == "problem"


def test_a_computer_without_its_machineguid_is_not_judged() -> None:
    machine = sick()
    machine.registry.delete_value(r"HKLM\SOFTWARE\Microsoft\Cryptography", "MachineGuid")
    findings = {one["check"]: one["status"] for one in look(machine)["findings"]}
    assert (findings["machine_keys"], findings["cert"]) == ("unknown", "unknown")


@pytest.mark.parametrize(
    ("outcome", "status"), [("", "ok"), ("timeout", "skipped"), ("not_tried", "skipped"), ("tls_failed", "unknown")]
)
def test_rights_that_nobody_may_see_are_not_as_they_should_be(outcome: str, status: str, world: World) -> None:
    # S9: only the handshake shows whether TermService reads its key.
    machine = sick()
    world.outcome = outcome
    assert _finding(machine, "machine_keys")["status"] == status


@pytest.mark.parametrize(
    ("faults", "outcome", "status"),
    [
        # W9: the certificate that is there works, and SessionEnv may get along.
        ((), "", "warning"),
        (("firewall-rule-off",), "", "warning"),
        (("certificate-expired", "firewall-rule-off"), "", "problem"),
        (("certificate-missing",), "", "problem"),
        ((), "no_certificate", "problem"),
    ],
)
def test_a_folder_without_rights_keeps_nobody_out_alone(
    faults: tuple[str, ...], outcome: str, status: str, world: World
) -> None:
    machine = sick("machinekeys-denied", *faults)
    world.outcome = outcome
    assert _finding(machine, "machine_keys")["status"] == status
    cause = look(machine)["root_cause"]
    assert not faults or not cause or (cause["check"] == "machine_keys") == (status == "problem"), cause


def test_the_folder_is_still_the_folder() -> None:
    machine = sick("machinekeys-denied")
    assert run(machine, "rdp_machine_keys")["changed"]
    assert machine.files.security(MACHINE_KEYS).dacl() == "D:PAI(A;;FA;;;BA)(A;;0x12019f;;;WD)"


@pytest.mark.parametrize(
    "fault",
    [
        *("certificate-bound", "certificate-bound-key-denied", "certificate-bound-client", "certificate-template"),
        *("tls-alert", "keyfile-denied", "certificate-expired", "clock-behind", "machinekeys-strangers"),
    ],
)
def test_a_redacted_recording_says_the_same(fault: str, tmp_path: Path) -> None:
    machine = sick(fault)
    recorded = run(machine, "rdp_info", {"quiet": True, "record": str(tmp_path)})
    replayed = run(machine, "rdp_info", {"quiet": True, "replay": recorded["recording"]["folder"]})
    assert not recorded["recording"]["left_out"]
    then, now = ([(one["check"], one["status"]) for one in each["findings"]] for each in (recorded, replayed))
    assert then == now
    guid = machine.registry.text(r"HKLM\SOFTWARE\Microsoft\Cryptography", "MachineGuid")
    texts = b"".join(path.read_bytes() for path in Path(recorded["recording"]["folder"]).iterdir())
    assert guid and guid.encode() not in texts.replace(b"\0", b"")
