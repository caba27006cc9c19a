"""A press counts where the hand brought the pointer, not on what came to lie under it by itself."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt, QVariantAnimation, SignalInstance
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMainWindow, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot
from queue_library_jobs import NOW, make_job

from kling_desktop.motion.job import HoldReason, Job, JobState, QueueState
from kling_desktop.ui.hands import AIM_PX, Hands
from kling_desktop.ui.queue import QueuePanel
from kling_desktop.ui.queue.view import QueueView
from kling_desktop.ui.theme import theme
from kling_desktop.ui.widgets import Banner, Confirm

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
FAILED = [make_job(i, JobState.FAILED, position=n) for n, i in enumerate("abc")]
WAITING = [make_job(i, position=n) for n, i in enumerate("abc")]
ASKING = [make_job(i, JobState.ASKING, position=n) for n, i in enumerate("abc")]
UNKNOWN = [make_job(i, JobState.UNKNOWN, position=n) for n, i in enumerate("abc")]
BUTTONS = [
    (FAILED, "retry"),
    (WAITING, "cancel"),
    (ASKING, "send"),
    (ASKING, "cancel"),
    (UNKNOWN, "check_now"),
]


def told(signal: SignalInstance) -> list[list[object]]:
    """What the signal carried, each time."""
    made: list[list[object]] = []
    signal.connect(lambda *args: made.append(list(args)))
    return made


class Desk:
    """A window with the Queue, a button and a banner, and one hand on its mouse."""

    def __init__(self, qtbot: QtBot) -> None:
        theme().apply(QApplication.instance())
        self._qtbot = qtbot
        self.window = QMainWindow()
        middle = QWidget()
        column = QVBoxLayout(middle)
        self.button = QPushButton("Spend")
        self.banner = Banner("Stopped.", [("a", "Pay"), ("b", "Leave")])
        self.panel = QueuePanel(now=lambda: NOW)
        for widget in (self.panel, self.banner, self.button):
            column.addWidget(widget)
        column.addStretch(1)
        self.window.setCentralWidget(middle)
        self.window.resize(760, 700)
        qtbot.addWidget(self.window)
        with qtbot.waitActive(self.window):
            self.window.show()
            self.window.activateWindow()
        self.at = QPoint()

    @property
    def view(self) -> QueueView:
        return self.panel.findChild(QueueView)

    def fill(self, jobs: list[Job]) -> None:
        self.panel.set_jobs(jobs)
        self.panel.set_queue(QueueState(waiting=len(jobs)))
        self.settle()

    def settle(self) -> None:
        QApplication.sendPostedEvents()
        QApplication.processEvents()
        growing = self.panel.findChild(QVariantAnimation)
        self._qtbot.waitUntil(lambda: growing.state() is QVariantAnimation.State.Stopped)
        QApplication.sendPostedEvents()
        QApplication.processEvents()

    def part(self, row: int, part: str) -> QPoint:
        """Where a row's button lies in the window."""
        spot = self.view.row_geometry(self.view.model().index(row, 0)).parts[part].center()
        return self.view.viewport().mapTo(self.window, spot)

    def centre(self, widget: QWidget) -> QPoint:
        return widget.mapTo(self.window, widget.rect().center())

    def move(self, to: QPoint) -> None:
        """The hand takes the pointer there, as a mouse tells it: in steps."""
        away = self.at - to
        for step in range(4, -1, -1):
            QTest.mouseMove(self.window.windowHandle(), to + away * step / 4)
        self.settle()
        self.at = to

    def click(self) -> None:
        """Where the pointer rests, later than any double click."""
        QTest.qWait(QApplication.doubleClickInterval() + 20)
        QTest.mouseClick(self.window.windowHandle(), LEFT, NONE, self.at)
        self.settle()


@pytest.fixture
def desk(qtbot: QtBot, watching: Hands) -> Iterator[Desk]:
    made = Desk(qtbot)
    yield made
    made.panel.set_jobs([])


@pytest.mark.parametrize(("jobs", "part"), BUTTONS)
def test_the_row_that_slides_under_a_resting_pointer_takes_no_click(
    desk: Desk, jobs: list[Job], part: str
) -> None:
    desk.fill(jobs)
    asked = told(desk.panel.action_requested)
    desk.move(desk.part(0, part))
    desk.click()
    assert asked[0] == ["a", part]
    desk.panel.remove("a")
    desk.settle()
    assert desk.part(0, part) == desk.at  # the next one's
    desk.click()
    desk.click()
    assert len(asked) == 1
    desk.move(desk.at + QPoint(0, AIM_PX))
    desk.click()
    assert asked[1] == ["b", part]


def test_a_row_that_moves_because_another_job_ended_takes_no_click(desk: Desk) -> None:
    desk.fill(FAILED)
    asked = told(desk.panel.action_requested)
    desk.move(desk.part(1, "retry"))
    desk.panel.remove("a")  # the pointer was over "b"; now it is over "c"
    desk.settle()
    desk.click()
    assert len(asked) == 0
    desk.panel.upsert(FAILED[0])  # and back
    desk.settle()
    desk.click()
    assert asked[0] == ["b", "retry"]


def test_a_tremble_is_no_aim(desk: Desk) -> None:
    desk.fill(FAILED)
    asked = told(desk.panel.action_requested)
    desk.move(desk.part(0, "retry"))
    desk.panel.remove("a")
    desk.settle()
    for tremble in (QPoint(1, 0), QPoint(-1, 1), QPoint(0, -1)):
        desk.move(desk.at + tremble)
    desk.click()
    assert len(asked) == 0


