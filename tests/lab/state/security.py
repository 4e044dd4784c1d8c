# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Security descriptors: SDDL in and out, inheritance, and the access check.

Grammar and abbreviations: https://learn.microsoft.com/windows/win32/secauthz/security-descriptor-string-format and
…/ace-strings, …/sid-strings. Check: https://learn.microsoft.com/windows/win32/secauthz/how-dacls-control-access-to-an-object
"""

from __future__ import annotations

import dataclasses
import re
from functools import lru_cache

READ_CONTROL, WRITE_DAC, WRITE_OWNER, DELETE = 0x20000, 0x40000, 0x80000, 0x10000
# https://learn.microsoft.com/windows/win32/fileio/file-security-and-access-rights
READ_DATA, WRITE_DATA, APPEND_DATA, DELETE_CHILD, WRITE_ATTRIBUTES = 0x1, 0x2, 0x4, 0x40, 0x100
FILE_ALL, FILE_READ, FILE_WRITE, FILE_EXECUTE = 0x1F01FF, 0x120089, 0x120116, 0x1200A0
# https://learn.microsoft.com/windows/win32/sysinfo/registry-key-security-and-access-rights
CREATE_SUB_KEY = 0x4

EVERYONE, SYSTEM, NETWORK_SERVICE = "S-1-1-0", "S-1-5-18", "S-1-5-20"
ADMINISTRATORS, USERS, AUTHENTICATED = "S-1-5-32-544", "S-1-5-32-545", "S-1-5-11"
CREATOR_OWNER = "S-1-3-0"
ADMINISTRATOR_USER = "S-1-5-21-1004336348-1177238915-682003330-500"
DOMAIN_USERS = "S-1-5-21-1004336348-1177238915-682003330-513"
TRUSTED_INSTALLER = "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464"
TERMSERVICE_SID = "S-1-5-80-446051430-1559341753-4161941529-1950928533-810483104"
SESSIONENV_SID = "S-1-5-80-4022436659-1090538466-1613889075-870485073-3428993833"

ALIASES = {
    EVERYONE: "WD", SYSTEM: "SY", "S-1-5-19": "LS", NETWORK_SERVICE: "NS", ADMINISTRATORS: "BA", USERS: "BU",
    "S-1-5-32-546": "BG", "S-1-5-32-547": "PU", "S-1-5-32-551": "BO", "S-1-5-32-555": "RD", AUTHENTICATED: "AU",
    CREATOR_OWNER: "CO", "S-1-3-1": "CG", "S-1-3-4": "OW", "S-1-5-2": "NU", "S-1-5-4": "IU", "S-1-5-6": "SU",
    "S-1-5-7": "AN", "S-1-5-33": "WR", "S-1-15-2-1": "AC",
}  # fmt: skip
_SIDS = {alias: sid for sid, alias in ALIASES.items()}

# Whole masks that have a name of their own, then single rights. Windows writes the name when the mask is exactly
# that, the letters when every bit has some, and else a hexadecimal number.
_WHOLE = {
    "FA": FILE_ALL, "FR": FILE_READ, "FW": FILE_WRITE, "FX": FILE_EXECUTE, "KA": 0xF003F, "KR": 0x20019, "KW": 0x20006,
    "GA": 0x10000000, "GX": 0x20000000, "GW": 0x40000000, "GR": 0x80000000,
}  # fmt: skip
_SINGLE = {
    "CC": 0x1, "DC": 0x2, "LC": 0x4, "SW": 0x8, "RP": 0x10, "WP": 0x20, "DT": 0x40, "LO": 0x80, "CR": 0x100,
    "SD": 0x10000, "RC": READ_CONTROL, "WD": WRITE_DAC, "WO": WRITE_OWNER,
}  # fmt: skip
_GENERIC = {0x10000000: FILE_ALL, 0x20000000: FILE_EXECUTE, 0x40000000: FILE_WRITE, 0x80000000: FILE_READ}
_FLAGS = ("OI", "CI", "NP", "IO", "ID")
_PARTS = re.compile(
    r"(?:O:(?P<owner>[A-Z]{2}|S-[-0-9]+))?(?:G:(?P<group>[A-Z]{2}|S-[-0-9]+))?"
    r"(?:D:(?P<flags>(?:P|AR|AI)*)(?P<aces>(?:\([^()]*\))*))?(?:S:.*)?"
)


class SddlError(ValueError):
    """Not a security descriptor string, or more of one than the lab models."""


@dataclasses.dataclass(frozen=True)
class Ace:
    """One entry: allow or deny some rights to one account. `flags` in Windows' order: OI CI NP IO ID."""

    sid: str
    mask: int
    deny: bool = False
    flags: tuple[str, ...] = ()

    @property
    def inherited(self) -> bool:
        """Whether it came from the parent."""
        return "ID" in self.flags

    def sddl(self) -> str:
        """The entry as text."""
        kind = "D" if self.deny else "A"
        return f"({kind};{''.join(self.flags)};{mask_text(self.mask)};;;{ALIASES.get(self.sid, self.sid)})"

    def handed_down(self, *, container: bool, owner: str) -> Ace | None:
        """What a child gets of it, or None."""
        here = "CI" in self.flags if container else "OI" in self.flags
        if not here and not (container and "OI" in self.flags and "NP" not in self.flags):
            return None
        keep = {flag for flag in self.flags if flag in ("OI", "CI")} if container and "NP" not in self.flags else set()
        keep |= {"ID"} | ({"IO"} if container and not here else set())
        sid = owner if self.sid == CREATOR_OWNER and "IO" not in keep else self.sid
        return Ace(sid, self.mask, self.deny, tuple(flag for flag in _FLAGS if flag in keep))


