"""Loading an input from its link, as the service does. Used in the rendering process only."""

from __future__ import annotations

import http.client
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

from ..motion.limits import is_web_link

_TIMEOUT_S = 20.0  # for each step of a connection
_CHUNK_BYTES = 256 * 1024
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class FetchFailed(Exception):
    """The link brought no file; the text says why."""


class _WebOnly(urllib.request.HTTPRedirectHandler):
    """Follows redirects to http and https only: urllib would also go to ftp."""

    def redirect_request(self, req, fp, code, msg, headers, newurl):  # type: ignore[no-untyped-def]  # urllib's own signature is untyped
        if not is_web_link(newurl):
            raise FetchFailed("redirected to something that is not http")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def fetch(url: str, target: Path, limit_bytes: int) -> Path:
    """Load a link into a file. Raises FetchFailed."""
    if not is_web_link(url):
        raise FetchFailed("not an http link")
    opener = urllib.request.OpenerDirector()
    proxies: dict[str, str] | None = {} if urlsplit(url).hostname in _LOOPBACK else None
    for handler in (
        urllib.request.ProxyHandler(proxies),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        _WebOnly(),
    ):
        opener.add_handler(handler)
    request = urllib.request.Request(url, headers={"User-Agent": "kling-desktop-sandbox"})
    try:
        return _load(opener, request, target, limit_bytes)
    except urllib.error.HTTPError as answer:
        answer.close()
        raise FetchFailed(f"HTTP {answer.code}") from answer
    except (OSError, http.client.HTTPException, ValueError) as failure:
        raise FetchFailed(type(failure).__name__) from failure


def _load(
    opener: urllib.request.OpenerDirector,
    request: urllib.request.Request,
    target: Path,
    limit_bytes: int,
) -> Path:
    size_bytes = 0
    answer = opener.open(request, timeout=_TIMEOUT_S)
    if answer is None:
        raise FetchFailed("nothing answered")
    with answer, target.open("wb") as out:
        announced = answer.headers.get("Content-Length")
        while chunk := answer.read(_CHUNK_BYTES):
            size_bytes += len(chunk)
            if size_bytes > limit_bytes:
                raise FetchFailed("the file is too large")
            out.write(chunk)
    if announced is not None and announced.isdigit() and int(announced) != size_bytes:
        raise FetchFailed("the connection was cut")
    if size_bytes == 0:
        raise FetchFailed("the file is empty")
    return target
