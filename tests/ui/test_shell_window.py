"""The window: columns, top bar, keys, drops, notices, closing."""

from __future__ import annotations

import json

import pytest
from PySide6.QtCore import QMimeData, QPoint, QRect, Qt, QUrl
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QShortcut,
)
from PySide6.QtWidgets import (
    QApplication,
    QLabel,
    QLineEdit,
    QListView,
    QMenu,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)
from support.drags import send_drag

from kling_desktop.motion.account import AccountState, Connection
from kling_desktop.motion.job import JobError
from kling_desktop.ui.action_table import ACTIONS, Menu
from kling_desktop.ui.columns import COMPOSE_MAX_PX, COMPOSE_MIN_PX
from kling_desktop.ui.compose.offers import Offer, texts_from_mime
from kling_desktop.ui.dropped import DropVerdict
from kling_desktop.ui.theme import theme
from kling_desktop.ui.widgets import Sheet
from kling_desktop.ui.window import MainWindow

CTRL = Qt.KeyboardModifier.ControlModifier


class Panel(QWidget):
    """A panel with one of each thing that takes the focus."""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        column = QVBoxLayout(self)
        self.button, self.field = QPushButton("Press"), QLineEdit()
        self.text, self.list = QPlainTextEdit(), QListView()
        for widget in (self.button, self.field, self.text, self.list):
            column.addWidget(widget)


@pytest.fixture
def window(qtbot, qapp):
    theme().apply(qapp)
    panels = [Panel() for _ in range(4)]
    main = MainWindow(*panels)
    main.compose, main.stage, main.queue, main.library = panels
    qtbot.addWidget(main)
    main.show()
    main.activateWindow()
    qtbot.waitUntil(main.isActiveWindow)
    yield main
    main.allow_close()


@pytest.fixture
def wishes(window):
    seen = []
    window.commands.triggered.connect(seen.append)
    return seen


def test_the_window_has_its_name_and_size(window):
    assert window.windowTitle() == "Kling Desktop"
    assert window.accessibleName() == "Kling Desktop"
    assert (window.width(), window.height()) == (1280, 800)
    assert not window.windowIcon().pixmap(64, 64).isNull()


def test_compose_and_library_have_the_widths_of_the_design(window):
    assert window.compose.width() == 332
    assert window.library.width() == 272


def test_tab_and_screen_readers_go_in_reading_order(window):
    fields = [p.field for p in (window.compose, window.stage, window.queue, window.library)]
    chain, at = [], window.top_bar.badge
    for _ in range(200):
        at = at.nextInFocusChain()
        if at in fields:
            chain.append(at)
    assert chain[:4] == fields
    columns = [w for w in window.columns.children() if isinstance(w, QWidget)]
    middle = window.stage.parentWidget()
    order = [columns.index(w) for w in (window.compose, middle, window.library)]
    assert order == sorted(order)
    rows = middle.children()
    assert rows.index(window.stage) < rows.index(window.queue)


def test_a_narrow_window_puts_the_library_away_and_a_wide_one_brings_it_back(qtbot, window):
    window.resize(960, 600)
    qtbot.waitUntil(window.library.isHidden)
    show = _button(window, "Show library")
    assert show.isVisible()
    assert COMPOSE_MIN_PX <= window.compose.width() <= COMPOSE_MAX_PX
    window.resize(1280, 800)
    qtbot.waitUntil(window.library.isVisible)
    assert not show.isVisible()


def test_in_a_narrow_window_the_library_can_be_opened_by_hand(qtbot, window):
    window.resize(960, 600)
    qtbot.waitUntil(window.library.isHidden)
    qtbot.mouseClick(_button(window, "Show library"), Qt.MouseButton.LeftButton)
    assert window.library.isVisible()
    assert window.commands.is_checked("show_library")


def test_a_library_put_away_by_hand_stays_away_in_a_wide_window(qtbot, window):
    window.commands.action("show_library").trigger()
    assert window.library.isHidden()
    window.resize(960, 600)
    window.resize(1280, 800)
    assert window.library.isHidden()


def test_the_queue_can_be_put_away(window):
    window.commands.action("show_queue").trigger()
    assert window.queue.isHidden()
    window.commands.action("show_queue").trigger()
    assert window.queue.isVisible()


