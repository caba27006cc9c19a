"""Which addresses may be talked to: base addresses of the service, and links to files."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, unquote, urlsplit

from ..motion.hosts import Reach, reach_of
from .errors import BadLink

MAX_LINK_CHARS = 8192  # signed links have a few hundred; servers refuse more than about 8 K
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f\\]|[\ud800-\udfff]")


def checked_base_url(text: str) -> str:
    """A base address without a trailing slash: https, or http to this computer itself.

    Raises BadLink: a token travels to this address, so anything odd is refused.
    """
    parts = _split(text.strip())
    host = parts.hostname or ""
    if parts.query or parts.fragment or "?" in text or "#" in text:
        raise BadLink("base_url_query", host=host)
    if parts.scheme != "https" and not is_loopback_host(host):
        raise BadLink("base_url_not_https", host=host)
    return f"{parts.scheme}://{parts.netloc}{parts.path}".rstrip("/")


def checked_link(url: str, *, allow_loopback: bool) -> str:
    """The link itself if it is http(s) and names a public host; raises BadLink.

    A name is judged again by the address it led to, once connected (``checked_address``).
    """
    parts = _split(url)
    host = (parts.hostname or "").rstrip(".")
    if host == "localhost" or host.endswith(".localhost"):
        if not allow_loopback:
            raise BadLink("link_private", host=host)
    else:
        checked_address(host, allow_loopback=allow_loopback)
    return url


def checked_address(address: str, *, allow_loopback: bool, host: str = "") -> None:
    """Raises BadLink("link_private") where a literal address is not a public one."""
    reach = reach_of(address)
    if reach is Reach.PRIVATE or (reach is Reach.LOOPBACK and not allow_loopback):
        raise BadLink("link_private", host=host or address)


def is_loopback_host(host: str) -> bool:
    """``localhost``, 127.0.0.0/8 or ::1, as written; nothing is resolved."""
    return host == "localhost" or reach_of(host) is Reach.LOOPBACK


def host_of(url: str) -> str:
    """The host's name for messages; empty where there is none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def path_of(url: str) -> str:
    """In lower case, without escapes; empty where there is none."""
    try:
        return unquote(urlsplit(url).path).lower()
    except ValueError:
        return ""


def same_file(url: str, other: str) -> bool:
    """Whether both lead to one file, as far as can be told: its query may be a new signature."""
    if url == other:
        return True
    path, host = path_of(url), host_of(url)
    if not host or (host, path) != (host_of(other), path_of(other)):
        return False
    return "." in path.rpartition("/")[2] or _query(url) == _query(other)


def _query(url: str) -> str:
    return url.partition("#")[0].partition("?")[2]


def _split(url: str) -> SplitResult:
    """The parts of a plain http(s) address with a host and no password; raises BadLink."""
    if not url or len(url) > MAX_LINK_CHARS or _FORBIDDEN.search(url):
        raise BadLink("link_not_http")
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port  # a port out of range raises here
    except ValueError:
        parts, host = urlsplit(""), ""
    if parts.scheme.lower() not in ("http", "https") or not host:
        raise BadLink("link_not_http")
    if "@" in parts.netloc:
        raise BadLink("link_with_password", host=host)
    return parts
