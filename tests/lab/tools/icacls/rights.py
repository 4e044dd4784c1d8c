# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How icacls names rights and accounts.

Letters: https://learn.microsoft.com/windows-server/administration/windows-commands/icacls. How a mask is shown follows
published listings: 0x12019f is (R,W), 0x116 is (WD,AD,WEA,WA), which tells the masks of the simple rights.
"""

from __future__ import annotations

import re

from ...languages import Language
from ...state.security import ALIASES, Ace

SIMPLE = {
    "F": 0x1F01FF, "M": 0x1301BF, "RX": 0x1200A9, "R": 0x120089, "W": 0x100116, "D": 0x110000, "N": 0,
}  # fmt: skip
SPECIFIC = {
    "DE": 0x10000, "RC": 0x20000, "WDAC": 0x40000, "WO": 0x80000, "S": 0x100000, "AS": 0x1000000, "MA": 0x2000000,
    "GR": 0x80000000, "GW": 0x40000000, "GE": 0x20000000, "GA": 0x10000000, "RD": 0x1, "WD": 0x2, "AD": 0x4,
    "REA": 0x8, "WEA": 0x10, "X": 0x20, "DC": 0x40, "RA": 0x80, "WA": 0x100,
}  # fmt: skip
_SHOWN = {"RC": "Rc"}
INHERITANCE = ("OI", "CI", "IO", "NP")


def rights_text(mask: int) -> str:
    """A mask as icacls shows it, in parentheses."""
    names: list[str] = []
    left = mask
    for name in ("F", "M"):
        if mask == SIMPLE[name]:
            return f"({name})"
    for name in ("RX", "R", "W"):
        if left & SIMPLE[name] == SIMPLE[name] or (names and mask & SIMPLE[name] == SIMPLE[name] and name == "W"):
            names.append(name)
            left &= ~SIMPLE[name]
    if left & 0x10000 and mask & SIMPLE["D"] == SIMPLE["D"]:
        names.append("D")
        left &= ~SIMPLE["D"]
    names += [_SHOWN.get(name, name) for name, bit in SPECIFIC.items() if left & bit]
    return f"({','.join(names)})" if names else "(N)"


def ace_text(ace: Ace, texts: Language) -> str:
    """One entry of the listing."""
    flags = [flag for flag in INHERITANCE if flag in ace.flags]
    inherited = "(I)" if ace.inherited else ""
    return (
        f"{account_name(ace.sid, texts)}:{inherited}{''.join(f'({flag})' for flag in flags)}"
        f"{'(DENY)' if ace.deny else ''}{rights_text(ace.mask)}"
    )


def account_name(sid: str, texts: Language) -> str:
    """The account's name in the host's language; an unknown SID stays a number."""
    if sid == "S-1-5-21-1004336348-1177238915-682003330-500":
        return "CORP\\Administrator"
    service = SERVICES.get(sid)
    return f"NT SERVICE\\{service}" if service else texts.get(f"account.{sid}", sid)


SERVICES = {
    "S-1-5-80-446051430-1559341753-4161941529-1950928533-810483104": "TermService",
    "S-1-5-80-4022436659-1090538466-1613889075-870485073-3428993833": "SessionEnv",
    "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464": "TrustedInstaller",
}


def find_sid(text: str, texts: Language) -> str | None:
    """The SID of `*S-1-…` or of an account's name, with or without its domain; None when there is no such account."""
    if text.startswith("*"):
        return text[1:].upper() if re.fullmatch(r"S-1(-\d+){1,16}", text[1:], re.I) else None
    wanted = text.casefold()
    for sid in (*ALIASES, *SERVICES, "S-1-5-21-1004336348-1177238915-682003330-500"):
        name = account_name(sid, texts).casefold()
        if wanted == name or ("\\" not in wanted and wanted == name.rpartition("\\")[2]):
            return sid
    return None


def parse_rights(text: str) -> tuple[tuple[str, ...], int] | None:
    """`(OI)(CI)F`, `(R,W)`, `RX`: inheritance flags and mask; None when it is something else."""
    flags: list[str] = []
    rest = text
    while match := re.match(r"\((OI|CI|IO|NP|I)\)(?=.)", rest, re.I):
        flags.append(match[1].upper())
        rest = rest[match.end() :]
    ordered = tuple(flag for flag in ("OI", "CI", "NP", "IO") if flag in flags)
    names = rest[1:-1].upper().split(",") if rest.startswith("(") and rest.endswith(")") else _simple(rest.upper())
    mask = 0
    for name in names:
        bits = SIMPLE.get(name.strip(), SPECIFIC.get(name.strip()))
        if bits is None:
            return None
        mask |= bits
    return (ordered, mask) if names else None


def _simple(text: str) -> list[str]:
    """`RXW` without parentheses is a sequence of simple rights."""
    names = re.findall(r"RX|[NFMRWD]", text)
    return names if "".join(names) == text else ["?"]
