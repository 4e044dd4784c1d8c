# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reports as gpresult /X writes them: made up after the form of real ones, with names of nobody."""

from __future__ import annotations

import typing as t

TS = r"Software\Policies\Microsoft\Windows NT\Terminal Services"
NAMESPACE = "http://www.microsoft.com/GroupPolicy"


def gpo(name: str, guid: str, order: int = 1, link: str = "corp.example", **flags: str) -> str:
    """One GPO. ``flags`` are Enabled, IsValid, FilterAllowed, AccessDenied, LinkEnabled and NoOverride."""
    domain = "" if guid == "LocalGPO" else f'<Domain xmlns="{NAMESPACE}/Types">corp.example</Domain>'
    return f"""
    <GPO>
      <Name>{name}</Name>
      <Path>
        <Identifier xmlns="{NAMESPACE}/Types">{guid}</Identifier>{domain}
      </Path>
      <VersionDirectory>3</VersionDirectory>
      <VersionSysvol>3</VersionSysvol>
      <Enabled>{flags.get("Enabled", "true")}</Enabled>
      <IsValid>{flags.get("IsValid", "true")}</IsValid>
      <FilterAllowed>{flags.get("FilterAllowed", "true")}</FilterAllowed>
      <AccessDenied>{flags.get("AccessDenied", "false")}</AccessDenied>
      <Link>
        <SOMPath>{link}</SOMPath>
        <SOMOrder>1</SOMOrder>
        <AppliedOrder>{order}</AppliedOrder>
        <LinkOrder>1</LinkOrder>
        <Enabled>{flags.get("LinkEnabled", "true")}</Enabled>
        <NoOverride>{flags.get("NoOverride", "false")}</NoOverride>
      </Link>
    </GPO>"""


def owner(guid: str, precedence: int = 1) -> str:
    """What begins every setting."""
    return f"""
          <GPO xmlns="{NAMESPACE}/Settings/Base">
            <Identifier xmlns="{NAMESPACE}/Types">{guid}</Identifier>
            <Domain xmlns="{NAMESPACE}/Types">corp.example</Domain>
          </GPO>
          <Precedence xmlns="{NAMESPACE}/Settings/Base">{precedence}</Precedence>"""


def policy(guid: str, name: str, precedence: int = 1, prefix: str = "q3") -> str:
    """A policy of an administrative template: display texts only."""
    return f"""
        <{prefix}:Policy>{owner(guid, precedence)}
          <{prefix}:Name>{name}</{prefix}:Name>
          <{prefix}:State>Disabled</{prefix}:State>
        </{prefix}:Policy>"""


def setting(guid: str, name: str, number: int, key: str = TS, precedence: int = 1, prefix: str = "q3") -> str:
    """A value that no template explains."""
    return f"""
        <{prefix}:RegistrySetting>{owner(guid, precedence)}
          <{prefix}:KeyPath>{key}</{prefix}:KeyPath>
          <{prefix}:AdmSetting>false</{prefix}:AdmSetting>
          <{prefix}:Value>
            <{prefix}:Name>{name}</{prefix}:Name>
            <{prefix}:Number>{number}</{prefix}:Number>
          </{prefix}:Value>
        </{prefix}:RegistrySetting>"""


def right(guid: str, name: str, members: t.Sequence[str], precedence: int = 1) -> str:
    """A user right. A member that begins with S-1- has a SID and no name."""
    listed = "".join(
        f'<q1:Member><{"SID" if member.startswith("S-1-") else "Name"} xmlns="{NAMESPACE}/Types">{member}'
        f"</{'SID' if member.startswith('S-1-') else 'Name'}></q1:Member>"
        for member in members
    )
    return f"""
        <q1:UserRightsAssignment>{owner(guid, precedence)}
          <q1:Name>{name}</q1:Name>{listed}
        </q1:UserRightsAssignment>"""


def preference(guid: str, name: str, key: str = TS, **said: str) -> str:
    """A registry item of Group Policy Preferences. ``said`` are attributes of its Properties."""
    said = {"action": "R", "hive": "HKEY_LOCAL_MACHINE", "type": "REG_DWORD", "value": "00000001"} | said
    listed = " ".join(f'{attribute}="{value}"' for attribute, value in said.items())
    return f"""
        <q5:RegistrySettings><q5:Registry name="{name}">{owner(guid)}
          <q5:Properties {listed} key="{key}" name="{name}"/>
        </q5:Registry></q5:RegistrySettings>"""


def rsop(
    *gpos: str, registry: str = "", security: str = "", preferences: str = "", prefix: str = "q3", computer: bool = True
) -> bytes:
    """A whole report, UTF-16 as Windows writes it."""
    extensions = ""
    for uri, name, kind, content in (
        ("Security", "q1", "SecuritySettings", security),
        ("Registry", prefix, "RegistrySettings", registry),
        ("Windows/Registry", "q5", "WindowsRegistrySettings", preferences),
    ):
        extensions += f"""
    <ExtensionData>
      <Extension xmlns:{name}="{NAMESPACE}/Settings/{uri}" xsi:type="{name}:{kind}"
                 xmlns="{NAMESPACE}/Settings">{content}
      </Extension>
      <Name xmlns="{NAMESPACE}/Settings">{kind}</Name>
    </ExtensionData>"""
    half = "ComputerResults" if computer else "UserResults"
    text = f"""<?xml version="1.0" encoding="utf-16"?>
<Rsop xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns="{NAMESPACE}/Rsop">
  <ReadTime>2026-01-01T00:00:00Z</ReadTime>
  <DataType>LoggedData</DataType>
  <{half}>
    <Name>CORP\\SRV1$</Name>{"".join(gpos)}{extensions}
  </{half}>
</Rsop>"""
    return text.replace("\n", "\r\n").encode("utf-16")
