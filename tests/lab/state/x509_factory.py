# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real X.509 certificates for emulated hosts, cheap and always the same for the same arguments.

All of them share one RSA key, which is written down here: it guards nothing, and making a new one in every process
would cost a tenth of a second and give every run other thumbprints.
"""

from __future__ import annotations

import datetime
import functools
import hashlib

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

_P = int(
    "f3e7b5dc521d9c1b340cd7d017447a5db16b1fd2ac61fe93a502c06277c1819d0246bac6a5e2fab2ec5c7102d0bcd1d41aa022ac6dc57340"
    "3ba9c0172ced7aa51daf7495d5dc6aed4bc1113ea05d1528a4f1f50ad716dad8eddf5bcf851765ab3374d73a8ef1f9d37048d81c5325ff86"
    "78e3cc2b829371a3014079fdb91c90ed",
    16,
)
_Q = int(
    "d5199a77d3fcb791f3fe2183ae147cf36a9c60a67bef6b455f2edeb386944275df2d9a0fd9c54baf160576c8b1aac40b31e084041ab0cc26"
    "fab14547c78df660717223ceceefe24a73dedc9ba77cd67fec3f2642d536f71621e9d86981e60ee7352a66e56d78f20627bf872c65ff368f"
    "3434183ce3aae729f53621c3a4f1cd5b",
    16,
)
_E = 65537
SERVER_AUTH, CLIENT_AUTH = "1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"
ISSUING_CA = ("corp", "example"), "Corp Issuing CA 1"


@functools.cache
def lab_key() -> rsa.RSAPrivateKey:
    """The RSA key of every certificate in the lab."""
    d = pow(_E, -1, (_P - 1) * (_Q - 1))
    numbers = rsa.RSAPrivateNumbers(
        _P, _Q, d, d % (_P - 1), d % (_Q - 1), pow(_Q, -1, _P), rsa.RSAPublicNumbers(_E, _P * _Q)
    )
    return numbers.private_key(unsafe_skip_rsa_key_validation=True)


@functools.lru_cache(maxsize=4096)
def issue(
    name: str,
    seed: str,
    not_before: datetime.datetime,
    days: int,
    *,
    by_authority: bool = False,
    usage: str = SERVER_AUTH,
) -> bytes:
    """A server certificate for CN=name as DER; its serial number follows from the seed.

    Self-signed as Remote Desktop makes it (key usage 0xB0, see the check in CCertManager), or issued by an authority.
    """
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])
    issuer = _authority() if by_authority else subject
    serial = int.from_bytes(hashlib.sha256(f"serial {name} {seed}".encode()).digest()[:16], "big") >> 1
    key_usage = x509.KeyUsage(True, False, True, True, False, False, False, False, False)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(lab_key().public_key())
        .serial_number(serial | 1)
        .not_valid_before(not_before)
        .not_valid_after(not_before + datetime.timedelta(days=days))
        .add_extension(x509.ExtendedKeyUsage([x509.ObjectIdentifier(usage)]), critical=False)
        .add_extension(key_usage, critical=False)
    )
    if by_authority:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    return builder.sign(lab_key(), hashes.SHA256()).public_bytes(Encoding.DER)


def _authority() -> x509.Name:
    domain, common = ISSUING_CA
    parts = [x509.NameAttribute(NameOID.DOMAIN_COMPONENT, part) for part in reversed(domain)]
    return x509.Name([*parts, x509.NameAttribute(NameOID.COMMON_NAME, common)])
