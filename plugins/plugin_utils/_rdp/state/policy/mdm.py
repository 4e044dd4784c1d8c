# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

r"""Policies that came by MDM, as ``HKLM\SOFTWARE\Microsoft\PolicyManager\current\device`` holds them.

A policy that a template backs is a text, ``<enabled/>`` or ``<disabled/>`` with ``<data id="…" value="…"/>``, there or
where ``…_ADMXInstanceData`` points to:
https://learn.microsoft.com/windows/client-management/understanding-admx-backed-policies. It writes the same value of
the registry as a GPO, and which of them wins is a policy too:
https://learn.microsoft.com/windows/client-management/mdm/policy-csp-controlpolicyconflict
"""

from __future__ import annotations

import re
import typing as t

from ...model import Probe
from ...quoting import unsafe_characters
from ...tools import reg
from .catalog import Policy

# Unseen: the area RemoteDesktopServices of a managed host is like others, which were published.
_KEY = r"HKLM\SOFTWARE\Microsoft\PolicyManager\current\device"
_CONFLICT = ("controlpolicyconflict", "mdmwinsovergp")

_STATE = re.compile(r"\s*<\s*(?P<state>enabled|disabled)\s*/?>", re.IGNORECASE)
_NUMBER = re.compile(r"[0-9]{1,10}")
_DATA = re.compile(r'<\s*data\s[^<>]*value\s*=\s*"(?P<value>[^"]*)"', re.IGNORECASE)
_POINTER = "_admxinstancedata"
_ABOUT_A_POLICY = re.compile(r"_(?:ProviderSet|WinningProvider|ADMXInstanceData|LastWrite)$", re.IGNORECASE)

#: What MDM holds, by area and name in lower case.
Values: t.TypeAlias = t.Mapping[tuple[str, str], reg.Data]


def area(name: str) -> Probe[reg.Query]:
    """Look at the policies of an area. Where MDM never set one, the key is missing."""
    return Probe(reg.query(f"{_KEY}\\{name}"), reg.read_query)


def elsewhere(listing: reg.Query) -> tuple[Probe[reg.Query], ...]:
    """Return the probes of the texts that an area only points to."""
    found = (value.data for key in listing.keys for value in key.values if value.name.lower().endswith(_POINTER))
    keys = dict.fromkeys(f"HKLM\\{path}" for path in found if isinstance(path, str) and path)
    return tuple(Probe(reg.query(key), reg.read_query) for key in keys if not unsafe_characters(key))


def values(listings: t.Iterable[reg.Query]) -> dict[tuple[str, str], reg.Data]:
    """Return what MDM set, from the listings of areas and of what they point to.

    Beside each policy there are values about it: whether a provider set it, and which one. One whose own value is kept
    elsewhere is an empty text until that place was listed.
    """
    found: dict[tuple[str, str], reg.Data] = {}
    for key in (key for listing in listings for key in listing.keys):
        place = key.path.rpartition("\\")[2].lower()
        for value in key.values:
            name = _ABOUT_A_POLICY.sub("", value.name)
            provided = key.get(f"{name}_ProviderSet")
            if provided is not None and provided.data == 0:
                continue
            if name == value.name:
                found[place, name.lower()] = value.data
            else:
                found.setdefault((place, name.lower()), "")
    return found


def wins(held: Values) -> bool:
    """Whether MDM is set to win over Group Policy."""
    return held.get(_CONFLICT) == 1


def says(policy: Policy, held: Values) -> tuple[reg.Data | None] | None:
    """Return the value that MDM sets, as a tuple of one; None if it sets none.

    None within the tuple stands for something that isn't understood.
    """
    text = held.get((policy.mdm[0].lower(), policy.mdm[1].lower())) if policy.mdm else None
    if text is None:
        return None
    if not isinstance(text, str):
        return (text if isinstance(text, int) else None,)
    state = _STATE.match(text)
    if state and policy.states:
        return (policy.states[state["state"].lower() != "enabled"],)
    chosen = _DATA.findall(text) if state else []
    if len(chosen) != 1:
        return (None,)
    return (int(chosen[0]) if _NUMBER.fullmatch(chosen[0]) and policy.meanings else chosen[0],)
