"""Holds beside each other: each is lifted by what it waited for, and by nothing else."""

from __future__ import annotations

import json

import pytest
from engine_world import PRICE, World, ended, held, in_state, priced, until

from kling_desktop.engine import credit
from kling_desktop.engine.engine import Engine
from kling_desktop.engine.holds import Holds
from kling_desktop.engine.problems import job_error
from kling_desktop.engine.queue import JobQueue
from kling_desktop.engine.service import Hosts
from kling_desktop.motion.account import Connection
from kling_desktop.motion.job import (
    BUSY,
    HoldReason,
    Job,
    JobAction,
    JobError,
    JobState,
    QueueState,
)
from kling_desktop.motion.money import micro
from kling_desktop.motion.request import Mode, Source
from kling_desktop.words import Words

pytestmark = pytest.mark.usefixtures("no_store")
S, H = JobState, HoldReason


def tokens(world: World) -> tuple[str, str]:
    return world.sandbox.account_token.reveal(), world.sandbox.api_token.reveal()


def sent(world: World) -> int:
    return world.count("/kling/motion")


async def refused(engine: Engine, world: World, times: int) -> None:
    """Until the service refused that often and the job waits again."""
    await until(engine, lambda: sent(world) == times)
    await until(engine, lambda: engine.queue.state.running == 0)


# --- the set ----------------------------------------------------------------------------------


def test_holds_stand_beside_each_other_and_the_most_telling_is_told_first(world: World) -> None:
    async def story(engine: Engine) -> None:
        engine.queue.pause()
        engine.queue.hold(H.CREDIT, JobError("used_up"))
        engine.connectivity.not_reached()
        assert engine.queue.state.holds == (H.CREDIT, H.PAUSED, H.OFFLINE)
        assert engine.queue.state.hold is H.CREDIT
        assert engine.queue.state.error_of(H.CREDIT) == JobError("used_up")

    world.run(story)


def as_an_account(world: World) -> None:
    """Of the person's own, with a badge."""
    world.hosts = Hosts(world.sandbox.address, world.sandbox.address)


def test_all_holds_that_need_a_person_survive_a_restart_with_their_errors(world: World) -> None:
    async def before(engine: Engine) -> None:
        for reason in reversed(HoldReason):  # a token's after the credit's, which would lift it
            engine.queue.hold(reason, JobError(reason.value))

    async def after(engine: Engine) -> None:
        kept = [
            r
            for r in HoldReason
            if r not in {H.UNWRITABLE, H.STORE, H.OFFLINE, H.DAY_LIMIT, H.LIMITS, *BUSY}
        ]
        assert list(engine.queue.state.holds) == kept
        for reason in kept:
            assert engine.queue.state.error_of(reason) == JobError(reason.value)
        assert engine.account.state.connection is Connection.TOKEN_REFUSED

    as_an_account(world)
    world.run(before)
    world.run(after)


@pytest.mark.parametrize(
    ("kept", "reasons"),
    [
        ("", ()),
        (None, ()),
        ("credit", (H.CREDIT,)),  # what the version before this one wrote
        ("paused", (H.PAUSED,)),
        ("offline", ()),
        ("a word of a newer version", (H.PAUSED,)),
        ("[17]", (H.PAUSED,)),
        ('[{"reason": "credit"}, {"reason": "moon"}]', (H.CREDIT, H.PAUSED)),
        ('[{"reason": "credit", "error": 3}]', (H.CREDIT,)),
        ('[{"reason": "credit"', (H.PAUSED,)),
    ],
)
def test_what_was_kept_is_read_and_what_cannot_be_read_is_a_pause(
    kept: str | None, reasons: tuple[HoldReason, ...]
) -> None:
    holds = Holds()
    holds.read(kept)
    assert holds.reasons == reasons


# --- a token ----------------------------------------------------------------------------------


def test_a_token_that_is_accepted_ends_the_hold_for_a_token_and_leaves_the_pause(
    world: World,
) -> None:
    async def story(engine: Engine) -> None:
        engine.queue.hold(H.TOKEN, JobError("invalid_token"))
        engine.queue.pause()
        job = await world.generate("[fail]")
        assert (await engine.account.connect(*tokens(world))).can_generate
        assert engine.queue.state.holds == (H.PAUSED,)
        engine.queue.resume()
        await in_state(engine, job, S.GENERATING)

    world.run(story)


