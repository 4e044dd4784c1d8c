# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The callback winops.rdp.progress in a real ansible-playbook, without a terminal and 100 columns wide."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest
import yaml

from lab import HostSpec

# Enough for every fault here.
CHECKS = ("-e", json.dumps({"troubleshoot_checks": ["protocol", "service", "listener", "port"]}))
PROGRESS = {"ANSIBLE_STDOUT_CALLBACK": "winops.rdp.progress"}
LINE = re.compile(r"^\[ ?(\d+)/(\d+)\] (\[..\]) (\S+) +(.+)$", re.M)
OTHER_TASKS = """
- hosts: windows
  gather_facts: false
  tasks:
    - {name: Fails, ansible.builtin.fail: {msg: "this is what went wrong"}, ignore_errors: true}
    - {name: Goes well, ansible.builtin.set_fact: {x: 1}}
    - {name: Is skipped, ansible.builtin.debug: {msg: never}, when: false}
    - {name: Is read, ansible.builtin.debug: {msg: "somebody wants to read this"}}
    - {name: Warns, winops.rdp.rdp_info: {quiet: true}, environment: {A: b}}
    - {name: Changes, winops.rdp.rdp_service: {}, check_mode: true}
    - {name: Stops, ansible.builtin.command: /bin/false, delegate_to: localhost, vars: {ansible_connection: local}}
"""


def _lines(stdout: str) -> dict[str, tuple[str, str]]:
    return {match[4]: (match[3], match[5]) for match in LINE.finditer(stdout)}


def test_every_host_gets_one_line_and_the_end_counts_them(fleet: t.Callable[..., t.Any]) -> None:
    hosts = fleet(
        HostSpec("gone", transport_faults=("refuse",)),
        HostSpec("garbled", transport_faults=("garbage",)),
        web=(),
        db=("service-stopped",),
        app=("port-changed",),
    )
    played = hosts.playbook("winops.rdp.audit", *CHECKS, **PROGRESS)
    lines = _lines(played.stdout)
    assert lines["web"] == ("[ok]", "Remote Desktop is fine."), played.stdout
    assert lines["db"] == ("[XX]", "service: TermService is stopped.")
    assert lines["app"][0] == "[ !]" and lines["app"][1].startswith("port: ")
    assert set(lines) == {"web", "db", "app", "gone", "garbled"}
    assert lines["gone"][0] == lines["garbled"][0] == "[ ?]"
    assert lines["gone"][1].startswith("unreachable: ") and "refused" in lines["gone"][1]
    assert lines["garbled"][1].startswith("failed: The host did not run the commands through cmd.exe")
    # The first host can't be reached, so it has another line when it is given up after the summary.
    assert sorted(int(match[1]) for match in LINE.finditer(played.stdout)) == [1, 2, 3, 4, 5, 5]
    assert {match[2] for match in LINE.finditer(played.stdout)} == {"5"}
    assert re.search(
        r"5 hosts in [\d.]+ s \([\d.]+ a second\): 1 ok, 1 warning, 1 problem, 1 unreachable, 1 failed", played.stdout
    ), played.stdout
    assert "The slowest: " in played.stdout
    # The reports of the hosts stay out of the way, the summary of all does not.
    assert "RDP on db" not in played.stdout and "Remote Desktop on 5 hosts" in played.stdout
    assert played.recap["db"]["ok"] and played.code == 4
    assert "\x1b" not in played.stdout
    assert "[ERROR]" not in played.stdout + played.stderr, "it would say the same in many lines"
    verbose = hosts.playbook("winops.rdp.audit", *CHECKS, "-v", **PROGRESS)
    assert '"unreachable": true' in verbose.stdout


@pytest.mark.parametrize("columns", [80, 100, 120])
def test_lines_fit_the_terminal(fleet: t.Callable[..., t.Any], columns: int) -> None:
    hosts = fleet(**{"web": ("gpo-domain-blocks",), "a-name-that-is-longer-than-any-column-should-be.corp.example": ()})
    played = hosts.playbook(
        "winops.rdp.audit", "-e", '{"troubleshoot_checks": ["policy"]}', COLUMNS=str(columns), **PROGRESS
    )
    lines = [line for line in played.stdout.splitlines() if LINE.match(line)]
    assert len(lines) == 2 and max(map(len, lines)) == columns and "policy: GPO 'Block RDP'" in "".join(lines)
    rest = played.stdout.partition("Remote Desktop on 2 hosts")[2].partition("PLAY RECAP")[0]
    assert "turns Remote Desktop off." in " ".join(rest.split()) and max(map(len, rest.splitlines())) <= columns


def test_quiet_names_only_hosts_that_are_not_well(fleet: t.Callable[..., t.Any]) -> None:
    played = fleet(web=(), db=("service-stopped",)).playbook(
        "winops.rdp.audit", *CHECKS, **PROGRESS, WINOPS_RDP_PROGRESS_QUIET="1"
    )
    assert set(_lines(played.stdout)) == {"db"}
    assert re.search(r"2 hosts in .*: 1 ok, 1 problem", played.stdout)


