# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Made-up results of rdp_info in their real shape: as many hosts as a test needs, always the same ones."""

from __future__ import annotations

import random
from typing import Any

ARTICLE = "https://learn.microsoft.com/troubleshoot/windows-server/remote/rdp-error-general-troubleshooting"
TIME = "2026-02-28T09:30:00Z"

#: Each check with the anchor of its section, what a healthy host says, and its commands.
CHECKS: dict[str, tuple[str, str, list[str]]] = {
    "protocol": (
        "check-the-status-of-the-rdp-protocol-on-a-remote-computer",
        "Remote Desktop is enabled.",
        [r'reg query "HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server"'],
    ),
    "policy": (
        "check-whether-a-gpo-is-blocking-rdp-on-a-remote-computer",
        "No policy turns Remote Desktop off.",
        [r'reg query "HKLM\SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services"'],
    ),
    "service": (
        "check-the-status-of-the-rdp-services",
        "TermService is running.",
        ["sc queryex TermService", "sc qc TermService"],
    ),
    "listener": ("check-the-status-of-the-rdp-listener", "rdp-tcp is listening.", ["qwinsta"]),
    "cert": (
        "check-the-status-of-the-rdp-self-signed-certificate",
        "The listener has a valid self-signed certificate.",
        [r'reg query "HKLM\SOFTWARE\Microsoft\SystemCertificates\Remote Desktop\Certificates" /s'],
    ),
    "machine_keys": (
        "check-the-permissions-of-the-machinekeys-folder",
        "The rights on MachineKeys are as documented.",
        [r'icacls "C:\ProgramData\Microsoft\Crypto\RSA\MachineKeys" /save …'],
    ),
    "port": ("check-the-rdp-listener-port", "The listener uses port 3389.", ["reg query … /v PortNumber"]),
    "port_conflict": (
        "check-that-another-application-isnt-trying-to-use-the-same-port",
        "No other program uses TCP port 3389.",
        ["netstat -ano -p tcp", "tasklist /svc /fo csv /nh"],
    ),
    "firewall": (
        "check-whether-a-firewall-is-blocking-the-rdp-port",
        "The firewall lets Remote Desktop through.",
        [r"reg query HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\FirewallRules"],
    ),
}
#: What can be wrong: check, status, summary, expected, found, fix; how often.
FAULTS: tuple[tuple[tuple[str, str, str, str, str, str], int], ...] = (
    (
        (
            "policy",
            "problem",
            "The GPO 'Block RDP' turns Remote Desktop off.",
            "Not configured or Enabled",
            "fDenyTSConnections = 1, GPO 'Block RDP' {6AC1786C-016F-11D2-945F-00C04FB984F9}, linked to OU=Servers",
            "Set the policy to Enabled or Not configured in that GPO, then gpupdate /force on the host.",
        ),
        45,
    ),
    (
        (
            "service",
            "problem",
            "TermService is stopped.",
            "running, start type Manual or Automatic",
            "stopped, start type Manual",
            "winops.rdp.rdp_service",
        ),
        20,
    ),
    (
        (
            "cert",
            "problem",
            "The listener's certificate has expired.",
            "a certificate that is valid",
            "expired on 2026-01-14, issued to CN=host",
            "winops.rdp.rdp_cert",
        ),
        9,
    ),
    (
        (
            "firewall",
            "problem",
            "The firewall blocks TCP port 3389.",
            "an active inbound rule for TCP 3389 in the profile Domain",
            "the rule RemoteDesktop-UserMode-In-TCP is off",
            "winops.rdp.rdp_firewall",
        ),
        12,
    ),
    (
        (
            "port",
            "warning",
            "The listener uses port 3390.",
            "3389",
            "3390",
            "Microsoft advises against another port. Give this one to rdp_info if it is meant.",
        ),
        8,
    ),
    (
        (
            "listener",
            "unknown",
            "Could not judge: qwinsta printed a line that is not understood.",
            "",
            " SITZUNGSNAME ???",
            "Run the commands below on the host and look at what they print.",
        ),
        4,
    ),
)
_SYSTEMS = (
    ("10.0.20348.2762", 20348, "ServerStandard", "Server"),
    ("10.0.17763.6293", 17763, "ServerDatacenter", "Server"),
    ("10.0.26100.1742", 26100, "ServerStandard", "Server Core"),
    ("10.0.22631.4317", 22631, "Enterprise", "Client"),
)


def finding(check: str, status: str = "ok", summary: str = "", **more: str) -> dict[str, Any]:
    """One finding, as rdp_info returns it."""
    anchor, well, commands = CHECKS.get(check, ("elsewhere", "All is well.", ["look"]))
    texts = {"expected": "", "found": "", "fix": "", **more}
    section = f"{ARTICLE}#{anchor}"
    return {
        "check": check,
        "status": status,
        "summary": summary or well,
        **texts,
        "section": section,
        "commands": commands,
    }


