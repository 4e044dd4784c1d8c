# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The folder of the machine's private keys, and which file in it is Remote Desktop's."""

from __future__ import annotations

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import RefusedError, UnreadableError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state import machine_keys
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.machine_keys import (
    CONTAINERS,
    KEY_FILE,
    file_prefix,
    key_file,
)

from unit._rdp.state.outputs import read

# learn.microsoft.com/troubleshoot/windows-server/remote/internal-error-has-occurred-connecting-remote-machine
DOCUMENTED = "f686aace6942fb7f7ceb231212eef4a4"
# Known from every web server: the container of IIS' own configuration keys.
IIS = "6de9cb26d2b98c01ec4e9e8b34824aa2"
GUID = "9c2f6a3e-5b7d-4c1e-8a90-1234567890ab"


def test_name_of_the_file_is_the_documented_one() -> None:
    assert file_prefix("TSSecKeySet1") == file_prefix("TSSECKEYSET1") == DOCUMENTED
    assert file_prefix("iisConfigurationKey") == IIS
    # A letter outside the code page is one that no container of this kind has.
    assert len(file_prefix("€\u4e00")) == 32
    assert len({file_prefix(container) for container in CONTAINERS}) == len(CONTAINERS) == 9


def test_probes_of_one_container_are_one() -> None:
    assert key_file("TSSecKeySet1") == KEY_FILE == key_file("tsseckeyset1") and hash(KEY_FILE) == hash(
        key_file("TSSecKeySet1")
    )
    assert key_file("TSSecKeySet2") != KEY_FILE and DOCUMENTED in KEY_FILE.command.line


def test_file_with_its_rights() -> None:
    name = f"{DOCUMENTED}_{GUID}"
    named = read(KEY_FILE, f"{GUID} --a------", name, "D:PAI(A;;FA;;;SY)(A;;FR;;;NS)")
    assert named.name == name and named.is_plain and named.saved.sddl == "D:PAI(A;;FA;;;SY)(A;;FR;;;NS)"
    missing = read(KEY_FILE, f"{GUID} ")
    assert (missing.name, missing.exists, missing.saved) == (name, False, None)


@pytest.mark.parametrize(
    "lines",
    [(), ("reg: Zugriff verweigert",), (f"{GUID} --a------", f"{IIS}_{GUID}", "D:PAI(A;;FA;;;SY)"), (f"x{GUID} -",)],
)
def test_file_of_another_container_is_not_this_one(lines: tuple[str, ...]) -> None:
    with pytest.raises(UnreadableError):
        read(KEY_FILE, *lines)


@pytest.mark.parametrize("folder", [r"C:\ProgramData", r"D:\Program Data"])
def test_path_of_the_folder(folder: str) -> None:
    path = machine_keys.folder_path(folder)
    assert path == rf"{folder}\Microsoft\Crypto\RSA\MachineKeys"
    line = machine_keys.owner_of(f"{DOCUMENTED}_{GUID}", folder).command.line
    assert rf"{path}\{DOCUMENTED}_{GUID}" in line


@pytest.mark.parametrize("folder", ["C:\\a'b", 'C:\\a"b', "C:\\%x%", "C:\\a!b", "C:\\a&b", "C:\\a\nb"])
def test_path_that_could_leave_its_command(folder: str) -> None:
    with pytest.raises(RefusedError, match=r"^Nothing was changed"):
        machine_keys.folder_path(folder)
    with pytest.raises(RefusedError, match=r"^Nothing was changed"):
        machine_keys.owner_of("x", folder)
