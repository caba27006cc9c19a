"""Makes one sandbox video, in a process of its own: ``python -m kling_desktop.sandbox.render JOB``.

JOB is a JSON file with ``image_url``, ``video_url``, ``mode``, ``orientation``, ``keep_sound``,
``folder`` (scratch), ``result`` (the mp4 to write), ``outcome`` (the JSON to write) and ``parent``
(a process id). Files from strangers are opened here, so a crash or a hang takes nothing along.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.error import FFmpegError
from PIL import Image, ImageOps, UnidentifiedImageError
from PIL.Image import DecompressionBombError

from ..motion.facts import ImageFacts, VideoFacts
from ..motion.limits import (
    IMAGE_MAX_BYTES,
    UPLOAD_MAX_BYTES,
    Finding,
    Severity,
    check_image,
    check_video,
)
from ..motion.request import Orientation
from .fetch import FetchFailed, fetch
from .picture import MovingPicture
from .sway import Sway
from .tasks import write_json

SHORT_SIDE_PX = {"std": 720, "pro": 1080}  # service.md: usually 720p and 1080p
MAX_FPS = 60
DEFAULT_FPS = 25
SOUND_RATE = 48_000
NICENESS = 10
# What a file of this family starts with; before 2001 QuickTime wrote no ftyp.
_FIRST_BOXES = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")
_MOV_BRAND = b"qt  "  # in ftyp


class Refused(Exception):
    """The inputs are not what the service takes; the text is its message."""


def main(argv: list[str]) -> int:
    """0: an outcome was written, good or bad."""
    job = json.loads(Path(argv[0]).read_text(encoding="utf-8"))
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    try:
        outcome = _make(job)
    except FetchFailed as failure:
        outcome = {"ok": False, "message": f"fetch failed: {failure}"}
    except Refused as refusal:
        outcome = {"ok": False, "message": str(refusal)}
    except (FFmpegError, OSError, ValueError, DecompressionBombError) as failure:
        # Not the whole text: it names a file of this computer.
        why = getattr(failure, "strerror", None) or type(failure).__name__
        outcome = {"ok": False, "message": f"the inputs could not be read: {why}"}
    write_json(Path(job["outcome"]), outcome)
    return 0


def _make(job: dict[str, Any]) -> dict[str, Any]:
    folder = Path(job["folder"])
    picture_file = fetch(job["image_url"], folder / "picture", IMAGE_MAX_BYTES)
    clip_file = fetch(job["video_url"], folder / "clip", UPLOAD_MAX_BYTES)
    picture = _open_picture(picture_file)
    part = Path(job["result"]).with_suffix(f".{os.getpid()}.part")
    container = _container(clip_file)
    # Told which format it is, FFmpeg opens no playlist that leads to other files.
    with av.open(str(clip_file), format="mov") as clip:
        facts = _clip_facts(clip, clip_file, container)
        orientation = Orientation(job["orientation"])
        _refuse("video_url", check_video(facts, orientation, keep_sound=False))
        short_px = SHORT_SIDE_PX[job["mode"]]
        moving = MovingPicture(picture, short_px)
        duration_s = _Film(clip, facts, moving, int(job["parent"])).write(
            part, keep_sound=bool(job["keep_sound"])
        )
    os.replace(part, job["result"])
    return {"ok": True, "duration_s": duration_s}


def _refuse(field: str, found: Iterable[Finding]) -> None:
    """Raises Refused, with what is wrong and its numbers, where an error was found."""
    for problem in found:
        if problem.severity is Severity.ERROR:
            numbers = ", ".join(f"{name} {value}" for name, value in problem.values)
            raise Refused(f"{field} is outside the limits: {problem.code.value} ({numbers})")


def _open_picture(path: Path) -> Image.Image:
    """The decoded picture. Raises Refused where the service would not take it."""
    try:
        with Image.open(path) as opened:
            kind = (opened.format or "").lower()
            facts = ImageFacts(kind, opened.width, opened.height, path.stat().st_size)
            _refuse("image_url", check_image(facts))
            return ImageOps.exif_transpose(opened).convert("RGB")
    except (UnidentifiedImageError, SyntaxError) as failure:
        raise Refused("image_url is not a picture") from failure


def _container(path: Path) -> str:
    """mp4 or mov, by the file's first bytes. Raises Refused for anything else."""
    with path.open("rb") as opened:
        start = opened.read(12)
    if start[4:8] not in _FIRST_BOXES:
        raise Refused("video_url is not an MP4 or MOV file")
    return "mp4" if start[4:8] == b"ftyp" and start[8:12] != _MOV_BRAND else "mov"


