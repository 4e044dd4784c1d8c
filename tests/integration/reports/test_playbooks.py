# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reports as users make them: by the playbooks and the module, on a small fleet of the lab."""

from __future__ import annotations

import csv
import io
import itertools
import json
import os
import stat
import subprocess
import sys
import typing as t
from pathlib import Path

import yaml

import reports_schema
from dev.places import ROOT
from lab import HostSpec

FORMATS = ("html", "json", "csv", "xml", "md")


def _report(fleet: t.Any, name: str) -> dict[str, t.Any]:
    document = json.loads((fleet.folder / name).read_text(encoding="utf-8"))
    reports_schema.validate(document)
    return t.cast("dict[str, t.Any]", document)


def _states(document: t.Mapping[str, t.Any]) -> dict[str, str]:
    return {host["name"]: host["state"] for host in document["hosts"]}


def test_audit_writes_every_format_and_says_the_same_in_each(fleet: t.Callable[..., t.Any]) -> None:
    hosts = fleet(web01=("service-stopped",), web02=(), web10=("umrdp-stopped",), web03=("service-stopped",))
    inventory = yaml.safe_load(hosts.inventory.read_text(encoding="utf-8"))
    inventory["windows"]["hosts"]["gone"] = {"ansible_host": "127.255.255.1", "ansible_winrm_connection_timeout": 3}
    hosts.inventory.write_text(yaml.safe_dump(inventory), encoding="utf-8")
    played = hosts.playbook(
        "winops.rdp.audit", "-e", "troubleshoot_report=" + ",".join(f"rdp.{name}" for name in FORMATS)
    )
    document = _report(hosts, "rdp.json")
    assert _states(document) == {
        "gone": "unreachable",
        "web01": "problem",
        "web02": "healthy",
        "web03": "problem",
        "web10": "warning",
    }
    assert [host["name"] for host in document["hosts"]] == ["gone", "web01", "web02", "web03", "web10"]
    assert document["hosts"][0]["error"] and document["hosts"][0]["time"]
    headline = "Remote Desktop works on 2 of 5 hosts; 2 keep people out and 1 could not be reached."
    assert document["headline"] == headline
    # The first one only sees that the files can be written.
    assert [one["headline"] for one in played.results("rdp_report").values()][-1] == headline
    assert headline in (hosts.folder / "rdp.html").read_text(encoding="utf-8")
    rows = list(csv.DictReader(io.StringIO((hosts.folder / "rdp.csv").read_bytes().decode("utf-8-sig"), newline="")))
    assert {row["host"]: row["state"] for row in rows} == _states(document)
    checks = len(document["checks"])
    assert len(rows) == 4 * checks + 1
    assert f'tests="{5 * (checks + 1)}"' in (hosts.folder / "rdp.xml").read_text(encoding="utf-8")
    assert "service: TermService is stopped" in (hosts.folder / "rdp.md").read_text(encoding="utf-8")


def test_repair_shows_before_and_after(fleet: t.Callable[..., t.Any]) -> None:
    hosts = fleet(web01=("service-disabled",), web02=())
    predicted = hosts.playbook("winops.rdp.repair", "--check")
    assert "[->] Would be repaired: service\n            web01\n" in predicted.stdout
    played = hosts.playbook("winops.rdp.repair", "-e", "troubleshoot_report=rdp.json,rdp.html")
    assert played.code == 0 and "[->] Repaired: service\n            web01\n" in played.stdout
    sick, well = _report(hosts, "rdp.json")["hosts"]
    assert (sick["state"], well["state"]) == ("healthy", "healthy")
    assert {one["check"]: one["status"] for one in sick["before"]["findings"]}["service"] == "problem"
    assert [one["check"] for one in sick["repairs"]] == ["service"] and well["repairs"] == []
    assert sick["repairs"][0]["commands"] and sick["repairs"][0]["backup"]
    assert "What was repaired" in (hosts.folder / "rdp.html").read_text(encoding="utf-8")
    hosts.playbook("winops.rdp.repair", "--check", "-e", "troubleshoot_report=other.json")
    assert not (hosts.folder / "other.json").exists()


def test_a_report_can_hold_what_the_commands_printed(fleet: t.Callable[..., t.Any]) -> None:
    hosts = fleet(web01=("service-stopped",))
    hosts.playbook("winops.rdp.audit", "-e", "troubleshoot_report=rdp.json")
    assert _report(hosts, "rdp.json")["hosts"][0]["outputs"] == {}
    hosts.playbook("winops.rdp.audit", "-e", "troubleshoot_report=rdp.json", "-e", "troubleshoot_outputs=true")
    (host,) = _report(hosts, "rdp.json")["hosts"]
    asked = {command for finding in host["findings"] for command in finding["commands"]}
    assert "sc queryex TermService" in asked and asked <= set(host["outputs"])
    assert "TermService" in host["outputs"]["sc queryex TermService"]


