# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The start types of services in GptTmpl.inf."""

from __future__ import annotations

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import UnreadableError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.formats.gpttmpl import parse

# As in published backups of GPOs, such as those of the DISA STIGs.
TEXT = '[Unicode]\r\nUnicode=yes\r\n[Service General Setting]\r\n"seclogon",4,""\r\n[Registry Values]\r\n"a",3,""\r\n'


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "utf-8"])
def test_every_encoding_that_was_seen(encoding: str) -> None:
    assert parse(TEXT.encode(encoding)) == {"seclogon": 4}


def test_forms_of_a_row() -> None:
    rows = b'[Service General Setting]\n"TermService",2,"D:AR(A;;RPWPDTRC;;;BA)"\nUmRdpService , 3\n; "x",4\n'
    assert parse(rows) == {"termservice": 2, "umrdpservice": 3}
    assert parse(b"") == {}


@pytest.mark.parametrize("data", [b'[Service General Setting]\n"TermService",9,""', b"\xff\xfe\x00", b"\x80\x81"])
def test_what_is_not_understood_is_told(data: bytes) -> None:
    with pytest.raises(UnreadableError):
        parse(data)
