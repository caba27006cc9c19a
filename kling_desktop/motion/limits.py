"""The limits of the inputs as data, and the check of a draft against them.

Every number stands here once, with where it comes from: "vendor" is the service's own
documentation, "upstream" Kling's, "gateways" other resellers of the same model.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from .facts import Facts, ImageFacts, LinkFacts, VideoFacts
from .hosts import is_only_local
from .reading import without_hidden
from .request import Draft, Orientation, Slot

MIB = 1024 * 1024
MB = 1000 * 1000

IMAGE_FORMATS = frozenset({"jpeg", "png"})  # vendor: JPG, JPEG, PNG
IMAGE_MAX_BYTES = 50 * MB  # vendor
IMAGE_WARN_BYTES = 10 * MB  # older vendor documents and resellers: met where nobody wishes more
IMAGE_MIN_SIDE_PX = 300  # vendor
IMAGE_WARN_SIDE_PX = 340  # gateways
IMAGE_MAX_SIDE_PX = 3850  # gateways
IMAGE_MIN_ASPECT = 1 / 2.5  # vendor, width : height
IMAGE_MAX_ASPECT = 2.5  # vendor
ASPECT_MARGIN = 1.01  # sides are whole pixels: just inside the limit, not on it

VIDEO_CONTAINERS = frozenset({"mp4", "mov"})  # vendor
UPLOAD_MAX_BYTES = 100 * MIB  # vendor, and the upload's own limit
VIDEO_MIN_SIDE_PX = 340  # vendor
VIDEO_MAX_SIDE_PX = 3850  # vendor
VIDEO_MIN_S = 3.0  # vendor
VIDEO_MAX_S = {Orientation.IMAGE: 10.0, Orientation.VIDEO: 30.0}  # vendor
# Containers round their length up to a frame or an audio packet: 10.02 s is a 10 s clip.
LENGTH_TOLERANCE_S = 0.05
ROUNDING_S = 0.001  # of time stamps; what is less than this too short is not

# What no limit lets through is not decoded for it: that takes long, and helps nobody.
LONGEST_CHECKED_S = max(VIDEO_MAX_S.values()) + 1.0

PROMPT_MAX_CHARS = 2500  # upstream


class FindingCode(StrEnum):
    """What was found. Values travel beside it; ``words`` makes the sentence."""

    # about a file or link as such
    FILE_MISSING = "file_missing"
    FILE_IS_DIRECTORY = "file_is_directory"
    FILE_EMPTY = "file_empty"
    FILE_IN_USE = "file_in_use"  # by another program
    FILE_REFUSED = "file_refused"  # by the system
    FILE_UNREADABLE = "file_unreadable"
    FILE_DAMAGED = "file_damaged"
    FILE_PROTECTED = "file_protected"  # encrypted
    FILE_ODD = "file_odd"  # the decoder gave up on it; ``reason`` is its own
    FILE_DAMAGED_FROM = "file_damaged_from"  # what comes before ``at_s`` may be whole
    FILE_GROWING = "file_growing"  # still being written, for example by an export
    NOT_A_PICTURE = "not_a_picture"
    NOT_A_VIDEO = "not_a_video"
    PICTURE_IS_VIDEO = "picture_is_video"  # a clip where a picture belongs
    VIDEO_IS_PICTURE = "video_is_picture"
    NO_VIDEO_STREAM = "no_video_stream"
    PICTURE_TOO_MANY_PIXELS = "picture_too_many_pixels"
    PICTURE_RAW = "picture_raw"  # of a camera, without a large preview
    HELPER_FAILED = "helper_failed"  # the decoder crashed or hung on this file
    FILE_ELSEWHERE = "file_elsewhere"  # on a phone, in an archive: no file of this computer
    LINK_NOT_HTTP = "link_not_http"
    LINK_NOT_FOUND = "link_not_found"
    LINK_NOT_MEDIA = "link_not_media"  # an HTML page, for example
    LINK_EMPTY = "link_empty"
    LINK_REFUSED = "link_refused"  # the host answers, but not with the file
    LINK_WITH_PASSWORD = "link_with_password"
    LINK_UNREACHABLE = "link_unreachable"  # warning: the service may still reach it
    LINK_PRIVATE = "link_private"  # loopback or a private network: the service can't fetch it
    LINK_UNCHECKED = "link_unchecked"  # sides and length of a link are not known
    # against the limits
    IMAGE_FORMAT = "image_format"
    IMAGE_BYTES = "image_bytes"
    IMAGE_BYTES_LARGE = "image_bytes_large"
    IMAGE_SMALL = "image_small"
    IMAGE_SMALLISH = "image_smallish"
    IMAGE_ASPECT = "image_aspect"
    VIDEO_CONTAINER = "video_container"
    VIDEO_BYTES = "video_bytes"
    VIDEO_SMALL = "video_small"
    VIDEO_LARGE = "video_large"
    VIDEO_SHORT = "video_short"
    PART_EMPTY = "part_empty"  # its end lies before its start, or behind the clip
    VIDEO_LONG = "video_long"  # longer than any facing allows
    VIDEO_LONG_FOR_IMAGE = "video_long_for_image"  # facing as in the clip would allow it
    NO_SOUND = "no_sound"
    # what the motion doctor sees in the clip
    CUTS_FOUND = "cuts_found"
    FIRST_BLACK = "first_black"
    FIRST_FROZEN = "first_frozen"
    FIRST_BLURRED = "first_blurred"
    LITTLE_MOTION = "little_motion"
    FAST_MOTION = "fast_motion"
    ASPECT_UNLIKE = "aspect_unlike"  # the picture's and the clip's
    # about the rest of the draft
    PROMPT_LONG = "prompt_long"
    PROMPT_CONTROL = "prompt_control"
    CALLBACK_BAD = "callback_bad"
    CALLBACK_LOCAL = "callback_local"  # the service cannot reach it
    BALANCE_LOW = "balance_low"  # the account has less than this video costs
    LINKS_ALONE = "links_alone"  # an API token alone uploads nothing
    UPLOAD_NEEDS_ACCOUNT = "upload_needs_account"


C = FindingCode

# Advice about the content, not limits of the service: a person may know better and wave it off.
ADVICE = frozenset(
    {
        C.CUTS_FOUND,
        C.FIRST_BLACK,
        C.FIRST_FROZEN,
        C.FIRST_BLURRED,
        C.LITTLE_MOTION,
        C.FAST_MOTION,
        C.ASPECT_UNLIKE,
    }
)


class Severity(StrEnum):
    """Worst first."""

    ERROR = "error"  # Generate is disabled
    WARNING = "warning"
    NOTE = "note"


class Mend(StrEnum):
    """The one action that mends a finding."""

    FACE_AS_CLIP = "face_as_clip"
    TRIM = "trim"  # to ``trim_s`` from where it starts
    USE_PART = "use_part"  # ``start_s`` to ``end_s``
    START_AT = "start_at"  # ``start_s``; the end stays
    PAD_IMAGE = "pad_image"  # to ``aspect``
    CROP_IMAGE = "crop_image"  # by hand
    CHOOSE_IMAGE = "choose_image"
    CHOOSE_VIDEO = "choose_video"
    SHORTEN_PROMPT = "shorten_prompt"
    CLEAN_PROMPT = "clean_prompt"
    SOUND_OFF = "sound_off"
    CONNECT = "connect"
    TOP_UP = "top_up"


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem of a draft, as a code with values."""

    code: FindingCode
    severity: Severity
    slot: Slot | None = None
    values: tuple[tuple[str, str | float | int], ...] = ()
    mend: Mend | None = None
    also: Mend | None = None  # another way, where neither is the obvious one

    @property
    def is_advice(self) -> bool:
        return self.code in ADVICE

    def value(self, name: str) -> str | float | int:
        """Raises KeyError where the finding doesn't carry it."""
        return dict(self.values)[name]


