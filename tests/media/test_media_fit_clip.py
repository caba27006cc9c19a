"""Any clip in, and out what the service takes: each codec and defect, through the real helper."""

from __future__ import annotations

import os
import threading
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import pytest
from clip_makers import (
    SIZE,
    first_loud_s,
    is_faststart,
    make,
    numbered,
    numbers,
    packets,
    shown,
    sound_length_s,
    with_fields,
)
from media_makers import CORNERS, corner_colors, four_corners
from PIL import Image

from kling_desktop.media.errors import MediaError
from kling_desktop.media.files import content_of
from kling_desktop.media.fitted import ClipChange, ClipPlan
from kling_desktop.media.sniff import sniff
from kling_desktop.motion.limits import UPLOAD_MAX_BYTES, VIDEO_MAX_SIDE_PX, VIDEO_MIN_SIDE_PX

C = ClipChange
AS_WISHED = ClipPlan()


def fit(helper, path, plan=AS_WISHED):
    """Fit, and check what holds of every fitted clip."""
    fitted = helper.fit_clip(str(path), plan)
    assert fitted.changes == helper.plan_clip(str(path), plan)
    assert fitted.facts == helper.verify_video(fitted.path)
    if fitted.path != str(path):
        assert fitted.facts.container == "mp4"
        assert is_faststart(fitted.path)
    if plan.fit:
        _check_limits(fitted)
    return fitted


def _check_limits(fitted) -> None:
    facts = fitted.facts
    assert facts.container in ("mp4", "mov")
    assert facts.codec in ("h264", "hevc")
    assert min(facts.width_px, facts.height_px) >= VIDEO_MIN_SIDE_PX
    assert max(facts.width_px, facts.height_px) <= VIDEO_MAX_SIDE_PX
    assert facts.size_bytes <= UPLOAD_MAX_BYTES
    assert facts.fps <= 60.5
    assert facts.rotation_deg == 0
    assert not facts.variable_frame_rate


def _sample_aspect(path: str) -> Fraction | None:
    with av.open(path) as container:
        return container.streams.video[0].sample_aspect_ratio


def _picture(path: str, number: int = 0) -> Image.Image:
    with av.open(path) as container:
        for index, frame in enumerate(container.decode(video=0)):
            if index == number:
                return frame.to_image()
    raise AssertionError("no such frame")


# --- what fits already ---------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["mp4", "mov"])
@pytest.mark.parametrize("codec", ["libx264", "libx265"])
def test_clip_that_fits_is_sent_byte_for_byte(shared_helper, tmp_path, ending, codec):
    options = {"x265-params": "log-level=error"} if codec == "libx265" else {}
    path = make(tmp_path / f"a.{ending}", codec=codec, codec_options=options, sound="aac")
    before = path.read_bytes()
    fitted = fit(shared_helper, path)
    assert (fitted.path, fitted.changes, fitted.reencoded) == (str(path), (), False)
    assert path.read_bytes() == before


def test_clip_without_sound_that_fits_is_left_alone(shared_helper, tmp_path):
    path = make(tmp_path / "a.mp4")
    assert fit(shared_helper, path).changes == ()


# --- containers and codecs -----------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["mkv", "ts", "flv"])
def test_container_alone_is_changed_by_copying(shared_helper, tmp_path, ending):
    path = make(tmp_path / f"a.{ending}", sound="aac", codec_options={"bf": "2"}, beep_at_s=1.0)
    fitted = fit(shared_helper, path)
    assert (fitted.changes, fitted.reencoded) == ((C.CONVERTED,), False)
    assert numbers(fitted.path) == list(range(20))
    assert len(packets(fitted.path)) == len(packets(path))
    assert first_loud_s(fitted.path) == pytest.approx(1.0, abs=0.03)


def test_copied_packets_are_the_originals(shared_helper, tmp_path):
    path = make(tmp_path / "a.mkv", sound="aac")
    fitted = fit(shared_helper, path)
    assert packets(fitted.path) == packets(path)
    assert packets(fitted.path, "audio") == packets(path, "audio")


