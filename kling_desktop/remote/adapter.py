"""The one place that knows requests and urllib3: watched connections, and what their errors mean.

Loaded at the first call, not with the package.
"""

from __future__ import annotations

import os
import re
import socket
import ssl
from http import HTTPStatus
from http.client import HTTPException, HTTPResponse, IncompleteRead, parse_headers
from typing import Any

import requests
import socks
import urllib3
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.contrib.socks import SOCKSConnection, SOCKSHTTPSConnection

from ..motion.token import Token
from .bodies import BLOCK_BYTES
from .watch import current_watch
from .way import OF_BUNDLE, SYSTEM_BUNDLE, Way

_MAX_CHAIN = 12  # how many wrapped errors are looked through


class _FinalAnswer(HTTPResponse):
    """Passes over every interim answer (RFC 9110, 15.2), as ``103 Early Hints``.

    ``http.client`` itself passes over 100 alone.
    """

    def _read_status(self) -> tuple[str, int, str]:
        while True:
            found: tuple[str, int, str] = super()._read_status()  # type: ignore[misc]  # no stub
            interim = HTTPStatus.CONTINUE < found[1] < HTTPStatus.OK
            if not interim or found[1] == HTTPStatus.SWITCHING_PROTOCOLS:
                return found
            parse_headers(self.fp)


class _Watched(HTTPConnection):
    """Hands its socket to the watch of this thread before a request is written to it."""

    response_class = _FinalAnswer

    def connect(self) -> None:
        super().connect()
        self._show()

    def _tunnel(self) -> None:
        super()._tunnel()
        if (watch := current_watch()) is not None:
            watch.tunnelled = True

    def putrequest(self, *args: Any, **kwargs: Any) -> None:
        if self.sock is not None:  # kept alive from an earlier exchange
            self._show()
        super().putrequest(*args, **kwargs)

    def _show(self) -> None:
        watch = current_watch()
        if watch is not None and self.sock is not None:
            through_proxy = self.proxy is not None or isinstance(self, SOCKSConnection)
            watch.attach(self.sock, through_proxy=through_proxy)


class _WatchedTls(_Watched, HTTPSConnection):
    """The same over TLS."""


class _WatchedSocks(_Watched, SOCKSConnection):
    """The same through a SOCKS proxy."""


class _WatchedSocksTls(_Watched, SOCKSHTTPSConnection):
    """The same over TLS, through a SOCKS proxy."""


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Watched


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _WatchedTls


class _SocksPool(HTTPConnectionPool):
    ConnectionCls = _WatchedSocks


class _SocksTlsPool(HTTPSConnectionPool):
    ConnectionCls = _WatchedSocksTls


_POOLS = {"http": _Pool, "https": _TlsPool}
_SOCKS_POOLS = {"http": _SocksPool, "https": _SocksTlsPool}


def system_context() -> ssl.SSLContext:
    """Trusts whom this computer trusts, and requests adds the authorities that it brings."""
    import truststore

    context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if path := os.environ.get(SYSTEM_BUNDLE):  # elsewhere than on Linux nobody else reads it
        context.load_verify_locations(path)
    return context


class WatchedAdapter(HTTPAdapter):
    """Watched connections, large blocks, and never a retry."""

    def __init__(self) -> None:
        self._context: ssl.SSLContext | None = None  # shared, one handshake would wait for another
        super().__init__(max_retries=0, pool_maxsize=1)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, blocksize=BLOCK_BYTES, **kwargs)  # type: ignore[no-untyped-call, unused-ignore]  # typed in requests 2.34, not in older stubs
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: Any, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, blocksize=BLOCK_BYTES, **kwargs)  # type: ignore[no-untyped-call, unused-ignore]  # as above
        is_socks = proxy.lower().startswith("socks")
        manager.pool_classes_by_scheme = _SOCKS_POOLS if is_socks else _POOLS
        return manager

    def build_connection_pool_key_attributes(
        self, request: requests.PreparedRequest, verify: Any, cert: Any = None
    ) -> Any:
        host, pool = super().build_connection_pool_key_attributes(request, verify, cert)
        if verify is True and host["scheme"] == "https":
            self._context = self._context or system_context()
            pool["ssl_context"] = self._context
        return host, pool


class BearerAuth(AuthBase):
    """The token in its header. As an object, so that ``~/.netrc`` cannot replace it."""

    def __init__(self, token: Token | None) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._token is not None:
            request.headers["Authorization"] = f"Bearer {self._token.reveal()}"
        return request


def new_session(user_agent: str) -> requests.Session:
    """A session that keeps no cookies of its own and compresses nothing."""
    session = requests.Session()
    session.headers.clear()
    session.headers.update({"User-Agent": user_agent, "Accept-Encoding": "identity"})
    session.mount("https://", WatchedAdapter())
    session.mount("http://", WatchedAdapter())
    return session


