"""The window at work: jobs on their way, the queue, results, dragging, the keyboard's focus."""

from __future__ import annotations

from dataclasses import replace

from looks_jobs import (
    EMOJI,
    HEBREW,
    JAPANESE,
    LONG,
    NOW,
    account,
    failed,
    lost,
)
from looks_scenes import SMALL_PX, scene, working
from looks_stand import Stand
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QWidget

from kling_desktop.motion.account import Connection
from kling_desktop.motion.job import Job, JobError, JobState, Money, Progress
from kling_desktop.motion.left_out import Damage, LeftOut, Saved
from kling_desktop.motion.request import Draft, Mode, Orientation
from kling_desktop.ui.stage.compare_mode import CompareMode
from kling_desktop.ui.stage.player_page import every_text
from kling_desktop.ui.theme import set_property
from kling_desktop.ui.tr import words

S = JobState

# -- the life of a job ---------------------------------------------------------------------------


def _one(stand: Stand, state: JobState, **fields: object) -> Job:
    working(stand)
    job = stand.numbers.job(state, "chelsea", "meadow", **fields)
    stand.jobs([job])
    return job


def _pro(stand: Stand, since: float) -> Job:
    return stand.numbers.job(S.GENERATING, "astronaut", "launch", submitted_at=since, mode=Mode.PRO)


@scene("05-waiting-for-a-slot")
def waiting(stand: Stand) -> None:
    working(stand)
    running = [
        stand.numbers.job(S.GENERATING, "chelsea", "meadow", submitted_at=NOW - 72),
        stand.numbers.job(
            S.GENERATING, "astronaut", "launch", submitted_at=NOW - 15, mode=Mode.PRO
        ),
    ]
    waits = [
        stand.numbers.job(S.QUEUED, "coffee", "meadow"),
        stand.numbers.job(S.QUEUED, "rocket", "dance", not_before=NOW + 20),
    ]
    stand.jobs([*running, *waits])


@scene("06-preparing")
def preparing(stand: Stand) -> None:
    _one(stand, S.PREPARING)


@scene("06-preparing-share")
def preparing_share(stand: Stand) -> None:
    """A clip is being made to fit: there are no bytes to count."""
    job = _one(stand, S.PREPARING)
    stand.queue.set_progress(Progress(job.job_id, S.PREPARING, share=0.4))


@scene("07-uploading")
def uploading(stand: Stand) -> None:
    job = _one(stand, S.UPLOADING)
    stand.queue.set_progress(Progress(job.job_id, S.UPLOADING, 3_100_000, 5_000_000))


@scene("08-sending")
def sending(stand: Stand) -> None:
    _one(stand, S.SUBMITTING, submitted_at=NOW - 2)


@scene("09-generating")
def generating(stand: Stand) -> None:
    _one(stand, S.GENERATING, submitted_at=NOW - 72)


@scene("09-generating-no-answer")
def no_answer(stand: Stand) -> None:
    error = JobError("unanswered", money=Money.MAYBE_CHARGED, values=(("met", "empty"),))
    _one(stand, S.GENERATING, submitted_at=NOW - 72, task_id="task", error=error)
    stand.window.top_bar.set_account(account(Connection.SILENT))


@scene("10-downloading")
def downloading(stand: Stand) -> None:
    job = _one(stand, S.DOWNLOADING, submitted_at=NOW - 172)
    stand.queue.set_progress(Progress(job.job_id, S.DOWNLOADING, 10_400_000, 12_700_000))


@scene("10-paid-not-saved-yet")
def unsaved(stand: Stand) -> None:
    values = (("folder", "/media/someone/Videos"),)
    error = JobError("folder_gone", money=Money.PAID, values=values)
    _one(stand, S.UNSAVED, submitted_at=NOW - 172, task_id="task", error=error)


