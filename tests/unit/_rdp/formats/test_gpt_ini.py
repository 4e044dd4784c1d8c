# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""gpt.ini: the version goes up, the registry extension is listed in its place, and nothing else changes."""

from __future__ import annotations

import contextlib
import doctest

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import UnreadableError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.formats import gpt_ini
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.formats.gpt_ini import GptIni, parse
from hypothesis import given
from hypothesis import strategies as st

REGISTRY = "[{35378EAC-683F-11D2-A89A-00C04FBBCFA2}{D02B1F72-3407-48AE-BA88-E8213C6761F1}]"
BY_OLD_GPEDIT = "[{35378EAC-683F-11D2-A89A-00C04FBBCFA2}{0F6B957D-509E-11D1-A7CC-0000F87571E3}]"
SCRIPTS = "[{42B5FAAE-6536-11D2-AE5A-0000F87571E3}{40B6664F-4972-11D1-A7CA-0000F87571E3}]"
WIRELESS = "[{0ACDD40C-75AC-47AB-BAA0-BF6DE7E7FE63}{2DA6AA7F-8C88-4194-A558-0D36E7FD3E64}]"
SECURITY = "[{827d319e-6eac-11d2-a4ea-00c04f79f83a}{803e14a0-b4fb-11d0-a0d0-00a0c90f574b}]"


def file(extensions: str = "", version: str = "2", more: str = "") -> str:
    return f"[General]\r\ngPCMachineExtensionNames={extensions}\r\nVersion={version}\r\n{more}"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", REGISTRY),
        (REGISTRY, REGISTRY),
        (BY_OLD_GPEDIT, BY_OLD_GPEDIT),
        (REGISTRY.lower() + SCRIPTS, REGISTRY.lower() + SCRIPTS),
        # What gpedit makes of it: github.com/dsccommunity/GPRegistryPolicyDsc issue 40.
        (SCRIPTS, REGISTRY + SCRIPTS),
        (WIRELESS + SCRIPTS, WIRELESS + REGISTRY + SCRIPTS),
        (WIRELESS, WIRELESS + REGISTRY),
        (SECURITY, REGISTRY + SECURITY),
    ],
)
def test_extension_is_added_in_its_place_or_is_there(before: str, after: str) -> None:
    changed = parse(file(before).encode()).changed()
    assert changed.render().decode() == file(after, "3")
    assert changed.applies_registry


@pytest.mark.parametrize(
    ("before", "after"),
    [(0, 1), (1, 2), (65535, 1), (65536, 65537), (0x0003FFFF, 0x00030001), (0xFFFFFFFF, 0xFFFF0001)],
)
def test_only_the_version_of_the_computer_goes_up(before: int, after: int) -> None:
    ini = parse(file(REGISTRY, str(before)).encode())
    assert ini.changed().version == after
    assert ini.changed().user_version == ini.user_version == before >> 16


def test_everything_else_is_kept_byte_for_byte() -> None:
    before = (
        b"; made by hand\r\n\r\n[general]\r\n  gpcmachineextensionnames = \t\r\nversion =  7 \r\ndisplayName=R\xe4ume\n"
        b"gPCUserExtensionNames=[{}]\r\nOptions=1\r\nversion=9\r\n[Other]\r\nVersion=5\r\nno end"
    )
    after = before.replace(b"extensionnames = \t", b"extensionnames = \t" + REGISTRY.encode())
    assert parse(before).render() == before
    assert parse(before).changed().render() == after.replace(b"=  7 ", b"=  8 ")


def test_entries_that_are_missing_are_added() -> None:
    new = f"[General]\r\nVersion=1\r\ngPCMachineExtensionNames={REGISTRY}\r\n".encode()
    assert GptIni().changed().render() == new
    for short in (b"", b"[General]", b"[General]\r\n"):
        assert parse(short).changed().render() == new
    assert parse(b"[Other]").changed().render() == b"[Other]\r\n" + new
    assert parse(b"[General]\r\nOptions=0").changed().render() == new + b"Options=0"


def test_wide_file_stays_wide() -> None:
    before = b"\xff\xfe" + file(SCRIPTS).encode("utf-16-le")
    assert parse(before).render() == before
    assert parse(before).changed().render() == b"\xff\xfe" + file(REGISTRY + SCRIPTS, "3").encode("utf-16-le")


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (file(REGISTRY, "two"), "version"),
        (file(REGISTRY, "4294967296"), "version"),
        (file(REGISTRY, "-1"), "version"),
        (file("{35378EAC-683F-11D2-A89A-00C04FBBCFA2}"), "no list of extensions"),
        (file(SCRIPTS[:-1]), "no list of extensions"),
        (file(f"{SCRIPTS} {SECURITY}"), "no list of extensions"),
        ("\ufeff" + file(), "neither 8-bit text"),
        (file().encode("utf-16-le"), "neither 8-bit text"),
        (b"\xff\xfe[\0G", "cut off"),
    ],
)
def test_what_is_not_understood_is_not_written_anew(broken: str | bytes, said: str) -> None:
    with pytest.raises(UnreadableError, match=said):
        parse(broken if isinstance(broken, bytes) else broken.encode()).changed()


@given(st.binary(max_size=120), st.sampled_from([b"", b"[General]\r\nVersion=3\r\n"]))
def test_any_file_that_is_read_comes_back(garbage: bytes, before: bytes) -> None:
    with contextlib.suppress(UnreadableError):
        assert parse(before + garbage).render() == before + garbage
        changed = parse(before + garbage).changed()
        assert changed.applies_registry
        assert parse(changed.render()) == changed


def test_examples() -> None:
    results = doctest.testmod(gpt_ini)
    assert results.attempted and not results.failed
