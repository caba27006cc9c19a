"""The media helper: conversion beside the ffmpeg command line, the strip, the motion doctor.

What is converted is MPEG-4 part 2 at 1080p: as large as the service takes it, so it is decoded and
encoded and nothing else. Pictures only; a fresh cache and a fresh helper for each conversion.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from statistics import median
from types import SimpleNamespace

from figures import LIMIT_S, Row, spread

from kling_desktop.engine.intake import STRIP_COUNT, STRIP_HEIGHT_PX
from kling_desktop.media.confine import LONG_NICENESS
from kling_desktop.media.helper import ClipPlan, MediaHelper

FPS = 30
LARGE, SMALL = (1920, 1080), (1280, 720)
CONVERTED_S, EXAMINED_S, LONG_S = 30, 30, 300
DRAWN_S = 5  # of which the longer clips are made by copying packets
CONVERSION_AIM, STRIP_AIM_S = 1.25, 1.0
NOISE = "alls=6:allf=t"  # as a camera's: without it an encoder has nothing to do
SOURCE_BITS_S = 10_000_000  # usual for 1080p


def measure(rounds: int) -> list[Row]:
    """A third of the rounds, two by default: a conversion takes long."""
    rounds = max(1, rounds // 3)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        return [
            _conversion(folder, rounds),
            _strip(folder, rounds),
            _examination(folder, rounds),
        ]


def _conversion(folder: Path, rounds: int) -> Row:
    source = make_clip(folder / "source.mp4", "mpeg4", LARGE, CONVERTED_S)
    what = f"conversion of {CONVERTED_S} s 1080p to H.264"
    aim = f"≤ {CONVERSION_AIM}"
    ffmpeg = shutil.which("ffmpeg")
    ours, theirs, sizes = [], [], []
    for number in range(rounds):
        cost_s, made = _convert(source, folder / f"cache-{number}")
        ours.append(cost_s)
        if ffmpeg is not None:
            target = folder / f"theirs-{number}.mp4"
            theirs.append(_timed(lambda t=target: _run(_command(ffmpeg, source, t))))
            sizes.append((made, target.stat().st_size))
    if not theirs:
        print("no ffmpeg here: the conversion has nothing beside it", file=sys.stderr)
        return Row(what, spread(ours, "s", digits=1), "no ffmpeg here", None, aim)
    print("bytes made, ours and ffmpeg's:", sizes, file=sys.stderr)
    ratio = median(a / b for a, b in zip(ours, theirs, strict=True))
    shown = [spread(times, "s", digits=1) for times in (ours, theirs)]
    return Row(what, shown[0], f"ffmpeg {shown[1]}", ratio, aim)


def _convert(source: Path, cache: Path) -> tuple[float, int]:
    """Seconds and bytes of ``fit_clip``, with the start of the helper."""
    begun = time.perf_counter()
    with MediaHelper(cache) as helper:
        fitted = helper.fit_clip(str(source), ClipPlan())
        cost_s = time.perf_counter() - begun
    if not fitted.reencoded or (fitted.facts.width_px, fitted.facts.height_px) != LARGE:
        raise SystemExit(f"not the conversion that was to be measured: {fitted}")
    return cost_s, fitted.facts.size_bytes


def _command(ffmpeg: str, source: Path, target: Path) -> list[str]:
    """ffmpeg with the settings of ``clip_encode``."""
    # Here, not above: these modules bring the decoder, which the other parts do without.
    from kling_desktop.media import clip_encode
    from kling_desktop.media.clips import many_threads

    threads = str(many_threads())
    work = SimpleNamespace(frame_count=CONVERTED_S * FPS, rate=Fraction(FPS))
    bounds = [part for k, v in clip_encode._bounds(work).items() for part in (f"-{k}", v)]
    encoder = ["-preset", clip_encode.X264_PRESET, "-crf", clip_encode.X264_QUALITY, *bounds]
    around = [part for k, v in clip_encode.MP4_OPTIONS.items() for part in (f"-{k}", v)]
    return [
        *(ffmpeg, "-v", "error", "-nostdin", "-y", "-threads", threads, "-i", str(source)),
        *("-map_metadata", "-1", "-an", "-c:v", "libx264", *encoder, "-threads", threads),
        *("-pix_fmt", clip_encode.TARGET_PIXELS, *around, str(target)),
    ]


def _run(command: list[str]) -> None:
    """As the helper's child for long work, which gives way to the window."""
    subprocess.run(["nice", "-n", str(LONG_NICENESS), *command], check=True, timeout=LIMIT_S)


