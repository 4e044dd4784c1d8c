# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The port that the listener's key names, beside the one that is expected."""

from __future__ import annotations

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.checks.port import PORT
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import Expectation

from unit._rdp.hosts import check_of

NUMBER = "PortNumber    REG_DWORD    0xd3d"


def test_expected_port_is_ok() -> None:
    assert check_of(PORT).status == "ok"
    assert (
        check_of(PORT, Expectation(port=3390), winstations=lambda text: text.replace("0xd3d", "0xd3e")).status == "ok"
    )


def test_other_port_than_microsofts_is_a_warning() -> None:
    finding = check_of(PORT, winstations=lambda text: text.replace("0xd3d", "0xd3e"))
    assert (finding.status, finding.found) == ("warning", "PortNumber = 3390")
    assert finding.fix.startswith("Run winops.rdp.rdp_port to go back to port 3389")


def test_other_port_than_a_person_expects_is_a_problem() -> None:
    finding = check_of(PORT, Expectation(port=4000))
    assert (finding.status, finding.found) == ("problem", "PortNumber = 3389")


@pytest.mark.parametrize(
    ("instead", "found"),
    [
        ("PortNumber    REG_SZ    3389", "PortNumber = 3389 (REG_SZ)"),
        ("PortNumber    REG_DWORD    0x0", "PortNumber = 0 (REG_DWORD)"),
        ("PortNumber    REG_DWORD    0x10000", "PortNumber = 65536 (REG_DWORD)"),
        ("Other    REG_DWORD    0xd3d", "no PortNumber"),
    ],
)
def test_what_is_no_port_is_a_problem(instead: str, found: str) -> None:
    finding = check_of(PORT, winstations=lambda text: text.replace(NUMBER, instead))
    assert (finding.status, finding.found) == ("problem", found)


def test_missing_listener_has_no_port_to_judge() -> None:
    assert check_of(PORT, Expectation(listener="Other")).status == "skipped"


def test_listing_that_is_cut_is_unknown() -> None:
    assert check_of(PORT, winstations=lambda text: text[: text.index(NUMBER)]).status == "unknown"
    assert check_of(PORT, winstations=None).status == "unknown"
