"""Fetching a paid video until it is here. Whatever keeps it from coming is waited for.

It comes into a ``.part``, is checked by the media helper, then renamed (``saving``): done only
after that. What passes never ends the job: it waits outside the slots, with its reason in the row.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from ...motion.job import ANSWER_UNREAD, FINISHED_THERE, Arrived, Job, JobError, JobState
from ...remote.errors import LinkExpired, LocalFileError, NotSent, RemoteError, Stopped
from ...remote.links import host_of, same_file
from ...remote.outcome import TaskState
from ...remote.transfer import download
from ...remote.wire import TaskRecord
from ...store.journal import JournalError
from ..context import Context
from ..events import is_set_within
from ..problems import STORE_SILENT
from . import trouble
from .saving import Saving, folder_for
from .submit import on_ended
from .told import of_job
from .trouble import Trouble, paid

_log = logging.getLogger(__name__)

# Reads are free, so the pauses only spare the service, and the network behind a sign-in page.
RETRY_S: tuple[float, ...] = (1, 2, 5, 10, 30, 60, 120, 300)
FRESH_LINK_EVERY = 3  # failed tries: a fresh link may lead elsewhere
GONE_DAYS = 3  # different ones, on which the record's own fresh link was answered "not there"
SPARE_TIMES = 5  # where the video is here already, and fetching it once more was a wish
EARLY_TIMES = 6  # where it came and ended early: a minute of pauses, and what each try takes
_NOT_THERE = frozenset({404, 410})


class _Gone(Exception):
    """The service does not hand it out any more, and has said so often enough."""


class _Failed(Exception):
    """What was called finished, and had no link, was a failure: the record says so now."""


class _NotOurs(Exception):
    """The tokens in use are perhaps another account's: its own may still know the video."""