@pytest.mark.parametrize("reason", [H.CREDIT, H.PAUSED, H.UNCLEAR])
def test_a_token_that_is_accepted_lifts_no_other_hold(world: World, reason: HoldReason) -> None:
    world.sandbox.set_balance(0)  # or credit, too, would be there

    async def story(engine: Engine) -> None:
        engine.queue.hold(reason)
        await world.generate("[fail]")
        assert (await engine.account.connect(*tokens(world))).can_generate
        assert engine.queue.state.holds == (reason,)

    world.run(story)
    assert sent(world) == 0


def test_an_upload_s_hold_waits_for_the_account_token_and_not_for_any(world: World) -> None:
    async def story(engine: Engine) -> None:
        engine.queue.hold(H.UPLOADS, JobError("upload_refused"))
        await engine.account.connect("", tokens(world)[1])
        assert engine.queue.state.hold is H.UPLOADS
        await engine.account.connect(*tokens(world))
        assert engine.queue.state.hold is None

    world.run(story)


async def of_links(engine: Engine, world: World, prompt: str = "") -> Job:
    """A job like one that is done, of its links alone."""
    done = next(j for j in engine.book.all() if j.image_link and j.video_link)
    image, video = Source(url=done.image_link), Source(url=done.video_link)
    return await world.generate(prompt, image=image, video=video)


def test_without_the_account_token_jobs_of_links_go_on_and_those_of_files_wait(
    world: World,
) -> None:
    async def story(engine: Engine) -> None:
        await world.finished()
        engine.queue.hold(H.UPLOADS, JobError("no_account_token"))
        files = await world.generate("files")
        links = await ended(engine, await of_links(engine, world))
        assert links.state is S.DONE
        assert engine.book.get(files.job_id).state is S.QUEUED
        assert engine.queue.state.holds == (H.UPLOADS,)
        assert engine.queue.kept_by(files.job_id) == (H.UPLOADS,)
        assert engine.queue.kept_by(links.job_id) == ()
        engine.queue.resume()  # one job tries again, which uploads
        assert (await ended(engine, files)).state is S.DONE
        assert engine.queue.state.holds == ()

    world.run(story)


def test_a_job_of_links_that_is_accepted_proves_nothing_of_the_account_token(
    world: World,
) -> None:
    async def story(engine: Engine) -> None:
        await world.finished()
        engine.queue.hold(H.UPLOADS, JobError("upload_refused"))
        engine.queue.hold(H.TOKEN, JobError("invalid_token"))
        files = await world.generate("files")
        links = await of_links(engine, world)
        engine.queue.let_through(links.job_id, links.created_at)
        assert (await ended(engine, links)).state is S.DONE
        assert engine.queue.state.holds == (H.UPLOADS,)
        assert engine.book.get(files.job_id).state is S.QUEUED

    world.run(story)


def test_an_upload_s_hold_was_once_a_token_s() -> None:
    holds = Holds()
    for code in ("no_account_token", "upload_refused"):
        holds.read(json.dumps([{"reason": "token", "error": JobError(code).to_json()}]))
        assert holds.reasons == (H.UPLOADS,)
    holds.read(json.dumps([{"reason": "token", "error": JobError("invalid_token").to_json()}]))
    assert holds.reasons == (H.TOKEN, H.UPLOADS)


def test_an_answer_about_credit_shows_that_the_token_works(world: World) -> None:
    as_an_account(world)

    async def story(engine: Engine) -> None:
        engine._hold(H.TOKEN, JobError("invalid_token"))
        assert engine.account.state.connection is Connection.TOKEN_REFUSED
        world.sandbox.set_balance(0)
        job = await world.generate("[fail]")
        await engine.resume_queue()  # it tries
        await held(engine, H.CREDIT)
        assert engine.queue.state.holds == (H.CREDIT,)
        assert engine.account.state.can_generate
        world.sandbox.set_balance(1000.0)
        engine.credit.poke()  # and nothing else is waited for
        await in_state(engine, job, S.GENERATING)

    world.run(story)


