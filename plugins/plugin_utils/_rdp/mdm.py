# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

r"""Policies that came by MDM, as ``HKLM\SOFTWARE\Microsoft\PolicyManager\current\device`` holds them.

A policy that a template backs is a text there, ``<enabled/>`` or ``<disabled/>`` with ``<data id="…" value="…"/>``:
https://learn.microsoft.com/windows/client-management/understanding-admx-backed-policies. It writes the same value of
the registry as a GPO, and which of them wins is a policy too:
https://learn.microsoft.com/windows/client-management/mdm/policy-csp-controlpolicyconflict
"""

from __future__ import annotations

import re
import typing as t

from .model import Probe
from .policies import Policy
from .tools import reg

_KEY = r"HKLM\SOFTWARE\Microsoft\PolicyManager\current\device"
_CONFLICT = ("controlpolicyconflict", "mdmwinsovergp")

_STATE = re.compile(r"\s*<\s*(?P<state>enabled|disabled)\s*/?>", re.IGNORECASE)
_DATA = re.compile(r'<\s*data\s[^>]*value\s*=\s*"(?P<value>[^"]*)"', re.IGNORECASE)
_ABOUT_A_POLICY = re.compile(r"_(?:ProviderSet|WinningProvider|ADMXInstanceData|LastWrite)$", re.IGNORECASE)

#: What MDM holds, by area and name in lower case. None for a policy whose text is kept elsewhere.
Values: t.TypeAlias = t.Mapping[tuple[str, str], reg.Data | None]


def area(name: str) -> Probe[reg.Query]:
    """Look at the policies of an area. Where MDM never set one, the key is missing."""
    return Probe(reg.query(f"{_KEY}\\{name}"), reg.read_query)


def values(listings: t.Iterable[reg.Query]) -> dict[tuple[str, str], reg.Data | None]:
    """Return what MDM set, from the listings of areas.

    Beside each policy there are values about it: whether a provider set it, and which one. Of one that a template
    backs there may be nothing else here, as its text stays with the provider.
    """
    found: dict[tuple[str, str], reg.Data | None] = {}
    for key in (key for listing in listings for key in listing.keys):
        place = key.path.rpartition("\\")[2].lower()
        for value in key.values:
            name = _ABOUT_A_POLICY.sub("", value.name)
            provided, itself = key.get(f"{name}_ProviderSet"), key.get(name)
            if (itself and provided is None) or (provided and provided.data != 0):
                found[place, name.lower()] = itself.data if itself else None
    return found


def wins(held: Values) -> bool:
    """Whether MDM is set to win over Group Policy."""
    return held.get(_CONFLICT) == 1


def says(policy: Policy, held: Values) -> tuple[reg.Data | None] | None:
    """Return the value that MDM sets, as a tuple of one; None if it sets none.

    None within the tuple stands for something that isn't understood.
    """
    place = (policy.mdm[0].lower(), policy.mdm[1].lower()) if policy.mdm else ("", "")
    if place not in held:
        return None
    text = held[place]
    if not isinstance(text, str):
        return (text if isinstance(text, int) else None,)
    state = _STATE.match(text)
    if state and policy.states:
        return (policy.states[state["state"].lower() != "enabled"],)
    chosen = _DATA.findall(text) if state else []
    if len(chosen) != 1:
        return (None,)
    return (int(chosen[0]) if chosen[0].isdecimal() and policy.meanings else chosen[0],)
