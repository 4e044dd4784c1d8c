# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Verifies from outside: whether Remote Desktop answers this computer, at the address that Ansible connects to.

Private to this collection. Does not sign in and sends no secret.
"""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ..module_utils.rdp_scan import scan_target

# A listener that has just begun can be slow to answer the first time.
_TRIES = 3

_SSH_ARGUMENTS = ("ssh_args", "ssh_common_args", "ssh_extra_args")

# ssh's own words for a connection through another host: https://man.openbsd.org/ssh_config
_JUMPS = re.compile(r"Proxy(?:Jump|Command)\b(?!\s*[=\s]\s*none\b)|(?:^|\s)-J", re.IGNORECASE)


@dataclasses.dataclass(frozen=True)
class Verification:
    """The result of a handshake with the host.

    Attributes:
        address: The host as the connection calls it.
        port: The TCP port.
        outcome: As in the module rdp_reach_info.
        summary: The outcome as a sentence.
        requires_nla: Whether the host requires Network Level Authentication, None if that was not seen.
    """

    address: str
    port: int
    outcome: str
    summary: str
    requires_nla: bool | None = None

    @property
    def holds(self) -> bool:
        """Whether people get in. A listener that refuses TLS for want of a certificate answers, but lets no one in."""
        return self.outcome == "rdp"

    def to_json(self) -> dict[str, t.Any]:
        """Return plain JSON types."""
        return dataclasses.asdict(self)


def detour(connection: t.Any) -> str:
    """Return what a connection goes through on its way to its host, empty if it goes straight there.

    Behind a jump host or a proxy, the host's address means nothing here, or names another host. ssh's own
    configuration files are not read.
    """
    transport = _transport(connection)
    if transport == "ssh":
        words = " ".join(str(_option(connection, name) or "") for name in _SSH_ARGUMENTS)
        return "a jump host of ssh" if _JUMPS.search(words) else ""
    proxy = _option(connection, "proxy") or (_option(connection, "_extras") or {}).get(f"ansible_{transport}_proxy")
    return "a proxy" if proxy else ""


def address_of(connection: t.Any) -> str:
    """Return the host as a connection calls it: a name or an address."""
    return str(_option(connection, "host" if _transport(connection) == "ssh" else "remote_addr") or "")


def verify(connection: t.Any, port: int) -> Verification:
    """Verify by Remote Desktop's handshake that the host behind a connection answers.

    Args:
        connection: The task's connection.
        port: The TCP port.
    """
    address = address_of(connection)
    seen = scan_target(address, port, tries=_TRIES)
    required = (seen.get("rdp") or {}).get("requires_nla")
    return Verification(address, port, str(seen["outcome"]), str(seen["summary"]), required)


def probe_port(connection: t.Any, port: int) -> dict[str, t.Any]:
    """Probe a port of the host behind a connection once.

    Args:
        connection: The task's connection.
        port: The TCP port.

    Returns:
        What rdp_reach_info documents for each target. Where a probe would prove nothing, ``outcome`` is
        ``not_tried`` and ``summary`` says why.
    """
    if way := detour(connection):
        return _not_tried(f"the connection goes through {way}")
    if not (address := address_of(connection)):
        return _not_tried("the connection does not say which address it uses")
    return scan_target(address, port)


def _not_tried(why: str) -> dict[str, t.Any]:
    return {"outcome": "not_tried", "summary": f"Not tried from the controller: {why}."}


def _transport(connection: t.Any) -> str:
    return str(getattr(connection, "transport", "")).rpartition(".")[2]


def _option(connection: t.Any, name: str) -> t.Any:
    """Return an option of a connection, None where it has none of that name."""
    try:
        return connection.get_option(name)
    except (KeyError, AttributeError):
        return None
