"""Why there is no picture of a video, and what can be done."""

from __future__ import annotations

from kling_desktop.ui.tr import tr, words

from .actions import StageAction
from .item import StageItem
from .pages import Notice


def missing(item: StageItem) -> Notice:
    """The file was deleted or moved."""
    actions = (
        (StageAction.FETCH_AGAIN, tr("Fetch again")),
        (StageAction.SHOW_IN_FOLDER, tr("Show in folder")),
    )
    return Notice(tr("This video was deleted or moved."), item.result_path, actions)


def unplayable(item: StageItem) -> Notice:
    """It is there, and cannot be shown here."""
    actions = (
        (StageAction.OPEN_ELSEWHERE, tr("Open in another player")),
        (StageAction.SHOW_IN_FOLDER, tr("Show in folder")),
    )
    return Notice(tr("Saved, but this computer could not play it."), item.result_path, actions)


def on_whole_screen() -> Notice:
    """It plays there."""
    actions = ((StageAction.LEAVE_FULL_SCREEN, tr("Leave full screen")),)
    return Notice(tr("Playing on the whole screen."), "", actions)


def waiting(item: StageItem) -> Notice:
    """For the copy that it will be shown from."""
    return Notice(words.preparing_copy(0.0), item.title, ())
