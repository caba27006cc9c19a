"""The real window with its real panels, without an engine: scenes put it into a state."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial

from looks_jobs import NOW, Numbers, account, image_input, video_input
from looks_media import Media
from PySide6.QtCore import QCoreApplication, QEvent, QMimeData, QUrl, QVariantAnimation
from PySide6.QtGui import QDragEnterEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from support.drags import send_drag
from support.waiting import PATIENCE_S

from kling_desktop.motion.account import AccountState
from kling_desktop.motion.input import Blocked
from kling_desktop.motion.job import HoldReason, Job, JobError, JobState, QueueState
from kling_desktop.motion.price import Quote
from kling_desktop.motion.request import Draft, Mode, Slot, Source
from kling_desktop.ui.compose.panel import ComposePanel
from kling_desktop.ui.dropped import DropVerdict
from kling_desktop.ui.library.panel import LibraryPanel
from kling_desktop.ui.queue.panel import QueuePanel
from kling_desktop.ui.stage.compare_mode import CompareMode
from kling_desktop.ui.stage.item import StageItem
from kling_desktop.ui.stage.panel import StagePanel
from kling_desktop.ui.tr import words
from kling_desktop.ui.window import MainWindow

SETTLE_MS = 15
QUOTE = Quote(5.88, 8.4, estimated=True)
_ENDED_HERE = frozenset({JobState.DONE, JobState.FAILED, JobState.UNWATCHED})


class Stand:
    """One window for one picture."""

    def __init__(self, media: Media, size: tuple[int, int]) -> None:
        self.media = media
        self.numbers = Numbers()
        self.compose, self.stage = ComposePanel(), StagePanel()
        self.queue = QueuePanel(now=_now)
        self.library = LibraryPanel(now=_now)
        self.window = MainWindow(self.compose, self.stage, self.queue, self.library)
        self.queue.thumbnail_wanted.connect(self._on_queue_thumbnail)
        self.library.thumbnail_wanted.connect(self._on_library_thumbnail)
        self.window.resize(*size)
        self.stage.set_first_run(False, False)
        self.blocked(Blocked.NO_INPUTS)

    # -- what a scene says ---------------------------------------------------------------------

    def account(self, state: AccountState) -> None:
        self.window.top_bar.set_account(state)
        self.stage.set_first_run(state.has_api_token, False)

    def connected(self) -> None:
        self.account(account())

    def blocked(self, reason: Blocked | None) -> None:
        self.compose.set_blocked(None if reason is None else words.blocked(reason))

    def inputs(self) -> None:
        """Both wells filled, a prompt, a price: ready to go."""
        media = self.media
        self.compose.set_input(image_input(media.image))
        self.compose.set_input(video_input(media.clip, media.clip_still))
        self.compose.set_draft(self.draft())
        self.compose.set_quote(QUOTE)
        self.blocked(None)

    def draft(self) -> Draft:
        return Draft(
            Source(path=self.media.image),
            Source(path=self.media.clip),
            prompt="Soft evening light, city street behind",
        )

    def shelf(self) -> list[Job]:
        """A Library as after two days of work."""
        made, hour = self.numbers, 3600.0
        jobs = [
            made.done("astronaut", "meadow", 780, favourite=True),
            made.done("chelsea", "launch", 2100, mode=Mode.PRO, result_duration_s=5.0),
            made.done("bunny", "launch", 3780, result_duration_s=5.1),
            made.done("rocket", "dance", 2.3 * hour, result_duration_s=10.0),
            made.done("coffee", "launch", 18 * hour, mode=Mode.PRO, result_duration_s=7.2),
            made.done("rocket", "launch", 18.3 * hour, result_duration_s=10.0),
        ]
        self.library.set_jobs(jobs)
        self.library.select(jobs[0].job_id)
        return jobs

    def jobs(
        self,
        jobs: Sequence[Job],
        *holds: HoldReason,
        met: tuple[tuple[HoldReason, JobError], ...] = (),
        again_at: tuple[tuple[HoldReason, float], ...] = (),
    ) -> None:
        running = (JobState.QUEUED, JobState.UNKNOWN, JobState.UNSAVED, JobState.FAILED)
        self.queue.set_jobs(jobs)
        state = QueueState(
            holds=holds,
            met=met,
            again_at=again_at,
            running=sum(j.state not in running for j in jobs),
            waiting=sum(j.state is JobState.QUEUED for j in jobs),
            unknown=sum(j.state is JobState.UNKNOWN for j in jobs),
            unsaved=sum(j.state is JobState.UNSAVED for j in jobs),
            failed=sum(j.state is JobState.FAILED for j in jobs),
            order=tuple(j.job_id for j in jobs),
        )
        self.queue.set_queue(state)
        for job in jobs:
            if job.state in _ENDED_HERE:
                self.library.upsert(job)
        self.queue.set_usual_range(Mode.STANDARD, 110.0, 290.0)
        self.queue.set_usual_range(Mode.PRO, 110.0, 290.0)

    def watch(
        self,
        mode: CompareMode = CompareMode.RESULT,
        path: str | None = None,
        reference_label: str | None = None,
    ) -> None:
        """A result on the Stage, in its middle, with its frame on the screen."""
        shown, reference = path or self.media.result, self.media.clip
        item = StageItem(
            "job-1", "astronaut × meadow", shown, reference, "Standard", None, True, reference_label
        )
        self.stage.set_compare_mode(mode)
        self.stage.show_item(item)
        if path is None:
            self.wait(lambda: self.stage.frame_shown is not None)
            if mode.shows_both:
                self.wait(lambda: self.stage.reference_frame_shown is not None)
            self.stage.seek(800)

    def watch_unplayable(self) -> None:
        """A file that is there and is no video."""
        self.stage.show_item(
            StageItem(
                "job-1", "astronaut × meadow", self.media.not_a_video, None, "Standard", None, False
            )
        )

    def accept_drops(self, said: str) -> None:
        self.window.drop_verdict = partial(_verdict, True, said)
        self.compose.drop_verdict = partial(_well_verdict, True, said)

    def refuse_drops(self, said: str) -> None:
        self.window.drop_verdict = partial(_verdict, False, said)
        self.compose.drop_verdict = partial(_well_verdict, False, said)

    def drag(self, paths: Sequence[str], host: QWidget | None = None) -> None:
        """Somebody holds these files over the window."""
        mime = QMimeData()
        mime.setUrls([QUrl.fromLocalFile(path) for path in paths])
        self.settle()
        send_drag(QDragEnterEvent, host or self.window, mime, (640, 300))

    # -- running it ----------------------------------------------------------------------------

    def show(self) -> None:
        self.window.show()
        self.window.activateWindow()
        self.settle()

    def rest(self) -> None:
        """Until short animations are over and nothing changes any more."""
        self.settle()
        for animation in self.window.findChildren(QVariantAnimation):
            self.wait(partial(_is_over, animation))
        self.settle()

    def settle(self) -> None:
        """Let layouts, thumbnails and short animations come to rest."""
        for _ in range(8):
            QCoreApplication.processEvents()
        QTest.qWait(SETTLE_MS)

    def wait(self, until: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE_S
        while not until():
            if time.monotonic() > end:
                raise TimeoutError("the window did not get into the state of this scene")
            QTest.qWait(10)

    def close(self) -> None:
        self.stage.release()
        self.window.allow_close()
        self.window.close()
        self.window.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)

    def _poster(self, job_id: str) -> str:
        posters = self.media.posters
        return posters[(int(job_id.rpartition("-")[2]) - 1) % len(posters)]

    def _on_queue_thumbnail(self, job_id: str) -> None:
        self.queue.set_thumbnail(job_id, self._poster(job_id))

    def _on_library_thumbnail(self, job_id: str) -> None:
        self.library.set_thumbnail(job_id, self._poster(job_id))


def _is_over(animation: QVariantAnimation) -> bool:
    return animation.state() is not QVariantAnimation.State.Running


def _now() -> float:
    return NOW


def _verdict(accepted: bool, said: str, _items: list[str]) -> DropVerdict:
    return DropVerdict(accepted, said)


def _well_verdict(
    accepted: bool, said: str, _slot: Slot | None, _items: list[str]
) -> tuple[bool, str]:
    return accepted, said
