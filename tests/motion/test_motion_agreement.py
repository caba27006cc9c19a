"""Prices and content against what was agreed to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kling_desktop.motion.agreement import Agreement, InputStamp, is_dearer
from kling_desktop.motion.price import Quote
from kling_desktop.motion.reading import read
from kling_desktop.words import Words

amounts = st.floats(0.0, 10_000.0)


def quoted(credits: float, duration_s: float = 10.0) -> Quote:
    return Quote(credits, duration_s, estimated=False)


@given(amounts, amounts, st.sampled_from([0, 2]))
def test_what_is_asked_about_looks_dearer(agreed: float, now: float, percent: int) -> None:
    if is_dearer(agreed, now, percent=percent):
        assert Words().credits(agreed) != Words().credits(now)
        assert now > agreed
        assert now > agreed * (1 + percent / 100) - 0.001


@given(amounts, st.floats(0.0, 0.0099))
def test_less_than_a_hundredth_is_never_asked_about(agreed: float, rise: float) -> None:
    assert not is_dearer(agreed, round(agreed, 3) + rise - 0.0005)


@given(amounts, st.floats(0.0, 1.0))
def test_a_lower_price_is_never_asked_about(agreed: float, share: float) -> None:
    assert not is_dearer(agreed, agreed * share)


@pytest.mark.parametrize(
    ("estimated", "for_agreed_length", "now", "exceeded"),
    [
        (False, 5.00, 5.09, False),  # our own fitting made it a little longer
        (False, 5.00, 5.11, True),  # by over 2 %
        (False, 5.01, 5.01, True),  # the price list changed: every hundredth counts
        (True, 5.09, 5.09, False),  # an estimate may be 2 % off
        (True, 5.11, 5.11, True),
        (False, 4.00, 4.50, False),  # dearer per second, and still below what was agreed to
    ],
)
def test_two_percent_are_for_estimates_and_for_our_own_fitting(
    estimated: bool, for_agreed_length: float, now: float, exceeded: bool
) -> None:
    agreed = Agreement(credits=5.0, estimated=estimated, duration_s=10.0)
    assert agreed.is_exceeded_by(quoted(now, 10.1), quoted(for_agreed_length)) is exceeded


def test_what_was_not_known_is_not_compared() -> None:
    assert not Agreement().is_exceeded_by(quoted(99.0), quoted(99.0))
    assert not InputStamp().differs_from(InputStamp("aa", 1, '"e"', "now"))
    assert not InputStamp("aa", 1).differs_from(InputStamp(None, None, '"e"'))


@pytest.mark.parametrize("field", ["sha256", "size_bytes", "etag", "last_modified"])
def test_each_thing_that_both_tell_counts(field: str) -> None:
    whole = {"sha256": "aa", "size_bytes": 1, "etag": '"e"', "last_modified": "Sat"}
    other = whole | {field: 2 if field == "size_bytes" else "other"}
    assert InputStamp(**whole).differs_from(InputStamp(**other))
    assert not InputStamp(**whole).differs_from(InputStamp(**whole))


def test_what_two_looks_tell_alike_is_what_stays() -> None:
    one = InputStamp(None, 7, '"1"', "Sat")
    assert one.common_with(InputStamp(None, 7, '"2"', "Sat")) == InputStamp(None, 7, None, "Sat")


def test_an_agreement_is_completed_and_never_changed_by_what_is_learned_later() -> None:
    known = Agreement(InputStamp("aa", 1), None, 2.0, True, 3.0)
    later = Agreement(InputStamp("bb", 2, '"e"'), InputStamp("cc", 3), 9.0, False, 9.0)
    assert known.completed_by(later) == Agreement(
        InputStamp("aa", 1, '"e"'), InputStamp("cc", 3), 2.0, True, 3.0
    )
    assert Agreement().completed_by(later) == later


def test_an_agreement_survives_the_journal() -> None:
    whole = Agreement(InputStamp("aa", 1), InputStamp(None, 2, '"e"', "Sat"), 2.24, True, 3.2)
    assert read(Agreement, whole.to_json()) == whole
