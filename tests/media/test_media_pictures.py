"""Pictures through the real helper: facts, and the form that the service takes."""

from __future__ import annotations

import hashlib
import io
import os
from pathlib import Path

import pillow_heif
import pytest
from media_makers import (
    CORNERS,
    corner_colors,
    deep_png,
    four_corners,
    photograph,
    png_header_claiming,
    sideways_exif,
)
from PIL import Image, ImageCms

from kling_desktop.media.errors import MediaError
from kling_desktop.media.files import content_of
from kling_desktop.media.fitted import ImageChange
from kling_desktop.motion.limits import IMAGE_MAX_SIDE_PX, IMAGE_WARN_BYTES

C = ImageChange


def _exif_bytes(path: str) -> bytes:
    with Image.open(path) as image:
        return image.info.get("exif", b"")


def test_plain_jpeg_and_png_are_left_as_they_are(shared_helper, tmp_path):
    for name in ("a.jpg", "b.png"):
        path = str(tmp_path / name)
        photograph().save(path)
        before = Path(path).read_bytes()
        fitted = shared_helper.fit_image(path)
        assert (fitted.path, fitted.changes) == (path, ())
        assert Path(path).read_bytes() == before
        assert (fitted.facts.width_px, fitted.facts.height_px) == (640, 480)
        assert fitted.facts == shared_helper.probe_image(path)


@pytest.mark.parametrize(
    ("ending", "name"),
    [("webp", "webp"), ("bmp", "bmp"), ("tiff", "tiff"), ("avif", "avif")],
)
def test_photograph_in_another_format_becomes_a_jpeg(shared_helper, tmp_path, ending, name):
    path = str(tmp_path / f"photo.{ending}")
    photograph().save(path)
    assert shared_helper.probe_image(path).format == name
    fitted = shared_helper.fit_image(path)
    assert fitted.changes == (C.CONVERTED,)
    assert fitted.facts.format == "jpeg"
    assert fitted.path.endswith(".jpg")
    with Image.open(fitted.path) as image:
        assert (image.format, image.size, image.mode) == ("JPEG", (640, 480), "RGB")
    assert fitted.facts == shared_helper.probe_image(fitted.path)


def test_heic_becomes_a_jpeg_with_the_same_corners(shared_helper, tmp_path):
    path = str(tmp_path / "phone.heic")
    picture = Image.blend(photograph(640, 480), four_corners(640, 480), 0.8)
    pillow_heif.from_pillow(picture).save(path, quality=90)
    facts = shared_helper.probe_image(path)
    assert (facts.format, facts.width_px, facts.height_px) == ("heif", 640, 480)
    fitted = shared_helper.fit_image(path)
    assert (fitted.changes, fitted.facts.format) == ((C.CONVERTED,), "jpeg")
    with Image.open(fitted.path) as image:
        assert corner_colors(image) == CORNERS


def test_turned_heic_is_upright_and_tells_no_place(shared_helper, tmp_path):
    path = str(tmp_path / "turned.heic")
    stored = four_corners(640, 360).transpose(Image.Transpose.ROTATE_90)
    pillow_heif.from_pillow(stored).save(path, quality=90, exif=sideways_exif())
    facts = shared_helper.probe_image(path)
    assert (facts.width_px, facts.height_px) == (640, 360)
    fitted = shared_helper.fit_image(path)
    with Image.open(fitted.path) as image:
        assert image.size == (640, 360)
        assert corner_colors(image) == CORNERS
    assert _exif_bytes(fitted.path) == b""


UNTURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


@pytest.mark.parametrize("orientation", sorted(UNTURNS))
def test_exif_turned_jpeg_becomes_upright_without_its_place(shared_helper, tmp_path, orientation):
    path = str(tmp_path / "turned.jpg")
    stored = four_corners(640, 360).transpose(UNTURNS[orientation])
    stored.save(path, quality=95, exif=sideways_exif(orientation), comment=b"a private word")
    facts = shared_helper.probe_image(path)
    assert facts.turned
    assert (facts.width_px, facts.height_px) == (640, 360)
    fitted = shared_helper.fit_image(path)
    assert C.TURNED in fitted.changes
    data = Path(fitted.path).read_bytes()
    assert b"Exif" not in data
    assert b"camera maker" not in data
    assert b"private word" not in data
    with Image.open(fitted.path) as image:
        assert image.size == (640, 360)
        assert corner_colors(image) == CORNERS
    assert not shared_helper.probe_image(fitted.path).turned


