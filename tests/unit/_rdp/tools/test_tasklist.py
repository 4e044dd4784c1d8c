# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""tasklist: CSV and table, and the translated word for "no services"."""

from __future__ import annotations

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import UnreadableError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.tools import tasklist

from unit._rdp.tools.samples import printed

RULE = "========================= ======== ============================================"


def csv_of(none: str) -> str:
    return (
        f'"System Idle Process","0","{none}"\n"System","4","{none}"\n"smss.exe","240","{none}"\n'
        '"svchost.exe","1172","TermService"\n"svchost.exe","900","Dnscache, NlaSvc,CryptSvc"\n'
    )


@pytest.mark.parametrize(
    "none", ["N/A", "Nicht zutreffend", "暂缺", "N/D", "Yok", "Ej tillgängligt", "Нет данных", "该項不適用", "-"]
)
def test_word_for_no_services_is_learned(none: str) -> None:
    assert [process.services for process in tasklist.read(printed(csv_of(none)))] == [
        (),
        (),
        (),
        ("TermService",),
        ("Dnscache", "NlaSvc", "CryptSvc"),
    ]


@pytest.mark.parametrize(
    ("text", "services"), [("N/A", ()), ("暂缺", ()), ("TermService", ("TermService",)), ("N\\A", ()), ("", ())]
)
def test_filtered_output_without_the_kernel(text: str, services: tuple[str, ...]) -> None:
    assert tasklist.parse([f'"svchost.exe","1172","{text}"']).processes[0].services == services


def test_csv_with_header_and_verbose() -> None:
    reading = tasklist.parse(
        [
            '"Abbildname","PID","Sitzungsname","Sitz.-Nr.","Speichernutzung","Status","Benutzer","Zeit","Titel"',
            '"a.exe","7","Console","1","89.744 K","Running","PC\\maria","0:00:01","A ""title"", with a comma"',
        ]
    )
    assert reading == tasklist.Tasklist((tasklist.Process("a.exe", 7, (), "Console", 1, 89744),))


def test_table_with_services_on_several_lines() -> None:
    reading = tasklist.parse(
        [
            "",
            "Abbildname                     PID Dienste",
            RULE,
            "System                           4 Nicht zutreffend",
            "lsass.exe                     1028 Nicht zutreffend",
            "svchost.exe                   1172 BrokerInfrastructure, DcomLaunch, PlugPlay,",
            "                                   Power, SystemEventsBroker",
            "",
            "-- Mehr --",
            "image-of-25-characters.ex   123456 TermService",
        ]
    )
    assert [process.services for process in reading.processes] == [
        (),
        (),
        ("BrokerInfrastructure", "DcomLaunch", "PlugPlay", "Power", "SystemEventsBroker"),
        ("TermService",),
    ]
    assert reading.processes[-1].pid == 123456
    assert reading.not_understood == ("-- Mehr --",)


@pytest.mark.parametrize("memory", ["147 532 Ko", "147,532 K", "147.532 K", "147\u202f532 Ko", "147'532 K"])
def test_table_with_sessions(memory: str) -> None:
    text = [
        "Nom de l'image                 PID Nom de la sessio Numéro de s Utilisation",
        "========================= ======== ================ =========== ============",
        f"msedge.exe                    1924 Console                    5 {memory:>12}",
        f"svchost.exe                   1925                            0 {memory:>12}",
    ]
    assert tasklist.parse(text) == tasklist.Tasklist(
        (
            tasklist.Process("msedge.exe", 1924, (), "Console", 5, 147532),
            tasklist.Process("svchost.exe", 1925, (), "", 0, 147532),
        )
    )


def test_header_and_rule_on_one_line_or_missing() -> None:
    rows = ["System                           4 暂缺", "lsass.exe                      512 Netlogon, SamSs"]
    for head in ([f"映像名称                       PID 服务     {RULE[35:]}"], []):
        reading = tasklist.parse([*head, *rows])
        assert [process.services for process in reading.processes] == [(), ("Netlogon", "SamSs")]
        assert not reading.not_understood


def test_image_of_double_width() -> None:
    reading = tasklist.parse(
        ["映像名称                       PID 服务", RULE, "远程桌面.exe                 2608 暂缺"]
    )
    assert reading.processes == (tasklist.Process("远程桌面.exe", 2608),)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "INFO: No tasks are running which match the specified criteria.\n",
        "信息: 没有运行的任务匹配指定标准: IMAGENAME eq Cursor.exe\n",
        csv_of("N/A") + "FEHLER: Zugriff verweigert\n",
        csv_of("N/A") + '"svchost.exe","11',
    ],
)
def test_no_answer(text: str) -> None:
    with pytest.raises(UnreadableError):
        tasklist.read(printed(text))


def test_command_that_did_not_run() -> None:
    with pytest.raises(UnreadableError):
        tasklist.read(printed(csv_of("N/A"), None))
