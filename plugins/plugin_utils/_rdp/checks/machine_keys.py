# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The keys of the computer can be created, and the listener's can be read.

``SessionEnv`` keeps the private key of the listener's certificate as a file in the folder MachineKeys.
Administrators need full control of that folder and Everyone may create files in it, but see no others'.
``TermService`` reads the key as NETWORK SERVICE. Administrators are not named in the rights of that file, so most often
only the handshake shows whether the service reads it.

Missing rights keep nobody out as long as the certificate that is there can be used, so that alone is a warning.

``winops.rdp.rdp_machine_keys`` gives the documented rights back, on the folder and the one file alone. Rights
beyond those are reported: other software may need them.
"""

from __future__ import annotations

import typing as t

from ..check import Check, following, positional
from ..errors import UnreadableError
from ..formats import sddl
from ..model import Expectation, Probe, Verdict, ok, problem, skipped, unknown, warning
from ..probes import MACHINE_KEYS, MACHINE_KEYS_DACL, PERSONAL, SELF_SIGNED, STORES, WINSTATIONS
from ..readings import Readings
from ..state import schannel
from ..state.certificate import InUse, in_use
from ..state.machine_keys import FOLDER_RIGHTS, KEY_FILE, KEY_FILE_RIGHTS
from ..tools import icacls, port_probe
from .reach import look, seen

_REPAIR = "winops.rdp.rdp_machine_keys"
_NAMES = {
    "S-1-1-0": "Everyone",
    "S-1-5-18": "SYSTEM",
    "S-1-5-20": "NETWORK SERVICE",
    "S-1-5-32-544": "Administrators",
}
_CERTIFICATE = (WINSTATIONS, SELF_SIGNED, STORES, PERSONAL)
# What the handshake says where TermService has no key that it can use.
_WITHOUT_KEY = frozenset({"no_certificate", "tls_failed"})


def judge(wanted: Expectation, folder: tuple[icacls.Saved, ...], key: icacls.Named, readings: Readings) -> Verdict:
    """Judge the DACL of the folder and that of the listener's key file."""
    on_folder = sddl.parse(folder[0].sddl)
    if lacking := sddl.missing(on_folder, FOLDER_RIGHTS):
        return _folder_lacks(wanted, folder[0], lacking, readings)
    if key.exists and not key.is_plain:
        return warning(
            "A folder or a link has the name of the listener's key, so no key can be made there.",
            expected=f"a file {key.name} in {MACHINE_KEYS}, or nothing of that name",
            found=f"attributes {key.attributes}",
            fix="Find out who made it, and remove it by hand. It is never touched from here.",
        )
    if key.saved and (lacking := sddl.missing(sddl.parse(key.saved.sddl), KEY_FILE_RIGHTS)):
        return problem(
            "The private key of the listener's certificate can't be read by TermService.",
            expected="SYSTEM: full control, NETWORK SERVICE: read",
            found=f"missing: {_listed(lacking)} on {key.name} ({key.saved.sddl})",
            fix=_REPAIR,
        )
    extra = sddl.extra(on_folder, FOLDER_RIGHTS)
    found = folder[0].sddl + (f"; also allowed: {', '.join(ace.raw for ace in extra)}" if extra else "")
    if key.exists and key.saved is None:
        return _unseen(wanted, found, key, readings)
    return ok("The rights on MachineKeys are as documented.", found=found)


def follow_up(wanted: Expectation, readings: Readings) -> tuple[Probe[t.Any], ...]:
    """Ask for what tells whether it matters: whether there is a certificate, and whether its key is read."""
    folder, key = readings.of(MACHINE_KEYS_DACL), readings.of(KEY_FILE)
    lacking = bool(sddl.missing(sddl.parse(folder[0].sddl), FOLDER_RIGHTS))
    if not lacking and (not key.exists or key.saved is not None):
        return ()
    winstations = readings.get(WINSTATIONS)
    outside = () if winstations is None else (look(wanted, winstations),)
    matters = lacking or _without_key(seen(wanted, readings))
    return (WINSTATIONS, *outside, *(_CERTIFICATE if matters else ()))


