# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The local policy, in its files."""

from __future__ import annotations

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp import probes
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import UnreadableError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.formats.registry_pol import render
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.readings import Readings
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.policy import local

from unit._rdp.state.outputs import readings
from unit._rdp.state.policy.hosts import LOCAL_FILE, NOTHING, ROOT, deny, removes
from unit._rdp.state.policy.seen import answered

INI = rf"{ROOT}\System32\GroupPolicy\gpt.ini"
GPT = b"[General]\r\ngPCMachineExtensionNames=[{35378EAC-683F-11D2-A89A-00C04FBBCFA2}]\r\nVersion=3\r\n"


def _fetched(files: dict[str, bytes]) -> Readings:
    seen = readings({probes.SYSTEM_ROOT: f"{ROOT}\n"})
    for _round in range(3):
        more = [probe for probe in local.fetching(seen) if not seen.has(probe)]
        seen = seen.with_more(dict(answered(probe, files) for probe in more))
    assert all(map(seen.has, local.fetching(seen)))
    return seen


def test_paths_of_its_files() -> None:
    folder = rf"{ROOT}\System32\GroupPolicy"
    assert (local.settings_file(folder), local.ini_file(folder)) == (LOCAL_FILE, INI)
    assert local.read(_fetched({})).folder == folder


def test_policy_that_was_never_made() -> None:
    policy = local.read(_fetched({}))
    assert (policy.settings, policy.ini, policy.says, policy.machine_version) == (None, None, None, 0)
    assert policy.is_in("not_configured") and not policy.is_in("enabled")


@pytest.mark.parametrize(
    ("settings", "does", "not_configured", "enabled"),
    [
        (deny(0), "set", False, True),
        (deny(1), "set", False, False),
        (removes(), "delete", False, False),
        (NOTHING, None, True, False),
    ],
)
def test_what_it_says(
    settings: local.registry_pol.RegistryPol, does: str | None, not_configured: bool, enabled: bool
) -> None:
    policy = local.read(_fetched({LOCAL_FILE: render(settings.records), INI: GPT}))
    assert (policy.says and policy.says.does) == does and policy.machine_version == 3
    assert (policy.is_in("not_configured"), policy.is_in("enabled")) == (not_configured, enabled)


@pytest.mark.parametrize("files", [{LOCAL_FILE: b"garbage"}, {INI: b"[General]\r\nVersion=many\r\n"}])
def test_file_that_is_not_as_it_should_be(files: dict[str, bytes]) -> None:
    with pytest.raises(UnreadableError):
        policy = local.read(_fetched(files))
        assert policy.machine_version


def test_files_that_were_not_fetched() -> None:
    with pytest.raises(UnreadableError):
        local.read(readings({probes.SYSTEM_ROOT: f"{ROOT}\n"}))


def test_windows_directory_that_is_not_known() -> None:
    seen = readings({probes.SYSTEM_ROOT: "\n"})
    assert local.fetching(seen) == ()
    with pytest.raises(UnreadableError):
        local.read(seen)
