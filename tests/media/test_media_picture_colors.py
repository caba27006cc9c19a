"""What a picture looks like to a reader that knows plain sRGB alone, whoever said what it means."""

from __future__ import annotations

import io
import os
import struct
import zlib
from pathlib import Path

import av
import pillow_heif
import pytest
from color_makers import (
    BT709,
    BT2020,
    CHART,
    HLG,
    P3,
    PQ,
    as_stored,
    chart_picture,
    farthest,
    patches,
)
from media_makers import four_corners, photograph
from PIL import Image, ImageDraw

from kling_desktop.media.fitted import ImageChange, ImagePlan
from kling_desktop.motion.limits import IMAGE_MAX_BYTES, IMAGE_WARN_BYTES

pillow_heif.register_heif_opener()  # for writing

C = ImageChange
TOLERANCE = 4
COARSE = 12  # levels: eight bits of PQ are far apart, and 4:2:0
WHITE, LIGHT = CHART.index((255, 255, 255)), CHART.index((220, 180, 140))
_SIDEWAYS = 6


def _stored(primaries: int, curve: int) -> Image.Image:
    image = chart_picture()
    for number, color in enumerate(CHART):
        levels = tuple(round(part * 255) for part in as_stored(color, primaries, curve))
        left = number * 50
        ImageDraw.Draw(image).rectangle((left, 0, left + 49, image.height), fill=levels)
    return image


def _profile(primaries: int) -> bytes:
    """A profile of ICC.1: these primaries at D50, sRGB's curve."""
    places = {
        P3: ((0.51512, 0.2412, -0.00105), (0.29198, 0.69225, 0.04189), (0.1571, 0.06657, 0.78407)),
        BT709: (
            (0.43607, 0.22249, 0.01392),
            (0.38515, 0.71687, 0.09708),
            (0.14307, 0.06061, 0.7141),
        ),
    }[primaries]
    primary = zip((b"rXYZ", b"gXYZ", b"bXYZ"), map(_xyz, places), strict=True)
    curve = b"para\0\0\0\0" + struct.pack(">HH", 3, 0)
    curve += b"".join(map(_fixed, (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)))
    tags = [
        (b"desc", b"desc\0\0\0\0" + struct.pack(">I", 2) + b"c\0" + bytes(78)),
        (b"cprt", b"text\0\0\0\0x\0\0\0"),
        (b"wtpt", _xyz((0.9642, 1, 0.8249))),
        *primary,
        *((name, curve) for name in (b"rTRC", b"gTRC", b"bTRC")),
    ]
    offset, table, body = 132 + 12 * len(tags), struct.pack(">I", len(tags)), b""
    for name, data in tags:
        data += bytes(-len(data) % 4)
        table += name + struct.pack(">II", offset + len(body), len(data))
        body += data
    head = struct.pack(">I", offset + len(body)) + b"lcms\x02\x40\0\0mntrRGB XYZ " + bytes(12)
    head += b"acsp" + bytes(28) + b"".join(map(_fixed, (0.9642, 1, 0.8249)))
    return head.ljust(128, b"\0") + table + body


def _fixed(value: float) -> bytes:
    return struct.pack(">i", round(value * 65536))


def _xyz(place: tuple[float, ...]) -> bytes:
    return b"XYZ \0\0\0\0" + b"".join(map(_fixed, place))


def _png(path: Path, primaries: int, curve: int) -> Path:
    """With cICP, which Pillow can't write."""
    data = io.BytesIO()
    _stored(primaries, curve).save(data, "PNG")
    whole, at = data.getvalue(), 33  # behind the header
    content = b"cICP" + bytes((primaries, curve, 0, 1))
    chunk = struct.pack(">I", 4) + content + struct.pack(">I", zlib.crc32(content))
    path.write_bytes(whole[:at] + chunk + whole[at:])
    return path


def _heic(path: Path, primaries: int, curve: int) -> Path:
    return _with_nclx(path, "HEIF", primaries, curve)


def _avif(path: Path, primaries: int, curve: int) -> Path:
    return _with_nclx(path, "AVIF", primaries, curve)


def _with_nclx(path: Path, form: str, primaries: int, curve: int) -> Path:
    data = io.BytesIO()
    _stored(primaries, curve).save(data, form, quality=95)
    whole = data.getvalue()
    at = whole.index(b"nclx") + 4
    path.write_bytes(whole[:at] + struct.pack(">HH", primaries, curve) + whole[at + 4 :])
    return path


