"""JSON that an earlier run kept, or that came in a file, read into the fields of a dataclass.

A value that is not of its field's type and range is left out: the field has its default, the
others are read, and its name is noted. A range is part of the type: ``size_bytes: Count``.
Nothing here raises anything but Unreadable.
"""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields, is_dataclass
from enum import StrEnum
from functools import cache, partial
from types import NoneType, UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)

LARGEST = 2**53  # what a JSON number holds exactly
TIME_MAX = 32_503_680_000.0  # the year 3000: later ones, some systems' calendars do not know
TEXT_MAX_CHARS = 1_000_000
LINE_MAX_CHARS = 1_000
PATH_MAX_CHARS = 32_767  # Windows' own limit, the longest
JSON_MAX_BYTES = 64 * 1024 * 1024  # a file with one absurd field is still read for the others
# Nobody sees them, and they decide what is seen: control characters, what turns the order of the
# letters (Arabic and Hebrew read right without), and letters of tags outside of a flag's picture.
_HIDDEN = (
    r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069",
    r"(?<![\U0001f3f4\U000e0020-\U000e007f])[\U000e0000-\U000e007f]+",
)
_IN_TEXT = re.compile(rf"[{_HIDDEN[0]}\ud800-\udfff]|{_HIDDEN[1]}")
_IN_LINE = re.compile(rf"[{_HIDDEN[0]}\t\n\r\u2028\u2029]|{_HIDDEN[1]}")
ID_SHAPE = re.compile(r"[!-~]{1,200}")  # of what the service gives a name to
_MOST_NESTED = 100  # deeper, writing it again would overflow the stack
_MOST_DIGITS = 300  # more, and Python refuses the whole text for one number


class Unreadable(ValueError):
    """Not JSON, or not a value of the type that is wanted."""


def parsed(text: object) -> object:
    """The JSON value in a text or in bytes. Raises Unreadable."""
    if not isinstance(text, str | bytes) or len(text) > JSON_MAX_BYTES:
        raise Unreadable("no text, or an absurdly long one")
    try:
        value: object = json.loads(text, parse_int=_integer)
    except (ValueError, RecursionError) as error:
        raise Unreadable("no JSON") from error
    level: list[object] = [value]
    for _ in range(_MOST_NESTED):
        level = [inner for outer in level for inner in _within(outer)]
        if not level:
            return value
    raise Unreadable("nested too deep")


def parsed_object(text: object) -> dict[str, Any]:
    """The JSON object in a text. Raises Unreadable."""
    value = parsed(text)
    if not isinstance(value, dict):
        raise Unreadable("no object")
    return value


def read(kind: type[T], data: object, left_out: list[str] | None = None) -> T:
    """A dataclass out of a JSON object; unknown names are passed over.

    ``left_out`` gets the names of fields that made no sense and have their defaults; without it,
    none may. Raises Unreadable, also where a field without a default is missing or wrong.
    """
    noted: list[str] = []
    found: T = _object(kind, data, noted, "")
    if left_out is not None:
        left_out += noted
    elif noted:
        raise Unreadable(noted[0])
    return found


def without_hidden(text: str) -> str:
    """What a person wrote, as it is seen; line breaks and tabs stay."""
    return _IN_TEXT.sub("", text)


def one_line(text: str) -> str:
    """A name to show, which may come from a stranger; half surrogates of a path stay."""
    return _IN_LINE.sub(" ", text)


# Readers of one value: it comes back as the type that is wanted, or Unreadable is raised.


def text(value: object) -> str:
    """Text of any characters but halves of surrogate pairs."""
    if not isinstance(value, str) or len(value) > TEXT_MAX_CHARS:
        raise Unreadable("no text")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError as error:
        raise Unreadable("no Unicode") from error
    return value


def line(value: object, most: int = LINE_MAX_CHARS) -> str:
    """Text of which nothing is hidden, not longer than ``most``."""
    found = text(value)
    if len(found) > most or one_line(found) != found:
        raise Unreadable("no single line")
    return found


def identifier(value: object) -> str:
    """The service's name for something: one question with a broken one, and it refuses all."""
    if not isinstance(value, str) or not ID_SHAPE.fullmatch(value):
        raise Unreadable("no identifier")
    return value


def link(value: object) -> str:
    """An http(s) link by its beginning; whether it leads anywhere is for others to find out."""
    found = text(value)
    if not found.lower().startswith(("http:", "https:")):
        raise Unreadable("no web link")
    return found


def file_path(value: object) -> str:
    """A name that the system takes: bytes that are no UTF-8 stand in it as half surrogates."""
    if not isinstance(value, str) or not 0 < len(value) <= PATH_MAX_CHARS or "\0" in value:
        raise Unreadable("no path")
    try:
        os.fsencode(value)
    except UnicodeEncodeError as error:
        raise Unreadable("no path") from error
    return value


def flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise Unreadable("neither true nor false")
    return value


