@echo off
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
set "index=%part%\recording.txt"
>"%index%" echo winops.rdp recording
>>"%index%" echo.
>>"%index%" echo What one Windows host answered when it was asked about Remote Desktop. The output of each command is in
>>"%index%" echo the file named below it, byte for byte. The module winops.rdp.rdp_info diagnoses this folder with replay.
>>"%index%" echo.
>>"%index%" echo format: 1
>>"%index%" echo made_by: record-rdp.cmd of winops.rdp 0.1.0
>>"%index%" echo host: %COMPUTERNAME%
>>"%index%" echo local_time: %DATE% %TIME%
>>"%index%" echo redacted: no

echo   1 of 51: wmic os get LocalDateTime
>>"%index%" echo.
>>"%index%" echo [1]
>>"%index%" echo command: wmic os get LocalDateTime
cmd.exe /d /v:on /s /c "wmic os get LocalDateTime <nul 2>&1 & exit !errorlevel!" >"%part%\01-wmic-os-get-localdatetime.txt" 2>nul
call :done 01-wmic-os-get-localdatetime.txt

echo   2 of 51: powershell.exe -NoProfile -NonInteractive -Command "Get-Date -Format o"
>>"%index%" echo.
>>"%index%" echo [2]
>>"%index%" echo command: powershell.exe -NoProfile -NonInteractive -Command "Get-Date -Format o"
cmd.exe /d /v:on /s /c "powershell.exe -NoProfile -NonInteractive -Command "Get-Date -Format o" <nul 2>&1 & exit !errorlevel!" >"%part%\02-powershell.exe-noprofile-noninteractive.txt" 2>nul
call :done 02-powershell.exe-noprofile-noninteractive.txt

echo   3 of 51: ver
>>"%index%" echo.
>>"%index%" echo [3]
>>"%index%" echo command: ver
cmd.exe /d /v:on /s /c "ver <nul 2>&1 & exit !errorlevel!" >"%part%\03-ver.txt" 2>nul
call :done 03-ver.txt

echo   4 of 51: echo %%SystemRoot%%
>>"%index%" echo.
>>"%index%" echo [4]
>>"%index%" echo command: echo %%SystemRoot%%
cmd.exe /d /v:on /s /c "echo %%SystemRoot%% <nul 2>&1 & exit !errorlevel!" >"%part%\04-echo-systemroot.txt" 2>nul
call :done 04-echo-systemroot.txt

echo   5 of 51: echo %%PROCESSOR_ARCHITEW6432%%
>>"%index%" echo.
>>"%index%" echo [5]
>>"%index%" echo command: echo %%PROCESSOR_ARCHITEW6432%%
cmd.exe /d /v:on /s /c "echo %%PROCESSOR_ARCHITEW6432%% <nul 2>&1 & exit !errorlevel!" >"%part%\05-echo-processor-architew6432.txt" 2>nul
call :done 05-echo-processor-architew6432.txt

echo   6 of 51: reg query "HKLM\SYSTEM\CurrentControlSet\Control\Nls\CodePage" /v OEMCP
>>"%index%" echo.
>>"%index%" echo [6]
>>"%index%" echo command: reg query "HKLM\SYSTEM\CurrentControlSet\Control\Nls\CodePage" /v OEMCP
cmd.exe /d /v:on /s /c "reg query "HKLM\SYSTEM\CurrentControlSet\Control\Nls\CodePage" /v OEMCP <nul 2>&1 & exit !errorlevel!" >"%part%\06-reg-query-codepage-v-oemcp.txt" 2>nul
call :done 06-reg-query-codepage-v-oemcp.txt

echo   7 of 51: reg query "HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion" /v EditionID
>>"%index%" echo.
>>"%index%" echo [7]
>>"%index%" echo command: reg query "HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion" /v EditionID
cmd.exe /d /v:on /s /c "reg query "HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion" /v EditionID <nul 2>&1 & exit !errorlevel!" >"%part%\07-reg-query-currentversion-v-editionid.txt" 2>nul
call :done 07-reg-query-currentversion-v-editionid.txt

echo   8 of 51: reg query "HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion" /v InstallationType
>>"%index%" echo.
>>"%index%" echo [8]
>>"%index%" echo command: reg query "HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion" /v InstallationType
cmd.exe /d /v:on /s /c "reg query "HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion" /v InstallationType <nul 2>&1 & exit !errorlevel!" >"%part%\08-reg-query-currentversion-v-installationt.txt" 2>nul
call :done 08-reg-query-currentversion-v-installationt.txt

echo   9 of 51: reg query "HKLM\SYSTEM\Setup"
>>"%index%" echo.
>>"%index%" echo [9]
>>"%index%" echo command: reg query "HKLM\SYSTEM\Setup"
cmd.exe /d /v:on /s /c "reg query "HKLM\SYSTEM\Setup" <nul 2>&1 & exit !errorlevel!" >"%part%\09-reg-query-setup.txt" 2>nul
call :done 09-reg-query-setup.txt

echo  10 of 51: reg query "HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server"
>>"%index%" echo.
>>"%index%" echo [10]
>>"%index%" echo command: reg query "HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server"
cmd.exe /d /v:on /s /c "reg query "HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server" <nul 2>&1 & exit !errorlevel!" >"%part%\10-reg-query-terminal-server.txt" 2>nul
call :done 10-reg-query-terminal-server.txt

