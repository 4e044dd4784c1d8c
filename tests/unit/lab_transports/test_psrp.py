# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""PowerShell remoting as a real pypsrp meets it."""

from __future__ import annotations

import typing as t
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import requests
from pypsrp.exceptions import AuthenticationError, WinRMTransportError, WSManFaultError
from pypsrp.host import PSHost, PSHostUserInterface
from pypsrp.powershell import PowerShell, RunspacePool
from pypsrp.wsman import WSMan

from unit.lab_transports.conftest import Target

AUTHS = [("basic", "never"), ("ntlm", "auto"), ("negotiate", "always")]


@contextmanager
def pool_of(target: Target, auth: str = "ntlm", encryption: str = "auto", **options: t.Any) -> Iterator[RunspacePool]:
    wsman = WSMan(
        target.address,
        port=5985,
        username=target.lab.user,
        password=options.pop("password", target.lab.password),
        ssl=False,
        auth=auth,
        encryption=encryption,
        no_proxy=True,
        **options,
    )
    host = PSHost(None, None, False, "test", None, PSHostUserInterface(), "1.0")
    with wsman, RunspacePool(wsman, host=host) as pool:
        yield pool


def run(pool: RunspacePool, script: str, given: list[str] | None = None) -> PowerShell:
    pipeline = PowerShell(pool)
    pipeline.add_script(script)
    pipeline.invoke(input=given)
    return pipeline


@pytest.mark.parametrize(("auth", "encryption"), AUTHS)
def test_lines_errors_and_the_exit_code(german: Target, auth: str, encryption: str) -> None:
    with pool_of(german, auth, encryption) as pool:
        for _ in range(2):
            pipeline = run(pool, "cmd.exe /d /v:on /s /c 'echo größe&tool&ERR one&ERR two&exit 5'\nexit $LASTEXITCODE")
            assert pipeline.output == ["größe", "<tool|850>"]
            errors = [(str(error), error.fq_error) for error in pipeline.streams.error]
            assert errors == [("one", "NativeCommandError"), ("two", "NativeCommandErrorMessage")]
            assert pool.host.rc == 5
            assert not pipeline.had_errors
    assert german.machine.errors() == []


@pytest.mark.parametrize(("auth", "encryption"), AUTHS)
def test_a_wrong_password_is_rejected(target: Target, auth: str, encryption: str) -> None:
    with pytest.raises(AuthenticationError), pool_of(target, auth, encryption, password="wrong"):
        pass


def test_a_script_that_is_not_modelled_fails(target: Target) -> None:
    with pool_of(target) as pool:
        pipeline = run(pool, "Get-Service | Out-Null")
        assert pipeline.had_errors
        assert "not modelled" in str(pipeline.streams.error[0])
        assert run(pool, "cmd.exe /c 'echo a'").output == ["a"]
    assert len(target.machine.errors()) == 1


def test_large_output_and_large_scripts_come_in_pieces(target: Target) -> None:
    with pool_of(target) as pool:
        pipeline = run(pool, f"cmd.exe /c 'big 300000'\n# {'x' * 300000}")
        assert [len(line) for line in pipeline.output] == [300000]


def test_an_exit_of_zero_is_told_too(target: Target) -> None:
    with pool_of(target) as pool:
        run(pool, "cmd.exe /c 'echo a'\nexit $LASTEXITCODE")
        assert pool.host.rc == 0


def test_input_reaches_the_command(target: Target) -> None:
    with pool_of(target) as pool:
        assert run(pool, "cmd.exe /c stdin", ["one", "two"]).output == ["one", "two"]


def test_a_pipeline_can_be_stopped(target: Target) -> None:
    target.lab.transport_fault(target.name, "slow:20")
    with pool_of(target) as pool:
        pipeline = PowerShell(pool)
        pipeline.add_script("cmd.exe /c tool")
        pipeline.begin_invoke()
        pipeline.stop()
    assert target.machine.lines == []


def test_a_slow_command_is_asked_for_again(target: Target) -> None:
    target.lab.transport_fault(target.name, "slow:1.2")
    with pool_of(target, operation_timeout=1) as pool:
        assert run(pool, "cmd.exe /c 'echo a'").output == ["a"]


@pytest.mark.parametrize("fault", ["drop-mid-batch:1", "refuse", "http-401", "http-500", "access-denied"])
def test_faults_of_the_wire(target: Target, fault: str) -> None:
    target.lab.transport_fault(target.name, fault)
    expected: dict[str, t.Any] = {
        # the second one is the clean-up that follows, sealed for the connection that is gone
        "drop-mid-batch:1": (requests.ConnectionError, WinRMTransportError),
        "refuse": requests.ConnectionError,
        "http-401": AuthenticationError,
        "access-denied": WSManFaultError,
    }
    with pytest.raises(expected.get(fault, Exception)), pool_of(target) as pool:
        run(pool, "cmd.exe /c tool")
    target.lab.transport_fault(target.name, fault, on=False)
    with pool_of(target) as pool:
        assert run(pool, "cmd.exe /c 'echo a'").output == ["a"]


def test_the_pool_can_be_asked(target: Target) -> None:
    with pool_of(target) as pool:
        assert pool.get_available_runspaces() == 1
