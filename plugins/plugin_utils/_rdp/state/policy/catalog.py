# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every policy that decides over Remote Desktop on a host: where its value is, what it means, when it keeps people out.

Titles, keys and numbers are those of TerminalServer.admx and WindowsFirewall.admx in English.
"""

from __future__ import annotations

import dataclasses
import typing as t

_TERMINAL_SERVICES = r"HKLM\SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services"
_FIREWALL = r"HKLM\SOFTWARE\Policies\Microsoft\WindowsFirewall"

_CSP = "https://learn.microsoft.com/windows/client-management/mdm/policy-csp"
_REMOTE_DESKTOP_CSP = f"{_CSP}-remotedesktopservices"
_TEMPLATE_CSP = f"{_CSP}-admx-terminalserver"
_FIREWALL_CSP = f"{_CSP}-admx-windowsfirewall"
# Section 2.2.3; what they do is in 2.2.38 of MS-FASP.
_PROFILES = "https://learn.microsoft.com/openspecs/windows_protocols/ms-gpfas"
_RIGHTS = "https://learn.microsoft.com/windows/win32/secauthz/account-rights-constants"

_HOST = "Windows Components/Remote Desktop Services/Remote Desktop Session Host"
_CONNECTIONS, _SECURITY = f"{_HOST}/Connections", f"{_HOST}/Security"
_NETWORK = "Network/Network Connections/Windows Defender Firewall"


@dataclasses.dataclass(frozen=True)
class Policy:
    """One policy that writes one value of the registry.

    Attributes:
        id: Its name in results.
        title: Its display name in the English templates.
        path: Where the editor has it, below Administrative Templates; empty where it is elsewhere.
        name: The name of the value that it writes.
        source: Where Microsoft documents it.
        key: The registry key of the value, with the hive's short name.
        meanings: What the numbers mean.
        keeps_out: The numbers that keep everybody out, as far as the templates write such.
        states: The numbers that Enabled and Disabled write, None for a policy whose number or text is chosen.
        mdm: The area and the name of the same policy for MDM.
        profile: The profile of the firewall that it is for.
    """

    id: str
    title: str
    path: str
    name: str
    source: str
    key: str = _TERMINAL_SERVICES
    meanings: t.Mapping[int, str] = dataclasses.field(default_factory=dict)
    keeps_out: frozenset[int] = frozenset()
    states: tuple[int, int] | None = None
    mdm: tuple[str, str] | None = None
    profile: str = ""

    def meaning(self, data: object) -> str:
        """Return what a value means, the value itself where that isn't known."""
        return self.meanings.get(data, str(data)) if isinstance(data, int) else str(data)


@dataclasses.dataclass(frozen=True)
class Right:
    """A user right that decides who may log on through Remote Desktop Services.

    Attributes:
        id: Its name in results.
        title: Its display name in the English editor.
        name: ``Se…Right``
        source: Where Microsoft documents it.
    """

    id: str
    title: str
    name: str
    source: str = _RIGHTS


ALLOW_CONNECTIONS = Policy(
    id="allow_connections",
    title="Allow users to connect remotely by using Remote Desktop Services",
    path=_CONNECTIONS,
    name="fDenyTSConnections",
    source=f"{_REMOTE_DESKTOP_CSP}#allowuserstoconnectremotely",
    # The policy allows, the value denies.
    meanings={0: "connections are allowed", 1: "connections are denied"},
    keeps_out=frozenset({1}),
    states=(0, 1),
    mdm=("RemoteDesktopServices", "AllowUsersToConnectRemotely"),
)

CONNECTION_LIMIT = Policy(
    id="connection_limit",
    title="Limit number of connections",
    path=_CONNECTIONS,
    name="MaxInstanceCount",
    source=f"{_TEMPLATE_CSP}#ts_max_con_policy",
    # TerminalServer.admx writes 1 to 999999, so what 0 does is documented nowhere: see the check.
    meanings={999_999: "no limit", 0xFFFFFFFF: "no limit"},
    mdm=("ADMX_TerminalServer", "TS_MAX_CON_POLICY"),
)

