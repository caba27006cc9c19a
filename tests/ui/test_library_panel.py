"""The Library as a person uses it: mouse, keys, search, menu, a screen reader."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QItemSelectionModel, QLocale, QObject, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QAccessible, QColor, QContextMenuEvent, QImage, QPainter
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu, QPushButton, QWidget
from pytestqt.qtbot import QtBot
from queue_library_jobs import NOW, make_done, make_job, make_request

from kling_desktop.motion.job import CANCELLED_UNASKED, Job, JobError, JobState
from kling_desktop.ui.day_watch import DayWatch
from kling_desktop.ui.library import LibraryPanel
from kling_desktop.ui.library.delegate import reason
from kling_desktop.ui.library.posters import PosterCache, read_fitted
from kling_desktop.ui.library.times import clock_text, day_text
from kling_desktop.ui.library.view import LibraryView
from kling_desktop.ui.theme import theme
from kling_desktop.ui.tr import words

DAY_S = 86_400.0
THREE = [make_done("a", 60), make_done("b", 120), make_done("c", DAY_S)]


class Clock:
    """Time that stands until it is moved."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


class Paints(QObject):
    """Counts how often a widget is painted."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self.seen = 0
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        self.seen += event.type() == QEvent.Type.Paint
        return super().eventFilter(watched, event)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def panel(qtbot: QtBot, clock: Clock) -> LibraryPanel:
    theme().apply(QApplication.instance())
    made = LibraryPanel(now=clock)
    made.resize(272, 700)
    qtbot.addWidget(made)
    with qtbot.waitExposed(made):
        made.show()
    return made


@pytest.fixture
def view(panel: LibraryPanel) -> LibraryView:
    return panel.findChild(LibraryView)


@pytest.fixture
def search(panel: LibraryPanel) -> QLineEdit:
    return panel.findChild(QLineEdit)


def button(panel: LibraryPanel, name: str) -> QPushButton:
    buttons = panel.findChildren(QPushButton)
    found = [b for b in buttons if name in (b.accessibleName(), b.text())]
    assert len(found) == 1
    return found[0]


def centre(view: LibraryView, row: int) -> QPoint:
    return view.visualRect(view.model().index(row, 0)).center()


def click(qtbot: QtBot, view: LibraryView, row: int, *modifiers: Qt.KeyboardModifier) -> None:
    chosen = modifiers[0] if modifiers else Qt.KeyboardModifier.NoModifier
    left = Qt.MouseButton.LeftButton
    qtbot.mouseClick(view.viewport(), left, chosen, pos=centre(view, row))


def shown(view: LibraryView) -> list[str]:
    return [view.model().job_at(row).job_id for row in range(view.model().rowCount())]


def menu_at(view: LibraryView, row: int) -> QMenu:
    pos = centre(view, row)
    port = view.viewport()
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, pos, port.mapToGlobal(pos))
    QApplication.sendEvent(port, event)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    return menu


def values(menu: QMenu, *, enabled: bool = False) -> list[str]:
    actions = [a for a in menu.actions() if not a.isSeparator()]
    return [a.data() for a in actions if a.isEnabled() or not enabled]


def test_a_click_chooses_and_a_double_click_plays(
    qtbot: QtBot, panel: LibraryPanel, view: LibraryView
) -> None:
    panel.set_jobs(THREE)
    with qtbot.waitSignal(panel.selected) as chosen:
        click(qtbot, view, 1)
    assert chosen.args == ["b"]
    assert panel.selected_ids() == ["b"]
    with qtbot.waitSignal(panel.activated) as played:
        qtbot.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, pos=centre(view, 2))
    assert played.args == ["c"]


def test_choosing_by_program_tells_nobody(panel: LibraryPanel) -> None:
    panel.set_jobs(THREE)
    told = QSignalSpy(panel.selected)
    panel.select("c")
    assert panel.selected_ids() == ["c"]
    assert told.count() == 0


def test_arrows_go_by_tiles_and_across_days(
    qtbot: QtBot, panel: LibraryPanel, view: LibraryView
) -> None:
    panel.set_jobs(THREE)  # a b | c
    panel.select("b")
    gone: list[str] = []
    panel.selected.connect(gone.append)
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_Right, Qt.Key.Key_Right):
        qtbot.keyClick(view, key)
    assert gone == ["c", "a", "b", "c"]
    qtbot.keyClick(view, Qt.Key.Key_Home)
    qtbot.keyClick(view, Qt.Key.Key_End)
    assert gone[4:] == ["a", "c"]


def test_shift_extends_and_control_adds(
    qtbot: QtBot, panel: LibraryPanel, view: LibraryView
) -> None:
    panel.set_jobs([make_done(str(i), i) for i in range(6)])
    click(qtbot, view, 1)
    click(qtbot, view, 4, Qt.KeyboardModifier.ShiftModifier)
    assert panel.selected_ids() == ["1", "2", "3", "4"]
    click(qtbot, view, 2, Qt.KeyboardModifier.ControlModifier)
    assert panel.selected_ids() == ["1", "3", "4"]
    panel.select("0")
    qtbot.keyClick(view, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClick(view, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert panel.selected_ids() == ["0", "1", "2"]


def test_next_and_previous_stop_at_the_ends(panel: LibraryPanel) -> None:
    panel.set_jobs(THREE)
    gone: list[str] = []
    panel.selected.connect(gone.append)
    for step in (panel.select_next, panel.select_next, panel.select_next, panel.select_next):
        step()
    panel.select_previous()
    assert gone == ["a", "b", "c", "c", "b"]


@pytest.mark.parametrize(
    ("key", "modifier", "wish"),
    [
        (Qt.Key.Key_Delete, Qt.KeyboardModifier.NoModifier, "delete"),
        (Qt.Key.Key_F, Qt.KeyboardModifier.NoModifier, "favourite"),
        (Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier, "copy"),
    ],
)
def test_keys_wish_for_the_current_job(
    qtbot: QtBot,
    panel: LibraryPanel,
    view: LibraryView,
    key: Qt.Key,
    modifier: Qt.KeyboardModifier,
    wish: str,
) -> None:
    panel.set_jobs(THREE)
    panel.select("b")
    with qtbot.waitSignal(panel.action_requested) as asked:
        qtbot.keyClick(view, key, modifier)
    assert asked.args == ["b", wish]


def test_enter_plays(qtbot: QtBot, panel: LibraryPanel, view: LibraryView) -> None:
    panel.set_jobs(THREE)
    panel.select("a")
    with qtbot.waitSignal(panel.activated) as played:
        qtbot.keyClick(view, Qt.Key.Key_Return)
    assert played.args == ["a"]


def test_the_menu_of_a_finished_job_has_everything(panel: LibraryPanel, view: LibraryView) -> None:
    panel.set_jobs(THREE)
    menu = menu_at(view, 0)
    assert values(menu, enabled=True) == [
        "play",
        "save_as",
        "show_in_folder",
        "copy",
        "compare_with",
        "favourite",
        "remix",
        "fetch_again",
        "copy_code",
        "copy_report",
        "details",
        "delete",
    ]
    assert panel.selected_ids() == ["a"]
    menu.close()


def test_the_menu_of_a_missing_file_offers_to_fetch_it_again(
    panel: LibraryPanel, view: LibraryView
) -> None:
    panel.set_jobs(THREE)
    panel.set_missing("a", True)
    menu = menu_at(view, 0)
    enabled = values(menu, enabled=True)
    assert "fetch_again" in enabled
    assert not {"play", "save_as", "show_in_folder", "copy"} & set(enabled)
    menu.close()


@pytest.mark.parametrize(
    ("state", "offered"),
    [
        (JobState.FAILED, "retry"),
        (JobState.UNWATCHED, "watch_again"),
        (JobState.CANCELLED, "retry"),
    ],
)
def test_a_job_without_a_video_offers_its_own_way_on(
    panel: LibraryPanel, view: LibraryView, state: JobState, offered: str
) -> None:
    panel.set_jobs([make_job("f", state)])
    menu = menu_at(view, 0)
    assert offered in values(menu)
    assert "play" not in values(menu)
    menu.close()


def test_an_action_of_the_menu_is_emitted(
    qtbot: QtBot, panel: LibraryPanel, view: LibraryView
) -> None:
    panel.set_jobs(THREE)
    for value, signal, args in (
        ("remix", panel.action_requested, ["b", "remix"]),
        ("play", panel.activated, ["b"]),
    ):
        menu = menu_at(view, 1)
        (entry,) = [a for a in menu.actions() if a.data() == value]
        with qtbot.waitSignal(signal) as asked:
            at = menu.actionGeometry(entry).center()
            qtbot.mouseClick(menu, Qt.MouseButton.LeftButton, pos=at)
        assert asked.args == args


def test_the_menu_of_several_jobs_counts_them(panel: LibraryPanel, view: LibraryView) -> None:
    panel.set_jobs(THREE)
    view.selectAll()
    menu = menu_at(view, 1)
    assert values(menu) == ["copy", "delete"]
    assert any("3" in a.text() for a in menu.actions())
    assert panel.selected_ids() == ["a", "b", "c"]
    menu.close()


def test_typing_in_the_search_field_filters_at_once(
    qtbot: QtBot, panel: LibraryPanel, view: LibraryView, search: QLineEdit
) -> None:
    panel.set_jobs([make_done("x", request=make_request("rocket")), make_done("y")])
    panel.focus_search()
    qtbot.keyClicks(search, "rock")
    assert shown(view) == ["x"]
    qtbot.keyClick(search, Qt.Key.Key_Escape)
    assert sorted(shown(view)) == ["x", "y"]


def test_focusing_the_search_is_told(qtbot: QtBot, panel: LibraryPanel) -> None:
    panel.set_jobs(THREE)
    panel.focus_list()
    with qtbot.waitSignal(panel.search_focused):
        panel.focus_search()


def test_down_leads_from_the_search_into_the_list(
    qtbot: QtBot, panel: LibraryPanel, view: LibraryView, search: QLineEdit
) -> None:
    panel.set_jobs(THREE)
    panel.focus_search()
    with qtbot.waitSignal(panel.selected) as chosen:
        qtbot.keyClick(search, Qt.Key.Key_Down)
    assert chosen.args == ["a"]
    assert view.hasFocus()


def test_the_chosen_job_is_found_again_after_a_search(
    panel: LibraryPanel, search: QLineEdit
) -> None:
    panel.set_jobs(THREE)
    panel.select("b")
    search.setText("astronaut")
    assert panel.selected_ids() == ["b"]
    panel.set_jobs([*THREE, make_done("d", 5)])
    assert panel.selected_ids() == ["b"]


def test_nothing_found_offers_to_show_all(
    qtbot: QtBot, panel: LibraryPanel, view: LibraryView, search: QLineEdit
) -> None:
    panel.set_jobs(THREE)
    qtbot.mouseClick(button(panel, "Favourites"), Qt.MouseButton.LeftButton)
    search.setText("zebra")
    assert not view.isVisible()
    qtbot.mouseClick(button(panel, "Show all"), Qt.MouseButton.LeftButton)
    assert view.isVisible()
    assert shown(view) == ["a", "b", "c"]
    assert button(panel, "All").isChecked()


def test_an_empty_library_says_that_nothing_is_uploaded(
    panel: LibraryPanel, view: LibraryView
) -> None:
    panel.set_jobs([])
    assert not view.isVisible()
    assert not button(panel, "Failed").isVisible()
    panel.upsert(make_done("a"))
    assert view.isVisible()
    panel.remove("a")
    assert not view.isVisible()


def test_chips_filter(qtbot: QtBot, panel: LibraryPanel, view: LibraryView) -> None:
    panel.set_jobs([*THREE, make_done("h", favourite=True), make_job("f", JobState.FAILED)])
    for name, ids in (("Favourites", ["h"]), ("Failed", ["f"])):
        qtbot.mouseClick(button(panel, name), Qt.MouseButton.LeftButton)
        assert shown(view) == ids
    qtbot.mouseClick(button(panel, "All"), Qt.MouseButton.LeftButton)
    assert len(shown(view)) == 5


def test_the_list_shows_more_jobs_than_the_grid(
    qtbot: QtBot, panel: LibraryPanel, view: LibraryView
) -> None:
    panel.set_jobs(THREE)
    tile = view.visualRect(view.model().index(0, 0))
    qtbot.mouseClick(button(panel, "Show as list"), Qt.MouseButton.LeftButton)
    line = view.visualRect(view.model().index(0, 0))
    assert line.width() > tile.width()
    assert line.height() < tile.height()
    qtbot.mouseClick(button(panel, "Show as grid"), Qt.MouseButton.LeftButton)
    assert view.visualRect(view.model().index(0, 0)) == tile


def test_choosing_a_far_job_brings_it_into_view(panel: LibraryPanel, view: LibraryView) -> None:
    panel.set_jobs([make_done(str(i), i * 4000) for i in range(1000)])
    panel.select("700")
    rect = view.visualRect(view.model().index(700, 0))
    assert QRect(QPoint(0, 0), view.viewport().size()).contains(rect)
    assert view.indexAt(rect.center()).row() == 700


def test_thumbnails_are_wished_for_once_and_only_where_painted(
    panel: LibraryPanel, view: LibraryView
) -> None:
    wished = QSignalSpy(panel.thumbnail_wanted)
    panel.set_jobs([make_done(str(i), i) for i in range(1000)])
    view.grab()
    view.grab()
    seen = [wished.at(i)[0] for i in range(wished.count())]
    assert len(seen) == len(set(seen))
    assert "0" in seen
    assert len(seen) < 30
    panel.select("999")
    view.grab()
    assert wished.at(wished.count() - 1)[0] not in seen


def test_a_video_that_was_fetched_again_gets_its_thumbnail_again(
    panel: LibraryPanel, view: LibraryView
) -> None:
    panel.set_jobs(THREE)
    view.grab()
    panel.set_thumbnail("a", "/gone.png")
    wished = QSignalSpy(panel.thumbnail_wanted)
    panel.upsert(make_job("a", JobState.DOWNLOADING))
    panel.upsert(THREE[0])
    view.grab()
    assert [wished.at(i)[0] for i in range(wished.count())] == ["a"]


def test_a_poster_is_painted_and_replaced(
    qtbot: QtBot, panel: LibraryPanel, view: LibraryView, tmp_path: Path
) -> None:
    path = tmp_path / "poster.png"
    panel.set_jobs(THREE)
    tile = view.visualRect(view.model().index(0, 0))
    spot = QPoint(tile.center().x(), tile.top() + 20)
    for ink in (QColor("#00ff00"), QColor("#0000ff")):
        picture = QImage(64, 36, QImage.Format.Format_RGB32)
        picture.fill(ink)
        assert picture.save(str(path))
        panel.set_thumbnail("a", str(path))

        def is_painted(ink: QColor = ink) -> bool:
            return view.viewport().grab().toImage().pixelColor(spot) == ink

        qtbot.waitUntil(is_painted)


def test_a_screen_reader_reads_every_job(panel: LibraryPanel, view: LibraryView) -> None:
    failed = make_job("f", JobState.FAILED, error=JobError("api_error", "no person found"))
    jobs = [make_done("a", 60, request=make_request("astronaut", "bigbuckbunny")), failed]
    panel.set_jobs(jobs)
    face = QAccessible.queryAccessibleInterface(view)
    assert face.text(QAccessible.Text.Name) == "Library"
    assert face.role() == QAccessible.Role.List
    assert face.childCount() == 2
    rows = [face.child(i) for i in range(2)]
    assert all(row.role() == QAccessible.Role.ListItem for row in rows)
    names = [row.text(QAccessible.Text.Name) for row in rows]
    assert names == [words.job_name(job) for job in jobs]
    assert names[0].startswith("astronaut × bigbuckbunny, Standard, ")
    described = view.model().index(1, 0).data(Qt.ItemDataRole.AccessibleDescriptionRole)
    assert "no person found" in described


def test_a_screen_reader_finds_the_tile_under_a_point(
    panel: LibraryPanel, view: LibraryView
) -> None:
    panel.set_jobs(THREE)
    face = QAccessible.queryAccessibleInterface(view)
    child = face.child(2)
    at = view.viewport().mapToGlobal(centre(view, 2))
    assert child.rect().contains(at)


def test_the_search_field_and_the_chips_have_names(panel: LibraryPanel, search: QLineEdit) -> None:
    assert search.accessibleName() == "Search videos"
    for name in ("All", "Favourites", "Failed"):
        assert button(panel, name).isCheckable()


def test_days_are_named_from_local_time() -> None:
    today = datetime.date.fromtimestamp(NOW).toordinal()
    assert day_text(today, today) == "Today"
    assert day_text(today - 1, today) == "Yesterday"
    assert "2026" in day_text(today - 2, today)
    before = QLocale()
    QLocale.setDefault(QLocale(QLocale.Language.German))
    try:
        assert clock_text(NOW) == "14:15"
    finally:
        QLocale.setDefault(before)


def test_today_becomes_yesterday_at_midnight(
    qtbot: QtBot, panel: LibraryPanel, view: LibraryView, clock: Clock
) -> None:
    panel.set_jobs([make_done("a", 60)])
    heading = QRect(0, 0, view.viewport().width(), 26)
    before = view.viewport().grab(heading).toImage()
    spy = QSignalSpy(panel.findChild(DayWatch).changed)
    panel.findChild(DayWatch).look()
    assert spy.count() == 0
    clock.now += DAY_S
    paints = Paints(view.viewport())
    panel.findChild(DayWatch).look()
    qtbot.waitUntil(lambda: paints.seen > 0)
    assert view.viewport().grab(heading).toImage() != before


@pytest.mark.parametrize("is_dark", [True, False])
@pytest.mark.parametrize("as_list", [True, False])
@pytest.mark.parametrize("width", [224, 272, 500])
def test_every_state_is_painted(
    panel: LibraryPanel, view: LibraryView, is_dark: bool, as_list: bool, width: int
) -> None:
    theme().set_choice("dark" if is_dark else "light")
    jobs: list[Job] = [
        make_done("m", 1, favourite=True, request=make_request("宇宙飛行士の写真" * 9)),
        *(make_job(s.value, s, error=JobError("api_error", "x" * 400)) for s in JobState),
    ]
    panel.resize(width, 700)
    panel.set_as_list(as_list)
    panel.set_jobs(jobs)
    panel.set_missing("m", True)
    view.setFocus()
    view.selectAll()
    assert not view.grab().toImage().isNull()
    assert reason(make_done("m"), True)
    theme().set_choice("system")


def test_what_was_cancelled_before_the_history_was_asked_says_no_more_than_is_known() -> None:
    assert reason(make_job("c", JobState.CANCELLED), False) == "Nothing was sent"
    unasked = make_job("u", JobState.CANCELLED, error=JobError(CANCELLED_UNASKED))
    assert reason(unasked, False) == "Nothing was sent, as far as is known"


def test_a_range_in_reading_order_is_chosen_between_two_tiles(
    panel: LibraryPanel, view: LibraryView
) -> None:
    panel.set_jobs([make_done(str(i), i) for i in range(6)])
    corners = QRect(centre(view, 4), centre(view, 1))
    view.setSelection(corners, QItemSelectionModel.SelectionFlag.ClearAndSelect)
    assert panel.selected_ids() == ["1", "2", "3", "4"]


def test_a_broken_thumbnail_is_read_once(qtbot: QtBot, tmp_path: Path) -> None:
    broken, good = str(tmp_path / "broken.png"), str(tmp_path / "good.png")
    picture = QImage(40, 40, QImage.Format.Format_RGB32)
    picture.fill(QColor("red"))
    Path(broken).write_bytes(b"not a picture")
    assert picture.save(good)
    posters = PosterCache()
    small, large = QRect(0, 0, 10, 10).size(), QRect(0, 0, 20, 20).size()
    with qtbot.waitSignal(posters.loaded) as told:
        posters.pixmap(good, small, 1.0)
        posters.pixmap(broken, small, 1.0)  # the newest wish is read first
    assert told.args == [good]
    assert picture.save(broken)
    with qtbot.waitSignal(posters.loaded):
        posters.pixmap(good, large, 1.0)
        assert posters.pixmap(broken, small, 1.0) is None
    assert posters.pixmap(broken, small, 1.0) is None
    posters.forget(broken)
    with qtbot.waitSignal(posters.loaded) as told:
        posters.pixmap(broken, small, 1.0)
    assert told.args == [broken]


def test_the_cache_stays_within_its_size(qtbot: QtBot, tmp_path: Path) -> None:
    picture = QImage(40, 40, QImage.Format.Format_RGB32)
    picture.fill(QColor("red"))
    paths = [str(tmp_path / f"{i}.png") for i in range(4)]
    assert all(picture.save(path) for path in paths)
    size = QRect(0, 0, 20, 20).size()
    posters = PosterCache(keep_bytes=2 * 20 * 20 * 4)
    for path in paths:
        with qtbot.waitSignal(posters.loaded):
            posters.pixmap(path, size, 1.0)
    kept = [posters.pixmap(path, size, 1.0) is not None for path in paths]
    assert kept == [False, False, True, True]


def test_a_portrait_poster_is_whole_over_a_blurred_fill(tmp_path: Path) -> None:
    path = str(tmp_path / "tall.png")
    tall = QImage(40, 160, QImage.Format.Format_RGB32)
    tall.fill(QColor("red"))
    with QPainter(tall) as painter:
        painter.fillRect(0, 0, 40, 80, QColor("blue"))
    assert tall.save(path)
    made = read_fitted(path, QSize(40, 40))
    assert made.size() == QSize(40, 40)
    middle = [made.pixelColor(20, y) for y in range(40)]
    assert sum(c.blue() > 200 for c in middle) == pytest.approx(20, abs=1)
    assert sum(c.red() > 200 for c in middle) == pytest.approx(20, abs=1)
    beside = made.pixelColor(2, 8)
    assert 0 < beside.red() + beside.blue() < 250  # its own colours, darker


def test_a_tooltip_tells_the_whole_name_as_it_is_and_why_there_is_no_video(
    panel: LibraryPanel, view: LibraryView
) -> None:
    error = JobError("service_failed", "no <b>person</b> found")
    job = make_job("a", JobState.FAILED, request=make_request("<i>me"), error=error)
    panel.set_jobs([job])
    tip = view.model().index(0, 0).data(Qt.ItemDataRole.ToolTipRole)
    assert "&lt;i&gt;me × meadow" in tip
    assert "no &lt;b&gt;person&lt;/b&gt; found" in tip
