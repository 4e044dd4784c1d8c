# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""gpresult /X: read by namespace, and silent wherever the report is."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import UnreadableError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.tools import gpresult
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.tools.gpresult import (
    Link,
    Preference,
    ReportedRight,
    ReportedSetting,
)
from hypothesis import given
from hypothesis import strategies as st

from unit._rdp.tools.gpresult_samples import NAMESPACE, TS, gpo, policy, preference, right, rsop, setting

BLOCK = "{0A1B2C3D-0000-4000-8000-00000000000A}"
OTHER = "{0A1B2C3D-0000-4000-8000-00000000000b}"


def test_command() -> None:
    assert gpresult.report(r"%TEMP%\a b.xml").line == r'gpresult /SCOPE COMPUTER /X "%TEMP%\a b.xml" /F'


def test_gpos_with_links_and_why_one_was_not_applied() -> None:
    report = gpresult.parse(
        rsop(
            gpo("Local Group Policy", "LocalGPO", 0, "Local"),
            gpo("Block RDP", BLOCK, 2, "corp.example/Servers", NoOverride="true"),
            gpo("Denied", OTHER, 0, AccessDenied="true"),
            gpo("Filtered", OTHER, 0, FilterAllowed="false"),
            gpo("Off", OTHER, 0, Enabled="false"),
            gpo("Unlinked", OTHER, 0, LinkEnabled="false"),
            gpo("Broken", OTHER, 0, IsValid="false"),
        )
    )
    found = report.gpo(BLOCK.lower())
    assert found and found.links == (Link("corp.example/Servers", 2, True, True),)
    assert (found.name, found.domain, found.applied_order, found.not_applied) == ("Block RDP", "corp.example", 2, "")
    assert [one.not_applied for one in report.gpos] == [
        "it holds nothing for this computer",
        "",
        "its security filter denies it",
        "its WMI filter keeps it away",
        "it is disabled",
        "its link is disabled",
        "it can't be read",
    ]
    assert report.gpos[0].guid == "LOCALGPO" and report.gpos[0].domain == ""
    assert report.gpo("{0}") is None


@pytest.mark.parametrize("prefix", ["q3", "q17", "registry"])
def test_settings_of_every_kind_whatever_the_prefix(prefix: str) -> None:
    report = gpresult.parse(
        rsop(
            gpo("Block RDP", BLOCK),
            registry=policy(BLOCK, "リモート接続を許可する", prefix=prefix)
            + setting(OTHER, "fDenyTSConnections", 1, precedence=2, prefix=prefix),
            security=right(BLOCK, "SeRemoteInteractiveLogonRight", ["CORP\\Helpdesk", "S-1-5-32-555"]),
            preferences=preference(OTHER, "fDenyTSConnections"),
            prefix=prefix,
        )
    )
    assert report.settings == (
        ReportedSetting(BLOCK, 1, "", "リモート接続を許可する", None),
        ReportedSetting(OTHER.upper(), 2, TS, "fDenyTSConnections", 1),
    )
    assert report.rights == (
        ReportedRight(BLOCK, 1, "SeRemoteInteractiveLogonRight", ("CORP\\Helpdesk", "S-1-5-32-555")),
    )
    assert report.preferences == (
        Preference(
            OTHER.upper(), f"HKEY_LOCAL_MACHINE\\{TS}", "fDenyTSConnections", "R", type="REG_DWORD", data="00000001"
        ),
    )


def test_what_was_read_is_written_so_that_it_is_read_again() -> None:
    report = gpresult.parse(
        rsop(
            gpo("Local Group Policy", "LocalGPO", 0, "Local"),
            gpo("Räume &amp; &lt;b&gt;", BLOCK, 2, "corp.example/Servers", NoOverride="true", AccessDenied="true"),
            registry=policy(BLOCK, "リモート接続を許可する")
            + setting(OTHER, "fDenyTSConnections", 1, precedence=2)
            + setting(BLOCK, "Name", 1).replace("<q3:Number>1</q3:Number>", "<q3:String>a &amp; b</q3:String>")
            + setting(BLOCK, "Bytes", 1).replace("<q3:Number>1</q3:Number>", "<q3:Binary>01</q3:Binary>"),
            security=right(BLOCK, "SeRemoteInteractiveLogonRight", ["CORP\\Helpdesk", "S-1-5-32-555"]),
            preferences=preference(OTHER, "fDenyTSConnections"),
        )
    )
    assert len(report.settings) == 4 and report.rights and report.preferences
    assert gpresult.parse(gpresult.render(report)) == report


@pytest.mark.parametrize(
    ("said", "type_", "data", "writes"),
    [
        ({}, "REG_DWORD", 1, True),
        ({"action": "U", "value": "1"}, "REG_DWORD", 1, True),
        ({"value": "0000000A"}, "REG_DWORD", 10, True),
        ({}, "REG_DWORD", 0, False),
        ({}, "REG_SZ", "00000001", False),
        ({"action": "d"}, "REG_DWORD", 1, False),
        ({"value": ""}, "REG_DWORD", 0, False),
        ({"value": "0x1"}, "REG_DWORD", 1, False),
        ({"type": "REG_SZ", "value": "Web"}, "REG_SZ", "Web", True),
        ({"type": "REG_SZ", "value": "Web"}, "REG_SZ", "web", False),
        ({"type": "REG_BINARY", "value": "01"}, "REG_BINARY", b"\x01", False),
    ],
)
def test_what_a_preference_writes(said: dict[str, str], type_: str, data: object, writes: bool) -> None:
    (item,) = gpresult.parse(rsop(preferences=preference(BLOCK, "fDenyTSConnections", **said))).preferences
    assert item.writes(type_, data) is writes


