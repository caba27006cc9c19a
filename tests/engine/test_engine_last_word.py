"""Of a person's words the last one counts, whoever carries them out, and it is not forgotten."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from engine_world import PRICE, Quiet, World, held, in_state, priced, until
from support.folder_copies import copy_folder

from kling_desktop.command.codes import Exit
from kling_desktop.command.commands import ResumeCommand
from kling_desktop.command.handover import carry_out
from kling_desktop.command.resume import resume
from kling_desktop.engine.engine import Engine
from kling_desktop.motion.job import HoldReason, JobError, JobState
from kling_desktop.motion.request import Mode
from kling_desktop.store.errors import JournalUnwritable, Reason
from kling_desktop.store.journal import Journal

pytestmark = pytest.mark.usefixtures("no_store")
S, H = JobState, HoldReason


@pytest.mark.parametrize("was_paused", [False, True])
def test_a_pause_is_a_later_word_than_a_command_s_also_in_another_run(
    world: World, was_paused: bool
) -> None:
    """The window that did the command's work was paused and closed: the command carries on."""
    typed_at = 0.0

    async def before(engine: Engine) -> None:
        nonlocal typed_at
        if was_paused:
            engine.queue.pause()
        typed_at = time.time()
        engine.queue.pause()
        await world.generate("[fail]")

    async def after(engine: Engine) -> None:
        (mine,) = engine.book.in_state(S.QUEUED)
        engine.queue.let_through(mine.job_id, typed_at)
        assert engine.queue.was_paused_since(typed_at)
        assert engine.queue.kept_by(mine.job_id) == (H.PAUSED,)
        engine.queue.let_through(mine.job_id, time.time())  # a word that came after it
        assert not engine.queue.was_paused_since(time.time())
        await in_state(engine, mine, S.GENERATING)
        assert engine.queue.state.holds == (H.PAUSED,)

    world.run(before)
    world.run(after, run_queue=False)


@pytest.mark.parametrize("paused_first", [True, False])
def test_resume_ends_a_pause_that_came_before_it_and_no_later_one(
    world: World, paused_first: bool
) -> None:
    async def story(engine: Engine) -> None:
        typed = ResumeCommand()
        engine.queue.pause()
        job = await world.generate("[fail]")
        command = replace(typed, typed_at=time.time()) if paused_first else typed
        running = asyncio.ensure_future(resume(engine, command, Quiet()))
        if paused_first:
            await in_state(engine, job, S.GENERATING)
            assert engine.queue.state.holds == ()
            world.sandbox.finish()
        await running
        assert world.count("/kling/motion") == paused_first

    world.run(story)


def test_what_a_dear_job_meets_is_no_answer_to_a_cheap_one(world: World) -> None:
    """Two commands beside each other: the credit pays for one of them."""
    world.sandbox.set_balance(PRICE + 0.1)
    world.jobs_at_once = 1

    async def story(engine: Engine) -> None:
        dear = await priced(engine, world, mode=Mode.PRO)
        cheap = await priced(engine, world)
        for job in (dear, cheap):
            engine.queue.let_through(job.job_id, job.created_at)
        await in_state(engine, cheap, S.GENERATING)
        assert engine.book.get(dear.job_id).state is S.QUEUED

    world.run(story)
    assert len(world.sandbox.accepted) == 1


