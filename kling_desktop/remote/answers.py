"""What an answer says before its content counts: JSON or not, a yes, a clear no, or neither."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import TypedDict

from ..motion.reading import ID_SHAPE
from ..motion.token import Token
from .errors import RefusalKind, Refused, UnclearAnswer, UnclearError, said
from .http import Answer

MAX_DEPTH = 64  # real answers nest six deep; price rules a few more
MAX_RETRY_AFTER_S = 86_400.0  # a day: nobody means more
_SECONDS = re.compile(r"(?:^|,)\s*([0-9]+(?:\.[0-9]+)?)\s*(?=,|$)")
_CODE_SHAPE = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}")

# The vendor's error codes, then the platform's (Django REST framework's own words).
_KINDS: Mapping[str, RefusalKind] = {
    "bad_request": RefusalKind.SETTINGS,
    "api_not_implemented": RefusalKind.SETTINGS,
    "no_token": RefusalKind.TOKEN,
    "invalid_token": RefusalKind.TOKEN,
    "token_expired": RefusalKind.TOKEN,
    "token_mismatched": RefusalKind.TOKEN_MISMATCHED,
    "disabled": RefusalKind.DISABLED,
    "used_up": RefusalKind.CREDIT,
    "forbidden": RefusalKind.MODERATION,
    "no_api": RefusalKind.NO_API,
    "too_many_requests": RefusalKind.BUSY,
    "duplication": RefusalKind.OTHER,
    "busy": RefusalKind.OTHER,
    "not_applied": RefusalKind.OTHER,
    "canceled": RefusalKind.OTHER,
    "unknown": RefusalKind.OTHER,
    "not_authenticated": RefusalKind.TOKEN,
    "authentication_failed": RefusalKind.TOKEN,
    "token_not_valid": RefusalKind.TOKEN,
    "permission_denied": RefusalKind.PERMISSION,
    "not_found": RefusalKind.NOT_FOUND,
    "throttled": RefusalKind.BUSY,
}
# Of a flag, where a gateway sends it as a word or a number.
_TRUE_WORDS = frozenset({"true", "yes", "y", "1", "on"})
# These do not say whether the request was accepted, whatever their status.
_UNCLEAR_CODES = frozenset({"api_error", "timeout"})
# These decide even with 429, "too many": waiting brings no credit and no other token.
_NOT_BUSY = (
    RefusalKind.TOKEN,
    RefusalKind.TOKEN_MISMATCHED,
    RefusalKind.DISABLED,
    RefusalKind.CREDIT,
)
_BY_STATUS: Mapping[int, RefusalKind] = {
    400: RefusalKind.SETTINGS,
    401: RefusalKind.TOKEN,
    402: RefusalKind.CREDIT,
    403: RefusalKind.PERMISSION,
    404: RefusalKind.NOT_FOUND,
    405: RefusalKind.NO_API,
    413: RefusalKind.TOO_LARGE,
    422: RefusalKind.SETTINGS,
    429: RefusalKind.BUSY,
}
_REQUEST_TIMEOUT = 408  # the server gave up on the request: how much of it came is anyone's guess


def decode(text: bytes | str) -> object:
    """JSON of bounded depth; NaN and infinities become None. Raises ValueError on anything else."""
    try:
        data: object = json.loads(text, parse_constant=lambda _: None)
    except RecursionError:
        raise ValueError("too deep") from None
    if not _shallow(data):
        raise ValueError("too deep")
    return data


def read_json(answer: Answer, token: Token | None = None, *, detailed: bool = False) -> object:
    """The JSON of a good answer. Raises UnclearAnswer, or Refused for a clear no.

    ``token``: cut out of every message, should the service repeat it. ``detailed``: the platform
    was asked, which says no in a ``detail``; so do other hosts, a network's among them.
    """
    data, problem = judge(answer, token, detailed=detailed)
    if problem is not None:
        raise problem
    return data


def judge(
    answer: Answer, token: Token | None = None, *, detailed: bool = False
) -> tuple[object, Refused | UnclearAnswer | None]:
    """The JSON of an answer, and the error that it means if it means one."""
    try:
        data = decode(answer.body)
    except ValueError:  # also of text that is no UTF-8, and of numbers with thousands of digits
        return None, _not_json(answer, token)
    if answer.status >= 400 or says_no(data):
        return data, failure(answer, data, token, detailed=detailed)
    return data, None


def says_no(data: object) -> bool:
    """Whether an answer's JSON is an error, whatever its status said."""
    if not isinstance(data, dict) or not data.get("error"):
        return False
    return is_false(data.get("success")) or "success" not in data


def is_false(value: object) -> bool:
    """False as a bool or, as some gateways send it, as a word."""
    return value is False or (isinstance(value, str) and value.strip().lower() == "false")


def is_true(value: object) -> bool:
    """True as a bool, a number or a word."""
    return value is True or value == 1 or str(value).strip().lower() in _TRUE_WORDS


class _Known(TypedDict):
    trace_id: str | None
    http_status: int
    host: str
    retry_after_s: float | None


def failure(
    answer: Answer, data: object, token: Token | None = None, *, detailed: bool = False
) -> Refused | UnclearAnswer:
    """The error that an answer means; ``error.code`` decides, then the status."""
    if not isinstance(data, dict):
        return _unclear("wrong_type", answer, token)
    code, message = error_words(data)
    message = _without(token, message)
    trace_id = _trace_id(answer, data, token)
    shown = _without(token, code or numbered_code(data)) or f"http_{answer.status}"
    kind = _kind(code, answer.status, plainly=is_false(data.get("success")))
    known = _Known(
        trace_id=trace_id,
        http_status=answer.status,
        host=answer.host,
        retry_after_s=retry_after_s(answer),
    )
    if kind is None:
        return UnclearError(shown, message, **known)
    vouched = trace_id is not None or (code in _KINDS and _has_shape(answer, data))
    vouched = vouched or (detailed and isinstance(data.get("detail"), str))
    return Refused(shown, message, kind=kind, vouched=vouched, **known)


