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

from ..check import Check
from ..formats import sddl
from ..model import Expectation, Probe, Verdict, ok, problem, skipped, unknown, warning
from ..probes import MACHINE_KEYS, MACHINE_KEYS_DACL, WINSTATIONS
from ..state import certificate, schannel
from ..state.host import Host, known
from ..state.machine_keys import FOLDER_RIGHTS, KEY_FILE, KEY_FILE_RIGHTS
from ..tools import port_probe

_REPAIR = "winops.rdp.rdp_machine_keys"
_NAMES = {
    sddl.EVERYONE: "Everyone",
    sddl.SYSTEM: "SYSTEM",
    sddl.NETWORK_SERVICE: "NETWORK SERVICE",
    sddl.ADMINISTRATORS: "Administrators",
}
# What the handshake says where TermService has no key that it can use.
_WITHOUT_KEY = frozenset({"no_certificate", "tls_failed"})


def judge(expected: Expectation, host: Host) -> Verdict:
    """Judge the DACL of the folder and that of the listener's key file."""
    folder, key = host.machine_keys, host.key_file
    on_folder = sddl.parse(folder.sddl)
    if lacking := sddl.missing(on_folder, FOLDER_RIGHTS):
        return _folder_lacks(expected, host, lacking)
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
            repair=_REPAIR,
        )
    extra = sddl.extra(on_folder, FOLDER_RIGHTS)
    found = folder.sddl + (f"; also allowed: {', '.join(ace.raw for ace in extra)}" if extra else "")
    if key.exists and key.saved is None:
        return _unseen(expected, host, found)
    return ok("The rights on MachineKeys are as documented.", found=found)


def follow_up(expected: Expectation, host: Host) -> tuple[Probe[t.Any], ...]:
    """Ask for what tells whether it matters: whether there is a certificate, and whether its key is read."""
    folder, key = host.machine_keys, host.key_file
    lacking = bool(sddl.missing(sddl.parse(folder.sddl), FOLDER_RIGHTS))
    if not lacking and (not key.exists or key.saved is not None):
        return ()
    outside = (host.port_probe(expected),) if known(lambda: host.listener) else ()
    without_key = _without_key(_seen(expected, host))
    asked = (WINSTATIONS, *outside, *(certificate.NEEDS if lacking or without_key else ()))
    return (*asked, *schannel.NEEDS) if without_key and not lacking else asked


def _folder_lacks(expected: Expectation, host: Host, lacking: dict[str, int]) -> Verdict:
    should_be = "Administrators: full control, Everyone: read and write (this folder only)"
    found = f"missing: {_listed(lacking)} on {MACHINE_KEYS} ({host.machine_keys.sddl})"
    seen = _seen(expected, host)
    answers = seen is not None and seen["outcome"] == "rdp"
    if _without_key(seen) or (not answers and _is_missing(expected, host)):
        return problem(
            "The folder MachineKeys lacks rights, so no key can be made for a certificate.",
            expected=should_be,
            found=found,
            repair=_REPAIR,
        )
    # SessionEnv is LocalSystem, whose token holds Administrators as well: it may get along without Everyone's rights.
    # https://learn.microsoft.com/windows/win32/services/localsystem-account
    return warning(
        "The folder MachineKeys lacks rights, so the next certificate may get no key.",
        expected=should_be,
        found=found,
        repair=_REPAIR,
    )


def _seen(expected: Expectation, host: Host) -> port_probe.Observation | None:
    return known(lambda: host.observation(expected))


def _is_missing(expected: Expectation, host: Host) -> bool:
    """Whether SessionEnv has to make a certificate, and has not: there is none, or it has expired."""
    used = known(lambda: host.certificate)
    if used is None or used.kind != "self_signed":
        return False
    return used.certificate is None or (expected.now is not None and expected.now > used.certificate.not_after)


def _without_key(seen: port_probe.Observation | None) -> bool:
    return seen is not None and seen["outcome"] in _WITHOUT_KEY


def _unseen(expected: Expectation, host: Host, on_folder: str) -> Verdict:
    """Judge a key file whose rights an administrator may not see, by what the handshake shows."""
    seen = _seen(expected, host)
    found = f"{on_folder}; an administrator may not see the rights on {host.key_file.name}"
    if port_probe.thumbprint_shown(seen):
        return ok(
            "The rights on MachineKeys are as documented, and TermService can use its key.",
            found=f"{found}, and the handshake shows a certificate",
        )
    if _without_key(seen) and _has_certificate(host) and host.tls_failure.cause != "protocol":
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


def _has_certificate(host: Host) -> bool:
    """Whether there may be a certificate. Without one, nobody gets as far as its key."""
    used = known(lambda: host.certificate)
    return used is None or used.certificate is not None


def _listed(masks: dict[str, int]) -> str:
    return ", ".join(f"{_NAMES.get(sid, sid)} 0x{mask:x}" for sid, mask in masks.items())


MACHINE_KEYS_RIGHTS = Check(
    id="machine_keys",
    title="The keys of the computer can be created, and the listener's can be read.",
    judge=judge,
    section="check-the-permissions-of-the-machinekeys-folder",
    needs=(MACHINE_KEYS_DACL, KEY_FILE),
    follow_up=follow_up,
    # It is skipped only where nothing but the handshake could tell, and reach says what became of that.
    optional=True,
)
