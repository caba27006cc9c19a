"""The dialogs: connecting, settings, set-up, details, code, keys, questions."""

from __future__ import annotations

from itertools import pairwise

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QFileDialog,
    QLabel,
    QLineEdit,
    QMainWindow,
    QPlainTextEdit,
    QPushButton,
    QRadioButton,
    QWidget,
)

from kling_desktop.motion.account import (
    UNUSABLE,
    AccountState,
    Connection,
    ConnectResult,
    TokenCheck,
    TokenOutcome,
)
from kling_desktop.motion.price import Quote
from kling_desktop.motion.token import TokenKind
from kling_desktop.ui.action_table import ACTIONS
from kling_desktop.ui.dialogs.ask import cost_question
from kling_desktop.ui.dialogs.code import CodeSheet
from kling_desktop.ui.dialogs.connect import ConnectSheet
from kling_desktop.ui.dialogs.details import DetailsSheet
from kling_desktop.ui.dialogs.fields import CreditsSpin, JobsSpin
from kling_desktop.ui.dialogs.keys import KeysSheet
from kling_desktop.ui.dialogs.rows import Rows
from kling_desktop.ui.dialogs.sandbox_help import SandboxHelpSheet
from kling_desktop.ui.dialogs.settings import SettingsSheet
from kling_desktop.ui.dialogs.setup import SetupSheet
from kling_desktop.ui.dialogs.token_field import StatusLine, masked
from kling_desktop.ui.dialogs.trouble import TroubleSheet
from kling_desktop.ui.presenter.accounts import show_result
from kling_desktop.ui.theme import theme
from kling_desktop.ui.widgets import unbroken

ACCOUNT = "platform-v1-" + "0123456789abcdef" * 4
API = "0123456789abcdef" * 2
MOST_STEPS = 40
LINE_PX = 10  # what stands beside each other may differ by a few pixels in height


@pytest.fixture
def host(qtbot, qapp):
    theme().apply(qapp)
    window = QMainWindow()
    window.setCentralWidget(QWidget())
    window.resize(1000, 700)
    qtbot.addWidget(window)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    return window


def by_name(parent: QWidget, kind: type, name: str):
    found = [w for w in parent.findChildren(kind) if w.accessibleName() == name]
    assert len(found) == 1, f"{name}: {len(found)}"
    return found[0]


def button(parent: QWidget, text: str) -> QPushButton:
    return next(b for b in parent.findChildren(QPushButton) if b.text() == text)


def texts(parent: QWidget) -> str:
    return "\n".join(label.text() for label in parent.findChildren(QLabel) if label.isVisible())


def press(qtbot, widget: QPushButton) -> None:
    qtbot.mouseClick(widget, Qt.MouseButton.LeftButton)


# --- connecting


@pytest.fixture
def connect(host):
    sheet = ConnectSheet(host)
    sheet.account = by_name(sheet, QLineEdit, "Account token")
    sheet.api = by_name(sheet, QLineEdit, "API token")
    sheet.test = by_name(sheet, QPushButton, "Test")
    sheet.connect_button = by_name(sheet, QPushButton, "Connect")
    sheet.open()
    return sheet


def paste(qtbot, field: QLineEdit, text: str) -> None:
    QApplication.clipboard().setText(text)
    field.setFocus()
    qtbot.keyClick(field, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)


def test_one_paste_and_enter_connect(qtbot, connect):
    assert connect.account.hasFocus()
    paste(qtbot, connect.account, ACCOUNT)
    with qtbot.waitSignal(connect.connect_requested) as caught:
        qtbot.keyClick(connect.account, Qt.Key.Key_Return)
    assert caught.args == [ACCOUNT, ""]


def test_nothing_can_be_tested_or_connected_without_a_token(qtbot, connect):
    assert not connect.test.isEnabled()
    assert not connect.connect_button.isEnabled()
    with qtbot.assertNotEmitted(connect.connect_requested):
        qtbot.keyClick(connect.account, Qt.Key.Key_Return)
    qtbot.keyClicks(connect.api, "x")
    assert connect.test.isEnabled()
    assert connect.connect_button.isEnabled()


