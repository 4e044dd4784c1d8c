# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every fault can be seen with Windows' own tools, and faults combine in any order."""

from __future__ import annotations

from datetime import timedelta

import pytest

import sampling
from lab.faults import FAULTS
from lab.faults.certificate import CERTIFICATE_FAULTS
from lab.faults.listener import VENDOR_PROTOCOL
from lab.faults.network import NETWORK_FAULTS
from lab.faults.policy import BLOCKING_GPO_GUID, CHANGED_GUID, LARGE_GUID
from lab.faults.sessions import SESSION_FAULTS
from lab.machine import Machine
from lab.state.certificates import MACHINE_KEYS, today
from lab.state.policy.group_policy import RDP_POLICY
from lab.state.policy.lists import CACHE, DATA_STORE, HISTORY, STATE
from lab.state.policy.mdm import CURRENT
from lab.state.policy.rsop import LOGGING
from lab.state.termservice import DENY, RDP_TCP, TERMINAL_SERVER, WINSTATIONS, RdpListener
from lab.testing import MakeShell

FW = r"HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy"
RULES = FW + r"\FirewallRules"
RDP_RULE = "RemoteDesktop-UserMode-In-TCP"
FW_POLICY = r"HKLM\SOFTWARE\Policies\Microsoft\WindowsFirewall"
TERMSERVICE = r"HKLM\SYSTEM\CurrentControlSet\Services\TermService"
LONG_AGO = f" NotAfter: {today() - timedelta(days=14):%-m/%-d/%Y}"
STORE = r"HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\SystemCertificates\Remote Desktop\Certificates"
STORE_ACL = f"powershell -NoProfile -NonInteractive -Command \"(Get-Acl -LiteralPath 'Registry::{STORE}').Sddl\""
RENEW = (
    f'reg delete "{STORE}" /f >nul & reg add "{STORE}" /f >nul & net stop SessionEnv >nul & net start SessionEnv >nul'
    ' & ping -n 9 127.0.0.1 >nul & certutil -store "Remote Desktop"'
)
CLOCK = 'powershell.exe -NoProfile -NonInteractive -Command "Get-Date -Format o"'
# What only shows from outside.
OUTSIDE = {"tls-alert": "alert", "tls-reset": "reset"}
KEY_FILE_ACL = (
    f"for /f %f in ('dir /b /a {MACHINE_KEYS}') do @(takeown /f {MACHINE_KEYS}\\%f /a >nul & icacls {MACHINE_KEYS}\\%f)"
)

LOGONS = (
    'powershell -NoProfile -NonInteractive -Command "foreach($r in Get-CimInstance -Namespace '
    "root/cimv2/TerminalServices -ClassName Win32_TerminalServiceSetting)"
    '{ConvertTo-Json -Compress -InputObject @($r.Logons,$r.SessionBrokerDrainMode)}"'
)
SWITCH = f'reg query "{RDP_POLICY}" /v fDenyTSConnections 2>&1'
LISTED = f'reg query "{STATE}\\GPO-List" /s'
APPLIED = f'reg query "{DATA_STORE}" /s'


def _size_of(guid: str) -> str:
    return f'for %f in ("{CACHE}\\corp.example\\Policies\\{guid}\\Machine\\Registry.pol") do @echo [%~zf]'


