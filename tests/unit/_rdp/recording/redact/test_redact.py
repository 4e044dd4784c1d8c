# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""No name is left, whatever it is and wherever it stands, and what a parser reads is still there."""

from __future__ import annotations

import base64
import re
import typing as t
from pathlib import Path

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp import probes
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import Command, CommandResult, Probe
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.recording import redact
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.recording.format import RecordedCommand, Recording
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.recording.redact import encoding
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.recording.redact.names import Names
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.excluded_ports import EXCLUDED_IPV4
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.text import lines
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.tools import netstat, qwinsta, reg
from hypothesis import assume, given
from hypothesis import strategies as st

HOST = "zqxhost07"
DOMAIN_SID = "S-1-5-21-3623811015-3361044348-30300820"
WINSTATIONS = "HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\Terminal Server\\WinStations"
POLICIES = "HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Microsoft\\Windows NT"


def _redacted(
    probe: Probe[t.Any], data: bytes, exit_code: int | None = 0, code_page: int | None = None
) -> RecordedCommand:
    recording = Recording((RecordedCommand(probe.command.line, data, exit_code),), None, HOST, code_page=code_page)
    return redact.redacted(recording).commands[0]


def _text(probe: Probe[t.Any], text: str, exit_code: int | None = 0) -> str:
    answer = _redacted(probe, text.encode(), exit_code)
    assert answer.data is not None, answer.left_out
    return answer.data.decode()


# -- names -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sid", "kept"),
    [
        ("S-1-1-0", True),
        ("S-1-5-18", True),
        ("S-1-5-32-544", True),
        ("S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464", True),
        ("S-1-15-2-1", True),
        ("S-1-16-12288", True),
        (f"{DOMAIN_SID}-500", False),
        (DOMAIN_SID, False),
        ("S-1-12-1-3623811015-1336104434-430300820-1", False),
        ("S-1-5-82-3006700770-424185619-1745488364-794895919-4004696415", False),
        ("S-1-5-5-0-12345678", False),
    ],
)
def test_sids_of_windows_stay_and_others_go(sid: str, kept: bool) -> None:
    new = Names([]).in_text(f"(A;;FA;;;{sid})")[9:-1]
    assert (new == sid) is kept
    assert new.count("-") == sid.count("-") and all(int(number) < 2**32 for number in new.split("-")[3:])


def test_same_domain_is_the_same_placeholder_and_the_account_stays() -> None:
    names = Names([])
    one, other, foreign = (names.sid(sid) for sid in (f"{DOMAIN_SID}-500", f"{DOMAIN_SID}-1103", "S-1-5-21-1-2-3-500"))
    assert one.rpartition("-")[0] == other.rpartition("-")[0] != foreign.rpartition("-")[0]
    assert (one[-4:], other[-5:]) == ("-500", "-1103")


@pytest.mark.parametrize(
    "address", ["0.0.0.0", "127.0.0.1", "127.8.9.1", "::", "::1", "224.0.0.251", "255.255.255.255"]
)
def test_addresses_of_no_certain_host_stay(address: str) -> None:
    assert Names([]).address(address) == address


@pytest.mark.parametrize(
    ("address", "form"),
    [
        ("10.20.30.40", r"192\.0\.2\.1"),
        ("10.20.30.0/24", r"192\.0\.2\.1/24"),
        ("fe80::1c2d:3e4f%12", r"fe80::db8:1%12"),
        ("2001:4860::8888", r"2001:db8::1"),
    ],
)
def test_address_is_replaced_by_one_of_a_documentation(address: str, form: str) -> None:
    assert re.fullmatch(form, Names([]).address(address))


def test_addresses_do_not_run_out() -> None:
    names = Names([])
    assert len({names.address(f"10.1.{number // 256}.{number % 256}") for number in range(3000)}) == 3000


def test_name_is_found_in_any_case_and_with_its_domain() -> None:
    names = Names([f"{HOST}.corp.contoso.com"])
    assert names.in_text(f"{HOST.upper()} and {HOST}.corp.contoso.com, CORP\\x") == (
        "host1 and host1.domain1.example, domain1\\x"
    )


