"""How another start of the program reaches the one that has the folder: a door on loopback.

The holder of the lock writes port and key beside it (readable by its owner only). Whoever has
them may knock; a knock is one JSON line, an answer is one or more JSON lines.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
import secrets
import socket
import socketserver
import threading
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from ..store.lock import FolderLock

_log = logging.getLogger(__name__)

LINE_BYTES = 64 * 1024  # a prompt of 2,500 characters and two paths fit many times over
CONNECT_S = 2.0

Say = Callable[[dict[str, Any]], None]
Answer = Callable[[dict[str, Any], Say], Awaitable[None]]


class Door:
    """Listens on 127.0.0.1; each knock is answered on the loop's thread."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._busy = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._key = secrets.token_hex(16)
        self._server: _Server | None = None

    def open(self) -> None:
        """Serve. Raises OSError."""
        self._server = _Server(asyncio.get_running_loop(), self._key, self._counted)
        threading.Thread(target=self._server.serve_forever, name="door", daemon=True).start()

    def announce(self, lock: FolderLock) -> None:
        """Write beside the lock how to knock. Raises StoreUnwritable."""
        if self._server is not None:
            lock.write_info({"port": self._server.server_address[1], "key": self._key})

    async def until_idle(self) -> None:
        """Until everyone who knocked has had their answer."""
        await self._idle.wait()

    async def _counted(self, message: dict[str, Any], say: Say) -> None:
        self._busy += 1
        self._idle.clear()
        try:
            await self._answer(message, say)
        finally:
            self._busy -= 1
            if not self._busy:
                self._idle.set()

    def close(self) -> None:
        if self._server is not None:
            threading.Thread(target=self._shut, args=(self._server,), daemon=True).start()
            self._server = None

    @staticmethod
    def _shut(server: _Server) -> None:
        server.shutdown()
        server.server_close()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = False

    def __init__(self, loop: asyncio.AbstractEventLoop, key: str, answer: Answer) -> None:
        self.loop, self.key, self.answer = loop, key, answer
        super().__init__(("127.0.0.1", 0), _Knock)


class _Knock(socketserver.StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        try:
            knock = json.loads(self.rfile.readline(LINE_BYTES))
            key = str(knock.pop("key"))
        except (ValueError, KeyError, AttributeError, OSError):
            return
        if not hmac.compare_digest(key, self.server.key):
            return
        work = self.server.answer(knock, self._say)
        future = asyncio.run_coroutine_threadsafe(_coroutine(work), self.server.loop)
        try:
            future.result()
        except Exception as error:
            _log.warning("a knock was not answered: %s", type(error).__name__)

    def _say(self, line: dict[str, Any]) -> None:
        """From the loop's thread; a caller that has gone is no reason to stop."""
        try:
            self.wfile.write(json.dumps(line).encode("ascii") + b"\n")
        except OSError:
            _log.info("nobody listens at the door any more")


async def _coroutine(work: Awaitable[None]) -> None:
    await work


def knock(lock: FolderLock, message: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Ask the holder of the lock; yields its lines until it is done. Blocks. Raises OSError."""
    info = lock.read_info()
    if info is None:
        raise ConnectionError("the holder of the folder cannot be reached")
    address = ("127.0.0.1", int(info["port"]))
    with socket.create_connection(address, timeout=CONNECT_S) as connection:
        connection.settimeout(None)
        connection.sendall(json.dumps({**message, "key": str(info["key"])}).encode("ascii") + b"\n")
        with connection.makefile("rb") as lines:
            for line in lines:
                yield json.loads(line)