echo  11 of 51: ^(reg query "HKLM\SOFTWARE\Policies\Microsoft\Windows NT" /s ^& reg query "HKLM\SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services"^)
>>"%index%" echo.
>>"%index%" echo [11]
>>"%index%" echo command: ^(reg query "HKLM\SOFTWARE\Policies\Microsoft\Windows NT" /s ^& reg query "HKLM\SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services"^)
cmd.exe /d /v:on /s /c "(reg query "HKLM\SOFTWARE\Policies\Microsoft\Windows NT" /s & reg query "HKLM\SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services") <nul 2>&1 & exit !errorlevel!" >"%part%\11-reg-query-windows-nt-s-reg-query-termina.txt" 2>nul
call :done 11-reg-query-windows-nt-s-reg-query-termina.txt

echo  12 of 51: reg query "HKLM\SOFTWARE\Policies\Microsoft"
>>"%index%" echo.
>>"%index%" echo [12]
>>"%index%" echo command: reg query "HKLM\SOFTWARE\Policies\Microsoft"
cmd.exe /d /v:on /s /c "reg query "HKLM\SOFTWARE\Policies\Microsoft" <nul 2>&1 & exit !errorlevel!" >"%part%\12-reg-query-microsoft.txt" 2>nul
call :done 12-reg-query-microsoft.txt

echo  13 of 51: ^(^(reg query "HKLM\SOFTWARE\Policies\Microsoft\WindowsFirewall" /s^&^&echo end^)^|findstr /v /i /r /c:V2.0.Action= /c:Active=FALSE.Dir= /c:Active=TRUE.Dir=Out. /c:S-1-15-2- /c:.PFN=^)
>>"%index%" echo.
>>"%index%" echo [13]
>>"%index%" echo command: ^(^(reg query "HKLM\SOFTWARE\Policies\Microsoft\WindowsFirewall" /s^&^&echo end^)^|findstr /v /i /r /c:V2.0.Action= /c:Active=FALSE.Dir= /c:Active=TRUE.Dir=Out. /c:S-1-15-2- /c:.PFN=^)
cmd.exe /d /v:on /s /c "((reg query "HKLM\SOFTWARE\Policies\Microsoft\WindowsFirewall" /s&&echo end)|findstr /v /i /r /c:V2.0.Action= /c:Active=FALSE.Dir= /c:Active=TRUE.Dir=Out. /c:S-1-15-2- /c:.PFN=) <nul 2>&1 & exit !errorlevel!" >"%part%\13-reg-query-windowsfirewall-s-echo-end-fin.txt" 2>nul
call :done 13-reg-query-windowsfirewall-s-echo-end-fin.txt

echo  14 of 51: reg query "HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Group Policy\History\{35378EAC-683F-11D2-A89A-00C04FBBCFA2}" /s
>>"%index%" echo.
>>"%index%" echo [14]
>>"%index%" echo command: reg query "HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Group Policy\History\{35378EAC-683F-11D2-A89A-00C04FBBCFA2}" /s
cmd.exe /d /v:on /s /c "reg query "HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Group Policy\History\{35378EAC-683F-11D2-A89A-00C04FBBCFA2}" /s <nul 2>&1 & exit !errorlevel!" >"%part%\14-reg-query-35378eac-683f-11d2-a89a-00c04f.txt" 2>nul
call :done 14-reg-query-35378eac-683f-11d2-a89a-00c04f.txt

echo  15 of 51: reg query "HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Group Policy\DataStore\Machine\0" /s
>>"%index%" echo.
>>"%index%" echo [15]
>>"%index%" echo command: reg query "HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Group Policy\DataStore\Machine\0" /s
cmd.exe /d /v:on /s /c "reg query "HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Group Policy\DataStore\Machine\0" /s <nul 2>&1 & exit !errorlevel!" >"%part%\15-reg-query-0-s.txt" 2>nul
call :done 15-reg-query-0-s.txt

echo  16 of 51: reg query "HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Group Policy\State\Machine\GPO-List" /s
>>"%index%" echo.
>>"%index%" echo [16]
>>"%index%" echo command: reg query "HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Group Policy\State\Machine\GPO-List" /s
cmd.exe /d /v:on /s /c "reg query "HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Group Policy\State\Machine\GPO-List" /s <nul 2>&1 & exit !errorlevel!" >"%part%\16-reg-query-gpo-list-s.txt" 2>nul
call :done 16-reg-query-gpo-list-s.txt

echo  17 of 51: reg query "HKLM\SOFTWARE\Microsoft\PolicyManager\current\device\RemoteDesktopServices"
>>"%index%" echo.
>>"%index%" echo [17]
>>"%index%" echo command: reg query "HKLM\SOFTWARE\Microsoft\PolicyManager\current\device\RemoteDesktopServices"
cmd.exe /d /v:on /s /c "reg query "HKLM\SOFTWARE\Microsoft\PolicyManager\current\device\RemoteDesktopServices" <nul 2>&1 & exit !errorlevel!" >"%part%\17-reg-query-remotedesktopservices.txt" 2>nul
call :done 17-reg-query-remotedesktopservices.txt

echo  18 of 51: reg query "HKLM\SOFTWARE\Microsoft\PolicyManager\current\device\ADMX_TerminalServer"
>>"%index%" echo.
>>"%index%" echo [18]
>>"%index%" echo command: reg query "HKLM\SOFTWARE\Microsoft\PolicyManager\current\device\ADMX_TerminalServer"
cmd.exe /d /v:on /s /c "reg query "HKLM\SOFTWARE\Microsoft\PolicyManager\current\device\ADMX_TerminalServer" <nul 2>&1 & exit !errorlevel!" >"%part%\18-reg-query-admx-terminalserver.txt" 2>nul
call :done 18-reg-query-admx-terminalserver.txt

