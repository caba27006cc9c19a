"""Puts an answer on the wire, whole or spoilt on purpose."""

from __future__ import annotations

import json
import os
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.utils import formatdate
from http import HTTPStatus
from io import BufferedIOBase

from ..plain_file import plain
from .faults import Fault
from .reply import Reply, error_reply, html_reply, json_reply

CHUNK_BYTES = 256 * 1024
HANG_LIMIT_S = 600.0
_LOOK_EVERY_S = 0.05
_DRIP_CHUNKS = 60
_HUGE_CHUNK = b" " * (64 * 1024)
_WRONG_ANSWER = ["this is not", {"what": "was asked for"}]
_LINGER_FORMAT = "hh" if os.name == "nt" else "ii"


@dataclass(frozen=True, slots=True)
class Delivery:
    """An answer, and what is to happen to it on its way."""

    reply: Reply
    fault: Fault | None = None
    sent: Callable[[], None] | None = None  # called when it is over, however it ended


class Cut(Exception):
    """The connection is over; nothing more is read from it or written to it."""


class Wire:
    """One connection, for the length of one answer."""

    def __init__(
        self,
        connection: socket.socket,
        out: BufferedIOBase,
        stopping: threading.Event,
        *,
        head: bool,
    ) -> None:
        self._connection = connection
        self._out = out
        self._stopping = stopping
        self._head_only = head  # HEAD: the headers of the answer, without its body

    def send(self, reply: Reply, fault: Fault | None, *, close: bool) -> None:
        """Send the answer, or what the fault makes of it. Raises Cut, OSError."""
        if fault is None:
            self._send_whole(reply, close=close)
        else:
            self._send_spoilt(reply, fault, close=close)

    def _send_spoilt(self, reply: Reply, fault: Fault, *, close: bool) -> None:
        values = fault.values
        if fault.kind in ("cut_before", "cut_after"):
            self.reset()
        elif fault.kind == "hang":
            self._stopping.wait(HANG_LIMIT_S)
            self.reset()
        elif fault.kind == "cut_middle":
            self._start(reply, reply.size_bytes, close=True)
            self._send_body(reply, reply.size_bytes // 2)
            raise Cut
        elif fault.kind == "wrong_length":
            extra_bytes = int(values.get("extra_bytes", 1000))
            self._start(reply, reply.size_bytes + extra_bytes, close=True)
            self._send_body(reply, reply.size_bytes)
            raise Cut
        elif fault.kind == "slow":
            self._start(reply, reply.size_bytes, close=True)
            chunk_bytes = int(values.get("chunk_bytes", 1024))
            self._drip(reply, chunk_bytes, float(values.get("delay_s", 0.05)))
            raise Cut
        elif fault.kind == "huge":
            self._send_huge()
        else:
            until = values.get("until")
            while until is not None and not until.wait(_LOOK_EVERY_S):
                if self._stopping.is_set():
                    raise Cut
            self._send_whole(_other_answer(fault, reply), close=close)

    def reset(self) -> None:
        """End the connection with a reset instead of a goodbye. Raises Cut."""
        on = struct.pack(_LINGER_FORMAT, 1, 0)
        try:
            self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, on)
            # Closed by its number: the handler's files still refer to the socket object.
            socket.close(self._connection.detach())
        except OSError:
            pass  # the other side was faster
        raise Cut

    def _start(self, reply: Reply, size_bytes: int, *, close: bool) -> None:
        self._out.write(_head(reply, size_bytes, close=close))

    def _send_whole(self, reply: Reply, *, close: bool) -> None:
        if reply.file is None and not self._head_only:
            # One write: two would wait for each other's acknowledgement.
            self._out.write(_head(reply, reply.size_bytes, close=close) + reply.body)
            return
        self._start(reply, reply.size_bytes, close=close)
        if self._head_only:
            return
        if reply.drip_s:
            chunk_bytes = max(1, reply.size_bytes // _DRIP_CHUNKS)
            self._drip(reply, chunk_bytes, reply.drip_s / _DRIP_CHUNKS)
        else:
            self._send_body(reply, reply.size_bytes)

    def _send_body(self, reply: Reply, size_bytes: int) -> None:
        if not self._head_only:
            for chunk in _chunks(reply, size_bytes, CHUNK_BYTES):
                self._out.write(chunk)

    def _drip(self, reply: Reply, chunk_bytes: int, delay_s: float) -> None:
        if self._head_only:
            return
        for chunk in _chunks(reply, reply.size_bytes, chunk_bytes):
            self._out.write(chunk)
            if self._stopping.wait(delay_s):
                raise Cut

    def _send_huge(self) -> None:
        reply = json_reply(None)
        head = _head(reply, None, close=True)
        self._out.write(head + b'{"items": "')
        while not self._stopping.is_set():
            self._out.write(_HUGE_CHUNK)
        raise Cut


def _other_answer(fault: Fault, real: Reply) -> Reply:
    """The answer that a fault gives instead of the real one."""
    values = fault.values
    if fault.kind == "refuse_json":
        return error_reply(
            int(values.get("status", 400)),
            str(values.get("code", "bad_request")),
            str(values.get("message", "refused by the sandbox")),
            values.get("headers"),
            task_id=json.loads(real.body)["task_id"]
            if values.get("names_task")
            else values.get("task_id"),
        )
    if fault.kind == "html":
        return html_reply(int(values.get("status", 502)))
    if fault.kind == "status":
        return Reply(int(values.get("status", 500)), headers=values.get("headers") or {})
    if fault.kind == "redirect":
        status = int(values.get("status", 302))
        return Reply(status, headers={"Location": str(values["location"])})
    if fault.kind == "wrong_json":
        return json_reply(values.get("body", _WRONG_ANSWER), int(values.get("status", 200)))
    if fault.kind == "deep_json":
        depth = int(values.get("depth", 5000))
        body = b"[" * depth + b"]" * depth
        return Reply(200, body, {"Content-Type": "application/json"})
    raise ValueError(f"a fault of an unknown kind: {json.dumps(fault.kind)}")


def _head(reply: Reply, size_bytes: int | None, *, close: bool) -> bytes:
    """Status line and headers. Without a size the body ends with the connection."""
    try:
        phrase = HTTPStatus(reply.status).phrase
    except ValueError:
        phrase = "Unknown"
    lines = [f"HTTP/1.1 {reply.status} {phrase}", f"Date: {formatdate(time.time(), usegmt=True)}"]
    lines += [f"{name}: {_one_line(value)}" for name, value in reply.headers.items()]
    if size_bytes is not None:
        lines.append(f"Content-Length: {size_bytes}")
    if close:
        lines.append("Connection: close")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")


def _one_line(value: object) -> str:
    return str(value).replace("\r", " ").replace("\n", " ")


def _chunks(reply: Reply, size_bytes: int, chunk_bytes: int) -> Iterator[bytes]:
    """The first ``size_bytes`` of the body."""
    if reply.file is None:
        for start in range(0, size_bytes, chunk_bytes):
            yield reply.body[start : min(size_bytes, start + chunk_bytes)]
        return
    left = size_bytes
    with open(reply.file.path, "rb", opener=plain) as source:
        source.seek(reply.file.offset)
        while left and (chunk := source.read(min(chunk_bytes, left))):
            left -= len(chunk)
            yield chunk