KINDS = {
    "mpeg4 in avi": {"ending": "avi", "codec": "mpeg4", "sound": "ac3"},
    "mpeg4 with b frames in avi": {
        "ending": "avi",
        "codec": "mpeg4",
        "codec_options": {"bf": "2"},
        "sound": "pcm_s16le",
    },
    "h264 in avi": {"ending": "avi", "codec": "libx264", "sound": "pcm_s16le"},
    "mjpeg in avi": {"ending": "avi", "codec": "mjpeg", "pix_fmt": "yuvj420p"},
    "mjpeg in mov": {"ending": "mov", "codec": "mjpeg", "pix_fmt": "yuvj422p"},
    "vp8 in webm": {"ending": "webm", "codec": "libvpx", "sound": "libopus"},
    "vp9 in webm": {"ending": "webm", "codec": "libvpx-vp9", "sound": "libopus"},
    "av1 in mp4": {"ending": "mp4", "codec": "libsvtav1", "sound": "aac"},
    "prores in mov": {
        "ending": "mov",
        "codec": "prores_ks",
        "pix_fmt": "yuv422p10le",
        "sound": "pcm_s24le",
    },
    "mpeg2 in mpeg": {"ending": "mpg", "codec": "mpeg2video", "fps": 25, "sound": "mp2"},
    "mpeg2 in ts": {"ending": "ts", "codec": "mpeg2video", "fps": 25, "sound": "ac3"},
    "ten bit h264": {"ending": "mp4", "codec": "libx264", "pix_fmt": "yuv420p10le"},
    "ten bit hevc": {
        "ending": "mkv",
        "codec": "libx265",
        "pix_fmt": "yuv420p10le",
        "codec_options": {"x265-params": "log-level=error"},
    },
    "4:4:4 h264": {"ending": "mp4", "codec": "libx264", "pix_fmt": "yuv444p"},
}


@pytest.mark.parametrize("kind", KINDS)
def test_other_codecs_become_h264_with_every_frame_and_the_sound_in_time(
    shared_helper, tmp_path, kind
):
    made = dict(KINDS[kind])
    path = tmp_path / f"a.{made.pop('ending')}"
    fps = made.get("fps", 10)
    make(path, **made, beep_at_s=0.5)
    fitted = fit(shared_helper, path)
    assert C.CONVERTED in fitted.changes
    assert (fitted.reencoded, fitted.facts.codec) == (True, "h264")
    assert numbers(fitted.path) == list(range(20))
    assert fitted.facts.duration_s == pytest.approx(20 / fps, abs=0.001)
    assert fitted.facts.fps == pytest.approx(fps)
    assert fitted.facts.has_sound == ("sound" in made)
    if "sound" in made:
        assert sound_length_s(fitted.path) == pytest.approx(20 / fps, abs=0.025)
        assert first_loud_s(fitted.path) == pytest.approx(0.5, abs=0.03)
        assert (C.SOUND_CONVERTED in fitted.changes) == (made["sound"] not in ("aac", "mp3"))


def test_moving_gif_becomes_a_clip(shared_helper, tmp_path):
    frames = numbered(20)
    path = tmp_path / "a.gif"
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=100)
    fitted = fit(shared_helper, path)
    assert fitted.changes == (C.CONVERTED,)
    assert numbers(fitted.path) == list(range(20))


@pytest.mark.parametrize(
    ("ending", "codec"),
    [("h264", "libx264"), ("ivf", "libvpx"), ("asf", "mpeg4"), ("mxf", "mpeg2video")],
)
def test_rarer_containers_are_known_and_converted(shared_helper, tmp_path, ending, codec):
    path = make(tmp_path / f"a.{ending}", fps=25, codec=codec)
    assert sniff(str(path)) == "video"
    fitted = fit(shared_helper, path)
    assert C.CONVERTED in fitted.changes
    assert numbers(fitted.path) == list(range(20))


def test_odd_sound_alone_leaves_the_picture_a_copy(shared_helper, tmp_path):
    path = make(tmp_path / "a.mov", sound="pcm_s16le", beep_at_s=0.7)
    fitted = fit(shared_helper, path)
    assert (fitted.changes, fitted.reencoded) == ((C.SOUND_CONVERTED,), False)
    assert packets(fitted.path) == packets(path)
    assert first_loud_s(fitted.path) == pytest.approx(0.7, abs=0.005)


