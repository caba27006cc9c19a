"""After the first connect: three questions with good answers filled in. Can be skipped."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QWidget

from kling_desktop.ui.dialogs.fields import (
    USUAL_ASK_ABOVE,
    FolderField,
    JobsSpin,
    ask_above_field,
    labelled,
)
from kling_desktop.ui.theme import SPACE_12
from kling_desktop.ui.tr import tr
from kling_desktop.ui.widgets.sheet import Sheet

DEFAULT_JOBS = 2


class SetupSheet(Sheet):
    """``chosen`` carries ``videos_folder``, ``jobs_at_once``, ``ask_above_credits``."""

    chosen = Signal(object)  # dict[str, object]

    def __init__(
        self,
        parent: QWidget,
        videos_folder: str,
        jobs_at_once: int = DEFAULT_JOBS,
        ask_above_credits: float | None = USUAL_ASK_ABOVE,
    ) -> None:
        super().__init__(parent, tr("Three things before you begin"))
        self.folder = FolderField("Videos folder", self)
        self.folder.set_value(videos_folder)
        self._jobs = JobsSpin(self)
        self._jobs.setValue(jobs_at_once)
        self._credits = ask_above_field(self)
        self._credits.set_value(ask_above_credits)
        self._build_questions()

    def _build_questions(self) -> None:
        intro = QLabel(tr("All of it can be changed later in Settings."), self)
        intro.setProperty("role", "small")
        rows = (
            (tr("Where should videos be saved?"), "", self.folder, False),
            (
                tr("How many jobs run at once?"),
                tr("The others wait in the queue."),
                self._jobs,
                True,
            ),
            (
                tr("Ask before spending more than"),
                tr("Generate asks first when one video costs more."),
                self._credits,
                True,
            ),
        )
        self.body.addWidget(intro)
        for text, hint, field, beside in rows:
            self.body.addSpacing(SPACE_12)
            self.body.addWidget(labelled(text, hint, field, beside=beside))
        self.footer.addStretch(1)
        skip = self.add_button(tr("Skip"))
        skip.clicked.connect(self.reject)
        done = self.add_button(tr("Done"), "primary")
        done.clicked.connect(self._on_done)
        self.initial_focus = done

    def _on_done(self) -> None:
        self.chosen.emit(
            {
                "videos_folder": self.folder.value(),
                "jobs_at_once": self._jobs.value(),
                "ask_above_credits": self._credits.value(),
            }
        )
        self.accept()