def test_test_asks_with_both_tokens(qtbot, connect):
    paste(qtbot, connect.account, ACCOUNT)
    paste(qtbot, connect.api, API)
    with qtbot.waitSignal(connect.test_requested) as caught:
        press(qtbot, connect.test)
    assert caught.args == [ACCOUNT, API]


@pytest.mark.parametrize(
    "text",
    [f"  {ACCOUNT}\n", f'"{ACCOUNT}"', f"Bearer {ACCOUNT}", f"authorization: Bearer {ACCOUNT}"],
)
def test_what_copying_brings_along_is_stripped(qtbot, connect, text):
    paste(qtbot, connect.account, text)
    assert connect.account.text() == ACCOUNT


def test_an_api_token_in_the_wrong_field_is_moved_and_said(qtbot, connect):
    paste(qtbot, connect.account, API)
    assert connect.account.text() == ""
    assert connect.api.text() == API
    assert "This is an API token, so it was moved here." in texts(connect)


def test_an_account_token_in_the_wrong_field_is_moved_and_said(qtbot, connect):
    paste(qtbot, connect.api, f"Bearer {ACCOUNT}")
    assert connect.api.text() == ""
    assert connect.account.text() == ACCOUNT
    assert "This is an account token, so it was moved here." in texts(connect)


def test_a_token_is_hidden_until_show_is_pressed(qtbot, connect):
    paste(qtbot, connect.account, ACCOUNT)
    assert connect.account.echoMode() == QLineEdit.EchoMode.Password
    show = by_name(connect, QPushButton, "Show Account token")
    press(qtbot, show)
    assert connect.account.echoMode() == QLineEdit.EchoMode.Normal
    press(qtbot, show)
    assert connect.account.echoMode() == QLineEdit.EchoMode.Password


@pytest.mark.parametrize("token", [ACCOUNT, API, "short", "", "0123456789abc"])
def test_the_masked_form_gives_away_four_characters_at_most(token):
    shown = masked(token).removeprefix("platform-v1-").replace("•", "")
    assert shown == (token[-4:] if len(token) > 12 else "")


def test_results_stand_below_their_field(connect):
    connect.set_result("account", True, "Accepted. 12.40 credits.")
    connect.set_result(TokenKind.API, False, "The service did not accept this token.")
    lines = {line.text: line.tone for line in connect.findChildren(StatusLine)}
    assert lines == {
        "Accepted. 12.40 credits.": "good",
        "The service did not accept this token.": "bad",
    }


def test_a_result_is_forgotten_when_the_token_is_edited(qtbot, connect):
    connect.set_result("account", False, "The service did not accept this token.")
    qtbot.keyClicks(connect.account, "p")
    assert "did not accept" not in texts(connect)


def test_while_busy_nothing_can_be_asked_twice(qtbot, connect):
    paste(qtbot, connect.account, ACCOUNT)
    connect.set_busy(True)
    assert not connect.test.isEnabled()
    assert not connect.connect_button.isEnabled()
    assert connect.account.isReadOnly()
    connect.set_busy(False)
    assert connect.connect_button.isEnabled()
    assert not connect.account.isReadOnly()


def test_the_page_names_the_password_store_or_says_that_there_is_none(connect):
    connect.set_store_name("GNOME Keyring")
    assert "kept in GNOME Keyring" in texts(connect)
    connect.set_store_name("<b>odd</b>")
    assert "&lt;b&gt;odd" in texts(connect)
    connect.set_store_name(None)
    assert "this run only" in texts(connect)


def test_where_do_i_find_it_can_be_asked(qtbot, connect):
    intro = next(x for x in connect.findChildren(QLabel) if "Where do I find it?" in x.text())
    with qtbot.waitSignal(connect.where_requested):
        intro.linkActivated.emit("where")


def test_connecting_tells_how_to_get_an_account_and_free_credit(qtbot, connect):
    (intro,) = (x for x in connect.findChildren(QLabel) if "Sign up" in x.text())
    assert "“Acquire”" in intro.text()
    assert "free credit" in intro.text()
    with qtbot.waitSignal(connect.sign_up_requested):
        intro.linkActivated.emit("sign_up")


