"""What a clip will be once it is trimmed and made to fit. Cheap, for the moment of an edit."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from .facts import ImageFacts, VideoFacts
from .limits import (
    LENGTH_TOLERANCE_S,
    UPLOAD_MAX_BYTES,
    VIDEO_CONTAINERS,
    VIDEO_MAX_SIDE_PX,
    VIDEO_MIN_S,
    VIDEO_MIN_SIDE_PX,
)
from .request import Box, ClipEdit

FITTED_CONTAINER, FITTED_CODEC = "mp4", "h264"
MAX_FPS = 60.0  # what is faster is brought to this
CONVERTED = "converted"  # media's word for another container or codec
_CUT_AT_TOP = 0.2  # a head is in the upper part: of what is cut off, this share goes at the top


def planned_clip(
    facts: VideoFacts, edit: ClipEdit, changes: Collection[str] = (), *, fit: bool = True
) -> VideoFacts:
    """Facts of what will be sent. ``changes``: media's words, where they are known already."""
    start_s, end_s = edit.span(facts.duration_s)
    length_s = end_s - start_s
    if fit and VIDEO_MIN_S - LENGTH_TOLERANCE_S <= length_s < VIDEO_MIN_S:
        length_s = VIDEO_MIN_S  # its last picture is held
    share = length_s / facts.duration_s if facts.duration_s else 1.0
    width_px, height_px = _sides(facts, edit.crop, fit=fit)
    size_bytes = round(facts.size_bytes * share)
    planned = replace(
        facts,
        width_px=width_px,
        height_px=height_px,
        duration_s=length_s,
        size_bytes=min(size_bytes, UPLOAD_MAX_BYTES) if fit else size_bytes,
        frame_count=round(facts.frame_count * share) if facts.frame_count is not None else None,
    )
    if not fit:
        return planned
    odd = facts.container not in VIDEO_CONTAINERS
    return replace(
        planned,
        container=FITTED_CONTAINER if odd or changes else facts.container,
        codec=FITTED_CODEC if CONVERTED in changes else facts.codec,
        fps=min(facts.fps, MAX_FPS),
        variable_frame_rate=False,
    )


def _sides(facts: VideoFacts, crop: Box | None, *, fit: bool) -> tuple[int, int]:
    width, height = float(facts.width_px), float(facts.height_px)
    if crop is not None:
        width, height = width * crop[2], height * crop[3]
    scale = 1.0
    if fit and min(width, height) > 0:
        scale = max(scale, VIDEO_MIN_SIDE_PX / min(width, height))
        scale = min(scale, VIDEO_MAX_SIDE_PX / max(width, height))
    if crop is None and scale == 1.0:
        return facts.width_px, facts.height_px
    return _even(width * scale), _even(height * scale)


def _even(side: float) -> int:
    """H.264 pictures have even sides. Both limits are even, so none is crossed."""
    return max(2, round(side / 2) * 2)


def aspect_box(facts: ImageFacts, aspect: float) -> Box:
    """The largest box of this aspect (width : height) in a picture, in its upper part."""
    own = facts.width_px / max(1, facts.height_px)
    if own > aspect:
        width = aspect / own
        return ((1 - width) / 2, 0.0, width, 1.0)
    height = own / aspect
    return (0.0, (1 - height) * _CUT_AT_TOP, 1.0, height)
