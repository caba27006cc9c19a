"""The Queue and what a person does with a job, wherever they ask for it."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QApplication

from kling_desktop.motion.job import (
    REPEATED,
    SPENDING,
    HoldReason,
    Job,
    JobAction,
    JobError,
    JobState,
    Progress,
    QueueState,
)
from kling_desktop.motion.ledger import charge_of
from kling_desktop.motion.redaction import without_queries
from kling_desktop.motion.request import Mode
from kling_desktop.motion.said import Said
from kling_desktop.ui.presenter.account_question import AccountQuestion
from kling_desktop.ui.presenter.asking import Asking
from kling_desktop.ui.presenter.composing import Composing
from kling_desktop.ui.presenter.desk import Desk
from kling_desktop.ui.presenter.wishing import Wishing
from kling_desktop.ui.tr import tr, words
from kling_desktop.ui.widgets.confirm import confirm

if TYPE_CHECKING:
    from kling_desktop.engine.engine import Engine

PROMPT_SHOWN = 40  # characters: enough to recognise one's own words
TOP_UP_URL = "https://platform.acedata.cloud/services/kling"  # service.md, "Two hosts"


class Queueing:
    """Mirrors the engine's unfinished jobs into the panel and carries actions back."""

    def __init__(self, desk: Desk, composing: Composing, wishing: Wishing) -> None:
        self._desk = desk
        self._composing = composing
        self._wishing = wishing
        self._asking = Asking(desk)
        self._account_question = AccountQuestion(desk)
        panel = desk.queue
        panel.action_requested.connect(self.do)
        panel.pause_requested.connect(self.pause)
        panel.resume_requested.connect(self.resume)
        panel.top_up_requested.connect(self.top_up)
        panel.page_requested.connect(self.open_page)
        panel.moved.connect(self._on_moved)
        panel.thumbnail_wanted.connect(self._on_thumbnail_wanted)

    def attach(self, engine: Engine) -> None:
        engine.book.changed.connect(self._on_job)
        engine.book.removed.connect(self._on_removed)
        engine.queue.changed.connect(self._on_queue)
        engine.progress.connect(self._on_progress)
        engine.book.put_back.connect(self._on_trouble)
        engine.recall.unasked.connect(self._on_trouble)
        self._desk.queue.set_jobs([j for j in engine.book.all() if j.in_queue])
        self._on_queue(engine.queue.state)
        self._account_question.attach(engine)
        engine.asked.connect(self._on_asked)
        self._desk.spawn(self._show_usual(), "usual range")

    def detach(self) -> None:
        self._desk.queue.set_jobs([])
        self._desk.queue.set_queue(QueueState())

    def pause(self) -> None:
        if self._desk.engine is not None:
            self._desk.engine.queue.pause()

    def resume(self) -> None:
        if self._desk.engine is not None:
            self._desk.spawn(self._resume(self._desk.engine), "resume")

    async def _resume(self, engine: Engine) -> None:
        """The pause ends at once; a limit for a day holds on until its question has a yes."""
        await engine.resume_queue()
        if HoldReason.LIMITS in engine.queue.state.holds and not await self._asking.unlimited():
            return
        if (day := engine.queue.day_limit) is not None:
            await self._asking.beyond(day)

    def toggle_pause(self) -> None:
        if self._desk.engine is None:
            return
        if HoldReason.PAUSED in self._desk.engine.queue.state.holds:
            self.resume()
        else:
            self.pause()

    def top_up(self) -> None:
        QDesktopServices.openUrl(QUrl(TOP_UP_URL))

    def open_page(self) -> None:
        """Plain http to the service's own host: a network that wants a sign-in answers it."""
        if (engine := self._desk.engine) is not None:
            host = urlsplit(engine.service.hosts.api).netloc
            QDesktopServices.openUrl(QUrl(f"http://{host}/"))

    def do(self, job_id: str, action: str) -> None:
        """One of ``JobAction``; what may cost is asked once more."""
        job = self._desk.job(job_id)
        if job is None:
            return
        wished = JobAction(action)
        if wished is JobAction.EDIT:
            self._composing.take_up(job)
        elif wished is JobAction.COPY_REPORT:
            self._desk.spawn(self._copy_report(job_id), "report")
        elif wished is JobAction.COPY_CODE:
            self._show_code(job)
        elif wished is JobAction.DETAILS:
            self._desk.spawn(self._show_details(job), "details")
        elif wished is JobAction.OPEN_PAGE:
            self.open_page()
        elif wished is JobAction.CHOOSE_TASK:
            self._ask_which(job)
        elif wished is JobAction.STOP_WATCHING:
            self._ask_stop_watching(job)
        else:
            self._carry_out(job_id, wished)

    def _carry_out(self, job_id: str, action: JobAction) -> None:
        if action in REPEATED:
            self._desk.spawn(self._do(job_id, action), f"{action} {job_id}")
            return
        work = partial(self._do, job_id, action)
        self._wishing.take(f"{action} {job_id}", work, partial(self._desk.show_taken, (job_id,)))

    async def _do(self, job_id: str, action: JobAction) -> None:
        engine, job = self._desk.engine, self._desk.job(job_id)
        if engine is None or job is None:
            return
        from kling_desktop.engine.engine import new_job_id

        act = partial(engine.do, job_id, action, wish_id=new_job_id())
        done = await (self._asking.send(job, act) if action in SPENDING else act())
        if not done and action is JobAction.CANCEL:
            self._desk.notice(
                tr("It was already sent: the service has no cancel, and it may be charged.")
            )
        if not done and action is JobAction.SEND and not engine.ownership.can_answer:
            self._desk.notice(tr("Connect your account first: without one nothing can be sent."))

    def _ask_which(self, job: Job) -> None:
        """Several tasks of the history may be this one: the person knows."""
        if (engine := self._desk.engine) is None:
            return
        from kling_desktop.ui.dialogs.candidates import CandidatesSheet, Choice

        choices = [
            Choice(c.task_id, c.created_at, _settings_of(c.mode, c.prompt))
            for c in engine.candidates(job.job_id)
        ]
        if not choices:
            self._carry_out(job.job_id, JobAction.CHECK_NOW)
            return
        sheet = CandidatesSheet(self._desk.window, choices)
        sheet.chosen.connect(partial(self._on_task_chosen, job.job_id))
        sheet.open()

    def _on_task_chosen(self, job_id: str, task_id: str) -> None:
        if (engine := self._desk.engine) is not None:
            work = partial(self._choose, engine, job_id, task_id)
            show = partial(self._desk.show_taken, (job_id,))
            self._wishing.take(f"{JobAction.CHOOSE_TASK} {job_id}", work, show)

    async def _choose(self, engine: Engine, job_id: str, task_id: str) -> None:
        if not await engine.choose_task(job_id, task_id):
            self._desk.notice(tr("This job is not open any more."))

    def _ask_stop_watching(self, job: Job) -> None:
        confirm(
            self._desk.window,
            tr("Stop watching this video?"),
            tr(
                "The service has no cancel: it may still finish and charge. You can watch it "
                "again from the Library."
            ),
            tr("Stop watching"),
            tr("Keep watching"),
            partial(self._carry_out, job.job_id, JobAction.STOP_WATCHING),
        )

    async def _copy_report(self, job_id: str) -> None:
        if self._desk.engine is not None:
            text = await self._desk.engine.report(job_id)
            self._desk.copy_text(text, tr("Report copied. It holds no token."))

    def _show_code(self, job: Job) -> None:
        if self._desk.engine is not None:
            self._desk.show_code(*self._desk.engine.request_as_code(job.request, job))

    async def _show_details(self, job: Job) -> None:
        engine = self._desk.engine
        if engine is None:
            return
        rows = detail_rows(job, self._desk.now())
        from kling_desktop.ui.dialogs.details import DetailsSheet

        DetailsSheet(self._desk.window, job.title, rows).open()

    async def _show_usual(self) -> None:
        if (engine := self._desk.engine) is None:
            return
        for mode in Mode:
            low_s, high_s = await engine.usual_s(mode) or (None, None)
            self._desk.queue.set_usual_range(mode, low_s, high_s)

    def _on_job(self, job: Job) -> None:
        if job.in_queue:
            self._desk.queue.upsert(job)
        else:
            self._desk.queue.remove(job.job_id)
        if job.state is JobState.DONE:
            self._desk.spawn(self._show_usual(), "usual range")

    def _on_asked(self, job: Job) -> None:
        """Said of the first; how many wait stands in the Queue's title."""
        engine = self._desk.engine
        if engine is None or job.error is None or engine.queue.state.asking > 1:
            return
        QApplication.alert(self._desk.window)
        said = tr("{title} waits for you.").format(title=job.title)
        self._desk.notice(f"{said} {words.error(job.error).title}")

    def _on_removed(self, job: Job) -> None:
        self._desk.queue.remove(job.job_id)

    def _on_queue(self, state: QueueState) -> None:
        self._desk.queue.set_queue(state)
        paused = HoldReason.PAUSED in state.holds
        self._desk.window.commands.set_checked("pause_queue", paused)

    def _on_progress(self, progress: Progress) -> None:
        self._desk.queue.set_progress(progress)

    def _on_moved(self, job_id: str, index: int) -> None:
        if (engine := self._desk.engine) is not None:
            self._desk.spawn(engine.queue.move(job_id, index), "reorder")

    def _on_thumbnail_wanted(self, job_id: str) -> None:
        self._desk.spawn(self._show_thumbnail(job_id), "thumbnail")

    async def _show_thumbnail(self, job_id: str) -> None:
        path = await self._desk.engine.library.poster(job_id) if self._desk.engine else None
        if path is not None:
            self._desk.queue.set_thumbnail(job_id, path)

    def _on_trouble(self, error: JobError) -> None:
        self._desk.notice(words.error(error).sentence)