def finding(
    code: FindingCode,
    severity: Severity = Severity.ERROR,
    slot: Slot | None = None,
    mend: Mend | None = None,
    also: Mend | None = None,
    **values: str | float | int,
) -> Finding:
    return Finding(code, severity, slot, tuple(values.items()), mend, also)


_ORDER = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.NOTE: 2}


def check_image(facts: ImageFacts) -> Iterator[Finding]:
    """A picture as it will be sent, against the limits."""
    slot, choose = Slot.IMAGE, Mend.CHOOSE_IMAGE
    shorter = min(facts.width_px, facts.height_px)
    aspect = facts.width_px / max(1, facts.height_px)
    width_px, height_px = facts.width_px, facts.height_px
    if facts.format not in IMAGE_FORMATS:
        yield finding(C.IMAGE_FORMAT, slot=slot, mend=choose, format=facts.format)
    if facts.size_bytes > IMAGE_MAX_BYTES:
        yield finding(
            C.IMAGE_BYTES,
            slot=slot,
            mend=choose,
            size_bytes=facts.size_bytes,
            limit_bytes=IMAGE_MAX_BYTES,
        )
    elif facts.size_bytes > IMAGE_WARN_BYTES:
        yield finding(
            C.IMAGE_BYTES_LARGE,
            Severity.WARNING,
            slot,
            size_bytes=facts.size_bytes,
            limit_bytes=IMAGE_WARN_BYTES,
        )
    if shorter < IMAGE_MIN_SIDE_PX:
        yield finding(
            C.IMAGE_SMALL,
            slot=slot,
            mend=choose,
            limit_px=IMAGE_MIN_SIDE_PX,
            width_px=width_px,
            height_px=height_px,
        )
    elif shorter < IMAGE_WARN_SIDE_PX:
        yield finding(
            C.IMAGE_SMALLISH,
            Severity.WARNING,
            slot,
            limit_px=IMAGE_WARN_SIDE_PX,
            width_px=width_px,
            height_px=height_px,
        )
    if not IMAGE_MIN_ASPECT <= aspect <= IMAGE_MAX_ASPECT:
        wide = aspect > IMAGE_MAX_ASPECT
        yield finding(
            C.IMAGE_ASPECT,
            slot=slot,
            mend=Mend.PAD_IMAGE,
            also=Mend.CROP_IMAGE,
            width_px=width_px,
            height_px=height_px,
            aspect=IMAGE_MAX_ASPECT / ASPECT_MARGIN if wide else IMAGE_MIN_ASPECT * ASPECT_MARGIN,
        )


