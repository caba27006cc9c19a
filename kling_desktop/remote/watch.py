"""Ends an exchange from outside: at its deadline, or when the caller's stop event is set.

A blocked read cannot be told to give up, and a server that drips one byte at a time never times
out. So one small thread looks over each exchange and shuts its socket down.
"""

from __future__ import annotations

import socket
import threading
import time
from enum import StrEnum
from types import TracebackType

from .links import checked_address

LOOK_EVERY_S = 0.2  # how soon a stop is noticed
# How long one piece of a body may take to leave. Python counts a whole ``sendall`` against it.
WRITE_TIMEOUT_S = 60.0


class Ended(StrEnum):
    """Why an exchange was ended from outside."""

    STOPPED = "stopped"
    DEADLINE = "deadline"


class EndedFromOutside(OSError):
    """Raised at the next step of an exchange that was ended."""


_here = threading.local()


def current_watch() -> Watch | None:
    """The watch over the exchange that this thread is in."""
    watch: Watch | None = getattr(_here, "watch", None)
    return watch


class Watch:
    """Looks over one exchange of this thread; use as a context manager.

    ``public_only`` and ``allow_loopback`` judge the address that a connection really led to.
    """

    def __init__(
        self,
        *,
        stop: threading.Event | None = None,
        deadline_s: float | None = None,
        public_only: bool = False,
        allow_loopback: bool = False,
    ) -> None:
        self.ended: Ended | None = None
        self.tunnelled = False  # a proxy made the way to the host; what fails now is between us two
        self._stop = stop
        self._ends_at = None if deadline_s is None else time.monotonic() + deadline_s
        self._public_only = public_only
        self._allow_loopback = allow_loopback
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._finished = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Watch:
        _here.watch = self
        if self._stop is not None or self._ends_at is not None:
            self._thread = threading.Thread(target=self._look, name="watch", daemon=True)
            self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        _here.watch = None
        self._finished.set()
        if self._thread is not None:
            self._thread.join()

    @property
    def connected(self) -> bool:
        """Whether a connection was there to be written to."""
        return self._socket is not None

    def certificate(self) -> bytes:
        """Of the host that the connection leads to, as DER; empty where it showed none."""
        look = getattr(self._socket, "getpeercert", None)
        try:
            return (look(True) if look is not None else None) or b""
        except (OSError, ValueError):  # it was closed meanwhile
            return b""

    def attach(self, sock: socket.socket, *, through_proxy: bool) -> None:
        """Take over a connection before anything of the request is written to it.

        Raises EndedFromOutside, or BadLink where it leads somewhere it must not.
        """
        sock.settimeout(WRITE_TIMEOUT_S)
        if self._public_only and not through_proxy:
            checked_address(sock.getpeername()[0], allow_loopback=self._allow_loopback)
        with self._lock:
            self._socket = sock
        self.check()

    def check(self) -> None:
        """Raises EndedFromOutside once the exchange was ended."""
        if self._stop is not None and self._stop.is_set():
            self.ended = self.ended or Ended.STOPPED
        if self.ended is not None:
            raise EndedFromOutside(self.ended.value)

    def _look(self) -> None:
        while not self._finished.wait(self._pause_s()):
            if self._stop is not None and self._stop.is_set():
                return self.end(Ended.STOPPED)
            if self._ends_at is not None and time.monotonic() >= self._ends_at:
                return self.end(Ended.DEADLINE)

    def _pause_s(self) -> float:
        left_s = None if self._ends_at is None else max(0.0, self._ends_at - time.monotonic())
        if self._stop is None:
            return left_s or 0.0
        return LOOK_EVERY_S if left_s is None else min(LOOK_EVERY_S, left_s)

    def end(self, why: Ended) -> None:
        """Shut the socket down, which wakes whoever reads from or writes to it. Any thread.

        Unbound on purpose: SSLSocket.shutdown drops its TLS state under the reader's feet.
        """
        with self._lock:
            if self._finished.is_set():
                return
            self.ended = self.ended or why
            if self._socket is not None:
                try:
                    socket.socket.shutdown(_plain(self._socket), socket.SHUT_RDWR)
                except OSError:
                    return  # already closed by the other side


def _plain(sock: socket.socket) -> socket.socket:
    """The socket itself; urllib3 wraps one that speaks TLS through a TLS proxy."""
    if isinstance(sock, socket.socket):
        return sock
    inner: socket.socket = sock.socket
    return inner
