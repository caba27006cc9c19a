"""What lies on a phone or in an archive is a file where the desktop shows it as one."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.media import make_picture

from kling_desktop.engine.devices import mounted_path
from kling_desktop.engine.routing import route
from kling_desktop.motion.limits import FindingCode as C
from kling_desktop.motion.request import Slot, Source

HERE = {"XDG_RUNTIME_DIR": "/run/user/7"}


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("mtp://Pixel_6/DCIM/a%20b.jpg", "/run/user/7/gvfs/mtp:host=Pixel_6/DCIM/a b.jpg"),
        ("gphoto2://Canon_EOS/a.jpg", "/run/user/7/gvfs/gphoto2:host=Canon_EOS/a.jpg"),
        ("smb://NAS/Clips/x/a.mp4", "/run/user/7/gvfs/smb-share:server=nas,share=clips/x/a.mp4"),
        ("mtp:/Pixel 6/DCIM/a.jpg", None),
        ("zip:/home/anna/a.zip/a.jpg", None),
        ("imap://anna@example.org/fetch", None),
        ("mtp://[usb:001,007]/a.jpg", None),
        ("mtp://Pixel/a%00b.jpg", None),
    ],
)
def test_an_address_of_a_device_is_the_file_that_gnome_shows(address: str, path: str | None):
    assert mounted_path(address, HERE) == path
    assert mounted_path(address, {}) is None


def test_a_picture_of_a_phone_is_taken_where_the_desktop_shows_it_as_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    folder = tmp_path / "gvfs" / "mtp:host=Phone"
    folder.mkdir(parents=True)
    picture = make_picture(folder / "a.jpg")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    verdict = route(("mtp://Phone/a.jpg",), None)
    assert verdict.slots == ((Slot.IMAGE, Source(path=str(picture))),)


@pytest.mark.parametrize(
    "address", ["mtp://Phone/DCIM/a.jpg", "mtp:/Pixel 6/DCIM/a.jpg", "zip:/x/b.zip/a.jpg"]
)
def test_what_cannot_be_read_there_is_told_how(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    problem = route((address,), None).problem
    assert problem is not None
    assert (problem.code, problem.value("name")) == (C.FILE_ELSEWHERE, "a.jpg")