def test_several_tracks_become_one_in_stereo(shared_helper, tmp_path):
    path = make(tmp_path / "a.mkv", sound="ac3", tracks=2, layout="5.1(side)", beep_at_s=0.4)
    fitted = fit(shared_helper, path)
    with av.open(fitted.path) as container:
        (track,) = container.streams.audio
        assert (track.codec_context.name, track.layout.name) == ("aac", "stereo")
    assert first_loud_s(fitted.path) == pytest.approx(0.4, abs=0.02)


# --- defects -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((170, 160), (362, 340)),
        ((3860, 400), (3850, 400)),
        ((160, 3900), (158, 3850)),
        ((341, 343), (342, 344)),
    ],
)
def test_sides_are_brought_into_the_limits(shared_helper, tmp_path, size, expected):
    path = make(tmp_path / "a.mkv", numbered(2, size), codec="ffv1", pix_fmt="bgr0")
    fitted = shared_helper.fit_clip(str(path), AS_WISHED)
    assert (fitted.facts.width_px, fitted.facts.height_px) == pytest.approx(expected, abs=2)
    assert max(fitted.facts.width_px, fitted.facts.height_px) <= VIDEO_MAX_SIDE_PX
    limits = min(size) >= VIDEO_MIN_SIDE_PX and max(size) <= VIDEO_MAX_SIDE_PX
    assert (C.SCALED in fitted.changes) is not limits


UNTURNS = {
    90: Image.Transpose.ROTATE_270,
    180: Image.Transpose.ROTATE_180,
    270: Image.Transpose.ROTATE_90,
}


@pytest.mark.parametrize("angle", UNTURNS)
def test_turned_clip_comes_out_upright(shared_helper, tmp_path, angle):
    stored = four_corners(360, 480).transpose(UNTURNS[angle])
    path = make(tmp_path / "a.mp4", [stored] * 3, shape=lambda s: s.set_display_rotation(angle))
    fitted = fit(shared_helper, path)
    assert fitted.changes == (C.TURNED,)
    assert (fitted.facts.width_px, fitted.facts.height_px) == (360, 480)
    assert corner_colors(_picture(fitted.path)) == CORNERS


def test_mirrored_clip_comes_out_as_players_show_it(shared_helper, tmp_path):
    stored = four_corners(480, 360).transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    path = make(
        tmp_path / "a.mp4", [stored] * 3, shape=lambda s: s.set_display_rotation(0, hflip=True)
    )
    fitted = fit(shared_helper, path)
    assert corner_colors(_picture(fitted.path)) == CORNERS


def test_pixels_become_square(shared_helper, tmp_path):
    def wide(stream) -> None:
        stream.codec_context.sample_aspect_ratio = Fraction(4, 3)

    path = make(tmp_path / "a.mp4", [four_corners(360, 360)] * 3, shape=wide)
    fitted = fit(shared_helper, path)
    assert fitted.changes == (C.SQUARE_PIXELS,)
    assert (fitted.facts.width_px, fitted.facts.height_px) == (480, 360)
    assert _sample_aspect(fitted.path) in (None, 0, 1)
    assert corner_colors(_picture(fitted.path)) == CORNERS


def _two_fields(number: int) -> Image.Image:
    """A bar that moves from line to line, as an old camera sees it."""
    upper, lower = Image.new("L", (360, 360), 60), Image.new("L", (360, 360), 60)
    upper.paste(200, (40 * number, 0, 40 * number + 60, 360))
    lower.paste(200, (40 * number + 20, 0, 40 * number + 80, 360))
    lines = Image.new("L", (1, 360))
    lines.putdata([255 * (row % 2) for row in range(360)])
    return Image.composite(lower, upper, lines.resize((360, 360))).convert("RGB")


def _combing(picture: Image.Image) -> int:
    """How much each line differs from the next."""
    gray = picture.convert("L").crop((0, 100, 360, 200))
    above, below = gray.crop((0, 0, 360, 99)).tobytes(), gray.crop((0, 1, 360, 100)).tobytes()
    return sum(abs(a - b) for a, b in zip(above, below, strict=True))