def _strip(folder: Path, rounds: int) -> Row:
    """Until each place has its first picture; the helper runs, as after the look at the file."""
    clip = make_clip(folder / "long.mp4", "libx264", LARGE, LONG_S)
    visible, whole = [], []
    for number in range(rounds):
        with MediaHelper(folder / f"strips-{number}") as helper:
            helper.probe_video(str(clip))
            first: dict[int, float] = {}
            begun = time.perf_counter()
            helper.strip(
                str(clip),
                count=STRIP_COUNT,
                height_px=STRIP_HEIGHT_PX,
                on_thumbnail=lambda n, _, f=first: f.setdefault(n, time.perf_counter()),
            )
            whole.append(time.perf_counter() - begun)
        if len(first) != STRIP_COUNT:
            raise SystemExit(f"the strip has {len(first)} of {STRIP_COUNT} pictures")
        visible.append(max(first.values()) - begun)
    return Row(
        f"strip of a {LONG_S // 60} min 1080p clip, all {STRIP_COUNT} places visible",
        spread(visible, "s", digits=2),
        f"final {spread(whole, 's', digits=2)}",
        None,
        f"≤ {STRIP_AIM_S:.0f} s",
    )


def _examination(folder: Path, rounds: int) -> Row:
    clip = make_clip(folder / "examined.mp4", "libx264", SMALL, EXAMINED_S)
    costs = []
    for number in range(rounds):
        with MediaHelper(folder / f"examined-{number}") as helper:
            costs.append(_timed(lambda h=helper: h.examine_clip(str(clip))))
    return Row(
        f"examination of {EXAMINED_S} s 720p",
        spread(costs, "s", digits=1),
        f"its length {EXAMINED_S} s",
        median(costs) / EXAMINED_S,
    )


def _timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def make_clip(path: Path, codec: str, size: tuple[int, int], length_s: int) -> Path:
    """Moving shapes with a camera's noise: a few seconds drawn, the rest the same packets again."""
    import av

    drawn = path.with_name(f"drawn-{path.name}")
    _draw(drawn, codec, size)
    with av.open(os.fspath(path), "w") as out, av.open(os.fspath(drawn)) as source:
        stream = source.streams.video[0]
        copied = out.add_stream_from_template(stream)
        loop = round(DRAWN_S / stream.time_base)
        for turn in range(length_s // DRAWN_S):
            source.seek(0)
            for packet in source.demux(stream):
                if packet.size:
                    packet.pts, packet.dts = packet.pts + turn * loop, packet.dts + turn * loop
                    packet.stream = copied
                    out.mux(packet)
    drawn.unlink()
    return path


def _draw(path: Path, codec: str, size: tuple[int, int]) -> None:
    import av
    from av.filter import Graph

    graph = Graph()
    shapes = graph.add("testsrc2", f"s={size[0]}x{size[1]}:r={FPS}:d={DRAWN_S}")
    noise, pixels = graph.add("noise", NOISE), graph.add("format", "yuv420p")
    sink = graph.add("buffersink")
    for one, following in ((shapes, noise), (noise, pixels), (pixels, sink)):
        one.link_to(following)
    graph.configure()
    options = {"preset": "ultrafast"} if codec == "libx264" else {}
    with av.open(os.fspath(path), "w") as out:
        stream = out.add_stream(codec, rate=FPS, options=options)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        stream.bit_rate = SOURCE_BITS_S
        for number in range(FPS * DRAWN_S):
            frame = sink.pull()
            frame.pts, frame.time_base, frame.pict_type = number, Fraction(1, FPS), 0
            out.mux(stream.encode(frame))
        out.mux(stream.encode())