def test_slices_merge_into_one_report_that_knows_what_changed(fleet: t.Callable[..., t.Any]) -> None:
    hosts = fleet(HostSpec("web01"), HostSpec("web02", ("service-stopped",)))
    (hosts.folder / "slices").mkdir()
    for name in ("web01", "web02"):
        hosts.playbook("winops.rdp.audit", "--limit", name, "-e", f"troubleshoot_report=slices/{name}.json")
    hosts.playbook(
        "winops.rdp.report", "-e", "troubleshoot_report_sources=slices/*.json", "-e", "troubleshoot_report=old.json"
    )
    assert _states(_report(hosts, "old.json")) == {"web01": "healthy", "web02": "problem"}
    hosts.playbook("winops.rdp.repair", "--limit", "web02", "-e", "troubleshoot_report=slices/web02-repaired.json")
    again = hosts.playbook(
        "winops.rdp.report",
        *(
            "-e",
            "troubleshoot_report_sources=slices/*.json",
            "-e",
            "troubleshoot_report=new.json,new.html",
            "-e",
            "troubleshoot_report_previous=old.json",
        ),
    )
    document = _report(hosts, "new.json")
    assert _states(document) == {"web01": "healthy", "web02": "healthy"}
    assert [(one["host"], one["kind"]) for one in document["changes"]["hosts"]] == [("web02", "fixed")]
    (twice,) = document["duplicates"]
    assert twice["host"] == "web02" and twice["kept"]["source"] == "web02-repaired.json"
    assert "1 fixed" in again.stdout and "More than one result" in again.stdout


def _task(fleet: t.Any, *arguments: str, environment: dict[str, str] | None = None, **options: t.Any) -> t.Any:
    play = [
        {"hosts": "localhost", "gather_facts": False, "tasks": [{"name": "Report", "winops.rdp.rdp_report": options}]}
    ]
    path = fleet.folder / "report.yml"
    path.write_text(yaml.safe_dump(play), encoding="utf-8")
    return fleet.playbook(str(path), *arguments, **(environment or {}))


def test_a_file_is_written_only_when_it_changes(fleet: t.Callable[..., t.Any], tmp_path: Path) -> None:
    hosts = fleet(web01=())
    results = {"web01": {"findings": [], "root_cause": None, "next_step": "", "facts": {}, "healthy": False}}
    page = hosts.folder / "rdp.html"

    def run(*arguments: str, **more: t.Any) -> dict[str, t.Any]:
        played = _task(hosts, *arguments, **{"results": results, "dest": ["rdp.html"], **more})
        return t.cast("dict[str, t.Any]", played.results("rdp_report")["localhost"])

    assert run("--check", "--diff")["changed"] is True and not page.exists()
    assert run()["changed"] is True
    first = page.read_bytes()
    page.chmod(0o600)
    assert run()["changed"] is False and run("--check")["changed"] is False
    assert run(mode="0640")["changed"] is True and stat.S_IMODE(page.stat().st_mode) == 0o640
    assert page.read_bytes() == first and run(mode="0640")["changed"] is False
    assert run(title="Another")["changed"] is True and stat.S_IMODE(page.stat().st_mode) == 0o640
    shown = _task(hosts, "--diff", results=results, title="A third", dest=["rdp.md"]).stdout
    assert "+## A third" in shown
    assert [path.name for path in hosts.folder.iterdir() if path.name.startswith(".")] == []


def test_mistakes_are_named_before_anything_is_written(fleet: t.Callable[..., t.Any]) -> None:
    hosts = fleet(web01=())
    (hosts.folder / "broken.json").write_text('{"format": "winops.rdp.report",', encoding="utf-8")
    (hosts.folder / "newer.json").write_text('{"format": "winops.rdp.report", "version": 99}', encoding="utf-8")

    def message(**options: t.Any) -> str:
        played = _task(hosts, **options)
        assert played.code == 2
        return str(played.results("rdp_report")["localhost"]["msg"])

    assert "'results', 'sources'" in message()
    assert "'rdp.pdf' of option 'dest'" in message(results={}, dest=["rdp.pdf"])
    assert "'0999' of option 'mode'" in message(results={}, dest=["rdp.md"], mode="0999")
    assert "'nowhere/*.json' of option 'sources'" in message(sources=["nowhere/*.json"])
    assert "broken.json is not JSON" in message(sources=["broken.json"])
    assert "version 99" in message(sources=["newer.json"], dest=["rdp.md"])
    assert "can't be written" in message(results={}, dest=["nowhere/rdp.md"])
    assert "results['web01'].findings" in message(results={"web01": {"findings": "none"}})
    assert not (hosts.folder / "rdp.md").exists()


