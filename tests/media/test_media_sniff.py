"""What a file is by its first bytes, on the parent's side."""

from __future__ import annotations

import os
from pathlib import Path

import pillow_heif
import pytest
from hypothesis import given
from hypothesis import strategies as st
from media_makers import four_corners, make_clip, make_sound

from kling_desktop.media.sniff import kind_of, sniff


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp", "bmp", "tiff", "gif", "avif"])
def test_pictures(tmp_path, kind):
    path = str(tmp_path / "named.mp4")
    four_corners().save(path, format=kind)
    assert sniff(path) == "image"
    assert kind_of(Path(path).read_bytes()) == ("image", kind)


def test_heic(tmp_path):
    path = str(tmp_path / "phone.heic")
    pillow_heif.from_pillow(four_corners()).save(path)
    assert sniff(path) == "image"


@pytest.mark.parametrize(
    ("container", "codec", "name"),
    [
        ("mp4", "libx264", "mp4"),
        ("mov", "libx264", "mov"),
        ("matroska", "libx264", "matroska"),
        ("webm", "libvpx", "webm"),
        ("avi", "mpeg4", "avi"),
        ("mpegts", "libx264", "mpegts"),
        ("flv", "flv", "flv"),
        ("mpeg", "mpeg1video", "mpeg"),
        ("asf", "mpeg4", "asf"),
    ],
)
def test_clips(tmp_path, container, codec, name):
    path = tmp_path / "named.jpg"
    fps = 25 if container == "mpeg" else 10
    make_clip(path, container=container, codec=codec, fps=fps)
    assert sniff(str(path)) == "video"
    assert kind_of(path.read_bytes()) == ("video", name)


def test_quicktime_without_a_brand_is_a_clip():
    assert kind_of(b"\0\0\0\x08wide\0\0\0\x10mdat") == ("video", "mov")


def test_neither(tmp_path):
    for number, content in enumerate(
        [b"", b"B", b"BMW is a car, not a bitmap", b"<html>", b"PK\3\4"]
    ):
        path = tmp_path / str(number)
        path.write_bytes(content)
        assert sniff(str(path)) is None
    make_sound(tmp_path / "song.m4a")
    assert sniff(str(tmp_path / "song.m4a")) is None


def test_what_cannot_be_read_is_neither_and_raises_nothing(tmp_path):
    assert sniff(str(tmp_path)) is None
    assert sniff(str(tmp_path / "missing")) is None
    assert sniff("na\0me") is None
    if os.name == "posix":
        os.mkfifo(tmp_path / "pipe")
        assert sniff(str(tmp_path / "pipe")) is None


@given(st.binary(max_size=800))
def test_no_bytes_make_it_fail(head):
    assert kind_of(head) is None or kind_of(head)[0] in ("image", "video")
