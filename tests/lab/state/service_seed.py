# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The services of a healthy host.

Accounts, groups and dependencies of the Remote Desktop services: Microsoft's "security guidelines for system
services in Windows Server 2016" and the default service keys. TermService is in its own svchost group ``termsvcs`` on
servers and in ``NetworkService`` on clients.
"""

from __future__ import annotations

import dataclasses

from .editions import Edition
from .services import AUTO, DEMAND, KERNEL_DRIVER, OWN_PROCESS, SYSTEM, Service

SVCHOST = r"%SystemRoot%\System32\svchost.exe"
NETWORK_SERVICE = r"NT Authority\NetworkService"
LOCAL_SERVICE = r"NT AUTHORITY\LocalService"
DLLS = r"%SystemRoot%\System32"


def _hosted(name: str, display: str, host: str, dll: str, **more: object) -> Service:
    service = Service(name, display, f"{SVCHOST} -k {host}", host_group=host, service_dll=rf"{DLLS}\{dll}")
    return dataclasses.replace(service, **more)  # type: ignore[arg-type]


def _driver(name: str, display: str, file: str, start: int = SYSTEM) -> Service:
    return Service(name, display, rf"System32\drivers\{file}", KERNEL_DRIVER, start, account="", at_boot=True)


def _firewall(edition: Edition) -> list[Service]:
    """The base filtering engine, the firewall on top of it, and the helper that forwards ports."""
    host = "LocalServiceNoNetworkFirewall" if edition.build >= 16299 else "LocalServiceNoNetwork"
    firewall = "Windows Defender Firewall" if edition.build >= 16299 else "Windows Firewall"
    # since Windows 10 the services' own descriptors keep administrators from stopping them
    shared = {"start": AUTO, "at_boot": True, "account": LOCAL_SERVICE, "always_shared": True,
              "stop_denied": edition.build >= 10240}  # fmt: skip
    return [
        _driver("mpsdrv", f"{firewall} Authorization Driver", "mpsdrv.sys", DEMAND),
        _hosted(
            "BFE", "Base Filtering Engine", host, "bfe.dll", group="NetworkProvider", dependencies=("RpcSs",), **shared
        ),
        _hosted("MpsSvc", firewall, host, "mpssvc.dll", group="NetworkProvider", dependencies=("mpsdrv", "BFE"),
                **shared),
        _hosted("iphlpsvc", "IP Helper", "NetSvcs", "iphlpsvc.dll", start=AUTO, at_boot=True,
                dependencies=("RpcSs", "NSI")),
    ]  # fmt: skip


def services_of(edition: Edition) -> list[Service]:
    """Every service of a healthy host, in the order in which they start at boot."""
    termsvcs = "termsvcs" if edition.server else "NetworkService"
    ps = " -p" if edition.split_services else ""
    restricted = "LocalSystemNetworkRestricted"
    core = {"start": AUTO, "at_boot": True, "stoppable": False}
    seed = [
        _driver("NSI", "NSI Proxy Service Driver", "nsiproxy.sys"),
        _driver("RDPDR", "Remote Desktop Device Redirector Driver", "rdpdr.sys", DEMAND),
        _driver("TermDD", "Terminal Device Driver", "termdd.sys"),
        _driver("MRxSmb20", "SMB 2.0 MiniRedirector", "mrxsmb20.sys", DEMAND),
        _driver("Bowser", "Browser", "bowser.sys", DEMAND),
        _hosted(
            "DcomLaunch",
            "DCOM Server Process Launcher",
            "DcomLaunch",
            "rpcss.dll",
            always_shared=True,
            group="COM Infrastructure",
            **core,
        ),
        _hosted(
            "RpcEptMapper",
            "RPC Endpoint Mapper",
            "RPCSS",
            "RpcEpMap.dll",
            always_shared=True,
            account=NETWORK_SERVICE,
            group="COM Infrastructure",
            **core,
        ),
        _hosted(
            "RpcSs",
            "Remote Procedure Call (RPC)",
            "RPCSS",
            "rpcss.dll",
            always_shared=True,
            account=NETWORK_SERVICE,
            group="COM Infrastructure",
            dependencies=("RpcEptMapper", "DcomLaunch"),
            **core,
        ),
        _hosted("Power", "Power", "DcomLaunch", "umpo.dll", always_shared=True, **core),
        _hosted(
            "PlugPlay",
            "Plug and Play",
            "DcomLaunch",
            "umpnpmgr.dll",
            always_shared=True,
            start=DEMAND,
            at_boot=True,
            stoppable=False,
        ),
        Service(
            "SamSs",
            "Security Accounts Manager",
            r"%SystemRoot%\system32\lsass.exe",
            image="lsass.exe",
            host_group="lsass",
            always_shared=True,
            dependencies=("RPCSS",),
            start=AUTO,
            at_boot=True,
            stoppable=False,
        ),
        Service(
            "KeyIso",
            "CNG Key Isolation",
            r"%SystemRoot%\system32\lsass.exe",
            image="lsass.exe",
            host_group="lsass",
            always_shared=True,
            dependencies=("RpcSs",),
            start=DEMAND,
            at_boot=True,
            service_dll=rf"{DLLS}\keyiso.dll",
        ),
        _hosted(
            "EventLog",
            "Windows Event Log",
            "LocalServiceNetworkRestricted",
            "wevtsvc.dll",
            start=AUTO,
            at_boot=True,
            account=LOCAL_SERVICE,
            group="Event Log",
            accepts_shutdown=True,
        ),
        *_firewall(edition),
        _hosted(
            "gpsvc",
            "Group Policy Client",
            "netsvcs",
            "gpsvc.dll",
            start=AUTO,
            at_boot=True,
            dependencies=("RPCSS",),
            stoppable=False,
            trigger_started=True,
        ),
        _hosted(
            "NlaSvc",
            "Network Location Awareness",
            "NetworkService",
            "nlasvc.dll",
            start=AUTO,
            at_boot=True,
            account=NETWORK_SERVICE,
            dependencies=("NSI", "RpcSs", "Dnscache"),
        ),
        _hosted(
            "Dnscache",
            "DNS Client",
            "NetworkService",
            "dnsrslvr.dll",
            start=AUTO,
            at_boot=True,
            account=NETWORK_SERVICE,
            dependencies=("NSI",),
            stoppable=False,
            trigger_started=True,
        ),
        _hosted(
            "CryptSvc",
            "Cryptographic Services",
            "NetworkService",
            "cryptsvc.dll",
            start=AUTO,
            at_boot=True,
            account=NETWORK_SERVICE,
            dependencies=("RpcSs",),
            accepts_shutdown=True,
        ),
        _hosted(
            "LanmanWorkstation",
            "Workstation",
            "NetworkService",
            "wkssvc.dll",
            start=AUTO,
            at_boot=True,
            account=r"NT AUTHORITY\NetworkService",
            dependencies=("Bowser", "MRxSmb20", "NSI"),
            group="NetworkProvider",
        ),
        _hosted(
            "LanmanServer",
            "Server",
            "netsvcs",
            "srvsvc.dll",
            start=AUTO,
            at_boot=True,
            dependencies=("SamSS",),
            trigger_started=True,
        ),
        _hosted(
            "WinRM",
            "Windows Remote Management (WS-Management)",
            "NetworkService",
            "WsmSvc.dll",
            start=AUTO,
            at_boot=True,
            account=NETWORK_SERVICE,
            dependencies=("RPCSS",),
            accepts_shutdown=True,
        ),
        _hosted(
            "W32Time",
            "Windows Time",
            "LocalService",
            "w32time.dll",
            at_boot=edition.server,
            start=AUTO if edition.server else DEMAND,
            account=LOCAL_SERVICE,
            trigger_started=True,
            accepts_shutdown=True,
            triggers=(
                "START SERVICE|DOMAIN JOINED STATUS|1ce20aba-9851-4421-9430-1ddeb766e809|DOMAIN JOINED",
                "STOP SERVICE|DOMAIN JOINED STATUS|ddaf516e-58c2-4866-9574-c3b615d42ea1|NOT DOMAIN JOINED",
            ),
        ),
        Service(
            "Spooler",
            "Print Spooler",
            r"%SystemRoot%\System32\spoolsv.exe",
            OWN_PROCESS,
            AUTO,
            at_boot=True,
            image="spoolsv.exe",
            dependencies=("RPCSS",),
            group="SpoolerGroup",
        ),
        _hosted(
            "RemoteRegistry",
            "Remote Registry",
            "localService",
            "regsvc.dll",
            start=AUTO if edition.server else 4,
            account=LOCAL_SERVICE,
            dependencies=("RPCSS",),
            trigger_started=True,
        ),
        _hosted(
            "TermService",
            "Remote Desktop Services",
            termsvcs,
            "termsrv.dll",
            at_boot=True,
            account=NETWORK_SERVICE,
            dependencies=("RPCSS",),
            accepts_shutdown=True,
        ),
        _hosted(
            "CertPropSvc",
            "Certificate Propagation",
            "netsvcs",
            "certprop.dll",
            dependencies=("RpcSs",),
            accepts_shutdown=False,
            trigger_started=True,
        ),
        _hosted(
            "SessionEnv",
            "Remote Desktop Configuration",
            "netsvcs",
            "sessenv.dll",
            dependencies=("RPCSS", "LanmanWorkstation"),
            accepts_shutdown=True,
        ),
        _hosted(
            "UmRdpService",
            "Remote Desktop Services UserMode Port Redirector",
            restricted,
            "umrdp.dll",
            at_boot=True,
            dependencies=("TermService", "RDPDR"),
            accepts_shutdown=True,
        ),
    ]
    if edition.server:
        seed.append(
            Service(
                "W3SVC",
                "World Wide Web Publishing Service",
                rf"{SVCHOST} -k iissvcs",
                start=AUTO,
                at_boot=True,
                host_group="iissvcs",
                own_host=True,
                accepts_shutdown=True,
                dependencies=("RpcSs",),
                service_dll=r"%windir%\system32\inetsrv\iisw3adm.dll",
            )
        )
    for service in seed:
        if service.image_path.startswith(SVCHOST) and service.host_group not in ("termsvcs", "RPCSS", "DcomLaunch"):
            service.image_path += ps
    return seed
