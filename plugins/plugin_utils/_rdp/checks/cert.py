# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The listener has a valid certificate.

A listener uses the certificate that is bound to it, else the one from the template that a policy names,
else the one that ``SessionEnv`` signs itself. Without any, clients that want TLS or Network Level
Authentication are turned away.

``winops.rdp.rdp_cert`` lets ``SessionEnv`` make a new self-signed one. A certificate that somebody bound
is theirs to replace: it is reported, never touched.
"""

from __future__ import annotations

import dataclasses
import datetime
import typing as t

from .. import certificate
from ..certificate import Certificate
from ..key_files import CONTAINERS, file_prefix
from ..model import Check, Expectation, Probe, Reader, Unreadable, Verdict, ok, problem, warning
from ..probes import (
    KEY_FILES_COUNT,
    MACHINE_KEYS,
    PERSONAL,
    SELF_SIGNED,
    SELF_SIGNED_STORE,
    STORES,
    STORES_KEY,
    WINSTATIONS,
    WINSTATIONS_KEY,
    key_file_names,
    listed,
    listener_key,
)
from ..tools import certstore, reg
from .machine_keys import MACHINE_KEYS_RIGHTS
from .protocol import PROTOCOL
from .service import SERVICE

# SessionEnv makes a new one about a month before the end, so this late it has not managed to.
_SOON = datetime.timedelta(days=14)

# The old kind of provider, whose keys lie in the folder MachineKeys: wincrypt.h
_PROV_RSA_FULL = 1

_REPAIR = "winops.rdp.rdp_cert"


@dataclasses.dataclass(frozen=True)
class InUse:
    """The certificate that a listener uses.

    Attributes:
        kind: ``bound``, ``template`` or ``self_signed``.
        thumbprint: SHA-1 as the host names it, upper-case hexadecimal digits. Empty if it names none.
        certificate: What is in the store, None if it isn't there.
        key: Where its private key is, None if the store doesn't say.
    """

    kind: str
    thumbprint: str
    certificate: Certificate | None
    key: certstore.KeyProvider | None = None


def judge(
    wanted: Expectation,
    winstations: reg.Query,
    store: reg.Query,
    stores: reg.Query,
    personal: reg.Query,
    reader: Reader,
) -> Verdict:
    """Judge the certificate that the listener uses now."""
    used = in_use(wanted.listener, winstations, store, stores, personal)
    if used.kind != "self_signed":
        return _foreign(used, wanted.now)
    name = listed(winstations, WINSTATIONS_KEY).get("SelfSignedCertStore")
    if name is None or name.data != SELF_SIGNED_STORE:
        return problem(
            "The store of the self-signed certificate is not named.",
            expected=f"SelfSignedCertStore = {SELF_SIGNED_STORE} in {WINSTATIONS_KEY}",
            found=f"SelfSignedCertStore = {name.data!s}" if name else "no SelfSignedCertStore",
            fix=_REPAIR,
        )
    if used.certificate is None:
        return problem(
            "The listener has no certificate.",
            expected="a self-signed certificate, made by SessionEnv",
            found=f"{used.thumbprint} is named, but not in the store {SELF_SIGNED_STORE}"
            if used.thumbprint
            else f"none is named in {WINSTATIONS_KEY}",
            fix=_REPAIR,
        )
    if _key_is_missing(used, reader):
        return problem(
            "The private key of the listener's certificate is missing.",
            expected=f"its file, {_key_file(used)}_…, in {MACHINE_KEYS}",
            found="no such file there",
            fix=_REPAIR,
        )
    return _dated(used, wanted.now, _REPAIR) or ok(
        "The listener has a valid self-signed certificate.", found=_in_words(used.certificate)
    )


#: Everything that follow_up may ask for, for whoever can't wait for the first answers.
FORESEEN: tuple[Probe[t.Any], ...] = (*map(key_file_names, CONTAINERS), KEY_FILES_COUNT)


def follow_up(wanted: Expectation, reader: Reader) -> tuple[Probe[t.Any], ...]:
    """Look for the key's file, once the certificate has named it; and if it isn't seen, whether any file is."""
    used = in_use(wanted.listener, *(reader.of(probe) for probe in CERT.needs))
    if used.key is None or not _key_file(used):
        return ()
    names = key_file_names(used.key.container)
    return (names, KEY_FILES_COUNT) if reader.get(names) == () else (names,)


def _key_is_missing(used: InUse, reader: Reader) -> bool:
    """Whether the key's file is missing for certain: others in the folder are seen, so it would be, too."""
    if used.key is None or not _key_file(used):
        return False
    return reader.get(key_file_names(used.key.container)) == () and bool(reader.get(KEY_FILES_COUNT))


