"""Beside a running program, a command's work is done at its address and for its account, or not."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from command_line import Ended, Shell
from support.processes import Child
from support.program import closed_port, start
from support.sandboxes import running
from support.two_accounts import TwoAccounts
from support.waiting import wait_for

from kling_desktop.motion.job import Job, JobState
from kling_desktop.sandbox import Sandbox
from kling_desktop.store.journal import Journal, JournalError
from kling_desktop.store.paths import DataPaths

SLOW = "[very slow]"


@dataclass
class Town:
    """Two accounts of one service, and a data folder that commands share."""

    shell: Shell
    inputs: tuple[Path, Path]
    first: Sandbox
    second: Sandbox
    address: str

    def env(self, sandbox: Sandbox | None) -> dict[str, str]:
        """With an account's tokens; with none, as in a terminal where nothing was set."""
        if sandbox is None:
            return {}
        return {
            "ACEDATACLOUD_API_BASE_URL": self.address,
            "ACEDATACLOUD_PLATFORM_BASE_URL": self.address,
            "ACEDATACLOUD_API_TOKEN": sandbox.api_token.reveal(),
            "ACEDATACLOUD_PLATFORM_TOKEN": sandbox.account_token.reveal(),
        }

    def arguments(self, prompt: str) -> list[str]:
        image, video = map(str, self.inputs)
        return ["generate", "--json", "--image", image, "--video", video, "--prompt", prompt]

    def holder(self, prompt: str = SLOW, sandbox: Sandbox | None = None) -> Child:
        """A command of an account, the first one's, on its way for as long as it is wished."""
        env = {**self.shell.env, **self.env(sandbox or self.first)}
        child = start(env, *self.arguments(prompt), "--data-dir", self.shell.data_dir)
        wait_for(lambda: self._is_generating(prompt), prompt, context=child.report)
        return child

    def jobs(self) -> list[Job]:
        file = DataPaths.at(self.shell.data_dir).profile("account").journal_file
        try:
            return Journal.read_only(file)
        except JournalError:
            return []  # just being made

    def _is_generating(self, prompt: str) -> bool:
        """It is not enough that the service has it: killed sooner, its answer would be lost."""
        going = (job for job in self.jobs() if job.state is JobState.GENERATING)
        return prompt in {job.request.prompt for job in going}

    def run(self, env: Mapping[str, str], *arguments: str) -> Ended:
        self.shell.more = dict(env)
        return self.shell.run(*arguments)

    def accepted(self) -> tuple[int, int]:
        return len(self.first.accepted), len(self.second.accepted)


@pytest.fixture
def town(shell: Shell, tmp_path: Path, picture: Path, clip: Path) -> Iterator[Town]:
    with (
        running(tmp_path / "first") as first,
        running(tmp_path / "second") as second,
        TwoAccounts(first, second) as both,
    ):
        yield Town(shell, (picture, clip), first, second, both.address)


def test_another_account_is_refused_in_words_and_nothing_is_sent(town: Town) -> None:
    with town.holder() as holder:
        ended = town.run(town.env(town.second), *town.arguments("other"))
        assert (ended.code, ended.error["code"]) == (2, "other_program_account")
        assert "Nothing was sent" in ended.err
        assert town.accepted() == (1, 0)
        town.first.finish()
        assert holder.wait() == 0


def test_another_address_and_another_way_out_are_refused_in_words(town: Town) -> None:
    with town.holder():
        elsewhere = f"http://127.0.0.1:{closed_port()}"
        env = {**town.env(town.first), "ACEDATACLOUD_API_BASE_URL": elsewhere}
        ended = town.run(env, *town.arguments("other"))
        assert (ended.code, ended.error["code"]) == (2, "other_address")
        assert elsewhere in ended.err
        proxied = {**town.env(town.first), "HTTPS_PROXY": "http://user:secret@127.0.0.1:9"}
        ended = town.run(proxied, *town.arguments("other"))
        assert (ended.code, ended.error["code"]) == (2, "other_network")
        assert "secret" not in ended.err + ended.out
        assert town.accepted() == (1, 0)


def test_without_own_tokens_or_address_a_command_takes_the_holders(town: Town) -> None:
    with town.holder():
        ended = town.run(town.env(None), *town.arguments("[fail] other"))
        assert ended.error["code"] == "service_failed"
        assert town.accepted() == (2, 0)


