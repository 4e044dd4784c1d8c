# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who set the value: the right name in each situation, or none and the reason."""

from __future__ import annotations

import dataclasses
import json
import re
import typing as t

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import UnreadableError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.formats.registry_pol import Record
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.policy import gpo_list
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.policy.attribution import (
    Source,
    assigned,
    attribute,
)
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.policy.catalog import (
    ALLOW_CONNECTIONS,
    POLICIES,
    RIGHTS,
)
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.policy.evidence import File
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.policy.gpo_list import LOCAL_GUID
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.tools import gpresult, reg
from hypothesis import given
from hypothesis import strategies as st

from unit._rdp.state.policy.hosts import DENY, LOCAL_FILE, NOTHING, ROOT, TS, Linked, deny, listing, pol, removes
from unit._rdp.state.policy.situations import (
    ALLOW,
    BASE,
    BLOCK,
    BOTH,
    BROKEN,
    ENFORCED,
    LOCAL,
    OFF,
    ON,
    SITUATIONS,
    Situation,
    host,
    reported,
)
from unit._rdp.state.policy.situations_odd import ODD
from unit._rdp.state.policy.situations_rsop import BY_RSOP
from unit._rdp.tools.gpresult_samples import policy, right, setting

ALL = SITUATIONS | BY_RSOP | ODD


@pytest.mark.parametrize("situation", ALL.values(), ids=ALL.keys())
def test_situation(situation: Situation) -> None:
    source = attribute(ALLOW_CONNECTIONS, situation.value, situation.evidence)
    found = source.gpo.name if source.gpo else ""
    assert (source.kind, found, len(source.disagreements)) == (situation.kind, situation.name, situation.against), (
        source
    )
    assert _has(situation.says, source.reason) and _has(situation.pending, source.pending), source
    assert bool(situation.pending) == bool(source.pending)
    # A name is only given for a value that is there, and every sentence ends.
    assert source.kind not in ("none", "unknown", "stray", "mdm") or source.gpo is None
    for sentence in (source.reason, *([source.pending] if source.pending else ()), *source.disagreements):
        assert sentence[0].isupper() and sentence.endswith("."), sentence
    assert json.loads(json.dumps(source.to_json())) == source.to_json()


def _has(words: str, text: str) -> bool:
    return re.search(words, text) is not None


def test_there_are_enough_situations() -> None:
    assert len(SITUATIONS) >= 60
    assert {situation.kind for situation in SITUATIONS.values()} == {
        *("local", "domain", "mdm", "preference", "stray", "none", "unknown")
    }


def test_source_tells_everything_about_the_gpo() -> None:
    source = attribute(
        ALLOW_CONNECTIONS,
        OFF,
        host([LOCAL, ALLOW, ENFORCED], {LOCAL: deny(0), ALLOW: removes(), ENFORCED: deny(1)}),
    )
    assert source.to_json() == {
        "kind": "domain",
        "name": "Block RDP",
        "guid": BLOCK.guid,
        "domain": "corp.example",
        "link": "corp.example",
        "version": 3,
        "enforced": True,
        "file": BLOCK.file,
        "value": 1,
        "reason": f"GPO 'Block RDP' {BLOCK.guid} sets it, and no later one says otherwise.",
        "pending": "",
        "overruled": [
            "Local GPO sets fDenyTSConnections = 0 (connections are allowed)",
            f"GPO 'Allow RDP' {ALLOW.guid} removes it",
        ],
        "reported": "no report",
        "disagreements": [],
    }


def test_both_sides_of_a_disagreement_are_shown() -> None:
    source = attribute(ALLOW_CONNECTIONS, OFF, host([BLOCK], BOTH, report=reported(setting(ALLOW.guid, DENY, 1))))
    assert source.reported == "disagrees"
    assert "Block RDP" in source.disagreements[0] and "Allow RDP" in source.disagreements[0]


@pytest.mark.parametrize(
    ("report", "said"),
    [
        (None, "no report"),
        (reported(), "not in the report"),
        # A template's policy has a translated name: nobody can tell which one it is.
        (reported(policy(BLOCK.guid, "Allow users to connect remotely by using RDS")), "not in the report"),
        (reported(setting(BLOCK.guid, DENY.upper(), 1, key=TS.upper())), "agrees"),
        (reported(setting(BLOCK.guid, DENY, 1, key=TS + "\\Client")), "not in the report"),
        (reported(block=0), "disagrees"),
    ],
)
def test_what_the_report_says_is_never_more_than_it_says(report: bytes | None, said: str) -> None:
    assert attribute(ALLOW_CONNECTIONS, OFF, host([BLOCK], BOTH, report=report)).reported == said


def test_original_in_the_domain_stands_in_for_a_copy_that_is_not_there() -> None:
    share = rf"\\corp.example\SysVol\corp.example\Policies\{BLOCK.guid}\Machine\Registry.pol"
    evidence = host([LOCAL, BLOCK, ALLOW], {LOCAL: NOTHING, BLOCK: None, ALLOW: NOTHING})
    for file, kind in ((deny(1), "domain"), (deny(0), "stray"), (BROKEN, "unknown"), (None, "unknown")):
        more = dataclasses.replace(evidence, files={**evidence.files, share: file})
        assert attribute(ALLOW_CONNECTIONS, OFF, more).kind == kind


