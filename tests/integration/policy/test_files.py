# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Registry.pol from a host and to it, behind each login shell. Wine has neither findstr /n nor certutil."""

from __future__ import annotations

import random

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp import file_transfer
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import UnreadableError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.formats.registry_pol import dword, parse, render
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import Command, CommandResult
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.quoting import write_file

from integration.wine.hosts import OEM, SHELLS, LabHost
from lab.machine import Machine

POL = r"%SystemRoot%\System32\GroupPolicy\Machine\Registry.pol"
PLACE = r"C:\Windows\System32\GroupPolicy\Machine\Registry.pol"
COPY = r"%TEMP%\winops.rdp-1.b64"


@pytest.fixture(params=SHELLS)
def host(request: pytest.FixtureRequest) -> LabHost:
    lab = LabHost(Machine("srv1"), request.param)
    lab.run(Command(r'mkdir "C:\Windows\System32\GroupPolicy\Machine"'), Command(r'mkdir "C:\b"'))
    return lab


def fetched(host: LabHost, size: int) -> bytes:
    fetch = file_transfer.Fetch(POL, size, COPY)
    ran = host.run(*fetch.commands)
    return fetch.read(
        [CommandResult(one.data, one.exit_code, command, OEM) for command, one in zip(fetch.commands, ran, strict=True)]
    )


@pytest.mark.parametrize("records", [1, 100, 12_000])
def test_file_comes_back_and_leaves_nothing_behind(host: LabHost, records: int) -> None:
    written = render([dword(f"Software\\Policies\\Vendor{i % 50}", f"Setting{i}", i) for i in range(records)])
    host.write_file(PLACE, written)
    before = set(host.machine.files.glob(r"C:\Windows\Temp\*"))
    assert parse(fetched(host, len(written))).records == parse(written).records
    assert set(host.machine.files.glob(r"C:\Windows\Temp\*")) == before
    assert not [entry for entry in host.machine.log if not entry.understood]


@pytest.mark.parametrize("size", [0, 1, 47, 48, 49, 65536])
def test_any_bytes_come_back(host: LabHost, size: int) -> None:
    data = random.Random(size).randbytes(size)
    host.write_file(PLACE, data)
    assert fetched(host, size) == data


def test_file_that_is_not_there_or_was_changed(host: LabHost) -> None:
    with pytest.raises(UnreadableError, match="could not be hashed"):
        fetched(host, 5)
    host.write_file(PLACE, b"longer")
    with pytest.raises(UnreadableError, match="6 bytes instead of 5"):
        fetched(host, 5)


@pytest.mark.parametrize("size", [1, 750, 5000])
def test_file_is_sent(host: LabHost, size: int) -> None:
    data = random.Random(size).randbytes(size)
    sending = file_transfer.send(data, r"C:\b\Registry.b64", r"C:\b\Registry.pol")
    host.must(*map(Command, write_file(sending.text.path, sending.text.lines)), sending.decode)
    assert host.look(sending.check).of(sending.check) == sending.sha256
    assert host.read_file(r"C:\b\Registry.pol") == data
