"""The program itself as a child process, and what its sandbox left on the disk."""

from __future__ import annotations

import json
import socket
import sys
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.processes import Child
from support.rendered_once import rendered_folder
from support.waiting import PATIENCE_S, wait_for

COMMAND = (sys.executable, "-m", "kling_desktop")
WITHOUT_QT = Path(__file__).parent / "without_qt"
SANDBOX_PROGRAM = Path(__file__).with_name("sandbox_program.py")


def start(env: Mapping[str, str], *arguments: str | Path, forked: bool = False) -> Child:
    """``kling-desktop`` with these arguments."""
    return Child([*COMMAND, *map(str, arguments)], env, forked=forked)


class SandboxFolder:
    """What the embedded sandbox of a data folder knows, read from its files."""

    def __init__(self, data_dir: Path) -> None:
        self._folder = data_dir / "sandbox" / "sandbox"

    def tasks(self) -> list[dict[str, Any]]:
        """Every accepted task, oldest first."""
        files = (self._folder / "tasks").glob("*.json")
        tasks = [json.loads(file.read_text(encoding="utf-8")) for file in files]
        return sorted(tasks, key=lambda task: task["number"])

    def finish(self) -> None:
        """While it is stopped: what it works on will be done as soon as it goes on."""
        for file in (self._folder / "tasks").glob("*.json"):
            task = json.loads(file.read_text(encoding="utf-8"))
            file.write_text(json.dumps({**task, "ready_at": task["created_at"]}), encoding="utf-8")

    def result(self, task_id: str) -> bytes:
        """What the sandbox served as this task's video."""
        return (self._folder / "results" / f"{task_id}.mp4").read_bytes()

    def tokens(self) -> list[str]:
        """Its API tokens and its account token."""
        account = json.loads((self._folder / "account.json").read_text(encoding="utf-8"))
        return [each["token"] for each in account["api_tokens"]] + [account["account_token"]]


@dataclass(frozen=True)
class Served:
    """A sandbox in a process of its own, as another computer would be."""

    child: Child
    env: dict[str, str]  # what it printed for the program: both addresses, both tokens

    @property
    def addresses(self) -> dict[str, str]:
        """The environment without the tokens."""
        return {name: text for name, text in self.env.items() if name.endswith("_URL")}

    def state(self) -> dict[str, Any]:
        """What it accepted so far, by its test interface."""
        url = f"{self.env['ACEDATACLOUD_API_BASE_URL']}/sandbox/state"
        with urllib.request.urlopen(url, timeout=PATIENCE_S) as answer:
            found: dict[str, Any] = json.load(answer)
        return found


def closed_port() -> int:
    """A port on which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def serve_sandbox(env: Mapping[str, str], data_dir: Path) -> Served:
    """Start ``kling-desktop sandbox`` and read what it printed. The same video is made once."""
    program = [sys.executable, str(SANDBOX_PROGRAM), str(rendered_folder())]
    server = Child([*program, "sandbox", "--data-dir", str(data_dir)], env, forked=True)
    try:
        wait_for(lambda: server.out.count("\n") >= 4, "the address", context=server.report)
    except BaseException:
        server.kill()
        raise
    return Served(server, dict(line.split("=", 1) for line in server.out.splitlines()))


def files_holding(folder: Path, secret: str) -> list[Path]:
    """The files below ``folder`` whose bytes contain ``secret``, also as UTF-16."""
    needles = (secret.encode(), secret.encode("utf-16-le"))
    found = []
    for path in folder.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            if any(needle in data for needle in needles):
                found.append(path)
    return found