# fault -> (command, what its output holds, what it lacks)
POLICY_VISIBLE = {
    "policy-reverts": (SWITCH, "0x1", "0x0"),
    "local-policy-blocks": (SWITCH, "0x1", "0x0"),
    "policy-allows-local-denies": (SWITCH, "0x0", "0x1"),
    "policy-stray": (SWITCH, "0x1", "0x0"),
    "gpo-local-blocks": (f'reg query "{HISTORY}" /s', "Local Group Policy", "LDAP://"),
    "gpo-domain-blocks": (f'reg query "{HISTORY}" /s', "Block RDP", "Local"),
    "gpo-domain-blocks-local-allows": (SWITCH, "0x1", "0x0"),
    "gpo-local-blocks-domain-allows": (SWITCH, "0x0", "0x1"),
    "gpo-enforced-blocks": (SWITCH, "0x1", "0x0"),
    "gpo-two-links": (f'reg query "{HISTORY}" /s /v Link', "LDAP://DC=corp,DC=example", "0 match"),
    "gpo-filtered": (LISTED, "Block RDP on kiosks", "unable"),
    "gpo-unreadable": ("gpresult /scope computer /r", "Not Applied (Unknown Reason)", "Block RDP"),
    "gpo-link-disabled": (LISTED, "Block RDP on holidays", "unable"),
    "gpo-tattooed": (SWITCH, "0x1", "0x0"),
    "mdm-blocks": (f'reg query "{CURRENT}" /s 2>&1', "AllowUsersToConnectRemotely_WinningProvider", "ERROR"),
    "mdm-wins": (f'reg query "{CURRENT}" /s 2>&1', "MDMWinsOverGP_ProviderSet", "ERROR"),
    "policy-stray-write": (SWITCH, "0x1", "0x0"),
    "policy-preference": (SWITCH, "0x1", "0x0"),
    "policy-computer-preference": (SWITCH, "0x1", "0x0"),
    "rsop-logging-off": (f'reg query "{LOGGING}" /v RSoPLogging 2>&1', "0x0", "ERROR"),
    "registry-pol-missing": (_size_of(BLOCKING_GPO_GUID) + f" & {APPLIED}", "[]", "Nothing"),
    "registry-pol-outdated": (_size_of(CHANGED_GUID), "[8]", "[184]"),
    "registry-pol-truncated": (_size_of(BLOCKING_GPO_GUID), "[173]", "[184]"),
    "registry-pol-corrupt": (APPLIED, BLOCKING_GPO_GUID, "Allow RDP"),
    "registry-pol-large": (_size_of(LARGE_GUID), "[5", "[]"),
    "local-pol-truncated": (SWITCH, "0x1", "0x0"),
    "local-pol-corrupt": (SWITCH, "0x1", "0x0"),
    "gpo-nla-required-weak": (f'reg query "{RDP_POLICY}" 2>&1', "UserAuthentication    REG_DWORD    0x0", DENY),
    "gpo-limits-connections": (f'reg query "{RDP_POLICY}" 2>&1', "MaxInstanceCount    REG_DWORD    0x2", DENY),
    "gpo-denies-logon-right": (APPLIED, "No RDP for users", "Block RDP"),
    "gpo-grants-logon-right": (APPLIED, "RDP for administrators", "Block RDP"),
    "gpo-not-cached": (f"{APPLIED} & echo listed", "listed", "Default Domain Policy"),
    "gpo-no-controller": ("gpupdate /force", "lack of network connectivity", "completed successfully"),
    "gpupdate-slow": ("gpupdate /target:computer /wait:60", "not completed in the expected time", "successfully"),
}
VISIBLE = {
    "protocol-disabled": (f'reg query "{TERMINAL_SERVER}" /v fDenyTSConnections', "0x1", "0x0"),
    "service-stopped": ("sc queryex TermService", "1  STOPPED", "RUNNING"),
    "service-disabled": ("sc qc TermService", "4   DISABLED", "DEMAND"),
    "umrdp-stopped": ("sc query UmRdpService", "1  STOPPED", "RUNNING"),
    "service-hangs-stopping": ("net stop TermService /y 2>&1", "could not be stopped", "Services service was stopped"),
    "listener-key-missing": (f'reg query "{RDP_TCP}" 2>&1', "unable to find", "PortNumber"),
    "listener-disabled": (f'reg query "{RDP_TCP}" /v fEnableWinStation', "0x0", "0x1"),
    "listener-damaged": ("qwinsta", "services", "rdp-tcp"),
    "port-changed": ("netstat -ano", ":3390 ", ":3389 "),
    "port-taken": ("tasklist /svc", "Apache2.4", "TermServ.exe"),
    "port-taken-service": (r"reg query HKLM\SYSTEM\CurrentControlSet\Services\PortProxy /s 2>&1", "3389", "ERROR"),
    "port-taken-process": ("tasklist /svc", "portrelay.exe", "httpd"),
    "port-taken-kernel": ("netsh http show servicestate", "HTTP://+:3389/", ":80/"),
    "port-excluded": ("netsh int ipv4 show excludedportrange protocol=tcp", "3340        3439      ", "3389"),
    "firewall-rule-off": (f"reg query {RULES} /v {RDP_RULE}", "|Active=FALSE|", "|Active=TRUE|"),
    "firewall-rule-missing": (f"reg query {RULES} /v {RDP_RULE} 2>&1", "unable to find", "v2."),
    "firewall-blocks": (f"reg query {RULES} | findstr /l Action=Block", "LPort=3389|", "termservice"),
    "firewall-block-all": ("netsh advfirewall show currentprofile", "BlockInboundAlways,", "BlockInbound,"),
    "firewall-local-merge-off": (f"reg query {FW_POLICY}\\DomainProfile 2>&1", "AllowLocalPolicyMerge", "ERROR"),
    "firewall-gpo-blocks": (f"reg query {FW_POLICY}\\FirewallRules 2>&1", "Action=Block|", "ERROR"),
    "firewall-scope-limited": (f"reg query {RULES} /v {RDP_RULE}", "|RA4=10.99.0.0/255.255.0.0|", "LocalSubnet"),
    "firewall-profile-limited": ("netsh advfirewall show currentprofile", "Public Profile", "Domain Profile"),
    "firewall-second-network-public": ("netsh advfirewall show currentprofile", "Public Profile", "Private Profile"),
    "firewall-domain-lost": (f"reg query {FW_POLICY}\\FirewallRules 2>&1", "|Profile=Domain|", "ERROR"),
    "firewall-long-rule": (f"(reg query {RULES} | findstr /v x) 2>&1", "is too long", "Locked out"),
    "firewall-many-rules": (f'reg query {RULES} | find /c "AppPkgId"', "500", "11"),
    "firewall-ipsec-required": (f"reg query {FW}\\ConSecRules 2>&1", "Action=SecureServer|", "ERROR"),
    "drain-mode": (f'reg query "{TERMINAL_SERVER}" /v TSServerDrainMode', "0x1", "0x0"),
    "home-edition": ("qwinsta 2>&1", "is not recognized", "SESSIONNAME"),
    "active-sessions": ("query session", "rdp-tcp#1         jsmith", "No session"),
    "setup-in-progress": (r"reg query HKLM\SYSTEM\Setup /v SystemSetupInProgress", "0x1", "0x0"),
    "extra-listeners": ("qwinsta", "31c5ce94259d4...                        65536", "rdp-tcp#"),
    "users-denied": (f'reg query "{TERMINAL_SERVER}" /v TSUserEnabled', "0x1", "0x0"),
    "shared-svchost": ("tasklist /svc", "NlaSvc, TermService", "termsvcs"),
    "slow-services": (
        "sc stop UmRdpService >nul & sc query UmRdpService & sc query UmRdpService",
        "STOP_PENDING",
        "STOPPED",
    ),
    "sessions-hidden": ("qwinsta 2>&1", "No session exists for *", "SESSIONNAME"),
    "not-elevated": ("sc stop UmRdpService", "OpenService FAILED 5:", "STOP_PENDING"),
    "no-ipv6": ("netstat -ano", "0.0.0.0:3389", "[::]"),
    "service-dll-foreign": (f'reg query "{TERMSERVICE}\\Parameters" /v ServiceDll', "rdpwrap.dll", "termsrv.dll"),
    "listener-thin": (f'reg query "{RDP_TCP}"', "PortNumber", "PdName"),
    "listener-wrong-values": (f'reg query "{RDP_TCP}" /v WdPrefix', "ICA", "RDP\n"),
    "listener-old-names": (f'reg query "{RDP_TCP}" /v WdPrefix', "ICA", "RDP\n"),
    "listener-vendor-class": (f'reg query "{RDP_TCP}" /v LoadableProtocol_Object', VENDOR_PROTOCOL, "5828227c"),
    "listener-vendor-silent": ("qwinsta", "services", "rdp-tcp"),
    "listener-vendor-left": (f'reg query "{RDP_TCP}" /v LoadableProtocol_Object', VENDOR_PROTOCOL, "5828227c"),
    "listener-planted": (f'reg query "{RDP_TCP}" /v InitialProgram', "evil.exe", "REG_DWORD"),
    "listener-demanding": (f'reg query "{RDP_TCP}" 2>&1', "unable to find", "PortNumber"),
    "listener-one-adapter": (f'reg query "{RDP_TCP}" /v LanAdapter', "0x7", "0x0"),
    "service-dll-unreadable": (f'reg query "{TERMSERVICE}\\Parameters" /v ServiceDll 2>&1', "unable", "termsrv.dll"),
    "logon-disabled": (f'reg query "{RDP_TCP}" /v fLogonDisabled', "0x1", "0x0"),
    "certificate-missing": ('certutil -store "Remote Desktop"', "completed", "TSSecKeySet1"),
    "certificate-expired": ('certutil -store "Remote Desktop"', LONG_AGO, "CertUtil: The"),
    "certificate-bound": (f'reg query "{RDP_TCP}" /v SSLCertificateSHA1Hash 2>&1', "REG_BINARY", "ERROR"),
    "certificate-bound-missing": (f'reg query "{RDP_TCP}" /v SSLCertificateSHA1Hash 2>&1', "5F1C9A0E", "ERROR"),
    "certificate-template": (f'reg query "{WINSTATIONS}" /v TemplateCertificate 2>&1', "REG_BINARY", "ERROR"),
    "certificate-suppressed": (STORE_ACL, "(D;;LC;;;SY)", "error"),
    "certificate-store-unnamed": (f'reg query "{WINSTATIONS}"', "SelfSignedCertificate ", "SelfSignedCertStore"),
    "certificate-never": (RENEW, "completed", "TSSecKeySet1"),
    "slow-certificate": (RENEW, "completed", "TSSecKeySet1"),
    "machinekeys-denied": (f"icacls {MACHINE_KEYS}", "Everyone:(R)", "(R,W)"),
    "machinekeys-extra": (f"icacls {MACHINE_KEYS}", "BUILTIN\\Users:(R)", "(I)"),
    "keyfile-missing": (
        f"dir /b /a {MACHINE_KEYS}",
        "76944fb33636aeddb9590521c2e8815a",
        "f686aace6942fb7f7ceb231212eef4a4",
    ),
    "keyfile-folder": (f"dir /b /ad {MACHINE_KEYS} 2>&1", "f686aace6942fb7f7ceb231212eef4a4_", "File Not Found"),
    "machinekeys-strangers": (f"dir /b /al {MACHINE_KEYS} 2>&1", "-0000deadbeee", "File Not Found"),
    "certificate-bound-no-key": (f'reg query "{RDP_TCP}" /v SSLCertificateSHA1Hash 2>&1', "REG_BINARY", "ERROR"),
    "certificate-bound-key-denied": (f"dir /b /a {MACHINE_KEYS}", "7c1a34a19e9a0c79c45c91917b05e58c_", "error"),
    "certificate-bound-signature": (f'reg query "{RDP_TCP}" /v SSLCertificateSHA1Hash 2>&1', "REG_BINARY", "ERROR"),
    "certificate-bound-client": ("certutil -store MY", "Certificate 0", "error"),
    "certificate-bound-future": (
        "certutil -store MY",
        f"NotBefore: {today() + timedelta(days=60):%-m/%-d/%Y}",
        "error",
    ),
    "clock-behind": (CLOCK, f"{today() - timedelta(days=400):%Y-%m-%d}T", "error"),
    "clock-ahead": (CLOCK, f"{today() + timedelta(days=400):%Y-%m-%d}T", "error"),
    "sessionenv-fails": ("net start SessionEnv 2>&1 <nul & sc query SessionEnv", "WIN32_EXIT_CODE    : 126", "RUNNING"),
    "keyfile-denied": (KEY_FILE_ACL, "NT AUTHORITY\\SYSTEM:(F)", "NETWORK SERVICE"),
    "sessions-cut-names": ("qwinsta", "rdp-sxs210914...  jsmith", "rdp-tcp#"),
    "console-session": ("qwinsta", " console           anna.keller", "rdp-tcp#"),
    "sessions-denied": ("qwinsta 2>&1", "Error [5]:Access is denied.", "SESSIONNAME"),
    "sessions-no-binding": ("qwinsta 2>&1", "Error 0x000006A6", "SESSIONNAME"),
    "sessions-no-rpc": ("qwinsta 2>&1", "Error [1722]:", "SESSIONNAME"),
    "session-broken": ("qwinsta", f"{'':42}23  Disc", "rdp-tcp#"),
    "termservice-many-dependents": ("sc enumdepend TermService", "more data, need ", "entriesread = 13"),
    "termservice-dependent": ("net stop TermService 2>&1 <nul", "Contoso Session Agent", "stopped successfully"),
    "session-host": (f'reg query "{TERMINAL_SERVER}" /v TSAppCompat 2>&1', "0x1", "ERROR"),
    "logons-disabled": (LOGONS, '["1",0]', '["0",0]'),
    "umrdp-cant-start": ("net start UmRdpService 2>&1", "1068", "started successfully"),
    "umrdp-missing": ("sc query UmRdpService", "FAILED 1060:", "RUNNING"),
    "service-dependency-disabled": ("sc query TermService", "1068  (0x42c)", "RUNNING"),
    "service-account-changed": ("sc query TermService & sc qc TermService", "1069  (0x42d)", "NetworkService"),
    "service-account-system": ("sc qc TermService", "LocalSystem", "NT Authority"),
    "service-dll-gone": ("sc query TermService", "126  (0x7e)", "RUNNING"),
    "service-hangs-starting": ("sc query TermService", "2  START_PENDING", "RUNNING"),
    "gpo-disables-service": ("sc qc TermService", "4   DISABLED", "DEMAND"),
    "lesser-services-disabled": ("sc qc SessionEnv", "4   DISABLED", "DEMAND"),
    **POLICY_VISIBLE,
}
LISTENS = {
    *(name for name, _, _ in NETWORK_FAULTS if name.startswith("firewall-")),
    "umrdp-stopped", "service-hangs-stopping", "port-changed", "policy-allows-local-denies", "drain-mode",
    "active-sessions", "extra-listeners", "users-denied", "shared-svchost", "slow-services", "no-ipv6",
    "sessions-hidden", "not-elevated", *(name for name, _, _ in SESSION_FAULTS),
    "service-dll-foreign", "service-dll-unreadable", "listener-thin", "listener-old-names", "listener-vendor-class",
    "listener-planted", "logon-disabled", *(name for name, _, _ in CERTIFICATE_FAULTS),
    "gpo-unreadable",
    "gpo-local-blocks-domain-allows", "gpo-filtered", "gpo-link-disabled", "rsop-logging-off", "gpo-nla-required-weak",
    "gpo-limits-connections", "gpo-denies-logon-right", "gpo-grants-logon-right", "gpo-not-cached",
    "gpo-no-controller", "gpupdate-slow",
    "umrdp-cant-start", "umrdp-missing", "lesser-services-disabled",
}  # fmt: skip


