"""However the window ends, its jobs go on at the next start, and nobody reads a traceback."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.desktop import Desktop, clean_environment
from support.processes import Child
from support.program import Served, files_holding, start
from support.waiting import wait_for

pytestmark = pytest.mark.e2e


class Screen(Desktop):
    """A screen of its own, which may be taken away."""

    def __enter__(self) -> Screen:
        self._start_screen()
        return self

    def take_away(self) -> None:
        self._children[0].kill()


@pytest.fixture
def screen() -> Iterator[Screen]:
    with Screen() as screen:
        yield screen


ENDS: dict[str, tuple[Callable[[Child, Screen], object], int]] = {
    "the X server is lost": (lambda _window, screen: screen.take_away(), 1),
    "the terminal is closed": (lambda window, _screen: window.send(signal.SIGHUP), 0),
    "the session ends": (lambda window, _screen: window.send(signal.SIGTERM), 0),
}


@pytest.mark.parametrize("how", ENDS)
def test_a_job_goes_on_at_the_next_start_and_is_paid_once(
    how: str, screen: Screen, served: Served, inputs: Path, data_dir: Path, tmp_path: Path
) -> None:
    end, code = ENDS[how]
    plain = {**clean_environment(tmp_path / "home"), **served.env}
    env = {**plain, "DISPLAY": screen.env["DISPLAY"], "QT_QPA_PLATFORM": "xcb"}
    place = ("--data-dir", data_dir)
    files = ("--image", inputs / "figure.png", "--video", inputs / "dance.mp4")

    def states() -> list[str]:
        with start(plain, "jobs", "--json", *place) as listed:
            assert listed.wait() == 0, listed.report()
        return [json.loads(line)["state"] for line in listed.out.splitlines()]

    with start(env, *place) as window:
        door = data_dir / "account" / "lock.json"
        wait_for(door.exists, "the door", context=window.report)
        with start(plain, "generate", *files, *place, "--prompt", "[slow]") as command:
            wait_for(lambda: "generating" in states(), "the job", context=command.report)
            end(window, screen)
            assert window.wait() == code, window.report()
            assert "Traceback" not in window.err, window.report()
            command.send(signal.SIGINT)
            command.wait()
            assert "Traceback" not in command.err, command.report()
    with start(plain, "resume", *place, "--json") as again:
        assert again.wait() == 0, again.report()
    assert states() == ["done"]
    assert sum(served.state()["tasks"].values()) == 1
    log = data_dir / "logs" / "kling-desktop.log"
    assert "Traceback" not in log.read_text("utf-8")
    for name, secret in served.env.items():
        if name.endswith("_TOKEN"):
            assert not files_holding(data_dir / "logs", secret)
    assert ("the screen is gone" in log.read_text("utf-8")) is (code == 1)