class Fetch:
    """One result on its way to the videos folder."""

    def __init__(self, ctx: Context, job: Job) -> None:
        self._ctx = ctx
        self._job = job
        self._failures = 0
        self._pause_s = 0.0  # until the next attempt
        self._fresh = False  # the link is of this attempt, as are the others that the record told
        self._first: str | None = None  # of those
        self._others: list[str] = []  # tried next, where what came is no video
        self._bytes_here: int | None = None  # after the last try that did not bring all
        self._all_gone = True  # each link that was tried was answered "not there"
        self._wanted = asyncio.Event()  # what it waited for may be there

    async def run(self) -> None:
        """DOWNLOADING or UNSAVED → DONE; FAILED where the service said for days that it is gone."""
        ctx = self._ctx
        ctx.connectivity.changed.connect(self._on_online)
        ctx.fetch_now.connect(self._on_wish)
        try:
            while not await self._attempt():
                await is_set_within(self._wanted, self._pause_s)
        except _NotOurs:
            if not await self._keep_old(paid("result_not_told")):
                await ctx.ownership.wait(self._job, perhaps=True)
        except Stopped:
            return
        finally:
            ctx.connectivity.changed.disconnect(self._on_online)
            ctx.fetch_now.disconnect(self._on_wish)

    def _on_online(self, online: bool) -> None:
        if online:
            self._wanted.set()

    def _on_wish(self, job_id: str) -> None:
        """Of a person for this job, or after something changed for all."""
        if job_id in ("", self._job.job_id):
            self._failures = 0
            self._wanted.set()

    async def _attempt(self) -> bool:
        """Whether it is over."""
        self._wanted.clear()  # what comes from now on is answered by the next attempt
        self._fresh, self._all_gone = False, True
        try:
            while self._is_wanted() and not await self._save():
                pass
        except Trouble as met:
            return await self._wait(met)
        except _Gone:
            await self._give_up()
        except _Failed:
            pass
        return True

    def _is_wanted(self) -> bool:
        self._job = self._ctx.book.get(self._job.job_id)
        return self._job.state in FINISHED_THERE

    async def _save(self) -> bool:
        """False: what came by this link is no video, and there is another one to try."""
        try:
            folder = await folder_for(self._ctx, self._job)  # what arrived may lie in it, too
            whole = await self._arrived() or await self._fetched(folder)
            await Saving(self._ctx, self._job).save(whole)
        except LinkExpired as error:
            self._all_gone &= error.http_status in _NOT_THERE
            if not await self._next_link():
                raise await self._refused(error) from error
            return False
        except Trouble as met:
            self._all_gone = False
            if not (met.no_video or met.not_reached) or not await self._next_link():
                raise
            return False
        return True

    async def _wait(self, met: Trouble) -> bool:
        """Outside the slots, with the reason in the row. True: there is nothing to wait for."""
        self._failures += 1
        job = self._ctx.book.get(self._job.job_id)
        if self._failures >= SPARE_TIMES and await self._keep_old(met.error):
            return True
        if self._failures >= EARLY_TIMES and await self._save_early():
            return True
        if (job.state, job.error) != (JobState.UNSAVED, met.error):
            try:
                await self._go(JobState.UNSAVED, error=met.error, note=met.error.code)
            except JournalError as error:  # it waits all the same
                self._ctx.not_written(job.job_id, error)
        if met.not_reached:
            await self._ctx.connectivity.ask()  # only of this host, or is there no network at all?
        own_s = RETRY_S[min(self._failures, len(RETRY_S)) - 1]
        shorter_s = own_s if met.longest_s is None else min(own_s, met.longest_s)
        self._pause_s = max(shorter_s, met.at_least_s)
        return False

    async def _keep_old(self, error: JobError) -> bool:
        """A video that is here already stays, with the reason; False where there is none."""
        saving = Saving(self._ctx, self._ctx.book.get(self._job.job_id))
        if not await saving.is_here():
            return False
        await saving.leave_nothing_beside()
        await self._go(JobState.DONE, error=error, note=error.code)
        return True

    async def _save_early(self) -> bool:
        """What ended early was asked for once more, and nothing came: it is what there is."""
        try:
            return await Saving(
                self._ctx, self._ctx.book.get(self._job.job_id)
            ).save_what_ends_early()
        except Trouble:
            return False

    async def _give_up(self) -> None:
        error = paid("result_gone")
        if await self._save_early() or await self._keep_old(error):
            return
        await self._go(JobState.FAILED, error=error, note=error.code, finished_at=self._ctx.clock())

    async def _go(self, state: JobState, **changes: Any) -> None:
        """Out of these states alone: the person may have taken it away meanwhile."""
        await self._ctx.book.go_if(self._job.job_id, FINISHED_THERE, state, **changes)

    async def _arrived(self) -> Path | None:
        """What came whole and was not checked yet: it is not fetched again."""
        arrived = self._job.arrived
        if arrived is None:
            return None
        if await self._ctx.workers.call(_size_of, arrived.path) == arrived.size_bytes:
            return Path(arrived.path)
        self._job = await self._ctx.book.update(self._job.job_id, arrived=None)
        return None

    async def _fetched(self, folder: Path) -> Path:
        """The whole part. Raises Trouble, _NotOurs, Stopped; LinkExpired of a fresh link."""
        part = folder / f".{self._job.job_id}.part"  # beside the target, named after the job
        wished = self._job.job_id in self._ctx.fresh_links
        self._ctx.fresh_links.discard(self._job.job_id)
        now_and_then = self._failures > 0 and self._failures % FRESH_LINK_EVERY == 0
        if self._job.result_url is None:
            await self._renew_link()
        elif (wished or now_and_then) and not self._fresh:
            with contextlib.suppress(Trouble, _NotOurs):  # then the old one once more
                await self._renew_link()
        try:
            return await self._download(part)
        except LinkExpired:
            if self._fresh:
                raise
        await self._renew_link()
        return await self._download(part)

    async def _download(self, part: Path) -> Path:
        """Raises LinkExpired, Stopped, Trouble."""
        job_id, came = self._job.job_id, asyncio.Event()
        on_progress = self._ctx.report(job_id, JobState.DOWNLOADING)
        saying = asyncio.ensure_future(self._say_it_comes(came))
        try:
            size_bytes = await self._ctx.workers.fetch(
                download,
                self._ctx.service.http,
                self._job.result_url or "",
                str(part),
                on_progress=_and_once(came, on_progress),
                stop=self._ctx.stop_of(job_id),
                allow_loopback=self._ctx.service.hosts.is_loopback,
            )
        except LocalFileError as error:
            raise trouble.of_disk(error, part.parent) from error
        except (LinkExpired, Stopped):
            raise
        except RemoteError as error:
            came_whole = await self._came_whole(part)
            if came_whole is None:
                raise trouble.of_host(error, host_of(self._job.result_url or "")) from error
            size_bytes = came_whole
        finally:
            saying.cancel()
        self._ctx.connectivity.reached()
        await self._note_arrived(Arrived(str(part), size_bytes))
        return part

    async def _came_whole(self, part: Path) -> int | None:
        """The bytes that are here, where no more come than the last time and they are a video.

        A host may announce a length that is not the file's, and always will.
        """
        here = await self._ctx.workers.call(_size_of, str(part))
        before, self._bytes_here = self._bytes_here, here
        if not self._bytes_here or self._bytes_here != before:
            return None
        return before if await Saving(self._ctx, self._job).is_whole(part) else None

    async def _say_it_comes(self, came: asyncio.Event) -> None:
        """Bytes of the video come: it is being downloaded from now on."""
        await came.wait()
        with contextlib.suppress(JournalError, KeyError):
            unsaved = frozenset({JobState.UNSAVED})
            await self._ctx.book.go_if(
                self._job.job_id, unsaved, JobState.DOWNLOADING, error=None, gone_days=()
            )

    async def _note_arrived(self, arrived: Arrived) -> None:
        """So that it is not fetched again, whatever becomes of this program meanwhile."""
        changes: dict[str, Any] = {"arrived": arrived, "gone_days": ()}
        try:
            self._job = await self._ctx.book.update(self._job.job_id, **changes)
        except JournalError as error:  # then it would be fetched again: that is all
            _log.warning("that a video arrived could not be noted: %s", error)
            self._job = replace(self._job, **changes)

    async def _refused(self, error: LinkExpired) -> Exception:
        """A link that the record told a moment ago is not accepted."""
        host, status = error.host, error.http_status
        if status not in _NOT_THERE:
            return Trouble(paid("result_link_refused", host=host))
        if host != host_of(self._job.result_url or ""):  # wherever it was led to: perhaps a page
            return Trouble(paid("result_not_there", host=host))
        if not self._all_gone:  # another one is there, and only leads to no video now
            return Trouble(paid("result_not_there", host=host))
        today = _day(self._ctx.service.time_there() or self._ctx.clock())
        days = self._job.gone_days
        if today not in days:
            days = (*days, today)
            self._job = await self._ctx.book.update(
                self._job.job_id, gone_days=days, note=f"not there, on {len(days)} days so far"
            )
        if len(days) >= GONE_DAYS:
            return _Gone()
        return Trouble(paid("result_not_there", host=host))

    async def _renew_link(self) -> None:
        """The likeliest of fresh links. Raises Trouble, _Failed, _NotOurs, Stopped."""
        self._first, *self._others = await self._told_links()
        await self._take(self._first, "new link")

    async def _next_link(self) -> bool:
        """Whether the record tells one that was not tried in this attempt."""
        if not self._fresh:
            tried = self._job.result_url or ""
            try:
                self._first, *rest = await self._told_links()
            except (Trouble, _NotOurs):
                return False
            self._others = [x for x in (self._first, *rest) if not same_file(x, tried)]
        if self._others:
            await self._take(self._others.pop(0), "next link")
            return True
        if self._first != self._job.result_url:  # the likeliest one begins the next attempt
            await self._take(self._first, "first link again")
        return False

    async def _take(self, link: str | None, note: str) -> None:
        self._job = await self._ctx.book.update(
            self._job.job_id, result_url=link, result_unread=False, note=note
        )

    async def _told_links(self) -> tuple[str, ...]:
        """Ask the task; one at least. Raises Trouble, _Failed, _NotOurs, Stopped."""
        generation = self._ctx.service.generation()
        if self._ctx.ownership.is_others(self._job):
            raise _NotOurs
        if self._job.task_id is None:
            raise Trouble(paid("result_not_told"))
        if generation is None:
            raise Trouble(paid(STORE_SILENT if self._ctx.ownership.awaits_token else "no_token"))
        try:
            found = await self._ctx.workers.call(generation.retrieve, self._job.task_id)
        except Stopped:
            raise
        except RemoteError as error:
            if isinstance(error, NotSent):
                self._ctx.connectivity.not_reached(error)
            raise trouble.of_service(error) from error
        if found is None and not self._ctx.ownership.is_surely_ours(self._job):
            raise _NotOurs
        record = None if found is None else of_job(self._job, found)
        if record is not None:
            await self._learn(record)
        if record is not None and record.links:
            self._fresh = True
            return record.links
        if record is not None and record.state is TaskState.UNREAD:
            raise Trouble(paid(ANSWER_UNREAD, answer=record.outline))
        if record is not None and record.state is TaskState.FAILED and self._job.result_unread:
            await on_ended(self._ctx, self._job, record)
            raise _Failed
        # Not on one odd answer: the video is paid for.
        raise Trouble(paid("result_not_told"))

    async def _learn(self, record: TaskRecord) -> None:
        """What an earlier version did not keep, or what did not arrive then."""
        job = self._job
        changes: dict[str, Any] = {"service": job.service.then(record.said)}
        copy_is_here = job.marked_path is not None and await self._ctx.workers.aside(
            partial(os.path.isfile, job.marked_path)
        )
        if job.request.watermark and record.marked_url is not None and not copy_is_here:
            changes["marked_url"] = record.marked_url
        if any(getattr(job, name) != value for name, value in changes.items()):
            self._job = await self._ctx.book.update(job.job_id, **changes)


def _and_once(
    came: asyncio.Event, on_progress: Callable[[int, int | None], None]
) -> Callable[[int, int | None], None]:
    """The same callback for a worker thread; the first bytes set ``came`` on the loop's thread."""
    loop, said = asyncio.get_running_loop(), False

    def tell(done_bytes: int, total_bytes: int | None) -> None:
        nonlocal said
        if not said and not loop.is_closed():
            said = True
            loop.call_soon_threadsafe(came.set)
        on_progress(done_bytes, total_bytes)

    return tell


def _day(at: float) -> int:
    """Of the service's calendar, which nobody sets here; from Unix seconds."""
    return datetime.fromtimestamp(at, UTC).toordinal()


def _size_of(path: str) -> int | None:
    try:
        return os.path.getsize(path)
    except OSError:
        return None


async def fetch(ctx: Context, job: Job) -> None:
    await Fetch(ctx, job).run()
