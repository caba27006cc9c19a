"""Names in an exported comparison: with the letters of any font here, and never as boxes."""

from __future__ import annotations

import pytest
from PIL import Image, ImageChops
from tiny_font import write_font

from kling_desktop.media import letters
from kling_desktop.media.side_by_side import BAR_PX, TEXT_PX, _bar

CAT, DANCE = "猫", "\U0001f57a"  # an ideograph, and a letter beyond 16 bits
WIDTH_PX = 400


@pytest.fixture
def fonts(tmp_path, monkeypatch):
    """The folder of the system's fonts, which are none."""
    for name in ("XDG_DATA_HOME", "XDG_DATA_DIRS", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / "data"))
    caches = (letters._system_fonts, letters._opened)
    for cached in caches:
        cached.cache_clear()
    yield tmp_path / "data" / "fonts"
    for cached in caches:
        cached.cache_clear()


def seen(name: str) -> Image.Image:
    """The strip's left half with this name."""
    return _bar(2 * WIDTH_PX, WIDTH_PX, (name, "")).crop((0, 0, WIDTH_PX, BAR_PX))


def ink(picture: Image.Image) -> tuple[int, int, int, int] | None:
    """The box around what is drawn."""
    return ImageChops.difference(picture, seen("")).getbbox()


def test_letters_that_the_programs_font_lacks_come_from_another(fonts):
    write_font(fonts / "tiny.ttf", CAT + DANCE)
    # Blocks of 500 and 600 units of the em, 100 from the pen: wider than a box of 400.
    for name, units in ((CAT, 500), (DANCE, 600)):
        left, _top, right, _bottom = ink(seen(name))
        assert right - left == pytest.approx(units * TEXT_PX / 1000, abs=1)
    both = ink(seen(f"a{CAT}{DANCE}b"))
    assert both[2] - both[0] > 2 * TEXT_PX  # two of the em, and the program's own letters
    assert not letters.lacks(f"a{CAT}{DANCE}b", TEXT_PX)


def test_what_no_font_has_is_no_box(fonts):
    box = "\U0010ffff"  # nobody's letter: what fonts draw for none
    for name in (CAT, DANCE, box, "\u200d\ufe0f"):
        assert ink(seen(name)) is None
    assert ink(seen(f"ab{CAT}")) == ink(seen("ab"))
    assert letters.lacks(CAT, TEXT_PX)
    assert not letters.lacks("Result – take 3\ufe0f", TEXT_PX)


def test_a_broken_font_is_passed_over(fonts):
    write_font(fonts / "zz.ttf", CAT)
    (fonts / "aa.ttf").write_bytes(b"no font")
    assert ink(seen(CAT)) is not None


def test_a_long_name_ends_within_its_half(fonts):
    assert ink(seen("Reference " * 9))[2] <= WIDTH_PX