def test_host_called_like_a_word_of_windows_breaks_nothing() -> None:
    command = probes.TERMINAL_SERVER.command.line
    key = WINSTATIONS.rpartition("\\")[0]
    text = f"\r\n{key}\r\n    TSEnabled    REG_DWORD    0x1\r\n"
    for host in ("Terminal", "server", "Control", "CurrentControlSet"):
        recording = Recording((RecordedCommand(command, text.encode(), 0),), None, host)
        assert redact.redacted(recording).commands[0].data == text.encode()


# -- outputs -----------------------------------------------------------------------------------------------------------

_NAME = st.from_regex(r"zq[a-z0-9]{4,9}", fullmatch=True)
_PLANTED = {
    "listener's text": (probes.WINSTATIONS, f"\r\n{WINSTATIONS}\\RDP-Tcp\r\n    Comment    REG_SZ    %s\r\n"),
    "text of many lines": (
        probes.WINSTATIONS,
        f"\r\n{WINSTATIONS}\\RDP-Tcp\r\n    Comment    REG_SZ    a\r\nb %s c\r\n\r\n",
    ),
    "kept value with a path": (
        probes.SERVICE_DLL,
        "\r\nHKEY_LOCAL_MACHINE\\SYSTEM\\X\r\n    ServiceDll    REG_EXPAND_SZ    C:\\Users\\%s\\termsrv.dll\r\n",
    ),
    "list": (
        probes.POLICIES,
        f"\r\n{POLICIES}\\Terminal Services\r\n    LicenseServers    REG_MULTI_SZ    a\\0%s\\0c\r\n",
    ),
    "name of a foreign value": (probes.POLICIES, f"\r\n{POLICIES}\\Printers\\List\r\n    %s    REG_SZ    1\r\n"),
    "name of a foreign key": (probes.POLICIES, f"\r\n{POLICIES}\\Printers\\%s\r\n    a    REG_DWORD    0x1\r\n"),
    "user": (
        probes.SESSIONS,
        " SESSIONNAME       USERNAME                 ID  STATE\r\n>rdp-tcp#1         %-20s     2  Active\r\n",
    ),
    "row that is not understood": (
        probes.SESSIONS,
        " SESSIONNAME       USERNAME                 ID  STATE\r\n>rdp-tcp#1         %s   2  Active\r\n",
    ),
    "account": (
        probes.TERM_SERVICE_CONFIG,
        "[SC] QueryServiceConfig SUCCESS\r\n\r\nSERVICE_NAME: TermService\r\n"
        "        TYPE               : 20  WIN32_SHARE_PROCESS \r\n        START_TYPE         : 3   DEMAND_START\r\n"
        "        ERROR_CONTROL      : 1   NORMAL\r\n        BINARY_PATH_NAME   : C:\\Windows\\svchost.exe\r\n"
        "        LOAD_ORDER_GROUP   : \r\n        TAG                : 0\r\n        DISPLAY_NAME       : RDS\r\n"
        "        DEPENDENCIES       : RPCSS\r\n        SERVICE_START_NAME : CORP\\%s\r\n",
    ),
    "message with a server": (probes.POLICIES, "ERROR: \\\\%s\\share is not there.\r\n"),
    "bytes": (probes.WINSTATIONS, f"\r\n{WINSTATIONS}\\RDP-Tcp\r\n    Odd    REG_BINARY    %(hex)s\r\n"),
    "type nobody knows": (probes.WINSTATIONS, f"\r\n{WINSTATIONS}\\RDP-Tcp\r\n    Odd    REG_NONE    %(hex)s\r\n"),
}  # fmt: skip


