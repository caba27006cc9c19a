"""Where a notice stands: never on the transport, never on the card of an open sheet."""

from __future__ import annotations

from functools import partial

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from kling_desktop.ui.compose.panel import ComposePanel
from kling_desktop.ui.stage.item import StageItem
from kling_desktop.ui.stage.panel import StagePanel
from kling_desktop.ui.stage.transport import Transport
from kling_desktop.ui.theme import theme
from kling_desktop.ui.widgets import Sheet
from kling_desktop.ui.window import MainWindow

LONG = "This video could not be saved. Its folder is not there, and the service keeps it. " * 4
SIZES = [(900, 500), (1280, 743), (2560, 1440)]


@pytest.fixture
def window(qtbot, qapp):
    theme().apply(qapp)
    stage = StagePanel()
    main = MainWindow(ComposePanel(), stage, QWidget(), QWidget())
    qtbot.addWidget(main)
    main.allow_close()
    main.show()
    yield main
    stage.release()


def _place(window: MainWindow) -> QRect:
    return window.notices.geometry()


def _of(widget: QWidget, window: MainWindow) -> QRect:
    return QRect(widget.mapTo(window, QPoint(0, 0)), widget.size())


def _close(window: MainWindow) -> QPushButton:
    buttons = window.notices.findChildren(QPushButton)
    return next(b for b in buttons if b.accessibleName() == "Close notice")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("text", ["Saved.", LONG])
def test_a_notice_covers_nothing_of_the_transport(qtbot, window, tmp_path, size, text):
    window.resize(*size)
    no_video = tmp_path / "result.mp4"
    no_video.write_bytes(b"no video" * 99)
    (transport,) = window.findChildren(Transport)
    stage = transport.window().findChildren(StagePanel)[0]
    stage._pages.setCurrentWidget(stage._player)
    stage.setMinimumHeight(200)
    item = StageItem("job", "a × b", str(no_video), None, "Standard", None, False)
    stage._describe(item)
    qtbot.waitUntil(transport.isVisible)
    window.notices.show_notice(text, [("Watch", str), ("Show in folder", str)], 0)
    qtbot.waitUntil(window.notices.isVisible)
    assert not _place(window).intersects(_of(transport, window))
    assert window.rect().contains(_place(window))


def _sheet(window: MainWindow, lines: int) -> Sheet:
    sheet = Sheet(window, "A sheet")
    for number in range(lines):
        sheet.body.addWidget(QLabel(f"Line {number}"))
    sheet.add_button("Done", "primary")
    return sheet


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("first", ["notice", "sheet"])
@pytest.mark.parametrize("lines", [3, 12])
def test_a_notice_covers_nothing_of_an_open_sheet_and_can_be_pressed(
    qtbot, window, size, first, lines
):
    window.resize(*size)
    sheet = _sheet(window, lines)
    steps = [partial(window.notices.show_notice, "Copied.", (), 0), sheet.open]
    for step in steps if first == "notice" else reversed(steps):
        step()
    close = _close(window)
    qtbot.waitUntil(lambda: window.childAt(close.mapTo(window, QPoint(5, 5))) is close)
    assert not _place(window).intersects(sheet.card.geometry())
    assert window.rect().contains(_place(window))
    qtbot.mouseClick(close, Qt.MouseButton.LeftButton)
    assert window.notices.text == ""
    sheet.reject()


def test_without_room_beside_a_sheet_a_notice_waits_and_its_time_with_it(qtbot, window):
    window.resize(900, 500)
    sheet = Sheet(window, "As large as the window", width_px=2000)
    sheet.body.addWidget(QLabel("\n" * 60))
    sheet.open()
    window.notices.show_notice("Saved.", timeout_ms=1)
    qtbot.waitUntil(window.notices.isHidden)
    assert not window.notices._timer.isActive()
    assert window.notices.text == "Saved."
    with qtbot.waitSignal(sheet.closed):
        sheet.reject()
    qtbot.waitUntil(lambda: window.notices.text == "")  # shown, and gone after its time


def test_an_answer_is_shown_at_once_and_no_notice_with_a_button_is_lost(window):
    notices, undone = window.notices, []
    notices.show_notice("Removed.", [("Undo", partial(undone.append, 1))])
    notices.show_notice("Saved.")
    for refused in ("No picture.", "Too large.", "No clip.", "No clip."):
        notices.answer(refused)
        assert notices.text == refused
    _close(window).click()
    assert notices.text == "Removed."
    (undo,) = [
        b for b in notices.findChildren(QPushButton) if b.text() == "Undo" and not b.isHidden()
    ]
    undo.click()
    assert undone == [1]
    assert notices.text == "Saved."
    _close(window).click()
    assert notices.text == ""
