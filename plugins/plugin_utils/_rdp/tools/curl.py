# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``curl.exe``: whether TCP connections come about. In Windows since Windows 10 1803 and Server 2019.

https://curl.se/docs/manpage.html

It connects as for telnet, with a telnet option that has no value. curl reads its telnet options when the connection
is there and before it sends anything, so it then stops with CURLE_SETOPT_OPTION_SYNTAX: no byte is sent, and nothing
waits for the end of a timeout (check_telnet_options in lib/telnet.c). CURLE_UNKNOWN_OPTION, which a wrong name gets,
would stop the other targets of the line as well.

Nothing that curl prints is translated: its messages are its own, also those of Winsock (lib/strerror.c).

    >>> text = (
    ...     "*   Trying 192.0.2.3:3389...",
    ...     "* connect to 192.0.2.3 port 3389 failed: Connection refused",
    ...     "* Failed to connect to web03 port 3389 after 2031 ms: Couldn't connect to server",
    ...     "[0 7 0.001532 0.000000 ] Failed to connect to web03 port 3389 after 2031 ms: Couldn't connect to server",
    ... )
    >>> parse(text)[0].refusal
    Refusal(address='192.0.2.3', text='Connection refused')
"""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ..errors import UnreadableError
from ..model import Command, CommandResult, Probe
from ..quoting import unsafe_characters
from ..text import lines

# https://curl.se/libcurl/c/libcurl-errors.html
NAME, NO_CONNECTION, TIMEOUT, CONNECTED = 6, 7, 28, 49

#: More transfers at once curl does not make, and takes a larger number for its default of 50.
MOST_PARALLEL = 300
#: -w tells the number, the exit code and the message of each URL: https://curl.se/docs/manpage.html#-w
_MANY_URLS_SINCE = (7, 75)

# -q: no settings of the account. --noproxy: nobody else connects in its stead. -g: no patterns in URLs. -v: why a
# connection failed, which later versions leave out of the message. --stderr -: one stream, so no line cuts another.
_OPTIONS = 'curl.exe -q -s -v --stderr - -g --noproxy "*" -t x'
# The percent signs are ours: the names in braces are no variables of cmd.exe, which leaves them as they are.
# https://stackoverflow.com/q/72302344: on a command line an undefined variable stays as it is.
_ONE = r'-w "\n[0 - %{time_namelookup} %{time_connect} %{remote_ip}] \n"'
_MANY = r'-w "\n[%{urlnum} %{exitcode} %{time_namelookup} %{time_connect} %{remote_ip}] %{errormsg}\n"'

_VERSION = re.compile(r"^curl (\d+)\.(\d+)")
_PROTOCOLS = re.compile(r"^Protocols:(?P<names>.*)$")
_RECORD = re.compile(
    r"^\[(?P<number>\d{1,9}) (?P<exit_code>\d{1,9}|-) (?P<resolved>\d{1,9}\.\d{1,9}) (?P<connected>\d{1,9}\.\d{1,9}) "
    r"(?P<address>[0-9A-Fa-f:.]*)\] (?P<message>.*)$"
)
# "connect to ADDRESS port PORT failed: WHY", later with "from ADDRESS port PORT" in it: lib/connect.c, lib/cf-socket.c.
# Not from the beginning of the line: some versions show their progress there.
_REFUSAL = re.compile(
    r"\* (?:connect to (?P<address>[0-9A-Fa-f:.]+) port \d+(?: from [0-9A-Fa-f:.]+ port -?\d+)? failed|"
    r"Immediate connect fail for (?P<immediate>[0-9A-Fa-f:.]+)): (?P<text>.+)$"
)
_MESSAGE = re.compile(r"\* (?P<text>\S.*)$")
_END = re.compile(r"(?:closing|shutting down) connection", re.IGNORECASE)


@dataclasses.dataclass(frozen=True)
class Curl:
    """What a curl can do."""

    version: tuple[int, int]

    @property
    def takes_many_urls(self) -> bool:
        """Whether one command can look at many targets, side by side if so wanted."""
        return self.version >= _MANY_URLS_SINCE


@dataclasses.dataclass(frozen=True)
class Refusal:
    """Why an address can't be connected to, in curl's words."""

    address: str
    text: str


@dataclasses.dataclass(frozen=True)
class Transfer:
    """What became of one connection.

    Attributes:
        exit_code: curl's, for this URL.
        resolved: Seconds until the name was resolved, 0 if it was not.
        connected: Seconds until there was a connection, 0 if there was none.
        address: The address it is connected to.
        message: What curl says at last.
        refusal: Why the last address that was tried can't be connected to, None if curl does not say so.
    """

    exit_code: int
    resolved: float
    connected: float
    address: str | None
    message: str
    refusal: Refusal | None = None

    @property
    def is_connected(self) -> bool:
        """Whether there was a connection. The times of old versions are too coarse to show one on a fast network."""
        return self.exit_code == CONNECTED or self.connected > 0


def _read_version(output: CommandResult) -> Curl | None:
    """Return what ``curl.exe --version`` says, None if there is no curl.exe that knows telnet.

    Raises:
        UnreadableError: The answer ended before it.
    """
    if output.exit_code is None:
        raise UnreadableError("curl.exe didn't run.")
    text = lines(output.data, output.code_page)
    version = next(filter(None, map(_VERSION.match, text)), None)
    protocols = next(filter(None, map(_PROTOCOLS.match, text)), None)
    if output.exit_code or not version or not protocols or "telnet" not in protocols["names"].split():
        return None
    return Curl((int(version[1]), int(version[2])))


VERSION = Probe(Command("curl.exe --version"), _read_version)


def url(host: str, port: int) -> str:
    """Return a target as curl wants it.

    Raises:
        ValueError: The host holds what could leave the command. It should have been refused before.
    """
    if unsafe_characters(host) or not host.isascii() or set("[]{} '/?#@\\") & set(host):
        raise ValueError(f"not safe in a command line: {host!r}")
    return f"telnet://[{host}]:{port}" if ":" in host else f"telnet://{host}:{port}"


def connect(urls: t.Sequence[str], timeout: float, parallel: int, curl: Curl) -> Command:
    """Connect to targets.

    Args:
        urls: At least one, and only one for a curl that does not take many.
        timeout: Seconds for each, name resolution included.
        parallel: How many at once.
        curl: The curl that will run.
    """
    # Should a curl not stop by itself, it does so a second later.
    words = [_OPTIONS, f"--connect-timeout {_seconds(timeout)} -m {_seconds(timeout + 1)}"]
    # Unseen: curl.exe takes a hundred telnet URLs at once on Windows.
    if curl.takes_many_urls and parallel > 1 and len(urls) > 1:
        words.append(f"-Z --parallel-max {min(parallel, MOST_PARALLEL)}")
    words.append(_MANY if curl.takes_many_urls else _ONE)
    return Command(" ".join([*words, *urls]))


def read_transfers(output: CommandResult, count: int) -> tuple[Transfer | None, ...]:
    """Return what became of each URL of a command, in their order; None for those that curl says nothing about.

    Args:
        output: What curl printed, complete or not.
        count: How many URLs it was given.
    """
    found = parse(lines(output.data, output.code_page), output.exit_code)
    return tuple(found.get(number) for number in range(count))


def parse(text: t.Iterable[str], exit_code: int | None = None) -> dict[int, Transfer]:
    """Read the records in the lines, by their number.

    Args:
        text: The lines.
        exit_code: That of the whole command, for a record without one.
    """
    transfers: dict[int, Transfer] = {}
    refusals: dict[str, Refusal] = {}
    above: Refusal | None = None
    said = ""
    for line in text:
        refusal, above = above, None
        if record := _RECORD.match(line):
            code = exit_code if record["exit_code"] == "-" else int(record["exit_code"])
            message = record["message"].strip() or said
            if code is not None:
                transfers[int(record["number"])] = Transfer(
                    code,
                    float(record["resolved"]),
                    float(record["connected"]),
                    record["address"] or None,
                    message,
                    refusals.get(message),
                )
        elif refused := _REFUSAL.search(line):
            above = Refusal(refused["address"] or refused["immediate"], refused["text"].strip())
        elif (message_line := _MESSAGE.search(line)) and not _END.match(message_line["text"]):
            said = message_line["text"].strip()
            # What curl says of other targets may come in between, but not between these two lines.
            if refusal:
                refusals[said] = refusal
    return transfers


def _seconds(number: float) -> str:
    """Write a number as curl reads it, without an exponent."""
    return f"{number:.3f}".rstrip("0").rstrip(".")
