"""What a person can ask of the video on the Stage, beyond playing it."""

from __future__ import annotations

from enum import StrEnum


class StageAction(StrEnum):
    """The panel turns each into a signal with the job's id."""

    SAVE_AS = "save-as"
    SHOW_IN_FOLDER = "show-in-folder"
    SHOW_MARKED = "show-marked"
    COPY = "copy"
    OPEN_ELSEWHERE = "open-elsewhere"
    FETCH_AGAIN = "fetch-again"
    FAVOURITE = "favourite"
    SAVE_FRAME = "save-frame"
    COPY_FRAME = "copy-frame"
    EXPORT = "export"
    LEAVE_FULL_SCREEN = "leave-full-screen"
