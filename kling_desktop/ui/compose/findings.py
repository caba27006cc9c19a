"""What stands between a draft and Generate: cards, worst first, each with what mends it."""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QVBoxLayout, QWidget

from kling_desktop.motion.limits import Finding, Severity, has_errors, worst_first
from kling_desktop.ui.theme import SPACE_8
from kling_desktop.ui.tr import words

from .finding_card import FindingCard
from .roles import ListFrame, announce


class FindingsList(ListFrame):
    """The cards, as high as they are. Hidden while there are none."""

    mend_requested = Signal(object)  # Finding
    dismissed = Signal(object)  # Finding, of advice
    appeared = Signal()  # with one that was not there before and keeps Generate from its work

    def __init__(self, tab_after: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tab_after = tab_after  # cards come and go: their buttons are put in after this
        self._findings: tuple[Finding, ...] = ()
        self._cards: list[FindingCard] = []
        self.setAccessibleName("Findings")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(SPACE_8 - 2)
        self.hide()

    def findings(self) -> tuple[Finding, ...]:
        """Those on show, in their order."""
        return self._findings

    def cards(self) -> tuple[QWidget, ...]:
        return tuple(self._cards)

    def blocking(self) -> tuple[QWidget, ...]:
        """All cards where each of them blocks, and the first that does: to be brought into sight.

        Notes are seen where there is room for them; nobody's place in the form is lost to one.
        """
        if all(f.severity is Severity.ERROR for f in self._findings):
            return (self, self._cards[0])
        return (self._cards[0],)

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
        announce(self, " ".join(words.finding(f).text for f in new))
        if has_errors(tuple(new)):
            self.appeared.emit()

    def _make(self, found: Finding) -> FindingCard:
        card = FindingCard(found, self)
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
