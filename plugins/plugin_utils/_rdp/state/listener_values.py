# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The values of a listener's key: which Windows has of itself, which may come from elsewhere, and which are suspicious.

The meaning of most of them: learn.microsoft.com/windows/win32/api/wtsapi32/ns-wtsapi32-wtslistenerconfigw
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

# Microsoft's protocol manager since Windows 8 and Server 2012, and the one before it. Windows Admin Center takes both
# for Windows' own; a listener needs one, and nothing else:
# https://learn.microsoft.com/windows/win32/termserv/registering-the-custom-protocol
OWN_CLASS = "{5828227c-20cf-4408-b73f-73ab70b8849f}"
OLD_CLASS = "{18b726bb-6fe6-4fb9-9276-ed57ce7c7cb2}"
PROTOCOL_CLASS = "LoadableProtocol_Object"


def _number(data: int) -> Typed:
    return Typed("REG_DWORD", data)


def _text(data: str) -> Typed:
    return Typed("REG_SZ", data)


# Without these there is no listener.
ESSENTIAL: t.Mapping[str, Typed] = {PROTOCOL_CLASS: _text(OWN_CLASS), "fEnableWinStation": _number(1)}

# The names that protocols had before the class. A listener works whatever they say, so they are only set beside
# something else.
LEGACY: t.Mapping[str, Typed] = {
    "PdClass": _number(2),
    "PdDLL": _text("tdtcp"),
    "PdName": _text("tcp"),
    "WdPrefix": _text("RDP"),
}

# What a host gets that has lost its key. They are the values of a complete export of a healthy Windows 10, without
# those that are 0 or empty there and mean nothing else when they are absent, those of single versions of Windows, and
# fDisableEncryption. What Microsoft says of them itself:
# * PortNumber, LanAdapter, MaxInstanceCount and UserAuthentication are those that an image of Windows should have:
#   https://learn.microsoft.com/azure/virtual-machines/windows/prepare-for-upload-vhd-image
# * SecurityLayer 2 is TLS, without falling back to RDP's own encryption:
#   https://learn.microsoft.com/windows/win32/termserv/win32-tsgeneralsetting-setsecuritylayer
# * Shadow 1 asks the user before somebody looks:
#   https://learn.microsoft.com/windows/win32/termserv/win32-tsremotecontrolsetting-remotecontrol
# Unseen: a listener with these values alone listens on every version of Windows, and asks for Network Level
# Authentication.
BUILT_IN: t.Mapping[str, Typed] = {
    **ESSENTIAL,
    **LEGACY,
    "AudioEnumeratorDll": _text("rdpendp.dll"),
    "CfgDll": _text("RDPCFGEX.DLL"),
    "ColorDepth": _number(3),
    "fAllowSecProtocolNegotiation": _number(1),
    "fAutoClientDrives": _number(1),
    "fAutoClientLpts": _number(1),
    "fForceClientLptDef": _number(1),
    "fInheritAutoClient": _number(1),
    "fInheritAutoLogon": _number(1),
    "fInheritCallbackNumber": _number(1),
    "fInheritInitialProgram": _number(1),
    "fInheritMaxDisconnectionTime": _number(1),
    "fInheritMaxIdleTime": _number(1),
    "fInheritMaxSessionTime": _number(1),
    "fInheritReconnectSame": _number(1),
    "fInheritResetBroken": _number(1),
    "fInheritShadow": _number(1),
    "fLogonDisabled": _number(0),
    "InputBufferLength": _number(0x800),
    "InteractiveDelay": _number(0x32),
    "LanAdapter": _number(0),
    "MaxInstanceCount": _number(0xFFFFFFFF),
    "MinEncryptionLevel": _number(2),
    "OutBufCount": _number(6),
    "OutBufDelay": _number(0x64),
    "OutBufLength": _number(0x212),
    "PdClass1": _number(0x0B),
    "PdDLL1": _text("tssecsrv"),
    "PdFlag": _number(0x4E),
    "PdName1": _text("tssecsrv"),
    "PortNumber": _number(3389),
    "SecurityLayer": _number(2),
    "Shadow": _number(1),
    "UserAuthentication": _number(1),
    "WdFlag": _number(0x36),
    "WdName": _text("Microsoft RDP 8.0"),
}

# The least that a value from elsewhere must have, whatever this host has or lacks: a smaller one is less secure.
SAFER_IF_GREATER: t.Mapping[str, int] = {
    "securitylayer": 2,
    "userauthentication": 1,
    "minencryptionlevel": 2,
    "fallowsecprotocolnegotiation": 1,
    # Redirection that is off stays off: https://learn.microsoft.com/windows/win32/termserv/win32-tsclientsetting
    **dict.fromkeys(
        (
            *("fdisableaudiocapture", "fdisablecam", "fdisableccm", "fdisablecdm", "fdisableclip", "fdisablecpm"),
            *("fdisableexe", "fdisablelpt", "fpromptforpassword"),
        ),
        0,
    ),
}