def _folder_lacks(wanted: Expectation, folder: icacls.Saved, lacking: dict[str, int], readings: Readings) -> Verdict:
    expected = "Administrators: full control, Everyone: read and write (this folder only)"
    found = f"missing: {_listed(lacking)} on {MACHINE_KEYS} ({folder.sddl})"
    sighting = seen(wanted, readings)
    answers = sighting is not None and sighting["outcome"] == "rdp"
    if _without_key(sighting) or (not answers and _is_missing(_used(wanted, readings), wanted)):
        return problem(
            "The folder MachineKeys lacks rights, so no key can be made for a certificate.",
            expected=expected,
            found=found,
            fix=_REPAIR,
        )
    # SessionEnv is LocalSystem, whose token holds Administrators as well: it may get along without Everyone's rights.
    # https://learn.microsoft.com/windows/win32/services/localsystem-account
    return warning(
        "The folder MachineKeys lacks rights, so the next certificate may get no key.",
        expected=expected,
        found=found,
        fix=_REPAIR,
    )


def _used(wanted: Expectation, readings: Readings) -> InUse | None:
    try:
        return in_use(wanted.listener, *(readings.of(probe) for probe in _CERTIFICATE))
    except UnreadableError:
        return None


def _is_missing(used: InUse | None, wanted: Expectation) -> bool:
    """Whether SessionEnv has to make a certificate, and has not: there is none, or it has expired."""
    if used is None or used.kind != "self_signed":
        return False
    return used.certificate is None or (wanted.now is not None and wanted.now > used.certificate.not_after)


def _without_key(sighting: port_probe.Observation | None) -> bool:
    return sighting is not None and sighting["outcome"] in _WITHOUT_KEY


def _unseen(wanted: Expectation, on_folder: str, key: icacls.Named, readings: Readings) -> Verdict:
    """Judge a key file whose rights an administrator may not see, by what the handshake shows."""
    sighting = seen(wanted, readings)
    found = f"{on_folder}; an administrator may not see the rights on {key.name}"
    if port_probe.thumbprint_shown(sighting):
        return ok(
            "The rights on MachineKeys are as documented, and TermService can use its key.",
            found=f"{found}, and the handshake shows a certificate",
        )
    # Without a certificate, or without a cipher in common, nobody got as far as its key.
    used = _used(wanted, readings)
    matters = used is None or used.certificate is not None
    if _without_key(sighting) and matters and schannel.read(readings).cause != "protocol":
        return unknown(
            "Whether TermService can read the private key of the listener's certificate can't be seen.",
            expected="SYSTEM: full control, NETWORK SERVICE: read",
            found=f"{found}, and the handshake shows no certificate",
            fix="Follow what the check reach says. Only its owner can see the rights: take ownership to look at them.",
        )
    return skipped(
        "the rights on the folder are as documented; those on the listener's key file can't be seen by an "
        "administrator, and no handshake shows whether TermService reads it."
    )


def _listed(masks: dict[str, int]) -> str:
    return ", ".join(f"{_NAMES.get(sid, sid)} 0x{mask:x}" for sid, mask in masks.items())


MACHINE_KEYS_RIGHTS = Check(
    id="machine_keys",
    title="The keys of the computer can be created, and the listener's can be read.",
    judge=positional(judge, needs=(MACHINE_KEYS_DACL, KEY_FILE), follow_up=follow_up),
    section="check-the-permissions-of-the-machinekeys-folder",
    needs=(MACHINE_KEYS_DACL, KEY_FILE),
    follow_up=following(follow_up),
    # It is skipped only where nothing but the handshake could tell, and reach says what became of that.
    optional=True,
)
