"""The Queue under the Stage: a head line, the reason of a hold, and one row for each job."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import (
    QEasingCurve,
    QEvent,
    QObject,
    QSize,
    Qt,
    QTimer,
    QVariantAnimation,
    Signal,
)
from PySide6.QtGui import QFont, QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from kling_desktop.motion.job import BUSY, HoldReason, Job, Progress, QueueState
from kling_desktop.motion.request import Mode
from kling_desktop.ui.announce import announce
from kling_desktop.ui.library.posters import PosterCache
from kling_desktop.ui.theme import SPACE_4, SPACE_8, SPACE_16, theme
from kling_desktop.ui.tr import tr, words
from kling_desktop.ui.widgets import Banner, IconButton

from .delegate import QueueDelegate
from .geometry import LIST_BORDER_PX, ROW_PX
from .model import QueueModel
from .view import QueueView

HEADER_PX = 40
MAX_ROWS = 5  # more are scrolled to
MAX_WINDOW_SHARE = 0.42  # of the window's height: the video keeps the larger part
TICK_MS = 1000  # the seconds in "Generating 1:12"
RESIZE_MS = 140
SOON_S = 5.0  # a banner that comes and goes within it only makes the rows jump

_TOP_UP, _RESUME, _SETTINGS, _BROWSER = "top_up", "resume", "settings", "browser"
# What a person can do about each; the pause has its button in the head line.
_WAYS_OUT: dict[HoldReason, tuple[str, ...]] = {
    HoldReason.UNWRITABLE: (),
    HoldReason.STORE: (),
    HoldReason.DISABLED: (_SETTINGS, _RESUME),
    HoldReason.TOKEN_MISMATCHED: (_SETTINGS, _RESUME),
    HoldReason.TOKEN: (_SETTINGS, _RESUME),
    HoldReason.UPLOADS: (_SETTINGS, _RESUME),
    HoldReason.CREDIT: (_TOP_UP, _RESUME),
    HoldReason.UNCLEAR: (_RESUME,),
    HoldReason.LIMITS: (_SETTINGS, _RESUME),
    HoldReason.DAY_LIMIT: (_SETTINGS, _RESUME),
    HoldReason.PAUSED: (),
    HoldReason.OFFLINE: (),
    HoldReason.UPLOADS_BUSY: (_RESUME,),
    HoldReason.BUSY: (_RESUME,),
}


class QueuePanel(QFrame):
    """Mirrors the queue and emits wishes. Its height follows what it holds."""

    action_requested = Signal(str, str)  # job id, JobAction value
    pause_requested = Signal()
    resume_requested = Signal()
    top_up_requested = Signal()
    settings_requested = Signal()
    page_requested = Signal()  # the one that came instead of an answer
    moved = Signal(str, int)  # job id, new index among the waiting
    selected = Signal(str)
    thumbnail_wanted = Signal(str)
    collapsed_changed = Signal(bool)

    def __init__(self, parent: QWidget | None = None, *, now: Callable[[], float]) -> None:
        """``now`` gives Unix seconds."""
        super().__init__(parent)
        self._state = QueueState()
        self._collapsed = False
        self._asked: set[str] = set()  # jobs whose thumbnail was wished for
        self._watched_window: QWidget | None = None
        self._posters = PosterCache(self)
        self._now = now
        self._model = QueueModel(self, now=now)
        self._dragged_px: int | None = None  # the height that the person gave it
        self._ticker = QTimer(self)
        self._ticker.setInterval(TICK_MS)
        self._growing = QVariantAnimation(self)
        self._growing.setDuration(RESIZE_MS)
        self._growing.setEasingCurve(QEasingCurve.Type.OutCubic)
        self.setProperty("surface", "background")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._build()
        self._connect()
        self._refresh_head()
        self._apply_height(self.preferred_height())

    # -- building

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._build_banner())
        column.addWidget(self._build_header())
        self._delegate = QueueDelegate(self._posters, self)
        self._view = QueueView(self._model, self._delegate, self)
        self._view.setMinimumHeight(1)  # Qt's own, for a few rows, would be taken from the banner
        column.addWidget(self._view, 1)

    def _build_banner(self) -> QWidget:
        self._banner_box = QWidget(self)
        row = QHBoxLayout(self._banner_box)
        row.setContentsMargins(SPACE_16, SPACE_8 + SPACE_4, SPACE_16, 0)
        self._banner = Banner(parent=self._banner_box)
        row.addWidget(self._banner)
        self._banner_box.hide()
        self._banner_box.installEventFilter(self)
        return self._banner_box

    def _build_header(self) -> QWidget:
        header = QWidget(self)
        header.setFixedHeight(HEADER_PX)
        row = QHBoxLayout(header)
        row.setContentsMargins(SPACE_16, SPACE_4, SPACE_16 - SPACE_4, 0)
        row.setSpacing(SPACE_4)
        self._title = QLabel(header)
        self._title.setTextFormat(Qt.TextFormat.PlainText)
        self._title.setProperty("role", "small")
        bold = self._title.font()
        bold.setWeight(QFont.Weight.DemiBold)
        self._title.setFont(bold)
        self._pause = QPushButton(header)
        self._pause.setProperty("kind", "pill")
        self._chevron = IconButton("chevron-down", "Collapse queue", parent=header)
        row.addWidget(self._title, 1)
        row.addWidget(self._pause)
        row.addWidget(self._chevron)
        return header

    def _connect(self) -> None:
        self._view.action_requested.connect(self.action_requested)
        self._view.moved.connect(self.moved)
        self._view.selected.connect(self.selected)
        self._delegate.thumbnail_wanted.connect(self._on_thumbnail_wanted)
        self._posters.loaded.connect(self._on_poster_loaded)
        self._pause.clicked.connect(self._on_pause_clicked)
        self._chevron.clicked.connect(self._on_chevron_clicked)
        self._banner.action_triggered.connect(self._on_banner_action)
        self._ticker.timeout.connect(self._model.tick)
        self._ticker.timeout.connect(self._refresh_next_try)
        self._growing.valueChanged.connect(self._on_height_changed)
        theme().changed.connect(self._on_theme_changed)

    # -- what the presenter tells

    def set_jobs(self, jobs: Sequence[Job]) -> None:
        """All rows anew: unfinished and unacknowledged failed jobs, in order."""
        self._asked.clear()
        self._model.set_jobs(jobs)
        self._on_rows_changed()

    def upsert(self, job: Job) -> None:
        """Add or replace one row; a job that is done, cancelled or put away leaves."""
        before = self._model.job(job.job_id)
        self._model.upsert(job)
        if self._model.job(job.job_id) is None:
            self._asked.discard(job.job_id)  # should it come back, its thumbnail is wished again
        if before is None or before.state is not job.state:
            announce(self._view, words.job_name(job))
        self._on_rows_changed()

    def remove(self, job_id: str) -> None:
        self._model.remove(job_id)
        self._asked.discard(job_id)
        self._on_rows_changed()

    def set_queue(self, state: QueueState) -> None:
        """Counts, order and hold."""
        before = self._state.holds
        self._state = state
        self._model.set_holds(state.holds)
        self._model.arrange(state.order)
        self._refresh_head()
        if set(state.holds) - set(before):
            announce(self._view, words.holds(state))
        self._resize_smoothly()

    def set_progress(self, progress: Progress) -> None:
        self._model.set_progress(progress)

    def set_taken(self, job_id: str, taken: bool) -> None:
        """A press on this job was taken and is being written down: its buttons are dimmed."""
        self._model.set_taken(job_id, taken)

    def set_thumbnail(self, job_id: str, path: str) -> None:
        self._posters.forget(path)
        self._model.set_thumbnail(job_id, path)

    def set_usual_range(self, mode: Mode, low_s: float | None, high_s: float | None) -> None:
        """How long generating took here so far; None takes the hint away."""
        known = low_s is not None and high_s is not None
        self._model.set_usual_range(mode, (low_s or 0.0, high_s or 0.0) if known else None)

    def set_collapsed(self, collapsed: bool) -> None:
        if collapsed == self._collapsed:
            return
        self._collapsed = collapsed
        self._refresh_head()
        self._resize_smoothly()
        self.collapsed_changed.emit(collapsed)

    @property
    def is_collapsed(self) -> bool:
        return self._collapsed

    def preferred_height(self) -> int:
        """What the panel wants now, in logical pixels: banner, head line and up to five rows.

        Where the person dragged the splitter above it, their height, as far as there are rows.
        """
        head, content = self._head_height(), self._content_height()
        if self._dragged_px is not None:
            return max(head, min(content, self._dragged_px))
        usual = min(content, head + MAX_ROWS * ROW_PX + 2 * LIST_BORDER_PX)
        return min(usual, max(head + 2 * ROW_PX, self._height_limit()))

    # -- inside

    def _head_height(self) -> int:
        """Banner and head line."""
        if self._banner_box.isHidden():
            return HEADER_PX
        if self._banner_box.hasHeightForWidth() and self.width() > 0:
            return HEADER_PX + self._banner_box.heightForWidth(self.width())
        return HEADER_PX + self._banner_box.sizeHint().height()

    def _content_height(self) -> int:
        """Everything, without scrolling."""
        rows = 0 if self._collapsed else self._model.rowCount()
        return self._head_height() + (rows * ROW_PX + 2 * LIST_BORDER_PX if rows else 0)

    def _height_limit(self) -> int:
        window = self.window()
        if window is self:
            return self._content_height()
        return round(window.height() * MAX_WINDOW_SHARE)

    def _on_rows_changed(self) -> None:
        self._view.setVisible(self._model.rowCount() > 0 and not self._collapsed)
        self._chevron.setVisible(self._model.rowCount() > 0)
        self._refresh_ticker()
        self._resize_smoothly()

    def _refresh_ticker(self) -> None:
        counts = self._next_try_s() is not None
        wanted = self.isVisible() and (counts or self._model.has_ticking())
        if wanted and not self._ticker.isActive():
            self._ticker.start()
        elif not wanted:
            self._ticker.stop()

    def _refresh_head(self) -> None:
        self._title.setText(words.queue_title(self._state))
        paused = HoldReason.PAUSED in self._state.holds
        self._pause.setText(tr("Resume") if paused else tr("Pause"))
        self._pause.setAccessibleName("Resume queue" if paused else "Pause queue")
        self._pause.setVisible(self._has_work() or paused)
        self._chevron.set_icon_name("chevron-up" if self._collapsed else "chevron-down")
        name = "Expand queue" if self._collapsed else "Collapse queue"
        self._chevron.setAccessibleName(name)
        self._chevron.setToolTip(tr(name))
        self._chevron.setVisible(self._model.rowCount() > 0)
        self._view.setVisible(self._model.rowCount() > 0 and not self._collapsed)
        self._refresh_banner()

    def _has_work(self) -> bool:
        return self._state.running + self._state.waiting + self._state.unknown > 0

    def _refresh_banner(self) -> None:
        """The pause alone needs no banner: its button stands in the head line.

        What is tried again in a moment needs none either, unless it is there already.
        """
        holds = self._state.holds
        untold = {HoldReason.PAUSED}
        if self._banner_box.isHidden() and (self._next_try_s() or 0.0) <= SOON_S:
            untold |= BUSY
        shown = bool(set(holds) - untold)
        if shown:
            gentle = set(holds) <= {
                HoldReason.STORE,
                HoldReason.PAUSED,
                HoldReason.OFFLINE,
                *BUSY,
            }
            kind = "note" if gentle else "warning"
            self._banner.set_content(words.holds(self._state), _ways_out(self._state), kind)
            self._refresh_next_try()
        self._banner_box.setVisible(shown)
        self._refresh_ticker()

    def _next_try_s(self) -> float | None:
        """Until what the banner tells of is tried again; None: at no time of its own."""
        at = self._state.again_at_of(self._state.holds[0]) if self._state.holds else None
        left_s = None if at is None else at - self._now()
        return left_s if left_s is not None and left_s > 0 else None

    def _refresh_next_try(self) -> None:
        busy = self._state.hold in BUSY
        self._banner.set_note(words.next_try(self._next_try_s()) if busy else "")

    def _resize_smoothly(self) -> None:
        target = self.preferred_height()
        self._growing.stop()
        if self.isVisible() and target != self.height():
            self._growing.setStartValue(self.height())
            self._growing.setEndValue(target)
            self._growing.start()
        else:
            self._apply_height(target)

    def _apply_height(self, height: int) -> None:
        """Take ``height`` now: from the neighbour above in a splitter, else by a fixed height."""
        splitter = self.parentWidget()
        if not isinstance(splitter, QSplitter):
            self.setFixedHeight(height)
            return
        self.setMaximumHeight(max(height, self._content_height()))
        at, sizes = splitter.indexOf(self), splitter.sizes()
        if at > 0 and sizes[at] not in (0, height):  # 0: hidden, or dragged shut
            sizes[at - 1] += sizes[at] - height
            sizes[at] = height
            splitter.setSizes(sizes)

    def _on_height_changed(self, height: object) -> None:
        if isinstance(height, int):
            self._apply_height(height)

    def _on_splitter_moved(self, _position: int, _index: int) -> None:
        if self.height() > self._head_height():
            self._dragged_px = self.height()

    def _on_thumbnail_wanted(self, job_id: str) -> None:
        if job_id not in self._asked:
            self._asked.add(job_id)
            self.thumbnail_wanted.emit(job_id)

    def _on_poster_loaded(self, _path: str) -> None:
        self._view.viewport().update()

    def _on_pause_clicked(self) -> None:
        if HoldReason.PAUSED in self._state.holds:
            self.resume_requested.emit()
        else:
            self.pause_requested.emit()

    def _on_chevron_clicked(self) -> None:
        self.set_collapsed(not self._collapsed)

    def _on_banner_action(self, action: str) -> None:
        signal = {
            _TOP_UP: self.top_up_requested,
            _RESUME: self.resume_requested,
            _SETTINGS: self.settings_requested,
            _BROWSER: self.page_requested,
        }[action]
        signal.emit()

    def _on_theme_changed(self) -> None:
        self._view.viewport().update()

    # -- Qt's own

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), self.height())

    def minimumSizeHint(self) -> QSize:
        return QSize(super().minimumSizeHint().width(), self._head_height())

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._watched_window is not self.window():
            if self._watched_window is not None:
                self._watched_window.removeEventFilter(self)
            self._watched_window = self.window()
            self._watched_window.installEventFilter(self)
            splitter = self.parentWidget()
            if isinstance(splitter, QSplitter):
                splitter.splitterMoved.connect(self._on_splitter_moved)
        self._refresh_ticker()
        QTimer.singleShot(0, self, self._resize_smoothly)  # when the window has its size

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._ticker.stop()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if (kind is QEvent.Type.Resize and watched is self._watched_window) or (
            kind is QEvent.Type.LayoutRequest and watched is self._banner_box
        ):  # another size, text or button
            QTimer.singleShot(0, self, self._resize_smoothly)
        return super().eventFilter(watched, event)


def _ways_out(state: QueueState) -> list[tuple[str, str]]:
    """The banner's buttons, each once; Resume is the last, and asks first where a limit holds."""
    asks = {HoldReason.DAY_LIMIT, HoldReason.LIMITS} & set(state.holds)
    labels = {
        _BROWSER: tr("Open in browser"),
        _TOP_UP: tr("Top up…"),
        _SETTINGS: tr("Settings…"),
        _RESUME: tr("Resume…") if asks else tr("Resume"),
    }
    wanted = {action for hold in state.holds for action in _WAYS_OUT[hold]}
    if set(state.holds) <= BUSY:
        labels[_RESUME] = tr("Try now")
        asked = any(error.value("pause_s") for _reason, error in state.met)
        if asked or not state.again_at:  # it is to be left alone until then, or is being tried
            wanted.discard(_RESUME)
    if any(error.met_page for _reason, error in state.met):
        wanted.add(_BROWSER)
    return [(action, label) for action, label in labels.items() if action in wanted]
