# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Our lines for reg.exe do in Wine what they do in the lab: the same exit codes, and the same to read afterwards."""

from __future__ import annotations

import dataclasses

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp import probes
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import Command, CommandResult
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.readings import Readings
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.repairs import protocol
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.host import Host as DerivedHost
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.listener import listener_tree
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.tools import reg

from integration.wine.hosts import OEM, Host, content
from integration.wine.repairing import EVERY_FORM, KEY, seed, text

pytestmark = pytest.mark.needs_program("wine")

_TOP = r"HKLM\SOFTWARE\Probe (x86)"
_LONG = _TOP.replace("HKLM", "HKEY_LOCAL_MACHINE")
_FILE, _OTHER_FILE = r"C:\exported.reg", r"C:\also exported.reg"

#: Every form of value that `reg add` is asked for, by the name that it gets. No name is the default value.
VALUES: dict[str, tuple[str, reg.Data]] = {
    "": ("REG_SZ", "the default"),
    "number": ("REG_DWORD", 3389),
    "largest": ("REG_DWORD", 0xFFFFFFFF),
    "zero": ("REG_DWORD", 0),
    "long number": ("REG_QWORD", 0xFFFFFFFFFFFFFFFF),
    "text": ("REG_SZ", "a  b (c), it's; d=e ~ `@#$[]{}"),
    "empty": ("REG_SZ", ""),
    "blanks": ("REG_SZ", "  both ends  "),
    "like an option": ("REG_SZ", "/f"),
    "like a number": ("REG_SZ", "-1"),
    "backslash": ("REG_SZ", "C:\\"),
    "backslashes": ("REG_EXPAND_SZ", "\\\\server\\share\\\\"),
    "letters": ("REG_SZ", "Grüße"),
    "several": ("REG_MULTI_SZ", ("one", "two 2", "three")),
    "one": ("REG_MULTI_SZ", ("one",)),
    "none": ("REG_MULTI_SZ", ()),
    "bytes": ("REG_BINARY", bytes(range(256))),
    "byte": ("REG_BINARY", b"\n"),
    "no bytes": ("REG_BINARY", b""),
    "(in brackets)": ("REG_SZ", "x"),
    "semi;colon, comma=sign": ("REG_SZ", "x"),
    "back\\slash\\": ("REG_SZ", "x"),
}


@dataclasses.dataclass(frozen=True)
class Listing:
    """What the collection reads from a query, in no order: Wine sorts values, Windows keeps them as they came.

    Attributes:
        exit_code: How the query ended.
        values: Type and data, by key and name.
        subkeys: The names of the sub-keys, by key.
        messages: How many lines were no listing. Their words are not compared.
    """

    exit_code: int | None
    values: dict[str, dict[str, tuple[str, reg.Data]]]
    subkeys: dict[str, set[str]]
    messages: int

    @classmethod
    def of(cls, host: Host, *commands: Command) -> list[Listing]:
        """Run queries."""
        listings = []
        for command, ran in zip(commands, host.run(*commands), strict=True):
            query = reg.read_query(CommandResult(ran.data, ran.exit_code, command, OEM))
            values = {key.path: {value.name: (value.type, value.data) for value in key.values} for key in query.keys}
            subkeys = {key.path: set(key.subkeys) for key in query.keys}
            listings.append(cls(ran.exit_code, values, subkeys, len(query.not_understood)))
        return listings


def both(hosts: tuple[Host, Host], *commands: Command) -> list[int | None]:
    """Run commands on both; returns their exit codes, which have to be the same."""
    wine, lab = (
        [(one.line, ran.exit_code) for one, ran in zip(commands, host.run(*commands), strict=True)] for host in hosts
    )
    assert wine == lab
    return [code for _, code in wine]


def test_every_form_of_value_is_set_read_and_exported_the_same(hosts: tuple[Host, Host]) -> None:
    both(hosts, reg.delete_key(_TOP))
    add = [reg.add(_TOP, name, kind, data) for name, (kind, data) in VALUES.items()]
    deeper = [
        reg.add(f"{_TOP}\\Sub key\\{{1-2}}", "x", "REG_DWORD", 1),
        reg.add(f"{_TOP}\\Empty later", "x", "REG_SZ", ""),
    ]
    assert set(both(hosts, *add, *add[:3], *deeper)) == {0}
    both(hosts, reg.export(_TOP, _FILE))
    wine, lab = (host.read_file(_FILE) for host in hosts)
    assert wine is not None and lab is not None
    assert content(wine) == content(lab)
    exported = content(wine)[_LONG.casefold()]
    assert {name: (value.type, value.data) for name, value in exported.items()} == VALUES
    # Wine 8.0 shows every REG_QWORD as "(null)": it is right in the export only.
    both(hosts, reg.delete_value(_TOP, "long number"))
    queries = [
        reg.query(_TOP),
        reg.query(_TOP, recursive=True),
        reg.query(f"{_TOP}\\Sub key"),
        reg.query(f"{_TOP}\\Sub key", recursive=True),
        *(reg.query(_TOP, value=name) for name in VALUES if name and name != "long number"),
    ]
    in_wine, in_lab = (Listing.of(host, *queries) for host in hosts)
    for query, one, other in zip(queries, in_wine, in_lab, strict=True):
        assert one == other, query.line
        assert (one.exit_code, one.messages) == (0, 0)
    # Not with /s: Wine lists keys without values then, Windows doesn't.
    both(hosts, reg.delete_value(f"{_TOP}\\Empty later", "x"))
    for query in (reg.query(_TOP), reg.query(f"{_TOP}\\Empty later")):
        wine_lists, lab_lists = (Listing.of(host, query) for host in hosts)
        assert wine_lists == lab_lists
    shown = in_wine[0].values[_LONG]
    assert {"" if name == "(Default)" else name: value for name, value in shown.items()} == {
        name: value for name, value in VALUES.items() if name != "long number"
    }