# Asked for every part of every path, of few different folders.
@lru_cache(maxsize=1024)
def _handed_down(aces: tuple[Ace, ...], *, container: bool, owner: str) -> tuple[Ace, ...]:
    handed = (ace.handed_down(container=container, owner=owner) for ace in aces)
    return tuple(ace for ace in handed if ace is not None)


@dataclasses.dataclass(frozen=True)
class Descriptor:
    """Owner, group and DACL. Inherited entries are kept only in an effective descriptor, see `below`."""

    owner: str = SYSTEM
    group: str = SYSTEM
    aces: tuple[Ace, ...] = ()
    protected: bool = False
    auto_inherited: bool = False

    def dacl(self) -> str:
        """The DACL as text, as `icacls /save` writes it."""
        flags = ("P" if self.protected else "") + ("AI" if self.auto_inherited else "")
        return f"D:{flags}{''.join(ace.sddl() for ace in self.aces)}"

    def sddl(self) -> str:
        """Owner, group and DACL as text, as Get-Acl shows them."""
        return f"O:{ALIASES.get(self.owner, self.owner)}G:{ALIASES.get(self.group, self.group)}{self.dacl()}"

    def explicit(self) -> tuple[Ace, ...]:
        """The entries that are its own."""
        return tuple(ace for ace in self.aces if not ace.inherited)

    def below(self, parent: Descriptor, *, container: bool) -> Descriptor:
        """The effective descriptor: its own entries, and what the parent's effective one hands down."""
        if self.protected:
            return dataclasses.replace(self, aces=self.explicit())
        inherited = _handed_down(parent.aces, container=container, owner=self.owner)
        return dataclasses.replace(
            self, aces=self.explicit() + inherited, auto_inherited=self.auto_inherited or bool(inherited)
        )

    def with_aces(self, aces: tuple[Ace, ...]) -> Descriptor:
        """Other entries of its own, in canonical order: denials first."""
        own = [ace for ace in aces if not ace.inherited]
        return dataclasses.replace(self, aces=tuple(sorted(own, key=lambda ace: not ace.deny)), auto_inherited=True)

    def allows(self, token: Token, wanted: int) -> bool:
        """Whether a token gets all the rights asked for. An owner can always read and write the DACL."""
        left = wanted & ~((READ_CONTROL | WRITE_DAC) if self.owner in token.sids else 0)
        for ace in self.aces:
            if not left:
                break
            if "IO" in ace.flags or ace.sid not in token.sids:
                continue
            mask = specific(ace.mask)
            if ace.deny and mask & left:
                return False
            left = left if ace.deny else left & ~mask
        return not left


