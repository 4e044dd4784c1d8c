# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which values of a listener's key may go from one host, or from a file, to another."""

from __future__ import annotations

import dataclasses
import typing as t
from pathlib import Path

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import RefusedError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.formats import regfile
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.probes import WINSTATIONS_KEY
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.repairs import reference
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.repairs.only_key import only_key
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.listener_key import differences, merged, plain
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.listener_values import (
    BUILT_IN,
    Tree,
    Typed,
    completed,
    from_hosts,
    suspicions,
    suspicions_of_reference,
)

KEY = f"{WINSTATIONS_KEY}\\RDP-Tcp"
HEALTHY: Tree = {"": BUILT_IN}


def number(data: int) -> Typed:
    return Typed("REG_DWORD", data)


def text(data: str) -> Typed:
    return Typed("REG_SZ", data)


# What a host may lie about, and nobody else may get.
PLANTED: dict[str, Typed] = {
    "InitialProgram": text(r"\\203.0.113.7\share\evil.exe"),
    "initialprogram": text("evil"),
    "WorkDirectory": text("C:\\evil"),
    "NWLogonServer": text("203.0.113.7"),
    "WFProfilePath": text(r"\\203.0.113.7\p"),
    "CfgDll": text("evil.dll"),
    "WsxDLL": text("evil"),
    "WdDLL": text("evil"),
    "PdDLL9": text("evil"),
    "Shadow": number(2),
    "SecurityLayer": number(1),
    "UserAuthentication": number(0),
    "MinEncryptionLevel": number(1),
    "fDisableEncryption": number(0),
    "fAllowSecProtocolNegotiation": number(0),
    "PortNumber": number(22),
    "LanAdapter": number(3),
    "MaxInstanceCount": number(0),
    "MaxIdleTime": number(1),
    "ColorDepth": number(0xFFFFFFFF),
    "OutBufCount": text("6"),
    "Unheard": number(1),
    "fEnableWinStation": number(0),
    "LoadableProtocol_Object": text("{a1f6d3b8-2c95-47e0-8b14-60d9e7c2f5a3}"),
    "Security": Typed("REG_BINARY", b"\x01"),
}


@pytest.mark.parametrize("name", PLANTED)
def test_nothing_planted_is_taken_from_a_host(name: str) -> None:
    assert from_hosts({"": {name: PLANTED[name]}, "Kitten": {"a": text("b")}}) == {"": {}}


def test_plausible_numbers_are_taken_from_a_host() -> None:
    values = {"MaxIdleTime": number(3_600_000), "OutBufCount": number(12), "MinEncryptionLevel": number(3)}
    assert from_hosts({"": values}) == {"": values}


WEAKER = {
    "SecurityLayer": 1,
    "UserAuthentication": 0,
    "MinEncryptionLevel": 1,
    "fAllowSecProtocolNegotiation": 0,
}


@pytest.mark.parametrize("name", WEAKER)
@pytest.mark.parametrize("here", [None, "stricter"])
def test_security_is_never_lowered_whatever_the_host_has(name: str, here: str | None) -> None:
    ours: Tree = {"": {name: number(4)} if here else {}}
    theirs: Tree = {"": {name: number(WEAKER[name])}}
    (one,) = differences(ours, theirs)
    assert one.kept == "the reference is less secure"
    assert merged(ours, theirs)[""] == ours[""]
    # Nor by a replacement with a key that doesn't say anything.
    assert merged(ours, {"": {}})[""] == ours[""]


def test_key_is_completed_with_what_windows_needs() -> None:
    tree = completed({"": {"pdname": text("tcp"), "PortNumber": number(3390)}})[""]
    assert tree["PortNumber"] == number(3390) and "PdName" not in tree
    assert tree["SecurityLayer"] == number(2) and tree["UserAuthentication"] == number(1)


def test_windows_own_values_are_never_suspicious() -> None:
    older = {"WdDLL": text("rdpwd"), "WsxDLL": text("rdpwsx"), "InitialProgram": text(""), "Shadow": number(1)}
    assert suspicions({"": {**BUILT_IN, **older}}) == suspicions_of_reference({"": {**BUILT_IN, **older}}) == ()


def test_complete_export_of_a_healthy_host_is_not_suspicious(corpus: Path) -> None:
    (path,) = corpus.glob("reg_export/01_*.reg")
    file = regfile.parse(path.read_bytes())
    below = tuple(
        entry
        for entry in file.entries
        if regfile.long_path(entry.key).casefold().startswith(regfile.long_path(KEY).casefold())
    )
    tree = reference._tree(only_key(dataclasses.replace(file, entries=below), KEY), KEY)
    assert len(tree[""]) > 60 and len(tree) == 3
    assert suspicions(tree) == suspicions_of_reference(tree) == ()
    assert {name for name, value in BUILT_IN.items() if tree[""].get(name) != value} == set()


