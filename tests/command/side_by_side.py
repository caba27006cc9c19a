"""Several commands on one data folder, and the service they all go to: real processes."""

from __future__ import annotations

import json
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.processes import Child
from support.program import SandboxFolder, Served, start
from support.waiting import PATIENCE_S, wait_for

from kling_desktop.motion.job import Job
from kling_desktop.store.journal import Journal
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

    def generate(self, prompt: str, *more: str) -> Child:
        image, video = map(str, self.inputs)
        given = "--image", image, "--video", video, "--prompt", prompt
        return self.command("generate", *given, *more)

    def command(self, *arguments: str) -> Child:
        env = {**self.env, **self.served.env}
        return start(env, *arguments, "--json", "--data-dir", self.data_dir)

    def tasks(self, prompt: str) -> list[str]:
        """What the service accepted of one wish."""
        folder = SandboxFolder(self.server_dir)
        return [t["id"] for t in folder.tasks() if t["request"].get("prompt") == prompt]

    def until_accepted(self, prompt: str, child: Child) -> None:
        wait_for(lambda: self.tasks(prompt), prompt, context=child.report)

    def finish(self) -> None:
        """The service is done with all that it has accepted."""
        self._tell("finish")

    def _tell(self, what: str, **values: object) -> None:
        url = f"{self.served.env['ACEDATACLOUD_API_BASE_URL']}/sandbox/{what}"
        headers = {"Content-Type": "application/json"}
        asked = urllib.request.Request(url, json.dumps(values).encode(), headers)
        urllib.request.urlopen(asked, timeout=PATIENCE_S).close()

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