def _fitted(helper, path: Path | str, plan: ImagePlan | None = None):
    fitted = helper.fit_image(str(path), plan or ImagePlan())
    with Image.open(fitted.path) as image:
        image.load()
        assert "icc_profile" not in image.info or fitted.path == str(path)
        return fitted, image.copy()


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "turned.jpg"])
def test_upright_and_turned_display_p3_come_out_as_plain_srgb(shared_helper, tmp_path, name):
    image, exif = _stored(P3, BT709), Image.Exif()
    if name == "turned.jpg":
        image, exif[0x0112] = image.transpose(Image.Transpose.ROTATE_90), _SIDEWAYS
    image.save(tmp_path / name, quality=97, subsampling=0, icc_profile=_profile(P3), exif=exif)
    fitted, seen = _fitted(shared_helper, tmp_path / name)
    assert C.COLOR in fitted.changes
    assert farthest(patches(seen)) <= TOLERANCE


@pytest.mark.parametrize("name", ["a.jpg", "a.png"])
def test_profile_that_means_srgb_is_sent_as_it_is(shared_helper, tmp_path, name):
    photograph().save(tmp_path / name, icc_profile=_profile(BT709))
    fitted = shared_helper.fit_image(str(tmp_path / name))
    assert (C.COLOR in fitted.changes, C.CONVERTED in fitted.changes) == (False, False)


def test_adobe_rgb_that_exif_alone_tells_comes_out_as_srgb(shared_helper, tmp_path):
    colors = [(200, 60, 50), (60, 160, 70), (50, 80, 190), (220, 180, 140)]
    right = [(231, 57, 46), (0, 161, 60), (21, 79, 195), (234, 181, 139)]
    exif = Image.Exif()
    inner = exif.get_ifd(0x8769)
    inner[0xA001], inner[0xA005] = 65535, {1: "R03", 2: b"0100"}
    image = Image.new("RGB", (400, 360))
    for n, color in enumerate(colors):
        ImageDraw.Draw(image).rectangle((n * 100, 0, n * 100 + 99, 360), fill=color)
    path = tmp_path / "a.jpg"
    image.save(path, quality=97, subsampling=0, exif=exif)
    fitted, seen = _fitted(shared_helper, path)
    assert C.COLOR in fitted.changes
    found = [seen.convert("RGB").getpixel((n * 100 + 50, 180)) for n in range(4)]
    assert farthest(found, right) <= TOLERANCE


@pytest.mark.parametrize("make", [_png, _heic, _avif])
@pytest.mark.parametrize("curve", [PQ, HLG], ids=["PQ", "HLG"])
def test_hdr_pictures_come_out_as_the_plain_ones_that_they_were_made_of(
    shared_helper, tmp_path, make, curve
):
    fitted, seen = _fitted(shared_helper, make(tmp_path / "a", BT2020, curve))
    assert C.COLOR in fitted.changes
    found = patches(seen)
    assert min(found[WHITE]) >= 235
    assert farthest([found[LIGHT]], [CHART[LIGHT]]) <= 20
    plain = [n for n in range(len(CHART)) if n not in (WHITE, LIGHT)]
    assert farthest([found[n] for n in plain], [CHART[n] for n in plain]) <= COARSE


@pytest.mark.parametrize("make", [_png, _heic, _avif])
def test_wide_pictures_without_a_profile_come_out_plain(shared_helper, tmp_path, make):
    fitted, seen = _fitted(shared_helper, make(tmp_path / "a", P3, 13))
    assert C.COLOR in fitted.changes
    assert farthest(patches(seen)) <= COARSE


def test_png_that_tells_its_gamma_alone_comes_out_plain(shared_helper, tmp_path):
    data = io.BytesIO()
    Image.new("RGB", (400, 400), (55, 55, 55)).save(data, "PNG")  # 0.2158 of the light
    whole = data.getvalue()
    content = b"gAMA" + struct.pack(">I", 100_000)  # linear
    chunk = struct.pack(">I", 4) + content + struct.pack(">I", zlib.crc32(content))
    path = tmp_path / "a.png"
    path.write_bytes(whole[:33] + chunk + whole[33:])
    fitted, seen = _fitted(shared_helper, path)
    assert C.COLOR in fitted.changes
    assert seen.convert("RGB").getpixel((200, 200))[0] == pytest.approx(128, abs=2)


