"""A video that came whole: checked by the media helper, then named. Nothing of it is thrown away.

What cannot be checked stays as it is and is checked again; what opens and ends early is fetched
once more, then saved as it is; what does not open is kept beside.
"""

from __future__ import annotations

import logging
import os
from functools import partial
from pathlib import Path

from ...media.errors import MediaCode, MediaError
from ...media.sniff import kind_of, read_head
from ...motion.away import Away, Why
from ...motion.facts import VideoFacts
from ...motion.job import Arrived, Job, JobState
from ...moving import discard, move_new, replace
from ...plain_file import read_plain
from ...remote.links import host_of
from ...store.volumes import unmounted_above
from ..context import Context
from ..naming import place, result_stem
from ..recipe import recipe_of
from . import trouble
from .trouble import Trouble, paid

_log = logging.getLogger(__name__)

# The helper did not get to an answer: nothing is known of the file.
_UNCHECKED = frozenset(
    {
        MediaCode.HELPER_CRASHED,
        MediaCode.HELPER_TIMEOUT,
        MediaCode.BOMB,
        MediaCode.IN_USE,
        MediaCode.REFUSED,
        MediaCode.UNREADABLE,
        MediaCode.CHANGED,
        MediaCode.CANCELLED,
        MediaCode.NO_ROOM,
        MediaCode.UNWRITABLE,
    }
)
DAMAGED_AGAIN_S = 30.0  # what did not open is not fetched every second
_TEXT_BYTES = 256 * 1024  # a sign-in page or an error, under the name of a video
_TEXT_HEADS = (b"<", b"{", b"[")


async def folder_for(ctx: Context, job: Job) -> Path:
    """Where the video goes; made where that is ours to make. Raises Trouble."""
    if job.output_path:
        folder = Path(job.output_path).parent
        if not await ctx.place.is_there(folder):
            raise trouble.of_away(Away(str(folder), Why.GONE))
        return folder
    chosen = ctx.place.chosen
    if (away := await ctx.place.look()) is not None:
        raise trouble.of_away(away)
    folder = ctx.videos_folder()
    if folder != chosen:
        if chosen is None and await ctx.workers.call(unmounted_above, folder) is not None:
            raise trouble.of_away(Away(str(folder), Why.UNPLUGGED))
        try:  # the sandbox's own is below the one that was chosen, which is not made with it
            await ctx.workers.call(partial(folder.mkdir, parents=chosen is None, exist_ok=True))
        except OSError as error:
            raise trouble.here("unwritable", folder=folder) from error
    return folder


