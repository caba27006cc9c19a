"""Downloading: to a ``.part``, checked by the media helper, then renamed. Done only after that."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import time
from dataclasses import replace
from functools import partial
from pathlib import Path

from ...media.errors import MediaError
from ...motion.facts import VideoFacts
from ...motion.job import Job, JobError, JobState, Money
from ...remote.errors import (
    BadLink,
    LinkExpired,
    LocalFileError,
    NotSent,
    Refused,
    RemoteError,
    Stopped,
)
from ...remote.transfer import download
from ...remote.wire import TaskState
from ..context import Context
from ..naming import move_new, place, result_stem
from ..problems import HOLDS, from_remote, job_error, longer_pause_s
from ..recipe import recipe_of

_log = logging.getLogger(__name__)

# A paid video is fetched until it is here: reads are free, so the pauses only spare the service.
RETRY_S: tuple[float, ...] = (1, 2, 5, 10, 30, 60)
DAMAGED_TIMES = 3  # a file that cannot be opened is fetched this often before a person is asked
GONE_TIMES = 5  # fresh links that were refused, one after the other


class _GiveUp(Exception):
    """The person has to do something; the video stays on the service."""

    def __init__(self, error: JobError) -> None:
        self.error = error
        super().__init__(error.code)


class _NotOurs(Exception):
    """The tokens in use are perhaps another account's: its own may still know the video."""


