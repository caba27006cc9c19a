"""Everything about a clip that decides what has to be done to it. Worker side."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from av.audio.stream import AudioStream
from av.stream import Disposition
from av.video.frame import VideoFrame
from PIL import Image

from kling_desktop.motion.facts import VideoFacts

from .clip_alpha import has_alpha_beside
from .clip_colors import is_hdr, is_wide, shines_through
from .clip_sight import shown_size
from .clips import Clip, open_clip
from .files import open_file
from .frames import WIDEST_SAMPLE, turn_of
from .personal import Telling, Units, telling_of
from .scan import NO_TIMES, SCAN_LIMIT_S, Scan
from .sight_boxes import Edges
from .videos import facts_of, scanned

PLAIN_PIXELS = frozenset({"yuv420p", "yuvj420p"})  # 8 bit, 4:2:0: what every player decodes
# Rates that cameras and editors mean; what is measured lies a rounding beside them.
_USUAL_RATES = (
    *(Fraction(n * 1000, 1001) for n in (24, 30, 60, 120, 240)),
    *(Fraction(n) for n in (10, 12, 15, 20, 24, 25, 30, 48, 50, 60, 90, 100, 120, 144, 240)),
)
_RATE_TOLERANCE = 0.0005  # 29.97 and 30 lie twice as far apart
_COARSE_TOLERANCE = 0.025  # time stamps in milliseconds make 17 of 16.67
_RATE_DENOMINATOR_MAX = 1001
_SLOWEST, _FASTEST = Fraction(1, 10), Fraction(1000)  # beyond these the header is broken
_FALLBACK_RATE = Fraction(30)
_TOLD_BY_PACKETS = frozenset({"mpegts", "mpeg"})  # their head says of sound that it is there
LATE_SOUND = "late"  # what can't be copied, for its head is not known when the copy begins


@dataclass(frozen=True, slots=True)
class ClipLook:
    """A clip as it was scanned. ``order`` is empty where its end was not reached in time."""

    facts: VideoFacts
    pixels: str  # FFmpeg's word: yuv420p …
    coded_size: tuple[int, int]  # of all that is stored
    edges: Edges  # of it, not shown
    sample_aspect: Fraction
    turn: tuple[int, Image.Transpose | None]
    hdr: bool
    wide: bool  # its numbers mean other colours than those of BT.709 or BT.601
    see_through: bool
    interlaced: bool
    begin_s: float  # time stamp of the first frame that is shown
    rate: Fraction  # of its frames; of most of them where it varies
    stamps: tuple[int, ...]  # of the frames in showing order, in the stream's ticks
    order: tuple[tuple[int, bool], ...]  # as stored: (stamp, whether decoding may begin there)
    begins_inside: bool  # its first frames build on what is not there, and are left out
    read_through: bool  # its times are true only where it is read from the beginning
    other_pictures: bool  # a player may show another track than the one that is looked at
    before_s: float  # how long something else is there before the first frame …
    behind_s: float  # … and goes on behind the last one
    false_starts: int  # packets whose key flags promise too much
    hidden: int  # packets that an edit list cuts off
    time_base: Fraction
    audio_codec: str | None  # or LATE_SOUND
    telling: Telling

    @property
    def upright_size(self) -> tuple[int, int]:
        """The sides that are shown, turned upright; pixels may not be square."""
        width_px, height_px = shown_size(self.coded_size, self.edges)
        return (height_px, width_px) if self.turn[0] in (90, 270) else (width_px, height_px)

    @property
    def upright_aspect(self) -> Fraction:
        """Width : height of a pixel once upright."""
        turned = self.turn[0] in (90, 270)
        return 1 / self.sample_aspect if turned else self.sample_aspect


def look_at(path: str, limit_s: float = SCAN_LIMIT_S, *, whole: bool = True) -> ClipLook:
    """Reads packets for up to ``limit_s``, decodes one frame. Raises MediaError.

    Not ``whole``: its end may be missing.
    """
    with open_clip(path) as clip, open_file(path) as file:
        units = Units(clip)
        scan, first_frame = scanned(clip, limit_s, units.see, whole=whole)
        return _look(clip, scan, first_frame, telling_of(clip, file, scan, units))


def sound_of(clip: Clip) -> AudioStream | None:
    """The default sound track, else the first, of those that can be decoded.

    Of one that is said to be there and begins late the rate is not known yet: rather another one.
    """
    tracks = [s for s in clip.container.streams.audio if s.codec_context is not None]
    if clip.container_name not in _TOLD_BY_PACKETS:
        tracks = [s for s in tracks if s.codec_context.sample_rate]
    tracks.sort(  # stable: the first stays
        key=lambda s: (not s.codec_context.sample_rate, not s.disposition & Disposition.default)
    )
    return tracks[0] if tracks else None


def _codec_of(sound: AudioStream | None) -> str | None:
    if sound is None:
        return None
    late = not sound.codec_context.sample_rate
    return LATE_SOUND if late else sound.codec_context.codec.canonical_name


def _look(clip: Clip, scan: Scan, first_frame: VideoFrame, telling: Telling) -> ClipLook:
    stamps = tuple(scan.stamps)
    base = clip.stream.time_base or Fraction(1, 1000)
    sound = sound_of(clip)
    return ClipLook(
        facts=facts_of(clip, scan, first_frame),
        pixels=first_frame.format.name,
        coded_size=(first_frame.width, first_frame.height),
        sample_aspect=_sane_aspect(clip.stream.sample_aspect_ratio),
        edges=clip.sight.edges,
        turn=turn_of(first_frame, clip.sight),
        hdr=is_hdr(first_frame),
        wide=is_wide(first_frame),
        see_through=shines_through(first_frame) or has_alpha_beside(clip.stream),
        interlaced=first_frame.interlaced_frame,
        begin_s=float(stamps[0] * base) if stamps else clip.starts_at_s,
        rate=_rate(clip, scan),
        stamps=stamps,
        order=tuple(scan.order) if scan.complete else (),
        begins_inside=scan.begins_inside,
        read_through=scan.restarts > 0 or clip.container_name in NO_TIMES,
        other_pictures=clip.other_pictures,
        before_s=scan.before_s,
        behind_s=scan.behind_s,
        false_starts=scan.false_starts,
        hidden=scan.hidden,
        time_base=base,
        audio_codec=_codec_of(sound),
        telling=telling,
    )


def _sane_aspect(aspect: Fraction | None) -> Fraction:
    if aspect and Fraction(1, WIDEST_SAMPLE) <= aspect <= WIDEST_SAMPLE:
        return aspect
    return Fraction(1)


def _rate(clip: Clip, scan: Scan) -> Fraction:
    """The rate that was meant: as said where the packets agree, else the usual one near it."""
    times = scan.times
    measured = times.steady_fps or float(clip.stream.average_rate or _FALLBACK_RATE)
    for meant in (clip.stream.average_rate, clip.stream.guessed_rate, *_USUAL_RATES):
        if meant and abs(float(meant) / measured - 1) < _RATE_TOLERANCE:
            return meant
    rough = min(_USUAL_RATES, key=lambda one: abs(float(one) / measured - 1))
    coarse = times.variable or clip.container_name in ("flv", "matroska", "webm", "mpegts")
    if coarse and abs(float(rough) / measured - 1) < _COARSE_TOLERANCE:
        return rough
    plain = Fraction(measured).limit_denominator(_RATE_DENOMINATOR_MAX)
    return min(max(plain, _SLOWEST), _FASTEST)