def test_nothing_of_other_tasks_is_hidden(fleet: t.Callable[..., t.Any]) -> None:
    hosts = fleet(web=("umrdp-stopped",))
    path = hosts.folder / "other.yml"
    path.write_text(OTHER_TASKS, encoding="utf-8")
    plain = hosts.playbook(str(path))
    told = hosts.playbook(str(path), **PROGRESS)
    assert "this is what went wrong" in told.stdout and "...ignoring" in told.stdout
    assert "somebody wants to read this" in told.stdout
    everything = told.stdout + told.stderr
    assert "'environment' has no effect" in everything and "Goes well" not in told.stdout
    assert "Is skipped" not in told.stdout
    assert LINE.search(told.stdout) and "[->] web" in told.stdout
    # What the default callback says of the failed task, word for word.
    fatal = re.compile(r"^fatal: \[web.*?(?=^\S*PLAY RECAP|^TASK|^PLAY)", re.M | re.S)
    assert [_stable(text) for text in fatal.findall(told.stdout)] == [
        _stable(text) for text in fatal.findall(plain.stdout)
    ]
    assert told.recap == plain.recap and told.code == plain.code == 2
    verbose = hosts.playbook(str(path), "-v", **PROGRESS)
    assert "Goes well" in verbose.stdout and "Is skipped" in verbose.stdout


def _stable(text: str) -> str:
    return re.split(r"\*{10}|REMOTE DESKTOP", re.sub(r'"(?:start|end|delta)": "[^"]*"', "", text))[0].strip()


def test_colours_are_ansibles_own(fleet: t.Callable[..., t.Any]) -> None:
    played = fleet(web=(), db=("service-stopped",)).playbook(
        "winops.rdp.audit",
        *CHECKS,
        **PROGRESS,
        ANSIBLE_FORCE_COLOR="1",
        ANSIBLE_NOCOLOR="0",
        ANSIBLE_COLOR_ERROR="bright purple",
    )
    assert "\x1b[1;35m[" in played.stdout, played.stdout


def test_with_the_free_strategy_every_host_is_told(fleet: t.Callable[..., t.Any]) -> None:
    hosts = fleet(web=(), db=("service-stopped",))
    play = [{"hosts": "windows", "gather_facts": False, "strategy": "free",
             "tasks": [{"name": "Look", "winops.rdp.rdp_info": {}}]}]  # fmt: skip
    path = hosts.folder / "free.yml"
    path.write_text(yaml.safe_dump(play), encoding="utf-8")
    played = hosts.playbook(str(path), **PROGRESS)
    assert set(_lines(played.stdout)) == {"web", "db"} and "TASK [Look]" in played.stdout


def test_documentation_reads_well() -> None:
    program = Path(sys.executable).parent / "ansible-doc"
    ran = subprocess.run(
        [str(program), "-t", "callback", "winops.rdp.progress", "--json"],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    documentation = json.loads(ran.stdout)["winops.rdp.progress"]["doc"]
    assert {"quiet", "display_failed_stderr", "result_format"} <= set(documentation["options"])
    text = subprocess.run(
        [str(program), "-t", "callback", "winops.rdp.progress"], capture_output=True, text=True, check=True, timeout=60
    ).stdout
    assert "one line" in text and "ERROR" not in text


JSON_CALLBACK = """
import json
from ansible.plugins.callback import CallbackBase

DOCUMENTATION = "{name: json, type: stdout, short_description: x, description: x}"


class CallbackModule(CallbackBase):
    CALLBACK_VERSION, CALLBACK_TYPE, CALLBACK_NAME = 2.0, "stdout", "json"

    def __init__(self):
        super().__init__()
        self.results = {}

    def v2_runner_on_ok(self, result):
        self.results.setdefault(result.host.get_name(), []).append(result.result)

    def v2_playbook_on_stats(self, stats):
        self._display.display(json.dumps(self.results, default=str))
"""


def test_json_stays_machine_readable(fleet: t.Callable[..., t.Any]) -> None:
    # ansible-core has no callback json of its own: it is ansible.posix.json. What counts here is that nothing of ours
    # gets between its lines.
    hosts = fleet(web=(), db=("service-stopped",))
    without = hosts.playbook("winops.rdp.audit", ANSIBLE_STDOUT_CALLBACK="json")
    assert without.code != 0 and "json" in without.stderr and "TermService" not in without.stdout
    callbacks = hosts.folder / "callbacks"
    callbacks.mkdir()
    (callbacks / "json.py").write_text(JSON_CALLBACK, encoding="utf-8")
    played = hosts.playbook(
        "winops.rdp.audit",
        ANSIBLE_STDOUT_CALLBACK="json",
        ANSIBLE_CALLBACK_PLUGINS=f"{callbacks}:{Path(__file__).parent / 'callbacks'}",
    )
    results = json.loads(played.stdout)
    assert [one["root_cause"]["check"] for one in results["db"] if "root_cause" in one] == ["service"]


@pytest.mark.parametrize("name", ["a\x1b[31mb", "x" * 60])
def test_strange_host_name_breaks_no_line(name: str) -> None:
    from ansible_collections.winops.rdp.plugins.callback import progress

    assert progress._printable(f"{name}\n").isprintable()
