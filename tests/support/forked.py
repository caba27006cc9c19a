"""Programs that begin as a copy of one that has imported everything: see ``fork_server``.

They are processes of their own, with their own arguments, environment, folder, streams and
session; what is left out is the half second of Python's imports. Where a test
is about the start itself, it starts Python.
"""

from __future__ import annotations

import atexit
import functools
import json
import os
import select
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

SERVER = Path(__file__).with_name("fork_server.py")
# Python, its loader and its C library read these once, when they start.
_AT_START = ("PYTHON", "LD_", "FAKE", "LANG", "LC_", "TZ")


def _number(told: int) -> int:
    """One line. Raises ValueError where the server is gone."""
    line = b""
    while (byte := os.read(told, 1)) not in (b"", b"\n"):
        line += byte
    return int(line)


class ForkedProcess:
    """As much of ``subprocess.Popen`` as ``Child`` needs."""

    def __init__(self, pid: int, pipes: Sequence[int], told: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self.stdin = os.fdopen(pipes[0], "wb", 0)
        self.stdout, self.stderr = (os.fdopen(fd, "rb", 0) for fd in pipes[1:])
        self._told = told
        self._guard = threading.Lock()

    def poll(self) -> int | None:
        return self._look(0.0)

    def wait(self, timeout: float | None = None) -> int:
        code = self._look(timeout)
        if code is None:
            raise subprocess.TimeoutExpired("a forked program", timeout or 0.0)
        return code

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def _look(self, timeout: float | None) -> int | None:
        with self._guard:
            if self.returncode is None and select.select([self._told], [], [], timeout)[0]:
                self.returncode = _number(self._told)
                os.close(self._told)
            return self.returncode


class _Server:
    """One for each set of what is read at the start. It ends with this process."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._socket, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with other:
            self._process = subprocess.Popen(
                [sys.executable, str(SERVER), str(other.fileno())],
                env=dict(env),
                pass_fds=[other.fileno()],
                # Pipes, as its programs will have: what a stream can do is asked once.
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,  # Ctrl+C is the tests' own
            )
        self._guard = threading.Lock()
        atexit.register(self.close)

    def close(self) -> None:
        self._socket.close()
        self._process.communicate()

    def start(self, arguments: Sequence[str], env: Mapping[str, str], cwd: str) -> ForkedProcess:
        request = {"arguments": list(arguments), "env": dict(env), "cwd": cwd}
        (stdin, to), (out, stdout), (err, stderr), (told, tell) = (os.pipe() for _ in range(4))
        given = [stdin, stdout, stderr, tell]
        try:
            with self._guard:
                socket.send_fds(self._socket, [json.dumps(request).encode()], given)
        finally:
            for fd in given:
                os.close(fd)
        try:
            pid = _number(told)
        except ValueError as error:
            raise RuntimeError(self._process.communicate()[1].decode()) from error
        return ForkedProcess(pid, (to, out, err), told)


@functools.cache
def _server(at_start: tuple[tuple[str, str], ...]) -> _Server:
    return _Server(dict(at_start))


def can_fork() -> bool:
    """Whether this system has what it takes (Linux)."""
    return hasattr(os, "pidfd_open")


def start_forked(arguments: Sequence[str], env: Mapping[str, str]) -> ForkedProcess:
    """``python ARGUMENTS`` in this environment, in a session of its own."""
    at_start = {n: text for n, text in env.items() if n.startswith(_AT_START)}
    return _server(tuple(sorted(at_start.items()))).start(arguments, env, os.getcwd())
