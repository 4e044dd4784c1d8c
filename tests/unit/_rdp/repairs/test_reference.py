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
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.formats.hives import long_path
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.probes import WINSTATIONS_KEY
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.repairs import reference
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.repairs.only_key import only_key
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.listener_key import merged, plain
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.listener_values import (
    BUILT_IN,
    Tree,
    Typed,
    completed,
    suspicions,
    suspicions_of_reference,
)

KEY = f"{WINSTATIONS_KEY}\\RDP-Tcp"
HEALTHY: Tree = {"": BUILT_IN}


def number(data: int) -> Typed:
    return Typed("REG_DWORD", data)


def text(data: str) -> Typed:
    return Typed("REG_SZ", data)


def test_complete_export_of_a_healthy_host_is_not_suspicious(corpus: Path) -> None:
    (path,) = corpus.glob("reg_export/01_*.reg")
    file = regfile.parse(path.read_bytes())
    below = tuple(
        entry for entry in file.entries if long_path(entry.key).casefold().startswith(long_path(KEY).casefold())
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
