# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The listener has a valid certificate.

A listener uses the certificate that is bound to it, else the one from the template that a policy names,
else the one that ``SessionEnv`` signs itself. Without any, clients that want TLS or Network Level
Authentication are turned away. Where the bound one can't be used, TermService takes its default one.

Before a date decides, the host is asked for its own time: nobody knows whose clock is wrong, so with clocks that are
more than a day apart no certificate is called expired, and none is renewed. An expired one that ``SessionEnv`` signed
is looked at again after the handshake, since the first connection can bring a new one.

``winops.rdp.rdp_cert`` lets ``SessionEnv`` make a new self-signed one. A certificate that somebody bound
is theirs to replace: it is reported, never touched.
"""

from __future__ import annotations

import dataclasses
import datetime
import typing as t

from ..check import Check, following, positional
from ..errors import UnreadableError
from ..formats.x509 import Certificate
from ..model import Expectation, Probe, Verdict, ok, problem, unknown, warning
from ..probes import (
    KEY_FILES_COUNT,
    PERSONAL,
    SELF_SIGNED,
    SELF_SIGNED_STORE,
    SELF_SIGNED_STORE_KEY,
    SESSION_ENV_CONFIG,
    SESSION_ENV_STATE,
    STORES,
    WINSTATIONS,
    WINSTATIONS_KEY,
)
from ..readings import Readings
from ..state import clocks, private_key
from ..state.certificate import InUse, in_use, made_since
from ..state.machine_keys import CONTAINERS, key_file
from ..state.registry import listed
from ..state.service_start import in_words, went_wrong
from ..tools import port_probe, reg, sc
from .machine_keys import MACHINE_KEYS_RIGHTS
from .protocol import PROTOCOL
from .reach import look, seen
from .service import SERVICE

# SessionEnv makes a new one about a month before the end, so this late it has not managed to.
_SOON = datetime.timedelta(days=14)

_REPAIR = "winops.rdp.rdp_cert"
_SET_CLOCK = "Find out which of the two clocks is wrong and set it, then look again."

# The self-signed certificate once more, for after the first connection.
_NAMED_NOW = Probe(reg.query(WINSTATIONS_KEY, value="SelfSignedCertificate"), reg.read_query)
_STORED_NOW = Probe(reg.query(rf"{SELF_SIGNED_STORE_KEY}\Certificates", recursive=True), reg.read_query)

Age = t.Literal["fine", "soon", "expired", "not_yet"]


def judge(
    wanted: Expectation,
    winstations: reg.Query,
    store: reg.Query,
    stores: reg.Query,
    personal: reg.Query,
    readings: Readings,
) -> Verdict:
    """Judge the certificate that the listener uses now, and whether SessionEnv could make another one."""
    verdict = _judge(wanted, winstations, store, stores, personal, readings)
    return _with_its_maker(verdict, readings) if verdict.status == "problem" and verdict.fix == _REPAIR else verdict


def _judge(
    wanted: Expectation,
    winstations: reg.Query,
    store: reg.Query,
    stores: reg.Query,
    personal: reg.Query,
    readings: Readings,
) -> Verdict:
    used = in_use(wanted.listener, winstations, store, stores, personal)
    sighting = seen(wanted, readings)
    time = clocks.read(wanted, sighting, readings)
    if used.kind != "self_signed":
        return _foreign(used, time, sighting, readings)
    name = listed(winstations, WINSTATIONS_KEY).get("SelfSignedCertStore")
    if name is None or name.data != SELF_SIGNED_STORE:
        return problem(
            "The store of the self-signed certificate is not named.",
            expected=f"SelfSignedCertStore = {SELF_SIGNED_STORE} in {WINSTATIONS_KEY}",
            found=f"SelfSignedCertStore = {name.data!s}" if name else "no SelfSignedCertStore",
            fix=_REPAIR,
        )
    used = _renewed(readings) or used
    if used.certificate is None:
        return problem(
            "The listener has no certificate.",
            expected="a self-signed certificate, made by SessionEnv",
            found=f"{used.thumbprint} is named, but not in the store {SELF_SIGNED_STORE}"
            if used.thumbprint
            else f"none is named in {WINSTATIONS_KEY}",
            fix=_REPAIR,
        )
    key = private_key.judge(used, readings)
    if key.fault and port_probe.thumbprint_shown(sighting) != used.thumbprint:
        return problem(
            "The private key of the listener's certificate is missing, or can't be read.",
            expected="a key file that NETWORK SERVICE may read",
            found=key.fault,
            fix=_REPAIR,
        )
    if key.hidden and not port_probe.thumbprint_shown(sighting):
        raise UnreadableError(f"Whether the certificate has its private key can't be told: {key.unseen}.")
    return _dated(used, time, _REPAIR) or ok(
        "The listener has a valid self-signed certificate.", found=_in_words(used.certificate)
    )


#: Everything that follow_up may ask for, for whoever can't wait for the first answers.
FORESEEN: tuple[Probe[t.Any], ...] = (*map(key_file, CONTAINERS), KEY_FILES_COUNT)


def follow_up(wanted: Expectation, readings: Readings) -> tuple[Probe[t.Any], ...]:
    """Look at the key's file, and where a date or a fault decides, at the host from outside and at its clock."""
    used = in_use(wanted.listener, *(readings.of(probe) for probe in CERT.needs))
    outside = look(wanted, readings.of(WINSTATIONS))
    if used.certificate is None:
        return (SESSION_ENV_STATE, SESSION_ENV_CONFIG) if used.kind == "self_signed" else (outside,)
    asked = list(private_key.look(used, readings))
    foreign = used.kind != "self_signed"
    dated = wanted.now is not None and _age(used.certificate, wanted.now) in ("expired", "not_yet")
    if dated or _doubtful(used, readings):
        asked.append(outside)
    if dated and readings.has(outside):
        asked += [] if foreign else [_NAMED_NOW, _STORED_NOW, SESSION_ENV_STATE, SESSION_ENV_CONFIG]
        asked += [clocks.CLOCK] if port_probe.ahead(seen(wanted, readings)) is None else []
    return tuple(asked)