class Unwritable:
    """A journal whose values another program keeps from being written, until it lets go."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.locked, write = True, Journal.set_value

        def set_value(journal: Journal, key: str, text: str) -> None:
            if self.locked:
                raise JournalUnwritable(Path("journal.db"), Reason.DISK_FULL)
            write(journal, key, text)

        monkeypatch.setattr(Journal, "set_value", set_value)


def aside(world: World) -> Path:
    return world.paths.profile("sandbox").aside_file


@pytest.mark.parametrize("damage", [b"", b"[]", b"\0" * 99, b"{"])
def test_what_lies_aside_and_cannot_be_read_holds_as_a_pause(world: World, damage: bytes) -> None:
    """It may have been one, and the person decides."""

    async def after(engine: Engine) -> None:
        assert engine.queue.state.holds == (H.PAUSED,)
        await until(engine, lambda: not aside(world).exists())

    world.paths.profile("sandbox").create()
    aside(world).write_bytes(damage)
    world.run(after)


def test_what_lies_aside_and_is_none_of_ours_changes_nothing(world: World) -> None:
    async def after(engine: Engine) -> None:
        assert engine.queue.state.holds == ()
        assert await engine._ctx.kept.read("user_id") is None

    world.paths.profile("sandbox").create()
    aside(world).write_bytes(b'{"queue.hold": 7, "user_id": "x"}')
    world.run(after)


@pytest.mark.parametrize("lets_go", ["soon", "when it closes", "after that"])
def test_a_pause_is_written_when_the_journal_takes_it_again(world: World, lets_go: str) -> None:
    said: list[JobError] = []

    async def before(engine: Engine) -> None:
        journal = Unwritable(patch)
        engine.runner.journal_failed.connect(said.append)
        engine.queue.pause()
        await until(engine, lambda: said)
        journal.locked = lets_go == "after that"
        if lets_go == "soon":
            await until(engine, lambda: not engine._ctx.kept._unwritten)

    async def after(engine: Engine) -> None:
        assert engine.queue.state.holds == (H.PAUSED,)
        await until(engine, lambda: not engine._ctx.kept._writing)
        engine.queue.lift(H.PAUSED)

    async def later(engine: Engine) -> None:
        assert engine.queue.state.holds == ()

    with pytest.MonkeyPatch.context() as patch:
        world.run(before)
    assert aside(world).exists() is (lets_go == "after that")
    world.run(after)
    assert not aside(world).exists()
    world.run(later)
    assert said[0].code == "journal_failed"


def killed_while(
    world: World,
    copy: Path,
    kept_from: AbstractContextManager[object],
    *,
    copied_meanwhile: bool,
) -> None:
    """A pause that the journal does not take, and then a kill: the folder as it was by then."""
    library = world.paths.profile("sandbox").folder

    async def before(engine: Engine) -> None:
        with ExitStack() as kept:
            kept.enter_context(kept_from)
            engine.queue.pause()
            await until(engine, aside(world).exists)
            if not copied_meanwhile:
                kept.close()
            copy_folder(library, copy)

    async def after(engine: Engine) -> None:
        assert engine.queue.state.holds == (H.PAUSED,)
        await until(engine, lambda: not aside(world).exists())

    world.run(before)
    shutil.rmtree(library)
    shutil.copytree(copy, library)
    world.run(after)
    world.run(after)


@contextmanager
def held_by_another(world: World) -> Iterator[None]:
    """The journal, by another program."""
    file = world.paths.profile("sandbox").journal_file
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


def test_each_word_is_kept_at_once_while_the_journal_takes_none(world: World) -> None:
    """Not only the first: that one may wait for the journal for long."""

    async def story(engine: Engine) -> None:
        with held_by_another(world):
            for _twice in range(2):
                engine.queue.pause()
                await until(engine, lambda: says_paused(world) is True)
                engine.queue.resume()
                await until(engine, lambda: says_paused(world) is False)
            assert engine._ctx.kept._unwritten  # the journal took nothing of it

    world.run(story)


def says_paused(world: World) -> bool | None:
    """What lies aside."""
    try:
        return "paused" in json.loads(aside(world).read_bytes())["queue.hold"]
    except FileNotFoundError:
        return None


def test_a_pause_outlasts_a_kill_while_another_program_has_the_journal(
    world: World, tmp_path: Path
) -> None:
    killed_while(world, tmp_path / "copy", held_by_another(world), copied_meanwhile=True)


@pytest.mark.skipif(sys.platform == "win32", reason="there, no such limit")
def test_a_pause_outlasts_a_kill_where_no_file_can_grow(world: World, tmp_path: Path) -> None:
    """As on a full disk: a name that says that there was something is all that can be kept."""
    import resource

    @contextmanager
    def no_room() -> Iterator[None]:
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)

    killed_while(world, tmp_path / "copy", no_room(), copied_meanwhile=False)


@pytest.mark.skipif(sys.platform == "win32" or not os.geteuid(), reason="root may read everything")
def test_what_lies_aside_and_may_not_be_read_holds_as_a_pause(world: World) -> None:
    async def after(engine: Engine) -> None:
        assert engine.queue.state.holds == (H.PAUSED,)

    world.paths.profile("sandbox").create()
    aside(world).write_bytes(b"{}")
    aside(world).chmod(0)
    world.run(after)


def test_a_limit_that_holds_again_is_written_when_the_journal_takes_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.options["day_limit_credits"] = lambda: 1.0

    async def before(engine: Engine) -> None:
        engine.waive(engine.spending.today())
        await until(engine, lambda: not engine._ctx.kept._unwritten)
        journal, said = Unwritable(monkeypatch), []
        engine.runner.journal_failed.connect(said.append)
        engine.spending.unwaive()
        await until(engine, lambda: said)
        journal.locked = False

    async def after(engine: Engine) -> None:
        await priced(engine, world)
        await held(engine, H.DAY_LIMIT)

    world.run(before)
    world.run(after)
    assert world.count("/kling/motion") == 0


def test_what_a_resume_left_is_not_sent_by_the_command_that_carried_it_out(world: World) -> None:
    """It ended with a no; the credit comes while its holder still works for its own job."""

    async def before(engine: Engine) -> None:
        engine.queue.pause()
        await priced(engine, world)

    async def holder(engine: Engine) -> None:
        engine.queue.only = set()  # as a command's
        (left,) = engine.book.in_state(S.QUEUED)
        world.sandbox.set_balance(0)
        assert await carry_out(engine, ResumeCommand(), Quiet(), patient=False) is Exit.FAILED
        refused = world.count("/kling/motion")
        world.sandbox.set_balance(1000)
        await engine.account.refresh_balance()
        mine = await priced(engine, world)
        engine.queue.let_through(mine.job_id, mine.created_at)
        await in_state(engine, mine, S.GENERATING)
        await until(engine, lambda: not engine.queue._pumping)
        assert engine.book.get(left.job_id).state is S.QUEUED
        assert world.count("/kling/motion") == refused + 1

    world.run(before)
    world.run(holder, run_queue=False)
    assert len(world.sandbox.accepted) == 1


def test_what_lies_aside_is_removed_as_soon_as_that_can_be(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Left there, it would be the newest word at each later start."""
    in_use, unlink = True, Path.unlink

    def unlinked(path: Path, missing_ok: bool = False) -> None:
        if in_use and path.name == aside(world).name:
            raise PermissionError("a virus scanner reads it")
        unlink(path, missing_ok)

    async def story(engine: Engine) -> None:
        nonlocal in_use
        engine.queue.pause()
        await until(engine, lambda: not engine._ctx.kept._unwritten)
        engine.queue.resume()
        await until(engine, lambda: not engine._ctx.kept._unwritten)
        assert aside(world).exists()
        in_use = False
        await until(engine, lambda: not aside(world).exists())

    monkeypatch.setattr(Path, "unlink", unlinked)
    world.run(story)


def test_a_pause_stands_in_the_journals_one_file(world: World, tmp_path: Path) -> None:
    """As where a tool copies the one file alone."""
    copy, library = tmp_path / "copy", world.paths.profile("sandbox").folder

    async def before(engine: Engine) -> None:
        engine.queue.pause()
        await until(engine, lambda: not engine._ctx.kept._writing)
        copy_folder(library, copy)

    async def after(engine: Engine) -> None:
        assert engine.queue.state.holds == (H.PAUSED,)

    world.run(before)
    shutil.rmtree(library)
    shutil.copytree(copy, library)
    for part in library.iterdir():
        if part.is_file() and part.name != "journal.sqlite":
            part.unlink()
    world.run(after)
