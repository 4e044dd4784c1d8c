# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was seen of a host's policies so far, look by look."""

from __future__ import annotations

import base64
import hashlib
import typing as t

from ansible_collections.winops.rdp.plugins.plugin_utils._rdp import probes
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import Command, CommandResult, Probe
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.readings import Readings
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.policy import collect, gpo_list

from unit._rdp.state.policy.hosts import DENY, Linked

PARENT = r"HKEY_LOCAL_MACHINE\SOFTWARE\Policies\Microsoft"
TS_KEY = rf"{PARENT}\Windows NT\Terminal Services"
NOT_FOUND = "ERROR: The system was unable to find the specified registry key or value.\n"


# Between two commands of one look: what certutil wrote.
encoded: dict[str, bytes] = {}


def answer(command: Command, text: str, exit_code: int = 0) -> tuple[Command, CommandResult]:
    """What a command printed."""
    return command, CommandResult(text.replace("\n", "\r\n").encode(), exit_code, command)


def first_look(*values: str, gpos: t.Sequence[Linked] = ()) -> Readings:
    """The first look at a host with these policies for Remote Desktop, as reg.exe shows them, and these GPOs."""
    listed = "".join(f"    {value}\n" for value in values)
    rows = "\n".join(
        line
        for number, gpo in enumerate(gpos)
        for line in ("", f"{gpo_list.HISTORY_KEY.replace('HKLM', 'HKEY_LOCAL_MACHINE')}\\{number}", *gpo.values(""))
    )
    nt = f"\n{TS_KEY}\n{listed}\n" if values else 2 * NOT_FOUND
    children = f"\n{PARENT}\\Cryptography\n" + (f"{PARENT}\\Windows NT\n" if values else "")
    found = [
        answer(probes.SYSTEM_ROOT.command, "C:\\Windows\n"),
        answer(probes.POLICIES.command, nt, int(not values)),
        answer(probes.POLICIES_PARENT.command, children),
        answer(gpo_list.HISTORY.command, rows + "\n" if gpos else NOT_FOUND, int(not gpos)),
    ]
    done = {command for command, _ in found}
    rest = [answer(probe.command, NOT_FOUND, 1) for probe in collect.NEEDS if probe.command not in done]
    return Readings(dict((*found, *rest)))


def deny(number: int) -> str:
    """The policy, as reg.exe shows it."""
    return f"{DENY}    REG_DWORD    {number:#x}"


def answered(probe: Probe[t.Any], files: t.Mapping[str, bytes]) -> tuple[Command, CommandResult]:
    """What a host with these files answers when it is looked at further."""
    line = probe.command.line
    path = next((path for path in files if f'"{path}"'.casefold() in line.casefold()), None)
    if line.startswith("(for"):
        there = path is not None
        return answer(probe.command, f"size={len(files[path])}\n" if there and path else "size=\n")
    if line.startswith("certutil -hashfile") and path:
        digest = hashlib.sha256(files[path]).hexdigest()
        return answer(probe.command, f"SHA256 hash of {path}:\n{digest}\nCertUtil: ok.\n")
    if line.startswith("certutil -f -encode") and path:
        encoded[line.split('"')[3]] = files[path]
        return answer(probe.command, "CertUtil: ok.\n")
    if line.startswith("(findstr"):
        text = base64.encodebytes(encoded[line.split('"')[1]]).decode().replace("\n", "")
        rows = [text[start : start + 64] for start in range(0, len(text), 64)]
        marked = ["-----BEGIN CERTIFICATE-----", *rows, "-----END CERTIFICATE-----"]
        return answer(probe.command, "".join(f"{number}:{row}\n" for number, row in enumerate(marked, 1)))
    return answer(probe.command, "", 0)


def looked_at(readings: Readings, files: t.Mapping[str, bytes]) -> tuple[Readings, list[list[str]]]:
    """Follow up until there is nothing more to look at.

    Returns:
        All that was seen, and the commands of each round.
    """
    rounds: list[list[str]] = []
    while more := [probe for probe in collect.follow_up(readings) if not readings.has(probe)]:
        rounds.append([probe.command.line for probe in more])
        readings = readings.with_more(dict(answered(probe, files) for probe in more))
        assert len(rounds) < 10, rounds
    return readings, rounds
