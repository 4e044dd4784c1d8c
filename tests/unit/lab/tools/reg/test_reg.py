# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""reg query, export and import against what real Windows printed and wrote."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lab.machine import Machine
from lab.state.rdp_tcp import RDP_TCP_VALUES
from lab.state.registry import Registry, binary, dword, expand_sz, multi_sz, sz
from lab.testing import Corpus, CorpusBytes, MakeShell, Shell
from lab.tools.reg.files import export_bytes
from lab.tools.reg.parse import decode_file, parse

TS = r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server"
RDP_TCP = TS + r"\WinStations\RDP-Tcp"


def test_one_value_shows_the_key_as_it_was_typed(shell: Shell, corpus_text: Corpus) -> None:
    typed = r"HKEY_LOCAL_MACHINE\System\CurrentControlSet\Control\Terminal Server\WinStations\RDP-Tcp"

    printed = shell.run(f'reg query "{typed}" /v PortNumber')

    assert printed == corpus_text("reg_query/01").partition("\n")[2] + "\n"


def test_add_and_query_as_in_a_real_transcript(shell: Shell, corpus_text: Corpus) -> None:
    transcript = corpus_text("reg_query/02").split("*Evil-WinRM*")[1:]
    for part in transcript:
        command, _, answer = part.partition("> ")[2].partition("\n")
        assert shell.run(command).rstrip("\n") == answer.rstrip("\n")


def test_a_whole_key_with_subkeys(shell: Shell, corpus_text: Corpus) -> None:
    lines = corpus_text("reg_query/12").rstrip("\n").split("\n")
    registry, path = shell.machine.registry, lines[0]
    registry.delete_key(path)
    for line in lines[1:]:
        if not line.startswith("    "):
            if line:
                registry.create(line)
            continue
        name, kind, data = line.strip().split("    ")
        value = dword(int(data, 16)) if kind == "REG_DWORD" else sz(data)
        registry.set(path, name, multi_sz(*data.split(r"\0")) if kind == "REG_MULTI_SZ" else value)

    assert shell.run(f'reg query "{path}"') == "\n" + "\n".join(lines) + "\n"


def test_expand_sz_stays_unexpanded(on: MakeShell, corpus_text: Corpus) -> None:
    shell, path = on(language="de-DE"), r"HKLM\Software\Microsoft\Windows\CurrentVersion\Run"
    shell.machine.registry.set(path, "SecurityHealth", expand_sz(r"%windir%\system32\SecurityHealthSystray.exe"))
    shell.machine.registry.set(path, "C20A", sz(r"C:\WINDOWS\twain_64\Brimc20a\Common\TwDsUiLaunch.exe"))
    shell.machine.registry.set(path, "Riot Vanguard", sz(r'"C:\Program Files\Riot Vanguard\vgtray.exe"'))

    assert shell.run(f"reg query {path}") == corpus_text("reg_query/06")


def test_the_german_error_goes_to_standard_error_in_the_console_code_page(on: MakeShell, corpus_text: Corpus) -> None:
    machine = on(language="de-DE").machine
    ran = machine.create_process(r"reg query HKLM\SOFTWARE\Nope", code_page=850)

    assert (ran.exit_code, ran.stdout) == (1, b"")
    # The corpus file lost its u with two dots (byte 0x81 of code page 850).
    assert ran.stderr.replace(b"\x81", b"").decode().rstrip() == corpus_text("reg_query/04").rstrip()


def test_the_german_search(on: MakeShell, corpus_text: Corpus) -> None:
    shell = on(language="de-DE")
    base = r"HKLM\SOFTWARE\Classes\CLSID"
    shell.machine.registry.delete_key(base)
    for guid in ("506F4668-F13E-4AA1-BB04-B43203AB3CC0", "A394DCA9-3727-11D4-BD85-00C04F6B93A4",
                 "D66DC78C-4F61-447F-942B-3FB6980118CF"):  # fmt: skip
        key = rf"{base}\{{{guid}}}\InprocServer32"
        for name in ("", "InprocServer32"):
            shell.machine.registry.set(key, name, sz(r"C:\Program Files\Microsoft Office\root\Office16\VISSHE.DLL"))
        shell.machine.registry.set(key, "ThreadingModel", sz("Apartment"))

    printed = shell.run(rf"reg query {base} /s /f VISSHE.DLL /d")

    assert (shell.code, printed) == (0, corpus_text("reg_query/05").replace("Å", "ü"))


