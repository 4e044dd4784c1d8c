# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""qwinsta: two layouts, any language, and nothing but whole tables."""

from __future__ import annotations

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import UnreadableError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.tools import qwinsta

from unit._rdp.tools.samples import printed

HEADER = " SESSIONNAME       USERNAME                 ID  STATE   TYPE        DEVICE \n"
WIDE = " SESSIONNAME               USERNAME                 ID  STATE   TYPE        DEVICE \n"


def row(name: str, user: str, id: int, state: str, type: str = "", *, mark: str = " ", width: int = 17) -> str:
    """Print a row the way qwinsta does."""
    return f"{mark}{name:<{width}} {user:<20} {id:>6}  {state:<7} {type:<11} {'':<8}\n"


def seen(table: str) -> list[tuple[str, str, int]]:
    return [(session.name, session.user, session.id) for session in qwinsta.read(printed(table))]


@pytest.mark.parametrize("width", [17, 25])
def test_healthy_host(width: int) -> None:
    table = (WIDE if width == 25 else HEADER) + "".join(
        (
            row("services", "", 0, "Disc", width=width),
            row("console", "", 1, "Conn", width=width),
            row("rdp-tcp#0", "maria", 2, "Active", "rdpwd", mark=">", width=width),
            row("", "CONTOSO\\jean luc", 3, "Disc", width=width),
            row("31c5ce94259d4...", "", 65536, "Listen", width=width),
            row("rdp-tcp", "", 65537, "Listen", width=width),
        )
    )
    sessions = qwinsta.read(printed(table))
    assert seen(table) == [
        ("services", "", 0),
        ("console", "", 1),
        ("rdp-tcp#0", "maria", 2),
        ("", "CONTOSO\\jean luc", 3),
        ("31c5ce94259d4...", "", 65536),
        ("rdp-tcp", "", 65537),
    ]
    assert [session.is_current for session in sessions] == [False, False, True, False, False, False]
    assert [session.is_listener for session in sessions] == [False] * 4 + [True] * 2
    assert (sessions[2].state, sessions[2].type, sessions[2].device) == ("Active", "rdpwd", "")


@pytest.mark.parametrize(
    ("name", "user"),
    [
        ("rdp-tcp#1", "4711"),
        ("rdp-tcp#1", "user  2"),
        ("", "4711"),
        ("", "20240101"),
        ("rdp-tcp#1", "20-characters-of-a-u"),
        ("rdp-tcp#1", "LONGDOMAIN\\with.a.very.long.user.name"),
        ("rdp-sxs2206014001", "maria"),
        ("rdp-sxs2206014001", "jean luc"),
        ("rdp-sxs2206014001", ""),
        ("My Listener", ""),
        ("rdp-tcp#1", "管理员"),
        ("rdp-tcp#1", "山田太郎"),
        ("rdp-tcp#1", "Администратор"),
    ],
)
def test_names_that_are_hard_to_part(name: str, user: str) -> None:
    table = HEADER + row("services", "", 0, "Disc") + row("console", "", 1, "Conn") + row(name, user, 7, "Active")
    assert seen(table)[-1] == (name, user, 7)


@pytest.mark.parametrize(
    ("state", "type", "read"),
    [
        ("Подключено", "", ("Подключено", "")),
        ("Подключено", "rdpwd", ("Подключено", "rdpwd")),
        ("Em espera", "", ("Em espera", "")),
        ("Em espera", "rdpwd", ("Em espera", "rdpwd")),
        ("侦听", "rdpwd", ("侦听", "rdpwd")),
        ("", "", ("", "")),
        ("", "rdpwd", ("", "rdpwd")),
        ("?????", "", ("?????", "")),
    ],
)
def test_states(state: str, type: str, read: tuple[str, str]) -> None:
    session = qwinsta.read(printed(HEADER + row("rdp-tcp", "", 65536, state, type)))[0]
    assert (session.name, session.state, session.type) == ("rdp-tcp", *read)


@pytest.mark.parametrize(
    "header",
    [
        " СЕАНС             ПОЛЬЗОВАТЕЛЬ             ID  СТАТУС  ТИП         УСТР-ВО\n",
        " 会话名            用户名                   ID  状态    类型        设备\n",
        " セッション名      ユーザー名               ID  状態    種類        デバイス\n",
        "NOMBRE DE SESIÓN  NOMBRE DE USUARIO        ID  ESTADO    TIPO   DISPOSITIVO\n",
        " OTURUMADI         KULLANICIADI          KİMLİK  DURUM   TÜR         AYGIT\n",
        "\n SITZUNGSNAME      BENUTZERNAME             ID  STATUS  TYP         GERÄT\n",
    ],
)
def test_headers(header: str) -> None:
    assert seen(header + row("services", "", 0, "X") + row("rdp-tcp", "", 65536, "X")) == [
        ("services", "", 0),
        ("rdp-tcp", "", 65536),
    ]


