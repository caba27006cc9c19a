"""What a row of the Queue says."""

from __future__ import annotations

from dataclasses import replace

import pytest
from queue_library_jobs import NOW, make_job

from kling_desktop.motion.job import (
    HoldReason,
    JobAction,
    JobError,
    JobState,
    Money,
    Progress,
    actions_for,
)
from kling_desktop.motion.request import Mode, MotionRequest, Source
from kling_desktop.ui.queue.look import (
    Line,
    Surroundings,
    delete_action,
    enter_action,
    is_ticking,
    main_buttons,
    range_text,
    row_look,
)

AROUND = Surroundings(NOW)


def test_an_upload_tells_percent_and_bytes_and_fills_a_part_of_the_line() -> None:
    job = make_job(state=JobState.UPLOADING)
    look = row_look(job, Progress("1", JobState.UPLOADING, 3_100_000, 5_000_000), AROUND)
    assert look.text == "Uploading 62 %"
    assert look.note == "3.1 of 5.0 MB"
    assert look.line is Line.MEASURED
    assert look.fraction == pytest.approx(0.62)


def test_a_conversion_tells_its_share() -> None:
    job = make_job(state=JobState.PREPARING)
    look = row_look(job, Progress("1", JobState.PREPARING, share=0.409), AROUND)
    assert (look.text, look.line, look.note) == ("Preparing 40 %", Line.MEASURED, "")
    assert row_look(job, None, AROUND).line is Line.CALM


def test_an_upload_without_figures_makes_none_up() -> None:
    look = row_look(make_job(state=JobState.UPLOADING), None, AROUND)
    assert (look.text, look.line, look.note) == ("Uploading", Line.CALM, "")


def test_a_download_without_a_length_tells_the_bytes_that_came() -> None:
    job = make_job(state=JobState.DOWNLOADING)
    look = row_look(job, Progress("1", JobState.DOWNLOADING, 2_000_000, None), AROUND)
    assert (look.line, look.note) == (Line.CALM, "2.0 MB")


def test_progress_of_an_earlier_step_is_not_shown() -> None:
    job = make_job(state=JobState.DOWNLOADING)
    look = row_look(job, Progress("1", JobState.UPLOADING, 5, 5), AROUND)
    assert look.text == "Downloading"


def test_generating_tells_the_time_elapsed_and_the_usual_range() -> None:
    job = make_job(state=JobState.GENERATING, submitted_at=NOW - 72)
    look = row_look(job, None, Surroundings(NOW, usual={Mode.STANDARD: (125.0, 290.0)}))
    assert look.text == "Generating 1:12"
    assert look.note == "usually 2–5 min"
    assert look.line is Line.CALM


def test_generating_promises_nothing_before_anything_was_learned() -> None:
    job = make_job(state=JobState.GENERATING, submitted_at=NOW)
    assert row_look(job, None, AROUND).note == ""


@pytest.mark.parametrize("hold", list(HoldReason))
def test_every_hold_has_its_own_reason_to_wait(hold: HoldReason) -> None:
    said = {row_look(make_job(), None, Surroundings(NOW, holds=(h,))).text for h in HoldReason}
    here = row_look(make_job(), None, Surroundings(NOW, holds=(hold,))).text
    assert here.startswith("Waiting")
    assert len(said) == len(HoldReason)


def test_a_job_of_links_does_not_wait_for_the_account_token() -> None:
    around = Surroundings(NOW, holds=(HoldReason.UPLOADS,))
    links = MotionRequest(Source(url="https://e.com/a.png"), Source(url="https://e.com/b.mp4"))
    assert row_look(make_job(request=links), None, around).text == "Waiting for a slot"
    for name in ("image", "video"):
        mixed = replace(links, **{name: Source(path="/a")})
        assert row_look(make_job(request=mixed), None, around).text.endswith("the account token")


def test_a_free_queue_waits_for_a_slot() -> None:
    look = row_look(make_job(), None, AROUND)
    assert (look.text, look.movable) == ("Waiting for a slot", True)