echo  19 of 51: reg query "HKLM\SOFTWARE\Microsoft\PolicyManager\current\device\ControlPolicyConflict"
>>"%index%" echo.
>>"%index%" echo [19]
>>"%index%" echo command: reg query "HKLM\SOFTWARE\Microsoft\PolicyManager\current\device\ControlPolicyConflict"
cmd.exe /d /v:on /s /c "reg query "HKLM\SOFTWARE\Microsoft\PolicyManager\current\device\ControlPolicyConflict" <nul 2>&1 & exit !errorlevel!" >"%part%\19-reg-query-controlpolicyconflict.txt" 2>nul
call :done 19-reg-query-controlpolicyconflict.txt

echo  20 of 51: sc queryex TermService
>>"%index%" echo.
>>"%index%" echo [20]
>>"%index%" echo command: sc queryex TermService
cmd.exe /d /v:on /s /c "sc queryex TermService <nul 2>&1 & exit !errorlevel!" >"%part%\20-sc-queryex-termservice.txt" 2>nul
call :done 20-sc-queryex-termservice.txt

echo  21 of 51: sc qc TermService
>>"%index%" echo.
>>"%index%" echo [21]
>>"%index%" echo command: sc qc TermService
cmd.exe /d /v:on /s /c "sc qc TermService <nul 2>&1 & exit !errorlevel!" >"%part%\21-sc-qc-termservice.txt" 2>nul
call :done 21-sc-qc-termservice.txt

echo  22 of 51: sc queryex UmRdpService
>>"%index%" echo.
>>"%index%" echo [22]
>>"%index%" echo command: sc queryex UmRdpService
cmd.exe /d /v:on /s /c "sc queryex UmRdpService <nul 2>&1 & exit !errorlevel!" >"%part%\22-sc-queryex-umrdpservice.txt" 2>nul
call :done 22-sc-queryex-umrdpservice.txt

echo  23 of 51: sc qc UmRdpService
>>"%index%" echo.
>>"%index%" echo [23]
>>"%index%" echo command: sc qc UmRdpService
cmd.exe /d /v:on /s /c "sc qc UmRdpService <nul 2>&1 & exit !errorlevel!" >"%part%\23-sc-qc-umrdpservice.txt" 2>nul
call :done 23-sc-qc-umrdpservice.txt

echo  24 of 51: sc qc SessionEnv
>>"%index%" echo.
>>"%index%" echo [24]
>>"%index%" echo command: sc qc SessionEnv
cmd.exe /d /v:on /s /c "sc qc SessionEnv <nul 2>&1 & exit !errorlevel!" >"%part%\24-sc-qc-sessionenv.txt" 2>nul
call :done 24-sc-qc-sessionenv.txt

echo  25 of 51: ^(reg query "HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations" /s^&^&echo end^)
>>"%index%" echo.
>>"%index%" echo [25]
>>"%index%" echo command: ^(reg query "HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations" /s^&^&echo end^)
cmd.exe /d /v:on /s /c "(reg query "HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations" /s&&echo end) <nul 2>&1 & exit !errorlevel!" >"%part%\25-reg-query-winstations-s-echo-end.txt" 2>nul
call :done 25-reg-query-winstations-s-echo-end.txt

echo  26 of 51: qwinsta
>>"%index%" echo.
>>"%index%" echo [26]
>>"%index%" echo command: qwinsta
cmd.exe /d /v:on /s /c "qwinsta <nul 2>&1 & exit !errorlevel!" >"%part%\26-qwinsta.txt" 2>nul
call :done 26-qwinsta.txt

echo  27 of 51: netstat -ano
>>"%index%" echo.
>>"%index%" echo [27]
>>"%index%" echo command: netstat -ano
cmd.exe /d /v:on /s /c "netstat -ano <nul 2>&1 & exit !errorlevel!" >"%part%\27-netstat-ano.txt" 2>nul
call :done 27-netstat-ano.txt

echo  28 of 51: reg query "HKLM\SYSTEM\CurrentControlSet\Services\TermService\Parameters" /v ServiceDll
>>"%index%" echo.
>>"%index%" echo [28]
>>"%index%" echo command: reg query "HKLM\SYSTEM\CurrentControlSet\Services\TermService\Parameters" /v ServiceDll
cmd.exe /d /v:on /s /c "reg query "HKLM\SYSTEM\CurrentControlSet\Services\TermService\Parameters" /v ServiceDll <nul 2>&1 & exit !errorlevel!" >"%part%\28-reg-query-parameters-v-servicedll.txt" 2>nul
call :done 28-reg-query-parameters-v-servicedll.txt

echo  29 of 51: netsh int ipv4 show excludedportrange protocol=tcp
>>"%index%" echo.
>>"%index%" echo [29]
>>"%index%" echo command: netsh int ipv4 show excludedportrange protocol=tcp
cmd.exe /d /v:on /s /c "netsh int ipv4 show excludedportrange protocol=tcp <nul 2>&1 & exit !errorlevel!" >"%part%\29-netsh-int-ipv4-show-excludedportrange-pr.txt" 2>nul
call :done 29-netsh-int-ipv4-show-excludedportrange-pr.txt

echo  30 of 51: netsh int ipv6 show excludedportrange protocol=tcp
>>"%index%" echo.
>>"%index%" echo [30]
>>"%index%" echo command: netsh int ipv6 show excludedportrange protocol=tcp
cmd.exe /d /v:on /s /c "netsh int ipv6 show excludedportrange protocol=tcp <nul 2>&1 & exit !errorlevel!" >"%part%\30-netsh-int-ipv6-show-excludedportrange-pr.txt" 2>nul
call :done 30-netsh-int-ipv6-show-excludedportrange-pr.txt

