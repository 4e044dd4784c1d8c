# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ``reg query`` printed, without names.

Numbers stay. A text stays only if it is one that Windows brings along, by the name of its value: everything else may be
a name, whatever it looks like. Bytes stay only if they are a security descriptor, whose SIDs are replaced; thumbprints
and certificates are replaced, and all other bytes become zeros.
"""

from __future__ import annotations

import re
import struct
import typing as t

from ...tools.reg import END
from . import certificates, firewall, policies
from .names import Names
from .sentences import masked

_KEY = re.compile(r"HKEY_[A-Z_]+(?:\\.*)?")
_VALUE = re.compile(
    r"^(?P<indent> {4}|\t)(?P<name>.+?)(?P<gap> {4}|\t)(?P<type>REG_[A-Z_]+)(?P<rest>(?: {4}|\t)(?P<data>.*)|[ \t]*)$",
    re.S,
)
_NUMBERS = frozenset({"REG_DWORD", "REG_QWORD", "REG_DWORD_BIG_ENDIAN"})
_TEXTS = frozenset({"REG_SZ", "REG_EXPAND_SZ", "REG_MULTI_SZ"})

# Values whose text is Windows' or a program's own, not this host's or its owner's.
_KEPT_VALUES = frozenset(
    name.casefold()
    for name in (
        *("LoadableProtocol_Object", "PdDLL", "PdDLL1", "PdName", "PdName1", "WdDLL", "WdName", "WdPrefix", "WdDLL1"),
        *("AudioEnumeratorDll", "CfgDll", "CdDLL", "CdName", "WsxDLL", "KeyboardName", "NWLogonServer_Flag"),
        *("SelfSignedCertStore", "ProductVersion", "RCDependentServices", "SessionDirectoryCLSID"),
        *("SessionDirectoryExCLSID", "SnapshotMonitors", "StartupPrograms", "RequiredPds", "ServiceName"),
        *("EditionID", "InstallationType", "ProductName", "OEMCP", "ACP", "MACCP", "ServiceDll", "ServiceMain"),
    )
)
_SECURITY = frozenset(name.casefold() for name in ("Security", "DefaultSecurity", "ConsoleSecurity"))
_THUMBPRINTS = frozenset(
    name.casefold() for name in ("SelfSignedCertificate", "TemplateCertificate", "SSLCertificateSHA1Hash")
)
# What is a text of no certain host: a number, a star, a text or a file that Windows brings along.
_NO_NAME = re.compile(
    r"(?:\d{1,5}|\*|@[\w%\\.:() -]*\.dll,-\d+|(?:%SystemRoot%|C:\\Windows)(?:\\System32)?\\[\w.]+\.(?:dll|exe|sys))?",
    re.I,
)
# "(value not set)", in any language, as the text of a default value.
_NO_DEFAULT = re.compile(r"(?:\(.*\)|\uff08.*\uff09)")

# Keys below which programs and people may have written what they want, also as names of keys and values.
_FREE = re.compile(
    r"^HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Microsoft\\"
    r"(?!(?:Windows NT\\Terminal Services|WindowsFirewall)(?:\\|$))",
    re.I,
)
# The keys that Windows brings along below Terminal Server. Programs make others.
_TERMINAL_SERVER = re.compile(
    r"(?P<top>HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\Terminal Server)\\", re.I
)
_TERMINAL_SERVER_KEYS = frozenset(
    name.casefold()
    for name in (
        *("AddIns", "ClusterSettings", "ConnectionHandler", "DefaultUserConfiguration", "KeyboardType Mapping", "RCM"),
        *("SessionArbitrationHelper", "SysProcs", "TerminalTypes", "Utilities", "VIDEO", "Wds", "WinStations"),
    )
)
CLASSES = r"\SOFTWARE\Classes\CLSID"
_FREE_BELOW = 2  # components behind Policies\Microsoft that are names of Microsoft's products
_RULES = re.compile(r"\\(?:FirewallRules|ConSecRules|RestrictedServices\\.+)$", re.I)
_MDM = re.compile(r"\\PolicyManager\\(?:current|providers\\[^\\]+\\default)\\device(?:\\|$)", re.I)
# What a template's policy is set to, and where that stands.
_MDM_STATE = re.compile(
    r"\s*<\s*(?:enabled|disabled)\s*/?>\s*(?:<\s*data\s+id=\"\w+\"\s+value=\"[^\"]*\"\s*/>\s*)*", re.I
)
_MDM_VALUE = re.compile(r"(?<=\bvalue=\")[^\"]*")
_PROVIDER = r"[0-9A-F]{8}(?:-[0-9A-F]{4}){3}-[0-9A-F]{12}"
_MDM_PLACE = re.compile(
    rf"(?:SOFTWARE\\Microsoft\\PolicyManager\\providers\\)?\{{?{_PROVIDER}\}}?(?:\\default\\Device\\\w+)?", re.I
)
_GPO_TEXTS = frozenset({"som", "dspath", "link", "filesyspath", "gponame", "gpo-id", "gpoid", "version"})
_SYSVOL = re.compile(r"\\sysvol\\(?P<domain>[^\\]+)\\Policies(?:\\|$)", re.I)
_GROUP_POLICY = re.compile(r"\\Windows\\CurrentVersion\\Group Policy(?:\\|$)", re.I)

# A SID inside a security descriptor: revision 1, how many numbers, six bytes of authority, the numbers.
# https://learn.microsoft.com/windows/win32/api/winnt/ns-winnt-sid
_SID = re.compile(rb"\x01(?P<count>[\x01-\x0f])\0\0\0\0\0(?P<authority>[\x01-\x12])", re.S)


def registry(text: str, exit_code: int | None, names: Names) -> str:
    """Return a listing of reg.exe, with the same keys and values in the same places."""
    lines = text.split("\n")
    key = ""
    for index, whole in enumerate(lines):
        line, end = (whole[:-1], "\r") if whole.endswith("\r") else (whole, "")
        row = _VALUE.match(line)
        if _KEY.fullmatch(line):
            key, line = line, _key(line, names)
        elif row:
            line = _value(key, row, names)
        elif line.strip() and line.rstrip() != END:
            # It goes on with the text above, or is a sentence: both may hold anything.
            line = masked(line, names)
        lines[index] = line + end
    return "\n".join(lines)


def _key(path: str, names: Names) -> str:
    if policies.is_firewall(path):
        return policies.path(path, names)
    if found := _TERMINAL_SERVER.match(path):
        below = path[found.end() :].split("\\")
        if below[0].casefold() not in _TERMINAL_SERVER_KEYS:
            return "\\".join([found["top"], *(names.text(part) for part in below)])
    if CLASSES in path:
        return names.known_in(path)
    if not _FREE.match(path):
        return names.in_text(path)
    parts = path.split("\\")
    fixed = 4 + _FREE_BELOW
    return "\\".join([*parts[:fixed], *(names.text(part) for part in parts[fixed:])])


def _value(key: str, row: re.Match[str], names: Names) -> str:
    name, type_, data = row["name"], row["type"], row["data"]
    if data is not None:
        rest = row["rest"][: len(row["rest"]) - len(data)] + _data(key, name, type_, data, names)
    else:
        rest = row["rest"]
    return f"{row['indent']}{_name(key, name, data or '', names)}{row['gap']}{type_}{rest}"


def _name(key: str, name: str, data: str, names: Names) -> str:
    if _NO_DEFAULT.fullmatch(name):
        return names.in_text(name)
    if _RULES.search(key):
        return firewall.rule_id(name, data, names)
    if policies.is_firewall(key):
        return policies.value(key, name, data, names)
    return names.in_text(names.text(name) if _FREE.match(key) else name)


def _data(key: str, name: str, type_: str, data: str, names: Names) -> str:
    if type_ in _NUMBERS or not data.strip():
        return data
    if type_ not in _TEXTS:
        return _binary(name, data, names)
    if _NO_DEFAULT.fullmatch(name) and _NO_DEFAULT.fullmatch(data):
        return data
    if _RULES.search(key):
        return firewall.rule(data, names)
    if policies.is_firewall(key):
        return policies.data(key, name, data, names)
    if _GROUP_POLICY.search(key):
        return _group_policy(name, data, names)
    if _MDM.search(key):
        return _mdm(data, names)
    # A library on somebody's server is none of Windows' own: its path names the server.
    if name.casefold() in _KEPT_VALUES and not _FREE.match(key) and not data.lstrip().startswith("\\\\"):
        return names.known_in(data)
    if type_ == "REG_MULTI_SZ":
        return "\\0".join(item if _NO_NAME.fullmatch(item) else names.text(item) for item in data.split("\\0"))
    return data if _NO_NAME.fullmatch(data) else names.text(data)


def _group_policy(name: str, data: str, names: Names) -> str:
    """Replace the text of a value that says which policies apply.

    What is inside these texts is a GUID, a distinguished name or a path; a display name stands alone.
    """
    folded = name.casefold()
    if folded == "displayname":
        return names.named("GPO", data)
    if folded in _GPO_TEXTS:
        if found := _SYSVOL.search(data):
            names.domain(found["domain"])
        return names.in_text(distinguished(data, names))
    if folded == "extensions" or _NO_NAME.fullmatch(data):
        return data
    return names.text(data)


def _mdm(data: str, names: Names) -> str:
    """Replace what a policy of MDM is set to. Who set it is a GUID, which follows in the key that holds the text."""
    if _MDM_STATE.fullmatch(data):
        return _MDM_VALUE.sub(lambda found: found[0] if found[0].isdecimal() else names.text(found[0]), data)
    if _MDM_PLACE.fullmatch(data):
        return names.in_text(data)
    return data if _NO_NAME.fullmatch(data) else names.text(data)


def distinguished(text: str, names: Names) -> str:
    """Replace the parts of a distinguished name that are an owner's: domains, organisational units, sites."""
    domain = ".".join(re.findall(r"(?i)\bDC=([^,\]]+)", text))
    if domain and not domain.startswith("domain"):
        new = names.domain(domain).split(".")
        # As many parts as before, so that the name keeps its depth.
        parts = iter([*new, *["example"] * domain.count(".")])
        text = re.sub(r"(?i)\b(DC=)[^,\]]+", lambda found: found[1] + next(parts), text)
    kept = r"(?!Policies\b|System\b|Machine\b|User\b|Sites\b|Configuration\b|\{)"
    return re.sub(rf"(?i)\b((?:OU|CN)=){kept}([^,\]]+)", lambda found: found[1] + names.named("unit", found[2]), text)


