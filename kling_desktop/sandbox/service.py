"""The sandbox as one object: builds the parts, starts and stops them in order."""

from __future__ import annotations

import signal
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from ..motion.token import Token
from .account import Account
from .faults import Faults
from .files import FileStore
from .generation import Generation
from .platform import Platform
from .routes import Routes, count_ended
from .server import LoopbackServer, SeenLog, SeenRequest
from .tasks import Task, TaskBook
from .worker import Worker

DEFAULT_SECONDS = 4.0  # long enough to be watched, short enough to wait for
_STOP_WORKER_S = 0.8


class Sandbox:
    """A stand-in for both hosts of the service on one port of 127.0.0.1.

    ``folder`` keeps tasks, uploads, results, port and tokens: started again on it, unfinished
    tasks go on and old links answer. ``seconds`` is how long generating takes at least (None:
    ``DEFAULT_SECONDS``); rendering takes its real time besides. All methods are thread-safe.
    """

    def __init__(self, folder: Path, *, port: int = 0, seconds: float | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._wanted_port = port
        self._account = Account(folder)
        self._book = TaskBook(folder / "tasks")
        self._files = FileStore(folder, self._account.link_key)
        self.faults = Faults()
        self._generation = Generation(
            self._account,
            self._book,
            self._files,
            self.faults,
            DEFAULT_SECONDS if seconds is None else seconds,
            self._start_task,
        )
        self._routes = Routes(
            self._account,
            self._book,
            self._files,
            self.faults,
            self._generation,
            Platform(self._account),
            {
                "state": lambda _: self._state(),
                "faults": self._change_faults,
                "finish": lambda _: self._finish(),
                "balance": self._change_balance,
            },
        )
        self._seen = SeenLog()
        self._server: LoopbackServer | None = None
        self._worker: Worker | None = None
        self._thread: threading.Thread | None = None

    @property
    def address(self) -> str:
        """Base address of both hosts, without a slash at the end. Only while it runs."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def port(self) -> int:
        """On 127.0.0.1. Only while it runs."""
        if self._server is None:
            raise RuntimeError("the sandbox is not running")
        return self._server.server_port

    @property
    def api_token(self) -> Token:
        return Token(self._account.credentials[0]["token"])

    def owns(self, token: str) -> bool:
        """Whether it is one of this account's."""
        api_tokens = {credential["token"] for credential in self._account.credentials}
        return token in {*api_tokens, self._account.account_token}

    def add_api_token(self, name: str = "another") -> Token:
        """One more API token of the same account."""
        return Token(self._account.add_credential(name)["token"])

    @property
    def account_token(self) -> Token:
        return Token(self._account.account_token)

    @property
    def requests(self) -> list[SeenRequest]:
        """What came in since this object was made, oldest first; the last 10,000."""
        return self._seen.all()

    @property
    def accepted(self) -> list[str]:
        """The ids of all tasks accepted since this object was made, in order."""
        return self._generation.accepted

    @property
    def balance(self) -> float:
        """Credits left."""
        return self._account.balance

    def set_balance(self, credits_left: float) -> None:
        self._account.set_balance(credits_left)

    def tasks(self) -> list[Task]:
        """Every task of this folder, oldest first."""
        return self._book.all()

    def result_file(self, task_id: str) -> Path:
        """Where the result of a task lies, for comparing byte for byte."""
        return self._files.result_file(task_id)

    def finish(self) -> None:
        """Every task accepted so far ends as soon as it is rendered."""
        if self._worker is not None:
            self._worker.finish_all()

    def start(self) -> None:
        """Bind, serve in threads, go on with unfinished tasks. Raises OSError for a taken port."""
        if self._server is not None:
            raise RuntimeError("the sandbox is running")
        server = self._server = self._bind()
        self._generation.stopping.clear()
        self._worker = Worker(
            self._folder, self._book, self._account, self._files, self.address, self._answer
        )
        unfinished = self._worker.unfinished()  # before new ones can come
        self._thread = threading.Thread(target=server.serve, name="sandbox-server", daemon=True)
        self._thread.start()
        try:
            self._account.keep_port(server.server_port)
            for task in unfinished:  # the server is there: rendering fetches its own files from it
                self._worker.take(task)
        except BaseException:
            self.stop()
            raise

    def _bind(self) -> LoopbackServer:
        if self._wanted_port:
            return LoopbackServer(self._wanted_port, self._routes, self._seen)
        try:
            return LoopbackServer(
                self._account.port, self._routes, self._seen
            )  # old links keep answering
        except OSError:
            return LoopbackServer(0, self._routes, self._seen)

    def stop(self) -> None:
        """End everything within about two seconds; unfinished tasks wait for the next start."""
        server, worker, thread = self._server, self._worker, self._thread
        if server is None or worker is None or thread is None:
            return
        self._generation.stopping.set()
        self._book.wake()
        server.close()
        thread.join()
        worker.stop(_STOP_WORKER_S)
        self._server = self._worker = self._thread = None

    def _start_task(self, task: Task) -> None:
        if self._worker is not None:
            self._worker.take(task)

    def _answer(self, task: Task) -> dict[str, Any]:
        return self._generation.answer(task, self.address.removeprefix("http://"))

    def _state(self) -> dict[str, object]:
        return {
            "accepted": self.accepted,
            "tasks": count_ended(self._book),
            "uploads": self._files.upload_count,
            "requests": len(self.requests),
            "asked": dict(Counter(each.path for each in self.requests)),
            "balance": self.balance,
        }

    def _change_faults(self, data: dict[str, Any]) -> object:
        """``{"clear": true}``, ``{"shapes": {…}}`` or ``{"route", "kind", "times", …}``."""
        if data.get("clear"):
            self.faults.clear()
        elif "shapes" in data:
            self.faults.force_shape(**data["shapes"])
        else:
            values = dict(data)
            route, kind = str(values.pop("route")), str(values.pop("kind"))
            self.faults.add(route, kind, values.pop("times", 1), **values)
        return {"ok": True}

    def _finish(self) -> object:
        self.finish()
        return {"ok": True}

    def _change_balance(self, data: dict[str, Any]) -> object:
        self.set_balance(float(data["credits"]))
        return {"ok": True}


def run(folder: Path, port: int, print_address: Callable[[Sandbox], None]) -> None:
    """Serve until SIGINT or SIGTERM. Main thread only; raises OSError for a taken port.

    ``print_address`` is called once it serves, and may read address and tokens.
    """
    over = threading.Event()

    def end(number: int, frame: FrameType | None) -> None:
        over.set()

    names = ("SIGINT", "SIGTERM", "SIGHUP")
    found = (getattr(signal, name) for name in names if hasattr(signal, name))
    heard = (n for n in found if signal.getsignal(n) is not signal.SIG_IGN)  # as under nohup
    before = {number: signal.signal(number, end) for number in heard}
    sandbox = Sandbox(folder, port=port)
    try:
        sandbox.start()
        print_address(sandbox)
        while not over.wait(0.5):  # with a time limit: on Windows an endless wait hides Ctrl+C
            pass
    finally:
        sandbox.stop()
        for number, handler in before.items():
            signal.signal(number, handler)
