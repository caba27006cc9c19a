"""Runs ``generate``, ``resume`` and ``fetch``, here or elsewhere, to words and an exit code."""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from ..engine.home import ACCOUNT, SANDBOX, Home
from ..engine.identity import Identity, why_not
from ..engine.problems import job_error, library_error
from ..engine.workers import aside
from ..motion.job import Job, JobState
from ..remote.errors import BadLink
from ..store.errors import StoreError
from ..store.journal import Journal
from ..store.lock import FolderLock
from ..words import Words
from .codes import Exit, Refusal, exit_of, worst
from .commands import Command, FetchCommand, GenerateCommand, Message
from .handover import Carrier, HolderGone, ask_identity, ask_to_leave, carry_out, hand_over
from .interruption import Interrupted, Interruption, flush_all
from .leaving import LEFT
from .output import (
    Sink,
    Terminal,
    handed_over_object,
    interrupted_object,
    job_object,
    say_refusal,
)
from .patience import with_store_s
from .session import Busy, session
from .store_wait import own_tokens, store_refusal
from .typed import command_of, no_working_folder

# A holder of the lock may be starting, which takes its time where many start together, or closing.
HOLDER_ANSWERS_WITHIN_S = 120.0
ASK_AGAIN_S = 0.5


LEAVES_WITHIN_S = 1.0  # of the two seconds in which a command ends


def run(options: argparse.Namespace) -> Exit:
    """Never raises for what can happen on a person's computer."""
    words = Words()
    sink = Terminal(words, as_json=options.json, typed=_options_of_all(options))
    one = _Run(options, sink, words)
    with Interruption(one.say_interrupted) as interruption:
        return asyncio.run(one.to_its_end(interruption))


def say_no_data_folder(options: argparse.Namespace, problem: StoreError | OSError) -> Exit:
    """Nobody has a home here, or ``--data-dir`` lies in a folder that was deleted."""
    refusal, words = no_working_folder(options.data_dir), Words()
    if isinstance(problem, StoreError):
        refusal = Refusal(library_error(problem), Exit.WRONG_INPUT)
    as_json = getattr(options, "json", False) and options.command not in ("check", "jobs")
    return say_refusal(refusal, words, Terminal(words, as_json=as_json))


def _options_of_all(options: argparse.Namespace) -> list[str]:
    """Which library it is, as it was typed."""
    folder = [] if options.data_dir is None else ["--data-dir", str(options.data_dir)]
    return [*folder, "--sandbox"] if options.sandbox else folder


