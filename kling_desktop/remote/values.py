"""Single values of an answer: read in any of their shapes, or None."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime

from .answers import decode

_MILLISECONDS_FROM = 1e11  # a Unix time above this (year 5138) was given in milliseconds


def as_number(value: object) -> float | None:
    """A finite number, given as a number or as text."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def as_time(value: object) -> float | None:
    """Unix seconds from seconds, milliseconds or an ISO 8601 text (UTC where it has no zone)."""
    number = as_number(value)
    if number is None:
        number = _iso_time(value) if isinstance(value, str) else None
    elif number > _MILLISECONDS_FROM:
        number = number / 1000
    return number if number is not None and 0 < number < _MILLISECONDS_FROM else None


def _iso_time(text: str) -> float | None:
    try:
        when = datetime.fromisoformat(text.strip())
        return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def inner_objects(value: object) -> list[Mapping[str, object]]:
    """The objects in a field that may be an object, a list of objects, or JSON text."""
    value = decoded(value)
    return [row for row in (value if isinstance(value, list) else [value]) if isinstance(row, dict)]


def as_object(value: object) -> Mapping[str, object] | None:
    value = decoded(value)
    return value if isinstance(value, dict) else None


def decoded(value: object) -> object:
    """JSON that came as a string inside JSON; other text as it is."""
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        try:
            return decode(value)
        except ValueError:
            return value
    return value


def plain_values(request: Mapping[str, object] | None) -> Mapping[str, object] | None:
    """Texts, numbers and yes or no; nested parts and what cannot be stored are left out."""
    if request is None:
        return None
    return {k: v for k, v in request.items() if _storable(k) and _storable(v)}


def _storable(value: object) -> bool:
    if isinstance(value, str):
        return not any("\ud800" <= c <= "\udfff" for c in value)
    return value is None or isinstance(value, bool | int) or as_number(value) is not None
