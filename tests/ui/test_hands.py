"""One press is one wish: what repeats, what follows too fast, and what must be let go of first."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMainWindow, QMenu, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import Shiboken

from kling_desktop.ui import hands as hands_module
from kling_desktop.ui.hands import AIM_PX, LOST_AFTER_MS, REPEAT_GAP_MS, Hands
from kling_desktop.ui.theme import theme
from kling_desktop.ui.widgets import Confirm
from kling_desktop.ui.widgets import question as question_module

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
CTRL = Qt.KeyboardModifier.ControlModifier
PACE_MS = 2 * REPEAT_GAP_MS  # no hand is faster with one key
ANSWERS = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)


class Clock:
    """Milliseconds that pass when they are told to."""

    def __init__(self) -> None:
        self.now_ms = 0.0

    def __call__(self) -> float:
        return self.now_ms


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def held(qapp: QApplication, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hands]:
    made = Hands(clock)
    monkeypatch.setattr(question_module, "hands", lambda: made)
    monkeypatch.setattr(hands_module, "hands", lambda: made)
    made.watch(qapp)
    yield made
    made.unwatch(qapp)


class Window(QMainWindow):
    """A button, and a question that its press or Ctrl+Return raises; counts the answers."""

    def __init__(self) -> None:
        super().__init__()
        page = QWidget()
        column = QVBoxLayout(page)
        self.button = QPushButton("Spend")
        self.button.clicked.connect(self.ask)
        column.addWidget(self.button)
        self.setCentralWidget(page)
        action = QAction("Spend", self)
        action.setShortcut(QKeySequence("Ctrl+Return"))
        action.triggered.connect(self.ask)
        self.addAction(action)
        self.resize(800, 600)
        self.yes = self.no = 0
        self.question: Confirm | None = None

    def ask(self) -> None:
        self.question = question = Confirm(self, "Spend?", "Really?", "Yes", "No")
        question.accepted.connect(self._on_yes)
        question.rejected.connect(self._on_no)
        question.open()

    def _on_yes(self) -> None:
        self.yes += 1
        self.question = None

    def _on_no(self) -> None:
        self.no += 1
        self.question = None


@pytest.fixture
def window(qtbot: QtBot, held: Hands) -> Window:
    theme().apply(QApplication.instance())
    made = Window()
    qtbot.addWidget(made)
    with qtbot.waitActive(made):
        made.show()
        made.activateWindow()
    return made


def key(window: Window, pressed: bool, which: Qt.Key, *, repeat: bool = False) -> None:
    """As the keyboard sends it: to whatever has the focus, shortcuts first."""
    if pressed and not repeat:
        QTest.qWait(PACE_MS)
    QTest.simulateEvent(window.windowHandle(), pressed, which.value, NONE, "", repeat)
    QApplication.processEvents()


def ctrl_return_down(window: Window) -> None:
    QTest.qWait(PACE_MS)
    QTest.keyPress(window.windowHandle(), Qt.Key.Key_Return, CTRL)
    QApplication.processEvents()


def ctrl_return_up(window: Window) -> None:
    QTest.keyRelease(window.windowHandle(), Qt.Key.Key_Return, CTRL)
    QApplication.processEvents()


def at(window: Window, widget: QWidget) -> QPoint:
    return widget.mapTo(window, widget.rect().center())


def click(window: Window, widget: QWidget) -> None:
    """The hand brings the pointer there and presses."""
    QTest.mouseMove(window.windowHandle(), at(window, widget) + QPoint(0, AIM_PX))
    QTest.mouseClick(window.windowHandle(), LEFT, NONE, at(window, widget))
    QApplication.processEvents()


def focus_yes(window: Window) -> None:
    assert window.question is not None
    window.question.yes_button.setFocus()


@pytest.mark.parametrize("which", ANSWERS)
def test_a_question_takes_no_key_until_all_keys_were_up(window: Window, which: Qt.Key) -> None:
    ctrl_return_down(window)
    focus_yes(window)
    key(window, True, which)
    key(window, False, which)
    assert (window.yes, window.no) == (0, 0)
    ctrl_return_up(window)
    key(window, True, which)
    key(window, False, which)
    assert (window.yes, window.no) == (1, 0)


def test_a_question_takes_no_click_until_all_keys_were_up(window: Window) -> None:
    ctrl_return_down(window)
    assert window.question is not None
    click(window, window.question.yes_button)
    assert window.yes == 0
    ctrl_return_up(window)
    click(window, window.question.yes_button)
    assert window.yes == 1


def test_a_release_that_got_lost_locks_a_question_for_two_seconds_at_most(
    window: Window, clock: Clock
) -> None:
    ctrl_return_down(window)  # and its release goes to another program
    assert window.question is not None
    clock.now_ms += LOST_AFTER_MS - 1
    click(window, window.question.yes_button)
    assert window.yes == 0
    clock.now_ms += 1
    click(window, window.question.yes_button)
    assert window.yes == 1
    ctrl_return_down(window)
    ctrl_return_up(window)
    assert window.question is not None
    click(window, window.question.yes_button)
    assert window.yes == 2  # the lost one is not waited for again


@pytest.mark.parametrize("which", [*ANSWERS, Qt.Key.Key_Escape])
@pytest.mark.parametrize("lost", [False, True])
def test_a_key_that_repeats_never_answers(
    window: Window, clock: Clock, which: Qt.Key, lost: bool
) -> None:
    ctrl_return_down(window)
    focus_yes(window)
    if lost:
        clock.now_ms += LOST_AFTER_MS
    else:
        ctrl_return_up(window)
    for _ in range(20):
        key(window, True, which, repeat=True)
        key(window, False, which, repeat=True)
    assert (window.yes, window.no) == (0, 0)


def x11_key(window: Window, kind: QEvent.Type, which: Qt.Key, at_ms: int) -> bool:
    """Not marked as a repeat, as Qt on X11 gives many; whether it is left to the shortcuts."""
    event = QKeyEvent(kind, which, CTRL, "\r")
    event.setTimestamp(at_ms)
    event.ignore()
    override = kind is QEvent.Type.ShortcutOverride
    QApplication.sendEvent(window.focusWidget() if override else window.windowHandle(), event)
    return not event.isAccepted()


def test_a_repeat_that_qt_calls_a_press_answers_nothing_and_is_no_shortcut(window: Window) -> None:
    press, override = QEvent.Type.KeyPress, QEvent.Type.ShortcutOverride
    release, which = QEvent.Type.KeyRelease, Qt.Key.Key_Return
    assert x11_key(window, override, which, 1000)  # so the shortcut asks
    window.ask()
    focus_yes(window)
    for at_ms in range(1600, 2800, 40):
        x11_key(window, release, which, at_ms)  # of the same time as the press behind it
        assert not x11_key(window, override, which, at_ms)
        x11_key(window, press, which, at_ms)
    assert (window.yes, window.no) == (0, 0)
    x11_key(window, release, which, 2840)
    x11_key(window, press, which, 2840 + PACE_MS)  # by a hand
    assert (window.yes, window.no) == (1, 0)


def test_presses_without_a_release_are_one_that_is_held(window: Window) -> None:
    """A remote screen sends them so."""
    override, which = QEvent.Type.ShortcutOverride, Qt.Key.Key_Return
    assert x11_key(window, override, which, 1000)
    for at_ms in range(1600, 2800, 40):
        assert not x11_key(window, override, which, at_ms)


def test_a_held_key_goes_on_where_it_may(window: Window) -> None:
    override, release, which = (
        QEvent.Type.ShortcutOverride,
        QEvent.Type.KeyRelease,
        Qt.Key.Key_Right,
    )
    for kind, at_ms in ((override, 1000), (release, 1600), (override, 1600)):
        event = QKeyEvent(kind, which, NONE, "")
        event.setTimestamp(at_ms)
        event.ignore()
        QApplication.sendEvent(window.button, event)
        assert not event.isAccepted()  # left to the shortcut


def test_a_press_that_began_before_the_question_does_not_answer_it(window: Window) -> None:
    away = QPoint(5, 5)
    QTest.mousePress(window.windowHandle(), LEFT, NONE, away)
    ctrl_return_down(window)
    ctrl_return_up(window)
    assert window.question is not None
    spot = at(window, window.question.yes_button)
    QTest.mouseMove(window.windowHandle(), spot)
    QTest.mouseRelease(window.windowHandle(), LEFT, NONE, spot)
    QApplication.processEvents()
    assert window.yes == 0
    click(window, window.question.yes_button)
    assert window.yes == 1


def test_the_second_press_of_a_double_click_presses_nothing_that_came_under_it(
    qtbot: QtBot, window: Window
) -> None:
    question = Confirm(window, "Spend?", "Really?", "Yes", "No")
    question.accepted.connect(window.ask)  # the next question, with its button in the same place
    question.open()
    spot = at(window, question.yes_button)
    QTest.mouseDClick(window.windowHandle(), LEFT, NONE, spot)
    QApplication.processEvents()
    assert window.question is not None
    assert at(window, window.question.yes_button) == spot
    assert window.yes == 0
    click(window, window.question.yes_button)
    assert window.yes == 1


def test_nor_does_a_third_one_of_a_run(window: Window) -> None:
    """Qt calls the third press of three quick ones a first one again."""
    presses = [QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick]
    for number, kind in enumerate([*presses, presses[0]]):
        target = window.question.yes_button if window.question else window.button
        for what in (kind, QEvent.Type.MouseButtonRelease):
            spot = QPointF(300.0, 300.0)  # of the hand, which rests
            event = QMouseEvent(what, QPointF(5, 5), spot, LEFT, LEFT, NONE)
            event.setTimestamp(1000 + 100 * number)
            QApplication.sendEvent(target, event)
    assert window.question is not None
    assert window.yes == 0


def test_a_button_made_where_a_deleted_one_lay_is_another_one(window: Window) -> None:
    """In memory, too: its address is no name."""
    pressed: list[str] = []
    column = window.centralWidget().layout()
    one = QPushButton("One", window)
    column.addWidget(one)
    address = Shiboken.getCppPointer(one)[0]
    spot = QPointF(300.0, 300.0)

    def press(target: QWidget, kind: QEvent.Type, at_ms: int) -> None:
        for what in (kind, QEvent.Type.MouseButtonRelease):
            event = QMouseEvent(what, QPointF(5, 5), spot, LEFT, LEFT, NONE)
            event.setTimestamp(at_ms)
            QApplication.sendEvent(target, event)

    press(one, QEvent.Type.MouseButtonPress, 1000)
    one.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    others: list[QPushButton] = []
    while len(others) < 200 and (not others or Shiboken.getCppPointer(others[-1])[0] != address):
        others.append(QPushButton("Spend", window))
    other = others[-1]
    other.clicked.connect(lambda: pressed.append("spend"))
    other.show()
    press(other, QEvent.Type.MouseButtonDblClick, 1100)
    assert pressed == []


def test_a_double_click_opens_a_menu_and_chooses_nothing_in_it(
    qtbot: QtBot, window: Window
) -> None:
    chosen: list[str] = []
    menu = QMenu(window)
    menu.addAction("Spend").triggered.connect(lambda: chosen.append("spend"))
    window.button.clicked.disconnect()
    spot = at(window, window.button)
    window.button.clicked.connect(lambda: menu.popup(window.mapToGlobal(spot) - QPoint(5, 5)))
    QTest.mouseClick(window.windowHandle(), LEFT, NONE, spot)
    QApplication.processEvents()
    entry = menu.actionGeometry(menu.actions()[0]).center()
    within = menu.mapFromGlobal(window.mapToGlobal(spot))
    assert menu.actionAt(within) is menu.actions()[0]
    press = QTest.mouseDClick  # Qt gives the second press to the menu as a double click
    press(menu.windowHandle(), LEFT, NONE, within)
    QApplication.processEvents()
    assert menu.actionAt(entry) is menu.actions()[0]
    menu.close()


def test_the_same_button_takes_quick_presses(window: Window) -> None:
    steps: list[None] = []
    window.button.clicked.disconnect()
    window.button.clicked.connect(lambda: steps.append(None))
    QTest.mouseDClick(window.windowHandle(), LEFT, NONE, at(window, window.button))
    QApplication.processEvents()
    assert len(steps) == 2


def test_a_question_that_was_raised_by_a_click_is_open_for_answers_at_once(window: Window) -> None:
    click(window, window.button)
    assert window.question is not None
    click(window, window.question.no_button)
    assert (window.yes, window.no) == (0, 1)
