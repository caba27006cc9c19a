"""A loaded machine is no hang: the helper is given its limit in processor time of its own."""

from __future__ import annotations

import sys
import threading

import psutil
import pytest

from kling_desktop.media import child as child_module
from kling_desktop.media.errors import MediaCode, MediaError
from kling_desktop.media.lane import Lane
from kling_desktop.media.patience import LONGEST, Patience

LIMIT_S = 20.0
# Speaks the protocol, takes the request up, and then works or waits without a word.
MUTE_WORKER = """
import json, os, sys
sys.stdin.readline()
print(json.dumps({"started": True}), flush=True)
if sys.argv[1] == "spins":
    while True:
        pass
sys.stdin.read()
"""


class Worker:
    """That got so much of a processor for each second that it was waited for."""

    def __init__(self, share: float) -> None:
        self.share = share
        self.used_s = 7.0  # by earlier requests

    def cpu_s(self) -> float:
        return self.used_s

    def waited_until_over(self, *, at_most_s: float = 2 * LONGEST * LIMIT_S) -> float:
        patience, waited_s = Patience(self, LIMIT_S), 0.0
        while waited_s < at_most_s:
            waited_s += 1.0
            self.used_s += self.share
            if patience.is_over(1.0):
                return waited_s
        return waited_s


@pytest.mark.parametrize(
    ("share", "waited_s"),
    [
        (1.0, LIMIT_S),  # it had a whole processor
        (4.0, LIMIT_S),  # and more: what was waited counts
        (0.5, 2 * LIMIT_S),
        (0.1, 10 * LIMIT_S),  # a machine with twenty other programs at work
        (0.03, LONGEST * LIMIT_S),
        (0.0, LIMIT_S),  # it waits for a disk that does not answer
    ],
)
def test_it_is_given_its_limit_in_time_of_its_own(share: float, waited_s: float) -> None:
    assert Worker(share).waited_until_over() == waited_s


def test_one_that_stops_to_work_is_ended_after_the_limit() -> None:
    worker = Worker(0.2)
    patience = Patience(worker, LIMIT_S)
    for _ in range(50):
        worker.used_s += worker.share
        assert not patience.is_over(1.0)
    waited_s = 0.0
    while not patience.is_over(1.0):
        waited_s += 1.0
    assert waited_s < LIMIT_S


@pytest.mark.parametrize("how", ["spins", "waits"])
def test_a_child_that_hangs_is_ended_however_it_does(
    tmp_path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    command = [sys.executable, "-c", MUTE_WORKER, how]
    monkeypatch.setattr(child_module, "worker_command", lambda _cache, _kind: command)
    lane = Lane(tmp_path, "quick")
    try:
        with pytest.raises(MediaError) as caught:
            lane.call({"op": "probe", "path": "/a.mp4"}, 0.3)
        assert caught.value.code is MediaCode.HELPER_TIMEOUT
        assert lane.pid is None or not psutil.pid_exists(lane.pid)
    finally:
        lane.close()


def test_a_stop_is_noticed_while_it_hangs(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    command = [sys.executable, "-c", MUTE_WORKER, "waits"]
    monkeypatch.setattr(child_module, "worker_command", lambda _cache, _kind: command)
    lane, stop = Lane(tmp_path, "quick"), threading.Event()
    threading.Timer(0.0, stop.set).start()
    try:
        with pytest.raises(MediaError) as caught:
            lane.call({"op": "probe", "path": "/a.mp4"}, 3600.0, stop)
        assert caught.value.code is MediaCode.CANCELLED
    finally:
        lane.close()