def check_video(
    facts: VideoFacts, orientation: Orientation, *, keep_sound: bool
) -> Iterator[Finding]:
    """A clip as it will be sent, against the limits for this facing."""
    slot, choose = Slot.VIDEO, Mend.CHOOSE_VIDEO
    width_px, height_px = facts.width_px, facts.height_px
    if facts.container not in VIDEO_CONTAINERS:
        yield finding(C.VIDEO_CONTAINER, slot=slot, mend=choose, container=facts.container)
    if facts.size_bytes > UPLOAD_MAX_BYTES:
        yield finding(
            C.VIDEO_BYTES,
            slot=slot,
            mend=choose,
            size_bytes=facts.size_bytes,
            limit_bytes=UPLOAD_MAX_BYTES,
        )
    if min(facts.width_px, facts.height_px) < VIDEO_MIN_SIDE_PX:
        yield finding(
            C.VIDEO_SMALL,
            slot=slot,
            mend=choose,
            limit_px=VIDEO_MIN_SIDE_PX,
            width_px=width_px,
            height_px=height_px,
        )
    if max(facts.width_px, facts.height_px) > VIDEO_MAX_SIDE_PX:
        yield finding(
            C.VIDEO_LARGE,
            slot=slot,
            mend=choose,
            limit_px=VIDEO_MAX_SIDE_PX,
            width_px=width_px,
            height_px=height_px,
        )
    yield from _check_length(facts.duration_s, orientation)
    if keep_sound and not facts.has_sound:
        yield finding(C.NO_SOUND, Severity.NOTE, slot, Mend.SOUND_OFF)


_FACE_AS_CLIP: Mend | None = Mend.FACE_AS_CLIP


def _check_length(duration_s: float, orientation: Orientation) -> Iterator[Finding]:
    slot, choose = Slot.VIDEO, Mend.CHOOSE_VIDEO
    limit_s = trim_s = VIDEO_MAX_S[orientation]
    if duration_s < VIDEO_MIN_S - ROUNDING_S:
        yield finding(
            C.VIDEO_SHORT, slot=slot, mend=choose, duration_s=duration_s, limit_s=VIDEO_MIN_S
        )
    elif duration_s > limit_s + LENGTH_TOLERANCE_S:
        longest_s = VIDEO_MAX_S[Orientation.VIDEO]
        code, also = C.VIDEO_LONG_FOR_IMAGE, _FACE_AS_CLIP
        if duration_s > longest_s + LENGTH_TOLERANCE_S:
            code, also, limit_s = C.VIDEO_LONG, None, longest_s
        yield finding(
            code,
            slot=slot,
            mend=Mend.TRIM,
            also=also,
            duration_s=duration_s,
            limit_s=limit_s,
            trim_s=trim_s,
        )


