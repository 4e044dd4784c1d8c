# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The script that puts a host back without Ansible: how it is written, and what of one is believed.

A person runs it as an administrator, from whatever folder a Command Prompt happens to be in. cmd.exe looks for programs
there before anywhere else, so each of them is named in full.

It does all or nothing. Its first command jumps to a label at its end, and "if your batch program doesn't contain the
label […] the batch program stops": one that was cut never gets to what it would do.
https://learn.microsoft.com/windows-server/administration/windows-commands/goto
"""

from __future__ import annotations

import re
import typing as t

from ..errors import RefusedError, UnfinishedBackupError
from ..model import Command
from ..probes import TERMINAL_SERVER_KEY, WINSTATIONS_KEY

# Where Windows' own programs are, below the Windows directory.
_PROGRAMS = {
    **{name: rf"System32\{name}.exe" for name in ("reg", "sc", "net", "icacls", "gpupdate", "netsh")},
    "powershell.exe": r"System32\WindowsPowerShell\v1.0\powershell.exe",
}
# What cmd.exe does itself.
_BUILTINS = frozenset({"copy", "del"})

_TITLE = "@rem winops.rdp, {}: puts the host back as it was before. Run it as administrator."
_AT_HOME = '@cd /d "{}\\System32"'
# Unseen: a whole script runs at the console of a Windows; each of its commands is one that the collection sends.
_JUMP = "@goto whole"
_LABEL = ":undo"
_TAIL = ("@exit /b", ":whole", "@goto undo")
_END = "@rem end of {} commands"
_LAST = re.compile(_END.replace("{}", "[0-9]{1,4}"))


def render(commands: t.Sequence[Command], title: str, folder: str) -> tuple[str, ...]:
    """Return the lines of a script.

    Args:
        commands: What it does.
        title: What made the change, for the person who reads it.
        folder: The backup folder in which it lies.

    Raises:
        ValueError: A command is none that ``read`` would believe.
    """
    root = _system_root(folder)
    ours = _grammar(folder)
    for one in commands:
        if not ours.fullmatch(one.line):
            raise ValueError(f"no command of a script that undoes: {one.line}")
    return (
        _TITLE.format(title),
        _JUMP,
        _LABEL,
        _AT_HOME.format(root),
        *(_in_full(one.line, root) for one in commands),
        *_TAIL,
        _END.format(len(commands)),
    )


def read(text: t.Sequence[str], folder: str) -> tuple[Command, ...]:
    """Return the commands of a script that ``render`` made, as the collection itself sends them.

    Args:
        text: The lines of the script.
        folder: The backup folder in which it lies.

    Raises:
        UnfinishedBackupError: It is not whole.
        RefusedError: It holds anything that ``render`` does not write.
    """
    root = _system_root(folder)
    body = list(text[4 : -len(_TAIL) - 1])
    if not any(map(_LAST.fullmatch, text)):
        raise UnfinishedBackupError
    if (*text[4 + len(body) : -1], text[-1]) != (*_TAIL, _END.format(len(body))):
        raise _changed(text[-1])
    head = (_JUMP, _LABEL, _AT_HOME.format(root))
    strange = next((line for line, own in zip(text[1:4], head, strict=True) if line.casefold() != own.casefold()), "")
    if strange or not re.fullmatch(_TITLE.replace("{}", "[a-z_]+"), text[0]):
        raise _changed(strange or text[0])
    commands = [_bare(line, root) for line in body]
    ours = _grammar(folder)
    if (number := next((n for n, line in enumerate(commands) if not ours.fullmatch(line)), None)) is not None:
        raise _changed(body[number])
    if not commands:
        raise _changed("it does nothing")
    return tuple(map(Command, commands))


def _changed(line: str) -> RefusedError:
    return RefusedError(f"The script of this backup was changed, so it is not run: {line}")


def _system_root(folder: str) -> str:
    """Return the Windows directory, which is three above a backup folder."""
    return folder.rsplit("\\", 3)[0]


def _in_full(line: str, root: str) -> str:
    if guarded := _GUARDED.fullmatch(line):
        return f"(if not exist {guarded['folder']} {_in_full(guarded['command'], root)})"
    name, blank, rest = line.partition(" ")
    return line if name in _BUILTINS else f'"{root}\\{_PROGRAMS[name]}"{blank}{rest}'


def _bare(line: str, root: str) -> str:
    """Return a command with the short name of its program, unchanged where that is none of Windows' own."""
    if guarded := _GUARDED.fullmatch(line):
        return f"(if not exist {guarded['folder']} {_bare(guarded['command'], root)})"
    for name, path in _PROGRAMS.items():
        start = f'"{root}\\{path}" '
        if line.casefold().startswith(start.casefold()):
            return f"{name} {line[len(start) :]}"
    return line if line.partition(" ")[0] in _BUILTINS else f"not ours: {line}"