def test_tokens_are_forgotten_when_the_sheet_closes(qtbot, connect):
    paste(qtbot, connect.account, ACCOUNT)
    press(qtbot, by_name(connect, QPushButton, "Show Account token"))
    press(qtbot, by_name(connect, QPushButton, "Not now"))
    assert connect.isHidden()
    assert connect.tokens() == ("", "")
    assert connect.account.echoMode() == QLineEdit.EchoMode.Password


def test_an_api_field_left_empty_beside_a_refused_account_token_is_not_blamed(connect):
    connect.account.setText(ACCOUNT)
    refused = ConnectResult(TokenCheck(TokenOutcome.REFUSED), TokenCheck(TokenOutcome.EMPTY))
    show_result(connect, refused)
    lines = [line.text for line in connect.findChildren(StatusLine)]
    assert lines[0] == "The service did not accept this account token."
    assert lines[1].startswith("With an API token alone")
    assert connect.api.placeholderText() == ""


def test_with_both_fields_empty_it_says_what_to_do(connect):
    empty = TokenCheck(TokenOutcome.EMPTY)
    show_result(connect, ConnectResult(empty, empty))
    assert "Paste a token to connect." in [x.text for x in connect.findChildren(StatusLine)]


# --- settings


@pytest.fixture
def settings(host):
    sheet = SettingsSheet(host)
    sheet.set_values(
        {
            "videos_folder": "/home/anna/Videos",
            "jobs_at_once": 2,
            "ask_above_credits": 20.0,
            "theme": "system",
            "sandbox": False,
        }
    )
    sheet.open()
    return sheet


def test_showing_values_is_no_change(qtbot, host):
    sheet = SettingsSheet(host)
    with qtbot.assertNotEmitted(sheet.values_changed):
        sheet.set_values({"jobs_at_once": 5, "theme": "dark", "sandbox": True})
    assert sheet.values()["jobs_at_once"] == 5
    assert sheet.values()["theme"] == "dark"
    assert sheet.values()["sandbox"] is True


def test_each_change_tells_all_values(qtbot, settings):
    with qtbot.waitSignal(settings.values_changed) as caught:
        qtbot.keyClick(settings.findChild(JobsSpin), Qt.Key.Key_Up)
    assert caught.args == [
        {
            "videos_folder": "/home/anna/Videos",
            "jobs_at_once": 3,
            "ask_above_credits": 20.0,
            "day_limit_credits": None,
            "clean_metadata": True,
            "large_images": False,
            "write_recipe": True,
            "theme": "system",
            "sandbox": False,
        }
    ]
    with qtbot.waitSignal(settings.values_changed) as caught:
        press(qtbot, by_name(settings, QRadioButton, "Dark theme"))
    assert caught.args[0]["theme"] == "dark"
    with qtbot.waitSignal(settings.values_changed) as caught:
        qtbot.keyClick(by_name(settings, QCheckBox, "Use the sandbox"), Qt.Key.Key_Space)
    assert caught.args[0]["sandbox"] is True


def test_jobs_at_once_stay_within_their_limits(settings):
    spin = settings.findChild(JobsSpin)
    assert (spin.minimum(), spin.maximum()) == (1, 8)


def test_a_limit_of_nothing_reads_always_ask(settings):
    spin = by_name(settings, CreditsSpin, "Ask above credits")
    spin.setValue(0)
    assert spin.text() == "always ask"


def test_a_limit_for_a_day_is_switched_on_changed_and_off_again(qtbot, settings):
    check = by_name(settings, QCheckBox, "Limit for a day")
    spin = by_name(settings, CreditsSpin, "Credits a day")
    assert not spin.isEnabled()
    with qtbot.waitSignal(settings.values_changed) as caught:
        qtbot.keyClick(check, Qt.Key.Key_Space)
    assert caught.args[0]["day_limit_credits"] == spin.value() > 0
    with qtbot.waitSignal(settings.values_changed) as caught:
        qtbot.keyClick(spin, Qt.Key.Key_Up)
    assert caught.args[0]["day_limit_credits"] == spin.value()
    with qtbot.waitSignal(settings.values_changed) as caught:
        qtbot.keyClick(check, Qt.Key.Key_Space)
    assert caught.args[0]["day_limit_credits"] is None


