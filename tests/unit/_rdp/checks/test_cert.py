# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which certificate is good, which is made anew, and which is for people to replace."""

from __future__ import annotations

import dataclasses
import datetime
import typing as t

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.checks.cert import CERT
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import Expectation, Finding, Probe
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.probes import outside
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state import certificate, clocks
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.machine_keys import KEY_FILE

from unit._rdp.certificates import (
    DENIED,
    NAMED,
    NOW,
    OWN,
    READABLE,
    Stored,
    bound,
    by_template,
    key_file,
    observed,
)
from unit._rdp.hosts import Output, check_of, queryex

REPAIR = "winops.rdp.rdp_cert"
MISSING = ("[SC] EnumQueryServicesStatus:OpenService FAILED 1060:\n\nNo such service.\n", 1060)
NO_NAME: Output = lambda text: text.replace(NAMED + "\r\n", "")  # noqa: E731
OTHER = "AB" * 20
DAY = 86400


def _judged(days: int = 0, seen: str | None = None, key: str | None = None, **outputs: t.Any) -> Finding:
    """Judge the healthy host some days later, with what the controller saw and with the file of its key."""
    more: dict[Probe[t.Any], Output] = {outside(3389): seen, **outputs.pop("more", {})}
    if key is not None:
        more[KEY_FILE] = key
    return check_of(CERT, Expectation(now=NOW + datetime.timedelta(days=days)), more, **outputs)


def _bound(one: Stored, seen: str | None = None, key: str | None = None, **outputs: t.Any) -> Finding:
    return _judged(0, seen, key, **{"winstations": bound(one.thumbprint), "personal": one.listed(), **outputs})


def test_own_certificate_is_valid() -> None:
    finding = _judged()
    assert finding.status == "ok" and OWN in finding.found and "2027-05-11" in finding.found


@pytest.mark.parametrize(
    ("outputs", "found"),
    [
        ({"winstations": lambda text: text.replace("REG_SZ    Remote Desktop", "REG_SZ    Other")}, "= Other"),
        ({"winstations": lambda text: text.replace("SelfSignedCertStore", "Unknown")}, "no SelfSignedCertStore"),
        ({"winstations": NO_NAME}, "none is named"),
        ({"self_signed": "\n"}, f"{OWN} is named, but not in the store"),
        ({"key": key_file(DENIED)}, "NETWORK SERVICE may not read"),
        ({"key": key_file(attributes=""), "key_files_count": "5\n"}, "there is no file"),
        ({"key": key_file(attributes="d--------")}, "is no file"),
    ],
)
def test_what_session_env_can_make_anew(outputs: dict[str, t.Any], found: str) -> None:
    finding = _judged(**outputs)
    assert (finding.status, finding.repair) == ("problem", REPAIR) and found in finding.found, finding


def test_key_with_which_the_handshake_succeeds_is_good() -> None:
    for key, count in ((DENIED, "5\n"), (None, "0\n")):
        printed = key_file(key, "--a-s----" if key else "")
        assert _judged(seen=observed(shown=OWN), key=printed, key_files_count=count).status == "ok"
        assert _judged(key=printed, key_files_count=count).status == ("problem" if key else "unknown")
    assert _judged(key=key_file(READABLE)).status == "ok"


@pytest.mark.parametrize(
    ("outputs", "found", "repair"),
    [
        ({"session_env_state": MISSING}, "is not installed (error 1060)", ""),
        ({"session_env_config": lambda text: text.replace("3   DEMAND_START", "4   DISABLED")}, "is disabled", ""),
        ({}, "", REPAIR),
    ],
)
def test_who_makes_it_is_named_where_that_fails(outputs: dict[str, t.Any], found: str, repair: str) -> None:
    running = {"session_env_state": queryex("SessionEnv", 1280)}
    finding = _judged(winstations=NO_NAME, **{**running, **outputs})
    assert finding.status == "problem" and found in finding.found and finding.repair == repair, finding
    assert ("SessionEnv, which makes it" in finding.found) == (not repair)


def test_last_failure_of_session_env_is_told_and_tried_again() -> None:
    state = queryex("SessionEnv", 0).replace("WIN32_EXIT_CODE    : 0  (0x0)", "WIN32_EXIT_CODE    : 126  (0x7e)")
    finding = _judged(winstations=NO_NAME, session_env_state=state)
    assert finding.repair == REPAIR and "is stopped, exit code 126" in finding.found