def test_png_whose_primaries_are_no_colors_is_still_a_picture(shared_helper, tmp_path):
    data = io.BytesIO()
    photograph().save(data, "PNG")
    whole = data.getvalue()
    extra = b""
    for name, numbers in ((b"gAMA", [100_000]), (b"cHRM", [31_270, 32_900, *[30_000] * 6])):
        content = name + struct.pack(f">{len(numbers)}I", *numbers)
        extra += struct.pack(">I", len(content) - 4) + content
        extra += struct.pack(">I", zlib.crc32(content))
    path = tmp_path / "a.png"
    path.write_bytes(whole[:33] + extra + whole[33:])
    fitted, _ = _fitted(shared_helper, path)
    assert C.COLOR in fitted.changes


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_cut_out_is_laid_on_white_and_hides_nothing(shared_helper, tmp_path, mode):
    image = Image.effect_noise((400, 360), 80).convert("RGB")
    if mode == "P":
        image = image.quantize(8)
        image.info["transparency"] = bytes([0, *[255] * 7])
    else:
        mask = Image.new("L", image.size, 0)
        ImageDraw.Draw(mask).rectangle((100, 100, 299, 259), fill=255)
        image.putalpha(mask)
        image = image.convert(mode)
    path = tmp_path / "a.png"
    image.save(path)
    fitted, seen = _fitted(shared_helper, path)
    assert C.FLATTENED in fitted.changes
    assert seen.mode in ("RGB", "L")
    if mode != "P":
        assert seen.crop((0, 0, 400, 90)).convert("L").getextrema() == (255, 255)


def test_opaque_picture_with_an_idle_alpha_is_left_alone(shared_helper, tmp_path):
    path = tmp_path / "a.png"
    photograph().convert("RGBA").save(path)
    assert shared_helper.fit_image(str(path)).path == str(path)


# --- how many bytes, how many pixels -------------------------------------------------------------


@pytest.fixture(scope="module")
def heavy_png(tmp_path_factory) -> Path:
    """A little over the older limit, and far below the newer one."""
    path = tmp_path_factory.mktemp("heavy") / "heavy.png"
    side = 1900
    Image.frombytes("RGB", (side, side), os.urandom(side * side * 3)).save(path, compress_level=0)
    assert IMAGE_WARN_BYTES < path.stat().st_size < IMAGE_MAX_BYTES
    return path


def test_more_than_ten_million_bytes_are_brought_under_them(shared_helper, heavy_png):
    fitted = shared_helper.fit_image(str(heavy_png), ImagePlan())
    assert fitted.changes == (C.CONVERTED, C.SHRUNK)
    assert Path(fitted.path).stat().st_size <= IMAGE_WARN_BYTES
    assert (fitted.facts.width_px, fitted.facts.height_px) == (1900, 1900)


def test_a_person_may_send_them_as_they_are(shared_helper, heavy_png):
    assert shared_helper.fit_image(str(heavy_png), ImagePlan(large=True)).path == str(heavy_png)


def test_picture_of_200_megapixels_is_made_to_fit(shared_helper, tmp_path):
    path = tmp_path / "a.jpg"
    Image.new("L", (16_320, 12_240), 120).save(path, quality=30)
    assert shared_helper.probe_image(str(path)).width_px == 16_320
    fitted = shared_helper.fit_image(str(path))
    assert C.SCALED in fitted.changes
    assert (fitted.facts.width_px, fitted.facts.height_px) == (3850, 2888)


def test_crop_of_a_picture_that_is_decoded_smaller_is_of_what_is_seen(shared_helper, tmp_path):
    path = tmp_path / "a.jpg"
    four_corners(9000, 9000).save(path, quality=50)
    fitted = shared_helper.fit_image(str(path), ImagePlan(crop=(0.0, 0.5, 1.0, 0.5)))
    assert (fitted.facts.width_px, fitted.facts.height_px) == (3850, 1925)
    with Image.open(fitted.path) as image:
        assert image.convert("RGB").getpixel((20, 20))[2] > 200  # blue, and no red above it
        assert image.convert("RGB").getpixel((3830, 20)) > (240, 240, 240)


# --- which part of it ----------------------------------------------------------------------------


def _clap(width: int, height: int, across: int, down: int) -> bytes:
    """Of ISO 14496-12: size of the clean aperture, and its middle from the picture's, in pixels."""
    return struct.pack(">IIIIiIiI", width, 1, height, 1, across, 1, down, 1)


