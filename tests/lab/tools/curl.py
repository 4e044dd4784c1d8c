# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""curl.exe as Windows brings it since Windows 10 1803: the part of it that connects as for telnet.

https://curl.se/docs/manpage.html. Its texts are those of curl 7.88 and 8.14 on Linux, with Winsock's messages out of
lib/strerror.c; they are English on every Windows. A telnet option without a value is found wrong once the connection
is there (check_telnet_options in lib/telnet.c): exit code 49. Without such an option curl waits for the end of -m.
"""

from __future__ import annotations

import dataclasses
import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed

from .. import outgoing
from ..outgoing import Attempt
from .call import ToolCall

COULDNT_RESOLVE, COULDNT_CONNECT, TIMED_OUT, OPTION_SYNTAX = 6, 7, 28, 49
MOST_PARALLEL = 300

WINSOCK = {
    outgoing.WSAEACCES: "Bad access",
    outgoing.WSAENETUNREACH: "Network unreachable",
    outgoing.WSAETIMEDOUT: "Timed out",
    outgoing.WSAECONNREFUSED: "Connection refused",
    outgoing.WSAECONNRESET: "Connection was reset",
    outgoing.WSAEHOSTUNREACH: "Host unreachable",
    outgoing.WSAEADDRNOTAVAIL: "Address not available",
}
PROTOCOLS = "dict file ftp ftps http https imap imaps pop3 pop3s smtp smtps telnet tftp"
#: -w knows these since 7.75; older ones name what they don't know on standard error.
_SINCE_7_75 = ("urlnum", "exitcode", "errormsg")
_URL = re.compile(r"telnet://(?:\[(?P<v6>[0-9A-Fa-f:.]+)\]|(?P<name>[\w.-]+)):(?P<port>\d{1,5})/?")
_VARIABLE = re.compile(r"%\{(\w+)\}")
_ESCAPES = {r"\n": "\n", r"\r": "\r", r"\t": "\t"}


Resolver = Callable[[str], str | None]


class _RefusedError(Exception):
    """An option that the lab doesn't model."""


@dataclasses.dataclass
class _Options:
    """What the command line asks for."""

    urls: list[str] = dataclasses.field(default_factory=list)
    connect_timeout: float = 300.0
    max_time: float = 0.0
    write_out: str = ""
    verbose: bool = False
    to_stdout: bool = False
    telnet: list[str] = dataclasses.field(default_factory=list)
    parallel: bool = False
    parallel_max: int = 50


@dataclasses.dataclass(frozen=True)
class _Job:
    """One URL."""

    number: int
    url: str
    host: str
    port: int


@dataclasses.dataclass(frozen=True)
class _Transfer:
    """What became of it, with what -v says."""

    job: _Job
    code: int
    message: str
    lines: tuple[str, ...]
    resolved: float = 0.0
    connected: float = 0.0
    address: str = ""


def main(call: ToolCall) -> int:
    """CURL -q -s -v --stderr - -g --noproxy * -t OPTION --connect-timeout N -m N -Z --parallel-max N -w FORMAT URL…"""
    version = _version(call)
    if call.arguments in (["--version"], ["-V"]):
        text = call.machine.edition.curl
        call.out(f"curl {text} (Windows) libcurl/{text} Schannel zlib/1.3.1 WinIDN")
        call.out("Release-Date: 2024-07-31")
        call.out(f"Protocols: {PROTOCOLS}")
        call.out("Features: alt-svc AsynchDNS HSTS HTTPS-proxy IDN IPv6 Kerberos Largefile NTLM SPNEGO SSL SSPI")
        return 0
    try:
        options = _read(call.arguments, version)
        jobs = [_job(number, url) for number, url in enumerate(options.urls)]
        unknown = set(_VARIABLE.findall(options.write_out)) - _VARIABLES
        if unknown:
            raise _RefusedError(f"-w with {unknown}")
    except _RefusedError as refused:
        call.not_understood(str(refused))
        return 2
    code = 0
    for transfer in _transfers(call, options, jobs, version):
        for line in transfer.lines if options.verbose else ():
            (call.out if options.to_stdout else call.err)(f"* {line}")
        call.write(_written(options.write_out, transfer, version))
        # one after the other the last one counts, at the same time the last one that failed
        code = transfer.code or (code if options.parallel else 0)
    return code


def _version(call: ToolCall) -> tuple[int, ...]:
    return tuple(int(number) for number in call.machine.edition.curl.split("."))


