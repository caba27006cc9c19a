"""A small scripted HTTP server on loopback, on bare sockets: it can also reset, cut and hang."""

from __future__ import annotations

import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from support.waiting import PATIENCE_S


@dataclass
class Seen:
    """One request as it arrived. Header names in lower case."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    connection: int

    def json(self) -> object:
        return json.loads(self.body)


@dataclass
class Reply:
    """What to answer. ``cut_after``: close after so many bytes of the body."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    cut_after: int | None = None
    length: bool = True

    def raw(self) -> bytes:
        lines = [f"HTTP/1.1 {self.status} Word"]
        headers = dict(self.headers)
        if self.length:
            headers.setdefault("Content-Length", str(len(self.body)))
        lines += [f"{k}: {v}" for k, v in headers.items()]
        body = self.body if self.cut_after is None else self.body[: self.cut_after]
        return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


RESET = "reset"  # read the request, then reset the connection
CLOSE = "close"  # read the request, then close without an answer
HANG = "hang"  # read the request, then say nothing until the server is closed
DRIP = "drip"  # headers that never end, a byte at a time
Action = Reply | bytes | str


def json_reply(data: object, status: int = 200, **headers: str) -> Reply:
    named = {k.replace("_", "-"): v for k, v in headers.items()}
    return Reply(status, json.dumps(data).encode(), {"Content-Type": "application/json", **named})


class Server:
    """Answers with ``script(request)``; keeps what arrived in ``seen``."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self._tls = tls
        self.seen: list[Seen] = []
        self.script: Callable[[Seen], Action] = lambda _: Reply(404)
        self.arrived = threading.Event()  # a whole request is here
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.connections = 0
        self._closing = threading.Event()
        self._open: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def always(self, action: Action) -> None:
        self.script = lambda _: action

    def in_turn(self, *actions: Action) -> None:
        left = list(actions)
        self.script = lambda _: left.pop(0) if len(left) > 1 else left[0]

    def close(self) -> None:
        self._closing.set()
        # Closing a listener does not wake accept(); a connection does.
        socket.create_connection(("127.0.0.1", self.port)).close()
        for sock in self._open:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        for thread in self._threads:
            thread.join(PATIENCE_S)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            sock, _ = self._listener.accept()
            if self._closing.is_set():
                sock.close()
                return
            self.connections += 1
            if self._tls is not None:
                try:
                    sock = self._tls.wrap_socket(sock, server_side=True)
                except OSError:  # the client did not trust us
                    sock.close()
                    continue
            self._open.append(sock)
            thread = threading.Thread(target=self._serve, args=(sock, self.connections))
            self._threads.append(thread)
            thread.start()

    def _serve(self, sock: socket.socket, number: int) -> None:
        with sock, sock.makefile("rb") as reader:
            try:
                while (request := _read(reader, number)) is not None:
                    self.seen.append(request)
                    self.arrived.set()
                    if not self._answer(sock, request):
                        return
            except OSError:
                return

    def _answer(self, sock: socket.socket, request: Seen) -> bool:
        """Whether the connection stays."""
        action = self.script(request)
        if action == HANG:
            self._closing.wait()
            return False
        if action == DRIP:
            sock.sendall(b"HTTP/1.1 200 OK\r\nX-Drip: ")
            while not self._closing.wait(0.02):
                sock.sendall(b"x")
            return False
        if action == RESET:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return False
        if action == CLOSE:
            return False
        if isinstance(action, bytes):
            sock.sendall(action)
            return False
        assert isinstance(action, Reply)
        raw = action.raw()
        if request.method == "HEAD":
            raw = raw.split(b"\r\n\r\n")[0] + b"\r\n\r\n"
        sock.sendall(raw)
        closing = request.headers.get("connection") == "close"
        return action.length and action.cut_after is None and not closing


def _read(reader: object, number: int) -> Seen | None:
    line = reader.readline()  # type: ignore[attr-defined]  # a socket's buffered reader
    if not line.strip():
        return None
    words = line.decode("latin-1").split(" ")
    if len(words) != 3:  # a TLS greeting, for example
        return None
    method, target, _ = words
    headers: dict[str, str] = {}
    while (line := reader.readline()) not in (b"\r\n", b"\n", b""):  # type: ignore[attr-defined]  # as above
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.strip().lower()] = value.strip()
    length = int(headers.get("content-length", "0"))
    body = reader.read(length)  # type: ignore[attr-defined]  # as above
    return Seen(method, target, headers, body, number)


VIDEO = bytes(range(256)) * 4000
MP4 = {"Content-Type": "video/mp4"}


class Cdn:
    """Serves one file with ranges; counts down ``cuts`` answers that end early."""

    def __init__(self, content=VIDEO, **headers):
        self.content = content
        self.headers = {"Content-Type": "video/mp4", **headers}
        self.cuts = 0
        self.cut_after = 300_000
        self.ranges = True

    def __call__(self, request):
        cut = None
        if self.cuts and request.method == "GET":
            self.cuts -= 1
            cut = self.cut_after
        wanted = request.headers.get("range")
        validator = self.headers.get("ETag") or self.headers.get("Last-Modified")
        same = request.headers.get("if-range") in (None, validator)
        if wanted is None or not self.ranges or not same:
            return Reply(200, self.content, dict(self.headers), cut)
        first, _, last = wanted.removeprefix("bytes=").partition("-")
        start, total = int(first), len(self.content)
        if start >= total:
            return Reply(416, b"", {"Content-Range": f"bytes */{total}"})
        end = min(int(last), total - 1) if last else total - 1
        place = {"Content-Range": f"bytes {start}-{end}/{total}"}
        return Reply(206, self.content[start : end + 1], {**self.headers, **place}, cut)
