"""Clips through the real helper: facts, damage, thumbnails and exact frames."""

from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path

import pytest
from clip_makers import make
from media_makers import (
    CORNERS,
    corner_colors,
    four_corners,
    gray_of_frame,
    large_png,
    make_clip,
    make_sound,
    numbered_frames,
    photograph,
    sideways_exif,
)
from PIL import Image

from kling_desktop.media.videos import ends_early

FAST_START = {"movflags": "faststart"}


def _gray_of(path: str) -> int:
    with Image.open(path) as image:
        return image.convert("L").getpixel((image.width // 2, image.height // 2))


def test_facts_of_a_plain_mp4(shared_helper, tmp_path):
    path = tmp_path / "plain.mp4"
    make_clip(path, sound=True, frames=[photograph(640, 360)] * 30)
    facts = shared_helper.probe_video(str(path))
    assert (facts.container, facts.codec) == ("mp4", "h264")
    assert (facts.width_px, facts.height_px, facts.rotation_deg) == (640, 360, 0)
    assert facts.duration_s == pytest.approx(3.0, abs=0.001)
    assert (facts.fps, facts.frame_count) == (pytest.approx(10.0), 30)
    assert facts.has_sound
    assert not facts.variable_frame_rate
    assert facts.size_bytes == path.stat().st_size
    assert shared_helper.verify_video(str(path)) == facts


@pytest.mark.parametrize(
    ("container", "codec", "name"),
    [
        ("mov", "libx264", "mov"),
        ("mp4", "libx264", "mp4"),
        ("matroska", "libx264", "matroska"),
        ("webm", "libvpx", "webm"),
        ("avi", "mpeg4", "avi"),
        ("mpegts", "libx264", "mpegts"),
        ("3gp", "mpeg4", "3gp"),
        ("flv", "flv", "flv"),
    ],
)
def test_container_is_told_by_content_not_by_name(shared_helper, tmp_path, container, codec, name):
    path = tmp_path / "clip.bin"
    make_clip(path, container=container, codec=codec)
    facts = shared_helper.probe_video(str(path))
    assert facts.container == name
    assert facts.duration_s == pytest.approx(1.0, abs=0.11)  # AVI and TS round to a frame
    assert not facts.has_sound
    assert shared_helper.probe(str(path)) == facts


# FFmpeg's angle runs counter-clockwise; a phone held upright writes -90.
TURNED = {
    -90: (90, (180, 320), Image.Transpose.ROTATE_90),
    90: (270, (180, 320), Image.Transpose.ROTATE_270),
    180: (180, (320, 180), Image.Transpose.ROTATE_180),
}


@pytest.mark.parametrize("angle", TURNED)
def test_rotation_flag_gives_displayed_sides_and_an_upright_thumbnail(
    shared_helper, tmp_path, angle
):
    rotation_deg, size, unturn = TURNED[angle]
    path = tmp_path / "turned.mp4"
    stored = four_corners(*size).transpose(unturn)
    make_clip(path, frames=[stored] * 10, shape=lambda s: s.set_display_rotation(angle))
    facts = shared_helper.probe_video(str(path))
    assert facts.rotation_deg == rotation_deg
    assert (facts.width_px, facts.height_px) == size
    for still in (
        shared_helper.thumbnail(str(path), width_px=90, height_px=90),
        shared_helper.frame(str(path), at_s=0.5, max_px=1000),
    ):
        with Image.open(still) as image:
            assert corner_colors(image) == CORNERS
            assert (image.width > image.height) == (size[0] > size[1])


def test_mirrored_clip_is_shown_as_players_show_it(shared_helper, tmp_path):
    path = tmp_path / "mirrored.mp4"
    stored = four_corners().transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    make_clip(path, frames=[stored] * 5, shape=lambda s: s.set_display_rotation(0, hflip=True))
    with Image.open(shared_helper.frame(str(path), at_s=0, max_px=1000)) as image:
        assert corner_colors(image) == CORNERS


def test_pixels_that_are_not_square_count_in_the_sides(shared_helper, tmp_path):
    path = tmp_path / "anamorphic.mp4"
    make_clip(path, sample_aspect=Fraction(4, 3))
    facts = shared_helper.probe_video(str(path))
    assert (facts.width_px, facts.height_px) == (427, 180)
    with Image.open(shared_helper.frame(str(path), at_s=0, max_px=1000)) as image:
        assert image.size == (427, 180)


def test_absurd_pixel_aspect_is_passed_over(shared_helper, tmp_path):
    path = tmp_path / "absurd.mp4"
    make_clip(path, sample_aspect=Fraction(60000, 1))
    facts = shared_helper.probe_video(str(path))
    assert (facts.width_px, facts.height_px) == (320, 180)
    with Image.open(shared_helper.thumbnail(str(path), width_px=64, height_px=64)) as image:
        assert image.size == (114, 64)


def test_variable_frame_rate_is_told(shared_helper, tmp_path):
    path = tmp_path / "uneven.mp4"
    stamps = [0, 33, 66, 100, 400, 433, 466, 900, 933, 1500]
    make_clip(path, stamps=stamps)
    facts = shared_helper.probe_video(str(path))
    assert facts.variable_frame_rate
    assert facts.fps == pytest.approx(9 / 1.5, rel=0.01)


def test_rounded_time_stamps_are_not_a_variable_frame_rate(shared_helper, tmp_path):
    path = tmp_path / "even.mkv"
    make_clip(path, fps=30, frames=numbered_frames(40))
    facts = shared_helper.probe_video(str(path))
    assert not facts.variable_frame_rate
    assert facts.fps == pytest.approx(30, rel=0.01)


class _OneWay(io.RawIOBase):
    """A target that can't be sought in, as a browser's recorder has: no length gets written."""

    def __init__(self) -> None:
        super().__init__()
        self.data = bytearray()

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False

    def write(self, data) -> int:
        self.data += data
        return len(data)


def test_length_is_measured_where_the_header_has_none(shared_helper, tmp_path):
    target = _OneWay()
    make_clip(target, container="webm", codec="libvpx", fps=10, frames=numbered_frames(25))
    path = tmp_path / "recorded.webm"
    path.write_bytes(target.data)
    facts = shared_helper.probe_video(str(path))
    assert facts.duration_s == pytest.approx(2.5, abs=0.11)
    assert facts.frame_count == 25


def test_fragmented_mp4_is_whole_and_measured(shared_helper, tmp_path):
    path = tmp_path / "fragments.mp4"
    options = {"movflags": "frag_keyframe+empty_moov"}
    make_clip(path, frames=numbered_frames(30), options=options)
    assert shared_helper.verify_video(str(path)).duration_s == pytest.approx(3.0, abs=0.11)


def test_moving_gif_is_a_clip_when_asked_as_one_and_a_picture_else(shared_helper, tmp_path):
    path = str(tmp_path / "moving.gif")
    frames = numbered_frames(10)
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=100)
    facts = shared_helper.probe_video(path)
    assert (facts.container, facts.codec, facts.frame_count) == ("gif", "gif", 10)
    assert facts.duration_s == pytest.approx(1.0, abs=0.11)
    assert shared_helper.probe(path).format == "gif"


def test_still_gif_is_no_clip(shared_helper, code_of, tmp_path):
    path = str(tmp_path / "still.gif")
    four_corners().save(path)
    assert code_of(shared_helper.probe_video, path) == "picture_named_video"


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp", "bmp", "tiff", "avif"])
def test_picture_named_mp4_is_told(shared_helper, code_of, tmp_path, kind):
    path = str(tmp_path / "disguised.mp4")
    four_corners().save(path, format=kind)
    assert code_of(shared_helper.probe_video, path) == "picture_named_video"
    assert code_of(shared_helper.verify_video, path) == "picture_named_video"
    assert shared_helper.probe(path).format == kind


def test_clip_named_jpg_is_told(shared_helper, code_of, tmp_path):
    path = tmp_path / "disguised.jpg"
    make_clip(path, container="mp4")
    assert code_of(shared_helper.probe_image, str(path)) == "video_named_picture"
    assert code_of(shared_helper.fit_image, str(path)) == "video_named_picture"
    assert shared_helper.probe(str(path)).container == "mp4"


@pytest.mark.parametrize("ending", ["m4a", "mp4", "mkv"])
def test_sound_alone_has_no_video_stream(shared_helper, code_of, tmp_path, ending):
    path = tmp_path / f"song.{ending}"
    make_sound(path)
    assert code_of(shared_helper.probe_video, str(path)) == "no_video_stream"


def test_song_with_a_cover_has_no_video_stream(shared_helper, code_of, tmp_path):
    """An ID3 tag with a picture, then MPEG audio frames of silence."""
    cover = io.BytesIO()
    four_corners().save(cover, "JPEG")
    body = b"\0image/jpeg\0\x03\0" + cover.getvalue()
    frame = b"APIC" + len(body).to_bytes(4, "big") + b"\0\0" + body
    size = len(frame)
    syncsafe = bytes((size >> shift) & 0x7F for shift in (21, 14, 7, 0))
    audio = (b"\xff\xfb\x90\x00" + bytes(413)) * 60  # MPEG-1 layer III, 128 kbit/s, 44.1 kHz
    path = tmp_path / "song.mp3"
    path.write_bytes(b"ID3\x03\0\0" + syncsafe + frame + audio)
    assert code_of(shared_helper.probe_video, str(path)) == "no_video_stream"


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("options", [{}, FAST_START], ids=["index last", "index first"])
def test_cut_mp4_is_truncated(shared_helper, code_of, tmp_path, share, options):
    path = tmp_path / "cut.mp4"
    frames = [photograph(640, 360).rotate(9 * n) for n in range(30)]
    make_clip(path, frames=frames, options=options)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    assert code_of(shared_helper.probe_video, str(path)) == "truncated"
    assert code_of(shared_helper.verify_video, str(path)) == "truncated"


@pytest.mark.parametrize("container", ["matroska", "webm", "mp4", "mpegts"])
@pytest.mark.parametrize("first_ms", [0, 5000])
def test_a_whole_clip_is_whole_whenever_it_begins(shared_helper, tmp_path, container, first_ms):
    path = make(
        tmp_path / "late",
        container=container,
        codec="libvpx-vp9" if container == "webm" else "libx264",
        stamps_ms=[first_ms + 100 * n for n in range(20)],
    )
    assert shared_helper.verify_video(str(path)).frame_count == 20
    assert not ends_early(str(path))


def test_last_byte_missing_is_found_when_a_result_is_verified(shared_helper, code_of, tmp_path):
    path = tmp_path / "almost.mp4"
    make_clip(path, frames=[photograph(640, 360)] * 10, options=FAST_START)
    path.write_bytes(path.read_bytes()[:-1])
    assert code_of(shared_helper.verify_video, str(path)) == "truncated"


@pytest.mark.parametrize("filler", [0, 0x55], ids=["zeros", "rubbish"])
@pytest.mark.parametrize("gop", [5, 60])
def test_an_end_of_the_right_length_that_holds_no_pictures_is_found_when_a_result_is_verified(
    shared_helper, code_of, tmp_path, filler, gop
):
    path = tmp_path / "hollow.mp4"
    frames = [photograph(640, 360).rotate(9 * n) for n in range(30)]
    make_clip(path, frames=frames, options=FAST_START, shape=lambda s: setattr(s, "gop_size", gop))
    assert shared_helper.verify_video(str(path)).frame_count == 30
    data = bytearray(path.read_bytes())
    half = len(data) // 2
    data[half:] = bytes([filler]) * (len(data) - half)
    path.write_bytes(data)
    assert code_of(shared_helper.verify_video, str(path)) == "truncated"
    assert shared_helper.open_video(str(path)).width_px == 640


def test_cut_matroska_is_truncated(shared_helper, code_of, tmp_path):
    path = tmp_path / "cut.mkv"
    make_clip(path, frames=[photograph(640, 360).rotate(9 * n) for n in range(30)])
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    assert code_of(shared_helper.probe_video, str(path)) == "truncated"


def test_playlist_does_not_make_the_helper_open_other_files(shared_helper, code_of, tmp_path):
    secret = tmp_path / "secret.ts"
    make_clip(secret, container="mpegts")
    playlist = tmp_path / "list.mp4"
    playlist.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{secret}\n#EXT-X-ENDLIST\n")
    assert code_of(shared_helper.probe_video, str(playlist)) == "not_a_video"
    playlist.write_text(f"ffconcat version 1.0\nfile '{secret}'\n")
    assert code_of(shared_helper.probe_video, str(playlist)) == "not_a_video"


@pytest.mark.parametrize("content", [b"hello, this is a text\n" * 400, bytes(5000), b"x"])
def test_neither_picture_nor_clip(shared_helper, code_of, tmp_path, content):
    for name, code in (("notes.mp4", "not_a_video"), ("notes.png", "not_a_picture")):
        path = tmp_path / name
        path.write_bytes(content)
        assert code_of(shared_helper.probe, str(path)) == code
        assert code_of(shared_helper.probe_image, str(path)) == "not_a_picture"
        assert code_of(shared_helper.fit_image, str(path)) == "not_a_picture"
        assert code_of(shared_helper.probe_video, str(path)) == "not_a_video"


def test_thumbnail_is_the_first_frame_that_is_not_black(shared_helper, tmp_path):
    path = tmp_path / "fade.mp4"
    make_clip(path, frames=numbered_frames(20, black=10))
    still = shared_helper.thumbnail(str(path), width_px=64, height_px=64)
    assert _gray_of(still) == pytest.approx(gray_of_frame(10), abs=2.9)


def test_all_black_clip_still_has_a_thumbnail(shared_helper, tmp_path):
    path = tmp_path / "night.mp4"
    make_clip(path, frames=numbered_frames(12, black=12))
    still = shared_helper.thumbnail(str(path), width_px=64, height_px=64)
    assert _gray_of(still) < 12


@pytest.mark.parametrize("ending", ["mp4", "mkv", "ts"])
@pytest.mark.parametrize("number", [0, 1, 7, 13, 29])
def test_frame_is_the_one_shown_at_that_time(shared_helper, tmp_path, ending, number):
    path = tmp_path / f"numbered.{ending}"
    make_clip(path, frames=numbered_frames(30), shape=lambda s: setattr(s, "gop_size", 12))
    for at_s in (number / 10, number / 10 + 0.05):  # its first moment, and while it stands
        still = shared_helper.frame(str(path), at_s=at_s, max_px=200)
        assert _gray_of(still) == pytest.approx(gray_of_frame(number), abs=2.9)


def test_frame_past_the_end_is_the_last_one(shared_helper, tmp_path):
    path = tmp_path / "numbered.mp4"
    make_clip(path, frames=numbered_frames(30))
    still = shared_helper.frame(str(path), at_s=99.0, max_px=200)
    assert _gray_of(still) == pytest.approx(gray_of_frame(29), abs=2.9)
    with Image.open(still) as image:
        assert (image.format, max(image.size)) == ("PNG", 200)


def test_thumbnail_covers_the_box_and_keeps_the_aspect(shared_helper, tmp_path):
    path = tmp_path / "wide.mp4"
    make_clip(path, frames=[photograph(640, 360)] * 3)
    with Image.open(shared_helper.thumbnail(str(path), width_px=100, height_px=100)) as image:
        assert image.size == (178, 100)
    picture = str(tmp_path / "tall.jpg")
    photograph(400, 1000).save(picture)
    with Image.open(shared_helper.thumbnail(picture, width_px=100, height_px=100)) as image:
        assert image.size == (100, 250)


def test_thumbnail_is_never_scaled_up(shared_helper, tmp_path):
    picture = str(tmp_path / "small.png")
    photograph(50, 40).save(picture)
    with Image.open(shared_helper.thumbnail(picture, width_px=500, height_px=500)) as image:
        assert image.size == (50, 40)


def test_thumbnail_of_a_turned_photo_is_upright(shared_helper, tmp_path):
    picture = str(tmp_path / "turned.jpg")
    stored = four_corners(1600, 900).transpose(Image.Transpose.ROTATE_90)
    stored.save(picture, exif=sideways_exif())
    with Image.open(shared_helper.thumbnail(picture, width_px=160, height_px=90)) as image:
        assert image.size == (160, 90)
        assert corner_colors(image) == CORNERS
        assert "exif" not in image.info


def test_thumbnail_of_a_clear_picture_keeps_its_clearness(shared_helper, tmp_path):
    picture = str(tmp_path / "clear.png")
    Image.new("RGBA", (300, 300), (255, 0, 0, 60)).save(picture)
    with Image.open(shared_helper.thumbnail(picture, width_px=64, height_px=64)) as image:
        assert (image.format, image.getpixel((5, 5))) == ("PNG", (255, 0, 0, 60))


def test_thumbnail_of_a_strip_is_cut(shared_helper, tmp_path):
    picture = str(tmp_path / "strip.png")
    Image.new("RGB", (90_000, 20), "red").save(picture)
    with Image.open(shared_helper.thumbnail(picture, width_px=64, height_px=64)) as image:
        assert (image.height, image.width) == (20, 512)


def test_damaged_thumbnail_is_made_again(shared_helper, tmp_path):
    picture = str(large_png(tmp_path / "picture.png", 300))
    still = Path(shared_helper.thumbnail(picture, width_px=64, height_px=64))
    whole = still.read_bytes()
    for damage in (whole[: len(whole) // 2], b"", b"no picture"):
        still.write_bytes(damage)
        assert shared_helper.thumbnail(picture, width_px=64, height_px=64) == str(still)
        assert still.read_bytes() == whole