def result(*faults: tuple[str, str, str, str, str, str], system: int = 0, time: str = TIME) -> dict[str, Any]:
    """What rdp_info returns for a host with these faults."""
    wrong = {fault[0]: fault for fault in faults}
    stopped = "service" in wrong and wrong["service"][1] == "problem"
    findings = []
    for check in CHECKS:
        if check in wrong:
            _, status, summary, expected, found, fix = wrong[check]
            findings.append(finding(check, status, summary, expected=expected, found=found, fix=fix))
        elif stopped and check in ("listener", "cert"):
            findings.append(finding(check, "skipped", "not judged, because service is not ok."))
        else:
            findings.append(finding(check))
    cause = next((one for one in findings if one["status"] == "problem"), None)
    worst = cause or next((one for one in findings if one["status"] in ("unknown", "warning")), None)
    version, build, edition, kind = _SYSTEMS[system]
    return {
        "changed": False,
        "time": time,
        "healthy": all(one["status"] in ("ok", "warning") for one in findings),
        "root_cause": cause,
        "next_step": worst["fix"] if worst else "Nothing to do on the host.",
        "findings": findings,
        "facts": {
            "windows": {
                "version": version,
                "build": build,
                "edition": edition,
                "installation_type": kind,
                "system_root": r"C:\Windows",
            },
            "listener": {
                "name": "RDP-Tcp",
                "exists": True,
                "port": 3389,
                "security_layer": 2,
                "user_authentication": 1,
                "key": {"": {"PortNumber": 3389}},
                "others": [],
            },
            "certificate": {"kind": "self_signed", "thumbprint": "0123456789ABCDEF0123456789ABCDEF01234567"},
            "policies": {},
            "sessions": {"listeners": ["rdp-tcp"], "connected": 2},
        },
    }


def fleet(count: int, seed: int = 1, time: str = TIME) -> dict[str, dict[str, Any]]:
    """The results of so many hosts, by name: three in four are well, a few could not be reached."""
    dice = random.Random(seed)
    faults, weights = zip(*FAULTS, strict=True)
    hosts: dict[str, dict[str, Any]] = {}
    for index in range(count):
        name = f"{dice.choice(('web', 'app', 'sql', 'file'))}{index + 1:02}.{dice.choice(('ber', 'lon'))}.example.com"
        throw = dice.random()
        if throw < 0.02:
            error = f"ssl: HTTPSConnectionPool(host='{name}', port=5986): Max retries exceeded: timed out"
            hosts[name] = {"unreachable": True, "msg": error, "changed": False}
        elif throw < 0.03:
            hosts[name] = {"failed": True, "msg": "Access is denied. Connect as an administrator.", "changed": False}
        else:
            sick = dice.choices(faults, weights, k=1 + (dice.random() < 0.2)) if throw < 0.25 else []
            hosts[name] = result(*sick, system=dice.choices(range(4), (50, 25, 15, 10))[0], time=time)
    return hosts


def matrix(vantages: int = 3, targets: int = 6) -> dict[str, Any]:
    """What reach_matrix returns: the first targets are blocked in one way or another."""
    names = [f"jump{number + 1}" for number in range(vantages)]
    rows = []
    for index in range(targets):
        shut = {0: names, 1: names[:1], 2: names[:2]}.get(index, [])
        outcomes: dict[str, str | None] = {name: "timeout" if name in shut else "rdp" for name in names}
        if index == targets - 1 and vantages > 1:
            outcomes[names[-1]] = None
        blocked = "all" if shut == names else {0: "none", 1: "one"}.get(len(shut), "some")
        rows.append(
            {
                "host": f"web{index + 1:02}",
                "port": 3389,
                "target": f"web{index + 1:02}:3389",
                "blocked": blocked,
                "outcomes": outcomes,
                "open_from": [name for name in names if outcomes[name] == "rdp"],
                "blocked_from": shut,
                "where": "path" if shut else "nowhere",
                "reason": f"web{index + 1:02}:3389 " + ("is blocked by the network." if shut else "answers."),
                "next_step": "Ask the administrators of the network." if shut else "Nothing.",
                "section": f"{ARTICLE}#check-whether-a-firewall-is-blocking-the-rdp-port",
                "notes": [],
            }
        )
    count = {answer: sum(row["blocked"] == answer for row in rows) for answer in ("all", "some", "one", "none")}
    return {"vantages": names, "targets": rows, "blocked": {**count, "unknown": 0}, "reachable": False}
