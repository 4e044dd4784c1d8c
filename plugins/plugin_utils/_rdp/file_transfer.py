# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files with any bytes, from the host and to it, over the channel that carries the commands.

From the host: certutil writes the file as base64, findstr prints that piece by piece with line numbers, and what is put
together has to have the size and the SHA-256 that the host told. A Registry.pol is needed whole, as its last record
counts. To the host: base64 in a text file, which certutil turns back; its SHA-256 tells whether that went well.
"""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import re
import typing as t

from .errors import UnreadableError
from .model import Command, CommandResult, Probe, TextFile
from .quoting import quoted_path
from .text import lines
from .tools import certutil

#: Larger files are not fetched: 8 MiB are some 90,000 records of a Registry.pol and 11 MB on the wire.
LIMIT = 8 << 20
#: Larger files are not sent: each 2 KB of them are a command.
SEND_LIMIT = 256 << 10

# Unseen: certutil writes 64 characters, which are 48 bytes, in each line between two marks.
_BYTES_IN_A_LINE = 48
_MARKS = 2
# A piece is 10,000 lines, some 700 KB: the lines whose number is that of the piece and four more digits.
_DIGITS = 4
_PER_PIECE = 10**_DIGITS

_NUMBERED = re.compile(rb"(?P<number>[1-9][0-9]{0,8}):(?P<line>.*)", re.DOTALL)

_UNSAFE = "The path of a file holds characters that are not safe in a command."
_SIZE = re.compile(r"size=(?P<size>[0-9]{0,15})")

# Long lines, as each one is a command with the name of the file. certutil reads base64 in lines of any length.
# Metasploit's lib/rex/exploitation/cmdstager/certutil.rb sends lines as long as a command.
_SENT_LINE = 1000
_BEGIN, _END = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"


def size(file: str) -> Probe[int | None]:
    """Look how many bytes a file has, None where there is none to be seen.

    Args:
        file: Its path, which may begin with an environment variable.
    """
    # Without "size=", echo would say in the host's language that it is on.
    return Probe(Command(f"(for %f in ({_named(file)}) do @echo size=%~zf)"), _read_size)


def _read_size(output: CommandResult) -> int | None:
    said = [line.strip() for line in lines(output.data, output.code_page) if line.strip()]
    match = _SIZE.fullmatch(said[0]) if len(said) == 1 else None
    # Neither `for` nor `echo` sets the exit code: it is that of the command before.
    if output.exit_code is None or not match:
        raise UnreadableError("The size of the file could not be read.", said[0] if said else "")
    return int(match["size"]) if match["size"] else None


def digest(file: str) -> Probe[str]:
    """Look at the SHA-256 of a file. certutil can't hash an empty one."""
    return Probe(certutil.hashfile(_checked(file)), certutil.read_hash)


def _named(file: str) -> str:
    return quoted_path(_checked(file))


def _checked(file: str) -> str:
    """Return the path of a file, if it is safe in a command. An environment variable of ours may begin it."""
    try:
        quoted_path(file)
    except ValueError:
        raise UnreadableError(_UNSAFE, file) from None
    if set("*?") & set(file):
        raise UnreadableError(_UNSAFE, file)
    return file


