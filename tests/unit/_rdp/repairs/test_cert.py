# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""When a certificate is made anew, how, and whose is left alone."""

from __future__ import annotations

import datetime
import typing as t

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp import probes
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.checks.cert import CERT
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import (
    LeftAloneError,
    RefusedError,
    UnreadableError,
)
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import Expectation, Plan, Probe
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.repairs import cert
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.repairs.backup import undo_commands
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state import clocks
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.host import Host

from unit._rdp.certificates import NAMED, NOW, OWN, Stored, bound, observed
from unit._rdp.hosts import Output, host_of, queryex

FOLDER = r"C:\B\0001"
ALSO = (
    probes.STORE_DACL,
    probes.SESSION_ENV_STATE,
    probes.SESSION_ENV_CONFIG,
    probes.TERM_SERVICE_STATE,
    probes.UM_RDP_SERVICE_STATE,
    clocks.CLOCK,
)
MISSING = ("[SC] EnumQueryServicesStatus:OpenService FAILED 1060:\n\nNo such service.\n", 1060)
NO_NAME: Output = lambda text: text.replace(NAMED + "\r\n", "")  # noqa: E731
DISABLED: Output = lambda text: text.replace("3   DEMAND_START", "4   DISABLED")  # noqa: E731
RESTART = ["net stop SessionEnv", "net start SessionEnv"]
LATER = NOW + datetime.timedelta(days=200)


def _host(now: datetime.datetime = NOW, apart: int = 0, **outputs: t.Any) -> Host:
    clock = now + datetime.timedelta(days=apart)
    more: dict[Probe[t.Any], Output] = {
        probes.outside(3389): observed(ahead=apart * 86400),
        clocks.CLOCK: f"{clock:%Y-%m-%dT%H:%M:%S}.0000000+00:00\n",
    }
    outputs = {"session_env_state": queryex("SessionEnv", 1280), **outputs}
    return host_of((CERT,), Expectation(now=now), more, ALSO, **outputs)


def _plan(host: Host, state: cert.State = "valid", *, now: datetime.datetime = NOW, old: str = OWN) -> Plan:
    request = cert.CertRequest(Expectation(now=now), state, old, FOLDER)
    made = cert.plan(request, host)
    assert made == cert.plan(request, host), "a plan made again differs"
    return made


def _lines(plan: Plan) -> list[str]:
    return [command.line for command in plan.commands]


def test_good_one_stays() -> None:
    assert not _plan(_host())
    # The one that was asked for has been made.
    assert not _plan(_host(), "renewed", old="AB" * 20)


@pytest.mark.parametrize("state", ["valid", "renewed"])
def test_old_one_is_saved_and_deleted(state: cert.State) -> None:
    now = LATER if state == "valid" else NOW
    plan = _plan(_host(now), state, now=now)
    delete, *rest = _lines(plan)
    assert delete.startswith("reg delete") and OWN in delete and rest == RESTART
    assert len(plan.saves) == 2 and all(FOLDER in one.line for one in plan.saves)
    assert (plan.before, plan.after) == ({"thumbprint": OWN}, {"thumbprint": "a new one"})
    undo = " ".join(command.line for command in undo_commands(plan))
    assert "reg import" in undo and f"/v SelfSignedCertificate /t REG_BINARY /d {OWN.lower()}" in undo


def test_missing_one_is_made_and_its_store_is_named() -> None:
    assert _lines(_plan(_host(winstations=NO_NAME))) == RESTART
    plan = _plan(_host(winstations=lambda text: text.replace("REG_SZ    Remote Desktop", "REG_SZ    Other")))
    assert "SelfSignedCertStore" in _lines(plan)[0] and plan.before["SelfSignedCertStore"] == "Other"


def test_session_env_has_to_run_before_anything_is_deleted() -> None:
    plan = _plan(_host(LATER, session_env_state=queryex("SessionEnv", 0)), now=LATER)
    assert [change.command.line for change in plan.first] == ["net start SessionEnv"]
    missing = _plan(_host(winstations=NO_NAME, session_env_state=queryex("SessionEnv", 0)))
    assert not missing.first and _lines(missing) == RESTART[1:]


@pytest.mark.parametrize(
    ("outputs", "said"),
    [
        ({"winstations": bound(Stored().thumbprint), "personal": "\n"}, "somebody bound"),
        ({"store_dacl": "O:SYG:SYD:(D;;0x4;;;SY)(A;;KA;;;SY)\n"}, "forbade"),
    ],
)
def test_what_somebody_meant_is_left_alone(outputs: dict[str, t.Any], said: str) -> None:
    with pytest.raises(LeftAloneError, match=said):
        _plan(_host(LATER, **outputs), "renewed", now=LATER)


def test_what_an_authority_issued_is_left_alone() -> None:
    issued = Stored((-100, -50), issuer="CA")
    named: Output = lambda text: text.replace(OWN, issued.thumbprint)  # noqa: E731
    host = _host(winstations=named, self_signed=issued.listed("Remote Desktop"))
    with pytest.raises(LeftAloneError, match="was issued by CN=CA"):
        _plan(host)


@pytest.mark.parametrize(
    ("outputs", "said"),
    [
        ({"session_env_state": MISSING}, "not installed"),
        ({"session_env_config": DISABLED}, "disabled"),
        ({"apart": 3}, "more than a day apart"),
        ({"term_service_config": None}, "can't be told whether the certificate is valid"),
    ],
)
def test_what_would_not_help_is_refused(outputs: dict[str, t.Any], said: str) -> None:
    with pytest.raises(RefusedError, match=said):
        _plan(_host(**outputs), "renewed")


@pytest.mark.parametrize("missing", ["self_signed", "stores", "session_env_state"])
def test_what_was_not_read_is_not_planned(missing: str) -> None:
    with pytest.raises(UnreadableError):
        _plan(_host(**{missing: None}), "renewed")


def test_clock_is_asked_for_before_a_certificate_is_made_by_it() -> None:
    assert cert.follow_up(Expectation(now=NOW), "renewed", _host()) == (clocks.CLOCK,)
    assert cert.follow_up(Expectation(now=LATER), "valid", _host(LATER)) == (clocks.CLOCK,)
    assert cert.follow_up(Expectation(now=NOW), "valid", _host()) == ()


def test_term_service_is_restarted_where_session_env_alone_makes_none() -> None:
    assert "net stop TermService" in [change.command.line for change in cert.fallback(_host())]
    for state in (queryex("SessionEnv", 0), None, MISSING):
        assert cert.fallback(_host(session_env_state=state)) == ()


def test_session_env_that_does_not_run_is_the_reason() -> None:
    failed = queryex("SessionEnv", 0).replace("WIN32_EXIT_CODE    : 0  (0x0)", "WIN32_EXIT_CODE    : 126  (0x7e)")
    assert "does not run (exit code 126" in cert.why_not_running(_host(session_env_state=failed))
    assert cert.why_not_running(_host()) == cert.why_not_running(_host(session_env_state=None)) == ""


@pytest.mark.parametrize(
    ("outcome", "state", "helps"),
    [
        ("rdp", "renewed", True),
        ("timeout", "renewed", True),
        ("no_certificate", "valid", False),
        ("tls_failed", "renewed", False),
        ("tls_failed", "valid", True),
    ],
)
def test_whether_it_helped(outcome: str, state: cert.State, helps: bool) -> None:
    said = cert.unverified({"outcome": outcome, "summary": "This was seen."}, state)
    assert (said == "") == helps and ("This was seen." in said) != helps
