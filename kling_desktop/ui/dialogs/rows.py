"""Two columns of text, as Details, the key sheet and the sandbox's words show them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from kling_desktop.ui.announce import announce
from kling_desktop.ui.theme import SPACE_4, SPACE_8, SPACE_16
from kling_desktop.ui.tr import tr
from kling_desktop.ui.widgets import IconButton

LONGEST_RUN = 40  # characters without a gap; a link is longer, and must still be wrapped
_LONG_RUN = re.compile(rf"(\S{{{LONGEST_RUN}}})")
_GAP = "\u200b"
NOTHING = ("", "–")  # a row without a value: there is nothing to copy


class Rows(QWidget):
    """``rows``: (left, right) each, as plain text. ``copyable`` puts a copy button at each."""

    def __init__(
        self,
        rows: Sequence[tuple[str, str]],
        parent: QWidget | None = None,
        *,
        left_role: str = "muted",
        right_role: str = "",
        left_px: int = 0,
        copyable: bool = False,
    ) -> None:
        super().__init__(parent)
        top = Qt.AlignmentFlag.AlignTop
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(SPACE_16)
        grid.setVerticalSpacing(0 if copyable else SPACE_8 - 2)
        grid.setColumnStretch(1, 1)
        grid.setColumnMinimumWidth(0, left_px)
        for index, (left, right) in enumerate(rows):
            texts = _text(left, left_role), _text(with_breaks(right), right_role, wrap=True)
            for column, label in enumerate(texts):
                if copyable:  # a line is as high as its button
                    label.setContentsMargins(0, SPACE_4, 0, SPACE_4)
                grid.addWidget(label, index, column, top)
            if copyable and right not in NOTHING:
                grid.addWidget(self._copy_button(left, right), index, 2, top)

    def _copy_button(self, label: str, value: str) -> IconButton:
        tip = tr("Copy")
        button = IconButton("copy", f"Copy {label}", tip, self, size_px=14, role="muted")
        button.setProperty("tight", True)
        button.setAutoDefault(False)
        button.clicked.connect(partial(self._on_copy, value))
        return button

    def _on_copy(self, value: str) -> None:
        QGuiApplication.clipboard().setText(value)
        announce(self, tr("Copied"))


def with_breaks(text: str) -> str:
    """Of which a long name or link may be broken, too."""
    return _LONG_RUN.sub(rf"\1{_GAP}", text)


def _text(text: str, role: str, *, wrap: bool = False) -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setProperty("role", role)
    label.setWordWrap(wrap)
    return label
