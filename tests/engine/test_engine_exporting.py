"""Exports: whole files under names of their own, or nothing."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import av
import pytest
from PIL import Image
from support.media import make_clip
from support.waiting import PATIENCE_S

from kling_desktop.engine.exporting import (
    ClipExport,
    Exported,
    Exporter,
    ExportFailed,
    Exporting,
    ExportKind,
    ExportStopped,
    PairExport,
)
from kling_desktop.engine.work_files import WorkFiles
from kling_desktop.engine.workers import Workers
from kling_desktop.media.errors import MediaCode, MediaError
from kling_desktop.media.helper import MediaHelper

CLIP = ClipExport("a.mp4", ExportKind.GIF, 0.5, 2.0)
PAIR = PairExport("a.mp4", "b.mp4", ("Reference", "Result · Pro"), 3)


class Writer:
    """Writes what it was asked, in place of pictures; ``problem`` comes after the first bytes."""

    def __init__(self, problem: Exception | None = None) -> None:
        self.problem = problem
        self.seen: list[str] = []
        self.ends_early = False

    def _write(self, out: str, text: str, on_progress: Callable[[float], None]) -> bool:
        self.seen.append(Path(out).name)
        Path(out).write_text(text)
        on_progress(0.5)
        if self.problem is not None:
            raise self.problem
        on_progress(1.0)
        return self.ends_early

    def probe_image(self, path: str) -> None:
        with Image.open(path) as picture:
            picture.load()

    def export_clip(
        self,
        path: str,
        out: str,
        *,
        kind: str,
        start_s: float | None,
        end_s: float | None,
        on_progress: Callable[[float], None],
        stop: threading.Event,
    ) -> bool:
        return self._write(out, f"{path} {kind} {start_s} {end_s}", on_progress)

    def export_side_by_side(
        self,
        left: str,
        right: str,
        out: str,
        *,
        names: tuple[str, str],
        offset_frames: int,
        on_progress: Callable[[float], None],
        stop: threading.Event,
    ) -> bool:
        return self._write(out, f"{left} {right} {names} {offset_frames}", on_progress)


def run(work: Callable[[Workers], Awaitable[Path]]) -> Path:
    async def inside() -> Path:
        workers = Workers()
        try:
            return await work(workers)
        finally:
            await asyncio.sleep(0)  # progress that is still on its way
            workers.halt()
            await workers.close(1.0)

    return asyncio.run(inside())


def of(
    target: Path, media: Exporter, work: Callable[[Exporting], Awaitable[Exported | Path]]
) -> Path:
    async def done(workers: Workers) -> Path:
        made = await work(Exporting(workers, media, files))
        return made.path if isinstance(made, Exported) else made

    files = WorkFiles(target.parent.parent / "begun")
    return run(done)


def export(writer: Writer, target: Path, shares: list[float] | None = None) -> Path:
    on_share = (shares if shares is not None else []).append
    stop = threading.Event()
    return of(target, writer, lambda one: one.clip(CLIP, target, on_share, stop))


def frame(target: Path, write: Callable[[str], bool]) -> Path:
    return of(target, Writer(), lambda one: one.frame(write, target))


@pytest.fixture
def tmp_path(tmp_path: Path) -> Path:
    """What is noted of the work files lies beside it."""
    folder = tmp_path / "saved"
    folder.mkdir()
    return folder


def test_a_clip_gets_its_name_when_it_is_whole(tmp_path: Path) -> None:
    writer, shares = Writer(), list[float]()
    path = export(writer, tmp_path / "dance.gif", shares)
    assert path == tmp_path / "dance.gif"
    assert path.read_text() == "a.mp4 gif 0.5 2.0"
    assert writer.seen != ["dance.gif"]
    assert [entry.name for entry in tmp_path.iterdir()] == ["dance.gif"]
    assert shares[-1] == 1.0


def test_a_taken_name_is_numbered_and_the_other_file_is_untouched(tmp_path: Path) -> None:
    (tmp_path / "dance.gif").write_text("mine")
    assert export(Writer(), tmp_path / "dance.gif").name == "dance (2).gif"
    assert export(Writer(), tmp_path / "dance.gif").name == "dance (3).gif"
    assert (tmp_path / "dance.gif").read_text() == "mine"


def test_the_comparison_carries_names_and_offset(tmp_path: Path) -> None:
    stop = threading.Event()
    target = tmp_path / "both.mp4"
    path = of(target, Writer(), lambda one: one.pair(PAIR, target, print, stop))
    assert path.read_text() == "a.mp4 b.mp4 ('Reference', 'Result · Pro') 3"


def test_only_the_part_of_the_reference_that_was_sent_is_compared(tmp_path: Path) -> None:
    wish = replace(PAIR, left_start_s=1.0, left_end_s=4.0)
    writer, stop, shares = Writer(), threading.Event(), list[float]()
    target = tmp_path / "both.mp4"
    path = of(target, writer, lambda one: one.pair(wish, target, shares.append, stop))
    assert path.read_text().startswith(str(tmp_path / writer.seen[0]))
    assert [entry.name for entry in tmp_path.iterdir()] == ["both.mp4"]
    assert shares[-1] == 1.0


@pytest.mark.parametrize(
    ("problem", "code"),
    [
        (MediaError(MediaCode.NO_ROOM, "a.mp4", "disk full"), "no_room"),
        (MediaError(MediaCode.HELPER_CRASHED, "a.mp4"), "helper_crashed"),
        (PermissionError(13, "Permission denied"), "unwritable"),
    ],
)
def test_a_failed_export_leaves_nothing_behind(
    tmp_path: Path, problem: Exception, code: str
) -> None:
    with pytest.raises(ExportFailed) as failed:
        export(Writer(problem), tmp_path / "dance.gif")
    assert failed.value.code == code
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("early", [False, True])
@pytest.mark.parametrize("part", [None, 0.5], ids=["all of it", "a part of the left one"])
def test_of_a_video_that_ends_early_it_is_said(
    tmp_path: Path, early: bool, part: float | None
) -> None:
    writer, target, stop = Writer(), tmp_path / "dance.gif", threading.Event()
    writer.ends_early = early

    async def both(one: Exporting) -> Path:
        pair = await one.pair(replace(PAIR, left_end_s=part), target, print, stop)
        clip = await one.clip(CLIP, target, print, stop)
        assert (pair.ends_early, clip.ends_early) == (early, early)
        return target

    of(target, writer, both)


def test_a_stopped_export_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(ExportStopped):
        export(Writer(MediaError(MediaCode.CANCELLED, "a.mp4")), tmp_path / "dance.gif")
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_gone_is_said(tmp_path: Path) -> None:
    with pytest.raises(ExportFailed) as failed:
        export(Writer(), tmp_path / "gone" / "dance.gif")
    assert failed.value.code == "unwritable"


def test_a_name_that_no_system_takes_is_made_safe(tmp_path: Path) -> None:
    path = export(Writer(), tmp_path / "who?: a*b.gif")
    assert path.is_file()
    assert not set('?:*"') & set(path.name)


def write_png(path: str) -> bool:
    Image.new("RGB", (8, 8)).save(path)
    return True


def test_a_frame_is_saved_beside_others(tmp_path: Path) -> None:
    (tmp_path / "frame.png").write_bytes(b"mine")
    assert frame(tmp_path / "frame.png", write_png).name == "frame (2).png"
    assert (tmp_path / "frame.png").read_bytes() == b"mine"


def test_a_frame_that_could_not_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(ExportFailed):
        frame(tmp_path / "frame.png", lambda _path: False)
    assert not list(tmp_path.iterdir())


def test_a_frame_that_does_not_open_is_not_called_saved(tmp_path: Path) -> None:
    """As a disk that swallows what it has no room for."""

    def write(path: str) -> bool:
        return Path(path).write_bytes(b"\x89PNG\r\n\x1a\n") > 0

    target = tmp_path / "frame.png"
    with MediaHelper(tmp_path.parent / "cache") as media, pytest.raises(ExportFailed) as failed:
        of(target, media, lambda one: one.frame(write, target))
    assert failed.value.code == "truncated"
    assert not list(tmp_path.iterdir())


class Together(Writer):
    """Both write their halves in turns."""

    def __init__(self) -> None:
        super().__init__()
        self._both = threading.Barrier(2, timeout=PATIENCE_S)

    def _write(self, out: str, text: str, on_progress: Callable[[float], None]) -> bool:
        self.seen.append(Path(out).name)
        with open(out, "x", encoding="utf-8") as file:
            for letter in text:
                self._both.wait()
                file.write(letter)
                file.flush()
        return False


def test_two_exports_at_once_under_one_name_are_two_whole_files(tmp_path: Path) -> None:
    writer, target = Together(), tmp_path / f"{'the same forty letters of a title' * 2}.gif"
    wishes = [replace(CLIP, path="a.mp4"), replace(CLIP, path="b.mp4")]

    async def both(one: Exporting) -> Path:
        stop = threading.Event()
        made = await asyncio.gather(*(one.clip(wish, target, print, stop) for wish in wishes))
        assert sorted(one.path.read_text() for one in made) == [
            "a.mp4 gif 0.5 2.0",
            "b.mp4 gif 0.5 2.0",
        ]
        return target

    of(target, writer, both)
    assert len(set(writer.seen)) == 2
    assert len(list(tmp_path.iterdir())) == 2


def test_an_export_that_is_stopped_while_it_is_put_in_place_is_not_saved(tmp_path: Path) -> None:
    target, stop = tmp_path / "dance.gif", threading.Event()

    def on_share(share: float) -> None:
        pass

    class Late(Writer):
        def _write(self, out: str, text: str, on_progress: Callable[[float], None]) -> bool:
            super()._write(out, text, on_progress)
            stop.set()

    with pytest.raises(ExportStopped):
        of(target, Late(), lambda one: one.clip(CLIP, target, on_share, stop))
    assert not list(tmp_path.iterdir())


def test_what_a_crash_left_is_removed_at_the_next_start_and_nothing_else(tmp_path: Path) -> None:
    """A helper of the crashed program is no more; its note is what tells of the file."""
    notes = tmp_path.parent / "begun"
    program = (
        "import os, sys; from pathlib import Path\n"
        "from kling_desktop.engine.work_files import WorkFiles\n"
        "with WorkFiles(Path(sys.argv[1])).beside(Path(sys.argv[2]), '.gif') as part:\n"
        "    part.write_bytes(b'half'); os._exit(1)\n"
    )
    target = tmp_path / "dance.gif"
    subprocess.run(
        [sys.executable, "-c", program, str(notes), str(target)], timeout=PATIENCE_S, check=False
    )
    (left,) = tmp_path.iterdir()
    mine = tmp_path / ".mine.part.gif"
    mine.write_text("mine")
    (notes / "odd").write_bytes(bytes(mine))
    away = tmp_path / "unplugged" / left.name
    (notes / "away").write_bytes(bytes(away))
    files = WorkFiles(notes)
    with files.beside(target) as begun:
        begun.write_text("being written")
        files.sweep()
        assert begun.exists()
    assert list(tmp_path.iterdir()) == [mine]
    assert [note.name for note in notes.iterdir()] == ["away"]
    away.parent.mkdir()
    away.write_text("half")
    files.sweep()
    assert not away.exists()


@pytest.mark.parametrize("kind", ExportKind)
def test_the_media_helper_exports_a_part(tmp_path: Path, kind: ExportKind) -> None:
    clip = make_clip(tmp_path / "clip.mp4")
    wish = ClipExport(str(clip), kind, 0.0, 0.5)
    target, stop = tmp_path / f"out.{kind.value}", threading.Event()
    with MediaHelper(tmp_path / "cache") as media:
        path = of(target, media, lambda one: one.clip(wish, target, print, stop))
    if kind is ExportKind.MP4:
        with av.open(str(path)) as container:
            assert container.streams.video[0].width > 0
    else:
        with Image.open(path) as picture:
            assert picture.n_frames > 1


def test_the_media_helper_puts_two_beside_each_other(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4")
    wish = PairExport(str(clip), str(clip), ("Reference", "Result"), 2, left_start_s=0.2)
    target, stop = tmp_path / "both.mp4", threading.Event()
    with MediaHelper(tmp_path / "cache") as media:
        path = of(target, media, lambda one: one.pair(wish, target, print, stop))
    with av.open(str(path)) as both, av.open(str(clip)) as one:
        assert both.streams.video[0].width >= 2 * one.streams.video[0].width
