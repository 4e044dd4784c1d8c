# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook reach: who reaches whom, joined with what the hosts say of themselves."""

from __future__ import annotations

import typing as t


def test_from_the_controller_alone(fleet: t.Callable[..., t.Any]) -> None:
    hosts = fleet(web01=(), web02=("service-stopped",), web03=("certificate-missing",))
    before = hosts.hashes()
    played = hosts.playbook("winops.rdp.reach")
    assert played.code == 0 and "changed=1" not in played.stdout, played.stdout + played.stderr
    summary = played.results("rdp_report")["localhost"]["summary"]
    print(summary)
    assert hosts.hashes() == before
    hosts.assert_understood()