def test_a_limit_for_a_day_is_shown_as_it_was_kept(settings):
    settings.set_values({"day_limit_credits": 35.0})
    assert settings.values()["day_limit_credits"] == 35.0
    settings.set_values({"day_limit_credits": None})
    assert settings.values()["day_limit_credits"] is None


def test_another_folder_is_chosen_without_stopping_the_program(qtbot, settings, tmp_path):
    press(qtbot, by_name(settings, QPushButton, "Choose videos folder"))
    dialog = settings.window().findChild(QFileDialog)
    assert dialog.isVisible()
    with qtbot.waitSignal(settings.values_changed) as caught:
        dialog.fileSelected.emit(str(tmp_path))
    assert caught.args[0]["videos_folder"] == str(tmp_path)
    dialog.reject()


def test_settings_show_the_last_four_of_each_token_and_the_store(settings):
    settings.set_account(
        AccountState(
            Connection.ONLINE,
            has_api_token=True,
            has_account_token=True,
            api_token_hint="91be",
            account_token_hint="5f3a",
            account_name="Anna",
            token_store="GNOME Keyring",
        )
    )
    shown = texts(settings)
    assert "Anna: account token …5f3a, API token …91be." in shown
    assert "Kept in GNOME Keyring." in shown
    assert button(settings, "Change token…").isVisible()
    assert button(settings, "Disconnect").isVisible()


@pytest.mark.parametrize("name", ["", "Anna"])
@pytest.mark.parametrize("how", sorted(UNUSABLE))
def test_settings_never_say_connected_beside_a_token_that_is_not_accepted(settings, how, name):
    both = {"has_api_token": True, "has_account_token": True, "account_name": name}
    settings.set_account(AccountState(how, **both))
    assert (name or "Not connected") in settings._who.text()
    assert "Connected" not in settings._who.text()
    settings.set_account(AccountState(Connection.ONLINE, **both))
    assert (name or "Connected") in settings._who.text()


def test_a_token_of_the_environment_cannot_be_disconnected(settings):
    account = AccountState(Connection.ONLINE, has_api_token=True, api_token_hint="91be")
    settings.set_account(account, from_environment=True)
    assert "environment variables" in texts(settings)
    assert not button(settings, "Disconnect").isVisible()


def test_without_a_store_settings_say_this_run_only(settings):
    settings.set_account(AccountState(Connection.ONLINE, has_api_token=True, token_store=None))
    assert "this run only" in texts(settings)
    assert "Files from this computer need the account token." in texts(settings)


def test_in_the_sandbox_settings_offer_no_disconnect(settings):
    settings.set_account(AccountState(Connection.SANDBOX, has_api_token=True))
    assert "nothing is charged" in texts(settings)
    assert not button(settings, "Disconnect").isVisible()


@pytest.mark.parametrize(
    ("name", "signal"),
    [("Connect account", "connect_requested"), ("Disconnect", "disconnect_requested")],
)
def test_account_buttons_of_settings_say_what_is_wished(qtbot, settings, name, signal):
    settings.set_account(AccountState(Connection.ONLINE, has_api_token=True))
    with qtbot.waitSignal(getattr(settings, signal)):
        press(qtbot, by_name(settings, QPushButton, name))


# --- the first set-up


def test_set_up_offers_good_answers_and_tells_them(qtbot, host):
    sheet = SetupSheet(host, "/home/anna/Videos")
    sheet.open()
    with qtbot.waitSignal(sheet.chosen) as caught:
        qtbot.keyClick(host.focusWidget(), Qt.Key.Key_Return)
    assert caught.args == [
        {"videos_folder": "/home/anna/Videos", "jobs_at_once": 2, "ask_above_credits": 20.0}
    ]
    assert sheet.isHidden()


def test_set_up_can_be_skipped(qtbot, host):
    sheet = SetupSheet(host, "/home/anna/Videos")
    sheet.open()
    with qtbot.assertNotEmitted(sheet.chosen):
        press(qtbot, button(sheet, "Skip"))
    assert sheet.isHidden()


# --- details, code, keys, questions


