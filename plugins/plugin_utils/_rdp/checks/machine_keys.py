# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The keys of the computer can be created, and the listener's can be read.

``SessionEnv`` keeps the private key of the listener's certificate as a file in the folder MachineKeys.
Administrators need full control of that folder and Everyone may create files in it, but see no others'.
``TermService`` reads the key as NETWORK SERVICE.

``winops.rdp.rdp_machine_keys`` gives the documented rights back, on the folder and the one file alone. Rights
beyond those are reported: other software may need them.
"""

from __future__ import annotations

from .. import sddl
from ..key_files import FOLDER_RIGHTS, KEY_FILE_RIGHTS
from ..model import Check, Expectation, Verdict, ok, problem
from ..probes import KEY_FILE_DACL, KEY_FILE_NAMES, MACHINE_KEYS, MACHINE_KEYS_DACL
from ..tools import icacls

_REPAIR = "winops.rdp.rdp_machine_keys"
_NAMES = {
    "S-1-1-0": "Everyone",
    "S-1-5-18": "SYSTEM",
    "S-1-5-20": "NETWORK SERVICE",
    "S-1-5-32-544": "Administrators",
}


def judge(
    wanted: Expectation, folder: tuple[icacls.Saved, ...], names: tuple[str, ...], key_files: tuple[icacls.Saved, ...]
) -> Verdict:
    """Judge the DACL of the folder and that of the listener's key file."""
    on_folder = sddl.parse(folder[0].sddl)
    if lacking := sddl.missing(on_folder, FOLDER_RIGHTS):
        return problem(
            "The folder MachineKeys lacks rights, so no key can be made for a certificate.",
            expected="Administrators: full control, Everyone: read and write (this folder only)",
            found=f"missing: {_listed(lacking)} on {MACHINE_KEYS} ({folder[0].sddl})",
            fix=_REPAIR,
        )
    for file in key_files:
        if lacking := sddl.missing(sddl.parse(file.sddl), KEY_FILE_RIGHTS):
            return problem(
                "The private key of the listener's certificate can't be read by TermService.",
                expected="SYSTEM: full control, NETWORK SERVICE: read",
                found=f"missing: {_listed(lacking)} on {file.name} ({file.sddl})",
                fix=_REPAIR,
            )
    extra = sddl.extra(on_folder, FOLDER_RIGHTS)
    more = f"; also allowed: {', '.join(ace.raw for ace in extra)}" if extra else ""
    if names and not key_files:
        # The documented rights of the key file leave administrators out, so being denied is no fault.
        more += "; the listener's key file can't be looked at by an administrator, which is how it should be"
    return ok("The rights on MachineKeys are as documented.", found=folder[0].sddl + more)


def _listed(masks: dict[str, int]) -> str:
    return ", ".join(f"{_NAMES.get(sid, sid)} 0x{mask:x}" for sid, mask in masks.items())


MACHINE_KEYS_RIGHTS = Check(
    judge,
    section="check-the-permissions-of-the-machinekeys-folder",
    needs=(MACHINE_KEYS_DACL, KEY_FILE_NAMES, KEY_FILE_DACL),
)
