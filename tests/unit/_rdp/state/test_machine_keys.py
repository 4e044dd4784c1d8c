# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The names of key files, and what may be put into a command of them."""

from __future__ import annotations

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import RefusedError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state import machine_keys


def test_name_that_microsoft_documents() -> None:
    assert machine_keys.file_prefix("TSSecKeySet1") == "f686aace6942fb7f7ceb231212eef4a4"
    assert machine_keys.file_prefix("tsseckeyset1") == machine_keys.file_prefix("TSSecKeySet1")


def test_each_container_has_a_file_of_its_own() -> None:
    assert len({machine_keys.file_prefix(container) for container in machine_keys.CONTAINERS}) == 9
    # Probes of the same file are equal, so that it is probed once.
    assert machine_keys.key_file("TSSecKeySet1") == machine_keys.KEY_FILE != machine_keys.key_file("TSSecKeySet2")


def test_folder_and_owner() -> None:
    assert machine_keys.folder_path(r"D:\Data") == r"D:\Data\Microsoft\Crypto\RSA\MachineKeys"
    assert r"D:\Data\Microsoft\Crypto\RSA\MachineKeys\x" in machine_keys.owner_of("x", r"D:\Data").command.line


@pytest.mark.parametrize("path", [r"C:\it's", 'C:"', r"C:\%x%", "C:\a&b"])
def test_path_that_could_get_out_of_its_command(path: str) -> None:
    with pytest.raises(RefusedError):
        machine_keys.folder_path(path)
