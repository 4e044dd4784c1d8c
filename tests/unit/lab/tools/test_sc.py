# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""sc, net and tasklist against what real Windows printed."""

from __future__ import annotations

import re

import pytest

from lab.machine import Machine
from lab.state.services import DISABLED, RUNNING, STOPPED, Service
from lab.testing import Corpus, MakeShell, Shell


def plain(text: str) -> list[str]:
    return [line.rstrip() for line in text.split("\n") if line.strip()]


def test_the_german_list_of_services(on: MakeShell, corpus_text: Corpus) -> None:
    """Labels stay English, display names are German, two blanks follow the type, one the state."""
    shell = on(language="de-DE", windows="win11")
    for name in ("TermService", "UmRdpService"):
        block = next(b for b in corpus_text("sc/23").split("\n\n") if b.startswith(f"SERVICE_NAME: {name}\n"))
        # The source was decoded with code page 437 where it was 850: its wrong character is a u with two dots.
        assert "\n" + block.rstrip("\n").replace("Å", "ü") + "\n" in shell.run("sc query state= all")


def test_user_service_types(corpus_text: Corpus) -> None:
    from lab.tools.sc import TYPES

    for number, name in re.findall(r"TYPE\s+: (\w+)  (.*?)  $", corpus_text("sc/24"), re.M):
        assert TYPES[int(number, 16)] == name


@pytest.mark.parametrize(
    ("number", "service"),
    [
        ("18", Service("AppVClient", "Microsoft App-V Client", r"C:\WINDOWS\system32\AppVClient.exe", 0x10, DISABLED,
                       dependencies=("RpcSS", "netprofm", "AppvVfs", "AppVStrm"))),
        ("19", Service("CmService", "Container-Manager-Dienst",
                       r"C:\WINDOWS\system32\svchost.exe -k LocalSystemNetworkRestricted", 0x20, 2,
                       dependencies=("rpcss", "vmcompute", "hvhost"))),
        ("20", Service("cdfs", "CD/DVD File System Reader", r"system32\DRIVERS\cdfs.sys", 0x2, DISABLED, account="",
                       dependencies=("+SCSI CDROM Class",), group="Boot File System")),
    ],
)  # fmt: skip
def test_qc_in_german(number: str, service: Service, on: MakeShell, corpus_text: Corpus) -> None:
    shell = on(language="de-DE")
    shell.machine.services.add(service)

    assert shell.run(f"sc qc {service.name}").rstrip("\n") == corpus_text(f"sc/{number}").rstrip("\n")


def test_qc_with_load_order_group(shell: Shell, corpus_text: Corpus) -> None:
    shell.machine.services.get("LanmanWorkstation").image_path = ""
    real = plain(corpus_text("sc/15"))
    printed = plain(shell.run("sc qc lanmanworkstation"))[1:]

    assert [line.replace("LanmanWorkstation", "lanmanworkstation") for line in printed] == real


def test_unknown_service_in_german(on: MakeShell, corpus_text: Corpus) -> None:
    shell = on(language="de-DE")

    assert shell.run("sc qc nope") == corpus_text("sc/17")
    assert shell.code == 1060


@pytest.mark.parametrize(("number", "code"), [("11", 1058), ("13", 1053)])
def test_start_failures(number: str, code: int, shell: Shell, corpus_text: Corpus) -> None:
    shell.machine.services.add(
        Service("Sick", "Sick", "x.exe", 0x10, DISABLED if code == 1058 else 3, fails_to_start=code)
    )

    printed = shell.run("sc start Sick")

    assert shell.code == code
    assert plain(printed) == plain(corpus_text(f"sc/{number}"))[1:]


def test_russian_labels(on: MakeShell, corpus_text: Corpus) -> None:
    shell = on(language="ru-RU")
    shell.machine.services.add(
        Service("test", "Python Test Script", "x.exe", 0x10, state=RUNNING, exit_code=0, accepts_shutdown=True)
    )
    real = corpus_text("sc/01").split("\n\n")[1].split("\n")[1:]

    assert plain(shell.run("sc query test")) == real
    assert 'Служба "Python Test Script" успешно остановлена.' in shell.run("net stop test")


