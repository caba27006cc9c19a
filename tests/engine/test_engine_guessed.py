"""While files are read, each well shows the name of the file that is going to be in it."""

from __future__ import annotations

import pytest

from kling_desktop.engine.routing import guessed
from kling_desktop.motion.request import Slot

UNTOLD, PICTURE, CLIP = "/slow/unknown", "/slow/figure.png", "/slow/dance.mp4"


@pytest.mark.parametrize("empty", list(Slot))
@pytest.mark.parametrize("texts", [(UNTOLD, CLIP), (CLIP, UNTOLD)])
def test_a_name_that_tells_nothing_leaves_the_well_to_one_that_tells(
    texts: tuple[str, ...], empty: Slot
) -> None:
    shown = {slot: source.path for slot, source in guessed(texts, None, empty).items()}
    assert shown == {Slot.IMAGE: UNTOLD, Slot.VIDEO: CLIP}


def test_beside_a_picture_it_is_the_clip() -> None:
    shown = guessed((UNTOLD, PICTURE), None, Slot.IMAGE)
    assert {slot: source.path for slot, source in shown.items()} == {
        Slot.IMAGE: PICTURE,
        Slot.VIDEO: UNTOLD,
    }


def test_alone_it_goes_to_the_empty_well() -> None:
    assert list(guessed((UNTOLD,), None, Slot.VIDEO)) == [Slot.VIDEO]
