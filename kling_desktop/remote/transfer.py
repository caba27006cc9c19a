"""Files behind public links: resumable downloads into a part file, and a look at a link's head.

No token ever travels here. Every hop of a redirect is judged like the link itself.
"""

from __future__ import annotations

import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from urllib.parse import urljoin

from ..motion.facts import LinkFacts
from .answers import retry_after_s
from .errors import BadLink, ContactLost, LinkExpired, LinkUnchecked, RemoteError, UnclearAnswer
from .http import Answer, Exchange, Http, Stream
from .links import checked_link, host_of
from .partfile import OtherFile, PartFile, content_range

MAX_REDIRECTS = 5
MAX_DOWNLOAD_BYTES = 2 * 1024**3  # results have a few MB; 30 s of 1080p stays under 100 MB
BLOCK_BYTES = 64 * 1024  # larger ones were slower on loopback: they leave the processor's cache
STALL_S = 30.0  # without a single byte
SLOW_WINDOW_S = 60.0  # a server that drips is given up when a minute brought less than this
SLOW_WINDOW_BYTES = 16 * 1024
LINK_CHECK_S = 20.0  # for the head of a link that a person typed
MAX_HEADER_CHARS = 200  # of a header that is kept with a job
_EXPIRED = frozenset({401, 403, 404, 410})
_AS_IT_IS = ("identity", "")  # values of Content-Encoding
_GZIP_HEAD, _GZIP_BITS = b"\x1f\x8b\x08", 16 + zlib.MAX_WBITS  # RFC 1952; zlib's own number
_WITH_FILE = frozenset({200, 201, 203, 206})
_HTML = ("text/html", "application/xhtml+xml")
_HEAD_BYTES = 512  # a media file's first fields
_NOT_MEDIA = ("text/", "application/json", "application/xml", "application/xhtml+xml")

Progress = Callable[[int, int | None], None]


def download(
    http: Http,
    url: str,
    part_path: str,
    *,
    on_progress: Callable[[int, int | None], None] | None = None,
    stop: threading.Event | None = None,
    allow_loopback: bool,
) -> int:
    """Fetch a file into ``part_path``, going on where an earlier call left off; returns its size.

    ``on_progress`` gets (bytes here, bytes in all or None). Beside the part lies
    ``part_path + ".meta"``, which tells whether the file behind a link is still the same; the
    caller removes it with the part. Raises LinkExpired, BadLink, Stopped, LocalFileError;
    NotSent, ContactLost and UnclearAnswer mean "try later", and the part stays.
    """
    exchange = Exchange(
        "GET",
        url,
        stop=stop,
        read_timeout_s=STALL_S,
        deadline_s=None,
        public_only=True,
        allow_loopback=allow_loopback,
    )
    with PartFile(part_path) as part:
        if _fetch(http, exchange, part, on_progress) is not None:
            part.reset()
            refused = _fetch(http, exchange, part, on_progress)
            if refused is not None:
                raise UnclearAnswer("range_refused", http_status=refused, host=host_of(url))
        part.finish()
        return part.size_bytes


def _fetch(
    http: Http, exchange: Exchange, part: PartFile, on_progress: Progress | None
) -> int | None:
    """One attempt; None, or the status where the answer does not go on with what is here."""
    resuming = replace(exchange, headers=part.resume_headers())
    with _followed(http, resuming) as stream:
        if stream.status == 416:
            return stream.status
        _must_be_media(stream)
        packed = _is_packed(stream)
        try:
            total = part.begin(stream, packed=packed)
        except OtherFile:
            return stream.status
        if total is not None and total > MAX_DOWNLOAD_BYTES:
            raise BadLink("link_too_big", host=stream.host)
        _copy(_unpacked(stream) if packed else _blocks(stream), stream, part, total, on_progress)
        return None


def _blocks(stream: Stream) -> Iterator[bytes]:
    while block := stream.read(BLOCK_BYTES):
        yield block


