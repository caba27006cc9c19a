"""Exporting a video: what, as what, where to; then how far it is, and Cancel."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from kling_desktop.engine.exporting import ExportKind
from kling_desktop.ui.announce import announce
from kling_desktop.ui.dialogs.fields import FolderField, labelled
from kling_desktop.ui.theme import SPACE_8, set_property
from kling_desktop.ui.tr import tr, words
from kling_desktop.ui.widgets import ProgressLine, Segmented
from kling_desktop.ui.widgets.line_edit import LineEdit
from kling_desktop.ui.widgets.sheet import Sheet

EXPORT_WIDTH_PX = 520


class ExportWhat(StrEnum):
    """What becomes a file."""

    VIDEO = "video"
    BOTH = "both"  # side by side with the reference, with names


class ExportPart(StrEnum):
    LOOP = "loop"  # from A to B
    WHOLE = "whole"


@dataclass(frozen=True, slots=True)
class ExportOffer:
    """What can be chosen. ``loop_s``: start and end of the loop from A to B, if there is one."""

    stem: str  # of the proposed file name
    folder: str
    duration_s: float
    loop_s: tuple[float, float] | None
    has_reference: bool


@dataclass(frozen=True, slots=True)
class ExportWish:
    """What was chosen. The times are of the result and mean nothing for both side by side."""

    what: ExportWhat
    kind: ExportKind
    start_s: float
    end_s: float
    target: Path


class ExportSheet(Sheet):
    """Stays open while it works; closing it cancels."""

    export_requested = Signal(object)  # ExportWish
    stop_requested = Signal()

    def __init__(self, parent: QWidget, offer: ExportOffer) -> None:
        super().__init__(parent, tr("Export"), width_px=EXPORT_WIDTH_PX)
        self._offer = offer
        self._working = False
        self.what = Segmented(
            [
                (ExportWhat.VIDEO.value, tr("This video"), "This video"),
                (ExportWhat.BOTH.value, tr("Side by side"), "Side by side as a video"),
            ],
            self,
        )
        self.kind = Segmented(
            [
                (ExportKind.MP4.value, "MP4", "MP4"),
                (ExportKind.GIF.value, "GIF", "GIF"),
                (ExportKind.WEBP.value, "WebP", "WebP"),
            ],
            self,
        )
        self.part = Segmented(
            [
                (ExportPart.LOOP.value, tr("From A to B"), "From A to B"),
                (ExportPart.WHOLE.value, tr("Whole"), "Whole video"),
            ],
            self,
        )
        names = {self.what: "What to export", self.kind: "Format", self.part: "Part"}
        for group, name in names.items():
            group.setAccessibleName(name)
        self._build_choices()
        self._build_target()
        self._build_progress()
        self._build_footer()
        self._show_choice()

    # -- how far it is --------------------------------------------------------------------------

    def set_working(self) -> None:
        self._working = True
        self.status.setText(tr("Exporting…"))
        self.progress.set_share(None)
        self._show_state()

    def set_share(self, share: float) -> None:
        self.progress.set_share(share)
        percent = str(round(100 * share))
        self.status.setText(tr("Exporting… {percent} %").replace("{percent}", percent))

    def set_failed(self, sentence: str) -> None:
        """What was chosen stays, so that it can be tried elsewhere."""
        self._working = False
        self.status.setText(sentence)
        set_property(self.status, "role", "bad")
        announce(self, sentence)
        self._show_state()

    def set_done(self) -> None:
        self._working = False
        self.accept()

    def done(self, result: int) -> None:
        if self._working:
            self._working = False
            self.stop_requested.emit()
        super().done(result)

    # -- building -------------------------------------------------------------------------------

    def _build_choices(self) -> None:
        loop_s, offer = self._offer.loop_s, self._offer
        self._what_row = labelled(tr("What"), "", self.what)
        self.body.addWidget(self._what_row)
        # After it has a parent: shown before, it would be a window of its own for a moment.
        self._what_row.setVisible(offer.has_reference)
        self.body.addWidget(labelled(tr("Format"), "", self.kind))
        self._part_row = labelled(tr("Part"), "", self.part)
        self.part.set_value((ExportPart.LOOP if loop_s else ExportPart.WHOLE).value)
        self.body.addWidget(self._part_row)
        self.length = QLabel(self)
        set_property(self.length, "role", "small")
        self.body.addWidget(self.length)
        for choice in (self.what, self.kind, self.part):
            choice.value_changed.connect(self._show_choice)

    def _build_target(self) -> None:
        self.name = LineEdit(self._offer.stem, self)
        self.name.setAccessibleName("Export name")
        self.name.textChanged.connect(self._show_state)
        self.ending = QLabel(self)
        set_property(self.ending, "role", "muted")
        box = QWidget(self)
        row = QHBoxLayout(box)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE_8)
        row.addWidget(self.name, 1)
        row.addWidget(self.ending)
        self.body.addWidget(labelled(tr("Name"), "", box))
        self.folder = FolderField("Export folder", self)
        self.folder.set_value(self._offer.folder)
        self.body.addWidget(labelled(tr("Folder"), "", self.folder))
        note = QLabel(tr("A name that is taken gets a number; no file is replaced."), self)
        set_property(note, "role", "small")
        note.setWordWrap(True)
        self.body.addWidget(note)

    def _build_progress(self) -> None:
        self.status = QLabel("", self)
        self.status.setWordWrap(True)
        self.progress = ProgressLine(self)
        self.progress.setAccessibleName("Export progress")
        self.body.addWidget(self.status)
        self.body.addWidget(self.progress)

    def _build_footer(self) -> None:
        self.footer.addStretch(1)
        self.cancel_button = self.add_button(tr("Cancel"))
        self.export_button = self.add_button(tr("Export"), "primary")
        self.cancel_button.clicked.connect(self.reject)
        self.export_button.clicked.connect(self._on_export)

    # -- slots ----------------------------------------------------------------------------------

    @property
    def _is_both(self) -> bool:
        return self.what.value() == ExportWhat.BOTH.value

    def _span_s(self) -> tuple[float, float]:
        loop_s = self._offer.loop_s
        if self._is_both or loop_s is None or self.part.value() == ExportPart.WHOLE.value:
            return 0.0, self._offer.duration_s
        return loop_s

    def _show_choice(self) -> None:
        both = self._is_both
        if both:
            self.kind.set_value(ExportKind.MP4.value)
        for kind in (ExportKind.GIF, ExportKind.WEBP):
            self.kind.set_option_enabled(kind.value, not both)
        self._part_row.setVisible(self._offer.loop_s is not None and not both)
        self.ending.setText(f".{self.kind.value()}")
        start_s, end_s = self._span_s()
        text = tr("{start}–{end}, {length}")
        if both:
            text = tr("The reference and the result with their names, at full length")
        self.length.setText(
            text.replace("{start}", words.timecode(start_s))
            .replace("{end}", words.timecode(end_s))
            .replace("{length}", words.seconds(end_s - start_s))
        )
        self._show_state()

    def _show_state(self) -> None:
        for part in (self.what, self.kind, self.part, self.name, self.folder):
            part.setEnabled(not self._working)
        self.export_button.setEnabled(not self._working and bool(self.name.text().strip()))
        self.progress.setVisible(self._working)
        self.status.setVisible(bool(self.status.text()))

    def _on_export(self) -> None:
        start_s, end_s = self._span_s()
        kind = ExportKind(self.kind.value())
        name = self.name.text().strip() + f".{kind.value}"
        set_property(self.status, "role", "")
        self.export_requested.emit(
            ExportWish(
                ExportWhat(self.what.value()),
                kind,
                start_s,
                end_s,
                Path(self.folder.value()) / Path(name).name,
            )
        )
