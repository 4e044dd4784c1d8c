# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the controller sees of the host's Remote Desktop port, by what rdp_reach_info does: a probe from outside."""

from __future__ import annotations

import datetime
import json
import typing as t

from ..errors import UnreadableError
from ..model import CommandResult, PortProbe

Observation = t.Mapping[str, t.Any]

# An observation has tries, which have words and numbers.
_DEEPEST = 8
# Seconds to the end of a FILETIME are the largest number in it.
_LARGEST = 10**13


def probe_port(port: int) -> PortProbe:
    """Return the probe of a TCP port, written as the Ansible command with which a person can repeat it."""
    return PortProbe(f"ansible localhost -m winops.rdp.rdp_reach_info -a targets=HOST:{port}", port)


def read_observation(output: CommandResult) -> Observation:
    """Return what was seen, with the keys that rdp_reach_info documents for each target.

    Raises:
        UnreadableError: It is nothing of that kind.
    """
    return parsed(output.data)


def parsed(text: str | bytes) -> Observation:
    """Return what was seen.

    Raises:
        UnreadableError: It is nothing of that kind.
    """
    try:
        seen: t.Any = json.loads(text)
    except (ValueError, RecursionError):
        seen = None
    if (
        not isinstance(seen, dict)
        or _is_strange(seen)
        or not all(isinstance(seen.get(key), str) for key in ("outcome", "summary"))
    ):
        raise UnreadableError("What was seen from the controller could not be read.")
    return seen


def _is_strange(seen: t.Any) -> bool:
    """Whether an observation, which may come from anybody's recording, is nested deeper or counts further than ours."""
    layer = [seen]
    for _depth in range(_DEEPEST):
        if any(isinstance(value, (int, float)) and not abs(value) <= _LARGEST for value in layer):
            return True
        layer = [
            member
            for value in layer
            if isinstance(value, (dict, list))
            for member in (value.values() if isinstance(value, dict) else value)
        ]
    return bool(layer)


def thumbprint_shown(seen: Observation | None) -> str:
    """Return the SHA-1 of the certificate that the host showed, upper-case digits. Empty if it showed none."""
    certificate = seen.get("certificate") if seen else None
    sha1 = certificate.get("sha1") if isinstance(certificate, dict) else None
    return sha1.upper() if isinstance(sha1, str) else ""


def ahead(seen: Observation | None) -> datetime.timedelta | None:
    """Return how far the host's clock is ahead of the controller's, None if the host didn't say its time."""
    said = seen.get("ntlm") if seen else None
    seconds = said.get("ahead_seconds") if isinstance(said, dict) else None
    # FILETIME ends in the year 60056.
    if isinstance(seconds, bool) or not isinstance(seconds, int) or abs(seconds) > 60000 * 366 * 86400:
        return None
    return datetime.timedelta(seconds=seconds)
