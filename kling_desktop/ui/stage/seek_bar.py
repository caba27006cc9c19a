"""The bar that shows where the video stands, and takes it elsewhere."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSlider, QWidget

from kling_desktop.ui.theme import color, theme
from kling_desktop.ui.tr import tr, words
from kling_desktop.ui.widgets.spoken import tell_value

from .frames import MS_PER_S

GROOVE_PX = 6
HANDLE_PX = 16
RING_PX = 2
BRACKET_PX = 9  # half of its height
BRACKET_ARM_PX = 4
DIMMED = 0.65
HEIGHT_PX = 24
PAGE_MS = 1000  # Page Up and Page Down
ARROW_MS = 40  # one frame at 25 fps, until the file says otherwise


class SeekBar(QSlider):
    """A horizontal slider in milliseconds: a press anywhere goes there, a drag scrubs.

    ``seek_requested`` (position in ms) comes for every wish of the person, by mouse, keyboard,
    wheel or screen reader; :meth:`follow` shows where the video stands and asks for nothing.
    """

    seek_requested = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._following = False
        self._told_s = -1.0
        self._marks: tuple[float | None, float | None] = None, None
        self.setAccessibleName("Position")
        self.setPageStep(PAGE_MS)
        self.setSingleStep(ARROW_MS)
        self.setFixedHeight(HEIGHT_PX)
        self.valueChanged.connect(self._on_value_changed)
        theme().changed.connect(self.update)

    def set_frame_length(self, frame_length_ms: float) -> None:
        """One press of an arrow key moves by one frame."""
        self.setSingleStep(max(1, round(frame_length_ms)))

    def follow(self, position_ms: int, duration_ms: int) -> None:
        """Show where the video stands, unless the person holds the handle."""
        self._following = True
        if self.maximum() != max(0, duration_ms):
            self.setRange(0, max(0, duration_ms))
        if not self.isSliderDown():
            self.setValue(position_ms)
        self._following = False
        if self.value() // MS_PER_S != self._told_s:  # while it plays, once a second
            self.tell()

    def tell(self, *, moved: bool = False) -> None:
        """Its value as times, for screen readers."""
        self._told_s = self.value() // MS_PER_S
        at, whole = (words.timecode(ms / MS_PER_S) for ms in (self.value(), self.maximum()))
        tell_value(self, tr("{at} of {whole}").format(at=at, whole=whole), moved=moved)

    def set_marks(self, a_ms: float | None, b_ms: float | None) -> None:
        """The two ends of the loop; None where there is none."""
        self._marks = a_ms, b_ms
        self.update()

    def handle_center_x(self) -> float:
        """Where the handle stands, in the widget's own pixels."""
        return self.x_of(self.value())

    def x_of(self, position_ms: float) -> float:
        """Where a position is on the bar, in the widget's own pixels."""
        room = self.width() - HANDLE_PX
        share = (position_ms - self.minimum()) / max(1, self.maximum() - self.minimum())
        return HANDLE_PX / 2 + min(1.0, max(0.0, share)) * room

    def _value_at(self, x: float) -> int:
        room = max(1, self.width() - HANDLE_PX)
        share = min(1.0, max(0.0, (x - HANDLE_PX / 2) / room))
        return round(self.minimum() + share * (self.maximum() - self.minimum()))

    def _on_value_changed(self, position_ms: int) -> None:
        if not self._following:
            self.tell(moved=True)
            self.seek_requested.emit(position_ms)

    # -- Qt ------------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        return QSize(200, HEIGHT_PX)

    def minimumSizeHint(self) -> QSize:
        return QSize(80, HEIGHT_PX)

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.tell()
        super().focusInEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        middle, center_x = self.height() / 2, self.handle_center_x()
        left, right = HANDLE_PX / 2, self.width() - HANDLE_PX / 2
        self._paint_line(painter, left, right, middle, color("line"))
        if not self.isEnabled():
            return
        self._paint_line(painter, left, center_x, middle, color("accent"))
        self._paint_marks(painter, middle)
        self._paint_handle(painter, center_x, middle)

    @staticmethod
    def _paint_line(
        painter: QPainter, left: float, right: float, middle: float, fill: QColor
    ) -> None:
        box = QRectF(left, middle - GROOVE_PX / 2, max(0.0, right - left), GROOVE_PX)
        painter.setBrush(fill)
        painter.drawRoundedRect(box, GROOVE_PX / 2, GROOVE_PX / 2)

    def _paint_marks(self, painter: QPainter, middle: float) -> None:
        """Brackets at both ends, open towards the loop; outside of it the bar is dimmed."""
        a_ms, b_ms = self._marks
        if a_ms is not None:
            self._paint_dimmed(painter, HANDLE_PX / 2, self.x_of(a_ms), middle)
            self._paint_bracket(painter, self.x_of(a_ms), middle, 1)
        if b_ms is not None:
            self._paint_dimmed(painter, self.x_of(b_ms), self.width() - HANDLE_PX / 2, middle)
            self._paint_bracket(painter, self.x_of(b_ms), middle, -1)

    def _paint_dimmed(self, painter: QPainter, left: float, right: float, middle: float) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setOpacity(DIMMED)
        self._paint_line(painter, left, right, middle, color("panel"))
        painter.setOpacity(1.0)

    @staticmethod
    def _paint_bracket(painter: QPainter, x: float, middle: float, way: int) -> None:
        painter.setPen(QPen(color("text"), RING_PX))
        top, bottom = middle - BRACKET_PX, middle + BRACKET_PX
        painter.drawPolyline(
            [
                QPointF(x + way * BRACKET_ARM_PX, top),
                QPointF(x, top),
                QPointF(x, bottom),
                QPointF(x + way * BRACKET_ARM_PX, bottom),
            ]
        )
        painter.setPen(Qt.PenStyle.NoPen)

    def _paint_handle(self, painter: QPainter, center_x: float, middle: float) -> None:
        box = QRectF(center_x - HANDLE_PX / 2, middle - HANDLE_PX / 2, HANDLE_PX, HANDLE_PX)
        painter.setBrush(color("text"))
        painter.drawEllipse(box)
        if self.property("ring"):
            painter.setPen(QPen(color("accent"), RING_PX))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(box.adjusted(-3, -3, 3, 3))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.isEnabled():
            self.setSliderDown(True)
            self.setSliderPosition(self._value_at(event.position().x()))
            event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.isSliderDown():
            self.setSliderPosition(self._value_at(event.position().x()))
            event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.isSliderDown():
            self.setSliderDown(False)
            event.accept()