@scene("10-paid-not-saved-yet-small", SMALL_PX)
def unsaved_small(stand: Stand) -> None:
    error = JobError("result_page", money=Money.PAID, values=(("host", "cdn.example.com"),))
    _one(stand, S.UNSAVED, submitted_at=NOW - 172, task_id="task", error=error)


@scene("10-paid-answer-not-understood")
def unread(stand: Stand) -> None:
    error = JobError("result_unread", money=Money.PAID)
    _one(stand, S.UNSAVED, submitted_at=NOW - 172, task_id="task", error=error)


@scene("11-ends-early")
def ends_early(stand: Stand) -> None:
    working(stand)
    stand.jobs([stand.numbers.done("chelsea", "meadow", 60, result_ends_early=True)])


@scene("11-done", sharp=True)
def done(stand: Stand) -> None:
    working(stand)
    stand.watch()


@scene("11-done-side-by-side", sharp=True)
def side_by_side(stand: Stand) -> None:
    """The picture of the design: window-dark.png."""
    working(stand)
    up = stand.numbers.job(S.UPLOADING, "chelsea", "meadow")
    jobs = [
        up,
        stand.numbers.job(
            S.GENERATING, "astronaut", "launch", submitted_at=NOW - 72, mode=Mode.PRO
        ),
        stand.numbers.job(S.UNKNOWN, "coffee", "meadow", error=lost()),
    ]
    stand.jobs(jobs)
    stand.queue.set_progress(Progress(up.job_id, S.UPLOADING, 3_100_000, 5_000_000))
    stand.watch(CompareMode.SIDE_BY_SIDE)


@scene("11-done-wipe")
def wipe(stand: Stand) -> None:
    working(stand)
    stand.watch(CompareMode.WIPE)


@scene("11-done-overlay-small", SMALL_PX)
def overlay(stand: Stand) -> None:
    working(stand)
    stand.watch(CompareMode.OVERLAY)


@scene("11-done-overlay")
def overlay_large(stand: Stand) -> None:
    overlay(stand)


@scene("11-done-flicker")
def flicker(stand: Stand) -> None:
    """While the key is held, the reference stands where the result was."""
    working(stand)
    stand.watch(CompareMode.RESULT)
    stand.stage.flicker()
    stand.wait(lambda: stand.stage.reference_frame_shown is not None)
    stand.stage._comparing._flicker.stop()  # at rest on the reference, not on either by chance
    stand.stage._player.canvas.set_flicker(True)


@scene("11-done-two-results")
def two_results(stand: Stand) -> None:
    working(stand)
    stand.watch(CompareMode.SIDE_BY_SIDE, reference_label="Take 3 · Pro")


@scene("11-done-difference")
def difference(stand: Stand) -> None:
    working(stand)
    stand.watch(CompareMode.DIFFERENCE)


@scene("11-done-zoom-loop", SMALL_PX)
def zoom_and_loop(stand: Stand) -> None:
    """One pixel for one, a nudge, a loop from A to B, and frames that are left out."""
    working(stand)
    stand.watch(CompareMode.WIPE)
    stage = stand.stage
    stage.nudge_reference(2)
    stage.set_loop_start()
    stage.step_seconds(0.5)
    stage.set_loop_end()
    stage.toggle_actual_size()
    stage._player.canvas.set_note(every_text(2))


@scene("11-done-small", SMALL_PX, sharp=True)
def done_small(stand: Stand) -> None:
    working(stand)
    stand.jobs([stand.numbers.job(S.GENERATING, "chelsea", LONG, submitted_at=NOW - 72)])
    stand.watch(CompareMode.SIDE_BY_SIDE)