def test_interlaced_clip_is_deinterlaced(shared_helper, tmp_path):
    path = make(
        tmp_path / "a.mpg",
        [_two_fields(number) for number in range(6)],
        codec="mpeg2video",
        fps=25,
        codec_options={"flags": "+ilme+ildct", "q": "2"},
        each=with_fields,
    )
    fitted = fit(shared_helper, path)
    assert C.DEINTERLACED in fitted.changes
    assert fitted.facts.frame_count == 6
    assert _combing(_picture(fitted.path, 2)) < _combing(_picture(str(path), 2)) / 5


def test_variable_rate_becomes_constant_and_every_moment_shows_its_frame(shared_helper, tmp_path):
    stamps = [0, 40, 80, 120, 400, 440, 480, 880, 920, 960, 1000]
    path = make(tmp_path / "a.mp4", numbered(11), stamps_ms=stamps, sound="aac", beep_at_s=0.44)
    assert shared_helper.probe_video(str(path)).variable_frame_rate
    fitted = fit(shared_helper, path)
    assert fitted.changes == (C.FRAME_RATE,)
    assert fitted.facts.fps == pytest.approx(25)
    for at_s, number in shown(fitted.path):
        assert number == max(n for n, stamp in enumerate(stamps) if stamp <= at_s * 1000 + 1)
    assert first_loud_s(fitted.path) == pytest.approx(0.44, abs=0.03)


@pytest.mark.parametrize(("fps", "kept", "every"), [(120, 60, 2), (90, 45, 2), (240, 60, 4)])
def test_fast_rate_leaves_out_every_nth_frame(shared_helper, tmp_path, fps, kept, every):
    path = make(tmp_path / "a.mp4", numbered(32), fps=fps)
    fitted = fit(shared_helper, path)
    assert fitted.changes == (C.FRAME_RATE,)
    assert fitted.facts.fps == pytest.approx(kept)
    assert numbers(fitted.path) == list(range(0, 32, every))


def _as_hdr(transfer: int):
    def shape(stream) -> None:
        context = stream.codec_context
        context.color_trc, context.color_primaries, context.colorspace = transfer, 9, 9

    return shape


@pytest.mark.parametrize("transfer", [16, 18], ids=["PQ", "HLG"])
def test_hdr_is_tone_mapped(shared_helper, tmp_path, transfer):
    path = make(
        tmp_path / "a.mp4",
        [four_corners(360, 360)] * 2,
        codec="libx265",
        pix_fmt="yuv420p10le",
        # x265 stamps a clip that is shorter than its reordering with what lay in memory.
        codec_options={"x265-params": "log-level=error:bframes=0"},
        shape=_as_hdr(transfer),
    )
    fitted = fit(shared_helper, path)
    assert fitted.changes == (C.TONE_MAPPED,)
    with av.open(fitted.path) as container:
        context = container.streams.video[0].codec_context
        frame = next(container.decode(video=0))
        assert (context.name, frame.format.name) == ("h264", "yuv420p")
        assert (frame.color_trc, frame.color_primaries, frame.colorspace) == (1, 1, 1)
        assert corner_colors(frame.to_image()) == CORNERS


def test_too_many_bytes_are_brought_under_the_limit_in_one_try(shared_helper, tmp_path):
    """Noise in a clip whose header claims more than the limit: only the bound keeps it small."""
    noise = [Image.effect_noise((512, 512), 90).convert("RGB") for _ in range(30)]
    path = make(tmp_path / "a.mp4", noise, fps=1, codec_options={"qp": "0"})
    with path.open("r+b") as file:  # a large box of nothing at the end
        size = UPLOAD_MAX_BYTES
        file.seek(0, 2)
        end = file.tell() + size
        file.write(size.to_bytes(4, "big") + b"free")
        file.truncate(end)
    fitted = fit(shared_helper, path)
    assert fitted.changes == (C.SHRUNK,)
    assert fitted.facts.frame_count == 30


