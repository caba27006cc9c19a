"""Holds that an earlier run left for want of a token: this run's may be another one."""

from __future__ import annotations

from typing import Any

import pytest
from engine_world import World, until

from kling_desktop.engine import kept_holds
from kling_desktop.engine.engine import Engine
from kling_desktop.engine.service import Hosts
from kling_desktop.motion.job import HoldReason, JobError, JobState

pytestmark = pytest.mark.usefixtures("no_store")
S, H = JobState, HoldReason
OF_TOKENS = {
    "invalid_token": H.TOKEN,
    "no_token": H.TOKEN,
    "disabled": H.DISABLED,
    "token_mismatched": H.TOKEN_MISMATCHED,
    "upload_refused": H.UPLOADS,
    "no_account_token": H.UPLOADS,
}


@pytest.mark.parametrize("code", OF_TOKENS)
def test_a_hold_of_an_earlier_run_s_token_ends_when_this_one_s_is_accepted(
    world: World, code: str
) -> None:
    """A command with a token of its own may have left it; the window's may be a good one."""

    async def before(engine: Engine) -> None:
        engine.queue.hold(OF_TOKENS[code], JobError(code))
        await world.generate("[fail]")

    async def after(engine: Engine) -> None:
        await until(engine, lambda: engine.book.in_state(S.GENERATING))
        assert engine.queue.state.holds == ()

    world.run(before)
    world.run(after)
    assert len(world.sandbox.accepted) == 1


@pytest.mark.parametrize("code", OF_TOKENS)
def test_what_is_met_in_this_run_is_no_hold_of_an_earlier_one(world: World, code: str) -> None:
    """However soon it is met."""

    async def story(engine: Engine) -> None:
        engine.queue.hold(OF_TOKENS[code], JobError(code))
        await engine.account.refresh()  # time passes
        assert engine.queue.state.holds == (OF_TOKENS[code],)

    world.run(story)


@pytest.mark.parametrize("code", OF_TOKENS)
def test_a_hold_of_an_earlier_run_s_token_stays_where_this_one_s_is_refused_too(
    world: World, code: str
) -> None:
    asked = ("tasks", "/kling/tasks"), ("me", "/api/v1/platform-tokens/me/")
    route, path = asked[OF_TOKENS[code] is H.UPLOADS]

    async def before(engine: Engine) -> None:
        engine.queue.hold(OF_TOKENS[code], JobError(code))
        await world.generate("[fail]")

    async def after(engine: Engine) -> None:
        await until(engine, lambda: world.count(path) > earlier)
        await engine.account.refresh()  # time passes
        assert OF_TOKENS[code] in engine.queue.state.holds  # what else asks may be refused, too

    world.run(before)
    earlier = world.count(path)
    world.sandbox.faults.add(route, "refuse_json", None, status=401, code="not_authenticated")
    world.run(after)
    assert world.count("/kling/motion") == 0


SAYS_NOTHING: dict[str, tuple[str, dict[str, Any]]] = {
    "an error page": ("html", {"status": 502}),
    "busy": ("refuse_json", {"status": 429, "code": "too_many_requests"}),
    "unknown": ("refuse_json", {"status": 400, "code": "unknown"}),
    "a stranger": ("wrong_json", {"status": 403, "body": {"detail": "Please log in."}}),
}


@pytest.mark.parametrize("fault", SAYS_NOTHING.values(), ids=SAYS_NOTHING)
def test_what_says_nothing_of_the_token_is_asked_again(
    world: World, monkeypatch: pytest.MonkeyPatch, fault: tuple[str, dict[str, Any]]
) -> None:
    kind, values = fault
    monkeypatch.setattr(kept_holds, "ASK_AGAIN_S", 0.05)

    async def before(engine: Engine) -> None:
        engine.queue.hold(H.TOKEN, JobError("invalid_token"))

    async def after(engine: Engine) -> None:
        asked = world.count("/kling/tasks")
        await until(engine, lambda: world.count("/kling/tasks") > asked + 2)
        assert H.TOKEN in engine.queue.state.holds
        world.sandbox.faults.clear()
        await until(engine, lambda: H.TOKEN not in engine.queue.state.holds)

    world.run(before)
    world.sandbox.faults.add("tasks", kind, None, **values)
    world.run(after)


@pytest.mark.parametrize("fault", [None, "html"])
def test_two_accounts_tokens_hold_nothing_once_they_are_one_s(
    world: World, monkeypatch: pytest.MonkeyPatch, fault: str | None
) -> None:
    monkeypatch.setattr(kept_holds, "ASK_AGAIN_S", 0.05)
    world.hosts = Hosts(world.sandbox.address, world.sandbox.address)

    async def before(engine: Engine) -> None:
        engine.queue.hold(H.TOKEN, JobError("two_accounts"))

    async def after(engine: Engine) -> None:
        if fault is not None:
            asked = world.count("/api/v1/applications/")
            await until(engine, lambda: world.count("/api/v1/applications/") > asked + 2)
            assert engine.queue.state.holds == (H.TOKEN,)
            world.sandbox.faults.clear()
        await until(engine, lambda: not engine.queue.state.holds)

    world.run(before)
    if fault is not None:
        world.sandbox.faults.add("balance", fault, None, status=502)
    world.run(after)
