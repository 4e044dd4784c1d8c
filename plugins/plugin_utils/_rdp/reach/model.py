# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A target as several vantage points see it, and what follows from that."""

from __future__ import annotations

import dataclasses
import typing as t

#: Outcomes of rdp_reach_info: people get in; the port takes connections, which is all that Windows' tools can tell; and
#: nothing is known about the target.
PROVEN, _CONNECTED, _UNKNOWN = "rdp", "open", "unknown"
#: The port takes connections, and what takes them is no working Remote Desktop.
_BROKEN = frozenset({"no_certificate", "tls_failed", "not_rdp", "no_answer", "reset"})

CERTIFICATE = "check-the-status-of-the-rdp-self-signed-certificate"
CONFLICT = "check-that-another-application-isnt-trying-to-use-the-same-port"
FIREWALL = "check-whether-a-firewall-is-blocking-the-rdp-port"
LISTENER = "check-the-status-of-the-rdp-listener"
PORT = "check-the-rdp-listener-port"

Blocked = t.Literal["all", "some", "one", "none", "unknown"]


@dataclasses.dataclass(frozen=True)
class View:
    """What one vantage point saw of one target."""

    vantage: str
    outcome: str
    address: str | None = None
    reported_by: str | None = None
    loss_percent: float = 0.0
    retransmits: int = 0
    sha256: str | None = None


@dataclasses.dataclass(frozen=True)
class HostFacts:
    """What the target says about itself, None for what isn't known.

    Attributes:
        listening: Remote Desktop listens on the host.
        port: The port it listens on.
        firewall_allows: The host's own firewall lets it through, at least for some addresses.
        firewall_scoped: It does so for certain addresses only.
        next_step: What rdp_info found on it, and what to do about that.
    """

    listening: bool | None = None
    port: int | None = None
    firewall_allows: bool | None = None
    firewall_scoped: bool | None = None
    next_step: str | None = None


@dataclasses.dataclass(frozen=True)
class Explanation:
    """Why a target is blocked.

    Attributes:
        where: nowhere, host, port, certificate, other_program, host_firewall, path, name, host_or_path or unknown.
        reason: The evidence, as a sentence.
        next_step: What to do.
        section: The anchor of the article's section.
    """

    where: str
    reason: str
    next_step: str
    section: str = FIREWALL


@dataclasses.dataclass(frozen=True)
class Case:
    """One target with all views of it and what it says about itself."""

    host: str
    port: int
    views: tuple[View, ...]
    facts: HostFacts
    called: str = ""

    @property
    def name(self) -> str:
        """The target as people write it."""
        host = self.called or self.host
        return f"[{host}]:{self.port}" if ":" in host else f"{host}:{self.port}"

    @property
    def telling(self) -> tuple[View, ...]:
        """The views that tell something about it."""
        return tuple(view for view in self.views if view.outcome != _UNKNOWN)

    @property
    def open(self) -> tuple[View, ...]:
        """The views of the vantage points from which people get in, as far as can be seen."""
        getting_in = {PROVEN} if self._connects_to_something_else else {PROVEN, _CONNECTED}
        return tuple(view for view in self.telling if view.outcome in getting_in)

    @property
    def shut(self) -> tuple[View, ...]:
        """The views of those from which they don't."""
        return tuple(view for view in self.telling if view not in self.open)

    @property
    def proven(self) -> bool:
        """Whether Remote Desktop itself answered, or the host says that it listens where a connection was made."""
        outcomes = {view.outcome for view in self.telling}
        listens = bool(self.facts.listening) and self.facts.port in (None, self.port)
        return PROVEN in outcomes or (_CONNECTED in outcomes and listens and not self._connects_to_something_else)

    @property
    def _connects_to_something_else(self) -> bool:
        """Whether a connection alone does not count: another view, or the host itself, says what is behind the port."""
        outcomes = {view.outcome for view in self.telling}
        elsewhere = self.facts.port is not None and self.facts.port != self.port
        return PROVEN not in outcomes and (bool(outcomes & _BROKEN) or self.facts.listening is False or elsewhere)

    @property
    def blocked(self) -> Blocked:
        """The article's answer."""
        if not self.telling:
            return "unknown"
        if not self.shut:
            return "none"
        if not self.open:
            return "all"
        return "one" if len(self.shut) == 1 else "some"
