"""Light and dark from one table, following the system while it runs; fonts; the focus ring."""

from __future__ import annotations

import logging
from functools import cache
from typing import Literal

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication, QPlainTextEdit, QTextEdit, QWidget

from kling_desktop.ui.resources import resource_path
from kling_desktop.ui.stylesheet import build_stylesheet
from kling_desktop.ui.tokens import (
    DARK,
    FONT_PX,
    LIGHT,
    RADIUS,
    SPACE_4,
    SPACE_8,
    SPACE_12,
    SPACE_16,
    Tokens,
)

__all__ = [
    "DARK",
    "LIGHT",
    "RADIUS",
    "SPACE_4",
    "SPACE_8",
    "SPACE_12",
    "SPACE_16",
    "Choice",
    "Theme",
    "Tokens",
    "color",
    "set_property",
    "theme",
]

Choice = Literal["system", "light", "dark"]

_log = logging.getLogger(__name__)

_FONTS = ("Regular", "Medium", "SemiBold", "Bold")
# Inter has no CJK letters: the systems' own faces follow it.
_FAMILIES = [
    "Inter",
    "Segoe UI",
    "SF Pro Text",
    "Noto Sans",
    "Noto Sans CJK JP",
    "Yu Gothic UI",
    "Hiragino Sans",
    "Microsoft YaHei UI",
    "PingFang SC",
    "sans-serif",
]
_SCHEMES = {
    "system": Qt.ColorScheme.Unknown,
    "light": Qt.ColorScheme.Light,
    "dark": Qt.ColorScheme.Dark,
}


class Theme(QObject):
    """The looks in force. ``changed`` comes after the stylesheet was replaced."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._dressed = True
        self._choice: Choice = "system"
        self._app: QApplication | None = None
        self._is_dark = True
        self._system = Qt.ColorScheme.Unknown

    @property
    def tokens(self) -> Tokens:
        return DARK if self._is_dark else LIGHT

    @property
    def is_dark(self) -> bool:
        return self._is_dark

    @property
    def choice(self) -> Choice:
        return self._choice

    def set_choice(self, choice: Choice) -> None:
        """Follow the system, or stay light or dark whatever it does."""
        self._choice = choice
        if self._app is not None:
            # Tells the platform too, so that title bars and native dialogs match.
            self._app.styleHints().setColorScheme(_SCHEMES[choice])
        self._refresh()

    def apply(self, app: QApplication, *, dressed: bool = True) -> None:
        """Give ``app`` its style, fonts and colours, and follow the system from now on.

        ``dressed=False`` leaves the stylesheet to ``dress()``: a window that is built before it is
        polished once instead of at each of its parts, a third of the time that building takes.
        """
        if self._app is app:
            return
        self._app = app
        self._dressed = dressed
        app.setStyle("Fusion")
        app.setFont(_load_font())
        self._system = app.styleHints().colorScheme()
        app.styleHints().colorSchemeChanged.connect(self._on_scheme_changed)
        app.focusChanged.connect(self._on_focus_changed)
        if self._choice != "system":
            app.styleHints().setColorScheme(_SCHEMES[self._choice])
        self._is_dark = self._wanted_dark()
        self._paint()

    def dress(self) -> None:
        """Set the stylesheet that ``apply(dressed=False)`` left out."""
        if self._app is not None and not self._dressed:
            self._dressed = True
            self._app.setStyleSheet(build_stylesheet(self.tokens, self._is_dark))

    def _on_scheme_changed(self, scheme: Qt.ColorScheme) -> None:
        self._system = scheme
        self._refresh()

    def _refresh(self) -> None:
        is_dark = self._wanted_dark()
        if is_dark != self._is_dark:
            self._is_dark = is_dark
            self._paint()

    def _wanted_dark(self) -> bool:
        if self._choice != "system":
            return self._choice == "dark"
        # A desktop that does not say (Unknown) gets the dark one: it suits looking at video.
        return self._system != Qt.ColorScheme.Light

    def _paint(self) -> None:
        if self._app is not None:
            self._app.setPalette(_palette(self.tokens))
            if self._dressed:
                self._app.setStyleSheet(build_stylesheet(self.tokens, self._is_dark))
        self.changed.emit()

    def _on_focus_changed(self, old: QWidget | None, new: QWidget | None) -> None:
        """Ring what the keyboard focused; a click on a button leaves no ring, as everywhere."""
        if old is not None and old.property("ring"):
            set_property(old, "ring", False)
        if new is None or isinstance(new, QPlainTextEdit | QTextEdit):
            return
        if new.window().testAttribute(Qt.WidgetAttribute.WA_KeyboardFocusChange):
            set_property(new, "ring", True)


def _load_font() -> QFont:
    for weight in _FONTS:
        path = resource_path(f"fonts/Inter-{weight}.ttf")
        if QFontDatabase.addApplicationFont(str(path)) < 0:
            _log.warning("font could not be loaded: %s", path.name)
    font = QFont()
    font.setFamilies(_FAMILIES)
    font.setPixelSize(FONT_PX)
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    font.setFeature(
        QFont.Tag("tnum"), 1
    )  # figures of one width, so that running numbers do not dance
    return font


def _palette(tokens: Tokens) -> QPalette:
    role = QPalette.ColorRole
    colors = {
        role.Window: tokens.background,
        role.WindowText: tokens.text,
        role.Base: tokens.raised,
        role.AlternateBase: tokens.panel,
        role.Text: tokens.text,
        role.Button: tokens.raised,
        role.ButtonText: tokens.text,
        role.BrightText: tokens.bad,
        role.Highlight: tokens.accent,
        role.HighlightedText: tokens.on_accent,
        role.Link: tokens.accent_text,
        role.LinkVisited: tokens.accent_text,
        role.PlaceholderText: tokens.muted,
        role.ToolTipBase: tokens.raised,
        role.ToolTipText: tokens.text,
        role.Mid: tokens.line,
        role.Dark: tokens.line,
        role.Accent: tokens.accent,
    }
    palette = QPalette()
    for key, value in colors.items():
        palette.setColor(key, QColor(value))
    for key in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, key, QColor(tokens.muted))
    return palette


@cache
def theme() -> Theme:
    """The one instance."""
    return Theme()


def color(name: str) -> QColor:
    """A token of the theme in force as a colour: ``color("accent")``."""
    return QColor(getattr(theme().tokens, name))


def set_property(widget: QWidget, name: str, value: object) -> None:
    """Set a dynamic property and let the stylesheet look again."""
    if widget.property(name) == value:
        return
    widget.setProperty(name, value)
    widget.style().unpolish(widget)
    widget.style().polish(widget)
    widget.update()