# --- the part, the crop --------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["mp4", "mkv", "ts", "avi", "webm"])
@pytest.mark.parametrize(("begin", "end"), [(0, 7), (3, 11), (13, 20), (9, 10)])
def test_part_is_exact_to_the_frame(shared_helper, tmp_path, ending, begin, end):
    codec = {"avi": "mpeg4", "webm": "libvpx"}.get(ending, "libx264")
    sound = {"avi": "pcm_s16le", "webm": "libopus"}.get(ending, "aac")
    path = make(tmp_path / f"a.{ending}", codec=codec, sound=sound, gop=8, beep_at_s=begin / 10)
    fitted = fit(shared_helper, path, ClipPlan(start_s=begin / 10, end_s=end / 10))
    assert C.TRIMMED in fitted.changes
    assert numbers(fitted.path) == list(range(begin, end))
    assert fitted.facts.duration_s == pytest.approx((end - begin) / 10, abs=0.001)
    assert first_loud_s(fitted.path) == pytest.approx(0.0, abs=0.04)


def test_beep_within_a_part_stays_at_its_frame(shared_helper, tmp_path):
    path = make(tmp_path / "a.mp4", sound="aac", gop=5, beep_at_s=1.3)
    for begin in (0.5, 0.7):  # on a key frame, and between
        fitted = fit(shared_helper, path, ClipPlan(start_s=begin, end_s=1.8))
        assert first_loud_s(fitted.path) == pytest.approx(1.3 - begin, abs=0.005)


def test_times_between_frames_take_the_frame_that_is_shown(shared_helper, tmp_path):
    path = make(tmp_path / "a.mp4")
    for begin_s, end_s, expected in (
        (0.47, 0.9, (4, 9)),
        (0.4, 0.92, (4, 10)),
        (0.47, 0.92, (4, 9)),
    ):
        fitted = fit(shared_helper, path, ClipPlan(start_s=begin_s, end_s=end_s))
        assert numbers(fitted.path) == list(range(*expected))


@pytest.mark.parametrize("b_frames", ["0", "2"])
def test_part_between_key_frames_is_copied(shared_helper, tmp_path, b_frames):
    path = make(
        tmp_path / "a.mp4", sound="aac", gop=5, codec_options={"bf": b_frames, "sc_threshold": "0"}
    )
    fitted = fit(shared_helper, path, ClipPlan(start_s=0.5, end_s=1.5))
    assert (fitted.changes, fitted.reencoded) == ((C.TRIMMED,), False)
    assert packets(fitted.path) == packets(path)[5:15]
    assert numbers(fitted.path) == list(range(5, 15))


def test_part_of_an_open_group_of_pictures_is_exact(shared_helper, tmp_path):
    """Frames in front of a key frame may need the one behind it: then a copy would be wrong."""
    options = {"bf": "2", "sc_threshold": "0", "x264-params": "open-gop=1", "b-pyramid": "none"}
    path = make(tmp_path / "a.mp4", gop=5, codec_options=options)
    for begin, end in ((5, 15), (0, 10), (10, 20)):
        fitted = fit(shared_helper, path, ClipPlan(start_s=begin / 10, end_s=end / 10))
        assert numbers(fitted.path) == list(range(begin, end))


def test_whole_length_as_a_plan_changes_nothing(shared_helper, tmp_path):
    path = make(tmp_path / "a.mp4")
    fitted = fit(shared_helper, path, ClipPlan(start_s=0.0, end_s=2.0))
    assert (fitted.path, fitted.changes) == (str(path), ())


def test_crop_takes_the_box_and_stays_in_the_limits(shared_helper, tmp_path):
    path = make(tmp_path / "a.mp4", [four_corners(800, 600)] * 3)
    fitted = fit(shared_helper, path, ClipPlan(crop=(0.5, 0.0, 0.5, 0.5)))
    assert fitted.changes == (C.SCALED, C.CROPPED)  # 400 × 300 is too low
    assert (fitted.facts.width_px, fitted.facts.height_px) == (454, 340)
    assert set(corner_colors(_picture(fitted.path)).values()) == {CORNERS["top_right"]}


def test_crop_of_a_turned_clip_is_of_what_is_seen(shared_helper, tmp_path):
    stored = four_corners(800, 1000).transpose(UNTURNS[90])
    path = make(tmp_path / "a.mp4", [stored] * 2, shape=lambda s: s.set_display_rotation(90))
    fitted = fit(shared_helper, path, ClipPlan(crop=(0.0, 0.5, 0.5, 0.5)))
    assert (fitted.facts.width_px, fitted.facts.height_px) == (400, 500)
    assert set(corner_colors(_picture(fitted.path)).values()) == {CORNERS["bottom_left"]}


