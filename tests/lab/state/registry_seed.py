# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The registry of a healthy host, outside the services' own keys (those are written by the service manager)."""

from __future__ import annotations

import hashlib

from .editions import Edition
from .rdp_tcp import RDP_TCP_SUBKEYS, RDP_TCP_VALUES, WINSTATIONS_CONSOLE_SECURITY
from .registry import Registry, Value, binary, dword, expand_sz, multi_sz, qword, sz
from .termservice import RDP_PROTOCOL, RDP_TCP, TERMINAL_SERVER, WINSTATIONS

CURRENT_VERSION = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion"
NLS_CODE_PAGE = r"HKLM\SYSTEM\CurrentControlSet\Control\Nls\CodePage"


def machine_guid(name: str, seed: int) -> str:
    """A stable GUID for a host."""
    digest = hashlib.sha256(f"{name}-{seed}".encode()).hexdigest()
    return f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-a{digest[17:20]}-{digest[20:32]}"


def seed_registry(registry: Registry, edition: Edition, name: str, seed: int, ansi: int, oem: int) -> None:
    """Write everything a healthy host of that edition and language has."""
    old = edition.build < 10240
    _put(
        registry,
        CURRENT_VERSION,
        {
            "SystemRoot": sz(r"C:\Windows"),
            "CurrentBuild": sz(str(edition.build)),
            "CurrentBuildNumber": sz(str(edition.build)),
            **({} if old else {"CurrentMajorVersionNumber": dword(10), "CurrentMinorVersionNumber": dword(0)}),
            "CurrentType": sz("Multiprocessor Free"),
            "CurrentVersion": sz("6.3"),
            **({} if old else {"DisplayVersion": sz(edition.display_version)}),
            "EditionID": sz(edition.edition_id),
            "InstallationType": sz(edition.installation),
            "InstallDate": dword(0x65A4F1C0),
            "InstallTime": qword(0x1DA48B6F2C3E000),
            "ProductName": sz(edition.product),
            **({} if old else {"ReleaseId": sz("2009" if edition.build > 19041 else edition.display_version)}),
            "UBR": dword(edition.ubr),
            "DigitalProductId": binary(hashlib.sha256(name.encode()).digest()),
        },
    )
    _put(
        registry,
        CURRENT_VERSION + r"\ProfileList",
        {
            "Default": expand_sz(r"%SystemDrive%\Users\Default"),
            "ProfilesDirectory": expand_sz(r"%SystemDrive%\Users"),
            "ProgramData": expand_sz(r"%SystemDrive%\ProgramData"),
            "Public": expand_sz(r"%SystemDrive%\Users\Public"),
        },
    )
    _put(registry, NLS_CODE_PAGE, {"ACP": sz(str(ansi)), "MACCP": sz("10000"), "OEMCP": sz(str(oem))})
    _put(
        registry,
        r"HKLM\SYSTEM\Setup",
        {
            "CmdLine": sz(""),
            "OOBEInProgress": dword(0),
            "OsLoaderPath": sz("\\"),
            "RestartSetup": dword(0),
            "SetupPhase": dword(0),
            "SetupSupported": dword(1),
            "SetupType": dword(0),
            "SystemPartition": sz(r"\Device\HarddiskVolume1"),
            "SystemSetupInProgress": dword(0),
            "WorkingDirectory": sz(r"C:\Windows\Panther"),
        },
    )
    _put(registry, r"HKLM\SOFTWARE\Microsoft\Cryptography", {"MachineGuid": sz(machine_guid(name, seed))})
    _put(
        registry,
        r"HKLM\SYSTEM\CurrentControlSet\Control\ComputerName\ComputerName",
        {"ComputerName": sz(name.upper()[:15])},
    )
    _put(
        registry,
        r"HKLM\SYSTEM\CurrentControlSet\Control\ComputerName\ActiveComputerName",
        {"ComputerName": sz(name.upper()[:15])},
    )
    _put(
        registry,
        r"HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters",
        {
            "Hostname": sz(name),
            "Domain": sz("corp.example"),
            "NV Hostname": sz(name),
            "DataBasePath": expand_sz(r"%SystemRoot%\System32\drivers\etc"),
        },
    )
    _put(
        registry,
        r"HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\Environment",
        {
            "ComSpec": expand_sz(r"%SystemRoot%\system32\cmd.exe"),
            "OS": sz("Windows_NT"),
            "Path": expand_sz(r"%SystemRoot%\system32;%SystemRoot%;%SystemRoot%\System32\Wbem"),
            "PROCESSOR_ARCHITECTURE": sz("AMD64"),
            "TEMP": expand_sz(r"%SystemRoot%\TEMP"),
            "TMP": expand_sz(r"%SystemRoot%\TEMP"),
            "windir": expand_sz("%SystemRoot%"),
        },
    )
    _policies(registry)
    _terminal_server(registry, name, seed)
    _certificates(registry)
    class_key = rf"HKLM\SOFTWARE\Classes\CLSID\{RDP_PROTOCOL}"
    _put(registry, class_key, {"": sz("RdpCoreTS Protocol Manager")})
    _put(
        registry,
        class_key + r"\InprocServer32",
        {"": expand_sz(r"%SystemRoot%\System32\rdpcorets.dll"), "ThreadingModel": sz("Free")},
    )
    registry.create(r"HKU\S-1-5-19\Software\Microsoft\Windows\CurrentVersion")
    registry.create(r"HKU\.DEFAULT\Software\Microsoft\Windows\CurrentVersion")
    registry.create(r"HKCU\Software\Microsoft\Windows\CurrentVersion\Run")
    registry.create(r"HKCC\System\CurrentControlSet")


