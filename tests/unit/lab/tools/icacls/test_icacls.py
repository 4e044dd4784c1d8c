# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""icacls, takeown, Get-Acl: what they print, what they change, who may."""

from __future__ import annotations

import pytest

from lab.machine import Machine
from lab.state.certificates import MACHINE_KEYS
from lab.state.security import parse_sddl
from lab.testing import Corpus, MakeShell, Shell
from lab.tools.icacls.rights import parse_rights, rights_text

DONE = "Successfully processed 1 files; Failed processing 0 files\n"
DENIED = "Successfully processed 0 files; Failed processing 1 files\n"


def key_file(machine: Machine) -> str:
    return machine.certificates.key_file("TSSecKeySet1")


@pytest.mark.parametrize(
    ("mask", "text"),
    [(0x1F01FF, "(F)"), (0x1301BF, "(M)"), (0x1200A9, "(RX)"), (0x120089, "(R)"), (0x12019F, "(R,W)"),
     (0x1201BF, "(RX,W)"), (0x116, "(WD,AD,WEA,WA)"), (0x4, "(AD)"), (0x100001, "(S,RD)"),
     (0x1200A8, "(Rc,S,REA,X,RA)"),
     (0x110000, "(D)"), (0, "(N)")],
)  # fmt: skip
def test_masks_as_published_listings_show_them(mask: int, text: str) -> None:
    assert rights_text(mask) == text


@pytest.mark.parametrize(
    ("text", "flags", "mask"),
    [("F", (), 0x1F01FF), ("(F)", (), 0x1F01FF), ("(OI)(CI)F", ("OI", "CI"), 0x1F01FF), ("(R,W)", (), 0x12019F),
     ("(CI)(RX,WD)", ("CI",), 0x1200AB), ("RXW", (), 0x1201BF), ("(RD,WD,AD,REA,WEA,RA,WA,RC,S)", (), 0x12019F)],
)  # fmt: skip
def test_rights_on_the_command_line(text: str, flags: tuple[str, ...], mask: int) -> None:
    assert parse_rights(text) == (flags, mask)


@pytest.mark.parametrize("text", ["(Q)", "Z", "(OI)", "()", "(R;W)"])
def test_rights_that_are_none(text: str) -> None:
    assert parse_rights(text) is None


def test_the_listing_is_that_of_the_corpus(corpus_text: Corpus, on: MakeShell) -> None:
    shell = on()
    wanted = corpus_text("icacls/01").split("\n", 1)[1].strip("\n")
    shell.machine.files.set_security(MACHINE_KEYS, parse_sddl("O:SYG:SYD:PAI(A;;0x12019f;;;WD)(A;;FA;;;BU)"))

    assert shell.run(f'icacls "{MACHINE_KEYS}"').rstrip("\n") == wanted
    assert (shell.code, shell.error) == (0, "")


def test_get_acl_gives_the_corpus_sddl(corpus_text: Corpus, shell: Shell) -> None:
    line = f"powershell.exe -NoProfile -NonInteractive -Command \"(Get-Acl -LiteralPath '{MACHINE_KEYS}').Sddl\""

    assert shell.cmd(line) == corpus_text("icacls/08").rstrip("\n").split("\n")[-1] + "\n"


def test_russian_names(corpus_text: Corpus, on: MakeShell) -> None:
    shell = on(language="ru-RU")
    shell.machine.files.ensure(r"D:\home".replace("D:", "C:"))
    shell.machine.files.set_security(r"C:\home", parse_sddl("O:SYG:SYD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)"))
    text = corpus_text("icacls/03")

    out = shell.run("icacls c:/home").splitlines()

    assert out[0].removeprefix("c:/home ") in text
    assert out[1].strip() in text
    assert out[-1] in text


def test_german_access_denied(corpus_text: Corpus, on: MakeShell) -> None:
    shell = on(language="de-DE")
    wanted = corpus_text("icacls/04").rstrip("\n").split("\n")[1:]
    shell.machine.files.ensure(r"C:\ProgramData\EagleEye\certs")
    shell.machine.files.set_security(r"C:\ProgramData\EagleEye\certs", parse_sddl("O:SYG:SYD:P(A;;FA;;;SY)"))

    out = shell.cmd(r'icacls "%ProgramData%\EagleEye\certs" 2>&1').rstrip("\n").split("\n")

    assert (out, shell.code) == (wanted, 5)


def test_spanish_unknown_account(corpus_text: Corpus, on: MakeShell) -> None:
    shell = on(language="es-ES")
    lines = corpus_text("icacls/05").split("\n")
    out = shell.cmd(r"icacls C:\Windows /grant JC:(R,W) 2>&1").rstrip("\n").split("\n")
    assert (out, shell.code) == (lines[:2], 1332)

    out = shell.cmd(r"icacls C:\Windows\Temp /grant *S-1-5-20:(R,W)").rstrip("\n").split("\n")
    assert out[0].startswith("archivo procesado: ")
    assert out[1] == lines[5]


