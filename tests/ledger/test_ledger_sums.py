"""Rows, sums and corrections: pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ledger_rows import SENT_AT, at, job, row

from kling_desktop.motion.facts import VideoFacts
from kling_desktop.motion.job import JobError, JobState, Money
from kling_desktop.motion.ledger import (
    LEDGER_KEPT_S,
    Charge,
    Grain,
    corrected,
    correction,
    differences,
    grouped,
    ledger_row,
    period_of,
    sums_by_day,
    sums_by_month,
    total,
)
from kling_desktop.motion.price import Quote, quote
from kling_desktop.motion.request import Mode

NOW = SENT_AT + 3600
amounts = st.floats(0.0001, 500, allow_nan=False)
zones = st.integers(-14, 14).map(lambda hours: timezone(timedelta(hours=hours)))


@st.composite
def rows_of_any_kind(draw):
    charge = draw(st.sampled_from(Charge))
    charged = {Charge.CHARGED: draw(amounts), Charge.NOTHING: 0.0}.get(charge)
    return row(
        at=draw(st.floats(1_600_000_000, 1_900_000_000)),
        mode=draw(st.sampled_from(Mode)),
        estimate_credits=draw(st.none() | amounts),
        charged_credits=charged,
        charge=charge,
    )


@given(st.lists(rows_of_any_kind(), max_size=40), zones)
def test_the_sums_of_days_and_of_months_are_the_total(rows, tz):
    whole = total(rows)
    for sums in (sums_by_day(rows, tz), sums_by_month(rows, tz)):
        again = total(())
        for found in sums:
            difference = found.difference_credits
            if difference is not None:
                difference += again.difference_credits or 0.0
            else:
                difference = again.difference_credits
            again = replace(
                again,
                jobs=again.jobs + found.jobs,
                charged_jobs=again.charged_jobs + found.charged_jobs,
                free_jobs=again.free_jobs + found.free_jobs,
                open_jobs=again.open_jobs + found.open_jobs,
                estimate_credits=again.estimate_credits + found.estimate_credits,
                charged_credits=again.charged_credits + found.charged_credits,
                difference_credits=difference,
            )
        assert again.jobs == whole.jobs == again.charged_jobs + again.free_jobs + again.open_jobs
        assert again.charged_jobs == whole.charged_jobs
        assert again.charged_credits == pytest.approx(whole.charged_credits, abs=1e-9)
        assert again.estimate_credits == pytest.approx(whole.estimate_credits, abs=1e-9)
        assert (again.difference_credits is None) is (whole.difference_credits is None)
        if whole.difference_credits is not None:
            assert again.difference_credits == pytest.approx(whole.difference_credits, abs=1e-9)


@given(st.lists(rows_of_any_kind(), max_size=40), zones, st.randoms())
def test_a_sum_is_the_same_in_every_order(rows, tz, random):
    mixed = list(rows)
    random.shuffle(mixed)
    assert total(mixed) == total(rows)
    assert sums_by_day(mixed, tz) == sums_by_day(rows, tz)


@given(st.lists(rows_of_any_kind(), max_size=40), zones, st.sampled_from(Grain))
def test_each_row_is_in_the_one_period_in_which_it_was_sent_latest_first(rows, tz, grain):
    groups = grouped(rows, grain, tz)
    starts = [found.start for found, _kept in groups]
    assert starts == sorted(set(starts), reverse=True)
    assert sum(found.jobs for found, _kept in groups) == len(rows)
    for found, kept in groups:
        assert {period_of(r.at, grain, tz) for r in kept} == {found.start}
        assert [r.at for r in kept] == sorted((r.at for r in kept), reverse=True)


def test_midnight_is_that_of_the_persons_own_zone():
    late = row(at=at("2026-11-22T23:30:00"))
    tokyo = timezone(timedelta(hours=9))
    assert [s.start for s in sums_by_day([late], UTC)] == [date(2026, 11, 22)]
    assert [s.start for s in sums_by_day([late], tokyo)] == [date(2026, 11, 23)]


def test_what_turned_out_free_is_neither_charged_nor_estimated_nor_a_difference():
    free = row(charge=Charge.NOTHING, charged_credits=0.0, estimate_credits=9.0)
    found = total([free, row(estimate_credits=5.0, charged_credits=5.5)])
    assert (found.estimate_credits, found.charged_credits) == (5.0, 5.5)
    assert found.difference_credits == 0.5
    assert (found.charged_jobs, found.free_jobs, found.open_jobs) == (1, 1, 0)


def test_the_estimate_of_a_failed_job_counts_only_if_it_was_charged_or_the_video_was_made():
    failed = ledger_row(job(JobState.FAILED), NOW)
    paid = JobError("download_failed", money=Money.PAID)
    lost = ledger_row(job(JobState.FAILED, error=paid), NOW)
    charged = ledger_row(job(JobState.FAILED, charged_credits=2.0), NOW)
    assert [r.counted_estimate_credits for r in (failed, lost, charged)] == [0.0, 5.88, 5.88]


def test_a_sum_without_a_known_charge_has_no_difference():
    assert total([row(charge=Charge.WAITING, charged_credits=None)]).difference_credits is None


# --- rows


def test_jobs_that_were_never_sent_are_not_in_the_ledger():
    for state in (JobState.QUEUED, JobState.PREPARING, JobState.UPLOADING, JobState.CANCELLED):
        assert ledger_row(job(state), NOW) is None
    assert ledger_row(job(JobState.FAILED, submitted_at=None), NOW) is None


def test_a_row_tells_what_is_known_of_its_charge():
    refused = JobError("forbidden", money=Money.NOT_CHARGED)
    cases = {
        Charge.CHARGED: job(charged_credits=5.9),
        Charge.WAITING: job(),
        Charge.NOTHING: job(JobState.FAILED, error=refused, trace_id=None),
        Charge.RUNNING: job(JobState.GENERATING),
        Charge.UNKNOWN: job(trace_id=None),
    }
    for charge, sent in cases.items():
        found = ledger_row(sent, NOW)
        assert found is not None
        assert found.charge is charge
    unknown = ledger_row(job(JobState.UNKNOWN), NOW)
    assert unknown is not None
    assert unknown.charge is Charge.UNKNOWN


def test_after_sixty_days_the_ledger_cannot_tell_any_more():
    old = ledger_row(job(), SENT_AT + LEDGER_KEPT_S + 1)
    assert old is not None
    assert old.charge is Charge.UNKNOWN


# --- what charges teach


def charges(ratio: float, count: int, **changes):
    made = [5.0 + n for n in range(count)]
    return [
        row(
            at=SENT_AT + n,
            estimate_credits=own,
            own_estimate_credits=own,
            charged_credits=own * ratio,
            **changes,
        )
        for n, own in enumerate(made)
    ]


def test_three_charges_correct_our_own_estimate_and_say_so():
    factors = correction(charges(1.1, 3))
    assert factors == {("kling-v2-6", Mode.STANDARD): pytest.approx(1.1)}
    better = corrected(Quote(10.0, 8.0, estimated=True), ("kling-v2-6", Mode.STANDARD), factors)
    assert better == Quote(pytest.approx(11.0), 8.0, estimated=True, corrected=True)


def test_two_charges_teach_nothing():
    assert correction(charges(1.1, 2)) == {}
    assert differences(charges(1.1, 2)) == ()


def test_the_services_own_price_is_never_corrected():
    factors = correction(charges(1.1, 5))
    price = Quote(10.0, 8.0, estimated=False)
    assert corrected(price, ("kling-v2-6", Mode.STANDARD), factors) is price


def test_another_model_or_mode_is_not_corrected():
    factors = correction(charges(1.1, 5))
    price = Quote(10.0, 8.0, estimated=True)
    assert corrected(price, ("kling-v2-6", Mode.PRO), factors) is price


def test_one_odd_charge_does_not_move_the_correction():
    odd = row(at=SENT_AT + 99, own_estimate_credits=1.0, charged_credits=50.0)
    assert correction([*charges(1.0, 4), odd])["kling-v2-6", Mode.STANDARD] == pytest.approx(1.0)


def test_a_correction_does_not_undo_itself_once_estimates_carry_it():
    """What was shown was corrected already; the factor is still that of the bare figures."""
    shown = [replace(r, estimate_credits=r.charged_credits) for r in charges(1.25, 6)]
    assert correction(shown)["kling-v2-6", Mode.STANDARD] == pytest.approx(1.25)
    assert differences(shown) == ()  # and there is nothing left to remark on


def test_newer_charges_replace_what_older_ones_taught():
    old = charges(1.0, 20)
    new = [replace(r, at=r.at + 1e6, job_id="new") for r in charges(1.5, 20)]
    assert correction(old + new)["kling-v2-6", Mode.STANDARD] == pytest.approx(1.5)


def test_a_systematic_difference_above_two_percent_is_worth_saying():
    (found,) = differences(charges(1.04, 7))
    assert (found.model, found.mode, found.jobs) == ("kling-v2-6", Mode.STANDARD, 7)
    assert found.share == pytest.approx(0.04)
    assert differences(charges(1.015, 7)) == ()
    assert differences(charges(0.9, 7))[0].share == pytest.approx(-0.1)


def test_free_and_open_jobs_teach_nothing():
    rows = charges(1.3, 2)
    rows += [replace(r, charge=Charge.NOTHING, charged_credits=0.0) for r in charges(1.3, 3)]
    rows += [replace(r, charge=Charge.WAITING, charged_credits=None) for r in charges(1.3, 3)]
    assert correction(rows) == {}


def test_a_rows_own_estimate_is_that_of_the_clip_that_was_sent():
    clip = VideoFacts(
        width_px=720,
        height_px=1280,
        duration_s=10.0,
        fps=30.0,
        size_bytes=1,
        container="mp4",
        codec="h264",
    )
    sent = job(video_facts=clip, estimate_credits=99.0)
    found = ledger_row(sent, NOW)
    assert found is not None
    assert found.own_estimate_credits == quote(sent.request, 10.0, None).credits
    assert found.duration_s == 10.0
