"""One wish is one job: its id is its own from the first moment, and asking twice adds nothing."""

from __future__ import annotations

import asyncio

from engine_world import World, ended

from kling_desktop.engine.engine import Engine, new_job_id
from kling_desktop.motion.job import JobState


def test_a_wish_that_is_uttered_again_is_the_same_job(world: World) -> None:
    wish = new_job_id()

    async def story(engine: Engine) -> None:
        request = world.request()
        first, again = await asyncio.gather(
            engine.generate(request, None, None, job_id=wish),
            engine.generate(request, None, None, job_id=wish),
        )
        assert first == again
        assert first.job_id == wish
        done = await ended(engine, first)
        assert done.state is JobState.DONE
        assert await engine.generate(request, None, None, job_id=wish) == done
        assert len(engine.book.all()) == 1
        assert len(world.sandbox.accepted) == 1

    world.run(story)


def test_a_wish_is_known_after_a_restart_also_where_its_job_was_removed(world: World) -> None:
    wish = new_job_id()

    async def before(engine: Engine) -> None:
        job = await engine.generate(world.request(), None, None, job_id=wish)
        await ended(engine, job)
        await engine.book.remove(wish)

    async def after(engine: Engine) -> None:
        job = await engine.generate(world.request(), None, None, job_id=wish)
        assert job.state is JobState.DONE
        assert engine.book.all() == []
        assert len(world.sandbox.accepted) == 1

    world.run(before)
    world.run(after)
