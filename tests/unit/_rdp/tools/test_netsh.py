# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""netsh.exe: profiles by comparing headings, rows of numbers, and the lines that change rules."""

from __future__ import annotations

import doctest

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import UnreadableError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import CommandResult
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.tools import netsh, reg
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.tools.netsh import ExcludedRange

from unit._rdp.tools.samples import printed

DASHES = "-" * 70
EVERY = ("Domänenprofil:", "Privates Profil:", "Öffentliches Profil:")


def _shown(*headings: str) -> str:
    return "".join(f"\n{heading} \n{DASHES}\nStatus     EIN\n\n" for heading in headings) + "OK.\n\n"


def test_examples_in_the_documentation() -> None:
    assert doctest.testmod(netsh).failed == 0


def test_headings() -> None:
    assert netsh.read_headings(printed(_shown(*EVERY))) == EVERY
    assert netsh.read_headings(printed(_shown(*EVERY).encode("cp850"), code_page=850)) == EVERY
    assert netsh.read_headings(printed("Fehler beim Kontaktieren des Dienstes.\n", exit_code=1)) == ()


@pytest.mark.parametrize(
    ("current", "names"),
    [
        (EVERY[:1], ("domain",)),
        (EVERY[2:], ("public",)),
        (tuple(reversed(EVERY)), ("domain", "private", "public")),
    ],
)
def test_active_profiles(current: tuple[str, ...], names: tuple[str, ...]) -> None:
    assert netsh.active_profiles(EVERY, current) == names


@pytest.mark.parametrize(
    ("every", "current"),
    [
        (EVERY, ()),
        (EVERY, ("Gastprofil:",)),
        (EVERY, (EVERY[0], "Gastprofil:")),
        (EVERY[:2], EVERY[:1]),
        ((*EVERY, "Gastprofil:"), EVERY[:1]),
        # In a code page that lacks the letters, two headings may look the same.
        (("????:", "????:", "?????:"), ("????:",)),
        ((), ()),
    ],
)
def test_active_profiles_that_are_not_known(every: tuple[str, ...], current: tuple[str, ...]) -> None:
    with pytest.raises(UnreadableError):
        netsh.active_profiles(every, current)


TABLE = """
Protocol tcp Port Exclusion Ranges

Start Port    End Port
----------    --------
      5357        5357
     49671       49770
     50000       50059     *

* - Administered port exclusions.

"""


def test_excluded_ranges() -> None:
    expected = (ExcludedRange(5357, 5357), ExcludedRange(49671, 49770), ExcludedRange(50000, 50059, True))
    assert netsh.read_excluded_ranges(printed(TABLE)) == expected
    assert 49770 in expected[1] and 49771 not in expected[1] and "49700" not in expected[1]
    empty = "\n".join(line for line in TABLE.split("\n") if not line.strip()[:1].isdigit())
    assert netsh.read_excluded_ranges(printed(empty)) == ()


@pytest.mark.parametrize(
    ("text", "exit_code"),
    [
        ("The request is not supported.\n", 1),
        (TABLE, 1),
        ("", 0),
        (TABLE.replace("5357\n", "many\n"), 0),
        (TABLE.replace("     49671       49770", "     49770       49671"), 0),
        (TABLE.replace("49770", "99999"), 0),
    ],
)
def test_excluded_ranges_that_can_not_be_read(text: str, exit_code: int) -> None:
    with pytest.raises(UnreadableError):
        netsh.read_excluded_ranges(printed(text, exit_code))


def test_lines_that_look() -> None:
    assert [probe.command.line for probe in (netsh.EXCLUDED_IPV4, netsh.EXCLUDED_IPV6)] == [
        "netsh int ipv4 show excludedportrange protocol=tcp",
        "netsh int ipv6 show excludedportrange protocol=tcp",
    ]


