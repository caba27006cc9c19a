"""Generate: the one loud button, its price, why it cannot be pressed, and the small print."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from kling_desktop.motion.price import Quote
from kling_desktop.ui.hands import hands
from kling_desktop.ui.theme import RADIUS, SPACE_8, color, set_property, theme
from kling_desktop.ui.tr import tr, words

from .painting import RING_PX, rounded
from .roles import announce

_HEIGHT_PX = 44
_TEXT_PX = 15
_PRICE_PX = 12
_GAP_PX = 11
_MARGIN_PX = 12
_BUSY_OPACITY = 0.6


class GenerateButton(QPushButton):
    """Painted by hand, because the price is smaller than the word. A double click is one press."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Generate"), parent)
        self._price = ""
        self._busy = False
        self.setProperty("kind", "primary")
        self.setFixedHeight(_HEIGHT_PX)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.set_price("")
        theme().changed.connect(self.update)

    def price(self) -> str:
        return self._price

    def set_price(self, price: str) -> None:
        self._price = price
        # The name starts in English: the tests and screen readers' scripts rely on it.
        self.setAccessibleName(f"Generate {price}".strip())
        self.update()

    def set_busy(self, busy: bool) -> None:
        """A press was taken and is being written down: it looks held down, and keeps the focus."""
        self._busy = busy
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, _HEIGHT_PX)

    def minimumSizeHint(self) -> QSize:
        return QSize(120, _HEIGHT_PX)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if not hands().is_hasty:  # the second press of a double click is not a second wish
            super().mousePressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setOpacity(_BUSY_OPACITY if self._busy else 1.0)
        box = QRectF(self.rect())
        ink = self._paint_box(painter, box)
        self._paint_text(painter, box, ink)

    def _paint_box(self, painter: QPainter, box: QRectF) -> QColor:
        if not self.isEnabled():
            rounded(painter, box, RADIUS, color("line"), 1, color("raised"))
            return color("muted")
        hot = self.underMouse() and not self.isDown()
        fill = color("accent_hover" if hot else "accent")
        rounded(painter, box, RADIUS, fill, 0, fill)
        if self.property("ring"):
            # Inside, in the text's colour: an accent ring on accent would not be seen.
            inner = box.adjusted(3, 3, -3, -3)
            rounded(painter, inner, RADIUS - 3, color("on_accent"), RING_PX, fill)
        return color("on_accent")

    def _paint_text(self, painter: QPainter, box: QRectF, ink: QColor) -> None:
        strong, small = self._font(_TEXT_PX, QFont.Weight.Bold), self._font(_PRICE_PX)
        price = self._price if self.isEnabled() else ""
        word_px = QFontMetricsF(strong).horizontalAdvance(self.text())
        room = box.width() - 2 * _MARGIN_PX - word_px - _GAP_PX
        price = QFontMetricsF(small).elidedText(price, Qt.TextElideMode.ElideRight, room)
        price_px = QFontMetricsF(small).horizontalAdvance(price)
        width = word_px + (_GAP_PX + price_px if price else 0)
        left = (box.width() - width) / 2
        middle = int(Qt.AlignmentFlag.AlignVCenter) | int(Qt.TextFlag.TextDontClip)
        painter.setPen(ink)
        painter.setFont(strong)
        painter.drawText(QRectF(left, 0, word_px, box.height()), middle, self.text())
        painter.setFont(small)
        left += word_px + _GAP_PX
        painter.drawText(QRectF(left, 0.5, price_px, box.height()), middle, price)

    def _font(self, size_px: int, weight: QFont.Weight = QFont.Weight.Medium) -> QFont:
        font = QFont(self.font())
        font.setPixelSize(size_px)
        font.setWeight(weight)
        return font


class GenerateBar(QWidget):
    """The button with the reason above and the small print below."""

    pressed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._busy = False
        self._basis = ""  # where the price comes from
        self._reason = self._small_label()
        self.button = GenerateButton(self)
        small_print = self._small_label()
        small_print.setText(tr("Uploaded files can be seen by whoever has the link"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_8)
        for part in (self._reason, self.button, small_print):
            column.addWidget(part)
        self._reason.hide()
        self.button.clicked.connect(self._on_clicked)

    def set_quote(self, quote: Quote | None) -> None:
        self.button.set_price(words.quote(quote) if quote is not None else "")
        self._basis = words.quote_basis(quote) if quote is not None else ""
        if self.button.isEnabled():
            self._describe(self._basis)

    def set_blocked(self, reason: str | None) -> None:
        """Disable and say why; None enables."""
        said = self._reason.text()
        self._reason.setText(reason or "")
        self._reason.setVisible(bool(reason))
        self.button.setEnabled(reason is None)
        self._describe(reason or self._basis)
        if reason and reason != said:
            announce(self.button, reason)

    def _describe(self, text: str) -> None:
        self.button.setAccessibleDescription(text)
        self.button.setToolTip(text)

    def set_busy(self, busy: bool) -> None:
        """Between a press and the job's row: further presses do nothing, and no focus is lost."""
        self._busy = busy
        self.button.set_busy(busy)

    def _small_label(self) -> QLabel:
        label = QLabel(self)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setWordWrap(True)
        label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        set_property(label, "role", "small")
        return label

    def _on_clicked(self) -> None:
        if not self._busy:
            self.pressed.emit()
