# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Backups: what they are called, which one is put back, who may read them, and odd values in them."""

from __future__ import annotations

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp import probes
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import RefusedError, UnreadableError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import Change, Command, CommandResult, Plan
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.repairs import backup
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.tools import reg

FOLDER = r"C:\Windows\winops.rdp\backup\0002-protocol-ab12"
NAMES = ("0001-protocol-1a2b.restored", "0002-listener-ffff", "0010-port-0000", "0009-cert-1234")


def _printed(*names: str, exit_code: int = 0) -> CommandResult:
    return CommandResult("".join(f"{name}\r\n" for name in names).encode(), exit_code, Command("dir"))


def test_names_are_judged() -> None:
    strange = (
        r"0099-..\..\..\evil",
        "0099-../evil-1234",
        "0099-listener",
        "0099-listener-12345",
        "99-listener-1234",
        "0099-listener-1234 & calc",
        "0099-%PATH%-1234",
        "0099-listener-1234.restored.restored",
        f"{'9' * 5000}-listener-1234",
        "desktop.ini",
    )
    assert backup.BACKUPS.read(_printed(*NAMES, *strange)) == NAMES
    assert backup.LAST_BACKUP.read(_printed(*NAMES, *strange)) == 10
    with pytest.raises(UnreadableError):
        backup.LAST_BACKUP.read(_printed(*strange))
    assert backup.LAST_BACKUP.read(_printed("File Not Found", exit_code=1)) == 0


def test_newest_comes_first_and_a_name_only_if_it_is_there() -> None:
    assert backup.candidates(NAMES, "latest") == ("0010-port-0000", "0009-cert-1234", "0002-listener-ffff")
    assert backup.candidates(NAMES, "0009-cert-1234") == ("0009-cert-1234",)
    for name in (r"0009-..\..\evil", "0001-protocol-1a2b.restored", "0009-cert-1234\\", ""):
        with pytest.raises(RefusedError, match="There is no backup"):
            backup.candidates(NAMES, name)


def test_two_runs_that_plan_the_same_number_have_two_folders() -> None:
    one, other = (backup.folder(r"C:\Windows", 1, "protocol", unique) for unique in ("ab12", "34cd"))
    assert one == FOLDER != other
    assert backup.foretold(f'mkdir "{one}"', one) == r'mkdir "C:\Windows\winops.rdp\backup\0002-protocol-????"'


def test_nothing_that_saves_overwrites() -> None:
    lines = [
        backup.export(probes.TERMINAL_SERVER_KEY, FOLDER).line,
        backup.save_file(r"C:\Windows\System32\GroupPolicy\gpt.ini", FOLDER).line,
    ]
    assert not any("/y" in line for line in lines)


@pytest.mark.parametrize(
    ("sddl", "fine"),
    [
        ("D:PAI(A;OICI;FA;;;BA)(A;OICI;FA;;;SY)", True),
        ("D:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)", True),
        ("D:AI(A;OICI;FA;;;BA)(A;OICI;FA;;;SY)", False),
        ("D:AI(A;OICIID;FA;;;BA)(A;OICIID;FA;;;SY)(A;OICIID;0x1200a9;;;BU)", False),
        ("D:PAI(A;OICI;FA;;;BA)(A;OICI;FA;;;SY)(A;OICI;0x1200a9;;;BU)", False),
        ("D:PAI(A;OICI;FA;;;BA)(A;OICI;FA;;;SY)(A;;FR;;;WD)", False),
        ("D:NO_ACCESS_CONTROL", False),
        ("Access is denied.", False),
        ("", False),
    ],
)
def test_folder_that_others_may_read_is_refused(sddl: str, fine: bool) -> None:
    output = CommandResult(f"0002-protocol-ab12\r\n{sddl}\r\n".encode("utf-16-le"), 0, Command("type"))
    if fine:
        backup.refuse_open(output)
    else:
        with pytest.raises(RefusedError, match="Nothing was changed, because"):
            backup.refuse_open(output)
    with pytest.raises(RefusedError, match="Nothing was changed, because"):
        backup.refuse_open(CommandResult(output.data, 1, output.command))


def _value(kind: str, data: reg.Data) -> reg.Value:
    return reg.Value("x", kind, data, is_default=False)


@pytest.mark.parametrize(
    ("value", "by"),
    [
        (None, "reg delete"),
        (_value("REG_DWORD", 1), "reg add"),
        (_value("REG_SZ", "text (1)"), "reg add"),
        (_value("REG_SZ", "100%"), "reg import"),
        (_value("REG_SZ", "Grüße"), "reg import"),
        (_value("REG_SZ", 'a " b'), "reg import"),
        (_value("REG_MULTI_SZ", ("a", "ü")), "reg import"),
        (_value("REG_NONE", "00"), "reg import"),
    ],
)
def test_value_that_no_command_can_hold_comes_back_from_the_export(value: reg.Value | None, by: str) -> None:
    command = backup.put_back(probes.TERMINAL_SERVER_KEY, "x", value, FOLDER)
    assert command.line.startswith(by)
    # In any case the script can be written.
    assert backup.save(Plan(changes=(Change(command, "Test.", (command,)),)), FOLDER, "rdp_protocol")


@pytest.mark.parametrize("root", [r"C:\Win & dows", "C:\\Win^dows", "C:\\!x!"])
def test_windows_directory_that_no_command_can_hold_is_refused(root: str) -> None:
    with pytest.raises(RefusedError, match="the path of Windows on this host"):
        backup.folder(root, 0, "listener", "ab12")
