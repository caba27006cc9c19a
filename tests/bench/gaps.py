"""The longest gap of the window's event loop while two jobs upload, poll and download."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from figures import LIMIT_S, Row, child, make_inputs, spread

if TYPE_CHECKING:
    from kling_desktop.engine.engine import Engine

TICK_MS = 5
PADDING_BYTES = 60_000_000  # makes the clip large: the upload lasts
SETTLE_S = 2.0  # the window has opened, its engine too
JOBS = 2
LOOK_S = 0.2
AIM_S = 0.05


def measure(rounds: int) -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        image, video = make_inputs(Path(folder))
        pad(video)
        idle: list[float] = []
        busy: list[float] = []
        shares: list[float] = []
        during: set[str] = set()
        for _ in range(max(1, rounds // 2)):
            *figures, what = child("gaps.py", image, video).split()
            quiet_s, longest_s, over_50 = map(float, figures)
            idle.append(quiet_s)
            busy.append(longest_s)
            shares.append(over_50)
            during.add(what)
    when = ", ".join(sorted(during))
    return [
        Row(
            "longest gap of the loop, two jobs",
            spread(busy, "ms", 1000),
            f"idle {spread(idle, 'ms', 1000)}",
            None,
            "< 50 ms",
        ),
        Row("gaps over 50 ms in a run", spread(shares, "times"), f"longest while {when}", aim="0"),
    ]


def pad(video: Path) -> None:
    """A box that says "free" behind the clip: large, and still a whole MP4."""
    with video.open("ab") as out:
        out.write(PADDING_BYTES.to_bytes(4, "big") + b"free")
        out.write(os.urandom(1000) * ((PADDING_BYTES - 8) // 1000))
        out.write(b"\0" * ((PADDING_BYTES - 8) % 1000))


def another(video: str) -> str:
    """The same clip with other bytes, so that it is uploaded, too."""
    second = Path(video).with_name("second.mp4")
    second.write_bytes(Path(video).read_bytes() + (8).to_bytes(4, "big") + b"free")
    return str(second)


def serve(data_dir: str) -> subprocess.Popen[str]:
    """The sandbox in a process of its own, as the real service is."""
    command = [sys.executable, "-m", "kling_desktop", "sandbox", "--data-dir", data_dir]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def run(image: str, video: str) -> None:
    folder = tempfile.mkdtemp()
    server = serve(f"{folder}/server")
    try:
        assert server.stdout is not None
        for _ in range(4):
            name, _, value = server.stdout.readline().strip().partition("=")
            os.environ[name] = value
        watch_window(Path(folder) / "data", image, video)
    finally:
        server.terminate()
        server.wait()
        shutil.rmtree(folder, ignore_errors=True)


def watch_window(data_dir: Path, image: str, video: str) -> None:
    from PySide6.QtCore import Qt, QTimer

    from kling_desktop.app import WINDOW_LOCK, Program
    from kling_desktop.engine.home import ACCOUNT, Home
    from kling_desktop.store.lock import FolderLock
    from kling_desktop.ui.loop import application, run

    application()
    home = Home(data_dir)
    home.paths.profile(ACCOUNT).create()
    program = Program(home, FolderLock(home.paths.root / WINDOW_LOCK))
    second = another(video)
    gaps: list[tuple[float, str]] = []  # seconds, and what the jobs did meanwhile
    last = time.monotonic()

    def tick() -> None:
        nonlocal last
        now = time.monotonic()
        jobs = program._engine.book.all() if program._engine is not None else []
        gaps.append((now - last, "+".join(job.state.value for job in jobs) or "nothing"))
        last = now

    timer = QTimer(interval=TICK_MS, timerType=Qt.TimerType.PreciseTimer)
    timer.timeout.connect(tick)

    async def main() -> int:
        timer.start()
        window = asyncio.ensure_future(program.main(ACCOUNT))
        await until(lambda: program._assembly.desk.engine is not None)
        await asyncio.sleep(SETTLE_S)
        gaps.clear()
        await asyncio.sleep(SETTLE_S)
        idle_s, _ = max(gaps)
        gaps.clear()
        assert program._engine is not None
        await two_jobs(program._engine, image, (video, second))
        timer.stop()
        longest_s, what = max(gaps)
        long = sum(gap > AIM_S for gap, _ in gaps)
        print(idle_s, longest_s, long, what, flush=True)
        program._assembly.window.close()
        return await window

    run(main)


async def until(reached: Callable[[], bool]) -> None:
    """Looks seldom, so that looking is no load of its own."""
    for _ in range(int(LIMIT_S / LOOK_S)):
        if reached():
            return
        await asyncio.sleep(LOOK_S)
    raise TimeoutError


async def two_jobs(engine: Engine, image: str, clips: tuple[str, str]) -> None:
    """Both to their saved files."""
    from kling_desktop.motion.job import JobState
    from kling_desktop.motion.request import MotionRequest, Source

    ids = []
    for clip in clips:
        request = MotionRequest(Source(path=image), Source(path=clip), prompt="[slow download]")
        ids.append((await engine.generate(request, None, None)).job_id)
    assert len(ids) == JOBS
    await until(lambda: all(engine.book.get(i).ended for i in ids))
    ends = [engine.book.get(i) for i in ids]
    assert [job.state for job in ends] == [JobState.DONE] * JOBS, ends


if __name__ == "__main__":
    run(sys.argv[1], sys.argv[2])
