"""A clip that ends early: what can be shown of it is all there is. Worker side."""

from __future__ import annotations

from dataclasses import replace

from .clip_frames import timed_frames
from .clip_look import ClipLook, look_at
from .clip_work import HALF_TICK_S
from .clips import open_clip
from .errors import MediaCode, MediaError
from .videos import ends_early


def look_as_far_as_it_goes(path: str) -> tuple[ClipLook, bool]:
    """Its look, and whether it ends early: then that is cut where its last frame is over.

    It has no packets in order, for those that are there may hold nothing. Raises MediaError.
    """
    if not ends_early(path):
        return look_at(path), False
    look = look_at(path, whole=False)
    with open_clip(path) as clip:
        last_s = max((at_s for at_s, _frame in timed_frames(clip, look, 0.0)), default=None)
    if last_s is None:
        raise MediaError(MediaCode.TRUNCATED, path, "no frame")
    first = look.stamps[0] if look.stamps else 0
    last = first + (last_s + HALF_TICK_S) / look.time_base
    facts = replace(look.facts, duration_s=last_s + float(1 / look.rate))
    stamps = tuple(stamp for stamp in look.stamps if stamp <= last)
    return replace(look, facts=facts, stamps=stamps, order=()), True