def _doubtful(used: InUse, readings: Readings) -> bool:
    """Whether something but its dates speaks against a certificate that is there."""
    if used.kind != "self_signed" and used.certificate is not None and not used.certificate.server_auth:
        return True
    try:
        key = private_key.judge(used, readings)
    except UnreadableError:
        return False
    return bool(key.fault) or key.hidden or (bool(key.unseen) and used.kind != "self_signed")


def _with_its_maker(verdict: Verdict, readings: Readings) -> Verdict:
    """Say of a certificate that has to be made why SessionEnv can't make it, as far as that was asked and read."""
    try:
        state, config = readings.of(SESSION_ENV_STATE), readings.of(SESSION_ENV_CONFIG)
    except UnreadableError:
        return verdict
    if state is None or config is None:
        why, fix = "is not installed (error 1060)", "Bring the service SessionEnv back first: see service."
    elif config.start_type == sc.DISABLED:
        why, fix = "is disabled", "Find out who disabled SessionEnv, and set its start type back to Manual first."
    elif went_wrong(state) and state.win32_exit_code is not None:
        # It may start now, so the repair is worth a try: it says what comes of it.
        why, fix = f"is stopped, {in_words(state.win32_exit_code)}", verdict.fix
    else:
        return verdict
    found = f"{verdict.found}; SessionEnv, which makes it, {why}"
    return dataclasses.replace(verdict, found=found, fix=fix)


def _renewed(readings: Readings) -> InUse | None:
    """Return the self-signed certificate that is there since the handshake, None if nobody looked again."""
    named, store, stores = readings.get(_NAMED_NOW), readings.get(_STORED_NOW), readings.get(STORES)
    if named is None or store is None or stores is None:
        return None
    try:
        now = made_since(named, store, stores)
    except UnreadableError:
        return None
    return now if now is not None and now.certificate is not None else None


def _foreign(
    used: InUse, time: clocks.Clocks | None, sighting: port_probe.Observation | None, readings: Readings
) -> Verdict:
    """Judge a certificate that somebody bound, or that a policy's template brought."""
    whose = "bound to the listener" if used.kind == "bound" else "of the policy's template"
    found = used.certificate
    if found is None:
        return _not_used(
            used,
            sighting,
            f"The certificate {whose} is missing.",
            f"{used.thumbprint} in the computer's personal store",
            "no such certificate there",
            "Install it again, or bind another one. On a host without the role RD Connection Broker the value "
            "SSLCertificateSHA1Hash can be removed, so that the self-signed one is used."
            if used.kind == "bound"
            else "Run gpupdate /force, and look at the enrolment from the template.",
        )
    key = private_key.judge(used, readings)
    if key.fault and port_probe.thumbprint_shown(sighting) != used.thumbprint:
        return _not_used(
            used,
            sighting,
            f"TermService can't use the private key of the certificate {whose}.",
            "a private key of the computer that NETWORK SERVICE may read",
            f"{key.fault}; {_in_words(found)}",
            "Install the certificate again with its private key in the computer's store and give NETWORK SERVICE the "
            "right to read it, or bind another one.",
        )
    if not found.server_auth:
        # Event 1054 says so: the certificate is not for server authentication.
        return _not_used(
            used,
            sighting,
            f"The certificate {whose} is not meant for servers.",
            "the extended key usage server authentication, Remote Desktop authentication, or none",
            _in_words(found),
            "Have one issued for server authentication, and bind that.",
        )
    fix = "Have it renewed by those who issued it, and bind the new one."
    if dated := _dated(used, time, fix):
        return dated
    if key.unseen and port_probe.thumbprint_shown(sighting) != used.thumbprint:
        return unknown(
            f"Whether TermService can use the private key of the certificate {whose} can't be told.",
            expected="a handshake that shows the certificate, or a key file that can be looked at",
            found=f"{key.unseen}; {_in_words(found)}",
            fix="Look from a computer that reaches the host: winops.rdp.reach shows the thumbprint.",
        )
    return ok(f"The certificate {whose} is valid.", found=_in_words(found))


