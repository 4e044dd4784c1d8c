# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Verification from outside: a repair counts once a client is answered; and what that says of a renewed certificate."""

from __future__ import annotations

import hashlib
import json
import socket
import ssl
import typing as t

import pytest

from lab import HostSpec, Lab

from .conftest import Fleet, through_a_relay

# X.224 connection request that offers TLS and CredSSP, and the answer with the chosen protocol:
# [MS-RDPBCGR] 2.2.1.1 and 2.2.1.2.
REQUEST = bytes.fromhex("030000130ee00000000000010008000b000000")


def _certificate(address: str) -> str:
    """Return the SHA-1 of the certificate that a client is shown, nothing if there is none."""
    with socket.create_connection((address, 3389), timeout=10) as connection:
        connection.sendall(REQUEST)
        answer = b""
        while len(answer) < 19:
            received = connection.recv(19 - len(answer))
            if not received:
                return ""
            answer += received
        if answer[11] == 3:  # RDP_NEG_FAILURE
            return ""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        try:
            with context.wrap_socket(connection) as tls:
                return hashlib.sha1(tls.getpeercert(binary_form=True) or b"").hexdigest().upper()
        except (ssl.SSLError, ConnectionResetError):
            # It agreed to TLS and broke it off, as Windows does when it can't use the private key.
            return ""


@pytest.mark.parametrize("fault", ["certificate-missing", "certificate-expired", "keyfile-denied", "keyfile-missing"])
def test_client_is_shown_the_new_certificate(fleet: t.Callable[..., t.Any], fault: str) -> None:
    hosts = fleet(HostSpec("host", (fault,)))
    address = hosts["host"].address
    before = _certificate(address)
    assert (before == "") == (fault != "certificate-expired")
    result = hosts.task("rdp_cert", {"state": "renewed"}).results("rdp_cert")["host"]
    assert not result["failed"] and result["changed"], result
    assert _certificate(address) == result["certificate"]["thumbprint"] != before


def _dropped_on_the_way(lab: Lab, name: str) -> None:
    """The host listens and its own firewall lets people in, and nothing gets through to it."""
    network = lab.network(name)
    listen = network.listen
    vars(network)["listen"] = lambda number, kind, data: listen(number, kind, {"blocked": True})


def _refused_on_the_way(lab: Lab, name: str) -> None:
    """The same, and something on the way says so."""
    vars(lab.network(name))["listen"] = lambda number, kind, data: True


def test_repair_without_an_answer_is_not_called_successful(fleet: t.Callable[..., Fleet]) -> None:
    hosts = fleet(good=("service-stopped",), cut_off=("service-stopped",), refused=("service-stopped",))
    _dropped_on_the_way(hosts.lab, "cut_off")
    _refused_on_the_way(hosts.lab, "refused")
    played = hosts.playbook("winops.rdp.repair", "-e", "troubleshoot_report=repair.json")
    assert {name: counts["failed"] for name, counts in played.recap.items()} == {"good": 0, "cut_off": 1, "refused": 1}
    message = played.results("fail")["cut_off"]["msg"]
    assert message.startswith("reach: the repair could not be verified. The controller can't reach Remote Desktop."), (
        message
    )
    assert f"No answer from {hosts['cut_off'].address}:3389" in message
    assert "winops.rdp.reach" in message and "troubleshoot_verify_from_controller" in message
    refused = played.results("fail")["refused"]["msg"]
    assert refused.startswith("reach: the repair could not be verified. The connection is refused. "), refused
    assert refused == refused.strip() and "  " not in refused and "troubleshoot_" not in refused
    assert "Remote Desktop on 3 hosts: 1 healthy, 1 with problems, 1 not judged" in played.stdout, played.stdout
    report = json.loads((hosts.folder / "repair.json").read_text(encoding="utf-8"))
    told = {host["name"]: (host["state"], host["refusals"]) for host in report["hosts"]}
    assert told == {
        "good": ("healthy", []),
        "cut_off": ("unknown", [message]),
        "refused": ("problem", [refused]),
    }
    # The service runs, and was not stopped again because of the network.
    assert hosts["cut_off"].rdp_ports() == {3389}


def test_own_word_of_the_hosts_is_enough_where_the_controller_is_not_meant_to_reach_them(
    fleet: t.Callable[..., Fleet],
) -> None:
    hosts = fleet(service=("service-stopped",), port=("port-changed",))
    for name in hosts.machines:
        _dropped_on_the_way(hosts.lab, name)
    options = ("-e", "troubleshoot_verify_from_controller=false", "-e", "troubleshoot_port=4000")
    played = hosts.playbook("winops.rdp.repair", *options)
    assert played.code == 0, played.stdout
    for name, result in played.results("rdp_info").items():
        statuses = {finding["check"]: finding["status"] for finding in result["findings"]}
        # An administrator can't see the rights on the key file, and no handshake shows whether TermService reads it.
        assert (statuses.pop("reach"), statuses.pop("machine_keys")) == ("warning", "skipped"), result["report"]
        assert set(statuses.values()) == {"ok"}, result["report"]
        assert hosts[name].rdp_ports() == {4000}


def test_why_it_could_not_be_tried_is_said(fleet: t.Callable[..., Fleet]) -> None:
    hosts = fleet(host=("service-stopped",), connection="ssh-cmd")
    played = hosts.playbook("winops.rdp.repair", "-e", json.dumps(through_a_relay(hosts.folder)))
    assert played.code == 0, played.stdout
    result = played.results("rdp_info")["host"]
    (reach,) = (finding for finding in result["findings"] if finding["check"] == "reach")
    assert result["healthy"] and reach["status"] == "skipped" and "a jump host of ssh" in reach["summary"], reach
    assert "not tried from the controller: the connection goes through a jump host of ssh" in " ".join(
        played.stdout.split()
    )
