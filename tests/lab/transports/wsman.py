# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the command shell and PowerShell remoting have in common: shells, commands in them, output in pieces."""

from __future__ import annotations

import asyncio
import base64
import dataclasses
import typing as t
from collections.abc import Awaitable, Callable
from xml.sax.saxutils import escape, quoteattr

from . import soap
from .http import Response
from .soap import Message

TRANSFER = "http://schemas.xmlsoap.org/ws/2004/09/transfer/"
SHELL = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/"
STATE = SHELL + "CommandState/"
SIGNAL_TERMINATE = (SHELL + "signal/terminate", "powershell/signal/crtl_c")
#: room in an envelope for everything around the base64 of the streams
ENVELOPE_OVERHEAD = 2048

Operation = Callable[[Message], Awaitable[Response]]


class ShellService(t.Protocol):
    """One kind of shell: answers every action on its resource, or raises soap.Fault or WireCut."""

    async def handle(self, message: Message) -> Response: ...


@dataclasses.dataclass
class Stream:
    """Output that waits to be received."""

    name: str
    data: bytes = b""

    def take(self, limit: int) -> bytes:
        piece, self.data = self.data[:limit], self.data[limit:]
        return piece


def payload_limit(message: Message) -> int:
    """How many bytes of output fit into the answer, as base64, with the client's MaxEnvelopeSize."""
    return max(1024, (message.max_envelope - ENVELOPE_OVERHEAD) // 4 * 3)


def resource_created(message: Message, shell_id: str, owner: str, address: str, extra: str = "") -> Response:
    """The answer to Create."""
    uri = escape(message.resource)
    body = (
        f"<x:ResourceCreated><a:Address>http://{address}:5985/wsman</a:Address><a:ReferenceParameters>"
        f'<w:ResourceURI>{uri}</w:ResourceURI><w:SelectorSet><w:Selector Name="ShellId">{shell_id}</w:Selector>'
        f"</w:SelectorSet></a:ReferenceParameters></x:ResourceCreated><rsp:Shell><rsp:ShellId>{shell_id}</rsp:ShellId>"
        f"<rsp:ResourceUri>{uri}</rsp:ResourceUri><rsp:Owner>{escape(owner)}</rsp:Owner>"
        f"<rsp:ClientIP>127.0.0.1</rsp:ClientIP>{extra}<rsp:ShellRunTime>P0DT0H0M0S</rsp:ShellRunTime>"
        "<rsp:ShellInactivity>P0DT0H0M0S</rsp:ShellInactivity></rsp:Shell>"
    )
    return soap.answer(message, body)


def command_started(message: Message, command_id: str) -> Response:
    """The answer to Command."""
    body = f"<rsp:CommandResponse><rsp:CommandId>{escape(command_id)}</rsp:CommandId></rsp:CommandResponse>"
    return soap.answer(message, body)


def received(
    message: Message, pieces: list[tuple[str, bytes]], command_id: str, *, state: str = "", exit_code: int | None = None
) -> Response:
    """The answer to Receive: pieces of streams and, when `state` is given, how the command stands."""
    of = f" CommandId={quoteattr(command_id)}" if command_id else ""
    body = "".join(
        f"<rsp:Stream Name={quoteattr(name)}{of}>{base64.b64encode(data).decode()}</rsp:Stream>"
        for name, data in pieces
        if data
    )
    if state == "Done":
        body += "".join(f'<rsp:Stream Name="{name}"{of} End="true"></rsp:Stream>' for name in dict(pieces))
    if state:
        code = "" if exit_code is None else f"<rsp:ExitCode>{exit_code}</rsp:ExitCode>"
        body += f'<rsp:CommandState{of} State="{STATE}{state}">{code}</rsp:CommandState>'
    return soap.answer(message, f"<rsp:ReceiveResponse>{body}</rsp:ReceiveResponse>")


async def wait(event: asyncio.Event, seconds: float) -> bool:
    """Whether the event came within the time."""
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return False
    return True
