"""The Library and the Stage: choosing a video, watching it, keeping and discarding it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication, QFileDialog

from kling_desktop.engine.failures import CopyFailed
from kling_desktop.motion.away import Away, Why
from kling_desktop.motion.compare import CompareSettings
from kling_desktop.motion.job import Job, JobAction, JobState
from kling_desktop.ui import desktop
from kling_desktop.ui.presenter.composing import Composing
from kling_desktop.ui.presenter.copies import Copies
from kling_desktop.ui.presenter.desk import Desk
from kling_desktop.ui.presenter.exports import Exports
from kling_desktop.ui.presenter.queueing import Queueing
from kling_desktop.ui.presenter.wishing import Wishing
from kling_desktop.ui.stage.item import StageItem
from kling_desktop.ui.tr import tr, words
from kling_desktop.ui.widgets.file_dialog import FileDialog

if TYPE_CHECKING:
    from kling_desktop.engine.engine import Engine
    from kling_desktop.engine.library import Undo

REFERENCE_WITHIN_S = 1.0  # later it comes beside a video that is shown already
_IN_LIBRARY = frozenset({JobState.DONE, JobState.UNWATCHED})


class Viewing:
    """What is selected in the Library stands on the Stage."""

    def __init__(
        self, desk: Desk, composing: Composing, queueing: Queueing, wishing: Wishing
    ) -> None:
        self._desk = desk
        self._composing = composing
        self._queueing = queueing
        self._wishing = wishing
        self._exports = Exports(desk)
        self._copies = Copies(desk)
        self._wanted: str | None = None  # will stand on the Stage once its disk has answered
        self._plays = False  # then
        self._out_of_reach: set[str] = set()  # jobs whose videos' whole folder is away
        stage, library = desk.stage, desk.library
        library.selected.connect(self.show)
        library.activated.connect(self._on_activated)
        library.action_requested.connect(self._on_library_action)
        library.thumbnail_wanted.connect(self._on_thumbnail_wanted)
        fetch_again = JobAction.FETCH_AGAIN.value
        stage.save_as_requested.connect(partial(self._do_by_id, "save_as"))
        stage.show_in_folder_requested.connect(partial(self._do_by_id, "show_in_folder"))
        stage.show_marked_requested.connect(partial(self._do_by_id, "show_marked"))
        stage.copy_requested.connect(partial(self._do_by_id, "copy"))
        stage.open_elsewhere_requested.connect(partial(self._do_by_id, "open_external"))
        stage.fetch_again_requested.connect(partial(self._do_by_id, fetch_again))
        stage.compare_settings_changed.connect(self._on_compare_settings)
        stage.favourite_toggled.connect(partial(self._do_by_id, "favourite"))

    def attach(self, engine: Engine) -> None:
        engine.book.changed.connect(self._on_job)
        engine.book.removed.connect(self._on_removed)
        engine.finished.connect(self._on_finished)
        engine.place.changed.connect(self._on_place)
        jobs = [j for j in engine.book.all() if belongs_in_library(j)]
        self._desk.library.set_jobs(jobs)
        self._exports.attach()
        self._on_place(engine.place.away)
        self._show_first_run()

    def detach(self) -> None:
        self._wanted = None
        self._copies.show(None)
        self._desk.library.set_jobs([])
        self._out_of_reach.clear()

    def show(self, job_id: str, *, play: bool = False) -> None:
        """Put a video on the Stage; what has none shows why. A double click is three wishes."""
        job = self._desk.job(job_id)
        if job is None or job.state is not JobState.DONE or job.result_path is None:
            return
        if (away := self._away_with(job)) is not None:
            self._wanted = None
            self._copies.show_away(stage_item(job), words.away(away))
            self._desk.library.set_missing(job_id, True, away=True)
        else:
            self._plays = play or (self._plays and self._wanted == job_id)
            self._wanted = job_id
            self._desk.spawn(self._show_file(job), "show a video")

    async def _show_file(self, job: Job) -> None:
        """Its disk may not answer, and another one may be wished for before it did."""
        engine, path = self._desk.engine, job.result_path
        if engine is None or path is None:
            return
        reference = asyncio.ensure_future(self._reference(engine, job))
        there = await engine.library.is_there(path)
        if self._wanted != job.job_id:
            return
        self._desk.library.set_missing(job.job_id, not there)
        if not there:
            self._wanted = None
            self._copies.show_missing(stage_item(job))
            return
        await asyncio.wait({reference}, timeout=REFERENCE_WITHIN_S)
        if self._wanted != job.job_id:
            return
        self._wanted = None
        found = reference.result() if reference.done() else None
        job = self._desk.job(job.job_id) or job
        self._copies.show(stage_item(job, found), play=self._plays)
        if not reference.done():
            self._put_reference(job.job_id, await reference)

    async def _reference(self, engine: Engine, job: Job) -> str | None:
        """The clip that was sent, as long as its file is there."""
        path = job.request.video.path
        return path if path is not None and await engine.library.is_there(path) else None

    def _put_reference(self, job_id: str, path: str | None) -> None:
        item = self._copies.item
        if path is not None and item is not None and item.job_id == job_id:
            self._copies.show(replace(item, reference_path=item.reference_path or path))

    def current(self) -> str | None:
        """The job that menus and keys mean: what is selected, else what is on the Stage."""
        chosen = self._desk.library.selected_ids()
        if chosen:
            return chosen[0]
        item = self._desk.stage.item
        return item.job_id if item else None

    def do_current(self, action: str) -> None:
        if action == "delete":
            self._delete_all(self._desk.library.selected_ids())
        elif (job_id := self.current()) is not None:
            self.do(job_id, action)

    def do(self, job_id: str, action: str) -> None:
        """The Library's own actions; all others are the Queue's."""
        job = self._desk.job(job_id)
        if job is None:
            return
        own: dict[str, Callable[[Job], None]] = {
            "save_as": self._save_as,
            "show_in_folder": self._show_in_folder,
            "show_marked": lambda job: self._desk.show_in_folder(job.marked_path or ""),
            "copy": self._copy,
            "open_external": self._open_external,
            "remix": self._remix,
            "favourite": self._favourite,
            "delete": self._delete,
            "play": self._play,
            "compare_with": self._compare_with,
        }
        if action in own:
            own[action](job)
        else:
            self._queueing.do(job_id, action)

    def _watch(self, job_id: str) -> None:
        self._desk.library.select(job_id)
        self.show(job_id)

    def _on_library_action(self, job_id: str, action: str) -> None:
        """Some actions mean everything that is selected, when one of it was meant."""
        chosen = self._desk.library.selected_ids()
        if job_id not in chosen:
            chosen = [job_id]
        if action == "delete":
            self._delete_all(chosen)
        elif action == "copy":
            self._copy_all(chosen)
        elif action == "favourite":
            for each in chosen:
                self.do(each, action)
        else:
            self.do(job_id, action)

    def _on_compare_settings(self, job_id: str, settings: CompareSettings) -> None:
        if (engine := self._desk.engine) is not None and self._desk.job(job_id) is not None:
            self._desk.spawn(engine.library.set_compare(job_id, settings), "remember the nudges")

    def _do_by_id(self, action: str, job_id: str) -> None:
        self.do(job_id, action)

    def _save_as(self, job: Job) -> None:
        if job.result_path is not None:
            self._desk.spawn(self._ask_where(job.job_id, job.result_path), "save as")

    async def _ask_where(self, job_id: str, path: str) -> None:
        dialog = FileDialog(self._desk.window, tr("Save as"), await self._desk.start_of(path))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("mp4")
        dialog.setNameFilters([tr("Video") + " (*.mp4)"])
        dialog.fileSelected.connect(partial(self._on_save_as, job_id))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _on_save_as(self, job_id: str, target: str) -> None:
        self._desk.spawn(self._copy_to(job_id, target), "save as")

    async def _copy_to(self, job_id: str, target: str) -> None:
        if (engine := self._desk.engine) is None:
            return
        try:
            saved = await engine.library.save_as(job_id, target)
        except CopyFailed as problem:
            name = os.path.basename(target)
            text = tr("{name} could not be saved: {reason}. The video itself is unharmed.")
            self._desk.notice(text.format(name=name, reason=problem.reason))
        else:
            self._desk.notice(tr("Saved as {name}.").format(name=saved.name))

    def _show_in_folder(self, job: Job) -> None:
        if (away := self._away_with(job)) is not None:
            self._desk.notice(words.away(away))
        elif job.result_path is not None:
            self._desk.show_in_folder(job.result_path)

    def _copy(self, job: Job) -> None:
        self._copy_all([job.job_id])

    def _copy_all(self, job_ids: list[str]) -> None:
        jobs = [self._desk.job(i) for i in job_ids]
        paths = [j.result_path for j in jobs if j is not None and j.result_path]
        if paths:
            desktop.copy_files(paths)
            self._desk.answer(tr("Copied. Paste it into a folder or another program."))

    def _open_external(self, job: Job) -> None:
        if job.result_path is not None:
            self._desk.spawn(self._open_elsewhere(job.result_path), "open elsewhere")

    async def _open_elsewhere(self, path: str) -> None:
        """Once its disk answers: Qt looks at the file."""
        engine = self._desk.engine
        if engine is None or not await engine.library.is_there(path):
            self._desk.notice(tr("This video was deleted or moved."))
        elif not desktop.open_elsewhere(path):
            self._desk.notice(tr("No other player was found for this file."))

    def _remix(self, job: Job) -> None:
        self._composing.take_up(job)

    def _favourite(self, job: Job) -> None:
        if (engine := self._desk.engine) is not None:
            work = engine.library.set_favourite(job.job_id, not job.favourite)
            self._desk.spawn(work, "favourite")

    def _play(self, job: Job) -> None:
        self.show(job.job_id, play=True)

    def _compare_with(self, job: Job) -> None:
        """This result in the place of the reference of the one on the Stage."""
        self._desk.spawn(self._compare(job), "compare with")

    async def _compare(self, job: Job) -> None:
        stage, engine = self._desk.stage, self._desk.engine
        there = engine is not None and await engine.library.is_there(job.result_path or "")
        item = stage.item if there else None
        if item is None or item.job_id == job.job_id or job.result_path is None:
            self._desk.answer(tr("Put another video on the Stage first."))
            return
        label = f"{job.title} · {words.mode(job.request.mode)}"
        self._copies.show(
            replace(
                item,
                reference_path=job.result_path,
                reference_label=label,
                reference_start_s=None,
                reference_end_s=None,
                compare=None,
            )
        )
        if not stage.compare_mode.shows_both:
            stage.set_side_by_side(True)

    def _delete(self, job: Job) -> None:
        self._delete_all([job.job_id])

    def _delete_all(self, job_ids: list[str]) -> None:
        item = self._desk.stage.item
        if self._wanted in job_ids:
            self._wanted = None
        if item is not None and item.job_id in job_ids:
            self._copies.show(None)  # lets go of the file
        if job_ids:
            show = partial(self._desk.show_taken, job_ids)
            self._wishing.take(f"delete {' '.join(job_ids)}", partial(self._remove, job_ids), show)

    async def _remove(self, job_ids: list[str]) -> None:
        if (engine := self._desk.engine) is None:
            return
        undos: list[Undo] = []
        try:
            for job_id in job_ids:
                undos.append(await engine.library.delete(job_id, desktop.discard))
        finally:  # those before one that could not be removed are gone
            if undos:
                undo = partial(self._undo, tuple(undos))
                self._desk.notice(_removed_text(undos), [(tr("Undo"), undo)])

    def _undo(self, undos: Sequence[Undo]) -> None:
        self._desk.spawn(self._take_back(undos), "undo")

    async def _take_back(self, undos: Sequence[Undo]) -> None:
        for undo in undos:
            if not await undo():
                self._desk.notice(tr("Its file is not in the bin any more: “Fetch again” gets it."))
            self._desk.library.select(undo.job.job_id)

    def _on_activated(self, job_id: str) -> None:
        job = self._desk.job(job_id)
        if job is None:
            return
        if job.state is JobState.DONE:
            self._play(job)
        else:
            self._queueing.do(job_id, JobAction.DETAILS.value)

    def _on_job(self, job: Job) -> None:
        if belongs_in_library(job):
            self._desk.library.upsert(job)
        else:
            self._desk.library.remove(job.job_id)
        item = self._desk.stage.item
        if item is not None and item.job_id == job.job_id and job.result_path == item.result_path:
            # Its heart; the video plays on, beside whatever it is compared with.
            fresh = stage_item(job, item.reference_path)
            self._copies.show(with_reference_of(item, fresh))

    def _on_removed(self, job: Job) -> None:
        self._desk.library.remove(job.job_id)

    def _on_finished(self, job: Job) -> None:
        """The Stage does not jump: it takes the video only where it shows nothing."""
        QApplication.alert(self._desk.window)
        if job.state is JobState.DONE and job.error is not None:
            self._desk.notice(words.error(job.error).sentence)  # fetching it again failed
        elif job.state is JobState.DONE:
            said = tr("{title} is ready.").format(title=job.title)
            if self._desk.stage.item is None and self._wanted is None:
                self._watch(job.job_id)
                self._desk.notice(said)
            else:
                watch = partial(self._watch, job.job_id)
                self._desk.notice(said, [(tr("Watch"), watch)])
        elif job.in_vain and job.error is not None:
            self._desk.notice(words.failure(job).sentence)

    def _away_with(self, job: Job) -> Away | None:
        """The folder that this video is in, where it is away: nothing in it is touched then."""
        away = self._desk.engine.place.away if self._desk.engine is not None else None
        if away is None or job.result_path is None:
            return None
        return away if Path(away.folder) in Path(job.result_path).parents else None

    def _on_place(self, _away: Away | None) -> None:
        if (engine := self._desk.engine) is None:
            return
        done = (job for job in engine.book.all() if job.state is JobState.DONE)
        gone = {job.job_id for job in done if self._away_with(job) is not None}
        for job_id in gone:
            self._desk.library.set_missing(job_id, True, away=True)
        back, self._out_of_reach = self._out_of_reach - gone, gone
        if back:
            self._desk.spawn(self._show_again(back), "videos that are back")

    async def _show_again(self, job_ids: set[str]) -> None:
        for job_id in job_ids:
            await self._show_thumbnail(job_id)
            item = self._desk.stage.item
            if item is not None and item.job_id == job_id:
                self.show(job_id)

    def _on_thumbnail_wanted(self, job_id: str) -> None:
        self._desk.spawn(self._show_thumbnail(job_id), "poster")

    async def _show_thumbnail(self, job_id: str) -> None:
        engine, job = self._desk.engine, self._desk.job(job_id)
        if engine is None or job is None:
            return
        away = self._away_with(job)
        if away is not None:
            self._out_of_reach.add(job_id)
        is_silent = away is not None and away.why is Why.SILENT
        path = None if is_silent else await engine.library.poster(job_id)
        if path is not None:
            self._desk.library.set_thumbnail(job_id, path)
        missing = away is not None or await engine.library.is_missing(job)
        if self._away_with(job) == away:  # else whoever noticed that shows it again
            self._desk.library.set_missing(job_id, missing, away=away is not None)

    def _show_first_run(self) -> None:
        if (engine := self._desk.engine) is None:
            return
        hosts = engine.service.hosts
        connected = engine.account.state.has_api_token or engine.account.state.awaits_token
        self._desk.stage.set_first_run(connected, hosts.sandbox)


def _removed_text(undos: list[Undo]) -> str:
    if len(undos) > 1:
        return tr("{count} were removed; their files are in the bin.").format(count=len(undos))
    said = tr("{title} was moved to the bin.") if undos[0].binned else tr("{title} was removed.")
    return said.format(title=undos[0].job.title)


def stage_item(job: Job, reference_path: str | None = None) -> StageItem:
    """Facts of the file itself win; ``reference_path``: of the clip, where its file is there."""
    return StageItem(
        job_id=job.job_id,
        title=job.title,
        result_path=job.result_path or "",
        reference_path=reference_path,
        mode_label=words.mode(job.request.mode),
        fps=None,
        favourite=job.favourite,
        compare=job.compare,
        has_marked=job.marked_path is not None,
        reference_start_s=job.request.video_edit.start_s,
        reference_end_s=job.request.video_edit.end_s,
    )


def with_reference_of(shown: StageItem, fresh: StageItem) -> StageItem:
    """The fresh facts of the video, beside the other result it is being compared with."""
    if shown.reference_label is None:
        return fresh
    return replace(
        fresh,
        reference_path=shown.reference_path,
        reference_label=shown.reference_label,
        reference_start_s=None,
        reference_end_s=None,
        compare=None,
    )


def belongs_in_library(job: Job) -> bool:
    return job.in_vain or job.state in _IN_LIBRARY