class Saving:
    """One video, from its whole part to its name."""

    def __init__(self, ctx: Context, job: Job) -> None:
        self._ctx = ctx
        self._job = job

    async def save(self, part: Path) -> None:
        """→ DONE. Raises Trouble where it is not that far."""
        media = self._ctx.media
        try:
            facts = await self._ctx.workers.media(media.verify_video, str(part))
        except MediaError as error:
            if error.code is MediaCode.MISSING:  # taken away after it came, or with its folder
                await folder_for(self._ctx, self._job)
                await self._ctx.book.update(self._job.job_id, arrived=None)
                raise trouble.here("result_taken_away", folder=part.parent) from error
            self._must_be_checked(error, part)
            if (opened := await self._as_it_is(part)) is None:
                await self._on_damaged(part)
                return
            await self._on_short(part, opened)
            return
        if facts.size_bytes == self._sent_bytes():
            await self._forget(part)
            told = {"host": host_of(self._job.result_url or ""), "message": "the clip itself"}
            raise Trouble(paid("result_no_video", **told), no_video=True)
        await self._name(part, facts)

    async def is_whole(self, part: Path) -> bool:
        """Whether it is all of a video, whatever its host says of its length."""
        try:
            await self._ctx.workers.media(self._ctx.media.verify_video, str(part))
        except MediaError:
            return False
        return True

    def _sent_bytes(self) -> int | None:
        """Of the clip that was sent: a record may repeat it under a name that nobody knows."""
        sent = self._job.video_facts
        return None if sent is None else sent.size_bytes

    async def is_here(self) -> bool:
        """Whether an earlier file of it is still there; it was checked before it got its name."""
        path = self._job.result_path
        return path is not None and await self._ctx.workers.call(os.path.isfile, path)

    async def leave_nothing_beside(self) -> None:
        """Where the file that is here stays."""
        if self._job.result_path is not None:
            folder = Path(self._job.result_path).parent
            await self._ctx.workers.call(self._tidy, folder / f".{self._job.job_id}.part")

    async def _is_here_whole(self) -> bool:
        return not self._job.result_ends_early and await self.is_here()

    async def save_what_ends_early(self) -> bool:
        """Where nothing better comes any more; False where there is none, or it cannot be.

        Nor does it take the place of a whole one.
        """
        early = self._job.ends_early
        if early is None or await self._is_here_whole():
            return False
        facts = await self._as_it_is(Path(early.path))
        if facts is not None:
            await self._name(Path(early.path), facts, ends_early=True)
        return facts is not None

    def _must_be_checked(self, error: MediaError, part: Path) -> None:
        if error.code in _UNCHECKED:
            _log.warning("a result could not be checked: %s", error)
            raise Trouble(paid("result_unchecked", name=part)) from error

    async def _as_it_is(self, part: Path) -> VideoFacts | None:
        """Of a video whose end may be missing; None where it does not open at all."""
        try:
            return await self._ctx.workers.media(self._ctx.media.open_video, str(part))
        except MediaError as error:
            self._must_be_checked(error, part)
            return None

    async def _on_short(self, part: Path, facts: VideoFacts) -> None:
        """Fetched once more; the second time the longer one is saved as it is."""
        first = self._job.ends_early
        if await self._is_here_whole():
            await self._forget(part)
            raise Trouble(paid("result_ends_early"))
        if first is not None and await self._size(first.path) == first.size_bytes:
            if first.size_bytes > facts.size_bytes and await self.save_what_ends_early():
                await self._ctx.workers.call(discard, part)
            else:
                await self._name(part, facts, ends_early=True)
            return
        kept = part.with_suffix(".early")
        await self._move(part, kept)
        early = Arrived(str(kept), facts.size_bytes)
        await self._ctx.book.update(
            self._job.job_id, arrived=None, ends_early=early, note="ends early"
        )
        raise Trouble(paid("result_ends_early"))

    async def _on_damaged(self, part: Path) -> None:
        """It does not open: kept beside under a name that says so, and fetched again."""
        if await self._ctx.workers.call(_is_text, part):  # in its place: the video is still there
            await self._forget(part)
            raise Trouble(paid("result_page"), no_video=True)
        if await self.save_what_ends_early():  # it was fetched once more, and that is worse
            await self._ctx.workers.call(discard, part)
            return
        if (picture := await self._ctx.workers.call(_picture_kind, part)) is not None:
            await self._forget(part)
            told = {"host": host_of(self._job.result_url or ""), "message": picture}
            raise Trouble(paid("result_no_video", **told), no_video=True)
        kept = self._job.kept_path
        if kept is not None and await self._size(kept) is not None:
            await self._forget(part)  # one is enough
            raise Trouble(
                paid("result_damaged", name=kept), at_least_s=DAMAGED_AGAIN_S, no_video=True
            )
        stem = result_stem(self._job.title, self._ctx.words.does_not_open(), self._ctx.clock())
        try:
            kept = str(await self._ctx.workers.call(place, part, part.parent, stem))
        except OSError as error:
            raise trouble.of_placing(error, part.parent, 0) from error
        await self._ctx.book.update(
            self._job.job_id, arrived=None, kept_path=kept, note="does not open"
        )
        raise Trouble(paid("result_damaged", name=kept), no_video=True)

    async def _forget(self, part: Path) -> None:
        await self._ctx.workers.call(discard, part)
        await self._ctx.book.update(self._job.job_id, arrived=None)

    async def _name(self, part: Path, facts: VideoFacts, *, ends_early: bool = False) -> None:
        """Its own name in the videos folder, for good. Raises Trouble."""
        self._job = self._ctx.book.get(self._job.job_id)  # where it goes may have been said anew
        folder, finished_at = await folder_for(self._ctx, self._job), self._ctx.clock()
        made = await self._with_recipe(part)
        whole, facts = (part, facts) if made is None else made
        try:
            target = await self._ctx.workers.call(self._place, whole, folder, finished_at)
        except OSError as error:
            if whole != part:
                await self._ctx.workers.call(discard, whole)
            raise trouble.of_placing(error, folder, facts.size_bytes) from error
        await self._ctx.workers.call(self._tidy, part)
        await self._tidy_where_it_was_to_go()
        write = partial(
            self._ctx.book.go,
            self._job.job_id,
            JobState.DONE,
            result_path=str(target),
            result_size_bytes=facts.size_bytes,
            result_duration_s=facts.duration_s,
            result_ends_early=ends_early,
            finished_at=finished_at,
            arrived=None,
            ends_early=None,
            error=None,
        )
        # The part has become the video: fetching it once more would leave this one an orphan.
        await self._ctx.until_written(self._job.job_id, write)

    def _place(self, whole: Path, folder: Path, finished_at: float) -> Path:
        """In a worker thread: under its own name, never over another file. Raises OSError."""
        if self._job.output_path:
            target = Path(self._job.output_path)
            try:
                move_new(whole, target)
            except FileExistsError:
                return place(whole, folder, target.stem, target.suffix)
            return target
        mode = self._ctx.words.mode(self._job.request.mode)
        return place(whole, folder, result_stem(self._job.title, mode, finished_at))

    async def _tidy_where_it_was_to_go(self) -> None:
        """Part of it may have come there before the person said another place for it."""
        folder = self._ctx.videos_folder()
        if self._job.output_path and await self._ctx.place.is_there(folder):
            await self._ctx.workers.call(self._tidy, folder / f".{self._job.job_id}.part")

    def _tidy(self, part: Path) -> None:
        """What is left beside a saved video; what cannot be removed makes it no less saved."""
        early, usual = self._job.ends_early, part.with_suffix(".part")
        left = {part, usual, Path(f"{usual}.meta")}
        for path in left if early is None else left | {Path(early.path)}:
            discard(path)

    async def _with_recipe(self, part: Path) -> tuple[Path, VideoFacts] | None:
        """A copy beside the part that tells how it was made; None: the video goes without.

        A paid video never fails for this: whatever goes wrong here is only logged.
        """
        if not self._ctx.write_recipe():
            return None
        copy, media = part.with_suffix(".recipe"), self._ctx.media
        try:
            recipe = recipe_of(self._job)
            await self._ctx.workers.call(discard, copy)
            await self._ctx.workers.media(media.write_recipe, str(part), str(copy), recipe)
            return copy, await self._ctx.workers.media(media.verify_video, str(copy))
        except (MediaError, OSError, ValueError) as error:
            _log.warning("a video goes without its recipe: %s", error)
            await self._ctx.workers.call(discard, copy)
            return None

    async def _move(self, part: Path, kept: Path) -> None:
        try:
            await self._ctx.workers.call(replace, part, kept)
        except OSError as error:
            raise trouble.of_placing(error, part.parent, 0) from error

    async def _size(self, path: str) -> int | None:
        try:
            return await self._ctx.workers.call(os.path.getsize, path)
        except OSError:
            return None


def _picture_kind(part: Path) -> str | None:
    """``PNG``; None where it is no picture."""
    kind = kind_of(read_head(str(part)))
    return kind[1].upper() if kind is not None and kind[0] == "image" else None


def _is_text(part: Path) -> bool:
    """Whether it is a page or an error rather than a damaged video."""
    try:
        head = read_plain(part, _TEXT_BYTES).lstrip()[:1]
    except OSError:  # large, or gone
        return False
    return head in _TEXT_HEADS
