# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""WinRM as a real pywinrm meets it."""

from __future__ import annotations

import http.client
import time
import warnings
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
import winrm
from winrm.exceptions import InvalidCredentialsError, WinRMError, WinRMTransportError, WSManFaultError

from lab.process import WireCut
from unit.lab_transports.conftest import Target

AUTHS = [("basic", "auto"), ("ntlm", "auto"), ("ntlm", "never"), ("ntlm", "always")]
SHELL = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"


@pytest.mark.parametrize(("auth", "encryption"), AUTHS)
def test_a_command_and_a_script(target: Target, auth: str, encryption: str) -> None:
    session = target.session(auth, message_encryption=encryption)
    ran = session.run_cmd("tool", ["/a", "/b"])
    assert (ran.std_out, ran.std_err, ran.status_code) == (b"<tool /a /b|437>\r\n", b"", 0)
    ran = session.run_ps("cmd.exe /d /v:on /s /c 'echo a & ERR b & exit 5'\nexit $LASTEXITCODE")
    assert (ran.std_out, ran.std_err, ran.status_code) == (b"a\r\n", b"b\r\n", 5)
    assert target.machine.errors() == []


@pytest.mark.parametrize(("auth", "encryption"), AUTHS)
def test_a_wrong_password_is_rejected(target: Target, auth: str, encryption: str) -> None:
    with pytest.raises(InvalidCredentialsError):
        target.session(auth, password="wrong", message_encryption=encryption).run_cmd("tool")
    assert target.machine.lines == []


@pytest.mark.parametrize("user", ["nobody", "OTHER\\\\x"])
def test_a_wrong_user_is_rejected(target: Target, user: str) -> None:
    for auth in ("basic", "ntlm"):
        session = winrm.Session(target.address, (user, target.lab.password), transport=auth, ca_trust_path=None)
        with pytest.raises(InvalidCredentialsError):
            session.run_cmd("tool")


def test_the_code_page_of_the_shell_reaches_the_machine(german: Target) -> None:
    protocol = german.session().protocol
    for code_page, text in ((65001, "größe".encode()), (850, "größe".encode("cp850"))):
        shell = protocol.open_shell(codepage=code_page)
        command = protocol.run_command(shell, "echo größe")
        assert protocol.get_command_output(shell, command) == (text + b"\r\n", b"", 0)
        protocol.cleanup_command(shell, command)
        protocol.close_shell(shell, close_session=False)
    protocol.transport.close_session()


@pytest.mark.parametrize("auth", ["basic", "ntlm"])
def test_large_output_comes_in_pieces_that_fit_the_envelope(target: Target, auth: str) -> None:
    protocol = target.session(auth).protocol
    shell = protocol.open_shell()
    command = protocol.run_command(shell, "big 300000")
    pieces, done = [], False
    while not done:
        out, _, code, done = protocol.get_command_output_raw(shell, command)
        pieces.append(len(out))
    assert sum(pieces) == 300000
    assert len(pieces) == 3
    assert max(pieces) * 4 / 3 < 153600
    assert code == 0
    protocol.close_shell(shell)


def test_input_is_collected_until_its_end(target: Target) -> None:
    protocol = target.session().protocol
    shell = protocol.open_shell()
    command = protocol.run_command(shell, "stdin", console_mode_stdin=False)
    protocol.send_command_input(shell, command, b"one ")
    time.sleep(0.35)  # longer than a command without input would have waited
    protocol.send_command_input(shell, command, b"two", end=True)
    assert protocol.get_command_output(shell, command)[0] == b"one two"
    protocol.close_shell(shell)


def test_a_command_starts_though_nobody_asks_for_its_output(target: Target) -> None:
    protocol = target.session().protocol
    shell = protocol.open_shell()
    protocol.run_command(shell, "tool")
    deadline = time.monotonic() + 5
    while not target.machine.lines and time.monotonic() < deadline:
        time.sleep(0.02)
    assert target.machine.lines == ['cmd.exe /C "tool"']
    protocol.close_shell(shell)