def check_link(facts: LinkFacts, slot: Slot) -> Iterator[Finding]:
    """A link, of which only type and size are known."""
    wanted = "image/" if slot is Slot.IMAGE else "video/"
    other = "video/" if slot is Slot.IMAGE else "image/"
    kind = facts.content_type or ""
    mend = Mend.CHOOSE_IMAGE if slot is Slot.IMAGE else Mend.CHOOSE_VIDEO
    if kind.startswith(other):
        code = C.PICTURE_IS_VIDEO if slot is Slot.IMAGE else C.VIDEO_IS_PICTURE
        yield finding(code, slot=slot, mend=mend)
    elif kind and not kind.startswith((wanted, "application/octet-stream", "binary/")):
        yield finding(C.LINK_NOT_MEDIA, slot=slot, mend=mend, content_type=kind)
    limit_bytes = IMAGE_MAX_BYTES if slot is Slot.IMAGE else UPLOAD_MAX_BYTES
    if facts.size_bytes == 0:
        yield finding(C.LINK_EMPTY, slot=slot, mend=mend)
    elif facts.size_bytes is not None and facts.size_bytes > limit_bytes:
        code = C.IMAGE_BYTES if slot is Slot.IMAGE else C.VIDEO_BYTES
        yield finding(
            code, slot=slot, mend=mend, size_bytes=facts.size_bytes, limit_bytes=limit_bytes
        )


def check_prompt(prompt: str) -> Iterator[Finding]:
    if len(prompt) > PROMPT_MAX_CHARS:
        yield finding(
            C.PROMPT_LONG,
            mend=Mend.SHORTEN_PROMPT,
            length=len(prompt),
            limit=PROMPT_MAX_CHARS,
        )
    if without_hidden(prompt) != prompt:
        yield finding(C.PROMPT_CONTROL, mend=Mend.CLEAN_PROMPT)


def is_web_link(text: str) -> bool:
    """Whether the text is an absolute http(s) link with a host, no spaces and nothing hidden."""
    if without_hidden(text) != text or any(c.isspace() for c in text):
        return False
    try:
        parts = urlsplit(text)
        is_web = parts.scheme.lower() in ("http", "https") and bool(parts.hostname)
        return is_web and (parts.port or 1) > 0  # one out of range raises
    except ValueError:
        return False


def check(
    draft: Draft,
    image_facts: Facts | None,
    video_facts: Facts | None,
    *,
    can_upload: bool = True,
    service_is_here: bool = False,
) -> tuple[Finding, ...]:
    """Everything wrong with a draft, worst first. Facts not known yet are not judged.

    ``image_facts`` are those of the picture as it will be sent, after a conversion.
    ``can_upload``: whether an account token is there, without which only links work.
    ``service_is_here``: it runs on this computer, and reaches what this computer reaches.
    """
    found: list[Finding] = []
    if isinstance(image_facts, ImageFacts):
        found += check_image(image_facts)
    elif isinstance(image_facts, LinkFacts):
        found += check_link(image_facts, Slot.IMAGE)
    if isinstance(video_facts, VideoFacts):
        found += check_video(video_facts, draft.orientation, keep_sound=draft.keep_sound)
    elif isinstance(video_facts, LinkFacts):
        found += check_link(video_facts, Slot.VIDEO)
        found.append(finding(C.LINK_UNCHECKED, Severity.NOTE, Slot.VIDEO))
    found += check_prompt(draft.prompt)
    if draft.callback_url and not is_web_link(draft.callback_url):
        found.append(finding(C.CALLBACK_BAD, url=draft.callback_url))
    elif draft.callback_url and not service_is_here and is_only_local(draft.callback_url):
        found.append(finding(C.CALLBACK_LOCAL))
    local = any(s is not None and s.path is not None for s in (draft.image, draft.video))
    if local and not can_upload:
        found.append(finding(C.UPLOAD_NEEDS_ACCOUNT, mend=Mend.CONNECT))
    return worst_first(found)


def worst_first(found: list[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(found, key=lambda f: _ORDER[f.severity]))


def has_errors(found: tuple[Finding, ...]) -> bool:
    return any(f.severity is Severity.ERROR for f in found)
