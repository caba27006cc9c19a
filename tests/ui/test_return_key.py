"""Return presses the button that has the focus, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QCheckBox, QPushButton, QRadioButton, QWidget
from real_window import NOWHERE, RealWindow, play

from kling_desktop.motion.account import AccountState, Connection
from kling_desktop.ui.compose.panel import ComposePanel
from kling_desktop.ui.theme import theme
from kling_desktop.ui.widgets.sheet import open_sheets
from kling_desktop.ui.window import MainWindow

RETURN, ENTER = Qt.Key.Key_Return, Qt.Key.Key_Enter


@pytest.fixture
def window(qtbot, qapp):
    theme().apply(qapp)
    main = MainWindow(ComposePanel(), *(QWidget() for _ in range(3)))
    qtbot.addWidget(main)
    main.allow_close()
    with qtbot.waitActive(main):
        main.show()
        main.activateWindow()
    return main


def _button(window: MainWindow, name: str) -> QPushButton:
    return next(b for b in window.findChildren(QPushButton) if b.accessibleName() == name)


@pytest.mark.parametrize("key", [RETURN, ENTER])
@pytest.mark.parametrize(
    "name", ["New draft", "Settings", "Not connected", "Connect", "Choose image", "More options"]
)
def test_return_presses_a_focused_button_of_every_kind(qtbot, window, name, key):
    button = _button(window, name)
    button.setFocus()
    with qtbot.waitSignal(button.clicked):
        qtbot.keyClick(button, key)


def test_a_held_return_is_one_press_and_ctrl_return_none(qtbot, window):
    button = _button(window, "New draft")
    button.setFocus()
    presses = []
    button.clicked.connect(lambda: presses.append(1))
    none = Qt.KeyboardModifier.NoModifier
    for repeats in (False, True, True):
        event = QKeyEvent(QEvent.Type.KeyPress, RETURN, none, "\r", repeats)
        QApplication.sendEvent(button, event)
    qtbot.keyClick(button, RETURN, Qt.KeyboardModifier.ControlModifier)
    assert presses == [1]


def test_what_is_chosen_or_ticked_is_left_to_space(qtbot, window):
    tick = window.findChildren(QCheckBox)[0]
    choice = next(r for r in window.findChildren(QRadioButton) if not r.isChecked())
    for widget in (tick, choice):
        before = widget.isChecked()
        widget.setFocus()
        qtbot.keyClick(widget, RETURN)
        assert widget.isChecked() is before


def test_a_button_that_cannot_be_pressed_is_not(qtbot, window):
    button = _button(window, "New draft")
    button.setFocus()
    button.setEnabled(False)
    with qtbot.assertNotEmitted(button.clicked):
        qtbot.keyClick(window, RETURN)


def test_after_try_it_in_the_sandbox_the_focus_goes_to_compose(tmp_path: Path, qapp) -> None:
    async def story(window: RealWindow) -> None:
        await window.press("Try it in the sandbox", window.assembly.desk.stage)
        focused = window.window.focusWidget()
        assert focused is not None
        assert focused.accessibleName() == "Character, empty"

    play(tmp_path, story, hosts=replace(NOWHERE, sandbox=False))


def test_the_balance_opens_spending(tmp_path: Path, qapp) -> None:
    async def story(window: RealWindow) -> None:
        known = AccountState(Connection.ONLINE, has_account_token=True, balance_credits=12.4)
        window.window.top_bar.set_account(known)
        _button(window.window, "Balance 12.40 credits").click()
        await window.until(lambda: open_sheets(window.window))
        assert [s.accessibleName() for s in open_sheets(window.window)] == ["Spending"]

    play(tmp_path, story)
