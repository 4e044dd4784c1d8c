# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a look leaves on a host, and what a user of it can put in its way: nothing."""

from __future__ import annotations

import re

from lab import Machine

from .conftest import look, sick


def _names(machine: Machine) -> set[str]:
    """The temporary files that were named in what ran on a host."""
    lines = " ".join(entry.line for entry in machine.log)
    return {name.casefold() for name in re.findall(r"[A-Za-z]:\\[^\"]*winops\.rdp-[^\"\\]*", lines)}


def test_each_look_has_files_of_its_own_and_leaves_none() -> None:
    machine = sick("gpo-local-blocks")
    before = set(machine.files.plain())
    look(machine)
    first = _names(machine)
    machine.log.clear()
    look(machine)
    assert first and _names(machine) and not first & _names(machine)
    assert all(re.fullmatch(r"c:\\windows\\winops\.rdp-[0-9a-f]{8}\.[0-9a-z.]+", name) for name in first), first
    assert set(machine.files.plain()) == before


def test_files_of_the_old_names_decide_nothing() -> None:
    # What a user of the host could put into a TEMP that everybody shares: a DACL that says that all is well.
    machine = sick("machinekeys-denied")
    forged = "MachineKeys\r\nD:PAI(A;;0x12019f;;;WD)(A;;FA;;;BA)\r\n".encode("utf-16-le")
    for folder in (r"C:\Windows\Temp", r"C:\Users\Administrator\AppData\Local\Temp"):
        machine.files.ensure(folder)
        for name in ("folder", "key", "tmp"):
            machine.files.write(rf"{folder}\winops.rdp-{name}.acl", forged)
    machine.files.read_only |= {path.upper() for path in machine.files.plain() if path.endswith(".acl")}
    findings = {finding["check"]: finding["status"] for finding in look(machine)["findings"]}
    # Rights that are missing are a warning as long as the certificate is good: the forged ones would be ok.
    assert findings["machine_keys"] == "warning"
