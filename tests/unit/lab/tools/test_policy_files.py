# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the files of policy come and go with Windows' own tools: size, hash, base64 in pieces, copies."""

from __future__ import annotations

import base64
import hashlib

import pytest

from lab.faults.policy import LARGE_GUID
from lab.state.policy.objects import LOCAL_INI, LOCAL_POL
from lab.testing import MakeShell, Shell

BINARY = bytes(range(256)) * 5


@pytest.fixture
def pol(shell: Shell) -> str:
    """A binary file with a blank in its path."""
    path = r"C:\Program Files\Registry.pol"
    shell.machine.files.write(path, BINARY)
    return path


def test_size_and_existence(pol: str, shell: Shell) -> None:
    line = f'for %f in ("{pol}") do @echo %~zf'
    assert shell.cmd(line) == "1280\n"
    assert shell.cmd(f"({line}) <nul 2>&1") == "1280\n"
    assert shell.cmd('for %f in ("C:\\none") do @echo [%~zf]') == "[]\n"
    assert shell.cmd(f'if exist "{pol}" (echo yes) else echo no') == "yes\n"
    assert shell.cmd('if exist "C:\\none" (echo yes) else echo no') == "no\n"


def test_modifiers_of_loop_variables(pol: str, shell: Shell) -> None:
    """`for /?`: as many letters as possible belong to the reference; the variable's letter ends it."""
    assert shell.cmd(f'for %f in ("{pol}") do @echo %~zf,%~f,%~nf,%~xf,%~dpf,%f') == (
        f'1280,{pol},Registry,.pol,C:\\Program Files\\,"{pol}"\n'
    )
    assert shell.cmd("for %i in (a) do @echo %i%~i %~ix %ix %x %~x") == "aa ax ax %x %~x\n"
    assert shell.cmd("for %z in (a) do @echo %~z") == "a\n"
    assert shell.machine.errors() == []


def test_hash_and_base64(pol: str, shell: Shell) -> None:
    digest = hashlib.sha256(BINARY).hexdigest()
    assert shell.cmd(f'certutil -hashfile "{pol}" SHA256').split("\n")[1] == digest
    assert "Input Length = 1280" in shell.cmd(f'certutil -f -encode "{pol}" "%TEMP%\\x.b64"')
    shell.cmd('certutil -f -decode "%TEMP%\\x.b64" "%TEMP%\\x.pol"')
    assert shell.machine.files.read(r"C:\Users\Administrator\AppData\Local\Temp\x.pol") == BINARY
    shell.cmd(f'certutil -encode "{pol}" "%TEMP%\\x.b64"')
    assert shell.code != 0, "it exists, and -f is missing"


def test_a_large_file_comes_back_in_pieces(on: MakeShell) -> None:
    shell = on(faults=("registry-pol-large",))
    path = shell.machine.policy.cached_pol(LARGE_GUID)
    shell.cmd(f'certutil -f -encode "{path}" C:\\x.b64')
    pieces = [rf"^{'[0-9]' * digits}:" for digits in range(1, 5)] + [f"^{n}[0-9][0-9][0-9][0-9]:" for n in range(1, 11)]
    text = {}
    for piece in pieces:
        for line in shell.cmd(f'(findstr /n "^" C:\\x.b64 | findstr /r "{piece}") <nul 2>&1').splitlines():
            number, _, content = line.partition(":")
            text[int(number)] = content

    assert sorted(text) == list(range(1, len(text) + 1))
    assert text[1] == "-----BEGIN CERTIFICATE-----" and text[len(text)] == "-----END CERTIFICATE-----"
    whole = base64.b64decode("".join(text[number] for number in range(2, len(text))))
    assert whole == shell.machine.files.read(path)
    shell.cmd('(findstr /n "^" C:\\x.b64 | findstr /r "^999999:") <nul 2>&1')
    assert shell.code == 1
    assert shell.machine.errors() == []


def test_a_local_gpo_that_was_put_together_elsewhere_is_applied(on: MakeShell) -> None:
    """The way of a repair: copy away, decode, copy into place, refresh, look again."""
    donor, shell = on(faults=("gpo-local-blocks",)), on()
    for path in (LOCAL_POL, LOCAL_INI):
        text = base64.b64encode(donor.machine.files.read(path)).decode("ascii")
        shell.machine.files.write(r"C:\part.b64", text.encode("ascii"))
        shell.cmd(rf'certutil -f -decode C:\part.b64 C:\part.bin & copy /y C:\part.bin "{path}" & del C:\part.bin')
        assert shell.machine.files.read(path) == donor.machine.files.read(path)
    assert shell.machine.rdp_ports()

    shell.run("gpupdate /target:computer /force /wait:120")

    assert not shell.machine.rdp_ports()
    assert "gPCMachineExtensionNames=" in shell.cmd(rf'type "{LOCAL_INI}"')
    shell.cmd(rf'del /f /q "{LOCAL_POL}"')
    shell.run("gpupdate /target:computer /force /wait:120")
    assert shell.machine.rdp_ports()
