# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lists of GPOs, as the registry of a host holds them."""

from __future__ import annotations

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import UnreadableError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.policy import gpo_list
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.policy.gpo_list import LOCAL_GUID, Gpo

from unit._rdp.state.policy.hosts import LOCAL_FILE, ROOT, SCRIPTS, Linked, listing
from unit._rdp.tools.samples import printed

SHARE = r"\\corp.example\SysVol\corp.example\Policies\{}\Machine\Registry.pol"
LOCAL = Linked("Richtlinien der lokalen Gruppe", version=0x00010002)
BLOCK = Linked(
    "Block RDP",
    "{0a1b2c3d-0000-4000-8000-00000000000a}",
    r"LDAP://OU=Web\, DMZ,OU=Servers,DC=corp,DC=example",
    options=2,
)
SITE = Linked(
    "Site", "{0A1B2C3D-0000-4000-8000-00000000000B}", "LDAP://CN=Oslo,CN=Sites,CN=Configuration,DC=corp,DC=example"
)


def test_history_in_its_order() -> None:
    assert gpo_list.history(listing("history", [LOCAL, SITE, BLOCK]), ROOT) == (
        Gpo(LOCAL.name, LOCAL_GUID, local=True, link="Local", version=2, files_version=1, file=LOCAL_FILE),
        Gpo(
            "Site",
            SITE.guid,
            domain="corp.example",
            link="corp.example/Configuration/Sites/Oslo",
            version=3,
            files_version=3,
            file=SITE.file,
            share=SHARE.format(SITE.guid),
        ),
        Gpo(
            name="Block RDP",
            guid=BLOCK.guid.upper(),
            domain="corp.example",
            link="corp.example/Servers/Web, DMZ",
            version=3,
            files_version=3,
            enforced=True,
            file=BLOCK.file.replace(BLOCK.guid, BLOCK.guid.upper()),
            share=SHARE.format(BLOCK.guid),
        ),
    )


def test_data_store_names_the_copies_and_state_who_was_denied() -> None:
    datastore = gpo_list.datastore(listing("datastore", [LOCAL, BLOCK]), ROOT)
    assert datastore and [gpo.file for gpo in datastore] == [LOCAL_FILE, BLOCK.file]
    state = gpo_list.state(listing("state", [LOCAL, Linked("Denied", SITE.guid, denied=1), SITE]), ROOT)
    assert state and [(gpo.local, gpo.applied, gpo.registry) for gpo in state] == [
        (True, True, True),
        (False, False, True),
        (False, True, True),
    ]


def test_more_than_ten_gpos_are_in_the_order_of_their_numbers() -> None:
    many = [Linked(f"GPO {n}", f"{{0A1B2C3D-0000-4000-8000-{n:012}}}") for n in range(13)]
    read = gpo_list.history(listing("history", many), ROOT)
    assert read and [gpo.name for gpo in read] == [gpo.name for gpo in many]
    # Those of State are numbered in hexadecimal.
    state = gpo_list.state(listing("state", many), ROOT)
    assert state and {gpo.name for gpo in state} == {gpo.name for gpo in many}
    assert all(gpo.file.startswith(rf"{ROOT}\System32\GroupPolicy\DataStore\0\sysvol\corp.example") for gpo in state)


def test_disabled_and_without_settings_for_the_registry() -> None:
    disabled, scripts = Linked("Off", BLOCK.guid, options=1), Linked("Scripts", SITE.guid, extensions=SCRIPTS)
    read = gpo_list.datastore(listing("datastore", [disabled, scripts]), ROOT)
    assert read and [(gpo.applied, gpo.registry) for gpo in read] == [(False, True), (True, False)]


def test_list_that_is_not_there() -> None:
    assert gpo_list.history(listing("history", None), ROOT) is None
    assert gpo_list.history(listing("history", []), ROOT) == ()


def test_list_that_is_not_complete_is_unreadable() -> None:
    key = gpo_list.HISTORY_KEY.replace("HKLM", "HKEY_LOCAL_MACHINE")
    for more in ("    Version    REG_DWORD    many", "an error in the middle"):
        with pytest.raises(UnreadableError, match="could not be read completely"):
            gpo_list.history(listing("history", [LOCAL, BLOCK], more), ROOT)
    for name in ("x", "5", "-1"):
        with pytest.raises(UnreadableError, match="does not number"):
            gpo_list.history(listing("history", [LOCAL], "", rf"{key}\{name}", "    Version    REG_DWORD    0x1"), ROOT)
    with pytest.raises(UnreadableError, match="names no GPO"):
        gpo_list.history(listing("history", [Linked("?", "no guid")]), ROOT)


def test_pointer_that_nobody_can_read_is_no_harm() -> None:
    assert gpo_list.history(listing("history", [LOCAL], "    lParam2    REG_DWORD    (invalid)"), ROOT)


@pytest.mark.parametrize(
    ("values", "time"),
    [
        (("endTimeHi    REG_DWORD    0x1dc5c3f", "endTimeLo    REG_DWORD    0xfffffffe"), 0x1DC5C3FFFFFFFFE),
        (("startTimeHi    REG_DWORD    0x1", "startTimeLo    REG_DWORD    0x1"), None),
        (("endTimeHi    REG_DWORD    0x1",), None),
        (("endTimeHi    REG_SZ    1", "endTimeLo    REG_DWORD    0x1"), None),
        ((), None),
    ],
)
def test_when_policies_were_applied_last(values: tuple[str, ...], time: int | None) -> None:
    probe = gpo_list.FINISHED
    key = probe.command.line.split('"')[1].replace("HKLM", "HKEY_LOCAL_MACHINE")
    text = "\n".join(["", key, *(f"    {value}" for value in values), ""]) if values else "Nicht gefunden.\n"
    output = printed(text, int(not values), probe.command.line)
    if time is None:
        with pytest.raises(UnreadableError, match="When policies were applied"):
            probe.read(output)
    else:
        assert probe.read(output) == time
