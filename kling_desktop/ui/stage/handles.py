"""The two controls that lie on the picture: the line of the wipe, the opacity of the overlay."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSlider, QWidget

from kling_desktop.ui.theme import color, theme
from kling_desktop.ui.tokens import SMALL_PX
from kling_desktop.ui.tr import tr
from kling_desktop.ui.widgets.spoken import percent, tell_value

from .paint import CHIP_COLOR, CHIP_TEXT_COLOR, RING_PX

STEPS = 1000
ARROW_STEPS = 20  # one press of an arrow key: 2 %
GRIP_WIDTH_PX = 28
KNOB_PX = 26
LINE_PX = 2
LINE_COLOR = QColor("#FFFFFF")
SHADE_COLOR = QColor(0, 0, 0, 120)  # keeps the line visible on white pictures
PILL_SIZE = QSize(232, 34)
PILL_RADIUS_PX = 17
GROOVE_PX = 4
DOT_PX = 14
GROOVE_COLOR = QColor(255, 255, 255, 70)
_MOVING_KEYS = frozenset(
    {
        Qt.Key.Key_Left,
        Qt.Key.Key_Right,
        Qt.Key.Key_Home,
        Qt.Key.Key_End,
        Qt.Key.Key_PageUp,
        Qt.Key.Key_PageDown,
    }
)


class ShareSlider(QSlider):
    """A slider of 0 to 1 whose arrow keys are its own, not the window's frame steps."""

    share_changed = Signal(float)

    def __init__(self, accessible_name: str, share: float, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setAccessibleName(accessible_name)
        self.setRange(0, STEPS)
        self.setSingleStep(ARROW_STEPS)
        self.setPageStep(STEPS // 10)
        self.setValue(round(share * STEPS))
        tell_value(self, percent(share))
        self.valueChanged.connect(self._on_value)
        theme().changed.connect(self.update)

    @property
    def share(self) -> float:
        return self.value() / STEPS

    def set_share(self, share: float) -> None:
        self.setValue(round(min(1.0, max(0.0, share)) * STEPS))

    def _on_value(self, _value: int) -> None:
        self.update()
        tell_value(self, percent(self.share), moved=True)
        self.share_changed.emit(self.share)

    def event(self, event: QEvent) -> bool:
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.modifiers()
            in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
            and event.key() in _MOVING_KEYS
        ):
            event.accept()
            return True
        return super().event(event)


class WipeGrip(ShareSlider):
    """A line over the height of the picture with a knob to drag; the canvas puts it there."""

    dragged_to = Signal(float)  # x in the canvas's pixels

    def __init__(self, parent: QWidget) -> None:
        super().__init__("Wipe position", 0.5, parent)
        self.setToolTip(tr("Drag, or use ← and →"))
        self.setCursor(Qt.CursorShape.SplitHCursor)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle = QPointF(self.width() / 2, self.height() / 2)
        painter.setPen(QPen(SHADE_COLOR, LINE_PX + 2))
        painter.drawLine(QPointF(middle.x(), 0), QPointF(middle.x(), self.height()))
        painter.setPen(QPen(LINE_COLOR, LINE_PX))
        painter.drawLine(QPointF(middle.x(), 0), QPointF(middle.x(), self.height()))
        ring = bool(self.property("ring"))
        painter.setPen(QPen(color("accent") if ring else SHADE_COLOR, RING_PX if ring else 1))
        painter.setBrush(LINE_COLOR)
        painter.drawEllipse(middle, KNOB_PX / 2 - 2, KNOB_PX / 2 - 2)
        self._paint_arrows(painter, middle)

    @staticmethod
    def _paint_arrows(painter: QPainter, middle: QPointF) -> None:
        painter.setPen(QPen(QColor("#1B1E22"), 1.75))
        for way in (-1, 1):
            tip = QPointF(middle.x() + way * 7, middle.y())
            painter.drawLine(tip, tip + QPointF(-way * 3.5, -3.5))
            painter.drawLine(tip, tip + QPointF(-way * 3.5, 3.5))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.setSliderDown(True)
            event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.isSliderDown():
            self.dragged_to.emit(self.mapToParent(event.position()).x())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.setSliderDown(False)


class OpacityPill(ShareSlider):
    """A dark pill with "Reference", a groove and the percentage."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__("Opacity of the reference", 0.5, parent)
        self.setToolTip(tr("Opacity of the reference"))
        self.setFixedSize(PILL_SIZE)

    def _groove(self) -> QRectF:
        middle = self.height() / 2
        return QRectF(84, middle - GROOVE_PX / 2, self.width() - 84 - 56, GROOVE_PX)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ring = bool(self.property("ring"))
        painter.setPen(QPen(color("accent"), RING_PX) if ring else Qt.PenStyle.NoPen)
        painter.setBrush(CHIP_COLOR)
        box = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        painter.drawRoundedRect(box, PILL_RADIUS_PX, PILL_RADIUS_PX)
        self._paint_texts(painter)
        groove = self._groove()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(GROOVE_COLOR)
        painter.drawRoundedRect(groove, GROOVE_PX / 2, GROOVE_PX / 2)
        at_x = groove.left() + self.share * groove.width()
        painter.setBrush(CHIP_TEXT_COLOR)
        painter.drawRoundedRect(
            QRectF(groove.left(), groove.top(), at_x - groove.left(), GROOVE_PX), 2, 2
        )
        painter.drawEllipse(QPointF(at_x, groove.center().y()), DOT_PX / 2, DOT_PX / 2)

    def _paint_texts(self, painter: QPainter) -> None:
        font = self.font()
        font.setPixelSize(SMALL_PX)
        painter.setFont(font)
        painter.setPen(CHIP_TEXT_COLOR)
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRectF(14, 0, 66, self.height()), left, tr("Opacity"))
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        percent = f"{round(self.share * 100)} %"
        painter.drawText(QRectF(self.width() - 54, 0, 40, self.height()), right, percent)

    def _take(self, x: float) -> None:
        groove = self._groove()
        self.set_share((x - groove.left()) / groove.width())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.setSliderDown(True)
            self._take(event.position().x())
            event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.isSliderDown():
            self._take(event.position().x())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.setSliderDown(False)
