# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a listener's key is replaced with."""

from __future__ import annotations

from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.probes import WINSTATIONS_KEY
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.repairs import listener
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.repairs.reference import from_file, render
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.listener_values import (
    BUILT_IN,
    ESSENTIAL,
    Tree,
    Typed,
)

KEY = f"{WINSTATIONS_KEY}\\RDP-Tcp"


def test_a_replacement_writes_what_was_accepted_and_lowers_no_security() -> None:
    accepted = {
        "InitialProgram": Typed("REG_SZ", "kiosk.exe"),
        "Shadow": Typed("REG_DWORD", 2),
        "Odd": Typed("REG_BINARY", b"\x01"),
    }
    weak = dict.fromkeys(("SecurityLayer", "UserAuthentication"), Typed("REG_DWORD", 0))
    level = {"MinEncryptionLevel": Typed("REG_DWORD", 1)}
    below = {"Odd key": {"": Typed("REG_SZ", "x")}}
    file: Tree = {"": {**ESSENTIAL, **accepted, **weak, **level}, **below}
    names = (*accepted, *weak, *level, "Odd key\\(Default)")
    reference = from_file(render(file, KEY).encode("utf-16"), "RDP-Tcp", "a.reg", names)
    here: Tree = {"": {**BUILT_IN, "PdClass": Typed("REG_DWORD", 9), "Stranger": Typed("REG_SZ", "x")}}
    plan = listener.write_key("RDP-Tcp", here, reference, "replace", "C:\\saved", ())
    (written,) = plan.files
    wanted: Tree = {"": {**BUILT_IN, **accepted}, **below}
    assert sorted(written.lines) == sorted(render(wanted, KEY, replace=True).rstrip("\r\n").split("\r\n"))