def test_a_slow_command_times_out_the_operation_and_is_asked_again(target: Target) -> None:
    target.lab.transport_fault(target.name, "slow:1.2")
    protocol = target.session(operation_timeout_sec=1, read_timeout_sec=5).protocol
    shell = protocol.open_shell()
    command = protocol.run_command(shell, "tool")
    with pytest.raises(winrm.exceptions.WinRMOperationTimeoutError):
        protocol.get_command_output_raw(shell, command)
    assert protocol.get_command_output(shell, command)[0] == b"<tool|437>\r\n"
    protocol.close_shell(shell)


def test_a_signal_stops_a_command_that_has_not_begun(target: Target) -> None:
    target.lab.transport_fault(target.name, "slow:20")
    protocol = target.session().protocol
    shell = protocol.open_shell()
    command = protocol.run_command(shell, "tool")
    time.sleep(0.3)
    protocol.cleanup_command(shell, command)
    protocol.close_shell(shell)
    time.sleep(0.1)
    assert target.machine.lines == []


def test_a_signal_stops_a_batch_between_two_commands(target: Target) -> None:
    protocol = target.session().protocol

    def slow(_: object, line: str) -> None:
        time.sleep(0.3)

    target.machine.before_command = slow
    shell = protocol.open_shell()
    command = protocol.run_command(shell, "first & second & third & fourth & fifth")
    time.sleep(0.5)
    protocol.cleanup_command(shell, command)
    protocol.close_shell(shell)
    time.sleep(0.5)
    assert 0 < len(target.machine.log) < 5
    assert target.machine.before_command is slow


def test_a_shell_that_is_gone_is_a_fault(target: Target) -> None:
    protocol = target.session().protocol
    shell = protocol.open_shell()
    protocol.close_shell(shell, close_session=False)
    with pytest.raises(WSManFaultError) as error:
        protocol.run_command(shell, "tool")
    assert error.value.wsman_fault_code == 2150858843
    assert error.value.fault_subcode == "w:InvalidSelectors"
    protocol.transport.close_session()


def test_one_connection_serves_all_requests_and_they_are_counted(target: Target) -> None:
    session = target.session()
    session.run_cmd("tool")
    traffic = target.lab.traffic[target.name].as_dict()
    assert traffic["requests"] == 5
    assert 8000 < traffic["bytes_up"] < 12000
    assert 3000 < traffic["bytes_down"] < 8000
    target.served.traffic.reset()
    target.session("ntlm").run_cmd("tool")
    assert target.lab.traffic[target.name].requests == 8


def test_identify_needs_no_credentials(target: Target) -> None:
    body = (
        '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" '
        'xmlns:i="http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd"><s:Header/><s:Body><i:Identify/>'
        "</s:Body></s:Envelope>"
    )
    with requests.Session() as session:
        session.trust_env = False
        url = f"http://{target.address}:5985/wsman"
        headers = {"Content-Type": "application/soap+xml;charset=UTF-8", "WSMANIDENTIFY": "unauthenticated"}
        answer = session.post(url, data=body, headers=headers, timeout=5)
        assert answer.status_code == 200
        assert "Microsoft Corporation" in answer.text
        assert session.post(url, data=body, timeout=5).status_code == 401
        assert session.get(url, timeout=5).status_code == 405
        assert session.post(url.replace("wsman", "x"), data=body, timeout=5).status_code == 404


@pytest.mark.parametrize(
    "nonsense", [b"\x16\x03\x01", b"GET\r\n\r\n", b"POST /wsman HTTP/1.1\r\nContent-Length: x\r\n\r\n"]
)
def test_nonsense_on_the_port_ends_its_connection_only(target: Target, nonsense: bytes) -> None:
    connection = http.client.HTTPConnection(target.address, 5985, timeout=5)
    connection.connect()
    connection.sock.sendall(nonsense)
    connection.sock.shutdown(1)
    connection.sock.recv(1000)
    connection.close()
    assert target.session().run_cmd("tool").status_code == 0


def test_xml_that_is_no_envelope_is_a_bad_request(target: Target) -> None:
    protocol = target.session().protocol
    for message in ("<a/>", "no xml"):
        with pytest.raises(WinRMTransportError) as error:
            protocol.transport.send_message(message)
        assert error.value.code == 400
    protocol.transport.close_session()


