# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificate stores in the registry, key files in MachineKeys, and which certificate a listener presents.

Stores: HKLM\\SOFTWARE\\Microsoft\\SystemCertificates\\<store>\\Certificates\\<SHA-1>, value Blob
(https://learn.microsoft.com/windows/win32/seccrypto/system-store-locations). The blob is a list of records of
{property, encoding 1, length, data}; property 32 is the certificate, 3 its SHA-1, 2 where its private key is.
"""

from __future__ import annotations

import dataclasses
import datetime
import functools
import hashlib
import struct
import typing as t

from cryptography import x509

from .files import FileError
from .registry import REG_BINARY, binary, sz
from .security import FILE_READ, NETWORK_SERVICE_TOKEN, parse_sddl
from .termservice import RDP_TCP, WINSTATIONS
from .x509_factory import SERVER_AUTH, issue

if t.TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import rsa

    from ..machine import Machine

STORES = r"HKLM\SOFTWARE\Microsoft\SystemCertificates"
REMOTE_DESKTOP, MY = "Remote Desktop", "MY"
MACHINE_KEYS = r"C:\ProgramData\Microsoft\Crypto\RSA\MachineKeys"
PROVIDER = "Microsoft Enhanced Cryptographic Provider v1.0"
KEY_PROVIDER_INFO, SHA1_HASH, CERTIFICATE = 2, 3, 32
KEY_FILE_SDDL = "O:SYG:SYD:P(A;;FA;;;SY)(A;;FR;;;NS)"
AT_SIGNATURE = 2  # wincrypt.h
VALID_DAYS = 183  # seen: 11/22/2023 to 5/23/2024


@functools.cache
def today() -> datetime.datetime:
    """The day on which this process began, so that a run over midnight doesn't see two hosts differ."""
    return datetime.datetime.now(datetime.UTC).replace(hour=0, minute=0, second=0, microsecond=0)


@dataclasses.dataclass(frozen=True)
class Stored:
    """A certificate that lies in a store."""

    store: str
    thumbprint: str
    der: bytes
    container: str
    key_spec: int = 1

    @property
    def is_for_servers(self) -> bool:
        """Whether its extended key usage allows a server, or Remote Desktop (event 1054)."""
        try:
            usages = self.parsed.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        except x509.ExtensionNotFound:
            return True
        allowed = {"1.3.6.1.5.5.7.3.1", "1.3.6.1.4.1.311.54.1.2", "2.5.29.37.0"}
        return any(usage.dotted_string in allowed for usage in usages)

    @property
    def parsed(self) -> x509.Certificate:
        """The certificate as cryptography reads it."""
        return x509.load_der_x509_certificate(self.der)


def certificates_key(store: str) -> str:
    """The registry key of a store's certificates."""
    return rf"{STORES}\{store}\Certificates"


def key_file_name(container: str, machine_guid: str) -> str:
    """The name of the file in which the old cryptographic providers keep a machine's key.

    MD5 of the lower-case container name with its NUL, written as four little-endian numbers, and the MachineGuid.
    """
    digest = hashlib.md5(container.lower().encode() + b"\0", usedforsecurity=False).digest()
    return "".join(f"{number:08x}" for number in struct.unpack("<4I", digest)) + "_" + machine_guid


def key_provider_info(container: str, *, key_spec: int = 1) -> bytes:
    """CRYPT_KEY_PROV_INFO as it lies in a blob: pointers are offsets from its beginning, 32 bits wide.

    The key is for exchange (1) or for signatures only (2).
    """
    names = [(text + "\0").encode("utf-16-le") for text in (container, PROVIDER)]
    offset = 7 * 4
    rsa_full, machine_keyset = 1, 0x20
    head = struct.pack("<7I", offset, offset + len(names[0]), rsa_full, machine_keyset, 0, 0, key_spec)
    return head + b"".join(names)


def make_blob(der: bytes, container: str, *, key_spec: int = 1) -> bytes:
    """The value Blob of a certificate, without a private key if there is no container."""
    sha1 = hashlib.sha1(der, usedforsecurity=False).digest()
    key = [(KEY_PROVIDER_INFO, key_provider_info(container, key_spec=key_spec))] if container else []
    records = [(SHA1_HASH, sha1), *key, (CERTIFICATE, der)]
    return b"".join(struct.pack("<3I", number, 1, len(data)) + data for number, data in records)


def read_blob(blob: bytes) -> dict[int, bytes]:
    """Property -> data; what is cut off is left out."""
    found: dict[int, bytes] = {}
    position = 0
    while position + 12 <= len(blob):
        number, _, length = struct.unpack_from("<3I", blob, position)
        data = blob[position + 12 : position + 12 + length]
        if len(data) == length:
            found[number] = data
        position += 12 + length
    return found


def _container(info: bytes) -> str:
    if len(info) < 28:
        return ""
    offset = struct.unpack_from("<I", info)[0]
    return info[offset:].decode("utf-16-le", "replace").split("\0", 1)[0]


def _key_spec(info: bytes) -> int:
    return int(struct.unpack_from("<I", info, 24)[0]) if len(info) >= 28 else 0


class Certificates:
    """The certificates of one host. All of it lives in the registry and in files; this only reads and writes there."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self.falls_back = True  # TermService takes the default certificate where the bound one can't be used
        self.made = 0  # how many were made: makes each of them different

    # -- places --------------------------------------------------------------------------------------------------------

    def key_file(self, container: str) -> str:
        """The path of a container's key file."""
        guid = self._machine.registry.text(r"HKLM\SOFTWARE\Microsoft\Cryptography", "MachineGuid") or ""
        return rf"{MACHINE_KEYS}\{key_file_name(container, guid)}"

    def find(self, store: str, thumbprint: str) -> Stored | None:
        """A certificate by its SHA-1 in hexadecimal digits."""
        value = self._machine.registry.value(rf"{certificates_key(store)}\{thumbprint}", "Blob")
        if value is None or value.type != REG_BINARY:
            return None
        records = read_blob(value.raw)
        der = records.get(CERTIFICATE)
        if not der or hashlib.sha1(der, usedforsecurity=False).hexdigest().upper() != thumbprint.upper():
            return None
        info = records.get(KEY_PROVIDER_INFO, b"")
        return Stored(store, thumbprint.upper(), der, _container(info), _key_spec(info))

    def stored(self, store: str) -> list[Stored]:
        """Every certificate of a store."""
        key = self._machine.registry.get(certificates_key(store))
        found = [self.find(store, sub.name) for sub in key.subkeys()] if key is not None else []
        return [one for one in found if one is not None]

    def _named(self, path: str, name: str) -> str:
        value = self._machine.registry.value(path, name)
        return value.raw.hex().upper() if value is not None and len(value.raw) == 20 else ""

    def self_signed_store(self) -> str:
        """The store's name that WinStations gives; empty when the value is missing."""
        return self._machine.registry.text(WINSTATIONS, "SelfSignedCertStore") or ""

    def self_signed(self) -> Stored | None:
        """The certificate that WinStations names as self-signed, if its store has it."""
        store, thumbprint = self.self_signed_store(), self._named(WINSTATIONS, "SelfSignedCertificate")
        return self.find(store, thumbprint) if store and thumbprint else None

    # -- use -----------------------------------------------------------------------------------------------------------

    def key_is_readable(self, container: str) -> bool:
        """Whether the service's account, NETWORK SERVICE, can read the private key."""
        if not container:
            return False
        path = self.key_file(container)
        try:
            return self._machine.files.security(path).allows(NETWORK_SERVICE_TOKEN, FILE_READ)
        except FileError:
            return False

    def presented(self, listener: str = "RDP-Tcp") -> Stored | None:
        """What a listener would show: bound to it, else from the template, else self-signed; its key may be unreadable.

        A bound one that can't be used is replaced by the default one (events 1051 and 1055), as is written for Server
        2008: https://learn.microsoft.com/previous-versions/windows/it-pro/windows-server-2008-R2-and-2008/ee891233(v=ws.10)
        # Unseen: versions after Server 2008 R2 fall back in the same way, as long as `falls_back` says so.
        # Unseen: a key for signatures only (AT_SIGNATURE) is one that can't be used.
        """
        bound = self._named(rf"{WINSTATIONS}\{listener}", "SSLCertificateSHA1Hash")
        template = self._named(WINSTATIONS, "TemplateCertificate")
        named = bound or template
        chosen = self.find(MY, named) if named else None
        usable = chosen is not None and chosen.is_for_servers and chosen.key_spec != AT_SIGNATURE
        if (usable and chosen is not None and self.key_is_readable(chosen.container)) or (
            bound and not self.falls_back
        ):
            return chosen
        return self.self_signed()

    def in_use(self, listener: str = "RDP-Tcp") -> Stored | None:
        """What a listener shows; None when it cannot."""
        chosen = self.presented(listener)
        return chosen if chosen is not None and self.key_is_readable(chosen.container) else None

    # -- making --------------------------------------------------------------------------------------------------------

    def make_key(self, container: str, sddl: str = KEY_FILE_SDDL) -> None:
        """Write a new key file. FileError when whoever acts may not."""
        path = self.key_file(container)
        salt = f"{self._machine.name}-{self._machine.seed}-{container}-{self.made}"
        self._machine.files.write(path, b"".join(hashlib.sha512(f"{salt}-{n}".encode()).digest() for n in range(36)))
        node = self._machine.files.entry(path)
        assert node is not None
        node.security, node.attributes = parse_sddl(sddl), {"S"}

    def issue(
        self,
        *,
        days_ago: int = 1,
        days: int = VALID_DAYS,
        name: str = "",
        by_authority: bool = False,
        usage: str = SERVER_AUTH,
    ) -> bytes:
        """A new certificate of this host as DER, valid since some days before the host's own today."""
        self.made += 1
        begin = self._machine.now - datetime.timedelta(days=days_ago)
        seed = f"{self._machine.seed}-{self.made}"
        return issue(name or self._machine.name, seed, begin, days, by_authority=by_authority, usage=usage)

    def put(self, store: str, der: bytes, container: str, *, key_spec: int = 1) -> str:
        """Put a certificate into a store; its thumbprint."""
        thumbprint = hashlib.sha1(der, usedforsecurity=False).hexdigest().upper()
        path = rf"{certificates_key(store)}\{thumbprint}"
        self._machine.registry.set(path, "Blob", binary(make_blob(der, container, key_spec=key_spec)))
        return thumbprint

    def remove(self, store: str, thumbprint: str) -> bool:
        """Take a certificate out of a store."""
        return self._machine.registry.delete_key(rf"{certificates_key(store)}\{thumbprint}")

    def use_as_self_signed(self, thumbprint: str, store: str = REMOTE_DESKTOP) -> None:
        """Write down which self-signed certificate is the listener's."""
        self._machine.registry.set(WINSTATIONS, "SelfSignedCertStore", sz(store))
        self._machine.registry.set(WINSTATIONS, "SelfSignedCertificate", binary(thumbprint))

    def bind(self, thumbprint: str, listener: str = RDP_TCP) -> None:
        """Bind a certificate of MY to a listener."""
        self._machine.registry.set(listener, "SSLCertificateSHA1Hash", binary(thumbprint))

    def seed(self) -> None:
        """What a healthy host has: a self-signed certificate some weeks old, and its key."""
        machine = self._machine
        age = 20 + hashlib.sha256(f"{machine.name}-{machine.seed}".encode()).digest()[0] % 60
        self.make_key("TSSecKeySet1")
        der = self.issue(days_ago=age)
        self.use_as_self_signed(self.put(REMOTE_DESKTOP, der, "TSSecKeySet1"))

    def enroll(self, container: str, *, days: int = 365) -> str:
        """A certificate from the domain's authority in MY, its key readable for NETWORK SERVICE; the thumbprint."""
        machine = self._machine
        self.make_key(container, "O:SYG:SYD:P(A;;FA;;;SY)(A;;FA;;;BA)(A;;FR;;;NS)")
        name = f"{machine.name}.{machine.policy.domain}".lower()
        return self.put(MY, self.issue(days_ago=30, days=days, name=name, by_authority=True), container)


def private_key() -> rsa.RSAPrivateKey:
    """The private key of every certificate, for whoever speaks TLS with one."""
    from .x509_factory import lab_key

    return lab_key()
