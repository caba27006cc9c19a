"""A check box with a target as large as it stands, by the name that is written beside it."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QCheckBox, QWidget

LEAST_PX = 24  # WCAG 2.2, 2.5.8


class CheckBox(QCheckBox):
    """Qt takes a press on its lines only, not on the border around them."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setAccessibleName(text)
        self.setMinimumSize(LEAST_PX, LEAST_PX)

    def hitButton(self, pos: QPoint) -> bool:
        rect = self.rect()
        is_mirrored = self.layoutDirection() is Qt.LayoutDirection.RightToLeft
        from_edge = rect.right() - pos.x() if is_mirrored else pos.x()
        beside = super().hitButton(QPoint(pos.x(), rect.center().y()))
        return rect.contains(pos) and (from_edge < LEAST_PX or beside)
