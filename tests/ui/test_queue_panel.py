"""The Queue as a person uses it: mouse, keys, menu, a screen reader."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible, QColor, QContextMenuEvent, QImage
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import (
    QApplication,
    QMainWindow,
    QMenu,
    QPushButton,
    QSplitter,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot
from queue_library_jobs import NOW, make_job, make_request

from kling_desktop.motion.job import (
    HoldReason,
    Job,
    JobAction,
    JobError,
    JobState,
    QueueState,
    actions_for,
)
from kling_desktop.motion.request import Mode
from kling_desktop.ui.hands import Hands
from kling_desktop.ui.queue import QueuePanel
from kling_desktop.ui.queue.geometry import HANDLE, MENU
from kling_desktop.ui.queue.model import LOOK_ROLE
from kling_desktop.ui.queue.view import QueueView, tooltip_text
from kling_desktop.ui.theme import theme
from kling_desktop.ui.tr import words
from kling_desktop.ui.widgets import Banner

WAITING = [make_job(i, position=n) for n, i in enumerate("abc")]


class Clock:
    """Time that stands until it is moved."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def window(qtbot: QtBot) -> QMainWindow:
    theme().apply(QApplication.instance())
    made = QMainWindow()
    middle = QWidget()
    column = QVBoxLayout(middle)
    column.setContentsMargins(0, 0, 0, 0)
    column.addStretch(1)
    made.setCentralWidget(middle)
    made.resize(680, 700)
    qtbot.addWidget(made)
    return made


@pytest.fixture
def panel(qtbot: QtBot, window: QMainWindow, clock: Clock) -> QueuePanel:
    made = QueuePanel(now=clock)
    window.centralWidget().layout().addWidget(made)
    with qtbot.waitExposed(window):
        window.show()
    return made


@pytest.fixture
def view(panel: QueuePanel) -> QueueView:
    return panel.findChild(QueueView)


def fill(panel: QueuePanel, jobs: list[Job], state: QueueState | None = None) -> None:
    panel.set_jobs(jobs)
    panel.set_queue(state or QueueState(waiting=len(jobs)))
    panel.setFixedHeight(panel.preferred_height())
    QApplication.sendPostedEvents()


def part_centre(view: QueueView, row: int, part: str) -> QPoint:
    return view.row_geometry(view.model().index(row, 0)).parts[part].center()


def click_part(qtbot: QtBot, view: QueueView, row: int, part: str) -> None:
    pos = part_centre(view, row, part)
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=pos)


def open_menu(view: QueueView) -> QMenu:
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    return menu


def button(panel: QueuePanel, name: str) -> QPushButton:
    found = [b for b in panel.findChildren(QPushButton) if b.accessibleName() == name]
    assert len(found) == 1
    return found[0]


def banner_button(panel: QueuePanel, text: str) -> QPushButton:
    found = [
        b
        for b in panel.findChildren(QPushButton)
        if b.text() == text and b.isVisible() and not b.accessibleName()
    ]
    assert len(found) == 1
    return found[0]


def test_the_cross_asks_to_cancel_a_waiting_job(
    qtbot: QtBot, panel: QueuePanel, view: QueueView
) -> None:
    fill(panel, WAITING)
    with qtbot.waitSignal(panel.action_requested) as asked:
        click_part(qtbot, view, 1, "cancel")
    assert asked.args == ["b", "cancel"]


def test_the_cross_of_a_sent_job_asks_to_stop_watching(
    qtbot: QtBot, panel: QueuePanel, view: QueueView
) -> None:
    fill(panel, [make_job("a", JobState.GENERATING)])
    with qtbot.waitSignal(panel.action_requested) as asked:
        click_part(qtbot, view, 0, "stop_watching")
    assert asked.args == ["a", "stop_watching"]


def test_pressing_a_button_does_not_choose_the_row(
    qtbot: QtBot, panel: QueuePanel, view: QueueView
) -> None:
    fill(panel, WAITING)
    chosen = QSignalSpy(panel.selected)
    click_part(qtbot, view, 1, "cancel")
    assert chosen.count() == 0


