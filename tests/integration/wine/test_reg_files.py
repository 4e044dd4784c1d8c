# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Real .reg files leave the same registry behind when they are imported as they are, and as we write them."""

from __future__ import annotations

import contextlib
from pathlib import Path, PureWindowsPath

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import RegFileError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.formats import regfile
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import Command
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.tools import reg

from integration.wine.hosts import WineHost
from integration.wine.prefix import Prefix

pytestmark = pytest.mark.needs_program("wine")

#: So many files are complete enough to be read.
_ENOUGH = 6
_GIVEN, _TAKEN = r"C:\given.reg", r"C:\taken.reg"


def readable(corpus: Path) -> dict[str, tuple[bytes, regfile.RegFile]]:
    """The files that our parser accepts, by name. Excerpts without a header are none."""
    found = {}
    for path in sorted((*corpus.glob("reg_export/*.reg"), *corpus.glob("firewall/*.reg"))):
        data = path.read_bytes()
        with contextlib.suppress(RegFileError):
            found[path.name] = data, regfile.parse(data, 1252)
    return found


def imported(host: WineHost, top: str, data: bytes) -> bytes:
    """The export of a key after the import of a file into nothing."""
    host.write_file(_GIVEN, data)
    host.before_import(_GIVEN)
    # The first fails where there is no such key.
    _, _, *ran = host.run(reg.delete_key(top), Command(f"del {_TAKEN}"), reg.import_(_GIVEN), reg.export(top, _TAKEN))
    assert [one.exit_code for one in ran] == [0, 0], ran
    taken = host.read_file(_TAKEN)
    assert taken is not None
    return taken


def test_real_files_survive_our_reading_and_writing(corpus: Path, prefix: Prefix) -> None:
    host = WineHost(prefix)
    files = readable(corpus)
    assert len(files) >= _ENOUGH, sorted(files)
    for name, (data, file) in files.items():
        keys = [PureWindowsPath(entry.key) for entry in file.entries if isinstance(entry, regfile.MakeKey)]
        top = str(keys[0])
        assert len(keys[0].parts) > 2, top
        if top.startswith("HKEY_LOCAL_MACHINE\\HARDWARE"):
            # Made anew at each start, and nothing can be imported there.
            continue
        original = imported(host, top, data)
        # In a file and as it would go through cmd.exe, the latter with the mark that Wine needs.
        for sendable in (False, True):
            with contextlib.suppress(ValueError):
                ours = regfile.render(file.entries, sendable=sendable)
                assert imported(host, top, ("\ufeff" + ours).encode("utf-16-le")) == original, (name, sendable)
                assert sendable <= ours.isascii()
        # What Wine writes of it says the same as the file that it was given.
        assert _said(regfile.parse(original), top) == _said(file, top), name


def _said(file: regfile.RegFile, top: str) -> dict[tuple[str, str], regfile.RegFileValue]:
    below = f"{top}\\".casefold()
    return {
        (entry.key.casefold(), entry.value.name.casefold()): entry.value
        for entry in file.entries
        if isinstance(entry, regfile.SetValue) and f"{entry.key}\\".casefold().startswith(below)
    }
