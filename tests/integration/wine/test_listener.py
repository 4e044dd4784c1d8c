# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The repair of a listener's key in a real registry, and its undoing: to the byte."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import Command
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.repairs import listener
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.listener_values import (
    BUILT_IN,
    ESSENTIAL,
    Tree,
    Typed,
)
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.tools import reg

from integration.wine.hosts import Host, WineHost, content
from integration.wine.repairing import (
    EVERY_FORM,
    HEALTHY,
    KEY,
    Repair,
    changes_to,
    number,
    reviewed,
    seed,
    text,
)

pytestmark = pytest.mark.needs_program("wine")

METHODS: tuple[listener.Method, ...] = t.get_args(listener.Method)


@dataclasses.dataclass(frozen=True)
class Damage:
    """What is wrong with a key, and whether there is more in it than in the reference."""

    commands: tuple[Command, ...]
    adds: bool = False


DAMAGES = {
    "values changed": Damage(
        (
            reg.add(KEY, "fEnableWinStation", "REG_DWORD", 0),
            reg.add(KEY, "PdDLL", "REG_SZ", ""),
            reg.add(KEY, "WorkDirectory", "REG_SZ", r"E:\elsewhere"),
            reg.add(KEY, "EmptyBlob", "REG_BINARY", b"\x01"),
            reg.add(KEY + r"\VideoRemotingWindowNames", "", "REG_SZ", "something else"),
        )
    ),
    "types changed": Damage(
        (
            reg.add(KEY, "fEnableWinStation", "REG_SZ", "1"),
            reg.add(KEY, "PdClass", "REG_BINARY", b"\2\0\0\0"),
            reg.add(KEY, "Blob", "REG_MULTI_SZ", ("one", "two 3")),
            reg.add(KEY, "WdName", "REG_EXPAND_SZ", "Microsoft RDP 8.0"),
        )
    ),
    "values deleted": Damage(
        (
            reg.delete_value(KEY, "LoadableProtocol_Object"),
            reg.delete_value(KEY, "PortNumber"),
            reg.delete_value(KEY, "MaxInstanceCount"),
            reg.delete_value(KEY, "EmptyBlob"),
            reg.delete_value(KEY, "Blob"),
            reg.delete_value(KEY + r"\VideoRemotingWindowNames", ""),
            reg.delete_value(KEY + r"\VideoRemotingWindowNames", "a b (c)"),
        )
    ),
    "values added": Damage(
        (
            reg.add(KEY, "fEnableWinStation", "REG_DWORD", 0),
            reg.add(KEY, "Stranger", "REG_SZ", "a (b) c"),
            reg.add(KEY, "StrangeBlob", "REG_BINARY", b"\0\xff" * 60),
            reg.add(KEY + r"\Strange key\below", "x", "REG_EXPAND_SZ", r"C:\x"),
            reg.add(KEY + r"\TSMMRemotingAllowedApps", "", "REG_DWORD", 1),
        ),
        adds=True,
    ),
    "a sub-key deleted": Damage(
        (reg.delete_key(KEY + r"\TSMMRemotingAllowedApps"), reg.add(KEY, "PdClass", "REG_DWORD", 1))
    ),
    "nearly everything deleted": Damage(
        (
            reg.delete_key(KEY),
            reg.add(KEY, "PortNumber", "REG_DWORD", 3389),
            reg.add(KEY, "CallbackNumber", "REG_SZ", ""),
        )
    ),
    "the key deleted": Damage((reg.delete_key(KEY),)),
}


def assert_same(host: Host, found: bytes | None, expected: bytes | None) -> None:
    """Byte-identical in Wine, which sorts the values of a key. On Windows and in the lab they stand as they came."""
    if isinstance(host, WineHost) or found is None or expected is None:
        assert found == expected
    else:
        assert content(found) == content(expected)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_key_is_repaired_to_the_byte_and_the_repair_undone_to_the_byte(
    damage: str, method: listener.Method, hosts: tuple[Host, Host]
) -> None:
    commands, trees = [], []
    for host in hosts:
        healthy, damaged = seed(host, HEALTHY, *DAMAGES[damage].commands)
        assert damaged != healthy
        reference = reviewed(healthy, "its own export")
        repair = Repair.planned(host, reference, method)
        repair.save(host)
        repaired, after = repair.apply(host)
        if method == "replace" or not DAMAGES[damage].adds:
            assert_same(host, repaired, healthy)
        assert changes_to(after, reference) == ()
        assert_same(host, repair.undo(host), damaged)
        commands.append([command.line.replace(repair.folder, "") for command in repair.plan.commands])
        trees.append(after)
    assert commands[0] == commands[1]
    assert trees[0] == trees[1]


def test_a_key_is_made_to_work_without_a_reference(hosts: tuple[Host, Host]) -> None:
    damage = (*DAMAGES["types changed"].commands[:2], reg.add(KEY, "MaxInstanceCount", "REG_DWORD", 0))
    for host in hosts:
        healthy, damaged = seed(host, HEALTHY, *damage)
        repair = Repair.planned(host, None, "converge")
        assert len(repair.plan.changes) == len(damage)
        assert_repaired_and_undone(host, repair, healthy, damaged)


def assert_repaired_and_undone(host: Host, repair: Repair, wanted: bytes | None, damaged: bytes | None) -> None:
    """A repair leaves this key, its undoing that one."""
    repair.save(host)
    repaired, _ = repair.apply(host)
    assert_same(host, repaired, wanted)
    assert_same(host, repair.undo(host), damaged)


