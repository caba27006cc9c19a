"""What is sent holds only what is known to be harmless: a secret put into every place is gone."""

from __future__ import annotations

import io
from pathlib import Path

import av
import pytest
from clip_makers import make, numbered, numbers, packets
from hypothesis import given
from hypothesis import strategies as st
from media_makers import four_corners, photograph
from PIL import Image, ImageCms
from pillow_heif import register_heif_opener
from secret_makers import (
    PHONES_TIMES,
    SECRET,
    TEXT,
    as_phones_write,
    box,
    finds,
    in_front,
    jpeg_spoilers,
    mixed_units,
    noted_sound,
    png_spoilers,
    profile_with_secret,
    rewritten,
    riff_with_secrets,
    spoiled,
    units_with_secrets,
    with_units,
)

from kling_desktop.media.bare_profile import NotWhole, bare_profile
from kling_desktop.media.fitted import ClipChange, ClipPlan, ImageChange, ImagePlan
from kling_desktop.media.harmless import prove
from kling_desktop.media.helper import MediaHelper
from kling_desktop.media.nal_units import BadStream, StreamCleaner
from kling_desktop.media.strip_picture import without_personal

register_heif_opener()
FRAMES = 9
GOP = 3
CODECS = {"h264": "libx264", "hevc": "libx265"}
QUIET = {"x265-params": "log-level=error"}


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One clip of each kind, with nothing in it; the index is the last box."""
    folder = tmp_path_factory.mktemp("plain")
    made = {}
    for name, codec in CODECS.items():
        options = {**(QUIET if codec == "libx265" else {}), "bf": "0", "sc_threshold": "0"}
        for ending in ("mp4", "mov"):
            path = folder / f"{name}.{ending}"
            frames = numbered(FRAMES)
            make(path, frames, codec=codec, gop=GOP, sound="aac", codec_options=options)
            made[path.name] = path
    return made


def fit(helper: MediaHelper, path: Path, plan: ClipPlan | None = None):
    return helper.fit_clip(str(path), plan or ClipPlan())


def pictures_of(path: str | Path) -> list[bytes]:
    with av.open(str(path)) as container:
        frames = container.decode(video=0)
        return [bytes(plane) for frame in frames for plane in frame.planes]


def sound_of(path: str | Path) -> list[bytes]:
    with av.open(str(path)) as container:
        return [bytes(plane) for frame in container.decode(audio=0) for plane in frame.planes]


# --- containers ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["h264.mp4", "h264.mov", "hevc.mp4"])
def test_a_clip_with_anything_more_in_its_boxes_is_not_proven(plain, tmp_path, name):
    data = plain[name].read_bytes()
    with plain[name].open("rb") as file:
        assert prove(file).pictures == FRAMES
    tried, passed = 0, []
    for what, changed in spoiled(data):
        assert finds(changed), what
        path = tmp_path / "a.mp4"
        path.write_bytes(changed)
        with path.open("rb") as file:
            tried += 1
            if prove(file).pictures is not None:
                passed.append(what)
    assert (passed, tried > 200) == ([], True)


@pytest.mark.parametrize(
    ("codec", "ending"),
    [*(("h264", e) for e in ("mp4", "mov", "mkv", "ts", "flv")), ("hevc", "mkv"), ("hevc", "ts")],
)
def test_no_secret_is_left_and_pictures_and_sound_are_the_same(
    shared_helper, plain, tmp_path, codec, ending
):
    clean, path = plain[f"{codec}.mp4"], tmp_path / f"a.{ending}"
    with_units(clean, path, units_with_secrets(codec))
    assert finds(path.read_bytes())
    fitted = fit(shared_helper, path)
    assert not fitted.reencoded
    assert ClipChange.CLEANED in fitted.changes
    assert not finds(Path(fitted.path).read_bytes())
    if ending != "ts":  # where each packet of sound has a head of its own
        assert packets(fitted.path, "audio") == packets(path, "audio")
    assert pictures_of(fitted.path) == pictures_of(clean)
    assert sound_of(fitted.path) == sound_of(clean)


@pytest.mark.parametrize("codec", CODECS)
def test_messages_within_the_pictures_alone_are_left_out_by_a_copy(
    shared_helper, plain, tmp_path, codec
):
    clean = plain[f"{codec}.mp4"]
    mixed, kept = mixed_units(codec)
    units = [*units_with_secrets(codec), *mixed]
    path = with_units(clean, tmp_path / "a.mp4", units, around=False)
    fitted = fit(shared_helper, path)
    assert (fitted.changes, fitted.reencoded) == ((ClipChange.CLEANED,), False)
    assert not finds(Path(fitted.path).read_bytes())
    assert packets(fitted.path) == [in_front(kept) + packet for packet in packets(clean)]
    assert pictures_of(fitted.path) == pictures_of(clean)


@pytest.mark.parametrize("codec", CODECS)
def test_a_part_that_is_copied_holds_no_messages(shared_helper, plain, tmp_path, codec):
    path = with_units(plain[f"{codec}.mp4"], tmp_path / "a.mp4", units_with_secrets(codec))
    fitted = fit(shared_helper, path, ClipPlan(start_s=GOP / 10))
    assert not fitted.reencoded
    assert packets(fitted.path) == packets(plain[f"{codec}.mp4"])[GOP:]
    assert not finds(Path(fitted.path).read_bytes())


def test_what_is_encoded_holds_no_secret(shared_helper, plain, tmp_path):
    webm = make(tmp_path / "a.webm", numbered(5), codec="libvpx-vp9", sound="libopus",
                metadata={"title": SECRET, "location": SECRET})  # fmt: skip
    avi = make(tmp_path / "a.avi", numbered(5), codec="mpeg4", metadata={"title": SECRET})
    avi.write_bytes(riff_with_secrets(avi.read_bytes()))
    for path in (webm, avi):
        assert finds(path.read_bytes())
        fitted = fit(shared_helper, path)
        assert fitted.reencoded
        assert not finds(Path(fitted.path).read_bytes())


def test_each_plain_clip_is_sent_as_it_is(shared_helper, plain):
    for path in plain.values():
        fitted = fit(shared_helper, path)
        assert (fitted.path, fitted.changes) == (str(path), ())


def test_a_clip_as_phones_write_it_is_sent_as_it_is(shared_helper, plain, tmp_path):
    """But for the time when it was made: that is set to 0, and nothing else is touched."""
    path = tmp_path / "a.mov"
    given = as_phones_write(plain["h264.mov"].read_bytes())
    path.write_bytes(given)
    assert b"Core Media Video" in given
    assert given.count(PHONES_TIMES) == 5  # of the film, two tracks and their media
    fitted = fit(shared_helper, path)
    assert (fitted.changes, fitted.reencoded) == ((ClipChange.CLEANED,), False)
    sent = Path(fitted.path)
    assert sent.read_bytes() == given.replace(PHONES_TIMES, bytes(8))
    assert sent.suffix == ".mov"
    assert fit(shared_helper, sent).path == fitted.path
    assert fit(shared_helper, path, ClipPlan(clean_metadata=False)).path == str(path)


def test_an_export_of_ours_is_sent_as_it_is(shared_helper, plain, tmp_path):
    for start_s in (0.1, GOP / 10):  # encoded, copied
        path = str(tmp_path / f"{start_s}.mp4")
        shared_helper.export_clip(str(plain["h264.mp4"]), path, kind="mp4", start_s=start_s)
        fitted = fit(shared_helper, Path(path))
        assert (fitted.path, fitted.changes) == (path, ())


def test_pictures_that_were_cut_away_are_not_sent(shared_helper, plain, tmp_path):
    """An edit list hides them alone; they are in the file, as phones leave them."""
    path = tmp_path / "a.mp4"
    with av.open(str(plain["h264.mp4"])) as source, av.open(str(path), "w") as target:
        stream = source.streams.video[0]
        copied = target.add_stream_from_template(stream)
        for packet in source.demux(stream):
            if packet.size:
                shift = round(0.2 / packet.time_base)
                packet.pts, packet.dts = packet.pts - shift, packet.dts - shift
                packet.stream = copied
                target.mux(packet)
    fitted = fit(shared_helper, path)
    assert fitted.changes == (ClipChange.CLEANED,)
    assert numbers(fitted.path) == list(range(2, FRAMES))
    with open(fitted.path, "rb") as file:
        assert prove(file).pictures == FRAMES - 2


def test_what_is_not_heard_is_not_sent(shared_helper, tmp_path):
    path = make(tmp_path / "a.mp4", numbered(5), sound="aac", tracks=2)
    fitted = fit(shared_helper, path)
    assert fitted.changes == (ClipChange.CLEANED,)
    with av.open(fitted.path) as container:
        assert len(container.streams.audio) == 1


def test_a_colour_profile_in_a_clip_is_left_out(shared_helper, plain, tmp_path):
    """FFmpeg would copy it along where no other word tells the colours."""
    profile = box(b"colr", b"prof" + profile_with_secret())

    def with_profile(name: bytes, inner: bytes) -> bytes:
        return box(name, inner + profile if name == b"avc1" else inner)

    path = tmp_path / "a.mp4"
    path.write_bytes(rewritten(plain["h264.mp4"].read_bytes(), with_profile))
    assert finds(path.read_bytes())
    fitted = fit(shared_helper, path)
    assert not finds(Path(fitted.path).read_bytes())
    assert numbers(fitted.path) == list(range(FRAMES))


def test_sound_whose_head_tells_more_is_converted_and_the_picture_copied(
    shared_helper, plain, tmp_path
):
    path = tmp_path / "a.mp4"
    data = plain["h264.mp4"].read_bytes()

    def telling(name: bytes, inner: bytes) -> bytes:
        if name == b"esds":
            # Behind the decoder's configuration, five bytes long: the lengths around it grow.
            more = len(TEXT)
            inner = bytearray(inner)
            at = inner.index(b"\x05\x80\x80\x80\x05")
            for length in (8, 16, at + 4):
                inner[length] += more
            inner = bytes(inner[: at + 10]) + TEXT + bytes(inner[at + 10 :])
        return box(name, inner)

    path.write_bytes(rewritten(data, telling))
    assert finds(path.read_bytes())
    fitted = fit(shared_helper, path)
    assert not fitted.reencoded
    assert not finds(Path(fitted.path).read_bytes())
    assert packets(fitted.path) == packets(plain["h264.mp4"])


@pytest.mark.parametrize("ending", ["mp4", "mkv", "ts"])
def test_notes_within_the_sound_are_left_out_by_a_copy(shared_helper, plain, tmp_path, ending):
    clean, path = plain["h264.mp4"], tmp_path / f"a.{ending}"
    with_units(clean, path, [], notes=noted_sound(), around=False)
    assert finds(path.read_bytes())
    assert sound_of(path)[-9:] == sound_of(clean)[-9:]
    fitted = fit(shared_helper, path)
    assert not fitted.reencoded
    assert ClipChange.CLEANED in fitted.changes
    assert not finds(Path(fitted.path).read_bytes())
    assert pictures_of(fitted.path) == pictures_of(clean)
    assert sound_of(fitted.path) == sound_of(clean)


@pytest.mark.parametrize("ending", ["mp4", "ts"])
@pytest.mark.parametrize("kind", ["video", "audio"])
def test_text_behind_the_last_bit_is_not_sent(shared_helper, plain, tmp_path, ending, kind):
    path = tmp_path / f"a.{ending}"
    with_units(plain["h264.mp4"], path, [], tails=(kind,), around=False)
    assert finds(path.read_bytes())
    fitted = fit(shared_helper, path)
    assert fitted.reencoded == (kind == "video")
    assert (ClipChange.SOUND_CONVERTED in fitted.changes) == (kind == "audio")
    assert not finds(Path(fitted.path).read_bytes())
    assert numbers(fitted.path) == list(range(FRAMES))


@given(head=st.binary(max_size=80), packet=st.binary(max_size=80), codec=st.sampled_from([*CODECS]))
def test_whatever_a_stream_holds_it_is_cleaned_or_said_not_to_be(head, packet, codec):
    try:
        cleaner = StreamCleaner(codec, head)
        cleaned = cleaner.cleaned(packet)
    except BadStream:
        return
    assert cleaner.cleaned(cleaned) == cleaned


# --- pictures ------------------------------------------------------------------------------------


def _bytes_of(image: Image.Image, kind: str, **options) -> bytes:
    data = io.BytesIO()
    image.save(data, kind, **options)
    return data.getvalue()


def _pixels(data: bytes) -> bytes:
    with Image.open(io.BytesIO(data)) as image:
        return image.convert("RGB").tobytes()


@pytest.mark.parametrize(("kind", "spoilers"), [("jpeg", jpeg_spoilers), ("png", png_spoilers)])
def test_no_secret_is_left_in_a_picture_and_its_pixels_are_the_same(kind, spoilers):
    plain = _bytes_of(four_corners(400, 400), kind)
    assert without_personal(plain, kind) == plain
    anew = []
    for what, spoil in spoilers().items():
        changed = spoil(plain)
        assert finds(changed), what
        try:
            left = without_personal(changed, kind)
        except NotWhole:  # is written anew
            anew.append(what)
            continue
        assert not finds(left), what
        assert _pixels(left) == _pixels(plain), what
    assert len(anew) <= 6, anew


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("jpeg", "a table that nothing uses"),
        ("jpeg", "behind the pixels"),
        ("png", "behind the pixels"),
    ],
)
def test_what_cannot_be_taken_apart_is_written_anew(shared_helper, tmp_path, kind, name):
    spoilers = jpeg_spoilers() if kind == "jpeg" else png_spoilers()
    path = tmp_path / f"a.{kind}"
    path.write_bytes(spoilers[name](_bytes_of(photograph(), kind)))
    fitted = shared_helper.fit_image(str(path))
    assert ImageChange.CLEANED in fitted.changes
    assert not finds(Path(fitted.path).read_bytes())


@pytest.mark.parametrize("kind", ["webp", "heif", "avif", "tiff", "jpeg", "png"])
@pytest.mark.parametrize("fit", [True, False])
def test_no_picture_is_sent_with_its_notes(shared_helper, tmp_path, kind, fit):
    exif = Image.Exif()
    exif[0x010F] = SECRET
    options = {"exif": exif.tobytes(), "icc_profile": profile_with_secret()}
    if kind != "png":
        options["xmp"] = b"<x:xmpmeta>" + TEXT + b"</x:xmpmeta>"
    if kind == "tiff":
        options = {"icc_profile": profile_with_secret(), "description": SECRET, "artist": SECRET}
    data = _bytes_of(photograph(), kind, **options)
    if kind == "webp":
        data = riff_with_secrets(data)
    path = tmp_path / "a"
    path.write_bytes(data)
    assert finds(data)
    fitted = shared_helper.fit_image(str(path), ImagePlan(fit=fit))
    if fit or kind in ("jpeg", "png"):  # the others are no format for the service
        assert not finds(Path(fitted.path).read_bytes())


def test_a_profile_keeps_its_colours_and_loses_its_texts():
    made = bare_profile(profile_with_secret())
    assert not finds(made)
    lab = ImageCms.createProfile("LAB")
    as_lab = []
    for profile in (profile_with_secret(), made):
        read = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        changed = ImageCms.profileToProfile(photograph(64, 64), read, lab, outputMode="LAB")
        as_lab.append(changed.tobytes())
    assert as_lab[0] == as_lab[1]