@pytest.mark.parametrize("place", _PLANTED)
@given(_NAME)
def test_name_that_nobody_knew_is_not_left(place: str, name: str) -> None:
    probe, form = _PLANTED[place]
    text = form % {"hex": name.encode("utf-16-le").hex().upper()} if "%(hex)" in form else form % name
    for data in (text.encode(), ("\ufeff" + text).encode("utf-16-le")):
        answer = _redacted(probe, data, 1 if place.startswith("message") else 0)
        assert answer.data is not None, answer.left_out
        assert encoding.holds(answer.data, [name]) is None, answer.data


_FORMS: dict[str, t.Callable[[bytes], bytes]] = {
    "as it is": lambda data: data,
    "upper case": lambda data: data.upper(),
    "hexadecimal": lambda data: data.hex().encode(),
    "HEXADECIMAL": lambda data: data.hex().upper().encode(),
    "base64": base64.b64encode,
    "base64, one byte later": lambda data: base64.b64encode(b"." + data),
    "base64, two bytes later": lambda data: base64.b64encode(b".." + data),
}


@pytest.mark.parametrize("form", _FORMS)
@pytest.mark.parametrize("codec", ["ascii", "utf-16-le"])
def test_scan_finds_a_name_in_every_encoding(form: str, codec: str) -> None:
    hidden = _FORMS[form](b"-- " + f"-{HOST}-".encode(codec) + b" --")
    assert encoding.holds(b"before " + hidden + b" behind", [HOST]) == HOST
    assert encoding.holds(b"before " + hidden + b" behind", ["zqxother"]) is None


def test_output_in_which_a_name_is_left_is_not_recorded() -> None:
    # Nobody writes a name as base64 where Windows' own text stands; if somebody does, it is found.
    hidden = base64.b64encode(f"the host {HOST} is".encode()).decode()
    listing = f"\r\n{WINSTATIONS}\\RDP-Tcp\r\n    WdName    REG_SZ    {hidden}\r\n"
    answer = _redacted(probes.WINSTATIONS, listing.encode())
    assert answer.data is None and answer.left_out == "a name was left in it"


def test_command_without_a_rule_is_not_recorded() -> None:
    answer = _redacted(Probe(Command("systeminfo"), lambda output: None), b"Host Name: x\r\n")
    assert answer.data is None and "can't be taken out" in answer.left_out


def test_bytes_that_nobody_understands_are_not_recorded() -> None:
    answer = _redacted(probes.VERSION, b"\0\xd8\0\xd8odd\xff")
    assert answer.data is None and "encoding" in answer.left_out


@given(st.binary(max_size=200))
def test_any_output_is_redacted_or_left_out(data: bytes) -> None:
    for probe in (probes.WINSTATIONS, probes.SESSIONS, probes.SOCKETS, probes.SELF_SIGNED, probes.TERM_SERVICE_CONFIG):
        _redacted(probe, data, code_page=850)


# -- what is read is still there ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("user", ["a", "maria", "x" * 20, "山田太郎", "Müller", "CORP\\svc_backup"])
def test_sessions_keep_their_columns(user: str) -> None:
    width = 20 - sum(2 if ord(character) > 0x2000 else 1 for character in user)
    table = (
        " SESSIONNAME       USERNAME                 ID  STATE   TYPE        DEVICE \r\n"
        ">services                                    0  Disc                        \r\n"
        f" rdp-tcp#12        {user}{' ' * width}     2  Active                      \r\n"
        f"                   {user}{' ' * width}     7  Disc                        \r\n"
        " rdp-tcp                                 65536  Listen                      \r\n"
    )
    before = qwinsta.parse(table.split("\r\n")).sessions
    after = qwinsta.parse(_text(probes.SESSIONS, table).split("\r\n"))
    assert [one.user for one in before if one.user] == [user, user]
    assert not after.not_understood
    users = [one.user for one in after.sessions if one.user]
    assert len(users) == 2 and users[0] == users[1] != user
    rest = [(one.name, one.id, one.state, one.is_current) for one in after.sessions]
    assert rest == [(one.name, one.id, one.state, one.is_current) for one in before]