def test_values_of_every_form_are_replaced_and_put_back(hosts: tuple[Host, Host]) -> None:
    for host in hosts:
        # Wine 8.0 shows every REG_QWORD as "(null)", which is rightly not understood.
        every_form = {
            subkey: {name: value for name, value in values.items() if host.name != "Wine" or value.type != "REG_QWORD"}
            for subkey, values in EVERY_FORM.items()
        }
        damage = (
            *(reg.delete_value(KEY, name) for name in every_form[""] if name not in HEALTHY[""]),
            reg.add(KEY, "Blanks", "REG_MULTI_SZ", ("three", "four")),
            reg.add(KEY, "Umlauts", "REG_SZ", "Grüße"),
            reg.add(KEY, "Stranger", "REG_EXPAND_SZ", r"C:\x"),
        )
        healthy, damaged = seed(host, every_form, *damage)
        repair = Repair.planned(host, reviewed(healthy, "its own export"), "replace")
        assert_repaired_and_undone(host, repair, healthy, damaged)


def test_windows_own_values_stand_where_a_replacement_says_nothing(hosts: tuple[Host, Host]) -> None:
    # What the file says stays, also what somebody had to accept; what would lower security does not.
    said = {"InitialProgram": text("kiosk.exe"), "Shadow": number(2), "ColorDepth": number(4)}
    weak = {"SecurityLayer": number(1), "UserAuthentication": number(0), "MinEncryptionLevel": number(1)}
    for host in hosts:
        reference, _ = seed(host, {"": {**ESSENTIAL, **said, **weak}})
        expected, _ = seed(host, {"": {**BUILT_IN, **said}})
        _, damaged = seed(host, {"": {}}, reg.add(KEY, "Stranger", "REG_SZ", "x"))
        repair = Repair.planned(host, reviewed(reference, "a file"), "replace")
        assert_repaired_and_undone(host, repair, expected, damaged)


@pytest.mark.parametrize("method", METHODS)
def test_what_belongs_to_the_host_stays_to_the_byte(method: listener.Method, hosts: tuple[Host, Host]) -> None:
    own = {
        "PortNumber": number(13389),
        "LanAdapter": number(7),
        "SSLCertificateSHA1Hash": Typed("REG_BINARY", bytes(range(20))),
        "Security": Typed("REG_BINARY", bytes(range(100, 180))),
        "Comment": text("für diesen Rechner"),
        "SecurityLayer": number(3),
    }
    as_it_shall_be: Tree = {**HEALTHY, "": {**HEALTHY[""], **own}}
    for host in hosts:
        reference, _ = seed(host)
        expected, damaged = seed(host, as_it_shall_be, *DAMAGES["values changed"].commands)
        repair = Repair.planned(host, reviewed(reference, "another host's export"), method)
        assert_repaired_and_undone(host, repair, expected, damaged)


@pytest.mark.parametrize("method", METHODS)
def test_a_reference_with_keys_below_keys_is_taken_and_undone(
    method: listener.Method, hosts: tuple[Host, Host]
) -> None:
    deep: Tree = {**HEALTHY, "Above": {"x": number(1)}, r"Above\below": {"x": number(2)}, r"Other\key": {"": text("")}}
    for host in hosts:
        reference, _ = seed(host, deep)
        _, damaged = seed(host, HEALTHY, reg.add(KEY, "PdClass", "REG_DWORD", 1))
        repair = Repair.planned(host, reviewed(reference, "another host's export"), method)
        assert_repaired_and_undone(host, repair, reference, damaged)


def test_a_replacement_with_an_empty_key_is_undone(hosts: tuple[Host, Host]) -> None:
    for host in hosts:
        reference, _ = seed(host, {**HEALTHY, "Empty": {}})
        _, damaged = seed(host, HEALTHY, reg.add(KEY, "PdClass", "REG_DWORD", 1))
        repair = Repair.planned(host, reviewed(reference, "another host's export"), "replace")
        assert_repaired_and_undone(host, repair, reference, damaged)


def test_a_replacement_that_only_changes_letters_is_undone(hosts: tuple[Host, Host]) -> None:
    for host in hosts:
        healthy, damaged = seed(host, HEALTHY, reg.add(KEY, "WdName", "REG_SZ", "MICROSOFT rdp 8.0"))
        repair = Repair.planned(host, reviewed(healthy, "its own export"), "replace")
        assert_repaired_and_undone(host, repair, healthy, damaged)


def test_the_script_works_at_the_console(hosts: tuple[Host, Host]) -> None:
    for host in hosts:
        healthy, damaged = seed(host, HEALTHY, *DAMAGES["values added"].commands)
        repair = Repair.planned(host, reviewed(healthy, "its own export"), "replace")
        repair.save(host)
        repaired, _ = repair.apply(host)
        assert_same(host, repaired, healthy)
        assert_same(host, repair.undo_at_the_console(host), damaged)


def test_a_value_of_a_rare_type_is_no_difference(hosts: tuple[Host, Host]) -> None:
    for host in hosts:
        healthy, _ = seed(host, {**HEALTHY, "": {**HEALTHY[""], "Nothing": Typed("REG_NONE", b"\1\2\3")}})
        reference = reviewed(healthy, "its own export")
        assert Repair.planned(host, reference, "converge").plan.changes == ()