@dataclasses.dataclass(frozen=True)
class Fetch:
    """How one file comes from the host.

    Attributes:
        file: Its path.
        size: How many bytes it has, as ``size`` read it.
        copy: The path of the temporary file for its base64, which the last command removes. Two hosts may share it,
            two fetches of one host may not.

    Raises:
        UnreadableError: It is too large.
    """

    file: str
    size: int
    copy: str

    def __post_init__(self) -> None:
        if self.size > LIMIT:
            raise UnreadableError(f"{self.file} has {self.size} bytes, more than the {LIMIT} that are fetched.")

    @property
    def commands(self) -> tuple[Command, ...]:
        """What to run, in this order and in one go if it fits. Nothing for an empty file."""
        if not self.size:
            return ()
        return (
            digest(self.file).command,
            certutil.encode(_checked(self.file), _checked(self.copy)),
            *(self._piece(number) for number in range(self._lines // _PER_PIECE + 1)),
            Command(f"del /f /q {_named(self.copy)}"),
        )

    @property
    def _lines(self) -> int:
        return -(-self.size // _BYTES_IN_A_LINE) + _MARKS

    def _piece(self, number: int) -> Command:
        # No line of base64 is empty, so "." finds all of them. /b instead of a caret: where the login shell is
        # cmd.exe, as over ssh, it would see that one outside of quotes.
        # Unseen: findstr's numbered lines, and the size by FOR, come over each connection.
        digit = "[0-9]"
        if number:
            patterns = f"{number}{digit * _DIGITS}:"
        else:
            patterns = " ".join(f"{digit * count}:" for count in range(1, _DIGITS + 1))
        return Command(f'(findstr /n . {_named(self.copy)} | findstr /b /r "{patterns}")')

    def read(self, outputs: t.Sequence[CommandResult]) -> bytes:
        """Return the bytes of the file.

        Args:
            outputs: What each of ``commands`` printed.

        Raises:
            UnreadableError: Something is missing, or the file was changed in between.
        """
        if not self.size:
            return b""
        hashed, encoded, *pieces, _deleted = outputs
        sha256 = certutil.read_hash(hashed)
        if encoded.exit_code != 0:
            message = next((line for line in lines(encoded.data, encoded.code_page) if line.strip()), "")
            raise UnreadableError(f"certutil could not encode {self.file}: exit code {encoded.exit_code}.", message)
        data = certutil.decoded(b"\n".join(self._joined(pieces)))
        if len(data) != self.size:
            raise UnreadableError(
                f"{self.file} came with {len(data)} bytes instead of {self.size}: it may have changed."
            )
        if hashlib.sha256(data).hexdigest() != sha256:
            raise UnreadableError(f"{self.file} did not come as it is on the host: its SHA-256 is another one.")
        return data

    def _joined(self, pieces: t.Iterable[CommandResult]) -> t.Iterator[bytes]:
        """The lines of all pieces, each of which has to be the next one."""
        expected = 1
        for piece in pieces:
            for line in piece.data.replace(b"\r\n", b"\n").split(b"\n"):
                match = _NUMBERED.fullmatch(line.strip())
                if not match and line.strip():
                    raise UnreadableError(f"A line of {self.file} has no number.", line.decode("ascii", "replace"))
                if match:
                    if int(match["number"]) != expected:
                        raise UnreadableError(
                            f"Line {expected} of {self.file} is missing.", line.decode("ascii", "replace")
                        )
                    expected += 1
                    yield match["line"]


@dataclasses.dataclass(frozen=True)
class Sending:
    """How one file comes to the host.

    Attributes:
        text: The file with its base64, for Plan.files.
        decode: The command that makes the file of it, over one that is there.
        check: What shows its SHA-256 afterwards.
        sha256: What ``check`` has to read.
    """

    text: TextFile
    decode: Command
    check: Probe[str]
    sha256: str


def send(data: bytes, text: str, file: str) -> Sending:
    """Return how bytes become a file on the host.

    Args:
        data: The bytes, at least one.
        text: The path for their base64, in the backup folder.
        file: The path of the file to make.

    Raises:
        ValueError: There are none, or too many.
    """
    if not 0 < len(data) <= SEND_LIMIT:
        raise ValueError(f"{len(data)} bytes for {file}, not 1 to {SEND_LIMIT}")
    encoded = base64.b64encode(data).decode()
    pieces = (encoded[start : start + _SENT_LINE] for start in range(0, len(encoded), _SENT_LINE))
    return Sending(
        TextFile(text, (_BEGIN, *pieces, _END)),
        certutil.decode(text, file),
        digest(file),
        hashlib.sha256(data).hexdigest(),
    )