def test_an_answer_about_credit_tells_nothing_of_the_account_token(world: World) -> None:
    async def story(engine: Engine) -> None:
        engine.queue.hold(H.UPLOADS, JobError("upload_refused"))
        engine.queue.hold(H.CREDIT, JobError("used_up"))
        assert engine.queue.state.holds == (H.UPLOADS, H.CREDIT)

    world.run(story)


# --- credit -----------------------------------------------------------------------------------


def test_a_top_up_is_seen_and_the_queue_goes_on_by_itself(world: World) -> None:
    world.sandbox.set_balance(0)

    async def story(engine: Engine) -> Job:
        job = await priced(engine, world, "")
        await held(engine, H.CREDIT)
        engine.queue.pause()  # which stays
        world.sandbox.set_balance(PRICE)  # met exactly is enough
        engine.credit.poke()
        await until(engine, lambda: engine.queue.state.holds == (H.PAUSED,))
        assert sent(world) == 1
        engine.queue.resume()
        return await ended(engine, job)

    assert world.run(story).state is S.DONE


def test_the_balance_is_read_again_while_credit_is_waited_for(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(credit, "READ_AGAIN_S", 0.1)
    world.sandbox.set_balance(0)

    async def story(engine: Engine) -> Job:
        job = await priced(engine, world, "")
        await held(engine, H.CREDIT)
        world.sandbox.set_balance(50)
        return await ended(engine, job)

    assert world.run(story).state is S.DONE


def test_a_balance_below_the_next_price_lifts_nothing(world: World) -> None:
    world.sandbox.set_balance(0)

    async def story(engine: Engine) -> None:
        await priced(engine, world)
        await held(engine, H.CREDIT)
        world.sandbox.set_balance(PRICE - 0.0001)
        await engine.account.refresh_balance()
        assert micro(engine.account.state.balance_credits) == micro(PRICE) - 100
        assert engine.queue.state.hold is H.CREDIT

    world.run(story)
    assert sent(world) == 1


def test_a_balance_with_which_it_was_refused_lifts_nothing_by_showing_it_again(
    world: World,
) -> None:
    """The service says "used up" with 100 credits there: one more try, for who topped up just
    then; after it, the service knows better, and is not asked on."""

    async def story(engine: Engine) -> None:
        await priced(engine, world, "[used up]")
        await held(engine, H.CREDIT)
        await refused(engine, world, 2)
        for _ in range(3):
            await engine.account.refresh_balance()
        await refused(engine, world, 2)
        assert engine.queue.state.hold is H.CREDIT
        world.sandbox.set_balance(101)
        await engine.account.refresh_balance()
        await refused(engine, world, 3)

    async def later(engine: Engine) -> None:
        for _ in range(3):
            await engine.account.refresh_balance()
        assert engine.queue.state.hold is H.CREDIT

    world.run(story)
    world.run(later)
    assert sent(world) == 3


# --- the person's word ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("prompt", "reason"),
    [("[used up]", H.CREDIT), ("[token]", H.TOKEN), ("[disabled]", H.DISABLED)],
)
def test_resume_lets_one_job_try_and_a_refusal_leaves_the_hold(
    world: World, prompt: str, reason: HoldReason
) -> None:
    world.sandbox.set_balance(0)  # or credit would be there

    async def story(engine: Engine) -> None:
        engine.queue.pause()
        for _ in range(3):
            await world.generate(prompt)
        engine.queue.resume()
        await held(engine, reason)
        await until(engine, lambda: engine.queue.state.waiting == 3)
        so_far = sent(world)  # two have a slot before the first is refused
        engine.queue.pause()
        await engine.resume_queue()
        assert engine.queue.state.holds == (reason,)  # until it is known to be over
        await until(engine, lambda: sent(world) == so_far + 1)
        await until(engine, lambda: engine.queue.state.waiting == 3)
        assert engine.queue.state.holds == (reason,)
        assert sent(world) == so_far + 1

    world.run(story)
    assert world.sandbox.accepted == []


def test_resume_lets_one_job_try_and_if_it_is_accepted_all_go_on(world: World) -> None:
    async def story(engine: Engine) -> None:
        engine.queue.hold(H.TOKEN, JobError("invalid_token"))
        engine.queue.hold(H.CREDIT, JobError("used_up"))
        jobs = [await world.generate("[fail]") for _ in range(2)]
        await engine.resume_queue()
        for job in jobs:
            await in_state(engine, job, S.GENERATING)
        assert engine.queue.state.holds == ()
        assert engine.account.state.can_generate

    world.run(story)
    first, second = world.sandbox.accepted
    assert first != second