# What is done only where a name is no folder, nor a link to one.
_GUARDED = re.compile(r'\(if not exist (?P<folder>"[^"]*") (?P<command>[^()]*)\)')
# Between quotes nothing that means something to cmd.exe, and no line of a script is expanded.
_CHARACTER = r'[^"%!^&|<>\r\n\0]'
_TEXT = rf'"{_CHARACTER}*"'
_WORD = r"[A-Za-z0-9_.{}-]+"
_VALUE = rf"(?:/ve|/v (?:{_WORD}|{_TEXT}))"
_DATA = rf"/t REG_(?:SZ|EXPAND_SZ|MULTI_SZ|DWORD|QWORD|BINARY) /d (?:{_TEXT}|[0-9A-Fa-f]+)"
# One part of a path: no separator, no wildcard, no stream, and neither "." nor "..".
_PART = r'(?!\.{1,2}[\\"])[^"%!^&|<>\\/:*?\r\n\0]+'
_SERVICE = "(?:TermService|UmRdpService|SessionEnv)"
_SID = r"S-1-[0-9]{1,15}(?:-[0-9]{1,10}){1,15}"
_RULE = r'name="winops\.rdp (?:TCP|UDP) [0-9]{1,5}"'
_RULE_IDS = r"RemoteDesktop-[A-Za-z0-9-]+(?:,RemoteDesktop-[A-Za-z0-9-]+)*"
_LIMIT = r"(?: [a-z]+=[0-9A-Za-z.:,/-]+)*"


def _grammar(folder: str) -> re.Pattern[str]:
    """Return what matches the commands that the remedies of this collection put things back with, and no other."""
    root, here = re.escape(_system_root(folder)), re.escape(folder)
    terminal_server, winstations = re.escape(TERMINAL_SERVER_KEY), re.escape(WINSTATIONS_KEY)
    listener = rf"{winstations}(?:\\{_PART})+"
    key = rf'"(?:{terminal_server}|{winstations}|{listener})"'
    saved = rf'"{here}\\{_PART}"'
    policy = rf'"{root}\\System32\\GroupPolicy\\(?:gpt\.ini|Machine\\Registry\.pol)"'
    machine_keys = rf'"[A-Za-z]:(?:\\{_PART})+\\Microsoft\\Crypto\\RSA'
    key_file = rf'{machine_keys}\\MachineKeys\\[0-9a-fA-F]{{32}}_[0-9a-fA-F-]{{36}}"'
    in_key_file = rf'{key_file[:-1]}\\\*"'
    # A program that held the port is started again, whatever its service is called. In no other backup.
    other_service = (
        rf"|net start (?:[A-Za-z0-9_.$-]+|{_TEXT})" if re.search(r"\\[0-9]{4,9}-port-[^\\]*$", folder) else ""
    )
    return re.compile(
        rf"reg add {key} {_VALUE} {_DATA} /f"
        rf"|reg delete {key} {_VALUE} /f"
        rf'|reg delete "{listener}" /f'
        rf'|reg import "{here}\\{_PART}\.reg"'
        rf"|sc config {_SERVICE} start= (?:auto|delayed-auto|demand|disabled)"
        rf"|net (?:start|stop) {_SERVICE}{other_service}"
        rf'|icacls {machine_keys}(?:\\MachineKeys)?" /restore {saved}(?: /L)?'
        rf'|\(if not exist {in_key_file} icacls {machine_keys}\\MachineKeys" /restore {saved} /L\)'
        rf'|icacls (?:{machine_keys}\\MachineKeys"|{key_file}) /setowner "\*{_SID}"(?: /L)?'
        rf"|gpupdate /target:computer(?: /force)? /wait:[0-9]{{1,4}}"
        rf"|copy /y {saved} {policy}"
        rf"|del /f /q {policy}"
        rf"|netsh advfirewall firewall delete rule {_RULE}"
        rf"|netsh advfirewall firewall add rule {_RULE} dir=in action=allow protocol=(?:TCP|UDP) "
        rf'localport=[0-9]{{1,5}} program="{root}\\(?i:system32)\\svchost\.exe" service=TermService '
        rf"profile=[a-z,]+ enable=yes{_LIMIT}"
        r'|netsh advfirewall firewall set rule group="@FirewallAPI\.dll,-28752" new enable=no'
        r'|powershell\.exe -NoProfile -NonInteractive -Command "Disable-NetFirewallRule -Name '
        rf'{_RULE_IDS}"'
        rf'|powershell\.exe -NoProfile -NonInteractive -Command "Set-NetFirewallRule -Name {_RULE_IDS} -Enabled False '
        r'-Profile (?:Any|(?:Domain|Private|Public)(?:,(?:Domain|Private|Public))*)"'
    )