def test_names_of_accounts_are_those_of_the_language(on: MakeShell) -> None:
    german, english = on(language="de-DE"), on()

    assert "Jeder:(R,W)" in german.run(f"icacls {MACHINE_KEYS}")
    german.run(f"icacls {MACHINE_KEYS} /grant Everyone:R")
    assert german.code == 1332
    german.run(f"icacls {MACHINE_KEYS} /grant Benutzer:R")
    english.run(f"icacls {MACHINE_KEYS} /grant BUILTIN\\Users:R")
    assert german.code == english.code == 0
    assert german.machine.files.security(MACHINE_KEYS) == english.machine.files.security(MACHINE_KEYS)


def test_save_writes_name_and_dacl_in_utf16(shell: Shell) -> None:
    out = shell.run(rf"icacls {MACHINE_KEYS} /save C:\acl.txt")

    assert out == f"processed file: {MACHINE_KEYS}\n" + DONE
    saved = shell.machine.files.read(r"C:\acl.txt")
    assert saved == "MachineKeys\r\nD:PAI(A;;0x12019f;;;WD)(A;;FA;;;BA)\r\n".encode("utf-16-le")
    assert shell.machine.create_process(r"cmd /d /c type C:\acl.txt", code_page=437).stdout == saved


def test_restore_gives_back_what_was_saved(on: MakeShell) -> None:
    shell = on(faults=("machinekeys-denied",))
    before = shell.machine.state_hash("file_security")
    parent = MACHINE_KEYS.rpartition("\\")[0]
    shell.run(rf"icacls {MACHINE_KEYS} /save C:\acl.txt /q")
    shell.run(f"icacls {MACHINE_KEYS} /grant:r *S-1-1-0:(RD,WD,AD,REA,WEA,RA,WA,RC,S)")
    assert shell.machine.files.security(MACHINE_KEYS).aces[-1].mask == 0x12019F
    out = shell.run(rf"icacls {parent} /restore C:\acl.txt")

    assert out == f"processed file: {MACHINE_KEYS}\n" + DONE
    shell.machine.files.delete(r"C:\acl.txt")
    assert shell.machine.state_hash("file_security") == before


@pytest.mark.parametrize(
    ("content", "code"),
    [("", 87), ("MachineKeys\r\n", 87), ("MachineKeys\r\nnonsense\r\n", 1338), ("MachineKeys\r\nO:SY\r\n", 1338),
     ("MachineKeys\r\nD:(A;;ZZ;;;WD)\r\n", 1338), ("nope\r\nD:(A;;FA;;;WD)\r\n", 2)],
)  # fmt: skip
def test_a_broken_saved_file_changes_nothing(content: str, code: int, shell: Shell) -> None:
    shell.machine.files.write(r"C:\acl.txt", content.encode("utf-16-le"))
    before = shell.machine.state_hash()
    shell.run(rf"icacls {MACHINE_KEYS}\.. /restore C:\acl.txt")

    assert shell.code == code
    assert shell.machine.state_hash() == before


@pytest.mark.parametrize(
    ("arguments", "dacl"),
    [("/grant *S-1-5-32-545:(R)", "D:PAI(A;;0x12019f;;;WD)(A;;FA;;;BA)(A;;FR;;;BU)"),
     ("/grant:r *S-1-1-0:(R)", "D:PAI(A;;FA;;;BA)(A;;FR;;;WD)"),
     ("/grant *S-1-1-0:(X)", "D:PAI(A;;0x1201bf;;;WD)(A;;FA;;;BA)"),
     ("/deny *S-1-1-0:(W)", "D:PAI(D;;0x100116;;;WD)(A;;0x12019f;;;WD)(A;;FA;;;BA)"),
     ("/remove *S-1-1-0", "D:PAI(A;;FA;;;BA)"),
     ("/remove:d *S-1-1-0", "D:PAI(A;;0x12019f;;;WD)(A;;FA;;;BA)"),
     ('/grant "*S-1-5-20:(OI)(CI)(RX)"', "D:PAI(A;;0x12019f;;;WD)(A;;FA;;;BA)(A;OICI;0x1200a9;;;NS)"),
     ("/inheritance:e", "D:AI(A;;0x12019f;;;WD)(A;;FA;;;BA)(A;OICIID;FA;;;SY)(A;OICIID;FA;;;BA)"
      "(A;OICIID;0x1200a9;;;BU)(A;CIID;DCLCRPCR;;;BU)")],
)  # fmt: skip
def test_changes_of_the_dacl(arguments: str, dacl: str, shell: Shell) -> None:
    out = shell.run(f"icacls {MACHINE_KEYS} {arguments}")

    assert (out, shell.code) == (f"processed file: {MACHINE_KEYS}\n" + DONE, 0)
    assert shell.machine.files.security(MACHINE_KEYS).dacl() == dacl