def test_a_job_that_could_not_try_hands_its_turn_on(world: World) -> None:
    """Its picture is none, so it was never sent and found nothing out."""

    async def story(engine: Engine) -> None:
        engine.queue.hold(H.TOKEN, JobError("invalid_token"))
        first = await world.generate("[fail]", image=world.request().video)
        second = await world.generate("[fail]")
        await engine.resume_queue()
        await in_state(engine, first, S.ASKING)
        await in_state(engine, second, S.GENERATING)
        assert engine.queue.state.holds == ()

    world.run(story)


def test_a_word_for_one_job_passes_the_pause_for_it_alone(world: World) -> None:
    async def story(engine: Engine) -> None:
        engine.queue.pause()
        others = await world.generate("[fail]")
        mine = await world.generate("[fail]")
        engine.queue.let_through(mine.job_id, mine.created_at)
        await in_state(engine, mine, S.GENERATING)
        assert engine.book.get(others.job_id).state is S.QUEUED
        assert engine.queue.state.holds == (H.PAUSED,)
        assert engine.queue.kept_by(others.job_id) == (H.PAUSED,)

    world.run(story)
    assert len(world.sandbox.accepted) == 1


def test_a_word_for_one_job_lets_no_other_try(world: World) -> None:
    world.sandbox.set_balance(0)  # or credit would be there

    async def story(engine: Engine) -> None:
        engine.queue.hold(H.CREDIT, JobError("used_up"))
        await world.generate("[fail]")
        mine = await world.generate("[fail]", image=world.request().video)  # never sent
        engine.queue.let_through(mine.job_id, mine.created_at)
        await in_state(engine, mine, S.ASKING)
        await until(engine, lambda: not engine.runner.is_walking(mine.job_id))
        assert engine.queue.state.holds == (H.CREDIT,)
        assert engine.queue.state.waiting == 1

    world.run(story)
    assert sent(world) == 0


def test_a_pause_after_the_word_for_one_job_holds_that_one_too(world: World) -> None:
    async def story(engine: Engine) -> None:
        engine.connectivity.not_reached()
        mine = await world.generate("[fail]")
        engine.queue.let_through(mine.job_id, mine.created_at)
        engine.queue.pause()
        engine.connectivity.reached()
        assert engine.queue.kept_by(mine.job_id) == (H.PAUSED,)
        await until(engine, lambda: not engine.queue._pumping)
        assert engine.book.get(mine.job_id).state is S.QUEUED

    world.run(story)
    assert sent(world) == 0


# --- the limit for a day ----------------------------------------------------------------------


class Limit:
    """What Settings say."""

    def __init__(self, credits: float | None) -> None:
        self.credits = credits

    def __call__(self) -> float | None:
        return self.credits


@pytest.fixture
def limit(world: World) -> Limit:
    made = Limit(3.0)  # one video fits, two don't
    world.options["day_limit_credits"] = made
    return made


async def one_of_two(engine: Engine, world: World) -> list[Job]:
    """The first was sent, the second waits at the limit."""
    jobs = [await priced(engine, world) for _ in range(2)]
    await in_state(engine, jobs[0], S.GENERATING)
    await held(engine, H.DAY_LIMIT)
    return jobs


def test_a_limit_tells_its_figures(world: World, limit: Limit) -> None:
    async def story(engine: Engine) -> None:
        await one_of_two(engine, world)
        error, day = engine.queue.state.error_of(H.DAY_LIMIT), engine.queue.day_limit
        assert error is not None
        assert day is not None
        assert error.value("limit_credits") == "3.0"
        assert (day.spent_credits, day.price_credits) == pytest.approx((PRICE, PRICE))
        assert day.over_credits == pytest.approx(2 * PRICE - 3)

    world.run(story)


