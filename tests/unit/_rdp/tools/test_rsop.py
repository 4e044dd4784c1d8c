# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The resultant set of policy: rows as Windows PowerShell prints them, and everything that is no answer."""

from __future__ import annotations

import json
import re
import typing as t

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import UnreadableError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.policy import collect
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.tools import rsop
from hypothesis import given
from hypothesis import strategies as st

from unit._rdp.tools.samples import printed

GUID = "{0A1B2C3D-0000-4000-8000-00000000000A}"
CONTAINER = f"cn={GUID.lower()},cn=policies,cn=system,DC=corp,DC=example"
KEY = r"SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services"
DENY = "fDenyTSConnections"

LOCAL_ROW = '["LocalGPO",131074]'
BLOCK_ROW = f'["{CONTAINER}",196611]'
DENY_ROW = f'[1,false,4,"{CONTAINER}","{KEY}","{DENY}","1 0 0 0"]'.replace("\\", "\\\\")
REMOVED_ROW = f'[2,true,0,"LocalGPO","{KEY}","{DENY}",""]'.replace("\\", "\\\\")
DENIED = (
    "Get-CimInstance : Zugriff verweigert \nIn Zeile:1 Zeichen:45\n+ ... ;foreach($r in Get-CimInstance\n"
    "    + CategoryInfo          : PermissionDenied: (root\\rsop\\computer:String) [Get-CimInstance], CimException\n"
    "    + FullyQualifiedErrorId : HRESULT 0x80041003,Microsoft.Management.Infrastructure.CimCmdlets.GetCimInstance\n"
)


def read(*rows: str, exit_code: int | None = 0) -> rsop.Rsop:
    return rsop.read_logged(printed("".join(f"{row}\n" for row in rows), exit_code))


def test_many_one_and_none() -> None:
    deny = rsop.RsopSetting(GUID, 1, KEY, DENY, False, 4, b"\1\0\0\0")
    versions = {"LOCALGPO": 0x20002, GUID: 0x30003}
    many = read(LOCAL_ROW, BLOCK_ROW, DENY_ROW, REMOVED_ROW, "end")
    assert many == rsop.Rsop(versions, (deny, rsop.RsopSetting("LOCALGPO", 2, KEY, DENY, True, 0, b"")))
    assert read(LOCAL_ROW, BLOCK_ROW, "", DENY_ROW, "end").settings == (deny,)
    # Nobody sets anything here: that is an answer, unlike no GPO at all.
    assert read(LOCAL_ROW, "end") == rsop.Rsop({"LOCALGPO": 0x20002}, ())


@pytest.mark.parametrize("exit_code", [0, 1])
@pytest.mark.parametrize(
    "rows",
    [
        # Logging is off.
        ("end",),
        (),
        ("",),
        # The namespace is missing, or there are no rights; the second class only, after the first was read.
        tuple(DENIED.splitlines()),
        (LOCAL_ROW, BLOCK_ROW, *DENIED.splitlines()),
        (LOCAL_ROW, *DENIED.splitlines(), "end"),
        # Windows 7, or an answer that was cut off.
        ("Get-CimInstance : The term 'Get-CimInstance' is not recognized as the name of a cmdlet",),
        (LOCAL_ROW, DENY_ROW),
        (LOCAL_ROW, DENY_ROW[:40], "end"),
        # Only what the rows are about, without the GPOs.
        (DENY_ROW, "end"),
        # A line that was broken in two, and one that is no row.
        (LOCAL_ROW, DENY_ROW[:60], DENY_ROW[60:], "end"),
        (LOCAL_ROW, '{"value":["LocalGPO",1],"Count":2}', "end"),
        (LOCAL_ROW, "[]", "end"),
        (LOCAL_ROW, "[" * 100_000, "end"),
        # Fields that are something else.
        ('["LocalGPO","1"]', "end"),
        ('["LocalGPO",true]', "end"),
        ('["LocalGPO",-1]', "end"),
        ('["LocalGPO",1.0]', "end"),
        ("[null,1]", "end"),
        ('["CN=System,DC=corp",1]', "end"),
        (LOCAL_ROW, DENY_ROW.replace("false", "0"), "end"),
        (LOCAL_ROW, DENY_ROW.replace("1 0 0 0", "256 0 0 0"), "end"),
        (LOCAL_ROW, DENY_ROW.replace("1 0 0 0", "1,0,0,0"), "end"),
        (LOCAL_ROW, DENY_ROW.replace('"1 0 0 0"', "[1,0,0,0]"), "end"),
        (LOCAL_ROW, DENY_ROW.replace(f'"{DENY}"', "7"), "end"),
        (LOCAL_ROW, DENY_ROW.replace("[1,", "[null,"), "end"),
    ],
)
def test_what_is_no_answer_says_nothing(rows: tuple[str, ...], exit_code: int) -> None:
    with pytest.raises(UnreadableError):
        read(*rows, exit_code=exit_code)