def test_text_and_other_data_of_a_setting() -> None:
    text = setting(BLOCK, "CertTemplateName", 1).replace("<q3:Number>1</q3:Number>", "<q3:String> Ärzte</q3:String>")
    binary = setting(BLOCK, "b", 1).replace("<q3:Number>1</q3:Number>", "<q3:Binary>01</q3:Binary>")
    report = gpresult.parse(rsop(registry=text + binary))
    assert [one.data for one in report.settings] == [" Ärzte", None]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8", "utf-8-sig"])
def test_encodings(encoding: str) -> None:
    text = rsop(gpo("Räume", BLOCK)).decode("utf-16")
    data = text.encode(encoding) if encoding != "utf-16-be" else b"\xfe\xff" + text.encode(encoding)
    assert gpresult.parse(data).gpos[0].name == "Räume"


def test_report_without_the_computer_says_nothing() -> None:
    with pytest.raises(UnreadableError, match="reports nothing about the computer"):
        gpresult.parse(rsop(gpo("Block RDP", BLOCK), computer=False))


WHOLE = rsop(gpo("Block RDP", BLOCK), registry=setting(BLOCK, "x", 1)).decode("utf-16")


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("", "no well-formed XML"),
        ("INFO: The user does not have RSoP data.", "no well-formed XML"),
        ("<html><body/></html>", "report for people"),
        ('<!DOCTYPE html PUBLIC "x">', "report for people"),
        ("<Rsop/>", "no report of gpresult"),
        (f'<GPO xmlns="{NAMESPACE}/Settings"/>', "no report of gpresult"),
        (WHOLE[:-40], "no well-formed XML"),
        (f'<!DOCTYPE r [<!ENTITY a "b">]>{WHOLE}', "document type"),
        (WHOLE.replace("<Rsop", "<!DOCTYPE Rsop><Rsop", 1), "document type"),
        (WHOLE.replace("Block RDP", "&unknown;"), "no well-formed XML"),
        (WHOLE.replace("Block RDP", "\0"), "no well-formed XML"),
        (WHOLE.replace("<AppliedOrder>1", "<AppliedOrder>eins"), "AppliedOrder in the report is no number"),
        (WHOLE.replace("<AccessDenied>false", "<AccessDenied>falsch"), "neither true nor false"),
        (WHOLE.replace("<Enabled>true</Enabled>", ""), "Enabled of a GPO"),
        (WHOLE.replace("Precedence xmlns", "Other xmlns").replace("/Precedence", "/Other"), ""),
        (WHOLE.replace("q3:Number>1<", "q3:Number>0x1<"), "A Number in the report"),
        (WHOLE.replace(BLOCK, ""), "GPO in the report has no identifier"),
        (WHOLE.replace("Settings/Base", "Settings/Else"), "belongs to no GPO"),
    ],
)
def test_what_is_no_report_is_unreadable(broken: str, said: str) -> None:
    if not said:
        assert gpresult.parse(broken.encode("utf-16")).settings[0].precedence == 0
        return
    with pytest.raises(UnreadableError, match=said):
        gpresult.parse(broken.encode("utf-16"))


def test_entities_that_grow_are_never_expanded() -> None:
    bomb = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 50}">' for n in range(1, 9))
    with pytest.raises(UnreadableError, match="document type"):
        gpresult.parse(f'<?xml version="1.0"?><!DOCTYPE Rsop [<!ENTITY e0 "x">{bomb}]><Rsop>&e8;</Rsop>'.encode())
    with pytest.raises(UnreadableError, match="more than"):
        gpresult.parse(bytes(gpresult.MAX_SIZE + 1))


@given(st.data())
def test_a_damaged_report_raises_nothing_else(data: st.DataObject) -> None:
    place, length = data.draw(st.integers(0, len(WHOLE))), data.draw(st.integers(0, 60))
    piece = data.draw(st.text(st.sampled_from("<>/&;\"'= aRG0\u00e4\n") | st.characters(), max_size=10))
    with contextlib.suppress(UnreadableError):
        gpresult.parse((WHOLE[:place] + piece + WHOLE[place + length :]).encode("utf-16", "surrogatepass"))
    with contextlib.suppress(UnreadableError):
        gpresult.parse(WHOLE.encode("utf-16")[: data.draw(st.integers(0, 2 * len(WHOLE)))])


def test_recorded_report(corpus: Path) -> None:
    report = gpresult.parse((corpus / "gpresult/01_en-US_srv_rsop_dc_logged.xml").read_bytes())
    assert [(one.guid, one.applied_order, one.links[0].path) for one in report.gpos] == [
        ("LOCALGPO", 0, "Local"),
        ("{31B2F340-016D-11D2-945F-00C04FB984F9}", 1, "Child.ADLAB.local"),
        ("{6AC1786C-016F-11D2-945F-00C04FB984F9}", 2, "Child.ADLAB.local/Domain Controllers"),
    ]
    assert len(report.rights) == 24 and all(one.name.startswith("Se") and one.members for one in report.rights)
    # Neither a right nor a setting for Remote Desktop is in it, and that is all that it says.
    assert not report.settings and not report.preferences
    assert not [one for one in report.rights if "RemoteInteractive" in one.name]
    assert gpresult.parse(gpresult.render(report)) == report


def test_every_other_recording_is_refused_with_a_reason(corpus: Path) -> None:
    others = [path for path in sorted((corpus / "gpresult").iterdir()) if path.suffix != ".xml"]
    assert len(others) >= 9
    for path in others:
        with pytest.raises(UnreadableError) as refused:
            gpresult.parse(path.read_bytes())
        assert ("report for people" in refused.value.reason) == (path.suffix == ".html" and "fragment" not in path.name)
