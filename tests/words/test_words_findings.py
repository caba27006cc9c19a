"""Findings as sentences: each code, with the values that its producers give."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from kling_desktop.motion.facts import Facts, ImageFacts, LinkFacts, VideoFacts
from kling_desktop.motion.limits import Finding, FindingCode, Mend, check, finding
from kling_desktop.motion.request import Draft, Orientation, Slot, Source
from kling_desktop.words import Words

C = FindingCode
WORDS = Words()
IMAGE = ImageFacts("jpeg", 1000, 1000, 500_000)
VIDEO = VideoFacts("mp4", "h264", 720, 1280, 5_000_000, 8.4, 30.0, has_sound=True)
FILES = Draft(image=Source(path="/tmp/a.jpg"), video=Source(path="/tmp/b.mp4"))


def one(
    image: Facts | None = None,
    video: Facts | None = None,
    *,
    can_upload: bool = True,
    **draft: object,
) -> Finding:
    changed = replace(FILES, **draft)  # type: ignore[arg-type]  # names are checked by replace
    (found,) = check(changed, image, video, can_upload=can_upload)
    return found


# Made by the check itself, so with the values that it really gives.
CHECKED: dict[FindingCode, tuple[Finding, str]] = {
    C.IMAGE_FORMAT: (
        one(replace(IMAGE, format="webp")),
        "The service takes JPG and PNG, not WEBP.",
    ),
    C.IMAGE_BYTES: (
        one(replace(IMAGE, size_bytes=63_000_000)),
        "This picture is 63 MB. At most 50 MB are allowed.",
    ),
    C.IMAGE_BYTES_LARGE: (
        one(replace(IMAGE, size_bytes=12_300_000)),
        "This picture is 12 MB. Above 10 MB the service may refuse it.",
    ),
    C.IMAGE_SMALL: (
        one(replace(IMAGE, width_px=299, height_px=400)),
        "This picture is 299 × 400. Each side needs 300 pixels.",
    ),
    C.IMAGE_SMALLISH: (
        one(replace(IMAGE, width_px=320, height_px=400)),
        "This picture is 320 × 400. Below 340 pixels a side the result suffers.",
    ),
    C.IMAGE_ASPECT: (
        one(replace(IMAGE, width_px=3000, height_px=1000)),
        "This picture is 3000 × 1000. Between 1 : 2.5 and 2.5 : 1 is allowed.",
    ),
    C.VIDEO_CONTAINER: (
        one(video=replace(VIDEO, container="avi")),
        "The service takes MP4 and MOV, not AVI.",
    ),
    C.VIDEO_BYTES: (
        one(video=replace(VIDEO, size_bytes=120_000_000)),
        "This clip is 120 MB. At most 105 MB are allowed.",
    ),
    C.VIDEO_SMALL: (
        one(video=replace(VIDEO, width_px=320, height_px=400)),
        "This clip is 320 × 400. Each side needs 340 pixels.",
    ),
    C.VIDEO_LARGE: (
        one(video=replace(VIDEO, width_px=4096, height_px=2160)),
        "This clip is 4096 × 2160. No side may exceed 3850 pixels.",
    ),
    C.VIDEO_SHORT: (
        one(video=replace(VIDEO, duration_s=2.4)),
        "This clip is 2.4 s. At least 3 s are needed.",
    ),
    C.VIDEO_LONG: (
        one(video=replace(VIDEO, duration_s=42.0)),
        "This clip is 42 s. At most 30 s are allowed.",
    ),
    C.VIDEO_LONG_FOR_IMAGE: (
        one(video=replace(VIDEO, duration_s=14.2), orientation=Orientation.IMAGE),
        "This clip is 14.2 s. “As in the picture” allows 10 s.",
    ),
    C.NO_SOUND: (
        one(video=replace(VIDEO, has_sound=False)),
        "The clip has no sound, so the video will have none.",
    ),
    C.PICTURE_IS_VIDEO: (
        one(LinkFacts("video/mp4")),
        "This is a clip. The character needs a picture.",
    ),
    C.LINK_NOT_MEDIA: (
        one(LinkFacts("text/html")),
        "This link leads to a page (text/html), not to a file.",
    ),
    C.LINK_EMPTY: (one(LinkFacts("image/png", 0)), "The file at this link is empty."),
    C.PROMPT_LONG: (
        one(prompt="x" * 2501),
        "The description has 2501 characters. At most 2500 are allowed.",
    ),
    C.PROMPT_CONTROL: (
        one(prompt="\0"),
        "The description holds hidden characters, which are not sent.",
    ),
    C.CALLBACK_BAD: (
        one(callback_url="{nowhere}"),
        "The callback address must begin with http:// or https://.",
    ),
    C.CALLBACK_LOCAL: (
        one(callback_url="http://localhost/{x}"),
        "The service cannot reach this callback address: it leads nowhere outside of your own "
        "network. Use a public one, or leave it empty.",
    ),
    C.UPLOAD_NEEDS_ACCOUNT: (
        one(can_upload=False),
        "Files from this computer need the account token. Add it, or paste public links instead.",
    ),
}
# Values that intake and drafting give beside the other codes.
GIVEN = {
    "name": "my {clip}.mp4",
    "reason": "ValueError: 31 is not a valid Type",
    "status": 404,
    "content_type": "HTML",
    "balance_credits": 3.5,
    "price_credits": 5.88,
    "count": 2,
    "times_s": "4.1 9.7",
    "start_s": 0.4,
    "end_s": 0.3,
    "at_s": 3.2,
    "image_aspect": "1 : 1",
    "clip_aspect": "16 : 9",
}


@pytest.mark.parametrize("code", list(CHECKED))
def test_the_sentence_holds_the_figures_of_the_table_and_of_the_file(code: FindingCode) -> None:
    found, expected = CHECKED[code]
    assert found.code is code
    assert WORDS.finding(found).text == expected


@pytest.mark.parametrize("code", sorted(set(C) - set(CHECKED)))
def test_every_other_finding_has_a_whole_sentence(code: FindingCode) -> None:
    text = WORDS.finding(finding(code, **GIVEN)).text  # type: ignore[arg-type]
    assert text.endswith(".")
    assert "…" not in text
    assert "{" not in text.replace("{clip}", "")


def test_a_name_with_braces_or_markup_is_shown_as_it_is() -> None:
    found = finding(C.FILE_EMPTY, name="<b>{0}%s.png</b>")
    assert WORDS.finding(found).text == "<b>{0}%s.png</b> is empty."


def test_a_value_that_is_missing_leaves_a_gap_and_no_crash() -> None:
    assert WORDS.finding(finding(C.FILE_EMPTY)).text == "… is empty."


@pytest.mark.parametrize("mend", list(Mend))
def test_every_mend_has_a_short_label(mend: Mend) -> None:
    values = {"name": "x", "start_s": 9.7, "end_s": 18.1, "trim_s": 10.0}
    label = WORDS.finding(finding(C.FILE_EMPTY, mend=mend, **values)).action
    assert label
    assert len(label) < 24
    assert not re.search(r"[{}]|[.]$", label)


def test_cuts_are_told_with_their_times_and_the_part_to_use() -> None:
    values = {"count": 2, "times_s": "4.1 9.7", "start_s": 9.7, "end_s": 18.1}
    told = WORDS.finding(finding(C.CUTS_FOUND, mend=Mend.USE_PART, **values))
    assert told.text == "2 cuts found at 0:04.1, 0:09.7. Only one shot is used."
    assert (told.lead, told.action) == ("2 cuts found", "Use 0:09.7–0:18.1")
    many = finding(C.CUTS_FOUND, count=5, times_s="1 2 3 4 5")
    assert "at 0:01.0, 0:02.0, 0:03.0, …" in WORDS.finding(many).text
    single = WORDS.finding(finding(C.CUTS_FOUND, count=1, times_s="61.26"))
    assert single.text == "1 cut found at 1:01.3. Only one shot is used."
    assert single.lead == "1 cut found"


def test_a_clip_that_only_one_facing_allows_has_two_ways_out() -> None:
    found = one(video=replace(VIDEO, duration_s=14.2), orientation=Orientation.IMAGE)
    told = WORDS.finding(found)
    assert (told.action, told.other) == ("Trim to 10 s", "Face as in the clip")


def test_a_finding_without_a_mend_has_no_button() -> None:
    assert WORDS.finding(finding(C.FILE_EMPTY, name="x")).action is None


def test_values_are_put_in_after_the_translation() -> None:
    found = finding(C.VIDEO_SHORT, duration_s=1.0, limit_s=3.0)
    told = Words(lambda text: text.replace("This clip is", "Dieser Clip dauert")).finding(found)
    assert told.text == "Dieser Clip dauert 1 s. At least 3 s are needed."


def test_the_wells_are_named() -> None:
    assert [WORDS.well(slot) for slot in Slot] == ["Character", "Motion"]


def test_a_right_to_left_name_does_not_turn_the_sentence_round() -> None:
    name = "תמונה של אסטרונאוטית.mp4"
    said = WORDS.finding(finding(C.FILE_EMPTY, name=name)).text
    assert said == f"\N{FIRST STRONG ISOLATE}{name}\N{POP DIRECTIONAL ISOLATE} is empty."
    assert WORDS.finding(finding(C.FILE_EMPTY, name="夜.mp4")).text == "夜.mp4 is empty."
