# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A recorded resultant set of policy: no name is left in it, and it names the same GPO as the list of GPOs does."""

from __future__ import annotations

import json
import typing as t

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import CommandResult
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.recording import redact
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.recording.format import RecordedCommand, Recording
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.policy import collect, gpo_list
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.tools import rsop
from hypothesis import given
from hypothesis import strategies as st

from unit._rdp.state.policy.hosts import ROOT, TS

GUID = "{0A1B2C3D-0000-4000-8000-00000000000A}"
DOMAIN = "DC=zqcorp,DC=zqlocal"
HISTORY = rf"""
{gpo_list.HISTORY_KEY.replace("HKLM", "HKEY_LOCAL_MACHINE")}\0
    DSPath    REG_SZ    LDAP://CN=Machine,CN={GUID},CN=Policies,CN=System,{DOMAIN}
    DisplayName    REG_SZ    Block RDP
    GPOName    REG_SZ    {GUID}
    Link    REG_SZ    LDAP://{DOMAIN}
    Version    REG_DWORD    0x30003
"""


def answers(*rows: list[t.Any]) -> tuple[gpo_list.Gpo, rsop.Rsop, bytes]:
    """The GPO of the list and the rows of a redacted recording, and its bytes."""
    key = gpo_list.HISTORY_KEY.replace("HKLM", "HKEY_LOCAL_MACHINE")
    text = "\r\n".join([*map(json.dumps, rows), "end", ""])
    listing = f"\r\n{key}\r\n{HISTORY}".replace("\n", "\r\n")
    recording = Recording(
        (
            RecordedCommand(gpo_list.HISTORY.command.line, listing.encode(), 0),
            RecordedCommand(collect.RSOP.command.line, text.encode(), 0),
        ),
        None,
        "",
    )
    history, logged = redact.redacted(recording).commands
    assert history.data is not None and logged.data is not None, (history, logged)
    gpos = gpo_list.history(gpo_list.HISTORY.read(CommandResult(history.data, 0, gpo_list.HISTORY.command)), ROOT)
    assert gpos
    return gpos[0], rsop.read_logged(CommandResult(logged.data, 0, collect.RSOP.command)), logged.data


def _row(type_: int, data: bytes, name: str = "fDenyTSConnections") -> list[t.Any]:
    gpo = f"cn={GUID.lower()},cn=policies,cn=system,{DOMAIN}"
    return [1, False, type_, gpo, TS, name, " ".join(map(str, data))]


GPOS = [["LocalGPO", 1], [f"cn={GUID.lower()},cn=policies,cn=system,{DOMAIN}", 0x30003]]


def test_same_gpo_in_the_list_and_in_the_rows() -> None:
    gpo, found, data = answers(*GPOS, _row(4, b"\1\0\0\0"))
    assert gpo.guid in found.versions and gpo.guid != GUID
    (setting,) = found.settings
    assert (setting.gpo, setting.key, setting.name, setting.data) == (
        *(gpo.guid, TS, "fDenyTSConnections", b"\1\0\0\0"),
    )
    assert b"zq" not in data and GUID[1:-1].lower().encode() not in data.lower()


@given(st.from_regex(r"zq[a-z0-9]{4,9}", fullmatch=True), st.sampled_from([1, 2, 3, 7, 0]))
def test_no_text_of_a_policy_is_left(name: str, type_: int) -> None:
    stored = f"{name}\0".encode("utf-16-le")
    _, found, data = answers(*GPOS, _row(type_, stored, "CertTemplateName"))
    assert stored not in found.settings[0].data and name.encode() not in data


@pytest.mark.parametrize("row", [["zqname"], ["zqname", "zqname", 3], [1, False, 4, GUID, TS, "x", "zqname"]])
def test_odd_row_is_no_leak(row: list[t.Any]) -> None:
    recording = Recording((RecordedCommand(collect.RSOP.command.line, f"{json.dumps(row)}\r\n".encode(), 0),), None, "")
    (answer,) = redact.redacted(recording).commands
    assert answer.data is None or b"zq" not in answer.data
