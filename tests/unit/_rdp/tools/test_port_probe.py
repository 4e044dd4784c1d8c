# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the controller saw of a port is read as it was noted, and nothing that only looks like it."""

from __future__ import annotations

import json
import typing as t

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import UnreadableError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import CommandResult
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.recording.format import RecordedCommand, Recording
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.recording.redact import redacted
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.tools import port_probe

SEEN = {"outcome": "rdp", "summary": "It answers.", "tries": [{"connect_ms": 1.5}], "ntlm": {"ahead_seconds": -3}}
STRANGE = {
    "no JSON": b"rdp",
    "a list": b"[]",
    "no outcome": b'{"summary": ""}',
    "nested deeply": json.dumps({**SEEN, "error": 0}).encode().replace(b"0}", b"[" * 300 + b"]" * 300 + b"}"),
    "nested more than Python reads": b"[" * 100_000,
    "long number": json.dumps(SEEN).encode().replace(b"-3", b"3" * 5000),
    "large number": json.dumps(SEEN).encode().replace(b"-3", b"3" * 4000),
    "no number": json.dumps(SEEN).encode().replace(b"-3", b"NaN"),
    "infinite": json.dumps(SEEN).encode().replace(b"-3", b"1e999"),
}


def _read(data: bytes) -> t.Mapping[str, t.Any]:
    command = port_probe.probe_port(3389)
    return port_probe.read_observation(CommandResult(data, 0, command))


def test_observation_is_read() -> None:
    assert _read(json.dumps(SEEN).encode()) == SEEN


@pytest.mark.parametrize("what", STRANGE)
def test_strange_observation_is_unreadable_and_says_nothing_in_a_redacted_recording(what: str) -> None:
    with pytest.raises(UnreadableError):
        _read(STRANGE[what])
    recording = Recording((RecordedCommand(port_probe.probe_port(3389).line, STRANGE[what], 0),), None)
    assert redacted(recording).commands[0].data in (b"", None)
