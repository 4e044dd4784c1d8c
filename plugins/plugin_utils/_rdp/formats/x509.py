# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a certificate says about itself. The only file of the core that needs the library ``cryptography``."""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
import typing as t

from ..errors import UnreadableError

if t.TYPE_CHECKING:
    from cryptography import x509

_SERVER_AUTH = "1.3.6.1.5.5.7.3.1"
_ANY_USAGE = "2.5.29.37.0"
# Remote Desktop Authentication, which does as well:
# https://learn.microsoft.com/troubleshoot/windows-server/remote/remote-desktop-listener-certificate-configurations
_REMOTE_DESKTOP = "1.3.6.1.4.1.311.54.1.2"
_USAGES = (
    *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment"),
    *("key_agreement", "key_cert_sign", "crl_sign"),
)


@dataclasses.dataclass(frozen=True)
class Certificate:
    """A certificate.

    Attributes:
        subject: As text, RFC 4514.
        issuer: Likewise.
        thumbprint: SHA-1 of the DER, upper-case hexadecimal digits, as Windows names it.
        sha256: SHA-256 of the DER, likewise.
        not_before: Valid from, UTC.
        not_after: Valid until, UTC.
        self_signed: Issuer and subject are the same name. Whether the signature fits is not looked at.
        server_auth: A server, or Remote Desktop, may use it: its extended key usage says so, or it has none.
        key_usage: What its key may be used for, empty if it doesn't say.
    """

    subject: str
    issuer: str
    thumbprint: str
    sha256: str
    not_before: datetime.datetime
    not_after: datetime.datetime
    self_signed: bool
    server_auth: bool
    key_usage: tuple[str, ...]


def read(der: bytes) -> Certificate:
    """Read a certificate.

    Args:
        der: As it is in the store's blob.

    Raises:
        UnreadableError: It is none, or the controller can't read certificates.
    """
    try:
        from cryptography import x509
    except ImportError:
        raise UnreadableError("Reading certificates needs the Python package cryptography on the controller.") from None
    try:
        certificate = x509.load_der_x509_certificate(der)
        # The library reads names, dates and extensions only when they are asked for.
        return Certificate(
            subject=certificate.subject.rfc4514_string(),
            issuer=certificate.issuer.rfc4514_string(),
            thumbprint=hashlib.sha1(der, usedforsecurity=False).hexdigest().upper(),
            sha256=hashlib.sha256(der).hexdigest().upper(),
            not_before=certificate.not_valid_before_utc,
            not_after=certificate.not_valid_after_utc,
            self_signed=certificate.issuer == certificate.subject,
            server_auth=_server_auth(certificate),
            key_usage=_key_usage(certificate),
        )
    # Whatever the library makes of bytes that no certificate authority wrote: ValueError and others of its own.
    except Exception as error:
        raise UnreadableError(f"The certificate can't be read: {error}") from error


def _server_auth(certificate: x509.Certificate) -> bool:
    from cryptography import x509

    try:
        usages = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return True
    return any(usage.dotted_string in (_SERVER_AUTH, _ANY_USAGE, _REMOTE_DESKTOP) for usage in usages)


def _key_usage(certificate: x509.Certificate) -> tuple[str, ...]:
    from cryptography import x509

    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return ()
    return tuple(name for name in _USAGES if getattr(usage, name))
