"""The menu of one job in the Queue: everything that can be done with it now."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from kling_desktop.motion.job import Job, JobAction, actions_for
from kling_desktop.ui.tr import words

# The last group: about the job, whatever its state.
_ABOUT = frozenset({JobAction.EDIT, JobAction.COPY_CODE, JobAction.COPY_REPORT, JobAction.DETAILS})


def build_menu(job: Job, waiting_ids: Sequence[str], parent: QWidget) -> QMenu:
    """A menu whose actions carry the JobAction's value as data; it deletes itself."""
    menu = QMenu(parent)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    menu.setAccessibleName(job.title)
    in_about = False
    for action in actions_for(job):
        if action in _ABOUT and not in_about:
            menu.addSeparator()
            in_about = True
        menu.addAction(_entry(action, job, waiting_ids, menu))
    return menu


def _entry(action: JobAction, job: Job, waiting_ids: Sequence[str], menu: QMenu) -> QAction:
    entry = QAction(words.action(action).replace("&", "&&"), menu)
    entry.setData(action.value)
    edge = {JobAction.MOVE_UP: 0, JobAction.MOVE_DOWN: -1}.get(action)
    if edge is not None:
        entry.setEnabled(bool(waiting_ids) and waiting_ids[edge] != job.job_id)
    return entry