echo  31 of 51: reg query "HKLM\SOFTWARE\Microsoft\SystemCertificates\Remote Desktop" /s
>>"%index%" echo.
>>"%index%" echo [31]
>>"%index%" echo command: reg query "HKLM\SOFTWARE\Microsoft\SystemCertificates\Remote Desktop" /s
cmd.exe /d /v:on /s /c "reg query "HKLM\SOFTWARE\Microsoft\SystemCertificates\Remote Desktop" /s <nul 2>&1 & exit !errorlevel!" >"%part%\31-reg-query-remote-desktop-s.txt" 2>nul
call :done 31-reg-query-remote-desktop-s.txt

echo  32 of 51: reg query "HKLM\SOFTWARE\Microsoft\SystemCertificates"
>>"%index%" echo.
>>"%index%" echo [32]
>>"%index%" echo command: reg query "HKLM\SOFTWARE\Microsoft\SystemCertificates"
cmd.exe /d /v:on /s /c "reg query "HKLM\SOFTWARE\Microsoft\SystemCertificates" <nul 2>&1 & exit !errorlevel!" >"%part%\32-reg-query-systemcertificates.txt" 2>nul
call :done 32-reg-query-systemcertificates.txt

echo  33 of 51: reg query "HKLM\SOFTWARE\Microsoft\SystemCertificates\MY\Certificates" /s
>>"%index%" echo.
>>"%index%" echo [33]
>>"%index%" echo command: reg query "HKLM\SOFTWARE\Microsoft\SystemCertificates\MY\Certificates" /s
cmd.exe /d /v:on /s /c "reg query "HKLM\SOFTWARE\Microsoft\SystemCertificates\MY\Certificates" /s <nul 2>&1 & exit !errorlevel!" >"%part%\33-reg-query-certificates-s.txt" 2>nul
call :done 33-reg-query-certificates-s.txt

echo  34 of 51: icacls "%%ProgramData%%\Microsoft\Crypto\RSA\MachineKeys" /save "%%SystemRoot%%\winops.rdp-tmp.acl" ^>nul^&^&type "%%SystemRoot%%\winops.rdp-tmp.acl"^&del "%%SystemRoot%%\winops.rdp-tmp.acl"
>>"%index%" echo.
>>"%index%" echo [34]
>>"%index%" echo command: icacls "%%ProgramData%%\Microsoft\Crypto\RSA\MachineKeys" /save "%%SystemRoot%%\winops.rdp-tmp.acl" ^>nul^&^&type "%%SystemRoot%%\winops.rdp-tmp.acl"^&del "%%SystemRoot%%\winops.rdp-tmp.acl"
cmd.exe /d /v:on /s /c "icacls "%%ProgramData%%\Microsoft\Crypto\RSA\MachineKeys" /save "%%SystemRoot%%\winops.rdp-%unique%.acl" >nul&&type "%%SystemRoot%%\winops.rdp-%unique%.acl"&del "%%SystemRoot%%\winops.rdp-%unique%.acl" <nul 2>&1 & exit !errorlevel!" >"%part%\34-icacls-machinekeys-save-winops.rdp-tmp.a.txt" 2>nul
call :done 34-icacls-machinekeys-save-winops.rdp-tmp.a.txt

echo  35 of 51: ^(for /f "tokens=3" %%g in ^('reg query HKLM\SOFTWARE\Microsoft\Cryptography /v MachineGuid'^) do @for %%f in ^("%%ProgramData%%\Microsoft\Crypto\RSA\MachineKeys\f686aace6942fb7f7ceb231212eef4a4_%%g"^) do @^(echo %%g %%~af^&icacls %%f /save "%%SystemRoot%%\winops.rdp-tmp.key" /L ^>nul 2^>nul^&^&type "%%SystemRoot%%\winops.rdp-tmp.key"^&del "%%SystemRoot%%\winops.rdp-tmp.key" 2^>nul^)^)
>>"%index%" echo.
>>"%index%" echo [35]
>>"%index%" echo command: ^(for /f "tokens=3" %%g in ^('reg query HKLM\SOFTWARE\Microsoft\Cryptography /v MachineGuid'^) do @for %%f in ^("%%ProgramData%%\Microsoft\Crypto\RSA\MachineKeys\f686aace6942fb7f7ceb231212eef4a4_%%g"^) do @^(echo %%g %%~af^&icacls %%f /save "%%SystemRoot%%\winops.rdp-tmp.key" /L ^>nul 2^>nul^&^&type "%%SystemRoot%%\winops.rdp-tmp.key"^&del "%%SystemRoot%%\winops.rdp-tmp.key" 2^>nul^)^)
cmd.exe /d /v:on /s /c "(for /f "tokens=3" %%g in ('reg query HKLM\SOFTWARE\Microsoft\Cryptography /v MachineGuid') do @for %%f in ("%%ProgramData%%\Microsoft\Crypto\RSA\MachineKeys\f686aace6942fb7f7ceb231212eef4a4_%%g") do @(echo %%g %%~af&icacls %%f /save "%%SystemRoot%%\winops.rdp-%unique%.key" /L >nul 2>nul&&type "%%SystemRoot%%\winops.rdp-%unique%.key"&del "%%SystemRoot%%\winops.rdp-%unique%.key" 2>nul)) <nul 2>&1 & exit !errorlevel!" >"%part%\35-for-f-tokens-3-g-in-reg-query-hklm-softw.txt" 2>nul
call :done 35-for-f-tokens-3-g-in-reg-query-hklm-softw.txt

echo  36 of 51: tasklist /svc /fo csv /nh
>>"%index%" echo.
>>"%index%" echo [36]
>>"%index%" echo command: tasklist /svc /fo csv /nh
cmd.exe /d /v:on /s /c "tasklist /svc /fo csv /nh <nul 2>&1 & exit !errorlevel!" >"%part%\36-tasklist-svc-fo-csv-nh.txt" 2>nul
call :done 36-tasklist-svc-fo-csv-nh.txt