def test_every_fault_has_its_line_here() -> None:
    assert VISIBLE.keys() | OUTSIDE.keys() == FAULTS.keys()


@pytest.mark.parametrize("name", OUTSIDE)
def test_a_fault_can_be_seen_from_outside(name: str, on: MakeShell) -> None:
    shell = on(faults=(name,))
    assert RdpListener(shell.machine, "RDP-Tcp", 3389).tls_fault() == OUTSIDE[name]
    assert RdpListener(on().machine, "RDP-Tcp", 3389).tls_fault() == ""
    query = (
        "wevtutil qe System /q:\"*[System[Provider[@Name='Schannel'] and (EventID=36874 or EventID=36888)]]\" /f:xml"
    )
    assert shell.cmd(query).count("<Event ") == (2 if name == "tls-alert" else 0)


@pytest.mark.parametrize("name", VISIBLE)
def test_a_fault_can_be_seen(name: str, on: MakeShell) -> None:
    command, present, absent = VISIBLE[name]
    healthy = on().cmd(command)
    sick = on(faults=(name,)).cmd(command)

    assert present in sick
    assert absent not in sick
    assert sick != healthy


@pytest.mark.parametrize("name", FAULTS)
def test_who_listens(name: str, on: MakeShell) -> None:
    machine = on(faults=(name,)).machine

    assert bool(machine.rdp_ports()) == (name in LISTENS)
    assert bool([n for n in machine.sessions.listeners if n == "rdp-tcp"]) == (name in LISTENS)


