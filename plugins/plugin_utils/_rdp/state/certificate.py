# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which certificate a listener uses: bound to it, from the template that a policy names, or signed by SessionEnv."""

from __future__ import annotations

import dataclasses
import typing as t

from ..errors import UnreadableError
from ..formats import certstore, x509
from ..formats.x509 import Certificate
from ..model import Probe
from ..probes import (
    PERSONAL,
    SELF_SIGNED,
    SELF_SIGNED_STORE,
    SELF_SIGNED_STORE_KEY,
    STORES,
    STORES_KEY,
    WINSTATIONS,
    WINSTATIONS_KEY,
)
from ..readings import Readings
from ..tools import reg
from .listener import listener_key
from .registry import listed

#: The certificate in use is told from these.
NEEDS = (WINSTATIONS, SELF_SIGNED, STORES, PERSONAL)

# The self-signed one once more, for after the first connection.
_NAMED_NOW = Probe(reg.query(WINSTATIONS_KEY, value="SelfSignedCertificate"), reg.read_query)
_STORED_NOW = Probe(reg.query(rf"{SELF_SIGNED_STORE_KEY}\Certificates", recursive=True), reg.read_query)
AGAIN = (_NAMED_NOW, _STORED_NOW)


@dataclasses.dataclass(frozen=True)
class InUse:
    """The certificate that a listener uses.

    Attributes:
        kind: ``bound``, ``template`` or ``self_signed``.
        thumbprint: SHA-1 as the host names it, upper-case hexadecimal digits. Empty if it names none.
        certificate: What is in the store, None if it isn't there.
        key: Where its private key is, None if the store doesn't say, or says it in an unknown form.
        has_key: Whether the store says anything about a private key.
    """

    kind: str
    thumbprint: str
    certificate: Certificate | None
    key: certstore.KeyProvider | None = None
    has_key: bool = True


def described(used: InUse) -> dict[str, t.Any]:
    """Return the certificate in use as plain values. What isn't known is None."""
    found = used.certificate
    return {
        "kind": used.kind,
        "thumbprint": used.thumbprint or None,
        "present": found is not None,
        "subject": found.subject if found else None,
        "issuer": found.issuer if found else None,
        "not_before": f"{found.not_before:%Y-%m-%dT%H:%M:%SZ}" if found else None,
        "not_after": f"{found.not_after:%Y-%m-%dT%H:%M:%SZ}" if found else None,
        "container": used.key.container if used.key else None,
    }


def in_use(listener: str, winstations: reg.Query, store: reg.Query, stores: reg.Query, personal: reg.Query) -> InUse:
    """Return which certificate a listener uses.

    Raises:
        UnreadableError: The stores could not be read.
    """
    parent = listed(winstations, WINSTATIONS_KEY)
    key = listener_key(winstations, listener)
    for kind, value in (
        ("bound", key.get("SSLCertificateSHA1Hash") if key else None),
        ("template", parent.get("TemplateCertificate")),
    ):
        if thumbprint := _thumbprint(value):
            return InUse(kind, thumbprint, *_stored(personal, "MY", stores, thumbprint))
    thumbprint = _thumbprint(parent.get("SelfSignedCertificate"))
    if not thumbprint:
        return InUse("self_signed", "", None)
    return InUse("self_signed", thumbprint, *_stored(store, SELF_SIGNED_STORE, stores, thumbprint))


def renewed(readings: Readings) -> InUse | None:
    """Return the self-signed certificate that is there since the handshake, None if nobody looked again."""
    named, store, stores = readings.get(_NAMED_NOW), readings.get(_STORED_NOW), readings.get(STORES)
    key = named.key(WINSTATIONS_KEY) if named else None
    thumbprint = _thumbprint(key.get("SelfSignedCertificate")) if key else ""
    if not thumbprint or store is None or stores is None:
        return None
    try:
        found = InUse("self_signed", thumbprint, *_stored(store, SELF_SIGNED_STORE, stores, thumbprint))
    except UnreadableError:
        return None
    return found if found.certificate is not None else None


def _thumbprint(value: reg.Value | None) -> str:
    # Whatever has not the size of a SHA-1 names no certificate.
    return value.data.hex().upper() if value and isinstance(value.data, bytes) and len(value.data) == 20 else ""


def _stored(
    store: reg.Query, name: str, stores: reg.Query, thumbprint: str
) -> tuple[Certificate | None, certstore.KeyProvider | None, bool]:
    key = store.key(f"{STORES_KEY}\\{name}\\Certificates\\{thumbprint}")
    blob = key and key.get("Blob")
    if blob and isinstance(blob.data, bytes):
        stored = certstore.read(blob.data)
        found = x509.read(stored.der)
        if found.thumbprint != thumbprint:
            raise UnreadableError(f"The store {name} holds another certificate under the name {thumbprint}.")
        return found, stored.key, certstore.KEY_PROVIDER_INFO in stored.properties
    # It is missing for certain only if the listing of the store is complete, or there is no such store.
    no_store = name.casefold() not in (subkey.casefold() for subkey in listed(stores, STORES_KEY).subkeys)
    if store.not_understood and not no_store and store.keys:
        raise UnreadableError(f"The certificate store {name} could not be read.", store.not_understood[0])
    return None, None, True
