"""A no leaves nothing that is paid later, and ``resume`` cancels nothing that it found."""

from __future__ import annotations

import signal

import pytest
from side_by_side import SLOW, Folder
from support.program import closed_port, start

from kling_desktop.motion.job import JobState


@pytest.mark.parametrize(
    ("prompt", "code", "error_code"),
    [("[used up]", 3, "used_up"), ("[disabled]", 3, "disabled"), ("[token]", 5, "invalid_token")],
)
def test_a_job_that_could_not_be_sent_is_cancelled_with_its_reason_and_blocks_no_other(
    folder: Folder, prompt: str, code: int, error_code: str
) -> None:
    with folder.generate(prompt) as child:
        (job,) = folder.ended(child, code)
    assert (job["state"], job["error"]["code"]) == ("cancelled", error_code)
    assert "nothing of it is left to be sent" in child.err
    with folder.command("jobs") as jobs:
        (listed,) = folder.ended(jobs, 0)
    assert (listed["state"], listed["error"]["code"]) == ("cancelled", error_code)
    with folder.generate("the next one") as child:  # what held this one held it alone
        folder.saves("the next one", child)
    with folder.command("resume") as resume:
        assert folder.ended(resume, 0) == []
    assert folder.tasks(prompt) == []


def test_what_ended_for_want_of_credit_is_not_sent_when_credit_is_there(folder: Folder) -> None:
    folder.set_balance(0)
    with folder.generate("once") as child:
        folder.ended(child, 3)
    assert "queue" not in child.err, "nothing of it is in one"
    folder.set_balance(1000)
    with folder.generate("once") as child:  # typed again
        folder.saves("once", child)
    with folder.command("resume") as resume:
        assert folder.ended(resume, 0) == []
    assert len(folder.tasks("once")) == 1


def test_a_job_that_was_handed_to_another_command_is_cancelled_there(folder: Folder) -> None:
    with folder.generate(f"holder {SLOW}") as holder:
        folder.until_accepted(f"holder {SLOW}", holder)
        folder.set_balance(0)
        with folder.generate("client") as client:
            (job,) = folder.ended(client, 3)
        folder.set_balance(1000)
        folder.finish()
        folder.saves(f"holder {SLOW}", holder)
    assert (job["state"], job["error"]["code"]) == ("cancelled", "used_up")
    with folder.command("resume") as resume:
        assert folder.ended(resume, 0) == []
    assert folder.tasks("client") == []


def test_a_job_that_was_handed_to_a_window_is_cancelled_there(folder: Folder) -> None:
    folder.set_balance(0)
    with folder.window() as window:
        with folder.generate("client") as client:
            (job,) = folder.ended(client, 3)
        kept = folder.jobs()["client"]
        assert kept.job_id == job["job_id"]
        assert kept.state is JobState.CANCELLED
        assert kept.in_queue, "its row says why"
        assert kept.error is not None
        assert kept.error.code == "used_up"
        window.send(signal.SIGTERM)
        assert window.wait() == 0, window.report()


def test_resume_leaves_what_cannot_go_on_as_it_was_and_says_it(folder: Folder) -> None:
    folder.leave_queued("left")
    folder.set_balance(0)
    with folder.command("resume") as resume:
        told = {job["job_id"]: job for job in folder.ended(resume, 3)}
    left = folder.jobs()["left"]
    assert left.state is JobState.QUEUED
    assert told[left.job_id]["state"] == "queued"
    assert told[left.job_id]["error"]["code"] == "used_up"
    assert "Not enough credit" in resume.err
    before = folder.jobs()[f"before {SLOW}"]
    folder.assert_saved(f"before {SLOW}", told[before.job_id])
    folder.set_balance(1000)
    with folder.command("resume") as resume:
        folder.saves("left", resume)


@pytest.mark.parametrize("kind", ["html", "status"])
def test_resume_leaves_what_could_not_be_uploaded_and_the_next_one_goes_on_with_it(
    folder: Folder, kind: str
) -> None:
    folder.leave_queued("left")
    folder.end_what_runs()
    folder.spoil("files", kind)
    with folder.command("resume", "--wait", "0") as child:
        (job,) = folder.ended(child, 3)
    assert (job["state"], job["error"]["code"]) == ("queued", "upload_failed")
    assert "did not arrive" in child.err
    folder.mend()
    with folder.command("resume") as resume:
        folder.saves("left", resume)


def test_without_a_network_it_ends_and_nothing_is_left_that_could_be_sent_later(
    folder: Folder,
) -> None:
    nowhere = dict.fromkeys(folder.served.addresses, f"http://127.0.0.1:{closed_port()}")
    arguments = folder.generate_arguments("offline", "--wait", "0")
    env = {**folder.env, **folder.served.env, **nowhere}
    with start(env, *arguments, forked=True) as child:
        (job,) = folder.ended(child, 3)
    assert (job["state"], job["error"]["code"]) == ("cancelled", "unreachable")
    assert job["error"]["money"] == "not_charged"
    assert "nothing of it is left to be sent" in child.err
    with folder.command("resume") as resume:  # the network is there again
        assert folder.ended(resume, 0) == []
    assert folder.tasks("offline") == []


@pytest.mark.parametrize("kind", ["html", "status"])
def test_where_the_account_cannot_be_told_resume_ends_and_says_it_of_each_job(
    folder: Folder, kind: str
) -> None:
    """It does not ask for ever, and cancels nothing."""
    folder.leave_queued("one", "two")
    folder.end_what_runs()  # it tells whose it is
    folder.spoil("balance", kind)
    with folder.command("resume", "--wait", "0") as child:
        ended = folder.ended(child, 3)
    told = [job["error"]["code"] for job in ended if job["state"] == "queued"]
    assert told == ["account_untold", "account_untold"]
    for prompt in ("one", "two"):
        job_id = folder.jobs()[prompt].job_id[:8]
        lines = [line for line in child.err.splitlines() if line.startswith(job_id)]
        assert "did not say whose token this is" in lines[-1]
        assert folder.tasks(prompt) == []
    folder.mend()
    with folder.command("resume") as resume:
        assert resume.wait() == 0, resume.report()
    assert {folder.jobs()[prompt].state for prompt in ("one", "two")} == {JobState.DONE}


def test_resume_names_each_job_that_did_not_go_on_with_its_reason_and_nothing_stale(
    folder: Folder,
) -> None:
    folder.leave_queued("one", "two")
    folder.set_balance(0)
    with folder.command("resume") as resume:
        folder.ended(resume, 3)
    jobs = folder.jobs()
    for prompt in ("one", "two"):
        job_id = jobs[prompt].job_id[:8]
        told = [line for line in resume.err.splitlines() if line.startswith(job_id)]
        assert sum("Not enough credit" in line for line in told) == 1, resume.err
    folder.set_balance(1000)
    with folder.command("resume") as resume:
        assert resume.wait() == 0, resume.report()
    assert "Not enough credit" not in resume.err
