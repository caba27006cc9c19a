"""Each row of the table of limits: at the limit, just under and just over it."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import quote

import pytest

from kling_desktop.motion.facts import Facts, ImageFacts, LinkFacts, VideoFacts
from kling_desktop.motion.limits import (
    Finding,
    FindingCode,
    Mend,
    Severity,
    check,
    finding,
    has_errors,
    is_web_link,
    worst_first,
)
from kling_desktop.motion.reading import without_hidden
from kling_desktop.motion.request import Draft, Orientation, Slot, Source

C = FindingCode
MIB = 1024 * 1024
ERROR, WARNING = Severity.ERROR, Severity.WARNING

IMAGE = ImageFacts(format="jpeg", width_px=1000, height_px=1000, size_bytes=500_000)
VIDEO = VideoFacts(
    container="mp4",
    codec="h264",
    width_px=720,
    height_px=1280,
    size_bytes=5_000_000,
    duration_s=8.4,
    fps=30.0,
    has_sound=True,
)
FILES = Draft(image=Source(path="/tmp/a.jpg"), video=Source(path="/tmp/b.mp4"))


def found(
    *,
    image: Facts | None = IMAGE,
    video: Facts | None = VIDEO,
    draft: Draft = FILES,
    can_upload: bool = True,
) -> list[tuple[FindingCode, Severity]]:
    return [(f.code, f.severity) for f in check(draft, image, video, can_upload=can_upload)]


def only(**kwargs: object) -> Finding:
    (one,) = check(
        kwargs.pop("draft", FILES),  # type: ignore[arg-type]  # a helper with defaults
        kwargs.pop("image", IMAGE),  # type: ignore[arg-type]
        kwargs.pop("video", VIDEO),  # type: ignore[arg-type]
    )
    return one


def test_good_files_have_no_findings() -> None:
    assert found() == []


def test_facts_that_are_not_known_yet_are_not_judged() -> None:
    assert found(image=None, video=None) == []


@pytest.mark.parametrize("name", ["jpeg", "png"])
def test_jpeg_and_png_are_taken(name: str) -> None:
    assert found(image=replace(IMAGE, format=name)) == []


@pytest.mark.parametrize("name", ["webp", "bmp", "tiff", "gif", "heif", "avif", ""])
def test_other_picture_formats_are_refused(name: str) -> None:
    assert found(image=replace(IMAGE, format=name)) == [(C.IMAGE_FORMAT, ERROR)]


@pytest.mark.parametrize(
    ("size_bytes", "expected"),
    [
        (10_000_000, []),
        (10_000_001, [(C.IMAGE_BYTES_LARGE, WARNING)]),
        (50_000_000, [(C.IMAGE_BYTES_LARGE, WARNING)]),
        (50_000_001, [(C.IMAGE_BYTES, ERROR)]),
    ],
)
def test_picture_bytes_warn_above_10_mb_and_fail_above_50_mb(
    size_bytes: int, expected: list[tuple[FindingCode, Severity]]
) -> None:
    assert found(image=replace(IMAGE, size_bytes=size_bytes)) == expected


@pytest.mark.parametrize(
    ("shorter_px", "expected"),
    [
        (299, [(C.IMAGE_SMALL, ERROR)]),
        (300, [(C.IMAGE_SMALLISH, WARNING)]),
        (339, [(C.IMAGE_SMALLISH, WARNING)]),
        (340, []),
    ],
)
@pytest.mark.parametrize("turned", [False, True])
def test_picture_sides_fail_under_300_and_warn_under_340(
    shorter_px: int, turned: bool, expected: list[tuple[FindingCode, Severity]]
) -> None:
    width_px, height_px = (400, shorter_px) if turned else (shorter_px, 400)
    assert found(image=replace(IMAGE, width_px=width_px, height_px=height_px)) == expected


@pytest.mark.parametrize(
    ("width_px", "height_px", "fits"),
    [
        (1000, 400, True),  # 2.5 : 1
        (1001, 400, False),
        (400, 1000, True),  # 1 : 2.5
        (400, 1001, False),
        (3850, 1540, True),
        (777, 777, True),
    ],
)
def test_picture_aspect_is_between_1_to_2_5_and_2_5_to_1(
    width_px: int, height_px: int, fits: bool
) -> None:
    codes = found(image=replace(IMAGE, width_px=width_px, height_px=height_px))
    assert codes == ([] if fits else [(C.IMAGE_ASPECT, ERROR)])


def test_a_picture_without_height_is_refused_and_does_not_divide_by_zero() -> None:
    codes = [code for code, _ in found(image=replace(IMAGE, width_px=500, height_px=0))]
    assert codes == [C.IMAGE_SMALL, C.IMAGE_ASPECT]


@pytest.mark.parametrize("container", ["mp4", "mov"])
def test_mp4_and_mov_are_taken(container: str) -> None:
    assert found(video=replace(VIDEO, container=container)) == []


@pytest.mark.parametrize("container", ["matroska", "webm", "avi", "gif", "mpegts", ""])
def test_other_containers_are_refused(container: str) -> None:
    assert found(video=replace(VIDEO, container=container)) == [(C.VIDEO_CONTAINER, ERROR)]


@pytest.mark.parametrize(
    ("size_bytes", "fits"), [(100 * MIB - 1, True), (100 * MIB, True), (100 * MIB + 1, False)]
)
def test_clips_have_100_mib_at_most(size_bytes: int, fits: bool) -> None:
    codes = found(video=replace(VIDEO, size_bytes=size_bytes))
    assert codes == ([] if fits else [(C.VIDEO_BYTES, ERROR)])


@pytest.mark.parametrize(
    ("width_px", "height_px", "expected"),
    [
        (339, 600, [(C.VIDEO_SMALL, ERROR)]),
        (600, 339, [(C.VIDEO_SMALL, ERROR)]),
        (340, 600, []),
        (3850, 2160, []),
        (3851, 2160, [(C.VIDEO_LARGE, ERROR)]),
        (2160, 3851, [(C.VIDEO_LARGE, ERROR)]),
        (100, 4000, [(C.VIDEO_SMALL, ERROR), (C.VIDEO_LARGE, ERROR)]),
    ],
)
def test_clip_sides_are_between_340_and_3850(
    width_px: int, height_px: int, expected: list[tuple[FindingCode, Severity]]
) -> None:
    assert found(video=replace(VIDEO, width_px=width_px, height_px=height_px)) == expected


@pytest.mark.parametrize("orientation", list(Orientation))
@pytest.mark.parametrize(
    ("duration_s", "too_short"), [(2.9, True), (2.96, True), (2.9995, False), (3.0, False)]
)
def test_clips_last_3_s_at_least_but_for_rounding(
    orientation: Orientation, duration_s: float, too_short: bool
) -> None:
    draft = replace(FILES, orientation=orientation)
    codes = found(video=replace(VIDEO, duration_s=duration_s), draft=draft)
    assert codes == ([(C.VIDEO_SHORT, ERROR)] if too_short else [])


@pytest.mark.parametrize(
    ("orientation", "duration_s", "expected"),
    [
        (Orientation.IMAGE, 10.0, None),
        (Orientation.IMAGE, 10.04, None),  # a 10 s clip, rounded up to a frame
        (Orientation.IMAGE, 10.06, C.VIDEO_LONG_FOR_IMAGE),
        (Orientation.IMAGE, 30.04, C.VIDEO_LONG_FOR_IMAGE),
        (Orientation.IMAGE, 30.06, C.VIDEO_LONG),
        (Orientation.VIDEO, 10.06, None),
        (Orientation.VIDEO, 30.04, None),
        (Orientation.VIDEO, 30.06, C.VIDEO_LONG),
    ],
)
def test_the_longest_clip_depends_on_the_facing(
    orientation: Orientation, duration_s: float, expected: FindingCode | None
) -> None:
    draft = replace(FILES, orientation=orientation)
    codes = [code for code, _ in found(video=replace(VIDEO, duration_s=duration_s), draft=draft)]
    assert codes == ([] if expected is None else [expected])


def test_facing_as_in_the_clip_mends_what_only_the_other_facing_refuses() -> None:
    clip = replace(VIDEO, duration_s=14.2)
    one = only(video=clip, draft=replace(FILES, orientation=Orientation.IMAGE))
    assert (one.mend, one.also, one.value("trim_s")) == (Mend.TRIM, Mend.FACE_AS_CLIP, 10.0)
    assert found(video=clip, draft=replace(FILES, orientation=Orientation.VIDEO)) == []


def test_a_clip_too_long_for_any_facing_names_the_longest_that_is_allowed() -> None:
    one = only(
        video=replace(VIDEO, duration_s=31.0), draft=replace(FILES, orientation=Orientation.IMAGE)
    )
    assert (one.code, one.mend, one.value("limit_s")) == (C.VIDEO_LONG, Mend.TRIM, 30.0)


def test_a_silent_clip_is_noted_only_while_sound_is_wanted() -> None:
    silent = replace(VIDEO, has_sound=False)
    assert found(video=silent) == [(C.NO_SOUND, Severity.NOTE)]
    assert found(video=silent, draft=replace(FILES, keep_sound=False)) == []


@pytest.mark.parametrize(
    ("kind", "size_bytes", "expected"),
    [
        ("image/png", 1000, None),
        ("application/octet-stream", 1000, None),
        ("binary/octet-stream", None, None),
        (None, None, None),
        ("video/mp4", 1000, C.PICTURE_IS_VIDEO),
        ("text/html", 1000, C.LINK_NOT_MEDIA),
        ("image/png", 0, C.LINK_EMPTY),
        ("image/png", 50_000_000, None),
        ("image/png", 50_000_001, C.IMAGE_BYTES),
    ],
)
def test_a_picture_behind_a_link_is_judged_by_type_and_size(
    kind: str | None, size_bytes: int | None, expected: FindingCode | None
) -> None:
    codes = [code for code, _ in found(image=LinkFacts(kind, size_bytes), video=None)]
    assert codes == ([] if expected is None else [expected])


@pytest.mark.parametrize(
    ("kind", "size_bytes", "expected"),
    [
        ("video/mp4", 1000, None),
        ("video/quicktime", 100 * MIB, None),
        ("video/mp4", 100 * MIB + 1, C.VIDEO_BYTES),
        ("image/jpeg", 1000, C.VIDEO_IS_PICTURE),
        ("text/html", 1000, C.LINK_NOT_MEDIA),
        ("video/mp4", 0, C.LINK_EMPTY),
    ],
)
def test_a_clip_behind_a_link_is_judged_and_said_to_be_unchecked(
    kind: str, size_bytes: int, expected: FindingCode | None
) -> None:
    codes = found(image=None, video=LinkFacts(kind, size_bytes))
    note = (C.LINK_UNCHECKED, Severity.NOTE)
    assert codes == ([note] if expected is None else [(expected, ERROR), note])


@pytest.mark.parametrize(("length", "fits"), [(2499, True), (2500, True), (2501, False)])
def test_prompts_have_2500_characters_at_most(length: int, fits: bool) -> None:
    codes = found(draft=replace(FILES, prompt="é" * length))
    assert codes == ([] if fits else [(C.PROMPT_LONG, ERROR)])


@pytest.mark.parametrize(
    "text",
    [
        "a\x00b",
        "\x1b[31m",
        "\x07",
        "half \ud800 pair",
        "\x9b31m",
        "soft \u202egnp.exe\u202c light",
        "\u2067turned\u2069",
        "sea" + "".join(chr(0xE0000 + ord(c)) for c in "no umbrella"),
    ],
)
def test_hidden_characters_in_a_prompt_are_found_and_can_be_cleaned(text: str) -> None:
    assert found(draft=replace(FILES, prompt=text)) == [(C.PROMPT_CONTROL, ERROR)]
    assert found(draft=replace(FILES, prompt=without_hidden(text))) == []


def test_markup_and_line_breaks_in_a_prompt_are_plain_text() -> None:
    text = "<b>bold</b> & {curly} %s\nsecond line\ttab 👯 שלום"
    assert found(draft=replace(FILES, prompt=text)) == []
    assert without_hidden(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "夕暮れの海、柔らかい光。\n傘なし",
        "黄昏时的海滩，光线柔和\r\n没有伞",
        "راقصة عند الغروب\u200f، 12 شمعة\u061c",
        "می\u200cخواهم",  # Persian joins and parts by characters that nobody sees
        "👩\u200d👩\u200d👧 ❤\ufe0f 葛\U000e0100",
        "\U0001f3f4" + "".join(chr(0xE0000 + ord(c)) for c in "gbsct\x7f"),  # Scotland's flag
    ],
)
def test_no_language_and_no_picture_letter_loses_anything(text: str) -> None:
    assert found(draft=replace(FILES, prompt=text)) == []
    assert without_hidden(text) == text
    assert Source(path=f"/a/{text.split()[0]}").name == text.split()[0]


@pytest.mark.parametrize("hidden", ["\u202e", "\u2066", "\x1b", "\n", "\x85"])
def test_a_files_name_is_shown_on_one_line_in_its_own_order(hidden: str) -> None:
    assert Source(path=f"/a/photo{hidden}gpj.exe").name == "photo gpj.exe"
    quoted = quote(f"photo{hidden}gpj.exe")
    assert Source(url=f"https://e.example/{quoted}").name == "photo gpj.exe"


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/hook",
        "http://9.9.9.9:8080/x?y=1",
        "HTTPS://EXAMPLE.COM",
        "http://[2606:4700::1]/x",
        "https://xn--bcher-kva.example.com./x",
        "http://198.18.0.7/x",
    ],
)
def test_web_addresses_are_taken_for_the_callback(url: str) -> None:
    assert found(draft=replace(FILES, callback_url=url)) == []


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost/x",
        "http://LOCALHOST.:8000/x",
        "http://a.localhost/x",
        "http://127.0.0.1:8000/x",
        "http://[::1]/x",
        "http://[::ffff:127.0.0.1]/x",
        "http://10.0.0.1:8080/x?y=1",
        "http://192.168.1.4/x",
        "http://172.20.0.1/x",
        "http://100.64.0.1/x",
        "http://169.254.1.1/x",
        "http://[fe80::1%25eth0]/x",
        "http://[fd00::1]/x",
        "http://nas/x",
        "http://studio.local/x",
        "http://ci.internal/x",
    ],
)
def test_a_callback_that_the_service_cannot_reach_is_found_before_paying(url: str) -> None:
    draft = replace(FILES, callback_url=url)
    assert found(draft=draft) == [(C.CALLBACK_LOCAL, ERROR)]
    assert check(draft, None, None, service_is_here=True) == ()


@pytest.mark.parametrize(
    "url",
    [
        "example.com",
        "ftp://example.com/x",
        "http://",
        "https:///x",
        "http://a b/",
        "javascript:1",
        "https://e.com/\u202ea",
    ],
)
def test_other_callback_addresses_are_refused(url: str) -> None:
    assert found(draft=replace(FILES, callback_url=url)) == [(C.CALLBACK_BAD, ERROR)]


@pytest.mark.parametrize("url", ["http://[::1", "http://[x]/", "https://exa\nmple.com", ""])
def test_broken_links_are_no_web_links_and_do_not_raise(url: str) -> None:
    assert is_web_link(url) is False


def test_local_files_need_the_account_token_and_links_do_not() -> None:
    one = check(FILES, IMAGE, VIDEO, can_upload=False)
    assert [(f.code, f.mend) for f in one] == [(C.UPLOAD_NEEDS_ACCOUNT, Mend.CONNECT)]
    links = Draft(image=Source(url="https://e.com/a.png"), video=Source(url="https://e.com/b.mp4"))
    assert found(image=None, video=None, draft=links, can_upload=False) == []


def test_the_worst_comes_first_and_equals_keep_their_order() -> None:
    note = finding(C.NO_SOUND, Severity.NOTE)
    warning = finding(C.IMAGE_SMALLISH, Severity.WARNING)
    first, second = finding(C.PROMPT_LONG), finding(C.CALLBACK_BAD)
    assert worst_first([note, first, warning, second]) == (first, second, warning, note)


def test_only_errors_hold_generate_back() -> None:
    assert has_errors((finding(C.PROMPT_LONG),))
    assert not has_errors((finding(C.NO_SOUND, Severity.NOTE),))
    assert not has_errors((finding(C.IMAGE_SMALLISH, Severity.WARNING),))


def test_findings_about_an_input_name_its_slot() -> None:
    bad_image = replace(IMAGE, format="gif", width_px=10, height_px=3000, size_bytes=60_000_000)
    bad_video = replace(VIDEO, container="avi", width_px=10, height_px=9000, duration_s=1.0)
    for one in check(FILES, bad_image, None):
        assert one.slot is Slot.IMAGE
        assert one.mend is (Mend.PAD_IMAGE if one.code is C.IMAGE_ASPECT else Mend.CHOOSE_IMAGE)
    for one in check(FILES, None, bad_video):
        assert one.slot is Slot.VIDEO
        assert one.mend is Mend.CHOOSE_VIDEO