@pytest.mark.parametrize("form", ["AVIF", "HEIF"])
def test_crop_that_a_picture_tells_is_made(shared_helper, tmp_path, form):
    data = io.BytesIO()
    four_corners(800, 800).save(data, form, quality=90)
    path = tmp_path / "a"
    path.write_bytes(_with_clap(data.getvalue(), _clap(360, 340, 200, -200)))
    facts = shared_helper.probe_image(str(path))
    assert (facts.width_px, facts.height_px) == (360, 340)
    _, seen = _fitted(shared_helper, path)
    assert seen.size == (360, 340)
    red, green, _ = seen.convert("RGB").getextrema()
    assert (red[1] < 60, green[0] > 200) == (True, True)  # the upper right quarter alone: lime


def _with_clap(data: bytes, clap: bytes) -> bytes:
    """The property put behind the others, and tied to the one picture."""
    grown = 8 + len(clap) + 1
    for name in (b"meta", b"iprp", b"ipco", b"ipma"):
        at = data.index(name) - 4
        by = {b"ipco": grown - 1, b"ipma": 1}.get(name, grown)
        (size,) = struct.unpack_from(">I", data, at)
        data = data[:at] + struct.pack(">I", size + by) + data[at + 4 :]
    begin = data.index(b"ipco") - 4
    (size,) = struct.unpack_from(">I", data, begin)
    end = begin + size - 8 - len(clap)
    box = struct.pack(">I", 8 + len(clap)) + b"clap" + clap
    at = data.index(b"ipma") + 4 + 4 + 4 + 2
    ties = data[at]
    number = ties + 1 | 0x80
    data = (
        data[:at]
        + bytes((ties + 1,))
        + data[at + 1 : at + 1 + ties]
        + bytes((number,))
        + data[at + 1 + ties :]
    )
    data = data[:end] + box + data[end:]
    at = data.index(b"iloc") + 4 + 4
    has_base = data[at + 1] != 0
    at += 2 + 2 + 2 + 2 + (0 if has_base else 2)  # where the item's one extent is
    (offset,) = struct.unpack_from(">I", data, at)
    return data[:at] + struct.pack(">I", offset + grown) + data[at + 4 :]


# --- camera raw ----------------------------------------------------------------------------------


def _raw(path: Path, preview: bytes | None, orientation: int = 1) -> Path:
    """A DNG as cameras write it: a thumbnail first, the sensor's data in a SubIFD, then a JPEG."""
    thumb = bytes(64 * 48 * 3)
    tags = [
        *((254, 4, 1, 1), (256, 4, 1, 64), (257, 4, 1, 48), (258, 3, 1, 8), (259, 3, 1, 1)),
        *((262, 3, 1, 2), (273, 4, 1, 400), (274, 3, 1, orientation), (277, 3, 1, 3)),
        *((278, 4, 1, 48), (279, 4, 1, len(thumb)), (330, 4, 1, 250), (50706, 1, 4, 0x401)),
    ]
    sensor = [(254, 4, 1, 0), (256, 4, 1, 600), (257, 4, 1, 400), (262, 3, 1, 32803)]

    def ifd(entries) -> bytes:
        packed = b"".join(struct.pack("<HHII", *entry) for entry in entries)
        return struct.pack("<H", len(entries)) + packed + bytes(4)

    data = b"II*\0\x08\0\0\0" + ifd(tags)
    data = (data.ljust(250, b"\0") + ifd(sensor)).ljust(400, b"\0") + thumb
    path.write_bytes(data + (preview or b""))
    return path


def test_raw_file_gives_the_large_picture_that_the_camera_put_in_it(shared_helper, tmp_path):
    data = io.BytesIO()
    four_corners(1200, 900).transpose(Image.Transpose.ROTATE_90).save(data, "JPEG", quality=90)
    path = _raw(tmp_path / "a.dng", data.getvalue(), _SIDEWAYS)
    fitted, seen = _fitted(shared_helper, path)
    assert C.CONVERTED in fitted.changes
    assert seen.size == (1200, 900)
    assert seen.convert("RGB").getpixel((20, 20)) > (240, 0, 0)


def test_raw_file_without_a_large_picture_is_told_as_that(shared_helper, code_of, tmp_path):
    assert code_of(shared_helper.fit_image, str(_raw(tmp_path / "a.dng", None))) == "raw"


