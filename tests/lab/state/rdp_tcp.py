# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The complete RDP-Tcp key of a healthy Windows 10 / Server 2016+ host, network level authentication on."""

from __future__ import annotations

from .registry import Value, dword, sz

_TEXTS = {
    "AudioEnumeratorDll": "rdpendp.dll", "CallbackNumber": "", "CdDLL": "", "CdName": "", "CfgDll": "RDPCFGEX.DLL",
    "Comment": "", "Domain": "", "InitialProgram": "",
    "LoadableProtocol_Object": "{5828227c-20cf-4408-b73f-73ab70b8849f}",
    "NWLogonServer": "", "Password": "", "PdDLL": "tdtcp", "PdDLL1": "tssecsrv", "PdName": "tcp", "PdName1": "tssecsrv",
    "Username": "", "WdName": "Microsoft RDP 8.0", "WdPrefix": "RDP", "WFProfilePath": "", "WorkDirectory": "",
}  # fmt: skip
_NUMBERS = {
    "Callback": 0, "CdClass": 0, "CdFlag": 0, "ColorDepth": 3, "DrawGdiplusSupportLevel": 1,
    "fAllowSecProtocolNegotiation": 1, "fAutoClientDrives": 1, "fAutoClientLpts": 1, "fDisableAudioCapture": 0,
    "fDisableCam": 0, "fDisableCcm": 0, "fDisableCdm": 0, "fDisableClip": 0, "fDisableCpm": 0, "fDisableEncryption": 1,
    "fDisableExe": 0, "fDisableLPT": 0, "fEnableWinStation": 1, "fForceClientLptDef": 1, "fHomeDirectoryMapRoot": 0,
    "fInheritAutoClient": 1, "fInheritAutoLogon": 1, "fInheritCallback": 0, "fInheritCallbackNumber": 1,
    "fInheritColorDepth": 0, "fInheritInitialProgram": 1, "fInheritMaxDisconnectionTime": 1, "fInheritMaxIdleTime": 1,
    "fInheritMaxSessionTime": 1, "fInheritReconnectSame": 1, "fInheritResetBroken": 1, "fInheritSecurity": 0,
    "fInheritShadow": 1, "fLogonDisabled": 0, "fPromptForPassword": 0, "fReconnectSame": 0, "fResetBroken": 0,
    "fUseDefaultGina": 0, "InputBufferLength": 0x800, "InteractiveDelay": 0x32, "KeepAliveTimeout": 0,
    "KeyboardLayout": 0, "LanAdapter": 0, "MaxConnectionTime": 0, "MaxDisconnectionTime": 0, "MaxIdleTime": 0,
    "MaxInstanceCount": 0xFFFFFFFF, "MinEncryptionLevel": 2, "OutBufCount": 6, "OutBufDelay": 0x64,
    "OutBufLength": 0x212, "PdClass": 2, "PdClass1": 0x0B, "PdFlag": 0x4E, "PdFlag1": 0, "PortNumber": 3389,
    "SecurityLayer": 2, "SelectNetworkDetect": 1, "SelectTransport": 2, "Shadow": 1, "UserAuthentication": 1,
    "WdFlag": 0x36, "WebSocketListenerPort": 0xD3B, "WebSocketTlsListenerPort": 0xD40,
}  # fmt: skip


def _in_key_order() -> dict[str, Value]:
    """Windows' own order: alphabetical, ignoring case."""
    values = {name: sz(text) for name, text in _TEXTS.items()} | {name: dword(n) for name, n in _NUMBERS.items()}
    return {name: values[name] for name in sorted(values, key=str.upper)}


RDP_TCP_VALUES = _in_key_order()

RDP_TCP_SUBKEYS: dict[str, dict[str, Value]] = {
    "TSMMRemotingAllowedApps": {"ehshell.exe": dword(2)},
    "VideoRemotingWindowNames": {
        name: sz("*")
        for name in (
            "AGFullScreenWinClass",
            "EVRVideoHandler",
            "MacromediaFlashPlayerActiveX",
            "MicrosoftSilverlight",
            "ShockwaveFlashFullScreen",
        )
    },
}

# A self-relative security descriptor: SYSTEM owner and group, six access entries.
WINSTATIONS_CONSOLE_SECURITY = (
    "010014809c000000a800000000000000140000000200880006000000000014000100000001010000000000050400000000001400bf030f00"
    "0101000000000005120000000000140089000f00010100000000000513000000000014008100000001010000000000051400000000001800"
    "bf030f000102000000000005200000002002000000001800210100000102000000000005200000002b020000010100000000000512000000"
    "010100000000000512000000"
)
