# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""icacls: no line of ours reaches below its file or folder, and a saved file is read exactly or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import UnreadableError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import CommandResult
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state import machine_keys
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.tools import icacls
from hypothesis import given
from hypothesis import strategies as st

FOLDER = r"C:\ProgramData\Microsoft\Crypto\RSA\MachineKeys"
DACL = "D:PAI(A;;0x12019f;;;WD)(A;;FA;;;BA)"
SAVED = f"MachineKeys\r\n{DACL}\r\n"


def test_commands() -> None:
    assert icacls.save(FOLDER, r"C:\b\acl.txt").line == f'icacls "{FOLDER}" /save "C:\\b\\acl.txt"'
    assert icacls.restore("C:\\", r"C:\b\acl.txt").line == r'icacls "C:\\" /restore "C:\b\acl.txt"'
    assert icacls.grant_replace(FOLDER, machine_keys.FOLDER_GRANTS).line == (
        f'icacls "{FOLDER}" /grant:r "*S-1-5-32-544:(F)" "*S-1-1-0:(RD,WD,AD,REA,WEA,RA,WA,RC,S)"'
    )


@pytest.mark.parametrize(
    "grants",
    [
        [],
        [("S-1-1-0", "(R)"), ("S-1-1-0", "(W)")],
        [("Everyone", "(R)")],
        [("S-1-1-0", "R")],
        [("S-1-1-0", "(OI)(CI)(F)")],
        [("S-1-1-0", "(F)(OI)")],
        [("S-1-1-0", "(OI,F)")],
        [("S-1-1-0", "(F,RC)")],
        [("S-1-1-0", "()")],
        [("S-1-1-0", "(F) /T")],
        [("S-1-1-0 /T", "(F)")],
        [("S-1-1-0\n", "(F)")],
    ],
)
def test_grant_that_is_none_or_reaches_further(grants: list[tuple[str, str]]) -> None:
    with pytest.raises(ValueError, match="not "):
        icacls.grant_replace(FOLDER, grants)


@given(st.text(max_size=40))
def test_no_path_escapes_from_its_command(path: str) -> None:
    for make in (lambda path: icacls.save(path, "C:\\x"), lambda path: icacls.grant_replace(path, GRANT)):
        try:
            line = make(path).line
        except ValueError:
            assert set(path) & set('"%!^&|<>\r\n\0')
        else:
            assert line.count('"') % 2 == 0 and path in line


GRANT = (("S-1-5-18", "(F)"),)


@pytest.mark.parametrize(
    "data",
    [
        SAVED.encode("utf-16"),
        SAVED.encode("utf-16-le"),
        SAVED.encode("ascii"),
        SAVED.encode("utf-8-sig"),
        b"\r\n" + SAVED.encode("ascii") + b"\r\n",
    ],
)
def test_saved_file(data: bytes) -> None:
    assert icacls.parse_saved(data) == (icacls.Saved("MachineKeys", DACL),)


def test_saved_file_of_several_objects() -> None:
    text = f"Schlüssel\r\n{DACL}\r\nSchlüssel\\a b (1)\r\nD:\r\nnull\r\nD:NO_ACCESS_CONTROL\r\n"
    saved = icacls.parse_saved(text.encode("cp850"), 850)
    assert [(one.name, one.sddl) for one in saved] == [
        ("Schlüssel", DACL),
        ("Schlüssel\\a b (1)", "D:"),
        ("null", "D:NO_ACCESS_CONTROL"),
    ]
    assert icacls.SavedFile(saved).get("SCHLÜSSEL") == saved[0]
    assert icacls.SavedFile(saved).get("other") is None


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", ""),
        ("\r\n \r\n", ""),
        ("MachineKeys\r\n", "MachineKeys"),
        (f"{DACL}\r\n", DACL),
        (f"{DACL}\r\nMachineKeys\r\n", DACL),
        (f"MachineKeys\r\n{DACL}\r\n{DACL}\r\n", DACL),
        (f"MachineKeys\r\n{DACL}\r\nkey\r\n", "key"),
        (f"MachineKeys\r\n{DACL[:-1]}\r\n", "MachineKeys"),
        (f"a\r\nb\r\n{DACL}\r\n", "a"),
        ("C:\\x: Zugriff verweigert\r\n0 Dateien erfolgreich verarbeitet\r\n", "C:\\x: Zugriff verweigert"),
    ],
)
def test_anything_else_is_unreadable(text: str, line: str) -> None:
    with pytest.raises(UnreadableError) as unreadable:
        icacls.parse_saved(text.encode("utf-8"))
    assert unreadable.value.line == line


def test_code_page_that_does_not_fit_is_unreadable() -> None:
    with pytest.raises(UnreadableError, match="code page"):
        icacls.parse_saved(f"\x81\r\n{DACL}\r\n".encode("latin-1"))


def test_command_that_failed_is_unreadable() -> None:
    command = icacls.dump(FOLDER, "C:\\x")
    assert icacls.read_saved(CommandResult(SAVED.encode(), 0, command))[0].name == "MachineKeys"
    with pytest.raises(UnreadableError, match="exit code 5") as unreadable:
        icacls.read_saved(CommandResult(b"\r\nZugriff verweigert\r\n", 5, command))
    assert unreadable.value.line == "Zugriff verweigert"


def test_listings_for_people_are_not_taken_for_saved_files(corpus: Path) -> None:
    paths = sorted((corpus / "icacls").glob("*.txt"))
    assert len(paths) >= 7
    for path in paths:
        with pytest.raises(UnreadableError):
            icacls.parse_saved(path.read_bytes())


@given(st.binary(max_size=200), st.sampled_from([None, 850, 932]))
def test_bytes_are_read_or_unreadable(data: bytes, code_page: int | None) -> None:
    for prefix in (b"", b"a\r\nD:P\r\n"):
        try:
            saved = icacls.parse_saved(prefix + data, code_page)
        except UnreadableError:
            continue
        assert saved and all(one.name and one.sddl.startswith("D:") for one in saved)


def test_saved_rights_are_read_from_a_connection_that_hands_over_lines() -> None:
    saved = "MachineKeys\r\nD:PAI(A;;FA;;;BA)\r\n".encode("utf-16-le")
    # psrp: the host's text is split at the line feeds, and put together again with Windows' line ends.
    split = b"\r\n".join(saved.split(b"\n"))
    assert icacls.parse_saved(split) == icacls.parse_saved(saved) == (icacls.Saved("MachineKeys", "D:PAI(A;;FA;;;BA)"),)
