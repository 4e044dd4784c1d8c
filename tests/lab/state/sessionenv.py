# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What SessionEnv (Remote Desktop Configuration) does: it makes and renews the self-signed certificate.

It checks when it starts, and when TermService starts and signals its event. Order of steps as published disassembly of
sessenv.dll shows CCertManager::UpdateSelfSignedCertificate: WinStations names the certificate; it is checked (there,
long enough valid); the key containers TSSecKeySet1 to 9 are tried, an old one is deleted first; NETWORK SERVICE gets
read access; thumbprint and store are written; the old certificate is deleted. A DENY on creating sub-keys of the
store's registry key stops it: that is how administrators suppress the certificate on purpose.
"""

from __future__ import annotations

import datetime
import typing as t

from .certificates import MACHINE_KEYS, Stored, certificates_key
from .events import REMOTE_DESKTOP, SYSTEM
from .files import FileError
from .security import CREATE_SUB_KEY, DELETE, DELETE_CHILD, FILE_READ, KEY_MAKER, WRITE_DATA
from .services import RUNNING, Service

if t.TYPE_CHECKING:
    from ..machine import Machine

DEFAULT_DELAY = 5  # moments from the service's start to the new certificate
SLOW_DELAY = 25
RENEW_BEFORE_DAYS = 30  # the parameter 30 of the remaining-time check, taken as days
CONTAINERS = tuple(f"TSSecKeySet{number}" for number in range(1, 10))
CREATED, CREATE_FAILED, REPLACE_FAILED = 1056, 1057, 1058


class SessionEnv:
    """The behaviour behind the service of that name."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self.delay = DEFAULT_DELAY
        self.makes_certificates = True
        self._remaining: int | None = None
        machine.services.on_running.append(self._service_running)
        machine.services.on_stopped.append(self._service_stopped)

    def _service_running(self, service: Service) -> None:
        # Unseen: a restart of SessionEnv is enough to have a missing certificate made, within a minute.
        if service.name == "SessionEnv":
            self._remaining = self.delay

    def _service_stopped(self, service: Service) -> None:
        if service.name == "SessionEnv":
            self._remaining = None

    def signal(self) -> None:
        """TermService sets the certificate update event."""
        service = self._machine.services.get("SessionEnv")
        if service is not None and service.state == RUNNING and self._remaining is None:
            self._remaining = self.delay

    def tick(self) -> None:
        """A moment passes."""
        if self._remaining is None:
            return
        self._remaining -= 1
        if self._remaining < 0:
            self.finish()

    def finish(self, *, create: bool = True) -> None:
        """Do now what is due; with `create` False drop it (the host was prepared as it is)."""
        due, self._remaining = self._remaining is not None, None
        if due and create and self.makes_certificates:
            self._update()

    @property
    def events(self) -> list[int]:
        """The numbers of what it wrote into the System log, oldest first."""
        own = (CREATED, CREATE_FAILED, REPLACE_FAILED)
        return [number for number in self._machine.events.numbers(SYSTEM, REMOTE_DESKTOP) if number in own]

    def _log(self, number: int) -> None:
        self._machine.events.write(SYSTEM, number, self._machine.name, provider=REMOTE_DESKTOP)

    # -- the certificate -----------------------------------------------------------------------------------------------

    def _is_good(self, current: Stored | None) -> bool:
        machine = self._machine
        if current is None:
            return False
        try:
            key = machine.files.security(machine.certificates.key_file(current.container))
        except FileError:
            return False
        if not key.allows(KEY_MAKER, FILE_READ):
            return False
        left = current.parsed.not_valid_after_utc - machine.now
        return left > datetime.timedelta(days=RENEW_BEFORE_DAYS)

    def suppressed(self, store: str) -> bool:
        """Whether the store's key refuses new sub-keys."""
        return not self._machine.registry.security(certificates_key(store)).allows(KEY_MAKER, CREATE_SUB_KEY)

    def _update(self) -> None:
        machine, certificates = self._machine, self._machine.certificates
        store = certificates.self_signed_store()
        if not store:
            self._log(CREATE_FAILED)
            return
        current = certificates.self_signed()
        if self._is_good(current):
            return
        if self.suppressed(store):
            self._log(CREATE_FAILED)
            return
        with machine.files.acting(KEY_MAKER):
            container = self._new_key()
        if container is None:
            self._log(REPLACE_FAILED)
            return
        thumbprint = certificates.put(store, certificates.issue(), container)
        certificates.use_as_self_signed(thumbprint, store)
        if current is not None and current.thumbprint != thumbprint:
            certificates.remove(store, current.thumbprint)
        self._log(CREATED)

    def _new_key(self) -> str | None:
        """A fresh key container, the first of the nine that can be had; None when the folder allows none."""
        files, certificates = self._machine.files, self._machine.certificates
        if not files.is_directory(MACHINE_KEYS) or not files.allowed(MACHINE_KEYS, WRITE_DATA):
            return None
        for container in CONTAINERS:
            path = certificates.key_file(container)
            if files.exists(path) and not files.allowed(path, DELETE, on_parent=DELETE_CHILD):
                continue
            try:
                if files.exists(path):
                    files.delete(path)
                certificates.make_key(container)
            except FileError:
                continue
            return container
        return None