def file_with(tree: Tree) -> bytes:
    return reference.render(tree, KEY).encode("utf-16")


def test_file_names_each_suspicious_value_until_it_is_accepted() -> None:
    planted: Tree = {
        "": {**BUILT_IN, "InitialProgram": text("kiosk.exe"), "Shadow": number(2), "SecurityLayer": number(0)},
        "Kitten": {"": text("evil.exe")},
    }
    with pytest.raises(RefusedError) as refused:
        reference.from_file(file_with(planted), "RDP-Tcp", "a.reg")
    for name in ("InitialProgram = kiosk.exe", "Shadow = 2", "SecurityLayer = 0", "Kitten\\(Default) = evil.exe"):
        assert name in str(refused.value)
    with pytest.raises(RefusedError) as refused:
        reference.from_file(file_with(planted), "RDP-Tcp", "a.reg", ["initialprogram", "SecurityLayer", "Shadow"])
    assert "Kitten" in str(refused.value) and "kiosk" not in str(refused.value)
    accepted = ["InitialProgram", "SecurityLayer", "Shadow", "Kitten\\(Default)"]
    taken = reference.from_file(file_with(planted), "RDP-Tcp", "a.reg", accepted)
    assert taken.tree[""]["InitialProgram"].data == "kiosk.exe"
    # A person's word opens no host: security stays where it is.
    assert merged({}, taken.tree)[""].get("SecurityLayer") is None
    assert merged({}, completed(taken.tree))[""]["SecurityLayer"] == number(2)


def result_of(tree: Tree, build: int = 20348, status: str = "ok") -> dict[str, t.Any]:
    facts = {"windows": {"build": build}, "listener": {"name": "RDP-Tcp", "key": plain(tree)}}
    return {"facts": facts, "findings": [{"check": "listener", "status": status}]}


OWNED: Tree = {"": {**BUILT_IN, "InitialProgram": text("evil.exe")}}
OTHER: Tree = {"": {**BUILT_IN, "OutBufCount": number(12)}}
FLEETS: dict[str, tuple[dict[str, t.Any], str]] = {
    "one host alone": ({"a": result_of(HEALTHY)}, ""),
    "two agree": ({"a": result_of(HEALTHY), "b": result_of(HEALTHY)}, "a"),
    "one of them is owned": ({"aaa": result_of(OWNED), "b": result_of(HEALTHY)}, ""),
    "the owned one is passed over": ({"aaa": result_of(OWNED), "b": result_of(HEALTHY), "c": result_of(HEALTHY)}, "b"),
    "two owned ones agree": ({"aaa": result_of(OWNED), "aab": result_of(OWNED), "c": result_of(HEALTHY)}, ""),
    "two against two": (
        {"a": result_of(OTHER), "b": result_of(OTHER), "c": result_of(HEALTHY), "d": result_of(HEALTHY)},
        "",
    ),
    "three against two": (
        {"a": result_of(OTHER), "b": result_of(OTHER), **{name: result_of(HEALTHY) for name in "cde"}},
        "c",
    ),
    "another build": ({"a": result_of(HEALTHY), "b": result_of(HEALTHY, 17763)}, ""),
    "a listener that is doubtful": ({"a": result_of(HEALTHY), "b": result_of(HEALTHY, status="warning")}, ""),
    "garbage": ({"a": {}, "b": {"facts": None}, "c": result_of(HEALTHY)}, ""),
}


@pytest.mark.parametrize(("others", "chosen"), FLEETS.values(), ids=FLEETS)
def test_two_hosts_that_agree_are_a_reference(others: dict[str, t.Any], chosen: str) -> None:
    found, why = reference.choose({"sick": result_of({}, status="problem"), **others}, "sick")
    assert found == chosen and why.endswith("."), why


def test_baselines_pass_over_the_suspicious_and_name_them() -> None:
    files, refused = reference.baselines(
        {"aaa": result_of(OWNED), "b": result_of(HEALTHY), "c": result_of(HEALTHY), "d": result_of(HEALTHY, 17763)}
    )
    assert [(one["build"], one["host"]) for one in files] == [(17763, "d"), (20348, "b")]
    assert len(refused) == 1 and "host aaa" in refused[0] and "InitialProgram = evil.exe" in refused[0]
    assert reference.from_file(files[1]["text"].encode(), "RDP-Tcp", "20348.reg").build == 20348
