"""The history page by page: one that fails in passing is asked for again, and no other with it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from engine_world import World, until
from test_restored import (
    MOMENTS,
    answers_with,
    clock_known,
    copied_at,
    folder_of,
    of_another_computer,
    put_back,
)

from kling_desktop.command.drive import MOMENT_S
from kling_desktop.command.patience import PATIENCE_S
from kling_desktop.engine import recall
from kling_desktop.engine.engine import Engine
from kling_desktop.engine.steps import history as history_module
from kling_desktop.motion.job import JobState
from kling_desktop.remote.errors import RemoteError, UnclearAnswer
from kling_desktop.sandbox import generation as service
from kling_desktop.sandbox.reply import Refusal, error_reply, html_reply, refuse

S = JobState
AGAIN_S, PAUSES_S = history_module.AGAIN_S, recall.RETRY_S  # in a World they are shorter


def busy(pause_s: int) -> Refusal:
    return Refusal(error_reply(429, "too_many_requests", "later", {"Retry-After": str(pause_s)}))


def fails_at(
    monkeypatch: pytest.MonkeyPatch, fails: Callable[[int, int], Exception | None]
) -> list[int]:
    """The first rows of the pages as they are asked for; ``fails`` gets one, and how often."""
    offsets: list[int] = []
    ask = service.Generation._history

    def asked_for(self: service.Generation, query: dict[str, Any]) -> list[Any]:
        offsets.append(query["offset"])
        if (error := fails(offsets[-1], offsets.count(offsets[-1]))) is not None:
            raise error
        return ask(self, query)

    monkeypatch.setattr(service.Generation, "_history", asked_for)
    return offsets


PASSING_PAGE = {
    "a page of the edge": lambda: Refusal(html_reply(502)),
    "a sign-in page": lambda: Refusal(html_reply(200)),
    "too many requests": lambda: busy(0),
    "an error of a server": lambda: refuse(500, "api_error", "no"),
}
# The true one is the last of 121.
LONG = [of_another_computer(number) for number in range(120)]


@pytest.mark.parametrize("error", PASSING_PAGE.values(), ids=PASSING_PAGE)
def test_a_page_that_fails_in_passing_is_asked_for_again_and_no_other_with_it(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Callable[[], Exception]
) -> None:
    """Else a long history is never read to its end on a bad line."""
    copied_at(world, MOMENTS["uploading"], tmp_path / "copy")
    put_back(tmp_path / "copy", folder_of(world))
    answers_with(monkeypatch, LONG)
    offsets = fails_at(monkeypatch, lambda at, times: error() if at and times == 1 else None)

    async def after(engine: Engine) -> None:
        engine.recall.ask()
        await until(engine, lambda: all(j.state is S.UNKNOWN for j in engine.book.all()))
        assert offsets[:7] == [0, 50, 50, 100, 100, 121, 121]

    world.run(after)
    assert len(world.sandbox.accepted) == 1


def test_a_lost_answer_is_found_in_one_look_though_each_page_fails_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.sandbox.faults.add("motion", "cut_after", 1)
    answers_with(monkeypatch, LONG)
    page = PASSING_PAGE["a page of the edge"]
    offsets = fails_at(monkeypatch, lambda at, times: page() if at and times == 1 else None)

    async def story(engine: Engine) -> None:
        await clock_known(engine)
        assert (await world.finished("a wish")).state is S.DONE
        assert offsets == [0, 50, 50, 100, 100, 121, 121]

    world.run(story)
    assert len(world.sandbox.accepted) == 1


@pytest.mark.parametrize(
    ("error", "times"),
    [
        (lambda: Refusal(html_reply(502)), 1 + len(AGAIN_S)),
        (lambda: busy(60), 1),
        (lambda: refuse(400, "bad_request", "no such page"), 1),
    ],
    ids=["a page without an end", "a pause that is too long for one look", "a no"],
)
def test_a_page_is_not_asked_for_without_end(
    world: World, monkeypatch: pytest.MonkeyPatch, error: Callable[[], Exception], times: int
) -> None:
    """What the pages before it said counts; that it is not the whole, too."""

    async def story(engine: Engine) -> None:
        await world.finished("it tells whose history it is")
        answers_with(monkeypatch, LONG)
        offsets = fails_at(monkeypatch, lambda at, _times: error() if at else None)
        found = await history_module.history(engine._ctx, 0.0, 2 * time.time())
        assert found is not None
        assert (len(found.records), found.whole) == (50, False)
        assert isinstance(found.trouble, RemoteError)
        assert offsets == [0] + [50] * times

    world.run(story)


def test_the_first_page_is_asked_for_again_by_whoever_looks(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(engine: Engine) -> None:
        await world.finished("it tells whose history it is")
        offsets = fails_at(monkeypatch, lambda _at, _times: Refusal(html_reply(502)))
        with pytest.raises(UnclearAnswer):
            await history_module.history(engine._ctx, 0.0, 2 * time.time())
        assert offsets == [0]

    world.run(story)


def test_all_pauses_of_one_look_are_shorter_than_the_moment_that_a_command_gives_it() -> None:
    assert sum(AGAIN_S) < history_module.AGAIN_AT_MOST_S < MOMENT_S
    assert len(PAUSES_S) * sum(AGAIN_S) + sum(PAUSES_S) < PATIENCE_S
