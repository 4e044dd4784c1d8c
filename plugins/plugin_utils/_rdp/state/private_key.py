# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The private key of the certificate in use: whether it is there, and whether TermService may read it."""

from __future__ import annotations

import dataclasses
import typing as t

from ..errors import UnreadableError
from ..formats import sddl
from ..model import Probe
from ..probes import KEY_FILES_COUNT, MACHINE_KEYS
from ..readings import Readings
from .certificate import InUse
from .machine_keys import KEY_FILE_RIGHTS, READERS, key_file

# The provider of the newer kind (CNG) has the number 0, and keeps its keys elsewhere.
# https://learn.microsoft.com/windows/win32/seccng/key-storage-and-retrieval
_CNG = 0
# wincrypt.h: the key belongs to the computer and not to a user; for signing only.
_MACHINE_KEYSET, _AT_SIGNATURE = 0x20, 2


@dataclasses.dataclass(frozen=True)
class PrivateKey:
    """What is known of a private key.

    Attributes:
        fault: Why TermService can't use it, as a clause. Empty if nothing speaks against it.
        unseen: Why its file could not be judged, as a clause. Empty if it was.
        hidden: Whether not even that there is one can be seen.
    """

    fault: str = ""
    unseen: str = ""
    hidden: bool = False


def probes(used: InUse, readings: Readings) -> tuple[Probe[t.Any], ...]:
    """Return the probe of the key's file, once the certificate has named it; if it isn't seen, also whether any is."""
    if not _in_machine_keys(used):
        return ()
    file = key_file(_container(used))
    named = readings.get(file)
    return (file, KEY_FILES_COUNT) if named is not None and not named.exists else (file,)


def read(used: InUse, readings: Readings) -> PrivateKey:
    """Return what is known of the key of a certificate that is there.

    Raises:
        UnreadableError: Its file could not be looked at.
    """
    if not used.has_key:
        return PrivateKey("the certificate has no private key on this host")
    if used.key is None:
        return PrivateKey(unseen="the store names its key in an unknown form")
    if not used.key.flags & _MACHINE_KEYSET and used.key.type != _CNG:
        return PrivateKey("its private key belongs to a user, not to the computer")
    if used.kind != "self_signed" and used.key.type != _CNG and used.key.key_spec == _AT_SIGNATURE:
        return PrivateKey("its private key is for signatures only (KeySpec 2), not for the exchange of keys")
    if not _in_machine_keys(used):
        return PrivateKey(unseen=f"its key is not in {MACHINE_KEYS}")
    file = key_file(_container(used))
    if used.kind != "self_signed" and not readings.has(file):
        # A script that records a host can't know the name before it is run.
        return PrivateKey(unseen="its file was not looked at when the host was recorded")
    named = readings.of(file)
    if not named.exists:
        # Others in the folder are seen, so it would be, too.
        if readings.of(KEY_FILES_COUNT):
            return PrivateKey(f"there is no file {named.name} in {MACHINE_KEYS}")
        return PrivateKey(unseen=f"no file in {MACHINE_KEYS} can be seen", hidden=True)
    if not named.is_plain:
        return PrivateKey(f"{named.name} in {MACHINE_KEYS} is no file")
    if named.saved is None:
        return PrivateKey(unseen=f"an administrator may not see the rights on {named.name}")
    if lacking := _unreadable(named.saved.sddl):
        return PrivateKey(f"NETWORK SERVICE may not read {named.name} in {MACHINE_KEYS} (missing: 0x{lacking:x})")
    return PrivateKey()


def _in_machine_keys(used: InUse) -> bool:
    # The name of the file is computed from the name of the container, which is known for ASCII alone.
    key = used.key
    return key is not None and key.type != _CNG and bool(key.flags & _MACHINE_KEYSET) and key.container.isascii()


def _container(used: InUse) -> str:
    if used.key is None:
        raise UnreadableError("The certificate names no key.")
    return used.key.container


def _unreadable(text: str) -> int:
    """Return the rights for reading that TermService lacks, whichever of its SIDs they could come by."""
    descriptor = sddl.parse(text)
    granted = 0
    for sid in READERS:
        granted |= sddl.grants(descriptor, sid)
    return KEY_FILE_RIGHTS[sddl.NETWORK_SERVICE] & ~granted
