"""The part of a clip that will be sent, decoded once: is it whole, and what does it show?

What only decoding tells stands here: where it is damaged, whether its kind changes on the way, and
the motion doctor's report, which reads the same frames. Worker side.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from av.packet import Packet
from av.video.frame import VideoFrame

from kling_desktop.motion.reading import JSON_MAX_BYTES, Amount, Count, Unreadable, parsed, read
from kling_desktop.plain_file import read_plain

from .cache import Cache
from .clip_frames import timed_frames
from .clip_look import ClipLook, look_at, sound_of
from .clip_report import ClipReport
from .clip_work import HALF_TICK_S, Part, part_of
from .clips import DECODER_THREADS, many_threads, open_clip
from .doctor import MOST_FRAMES, SHARP_FOR_S, report_of
from .errors import MediaCode, MediaError
from .files import content_key, mark_of
from .fitted import ClipPlan
from .glance import Glance, glance
from .progress import Progress
from .sound_decoder import SoundDecoder

# Pictures that lack for less are concealed by every decoder, and seen by nobody.
DAMAGE_LEAST_S = 0.25
_VERSION = 4  # raise it when something else is looked for
_ROOM = "fitted"


@dataclass(frozen=True, slots=True)
class Span:
    begin_s: Amount
    end_s: Amount


@dataclass(frozen=True, slots=True)
class Survey:
    """All times are seconds from the clip's first frame."""

    clean: bool  # nothing is damaged, there or close behind
    damage: tuple[Span, ...]  # where pictures lack, or build on one that lacks
    interlaced: bool  # some of it
    sizes: Count  # how many it has
    sound_kinds: Count
    report: ClipReport


def survey(
    path: str,
    look: ClipLook,
    part: Part,
    cache: Cache,
    progress: Progress,
) -> Survey:
    """From the cache where this very part was decoded before. Raises MediaError."""
    changed = mark_of(path).changed_ns  # which nobody sets back, as they may the other time
    key = content_key(path, "survey", _VERSION, part.first, part.last, changed)
    target = cache.entry(_ROOM, f"{key}.survey")
    try:
        kept = read(Survey, parsed(read_plain(target, JSON_MAX_BYTES)))
    except (OSError, ValueError, Unreadable):
        kept = None
    if kept is not None:
        cache.touch(target)
        return kept
    made = _Decoding(path, look, part, progress, many_threads()).run()
    if not made.clean:
        made = _Decoding(path, look, part, progress, DECODER_THREADS).run()
    cache.write(target, json.dumps(asdict(made)).encode("ascii"))
    return made


def examine(
    path: str, start_s: float | None, end_s: float | None, cache: Cache, progress: Progress
) -> ClipReport:
    """The motion doctor's report, of what can be decoded. Raises MediaError."""
    look = look_at(path)
    part = part_of(look, ClipPlan(start_s=start_s, end_s=end_s))
    return survey(path, look, part, cache, progress).report


def check_whole(path: str, part: Part, found: Survey) -> None:
    """Raises MediaError where what will be sent is damaged, with the longest part that is not."""
    if not found.damage:
        return
    bounds = [part.begin_s]
    for span in found.damage:
        bounds += [span.begin_s, span.end_s]
    bounds.append(part.end_s)
    whole = max(zip(bounds[::2], bounds[1::2], strict=True), key=lambda s: s[1] - s[0])
    at_s = found.damage[0].begin_s
    raise MediaError(MediaCode.DAMAGED, path, f"from {at_s:.3f} s on", at_s=at_s, whole_s=whole)


