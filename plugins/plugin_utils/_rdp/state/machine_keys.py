# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The folder of the machine's private keys: documented rights, and which file in it is Remote Desktop's."""

from __future__ import annotations

import dataclasses
import hashlib
import struct

from ..errors import RefusedError
from ..formats.sddl import (
    ADMINISTRATORS,
    AUTHENTICATED_USERS,
    EVERYONE,
    FILE,
    FILE_ALL_ACCESS,
    NETWORK_SERVICE,
    SERVICES,
    SYSTEM,
    USERS,
)
from ..model import CommandResult, Probe
from ..probes import MACHINE_KEYS
from ..quoting import unsafe_characters
from ..tools import icacls, powershell, temporary

# NT SERVICE\SessionEnv. SIDs of services are the SHA-1 of their upper-case names: computed.
SESSION_ENV = "S-1-5-80-4022436659-1090538466-1613889075-870485073-3428993833"

_FILE_READ = FILE[0x80000000]
_FILE_WRITE = FILE[0x40000000]

# "this folder only": no entry may be inherited by the key files.
# https://learn.microsoft.com/troubleshoot/windows-server/windows-security/default-permissions-machinekeys-folders
# Everyone's eight special rights and SYNCHRONIZE are FILE_GENERIC_READ | FILE_GENERIC_WRITE = 0x12019F.
FOLDER_RIGHTS = {ADMINISTRATORS: FILE_ALL_ACCESS, EVERYONE: _FILE_READ | _FILE_WRITE}
# The same as icacls writes them.
FOLDER_GRANTS = ((ADMINISTRATORS, "(F)"), (EVERYONE, "(RD,WD,AD,REA,WEA,RA,WA,RC,S)"))

# https://learn.microsoft.com/troubleshoot/windows-server/remote/internal-error-has-occurred-connecting-remote-machine
KEY_FILE_RIGHTS = {SYSTEM: FILE_ALL_ACCESS, NETWORK_SERVICE: _FILE_READ}
KEY_FILE_GRANTS = ((SYSTEM, "(F)"), (NETWORK_SERVICE, "(R)"))

# By which of its SIDs TermService may read a key: its account's, its own, and the groups that every service is in.
# https://learn.microsoft.com/windows/win32/services/networkservice-account
# NT SERVICE\TermService: computed, and seen in rights that Windows set.
READERS = (
    NETWORK_SERVICE,
    "S-1-5-80-446051430-1559341753-4161941529-1950928533-810483104",
    EVERYONE,
    AUTHENTICATED_USERS,
    SERVICES,
    USERS,
)

# Who owns a key that Windows itself made: the system, a service, or an administrator who took ownership to look at it.
OWNERS = frozenset({SYSTEM, NETWORK_SERVICE, ADMINISTRATORS, SESSION_ENV})

# SessionEnv takes the first of these that it can (re)create: sessenv.dll, CCertManager::UpdateSelfSignedCertificate.
CONTAINERS = tuple(f"TSSecKeySet{number}" for number in range(1, 10))


def file_prefix(container: str) -> str:
    """Return what the name of a key container's file begins with; ``_<MachineGuid>`` follows.

    MD5 of the lower-case name with its NUL, written as four little-endian numbers: computed, and equal to the name
    that Microsoft documents for TSSecKeySet1, f686aace6942fb7f7ceb231212eef4a4_.
    """
    digest = hashlib.md5(f"{container.lower()}\0".encode("cp1252", "replace"), usedforsecurity=False).digest()
    return "".join(f"{number:08x}" for number in struct.unpack("<4I", digest))


def key_file(container: str) -> Probe[icacls.Named]:
    """Probe the file of a key container: whether it is there, what it is, and who may do what with it."""
    prefix = file_prefix(container)
    command = icacls.dump_named(MACHINE_KEYS, prefix, temporary.file("key"))
    return Probe(command, _KeyFileReader(prefix))


@dataclasses.dataclass(frozen=True)
class _KeyFileReader:
    """Reads a key file of one prefix. Two of the same prefix are equal, so that their probes are."""

    prefix: str

    def __call__(self, output: CommandResult) -> icacls.Named:
        return icacls.read_named(output, self.prefix)


# SessionEnv's first container. It takes another one only when it can't replace this one.
KEY_FILE = key_file(CONTAINERS[0])


def folder_path(program_data: str) -> str:
    """Return the full path of the folder.

    Args:
        program_data: The folder behind %ProgramData%.

    Raises:
        RefusedError: It can't be put into a command.
    """
    path = MACHINE_KEYS.replace("%ProgramData%", program_data)
    if unsafe := unsafe_characters(path) or ("'" if "'" in path else ""):
        raise RefusedError(f"Nothing was changed, because the path {path!r} holds {unsafe!r}.")
    return path


def owner_of(file_name: str, program_data: str) -> Probe[str]:
    """Probe the descriptor of a key file with its owner.

    Raises:
        RefusedError: The path of the folder can't be put into a command.
    """
    return Probe(powershell.dacl(f"{folder_path(program_data)}\\{file_name}"), powershell.read_dacl)