def test_the_port_owner_is_found_as_the_article_says(on: MakeShell) -> None:
    shell = on(faults=("port-taken",))
    row = shell.cmd('netstat -ano | find "3389"').split()
    pid = row[row.index("LISTENING") + 1]

    assert shell.machine.network.ports == {3389: "http"}
    assert shell.cmd(f'tasklist /svc | find "{pid}"').split() == ["httpd.exe", pid, "Apache2.4"]
    assert "4  RUNNING" in shell.run("sc query TermService")
    shell.run("net stop Apache2.4")
    shell.run("net stop TermService /y")
    shell.run("net start TermService")
    assert shell.machine.network.ports == {3389: "rdp"}


def test_a_hanging_service_is_cured_by_ending_its_process(on: MakeShell) -> None:
    shell = on(faults=("service-hangs-stopping",))
    service = shell.machine.services.get("TermService")
    shell.run("net stop TermService /y")
    assert shell.code == 2
    for _ in range(5):
        assert "3  STOP_PENDING" in shell.run("sc query TermService")
    shell.run(f"taskkill /f /pid {service.pid}")
    shell.run("sc start TermService")
    assert shell.code == 0
    assert shell.machine.rdp_ports() == {3389}


def test_a_listener_that_only_needs_its_key_comes_back(on: MakeShell) -> None:
    donor, shell = on(), on(faults=("listener-key-missing",))
    donor.run(rf'reg export "{RDP_TCP}" C:\good.reg')
    shell.machine.files.write(r"C:\good.reg", donor.machine.files.read(r"C:\good.reg"))
    shell.run(r"reg import C:\good.reg")
    assert not shell.machine.rdp_ports()
    shell.run("net stop TermService /y")
    shell.run("net start TermService")
    assert shell.machine.rdp_ports() == {3389}


