"""The window's size and place: within the screen, its frame taken off, and kept for each screen."""

from __future__ import annotations

import base64
import json
from functools import partial

import pytest
from PySide6.QtCore import QMargins, QRect, QSize, Qt
from PySide6.QtGui import QGuiApplication, QScreen
from PySide6.QtWidgets import QWidget

from kling_desktop.ui.placing import ASSUMED_FRAME, Placing, start_size, within
from kling_desktop.ui.theme import theme
from kling_desktop.ui.window import MainWindow

OPENBOX = QMargins(1, 21, 1, 5)


def _panels() -> list[QWidget]:
    return [QWidget() for _ in range(4)]


def _window(qtbot) -> MainWindow:
    window = MainWindow(*_panels())
    qtbot.addWidget(window)
    window.allow_close()
    return window


def _screen(name: str) -> QScreen:
    return next(screen for screen in QGuiApplication.screens() if screen.name() == name)


def _stands_at(window: QWidget, rect: QRect) -> bool:
    return window.geometry() == rect and window.screen().geometry().contains(rect)


@pytest.fixture(autouse=True)
def _themed(qapp):
    theme().apply(qapp)


@pytest.mark.parametrize(
    ("available", "frame", "size"),
    [
        (QRect(0, 0, 2560, 1440), OPENBOX, (1280, 800)),
        (QRect(0, 0, 1920, 1040), OPENBOX, (1280, 800)),
        (QRect(0, 0, 1366, 768), OPENBOX, (1280, 742)),
        (QRect(0, 0, 1366, 728), OPENBOX, (1280, 702)),  # with a panel of 40
        (QRect(0, 0, 1280, 800), OPENBOX, (1278, 774)),
        (QRect(0, 0, 1280, 680), OPENBOX, (1278, 654)),  # full HD with 150 %, and a panel
        (QRect(0, 0, 960, 540), OPENBOX, (958, 514)),  # full HD with 200 %
        (QRect(0, 0, 1280, 800), QMargins(), (1280, 800)),
    ],
)
def test_it_starts_as_designed_or_as_large_as_the_screen_lets_it(available, frame, size):
    assert start_size(available, frame) == QSize(*size)


@pytest.mark.parametrize(
    ("rect", "found"),
    [
        (QRect(100, 100, 900, 600), QRect(100, 100, 900, 600)),
        (QRect(1000, 700, 900, 600), QRect(465, 163, 900, 600)),
        (QRect(-50, -50, 900, 600), QRect(1, 21, 900, 600)),
        (QRect(0, 0, 2000, 1300), QRect(1, 21, 1364, 742)),
    ],
)
def test_a_place_is_moved_and_cut_until_frame_and_all_is_on_the_screen(rect, found):
    assert within(rect, QRect(0, 0, 1366, 768), OPENBOX) == found


def test_a_first_start_has_the_designs_size_and_a_smallest_one(qtbot):
    window = _window(qtbot)
    assert window.size() == QSize(1280, 800)
    assert window.minimumSize() == QSize(900, 500)


def test_on_a_small_screen_the_first_start_leaves_room_for_the_frame(qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    window.setScreen(_screen("laptop"))
    Placing(window)
    room = 768 - ASSUMED_FRAME.top() - ASSUMED_FRAME.bottom()
    assert window.size() == QSize(1280, room)
    window.move(2570, 40)
    window.show()  # and here the frame is known: 2 on each side
    qtbot.waitUntil(lambda: window.size() == QSize(1280, 764))


def test_each_screen_has_its_own_place(qtbot):
    desk, laptop = QRect(300, 120, 1500, 900), QRect(2640, 60, 1100, 620)
    window = _window(qtbot)
    window.show()
    for rect in (desk, laptop):
        window.setGeometry(rect)
        qtbot.waitUntil(partial(_stands_at, window, rect))
    saved = json.loads(window.save_layout())
    assert saved["screen"] == "laptop 1366x768"
    places = {"desk 2560x1440": [300, 120, 1500, 900, False]}
    assert saved["places"] == places | {"laptop 1366x768": [2640, 60, 1100, 620, False]}

    again = _window(qtbot)
    again.restore_layout(json.dumps(saved))
    assert again.geometry() == laptop
    unplugged = _window(qtbot)
    unplugged.restore_layout(json.dumps({**saved, "screen": "beamer 1024x768"}))
    assert unplugged.geometry() == desk


def test_a_screen_that_became_smaller_is_as_at_the_first_start(qtbot):
    places = {"desk 3840x2160": [700, 500, 2600, 1500, False]}
    window = _window(qtbot)
    window.restore_layout(json.dumps({"screen": "desk 3840x2160", "places": places}))
    assert window.size() == QSize(1280, 800)


def test_a_maximised_window_comes_back_maximised_with_its_size_behind_it(qtbot):
    window = _window(qtbot)
    window.show()
    window.setGeometry(200, 100, 1300, 820)
    window.showMaximized()
    saved = window.save_layout()
    assert json.loads(saved)["places"] == {"desk 2560x1440": [200, 100, 1300, 820, True]}
    again = _window(qtbot)
    again.restore_layout(saved)
    assert again.windowState() & Qt.WindowState.WindowMaximized
    assert again.normalGeometry() == QRect(200, 100, 1300, 820)


def test_what_older_programs_kept_is_taken_over_and_brought_into_the_screen(qtbot):
    before = QWidget()
    qtbot.addWidget(before)
    before.setGeometry(500, 300, 1000, 700)
    kept = base64.b64encode(bytes(before.saveGeometry().data())).decode()
    window = _window(qtbot)
    window.restore_layout(json.dumps({"geometry": kept}))
    assert window.size() == QSize(1000, 700)


@pytest.mark.parametrize(
    "places",
    [
        None,
        [],
        {"desk 2560x1440": [1, 2, 3]},
        {"desk 2560x1440": [0, 0, "1000", 700, False]},
        {"desk 2560x1440": [0, 0, 0, 700, False]},
        {"desk 2560x1440": [0, 0, 10**9, 700, False]},
    ],
)
def test_a_damaged_place_is_no_place(qtbot, places):
    window = _window(qtbot)
    window.restore_layout(json.dumps({"screen": "desk 2560x1440", "places": places}))
    assert window.size() == QSize(1280, 800)


def test_a_size_that_lost_a_pixel_to_the_scaling_still_grows_when_the_frame_is_known(qtbot):
    class Framed(QWidget):
        frame = QMargins()

        def frameGeometry(self):
            return self.geometry().marginsAdded(self.frame)

    window = Framed()
    qtbot.addWidget(window)
    Placing(window)
    room = window.screen().availableGeometry()
    assert window.size() == start_size(room, ASSUMED_FRAME)
    window.show()
    window.resize(window.width(), window.height() - 1)  # 673 of 674
    window.frame = OPENBOX
    window.move(10, 30)
    assert window.size() == start_size(room, OPENBOX)
