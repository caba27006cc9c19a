"""What a clip looks like to a reader that knows plain BT.709 alone, measured on a chart."""

from __future__ import annotations

import av
import pytest
from av.video.reformatter import ColorRange, Colorspace
from clip_makers import make
from color_makers import (
    BT709,
    BT2020,
    CHART,
    HLG,
    P3,
    PQ,
    chart_frame,
    chart_picture,
    farthest,
    patches,
)
from PIL import Image, ImageDraw

from kling_desktop.media.fitted import ClipChange, ClipPlan

C = ClipChange
PLAIN_TAGS = (1, 1, 1, 1)  # matrix, primaries, curve, narrow range
TOLERANCE = 5  # levels: the codec's and 4:2:0's own
HDR_TOLERANCE = 8  # of ten bits that reach far above white
WHITEST, WHITE_TOLERANCE = 235, 20  # highlights above white need room
_MATRIX = {9: Colorspace.BT2020, 1: Colorspace.ITU709, 6: Colorspace.ITU601}


def _clip(path, primaries, curve, matrix, *, codec="libx264", pixels="yuv420p", **options):
    """``matrix`` None: the clip does not say what it is made with, and it is BT.601."""
    chart = chart_frame(primaries, curve)

    def as_tagged(_frame):
        made = chart.reformat(
            format=pixels,
            dst_colorspace=_MATRIX[matrix or 6],
            dst_color_range=ColorRange.MPEG,
        )
        if codec == "prores_ks":  # which writes of each frame what that says
            made.colorspace = 2
        made.pts, made.time_base = _frame.pts, _frame.time_base
        return made

    def tags(stream) -> None:
        if matrix is not None:
            context = stream.codec_context
            context.colorspace, context.color_primaries = matrix, primaries
            context.color_trc, context.color_range = curve, 1
        if options.get("turned"):
            stream.set_display_rotation(90)

    more = {"x265-params": "log-level=error:bframes=0"} if codec == "libx265" else {}
    return make(
        path,
        [chart_picture()] * 2,
        codec=codec,
        pix_fmt=pixels,
        sound=options.get("sound"),
        codec_options=more,
        shape=tags,
        each=as_tagged,
    )


def _shown(path: str) -> tuple[tuple[int, ...], Image.Image]:
    with av.open(path) as container:
        frame = next(container.decode(video=0))
        tags = (frame.colorspace, frame.color_primaries, frame.color_trc, frame.color_range)
        return tags, frame.to_image()


def test_colors_that_the_container_alone_tells_are_kept(shared_helper, tmp_path):
    """ProRes: its frames say nothing here, and as small as they are BT.601 would be guessed."""
    path = _clip(tmp_path / "a.mov", BT709, BT709, 1, codec="prores_ks", pixels="yuv422p10le")
    assert _shown(str(path))[0][:3] == (2, 2, 2)
    fitted = shared_helper.fit_clip(str(path), ClipPlan())
    tags, picture = _shown(fitted.path)
    assert tags == PLAIN_TAGS
    still = Image.open(shared_helper.frame(str(path), at_s=0.0, max_px=400)).convert("RGB")
    for seen in (picture, still):
        assert farthest(patches(seen)) <= TOLERANCE


@pytest.mark.parametrize("sound", [None, "aac"])
@pytest.mark.parametrize("matrix", [1, 6, None])
def test_turned_clip_keeps_its_colors_and_says_what_they_are(
    shared_helper, tmp_path, sound, matrix
):
    """The sound is written first, and the encoder of the picture begins with it."""
    path = _clip(tmp_path / "a.mp4", BT709, BT709, matrix, sound=sound, turned=True)
    fitted = shared_helper.fit_clip(str(path), ClipPlan())
    assert fitted.changes == (C.TURNED,)
    tags, image = _shown(fitted.path)
    assert tags == PLAIN_TAGS
    upright = patches(image.transpose(Image.Transpose.ROTATE_270))
    assert farthest(upright) <= TOLERANCE