@pytest.mark.parametrize("name", ["02", "04"])
def test_an_export_round_trips_byte_for_byte(name: str, corpus_bytes: CorpusBytes) -> None:
    data = corpus_bytes(f"reg_export/{name}")
    registry = Registry()
    first = ""
    for edit in parse(decode_file(data, "cp1252")):
        if edit.name is None:
            registry.create(edit.path)
            first = first or edit.path
        elif edit.value is not None:
            registry.set(edit.path, edit.name, edit.value)

    exported = export_bytes(registry, first)
    assert len(exported) == len(data)
    # The second file's author put his keys into another order than Windows does.
    assert sorted(exported.split("\r\n\r\n".encode("utf-16-le"))) == sorted(data.split("\r\n\r\n".encode("utf-16-le")))
    assert name == "04" or exported == data


def test_the_seeded_listener_key_equals_a_real_export(machine: Machine, corpus_text: Corpus) -> None:
    text = corpus_text("reg_export/01")
    full = RDP_TCP.replace("HKLM", "HKEY_LOCAL_MACHINE")
    start = text.index(f"[{full}]")
    end = text.index("\n\n", text.index(f"[{full}\\VideoRemotingWindowNames]"))

    exported = export_bytes(machine.registry, RDP_TCP)[2:].decode("utf-16-le").replace("\r\n", "\n")

    assert exported.partition("\n\n")[2].rstrip("\n") == text[start:end]
    assert len(RDP_TCP_VALUES) == len(machine.registry.get(RDP_TCP).items())


def test_binary_wraps_as_in_the_real_export(machine: Machine, corpus_text: Corpus) -> None:
    text = corpus_text("reg_export/01")
    start = text.index('"ConsoleSecurity"')
    wanted = text[start : text.index('"SelfSignedCertStore"')]

    exported = export_bytes(machine.registry, TS + r"\WinStations")[2:].decode("utf-16-le").replace("\r\n", "\n")

    assert wanted in exported


def test_export_refuses_to_overwrite_without_y(shell: Shell) -> None:
    line = rf'reg export "{RDP_TCP}" C:\Windows\Temp\x.reg'
    assert shell.run(line) == "The operation completed successfully.\n"
    before = shell.machine.files.read(r"C:\Windows\Temp\x.reg")
    shell.run(r"reg add HKLM\SOFTWARE\Policies\Microsoft\x /f")

    shell.run(line)

    assert shell.code == 1
    assert shell.machine.files.read(r"C:\Windows\Temp\x.reg") == before
    shell.run(line + " /y")
    assert shell.code == 0


def test_import_merges_and_speaks_on_standard_error(shell: Shell) -> None:
    shell.run(rf'reg export "{RDP_TCP}" C:\x.reg')
    shell.run(rf'reg delete "{RDP_TCP}" /f')
    assert shell.machine.registry.get(RDP_TCP) is None

    printed = shell.run(r"reg import C:\x.reg")

    assert (printed, shell.error, shell.code) == ("", "The operation completed successfully.\n", 0)
    assert shell.machine.registry.get(RDP_TCP).items() == list(RDP_TCP_VALUES.items())


