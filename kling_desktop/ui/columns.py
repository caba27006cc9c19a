"""The three columns below the top bar: sizes, what is put away, and how both are remembered."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter, QWidget

from kling_desktop.motion.reading import Unreadable, whole

COMPOSE_MIN_PX, COMPOSE_PX, COMPOSE_MAX_PX = 320, 332, 360
LIBRARY_MIN_PX, LIBRARY_PX, LIBRARY_MAX_PX = 220, 272, 560
STAGE_MIN_HEIGHT_PX = 200
QUEUE_PX = 145  # its title and three jobs
_SIZE = whole(0, 100_000)  # px; Qt takes no larger number than 31 bits hold
NARROW_PX = 1100  # below, the Library puts itself away and leaves the room to the Stage


class Columns(QSplitter):
    """Compose | Stage over Queue | Library.

    ``library_shown_changed(bool)`` and ``queue_shown_changed(bool)`` follow what is really seen,
    whether the person or the width decided it.
    """

    library_shown_changed = Signal(bool)
    queue_shown_changed = Signal(bool)

    def __init__(
        self,
        compose: QWidget,
        stage: QWidget,
        queue: QWidget,
        library: QWidget,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._compose, self._stage = compose, stage
        self._queue, self._library = queue, library
        self._library_wished = True
        self._library_peeked = False  # opened by hand although the window is narrow
        self._queue_wished = True
        self._narrow = False
        # Tab goes through the panels in the order in which they join the window.
        self.addWidget(compose)
        self._build_middle()
        self._build_columns()

    def _build_middle(self) -> None:
        self._middle = QSplitter(Qt.Orientation.Vertical, self)
        self._middle.setHandleWidth(1)
        self._stage.setMinimumHeight(max(STAGE_MIN_HEIGHT_PX, self._stage.minimumHeight()))
        self._middle.addWidget(self._stage)
        self._middle.addWidget(self._queue)
        self._middle.setCollapsible(0, False)
        self._middle.setStretchFactor(0, 1)
        self._middle.setStretchFactor(1, 0)
        self._middle.setSizes([COMPOSE_PX * 2, QUEUE_PX])
        self._middle.splitterMoved.connect(self._on_queue_dragged)

    def _build_columns(self) -> None:
        self.setHandleWidth(1)
        self._compose.setMinimumWidth(COMPOSE_MIN_PX)
        self._compose.setMaximumWidth(COMPOSE_MAX_PX)
        self._library.setMinimumWidth(LIBRARY_MIN_PX)
        self._library.setMaximumWidth(LIBRARY_MAX_PX)
        self.addWidget(self._library)
        self.setCollapsible(0, False)
        self.setCollapsible(1, False)
        self.setStretchFactor(0, 0)
        self.setStretchFactor(1, 1)
        self.setStretchFactor(2, 0)
        self.setSizes([COMPOSE_PX, COMPOSE_PX * 2, LIBRARY_PX])
        self.splitterMoved.connect(self._on_library_dragged)
        _stack_in_reading_order(self)
        _stack_in_reading_order(self._middle)

    @property
    def library_shown(self) -> bool:
        return not self._library.isHidden()

    @property
    def queue_shown(self) -> bool:
        return not self._queue.isHidden()

    def show_library(self, shown: bool) -> None:
        """What the person wishes. In a narrow window it holds until the window is wide again."""
        if self._narrow:
            self._library_peeked = shown
        else:
            self._library_wished = shown
        self._settle()

    def show_queue(self, shown: bool) -> None:
        self._queue_wished = shown
        self._settle()

    def _settle(self) -> None:
        library = self._library_peeked if self._narrow else self._library_wished
        self._show(self._queue, self._queue_wished)
        self._show(self._library, library)
        self.queue_shown_changed.emit(self.queue_shown)
        self.library_shown_changed.emit(self.library_shown)

    def _show(self, panel: QWidget, shown: bool) -> None:
        panel.setVisible(shown)
        if not shown:
            return
        splitter, usual = (self._middle, QUEUE_PX) if panel is self._queue else (self, LIBRARY_PX)
        sizes = splitter.sizes()
        if sizes[-1] == 0:  # it had been dragged shut
            sizes[-2] = max(0, sizes[-2] - usual)
            sizes[-1] = usual
            splitter.setSizes(sizes)

    def _on_library_dragged(self, _position: int, _index: int) -> None:
        if self.library_shown and self.sizes()[-1] == 0:
            self.show_library(False)

    def _on_queue_dragged(self, _position: int, _index: int) -> None:
        if self.queue_shown and self._middle.sizes()[-1] == 0:
            self.show_queue(False)

    def layout_values(self) -> dict[str, object]:
        """Plain values for ``restore_values``."""
        return {
            "columns": self.sizes(),
            "rows": self._middle.sizes(),
            "library": self._library_wished,
            "queue": self._queue_wished,
        }

    def restore_values(self, values: Mapping[str, object]) -> None:
        """Take what fits of ``values``; anything else stays as it is."""
        for splitter, key in ((self, "columns"), (self._middle, "rows")):
            if sizes := _sizes(values.get(key), splitter.count()):
                splitter.setSizes(sizes)
        self._library_wished = values.get("library") is not False
        self._queue_wished = values.get("queue") is not False
        self._settle()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow = self.width() < NARROW_PX
        if narrow != self._narrow:
            self._narrow = narrow
            self._library_peeked = False
            self._settle()


def _stack_in_reading_order(splitter: QSplitter) -> None:
    """A splitter puts each new part below the last: screen readers would read them backwards."""
    places = range(splitter.count())
    # The handles come last: they reach over their neighbours, to be easy to grab.
    for part in [*map(splitter.widget, places), *map(splitter.handle, places)]:
        if part is not None:
            part.raise_()


def _sizes(value: object, count: int) -> list[int]:
    """Empty where it makes no sense, or where nothing would be seen."""
    try:
        sizes = [_SIZE(size) for size in value] if isinstance(value, list) else []
    except Unreadable:
        return []
    return sizes if len(sizes) == count and any(sizes) else []
