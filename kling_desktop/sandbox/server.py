"""The HTTP server on loopback: connections, tokens, routes, faults."""

from __future__ import annotations

import logging
import os
import socket
import socketserver
import threading
import time
from collections import deque
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

from .delivery import Cut, Delivery, Wire
from .reply import Question, Refusal, error_reply
from .routes import Routes

log = logging.getLogger(__name__)

SEEN_MAX = 10_000  # requests remembered
BODY_MAX_BYTES = 1024 * 1024  # of a JSON request
_BACKLOG = 128
_POLL_S = 0.1  # how fast the accept loop notices that it is to end
_DRAIN_MAX_BYTES = 256 * 1024 * 1024
_DRAIN_TIMEOUT_S = 2.0
_IDLE_TIMEOUT_S = 120.0  # a connection that says nothing is closed
# Whoever is connected and has not asked anything whole is a stranger, sent away after a while;
# there are no more of these at a time.
STRANGER_S, STRANGERS = 10.0, 64
_JOIN_S = 0.8


@dataclass(frozen=True, slots=True)
class SeenRequest:
    """One request that came in."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]  # names in lower case; tokens are kept, they are the sandbox's own
    size_bytes: int  # of the body, as announced
    at: float  # Unix seconds
    body: bytes  # empty for uploads


class SeenLog:
    """The last requests, for tests. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: deque[SeenRequest] = deque(maxlen=SEEN_MAX)

    def add(self, seen: SeenRequest) -> None:
        with self._lock:
            self._seen.append(seen)

    def all(self) -> list[SeenRequest]:
        """Oldest first."""
        with self._lock:
            return list(self._seen)


class LoopbackServer(socketserver.ThreadingMixIn, HTTPServer):
    """Listens on 127.0.0.1 only; every connection has a thread, and all end with ``close()``."""

    daemon_threads = True
    request_queue_size = _BACKLOG
    # On Windows this option would let a second program take over the port.
    allow_reuse_address = os.name != "nt"

    def __init__(self, port: int, routes: Routes, seen: SeenLog) -> None:
        self.routes = routes
        self.seen = seen
        self.stopping = threading.Event()
        self._lock = threading.Lock()
        self._open: dict[socket.socket, threading.Thread] = {}
        self._strangers: set[socket.socket] = set()
        super().__init__(("127.0.0.1", port), _Handler)

    def server_bind(self) -> None:
        # Not HTTPServer's: that asks the name service for this computer's name.
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", self.socket.getsockname()[1]

    def verify_request(self, request: Any, client_address: Any) -> bool:
        with self._lock:
            if len(self._strangers) >= STRANGERS:
                return False
            self._strangers.add(request)
        return True

    def know(self, request: socket.socket) -> None:
        """It has asked something."""
        with self._lock:
            self._strangers.discard(request)

    def process_request(self, request: Any, client_address: Any) -> None:
        thread = threading.Thread(
            target=self.process_request_thread,
            args=(request, client_address),
            name="sandbox-connection",
            daemon=True,
        )
        with self._lock:
            self._open[request] = thread
        thread.start()

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._open.pop(request, None)
            self._strangers.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        # A client that left, or that we cut off.
        log.debug("a connection ended early", exc_info=True)

    def serve(self) -> None:
        self.serve_forever(poll_interval=_POLL_S)

    def close(self) -> None:
        """End the accept loop and every connection, within about a second."""
        self.stopping.set()
        self.shutdown()
        self.server_close()
        with self._lock:
            still_open = list(self._open.items())
        for connection, _ in still_open:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # already gone
        end = time.monotonic() + _JOIN_S
        for _, thread in still_open:
            thread.join(max(0.0, end - time.monotonic()))


