"""The queue that does not go on: every hold, some beside each other."""

from __future__ import annotations

from looks_jobs import JAPANESE, LONG, NOW, account, failed, lost, no_account
from looks_scenes import SMALL_PX, scene, working
from looks_stand import Stand

from kling_desktop.engine.spending import limit_error
from kling_desktop.motion.account import Connection
from kling_desktop.motion.day_limit import DayLimit
from kling_desktop.motion.input import Blocked
from kling_desktop.motion.job import HoldReason, JobError, JobState
from kling_desktop.motion.request import Mode

S = JobState
Met = tuple[tuple[HoldReason, JobError], ...]


def _held(
    stand: Stand,
    *holds: HoldReason,
    met: Met = (),
    unknown: JobError | None = None,
) -> None:
    working(stand)
    made = stand.numbers
    stand.jobs(
        [
            made.job(S.UNKNOWN, "coffee", "meadow", error=unknown or lost(), next_look_at=NOW + 12),
            made.job(S.FAILED, "chelsea", "meadow", error=failed("no person found"), mode=Mode.PRO),
            made.job(S.GENERATING, "astronaut", "launch", submitted_at=NOW - 72, mode=Mode.PRO),
            made.job(S.QUEUED, "rocket", "meadow"),
            made.job(S.QUEUED, "bunny", "dance"),
        ],
        *holds,
        met=met,
    )
    stand.watch()


def _reached(*, spent: float, price: float) -> Met:
    """A limit for a day, in credits."""
    error = limit_error(DayLimit(spent, price, limit_credits=20.0))
    return ((HoldReason.DAY_LIMIT, error),)


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


@scene("17-limits-unread", sharp=True)
def limits_unread(stand: Stand) -> None:
    values = (("settings", "ask_above_credits,day_limit_credits"),)
    met = ((HoldReason.LIMITS, JobError("limits_unread", values=values)),)
    _held(stand, HoldReason.LIMITS, met=met)


@scene("17-limits-unread-small", SMALL_PX)
def limits_unread_small(stand: Stand) -> None:
    limits_unread(stand)


def _of_the_history(stand: Stand) -> None:
    """Read from the disk: whether they were sent before is asked first."""
    working(stand)
    waits = JobError("history_not_now", "too busy, please come again")
    made = stand.numbers
    jobs = [made.job(S.QUEUED, name, "meadow", error=waits) for name in ("rocket", JAPANESE, LONG)]
    stand.jobs([*jobs, made.job(S.QUEUED, "bunny", "dance")])
    stand.watch()


@scene("17-waiting-for-the-history", sharp=True)
def waiting_for_the_history(stand: Stand) -> None:
    _of_the_history(stand)


@scene("17-waiting-for-the-history-small", SMALL_PX)
def waiting_for_the_history_small(stand: Stand) -> None:
    _of_the_history(stand)


def _links_go_on(stand: Stand) -> None:
    """Without the account token."""
    working(stand)
    made = stand.numbers
    stand.jobs(
        [
            made.job(S.GENERATING, "astronaut", "launch", submitted_at=NOW - 72, of_links=True),
            made.job(S.QUEUED, JAPANESE, "meadow"),
            made.job(S.QUEUED, "bunny", "dance", of_links=True),
        ],
        HoldReason.UPLOADS,
        met=((HoldReason.UPLOADS, JobError("no_account_token")),),
    )
    stand.account(account(has_account_token=False, balance_credits=None))
    stand.watch()


@scene("19-links-go-on", sharp=True)
def links_go_on(stand: Stand) -> None:
    _links_go_on(stand)


@scene("19-links-go-on-small", SMALL_PX)
def links_go_on_small(stand: Stand) -> None:
    _links_go_on(stand)


@scene("17-day-limit")
def day_limit(stand: Stand) -> None:
    _held(stand, HoldReason.DAY_LIMIT, met=_reached(spent=14.8, price=7.0))


@scene("17-day-limit-and-paused-small", SMALL_PX)
def day_limit_small(stand: Stand) -> None:
    holds = (HoldReason.DAY_LIMIT, HoldReason.PAUSED)
    _held(stand, *holds, met=_reached(spent=17.4, price=5.88))


@scene("17-two-accounts-small", SMALL_PX)
def two_accounts(stand: Stand) -> None:
    met = ((HoldReason.TOKEN, JobError("two_accounts")),)
    _held(stand, HoldReason.TOKEN, HoldReason.PAUSED, met=met)
    stand.account(account(Connection.TWO_ACCOUNTS, balance_credits=None))
    stand.blocked(Blocked.TWO_ACCOUNTS)


@scene("17-paused-and-out-of-credit")
def paused_and_out_of_credit(stand: Stand) -> None:
    _held(stand, HoldReason.CREDIT, HoldReason.PAUSED)
    stand.account(account(balance_credits=0.4))


@scene("17-paused-and-out-of-credit-small", SMALL_PX)
def paused_and_out_of_credit_small(stand: Stand) -> None:
    paused_and_out_of_credit(stand)


