"""Whether the service answers is asked at once, and again and again, but never without a pause."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from support.waiting import PATIENCE_S

from kling_desktop.engine import connectivity
from kling_desktop.engine.connectivity import Connectivity, Reach, Reached

MANY_TURNS = 100  # of the loop: more than anything here takes that waits for no clock

Story = Callable[[Connectivity], Awaitable[None]]


class Service:
    """What the free calls find, and how often they were made."""

    def __init__(self) -> None:
        self.found = Reached(Reach.SERVICE, Reach.SERVICE)
        self.asked = 0

    async def probe(self) -> Reached:
        self.asked += 1
        return self.found


def play(service: Service, story: Story) -> None:
    async def whole() -> None:
        one = Connectivity()
        running = asyncio.create_task(one.run(service.probe))
        try:
            async with asyncio.timeout(PATIENCE_S):
                await story(one)
        finally:
            running.cancel()

    asyncio.run(whole())


async def rest() -> None:
    for _ in range(MANY_TURNS):
        await asyncio.sleep(0)


@pytest.fixture(autouse=True)
def endless_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connectivity, "RETRY_S", (10 * PATIENCE_S,))


def test_a_doubt_that_comes_again_with_every_answer_is_not_asked_about_without_a_pause() -> None:
    """The free call is answered, and the history, looked at because of it, is not: for ever."""
    service = Service()

    async def story(one: Connectivity) -> None:
        loop = asyncio.get_running_loop()
        one.confirmed.connect(lambda _none: loop.call_soon(one.doubt))
        one.doubt()
        await rest()
        assert service.asked == 1
        one.poke()  # the person's press
        await rest()
        assert service.asked == 2

    play(service, story)


def test_a_doubt_is_asked_about_at_once_and_ended_by_the_service_s_own_answer_alone() -> None:
    service = Service()
    confirmed: list[None] = []

    async def story(one: Connectivity) -> None:
        one.confirmed.connect(confirmed.append)
        for found in (Reach.NOTHING, Reach.PAGE, Reach.ODD):
            service.found = Reached(found, Reach.SERVICE)
            one.doubt()
            one.poke()
            await rest()
            assert not confirmed
            assert (one.online, one.meets_page) == (found is Reach.ODD, found is Reach.PAGE)
        service.found = Reached(Reach.SERVICE, Reach.SERVICE)
        one.poke()
        await rest()
        assert len(confirmed) == 1

    play(service, story)


def test_the_host_for_uploads_alone_is_no_reason_to_call_all_offline() -> None:
    service = Service()

    async def story(one: Connectivity) -> None:
        await rest()  # it has begun
        for found in (Reach.NOTHING, Reach.PAGE):
            service.found = Reached(Reach.SERVICE, found)
            assert await one.ask()
            service.found = Reached(Reach.ODD, found)  # without a token the API is not asked
            assert not await one.ask()

    play(service, story)
