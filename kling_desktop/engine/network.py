"""Proxy and certificates as this computer has them, and a test whether each host is reached."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from functools import partial
from urllib.parse import urlsplit

from ..motion.job import Money
from ..motion.reached import Met, Tried, WayThere
from ..remote.errors import NETWORK_SIGN_IN, NotSent, RemoteError, plain_text
from ..remote.http import Exchange, Http
from ..remote.issuer import issuer_of
from ..remote.links import host_of, is_loopback_host
from ..remote.way import BUNDLES, way_to
from .problems import from_remote
from .service import Hosts
from .workers import Workers

# For a whole answer, whatever is in the way; looking a name up cannot be ended, and is left alone.
ANSWER_WITHIN_S, TEST_WITHIN_S = 15.0, 20.0
UPLOADS_URL = "https://cdn.acedata.cloud"  # where the service keeps uploads and results
_ISSUER_MAX_CHARS = 120  # a stranger's words


def urls_of(hosts: Hosts) -> tuple[str, ...]:
    """One address of each host that the program uses."""
    urls = [hosts.api, hosts.platform]
    if not hosts.sandbox:
        urls.append(UPLOADS_URL)
    return tuple({host_of(url): url for url in urls}.values())


class NetworkTest:
    """Nothing here sends a token. ``told`` hears of each host as soon as it is known."""

    def __init__(self, http: Http, hosts: Hosts, workers: Workers) -> None:
        self._http = http
        self._urls = urls_of(hosts)
        self._workers = workers
        self._stop = threading.Event()

    async def ways(self) -> tuple[WayThere, ...]:
        """As it is set now. In a thread: the system's settings may be asked over a bus."""
        return await self._workers.aside(lambda: tuple(map(way_there, self._urls)))

    async def run(self, told: Callable[[Tried], None]) -> None:
        """All hosts at once. Cancelled, it ends what is under way."""
        self._stop = threading.Event()
        try:
            async with asyncio.TaskGroup() as group:
                for url in self._urls:
                    group.create_task(self._run(url, told))
        finally:
            self._stop.set()

    async def _run(self, url: str, told: Callable[[Tried], None]) -> None:
        try:
            async with asyncio.timeout(TEST_WITHIN_S):
                tried = await self._workers.aside(partial(_tried, self._http, url, self._stop))
        except TimeoutError:
            way = await self._workers.aside(partial(way_there, url))
            slow = NotSent("connect_timeout", host=way.host)
            tried = Tried(way, problem=from_remote(slow, Money.NOT_CHARGED, "unreachable"))
        told(tried)


def way_there(url: str) -> WayThere:
    """How this host is reached, as this computer is set. Never raises."""
    host = host_of(url)
    is_secure, is_here = urlsplit(url).scheme == "https", is_loopback_host(host)
    try:
        way = way_to(url)
    except NotSent as error:
        problem = from_remote(error, Money.NOT_CHARGED, "unreachable")
        return WayThere(host, is_secure, is_here, problem=problem)
    return WayThere(
        host,
        is_secure,
        is_here,
        way.proxy,
        way.proxy_from,
        way.bundle,
        way.bundle_from,
        way.bundle_from in BUNDLES,
    )


def _tried(http: Http, url: str, stop: threading.Event) -> Tried:
    """Any answer will do: that of a host without a token is a no. Blocks."""
    way = way_there(url)
    if way.problem is not None:
        return Tried(way, problem=way.problem)
    exchange = Exchange(
        "GET",
        f"{url}/",
        stop=stop,
        fresh=True,
        read_timeout_s=ANSWER_WITHIN_S,
        deadline_s=ANSWER_WITHIN_S,
    )
    try:
        with http.open(exchange) as stream:
            issuer = plain_text(issuer_of(stream.certificate()), _ISSUER_MAX_CHARS)
            met = Met.SIGN_IN if stream.status == NETWORK_SIGN_IN else None
            return Tried(way, issuer, met=met)
    except NotSent as error:
        return Tried(way, problem=from_remote(error, Money.NOT_CHARGED, "unreachable"))
    except RemoteError:
        return Tried(way, met=Met.SILENCE)
