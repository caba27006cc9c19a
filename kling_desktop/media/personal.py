"""Whether a clip tells about its maker: place, camera, author, comments, a cover. Worker side.

What is technical is known and listed; everything else counts as personal.
"""

from __future__ import annotations

from typing import BinaryIO

from av.container import InputContainer
from av.stream import Disposition

from .boxes import BadBoxes, Box, boxes
from .clips import Clip
from .files import size_bytes

# What every muxer writes: nothing here tells who, where or with what camera.
_TECHNICAL_TAGS = frozenset(
    {
        *("major_brand", "minor_version", "compatible_brands", "encoder", "language"),
        *("handler_name", "vendor_id", "timecode", "duration", "variant_bitrate", "rotate"),
        *("creation_time", "bps", "number_of_frames", "number_of_bytes", "alpha_mode"),
        *("_statistics_writing_app", "_statistics_writing_date_utc", "_statistics_tags"),
        *("software", "service_name", "service_provider", "stereo_mode", "metadatacreator"),
        *("deviceconformancetemplate", "isvbr", "hasaudio", "hasvideo"),
    }
)
_PLAIN_TOP = frozenset(
    {
        *(b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"moof", b"mfra", b"sidx", b"styp"),
        *(b"pdin", b"ssix", b"prft", b"emsg"),
    }
)
_PLAIN_USER_DATA = frozenset(
    {b"meta", b"name", b"free", b"skip", b"\xa9too", b"\xa9enc", b"\xa9swr", b"\0\0\0\0"}
)
# AVCHD cameras write date, exposure and place into the H.264 stream itself, under this UUID.
CAMERA_NOTES = bytes.fromhex("17ee8c60f84d11d98cd60800200c9a66")
CAMERA_NOTES_WITHIN = 1024 * 1024  # they stand at each key frame, so in the first of them


def tells_of_its_maker(clip: Clip, file: BinaryIO) -> bool:
    """Whether a copy of container and streams would leave out something personal."""
    container = clip.container
    return (
        bool(personal_tags(container))
        or any(s.type in ("data", "attachment") for s in container.streams)  # places, by the second
        or any(s.disposition & Disposition.attached_pic for s in container.streams.video)
        or bool(container.chapters())
        or (clip.container_name in ("mp4", "mov", "3gp") and _odd_boxes(file))
    )


def personal_tags(container: InputContainer) -> set[str]:
    found = {key.lower() for key in container.metadata}
    for stream in container.streams:
        found |= {key.lower().split("-")[0] for key in stream.metadata}
    return found - _TECHNICAL_TAGS


def has_camera_notes(file: BinaryIO) -> bool:
    """Whether the stream itself carries what a copy would not leave out."""
    file.seek(0)
    return CAMERA_NOTES in file.read(CAMERA_NOTES_WITHIN)


def _odd_boxes(file: BinaryIO) -> bool:
    """Boxes that FFmpeg passes over in silence: XMP, makers' thumbnails, drone telemetry."""
    try:
        return any(_is_odd(file, box) for box in boxes(file, 0, size_bytes(file)))
    except (BadBoxes, OSError):
        return True  # what can't be read can't be vouched for


def _is_odd(file: BinaryIO, top: Box) -> bool:
    if top.name not in _PLAIN_TOP:
        return True
    if top.name != b"moov":
        return False
    for box in boxes(file, top.inner, top.end):
        if box.name == b"uuid" or (box.name == b"udta" and _odd_user_data(file, box)):
            return True
        if box.name == b"trak":
            inner = list(boxes(file, box.inner, box.end))
            if any(b.name in (b"uuid",) for b in inner):
                return True
            if any(b.name == b"udta" and _odd_user_data(file, b) for b in inner):
                return True
    return False


def _odd_user_data(file: BinaryIO, user_data: Box) -> bool:
    # QuickTime ends the list with four zero bytes, which are no box.
    end = user_data.end
    return any(b.name not in _PLAIN_USER_DATA for b in boxes(file, user_data.inner, end))
