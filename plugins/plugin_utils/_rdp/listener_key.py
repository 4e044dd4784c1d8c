# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What belongs into a listener's key, and how two such keys differ, value by value.

A key is a tree here: the values of each sub-key by name, the sub-keys by their path below the
listener's key, with ``""`` for the key itself.
"""

from __future__ import annotations

import dataclasses
import typing as t

Data = int | str | tuple[str, ...] | bytes


class Typed(t.NamedTuple):
    """A registry value without its name."""

    type: str
    data: Data


Tree = t.Mapping[str, t.Mapping[str, Typed]]

# Without these there is no listener, on any version of Windows. The class is that of Microsoft's own
# protocol manager: learn.microsoft.com, IWRdsProtocolManager::CreateListener; the values are those of a
# complete export of a healthy Windows 10.
REQUIRED: t.Mapping[str, Typed] = {
    "LoadableProtocol_Object": Typed("REG_SZ", "{5828227c-20cf-4408-b73f-73ab70b8849f}"),
    "fEnableWinStation": Typed("REG_DWORD", 1),
    "PdClass": Typed("REG_DWORD", 2),
    "PdDLL": Typed("REG_SZ", "tdtcp"),
    "PdName": Typed("REG_SZ", "tcp"),
    "WdPrefix": Typed("REG_SZ", "RDP"),
}
# These may be absent, but not have this value.
_FORBIDDEN: t.Mapping[str, tuple[int, Typed]] = {
    "fLogonDisabled": (1, Typed("REG_DWORD", 0)),
    "MaxInstanceCount": (0, Typed("REG_DWORD", 0xFFFFFFFF)),
}

_MICROSOFTS = "rdp-tcp"
# Citrix' listeners call their protocol ICA.
_FOREIGN_PREFIXES = frozenset({"ica"})

# What belongs to the host itself. The first are never taken from a reference: its certificate, who may
# connect, and remarks. The others are taken only where the host has none: its ports and its adapters.
_NEVER_TAKEN = frozenset(
    name.casefold() for name in ("SSLCertificateSHA1Hash", "Security", "Comment", "Username", "Domain", "Password")
)
_HOST_OWNED = frozenset(
    name.casefold() for name in ("PortNumber", "WebSocketListenerPort", "WebSocketTlsListenerPort", "LanAdapter")
)
_NOT_IN_REFERENCE = "not in the reference"

# A greater number is safer. A reference never lowers them.
_SAFER_IF_GREATER = frozenset(name.casefold() for name in ("SecurityLayer", "UserAuthentication", "MinEncryptionLevel"))


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
        return f"{self.subkey}\\{self.name or '(Default)'}" if self.subkey else self.name or "(Default)"


def required_differences(tree: Tree) -> tuple[Difference, ...]:
    """Return the values without which the listener can't work."""
    values = {name.casefold(): value for name, value in tree.get("", {}).items()}
    wrong: list[Difference] = []
    for name, wanted in REQUIRED.items():
        here = values.get(name.casefold())
        if not _same(here, wanted):
            wrong.append(Difference("", name, here, wanted))
    for name, (bad, wanted) in _FORBIDDEN.items():
        here = values.get(name.casefold())
        if here is not None and here.data == bad:
            wrong.append(Difference("", name, here, wanted))
    return tuple(wrong)


def is_foreign(listener: str, tree: Tree) -> bool:
    """Whether a listener belongs to another product than Windows: Citrix, or Azure Virtual Desktop."""
    values = {name.casefold(): value for name, value in tree.get("", {}).items()}
    reverse, prefix = values.get("freverseconnectmode"), values.get("wdprefix")
    if reverse and reverse.data:
        return True
    # RDP-Tcp itself is Microsoft's, so a foreign prefix there is damage.
    return (
        listener.casefold() != _MICROSOFTS and prefix is not None and str(prefix.data).casefold() in _FOREIGN_PREFIXES
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
            if not _same(mine, their):
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
        return _NOT_IN_REFERENCE
    if (
        name in _SAFER_IF_GREATER
        and here is not None
        and isinstance(here.data, int)
        and isinstance(there.data, int)
        and here.data > there.data
    ):
        return "the reference is less secure"
    return ""


def _same(one: Typed | None, other: Typed | None) -> bool:
    if one is None or other is None:
        return one is other
    if isinstance(one.data, str) and isinstance(other.data, str):
        return one.type == other.type and one.data.casefold() == other.data.casefold()
    return one == other


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