def test_details_show_strange_text_as_it_is_and_copy_it_whole(qtbot, host):
    link = "https://cdn.example.org/" + "x" * 200 + ".png"
    sheet = DetailsSheet(host, "Details", [("Message", "<b>no</b>"), ("Picture", link)])
    sheet.open()
    labels = [x for x in sheet.findChildren(QLabel) if x.text() == "<b>no</b>"]
    assert [x.textFormat() for x in labels] == [Qt.TextFormat.PlainText]
    press(qtbot, by_name(sheet, QPushButton, "Copy Picture"))
    assert QGuiApplication.clipboard().text() == link
    press(qtbot, button(sheet, "Copy all"))
    assert QGuiApplication.clipboard().text() == f"Message: <b>no</b>\nPicture: {link}"
    assert button(sheet, "Copied").isVisible()


def test_long_links_in_details_stay_inside_the_card(qtbot, host):
    sheet = DetailsSheet(host, "Details", [("Picture", "https://e.org/" + "x" * 900)])
    sheet.open()
    value = next(x for x in sheet.findChildren(QLabel) if "xxx" in x.text())
    corner = value.mapTo(sheet, value.rect().bottomRight())
    assert sheet.card.geometry().contains(corner)


def test_details_without_copying_have_no_copy_button(host):
    sheet = DetailsSheet(host, "About", [("Version", "0.1")], copyable=False)
    assert [b.text() for b in sheet.findChildren(QPushButton)] == ["Close"]


def test_code_is_copied_in_the_language_that_is_shown(qtbot, host):
    sheet = CodeSheet(host, [("cURL", "curl https://e.org"), ("Python", "import requests")])
    sheet.open()
    code = by_name(sheet, QPlainTextEdit, "Code")
    assert code.isReadOnly()
    assert code.toPlainText() == "curl https://e.org"
    press(qtbot, by_name(sheet, QRadioButton, "Python"))
    assert code.toPlainText() == "import requests"
    press(qtbot, by_name(sheet, QPushButton, "Copy code"))
    assert QGuiApplication.clipboard().text() == "import requests"


def test_code_of_files_of_this_computer_says_that_links_have_to_be_put_in(host):
    sheet = CodeSheet(host, [("cURL", "curl")], needs_links=True)
    sheet.open()
    assert "a public link to each file where the placeholders stand" in texts(sheet)


def test_the_key_sheet_has_every_action_with_a_key(host):
    sheet = KeysSheet(host)
    shown = {label.text() for label in sheet.findChildren(QLabel)}
    assert {spec.text.rstrip("…") for spec in ACTIONS if spec.keys} <= shown


@pytest.mark.parametrize(("estimated", "title"), [(True, "≈ 21.40"), (False, "21.40")])
def test_a_large_sum_is_asked_for(qtbot, host, estimated, title):
    answers = []
    quote = Quote(credits=21.4, duration_s=20.1, estimated=estimated)
    sheet = cost_question(host, quote, 20.0, 12.4)
    sheet.accepted.connect(lambda: answers.append("yes"))
    sheet.open()
    assert f"This costs {title} credits" in texts(sheet)
    assert unbroken("20.00 credits") in texts(sheet)
    assert unbroken("12.40 credits") in texts(sheet)
    press(qtbot, button(sheet, "Not now"))
    assert answers == []


def test_a_sum_that_reads_as_the_limit_is_told_exactly(host):
    quote = Quote(credits=2.3916667, duration_s=3.4, estimated=False)
    sheet = cost_question(host, quote, 2.39, None)
    sheet.open()
    assert "This costs 2.391667 credits" in texts(sheet)
    assert unbroken("2.39 credits") in texts(sheet)


def test_a_large_sum_is_spent_after_a_yes(qtbot, host):
    answers = []
    quote = Quote(credits=21.4, duration_s=20.1, estimated=False)
    sheet = cost_question(host, quote, 20.0, None)
    sheet.accepted.connect(lambda: answers.append("yes"))
    sheet.open()
    press(qtbot, button(sheet, "Generate"))
    assert answers == ["yes"]


def test_the_sandboxs_words_are_listed(host):
    sheet = SandboxHelpSheet(host, [("[fail]", "The service fails"), ("[slow]", "It takes long")])
    sheet.open()
    assert "[fail]\nThe service fails\n[slow]\nIt takes long" in texts(sheet)


