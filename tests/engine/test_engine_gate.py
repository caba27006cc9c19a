"""One submission at a time, and how long the others wait where one gets no answer."""

from __future__ import annotations

import pytest

from kling_desktop.engine import gate
from kling_desktop.motion.job import Job, JobState
from kling_desktop.motion.request import MotionRequest, Source


def numbered(number: int) -> Job:
    links = Source(url="https://a.example/p.png"), Source(url="https://a.example/c.mp4")
    return Job(str(number), MotionRequest(*links), JobState.UPLOADING, 0.0, 0.0, number)


def test_behind_each_further_submission_without_an_answer_the_next_one_waits_twice_as_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A hole that answers nothing is met by few jobs, not by one each quarter of a minute."""
    now_s = 0
    monkeypatch.setattr(gate, "steady_s", lambda: now_s)
    line = gate.SubmitGate()
    entered = []
    for job in map(numbered, range(4)):
        while not line.enter(job):
            now_s += 1
        entered.append(now_s)
    assert entered == [0, 15, 45, 105]
    line.leave(numbered(3))
    line.leave(numbered(2))
    now_s += 1
    assert line.enter(numbered(4))  # the others were answered, and it is long since the first two
    assert not line.enter(numbered(5))