echo  37 of 51: ^(^(reg query "HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy" /s^&^&echo end^)^|findstr /v /i /r /c:V2.0.Action= /c:Active=FALSE.Dir= /c:Active=TRUE.Dir=Out. /c:S-1-15-2- /c:.PFN=^)
>>"%index%" echo.
>>"%index%" echo [37]
>>"%index%" echo command: ^(^(reg query "HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy" /s^&^&echo end^)^|findstr /v /i /r /c:V2.0.Action= /c:Active=FALSE.Dir= /c:Active=TRUE.Dir=Out. /c:S-1-15-2- /c:.PFN=^)
cmd.exe /d /v:on /s /c "((reg query "HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy" /s&&echo end)|findstr /v /i /r /c:V2.0.Action= /c:Active=FALSE.Dir= /c:Active=TRUE.Dir=Out. /c:S-1-15-2- /c:.PFN=) <nul 2>&1 & exit !errorlevel!" >"%part%\37-reg-query-firewallpolicy-s-echo-end-find.txt" 2>nul
call :done 37-reg-query-firewallpolicy-s-echo-end-find.txt

echo  38 of 51: reg query "HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\FirewallRules" /v RemoteDesktop-UserMode-In-TCP
>>"%index%" echo.
>>"%index%" echo [38]
>>"%index%" echo command: reg query "HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\FirewallRules" /v RemoteDesktop-UserMode-In-TCP
cmd.exe /d /v:on /s /c "reg query "HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\FirewallRules" /v RemoteDesktop-UserMode-In-TCP <nul 2>&1 & exit !errorlevel!" >"%part%\38-reg-query-firewallrules-v-remotedesktop.txt" 2>nul
call :done 38-reg-query-firewallrules-v-remotedesktop.txt

echo  39 of 51: reg query "HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\FirewallRules" /v RemoteDesktop-UserMode-In-UDP
>>"%index%" echo.
>>"%index%" echo [39]
>>"%index%" echo command: reg query "HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\FirewallRules" /v RemoteDesktop-UserMode-In-UDP
cmd.exe /d /v:on /s /c "reg query "HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\FirewallRules" /v RemoteDesktop-UserMode-In-UDP <nul 2>&1 & exit !errorlevel!" >"%part%\39-reg-query-firewallrules-v-remotedesktop.txt" 2>nul
call :done 39-reg-query-firewallrules-v-remotedesktop.txt

echo  40 of 51: netsh advfirewall show allprofiles
>>"%index%" echo.
>>"%index%" echo [40]
>>"%index%" echo command: netsh advfirewall show allprofiles
cmd.exe /d /v:on /s /c "netsh advfirewall show allprofiles <nul 2>&1 & exit !errorlevel!" >"%part%\40-netsh-advfirewall-show-allprofiles.txt" 2>nul
call :done 40-netsh-advfirewall-show-allprofiles.txt

echo  41 of 51: netsh advfirewall show currentprofile
>>"%index%" echo.
>>"%index%" echo [41]
>>"%index%" echo command: netsh advfirewall show currentprofile
cmd.exe /d /v:on /s /c "netsh advfirewall show currentprofile <nul 2>&1 & exit !errorlevel!" >"%part%\41-netsh-advfirewall-show-currentprofile.txt" 2>nul
call :done 41-netsh-advfirewall-show-currentprofile.txt

echo  42 of 51: sc queryex MpsSvc
>>"%index%" echo.
>>"%index%" echo [42]
>>"%index%" echo command: sc queryex MpsSvc
cmd.exe /d /v:on /s /c "sc queryex MpsSvc <nul 2>&1 & exit !errorlevel!" >"%part%\42-sc-queryex-mpssvc.txt" 2>nul
call :done 42-sc-queryex-mpssvc.txt

echo  43 of 51: ^(for /f "tokens=3" %%g in ^('reg query HKLM\SOFTWARE\Microsoft\Cryptography /v MachineGuid'^) do @for %%f in ^("%%ProgramData%%\Microsoft\Crypto\RSA\MachineKeys\d86b1e848570377d7cb27ddc5de661b0_%%g"^) do @^(echo %%g %%~af^&icacls %%f /save "%%SystemRoot%%\winops.rdp-tmp.key" /L ^>nul 2^>nul^&^&type "%%SystemRoot%%\winops.rdp-tmp.key"^&del "%%SystemRoot%%\winops.rdp-tmp.key" 2^>nul^)^)
>>"%index%" echo.
>>"%index%" echo [43]
>>"%index%" echo command: ^(for /f "tokens=3" %%g in ^('reg query HKLM\SOFTWARE\Microsoft\Cryptography /v MachineGuid'^) do @for %%f in ^("%%ProgramData%%\Microsoft\Crypto\RSA\MachineKeys\d86b1e848570377d7cb27ddc5de661b0_%%g"^) do @^(echo %%g %%~af^&icacls %%f /save "%%SystemRoot%%\winops.rdp-tmp.key" /L ^>nul 2^>nul^&^&type "%%SystemRoot%%\winops.rdp-tmp.key"^&del "%%SystemRoot%%\winops.rdp-tmp.key" 2^>nul^)^)
cmd.exe /d /v:on /s /c "(for /f "tokens=3" %%g in ('reg query HKLM\SOFTWARE\Microsoft\Cryptography /v MachineGuid') do @for %%f in ("%%ProgramData%%\Microsoft\Crypto\RSA\MachineKeys\d86b1e848570377d7cb27ddc5de661b0_%%g") do @(echo %%g %%~af&icacls %%f /save "%%SystemRoot%%\winops.rdp-%unique%.key" /L >nul 2>nul&&type "%%SystemRoot%%\winops.rdp-%unique%.key"&del "%%SystemRoot%%\winops.rdp-%unique%.key" 2>nul)) <nul 2>&1 & exit !errorlevel!" >"%part%\43-for-f-tokens-3-g-in-reg-query-hklm-softw.txt" 2>nul
call :done 43-for-f-tokens-3-g-in-reg-query-hklm-softw.txt

