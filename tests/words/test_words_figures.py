"""Sizes, times and credits, at their edges."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kling_desktop.media.fitted import ClipChange
from kling_desktop.motion.agreement import Agreement
from kling_desktop.motion.facts import Facts, ImageFacts, LinkFacts, VideoFacts
from kling_desktop.motion.fitting import planned_clip
from kling_desktop.motion.input import Input, InputState
from kling_desktop.motion.money import micro
from kling_desktop.motion.price import Quote
from kling_desktop.motion.request import WHOLE_CLIP, ClipEdit, Slot, Source
from kling_desktop.words import Words

WORDS = Words()


@pytest.mark.parametrize(
    ("size_bytes", "text"),
    [
        (0, "0 B"),
        (1, "1 B"),
        (999, "999 B"),
        (1000, "1 KB"),
        (99_999, "100 KB"),
        (100_000, "0.1 MB"),
        (812_345, "0.8 MB"),
        (9_940_000, "9.9 MB"),
        (9_960_000, "10 MB"),
        (10_000_000, "10 MB"),
        (104_857_600, "105 MB"),
        (999_400_000, "999 MB"),
        (999_600_000, "1.0 GB"),
        (1_000_000_000, "1.0 GB"),
        (12_300_000_000, "12 GB"),
    ],
)
def test_size(size_bytes: int, text: str) -> None:
    assert WORDS.size(size_bytes) == text


@given(st.integers(0, 10**15))
def test_no_size_has_more_figures_than_a_person_wants(size_bytes: int) -> None:
    number = WORDS.size(size_bytes).split()[0]
    thousand_gb = size_bytes >= 999_500_000_000  # rounded; there is no larger unit
    assert thousand_gb or len(number.replace(".", "")) <= 3


@pytest.mark.parametrize(
    ("done_bytes", "total_bytes", "text"),
    [
        (3_100_000, 5_000_000, "3.1 of 5.0 MB"),
        (0, 5_000_000, "0.0 of 5.0 MB"),
        (50_000, 99_000, "50.0 of 99.0 KB"),
        (500_000_000, 2_000_000_000, "0.5 of 2.0 GB"),
        (2_000_000, None, "2.0 MB"),
        (0, 0, "0 B"),
    ],
)
def test_size_of(done_bytes: int, total_bytes: int | None, text: str) -> None:
    assert WORDS.size_of(done_bytes, total_bytes) == text


@pytest.mark.parametrize(
    ("duration_s", "text"),
    [(8.4, "8.4 s"), (10.0, "10 s"), (9.96, "10 s"), (0.04, "0 s"), (3, "3 s"), (29.97, "30 s")],
)
def test_seconds(duration_s: float, text: str) -> None:
    assert WORDS.seconds(duration_s) == text


@pytest.mark.parametrize(
    ("duration_s", "text"),
    [
        (-5, "0:00"),
        (0, "0:00"),
        (59.9, "0:59"),
        (60, "1:00"),
        (72, "1:12"),
        (3599, "59:59"),
        (3600, "1:00:00"),
        (3750, "1:02:30"),
    ],
)
def test_clock(duration_s: float, text: str) -> None:
    assert WORDS.clock(duration_s) == text


@pytest.mark.parametrize(
    ("duration_s", "text"),
    [
        (-1, "0:00.00"),
        (0, "0:00.00"),
        (3.21, "0:03.21"),
        (59.999, "1:00.00"),
        (61.005, "1:01.00"),
    ],
)
def test_timecode(duration_s: float, text: str) -> None:
    assert WORDS.timecode(duration_s) == text


@pytest.mark.parametrize(
    ("low_s", "high_s", "text"),
    [
        (120, 300, "usually 2–5 min"),
        (125, 241, "usually 2–5 min"),
        (20, 40, "usually 20–40 s"),
        (0.2, 0.4, "usually 1 s"),
        (30, 30, "usually 30 s"),
        (89, 89.9, "usually 89–90 s"),
        (50, 100, "usually 1–2 min"),
        (120, 120, "usually 2 min"),
    ],
)
def test_minutes_range(low_s: float, high_s: float, text: str) -> None:
    assert WORDS.minutes_range(low_s, high_s) == text


@pytest.mark.parametrize(
    ("price", "text"),
    [
        (Quote(5.88, 8.4, estimated=True), "8.4 s · ≈ 5.88 credits"),
        (Quote(5.876, 8.4, estimated=False), "8.4 s · 5.88 credits"),
        (Quote(0, 3, estimated=False), "3 s · 0.00 credits"),
        (Quote(1234.5, 30, estimated=True), "30 s · ≈ 1234.50 credits"),
    ],
)
def test_quote_marks_an_estimate(price: Quote, text: str) -> None:
    assert WORDS.quote(price) == text


@pytest.mark.parametrize(
    ("facts", "text"),
    [
        (ImageFacts("png", 512, 512, 800_000), "512 × 512 · 0.8 MB"),
        (VideoFacts("mp4", "h264", 720, 1280, 5_000_000, 8.4, 30), "720p · 8.4 s · 5.0 MB"),
        (VideoFacts("mp4", "h264", 500, 400, 99_000, 3, 30), "500 × 400 · 3 s · 99 KB"),
        (LinkFacts("video/mp4", 5_000_000), "Link · 5.0 MB"),
        (LinkFacts(), "Link"),
        (None, ""),
    ],
)
def test_facts(facts: Facts | None, text: str) -> None:
    assert WORDS.facts(facts) == text
    assert WORDS.input_facts(Input(Slot.IMAGE, facts=facts)) == text


def test_every_change_of_a_picture_is_said() -> None:
    words = ("converted", "turned", "first_frame", "scaled", "color", "flattened", "unheard_of")
    text = WORDS.changes(Input(Slot.IMAGE, changes=words, original_format="webp"))
    assert text == (
        "Converted from WEBP. Turned upright. Its first frame is used. Scaled to fit. "
        "Colours brought to sRGB. Transparency filled with white."
    )


def test_a_picture_that_was_not_changed_says_nothing() -> None:
    assert WORDS.changes(Input(Slot.IMAGE)) == ""


def clip(edit: ClipEdit = WHOLE_CLIP, *changes: str) -> Input:
    whole = VideoFacts("matroska", "vp9", 1280, 720, 21_000_000, 21.0, 30.0, has_sound=True)
    return Input(
        Slot.VIDEO,
        InputState.READY,
        Source(path="/c.mkv"),
        planned_clip(whole, edit, changes),
        changes=changes,
        original_format="mkv",
        original=whole,
        clip_edit=edit,
    )


def test_a_trimmed_clip_says_how_much_of_it_is_used() -> None:
    assert WORDS.input_facts(clip(ClipEdit(9.7, 18.1))) == "720p · 8.4 of 21.0 s"
    assert WORDS.input_facts(clip()) == "720p · 21 s · 21 MB"


def test_a_clip_says_what_will_be_done_to_it() -> None:
    value = clip(WHOLE_CLIP, "converted", "trimmed", "scaled", "cleaned")
    told = "Will be converted from MKV, scaled to fit and freed of place and camera."
    assert WORDS.changes(value) == told
    assert WORDS.clip_changes_short(value) == "Will be converted"
    assert WORDS.changes(clip(WHOLE_CLIP, "trimmed")) == ""
    assert WORDS.clip_changes_short(clip(WHOLE_CLIP, "trimmed", "cleaned")) == (
        "Place, camera taken out"
    )


@pytest.mark.parametrize("change", [c.value for c in ClipChange])
def test_every_change_of_a_clip_but_those_asked_for_is_told(change: str) -> None:
    told = WORDS.changes(clip(WHOLE_CLIP, change))
    assert bool(told) is (change not in ("trimmed", "cropped"))
    assert bool(WORDS.clip_changes_short(clip(WHOLE_CLIP, change))) is bool(told)


def test_the_price_of_all_is_as_sure_as_the_least_sure_of_them() -> None:
    sure = Agreement(credits=2.24, duration_s=3.2)
    guess = Agreement(credits=0.7, duration_s=1.0, estimated=True)
    most = Agreement(credits=21.0)
    assert WORDS.price_of_all([sure, sure]) == "4.48 credits"
    assert WORDS.price_of_all([sure, guess]) == "≈ 2.94 credits"
    assert WORDS.price_of_all([sure, guess, most]) == "at most 23.94 credits"
    assert WORDS.price_of_all([sure, Agreement()]) == WORDS.price_of_all([sure, None]) == ""


@pytest.mark.parametrize(
    ("credits", "text"),
    [
        (2.3916666666, "2.391667 credits"),
        (2.2400000000000002, "2.24 credits"),
        (0.7 * 3.2, "2.24 credits"),
        (3.0, "3.00 credits"),
        (2.5000001, "2.50 credits"),
    ],
)
def test_an_exact_sum_is_what_is_compared(credits: float, text: str) -> None:
    """Typed as a limit it is not exceeded by the very price that it was told for."""
    assert WORDS.credits(credits, exact=True) == text
    assert micro(float(text.split()[0])) >= micro(credits)
