"""Credits in whole millionths: what is met exactly is met, and a millionth more is more."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kling_desktop.motion.day_limit import DayLimit
from kling_desktop.motion.money import MICRO, exact_sum, micro
from kling_desktop.words import Words

AMOUNTS = st.integers(0, 10_000 * MICRO)


@given(st.lists(AMOUNTS, max_size=50), AMOUNTS)
def test_a_limit_that_is_met_exactly_is_met_and_one_millionth_more_is_not(
    spent: list[int], price: int
) -> None:
    total = exact_sum(each / MICRO for each in spent)
    limit = (sum(spent) + price) / MICRO
    assert DayLimit(total, price / MICRO, limit).fits
    above = DayLimit(total, (price + 1) / MICRO, limit)
    assert not above.fits
    assert micro(above.over_credits) == 1


@pytest.mark.parametrize(
    ("credits", "said"),
    [
        (0.0, "0.00"),
        (0.1 + 0.2, "0.30"),
        (0.004, "0.004"),
        (0.000001, "0.000001"),
        (-0.0012, "\N{MINUS SIGN}0.0012"),
        (1e-9, "0.00"),
        (19.999999, "20.00"),
    ],
)
def test_what_is_not_nothing_never_reads_as_nothing(credits: float, said: str) -> None:
    assert Words().amount(credits) == said
