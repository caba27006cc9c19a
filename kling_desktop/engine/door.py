"""How another start of the program reaches the one that has the folder: a door on loopback.

The holder of the lock writes port and key beside it (readable by its owner only). Whoever has
them may knock; a knock is one JSON line, an answer is one or more JSON lines.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
import os
import queue
import secrets
import socket
import socketserver
import threading
import time
from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence
from concurrent.futures import Future
from contextlib import closing, suppress
from typing import Any

from ..motion.reading import Unreadable, file_path, parsed_object, text
from ..store.lock import FolderLock, LockInfo

_log = logging.getLogger(__name__)

# A description of 2,500 characters and two paths, each letter of them escaped, fit many times over.
LINE_BYTES = 1024 * 1024
CONNECT_S = 10.0  # on this computer; only a holder that is being closed takes longer
# Whoever is connected and did not say by then what they want, and whose they are, is sent away;
# there are no more of these at a time.
KNOCK_S, STRANGERS = 10.0, 64
FILES = 4  # that come with a knock: there are two wells, and all fit into a line
RAISE_S, RAISE_AGAIN_S = 6.0, 0.5  # whoever starts a program waits no longer for a window
HERE = b'{"here": true}\n'  # said at once: one that is suspended is known by its silence

Say = Callable[[dict[str, Any]], None]
Answer = Callable[[dict[str, Any], Say], Coroutine[Any, Any, None]]


class NotAnswered(Exception):
    """Another program has the folder, and nothing is heard of it."""


class Door:
    """Listens on 127.0.0.1; each knock is answered on the loop's thread."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._answers: set[asyncio.Task[Any]] = set()
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
            lock.write_info(LockInfo(self._server.server_address[1], self._key, os.getpid()))

    @property
    def is_idle(self) -> bool:
        return self._idle.is_set()

    async def until_idle(self) -> None:
        """Until everyone who knocked has had their answer."""
        await self._idle.wait()

    async def _counted(self, message: dict[str, Any], say: Say) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._answers.add(task)
        self._idle.clear()
        try:
            await self._answer(message, say)
        finally:
            self._answers.discard(task)
            if not self._answers:
                self._idle.set()

    def hang_up(self) -> None:
        """Answer nobody any more: whoever knocked sees it and carries on without this program."""
        for task in tuple(self._answers):
            task.cancel()

    def close(self) -> None:
        self.hang_up()
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
    request_queue_size = 128  # many commands may start together

    def __init__(self, loop: asyncio.AbstractEventLoop, key: str, answer: Answer) -> None:
        self.loop, self.key, self.answer = loop, key, answer
        self.strangers = threading.Semaphore(STRANGERS)
        super().__init__(("127.0.0.1", 0), _Knock)

    def verify_request(self, request: object, client_address: object) -> bool:
        return self.strangers.acquire(blocking=False)

    def handle_error(self, request: object, client_address: object) -> None:
        _log.warning("a knock was not understood", exc_info=True)


class _Knock(socketserver.BaseRequestHandler):
    """One caller, in a thread of its own: one that does not read never stops the loop."""

    server: _Server
    request: socket.socket

    def handle(self) -> None:
        try:
            knock = self._knock()
        finally:
            self.server.strangers.release()
        if knock is not None and self._is_greeted():
            self._answer(knock)

    def _knock(self) -> dict[str, Any] | None:
        """What a caller wants who has the key; None where there is none of both in time."""
        try:
            knock = parsed_object(self._line())
            key = text(knock.pop("key", ""))
        except (Unreadable, OSError):
            return None
        return knock if hmac.compare_digest(key.encode(), self.server.key.encode()) else None

    def _line(self) -> bytes:
        """Raises OSError; TimeoutError where it is not whole in time."""
        said, ends = b"", time.monotonic() + KNOCK_S
        while b"\n" not in said and len(said) <= LINE_BYTES:
            self.request.settimeout(max(0.001, ends - time.monotonic()))
            if not (more := self.request.recv(LINE_BYTES)):
                break
            said += more
        self.request.settimeout(None)
        return said.partition(b"\n")[0]

    def _is_greeted(self) -> bool:
        """Say that it is heard; False where the caller has gone: this program may have been
        suspended meanwhile."""
        try:
            self.request.sendall(HERE)
            self.request.setblocking(False)
            return bool(self.request.recv(1, socket.MSG_PEEK))
        except BlockingIOError:
            return True
        except OSError:
            return False
        finally:
            self.request.setblocking(True)

    def _answer(self, knock: dict[str, Any]) -> None:
        lines: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        work = self.server.answer(knock, lines.put)
        try:
            future = asyncio.run_coroutine_threadsafe(work, self.server.loop)
        except RuntimeError:  # the loop is closed: the program is about to end
            work.close()
            return
        future.add_done_callback(lambda done: _end(done, lines))
        self._write(lines)

    def _write(self, lines: queue.SimpleQueue[dict[str, Any] | None]) -> None:
        """Until the end. A caller that has gone is no reason to stop what it asked for."""
        while (line := lines.get()) is not None:
            try:
                self.request.sendall(json.dumps(line).encode("ascii") + b"\n")
            except OSError:
                _log.info("nobody listens at the door any more")
                return


def _end(done: Future[None], lines: queue.SimpleQueue[dict[str, Any] | None]) -> None:
    if not done.cancelled() and (problem := done.exception()) is not None:
        _log.warning("a knock was not answered: %s", type(problem).__name__)
    lines.put(None)


def files_of(message: dict[str, Any]) -> list[str]:
    """Paths and links that came with a knock; what is none is left out."""
    found = message.get("files")
    return [each for each in found if _is_path(each)][:FILES] if isinstance(found, list) else []


def _is_path(value: object) -> bool:
    try:
        return bool(file_path(value))
    except Unreadable:
        return False


async def take_or_raise(lock: FolderLock, files: Sequence[str] = ()) -> bool:
    """Whether the lock was free; else its holder has shown its window, and ``files`` in it.
    Raises NotAnswered.

    One that is about to begin or to end cannot be reached for a moment.
    """
    try:
        async with asyncio.timeout(RAISE_S):
            while not lock.acquire():
                with suppress(ConnectionError, ValueError):
                    async for _line in knock(lock, {"do": "raise", "files": files[:FILES]}):
                        pass
                    return False
                await asyncio.sleep(RAISE_AGAIN_S)
    except TimeoutError as error:
        raise NotAnswered from error
    return True


async def knock(lock: FolderLock, message: dict[str, Any]) -> AsyncGenerator[dict[str, Any], None]:
    """Ask the holder of the lock; yields its lines until it is done. Raises OSError, ValueError.

    TimeoutError where it is suspended: it does nothing of it when it goes on.

    To be closed with ``aclosing`` where it is not read to its end.
    """
    info = lock.read_info()
    if info is None:
        raise ConnectionError("the holder of the folder cannot be reached")
    async with asyncio.timeout(CONNECT_S):
        reader, writer = await asyncio.open_connection("127.0.0.1", info.port, limit=LINE_BYTES)
    with closing(writer):
        said = {**message, "key": info.key}
        writer.write(json.dumps(said).encode("ascii") + b"\n")
        await writer.drain()
        async with asyncio.timeout(CONNECT_S):
            here = await reader.readline()
        if here != HERE:
            raise ConnectionError("whoever is there does not open")
        while line := await reader.readline():
            yield parsed_object(line)
