"""The strip of thumbnails and the key frames, through the real helper."""

from __future__ import annotations

import pytest
from clip_makers import make, number_of, numbered
from PIL import Image


def _numbers(paths: list[str]) -> list[int]:
    found = []
    for path in paths:
        with Image.open(path) as image:
            gray = image.convert("L")
            found.append(number_of(gray.getpixel((gray.width // 2, gray.height // 2))))
    return found


@pytest.mark.parametrize("gop", [1, 5, 250])
def test_strip_shows_the_middles_of_equal_parts(shared_helper, tmp_path, gop):
    path = make(tmp_path / "a.mp4", numbered(30, (320, 180)), gop=gop)
    paths = shared_helper.strip(str(path), count=6, height_px=45)
    assert len(paths) == 6
    for place, number in enumerate(_numbers(paths)):
        assert number == pytest.approx(2.5 + 5 * place, abs=2.6)
    with Image.open(paths[0]) as image:
        assert image.size == (80, 45)


def test_each_is_told_as_soon_as_it_is_there(shared_helper, tmp_path):
    path = make(tmp_path / "a.mp4", numbered(30, (320, 180)), gop=10)
    told: list[tuple[int, str]] = []
    paths = shared_helper.strip(
        str(path), count=6, height_px=40, on_thumbnail=lambda *one: told.append(one)
    )
    assert [number for number, _ in told[:6]] == list(range(6))  # key frames first
    assert dict(told) == dict(enumerate(paths))
    assert len(told) > 6  # then better ones


def test_second_strip_comes_from_the_cache(shared_helper, tmp_path):
    path = make(tmp_path / "a.mp4", numbered(30, (320, 180)))
    paths = shared_helper.strip(str(path), count=4, height_px=40)
    told: list[int] = []
    again = shared_helper.strip(
        str(path), count=4, height_px=40, on_thumbnail=lambda n, _: told.append(n)
    )
    assert (again, told) == (paths, [])


def test_strip_is_upright(shared_helper, tmp_path):
    path = make(
        tmp_path / "a.mp4", numbered(5, (320, 180)), shape=lambda s: s.set_display_rotation(90)
    )
    with Image.open(shared_helper.strip(str(path), count=2, height_px=80)[0]) as image:
        assert image.size == (45, 80)


def test_strip_of_what_is_no_clip_is_refused(shared_helper, code_of, tmp_path):
    path = tmp_path / "a.mp4"
    path.write_bytes(b"no clip" * 100)
    assert code_of(shared_helper.strip, str(path), count=3, height_px=40) == "not_a_video"
    assert code_of(shared_helper.keyframes, str(path)) == "not_a_video"


@pytest.mark.parametrize("ending", ["mp4", "mkv", "ts"])
def test_key_frames_are_told_in_seconds_from_the_first_frame(shared_helper, tmp_path, ending):
    options = {"sc_threshold": "0", "bf": "2"}
    path = make(tmp_path / f"a.{ending}", numbered(20), gop=5, codec_options=options)
    assert shared_helper.keyframes(str(path)) == pytest.approx([0.0, 0.5, 1.0, 1.5], abs=0.002)
