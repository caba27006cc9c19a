"""A job is its account's: nothing of it is asked or sent while another one's tokens are in use."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from engine_world import World, ended, held, in_state, until
from keyring.backends import null
from support.sandboxes import running
from support.two_accounts import TwoAccounts

from kling_desktop.engine import recall
from kling_desktop.engine.engine import Engine
from kling_desktop.engine.ownership import OTHER_ACCOUNT
from kling_desktop.engine.recall import NOT_NOW
from kling_desktop.engine.service import Hosts
from kling_desktop.motion.account import Connection, TokenOutcome
from kling_desktop.motion.job import HoldReason, Job, JobAction, JobState, actions_for
from kling_desktop.remote.platform import Platform
from kling_desktop.sandbox import Sandbox
from kling_desktop.store.secrets import Secrets
from kling_desktop.words import Words

S, A = JobState, JobAction


@pytest.fixture
def second(tmp_path: Path) -> Iterator[Sandbox]:
    with running(tmp_path / "second") as made:
        yield made


@pytest.fixture
def shared(world: World, second: Sandbox) -> Iterator[World]:
    """One address, two accounts, and a computer without a password store."""
    before = keyring.get_keyring()
    keyring.set_keyring(null.Keyring())
    with TwoAccounts(world.sandbox, second) as both:
        world.tokens = None
        world.hosts = Hosts(both.address, both.address)
        yield world
    keyring.set_keyring(before)


async def connect(engine: Engine, sandbox: Sandbox, *, api_alone: bool = False) -> None:
    account = "" if api_alone else sandbox.account_token.reveal()
    result = await engine.account.connect(account, sandbox.api_token.reveal())
    assert result.can_generate


async def waiting(engine: Engine, job: Job) -> Job:
    def right() -> Job | None:
        now = engine.book.get(job.job_id)
        return now if now.waits_for_account is not None else None

    return await until(engine, right)


def test_a_running_paid_job_waits_for_its_own_account_and_goes_on_with_it(
    shared: World, second: Sandbox
) -> None:
    async def story(engine: Engine) -> None:
        await connect(engine, shared.sandbox)
        job = await in_state(engine, await shared.generate("[slow]"), S.GENERATING)
        assert job.user_id == engine.account.state.user_id
        await connect(engine, second)
        job = await waiting(engine, job)
        assert job.state is S.GENERATING
        assert A.SEND_AGAIN not in actions_for(job)
        shared.sandbox.finish()
        asked = shared.count("/kling/tasks")
        engine.poke()
        await connect(engine, second)  # time passes, and nothing of it is asked for
        assert shared.count("/kling/tasks") == asked
        assert [r for r in second.requests if job.task_id and job.task_id.encode() in r.body] == []
        await connect(engine, shared.sandbox)
        assert (await ended(engine, job)).state is S.DONE
        assert len(shared.sandbox.accepted) == 1
        assert second.accepted == []

    shared.run(story)


def test_another_token_of_the_same_account_changes_nothing(shared: World) -> None:
    async def story(engine: Engine) -> None:
        await connect(engine, shared.sandbox)
        job = await in_state(engine, await shared.generate("[slow]"), S.GENERATING)
        await connect(engine, shared.sandbox, api_alone=True)
        shared.sandbox.finish()
        job = await ended(engine, job)
        assert (job.state, job.waits_for_account) == (S.DONE, None)

    shared.run(story)


def test_what_was_not_sent_yet_is_asked_about_once_and_names_both_accounts(
    shared: World, second: Sandbox
) -> None:
    async def story(engine: Engine) -> None:
        questions: list[tuple[Job, ...]] = []
        engine.ownership.asks.connect(questions.append)
        await connect(engine, shared.sandbox)
        engine.queue.pause()
        jobs = [await shared.generate(f"[fail] {n}") for n in range(2)]
        await connect(engine, second)
        for job in jobs:
            job = await in_state(engine, job, S.ASKING)
            assert job.error is not None
            assert job.error.code == OTHER_ACCOUNT
            assert {"made_under", "now"} <= dict(job.error.values).keys()
        await engine.resume_queue()
        assert [{j.job_id for j in asked} for asked in questions] == [{j.job_id for j in jobs}]
        assert (shared.sandbox.accepted, second.accepted) == ([], [])
        assert await engine.do(jobs[0].job_id, A.SEND)
        await ended(engine, jobs[0])
        assert (len(shared.sandbox.accepted), len(second.accepted)) == (0, 1)
        assert engine.book.get(jobs[1].job_id).state is S.ASKING
        await connect(engine, shared.sandbox)  # the other one goes on by itself
        await ended(engine, jobs[1])
        assert (len(shared.sandbox.accepted), len(second.accepted)) == (1, 1)

    shared.run(story)


def test_a_job_of_another_account_is_not_sent_by_a_later_run_under_this_one(
    shared: World, second: Sandbox
) -> None:
    async def first_run(engine: Engine) -> Job:
        await connect(engine, shared.sandbox)
        engine.queue.pause()
        return await shared.generate("[fail]")

    async def second_run(engine: Engine) -> None:
        await connect(engine, second)
        await engine.resume_queue()
        await in_state(engine, job, S.ASKING)
        assert (shared.sandbox.accepted, second.accepted) == ([], [])

    job = shared.run(first_run)
    shared.run(second_run)


def test_a_task_that_an_api_token_alone_does_not_know_is_perhaps_another_accounts(
    shared: World, second: Sandbox
) -> None:
    async def first_run(engine: Engine) -> Job:
        await connect(engine, shared.sandbox)
        return await in_state(engine, await shared.generate("[slow]"), S.GENERATING)

    async def second_run(engine: Engine) -> None:
        await connect(engine, second, api_alone=True)
        job = await waiting(engine, sent)
        assert (job.state, job.waits_for_account) == (S.GENERATING, "")
        assert (engine.queue.state.running, engine.queue.state.waiting) == (0, 1)
        assert A.SEND_AGAIN not in actions_for(job)
        await connect(engine, shared.sandbox)
        shared.sandbox.finish()
        assert (await ended(engine, job)).state is S.DONE

    sent = shared.run(first_run)
    shared.secrets = Secrets(environ={})  # this run's tokens are gone with it
    shared.run(second_run)


def test_an_api_token_alone_is_told_by_any_task_that_it_knows(shared: World) -> None:
    async def first_run(engine: Engine) -> Job:
        await connect(engine, shared.sandbox)
        return await in_state(engine, await shared.generate("[slow]"), S.GENERATING)

    async def second_run(engine: Engine) -> None:
        await connect(engine, shared.sandbox, api_alone=True)
        assert engine.account.state.user_id is None
        await until(engine, lambda: engine.account.state.user_id == sent.user_id)
        shared.sandbox.finish()
        assert (await ended(engine, sent)).state is S.DONE

    sent = shared.run(first_run)
    shared.secrets = Secrets(environ={})  # this run's tokens are gone with it
    shared.run(second_run)


def test_trying_another_accounts_token_without_connecting_changes_nothing(
    shared: World, second: Sandbox
) -> None:
    async def story(engine: Engine) -> None:
        await connect(engine, shared.sandbox)
        own = engine.account.state.user_id
        result = await engine.account.test(second.account_token.reveal(), "")
        assert result.can_generate
        assert engine.account.state.user_id == own

    shared.run(story)


def test_a_lost_submission_is_not_looked_for_or_sent_again_under_another_account(
    shared: World, second: Sandbox
) -> None:
    async def story(engine: Engine) -> None:
        await connect(engine, shared.sandbox)
        shared.sandbox.faults.add("tasks", "html", None, status=502)
        job = await in_state(engine, await shared.generate("[cut connection]"), S.UNKNOWN)
        await connect(engine, second)
        job = await waiting(engine, job)
        assert A.SEND_AGAIN not in actions_for(job)
        assert not await engine.do(job.job_id, A.SEND_AGAIN)
        shared.sandbox.faults.clear()
        shared.sandbox.finish()
        await connect(engine, shared.sandbox)
        assert (await ended(engine, job)).state is S.DONE
        assert (len(shared.sandbox.accepted), len(second.accepted)) == (1, 0)

    shared.run(story)


def test_the_charge_of_another_accounts_job_is_not_read_from_this_ones_ledger(
    shared: World, second: Sandbox
) -> None:
    async def story(engine: Engine) -> None:
        await connect(engine, shared.sandbox)
        job = await in_state(engine, await shared.generate(), S.GENERATING)
        shared.sandbox.faults.add("ledger", "html", None, status=502)
        job = await ended(engine, job)
        await connect(engine, second)
        engine.ledger.refresh()
        await engine.ledger.look()
        await until(engine, lambda: any("/usage/" in r.path for r in second.requests))
        assert engine.book.get(job.job_id).charged_credits is None
        shared.sandbox.faults.clear()
        await connect(engine, shared.sandbox)
        engine.ledger.refresh()
        await until(engine, lambda: engine.book.get(job.job_id).charged_credits is not None)

    shared.run(story)


def test_a_job_made_before_its_account_told_who_it_is_is_asked_about_too(
    shared: World, second: Sandbox
) -> None:
    async def story(engine: Engine) -> None:
        await connect(engine, shared.sandbox, api_alone=True)
        assert engine.account.state.user_id is None
        engine.queue.pause()
        job = await shared.generate("[fail]")
        await engine.account.disconnect()
        await connect(engine, shared.sandbox, api_alone=True)  # the same one again: no question
        assert engine.book.get(job.job_id).state is S.QUEUED
        await connect(engine, second)
        job = await in_state(engine, job, S.ASKING)
        assert job.error is not None
        assert job.error.value("made_under") == ""
        assert job.error.value("now")

    shared.run(story)


def pair(api: Sandbox, account: Sandbox) -> Secrets:
    tokens = {
        "ACEDATACLOUD_API_TOKEN": api.api_token.reveal(),
        "ACEDATACLOUD_PLATFORM_TOKEN": account.account_token.reveal(),
    }
    return Secrets(environ=tokens)


def test_two_tokens_of_two_accounts_send_nothing_and_upload_nothing(
    shared: World, second: Sandbox
) -> None:
    shared.secrets = pair(second, shared.sandbox)

    async def story(engine: Engine) -> None:
        await engine.account.refresh_balance()
        assert engine.account.state.user_id is None  # the account token's alone is no one's here
        job = await shared.generate("[fail]")
        await held(engine, HoldReason.TOKEN)
        job = await in_state(engine, job, S.QUEUED)
        assert job.error is not None
        assert (job.error.code, job.user_id) == ("two_accounts", None)
        assert engine.account.state.connection is Connection.TWO_ACCOUNTS
        assert not engine.account.state.can_generate
        assert (shared.sandbox.accepted, second.accepted) == ([], [])
        assert [r for r in shared.sandbox.requests if r.path.startswith("/api/v1/files")] == []

    shared.run(story)


def test_where_the_service_does_not_tell_whose_the_pair_is_the_record_does(
    shared: World, second: Sandbox
) -> None:
    shared.secrets = pair(second, shared.sandbox)
    refused = {"status": 403, "code": "permission_denied"}
    shared.sandbox.faults.add("credentials", "refuse_json", None, **refused)

    async def story(engine: Engine) -> None:
        await engine.account.refresh_balance()
        assert engine.account.state.user_id is None
        job = await in_state(engine, await shared.generate("[slow]"), S.GENERATING)
        payer = await until(engine, lambda: engine.book.get(job.job_id).user_id)
        assert engine.account.state.user_id == payer
        second.finish()
        assert (await ended(engine, job)).state is S.DONE
        assert len(second.accepted) == 1
        balance = await engine.workers.call(second_platform(shared, second).balance)
        assert balance.user_id == payer

    shared.run(story)


def second_platform(shared: World, second: Sandbox) -> Platform:
    assert shared.engine is not None
    service = shared.engine.service
    return Platform(service.http, service.hosts.platform, second.account_token)


def test_an_api_token_that_no_list_shows_is_the_accounts_where_it_knows_its_task(
    shared: World,
) -> None:
    async def first_run(engine: Engine) -> Job:
        await connect(engine, shared.sandbox)
        return await in_state(engine, await shared.generate("[slow]"), S.GENERATING)

    async def second_run(engine: Engine) -> None:
        assert engine.account.state.user_id is None
        await engine.ownership.identify()
        assert engine.account.state.user_id == sent.user_id

    sent = shared.run(first_run)
    shared.secrets = pair(shared.sandbox, shared.sandbox)
    refused = {"status": 403, "code": "permission_denied"}
    shared.sandbox.faults.add("credentials", "refuse_json", None, **refused)
    shared.run(second_run, run_queue=False)


def test_connecting_with_two_tokens_of_two_accounts_says_so_and_keeps_neither(
    shared: World, second: Sandbox
) -> None:
    async def story(engine: Engine) -> None:
        texts = (shared.sandbox.account_token.reveal(), second.api_token.reveal())
        result = await engine.account.connect(*texts)
        assert result.api.outcome is TokenOutcome.OTHER_ACCOUNT
        assert not result.can_generate
        assert not engine.account.state.has_api_token

    shared.run(story)


async def asking_under(engine: Engine, shared: World, other: Sandbox) -> Job:
    """A job of the first account that asks under the second one; the question was put."""
    questions: list[tuple[Job, ...]] = []
    await connect(engine, shared.sandbox)
    engine.queue.pause()
    job = await shared.generate("[fail]")
    engine.ownership.asks.connect(questions.append)
    await connect(engine, other)
    await until(engine, lambda: questions)
    return await in_state(engine, job, S.ASKING)


def test_without_an_account_nothing_is_answered(shared: World, second: Sandbox) -> None:
    async def story(engine: Engine) -> None:
        job = await asking_under(engine, shared, second)
        await engine.account.disconnect()
        assert not await engine.do(job.job_id, A.SEND)
        assert engine.book.get(job.job_id) == job
        await connect(engine, second)
        await engine.resume_queue()
        assert engine.book.get(job.job_id).state is S.ASKING
        assert (shared.sandbox.accepted, second.accepted) == ([], [])

    shared.run(story)


def test_a_yes_under_an_api_token_alone_is_none_for_another_account_in_a_later_run(
    shared: World, second: Sandbox
) -> None:
    async def first_run(engine: Engine) -> Job:
        job = await asking_under(engine, shared, second)
        engine.queue.pause()
        return job

    async def second_run(engine: Engine) -> None:
        await connect(engine, second, api_alone=True)
        assert not await engine.do(asked.job_id, A.SEND)  # the question named the second one
        assert await engine.do(asked.job_id, A.SEND)
        await in_state(engine, asked, S.QUEUED)

    async def third_run(engine: Engine) -> None:
        await connect(engine, shared.sandbox)
        await connect(engine, second)
        await engine.resume_queue()
        await in_state(engine, asked, S.ASKING)
        assert (shared.sandbox.accepted, second.accepted) == ([], [])

    asked = shared.run(first_run)
    shared.secrets = Secrets(environ={})
    shared.run(second_run, run_queue=False)
    shared.secrets = Secrets(environ={})
    shared.run(third_run)


def test_a_yes_to_one_account_is_none_to_another_and_the_question_names_that(
    shared: World, second: Sandbox
) -> None:
    async def story(engine: Engine) -> None:
        questions: list[tuple[Job, ...]] = []
        job = await asking_under(engine, shared, second)
        engine.ownership.asks.connect(questions.append)
        assert job.error is not None
        assert job.error.value("now_id") == engine.account.state.user_id
        await engine.account.disconnect()
        await engine.account.connect("", second.add_api_token().reveal())
        assert not await engine.do(job.job_id, A.SEND)

        def asked_anew() -> (
            Job | None
        ):  # what the first connection learned late asks once more, too
            (now,) = questions[-1] if questions else (None,)
            return now if now and now.error and now.error.value("now_id") == "" else None

        await until(engine, asked_anew)  # not told whose that is
        assert engine.book.get(job.job_id).state is S.ASKING
        assert (shared.sandbox.accepted, second.accepted) == ([], [])

    shared.run(story)


def test_two_accounts_of_one_name_are_told_apart(shared: World, second: Sandbox) -> None:
    async def story(engine: Engine) -> None:
        error = (await asking_under(engine, shared, second)).error
        assert error is not None
        made_under, now = error.value("made_under"), error.value("now")
        assert made_under.partition("…")[0] == now.partition("…")[0] == "sandbox "
        assert made_under != now

    shared.run(story)


def test_a_question_of_an_earlier_run_is_answered_by_the_yes_to_it(
    shared: World, second: Sandbox
) -> None:
    async def first_run(engine: Engine) -> Job:
        return await asking_under(engine, shared, second)

    async def second_run(engine: Engine) -> None:
        assert engine.account.state.user_id is None  # not asked yet
        assert engine.book.get(asked.job_id) == asked
        assert await engine.do(asked.job_id, A.SEND)

    asked = shared.run(first_run)
    shared.secrets = pair(second, second)
    shared.run(second_run, run_queue=False)


def test_an_api_token_of_another_account_lets_the_account_token_go(
    shared: World, second: Sandbox
) -> None:
    async def story(engine: Engine) -> None:
        await connect(engine, shared.sandbox)
        await connect(engine, shared.sandbox, api_alone=True)
        assert engine.account.state.has_account_token  # they belong together
        await connect(engine, second, api_alone=True)
        assert not engine.account.state.has_account_token

    shared.run(story)
    shared.run(a_later_run_finds_no_account_token)


async def a_later_run_finds_no_account_token(engine: Engine) -> None:
    assert engine.account.state.has_api_token
    assert not engine.account.state.has_account_token


def test_what_waits_for_its_account_takes_no_slot_and_counts_as_none_that_runs(
    shared: World, second: Sandbox
) -> None:
    async def story(engine: Engine) -> None:
        shared.jobs_at_once = 1
        await connect(engine, shared.sandbox)
        job = await in_state(engine, await shared.generate("[slow]"), S.GENERATING)
        await connect(engine, second)
        await waiting(engine, job)
        assert engine.queue.state.running == 0
        await ended(engine, await shared.generate("[fail]"))
        assert len(second.accepted) == 1

    shared.run(story)


def test_a_job_that_waits_for_the_history_is_asked_about_when_its_account_is_back(
    shared: World, second: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever was asked meanwhile was not asked of its own account."""

    async def first_run(engine: Engine) -> Job:
        await connect(engine, shared.sandbox)
        engine.queue.pause()
        return await shared.generate("a wish")

    def histories() -> int:
        return sum(b"created_at_min" in body for body in shared.bodies("/kling/tasks"))

    async def second_run(engine: Engine) -> None:
        await engine.resume_queue()
        await until(engine, lambda: (e := engine.book.get(made.job_id).error) and e.code == NOT_NOW)
        ended_asking: list[None] = []
        engine.recall.answered.connect(ended_asking.append)
        await connect(engine, second)
        await in_state(engine, made, S.ASKING)
        await until(engine, lambda: ended_asking)
        shared.sandbox.faults.clear()
        before = histories()
        await connect(engine, shared.sandbox)
        assert (await ended(engine, made)).state is S.DONE
        assert histories() > before

    made = shared.run(first_run)
    shared.sandbox.faults.add("tasks", "html", times=None)
    monkeypatch.setattr(recall, "RETRY_S", (0.05,) * 1000)
    shared.run(second_run)
    assert (len(shared.sandbox.accepted), second.accepted) == (1, [])


@pytest.mark.parametrize(("status", "kind"), [(500, "html"), (200, "html")])
def test_a_host_that_answers_but_does_not_say_whose_token_it_is_was_reached(
    shared: World, second: Sandbox, status: int, kind: str
) -> None:
    async def story(engine: Engine) -> None:
        await connect(engine, shared.sandbox)
        assert (await shared.finished("[fail]")).task_id  # by it the account can be told
        engine.queue.pause()
        made = await shared.generate("a wish")
        await connect(engine, second, api_alone=True)
        for each in (shared.sandbox, second):
            each.faults.add("tasks", kind, None, status=status)
        await engine.resume_queue()
        job = await until(engine, lambda: j if (j := engine.book.get(made.job_id)).error else None)
        assert (job.state, job.error.code if job.error else "") == (S.QUEUED, "account_untold")
        told = Words().reason(job)
        assert "did not say whose token this is" in told
        assert "Nothing was sent" in told

    shared.run(story)
    assert len(shared.sandbox.accepted) == 1
