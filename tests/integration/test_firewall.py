# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The firewall over the wire: a dropped port is opened over every connection, and what people decided is refused.

That every fault is named and healed, and that a handshake proves it: test_audit.py and test_repair.py.
"""

from __future__ import annotations

import socket
import typing as t

import pytest

from lab import HostSpec

from .conftest import Fleet

REPAIRED = ("firewall-rule-off", "firewall-rule-missing")
# What the module says when it must leave the host alone.
LEFT = {
    "firewall-blocks": "'Block RDP Inbound', in HKLM\\SYSTEM\\CurrentControlSet\\",
    "firewall-block-all": "DoNotAllowExceptions = 1 in HKLM\\SYSTEM\\CurrentControlSet\\",
    "firewall-local-merge-off": "AllowLocalPolicyMerge = 0 in HKLM\\SOFTWARE\\Policies\\",
    "firewall-gpo-blocks": "'No Remote Desktop here' of a group policy, in HKLM\\SOFTWARE\\Policies\\",
    "firewall-profile-limited": "is a member of a domain, and none of its networks counts as the domain's",
    "firewall-domain-lost": "of a group policy lets Remote Desktop in only for the profile domain",
}
LANGUAGES = ("en-US", "de-DE")


def _connect(address: str, port: int = 3389) -> str:
    """What a client sees: rdp, nothing within the time, or no connection."""
    try:
        with socket.create_connection((address, port), timeout=2) as connection:
            connection.sendall(bytes.fromhex("030000130ee00000000000010008000b000000"))
            return "rdp" if connection.recv(4) == b"\x03\x00\x00\x13" else "other"
    except TimeoutError:
        return "timeout"
    except OSError:
        return "refused"


def _seen(hosts: Fleet) -> set[str]:
    return {_connect(machine.address) for machine in hosts.machines.values()}


def _specs(*faults: str) -> list[HostSpec]:
    return [
        HostSpec(f"{fault.replace('-', '_')}__{number}", (fault,), language)
        for fault in faults
        for number, language in enumerate(LANGUAGES)
    ]


@pytest.mark.parametrize("connection", ["winrm", "psrp", "ssh-cmd", "ssh-powershell"])
def test_port_is_opened_over_every_connection(fleet: t.Callable[..., Fleet], connection: str) -> None:
    hosts = fleet(*_specs(*REPAIRED), connection=connection)
    assert _seen(hosts) == {"timeout"}
    results = hosts.task("rdp_firewall").results("rdp_firewall")
    assert {result["finding"]["status"] for result in results.values()} == {"ok"}, results
    assert _seen(hosts) == {"rdp"}
    hosts.assert_understood()


def test_what_people_decided_is_named_and_refused(fleet: t.Callable[..., Fleet]) -> None:
    hosts = fleet(*_specs(*LEFT))
    assert _seen(hosts) == {"timeout"}
    before = hosts.hashes()
    for arguments in ((), ("--check",)):
        for name, result in hosts.task("rdp_firewall", {}, *arguments).results("rdp_firewall").items():
            why = LEFT[name.partition("__")[0].replace("_", "-")]
            assert result["failed"] and result["msg"].startswith("Nothing was changed.") and why in result["msg"], (
                result
            )
    assert hosts.hashes() == before
    hosts.assert_understood()


def test_role_tells_people_what_it_left_to_them(fleet: t.Callable[..., Fleet]) -> None:
    hosts = fleet(*_specs("firewall-gpo-blocks"))
    before = hosts.hashes()
    for result in hosts.playbook("winops.rdp.repair").results("rdp_info").values():
        assert result["root_cause"]["check"] == "firewall", result["report"]
        assert "Change that policy, then run: gpupdate." in result["next_step"]
    assert hosts.hashes() == before


def test_port_that_is_limited_stays_limited(fleet: t.Callable[..., Fleet]) -> None:
    hosts = fleet(*_specs("firewall-scope-limited"))
    before = hosts.hashes()
    for result in hosts.task("rdp_firewall").results("rdp_firewall").values():
        assert not result["changed"] and result["finding"]["status"] == "warning"
        assert "(from " in result["finding"]["found"], result["finding"]
    assert hosts.hashes() == before and _seen(hosts) == {"timeout"}


@pytest.mark.parametrize(("port", "shown"), [(0, "0"), (65536, "65536"), ("x", "x")])
def test_port_that_is_none_is_refused_before_anything_is_sent(
    fleet: t.Callable[..., Fleet], port: object, shown: str
) -> None:
    hosts = fleet(web=())
    result = hosts.task("rdp_firewall", {"port": port}).results("rdp_firewall")["web"]
    assert result["failed"] and "port" in result["msg"] and shown in result["msg"]
    assert hosts.lab.traffic["web"].requests == 0
