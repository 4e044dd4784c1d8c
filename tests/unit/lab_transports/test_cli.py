# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m lab` as a person uses it, with real machines."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import lab
from lab.__main__ import main
from lab.faults import FAULTS
from lab.fleet.specs import plan

TESTS = Path(lab.__file__).parents[1]
A_FAULT = sorted(FAULTS)[0]


def cli(*arguments: str, at: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(TESTS)}
    return subprocess.run(
        [sys.executable, "-m", "lab", *arguments], cwd=at, env=environment, capture_output=True, text=True, timeout=60
    )


def test_up_state_gpupdate_down(tmp_path: Path) -> None:
    faults = f"healthy,{A_FAULT}+slow:0.1"
    up = cli(
        "up",
        "--hosts",
        "3",
        "--faults",
        faults,
        "--host",
        "ext=refuse@de-DE",
        "--inventory",
        "i.yml",
        "--detach",
        at=tmp_path,
    )
    assert (up.returncode, up.stderr) == (0, "")
    try:
        lines = up.stdout.splitlines()
        assert lines[0].split() == ["HOST", "ADDRESS", "LANGUAGE", "FAULTS"]
        assert lines[2].endswith(f"en-US     {A_FAULT}, slow:0.1")
        assert lines[4].startswith("ext") and lines[4].endswith("de-DE     refuse")
        hosts = yaml.safe_load((tmp_path / "i.yml").read_text())["windows"]["hosts"]
        assert list(hosts) == ["win-001", "win-002", "win-003", "ext"]
        socket.create_connection((hosts["win-001"]["ansible_host"], 5985), timeout=3).close()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((hosts["ext"]["ansible_host"], 5985), timeout=3)
        again = cli("up", "--inventory", "i.yml", "--detach", at=tmp_path)
        assert again.returncode == 1 and "already up" in again.stderr
        assert len(cli("state", "--inventory", "i.yml", at=tmp_path).stdout.splitlines()) == 4
        state = json.loads(cli("state", "--inventory", "i.yml", "win-001", at=tmp_path).stdout)
        assert state["errors"] == [] and len(state["state_hash"]) == 64
        nobody = cli("state", "--inventory", "i.yml", "nobody", at=tmp_path)
        assert (nobody.returncode, nobody.stderr) == (1, "lab: no host 'nobody' in this lab\n")
        assert cli("gpupdate", "--inventory", "i.yml", "win-001", at=tmp_path).returncode == 0
    finally:
        down = cli("down", "--inventory", "i.yml", at=tmp_path)
    assert (down.returncode, down.stdout) == (0, "the fleet of i.yml is down\n")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((hosts["win-001"]["ansible_host"], 5985), timeout=3)
    assert not (tmp_path / "i.yml.lab.json").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("up", "--faults", "nope"), "unknown fault 'nope'; faults of a host: "),
        (("up", "--host", "a=nope"), "unknown fault 'nope'"),
        (("up", "--host", "a=slow"), "slow needs a number"),
        (("up", "--host", "=slow:1"), "has no name"),
        (("up", "--hosts", "-1"), "must not be negative"),
        (("up", "--host", "a", "--host", "a"), "used twice: a"),
        (("state",), "no fleet is up"),
        (("down",), "no fleet is up"),
        (("gpupdate", "x"), "no fleet is up"),
    ],
)
def test_what_can_not_be_done_is_said(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 1
    said = capsys.readouterr().err
    assert said.startswith("lab: ") and message in said
    assert len(said.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_the_faults_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["faults"]) == 0
    listed = capsys.readouterr().out
    assert all(name in listed for name in (*FAULTS, "drop-mid-batch[:<k>]", "slow:<seconds>"))


def test_hosts_are_planned() -> None:
    names = ["a", "b"]
    specs = plan(3, f"healthy, {A_FAULT}+slow:1", ["x=refuse@fr-FR", "y"], "en-US,de-DE")
    assert [spec.name for spec in specs] == ["win-001", "win-002", "win-003", "x", "y"]
    assert [spec.faults for spec in specs] == [(), (A_FAULT,), (), (), ()]
    assert [spec.transport_faults for spec in specs] == [(), ("slow:1",), (), ("refuse",), ()]
    assert [spec.language for spec in specs] == ["en-US", "de-DE", "en-US", "fr-FR", "en-US"]
    assert [spec.name for spec in plan(0, "", names, "")] == names
    assert [spec.name for spec in plan(0, "", [], "")] == ["win-001"]
    assert plan(1000, "", [], "")[-1].name == "win-1000"
