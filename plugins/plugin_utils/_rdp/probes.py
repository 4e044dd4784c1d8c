# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Everything that is looked at on a host, in one place.

Whole keys are listed instead of single values: reg.exe answers "no such value" and "access denied"
with the same exit code and a translated sentence, but a value that is missing from a listing is missing.
"""

from __future__ import annotations

from .model import Command, Probe
from .tools import (
    cmd,
    icacls,
    netsh,
    netstat,
    networks,
    port_probe,
    powershell,
    qwinsta,
    reg,
    sc,
    tasklist,
    temporary,
    wmic,
)

TERMINAL_SERVER_KEY = r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server"
WINSTATIONS_KEY = TERMINAL_SERVER_KEY + r"\WinStations"
POLICIES_PARENT_KEY = r"HKLM\SOFTWARE\Policies\Microsoft"
_POLICIES_KEY = POLICIES_PARENT_KEY + r"\Windows NT"
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
POLICIES_PARENT = Probe(reg.query(POLICIES_PARENT_KEY), reg.read_query)

TERM_SERVICE_STATE = Probe(sc.queryex("TermService"), sc.read_state)
TERM_SERVICE_CONFIG = Probe(sc.qc("TermService"), sc.read_config)
# Whatever depends on TermService has to be stopped before it. UmRdpService does on every Windows.
TERM_SERVICE_DEPENDENTS = Probe(sc.enumdepend("TermService"), sc.read_dependents)
UM_RDP_SERVICE_STATE = Probe(sc.queryex("UmRdpService"), sc.read_state)
UM_RDP_SERVICE_CONFIG = Probe(sc.qc("UmRdpService"), sc.read_config)
SESSION_ENV_CONFIG = Probe(sc.qc("SessionEnv"), sc.read_config)

SERVICE_DLL = Probe(reg.query(SERVICES_KEY + r"\TermService\Parameters", value="ServiceDll"), reg.read_query)


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
FIREWALL_POLICY_KEY = POLICIES_PARENT_KEY + r"\WindowsFirewall"
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

PROGRAM_DATA = Probe(Command("echo %ProgramData%"), cmd.read_folder)
MACHINE_KEYS = r"%ProgramData%\Microsoft\Crypto\RSA\MachineKeys"
MACHINE_KEYS_DACL = Probe(icacls.dump(MACHINE_KEYS, temporary.file("acl")), icacls.read_saved)
# Administrators may list the folder (https://support.microsoft.com/help/278381) without the right to read its files.
# How many key files there are, of whatever program. If some are seen, one that isn't seen isn't there.
KEY_FILES_COUNT = Probe(Command(f'(dir /b /a "{MACHINE_KEYS}" | find /c /v "")'), cmd.read_count)

SESSIONS = qwinsta.QWINSTA
SOCKETS = netstat.NETSTAT
PROCESSES = tasklist.TASKLIST

# The host's own clock, for a recording that no controller made. The first that can be read counts.
CLOCKS = (Probe(wmic.local_time(), wmic.read_time), Probe(powershell.date(), powershell.read_date))

# What every look takes along: it costs a few bytes, and explains what the rest means.
HOST = (VERSION, SYSTEM_ROOT, EMULATED, CODE_PAGE, EDITION, INSTALLATION, SETUP)


def outside(port: int) -> Probe[port_probe.Observation]:
    """Return the look from the controller at a TCP port of the host."""
    return Probe(port_probe.probe_port(port), port_probe.read_observation)