def _unpacked(stream: Stream) -> Iterator[bytes]:
    """Of a copy that was packed on the way, though it was asked for as it is."""
    packed = zlib.decompressobj(_GZIP_BITS)
    try:
        for block in _blocks(stream):
            rest = block
            while rest and not packed.eof:
                yield packed.decompress(rest, BLOCK_BYTES)
                rest = packed.unconsumed_tail
    except zlib.error:
        raise ContactLost("cut_answer", http_status=stream.status, host=stream.host) from None
    if not packed.eof:
        raise ContactLost("cut_answer", http_status=stream.status, host=stream.host)


def _copy(
    blocks: Iterator[bytes],
    stream: Stream,
    part: PartFile,
    total: int | None,
    on_progress: Progress | None,
) -> None:
    pace = _Pace(stream.host)
    for block in blocks:
        part.write(block)
        pace.came(len(block))
        if part.size_bytes > (MAX_DOWNLOAD_BYTES if total is None else total):
            raise BadLink("link_too_big", host=stream.host)
        if on_progress is not None:
            on_progress(part.size_bytes, total)
    if total is not None and part.size_bytes != total:
        raise ContactLost("cut_answer", http_status=stream.status, host=stream.host)
    if part.size_bytes == 0:
        raise BadLink("link_empty", host=stream.host)