_SESSION_HOST = (
    ALLOW_CONNECTIONS,
    Policy(
        id="network_level_authentication",
        title="Require user authentication for remote connections by using Network Level Authentication",
        path=_SECURITY,
        name="UserAuthentication",
        source=f"{_TEMPLATE_CSP}#ts_user_authentication_policy",
        meanings={0: "Network Level Authentication is not required", 1: "Network Level Authentication is required"},
        states=(1, 0),
        mdm=("ADMX_TerminalServer", "TS_USER_AUTHENTICATION_POLICY"),
    ),
    Policy(
        id="security_layer",
        title="Require use of specific security layer for remote (RDP) connections",
        path=_SECURITY,
        name="SecurityLayer",
        source=f"{_TEMPLATE_CSP}#ts_security_layer_policy",
        meanings={0: "RDP's own security", 1: "negotiated", 2: "TLS"},
        mdm=("ADMX_TerminalServer", "TS_SECURITY_LAYER_POLICY"),
    ),
    Policy(
        id="encryption_level",
        title="Set client connection encryption level",
        path=_SECURITY,
        name="MinEncryptionLevel",
        source=f"{_REMOTE_DESKTOP_CSP}#clientconnectionencryptionlevel",
        meanings={1: "low", 2: "what the client can", 3: "high", 4: "FIPS"},
        mdm=("RemoteDesktopServices", "ClientConnectionEncryptionLevel"),
    ),
    Policy(
        id="certificate_template",
        title="Server authentication certificate template",
        path=_SECURITY,
        name="CertTemplateName",
        source=f"{_TEMPLATE_CSP}#ts_certificate_template_policy",
        mdm=("ADMX_TerminalServer", "TS_CERTIFICATE_TEMPLATE_POLICY"),
    ),
    CONNECTION_LIMIT,
    Policy(
        id="single_session",
        title="Restrict Remote Desktop Services users to a single Remote Desktop Services session",
        path=_CONNECTIONS,
        name="fSingleSessionPerUser",
        source=f"{_TEMPLATE_CSP}#ts_single_session",
        meanings={0: "several sessions for each user", 1: "one session for each user"},
        states=(1, 0),
        mdm=("ADMX_TerminalServer", "TS_SINGLE_SESSION"),
    ),
    Policy(
        id="transport",
        title="Select RDP transport protocols",
        path=_CONNECTIONS,
        name="SelectTransport",
        source=f"{_TEMPLATE_CSP}#ts_select_transport",
        meanings={0: "both UDP and TCP", 1: "only TCP", 2: "either UDP or TCP"},
        mdm=("ADMX_TerminalServer", "TS_SELECT_TRANSPORT"),
    ),
    Policy(
        id="rpc_encryption",
        title="Require secure RPC communication",
        path=_SECURITY,
        name="fEncryptRPCTraffic",
        source=f"{_REMOTE_DESKTOP_CSP}#requiresecurerpccommunication",
        meanings={0: "not required", 1: "required"},
        states=(1, 0),
        mdm=("RemoteDesktopServices", "RequireSecureRPCCommunication"),
    ),
)

#: Those that lower the security of Remote Desktop with 0.
LOWERING = tuple(policy for policy in _SESSION_HOST if policy.id in ("network_level_authentication", "security_layer"))


def _profile(profile: str, key: str) -> tuple[Policy, ...]:
    """The policies of one profile of the firewall. Whether they matter depends on the profile in use."""
    return (
        Policy(
            id=f"firewall_{profile}_state",
            title=f"Firewall state ({profile} profile)",
            path="",
            name="EnableFirewall",
            source=_PROFILES,
            key=rf"{_FIREWALL}\{key}",
            meanings={0: "the firewall is off", 1: "the firewall is on"},
            profile=profile,
        ),
        Policy(
            id=f"firewall_{profile}_block_all",
            title=f"Block all inbound connections ({profile} profile)",
            path="",
            name="DoNotAllowExceptions",
            source=_PROFILES,
            key=rf"{_FIREWALL}\{key}",
            meanings={0: "rules can let connections in", 1: "no rule lets a connection in"},
            keeps_out=frozenset({1}),
            profile=profile,
        ),
    )


def _local_rules(profile: str, key: str) -> Policy:
    return Policy(
        id=f"firewall_{profile}_local_rules",
        title=f"Apply local firewall rules ({profile} profile)",
        path="",
        name="AllowLocalPolicyMerge",
        source=f"{_PROFILES}/2c979624-900a-4b6e-b4ef-09b387cd62ab",
        key=rf"{_FIREWALL}\{key}",
        meanings={0: "the host's own rules are ignored", 1: "the host's own rules count"},
        profile=profile,
    )


def _exception(profile: str, key: str, folder: str) -> Policy:
    return Policy(
        id=f"firewall_{profile}_remote_desktop",
        title="Windows Defender Firewall: Allow inbound Remote Desktop exceptions",
        path=f"{_NETWORK}/{folder}",
        name="Enabled",
        # "If you disable this policy setting, Windows Defender Firewall blocks this port".
        source=_FIREWALL_CSP,
        key=rf"{_FIREWALL}\{key}\Services\RemoteDesktop",
        meanings={0: "the port of Remote Desktop is blocked", 1: "the port of Remote Desktop is open"},
        keeps_out=frozenset({0}),
        states=(1, 0),
        profile=profile,
    )


_EACH_PROFILE = {"domain": "DomainProfile", "private": "PrivateProfile", "public": "PublicProfile"}

#: In the order in which they are reported.
POLICIES: tuple[Policy, ...] = (
    *_SESSION_HOST,
    *(policy for profile, key in _EACH_PROFILE.items() for policy in _profile(profile, key)),
    *(_local_rules(profile, key) for profile, key in _EACH_PROFILE.items()),
    # The templates know two profiles; the second is every network that isn't the domain's.
    *_profile("standard", "StandardProfile"),
    _exception("domain", "DomainProfile", "Domain Profile"),
    _exception("standard", "StandardProfile", "Standard Profile"),
)

RIGHTS: tuple[Right, ...] = (
    Right("allow_log_on", "Allow log on through Remote Desktop Services", "SeRemoteInteractiveLogonRight"),
    Right("deny_log_on", "Deny log on through Remote Desktop Services", "SeDenyRemoteInteractiveLogonRight"),
)
