"""Everything that can go wrong between this computer and the service, told apart by one question:

may the request have arrived? ``NotSent`` says no, ``Refused`` says it was turned down,
``ContactLost`` and ``UnclearAnswer`` say that nobody here can know.
"""

from __future__ import annotations

import html
import re
import unicodedata
from enum import StrEnum

from ..motion.redaction import without_queries

NETWORK_SIGN_IN = 511  # RFC 6585: said by the network, never by the service
# What was sent is too much for a server on the way or at its end; no network asks to sign in so.
OF_THE_REQUEST = frozenset({413, 414, 431})
MAX_MESSAGE_CHARS = 500  # a headline and some detail; an error page is not a message
_MAX_RAW_CHARS = 20_000  # what is looked at before it is cut down
_TAG = re.compile(r"<[/!?]?[A-Za-z-][^<>]*>")


class RefusalKind(StrEnum):
    """What a clear no is about; decides what the queue does."""

    SETTINGS = "settings"  # bad_request: the person changes the request
    TOKEN = "token"  # missing, wrong or expired
    TOKEN_MISMATCHED = "token_mismatched"  # good, but for another service
    DISABLED = "disabled"  # the account was switched off
    CREDIT = "credit"  # used_up
    MODERATION = "moderation"  # forbidden: the content was refused
    NO_API = "no_api"  # nothing of this service answers at this address
    BUSY = "busy"  # not accepted; with status 429 it may be sent again by itself
    TOO_LARGE = "too_large"  # 413
    PERMISSION = "permission"  # the token may not do this
    NOT_FOUND = "not_found"
    OTHER = "other"


class RemoteError(Exception):
    """An error of the service or on the way to it.

    ``code`` is the service's ``error.code`` or one of ours; ``message`` is the service's own words
    as plain text of one line. Neither ever holds a token or the query of a link.
    ``retry_after_s``: how long the service asks to wait, if it said so.
    """

    def __init__(
        self,
        code: str,
        message: str = "",
        *,
        trace_id: str | None = None,
        http_status: int | None = None,
        host: str = "",
        retry_after_s: float | None = None,
    ) -> None:
        self.code = code
        self.message = said(message)
        self.trace_id = trace_id
        self.http_status = http_status
        self.host = host
        self.retry_after_s = retry_after_s
        super().__init__(f"{code}: {self.message}" if self.message else code)

    @property
    def is_page(self) -> bool:
        """Whether something between here and the service answered: a network's sign-in page."""
        return False

    @property
    def service_code(self) -> str:
        """The service's own ``error.code``; empty where it said none."""
        return ""


class NotSent(RemoteError):
    """It provably never arrived: the request was not written to any connection.

    ``at``: what on the way the code is about, a proxy's address or a variable's name.
    """

    def __init__(self, code: str, *, host: str = "", at: str = "") -> None:
        super().__init__(code, host=host)
        self.at = at


class ContactLost(RemoteError):
    """It may have arrived: no answer in time, a reset, or an answer cut short."""


class UnclearAnswer(RemoteError):
    """An answer that does not say whether the request was accepted; on reads: try later."""

    @property
    def is_page(self) -> bool:
        """Whether something between here and the service answered: a network's sign-in page.

        An error page with a status of its own kind comes from the service's edge.
        """
        status = self.http_status or 0
        between = status == NETWORK_SIGN_IN or (status < 500 and status not in OF_THE_REQUEST)
        return self.code in ("html", "redirected") and between


class UnclearError(UnclearAnswer):
    """An error in JSON that leaves it open; ``code`` is the service's own, or ``http_503``."""

    @property
    def service_code(self) -> str:
        return _own_code(self)


class Refused(RemoteError):
    """A clear no in JSON.

    ``vouched``: it names a trace id, or one of the vendor's codes in an error of the vendor's
    shape, or is the platform's ``detail``; else something between here and the service may have
    said it.
    """

    def __init__(
        self,
        code: str,
        message: str = "",
        *,
        kind: RefusalKind,
        vouched: bool = True,
        trace_id: str | None = None,
        http_status: int | None = None,
        host: str = "",
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(
            code,
            message,
            trace_id=trace_id,
            http_status=http_status,
            host=host,
            retry_after_s=retry_after_s,
        )
        self.kind = kind
        self.vouched = vouched

    @property
    def service_code(self) -> str:
        return _own_code(self)


class Stopped(RemoteError):
    """The caller's stop event was set."""


class LinkExpired(RemoteError):
    """A download link answered 401, 403, 404 or 410: ask the task for a new one."""


class BadLink(RemoteError):
    """A link that cannot be what was asked for, or that must not be followed."""


class LinkUnchecked(BadLink):
    """It could not be looked at from here; ``why``: what of the network kept it, if that is it."""

    def __init__(self, *, host: str, http_status: int | None = None, why: RemoteError | None):
        super().__init__("link_unreachable", host=host, http_status=http_status)
        self.why = why


class LocalFileError(Exception):
    """A file on this computer could not be read or written.

    ``kind``: "vanished", "unreadable", "changed", "no_room" or "unwritable"; ``needed_bytes`` with
    "no_room".
    """

    def __init__(self, kind: str, path: str, needed_bytes: int | None = None) -> None:
        self.kind = kind
        self.path = path
        self.needed_bytes = needed_bytes
        super().__init__(f"{kind}: {path}")


def _own_code(error: RemoteError) -> str:
    """Of a no that came as an answer; others are said here, before anything is sent."""
    status = error.http_status
    return "" if status is None or error.code == f"http_{status}" else error.code


def said(text: str) -> str:
    """The service's own words: it may repeat a link that was sent, signature and all."""
    return plain_text(without_queries(text[:_MAX_RAW_CHARS]))


def plain_text(text: str, limit: int = MAX_MESSAGE_CHARS) -> str:
    """One line of plain text: no tags, no control or bidirectional characters, at most ``limit``.

    Text from the service is hostile until it was through here.
    """
    text = _TAG.sub(" ", html.unescape(text[:_MAX_RAW_CHARS]))
    text = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in text)
    text = " ".join(text.split())
    return text if len(text) <= limit else text[: limit - 1] + "…"
