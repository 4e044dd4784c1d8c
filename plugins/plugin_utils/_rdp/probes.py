# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Everything that is looked at on a host, in one place.

Whole keys are listed instead of single values: reg.exe answers "no such value" and "access denied"
with the same exit code and a translated sentence, but a value that is missing from a listing is missing.
"""

from __future__ import annotations

import dataclasses
import re

from . import excluded_ports, temporary
from .key_files import CONTAINERS, file_prefix
from .listener_values import OWN_CLASS, Tree, Typed
from .model import Command, Output, Probe, Refused, Unreadable
from .tools import cmd, icacls, knock, netsh, netstat, networks, powershell, qwinsta, reg, sc, tasklist, wmic

_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})*")

TERMINAL_SERVER_KEY = r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server"
WINSTATIONS_KEY = TERMINAL_SERVER_KEY + r"\WinStations"
_POLICIES_PARENT_KEY = r"HKLM\SOFTWARE\Policies\Microsoft"
_POLICIES_KEY = _POLICIES_PARENT_KEY + r"\Windows NT"
POLICY_KEY = _POLICIES_KEY + r"\Terminal Services"
SETUP_KEY = r"HKLM\SYSTEM\Setup"
SERVICES_KEY = r"HKLM\SYSTEM\CurrentControlSet\Services"
_CURRENT_VERSION_KEY = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion"

VERSION = cmd.VER
SYSTEM_ROOT = cmd.SYSTEM_ROOT
EMULATED = cmd.EMULATED
CODE_PAGE = Probe(reg.query(r"HKLM\SYSTEM\CurrentControlSet\Control\Nls\CodePage", value="OEMCP"), reg.read_query)
EDITION = Probe(reg.query(_CURRENT_VERSION_KEY, value="EditionID"), reg.read_query)
INSTALLATION = Probe(reg.query(_CURRENT_VERSION_KEY, value="InstallationType"), reg.read_query)
SETUP = Probe(reg.query(SETUP_KEY), reg.read_query)

TERMINAL_SERVER = Probe(reg.query(TERMINAL_SERVER_KEY), reg.read_query)
# A listener whose key is not in the listing has none only if the listing came to its end.
WINSTATIONS = Probe(reg.query_whole(WINSTATIONS_KEY), reg.read_query_to_end)
# Nothing in a listing tells that it ends where it should, so the key is asked for by itself as well.
POLICIES = Probe(reg.query_with(_POLICIES_KEY, "Terminal Services"), reg.read_query_with)
POLICIES_PARENT = Probe(reg.query(_POLICIES_PARENT_KEY), reg.read_query)

TERM_SERVICE_STATE = Probe(sc.queryex("TermService"), sc.read_state)
TERM_SERVICE_CONFIG = Probe(sc.qc("TermService"), sc.read_config)
# Whatever depends on TermService has to be stopped before it. UmRdpService does on every Windows.
TERM_SERVICE_DEPENDENTS = Probe(sc.enumdepend("TermService"), sc.read_dependents)
UM_RDP_SERVICE_STATE = Probe(sc.queryex("UmRdpService"), sc.read_state)
UM_RDP_SERVICE_CONFIG = Probe(sc.qc("UmRdpService"), sc.read_config)
SESSION_ENV_CONFIG = Probe(sc.qc("SessionEnv"), sc.read_config)

SERVICE_DLL = Probe(reg.query(SERVICES_KEY + r"\TermService\Parameters", value="ServiceDll"), reg.read_query)

_CLASSES_KEY = r"HKLM\SOFTWARE\Classes\CLSID"


def protocol_classes(other: str) -> Probe[tuple[str, ...]]:
    """Look whether another class of a protocol is registered, beside Windows' own, which proves that the look is good.

    https://learn.microsoft.com/windows/win32/com/clsid-key-hklm

    Args:
        other: The class as a GUID in braces.
    """
    return Probe(reg.named(_CLASSES_KEY, OWN_CLASS.strip("{}"), other.strip("{}")), reg.read_named)


SESSION_ENV_STATE = Probe(sc.queryex("SessionEnv"), sc.read_state)

STORES_KEY = r"HKLM\SOFTWARE\Microsoft\SystemCertificates"
SELF_SIGNED_STORE = "Remote Desktop"
SELF_SIGNED_STORE_KEY = rf"{STORES_KEY}\{SELF_SIGNED_STORE}"
STORES = Probe(reg.query(STORES_KEY), reg.read_query)
SELF_SIGNED = Probe(reg.query(SELF_SIGNED_STORE_KEY, recursive=True), reg.read_query)
PERSONAL = Probe(reg.query(rf"{STORES_KEY}\MY\Certificates", recursive=True), reg.read_query)
# Whether SYSTEM may create certificates in the store. No other tool of Windows shows the DACL of a key in
# every language, and it only matters when a certificate isn't made.
STORE_DACL = Probe(
    powershell.dacl(
        rf"Registry::HKEY_LOCAL_MACHINE\{STORES_KEY.partition(chr(92))[2]}\{SELF_SIGNED_STORE}\Certificates"
    ),
    powershell.read_dacl,
)

FIREWALL_KEY = SERVICES_KEY + r"\SharedAccess\Parameters\FirewallPolicy"
FIREWALL_RULES_KEY = FIREWALL_KEY + r"\FirewallRules"
FIREWALL_POLICY_KEY = _POLICIES_PARENT_KEY + r"\WindowsFirewall"
# Rules that are off, that are about outgoing traffic or that belong to an app can't concern TermService, and there
# are hundreds of them. Neither can what Windows hardens its own services with, in the form of its first version. One
# that is written in another way comes along, and does no harm.
_NOT_OURS = ("V2.0.Action=", "Active=FALSE.Dir=", "Active=TRUE.Dir=Out.", "S-1-15-2-", ".PFN=")
# With everything below it: the profiles, the local rules and those of an MDM, and the proof of what is not there.
FIREWALL = Probe(reg.query_except(FIREWALL_KEY, *_NOT_OURS), reg.read_query_except)
FIREWALL_POLICY = Probe(reg.query_except(FIREWALL_POLICY_KEY, *_NOT_OURS), reg.read_query_except)
# For a host that has a rule of more than 8,191 bytes, which findstr drops: everything, if that is not too much. A list
# of a thousand addresses makes such a rule, as programs do that lock out who guesses passwords.
FIREWALL_LINES = Probe(reg.count_lines(FIREWALL_KEY), cmd.read_count)
FIREWALL_WHOLE = Probe(reg.query_whole(FIREWALL_KEY), reg.read_query_whole)
FIREWALL_POLICY_LINES = Probe(reg.count_lines(FIREWALL_POLICY_KEY), cmd.read_count)
FIREWALL_POLICY_WHOLE = Probe(reg.query_whole(FIREWALL_POLICY_KEY), reg.read_query_whole)
NETWORKS = networks.NETWORKS
REMOTE_DESKTOP_TCP_RULE = "RemoteDesktop-UserMode-In-TCP"
REMOTE_DESKTOP_UDP_RULE = "RemoteDesktop-UserMode-In-UDP"
# Windows' own rules, also while they are off.
FIREWALL_TCP_RULE = Probe(reg.query(FIREWALL_RULES_KEY, value=REMOTE_DESKTOP_TCP_RULE), reg.read_query)
FIREWALL_UDP_RULE = Probe(reg.query(FIREWALL_RULES_KEY, value=REMOTE_DESKTOP_UDP_RULE), reg.read_query)
FIREWALL_PROFILES = netsh.ALL_PROFILES
FIREWALL_ACTIVE_PROFILES = netsh.CURRENT_PROFILES
FIREWALL_SERVICE_STATE = Probe(sc.queryex("MpsSvc"), sc.read_state)
EXCLUDED_IPV4 = excluded_ports.EXCLUDED_IPV4
EXCLUDED_IPV6 = excluded_ports.EXCLUDED_IPV6

PROGRAM_DATA = Probe(Command("echo %ProgramData%"), cmd.read_folder)
MACHINE_KEYS = r"%ProgramData%\Microsoft\Crypto\RSA\MachineKeys"
MACHINE_KEYS_DACL = Probe(icacls.look(MACHINE_KEYS, temporary.file("acl")), icacls.read_saved)
# Administrators may list the folder (https://support.microsoft.com/help/278381) without the right to read its files.
# How many key files there are, of whatever program. If some are seen, one that isn't seen isn't there.
KEY_FILES_COUNT = Probe(Command(f'(dir /b /a "{MACHINE_KEYS}" | find /c /v "")'), cmd.read_count)


def key_file(container: str) -> Probe[icacls.Named]:
    """Look at the file of a key container: whether it is there, what it is, and who may do what with it."""
    prefix = file_prefix(container)
    command = icacls.look_named(MACHINE_KEYS, prefix, temporary.file("key"))
    return Probe(command, _KeyFileReader(prefix))


@dataclasses.dataclass(frozen=True)
class _KeyFileReader:
    """Reads a key file of one prefix. Two of the same prefix are equal, so that their probes are."""

    prefix: str

    def __call__(self, output: Output) -> icacls.Named:
        return icacls.read_named(output, self.prefix)


# SessionEnv's first container. It takes another one only when it can't replace this one.
KEY_FILE = key_file(CONTAINERS[0])

SESSIONS = qwinsta.QWINSTA
SOCKETS = netstat.NETSTAT
PROCESSES = tasklist.TASKLIST

# The host's own clock, for a recording that no controller made. The first that can be read counts.
CLOCKS = (Probe(wmic.local_time(), wmic.read_time), Probe(powershell.date(), powershell.read_date))

# Keys that hold values on every Windows.
_WITH_VALUES = frozenset({TERMINAL_SERVER_KEY, SETUP_KEY})

# What every look takes along: it costs a few bytes, and explains what the rest means.
HOST = (VERSION, SYSTEM_ROOT, EMULATED, CODE_PAGE, EDITION, INSTALLATION, SETUP)


def outside(port: int) -> Probe[knock.Sighting]:
    """Return the look from the controller at a TCP port of the host."""
    return Probe(knock.knock(port), knock.read_sighting)


def listed(query: reg.Query, key: str) -> reg.Key:
    """Return a key that every host has, with all of its values.

    Raises:
        Unreadable: The key is not in the listing, or only a part of it.
    """
    found = query.key(key)
    # A key without values is not printed, but the keys below it are. Nothing at all proves nothing, not even with
    # exit code 0.
    silent = found is not None and not found.values and found.subkeys and key not in _WITH_VALUES
    if found is None or not (found.whole or silent):
        raise Unreadable(f"{key} could not be read completely.", " ".join(query.not_understood))
    return found


def listener_key(winstations: reg.Query, listener: str) -> reg.Key | None:
    """Return a listener's key, or None if it certainly doesn't exist.

    A line that isn't understood elsewhere in the listing, such as "access denied" for another product's listener,
    doesn't matter to a key that was printed to its end.

    Raises:
        Unreadable: The key is not complete, or missing from a listing that isn't.
    """
    parent = listed(winstations, WINSTATIONS_KEY)
    found = winstations.key(f"{WINSTATIONS_KEY}\\{listener}")
    if found is None and (winstations.not_understood or _names(parent, listener)):
        raise Unreadable(f"{WINSTATIONS_KEY}\\{listener} could not be read.", " ".join(winstations.not_understood))
    if found is not None and not found.whole:
        raise Unreadable(
            f"{WINSTATIONS_KEY}\\{listener} was not printed to its end.", " ".join(winstations.not_understood)
        )
    return found


def listener_tree(winstations: reg.Query, listener: str) -> Tree | None:
    """Return a listener's key with everything below it, or None if it certainly doesn't exist.

    Raises:
        Unreadable: One of these keys is not complete.
    """
    if listener_key(winstations, listener) is None:
        return None
    top = f"{WINSTATIONS_KEY}\\{listener}".partition("\\")[2].casefold()
    tree: dict[str, dict[str, Typed]] = {}
    for key in winstations.keys:
        path = key.path.partition("\\")[2].casefold()
        if path == top or path.startswith(top + "\\"):
            if not (key.whole or (key.subkeys and not key.values)):
                # A value that was not read would count as missing, and be overwritten.
                raise Unreadable(f"{key.path} was not printed to its end.", " ".join(winstations.not_understood))
            below = key.path.partition("\\")[2][len(top) + 1 :]
            tree[below] = {"" if value.is_default else value.name: _typed(value) for value in key.values}
    return tree


def _typed(value: reg.Value) -> Typed:
    # reg.exe prints the types that have no form of their own, such as REG_NONE, as hexadecimal digits.
    if isinstance(value.data, str) and value.type not in ("REG_SZ", "REG_EXPAND_SZ") and _HEX.fullmatch(value.data):
        return Typed(value.type, bytes.fromhex(value.data))
    return Typed(value.type, value.data)


def policy_key(policies: reg.Query, parent: reg.Query) -> reg.Key | None:
    """Return the key with the policies for Remote Desktop, or None if there certainly are none.

    Args:
        policies: What POLICIES read.
        parent: The listing of ``Policies\\Microsoft``, which proves that the key above is missing.

    Raises:
        Unreadable: Neither of them could be read completely.
    """
    found = policies.key(POLICY_KEY)
    if found is not None and found.whole:
        return found
    if found is None and policies.keys and not policies.not_understood:
        return None
    if not policies.keys and not _names(listed(parent, _POLICIES_PARENT_KEY), "Windows NT"):
        return None
    raise Unreadable(f"{POLICY_KEY} could not be read.", " ".join(policies.not_understood))


def firewall_policies(policies: reg.Query, parent: reg.Query) -> tuple[reg.Key, ...]:
    """Return the keys with the policies for the firewall, none if there certainly are none.

    Args:
        policies: What FIREWALL_POLICY read.
        parent: What POLICIES_PARENT read, which proves that the key is missing.

    Raises:
        Unreadable: They could not be read completely.
    """
    if policies.keys and not policies.not_understood:
        return policies.keys
    if not policies.keys and not _names(listed(parent, _POLICIES_PARENT_KEY), "WindowsFirewall"):
        return ()
    raise Unreadable(f"{FIREWALL_POLICY_KEY} could not be read.", " ".join(policies.not_understood))


def _names(parent: reg.Key, child: str) -> bool:
    return any(subkey.rpartition("\\")[2].casefold() == child.casefold() for subkey in parent.subkeys)


def oem_code_page(query: reg.Query | None) -> int | None:
    """Return the number of the host's OEM code page from what CODE_PAGE read."""
    for key in query.keys if query else ():
        value = key.get("OEMCP")
        if value and re.fullmatch(r"[0-9]{1,5}", str(value.data)):
            return int(str(value.data))
    return None


def unfinished_setup(setup: reg.Query) -> str:
    """Return the name of the value that says that Windows Setup has not finished, or nothing.

    Raises:
        Unreadable: The key could not be read: then nobody knows.
    """
    key = listed(setup, SETUP_KEY)
    for name in ("SystemSetupInProgress", "OOBEInProgress"):
        value = key.get(name)
        if value and value.data != 0:
            return name
    return ""


def refuse_unfinished_setup(setup: reg.Query) -> None:
    """Refuse to change a host on which Windows Setup is still at work.

    Raises:
        Refused: It is, or nobody knows.
    """
    try:
        name = unfinished_setup(setup)
    except Unreadable as exc:
        raise Refused(
            f"Nothing was changed, because nobody knows whether Windows Setup has finished: {exc.reason} {exc.line}"
        ) from exc
    if name:
        raise Refused(f"Nothing was changed, because Windows Setup has not finished: {name} is 1 in {SETUP_KEY}.")
