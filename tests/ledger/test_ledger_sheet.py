"""The sheet "Spending" as a person meets it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from types import SimpleNamespace

import pytest
from ledger_rows import row
from PySide6.QtCore import QLocale, QPoint, Qt
from PySide6.QtWidgets import (
    QApplication,
    QFileDialog,
    QLabel,
    QMainWindow,
    QPushButton,
    QScrollArea,
    QWidget,
)

from kling_desktop.motion.job import JobState
from kling_desktop.motion.ledger import Charge, Grain, LedgerProblem, LedgerState
from kling_desktop.motion.request import Mode
from kling_desktop.ui.day_watch import DayWatch
from kling_desktop.ui.ledger import LedgerSheet
from kling_desktop.ui.ledger.lines import Column
from kling_desktop.ui.ledger.periods import page_with, shown_periods, step
from kling_desktop.ui.ledger.scale import axis, tick_text
from kling_desktop.ui.theme import theme

TODAY = date(2026, 11, 23)
READ = LedgerState(readable=True, read_at=1_795_000_000.0)


def noon(days_ago: int) -> float:
    """Noon of a day, by this computer's clock."""
    day = TODAY - timedelta(days=days_ago)
    return datetime(day.year, day.month, day.day, 12).timestamp()


ROWS = (
    row(job_id="a", at=noon(0), estimate_credits=5.0, charged_credits=5.25, title="astronaut × a"),
    row(job_id="b", at=noon(0) - 60, estimate_credits=2.0, charged_credits=2.0, mode=Mode.PRO),
    row(
        job_id="c",
        at=noon(1),
        estimate_credits=3.0,
        charged_credits=0.0,
        charge=Charge.NOTHING,
        state=JobState.FAILED,
    ),
    row(job_id="d", at=noon(40), charged_credits=None, charge=Charge.WAITING, title="old × clip"),
)


@pytest.fixture
def host(qtbot, qapp):
    theme().apply(qapp)
    window = QMainWindow()
    window.setCentralWidget(QWidget())
    window.resize(1100, 780)
    qtbot.addWidget(window)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    return window


@pytest.fixture
def clock():
    """Time that stands until it is moved."""
    return SimpleNamespace(now=noon(0))


@pytest.fixture
def sheet(host, clock):
    made = LedgerSheet(host, now=lambda: clock.now)
    made.set_ledger(ROWS, READ)
    made.open()
    return made


def button(parent: QWidget, text: str) -> QPushButton:
    return next(b for b in parent.findChildren(QPushButton) if b.text() == text)


def texts(parent: QWidget) -> str:
    return "\n".join(label.text() for label in parent.findChildren(QLabel) if label.isVisible())


def lines(sheet: LedgerSheet) -> list[list[str]]:
    """What the table shows, cell by cell."""
    model = sheet.table.model
    return [[str(model.data(model.index(n, c))) for c in Column] for n in range(model.rowCount())]


def test_each_day_has_its_sum_above_its_videos(sheet):
    shown = lines(sheet)
    assert [line[Column.DATE] for line in shown if line[Column.MODEL] == ""][:2] == [
        "Today",
        "Yesterday",
    ]
    today, first, second, yesterday, failed = shown[:5]
    assert today[Column.ESTIMATE :] == ["7.00", "7.25", "+0.25"]
    assert today[Column.TITLE] == "2 videos"
    assert first[Column.TITLE :] == [
        "astronaut × a",
        "Standard",
        "kling-v2-6",
        "8.4 s",
        "5.00",
        "5.25",
        "+0.25",
    ]
    assert second[Column.QUALITY] == "Pro"
    assert yesterday[Column.ESTIMATE :] == ["0.00", "0.00", "–"]
    assert failed[Column.ESTIMATE :] == ["(3.00)", "Nothing", "–"]


def test_what_is_not_known_yet_is_said_in_the_row_the_day_and_the_total(sheet):
    shown = lines(sheet)
    assert shown[-1][Column.CHARGED :] == ["Not read yet", "–"]
    assert shown[-2][Column.TITLE] == "1 video · 1 not known yet"
    assert sheet.table.total.accessibleName() == (
        "Total: charged 7.25, estimated 12.88, difference +0.25. 4 videos, 1 not known yet."
    )


@pytest.fixture
def language(request):
    """What the person's computer speaks, whatever this one does."""
    before = QLocale()
    QLocale.setDefault(QLocale(request.param))
    yield
    QLocale.setDefault(before)