def _trace_id(answer: Answer, data: Mapping[str, object], token: Token | None) -> str | None:
    """By which support finds the request, in the body or beside it."""
    trace_id = trace_id_of(data) or as_id(answer.header("x-trace-id"))
    repeated = token is not None and trace_id is not None and token.reveal() in trace_id
    return None if repeated else trace_id


def _has_shape(answer: Answer, data: Mapping[str, object]) -> bool:
    """Whether an error looks like the vendor's own: others use some of its words, too.

    With a status of success, or with its code elsewhere, it may stand where something else stood.
    """
    return answer.status >= 400 and isinstance(data.get("error"), dict)


def _kind(code: str, status: int, *, plainly: bool) -> RefusalKind | None:
    """None: unclear. ``plainly``: the answer says in so many words that it had no success."""
    if status == 429 and _KINDS.get(code) not in _NOT_BUSY:
        return RefusalKind.BUSY
    if code in _UNCLEAR_CODES or status == _REQUEST_TIMEOUT:
        return None
    if code in _KINDS:
        return _KINDS[code]
    if status >= 500 or (status < 400 and not code and not plainly):
        return None
    return _BY_STATUS.get(status, RefusalKind.OTHER)


def error_words(data: Mapping[str, object]) -> tuple[str, str]:
    """The code (may be empty) and the message of an error in any of its shapes.

    Shapes: ``error: {code, message}``, ``error: "text"`` or a bare code, the platform's
    ``detail``, plain ``code`` and ``message``, and lists of messages by field.
    """
    error = data.get("error")
    source = error if isinstance(error, dict) else data
    code = source.get("code")
    code = code if isinstance(code, str) and _CODE_SHAPE.fullmatch(code) else ""
    message = _first_text(source.get("message"), source.get("detail"), source.get("msg"))
    if isinstance(error, str):
        bare = error.strip()
        if not code and (bare in _KINDS or bare in _UNCLEAR_CODES):
            code = bare
        message = error if not message or not code else message
    if not message and not code:
        message = _by_field(data)
    return code, said(message)


def numbered_code(data: Mapping[str, object]) -> str:
    """An ``error.code`` that is a number, to be shown: of its meaning nothing is known."""
    error = data.get("error")
    code = error.get("code") if isinstance(error, dict) else None
    return str(code) if isinstance(code, int) and not isinstance(code, bool) else ""


def _first_text(*values: object) -> str:
    for value in values:
        if isinstance(value, list) and value:
            value = value[0]
        if isinstance(value, str) and value.strip():
            return value
    return ""


def _by_field(data: Mapping[str, object]) -> str:
    """Django REST framework's validation errors: ``{"field": ["what is wrong", …]}``."""
    rows = ((name, _first_text(value)) for name, value in data.items() if isinstance(value, list))
    return "; ".join(f"{name}: {text}" for name, text in rows if text)


def trace_id_of(data: Mapping[str, object]) -> str | None:
    """The trace id of an answer or an error, where it is one that can be shown and copied."""
    error = data.get("error")
    inner = error.get("trace_id") if isinstance(error, dict) else None
    return as_id(data.get("trace_id")) or as_id(inner)


def as_id(value: object) -> str | None:
    """An identifier: visible ASCII of at most 200 characters, else None."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**18:
        value = str(value)
    if isinstance(value, str) and ID_SHAPE.fullmatch(value):
        return value
    return None


def retry_after_s(answer: Answer) -> float | None:
    """Seconds from ``Retry-After``, given as seconds or as a date; None where absent or odd.

    Of a header that came twice, as ``5, 10`` then, the longest: it satisfies both.
    """
    text = answer.header("retry-after") or ""
    found = [float(number) for number in _SECONDS.findall(text)]
    if not found and (until := http_date(text.strip())) is not None:
        found = [until - (http_date(answer.header("date") or "") or answer.received_at)]
    return min(max(0.0, *found), MAX_RETRY_AFTER_S) if found else None


def http_date(text: str) -> float | None:
    """Unix seconds of an HTTP date, or None."""
    try:
        when = parsedate_to_datetime(text)
        return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def clock_skew_s(answer: Answer) -> float | None:
    """The service's clock minus ours at receipt; about a second fine."""
    theirs = http_date(answer.header("date") or "")
    return None if theirs is None else theirs - answer.received_at


def _not_json(answer: Answer, token: Token | None) -> UnclearAnswer:
    if not answer.body.strip():
        code = "empty"
    elif answer.body.lstrip()[:1] == b"<":
        code = "html"
    else:
        code = "not_json"
    return _unclear(code, answer, token)


def _unclear(code: str, answer: Answer, token: Token | None) -> UnclearAnswer:
    return UnclearAnswer(
        code,
        trace_id=_trace_id(answer, {}, token),
        http_status=answer.status,
        host=answer.host,
        retry_after_s=retry_after_s(answer),
    )


def _without(token: Token | None, text: str) -> str:
    secret = token.reveal() if token is not None else ""
    return text.replace(secret, "…") if secret else text


def _shallow(data: object) -> bool:
    """Whether nothing nests deeper than MAX_DEPTH; without recursion of its own."""
    level: list[object] = [data]
    for _ in range(MAX_DEPTH):
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return True
    return False
