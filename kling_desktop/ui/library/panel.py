"""The Library on the right: search, filters, and every ended job by day."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from kling_desktop.motion.job import Job
from kling_desktop.ui.day_watch import DayWatch
from kling_desktop.ui.icons import icon
from kling_desktop.ui.theme import SPACE_4, SPACE_8, SPACE_12, theme
from kling_desktop.ui.tokens import TARGET_PX
from kling_desktop.ui.tr import tr
from kling_desktop.ui.widgets import IconButton
from kling_desktop.ui.widgets.line_edit import LineEdit

from .delegate import TileDelegate
from .entry import Filter
from .model import LibraryModel
from .posters import PosterCache
from .view import SIDE_PX, LibraryView

PANEL_WIDTH_PX = 272  # the figure
MIN_WIDTH_PX = 224  # the filters fit


class SearchField(LineEdit):
    """The search field: Escape empties it, Down and Enter go to the list."""

    focused = Signal()
    left_downwards = Signal()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.focused.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Qt makes the buttons in it 22 px wide and as high as the text."""
        super().resizeEvent(event)
        for button in self.findChildren(QToolButton):
            place = QRect(0, 0, TARGET_PX, TARGET_PX)
            place.moveCenter(button.geometry().center())
            button.setGeometry(place)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
        elif event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.left_downwards.emit()
        else:
            super().keyPressEvent(event)


