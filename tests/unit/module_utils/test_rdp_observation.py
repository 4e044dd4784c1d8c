# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""An observation before anything was observed, after a failure, and with a connection."""

from __future__ import annotations

from ansible_collections.winops.rdp.plugins.module_utils.rdp_errors import NetworkError
from ansible_collections.winops.rdp.plugins.module_utils.rdp_observation import Observation


def test_nothing_observed_is_unknown() -> None:
    observed = Observation()
    assert (observed.outcome, observed.connected, observed.address) == ("unknown", False, None)


def test_a_failure_is_taken_over_whole() -> None:
    observed = Observation()
    observed.fail(NetworkError("prohibited", "No route to host", "192.0.2.1"))
    taken = (observed.outcome, observed.error, observed.reported_by, observed.connected)
    assert taken == ("prohibited", "No route to host", "192.0.2.1", False)


def test_a_connection_that_was_broken_off_was_one() -> None:
    observed = Observation()
    observed.connect = 0.0
    observed.fail(NetworkError("reset"))
    assert observed.connected
