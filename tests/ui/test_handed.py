"""Another program is asked for each kind once, and not again once it was silent."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QByteArray, QMetaType, QMimeData, Qt, QUrl
from PySide6.QtGui import QClipboard, QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit, QWidget
from support.drags import send_drag

from kling_desktop.motion.request import Slot
from kling_desktop.ui import handed
from kling_desktop.ui.compose.panel import ComposePanel
from kling_desktop.ui.compose.prompt import PromptEdit
from kling_desktop.ui.compose.well import Well
from kling_desktop.ui.dialogs.fields import CreditsSpin, JobsSpin
from kling_desktop.ui.dropped import does_not_answer
from kling_desktop.ui.handed import Handed
from kling_desktop.ui.widgets.file_dialog import FileDialog
from kling_desktop.ui.widgets.line_edit import LineEdit
from kling_desktop.ui.window import MainWindow

QT_WAITS_S = 5.0


class Clock:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(handed, "steady_s", clock)
    return clock


class Source(QMimeData):
    """Announces its kinds; ``mute`` ones it does not answer for, and Qt waits.

    Each other answer takes it ``thinks_s``.
    """

    def __init__(
        self,
        clock: Clock,
        answers: dict[str, bytes],
        mute: tuple[str, ...] = (),
        thinks_s: float = 0.0,
    ) -> None:
        super().__init__()
        self._clock, self._answers, self._mute = clock, answers, mute
        self._thinks_s = thinks_s
        self.asked: list[str] = []

    def formats(self) -> list[str]:
        return [*self._answers, *self._mute]

    def hasFormat(self, mimetype: str) -> bool:
        return mimetype in self.formats()

    def retrieveData(self, mimetype: str, preferredType: QMetaType) -> object:
        self.asked.append(mimetype)
        if mimetype in self._mute:
            self._clock.now_s += QT_WAITS_S
            return None
        self._clock.now_s += self._thinks_s
        answer = self._answers.get(mimetype)
        if answer and mimetype == "text/uri-list":
            return [QUrl(answer.decode())]
        return None if answer is None else QByteArray(answer)


class Silent(Source):
    """Does not even tell its kinds."""

    def formats(self) -> list[str]:
        self.asked.append("TARGETS")
        self._clock.now_s += QT_WAITS_S
        return []


class SlowKinds(Source):
    """Takes its time for telling its kinds, too."""

    def formats(self) -> list[str]:
        if "TARGETS" not in self.asked:  # Qt keeps them on X11
            self.asked.append("TARGETS")
            self._clock.now_s += self._thinks_s
        return super().formats()


FILES = {"text/uri-list": b"file:///a/dance.mp4", "text/plain": b"/a/dance.mp4", "image/png": b"x"}


def test_each_kind_is_asked_for_once(clock):
    source = Source(clock, FILES)
    came = Handed(source)
    for _ in range(3):
        assert [url.toLocalFile() for url in came.urls] == ["/a/dance.mp4"]
        assert came.text == "/a/dance.mp4"
        assert came.is_media
        assert came.has_picture
    assert sorted(source.asked) == ["text/plain", "text/uri-list"]


def test_after_a_silence_nothing_more_is_asked(clock):
    source = Source(clock, {"text/plain": b"words"}, mute=("text/uri-list",))
    came = Handed(source)
    assert (came.urls, came.text, came.picture_png()) == ([], "", None)
    assert came.is_silent
    assert source.asked == ["text/uri-list"]


def test_nothing_that_comes_at_once_is_no_silence(clock):
    source = Source(clock, {"text/uri-list": b"", "text/plain": b"words"})
    came = Handed(source)
    assert (came.urls, came.text, came.is_silent) == ([], "words", False)


def test_words_are_asked_for_in_one_of_their_two_kinds(clock):
    both = {"text/plain;charset=utf-8": "夜".encode(), "text/plain": b"?"}
    source = Source(clock, both)
    assert Handed(source).text == "夜"
    assert len(source.asked) == 1


def test_one_of_many_kinds_of_a_picture_is_asked_for(clock):
    source = Source(clock, {}, mute=("image/bmp", "image/png", "image/tiff"))
    assert Handed(source).picture_png() is None
    assert source.asked == ["image/png"]


# --- the clipboard


@pytest.fixture
def board(monkeypatch: pytest.MonkeyPatch, qapp: QApplication) -> Callable[[QMimeData], None]:
    """Puts another program's data on it; the offscreen one would copy ours."""
    real = handed.QGuiApplication.clipboard()
    held: dict[QClipboard.Mode, QMimeData] = {}

    class Board:
        changed = real.changed

        def mimeData(self, mode: QClipboard.Mode = QClipboard.Mode.Clipboard) -> QMimeData:
            return held.get(mode, QMimeData())

        def supportsSelection(self) -> bool:
            return True

    class Application(handed.QGuiApplication):
        clipboard = staticmethod(Board)

    for module in ("handed", "widgets.line_edit"):
        monkeypatch.setattr(f"kling_desktop.ui.{module}.QGuiApplication", Application)

    def put(mime: QMimeData) -> None:
        held.update(dict.fromkeys((QClipboard.Mode.Clipboard, QClipboard.Mode.Selection), mime))
        for mode in held:
            real.changed.emit(mode)

    return put