@pytest.mark.parametrize("exit_code", [1, -1, None])
def test_an_exit_code_that_is_not_0_says_nothing(exit_code: int | None) -> None:
    with pytest.raises(UnreadableError):
        read(LOCAL_ROW, BLOCK_ROW, DENY_ROW, "end", exit_code=exit_code)


@pytest.mark.parametrize("code_page", [437, 850, 932, None])
def test_letters_of_other_code_pages_do_no_harm(code_page: int | None) -> None:
    row = f'["cn={GUID},cn=policies,cn=system,DC=bücher,DC=example",1]'
    encoding = f"cp{code_page}" if code_page and code_page != 932 else "utf-8"
    found = rsop.read_logged(printed(f"{row}\r\nend\r\n".encode(encoding), 0, code_page=code_page))
    assert found.versions == {GUID: 1}


NUMBERS = st.integers(0, 2**32 - 1)
SETTINGS = st.builds(
    rsop.RsopSetting,
    gpo=st.sampled_from(["LOCALGPO", GUID]),
    precedence=NUMBERS,
    key=st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    name=st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    deleted=st.booleans(),
    type=NUMBERS,
    data=st.binary(max_size=40),
)


@given(st.dictionaries(st.sampled_from(["LOCALGPO", GUID]), NUMBERS, min_size=1), st.lists(SETTINGS, max_size=5))
def test_rows_are_read_as_they_were_written(versions: dict[str, int], settings: list[rsop.RsopSetting]) -> None:
    rows: list[list[t.Any]] = [[f"CN={gpo},CN=X" if gpo == GUID else "LocalGPO", n] for gpo, n in versions.items()]
    for one in settings:
        gpo = f"CN={one.gpo},CN=X" if one.gpo == GUID else "LocalGPO"
        data = " ".join(map(str, one.data))
        rows.append([one.precedence, one.deleted, one.type, gpo, one.key, one.name, data])
    assert read(*map(json.dumps, rows), "end") == rsop.Rsop(versions, tuple(settings))


@given(st.lists(st.sampled_from([LOCAL_ROW, BLOCK_ROW, DENY_ROW, "end", "[", "]", "1", ",", '"', "\n", "x"])))
def test_garbage_is_read_or_refused(pieces: list[str]) -> None:
    try:
        found = read("".join(pieces))
    except UnreadableError:
        return
    assert found.versions


def test_the_line_survives_every_shell_on_its_way() -> None:
    line = collect.RSOP.command.line
    # Between quotes, a login shell that is cmd.exe sees what stands there outside of them.
    before, script, after = line.split('"')
    assert not after and not set(script + before) & set("%!^&|<>\r\n")
    assert line.isascii() and len(line) < 1500
    # Only the keys in question: each is named once, its backslashes are escaped for WMI.
    keys = re.findall(r"registryKey=''([^']*)''", script)
    assert len(keys) == 7 and all(re.fullmatch(r"SOFTWARE\\\\Policies(?:\\\\[^\\]+)+", key) for key in keys)


@pytest.mark.parametrize("key", ["it's", 'a"b', "a|b", "a%b", "a!b", "a\nb"])
def test_key_that_would_be_more_than_a_key_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match="no keys to ask for"):
        rsop.logged([key])
    with pytest.raises(ValueError, match="no keys to ask for"):
        rsop.logged([])
