# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Let SessionEnv make a new self-signed certificate."""

from __future__ import annotations

import dataclasses
import typing as t

from ..checks.cert import CERT
from ..diagnosis import diagnose
from ..errors import LeftAloneError, RefusedError
from ..formats import sddl
from ..model import Change, Command, Expectation, Finding, Plan, Probe
from ..probes import SELF_SIGNED_STORE, SELF_SIGNED_STORE_KEY, WINSTATIONS_KEY
from ..state import clocks, service_start
from ..state.certificate import InUse
from ..state.host import Host, known
from ..state.services import Service
from ..tools import port_probe, reg, sc
from . import restart
from .backup import export, exported, put_back

_CREATE_SUBKEY = 0x4
_STORE_NAME = "SelfSignedCertStore"

State = t.Literal["valid", "renewed"]


@dataclasses.dataclass(frozen=True)
class CertRequest:
    """What somebody asks of the certificate.

    Attributes:
        expected: What the host is expected to be.
        state: ``valid``, or ``renewed`` for a new one in any case.
        old: The thumbprint of the one that was in use when the task began.
        folder: Where to save what is going to change.
    """

    expected: Expectation
    state: State
    old: str
    folder: str


def follow_up(expected: Expectation, state: State, host: Host) -> tuple[Probe[t.Any], ...]:
    """Ask for the host's clock before a certificate is made by it."""
    may_renew = state == "renewed" or _finding(expected, host).status in ("problem", "warning")
    return (clocks.CLOCK,) if may_renew else ()


def plan(request: CertRequest, host: Host) -> Plan:
    """Plan to delete the old certificate, if it is SessionEnv's own, and to restart SessionEnv.

    Raises:
        LeftAloneError: Somebody bound a certificate, a template brings it, or somebody forbade self-signed ones.
        RefusedError: The host can't be judged, or nobody could make a certificate that is dated right.
        UnreadableError: The certificate or SessionEnv could not be read.
    """
    used = host.certificate
    if not _is_needed(request, host):
        return Plan()
    _leave_alone(used, known(lambda: host.store_dacl))
    _refuse_wrong_clock(host.clocks(request.expected))
    _refuse_without(host.session_env)
    return _renewal(used, host.listener.parent.get(_STORE_NAME), request.folder, running=host.session_env.runs)


def fallback(host: Host) -> tuple[Change, ...]:
    """Where SessionEnv alone makes no certificate, a restart of TermService asks it to."""
    if not known(lambda: host.session_env.runs):
        return ()
    return restart.term_service(host.term_service.state, host.um_rdp_service.state)


def _leave_alone(used: InUse, store_dacl: str | None) -> None:
    """Leave a certificate alone that isn't SessionEnv's to make."""
    if used.kind != "self_signed":
        raise LeftAloneError(
            "The listener uses a certificate that somebody bound to it, or that a policy's template brings. "
            "Only a self-signed one is renewed here."
        )
    if used.certificate is not None and not used.certificate.self_signed:
        raise LeftAloneError(
            f"The certificate {used.thumbprint} was issued by {used.certificate.issuer}, so it is not replaced."
        )
    if store_dacl is None:
        return
    if sddl.denies(sddl.parse(store_dacl, sddl.REGISTRY_KEY), sddl.SYSTEM, _CREATE_SUBKEY):
        raise LeftAloneError(
            "Somebody forbade Windows on purpose to make self-signed certificates: SYSTEM is denied to create sub-keys "
            f"of {SELF_SIGNED_STORE_KEY}\\Certificates. Bind a certificate to the listener, or take that entry away."
        )


def _finding(expected: Expectation, host: Host) -> Finding:
    return diagnose((CERT,), host, expected)[0]


def _is_needed(request: CertRequest, host: Host) -> bool:
    """Whether a new certificate has to be made."""
    finding = _finding(request.expected, host)
    if finding.status in ("unknown", "skipped"):
        raise RefusedError(
            f"Nothing was changed, because it can't be told whether the certificate is valid: {finding.summary} "
            "winops.rdp.rdp_info says what comes first."
        )
    return finding.status != "ok" or (request.state == "renewed" and host.certificate.thumbprint == request.old)


