"""What holds the queue: ``generate`` passes a pause for its own job alone, ``resume`` ends it."""

from __future__ import annotations

import signal

import pytest
from side_by_side import Folder, objects

from kling_desktop.motion.job import JobState
from kling_desktop.store.journal import Journal
from kling_desktop.store.paths import DataPaths

HOLDS = "queue.hold"  # where the journal keeps them


def pause(folder: Folder) -> None:
    """As the person did in a window."""
    journal = Journal(DataPaths.at(folder.data_dir).profile("account").journal_file)
    journal.set_value(HOLDS, "paused")
    journal.close()


def holds(folder: Folder) -> str:
    journal = Journal(DataPaths.at(folder.data_dir).profile("account").journal_file)
    try:
        return journal.value(HOLDS) or ""
    finally:
        journal.close()


def test_generate_passes_a_pause_for_its_own_job_alone_and_resume_ends_it(folder: Folder) -> None:
    folder.leave_queued("left")
    pause(folder)
    with folder.generate("own") as child:
        folder.saves("own", child)
    assert folder.jobs()["left"].state is JobState.QUEUED
    assert "paused" in holds(folder)
    with folder.command("resume") as resume:
        assert resume.wait() == 0, resume.report()
    assert folder.jobs()["left"].state is JobState.DONE
    assert "paused" not in holds(folder)


def test_beside_a_paused_window_generate_passes_for_its_own_job_alone(folder: Folder) -> None:
    folder.leave_queued("left")
    pause(folder)
    with folder.window() as window:
        with folder.generate("client") as client:
            folder.saves("client", client)
        assert "paused" not in client.err
        assert folder.jobs()["left"].state is JobState.QUEUED
        assert folder.tasks("left") == []
        assert "paused" in holds(folder)
        with folder.command("resume") as resume:  # the person's word, wherever it is typed
            assert resume.wait() == 0, resume.report()
        folder.assert_saved("left", objects(resume)[0])
        assert "paused" not in holds(folder)
        window.stop()


def test_a_command_says_at_once_what_held_the_queue_before_it_came(folder: Folder) -> None:
    folder.spoil("tasks", "html")
    with folder.generate("[cut before] lost") as lost:
        lost.wait_for_text("may be charged")
        lost.kill()
    with folder.window() as window, folder.generate("client") as client:
        client.wait_for_text("Nothing else is sent until the service itself answers")
        assert folder.jobs()["client"].state is JobState.QUEUED
        folder.mend()
        folder.saves("client", client)
        window.stop()


def test_ctrl_c_while_the_history_is_waited_for_says_no_more_than_is_known(folder: Folder) -> None:
    folder.leave_queued("left")
    folder.end_what_runs()
    folder.spoil("tasks", "html")
    with folder.command("resume") as resume:
        resume.wait_for_text("does not answer now")
        resume.send(signal.SIGINT)
        assert resume.wait() == 130, resume.report()
    assert "As far as this computer knows, nothing was sent so far." in resume.err


def test_beside_a_window_with_a_limit_each_command_says_its_own_figures(folder: Folder) -> None:
    folder.leave_queued("left")
    pause(folder)
    folder.day_limit(5.0)
    with folder.window() as window:
        with folder.generate("dear", "--mode", "pro") as dear:
            dear.wait_for_text("the next video takes 3.55 credits")
            with folder.generate("own") as own:  # does not wait behind what the limit keeps
                folder.saves("own", own)
            assert "limit" not in own.err
            assert folder.tasks("dear") == []
        window.stop()


def test_a_day_s_limit_ends_a_command_with_its_figures_and_resume_never_waives_it(
    folder: Folder,
) -> None:
    folder.leave_queued("left")
    folder.day_limit(1.0)
    with folder.generate("own") as child:
        (job,) = folder.ended(child, 2)
    assert (job["state"], job["error"]["code"]) == ("cancelled", "day_limit")
    for figure in ("1.00 credits", "2.22 credits"):
        assert figure in child.err
    with folder.command("resume") as resume:
        folder.ended(resume, 2)
    assert folder.jobs()["left"].state is JobState.QUEUED
    assert folder.tasks("left") == []


def test_an_answer_that_a_killed_command_did_not_understand_is_looked_for_by_the_next_one(
    folder: Folder,
) -> None:
    folder.spoil("tasks", "html")
    with folder.generate("[cut before] lost") as lost:
        lost.wait_for_text("may be charged")
        lost.kill()
    assert "unclear" in holds(folder)
    folder.mend()
    with folder.generate("own") as child:
        folder.saves("own", child)
    assert holds(folder) == ""


@pytest.mark.parametrize("content", ['{"day_limit_credits": Infinity}', '{"day_limit_credits": 12'])
def test_with_a_limit_that_cannot_be_read_nothing_is_sent_until_it_is_set_again(
    folder: Folder, content: str
) -> None:
    folder.leave_queued("left")
    settings = DataPaths.at(folder.data_dir).settings_file
    settings.write_text(content, encoding="ascii")
    for _again in range(2):
        with folder.command("resume") as resume:
            ended = folder.ended(resume, 2)
        held = [job["error"]["code"] for job in ended if job["state"] == "queued"]
        assert held == ["limits_unread"]
        assert "cannot be read: " in resume.err
        assert "your limit for a day" in resume.err
        with folder.generate("own") as child:
            (refused,) = folder.ended(child, 2)
        assert refused["error"]["code"] == "limits_unread"
        assert "settings.json" in child.err
    assert folder.jobs()["left"].state is JobState.QUEUED
    assert "own" not in folder.jobs()
    assert folder.tasks("left") == []
    settings.write_text('{"day_limit_credits": 12}', encoding="ascii")
    with folder.command("resume") as resume:
        assert resume.wait() == 0, resume.report()
    assert folder.jobs()["left"].state is JobState.DONE