def test_another_token_of_the_same_account_is_served(town: Town) -> None:
    more = town.first.add_api_token().reveal()
    with town.holder():
        env = {**town.env(town.first), "ACEDATACLOUD_API_TOKEN": more}
        ended = town.run(env, *town.arguments("[fail] other"))
        assert ended.error["code"] == "service_failed"
        assert town.accepted() == (2, 0)


def test_resume_under_another_account_names_its_jobs_and_does_not_wait_for_them(
    town: Town,
) -> None:
    with town.holder() as holder:
        holder.kill()
    ended = town.run(town.env(town.second), "resume", "--json")
    (job,) = ended.objects
    assert (ended.code, job["state"]) == (4, "generating")
    assert "Waits for the account" in ended.err
    assert town.accepted() == (1, 0)
    town.first.finish()
    ended = town.run(town.env(town.first), "resume", "--json")
    assert ended.code == 0
    assert Path(ended.objects[0]["path"]).is_file()
    assert town.accepted() == (1, 0)


def test_what_was_begun_by_a_program_that_is_gone_is_told_where_the_next_one_is_anothers(
    town: Town,
) -> None:
    with town.holder() as holder, town.holder(f"mine {SLOW}") as client:
        client.send(signal.SIGSTOP)  # it sees neither the one go nor the other come
        holder.kill()
        with town.holder(f"theirs {SLOW}", town.second) as theirs:
            client.send(signal.SIGCONT)
            assert client.wait() == 4, client.report()
            theirs.kill()
        (job,) = (json.loads(line) for line in client.out.splitlines())
        assert job["state"] == "generating"
        assert "with another account" in client.err
        assert "resume` goes on" in client.err
        assert "Nothing was sent" not in client.err
    town.first.finish()
    ended = town.run(town.env(town.first), "resume", "--json")
    saved = {each["job_id"]: each["path"] for each in ended.objects}
    assert Path(saved[job["job_id"]]).is_file()
    assert town.accepted() == (2, 1)


def test_what_came_to_its_end_meanwhile_is_told_as_it_stands(town: Town) -> None:
    with town.holder() as holder, town.holder(f"mine {SLOW}") as client:
        client.send(signal.SIGSTOP)
        holder.kill()
        town.first.finish()
        assert town.run(town.env(town.first), "resume", "--json").code == 0
        with town.holder(f"theirs {SLOW}", town.second) as theirs:
            client.send(signal.SIGCONT)
            assert client.wait() == 0, client.report()
            theirs.kill()
        (job,) = (json.loads(line) for line in client.out.splitlines())
        assert Path(job["path"]).is_file()
        assert "Nothing was sent" not in client.err
    assert town.accepted() == (2, 1)


def test_two_tokens_of_two_accounts_are_refused_and_nothing_is_left(town: Town) -> None:
    mixed = town.env(town.first)
    mixed["ACEDATACLOUD_API_TOKEN"] = town.second.api_token.reveal()
    ended = town.run(mixed, *town.arguments("mixed"))
    assert (ended.code, ended.error["code"]) == (5, "two_accounts")
    assert "Nothing was sent" in ended.err
    ended = town.run(town.env(town.second), "resume", "--json")
    assert (ended.code, ended.objects) == (0, [])
    assert town.accepted() == (0, 0)


def test_send_without_tokens_answers_nothing(town: Town) -> None:
    settings = DataPaths.at(town.shell.data_dir).settings_file
    settings.write_text(json.dumps({**json.loads(settings.read_text()), "jobs_at_once": 1}))
    with town.holder() as holder:
        waiting = start(
            {**town.shell.env, **town.env(town.first)},
            *town.arguments("waits"),
            "--data-dir",
            town.shell.data_dir,
        )
        wait_for(lambda: len(town.jobs()) == 2, "the second job", context=waiting.report)
        waiting.kill()
        holder.kill()
    town.run(town.env(town.second), "resume", "--json")
    (job,) = (job for job in town.jobs() if job.request.prompt == "waits")
    assert job.state is JobState.ASKING
    ended = town.run({}, "resume", "--json", "--send", job.job_id)
    assert (ended.code, ended.error["code"]) == (5, "no_token")
    assert job in town.jobs()
    assert town.accepted() == (1, 0)
