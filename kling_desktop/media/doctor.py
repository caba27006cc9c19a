"""The motion doctor: shots, and what is wrong with a clip as the source of a motion. Pure:
it works on glances, 2 kB a frame, which ``clip_survey`` takes while it decodes.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from statistics import median

from .clip_report import ClipDefect, ClipFinding, ClipReport, Cut, Shot
from .clip_work import Part
from .cuts import find_cuts, find_fades
from .glance import FLAT, Glance, change, likeness

MOST_FRAMES = 36_000  # ten minutes at 60 fps, far more than is ever sent
BLACK_MEAN, BLACK_SPOT = 18.0, 45  # of 255: a dark scene has brighter spots
SPOT_LEVELS, LEAST_SPOTS = 8, 2  # of 255; encoders at their worst change a cell by 4
FROZEN_LEAST_S = 0.3  # a dancer's pause before the music is shorter
SHARP_FOR_S = 2.0  # the first seconds are compared with each other
BLURRED_SHARE, GOOD_SHARE = 0.5, 0.75  # of the sharpness that is usual in them
MOTION_STEP_S = 0.2
LITTLE_LEVELS = 0.6  # a nodding head alone changes more
LITTLE_SHARE = 0.95
FAST_WINDOW_S = 0.5
FAST_LOSS = 0.15  # of likeness from a frame to the next at 30 fps; a quick dance stays below 0.1
_USUAL_FPS = 30.0


def report_of(seen: list[Glance], part: Part, fps: float) -> ClipReport:
    """``seen``: all frames of the part, one at least."""
    cuts, fades = find_cuts(seen, fps), find_fades(seen, fps)
    bounds = sorted({0, *cuts, *fades, len(seen)})
    shots = [
        Shot(seen[a].at_s, seen[b].at_s if b < len(seen) else part.end_s, a, b)
        for a, b in pairwise(bounds)
    ]
    return ClipReport(
        start_s=part.begin_s,
        end_s=part.end_s,
        fps=fps,
        cuts=tuple(Cut(seen[n].at_s, part.first + n) for n in cuts),
        fades=tuple(Cut(seen[n].at_s, part.first + n) for n in fades),
        shots=tuple(_counted(shot, part.first) for shot in shots),
        findings=tuple(_findings(seen, set(bounds), fps)),
    )


def _counted(shot: Shot, first: int) -> Shot:
    return Shot(shot.start_s, shot.end_s, shot.first_frame + first, shot.end_frame + first)


def _findings(seen: list[Glance], bounds: set[int], fps: float) -> Iterator[ClipFinding]:
    """At most one about the start, the worst first, and one about the motion."""
    start = _black_start(seen) or _frozen_start(seen, fps) or _blurred_start(seen, bounds)
    if start is not None:
        yield start
    motion = _little_motion(seen, bounds, fps) or _fast_motion(seen, bounds, fps)
    if motion is not None:
        yield motion


def _is_black(one: Glance) -> bool:
    return one.mean < BLACK_MEAN and one.bright_spot < BLACK_SPOT


def _black_start(seen: list[Glance]) -> ClipFinding | None:
    if not _is_black(seen[0]):
        return None
    good = next((one.at_s for one in seen if not _is_black(one)), None)
    return ClipFinding(ClipDefect.BLACK_START, seen[0].at_s, good, seen[0].mean)


def _frozen_start(seen: list[Glance], fps: float) -> ClipFinding | None:
    """Against the first frame, not the one before: slow motion is motion."""
    moving = next((n for n, one in enumerate(seen) if _moved(seen[0], one)), None)
    if moving is None or moving < FROZEN_LEAST_S * fps:
        return None
    good = seen[moving - 1]
    return ClipFinding(ClipDefect.FROZEN_START, seen[0].at_s, good.at_s, moving / fps)


def _moved(a: Glance, b: Glance) -> bool:
    """Whether something moved: an encoder that draws the picture anew changes all of it a little,
    with each key frame and until it is sharp, and a hand changes a few cells by far.
    """
    spots = (abs(x - y) > SPOT_LEVELS for x, y in zip(a.gray, b.gray, strict=True))
    return sum(spots) >= LEAST_SPOTS


def _blurred_start(seen: list[Glance], bounds: set[int]) -> ClipFinding | None:
    end = min(b for b in bounds if b > 0)
    first_shot = [one for one in seen[:end] if one.sharpness is not None]
    sharp = [one.sharpness or 0.0 for one in first_shot]
    usual = median(sharp)
    if usual == 0 or sharp[0] > BLURRED_SHARE * usual:
        return None
    good = next(one.at_s for one in first_shot if (one.sharpness or 0.0) >= GOOD_SHARE * usual)
    return ClipFinding(ClipDefect.BLURRED_START, seen[0].at_s, good, sharp[0] / usual)


def _little_motion(seen: list[Glance], bounds: set[int], fps: float) -> ClipFinding | None:
    step = max(1, round(MOTION_STEP_S * fps))
    moved = [
        change(seen[n], seen[n + step])
        for n in range(len(seen) - step)
        if not any(n < b <= n + step for b in bounds)
    ]
    if not moved:
        return None
    most = sorted(moved)[int(LITTLE_SHARE * (len(moved) - 1))]
    if most >= LITTLE_LEVELS:
        return None
    return ClipFinding(ClipDefect.LITTLE_MOTION, seen[len(seen) // 2].at_s, None, most)


def _fast_motion(seen: list[Glance], bounds: set[int], fps: float) -> ClipFinding | None:
    """The half second in which pictures follow each other with the least in common."""
    losses = [
        0.0 if n in bounds else _loss(seen[n - 1], seen[n]) * fps / _USUAL_FPS
        for n in range(1, len(seen))
    ]
    window = max(2, round(FAST_WINDOW_S * fps))
    best, at = 0.0, 0
    for begin in range(0, max(1, len(losses) - window + 1), max(1, window // 4)):
        typical = median(losses[begin : begin + window]) if losses else 0.0
        if typical > best:
            best, at = typical, begin
    if best <= FAST_LOSS:
        return None
    return ClipFinding(ClipDefect.FAST_MOTION, seen[at + 1].at_s, None, best)


def _loss(before: Glance, after: Glance) -> float:
    """What two frames don't have in common; nothing where one of them is of one colour."""
    if min(before.deviation, after.deviation) <= FLAT:
        return 0.0
    return 1.0 - likeness(before, after)
