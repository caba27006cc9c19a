"""A data folder that is not there, as on a disk that is not mounted: said, and nothing is made."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from kling_desktop.cli import main
from kling_desktop.engine.starting import start_error
from kling_desktop.store import volumes
from kling_desktop.store.errors import StoreUnwritable
from kling_desktop.store.log import LogFile
from kling_desktop.store.paths import DataPaths
from kling_desktop.words import Words

LINKS = ["https://a.example/p.png", "https://a.example/c"]
GENERATE = ["generate", "--image", LINKS[0], "--video", LINKS[1]]
NEW = [GENERATE, ["sandbox"], ["check", *LINKS]]
OLD = [["resume"], ["fetch", "1a2b"], ["jobs"]]


@pytest.mark.parametrize("typed", OLD, ids=lambda typed: typed[0])
def test_what_asks_for_a_library_makes_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], typed: list[str]
) -> None:
    folder = tmp_path / "data"
    assert main([*typed, "--data-dir", str(folder)]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"There is no library in {folder}, and none was made. Nothing was sent.")
    assert not folder.exists()


def test_a_folder_that_was_used_is_looked_into(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "settings.json").write_text("{}")
    assert main(["jobs", "--data-dir", str(tmp_path)]) == 0
    assert capsys.readouterr().err == "No jobs yet.\n"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Of a disk that the system knows, and that is not mounted."""
    if sys.platform != "linux":
        pytest.skip("no such table")
    place = tmp_path / "my disk"
    place.mkdir()
    listed = str(place).replace(" ", r"\040")
    table = f"# disks\nproc /proc proc\nUUID=1-2 none swap\nUUID=3-4 {listed} ext4 noauto 0 0\n"
    (tmp_path / "fstab").write_text(table)
    monkeypatch.setattr(volumes, "_DISKS", str(tmp_path / "fstab"))
    return place


@pytest.mark.parametrize("below", ["", "data"])
@pytest.mark.parametrize("typed", NEW, ids=lambda typed: typed[0])
def test_nothing_is_made_in_the_place_of_a_disk_that_is_away(
    place: Path, capsys: pytest.CaptureFixture[str], typed: list[str], below: str
) -> None:
    assert main([*typed, "--data-dir", str(place / below)]) == 2
    assert capsys.readouterr().err.startswith(f"The disk that belongs to {place} is not mounted: ")
    assert not list(place.iterdir())


def test_the_window_and_the_log_make_nothing_there_either(place: Path) -> None:
    paths = DataPaths.at(place / "data")
    with pytest.raises(StoreUnwritable) as away:
        paths.create()
    said = Words().error(start_error(away.value, paths.root)).sentence
    assert said.startswith(f"The disk that belongs to {place} is not mounted: ")
    with pytest.raises(StoreUnwritable):
        LogFile(paths.log_folder)._open()
    assert not list(place.iterdir())


def test_who_lives_without_that_disk_or_has_it_mounted_goes_on(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (place / "mine").touch()
    DataPaths.at(place / "data").create()
    assert (place / "data").is_dir()
    (place / "data").rmdir()
    (place / "mine").unlink()
    monkeypatch.setattr(volumes, "_source_of", lambda _mount_point: "/dev/sdb1")
    DataPaths.at(place / "data").create()
    assert (place / "data").is_dir()
