"""What a command says and ends with where its job cannot be written down any further."""

from __future__ import annotations

import pytest
from engine_world import World, ended
from refused_writes import Refusing
from test_engine_fetch_command import SOON_S, Ear, carried_out

from kling_desktop.command.codes import Exit
from kling_desktop.command.commands import GenerateCommand
from kling_desktop.engine.engine import Engine, new_job_id
from kling_desktop.motion.job import Job, JobState

S = JobState


@pytest.mark.parametrize(
    ("state", "code", "last", "paid"),
    [
        (S.PREPARING, Exit.WRONG_INPUT, "It stays in the list of jobs", False),
        (S.UPLOADING, Exit.WRONG_INPUT, "It stays in the list of jobs", False),
        (S.SUBMITTING, Exit.WRONG_INPUT, "It stays in the list of jobs", False),
        (S.GENERATING, Exit.UNKNOWN, "`kling-desktop resume` goes on with it.", True),
        (S.DOWNLOADING, Exit.UNSAVED, "`kling-desktop resume` goes on with it.", True),
        (S.DONE, Exit.UNSAVED, "`kling-desktop resume` goes on with it.", True),
    ],
)
def test_a_command_ends_in_time_where_a_step_cannot_be_written(
    world: World, state: JobState, code: Exit, last: str, paid: bool
) -> None:
    ear, refusing = Ear(), list[Refusing]()

    async def before(engine: Engine) -> None:
        file = world.paths.profile("sandbox").journal_file
        refusing.append(Refusing(file, state, S.CANCELLED))
        command = GenerateCommand(new_job_id(), world.request(), patience_s=SOON_S)
        assert await carried_out(engine, command, ear) is code

    async def after(engine: Engine) -> Job:
        refusing[0].end()
        return await ended(engine, engine.book.all()[0])

    world.run(before, run_queue=False)
    assert len(world.sandbox.accepted) == paid
    (result,) = ear.results
    assert result["error"]["code"] == "journal_failed"
    assert "The list of jobs cannot be written" in " ".join(ear.said)
    assert ear.said[-1].startswith(last)
    assert world.run(after).state is S.DONE
    assert len(world.sandbox.accepted) == 1