@pytest.mark.parametrize(
    ("language", "months"),
    [("en_GB", ["November 2026", "October 2026"]), ("de_DE", ["November 2026", "Oktober 2026"])],
    indirect=["language"],
)
def test_months_by_mouse_group_plot_and_table_anew(qtbot, sheet, language, months):
    sheet._grains.button(Grain.MONTH.value).click()
    heads = [line[Column.DATE] for line in lines(sheet) if line[Column.MODEL] == ""]
    assert heads == months
    assert sheet.plot.shown()[-1] == date(2026, 11, 1)
    assert len(sheet.plot.shown()) == 12
    assert sheet.plot.readout()[0] == "November 2026 · 3 videos"


def test_figures_above_say_today_month_all_and_the_difference(sheet):
    names = [w.accessibleName() for w in sheet.figures.findChildren(QWidget)]
    assert "Charged today: 7.25 credits, 2 videos" in names
    assert "This month: 7.25 credits, 3 videos" in names
    assert "In all: 7.25 credits, 4 videos · 1 not known yet" in names
    assert "Against the estimates: +0.25 credits, +3.6\N{NO-BREAK SPACE}% of the estimate" in names


def test_arrow_keys_walk_the_plot_and_the_table_follows(qtbot, sheet):
    plot, table = sheet.plot, sheet.table
    plot.setFocus()
    assert plot.chosen() == TODAY
    qtbot.keyClick(plot, Qt.Key.Key_Left)
    assert plot.chosen() == TODAY - timedelta(days=1)
    assert plot.accessibleDescription() == "Yesterday · 1 video: charged 0.00 · estimated 0.00"
    assert table.model.line(table.view.currentIndex().row()).texts[0] == "Yesterday"
    qtbot.keyClick(plot, Qt.Key.Key_Left)
    assert plot.readout()[1] == "nothing sent"
    qtbot.keyClick(plot, Qt.Key.Key_End)
    qtbot.keyClick(plot, Qt.Key.Key_Right)
    assert plot.chosen() == TODAY  # there is nothing after today


def test_midnight_in_an_open_sheet_renames_the_days_and_makes_room_for_the_new_one(
    qtbot, sheet, clock
):
    day = sheet.findChild(DayWatch)
    assert sheet.plot.chosen() == TODAY
    clock.now = noon(-1)
    day.look()
    heads = [line[Column.DATE] for line in lines(sheet) if line[Column.MODEL] == ""]
    assert heads[0] == "Yesterday"
    names = [w.accessibleName() for w in sheet.figures.findChildren(QWidget)]
    assert "Charged today: 0.00 credits, 0 videos" in names
    assert sheet.plot.shown()[-1] == TODAY + timedelta(days=1)
    assert sheet.plot.readout()[0] == "Yesterday · 2 videos"  # what was chosen stays so
    qtbot.keyClick(sheet.plot, Qt.Key.Key_Right)
    assert sheet.plot.readout() == ("Today", "nothing sent")


def test_home_pages_back_to_where_the_first_video_is(qtbot, sheet):
    sheet.plot.setFocus()
    first = TODAY - timedelta(days=40)
    assert first not in sheet.plot.shown()
    qtbot.keyClick(sheet.plot, Qt.Key.Key_Home)
    assert sheet.plot.chosen() == first
    assert first in sheet.plot.shown()


def test_hovering_and_pressing_a_bar_read_its_figures(qtbot, sheet):
    plot = sheet.plot
    yesterday = TODAY - timedelta(days=1)
    with qtbot.waitSignal(plot.readout_changed) as caught:
        qtbot.mouseMove(plot, plot.place_of(yesterday).center().toPoint())
    assert caught.args[0] == "Yesterday · 1 video"
    assert plot.chosen() == TODAY
    with qtbot.waitSignal(plot.period_chosen) as chosen:
        point = plot.place_of(yesterday).center().toPoint()
        qtbot.mouseClick(plot, Qt.MouseButton.LeftButton, pos=point)
    assert chosen.args == [yesterday]
    qtbot.mouseClick(plot, Qt.MouseButton.LeftButton, pos=QPoint(2, 40))  # on the axis
    assert plot.chosen() == yesterday


def test_choosing_a_line_marks_its_bar(qtbot, sheet):
    view = sheet.table.view
    view.setFocus()
    view.setCurrentIndex(sheet.table.model.index(0, 0))
    for _ in range(4):
        qtbot.keyClick(view, Qt.Key.Key_Down)
    assert sheet.plot.chosen() == TODAY - timedelta(days=1)


