"""The key sheet, built from the table of actions."""

from __future__ import annotations

from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from kling_desktop.ui.action_table import ACTIONS, Menu
from kling_desktop.ui.dialogs.fields import heading
from kling_desktop.ui.dialogs.rows import Rows
from kling_desktop.ui.theme import SPACE_8, SPACE_16
from kling_desktop.ui.tr import tr
from kling_desktop.ui.widgets.sheet import Sheet

KEYS_WIDTH_PX = 760
KEY_PX = 104  # the longest, Ctrl+Shift+O, so that all groups stand in one line
_COLUMNS = ((Menu.FILE, Menu.EDIT, Menu.QUEUE, Menu.HELP), (Menu.PLAY, Menu.VIEW))


def key_rows(menu: Menu) -> list[tuple[str, str]]:
    """(keys as this system writes them, what they do) of one menu."""
    return [
        (
            QKeySequence(spec.keys[0]).toString(QKeySequence.SequenceFormat.NativeText),
            tr(spec.text).rstrip("…"),
        )
        for spec in ACTIONS
        if spec.menu is menu and spec.keys
    ]


class KeysSheet(Sheet):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, tr("Keys"), width_px=KEYS_WIDTH_PX)
        self.body.addSpacing(SPACE_8)
        columns = QHBoxLayout()
        columns.setSpacing(SPACE_16 * 2)
        for menus in _COLUMNS:
            columns.addLayout(_column(menus), 1)
        self.body.addLayout(columns)
        self.footer.addStretch(1)
        close = self.add_button(tr("Close"), default=True)
        close.clicked.connect(self.accept)
        self.initial_focus = close


def _column(menus: tuple[Menu, ...]) -> QVBoxLayout:
    column = QVBoxLayout()
    column.setSpacing(SPACE_8 - 2)
    for menu in menus:
        column.addWidget(heading(tr(menu.value).replace("&", "")))
        column.addWidget(Rows(key_rows(menu), left_role="", right_role="muted", left_px=KEY_PX))
        column.addSpacing(SPACE_8)
    column.addStretch(1)
    return column
