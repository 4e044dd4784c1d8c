# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the controller saw of the host's port, as rdp_reach_info documents it, without names."""

from __future__ import annotations

import json
import re
import typing as t

from ...errors import UnreadableError
from ...tools import port_probe
from .names import Names

# What is a number, yes or no, a time, or a word of rdp_reach_info's own.
_KEPT = frozenset(
    {"port", "outcome", "rdp", "loss_percent", "not_before", "not_after", "expired", "self_signed", "tls_version"}
    | {"version", "build", "time", "ahead_seconds", "connect_ms", "negotiate_ms", "tls_ms", "retransmits"}
)
_LISTS = frozenset({"tries", "failed_addresses"})
_HOSTS = frozenset({"host", "address", "reported_by", "netbios_host", "dns_host"})
_DOMAINS = frozenset({"dns_domain", "dns_forest"})
_SENTENCES = frozenset({"summary", "error"})
_NAME_PARTS = re.compile(r"(?<![A-Za-z0-9.])(?P<type>[A-Za-z0-9.]+)=(?P<value>(?:\\.|[^,+\\])*)")


def observation(text: str, exit_code: int | None, names: Names) -> str:
    """Return an observation with the same outcome. What is none becomes nothing."""
    try:
        seen = dict(port_probe.parsed(text))
    except UnreadableError:
        return ""
    # What the program on the port said of itself stands in the sentences, too.
    if greeting := seen.get("greeting"):
        new = names.text(str(greeting))
        seen = {name: _without(value, str(greeting), new) for name, value in seen.items()}
    return json.dumps(_clean(seen, names))


def _without(value: t.Any, old: str, new: str) -> t.Any:
    return value.replace(old, new) if isinstance(value, str) else value


def _clean(seen: t.Mapping[str, t.Any], names: Names) -> dict[str, t.Any]:
    # The sentences come last, when all names in them are known.
    order = sorted(seen, key=lambda name: name in _SENTENCES)
    clean = {name: _value(name, seen[name], names) for name in order}
    return {name: clean[name] for name in seen}


def _value(name: str, value: t.Any, names: Names) -> t.Any:
    if value is None or name in _KEPT:
        return value
    if name in _LISTS and isinstance(value, list):
        return [_clean(one, names) for one in value if isinstance(one, dict)]
    if isinstance(value, dict):
        return _clean(value, names)
    return _text(name, str(value), names)


def _text(name: str, value: str, names: Names) -> str | None:
    if name in _HOSTS:
        return names.host(value)
    if name in _DOMAINS:
        return names.domain(value)
    if name == "netbios_domain":
        return names.account(f"{value}\\user").partition("\\")[0]
    if name == "sha1":
        return names.thumbprint(value.upper())
    if name in _SENTENCES:
        return names.in_text(value)
    if name in ("subject", "issuer"):
        return _NAME_PARTS.sub(lambda found: f"{found['type']}={names.host_or_text(found['value'])}", value)
    return value if name == "greeting" else None
