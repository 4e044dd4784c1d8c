# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What belongs into a listener's key, and how two such keys differ, value by value.

A key is a tree here: the values of each sub-key by name, the sub-keys by their path below the
listener's key, with ``""`` for the key itself.
"""

from __future__ import annotations

import dataclasses
import re
import typing as t

from .listener_values import (
    ESSENTIAL,
    LEGACY,
    OLD_CLASS,
    OWN_CLASS,
    SAFER_IF_GREATER,
    Data,
    Tree,
    Typed,
    is_weaker,
    label,
    protocol_class,
    same,
)

# People use these to keep everybody out, and they act without a restart.
# https://learn.microsoft.com/troubleshoot/azure/virtual-machines/windows/troubleshoot-rdp-general-error
# Unseen: with fLogonDisabled 1 it listens and turns people away at the sign-in, and setting it back needs no restart.
_SWITCHES: t.Mapping[str, tuple[int, Typed]] = {"fLogonDisabled": (1, Typed("REG_DWORD", 0))}
# This may be absent, but not have this value.
# Unseen: a listener whose MaxInstanceCount is 0 does not listen, or takes nobody.
_FORBIDDEN: t.Mapping[str, tuple[int, Typed]] = {"MaxInstanceCount": (0, Typed("REG_DWORD", 0xFFFFFFFF))}

# The only listener that Windows makes itself.
MICROSOFTS = "RDP-Tcp"
# Citrix' listeners call their protocol ICA.
_FOREIGN_PREFIXES = frozenset({"ica"})
_CLASS = re.compile(r"\{[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\}")
_NO_CLASS = "{00000000-0000-0000-0000-000000000000}"

# What belongs to the host itself. The first are never taken from a reference: its certificate, who may
# connect, and remarks. The others are taken only where the host has none: its ports and its adapters.
_NEVER_TAKEN = frozenset(
    name.casefold()
    for name in (
        "SSLCertificateSHA1Hash",
        "Security",
        "Comment",
        "Username",
        "Domain",
        "Password",
        "fDisableEncryption",
    )
)
_HOST_OWNED = frozenset(
    name.casefold() for name in ("PortNumber", "WebSocketListenerPort", "WebSocketTlsListenerPort", "LanAdapter")
)
_NOT_IN_REFERENCE = "not in the reference"
_LESS_SECURE = "the reference is less secure"


@dataclasses.dataclass(frozen=True)
class Difference:
    """One value that is not as it should be.

    Attributes:
        subkey: Path of its key below the listener's key, nothing for the key itself.
        name: Its name, nothing for the default value.
        here: What the host has, None without it.
        there: What it should be, None if it should not exist.
        kept: Why it stays as it is all the same, nothing if it doesn't.
    """

    subkey: str
    name: str
    here: Typed | None
    there: Typed | None
    kept: str = ""

    @property
    def label(self) -> str:
        """The value as people write it."""
        return label(self.subkey, self.name)


def switched_off(tree: Tree) -> tuple[Difference, ...]:
    """Return the switches of a listener's key that keep everybody out while it listens."""
    return _forbidden(tree, _SWITCHES)


def essential_differences(tree: Tree) -> tuple[Difference, ...]:
    """Return the values without which there is no listener."""
    return _missing(tree, ESSENTIAL)


def required_differences(tree: Tree) -> tuple[Difference, ...]:
    """Return what to set in the key of a listener that doesn't listen."""
    return (*_missing(tree, ESSENTIAL), *_missing(tree, LEGACY), *_forbidden(tree, {**_SWITCHES, **_FORBIDDEN}))


def legacy_differences(tree: Tree) -> tuple[Difference, ...]:
    """Return the names of old protocols that are not Windows' own. A listener works with them, and without them."""
    return tuple(one for one in _missing(tree, LEGACY) if one.here is not None)


def unknown_class(tree: Tree) -> str:
    """Return the class of a listener's protocol if another product may have registered it, or nothing."""
    found = protocol_class(tree)
    return found if _CLASS.fullmatch(found) and found not in (OWN_CLASS, OLD_CLASS, _NO_CLASS) else ""


def _missing(tree: Tree, required: t.Mapping[str, Typed]) -> tuple[Difference, ...]:
    values = {name.casefold(): value for name, value in tree.get("", {}).items()}
    return tuple(
        Difference("", name, values.get(name.casefold()), value)
        for name, value in required.items()
        if not same(values.get(name.casefold()), value)
    )


def _forbidden(tree: Tree, forbidden: t.Mapping[str, tuple[int, Typed]]) -> tuple[Difference, ...]:
    values = {name.casefold(): value for name, value in tree.get("", {}).items()}
    return tuple(
        Difference("", name, here, required)
        for name, (bad, required) in forbidden.items()
        if (here := values.get(name.casefold())) is not None and here.data == bad
    )


def is_foreign(listener: str, tree: Tree) -> bool:
    """Whether a listener belongs to another product than Windows: Citrix, or Azure Virtual Desktop."""
    values = {name.casefold(): value for name, value in tree.get("", {}).items()}
    reverse, prefix = values.get("freverseconnectmode"), values.get("wdprefix")
    if reverse and reverse.data:
        return True
    # A foreign prefix in RDP-Tcp itself may be damage. Whose protocol it runs, its class says.
    return (
        listener.casefold() != MICROSOFTS.casefold()
        and prefix is not None
        and str(prefix.data).casefold() in _FOREIGN_PREFIXES
    )