def _refuse_wrong_clock(time: clocks.Clocks | None) -> None:
    """Refuse to have a certificate made by a clock that may be wrong."""
    if time is not None and time.apart:
        raise RefusedError(
            f"Nothing was changed, because the two clocks are more than a day apart ({time.described()}): a new "
            "certificate would be dated by the host's. Find out which is wrong and set it, then run this again."
        )


def _refuse_without(session_env: Service) -> None:
    """Refuse where nobody could make a certificate."""
    state, config = session_env.state, session_env.config
    if state is None or config is None:
        raise RefusedError(
            "Nothing was changed, because SessionEnv, which makes the certificate, is not installed (1060)."
        )
    if config.start_type == sc.DISABLED:
        raise RefusedError(
            "Nothing was changed, because SessionEnv, which makes the certificate, is disabled. Find out who disabled "
            "it, and set its start type back to Manual."
        )


def why_not_running(host: Host) -> str:
    """Say why no certificate is made where SessionEnv does not run, nothing if it does."""
    state = known(lambda: host.session_env.state)
    if state is None or state.state != sc.STOPPED:
        return ""
    why = "" if state.win32_exit_code is None else f" ({service_start.in_words(state.win32_exit_code)})"
    return f"SessionEnv, which makes the certificate, does not run{why}. Repair that service first."


def unverified(seen: port_probe.Observation, state: State) -> str:
    """Say that a new certificate can't be used either, nothing if nothing speaks against it.

    Args:
        seen: What the controller saw. What does not come as far as TLS says nothing about it.
        state: What was asked for. A certificate that had expired is no better because TLS fails for another reason.
    """
    if seen["outcome"] != "no_certificate" and not (state == "renewed" and seen["outcome"] == "tls_failed"):
        return ""
    return f"A new certificate was made, and it does not help. {seen['summary']}"


def _renewal(used: InUse, store_name: reg.Value | None, folder: str, *, running: bool) -> Plan:
    """Plan the way to a new certificate.

    Args:
        used: The certificate in use, a self-signed one.
        store_name: SelfSignedCertStore, None without it.
        folder: Where to save what is going to change.
        running: Whether SessionEnv runs. If it doesn't, it has to before anything is deleted.
    """
    changes: list[Change] = []
    saves: list[Command] = []
    before: dict[str, object] = {"thumbprint": used.thumbprint or None}
    after: dict[str, object] = {"thumbprint": "a new one"}
    if store_name is None or store_name.data != SELF_SIGNED_STORE:
        changes.append(
            Change(
                reg.add(WINSTATIONS_KEY, _STORE_NAME, "REG_SZ", SELF_SIGNED_STORE),
                why="Name the store of the self-signed certificate again.",
                undo=(put_back(WINSTATIONS_KEY, _STORE_NAME, store_name, folder),),
            )
        )
        before[_STORE_NAME] = None if store_name is None else str(store_name.data)
        after[_STORE_NAME] = SELF_SIGNED_STORE
    if used.certificate is not None:
        key = f"{SELF_SIGNED_STORE_KEY}\\Certificates\\{used.thumbprint}"
        saves.append(export(key, folder))
        changes.append(
            Change(
                # Unseen: without its key below SystemCertificates the certificate is gone for SessionEnv, and
                # its restart makes a new one within a minute; published scripts restart TermService.
                reg.delete_key(key),
                why="Delete the old self-signed certificate, so that a new one is made.",
                # SessionEnv names the new one itself: to undo means to name the old one again.
                undo=(
                    reg.import_(f"{folder}\\{exported(key)}"),
                    reg.add(WINSTATIONS_KEY, "SelfSignedCertificate", "REG_BINARY", bytes.fromhex(used.thumbprint)),
                ),
            )
        )
    saves.append(export(WINSTATIONS_KEY, folder))
    first: tuple[Change, ...] = ()
    if not running and used.certificate is not None:
        first, running = restart.session_env(running=False), True
    return Plan(
        first=first,
        changes=tuple(changes),
        restart=restart.session_env(running),
        saves=tuple(saves),
        before=before,
        after=after,
    )
