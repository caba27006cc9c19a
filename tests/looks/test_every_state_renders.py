"""Each state of the window comes up without a word of complaint and cuts no text off."""

from __future__ import annotations

from collections.abc import Iterator
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
from _pytest.mark import ParameterSet
from looks_media import Media, make_media
from looks_picture import THEMES, render
from looks_scenes import SCENES, Scene

from kling_desktop.ui.theme import Choice, theme


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Media:
    return make_media(Path(tmp_path_factory.mktemp("looks")))


IN_BOTH_EVERY = 8  # a change of the theme takes as long as all the rest of a scene


def _cases() -> Iterator[ParameterSet]:
    """The first half of the scenes in the first theme, the others in the second; some in both."""
    for place, (name, scene) in enumerate(SCENES.items()):
        choices = THEMES if place % IN_BOTH_EVERY == 0 else (THEMES[2 * place // len(SCENES)],)
        yield pytest.param(scene, choices, id=name)


@pytest.mark.parametrize(("scene", "choices"), list(_cases()))
def test_every_state_renders_and_cuts_nothing_off(
    qapp, media: Media, scene: Scene, choices: tuple[Choice, ...]
) -> None:
    theme().apply(qapp)
    pictures = render(scene, media, choices)
    assert set(pictures) == set(choices)
    for choice, picture in pictures.items():
        assert (choice, picture.problems) == (choice, [])
        assert picture.image.size().toTuple() == scene.size
