# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A listener counts only as far as its key is proven to be whole, and the key of another one loses none of it."""

from __future__ import annotations

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp import facts, probes
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import UnreadableError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import CommandResult, Expectation
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.readings import Readings
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.host import Host
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.listener import (
    Listener,
    configured_port,
    listener_key,
    listener_tree,
    listening,
    others_class,
    protocol_classes,
)
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.listener_values import OWN_CLASS, Typed
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.tools import qwinsta, reg, sc

from unit._rdp.state.outputs import DENIED, NOT_FOUND, read

WINSTATIONS = probes.WINSTATIONS_KEY.replace("HKLM", "HKEY_LOCAL_MACHINE")
LISTENER = (rf"{WINSTATIONS}\RDP-Tcp", "    PortNumber    REG_DWORD    0xd3d", "    WsxDLL    REG_SZ    rdpwsx")
STATIONS = ("", WINSTATIONS, "    a    REG_DWORD    0x1", "")


def _output(lines: tuple[str, ...]) -> CommandResult:
    return CommandResult("".join(f"{line}\r\n" for line in lines).encode(), 0, probes.WINSTATIONS.command)


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


def test_sub_key_of_a_listener_that_is_not_whole_loses_the_tree_alone() -> None:
    lines = (*STATIONS, *LISTENER, "", rf"{WINSTATIONS}\RDP-Tcp\UserOverride", "    a    REG_DWORD    0x1")
    winstations = read(probes.WINSTATIONS, *lines)
    assert listener_key(winstations, "RDP-Tcp") is not None
    with pytest.raises(UnreadableError):
        listener_tree(winstations, "RDP-Tcp")
    seen = facts.facts(Host(Readings({probes.WINSTATIONS.command: _output(lines)})), Expectation())["listener"]
    assert seen["port"] == 3389 and seen["key"] is None


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


def _listener(*values: str, name: str = "RDP-Tcp", others: tuple[str, ...] = ()) -> Listener:
    lines = [*STATIONS, rf"{WINSTATIONS}\{name}", *(f"    {value}" for value in values), ""]
    for other in others:
        lines += [rf"{WINSTATIONS}\{other}", "    PortNumber    REG_DWORD    0xd3e", ""]
    return Listener(name, read(probes.WINSTATIONS, *lines, reg.END))


@pytest.mark.parametrize(
    ("value", "port"),
    [
        ("PortNumber    REG_DWORD    0xd3d", 3389),
        ("portnumber    REG_DWORD    0x1", 1),
        ("PortNumber    REG_DWORD    0xffff", 65535),
        ("PortNumber    REG_DWORD    0x0", None),
        ("PortNumber    REG_DWORD    0x10000", None),
        # Windows does not take a text for a number.
        ("PortNumber    REG_SZ    3389", None),
        ("PortNumber    REG_QWORD    0xd3d", None),
        ("WsxDLL    REG_SZ    rdpwsx", None),
    ],
)
def test_port_is_a_number_that_a_port_can_have(value: str, port: int | None) -> None:
    listener = _listener(value)
    assert listener.port == port and configured_port(listener.key) == port


def test_listener_that_does_not_exist() -> None:
    listener = Listener("RDP-Tcp", read(probes.WINSTATIONS, *STATIONS, reg.END))
    assert (listener.key, listener.tree, listener.port, listener.others) == (None, None, None, [])
    assert configured_port(None) is None


def test_others_are_named_in_order_and_the_listener_is_none_of_them() -> None:
    assert _listener(name="rdp-tcp", others=("Console", "Citrix", "RDP-Tcp 2")).others == [
        "Citrix",
        "Console",
        "RDP-Tcp 2",
    ]


def test_values_have_their_types_and_bytes_are_bytes_whatever_their_type() -> None:
    tree = _listener(
        "Security    REG_BINARY    01000480",
        "Odd    REG_NONE    0aFF",
        "Hex    REG_SZ    0aff",
        "Multi    REG_MULTI_SZ    a\\0b",
        "(Standard)    REG_SZ    x",
    ).tree
    assert tree == {
        "": {
            "Security": Typed("REG_BINARY", b"\x01\x00\x04\x80"),
            "Odd": Typed("REG_NONE", b"\x0a\xff"),
            "Hex": Typed("REG_SZ", "0aff"),
            "Multi": Typed("REG_MULTI_SZ", ("a", "b")),
            "": Typed("REG_SZ", "x"),
        }
    }


def test_sub_keys_are_in_the_tree_by_their_path() -> None:
    lines = (*STATIONS, *LISTENER, "", rf"{WINSTATIONS}\RDP-Tcp\A\B", "    a    REG_DWORD    0x1", "", reg.END)
    tree = listener_tree(read(probes.WINSTATIONS, *lines), "RDP-Tcp")
    assert tree is not None and tree[r"A\B"] == {"a": Typed("REG_DWORD", 1)} and tree["A"] == {}
    beside = (*lines[:-1], rf"{WINSTATIONS}\RDP-Tcp 2", "    b    REG_DWORD    0x1", "", reg.END)
    assert listener_tree(read(probes.WINSTATIONS, *beside), "RDP-Tcp") == tree