@scene("11-done-names")
def done_names(stand: Stand) -> None:
    """Names that are long, Japanese, right to left, or emoji, wherever names stand."""
    working(stand)
    made = stand.numbers
    names = (LONG, JAPANESE, HEBREW, EMOJI)
    jobs = [made.done(name, "meadow", 60.0 * n) for n, name in enumerate(names, start=1)]
    jobs.append(made.done("<b>bold & co", LONG, 400))
    stand.library.set_jobs(jobs)
    stand.library.select(jobs[1].job_id)
    queue = [
        made.job(S.GENERATING, JAPANESE, LONG, submitted_at=NOW - 72),
        made.job(S.UNKNOWN, HEBREW, "meadow", error=lost("several"), looks=3),
        made.job(S.QUEUED, EMOJI, "meadow", mode=Mode.PRO),
    ]
    stand.jobs(queue)


@scene("11-done-list")
def library_as_list(stand: Stand) -> None:
    working(stand)
    made = stand.numbers
    stand.library.upsert(made.job(S.FAILED, LONG, "meadow", error=failed(), finished_at=NOW - 30))
    stand.library.set_as_list(True)
    stand.watch()


@scene("11-done-notice")
def done_notice(stand: Stand) -> None:
    working(stand)
    stand.watch()
    stand.window.notices.show_notice("astronaut × bunny is ready.", [("Watch", str)], 0)


@scene("11-done-notice-small", SMALL_PX)
def done_notice_small(stand: Stand) -> None:
    working(stand)
    stand.watch(CompareMode.SIDE_BY_SIDE)
    text = f"{LONG} could not be saved: there is no room. The video itself is unharmed."
    stand.window.notices.show_notice(text, [("Save as…", str), ("Show in folder", str)], 0)


def remix_changes(stand: Stand) -> str:
    """Of a stranger's video, with a description as long as one may be."""
    prompt = "Soft evening light, a city street behind, " * 50
    before = Draft(image=stand.draft().image)
    after = replace(
        before,
        mode=Mode.PRO,
        orientation=Orientation.IMAGE,
        prompt=prompt,
        keep_sound=False,
        model="kling-v3",
    )
    return words.draft_changes(before, after)


@scene("11-done-notice-remix")
def notice_remix(stand: Stand) -> None:
    working(stand)
    stand.watch()
    text = f"This video was made with Kling Desktop. Remix would set {remix_changes(stand)}."
    stand.window.notices.show_notice(text, [("Remix", str)], 0)


@scene("11-done-notice-remixed-small", SMALL_PX)
def notice_remixed(stand: Stand) -> None:
    working(stand)
    stand.watch(CompareMode.SIDE_BY_SIDE)
    text = f"Remix has set {remix_changes(stand)}."
    stand.window.notices.show_notice(text, [("Undo", str)], 0)


@scene("02-left-out")
def notice_left_out(stand: Stand) -> None:
    stand.connected()
    fields = ("day_limit_credits", "ask_above_credits", "write_recipe")
    found = LeftOut(Saved.SETTINGS, Damage.PART, "settings.json.damaged", fields)
    stand.window.notices.show_notice(words.left_out(found), timeout_ms=0)


@scene("12-failed")
def failed_job(stand: Stand) -> None:
    working(stand)
    made = stand.numbers
    refused = JobError("settings_refused", "mode pro is not available", http_status=400)
    paid = JobError("download_failed", money=Money.PAID)
    stand.jobs(
        [
            made.job(S.FAILED, "chelsea", "meadow", error=failed(), mode=Mode.PRO),
            made.job(S.FAILED, "rocket", "dance", error=refused, mode=Mode.PRO),
            made.job(S.FAILED, "coffee", "launch", error=paid, task_id="task-9"),
        ]
    )


@scene("12-failed-pressed", sharp=True)
def pressed(stand: Stand) -> None:
    """Generate, and Try again on the first row and tile: all are being written down."""
    working(stand)
    jobs = [
        stand.numbers.job(S.FAILED, name, "dance", error=failed()) for name in ("rocket", "bunny")
    ]
    stand.jobs(jobs)
    stand.library.set_jobs([replace(job, finished_at=NOW - 60) for job in jobs])
    stand.compose.set_busy_generate(True)
    stand.queue.set_taken(jobs[0].job_id, True)
    stand.library.set_taken(jobs[0].job_id, True)