def test_the_layout_is_remembered(qtbot, window):
    window.resize(1400, 900)
    window.columns.setSizes([350, 600, 400])
    window.columns.show_queue(False)
    saved = json.loads(window.save_layout())
    del saved["places"]  # columns alone: what has the window's size is tried in test_placing
    other = MainWindow(Panel(), Panel(), Panel(), Panel())
    qtbot.addWidget(other)
    other.resize(1400, 900)
    other.restore_layout(json.dumps(saved))
    other.show()
    assert other.columns.sizes() == window.columns.sizes()
    assert not other.columns.queue_shown
    other.allow_close()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nonsense",
        "[]",
        "{}",
        '{"geometry": "%%%"}',
        '{"geometry": "AAAA", "columns": [1], "rows": ["a", null]}',
        '{"columns": [0, 0, 0]}',
        '{"columns": {"a": 1}}',
    ],
)
def test_a_damaged_layout_changes_nothing(window, text):
    before = json.loads(window.save_layout())["columns"]
    window.restore_layout(text)
    assert json.loads(window.save_layout())["columns"] == before


def test_full_screen_is_only_told_the_stage_does_it(qtbot, window):
    with qtbot.waitSignal(window.commands.triggered) as caught:
        qtbot.keyClick(window.compose, Qt.Key.Key_F11)
    assert caught.args == ["full_screen"]
    assert not window.isFullScreen()
    assert window.compose.isVisible()


def test_a_close_is_asked_for_and_not_done(qtbot, window):
    with qtbot.waitSignal(window.close_requested):
        assert window.close() is False
    assert window.isVisible()
    window.allow_close()
    with qtbot.assertNotEmitted(window.close_requested):
        assert window.close() is True


# --- top bar


def _button(window, name: str) -> QPushButton:
    found = [b for b in window.findChildren(QPushButton) if b.accessibleName() == name]
    assert len(found) == 1, name
    return found[0]


@pytest.mark.parametrize(
    ("connection", "text"),
    [
        (Connection.NOT_CONNECTED, "Not connected"),
        (Connection.ONLINE, "Online"),
        (Connection.OFFLINE, "Offline"),
        (Connection.TOKEN_REFUSED, "Token refused"),
        (Connection.TWO_ACCOUNTS, "Two accounts"),
        (Connection.SANDBOX, "Sandbox"),
    ],
)
def test_the_badge_says_how_the_service_is_reached(window, connection, text):
    window.top_bar.set_account(AccountState(connection=connection))
    assert window.top_bar.badge.text() == text
    assert window.top_bar.badge.accessibleName() == text
    assert window.top_bar.badge.toolTip()


def test_the_badge_says_why_the_service_is_not_reached(window):
    values = (("at", "HTTPS_PROXY"), ("host", "api.example.com"), ("met", "proxy_malformed"))
    error = JobError("unreachable", values=values)
    window.top_bar.set_account(AccountState(Connection.OFFLINE, offline_error=error))
    assert "The address of the proxy in HTTPS_PROXY is none" in window.top_bar.badge.toolTip()


def test_connect_is_offered_only_when_it_helps(window):
    connect = _button(window, "Connect")
    assert connect.isVisible()
    window.top_bar.set_account(AccountState(Connection.ONLINE, has_api_token=True))
    assert not connect.isVisible()
    for unusable in (Connection.TOKEN_REFUSED, Connection.TWO_ACCOUNTS):
        window.top_bar.set_account(AccountState(unusable, has_api_token=True))
        assert connect.isVisible()


def _texts(window) -> list[str]:
    return [x.text() for x in window.top_bar.findChildren(QLabel) if x.isVisible() and x.text()]


def _balance(window) -> QPushButton:
    buttons = window.top_bar.findChildren(QPushButton)
    return next(b for b in buttons if "alance" in b.accessibleName())


def test_the_balance_is_shown_when_it_is_known(window):
    account = AccountState(Connection.ONLINE, has_account_token=True, balance_credits=12.4)
    window.top_bar.set_account(account)
    assert _texts(window) == ["Kling Desktop", "Account"]
    assert _balance(window).text() == "12.40 credits"
    assert _balance(window).isVisible()
    window.top_bar.set_account(AccountState(Connection.ONLINE, has_account_token=True))
    assert not _balance(window).isVisible()


def test_the_balance_is_a_button_that_asks_for_spending(qtbot, window):
    account = AccountState(Connection.ONLINE, has_account_token=True, balance_credits=12.4)
    window.top_bar.set_account(account)
    assert _balance(window).accessibleName() == "Balance 12.40 credits"
    with qtbot.waitSignal(window.top_bar.spending_requested):
        qtbot.mouseClick(_balance(window), Qt.MouseButton.LeftButton)