def test_classes_of_protocols_are_looked_up_together_with_windows_own() -> None:
    theirs = "{A1F6D3B8-2C95-47E0-8B14-60D9E7C2F5A3}"
    probe = protocol_classes(theirs)
    assert theirs.strip("{}") in probe.command.line and OWN_CLASS.strip("{}") in probe.command.line
    classes = r"HKEY_LOCAL_MACHINE\SOFTWARE\Classes\CLSID"
    names = read(probe, rf"{classes}\{OWN_CLASS}", rf"{classes}\{theirs}")
    assert [name.rpartition("\\")[2] for name in names] == [OWN_CLASS, theirs]
    with pytest.raises(UnreadableError):
        read(probe, NOT_FOUND, code=9009)


OTHERS = (
    "Two    fEnableWinStation    REG_DWORD    0x1",
    "Off    fEnableWinStation    REG_DWORD    0x0",
    "Bare    a    REG_SZ    x",
)


def _with_others(*more: str) -> Listener:
    lines = [*STATIONS, *LISTENER, ""]
    for other in OTHERS:
        name, value = other.split("    ", 1)
        lines += [rf"{WINSTATIONS}\{name}", f"    {value}", ""]
    return Listener("RDP-Tcp", read(probes.WINSTATIONS, *lines, *more, reg.END))


def test_only_others_that_are_enabled_count_and_all_of_them_have_to_be_known() -> None:
    assert [key.path for key in _with_others().enabled_others] == [rf"{WINSTATIONS}\Two"]
    broken = _with_others(rf"{WINSTATIONS}\Broken", "    fEnableWinStation    REG_DWORD    ?", "")
    assert broken.port == 3389
    with pytest.raises(UnreadableError):
        _ = broken.enabled_others


CLASS = "{a1f6d3b8-2c95-47e0-8b14-60d9e7c2f5a3}"
CLASSES = r"HKEY_LOCAL_MACHINE\SOFTWARE\Classes\CLSID"


@pytest.mark.parametrize(
    ("found", "theirs"), [((OWN_CLASS, CLASS.upper()), CLASS), ((OWN_CLASS.upper(),), ""), ((CLASS,), None)]
)
def test_class_is_anothers_if_it_is_registered_beside_windows_own(found: tuple[str, ...], theirs: str | None) -> None:
    listener = _listener(f"LoadableProtocol_Object    REG_SZ    {CLASS}")
    (probe,) = listener.class_probes
    text = "".join(rf"{CLASSES}\{one}" + "\r\n" for one in found).encode()
    readings = Readings({probe.command: CommandResult(text, 0, probe.command)})
    if theirs is None:
        with pytest.raises(UnreadableError, match="Windows' own protocol is not among"):
            others_class(listener, readings)
    else:
        assert others_class(listener, readings) == theirs
    own = _listener(f"LoadableProtocol_Object    REG_SZ    {OWN_CLASS}")
    assert own.class_probes == () and others_class(own, readings) == ""


def _row(name: str, number: int = 65536) -> qwinsta.Session:
    return qwinsta.Session(name, "", number, "Listen", "", "", False)


TERM = sc.ServiceState("TermService", None, 0x20, sc.RUNNING, "RUNNING", pid=1764)


@pytest.mark.parametrize(
    ("rows", "socket", "listens"),
    [
        (("rdp-tcp",), "0.0.0.0:3389", True),
        # qwinsta cuts a long name.
        (("rdp-t...",), "0.0.0.0:3389", True),
        (("ica-tcp",), "0.0.0.0:3389", False),
        ((), "0.0.0.0:3389", False),
        # TermService's socket shows it too where qwinsta can't be read.
        (None, "0.0.0.0:3389", True),
        (None, "0.0.0.0:3390", False),
        (("rdp-tcp",), "0.0.0.0:3390", False),
    ],
)
def test_listener_listens_by_its_socket_and_its_row(rows: tuple[str, ...] | None, socket: str, listens: bool) -> None:
    text = (
        "",
        "Active",
        "",
        "  Proto  Local  Foreign  State  PID",
        f"  TCP    {socket}    0.0.0.0:0    LISTENING    1764",
        "  UDP    0.0.0.0:5353    *:*    880",
    )
    sockets = read(probes.SOCKETS, *text)
    sessions = None if rows is None else (_row("rdp-tcp#1", 2), *map(_row, rows))
    found = listening(_listener("PortNumber    REG_DWORD    0xd3d"), sessions, sockets, TERM)
    assert bool(found) is listens and found.rows == rows
    # Without a port in its key, any socket of TermService counts; without a process, none.
    assert listening(_listener("a    REG_SZ    x"), None, sockets, TERM).has_socket
    assert not listening(_listener("a    REG_SZ    x"), None, sockets, None).has_socket
