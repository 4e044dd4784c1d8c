# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults of the certificate, its store, its key and the MachineKeys folder."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from .state.certificates import MACHINE_KEYS, REMOTE_DESKTOP, certificates_key
from .state.registry import binary
from .state.security import CREATE_SUB_KEY, FILE_READ, SYSTEM, USERS, Ace, Descriptor, parse_sddl
from .state.sessionenv import SLOW_DELAY
from .state.termservice import RDP_TCP, WINSTATIONS

if TYPE_CHECKING:
    from .machine import Machine

MISSING_THUMBPRINT = "5F1C9A0E7D3B48A2C6E4F0918273645546372819"
BOUND_CONTAINER = "tp-9d3f2a61-7c54-4b0e-8a1d-e5c6b7f80912"
TEMPLATE_CONTAINER = "tp-1b7e4c90-52d8-4f63-9e2a-0c8d7a6b5f41"


def _empty_store(machine: Machine) -> None:
    for one in machine.certificates.stored(REMOTE_DESKTOP):
        machine.certificates.remove(REMOTE_DESKTOP, one.thumbprint)


def _expired(machine: Machine) -> None:
    """A certificate that ran out two weeks ago; nothing when another fault took it away."""
    certificates = machine.certificates
    current = next(iter(certificates.stored(REMOTE_DESKTOP)), None)
    if current is None:
        return
    certificates.remove(REMOTE_DESKTOP, current.thumbprint)
    thumbprint = certificates.put(REMOTE_DESKTOP, certificates.issue(days_ago=197), current.container)
    machine.registry.set(WINSTATIONS, "SelfSignedCertificate", binary(thumbprint))


def _bind(machine: Machine, thumbprint: str) -> None:
    if machine.registry.exists(RDP_TCP):
        machine.certificates.bind(thumbprint)


def _bound(machine: Machine) -> None:
    thumbprint = machine.certificates.enroll(BOUND_CONTAINER)
    if machine.registry.value(RDP_TCP, "SSLCertificateSHA1Hash") is None:
        _bind(machine, thumbprint)


def _bound_missing(machine: Machine) -> None:
    _bind(machine, MISSING_THUMBPRINT)


def _template(machine: Machine) -> None:
    thumbprint = machine.certificates.enroll(TEMPLATE_CONTAINER)
    machine.registry.set(WINSTATIONS, "TemplateCertificate", binary(thumbprint))


def _suppressed(machine: Machine) -> None:
    """An administrator denied SYSTEM to make keys in the store, and took the certificate away."""
    key = certificates_key(REMOTE_DESKTOP)
    own = machine.registry.security(key)
    deny = Ace(SYSTEM, CREATE_SUB_KEY, deny=True)
    machine.registry.set_security(key, Descriptor(own.owner, own.group, (deny,), auto_inherited=True))
    _empty_store(machine)


def _store_unnamed(machine: Machine) -> None:
    machine.registry.delete_value(WINSTATIONS, "SelfSignedCertStore")


def _folder(machine: Machine, change: Callable[[Descriptor], tuple[Ace, ...]]) -> None:
    before = machine.files.security(MACHINE_KEYS)
    machine.files.set_security(MACHINE_KEYS, before.with_aces(change(before)))


def _machine_keys_denied(machine: Machine) -> None:
    """Everyone may read, but not write."""

    def change(before: Descriptor) -> tuple[Ace, ...]:
        everyone = parse_sddl("D:(A;;FR;;;WD)").aces
        return everyone + tuple(ace for ace in before.aces if ace.sid != everyone[0].sid)

    _folder(machine, change)


def _machine_keys_extra(machine: Machine) -> None:
    _folder(machine, lambda before: (*before.aces, Ace(USERS, FILE_READ)))


def _key_file_denied(machine: Machine) -> None:
    """NETWORK SERVICE cannot read the key of the self-signed certificate."""
    path = machine.certificates.key_file("TSSecKeySet1")
    if machine.files.is_file(path):
        machine.files.set_security(path, parse_sddl("O:SYG:SYD:P(A;;FA;;;SY)"))


def _key_file_missing(machine: Machine) -> None:
    """The key of the self-signed certificate is gone, while that of another program is there."""
    path = machine.certificates.key_file("TSSecKeySet1")
    if machine.files.is_file(path):
        machine.files.delete(path)
    machine.certificates.make_key("iisWasKey")


def _slow(machine: Machine) -> None:
    machine.sessionenv.delay = SLOW_DELAY


def _never(machine: Machine) -> None:
    """Everything looks right, and no certificate comes."""
    machine.sessionenv.makes_certificates = False
    _empty_store(machine)


CERTIFICATE_FAULTS: tuple[tuple[str, str, Callable[[Machine], None]], ...] = (
    ("certificate-missing", "the Remote Desktop store is empty, WinStations names a certificate", _empty_store),
    ("certificate-expired", "the self-signed certificate has expired", _expired),
    ("certificate-bound", "a certificate of the domain's authority is bound (healthy)", _bound),
    ("certificate-bound-missing", "the bound certificate is in no store", _bound_missing),
    ("certificate-template", "a certificate by Group Policy's template is in use (healthy)", _template),
    ("certificate-suppressed", "DENY CreateSubKey for SYSTEM on the store, no certificate", _suppressed),
    ("certificate-store-unnamed", "WinStations has no SelfSignedCertStore", _store_unnamed),
    ("certificate-never", "no certificate, and SessionEnv makes none for no visible reason", _never),
    ("slow-certificate", "SessionEnv needs long to make a certificate", _slow),
    ("machinekeys-denied", "Everyone may not write into MachineKeys, so no key can be made", _machine_keys_denied),
    ("machinekeys-extra", "an additional, harmless entry on MachineKeys", _machine_keys_extra),
    ("keyfile-denied", "NETWORK SERVICE cannot read the RDP key file", _key_file_denied),
    ("keyfile-missing", "the RDP key file is gone", _key_file_missing),
)
