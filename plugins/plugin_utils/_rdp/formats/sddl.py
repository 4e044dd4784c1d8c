# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Security descriptors as text (SDDL), and what they grant.

https://learn.microsoft.com/windows/win32/secauthz/security-descriptor-string-format and
https://learn.microsoft.com/windows/win32/secauthz/ace-strings. Names of accounts are translated, SIDs and masks not.

    >>> folder = parse("D:PAI(A;;0x12019f;;;WD)(A;;FA;;;BA)")
    >>> hex(grants(folder, "S-1-1-0")), missing(folder, {"S-1-5-32-544": 0x1F01FF})
    ('0x12019f', {})
"""

from __future__ import annotations

import dataclasses
import re
import types
import typing as t

from ..errors import UnreadableError

FILE_ALL_ACCESS = 0x1F01FF

_GENERIC_ALL, _GENERIC_EXECUTE, _GENERIC_WRITE, _GENERIC_READ = 0x10000000, 0x20000000, 0x40000000, 0x80000000

# What the generic rights stand for.
# https://learn.microsoft.com/windows/win32/fileio/file-security-and-access-rights
FILE: t.Mapping[int, int] = types.MappingProxyType(
    {_GENERIC_ALL: FILE_ALL_ACCESS, _GENERIC_READ: 0x120089, _GENERIC_WRITE: 0x120116, _GENERIC_EXECUTE: 0x1200A0}
)
# https://learn.microsoft.com/windows/win32/sysinfo/registry-key-security-and-access-rights
REGISTRY_KEY: t.Mapping[int, int] = types.MappingProxyType(
    {_GENERIC_ALL: 0xF003F, _GENERIC_READ: 0x20019, _GENERIC_WRITE: 0x20006, _GENERIC_EXECUTE: 0x20019}
)

# https://learn.microsoft.com/windows/win32/secauthz/ace-strings, values from winnt.h and iads.h.
_RIGHTS = {
    "GA": _GENERIC_ALL, "GR": _GENERIC_READ, "GW": _GENERIC_WRITE, "GX": _GENERIC_EXECUTE,
    "SD": 0x10000, "RC": 0x20000, "WD": 0x40000, "WO": 0x80000,
    "CC": 0x1, "DC": 0x2, "LC": 0x4, "SW": 0x8, "RP": 0x10, "WP": 0x20, "DT": 0x40, "LO": 0x80, "CR": 0x100,
    "FA": FILE_ALL_ACCESS, "FR": 0x120089, "FW": 0x120116, "FX": 0x1200A0,
    "KA": 0xF003F, "KR": 0x20019, "KW": 0x20006, "KX": 0x20019,
    "NW": 0x1, "NR": 0x2, "NX": 0x4,
}  # fmt: skip

# https://learn.microsoft.com/windows/win32/secauthz/sid-strings, numbers from
# https://learn.microsoft.com/windows/win32/secauthz/well-known-sids
ALIASES = {
    "WD": "S-1-1-0", "CO": "S-1-3-0", "CG": "S-1-3-1", "OW": "S-1-3-4",
    "NU": "S-1-5-2", "IU": "S-1-5-4", "SU": "S-1-5-6", "AN": "S-1-5-7", "ED": "S-1-5-9", "PS": "S-1-5-10",
    "AU": "S-1-5-11", "RC": "S-1-5-12", "SY": "S-1-5-18", "LS": "S-1-5-19", "NS": "S-1-5-20", "WR": "S-1-5-33",
    "BA": "S-1-5-32-544", "BU": "S-1-5-32-545", "BG": "S-1-5-32-546", "PU": "S-1-5-32-547",
    "AO": "S-1-5-32-548", "SO": "S-1-5-32-549", "PO": "S-1-5-32-550", "BO": "S-1-5-32-551",
    "RE": "S-1-5-32-552", "RU": "S-1-5-32-554", "RD": "S-1-5-32-555", "NO": "S-1-5-32-556",
    "MU": "S-1-5-32-558", "LU": "S-1-5-32-559", "IS": "S-1-5-32-568", "CY": "S-1-5-32-569",
    "ER": "S-1-5-32-573", "CD": "S-1-5-32-574", "RA": "S-1-5-32-575", "ES": "S-1-5-32-576",
    "MS": "S-1-5-32-577", "HA": "S-1-5-32-578", "AA": "S-1-5-32-579", "RM": "S-1-5-32-580",
    "UD": "S-1-5-84-0-0-0-0-0", "AC": "S-1-15-2-1", "AS": "S-1-18-1", "SS": "S-1-18-2",
    "LW": "S-1-16-4096", "ME": "S-1-16-8192", "MP": "S-1-16-8448", "HI": "S-1-16-12288", "SI": "S-1-16-16384",
}  # fmt: skip
# These depend on the host's domain, or on the host: they stay as they are.
RELATIVE_ALIASES = frozenset(
    {"AP", "CA", "CN", "DA", "DC", "DD", "DG", "DU", "EA", "EK", "KA", "LA", "LG", "PA", "RO", "RS", "SA"}
)
#: Well-known SIDs: https://learn.microsoft.com/windows-server/identity/ad-ds/manage/understand-security-identifiers
EVERYONE, ANONYMOUS, AUTHENTICATED_USERS, USERS = "S-1-1-0", "S-1-5-7", "S-1-5-11", "S-1-5-32-545"
SYSTEM, NETWORK_SERVICE, SERVICES, ADMINISTRATORS = "S-1-5-18", "S-1-5-20", "S-1-5-6", "S-1-5-32-544"

# Of a DACL: allow or deny; with X a condition, with O an object's type, with Z both.
_ALLOW, _DENY = frozenset({"A", "OA", "XA", "ZA"}), frozenset({"D", "OD", "XD", "ZD"})
_PLAIN = frozenset({"A", "D"})
_ACE_TYPES = _ALLOW | _DENY | {"AU", "AL", "OU", "OL", "XU", "ZU", "ML", "RA", "SP", "TL", "FL"}

_SID = r"S-1-(?:0x[0-9A-Fa-f]{1,12}|[0-9]{1,15})(?:-[0-9]{1,10}){1,15}|[A-Z]{2}"
_DESCRIPTOR = re.compile(
    rf"""\s*
    (?:O:(?P<owner>{_SID}))?
    (?:G:(?P<group>{_SID}))?
    (?P<dacl>D:)
    (?P<flags>(?:P|AR|AI|NO_ACCESS_CONTROL)*)
    """,
    re.VERBOSE,
)
_SACL = re.compile(r"S:(?:P|AR|AI|NO_ACCESS_CONTROL)*")
_ACL_FLAG = re.compile(r"P|AR|AI|NO_ACCESS_CONTROL")
_ACE_FLAGS = re.compile(r"(?:CI|OI|NP|IO|ID|SA|FA|TP|CR)*")
_LETTERS = re.compile(r"(?:[A-Z]{2})*")
_NUMBER = re.compile(r"0[xX][0-9A-Fa-f]{1,8}|[0-9]{1,10}")


@dataclasses.dataclass(frozen=True)
class Ace:
    """One entry of an access control list.

    Attributes:
        type: ``A`` allows, ``D`` denies, others are kept as they are.
        flags: Two letters each: ``OI``, ``CI``, ``IO``, ``NP`` say who inherits it, ``ID`` that it was inherited.
        mask: The rights, generic ones replaced by what they stand for.
        sid: ``S-1-…``, or an alias of two letters that depends on the domain.
        raw: The text between the parentheses.
    """

    type: str
    flags: tuple[str, ...]
    mask: int
    sid: str
    raw: str = dataclasses.field(default="", compare=False)

    @property
    def inheritable(self) -> bool:
        """Whether files or folders below get it as well."""
        return "OI" in self.flags or "CI" in self.flags

    @property
    def applies(self) -> bool:
        """Whether it means the object itself, and not only what is below."""
        return "IO" not in self.flags


@dataclasses.dataclass(frozen=True)
class SecurityDescriptor:
    """Who owns an object and who may do what with it.

    Attributes:
        owner: ``S-1-…``, an alias that depends on the domain, or None if the text doesn't say.
        group: Likewise.
        dacl_flags: ``P`` (protected from inheritance), ``AI``, ``AR``, ``NO_ACCESS_CONTROL``.
        aces: The entries of the DACL in their order.
    """

    owner: str | None
    group: str | None
    dacl_flags: tuple[str, ...]
    aces: tuple[Ace, ...]


def parse(text: str, generic: t.Mapping[int, int] = FILE) -> SecurityDescriptor:
    """Read a descriptor.

    Args:
        text: One line, with a DACL. Its SACL, if there is one, is checked for its form and left away.
        generic: What the generic rights stand for: FILE or REGISTRY_KEY.

    Raises:
        UnreadableError: It is no descriptor, or it has no DACL.
    """
    head = _DESCRIPTOR.match(text)
    if not head:
        raise UnreadableError("This is no security descriptor with a DACL.", text)
    aces, end = _acl(text, head.end(), generic)
    if sacl := _SACL.match(text, end):
        _entries, end = _acl(text, sacl.end(), generic)
    if text[end:].strip():
        raise UnreadableError("The end of the security descriptor is not understood.", text)
    flags = tuple(_ACL_FLAG.findall(head["flags"]))
    if "NO_ACCESS_CONTROL" in flags and aces:
        raise UnreadableError("A security descriptor without access control has entries.", text)
    return SecurityDescriptor(
        _sid(head["owner"], text) if head["owner"] else None,
        _sid(head["group"], text) if head["group"] else None,
        flags,
        aces,
    )


def _acl(text: str, position: int, generic: t.Mapping[int, int]) -> tuple[tuple[Ace, ...], int]:
    aces = []
    while text[position : position + 1] == "(":
        end = _closing(text, position)
        aces.append(_ace(text[position + 1 : end], generic))
        position = end + 1
    return tuple(aces), position


def _closing(text: str, start: int) -> int:
    """Return where the parenthesis closes that opens at ``start``. Conditions have more of them, and quoted text."""
    depth, quoted = 0, False
    for position in range(start, len(text)):
        character = text[position]
        quoted ^= character == '"'
        if not quoted:
            depth += (character == "(") - (character == ")")
            if not depth:
                return position
    raise UnreadableError("The security descriptor ends inside an entry.", text)


def _ace(raw: str, generic: t.Mapping[int, int]) -> Ace:
    fields = [field.strip() for field in raw.split(";", 6)]
    if len(fields) < 6:
        raise UnreadableError("An entry of the security descriptor has too few fields.", raw)
    type, flags, rights, sid = fields[0], fields[1], fields[2], fields[5]
    plain = type in _PLAIN and len(fields) == 6 and not fields[3] and not fields[4]
    if type not in _ACE_TYPES or not _ACE_FLAGS.fullmatch(flags) or (type in _PLAIN and not plain):
        raise UnreadableError("An entry of the security descriptor is not understood.", raw)
    return Ace(type, tuple(flags[i : i + 2] for i in range(0, len(flags), 2)), _mask(rights, generic), _sid(sid), raw)


def _mask(rights: str, generic: t.Mapping[int, int]) -> int:
    if _NUMBER.fullmatch(rights):
        # As strtoul() of Windows reads it: 0x… is hexadecimal, 0… octal.
        base = 16 if rights[:2] in ("0x", "0X") else 8 if rights.startswith("0") else 10
        try:
            mask = int(rights, base)
        except ValueError:
            raise UnreadableError("A number of rights is not understood.", rights) from None
    elif _LETTERS.fullmatch(rights) and all(rights[i : i + 2] in _RIGHTS for i in range(0, len(rights), 2)):
        mask = 0
        for i in range(0, len(rights), 2):
            mask |= _RIGHTS[rights[i : i + 2]]
    else:
        raise UnreadableError("Rights are not understood.", rights)
    if mask > 0xFFFFFFFF:
        raise UnreadableError("A number of rights is too large.", rights)
    for bit, meaning in generic.items():
        if mask & bit:
            mask = mask & ~bit | meaning
    return mask


def _sid(text: str, line: str = "") -> str:
    if text.startswith("S-1-"):
        if not re.fullmatch(_SID, text):
            raise UnreadableError("A SID is not understood.", line or text)
        authority, *rest = text[4:].split("-")
        # One spelling for one SID, so that they can be compared as text.
        number = int(authority, 16 if authority.startswith("0x") else 10)
        return "-".join(["S-1", str(number), *(str(int(part)) for part in rest)])
    if text in ALIASES:
        return ALIASES[text]
    if text in RELATIVE_ALIASES:
        return text
    raise UnreadableError("A SID is not understood.", line or text)


def _groups(sid: str) -> frozenset[str]:
    """Return the SIDs by which an entry can mean this account, whatever its groups are."""
    implied = {EVERYONE, sid}
    # Everybody but anonymous has shown who he is. Guests have not, but none of them is asked about here.
    return frozenset(implied if sid in (EVERYONE, ANONYMOUS) else implied | {AUTHENTICATED_USERS})


def denied(descriptor: SecurityDescriptor, sid: str) -> int:
    """Return the rights that an entry denies the account, Everyone or Authenticated Users, under a condition or not."""
    mask = 0
    for ace in descriptor.aces:
        if ace.type in _DENY and ace.applies and ace.sid in _groups(sid):
            mask |= ace.mask
    return mask


def denies(descriptor: SecurityDescriptor, sid: str, mask: int) -> bool:
    """Whether any of these rights is denied."""
    return bool(denied(descriptor, sid) & mask)


def grants(descriptor: SecurityDescriptor, sid: str) -> int:
    """Return the rights that entries for this very SID allow without a condition, and none denies.

    The order of the entries is not looked at: what is denied anywhere doesn't count as granted.
    """
    if "NO_ACCESS_CONTROL" in descriptor.dacl_flags:
        return FILE_ALL_ACCESS
    mask = 0
    for ace in descriptor.aces:
        if ace.type == "A" and ace.applies and ace.sid == sid:
            mask |= ace.mask
    return mask & ~denied(descriptor, sid)


def is_subset(mask: int, of: int) -> bool:
    """Whether a mask has no right that the other hasn't."""
    return not mask & ~of


def missing(descriptor: SecurityDescriptor, needed: t.Mapping[str, int]) -> dict[str, int]:
    """Return the rights that are needed and not granted, by SID. Empty if nothing is missing."""
    lacking = {sid: mask & ~grants(descriptor, sid) for sid, mask in needed.items()}
    return {sid: mask for sid, mask in lacking.items() if mask}


def extra(descriptor: SecurityDescriptor, needed: t.Mapping[str, int]) -> tuple[Ace, ...]:
    """Return the entries that allow anybody more than is needed, or hand it down to what is below."""
    if "NO_ACCESS_CONTROL" in descriptor.dacl_flags:
        return (Ace("A", (), FILE_ALL_ACCESS, EVERYONE, "NO_ACCESS_CONTROL"),)
    return tuple(
        ace
        for ace in descriptor.aces
        if ace.type in _ALLOW and (ace.inheritable or not is_subset(ace.mask, needed.get(ace.sid, 0)))
    )