@pytest.mark.parametrize(
    ("body", "check"),
    [
        ('[HKEY_LOCAL_MACHINE\\SOFTWARE\\T]\r\n"a"=-\r\n', lambda r: r.value(r"HKLM\SOFTWARE\T", "a") is None),
        ("[-HKEY_LOCAL_MACHINE\\SOFTWARE\\T]\r\n", lambda r: not r.exists(r"HKLM\SOFTWARE\T")),
        ('[HKEY_LOCAL_MACHINE\\SOFTWARE\\T]\r\n@="x\\\\y"\r\n', lambda r: r.text(r"HKLM\SOFTWARE\T", "") == "x\\y"),
        (
            '[HKEY_LOCAL_MACHINE\\SOFTWARE\\T]\r\n"b"=hex:01,\\\r\n  02\r\n',
            lambda r: r.value(r"HKLM\SOFTWARE\T", "b") == binary("0102"),
        ),
    ],
)
@pytest.mark.parametrize("header", ["REGEDIT4", "Windows Registry Editor Version 5.00"])
def test_import_understands_the_whole_format(
    header: str, body: str, check: Callable[[Registry], bool], shell: Shell
) -> None:
    shell.run(r"reg add HKLM\SOFTWARE\T /v a /d 1 /f")
    shell.machine.files.write(r"C:\t.reg", (header + "\r\n\r\n" + body).encode())

    shell.run(r"reg import C:\t.reg")

    assert shell.code == 0
    assert check(shell.machine.registry)


@pytest.mark.parametrize(("line", "code"), [
    (r"reg query HKLM\SOFTWARE /zz", 1), (r"reg query HKXX\a", 1), (r"reg frobnicate", 1),
    (r"reg query HKLM\SOFTWARE /f a*b", 1), (r"reg add HKLM\SOFTWARE\x /t REG_FOO /d 1", 1),
])  # fmt: skip
def test_errors_are_loud(line: str, code: int, shell: Shell) -> None:
    before = shell.machine.state_hash()
    shell.run(line)

    assert shell.code == code
    assert shell.error.startswith("ERROR: ")
    assert shell.machine.state_hash() == before


def test_types_and_defaults(shell: Shell) -> None:
    key = r"HKLM\SOFTWARE\T"
    shell.run(rf"reg add {key} /ve /d hello /f")
    shell.run(rf"reg add {key} /v m /t REG_MULTI_SZ /d a\0b /f")
    shell.run(rf"reg add {key} /v b /t REG_BINARY /d 0aff /f")
    shell.run(rf"reg add {key} /v q /t REG_QWORD /d 0x1122334455 /f")
    shell.run(rf"reg add {key} /v d /t REG_DWORD /d 4294967295 /f")

    assert shell.run(f"reg query {key}") == (
        "\nHKEY_LOCAL_MACHINE\\SOFTWARE\\T\n    (Default)    REG_SZ    hello\n    m    REG_MULTI_SZ    a\\0b\n"
        "    b    REG_BINARY    0AFF\n    q    REG_QWORD    0x1122334455\n    d    REG_DWORD    0xffffffff\n\n"
    )
    assert "(value not set)" in shell.run(r"reg query HKLM\SOFTWARE\Policies\Microsoft /ve")
    assert shell.machine.errors() == []


def test_a_value_is_not_overwritten_without_f(shell: Shell) -> None:
    shell.run(rf'reg add "{TS}" /v fDenyTSConnections /t REG_DWORD /d 1')

    assert shell.code == 1
    assert shell.machine.registry.number(TS, "fDenyTSConnections") == 0


def test_the_32_bit_view_is_another_key(shell: Shell) -> None:
    shell.run(r"reg add HKLM\SOFTWARE\T /v a /d 1 /f /reg:32")

    assert shell.machine.registry.exists(r"HKLM\SOFTWARE\WOW6432Node\T")
    shell.run(r"reg query HKLM\SOFTWARE\T /reg:64")
    assert shell.code == 1
    shell.run(r"reg query HKLM\SOFTWARE\Policies\Microsoft /reg:32")
    assert shell.code == 0


def test_copy(shell: Shell) -> None:
    shell.run(rf'reg copy "{RDP_TCP}" HKLM\SOFTWARE\Copy /s /f')

    copied = shell.machine.registry.get(r"HKLM\SOFTWARE\Copy")
    assert copied.plain()["values"] == shell.machine.registry.get(RDP_TCP).plain()["values"]
    assert [key.name for key in copied.subkeys()] == ["TSMMRemotingAllowedApps", "VideoRemotingWindowNames"]
