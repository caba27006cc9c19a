"""What stands between a draft and Generate: cards, worst first, each with what mends it."""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QFrame,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from kling_desktop.motion.limits import Finding, worst_first
from kling_desktop.ui.theme import SPACE_8
from kling_desktop.ui.tr import words

from .finding_card import FindingCard
from .roles import ListFrame, announce

_START_HEIGHT_PX = 196  # about three cards; more of them scroll


class CardColumn(ListFrame):
    """As high as its cards at the width it has: the labels' own minimum is for a narrower one."""

    def minimumSizeHint(self) -> QSize:
        return QSize(0, 0)


class FindingsList(QScrollArea):
    """The cards. Hidden while there are none; as high as they are, up to a limit."""

    mend_requested = Signal(object)  # Finding
    dismissed = Signal(object)  # Finding, of advice

    def __init__(self, tab_after: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tab_after = tab_after  # cards come and go: their buttons are put in after this
        self._findings: tuple[Finding, ...] = ()
        self._cards: list[FindingCard] = []
        self._room_px = _START_HEIGHT_PX
        self._list = CardColumn(self)
        self._list.setAccessibleName("Findings")
        self._list.setProperty("scroll", True)
        self._column = QVBoxLayout(self._list)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(SPACE_8 - 2)
        self.setWidget(self._list)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._list.installEventFilter(self)
        self.hide()

    def findings(self) -> tuple[Finding, ...]:
        """Those on show, in their order."""
        return self._findings

    def set_findings(self, findings: tuple[Finding, ...]) -> None:
        """Show these, worst first. Cards of the same findings stay: the focus is not lost."""
        findings = worst_first(list(findings))
        if findings == self._findings:
            return
        new = [f for f in findings if f not in self._findings]
        self._findings = findings
        kept = {card.finding: card for card in self._cards if card.finding in findings}
        for card in self._cards:
            if card.finding not in kept:
                self._drop(card)
        self._cards = [kept.get(f) or self._make(f) for f in findings]
        for place, card in enumerate(self._cards):
            self._column.insertWidget(place, card)
            card.show()
        self._order_tabs()
        self.setVisible(bool(findings))
        self._fit()
        announce(self._list, " ".join(words.finding(f).text for f in new))

    def set_room(self, height_px: int) -> None:
        """How high it may become."""
        self._room_px = height_px
        self._fit()

    def _make(self, found: Finding) -> FindingCard:
        card = FindingCard(found, self._list)
        card.mend_requested.connect(self.mend_requested)
        card.dismissed.connect(self.dismissed)
        return card

    def _drop(self, card: FindingCard) -> None:
        self._column.removeWidget(card)
        card.hide()
        card.deleteLater()

    def _order_tabs(self) -> None:
        buttons = [b for card in self._cards for b in card.findChildren(QAbstractButton)]
        for before, after in pairwise([self._tab_after, *buttons]):
            QWidget.setTabOrder(before, after)

    def _content_height(self, width_px: int) -> int:
        height = self._column.totalHeightForWidth(max(1, width_px))
        return height if height >= 0 else self._column.totalSizeHint().height()

    def _fit(self) -> None:
        content = self._content_height(self.width())
        scrolls = content > self._room_px
        policy = Qt.ScrollBarPolicy
        self.setVerticalScrollBarPolicy(
            policy.ScrollBarAlwaysOn if scrolls else policy.ScrollBarAlwaysOff
        )
        height = min(content, self._room_px) if self._findings else 0
        if height != self.maximumHeight():
            self.setFixedHeight(height)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._list and event.type() is QEvent.Type.LayoutRequest:
            self._fit()
        return super().eventFilter(watched, event)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._fit()