def test_a_limit_tells_each_job_its_own_figures(world: World, limit: Limit) -> None:
    async def story(engine: Engine) -> None:
        _, dear = await one_of_two(engine, world)
        cheap = await priced(engine, world)
        await engine.book.update(dear.job_id, estimate_credits=2 * PRICE)
        limit.credits = 2 * PRICE  # the third would fit now, the second does not
        engine.queue.pump()
        await until(engine, lambda: not engine.queue._pumping)
        assert engine.queue.kept_by(cheap.job_id) == (H.DAY_LIMIT,)
        error = engine.queue.why(engine.book.get(dear.job_id), H.DAY_LIMIT)
        assert error is not None
        assert float(error.value("price_credits")) == pytest.approx(2 * PRICE)
        behind = engine.queue.why(engine.book.get(cheap.job_id), H.DAY_LIMIT)
        assert behind is not None
        assert "in front of this one" in Words().error(behind).title
        engine.queue.let_through(cheap.job_id, cheap.created_at)  # the person's word for it alone
        await in_state(engine, cheap, S.GENERATING)
        assert engine.book.get(dear.job_id).state is S.QUEUED
        assert engine.queue.kept_by(dear.job_id) == (H.DAY_LIMIT,)

    world.run(story)
    assert sent(world) == 2


def test_resume_waives_no_limit(world: World, limit: Limit) -> None:
    async def story(engine: Engine) -> None:
        await one_of_two(engine, world)
        engine.queue.pause()
        assert engine.queue.state.holds == (H.DAY_LIMIT, H.PAUSED)
        await engine.resume_queue()
        await until(engine, lambda: not engine.queue._pumping)
        assert engine.queue.state.holds == (H.DAY_LIMIT,)

    world.run(story)
    assert sent(world) == 1


def test_a_limit_that_is_raised_lets_the_next_one_go_at_once(world: World, limit: Limit) -> None:
    async def story(engine: Engine) -> None:
        jobs = await one_of_two(engine, world)
        limit.credits = 2 * PRICE  # met exactly is not exceeded
        engine.queue.pump()
        await in_state(engine, jobs[1], S.GENERATING)
        assert engine.queue.state.holds == ()

    world.run(story)


def test_room_under_the_limit_comes_by_a_lower_charge_or_a_free_end(
    world: World, limit: Limit
) -> None:
    async def story(engine: Engine) -> None:
        jobs = await one_of_two(engine, world)
        await engine.book.update(jobs[0].job_id, charged_credits=3.0 - PRICE)
        await in_state(engine, jobs[1], S.GENERATING)
        third = await priced(engine, world)
        await held(engine, H.DAY_LIMIT)
        await engine.do(jobs[0].job_id, JobAction.STOP_WATCHING)
        world.sandbox.finish()  # both fail, which is free
        await ended(engine, jobs[1])
        await in_state(engine, third, S.GENERATING)

    world.run(story)


def test_a_job_that_is_cancelled_gives_the_turn_to_one_that_fits(
    world: World, limit: Limit
) -> None:
    limit.credits = 2 * PRICE

    async def story(engine: Engine) -> None:
        await in_state(engine, await priced(engine, world), S.GENERATING)
        dear = await priced(engine, world, mode=Mode.PRO)
        fits = await priced(engine, world)
        await held(engine, H.DAY_LIMIT)  # in the person's order: it waits behind the dear one
        assert engine.book.get(fits.job_id).state is S.QUEUED
        await engine.do(dear.job_id, JobAction.CANCEL)
        await in_state(engine, fits, S.GENERATING)

    world.run(story)


def test_midnight_ends_the_limit_s_hold(world: World, limit: Limit) -> None:
    now = [1_764_000_000.0]
    world.options["clock"] = lambda: now[0]

    async def story(engine: Engine) -> None:
        jobs = await one_of_two(engine, world)
        now[0] += 24 * 3600
        engine.queue.pump()  # as its timer does
        await in_state(engine, jobs[1], S.GENERATING)

    world.run(story)


def test_a_limit_lowered_while_a_job_uploads_stops_it_before_it_is_sent(
    world: World, limit: Limit, monkeypatch: pytest.MonkeyPatch
) -> None:
    allowed = JobQueue.may_send

    def lower_first(queue: JobQueue, job: Job) -> bool:
        limit.credits = 1.0
        return allowed(queue, job)

    monkeypatch.setattr(JobQueue, "may_send", lower_first)

    async def story(engine: Engine) -> None:
        job = await priced(engine, world)
        await held(engine, H.DAY_LIMIT)
        assert (await in_state(engine, job, S.QUEUED)).state is S.QUEUED

    world.run(story)
    assert sent(world) == 0


