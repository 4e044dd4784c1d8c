# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults of the certificate, its store, its key and the MachineKeys folder."""

from __future__ import annotations

import typing as t
from collections.abc import Callable

from ..state.certificates import MACHINE_KEYS, MY, REMOTE_DESKTOP, certificates_key
from ..state.registry import binary
from ..state.security import CREATE_SUB_KEY, FILE_READ, SYSTEM, USERS, Ace, Descriptor, parse_sddl
from ..state.sessionenv import SLOW_DELAY
from ..state.termservice import RDP_TCP, WINSTATIONS
from ..state.x509_factory import CLIENT_AUTH, SERVER_AUTH

if t.TYPE_CHECKING:
    from ..machine import Machine

MISSING_THUMBPRINT = "5F1C9A0E7D3B48A2C6E4F0918273645546372819"
BOUND_CONTAINER = "tp-9d3f2a61-7c54-4b0e-8a1d-e5c6b7f80912"
BOUND_KEY = "O:SYG:SYD:P(A;;FA;;;SY)(A;;FA;;;BA)(A;;FR;;;NS)"
TEMPLATE_CONTAINER = "tp-1b7e4c90-52d8-4f63-9e2a-0c8d7a6b5f41"


def _empty_store(machine: Machine) -> None:
    for one in machine.certificates.stored(REMOTE_DESKTOP):
        machine.certificates.remove(REMOTE_DESKTOP, one.thumbprint)


def _expired(machine: Machine) -> None:
    """A certificate that expired two weeks ago; no change when another fault has removed it."""
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
    """An administrator denied SYSTEM the right to create keys in the store, and removed the certificate."""
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
    """Everything seems right, but no certificate is created."""
    machine.sessionenv.makes_certificates = False
    _empty_store(machine)


def _enrolled(machine: Machine, days_ago: int = 30, usage: str = SERVER_AUTH) -> bytes:
    name = f"{machine.name}.{machine.policy.domain}".lower()
    return machine.certificates.issue(days_ago=days_ago, days=365, name=name, by_authority=True, usage=usage)


def _bind_new(machine: Machine, der: bytes, *, sddl: str = BOUND_KEY, has_key: bool = True, key_spec: int = 1) -> None:
    """Bind a certificate, unless another fault has bound one."""
    if machine.registry.value(RDP_TCP, "SSLCertificateSHA1Hash") is not None:
        return
    if has_key:
        machine.certificates.make_key(BOUND_CONTAINER, sddl)
    _bind(machine, machine.certificates.put(MY, der, BOUND_CONTAINER if has_key else "", key_spec=key_spec))


def _bound_without_key(machine: Machine) -> None:
    _bind_new(machine, _enrolled(machine), has_key=False)


def _bound_key_denied(machine: Machine) -> None:
    """As after the import of a PFX: NETWORK SERVICE has no rights."""
    _bind_new(machine, _enrolled(machine), sddl="O:BAG:SYD:P(A;;FA;;;SY)(A;;FA;;;BA)")


def _bound_for_signatures(machine: Machine) -> None:
    _bind_new(machine, _enrolled(machine), key_spec=2)


def _bound_for_clients(machine: Machine) -> None:
    _bind_new(machine, _enrolled(machine, usage=CLIENT_AUTH))


def _bound_not_yet_valid(machine: Machine) -> None:
    _bind_new(machine, _enrolled(machine, days_ago=-60))


def _wrong_clock(days: int) -> Callable[[Machine], None]:
    def change(machine: Machine) -> None:
        """The clock was already wrong when the certificate was made."""
        certificates = machine.certificates
        current = next(iter(certificates.stored(REMOTE_DESKTOP)), None)
        machine.travel(days)
        if current is not None:
            certificates.remove(REMOTE_DESKTOP, current.thumbprint)
            der = certificates.issue(days_ago=20)
            certificates.use_as_self_signed(certificates.put(REMOTE_DESKTOP, der, current.container))

    return change


def _tls(fault: str) -> Callable[[Machine], None]:
    def change(machine: Machine) -> None:
        machine.termservice.tls_fault = fault

    return change


def _strangers(machine: Machine) -> None:
    """What any user of the host may do in MachineKeys: folders, links and files whose names begin like the key's."""
    prefix = machine.certificates.key_file("TSSecKeySet1").partition("_")[0]
    theirs = "O:S-1-5-21-1-2-3-1105G:BUD:P(A;OICI;FA;;;S-1-5-21-1-2-3-1105)(A;;0x1200a9;;;BA)"
    folder = f"{prefix}_00000000-0000-0000-0000-0000deadbeef"
    machine.files.mkdir(folder)
    machine.files.make_junction(f"{prefix}_00000000-0000-0000-0000-0000deadbeee", r"C:\Windows\System32")
    names = [
        folder,
        *(f"{prefix}_{rest}" for rest in ("%TEMP%", "a&calc", "!x!", "00000000-0000-0000-0000-0000deadbeed.txt")),
    ]
    for path in names[1:]:
        machine.files.write(path, b"")
    for path in names:
        machine.files.set_security(path, parse_sddl(theirs))


def _key_is_folder(machine: Machine) -> None:
    """A folder of the key's name was there before Windows made the key."""
    path = machine.certificates.key_file("TSSecKeySet1")
    if machine.files.is_file(path):
        machine.files.delete(path)
    machine.certificates.make_key("iisWasKey")
    machine.files.mkdir(path)


def _session_env_fails(machine: Machine) -> None:
    """Its DLL is gone (ERROR_MOD_NOT_FOUND), and the certificate with it."""
    service = machine.services.get("SessionEnv")
    if service is not None:
        service.at_boot, service.fails_to_start = False, 126
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
    ("keyfile-folder", "a folder has the name of the RDP key file", _key_is_folder),
    ("machinekeys-strangers", "users made folders, links and files that are named like the key (healthy)", _strangers),
    ("certificate-bound-no-key", "the bound certificate has no private key", _bound_without_key),
    ("certificate-bound-key-denied", "NETWORK SERVICE cannot read the bound certificate's key", _bound_key_denied),
    ("certificate-bound-signature", "the bound certificate's key is for signatures only", _bound_for_signatures),
    ("certificate-bound-client", "the bound certificate is for clients only", _bound_for_clients),
    ("certificate-bound-future", "the bound certificate begins in two months", _bound_not_yet_valid),
    ("clock-behind", "the host's clock is 400 days behind", _wrong_clock(-400)),
    ("clock-ahead", "the host's clock is 400 days ahead", _wrong_clock(400)),
    ("tls-alert", "SCHANNEL has no cipher in common with anybody: alert 40", _tls("alert")),
    ("tls-reset", "something resets each connection that begins TLS", _tls("reset")),
    ("sessionenv-fails", "no certificate, and SessionEnv can't start: error 126", _session_env_fails),
)
