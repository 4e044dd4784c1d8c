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
    | {"ttk", "ttk2_22", "ttk2_27", "ttk2_28", "lsm", "nninterface"}
)
_ADDRESSES = frozenset({"ra4", "ra6", "la4", "la6", "ra42", "ra62"})
_KEYWORDS = re.compile(r"^[A-Za-z][A-Za-z0-9]*$")  # LocalSubnet, DNS, DHCP …
_ACCOUNTS = re.compile(r"S-1-|^[OGD]:")


def rule(text: str, names: Names) -> str:
    """Return a rule with the same fields."""
    head, *fields = text.split("|")
    return "|".join(
        [head if re.fullmatch(r"v\d+\.\d+", head) else names.text(head), *(_field(one, names) for one in fields)]
    )


def _field(field: str, names: Names) -> str:
    name, equals, value = field.partition("=")
    if not equals:
        return names.text(field)
    folded = name.casefold()
    if folded in _KEPT or not value:
        return field
    if folded in _ADDRESSES:
        return f"{name}={_addresses(value, names)}"
    if folded == "app":
        return f"{name}={names.in_text(value)}"
    if value.startswith("@"):
        return f"{name}={names.known_in(value)}"
    if _ACCOUNTS.search(value):
        return f"{name}={names.in_text(value)}"
    return f"{name}={names.text(value)}"


def _addresses(value: str, names: Names) -> str:
    if _KEYWORDS.match(value):
        return value
    return "-".join(
        "/".join([names.address(part.partition("/")[0]), *part.split("/")[1:2]]) for part in value.split("-")
    )
