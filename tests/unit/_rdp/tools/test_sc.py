# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""sc.exe: fields by position, errors by number."""

from __future__ import annotations

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import UnreadableError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.tools import sc

from unit._rdp.tools.samples import printed

STATE = """
SERVICE_NAME: TermService
        TYPE               : 20  WIN32_SHARE_PROCESS
        STATE              : 4  RUNNING
                                (STOPPABLE, NOT_PAUSABLE, ACCEPTS_SHUTDOWN)
        WIN32_EXIT_CODE    : 0  (0x0)
        SERVICE_EXIT_CODE  : 0  (0x0)
        CHECKPOINT         : 0x0
        WAIT_HINT          : 0x0
        PID                : 1764
        FLAGS              :
"""
CONFIG = """[SC] QueryServiceConfig ERFOLG

SERVICE_NAME: TermService
        TYPE               : 20  WIN32_SHARE_PROCESS
        START_TYPE         : 3   DEMAND_START
        ERROR_CONTROL      : 1   NORMAL
        BINARY_PATH_NAME   : C:\\Windows\\System32\\svchost.exe -k NetworkService -s TermService
        LOAD_ORDER_GROUP   :
        TAG                : 0
        DISPLAY_NAME       : Remotedesktop: Dienste
        DEPENDENCIES       : RPCSS
                           : +Some Group
        SERVICE_START_NAME : NT Authority\\NetworkService
"""
RUNNING = sc.ServiceState(
    name="TermService",
    display_name=None,
    type=0x20,
    state=sc.RUNNING,
    state_word="RUNNING",
    win32_exit_code=0,
    service_exit_code=0,
    pid=1764,
    controls=("STOPPABLE", "NOT_PAUSABLE", "ACCEPTS_SHUTDOWN"),
)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (sc.queryex("TermService").line, "sc queryex TermService"),
        (sc.qc("TermService").line, "sc qc TermService"),
        (sc.config_start("TermService", "demand").line, "sc config TermService start= demand"),
    ],
)
def test_commands(line: str, expected: str) -> None:
    assert line == expected


@pytest.mark.parametrize("name", ['a"b', "a&b", "%x%", "a\nb"])
def test_name_that_could_leave_its_command(name: str) -> None:
    for make in (sc.queryex, sc.qc):
        with pytest.raises(ValueError):
            make(name)


def test_state() -> None:
    assert sc.read_state(printed(STATE)) == RUNNING


@pytest.mark.parametrize(
    "translated",
    [
        STATE.replace("SERVICE_NAME", "NOM_DU_SERVICE ").replace("STATE  ", "ÉTAT   "),
        STATE.replace("SERVICE_NAME:", "服务名称\uff1a").replace("        TYPE               :", "        类型\uff1a"),
        STATE.replace("TYPE               :", "Тип:").replace(
            "WAIT_HINT          :", "AGUARDAR DICA                 :"
        ),
        STATE.replace("SERVICE_NAME", "DIENST NAME").replace("CHECKPOINT         ", "PUNTO_COMPROB.     "),
        STATE.replace("\n        ", "\n\t").replace("RUNNING\n", "RUNNING \n"),
        STATE.replace("WIN32_SHARE_PROCESS", "WIN32_SHARE_PROCESS  (interactive) "),
        STATE.replace("SERVICE_EXIT_CODE  : 0  (0x0)", "CÓD_SALIDA_SERVICIO: 0  (0x0)"),
    ],
)
def test_state_in_any_language(translated: str) -> None:
    assert sc.read_state(printed(translated)) == RUNNING


def test_stopped_service_has_no_line_of_controls() -> None:
    text = STATE.replace("4  RUNNING", "1  STOPPED").replace("0  (0x0)", "1077  (0x435)", 1).replace("1764", "0")
    text = "\n".join(line for line in text.split("\n") if "STOPPABLE" not in line)
    state = sc.read_state(printed(text))
    assert state and (state.state, state.win32_exit_code, state.pid, state.controls) == (sc.STOPPED, 1077, 0, ())


def test_list_of_services() -> None:
    lines = []
    for name, type_ in (("cbdhsvc_37b67", "e0  USER_SHARE_PROCESS INSTANCE"), ("b", "110  WIN32_OWN_PROCESS")):
        block = STATE.replace("20  WIN32_SHARE_PROCESS", type_).replace(
            "TermService", f"{name}\nDISPLAY_NAME: A: {name}"
        )
        lines += block.split("\n")
    reading = sc.parse(["[SC] EnumDependentServices: entriesread = 2", *lines])
    assert not reading.not_understood and not reading.errors
    assert [(state.name, state.display_name, state.type) for state in reading.states] == [
        ("cbdhsvc_37b67", "A: cbdhsvc_37b67", 0xE0),
        ("b", "A: b", 0x110),
    ]


def test_config() -> None:
    assert sc.read_config(printed(CONFIG)) == sc.ServiceConfig(
        name="TermService",
        type=0x20,
        start_type=sc.DEMAND_START,
        delayed=False,
        error_control=1,
        binary_path="C:\\Windows\\System32\\svchost.exe -k NetworkService -s TermService",
        load_order_group="",
        tag=0,
        display_name="Remotedesktop: Dienste",
        dependencies=("RPCSS", "+Some Group"),
        start_name="NT Authority\\NetworkService",
    )