def test_enter_on_a_video_asks_for_its_details_and_on_a_sum_for_nothing(qtbot, sheet):
    view, asked = sheet.table.view, []
    sheet.details_requested.connect(asked.append)
    view.setFocus()
    for line in (0, 1):
        view.setCurrentIndex(sheet.table.model.index(line, 0))
        qtbot.keyClick(view, Qt.Key.Key_Return)
    assert asked == ["a"]


def test_new_rows_keep_the_chosen_line(sheet):
    table = sheet.table
    table.view.setCurrentIndex(table.model.index(table.model.row_of_job("c"), 0))
    newer = row(job_id="new", at=noon(0) + 60)
    sheet.set_ledger((newer, *ROWS), READ)
    assert table.model.line(table.view.currentIndex().row()).row.job_id == "c"


def test_each_line_is_spoken_as_one_sentence(sheet):
    model = sheet.table.model
    role = Qt.ItemDataRole.AccessibleTextRole
    assert model.data(model.index(0, 0), role).startswith("Today: charged 7.25, estimated 7.00")
    spoken = model.data(model.index(1, 0), role)
    assert "astronaut × a, Standard, 8.4 s, estimate 5.00, charged 5.25" in spoken


def test_markup_in_a_name_stays_text_in_the_tooltip(sheet):
    sheet.set_ledger((row(title="<b>bold</b> × clip", at=noon(0)),), READ)
    model = sheet.table.model
    tip = model.data(model.index(1, 0), Qt.ItemDataRole.ToolTipRole)
    assert "<b>" not in tip
    assert "&lt;b&gt;" in tip


# --- states


def test_an_empty_ledger_says_what_will_be_here(sheet):
    sheet.set_ledger((), READ)
    assert "Nothing was sent yet" in texts(sheet)
    assert not sheet.plot.isVisible()
    assert not button(sheet, "Export CSV…").isEnabled()
    assert button(sheet, "Refresh").isEnabled()


def test_without_an_account_token_the_sheet_says_so_and_offers_to_add_it(qtbot, sheet):
    sheet.set_ledger(ROWS, LedgerState(readable=False))
    assert "cannot be read with an API token alone" in texts(sheet)
    assert not button(sheet, "Refresh").isEnabled()
    with qtbot.waitSignal(sheet.connect_requested):
        qtbot.mouseClick(button(sheet, "Add account token…"), Qt.MouseButton.LeftButton)


def test_the_sandbox_says_that_nothing_was_paid(sheet):
    assert "play credits" not in texts(sheet)
    sheet.set_ledger(ROWS, LedgerState(readable=True, sandbox=True))
    assert "play credits. Nothing here was paid." in texts(sheet)


@pytest.mark.parametrize(
    ("problem", "said"),
    [
        (LedgerProblem.OFFLINE, "cannot be reached"),
        (LedgerProblem.BUSY, "asked again by itself"),
        (LedgerProblem.REFUSED, "did not accept the account token"),
        (LedgerProblem.UNCLEAR, "did not answer clearly"),
    ],
)
def test_a_problem_is_said_above_what_is_known(sheet, problem, said):
    sheet.set_ledger(ROWS, LedgerState(readable=True, problem=problem))
    assert said in texts(sheet)
    assert sheet.plot.isVisible()


def test_a_systematic_difference_is_said_in_a_sentence(sheet):
    assert "charged 4" not in texts(sheet)
    rows = [
        row(job_id=f"j{n}", at=noon(n), estimate_credits=10.0, charged_credits=10.4)
        for n in range(3)
    ]
    sheet.set_ledger(rows, READ)
    assert "the last 3 videos were charged 4\N{NO-BREAK SPACE}% more" in texts(sheet)


def test_while_it_is_asked_refresh_waits_and_the_sheet_says_so(qtbot, sheet):
    with qtbot.waitSignal(sheet.refresh_requested):
        qtbot.mouseClick(button(sheet, "Refresh"), Qt.MouseButton.LeftButton)
    sheet.set_ledger(ROWS, LedgerState(readable=True, asking=True))
    assert "Reading the service’s ledger…" in texts(sheet)
    assert not button(sheet, "Refresh").isEnabled()


def test_the_card_grows_when_the_first_video_arrives(qtbot, sheet):
    sheet.set_ledger((), READ)
    qtbot.waitUntil(lambda: sheet.card.height() < 450)
    sheet.set_ledger(ROWS, READ)
    qtbot.waitUntil(lambda: sheet.card.height() > 600)
    assert sheet.table.total.visibleRegion().boundingRect().height() == sheet.table.total.height()


