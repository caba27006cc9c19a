"""``kling-desktop check``: facts, findings, what would be done; without Qt, nothing is sent."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from support.desktop import clean_environment
from support.exporting import exporting
from support.media import make_clip
from support.processes import Child
from support.program import WITHOUT_QT, closed_port, start
from test_fit_doctor import make_shots, scene

from kling_desktop.engine.home import Home


class Shell:
    """Runs ``check`` in an environment of its own."""

    def __init__(self, folder: Path) -> None:
        self._env = {**clean_environment(folder / "home"), "PYTHONPATH": str(WITHOUT_QT)}
        # The price list is asked for: here nobody answers.
        self._env["ACEDATACLOUD_PLATFORM_BASE_URL"] = f"http://127.0.0.1:{closed_port()}"
        self.data_dir = self._data_dir = folder / "data"

    def check(self, *arguments: str | Path) -> Child:
        """Ended."""
        given = *arguments, "--data-dir", self._data_dir
        with start(self._env, "check", *given, forked=True) as child:
            child.wait()
        return child

    def object(self, *arguments: str | Path) -> tuple[int, dict[str, Any]]:
        ended = self.check(*arguments, "--json")
        (line,) = ended.out.splitlines()
        assert ended.code is not None
        return ended.code, json.loads(line)


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def test_an_mkv_would_be_converted_and_that_is_no_error(shell: Shell, inputs: Path) -> None:
    code, told = shell.object(inputs / "astronaut.png", inputs / "meadow.mkv")
    assert (code, told["ok"]) == (0, True)
    assert told["video"]["original"]["container"] == "matroska"
    assert told["video"]["facts"]["container"] == "mp4"
    assert told["video"]["changes"] == ["converted"]
    assert told["price"]["duration_s"] == pytest.approx(6.0, abs=0.05)
    assert told["price"]["estimated"] is True


def test_a_large_picture_is_compressed_except_where_settings_say_otherwise(
    shell: Shell, inputs: Path, tmp_path: Path
) -> None:
    side, heavy = 1900, tmp_path / "heavy.png"
    noise = Image.frombytes("RGB", (side, side), random.Random(1).randbytes(side * side * 3))
    noise.save(heavy, compress_level=0)
    code, told = shell.object(heavy, inputs / "meadow.mkv")
    assert (code, told["image"]["changes"]) == (0, ["converted", "shrunk"])
    assert told["image"]["facts"]["size_bytes"] <= 10_000_000
    Home(shell.data_dir).preferences.change(large_images=True)
    code, told = shell.object(heavy, inputs / "meadow.mkv")
    assert (code, told["image"]["changes"]) == (0, [])
    assert told["image"]["facts"]["size_bytes"] == heavy.stat().st_size > 10_000_000
    assert "image_bytes_large" in [found["code"] for found in told["findings"]]


def test_without_fitting_it_is_refused(shell: Shell, inputs: Path) -> None:
    code, told = shell.object(inputs / "astronaut.png", inputs / "meadow.mkv", "--no-fit")
    assert (code, told["ok"]) == (2, False)
    assert [f["code"] for f in told["findings"] if f["severity"] == "error"] == ["video_container"]


def test_the_facing_and_the_part_decide_on_the_length(shell: Shell, inputs: Path) -> None:
    files = (inputs / "astronaut.png", inputs / "long.avi")
    code, told = shell.object(*files, "--orientation", "image", "--start", "0:02", "--end", "14")
    assert code == 2
    (error,) = [f for f in told["findings"] if f["severity"] == "error"]
    assert (error["code"], error["action"]) == ("video_long_for_image", "Trim to 10 s")
    code, told = shell.object(*files, "--orientation", "image", "--start", "2", "--end", "0:11.5")
    assert code == 0
    assert told["video"]["facts"]["duration_s"] == pytest.approx(9.5)


def test_a_gif_is_a_clip_where_a_clip_is_wanted(shell: Shell, inputs: Path) -> None:
    frames = [Image.new("RGB", (360, 360), (40 + 5 * n, 90, 200 - 5 * n)) for n in range(32)]
    path = inputs / "moving.gif"
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=100, loop=0)
    code, told = shell.object(inputs / "astronaut.png", path)
    assert code == 0
    assert told["video"]["original"]["container"] == "gif"
    assert told["video"]["facts"]["container"] == "mp4"


def test_advice_is_given_and_holds_nothing_back(shell: Shell, tmp_path: Path, inputs: Path) -> None:
    clip = make_shots(tmp_path / "shots.mp4", (scene(1), 3.2), (scene(2), 4.0))
    code, told = shell.object(inputs / "astronaut.png", clip)
    assert code == 0
    (cuts,) = [f for f in told["findings"] if f["code"] == "cuts_found"]
    assert cuts["text"] == "1 cut found at 0:03.2. Only one shot is used."
    assert cuts["action"] == "Use 0:03.2–0:07.2"


def test_people_read_lines(shell: Shell, inputs: Path) -> None:
    ended = shell.check(inputs / "astronaut.png", inputs / "meadow.mkv", "--start", "1")
    assert ended.code == 0, ended.err
    assert "Motion: meadow.mkv · 340 × 340 · 5.0 of 6.0 s" in ended.out
    assert "Will be converted from MKV." in ended.out
    assert "credits" in ended.out


def test_what_is_no_input_exits_with_2_and_says_why(shell: Shell, inputs: Path) -> None:
    ended = shell.check(inputs / "nothing.png", inputs / "astronaut.png")
    assert ended.code == 2
    assert "nothing.png is not there." in ended.out
    assert "This is a picture. The motion needs a clip." in ended.out
    assert "Traceback" not in ended.err


@pytest.mark.parametrize("part", [("--start", "5", "--end", "4"), ("--end", "soon")])
def test_a_part_that_is_none_is_refused(shell: Shell, inputs: Path, part: tuple[str, ...]) -> None:
    ended = shell.check(inputs / "astronaut.png", inputs / "meadow.mp4", *part)
    assert ended.code == 2
    assert "Traceback" not in ended.err
    assert ended.err


def test_a_clip_that_another_program_still_writes_is_said_to_be_that(
    shell: Shell, inputs: Path, tmp_path: Path
) -> None:
    """As ``generate`` says it: what can be opened already has no price yet."""
    growing = tmp_path / "recording.ts"
    make_clip(growing, seconds=4)
    with exporting(growing):
        code, told = shell.object(inputs / "astronaut.png", growing)
    (error,) = [f for f in told["findings"] if f["severity"] == "error"]
    assert (code, error["code"], told["price"]) == (2, "file_growing", None)
