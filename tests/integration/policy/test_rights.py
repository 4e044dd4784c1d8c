# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who may log on through Remote Desktop by policy, where somebody asks for it or a policy keeps people out."""

from __future__ import annotations

import typing as t

import pytest

from integration.actions.conftest import run, sick

Result = dict[str, t.Any]


def _rights(fault: str, language: str = "en-US", **options: t.Any) -> dict[str, Result] | None:
    machine = sick(*filter(None, [fault]), language=language)
    facts = run(machine, "rdp_info", {"quiet": True, "checks": ["policy"], **options})["facts"]
    assert machine.errors() == []
    return None if facts["rights"] is None else {right["name"]: right["source"] for right in facts["rights"]}


@pytest.mark.parametrize("language", ["en-US", "de-DE"])
def test_gpo_that_assigns_a_right_is_named(language: str) -> None:
    denied = _rights("gpo-denies-logon-right", language, rights=True)
    assert denied and denied["SeDenyRemoteInteractiveLogonRight"]["name"] == "No RDP for users"
    assert denied["SeRemoteInteractiveLogonRight"]["kind"] == "none"
    granted = _rights("gpo-grants-logon-right", language, rights=True)
    assert granted and granted["SeRemoteInteractiveLogonRight"]["name"] == "RDP for administrators"


def test_rights_are_not_asked_for_without_a_reason() -> None:
    assert _rights("gpo-denies-logon-right") is None
    assert _rights("gpo-domain-blocks") is not None


def test_no_data_is_not_no_right() -> None:
    assert _rights("rsop-logging-off", rights=True) is None
