"""The person's own folder for videos is not there: above Generate, in Settings, in the Library."""

from __future__ import annotations

from dataclasses import replace

from looks_jobs import LONG, NOW
from looks_scenes import SMALL_PX, scene, working
from looks_sheets import open_settings
from looks_stand import Stand
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from kling_desktop.motion.away import Away, Why
from kling_desktop.motion.job import JobError, JobState, Money
from kling_desktop.ui.stage.item import StageItem
from kling_desktop.ui.theme import set_property
from kling_desktop.ui.tr import words

S = JobState
GONE = Away("/media/someone/Videos/Kling", Why.GONE)
DISK = Away("/media/someone/Videos", Why.UNPLUGGED)


def _ready(stand: Stand, away: Away) -> None:
    working(stand)
    stand.inputs()
    stand.shelf()
    stand.compose.set_away(away)


@scene("22-folder-gone", sharp=True)
def gone(stand: Stand) -> None:
    _ready(stand, GONE)
    values = (("folder", GONE.folder), ("why", GONE.why.value))
    error = JobError("folder_gone", money=Money.PAID, values=values)
    waits = stand.numbers.job(
        S.UNSAVED, "chelsea", "meadow", submitted_at=NOW - 172, task_id="task", error=error
    )
    stand.jobs([waits])


@scene("22-folder-gone-small", SMALL_PX)
def gone_small(stand: Stand) -> None:
    """By the keyboard, and with a path that is far too long."""
    _ready(stand, Away(f"/media/someone/{LONG}/Videos/Kling Desktop", Why.UNPLUGGED))
    _ring(stand, "Make it again")


@scene("22-folder-does-not-answer-small", SMALL_PX)
def silent_small(stand: Stand) -> None:
    _ready(stand, Away("//nas/someone/Videos", Why.SILENT))


@scene("22-folder-other-disk")
def other_disk(stand: Stand) -> None:
    _ready(stand, replace(DISK, why=Why.OTHER_DISK))


@scene("22-folder-gone-in-settings")
def in_settings(stand: Stand) -> None:
    sheet = open_settings(stand, videos_folder=DISK.folder)
    sheet.set_away(DISK)


@scene("22-folder-gone-in-settings-small", SMALL_PX)
def in_settings_small(stand: Stand) -> None:
    away = Away(f"/media/someone/{LONG}/Videos/Kling Desktop", Why.GONE)
    sheet = open_settings(stand, videos_folder=away.folder)
    sheet.set_away(away)


@scene("22-folder-gone-in-the-library")
def in_the_library(stand: Stand) -> None:
    working(stand)
    jobs = stand.shelf()
    for job in jobs[:3]:
        stand.library.set_missing(job.job_id, True, away=True)
    stand.compose.set_away(GONE)
    path = f"{GONE.folder}/2026-11-23 astronaut × meadow.mp4"
    item = StageItem("job-1", "astronaut × meadow", path, None, "Standard", None, True)
    stand.stage.show_away(item, words.away(GONE))


def _ring(stand: Stand, text: str) -> None:
    button = next(b for b in stand.compose.findChildren(QPushButton) if b.text() == text)
    button.setFocus(Qt.FocusReason.TabFocusReason)
    set_property(button, "ring", True)