def test_a_waiver_is_for_its_day(world: World, limit: Limit) -> None:
    now = [1_764_000_000.0]
    world.options["clock"] = lambda: now[0]

    async def story(engine: Engine) -> None:
        jobs = await one_of_two(engine, world)
        engine.waive(engine.spending.today())
        await in_state(engine, jobs[1], S.GENERATING)
        now[0] += 24 * 3600
        limit.credits = 1.0
        await priced(engine, world)
        await held(engine, H.DAY_LIMIT)

    world.run(story)
    assert sent(world) == 2


def test_a_yes_after_midnight_to_the_question_of_yesterday_waives_no_new_day(
    world: World, limit: Limit
) -> None:
    now = [1_764_000_000.0]
    world.options["clock"] = lambda: now[0]

    async def story(engine: Engine) -> None:
        asked_on = engine.spending.today()
        now[0] += 24 * 3600
        engine.waive(asked_on)
        await one_of_two(engine, world)

    world.run(story)
    assert sent(world) == 1


def test_a_limit_that_is_set_after_a_waiver_holds_at_once(world: World, limit: Limit) -> None:
    async def story(engine: Engine) -> None:
        jobs = await one_of_two(engine, world)
        engine.waive(engine.spending.today())
        await in_state(engine, jobs[1], S.GENERATING)
        engine.spending.unwaive()
        await priced(engine, world)
        await held(engine, H.DAY_LIMIT)

    world.run(story)
    world.run(lambda engine: held(engine, H.DAY_LIMIT))  # and after a restart
    assert sent(world) == 2


def test_the_room_that_a_free_end_makes_is_told_with_the_end(world: World, limit: Limit) -> None:
    """Who waits for the queue would read that the limit still keeps the next one."""
    told: list[tuple[JobState, bool]] = []

    async def story(engine: Engine) -> None:
        jobs = await one_of_two(engine, world)

        def on_changed(state: QueueState) -> None:
            told.append((engine.book.get(jobs[0].job_id).state, H.DAY_LIMIT in state.holds))

        engine.queue.changed.connect(on_changed)
        world.sandbox.finish()
        await in_state(engine, jobs[1], S.GENERATING)

    world.run(story)
    assert (S.FAILED, False) in told
    assert (S.FAILED, True) not in told


def test_what_may_be_charged_twice_counts_twice(world: World, limit: Limit) -> None:
    """Sent again by hand: the first one may be charged besides."""
    limit.credits = 3 * PRICE

    async def story(engine: Engine) -> None:
        job = await priced(engine, world, "[no answer]")
        await until(engine, lambda: world.sandbox.accepted)
        assert engine.spending.spent_today() == pytest.approx(PRICE)
        await engine.book.go(job.job_id, S.UNKNOWN)
        await engine.do(job.job_id, JobAction.SEND_AGAIN)
        await until(engine, lambda: len(world.sandbox.accepted) == 2)
        assert engine.spending.spent_today() == pytest.approx(2 * PRICE)

    async def later(engine: Engine) -> None:
        assert engine.spending.spent_today() == pytest.approx(2 * PRICE)

    world.run(story)
    world.run(later, run_queue=False)


def test_who_sends_again_meets_the_limit_that_the_first_one_may_have_reached(
    world: World, limit: Limit
) -> None:
    async def story(engine: Engine) -> None:
        job = await priced(engine, world, "[no answer]")
        await until(engine, lambda: world.sandbox.accepted)
        await engine.book.go(job.job_id, S.UNKNOWN)
        await engine.do(job.job_id, JobAction.SEND_AGAIN)
        await held(engine, H.DAY_LIMIT)
        assert engine.queue.day_limit is not None
        assert engine.queue.day_limit.spent_credits == pytest.approx(PRICE)
        assert engine.book.get(job.job_id).state is S.QUEUED

    world.run(story)
    assert len(world.sandbox.accepted) == 1


def test_what_a_command_took_back_unsent_is_not_counted_as_failed(world: World) -> None:
    async def story(engine: Engine) -> None:
        engine.queue.pause()
        job = await world.generate()
        assert await engine.runner.cancel_free(job.job_id, job_error("unreachable"))
        state = engine.queue.state
        assert (state.failed, state.unsent) == (0, 1)

    world.run(story)
