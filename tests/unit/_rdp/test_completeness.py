# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A listing counts only as far as it is proven to be whole, and one part that can't be read loses no other."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp import diagnosis, facts, probes
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.check import Check
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.checks import CHECKS
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.checks.protocol import PROTOCOL
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import RefusedError, UnreadableError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import (
    Command,
    CommandResult,
    Expectation,
    Probe,
    ok,
)
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.readings import Readings
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.host import Host
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.listener import listener_key, listener_tree
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.registry import listed, policy_key
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.windows import refuse_unfinished_setup
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.tools import reg

POLICIES = r"HKEY_LOCAL_MACHINE\SOFTWARE\Policies\Microsoft"
NT = rf"{POLICIES}\Windows NT"
TS = rf"{NT}\Terminal Services"
DENIED = "ERROR: Access is denied."
NOT_FOUND = "ERROR: The system was unable to find the specified registry key or value."
DENY = "    fDenyTSConnections    REG_DWORD    0x1"
PARENT = ("", rf"{POLICIES}\Cryptography", NT)
WINSTATIONS = probes.WINSTATIONS_KEY.replace("HKLM", "HKEY_LOCAL_MACHINE")
TERMINAL_SERVER = probes.TERMINAL_SERVER_KEY.replace("HKLM", "HKEY_LOCAL_MACHINE")
SETUP = probes.SETUP_KEY.replace("HKLM", "HKEY_LOCAL_MACHINE")


def read(probe: Probe[t.Any], *lines: str, code: int = 0) -> t.Any:
    data = "".join(f"{line}\r\n" for line in lines).encode()
    return probe.read(CommandResult(data, code, probe.command))


def _policy_key(*lines: str, code: int = 0) -> reg.Key | None:
    parent = read(probes.POLICIES_PARENT, *PARENT)
    return policy_key(read(probes.POLICIES, *lines, code=code), parent)


LISTING = ("", rf"{NT}\DNSClient", "    a    REG_DWORD    0x1", "", TS, DENY, "")
ALONE = ("", TS, DENY, "")


def test_policies_are_read_from_both_looks() -> None:
    key = _policy_key(*LISTING, *ALONE)
    assert key is not None and key.values[0].data == 1
    assert _policy_key(*LISTING[:4], NOT_FOUND, code=1) is None
    # The key is there without values, with and without sub-keys, as Windows installs it.
    for lines in ((*LISTING[:5], ""), ("", rf"{TS}\Client", "    a    REG_DWORD    0x1", "", "", rf"{TS}\Client")):
        key = _policy_key(*lines)
        assert key is not None and key.values == ()


# The second look's exit code is 0: the key is there.
CUT: dict[str, tuple[str, ...]] = {
    "before the key": LISTING[:4],
    "behind the key's line": LISTING[:5],
    "behind a value": LISTING[:6],
    "within the second look": (*LISTING, *ALONE[:3]),
    "empty": (),
    "a blank line": ("",),
    "an error alone": (DENIED,),
    "the head missing": (DENY, ""),
    "nothing but a sub-key of the second look": ("", rf"{TS}\Client"),
    "another key's": ("", WINSTATIONS, "    a    REG_DWORD    0x1", ""),
    "another program's": ("SERVICE_NAME: TermService", "        TYPE               : 30  WIN32"),
    "an error among the values": (*LISTING[:6], DENIED, "    b    REG_DWORD    0x1", "", *LISTING[:6], DENIED, ""),
    "a damaged value": (*LISTING[:5], DENY.replace("0x1", "0X1"), "", TS, DENY.replace("0x1", "?"), ""),
    "wrapped": (*LISTING[:4], TS[:60], TS[60:], DENY, "", TS[:60], TS[60:], DENY, ""),
}


@pytest.mark.parametrize("name", CUT)
def test_policy_in_a_listing_that_is_not_whole_is_not_missing(name: str) -> None:
    with pytest.raises(UnreadableError):
        _policy_key(*CUT[name])


@pytest.mark.parametrize("lines", [(), ("",), (*LISTING, NOT_FOUND), (*LISTING[:3], NOT_FOUND), (DENIED, DENIED)])
def test_failed_look_that_proves_nothing(lines: tuple[str, ...]) -> None:
    with pytest.raises(UnreadableError):
        _policy_key(*lines, code=1)


SWITCHES = (
    "",
    TERMINAL_SERVER,
    "    fDenyTSConnections    REG_DWORD    0x0",
    "    TSServerDrainMode    REG_DWORD    0x1",
)


@pytest.mark.parametrize(
    "lines",
    [
        SWITCHES[:3],
        SWITCHES,
        (*SWITCHES[:3], "    TSServerDrainM", ""),
        (*SWITCHES[:3], DENIED, SWITCHES[3], ""),
        ("", rf"{TERMINAL_SERVER}\AddIns", WINSTATIONS),
        (),
        ("", WINSTATIONS, "    a    REG_DWORD    0x1", ""),
    ],
)
def test_switches_in_a_listing_that_is_not_whole(lines: tuple[str, ...]) -> None:
    with pytest.raises(UnreadableError):
        listed(read(probes.TERMINAL_SERVER, *lines), probes.TERMINAL_SERVER_KEY)


