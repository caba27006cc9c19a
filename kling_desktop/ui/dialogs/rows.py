"""Two columns of text, as Details, the key sheet and the sandbox's words show them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from kling_desktop.ui.theme import SPACE_8, SPACE_16


class Rows(QWidget):
    """``rows``: (left, right) each. ``emphasis`` says which side is muted: the other stands out."""

    def __init__(
        self,
        rows: Sequence[tuple[str, str]],
        parent: QWidget | None = None,
        *,
        left_role: str = "muted",
        right_role: str = "",
        selectable: bool = False,
    ) -> None:
        super().__init__(parent)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(SPACE_16)
        grid.setVerticalSpacing(SPACE_8 - 2)
        grid.setColumnStretch(1, 1)
        for index, (left, right) in enumerate(rows):
            grid.addWidget(_text(left, left_role, False), index, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(_text(right, right_role, selectable), index, 1)


def _text(text: str, role: str, selectable: bool) -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setProperty("role", role)
    if selectable:
        label.setWordWrap(True)
        label.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
    return label