def test_what_is_missing_ends_with_1_and_reads_as_nothing(hosts: tuple[Host, Host]) -> None:
    both(hosts, reg.delete_key(_TOP))
    assert both(hosts, reg.add(_TOP, "x", "REG_SZ", "y"), reg.delete_value(_TOP, "x")) == [0, 0]
    missing = [
        reg.delete_value(_TOP, "x"),
        reg.delete_value(_TOP, ""),
        reg.delete_value(f"{_TOP}\\none", "x"),
        reg.delete_key(f"{_TOP}\\none"),
        reg.export(f"{_TOP}\\none", r"C:\none.reg"),
        reg.import_(r"C:\no such file.reg"),
        reg.import_(r"C:\no such folder\x.reg"),
        reg.export(_TOP, r"C:\no such folder\x.reg"),
    ]
    assert both(hosts, *missing) == [1] * len(missing)
    assert [host.read_file(r"C:\none.reg") for host in hosts] == [None, None]
    queries = [reg.query(_TOP, value="x"), reg.query(f"{_TOP}\\none"), reg.query(f"{_TOP}\\none", recursive=True)]
    for host in hosts:
        for listing in Listing.of(host, *queries):
            assert listing == Listing(1, {}, {}, 1), host.name


def test_a_key_goes_with_everything_below_it_and_comes_back_from_its_export(hosts: tuple[Host, Host]) -> None:
    below = f"{_TOP}\\a\\b c\\d"
    lines = [reg.add(key, "x", "REG_SZ", key) for key in (_TOP, below)]
    both(hosts, reg.delete_key(_TOP))
    assert set(both(hosts, *lines, reg.export(_TOP, _OTHER_FILE), reg.delete_key(_TOP))) == {0}
    for host in hosts:
        (software,) = Listing.of(host, reg.query(r"HKLM\SOFTWARE"))
        assert _TOP.rpartition("\\")[2] not in software.subkeys[r"HKEY_LOCAL_MACHINE\SOFTWARE"]
    assert both(hosts, reg.import_(_OTHER_FILE), reg.import_(_OTHER_FILE)) == [0, 0]
    wine, lab = (Listing.of(host, reg.query(_TOP, recursive=True)) for host in hosts)
    assert wine == lab
    assert wine[0].values[below.replace("HKLM", "HKEY_LOCAL_MACHINE")] == {"x": ("REG_SZ", below)}


def test_a_seeded_listener_is_seen_the_same(hosts: tuple[Host, Host]) -> None:
    # Wine shows no REG_QWORD, and the code page of a console not every letter.
    shown = {name: value for name, value in EVERY_FORM[""].items() if name not in ("Counter", "Nothing")}
    tree = {**EVERY_FORM, "": {**shown, "Umlauts": text("Grüße")}}
    trees = []
    for host in hosts:
        seed(host, tree)
        host.must(reg.add(probes.WINSTATIONS_KEY, "DWMFRAMEINTERVAL", "REG_DWORD", 15))
        seen = host.look(probes.WINSTATIONS)
        trees.append(listener_tree(seen.of(probes.WINSTATIONS), "rdp-tcp"))
        host.must(reg.delete_key(KEY))
        assert listener_tree(host.look(probes.WINSTATIONS).of(probes.WINSTATIONS), "RDP-Tcp") is None
    assert trees == [tree, tree]


@pytest.mark.parametrize(("state", "start"), [("enabled", None), ("enabled", 1), ("disabled", 0), ("disabled", 7)])
def test_the_switch_is_turned_and_turned_back(
    state: protocol.State, start: int | None, hosts: tuple[Host, Host]
) -> None:
    plans = []
    for host in hosts:
        # The first ends with 1 where there is no such value.
        host.run(
            reg.delete_value(probes.TERMINAL_SERVER_KEY, "fDenyTSConnections"), Command(r'del "C:\Terminal Server.reg"')
        )
        before = _terminal_server_after(host, *(() if start is None else (_set(start),)), _set(1, "TSUserEnabled"))
        request = protocol.ProtocolRequest(state, "C:", disconnect="always", require_nla=False)
        plan = protocol.plan(request, before)
        after = _terminal_server_after(host, *plan.saves, *plan.commands)
        assert not protocol.plan(request, after)
        again = _terminal_server_after(host, *(line for change in reversed(plan.changes) for line in change.undo))
        assert set(again.terminal_server.values) == set(before.terminal_server.values)
        plans.append(plan)
    assert plans[0] == plans[1]


def _set(number: int, name: str = "fDenyTSConnections") -> Command:
    return reg.add(probes.TERMINAL_SERVER_KEY, name, "REG_DWORD", number)


def _terminal_server_after(host: Host, *commands: Command) -> DerivedHost:
    look = probes.TERMINAL_SERVER.command
    *_, seen = host.must(*commands, look)
    return DerivedHost(Readings({look: CommandResult(seen.data, seen.exit_code, look, OEM)}))