def test_switches_in_a_whole_listing() -> None:
    lines = (*SWITCHES, "", rf"{TERMINAL_SERVER}\AddIns", WINSTATIONS)
    for end in (len(lines), len(lines) - 1, len(SWITCHES) + 1):
        key = listed(read(probes.TERMINAL_SERVER, *lines[:end]), probes.TERMINAL_SERVER_KEY)
        assert [value.data for value in key.values] == [0, 1]


LISTENER = (rf"{WINSTATIONS}\RDP-Tcp", "    PortNumber    REG_DWORD    0xd3d", "    WsxDLL    REG_SZ    rdpwsx")
STATIONS = ("", WINSTATIONS, "    a    REG_DWORD    0x1", "")


@pytest.mark.parametrize("code", [0, 1])
@pytest.mark.parametrize("place", ["end", "front", "before"])
def test_sub_key_that_can_not_be_read_loses_nothing_else(place: str, code: int) -> None:
    """What reg.exe prints for the listener of another product: one line, for a key that it may not open."""
    lines = {
        "end": (*STATIONS, *LISTENER, "", DENIED),
        "front": (DENIED, *STATIONS, *LISTENER, ""),
        "before": (*STATIONS, DENIED, *LISTENER, ""),
    }[place]
    winstations = read(probes.WINSTATIONS, *lines, code=code)
    key = listener_key(winstations, "RDP-Tcp")
    assert key is not None and len(key.values) == 2
    tree = listener_tree(winstations, "rdp-tcp")
    assert tree is not None and set(tree[""]) == {"PortNumber", "WsxDLL"}
    with pytest.raises(UnreadableError):
        listener_key(winstations, "ICA-Tcp")


@pytest.mark.parametrize(
    "lines",
    [
        (*STATIONS, *LISTENER),
        (*STATIONS, *LISTENER[:2]),
        (*STATIONS, *LISTENER[:2], DENIED, LISTENER[2], ""),
        (*STATIONS, LISTENER[0], "    PortNumber    REG_DW", LISTENER[2], ""),
    ],
)
def test_listener_that_is_not_whole(lines: tuple[str, ...]) -> None:
    winstations = read(probes.WINSTATIONS, *lines)
    with pytest.raises(UnreadableError):
        listener_key(winstations, "RDP-Tcp")
    assert facts.facts(Host(Readings({probes.WINSTATIONS.command: _output(lines)})), Expectation())["listener"] is None


@pytest.mark.parametrize("code", [0, 1])
@pytest.mark.parametrize("behind", [(), ("",), ("", ""), ("", "en"), ("", "end", DENIED)])
def test_listing_that_stops_between_two_keys_proves_no_key_missing(behind: tuple[str, ...], code: int) -> None:
    winstations = read(probes.WINSTATIONS, *STATIONS, *behind, code=code)
    with pytest.raises(UnreadableError):
        listener_key(winstations, "RDP-Tcp")
    readings = Readings({probes.WINSTATIONS.command: _output((*STATIONS, *behind))})
    assert facts.facts(Host(readings), Expectation())["listener"] is None


def test_listing_that_comes_to_its_end_proves_what_is_missing() -> None:
    winstations = read(probes.WINSTATIONS, *STATIONS, *LISTENER, "", "end")
    assert listener_key(winstations, "ICA-Tcp") is None
    key = listener_key(winstations, "RDP-Tcp")
    assert key is not None and key.whole and len(key.values) == 2


def _output(lines: tuple[str, ...]) -> CommandResult:
    return CommandResult("".join(f"{line}\r\n" for line in lines).encode(), 0, probes.WINSTATIONS.command)


def test_sub_key_of_a_listener_that_is_not_whole_loses_the_tree_alone() -> None:
    lines = (*STATIONS, *LISTENER, "", rf"{WINSTATIONS}\RDP-Tcp\UserOverride", "    a    REG_DWORD    0x1")
    winstations = read(probes.WINSTATIONS, *lines)
    assert listener_key(winstations, "RDP-Tcp") is not None
    with pytest.raises(UnreadableError):
        listener_tree(winstations, "RDP-Tcp")
    seen = facts.facts(Host(Readings({probes.WINSTATIONS.command: _output(lines)})), Expectation())["listener"]
    assert seen["port"] == 3389 and seen["key"] is None


DONE = ("", SETUP, "    SystemSetupInProgress    REG_DWORD    0x0", "    OOBEInProgress    REG_DWORD    0x0", "")


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ((), 0),
        (("",), 0),
        ((DENIED,), 1),
        ((DENIED,), 0),
        (DONE[:3], 0),
        (("", rf"{SETUP}\AllowStart"), 0),
        ((*DONE[:3], "    OOBEInProgr", ""), 0),
    ],
)
def test_nothing_is_changed_when_nobody_knows_whether_setup_has_finished(lines: tuple[str, ...], code: int) -> None:
    with pytest.raises(RefusedError, match="nobody knows whether Windows Setup has finished"):
        refuse_unfinished_setup(read(probes.SETUP, *lines, code=code))


