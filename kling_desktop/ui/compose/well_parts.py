"""What a well is made of: the empty face, the picture, the details, the veil."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractButton,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from kling_desktop.motion.request import Slot
from kling_desktop.ui.dropped import DropVerdict
from kling_desktop.ui.theme import RADIUS, SPACE_4, SPACE_8, color, set_property, theme
from kling_desktop.ui.tr import tr, words
from kling_desktop.ui.widgets import ElidedLabel

from .painting import draw_contained, draw_icon, read_thumbnail, ring, rounded, top_rounded
from .roles import announce
from .verdict import Verdict

PICTURE_LEAST_PX = 52  # it gives way to a verdict of several lines
_CIRCLE_PX = 44
_THIN_PX = 1.25
_REMOVE_PX = 24
_VERDICT_ICON_PX = 14
_VEIL_ICON_PX = 20
# Over pictures, in both themes the same: dark glass and white letters.
_GLASS = QColor(0, 0, 0, 178)
_GLASS_HOVER = QColor(0, 0, 0, 230)
_ON_GLASS = QColor("#FFFFFF")
_VEIL_ALPHA = 236
_DOT = " · "


class CircleIcon(QWidget):
    """The slot's sign in a thin circle."""

    def __init__(self, slot: Slot, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._slot = slot
        self.setFixedSize(_CIRCLE_PX, _CIRCLE_PX)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        draw_sign(painter, self._slot, QRectF(self.rect()).center())


def draw_sign(painter: QPainter, slot: Slot, center: QPointF) -> None:
    """A thin circle with what the slot is about: a person, or a play sign."""
    radius = _CIRCLE_PX / 2 - 1
    painter.setPen(QPen(color("muted"), _THIN_PX))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawEllipse(center, radius, radius)
    if slot is Slot.IMAGE:
        head = center - QPointF(0, 6)
        painter.drawEllipse(head, 7, 7)
        body = QRectF(center.x() - 14, center.y() + 4, 28, 28)
        circle = QPainterPath()
        circle.addEllipse(center, radius, radius)
        painter.setClipPath(circle)
        painter.drawEllipse(body)
        painter.setClipping(False)
        return
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color("muted"))
    tips = (QPointF(-5.5, -8), QPointF(-5.5, 8), QPointF(9, 0))
    painter.drawPolygon([center + tip for tip in tips])


class EmptyFace(QWidget):
    """A well that waits: sign, title, what belongs here, and Choose…."""

    def __init__(self, slot: Slot, hint: str, choose_name: str, parent: QWidget) -> None:
        super().__init__(parent)
        title = QLabel(words.well(slot), self)
        text = QLabel(hint, self)
        text.setWordWrap(True)
        self.choose = QPushButton(tr("Choose…"), self)
        self.choose.setAccessibleName(choose_name)
        for label, role in ((title, "heading"), (text, "small")):
            set_property(label, "role", role)
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE_8, 14, SPACE_8, SPACE_8)
        column.setSpacing(SPACE_8)
        center = Qt.AlignmentFlag.AlignHCenter
        column.addWidget(CircleIcon(slot, self), 0, center)
        column.addWidget(title)
        column.addWidget(text)
        column.addStretch(1)
        column.addWidget(self.choose, 0, center)


