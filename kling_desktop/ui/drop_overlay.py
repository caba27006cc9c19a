"""A calm layer over the window while something is dragged: what would happen, before it does."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from kling_desktop.ui.announce import announce
from kling_desktop.ui.dropped import DropVerdict
from kling_desktop.ui.icons import pixmap
from kling_desktop.ui.theme import SPACE_12, SPACE_16, color

ICON_PX = 20
FRAME_PX = 2
FRAME_GAP_PX = 6
VEIL_ALPHA = 140  # the wells stay recognisable, texts do not compete
CARD_RADIUS_PX = 10
CARD_AT = 0.7  # of the height: below the first page's words and the middle of a picture


class DropOverlay(QWidget):
    """Lets every event through; only paints. ``say(verdict)`` shows it, ``hide()`` ends it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._verdict = DropVerdict(False, "")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setObjectName("drop_overlay")
        self.setAccessibleName("Drop")
        self.hide()

    @property
    def verdict(self) -> DropVerdict:
        return self._verdict

    def say(self, verdict: DropVerdict) -> None:
        if self.isVisible() and verdict == self._verdict:
            return
        self._verdict = verdict
        host = self.parentWidget()
        if host is not None:
            self.setGeometry(host.rect())
        self.setAccessibleDescription(verdict.text)
        self.show()
        self.raise_()
        self.update()
        announce(self, verdict.text)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        veil = QColor(color("background"))
        veil.setAlpha(VEIL_ALPHA)
        painter.fillRect(self.rect(), veil)
        good = self._verdict.accepted
        frame = QRectF(self.rect()).adjusted(*[FRAME_GAP_PX] * 2, *[-FRAME_GAP_PX] * 2)
        painter.setPen(QPen(color("accent" if good else "line"), FRAME_PX))
        painter.drawRoundedRect(frame, CARD_RADIUS_PX, CARD_RADIUS_PX)
        self._paint_card(painter, good)

    def _paint_card(self, painter: QPainter, good: bool) -> None:
        metrics = painter.fontMetrics()
        room = self.width() - 2 * SPACE_16 - 2 * SPACE_16 - ICON_PX - SPACE_12
        text = metrics.elidedText(self._verdict.text, Qt.TextElideMode.ElideMiddle, room)
        width = metrics.horizontalAdvance(text) + ICON_PX + SPACE_12 + 2 * SPACE_16 + 2
        height = max(ICON_PX, metrics.height()) + 2 * SPACE_16
        card = QRectF(
            (self.width() - width) / 2, self.height() * CARD_AT - height / 2, width, height
        )
        painter.setPen(QPen(color("line"), 1))
        painter.setBrush(color("raised"))
        painter.drawRoundedRect(card, CARD_RADIUS_PX, CARD_RADIUS_PX)
        sign = pixmap(
            "check" if good else "error",
            "good" if good else "bad",
            ICON_PX,
            self.devicePixelRatioF(),
        )
        painter.drawPixmap(
            round(card.left()) + SPACE_16, round(card.center().y() - ICON_PX / 2), sign
        )
        painter.setPen(color("text"))
        words = card.adjusted(SPACE_16 + ICON_PX + SPACE_12, 0, 0, 0)
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