class _Pace:
    """Gives up on a server that keeps the line open with a trickle."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._since = time.monotonic()
        self._bytes = 0

    def came(self, count: int) -> None:
        self._bytes += count
        now = time.monotonic()
        if now - self._since < SLOW_WINDOW_S:
            return
        if self._bytes < SLOW_WINDOW_BYTES:
            raise ContactLost("too_slow", host=self._host)
        self._since, self._bytes = now, 0


def check_link(http: Http, url: str, *, allow_loopback: bool) -> LinkFacts:
    """Look at the head of a public link without loading it. At most two requests.

    Raises BadLink with one of: link_not_http, link_with_password, link_private, link_loops,
    link_not_found, link_forbidden, link_refused, link_unreachable, link_html, link_empty.
    """
    exchange = _head(url, allow_loopback=allow_loopback)
    facts = _head_facts(http, exchange)
    if facts is None:  # many hosts refuse HEAD, or answer it with less than they know
        ranged = replace(exchange, method="GET", headers={"Range": "bytes=0-0"})
        facts = _get_facts(http, ranged)
    return facts


def _head(url: str, *, allow_loopback: bool) -> Exchange:
    return Exchange(
        "HEAD",
        url,
        read_timeout_s=LINK_CHECK_S,
        deadline_s=LINK_CHECK_S,
        fresh=True,
        public_only=True,
        allow_loopback=allow_loopback,
    )


def link_head(http: Http, url: str, *, allow_loopback: bool) -> LinkFacts | None:
    """What HEAD alone tells of the file behind a link; None where it does not. One request.

    Raises BadLink as ``check_link``, where the link is none or must not be followed.
    """
    return _head_facts(http, _head(url, allow_loopback=allow_loopback))


def _head_facts(http: Http, exchange: Exchange) -> LinkFacts | None:
    """What HEAD tells, or None where a GET has to decide."""
    try:
        with _followed(http, exchange) as stream:
            kind = _media_type(stream)
            size = _length(stream)
            whole = stream.status == 200 and kind is not None and bool(size)
            if whole and kind not in _HTML:
                return _facts(stream, size)
    except BadLink:
        raise
    except RemoteError:
        return None
    return None


def _get_facts(http: Http, exchange: Exchange) -> LinkFacts:
    host = host_of(exchange.url)
    try:
        with _followed(http, exchange) as stream:
            return _judged(stream)
    except BadLink:
        raise
    except RemoteError as problem:
        raise LinkUnchecked(host=problem.host or host, why=problem) from None


def _judged(stream: Stream) -> LinkFacts:
    """Facts from the answer to a GET for the first byte; raises BadLink."""
    codes = {401: "link_forbidden", 403: "link_forbidden", 404: "link_not_found"}
    codes[410] = "link_not_found"
    size = _total_of_range(stream) if stream.status in (206, 416) else _length(stream)
    if stream.status == 416 and size == 0:
        raise BadLink("link_empty", http_status=416, host=stream.host)
    if stream.status >= 500:
        raise LinkUnchecked(host=stream.host, http_status=stream.status, why=None)
    if stream.status not in (200, 206):
        code = codes.get(stream.status, "link_refused")
        raise BadLink(code, http_status=stream.status, host=stream.host)
    kind = _media_type(stream)
    if kind in _HTML:
        raise BadLink("link_html", http_status=stream.status, host=stream.host)
    if size == 0 or (size is None and not stream.read(1)):
        raise BadLink("link_empty", http_status=stream.status, host=stream.host)
    return _facts(stream, size)


def _facts(stream: Stream, size: int | None) -> LinkFacts:
    headers = (stream.headers.get(name, "").strip() for name in ("etag", "last-modified"))
    etag, last_modified = (text[:MAX_HEADER_CHARS] or None for text in headers)
    return LinkFacts(_media_type(stream), size, etag, last_modified)


@contextmanager
def _followed(http: Http, exchange: Exchange) -> Iterator[Stream]:
    """The first answer that is no redirect; raises BadLink where a hop must not be followed."""
    url, seen = exchange.url, set[str]()
    for _ in range(MAX_REDIRECTS + 1):
        checked_link(url, allow_loopback=exchange.allow_loopback)
        seen.add(url)
        with http.open(replace(exchange, url=url)) as stream:
            target = stream.headers.get("location")
            if stream.status not in (301, 302, 303, 307, 308) or not target:
                yield stream
                return
        url = _joined(url, target)
        if url in seen:
            break
    raise BadLink("link_loops", host=host_of(exchange.url))


def _joined(url: str, target: str) -> str:
    try:
        # Header bytes come as Latin-1; a location in raw UTF-8 is common all the same.
        return urljoin(url, target.encode("latin-1", "replace").decode("utf-8", "replace").strip())
    except ValueError:
        raise BadLink("link_not_http", host=host_of(url)) from None


def _must_be_media(stream: Stream) -> None:
    """Raises LinkExpired, BadLink, or UnclearAnswer where the answer is not the file."""
    if stream.status in _EXPIRED:
        raise LinkExpired("link_expired", http_status=stream.status, host=stream.host)
    if stream.status >= 500 or stream.status in (408, 425, 429):
        answer = Answer(stream.status, stream.headers, b"", stream.host, time.time())
        raise UnclearAnswer(
            f"http_{stream.status}",
            http_status=stream.status,
            host=stream.host,
            retry_after_s=retry_after_s(answer),
        )
    kind = _media_type(stream) or ""
    if stream.status not in _WITH_FILE:
        code = "link_refused"
    elif stream.status != 206 and _length(stream) == 0:
        code = "link_empty"
    elif kind.startswith(_NOT_MEDIA) and _is_text(stream.look_at(_HEAD_BYTES)):
        code = "link_html" if kind in _HTML else "link_not_media"
    else:
        return
    raise BadLink(code, http_status=stream.status, host=stream.host)


def _is_text(head: bytes) -> bool:
    """A label is a hint: every video has a zero byte near its beginning, and no text has one."""
    return b"\0" not in head


def _media_type(stream: Stream) -> str | None:
    return stream.headers.get("content-type", "").split(";")[0].strip().lower() or None


def _is_encoded(stream: Stream) -> bool:
    return stream.headers.get("content-encoding", "identity").strip().lower() not in _AS_IT_IS


def _is_packed(stream: Stream) -> bool:
    """The label is a hint here, too: stores leave ``aws-chunked`` or a false ``gzip`` behind."""
    return _is_encoded(stream) and stream.look_at(len(_GZIP_HEAD)).startswith(_GZIP_HEAD)


def _length(stream: Stream) -> int | None:
    """Of the file in bytes; None where it is not told, or told of a packed copy."""
    if _is_encoded(stream):
        return None
    text = stream.headers.get("content-length", "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


def _total_of_range(stream: Stream) -> int | None:
    told = content_range(stream.headers.get("content-range", ""))[1]
    return None if _is_encoded(stream) else told
