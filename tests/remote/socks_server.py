"""A SOCKS5 proxy on loopback that leads everybody to one server."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from contextlib import suppress

NO_PASSWORD, PASSWORD, NONE_TAKEN = 0, 2, 0xFF
GRANTED, REFUSED = 0, 2
BY_NAME = 3


class SocksProxy:
    """``asked``: the names and ports that were asked for."""

    def __init__(self, target: int, *, method: int = NO_PASSWORD, reply: int = GRANTED) -> None:
        self._target, self._method, self._reply = target, method, reply
        self.asked: list[tuple[str, int]] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self._open: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for each in self._open:
            with contextlib.suppress(OSError):  # gone already
                each.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self._open.append(client)
            self._threads.append(threading.Thread(target=self._serve, args=(client,)))
            self._threads[-1].start()

    def _serve(self, client: socket.socket) -> None:
        """Whoever looks a host's name up itself, and does not find it, leaves in the middle."""
        with suppress(IndexError), client, client.makefile("rb") as reader:
            reader.read(reader.read(2)[1])
            client.sendall(bytes((5, self._method)))
            if self._method == NONE_TAKEN:
                return
            assert reader.read(4)[3] == BY_NAME, "the name is looked up here"
            name = reader.read(reader.read(1)[0]).decode()
            (port,) = struct.unpack("!H", reader.read(2))
            self.asked.append((name, port))
            client.sendall(bytes((5, self._reply, 0, 1, 0, 0, 0, 0, 0, 0)))
            if self._reply == GRANTED:
                with socket.create_connection(("127.0.0.1", self._target)) as server:
                    self._open.append(server)
                    back = threading.Thread(target=_pass_on, args=(server, client))
                    back.start()
                    _pass_on(client, server)
                    back.join()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    try:
        while block := source.recv(65536):
            target.sendall(block)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        return
