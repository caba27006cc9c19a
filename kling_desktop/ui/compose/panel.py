"""The Compose panel: it shows a draft and says what a person wishes; it decides nothing."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import (
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from kling_desktop.motion.away import Away
from kling_desktop.motion.input import Input
from kling_desktop.motion.limits import VIDEO_MAX_S, Finding, FindingCode
from kling_desktop.motion.price import Quote
from kling_desktop.motion.request import Draft, Slot
from kling_desktop.ui.dropped import Drag
from kling_desktop.ui.handed import clipboard
from kling_desktop.ui.theme import SPACE_8, SPACE_12, SPACE_16, color, theme

from .away_line import AwayLine
from .dropping import DropPlace, SourceVerdict, take_all
from .findings import FindingsList
from .generate import GenerateBar
from .offers import Offer
from .settings import DraftSettings
from .store_line import StoreLine
from .top import TopColumn, TopScroll
from .well import Well
from .well_parts import Veil

MIN_WIDTH_PX = 320
WIDTH_PX = 332
MAX_WIDTH_PX = 360


class ComposePanel(DropPlace, QWidget):
    """Wells, settings, findings and Generate. See the signals for what comes out."""

    sources_offered = Signal(object)  # Offer
    source_removed = Signal(object)  # Slot
    choose_requested = Signal(object)  # Slot: whoever listens opens the file dialog
    draft_changed = Signal(object)  # Draft, after each edit by the person
    generate_requested = Signal()
    mend_requested = Signal(object)  # Finding
    dismiss_requested = Signal(object)  # Finding: advice that the person waves off
    copy_code_requested = Signal()
    editor_requested = Signal(object)  # Slot: a larger view to trim or crop in
    make_folder_requested = Signal()
    choose_folder_requested = Signal()
    this_run_requested = Signal()  # a token without the password store, which does not answer
    store_again_requested = Signal()  # it answered with an error

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        # (slot or None, paths and links) -> (taken?, why not). No texts: a picture without a file.
        self.drop_verdict: SourceVerdict = take_all
        self._top = TopColumn()
        self._scroll = TopScroll(self._top, self)
        self._wells_box = QWidget(self._top)
        self._wells = {slot: Well(slot, self._wells_box) for slot in Slot}
        self._settings = DraftSettings(self._top)
        self._findings = FindingsList(self._settings.options.last_in_tab_order(), self._top)
        self._store = StoreLine(self._top)
        self._away = AwayLine(self._top)
        self._bar = GenerateBar(self)
        self._build()
        self._show_limit()
        self._veil = Veil(self._wells_box)
        self._drag = Drag()
        self._connect()

    def draft(self) -> Draft:
        """The draft as it stands: the wells' sources and the settings."""
        image, video = self._wells[Slot.IMAGE], self._wells[Slot.VIDEO]
        return self._settings.fill(
            Draft(
                image=image.source(),
                video=video.source(),
                image_edit=image.image_edit(),
                video_edit=video.clip_edit(),
            )
        )

    def set_draft(self, draft: Draft) -> None:
        """Show the settings of a draft. Its sources come through ``set_input``."""
        self._settings.show_draft(draft)
        self._show_limit()

    def set_input(self, value: Input) -> None:
        """Show what is known of one input, in its well."""
        self._wells[value.slot].set_input(value)

    def set_findings(self, findings: tuple[Finding, ...]) -> None:
        """Show what is wrong with the draft, also in the wells that it is about."""
        # First: a card has the last word about what is brought into sight.
        if any(f.code in (FindingCode.CALLBACK_BAD, FindingCode.CALLBACK_LOCAL) for f in findings):
            self._settings.unfold()
        self._findings.set_findings(findings)
        for well in self._wells.values():
            well.set_findings(self._findings.findings())

    def set_quote(self, quote: Quote | None) -> None:
        self._bar.set_quote(quote)

    def set_blocked(self, reason: str | None) -> None:
        """Why Generate is disabled; None enables it."""
        self._bar.set_blocked(reason)

    def set_away(self, away: Away | None) -> None:
        """Say above Generate that the folder for videos is not there; None: it is."""
        self._away.set_away(away)

    def set_store_line(
        self, sentence: str, *, offers_this_run: bool, offers_again: bool = False
    ) -> None:
        """Say above Generate that the password store does not do its part; empty: it does."""
        self._store.set_line(sentence, offers_this_run=offers_this_run, offers_again=offers_again)

    def set_busy_generate(self, busy: bool) -> None:
        """Between a press of Generate and the job's row: a further press does nothing."""
        self._bar.set_busy(busy)

    def cuts(self) -> tuple[float, ...]:
        """Where the clip's strip shows cuts, in seconds."""
        strip = self._wells[Slot.VIDEO].strip
        return strip.cuts() if strip is not None else ()

    def focus_well(self, slot: Slot) -> None:
        self._wells[slot].setFocus(Qt.FocusReason.ShortcutFocusReason)

    def focus_next_step(self) -> None:
        """The first well that is empty, else the prompt."""
        empty = [slot for slot, well in self._wells.items() if well.source() is None]
        if empty:
            self.focus_well(empty[0])
        else:
            self.focus_prompt()

    def focus_prompt(self) -> None:
        self._settings.prompt.edit.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def paste(self) -> None:
        """Offer what the clipboard holds, for whichever well it fits."""
        self.take_pasted(clipboard().handed())

    def say(self, slot: Slot, text: str) -> None:
        """Why something was not taken into a well."""
        self._wells[slot].say(text)

    def judge_drag_again(self) -> None:
        """More is known of what hovers."""
        self.judge_again()
        for well in self._wells.values():
            well.judge_again()

    # building

    def _build(self) -> None:
        self.setAcceptDrops(True)
        self.setMinimumWidth(MIN_WIDTH_PX)
        self.setMaximumWidth(MAX_WIDTH_PX)
        row = QHBoxLayout(self._wells_box)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE_12)
        for well in self._wells.values():
            row.addWidget(well, 1)
        self._top.column.setSpacing(SPACE_16)
        self._top.column.addWidget(self._wells_box)
        for part in (self._settings, self._findings, self._store, self._away):
            self._top.column.addWidget(part)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._scroll)
        bottom = QVBoxLayout()
        bottom.setContentsMargins(SPACE_16, SPACE_8, SPACE_16, SPACE_16)
        bottom.addStretch(1)
        bottom.addWidget(self._bar)
        column.addLayout(bottom, 1)

    def _connect(self) -> None:
        for slot, well in self._wells.items():
            well.verdict = self._verdict
            well.offered.connect(self.sources_offered)
            well.removed.connect(partial(self.source_removed.emit, slot))
            well.choose_requested.connect(partial(self.choose_requested.emit, slot))
            well.edited.connect(self._on_edited)
            well.editor_requested.connect(partial(self.editor_requested.emit, slot))
        self._settings.edited.connect(self._on_edited)
        self._settings.unfolded.connect(self._on_unfolded)
        self._settings.prompt.edit.media_pasted.connect(self.take_pasted)
        self._settings.options.copy_code_requested.connect(self.copy_code_requested)
        self._findings.mend_requested.connect(self.mend_requested)
        self._findings.dismissed.connect(self.dismiss_requested)
        self._findings.appeared.connect(self._on_findings_appeared)
        for line in (self._store, self._away):
            line.appeared.connect(partial(self._scroll.bring_into_sight, line))
        self._away.make_again_requested.connect(self.make_folder_requested)
        self._away.choose_requested.connect(self.choose_folder_requested)
        self._store.this_run_requested.connect(self.this_run_requested)
        self._store.again_requested.connect(self.store_again_requested)
        self._bar.pressed.connect(self.generate_requested)
        theme().changed.connect(self.update)

    def _verdict(self, slot: Slot | None, texts: list[str]) -> tuple[bool, str]:
        return self.drop_verdict(slot, texts)  # asked late: it is set after the wells are built

    def _offer(self, offer: Offer) -> None:
        self.sources_offered.emit(offer)

    def _show_limit(self) -> None:
        """How long a part may be depends on the facing."""
        strip = self._wells[Slot.VIDEO].strip
        if strip is not None:
            strip.set_limit_s(VIDEO_MAX_S[self._settings.facing.value()])

    def _on_edited(self) -> None:
        self._show_limit()
        self.draft_changed.emit(self.draft())

    def _on_unfolded(self) -> None:
        self._scroll.bring_into_sight(self._settings.options)

    def _on_findings_appeared(self) -> None:
        """What blocks stands first; where it does not all fit, the first of it is seen."""
        self._scroll.bring_into_sight(*self._findings.blocking())

    # Qt's own

    def sizeHint(self) -> QSize:
        return QSize(WIDTH_PX, super().sizeHint().height())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Paste):
            self.paste()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), color("panel"))
        if self._scroll.is_cut():  # a hairline: there is more above it
            painter.fillRect(
                0, self._scroll.geometry().bottom() + 1, self.width(), 1, color("line")
            )
