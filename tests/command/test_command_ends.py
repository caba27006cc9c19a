"""Ctrl+C ends any command, wherever it stands: with its object, and a word about the money."""

from __future__ import annotations

import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from side_by_side import SLOW, Folder, objects
from support.processes import Child
from support.program import start
from support.waiting import PATIENCE_S, wait_for

from kling_desktop.motion.job import FINISHED_THERE, JobState

S = JobState
NOTHING = "Nothing was sent"
PERHAPS = "It may be running and may be charged."
PAID_CALL = "/kling/motion"
PAID = "A video is paid for, and not saved yet."


@contextmanager
def silent_link() -> Iterator[tuple[str, socket.socket]]:
    """A link whose host takes the connection and says nothing."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        server.settimeout(PATIENCE_S)
        yield f"http://127.0.0.1:{server.getsockname()[1]}/clip.mp4", server


def interrupted(child: Child, number: signal.Signals = signal.SIGINT) -> list[dict[str, Any]]:
    """What it printed."""
    child.send(number)
    assert child.wait() == 130, child.report()
    return objects(child)


def until(folder: Folder, prompt: str, *states: JobState, child: Child) -> None:
    def is_there() -> bool:
        job = folder.jobs().get(prompt)
        return job is not None and job.state in states

    wait_for(is_there, f"{prompt} {states}", context=child.report)


HANGING = {"uploading": "files", "submitting": "motion"}


@contextmanager
def standing(
    folder: Folder, where: str
) -> Iterator[tuple[str, list[str], Callable[[Child], None]]]:
    """A prompt and options of a command that stays in one place, and the wait until it is there."""
    if where == "looking":
        with silent_link() as (link, server):

            def is_looked_at(_child: Child) -> None:
                asking, _ = server.accept()
                asking.detach()  # stays open for as long as this process

            yield where, ["--video", link, "--up-to", "99"], is_looked_at
        return
    if where in HANGING:
        folder.spoil(HANGING[where], "hang")
    prompt = SLOW if where == "generating" else where
    sent = folder.asked(PAID_CALL)

    def is_there(child: Child) -> None:
        until(folder, prompt, S(where), child=child)
        if where == "submitting":  # begun, and before anything of it left nothing was sent
            wait_for(lambda: folder.asked(PAID_CALL) > sent, where, context=child.report)

    yield prompt, [], is_there
    folder.mend()


NOT_SENT = ("looking", "uploading")
PLACES = (*NOT_SENT, "submitting", "generating")
SAYS = {"submitting": PERHAPS, "generating": PERHAPS}


@pytest.mark.parametrize("where", PLACES)
def test_a_command_of_its_own(folder: Folder, where: str) -> None:
    with (
        standing(folder, where) as (prompt, more, is_there),
        folder.generate(prompt, *more) as child,
    ):
        is_there(child)
        (job,) = interrupted(child)
    assert SAYS.get(where, NOTHING) in child.err
    if where == "looking":
        assert (job["state"], job["job_id"]) == ("interrupted", None)
        assert folder.jobs() == {}
    else:
        assert job["job_id"] == folder.jobs()[prompt].job_id
        assert "resume` goes on with it." in child.err


@pytest.mark.parametrize("where", ["submitting", "generating"])
def test_one_whose_data_folder_went_away_says_what_it_knows(folder: Folder, where: str) -> None:
    away = folder.data_dir.with_name("away")
    with (
        standing(folder, where) as (prompt, more, is_there),
        folder.generate(prompt, *more) as child,
    ):
        is_there(child)
        folder.data_dir.rename(away)
        folder.data_dir.touch()  # nothing can be put back there
        (job,) = interrupted(child)
        folder.data_dir.unlink()
        away.rename(folder.data_dir)
    assert job["job_id"] == folder.jobs()[prompt].job_id
    assert job["state"] == where
    assert PERHAPS in child.err


@pytest.mark.parametrize("where", PLACES)
@pytest.mark.parametrize("holder", ["a window", "a command"])
def test_one_that_was_handed_over(folder: Folder, where: str, holder: str) -> None:
    """What was not sent is not sent any more; what was goes on where it is."""
    with program(folder, holder) as open_there:
        with (
            standing(folder, where) as (prompt, more, is_there),
            folder.generate(prompt, *more) as child,
        ):
            is_there(child)
            (job,) = interrupted(child)
        if where == "looking":
            assert (job["state"], job["job_id"]) == ("interrupted", None)
            assert "nothing of it is left" in child.err
            assert prompt not in folder.jobs()
        elif where in NOT_SENT:
            assert (job["state"], job["error"]["code"]) == ("asking", "left_by_command")
            assert ("“Send” and “Cancel”" in child.err) is (holder == "a window")
            assert folder.tasks(prompt) == []
            with folder.command("resume") as resume:
                folder.finish()
                until(folder, prompt, S.DONE, child=resume)
            assert len(folder.tasks(prompt)) == 1
        else:
            assert SAYS[where] in child.err
            assert "goes on in the program that has this data folder" in child.err
        assert open_there.code is None


@contextmanager
def program(folder: Folder, which: str) -> Iterator[Child]:
    """One that has the library."""
    with folder.window() if which == "a window" else folder.generate(f"holder {SLOW}") as child:
        if which == "a command":
            folder.until_accepted(f"holder {SLOW}", child)
        yield child


def test_one_that_waits_for_its_turn_in_a_window_waits_for_the_person(folder: Folder) -> None:
    folder.one_at_a_time()
    with folder.window():
        with folder.generate(f"first {SLOW}") as first:
            folder.until_accepted(f"first {SLOW}", first)
            with folder.generate("second") as child:
                until(folder, "second", S.QUEUED, child=child)
                (job,) = interrupted(child)
            assert (job["state"], job["error"]["code"]) == ("asking", "left_by_command")
            folder.finish()
            folder.saves(f"first {SLOW}", first)
        assert folder.tasks("second") == []
        assert folder.jobs()["second"].state is S.ASKING


def test_a_resume_that_was_handed_to_a_command_sends_nothing_more(folder: Folder) -> None:
    folder.leave_queued("left")
    folder.two_at_a_time()
    with folder.generate(f"holder {SLOW}") as holder:
        folder.until_accepted(f"holder {SLOW}", holder)
        folder.spoil("files", "hang")
        with folder.command("resume") as resume:
            until(folder, "left", S.UPLOADING, child=resume)
            told = interrupted(resume)
        assert {job["job_id"] for job in told} >= {folder.jobs()["left"].job_id}
        until(folder, "left", S.QUEUED, child=holder)
        folder.mend()
        folder.finish()
        folder.saves(f"holder {SLOW}", holder)
    assert folder.tasks("left") == []


@pytest.mark.parametrize("holder", ["a window", "a command"])
def test_what_a_command_left_is_not_sent_by_a_resume_that_was_interrupted_too(
    folder: Folder, holder: str
) -> None:
    with program(folder, holder) as open_there:
        folder.spoil("files", "hang")
        with folder.generate("left") as first:
            until(folder, "left", S.UPLOADING, child=first)
            interrupted(first)
        with folder.command("resume") as resume:
            until(folder, "left", S.UPLOADING, child=resume)
            interrupted(resume)
        until(folder, "left", S.ASKING, child=open_there)
        folder.mend()
        with folder.generate("another") as another:  # goes, and takes nothing else along
            folder.finish()
            folder.saves("another", another)
        assert folder.tasks("left") == []
        with folder.command("resume") as resume:
            folder.finish()
            until(folder, "left", S.DONE, child=resume)
        assert len(folder.tasks("left")) == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_the_polite_kill_and_a_closed_terminal_are_no_other_end(
    folder: Folder, number: signal.Signals
) -> None:
    with (
        folder.window(),
        standing(folder, "uploading") as (prompt, more, is_there),
        folder.generate(prompt, *more) as child,
    ):
        is_there(child)
        (job,) = interrupted(child, number)
    assert job["error"]["code"] == "left_by_command"


def test_beside_a_program_that_does_not_answer(folder: Folder) -> None:
    """It is suspended: whether it was told of the wish nobody can say."""
    with folder.generate(f"holder {SLOW}") as holder:
        folder.until_accepted(f"holder {SLOW}", holder)
        holder.send(signal.SIGSTOP)
        with folder.generate("waits") as child:
            child.wait_for_text("Waiting for it…")
            (job,) = interrupted(child)
        holder.send(signal.SIGCONT)
        holder.kill()
    assert job["state"] == "interrupted"
    assert NOTHING in child.err
    assert folder.tasks("waits") == []


def test_a_resume_of_its_own(folder: Folder) -> None:
    with folder.generate(SLOW) as left:
        folder.until_accepted(SLOW, left)
        left.kill()
    with folder.command("resume") as resume:
        resume.wait_for_text("Generating")
        (job,) = interrupted(resume)
    assert job["state"] == "generating"
    assert PERHAPS in resume.err
    folder.spoil("download", "hang")
    folder.finish()
    with folder.command("resume") as resume:
        until(folder, SLOW, *FINISHED_THERE, child=resume)
        (job,) = interrupted(resume)
    assert PAID in resume.err


def test_check_and_the_sandbox(folder: Folder) -> None:
    with silent_link() as (link, server):
        checked = [str(folder.inputs[0]), link]
        env = {**folder.env, **folder.served.env}  # a service on this computer: its links, too
        with start(env, "check", *checked, "--json", forked=True) as child:
            asking, _ = server.accept()
            assert interrupted(child) == [{"ok": False, "error": f"Interrupted. {NOTHING}."}]
            asking.close()
    with folder.command_in_sandbox(SLOW) as child:
        child.wait_for_text("Generating")
        (job,) = interrupted(child)
    assert job["state"] == "generating"


def test_a_working_folder_that_was_deleted_is_no_traceback(folder: Folder, tmp_path: Path) -> None:
    """Whole paths need none; others are refused in words."""
    gone = tmp_path / "gone"

    def typed(*arguments: str) -> Child:
        gone.mkdir()
        script = "import os, sys; os.chdir(sys.argv[1]); os.rmdir(sys.argv[1]); "
        script += "sys.argv[1:] = sys.argv[2:]; from kling_desktop.cli import program; "
        script += "sys.exit(program())"
        env = {**folder.env, **folder.served.env, "PYTHONSAFEPATH": "1"}
        env["PYTHONPATH"] = f"{Path(__file__).parents[2]}:{env['PYTHONPATH']}"
        return Child([sys.executable, "-c", script, str(gone), *arguments], env)

    with typed(*folder.generate_arguments("whole paths")) as child:
        folder.saves("whole paths", child)
    image, video, data = *map(str, folder.inputs), str(folder.data_dir)
    for arguments in (
        ["generate", "--image", "a.png", "--video", video, "--data-dir", data],
        ["generate", "--image", image, "--video", video, "--output", "o.mp4", "--data-dir", data],
        ["resume", "--data-dir", "there"],
    ):
        with typed(*arguments, "--json") as child:
            (refused,) = folder.ended(child, 2)
        assert refused["error"]["code"] == "no_working_folder"
    for arguments in (["check", "a.png", video, "--json"], ["jobs", "--data-dir", "there"]):
        with typed(*arguments) as child:
            assert child.wait() == 2, child.report()
        assert "Traceback" not in child.err
        assert "working folder" in child.err