def test_padding_reaches_the_aspect_and_cuts_nothing(shared_helper, tmp_path):
    path = make(tmp_path / "a.mp4", [four_corners(400, 400)] * 2)
    fitted = fit(shared_helper, path, ClipPlan(pad_to_aspect=2.0))
    assert fitted.changes == (C.PADDED,)
    assert (fitted.facts.width_px, fitted.facts.height_px) == (800, 400)
    picture = _picture(fitted.path)
    assert max(picture.getpixel((20, 200))) < 10
    assert corner_colors(picture.crop((200, 0, 600, 400))) == CORNERS


def test_without_fitting_only_what_is_wished_is_done(shared_helper, tmp_path):
    path = make(tmp_path / "a.mkv", numbered(20, (200, 160)), codec="mpeg4")
    assert fit(shared_helper, path, ClipPlan(fit=False)).path == str(path)
    fitted = fit(shared_helper, path, ClipPlan(fit=False, end_s=1.0))
    assert fitted.changes == (C.TRIMMED,)
    assert (fitted.facts.width_px, fitted.facts.frame_count) == (200, 10)


# --- what is told about the maker ----------------------------------------------------------------

TELLING = {"location": "+48.1+011.5/", "artist": "A. Person", "comment": "private word"}


def test_personal_metadata_is_taken_out_without_encoding(shared_helper, tmp_path):
    path = make(tmp_path / "a.mp4", sound="aac", metadata=TELLING)
    fitted = fit(shared_helper, path)
    assert (fitted.changes, fitted.reencoded) == ((C.CLEANED,), False)
    assert packets(fitted.path) == packets(path)
    data = Path(fitted.path).read_bytes()
    for word in (b"loci", b"A. Person", b"private word"):
        assert word in path.read_bytes()
        assert word not in data


def test_personal_metadata_stays_where_it_is_wished(shared_helper, tmp_path):
    path = make(tmp_path / "a.mp4", metadata=TELLING)
    assert fit(shared_helper, path, ClipPlan(clean_metadata=False)).path == str(path)
    plan = ClipPlan(clean_metadata=False, end_s=1.0)
    assert b"private word" in Path(fit(shared_helper, path, plan).path).read_bytes()


@pytest.mark.parametrize("where", ["uuid", "udta"])
def test_boxes_that_no_one_reads_are_taken_out(shared_helper, tmp_path, where):
    path = make(tmp_path / "a.mp4", options={})
    secret = b"<x:xmpmeta>48.1 N</x:xmpmeta>"
    data = path.read_bytes()
    if where == "uuid":
        data += (24 + len(secret)).to_bytes(4, "big") + b"uuid" + bytes(16) + secret
    else:  # moov is the last box: its length grows by a list of user data
        inner = (8 + len(secret)).to_bytes(4, "big") + b"thmb" + secret
        user = (8 + len(inner)).to_bytes(4, "big") + b"udta" + inner
        at = data.rindex(b"moov") - 4
        length = int.from_bytes(data[at : at + 4], "big") + len(user)
        data = data[:at] + length.to_bytes(4, "big") + data[at + 4 :] + user
    path.write_bytes(data)
    fitted = fit(shared_helper, path)
    assert (fitted.changes, fitted.reencoded) == ((C.CLEANED,), False)
    assert secret not in Path(fitted.path).read_bytes()
    assert numbers(fitted.path) == list(range(20))


# --- bad clips, progress, cancel, cache ----------------------------------------------------------


def test_progress_grows_to_the_end(shared_helper, tmp_path):
    path = make(tmp_path / "a.avi", numbered(34, (640, 640)) * 3, codec="mjpeg", pix_fmt="yuvj420p")
    told: list[float] = []
    shared_helper.fit_clip(str(path), AS_WISHED, on_progress=told.append)
    assert told
    assert told == sorted(told)
    assert all(0 <= share <= 1 for share in told)


def test_second_time_comes_from_the_cache(own_helper, tmp_path):
    path = make(tmp_path / "a.avi", codec="mpeg4")
    first = own_helper.fit_clip(str(path), AS_WISHED)
    inode = Path(first.path).stat().st_ino
    assert own_helper.fit_clip(str(path), AS_WISHED) == first
    assert Path(first.path).stat().st_ino == inode
    Path(first.path).write_bytes(b"damaged")
    again = own_helper.fit_clip(str(path), AS_WISHED)
    assert numbers(again.path) == list(range(20))
    assert own_helper.fit_clip(str(path), ClipPlan(end_s=1.0)).path != first.path


