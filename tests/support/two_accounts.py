"""Two accounts of one service: a host on loopback that hands each request to its account's sandbox.

By the token in its header, or, where none belongs, to the one that has the file.
"""

from __future__ import annotations

import http.client
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from urllib.parse import urlsplit

from kling_desktop.sandbox import Sandbox

_HOP = ("connection", "transfer-encoding", "keep-alive", "date", "server")


class TwoAccounts:
    """Serves while it is entered; ``address`` is the base URL of both hosts."""

    def __init__(self, first: Sandbox, second: Sandbox) -> None:
        self._sandboxes = (first, second)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self._sandboxes))
        self._server.daemon_threads = True

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> TwoAccounts:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()


def _whose(sandboxes: tuple[Sandbox, Sandbox], token: str) -> tuple[Sandbox, ...]:
    """The account of a token; both, one after the other, where it is of neither."""
    return tuple(s for s in sandboxes if s.owns(token)) or sandboxes


def _handler(sandboxes: tuple[Sandbox, Sandbox]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._pass_on()

        do_POST = do_HEAD = do_GET

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

        def _pass_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            token = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
            try:
                for sandbox in _whose(sandboxes, token):
                    status, headers, content = self._ask(sandbox, body)
                    if token or status < 400:
                        break
            except (OSError, http.client.HTTPException):  # cut there is cut here
                self.close_connection = True
                return
            self.send_response(status)
            for name, value in headers:
                if name.lower() not in (*_HOP, "content-length"):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def _ask(self, sandbox: Sandbox, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
            host = urlsplit(sandbox.address)
            connection = http.client.HTTPConnection(host.hostname or "", host.port)
            try:
                headers = {**self.headers, "Host": host.netloc}
                connection.request(self.command, self.path, body or None, headers)
                answer = connection.getresponse()
                return answer.status, answer.getheaders(), self._leading_here(sandbox, answer)
            finally:
                connection.close()

        def _leading_here(self, sandbox: Sandbox, answer: http.client.HTTPResponse) -> bytes:
            """The links in an answer."""
            content = answer.read()
            if answer.headers.get_content_type() != "application/json":
                return content
            here = f"http://{self.headers['Host']}"
            return content.replace(sandbox.address.encode(), here.encode())

    return Handler