def test_every_button_and_field_of_the_sheets_has_a_name(host):
    sheets = [
        ConnectSheet(host),
        SettingsSheet(host),
        SetupSheet(host, "/tmp"),
        CodeSheet(host, [("cURL", "")]),
        DetailsSheet(host, "Details", [("a", "b")]),
        KeysSheet(host),
    ]
    for sheet in sheets:
        for widget in sheet.findChildren(QLineEdit):
            inner = widget.objectName() == "qt_spinbox_lineedit"
            assert inner or widget.accessibleName(), sheet.windowTitle()
        for widget in sheet.findChildren(QPushButton):
            assert widget.accessibleName() or widget.text(), sheet.windowTitle()


def test_tab_goes_through_every_sheet_in_reading_order(qtbot, host):
    sheets = [
        ConnectSheet(host),
        SettingsSheet(host),
        SetupSheet(host, "/tmp"),
        CodeSheet(host, [("cURL", "")]),
        DetailsSheet(host, "Details", [("a", "b"), ("c", "d")]),
    ]
    for sheet in sheets:
        sheet.open()
        start = host.focusWidget()
        steps = [start]
        qtbot.keyClick(start, Qt.Key.Key_Tab)
        while host.focusWidget() is not start:
            if host.focusWidget() is not steps[-1]:  # a label is left after its last link
                steps.append(host.focusWidget())
            qtbot.keyClick(host.focusWidget(), Qt.Key.Key_Tab)
            assert len(steps) < MOST_STEPS, "Tab never came round"
        places = [step.mapTo(sheet, step.rect().center()).toTuple() for step in steps]
        jumps = [
            (here, there)
            for here, there in pairwise(places)
            if there[1] < here[1] - LINE_PX or (there[1] <= here[1] + LINE_PX and there < here)
        ]
        back_to_the_top = 0 if places[0] == min(places, key=lambda place: place[1]) else 1
        assert len(jumps) <= back_to_the_top, (sheet.windowTitle(), jumps)
        sheet.reject()


# --- a library that cannot be opened


def test_trouble_says_why_and_where_and_stays_until_it_is_answered(qtbot, host):
    sheet = TroubleSheet(
        host, "Trouble", "<b>Another</b> program holds it.", "/data/account", "why", has_log=True
    )
    sheet.open()
    texts = [label.text() for label in sheet.findChildren(QLabel)]
    assert "<b>Another</b> program holds it." in texts
    assert "/data/account" in texts
    qtbot.keyClick(sheet, Qt.Key.Key_Escape)
    assert sheet.isVisible()
    with qtbot.waitSignal(sheet.quit_requested):
        press(qtbot, _button_of(sheet, "Quit"))
    assert sheet.isVisible()


def test_trying_again_puts_the_trouble_away_first(qtbot, host):
    sheet = TroubleSheet(host, "Trouble", "Another program holds it.", "", "", has_log=False)
    sheet.open()
    seen = []
    sheet.retry_requested.connect(lambda: seen.append(sheet.isVisible()))
    press(qtbot, _button_of(sheet, "Try again"))
    assert seen == [False]


def test_a_row_without_a_value_has_nothing_to_copy(host):
    sheet = DetailsSheet(host, "Title", [("File", "–"), ("Code", "used_up")])
    names = [b.accessibleName() for b in sheet.findChildren(QPushButton)]
    assert "Copy Code" in names
    assert "Copy File" not in names


def test_content_that_scrolls_keeps_its_width_beside_the_bar(qtbot, host):
    rows = [(f"[{n}]", "what happens") for n in range(60)]
    tall, short = SandboxHelpSheet(host, rows), SandboxHelpSheet(host, rows[:2])
    widths = []
    for sheet in (tall, short):
        sheet.open()
        QApplication.processEvents()
        widths.append(sheet.findChild(Rows).width())
        sheet.accept()
    assert widths[0] == widths[1]


def _button_of(sheet: QWidget, text: str) -> QPushButton:
    return next(b for b in sheet.findChildren(QPushButton) if b.text() == text)
