"""Turning a clip into what the service takes, or into what a person wants of it. Worker side."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

from kling_desktop.motion.agreement import Content
from kling_desktop.motion.limits import LONGEST_CHECKED_S, UPLOAD_MAX_BYTES
from kling_desktop.plain_file import plain

from .cache import Cache, is_disks
from .clip_copy import copy_clip
from .clip_encode import encode_clip
from .clip_look import ClipLook, look_at
from .clip_survey import check_whole, survey
from .clip_work import ClipWork, Inside, Way, part_of, plan_work
from .clips import DECODER_THREADS, FAULTS, Clip, many_threads, open_clip
from .dates import copy_undated
from .errors import MediaError
from .files import check_unchanged, content_key, open_file
from .fitted import ClipChange, ClipPlan, FittedClip
from .harmless import prove
from .nal_units import BadStream
from .progress import Progress
from .videos import probe_video

SCAN_LIMIT_S = 45.0  # within the parent's limit of silence; the whole of what will be read anyway
_RECIPE = 9  # raise it when the rules change: older entries are then made anew
_LAST_SHARE = 0.98  # of the work; then the file is read once to be sure of it
_CHECK_SHARE = 0.3
_COPY_SHARE = 0.5


def plan_clip(path: str, plan: ClipPlan, cache: Cache, progress: Progress) -> list[str]:
    """What ``fit_clip`` would do. Raises MediaError, also where what is sent is damaged."""
    work, _ = _checked(path, look_at(path), plan, cache, progress)
    return [change.value for change in work.changes]


def fit_clip(
    path: str, plan: ClipPlan, cache: Cache, progress: Progress, content: Content | None = None
) -> FittedClip:
    """The original where it fits, else a file in the cache. Raises MediaError."""
    wished = json.dumps(plan.to_json(), sort_keys=True)
    key = content_key(path, "clip", _RECIPE, wished, content=content)
    kept = _from_cache(cache, key)
    if kept is not None:
        return kept
    look = look_at(path, SCAN_LIMIT_S)
    work, clean = _checked(path, look, plan, cache, progress.part(0.0, _CHECK_SHARE))
    if work.way is Way.AS_IS:
        check_unchanged(path, content)
        return FittedClip(path, look.facts)
    threads = many_threads() if clean else DECODER_THREADS  # one by one, none is lost
    with open_clip(path, threads) as clip, cache.scratch("fitted", ".mp4") as scratch:
        done = _make(
            clip, look, work, plan, scratch, cache, progress.part(_CHECK_SHARE, _LAST_SHARE)
        )
        check_unchanged(path, content)  # all is read: what is kept is made from this content
        is_mov = done.way is Way.UNDATED and look.facts.container == "mov"
        return _keep(cache, f"{key}.{'mov' if is_mov else 'mp4'}", scratch, done)


def _checked(
    path: str, look: ClipLook, plan: ClipPlan, cache: Cache, progress: Progress
) -> tuple[ClipWork, bool]:
    """All that will be sent is decoded once; what is too long for every limit is not sent.

    Whether what lies around it is whole, too: else decoding with many threads would lose frames.
    """
    part = part_of(look, plan)
    if part.end_s - part.begin_s > LONGEST_CHECKED_S:
        return plan_work(look, plan), True
    found = survey(path, look, part, cache, progress)
    check_whole(path, part, found)
    inside = Inside(found.interlaced, found.sizes, found.sound_kinds, broken=not found.clean)
    return plan_work(look, plan, inside), found.clean


def _make(
    clip: Clip,
    look: ClipLook,
    work: ClipWork,
    plan: ClipPlan,
    scratch: Path,
    cache: Cache,
    progress: Progress,
) -> ClipWork:
    """What was done: where a copy does not come out as it must be, it is encoded after all."""
    metadata = {} if plan.clean_metadata else kept_metadata(clip)
    try:
        if work.way is Way.UNDATED:
            with open_file(clip.path) as dated, open(scratch, "r+b", opener=plain) as target:
                copy_undated(dated, target)
            return work
        if work.way is Way.COPY:
            part = progress.part(0.0, _COPY_SHARE)
            changes = work.changes
            if _is_copied(clip, look, work, scratch, part, metadata, clean=plan.clean_metadata):
                if not plan.fit or os.path.getsize(scratch) <= UPLOAD_MAX_BYTES:
                    return work
                changes = (*changes, ClipChange.SHRUNK)
            work = replace(work, way=Way.ENCODE, changes=changes)
        encode_clip(clip, look, work, scratch, progress, metadata)
        return work
    except OSError as error:  # FFmpeg's own are OSErrors as well
        raise cache.making_fault(error, clip.path) from error


def _is_copied(
    clip: Clip,
    look: ClipLook,
    work: ClipWork,
    scratch: Path,
    progress: Progress,
    metadata: dict[str, str],
    *,
    clean: bool,
) -> bool:
    """False: what must be left out could not be, or the streams do not go into an MP4."""
    try:
        copy_clip(clip, look, work, scratch, progress, metadata, clean=clean)
    except BadStream:
        return False
    except (*FAULTS, MediaError) as error:  # FFmpeg's errors are OSErrors as well
        if isinstance(error, OSError) and is_disks(error):
            raise
        return False
    with open_file(os.fspath(scratch)) as made:  # a colour profile, for one, goes along
        return not clean or prove(made).pictures is not None


def _keep(cache: Cache, name: str, scratch: Path, work: ClipWork) -> FittedClip:
    facts = probe_video(os.fspath(scratch))
    target = cache.entry("fitted", name)
    cache.adopt(scratch, target)
    fitted = FittedClip(os.fspath(target), facts, work.changes, work.way is Way.ENCODE)
    note = cache.note(name.partition(".")[0])
    cache.write(note, json.dumps(fitted.to_json()).encode("ascii"))
    return fitted


def kept_metadata(clip: Clip) -> dict[str, str]:
    return {
        name: value
        for name, value in clip.container.metadata.items()
        if name not in ("major_brand", "minor_version", "compatible_brands", "encoder")
    }


def _from_cache(cache: Cache, key: str) -> FittedClip | None:
    """An entry that is still whole, else None."""
    try:
        kept = cache.noted(FittedClip, key)
        whole = os.path.getsize(kept.path) == kept.facts.size_bytes
    except (OSError, ValueError):
        return None
    if not whole:
        return None
    cache.touch(cache.note(key))
    cache.touch(Path(kept.path))
    return kept
