"""Runs ``generate`` and ``resume``, here or elsewhere, to words and an exit code."""

from __future__ import annotations

import argparse
import asyncio
import time
from dataclasses import replace
from functools import partial

from ..engine.home import ACCOUNT, SANDBOX, Home
from ..engine.identity import Identity, why_not
from ..engine.problems import job_error, library_error
from ..engine.workers import aside
from ..motion.job import Job
from ..remote.errors import BadLink
from ..store.errors import StoreError
from ..store.journal import Journal
from ..store.lock import FolderLock
from ..words import Words
from .codes import Exit, Refusal, exit_of, worst
from .commands import Command, FetchCommand, GenerateCommand, Message
from .handover import HolderGone, ask_identity, carry_out, hand_over, serve
from .interruption import Interrupted, until_interrupted
from .output import Sink, Terminal, handed_over_object, job_object, say_refusal
from .patience import STORE_PATIENCE_S
from .session import Busy, session
from .store_wait import own_tokens, store_refusal
from .typed import command_of

# A holder of the lock may be starting, which takes its time where many start together, or closing.
HOLDER_ANSWERS_WITHIN_S = 120.0
ASK_AGAIN_S = 0.5


async def run(options: argparse.Namespace) -> Exit:
    """Never raises for what can happen on a person's computer."""
    words = Words()
    sink = Terminal(words, as_json=options.json, typed=_options_of_all(options))
    try:
        return await _Run(options, sink, words).to_its_end()
    except Refusal as refusal:
        return say_refusal(refusal, words, sink)


def _options_of_all(options: argparse.Namespace) -> list[str]:
    """Which library it is, as it was typed."""
    folder = [] if options.data_dir is None else ["--data-dir", str(options.data_dir)]
    return [*folder, "--sandbox"] if options.sandbox else folder


