"""Where a day ends: also where clocks are changed, and wherever the computer stands."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from kling_desktop.engine.spending import day_of, until_midnight_s

HOUR_S = 3600.0
# As rules, so that this computer need not know the places.
BERLIN = "CET-1CEST,M3.5.0,M10.5.0/3"
ZONES = {
    "Berlin": BERLIN,
    "St. John's": "NST3:30NDT,M3.2.0,M11.1.0",
    "Kiritimati": "<+14>-14",
    "Cairo, where a day begins at one": "EET-2EEST,M4.5.5/0,M10.5.4/24",
    "Beirut, whose last hour comes twice": "EET-2EEST,M3.5.0/0,M10.5.0/0",
    "Havana, whose first hour comes twice": "CST5CDT,M3.2.0/0,M11.1.0/1",
}

pytestmark = pytest.mark.skipif(not hasattr(time, "tzset"), reason="the zone is set once there")


@pytest.fixture
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", request.param)
        time.tzset()
        yield request.param
    time.tzset()


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize("zone", [BERLIN], indirect=True)
@pytest.mark.parametrize(
    ("midnight", "hours"),
    [("2027-03-27T23:00", 23), ("2027-10-30T22:00", 25), ("2027-06-01T22:00", 24)],
)
def test_the_day_of_a_clock_change_is_an_hour_shorter_or_longer(
    zone: str, midnight: str, hours: int
) -> None:
    assert until_midnight_s(at(midnight)) == hours * HOUR_S + 1


@pytest.mark.parametrize("zone", ZONES.values(), ids=ZONES, indirect=True)
def test_a_day_lasts_exactly_until_its_midnight(zone: str) -> None:
    for moment in range(round(at("2027-01-01T00:00")), round(at("2028-01-02T00:00")), 1801):
        midnight = moment + until_midnight_s(moment) - 1
        assert day_of(midnight - 0.5) == day_of(moment) < day_of(midnight + 1)