class _Handler(BaseHTTPRequestHandler):
    """One connection with any number of requests."""

    server: LoopbackServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = STRANGER_S

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except (Cut, OSError):
            self.close_connection = True

    def parse_request(self) -> bool:
        is_whole = super().parse_request()
        if is_whole:
            self.server.know(self.connection)
            self.connection.settimeout(_IDLE_TIMEOUT_S)
        return is_whole

    def log_message(self, format: str, *args: Any) -> None:
        log.debug("%s", format % args)

    def _answer(self) -> None:
        self._left_bytes = self._announced_bytes()
        wire = Wire(self.connection, self.wfile, self.server.stopping, head=self.command == "HEAD")
        streamed = self.server.routes.is_streamed(self.command, self.path)
        chunked = "Transfer-Encoding" in self.headers
        if chunked:
            self._left_bytes = _DRAIN_MAX_BYTES  # of unknown length, and not read as a body
        too_long = not chunked and not streamed and self._left_bytes > BODY_MAX_BYTES
        body = b"" if streamed or too_long or chunked else self._read(self._left_bytes)
        question = self._question(body)
        self._remember(question)
        if not self._is_own(self.headers.get_all("Host", [])):
            answer = Delivery(error_reply(421, "bad_request", "this is another host"))
        elif chunked:
            answer = Delivery(error_reply(411, "bad_request", "Content-Length is required"))
        elif too_long:
            answer = Delivery(error_reply(413, "bad_request", "the body is too large"))
        else:
            answer = self._ask(question)
        close = self._left_bytes > 0 or self.close_connection
        try:
            wire.send(answer.reply, answer.fault, close=close)
        finally:
            if answer.sent is not None:
                answer.sent()
        if close:
            self._drain()
            self.close_connection = True

    def _ask(self, question: Question) -> Delivery:
        """The answer of the routes, and what is to happen to it."""
        try:
            return self.server.routes.answer(question, self._read)
        except Refusal as refusal:
            return Delivery(refusal.reply)
        except OSError as failure:
            if self._left_bytes and self.server.stopping.is_set():
                raise
            log.debug("a request failed", exc_info=True)
            return Delivery(error_reply(500, "api_error", f"the sandbox failed: {failure}"))
        except Exception:
            log.exception("a route of the sandbox failed")
            return Delivery(error_reply(500, "api_error", "the sandbox failed"))

    def _question(self, body: bytes) -> Question:
        headers = {name.lower(): value for name, value in self.headers.items()}
        return Question(self.command, self.path, headers, body, headers.get("host", ""))

    def _is_own(self, hosts: list[str]) -> bool:
        """Whether it was asked by its own name, once; a page of the web may lead its name here."""
        port = self.server.server_port
        own = {f"{name}:{port}" for name in ("127.0.0.1", "localhost", "[::1]")}
        return len(hosts) == 1 and hosts[0].lower() in own

    def _remember(self, question: Question) -> None:
        self.server.seen.add(
            SeenRequest(
                method=question.method,
                path=question.path,
                query=question.query,
                headers=dict(question.headers),
                size_bytes=self._announced_bytes(),
                at=time.time(),
                body=question.body,
            )
        )

    def _announced_bytes(self) -> int:
        text = self.headers.get("Content-Length", "0")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0

    def _read(self, size_bytes: int) -> bytes:
        """At most so much of this request's body; empty at its end. Raises OSError."""
        wanted = min(size_bytes, self._left_bytes)
        data = self.rfile.read(wanted) if wanted else b""
        if len(data) < wanted:
            self._left_bytes = 0
            raise ConnectionResetError("the client left in the middle")
        self._left_bytes -= len(data)
        return data

    def _drain(self) -> None:
        """Take what still comes, else the client would lose our answer to a reset."""
        self.connection.settimeout(_DRAIN_TIMEOUT_S)
        try:
            self.connection.shutdown(socket.SHUT_WR)
            left_bytes = min(self._left_bytes, _DRAIN_MAX_BYTES)
            while left_bytes > 0 and (data := self.rfile.read1(64 * 1024)):
                left_bytes -= len(data)
        except OSError:
            pass  # gone already

    # The names that BaseHTTPRequestHandler calls.
    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_OPTIONS = do_PATCH = _answer