def paste_into(widget: QWidget, qtbot) -> None:
    widget.show()
    widget.setFocus()
    qtbot.keyClick(widget, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)


class NameOfFile(FileDialog):
    """The field of Qt's own dialog."""

    def __init__(self) -> None:
        super().__init__(None, "Save as", str(Path.home()))
        self.setOption(self.Option.DontUseNativeDialog)
        self.setFocusProxy(self.findChild(QLineEdit))

    def keyPressEvent(self, event):
        QApplication.sendEvent(self.focusProxy(), event)


MAKE = {
    "a file dialog": NameOfFile,
    "a line": LineEdit,
    "the prompt": PromptEdit,
    "a well": lambda: Well(Slot.VIDEO),
    "the panel": ComposePanel,
    "a number": JobsSpin,
    "a sum": CreditsSpin,
}


@pytest.mark.parametrize("make", MAKE.values(), ids=MAKE)
def test_a_mute_clipboard_is_asked_once_until_another_program_has_it(make, board, clock, qtbot):
    widget = make()
    qtbot.addWidget(widget)
    mute = Silent(clock, {})
    board(mute)
    for _ in range(3):
        paste_into(widget, qtbot)
    assert mute.asked == ["TARGETS"]
    again = Silent(clock, {})
    board(again)
    paste_into(widget, qtbot)
    assert again.asked == ["TARGETS"]


@pytest.mark.parametrize("make", MAKE.values(), ids=MAKE)
def test_one_silence_counts_for_every_field(make, board, clock, qtbot):
    first, widget = LineEdit(), make()
    qtbot.addWidget(first)
    qtbot.addWidget(widget)
    mute = Source(clock, {}, mute=("text/plain", "text/uri-list", "text/html", "image/png"))
    board(mute)
    paste_into(first, qtbot)
    paste_into(widget, qtbot)
    assert len(mute.asked) == 1


@pytest.mark.parametrize("make", MAKE.values(), ids=MAKE)
def test_a_slow_clipboard_is_asked_for_one_kind_until_another_program_has_it(
    make, board, clock, qtbot
):
    first, widget = PromptEdit(), make()
    qtbot.addWidget(first)
    qtbot.addWidget(widget)
    slow = SlowKinds(clock, FILES, thinks_s=4.4)
    board(slow)
    for field in (widget, widget, first):
        paste_into(field, qtbot)
    assert slow.asked == ["TARGETS", "text/uri-list"]
    other = SlowKinds(clock, {"text/plain": b"words"}, thinks_s=4.4)
    board(other)
    paste_into(first, qtbot)
    assert other.asked == ["TARGETS", "text/plain"]
    assert first.toPlainText() == "words"


def test_what_a_slow_program_gave_is_pasted_as_often_as_one_likes(board, clock, qtbot):
    line = LineEdit()
    qtbot.addWidget(line)
    board(SlowKinds(clock, {"text/plain": b"dance"}, thinks_s=4.4))
    for _ in range(3):
        paste_into(line, qtbot)
    assert line.text() == "dance" * 3


def test_of_a_slow_program_the_name_of_a_file_stands_for_its_text(board, clock, qtbot):
    line = LineEdit()
    qtbot.addWidget(line)
    board(SlowKinds(clock, FILES, thinks_s=4.4))
    paste_into(line, qtbot)
    assert line.text() == "/a/dance.mp4"


