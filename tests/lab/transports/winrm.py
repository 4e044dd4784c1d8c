# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""WinRM: WS-Management over HTTP, one listener per host, dispatching to the command shell or to PowerShell remoting."""

from __future__ import annotations

import asyncio
import importlib
import socket
import typing as t

from ..process import WireCut
from . import soap
from .auth import Accounts, ConnectionAuth, SealError, challenge
from .host import ServedHost
from .http import BadRequestError, Request, Response, read_request, send
from .reactor import Listener
from .winrs import CommandShells

if t.TYPE_CHECKING:
    from .psrp import PowerShellShells

PORT = 5985
POWERSHELL_RESOURCE = "http://schemas.microsoft.com/powershell/"
SHELL_RESOURCE = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/"


class WinRMServer:
    """The WinRM service of one host."""

    def __init__(self, host: ServedHost, accounts: Accounts) -> None:
        self._host = host
        self._accounts = accounts
        self._shells = CommandShells(host)
        self._runspaces: PowerShellShells | None = None
        self._listener: Listener | None = None

    async def open(self, sock: socket.socket) -> None:
        """Serve on a bound socket (in the loop)."""
        self._listener = Listener(self._host.reactor, sock, self._serve)
        await self._listener.open()

    async def close(self) -> None:
        """Stop listening and drop every connection (in the loop); shells live on, as they do on Windows."""
        if self._listener is not None:
            await self._listener.close()
            self._listener = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        auth = ConnectionAuth(self._accounts)
        traffic = self._host.traffic
        while True:
            try:
                request = await read_request(reader, traffic)
            except BadRequestError:
                await send(writer, Response(400, close=True), traffic)
                return
            if request is None:
                return
            try:
                response = await self._answer(request, auth)
            except WireCut:
                writer.transport.abort()
                return
            await send(writer, response, traffic)
            if response.close or not request.keep_alive:
                return

    async def _answer(self, request: Request, auth: ConnectionAuth) -> Response:
        faults = self._host.faults
        if faults.get("http-500") is not None:
            return Response(500)
        if request.path.partition("?")[0].rstrip("/").lower() != "/wsman":
            return Response(404)
        if request.method != "POST":
            return Response(405)
        if soap.is_identify(request.body) and "wsmanidentify" in request.headers:
            return soap.identify()
        refused = auth.check(request)
        if refused is None and faults.get("http-401") is not None:
            refused = challenge()
        if refused is not None:
            return refused
        if not request.body:
            return auth.seal(request, Response(200))  # the empty request by which a client sets up the keys
        try:
            body = auth.unseal(request)
        except SealError:
            return Response(400)
        return auth.seal(request, await self._dispatch(body))

    async def _dispatch(self, body: bytes) -> Response:
        try:
            message = soap.parse(body)
        except soap.NotSoapError:
            return Response(400)
        try:
            if self._host.faults.get("access-denied") is not None:
                raise soap.ACCESS_DENIED
            if message.resource.startswith(POWERSHELL_RESOURCE):
                return await (await self._powershell_shells()).handle(message)
            if message.resource.startswith(SHELL_RESOURCE):
                return await self._shells.handle(message)
            raise soap.UNSUPPORTED
        except soap.SoapFault as fault:
            return soap.fault(fault, message.message_id, self._host.name)

    async def _powershell_shells(self) -> PowerShellShells:
        """PowerShell remoting, imported outside the loop for the first client: psrpcore is slow to import."""
        if self._runspaces is None:
            await self._host.reactor.in_pool(lambda: importlib.import_module(".psrp", __package__))
        if self._runspaces is None:
            from .psrp import PowerShellShells

            self._runspaces = PowerShellShells(self._host)
        return self._runspaces