echo  44 of 51: ^(for /f "tokens=3" %%g in ^('reg query HKLM\SOFTWARE\Microsoft\Cryptography /v MachineGuid'^) do @for %%f in ^("%%ProgramData%%\Microsoft\Crypto\RSA\MachineKeys\7215b202ff2cf52c0ac38e6346ef075f_%%g"^) do @^(echo %%g %%~af^&icacls %%f /save "%%SystemRoot%%\winops.rdp-tmp.key" /L ^>nul 2^>nul^&^&type "%%SystemRoot%%\winops.rdp-tmp.key"^&del "%%SystemRoot%%\winops.rdp-tmp.key" 2^>nul^)^)
>>"%index%" echo.
>>"%index%" echo [44]
>>"%index%" echo command: ^(for /f "tokens=3" %%g in ^('reg query HKLM\SOFTWARE\Microsoft\Cryptography /v MachineGuid'^) do @for %%f in ^("%%ProgramData%%\Microsoft\Crypto\RSA\MachineKeys\7215b202ff2cf52c0ac38e6346ef075f_%%g"^) do @^(echo %%g %%~af^&icacls %%f /save "%%SystemRoot%%\winops.rdp-tmp.key" /L ^>nul 2^>nul^&^&type "%%SystemRoot%%\winops.rdp-tmp.key"^&del "%%SystemRoot%%\winops.rdp-tmp.key" 2^>nul^)^)
cmd.exe /d /v:on /s /c "(for /f "tokens=3" %%g in ('reg query HKLM\SOFTWARE\Microsoft\Cryptography /v MachineGuid') do @for %%f in ("%%ProgramData%%\Microsoft\Crypto\RSA\MachineKeys\7215b202ff2cf52c0ac38e6346ef075f_%%g") do @(echo %%g %%~af&icacls %%f /save "%%SystemRoot%%\winops.rdp-%unique%.key" /L >nul 2>nul&&type "%%SystemRoot%%\winops.rdp-%unique%.key"&del "%%SystemRoot%%\winops.rdp-%unique%.key" 2>nul)) <nul 2>&1 & exit !errorlevel!" >"%part%\44-for-f-tokens-3-g-in-reg-query-hklm-softw.txt" 2>nul
call :done 44-for-f-tokens-3-g-in-reg-query-hklm-softw.txt

echo  45 of 51: ^(for /f "tokens=3" %%g in ^('reg query HKLM\SOFTWARE\Microsoft\Cryptography /v MachineGuid'^) do @for %%f in ^("%%ProgramData%%\Microsoft\Crypto\RSA\MachineKeys\aae70b261fbca7796d1f2beb55988d6b_%%g"^) do @^(echo %%g %%~af^&icacls %%f /save "%%SystemRoot%%\winops.rdp-tmp.key" /L ^>nul 2^>nul^&^&type "%%SystemRoot%%\winops.rdp-tmp.key"^&del "%%SystemRoot%%\winops.rdp-tmp.key" 2^>nul^)^)
>>"%index%" echo.
>>"%index%" echo [45]
>>"%index%" echo command: ^(for /f "tokens=3" %%g in ^('reg query HKLM\SOFTWARE\Microsoft\Cryptography /v MachineGuid'^) do @for %%f in ^("%%ProgramData%%\Microsoft\Crypto\RSA\MachineKeys\aae70b261fbca7796d1f2beb55988d6b_%%g"^) do @^(echo %%g %%~af^&icacls %%f /save "%%SystemRoot%%\winops.rdp-tmp.key" /L ^>nul 2^>nul^&^&type "%%SystemRoot%%\winops.rdp-tmp.key"^&del "%%SystemRoot%%\winops.rdp-tmp.key" 2^>nul^)^)
cmd.exe /d /v:on /s /c "(for /f "tokens=3" %%g in ('reg query HKLM\SOFTWARE\Microsoft\Cryptography /v MachineGuid') do @for %%f in ("%%ProgramData%%\Microsoft\Crypto\RSA\MachineKeys\aae70b261fbca7796d1f2beb55988d6b_%%g") do @(echo %%g %%~af&icacls %%f /save "%%SystemRoot%%\winops.rdp-%unique%.key" /L >nul 2>nul&&type "%%SystemRoot%%\winops.rdp-%unique%.key"&del "%%SystemRoot%%\winops.rdp-%unique%.key" 2>nul)) <nul 2>&1 & exit !errorlevel!" >"%part%\45-for-f-tokens-3-g-in-reg-query-hklm-softw.txt" 2>nul
call :done 45-for-f-tokens-3-g-in-reg-query-hklm-softw.txt

