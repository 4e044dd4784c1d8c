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
        "netsh.rule": "規則名:                               ",
        "netsh.enabled": "有効:                                 ",
        "netsh.direction": "方向:                                 ",
        "netsh.profiles": "プロファイル:                         ",
        "netsh.grouping": "グループ:                             ",
        "netsh.local_ip": "ローカル IP:                          ",
        "netsh.remote_ip": "リモート IP:                          ",
        "netsh.protocol": "プロトコル:                           ",
        "netsh.local_port": "ローカル ポート:                      ",
        "netsh.remote_port": "リモート ポート:                      ",
        "netsh.edge": "エッジ トラバーサル:                  ",
        "netsh.action": "操作:                                 ",
        "netsh.ok": "OK",
        "netsh.yes": "はい",
        "netsh.no": "いいえ",
        "netsh.in": "入力",
        "netsh.any": "任意",
        "netsh.Domain": "ドメイン",
        "netsh.Private": "プライベート",
        "netsh.Public": "パブリック",
        "netsh.Allow": "許可",
        "netstat.title": "アクティブな接続",
        "netstat.header": "  プロトコル  ローカル アドレス      外部アドレス           状態",
        "netstat.header_pid": "  プロトコル  ローカル アドレス      外部アドレス           状態            PID",
        "netstat.protocol_width": "12",
    },
)
