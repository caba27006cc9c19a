"""Several commands on one data folder: each wish is paid once, and each command is its own."""

from __future__ import annotations

import shutil
import signal
from pathlib import Path

import pytest
from side_by_side import SLOW, Folder, objects
from support.folder_copies import copy_folder
from support.program import serve_sandbox
from support.waiting import wait_for

from kling_desktop.motion.job import JobState
from kling_desktop.store.paths import DataPaths


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_the_holder_ends_and_the_others_carry_their_own_wish_on(
    folder: Folder, number: signal.Signals
) -> None:
    folder.one_at_a_time()  # so that none is killed between its intent and its request
    holder = folder.generate(f"holder {SLOW}")
    with holder:
        folder.until_accepted(f"holder {SLOW}", holder)
        others = {f"other {n}": folder.generate(f"other {n}") for n in range(3)}
        with others["other 0"], others["other 1"], others["other 2"]:
            wait_for(lambda: "other 0" in folder.jobs(), "a job of another")
            holder.send(number)
            code = holder.wait()
            for prompt, child in others.items():
                folder.saves(prompt, child)
    if number is signal.SIGKILL:
        assert code == -signal.SIGKILL
    else:
        assert code == 130, holder.report()
        (interrupted,) = objects(holder)
        assert interrupted["job_id"] == folder.jobs()[f"holder {SLOW}"].job_id
        assert "may be charged" in holder.err
        assert "resume` goes on" in holder.err
    folder.finish()
    with folder.command("resume") as resume:
        folder.saves(f"holder {SLOW}", resume)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_command_that_works_through_another_ends_alone_and_its_job_goes_on(
    folder: Folder, number: signal.Signals
) -> None:
    with folder.generate(f"holder {SLOW}") as holder:
        folder.until_accepted(f"holder {SLOW}", holder)
        with folder.generate(f"client {SLOW}") as client:
            folder.until_accepted(f"client {SLOW}", client)
            client.send(number)
            code = client.wait()
        assert holder.code is None
        folder.finish()
        folder.saves(f"holder {SLOW}", holder)
    if number is signal.SIGKILL:
        assert code == -signal.SIGKILL
    else:
        assert code == 130, client.report()
        (job,) = objects(client)
        assert job["job_id"] == folder.jobs()[f"client {SLOW}"].job_id
        assert "goes on in the program that has this data folder" in client.err
    kept = folder.jobs()[f"client {SLOW}"]
    folder.assert_saved(
        f"client {SLOW}",
        {"task_id": kept.task_id, "state": kept.state.value, "path": kept.result_path},
    )


def test_a_holder_that_only_waits_for_others_ends_at_ctrl_c_and_they_carry_on(
    folder: Folder,
) -> None:
    with folder.generate("holder [slow]") as holder:
        folder.until_accepted("holder [slow]", holder)
        with folder.generate(f"other {SLOW}") as other:
            folder.until_accepted(f"other {SLOW}", other)
            holder.wait_for_text("stays until they are done")
            (job,) = wait_for(lambda: objects(holder), "its result", context=holder.report)
            folder.assert_saved("holder [slow]", job)
            holder.send(signal.SIGINT)
            assert holder.wait() == 130, holder.report()
            assert len(objects(holder)) == 1, "its result is told once"
            folder.finish()
            folder.saves(f"other {SLOW}", other)


def test_a_folder_put_back_while_a_command_waits_at_the_door_asks_about_its_wish(
    folder: Folder, tmp_path: Path
) -> None:
    """The copy is older than the wish, which the holder had sent: no list of jobs knows it."""
    library, copy = DataPaths.at(folder.data_dir).profile("account").folder, tmp_path / "copy"
    with folder.generate(f"holder {SLOW}") as holder:
        folder.until_accepted(f"holder {SLOW}", holder)
        copy_folder(library, copy)
        with folder.generate(f"client {SLOW}") as client:
            folder.until_accepted(f"client {SLOW}", client)
            client.send(signal.SIGSTOP)
            holder.kill()
            shutil.rmtree(library)
            shutil.copytree(copy, library)
            client.send(signal.SIGCONT)

            def is_asked_about() -> bool:
                job = folder.jobs().get(f"client {SLOW}")
                return job is not None and job.state is JobState.UNKNOWN

            wait_for(is_asked_about, "the question", context=client.report)
            assert client.wait() == 4, client.report()
    assert len(folder.tasks(f"client {SLOW}")) == 1


def test_a_resume_that_is_handed_over_drives_what_an_earlier_run_left(folder: Folder) -> None:
    with folder.generate(f"left {SLOW}") as left:
        folder.until_accepted(f"left {SLOW}", left)
        left.kill()
    with folder.generate(f"holder {SLOW}") as holder:
        folder.until_accepted(f"holder {SLOW}", holder)
        with folder.command("resume") as resume:
            resume.wait_for_text("Generating")
            holder.send(signal.SIGINT)
            assert holder.wait() == 130, holder.report()
            folder.finish()
            code = resume.wait()
    assert code == 0, resume.report()
    told = {job["task_id"]: job for job in objects(resume)}
    for prompt in (f"left {SLOW}", f"holder {SLOW}"):
        folder.assert_saved(prompt, told[folder.tasks(prompt)[0]])


def test_beside_a_sandbox_that_serves_others_it_is_said_at_once_that_it_is_taken(
    folder: Folder,
) -> None:
    with (
        serve_sandbox(folder.env, folder.data_dir).child,
        folder.command("resume", "--sandbox") as c,
    ):
        assert c.wait() == 2, c.report()
    (refused,) = objects(c)
    assert refused["error"]["code"] == "library_busy"
    assert "Waiting" not in c.err