def number(low: float = -LARGEST, high: float = LARGEST) -> Callable[[object], float]:
    """Reads a number within these bounds; one that is too large is no number."""

    def reader(value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise Unreadable("no number")
        if not low <= value <= high:  # nor is NaN
            raise Unreadable("out of range")
        return float(value)

    return reader


def whole(low: int = -LARGEST, high: int = LARGEST) -> Callable[[object], int]:
    """Reads a whole number within these bounds."""

    def reader(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise Unreadable("no whole number in range")
        return value

    return reader


def choice(*known: str) -> Callable[[object], str]:
    def reader(value: object) -> str:
        if value not in known:
            raise Unreadable("none of the choices")
        return str(value)

    return reader


def member(kind: type[E], value: object) -> E:
    found = next((one for one in kind if one.value == value), None)
    if found is None:
        raise Unreadable("none of the kinds")
    return found


@dataclass(frozen=True, slots=True)
class Within:
    """Reads a number of this unit; one beyond the bounds is unreadable."""

    unit: str
    low: float
    high: float
    whole: bool = False

    def __call__(self, value: object) -> float:
        found = number(self.low, self.high)(value)
        if not self.whole:
            return found
        if not found.is_integer():
            raise Unreadable("no whole number")
        return int(found)


@dataclass(frozen=True, slots=True)
class Clamped(Within):
    """Reads a number; one beyond the bounds is taken for the bound. Not for what costs money."""

    def __call__(self, value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
            raise Unreadable("no number")
        inside = min(max(value, self.low), self.high)
        return int(inside) if self.whole else float(inside)


unix_time = number(0.0, TIME_MAX)

# Types with a range, for the fields of what is kept.
Count = Annotated[int, whole(0)]  # bytes, pixels, frames: zero or more
Amount = Annotated[float, number(0.0)]  # seconds, credits: zero or more
UnixTime = Annotated[float, unix_time]
Line = Annotated[str, line]
Id = Annotated[str, identifier]
Link = Annotated[str, link]
FilePath = Annotated[str, file_path]

_Read = Callable[[object, list[str], str], Any]  # value, names left out, the field's own name
_PLAIN: dict[object, Callable[[object], object]] = {
    str: text,
    bool: flag,
    int: whole(),
    float: number(),
    object: lambda value: value,
}


def _object(kind: Any, data: object, noted: list[str], name: str) -> Any:
    if not isinstance(data, dict):
        raise Unreadable(f"{name}: no object")
    values: dict[str, Any] = {}
    for field, reader, required in _fields(kind):
        inner = f"{name}.{field}" if name else field
        if field not in data:
            if required:
                raise Unreadable(inner)
            continue
        try:
            values[field] = reader(data[field], noted, inner)
        except Unreadable as error:
            if required:
                raise Unreadable(inner) from error
            noted.append(inner)
    try:
        return kind(**values)
    except ValueError as error:  # what it asks of its fields together
        raise Unreadable(f"{name}: {error}") from error


@cache
def _fields(kind: Any) -> tuple[tuple[str, _Read, bool], ...]:
    """Name, reader and whether it has to be there, of each field of a dataclass."""
    hints = get_type_hints(kind, include_extras=True)
    return tuple(
        (f.name, _reader(hints[f.name]), f.default is MISSING and f.default_factory is MISSING)
        for f in fields(kind)
    )


def _reader(hint: Any) -> _Read:
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _plain(inner[1])
    if origin in (Union, UnionType):
        return _either(inner)
    if origin is tuple and inner[-1] is Ellipsis:
        return partial(_several, _reader(inner[0]))
    if origin is tuple:
        return partial(_fixed, tuple(_reader(one) for one in inner))
    if is_dataclass(hint):
        return partial(_object, hint)
    if hint in _PLAIN:
        return _plain(_PLAIN[hint])
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return _plain(partial(member, hint))
    raise TypeError(f"fields of {hint} cannot be read")


def _plain(reader: Callable[[object], object]) -> _Read:
    return lambda value, _noted, _name: reader(value)


def _either(kinds: tuple[Any, ...]) -> _Read:
    """None or one kind; of several dataclasses the one whose KIND stands under ``kind``."""
    others = [kind for kind in kinds if kind is not NoneType]
    only = _reader(others[0]) if len(others) == 1 else None
    tagged = {} if only else {kind.KIND: _reader(kind) for kind in others}

    def reader(value: object, noted: list[str], name: str) -> object:
        if value is None and NoneType in kinds:
            return None
        tag = value.get("kind") if isinstance(value, dict) else None
        found = only or (tagged.get(tag) if isinstance(tag, str) else None)
        if found is None:
            raise Unreadable(f"{name}: none of the kinds")
        return found(value, noted, name)

    return reader


def _several(reader: _Read, value: object, noted: list[str], name: str) -> tuple[object, ...]:
    """All or none: without one of its parts a list says something else."""
    if not isinstance(value, list | tuple):
        raise Unreadable(f"{name}: no list")
    return tuple(reader(item, noted, name) for item in value)


def _fixed(
    readers: tuple[_Read, ...], value: object, noted: list[str], name: str
) -> tuple[object, ...]:
    if not isinstance(value, list | tuple) or len(value) != len(readers):
        raise Unreadable(f"{name}: no {len(readers)} values")
    return tuple(reader(item, noted, name) for reader, item in zip(readers, value, strict=True))


def _within(value: object) -> list[object]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _integer(digits: str) -> int | float:
    """One that Python would refuse to read becomes infinite: no field takes that."""
    return int(digits) if len(digits) <= _MOST_DIGITS else math.inf
