"""Crop, pad, scale and privacy of pictures, through the real helper."""

from __future__ import annotations

import functools
import io
import json
from pathlib import Path

import pytest
from media_makers import CORNERS, corner_colors, four_corners, photograph, sideways_exif
from PIL import Image, ImageCms, PngImagePlugin

from kling_desktop.media.fitted import ImageChange, ImagePlan
from kling_desktop.motion.limits import IMAGE_MAX_ASPECT, IMAGE_MAX_SIDE_PX, IMAGE_MIN_SIDE_PX

C = ImageChange
UPRIGHT = 1
SECRETS = (b"camera maker", b"private word", b"xmpmeta", b"Photoshop 3.0")


@functools.cache  # it carries the time at which it was made
def _profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def _telling_jpeg(path: Path, image: Image.Image | None = None, **options) -> Path:
    data = io.BytesIO()
    (image or photograph()).save(
        data,
        "JPEG",
        quality=90,
        exif=sideways_exif(UPRIGHT),
        comment=b"a private word",
        icc_profile=_profile(),
        xmp=b"<x:xmpmeta>48.1 N</x:xmpmeta>",
        **options,
    )
    whole = data.getvalue()
    notes = b"Photoshop 3.0\x008BIM with a caption"
    segment = b"\xff\xed" + (len(notes) + 2).to_bytes(2, "big") + notes
    path.write_bytes(whole[:2] + segment + whole[2:] + b"a second private word, behind the end")
    return path


def _telling_png(path: Path) -> Path:
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Author", "a private word")
    texts.add_itxt("XML:com.adobe.xmp", "<x:xmpmeta/>")
    photograph().save(path, pnginfo=texts, exif=sideways_exif(UPRIGHT), icc_profile=_profile())
    return path


def _pixels(path: str | Path) -> bytes:
    with Image.open(path) as image:
        return image.tobytes()


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"restart_marker_blocks": 4}])
def test_jpeg_is_cleaned_with_the_same_pixels_and_colors(shared_helper, tmp_path, options):
    path = _telling_jpeg(tmp_path / "a.jpg", **options)
    fitted = shared_helper.fit_image(str(path))
    assert fitted.changes == (C.CLEANED,)
    assert fitted.facts == shared_helper.probe_image(fitted.path)
    data = Path(fitted.path).read_bytes()
    for secret in SECRETS:
        assert secret in path.read_bytes()
        assert secret not in data
    assert _pixels(fitted.path) == _pixels(path)
    with Image.open(fitted.path) as image:
        assert image.info["icc_profile"] == _profile()
        assert not image.getexif()


def test_png_is_cleaned_with_the_same_pixels_and_colors(shared_helper, tmp_path):
    path = _telling_png(tmp_path / "a.png")
    fitted = shared_helper.fit_image(str(path))
    assert (fitted.changes, fitted.facts.format) == ((C.CLEANED,), "png")
    data = Path(fitted.path).read_bytes()
    for secret in (b"camera maker", b"private word", b"xmpmeta"):
        assert secret in path.read_bytes()
        assert secret not in data
    assert _pixels(fitted.path) == _pixels(path)
    with Image.open(fitted.path) as image:
        assert image.info["icc_profile"] == _profile()


def test_what_is_clean_is_left_alone_with_its_profile(shared_helper, tmp_path):
    for name in ("a.jpg", "a.png"):
        path = str(tmp_path / name)
        photograph().save(path, icc_profile=_profile())
        assert shared_helper.fit_image(path).path == path


def test_cleaning_can_be_turned_off(shared_helper, tmp_path):
    path = str(_telling_jpeg(tmp_path / "a.jpg"))
    fitted = shared_helper.fit_image(path, ImagePlan(clean_metadata=False))
    assert (fitted.path, fitted.changes) == (path, ())


def test_thumbnail_in_a_jfif_header_is_taken_out(shared_helper, tmp_path):
    plain = io.BytesIO()
    photograph().save(plain, "JPEG")
    data = plain.getvalue()
    assert data[6:11] == b"JFIF\0"
    small = b"\x02\x02" + b"\x11\x22\x33" * 4  # 2 × 2 pixels
    header = data[:4] + (16 + 12).to_bytes(2, "big") + data[6:18] + small
    path = tmp_path / "a.jpg"
    path.write_bytes(header[:2] + b"\xff\xe0" + header[4:] + data[20:])
    fitted = shared_helper.fit_image(str(path))
    assert fitted.changes == (C.CLEANED,)
    assert b"\x11\x22\x33" * 4 not in Path(fitted.path).read_bytes()
    assert _pixels(fitted.path) == _pixels(path)


def test_cmyk_jpeg_is_still_converted_with_its_colors(shared_helper, tmp_path):
    path = _telling_jpeg(tmp_path / "a.jpg", four_corners(640, 480).convert("CMYK"))
    fitted = shared_helper.fit_image(str(path))
    assert C.COLOR in fitted.changes


@pytest.mark.parametrize("name", ["a.jpg", "a.png"])
def test_second_time_comes_from_the_cache(shared_helper, tmp_path, name):
    path = tmp_path / name
    (_telling_jpeg if name.endswith("jpg") else _telling_png)(path)
    first = shared_helper.fit_image(str(path))
    inode = Path(first.path).stat().st_ino
    assert shared_helper.fit_image(str(path)) == first
    assert Path(first.path).stat().st_ino == inode


