"""What must not be in a log or a report is taken out of its text: tokens, and what works like one.

The tokens that this program holds are known word for word. All else goes by its shape, for what a
host, a proxy or a person's own environment adds to an error is known to nobody.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit, urlunsplit

from .token import known_secrets

GONE = "…"
# Slashes may be escaped as in nested JSON (\\/), or the whole link be percent-encoded.
_URL = re.compile(
    r"(\b[a-z][a-z0-9+.-]*:(?:\\?/){2})(?:[^\s/?#\"'<>@]*@)?([^\s?#\"'<>]*)", re.IGNORECASE
)
_QUERY = re.compile(
    r"((?:\b[a-z][a-z0-9+.-]*:)?(?:\\?/){2}[^\s?#;\"'<>]*)[?#;][^\s\"<>]*", re.IGNORECASE
)
_ENCODED = re.compile(
    r"(\bhttps?%3A%2F%2F(?:(?!%3F|%23|%3B)[^\s\"'<>&])*)[^\s\"'<>&]*", re.IGNORECASE
)
_SCHEME = re.compile(r"\b(bearer|basic|digest)(\s+)[^\s\"',;]+", re.IGNORECASE)
_HEADER = re.compile(r"\b((?:set-)?cookie)([\"']?\s*[:=]\s*[\"']?)[^\r\n\"']+", re.IGNORECASE)
_NAMED = re.compile(
    r"\b([\w-]*(?:authorization|token|api[_-]?key|password|passwd|secret|signature))"
    r"([\"']?\s*[:=]\s*(?:b?[\"'])?(?:(?:bearer|basic|digest)\s+)?)[^\s\"',;&)}\]]+",
    re.IGNORECASE,
)
_ACCOUNT = re.compile(r"(platform-v1-)[0-9a-z]+", re.IGNORECASE)
_HEX = re.compile(r"[0-9a-f]{28,}([0-9a-f]{4})", re.IGNORECASE)  # an API token has 32


def redacted(text: str) -> str:
    """``text`` without any token, user name in a link, query or cookie.

    Of a long number in hexadecimal its end stays, by which a job is recognised.
    """
    for secret in known_secrets():
        text = text.replace(secret, GONE)
    text = without_queries(text)
    text = _HEADER.sub(rf"\1\2{GONE}", text)
    text = _NAMED.sub(rf"\1\2{GONE}", _SCHEME.sub(rf"\1\2{GONE}", text))
    return _HEX.sub(rf"{GONE}\1", _ACCOUNT.sub(rf"\1{GONE}", text))


def without_queries(text: str) -> str:
    """With each link in it as ``without_query`` leaves it."""
    return _ENCODED.sub(r"\1", _QUERY.sub(r"\1", _URL.sub(r"\1\2", text)))


def without_query(url: str) -> str:
    """The link without its query and fragment, where signatures are, and without a user's name."""
    try:
        parts = urlsplit(url)
        netloc = parts.netloc.rpartition("@")[2]
        return urlunsplit((parts.scheme, netloc, parts.path.partition(";")[0], "", ""))
    except ValueError:  # no link at all, for example "http://[": still keep no signature
        return url.partition("?")[0].partition("#")[0]