echo  46 of 51: ^(for /f "tokens=3" %%g in ^('reg query HKLM\SOFTWARE\Microsoft\Cryptography /v MachineGuid'^) do @for %%f in ^("%%ProgramData%%\Microsoft\Crypto\RSA\MachineKeys\eddb3aadf119c896de06c2b210bb5d14_%%g"^) do @^(echo %%g %%~af^&icacls %%f /save "%%SystemRoot%%\winops.rdp-tmp.key" /L ^>nul 2^>nul^&^&type "%%SystemRoot%%\winops.rdp-tmp.key"^&del "%%SystemRoot%%\winops.rdp-tmp.key" 2^>nul^)^)
>>"%index%" echo.
>>"%index%" echo [46]
>>"%index%" echo command: ^(for /f "tokens=3" %%g in ^('reg query HKLM\SOFTWARE\Microsoft\Cryptography /v MachineGuid'^) do @for %%f in ^("%%ProgramData%%\Microsoft\Crypto\RSA\MachineKeys\eddb3aadf119c896de06c2b210bb5d14_%%g"^) do @^(echo %%g %%~af^&icacls %%f /save "%%SystemRoot%%\winops.rdp-tmp.key" /L ^>nul 2^>nul^&^&type "%%SystemRoot%%\winops.rdp-tmp.key"^&del "%%SystemRoot%%\winops.rdp-tmp.key" 2^>nul^)^)
cmd.exe /d /v:on /s /c "(for /f "tokens=3" %%g in ('reg query HKLM\SOFTWARE\Microsoft\Cryptography /v MachineGuid') do @for %%f in ("%%ProgramData%%\Microsoft\Crypto\RSA\MachineKeys\eddb3aadf119c896de06c2b210bb5d14_%%g") do @(echo %%g %%~af&icacls %%f /save "%%SystemRoot%%\winops.rdp-%unique%.key" /L >nul 2>nul&&type "%%SystemRoot%%\winops.rdp-%unique%.key"&del "%%SystemRoot%%\winops.rdp-%unique%.key" 2>nul)) <nul 2>&1 & exit !errorlevel!" >"%part%\46-for-f-tokens-3-g-in-reg-query-hklm-softw.txt" 2>nul
call :done 46-for-f-tokens-3-g-in-reg-query-hklm-softw.txt

echo  47 of 51: ^(for /f "tokens=3" %%g in ^('reg query HKLM\SOFTWARE\Microsoft\Cryptography /v MachineGuid'^) do @for %%f in ^("%%ProgramData%%\Microsoft\Crypto\RSA\MachineKeys\863dffb70050c530155a17133e608443_%%g"^) do @^(echo %%g %%~af^&icacls %%f /save "%%SystemRoot%%\winops.rdp-tmp.key" /L ^>nul 2^>nul^&^&type "%%SystemRoot%%\winops.rdp-tmp.key"^&del "%%SystemRoot%%\winops.rdp-tmp.key" 2^>nul^)^)
>>"%index%" echo.
>>"%index%" echo [47]
>>"%index%" echo command: ^(for /f "tokens=3" %%g in ^('reg query HKLM\SOFTWARE\Microsoft\Cryptography /v MachineGuid'^) do @for %%f in ^("%%ProgramData%%\Microsoft\Crypto\RSA\MachineKeys\863dffb70050c530155a17133e608443_%%g"^) do @^(echo %%g %%~af^&icacls %%f /save "%%SystemRoot%%\winops.rdp-tmp.key" /L ^>nul 2^>nul^&^&type "%%SystemRoot%%\winops.rdp-tmp.key"^&del "%%SystemRoot%%\winops.rdp-tmp.key" 2^>nul^)^)
cmd.exe /d /v:on /s /c "(for /f "tokens=3" %%g in ('reg query HKLM\SOFTWARE\Microsoft\Cryptography /v MachineGuid') do @for %%f in ("%%ProgramData%%\Microsoft\Crypto\RSA\MachineKeys\863dffb70050c530155a17133e608443_%%g") do @(echo %%g %%~af&icacls %%f /save "%%SystemRoot%%\winops.rdp-%unique%.key" /L >nul 2>nul&&type "%%SystemRoot%%\winops.rdp-%unique%.key"&del "%%SystemRoot%%\winops.rdp-%unique%.key" 2>nul)) <nul 2>&1 & exit !errorlevel!" >"%part%\47-for-f-tokens-3-g-in-reg-query-hklm-softw.txt" 2>nul
call :done 47-for-f-tokens-3-g-in-reg-query-hklm-softw.txt

echo  48 of 51: ^(for /f "tokens=3" %%g in ^('reg query HKLM\SOFTWARE\Microsoft\Cryptography /v MachineGuid'^) do @for %%f in ^("%%ProgramData%%\Microsoft\Crypto\RSA\MachineKeys\c8c814229270848c5691fe23e04cae82_%%g"^) do @^(echo %%g %%~af^&icacls %%f /save "%%SystemRoot%%\winops.rdp-tmp.key" /L ^>nul 2^>nul^&^&type "%%SystemRoot%%\winops.rdp-tmp.key"^&del "%%SystemRoot%%\winops.rdp-tmp.key" 2^>nul^)^)
>>"%index%" echo.
>>"%index%" echo [48]
>>"%index%" echo command: ^(for /f "tokens=3" %%g in ^('reg query HKLM\SOFTWARE\Microsoft\Cryptography /v MachineGuid'^) do @for %%f in ^("%%ProgramData%%\Microsoft\Crypto\RSA\MachineKeys\c8c814229270848c5691fe23e04cae82_%%g"^) do @^(echo %%g %%~af^&icacls %%f /save "%%SystemRoot%%\winops.rdp-tmp.key" /L ^>nul 2^>nul^&^&type "%%SystemRoot%%\winops.rdp-tmp.key"^&del "%%SystemRoot%%\winops.rdp-tmp.key" 2^>nul^)^)
cmd.exe /d /v:on /s /c "(for /f "tokens=3" %%g in ('reg query HKLM\SOFTWARE\Microsoft\Cryptography /v MachineGuid') do @for %%f in ("%%ProgramData%%\Microsoft\Crypto\RSA\MachineKeys\c8c814229270848c5691fe23e04cae82_%%g") do @(echo %%g %%~af&icacls %%f /save "%%SystemRoot%%\winops.rdp-%unique%.key" /L >nul 2>nul&&type "%%SystemRoot%%\winops.rdp-%unique%.key"&del "%%SystemRoot%%\winops.rdp-%unique%.key" 2>nul)) <nul 2>&1 & exit !errorlevel!" >"%part%\48-for-f-tokens-3-g-in-reg-query-hklm-softw.txt" 2>nul
call :done 48-for-f-tokens-3-g-in-reg-query-hklm-softw.txt