@pytest.mark.parametrize("curve", [PQ, HLG], ids=["PQ", "HLG"])
def test_hdr_comes_out_as_the_plain_picture_that_it_was_made_of(shared_helper, tmp_path, curve):
    path = _clip(
        tmp_path / "a.mp4", BT2020, curve, 9, codec="libx265", pixels="yuv420p10le", sound="aac"
    )
    fitted = shared_helper.fit_clip(str(path), ClipPlan())
    assert fitted.changes == (C.TONE_MAPPED,)
    tags, image = _shown(fitted.path)
    assert tags == PLAIN_TAGS
    found = patches(image)
    white = CHART.index((255, 255, 255))
    assert min(found[white]) >= WHITEST
    light = CHART.index((220, 180, 140))
    assert farthest(found[light : light + 1], CHART[light : light + 1]) <= WHITE_TOLERANCE
    del found[white], found[light]
    others = [color for n, color in enumerate(CHART) if n not in (white, light)]
    assert farthest(found, others) <= HDR_TOLERANCE


@pytest.mark.parametrize("primaries", [BT2020, P3], ids=["BT.2020", "P3"])
def test_wide_colors_without_hdr_come_out_plain(shared_helper, tmp_path, primaries):
    matrix = 9 if primaries == BT2020 else 1
    path = _clip(tmp_path / "a.mp4", primaries, BT709, matrix, sound="aac")
    fitted = shared_helper.fit_clip(str(path), ClipPlan())
    assert fitted.changes == (C.COLOR,)
    tags, image = _shown(fitted.path)
    assert tags == PLAIN_TAGS
    assert farthest(patches(image)) <= TOLERANCE


@pytest.mark.parametrize("matrix", [1, 6, None])
def test_what_fits_and_is_plain_of_old_kind_or_unsaid_is_sent_as_it_is(
    shared_helper, tmp_path, matrix
):
    path = _clip(tmp_path / "a.mp4", BT709, BT709, matrix, sound="aac")
    assert shared_helper.fit_clip(str(path), ClipPlan()).path == str(path)


@pytest.mark.parametrize(
    ("codec", "pixels", "name"),
    [
        ("qtrle", "argb", "a.mov"),
        ("prores_ks", "yuva444p10le", "a.mov"),
        ("libvpx-vp9", "yuva420p", "a.webm"),
    ],
)
def test_cut_out_clip_is_laid_on_white_and_hides_nothing(
    shared_helper, tmp_path, codec, pixels, name
):
    ground = Image.effect_noise((360, 352), 80).convert("RGBA")
    mask = Image.new("L", ground.size, 0)
    ImageDraw.Draw(mask).rectangle((90, 88, 269, 263), fill=255)
    ground.paste((200, 60, 50), (90, 88, 270, 264))
    ground.putalpha(mask)

    def as_cut_out(given):
        frame = av.VideoFrame(*ground.size, "rgba")
        row, step = ground.width * 4, frame.planes[0].line_size
        data = ground.tobytes()
        lines = (data[at : at + row].ljust(step, b"\0") for at in range(0, len(data), row))
        frame.planes[0].update(b"".join(lines))
        frame = frame.reformat(format=pixels)
        frame.pts, frame.time_base = given.pts, given.time_base
        return frame

    path = make(
        tmp_path / name,
        [Image.new("RGB", ground.size)] * 3,
        codec=codec,
        pix_fmt=pixels,
        shape=lambda stream: stream.metadata.update({"alpha_mode": "1"}),
        each=as_cut_out,
    )
    fitted = shared_helper.fit_clip(str(path), ClipPlan())
    assert C.FLATTENED in fitted.changes
    tags, image = _shown(fitted.path)
    assert tags == PLAIN_TAGS
    assert farthest([image.getpixel((180, 176))], [(200, 60, 50)]) <= TOLERANCE
    for edge in ((0, 0, 360, 80), (0, 272, 360, 352)):
        lowest = min(low for low, _ in image.crop(edge).getextrema())
        assert lowest >= 250


@pytest.mark.parametrize("curve", [PQ, HLG], ids=["PQ", "HLG"])
def test_a_still_of_hdr_shows_what_is_sent(shared_helper, tmp_path, curve):
    path = _clip(tmp_path / "a.mp4", BT2020, curve, 9, codec="libx265", pixels="yuv420p10le")
    with Image.open(shared_helper.frame(str(path), at_s=0.0, max_px=400)) as shown:
        found = patches(shown)
    assert min(found[CHART.index((255, 255, 255))]) >= WHITEST
    assert farthest(found[:3], CHART[:3]) <= HDR_TOLERANCE