def _not_used(
    used: InUse, sighting: port_probe.Observation | None, summary: str, expected: str, found: str, fix: str
) -> Verdict:
    """Judge a bound certificate that can't be used, by what the handshake shows instead.

    TermService takes its default one then, as its events 1051, 1055 and 1059 say. Microsoft describes that for Server
    2008 alone, so it counts where it was seen:
    https://learn.microsoft.com/previous-versions/windows/it-pro/windows-server-2008-R2-and-2008/ee891233(v=ws.10)
    """
    shown = port_probe.thumbprint_shown(sighting)
    if not shown:
        return problem(summary, expected=expected, found=found, fix=fix)
    instead = "it is shown all the same" if shown == used.thumbprint else f"{shown} is shown to clients instead"
    return warning(summary, expected=expected, found=f"{found}; {instead}", fix=fix)


def _dated(used: InUse, time: clocks.Clocks | None, fix: str) -> Verdict | None:
    """Judge the days of a certificate. Nothing to say if they are fine, or the time doesn't matter."""
    if used.certificate is None or time is None:
        return None
    found = _in_words(used.certificate)
    age = _age(used.certificate, time.controller)
    if time.apart and time.host is not None:
        return _apart(time, age, _age(used.certificate, time.host), found)
    if age in ("expired", "not_yet") and time.host is None:
        return unknown(
            "Whether the listener's certificate is valid now can't be told, because the host's clock is not known.",
            expected=f"valid on {time.controller:%Y-%m-%d}, the controller's date",
            found=found,
            fix="Look at the host's date, then at the certificate.",
        )
    if age == "expired":
        return problem(
            "The listener's certificate has expired.",
            expected=f"valid on {time.controller:%Y-%m-%d}",
            found=found,
            fix=fix,
        )
    if age == "not_yet":
        return problem(
            "The listener's certificate is not valid yet.",
            expected=f"valid on {time.controller:%Y-%m-%d}",
            found=f"{found}, from {used.certificate.not_before:%Y-%m-%d}",
            fix=fix,
        )
    if age == "soon":
        return warning(
            "The listener's certificate expires soon, and has not been renewed.",
            expected=f"valid for {_SOON.days} more days",
            found=found,
            fix=fix,
        )
    return None


def _apart(time: clocks.Clocks, here: Age, there: Age, found: str) -> Verdict:
    expected, found = "clocks that agree", f"{time.described()}; {found}"
    if {here, there} & {"expired", "not_yet"}:
        return unknown(
            "Whether the listener's certificate is valid can't be told: the host's clock and the controller's are more "
            "than a day apart.",
            expected=expected,
            found=found,
            fix=_SET_CLOCK,
        )
    return warning(
        "The host's clock and the controller's are more than a day apart.",
        expected=expected,
        found=found,
        fix=_SET_CLOCK,
    )


def _age(found: Certificate, now: datetime.datetime) -> Age:
    if now > found.not_after:
        return "expired"
    if now < found.not_before:
        return "not_yet"
    return "soon" if now + _SOON > found.not_after else "fine"


def _in_words(found: Certificate) -> str:
    return f"{found.subject}, thumbprint {found.thumbprint}, valid until {found.not_after:%Y-%m-%d}"


CERT = Check(
    id="cert",
    title="The listener has a valid certificate.",
    judge=positional(judge, needs=(WINSTATIONS, SELF_SIGNED, STORES, PERSONAL), follow_up=follow_up),
    section="check-the-status-of-the-rdp-self-signed-certificate",
    needs=(WINSTATIONS, SELF_SIGNED, STORES, PERSONAL),
    follow_up=following(follow_up),
    requires=(PROTOCOL, SERVICE),
    explained_by=(MACHINE_KEYS_RIGHTS,),
)
