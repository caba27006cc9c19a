"""The small widgets that every panel uses, and the sheet below every dialog."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence, QTextDocumentFragment
from PySide6.QtWidgets import QLabel, QLineEdit, QMainWindow, QPushButton, QVBoxLayout, QWidget

from kling_desktop.ui.theme import theme
from kling_desktop.ui.widgets import (
    Badge,
    Banner,
    Confirm,
    ElidedLabel,
    ProgressLine,
    Segmented,
    Sheet,
    confirm,
    unbroken,
)


@pytest.fixture(autouse=True)
def _themed(qapp):
    theme().apply(qapp)


@pytest.fixture
def host(qtbot):
    window = QMainWindow()
    qtbot.addWidget(window)
    page = QWidget()
    column = QVBoxLayout(page)
    window.field = QLineEdit()
    window.button = QPushButton("Behind")
    column.addWidget(window.field)
    column.addWidget(window.button)
    window.setCentralWidget(page)
    window.resize(800, 600)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    window.field.setFocus()
    return window


@pytest.fixture
def segmented(qtbot):
    widget = Segmented([("std", "Standard · draft", "Standard"), ("pro", "Pro · final", "Pro")])
    qtbot.addWidget(widget)
    widget.show()
    return widget


def test_the_first_segment_is_chosen_and_all_have_their_names(segmented):
    assert segmented.value() == "std"
    assert segmented.button("std").accessibleName() == "Standard"
    assert segmented.button("pro").accessibleName() == "Pro"


def test_a_click_anywhere_on_a_segment_chooses_it(qtbot, segmented):
    edge = segmented.button("pro").rect().bottomRight()
    with qtbot.waitSignal(segmented.value_changed) as caught:
        qtbot.mouseClick(segmented.button("pro"), Qt.MouseButton.LeftButton, pos=edge)
    assert caught.args == ["pro"]
    assert segmented.value() == "pro"


def test_the_arrow_keys_walk_through_the_segments(qtbot, segmented):
    segmented.button("std").setFocus()
    qtbot.keyClick(segmented.button("std"), Qt.Key.Key_Right)
    assert segmented.value() == "pro"


def test_setting_the_same_value_again_tells_nothing(qtbot, segmented):
    with qtbot.assertNotEmitted(segmented.value_changed):
        segmented.set_value("std")


def test_a_long_name_keeps_both_its_ends_and_is_whole_in_the_tooltip(qtbot):
    name = "<b>" + "夜の街" * 40 + ".mp4"
    label = ElidedLabel(name)
    qtbot.addWidget(label)
    label.resize(160, 20)
    label.show()
    assert label.text() == name
    assert label.textFormat() == Qt.TextFormat.PlainText
    assert QTextDocumentFragment.fromHtml(label.toolTip()).toPlainText() == name
    label.setText("short.mp4")
    assert label.toolTip() == ""


def test_a_banner_says_which_button_was_pressed(qtbot):
    banner = Banner("Not enough credit.", [("top_up", "Top up…"), ("resume", "Resume")])
    qtbot.addWidget(banner)
    banner.show()
    button = next(b for b in banner.findChildren(QPushButton) if b.text() == "Resume")
    with qtbot.waitSignal(banner.action_triggered) as caught:
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert caught.args == ["resume"]


def test_a_banner_shows_strange_text_as_it_is(qtbot):
    banner = Banner("<img src=x>")
    qtbot.addWidget(banner)
    banner.set_note("<b>52 s</b>")
    labels = banner.findChildren(QLabel)
    assert {label.textFormat() for label in labels} == {Qt.TextFormat.PlainText}
    assert [label.text() for label in labels] == ["<img src=x>", "<b>52 s</b>"]


def test_new_content_of_a_banner_replaces_its_buttons(qtbot):
    banner = Banner("One", [("a", "A")])
    qtbot.addWidget(banner)
    banner.show()
    banner.set_content("Two", [("b", "B")], "error")

    def shown() -> list[str]:
        return [b.text() for b in banner.findChildren(QPushButton) if b.isVisible()]

    qtbot.waitUntil(lambda: shown() == ["B"])
    assert banner.property("finding") == "error"


def test_progress_knows_its_share_or_that_nobody_does(qtbot):
    line = ProgressLine()
    qtbot.addWidget(line)
    line.set_share(0.62)
    assert line.value() == 620
    line.set_share(7)
    assert line.value() == line.maximum()
    line.set_share(None)
    assert line.value() == 0
    assert line.maximum() > 0, "a range of 0 to 0 would be animated"


def test_a_badge_has_a_word_besides_its_dot(qtbot):
    badge = Badge("Online", "good")
    qtbot.addWidget(badge)
    assert badge.text() == "Online"
    assert not badge.icon().isNull()
    badge.set_badge("Not connected", None)
    assert badge.icon().isNull()


def _sheet(host) -> Sheet:
    sheet = Sheet(host, "Title")
    sheet.one, sheet.two = QLineEdit(), QLineEdit()
    sheet.body.addWidget(sheet.one)
    sheet.body.addWidget(sheet.two)
    sheet.ok = sheet.add_button("OK", "primary")
    sheet.ok.clicked.connect(sheet.accept)
    return sheet


def test_a_sheet_covers_the_window_and_takes_the_focus(host):
    sheet = _sheet(host)
    sheet.open()
    assert sheet.geometry() == host.rect()
    assert sheet.one.hasFocus()
    assert not host.button.isEnabled(), "what is behind is out of reach, for screen readers too"


def test_tab_stays_inside_a_sheet(qtbot, host):
    sheet = _sheet(host)
    sheet.open()
    seen = []
    for _ in range(6):
        seen.append(host.focusWidget())
        qtbot.keyClick(host.focusWidget(), Qt.Key.Key_Tab)
    assert set(seen) == {sheet.one, sheet.two, sheet.ok}


def test_escape_closes_a_sheet_and_gives_the_focus_back(qtbot, host):
    sheet = _sheet(host)
    sheet.open()
    with qtbot.waitSignal(sheet.rejected):
        qtbot.keyClick(sheet.one, Qt.Key.Key_Escape)
    assert sheet.isHidden()
    assert host.field.hasFocus()
    assert host.button.isEnabled()


def test_enter_presses_the_main_button_of_a_sheet(qtbot, host):
    sheet = _sheet(host)
    sheet.open()
    with qtbot.waitSignal(sheet.accepted):
        qtbot.keyClick(sheet.two, Qt.Key.Key_Return)


def test_the_windows_shortcuts_wait_while_a_sheet_is_open(qtbot, host):
    action = QAction("New", host)
    action.setShortcut(QKeySequence("Ctrl+N"))
    host.addAction(action)
    fired = []
    action.triggered.connect(lambda: fired.append("new"))
    qtbot.keyClick(host.field, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    assert len(fired) == 1
    sheet = _sheet(host)
    sheet.open()
    qtbot.keyClick(sheet.one, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    assert len(fired) == 1
    sheet.reject()
    qtbot.keyClick(host.field, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    assert len(fired) == 2


def test_a_sheet_follows_the_window_and_scrolls_when_it_is_too_tall(qtbot, host):
    sheet = _sheet(host)
    for _ in range(40):
        sheet.body.addWidget(QLabel("A line"))
    sheet.open()
    host.resize(500, 400)
    qtbot.waitUntil(lambda: sheet.geometry() == host.rect())
    qtbot.waitUntil(lambda: sheet.rect().contains(sheet.card.geometry()))
    assert sheet.card.rect().contains(sheet.ok.geometry())


def test_a_question_over_a_sheet_leaves_the_sheet_as_it_was(qtbot, host):
    sheet = _sheet(host)
    sheet.open()
    answers = []
    question = confirm(host, "Sure?", "Really?", "Yes", "No", lambda: answers.append("yes"))
    assert not sheet.isEnabled()
    qtbot.mouseClick(question.no_button, Qt.MouseButton.LeftButton)
    assert sheet.isEnabled()
    assert not host.button.isEnabled()
    assert answers == []


def test_yes_is_told_once(qtbot, host):
    answers = []
    question = confirm(host, "Sure?", "Really?", "Yes", "No", lambda: answers.append("yes"))
    qtbot.keyClick(question.no_button, Qt.Key.Key_Tab)
    assert question.yes_button.hasFocus()
    qtbot.keyClick(question.yes_button, Qt.Key.Key_Return)
    assert answers == ["yes"]


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape])
def test_what_is_asked_is_answered_safely_by_enter_and_escape(qtbot, host, key):
    answers = []
    question = confirm(host, "Sure?", "Really?", "Yes", "No", lambda: answers.append("yes"))
    assert question.no_button.hasFocus()
    with qtbot.waitSignal(question.rejected):
        qtbot.keyClick(host.focusWidget(), key)
    assert answers == []


def test_enter_presses_the_button_that_has_the_focus(qtbot, host):
    sheet = _sheet(host)
    other = sheet.add_button("Other")
    sheet.open()
    other.setFocus()
    with qtbot.waitSignal(other.clicked):
        qtbot.keyClick(other, Qt.Key.Key_Return)
    assert sheet.isVisible()


def test_one_question_is_asked_at_a_time(qtbot, host):
    answers = []
    first = confirm(host, "Sure?", "Really?", "Yes", "No", lambda: answers.append("first"))
    second = Confirm(host, "And this?", "Really?", "Yes", "No")
    with qtbot.waitSignal(second.rejected):
        second.open()
    assert first.isVisible()
    first.yes_button.click()
    assert answers == ["first"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("It has 12.40 credits.", "It has 12.40\N{NO-BREAK SPACE}credits."),
        ("14.2 s, 8 MB", "14.2\N{NO-BREAK SPACE}s, 8\N{NO-BREAK SPACE}MB"),
        ("2 seconds, 3 sets", "2 seconds, 3 sets"),
    ],
)
def test_a_figure_and_its_unit_stay_on_one_line(text, shown):
    assert unbroken(text) == shown