def _put(registry: Registry, path: str, values: dict[str, Value]) -> None:
    key = registry.create(path)
    for name, value in values.items():
        key.put(name, value)


def _policies(registry: Registry) -> None:
    """Keys that exist under Policies on a host without any RDP policy."""
    base = r"HKLM\SOFTWARE\Policies\Microsoft"
    for sub in (
        r"Cryptography\Configuration",
        r"PeerDist\Service",
        r"SystemCertificates\AuthRoot",
        r"TPM",
        r"Windows\CurrentVersion\Internet Settings",
        r"Windows\DataCollection",
        r"Windows\NetworkConnectivityStatusIndicator",
        r"Windows\WindowsUpdate\AU",
        r"Windows Defender\Policy Manager",
        r"Windows NT\SystemRestore",
    ):
        registry.create(rf"{base}\{sub}")
    _put(
        registry,
        base + r"\Windows NT\Terminal Services\Client",
        {
            "fEnableUsbBlockDeviceBySetupClass": dword(1),
            "fEnableUsbNoAckIsochWriteToDevice": dword(0x50),
            "fEnableUsbSelectDeviceByInterface": dword(1),
        },
    )
    _put(registry, base + r"\Windows\WindowsUpdate\AU", {"NoAutoUpdate": dword(0), "AUOptions": dword(3)})
    group_policy = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Group Policy"
    for sub in ("History", r"State\Machine\GPO-List", r"DataStore\Machine\0"):
        registry.create(rf"{group_policy}\{sub}")


