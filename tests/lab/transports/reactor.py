# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One event loop in a thread of its own, for every socket of the lab, and a pool for the work that blocks."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import typing as t
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor

T = t.TypeVar("T")
Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

#: Machines serialise their own commands, so this only bounds how many machines work at the same moment.
WORKERS = 32
READ_LIMIT = 256 * 1024
CLOSE_SECONDS = 0.2
BACKLOG = 512


class Reactor:
    """The event loop thread. Start it once per lab; everything that is public here may be called from any thread."""

    def __init__(self, workers: int = WORKERS) -> None:
        self._workers = workers
        self._ready = threading.Event()
        self._thread: threading.Thread | None = None
        self.loop: asyncio.AbstractEventLoop
        self.pool: ThreadPoolExecutor

    def start(self) -> None:
        """Start the thread and wait until the loop runs."""
        self.pool = ThreadPoolExecutor(max_workers=self._workers, thread_name_prefix="lab-work")
        self._thread = threading.Thread(target=self._run, name="lab-reactor", daemon=True)
        self._thread.start()
        self._ready.wait()

    def _run(self) -> None:
        self.loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self.loop)
        self.loop.call_soon(self._ready.set)
        try:
            self.loop.run_forever()
        finally:
            self._drain()
            self.loop.close()

    def _drain(self) -> None:
        pending = asyncio.all_tasks(self.loop)
        for task in pending:
            task.cancel()
        if pending:
            self.loop.run_until_complete(asyncio.wait(pending, timeout=5))
        self.loop.run_until_complete(self.loop.shutdown_asyncgens())
        self.loop.run_until_complete(self.loop.shutdown_default_executor())
        # transports close their sockets one turn of the loop after they were told to
        self.loop.run_until_complete(asyncio.sleep(0.01))

    @property
    def running(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def call(self, work: Coroutine[t.Any, t.Any, T], timeout: float = 30) -> T:
        """Run `work` in the loop and wait for its result. Never call this from the loop's own thread."""
        if threading.current_thread() is self._thread:
            work.close()
            raise RuntimeError("Reactor.call from the reactor's own thread would wait for itself")
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(timeout)

    async def in_pool(self, work: Callable[[], T]) -> T:
        """Run blocking `work` in the pool and wait for it without blocking the loop."""
        return await asyncio.get_running_loop().run_in_executor(self.pool, work)

    def stop(self) -> None:
        """Stop the loop and wait for the thread and the workers. Safe to call twice."""
        if not self.running:
            return
        self.loop.call_soon_threadsafe(self.loop.stop)
        assert self._thread is not None
        self._thread.join(timeout=15)
        self.pool.shutdown(wait=True, cancel_futures=True)
        self._thread = None


class Listener:
    """One listening TCP socket and the connections it accepted.

    asyncio.Server is not used: a connection that comes in while it closes is never closed by it.
    """

    def __init__(self, reactor: Reactor, sock: socket.socket, serve: Serve) -> None:
        """`sock` is bound already; the listener owns it from here. `serve` handles one connection."""
        self._reactor = reactor
        self._sock = sock
        self._serve = serve
        self._accepting: asyncio.Task[None] | None = None
        self._connections: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Start accepting (in the loop). Raises OSError when another program has begun to listen since the bind."""
        self._sock.listen(BACKLOG)
        self._accepting = self._reactor.loop.create_task(self._accept())

    async def close(self) -> None:
        """Stop accepting and drop every connection (in the loop). The port refuses from then on."""
        ending = [*self._connections, *([self._accepting] if self._accepting else [])]
        for task in ending:
            task.cancel()
        if ending:
            await asyncio.wait(ending, timeout=5)
        self._sock.close()

    async def _accept(self) -> None:
        loop = self._reactor.loop
        while True:
            try:
                connection, _ = await loop.sock_accept(self._sock)
            except OSError:  # too many open files, or a client that is gone already
                await asyncio.sleep(0.05)
                continue
            task = loop.create_task(self._handle(connection))
            self._connections.add(task)
            task.add_done_callback(self._connections.discard)

    async def _handle(self, connection: socket.socket) -> None:
        reader = asyncio.StreamReader(limit=READ_LIMIT)
        made: list[asyncio.StreamWriter] = []
        try:
            protocol = asyncio.StreamReaderProtocol(reader, lambda _, writer: made.append(writer))
            await self._reactor.loop.connect_accepted_socket(lambda: protocol, connection)
            await self._serve(reader, made[0])
        except (OSError, EOFError, asyncio.LimitOverrunError):
            pass  # the peer went away, is too slow or talks nonsense: its connection ends, the host goes on
        except asyncio.CancelledError:
            for writer in made:
                writer.transport.abort()
        finally:
            for writer in made:
                await _close(writer)
            if not made:
                connection.close()


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    # bounded, because asyncio never reports the end of a connection that broke within start_tls
    with contextlib.suppress(OSError, asyncio.CancelledError):
        await asyncio.wait_for(writer.wait_closed(), CLOSE_SECONDS)


def bind(address: str, port: int, *, reuse: bool = False) -> socket.socket | None:
    """A socket bound to address:port, not yet listening (so it refuses), or None when the port is in use.

    Without `reuse` the bind is strict: it also fails against a bound socket that does not listen, which is how
    several labs on one machine keep out of each other's way.
    """
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        if reuse:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((address, port))
        sock.setblocking(False)
    except OSError:
        sock.close()
        return None
    return sock