@pytest.mark.parametrize(("credits", "warned"), [(4.99, True), (5.0, False), (0.0, True)])
def test_a_low_balance_has_a_sign_besides_its_colour(window, credits, warned):
    window.top_bar.set_account(
        AccountState(Connection.ONLINE, has_account_token=True, balance_credits=credits)
    )
    assert _balance(window).accessibleName().startswith("Low balance ") is warned
    assert _balance(window).icon().isNull() is not warned


@pytest.mark.parametrize(
    ("name", "signal"),
    [
        ("New draft", "new_requested"),
        ("Settings", "settings_requested"),
        ("Connect", "connect_requested"),
        ("Not connected", "badge_clicked"),
    ],
)
def test_the_buttons_of_the_top_bar_say_what_is_wished(qtbot, window, name, signal):
    with qtbot.waitSignal(getattr(window.top_bar, signal)):
        qtbot.mouseClick(_button(window, name), Qt.MouseButton.LeftButton)


# --- actions and keys


def test_every_action_is_in_a_menu(window):
    menu = window.commands.build_menu(window)
    titles = [action.text() for action in menu.actions()]
    assert titles == [name.value for name in Menu]
    found = {
        action.objectName()
        for sub in menu.findChildren(QMenu)
        for action in sub.actions()
        if not action.isSeparator() and action.objectName()
    }
    assert {spec.id for spec in ACTIONS} <= found


def test_no_key_has_two_meanings():
    keys = [key for spec in ACTIONS for key in spec.keys]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize(
    ("key", "modifiers", "action"),
    [
        (Qt.Key.Key_N, CTRL, "new_draft"),
        (Qt.Key.Key_O, CTRL, "add_picture"),
        (Qt.Key.Key_O, CTRL | Qt.KeyboardModifier.ShiftModifier, "add_clip"),
        (Qt.Key.Key_Return, CTRL, "generate"),
        (Qt.Key.Key_S, CTRL | Qt.KeyboardModifier.ShiftModifier, "save_as"),
        (Qt.Key.Key_F, CTRL, "find"),
        (Qt.Key.Key_R, CTRL, "remix"),
        (Qt.Key.Key_L, CTRL, "loop"),
        (Qt.Key.Key_P, CTRL, "pause_queue"),
        (Qt.Key.Key_Comma, CTRL, "settings"),
        (Qt.Key.Key_Q, CTRL, "quit"),
        (Qt.Key.Key_F1, Qt.KeyboardModifier.NoModifier, "help"),
    ],
)
def test_keys_of_the_window_act_in_a_text_too(qtbot, window, wishes, key, modifiers, action):
    window.compose.text.setFocus()
    qtbot.keyClick(window.compose.text, key, modifiers)
    assert wishes == [action]


@pytest.mark.parametrize(
    ("key", "action"),
    [
        (Qt.Key.Key_F, "favourite"),
        (Qt.Key.Key_J, "shuttle_back"),
        (Qt.Key.Key_K, "shuttle_stop"),
        (Qt.Key.Key_L, "shuttle_forward"),
        (Qt.Key.Key_C, "compare"),
        (Qt.Key.Key_Delete, "delete"),
        (Qt.Key.Key_Space, "play"),
    ],
)
def test_single_keys_act_in_the_stage_and_the_library_only(qtbot, window, wishes, key, action):
    window.compose.list.setFocus()
    qtbot.keyClick(window.compose.list, key)
    assert wishes == []
    window.stage.setFocus()
    qtbot.keyClick(window.stage, key)
    window.library.list.setFocus()
    qtbot.keyClick(window.library.list, key)
    assert wishes == [action, action]


@pytest.mark.parametrize("where", ["field", "text"])
def test_letters_typed_into_a_field_are_letters(qtbot, window, wishes, where):
    field = getattr(window.library, where)
    field.setFocus()
    qtbot.keyClicks(field, "fjklc? ")
    typed = field.text() if where == "field" else field.toPlainText()
    assert typed == "fjklc? "
    assert wishes == []


def test_space_presses_a_focused_button_and_does_not_play(qtbot, window, wishes):
    window.stage.button.setFocus()
    with qtbot.waitSignal(window.stage.button.clicked):
        qtbot.keyClick(window.stage.button, Qt.Key.Key_Space)
    assert wishes == []
    window.stage.list.setFocus()
    qtbot.keyClick(window.stage.list, Qt.Key.Key_Space)
    assert wishes == ["play"]


