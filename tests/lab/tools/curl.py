# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""curl.exe with telnet URLs: which ports of other hosts can be reached. Its texts are not translated.

Options, exit codes, the order of things and the variables of -w as curl 7.88.1 does them (measured), and as
https://curl.se/docs/manpage.html says when an option came.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from ..connect import Limits, Transfer, run_parallel, run_serially
from .call import ToolCall

WRONG_OPTION = 2
TELNET = 23
# option -> (its long form, whether it takes a value, the version that brought it)
OPTIONS: dict[str, tuple[str, bool, tuple[int, int]]] = {
    "-s": ("--silent", False, (4, 0)), "-S": ("--show-error", False, (5, 9)), "-q": ("--disable", False, (5, 0)),
    "-o": ("--output", True, (4, 0)), "-m": ("--max-time", True, (4, 0)), "-w": ("--write-out", True, (6, 5)),
    "-4": ("--ipv4", False, (7, 10)), "-Z": ("--parallel", False, (7, 66)),
    "": ("--connect-timeout", True, (7, 7)), " ": ("--parallel-max", True, (7, 66)),
    "  ": ("--parallel-immediate", False, (7, 68)), "   ": ("--no-progress-meter", False, (7, 67)),
}  # fmt: skip
LONG = {long: (value, since) for long, value, since in OPTIONS.values()}
#: variables of -w that came later than the others
LATER = {"exitcode": (7, 75), "errormsg": (7, 75), "urlnum": (7, 75), "url": (7, 75)}
SILENT_METER = (8, 0)  # -s also hides the parallel progress meter


class Wrong(Exception):
    """curl doesn't take this command line."""


@dataclass
class Request:
    """What the command line asks for."""

    flags: set[str] = field(default_factory=set)
    values: dict[str, str] = field(default_factory=dict)
    outputs: list[str] = field(default_factory=list)
    urls: list[str] = field(default_factory=list)


def version_of(call: ToolCall) -> tuple[int, int]:
    """The version of this host's curl."""
    major, minor = call.machine.edition.curl.split(".")[:2]
    return int(major), int(minor)


def main(call: ToolCall) -> int:
    """CURL [options] telnet://host:port …"""
    if call.arguments in (["--version"], ["-V"]):
        call.out(f"curl {call.machine.edition.curl} (Windows) libcurl/{call.machine.edition.curl} Schannel WinIDN")
        return 0
    try:
        request = _read(call.arguments, version_of(call))
        connect, whole = (
            _seconds(request, "--connect-timeout", "--connect-timeout"),
            _seconds(request, "--max-time", "-m"),
        )
        limits = Limits(connect, whole)
    except Wrong as wrong:
        call.err(f"curl: {wrong}")
        call.err("curl: try 'curl --help' or 'curl --manual' for more information")
        if "unknown" in str(wrong) and not _came_later(call):
            call.not_understood(str(wrong))
        return WRONG_OPTION
    if not request.urls or any(not url.lower().startswith("telnet://") for url in request.urls):
        return call.not_understood(f"curl {call.raw_arguments.strip()}: only telnet:// is modelled")
    if limits.whole is None:
        return call.not_understood("curl telnet:// without -m waits for ever")
    return _run(call, request, limits)


def _read(arguments: list[str], version: tuple[int, int]) -> Request:
    request = Request()
    waiting = list(arguments)
    while waiting:
        argument = waiting.pop(0)
        if not argument.startswith("-") or argument == "-":
            request.urls.append(argument)
            continue
        if argument.startswith("--"):
            named = [(argument, argument)]
        else:
            named = [(f"-{letter}", OPTIONS.get(f"-{letter}", ("",))[0]) for letter in argument[1:]]
        for at, (spelled, long) in enumerate(named):
            if long not in LONG or LONG[long][1] > version:
                raise Wrong(f"option {argument}: is unknown")
            if not LONG[long][0]:
                request.flags.add(long)
                continue
            glued = argument[at + 2 :] if not argument.startswith("--") else ""
            if not glued and not waiting:
                raise Wrong(f"option {spelled}: requires parameter")
            value = glued or waiting.pop(0)
            request.values[long] = value
            if long == "--output":
                request.outputs.append(value)
            break
    return request


