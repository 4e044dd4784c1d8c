# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the parsers read in every recorded output of the corpus, against readings checked by hand.

corpus_readings.json holds numbers and names only: the outputs themselves stay where they are.
"""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest

from dev import parse

READINGS: dict[str, dict[str, t.Any]] = json.loads(
    Path(__file__).with_name("corpus_readings.json").read_text(encoding="utf-8")
)
CONFIG = ("name", "type", "start_type", "delayed", "error_control", "tag", "dependencies", "start_name")
FOLDERS = ("reg_query", "sc", "qwinsta", "netstat", "tasklist")


def _reg(read: dict[str, t.Any]) -> list[t.Any]:
    return [
        {
            "key": key["path"].rpartition("\\")[2],
            "depth": key["path"].count("\\"),
            "values": [
                [value["type"], value["data"] if isinstance(value["data"], (int, list)) else len(value["data"])]
                + (["default"] if value["is_default"] else [])
                for value in key["values"]
            ],
            "subkeys": key["subkeys"],
        }
        for key in read["keys"]
    ]


def _sc(read: dict[str, t.Any]) -> dict[str, t.Any]:
    return {
        "states": [
            [each["name"], each["type"], each["state"], each["win32_exit_code"], each["pid"], len(each["controls"])]
            for each in read["states"]
        ],
        "configs": [[each[field] for field in CONFIG] for each in read["configs"]],
        "errors": [[each["function"], each["code"], bool(each["text"])] for each in read["errors"]],
        "triggers": [[each["name"], each["subtype"], len(each["data"])] for each in read["triggers"]],
        "descriptions": [each["name"] for each in read["descriptions"]],
    }


def _qwinsta(read: dict[str, t.Any]) -> list[t.Any]:
    return [
        [each["name"], len(each["user"]), each["id"], len(each["state"]), each["type"]]
        + (["current"] if each["is_current"] else [])
        + (["listener"] if each["is_listener"] else [])
        for each in read["sessions"]
    ]


def _netstat(read: dict[str, t.Any]) -> dict[str, t.Any]:
    sockets = read["sockets"]
    listening = [each for each in sockets if each["is_listening"]]
    tcp = [each for each in listening if each["protocol"] == "TCP"]
    return {
        "sockets": len(sockets),
        "tcp_listening": len(tcp),
        "udp_listening": len(listening) - len(tcp),
        "tcp_ports": sorted({each["local_port"] for each in tcp})[:12],
        "without_pid": sum(each["pid"] is None for each in sockets),
        "sum_of_pids": sum(each["pid"] or 0 for each in sockets),
        "without_remote_port": sum(each["protocol"] == "TCP" and each["remote_port"] is None for each in sockets),
        "owned": sum(bool(each["owner"]) for each in sockets),
        "owners_of_3389": sorted({name for each in listening if each["local_port"] == 3389 for name in each["owner"]}),
    }


def _tasklist(read: dict[str, t.Any]) -> list[t.Any]:
    return [
        [each["image"], each["pid"], each["services"], each["session_id"], each["memory_kb"]]
        for each in read["processes"]
    ]


SUMMARIES: dict[str, t.Callable[[dict[str, t.Any]], t.Any]] = {
    "reg_query": _reg,
    "sc": _sc,
    "qwinsta": _qwinsta,
    "netstat": _netstat,
    "tasklist": _tasklist,
}


def summary(file: Path) -> dict[str, t.Any]:
    """Return what corpus_readings.json holds of a file."""
    answer = parse.parse(file.parent.name, file.read_bytes(), file.name)
    return {
        "read": SUMMARIES[file.parent.name](answer["read"]),
        "not_understood": len(answer["not_understood"]),
        "removed": len(answer["removed"]),
    }


@pytest.mark.parametrize("name", READINGS)
def test_reading_of_recorded_output(corpus: Path, name: str) -> None:
    file = corpus / name
    assert file.exists(), f"{name} is no longer in the corpus: take its reading away"
    assert summary(file) == READINGS[name]


def test_recorded_output_without_a_reading(corpus: Path) -> None:
    recorded = {f"{folder}/{file.name}" for folder in FOLDERS for file in (corpus / folder).iterdir()}
    assert recorded == set(READINGS)