def test_copy_of_a_gpo_is_read_where_the_data_store_has_it() -> None:
    moved = rf"{ROOT}\System32\GroupPolicy\DataStore\0\sysvol\old.example\Policies\{BLOCK.guid}\Machine"
    query = listing("datastore", [BLOCK])
    keys = [
        dataclasses.replace(
            key,
            values=tuple(
                dataclasses.replace(value, data=moved) if value.name == "FileSysPath" else value for value in key.values
            ),
        )
        for key in query.keys
    ]
    evidence = dataclasses.replace(
        host([LOCAL, BLOCK], {LOCAL: NOTHING}),
        datastore=gpo_list.datastore(dataclasses.replace(query, keys=tuple(keys)), ROOT),
        files={rf"{moved}\REGISTRY.POL": deny(1), LOCAL_FILE: NOTHING},
    )
    assert evidence.files_that_decide == (LOCAL_FILE, rf"{moved}\Registry.pol")
    source = attribute(ALLOW_CONNECTIONS, OFF, evidence)
    assert (source.kind, source.gpo and source.gpo.name) == ("domain", "Block RDP")


@given(st.lists(st.sampled_from([LOCAL, BLOCK, ALLOW, BASE]), max_size=5), st.data())
def test_the_name_is_that_of_the_last_one_or_none(gpos: list[Linked], data: st.DataObject) -> None:
    """Against a model of what Windows does: apply one file after the other, and see who wrote last."""
    files: dict[Linked, File] = {
        each: data.draw(st.sampled_from([deny(0), deny(1), removes(), NOTHING, None, BROKEN])) for each in set(gpos)
    }
    present, writer = None, None
    certain = True
    for each in gpos:
        file = files[each]
        decision = file.decides(TS, DENY) if file is not None and not isinstance(file, UnreadableError) else None
        if file is None or isinstance(file, UnreadableError):
            certain = False
        elif decision:
            present, writer, certain = decision.data, each, True
    value = data.draw(st.sampled_from([None, ON, OFF]))
    source = attribute(ALLOW_CONNECTIONS, value, host(gpos, files))
    if source.gpo:
        assert certain and writer and value and value.data == present
        assert source.gpo.guid == (writer.guid or LOCAL_GUID)
    elif value and certain and writer and value.data == present:
        pytest.fail(f"the winner was not named: {source}")


@pytest.mark.parametrize("policy_", POLICIES, ids=lambda each: each.id)
def test_every_policy_is_attributed_by_its_own_value(policy_: t.Any) -> None:
    text = not policy_.meanings
    type_, data = (1, "WebServer") if text else (4, max(policy_.meanings))
    stored = "WebServer\0".encode("utf-16-le") if text else data.to_bytes(4, "little")
    record = Record(policy_.key.partition("\\")[2], policy_.name, type_, stored)
    value = reg.Value(policy_.name, "REG_SZ" if text else "REG_DWORD", data, False)
    source = attribute(policy_, value, host([LOCAL, BLOCK], {LOCAL: NOTHING, BLOCK: pol(record)}))
    assert (source.kind, source.value, source.gpo and source.gpo.name) == ("domain", data, "Block RDP")
    assert attribute(policy_, value, host([BLOCK], {BLOCK: NOTHING})).kind == "stray"


def test_text_that_lost_its_letters_on_the_way_is_not_called_another() -> None:
    template = next(each for each in POLICIES if each.id == "certificate_template")
    record = Record(TS, "CertTemplateName", 1, "Räume\0".encode("utf-16-le"))
    evidence = host([BLOCK], {BLOCK: pol(record)})
    for shown, kind in (("Räume", "domain"), ("R\ufffdume", "unknown"), ("R?ume", "unknown")):
        value = reg.Value("CertTemplateName", "REG_SZ", shown, False)
        assert attribute(template, value, evidence).kind == kind
    ascii_only = host([BLOCK], {BLOCK: pol(Record(TS, "CertTemplateName", 1, "Web\0".encode("utf-16-le")))})
    assert attribute(template, reg.Value("CertTemplateName", "REG_SZ", "Other", False), ascii_only).kind == "stray"


def test_binary_value_is_shown_as_digits() -> None:
    value = reg.Value(DENY, "REG_BINARY", b"\x01\xff", False)
    assert attribute(ALLOW_CONNECTIONS, value, host([])).to_json()["value"] == "01ff"


def test_user_rights() -> None:
    allow, refuse = RIGHTS
    report = gpresult.parse(
        reported(
            security=right(BLOCK.guid, "SeRemoteInteractiveLogonRight", ["CORP\\Helpdesk"])
            + right(ALLOW.guid, "SeRemoteInteractiveLogonRight", ["Administrators"], precedence=2)
        )
    )
    source = assigned(allow, report)
    assert (source.kind, source.value, source.reported) == ("domain", ("CORP\\Helpdesk",), "agrees")
    assert source.gpo and (source.gpo.name, source.gpo.link) == ("Block RDP", "corp.example/Servers")
    assert source.overruled == (f"GPO 'Allow RDP' {ALLOW.guid} assigns it too",)
    assert source.to_json()["value"] == ["CORP\\Helpdesk"]
    assert (assigned(refuse, report).kind, assigned(refuse, report).reported) == ("none", "not in the report")
    assert assigned(allow, None).kind == "unknown"
    local = gpresult.parse(reported(security=right("LocalGPO", "SeDenyRemoteInteractiveLogonRight", ["S-1-5-113"])))
    assert assigned(refuse, local).kind == "local"


def test_source_is_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Source("none", "x").kind = "mdm"  # type: ignore[misc]
