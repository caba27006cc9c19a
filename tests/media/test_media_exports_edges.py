"""Exports of what is not as it should be: it ends early, hardly moves, or has no such part."""

from __future__ import annotations

from pathlib import Path

import pytest
from clip_makers import make, numbered, numbers
from PIL import Image
from test_media_exports import _moving

from kling_desktop.media.errors import MediaError
from kling_desktop.media.videos import verify_video

KINDS = ("mp4", "gif", "webp")
KEY_FRAMES = {"gop": 5, "codec_options": {"sc_threshold": "0"}}


def cut(path: Path) -> Path:
    """The bytes of its last quarter never came; its index stands in front."""
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 3 // 4])
    return path


def hollow(path: Path) -> Path:
    """They came as zeros."""
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 3 // 4] + bytes(len(data) - len(data) * 3 // 4))
    return path


def spoiled(folder: Path, how, sound=None) -> Path:
    noise = [Image.effect_noise((340, 340), 60 + n).convert("RGB") for n in range(4)]
    frames = [frame for frame in numbered(20, (340, 340))]
    for n, frame in enumerate(frames):  # bytes enough that a quarter of them are whole frames
        frame.paste(noise[n % 4].crop((0, 0, 340, 60)), (0, 0))
    path = make(
        folder / "a.mp4", frames, options={"movflags": "faststart"}, sound=sound, **KEY_FRAMES
    )
    how(path)
    with pytest.raises(MediaError):
        verify_video(str(path))
    return path


def shown(path: Path, kind: str) -> list[int]:
    return numbers(path) if kind == "mp4" else _moving(path)[0]


@pytest.mark.parametrize("how", [cut, hollow])
@pytest.mark.parametrize("kind", KINDS)
def test_what_there_is_of_a_video_that_ends_early_is_exported(shared_helper, tmp_path, how, kind):
    path, out = spoiled(tmp_path, how), tmp_path / f"out.{kind}"
    assert shared_helper.export_clip(str(path), str(out), kind=kind)
    found = shown(out, kind)
    assert found[:12] == list(range(12))
    assert len(found) <= 15  # up to the next key frame the decoder shows what it can


@pytest.mark.parametrize("how", [cut, hollow])
@pytest.mark.parametrize("kind", KINDS)
def test_so_is_a_part_of_it_that_is_whole(shared_helper, tmp_path, how, kind):
    path, out = spoiled(tmp_path, how, "aac"), tmp_path / f"out.{kind}"
    assert shared_helper.export_clip(str(path), str(out), kind=kind, start_s=0.5, end_s=1.0)
    assert shown(out, kind) == [5, 6, 7, 8, 9]


@pytest.mark.parametrize("how", [cut, hollow])
def test_what_lies_behind_its_end_is_no_part_of_it(shared_helper, code_of, tmp_path, how):
    path, out = spoiled(tmp_path, how), tmp_path / "out.mp4"
    code = code_of(
        shared_helper.export_clip, str(path), str(out), kind="mp4", start_s=1.9, end_s=2.0
    )
    assert code == "no_such_part"
    assert not out.exists()


@pytest.mark.parametrize("how", [cut, hollow])
def test_it_stands_beside_another_one(shared_helper, tmp_path, how):
    whole = make(tmp_path / "whole.mp4", numbered(20, (340, 340)))
    path, out = spoiled(tmp_path, how, "aac"), tmp_path / "out.mp4"
    names = ("left", "right")
    assert shared_helper.export_side_by_side(str(path), str(whole), str(out), names=names)
    assert verify_video(str(out)).frame_count == 20


@pytest.mark.parametrize("kind", KINDS)
def test_a_whole_one_does_not_end_early(shared_helper, tmp_path, kind):
    path, out = make(tmp_path / "a.mp4"), tmp_path / f"out.{kind}"
    assert not shared_helper.export_clip(str(path), str(out), kind=kind)


def faint(levels: int) -> list[Image.Image]:
    """A patch that grows lighter, so slowly that an encoder may take it for nothing."""
    frames = [Image.new("RGB", (340, 340), "#606060") for _ in range(20)]
    for n, frame in enumerate(frames):
        light = 0x60 + n * levels // 19
        frame.paste((light,) * 3, (100, 100, 240, 240))
    return frames


@pytest.mark.parametrize("levels", [1, 2, 4, 8, 16, 32])
@pytest.mark.parametrize("kind", ["gif", "webp"])
def test_a_clip_that_hardly_moves_is_saved(shared_helper, tmp_path, kind, levels):
    path, out = make(tmp_path / "a.mp4", faint(levels)), tmp_path / f"out.{kind}"
    shared_helper.export_clip(str(path), str(out), kind=kind)
    assert out.stat().st_size > 0


NAN, FAR = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("start_s", "end_s"),
    [
        (2.0, 3.0),  # behind its end
        (5.0, None),
        (1.0, 0.5),  # backwards
        (1.0, 1.0),
        (-2.0, -1.0),
        (0.0, 0.0),
        (NAN, 1.0),
        (0.5, NAN),
        (-FAR, 1.0),
        (0.0, FAR),
        (FAR, None),
    ],
)
@pytest.mark.parametrize("kind", KINDS)
def test_a_part_that_the_clip_does_not_have_is_refused(
    shared_helper, code_of, tmp_path, kind, start_s, end_s
):
    """A single still picture was saved."""
    path, out = make(tmp_path / "a.mp4"), tmp_path / f"out.{kind}"
    code = code_of(
        shared_helper.export_clip, str(path), str(out), kind=kind, start_s=start_s, end_s=end_s
    )
    assert code == "no_such_part"
    assert not out.exists()


@pytest.mark.parametrize(
    ("start_s", "end_s", "wanted"),
    [(-1.0, 0.5, range(5)), (1.5, 9.0, range(15, 20)), (-1.0, 9.0, range(20))],
)
@pytest.mark.parametrize("kind", KINDS)
def test_a_part_that_reaches_over_an_edge_ends_there(
    shared_helper, tmp_path, kind, start_s, end_s, wanted
):
    path, out = make(tmp_path / "a.mp4"), tmp_path / f"out.{kind}"
    shared_helper.export_clip(str(path), str(out), kind=kind, start_s=start_s, end_s=end_s)
    assert shown(out, kind) == list(wanted)
