"""One scene as a picture, and what is wrong with it that a program can see."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from looks_media import Media
from looks_scenes import Scene
from looks_stand import Stand
from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler
from PySide6.QtGui import QFont, QFontMetrics, QImage
from PySide6.QtWidgets import QAbstractButton, QLabel, QWidget

from kling_desktop.ui.theme import Choice, theme
from kling_desktop.ui.widgets import ElidedLabel, Segmented

THEMES: tuple[Choice, ...] = ("dark", "light")
OF_THE_MACHINE = ("PulseAudio", "pipewire", "QRhi", "FFmpeg")  # sound cards and codecs
ROUNDING_PX = 1  # fractional font metrics, rounded
SEGMENT_EDGE_PX = 4  # what a segment keeps free beside its text


@dataclass(slots=True)
class Picture:
    """``problems``: a line for everything that is cut off or that Qt complained about."""

    image: QImage
    problems: list[str]


def render(
    scene: Scene, media: Media, choices: tuple[Choice, ...] = THEMES
) -> dict[Choice, Picture]:
    """The scene in these themes: the window is open while the theme changes, as in Settings."""
    heard: list[str] = []

    def hear(_kind: QtMsgType, _context: QMessageLogContext, message: str) -> None:
        if not any(word in message for word in OF_THE_MACHINE):
            heard.append(message)

    before = qInstallMessageHandler(hear)
    # What the last scene ended with comes first: changing the theme is what takes longest.
    choices = tuple(sorted(choices, key=lambda choice: choice != theme().choice))
    theme().set_choice(choices[0])
    stand = Stand(media, scene.size)
    try:
        stand.show()
        scene.build(stand)
        return {choice: _picture(stand, choice, heard) for choice in choices}
    finally:
        stand.close()
        qInstallMessageHandler(before)


def _picture(stand: Stand, choice: Choice, heard: list[str]) -> Picture:
    theme().set_choice(choice)
    stand.rest()
    problems = [*heard, *cut_off(stand.window)]
    heard.clear()
    return Picture(stand.window.grab().toImage(), problems)


def cut_off(window: QWidget) -> Iterator[str]:
    """Labels and buttons that have less room than their text needs."""
    for label in window.findChildren(QLabel):
        if label.isVisible() and label.text() and not isinstance(label, ElidedLabel):
            if label.hasHeightForWidth():
                needs = label.heightForWidth(label.width())
                if label.height() + ROUNDING_PX < needs:
                    yield f"{label.text()!r} needs {needs} px of height, has {label.height()}"
            elif label.width() + ROUNDING_PX < label.sizeHint().width():
                yield f"{label.text()!r} needs {label.sizeHint().width()}, has {label.width()}"
    for button in window.findChildren(QAbstractButton):
        if button.isVisible() and button.text():
            needs_px = _width_for_text(button)
            if button.width() + ROUNDING_PX < needs_px:
                yield f"button {button.text()!r} needs {needs_px} px, has {button.width()}"


def _width_for_text(button: QAbstractButton) -> int:
    """A segment gives up its padding before its text; a card of several lines wraps."""
    if button.hasHeightForWidth():
        return 0
    if isinstance(button.parentWidget(), Segmented):
        bold = button.font()
        bold.setWeight(QFont.Weight.DemiBold)
        return QFontMetrics(bold).horizontalAdvance(button.text()) + 2 * SEGMENT_EDGE_PX
    return button.sizeHint().width()