def _clip_facts(clip: av.container.InputContainer, path: Path, container: str) -> VideoFacts:
    if not clip.streams.video:
        raise Refused("video_url has no video stream")
    stream = clip.streams.video[0]
    if stream.duration is not None and stream.time_base is not None:
        duration_s = float(stream.duration * stream.time_base)
    else:
        duration_s = (clip.duration or 0) / av.time_base
    fps = float(stream.average_rate or stream.guessed_rate or DEFAULT_FPS)
    return VideoFacts(
        container=container,
        codec=stream.codec_context.name,
        width_px=stream.width,
        height_px=stream.height,
        size_bytes=path.stat().st_size,
        duration_s=duration_s,
        fps=min(fps, MAX_FPS) if fps >= 1 else DEFAULT_FPS,
        has_sound=bool(clip.streams.audio),
    )


class _Film:
    """Writes the result frame by frame while the clip is read."""

    def __init__(
        self,
        clip: av.container.InputContainer,
        facts: VideoFacts,
        moving: MovingPicture,
        parent: int,
    ) -> None:
        self._clip = clip
        self._facts = facts
        self._moving = moving
        self._parent = parent
        self._fps = Fraction(facts.fps).limit_denominator(1001)
        self._sway = Sway()
        self._frames_written = 0
        self._samples_written = 0

    def write(self, path: Path, *, keep_sound: bool) -> float:
        """Make the file; its length in seconds."""
        frame_count = max(1, round(self._facts.duration_s * self._fps))
        duration_s = float(frame_count / self._fps)
        # Faststart: the index in front, so that a player can begin before the end has come.
        with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}) as film:
            self._film = film
            self._video = self._add_video()
            wanted = [self._clip.streams.video[0]]
            self._sound: av.AudioStream | None = None
            if keep_sound and self._clip.streams.audio:
                self._sound = film.add_stream("aac", rate=SOUND_RATE, layout="stereo")
                self._resampler = av.AudioResampler("fltp", "stereo", SOUND_RATE)
            self._read(wanted, frame_count, round(duration_s * SOUND_RATE))
            for stream in (self._video, self._sound):
                if stream is not None:
                    film.mux(stream.encode(None))
        return duration_s

    def _add_video(self) -> av.VideoStream:
        stream = self._film.add_stream("libx264", rate=self._fps)
        stream.width, stream.height = self._moving.size
        stream.pix_fmt = "yuv420p"
        stream.options = {"preset": "ultrafast", "crf": "23", "threads": "1"}
        return stream

    def _read(self, wanted: list[Any], frame_count: int, sample_count: int) -> None:
        if self._sound is not None:
            wanted = [*wanted, self._clip.streams.audio[0]]
        first_s: float | None = None
        for frame in _decode(self._clip, wanted):
            if isinstance(frame, av.AudioFrame):
                self._add_sound(frame, sample_count)
                continue
            if frame.time is not None:
                first_s = frame.time if first_s is None else first_s
                self._fill(min(frame_count, round((frame.time - first_s) * self._fps)))
            self._sway.see(frame)
            if self._frames_written < frame_count and frame.time is None:
                self._fill(self._frames_written + 1)
        if first_s is None and self._frames_written == 0:
            raise Refused("video_url could not be decoded")
        self._fill(frame_count)

    def _fill(self, frame_count: int) -> None:
        """Write frames as the picture stands now, until there are ``frame_count``."""
        while self._frames_written < frame_count:
            self._stop_if_orphaned()
            frame = self._moving.frame(self._sway)
            frame.pts = self._frames_written
            frame.time_base = 1 / self._fps
            self._film.mux(self._video.encode(frame))
            self._frames_written += 1

    def _add_sound(self, frame: av.AudioFrame, sample_count: int) -> None:
        if self._sound is None or self._samples_written >= sample_count:
            return
        frame.pts = None  # counted from 0 by the encoder
        try:
            pieces = self._resampler.resample(frame)
        except (FFmpegError, ValueError):
            return  # the sound changed its shape in the middle
        for piece in pieces:
            piece.pts = self._samples_written
            piece.time_base = Fraction(1, SOUND_RATE)
            self._samples_written += piece.samples
            self._film.mux(self._sound.encode(piece))

    def _stop_if_orphaned(self) -> None:
        # Killed without a goodbye, the sandbox leaves this process behind; it ends by itself.
        if hasattr(os, "getppid") and os.name == "posix" and os.getppid() != self._parent:
            raise SystemExit(1)


def _decode(clip: av.container.InputContainer, wanted: list[Any]) -> Iterator[Any]:
    """The frames of the wanted streams; damaged packets are skipped."""
    packets = clip.demux(wanted)
    while True:
        try:
            packet = next(packets, None)
        except FFmpegError:
            return  # the end is missing: the last frame stays
        if packet is None:
            return
        try:
            yield from packet.decode()
        except FFmpegError:
            continue


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
