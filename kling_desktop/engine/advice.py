"""What the motion doctor saw, as findings with the one button that mends each. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..media.clip_report import ClipDefect, ClipFinding, ClipReport, Shot
from ..motion.facts import Facts, ImageFacts, VideoFacts
from ..motion.limits import VIDEO_MIN_S, Finding, Mend, Severity, finding
from ..motion.limits import FindingCode as C
from ..motion.request import Slot

# Upright against lying: less than twice as wide is a matter of taste, not of advice.
UNLIKE_FACTOR = 2.0
_NEARLY_S = 1e-3
_SIDES = (1, 2, 3, 4, 5, 9, 16, 21)  # what people call proportions by: 16 : 9, 3 : 4 …

Pictures = Mapping[float, str]  # time in the clip → path of a small picture

_STARTS = {
    ClipDefect.BLACK_START: C.FIRST_BLACK,
    ClipDefect.FROZEN_START: C.FIRST_FROZEN,
    ClipDefect.BLURRED_START: C.FIRST_BLURRED,
}


def clip_advice(
    whole: ClipReport,
    part: ClipReport | None,
    span: tuple[float, float],
    limit_s: float,
    pictures: Pictures,
) -> Iterator[Finding]:
    """``whole``: of the clip, for its shots; ``part``: of the part that is used, where it was
    examined already; ``limit_s``: the longest part that the facing allows."""
    yield from _cuts(whole, span, limit_s, pictures)
    for defect in part.findings if part is not None else ():
        if defect.defect in _STARTS:
            yield _start(defect, span, pictures)
        elif defect.defect is ClipDefect.LITTLE_MOTION:
            yield _about(C.LITTLE_MOTION, defect, pictures)
        elif defect.defect is ClipDefect.FAST_MOTION:
            yield _about(C.FAST_MOTION, defect, pictures)


def best_shot(shots: tuple[Shot, ...], limit_s: float) -> tuple[float, float] | None:
    """The longest shot that fits, cut to what is allowed; None where all are too short."""
    fitting = [
        (shot.start_s, min(shot.end_s, shot.start_s + limit_s))
        for shot in shots
        if shot.end_s - shot.start_s >= VIDEO_MIN_S - _NEARLY_S
    ]
    return max(fitting, key=lambda part: (part[1] - part[0], -part[0]), default=None)


def times_in(report: ClipReport, span: tuple[float, float]) -> list[float]:
    """Where a shot ends within the part."""
    times = sorted(cut.at_s for cut in (*report.cuts, *report.fades))
    return [t for t in times if span[0] + _NEARLY_S < t < span[1] - _NEARLY_S]


def _cuts(
    whole: ClipReport, span: tuple[float, float], limit_s: float, pictures: Pictures
) -> Iterator[Finding]:
    times = times_in(whole, span)
    if not times:
        return
    values: dict[str, str | float | int] = {
        "count": len(times),
        "times_s": " ".join(f"{t:.3f}" for t in times),
        "at_s": times[0],
    }
    shot = best_shot(whole.shots, limit_s)
    if shot is not None:
        values |= {"start_s": shot[0], "end_s": shot[1]}
    mend = Mend.USE_PART if shot is not None else Mend.CHOOSE_VIDEO
    yield _finding(C.CUTS_FOUND, mend, values, pictures)


def _start(defect: ClipFinding, span: tuple[float, float], pictures: Pictures) -> Finding:
    values: dict[str, str | float | int] = {"at_s": defect.at_s}
    good_s = defect.good_s
    long_enough = good_s is not None and span[1] - good_s >= VIDEO_MIN_S - _NEARLY_S
    if good_s is not None:
        values["start_s"] = good_s
    mend = Mend.START_AT if long_enough else Mend.CHOOSE_VIDEO
    return _finding(_STARTS[defect.defect], mend, values, pictures)


def _about(code: C, defect: ClipFinding, pictures: Pictures) -> Finding:
    return _finding(code, Mend.CHOOSE_VIDEO, {"at_s": defect.at_s}, pictures)


def _finding(
    code: C, mend: Mend, values: dict[str, str | float | int], pictures: Pictures
) -> Finding:
    picture = pictures.get(float(values["at_s"]))
    if picture is not None:
        values["picture"] = picture
    return finding(code, Severity.WARNING, Slot.VIDEO, mend, None, **values)


def shape_advice(image: Facts | None, video: Facts | None) -> Iterator[Finding]:
    """Where a picture stands upright and the clip lies, or the reverse."""
    if not isinstance(image, ImageFacts) or not isinstance(video, VideoFacts):
        return
    picture, clip = _aspect(image), _aspect(video)
    if max(picture, clip) <= UNLIKE_FACTOR * min(picture, clip):
        return
    yield finding(
        C.ASPECT_UNLIKE,
        Severity.NOTE,
        Slot.IMAGE,
        Mend.CROP_IMAGE,
        image_aspect=_proportion(picture),
        clip_aspect=_proportion(clip),
    )


def _aspect(facts: ImageFacts | VideoFacts) -> float:
    return facts.width_px / max(1, facts.height_px)


def _proportion(aspect: float) -> str:
    """``16 : 9``: the nearest that people have a name for."""
    pairs = [(w, h) for w in _SIDES for h in _SIDES]
    width, height = min(pairs, key=lambda pair: (abs(pair[0] / pair[1] / aspect - 1), sum(pair)))
    return f"{width} : {height}"
