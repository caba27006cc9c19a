"""The one error of this room: a code, the file it is about, and a detail for the report."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

REASON_MAX_CHARS = 120  # it stands in a sentence


class MediaCode(StrEnum):
    """Why a file could not be used."""

    MISSING = "missing"
    IS_DIRECTORY = "is_directory"
    EMPTY = "empty"
    IN_USE = "in_use"  # held by another program
    REFUSED = "refused"  # the system does not let this program read it
    UNREADABLE = "unreadable"  # its disk reports an error, or it is not a plain file
    NOT_A_PICTURE = "not_a_picture"
    NOT_A_VIDEO = "not_a_video"
    PICTURE_NAMED_VIDEO = "picture_named_video"  # a picture where a clip is wanted
    VIDEO_NAMED_PICTURE = "video_named_picture"  # a clip where a picture is wanted
    NO_VIDEO_STREAM = "no_video_stream"  # a sound file, or a song with a cover
    PROTECTED = "protected"  # encrypted: its pictures are for another program alone
    ODD = "odd"  # the decoder, or what lies around it, gave up on it; the detail says why
    DAMAGED = "damaged"  # as TRUNCATED, and it is known where: ``at_s``
    TRUNCATED = "truncated"  # cut off or damaged
    NO_SUCH_PART = "no_such_part"  # nothing of the clip lies in what was asked for
    CHANGED = "changed"  # written to or replaced while it was read
    RAW = "raw"  # a camera's raw file without a large preview
    BOMB = "bomb"  # more pixels, or more memory, than is allowed
    HELPER_CRASHED = "helper_crashed"  # the decoder died on this file
    HELPER_TIMEOUT = "helper_timeout"  # the decoder hung on this file
    NO_ROOM = "no_room"  # the disk is full
    EXISTS = "exists"  # a file stands where a new one was to be written
    UNWRITABLE = "unwritable"  # the cache, or the folder for an export, can't be written
    CANCELLED = "cancelled"  # stopped by the caller, or the helper was closed


class MediaError(Exception):
    """A file could not be used. ``path`` is the file, or the cache folder if that is at fault."""

    def __init__(
        self,
        code: MediaCode | str,
        path: str = "",
        detail: str = "",
        *,
        at_s: float | None = None,
        whole_s: Sequence[float] = (),
    ) -> None:
        self.code = MediaCode(code)
        self.path = path
        self.detail = detail  # technical English for the report, never for the headline
        self.at_s = at_s  # of ``damaged``: from where, in seconds from the first frame
        self.whole_s = tuple(whole_s)  # … and begin and end of the longest part that is whole
        super().__init__(self.code.value, path, detail)

    def __str__(self) -> str:
        return f"{self.code.value}: {self.path!r} {self.detail}".rstrip()


def reason_of(error: Exception) -> str:
    """What an exception says, on one line, bounded: it may hold a stranger's words."""
    said = " ".join(str(error).split())
    shown = "".join(c if c.isprintable() else " " for c in said)[:REASON_MAX_CHARS]
    return f"{type(error).__name__}: {shown}" if shown else type(error).__name__