@pytest.mark.parametrize(
    ("days", "ahead", "status", "said"),
    [
        (200, 0, "problem", "has expired"),
        (-30, 0, "problem", "not valid yet"),
        (155, 0, "warning", "expires soon"),
        (200, None, "unknown", "clock is not known"),
        (200, -190 * DAY, "unknown", "can't be told"),
    ],
)
def test_dates(days: int, ahead: int | None, status: str, said: str) -> None:
    finding = _judged(days, observed(ahead=ahead))
    assert finding.status == status and said in finding.summary, finding
    assert finding.repair == (REPAIR if status != "unknown" else "")


def test_clock_of_the_host_itself_where_the_handshake_does_not_tell_it() -> None:
    said = f"{NOW + datetime.timedelta(days=200):%Y-%m-%dT%H:%M:%S}.0000000+00:00\n"
    assert _judged(200, observed(ahead=None), more={clocks.CLOCK: said}).status == "problem"


def test_clocks_that_are_apart_are_told_though_no_date_decides() -> None:
    seen = observed(shown=OWN, ahead=2 * DAY)
    finding = _judged(seen=seen, key=key_file(attributes=""), key_files_count="0\n")
    assert finding.status == "warning" and "more than a day apart" in finding.summary and not finding.repair


def test_first_connection_may_have_brought_a_new_one() -> None:
    new = Stored((100, 300))
    named = f"\n{certificate.WINSTATIONS_KEY.replace('HKLM', 'HKEY_LOCAL_MACHINE')}\n" + NAMED.replace(
        OWN, new.thumbprint
    )
    again = dict(zip(certificate.AGAIN, (f"{named}\n\n", new.listed("Remote Desktop")), strict=True))
    finding = _judged(200, observed(), more=again)
    assert finding.status == "ok" and new.thumbprint in finding.found, finding
    # What can't be read leaves the old one.
    assert _judged(200, observed(), more={**again, certificate.AGAIN[1]: None}).status == "problem"


GOOD = Stored()


@pytest.mark.parametrize(
    ("one", "outputs", "said"),
    [
        (GOOD, {"personal": "\n"}, "no such certificate there"),
        (Stored(client=True), {}, "not meant for servers"),
        (Stored(key=None), {}, "has no private key"),
        (Stored(key=(1, 0, 1)), {}, "belongs to a user"),
        (Stored(key=(1, 0x20, 2)), {}, "KeySpec 2"),
        (GOOD, {"key": key_file(DENIED)}, "NETWORK SERVICE may not read"),
    ],
)
def test_bound_one_that_can_not_be_used(one: Stored, outputs: dict[str, t.Any], said: str) -> None:
    for seen, status in ((None, "problem"), (observed(shown=OTHER), "warning")):
        finding = _bound(one, seen, **outputs)
        assert finding.status == status and said in f"{finding.summary} {finding.found}", finding
        assert finding.fix and not finding.repair
        assert (f"{OTHER} is shown to clients instead" in finding.found) == (status == "warning")


@pytest.mark.parametrize(
    ("one", "key", "status", "said"),
    [
        (GOOD, key_file(READABLE), "ok", "bound to the listener is valid"),
        (GOOD, key_file(), "unknown", "can't be told"),
        (Stored(key=(0, 0x20, 1)), None, "unknown", "can't be told"),
        (Stored((-100, -50)), key_file(READABLE), "problem", "has expired"),
        (Stored((-100, 5)), key_file(READABLE), "warning", "expires soon"),
        (dataclasses.replace(GOOD, issuer="CA"), key_file(READABLE), "ok", "is valid"),
    ],
)
def test_bound_one(one: Stored, key: str | None, status: str, said: str) -> None:
    finding = _bound(one, observed("timeout"), key)
    assert finding.status == status and said in finding.summary and not finding.repair, finding


def test_bound_one_that_the_handshake_shows() -> None:
    assert _bound(GOOD, observed(shown=GOOD.thumbprint), key_file()).status == "ok"


def test_one_of_a_template() -> None:
    outputs: dict[str, t.Any] = {"winstations": by_template(GOOD.thumbprint)}
    finding = _judged(key=key_file(READABLE), personal=GOOD.listed(), **outputs)
    assert finding.status == "ok" and "of the policy's template" in finding.summary
    finding = _judged(personal="\n", **outputs)
    assert finding.status == "problem" and "gpupdate" in finding.fix and not finding.repair


@pytest.mark.parametrize("probe", CERT.needs, ids=lambda probe: probe.command.line)
def test_what_was_not_run_is_unknown(probe: Probe[t.Any]) -> None:
    assert check_of(CERT, more={probe: None}).status == "unknown"


def test_another_certificate_under_its_name_is_unknown() -> None:
    listed = GOOD.listed("Remote Desktop").replace(GOOD.thumbprint, OWN)
    assert _judged(self_signed=listed).status == "unknown"