# --- two of one size and time --------------------------------------------------------------------


def test_pictures_of_one_size_time_head_and_tail_are_told_apart(shared_helper, tmp_path):
    paths = []
    for name, color in (("a.bmp", (200, 40, 40)), ("b.bmp", (40, 40, 200))):
        image = Image.new("RGB", (600, 600), "white")
        ImageDraw.Draw(image).rectangle((200, 200, 399, 399), fill=color)
        image.save(tmp_path / name)
        os.utime(tmp_path / name, (1.7e9, 1.7e9))
        paths.append(tmp_path / name)
    for path, color in zip(paths, [(200, 40, 40), (40, 40, 200)], strict=True):
        _, seen = _fitted(shared_helper, path)
        assert seen.convert("RGB").getpixel((300, 300)) == color
        small = shared_helper.thumbnail(str(path), width_px=100, height_px=100)
        with Image.open(small) as shown:
            assert farthest([shown.convert("RGB").getpixel((50, 50))], [color]) <= TOLERANCE


# --- more than eight bits ------------------------------------------------------------------------

DEEP_CHART = [(200, 60, 50), (50, 80, 190), (230, 220, 60), (30, 30, 30)]


def _deep_frame(primaries: int, curve: int) -> av.VideoFrame:
    row = b"".join(
        struct.pack("<3H", *(round(part * 65535) for part in as_stored(color, primaries, curve)))
        * 100
        for color in DEEP_CHART
    )
    frame = av.VideoFrame(400, 360, "rgb48le")
    frame.planes[0].update(row.ljust(frame.planes[0].line_size, b"\0") * 360)
    return frame


def _deep_heic(path: Path, primaries: int, curve: int) -> None:
    plane = _deep_frame(primaries, curve).planes[0]
    image = pillow_heif.from_bytes("RGB;16", (400, 360), bytes(plane), stride=plane.line_size)
    image.save(path, quality=95, matrix_coefficients=9, chroma=444, full_range_flag=1)
    whole = path.read_bytes()
    at = whole.index(b"nclx") + 4
    path.write_bytes(whole[:at] + struct.pack(">HH", primaries, curve) + whole[at + 4 :])


def _deep_avif(path: Path, primaries: int, curve: int) -> None:
    frame = _deep_frame(primaries, curve).reformat(
        format="yuv420p10le", dst_colorspace=9, dst_color_range=2
    )
    with av.open(str(path), "w", format="avif") as container:
        stream = container.add_stream("libsvtav1", rate=1, options={"preset": "10", "crf": "5"})
        stream.width, stream.height, stream.pix_fmt = 400, 360, "yuv420p10le"
        context = stream.codec_context
        context.colorspace, context.color_range = 9, 2
        context.color_primaries, context.color_trc = primaries, curve
        frame.pts = 0
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)


@pytest.mark.parametrize("make", [_deep_heic, _deep_avif])
@pytest.mark.parametrize(("primaries", "curve"), [(BT2020, PQ), (BT2020, HLG), (BT709, 13)])
def test_all_bits_of_a_picture_and_its_matrix_count(
    shared_helper, tmp_path, make, primaries, curve
):
    path = tmp_path / "a"
    make(path, primaries, curve)
    _, seen = _fitted(shared_helper, path)
    found = [seen.convert("RGB").getpixel((n * 100 + 50, 180)) for n in range(4)]
    assert farthest(found, DEEP_CHART) <= TOLERANCE


def test_sixteen_bits_of_linear_light_keep_the_shadows(shared_helper, tmp_path):
    light = round(_linear(30) * 65535)
    rows = (b"\0" + struct.pack(">3H", light, light, light) * 400) * 400
    parts = [
        (b"IHDR", struct.pack(">IIBBBBB", 400, 400, 16, 2, 0, 0, 0)),
        (b"gAMA", struct.pack(">I", 100_000)),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    ]
    path = tmp_path / "a.png"
    data = b"\x89PNG\r\n\x1a\n"
    for name, content in parts:
        data += struct.pack(">I", len(content)) + name + content
        data += struct.pack(">I", zlib.crc32(name + content))
    path.write_bytes(data)
    _, seen = _fitted(shared_helper, path)
    assert seen.convert("RGB").getpixel((200, 200))[0] == pytest.approx(30, abs=2)


def _linear(level: int) -> float:
    return ((level / 255 + 0.055) / 1.055) ** 2.4
