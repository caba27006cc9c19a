"""What changes in a draft, and what could not be read, in words."""

from __future__ import annotations

from dataclasses import fields, replace
from itertools import product

import pytest

from kling_desktop.motion.left_out import Damage, LeftOut, Saved
from kling_desktop.motion.request import ClipEdit, Draft, ImageEdit, Mode, Orientation, Source
from kling_desktop.store.settings import Settings
from kling_desktop.words import Words

WORDS = Words()
OTHER = Draft(
    image=Source(path="/p/astronaut.png"),
    video=Source(url="https://e.com/meadow.mp4?sign=1"),
    mode=Mode.PRO,
    orientation=Orientation.IMAGE,
    prompt="dusk,\nno umbrella",
    keep_sound=False,
    model="kling-v3",
    watermark=True,
    callback_url="https://e.com/hook",
    image_edit=ImageEdit(crop=(0.1, 0.1, 0.5, 0.5)),
    video_edit=ClipEdit(1.0, 4.5),
    fit=False,
)


def test_every_field_of_a_draft_is_told_when_it_changes() -> None:
    for field in fields(Draft):
        changed = replace(Draft(), **{field.name: getattr(OTHER, field.name)})
        told = WORDS.draft_changes(Draft(), changed)
        assert ": " in told, field.name
        assert WORDS.draft_changes(changed, Draft())
        assert WORDS.draft_changes(changed, changed) == ""


def test_changes_are_told_in_the_words_of_compose() -> None:
    assert WORDS.draft_changes(Draft(), OTHER) == (
        "Picture: astronaut.png, Crop of the picture: yes, Clip: meadow.mp4, "
        "Part of the clip: 0:01.0 to 0:04.5, Quality: Pro, Facing: As in the picture, "
        "Description: “dusk, no umbrella”, Keep the clip's sound: no, Model: kling-v3, "
        "Watermarked copy too: yes, Callback address: https://e.com/hook, "
        "Convert what does not fit: no"
    )


def test_a_strangers_description_is_one_short_line() -> None:
    long = Draft(prompt="a\u202eb\n" + "word " * 500)
    told = WORDS.draft_changes(Draft(), long)
    assert len(told) < 110
    assert told.isprintable()
    assert told.endswith("…”")
    longer = replace(long, prompt=long.prompt + "!")
    assert WORDS.draft_changes(long, longer), "a change beyond what is shown is one, too"


@pytest.mark.parametrize(("saved", "damage"), list(product(Saved, Damage)))
def test_whatever_was_left_out_has_its_sentence(saved: Saved, damage: Damage) -> None:
    if saved in (Saved.JOBS, Saved.JOURNAL) and damage is Damage.REFUSED:
        return  # the journal's own errors say it
    kept_as = f"{saved}.json.damaged"
    told = WORDS.left_out(LeftOut(saved, damage, kept_as, ("day_limit_credits",), 3))
    assert "{" not in told
    assert told.endswith(".")
    assert kept_as in told


def test_settings_that_were_left_out_are_named() -> None:
    names = tuple(f.name for f in fields(Settings))
    told = WORDS.left_out(LeftOut(Saved.SETTINGS, Damage.PART, "", names))
    assert "your limit for a day" in told
    assert "kept as" not in told
    small = WORDS.left_out(LeftOut(Saved.SETTINGS, Damage.PART, "", ("volume",)))
    assert "things that Settings does not show" in small
