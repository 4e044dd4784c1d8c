# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which GPO sets the start type of a service, by the copies of the GPOs' files on the host.

They are read where Windows logs no resultant set of policy. Servers usually keep no copies, so what isn't found there
is not known.
"""

from __future__ import annotations

import typing as t

from ... import probes
from ...errors import UnreadableError
from ...formats import gpttmpl
from ...model import Probe
from ...readings import Readings
from ...tools import rsop
from . import gpo_list
from .collect import fetched, fetching

_REGISTRY_POL = "Registry.pol"
# Unseen: Windows copies this file together with the Registry.pol of a GPO.
_TEMPLATE = r"Microsoft\Windows NT\SecEdit\GptTmpl.inf"
# More GPOs than that with security settings would be strange, and each one is a file to fetch.
_MOST = 24


def follow_up(readings: Readings) -> tuple[Probe[t.Any], ...]:
    """Return further probes implied by what has been read so far."""
    asked: list[Probe[t.Any]] = [probes.SYSTEM_ROOT, gpo_list.DATASTORE]
    if all(map(readings.has, asked)):
        asked += [probe for _gpo, file in _files(readings) for probe in fetching(readings, file)]
    return tuple(asked)


def start_types(readings: Readings) -> dict[str, rsop.StartType]:
    """Return the start types that GPOs set, by the service's name in lower case. The last GPO that sets one wins."""
    won: dict[str, rsop.StartType] = {}
    for gpo, file in _files(readings):
        try:
            found = fetched(readings, file, gpttmpl.parse) or {}
        except UnreadableError:
            continue
        won |= {name: rsop.StartType(name, start, gpo.guid, gpo.name) for name, start in found.items()}
    return won


def _files(readings: Readings) -> list[tuple[gpo_list.Gpo, str]]:
    root, listing = readings.get(probes.SYSTEM_ROOT), readings.get(gpo_list.DATASTORE)
    try:
        gpos = gpo_list.datastore(listing, root) if root and listing else None
    except UnreadableError:
        gpos = None
    return [
        (gpo, gpo.file.removesuffix(_REGISTRY_POL) + _TEMPLATE)
        for gpo in (gpos or ())[-_MOST:]
        if gpo.applied and gpo.file
    ]
