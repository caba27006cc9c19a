"""The action table as QActions and menus. Each action is made once, so key and menu agree."""

from __future__ import annotations

import sys
from functools import partial

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QMainWindow,
    QMenu,
    QMenuBar,
    QWidget,
)

from kling_desktop.ui.action_table import ACTIONS, ActionSpec, Menu, Scope
from kling_desktop.ui.tr import tr

_MAC_ROLES = {
    "quit": QAction.MenuRole.QuitRole,
    "settings": QAction.MenuRole.PreferencesRole,
    "about": QAction.MenuRole.AboutRole,
}


class Actions(QObject):
    """Builds every action on ``window``; keys of the viewer act within ``stage`` and ``library``.

    ``triggered(id)`` says what is wished. A checkable action's new state: ``is_checked(id)``.
    """

    triggered = Signal(str)

    def __init__(self, window: QMainWindow, stage: QWidget, library: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._homes: dict[Scope, tuple[QWidget, ...]] = {
            Scope.WINDOW: (window,),
            Scope.VIEWER: (stage, library),
            Scope.STAGE: (stage,),
        }
        self._actions = {spec.id: self._make(spec) for spec in ACTIONS}
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.connect(self._on_focus_changed)

    def _make(self, spec: ActionSpec) -> QAction:
        action = QAction(tr(spec.text), self._window)
        action.setObjectName(spec.id)
        action.setCheckable(spec.checkable)
        action.setShortcuts([QKeySequence(key) for key in _keys(spec)])
        action.setAutoRepeat(spec.repeats)
        action.setShortcutContext(_context(spec.scope))
        action.setMenuRole(_MAC_ROLES.get(spec.id, QAction.MenuRole.NoRole))
        action.triggered.connect(partial(self._on_triggered, spec.id))
        for home in self._homes[spec.scope]:
            home.addAction(action)
        return action

    def action(self, action_id: str) -> QAction:
        """One action, for a context menu. Raises KeyError."""
        return self._actions[action_id]

    def set_enabled(self, action_id: str, enabled: bool) -> None:
        self._actions[action_id].setEnabled(enabled)

    def set_visible(self, action_id: str, visible: bool) -> None:
        self._actions[action_id].setVisible(visible)

    def set_checked(self, action_id: str, checked: bool) -> None:
        """Show the state. ``triggered`` does not follow: it is for what the person does."""
        self._actions[action_id].setChecked(checked)

    def is_checked(self, action_id: str) -> bool:
        return self._actions[action_id].isChecked()

    def set_text(self, action_id: str, text: str) -> None:
        self._actions[action_id].setText(text)

    def fill_menu_bar(self, bar: QMenuBar) -> None:
        """The menus side by side, as on macOS."""
        for name in Menu:
            bar.addMenu(self._menu(name, bar))

    def build_menu(self, parent: QWidget) -> QMenu:
        """The menus below one button."""
        menu = QMenu(parent)
        menu.setAccessibleName("Menu")
        for name in Menu:
            menu.addMenu(self._menu(name, menu))
        return menu

    def _menu(self, name: Menu, parent: QWidget) -> QMenu:
        menu = QMenu(tr(name.value), parent)
        for spec in ACTIONS:
            if spec.menu is not name:
                continue
            if spec.starts_group and not menu.isEmpty():
                menu.addSeparator()
            menu.addAction(self._actions[spec.id])
        return menu

    def _on_triggered(self, action_id: str) -> None:
        self.triggered.emit(action_id)

    def _on_focus_changed(self, _old: QWidget | None, new: QWidget | None) -> None:
        """Space presses a focused button, as everywhere; elsewhere in the viewer it plays."""
        takes_space = isinstance(new, QAbstractButton | QComboBox)
        self._actions["play"].setShortcutContext(
            Qt.ShortcutContext.WidgetShortcut if takes_space else _context(Scope.VIEWER)
        )


def _keys(spec: ActionSpec) -> tuple[str, ...]:
    if spec.id == "delete" and sys.platform == "darwin":
        return (*spec.keys, "Backspace")  # the key that macOS calls "delete"
    return spec.keys


def _context(scope: Scope) -> Qt.ShortcutContext:
    if scope is Scope.WINDOW:
        return Qt.ShortcutContext.WindowShortcut
    return Qt.ShortcutContext.WidgetWithChildrenShortcut
