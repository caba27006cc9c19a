"""Several commands on one data folder, and the service they all go to: real processes."""

from __future__ import annotations

import json
import urllib.request
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from support.processes import Child
from support.program import SandboxFolder, Served, start
from support.screens import OFFSCREEN
from support.waiting import PATIENCE_S, wait_for

from kling_desktop.motion.job import Job
from kling_desktop.store.journal import Journal
from kling_desktop.store.lock import FolderLock
from kling_desktop.store.paths import DataPaths

SLOW = "[very slow]"  # not before ``Folder.finish``


@dataclass(frozen=True)
class Folder:
    """One data folder."""

    env: dict[str, str]
    data_dir: Path
    inputs: tuple[Path, Path]  # picture, clip
    served: Served
    server_dir: Path

    def generate(self, prompt: str, *more: str, clip: Path | str | None = None) -> Child:
        env = {**self.env, **self.served.env}
        return start(env, *self.generate_arguments(prompt, *more, clip=clip), forked=True)

    def generate_arguments(self, prompt: str, *more: str, clip: Path | None = None) -> list[str]:
        image, video = str(self.inputs[0]), str(clip or self.inputs[1])
        given = "--image", image, "--video", video, "--prompt", prompt
        return ["generate", *given, *more, "--json", "--data-dir", str(self.data_dir)]

    def one_at_a_time(self) -> None:
        """Then a job waits in the queue while another one is made."""
        self._set(jobs_at_once=1)

    def two_at_a_time(self) -> None:
        self._set(jobs_at_once=2)

    def day_limit(self, credits: float | None) -> None:
        self._set(day_limit_credits=credits)

    def end_what_runs(self) -> None:
        """By a command whose limit keeps what waits."""
        self.day_limit(1.0)
        with self.command("resume") as resume:
            self.ended(resume, 2)
        self.day_limit(None)

    def _set(self, **settings: object) -> None:
        file = self.data_dir / "settings.json"
        before = json.loads(file.read_bytes())
        file.write_text(json.dumps({**before, **settings}), encoding="ascii")

    def window(self) -> Child:
        """On no screen; the other commands must not even import Qt."""
        env = {**self.env, **self.served.env, "QT_QPA_PLATFORM": OFFSCREEN}
        del env["PYTHONPATH"]
        window = start(env, "--data-dir", self.data_dir)
        lock = FolderLock(DataPaths.at(self.data_dir).profile("account").lock_file)

        def has_it() -> bool:
            info = lock.read_info()
            return info is not None and info.pid == window.pid

        wait_for(has_it, "the window's library", context=window.report)
        return window

    def leave_queued(self, *prompts: str, clip: Path | None = None) -> None:
        """Jobs of which nothing was sent, left by commands that were killed."""
        self.one_at_a_time()
        with self.generate(f"before {SLOW}") as before:
            self.until_accepted(f"before {SLOW}", before)
            for prompt in prompts:
                with self.generate(prompt, clip=clip) as left:
                    wait_for(partial(self._has, prompt), "the job", context=left.report)
                    left.kill()
            before.kill()
        self.finish()

    def _has(self, prompt: str) -> bool:
        return prompt in self.jobs()

    def charged(self, task_id: str) -> float:
        """By the service's own ledger."""
        (task,) = (t for t in SandboxFolder(self.server_dir).tasks() if t["id"] == task_id)
        account = self.server_dir / "sandbox" / "sandbox" / "account.json"
        ledger = json.loads(account.read_text(encoding="utf-8"))["ledger"]
        return sum(row["credits"] for row in ledger if row["trace_id"] == task["trace_id"])

    def set_balance(self, credits: float) -> None:
        self._tell("balance", credits=credits)

    def command(self, *arguments: str, without: tuple[str, ...] = ()) -> Child:
        """``without``: names of variables that its shell does not have."""
        env = {**self.env, **self.served.env}
        for name in without:
            del env[name]
        return start(env, *arguments, "--json", "--data-dir", self.data_dir, forked=True)

    def command_in_sandbox(self, prompt: str) -> Child:
        """A ``generate`` on the embedded one, in a data folder of its own."""
        return start(self.env, *self.generate_arguments(prompt), "--sandbox", forked=True)

    def tasks(self, prompt: str) -> list[str]:
        """What the service accepted of one wish."""
        folder = SandboxFolder(self.server_dir)
        return [t["id"] for t in folder.tasks() if t["request"].get("prompt") == prompt]

    def until_accepted(self, prompt: str, child: Child) -> None:
        wait_for(lambda: self.tasks(prompt), prompt, context=child.report)

    def finish(self) -> None:
        """The service is done with all that it has accepted."""
        self._tell("finish")

    def spoil(self, route: str, kind: str, times: int | None = None, **values: object) -> None:
        """The service answers this route like that, so many times or until ``mend``."""
        self._tell("faults", route=route, kind=kind, times=times, **values)

    def mend(self) -> None:
        self._tell("faults", clear=True)

    def asked(self, path: str) -> int:
        """How often the service was asked for this so far."""
        url = f"{self.served.env['ACEDATACLOUD_API_BASE_URL']}/sandbox/state"
        with urllib.request.urlopen(url, timeout=PATIENCE_S) as told:
            return int(json.load(told)["asked"].get(path, 0))

    def _tell(self, what: str, **values: object) -> None:
        url = f"{self.served.env['ACEDATACLOUD_API_BASE_URL']}/sandbox/{what}"
        headers = {"Content-Type": "application/json"}
        asked = urllib.request.Request(url, json.dumps(values).encode(), headers)
        urllib.request.urlopen(asked, timeout=PATIENCE_S).close()

    def ended(self, child: Child, code: int) -> list[dict[str, Any]]:
        """What it printed when it ended with this code."""
        assert child.wait() == code, child.report()
        return objects(child)

    def jobs(self) -> dict[str, Job]:
        """By prompt."""
        journal = DataPaths.at(self.data_dir).profile("account").journal_file
        return {job.request.prompt: job for job in Journal.read_only(journal)}

    def assert_saved(self, prompt: str, job: dict[str, Any]) -> None:
        """Paid once, and saved as what the service made of just this wish."""
        (task,) = self.tasks(prompt)
        assert job["task_id"] == task
        assert job["state"] == "done"
        assert Path(job["path"]).read_bytes() == SandboxFolder(self.server_dir).result(task)

    def saves(self, prompt: str, child: Child) -> dict[str, Any]:
        """The command ends with its own video."""
        code = child.wait()
        assert code == 0, child.report()
        (job,) = objects(child)
        self.assert_saved(prompt, job)
        return job


def objects(child: Child) -> list[dict[str, Any]]:
    """What was printed: one JSON object a line, and nothing else."""
    assert "Traceback" not in child.err, child.report()
    return [json.loads(line) for line in child.out.splitlines()]