def test_a_job_that_waits_for_the_history_says_so_and_why() -> None:
    job = make_job(error=JobError("history_not_now", "too busy"))
    look = row_look(job, None, AROUND)
    assert look.text == look.reason == "Waiting for the service’s history"
    assert "does not answer now (too busy)" in look.hint
    assert "sent and charged before" in look.hint
    held = row_look(job, None, Surroundings(NOW, holds=(HoldReason.CREDIT,)))
    assert (held.text, held.hint) == ("Waiting for credit", "")


def test_what_held_a_job_before_is_no_reason_any_more() -> None:
    job = make_job(error=JobError("used_up"))
    assert row_look(job, None, AROUND).text == "Waiting for a slot"


def test_a_refused_submission_counts_down_to_its_retry() -> None:
    look = row_look(make_job(not_before=NOW + 19.2), None, AROUND)
    assert look.text == "Trying again in 20 s"
    assert "20" not in look.reason


def test_a_hold_is_said_before_a_countdown_that_it_would_outlast() -> None:
    job = make_job(not_before=NOW + 20)
    assert row_look(job, None, Surroundings(NOW, holds=(HoldReason.CREDIT,))).text == (
        "Waiting for credit"
    )


def test_unknown_says_the_money_and_when_it_looks_next() -> None:
    job = make_job(state=JobState.UNKNOWN, next_look_at=NOW + 11.5)
    look = row_look(job, None, AROUND)
    assert look.text == "May have been charged. Looking for it, next look in 12 s"
    assert (look.tone, look.dot) == ("warning", True)
    assert look.buttons == (JobAction.CHECK_NOW,)


def test_unknown_looks_right_now_when_the_time_has_come() -> None:
    job = make_job(state=JobState.UNKNOWN, next_look_at=NOW - 1)
    assert row_look(job, None, AROUND).text == "May have been charged. Looking for it…"


def test_unknown_tells_in_its_hint_what_was_tried() -> None:
    error = JobError("contact_lost", values=(("outcome", "nothing_found"),))
    job = make_job(state=JobState.UNKNOWN, error=error, looks=3)
    look = row_look(job, None, AROUND)
    assert look.text == "May have been charged, not sent again"
    assert look.hint == "Looked 3 times: the service’s history shows nothing."


def test_unknown_with_several_candidates_says_so_and_lets_choose() -> None:
    error = JobError("contact_lost", values=(("outcome", "several"),))
    look = row_look(make_job(state=JobState.UNKNOWN, error=error, looks=1), None, AROUND)
    assert look.text == "May have been charged. Several may be it"
    assert look.buttons == (JobAction.CHOOSE_TASK,)


def test_failed_says_its_sentence_in_the_bad_colour_with_a_mark() -> None:
    error = JobError("api_error", "no person found", Money.NORMALLY_NOT_CHARGED)
    look = row_look(make_job(state=JobState.FAILED, error=error), None, AROUND)
    assert "no person found" in look.text
    assert (look.tone, look.dot) == ("bad", True)
    assert look.buttons == (JobAction.RETRY,)
    assert look.hint


def test_cancelled_with_its_command_says_why_and_can_be_retried_or_put_away() -> None:
    job = make_job(state=JobState.CANCELLED, error=JobError("invalid_token"))
    look = row_look(job, None, AROUND)
    assert look.text == "The service did not accept your token. Nothing was charged."
    assert look.hint == "Cancelled with the command that asked for it. Retry sends it."
    assert look.buttons == (JobAction.RETRY,)
    assert delete_action(job) is JobAction.DISMISS


def test_a_paid_video_is_fetched_again_not_made_again() -> None:
    job = make_job(state=JobState.FAILED, task_id="t", error=JobError("download", money=Money.PAID))
    assert main_buttons(job) == (JobAction.FETCH_AGAIN,)
    assert enter_action(job) is JobAction.FETCH_AGAIN


@pytest.mark.parametrize("state", list(JobState))
def test_only_offered_actions_get_buttons_and_keys(state: JobState) -> None:
    job = make_job(state=state)
    offered = actions_for(job)
    assert set(main_buttons(job)) <= set(offered)
    assert enter_action(job) in offered
    assert delete_action(job) in (*offered, None)