def test_sockets_keep_their_ports_and_processes() -> None:
    table = (
        "\r\nAktive Verbindungen\r\n\r\n  Proto  Lokale Adresse         Remoteadresse          Status           PID\r\n"
        "  TCP    0.0.0.0:3389           0.0.0.0:0              ABH\u00d6REN         1204\r\n"
        "  TCP    10.20.30.40:3389       10.20.0.5:50122        HERGESTELLT     1204\r\n"
        "  TCP    [2003:e5:1f::7]:3389   [2003:e5:1f::9]:51000  HERGESTELLT     1204\r\n"
        "  TCP    [fe80::1%7]:139        [::]:0                 ABH\u00d6REN         4\r\n"
        "  UDP    10.20.30.40:137        *:*                                    4\r\n"
    )
    new = _text(probes.SOCKETS, table)
    before, after = (netstat.parse(text.split("\r\n")) for text in (table, new))
    assert not after.not_understood and "10.20" not in new and "2003:" not in new and "fe80::1%" not in new
    rows = [[(one.protocol, one.local_port, one.remote_port, one.pid, one.is_listening) for one in each.sockets]
            for each in (before, after)]  # fmt: skip
    assert rows[0] == rows[1]
    assert after.sockets[0] == before.sockets[0]
    assert after.sockets[1].local_address == after.sockets[4].local_address


def test_registry_keeps_keys_numbers_and_what_is_not_understood() -> None:
    listing = (
        f"\r\n{WINSTATIONS}\r\n    (Standard)    REG_SZ    (Wert nicht festgelegt)\r\n    Flags    REG_DWORD    0x1\r\n"
        f"\r\n{WINSTATIONS}\\RDP-Tcp\r\n    PortNumber    REG_DWORD    0xd3d\r\n    WdPrefix    REG_SZ    RDP\r\n"
        "    Comment    REG_SZ    \r\n    Odd    REG_DWORD    strange\r\n\r\nsomething else\r\n"
    )
    output = CommandResult(listing.encode(), 0, probes.WINSTATIONS.command)
    before = reg.read_query(output)
    after = reg.read_query(CommandResult(_text(probes.WINSTATIONS, listing).encode(), 0, probes.WINSTATIONS.command))
    assert after.keys == before.keys
    assert len(after.not_understood) == len(before.not_understood) == 2


def test_descriptor_keeps_its_shape() -> None:
    sid = bytes.fromhex("010500000000000515000000") + b"".join(n.to_bytes(4, "little") for n in (7, 8, 9, 513))
    data = (b"\x01\x00\x04\x80" + sid + bytes.fromhex("01020000000000052000000020020000")).hex().upper()
    listing = f"\r\n{WINSTATIONS}\\RDP-Tcp\r\n    Security    REG_BINARY    {data}\r\n"
    new = _text(probes.WINSTATIONS, listing).split()[-1]
    assert len(new) == len(data) and new != data
    assert new[:32] == data[:32] and new[-40:] == data[-40:], "revision, account and the built-in group stay"


@given(st.text(st.characters(codec="cp850", exclude_characters="\0"), max_size=60))
def test_text_is_decoded_without_a_loss(text: str) -> None:
    for codec in ("utf-8", "cp850", "utf-16-le"):
        data = text.encode(codec)
        assume(codec != "utf-16-le" or b"\0" in data)
        readable = encoding.decoded(data, 850)
        assert readable is not None and readable[0].encode(readable[1]) == data


def test_torn_utf_16_is_text_again() -> None:
    torn = "MachineKeys\r\nD:PAI(A;;FA;;;BA)\r\n".encode("utf-16-le")[:-1]
    assert encoding.narrowed(torn) == b"MachineKeys\r\nD:PAI(A;;FA;;;BA)\r\n"


# -- what no parser asks for -------------------------------------------------------------------------------------------

