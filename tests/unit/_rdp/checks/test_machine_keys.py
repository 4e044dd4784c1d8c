# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which rights on MachineKeys keep people out, and which may do so some day."""

from __future__ import annotations

import datetime
import typing as t

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp import probes
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.checks.machine_keys import MACHINE_KEYS_RIGHTS
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.diagnosis import follow_ups
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import Expectation, Finding, Probe
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state import schannel
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.machine_keys import KEY_FILE

from unit._rdp.certificates import DENIED, NAMED, NOW, OWN, READABLE, Stored, bound, key_file, observed
from unit._rdp.hosts import Output, check_of, host_of

REPAIR = "winops.rdp.rdp_machine_keys"
LACKING = "MachineKeys\nD:PAI(A;;FA;;;BA)\n"
NO_NAME: Output = lambda text: text.replace(NAMED + "\r\n", "")  # noqa: E731
MADE_BY_A_USER = key_file("D:(A;;FA;;;BU)", "d--------")


def _judged(seen: str | None = None, key: str | None = None, days: int = 0, **outputs: t.Any) -> Finding:
    more: dict[Probe[t.Any], Output] = {probes.outside(3389): seen, **outputs.pop("more", {})}
    if key is not None:
        more[KEY_FILE] = key
    expected = Expectation(now=NOW + datetime.timedelta(days=days))
    return check_of(MACHINE_KEYS_RIGHTS, expected, more, **outputs)


def test_documented_rights() -> None:
    finding = _judged(key=key_file(READABLE))
    assert finding.status == "ok" and "also allowed" not in finding.found
    more = "MachineKeys\nD:PAI(A;;0x12019f;;;WD)(A;;FA;;;BA)(A;;FR;;;BU)\n"
    assert "also allowed: A;;FR;;;BU" in _judged(key=key_file(READABLE), machine_keys_dacl=more).found
    assert _judged(key=key_file(attributes="")).status == "ok"


@pytest.mark.parametrize(
    ("seen", "outputs", "status"),
    [
        (None, {}, "warning"),
        (observed(), {}, "warning"),
        (observed("no_certificate"), {}, "problem"),
        (observed("tls_failed"), {}, "problem"),
        (None, {"winstations": NO_NAME}, "problem"),
        (observed(), {"winstations": NO_NAME}, "warning"),
        (None, {"days": 200}, "problem"),
        (None, {"winstations": bound(OWN)}, "warning"),
        (None, {"winstations": None}, "warning"),
    ],
)
def test_folder_lacks_rights(seen: str | None, outputs: dict[str, t.Any], status: str) -> None:
    finding = _judged(seen, machine_keys_dacl=LACKING, **outputs)
    assert (finding.status, finding.repair) == (status, REPAIR), finding
    assert "missing: Everyone 0x12019f" in finding.found


def test_key_file_lacks_rights() -> None:
    finding = _judged(key=key_file(DENIED))
    assert (finding.status, finding.repair) == ("problem", REPAIR) and "NETWORK SERVICE 0x120089" in finding.found


def test_folder_with_the_name_of_the_key() -> None:
    finding = _judged(key=MADE_BY_A_USER)
    assert finding.status == "warning" and finding.fix and not finding.repair


@pytest.mark.parametrize(
    ("seen", "outputs", "status"),
    [
        (None, {}, "skipped"),
        (observed("timeout"), {}, "skipped"),
        (observed(shown=OWN), {}, "ok"),
        (observed("no_certificate"), {}, "unknown"),
        (observed("tls_failed"), {}, "unknown"),
        (observed("no_certificate"), {"winstations": NO_NAME}, "skipped"),
        (observed("tls_failed"), {"winstations": bound(Stored().thumbprint), "personal": "\n"}, "skipped"),
    ],
)
def test_key_file_whose_rights_nobody_may_see(seen: str | None, outputs: dict[str, t.Any], status: str) -> None:
    finding = _judged(seen, **outputs)
    assert finding.status == status and not finding.repair, finding
    assert bool(finding.fix) == (status == "unknown")


def test_tls_that_breaks_off_for_want_of_a_cipher_says_nothing_about_the_key() -> None:
    event = (
        "<Event xmlns='x'><System><Provider Name='Schannel'/><EventID>36874</EventID>"
        f"<TimeCreated SystemTime='{NOW:%Y-%m-%dT%H:%M:%S}.1234567Z'/></System><EventData></EventData></Event>\n"
    )
    clock = f"{NOW:%Y-%m-%dT%H:%M:%S}.0000000+00:00"
    said = dict(zip(schannel.NEEDS, (event, clock, "\n"), strict=True))
    assert _judged(observed("tls_failed"), more=said).status == "skipped"


def test_nothing_more_is_asked_where_nothing_is_left_open() -> None:
    expected = Expectation(now=NOW)
    healthy = host_of((), expected, {KEY_FILE: key_file(READABLE)}, also=MACHINE_KEYS_RIGHTS.needs)
    assert follow_ups((MACHINE_KEYS_RIGHTS,), healthy, expected) == ()
    unseen = host_of((), expected, also=(*MACHINE_KEYS_RIGHTS.needs, probes.WINSTATIONS))
    assert follow_ups((MACHINE_KEYS_RIGHTS,), unseen, expected) == (probes.outside(3389),)


@pytest.mark.parametrize("probe", MACHINE_KEYS_RIGHTS.needs, ids=lambda probe: probe.command.line[:30])
def test_what_was_not_run_is_unknown(probe: Probe[t.Any]) -> None:
    assert check_of(MACHINE_KEYS_RIGHTS, more={probe: None}).status == "unknown"