def _key_file(used: InUse) -> str:
    """Return what the name of the key's file begins with, if it is known: SessionEnv's own containers are."""
    key = used.key
    if used.kind != "self_signed" or key is None or key.type != _PROV_RSA_FULL or key.container not in CONTAINERS:
        return ""
    return file_prefix(key.container)


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
        Unreadable: The stores could not be read.
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


def _thumbprint(value: reg.Value | None) -> str:
    # Whatever has not the size of a SHA-1 names no certificate.
    return value.data.hex().upper() if value and isinstance(value.data, bytes) and len(value.data) == 20 else ""


def _stored(
    store: reg.Query, name: str, stores: reg.Query, thumbprint: str
) -> tuple[Certificate | None, certstore.KeyProvider | None]:
    key = store.key(f"{STORES_KEY}\\{name}\\Certificates\\{thumbprint}")
    blob = key and key.get("Blob")
    if blob and isinstance(blob.data, bytes):
        stored = certstore.read(blob.data)
        found = certificate.read(stored.der)
        if found.thumbprint != thumbprint:
            raise Unreadable(f"The store {name} holds another certificate under the name {thumbprint}.")
        return found, stored.key
    # It is missing for certain only if the listing of the store is complete, or there is no such store.
    no_store = name.casefold() not in (subkey.casefold() for subkey in listed(stores, STORES_KEY).subkeys)
    if store.not_understood and not no_store and store.keys:
        raise Unreadable(f"The certificate store {name} could not be read.", store.not_understood[0])
    return None, None


def _foreign(used: InUse, now: datetime.datetime | None) -> Verdict:
    """Judge a certificate that somebody bound, or that a policy's template brought."""
    whose = "bound to the listener" if used.kind == "bound" else "of the policy's template"
    if used.certificate is None:
        return problem(
            f"The certificate {whose} is missing.",
            expected=f"{used.thumbprint} in the computer's personal store",
            found="no such certificate there",
            fix="Install it again, or bind another one. On a host without the role RD Connection Broker the value "
            "SSLCertificateSHA1Hash can be removed, so that the self-signed one is used."
            if used.kind == "bound"
            else "Run gpupdate /force, and look at the enrolment from the template.",
        )
    fix = "Have it renewed by those who issued it, and bind the new one."
    return _dated(used, now, fix) or ok(f"The certificate {whose} is valid.", found=_in_words(used.certificate))


def _dated(used: InUse, now: datetime.datetime | None, fix: str) -> Verdict | None:
    """Judge the days of a certificate. Nothing to say if they are fine, or the time doesn't matter."""
    if used.certificate is None or now is None:
        return None
    if now > used.certificate.not_after:
        return problem(
            "The listener's certificate has expired.",
            expected=f"valid on {now:%Y-%m-%d}",
            found=_in_words(used.certificate),
            fix=fix,
        )
    if now + _SOON > used.certificate.not_after:
        return warning(
            "The listener's certificate expires soon, and has not been renewed.",
            expected=f"valid for {_SOON.days} more days",
            found=_in_words(used.certificate),
            fix=fix,
        )
    return None


def _in_words(found: Certificate) -> str:
    return f"{found.subject}, thumbprint {found.thumbprint}, valid until {found.not_after:%Y-%m-%d}"


CERT = Check(
    judge,
    section="check-the-status-of-the-rdp-self-signed-certificate",
    needs=(WINSTATIONS, SELF_SIGNED, STORES, PERSONAL),
    follow_up=follow_up,
    requires=(PROTOCOL, SERVICE),
    explained_by=(MACHINE_KEYS_RIGHTS,),
)