def test_turned_photograph_stays_a_jpeg(shared_helper, tmp_path):
    path = str(tmp_path / "photo.jpg")
    photograph().save(path, exif=sideways_exif())
    fitted = shared_helper.fit_image(path)
    assert (fitted.changes, fitted.facts.format) == ((C.TURNED,), "jpeg")


def test_png_turned_by_exif_is_made_upright(shared_helper, tmp_path):
    path = str(tmp_path / "turned.png")
    four_corners(640, 360).transpose(Image.Transpose.ROTATE_90).save(path, exif=sideways_exif())
    fitted = shared_helper.fit_image(path)
    assert (fitted.changes, fitted.facts.format) == ((C.TURNED,), "png")
    with Image.open(fitted.path) as image:
        assert corner_colors(image) == CORNERS


def test_webp_with_alpha_becomes_an_opaque_png(shared_helper, tmp_path):
    path = str(tmp_path / "clear.webp")
    picture = photograph().convert("RGBA")
    picture.putalpha(Image.linear_gradient("L").resize(picture.size))
    picture.save(path)
    fitted = shared_helper.fit_image(path)
    assert (fitted.changes, fitted.facts.format) == ((C.CONVERTED, C.FLATTENED), "png")
    assert fitted.facts.color_mode == "RGB"


def test_webp_whose_alpha_is_opaque_becomes_a_jpeg(shared_helper, tmp_path):
    path = str(tmp_path / "opaque.webp")
    photograph().convert("RGBA").save(path)
    assert shared_helper.fit_image(path).facts.format == "jpeg"


def test_alpha_too_large_for_a_png_is_laid_on_white(shared_helper, tmp_path):
    path = str(tmp_path / "noise.tiff")
    side_px = 1900  # noise does not shrink: as a PNG this is 14 MB
    noise = bytearray(os.urandom(side_px * side_px * 4))
    noise[0:4] = b"\0\0\0\0"
    Image.frombytes("RGBA", (side_px, side_px), bytes(noise)).save(path)
    fitted = shared_helper.fit_image(path)
    assert fitted.changes == (C.CONVERTED, C.FLATTENED, C.SHRUNK)
    assert (fitted.facts.format, fitted.facts.color_mode) == ("jpeg", "RGB")
    assert fitted.facts.size_bytes <= IMAGE_WARN_BYTES


def test_drawing_becomes_a_png(shared_helper, tmp_path):
    path = str(tmp_path / "drawing.bmp")
    four_corners(640, 360).save(path)
    fitted = shared_helper.fit_image(path)
    assert fitted.facts.format == "png"
    with Image.open(fitted.path) as image:
        assert list(image.convert("RGB").tobytes()) == list(four_corners(640, 360).tobytes())


@pytest.mark.parametrize("ending", ["gif", "webp", "png"])
def test_moving_picture_becomes_its_first_frame(shared_helper, tmp_path, ending):
    path = str(tmp_path / f"moving.{ending}")
    others = [Image.new("RGB", (640, 360), color) for color in ("black", "lime")]
    four_corners(640, 360).save(
        path, save_all=True, append_images=others, duration=100, lossless=True
    )
    assert shared_helper.probe_image(path).animated
    fitted = shared_helper.fit_image(path)
    assert C.FIRST_FRAME in fitted.changes
    assert not fitted.facts.animated
    assert not shared_helper.probe_image(fitted.path).animated
    with Image.open(fitted.path) as image:
        assert corner_colors(image) == CORNERS


def test_pages_of_a_tiff_are_not_a_moving_picture(shared_helper, tmp_path):
    path = str(tmp_path / "pages.tiff")
    photograph().save(path, save_all=True, append_images=[photograph()])
    assert not shared_helper.probe_image(path).animated
    assert shared_helper.fit_image(path).changes == (C.CONVERTED,)


