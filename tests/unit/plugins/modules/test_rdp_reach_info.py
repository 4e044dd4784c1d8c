# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What rdp_reach_info documents is what it takes and what it returns."""

from __future__ import annotations

import datetime
import typing as t

import yaml
from ansible_collections.winops.rdp.plugins.module_utils.rdp_ntlm import Challenge
from ansible_collections.winops.rdp.plugins.module_utils.rdp_observation import Observation
from ansible_collections.winops.rdp.plugins.module_utils.rdp_result import OUTCOMES, target_result
from ansible_collections.winops.rdp.plugins.module_utils.rdp_scan import scan_target
from ansible_collections.winops.rdp.plugins.module_utils.rdp_targets import ARGUMENTS
from ansible_collections.winops.rdp.plugins.module_utils.rdp_x224 import HYBRID_EX, Confirm
from ansible_collections.winops.rdp.plugins.module_utils.rdp_x509 import read_certificate
from ansible_collections.winops.rdp.plugins.modules import rdp_reach_info
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.reach import from_windows
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.readings import Readings

DOCUMENTED = yaml.safe_load(rdp_reach_info.DOCUMENTATION)
RETURNED = yaml.safe_load(rdp_reach_info.RETURN)


def test_options_are_documented() -> None:
    keys = ("type", "elements", "required", "default")
    options = {
        name: {key: option[key] for key in keys if key in option} for name, option in DOCUMENTED["options"].items()
    }
    assert options == ARGUMENTS


def test_what_is_returned_is_documented() -> None:
    target = RETURNED["targets"]["contains"]
    seen = scan_target("256.invalid", timeout=5)
    assert set(seen) == set(target)
    assert set(seen["tries"][0]) == set(target["tries"]["contains"])


def test_what_an_answering_target_says_is_documented() -> None:
    seen = Observation()
    seen.outcome, seen.confirm = "rdp", Confirm(HYBRID_EX)
    seen.certificate, seen.challenge = read_certificate(b""), Challenge({}, None, None, None)
    said = target_result("web03", 3389, [seen], 5, datetime.datetime.now(datetime.UTC))
    target = RETURNED["targets"]["contains"]
    for name in ("rdp", "certificate", "ntlm"):
        assert set(said[name]) == set(target[name]["contains"]), name


def test_outcomes_are_documented_in_their_order() -> None:
    lines: list[str] = RETURNED["targets"]["contains"]["outcome"]["description"]
    documented = [line.partition(")")[0].removeprefix("V(") for line in lines]
    assert documented == list(OUTCOMES)


def test_what_a_windows_host_adds_is_documented() -> None:
    client = from_windows.client(Readings({}))
    assert set(client) == set(RETURNED["client"]["contains"])


def test_samples_have_the_documented_type() -> None:
    types: dict[str, type | tuple[type, ...]] = {"str": str, "bool": bool, "int": int, "float": float, "list": list}

    def walk(fields: dict[str, t.Any]) -> None:
        for name, field in fields.items():
            walk(field.get("contains", {}))
            if field.get("sample") is not None and field["type"] in types:
                assert isinstance(field["sample"], types[field["type"]]), name

    walk(RETURNED)
