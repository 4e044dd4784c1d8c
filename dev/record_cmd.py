# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""``./run record-cmd``: writes playbooks/files/record-rdp.cmd anew, after a probe was added or changed.

The script makes the same recording on a Windows host as the module rdp_info with ``record``, with nothing but cmd.exe.
Each command runs as it does in a playbook: see WindowsHost in plugins/plugin_utils/_host.py.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

_ROOT = Path(__file__).resolve().parent.parent
_PLUGIN_UTILS = str(_ROOT / "plugins" / "plugin_utils")
SCRIPT = _ROOT / "playbooks" / "files" / "record-rdp.cmd"

_BEGINNING = r"""@echo off
rem Copyright: (c) 2026, winops.rdp contributors
rem GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
rem SPDX-License-Identifier: GPL-3.0-or-later
rem
rem Records what this computer answers about Remote Desktop, for the module winops.rdp.rdp_info with replay.
rem     record-rdp.cmd            makes a folder rdp-recording-1 beside this file
rem     record-rdp.cmd FOLDER     makes it there, and does not wait for a key at the end
rem
rem Made from the probes of the collection by ./run record-cmd, so don't edit it.
setlocal EnableExtensions DisableDelayedExpansion

rem A 32-bit cmd.exe sees another registry and other programs.
if defined PROCESSOR_ARCHITEW6432 if exist "%SystemRoot%\Sysnative\cmd.exe" goto other

set "home=%~1"
set "wait="
if not defined home set "wait=yes"
if not defined home set "home=%~dp0."
for %%I in ("%home%") do set "home=%%~fI"
rem cmd.exe looks for programs in the current folder first, and in this one are only those of Windows.
cd /d "%SystemRoot%\System32"
rem The names of its temporary files, which no other run has.
set "unique=%RANDOM%%RANDOM%"

echo.
echo winops.rdp: records what this computer answers about Remote Desktop.
echo.
echo It only looks. It collects the version of Windows, the registry keys of Remote Desktop, of its policies and of
echo its certificates (no private keys), the states of its services, who is connected, the open ports, the
echo running programs, the rights on the folder of the computer's keys, and Remote Desktop's key files by name.
echo.
echo NAMES ARE NOT TAKEN OUT: the recording holds the names of this computer, its users and its addresses.
echo The module rdp_info takes them out of a recording with replay, record and redact.
echo.
reg query "HKU\S-1-5-19" >nul 2>&1
if errorlevel 1 echo This Command Prompt is not elevated, so some answers will be missing: run it as administrator.

set "number="
set "start=%home%\rdp-recording-"
for /l %%N in (99,-1,1) do if not exist "%start%%%N" if not exist "%start%%%N.part" set "number=%%N"
if not defined number goto failed
set "name=rdp-recording-%number%"
set "part=%home%\%name%.part"
mkdir "%part%"
if errorlevel 1 goto failed
set "index=%part%\@INDEX@"
"""

_END = r"""
ren "%part%" "%name%"
if errorlevel 1 goto failed
echo.
echo The recording is in "%home%\%name%"
if defined wait pause
exit /b 0

:done
set code=%errorlevel%
>>"%index%" echo file: %1
>>"%index%" echo exit_code: %code%
for %%F in ("%part%\%1") do >>"%index%" echo size: %%~zF
exit /b 0

:failed
echo The recording could not be written to "%home%"
if defined wait pause
exit /b 1

:other
"%SystemRoot%\Sysnative\cmd.exe" /d /c ""%~f0" %*"
exit /b
"""


def script() -> str:
    """Return the text of record-rdp.cmd."""
    if _PLUGIN_UTILS not in sys.path:
        # Behind everything else: nothing there may hide another module. The core imports no Ansible.
        sys.path.append(_PLUGIN_UTILS)
    evidence, facts = (importlib.import_module(f"_rdp.{name}") for name in ("recording.format", "facts"))
    asked = (probe.command for probe in facts.SCRIPTED)
    # A look from the controller is none that the host can take itself.
    wanted = dict.fromkeys(command.line for command in asked if type(command).__name__ == "Command")
    lines = [
        *_BEGINNING.replace("@INDEX@", evidence.INDEX).splitlines(),
        f'>"%index%" echo {evidence.TITLE}',
        '>>"%index%" echo.',
        *(_index(line) for line in evidence.PREFACE),
        '>>"%index%" echo.',
        _index(f"format: {evidence.FORMAT}"),
        _index(f"made_by: record-rdp.cmd of winops.rdp {evidence.VERSION}"),
        '>>"%index%" echo host: %COMPUTERNAME%',
        '>>"%index%" echo local_time: %DATE% %TIME%',
        _index("redacted: no"),
    ]
    for number, command in enumerate(wanted, start=1):
        lines += _command(number, len(wanted), command, evidence.file_name(number, command))
    return "\r\n".join([*lines, *_END.splitlines(), ""])


def _command(number: int, count: int, command: str, file: str) -> list[str]:
    temporary = importlib.import_module("_rdp.tools.temporary")
    inner = f'cmd.exe /d /v:on /s /c "{command} <nul 2>&1 & exit !errorlevel!"'
    return [
        "",
        f"echo {number:3} of {count}: {_batch(command)}",
        '>>"%index%" echo.',
        _index(f"[{number}]"),
        _index(f"command: {command}"),
        f'{temporary.chosen(_batch(inner), "%unique%")} >"%part%\\{file}" 2>nul',
        f"call :done {file}",
    ]


def _index(line: str) -> str:
    return f'>>"%index%" echo {_batch(line)}'


def _batch(line: str) -> str:
    """Return a line as it has to stand in a batch file, where cmd.exe expands variables before anything else."""
    quoting = importlib.import_module("_rdp.quoting")
    return str(quoting.escaped(line)).replace("%", "%%")


if __name__ == "__main__":
    SCRIPT.parent.mkdir(exist_ok=True)
    SCRIPT.write_bytes(script().encode("ascii"))
    print(f"Wrote {SCRIPT.relative_to(_ROOT)}.")
