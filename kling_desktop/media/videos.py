"""What a clip or a result is. Worker side."""

from __future__ import annotations

import time
from functools import partial
from typing import Any

from av.packet import Packet
from av.video.frame import VideoFrame

from kling_desktop.motion.facts import VideoFacts

from .clips import FAULTS, Clip, open_clip
from .errors import MediaCode, MediaError
from .frames import displayed_size, turn_of
from .scan import NO_TIMES, SCAN_LIMIT_S, SHORTFALL_S, Scan, See

VERIFY_SCAN_LIMIT_S = 45.0  # within the parent's own limit of 60 s
DECODE_LIMIT_S = 10.0  # of the last key frame and what follows it
HEADER_TOLERANCE_S = 0.5  # a header further off than this is wrong; the packets are right
MICROSECONDS = 1_000_000  # FFmpeg's AV_TIME_BASE


def probe_video(path: str) -> VideoFacts:
    """Facts of a clip whose first frame could be decoded. Raises MediaError."""
    return _probe(path, SCAN_LIMIT_S)


def verify_video(path: str) -> VideoFacts:
    """As ``probe_video``, but the last packet must be there, and what it holds be a picture."""
    return _probe(path, VERIFY_SCAN_LIMIT_S, to_the_end=True)


def open_video(path: str) -> VideoFacts:
    """Whatever can be played of it, also where its end is missing."""
    with open_clip(path) as clip:
        scan = Scan(clip, VERIFY_SCAN_LIMIT_S)
        if scan.first_frame is None:
            raise MediaError(MediaCode.TRUNCATED, path, scan.decoder_fault or "no frame")
        return facts_of(clip, scan, scan.first_frame)


def ends_early(path: str) -> bool:
    """Whether its end is missing, or holds no pictures, as far as that can be told."""
    with open_clip(path) as clip:
        scan = Scan(clip)
        return scan.cut_off or (scan.complete and not _ends_in_pictures(clip, scan))


def _probe(path: str, limit_s: float, *, to_the_end: bool = False) -> VideoFacts:
    with open_clip(path) as clip:
        scan, first_frame = scanned(clip, limit_s)
        if to_the_end and not (scan.complete and _ends_in_pictures(clip, scan)):
            raise MediaError(MediaCode.TRUNCATED, path, scan.decoder_fault or "the end is missing")
        return facts_of(clip, scan, first_frame)


def _ends_in_pictures(clip: Clip, scan: Scan) -> bool:
    """Whether its end can be decoded: the bytes may be there, and hold nothing.

    From the last key frame on, for as long as there is time. True where that cannot be told.
    """
    base, end_s = clip.stream.time_base, scan.last_s
    if base is None or end_s is None:
        return True
    until = time.monotonic() + DECODE_LIMIT_S
    seen_s: float | None = None
    seek = partial(clip.seek, end_s)
    # Behind that a transport stream stands anywhere, perhaps behind its last key frame.
    for go in (seek, clip.rewind) if clip.container_name == "mpegts" else (seek,):
        try:
            go()
            for packet in clip.packets(clip.stream):
                for frame in _decoded(clip, packet):
                    if frame.pts is not None:
                        seen_s = max(seen_s or 0.0, float(frame.pts * base))
                if time.monotonic() > until:
                    return True
        except FAULTS:  # it cannot be sought in
            return True
        if seen_s is not None:
            break
    return seen_s is not None and seen_s >= end_s - SHORTFALL_S


def _decoded(clip: Clip, packet: Packet[Any]) -> list[VideoFrame]:
    try:
        return clip.stream.decode(packet)
    except FAULTS:  # the next one may be whole
        return []


def scanned(
    clip: Clip, limit_s: float, see: See | None = None, *, whole: bool = True
) -> tuple[Scan, VideoFrame]:
    """The packets of a clip, whose end has to be there, and its first frame. Raises MediaError.

    ``see`` is shown each packet. Not ``whole``: its end may be missing.
    """
    scan = Scan(clip, limit_s, see)
    if scan.protected or clip.is_encrypted:
        raise MediaError(MediaCode.PROTECTED, clip.path)
    if scan.first_frame is None:
        raise MediaError(MediaCode.TRUNCATED, clip.path, scan.decoder_fault or "no frame")
    if whole and scan.cut_off:
        raise MediaError(MediaCode.TRUNCATED, clip.path, scan.decoder_fault or "the end is missing")
    if clip.container_name == "gif" and scan.frame_count < 2:
        raise MediaError(MediaCode.PICTURE_NAMED_VIDEO, clip.path, "gif")
    return scan, scan.first_frame


def facts_of(clip: Clip, scan: Scan, first_frame: VideoFrame) -> VideoFacts:
    width_px, height_px = displayed_size(first_frame, clip.stream.sample_aspect_ratio, clip.sight)
    left_out = scan.frame_count - len(scan.stamps) if scan.begins_inside else 0
    fps, duration_s = _fps(clip, scan), duration_of(clip, scan)
    frame_count = scan.frame_count - left_out if scan.complete else clip.stream.frames or None
    if clip.container_name in NO_TIMES and scan.complete and not scan.times.variable:
        # A slot without a frame shows the one before, and is sent as a frame.
        fps = scan.times.steady_fps or fps
        frame_count = max(scan.frame_count, round(duration_s * fps))
    return VideoFacts(
        container=clip.container_name,
        codec=clip.stream.codec_context.codec.canonical_name,
        width_px=width_px,
        height_px=height_px,
        size_bytes=clip.size_bytes,
        duration_s=duration_s,
        fps=fps,
        frame_count=frame_count,
        has_sound=bool(clip.container.streams.audio),
        rotation_deg=turn_of(first_frame, clip.sight)[0],
        variable_frame_rate=scan.times.variable,
    )


def duration_of(clip: Clip, scan: Scan) -> float:
    """The stream's own length; the packets' where it is unsaid or wrong; else the container's."""
    stream = clip.stream
    said_s = None
    if stream.duration and stream.time_base is not None:
        said_s = float(stream.duration * stream.time_base)
    measured_s = scan.duration_s
    if measured_s is not None and (scan.begins_inside or scan.restarts):
        return measured_s
    if measured_s is not None and (said_s is None or abs(said_s - measured_s) > HEADER_TOLERANCE_S):
        return measured_s
    if said_s is not None:
        return said_s
    return (clip.container.duration or 0) / MICROSECONDS


def header_duration_s(clip: Clip) -> float:
    """What the headers say, without reading packets; 0 where they say nothing."""
    stream = clip.stream
    if stream.duration and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    return (clip.container.duration or 0) / MICROSECONDS


def _fps(clip: Clip, scan: Scan) -> float:
    """Mean frames a second."""
    said = clip.stream.average_rate or clip.stream.guessed_rate
    return scan.times.mean_fps or (float(said) if said else 0.0)