def test_what_comes_at_once_is_asked_for_anew_and_is_never_an_old_one(board, clock, qtbot):
    line = LineEdit()
    qtbot.addWidget(line)
    answers = {"text/plain": b"one "}
    board(Source(clock, answers))
    paste_into(line, qtbot)
    answers["text/plain"] = b"two"
    paste_into(line, qtbot)
    assert line.text() == "one two"


def test_what_is_kept_is_bounded_and_what_is_larger_can_still_be_pasted(
    board, clock, qtbot, monkeypatch
):
    monkeypatch.setattr(handed, "KEPT_MAX_BYTES", 3)
    line = LineEdit()
    qtbot.addWidget(line)
    board(Source(clock, {"text/plain": b"dance"}, thinks_s=4.4))
    paste_into(line, qtbot)
    paste_into(line, qtbot)
    assert line.text() == "dancedance"


def test_a_paste_that_nobody_answers_is_said(board, clock, qtbot):
    panel = ComposePanel()
    qtbot.addWidget(panel)
    board(Silent(clock, {}))
    paste_into(panel.findChild(PromptEdit), qtbot)
    assert panel._veil.text() == does_not_answer()


def test_the_middle_button_pastes_what_is_selected_elsewhere(board, clock, qtbot):
    line = LineEdit()
    qtbot.addWidget(line)
    board(Source(clock, {"text/plain": b"dance"}))
    line.show()
    qtbot.mouseClick(line, Qt.MouseButton.MiddleButton)
    assert line.text() == "dance"


def test_a_context_menu_asks_nobody_and_offers_to_paste(board, clock, qtbot):
    edit = LineEdit()
    qtbot.addWidget(edit)
    source = Source(clock, {"text/plain": b"dance"})
    board(source)
    (entry,) = [action for action in edit.edit_menu().actions() if action.text() == "Paste"]
    assert entry.isEnabled()
    assert source.asked == []
    entry.trigger()
    assert edit.text() == "dance"


def test_the_prompts_context_menu_asks_nobody_whether_it_can_paste(clock, qtbot):
    prompt = PromptEdit()
    qtbot.addWidget(prompt)
    mute = Silent(clock, {})
    assert prompt.canInsertFromMimeData(mute)
    assert mute.asked == []


# --- a drag


@pytest.fixture
def places(qtbot) -> list[QWidget]:
    """All over which one drag comes on its way to a well."""
    panel = ComposePanel()
    window = MainWindow(panel, QWidget(), QWidget(), QWidget())
    qtbot.addWidget(window)
    window.show()
    return [window, panel, *panel.findChildren(Well), panel.findChild(QPlainTextEdit)]


def test_a_mute_drag_is_asked_once_over_all_places_until_it_is_over(places, clock):
    source = Source(clock, {}, mute=("text/uri-list", "text/plain", "text/html"))
    for place in places:
        send_drag(QDragEnterEvent, place, source)
        send_drag(QDragMoveEvent, place, source)
        QApplication.sendEvent(place, QDragLeaveEvent())
    last = places[2]
    send_drag(QDragEnterEvent, last, source)
    assert not send_drag(QDropEvent, last, source).isAccepted()
    assert source.asked == ["text/uri-list"]
    assert last._veil.text() == does_not_answer()


def test_what_came_over_the_window_is_not_asked_for_again_in_a_well(places, clock, qtbot):
    source = Source(clock, {"text/uri-list": b"file:///a/dance.mp4"})
    window, panel, well, *_ = places
    for place in (window, panel, well):
        send_drag(QDragEnterEvent, place, source)
        if place is not well:
            QApplication.sendEvent(place, QDragLeaveEvent())
    with qtbot.waitSignal(well.offered):
        send_drag(QDropEvent, well, source)
    assert source.asked == ["text/uri-list"]


def test_the_next_drag_of_the_same_program_is_asked_anew(places, clock, qtbot):
    source = Source(clock, {"text/uri-list": b"file:///a/dance.mp4"})
    well = places[2]
    for _ in range(2):
        send_drag(QDragEnterEvent, well, source)
        QApplication.sendEvent(well, QDragLeaveEvent())
        QApplication.processEvents()
    assert source.asked == ["text/uri-list"] * 2
