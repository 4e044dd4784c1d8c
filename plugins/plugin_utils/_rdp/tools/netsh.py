# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``netsh.exe``: the active profiles of the firewall, the ports that Windows keeps, and the lines that change rules.

https://learn.microsoft.com/windows-server/administration/windows-commands/netsh-advfirewall

    >>> every = ("Einstellungen für Domänenprofil: ", "-" * 70, "", "Einstellungen für privates Profil: ", "-" * 70)
    >>> headings(every)
    ('Einstellungen für Domänenprofil:', 'Einstellungen für privates Profil:')

All words are translated, so none is read: a heading is the line above a line of dashes, and it is only compared with
another heading from the same host.
"""

from __future__ import annotations

import dataclasses
import itertools
import re
import typing as t

from ..errors import UnreadableError
from ..model import Command, CommandResult, Probe
from ..quoting import quoted
from ..text import lines

# The order in which `show allprofiles` prints them.
PROFILES = ("domain", "private", "public")

_RULE = re.compile(r"^-{10,}\s*$")
_TABLE = re.compile(r"^-{3,}\s+-{3,}\s*$")
_RANGE = re.compile(r"^\s*(?P<first>\d{1,5})\s+(?P<last>\d{1,5})\s*(?P<administered>\*)?\s*$")


@dataclasses.dataclass(frozen=True)
class ExcludedRange:
    """TCP ports that no program can take, first and last included.

    ``administered`` tells those that somebody reserved by hand from those that Windows took, as for Hyper-V.
    """

    first: int
    last: int
    administered: bool = False

    def __contains__(self, port: object) -> bool:
        return isinstance(port, int) and self.first <= port <= self.last


def excluded_ranges(family: t.Literal["ipv4", "ipv6"]) -> Command:
    """Look at the TCP ports that no program can take."""
    return Command(f"netsh int {family} show excludedportrange protocol=tcp")


def read_excluded_ranges(output: CommandResult) -> tuple[ExcludedRange, ...]:
    """Return the ranges of excluded ports.

    Raises:
        UnreadableError: There is no table, or a row of it is not understood.
    """
    text = lines(output.data, output.code_page)
    start = next((index for index, line in enumerate(text) if _TABLE.match(line)), None)
    if output.exit_code != 0 or start is None:
        raise UnreadableError("netsh printed no table of excluded ports.", _first(text))
    found: list[ExcludedRange] = []
    for line in text[start + 1 :]:
        if not line.strip():
            break
        row = _RANGE.match(line)
        first, last = (int(row["first"]), int(row["last"])) if row else (1, 0)
        if not row or not first <= last <= 65535:
            raise UnreadableError("A row of netsh's table of excluded ports was not understood.", line)
        found.append(ExcludedRange(first, last, bool(row["administered"])))
    return tuple(found)


EXCLUDED_IPV4 = Probe(excluded_ranges("ipv4"), read_excluded_ranges)
EXCLUDED_IPV6 = Probe(excluded_ranges("ipv6"), read_excluded_ranges)


def headings(text: t.Sequence[str]) -> tuple[str, ...]:
    """Return the lines that stand right above a line of dashes."""
    return tuple(above.strip() for above, line in itertools.pairwise(text) if _RULE.match(line) and above.strip())


def read_headings(output: CommandResult) -> tuple[str, ...]:
    """Return the headings of the profiles, none if netsh failed, as when the firewall's service does not run."""
    return headings(lines(output.data, output.code_page)) if output.exit_code == 0 else ()


ALL_PROFILES = Probe(Command("netsh advfirewall show allprofiles"), read_headings)
CURRENT_PROFILES = Probe(Command("netsh advfirewall show currentprofile"), read_headings)


def active_profiles(every: t.Sequence[str], current: t.Sequence[str]) -> tuple[str, ...]:
    """Return the names of the active profiles, in the order of PROFILES.

    Args:
        every: The headings of ``show allprofiles``.
        current: The headings of ``show currentprofile`` from the same host.

    Raises:
        UnreadableError: These are not three different profiles, or none of them is active.
    """
    if len(every) != len(PROFILES) or len(set(every)) != len(PROFILES):
        raise UnreadableError("netsh did not list the three profiles of the firewall.", " ".join(every))
    if not current or not set(current) <= set(every):
        raise UnreadableError("netsh did not say which profile of the firewall is active.", " ".join(current))
    return tuple(name for name, heading in zip(PROFILES, every, strict=True) if heading in current)


def add_rule(
    name: str,
    *,
    protocol: t.Literal["TCP", "UDP"],
    port: int,
    program: str,
    service: str = "",
    profiles: t.Sequence[str] = (),
    more: t.Mapping[str, t.Sequence[str]] | None = None,
) -> Command:
    """Add a rule that allows a port for one program.

    Azure opens a changed port for svchost.exe and TermService in the same way (SetRDPPort.ps1). Addresses take a
    mask as a number of bits: https://learn.microsoft.com/powershell/module/netsecurity/set-netfirewallrule

    Args:
        name: What to call it. netsh finds rules by their name only.
        protocol: Of the traffic.
        port: The local port.
        program: The path of the program, which may begin with a variable, or ``System``.
        service: The only service in it, if not all.
        profiles: Of PROFILES, all if empty.
        more: Limits by netsh's own word, such as ``remoteip``.

    Raises:
        ValueError: A part can't stand in a command.
    """
    limits = more or {}
    for word, values in limits.items():
        if not re.fullmatch(r"[a-z]+", word) or any(not re.fullmatch(r"[0-9A-Za-z.:/-]+", one) for one in values):
            raise ValueError(f"can't be a limit of a rule: {word}={','.join(values)}")
    if not re.fullmatch(r"(?:%SystemRoot%\\|[A-Za-z]:\\)?[\w\\.]+", program):
        raise ValueError(f"can't be the program of a rule: {program}")
    parts = [
        f"netsh advfirewall firewall add rule name={quoted(name)} dir=in action=allow protocol={protocol}",
        f'localport={port} program="{program}"',
        *([f"service={service}"] if service else []),
        f"profile={','.join(profiles) if profiles else 'any'}",
        "enable=yes",
        *(f"{word}={','.join(values)}" for word, values in limits.items()),
    ]
    return Command(" ".join(parts))


def delete_rule(name: str) -> Command:
    """Delete every rule of that name."""
    return Command(f"netsh advfirewall firewall delete rule name={quoted(name)}")


def _first(text: t.Sequence[str]) -> str:
    return next((line.strip() for line in text if line.strip()), "")
