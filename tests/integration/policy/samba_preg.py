# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Samba's own reader and writer of Registry.pol, as a program of the system's Python: it runs where samba-tool runs.

    samba_preg.py read  < Registry.pol > records.json
    samba_preg.py write < records.json > Registry.pol

A record is [key, name, type, data], its data a number, a text or hexadecimal digits, whatever the type has with Samba.
"""

from __future__ import annotations

import json
import sys

from samba.dcerpc import preg  # type: ignore[import-not-found]
from samba.ndr import ndr_pack, ndr_unpack  # type: ignore[import-not-found]


def read(data: bytes) -> list[list[object]]:
    """The records of a file."""
    # Held by a name: what its entries point to is freed with it.
    file = ndr_unpack(preg.file, data)
    return [[entry.keyname, entry.valuename, entry.type, _plain(entry.data)] for entry in file.entries]


def _plain(data: object) -> object:
    return {"hex": data.hex()} if isinstance(data, bytes) else data


def write(records: list[list[object]]) -> bytes:
    """The file with these records."""
    file = preg.file()
    file.header.signature = "PReg"
    file.header.version = 1
    file.num_entries = len(records)
    entries = []
    for key, name, type_, data in records:
        entry = preg.entry()
        entry.keyname, entry.valuename, entry.type = key, name, type_
        entry.data = bytes.fromhex(data["hex"]) if isinstance(data, dict) else data
        entries.append(entry)
    file.entries = entries
    written: bytes = ndr_pack(file)
    return written


if __name__ == "__main__":
    if sys.argv[1] == "read":
        json.dump(read(sys.stdin.buffer.read()), sys.stdout)
    else:
        sys.stdout.buffer.write(write(json.load(sys.stdin)))
