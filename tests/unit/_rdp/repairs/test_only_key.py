# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Somebody else's ``.reg`` file may hold one key, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import RegFileError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.formats.regfile import (
    HEADER_5,
    RegFileValue,
    parse,
    render,
)
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.repairs.only_key import (
    FileKey,
    check_only,
    entries,
    only_key,
)
from hypothesis import given
from hypothesis import strategies as st

KEY = r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations\RDP-Tcp"
LONG = KEY.replace("HKLM", "HKEY_LOCAL_MACHINE")


def _file(*lines: str) -> bytes:
    return "\r\n".join((HEADER_5, "", *lines, "")).encode("utf-8")


def _read(*lines: str) -> tuple[FileKey, ...]:
    return only_key(parse(_file(*lines)), KEY)


def test_key_and_what_is_below_it() -> None:
    keys = _read(f"[{LONG.upper()}]", '"a"=dword:00000001', "", f"[{KEY}\\Sub]", '@="x"')
    assert keys == (
        FileKey(LONG, (RegFileValue("a", "REG_DWORD", 1),)),
        FileKey(f"{LONG}\\Sub", (RegFileValue("", "REG_SZ", "x"),)),
    )
    assert only_key(parse(render(entries(keys), delete_first=LONG).encode("ascii")), KEY) == keys


def test_deletions_within_the_key_are_obeyed() -> None:
    keys = _read(
        *(f"[{LONG}]", '"old"="1"', '"new"="1"', "", f"[{LONG}\\Old\\Deep]", "", f"[-{LONG}\\OLD]", ""),
        *(f"[-{LONG}]", f"[{LONG}]", '"new"="2"', '"gone"=-', f"[{LONG}\\Older]"),
    )
    assert keys == (FileKey(LONG, (RegFileValue("new", "REG_SZ", "2"),)), FileKey(f"{LONG}\\Older", ()))


@pytest.mark.parametrize(
    ("lines", "line", "reason"),
    [
        ([r"[HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server]"], 3, "holds another key"),
        ([f"[{LONG}]", '"a"="b"', r"[HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Run]"], 5, "holds another key"),
        ([f"[{LONG}]", rf"[-{LONG.rpartition(chr(92))[0]}]"], 4, "deletes another key"),
        ([f"[{LONG}2]"], 3, "holds another key"),
        ([LONG.replace("LOCAL_MACHINE", "USERS").join("[]")], 3, "holds another key"),
        ([f"[{LONG}\\..\\Other]"], 3, "part that no export has"),
        ([f"[{LONG}\\.]"], 3, "part that no export has"),
        ([f"[{LONG}\\]"], 3, "part that no export has"),
        ([f"[{LONG} ]"], 3, "part that no export has"),
        ([f"[{LONG}\\ Sub]"], 3, "part that no export has"),
        ([f"[{LONG}\\\\Sub]"], 3, "part that no export has"),
        ([f"[{LONG}\\Su\u202eb]"], 3, "part that no export has"),
        ([f"[{LONG}\\Su\tb]"], 3, "part that no export has"),
        ([f"[{LONG}\\{'x' * 256}]"], 3, "part that no export has"),
        ([LONG.replace("SYSTEM", "\u017fYSTEM").join("[]")], 3, "holds another key"),
        ([LONG.replace("CurrentControlSet", "ControlSet001").join("[]")], 3, "export the key below CurrentControlSet"),
        ([f"[{LONG}]", '"a"="1"', '"A"="2"'], 5, "twice"),
        ([f"[{LONG}]", '"a"="1"', f"[{LONG.lower()}]", '"a"=-'], 6, "twice"),
        ([f"[{LONG}]", '"two\r\nlines"="1"'], 4, "control characters"),
        ([f"[{LONG}]", '"a\x1bb"="1"'], 4, "control characters"),
        ([f"[{LONG}]", f'"{"x" * 16384}"="1"'], 4, "too long"),
        ([f"[{LONG}]", *(f'"{number}"="1"' for number in range(2001))], 2003, "more than 2000"),
        ([f"[{LONG}]", f"[-{LONG}]"], 1, "does not hold the key"),
        ([f"[{LONG}\\Sub]", '"a"="1"'], 1, "does not hold the key"),
        ([], 1, "does not hold the key"),
    ],
)
def test_refused_with_its_line(lines: list[str], line: int, reason: str) -> None:
    with pytest.raises(RegFileError, match=reason) as refused:
        _read(*lines)
    assert refused.value.line == line


def test_real_export_of_more_than_the_key_is_refused_and_the_key_alone_is_not(corpus: Path) -> None:
    data = (corpus / "reg_export/01_en-US_win10_terminalserver_excerpt.reg").read_bytes()
    with pytest.raises(RegFileError, match="line 3: the file holds another key"):
        check_only(parse(data), KEY)
    own = HEADER_5.encode() + b"\n\n[" + LONG.encode() + b"]" + data.partition(b"WinStations\\RDP-Tcp]")[2]
    keys = only_key(parse(own), KEY)
    assert [key.path.removeprefix(LONG) for key in keys] == [
        "",
        "\\TSMMRemotingAllowedApps",
        "\\VideoRemotingWindowNames",
    ]
    assert {value.name: value.data for value in keys[0].values}["PortNumber"] == 3389


PARTS = st.sampled_from(["SYSTEM", "CurrentControlSet", "ControlSet001", "Control", "RDP-Tcp", "..", ".", " ", "", "ſ"])


@given(st.lists(st.one_of(st.just(LONG), st.just(KEY), PARTS), min_size=1, max_size=8), st.booleans())
def test_no_path_leads_out_of_the_key(parts: list[str], delete: bool) -> None:
    path = "\\".join(parts)
    minus = "-" if delete else ""
    try:
        keys = _read(f"[{LONG}]", f"[{minus}{path}]", f"[{LONG}]")
    except RegFileError:
        return
    assert path.upper().startswith((KEY.upper(), LONG.upper()))
    for key in keys:
        assert key.path == LONG or key.path.startswith(f"{LONG}\\")
        assert not {"", ".", "..", " "} & set(key.path.split("\\"))