def test_spanish_labels(on: MakeShell, corpus_text: Corpus) -> None:
    labels = re.findall(r"^# +([A-ZÓ][^:(]*):", corpus_text("sc/07"), re.M)
    printed = on(language="es-ES").run("sc query TermService")

    for label in labels[1:8]:
        assert label in printed


def test_dependents(shell: Shell, corpus_text: Corpus) -> None:
    printed = shell.run("sc enumdepend TermService")

    assert printed.startswith(
        "[SC] EnumDependentServices: entriesread = 1\n\nSERVICE_NAME: UmRdpService\nDISPLAY_NAME: "
    )
    shape = [re.sub(r"(: |\().*", r"\1", line) for line in corpus_text("sc/21").split("\n")]
    assert [re.sub(r"(: |\().*", r"\1", line) for line in printed.split("\n")[1:11]] == shape[1:11]


def test_trigger_information(shell: Shell, corpus_text: Corpus) -> None:
    real = corpus_text("sc/22").split("```")[0].partition("\n")[2]

    assert shell.run("sc qtriggerinfo W32Time").replace("W32Time", "w32time") == real


def test_net_restart_with_dependents(shell: Shell, corpus_text: Corpus) -> None:
    printed = shell.run("net stop TermService /y") + shell.run("net start TermService")

    assert [re.sub(r"\.\.$", ".", line) for line in plain(printed)] == [
        re.sub(r"\.\.$", ".", line) for line in plain(corpus_text("net/05"))
    ]


def test_the_german_question_about_dependents(on: MakeShell, corpus_text: Corpus) -> None:
    machine = on(language="de-DE").machine
    services = machine.services
    services.table = {"CRYPTSVC": services.get("CryptSvc")}
    services.get("CryptSvc").state = RUNNING
    names = ("IsolationSession", "Smartlocker-Filtertreiber", "Anwendungsidentität")
    for position, name in enumerate(names):
        services.add(Service(f"s{position}", name, "x.exe", 0x10, state=RUNNING, dependencies=("CryptSvc",)))

    ran = machine.create_process("net stop CryptSvc", code_page=850)

    assert ran.exit_code == 2
    # The corpus was read with the wrong code page: its characters stand for the bytes of code page 850.
    repaired = corpus_text("net/02").encode("cp1252").decode("cp850")
    assert ran.stdout.decode("cp850").replace("\r\n", "\n") == repaired.removesuffix("\n")
    assert ran.stderr.replace(b"\x81", b"").decode().strip() == corpus_text("net/03").strip()
    assert services.get("CryptSvc").state == RUNNING


def test_net_needs_an_answer_and_takes_one(shell: Shell) -> None:
    shell.run("net stop TermService", stdin=b"")
    assert shell.code == 2
    shell.run("net stop TermService", stdin=b"y\r\n")
    assert (shell.code, shell.machine.services.get("TermService").state) == (0, STOPPED)


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("net start TermService", "The requested service has already been started.\n\n{help} 2182."),
        ("net stop RemoteRegistry", "The Remote Registry service is not started.\n\n{help} 3521."),
        ("net start nope", "The service name is invalid.\n\n{help} 2185."),
    ],
)  # fmt: skip
def test_net_errors(line: str, text: str, shell: Shell) -> None:
    assert shell.run(line) == ""
    expected = text.format(help="More help is available by typing NET HELPMSG")
    assert (shell.code, shell.error.strip()) == (2, expected)
    assert shell.machine.errors() == []


def test_net_takes_the_translated_display_name(on: MakeShell) -> None:
    shell = on(language="de-DE")

    assert "wurde erfolgreich beendet." in shell.run(
        'net stop "Anschlussumleitung für Remotedesktopdienst im Benutzermodus"'
    )


