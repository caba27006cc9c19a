"""What a command says and ends with where its job cannot be written down any further."""

from __future__ import annotations

from typing import Any

import pytest
from engine_world import World, ended
from refused_writes import Refusing

from kling_desktop.command.codes import Exit
from kling_desktop.command.commands import GenerateCommand
from kling_desktop.command.handover import carry_out
from kling_desktop.engine.engine import Engine, new_job_id
from kling_desktop.motion.job import Job, JobState, Progress

S = JobState
SOON_S = 0.3  # instead of five minutes in which nothing can be written


class Ear:
    """Hears what a command says."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.results: list[dict[str, Any]] = []

    def say(self, text: str) -> None:
        self.said.append(text)

    def on_progress(self, progress: Progress) -> None: ...
    def on_elapsed(self, job: Job, now: float) -> None: ...
    def close(self) -> None: ...

    def result(self, value: dict[str, Any]) -> None:
        self.results.append(value)


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
        assert await carry_out(engine, command, ear, patient=False) is code

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
