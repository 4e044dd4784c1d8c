# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ``sc`` printed, without names: its own words, numbers and the names of services stay.

The display name, another account than Windows' own, another program than svchost and the text of an error keep nothing
but their shape. Labels are translated in some languages, so a value is judged by its own form.
"""

from __future__ import annotations

import re

from ...tools import sc
from .names import Names
from .sentences import by_line, masked

_CALL = re.compile(r"\[SC\] (?:Open|Enum|Query|Get|Start|Control|Change)[A-Za-z0-9]*(?=[ :])")
_LABELLED = re.compile(r"(?P<before>\s*)(?P<label>[^:\uff1a]*?)(?P<colon>\s*[:\uff1a]\s*)(?P<value>.*)")
_LABEL = re.compile(r"[A-Z][A-Z0-9_]*")
_CONTROLS = re.compile(r"\s*\([A-Z][A-Z_]*(?:, ?[A-Z][A-Z_]*)*\)\s*")
# A number with a word of sc's own, such as "4  RUNNING" or "2   AUTO_START  (DELAYED)".
_NUMBER = re.compile(r"(?:0x)?[0-9A-Fa-f]{1,8}(?:\s+[A-Z][A-Z0-9_]*)*(?:\s+\((?:0x[0-9A-Fa-f]+|DELAYED)\))?\s*")
_SERVICE = re.compile(r"[A-Za-z0-9_.$-]{1,40}\s*")
_PROGRAM = re.compile(
    r"(?:%SystemRoot%|[A-Za-z]:\\Windows)\\System32\\(?:svchost|lsass|services)\.exe(?: -[a-z] ?\w*)*\s*", re.I
)
_OWN_ACCOUNTS = re.compile(r"(?:|LocalSystem|NT (?:AUTHORITY|SERVICE)\\[\w ]+)", re.I)


def service(text: str, exit_code: int | None, names: Names) -> str:
    """Return what sc printed without names."""
    parsed = sc.parse(line.rstrip("\r") for line in text.split("\n"))
    accounts = {one.start_name for one in parsed.configs}
    services = {name for one in parsed.configs for name in (one.name, *one.dependencies)}
    kept = {name for name in (*services, *(one.name for one in parsed.states)) if _SERVICE.fullmatch(name)}
    new_accounts = {one: one if _OWN_ACCOUNTS.fullmatch(one) else names.account(one) for one in accounts if one}

    def line_of(line: str, names: Names) -> str | None:
        if call := _CALL.match(line):
            return call[0] + masked(line[call.end() :], names)
        if _CONTROLS.fullmatch(line):
            return line
        field = _LABELLED.fullmatch(line)
        if not field:
            return None
        value = field["value"]
        if (account := value.strip()) in new_accounts:
            value = value.replace(account, new_accounts[account])
        elif not (_NUMBER.fullmatch(value) or _PROGRAM.fullmatch(value) or value.strip() in kept):
            value = masked(value, names)
        label = field["label"] if _LABEL.fullmatch(field["label"]) else masked(field["label"], names)
        return f"{field['before']}{label}{field['colon']}{value}"

    return by_line(line_of)(text, exit_code, names)
