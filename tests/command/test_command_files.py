"""What is typed without a command: files for the window, from a terminal or from a menu."""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from kling_desktop.command.arguments import COMMANDS, parser, typed, typed_for_window

ENTRY = Path(__file__).parents[2] / "packaging" / "kling-desktop.desktop"
# What the two dialogs to choose a file offer.
ENDINGS = "jpeg png webp heic heif avif bmp tiff gif mp4 quicktime x-matroska webm mp2t mpeg 3gpp"


def of_terminal(words: list[str]) -> argparse.Namespace:
    return typed(words)


def of_menu(words: list[str]) -> argparse.Namespace:
    return typed_for_window(words, "kling-desktop-window")


@pytest.mark.parametrize("read", [of_terminal, of_menu])
def test_files_and_links_are_for_the_window_with_the_same_flags(
    read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("夜.png").touch()
    link = "https://example.com/dance.mp4"
    options = read(["--sandbox", "--data-dir", "there", "夜.png", "sub/dance.mp4", link])
    assert options.command is None
    assert options.sandbox
    assert options.data_dir == Path("there")
    assert options.files == [str(tmp_path / "夜.png"), str(tmp_path / "sub" / "dance.mp4"), link]


@pytest.mark.parametrize("read", [of_terminal, of_menu])
def test_nothing_typed_opens_the_window_as_it_was(read) -> None:
    options = read([])
    assert (options.command, options.files) == (None, [])


def test_a_command_is_a_command_also_where_a_file_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("jobs").touch()
    assert typed(["--sandbox", "jobs"]).command == "jobs"
    assert typed(["./jobs"]).files == [str(tmp_path / "jobs")]


def test_a_mistyped_command_is_said_to_be_none(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        typed(["genrate", "--image", "a.png"])
    assert ended.value.code == 2
    assert "invalid choice: 'genrate'" in capsys.readouterr().err


def test_every_command_is_known_by_its_name() -> None:
    choices = next(a.choices for a in parser()._actions if a.dest == "command")
    assert choices is not None
    assert tuple(choices) == COMMANDS


def test_the_menus_entry_hands_files_over_and_names_the_window() -> None:
    entry = dict(re.findall(r"^(\w+)=(.*)$", ENTRY.read_text("utf-8"), re.MULTILINE))
    assert entry["Exec"] == "kling-desktop-window %F"
    assert entry["StartupWMClass"] == "kling-desktop"
    kinds = {kind.partition("/")[2] for kind in entry["MimeType"].split(";") if kind}
    assert kinds.issuperset(ENDINGS.split())


@pytest.mark.skipif(shutil.which("desktop-file-validate") is None, reason="desktop-file-utils")
def test_the_menus_entry_is_valid() -> None:
    checked = subprocess.run(
        ["desktop-file-validate", str(ENTRY)], capture_output=True, text=True, check=False
    )
    assert (checked.returncode, checked.stdout) == (0, "")
