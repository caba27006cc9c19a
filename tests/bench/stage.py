"""The Stage: seek to picture, and the share of frames shown in time in each compare mode.

1080p at 60 fps, the result beside a reference of the same size, drawn in software.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from statistics import median

from figures import Row, child

FPS, SECONDS = 60, 8
WIDTH, HEIGHT = 1920, 1080
STAGE_SIZE = (676, 610)  # of the Stage in a window of 1280 by 800
SEEKS = 25
PLAY_S = 6.0
WAIT_S = 20.0  # only reached when something is broken
SEEK_STEP = 37  # frames, wrapping: no seek is near the one before
BLOCK_PX = 64


def measure(rounds: int) -> list[Row]:
    """One child for each round, so that every round begins cold."""
    with tempfile.TemporaryDirectory() as folder:
        clips = [Path(folder) / f"{name}.mp4" for name in ("result", "reference")]
        for clip in clips:
            _make(clip)
        runs = [json.loads(child("stage.py", *clips)) for _ in range(max(1, rounds // 3))]
    seeks = [cost for run in runs for cost in run["seeks_ms"]]
    rows = [
        Row(
            "seek to picture, 1080p60, median and worst",
            f"{median(seeks):.0f} ms, {max(seeks):.0f} ms",
        )
    ]
    for mode in runs[0]["shares"]:
        shares = [run["shares"][mode] for run in runs]
        strides = max(run["strides"][mode] for run in runs)
        said = "" if strides == 1 else f"every {strides}. frame, said"
        rows.append(Row(f"frames in time, {mode}", f"{100 * median(shares):.0f} %", said))
    return rows


def _make(path: Path) -> None:
    """Moving blocks, so that the decoder has something to do."""
    import av
    from av.video.frame import VideoFrame

    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=FPS)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.options = {"preset": "ultrafast", "g": "60"}
        for number in range(FPS * SECONDS):
            frame = VideoFrame(WIDTH, HEIGHT, "yuv420p")
            for plane in frame.planes:
                line = bytes(
                    (x + number * 4) // BLOCK_PX * 37 & 255 for x in range(plane.line_size)
                )
                plane.update(line * plane.height)
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


def _run(result: str, reference: str) -> dict[str, object]:
    from PySide6.QtWidgets import QApplication

    from kling_desktop.ui.stage.compare_mode import CompareMode
    from kling_desktop.ui.stage.item import StageItem
    from kling_desktop.ui.stage.panel import StagePanel

    app = QApplication([])
    panel = StagePanel()
    panel.resize(*STAGE_SIZE)
    panel.show()
    panel.set_loop(True)
    shares, strides = {}, {}
    panel.show_item(StageItem("job", "a × b", result, reference, "Pro", None, False))
    _wait(app, lambda: panel.frame_shown is not None)
    seeks = [_seek_ms(app, panel, number * SEEK_STEP % (FPS * SECONDS)) for number in range(SEEKS)]
    for mode in CompareMode:
        panel.set_compare_mode(mode)
        _wait(app, lambda m=mode: panel.reference_frame_shown is not None or not m.shows_both)
        shares[mode.value], strides[mode.value] = _play(app, panel)
    panel.show_item(None)
    return {"seeks_ms": seeks, "shares": shares, "strides": strides}


def _seek_ms(app: object, panel: object, number: int) -> float:
    """From the wish to the painted picture."""
    painted: list[int] = []
    canvas = panel._player.canvas
    note = lambda: painted.append(panel._playback.frame_number)  # noqa: E731 # disconnected below
    canvas.painted.connect(note)
    begun = time.perf_counter()
    panel.seek(number * 1000 / FPS)
    _wait(app, lambda: number in painted or not number)
    cost = (time.perf_counter() - begun) * 1000
    canvas.painted.disconnect(note)
    return cost


def _play(app: object, panel: object) -> tuple[float, int]:
    """Share of the frames that were due, and the largest stride that had to be taken."""
    pace, worst = panel._playback.pace, 1
    pace.shown = pace.due = 0
    panel.play_pause()
    until = time.monotonic() + PLAY_S
    while time.monotonic() < until:
        app.processEvents()
        time.sleep(0.0005)
        worst = max(worst, pace.stride)
    panel.pause()
    return (pace.shown / pace.due if pace.due else 0.0), worst


def _wait(app: object, ready: Callable[[], bool]) -> None:
    until = time.monotonic() + WAIT_S
    while not ready():
        if time.monotonic() > until:
            raise SystemExit("the Stage did not answer")
        app.processEvents()
        time.sleep(0.0005)


if __name__ == "__main__":
    print(json.dumps(_run(*sys.argv[1:3])))