class _Run:
    """One command, from what was typed to its exit code."""

    def __init__(self, options: argparse.Namespace, sink: Sink, words: Words) -> None:
        """Raises Refusal."""
        self._options = options
        self._sink = sink
        self._words = words
        self._elsewhere = False  # whether another program has it just now
        self._handed_over = False  # whether another program had it at any time
        self._over = False  # its result is told; only others are waited for
        self._begun_at = time.time()
        self._command = command_of(options, self._jobs)

    async def to_its_end(self) -> Exit:
        """Raises Refusal."""
        try:
            return await until_interrupted(self._anywhere())
        except Interrupted:
            return self._interrupted()
        except Refusal as refused:
            refusal = refused
        except Busy as busy:
            error = job_error("library_busy", values={"folder": busy.folder})
            refusal = Refusal(error, Exit.WRONG_INPUT)
        except (BadLink, StoreError) as problem:
            refusal = Refusal(library_error(problem), Exit.WRONG_INPUT)
        return self._left_alone(refusal)

    def _left_alone(self, refusal: Refusal) -> Exit:
        """Whoever had begun it is gone, and who has the library now does not do it.

        Raises Refusal where nothing was begun.
        """
        begun = [job for job in self._jobs() if self._is_mine(job)]
        if not begun or not (self._handed_over or isinstance(self._command, GenerateCommand)):
            raise refusal
        for job in begun:
            self._sink.say(self._words.not_followed(job, refusal.error))
            self._sink.result(job_object(job))
        if any(not job.ended for job in begun):
            self._sink.say(self._words.resume_goes_on())
        return worst([_exit_of_left(job) for job in begun])

    async def _anywhere(self) -> Exit:
        """Here, or by the program that has the library; if that one goes away, here after all.

        Whoever does it is asked for the same job by its id: it is begun only once. Raises Busy.
        """
        clock = asyncio.get_running_loop().time
        holder, until = None, clock() + HOLDER_ANSWERS_WITHIN_S
        while True:
            try:
                return await self._here()
            except Busy as busy:
                info = busy.lock.read_info()
                try:
                    return await self._there(busy.lock)
                except HolderGone:
                    serves_nobody = info is not None and info.key == ""
                    if serves_nobody or (info == holder and clock() > until):
                        raise busy from None
                    if info != holder:  # another one than before
                        holder, until = info, clock() + HOLDER_ANSWERS_WITHIN_S
                    else:
                        self._sink.say(self._words.waits_for_holder())
            await asyncio.sleep(ASK_AGAIN_S)

    async def _here(self) -> Exit:
        options, serve_others = self._options, partial(serve, patient=False)
        async with session(
            options.data_dir,
            sandbox=options.sandbox,
            serve=serve_others,
            on_staying=partial(self._sink.say, self._words.others_work_here()),
            on_left_out=lambda found: self._sink.say(self._words.left_out(found)),
        ) as engine:
            for error in engine.book.to_be_said():
                self._sink.say(self._words.error(error).sentence)
            code = await carry_out(engine, self._command, self._sink, patient=False)
            self._over = True
        return code

    async def _there(self, lock: FolderLock) -> Exit:
        sandbox = self._options.sandbox
        working_as = None if sandbox else await self._agreed(lock)
        self._elsewhere = True
        try:
            message = Message(self._command, sandbox, working_as)
            self._command, self._handed_over = self._begun(), True
            code = await hand_over(lock, message, self._sink)
            if code is Exit.TOKEN:
                self._sink.say(self._words.holders_token())
            return code
        except HolderGone:
            self._elsewhere = False
            raise

    def _begun(self) -> Command:
        """From now on somebody may have carried it out, whatever a list of jobs says later."""
        if not isinstance(self._command, GenerateCommand) or self._command.begun_at is not None:
            return self._command
        return replace(self._command, begun_at=time.time())

    async def _agreed(self, lock: FolderLock) -> Identity:
        """How the holder works, where that is how this process would. Raises Refusal, BadLink."""
        secrets = Home(self._options.data_dir).secrets
        try:
            async with asyncio.timeout(STORE_PATIENCE_S):
                holder = await ask_identity(lock, self._sink)
        except TimeoutError:  # it waits for its password store
            raise store_refusal(None) from None
        tokens = await own_tokens(secrets, holder, self._sink.say)
        if (problem := await aside(partial(why_not, holder, tokens))) is not None:
            raise Refusal(problem, Exit.WRONG_INPUT)
        return holder

    def _interrupted(self) -> Exit:
        """What is unfinished stays as it is, or goes on where it is: the sentence says which."""
        if self._over:
            self._sink.say(self._words.ended_before_interrupted())
            return Exit.INTERRUPTED
        jobs = [job for job in self._jobs() if self._is_mine(job)]
        for job in jobs:
            self._sink.result(job_object(job))
        if not jobs and self._elsewhere and isinstance(self._command, GenerateCommand):
            self._sink.result(handed_over_object(self._command.job_id))
            self._sink.say(self._words.interrupted_early())
            return Exit.INTERRUPTED
        earlier = any(map(self._is_of_an_earlier_run, jobs))
        said = self._words.interrupted(jobs, elsewhere=self._elsewhere, earlier=earlier)
        self._sink.say(said)
        return Exit.INTERRUPTED

    def _is_of_an_earlier_run(self, job: Job) -> bool:
        """Or of another program, which is gone."""
        begun = isinstance(self._command, GenerateCommand) and self._command.begun_at is not None
        return job.created_at < self._begun_at or (begun and not self._elsewhere)

    def _is_mine(self, job: Job) -> bool:
        if isinstance(self._command, GenerateCommand | FetchCommand):
            return job.job_id == self._command.job_id
        if self._command.send is not None:
            return job.job_id == self._command.send.job_id
        return not job.ended or job.job_id in self._command.job_ids

    def _jobs(self) -> list[Job]:
        """As the journal has them, whoever writes it just now."""
        profile = SANDBOX if self._options.sandbox else ACCOUNT
        try:
            paths = Home(self._options.data_dir).paths.profile(profile)
            return Journal.read_only(paths.journal_file)
        except (StoreError, OSError):
            return []  # it is being made, or whoever opens it says what is wrong with it


def _exit_of_left(job: Job) -> Exit:
    """Of a job that nobody follows any more: what is not over may be charged, or is paid."""
    code = exit_of(job)
    return code if job.ended or code is Exit.UNSAVED else Exit.UNKNOWN
