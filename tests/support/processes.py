"""Child processes that never outlive their test: each in a group of its own, killed as a group."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import IO

from support.forked import ForkedProcess, can_fork, start_forked
from support.waiting import PATIENCE_S, wait_for

GRACE_S = 60.0  # between the polite and the hard end


class Child:
    """A running program; its two outputs are collected while it runs."""

    def __init__(
        self,
        command: Sequence[str],
        env: Mapping[str, str],
        *,
        stdin: bytes = b"",
        cwd: str | None = None,
        forked: bool = False,
    ) -> None:
        """``forked``: a Python program that need not import everything anew (see ``forked``)."""
        self.command = list(command)
        self._process: subprocess.Popen[bytes] | ForkedProcess
        if forked and can_fork():
            self._process = start_forked(self.command[1:], env)
        else:
            self._process = subprocess.Popen(
                self.command,
                env=dict(env),
                cwd=cwd,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        self._texts = {"out": bytearray(), "err": bytearray()}
        self._readers = [
            self._collect("out", self._process.stdout),
            self._collect("err", self._process.stderr),
        ]
        self._feed(stdin)

    def _feed(self, stdin: bytes) -> None:
        pipe = self._process.stdin
        assert pipe is not None
        try:
            pipe.write(stdin)
            pipe.close()
        except BrokenPipeError:
            pass  # it ended at once; what it said tells why

    def _collect(self, name: str, pipe: IO[bytes] | None) -> threading.Thread:
        assert pipe is not None

        def run() -> None:
            with pipe:
                while data := os.read(pipe.fileno(), 65536):
                    self._texts[name] += data

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        return thread

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def out(self) -> str:
        return bytes(self._texts["out"]).decode("utf-8", "replace")

    @property
    def err(self) -> str:
        return bytes(self._texts["err"]).decode("utf-8", "replace")

    @property
    def code(self) -> int | None:
        """The exit code; None while it runs."""
        return self._process.poll()

    def wait(self) -> int:
        """The exit code, with all output collected. Raises NotSeen."""
        wait_for(lambda: self.code is not None, f"the end of {self.command}", context=self.report)
        self._join()
        assert self.code is not None
        return self.code

    def wait_for_text(self, text: str) -> str:
        """Until ``text`` stands in one of the outputs. Raises NotSeen, also at an early end."""

        def look() -> bool:
            ended = self.code is not None
            if text in self.out or text in self.err:
                return True
            assert not ended, f"ended without saying {text!r}\n{self.report()}"
            return False

        wait_for(look, f"{text!r} from {self.command[0]}", context=self.report)
        return self.out

    def send(self, number: signal.Signals) -> None:
        """A signal to the program alone, not to its children."""
        self._process.send_signal(number)

    def kill(self) -> None:
        """SIGKILL to the whole group, as when the power fails."""
        self._signal_group(signal.SIGKILL)
        self._process.wait()
        self._join()

    def stop(self) -> None:
        """End the whole group, politely first."""
        self._signal_group(signal.SIGTERM)
        try:
            self._process.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            pass  # the group is killed now
        self.kill()

    def _signal_group(self, number: signal.Signals) -> None:
        try:
            os.killpg(self.pid, number)
        except (ProcessLookupError, PermissionError):
            pass  # everyone has gone already

    def _join(self) -> None:
        for reader in self._readers:
            reader.join(PATIENCE_S)

    def report(self) -> str:
        """For a failed assertion: what ran and what it said."""
        return f"command: {self.command}\ncode: {self.code}\nout: {self.out}\nerr: {self.err}"

    def __enter__(self) -> Child:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