@pytest.mark.parametrize(
    "change",
    [
        {"changes": "CLEANED"},
        {"changes": ["melted"]},
        {"facts": []},
        {"facts": {"format": "jpeg", "width_px": "640", "height_px": 480, "size_bytes": 5}},
        None,
    ],
)
def test_a_note_in_the_cache_that_makes_no_sense_is_made_anew(shared_helper, tmp_path, change):
    path = _telling_jpeg(tmp_path / "a.jpg")
    first = shared_helper.fit_image(str(path))
    note = Path(first.path).with_suffix(".json")
    kept = json.loads(note.read_bytes())
    note.write_bytes(b"[" * 100_000 if change is None else json.dumps(kept | change).encode())
    assert shared_helper.fit_image(str(path)) == first


def test_a_note_in_the_cache_decides_about_its_own_entry_and_no_other(shared_helper, tmp_path):
    """What it names would be uploaded."""
    path = _telling_jpeg(tmp_path / "a.jpg")
    first = shared_helper.fit_image(str(path))
    other = shared_helper.fit_image(str(_telling_png(tmp_path / "b.png")))
    Path(first.path).with_suffix(".json").write_text(json.dumps(other.to_json()))
    assert shared_helper.fit_image(str(path)) == first


def test_crop_takes_the_box(shared_helper, tmp_path):
    path = str(tmp_path / "a.png")
    four_corners(800, 800).save(path)
    fitted = shared_helper.fit_image(path, ImagePlan(crop=(0.5, 0.5, 0.5, 0.5)))
    assert (fitted.changes, fitted.facts.width_px) == ((C.CROPPED,), 400)
    with Image.open(fitted.path) as image:
        assert image.size == (400, 400)
        assert set(corner_colors(image).values()) == {CORNERS["bottom_right"]}


def test_crop_of_a_turned_picture_is_of_what_is_seen(shared_helper, tmp_path):
    path = str(tmp_path / "a.jpg")
    stored = four_corners(800, 1200).transpose(Image.Transpose.ROTATE_90)
    stored.save(path, quality=95, exif=sideways_exif())
    fitted = shared_helper.fit_image(path, ImagePlan(crop=(0.0, 0.5, 0.5, 0.5)))
    assert fitted.changes == (C.TURNED, C.CROPPED) or C.CONVERTED in fitted.changes
    with Image.open(fitted.path) as image:
        assert image.size == (400, 600)
        assert set(corner_colors(image).values()) == {CORNERS["bottom_left"]}


@pytest.mark.parametrize("aspect", [0.5, 1.0, 16 / 9, IMAGE_MAX_ASPECT])
def test_padding_reaches_the_aspect_and_cuts_nothing(shared_helper, tmp_path, aspect):
    path = str(tmp_path / "a.png")
    four_corners(600, 480).save(path)
    fitted = shared_helper.fit_image(path, ImagePlan(pad_to_aspect=aspect))
    assert fitted.changes == (C.PADDED,)
    with Image.open(fitted.path) as image:
        assert image.width / image.height == pytest.approx(aspect, abs=0.01)
        assert image.size == (fitted.facts.width_px, fitted.facts.height_px)
        left, top = (image.width - 600) // 2, (image.height - 480) // 2
        inside = image.crop((left, top, left + 600, top + 480))
        assert inside.tobytes() == four_corners(600, 480).tobytes()


def test_whole_box_and_own_aspect_change_nothing(shared_helper, tmp_path):
    path = str(tmp_path / "a.png")
    four_corners(600, 480).save(path)
    plan = ImagePlan(crop=(0.0, 0.0, 1.0, 1.0), pad_to_aspect=600 / 480)
    assert shared_helper.fit_image(path, plan).path == path


def test_small_picture_is_scaled_up_into_the_limits(shared_helper, tmp_path):
    path = str(tmp_path / "a.jpg")
    photograph(250, 200).save(path)
    fitted = shared_helper.fit_image(path)
    assert fitted.changes == (C.SCALED,)
    assert min(fitted.facts.width_px, fitted.facts.height_px) >= IMAGE_MIN_SIDE_PX
    assert fitted.facts.width_px / fitted.facts.height_px == pytest.approx(1.25, abs=0.01)


def test_picture_padded_over_the_limit_is_scaled_down(shared_helper, tmp_path):
    path = str(tmp_path / "a.jpg")
    photograph(400, 2000).save(path)
    fitted = shared_helper.fit_image(path, ImagePlan(pad_to_aspect=2.5))
    assert set(fitted.changes) == {C.SCALED, C.PADDED}
    assert fitted.facts.width_px == IMAGE_MAX_SIDE_PX


def test_jpeg_that_is_too_odd_to_be_taken_apart_is_written_anew(shared_helper, tmp_path):
    """Pillow passes over a stray mark, so it is not refused; what else is in it, nobody can say."""
    path = tmp_path / "a.jpg"
    photograph().save(path, exif=sideways_exif(UPRIGHT))
    data = path.read_bytes()
    path.write_bytes(data[:2] + b"\xff\x00" + data[2:])
    fitted = shared_helper.fit_image(str(path))
    assert fitted.changes == (C.CLEANED,)
    assert b"camera maker" not in Path(fitted.path).read_bytes()
