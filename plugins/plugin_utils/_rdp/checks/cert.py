# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The listener has a valid certificate.

A listener uses the certificate that is bound to it, else the one from the template that a policy names,
else the one that ``SessionEnv`` signs itself. Without any, clients that want TLS or Network Level
Authentication are turned away. Where the bound one can't be used, TermService takes its default one.

Before a date decides, the host is asked for its own time: nobody knows whose clock is wrong, so with clocks that are
more than a day apart no certificate is called expired, and none is renewed. An expired one that ``SessionEnv`` signed
is read again after the handshake, since the first connection can bring a new one.

``winops.rdp.rdp_cert`` lets ``SessionEnv`` make a new self-signed one. A certificate that somebody bound
is theirs to replace: it is reported, never touched.
"""

from __future__ import annotations

import dataclasses
import datetime
import typing as t

from ..check import Check
from ..errors import UnreadableError
from ..formats.x509 import Certificate
from ..model import Expectation, Probe, Verdict, ok, problem, unknown, warning
from ..probes import (
    KEY_FILES_COUNT,
    SELF_SIGNED_STORE,
    SESSION_ENV_CONFIG,
    SESSION_ENV_STATE,
    WINSTATIONS_KEY,
)
from ..state import certificate, clocks
from ..state.certificate import InUse
from ..state.host import Host, known
from ..state.machine_keys import CONTAINERS, key_file
from ..state.service_start import in_words, went_wrong
from ..tools import port_probe, sc
from .machine_keys import MACHINE_KEYS_RIGHTS
from .protocol import PROTOCOL
from .service import SERVICE

# SessionEnv makes a new one about a month before the end, so this late it has not managed to.
_SOON = datetime.timedelta(days=14)

_REPAIR = "winops.rdp.rdp_cert"
_SET_CLOCK = "Find out which of the two clocks is wrong and set it, then look again."

Age = t.Literal["fine", "soon", "expired", "not_yet"]


def judge(expected: Expectation, host: Host) -> Verdict:
    """Judge the certificate that the listener uses now, and whether SessionEnv could make another one."""
    shown = port_probe.thumbprint_shown(known(lambda: host.observation(expected)))
    if host.certificate.kind != "self_signed":
        return _foreign(host.certificate, expected, host, shown)
    verdict = _self_signed(expected, host, shown)
    return _with_its_maker(verdict, host) if verdict.status == "problem" else verdict


def _self_signed(expected: Expectation, host: Host, shown: str) -> Verdict:
    name = host.listener.parent.get("SelfSignedCertStore")
    if name is None or name.data != SELF_SIGNED_STORE:
        return problem(
            "The store of the self-signed certificate is not named.",
            expected=f"SelfSignedCertStore = {SELF_SIGNED_STORE} in {WINSTATIONS_KEY}",
            found=f"SelfSignedCertStore = {name.data!s}" if name else "no SelfSignedCertStore",
            repair=_REPAIR,
        )
    used = host.renewed_certificate or host.certificate
    if used.certificate is None:
        return problem(
            "The listener has no certificate.",
            expected="a self-signed certificate, made by SessionEnv",
            found=f"{used.thumbprint} is named, but not in the store {SELF_SIGNED_STORE}"
            if used.thumbprint
            else f"none is named in {WINSTATIONS_KEY}",
            repair=_REPAIR,
        )
    key = host.private_key(used)
    if key.fault and shown != used.thumbprint:
        return problem(
            "The private key of the listener's certificate is missing, or can't be read.",
            expected="a key file that NETWORK SERVICE may read",
            found=key.fault,
            repair=_REPAIR,
        )
    if key.hidden and not shown:
        raise UnreadableError(f"Whether the certificate has its private key can't be told: {key.unseen}.")
    return _dated(used, host.clocks(expected), repair=_REPAIR) or ok(
        "The listener has a valid self-signed certificate.", found=_in_words(used.certificate)
    )


#: Everything that follow_up may ask for, for whoever can't wait for the first answers.
FORESEEN: tuple[Probe[t.Any], ...] = (*map(key_file, CONTAINERS), KEY_FILES_COUNT)


def follow_up(expected: Expectation, host: Host) -> tuple[Probe[t.Any], ...]:
    """Probe the key's file, and where a date or a fault decides, the host from outside and its clock."""
    used = host.certificate
    outside = host.port_probe(expected)
    own = used.kind == "self_signed"
    if used.certificate is None:
        return (SESSION_ENV_STATE, SESSION_ENV_CONFIG) if own else (outside,)
    asked = list(host.private_key_probes())
    dated = expected.now is not None and _age(used.certificate, expected.now) in ("expired", "not_yet")
    if dated or _is_doubtful(used, host):
        asked.append(outside)
    if dated and host.is_observed(expected):
        asked += [*certificate.AGAIN, SESSION_ENV_STATE, SESSION_ENV_CONFIG] if own else []
        asked += [clocks.CLOCK] if port_probe.ahead(known(lambda: host.observation(expected))) is None else []
    return tuple(asked)