class TestFaultsOfTheWire:
    """Each one through pywinrm, switched on and off while the lab runs."""

    def on(self, target: Target, fault: str) -> None:
        target.lab.transport_fault(target.name, fault)

    def off(self, target: Target, fault: str) -> None:
        target.lab.transport_fault(target.name, fault, on=False)
        assert target.session("ntlm").run_cmd("tool").status_code == 0

    def test_refuse(self, target: Target) -> None:
        self.on(target, "refuse")
        self.on(target, "refuse")
        with pytest.raises(requests.ConnectionError, match="refused"):
            target.session().run_cmd("tool")
        self.off(target, "refuse")

    @pytest.mark.parametrize("auth", ["basic", "ntlm"])
    def test_http_401(self, target: Target, auth: str) -> None:
        self.on(target, "http-401")
        with pytest.raises(InvalidCredentialsError):
            target.session(auth).run_cmd("tool")
        self.off(target, "http-401")

    @pytest.mark.parametrize("auth", ["basic", "ntlm"])
    def test_access_denied(self, target: Target, auth: str) -> None:
        self.on(target, "access-denied")
        with pytest.raises(WSManFaultError) as error:
            target.session(auth).run_cmd("tool")
        assert error.value.wsman_fault_code == 5
        assert error.value.reason == "Access is denied. "
        self.off(target, "access-denied")

    def test_http_500(self, target: Target) -> None:
        self.on(target, "http-500")
        with pytest.raises(WinRMTransportError) as error:
            target.session().run_cmd("tool")
        assert error.value.code == 500
        self.off(target, "http-500")

    def test_garbage(self, target: Target) -> None:
        self.on(target, "garbage")
        out = target.session().run_cmd("tool").std_out
        assert len(out) >= 64
        assert b"tool" not in out
        with pytest.raises(UnicodeDecodeError):
            out.decode()
        self.off(target, "garbage")

    def test_truncate(self, target: Target) -> None:
        self.on(target, "truncate:5")
        ran = target.session().run_cmd("tool")
        assert (ran.std_out, ran.status_code) == (b"<tool", 0)
        self.off(target, "truncate")

    @pytest.mark.parametrize("auth", ["basic", "ntlm"])
    def test_drop_mid_batch(self, target: Target, auth: str) -> None:
        self.on(target, "drop-mid-batch:3")
        session = target.session(auth)
        with pytest.raises(requests.ConnectionError):
            session.run_cmd("echo m & one & echo m & two & echo m & three & four")
        session.protocol.transport.close_session()
        assert [entry.line for entry in target.machine.log if "echo" not in entry.line] == ["one", "two"]
        self.off(target, "drop-mid-batch")

    def test_several_at_once(self, target: Target) -> None:
        self.on(target, "truncate:70")
        self.on(target, "garbage")
        assert target.served.faults.active() == ("garbage", "truncate:70")
        assert len(target.session().run_cmd("big 500").std_out) == 70


def test_a_hook_of_a_test_still_runs_and_may_cut_the_wire(target: Target) -> None:
    def cut(_: object, line: str) -> None:
        raise WireCut(line)

    target.machine.before_command = cut
    session = target.session()
    with pytest.raises(requests.ConnectionError):
        session.run_cmd("tool")
    session.protocol.transport.close_session()
    assert target.machine.before_command is cut


def test_a_sealed_message_on_another_connection_is_a_bad_request(target: Target) -> None:
    """That is what a client gets that lost its connection and goes on with the old keys."""
    protocol = target.session("ntlm").protocol
    shell = protocol.open_shell()
    protocol.transport.session.close()
    with pytest.raises(WinRMTransportError) as error:
        protocol.run_command(shell, "tool")
    assert error.value.code == 400
    protocol.transport.close_session()


def test_fifty_clients_at_once(target: Target) -> None:
    def one(number: int) -> bytes:
        return bytes(target.session("ntlm").run_cmd(f"echo {number}").std_out)

    with warnings.catch_warnings(), ThreadPoolExecutor(50) as pool:
        assert list(pool.map(one, range(50))) == [f"{number}\r\n".encode() for number in range(50)]


def test_unknown_actions_are_faults(target: Target) -> None:
    protocol = target.session().protocol
    header = protocol.build_wsman_header(resource_uri=f"{SHELL}/cmd", action="http://x/Nothing")
    header["env:Body"] = {}
    import xmltodict

    with pytest.raises(WinRMError):
        protocol.send_message(xmltodict.unparse({"env:Envelope": header}))
    protocol.transport.close_session()