def differences(here: Tree, reference: Tree) -> tuple[Difference, ...]:
    """Compare a listener's key with that of a reference, value by value and with types.

    Returns:
        What differs, in the order of sub-key and name. Those that stay as they are say why in ``kept``.
    """
    found: list[Difference] = []
    names = {subkey.casefold(): subkey for subkey in (*here, *reference)}
    ours_by_name, theirs_by_name = _folded(here), _folded(reference)
    for folded, subkey in sorted(names.items()):
        ours, theirs = ours_by_name.get(folded, {}), theirs_by_name.get(folded, {})
        for key in sorted({*ours, *theirs}):
            name = (theirs.get(key) or ours[key])[0]
            mine = ours[key][1] if key in ours else None
            their = theirs[key][1] if key in theirs else None
            if not same(mine, their):
                found.append(Difference(subkey, name, mine, their, _kept(key, mine, their)))
    return tuple(found)


def _folded(tree: Tree) -> dict[str, dict[str, tuple[str, Typed]]]:
    return {
        subkey.casefold(): {name.casefold(): (name, value) for name, value in values.items()}
        for subkey, values in tree.items()
    }


def _kept(name: str, here: Typed | None, there: Typed | None) -> str:
    if name in _NEVER_TAKEN or (name in _HOST_OWNED and here is not None):
        return "belongs to the host"
    if there is None:
        return _LESS_SECURE if SAFER_IF_GREATER.get(name) else _NOT_IN_REFERENCE
    mine = here.data if here is not None and isinstance(here.data, int) else 0
    return _LESS_SECURE if is_weaker(name, there, mine) else ""


def compared(here: Tree, reference: Tree | None) -> list[dict[str, t.Any]]:
    """Return how a key differs from a reference, or without one from what every listener needs, as plain values."""
    found = required_differences(here) if reference is None else differences(here, reference)
    return [
        {"value": one.label, "here": shown(one.here), "reference": shown(one.there), "kept": one.kept} for one in found
    ]


def merged(here: Tree, reference: Tree) -> Tree:
    """Return the reference with what the host keeps: the whole key as it shall be after a replacement.

    Names are spelled as they are on the host: undoing the replacement would not change their letters back.
    """
    ours = _folded(here)
    spelled = {subkey.casefold(): subkey for subkey in here}
    tree: dict[str, dict[str, Typed]] = {}
    for subkey, values in reference.items():
        names = ours.get(subkey.casefold(), {})
        tree[spelled.get(subkey.casefold(), subkey)] = {
            names[name.casefold()][0] if name.casefold() in names else name: value for name, value in values.items()
        }
    places = {subkey.casefold(): subkey for subkey in tree}
    for difference in differences(here, reference):
        place = places.get(difference.subkey.casefold())
        if not difference.kept or difference.kept == _NOT_IN_REFERENCE or place is None:
            continue
        name = difference.name.casefold()
        tree[place] = {other: value for other, value in tree[place].items() if other.casefold() != name}
        if difference.here is not None:
            tree[place][ours[difference.subkey.casefold()][name][0]] = difference.here
    return tree


def shown(value: Typed | None) -> t.Any:
    """Return a value's data as people read it, None without a value."""
    if value is None or isinstance(value.data, int):
        return value and value.data
    return (
        value.data.hex()
        if isinstance(value.data, bytes)
        else " ".join(value.data)
        if isinstance(value.data, tuple)
        else value.data
    )


def plain(tree: Tree) -> dict[str, dict[str, dict[str, t.Any]]]:
    """Return a key as plain JSON types: bytes as hexadecimal digits, several strings as a list.

    What no other host may take is left out: among it are permissions and a password.
    """
    return {
        subkey: {
            name: {"type": value.type, "data": _plain(value.data)}
            for name, value in values.items()
            if name.casefold() not in _NEVER_TAKEN
        }
        for subkey, values in tree.items()
    }


def from_plain(values: t.Any) -> Tree:
    """Take back what plain() gave, from a user's hands.

    Raises:
        ValueError: It is something else.
    """
    try:
        return {
            str(subkey): {str(name): _typed(str(value["type"]), value["data"]) for name, value in named.items()}
            for subkey, named in values.items()
        }
    except (AttributeError, KeyError, TypeError) as exc:
        raise ValueError("not a listener's key as winops.rdp.rdp_info returns it") from exc


def _plain(data: Data) -> t.Any:
    return data.hex() if isinstance(data, bytes) else list(data) if isinstance(data, tuple) else data


def _typed(kind: str, data: t.Any) -> Typed:
    if kind in ("REG_DWORD", "REG_QWORD"):
        if isinstance(data, bool) or not 0 <= int(data) < 1 << (32 if kind == "REG_DWORD" else 64):
            raise ValueError(f"{data!r} is no {kind}")
        return Typed(kind, int(data))
    if kind in ("REG_SZ", "REG_EXPAND_SZ"):
        return Typed(kind, str(data))
    if kind == "REG_MULTI_SZ":
        return Typed(kind, tuple(str(item) for item in data))
    return Typed(kind, bytes.fromhex(str(data)))
