# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""As much HTTP/1.1 as a WinRM client speaks: requests with a Content-Length, keep-alive, one answer each."""

from __future__ import annotations

import asyncio
import dataclasses
from http import HTTPStatus

from .host import Traffic

MAX_BODY = 16 * 1024 * 1024
#: A client that says nothing for this long has gone.
IDLE_SECONDS = 120.0


@dataclasses.dataclass(frozen=True)
class Request:
    """One request as it came off the wire; header names are in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def keep_alive(self) -> bool:
        return self.headers.get("connection", "").lower() != "close"


@dataclasses.dataclass(frozen=True)
class Response:
    """One answer; Content-Length, Server and Connection are added when it is sent."""

    status: int
    body: bytes = b""
    headers: list[tuple[str, str]] = dataclasses.field(default_factory=list)
    close: bool = False

    def encode(self) -> bytes:
        lines = [f"HTTP/1.1 {self.status} {HTTPStatus(self.status).phrase}"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        lines += ["Server: Microsoft-HTTPAPI/2.0", f"Content-Length: {len(self.body)}"]
        if self.close:
            lines.append("Connection: close")
        return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + self.body


class BadRequestError(Exception):
    """The bytes are not a request that this server reads."""


async def read_request(reader: asyncio.StreamReader, traffic: Traffic) -> Request | None:
    """The next request of the connection, or None when the client closed it. Counts what was read."""
    try:
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), IDLE_SECONDS)
    except asyncio.IncompleteReadError as gone:
        if gone.partial:
            raise BadRequestError("the connection ended within a request's head") from gone
        return None
    lines = head.decode("latin-1").split("\r\n")
    parts = lines[0].split(" ")
    if len(parts) != 3 or not parts[2].startswith("HTTP/1."):
        raise BadRequestError(f"not a request line: {lines[0][:80]!r}")
    headers: dict[str, str] = {}
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if colon:
            headers[name.strip().lower()] = value.strip()
    length = headers.get("content-length", "0")
    if "transfer-encoding" in headers or not length.isdigit() or int(length) > MAX_BODY:
        raise BadRequestError("only a Content-Length up to 16 MB is served")
    body = await asyncio.wait_for(reader.readexactly(int(length)), IDLE_SECONDS) if length != "0" else b""
    traffic.count_request(len(head) + len(body))
    return Request(parts[0], parts[1], headers, body)


async def send(writer: asyncio.StreamWriter, response: Response, traffic: Traffic) -> None:
    """Send one answer and count it."""
    data = response.encode()
    traffic.count_down(len(data))
    writer.write(data)
    await writer.drain()