def _is_doubtful(used: InUse, host: Host) -> bool:
    """Whether something but its dates speaks against a certificate that is there."""
    if used.kind != "self_signed" and used.certificate is not None and not used.certificate.server_auth:
        return True
    key = known(lambda: host.private_key(used))
    return key is not None and (bool(key.fault) or key.hidden or (bool(key.unseen) and used.kind != "self_signed"))


def _with_its_maker(verdict: Verdict, host: Host) -> Verdict:
    """Say of a certificate that has to be made why SessionEnv can't make it, as far as that was asked and read."""
    try:
        state, config = host.session_env.state, host.session_env.config
    except UnreadableError:
        return verdict
    if state is None or config is None:
        why, fix = "is not installed (error 1060)", "Bring the service SessionEnv back first: see service."
    elif config.start_type == sc.DISABLED:
        why, fix = "is disabled", "Find out who disabled SessionEnv, and set its start type back to Manual first."
    elif went_wrong(state) and state.win32_exit_code is not None:
        # It may start now, so the repair is worth a try: it says what comes of it.
        why, fix = f"is stopped, {in_words(state.win32_exit_code)}", ""
    else:
        return verdict
    found = f"{verdict.found}; SessionEnv, which makes it, {why}"
    return dataclasses.replace(verdict, found=found, fix=fix or verdict.fix, repair="" if fix else verdict.repair)


def _foreign(used: InUse, expected: Expectation, host: Host, shown: str) -> Verdict:
    """Judge a certificate that somebody bound, or that a policy's template brought."""
    whose = "bound to the listener" if used.kind == "bound" else "of the policy's template"
    found = used.certificate
    if found is None:
        return _not_used(
            used,
            shown,
            f"The certificate {whose} is missing.",
            f"{used.thumbprint} in the computer's personal store",
            "no such certificate there",
            "Install it again, or bind another one. On a host without the role RD Connection Broker the value "
            "SSLCertificateSHA1Hash can be removed, so that the self-signed one is used."
            if used.kind == "bound"
            else "Run gpupdate /force, and look at the enrolment from the template.",
        )
    key = host.private_key(used)
    if key.fault and shown != used.thumbprint:
        return _not_used(
            used,
            shown,
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
            shown,
            f"The certificate {whose} is not meant for servers.",
            "the extended key usage server authentication, Remote Desktop authentication, or none",
            _in_words(found),
            "Have one issued for server authentication, and bind that.",
        )
    fix = "Have it renewed by those who issued it, and bind the new one."
    if dated := _dated(used, host.clocks(expected), fix=fix):
        return dated
    if key.unseen and shown != used.thumbprint:
        return unknown(
            f"Whether TermService can use the private key of the certificate {whose} can't be told.",
            expected="a handshake that shows the certificate, or a key file that can be looked at",
            found=f"{key.unseen}; {_in_words(found)}",
            fix="Look from a computer that reaches the host: winops.rdp.reach shows the thumbprint.",
        )
    return ok(f"The certificate {whose} is valid.", found=_in_words(found))


def _not_used(used: InUse, shown: str, summary: str, should_be: str, found: str, fix: str) -> Verdict:
    """Judge a bound certificate that can't be used, by what the handshake shows instead.

    TermService takes its default one then, as its events 1051, 1055 and 1059 say. Microsoft describes that for Server
    2008 alone, so it counts where it was seen:
    https://learn.microsoft.com/previous-versions/windows/it-pro/windows-server-2008-R2-and-2008/ee891233(v=ws.10)
    """
    if not shown:
        return problem(summary, expected=should_be, found=found, fix=fix)
    instead = "it is shown all the same" if shown == used.thumbprint else f"{shown} is shown to clients instead"
    return warning(summary, expected=should_be, found=f"{found}; {instead}", fix=fix)


def _dated(used: InUse, time: clocks.Clocks | None, *, fix: str = "", repair: str = "") -> Verdict | None:
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
            repair=repair,
        )
    if age == "not_yet":
        return problem(
            "The listener's certificate is not valid yet.",
            expected=f"valid on {time.controller:%Y-%m-%d}",
            found=f"{found}, from {used.certificate.not_before:%Y-%m-%d}",
            fix=fix,
            repair=repair,
        )
    if age == "soon":
        return warning(
            "The listener's certificate expires soon, and has not been renewed.",
            expected=f"valid for {_SOON.days} more days",
            found=found,
            fix=fix,
            repair=repair,
        )
    return None


def _apart(time: clocks.Clocks, here: Age, there: Age, found: str) -> Verdict:
    should_be, found = "clocks that agree", f"{time.described()}; {found}"
    if {here, there} & {"expired", "not_yet"}:
        return unknown(
            "Whether the listener's certificate is valid can't be told: the host's clock and the controller's are more "
            "than a day apart.",
            expected=should_be,
            found=found,
            fix=_SET_CLOCK,
        )
    return warning(
        "The host's clock and the controller's are more than a day apart.",
        expected=should_be,
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
    judge=judge,
    section="check-the-status-of-the-rdp-self-signed-certificate",
    needs=certificate.NEEDS,
    follow_up=follow_up,
    requires=(PROTOCOL, SERVICE),
    explained_by=(MACHINE_KEYS_RIGHTS,),
)