def _read(arguments: list[str], version: tuple[int, ...]) -> _Options:
    options, left = _Options(), iter(arguments)

    def number(name: str) -> float:
        text = next(left, "")
        if not re.fullmatch(r"\d+(\.\d+)?", text):
            raise _RefusedError(f"{name} {text}")
        return float(text)

    for place, argument in enumerate(left):
        if argument == "-q":
            if place:
                raise _RefusedError("-q that is not the first argument reads the settings all the same")
        elif argument in ("-s", "-g"):
            pass
        elif argument == "-v":
            options.verbose = True
        elif argument == "--connect-timeout":
            options.connect_timeout = number(argument)
        elif argument == "-m":
            options.max_time = number(argument)
        elif argument == "-w":
            options.write_out = next(left, "")
        elif argument == "-t":
            options.telnet.append(next(left, ""))
        elif argument == "-Z" and version >= (7, 66):
            options.parallel = True
        elif argument == "--parallel-max" and version >= (7, 66):
            wanted = int(number(argument))
            options.parallel_max = wanted if 1 <= wanted <= MOST_PARALLEL else 50
        elif (argument, value := next(left, "") if argument in ("--stderr", "--noproxy", "-o") else "") in (
            ("--stderr", "-"),
            ("--noproxy", "*"),
            ("-o", "NUL"),
        ):
            options.to_stdout = options.to_stdout or (argument, value) == ("--stderr", "-")
        elif argument.startswith("-"):
            raise _RefusedError(f"option {argument}")
        else:
            options.urls.append(argument)
    if not options.urls:
        raise _RefusedError("no URL")
    if any("=" in option for option in options.telnet):
        raise _RefusedError(f"telnet options with a value: {options.telnet}")
    return options


def _job(number: int, url: str) -> _Job:
    found = _URL.fullmatch(url)
    if found is None or not 1 <= int(found["port"]) <= 65535:
        raise _RefusedError(f"the URL {url}")
    return _Job(number, url, found["v6"] or found["name"], int(found["port"]))


def _transfers(call: ToolCall, options: _Options, jobs: list[_Job], version: tuple[int, ...]) -> Iterator[_Transfer]:
    """One after the other, or side by side in the order in which they end."""
    source, find = call.machine.address, call.machine.resolve
    if not options.parallel:
        yield from (_transfer(source, options, version, job, find) for job in jobs)
        return
    with ThreadPoolExecutor(options.parallel_max) as pool:
        for done in as_completed([pool.submit(_transfer, source, options, version, job, find) for job in jobs]):
            yield done.result()


def _transfer(source: str, options: _Options, version: tuple[int, ...], job: _Job, find: Resolver) -> _Transfer:
    found = find(job.host)
    if found is None:
        message = f"Could not resolve host: {job.host}"
        return _Transfer(job, COULDNT_RESOLVE, message, (message, _closing(job, version)))
    began = time.monotonic()
    lines: list[str] = []
    lines.append(f"  Trying {f'[{found}]' if ':' in found else found}:{job.port}...")
    limit = min(options.connect_timeout, options.max_time or options.connect_timeout)
    outcome = outgoing.connect(source, found, job.port, limit)
    if not outcome.error:
        return _connected(options, version, job, outcome, lines)
    if outcome.error != outgoing.WSAETIMEDOUT:
        own = f" from {source} port 49731" if version >= (8, 0) else ""
        lines.append(f"connect to {found} port {job.port}{own} failed: {WINSOCK[outcome.error]}")
    took = int(1000 * (time.monotonic() - began))
    if outcome.error == outgoing.WSAETIMEDOUT:
        message = f"Connection timed out after {took} milliseconds"
        code = TIMED_OUT
    else:
        why = "Could not connect to server" if version >= (7, 85) else WINSOCK[outcome.error]
        message = f"Failed to connect to {job.host} port {job.port} after {took} ms: {why}"
        code = COULDNT_CONNECT
    return _Transfer(job, code, message, (*lines, message, _closing(job, version)), 0.000021)


def _connected(options: _Options, version: tuple[int, ...], job: _Job, outcome: Attempt, lines: list[str]) -> _Transfer:
    connection = "" if version >= (8, 0) else f" (#{job.number})"
    lines.append(f"Connected to {job.host} ({outcome.address}) port {job.port}{connection}")
    if options.telnet:
        code, message = OPTION_SYNTAX, f"Syntax error in telnet option: {options.telnet[0]}"
    else:
        time.sleep(max(0.0, options.max_time - outcome.seconds))
        code = TIMED_OUT
        message = f"Operation timed out after {int(1000 * options.max_time)} milliseconds with 0 bytes received"
    lines += [message, _closing(job, version)]
    connected = max(outcome.seconds, 0.000001) + 0.000021
    return _Transfer(job, code, message, tuple(lines), 0.000021, connected, outcome.address)


def _closing(job: _Job, version: tuple[int, ...]) -> str:
    return f"closing connection #{job.number}" if version >= (8, 9) else f"Closing connection {job.number}"


_VARIABLES = {"urlnum", "exitcode", "errormsg", "time_namelookup", "time_connect", "remote_ip", "url_effective"}


def _written(text: str, transfer: _Transfer, version: tuple[int, ...]) -> str:
    """What -w prints, in text mode: lines end in CR LF."""
    values = {
        "urlnum": str(transfer.job.number),
        "exitcode": str(transfer.code),
        "errormsg": transfer.message,
        "time_namelookup": f"{transfer.resolved:.6f}",
        "time_connect": f"{transfer.connected:.6f}",
        "remote_ip": transfer.address,
        "url_effective": f"{transfer.job.url.rstrip('/')}/",
    }
    if version < (7, 75):
        values.update(dict.fromkeys(_SINCE_7_75, ""))
    for escape, character in _ESCAPES.items():
        text = text.replace(escape, character)
    return _VARIABLE.sub(lambda found: values[found[1]], text).replace("\n", "\r\n")
