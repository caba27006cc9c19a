"""Where the focus was before a sheet took it, though what had it may be gone by then."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QWidget

from kling_desktop.ui.held import Held


class FocusBefore:
    """The widget that had it, and all that it stood in, from the inside out."""

    def __init__(self, host: QWidget) -> None:
        """``host``: the window, which lives as long."""
        self._host = host
        self._held = [Held(widget) for widget in _line_to(host, host.focusWidget())]

    def came_from(self, parent: QWidget) -> bool:
        """Whether it was within ``parent``."""
        return any(held.widget is parent for held in self._held)

    def then(self, before: FocusBefore) -> None:
        """Where it goes to if nothing of this is there any more."""
        self._held += before._held

    def give_back(self) -> bool:
        """To the widget, or to what stands nearest to where it was; False: there is nothing."""
        if not self._held:
            return False  # nothing had it
        left = [held.widget for held in self._held if held.widget is not None]
        for widget in (*left, self._host):
            if (target := _taker(widget)) is not None:
                target.setFocus(Qt.FocusReason.OtherFocusReason)
                return True
        return False


def _line_to(host: QWidget, widget: QWidget | None) -> Iterator[QWidget]:
    while widget is not None and widget is not host:
        yield widget
        widget = widget.parentWidget()


def _taker(widget: QWidget) -> QWidget | None:
    """The widget itself or, from the top left on, the first one within it that takes the focus.

    Not by ``nextInFocusChain``: PySide takes each widget that it returns for a child of the one
    before, and what stands behind a sheet in that chain is deleted with the sheet.
    """
    if not widget.isVisible() or _takes_focus(widget):
        return widget if widget.isVisible() else None
    within = filter(_takes_focus, widget.findChildren(QWidget))
    return min(within, key=lambda inner: _place(widget, inner), default=None)


def _place(outer: QWidget, inner: QWidget) -> tuple[int, int]:
    at = inner.mapTo(outer, QPoint())
    return at.y(), at.x()


def _takes_focus(widget: QWidget) -> bool:
    tabs = widget.focusPolicy() & Qt.FocusPolicy.TabFocus
    return bool(tabs) and widget.isVisible() and widget.isEnabled()
