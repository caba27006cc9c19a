"""Pictures that lack a part of their pixels are told as damaged; those that lack none are taken."""

from __future__ import annotations

import io
from pathlib import Path

import pillow_heif
import pytest
from media_makers import photograph
from PIL import Image

from kling_desktop.media import jpeg_whole
from kling_desktop.media.fitted import ImageChange

pillow_heif.register_heif_opener()  # for writing

END = b"\xff\xd9"
_SIZE = (400, 360)


def _jpeg(**options) -> bytes:
    data = io.BytesIO()
    noise = Image.effect_noise(_SIZE, 60)
    image = Image.merge("RGB", (noise, noise, noise.transpose(Image.Transpose.ROTATE_180)))
    image.save(data, "JPEG", quality=90, **options)
    return data.getvalue()


KINDS = [{}, {"progressive": True}, {"restart_marker_rows": 1}]


def _zeros_at_the_end(data: bytes) -> bytes:
    keep = len(data) * 6 // 10
    return data[:keep].ljust(len(data), b"\0")


def _long_zeros_at_the_end(data: bytes) -> bytes:
    return _zeros_at_the_end(data) + bytes(len(data))


def _end_in_the_middle(data: bytes) -> bytes:
    half = len(data) // 2
    return data[:half] + END * 20 + data[half + 40 :]


def _cut(data: bytes) -> bytes:
    return data[: len(data) * 6 // 10]


def _cut_and_ended(data: bytes) -> bytes:
    return _cut(data) + END


SPOILED = [_zeros_at_the_end, _long_zeros_at_the_end, _end_in_the_middle, _cut, _cut_and_ended]


@pytest.mark.parametrize("spoil", SPOILED)
@pytest.mark.parametrize("options", KINDS, ids=["baseline", "progressive", "restarts"])
def test_jpeg_that_lacks_pixels_is_damaged(shared_helper, code_of, tmp_path, spoil, options):
    path = tmp_path / "a.jpg"
    path.write_bytes(spoil(_jpeg(**options)))
    assert code_of(shared_helper.probe_image, str(path)) == "truncated"
    assert code_of(shared_helper.fit_image, str(path)) == "truncated"


def test_jpeg_too_large_to_be_counted_is_damaged_where_it_has_no_end(monkeypatch):
    monkeypatch.setattr(jpeg_whole, "_COUNTED_MAX_BYTES", 1000)
    data = _jpeg()
    spoiled = [_long_zeros_at_the_end(data), _end_in_the_middle(data), data]
    assert [jpeg_whole.is_damaged(one) for one in spoiled] == [True, True, False]


@pytest.mark.parametrize("options", KINDS, ids=["baseline", "progressive", "restarts"])
def test_whole_jpeg_of_any_make_is_taken(shared_helper, tmp_path, options):
    path = tmp_path / "a.jpg"
    path.write_bytes(_jpeg(**options))
    assert shared_helper.fit_image(str(path)).path == str(path)


@pytest.mark.parametrize("color", ["white", (90, 120, 60)])
@pytest.mark.parametrize("options", [{}, {"optimize": True}, {"progressive": True}])
def test_jpeg_of_one_color_is_not_damaged(shared_helper, tmp_path, color, options):
    path = tmp_path / "a.jpg"
    Image.new("RGB", (1600, 1200), color).save(path, **options)
    assert shared_helper.probe_image(str(path)).width_px == 1600


@pytest.mark.parametrize("missing", [1, 2])
@pytest.mark.parametrize("size", [_SIZE, (4000, 400)])
def test_jpeg_that_lacks_its_end_alone_is_taken(shared_helper, tmp_path, missing, size):
    path = tmp_path / "a.jpg"
    data = io.BytesIO()
    photograph(*size).save(data, "JPEG", quality=95, subsampling=0)
    path.write_bytes(data.getvalue()[:-missing])
    assert shared_helper.probe_image(str(path)).width_px == size[0]
    fitted = shared_helper.fit_image(str(path))
    assert ImageChange.CLEANED in fitted.changes or ImageChange.SCALED in fitted.changes
    sent = Path(fitted.path).read_bytes()
    assert sent != path.read_bytes()
    with Image.open(io.BytesIO(sent)) as image, Image.open(io.BytesIO(data.getvalue())) as whole:
        same = whole.resize(image.size).convert("RGB").getpixel((50, 300 * image.height // 400))
        seen = image.convert("RGB").getpixel((50, 300 * image.height // 400))
        assert max(abs(a - b) for a, b in zip(seen, same, strict=True)) <= 8


FORMS = [("WEBP", {}), ("HEIF", {}), ("AVIF", {}), ("PNG", {})]


def _saved(form: str, options: dict, image: Image.Image) -> bytes:
    data = io.BytesIO()
    image.save(data, form, **options)
    return data.getvalue()


@pytest.mark.parametrize(("form", "options"), FORMS)
def test_zeros_in_place_of_the_rest_are_damage(shared_helper, code_of, tmp_path, form, options):
    path = tmp_path / "a"
    path.write_bytes(_zeros_at_the_end(_saved(form, options, photograph())))
    assert code_of(shared_helper.probe_image, str(path)) == "truncated"
    assert code_of(shared_helper.fit_image, str(path)) == "truncated"


@pytest.mark.parametrize(("form", "options"), [*FORMS, ("WEBP", {"lossless": True})])
@pytest.mark.parametrize("color", ["white", "black"])
def test_one_color_is_no_damage(shared_helper, tmp_path, form, options, color):
    path = tmp_path / "a"
    image = Image.new("RGB", (1600, 1200), color)
    image.paste(photograph(), (0, 0))
    path.write_bytes(_saved(form, options, image))
    assert shared_helper.probe_image(str(path)).width_px == 1600


def test_png_whose_pixels_are_not_what_their_sum_says_is_damaged(shared_helper, code_of, tmp_path):
    image = Image.new("RGB", (1600, 1200), "white")
    image.paste(photograph(), (0, 0))
    data = bytearray(_saved("PNG", {}, image))
    end = data.rindex(b"IEND") - 4 - 4  # behind the last pixels, and in front of their sum
    data[end - 40 : end] = bytes(40)
    (tmp_path / "a.png").write_bytes(data)
    assert code_of(shared_helper.probe_image, str(tmp_path / "a.png")) == "truncated"
