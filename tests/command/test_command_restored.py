"""The command line on a data folder of the past: what it says, and with which exit code."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from command_line import Shell

from kling_desktop.motion.job import Job, JobState
from kling_desktop.store.journal import Journal
from kling_desktop.store.paths import DataPaths, ProfilePaths


@pytest.fixture
def made(shell: Shell, picture: Path, clip: Path) -> Job:
    """One job to its end, at the embedded sandbox."""
    ended = shell.run("generate", "--sandbox", "--json", "--image", picture, "--video", clip)
    assert ended.code == 0, ended.err
    with closing(Journal(paths(shell).journal_file)) as journal:
        (job,) = journal.load()
    return job


def paths(shell: Shell) -> ProfilePaths:
    return DataPaths.at(shell.data_dir).profile("sandbox")


def as_it_waited(job: Job) -> Job:
    """The same job before it was sent."""
    return Job(
        job.job_id,
        job.request,
        JobState.QUEUED,
        job.created_at,
        job.created_at,
        job.position,
        attempt=0,
        agreed=job.agreed,
        estimate_credits=job.estimate_credits,
        output_path=job.output_path,
        user_id=job.user_id,
    )


def journal_of_the_past(shell: Shell, *jobs: Job) -> None:
    """The library's list of jobs from before; its witness stays."""
    for part in paths(shell).folder.glob("journal.sqlite*"):
        part.unlink()
    with closing(Journal(paths(shell).journal_file)) as journal:
        for job in jobs:
            journal.insert(job)


def test_resume_asks_about_a_job_that_the_service_may_know(shell: Shell, made: Job) -> None:
    journal_of_the_past(shell, as_it_waited(made))
    paths(shell).witness_file.unlink()
    ended = shell.run("resume", "--sandbox", "--json")
    (job,) = ended.objects
    assert ended.code == 4
    assert (job["state"], job["error"]["code"]) == ("unknown", "perhaps_sent")
    assert job["error"]["money"] == "maybe_charged"
    assert "was not sent again" in ended.err


@pytest.mark.parametrize("forgotten", [False, True])
def test_resume_goes_on_with_what_the_second_record_knows_and_says_so(
    shell: Shell, made: Job, forgotten: bool
) -> None:
    journal_of_the_past(shell, *([] if forgotten else [as_it_waited(made)]))
    ended = shell.run("resume", "--sandbox", "--json")
    assert ended.code == 0
    assert "put right from the second record: 1" in ended.err
    with closing(Journal(paths(shell).journal_file)) as journal:
        (job,) = journal.load()
    assert (job.state, job.task_id) == (JobState.DONE, made.task_id)
    assert job.result_path == made.result_path
    listed = shell.run("jobs", "--sandbox", "--json").objects
    assert [(one["state"], one["task_id"]) for one in listed] == [("done", made.task_id)]


def test_resume_sends_what_was_never_sent_without_a_word(shell: Shell, made: Job) -> None:
    """The account knows a task of the same files and settings, and this list of jobs knows it."""
    waiting = replace(as_it_waited(made), job_id="waiting", position=1)
    with closing(Journal(paths(shell).journal_file)) as journal:
        journal.insert(waiting)
    ended = shell.run("resume", "--sandbox", "--json")
    (job,) = ended.objects
    assert ended.code == 0, ended.err
    assert (job["job_id"], job["state"]) == ("waiting", "done")
    assert job["task_id"] != made.task_id


def test_a_record_that_cannot_be_read_is_said_and_nothing_is_sent_until_it_can(
    shell: Shell, made: Job
) -> None:
    journal_of_the_past(shell, replace(made, position=0))
    paths(shell).witness_file.unlink()
    paths(shell).witness_file.mkdir()
    ended = shell.run("resume", "--sandbox", "--json")
    assert "second record of what was sent cannot be read" in ended.err


@pytest.mark.parametrize("emptied", [True, False], ids=["emptied", "gone"])
def test_a_list_of_jobs_that_is_gone_is_no_first_start(
    shell: Shell, made: Job, emptied: bool
) -> None:
    for part in paths(shell).folder.glob("journal.sqlite*"):
        part.unlink()
    if emptied:
        paths(shell).journal_file.touch()
    listed = shell.run("jobs", "--sandbox")
    assert listed.code == 2
    assert "No jobs yet" not in listed.err
    ended = shell.run("resume", "--sandbox", "--json")
    assert "list of jobs was gone" in ended.err
    assert "put right from the second record: 1" in ended.err
    assert [one["task_id"] for one in shell.run("jobs", "--sandbox", "--json").objects] == [
        made.task_id
    ]
