# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The control interface of a running lab, JSON over HTTP on loopback: inspect it, switch faults, shut it down.

GET /hosts, GET /hosts/<name>, POST /hosts/<name>/faults {"apply": [], "on": [], "off": []},
POST /hosts/<name>/gpupdate, POST /shutdown. The URL begins with a secret, so that only those who may read the file
next to the inventory can use it.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import threading
import typing as t
from functools import partial
from urllib.parse import unquote

from .faults import FAULTS
from .transports.faults import KINDS, UnknownTransportFaultError
from .transports.host import Traffic
from .transports.http import BadRequestError, Request, Response, read_request, send
from .transports.reactor import Listener, Reactor, bind

if t.TYPE_CHECKING:
    from .fleet.lab import Lab

ADDRESS = "127.0.0.1"


class ControlError(Exception):
    """A request that can't be served: its HTTP status and why."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class ControlServer:
    """Serves one lab."""

    def __init__(self, lab: Lab, reactor: Reactor) -> None:
        self._lab = lab
        self._reactor = reactor
        self._secret = secrets.token_urlsafe(16)
        self._traffic = Traffic()
        self._listener: Listener | None = None
        self._port = 0
        self.shutdown_asked = threading.Event()

    def open(self) -> None:
        """Listen on a free port."""
        sock = bind(ADDRESS, 0)
        if sock is None:
            raise OSError(f"no port is free on {ADDRESS}")
        self._port = sock.getsockname()[1]
        self._listener = Listener(self._reactor, sock, self._serve)
        self._reactor.call(self._listener.open())

    async def close(self) -> None:
        if self._listener is not None:
            await self._listener.close()
            self._listener = None

    @property
    def url(self) -> str:
        return f"http://{ADDRESS}:{self._port}/{self._secret}"

    def description(self) -> str:
        """The contents of the file by which later commands find this lab."""
        return json.dumps({"url": self.url, "pid": os.getpid(), "hosts": len(self._lab)}, indent=2) + "\n"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            try:
                request = await read_request(reader, self._traffic)
            except BadRequestError as error:
                await send(writer, _json(400, {"error": str(error)}), self._traffic)
                return
            if request is None:
                return
            await send(writer, await self._reactor.in_pool(partial(self._answer, request)), self._traffic)
            if not request.keep_alive:
                return

    def _answer(self, request: Request) -> Response:
        try:
            return _json(200, self._route(request))
        except ControlError as error:
            return _json(error.status, {"error": str(error)})
        except Exception as error:  # the caller must get to know, whatever it was
            return _json(500, {"error": f"{type(error).__name__}: {error}"})

    def _route(self, request: Request) -> object:
        parts = [unquote(part) for part in request.path.partition("?")[0].strip("/").split("/")]
        if not secrets.compare_digest(parts[0].encode(), self._secret.encode()):
            raise ControlError(403, "the secret in the URL is not this lab's")
        match (request.method, *parts[1:]):
            case ("GET", "hosts"):
                return [self._summary(name) for name in self._lab]
            case ("GET", "hosts", name):
                return self._details(self._known(name))
            case ("POST", "hosts", name, "faults"):
                return self._switch(self._known(name), _object(request.body))
            case ("POST", "hosts", name, "gpupdate"):
                return {"output": self._lab.gpupdate(self._known(name))}
            case ("POST", "shutdown"):
                self.shutdown_asked.set()
                return {"stopping": True}
        raise ControlError(404, f"there is no {request.method} /{'/'.join(parts[1:])}")

    def _known(self, name: str) -> str:
        if name not in self._lab:
            raise ControlError(404, f"no host {name!r} in this lab")
        return name

    def _summary(self, name: str) -> dict[str, t.Any]:
        served, spec = self._lab.served(name), self._lab.spec(name)
        return {
            "name": name,
            "address": served.address,
            "language": spec.language,
            "windows": spec.windows,
            "faults": list(spec.faults),
            "transport_faults": list(served.faults.active()),
            "errors": len(served.machine.errors()) + len(served.failures),
            "traffic": served.traffic.as_dict(),
        }

    def _details(self, name: str) -> dict[str, t.Any]:
        served = self._lab.served(name)
        machine = served.machine
        log = [
            {"line": entry.line, "exit_code": entry.exit_code, "understood": entry.understood}
            for entry in list(machine.log)
        ]
        return self._summary(name) | {
            "state_hash": machine.state_hash(),
            "snapshot": machine.snapshot(),
            "errors": [*machine.errors(), *served.failures],
            "ports": self._lab.network(name).ports(),
            "log": log,
        }

    def _switch(self, name: str, wanted: dict[str, t.Any]) -> dict[str, t.Any]:
        unknown = set(wanted) - {"apply", "on", "off"}
        if unknown:
            raise ControlError(400, f"unknown keys {sorted(unknown)}; known are apply, on, off")
        faults = [str(fault) for fault in wanted.get("apply", [])]
        missing = [fault for fault in faults if fault not in FAULTS]
        if missing:
            raise ControlError(400, f"unknown faults {missing}; known are {', '.join(sorted(FAULTS))}")
        try:
            for fault in wanted.get("on", []):
                self._lab.transport_fault(name, str(fault), on=True)
            for fault in wanted.get("off", []):
                self._lab.transport_fault(name, str(fault), on=False)
        except UnknownTransportFaultError as error:
            raise ControlError(400, f"{error}; kinds: {', '.join(sorted(KINDS))}") from error
        for fault in faults:
            FAULTS[fault].apply(self._lab[name])
        self._lab.network(name).refresh()
        return self._summary(name)


def _object(body: bytes) -> dict[str, t.Any]:
    try:
        found = json.loads(body or b"{}")
    except ValueError as error:
        raise ControlError(400, f"the body is no JSON: {error}") from error
    if not isinstance(found, dict):
        raise ControlError(400, "the body must be a JSON object")
    return found


def _json(status: int, content: object) -> Response:
    return Response(status, json.dumps(content).encode(), [("Content-Type", "application/json")])