_SWITCH = ((0, 1),)
# Of the policies for time limits the shortest is a minute and the longest five days.
# https://admx.help/?Category=Windows_10_2016&Policy=Microsoft.Policies.TerminalServer::TS_SESSIONS_Idle_Limit_2
_MILLISECONDS = ((0, 0), (60_000, 432_000_000))
# What may come from another host: numbers without a program, a library, a server, a port or a way to shadow in them.
# Security is among it where it is not less than the least. Everything else is Windows' own or the host's.
_FROM_HOSTS: t.Mapping[str, tuple[tuple[int, int], ...]] = {
    **dict.fromkeys(
        (
            *("fautoclientdrives", "fautoclientlpts", "fforceclientlptdef", "finheritautoclient", "finheritcolordepth"),
            *("finheritmaxdisconnectiontime", "finheritmaxidletime", "finheritmaxsessiontime"),
            *("finheritreconnectsame", "finheritresetbroken", "freconnectsame", "fresetbroken"),
            *(name for name, least in SAFER_IF_GREATER.items() if not least),
        ),
        _SWITCH,
    ),
    **dict.fromkeys(("maxconnectiontime", "maxdisconnectiontime", "maxidletime"), _MILLISECONDS),
    "colordepth": ((1, 5),),
    "fallowsecprotocolnegotiation": ((1, 1),),
    "drawgdiplussupportlevel": ((0, 2),),
    "inputbufferlength": ((0x100, 0x10000),),
    "interactivedelay": ((0, 1000),),
    "keepalivetimeout": ((0, 1440),),
    "maxinstancecount": ((2, 999_999), (0xFFFFFFFF, 0xFFFFFFFF)),
    "minencryptionlevel": ((2, 3),),
    "outbufcount": ((1, 64),),
    "outbufdelay": ((0, 1000),),
    "outbuflength": ((0x100, 0x10000),),
    "pdclass1": ((0x0B, 0x0B),),
    "pdflag": ((0x4E, 0x4E),),
    "securitylayer": ((2, 2),),
    "selectnetworkdetect": ((0, 1),),
    "selecttransport": ((0, 2),),
    "userauthentication": ((1, 1),),
    "wdflag": ((0x34, 0x36),),
}

# The libraries and protocols that Windows itself names, also those that an upgrade from an older one leaves behind.
_OWN_TEXTS: t.Mapping[str, frozenset[str]] = {
    "audioenumeratordll": frozenset({"rdpendp.dll", "rdpendp"}),
    "cfgdll": frozenset({"rdpcfgex.dll"}),
    "pddll": frozenset({"tdtcp"}),
    "pddll1": frozenset({"tssecsrv"}),
    "pddll2": frozenset({"tssecsrv"}),
    "pdname": frozenset({"tcp"}),
    "pdname1": frozenset({"tssecsrv"}),
    "wddll": frozenset({"rdpwd"}),
    "wsxdll": frozenset({"rdpwsx"}),
    PROTOCOL_CLASS.casefold(): frozenset({OWN_CLASS, OLD_CLASS}),
}
_PROGRAMS = {
    "initialprogram": "is started in every session",
    "workdirectory": "is where programs start",
    "nwlogonserver": "names a server for sign-ins",
    "wfprofilepath": "names where profiles come from",
}
# https://learn.microsoft.com/openspecs/windows_protocols/ms-tsts/4099e9b2-21ae-4a79-8798-c627107d028f
_SHADOWS_UNASKED = {2: "lets administrators control sessions unasked", 4: "lets administrators watch sessions unasked"}
_WEAK = {
    ("securitylayer", 0): "is RDP's own encryption, without TLS",
    ("fallowsecprotocolnegotiation", 0): "turns TLS and Network Level Authentication off",
}
# Windows' documented default is 0 as well, so this is no warning, but nothing to give to others.
_WEAK_FOR_OTHERS = {
    ("userauthentication", 0): "turns Network Level Authentication off",
    ("minencryptionlevel", 1): "allows weak encryption",
}
# Sub-keys of a complete export, with what is in them. Other values there name programs and windows.
_OWN_SUBKEYS: t.Mapping[str, t.Mapping[str, Data]] = {
    "tsmmremotingallowedapps": {"ehshell.exe": 2},
    "videoremotingwindownames": dict.fromkeys(
        (
            *("agfullscreenwinclass", "evrvideohandler", "macromediaflashplayeractivex", "microsoftsilverlight"),
            "shockwaveflashfullscreen",
        ),
        "*",
    ),
}
# Texts of no consequence that a person may have changed.
_PEOPLES_TEXTS = frozenset({"comment", "wdname", "callbacknumber", "username", "domain", "password"})


@dataclasses.dataclass(frozen=True)
class Suspicion:
    """A value that nobody should get without wanting it.

    Attributes:
        label: The value as people write it, with its sub-key.
        data: What it is, as people read it.
        why: What it does.
    """

    label: str
    data: str
    why: str

    def __str__(self) -> str:
        """Name it in a sentence."""
        return f"{self.label} = {self.data} ({self.why})"


def label(subkey: str, name: str) -> str:
    """Return a value's name as people write it."""
    return f"{subkey}\\{name or '(Default)'}" if subkey else name or "(Default)"


