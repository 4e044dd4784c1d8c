# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""SSH as Windows' OpenSSH serves it: the line goes to the login shell, cmd.exe or PowerShell, as it came.

sshd starts `"<shell>" /c "<line>"` for cmd.exe and `"<shell>" -c "<line>"` for any other shell
(https://learn.microsoft.com/en-us/windows-server/administration/openssh/openssh-server-configuration, DefaultShell,
DefaultShellCommandOption).
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import socket
import typing as t

from ..machine import Machine
from ..process import ProcessResult, WireCut
from ..shell.powershell import main as powershell
from .host import RunControl, ServedHost

if t.TYPE_CHECKING:
    import asyncssh


#: A client that has sent no input for this long has none, or no more; the second figure is for Ansible's modules, which
#: always have some. A real process would start at once and read when it likes, the machine wants its input beforehand.
SILENCE_SECONDS = (0.2, 3.0)


class SshKeys:
    """The keys of a lab: one for all hosts, one for the user; made when they are first needed."""

    def __init__(self) -> None:
        self._keys: tuple[asyncssh.SSHKey, asyncssh.SSHKey] | None = None

    def both(self) -> tuple[asyncssh.SSHKey, asyncssh.SSHKey]:
        """The hosts' key and the user's key."""
        import asyncssh

        if self._keys is None:
            self._keys = (asyncssh.generate_private_key("ssh-ed25519"), asyncssh.generate_private_key("ssh-ed25519"))
        return self._keys

    def private_key(self) -> str:
        """The user's private key in OpenSSH's format."""
        return self.both()[1].export_private_key().decode()


class SshServer:
    """sshd of one host, with `cmd` or `powershell` as login shell."""

    def __init__(self, host: ServedHost, keys: SshKeys, shell: str) -> None:
        """Call it outside the loop: it imports asyncssh, which takes its time."""
        self._host = host
        self._keys = keys.both()
        self._shell = shell
        self._acceptor: asyncssh.SSHAcceptor | None = None
        self._connections: set[asyncssh.SSHServerConnection] = set()

    async def open(self, sock: socket.socket) -> None:
        """Serve on a bound socket (in the loop)."""
        import asyncssh

        host, connections = self._host, self._connections
        host_key, user_key = self._keys

        def may_log_on(username: str) -> bool:
            return username.lower() == host.user.lower() and host.faults.get("http-401") is None

        class Server(asyncssh.SSHServer):
            """Who may log on; keeps count of the connections, because clients tend to keep theirs open for a minute."""

            def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
                self._connection = conn
                connections.add(conn)

            def connection_lost(self, exc: Exception | None) -> None:
                connections.discard(self._connection)

            def password_auth_supported(self) -> bool:
                return True

            def validate_password(self, username: str, password: str) -> bool:
                return hmac.compare_digest(password.encode(), host.password.encode()) and may_log_on(username)

            def public_key_auth_supported(self) -> bool:
                return True

            def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
                return key.public_data == user_key.public_data and may_log_on(username)

        async def handle(process: asyncssh.SSHServerProcess[bytes]) -> None:
            await _serve_process(host, self._shell, process)

        self._acceptor = await asyncssh.listen(
            sock=sock,
            server_factory=Server,
            server_host_keys=[host_key],
            process_factory=handle,
            encoding=None,
            server_version="OpenSSH_for_Windows_9.5",
            login_timeout=30,
            allow_scp=False,
        )

    async def close(self) -> None:
        """Stop listening and drop every connection (in the loop)."""
        if self._acceptor is not None:
            self._acceptor.close()
            self._acceptor = None
        for connection in list(self._connections):
            connection.abort()
            await connection.wait_closed()
        self._connections.clear()


async def _serve_process(host: ServedHost, shell: str, process: asyncssh.SSHServerProcess[bytes]) -> None:
    """One session: run its line in the login shell, send what it printed."""
    line = process.command
    if line is None or process.subsystem is not None:
        process.stderr.write(b"the lab serves commands only, no terminals and no subsystems\r\n")
        process.exit(1)
        return
    control = RunControl()
    # sshd ends what runs in a session whose channel the client has closed.
    # Unseen: that Windows' sshd ends every program below the login shell then.
    stopping = asyncio.get_running_loop().create_task(_stop_with(process, control))
    stdin = b"" if process.stdin.at_eof() else await _input(process)
    try:
        ran = await host.execute(
            lambda: run_login_shell(host.machine, shell, line, stdin), control, process.stdout.write
        )
    except WireCut:
        process.channel.get_connection().abort()
        return
    host.traffic.count_up(len(line))
    host.traffic.count_down(len(ran.stdout) + len(ran.stderr))
    process.stdout.write(ran.stdout)
    process.stderr.write(ran.stderr)
    process.exit(ran.exit_code & 0xFFFFFFFF)
    await process.wait_closed()
    await stopping


async def _stop_with(process: asyncssh.SSHServerProcess[bytes], control: RunControl) -> None:
    await process.wait_closed()
    control.stop()


async def _input(process: asyncssh.SSHServerProcess[bytes]) -> bytes:
    """The client's input, up to its end or until it falls silent with its side still open."""
    given = b""
    silence = SILENCE_SECONDS["-encodedcommand" in (process.command or "").lower()]
    with contextlib.suppress(TimeoutError):
        while piece := await asyncio.wait_for(process.stdin.read(65536), silence):
            given += piece
    return given


def run_login_shell(machine: Machine, shell: str, line: str, stdin: bytes) -> ProcessResult:
    """What Windows' sshd starts for a line, with the system's OEM code page as it has no console of its own."""
    page = machine.language.oem_code_page
    if shell == "cmd":
        return powershell.start(machine, line, code_page=page, stdin=stdin)
    return powershell.run_script(machine, line, code_page=page, stdin=stdin)
