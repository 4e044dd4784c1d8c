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
_ABOUT_A_VALUE = re.compile(r"\*\*(?:del|soft)\.", re.I)
_INSTRUCTION = re.compile(r"\*\*(?:delvals|deletevalues|deletekeys|securekey)\.?", re.I)
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


def value(key: str, name: str, text: str, names: Names) -> str:
    """Return the name of a value, of which ``text`` is the data if that is a text."""
    if not is_firewall(key):
        return names.in_text(name)
    if _is_below(key, _RULES):
        return firewall.rule_id(name, text, names)
    if _is_below(key, _OPENINGS):
        return firewall.opening(name, names)
    return name if name.casefold() in _KNOWN_VALUES else names.text(name)


def data(key: str, name: str, text: str, names: Names) -> str:
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
    about = _ABOUT_A_VALUE.match(name)
    if about:
        return about[0] + _named(key, name[about.end() :], names)
    return name if _INSTRUCTION.fullmatch(name) else names.text(name)


def instructed(key: str, name: str, text: str, names: Names) -> str:
    """Return the text of such a record: what ``**soft.`` sets, or a list of values or keys."""
    about = _ABOUT_A_VALUE.match(name)
    if about:
        return data(key, name[about.end() :], text, names)
    folded = name.casefold()
    if folded.startswith("**deletevalues"):
        return ";".join(_named(key, one.strip(), names) for one in text.split(";"))
    if folded.startswith("**deletekeys") and is_firewall(key):
        return ";".join(path(f"{key}\\{one.strip()}", names)[len(key) + 1 :] for one in text.split(";"))
    return names.text(text)


def _named(key: str, name: str, names: Names) -> str:
    return value(key, name, "", names) if name.strip() else name


def _is_below(key: str, end: str) -> bool:
    return key.casefold().endswith(end)
