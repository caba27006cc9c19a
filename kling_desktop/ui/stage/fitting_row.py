"""A row of controls of which the least important ones give way when the row is narrow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QSize, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from kling_desktop.ui.theme import SPACE_4


@dataclass(frozen=True, slots=True)
class Sacrifice:
    """One thing that saves room: ``give_up(True)`` does it, ``give_up(False)`` takes it back."""

    name: str
    give_up: Callable[[bool], None]


class FittingRow(QWidget):
    """Gives up as few of its sacrifices as needed, in their order, so that all the rest fits."""

    fitted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sacrifices: list[Sacrifice] = []
        self._given_up: frozenset[str] = frozenset()
        self._fitting = False
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(0, 0, 0, 0)
        self.row.setSpacing(SPACE_4)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def set_sacrifices(self, sacrifices: list[Sacrifice]) -> None:
        """First the least important."""
        self._sacrifices = sacrifices
        self.fit()

    @property
    def given_up(self) -> frozenset[str]:
        """Names of what is not shown for want of room."""
        return self._given_up

    def fit(self) -> None:
        """Look again at what fits; called by itself when the width or a child's size changes."""
        if self._fitting or self.width() <= 0:
            return
        self._fitting = True
        for sacrifice in self._sacrifices:
            sacrifice.give_up(False)
        given_up: list[Sacrifice] = []
        for sacrifice in self._sacrifices:
            if self._fits():
                break
            sacrifice.give_up(True)
            given_up.append(sacrifice)
        self._take_back(given_up)
        self.row.activate()
        self._fitting = False
        self._given_up = frozenset(sacrifice.name for sacrifice in given_up)
        self.fitted.emit()

    def _take_back(self, given_up: list[Sacrifice]) -> None:
        """The last one may have saved more than was missing: use the rest for smaller ones."""
        for sacrifice in reversed(given_up.copy()):
            sacrifice.give_up(False)
            if self._fits():
                given_up.remove(sacrifice)
            else:
                sacrifice.give_up(True)

    def _fits(self) -> bool:
        self.row.invalidate()
        return self.row.sizeHint().width() <= self.width()

    # -- Qt ------------------------------------------------------------------------------------

    def minimumSizeHint(self) -> QSize:
        return QSize(0, self.row.minimumSize().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.fit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self.fit()