@pytest.mark.parametrize("exit_code", [0, 1, 5])
def test_exit_code_of_a_whole_table_does_not_count(exit_code: int) -> None:
    assert qwinsta.read(printed(HEADER + row("rdp-tcp", "", 65536, "Listen"), exit_code))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n",
        HEADER,
        "No session exists for *\n",
        "Error 0x000006BA enumerating sessionnames\nError [1722]:The RPC server is unavailable.\n",
        "Ошибка [5]:Отказано в доступе.\n",
        HEADER + row("rdp-tcp", "", 65536, "Listen") + "Error [65536]:  something\n",
        HEADER + row("rdp-tcp", "", 65536, "Listen") + "cut in the mid",
        " USERNAME              SESSIONNAME        ID  STATE   IDLE TIME  LOGON TIME\n"
        ">maria                 rdp-tcp#1           2  Active          .  13.07.2022 16:38\n",
        "        TYPE               : 20  WIN32_SHARE_PROCESS\n",
        "svchost.exe                   1172 Services                   0     12,345 K\n",
    ],
)
def test_no_whole_table(text: str) -> None:
    with pytest.raises(UnreadableError):
        qwinsta.read(printed(text))


def test_command_that_did_not_run() -> None:
    with pytest.raises(UnreadableError):
        qwinsta.read(printed(HEADER + row("rdp-tcp", "", 65536, "Listen"), None))


@pytest.mark.parametrize(
    "logon", ["13.07.2022 16:38", "7/13/2022 4:38 PM", "2022/7/13 16:38", "13.7.2022 16.38", "下午 4:38"]
)
@pytest.mark.parametrize("idle", [".", "5", "1+02:33", "无"])
def test_rows_of_query_user_are_no_sessions(logon: str, idle: str) -> None:
    users = [
        " USERNAME              SESSIONNAME        ID  STATE   IDLE TIME  LOGON TIME",
        f">{'maria':<22}{'rdp-tcp#1':<16}{2:>5}  {'Active':<8}{idle:>9}  {logon}",
    ]
    table = [HEADER.rstrip("\n"), row("console", "maria", 1, "Active").rstrip("\n")]
    reading = qwinsta.parse([*users, "", *table])
    assert [session.name for session in reading.sessions] == ["console"]
    assert list(reading.not_understood) == users


def test_code_page_of_the_host() -> None:
    table = HEADER + row("console", "Jürgen", 1, "Aktiv")
    data = table.encode("cp850")
    assert qwinsta.read(printed(data, code_page=850))[0].user == "Jürgen"
    assert qwinsta.read(printed(data))[0].id == 1


CONNECTED = {
    "listener_and_number": (" rdp-tcp#3         anna                      2  Active", True),
    "logon_screen": (" rdp-tcp#4                                   3  Conn", True),
    # The same session in 17 columns: the number behind the name is cut off.
    "cut_before_its_number": (" rdp-sxs210914...  anna                      2  Active", True),
    "cut_enhanced_session": (" 31c5ce94259d4...  anna                      2  Active", True),
    "console": (" console           anna                      1  Active", False),
    "services": (">services                                    0  Disc", False),
    "disconnected": ("                   anna                      4  Disc", False),
    "listener": (" rdp-tcp                                 65536  Listen", False),
    "cut_listener": (" 31c5ce94259d4...                        65537  Listen", False),
}


@pytest.mark.parametrize(("row", "counts"), CONNECTED.values(), ids=CONNECTED)
def test_everybody_who_is_connected_counts(row: str, counts: bool) -> None:
    header = " SESSIONNAME       USERNAME                 ID  STATE   TYPE        DEVICE"
    found = qwinsta.connected(qwinsta.parse((header, row)).sessions)
    assert len(found) == counts, found


BROKEN = {
    "narrow": (" SESSIONNAME       USERNAME                 ID  STATE   TYPE        DEVICE", 18, 23),
    "wide": (" SESSIONNAME               USERNAME                 ID  STATE   TYPE        DEVICE", 26, 23),
    "German": (" SITZUNGSNAME      BENUTZERNAME             ID  STATUS  TYP         GERÄT", 18, 12345),
}


@pytest.mark.parametrize(("header", "width", "number"), BROKEN.values(), ids=BROKEN)
def test_broken_session_is_a_row(header: str, width: int, number: int) -> None:
    """One without name and user. The table was refused for it, and with it every restart."""
    table = [
        header,
        f">{'services':<{width}}{'':<23}{0:>4}  Disc",
        f" {'':<{width}}{'':<22}{number:>5}  Disc",
        f" {'':<{width}}{'anna':<22}{4:>5}  Disc",
        f" {'rdp-tcp':<{width}}{'':<22}{65536:>5}  Listen",
    ]
    for rows in (table, [line.rstrip() for line in table]):
        sessions = qwinsta.read(printed("\n".join(rows)))
        assert [(each.name, each.user, each.id) for each in sessions] == [
            ("services", "", 0),
            ("", "", number),
            ("", "anna", 4),
            ("rdp-tcp", "", 65536),
        ]
        assert not qwinsta.connected(sessions)


@pytest.mark.parametrize("line", ["   23  Disc", " 23", "12  34", f"{'':>70}23  Disc", f"{'':>44}23 Disc"])
def test_numbers_elsewhere_are_no_session(line: str) -> None:
    header = " SESSIONNAME       USERNAME                 ID  STATE   TYPE        DEVICE"
    reading = qwinsta.parse([header, row("console", "maria", 1, "Active").rstrip("\n"), line])
    assert len(reading.sessions) == 1 and reading.not_understood == (line,)


def test_table_without_its_beginning_is_not_read() -> None:
    with pytest.raises(UnreadableError, match="beginning"):
        qwinsta.read(printed(row("console", "maria", 1, "Active")))