def test_the_arrows_step_frames_in_the_stage_and_walk_in_the_library(qtbot, window, wishes):
    window.library.list.setFocus()
    qtbot.keyClick(window.library.list, Qt.Key.Key_Right)
    assert wishes == []
    window.stage.setFocus()
    qtbot.keyClick(window.stage, Qt.Key.Key_Right)
    qtbot.keyClick(window.stage, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert wishes == ["next_frame", "second_back"]


def test_pasting_into_a_text_is_the_texts_own(qtbot, window, wishes):
    QApplication.clipboard().setText("light")
    window.compose.text.setFocus()
    qtbot.keyClick(window.compose.text, Qt.Key.Key_V, CTRL)
    assert window.compose.text.toPlainText() == "light"
    assert wishes == []
    window.compose.button.setFocus()
    qtbot.keyClick(window.compose.button, Qt.Key.Key_V, CTRL)
    assert wishes == ["paste_input"]


def test_a_disabled_action_does_not_answer_its_key(qtbot, window, wishes):
    window.commands.set_enabled("generate", False)
    qtbot.keyClick(window.compose, Qt.Key.Key_Return, CTRL)
    assert wishes == []


def test_f10_and_alt_open_the_menu(qtbot, window):
    for key in (Qt.Key.Key_F10, Qt.Key.Key_Alt):
        window.compose.button.setFocus()
        qtbot.keyClick(window.compose.button, key)
        menu = QApplication.activePopupWidget()
        assert isinstance(menu, QMenu)
        assert menu.accessibleName() == "Menu"
        menu.close()


def test_alt_with_another_key_opens_no_menu(qtbot, window):
    window.compose.button.setFocus()
    qtbot.keyPress(window.compose.button, Qt.Key.Key_Alt)
    qtbot.keyClick(window.compose.button, Qt.Key.Key_X, Qt.KeyboardModifier.AltModifier)
    qtbot.keyRelease(window.compose.button, Qt.Key.Key_Alt)
    assert QApplication.activePopupWidget() is None


# --- drops


def _mime(*urls: str, text: str = "") -> QMimeData:
    mime = QMimeData()
    if urls:
        mime.setUrls([QUrl(url) for url in urls])
    if text:
        mime.setText(text)
    return mime


def _enter(window, mime: QMimeData) -> QDragEnterEvent:
    return send_drag(QDragEnterEvent, window, mime)


def _move(window, mime: QMimeData) -> QDragMoveEvent:
    return send_drag(QDragMoveEvent, window, mime)


def _drop(window, mime: QMimeData) -> QDropEvent:
    return send_drag(QDropEvent, window, mime)


def _pictures_only(items: list[str]) -> DropVerdict:
    if all(item.endswith(".png") for item in items):
        return DropVerdict(True, "Picture → Character")
    return DropVerdict(False, "This is neither a picture nor a clip")


def test_a_drag_is_judged_before_it_is_released(qtbot, window):
    window.drop_verdict = _pictures_only
    mime = _mime("file:///tmp/a.png")
    _enter(window, mime)
    overlay = window.findChild(QWidget, "drop_overlay")
    assert overlay.isVisible()
    assert overlay.accessibleDescription() == "Picture → Character"
    assert _move(window, mime).isAccepted()
    with qtbot.waitSignal(window.dropped) as caught:
        _drop(window, mime)
    assert caught.args == [Offer(None, ("/tmp/a.png",))]
    assert overlay.isHidden()


def test_a_wrong_kind_is_refused_with_the_reason(qtbot, window):
    window.drop_verdict = _pictures_only
    mime = _mime("file:///tmp/a.txt")
    _enter(window, mime)
    overlay = window.findChild(QWidget, "drop_overlay")
    assert overlay.accessibleDescription() == "This is neither a picture nor a clip"
    assert not _move(window, mime).isAccepted()
    with qtbot.assertNotEmitted(window.dropped):
        assert not _drop(window, mime).isAccepted()


def test_the_overlay_goes_when_the_drag_leaves(window):
    window.drop_verdict = _pictures_only
    _enter(window, _mime("file:///tmp/a.png"))
    QApplication.sendEvent(window, QDragLeaveEvent())
    assert window.findChild(QWidget, "drop_overlay").isHidden()


def test_nothing_can_be_dropped_behind_a_sheet(window):
    sheet = Sheet(window, "Settings")
    sheet.open()
    assert not _enter(window, _mime("file:///tmp/a.png")).isAccepted()


@pytest.mark.parametrize(
    ("mime", "items"),
    [
        (_mime("file:///tmp/a%20b.png", "file:///tmp/c.mp4"), ["/tmp/a b.png", "/tmp/c.mp4"]),
        (_mime("https://example.org/a.png?x=1"), ["https://example.org/a.png?x=1"]),
        (_mime("file:///tmp/a.png", "file:///tmp/a.png"), ["/tmp/a.png"]),
        (_mime(text="https://example.org/a.mp4\n"), ["https://example.org/a.mp4"]),
        (_mime("file:///tmp/a.png", text="https://example.org/b.png"), ["/tmp/a.png"]),
        (_mime(text="not a link"), []),
        (_mime("ftp://example.org/a.png"), ["ftp://example.org/a.png"]),
        (_mime("mtp:/phone/a.png"), ["mtp:/phone/a.png"]),
        (_mime("javascript:alert(1)"), []),
        (_mime(), []),
    ],
)
def test_files_and_links_are_told_from_the_rest(mime, items):
    assert list(texts_from_mime(mime)) == items


# --- notices


def test_a_notice_is_shown_without_taking_the_focus(qtbot, window):
    window.compose.text.setFocus()
    shown = []
    window.notices.show_notice("Your video is ready.", [("Show", lambda: shown.append("video"))])
    assert window.notices.isVisible()
    assert window.notices.text == "Your video is ready."
    assert window.compose.text.hasFocus()
    show = next(b for b in window.notices.findChildren(QPushButton) if b.text() == "Show")
    qtbot.mouseClick(show, Qt.MouseButton.LeftButton)
    assert shown == ["video"]
    assert window.notices.isHidden()


def test_notices_wait_for_each_other_and_repeat_nothing(qtbot, window):
    for text in ("One", "One", "Two", "Two"):
        window.notices.show_notice(text, timeout_ms=0)
    seen = []
    while window.notices.isVisible():
        seen.append(window.notices.text)
        qtbot.mouseClick(_button(window, "Close notice"), Qt.MouseButton.LeftButton)
    assert seen == ["One", "Two"]


def test_a_notice_goes_by_itself(qtbot, window):
    window.notices.show_notice("Short", timeout_ms=1)
    qtbot.waitUntil(window.notices.isHidden)


def test_a_long_notice_stays_inside_the_window(window):
    window.notices.show_notice("夜の街 " * 60, [("Show", str), ("Show in folder", str)])
    assert window.rect().contains(window.notices.geometry())


def test_a_notice_stands_over_the_picture_and_covers_no_control(qtbot, window):
    window.stage.text.setAccessibleName("Video")
    for width, height in ((1280, 800), (960, 600)):
        window.resize(width, height)
        window.notices.show_notice("A video is ready. " * 4, [("Watch", str)], 0)
        picture = window.stage.text
        room = QRect(picture.mapTo(window, QPoint(0, 0)), picture.size())
        assert room.contains(window.notices.geometry())
        window.notices.clear()


def test_tab_goes_through_a_notice_as_it_is_read(qtbot, window):
    window.notices.show_notice("Ready", [("Watch", str), ("Save as…", str)], 0)
    buttons = {b.text() or "Close": b for b in window.notices.findChildren(QPushButton)}
    buttons["Watch"].setFocus()
    for following in ("Save as…", "Close"):
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        assert QApplication.focusWidget() is buttons[following]


def test_a_notice_follows_the_picture_when_its_room_changes(qtbot, window):
    window.stage.text.setAccessibleName("Video")
    window.notices.show_notice("Ready", timeout_ms=0)
    before = window.notices.geometry()
    window.queue.hide()
    qtbot.waitUntil(lambda: window.notices.geometry().top() > before.top())


def test_strange_text_in_a_notice_is_shown_as_it_is(window):
    window.notices.show_notice("<h1>big</h1>")
    labels = [x for x in window.notices.findChildren(QLabel) if x.text() == "<h1>big</h1>"]
    assert [x.textFormat() for x in labels] == [Qt.TextFormat.PlainText]


def test_only_what_says_so_goes_on_while_its_key_is_held(window):
    actions = {spec.id: window.commands.action(spec.id) for spec in ACTIONS}
    assert {i for i, action in actions.items() if action.autoRepeat()} == {
        spec.id for spec in ACTIONS if spec.repeats
    }
    assert not {"generate", "delete", "pause_queue", "new_draft"} & {
        spec.id for spec in ACTIONS if spec.repeats
    }
    assert not [s.key().toString() for s in window.findChildren(QShortcut) if s.autoRepeat()]