class _Decoding:
    """One run through the part."""

    def __init__(
        self, path: str, look: ClipLook, part: Part, progress: Progress, threads: int
    ) -> None:
        self._path, self._look, self._part, self._progress = path, look, part, progress
        self._threads = threads
        self._seen: list[Glance] = []
        self._good_s: list[float] = []  # when whole frames are shown
        self._lost: set[int] = set()  # stamps of packets that could not be decoded
        self._broken = False  # until the next frame that stands alone
        self._interlaced = False
        self._sizes: set[tuple[int, int]] = set()
        self._sound: SoundDecoder | None = None
        self._sounds: set[tuple[object, ...]] = set()

    def run(self) -> Survey:
        """Raises MediaError."""
        begin_s, end_s = self._part.begin_s, self._part.end_s
        length_s = max(end_s - begin_s, HALF_TICK_S)
        with open_clip(self._path, self._threads) as clip:
            track = sound_of(clip)
            self._sound = SoundDecoder(track) if track is not None else None
            frames = timed_frames(clip, self._look, begin_s, track, self._hear, self._lose)
            for at_s, frame in frames:
                if at_s >= end_s - HALF_TICK_S or len(self._seen) >= MOST_FRAMES:
                    break
                if at_s < begin_s - HALF_TICK_S:
                    self._judge(frame)
                    self._progress.tell(0.0)
                    continue
                self._take(at_s, frame)
                self._progress.tell((at_s - begin_s) / length_s)
        if not self._seen:
            nothing = (begin_s, begin_s)
            raise MediaError(
                MediaCode.DAMAGED, self._path, "no frame", at_s=begin_s, whole_s=nothing
            )
        return Survey(
            clean=self._is_clean,
            damage=tuple(self._damage()),
            interlaced=self._interlaced,
            sizes=len(self._sizes),
            sound_kinds=len(self._sounds),
            report=report_of(self._seen, self._part, float(self._look.rate)),
        )

    @property
    def _is_clean(self) -> bool:
        """Else, with many threads, what was damaged took whole frames along."""
        whole = len(self._good_s) == len(self._seen)
        return whole and not self._lost and not self._broken and not any(self._damage())

    def _hear(self, packet: Packet[Any]) -> None:
        """Damaged sound becomes silence; that its kind changes no copy can tell."""
        if self._sound is None:
            return
        for frame in self._sound.decode(packet):
            self._sounds.add((self._sound.codec, frame.sample_rate, frame.layout.name))

    def _lose(self, packet: Packet[Any]) -> None:
        """With it all that is stored behind it is lost, up to where decoding may begin."""
        stamp = packet.pts if packet.pts is not None else packet.dts
        if stamp is None:
            return
        self._lost.add(stamp)
        stored = self._look.order
        at = next((n for n, (one, _) in enumerate(stored) if one == stamp), len(stored))
        for one, is_start in stored[at + 1 :]:
            if is_start:
                break
            self._lost.add(one)

    def _judge(self, frame: VideoFrame) -> bool:
        """Whether it is whole, and builds on whole ones as far as that can be told."""
        if frame.is_corrupt:
            self._broken = True
        elif frame.key_frame:
            self._broken = False
        return not self._broken and frame.pts not in self._lost

    def _take(self, at_s: float, frame: VideoFrame) -> None:
        if self._judge(frame):
            self._good_s.append(at_s)
        self._interlaced = self._interlaced or frame.interlaced_frame
        self._sizes.add((frame.width, frame.height))
        sharp = at_s - self._part.begin_s < SHARP_FOR_S
        self._seen.append(glance(frame, at_s, sharp=sharp))

    def _damage(self) -> Iterator[Span]:
        """Where frames are stored and none is shown."""
        stored_s = self._stored_s()
        end_s = self._part.end_s
        begin_s = self._part.begin_s - HALF_TICK_S
        for at_s in [*sorted(self._good_s), end_s]:
            until_s = at_s - HALF_TICK_S
            lacking = [s for s in stored_s if begin_s + HALF_TICK_S < s < until_s]
            if lacking and at_s - lacking[0] > DAMAGE_LEAST_S:
                yield Span(max(0.0, lacking[0]), at_s)
            begin_s = at_s

    def _stored_s(self) -> list[float]:
        """When frames should be shown, in seconds from the first."""
        look, part = self._look, self._part
        if not look.stamps:
            step_s = float(1 / look.rate)
            count = round((part.end_s - part.begin_s) / step_s)
            return [part.begin_s + n * step_s for n in range(count)]
        stamps = look.stamps[part.first : part.last]
        return [float((stamp - look.stamps[0]) * look.time_base) for stamp in stamps]
