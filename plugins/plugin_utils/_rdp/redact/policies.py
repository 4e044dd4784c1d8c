# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

r"""The policies for Remote Desktop and the firewall without names, in whatever form: what decides stays, by name.

Below ``WindowsFirewall`` people name rules, ports and programs, so keys and values stay only if they are known there.
"""

from __future__ import annotations

import re

from . import firewall
from .names import Names

#: Below HKEY_LOCAL_MACHINE, in lower case.
KEYS = (
    r"software\policies\microsoft\windows nt\terminal services",
    r"software\policies\microsoft\windowsfirewall",
)
_FIREWALL = re.compile(
    r"(?P<top>(?:HKEY_LOCAL_MACHINE\\|HKLM\\)?SOFTWARE\\Policies\\Microsoft\\WindowsFirewall)(?P<below>\\.*)?", re.I
)

# MS-GPFAS 2.2.3 and 2.2.4, and WindowsFirewall.admx for the older ones.
_KNOWN_KEYS = frozenset(
    {"domainprofile", "privateprofile", "publicprofile", "standardprofile", "firewallrules", "consecrules", "logging"}
    | {"services", "remotedesktop", "fileandprint", "upnpframework", "remoteadminsettings", "icmpsettings"}
    | {"globallyopenports", "authorizedapplications", "list"}
)
_KNOWN_VALUES = frozenset(
    {"enablefirewall", "donotallowexceptions", "defaultinboundaction", "defaultoutboundaction", "policyversion"}
    | {"allowlocalpolicymerge", "allowlocalipsecpolicymerge", "allowuserprefmerge", "disablenotifications", "enabled"}
    | {"disableunicastresponsestomulticastbroadcast", "disablestealthmode", "remoteaddresses"}
    | {"disablestealthmodeipsecsecuredpacketexemption", "logdroppedpackets", "logsuccessfulconnections"}
    | {"logfilepath", "logfilesize"}
)
_RULES = "\\firewallrules"
_OPENINGS = "\\globallyopenports\\list"


def is_firewall(key: str) -> bool:
    """Whether a key is that of the firewall's policies, or below it."""
    return bool(_FIREWALL.fullmatch(key))


def path(key: str, names: Names) -> str:
    """Return the path of a key."""
    found = _FIREWALL.fullmatch(key)
    if not found or not found["below"]:
        return names.in_text(key)
    below = found["below"][1:].split("\\")
    return "\\".join([found["top"], *(part if part.casefold() in _KNOWN_KEYS else names.text(part) for part in below)])


def name(key: str, name: str, text: str, names: Names) -> str:
    """Return the name of a value, of which ``text`` is the data if that is a text."""
    if not is_firewall(key):
        return names.in_text(name)
    if _is_below(key, _RULES):
        return firewall.rule_id(name, text, names)
    if _is_below(key, _OPENINGS):
        return firewall.opening(name, names)
    return name if not name or name.casefold() in _KNOWN_VALUES else names.text(name)


def text(key: str, name: str, text: str, names: Names) -> str:
    """Return the data of a value that holds a text."""
    if is_firewall(key):
        if _is_below(key, _RULES):
            return firewall.rule(text, names)
        if _is_below(key, _OPENINGS):
            return firewall.opening(text, names)
        if name.casefold() == "remoteaddresses":
            return firewall.scope(text, names)
    return names.text(text)


def instruction(key: str, name: str, names: Names) -> str:
    """Return the name of a record of Registry.pol that is an instruction: ``**del.`` and ``**soft.`` name a value."""
    start = re.match(r"\*\*(?:del|soft)\.", name, re.I)
    if not start:
        return name if re.fullmatch(r"\*\*[A-Za-z]+\.?", name) else names.text(name)
    rest = name[start.end() :]
    # **delvals. of some editors, and a blank, name nothing.
    return start[0] + _named(key, rest, names)


def listed(key: str, name: str, text: str, names: Names) -> str:
    """Return the data of an instruction that lists values or keys."""
    folded = name.casefold()
    if folded.startswith("**deletevalues"):
        return ";".join(_named(key, one.strip(), names) for one in text.split(";"))
    if folded.startswith("**deletekeys") and is_firewall(key):
        return ";".join(path(f"{key}\\{one.strip()}", names)[len(key) + 1 :] for one in text.split(";"))
    return names.in_text(text)


def _named(key: str, value: str, names: Names) -> str:
    return name(key, value, "", names) if value.strip() else value


def _is_below(key: str, end: str) -> bool:
    return key.casefold().endswith(end)
