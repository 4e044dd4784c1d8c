# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A rule of the firewall as the registry holds it, without names.

``v2.31|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=3389|RA4=10.0.0.0/8|Name=…|``: fields of [MS-FASP], section
2.2.20. Those with a fixed set of values stay; addresses, names and accounts are replaced.
"""

from __future__ import annotations

import re

from .names import Names

_KEPT = frozenset(
    {"action", "active", "dir", "protocol", "lport", "rport", "lport2_10", "rport2_10", "profile", "svc", "edge"}
    | {"defer", "icmp4", "icmp6", "iftype", "platform", "platform2", "security", "security2", "security2_9", "skipver"}
    | {"ep1port", "ep2port", "ep1port2_10", "ep2port2_10"}
    | {"ttk", "ttk2_22", "ttk2_27", "ttk2_28", "lsm", "nninterface", "lom", "pcross", "authbypassout"}
)
_ADDRESSES = frozenset({"ra4", "ra6", "la4", "la6", "ra42", "ra62", "ep1_4", "ep1_6", "ep2_4", "ep2_6"})
_DESCRIPTIONS = frozenset({"name", "desc", "embedctxt"})
# MS-FASP 2.2.20 and 2.2.21: what stands for addresses that Windows finds out itself.
_KEYWORDS = frozenset(
    {"localsubnet", "dns", "dhcp", "wins", "defaultgateway", "intranet", "rmtintranet", "internet", "ply2renders"}
)
_ADDRESS = re.compile(r"(?P<address>[0-9A-Fa-f.:]+)(?P<size>/[\d.]+)?")
_ACCOUNTS = re.compile(r"S-1-|^[OGD]:")
# The text of a file that Windows or a program brings along, or of an app's package.
_RESOURCE = re.compile(r"@(?:[\w%\\.:() -]+\.(?:dll|exe|sys),-\d+|\{[^{}]+\?ms-resource:[^{}]+\})", re.I)
_GUID = re.compile(r"\{[0-9A-F]{8}(?:-[0-9A-F]{4}){3}-[0-9A-F]{12}\}", re.I)
# The ids of rules that somebody made in the console, and of those that Windows makes when it asks about a program.
_MADE_ID = re.compile(rf"(?:(?:TCP|UDP) Query User)?{_GUID.pattern}(?:[A-Z]:\\.*)?", re.I)

# "3389:TCP:10.0.0.0/8,LocalSubnet:enabled:Remote Desktop": see firewall/exceptions.py. A value may be called by less.
_OPENING = re.compile(
    r"(?P<port>\d{1,5}:(?:TCP|UDP))(?::(?P<scope>[^:]*(?::[^:]+)*?)(?P<status>:(?:enabled|disabled)):(?P<name>.*))?",
    re.I,
)


def rule(text: str, names: Names) -> str:
    """Return a rule with the same fields."""
    head, *fields = text.split("|")
    return "|".join(
        [head if re.fullmatch(r"v\d+\.\d+", head) else names.text(head), *(_field(one, names) for one in fields)]
    )


def rule_id(id: str, text: str, names: Names) -> str:
    """Return the name of the value that holds a rule. Windows' own, with a name that it translates itself, stay."""
    own = any(_RESOURCE.fullmatch(field[5:]) for field in text.split("|") if field.casefold().startswith("name="))
    return names.in_text(id) if own or _MADE_ID.fullmatch(id) else names.text(id)


def _field(field: str, names: Names) -> str:
    name, equals, value = field.partition("=")
    if not equals:
        return names.text(field)
    folded = name.casefold()
    if folded in _KEPT or not value:
        return field
    if folded in _ADDRESSES:
        return f"{name}={_addresses(value, names)}"
    if folded in _DESCRIPTIONS:
        return f"{name}={names.known_in(value) if _RESOURCE.fullmatch(value) else names.text(value)}"
    if folded == "app" or _GUID.fullmatch(value) or _ACCOUNTS.search(value):
        return f"{name}={names.in_text(value)}"
    return f"{name}={names.text(value)}"


def scope(text: str, names: Names) -> str:
    """Return a list of addresses as the older policies have it. A star stands for all."""
    return ",".join(part if part.strip() == "*" else _addresses(part, names) for part in text.split(","))


def opening(text: str, names: Names) -> str:
    """Return a port that an older policy opens, with another name."""
    found = _OPENING.fullmatch(text)
    if not found:
        return names.text(text)
    if found["status"] is None:
        return text
    return f"{found['port']}:{scope(found['scope'], names)}{found['status']}:{names.text(found['name'])}"


def _addresses(value: str, names: Names) -> str:
    if value.strip().casefold() in _KEYWORDS:
        return value
    parts = [_ADDRESS.fullmatch(part) for part in value.strip().split("-")]
    if not all(parts):
        return names.text(value)
    return "-".join(names.address(part["address"]) + (part["size"] or "") for part in parts if part)
