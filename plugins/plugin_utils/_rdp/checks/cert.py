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

import datetime
import typing as t

from ..certificate import Certificate
from ..in_use import InUse, in_use
from ..key_files import CONTAINERS, file_prefix
from ..model import Check, Expectation, Probe, Reader, Verdict, ok, problem, warning
from ..probes import (
    KEY_FILES_COUNT,
    MACHINE_KEYS,
    PERSONAL,
    SELF_SIGNED,
    SELF_SIGNED_STORE,
    STORES,
    WINSTATIONS,
    WINSTATIONS_KEY,
    key_file_names,
    listed,
)
from ..tools import reg
from .machine_keys import MACHINE_KEYS_RIGHTS
from .protocol import PROTOCOL
from .service import SERVICE

# SessionEnv makes a new one about a month before the end, so this late it has not managed to.
_SOON = datetime.timedelta(days=14)

# The old kind of provider, whose keys lie in the folder MachineKeys: wincrypt.h
_PROV_RSA_FULL = 1

_REPAIR = "winops.rdp.rdp_cert"


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
