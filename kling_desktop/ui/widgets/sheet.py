"""A card over the dimmed window: what every dialog of the program is made of."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QHideEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMainWindow,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from kling_desktop.ui.theme import SPACE_8, theme
from kling_desktop.ui.widgets.focus_before import FocusBefore

CARD_WIDTH_PX = 620
CARD_PADDING_PX = 28
BAR_ROOM_PX = 14  # of the padding: a scroll bar stands in it, not on the content
FOOTER_GAP_PX = 20
EDGE_PX = 16  # the card never touches the window's edge
BACKDROP_DARK = QColor(0, 0, 0, 165)  # the window stays recognisable behind the card
BACKDROP_LIGHT = QColor(20, 24, 30, 110)
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class SheetPlaces(QObject):
    """Tells when a sheet came, went or changed its place: what stands beside it gives way."""

    changed = Signal()


@cache
def sheet_places() -> SheetPlaces:
    """The one instance."""
    return SheetPlaces()


class Sheet(QDialog):
    """A modal card inside the parent's window, gone once it is closed. Never ``exec()`` it.

    Put the content into ``body`` and the buttons into ``footer``. It covers the window, keeps Tab
    and the window's shortcuts out, closes with Escape, and gives the focus back.
    """

    opened = Signal()
    closed = Signal()
    hidden = Signal()  # closed, or its window is minimised or closed with it

    def __init__(self, parent: QWidget, title: str, *, width_px: int = CARD_WIDTH_PX) -> None:
        # A sub-window keeps Tab inside; being no real window it needs no compositor to dim.
        super().__init__(parent.window(), Qt.WindowType.SubWindow)
        self._host = parent.window()
        self._width_px = width_px
        self._before: FocusBefore | None = None  # while it is open
        self.initial_focus: QWidget | None = None  # else the first field, else the main button
        self.setProperty("sheet", True)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self.setAccessibleName(title)
        self.setWindowTitle(title)
        self._build_card(title)
        self._host.installEventFilter(self)
        theme().changed.connect(self.update)
        self.hide()

    def _build_card(self, title: str) -> None:
        self.card = QFrame(self)
        self.card.setProperty("surface", "sheet")
        self.heading = QLabel(title, self.card)
        self.heading.setTextFormat(Qt.TextFormat.PlainText)
        self.heading.setWordWrap(True)
        self.heading.setProperty("role", "subtitle")
        self._scroll = QScrollArea(self.card)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setFixedHeight(0)  # until it is placed
        self._scroll.verticalScrollBar().rangeChanged.connect(self._make_room_for_bar)
        self._content = QWidget(self._scroll)
        self._content.setProperty("scroll", True)
        self._scroll.setWidget(self._content)
        self._content.installEventFilter(self)
        self.body = QVBoxLayout(self._content)
        self.body.setContentsMargins(0, 0, BAR_ROOM_PX, 0)
        self.body.setSpacing(SPACE_8)
        self.footer = QHBoxLayout()
        self.footer.setSpacing(SPACE_8 + 2)
        column = QVBoxLayout(self.card)
        edges = [CARD_PADDING_PX] * 4
        edges[2] -= BAR_ROOM_PX
        column.setContentsMargins(*edges)
        column.setSpacing(SPACE_8)
        column.addWidget(self.heading)
        column.addWidget(self._scroll, 1)
        column.addSpacing(FOOTER_GAP_PX - SPACE_8)
        self.footer.setContentsMargins(0, 0, BAR_ROOM_PX, 0)
        column.addLayout(self.footer)

    def add_button(
        self, text: str, kind: str = "plain", *, default: bool | None = None
    ) -> QPushButton:
        """A button at the end of the footer. The default one, else a "primary" one, answers Enter.

        A button that has the focus answers for itself.
        """
        button = QPushButton(text, self.card)
        button.setProperty("kind", kind)
        button.setProperty("footer", True)
        button.setAutoDefault(False)
        button.setDefault(kind == "primary" if default is None else default)
        self.footer.addWidget(button)
        return button

    def _content_height(self, width: int) -> int:
        self.body.activate()
        if self.body.hasHeightForWidth():
            return self.body.totalHeightForWidth(width)
        return self.body.totalSizeHint().height()

    def _place(self) -> None:
        """Cover the host; the card in the middle, its content scrolling where it is too tall."""
        self.setGeometry(self._host.rect())
        width = min(self._width_px, self.width() - 2 * EDGE_PX)
        inner = width - 2 * CARD_PADDING_PX - 2
        wanted = self._content_height(inner + self.body.contentsMargins().right())
        # Set once: a height in between would come and go with a scroll bar, and lay out for ever.
        around = self._height_around(width)
        height = max(0, min(wanted, self.height() - 2 * EDGE_PX - around))
        self._scroll.setFixedHeight(height)
        total = around + height
        top = max(EDGE_PX, (self.height() - total) * 3 // 10)  # the eye's middle is a bit higher
        self.card.setGeometry((self.width() - width) // 2, top, width, total)
        sheet_places().changed.emit()

    def _height_around(self, width: int) -> int:
        """What the card holds beside its content: heading, buttons, padding."""
        layout = self.card.layout()
        total = layout.totalHeightForWidth(width) if layout is not None else 0
        return total - self._scroll.minimumHeight()  # which is fixed

    def _make_room_for_bar(self, _least: int, most: int) -> None:
        """The content keeps its width, whether a scroll bar stands beside it or not."""
        bar_px = self._scroll.verticalScrollBar().sizeHint().width() if most > 0 else 0
        right = max(0, BAR_ROOM_PX - bar_px)
        if self.body.contentsMargins().right() != right:  # each change lays out anew
            self.body.setContentsMargins(0, 0, right, 0)

    def open(self) -> None:
        self.raise_()
        self.show()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if self.isVisible() and (
            (watched is self._host and kind == QEvent.Type.Resize)
            or (watched is self._content and kind == QEvent.Type.LayoutRequest)
        ):
            # After the layouts had their turn with the new texts.
            QTimer.singleShot(0, self, self._place)
        return super().eventFilter(watched, event)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and not _is_quit(event):
            event.accept()  # the window's shortcuts wait while a sheet is open
            return True
        return super().event(event)

    def showEvent(self, event: QShowEvent) -> None:
        self._place()
        super().showEvent(event)
        if self._before is not None:
            return  # it was open all the time: its window was away
        self._before = FocusBefore(self._host)
        self._first_field().setFocus(Qt.FocusReason.ActiveWindowFocusReason)
        QTimer.singleShot(0, self, self._show_focus)  # when the content has its place
        _cover(self._host)
        self.opened.emit()

    def _show_focus(self) -> None:
        """A sheet that begins further down is scrolled there, with what stands around the field."""
        focused = self.focusWidget()
        if focused is not None and self._content.isAncestorOf(focused):
            self._scroll.ensureWidgetVisible(focused, 0, self._scroll.height() // 3)

    def _first_field(self) -> QWidget:
        if self.initial_focus is not None:
            return self.initial_focus
        for widget in self._content.findChildren(QWidget):
            if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.isVisibleTo(self):
                return widget
        for button in self.card.findChildren(QPushButton):
            if button.isDefault():
                return button
        return self

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.hidden.emit()
        sheet_places().changed.emit()
        if not self.isHidden():
            return
        before, self._before = self._before, None
        _cover(self._host)
        if before is not None:
            self._give_back(before)
        self.closed.emit()

    def _give_back(self, before: FocusBefore) -> None:
        """The focus; while another sheet has it, that one gives it back to what is left."""
        others = open_sheets(self._host)
        for other in others:
            if other._before is not None and other._before.came_from(self):
                other._before.then(before)
        if others and not self.isAncestorOf(self._host.focusWidget() or self._host):
            return
        if not before.give_back() and (focused := self.focusWidget()) is not None:
            focused.clearFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        focused = self.focusWidget()
        if event.key() in _ENTER and isinstance(focused, QPushButton):
            focused.click()  # Qt would press the default button instead
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()  # nothing behind the card can be pressed

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), BACKDROP_DARK if theme().is_dark else BACKDROP_LIGHT)


def open_sheets(host: QWidget) -> list[Sheet]:
    """Those that are seen in this window, the topmost last."""
    return [sheet for sheet in host.findChildren(Sheet) if sheet.isVisible()]


def _cover(host: QWidget) -> None:
    """Take all but the topmost sheet out of reach, for screen readers too; or nothing any more."""
    sheets = open_sheets(host)
    behind: list[QWidget | None]
    if isinstance(host, QMainWindow):
        behind = [host.centralWidget()]
    else:
        behind = [child for child in host.children() if isinstance(child, QWidget)]
    for widget in behind:
        if widget is not None and not (isinstance(widget, Sheet) or widget.isWindow()):
            _set_covered(widget, bool(sheets))
    for sheet in sheets:
        _set_covered(sheet, sheet is not sheets[-1])


def _set_covered(widget: QWidget, covered: bool) -> None:
    """What is disabled anyway stays so afterwards."""
    if covered and widget.isEnabled():
        widget.setProperty("covered", True)
        widget.setEnabled(False)
    elif not covered and widget.property("covered"):
        widget.setProperty("covered", None)
        widget.setEnabled(True)


def _is_quit(event: QEvent) -> bool:
    matches = getattr(event, "matches", None)
    return bool(matches and matches(QKeySequence.StandardKey.Quit))
