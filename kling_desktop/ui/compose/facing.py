"""Which way the character faces: two cards that are radio buttons."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QRadioButton, QSizePolicy, QWidget

from kling_desktop.motion.limits import VIDEO_MAX_S
from kling_desktop.motion.request import Orientation
from kling_desktop.ui.theme import RADIUS, SPACE_12, color, theme
from kling_desktop.ui.tr import tr
from kling_desktop.ui.widgets import Segmented
from kling_desktop.ui.widgets.grouping import GroupFrame

from .edges import CARD_PAD_PX
from .painting import RING_PX, ring, rounded

_PAD_X_PX = 11
_PAD_Y_PX = CARD_PAD_PX
_GAP_PX = 2
_SMALL_PX = 12
_MIN_WIDTH_PX = 110
_WRAP = int(Qt.TextFlag.TextWordWrap)


class ChoiceCard(QRadioButton):
    """A radio button that is a card: a title and a line that says when to choose it."""

    def __init__(self, title: str, hint: str, accessible_name: str, parent: QWidget) -> None:
        super().__init__(title, parent)
        self._hint = hint
        self.setAccessibleName(accessible_name)
        self.setAccessibleDescription(hint)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        theme().changed.connect(self.update)

    def _title_font(self) -> QFont:
        font = QFont(self.font())
        font.setWeight(QFont.Weight.DemiBold)
        return font

    def _hint_font(self) -> QFont:
        font = QFont(self.font())
        font.setPixelSize(_SMALL_PX)
        return font

    def _title_room(self, width: int) -> QRect:
        room = QRect(_PAD_X_PX, _PAD_Y_PX, max(1, width - 2 * _PAD_X_PX), 1000)
        return QFontMetrics(self._title_font()).boundingRect(room, _WRAP, self.text())

    def _hint_room(self, width: int) -> QRect:
        top = self._title_room(width).bottom() + 1 + _GAP_PX
        room = QRect(_PAD_X_PX, top, max(1, width - 2 * _PAD_X_PX), 1000)
        return QFontMetrics(self._hint_font()).boundingRect(room, _WRAP, self._hint)

    def hitButton(self, position: QPoint) -> bool:
        return self.rect().contains(position)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._hint_room(width).bottom() + 1 + _PAD_Y_PX

    def sizeHint(self) -> QSize:
        return QSize(_MIN_WIDTH_PX, self.heightForWidth(_MIN_WIDTH_PX))

    def minimumSizeHint(self) -> QSize:
        return QSize(_MIN_WIDTH_PX, 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box, chosen = QRectF(self.rect()), self.isChecked()
        fill = color("chosen" if chosen else "hover" if self.underMouse() else "raised")
        line = color("accent" if chosen else "line")
        rounded(painter, box, RADIUS, line, RING_PX if chosen else 1, fill)
        if self.property("ring"):
            self._paint_ring(painter, box, chosen)
        width = self.width() - 2 * _PAD_X_PX
        title, hint = self._title_room(self.width()), self._hint_room(self.width())
        title.setWidth(width)
        hint.setWidth(width)
        painter.setFont(self._title_font())
        painter.setPen(color("text"))
        painter.drawText(title, _WRAP, self.text())
        painter.setFont(self._hint_font())
        painter.setPen(color("muted"))
        painter.drawText(hint, _WRAP, self._hint)

    def _paint_ring(self, painter: QPainter, box: QRectF, chosen: bool) -> None:
        """The chosen card has an accent line already: its ring lies inside, in the text colour."""
        if chosen:
            inset = RING_PX + 1
            ring(painter, box.adjusted(inset, inset, -inset, -inset), RADIUS - inset, "text")
        else:
            ring(painter, box, RADIUS)


class FacingCards(GroupFrame):
    """The two cards, side by side."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("The character faces")
        self._group = QButtonGroup(self)
        self._cards = {
            Orientation.VIDEO: ChoiceCard(
                tr("as in the clip"),
                tr("best for dance, up to {seconds}\u00a0s").format(
                    seconds=_limit(Orientation.VIDEO)
                ),
                "As in the clip",
                self,
            ),
            Orientation.IMAGE: ChoiceCard(
                tr("as in the picture"),
                tr("camera moves, up to {seconds}\u00a0s").format(
                    seconds=_limit(Orientation.IMAGE)
                ),
                "As in the picture",
                self,
            ),
        }
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE_12 - 2)
        for card in self._cards.values():
            self._group.addButton(card)
            row.addWidget(card, 1)
        self.set_value(Orientation.VIDEO)
        self._group.buttonToggled.connect(self._on_toggled)

    def value(self) -> Orientation:
        checked = self._cards[Orientation.IMAGE].isChecked()
        return Orientation.IMAGE if checked else Orientation.VIDEO

    def set_value(self, value: Orientation) -> None:
        self._cards[value].setChecked(True)

    def _on_toggled(self, _card: QRadioButton, checked: bool) -> None:
        if checked:
            self.changed.emit()


def _limit(orientation: Orientation) -> str:
    return f"{VIDEO_MAX_S[orientation]:g}"


def quality_control(parent: QWidget) -> Segmented:
    """Standard or Pro, with what each is for."""
    standard = ("std", tr("Standard · draft"), "Standard")
    pro = ("pro", tr("Pro · final, ≈ 1.6 ×"), "Pro")  # the factor: service.md, field ``mode``
    control = Segmented((standard, pro), parent)
    control.setAccessibleName("Quality")
    control.button("std").setToolTip(tr("Usually 720p"))
    control.button("pro").setToolTip(tr("Usually 1080p, about 1.6 times the price"))
    return control
