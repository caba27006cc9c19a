"""A drag whose files are named late or never: by X11's rules the source hands them over itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pytest
from PySide6.QtCore import QMimeData, QUrl, SignalInstance
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QWidget
from support.drags import LateFiles, send_drag

from kling_desktop.motion.request import Slot
from kling_desktop.ui.compose.panel import ComposePanel
from kling_desktop.ui.compose.well import Well
from kling_desktop.ui.compose.well_parts import Veil
from kling_desktop.ui.dropped import DropVerdict, not_come
from kling_desktop.ui.handed import Handed
from kling_desktop.ui.window import MainWindow

CLIP = "/clips/dance.mp4"


class Place(NamedTuple):
    """Where something can be dropped, the signal that it was taken, and what it says."""

    widget: QWidget
    taken: SignalInstance
    said: Callable[[], str]
    refuse: Callable[[], object]  # from now on, whatever comes


def test_a_well_says_of_what_hovers_what_the_window_says_of_it(qtbot):
    well, data = Well(Slot.VIDEO), QMimeData()
    qtbot.addWidget(well)
    well.verdict = lambda _slot, _texts: (True, "Let go to look at it")
    data.setUrls([QUrl.fromLocalFile("/clips/unknown")])
    send_drag(QDragEnterEvent, well, data)
    assert well.findChildren(Veil)[0].text() == "Let go to look at it"
    QApplication.sendEvent(well, QDragLeaveEvent())


def _well() -> Place:
    well = Well(Slot.VIDEO)

    def refuse() -> None:
        well.verdict = lambda _slot, _texts: (False, "no")

    return Place(well, well.offered, well.findChildren(Veil)[0].text, refuse)


def _panel() -> Place:
    panel = ComposePanel()

    def refuse() -> None:
        panel.drop_verdict = lambda _slot, _texts: (False, "no")

    return Place(panel, panel.sources_offered, panel._veil.text, refuse)


def _window() -> Place:
    window = MainWindow(QWidget(), QWidget(), QWidget(), QWidget())
    window.drop_verdict = lambda _items: DropVerdict(True, "Clip → Motion")

    def refuse() -> None:
        window.drop_verdict = lambda _items: DropVerdict(False, "no")

    return Place(window, window.dropped, lambda: window.notices.text, refuse)


@pytest.fixture(params=[_well, _panel, _window], ids=["a well", "the panel", "the window"])
def place(request, qtbot) -> Place:
    place = request.param()
    qtbot.addWidget(place.widget)
    place.widget.show()
    return place


def test_files_that_are_named_only_at_the_drop_are_taken(place, qtbot):
    """A quick hand: the button is up before the place has asked for the names."""
    data = LateFiles(CLIP)
    send_drag(QDragEnterEvent, place.widget, data)
    data.have_come = True
    with qtbot.waitSignal(place.taken):
        assert send_drag(QDropEvent, place.widget, data).isAccepted()


def test_files_that_are_not_named_yet_are_not_refused(place):
    """A source that hears a no lets go of nothing: the drop that brings the names never comes."""
    data = LateFiles(CLIP)
    send_drag(QDragEnterEvent, place.widget, data)
    assert send_drag(QDragMoveEvent, place.widget, data).isAccepted()


def test_files_that_are_named_while_they_hover_are_judged_then(place):
    data = LateFiles(CLIP)
    send_drag(QDragEnterEvent, place.widget, data)
    place.refuse()
    data.have_come = True
    assert not send_drag(QDragMoveEvent, place.widget, data).isAccepted()


def test_files_that_are_not_named_a_second_time_are_taken_as_they_came(place, qtbot):
    data = LateFiles(CLIP)
    data.have_come = True
    send_drag(QDragEnterEvent, place.widget, data)
    data.have_come = False
    with qtbot.waitSignal(place.taken):
        assert send_drag(QDropEvent, place.widget, data).isAccepted()


@pytest.mark.parametrize("readings", range(1, 8))
def test_files_whose_source_falls_silent_between_two_readings_are_not_refused(place, readings):
    data = LateFiles(CLIP, readings=readings)
    send_drag(QDragEnterEvent, place.widget, data)
    assert send_drag(QDragMoveEvent, place.widget, data).isAccepted()


def test_files_that_are_never_named_are_said_to_be_missing(place, qtbot):
    data = LateFiles(CLIP)
    send_drag(QDragEnterEvent, place.widget, data)
    with qtbot.assertNotEmitted(place.taken):
        assert not send_drag(QDropEvent, place.widget, data).isAccepted()
    assert place.said() == not_come(Handed(data))
