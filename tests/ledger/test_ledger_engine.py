"""The ledger against the real sandbox: what it asks, writes, and concludes."""

from __future__ import annotations

import asyncio
import csv
import io
import os

import pytest
from ledger_world import until
from support.waiting import wait_for

from kling_desktop.engine.failures import ExportFailed
from kling_desktop.engine.service import Hosts
from kling_desktop.motion.job import JobState
from kling_desktop.motion.ledger import Charge, LedgerProblem

PRICE = pytest.approx(0.70 * 3.2, abs=0.02)  # the sandbox's rule for Standard
MINUTES = 60.0
HOURS = 3600.0


def test_a_finished_job_gets_the_charge_of_its_trace(world):
    async def story(engine, ledger):
        job = await world.ended(engine)
        assert job.charged_credits is None
        await ledger.look()
        assert engine.book.get(job.job_id).charged_credits == PRICE
        (row,) = ledger.rows()
        assert (row.charge, row.charged_credits) == (Charge.CHARGED, PRICE)
        assert ledger.state.waiting_jobs == 0
        assert ledger.state.read_at is not None
        return job.job_id

    job_id = world.run(story)

    async def after_a_restart(engine, ledger):
        assert engine.book.get(job_id).charged_credits == PRICE
        asked = world.asked()
        assert ledger.state.next_at is None  # nothing is open any more
        assert world.asked() == asked

    world.run(after_a_restart)


def test_one_query_serves_all_open_jobs(world):
    async def story(engine, ledger):
        await asyncio.gather(world.ended(engine), world.ended(engine))
        await ledger.look()
        assert [r.charge for r in ledger.rows()] == [Charge.CHARGED] * 2
        assert world.asked() == 1

    world.run(story)


def test_a_failed_job_is_free_once_two_looks_an_hour_apart_showed_nothing(world):
    async def story(engine, ledger):
        job = await world.ended(engine, "[fail]")
        assert job.state is JobState.FAILED
        await ledger.look()  # within a minute of the end: does not count
        world.clock.pass_s(2 * MINUTES)
        await ledger.look()
        assert engine.book.get(job.job_id).charged_credits is None
        return job.job_id

    job_id = world.run(story)

    async def an_hour_later_after_a_restart(engine, ledger):
        world.clock.pass_s(30 * MINUTES)
        await ledger.look()
        assert engine.book.get(job_id).charged_credits is None
        world.clock.pass_s(31 * MINUTES)
        await ledger.look()
        assert engine.book.get(job_id).charged_credits == 0.0
        assert ledger.rows()[0].charge is Charge.NOTHING

    world.run(an_hour_later_after_a_restart)


def test_a_failed_job_is_free_at_once_when_a_later_one_is_in_the_ledger(world):
    async def story(engine, ledger):
        failed = await world.ended(engine, "[fail]")
        # As if it had ended five minutes before the next one was sent.
        await engine.book.update(failed.job_id, finished_at=failed.finished_at - 5 * MINUTES)
        await world.ended(engine)
        await ledger.look()
        assert engine.book.get(failed.job_id).charged_credits == 0.0

    world.run(story)


def test_a_job_nobody_watches_is_charged_when_the_ledger_shows_it_and_never_free(world):
    async def story(engine, ledger):
        job = await engine.generate(world.request, None, None)
        await until(engine, lambda: engine.book.get(job.job_id).task_id)
        await engine.runner.stop_watching(job.job_id)
        if engine.book.get(job.job_id).trace_id is None:
            pytest.fail("the sandbox names the trace in its answer")
        await _charged_at_the_sandbox(world)
        await ledger.look()
        assert engine.book.get(job.job_id).charged_credits == PRICE

    world.run(story)


async def _charged_at_the_sandbox(world) -> None:
    """Nobody is told: the service writes it down when the video is done."""
    await asyncio.to_thread(wait_for, lambda: world.sandbox.balance < 100.0, "the charge")


# --- the service says wait, or nothing sensible


def test_a_busy_ledger_is_asked_again_when_it_said(world):
    async def story(engine, ledger):
        job = await world.ended(engine)
        world.sandbox.faults.add(
            "ledger",
            "refuse_json",
            status=429,
            code="too_many_requests",
            headers={"Retry-After": "30"},
        )
        before = world.clock()
        await ledger.look()
        assert ledger.state.problem is LedgerProblem.BUSY
        assert ledger.state.next_at >= before + 30
        ledger.refresh()  # a press does not overrule the service's own wish
        world.run_at = ledger.state.next_at
        task = asyncio.create_task(ledger.run())
        await asyncio.sleep(0)
        assert world.asked() == 1
        world.clock.pass_s(31)
        ledger.refresh()
        await until(engine, lambda: engine.book.get(job.job_id).charged_credits)
        task.cancel()
        assert world.asked() == 2

    world.run(story)