def _settings_of(mode: str, prompt: str) -> str:
    names = {m.value: words.mode(m) for m in Mode}
    return ", ".join(part for part in (names.get(mode, mode), prompt[:PROMPT_SHOWN]) if part)


def detail_rows(job: Job, now: float) -> list[tuple[str, str]]:
    """Everything that support asks for, and what the person chose."""
    request = job.request
    rows = [
        (tr("State"), words.state(job)),
        (tr("Quality"), words.mode(request.mode)),
        (tr("Facing"), words.orientation(request.orientation)),
        (tr("Description"), request.prompt or "–"),
        (tr("Model"), request.model or tr("Automatic")),
        (tr("Estimate"), _credits(job.estimate_credits)),
        *_agreed_rows(job),
        (tr("Charged"), _charged(job, now)),
        (tr("Created"), _time(job.created_at)),
        (tr("Sent"), _time(job.submitted_at)),
        (tr("Ended"), _time(job.finished_at)),
        (tr("File"), job.result_path or "–"),
        *([(tr("Watermarked copy"), copy)] if (copy := words.marked_copy(job)) else []),
        ("task_id", job.task_id or "–"),
        ("video_id", job.service.video_id or "–"),
        ("trace_id", job.told_trace_id or "–"),
        *_said_rows(job.service),
    ]
    if job.error is not None:
        text = words.failure(job)
        rows.insert(1, (tr("What happened"), text.sentence))
        if looked := words.looked(job):
            rows.insert(2, (tr("Looked for"), looked))
        if job.error.trace_id not in (None, job.told_trace_id):
            rows.append((tr("trace_id of the error"), job.error.trace_id or ""))
        rows.append((tr("Code"), job.error.code))
        if own := job.error.value("service_code"):
            rows.append((tr("The service’s code"), own))
        if job.error.message:
            rows.append((tr("The service’s words"), without_queries(job.error.message)))
    return rows


def _said_rows(said: Said) -> list[tuple[str, str]]:
    """What the service itself told of the task."""
    length = "" if said.duration_s is None else words.seconds(said.duration_s)
    success = "" if said.success is None else str(said.success).lower()
    told = (
        (tr("The service’s state"), said.state),
        ("success", success),
        (tr("The service’s length"), length),
        (tr("Link at the service"), said.video_url),
    )
    return [(label, value) for label, value in told if value]


def _agreed_rows(job: Job) -> list[tuple[str, str]]:
    """What was agreed to, and in a job that asks what is there now."""
    named = ((tr("Agreed to"), job.agreed), (tr("Is now"), job.offered))
    return [(label, words.agreement(each)) for label, each in named if each is not None]


def _charged(job: Job, now: float) -> str:
    """What the service's ledger says, or why there is no figure."""
    if job.submitted_at is None:
        return "–"
    return words.charge_sentence(charge_of(job, now), job.charged_credits)


def _credits(amount: float | None) -> str:
    return "–" if amount is None else words.credits(amount)


def _time(at: float | None) -> str:
    return "–" if at is None else time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at))