CONTROL = WINSTATIONS.rpartition("\\")[0]
SERVICE = (
    "[SC] QueryServiceConfig SUCCESS\r\n\r\nSERVICE_NAME: TermService\r\n"
    "        TYPE               : 20  WIN32_SHARE_PROCESS \r\n"
    "        START_TYPE         : 3   DEMAND_START\r\n        ERROR_CONTROL      : 1   NORMAL\r\n"
    "        BINARY_PATH_NAME   : %s\r\n        LOAD_ORDER_GROUP   : \r\n        TAG                : 0\r\n"
    "        DISPLAY_NAME       : %s\r\n        DEPENDENCIES       : RPCSS\r\n        SERVICE_START_NAME : %s\r\n"
)


@pytest.mark.parametrize(
    ("probe", "printed"),
    [
        (probes.TERM_SERVICE_CONFIG, SERVICE % (r"C:\ZqxBuild\agent.exe -k zqx", "Zqx Remote", r"ZQXCORP\zqxsvc")),
        (probes.SYSTEM_ROOT, "D:\\ZqxBuild\\WINDOWS\r\n"),
        (probes.VERSION, "\r\nZqx Windows [Version 10.0.20348.2113]\r\n"),
        (probes.TERMINAL_SERVER, f"\r\n{CONTROL}\r\n    Drain    REG_DWORD    0x0\r\n\r\n{CONTROL}\\ZqxApp\r\n"),
        (probes.FIREWALL_PROFILES, "\r\nDomain Profile: \r\n----------------------\r\nLogFile   C:\\Zqx\\fw.log\r\n"),
        (EXCLUDED_IPV4, "\r\nStart    End\r\n----------    --------\r\n      5357        5357\r\n\r\n* zqx\r\n"),
    ],
)  # fmt: skip
def test_name_beside_what_is_read_goes_and_the_reading_stays(probe: Probe[t.Any], printed: str) -> None:
    new = _text(probe, printed)
    assert "zqx" not in new.lower(), new

    def read(text: str) -> str:
        return re.sub(
            r"(?i)zqx\w*|x+|text\d|folder\d|user\d|DOMAIN-\d",
            "",
            repr(probe.read(CommandResult(text.encode(), 0, probe.command))),
        )

    if probe not in (probes.TERM_SERVICE_CONFIG, probes.FIREWALL_PROFILES, probes.SYSTEM_ROOT):
        assert read(new) == read(printed)
    probe.read(CommandResult(new.encode(), 0, probe.command))


# -- outputs of real hosts ---------------------------------------------------------------------------------------------


def _sessions(data: bytes) -> t.Any:
    read = qwinsta.parse(lines(data))
    return [(one.name, one.id, one.state, bool(one.user)) for one in read.sessions], len(read.not_understood)


def _sockets(data: bytes) -> t.Any:
    read = netstat.parse(lines(data))
    rows = [(one.protocol, one.local_port, one.remote_port, one.pid, one.state) for one in read.sockets]
    return rows, len(read.not_understood)


@pytest.mark.parametrize(("tool", "probe", "shape"), [("qwinsta", probes.SESSIONS, _sessions),
                                                      ("netstat", probes.SOCKETS, _sockets)])  # fmt: skip
def test_outputs_of_real_hosts_keep_their_shape(
    corpus: Path, tool: str, probe: Probe[t.Any], shape: t.Callable[[bytes], t.Any]
) -> None:
    left_out = []
    for path in sorted((corpus / tool).iterdir()):
        data = path.read_bytes()
        answer = redact.redacted(Recording((RecordedCommand(probe.command.line, data, 0),), None)).commands[0]
        if answer.data is None:
            left_out.append(path.name)
        else:
            assert shape(answer.data) == shape(data), path.name
    # A table that somebody pasted into a comment: its columns can't be told for certain.
    assert left_out in ([], ["11_en-US_domainuser_active_rdpwd.txt"])


def test_user_called_like_a_placeholder_is_no_leak() -> None:
    table = " SESSIONNAME       USERNAME                 ID  STATE\r\n>console           %-20s     2  Active\r\n"
    answer = _redacted(probes.SESSIONS, (table % "zqxmaria" + table.splitlines()[1] % "user1" + "\r\n").encode())
    assert answer.data is not None and b"zqxmaria" not in answer.data