def test_a_press_that_leaves_the_button_does_nothing(
    qtbot: QtBot, panel: QueuePanel, view: QueueView
) -> None:
    fill(panel, [make_job("a", JobState.UNKNOWN)])
    asked = QSignalSpy(panel.action_requested)
    at = part_centre(view, 0, "check_now")
    qtbot.mousePress(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    qtbot.mouseRelease(view.viewport(), Qt.MouseButton.LeftButton, pos=at - QPoint(200, 0))
    assert asked.count() == 0


def test_a_click_on_the_row_chooses_it(qtbot: QtBot, panel: QueuePanel, view: QueueView) -> None:
    fill(panel, WAITING)
    at = view.row_geometry(view.model().index(2, 0)).title.center()
    with qtbot.waitSignal(panel.selected) as chosen:
        qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert chosen.args == ["c"]


def test_a_job_that_leaves_does_not_choose_its_neighbour(
    qtbot: QtBot, panel: QueuePanel, view: QueueView
) -> None:
    fill(panel, WAITING)
    at = view.row_geometry(view.model().index(0, 0)).title.center()
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    chosen = QSignalSpy(panel.selected)
    panel.remove("a")
    assert chosen.count() == 0


@pytest.mark.parametrize("state", [s for s in JobState if s.value not in ("done", "cancelled")])
def test_the_menu_offers_every_action(
    qtbot: QtBot, panel: QueuePanel, view: QueueView, state: JobState
) -> None:
    if state is JobState.UNWATCHED:
        fill(panel, [make_job("a", state)])
        assert view.model().rowCount() == 0
        return
    job = make_job("a", state)
    fill(panel, [job])
    click_part(qtbot, view, 0, MENU)
    menu = open_menu(view)
    offered = [a.data() for a in menu.actions() if not a.isSeparator()]
    assert offered == [action.value for action in actions_for(job)]
    menu.close()


def test_an_action_of_the_menu_is_emitted_for_its_job(
    qtbot: QtBot, panel: QueuePanel, view: QueueView
) -> None:
    fill(panel, [make_job("a", JobState.UNKNOWN)])
    click_part(qtbot, view, 0, MENU)
    menu = open_menu(view)
    (again,) = [a for a in menu.actions() if a.data() == "send_again"]
    assert "charged twice" in again.text()
    with qtbot.waitSignal(panel.action_requested) as asked:
        qtbot.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(again).center())
    assert asked.args == ["a", "send_again"]


def test_the_first_waiting_job_cannot_move_up_nor_the_last_down(
    qtbot: QtBot, panel: QueuePanel, view: QueueView
) -> None:
    fill(panel, WAITING)
    enabled = {}
    for row in (0, 2):
        click_part(qtbot, view, row, MENU)
        menu = open_menu(view)
        enabled[row] = {
            a.data() for a in menu.actions() if a.isEnabled() and str(a.data()).startswith("move")
        }
        menu.close()
    assert enabled == {0: {"move_down"}, 2: {"move_up"}}


def test_the_menu_key_opens_the_menu_of_the_current_row(
    qtbot: QtBot, panel: QueuePanel, view: QueueView
) -> None:
    fill(panel, WAITING)
    view.setFocus()
    view.setCurrentIndex(view.model().index(1, 0))
    event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(0, 0), QPoint(0, 0))
    QApplication.sendEvent(view.viewport(), event)
    menu = open_menu(view)
    assert menu.accessibleName() == WAITING[1].title
    menu.close()