def _terminal_server(registry: Registry, name: str, seed: int) -> None:
    instance = machine_guid(name + "-ts", seed)[:31]
    _put(
        registry,
        TERMINAL_SERVER,
        {
            "AllowRemoteRPC": dword(1),
            "DelayConMgrTimeout": dword(0),
            "DeleteTempDirsOnExit": dword(1),
            "fDenyTSConnections": dword(0),
            "fSingleSessionPerUser": dword(1),
            "NotificationTimeOut": dword(0),
            "PerSessionTempDir": dword(1),
            "ProductVersion": sz("5.1"),
            "RCDependentServices": multi_sz("CertPropSvc", "SessionEnv"),
            "RDPVGCInstalled": dword(1),
            "SessionDirectoryActive": dword(0),
            "SessionDirectoryCLSID": sz("{005a9c68-e216-4b27-8f59-b336829b3868}"),
            "SessionDirectoryExCLSID": sz("{ec98d957-48ad-436d-90be-bc291f42709c}"),
            "SessionDirectoryExposeServerIP": dword(1),
            "SnapshotMonitors": sz("1"),
            "StartRCM": dword(0),
            "TSUserEnabled": dword(0),
            "InstanceID": sz(instance),
            "GlassSessionId": dword(1),
        },
    )
    _put(registry, TERMINAL_SERVER + r"\AddIns\Clip Redirector", {"Name": sz("RDPClip"), "Type": dword(3)})
    _put(registry, TERMINAL_SERVER + r"\AddIns\DND Redirector", {"Name": sz("RDPDND"), "Type": dword(3)})
    _put(registry, TERMINAL_SERVER + r"\AddIns\Dynamic VC", {"Type": dword(0xFFFFFFFF)})
    _put(
        registry,
        TERMINAL_SERVER + r"\ClusterSettings",
        {
            "SessionDirectoryAdditionalParams": sz(""),
            "SessionDirectoryClusterName": sz(""),
            "SessionDirectoryLocation": sz(""),
            "SessionDirectoryPerf": dword(1),
            "SessionDirectoryRedirectionIP": sz(""),
            "LastLSMInstanceID": sz(instance),
        },
    )
    _put(
        registry,
        TERMINAL_SERVER + r"\Wds\rdpwd",
        {
            "BaudRate": dword(0xE100),
            "StartupPrograms": sz("rdpclip"),
            "WdName": sz("Microsoft RDP 8.0"),
            "WdPrefix": sz("RDP"),
        },
    )
    _put(
        registry,
        TERMINAL_SERVER + r"\Wds\rdpwd\Tds\tcp",
        {
            "InteractiveDelay": dword(10),
            "OutBufCount": dword(6),
            "OutBufDelay": dword(100),
            "OutBufLength": dword(0x212),
            "PdClass": dword(2),
            "PdDLL": sz("tdtcp"),
            "PdFlag": dword(0x4E),
            "PdName": sz("tcp"),
            "PortNumber": dword(3389),
            "RequiredPds": multi_sz("tssecsrv"),
            "ServiceName": sz("tcpip"),
        },
    )
    _put(
        registry,
        WINSTATIONS,
        {
            "ConsoleSecurity": binary(WINSTATIONS_CONSOLE_SECURITY),
            "DefaultSecurity": binary(WINSTATIONS_CONSOLE_SECURITY),
            "SelfSignedCertStore": sz("Remote Desktop"),
            "Flags": dword(1),
        },
    )
    _put(registry, WINSTATIONS + r"\Console", {"Shadow": dword(1)})
    _put(
        registry,
        WINSTATIONS + r"\Console\RDP",
        {
            "InteractiveDelay": dword(0x32),
            "OutBufDelay": dword(0x64),
            "PdClass": dword(2),
            "PdDLL": sz("tdtcp"),
            "PdFlag": dword(0x4E),
            "PdName": sz("tcp"),
            "WdFlag": dword(0x34),
            "WdName": sz("Microsoft RDP 8.0"),
            "WdPrefix": sz("RDP"),
        },
    )
    _put(registry, RDP_TCP, RDP_TCP_VALUES)
    for sub, values in RDP_TCP_SUBKEYS.items():
        _put(registry, rf"{RDP_TCP}\{sub}", values)


def _certificates(registry: Registry) -> None:
    """The stores, empty: certificates.py fills them."""
    for store in ("Remote Desktop", "MY"):
        for sub in ("CRLs", "CTLs", "Certificates"):
            registry.create(rf"HKLM\SOFTWARE\Microsoft\SystemCertificates\{store}\{sub}")