@scene("17-unclear")
def unclear(stand: Stand) -> None:
    error = lost().with_values(met="read_timeout")
    _held(stand, HoldReason.UNCLEAR, met=((HoldReason.UNCLEAR, error),), unknown=error)


@scene("17-unclear-page", sharp=True)
def unclear_page(stand: Stand) -> None:
    """Behind a network's sign-in page."""
    error = lost().with_values(met="page")
    met = ((HoldReason.UNCLEAR, error), (HoldReason.OFFLINE, JobError("page_instead")))
    _held(stand, HoldReason.UNCLEAR, HoldReason.OFFLINE, met=met, unknown=error)
    stand.account(account(Connection.PAGE))


@scene("17-unclear-page-small", SMALL_PX)
def unclear_page_small(stand: Stand) -> None:
    unclear_page(stand)


@scene("17-unclear-in-a-row", sharp=True)
def unclear_in_a_row(stand: Stand) -> None:
    """Where the paid call alone is broken: the queue waits longer."""
    error = lost().with_values(met="page", in_a_row="3")
    _held(stand, HoldReason.UNCLEAR, met=((HoldReason.UNCLEAR, error),), unknown=error)


@scene("17-unclear-in-a-row-small", SMALL_PX)
def unclear_in_a_row_small(stand: Stand) -> None:
    unclear_in_a_row(stand)


@scene("17-uploads-busy")
def uploads_busy(stand: Stand) -> None:
    """A host that is ill holds the queue once; jobs of links alone go on."""
    _busy(stand, HoldReason.UPLOADS_BUSY, "uploads_busy", NOW + 52)


@scene("17-uploads-busy-small", SMALL_PX)
def uploads_busy_small(stand: Stand) -> None:
    _busy(stand, HoldReason.UPLOADS_BUSY, "uploads_busy", NOW + 3551)


@scene("17-service-busy-being-tried")
def service_busy(stand: Stand) -> None:
    _busy(stand, HoldReason.BUSY, "too_many_requests", None)


def _busy(stand: Stand, hold: HoldReason, code: str, again_at: float | None) -> None:
    working(stand)
    made, links = stand.numbers, {"image_link": "https://a/1.png", "video_link": "https://a/1.mp4"}
    upload = JobError("upload_failed", values=(("name", f"{JAPANESE}.mp4"),))
    told = JobError(code, values=(("met", "error_page"),))
    rows = [
        made.job(S.SUBMITTING, "coffee", "meadow", submitted_at=NOW - 4),
        made.job(S.UPLOADING, "astronaut", "launch", mode=Mode.PRO, **links),
        made.job(S.QUEUED, LONG, JAPANESE, error=upload, not_before=NOW + 52),
        made.job(S.QUEUED, "bunny", "dance"),
        made.job(S.QUEUED, "rocket", "meadow"),
    ]
    stand.jobs(rows, hold, met=((hold, told),), again_at=((hold, NOW + 52),))
    if again_at != NOW + 52:  # it is there already
        again = () if again_at is None else ((hold, again_at),)
        stand.jobs(rows, hold, met=((hold, told),), again_at=again)
    stand.watch()


@scene("17-waits-by-itself")
def waits_by_itself(stand: Stand) -> None:
    """One whose file alone does not arrive, and one whose account nobody told."""
    working(stand)
    made = stand.numbers
    upload = JobError("upload_failed", values=(("name", f"{JAPANESE}.mp4"),))
    untold = JobError("account_untold", values=(("host", "api.acedata.cloud"),))
    stand.jobs(
        [
            made.job(S.SUBMITTING, "coffee", "meadow", submitted_at=NOW - 4),
            made.job(S.QUEUED, LONG, JAPANESE, error=upload, not_before=NOW + 252),
            made.job(S.QUEUED, "bunny", "dance", error=untold, not_before=NOW + 9),
            made.job(S.QUEUED, "rocket", "meadow", error=upload),
        ]
    )
    stand.watch()


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


_FOLDER = "/home/someone/.local/share/kling-desktop/account"
_UNWRITTEN = JobError(
    "journal_failed",
    values=(
        ("folder", _FOLDER),
        ("reason", "disk_full"),
    ),
)


def _unwritable(stand: Stand) -> None:
    """Nothing can be written down; a command left a job that it did not send."""
    working(stand)
    made = stand.numbers
    left = JobError("left_by_command")
    stand.jobs(
        [
            made.job(S.ASKING, "coffee", "meadow", error=left),
            made.job(S.GENERATING, "astronaut", "launch", submitted_at=NOW - 72, mode=Mode.PRO),
            made.job(S.QUEUED, "rocket", "meadow"),
        ],
        HoldReason.UNWRITABLE,
        met=((HoldReason.UNWRITABLE, _UNWRITTEN),),
    )


@scene("17-list-not-written")
def unwritable(stand: Stand) -> None:
    _unwritable(stand)


@scene("17-list-not-written-small", SMALL_PX)
def unwritable_small(stand: Stand) -> None:
    _unwritable(stand)
