"""Exchanges with a host: one request, one answer, read within limits of size and time."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from weakref import WeakSet

from .. import __version__
from ..motion.token import Token
from ..steady import steady_s
from .bodies import Body
from .errors import ContactLost, NotSent, RefusalKind, Refused, RemoteError, Stopped, UnclearAnswer
from .links import checked_base_url, host_of
from .watch import Ended, Watch
from .way import OF_BUNDLE, Way, way_to

if TYPE_CHECKING:
    import requests

__all__ = ["Answer", "Exchange", "Http", "checked_base_url"]

USER_AGENT = f"KlingDesktop/{__version__}"
CONNECT_TIMEOUT_S = 10.0  # name, TCP and TLS; the vendor's SDK waits as long
READ_TIMEOUT_S = 60.0  # between two bytes of an answer
READ_DEADLINE_S = 120.0  # for a whole small answer, however slowly it drips
MAX_ANSWER_BYTES = 8 * 1024 * 1024  # a batch of 50 records has well under 1 MiB
_ANSWER_BLOCK_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole small answer. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    host: str
    received_at: float  # Unix seconds, this computer's clock

    def header(self, name: str) -> str | None:
        return self.headers.get(name.lower())


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request, described. ``stop`` ends it from outside; times are in seconds."""

    method: str
    url: str
    token: Token | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)
    body: Body | None = None
    stop: threading.Event | None = None
    read_timeout_s: float | None = None
    deadline_s: float | None = READ_DEADLINE_S
    fresh: bool = False  # on a connection of its own, so that a reset means what it says
    public_only: bool = False  # never to an address of this computer or the local network
    allow_loopback: bool = False


class Http:
    """Talks HTTP from any thread: a session for each thread, proxies from the environment.

    Follows no redirect and repeats nothing. Errors carry no part of the request but its host.
    """

    def __init__(
        self,
        *,
        user_agent: str = USER_AGENT,
        connect_timeout_s: float = CONNECT_TIMEOUT_S,
        read_timeout_s: float = READ_TIMEOUT_S,
    ) -> None:
        self.read_timeout_s = read_timeout_s
        self._user_agent = user_agent
        self._connect_timeout_s = connect_timeout_s
        self._local = threading.local()
        self._lock = threading.Lock()
        self._sessions: WeakSet[requests.Session] = WeakSet()
        self._running: set[Watch] = set()
        # The Date header of the newest answer to a call with a token, and when it came by
        # ``steady_s``: this computer's clock may be set meanwhile.
        self.last_dated: tuple[str | None, float] = (None, 0.0)

    def close(self) -> None:
        """End what is under way in any thread (Stopped there) and close kept connections."""
        with self._lock:
            sessions, running = list(self._sessions), list(self._running)
            self._sessions.clear()
        for watch in running:
            watch.end(Ended.STOPPED)
        self._local = threading.local()
        for session in sessions:
            session.close()

    def call(self, exchange: Exchange) -> Answer:
        """One request and its whole answer.

        Raises NotSent, ContactLost, UnclearAnswer (too big, or a redirect), Stopped, and
        Refused where the token cannot be put in a header.
        """
        with self.open(exchange) as stream:
            body = stream.read_all(MAX_ANSWER_BYTES)
            if 300 <= stream.status < 400:
                raise UnclearAnswer("redirected", http_status=stream.status, host=stream.host)
            return Answer(stream.status, stream.headers, body, stream.host, time.time())

    def note_date(self, text: str | None) -> None:
        """The Date header of an answer that has just come, and is the service's own."""
        self.last_dated = (text, steady_s())

    @contextmanager
    def open(self, exchange: Exchange) -> Iterator[Stream]:
        """The answer's head now and its body on demand; the same errors as ``call``."""
        _check_token(exchange)
        session = self._new_session() if exchange.fresh else self._session()
        watch = Watch(
            stop=exchange.stop,
            deadline_s=exchange.deadline_s,
            public_only=exchange.public_only,
            allow_loopback=exchange.allow_loopback,
        )
        try:
            with watch, self._counted(watch):
                stream = self._send(session, exchange, watch)
                try:
                    yield stream
                finally:
                    stream.close()
        finally:
            if exchange.fresh:
                session.close()

    @contextmanager
    def _counted(self, watch: Watch) -> Iterator[None]:
        with self._lock:
            self._running.add(watch)
        try:
            yield
        finally:
            with self._lock:
                self._running.discard(watch)

    def _send(self, session: requests.Session, exchange: Exchange, watch: Watch) -> Stream:
        # The error is made outside the except block: requests' own exceptions carry the request
        # with its headers, and would otherwise travel along as ``__context__``.
        response, problem = self._try_send(session, exchange, watch)
        if response is None:
            assert problem is not None
            raise problem
        return Stream(response, watch, host_of(exchange.url), self._timeouts(exchange)[1])

    def _try_send(
        self, session: requests.Session, exchange: Exchange, watch: Watch
    ) -> tuple[requests.Response | None, RemoteError | None]:
        from .adapter import EXCHANGE_ERRORS

        way = way_to(exchange.url)
        if exchange.body is not None:
            exchange.body.before_first_read = watch.check
        try:
            prepared = _prepare(session, exchange)
            # Not ``Session.send``: that stores cookies and reads a redirect's body unasked.
            adapter = session.get_adapter(exchange.url)
            timeouts = self._timeouts(exchange)
            response = adapter.send(
                prepared,
                stream=True,
                timeout=timeouts,
                verify=way.verify,
                proxies=way.proxies,
            )
        except EXCHANGE_ERRORS as problem:
            return None, _translate(problem, exchange, watch, way)
        return response, None

    def _timeouts(self, exchange: Exchange) -> tuple[float, float]:
        return self._connect_timeout_s, exchange.read_timeout_s or self.read_timeout_s

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = self._local.session = self._new_session()
            with self._lock:
                self._sessions.add(session)
        return session

    def _new_session(self) -> requests.Session:
        from .adapter import new_session

        return new_session(self._user_agent)