def test_an_entry_of_the_cache_is_known_by_the_whole_content(own_helper, tmp_path):
    """Not by size, time and samples, which another content may have as well."""
    path = make(tmp_path / "a.avi", codec="mpeg4")
    content = content_of(str(path))
    first = own_helper.fit_clip(str(path), AS_WISHED, content=content)
    assert own_helper.fit_clip(str(path), AS_WISHED, content=content) == first
    touched = path.rename(tmp_path / "b.avi")
    os.utime(touched, (0, 0))
    again = content_of(str(touched))
    assert own_helper.fit_clip(str(touched), AS_WISHED, content=again).path == first.path
    other = replace(again, sha256="0" * 64)
    assert own_helper.fit_clip(str(touched), AS_WISHED, content=other).path != first.path


def test_what_is_made_while_the_file_is_written_to_is_not_kept(own_helper, tmp_path):
    path = make(tmp_path / "a.avi", numbered(34, (640, 360)) * 4, codec="mjpeg", pix_fmt="yuvj420p")
    content = content_of(str(path))
    with pytest.raises(MediaError) as caught:
        own_helper.fit_clip(
            str(path), AS_WISHED, content=content, on_progress=lambda _: path.touch()
        )
    assert caught.value.code == "changed"
    kept = [p for p in (tmp_path / "cache").rglob("*") if p.is_file()]
    assert not [p for p in kept if p.suffix != ".survey"]  # which is of the file as it was before


def test_stop_in_the_middle_leaves_nothing_and_the_next_call_works(own_helper, tmp_path):
    path = make(
        tmp_path / "a.avi", numbered(34, (1280, 720)) * 4, codec="mjpeg", pix_fmt="yuvj420p"
    )
    stop = threading.Event()
    with pytest.raises(MediaError) as caught:
        own_helper.fit_clip(str(path), AS_WISHED, on_progress=lambda _: stop.set(), stop=stop)
    assert caught.value.code == "cancelled"
    assert not [p for p in (tmp_path / "cache").rglob("*") if p.is_file()]
    assert own_helper.fit_clip(str(path), ClipPlan(end_s=0.5)).facts.frame_count == 5


def test_quick_calls_are_answered_during_long_work(own_helper, tmp_path):
    path = make(
        tmp_path / "a.avi", numbered(34, (1280, 720)) * 2, codec="mjpeg", pix_fmt="yuvj420p"
    )
    small = make(tmp_path / "b.mp4", numbered(3))
    seen: list[int | None] = []

    def look_meanwhile(share: float) -> None:
        if not seen:
            seen.append(own_helper.probe_video(str(small)).frame_count)

    own_helper.fit_clip(str(path), AS_WISHED, on_progress=look_meanwhile)
    assert seen == [3]
    assert own_helper.pid != own_helper.long_pid


def test_cut_clip_is_told_and_leaves_nothing(own_helper, code_of, tmp_path):
    path = make(tmp_path / "a.mp4", options={"movflags": "faststart"}, sound="aac")
    path.write_bytes(path.read_bytes()[:-3000])
    assert code_of(own_helper.fit_clip, str(path), AS_WISHED) == "truncated"
    assert code_of(own_helper.fit_clip, str(tmp_path / "no.mp4"), AS_WISHED) == "missing"
    picture = tmp_path / "b.mp4"
    four_corners().save(picture, "PNG")
    assert code_of(own_helper.fit_clip, str(picture), AS_WISHED) == "picture_named_video"
    assert not [p for p in (tmp_path / "cache").rglob("*") if p.is_file()]


def test_plan_that_lies_behind_the_end_keeps_the_last_frame(shared_helper, tmp_path):
    path = make(tmp_path / "a.mp4")
    assert numbers(fit(shared_helper, path, ClipPlan(start_s=50, end_s=60)).path) == [19]


def test_size_of_the_test_clips_is_within_the_limits():
    assert min(SIZE) >= VIDEO_MIN_SIDE_PX
