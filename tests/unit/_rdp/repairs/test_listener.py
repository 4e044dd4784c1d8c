# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a listener is brought back, when it is left alone, and what its key is replaced with."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp import probes
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.checks.listener import LISTENER
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import RefusedError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import Change, Expectation, Plan
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.probes import WINSTATIONS_KEY
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.repairs import listener
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.repairs.reference import Reference, from_file, render
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.listener_values import (
    BUILT_IN,
    ESSENTIAL,
    Tree,
    Typed,
)

from unit._rdp.hosts import host_of, queryex, silent, with_value, without_listener_key

KEY = f"{WINSTATIONS_KEY}\\RDP-Tcp"


def test_a_replacement_writes_what_was_accepted_and_lowers_no_security() -> None:
    accepted = {
        "InitialProgram": Typed("REG_SZ", "kiosk.exe"),
        "Shadow": Typed("REG_DWORD", 2),
        "Odd": Typed("REG_BINARY", b"\x01"),
    }
    weak = dict.fromkeys(("SecurityLayer", "UserAuthentication"), Typed("REG_DWORD", 0))
    level = {"MinEncryptionLevel": Typed("REG_DWORD", 1)}
    below = {"Odd key": {"": Typed("REG_SZ", "x")}}
    file: Tree = {"": {**ESSENTIAL, **accepted, **weak, **level}, **below}
    names = (*accepted, *weak, *level, "Odd key\\(Default)")
    reference = from_file(render(file, KEY).encode("utf-16"), "RDP-Tcp", "a.reg", names)
    here: Tree = {"": {**BUILT_IN, "PdClass": Typed("REG_DWORD", 9), "Stranger": Typed("REG_SZ", "x")}}
    plan = listener.write_key("RDP-Tcp", here, reference, "replace", "C:\\saved", ())
    (written,) = plan.files
    wanted: Tree = {"": {**BUILT_IN, **accepted}, **below}
    assert sorted(written.lines) == sorted(render(wanted, KEY, replace=True).rstrip("\r\n").split("\r\n"))


REVERSE = "REG_DWORD    0x1\\r\\n    fReverseConnectMode    REG_DWORD    0x1"
RESTART = ["net stop UmRdpService", "net stop TermService", "net start TermService", "net start UmRdpService"]
REFERENCE = Reference({"": BUILT_IN}, 20348, "a.reg")


def _plan(outputs: t.Mapping[str, t.Any], name: str = "RDP-Tcp", **asked: t.Any) -> Plan:
    request = dataclasses.replace(listener.ListenerRequest(Expectation(listener=name), "C:\\saved"), **asked)
    host = host_of((LISTENER,), request.expected, also=(probes.UM_RDP_SERVICE_STATE,), **outputs)
    made = listener.plan(request, host)
    assert made == listener.plan(request, host), "a plan made again differs"
    return made


def _lines(changes: t.Iterable[Change]) -> list[str]:
    return [change.command.line for change in changes]


def test_listener_that_works_is_left_alone() -> None:
    assert not _plan({})
    assert not _plan(with_value("Shadow", "REG_DWORD    0x4"))


def test_disabled_listener_is_enabled_and_restarted() -> None:
    disabled = silent(**with_value("fEnableWinStation", "REG_DWORD    0x0"))
    plan = _plan(disabled)
    assert len(plan.changes) == 1 and plan.before == {"fEnableWinStation": 0} and plan.after == {"fEnableWinStation": 1}
    assert _lines(plan.restart) == RESTART and plan.saves
    assert not _plan(disabled, may_restart=False).restart


def test_switch_that_keeps_everybody_out_needs_no_restart() -> None:
    plan = _plan(with_value("fLogonDisabled", "REG_DWORD    0x1"))
    assert plan.after == {"fLogonDisabled": 0} and not plan.restart


def test_lost_key_is_written_and_counts_after_a_restart() -> None:
    plan = _plan(silent(winstations=without_listener_key))
    assert len(plan.files) == 1 and len(plan.changes) == 1 and _lines(plan.restart) == RESTART
    # A listener that works without its key disconnects nobody now.
    assert not _plan({"winstations": without_listener_key}).restart


def test_stopped_service_is_started_with_the_listener() -> None:
    plan = _plan(silent(term_service_state=queryex("TermService", 0), **with_value("PdDLL", "REG_SZ    tdpipe")))
    assert (plan.before["TermService"], plan.after["TermService"]) == ("stopped", "running")


REFUSED: dict[str, tuple[dict[str, t.Any], dict[str, t.Any], str]] = {
    "another listener's key": ({}, {"name": "Other"}, "only RDP-Tcp is Windows' own"),
    "another product's": (
        silent(**with_value("fAllowSecProtocolNegotiation", REVERSE)),
        {},
        "belongs to another product",
    ),
    "another program on its port": (
        silent(sockets=lambda text: text.replace("7832", "99"), **with_value("fEnableWinStation", "REG_DWORD    0x0")),
        {},
        "process 99",
    ),
    "advice alone": (silent(**with_value("LanAdapter", "REG_DWORD    0x2")), {}, "LanAdapter = 2"),
    "not judged": ({"setup": None}, {}, "it can't be told whether the listener RDP-Tcp works"),
    "another build": (silent(), {"reference": dataclasses.replace(REFERENCE, build=1)}, "comes from build 1"),
    "no reference": (silent(), {"reference": RefusedError("Nothing was changed: there is none.")}, "there is none"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_listener_that_is_not_repaired(name: str) -> None:
    outputs, asked, text = REFUSED[name]
    with pytest.raises(RefusedError, match=r"^Nothing was changed") as refused:
        _plan(outputs, **asked)
    assert text in str(refused.value)


def test_reference_of_another_build_counts_where_that_is_allowed() -> None:
    other = dataclasses.replace(REFERENCE, build=1)
    assert _plan(silent(), reference=other, allow_other_build=True).restart


@pytest.mark.parametrize(("requires", "doubted"), [(False, True), (True, False), (None, False)])
def test_new_listener_has_to_ask_for_network_level_authentication(requires: bool | None, doubted: bool) -> None:
    host = host_of((LISTENER,), also=(probes.POLICIES, probes.POLICIES_PARENT))
    assert bool(listener.without_nla(requires, "It was seen.", host)) is doubted
    unread = host_of((LISTENER,), policies=None)
    assert not listener.without_nla(requires, "It was seen.", unread), "a policy may decide"