class LibraryPanel(QFrame):
    """Mirrors the ended jobs and emits wishes.

    ``action_requested`` carries a job id and a JobAction's or a LibraryAction's value. With several
    jobs selected, "copy", "favourite" and "delete" are meant for all of ``selected_ids()``.
    """

    selected = Signal(str)
    activated = Signal(str)
    action_requested = Signal(str, str)
    thumbnail_wanted = Signal(str)
    search_focused = Signal()

    def __init__(self, parent: QWidget | None = None, *, now: Callable[[], float]) -> None:
        """``now`` gives Unix seconds."""
        super().__init__(parent)
        self._day = DayWatch(now, self)
        self._asked: set[str] = set()  # jobs whose thumbnail was wished for
        self._posters = PosterCache(self)
        self._model = LibraryModel(self)
        self.setProperty("surface", "panel")
        self.setMinimumWidth(MIN_WIDTH_PX)
        self._build()
        self._connect()
        self._refresh_icons()
        self._refresh_page()

    # -- building

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, SPACE_12, 0, 0)
        column.setSpacing(SPACE_8)
        column.addLayout(self._build_search())
        column.addWidget(self._build_filters())
        column.addSpacing(-SPACE_4)
        self._delegate = TileDelegate(self._posters, self)
        self._view = LibraryView(self._model, self._delegate, self, self._day.today)
        self._pages = QStackedWidget(self)
        self._empty_page = self._build_empty()
        self._nothing_page = self._build_nothing()
        for page in (self._view, self._empty_page, self._nothing_page):
            self._pages.addWidget(page)
        column.addWidget(self._pages, 1)

    def _build_search(self) -> QHBoxLayout:
        self._search = SearchField(self)
        self._search.setPlaceholderText(tr("Search videos"))
        self._search.setAccessibleName("Search videos")
        self._search.setProperty("search", True)  # the glass brings a gap of its own
        self._search.setClearButtonEnabled(True)
        self._glass = self._search.addAction(
            icon("search", "muted"), QLineEdit.ActionPosition.LeadingPosition
        )
        self._glass.triggered.connect(self.focus_search)
        names = {True: "Search", False: "Clear search"}  # the glass's button comes to its action
        for button in self._search.findChildren(QToolButton):
            button.setAccessibleName(names[self._glass in button.actions()])
        row = QHBoxLayout()
        row.setContentsMargins(SIDE_PX, 0, SIDE_PX, 0)
        row.addWidget(self._search)
        return row

    def _build_filters(self) -> QWidget:
        self._filters = QWidget(self)
        row = QHBoxLayout(self._filters)
        row.setContentsMargins(SIDE_PX, 0, SIDE_PX - SPACE_4, 0)
        row.setSpacing(6)
        self._chips = QButtonGroup(self)
        self._chips.setExclusive(True)
        self._chip_of: dict[QPushButton, Filter] = {}
        for chosen, text, name in (
            (Filter.ALL, tr("All"), "All"),
            (Filter.FAVOURITES, "", "Favourites"),
            (Filter.FAILED, tr("Failed"), "Failed"),
        ):
            row.addWidget(self._build_chip(chosen, text, name))
        row.addStretch(1)
        self._toggle = IconButton("list", "Show as list", tr("Show as list"), self._filters)
        row.addWidget(self._toggle)
        return self._filters

    def _build_chip(self, chosen: Filter, text: str, name: str) -> QPushButton:
        chip = QPushButton(text, self._filters)
        chip.setProperty("kind", "chip")
        chip.setCheckable(True)
        chip.setChecked(chosen is Filter.ALL)
        chip.setAccessibleName(name)
        if chosen is Filter.FAVOURITES:
            chip.setToolTip(tr("Favourites"))
            self._heart = chip
        self._chips.addButton(chip)
        self._chip_of[chip] = chosen
        return chip

    def _build_empty(self) -> QWidget:
        text = tr("Your videos will appear here. Nothing is uploaded until you press Generate.")
        page, _ = _message_page(self, text)
        return page

    def _build_nothing(self) -> QWidget:
        page, column = _message_page(self, tr("Nothing found"))
        self._clear = QPushButton(tr("Show all"), page)
        self._clear.setProperty("kind", "plain")
        column.insertWidget(column.count() - 1, self._clear, 0, Qt.AlignmentFlag.AlignHCenter)
        return page

    def _connect(self) -> None:
        self._search.textChanged.connect(self._on_search_changed)
        self._search.focused.connect(self.search_focused)
        self._search.left_downwards.connect(self._on_left_downwards)
        self._glass.triggered.connect(self.focus_search)
        self._chips.buttonClicked.connect(self._on_chip_clicked)
        self._toggle.clicked.connect(self._on_toggle_clicked)
        self._clear.clicked.connect(self.clear_search)
        self._view.picked.connect(self.selected)
        self._view.opened.connect(self._on_opened)
        self._view.action_requested.connect(self.action_requested)
        self._delegate.thumbnail_wanted.connect(self._on_thumbnail_wanted)
        self._posters.loaded.connect(self._on_poster_loaded)
        self._day.changed.connect(self._view.viewport().update)
        theme().changed.connect(self._refresh_icons)

    # -- what the presenter tells

    def set_jobs(self, jobs: Sequence[Job]) -> None:
        """All jobs anew; those that have not ended are left out."""
        self._asked.clear()
        self._keeping_selection(lambda: self._model.set_jobs(jobs))

    def upsert(self, job: Job) -> None:
        """Add or replace one job; one that runs again leaves."""
        chosen = self._view.selected_ids()
        self._model.upsert(job)
        if not job.ended:
            self._asked.discard(job.job_id)  # should it come back, its thumbnail is wished again
        if chosen == [job.job_id]:
            self._view.choose(job.job_id)
        self._refresh_page()

    def remove(self, job_id: str) -> None:
        self._model.remove(job_id)
        self._asked.discard(job_id)
        self._refresh_page()

    def set_thumbnail(self, job_id: str, path: str) -> None:
        self._posters.forget(path)
        self._model.set_thumbnail(job_id, path)

    def set_missing(self, job_id: str, missing: bool, *, away: bool = False) -> None:
        """Whether the job's file was moved or deleted on disk, or its whole folder is ``away``."""
        self._model.set_missing(job_id, missing, away=away)

    def select(self, job_id: str) -> None:
        """Mark a job and bring it into view; nothing is emitted."""
        self._view.choose(job_id)

    def selected_ids(self) -> list[str]:
        """Top to bottom."""
        return self._view.selected_ids()

    def select_next(self) -> None:
        self._view.step(1)

    def select_previous(self) -> None:
        self._view.step(-1)

    def focus_search(self) -> None:
        self._search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._search.selectAll()

    def focus_list(self) -> None:
        self._view.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def clear_search(self) -> None:
        """Show everything again."""
        self._search.clear()
        for chip, chosen in self._chip_of.items():
            if chosen is Filter.ALL:
                chip.setChecked(True)
        self._apply_filter(Filter.ALL)

    def set_as_list(self, as_list: bool) -> None:
        """Lines instead of tiles."""
        self._toggle.set_icon_name("grid" if as_list else "list")
        name = "Show as grid" if as_list else "Show as list"
        self._toggle.setAccessibleName(name)
        self._toggle.setToolTip(tr(name))
        self._view.set_as_list(as_list)

    def set_taken(self, job_id: str, taken: bool) -> None:
        """A press on this job was taken and is being written down: it is dimmed."""
        self._model.set_taken(job_id, taken)

    # -- inside

    def _apply_filter(self, chosen: Filter) -> None:
        self._keeping_selection(lambda: self._model.set_filter(chosen))

    def _keeping_selection(self, change: Callable[[], None]) -> None:
        """A reset of the model forgets what was selected; one job is found again."""
        chosen = self._view.selected_ids()
        change()
        if len(chosen) == 1:
            self._view.choose(chosen[0])
        self._refresh_page()

    def _refresh_page(self) -> None:
        page: QWidget = self._view
        if self._model.total == 0:
            page = self._empty_page
        elif self._model.rowCount(QModelIndex()) == 0:
            page = self._nothing_page
        self._pages.setCurrentWidget(page)
        self._filters.setVisible(self._model.total > 0)

    def _refresh_icons(self) -> None:
        self._glass.setIcon(icon("search", "muted"))
        checked = self._heart.isChecked()
        self._heart.setIcon(icon("heart-filled", "text" if checked else "muted", 14))
        self._heart.setIconSize(QSize(14, 14))
        self._view.viewport().update()

    def _on_search_changed(self, text: str) -> None:
        self._keeping_selection(lambda: self._model.set_search(text))

    def _on_left_downwards(self) -> None:
        if self._model.rowCount() == 0:
            return
        self._view.setFocus(Qt.FocusReason.TabFocusReason)
        if not self._view.selected_ids():
            self._view.step(0)

    def _on_chip_clicked(self, chip: QPushButton) -> None:
        self._apply_filter(self._chip_of[chip])
        self._refresh_icons()

    def _on_toggle_clicked(self) -> None:
        self.set_as_list(not self._delegate.as_list)

    def _on_opened(self, job_id: str) -> None:
        self.activated.emit(job_id)

    def _on_thumbnail_wanted(self, job_id: str) -> None:
        if job_id not in self._asked:
            self._asked.add(job_id)
            self.thumbnail_wanted.emit(job_id)

    def _on_poster_loaded(self, _path: str) -> None:
        self._view.viewport().update()

    # -- Qt's own

    def sizeHint(self) -> QSize:
        return QSize(PANEL_WIDTH_PX, super().sizeHint().height())


def _message_page(parent: QWidget, text: str) -> tuple[QWidget, QVBoxLayout]:
    """A quiet sentence in the middle."""
    page = QWidget(parent)
    column = QVBoxLayout(page)
    column.setContentsMargins(SIDE_PX * 2, 0, SIDE_PX * 2, SPACE_12 * 4)
    column.setSpacing(SPACE_12)
    label = QLabel(text, page)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setProperty("role", "muted")
    label.setWordWrap(True)
    label.setAlignment(Qt.AlignmentFlag.AlignCenter)
    column.addStretch(2)  # the eye's middle is a bit higher
    column.addWidget(label)
    column.addStretch(3)
    return page, column
