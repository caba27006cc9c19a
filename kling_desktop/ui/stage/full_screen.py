"""The Stage on the whole screen, in a window of its own."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent, QScreen
from PySide6.QtWidgets import QVBoxLayout, QWidget

from kling_desktop.ui.enter import press_focused

from .player_page import PlayerPage

HIDE_CONTROLS_AFTER_MS = 2500  # without a movement of the mouse, while it plays


class FullScreenWindow(QWidget):
    """Holds the player page for a while; :meth:`give_back` returns it.

    The main window's shortcuts do not reach another window, so keys come out of
    ``key_pressed``. ``leave_requested``: Esc, F11, or the window was closed.
    """

    leave_requested = Signal()
    key_pressed = Signal(QKeyEvent)
    key_released = Signal(QKeyEvent)

    def __init__(self, title: str, page: PlayerPage, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setWindowTitle(title)
        self._page = page
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(page)
        page.show()
        self._rest = QTimer(self, singleShot=True, interval=HIDE_CONTROLS_AFTER_MS)
        self._rest.timeout.connect(self._on_mouse_rests)
        page.canvas.mouse_moved.connect(self._on_mouse_moved)
        self._rest.start()

    def show_on(self, screen: QScreen | None) -> None:
        """Cover this screen; None: the one that the main window is on."""
        if screen is not None:
            self.setScreen(screen)
            self.setGeometry(screen.geometry())
        self.showFullScreen()

    def give_back(self) -> PlayerPage:
        """Let go of the page, with its controls; the window is of no use afterwards."""
        self._rest.stop()
        self._page.canvas.mouse_moved.disconnect(self._on_mouse_moved)
        self._page.set_controls_shown(True)
        self._page.setParent(None)
        self.hide()
        self.deleteLater()
        return self._page

    def _on_mouse_moved(self) -> None:
        self._page.set_controls_shown(True)
        self._rest.start()

    def _on_mouse_rests(self) -> None:
        if self._page.is_moving and not self._page.transport.underMouse():
            self._page.set_controls_shown(False)
        else:
            self._rest.start()

    # -- Qt ------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Escape, Qt.Key.Key_F11):
            self.leave_requested.emit()
        elif not press_focused(self, event):
            self.key_pressed.emit(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        self.key_released.emit(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        super().closeEvent(event)
        self.leave_requested.emit()
