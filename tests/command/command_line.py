"""The program as a person's shell starts it: real processes, no display, and Qt forbidden."""

from __future__ import annotations

import json
import os
import socket
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from support.desktop import clean_environment
from support.processes import Child
from support.program import WITHOUT_QT

API_TOKEN = "0123456789abcdef0123456789abcdef"
ACCOUNT_TOKEN = "platform-v1-" + "0a" * 32


@dataclass(frozen=True)
class Ended:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def objects(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def error(self) -> dict[str, Any]:
        """The error of the one job object."""
        (job,) = self.objects
        return dict(job["error"])


def without_recipe(data_dir: Path) -> Path:
    """A data folder whose saved videos are, byte for byte, what the service made."""
    data_dir.mkdir(parents=True, exist_ok=True)
    settings = json.dumps({"write_recipe": False})
    (data_dir / "settings.json").write_text(settings, encoding="ascii")
    return data_dir


@dataclass
class Shell:
    """An environment and a data folder to run commands in."""

    env: dict[str, str]
    data_dir: Path
    more: dict[str, str] = field(default_factory=dict)

    @classmethod
    def at(cls, folder: Path) -> Shell:
        env = {**clean_environment(folder / "home"), "PYTHONPATH": str(WITHOUT_QT)}
        return cls(env, without_recipe(folder / "data"))

    def command(self, *arguments: str | Path | bytes) -> list[str | bytes]:
        given = [a if isinstance(a, bytes) else str(a) for a in arguments]
        return [sys.executable, "-m", "kling_desktop", *given, "--data-dir", str(self.data_dir)]

    def run(self, *arguments: str | Path | bytes) -> Ended:
        """To its end. No traceback ever reaches a person."""
        command = [os.fsdecode(each) for each in self.command(*arguments)]
        with Child(command, {**self.env, **self.more}, forked=True) as child:
            code = child.wait()
        assert "Traceback" not in child.err, child.err
        assert "Qt was imported" not in child.err, child.err
        return Ended(code, child.out, child.err)


class Listener:
    """A port that counts who comes: a command that must send nothing opens no connection."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self.connections = 0
        self._thread = threading.Thread(target=self._accept)
        self._thread.start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                self.connections += 1

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()


def with_tokens(address: str) -> Mapping[str, str]:
    """As a script would name a service and its tokens."""
    return {
        "ACEDATACLOUD_API_BASE_URL": address,
        "ACEDATACLOUD_PLATFORM_BASE_URL": address,
        "ACEDATACLOUD_API_TOKEN": API_TOKEN,
        "ACEDATACLOUD_PLATFORM_TOKEN": ACCOUNT_TOKEN,
    }


def is_root() -> bool:
    return os.name == "posix" and os.geteuid() == 0
