# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a host shows of its GPOs, and what they say about one policy."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import UnreadableError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.formats.registry_pol import Record
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.policy.catalog import ALLOW_CONNECTIONS
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.policy.evidence import Evidence, File, decisions
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.policy.gpo_list import LOCAL_GUID, Gpo
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.tools.gpresult import Report, ReportedSetting

from unit._rdp.state.policy.hosts import DENY, NOTHING, TS, deny, pol, removes

CACHE = r"C:\Windows\System32\GroupPolicy\DataStore\0\sysvol\corp.example\Policies"
LOCAL = Gpo("Lokal", LOCAL_GUID, local=True, file=r"C:\Windows\System32\GroupPolicy\Machine\Registry.pol")


def _gpo(letter: str) -> Gpo:
    guid = f"{{0A1B2C3D-0000-4000-8000-00000000000{letter}}}"
    share = rf"\\corp.example\SysVol\corp.example\Policies\{guid}\Machine\Registry.pol"
    return Gpo(f"GPO {letter}", guid, domain="corp.example", file=rf"{CACHE}\{guid}\Machine\Registry.pol", share=share)


A, B = _gpo("A"), _gpo("B")
SOFT = pol(Record(TS, f"**soft.{DENY}", 4, (1).to_bytes(4, "little")))
BROKEN = UnreadableError("It is damaged.")


@pytest.mark.parametrize(
    ("evidence", "guids", "ordered"),
    [
        (Evidence(), None, False),
        (Evidence(state=(A,)), [A.guid], False),
        (Evidence(datastore=(A, B), state=(B,)), [A.guid, B.guid], True),
        (Evidence(history=(B,), datastore=(A,), state=(A,)), [B.guid], True),
        # A list that is there and empty is an answer.
        (Evidence(history=(), datastore=(A,)), [], True),
    ],
)
def test_first_list_that_is_there_counts(evidence: Evidence, guids: list[str] | None, ordered: bool) -> None:
    assert (evidence.gpos if evidence.gpos is None else [gpo.guid for gpo in evidence.gpos]) == guids
    assert evidence.ordered is ordered


def test_copy_that_windows_keeps_is_the_file() -> None:
    kept = dataclasses.replace(A, file=r"C:\elsewhere\Registry.pol")
    gpos = Evidence(history=(A, B), datastore=(kept, dataclasses.replace(B, file=""))).gpos
    assert gpos is not None and [gpo.file for gpo in gpos] == [kept.file, B.file]


def test_only_files_that_can_decide_are_read_each_once() -> None:
    gpos = (
        LOCAL,
        A,
        A,
        dataclasses.replace(B, applied=False),
        dataclasses.replace(_gpo("C"), registry=False),
        dataclasses.replace(_gpo("D"), file=""),
    )
    assert Evidence(history=gpos).files_that_decide == (LOCAL.file, A.file)
    assert Evidence().files_that_decide == ()


REPORTED = ReportedSetting(A.guid, 1, r"Software\Policies\Microsoft\Windows NT\Terminal Services", DENY.upper(), 1)


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({}, True),
        ({"precedence": 2}, False),
        ({"name": "TSUserEnabled"}, False),
        ({"key": r"SOFTWARE\Policies\Microsoft\Windows NT"}, False),
    ],
)
def test_rows_of_the_report_that_name_the_value_as_won(change: dict[str, t.Any], found: bool) -> None:
    setting = dataclasses.replace(REPORTED, **change)
    assert Evidence(report=Report((), (setting,))).reported(ALLOW_CONNECTIONS) == ((setting,) if found else ())
    assert Evidence().reported(ALLOW_CONNECTIONS) == ()


@pytest.mark.parametrize(
    ("files", "winner", "doubts"),
    [
        # A later one decides.
        ({A: deny(0), B: deny(1)}, (B, "set", 1), []),
        ({A: deny(1), B: removes()}, (B, "delete", None), []),
        ({A: deny(1), B: NOTHING}, (A, "set", 1), []),
        ({A: NOTHING, B: NOTHING}, None, []),
        # What sets it only where nobody did, does not overrule.
        ({A: deny(0), B: SOFT}, (A, "set", 0), []),
        ({A: NOTHING, B: SOFT}, (B, "soft", 1), []),
        ({A: removes(), B: SOFT}, (B, "soft", 1), []),
        # A file that is not known could decide, unless a later one does.
        ({A: BROKEN, B: deny(1)}, (B, "set", 1), []),
        ({A: deny(1), B: BROKEN}, (A, "set", 1), ["It is damaged"]),
        ({A: BROKEN, B: NOTHING}, None, ["It is damaged"]),
        ({A: BROKEN, B: SOFT}, (B, "soft", 1), ["It is damaged"]),
        ({A: None, B: NOTHING}, None, [f"{A.file} is not there"]),
        ({B: deny(1)}, (B, "set", 1), []),
        ({A: deny(1)}, (A, "set", 1), ["it was not looked at"]),
    ],
)
def test_who_decides(files: dict[Gpo, File], winner: tuple[Gpo, str, object] | None, doubts: list[str]) -> None:
    found = decisions(ALLOW_CONNECTIONS, (A, B), {gpo.file.upper(): file for gpo, file in files.items()})
    said = found.winner and (found.winner[0], found.winner[1].does, found.winner[1].data)
    assert (said, [reason for _gpo, reason in found.doubts]) == (winner, doubts)


def test_original_stands_in_for_a_copy_that_is_not_there() -> None:
    found = decisions(ALLOW_CONNECTIONS, (A,), {A.file: None, A.share: deny(1)})
    assert found.winner is not None and found.winner[0] == A and not found.doubts
    # Not for one that can't be read: the two may differ.
    assert decisions(ALLOW_CONNECTIONS, (A,), {A.file: BROKEN, A.share: deny(1)}).winner is None


def test_gpo_that_was_not_applied_says_nothing() -> None:
    off = dataclasses.replace(A, applied=False)
    scripts = dataclasses.replace(A, registry=False)
    found = decisions(ALLOW_CONNECTIONS, (off, scripts), {A.file: deny(1)})
    assert found.said == found.doubts == ()


def test_without_a_log_nobody_results() -> None:
    assert Evidence(history=(A,)).resulted(ALLOW_CONNECTIONS) is None
