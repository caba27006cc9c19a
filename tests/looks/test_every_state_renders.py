"""Each state of the window comes up without a word of complaint and cuts no text off."""

from __future__ import annotations

from pathlib import Path

import looks_accounts  # noqa: F401  # puts its scenes among the others
import looks_agreed  # noqa: F401  # likewise
import looks_away  # noqa: F401  # likewise
import looks_fitting  # noqa: F401  # likewise
import looks_fitting_sheets  # noqa: F401  # likewise
import looks_holds  # noqa: F401  # likewise
import looks_sheets  # noqa: F401  # likewise
import looks_store  # noqa: F401  # likewise
import looks_working  # noqa: F401  # likewise
import pytest
from looks_media import Media, make_media
from looks_picture import render
from looks_scenes import SCENES, Scene

from kling_desktop.ui.theme import theme


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Media:
    return make_media(Path(tmp_path_factory.mktemp("looks")))


@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES.keys())
def test_every_state_renders_in_both_themes_and_cuts_nothing_off(
    qapp, media: Media, scene: Scene
) -> None:
    theme().apply(qapp)
    for choice, picture in render(scene, media).items():
        assert (choice, picture.problems) == (choice, [])
        assert picture.image.size().toTuple() == scene.size