@pytest.mark.parametrize(
    ("kind", "values", "problem"),
    [
        ("html", {}, LedgerProblem.UNCLEAR),
        ("status", {"status": 500}, LedgerProblem.UNCLEAR),
        ("wrong_json", {"body": "no list"}, LedgerProblem.UNCLEAR),
        ("deep_json", {}, LedgerProblem.UNCLEAR),
        ("cut_middle", {}, LedgerProblem.UNCLEAR),
        ("redirect", {"location": "/elsewhere"}, LedgerProblem.UNCLEAR),
        (
            "refuse_json",
            {"status": 401, "code": "not_authenticated"},
            LedgerProblem.REFUSED,
        ),
        (
            "refuse_json",
            {"status": 403, "code": "permission_denied"},
            LedgerProblem.REFUSED,
        ),
    ],
)
def test_whatever_goes_wrong_nothing_is_concluded_and_it_is_asked_again(
    world, kind, values, problem
):
    async def story(engine, ledger):
        job = await world.ended(engine, "[fail]")
        world.clock.pass_s(5 * HOURS)
        world.sandbox.faults.add("ledger", kind, **values)
        await ledger.look()
        assert ledger.state.problem is problem
        assert ledger.state.next_at > world.clock()
        assert engine.book.get(job.job_id).charged_credits is None
        await ledger.look()
        assert ledger.state.problem is None

    world.run(story)


@pytest.mark.parametrize(
    "body",
    [
        {"items": [{"trace_id": None, "deducted_amount": 5}]},
        {"items": ["", 3, None, {"trace_id": "x", "deducted_amount": "a lot"}]},
        {"items": [{"trace_id": "x", "deducted_amount": 1e999}]},
        [],
    ],
)
def test_odd_rows_of_the_ledger_charge_no_job(world, body):
    async def story(engine, ledger):
        job = await world.ended(engine)
        world.sandbox.faults.add("ledger", "wrong_json", body=body)
        await ledger.look()
        assert engine.book.get(job.job_id).charged_credits is None

    world.run(story)


def test_unreachable_is_offline_and_waits(world):
    async def story(engine, ledger):
        await world.ended(engine)
        world.sandbox.stop()
        await ledger.look()
        assert ledger.state.problem is LedgerProblem.OFFLINE
        assert not engine.connectivity.online

    world.run(story)


def test_without_an_account_token_nothing_is_asked_and_the_state_says_so(world):
    async def pay(engine, _ledger):
        await world.ended(engine)

    world.run(pay)
    world.tokens = None
    world.hosts = Hosts(world.sandbox.address, world.sandbox.address)

    async def story(engine, ledger):
        ledger.refresh()
        await ledger.look()
        assert not ledger.state.readable
        assert ledger.state.next_at is None
        assert [r.charge for r in ledger.rows()] == [Charge.WAITING]

    before = world.asked()
    world.run(story)
    assert world.asked() == before


def test_an_api_token_alone_cannot_read_it(world):
    async def story(engine, ledger):
        await world.ended(engine)
        engine.service.use(world.sandbox.api_token, None)
        await ledger.look()
        ledger.on_account(engine.account.state)
        assert not ledger.state.readable
        assert world.asked() == 0

    world.run(story)


# --- deleting, exporting, the running loop


def test_what_a_deleted_video_cost_stays_in_the_ledger_over_a_restart(world):
    async def story(engine, ledger):
        job = await world.ended(engine)
        await engine.book.remove(job.job_id)
        assert engine.book.find(job.job_id) is None
        await ledger.look()
        (row,) = ledger.rows()
        assert (row.removed, row.charged_credits) == (True, PRICE)

    world.run(story)

    async def again(engine, ledger):
        (row,) = ledger.rows()
        assert (row.removed, row.charged_credits) == (True, PRICE)

    world.run(again)


def test_a_deletion_taken_back_brings_the_charge_along(world):
    async def story(engine, ledger):
        job = await world.ended(engine)
        await engine.book.remove(job.job_id)
        await ledger.look()
        await engine.book.restore(job)  # as it was before the charge was read
        await until(engine, lambda: engine.book.get(job.job_id).charged_credits)
        (row,) = ledger.rows()
        assert (row.removed, row.charged_credits) == (False, PRICE)

    world.run(story)


