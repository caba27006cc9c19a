"""Why the queue stands or a row waits, in words."""

from __future__ import annotations

import pytest
from test_words_errors import FIGURES, WORDS

from kling_desktop.engine.problems import job_error
from kling_desktop.engine.spending import limit_error
from kling_desktop.motion.day_limit import DayLimit
from kling_desktop.motion.job import HoldReason, JobError, QueueState
from kling_desktop.words import Words
from kling_desktop.words.holds import _BEGUN_WITH


@pytest.mark.parametrize("reason", list(HoldReason))
def test_every_hold_says_why_the_queue_stands(reason: HoldReason) -> None:
    assert WORDS.hold(reason).endswith(".")


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("invalid_token", "did not accept your token"),
        ("no_token", "No API token is there yet"),
        ("two_accounts", "Connect with two tokens of one account"),
        ("no_account_token", "Files from this computer need the account token"),
        ("upload_refused", "Your account token was not accepted for uploads"),
    ],
)
def test_a_queue_that_waits_for_a_token_says_which_and_why(code: str, says: str) -> None:
    assert says in WORDS.hold(HoldReason.TOKEN, job_error(code))


@pytest.mark.parametrize("code", ["no_account_token", "upload_refused"])
def test_a_hold_of_uploads_says_that_jobs_of_links_go_on(code: str) -> None:
    assert WORDS.hold(HoldReason.UPLOADS, job_error(code)).endswith(" Jobs of links alone go on.")


@pytest.mark.parametrize("typed", [False, True])
@pytest.mark.parametrize("reason", list(HoldReason))
def test_no_hold_denies_the_money_of_a_job_that_runs_meanwhile(
    reason: HoldReason, typed: bool
) -> None:
    """It tells of the queue, and others of it were sent before."""
    begun_with = [None, *map(job_error, (*_BEGUN_WITH, "invalid_token", "used_up", "disabled"))]
    for error in begun_with:
        assert "Nothing was" not in (told := WORDS.hold(reason, error, typed=typed)), told
        assert "nothing was" not in told


def test_a_day_s_limit_says_its_figures_and_at_a_terminal_where_it_is_raised() -> None:
    reached = limit_error(DayLimit(spent_credits=6.5, price_credits=2.24, limit_credits=8.0))
    for told in (WORDS.hold(HoldReason.DAY_LIMIT, reached), WORDS.told(reached)):
        for figure in ("6.50 credits", "2.24 credits", "8.00 credits", "0.74 credits"):
            assert figure in told
    assert "in the window’s Settings" in WORDS.told(reached)
    assert "Resume" not in WORDS.told(reached)


def asked(code: str, **values: object) -> JobError:
    return job_error(code, values={"name": "dance.mp4", **FIGURES, **values})


@pytest.mark.parametrize(
    ("error", "row", "short"),
    [
        (
            asked("input_changed"),
            "Was 3.2 s · 2.24 credits, is now 29 s · 20.30 credits",
            "Was 2.24, is now 20.30 credits",
        ),
        (
            asked("input_changed", now_s=3.2, now_credits=2.24, was_estimated=1),
            "dance.mp4 changed, still 2.24 credits",
            "Changed, still 2.24 credits",
        ),
        (
            asked("input_changed", name1="walk.mov", now_s=3.2, now_credits=2.24),
            "dance.mp4 and walk.mov changed, still 2.24 credits",
            "Changed, still 2.24 credits",
        ),
        (
            asked("price_rose", was_s="", now_s="", was_credits=21.0, now_credits=31.5),
            "Was at most 21.00 credits, is now at most 31.50 credits",
            "At most 21.00, now 31.50 credits",
        ),
        (job_error("input_growing", values={"name": "dance.mp4"}), "", ""),
    ],
)
def test_a_row_that_asks_says_both_figures(error: JobError, row: str, short: str) -> None:
    assert WORDS.difference(error) == (row, short)


def test_a_row_says_in_few_words_whose_account_it_was_and_which_file_is_away() -> None:
    told = WORDS.difference(JobError("other_account", values=(("made_under", "Studio"),)))
    assert told == ("Made under the account Studio", "Made under the account Studio")
    away = JobError("input_vanished", values=(("name", "meadow.mp4"),))
    assert WORDS.difference(away) == ("meadow.mp4 is not there", "A file is not there")


def test_one_page_in_the_service_s_place_is_told_of_once() -> None:
    page = (
        (HoldReason.UNCLEAR, JobError("contact_lost", values=(("met", "page"),))),
        (HoldReason.OFFLINE, JobError("page_instead")),
    )
    both = QueueState((HoldReason.UNCLEAR, HoldReason.OFFLINE), met=page)
    assert Words().holds(both) == (
        "A page came back instead of an answer: perhaps a sign-in page of this network. Nothing "
        "else is sent until the service itself answers."
    )
    cut = QueueState((HoldReason.UNCLEAR, HoldReason.OFFLINE), met=page[:1])
    assert "Besides, the service cannot be reached." in Words().holds(cut)
