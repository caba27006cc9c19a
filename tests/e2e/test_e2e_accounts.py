"""Another account's token is connected while a job waits: whose credits, is asked by both names."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.desktop import Desktop
from support.driver import Window, connect, open_window
from support.sandboxes import running
from support.two_accounts import TwoAccounts
from support.waiting import wait_for

from kling_desktop.engine.home import Home
from kling_desktop.motion.job import Job, JobState
from kling_desktop.motion.request import MotionRequest, Source
from kling_desktop.sandbox import Sandbox
from kling_desktop.store.journal import Journal
from kling_desktop.store.paths import DataPaths

pytestmark = pytest.mark.e2e

YES, NO = "Send under this one", "Not now"


@dataclass
class Town:
    """Two accounts, and a data folder with a job that the first one's person did not send yet."""

    desktop: Desktop
    data_dir: Path
    first: Sandbox
    second: Sandbox
    address: str

    @property
    def addresses(self) -> dict[str, str]:
        names = "ACEDATACLOUD_API_BASE_URL", "ACEDATACLOUD_PLATFORM_BASE_URL"
        return dict.fromkeys(names, self.address)

    def accepted(self) -> tuple[int, int]:
        return len(self.first.accepted), len(self.second.accepted)

    def job(self) -> Job:
        (job,) = Journal.read_only(DataPaths.at(self.data_dir).profile("account").journal_file)
        return job

    async def leave_unsent(self, inputs: Path) -> None:
        engine = Home(self.data_dir).account_engine()
        await engine.open(run_queue=False)
        try:
            await engine.account.fresh()
            image, video = (Source(path=str(inputs / n)) for n in ("figure.png", "dance.mp4"))
            await engine.generate(MotionRequest(image, video), None, None)
        finally:
            await engine.close()

    @contextmanager
    def asked(self) -> Iterator[Window]:
        """The second account's token was pasted, and the question about the job is there."""
        with open_window(self.desktop, "--data-dir", self.data_dir, env=self.addresses) as window:
            connect(window, self.second.account_token.reveal())
            window.find("push button", YES, lambda node: node.is_usable)
            yield window


@pytest.fixture
def town(
    desktop: Desktop,
    data_dir: Path,
    inputs: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Town]:
    with (
        running(tmp_path / "first") as first,
        running(tmp_path / "second") as second,
        TwoAccounts(first, second) as both,
    ):
        settings = {"write_recipe": False, "first_run_done": True}  # nothing else is asked
        (data_dir / "settings.json").write_text(json.dumps(settings), encoding="ascii")
        town = Town(desktop, data_dir, first, second, both.address)
        with monkeypatch.context() as patch:
            for name, value in town.addresses.items():
                patch.setenv(name, value)
            patch.setenv("ACEDATACLOUD_API_TOKEN", first.api_token.reveal())
            patch.setenv("ACEDATACLOUD_PLATFORM_TOKEN", first.account_token.reveal())
            asyncio.run(town.leave_unsent(inputs))
        yield town


def test_the_question_names_both_accounts_and_not_now_sends_nothing(town: Town) -> None:
    with town.asked() as window:
        question = window.find("label", "…", lambda node: "not sent yet" in node.name).name
        error = town.job().error
        assert error is not None
        names = str(error.value("made_under")), str(error.value("now"))
        assert all(names)
        assert names[0] != names[1]
        assert f"made under the account {names[0]}. As far as this computer knows," in question
        assert f"If you send under the account {names[1]}, that one pays at most" in question
        window.press(NO)
        wait_for(lambda: window.app.look("push button", YES) is None, "the end of the question")
        window.close()
    assert town.job().state is JobState.ASKING
    assert town.accepted() == (0, 0)


def test_yes_sends_it_once_under_the_account_that_is_connected(town: Town) -> None:
    with town.asked() as window:
        window.press(YES)
        window.item("Library", "figure × dance, Standard, Done")
        window.close()
    assert town.accepted() == (0, 1)
