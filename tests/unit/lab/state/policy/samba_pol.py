# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs in Samba's Python: `read` prints a Registry.pol's records as JSON, `write` makes one of them.

A record is [key, name, type, data]; data is a number for a DWORD, a text for a string, else hexadecimal digits.
"""

from __future__ import annotations

import json
import sys

from samba.dcerpc import preg
from samba.ndr import ndr_pack, ndr_unpack

if sys.argv[1] == "read":
    found = ndr_unpack(preg.file, sys.stdin.buffer.read())
    rows = [[one.keyname, one.valuename, one.type, one.data] for one in found.entries]
    json.dump([[*row[:3], row[3].hex() if isinstance(row[3], bytes) else row[3]] for row in rows], sys.stdout)
else:
    made = preg.file()
    made.header.signature, made.header.version = "PReg", 1
    entries = []
    for key, name, kind, data in json.load(sys.stdin):
        entry = preg.entry()
        entry.keyname, entry.valuename, entry.type = key, name, kind
        entry.data = bytes.fromhex(data) if kind == 3 else data
        entries.append(entry)
    made.num_entries, made.entries = len(entries), entries
    sys.stdout.buffer.write(ndr_pack(made))
