# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a host prints is read in time that grows as the output does: twice the output, twice the time.

A host that is owned prints what it likes. With a pattern that goes back at every character, a single line of 200 KB
kept an audit busy for ten minutes.
"""

from __future__ import annotations

import base64
import contextlib
import importlib
import inspect
import re
import time
import typing as t
from pathlib import Path

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp import file_transfer
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import (
    RecordingError,
    RefusedError,
    RegFileError,
    UnreadableError,
)
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.formats import (
    certstore,
    firewall_rules,
    gpt_ini,
    gpttmpl,
    regfile,
    registry_listing,
    registry_pol,
    sddl,
    x509,
)
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import Command, CommandResult
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.recording import format
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.repairs import backup, reference
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.firewall import legacy
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.policy import gpo_list, mdm
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.policy.catalog import POLICIES
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.windows import oem_code_page
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.text import LONGEST_LINE, decode, lines
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.tools import (
    certutil,
    cmd,
    curl,
    gpresult,
    icacls,
    ipsec_rules,
    netconnection,
    netsh,
    netstat,
    networks,
    port_probe,
    powershell,
    qwinsta,
    reg,
    rsop,
    sc,
    tasklist,
    terminal_setting,
    wevtutil,
    wmic,
)

KEY = r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations"


def _texts(parse: t.Callable[[list[str]], t.Any]) -> t.Callable[[bytes], t.Any]:
    return lambda data: parse(decode(data).split("\n"))


def _output(read: t.Callable[[CommandResult], t.Any], line: str = "x") -> t.Callable[[bytes], t.Any]:
    return lambda data: read(CommandResult(data, 0, Command(line)))


def _registry(data: bytes) -> None:
    query = reg.read_query(CommandResult(data, 0, reg.query(KEY, recursive=True)))
    for key in query.keys:
        query.key(key.path)
        for value in key.values:
            key.get(value.name)


def _gpt_ini(data: bytes) -> None:
    gpt_ini.parse(b"[General]\r\n" + data).changed().render()


def _openings(data: bytes) -> None:
    values = tuple(reg.Value(str(n), "REG_SZ", text, False) for n, text in enumerate(decode(data).split("\n")))
    key = reg.Key(r"HKLM\x\GloballyOpenPorts\List", values)
    assert list(legacy.rules(r"HKLM\x", {r"x\globallyopenports\list": key}, ("domain",)))


def _mdm(data: bytes) -> None:
    policy = next(policy for policy in POLICIES if policy.mdm and policy.meanings)
    mdm.says(policy, {(policy.mdm[0].lower(), policy.mdm[1].lower()): decode(data)})
    mdm.values([reg.parse(decode(data).split("\n"))])


# Each reader of the core with the name of what it stands for, so that none is forgotten.
READERS: dict[str, t.Callable[[bytes], t.Any]] = {
    "text.lines": lines,
    "registry_listing.parse": _texts(registry_listing.parse),
    "registry_listing.parse of a part": _texts(
        lambda text: registry_listing.parse(text, queried=KEY, recursive=False, wrapped=True)
    ),
    "reg.read_query": _registry,
    "reg.read_named": _output(reg.read_named),
    "reg.read_query_except": _output(reg.read_query_except, reg.query_except("HKLM", "x").line),
    "reg.read_query_whole": lambda data: reg.read_query_whole(
        CommandResult(b"\r\nHKEY_LOCAL_MACHINE\r\n" + data + b"\r\nend\r\n", 0, reg.query_whole("HKLM"))
    ),
    "networks.parse": lambda data: networks.parse([*decode(data).split("\n"), "end"]),
    "ipsec_rules.parse": lambda data: ipsec_rules.parse("x", f"v2.30|{decode(data)}|"),
    "reg.read_query_with": _output(reg.read_query_with, reg.query_with(KEY, "RDP-Tcp").line),
    "sc.parse": _texts(sc.parse),
    "tasklist.parse": _texts(tasklist.parse),
    "qwinsta.parse": _texts(qwinsta.parse),
    "netstat.parse": _texts(netstat.parse),
    "icacls.parse": _texts(icacls.parse),
    "icacls.parse_saved": icacls.parse_saved,
    "icacls.read_named": _output(lambda output: icacls.read_named(output, "f686aace6942fb7f7ceb231212eef4a4")),
    "certutil.parse": _texts(certutil.parse),
    "certutil.decoded": certutil.decoded,
    "certstore.read": certstore.read,
    "cmd.read_version": _output(cmd.read_version),
    "cmd.read_folder": _output(cmd.read_folder),
    "cmd.read_count": _output(cmd.read_count),
    "cmd.read_emulated": _output(cmd.read_emulated),
    "curl.parse": _texts(curl.parse),
    "curl._read_version": _output(curl.VERSION.read),
    "netconnection.parse": _texts(netconnection.parse),
    "gpresult.parse": gpresult.parse,
    "gpt_ini.parse": _gpt_ini,
    "gpttmpl.parse": lambda data: gpttmpl.parse(b"[Service General Setting]\r\n" + data),
    "gpt_ini._read_machine_versions": _output(gpt_ini.machine_versions("C:\\x").read),
    "port_probe.read_observation": _output(port_probe.read_observation),
    "port_probe.parsed": port_probe.parsed,
    "netsh.headings": _texts(netsh.headings),
    "netsh.read_excluded_ranges": _output(netsh.read_excluded_ranges),
    "powershell.read_dacl": _output(powershell.read_dacl),
    "powershell.read_date": _output(powershell.read_date),
    "rsop.read_logged": lambda data: rsop.read_logged(CommandResult(data + b"\nend\n", 0, Command("x"))),
    "rsop.read_start_types": lambda data: rsop.read_start_types(CommandResult(data + b"\nend\n", 0, Command("x"))),
    "wmic.read_time": _output(wmic.read_time),
    "terminal_setting.read": lambda data: terminal_setting.read(CommandResult(data + b"\nend\n", 0, Command("x"))),
    "wevtutil.parse": lambda data: wevtutil.parse(decode(data)),
    "wevtutil.read": _output(wevtutil.read),
    "regfile.parse": lambda data: regfile.parse(b"Windows Registry Editor Version 5.00\r\n\r\n" + data),
    "registry_pol.parse": registry_pol.parse,
    "firewall_rules.parse": lambda data: firewall_rules.parse("x", "v2.30|" + decode(data)),
    "reference.from_file": lambda data: reference.from_file(data, "RDP-Tcp", "x"),
    "sddl.parse": lambda data: sddl.parse(decode(data)),
    "evidence.read": lambda data: format.read(f"{format.TITLE}\nformat: 1\n".encode() + data, lambda _name, _size: b""),
    "certificate.read": x509.read,
    "encoded_file._read_size": _output(file_transfer.size("%TEMP%\\x").read),
    "backup._read": _output(backup.LAST_BACKUP.read),
    "exceptions.rules": _openings,
    "gpo_list": lambda data: (gpo_list._domain(decode(data)), gpo_list._place(decode(data))),
    "mdm": _mdm,
    "oem_code_page": lambda data: oem_code_page(reg.read_query(CommandResult(data, 0, Command("x")))),
}
# Those that take more than an output, and do nothing but call one of those above.
THIN = {"curl.read_transfers", "certstore.parse", "icacls.read_named"}


def _readers() -> t.Iterator[tuple[str, t.Callable[..., t.Any]]]:
    for path in sorted(Path(sc.__file__).parent.glob("[!_]*.py")):
        module = importlib.import_module(f"{sc.__package__}.{path.stem}")
        for name, function in inspect.getmembers(module, inspect.isfunction):
            if function.__module__ == module.__name__ and re.match("_?read|parse|decoded|headings", name):
                yield f"{path.stem}.{name}", function


# Whatever reads an output and nothing else needs no line above.
for _name, _function in _readers():
    if [each.annotation for each in inspect.signature(_function).parameters.values()] == ["CommandResult"]:
        READERS.setdefault(_name, _output(_function))

REFUSALS = (UnreadableError, RefusedError, RegFileError, RecordingError)


def _line(head: str, unit: str, tail: str = "") -> t.Callable[[int], bytes]:
    """One line of a size, with what is repeated in it."""
    return lambda size: (head + unit * (size // len(unit)) + tail).encode()


def _rows(*rows: str, head: str = "") -> t.Callable[[int], bytes]:
    """Many lines; ``%d`` is another number in each."""
    block = "\r\n".join((*rows, ""))

    def made(size: int) -> bytes:
        count = size // len(block) + 1
        return (head + "".join(block.replace("%d", str(number)) for number in range(count))).encode()

    return made


def _nested(size: int) -> bytes:
    rsop_ = "http://www.microsoft.com/GroupPolicy/Rsop"
    settings = "http://www.microsoft.com/GroupPolicy/Settings"
    depth = size // 25
    inner = "<s:Extension>" * depth + "</s:Extension>" * depth
    return f'<Rsop xmlns="{rsop_}" xmlns:s="{settings}"><ComputerResults>{inner}</ComputerResults></Rsop>'.encode()


def _deep_json(size: int) -> bytes:
    return b'{"outcome":' + b"[" * size


LINE = {
    "blanks in a line": _line("a", " ", "x"),
    "blanks only": _line("", " "),
    "tabs": _line("a", "\t", "x"),
    "letters": _line("", "a"),
    "letters with a dot": _line("", "a."),
    "digits": _line("", "7"),
    "numbers": _line("   a  ", "1  "),
    "numbers far apart": _line(" rdp-tcp#1    u        ", "  1   "),
    "dashes": _line("", "-", "x"),
    "a rule and more": _line("a", "=", "x"),
    "rules": _line("", "====== ", "x"),
    "colons": _line("", ":", "x"),
    "letters and colons": _line("", "a:", "x"),
    "wide colons": _line("a", "\uff1a "),
    "brackets": _line("", "("),
    "pairs of brackets": _line("D:", "(A;;FA;;;BA)"),
    "square brackets": _line("", "["),
    "versions without an end": _line("", "[1.1.1 "),
    "one version without an end": _line("[1.1.1", " "),
    "braces": _line("", "{"),
    "angle brackets": _line("", "<"),
    "quotes": _line('"', '""'),
    "cells": _line("", '"a",'),
    "bars": _line("", "a=b|"),
    "equals signs": _line("a", "="),
    "blanks before an equals sign": _line("a", " ", "=1"),
    "backslashes": _line("HKEY_LOCAL_MACHINE", "\\"),
    "a deep key": _line("HKEY_LOCAL_MACHINE\\SYSTEM", "\\a"),
    "a value with a long type": _line("    a    REG_", "A", "  "),
    "values in a line": _line("", "    REG_A  "),
    "blanks in a value": _line("    a", " ", "REG_SZ    x"),
    "numbers of sc": _line("[SC] f ", "1 "),
    "words of sc": _line("[SC] ", "f:"),
    "a wrapped mark": _line("        START_TYPE         : 2   AUTO_START  ", "(A "),
    "refusals of curl": _line("", "* connect to 1 port 1 from "),
    "messages of curl": _line("", "*  "),
    "marks of base64": _line("", "-----BEGIN "),
    "rows of netstat": _line("", "  TCP    a:1  "),
    "states": _line("  TCP    0.0.0.0:1    0.0.0.0:0    A", " 1"),
    "names of a certificate": _line("", "CN="),
    "data of a policy": _line("<enabled/>", "<data "),
    "one data of a policy": _line('<enabled/><data id="a" ', "value "),
    "openings": _line("3389:TCP:", "a:"),
    "ports": _line("LPort=", "1-"),
    "a SID": _line("O:S-1-5", "-1"),
    "bytes": _line('"v"=hex:', "00,"),
    "a path of a file": _line("", "a\\", ":version=1x"),
}
ROWS = {
    "lines": _rows("a"),
    "blank lines": _rows(""),
    "keys": _rows(r"HKEY_LOCAL_MACHINE\SYSTEM\k%d", "    v    REG_DWORD    0x1", ""),
    "empty keys": _rows(r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations\k%d\a\b", ""),
    "values": _rows("    v%d    REG_DWORD    0x1", head=f"{KEY}\r\n"),
    "values of a listing": _rows("    v%d    REG_SZ    a", head="HKEY_LOCAL_MACHINE\\SYSTEM\r\n"),
    "the same value": _rows("    v    REG_SZ    a", head="HKEY_LOCAL_MACHINE\\SYSTEM\r\n"),
    "events": _rows("<Event a='b'><Provider Name='x' ></Event>"),
    "an event": _line("<Event a='b'>", "<Provider x ", "</Event>"),
    "one wrapped value": _rows("a", "", head="HKEY_LOCAL_MACHINE\\SYSTEM\r\n    v    REG_SZ    a\r\n"),
    "policies of an MDM": _rows(
        "    v%d    REG_SZ    a", "    v%d_ProviderSet    REG_DWORD    0x1", head="HKEY_LOCAL_MACHINE\\SOFTWARE\r\n"
    ),
    "calls of sc": _rows("[SC] f 5:"),
    "calls of sc with blank lines": _rows("[SC] f 5:", "", ""),
    "heads": _rows("a: b"),
    "services": _rows("SERVICE_NAME: a%d", "        TYPE               : 10  WIN32_OWN_PROCESS", ""),
    "one service": _rows("        TYPE               : 10  WIN32_OWN_PROCESS", head="SERVICE_NAME: a\r\n"),
    "triggers": _rows("            X : 00000000-0000-0000-0000-000000000000", head="a: b\r\n\r\n        c\r\n"),
    "data of a trigger": _rows(
        "            DATA : x", head="a: b\r\n\r\n        c\r\n            X : 00000000-0000-0000-0000-000000000000\r\n"
    ),
    "processes": _rows('"svchost.exe","%d","A,B"'),
    "wrapped services": _rows(" " * 38 + "Abcdef,", head="=" * 25 + f" ======== ====\r\n{'a':<25} {1:>8} Abc,\r\n"),
    "sockets": _rows("  TCP    0.0.0.0:%d    0.0.0.0:0    LISTENING    4"),
    "owners of a socket": _rows(
        "  Component", head="  TCP    0.0.0.0:1    0.0.0.0:0    LISTENING    4\r\n [a]\r\n" * 2
    ),
    "owners without an image": _rows(
        "  Component", head=" [a]\r\n  TCP    0.0.0.0:1    0.0.0.0:0    LISTENING    4\r\n"
    ),
    "sessions": _rows(" rdp-tcp#%d         user                      %d  Active"),
    "descriptors": _rows("name%d", "D:PAI(A;;FA;;;BA)"),
    "entries": _rows("Version%d=1"),
    "sections": _rows("[General]", "a=b"),
    "rules": _rows("----------"),
    "ranges": _rows("     %d       5357", head="----------    --------\r\n"),
    "records of curl": _rows("* connect to 192.0.2.3 port 3389 failed: x", "* said %d", "[%d 7 0.1 0.0 ] said %d"),
    "rows of RSoP": _rows('["{00000000-0000-0000-0000-000000000000}",1]'),
    "sections of a recording": _rows("[1]", "command: x"),
    "values of a file": _rows('"v%d"=dword:00000001', head="[HKEY_LOCAL_MACHINE\\SOFTWARE]\r\n"),
    "the same value of a file": _rows('"v"="a"', head="[HKEY_LOCAL_MACHINE\\SOFTWARE]\r\n"),
    "keys of a file": _rows("[HKEY_LOCAL_MACHINE\\SOFTWARE\\k%d]", ""),
    "a long value of a file": _rows("  00,\\", head='[HKEY_LOCAL_MACHINE\\SOFTWARE]\r\n"v"=hex:\\\r\n'),
    "comments": _rows("; winops.rdp: build"),
    "extensions within each other": _nested,
    "arrays within each other": _deep_json,
    "blanks in front of a report": lambda size: b" " * size + b"<Rsop/>",
    "blanks in a report": lambda size: b"<Rsop>" + b" " * size + b"<a",
    "attributes": lambda size: b"<Rsop " + b"".join(b'a%d="" ' % number for number in range(size // 8)) + b"/>",
    "a file in base64": lambda size: (
        b"-----BEGIN CERTIFICATE-----\r\n"
        + base64.encodebytes(b"a" * (size * 3 // 4))
        + b"-----END CERTIFICATE-----\r\n"
    ),
    "records of a policy file": lambda size: (
        b"PReg\x01\0\0\0" + "[a\0;b\0;\4\0;\4\0;\1\0]".encode("utf-16-le") * (size // 32)
    ),
    "records of a certificate": lambda size: b"\x03\0\0\0\1\0\0\0\0\0\0\0" * (size // 12),
    "DER within each other": lambda size: b"\x30\x80" * (size // 2),
}
PATTERNS = {**LINE, **ROWS}
_SIZE = 15_000  # four times that is still shorter than the longest line that is read
_QUICK = 0.03  # seconds for the largest size, in which nothing can have grown by the square
_SLACK = 9.0  # between 4, where it grows as the output does, and 16


def _seconds(read: t.Callable[[bytes], t.Any], data: bytes) -> float:
    start = time.process_time()
    with contextlib.suppress(*REFUSALS):
        read(data)
    return time.process_time() - start


def grows(read: t.Callable[[bytes], t.Any], pattern: t.Callable[[int], bytes], size: int = _SIZE) -> list[float]:
    """Return the seconds for one, two and four times a size if they grow faster than the size; nothing if not."""
    four = _seconds(read, pattern(4 * size))
    if four < _QUICK:
        return []
    best = [_seconds(read, pattern(size)), _seconds(read, pattern(2 * size)), four]
    for _again in range(3):
        if best[2] < _QUICK or best[2] < _SLACK * best[0]:
            return []
        best = [min(old, _seconds(read, pattern(factor * size))) for old, factor in zip(best, (1, 2, 4), strict=True)]
    return best if best[2] >= max(_QUICK, _SLACK * best[0]) else []


@pytest.mark.parametrize("name", READERS)
def test_time_grows_as_the_output_does(name: str) -> None:
    slow = {what: found for what, pattern in PATTERNS.items() if (found := grows(READERS[name], pattern))}
    assert not slow


def test_a_reader_that_goes_back_is_found() -> None:
    def quadratic(data: bytes) -> int:
        return sum(data[at:].count(b"a") for at in range(0, len(data), 8))

    assert grows(quadratic, LINE["letters"])


def test_every_reader_is_measured() -> None:
    new = {name for name, _function in _readers()} - {*READERS, *THIN}
    assert not new, f"not in READERS: {sorted(new)}"


def test_a_line_longer_than_any_tool_prints_is_not_read() -> None:
    for length, error in ((LONGEST_LINE, False), (LONGEST_LINE + 1, True)):
        output = CommandResult(b"a\r\n" + b"b" * length, 0, qwinsta.QWINSTA.command)
        with pytest.raises(UnreadableError, match=f"{length} characters" if error else "isn't part"):
            qwinsta.read(output)


def test_rules_of_the_firewall_are_read_in_time_that_grows_with_them() -> None:
    """22,000 rules took half a minute: a host for remote sessions collects that many in some years."""

    def listing(size: int) -> bytes:
        rule = r"v2.31|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=3389|App=C:\x.exe|Svc=x|RA4=LocalSubnet|Name=a|"
        rows = [f"    {{{number:08X}}}    REG_SZ    {rule}" for number in range(size)]
        return "\r\n".join(("", "HKEY_LOCAL_MACHINE\\SYSTEM\\FirewallRules", *rows, "", "end", "")).encode()

    def read(data: bytes) -> None:
        listed = reg.read_query_except(CommandResult(data, 0, reg.query_except("HKLM\\SYSTEM", "x"))).keys
        key = next(one for one in listed if one.values)
        rules = [firewall_rules.parse(value.name, str(value.data)) for value in key.values]
        assert rules[-1].local_ports and key.get(rules[-1].id)

    assert not grows(read, listing, size=5_500)