class Stream:
    """An answer whose head has come; its body is read in pieces as they arrive."""

    def __init__(
        self, response: requests.Response, watch: Watch, host: str, read_timeout_s: float
    ) -> None:
        self.status = response.status_code
        self.headers = {k.lower(): v for k, v in response.headers.items()}
        self.host = host
        self._response = response
        self._watch = watch
        self._at_end = False
        self._looked_at = b""  # and not read yet

    def certificate(self) -> bytes:
        """What the host showed, as DER; empty without TLS, or where the answer has come whole."""
        return self._watch.certificate()

    def close(self) -> None:
        """Give the connection back if all was read, else close it."""
        if self._at_end:
            self._response.raw.release_conn()
        self._response.close()

    def read(self, size: int, *, decode: bool = False) -> bytes:
        """Up to ``size`` bytes as soon as any are there; empty at the end.

        Raises ContactLost, or Stopped.
        """
        if self._looked_at:
            block, self._looked_at = self._looked_at, b""
            return block
        block, problem = self._try_read(size, decode)
        if problem is not None:
            raise problem
        self._at_end = not block
        return block

    def look_at(self, size: int) -> bytes:
        """The first ``size`` bytes or a little more, fewer at the end; they are read again later.

        Raises as ``read``.
        """
        found = b""
        while len(found) < size and (block := self.read(size)):
            found += block
        self._looked_at = found
        return found

    def read_all(self, limit: int) -> bytes:
        """The whole body; raises UnclearAnswer("too_big") beyond ``limit`` bytes."""
        blocks, total = [], 0
        while block := self.read(_ANSWER_BLOCK_BYTES, decode=True):
            total += len(block)
            if total > limit:
                raise UnclearAnswer("too_big", http_status=self.status, host=self.host)
            blocks.append(block)
        return b"".join(blocks)

    def _try_read(self, size: int, decode: bool) -> tuple[bytes, RemoteError | None]:
        from .adapter import EXCHANGE_ERRORS, lost_code

        try:
            self._watch.check()
            block: bytes = self._response.raw.read1(size, decode_content=decode) or b""
        except EXCHANGE_ERRORS as problem:
            return b"", self._ended() or self._lost(lost_code(problem))
        if not block and self._watch.ended is not None:
            return b"", self._ended()
        return block, None

    def _ended(self) -> RemoteError | None:
        if self._watch.ended is Ended.STOPPED:
            return Stopped("stopped", host=self.host)
        return self._lost("too_slow") if self._watch.ended is Ended.DEADLINE else None

    def _lost(self, code: str) -> ContactLost:
        return ContactLost(code, http_status=self.status, host=self.host)


def _prepare(session: requests.Session, exchange: Exchange) -> requests.PreparedRequest:
    import requests

    from .adapter import BearerAuth

    headers = dict(exchange.headers)
    if exchange.body is not None:
        headers["Content-Type"] = exchange.body.content_type
    if exchange.fresh:
        headers["Connection"] = "close"
    return session.prepare_request(
        requests.Request(
            exchange.method,
            exchange.url,
            headers=headers,
            params=dict(exchange.params),
            data=exchange.body,
            auth=BearerAuth(exchange.token),
        )
    )


def _check_token(exchange: Exchange) -> None:
    """requests puts a header it refuses into its error's text, so it must never see one."""
    if exchange.token is None:
        return
    text = exchange.token.reveal()
    if not text or not all("!" <= c <= "~" for c in text):
        raise Refused("invalid_token", kind=RefusalKind.TOKEN, host=host_of(exchange.url))


def _translate(problem: Exception, exchange: Exchange, watch: Watch, way: Way) -> RemoteError:
    """What an error of sending means.

    A body never asked for proves that nothing arrived; without one, that there was no connection.
    """
    from .adapter import lost_code, never_sent_code, not_connected_code, of_proxy_code

    host = host_of(exchange.url)
    if watch.ended is Ended.STOPPED:
        return Stopped("stopped", host=host)
    code = never_sent_code(problem)
    unsent = code is not None or not watch.connected
    if exchange.body is not None:
        unsent = not exchange.body.handed_over
    if unsent:
        if not (watch.connected or watch.tunnelled):
            code = of_proxy_code(code, way)
        code = code or not_connected_code(problem)
        if code == "certificate" and (fault := way.bundle_fault()):
            code, at = fault
            return NotSent(code, host=host, at=at)
        return NotSent(code, host=host, at=way.bundle_from if code in OF_BUNDLE else way.proxy)
    too_slow = watch.ended is Ended.DEADLINE
    return ContactLost("too_slow" if too_slow else lost_code(problem), host=host)
