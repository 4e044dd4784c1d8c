# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Group Policy of one computer: the GPOs that reach it, and what a refresh does.

A refresh asks a domain controller first; without one nothing is applied, not even the local GPO (event 1129; SDM
Software, "What does Group Policy do when it can't contact a DC?"). An extension runs when the list of its GPOs or one
of their versions changed, or when it is forced
(https://learn.microsoft.com/windows-server/administration/windows-commands/gpupdate). A GPO whose computer half has
version 0 is empty; one whose extension list lacks the registry extension has no say in the registry.
"""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
import typing as t

from ..damage import Damages
from ..events import POLICY_CHANGED, POLICY_FILE_BAD, POLICY_NO_CONTROLLER, POLICY_UNCHANGED, SYSTEM
from .extension import RegistryExtension
from .lists import GROUP_POLICY, PolicyLists, base_dn
from .mdm import TERMINAL_SERVICES
from .objects import (
    LOCAL_ID,
    LOCAL_POL,
    PREFERENCES_REGISTRY_EXTENSION,
    REGISTRY_EXTENSION,
    SECURITY_EXTENSION,
    SECURITY_TOOL,
    Candidate,
    Gpo,
    Link,
    in_order,
    read_local,
    write_local,
)
from .pol import Record, read_pol
from .preferences import apply_computer_half, apply_user_half
from .rsop import Rsop, is_logged

if t.TYPE_CHECKING:
    from ...machine import Machine

__all__ = ["GROUP_POLICY", "RDP_POLICY", "REGISTRY_EXTENSION", "Policy", "RefreshOutcome"]

RDP_POLICY = f"HKLM\\{TERMINAL_SERVICES}"
DEFAULT_DOMAIN_POLICY = "{31B2F340-016D-11D2-945F-00C04FB984F9}"


@dataclasses.dataclass(frozen=True)
class RefreshOutcome:
    """How a refresh ended: `failure` names the text that says why, empty when it went well."""

    failure: str = ""
    subject: str = ""


class Policy:
    """The GPOs, the refresh, and what Windows remembers of it."""

    def __init__(self, machine: Machine, domain: str = "corp.example") -> None:
        self._machine = machine
        self.domain = domain
        self.controller = f"DC01.{domain}"
        self.controller_reachable = True
        self.cached = True  # False: servers may work without a cache (policy EnableLogonOptimizationOnServerSKU)
        self.site = "Default-First-Site-Name"
        self.unit = f"OU=Servers,{base_dn(domain)}"
        self.duration = 3  # moments that a refresh takes
        self.gpos: dict[str, Gpo] = {}
        self.add(
            Gpo(
                "Default Domain Policy",
                DEFAULT_DOMAIN_POLICY,
                [Link(base_dn(domain))],
                other_extensions=f"[{SECURITY_EXTENSION}{SECURITY_TOOL}]",
            )
        )
        self.rsop: Rsop | None = None
        self.refreshes = 0
        self.forced = 0  # refreshes with /force, which have software installed again at the next boot
        self._running: tuple[int, bool] | None = None  # moments left, forced
        self._security: tuple[tuple[str, int], ...] | None = None  # the GPOs that the security extension applied last
        self.damages = Damages(machine.files)
        self.local_name = machine.language["policy.local"]
        self._lists = PolicyLists(machine.registry, machine.files, domain, self.local_name)
        self._extension = RegistryExtension(machine.registry, machine.files)

    # -- what there is -------------------------------------------------------------------------------------------------

    def add(self, gpo: Gpo) -> None:
        """Put a GPO into the domain; one with the same GUID is replaced."""
        self.gpos[gpo.guid] = gpo

    def remove(self, guid: str) -> None:
        """Delete a GPO from the domain."""
        self.gpos.pop(guid, None)

    def set_local(self, *records: Record) -> None:
        """Add records to the local GPO as its editor would; existing ones about the same values are replaced."""
        known = {record.place: record for record in self.local_records()}
        known |= {record.place: record for record in records}
        write_local(self._machine.files, [known[place] for place in sorted(known)])

    def local_records(self) -> list[Record]:
        """What the local GPO says, unless it is damaged."""
        self.damages.mend()
        files = self._machine.files
        return list(read_pol(files.read(LOCAL_POL))) if files.is_file(LOCAL_POL) else []

    @property
    def computer(self) -> str:
        """The computer's distinguished name."""
        return f"CN={self._machine.name.upper()},{self.unit}"

    def cached_pol(self, guid: str) -> str:
        """Where the cached Registry.pol of a GPO is."""
        return self._lists.cached(self.gpos[guid]) + r"\Registry.pol"

    def candidates(self) -> list[Candidate]:
        """Every GPO of this computer in the order of application, with why it is not applied."""
        local = read_local(self._machine.files)
        own = Gpo(self.local_name, LOCAL_ID, version=local.version)
        linked = in_order((gpo, link) for gpo in self.gpos.values() for link in gpo.links)
        return [
            Candidate(own, Link("Local"), local.extensions, "" if local.version & 0xFFFF else "empty"),
            *(Candidate(gpo, link, gpo.extensions, _reason(gpo, link)) for gpo, link in linked),
        ]

    # -- refresh -------------------------------------------------------------------------------------------------------

    def boot(self) -> None:
        """Start-up: a controller answers and everything is applied; then come the faults that damage files."""
        self._running = None
        self.damages.mend()
        self._apply(force=True)
        self._apply_user()
        self.damages.strike()

    def start(self, *, force: bool) -> None:
        """Begin a refresh in the background; `tick` goes on with it."""
        self._running = (self.duration, force)

    @property
    def running(self) -> bool:
        """Whether a refresh goes on in the background."""
        return self._running is not None

    def tick(self) -> None:
        """A moment passes."""
        if self._running is not None:
            left, force = self._running
            self._running = (left - 1, force) if left > 1 else None
            if self._running is None:
                self.refresh(force=force)

    def refresh_user(self) -> None:
        """The user half: registry items of Preferences, which may write machine values."""
        if self.controller_reachable:
            with self._machine.files.acting(None):
                self._apply_user()

    def _apply_user(self) -> None:
        gpos = [self.gpos[guid] for guid in sorted(self.gpos)]
        apply_user_half(self._machine.registry, self._machine.files, gpos)

    def refresh(self, *, force: bool) -> RefreshOutcome:
        """The computer half, as the service does it, with the rights of the system."""
        self._running = None
        # RP_FORCE: https://learn.microsoft.com/windows/win32/api/userenv/nf-userenv-refreshpolicyex
        self.forced += force
        if not self.controller_reachable:
            self._machine.events.write(SYSTEM, POLICY_NO_CONTROLLER, self.domain)
            return RefreshOutcome("gpupdate.no_controller")
        with self._machine.files.acting(None):
            return self._apply(force=force)

    def _apply(self, *, force: bool) -> RefreshOutcome:
        machine, lists = self._machine, self._lists
        candidates = self.candidates()
        applied = [one for one in candidates if not one.reason]
        for gpo in {one.gpo.guid: one.gpo for one in applied if not one.gpo.local}.values():
            if self.cached:
                lists.fetch(gpo, always=force)
        lists.write_state(candidates, self.computer, self.site)
        lists.write_data_store(applied if self.cached else [one for one in applied if one.gpo.local])
        mine = [one for one in applied if one.runs(REGISTRY_EXTENSION)]
        changed = force or lists.now(mine) != lists.applied_last_time()
        held = tuple((one, data) for one in mine if (data := self._pol(one)) is not None)
        outcome = self._run(mine, held) if changed else RefreshOutcome()
        self._apply_services(applied, force=force)
        # After all policies: MS-GPOL 3.2.5.1.10, by the extensions' ids.
        # Unseen: they are written at every refresh, also where no GPO changed.
        preferring = [one for one in applied if one.runs(PREFERENCES_REGISTRY_EXTENSION)]
        apply_computer_half(machine.registry, machine.files, (one.gpo for one in preferring))
        lists.write_history(preferring, PREFERENCES_REGISTRY_EXTENSION)
        if not is_logged(machine.registry):
            self.rsop = None
        elif changed or self.rsop is None:
            self.rsop = Rsop(machine.now, tuple(candidates), held)
        self.refreshes += 1
        lists.write_time(machine.now + datetime.timedelta(seconds=machine.clock))
        return outcome

    def _run(self, mine: list[Candidate], held: tuple[tuple[Candidate, bytes], ...]) -> RefreshOutcome:
        broken = self._extension.apply((one.gpo.guid, data) for one, data in held)
        if broken:
            self._machine.events.write(SYSTEM, POLICY_FILE_BAD, broken)
            gpo = self.gpos.get(broken)
            subject = LOCAL_ID if gpo is None else f"LDAP://CN=Machine,{self._lists.container(gpo)}"
            return RefreshOutcome("gpupdate.registry_failed", subject)
        self._machine.events.write(SYSTEM, POLICY_CHANGED if mine else POLICY_UNCHANGED, str(len(mine)))
        self._lists.write_history(mine, REGISTRY_EXTENSION)
        return RefreshOutcome()

    def _apply_services(self, applied: list[Candidate], *, force: bool) -> None:
        """Start types of System Services: MS-GPSB 2.2.8. The security extension runs when it is forced or one changed.

        It also does so every 16 hours, which is not waited for here.
        """
        mine = [one for one in applied if one.runs(SECURITY_EXTENSION)]
        now = tuple((one.gpo.guid, one.gpo.version) for one in mine)
        if not force and now == self._security:
            return
        self._security = now
        for one in mine:
            for name, start in one.gpo.services.items():
                service = self._machine.services.get(name)
                if service is not None:
                    self._machine.services.set_start(service, start)

    def _pol(self, one: Candidate) -> bytes | None:
        """The file that the extension reads; without a cache it is the domain's own."""
        if not self.cached and not one.gpo.local:
            return one.gpo.pol
        path = self._lists.cached(one.gpo) + r"\Registry.pol"
        return self._machine.files.read(path) if self._machine.files.is_file(path) else None

    def container(self, gpo: Gpo) -> str:
        """A GPO's distinguished name, as Windows names it in what it logs."""
        return LOCAL_ID if gpo.local else self._lists.container(gpo)

    def shared(self, gpo: Gpo) -> str:
        """The folder of a GPO's computer half where Windows reads it."""
        return self._lists.shared(gpo)

    def leave_in_cache(self, gpo: Gpo) -> None:
        """Put a GPO's files into the cache without anybody listing it."""
        self._lists.fetch(gpo, always=True)

    def plain(self) -> list[dict[str, object]]:
        """As plain JSON types."""
        local = self._machine.files.read(LOCAL_POL) if self._machine.files.is_file(LOCAL_POL) else b""
        return [
            {"local": hashlib.sha256(local).hexdigest()},
            *(self.gpos[guid].plain() for guid in sorted(self.gpos)),
        ]


def _reason(gpo: Gpo, link: Link) -> str:
    if gpo.unreadable:
        return "unreadable"
    if not link.enabled:
        return "disabled_link"
    if not gpo.enabled:
        return "disabled_gpo"
    if gpo.denied:
        return "denied"
    return "" if gpo.version & 0xFFFF else "empty"