def test_delayed_start() -> None:
    config = sc.read_config(printed(CONFIG.replace("3   DEMAND_START", "2   AUTO_START  (DELAYED)")))
    assert config and (config.start_type, config.delayed) == (sc.AUTO_START, True)


def test_mark_of_the_start_type_that_nobody_knows() -> None:
    with pytest.raises(UnreadableError) as caught:
        sc.read_config(printed(CONFIG.replace("3   DEMAND_START", "2   AUTO_START  (VERZÖGERT)")))
    assert "VERZÖGERT" in caught.value.line


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ("        TYP : 20  X\n        A : 3  STOP_PENDING\n", "state"),
        ("        TYP : 20  X\n        A : 3   DEMAND_START\n", "config"),
        ("        TYP : 20  X\n        A : 3   DEMAND_START\n        B : 1   NORMAL\n", "config"),
        ("        TYP : 20  X\n        A : 3  STOP_PENDING\n                (STOPPABLE)\n", "state"),
    ],
)
def test_cut_block(fields: str, kind: str) -> None:
    reading = sc.parse(f"NAME: a\n{fields}".split("\n"))
    assert (len(reading.states), len(reading.configs)) == ((1, 0) if kind == "state" else (0, 1))
    assert not reading.not_understood


@pytest.mark.parametrize(
    "line",
    [
        "[SC] OpenService FEHLER 1060:",
        "[SC] EnumQueryServicesStatus:OpenService FAILED 1060:",
        "[SC] EnumQueryServicesStatus: OpenService FAILED 1060:",
        "[SC] OpenService échec(s) 1060 :",
        "[SC] OpenService échec(s) 1060\u00a0:",
        "[SC] OpenService 失败 1060\uff1a",
        "[SC] OpenService 失败1060:",
        "[SC] QueryServiceConfig2 FAILED 1060:",
        "[SC] OpenService 1060 BAŞARISIZ:",
        "[SC] OpenService FAILED 1060",
    ],
)
@pytest.mark.parametrize("exit_code", [0, 1060])
def test_no_such_service(line: str, exit_code: int) -> None:
    text = f"{line}\n\nDer angegebene Dienst ist kein installierter Dienst.\n\n"
    assert sc.read_state(printed(text, exit_code)) is None
    assert sc.read_config(printed(text, exit_code)) is None
    (error,) = sc.parse(text.split("\n")).errors
    assert error.code == 1060 and error.text == "Der angegebene Dienst ist kein installierter Dienst."


def test_function_that_failed() -> None:
    (error,) = sc.parse(["[SC] EnumQueryServicesStatus:OpenService FAILED 5:", "", "Access is denied."]).errors
    assert error == sc.ScError("EnumQueryServicesStatus:OpenService", 5, "Access is denied.")


@pytest.mark.parametrize("code", [5, 1055, 1072, 1722])
def test_other_errors(code: int) -> None:
    with pytest.raises(UnreadableError) as caught:
        sc.read_state(printed(f"[SC] OpenService FEHLER {code}:\n\nWarum auch immer.\n", code))
    assert str(code) in caught.value.reason and "Warum auch immer." in caught.value.reason


@pytest.mark.parametrize(
    ("text", "exit_code"),
    [
        ("", 0),
        ("", 5),
        ("'sc' is not recognized\n", 9009),
        (STATE, None),
        (STATE, 1),
        (CONFIG, 0),
        (STATE + STATE, 0),
        (STATE + "something else\n", 0),
        (STATE.replace("(0x0)", "0", 1), 0),
        (STATE + "        NEW                : 1\n", 0),
        ("[SC] QueryServiceConfig ERFOLG\n", 0),
        ("[SC] EnumQueryServicesStatus: more data, need 1822 bytes start resume at index 79\n", 0),
        ("Note: see below\n    more: words\n", 0),
    ],
)
def test_no_answer(text: str, exit_code: int | None) -> None:
    with pytest.raises(UnreadableError):
        sc.read_state(printed(text, exit_code))


def test_error_of_one_call_before_the_block_of_another() -> None:
    reading = sc.parse(["[SC] StartService FEHLER 1056:", "", *STATE.strip().split("\n")])
    assert [error.code for error in reading.errors] == [1056] and len(reading.states) == 1


def test_triggers_and_description() -> None:
    reading = sc.parse(
        [
            "[SC] QueryServiceConfig2 ERFOLG",
            "",
            "SERVICE_NAME: TermService",
            "",
            "        DIENST STARTEN",
            "          NETZWERKEREIGNIS             : bc90d167-9470-4139-a9ba-be0bbbf5b74d [RPC]",
            "            DATEN                      : one",
            "                                       : two",
            "",
            "[SC] QueryServiceConfig2 ERFOLG",
            "",
            "SERVICE_NAME: TermService",
            "BESCHREIBUNG:  Lets people in: remotely.",
        ]
    )
    assert not reading.not_understood
    (trigger,) = reading.triggers
    assert (trigger.name, trigger.subtype[:8], trigger.data) == ("TermService", "bc90d167", ("one", "two"))
    assert reading.descriptions == (sc.ServiceDescription("TermService", "Lets people in: remotely."),)


def test_configuration_that_was_cut_before_the_account_is_unreadable() -> None:
    rows = CONFIG.splitlines(keepends=True)
    for end in range(1, len(rows)):
        if "SERVICE_START_NAME" not in "".join(rows[:end]):
            with pytest.raises(UnreadableError):
                sc.read_config(printed("".join(rows[:end])))
