"""What is said of a charge, in rows, in Details and on failed jobs."""

from __future__ import annotations

import pytest
from ledger_rows import SENT_AT, job

from kling_desktop.motion.job import JobError, JobState, Money
from kling_desktop.motion.ledger import Charge, Difference, LedgerProblem, LedgerState, total
from kling_desktop.motion.price import Quote
from kling_desktop.motion.request import Mode
from kling_desktop.ui.compose.generate import GenerateBar
from kling_desktop.ui.presenter.queueing import detail_rows
from kling_desktop.ui.queue.look import Surroundings, row_look
from kling_desktop.words import Words

words = Words()
NO_BREAK = "\N{NO-BREAK SPACE}"


def test_a_failed_job_says_normally_until_the_ledger_is_known():
    assert words.failure(job(JobState.FAILED)).hint == "Failed videos are normally not charged."
    free = job(JobState.FAILED, charged_credits=0.0)
    assert words.failure(free).hint == "Nothing was charged."
    assert words.failure(free).title == words.failure(job(JobState.FAILED)).title


def test_a_failed_job_that_was_charged_all_the_same_says_how_much():
    charged = job(JobState.FAILED, charged_credits=5.88)
    assert words.failure(charged).hint.startswith("It was charged all the same: 5.88 credits.")


def test_the_ledger_does_not_change_what_is_said_of_a_paid_or_refused_job():
    for money, code in ((Money.PAID, "download_failed"), (Money.NOT_CHARGED, "forbidden")):
        error = JobError(code, money=money)
        known = job(JobState.FAILED, error=error, charged_credits=5.88)
        assert words.failure(known) == words.error(error)


def test_the_queue_says_that_nothing_was_charged():
    look = row_look(job(JobState.FAILED, charged_credits=0.0), None, Surroundings(now=0.0))
    assert look.hint == "Nothing was charged."


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (job(charged_credits=5.9), "5.90 credits"),
        (job(JobState.FAILED, charged_credits=0.0), "Nothing was charged."),
        (job(JobState.GENERATING), "Still running. It is charged only if it succeeds."),
        (job(JobState.UNKNOWN), "It may have been charged. The ledger cannot tell."),
        (job(JobState.QUEUED, submitted_at=None), "–"),
    ],
)
def test_details_tell_the_charge(sent, said):
    assert dict(detail_rows(sent, SENT_AT + 3600))["Charged"] == said


def test_signs_are_plain():
    assert [words.signed(x) for x in (0.126, -0.126, 0.0, -0.001)] == [
        "+0.13",
        "−0.13",
        "0.00",
        "0.00",
    ]
    assert [words.share(x) for x in (0.04, -0.005, 0.234, 0.0)] == [
        f"+4{NO_BREAK}%",
        f"−0.5{NO_BREAK}%",
        f"+23{NO_BREAK}%",
        f"0{NO_BREAK}%",
    ]


def test_a_difference_names_model_mode_share_and_number():
    more = words.ledger_difference(Difference("kling-v3", Mode.PRO, 0.042, 7))
    assert more == (
        f"kling-v3, Pro: the last 7 videos were charged 4.2{NO_BREAK}% more than estimated."
    )
    less = words.ledger_difference(Difference("kling-v3", Mode.PRO, -0.1, 7))
    assert f"10{NO_BREAK}% less" in less


def test_every_charge_and_every_problem_has_its_words():
    for charge in Charge:
        assert words.charge_sentence(charge, 1.0)
    for problem in LedgerProblem:
        assert words.ledger_problem(LedgerState(problem=problem))
    assert words.ledger_problem(LedgerState()) == ""


def test_a_sum_in_which_no_charge_is_known_names_none():
    assert words.sum_figures(total(())) == ("estimated 0.00",)


@pytest.mark.parametrize(
    ("price", "said"),
    [
        (Quote(5.88, 8.4, estimated=False), "By the service’s own price list."),
        (Quote(5.88, 8.4, estimated=True, corrected=True), "corrected by what was really charged"),
        (Quote(5.88, 8.4, estimated=True), "price list was not read yet"),
    ],
)
def test_generate_says_where_its_price_comes_from(qtbot, qapp, price, said):
    bar = GenerateBar()
    qtbot.addWidget(bar)
    bar.set_quote(price)
    bar.set_blocked(None)
    assert said in bar.button.toolTip()
    assert said in bar.button.accessibleDescription()
    bar.set_blocked("Add a picture of a person")
    assert bar.button.toolTip() == "Add a picture of a person"