def test_export_writes_every_row_or_leaves_the_file_as_it_was(world, tmp_path):
    async def story(engine, ledger):
        await world.ended(engine)
        await ledger.look()
        target = tmp_path / "spending.csv"
        target.write_text("older")
        await ledger.export(str(target))
        text = target.read_bytes().decode("utf-8-sig")
        (line,) = csv.DictReader(io.StringIO(text, newline=""))
        assert float(line["charged_credits"]) == PRICE
        assert line["title"] == "astronaut × meadow"
        before = sorted(os.listdir(tmp_path))
        taken = tmp_path / "folder.csv"
        taken.mkdir()
        with pytest.raises(ExportFailed) as caught:
            await ledger.export(str(taken))
        assert caught.value.reason
        with pytest.raises(ExportFailed):
            await ledger.export(str(tmp_path / "missing" / "spending.csv"))
        assert sorted(os.listdir(tmp_path)) == sorted([*before, "folder.csv"])

    world.run(story)


def test_the_running_ledger_asks_by_itself_after_a_job(world, monkeypatch):
    from kling_desktop.engine import ledger_rule

    monkeypatch.setattr(ledger_rule, "PAUSES_S", (0.05, 0.1, 0.2))

    async def story(engine, _ledger):
        job = await world.ended(engine)
        charged = await until(engine, lambda: engine.book.get(job.job_id).charged_credits)
        assert charged == PRICE
        assert engine.ledger.rows()[0].charge is Charge.CHARGED

    world.run(story)


def test_looks_become_rarer_and_do_not_run_in_a_tight_loop(world, monkeypatch):
    from kling_desktop.engine import ledger_rule

    monkeypatch.setattr(ledger_rule, "PAUSES_S", (5, 15, 60, 300))

    async def story(engine, ledger):
        await world.ended(engine, "[fail]")
        world.clock.stand_still()
        gaps = []
        for _ in range(4):
            due = ledger.state.next_at
            world.clock.pass_s(due - world.clock())
            await ledger.look()
            gaps.append(round(ledger.state.next_at - due))
        assert gaps[:3] == [15, 60, 300]
        assert gaps[3] == HOURS

    world.run(story)


def test_a_learned_factor_corrects_the_draft_and_the_next_jobs_estimate(world):
    from kling_desktop.motion.facts import VideoFacts
    from kling_desktop.motion.price import quote

    async def story(engine, _ledger):
        for _ in range(3):
            job = await world.ended(engine)
            facts = engine.book.get(job.job_id).video_facts
            assert isinstance(facts, VideoFacts)
            own = quote(world.request, facts.duration_s, None).credits
            await engine.book.update(job.job_id, charged_credits=own * 1.5)
        engine.account.price_rules = None  # then estimates are our own
        shown = engine.ledger.correct(world.request, quote(world.request, 10.0, None))
        assert shown.corrected
        assert shown.credits == pytest.approx(7.0 * 1.5)
        sent = await engine.generate(world.request, None, facts)
        assert sent.estimate_credits == pytest.approx(own * 1.5)

    world.run(story)


def test_an_answer_that_may_be_cut_off_or_is_no_list_calls_nothing_free(world):
    """A page shorter than its count, and an object without a list, are no empty ledgers."""

    async def story(engine, ledger):
        job = await world.ended(engine, "[fail]")
        for body in ({"items": [], "count": 7}, {"detail": "soon"}, {"items": None}, "", 3, None):
            world.clock.pass_s(3 * HOURS)
            world.sandbox.faults.add("ledger", "wrong_json", body=body)
            await ledger.look()
        assert engine.book.get(job.job_id).charged_credits is None

    world.run(story)


def test_a_trace_that_stands_in_the_ledger_twice_counts_with_what_was_settled(world):
    async def story(engine, ledger):
        job = await world.ended(engine)
        rows = [
            {"trace_id": job.trace_id, "deducted_amount": amount} for amount in (0, "2.24", 0.0)
        ]
        world.sandbox.faults.add("ledger", "wrong_json", body={"items": rows, "count": 3})
        await ledger.look()
        assert engine.book.get(job.job_id).charged_credits == 2.24

    world.run(story)


def test_a_zero_is_corrected_by_an_entry_that_comes_late(world):
    async def story(engine, ledger):
        job = await world.ended(engine)
        await engine.book.update(job.job_id, charged_credits=0.0)
        await ledger.look()
        assert world.asked() == 1
        assert engine.book.get(job.job_id).charged_credits == 0.0  # it was not asked about
        ledger.refresh()
        await ledger.look()
        assert engine.book.get(job.job_id).charged_credits == PRICE

    world.run(story)
