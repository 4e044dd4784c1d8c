# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""PowerShell remoting (PSRP) over the WS-Man server: runspace pools and the pipelines in them.

MS-PSRP (https://learn.microsoft.com/en-us/openspecs/windows_protocols/ms-psrp/), its messages by psrpcore.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
import dataclasses
import typing as t
import uuid
import xml.etree.ElementTree as ET

import psrpcore
from psrpcore.types import (
    ErrorCategory,
    ErrorCategoryInfo,
    ErrorRecord,
    HostMethodIdentifier,
    NETException,
    PipelineState,
    PSInvocationState,
)

from ..languages import decode
from ..process import ProcessResult, WireCut
from ..shell.powershell import main as powershell
from . import soap, wsman
from .host import RunControl, ServedHost
from .http import Response
from .soap import NS, Message

PWSH = "{http://schemas.microsoft.com/powershell}"
#: a fragment may be this large, so that several of them fit into the smallest envelope
FRAGMENT = 32 * 1024


@dataclasses.dataclass
class Outbox:
    """Fragments that wait for a Receive of the pool or of one pipeline."""

    payloads: list[bytes] = dataclasses.field(default_factory=list)
    changed: asyncio.Event = dataclasses.field(default_factory=asyncio.Event)
    done: bool = False

    def put(self, payload: bytes) -> None:
        self.payloads.append(payload)
        self.changed.set()

    def take(self, limit: int) -> bytes:
        """Whole fragments up to the limit, at least one when there is any."""
        taken = b""
        while self.payloads and (not taken or len(taken) + len(self.payloads[0]) <= limit):
            taken += self.payloads.pop(0)
        if not self.payloads and not self.done:
            self.changed.clear()
        return taken


@dataclasses.dataclass
class Pipeline:
    """One pipeline: its psrpcore side, its input, its output."""

    core: psrpcore.ServerPipeline
    control: RunControl = dataclasses.field(default_factory=RunControl)
    outbox: Outbox = dataclasses.field(default_factory=Outbox)
    input: list[str] = dataclasses.field(default_factory=list)
    created: bool = False
    input_ended: bool = False
    task: asyncio.Task[None] | None = None
    cut: WireCut | None = None


class RunspacePool:
    """One open runspace pool."""

    def __init__(self, host: ServedHost) -> None:
        self._host = host
        self.core = psrpcore.ServerRunspacePool()
        self.outbox = Outbox()
        self.pipelines: dict[uuid.UUID, Pipeline] = {}

    def feed(self, data: bytes) -> None:
        """Take fragments from the client and act on what they complete."""
        self.core.receive_data(psrpcore.PSRPPayload(data, psrpcore.StreamType.default, None))
        while (event := self._next_event()) is not None:
            pipeline = self.pipelines.get(event.pipeline_id) if event.pipeline_id else None
            if isinstance(event, psrpcore.GetAvailableRunspacesEvent):
                self.core.runspace_availability_response(event.ci, self.core.max_runspaces)
            elif isinstance(
                event, psrpcore.SetMaxRunspacesEvent | psrpcore.SetMinRunspacesEvent | psrpcore.ResetRunspaceStateEvent
            ):
                self.core.runspace_availability_response(event.ci, True)
            elif pipeline is not None:
                self._pipeline_event(pipeline, event)
        self.flush()

    def _next_event(self) -> t.Any:
        try:
            return self.core.next_event()
        except Exception as error:  # psrpcore says in many ways that it can't read what the client sent
            raise soap.SoapFault(13, "w:InvalidParameter", f"The data is invalid. {type(error).__name__}") from error

    def _pipeline_event(self, pipeline: Pipeline, event: t.Any) -> None:
        if isinstance(event, psrpcore.CreatePipelineEvent):
            pipeline.created = True
            pipeline.input_ended = event.pipeline.no_input
        elif isinstance(event, psrpcore.PipelineInputEvent):
            given = event.data if isinstance(event.data, list) else [event.data]
            pipeline.input += [str(line) for line in given]
        elif isinstance(event, psrpcore.EndOfPipelineInputEvent):
            pipeline.input_ended = True
        if pipeline.created and pipeline.input_ended and pipeline.task is None:
            pipeline.task = asyncio.get_running_loop().create_task(self._run(pipeline))

    def flush(self) -> None:
        """Move psrpcore's pending output to the outboxes."""
        while (payload := self.core.data_to_send(FRAGMENT)) is not None:
            pipeline = self.pipelines.get(payload.pipeline_id) if payload.pipeline_id else None
            (self.outbox if pipeline is None else pipeline.outbox).put(payload.data)

    async def _run(self, pipeline: Pipeline) -> None:
        metadata: t.Any = pipeline.core.metadata
        script = "; ".join(command.command_text for command in metadata.commands)
        stdin = "\n".join(pipeline.input).encode("utf-8", "surrogatepass")
        machine = self._host.machine
        page = machine.language.oem_code_page
        outcome = powershell.ScriptOutcome(ProcessResult(b"", b"", 0))

        def work() -> ProcessResult:
            nonlocal outcome
            outcome = powershell.run(machine, script, code_page=page, stdin=stdin)
            return outcome.ran

        def printed(data: bytes) -> None:
            for text in _lines(decode(data, page)):
                pipeline.core.write_output(text)
            self.flush()

        pipeline.core.start()
        try:
            ran = await self._host.execute(work, pipeline.control, printed)
        except WireCut as cut:
            pipeline.cut = cut
            pipeline.outbox.done = True
            pipeline.outbox.changed.set()
            return
        if pipeline.control.stopped:
            pipeline.core.stop()
        else:
            self._write(pipeline.core, ran, outcome, page)
        self.flush()
        pipeline.outbox.done = True
        pipeline.outbox.changed.set()

    @staticmethod
    def _write(core: psrpcore.ServerPipeline, ran: ProcessResult, outcome: powershell.ScriptOutcome, page: int) -> None:
        """Write the outcome and end the pipeline.

        A native command's lines arrive as strings, those of its standard error as error records; a script that does
        not parse ends the pipeline in the state Failed.
        """
        errors = _lines(decode(ran.stderr, page))
        if outcome.refused:
            exception = NETException(Message="\r\n".join(errors))
            category = ErrorCategoryInfo(Category=ErrorCategory.ParserError, Reason="ParseException")
            record = ErrorRecord(Exception=exception, CategoryInfo=category, FullyQualifiedErrorId="UnexpectedToken")
            core.prepare_message(
                PipelineState(PipelineState=int(PSInvocationState.Failed), ExceptionAsErrorRecord=record)
            )
            core.state = PSInvocationState.Failed
            return
        for line in _lines(decode(ran.stdout, page)):
            core.write_output(line)
        for number, line in enumerate(errors):
            identity = "NativeCommandErrorMessage" if number else "NativeCommandError"
            core.write_error(NETException(Message=line), fully_qualified_error_id=identity)
        if outcome.exited:
            core.host_call(HostMethodIdentifier.SetShouldExit, [ran.exit_code])
        core.complete()


def _lines(text: str) -> list[str]:
    lines = text.replace("\r\n", "\n").split("\n")
    return lines[:-1] if lines[-1] == "" else lines


class PowerShellShells(wsman.Shells[RunspacePool]):
    """All runspace pools of one host."""

    async def handle(self, message: Message) -> Response:
        """Answer one message; what psrpcore can't read is a fault."""
        try:
            return await super().handle(message)
        except (psrpcore.PSRPCoreError, binascii.Error, ET.ParseError) as error:
            raise soap.SoapFault(13, "w:InvalidParameter", f"The data is invalid. {error}") from error

    async def _create(self, message: Message) -> Response:
        shell = message.body.find("rsp:Shell", NS)
        creation = None if shell is None else shell.findtext(f"{PWSH}creationXml")
        if shell is None or creation is None:
            raise soap.UNSUPPORTED
        shell_id = (shell.get("ShellId") or str(uuid.uuid4())).upper()
        pool = RunspacePool(self._host)
        pool.feed(base64.b64decode(creation))
        self._shells[shell_id] = pool
        streams = "<rsp:InputStreams>stdin pr</rsp:InputStreams><rsp:OutputStreams>stdout</rsp:OutputStreams>"
        return wsman.resource_created(message, shell_id, self._host.user, self._host.address, streams)

    async def _delete(self, message: Message) -> Response:
        for pipeline in self._shell(message).pipelines.values():
            pipeline.control.stop()
        del self._shells[message.shell_id.upper()]
        return soap.answer(message, "")

    async def _command(self, message: Message) -> Response:
        pool = self._shell(message)
        line = message.body.find("rsp:CommandLine", NS)
        if line is None:
            raise soap.UNSUPPORTED
        command_id = uuid.UUID(line.get("CommandId")) if line.get("CommandId") else uuid.uuid4()
        pool.pipelines[command_id] = Pipeline(psrpcore.ServerPipeline(pool.core, command_id))
        pool.feed(base64.b64decode("".join(part.text or "" for part in line.findall("rsp:Arguments", NS))))
        return wsman.command_started(message, str(command_id).upper())

    async def _send(self, message: Message) -> Response:
        pool = self._shell(message)
        for stream in message.body.findall("rsp:Send/rsp:Stream", NS):
            pool.feed(base64.b64decode(stream.text or ""))
        return soap.answer(message, "<rsp:SendResponse/>")

    async def _receive(self, message: Message) -> Response:
        pool = self._shell(message)
        desired = message.body.find("rsp:Receive/rsp:DesiredStream", NS)
        command_id = "" if desired is None else desired.get("CommandId", "")
        pipeline = self._of(pool, command_id) if command_id else None
        outbox = pool.outbox if pipeline is None else pipeline.outbox
        if not await wsman.wait(outbox.changed, message.operation_timeout):
            raise soap.TIMED_OUT
        if pipeline is not None and pipeline.cut is not None:
            raise pipeline.cut
        pieces = [("stdout", outbox.take(wsman.payload_limit(message)))]
        done = pipeline is not None and outbox.done and not outbox.payloads
        return wsman.received(message, pieces, command_id, state="Done" if done else "Running" if pipeline else "")

    async def _signal(self, message: Message) -> Response:
        pool = self._shell(message)
        signal = message.body.find("rsp:Signal", NS)
        pipeline = self._of(pool, "" if signal is None else signal.get("CommandId", ""))
        pipeline.control.stop()
        if pipeline.task is None or pipeline.task.done():
            pool.pipelines.pop(pipeline.core.pipeline_id, None)
            with contextlib.suppress(psrpcore.PSRPCoreError):  # it may have ended on its own
                pipeline.core.close()
        return soap.answer(message, "<rsp:SignalResponse/>")

    @staticmethod
    def _of(pool: RunspacePool, command_id: str) -> Pipeline:
        try:
            return pool.pipelines[uuid.UUID(command_id)]
        except (KeyError, ValueError):
            raise soap.no_such_command(command_id) from None