def test_cmyk_jpeg_becomes_rgb_with_the_same_corners(shared_helper, tmp_path):
    path = str(tmp_path / "print.jpg")
    four_corners(640, 360).convert("CMYK").save(path, quality=95)
    assert shared_helper.probe_image(path).color_mode == "CMYK"
    fitted = shared_helper.fit_image(path)
    assert C.COLOR in fitted.changes
    with Image.open(fitted.path) as image:
        assert image.mode == "RGB"
        assert corner_colors(image) == CORNERS


def test_sixteen_bit_gray_png_keeps_its_shade(shared_helper, tmp_path):
    path = str(deep_png(tmp_path / "gray16.png", 0, b"\x80\x00"))
    fitted = shared_helper.fit_image(path)
    assert C.COLOR in fitted.changes
    with Image.open(fitted.path) as image:
        assert image.mode == "L"
        assert image.getpixel((10, 10)) == pytest.approx(128, abs=2)


def test_sixteen_bit_color_png_becomes_eight_bit(shared_helper, tmp_path):
    path = str(deep_png(tmp_path / "color16.png", 2, b"\xff\xff\x80\x00\x00\x00"))
    assert shared_helper.probe_image(path).color_mode == "RGB;16"
    fitted = shared_helper.fit_image(path)
    assert fitted.changes == (C.COLOR,)
    assert shared_helper.probe_image(fitted.path).color_mode == "RGB"
    with Image.open(fitted.path) as image:
        assert image.getpixel((10, 10)) == pytest.approx((255, 128, 0), abs=2)


@pytest.mark.parametrize("mode", ["I;16", "I;16B", "I", "F"])
def test_deep_tiff_of_every_kind_becomes_gray(shared_helper, tmp_path, mode):
    path = str(tmp_path / "deep.tiff")
    if mode == "F":
        picture = Image.new("F", (320, 320), 0.25)
        picture.paste(0.75, (160, 0, 320, 320))
    else:
        picture = Image.new("I", (320, 320), 0)
        picture.paste(65535, (160, 0, 320, 320))
        picture = picture.convert(mode) if mode != "I" else picture
    picture.save(path)
    fitted = shared_helper.fit_image(path)
    assert C.COLOR in fitted.changes
    with Image.open(fitted.path) as image:
        dark, light = image.getpixel((20, 20)), image.getpixel((300, 20))
    assert dark < 100 < light


@pytest.mark.parametrize("mode", ["P", "1", "LA"])
def test_png_in_a_rare_color_mode_becomes_a_plain_png(shared_helper, tmp_path, mode):
    path = str(tmp_path / "rare.png")
    picture = Image.new("LA", (320, 320), (90, 120)) if mode == "LA" else four_corners(640, 360)
    picture.convert(mode).save(path)
    fitted = shared_helper.fit_image(path)
    laid = (C.COLOR, C.FLATTENED) if mode == "LA" else (C.COLOR,)
    assert (fitted.changes, fitted.facts.format) == (laid, "png")
    assert fitted.facts.color_mode in ("RGB", "L")


def test_lab_tiff_keeps_its_colors(shared_helper, tmp_path):
    path = str(tmp_path / "lab.tiff")
    lab = ImageCms.profileToProfile(
        photograph(),
        ImageCms.createProfile("sRGB"),
        ImageCms.createProfile("LAB"),
        outputMode="LAB",
    )
    lab.save(path)
    fitted = shared_helper.fit_image(path)
    wanted = photograph().getpixel((320, 240))
    with Image.open(fitted.path) as image:
        found = image.getpixel((320, 240))
    assert found == pytest.approx(wanted, abs=12)


def test_embedded_profile_is_applied_and_left_out(shared_helper, tmp_path):
    """A profile whose red and blue are swapped must swap them in what is sent."""
    swapped = _profile_with_red_and_blue_swapped()
    path = str(tmp_path / "profiled.webp")
    Image.new("RGB", (400, 400), (255, 0, 0)).save(path, icc_profile=swapped, lossless=True)
    fitted = shared_helper.fit_image(path)
    with Image.open(fitted.path) as image:
        assert "icc_profile" not in image.info
        red, _, blue = image.convert("RGB").getpixel((10, 10))
    assert blue > 200 > 100 > red


def _profile_with_red_and_blue_swapped() -> bytes:
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    at_red, at_blue = data.index(b"rXYZ"), data.index(b"bXYZ")
    data[at_red : at_red + 4], data[at_blue : at_blue + 4] = b"bXYZ", b"rXYZ"
    assert ImageCms.ImageCmsProfile(io.BytesIO(bytes(data)))
    return bytes(data)


