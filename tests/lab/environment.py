# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Environment variables: a case-insensitive block, as Windows keeps it."""

from __future__ import annotations

import re
import typing as t

if t.TYPE_CHECKING:
    from .machine import Machine


def default_environment(machine: Machine) -> dict[str, str]:
    """The block of a process that a remote session starts for an administrator."""
    user = "Administrator"
    return {
        "ALLUSERSPROFILE": "C:\\ProgramData",
        "APPDATA": f"C:\\Users\\{user}\\AppData\\Roaming",
        "COMPUTERNAME": machine.name.upper()[:15],
        "ComSpec": "C:\\Windows\\system32\\cmd.exe",
        "LOCALAPPDATA": f"C:\\Users\\{user}\\AppData\\Local",
        "NUMBER_OF_PROCESSORS": "2",
        "OS": "Windows_NT",
        "Path": "C:\\Windows\\system32;C:\\Windows;C:\\Windows\\System32\\Wbem;"
        "C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\",
        "PATHEXT": ".COM;.EXE;.BAT;.CMD;.VBS;.VBE;.JS;.JSE;.WSF;.WSH;.MSC",
        "PROCESSOR_ARCHITECTURE": "x86" if machine.emulated else "AMD64",
        # https://learn.microsoft.com/windows/win32/winprog64/wow64-implementation-details
        **({"PROCESSOR_ARCHITEW6432": "AMD64"} if machine.emulated else {}),
        "ProgramData": "C:\\ProgramData",
        "ProgramFiles": "C:\\Program Files",
        "ProgramFiles(x86)": "C:\\Program Files (x86)",
        "ProgramW6432": "C:\\Program Files",
        "PROMPT": "$P$G",
        "PUBLIC": "C:\\Users\\Public",
        "SystemDrive": "C:",
        "SystemRoot": "C:\\Windows",
        "TEMP": f"C:\\Users\\{user}\\AppData\\Local\\Temp",
        "TMP": f"C:\\Users\\{user}\\AppData\\Local\\Temp",
        "USERDOMAIN": "CORP",
        "USERNAME": user,
        "USERPROFILE": f"C:\\Users\\{user}",
        "windir": "C:\\Windows",
    }


def lookup(environment: dict[str, str], name: str) -> str | None:
    """The value of a variable in any case, or None."""
    if name in environment:
        return environment[name]
    upper = name.upper()
    return next((value for key, value in environment.items() if key.upper() == upper), None)


def expand_variables(text: str, environment: dict[str, str]) -> str:
    """A text with its %variables% replaced, as ExpandEnvironmentStrings does it: unknown ones stay."""
    return re.sub(r"%([^%]+)%", lambda found: lookup(environment, found[1]) or found[0], text)


def assign(environment: dict[str, str], name: str, value: str) -> None:
    """Set a variable; the spelling of an existing one stays."""
    upper = name.upper()
    key = next((known for known in environment if known.upper() == upper), name)
    environment[key] = value


def remove(environment: dict[str, str], name: str) -> bool:
    """Delete a variable; False when there is none."""
    upper = name.upper()
    key = next((known for known in environment if known.upper() == upper), None)
    if key is None:
        return False
    del environment[key]
    return True
