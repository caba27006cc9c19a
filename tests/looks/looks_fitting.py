"""What is made to fit, the part of a clip, and each thing that the motion doctor sees."""

from __future__ import annotations

from dataclasses import replace

from looks_jobs import image_input, video_input
from looks_scenes import SMALL_PX, scene
from looks_stand import QUOTE, Stand

from kling_desktop.motion.facts import ImageFacts, VideoFacts
from kling_desktop.motion.input import Blocked, Input
from kling_desktop.motion.limits import Finding, FindingCode, Mend, Severity, finding
from kling_desktop.motion.price import Quote
from kling_desktop.motion.request import WHOLE_CLIP, ClipEdit, Orientation, Slot

C = FindingCode
WHOLE_S = 21.0
WHOLE = VideoFacts("mp4", "h264", 1280, 720, 12_900_000, WHOLE_S, 30.0, 630, True)
PART = ClipEdit(3.0, 11.4)


def clip(stand: Stand, edit: ClipEdit = PART, whole: VideoFacts = WHOLE, **fields: object) -> Input:
    """A clip whose frames are known, and the part of it that is used."""
    start_s, end_s = edit.span(whole.duration_s)
    made = {
        "facts": replace(whole, duration_s=end_s - start_s),
        "original": whole,
        "clip_edit": edit,
        "strip": stand.media.strip,
        **fields,
    }
    return video_input(stand.media.clip, stand.media.clip_still, **made)


def _found(stand: Stand, *found: Finding, value: Input | None = None) -> None:
    """A draft with a clip about which something is said."""
    stand.connected()
    stand.inputs()
    stand.shelf()
    value = value if value is not None else clip(stand)
    stand.compose.set_input(value)
    stand.compose.set_quote(_quote(value))
    stand.compose.set_findings(found)
    if any(f.severity is Severity.ERROR for f in found):
        stand.blocked(Blocked.FINDINGS)


def _quote(value: Input) -> Quote:
    """As much a second as in the other scenes."""
    assert isinstance(value.facts, VideoFacts)
    length_s = value.facts.duration_s
    return Quote(QUOTE.credits / QUOTE.duration_s * length_s, length_s, estimated=True)


def _seen(
    stand: Stand, code: FindingCode, mend: Mend, frame: int, **values: str | float | int
) -> Finding:
    """Advice with its evidence: the strip's picture number ``frame``."""
    picture = stand.media.strip[frame]
    return finding(code, Severity.WARNING, Slot.VIDEO, mend, picture=picture, **values)


def cuts(stand: Stand) -> Finding:
    """As in the picture of the design."""
    return _seen(
        stand,
        C.CUTS_FOUND,
        Mend.USE_PART,
        3,
        count=2,
        times_s="4.100 9.700",
        at_s=4.1,
        start_s=9.7,
        end_s=18.1,
    )


# -- the part of the clip ------------------------------------------------------------------------


@scene("50-part", sharp=True)
def part(stand: Stand) -> None:
    _found(stand)


@scene("50-part-too-long")
def part_too_long(stand: Stand) -> None:
    """Longer than this facing allows: the strip's frame says so as well."""
    stand.inputs()
    draft = replace(stand.draft(), orientation=Orientation.IMAGE)
    too_long = finding(
        C.VIDEO_LONG_FOR_IMAGE,
        slot=Slot.VIDEO,
        mend=Mend.TRIM,
        also=Mend.FACE_AS_CLIP,
        duration_s=14.2,
        limit_s=10.0,
        trim_s=10.0,
    )
    _found(stand, too_long, value=clip(stand, ClipEdit(4.0, 18.2)))
    stand.compose.set_draft(draft)


# -- the motion doctor ---------------------------------------------------------------------------


@scene("51-doctor-cuts", sharp=True)
def doctor_cuts(stand: Stand) -> None:
    """The picture of the design: window-dark.png."""
    _found(stand, cuts(stand))
    stand.watch()