def _came_later(call: ToolCall) -> bool:
    """Whether the option that is unknown here is one that a later curl has: then it is the host, not the lab."""
    try:
        _read(call.arguments, (99, 0))
    except Wrong:
        return False
    return True


def _seconds(request: Request, name: str, spelled: str) -> float | None:
    value = request.values.get(name)
    if value is None:
        return None
    if not re.fullmatch(r"\d+(\.\d+)?", value):
        raise Wrong(f"option {spelled}: expected a proper numerical parameter")
    return float(value) or None


def _run(call: ToolCall, request: Request, limits: Limits) -> int:
    transfers = []
    for number, url in enumerate(request.urls):
        parts = urlsplit(url)
        host = parts.hostname or ""
        transfers.append(Transfer(number, url, host, parts.port or TELNET, call.machine.resolve(host)))
    parallel = "--parallel" in request.flags and len(transfers) > 1
    run = run_parallel if parallel else run_serially
    meter = (
        parallel
        and not ({"--no-progress-meter"} & request.flags)
        and ("--silent" not in request.flags or version_of(call) < SILENT_METER)
    )
    if meter:
        call.err("DL% UL%  Dled  Uled  Xfers  Live Total     Current  Left    Speed")
    code = 0
    for done in run(transfers, limits, call.machine.address):
        _report(call, request, done)
        # one after the other the last one counts, at the same time the last one that failed
        code = done.exit_code or (code if parallel else 0)
    if meter:
        count = len(transfers)
        call.err(f"--  --      0     0 {count:>5}     0  --:--:-- --:--:-- --:--:--     0      ")
    return code


def _report(call: ToolCall, request: Request, done: Transfer) -> None:
    """What a finished transfer leaves: its data, its message, its line of -w."""
    target = request.outputs[done.number] if done.number < len(request.outputs) else "-"
    if done.received and target == "-":
        call.handles.stdout.write(done.received)
    elif done.received and target.lower() != "nul":
        call.machine.files.write(call.path(target), done.received)
    if done.exit_code and ("--silent" not in request.flags or "--show-error" in request.flags):
        call.err(f"curl: ({done.exit_code}) {done.error}")
    if "--write-out" in request.values:
        _write_out(call, request.values["--write-out"], done)


def _write_out(call: ToolCall, form: str, done: Transfer) -> None:
    known = {
        "url_effective": done.url if done.url.endswith("/") else f"{done.url}/", "url": done.url,
        "urlnum": str(done.number), "exitcode": str(done.exit_code), "errormsg": done.error, "http_code": "000",
        "response_code": "000", "scheme": "TELNET", "num_connects": str(int(done.connected)),
        "time_namelookup": f"{done.time_lookup:.6f}", "time_connect": f"{done.time_connect:.6f}",
        "time_total": f"{done.time_total:.6f}", "remote_ip": done.remote_ip,
        "remote_port": str(done.port if done.connected else 0), "local_ip": done.local_ip,
        "local_port": str(done.local_port), "size_download": str(len(done.received)),
    }  # fmt: skip

    def replace(found: re.Match[str]) -> str:
        text = found[0]
        if text.startswith("%{"):
            name = text[2:-1]
            if name in known and LATER.get(name, (0, 0)) <= version_of(call):
                return known[name]
            call.err(f"curl: unknown --write-out variable: '{name}'")
            if name not in known:
                call.not_understood(f"the variable %{{{name}}} of -w")
            return ""
        return {"%%": "%", "\\n": "\r\n", "\\r": "\r", "\\t": "\t"}.get(text, text)

    call.write(re.sub(r"%\{[^}]*\}|%%|\\.", replace, form))
