"""Whether a JPEG's pixels are all there. Worker side.

Pillow's decoder shows grey for what is missing, and says nothing. FFmpeg's tells at once of a scan
that ends early; where that, a missing end or a hole makes it doubtful, the codes are counted.
"""

from __future__ import annotations

import av

from .bare_profile import NotWhole
from .clips import FAULTS
from .jpeg_parts import JPEG_END, JPEG_START, next_marker, segment_end
from .jpeg_scan import Damaged, Scans

END = bytes((0xFF, JPEG_END))
_SOS, _DHT, _DRI = 0xDA, 0xC4, 0xDD
_FRAMES = frozenset({0xC0, 0xC1, 0xC2})
_STANDALONE = frozenset({0x01, *range(0xD0, 0xD8)})
_COUNTED_MAX_BYTES = 12 * 1024 * 1024  # more takes too long to count
_HOLE = bytes(512)  # a picture has such a row of zeros only where it is of one colour


def lacks_only_its_end(data: bytes) -> bool:
    """Whether every pixel is there, and nothing but the mark behind them is missing."""
    if data.find(END, _first_scan(data)) >= 0 or len(data) > _COUNTED_MAX_BYTES:
        return False
    try:
        return not _has_end(data)
    except NotWhole:
        return False


def is_damaged(data: bytes) -> bool:
    """``data`` is a JPEG that Pillow could decode. Not where it cannot be told."""
    scan = _first_scan(data)
    ends = data.find(END, scan) >= 0
    failed = not _is_read(data)
    if not failed and ends and data.find(_HOLE, scan) < 0:
        return False
    if len(data) > _COUNTED_MAX_BYTES:
        return failed or not ends
    try:
        _has_end(data)
    except Damaged:
        return True
    except NotWhole:
        return False
    return False


def _is_read(data: bytes) -> bool:
    decoder = av.CodecContext.create("mjpeg", "r")
    decoder.options = {"err_detect": "explode"}
    decoder.thread_count = 1
    try:
        decoder.decode(av.Packet(data))
    except FAULTS:
        return False
    return True


def _first_scan(data: bytes) -> int:
    """Where it begins; the files within EXIF, in front of it, have ends of their own."""
    at = 2
    try:
        while True:
            marker, at, begin = next_marker(data, at)
            if marker == _SOS:
                return begin
            at = segment_end(data, at) if marker not in _STANDALONE else at
    except NotWhole:
        return 0


def _has_end(data: bytes) -> bool:
    """Counts every code. Raises Damaged, and NotWhole where it cannot be told."""
    if data[:2] != bytes((0xFF, JPEG_START)):
        raise NotWhole("no JPEG")
    at, scans = 2, Scans(lenient=True)
    while True:
        begin = _marker_at(data, at)
        if begin is None or data[begin + 1] == JPEG_END:
            scans.check_whole(ended=begin is not None)
            return begin is not None
        marker, at = data[begin + 1], begin + 2
        if marker in _STANDALONE:
            continue
        end = segment_end(data, at)
        segment = data[at:end]
        try:
            if marker == _SOS:
                following = _marker_at(data, end, within=True)
                at = len(data) if following is None else following
                scans.take_scan(segment, data[end:at].rstrip(b"\xff"))
                continue
            if marker in _FRAMES:
                scans.take_frame(marker, segment)
            elif marker == _DHT:
                scans.take_tables(segment)
            elif marker == _DRI:
                scans.take_restart(segment)
        except IndexError as error:
            raise NotWhole("a segment that is not known") from error
        at = end


def _marker_at(data: bytes, at: int, *, within: bool = False) -> int | None:
    """Of the next one's last 0xFF. ``within`` a scan, restarts belong to it."""
    while True:
        at = data.find(b"\xff", at)
        if at < 0 or at + 1 >= len(data):
            return None
        following = data[at + 1]
        if following == 0xFF:
            at += 1
        elif following == 0 or (within and following in _STANDALONE):
            at += 2
        else:
            return at