@scene("51-doctor-cuts-and-no-shot")
def doctor_no_shot(stand: Stand) -> None:
    """No shot is long enough, and there is no sound to keep."""
    times_s = "4.100 5.900 7.300 9.700"
    found = _seen(stand, C.CUTS_FOUND, Mend.CHOOSE_VIDEO, 3, count=4, times_s=times_s, at_s=4.1)
    silent = finding(C.NO_SOUND, Severity.NOTE, Slot.VIDEO, Mend.SOUND_OFF)
    _found(stand, found, silent, value=clip(stand, whole=replace(WHOLE, has_sound=False)))


@scene("51-doctor-black-and-still")
def doctor_black(stand: Stand) -> None:
    black = _seen(stand, C.FIRST_BLACK, Mend.START_AT, 2, at_s=3.0, start_s=3.4)
    still = _seen(stand, C.LITTLE_MOTION, Mend.CHOOSE_VIDEO, 5, at_s=8.0)
    _found(stand, black, still)


@scene("51-doctor-frozen-and-fast")
def doctor_frozen(stand: Stand) -> None:
    frozen = _seen(stand, C.FIRST_FROZEN, Mend.START_AT, 2, at_s=3.0, start_s=4.2)
    fast = _seen(stand, C.FAST_MOTION, Mend.CHOOSE_VIDEO, 4, at_s=6.3)
    _found(stand, frozen, fast)


@scene("51-doctor-blurred-and-unlike")
def doctor_blurred(stand: Stand) -> None:
    blurred = _seen(stand, C.FIRST_BLURRED, Mend.START_AT, 2, at_s=3.0, start_s=3.4)
    unlike = finding(
        C.ASPECT_UNLIKE,
        Severity.NOTE,
        Slot.IMAGE,
        Mend.CROP_IMAGE,
        image_aspect="3 : 4",
        clip_aspect="16 : 9",
    )
    _found(stand, blurred, unlike)


@scene("51-doctor-several-small", SMALL_PX)
def doctor_several(stand: Stand) -> None:
    """More than fits: the cards scroll, Generate stays in view."""
    black = _seen(stand, C.FIRST_BLACK, Mend.CHOOSE_VIDEO, 2, at_s=3.0)
    _found(stand, cuts(stand), black)


# -- made to fit ---------------------------------------------------------------------------------


@scene("52-fit-converted")
def fit_converted(stand: Stand) -> None:
    changes = ("converted", "scaled", "frame_rate")
    whole = replace(WHOLE, container="matroska", codec="vp9")
    image = image_input(stand.media.image, changes=("converted", "turned"), original_format="webp")
    _found(stand, value=clip(stand, WHOLE_CLIP, whole, changes=changes, original_format="matroska"))
    stand.compose.set_input(image)


@scene("52-fit-sound-and-place")
def fit_gentle(stand: Stand) -> None:
    """The picture stays as it is: only the sound, or what tells of its maker."""
    _found(stand, value=clip(stand, WHOLE_CLIP, changes=("sound_converted", "cleaned")))
    stand.compose.set_input(image_input(stand.media.image, changes=("cleaned",)))


@scene("52-fit-too-long-for-any")
def fit_too_long(stand: Stand) -> None:
    too_long = finding(
        C.VIDEO_LONG,
        slot=Slot.VIDEO,
        mend=Mend.TRIM,
        duration_s=312.0,
        limit_s=30.0,
        trim_s=30.0,
    )
    whole = replace(WHOLE, duration_s=312.0, frame_count=9360)
    _found(stand, too_long, value=clip(stand, WHOLE_CLIP, whole))


@scene("52-fit-picture-too-narrow")
def fit_narrow(stand: Stand) -> None:
    """Two ways, and neither is the obvious one: two buttons."""
    facts = ImageFacts("png", 400, 1200, 791_555)
    narrow = finding(
        C.IMAGE_ASPECT,
        slot=Slot.IMAGE,
        mend=Mend.PAD_IMAGE,
        also=Mend.CROP_IMAGE,
        width_px=400,
        height_px=1200,
        aspect=0.404,
    )
    _found(stand, narrow)
    stand.compose.set_input(image_input(stand.media.image, facts=facts, original=facts))
