# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is said of a listener: what happens counts first, and only then what stands in its key."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.checks.listener import LISTENER
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import Expectation
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.probes import SESSIONS
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.excluded_ports import EXCLUDED_IPV4, EXCLUDED_IPV6
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.listener import protocol_classes
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.listener_values import OWN_CLASS

from unit._rdp.hosts import NO_RANGES, Output, check_of, silent, with_value, without_listener_key

CITRIX = "{a1f6d3b8-2c95-47e0-8b14-60d9e7c2f5a3}"
REPAIR = "winops.rdp.rdp_listener"
FOREIGN = {"service_dll": lambda text: text.replace("termsrv.dll", "rdpwrap.dll")}
RESERVED = NO_RANGES.replace("--------\n", "--------\n      3380        3479     \n", 1)


def _classes(*classes: str) -> dict[t.Any, Output]:
    lines = [rf"HKEY_LOCAL_MACHINE\SOFTWARE\Classes\CLSID\{one}" for one in classes]
    return {protocol_classes(CITRIX): ("\n".join([*lines, ""]), 0 if classes else 1)}


# name: (what the tools print, status, what the summary and what was found have to hold, what repairs it)
SITUATIONS: dict[str, tuple[dict[str, t.Any], str, str, str]] = {
    "healthy": ({}, "ok", "TCP port 3389", ""),
    # It works.
    "setup has not finished": (
        {
            "setup": lambda text: text.replace(
                "OOBEInProgress    REG_DWORD    0x0", "OOBEInProgress    REG_DWORD    0x1"
            )
        },
        "problem",
        "OOBEInProgress = 1",
        "",
    ),
    "nobody may log on": (with_value("fLogonDisabled", "REG_DWORD    0x1"), "problem", "lets nobody log on", REPAIR),
    "a program in place of termsrv.dll": (FOREIGN, "warning", "rdpwrap.dll", ""),
    "no program named": (
        {"service_dll": lambda text: text.replace("ServiceDll", "Other")},
        "unknown",
        "no ServiceDll that could be read",
        "",
    ),
    "its key is gone": ({"winstations": without_listener_key}, "warning", "won't come back", REPAIR),
    "sessions are watched unasked": (with_value("Shadow", "REG_DWORD    0x4"), "warning", "Shadow = 4", ""),
    "old names differ": (with_value("PdName", "REG_SZ    other"), "warning", "PdName = other", ""),
    "one adapter": (with_value("LanAdapter", "REG_DWORD    0x2"), "warning", "LanAdapter = 2", ""),
    "nobody else is let in": (
        {
            **with_value("MaxInstanceCount", "REG_DWORD    0x1"),
            "sessions": lambda text: text.replace(
                " rdp-tcp  ",
                " rdp-tcp#0         Administrator             2  Active                      \r\n rdp-tcp  ",
            ),
        },
        "warning",
        "MaxInstanceCount = 1, and 1 are connected",
        "",
    ),
    "room for one": (with_value("MaxInstanceCount", "REG_DWORD    0x1"), "ok", "TCP port 3389", ""),
    "qwinsta can't be read": ({"sessions": ("?", 1)}, "warning", "qwinsta could not be read", ""),
    # It does not.
    "its key is missing": (silent(winstations=without_listener_key), "problem", "is missing", REPAIR),
    "disabled": (silent(**with_value("fEnableWinStation", "REG_DWORD    0x0")), "problem", "is disabled", REPAIR),
    "damaged": (silent(**with_value("PdDLL", "REG_SZ    tdpipe")), "problem", "is damaged", REPAIR),
    "nothing to be seen": (silent(), "problem", "There is no listener", REPAIR),
    "a socket and no row": (silent(sockets=lambda text: text + "\r\n"), "problem", "There is no listener", REPAIR),
    "a row and no socket": (
        {"sockets": silent()["sockets"]},
        "problem",
        "is there, but TermService does not listen on TCP port 3389",
        REPAIR,
    ),
    "no socket, and qwinsta can't be read": (silent(sessions=("?", 1)), "problem", "does not listen on TCP", REPAIR),
    "no port": (silent(**with_value("PortNumber", "REG_SZ    x")), "problem", "There is no listener", ""),
    "bound to an adapter": (silent(**with_value("LanAdapter", "REG_DWORD    0x2")), "problem", "no listener", ""),
    "silent, and a program in place of termsrv.dll": (silent(**FOREIGN), "problem", "rdpwrap.dll", ""),
    "another program has its port": (
        silent(sockets=lambda text: text.replace("7832", "99")),
        "problem",
        "There is no listener",
        "",
    ),
    "its port is reserved": (silent(more={EXCLUDED_IPV4: RESERVED}), "problem", "There is no listener", ""),
    "reserved ports that nobody read": (silent(more={EXCLUDED_IPV6: None}), "unknown", "", ""),
    "another product's protocol": (
        silent(**with_value("LoadableProtocol_Object", f"REG_SZ    {CITRIX}"), more=_classes(OWN_CLASS, CITRIX)),
        "problem",
        "another product's protocol",
        "",
    ),
    "a class that nobody registered": (
        silent(**with_value("LoadableProtocol_Object", f"REG_SZ    {CITRIX}"), more=_classes(OWN_CLASS)),
        "problem",
        "is damaged",
        REPAIR,
    ),
    "classes that were not read": (
        silent(**with_value("LoadableProtocol_Object", f"REG_SZ    {CITRIX}"), more=_classes()),
        "unknown",
        "",
        "",
    ),
    "classes without Windows' own": (
        silent(**with_value("LoadableProtocol_Object", f"REG_SZ    {CITRIX}"), more=_classes(CITRIX)),
        "unknown",
        "",
        "",
    ),
}


@pytest.mark.parametrize("name", SITUATIONS)
def test_what_is_said_of_a_listener(name: str) -> None:
    outputs, status, text, repair = SITUATIONS[name]
    finding = check_of(LISTENER, **outputs)
    assert (finding.status, finding.repair) == (status, repair), finding
    assert text in f"{finding.summary} {finding.found}", finding
    assert bool(finding.fix) == (status != "ok")


@pytest.mark.parametrize("probe", LISTENER.needs, ids=lambda probe: probe.command.line)
def test_what_was_not_run_makes_no_working_listener_sick(probe: t.Any) -> None:
    status = {SESSIONS: "warning", EXCLUDED_IPV4: "ok", EXCLUDED_IPV6: "ok"}.get(probe, "unknown")
    assert check_of(LISTENER, more={probe: None}).status == status


def test_listener_of_another_name_is_judged_by_that() -> None:
    finding = check_of(LISTENER, Expectation(listener="Other"))
    assert (finding.status, finding.repair) == ("problem", REPAIR) and "Other is missing" in finding.summary
