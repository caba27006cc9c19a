"""Bars of what was charged inside the outline of what was estimated, painted by hand."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QFont,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from kling_desktop.motion.ledger import Grain, Sum
from kling_desktop.ui.ledger.periods import (
    page_with,
    period_name,
    shown_periods,
    step,
    tick_name,
)
from kling_desktop.ui.ledger.scale import axis, tick_text
from kling_desktop.ui.theme import RADIUS, SPACE_4, SPACE_8, color, theme
from kling_desktop.ui.tokens import SMALL_PX
from kling_desktop.ui.tr import tr, words

HEIGHT_PX = 160
LEAST_PX = 80
AXIS_PX = 44  # room for figures left of the bars
NAMES_PX = 22  # room for days or months below them
HEAD_PX = 13  # the topmost figure of the axis stands half above the bars
BAR_PX = 26  # at most so wide
BAR_SHARE = 0.62  # of the room of a period
INSET_PX = 2.5  # from the outline to the bar in it
NAME_GAP_PX = 64  # names of days stand at least so far apart
RING_PX = 2


class SpendingPlot(QWidget):
    """A bar for each period; arrow keys and presses choose one, hovering shows its figures.

    ``period_chosen(date)`` comes when the person chose one, ``readout_changed(name, figures)``
    when other figures are to be read.
    """

    period_chosen = Signal(object)
    readout_changed = Signal(str, str)

    def __init__(self, today: date, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grain = Grain.DAY
        self._today = today
        self._sums: dict[date, Sum] = {}
        self._shown: tuple[date, ...] = shown_periods(self._today, self._grain)
        self._chosen = self._today
        self._hovered: date | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setMinimumHeight(LEAST_PX)
        self.setAccessibleName("Spending")
        theme().changed.connect(self.update)

    def set_sums(self, sums: Iterable[Sum], grain: Grain, today: date) -> None:
        """The periods with jobs; those between are empty."""
        self._sums = {found.start: found for found in sums if found.start is not None}
        fresh = grain is not self._grain
        self._grain = grain
        before, self._today = self._today, today if grain is Grain.DAY else today.replace(day=1)
        if fresh or self._chosen not in self._shown:
            self._chosen = max(self._sums, default=self._today)
            self._shown = ()
        elif self._today != before:
            self._shown = ()  # pages are counted back from today
        self._hovered = None
        self._reveal()

    def choose(self, period: date) -> None:
        """Mark one and bring it into sight; ``period_chosen`` does not follow."""
        self._chosen = period
        self._reveal()

    def chosen(self) -> date:
        return self._chosen

    def readout(self) -> tuple[str, str]:
        """Name and figures of the period under the pointer, else of the chosen one."""
        period = self._hovered or self._chosen
        name = period_name(period, self._grain, self._today)
        found = self._sums.get(period)
        if found is None:
            return name, tr("nothing sent")
        return f"{name} · {words.sum_count(found)}", " · ".join(words.sum_figures(found))

    def shown(self) -> tuple[date, ...]:
        """The periods that have a place now, from left to right."""
        return self._shown

    def place_of(self, period: date) -> QRectF:
        """The room of a shown period, from the top of the bars to their foot."""
        room = self._room()
        pace = room.width() / len(self._shown)
        left = room.left() + self._shown.index(period) * pace
        return QRectF(left, room.top(), pace, room.height())

    def _reveal(self) -> None:
        if self._chosen not in self._shown:
            self._shown = page_with(self._chosen, self._today, self._grain)
        self._say()
        self.update()

    def _say(self) -> None:
        name, figures = self.readout()
        self.readout_changed.emit(name, figures)
        text = f"{name}: {figures}"
        if text != self.accessibleDescription():
            self.setAccessibleDescription(text)
            kind = QAccessible.Event.DescriptionChanged
            QAccessible.updateAccessibility(QAccessibleEvent(self, kind))

    def _choose_by_hand(self, period: date) -> None:
        if period > self._today:
            return
        self.choose(period)
        self.period_chosen.emit(period)

    def _room(self) -> QRectF:
        box = QRectF(self.rect())
        return box.adjusted(AXIS_PX, HEAD_PX, -SPACE_4, -NAMES_PX)

    def _at(self, position: QPointF) -> date | None:
        room = self._room()
        if not room.left() <= position.x() < room.right():
            return None
        return self._shown[int((position.x() - room.left()) / room.width() * len(self._shown))]

    # -- painting

    def _paint_axis(self, painter: QPainter, room: QRectF, ticks: tuple[float, ...]) -> None:
        pace = ticks[1]
        for tick in ticks:
            y = round(room.bottom() - room.height() * tick / ticks[-1]) + 0.5
            painter.setPen(color("line"))
            painter.drawLine(QPointF(room.left(), y), QPointF(room.right(), y))
            painter.setPen(color("muted"))
            box = QRectF(0, y - NAMES_PX / 2, AXIS_PX - SPACE_8, NAMES_PX)
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(box, right, tick_text(tick, pace))

    def _paint_names(self, painter: QPainter, room: QRectF) -> None:
        pace = room.width() / len(self._shown)
        every = max(1, -(-NAME_GAP_PX // max(1, int(pace))))
        painter.setPen(color("muted"))
        for number, period in enumerate(reversed(self._shown)):
            if number % every == 0:
                middle = room.right() - (number + 0.5) * pace
                text = tick_name(period, self._grain)
                width = painter.fontMetrics().horizontalAdvance(text) + 2
                # The last one keeps inside the widget.
                left = min(middle - width / 2, self.width() - width - SPACE_4)
                box = QRectF(left, room.bottom(), width, NAMES_PX)
                painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)

    def _paint_grounds(self, painter: QPainter) -> None:
        """Behind the chosen period and the one under the pointer."""
        painter.setPen(Qt.PenStyle.NoPen)
        for period, name in ((self._chosen, "raised"), (self._hovered, "hover")):
            if period in self._shown:
                painter.setBrush(color(name))
                place = self.place_of(period)
                painter.drawRoundedRect(place.adjusted(1, 0, -1, 0), SPACE_4, SPACE_4)

    def _paint_bars(self, painter: QPainter, top: float) -> None:
        for period in self._shown:
            place = self.place_of(period)
            found = self._sums.get(period)
            if found is not None:
                width = min(BAR_PX, place.width() * BAR_SHARE)
                self._paint_bar(painter, place, width, found, top)

    def _paint_bar(
        self, painter: QPainter, place: QRectF, width: float, found: Sum, top: float
    ) -> None:
        left = place.center().x() - width / 2
        estimate = place.height() * found.estimate_credits / top
        if estimate > 0:
            outline = QRectF(left, place.bottom() - estimate, width, estimate)
            painter.setPen(QPen(color("muted"), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(outline)
        charged = place.height() * found.charged_credits / top
        if charged > 0:
            inset = min(INSET_PX, width / 4)
            bar = QRectF(left + inset, place.bottom() - charged, width - 2 * inset, charged)
            painter.fillRect(bar, color("text" if found.start == self._chosen else "muted"))

    # -- Qt

    def sizeHint(self) -> QSize:
        return QSize(AXIS_PX + 400, HEIGHT_PX)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.DynamicPropertyChange:
            self.update()  # the focus ring
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_PageUp: -len(self._shown),
            Qt.Key.Key_PageDown: len(self._shown),
        }
        key = Qt.Key(event.key())
        if key in steps:
            wanted = step(self._chosen, self._grain, steps[key])
            self._choose_by_hand(min(wanted, self._today))
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            ends = (min, max) if key == Qt.Key.Key_Home else (max, max)
            self._choose_by_hand(ends[0](self._sums, default=self._today))
        else:
            super().keyPressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        hovered = self._at(event.position())
        if hovered != self._hovered:
            self._hovered = hovered
            self._say()
            self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        period = self._at(event.position())
        if period is not None and event.button() == Qt.MouseButton.LeftButton:
            self._choose_by_hand(period)

    def leaveEvent(self, event: QEvent) -> None:
        self._hovered = None
        self._say()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = QFont(self.font())
        font.setPixelSize(SMALL_PX)
        painter.setFont(font)
        room = self._room()
        shown = [self._sums[p] for p in self._shown if p in self._sums]
        highest = max((max(s.estimate_credits, s.charged_credits) for s in shown), default=0.0)
        ticks = axis(highest)
        self._paint_grounds(painter)
        self._paint_axis(painter, room, ticks)
        self._paint_bars(painter, ticks[-1])
        self._paint_names(painter, room)
        if self.property("ring"):
            painter.setPen(QPen(color("accent"), RING_PX))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            box = QRectF(self.rect()).adjusted(1, 1, -1, -1)
            painter.drawRoundedRect(box, RADIUS - 2, RADIUS - 2)