class _Run:
    """One command, from what was typed to its exit code."""

    def __init__(self, options: argparse.Namespace, sink: Sink, words: Words) -> None:
        self._options = options
        self._sink = sink
        self._words = words
        self._holder: FolderLock | None = None  # of another program that has it just now
        self._told: Message | None = None  # what that one, or another one before, was told
        self._left_in_window: bool | None = None  # it lets go of what was not sent
        self._memory: Callable[[], list[Job]] = list  # once this process has the library
        self._over = False  # its result is told; only others are waited for
        self._begun_at = time.time()
        self._command: Command | None = None  # until it is known what was typed

    async def to_its_end(self, interruption: Interruption) -> Exit:
        try:
            code = await interruption.until_interrupted(self._from_the_start())
        except Interrupted:
            await self._tell_holder()
            interruption.say_once(self.say_interrupted)
            return Exit.INTERRUPTED
        interruption.code = code
        interruption.say_once(flush_all)
        return code

    async def _from_the_start(self) -> Exit:
        try:
            if self._options.command != "generate":
                Home(self._options.data_dir).must_be_used()
            self._command = command_of(self._options, self._jobs)
            return await self._anywhere(self._command)
        except Refusal as refused:
            refusal = refused
        except Busy as busy:
            error = job_error("library_busy", values={"folder": busy.folder})
            refusal = Refusal(error, Exit.WRONG_INPUT)
        except (BadLink, StoreError) as problem:
            refusal = Refusal(library_error(problem), Exit.WRONG_INPUT)
        try:
            return self._left_alone(refusal)
        except Refusal:
            return say_refusal(refusal, self._words, self._sink)

    def _left_alone(self, refusal: Refusal) -> Exit:
        """Whoever had begun it is gone, and who has the library now does not do it.

        Raises Refusal where nothing was begun.
        """
        begun = [job for job in self._jobs() if self._is_mine(job)]
        if not begun or not (self._told or isinstance(self._command, GenerateCommand)):
            raise refusal
        for job in begun:
            self._sink.say(self._words.not_followed(job, refusal.error))
            self._sink.result(job_object(job))
        if any(not job.ended for job in begun):
            self._sink.say(self._words.resume_goes_on())
        return worst([_exit_of_left(job) for job in begun])

    async def _anywhere(self, command: Command) -> Exit:
        """Here, or by the program that has the library; if that one goes away, here after all.

        Whoever does it is asked for the same job by its id: it is begun only once. Raises Busy.
        """
        clock = asyncio.get_running_loop().time
        holder, until = None, clock() + HOLDER_ANSWERS_WITHIN_S
        while True:
            try:
                return await self._here(command)
            except Busy as busy:
                info = busy.lock.read_info()
                try:
                    return await self._there(busy.lock, command)
                except HolderGone:
                    command = self._begun(command)
                    serves_nobody = info is not None and info.key == ""
                    if serves_nobody or (info == holder and clock() > until):
                        raise busy from None
                    if info != holder:  # another one than before
                        holder, until = info, clock() + HOLDER_ANSWERS_WITHIN_S
                    else:
                        self._sink.say(self._words.waits_for_holder())
            await asyncio.sleep(ASK_AGAIN_S)

    async def _here(self, command: Command) -> Exit:
        options, serve_others = self._options, Carrier(patient=False).serve
        async with session(
            options.data_dir,
            sandbox=options.sandbox,
            serve=serve_others,
            on_staying=partial(self._sink.say, self._words.others_work_here()),
            on_left_out=lambda found: self._sink.say(self._words.left_out(found)),
        ) as engine:
            self._memory = engine.book.snapshot
            for error in engine.book.to_be_said():
                self._sink.say(self._words.error(error).sentence)
            code = await carry_out(engine, command, self._sink, patient=False)
            self._over = True
        return code

    async def _there(self, lock: FolderLock, command: Command) -> Exit:
        sandbox = self._options.sandbox
        working_as = None if sandbox else await self._agreed(lock, command.patience_s)
        self._holder, self._told = lock, Message(command, sandbox, working_as)
        try:
            code = await hand_over(lock, self._told, self._sink)
        except HolderGone:
            self._holder = None
            raise
        self._over = True
        if code is Exit.TOKEN:
            self._sink.say(self._words.holders_token())
        return code

    def _begun(self, command: Command) -> Command:
        """From now on somebody may have carried it out, whatever a list of jobs says later."""
        if self._told and isinstance(command, GenerateCommand) and command.begun_at is None:
            command = replace(command, begun_at=time.time())
        self._command = command
        return command

    async def _agreed(self, lock: FolderLock, patience_s: float) -> Identity:
        """How the holder works, where that is how this process would. Raises Refusal, BadLink."""
        secrets = Home(self._options.data_dir).secrets
        try:
            async with asyncio.timeout(with_store_s(patience_s)):
                holder = await ask_identity(lock, self._sink)
        except TimeoutError:  # it waits for its password store
            raise store_refusal(None) from None
        tokens = await own_tokens(secrets, holder, self._sink.say, patience_s)
        if (problem := await aside(partial(why_not, holder, tokens))) is not None:
            raise Refusal(problem, Exit.WRONG_INPUT)
        return holder

    async def _tell_holder(self) -> None:
        """What it did not send for us yet it does not send any more."""
        if self._over or self._holder is None or self._told is None:
            return
        try:
            async with asyncio.timeout(LEAVES_WITHIN_S):
                self._left_in_window = await ask_to_leave(self._holder, self._told)
        except TimeoutError:
            pass  # then it may send it: that is what is said
        except HolderGone:
            self._holder = None  # nothing goes on there

    def say_interrupted(self) -> None:
        """What is unfinished stays as it is, or goes on where it is: the sentence says which."""
        if self._over:
            self._sink.say(self._words.ended_before_interrupted())
            return
        jobs = [job for job in self._jobs() if self._is_mine(job)]
        for job in jobs:
            self._sink.result(job_object(job))
        self._sink.say(self._say_of(jobs))
        flush_all()

    def _say_of(self, jobs: list[Job]) -> str:
        in_window, command = self._left_in_window, self._command
        if not jobs and self._holder and in_window is None and isinstance(command, GenerateCommand):
            self._sink.result(handed_over_object(command.job_id))
            return self._words.interrupted_early()
        if not jobs:
            self._sink.result(interrupted_object())
            return self._words.interrupted_before_a_job()
        if in_window is not None and all(map(_was_left, jobs)):
            return self._words.interrupted_and_left(in_window=in_window)
        earlier = any(map(self._is_of_an_earlier_run, jobs))
        elsewhere = self._holder is not None
        let_go = in_window is False  # another command: it sends nothing more of this one's
        return self._words.interrupted(jobs, elsewhere=elsewhere, let_go=let_go, earlier=earlier)

    def _is_of_an_earlier_run(self, job: Job) -> bool:
        """Or of another program, which is gone."""
        begun = isinstance(self._command, GenerateCommand) and self._command.begun_at is not None
        return job.created_at < self._begun_at or (begun and self._holder is None)

    def _is_mine(self, job: Job) -> bool:
        command = self._command
        if command is None:
            return False
        if isinstance(command, GenerateCommand | FetchCommand):
            return job.job_id == command.job_id
        if command.send is not None:
            return job.job_id == command.send.job_id
        return not job.ended or job.job_id in command.job_ids

    def _jobs(self) -> list[Job]:
        """As the journal has them, whoever writes it just now, or as this process knew them.

        The journal may be away, or have missed what was to be written last.
        """
        found = {job.job_id: job for job in self._in_journal()}
        for job in self._memory():
            there = found.get(job.job_id)
            if there is None or there.updated_at < job.updated_at:
                found[job.job_id] = job
        return list(found.values())

    def _in_journal(self) -> list[Job]:
        profile = SANDBOX if self._options.sandbox else ACCOUNT
        try:
            paths = Home(self._options.data_dir).paths.profile(profile)
            return Journal.read_only(paths.journal_file)
        except (StoreError, OSError):
            return []  # it is being made, or whoever opens it says what is wrong with it


def _was_left(job: Job) -> bool:
    return job.state is JobState.ASKING and job.error is not None and job.error.code in LEFT


def _exit_of_left(job: Job) -> Exit:
    """Of a job that nobody follows any more: what is not over may be charged, or is paid."""
    code = exit_of(job)
    return code if job.ended or code is Exit.UNSAVED else Exit.UNKNOWN
