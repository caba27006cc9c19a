"""The menu of a job in the Library."""

from __future__ import annotations

from enum import StrEnum

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from kling_desktop.motion.job import Job, JobAction, JobState, actions_for
from kling_desktop.ui.tr import tr, words


class LibraryAction(StrEnum):
    """What can be wished here beside the JobActions."""

    PLAY = "play"
    SAVE_AS = "save_as"
    SHOW_IN_FOLDER = "show_in_folder"
    SHOW_MARKED = "show_marked"
    COPY = "copy"
    COMPARE_WITH = "compare_with"
    REMIX = "remix"
    FAVOURITE = "favourite"
    DELETE = "delete"


# EDIT is offered as Remix; a failed job is put away with Delete here, not with Dismiss.
OTHER_NAMES = frozenset({JobAction.EDIT, JobAction.DISMISS})
_ABOUT = (JobAction.COPY_CODE, JobAction.COPY_REPORT, JobAction.DETAILS)


def build_menu(job: Job, has_file: bool, chosen: int, parent: QWidget) -> QMenu:
    """A menu whose actions carry their value as data; it deletes itself.

    ``chosen`` counts the selected jobs: with several, only what makes sense for all is offered.
    """
    menu = QMenu(parent)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    menu.setAccessibleName(job.title)
    if chosen > 1:
        _add_for_many(menu, chosen)
    else:
        _add_for_one(menu, job, has_file)
    return menu


def _add_for_one(menu: QMenu, job: Job, has_file: bool) -> None:
    if job.state is JobState.DONE:
        _add(menu, LibraryAction.PLAY, tr("Play"), has_file)
        _add(menu, LibraryAction.SAVE_AS, tr("Save as…"), has_file)
        _add(menu, LibraryAction.SHOW_IN_FOLDER, tr("Show in folder"), has_file)
        if job.marked_path is not None:
            _add(menu, LibraryAction.SHOW_MARKED, tr("Show watermarked copy in folder"))
        _add(menu, LibraryAction.COPY, tr("Copy"), has_file)
        with_stage = tr("Compare with the one on the Stage")
        _add(menu, LibraryAction.COMPARE_WITH, with_stage, has_file)
        menu.addSeparator()
    favourite = _add(menu, LibraryAction.FAVOURITE, tr("Favourite"))
    favourite.setCheckable(True)
    favourite.setChecked(job.favourite)
    _add(menu, LibraryAction.REMIX, tr("Remix (edit)"))
    for action in actions_for(job):
        if action not in OTHER_NAMES and action not in _ABOUT:
            _add(menu, action, words.action(action))
    menu.addSeparator()
    for action in _ABOUT:
        _add(menu, action, words.action(action))
    menu.addSeparator()
    _add(menu, LibraryAction.DELETE, tr("Delete…"))


def _add_for_many(menu: QMenu, chosen: int) -> None:
    _add(menu, LibraryAction.COPY, tr("Copy"))
    menu.addSeparator()
    _add(menu, LibraryAction.DELETE, tr("Delete {count} videos…").format(count=chosen))


def _add(menu: QMenu, value: StrEnum, text: str, enabled: bool = True) -> QAction:
    entry = QAction(text.replace("&", "&&"), menu)
    entry.setData(value.value)
    entry.setEnabled(enabled)
    menu.addAction(entry)
    return entry