def test_damaged_profile_does_not_stop_the_conversion(shared_helper, tmp_path):
    path = str(tmp_path / "bad-profile.webp")
    photograph().save(path, icc_profile=b"no profile at all" * 20)
    assert shared_helper.fit_image(path).changes == (C.CONVERTED,)


def test_picture_over_the_side_limit_is_scaled_to_fit(shared_helper, tmp_path):
    path = str(tmp_path / "wide.jpg")
    photograph(5000, 2500).save(path)
    fitted = shared_helper.fit_image(path)
    assert fitted.changes == (C.SCALED,)
    assert (fitted.facts.width_px, fitted.facts.height_px) == (
        IMAGE_MAX_SIDE_PX,
        IMAGE_MAX_SIDE_PX // 2,
    )


def test_fitted_picture_is_kept_and_made_again_when_damaged(own_helper, tmp_path):
    path = str(tmp_path / "photo.webp")
    photograph().save(path)
    first = own_helper.fit_image(path)
    stamp = Path(first.path).stat().st_ino
    assert own_helper.fit_image(path) == first
    assert Path(first.path).stat().st_ino == stamp  # the same file, not written again
    whole = Path(first.path).read_bytes()
    Path(first.path).write_bytes(whole[:200])
    assert own_helper.fit_image(path) == first
    assert Path(first.path).read_bytes() == whole


def test_changed_content_under_the_same_name_is_fitted_anew(own_helper, tmp_path):
    path = str(tmp_path / "photo.webp")
    photograph().save(path)
    first = own_helper.fit_image(path)
    photograph(500, 400).save(path)
    second = own_helper.fit_image(path)
    assert second.path != first.path
    assert (second.facts.width_px, second.facts.height_px) == (500, 400)


def test_a_picture_made_from_other_content_is_never_kept(own_helper, tmp_path):
    path = tmp_path / "photo.webp"
    photograph().save(path)
    before = content_of(str(path))
    first = own_helper.fit_image(str(path), content=before)
    photograph(500, 400).save(path)
    assert own_helper.fit_image(str(path), content=before) == first  # what was made from it
    Path(first.path).unlink()
    with pytest.raises(MediaError) as caught:
        own_helper.fit_image(str(path), content=before)
    assert caught.value.code == "changed"
    assert not Path(first.path).exists()


@pytest.mark.parametrize("size", [1, 1024 * 1024, 1024 * 1024 + 1])
def test_a_content_is_its_hash(tmp_path, size):
    path = tmp_path / "file"
    path.write_bytes(b"x" * size)
    assert content_of(str(path)).sha256 == hashlib.sha256(b"x" * size).hexdigest()


@pytest.mark.parametrize("side_px", [50_000, 20_000, 15_000])
def test_bomb_is_refused_before_it_is_decoded(shared_helper, code_of, tmp_path, side_px):
    path = str(png_header_claiming(tmp_path / "bomb.png", side_px, side_px))
    for call in (shared_helper.probe_image, shared_helper.fit_image, shared_helper.probe):
        assert code_of(call, path) == "bomb"
    assert code_of(shared_helper.thumbnail, path, width_px=100, height_px=100) == "bomb"


def test_hundred_megapixels_still_fit(shared_helper, slow_picture):
    fitted = shared_helper.fit_image(slow_picture)
    assert fitted.changes == (C.SCALED,)
    assert (fitted.facts.width_px, fitted.facts.height_px) == (IMAGE_MAX_SIDE_PX,) * 2


@pytest.mark.parametrize("ending", ["jpg", "png", "webp", "bmp", "tiff", "gif", "avif", "heic"])
def test_picture_cut_in_half_is_truncated(shared_helper, code_of, tmp_path, ending):
    path = tmp_path / f"cut.{ending}"
    if ending == "heic":
        pillow_heif.from_pillow(photograph()).save(str(path))
    else:
        photograph().save(path)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    assert code_of(shared_helper.probe_image, str(path)) == "truncated"
    assert code_of(shared_helper.fit_image, str(path)) == "truncated"
    assert code_of(shared_helper.thumbnail, str(path), width_px=64, height_px=64) == "truncated"
