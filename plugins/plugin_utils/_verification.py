# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The proof from outside: whether Remote Desktop answers this computer, at the address that Ansible connects to.

Private to this collection. Signs nobody in, and sends no secret.
"""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ..module_utils.rdp_scan import look_at

# A listener that has just begun can be slow to answer the first time.
_TRIES = 3

# What lets people in. A listener that refuses TLS for want of a certificate answers, and lets nobody in.
_ANSWERS = ("rdp",)

_SSH_ARGUMENTS = ("ssh_args", "ssh_common_args", "ssh_extra_args")

# ssh's own words for a way through another host: https://man.openbsd.org/ssh_config
_JUMPS = re.compile(r"Proxy(?:Jump|Command)\b(?!\s*[=\s]\s*none\b)|(?:^|\s)-J", re.IGNORECASE)


@dataclasses.dataclass(frozen=True)
class Proof:
    """What one attempt to prove it came to.

    Attributes:
        address: The host as the connection calls it.
        port: The TCP port.
        outcome: As in the module rdp_reach_info. None if it was not tried.
        summary: What was seen, or why it was not tried, as a sentence.
        requires_nla: Whether it wants Network Level Authentication, None if that was not seen.
    """

    address: str
    port: int
    outcome: str | None
    summary: str
    requires_nla: bool | None = None

    @property
    def holds(self) -> bool:
        """Whether Remote Desktop answered."""
        return self.outcome in _ANSWERS

    def to_json(self) -> dict[str, t.Any]:
        """Return plain JSON types."""
        return dataclasses.asdict(self)


def detour(connection: t.Any) -> str:
    """Return what a connection goes through on its way to its host, nothing if it goes straight there.

    The address of a host behind a jump host or a proxy means nothing here, or another host. What stands in ssh's own
    configuration files can't be seen.
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


def handshake(connection: t.Any, port: int) -> Proof:
    """Try Remote Desktop's handshake with the host behind a connection.

    Args:
        connection: The task's connection.
        port: The TCP port.
    """
    address = address_of(connection)
    seen = look_at(address, port, tries=_TRIES)
    required = (seen.get("rdp") or {}).get("requires_nla")
    return Proof(address, port, str(seen["outcome"]), str(seen["summary"]), required)


def knock(connection: t.Any, port: int) -> dict[str, t.Any]:
    """Look once at a port of the host behind a connection.

    Args:
        connection: The task's connection.
        port: The TCP port.

    Returns:
        What rdp_reach_info documents for each target. Where it would prove nothing to try, ``outcome`` is ``not_tried``
        and ``summary`` says why.
    """
    if way := detour(connection):
        return _not_tried(f"the connection goes through {way}")
    if not (address := address_of(connection)):
        return _not_tried("the connection does not say which address it uses")
    return look_at(address, port)


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