def test_report_that_cannot_be_written_is_noticed_before_the_fleet_is_looked_at(fleet: t.Callable[..., t.Any]) -> None:
    hosts = fleet(web01=("service-stopped",), web02=())
    mistakes = {
        "troubleshoot_report=rdp.pdf": "'rdp.pdf' of option 'dest' has no known format",
        "troubleshoot_report=nowhere/rdp.html": "'nowhere/rdp.html' of option 'dest' can't be written",
        "troubleshoot_report_previous=last-week.json": "'last-week.json' of option 'previous' names no file",
    }
    for playbook, (given, said) in itertools.product(("audit", "repair", "record"), mistakes.items()):
        played = hosts.playbook(f"winops.rdp.{playbook}", "-e", given)
        assert played.code == 2 and said in played.results("rdp_report")["web01"]["msg"]
    assert [hosts.lab.traffic[name].requests for name in ("web01", "web02")] == [0, 0]


def test_a_wrong_variable_is_noticed_before_a_host_is_looked_at(fleet: t.Callable[..., t.Any]) -> None:
    hosts = fleet(web01=(), web02=("protocol-disabled",))
    folder = hosts.inventory.parent
    (folder / "group_vars").mkdir()
    # A variable of the inventory may have any name.
    (folder / "group_vars/all.yml").write_text("backup: every night\n", encoding="utf-8")
    mistakes = {
        "audit": "report=rdp.html",
        "repair": "troubleshoot_expct=disabled",
        "record": "troubleshoot_record_dir=here",
        "reach": "vantage=localhost",
        "rollback": "backup=0001-protocol-3fa9",
        "baseline": "target=web01",
    }
    for playbook, given in mistakes.items():
        played = hosts.playbook(f"winops.rdp.{playbook}", "-e", given)
        assert played.code == 2, played.stdout
        (failed,) = [task["result"]["msg"] for task in played.tasks if task["outcome"] == "failed"]
        assert failed.startswith(f"Unknown variable: {given.partition('=')[0]}. ")
    assert [hosts.lab.traffic[name].requests for name in ("web01", "web02")] == [0, 0]
    # One of a host is noticed before that host is repaired.
    (folder / "host_vars").mkdir()
    (folder / "host_vars/web02.yml").write_text("troubleshoot_expct: disabled\n", encoding="utf-8")
    played = hosts.playbook("winops.rdp.repair")
    assert [task["host"] for task in played.tasks if task["outcome"] == "failed"] == ["web02"], played.stdout
    assert not played.results("rdp_protocol")


def test_an_installed_archive_has_the_page_with_it(fleet: t.Callable[..., t.Any], tmp_path: Path) -> None:
    hosts = fleet(web01=())
    galaxy = str(Path(sys.executable).parent / "ansible-galaxy")
    environment = {"ANSIBLE_COLLECTIONS_PATH": str(tmp_path / "installed")}

    def run(*command: str) -> None:
        # With the clone in its path, it would find the collection installed already.
        env = {**os.environ, **environment}
        subprocess.run([galaxy, "collection", *command], env=env, check=True, capture_output=True, timeout=120)

    run("build", "--output-path", str(tmp_path), str(ROOT))
    (archive,) = tmp_path.glob("*.tar.gz")
    run("install", "--offline", "-p", str(tmp_path / "installed"), str(archive))
    played = _task(hosts, results={"web01": {}}, dest=["rdp.html"], environment=environment)
    assert played.code == 0 and "#grid" in (hosts.folder / "rdp.html").read_text(encoding="utf-8")


def test_colours_are_ansible_s_own_and_never_in_a_file(fleet: t.Callable[..., t.Any]) -> None:
    hosts = fleet(web01=("service-stopped",))
    log = hosts.folder / "ansible.log"
    colours = {"ANSIBLE_FORCE_COLOR": "1", "ANSIBLE_NOCOLOR": "0", "ANSIBLE_LOG_PATH": str(log), "COLUMNS": "80"}
    played = hosts.playbook(
        "winops.rdp.audit", "-e", "troubleshoot_report=rdp.md", ANSIBLE_COLOR_ERROR="cyan", **colours
    )
    assert "\x1b[0;36m[XX]\x1b[0m service: TermService is stopped." in played.stdout
    written = log.read_text(encoding="utf-8")
    assert "[XX] service: TermService is stopped." in written and "\x1b" not in written
    assert "\x1b" not in (hosts.folder / "rdp.md").read_text(encoding="utf-8")
    plain = hosts.playbook("winops.rdp.audit", COLUMNS="80")
    blocks = [line for line in plain.stdout.splitlines() if line.startswith((" ", "["))]
    assert blocks and all(len(line) <= 80 or "https://" in line for line in blocks)
    quiet = hosts.playbook("winops.rdp.audit", ANSIBLE_STDOUT_CALLBACK="ansible.builtin.json")
    assert "[XX] service" not in quiet.stdout.replace('"', "\n").split("\n")