def suspicions(tree: Tree) -> tuple[Suspicion, ...]:
    """Return the values of a host's own key that deserve a warning. Windows' own defaults never do."""
    return tuple(
        Suspicion(name, str(value.data), why)
        for name, value in tree.get("", {}).items()
        if (why := _why(name.casefold(), value))
    )


def suspicions_of_reference(tree: Tree) -> tuple[Suspicion, ...]:
    """Return the values of a key for others that no host may get without a person's word."""
    found = []
    for subkey, values in tree.items():
        for name, value in values.items():
            folded = name.casefold()
            why = _why_below(subkey, folded, value) if subkey else _why(folded, value) or _why_for_others(folded, value)
            if why:
                found.append(Suspicion(label(subkey, name), str(value.data), why))
    return tuple(found)


def is_from_hosts(name: str, value: Typed) -> bool:
    """Whether a value of the key itself may be taken from another host, by its name, its type and its range."""
    allowed = _FROM_HOSTS.get(name.casefold())
    if allowed is None or value.type != "REG_DWORD" or not isinstance(value.data, int):
        return same(value, BUILT_IN_BY_NAME.get(name.casefold()))
    return any(low <= value.data <= high for low, high in allowed)


def from_hosts(tree: Tree) -> Tree:
    """Return what of another host's key may be taken.

    These are the values of the key itself that are on the list and in their range, and what Windows itself has below.
    """
    return {
        subkey: {
            name: value
            for name, value in values.items()
            if (not _why_below(subkey, name.casefold(), value) if subkey else is_from_hosts(name, value))
        }
        for subkey, values in tree.items()
        if not subkey or subkey.casefold() in _OWN_SUBKEYS
    }


def completed(tree: Tree) -> Tree:
    """Return a key in which Windows' own values stand where it doesn't say anything, or something less secure."""
    said = {name: value for name, value in tree.get("", {}).items() if not is_weaker(name, value)}
    names = {name.casefold() for name in said}
    own = {name: value for name, value in BUILT_IN.items() if name.casefold() not in names}
    return {**tree, "": {**said, **own}}


def is_weaker(name: str, value: Typed, least: int = 0) -> bool:
    """Whether a value from elsewhere is less secure than it has to be.

    Args:
        name: Its name.
        value: What it is elsewhere.
        least: What it is on this host.
    """
    floor = SAFER_IF_GREATER.get(name.casefold())
    return floor is not None and (not isinstance(value.data, int) or value.data < max(least, floor))


def same(one: Typed | None, other: Typed | None) -> bool:
    """Whether two values are the same, texts in any case."""
    if one is None or other is None:
        return one is other
    if isinstance(one.data, str) and isinstance(other.data, str):
        return one.type == other.type and one.data.casefold() == other.data.casefold()
    return one == other


def protocol_class(tree: Tree) -> str:
    """Return the class of a listener's protocol in lower case, nothing without one."""
    values = {name.casefold(): value.data for name, value in tree.get("", {}).items()}
    return str(values.get(PROTOCOL_CLASS.casefold(), "")).casefold()


BUILT_IN_BY_NAME: t.Mapping[str, Typed] = {name.casefold(): value for name, value in BUILT_IN.items()}


def _why(name: str, value: Typed) -> str:
    """Say what speaks against a value of a host, or nothing."""
    data = value.data
    if isinstance(data, str):
        text = data.strip().casefold()
        if not text:
            return ""
        if name in _PROGRAMS:
            return _PROGRAMS[name]
        if name == PROTOCOL_CLASS.casefold():
            return "" if text in _OWN_TEXTS[name] else "is another product's protocol"
        names_library = name.rstrip("0123456789").endswith("dll")
        return "is not a library of Windows" if names_library and text not in _OWN_TEXTS.get(name, ()) else ""
    if not isinstance(data, int):
        return ""
    if name == "shadow":
        return _SHADOWS_UNASKED.get(data, "")
    return _WEAK.get((name, data), "")


def _why_for_others(name: str, value: Typed) -> str:
    """Say what speaks against giving a value to other hosts, or nothing."""
    data = value.data
    if isinstance(data, int):
        if name in _FROM_HOSTS and not is_from_hosts(name, value):
            return _WEAK_FOR_OTHERS.get((name, data), "" if name in SAFER_IF_GREATER else "is not plausible")
        return ""
    known = (*_OWN_TEXTS.get(name, ()), str(getattr(BUILT_IN_BY_NAME.get(name), "data", "")).casefold())
    if name in _PEOPLES_TEXTS or (isinstance(data, str) and data.casefold() in ("", *known)):
        return ""
    # Certificates and permissions belong to their host, and are never taken.
    return "" if name in ("security", "sslcertificatesha1hash") else "is nothing that Windows writes there"


def _why_below(subkey: str, name: str, value: Typed) -> str:
    own = _OWN_SUBKEYS.get(subkey.casefold(), {})
    return "" if name in own and own[name] == value.data else "is nothing that Windows writes there"
