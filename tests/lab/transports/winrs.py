# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command shell behind WinRM (winrs): Create, Command, Send, Receive, Signal, Delete.

MS-WSMV 3.1.4 (https://learn.microsoft.com/en-us/openspecs/windows_protocols/ms-wsmv/).
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import dataclasses
import uuid

from ..process import ProcessResult, WireCut
from ..shell.powershell import main as powershell
from . import soap, wsman
from .host import CONTROL_C_EXIT, RunControl
from .http import Response
from .soap import NS, Message
from .wsman import Stream

#: A command whose client neither sends input nor asks for output is started anyway, after this long.
START_AFTER = 0.25


@dataclasses.dataclass
class ShellCommand:
    """One command line in a shell: collects its input, runs once, keeps its output until it is fetched."""

    command_id: str
    line: str
    skip_cmd: bool
    #: the client announced input (WINRS_CONSOLEMODE_STDIN=FALSE): don't start before its end
    awaits_input: bool
    control: RunControl = dataclasses.field(default_factory=RunControl)
    stdin: bytearray = dataclasses.field(default_factory=bytearray)
    task: asyncio.Task[None] | None = None
    finished: asyncio.Event = dataclasses.field(default_factory=asyncio.Event)
    #: there is something to receive, or the command has ended
    ready: asyncio.Event = dataclasses.field(default_factory=asyncio.Event)
    streams: list[Stream] = dataclasses.field(default_factory=list)
    exit_code: int = 0
    cut: WireCut | None = None

    def finish(self, ran: ProcessResult) -> None:
        self.streams = [Stream("stdout", ran.stdout), Stream("stderr", ran.stderr)]
        self.exit_code = ran.exit_code
        self.finished.set()
        self.ready.set()

    def show(self, printed: bytes) -> None:
        """Let the client have what the command has printed so far."""
        self.streams = [Stream("stdout", printed)]
        if printed:
            self.ready.set()


@dataclasses.dataclass
class CommandShell:
    """An open shell: its code page and its commands."""

    code_page: int
    commands: dict[str, ShellCommand] = dataclasses.field(default_factory=dict)


class CommandShells(wsman.Shells[CommandShell]):
    """All command shells of one host."""

    async def _create(self, message: Message) -> Response:
        page = message.options.get("WINRS_CODEPAGE", "")
        shell_id = str(uuid.uuid4()).upper()
        default = self._host.machine.language.oem_code_page
        self._shells[shell_id] = CommandShell(int(page) if page.isdigit() else default)
        streams = "<rsp:InputStreams>stdin</rsp:InputStreams><rsp:OutputStreams>stdout stderr</rsp:OutputStreams>"
        return wsman.resource_created(message, shell_id, self._host.user, self._host.address, streams)

    async def _delete(self, message: Message) -> Response:
        shell = self._shell(message)
        for command in shell.commands.values():
            command.control.stop()
        del self._shells[message.shell_id.upper()]
        return soap.answer(message, "")

    async def _command(self, message: Message) -> Response:
        shell = self._shell(message)
        line = message.body.find("rsp:CommandLine", NS)
        if line is None:
            raise soap.UNSUPPORTED
        words = [line.findtext("rsp:Command", "", NS)]
        words += [argument.text or "" for argument in line.findall("rsp:Arguments", NS)]
        command = ShellCommand(
            command_id=line.get("CommandId") or str(uuid.uuid4()).upper(),
            line=" ".join(words),
            skip_cmd=message.option("WINRS_SKIP_CMD_SHELL"),
            awaits_input=message.options.get("WINRS_CONSOLEMODE_STDIN", "").upper() == "FALSE",
        )
        shell.commands[command.command_id] = command
        if not command.awaits_input:
            asyncio.get_running_loop().call_later(START_AFTER, self._start, shell, command)
        return wsman.command_started(message, command.command_id)

    async def _send(self, message: Message) -> Response:
        shell = self._shell(message)
        for stream in message.body.findall("rsp:Send/rsp:Stream", NS):
            command = self._of(shell, stream.get("CommandId", ""))
            if command.task is not None:
                raise soap.SoapFault(109, "w:InternalError", "The pipe has been ended. ", sender=False)
            try:
                command.stdin += base64.b64decode(stream.text or "", validate=True)
            except binascii.Error as error:
                raise soap.SoapFault(13, "w:SchemaValidationError", "The data is invalid. ") from error
            if stream.get("End", "").lower() in ("true", "1"):
                self._start(shell, command)
        return soap.answer(message, "<rsp:SendResponse/>")

    async def _receive(self, message: Message) -> Response:
        shell = self._shell(message)
        desired = message.body.find("rsp:Receive/rsp:DesiredStream", NS)
        command = self._of(shell, "" if desired is None else desired.get("CommandId", ""))
        if not command.awaits_input:
            self._start(shell, command)
        if not await wsman.wait(command.ready, message.operation_timeout):
            raise soap.TIMED_OUT
        if command.cut is not None:
            raise command.cut
        room = wsman.payload_limit(message)
        pieces: list[tuple[str, bytes]] = []
        for stream in command.streams:
            piece = stream.take(room)
            room -= len(piece)
            pieces.append((stream.name, piece))
        if any(stream.data for stream in command.streams) or not command.finished.is_set():
            if not any(stream.data for stream in command.streams):
                command.ready.clear()
            return wsman.received(message, pieces, command.command_id, state="Running")
        return wsman.received(message, pieces, command.command_id, state="Done", exit_code=command.exit_code)

    async def _signal(self, message: Message) -> Response:
        shell = self._shell(message)
        signal = message.body.find("rsp:Signal", NS)
        command = self._of(shell, "" if signal is None else signal.get("CommandId", ""))
        code = "" if signal is None else signal.findtext("rsp:Code", "", NS)
        command.control.stop()
        if command.task is None:  # never started: there is nothing to wait for
            command.finish(ProcessResult(b"", b"", CONTROL_C_EXIT))
        if code.endswith("/terminate"):
            shell.commands.pop(command.command_id, None)
        return soap.answer(message, "<rsp:SignalResponse/>")

    @staticmethod
    def _of(shell: CommandShell, command_id: str) -> ShellCommand:
        command = shell.commands.get(command_id)
        if command is None:
            raise soap.no_such_command(command_id)
        return command

    def _start(self, shell: CommandShell, command: ShellCommand) -> None:
        """Run the command unless it runs or was stopped before it began."""
        if command.task is None and not command.finished.is_set():
            command.task = asyncio.get_running_loop().create_task(self._run(shell, command))

    async def _run(self, shell: CommandShell, command: ShellCommand) -> None:
        stdin = bytes(command.stdin)
        try:
            ran = await self._host.execute(
                lambda: powershell.start(
                    self._host.machine, command.line, code_page=shell.code_page, stdin=stdin, skip_cmd=command.skip_cmd
                ),
                command.control,
                command.show,
            )
        except WireCut as cut:
            command.cut = cut
            command.finished.set()
            command.ready.set()
        else:
            command.finish(ran)
