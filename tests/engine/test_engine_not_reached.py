"""Why nothing can be sent is told by the queue, the row and the account, and nothing is sent."""

from __future__ import annotations

from pathlib import Path

from engine_world import World, held, in_state
from support.certificates import make_certificate, served_over_tls

from kling_desktop.engine.engine import Engine
from kling_desktop.engine.service import Hosts
from kling_desktop.motion.account import Connection
from kling_desktop.motion.job import HoldReason, JobState


def test_a_certificate_that_is_not_trusted_is_told_in_the_line_the_row_and_the_badge(
    world: World, tmp_path: Path
) -> None:
    async def story(engine: Engine) -> None:
        job = await world.generate()
        await held(engine, HoldReason.OFFLINE)
        waiting = await in_state(engine, job, JobState.QUEUED)
        state = engine.account.state
        assert state.connection is Connection.OFFLINE
        told = (waiting.error, state.offline_error, engine.queue.state.error_of(HoldReason.OFFLINE))
        for error in told:
            assert error is not None
            assert (error.code, error.value("met")) == ("unreachable", "certificate")
            assert error.value("host") == "127.0.0.1"

    with served_over_tls(make_certificate(tmp_path / "server.pem")) as address:
        world.hosts = Hosts(address, address)
        world.run(story)
    assert world.sandbox.accepted == []