class RemoveButton(QAbstractButton):
    """A small cross on dark glass."""

    def __init__(self, accessible_name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName(accessible_name)
        self.setToolTip(tr("Remove"))
        self.setFixedSize(_REMOVE_PX, _REMOVE_PX)
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(_GLASS_HOVER if self.underMouse() or self.isDown() else _GLASS)
        painter.drawEllipse(box)
        painter.setPen(QPen(_ON_GLASS, 1.5, c=Qt.PenCapStyle.RoundCap))
        self._paint_sign(painter, box.center())
        if self.property("ring"):
            ring(painter, box, _REMOVE_PX / 2)

    def _paint_sign(self, painter: QPainter, middle: QPointF) -> None:
        arm = 3.5
        painter.drawLine(middle - QPointF(arm, arm), middle + QPointF(arm, arm))
        painter.drawLine(middle - QPointF(arm, -arm), middle + QPointF(arm, -arm))


class CropButton(RemoveButton):
    """Two corners of a frame on dark glass: opens the larger view."""

    def _paint_sign(self, painter: QPainter, middle: QPointF) -> None:
        arm, reach = 3.5, 6.0
        painter.drawLine(middle + QPointF(-arm, -reach), middle + QPointF(-arm, arm))
        painter.drawLine(middle + QPointF(-arm, arm), middle + QPointF(reach, arm))
        painter.drawLine(middle + QPointF(-reach, -arm), middle + QPointF(arm, -arm))
        painter.drawLine(middle + QPointF(arm, -arm), middle + QPointF(arm, reach))


class WellPicture(QWidget):
    """The thumbnail, whole, as high as the well has room for it."""

    def __init__(self, slot: Slot, remove_name: str, edit_name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.remove = RemoveButton(remove_name, self)
        self.edit = CropButton(edit_name, self)
        self.edit.setToolTip(tr("Crop") if slot is Slot.IMAGE else tr("Trim and crop"))
        self._slot = slot
        self._picture: QPixmap | None = None
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(PICTURE_LEAST_PX)
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE_8, 6, 6, 6)
        corner = QVBoxLayout()
        corner.setSpacing(SPACE_4)
        corner.addWidget(self.remove)
        corner.addStretch(1)
        corner.addWidget(self.edit)
        row.addStretch(1)
        row.addLayout(corner)

    def set_thumbnail(self, path: str | None) -> None:
        """Show the media room's small picture; without one, the slot's sign."""
        self._picture = read_thumbnail(path)
        self.update()

    def has_picture(self) -> bool:
        return self._picture is not None

    def sizeHint(self) -> QSize:
        return QSize(2 * PICTURE_LEAST_PX, PICTURE_LEAST_PX)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(1, 1, -1, 0)
        painter.setClipPath(top_rounded(box, RADIUS - 1))
        if self._picture is not None:
            draw_contained(painter, self._picture, box)
        else:
            painter.fillRect(box, color("hover"))
            draw_sign(painter, self._slot, box.center())


class VerdictLine(QWidget):
    """An icon and a sentence: fits, or what is wrong."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._verdict: Verdict | None = None
        self._label = QLabel(self)
        self._label.setTextFormat(Qt.TextFormat.PlainText)
        self._label.setWordWrap(True)
        set_property(self._label, "role", "small")
        # A long word must not widen the well.
        self._label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        row = QHBoxLayout(self)
        row.setContentsMargins(_VERDICT_ICON_PX + SPACE_4, 0, 0, 0)
        row.addWidget(self._label)

    def text(self) -> str:
        return self._label.text()

    def sentence(self) -> str:
        return self._verdict.whole if self._verdict is not None else ""

    def set_verdict(self, verdict: Verdict | None) -> None:
        self._verdict = verdict
        self._label.setText(verdict.text if verdict else "")
        # Escaped: the sentence can hold a file's name, and tooltips take markup.
        sentence = verdict.sentence if verdict else ""
        self.setToolTip(f"<span>{escape(sentence)}</span>" if sentence else "")
        self.setVisible(verdict is not None)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._verdict is None:
            return
        line = self._label.fontMetrics().height()
        center = QPointF(_VERDICT_ICON_PX / 2, self._label.y() + line / 2 + 0.5)
        draw_icon(QPainter(self), self._verdict.icon, self._verdict.role, _VERDICT_ICON_PX, center)


class FactsLabel(QLabel):
    """Facts joined by dots. Where they don't fit, the last ones go; the tooltip has them all."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._full = ""
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def set_facts(self, text: str) -> None:
        self._full = text
        self._fit()

    def _fit(self) -> None:
        parts = self._full.split(_DOT)
        while len(parts) > 1 and not self._fits(_DOT.join(parts)):
            parts.pop()
        shown = _DOT.join(parts)
        self.setText(shown)
        self.setToolTip(self._full if shown != self._full else "")

    def _fits(self, text: str) -> bool:
        return self.fontMetrics().horizontalAdvance(text) <= self.width()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()


class Details(QWidget):
    """What it is for, name, facts and verdict, below the picture: no head is covered."""

    def __init__(self, slot: Slot, parent: QWidget) -> None:
        super().__init__(parent)
        label = QLabel(words.well(slot), self)
        set_property(label, "role", "small")
        self.name = ElidedLabel("", self)
        self.facts = FactsLabel(self)
        self.verdict = VerdictLine(self)
        set_property(self.name, "role", "heading")
        set_property(self.facts, "role", "small")
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 6, SPACE_8, 6)
        column.setSpacing(2)
        column.addWidget(label)
        column.addWidget(self.name)
        column.addWidget(self.facts)
        column.addWidget(self.verdict)


class Veil(QWidget):
    """Lies over a well while something is dragged over it, or to say why a paste was refused."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._accepts = True
        self._text = ""
        theme().changed.connect(self.update)
        self.hide()

    def text(self) -> str:
        return self._text

    def accepts(self) -> bool:
        return self._accepts

    def show_verdict(self, verdict: DropVerdict) -> None:
        """While something is dragged: looks only, the drag goes to what lies below."""
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._show(verdict.accepted, verdict.text)

    def say(self, text: str) -> None:
        """Why something was not taken; a click puts it away."""
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents, False)
        self._show(False, text)
        announce(self, text)

    def _show(self, accepts: bool, text: str) -> None:
        self._accepts, self._text = accepts, text
        parent = self.parentWidget()
        if parent is not None:
            self.setGeometry(parent.rect())
        self.raise_()
        self.show()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(0, 0)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.hide()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect())
        fill = color("chosen" if self._accepts else "raised")
        fill.setAlpha(_VEIL_ALPHA)
        line = color("accent" if self._accepts else "bad")
        rounded(painter, box, RADIUS, line, 2, fill)
        room = box.adjusted(SPACE_8, 0, -SPACE_8, 0)
        flags = int(Qt.AlignmentFlag.AlignHCenter) | int(Qt.TextFlag.TextWordWrap)
        text = painter.boundingRect(room, flags, self._text)
        text.moveCenter(room.center() + QPointF(0, _VEIL_ICON_PX / 2 + 2))
        name, role = ("plus", "accent_text") if self._accepts else ("error", "bad")
        middle = QPointF(room.center().x(), text.top() - _VEIL_ICON_PX / 2 - 6)
        draw_icon(painter, name, role, _VEIL_ICON_PX, middle)
        painter.setPen(color("text"))
        painter.drawText(text, flags, self._text)
