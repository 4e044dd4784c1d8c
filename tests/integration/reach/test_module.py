# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module rdp_reach_info as a playbook uses it: results, check mode, and its answers to senseless input."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest
import yaml

from integration.reach.strange_servers import greeting, refusal, saying, serving

Json = dict[str, t.Any]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Json]:
    """The results of all tasks, by name, from one run of ansible-playbook."""
    folder = tmp_path_factory.mktemp("played")
    with serving(saying(refusal(5))) as rdp, serving(greeting(b"SSH-2.0-x {{ 7 * 6 }}\r\n")) as ssh:
        tasks: dict[str, tuple[Json, Json]] = {
            "all": (
                {"targets": [f"127.0.0.1:{rdp}", {"host": "localhost", "port": rdp}], "timeout": 5, "tries": 2},
                {},
            ),
            "some": ({"targets": ["127.0.0.1", {"host": "127.0.0.1", "port": ssh}], "port": rdp, "timeout": 5}, {}),
            "check": ({"targets": ["127.0.0.1"], "port": rdp, "timeout": 5}, {"check_mode": True, "diff": True}),
            "no targets": ({"targets": []}, {}),
            "bad target": ({"targets": ["web01", "web 02"]}, {}),
            "bad port": ({"targets": ["web01:99999"]}, {}),
            "bad default port": ({"targets": ["web01"], "port": 0}, {}),
            "no time": ({"targets": ["web01"], "timeout": 0}, {}),
            "no tries": ({"targets": ["web01"], "tries": 0}, {}),
            "no parallel": ({"targets": ["web01"], "max_parallel": 0}, {}),
            "unknown option": ({"targets": ["web01"], "prot": 1}, {}),
        }
        play = [{"hosts": "localhost", "gather_facts": False, "connection": "local", "tasks": []}]
        for index, (options, keywords) in enumerate(tasks.values()):
            task = {
                "winops.rdp.rdp_reach_info": options,
                "register": f"result{index}",
                "ignore_errors": True,
                **keywords,
            }
            play[0]["tasks"].append(task)  # type: ignore[attr-defined]
        results = ", ".join(f"result{index}" for index in range(len(tasks)))
        written = {"content": f"{{{{ [{results}] | to_json }}}}", "dest": str(folder / "results.json"), "mode": "0600"}
        play[0]["tasks"].append({"ansible.builtin.copy": written})  # type: ignore[attr-defined]
        (folder / "play.yml").write_text(yaml.safe_dump(play), encoding="utf-8")
        ran = subprocess.run(
            [str(Path(sys.executable).parent / "ansible-playbook"), "-i", "localhost,", "play.yml"],
            cwd=folder, capture_output=True, text=True, check=False, timeout=180, stdin=subprocess.DEVNULL,
            env={**os.environ, "ANSIBLE_PYTHON_INTERPRETER": sys.executable, "ANSIBLE_REMOTE_TMP": str(folder / "tmp")},
        )  # fmt: skip
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "Traceback" not in ran.stdout + ran.stderr
    return dict(zip(tasks, json.loads((folder / "results.json").read_text(encoding="utf-8")), strict=True))


def test_all_answer(played: dict[str, Json]) -> None:
    result = played["all"]
    assert (result["reachable"], result["changed"], result["outcomes"]) == (True, False, {"rdp": 2})
    assert [target["host"] for target in result["targets"]] == ["127.0.0.1", "localhost"]
    assert all(len(target["tries"]) == 2 for target in result["targets"])


def test_not_all_answer_and_that_is_no_failure(played: dict[str, Json]) -> None:
    result = played["some"]
    assert (result["reachable"], result["failed"]) == (False, False)
    assert result["outcomes"] == {"rdp": 1, "not_rdp": 1}


def test_what_a_stranger_says_is_no_template(played: dict[str, Json]) -> None:
    assert played["some"]["targets"][1]["greeting"] == "SSH-2.0-x {{ 7 * 6 }}"


def test_check_mode_looks_just_the_same(played: dict[str, Json]) -> None:
    assert (played["check"]["reachable"], played["check"]["changed"]) == (True, False)


@pytest.mark.parametrize(
    ("task", "said"),
    [
        ("no targets", "targets is empty: name at least one host"),
        ("bad target", "targets[1] is 'web 02': allowed is a DNS name, an IPv4 or an IPv6 address"),
        ("bad port", "the port of targets[0] is 99999: allowed is 1 to 65535"),
        ("bad default port", "port is 0: allowed is 1 to 65535"),
        ("no time", "timeout is 0.0: allowed is 0.001 to 600"),
        ("no tries", "tries is 0: allowed is 1 to 100"),
        ("no parallel", "max_parallel is 0: allowed is 1 to 20000"),
        ("unknown option", "Supported parameters include"),
    ],
)
def test_bad_input_fails_with_what_is_allowed(played: dict[str, Json], task: str, said: str) -> None:
    assert played[task]["failed"] and said in played[task]["msg"]