@dataclasses.dataclass(frozen=True)
class Token:
    """Who asks: all SIDs of the access token, and owner and group of what it creates."""

    sids: frozenset[str]
    owner: str
    group: str = SYSTEM


ADMINISTRATOR = Token(
    frozenset({ADMINISTRATOR_USER, ADMINISTRATORS, USERS, EVERYONE, AUTHENTICATED}),
    owner=ADMINISTRATORS,
    group=DOMAIN_USERS,
)
# The same person without elevation: Administrators is there for denials only.
STANDARD_USER = Token(
    frozenset({ADMINISTRATOR_USER, USERS, EVERYONE, AUTHENTICATED}), owner=ADMINISTRATOR_USER, group=DOMAIN_USERS
)
NETWORK_SERVICE_TOKEN = Token(
    frozenset({NETWORK_SERVICE, USERS, EVERYONE, AUTHENTICATED, "S-1-5-6", TERMSERVICE_SID}), owner=NETWORK_SERVICE
)
# SessionEnv as it makes keys. SYSTEM is a member of Administrators, too; the lab leaves that out on purpose: the
# article (and KB278381) say that without Everyone's write access to MachineKeys no key can be made.
KEY_MAKER = Token(frozenset({SYSTEM, EVERYONE, AUTHENTICATED, "S-1-5-6", SESSIONENV_SID}), owner=SYSTEM)


def specific(mask: int) -> int:
    """A mask with its generic rights translated to those of files."""
    for generic, rights in _GENERIC.items():
        mask |= rights if mask & generic else 0
    return mask


def mask_text(mask: int) -> str:
    """A mask as SDDL writes it."""
    for name, whole in _WHOLE.items():
        if mask == whole:
            return name
    letters = [name for name, bit in _SINGLE.items() if mask & bit]
    return "".join(letters) if sum(_SINGLE[name] for name in letters) == mask else f"0x{mask:x}"


def mask_number(text: str) -> int:
    """The number behind the rights field of an ACE string."""
    if re.fullmatch(r"0[xX][0-9a-fA-F]{1,8}", text):
        return int(text, 16)
    if re.fullmatch(r"\d{1,10}", text):
        return int(text) & 0xFFFFFFFF
    mask = 0
    names = {**_SINGLE, **_WHOLE}
    for name in re.findall(r"..?", text):
        if name not in names:
            raise SddlError(f"rights {text!r}")
        mask |= names[name]
    return mask


def sid_number(text: str) -> str:
    """A SID from its number or its abbreviation."""
    if re.fullmatch(r"S-1(-\d+){1,16}", text):
        return text
    if text not in _SIDS:
        raise SddlError(f"SID {text!r}")
    return _SIDS[text]


def parse_sddl(text: str, *, owner: str = SYSTEM, group: str = SYSTEM) -> Descriptor:
    """A descriptor from its text; owner and group when the text has none. SddlError when it is malformed."""
    found = _PARTS.fullmatch(text.strip())
    if found is None or not text.strip():
        raise SddlError(text)
    flags = found["flags"] or ""
    aces = tuple(_parse_ace(ace) for ace in re.findall(r"\(([^()]*)\)", found["aces"] or ""))
    return Descriptor(
        sid_number(found["owner"]) if found["owner"] else owner,
        sid_number(found["group"]) if found["group"] else group,
        aces,
        protected="P" in flags,
        auto_inherited="AI" in flags,
    )


def _parse_ace(text: str) -> Ace:
    parts = text.split(";")
    if len(parts) != 6 or parts[0] not in ("A", "D") or parts[3] or parts[4]:
        raise SddlError(text)
    flags = re.findall(r"..?", parts[1])
    if any(flag not in _FLAGS for flag in flags):
        raise SddlError(text)
    return Ace(
        sid_number(parts[5]), mask_number(parts[2]), parts[0] == "D", tuple(flag for flag in _FLAGS if flag in flags)
    )
