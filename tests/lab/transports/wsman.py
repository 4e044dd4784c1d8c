# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the command shell and PowerShell remoting have in common: shells, commands in them, output in pieces."""

from __future__ import annotations

import abc
import asyncio
import base64
import dataclasses
import typing as t
from collections.abc import Awaitable, Callable
from xml.sax.saxutils import escape, quoteattr

from . import soap
from .host import ServedHost
from .http import Response
from .soap import Message

TRANSFER = "http://schemas.xmlsoap.org/ws/2004/09/transfer/"
SHELL = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/"
STATE = SHELL + "CommandState/"
SIGNAL_TERMINATE = (SHELL + "signal/terminate", "powershell/signal/crtl_c")
#: room in an envelope for everything around the base64 of the streams
ENVELOPE_OVERHEAD = 2048

Shell = t.TypeVar("Shell")
Operation = Callable[[Message], Awaitable[Response]]


class Shells(abc.ABC, t.Generic[Shell]):
    """The shells of one kind on one host: one method for each action on its resource.

    Each answers a message, or raises soap.SoapFault or WireCut.
    """

    def __init__(self, host: ServedHost) -> None:
        self._host = host
        self._shells: dict[str, Shell] = {}
        self._operations: dict[str, Operation] = {
            TRANSFER + "Create": self._create,
            TRANSFER + "Delete": self._delete,
            SHELL + "Command": self._command,
            SHELL + "Send": self._send,
            SHELL + "Receive": self._receive,
            SHELL + "Signal": self._signal,
        }

    async def handle(self, message: Message) -> Response:
        """Answer one message."""
        operation = self._operations.get(message.action)
        if operation is None:
            raise soap.UNSUPPORTED
        return await operation(message)

    def _shell(self, message: Message) -> Shell:
        """The open shell that a message names; soap.SoapFault when there is none."""
        shell = self._shells.get(message.shell_id.upper())
        if shell is None:
            raise soap.no_such_shell(message.shell_id)
        return shell

    @abc.abstractmethod
    async def _create(self, message: Message) -> Response: ...

    @abc.abstractmethod
    async def _delete(self, message: Message) -> Response: ...

    @abc.abstractmethod
    async def _command(self, message: Message) -> Response: ...

    @abc.abstractmethod
    async def _send(self, message: Message) -> Response: ...

    @abc.abstractmethod
    async def _receive(self, message: Message) -> Response: ...

    @abc.abstractmethod
    async def _signal(self, message: Message) -> Response: ...


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
    """The answer to Receive: pieces of streams and, when `state` is given, the state of the command."""
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