def test_setup_that_has_finished_or_not() -> None:
    refuse_unfinished_setup(read(probes.SETUP, *DONE))
    for name in ("SystemSetupInProgress", "OOBEInProgress"):
        lines = [line.replace("0x0", "0x1") if name in line else line for line in DONE]
        with pytest.raises(RefusedError, match=f"{name} is 1"):
            refuse_unfinished_setup(read(probes.SETUP, *lines))


def test_mistake_in_a_parser_loses_its_own_reading_alone() -> None:
    def broken(output: CommandResult) -> int:
        return int("9" * 5000)

    seen = Readings({Command("a"): CommandResult(b"", 0, Command("a"))})
    with pytest.raises(UnreadableError, match=r"mistake in winops\.rdp.*ValueError in line \d+ of broken"):
        seen.of(Probe(Command("a"), broken))
    assert seen.get(Probe(Command("a"), broken)) is None


def test_mistake_in_a_follow_up_loses_its_own_check_alone() -> None:
    def broken(*_seen: t.Any) -> t.Any:
        raise ValueError("not safe in a command line")

    check = Check("made", "It is fine.", lambda *_seen: ok("fine"), section="x", needs=(), follow_up=broken)
    assert diagnosis.follow_ups((check,), Host(Readings({})), Expectation()) == ()
    assert diagnosis.diagnose((check,), Host(Readings({})), Expectation())[0].status == "ok"


NUMBERS = ("9" * 5000, "-" + "9" * 5000, "[" * 5000, "{" * 100_000, '{"outcome":' * 50_000, "1." * 5000)


@pytest.mark.parametrize("text", NUMBERS, ids=["number", "negative", "arrays", "objects", "nested", "points"])
def test_no_text_of_a_host_is_a_mistake(text: str) -> None:
    """Numbers of 5,000 digits and arrays within each other, as the whole output and in front of a real one."""
    sought = dict.fromkeys(probe for check in CHECKS for probe in check.needs)
    for probe in (*sought, *facts.EVERYTHING, probes.outside(3389)):
        for data in (text, f"\r\n{text}\r\n", f'[SC] f {text}\r\n"a","{text}","b","1","{text} K"\r\n'):
            try:
                probe.read(CommandResult(data.encode(), 0, probe.command))
            except UnreadableError:
                continue


@pytest.mark.parametrize(("lines", "code"), [((), 0), ((DENIED,), 1), (("", SETUP, "    x    REG_SZ    Core", ""), 0)])
def test_edition_that_is_not_known_is_not_one_that_can_be_connected_to(lines: tuple[str, ...], code: int) -> None:
    switches = "".join(f"{line}\r\n" for line in (*SWITCHES[:3], "")).encode()
    edition = "".join(f"{line}\r\n" for line in lines).encode()
    absent = f"{NOT_FOUND}\r\n{NOT_FOUND}\r\n".encode()
    parent = "".join(f"{line}\r\n" for line in PARENT[:2]).encode()
    printed = {
        probes.TERMINAL_SERVER: (switches, 0),
        probes.EDITION: (edition, code),
        probes.POLICIES: (absent, 1),
        probes.POLICIES_PARENT: (parent, 0),
    }
    readings = Readings({probe.command: CommandResult(*said, probe.command) for probe, said in printed.items()})
    (finding,) = diagnosis.diagnose((PROTOCOL,), Host(readings), Expectation())
    # "not one of this key" is said where another key was printed.
    assert finding.status == "unknown" and ("edition" in finding.summary or "another key" in finding.summary)


@pytest.mark.parametrize("place", [2, 3])
def test_blank_line_among_the_values_is_a_hole(place: int) -> None:
    lines = [*SWITCHES, "    x    REG_DWORD    0x0", ""]
    lines[place] = " " * 40
    with pytest.raises(UnreadableError):
        listed(read(probes.TERMINAL_SERVER, *lines), probes.TERMINAL_SERVER_KEY)


def test_listing_that_is_cut_anywhere_hides_no_value_of_a_listener() -> None:
    lines = (*STATIONS, *LISTENER, "", rf"{WINSTATIONS}\RDP-Tcp\UserOverride", "    a    REG_DWORD    0x1", "", reg.END)
    data = "".join(f"{line}\r\n" for line in lines).encode()
    for at in range(len(data)):
        try:
            winstations = probes.WINSTATIONS.read(CommandResult(data[:at], 0, probes.WINSTATIONS.command))
            key = listener_key(winstations, "RDP-Tcp")
        except UnreadableError:
            continue
        assert key is not None and key.get("PortNumber") and key.get("WsxDLL"), data[:at]