@pytest.mark.parametrize(
    ("state", "key", "action"),
    [
        (JobState.UNKNOWN, Qt.Key.Key_Return, JobAction.CHECK_NOW),
        (JobState.FAILED, Qt.Key.Key_Enter, JobAction.RETRY),
        (JobState.QUEUED, Qt.Key.Key_Return, JobAction.DETAILS),
        (JobState.QUEUED, Qt.Key.Key_Delete, JobAction.CANCEL),
        (JobState.GENERATING, Qt.Key.Key_Delete, JobAction.STOP_WATCHING),
        (JobState.FAILED, Qt.Key.Key_Delete, JobAction.DISMISS),
    ],
)
def test_keys_do_what_the_row_offers(
    qtbot: QtBot,
    panel: QueuePanel,
    view: QueueView,
    state: JobState,
    key: Qt.Key,
    action: JobAction,
) -> None:
    fill(panel, [make_job("a", state)])
    qtbot.keyClick(view, Qt.Key.Key_Home)
    with qtbot.waitSignal(panel.action_requested) as asked:
        qtbot.keyClick(view, key)
    assert asked.args == ["a", action.value]


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Delete])
@pytest.mark.parametrize("state", list(JobState))
def test_a_held_key_is_one_wish(
    panel: QueuePanel, view: QueueView, state: JobState, key: Qt.Key
) -> None:
    fill(panel, [make_job("a", state), make_job("b", state, position=1)])
    asked = QSignalSpy(panel.action_requested)
    QTest.keyClick(view, Qt.Key.Key_Home)
    QTest.simulateEvent(view, True, key.value, Qt.KeyboardModifier.NoModifier, "", False)
    for _ in range(5):
        QTest.simulateEvent(view, True, key.value, Qt.KeyboardModifier.NoModifier, "", True)
    assert asked.count() <= 1


def test_enter_pays_for_no_row_that_only_moved_up(panel: QueuePanel, view: QueueView) -> None:
    fill(panel, [make_job("a", JobState.FAILED), make_job("b", JobState.FAILED, position=1)])
    asked = QSignalSpy(panel.action_requested)
    QTest.keyClick(view, Qt.Key.Key_Home)
    QTest.keyClick(view, Qt.Key.Key_Return)
    panel.remove("a")
    QTest.keyClick(view, Qt.Key.Key_Return)
    assert [asked.at(i) for i in range(asked.count())] == [["a", "retry"]]
    QTest.keyClick(view, Qt.Key.Key_Return)  # now it is the person's own
    assert asked.at(1) == ["b", "retry"]


def test_a_double_click_is_for_no_row_that_only_moved_up(
    panel: QueuePanel, view: QueueView, watching: Hands
) -> None:
    fill(panel, [make_job("a", JobState.FAILED), make_job("b", JobState.FAILED, position=1)])
    asked = QSignalSpy(panel.action_requested)
    panel.action_requested.connect(lambda job_id, _action: panel.remove(job_id))
    window = view.window().windowHandle()
    at = view.viewport().mapTo(view.window(), part_centre(view, 0, JobAction.RETRY.value))
    QTest.mouseDClick(window, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)
    QApplication.processEvents()
    assert [asked.at(i) for i in range(asked.count())] == [["a", "retry"]]


def test_a_press_that_is_being_written_down_dims_the_buttons_of_its_row_alone(
    panel: QueuePanel, view: QueueView
) -> None:
    fill(panel, [make_job("a", JobState.FAILED), make_job("b", JobState.FAILED, position=1)])
    panel.set_taken("a", True)
    looks = [view.model().index(row, 0).data(LOOK_ROLE).taken for row in range(2)]
    assert looks == [True, False]
    panel.set_taken("a", False)
    assert not view.model().index(0, 0).data(LOOK_ROLE).taken


def test_arrows_choose_rows(qtbot: QtBot, panel: QueuePanel, view: QueueView) -> None:
    fill(panel, WAITING)
    view.setCurrentIndex(view.model().index(0, 0))
    with qtbot.waitSignal(panel.selected) as chosen:
        qtbot.keyClick(view, Qt.Key.Key_Down)
    assert chosen.args == ["b"]


