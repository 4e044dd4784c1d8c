# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which GPO sets the start type of a service, by the copies of the GPOs' files on the host."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp import probes
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.readings import Readings
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.policy import gpo_list, service_files

from unit._rdp.state.outputs import NOT_FOUND, long, readings
from unit._rdp.state.policy.hosts import Linked
from unit._rdp.state.policy.seen import answered

FIRST = Linked("Baseline", "{0A1B2C3D-0000-4000-8000-00000000000A}")
LAST = Linked("Kiosk", "{0A1B2C3D-0000-4000-8000-00000000000B}")


def _template(gpo: Linked) -> str:
    return gpo.file.removesuffix("Registry.pol") + r"Microsoft\Windows NT\SecEdit\GptTmpl.inf"


def _inf(*rows: str) -> bytes:
    lines = ("[Unicode]", "Unicode=yes", "[Service General Setting]", *rows)
    return "\r\n".join((*lines, "")).encode("utf-16")


def _host(gpos: t.Sequence[Linked] | None, root: str = "C:\\Windows\n") -> Readings:
    top = long(gpo_list.DATASTORE_KEY)
    rows = [
        line for number, gpo in enumerate(gpos or ()) for line in ("", rf"{top}\{number}", *gpo.values("datastore"))
    ]
    listed: str | tuple[str, int] = "\n".join((*rows, "", "")) if gpos is not None else (f"{NOT_FOUND}\n", 1)
    return readings({probes.SYSTEM_ROOT: root, gpo_list.DATASTORE: listed})


def _fetched(gpos: t.Sequence[Linked] | None, files: t.Mapping[Linked, bytes]) -> tuple[Readings, int]:
    seen, rounds = _host(gpos), 0
    by_path = {_template(gpo): data for gpo, data in files.items()}
    while more := [probe for probe in service_files.follow_up(seen) if not seen.has(probe)]:
        seen, rounds = seen.with_more(dict(answered(probe, by_path) for probe in more)), rounds + 1
        assert rounds < 5
    return seen, rounds


def test_lists_come_before_files() -> None:
    assert service_files.follow_up(readings({})) == (probes.SYSTEM_ROOT, gpo_list.DATASTORE)
    lines = [probe.command.line for probe in service_files.follow_up(_host([FIRST]))]
    assert len(lines) == 3 and _template(FIRST) in lines[2]


def test_last_gpo_that_sets_it_wins() -> None:
    files = {FIRST: _inf('"TermService",4,""', '"Spooler",4,""'), LAST: _inf("termservice,2,")}
    seen, rounds = _fetched([FIRST, LAST], files)
    found = service_files.start_types(seen)
    assert rounds == 2 and {name: (one.start_type, one.gpo, one.guid) for name, one in found.items()} == {
        "termservice": (2, "Kiosk", LAST.guid),
        "spooler": (4, "Baseline", FIRST.guid),
    }


@pytest.mark.parametrize("data", [b"\xff\xfe\x00\xd8", _inf("TermService is off")])
def test_file_that_is_not_understood_costs_no_other(data: bytes) -> None:
    seen, _ = _fetched([FIRST, LAST], {FIRST: _inf("TermService,4,"), LAST: data})
    assert service_files.start_types(seen)["termservice"].gpo == "Baseline"


def test_gpo_without_such_a_file_and_one_that_was_not_applied() -> None:
    denied = Linked("Denied", LAST.guid, options=1)
    seen, rounds = _fetched([FIRST, denied], {denied: _inf("TermService,4,")})
    assert (service_files.start_types(seen), rounds) == ({}, 1)


@pytest.mark.parametrize("gpos", [None, []])
def test_host_without_copies(gpos: list[Linked] | None) -> None:
    seen = _host(gpos)
    assert service_files.start_types(seen) == {} and len(service_files.follow_up(seen)) == 2


def test_windows_directory_that_is_not_known_names_no_file() -> None:
    assert len(service_files.follow_up(_host([FIRST], root="ECHO ist eingeschaltet (ON).\n"))) == 2


def test_no_more_files_than_can_be_fetched() -> None:
    many = [Linked(f"GPO {number}", f"{{0A1B2C3D-0000-4000-8000-{number:012X}}}") for number in range(40)]
    lines = [probe.command.line for probe in service_files.follow_up(_host(many))[2:]]
    # The last ones win, so they are the ones to read.
    assert len(lines) == 24 and _template(many[-1]) in lines[-1] and _template(many[16]) in lines[0]