# -- tasklist -------------------------------------------------------------------------------------------------------


def only(machine: Machine, *processes: tuple[str, int, int, int, tuple[str, ...]]) -> None:
    """Replace all processes: image, pid, session, memory, services."""
    machine.processes.clear()
    machine.services.table.clear()
    for image, pid, session, memory, services in processes:
        machine.processes.start(image, pid=pid, session=session, memory_kb=memory)
        for name in services:
            machine.services.add(Service(name, name, "x.exe", 0x20, state=RUNNING, pid=pid))


def test_the_service_table_with_its_trailing_blanks(machine: Machine, shell: Shell, corpus_text: Corpus) -> None:
    real = corpus_text("tasklist/03").split("\n", 2)[2]
    names = [(line[:25].rstrip(), int(line[25:34])) for line in real.split("\n")[3:] if line]
    only(machine, *((image, pid, 0, 8, ()) for image, pid in names))

    assert shell.run("tasklist /SVC") == real


def test_long_service_lists_wrap(machine: Machine, shell: Shell, corpus_text: Corpus) -> None:
    real = corpus_text("tasklist/04").split("\n", 1)[1].partition("\n\n-- More")[0].rstrip("\n")
    rows: list[tuple[str, int, int, int, tuple[str, ...]]] = []
    for line in real.split("\n")[3:]:
        found = re.match(r"(.{25}) +(\d+) (.*)", line)
        services = tuple(s for s in (found[3] if found else line.strip()).split(", ") if s and s != "N/A")
        services = tuple(service.strip(",") for service in services)
        if found:
            rows.append((found[1].rstrip(), int(found[2]), 0, 8, services))
        else:
            rows[-1] = (*rows[-1][:4], rows[-1][4] + services)
    only(machine, *rows)

    assert [line.rstrip() for line in shell.run("tasklist /svc").split("\n")][:-1] == real.split("\n")


def test_chinese_filter_and_message(on: MakeShell, corpus_text: Corpus) -> None:
    shell = on(language="zh-CN")
    only(shell.machine, ("nginx.exe", 2608, 1, 8, ()), ("FoxitProtect.exe", 2476, 0, 8, ("FxService",)))
    real = [line.strip() for line in corpus_text("tasklist/08").split("\n")]
    start = next(i for i, line in enumerate(real) if line.startswith("="))

    assert plain(shell.run('tasklist /svc /FI "PID eq 2608"'))[1:] == real[start : start + 2]
    assert plain(shell.run('tasklist /svc /fi "SERVICES eq FxService"'))[1:] == plain(corpus_text("tasklist/09"))[1:]
    assert shell.run('tasklist /fi "PID eq 4711"').strip() == corpus_text("tasklist/12").split("\n")[0]
    assert shell.code == 0


def test_csv_without_header(on: MakeShell, corpus_text: Corpus) -> None:
    lines = corpus_text("tasklist/01").strip().split("\n")
    shell = on(language="de-DE")  # the same thousands separator as the Italian source
    rows = [re.findall(r'"([^"]*)"', line) for line in lines]
    only(shell.machine, *((r[0], int(r[1]), int(r[3]), int(r[4].split()[0].replace(".", "")), ()) for r in rows))

    assert shell.run("tasklist /fo csv /nh").strip().split("\n") == lines


def test_french_headings_are_cut_at_the_column(on: MakeShell, corpus_text: Corpus) -> None:
    shell = on(language="fr-FR")
    real = corpus_text("tasklist/05").split("\n")[1:3]

    assert [line.rstrip() for line in shell.run("tasklist").split("\n")[1:3]] == [line.rstrip() for line in real]


@pytest.mark.parametrize("line", ["tasklist /v", 'tasklist /fi "USERNAME eq x"', "tasklist /fo xml", "taskkill /im x"])
def test_unknown_options_are_loud(line: str, shell: Shell) -> None:
    shell.run(line)

    assert shell.code != 0
    assert len(shell.machine.errors()) == 1
