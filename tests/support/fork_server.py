"""Starts programs by forking itself: ``python fork_server.py FD``, with one end of a socket pair.

It has imported what the commands import, which costs more than most of them then do. A request is
a JSON object and four descriptors: the program's three streams, and a pipe that is told its id
and then its exit code. It ends when the other end of the pair is closed.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import pkgutil
import runpy
import selectors
import signal
import socket
import sys
from pathlib import Path
from typing import Any

MESSAGE_BYTES = 1 << 20
STREAMS = 3
ROOMS = ("command", "engine", "remote", "sandbox", "store", "words")  # and what these import
_DECODERS = "kling_desktop.sandbox.render"  # a program of its own
_FIRST_FREE, _NO_MORE = 3, 1024  # descriptors


def load() -> None:
    """What a command imports sooner or later."""
    for room in ROOMS:
        name = f"kling_desktop.{room}"
        for module in pkgutil.walk_packages(importlib.import_module(name).__path__, f"{name}."):
            if module.name != _DECODERS:
                importlib.import_module(module.name)
    backend = importlib.import_module("keyring.backend")
    backend._load_plugins()  # it asks none of them for anything
    gc.collect()
    gc.freeze()


class Server:
    """One thread, one loop."""

    def __init__(self, asked: socket.socket) -> None:
        self._asked = asked
        self._waiting = selectors.PollSelector()  # has no descriptor of its own
        self._waiting.register(asked, selectors.EVENT_READ)

    def serve(self) -> dict[str, Any] | None:
        """Returns in each program what it is to be; in the server itself None, at the end."""
        while True:
            for key, _ in self._waiting.select():
                if key.fileobj is not self._asked:
                    self._reap(key)
                    continue
                data, fds, _, _ = socket.recv_fds(self._asked, MESSAGE_BYTES, STREAMS + 1)
                if not data:
                    return None
                pid = os.fork()
                if pid == 0:
                    self._asked.detach()
                    _take(fds)
                    request: dict[str, Any] = json.loads(data)
                    return request
                self._keep(pid, fds)

    def _keep(self, pid: int, fds: list[int]) -> None:
        *streams, told = fds
        for fd in streams:
            os.close(fd)
        self._waiting.register(os.pidfd_open(pid), selectors.EVENT_READ, (pid, told))

    def _reap(self, key: selectors.SelectorKey) -> None:
        pid, told = key.data
        self._waiting.unregister(key.fileobj)
        os.close(key.fd)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        try:
            os.write(told, b"%d\n" % code)
        except BrokenPipeError:
            pass  # nobody wants to know
        os.close(told)


def _take(fds: list[int]) -> None:
    """In the program: the streams are its own, and nothing else of the server's is."""
    os.setsid()
    os.write(fds[STREAMS], b"%d\n" % os.getpid())
    for number, fd in enumerate(fds[:STREAMS]):
        os.dup2(fd, number)
    os.closerange(_FIRST_FREE, _NO_MORE)


def be(request: dict[str, Any]) -> None:
    """As ``python ARGUMENTS`` would, in this environment and folder."""
    os.environ.clear()
    os.environ.update(request["env"])
    os.chdir(request["cwd"])
    signal.signal(signal.SIGINT, signal.default_int_handler)
    first, *rest = request["arguments"]
    if first == "-m":
        sys.argv, sys.path[0] = rest, request["cwd"]
        runpy.run_module(rest[0], run_name="__main__", alter_sys=True)
    elif first == "-c":
        sys.argv, sys.path[0] = ["-c", *rest[1:]], ""
        exec(compile(rest[0], "<string>", "exec"), {"__name__": "__main__"})
    else:
        sys.argv, sys.path[0] = [first, *rest], str(Path(first).parent)
        runpy.run_path(first, run_name="__main__")


if __name__ == "__main__":
    sys.path[0] = os.getcwd()
    load()
    request = Server(socket.socket(fileno=int(sys.argv[1]))).serve()
    if request is not None:
        be(request)
