"""A command beside a real password store that does not answer: it says so, and ends."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from command_line import Shell
from side_by_side import SLOW, Folder, objects
from support.desktop import Session
from support.processes import Child
from support.program import start

WAITS = "Waiting for GNOME Keyring…"
SOON = ("--wait", "0.05")  # no minute of the suite for what another test shows whole
TOKENS = ("ACEDATACLOUD_API_TOKEN", "ACEDATACLOUD_PLATFORM_TOKEN")


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    with Session() as session, session.silent_keyring():
        yield session


@pytest.fixture
def asking(shell: Shell, session: Session) -> Shell:
    """A shell without tokens, on the desktop of that store."""
    address = session.env["DBUS_SESSION_BUS_ADDRESS"]
    shell.env["DBUS_SESSION_BUS_ADDRESS"] = address
    return shell


def generate(shell: Shell, picture: Path, clip: Path) -> Child:
    typed = shell.command("generate", "--image", picture, "--video", clip, "--json")
    return start(shell.env, *map(str, typed[3:]), forked=True)


def test_it_says_what_it_waits_for_and_ends_with_5_after_a_minute(
    asking: Shell, picture: Path, clip: Path
) -> None:
    with generate(asking, picture, clip) as child:
        child.wait_for_text(WAITS)
        assert child.wait() == 5, child.report()
    (refused,) = objects(child)
    assert refused["error"]["code"] == "store_silent"
    assert "GNOME Keyring has not told your token. Nothing was sent." in child.err
    assert asking.run("jobs").out == ""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_obeys_ctrl_c_meanwhile(
    asking: Shell, picture: Path, clip: Path, number: signal.Signals
) -> None:
    with generate(asking, picture, clip) as child:
        child.wait_for_text(WAITS)
        child.send(number)
        assert child.wait() == 130, child.report()
    assert "Interrupted." in child.err


def test_what_needs_no_token_does_not_wait(asking: Shell) -> None:
    assert asking.run("jobs").code == 0
    assert asking.run("resume", "--json").code == 0


def test_a_token_of_the_environment_needs_no_store(folder: Folder, session: Session) -> None:
    beside = replace(folder, env={**folder.env, **_bus(session)})
    with beside.generate("now") as child:
        folder.saves("now", child)
    assert WAITS not in child.err


def test_an_unfinished_job_waits_and_resume_ends_with_5(folder: Folder, session: Session) -> None:
    folder.leave_queued("left")
    folder.end_what_runs()
    beside = replace(folder, env={**folder.env, **_bus(session)})
    with beside.command("resume", *SOON, without=TOKENS) as resume:
        resume.wait_for_text(WAITS)
        (job,) = folder.ended(resume, 5)
    assert (job["state"], job["error"]["code"]) == ("queued", "store_silent")
    assert folder.tasks("left") == []


def test_a_paid_job_that_nobody_can_ask_about_ends_with_6_and_never_with_5(
    folder: Folder, session: Session
) -> None:
    with folder.generate(SLOW) as left:
        folder.until_accepted(SLOW, left)
        left.kill()
    beside = replace(folder, env={**folder.env, **_bus(session)})
    with beside.command("resume", *SOON, without=TOKENS) as resume:
        resume.wait_for_text(WAITS)
        (job,) = folder.ended(resume, 6)
    assert "resume` goes on" in resume.err
    assert job["state"] == "generating"


def test_a_command_that_is_handed_over_says_what_its_own_tokens_wait_for(
    folder: Folder, session: Session
) -> None:
    """Whether the holder works for the same account is not known without them."""
    beside = replace(folder, env={**folder.env, **_bus(session)})
    with folder.generate(SLOW) as holder:
        folder.until_accepted(SLOW, holder)
        typed = [*beside.generate_arguments("beside"), *SOON]
        env = {k: v for k, v in {**beside.env, **folder.served.env}.items() if k not in TOKENS}
        with start(env, *typed, forked=True) as child:
            child.wait_for_text(WAITS)
            assert child.wait() == 5, child.report()
        (refused,) = objects(child)
        assert refused["error"]["code"] == "store_silent"
        holder.kill()
    assert folder.tasks("beside") == []


def _bus(session: Session) -> dict[str, str]:
    return {"DBUS_SESSION_BUS_ADDRESS": session.env["DBUS_SESSION_BUS_ADDRESS"]}
