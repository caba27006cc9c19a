"""Every state of the window that must exist (product.md), each as a function that brings it up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from looks_jobs import (
    EMOJI,
    HEBREW,
    JAPANESE,
    LONG,
    NOW,
    account,
    failed,
    image_input,
    lost,
    no_account,
    video_input,
)
from looks_stand import Stand
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QWidget

from kling_desktop.motion.account import Connection
from kling_desktop.motion.facts import ImageFacts, LinkFacts, VideoFacts
from kling_desktop.motion.input import Blocked, Input, InputState
from kling_desktop.motion.job import HoldReason, Job, JobError, JobState, Money, Progress
from kling_desktop.motion.limits import Finding, FindingCode, Mend, Severity, finding
from kling_desktop.motion.request import Draft, Mode, Orientation, Slot, Source
from kling_desktop.ui.theme import set_property

S = JobState
DEFAULT_PX = (1280, 800)
SMALL_PX = (960, 600)


@dataclass(frozen=True, slots=True)
class Scene:
    """``build`` is called with the window shown. ``sharp``: also rendered at 200 %."""

    name: str
    build: Callable[[Stand], None]
    size: tuple[int, int] = DEFAULT_PX
    sharp: bool = False


SCENES: dict[str, Scene] = {}


def scene(
    name: str, size: tuple[int, int] = DEFAULT_PX, *, sharp: bool = False
) -> Callable[[Callable[[Stand], None]], Callable[[Stand], None]]:
    """Put a function among the scenes."""

    def put(build: Callable[[Stand], None]) -> Callable[[Stand], None]:
        SCENES[name] = Scene(name, build, size, sharp)
        return build

    return put


def working(stand: Stand) -> None:
    """What most scenes stand before: connected, a draft, a Library."""
    stand.connected()
    stand.inputs()
    stand.shelf()


# -- the draft -----------------------------------------------------------------------------------


@scene("01-empty", sharp=True)
def empty(stand: Stand) -> None:
    stand.account(no_account())


@scene("01-empty-small", SMALL_PX)
def empty_small(stand: Stand) -> None:
    stand.account(no_account())


@scene("01-empty-sandbox")
def empty_sandbox(stand: Stand) -> None:
    stand.account(account(Connection.SANDBOX, balance_credits=1000.0))
    stand.stage.set_first_run(True, True)


@scene("02-composing")
def composing(stand: Stand) -> None:
    stand.connected()
    stand.compose.set_input(image_input(stand.media.image))
    stand.compose.set_draft(Draft(Source(path=stand.media.image)))
    stand.blocked(Blocked.NO_VIDEO)


@scene("02-composing-ready")
def composing_ready(stand: Stand) -> None:
    stand.connected()
    stand.inputs()


@scene("02-composing-options")
def composing_options(stand: Stand) -> None:
    working(stand)
    stand.compose.set_draft(
        Draft(
            Source(path=stand.media.image),
            Source(path=stand.media.clip),
            mode=Mode.PRO,
            orientation=Orientation.IMAGE,
            prompt="Soft evening light, city street behind. " * 6,
            model="kling-v3",
            watermark=True,
            callback_url="hooks.example.com/kling",
        )
    )
    stand.compose.set_findings((finding(FindingCode.CALLBACK_BAD),))
    stand.blocked(Blocked.FINDINGS)


@scene("02-composing-names")
def composing_names(stand: Stand) -> None:
    """Names of every kind, converted pictures and a link."""
    working(stand)
    stand.compose.set_input(
        image_input(
            f"/pictures/{LONG}.webp",
            stand.media.image,
            changes=("converted", "turned", "scaled"),
            original_format="webp",
        )
    )
    link = Source(url=f"https://cdn.example.com/clips/{JAPANESE}.mp4?sig=abc")
    facts = LinkFacts("video/mp4", 5_200_000)
    stand.compose.set_input(Input(Slot.VIDEO, InputState.READY, link, facts))
    stand.compose.set_findings((finding(FindingCode.LINK_UNCHECKED, Severity.NOTE, Slot.VIDEO),))
    stand.compose.set_quote(None)


@scene("03-checking")
def checking(stand: Stand) -> None:
    stand.connected()
    for slot, path in ((Slot.IMAGE, stand.media.image), (Slot.VIDEO, stand.media.clip)):
        stand.compose.set_input(Input(slot, InputState.CHECKING, Source(path=path)))
    stand.blocked(Blocked.CHECKING)


# -- blocked, each with its reason ---------------------------------------------------------------


def _blocked(stand: Stand, *found: Finding) -> None:
    working(stand)
    stand.compose.set_findings(found)
    stand.blocked(Blocked.FINDINGS)


@scene("04-blocked-too-long-for-facing")
def too_long_for_facing(stand: Stand) -> None:
    stand.connected()
    stand.inputs()
    facts = VideoFacts("mp4", "h264", 1280, 720, 9_100_000, 14.2, 30.0, 426, True)
    stand.compose.set_input(video_input(stand.media.clip, stand.media.clip_still, facts=facts))
    stand.compose.set_draft(Draft(orientation=Orientation.IMAGE))
    found = finding(
        FindingCode.VIDEO_LONG_FOR_IMAGE,
        slot=Slot.VIDEO,
        mend=Mend.FACE_AS_CLIP,
        duration_s=14.2,
        limit_s=10.0,
    )
    stand.compose.set_findings((found,))
    stand.blocked(Blocked.FINDINGS)


@scene("04-blocked-many", SMALL_PX)
def blocked_many(stand: Stand) -> None:
    """Several problems in the smallest window: they scroll, Generate stays in view."""
    stand.connected()
    stand.inputs()
    facts = ImageFacts("png", 280, 280, 91_555)
    stand.compose.set_input(image_input(stand.media.image, facts=facts))
    small = finding(
        FindingCode.IMAGE_SMALL,
        slot=Slot.IMAGE,
        mend=Mend.CHOOSE_IMAGE,
        width_px=280,
        height_px=280,
        limit_px=300,
    )
    prompt = finding(FindingCode.PROMPT_LONG, mend=Mend.SHORTEN_PROMPT, length=2613, limit=2500)
    silent = finding(FindingCode.NO_SOUND, Severity.NOTE, Slot.VIDEO, Mend.SOUND_OFF)
    stand.compose.set_findings((small, prompt, silent))
    stand.blocked(Blocked.FINDINGS)


@scene("04-blocked-clip-too-long")
def clip_too_long(stand: Stand) -> None:
    found = finding(
        FindingCode.VIDEO_LONG,
        slot=Slot.VIDEO,
        mend=Mend.CHOOSE_VIDEO,
        duration_s=42.0,
        limit_s=30.0,
    )
    _blocked(stand, found)


@scene("04-blocked-wrong-kind")
def wrong_kind(stand: Stand) -> None:
    stand.connected()
    problem = finding(FindingCode.PICTURE_IS_VIDEO, slot=Slot.IMAGE, mend=Mend.CHOOSE_IMAGE)
    source = Source(path=stand.media.clip)
    stand.compose.set_input(Input(Slot.IMAGE, InputState.REFUSED, source, problem=problem))
    damaged = finding(
        FindingCode.FILE_DAMAGED, slot=Slot.VIDEO, mend=Mend.CHOOSE_VIDEO, name=f"{HEBREW}.mp4"
    )
    source = Source(path=f"/clips/{HEBREW}.mp4")
    stand.compose.set_input(Input(Slot.VIDEO, InputState.REFUSED, source, problem=damaged))
    stand.compose.set_findings((problem, damaged))
    stand.blocked(Blocked.REFUSED_INPUT)


@scene("04-blocked-balance-low")
def balance_low(stand: Stand) -> None:
    working(stand)
    stand.account(account(balance_credits=2.1))
    found = finding(
        FindingCode.BALANCE_LOW,
        Severity.WARNING,
        mend=Mend.TOP_UP,
        balance_credits=2.1,
        price_credits=5.88,
    )
    stand.compose.set_findings((found,))


@scene("04-blocked-needs-account-token")
def needs_account_token(stand: Stand) -> None:
    _blocked(stand, finding(FindingCode.UPLOAD_NEEDS_ACCOUNT, mend=Mend.CONNECT))
    stand.account(account(has_account_token=False, account_token_hint="", balance_credits=None))


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


@scene("10-downloading")
def downloading(stand: Stand) -> None:
    job = _one(stand, S.DOWNLOADING, submitted_at=NOW - 172)
    stand.queue.set_progress(Progress(job.job_id, S.DOWNLOADING, 10_400_000, 12_700_000))


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
    stand.watch(side_by_side=True)


@scene("11-done-small", SMALL_PX, sharp=True)
def done_small(stand: Stand) -> None:
    working(stand)
    stand.jobs([stand.numbers.job(S.GENERATING, "chelsea", LONG, submitted_at=NOW - 72)])
    stand.watch(side_by_side=True)


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
    stand.window.notices.show_notice("astronaut × bunny is ready.", [("watch", "Watch")], 0)


@scene("11-done-notice-small", SMALL_PX)
def done_notice_small(stand: Stand) -> None:
    working(stand)
    stand.watch(side_by_side=True)
    text = f"{LONG} could not be saved: there is no room. The video itself is unharmed."
    stand.window.notices.show_notice(text, [("save_as", "Save as…"), ("x", "Show in folder")], 0)


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


# -- the queue as a whole ------------------------------------------------------------------------


def _held(stand: Stand, hold: HoldReason) -> None:
    working(stand)
    made = stand.numbers
    stand.jobs(
        [
            made.job(S.UNKNOWN, "coffee", "meadow", error=lost(), next_look_at=NOW + 12),
            made.job(S.FAILED, "chelsea", "meadow", error=failed("no person found"), mode=Mode.PRO),
            made.job(S.GENERATING, "astronaut", "launch", submitted_at=NOW - 72, mode=Mode.PRO),
            made.job(S.QUEUED, "rocket", "meadow"),
            made.job(S.QUEUED, "bunny", "dance"),
        ],
        hold,
    )
    stand.watch()


@scene("15-offline")
def offline(stand: Stand) -> None:
    _held(stand, HoldReason.OFFLINE)
    stand.account(account(Connection.OFFLINE))


@scene("16-out-of-credit")
def out_of_credit(stand: Stand) -> None:
    """The picture of the design: window-states.png."""
    _held(stand, HoldReason.CREDIT)
    stand.account(account(balance_credits=0.4))


@scene("16-out-of-credit-small", SMALL_PX)
def out_of_credit_small(stand: Stand) -> None:
    out_of_credit(stand)


@scene("17-paused")
def paused(stand: Stand) -> None:
    _held(stand, HoldReason.PAUSED)


@scene("17-day-limit")
def day_limit(stand: Stand) -> None:
    _held(stand, HoldReason.DAY_LIMIT)


@scene("18-not-connected")
def not_connected(stand: Stand) -> None:
    stand.account(no_account())
    stand.inputs()
    stand.blocked(Blocked.NOT_CONNECTED)


@scene("19-token-refused")
def token_refused(stand: Stand) -> None:
    _held(stand, HoldReason.TOKEN)
    stand.account(account(Connection.TOKEN_REFUSED, balance_credits=None))
    stand.blocked(Blocked.TOKEN_REFUSED)


@scene("19-token-for-another-service")
def token_mismatched(stand: Stand) -> None:
    _held(stand, HoldReason.TOKEN_MISMATCHED)
    stand.account(account(Connection.TOKEN_REFUSED))


@scene("19-account-disabled")
def disabled(stand: Stand) -> None:
    _held(stand, HoldReason.DISABLED)


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
    stand.window.notices.show_notice("astronaut × bunny is ready.", [("watch", "Watch")], 0)
    stand.wait(stand.window.isActiveWindow)
    watch, close = stand.window.notices.findChildren(QPushButton)[::-1]
    watch.setFocus()
    QTest.keyClick(watch, Qt.Key.Key_Tab)
    stand.wait(close.hasFocus)