def test_lines_that_change() -> None:
    command = netsh.add_rule(
        "winops.rdp TCP 3390",
        protocol="TCP",
        port=3390,
        program=r"%SystemRoot%\system32\svchost.exe",
        service="TermService",
        profiles=("domain", "private"),
        more={"remoteip": ("10.0.0.0/8", "fe80::1")},
    )
    assert command.line == (
        'netsh advfirewall firewall add rule name="winops.rdp TCP 3390" dir=in action=allow protocol=TCP '
        r'localport=3390 program="%SystemRoot%\system32\svchost.exe" service=TermService profile=domain,private '
        "enable=yes remoteip=10.0.0.0/8,fe80::1"
    )
    assert netsh.delete_rule("a b").line == 'netsh advfirewall firewall delete rule name="a b"'


@pytest.mark.parametrize(
    ("name", "program", "more"),
    [
        ('a"b', "System", {}),
        ("a%b", "System", {}),
        ("a", 'C:\\x" & calc', {}),
        ("a", r"%Other%\x.exe", {}),
        ("a", "System", {"remoteip": ("1.2.3.4 enable=no",)}),
        ("a", "System", {"remote ip": ("1.2.3.4",)}),
        ("a", "System", {"remoteip": ("",)}),
    ],
)
def test_part_that_could_change_the_command(name: str, program: str, more: dict[str, tuple[str, ...]]) -> None:
    with pytest.raises(ValueError, match=r"can't be|not safe"):
        netsh.add_rule(name, protocol="TCP", port=1, program=program, more=more)


LISTING = reg.query_except(r"HKLM\A", "x")
A = r"HKEY_LOCAL_MACHINE\A"


def _listed(text: str, exit_code: int = 0) -> reg.Query:
    return reg.read_query_except(CommandResult(text.encode(), exit_code, LISTING))


def test_listing_is_read() -> None:
    read = _listed(f"\n{A}\n\n{A}\\B\n    x    REG_SZ    y|z\n\n{A}\\C\n\nend \n")
    assert [one.path for one in read.keys] == [A, f"{A}\\B", f"{A}\\C"]
    assert not read.not_understood
    assert [one.path for one in _listed(f"\n{A}\\B\n    x    REG_SZ    y\n\nend\n").keys] == [A, f"{A}\\B"]
    assert [one.path for one in _listed("\nend\n").keys] == [A], "there, and empty"
    missing = _listed("ERROR: not found.\n", 1)
    assert (missing.keys, missing.not_understood) == ((), ("ERROR: not found.",))


UNREADABLE = {
    "value without a key": ("    x    REG_SZ    y\nend\n", 0),
    "wrong command line": ("boom", 2),
    "no findstr": ("boom", 9009),
    "nothing": ("", 0),
    "nothing, and an exit code": ("", 1),
    "another key": ("\nHKEY_LOCAL_MACHINE\\AB\n    x    REG_SZ    y\n\nend\n", 0),
    "cut": (f"\n{A}\n    x    REG_SZ    y\n", 0),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_listing_that_is_not_the_whole_one(name: str) -> None:
    with pytest.raises(UnreadableError):
        _listed(*UNREADABLE[name])


@pytest.mark.parametrize("text", ["    x    REG_SZ    y\n{}\n\nend\n", "    x    REG_SZ    y\n\nend\n{}"])
def test_line_of_no_known_form_is_never_the_text_of_a_value(text: str) -> None:
    read = _listed(f"\n{A}\n{text.format('FINDSTR: Line 3 is too long.')}")
    assert read.not_understood == ("FINDSTR: Line 3 is too long.",)
    assert read.keys[0].values[0].data == "y"


def test_whole_listing_has_texts_of_several_lines() -> None:
    command = reg.query_whole(r"HKLM\A")
    read = reg.read_query_whole(CommandResult(f"\n{A}\n    x    REG_SZ    y\nend\nz\n\nend\n".encode(), 0, command))
    assert read.keys[0].values[0].data == "y\nend\nz" and not read.not_understood
