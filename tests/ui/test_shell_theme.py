"""The looks: contrast, themes, icons, fonts."""

from __future__ import annotations

import re
from dataclasses import asdict

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFontInfo
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from kling_desktop.ui.icons import icon, pixmap
from kling_desktop.ui.resources import resource_path
from kling_desktop.ui.stylesheet import build_stylesheet
from kling_desktop.ui.theme import DARK, LIGHT, Tokens, color, theme
from kling_desktop.ui.widgets import IconButton

AA_TEXT = 4.5
AA_GRAPHIC = 3.0
TEXTS = ("text", "muted", "good", "warning", "bad", "accent_text")
SURFACES = ("background", "panel", "raised", "hover", "chosen")
FIELD_GROUNDS = ("background", "panel", "raised")


@pytest.fixture(autouse=True)
def _themed(qapp):
    theme().apply(qapp)
    yield
    theme().set_choice("system")


def luminance(value: str) -> float:
    parts = [int(value[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("tokens", [DARK, LIGHT], ids=["dark", "light"])
@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("surface", SURFACES)
def test_every_text_is_readable_on_every_surface(tokens: Tokens, text: str, surface: str):
    assert contrast(getattr(tokens, text), getattr(tokens, surface)) >= AA_TEXT


@pytest.mark.parametrize("tokens", [DARK, LIGHT], ids=["dark", "light"])
@pytest.mark.parametrize(
    ("text", "surface"),
    [
        ("on_accent", "accent"),
        ("on_accent", "accent_hover"),
        ("on_stage", "stage"),
        ("stage_muted", "stage"),
        ("on_stage", "stage_hover"),
        ("stage_muted", "stage_hover"),
        ("text", "thumb"),
        ("text", "line"),  # a button that is held down
    ],
)
def test_every_text_on_its_own_ground_is_readable(tokens: Tokens, text: str, surface: str):
    assert contrast(getattr(tokens, text), getattr(tokens, surface)) >= AA_TEXT


@pytest.mark.parametrize("tokens", [DARK, LIGHT], ids=["dark", "light"])
@pytest.mark.parametrize("surface", SURFACES)
def test_the_focus_ring_can_be_seen(tokens: Tokens, surface: str):
    assert contrast(tokens.accent, getattr(tokens, surface)) >= AA_GRAPHIC


@pytest.mark.parametrize("tokens", [DARK, LIGHT], ids=["dark", "light"])
@pytest.mark.parametrize("surface", FIELD_GROUNDS)
def test_the_border_of_what_can_be_filled_in_can_be_seen(tokens: Tokens, surface: str):
    assert contrast(tokens.edge, getattr(tokens, surface)) >= AA_GRAPHIC


@pytest.mark.parametrize("field", [QLineEdit, QPlainTextEdit, QSpinBox, QComboBox])
def test_every_field_is_drawn_with_that_border(qtbot, field: type[QWidget]):
    widget = field()
    qtbot.addWidget(widget)
    widget.resize(160, 40)
    widget.show()
    widget.clearFocus()
    left = widget.grab().toImage().pixelColor(0, 20)
    assert left.name() == theme().tokens.edge.lower()


@pytest.mark.parametrize(("tokens", "name"), [(DARK, "dark"), (LIGHT, "light")])
def test_drawn_signs_of_the_stylesheet_have_the_tokens_colours(tokens: Tokens, name: str):
    tick = resource_path(f"theme/check-{name}.svg").read_text(encoding="utf-8")
    arrow = resource_path(f"theme/chevron-{name}.svg").read_text(encoding="utf-8")
    assert f'stroke="{tokens.on_accent}"' in tick
    assert f'stroke="{tokens.muted}"' in arrow


def test_the_stylesheet_names_no_colour_that_is_not_a_token():
    for tokens, is_dark in ((DARK, True), (LIGHT, False)):
        used = set(re.findall(r"#[0-9A-Fa-f]{6}", build_stylesheet(tokens, is_dark)))
        assert used <= set(asdict(tokens).values())


def test_choosing_a_theme_changes_the_tokens_and_tells(qtbot):
    theme().set_choice("light")
    with qtbot.waitSignal(theme().changed):
        theme().set_choice("dark")
    assert color("panel") == QColor(DARK.panel)
    with qtbot.waitSignal(theme().changed):
        theme().set_choice("light")
    assert color("panel") == QColor(LIGHT.panel)


def test_the_theme_follows_the_system(qapp: QApplication):
    theme().set_choice("system")
    # What Qt emits when the desktop switches; a desktop to switch there is none in a test.
    told = qapp.styleHints().colorSchemeChanged
    told.emit(Qt.ColorScheme.Light)
    assert not theme().is_dark
    told.emit(Qt.ColorScheme.Dark)
    assert theme().is_dark
    theme().set_choice("light")
    told.emit(Qt.ColorScheme.Dark)
    assert not theme().is_dark, "a choice of the person's wins over the system"
    theme().set_choice("system")
    assert theme().is_dark


def test_the_bundled_font_is_used(qapp: QApplication):
    assert QFontInfo(qapp.font()).family() == "Inter"
    assert qapp.font().pixelSize() == 13


SOLID_ALPHA = 200  # of 255; at the edges of a stroke the colour cannot be told any more
ROUNDING = 3  # of 255: what antialiasing may be off by


def _ink(picture) -> list[QColor]:
    image = picture.toImage()
    pixels = [image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height())]
    return [pixel for pixel in pixels if pixel.alpha() >= SOLID_ALPHA]


def _is(pixel: QColor, wanted: str) -> bool:
    other = QColor(wanted)
    parts = ((pixel.red(), other.red()), (pixel.green(), other.green()))
    parts += ((pixel.blue(), other.blue()),)
    return all(abs(one - two) <= ROUNDING for one, two in parts)


@pytest.mark.parametrize("path", sorted(p.name for p in resource_path("icons").iterdir()))
def test_every_icon_is_drawn_in_its_tokens_colour(path: str):
    theme().set_choice("dark")
    picture = pixmap(path.removesuffix(".svg"), "warning", 24, 4.0)
    assert picture.width() == 96
    ink = _ink(picture)
    assert ink
    assert all(_is(pixel, DARK.warning) for pixel in ink)


def test_all_icons_are_of_one_set():
    for path in resource_path("icons").iterdir():
        svg = path.read_text(encoding="utf-8")
        assert 'viewBox="0 0 24 24"' in svg, path.name
        assert 'stroke-width="1.75" stroke-linecap="round"' in svg, path.name
        assert not re.search(r"#[0-9a-fA-F]{3,6}", svg), path.name


def test_an_unknown_icon_is_a_mistake_and_not_an_empty_square():
    with pytest.raises(FileNotFoundError):
        icon("no-such-icon")


def test_an_icon_button_follows_the_theme(qtbot):
    theme().set_choice("dark")
    button = IconButton("stop", "Stop")
    qtbot.addWidget(button)
    assert any(_is(pixel, DARK.text) for pixel in _ink(button.icon().pixmap(16, 16)))
    theme().set_choice("light")
    assert any(_is(pixel, LIGHT.text) for pixel in _ink(button.icon().pixmap(16, 16)))


def _two_buttons(qtbot) -> tuple[QWidget, QPushButton, QPushButton, QLineEdit]:
    box = QWidget()
    qtbot.addWidget(box)
    first, second, field = QPushButton("One"), QPushButton("Two"), QLineEdit()
    column = QVBoxLayout(box)
    for widget in (first, second, field):
        column.addWidget(widget)
    box.show()
    box.activateWindow()
    qtbot.waitUntil(box.isActiveWindow)
    return box, first, second, field


def test_the_keyboard_shows_a_ring_where_the_focus_is(qtbot):
    _box, first, second, _field = _two_buttons(qtbot)
    first.setFocus()
    qtbot.keyClick(first, Qt.Key.Key_Tab)
    assert second.hasFocus()
    assert second.property("ring") is True
    assert not first.property("ring")


def test_a_click_leaves_no_ring_on_a_button(qtbot):
    _box, first, second, _field = _two_buttons(qtbot)
    first.setFocus()
    qtbot.keyClick(first, Qt.Key.Key_Tab)
    qtbot.mouseClick(first, Qt.MouseButton.LeftButton)
    assert first.hasFocus()
    assert not first.property("ring")
    assert not second.property("ring")
