"""Kept JSON is read into types: what makes no sense is left out, and nothing else happens."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kling_desktop.motion.job import Job
from kling_desktop.motion.price import PriceRules
from kling_desktop.motion.reading import (
    Amount,
    Count,
    FilePath,
    Link,
    UnixTime,
    Unreadable,
    parsed,
    parsed_object,
    read,
)
from kling_desktop.motion.request import Draft, Mode, MotionRequest

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(exclude_categories=()), max_size=8)
    | st.sampled_from([10**400, -1, 2**63, "false", "1", "\ud800", "a\0b", "x" * 200_000]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=6,
)


@dataclass
class Kept:
    name: str
    size: Count = 0
    seconds: Amount | None = None
    at: UnixTime = 0.0
    loud: bool = True
    mode: Mode = Mode.PRO
    path: FilePath | None = None
    url: Link | None = None
    modes: tuple[Mode, ...] = ()
    pairs: tuple[tuple[float, str], ...] = ()
    draft: Draft = field(default_factory=Draft)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("size", True),
        ("size", 1.0),
        ("size", "1"),
        ("size", -1),
        ("size", 10**400),
        ("size", None),
        ("seconds", float("nan")),
        ("seconds", float("inf")),
        ("seconds", -0.5),
        ("seconds", False),
        ("at", 1e300),
        ("loud", "false"),
        ("loud", 0),
        ("mode", "PRO"),
        ("path", ""),
        ("path", "a\0b"),
        ("path", "\ud800"),
        ("url", "ftp://e.com"),
        ("url", "//e.com"),
        ("modes", "pro"),
        ("modes", ["pro", "ultra"]),
        ("pairs", [[1.0]]),
        ("pairs", [[1.0, "a", "b"]]),
        ("pairs", [["a", 1.0]]),
        ("pairs", ["ab"]),
        ("draft", []),
        ("draft", {"prompt": 5}),
    ],
)
def test_a_value_of_another_type_or_range_is_left_out(name: str, value: object) -> None:
    data = {"name": "n", "url": "HTTPS://e.com", "seconds": 2} | {name: value}
    left_out: list[str] = []
    kept = read(Kept, data, left_out)
    assert [left.partition(".")[0] for left in left_out] == [name]
    assert getattr(kept, name) == getattr(Kept("n"), name)
    others = {f.name for f in fields(Kept)} - {name}
    whole = read(Kept, {"name": "n", "url": "HTTPS://e.com", "seconds": 2})
    assert all(getattr(kept, other) == getattr(whole, other) for other in others)
    with pytest.raises(Unreadable):
        read(Kept, data)


@pytest.mark.parametrize("data", [{}, {"name": 5}, [], None, "name", {"name": "\ud800"}])
def test_without_what_has_no_default_there_is_nothing(data: object) -> None:
    with pytest.raises(Unreadable):
        read(Kept, data, [])


@pytest.mark.parametrize(
    "text",
    [None, 5, "", "{", b"\xff", "[" * 100_000, '{"a":' * 200 + "1" + "}" * 200],
    ids=lambda text: repr(text)[:12],
)
def test_what_is_no_json_is_said_in_one_way(text: object) -> None:
    with pytest.raises(Unreadable):
        parsed(text)


def test_one_absurd_number_does_not_lose_the_others() -> None:
    text = f'{{"name": "n", "size": {"9" * 10_000}, "seconds": 1e999, "loud": false}}'
    left_out: list[str] = []
    assert read(Kept, parsed_object(text), left_out) == Kept("n", loud=False)
    assert left_out == ["size", "seconds"]


def test_a_list_of_pairs_is_read_as_one() -> None:
    data = {"name": "n", "pairs": [[1, "a"], [2.5, "b"]]}
    assert read(Kept, data).pairs == ((1.0, "a"), (2.5, "b"))


def test_what_the_system_names_a_file_is_a_path() -> None:
    assert read(Kept, json.loads('{"name": "", "path": "/a/\\udcff.png"}')).path == "/a/\udcff.png"


def test_of_price_rules_none_is_left_out_alone() -> None:
    """The first rule that holds gives the price: without one, another would hold."""
    rules = [{"conditions": {}, "consumption": 1}, {"conditions": {}}]
    with pytest.raises(Unreadable):
        read(PriceRules, {"rules": rules, "unit": "Credit"}, [])


@settings(deadline=None)
@given(st.sampled_from([Kept, Draft, MotionRequest, Job, PriceRules]), JSON, st.data())
def test_whatever_is_read_nothing_else_is_raised(kind: type, value: Any, data: Any) -> None:
    names = [f.name for f in fields(kind)]
    shaped = data.draw(st.dictionaries(st.sampled_from(names), JSON)) | {"extra": value}
    for given_value in (value, shaped):
        try:
            read(kind, given_value, [])
        except Unreadable:
            continue