@pytest.mark.parametrize(
    "state", [JobState.QUEUED, JobState.UPLOADING, JobState.GENERATING, JobState.SUBMITTING]
)
def test_enter_never_ends_a_job(state: JobState) -> None:
    ending = {JobAction.CANCEL, JobAction.STOP_WATCHING, JobAction.DISMISS}
    assert enter_action(make_job(state=state)) not in ending


def test_nothing_cancels_a_job_while_it_is_being_sent() -> None:
    job = make_job(state=JobState.SUBMITTING)
    assert main_buttons(job) == ()
    assert delete_action(job) is None


@pytest.mark.parametrize(
    ("low_s", "high_s", "text"),
    [
        (125, 290, "2–5 min"),
        (42, 78, "40–80 s"),
        (110, 118, "1–2 min"),
        (60, 119, "1–2 min"),
        (0, 8, "1–10 s"),
        (120, 120, "2 min"),
    ],
)
def test_a_range_is_rounded_outwards(low_s: float, high_s: float, text: str) -> None:
    assert range_text(low_s, high_s) == text


def test_only_rows_with_a_clock_tick() -> None:
    assert is_ticking(make_job(state=JobState.GENERATING), NOW)
    assert is_ticking(make_job(state=JobState.UNKNOWN, next_look_at=NOW + 5), NOW)
    assert is_ticking(make_job(not_before=NOW + 5), NOW)
    assert not is_ticking(make_job(), NOW)
    assert not is_ticking(make_job(state=JobState.UPLOADING), NOW)
    assert not is_ticking(make_job(not_before=NOW - 5), NOW)


def test_what_is_uploaded_and_waits_for_its_turn_says_so() -> None:
    """Submissions go one at a time; the figures of its upload are over."""
    links = {"image_link": "https://example.com/a.png", "video_link": "https://example.com/b.mp4"}
    job = replace(make_job(state=JobState.UPLOADING), **links)
    look = row_look(job, Progress("1", JobState.UPLOADING, 5_000_000, 5_000_000), AROUND)
    assert (look.text, look.line, look.note) == ("Waiting to be sent", Line.CALM, "")
    half = replace(job, video_link=None)
    assert row_look(half, None, AROUND).text == "Uploading"


def test_a_paid_video_that_is_not_here_says_why_and_offers_to_fetch_it_now() -> None:
    folder = (("folder", "/videos"),)
    error = JobError("folder_gone", money=Money.PAID, values=folder)
    look = row_look(make_job(state=JobState.UNSAVED, task_id="t", error=error), None, AROUND)
    assert (look.text, look.short) == (
        "The folder /videos is not there. The video is paid for.",
        "Paid, not saved yet: folder is away",
    )
    assert look.buttons == (JobAction.FETCH_AGAIN,)
    assert look.dot
    assert "by itself" in look.hint
    assert look.reason.startswith("Paid, not saved yet. The folder")


def test_an_answer_that_could_not_be_read_says_so_and_offers_the_report() -> None:
    error = JobError("result_unread", money=Money.PAID)
    look = row_look(make_job(state=JobState.UNSAVED, task_id="t", error=error), None, AROUND)
    assert look.text.startswith(
        "The service says that this video is finished, and its answer could"
    )
    assert look.short == "Paid, not saved yet: answer not understood"
    assert look.buttons == (JobAction.COPY_REPORT,)
    assert "asked again by itself" in look.hint


def test_a_running_job_that_gets_no_answers_says_so_beside_how_long_it_runs() -> None:
    error = JobError("unanswered", money=Money.MAYBE_CHARGED, values=(("met", "empty"),))
    job = make_job(state=JobState.GENERATING, submitted_at=NOW - 72, error=error)
    look = row_look(job, None, AROUND)
    assert look.text.startswith("The answer was empty. How this video stands is not known just now")
    assert look.short == "Generating 1:12, no answer"
    assert (look.tone, look.dot) == ("warning", True)
    assert "asked again by itself" in look.hint
    assert look.buttons == (JobAction.STOP_WATCHING,)
    assert is_ticking(job, NOW)