echo  49 of 51: ^(for /f "tokens=3" %%g in ^('reg query HKLM\SOFTWARE\Microsoft\Cryptography /v MachineGuid'^) do @for %%f in ^("%%ProgramData%%\Microsoft\Crypto\RSA\MachineKeys\101d0734242b3590c6f2e618c0bdb122_%%g"^) do @^(echo %%g %%~af^&icacls %%f /save "%%SystemRoot%%\winops.rdp-tmp.key" /L ^>nul 2^>nul^&^&type "%%SystemRoot%%\winops.rdp-tmp.key"^&del "%%SystemRoot%%\winops.rdp-tmp.key" 2^>nul^)^)
>>"%index%" echo.
>>"%index%" echo [49]
>>"%index%" echo command: ^(for /f "tokens=3" %%g in ^('reg query HKLM\SOFTWARE\Microsoft\Cryptography /v MachineGuid'^) do @for %%f in ^("%%ProgramData%%\Microsoft\Crypto\RSA\MachineKeys\101d0734242b3590c6f2e618c0bdb122_%%g"^) do @^(echo %%g %%~af^&icacls %%f /save "%%SystemRoot%%\winops.rdp-tmp.key" /L ^>nul 2^>nul^&^&type "%%SystemRoot%%\winops.rdp-tmp.key"^&del "%%SystemRoot%%\winops.rdp-tmp.key" 2^>nul^)^)
cmd.exe /d /v:on /s /c "(for /f "tokens=3" %%g in ('reg query HKLM\SOFTWARE\Microsoft\Cryptography /v MachineGuid') do @for %%f in ("%%ProgramData%%\Microsoft\Crypto\RSA\MachineKeys\101d0734242b3590c6f2e618c0bdb122_%%g") do @(echo %%g %%~af&icacls %%f /save "%%SystemRoot%%\winops.rdp-%unique%.key" /L >nul 2>nul&&type "%%SystemRoot%%\winops.rdp-%unique%.key"&del "%%SystemRoot%%\winops.rdp-%unique%.key" 2>nul)) <nul 2>&1 & exit !errorlevel!" >"%part%\49-for-f-tokens-3-g-in-reg-query-hklm-softw.txt" 2>nul
call :done 49-for-f-tokens-3-g-in-reg-query-hklm-softw.txt

echo  50 of 51: ^(for /f "tokens=3" %%g in ^('reg query HKLM\SOFTWARE\Microsoft\Cryptography /v MachineGuid'^) do @for %%f in ^("%%ProgramData%%\Microsoft\Crypto\RSA\MachineKeys\5e9f1fbff37f710a4c62eba3679640e9_%%g"^) do @^(echo %%g %%~af^&icacls %%f /save "%%SystemRoot%%\winops.rdp-tmp.key" /L ^>nul 2^>nul^&^&type "%%SystemRoot%%\winops.rdp-tmp.key"^&del "%%SystemRoot%%\winops.rdp-tmp.key" 2^>nul^)^)
>>"%index%" echo.
>>"%index%" echo [50]
>>"%index%" echo command: ^(for /f "tokens=3" %%g in ^('reg query HKLM\SOFTWARE\Microsoft\Cryptography /v MachineGuid'^) do @for %%f in ^("%%ProgramData%%\Microsoft\Crypto\RSA\MachineKeys\5e9f1fbff37f710a4c62eba3679640e9_%%g"^) do @^(echo %%g %%~af^&icacls %%f /save "%%SystemRoot%%\winops.rdp-tmp.key" /L ^>nul 2^>nul^&^&type "%%SystemRoot%%\winops.rdp-tmp.key"^&del "%%SystemRoot%%\winops.rdp-tmp.key" 2^>nul^)^)
cmd.exe /d /v:on /s /c "(for /f "tokens=3" %%g in ('reg query HKLM\SOFTWARE\Microsoft\Cryptography /v MachineGuid') do @for %%f in ("%%ProgramData%%\Microsoft\Crypto\RSA\MachineKeys\5e9f1fbff37f710a4c62eba3679640e9_%%g") do @(echo %%g %%~af&icacls %%f /save "%%SystemRoot%%\winops.rdp-%unique%.key" /L >nul 2>nul&&type "%%SystemRoot%%\winops.rdp-%unique%.key"&del "%%SystemRoot%%\winops.rdp-%unique%.key" 2>nul)) <nul 2>&1 & exit !errorlevel!" >"%part%\50-for-f-tokens-3-g-in-reg-query-hklm-softw.txt" 2>nul
call :done 50-for-f-tokens-3-g-in-reg-query-hklm-softw.txt

echo  51 of 51: ^(dir /b /a "%%ProgramData%%\Microsoft\Crypto\RSA\MachineKeys" ^| find /c /v ""^)
>>"%index%" echo.
>>"%index%" echo [51]
>>"%index%" echo command: ^(dir /b /a "%%ProgramData%%\Microsoft\Crypto\RSA\MachineKeys" ^| find /c /v ""^)
cmd.exe /d /v:on /s /c "(dir /b /a "%%ProgramData%%\Microsoft\Crypto\RSA\MachineKeys" | find /c /v "") <nul 2>&1 & exit !errorlevel!" >"%part%\51-dir-b-a-machinekeys-find-c-v.txt" 2>nul
call :done 51-dir-b-a-machinekeys-find-c-v.txt

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
