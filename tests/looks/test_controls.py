"""Every control of the real window and its sheets: large enough, named, grouped, spoken."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import looks_fitting  # noqa: F401  # puts its scenes among the others
import looks_fitting_sheets  # noqa: F401  # likewise
import looks_holds  # noqa: F401  # likewise
import looks_sheets  # noqa: F401  # likewise
import looks_working  # noqa: F401  # likewise
import pytest
from looks_media import Media, make_media
from looks_scenes import SCENES
from looks_stand import Stand
from PySide6.QtCore import QPoint
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QCheckBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QRadioButton,
    QSlider,
    QWidget,
)

from kling_desktop.motion.job import HoldReason, JobState
from kling_desktop.ui.theme import theme
from kling_desktop.ui.widgets import Banner

LEAST_PX = 24  # WCAG 2.2, 2.5.8
CONTROLS = (QAbstractButton, QAbstractSpinBox, QComboBox, QLineEdit, QPlainTextEdit, QSlider)
# Between them they hold every kind of control that there is.
SHOWN = (
    "01-empty",
    "02-composing-options",
    "04-blocked-many",
    "11-done-overlay",
    "11-done-notice",
    "31-settings-day-limit",
    "33-details",
    "34-code",
    "40-spending",
    "51-doctor-cuts",
    "54-clip-editor-overlay",
    "55-picture-editor-crop",
    "56-export",
)
TIME = re.compile(r"\d+:\d\d\.\d\d( of \d+:\d\d\.\d\d)?")
SHARE = re.compile(r"\d+ %")


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Media:
    return make_media(Path(tmp_path_factory.mktemp("controls")))


@pytest.fixture(scope="module", params=SHOWN)
def stand(qapp, media: Media, request: pytest.FixtureRequest) -> Iterator[Stand]:
    theme().apply(qapp)
    scene = SCENES[request.param]
    stand = Stand(media, scene.size)
    stand.show()
    scene.build(stand)
    stand.rest()
    yield stand
    stand.close()


def _shown(stand: Stand) -> list[QWidget]:
    controls = [w for w in stand.window.findChildren(QWidget) if isinstance(w, CONTROLS)]
    within = (QAbstractSpinBox, QComboBox)  # their fields are their own business
    return [w for w in controls if w.isVisible() and not isinstance(w.parent(), within)]


def _name(widget: QWidget) -> str:
    return widget.accessibleName() or getattr(widget, "text", str)() or type(widget).__name__


def _target(widget: QWidget) -> tuple[int, int]:
    """How wide and how high it takes a press: not all of a check box's rectangle need be one."""
    if not isinstance(widget, QCheckBox):
        return widget.width(), widget.height()
    rect = widget.rect()
    across = [x for x in range(rect.width()) if widget.hitButton(QPoint(x, rect.center().y()))]
    down = [y for y in range(rect.height()) if widget.hitButton(QPoint(across[0] + 8, y))]
    return len(across), len(down)


def test_a_check_box_is_called_what_is_written_beside_it(stand: Stand) -> None:
    for box in (w for w in _shown(stand) if isinstance(w, QCheckBox)):
        labels = [x.text() for x in stand.window.findChildren(QLabel) if x.buddy() is box]
        assert box.accessibleName()
        assert box.accessibleName() in [box.text(), *labels]


def test_every_target_is_at_least_24_by_24(stand: Stand) -> None:
    shown = _shown(stand)
    assert len(shown) > 10
    targets = [(_name(w), *_target(w)) for w in shown]
    small = [each for each in targets if min(each[1:]) < LEAST_PX]
    assert small == []


def test_every_control_has_a_name(stand: Stand) -> None:
    faces = [QAccessible.queryAccessibleInterface(w) for w in _shown(stand)]
    nameless = [f.object() for f in faces if not f.text(QAccessible.Text.Name)]
    assert nameless == []


def test_every_choice_stands_in_a_group_with_a_name(stand: Stand) -> None:
    for choice in (w for w in _shown(stand) if isinstance(w, QRadioButton)):
        group = QAccessible.queryAccessibleInterface(choice).parent()
        assert group.role() is QAccessible.Role.Grouping, _name(choice)
        assert group.text(QAccessible.Text.Name), _name(choice)


def test_every_slider_tells_a_time_or_a_share_and_not_a_bare_number(stand: Stand) -> None:
    for slider in (w for w in _shown(stand) if isinstance(w, QSlider)):
        told = QAccessible.queryAccessibleInterface(slider).text(QAccessible.Text.Description)
        wanted = (
            TIME if slider.accessibleName() in ("Position", "Trim start", "Trim end") else SHARE
        )
        assert wanted.fullmatch(told), (_name(slider), told)


@pytest.mark.parametrize("size", [(900, 500), (1366, 743), (2560, 1440)])
def test_a_banner_takes_its_height_from_its_text(qapp, media: Media, size: tuple[int, int]) -> None:
    theme().apply(qapp)
    stand = Stand(media, size)
    stand.show()
    SCENES["17-limits-unread"].build(stand)
    stand.rest()
    (banner,) = [b for b in stand.queue.findChildren(Banner) if b.isVisible()]
    (text,) = [x for x in banner.findChildren(QLabel) if x.text() == banner.text]
    lines = {900: 4, 1366: 3, 2560: 1}[size[0]]
    assert text.heightForWidth(text.width()) == pytest.approx(16 * lines, abs=2)
    assert text.height() >= text.heightForWidth(text.width())
    assert banner.visibleRegion().boundingRect() == banner.rect()
    stand.close()


def test_a_banner_that_comes_later_is_as_high_as_its_text_beside_its_buttons(
    qapp, media: Media
) -> None:
    theme().apply(qapp)
    stand = Stand(media, (1366, 743))
    stand.show()
    job = stand.numbers.job(JobState.QUEUED, "astronaut", "meadow")
    stand.jobs([job])
    stand.rest()
    stand.jobs([job], HoldReason.TOKEN)
    stand.rest()
    (banner,) = [b for b in stand.queue.findChildren(Banner) if b.isVisible()]
    (text,) = [x for x in banner.findChildren(QLabel) if x.text() == banner.text]
    buttons = [b.text() for b in banner.findChildren(QPushButton) if b.isVisible()]
    assert buttons == ["Settings…", "Resume"]
    for width in (1366, 1280, 1366):  # and so when the window's width changes
        stand.window.resize(width, 743)
        stand.rest()
        assert text.heightForWidth(text.width()) == pytest.approx(32, abs=2)
        assert text.height() >= text.heightForWidth(text.width())
        assert banner.visibleRegion().boundingRect() == banner.rect()
    stand.close()