def test_alt_and_arrows_ask_for_another_order(
    qtbot: QtBot, panel: QueuePanel, view: QueueView
) -> None:
    fill(panel, WAITING)
    asked = QSignalSpy(panel.action_requested)
    view.setCurrentIndex(view.model().index(0, 0))
    qtbot.keyClick(view, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    qtbot.keyClick(view, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert [asked.at(i) for i in range(asked.count())] == [["a", "move_down"]]


def drag(view: QueueView, start: QPoint, end: QPoint) -> None:
    port = view.viewport()
    QTest.mousePress(port, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, start)
    QTest.mouseMove(port, (start + end) / 2)
    QTest.mouseMove(port, end)


def test_a_waiting_row_is_dragged_to_another_place(
    qtbot: QtBot, panel: QueuePanel, view: QueueView
) -> None:
    running = make_job("r", JobState.GENERATING, position=-1)
    fill(panel, [running, *WAITING])
    start = part_centre(view, 1, HANDLE)
    end = view.visualRect(view.model().index(3, 0)).center() + QPoint(0, 8)
    end.setX(start.x())
    with qtbot.waitSignal(panel.moved) as moved:
        drag(view, start, end)
        qtbot.mouseRelease(view.viewport(), Qt.MouseButton.LeftButton, pos=end)
    assert moved.args == ["a", 2]


def test_a_dragged_row_that_comes_back_is_not_moved(
    qtbot: QtBot, panel: QueuePanel, view: QueueView
) -> None:
    fill(panel, WAITING)
    moved = QSignalSpy(panel.moved)
    start = part_centre(view, 1, HANDLE)
    drag(view, start, start + QPoint(0, 60))
    drag_end = start + QPoint(0, 2)
    QTest.mouseMove(view.viewport(), drag_end)
    qtbot.mouseRelease(view.viewport(), Qt.MouseButton.LeftButton, pos=drag_end)
    assert moved.count() == 0


def test_escape_ends_a_drag(qtbot: QtBot, panel: QueuePanel, view: QueueView) -> None:
    fill(panel, WAITING)
    moved = QSignalSpy(panel.moved)
    start, end = part_centre(view, 0, HANDLE), part_centre(view, 2, HANDLE) + QPoint(0, 8)
    drag(view, start, end)
    qtbot.keyClick(view, Qt.Key.Key_Escape)
    qtbot.mouseRelease(view.viewport(), Qt.MouseButton.LeftButton, pos=end)
    assert moved.count() == 0


def test_a_running_row_cannot_be_dragged(qtbot: QtBot, panel: QueuePanel, view: QueueView) -> None:
    running = make_job("r", JobState.GENERATING, position=-1)
    fill(panel, [running, *WAITING])
    moved = QSignalSpy(panel.moved)
    start = view.row_geometry(view.model().index(0, 0)).title.center()
    drag(view, start, start + QPoint(0, 100))
    qtbot.mouseRelease(view.viewport(), Qt.MouseButton.LeftButton, pos=start + QPoint(0, 100))
    assert moved.count() == 0


def test_pause_becomes_resume_and_back(qtbot: QtBot, panel: QueuePanel) -> None:
    fill(panel, WAITING)
    with qtbot.waitSignal(panel.pause_requested):
        qtbot.mouseClick(button(panel, "Pause queue"), Qt.MouseButton.LeftButton)
    panel.set_queue(QueueState(holds=(HoldReason.PAUSED,), waiting=3))
    with qtbot.waitSignal(panel.resume_requested):
        qtbot.mouseClick(button(panel, "Resume queue"), Qt.MouseButton.LeftButton)


def test_out_of_credit_offers_to_top_up_and_to_resume(qtbot: QtBot, panel: QueuePanel) -> None:
    fill(panel, WAITING, QueueState(holds=(HoldReason.CREDIT,), waiting=3))
    with qtbot.waitSignal(panel.top_up_requested):
        qtbot.mouseClick(banner_button(panel, "Top up…"), Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(panel.resume_requested):
        qtbot.mouseClick(banner_button(panel, "Resume"), Qt.MouseButton.LeftButton)


@pytest.mark.parametrize(
    "hold", [HoldReason.TOKEN, HoldReason.UPLOADS, HoldReason.TOKEN_MISMATCHED]
)
def test_a_refused_token_offers_settings(qtbot: QtBot, panel: QueuePanel, hold: HoldReason) -> None:
    fill(panel, WAITING, QueueState(holds=(hold,), waiting=3))
    with qtbot.waitSignal(panel.settings_requested):
        qtbot.mouseClick(banner_button(panel, "Settings…"), Qt.MouseButton.LeftButton)


def test_offline_can_still_be_paused(qtbot: QtBot, panel: QueuePanel) -> None:
    fill(panel, WAITING, QueueState(holds=(HoldReason.OFFLINE,), waiting=3))
    with qtbot.waitSignal(panel.pause_requested):
        qtbot.mouseClick(button(panel, "Pause queue"), Qt.MouseButton.LeftButton)


def busy(again_at: float | None, hold: HoldReason = HoldReason.UPLOADS_BUSY) -> QueueState:
    again = () if again_at is None else ((hold, again_at),)
    return QueueState(holds=(hold,), waiting=3, again_at=again)


def test_a_busy_host_is_told_once_with_a_countdown_and_can_be_tried_at_once(
    qtbot: QtBot, panel: QueuePanel, clock: Clock
) -> None:
    fill(panel, WAITING, busy(clock() + 20.0))
    banner = panel.findChild(Banner)
    assert "Uploads do not arrive" in banner.text
    assert banner.note == "Next try in 20 s"
    heard = banner.accessibleName()
    clock.now += 5.0
    panel._ticker.timeout.emit()
    assert banner.note == "Next try in 15 s"
    assert panel._ticker.isActive()
    assert banner.accessibleName() == heard
    with qtbot.waitSignal(panel.resume_requested):
        qtbot.mouseClick(banner_button(panel, "Try now"), Qt.MouseButton.LeftButton)
    panel.set_queue(busy(None))
    assert banner.note == "Trying now…"
    assert not [b for b in banner.findChildren(QPushButton) if b.isVisible()]
    panel.set_queue(QueueState(waiting=3))
    assert not banner.isVisible()


def test_where_the_host_asked_for_the_pause_nothing_offers_to_cut_it_short(
    panel: QueuePanel, clock: Clock
) -> None:
    asked = JobError("uploads_busy", values=(("pause_s", "60"),))
    state = replace(busy(clock() + 60.0), met=((HoldReason.UPLOADS_BUSY, asked),))
    fill(panel, WAITING, state)
    banner = panel.findChild(Banner)
    assert banner.note == "Next try in 60 s"
    assert not banner.findChildren(QPushButton)


def test_what_is_tried_again_in_a_moment_makes_no_banner_come_and_go(
    panel: QueuePanel, clock: Clock
) -> None:
    fill(panel, WAITING, busy(clock() + 1.0, HoldReason.BUSY))
    assert not panel.findChild(Banner).isVisible()
    panel.set_queue(busy(clock() + 16.0, HoldReason.BUSY))
    assert panel.findChild(Banner).isVisible()
    panel.set_queue(busy(clock() + 1.0, HoldReason.BUSY))
    assert panel.findChild(Banner).isVisible()


def test_the_panel_is_as_high_as_its_rows_need(panel: QueuePanel) -> None:
    heights = []
    for count in (0, 1, 3):
        panel.set_jobs([make_job(str(i)) for i in range(count)])
        heights.append(panel.preferred_height())
    assert heights == sorted(set(heights))


def test_many_rows_leave_the_video_the_larger_part(panel: QueuePanel) -> None:
    panel.set_jobs([make_job(str(i)) for i in range(50)])
    assert panel.preferred_height() < panel.window().height() / 2


def test_a_banner_makes_room_for_itself(panel: QueuePanel) -> None:
    fill(panel, WAITING)
    before = panel.preferred_height()
    panel.set_queue(QueueState(holds=(HoldReason.CREDIT,), waiting=3))
    assert panel.preferred_height() > before


def test_the_height_follows_smoothly_to_its_end(qtbot: QtBot, panel: QueuePanel) -> None:
    panel.set_jobs(WAITING)
    qtbot.waitUntil(lambda: panel.height() == panel.preferred_height())
    panel.set_jobs([])
    qtbot.waitUntil(lambda: panel.height() == panel.preferred_height())


def test_collapsing_leaves_the_head_line(qtbot: QtBot, panel: QueuePanel, view: QueueView) -> None:
    empty = panel.preferred_height()
    fill(panel, WAITING)
    qtbot.mouseClick(button(panel, "Collapse queue"), Qt.MouseButton.LeftButton)
    assert panel.preferred_height() == empty
    assert not view.isVisible()
    qtbot.mouseClick(button(panel, "Expand queue"), Qt.MouseButton.LeftButton)
    assert view.isVisible()


def test_a_screen_reader_reads_name_state_and_reason(panel: QueuePanel, view: QueueView) -> None:
    job = make_job("u", JobState.UPLOADING, request=make_request("astronaut", "bigbuckbunny"))
    failed = make_job("f", JobState.FAILED, error=JobError("api_error", "no person found"))
    fill(panel, [job, make_job("q"), failed], QueueState(holds=(HoldReason.CREDIT,)))
    face = QAccessible.queryAccessibleInterface(view)
    assert face.text(QAccessible.Text.Name) == "Queue"
    assert face.role() == QAccessible.Role.List
    rows = [face.child(i) for i in range(face.childCount())]
    rows = [row for row in rows if row.role() == QAccessible.Role.ListItem]
    names = [row.text(QAccessible.Text.Name) for row in rows]
    assert names[0] == "astronaut × bigbuckbunny, Standard, Uploading"
    assert names[1] == f"{words.job_name(make_job('q'))}, Waiting for credit"
    assert names[2].startswith(words.job_name(failed))
    assert "no person found" in names[2]


def test_a_name_does_not_tick(panel: QueuePanel, view: QueueView, clock: Clock) -> None:
    job = make_job("g", JobState.GENERATING, submitted_at=NOW)
    fill(panel, [job])
    role = Qt.ItemDataRole.AccessibleTextRole
    before = view.model().index(0, 0).data(role)
    clock.now += 61
    assert view.model().index(0, 0).data(role) == before
    described = view.model().index(0, 0).data(Qt.ItemDataRole.AccessibleDescriptionRole)
    assert "1:01" in described


def test_a_thumbnail_is_wished_for_once_and_only_when_painted(
    panel: QueuePanel, view: QueueView
) -> None:
    wished = QSignalSpy(panel.thumbnail_wanted)
    fill(panel, [make_job(str(i), position=i) for i in range(100)])
    view.grab()
    view.grab()
    seen = [wished.at(i)[0] for i in range(wished.count())]
    assert len(seen) == len(set(seen))
    assert "0" in seen
    assert "99" not in seen


def test_a_thumbnail_is_painted(
    qtbot: QtBot, panel: QueuePanel, view: QueueView, tmp_path: Path
) -> None:
    path = tmp_path / "t.png"
    picture = QImage(40, 40, QImage.Format.Format_RGB32)
    picture.fill(QColor("#00ff00"))
    assert picture.save(str(path))
    fill(panel, [make_job("a")])
    panel.set_thumbnail("a", str(path))
    spot = view.row_geometry(view.model().index(0, 0)).thumb.center()

    def is_green() -> bool:
        return view.viewport().grab().toImage().pixelColor(spot) == QColor("#00ff00")

    qtbot.waitUntil(is_green)


def test_the_usual_range_can_be_learned_and_forgotten(panel: QueuePanel, view: QueueView) -> None:
    fill(panel, [make_job("a", JobState.GENERATING)])
    index = view.model().index(0, 0)
    panel.set_usual_range(Mode.STANDARD, 120, 300)
    described = index.data(Qt.ItemDataRole.AccessibleDescriptionRole)
    assert "usually 2–5 min" in described
    panel.set_usual_range(Mode.STANDARD, None, None)
    assert "usually" not in index.data(Qt.ItemDataRole.AccessibleDescriptionRole)


def test_markup_in_a_name_is_shown_as_it_is(panel: QueuePanel, view: QueueView) -> None:
    fill(panel, [make_job("a", request=make_request("<b>bold & co"))])
    shown = tooltip_text(view.model().index(0, 0), None)
    assert "&lt;b&gt;bold &amp; co" in shown


def test_a_narrow_row_still_tells_when_it_looks_next(panel: QueuePanel, view: QueueView) -> None:
    fill(panel, [make_job("a", JobState.UNKNOWN, next_look_at=NOW + 12)])
    sentences = {}
    for width in (1200, 560):
        panel.window().resize(width, 600)
        QApplication.processEvents()
        sentences[width] = view.row_geometry(view.model().index(0, 0)).sentence
    assert sentences[1200] == "May have been charged. Looking for it, next look in 12 s"
    assert sentences[560] == "May have been charged. Next look in 12 s"


def test_a_long_sentence_takes_the_mode_before_it_cuts_the_names(
    panel: QueuePanel, view: QueueView
) -> None:
    error = JobError("settings_refused", "mode pro is not available for this account")
    fill(panel, [make_job("a", JobState.FAILED, error=error)])
    names = {}
    for width in (1200, 640):
        panel.window().resize(width, 600)
        QApplication.processEvents()
        names[width] = view.row_geometry(view.model().index(0, 0)).name
    assert names == {1200: "astronaut × meadow · Standard", 640: "astronaut × meadow"}


def test_what_was_tried_for_a_lost_job_is_told_to_everyone(
    panel: QueuePanel, view: QueueView
) -> None:
    error = JobError("contact_lost", values=(("outcome", "history_unreachable"),))
    fill(panel, [make_job("a", JobState.UNKNOWN, error=error, looks=1)])
    index = view.model().index(0, 0)
    said = "Looked once: the service could not be reached."
    assert said in index.data(Qt.ItemDataRole.AccessibleDescriptionRole)
    assert said in tooltip_text(index, None)


@pytest.mark.parametrize("width", [300, 420, 676, 1200])
@pytest.mark.parametrize("state", [JobState.UNKNOWN, JobState.FAILED, JobState.UPLOADING])
def test_parts_of_a_row_do_not_overlap(
    panel: QueuePanel, view: QueueView, state: JobState, width: int
) -> None:
    request = make_request("a very long name 宇宙飛行士の写真" * 3, "ein sehr langer Name" * 3)
    job = make_job("a", state, request=request, error=JobError("api_error", "no person found"))
    panel.window().resize(width, 600)
    fill(panel, [job])
    made = view.row_geometry(view.model().index(0, 0))
    rects = [made.thumb, made.title, made.line, made.dot, made.text, made.note]
    rects = [r for r in (*rects, *made.parts.values()) if r.width() > 0 and not r.isNull()]
    for i, one in enumerate(rects):
        assert one.left() >= 0
        assert one.right() <= panel.width()
        for other in rects[i + 1 :]:
            assert not one.intersects(other)


@pytest.fixture
def split(qtbot: QtBot) -> QSplitter:
    theme().apply(QApplication.instance())
    made = QSplitter(Qt.Orientation.Vertical)
    made.addWidget(QWidget())
    made.addWidget(QueuePanel(made, now=lambda: NOW))
    made.setStretchFactor(0, 1)
    made.resize(680, 700)
    qtbot.addWidget(made)
    with qtbot.waitExposed(made):
        made.show()
    return made


def settled(qtbot: QtBot, split: QSplitter) -> int:
    panel = split.widget(1)
    qtbot.waitUntil(lambda: panel.height() == panel.preferred_height())
    return panel.height()


def test_in_a_splitter_the_panel_takes_and_gives_back_its_room(
    qtbot: QtBot, split: QSplitter
) -> None:
    panel = split.widget(1)
    empty = settled(qtbot, split)
    panel.set_jobs(WAITING)
    assert settled(qtbot, split) > empty
    panel.set_jobs([])
    assert settled(qtbot, split) == empty
    assert split.widget(0).height() > 600


def test_a_height_that_was_dragged_is_kept(qtbot: QtBot, split: QSplitter) -> None:
    panel = split.widget(1)
    panel.set_jobs([make_job(str(i)) for i in range(30)])
    usual = settled(qtbot, split)
    handle = split.handle(1)
    qtbot.mousePress(handle, Qt.MouseButton.LeftButton, pos=QPoint(5, 0))
    qtbot.mouseMove(handle, QPoint(5, -100))
    qtbot.mouseRelease(handle, Qt.MouseButton.LeftButton, pos=QPoint(5, 0))
    dragged = panel.height()
    assert dragged > usual
    panel.upsert(make_job("more"))
    assert settled(qtbot, split) == dragged
    panel.set_jobs(WAITING)
    assert settled(qtbot, split) < dragged