class Fetch:
    """One result on its way to the videos folder."""

    def __init__(self, ctx: Context, job: Job) -> None:
        self._ctx = ctx
        self._job = job
        self._failures = 0
        self._wait_s = 0.0  # until the next attempt
        self._damaged = 0
        self._gone = 0

    async def run(self) -> None:
        """DOWNLOADING → DONE, or FAILED with the video paid for and still on the service."""
        try:
            done = await self._try()
            while not done:
                await asyncio.sleep(self._wait_s)
                done = await self._try()
        except _GiveUp as problem:
            await self._give_up(problem.error)
        except _NotOurs:
            await self._ctx.ownership.wait(self._job, perhaps=True)
        except Stopped:
            return

    async def _give_up(self, error: JobError) -> None:
        """A video that is here already stays: fetching it once more was a person's wish."""
        old = self._job.result_path
        if old is not None and await self._ctx.workers.call(_is_whole, old):
            await self._ctx.book.go(self._job.job_id, JobState.DONE, error=error, note=error.code)
        else:
            await self._ctx.fail(self._job, error)

    async def _try(self) -> bool:
        """One attempt; False: try again after a pause."""
        asked: RemoteError | None = None
        try:
            if self._job.result_url is None:
                await self._renew_link()
            part = await self._download()
            await self._finish(part)
        except LinkExpired:
            self._on_expired()
        except LocalFileError as error:
            raise _GiveUp(self._no_room(error)) from error
        except BadLink as error:
            raise _GiveUp(job_error("bad_result_link", Money.PAID, message=error.code)) from error
        except MediaError as error:
            self._on_damaged(error)
        except Stopped:
            raise
        except RemoteError as error:
            asked = error
            if isinstance(error, NotSent):
                self._ctx.connectivity.not_reached()
        else:
            return True
        self._failures += 1
        own_s = RETRY_S[min(self._failures, len(RETRY_S)) - 1]
        self._wait_s = own_s if asked is None else longer_pause_s(own_s, asked)
        return False

    async def _download(self) -> Path:
        part = self._part()
        try:
            await self._ctx.workers.call(_make_folder, part.parent)
        except OSError as error:
            raise _GiveUp(_unwritable(part.parent)) from error
        await self._ctx.workers.call(
            download,
            self._ctx.service.http,
            self._job.result_url or "",
            str(part),
            on_progress=self._ctx.report(self._job.job_id, JobState.DOWNLOADING),
            stop=self._ctx.stop_of(self._job.job_id),
            allow_loopback=self._ctx.service.hosts.is_loopback,
        )
        self._ctx.connectivity.reached()
        return part

    def _part(self) -> Path:
        """Beside the target, so that the rename is atomic; hidden, and named after the job."""
        wanted = self._job.output_path
        folder = Path(wanted).parent if wanted else self._ctx.videos_folder()
        return folder / f".{self._job.job_id}.part"

    async def _finish(self, part: Path) -> None:
        facts = await self._ctx.workers.media(self._ctx.media.verify_video, str(part))
        finished_at = time.time()
        made = await self._with_recipe(part)
        if made is not None:
            whole, facts = made
        else:
            whole = part
        try:
            target = await self._ctx.workers.call(self._place, whole, finished_at)
            if whole != part:
                await self._ctx.workers.call(_remove, part)
        except OSError as error:
            raise _GiveUp(_unwritable(part.parent)) from error
        write = partial(
            self._ctx.book.go,
            self._job.job_id,
            JobState.DONE,
            result_path=str(target),
            result_size_bytes=facts.size_bytes,
            result_duration_s=facts.duration_s,
            finished_at=finished_at,
            error=None,
        )
        # The part has become the video: fetching it once more would leave this one an orphan.
        await self._ctx.until_written(write)

    async def _with_recipe(self, part: Path) -> tuple[Path, VideoFacts] | None:
        """A copy beside the part that tells how it was made; None: the video goes without.

        A paid video never fails for this: whatever goes wrong here is only logged.
        """
        if not self._ctx.write_recipe():
            return None
        copy, media = part.with_suffix(".recipe"), self._ctx.media
        try:
            recipe = recipe_of(self._job)
            await self._ctx.workers.call(_remove, copy)
            await self._ctx.workers.media(media.write_recipe, str(part), str(copy), recipe)
            return copy, await self._ctx.workers.media(media.verify_video, str(copy))
        except (MediaError, OSError, ValueError) as error:
            _log.warning("a video goes without its recipe: %s", error)
            with contextlib.suppress(OSError):
                await self._ctx.workers.call(_remove, copy)
            return None

    def _place(self, part: Path, finished_at: float) -> Path:
        """In a worker thread: on the disk for good, then under its own name."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(str(part.with_suffix(".part")) + ".meta")
        if self._job.output_path:
            return _place_as_wished(part, Path(self._job.output_path))
        mode = self._ctx.words.mode(self._job.request.mode)
        stem = result_stem(self._job.title, mode, finished_at)
        return place(part, part.parent, stem)

    def _on_expired(self) -> None:
        """The next attempt asks the task for a fresh link."""
        self._gone += 1
        if self._gone >= GONE_TIMES:
            raise _GiveUp(job_error("result_gone", Money.PAID))
        self._job = replace(self._job, result_url=None)

    async def _renew_link(self) -> None:
        """Ask the task for a fresh link. Raises RemoteError where it cannot be asked now."""
        generation = self._ctx.service.generation()
        if self._ctx.ownership.is_others(self._job):
            raise _NotOurs
        if generation is None or self._job.task_id is None:
            raise _GiveUp(job_error("no_token", Money.PAID))
        try:
            record = await self._ctx.workers.call(generation.retrieve, self._job.task_id)
        except Refused as error:
            if error.kind in HOLDS:
                raise _GiveUp(from_remote(error, Money.PAID)) from error
            raise  # busy, or an answer that says nothing about the video: later
        if record is None and not self._ctx.ownership.is_surely_ours(self._job):
            raise _NotOurs
        if record is None or record.state is not TaskState.SUCCEEDED:
            # Not on one odd answer: the video is paid for.
            raise LinkExpired("result_gone")
        self._job = await self._ctx.book.update(
            self._job.job_id, result_url=record.video_url, note="new link"
        )

    def _on_damaged(self, error: MediaError) -> None:
        """What arrived is no whole video: throw it away and fetch it anew."""
        _log.warning("a result could not be opened: %s", error.code)
        for path in (self._part(), Path(f"{self._part()}.meta")):
            with contextlib.suppress(OSError):
                path.unlink()
        self._damaged += 1
        if self._damaged >= DAMAGED_TIMES:
            raise _GiveUp(job_error("result_damaged", Money.PAID))

    def _no_room(self, error: LocalFileError) -> JobError:
        folder = str(self._part().parent)
        if error.kind == "no_room":
            needed = error.needed_bytes or 0
            return job_error(
                "no_room", Money.PAID, values={"folder": folder, "needed_bytes": needed}
            )
        return _unwritable(Path(folder))


def _unwritable(folder: Path) -> JobError:
    return job_error("unwritable", Money.PAID, values={"folder": str(folder)})


def _is_whole(path: str) -> bool:
    """Whether the earlier file is still there; it was checked before it got its name."""
    return os.path.isfile(path)


def _make_folder(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)


def _place_as_wished(part: Path, target: Path) -> Path:
    try:
        move_new(part, target)
        return target
    except FileExistsError:
        return place(part, target.parent, target.stem, target.suffix)


async def fetch(ctx: Context, job: Job) -> None:
    await Fetch(ctx, job).run()
