"""A square quiet button that shows one icon and says what it does to a screen reader."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QPushButton, QWidget

from kling_desktop.ui.icons import icon
from kling_desktop.ui.theme import theme

ICON_PX = 16


class IconButton(QPushButton):
    """``name`` is an icon's name. The icon follows the theme by itself."""

    def __init__(
        self,
        name: str,
        accessible_name: str,
        tooltip: str = "",
        parent: QWidget | None = None,
        *,
        size_px: int = ICON_PX,
        role: str = "text",
    ) -> None:
        super().__init__(parent)
        self._icon_name = name
        self._role = role
        self.setProperty("kind", "icon")
        self.setAccessibleName(accessible_name)
        self.setToolTip(tooltip or accessible_name)
        self.setIconSize(QSize(size_px, size_px))
        theme().changed.connect(self._refresh)
        self._refresh()

    @property
    def icon_name(self) -> str:
        return self._icon_name

    def set_icon_name(self, name: str) -> None:
        """Show another icon, "pause" instead of "play"."""
        if name != self._icon_name:
            self._icon_name = name
            self._refresh()

    def set_role(self, role: str) -> None:
        """Colour the icon by another token."""
        if role != self._role:
            self._role = role
            self._refresh()

    def _refresh(self) -> None:
        self.setIcon(icon(self._icon_name, self._role, self.iconSize().width()))