# What any part of an exchange may raise. ValueError: addresses and headers that cannot be sent.
EXCHANGE_ERRORS = (
    requests.RequestException,
    urllib3.exceptions.HTTPError,
    OSError,
    ValueError,
    EOFError,
    HTTPException,
)


# By what OpenSSL says of a certificate (X509_V_ERR_…), of which all others are not trusted.
_NOT_VALID_NOW = frozenset({9, 10})
_OTHER_NAME = frozenset({62, 64})
_TUNNEL = re.compile(r"Tunnel connection failed: (\d{3})")  # http.client's own words
_SIGN_IN = "407"
_SOCKS_CODES: dict[type[Exception], str] = {
    socks.ProxyConnectionError: "proxy",
    socks.SOCKS5AuthError: "proxy_sign_in",
    socks.SOCKS5Error: "proxy_refuses",
    socks.SOCKS4Error: "proxy_refuses",
}
_NO_BUNDLE = "NO_CERTIFICATE_OR_CRL_FOUND"


def never_sent_code(problem: BaseException) -> str | None:
    """A code where the error is one of making the connection, else None."""
    chain = _chain(problem)
    found = _proxy_code(chain) or _connect_code(chain) or _certificate_code(chain)
    odd = found == "unreachable" and any(isinstance(e, socks.ProxyError) for e in chain)
    return "proxy" if odd else found


def of_proxy_code(code: str | None, way: Way) -> str | None:
    """Of one that came before the proxy had made a way to the host: then it is the proxy's.

    ``code``: what ``never_sent_code`` found.
    """
    if not way.proxy:
        return code
    if code == "name_not_resolved" and way.resolves_here:
        return "name_not_resolved_socks"
    known = code is not None and code.startswith(("proxy", "certificate", "name"))
    return code if known or code in OF_BUNDLE else "proxy"


def not_connected_code(problem: BaseException) -> str:
    """Of one that is known to come before a connection was there, and has no other code."""
    chain = _chain(problem)
    if any(isinstance(e, ConnectionError | ssl.SSLEOFError) for e in chain):
        return "cut_at_once"
    return "no_tls" if any(isinstance(e, ssl.SSLError) for e in chain) else "not_connected"


def _proxy_code(chain: list[BaseException]) -> str | None:
    for error in chain:
        for kind, code in _SOCKS_CODES.items():
            if isinstance(error, kind):
                return code
        if isinstance(error, OSError) and (found := _TUNNEL.search(str(error))):
            return "proxy_sign_in" if found[1] == _SIGN_IN else "proxy_refuses"
    return "proxy" if any(isinstance(e, urllib3.exceptions.ProxyError) for e in chain) else None


def _connect_code(chain: list[BaseException]) -> str | None:
    names = urllib3.exceptions
    if any(isinstance(e, names.NameResolutionError | socket.gaierror) for e in chain):
        return "name_not_resolved"
    if any(isinstance(e, names.NewConnectionError) for e in chain):
        refused = any(isinstance(e, ConnectionRefusedError) for e in chain)
        return "refused" if refused else "unreachable"
    timed_out = any(isinstance(e, names.ConnectTimeoutError) for e in chain)
    return "connect_timeout" if timed_out else None


def _certificate_code(chain: list[BaseException]) -> str | None:
    for error in chain:
        if isinstance(error, ssl.SSLCertVerificationError):
            if error.verify_code in _NOT_VALID_NOW:
                return "certificate_date"
            return "certificate_name" if error.verify_code in _OTHER_NAME else "certificate"
        if isinstance(error, ssl.SSLError) and error.reason == _NO_BUNDLE:
            return "bundle_unreadable"
    return None


def lost_code(problem: BaseException) -> str:
    """How contact was lost, as far as it can be told."""
    chain = _chain(problem)
    if any(isinstance(e, urllib3.exceptions.ReadTimeoutError | TimeoutError) for e in chain):
        return "read_timeout"
    if any(isinstance(e, urllib3.exceptions.IncompleteRead | IncompleteRead) for e in chain):
        return "cut_answer"
    if any(isinstance(e, ssl.SSLError) for e in chain):
        return "tls"
    return "reset"


def _chain(problem: BaseException) -> list[BaseException]:
    """The error and all that it wraps: urllib3 keeps causes in args, ``reason`` and context."""
    found: list[BaseException] = []
    waiting: list[BaseException] = [problem]
    while waiting and len(found) < _MAX_CHAIN:
        error = waiting.pop(0)
        if any(error is seen for seen in found):
            continue
        found.append(error)
        inside = [*error.args, getattr(error, "reason", None), error.__cause__, error.__context__]
        waiting.extend(e for e in inside if isinstance(e, BaseException))
    return found