def test_a_row_that_changes_under_the_pointer_takes_no_click_for_what_it_offers_now(
    desk: Desk,
) -> None:
    """Cancel becomes another button of the same row, in the same place."""
    desk.fill([make_job("a", position=0)])
    asked = told(desk.panel.action_requested)
    desk.move(desk.part(0, "cancel"))
    desk.panel.upsert(make_job("a", JobState.GENERATING, position=0))
    desk.settle()
    assert (desk.part(0, "stop_watching") - desk.at).manhattanLength() < AIM_PX
    desk.click()
    assert len(asked) == 0


def test_the_queue_that_grows_under_the_pointer_takes_no_click(desk: Desk) -> None:
    """The pointer rests on the empty middle; a job comes, and its button with it."""
    desk.fill(FAILED[:1])
    asked = told(desk.panel.action_requested)
    spot = desk.part(0, "retry")
    desk.fill([])
    desk.move(spot - QPoint(0, 60))
    desk.move(spot)
    desk.fill(FAILED[:1])
    assert desk.part(0, "retry") == spot
    desk.click()
    assert len(asked) == 0


def test_a_row_that_the_hand_scrolled_to_is_aimed_at(desk: Desk) -> None:
    jobs = [make_job(f"j{n}", JobState.FAILED, position=n) for n in range(30)]
    desk.fill(jobs)
    asked = told(desk.panel.action_requested)
    desk.move(desk.part(0, "retry"))
    wheel = QWheelEvent(
        QPointF(desk.view.viewport().mapFrom(desk.window, desk.at)),
        QPointF(desk.window.mapToGlobal(desk.at)),
        QPoint(),
        QPoint(0, -1200),
        Qt.MouseButton.NoButton,
        NONE,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(desk.view.viewport(), wheel)
    bar = desk.view.verticalScrollBar()
    row_px = desk.view.sizeHintForRow(0)
    bar.setValue(bar.value() // row_px * row_px)  # the hand stops at a whole row
    desk.settle()
    assert bar.value() > 0
    desk.click()
    assert len(asked) == 1
    assert asked[0] != ["j0", "retry"]


def test_resume_pressed_twice_does_not_pause_again(desk: Desk) -> None:
    """It is one button, which says something else after the first press."""
    desk.fill(WAITING)
    desk.panel.set_queue(QueueState(waiting=3, holds=(HoldReason.PAUSED,)))
    pressed = told(desk.panel.resume_requested)
    paused = told(desk.panel.pause_requested)
    names = {b.accessibleName(): b for b in desk.panel.findChildren(QPushButton)}
    desk.move(desk.centre(names["Resume queue"]))
    desk.click()
    assert len(pressed) == 1
    desk.panel.set_queue(QueueState(waiting=3))
    desk.settle()
    desk.click()
    assert len(paused) == 0
    desk.move(desk.at + QPoint(0, AIM_PX))
    desk.click()
    assert len(paused) == 1


def test_a_button_of_a_banner_that_changes_takes_no_click(desk: Desk) -> None:
    asked = told(desk.banner.action_triggered)
    pay = desk.banner.findChildren(QPushButton)[0]
    desk.move(desk.centre(pay))
    desk.banner.set_content("Stopped once more.", [("a", "Pay"), ("b", "Leave")])
    desk.click()
    assert asked[0] == ["a"]  # the same button, though the sentence is another
    desk.banner.set_content("Gone.", [("c", "Lose"), ("b", "Leave")])
    desk.settle()
    desk.click()
    assert len(asked) == 1


def test_a_banner_that_pushes_buttons_aside_lends_them_no_click(desk: Desk) -> None:
    pressed = told(desk.button.clicked)
    desk.banner.hide()
    desk.settle()
    high = desk.centre(desk.button)
    desk.banner.show()
    desk.settle()
    desk.move(high)
    desk.banner.hide()
    desk.settle()
    assert desk.centre(desk.button) == high
    desk.click()
    assert len(pressed) == 0
    desk.move(high + QPoint(AIM_PX, 0))
    desk.click()
    assert len(pressed) == 1


def test_a_question_that_opens_under_the_pointer_takes_no_click_before_it_moves(
    desk: Desk,
) -> None:
    answers: list[str] = []

    def ask() -> None:
        question = Confirm(desk.window, "Spend?", "Really?", "Yes", "No")
        question.accepted.connect(lambda: (answers.append("yes"), ask()))
        question.open()
        desk.settle()
        made.append(question)

    made: list[Confirm] = []
    ask()
    desk.move(desk.centre(made[-1].yes_button))
    desk.click()
    assert len(made) == 2
    assert desk.centre(made[-1].yes_button) == desk.at
    desk.click()
    assert answers == ["yes"]
    desk.move(desk.at + QPoint(0, AIM_PX))
    desk.click()
    assert answers == ["yes", "yes"]


def test_a_button_is_pressed_as_often_as_one_likes_while_it_stays(desk: Desk) -> None:
    pressed = told(desk.button.clicked)
    desk.move(desk.centre(desk.button))
    for _ in range(3):
        desk.click()
    assert len(pressed) == 3


def test_the_first_pixel_of_a_button_counts_where_the_hand_came_to_it(desk: Desk) -> None:
    pressed = told(desk.button.clicked)
    top = desk.button.mapTo(desk.window, QPoint(40, 0))
    for y in (-3, -2, -1, 0):
        desk.move(top + QPoint(0, y))
    desk.click()
    assert len(pressed) == 1