@scene("13-unknown-looking")
def unknown_looking(stand: Stand) -> None:
    _one(stand, S.UNKNOWN, error=lost(), next_look_at=NOW + 12)


@scene("13-unknown-not-found")
def unknown_not_found(stand: Stand) -> None:
    _one(stand, S.UNKNOWN, error=lost("nothing_found"), looks=3, next_look_at=NOW + 55)


@scene("13-unknown-several")
def unknown_several(stand: Stand) -> None:
    _one(stand, S.UNKNOWN, error=lost("several"), looks=4, next_look_at=None)


@scene("14-cancelled")
def cancelled(stand: Stand) -> None:
    working(stand)
    made = stand.numbers
    jobs = stand.shelf()
    jobs.append(made.job(S.CANCELLED, "chelsea", "meadow", finished_at=NOW - 40))
    jobs.append(made.job(S.UNWATCHED, "coffee", "dance", finished_at=NOW - 90, task_id="t"))
    jobs.append(made.job(S.FAILED, "bunny", "dance", finished_at=NOW - 120, error=failed()))
    stand.library.set_jobs(jobs)


# -- the file ------------------------------------------------------------------------------------


@scene("20-result-moved")
def result_moved(stand: Stand) -> None:
    working(stand)
    jobs = stand.shelf()
    stand.library.set_missing(jobs[0].job_id, True)
    stand.watch(path=f"/home/someone/Videos/Kling/{LONG}/2026-11-23 astronaut × meadow.mp4")


@scene("21-cannot-be-played")
def cannot_be_played(stand: Stand) -> None:
    working(stand)
    heard: list[str] = []
    stand.stage.playback_failed.connect(heard.append)
    stand.watch_unplayable()
    stand.wait(lambda: bool(heard))


# -- dragging over the window --------------------------------------------------------------------


@scene("22-drag-accepting")
def drag_accepting(stand: Stand) -> None:
    working(stand)
    stand.accept_drops("Picture → Character, Clip → Motion")
    stand.drag([stand.media.image, stand.media.clip])


@scene("22-drag-refusing")
def drag_refusing(stand: Stand) -> None:
    working(stand)
    stand.refuse_drops("song.mp3 is neither a picture nor a clip that this program can read.")
    stand.drag(["/music/song.mp3"])


@scene("22-drag-over-compose")
def drag_over_compose(stand: Stand) -> None:
    stand.connected()
    stand.accept_drops("Picture → Character")
    stand.drag([stand.media.image], stand.compose)


@scene("16-cancelled-with-its-command")
def cancelled_with_its_command(stand: Stand) -> None:
    """A command had handed its job over, and ended because it could not be sent."""
    working(stand)
    error = JobError("unreachable", values=(("host", "api.acedata.cloud"),))
    job = stand.numbers.job(S.CANCELLED, "chelsea", "meadow", error=error, finished_at=NOW - 30)
    stand.jobs([job])
    stand.library.upsert(job)


# -- the keyboard's focus ------------------------------------------------------------------------


@scene("23-focus-everywhere", sharp=True)
def focus_everywhere(stand: Stand) -> None:
    """Every ring at once: none is cut off, none moves what it surrounds."""
    working(stand)
    stand.jobs([stand.numbers.job(S.FAILED, "chelsea", "meadow", error=failed())])
    stand.watch()
    for widget in stand.window.findChildren(QWidget):
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
            set_property(widget, "ring", True)


@scene("23-focus-button")
def focus_button(stand: Stand) -> None:
    working(stand)
    stand.window.notices.show_notice("astronaut × bunny is ready.", [("Watch", str)], 0)
    stand.wait(stand.window.isActiveWindow)
    watch, close = stand.window.notices.findChildren(QPushButton)[::-1]
    watch.setFocus()
    QTest.keyClick(watch, Qt.Key.Key_Tab)
    stand.wait(close.hasFocus)