def _binary(name: str, data: str, names: Names) -> str:
    digits = data.strip()
    if not re.fullmatch(r"(?:[0-9A-Fa-f]{2})*", digits):
        return names.text(data)
    value = bytes.fromhex(digits)
    if name.casefold() in _THUMBPRINTS:
        return names.thumbprint(digits.upper()) if len(value) == 20 else "00" * len(value)
    if name.casefold() in _SECURITY:
        return descriptor(value, names).hex().upper()
    if name.casefold() == "blob":
        return certificates.blob(value, names).hex().upper()
    return "00" * len(value)


def descriptor(data: bytes, names: Names) -> bytes:
    """Replace the SIDs of computers and domains inside a security descriptor."""
    new = bytearray(data)
    for found in _SID.finditer(data):
        count, start = found["count"][0], found.end()
        if start + 4 * count > len(data):
            continue
        numbers = struct.unpack_from(f"<{count}I", data, start)
        sid = names.sid("-".join(map(str, ("S-1", found["authority"][0], *numbers))))
        struct.pack_into(f"<{count}I", new, start, *(int(number) for number in sid.split("-")[3:]))
    return bytes(new)


def thumbprints(text: str) -> t.Iterator[str]:
    """Return the thumbprints that keys of certificates are named after."""
    yield from re.findall(r"(?im)^HKEY_LOCAL_MACHINE\\.*\\Certificates\\([0-9A-F]{40})\s*$", text)
