# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Japanese, as far as published outputs show it: netstat's protocol column is wider, qwinsta's states stay English."""

from __future__ import annotations

from . import Language

LANGUAGE = Language(
    "ja-JP",
    ansi_code_page=932,
    oem_code_page=932,
    texts={
        "qwinsta.header": " セッション名      ユーザー名               ID  状態    種類        デバイス ",
        "qwinsta.header_wide": " セッション名              ユーザー名               ID  状態    種類        デバイス ",
        "netstat.title": "アクティブな接続",
        "netstat.header": "  プロトコル  ローカル アドレス      外部アドレス           状態",
        "netstat.header_pid": "  プロトコル  ローカル アドレス      外部アドレス           状態            PID",
        "netstat.protocol_width": "12",
    },
)