@pytest.mark.parametrize("first", sorted(FAULTS))
def test_two_faults_give_the_same_host_in_either_order(first: str) -> None:
    def sections(names: tuple[str, ...]) -> dict[str, object]:
        machine = Machine("h")
        for name in names:
            FAULTS[name].apply(machine)
        services = {s.name: (s.state, s.start, s.exit_code) for s in machine.services.table.values()}
        return {
            "listeners": machine.sessions.listeners, "ports": machine.network.ports, "services": services,
            "sessions": machine.sessions.plain(), "policy": machine.policy.plain(),
            "firewall": machine.firewall.plain(), "muted": machine.network.muted,
        }  # fmt: skip

    others = [name for name in sorted(FAULTS) if name > first]
    for second in sampling.one_in(8, "pairs of faults applied in either order", first, others):
        assert sections((first, second)) == sections((second, first)), second


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("sc start RemoteRegistry", 5),
        ("sc config TermService start= auto", 5),
        ("net stop UmRdpService", 2),
        (f'reg add "{TERMINAL_SERVER}" /v fDenyTSConnections /t REG_DWORD /d 1 /f', 1),
        (f'reg delete "{RDP_TCP}" /f', 1),
    ],
)
def test_nothing_changes_without_rights(line: str, code: int, on: MakeShell) -> None:
    shell = on(faults=("not-elevated",))
    before = shell.machine.state_hash()

    shell.run(line)

    assert shell.code == code
    assert shell.machine.state_hash() == before
    assert shell.machine.errors() == []


def test_a_program_that_a_fault_removed_is_no_error_of_the_lab(on: MakeShell) -> None:
    shell = on(faults=("home-edition",))
    shell.cmd("qwinsta")

    assert "is not recognized" in shell.error
    assert shell.machine.errors() == []