def test_administrators_have_no_rights_on_the_key_file_until_they_take_it(shell: Shell) -> None:
    path = key_file(shell.machine)
    for line, code in (
        (f"icacls {path}", 5), (rf"icacls {path} /save C:\k", 5), (f"icacls {path} /grant *S-1-5-20:R", 5),
        (f"icacls {path} /setowner *S-1-5-32-544", 5), (f"type {path}", 1), (rf"copy {path} C:\k", 1),
    ):  # fmt: skip
        shell.cmd(line)
        assert shell.code == code, line
    assert shell.machine.certificates.in_use() is not None

    shell.run(f"takeown /f {path} /a")
    assert shell.code == 0
    assert "NT AUTHORITY\\NETWORK SERVICE:(R)" in shell.run(f"icacls {path}")
    shell.run(f"icacls {path} /grant *S-1-5-32-544:(F)")
    shell.run(f"icacls {path} /setowner *S-1-5-18")
    assert shell.machine.files.security(path).sddl() == "O:SYG:SYD:PAI(A;;FA;;;SY)(A;;FR;;;NS)(A;;FA;;;BA)"


def test_all_below_and_going_on(shell: Shell) -> None:
    name = key_file(shell.machine).rpartition("\\")[2]
    shell.run(f"icacls {MACHINE_KEYS} /t")
    assert shell.code == 5
    assert shell.error == f"{MACHINE_KEYS}\\{name}: Access is denied.\n"
    out = shell.run(rf"icacls {MACHINE_KEYS} /save C:\acl /t /c")

    assert out.endswith("Successfully processed 1 files; Failed processing 1 files\n")
    assert shell.machine.files.read(r"C:\acl").decode("utf-16-le").startswith("MachineKeys\r\n")


@pytest.mark.parametrize(
    ("line", "code", "error"),
    [(r"icacls C:\nope", 2, r"C:\nope: The system cannot find the file specified."),
     (r"icacls C:\nope\x", 3, r"C:\nope\x: The system cannot find the path specified."),
     (r"icacls C:\Windows /grant Nobody1:F", 1332, "Nobody1: No mapping between account names"),
     (r"icacls C:\Windows /grant Users", 87, 'Invalid parameter "Users"'),
     (r"icacls C:\Windows /grant *S-1-1-0:(QQ)", 87, "Invalid parameter"),
     (r"icacls C:\Windows /save C:\no\where", 3, r"C:\no\where: The system cannot find the path specified."),
     (r'icacls "C:\System Volume Information"', 5, "Access is denied.")],
)  # fmt: skip
def test_exit_codes(line: str, code: int, error: str, shell: Shell) -> None:
    before = shell.machine.state_hash()
    out = shell.run(line)

    assert (shell.code, error in shell.error) == (code, True)
    assert not out or out.endswith(DENIED)
    assert shell.machine.state_hash() == before
    assert shell.machine.errors() == []


def test_unknown_options_are_errors_of_the_lab(shell: Shell) -> None:
    shell.run(f"icacls {MACHINE_KEYS} /findsid *S-1-1-0")

    assert (shell.code, len(shell.machine.errors())) == (87, 1)


def test_without_elevation_only_looking_is_allowed(on: MakeShell) -> None:
    shell = on(faults=("not-elevated",))
    shell.run(f"icacls {MACHINE_KEYS}")
    assert shell.code == 0
    shell.run(f"icacls {MACHINE_KEYS} /grant *S-1-5-20:R")
    assert shell.code == 5
    shell.run(f"takeown /f {MACHINE_KEYS} /a")
    assert shell.code == 1
    shell.cmd(r"md C:\Windows\backup")
    assert shell.code == 1
    shell.cmd(r"echo x>%TEMP%\mine & type %TEMP%\mine")
    assert shell.code == 0


def test_get_acl_of_keys_and_of_what_is_not_there(on: MakeShell) -> None:
    shell = on(faults=("certificate-suppressed",))
    store = r"Registry::HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\SystemCertificates\Remote Desktop\Certificates"
    start = "powershell.exe -NoProfile -NonInteractive -Command"

    out = shell.cmd(f"{start} \"(Get-Acl -LiteralPath '{MACHINE_KEYS}', '{store}').Sddl\"").splitlines()
    assert out == [
        "O:SYG:SYD:PAI(A;;0x12019f;;;WD)(A;;FA;;;BA)",
        "O:BAG:SYD:AI(D;;LC;;;SY)(A;CIID;KA;;;BA)(A;CIID;KA;;;SY)(A;CIID;KR;;;BU)",
    ]
    for path, message in (
        (r"C:\nope", "does not exist"), (key_file(shell.machine), "unauthorized"), (store + "X", "does not exist")
    ):  # fmt: skip
        out = shell.cmd(f"{start} \"(Get-Acl -LiteralPath '{path}', '{MACHINE_KEYS}').Sddl\"")
        assert out.splitlines() == ["O:SYG:SYD:PAI(A;;0x12019f;;;WD)(A;;FA;;;BA)"]
        assert (message in shell.error, shell.code) == (True, 0)
    assert shell.machine.errors() == []
    shell.cmd(f'{start} "(Get-Acl {MACHINE_KEYS}).Sddl"')
    assert (shell.code, len(shell.machine.errors())) == (1, 1)