# --- exporting and closing


def test_export_opens_a_dialog_without_a_loop_of_its_own_and_hands_over_the_path(
    qtbot, sheet, tmp_path
):
    qtbot.mouseClick(button(sheet, "Export CSV…"), Qt.MouseButton.LeftButton)
    (dialog,) = sheet.window().findChildren(QFileDialog)
    assert dialog.acceptMode() is QFileDialog.AcceptMode.AcceptSave
    assert dialog.defaultSuffix() == "csv"
    target = str(tmp_path / "spending.csv")
    with qtbot.waitSignal(sheet.export_requested) as caught:
        dialog.fileSelected.emit(target)
    assert caught.args == [target]
    dialog.reject()


def test_escape_closes_and_enter_presses_close(qtbot, sheet):
    with qtbot.waitSignal(sheet.closed):
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Escape)
    assert not sheet.isVisible()


def test_in_a_small_window_buttons_and_table_are_in_sight(qtbot, host, sheet):
    host.resize(960, 600)
    qtbot.waitUntil(lambda: sheet.height() == host.height())
    qtbot.waitUntil(lambda: sheet.card.geometry().bottom() < host.height())
    close = button(sheet, "Close")
    assert host.rect().contains(close.mapTo(host, close.rect().bottomRight()))
    total = sheet.table.total
    shown = total.visibleRegion().boundingRect()
    assert shown.height() == total.height()


@pytest.mark.parametrize("choice", ["dark", "light"])
def test_it_paints_in_both_themes(sheet, choice):
    theme().set_choice(choice)
    try:
        tokens, image = theme().tokens, sheet.plot.grab().toImage()
    finally:
        theme().set_choice("system")
    width, height = image.width(), image.height()
    seen = {image.pixelColor(x, y).name() for x in range(width) for y in range(height)}
    # The axis, the bar of the chosen day, and the ground behind it.
    assert {tokens.line.lower(), tokens.text.lower(), tokens.raised.lower()} <= seen


# --- the plot's arithmetic


@pytest.mark.parametrize(
    ("highest", "ticks"),
    [
        (0.0, (0.0, 0.25, 0.5, 0.75, 1.0)),
        (5.88, (0.0, 2.0, 4.0, 6.0)),
        (70.0, (0.0, 20.0, 40.0, 60.0, 80.0)),
        (1000.0, (0.0, 250.0, 500.0, 750.0, 1000.0)),
    ],
)
def test_the_axis_has_round_figures(highest, ticks):
    assert axis(highest) == pytest.approx(ticks)


def test_figures_of_the_axis_have_as_many_digits_as_they_need():
    assert [tick_text(2.5, 2.5), tick_text(40, 20), tick_text(0.25, 0.25)] == ["2.5", "40", "0.25"]


def test_months_step_over_the_turn_of_the_year():
    assert step(date(2026, 1, 1), Grain.MONTH, -1) == date(2025, 12, 1)
    assert step(date(2025, 12, 1), Grain.MONTH, 2) == date(2026, 2, 1)
    assert step(date.min, Grain.DAY, -1) == date.min


def test_pages_are_counted_back_from_today_without_gap():
    first = shown_periods(TODAY, Grain.DAY)
    before = page_with(first[0] - timedelta(days=1), TODAY, Grain.DAY)
    assert first[-1] == TODAY
    assert before[-1] == first[0] - timedelta(days=1)


def test_where_not_even_the_least_fits_the_card_scrolls_and_comes_to_rest(
    qtbot, host, sheet, monkeypatch
):
    placed = []
    place = type(sheet)._place
    monkeypatch.setattr(type(sheet), "_place", lambda self: (placed.append(1), place(self)))
    host.resize(960, 460)
    rows = [row(job_id=f"j{n}", at=noon(n), charged_credits=6.2) for n in range(3)]
    sheet.set_ledger(rows, LedgerState(readable=True, sandbox=True, problem=LedgerProblem.BUSY))
    bar = next(a for a in sheet.findChildren(QScrollArea)).verticalScrollBar()
    qtbot.waitUntil(lambda: bar.isVisible() and bar.maximum() > 0)
    for _ in range(20):  # whatever is still to be laid out
        QApplication.sendPostedEvents()
        QApplication.processEvents()
    placed.clear()
    for _ in range(20):
        QApplication.processEvents()
    assert placed == []
