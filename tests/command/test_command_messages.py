"""What one process says to another about a command: the whole of it, or it is not done."""

from __future__ import annotations

import asyncio
import json
import math
from pathlib import Path
from typing import Any

import pytest

from kling_desktop.command.commands import GenerateCommand, Message, ResumeCommand
from kling_desktop.command.handover import Carrier
from kling_desktop.engine.home import Home
from kling_desktop.motion.request import ClipEdit, Mode, MotionRequest, Orientation, Source

REQUEST = MotionRequest(
    Source(path="/home/anna/no UTF-8: \udcff.png"),
    Source(url="https://example.com/b.mp4"),
    mode=Mode.PRO,
    orientation=Orientation.IMAGE,
    prompt="evening light, 夜",
    keep_sound=False,
    model="kling-v3",
    callback_url="https://example.com/hook",
    video_edit=ClipEdit(1.5, 3.0),
    fit=False,
)
GENERATE = Message(GenerateCommand("a" * 32, REQUEST, "/home/anna/out.mp4"), sandbox=False)
RESUME = Message(ResumeCommand(("a" * 32, "b" * 32)), sandbox=True)


@pytest.mark.parametrize("message", [GENERATE, RESUME])
def test_a_message_arrives_as_it_was_said(message: Message) -> None:
    line = json.dumps(message.to_json()).encode("ascii")
    assert Message.from_json(json.loads(line)) == message


def with_command(message: Message, **changes: object) -> dict[str, Any]:
    said = message.to_json()
    return said | {"command": said["command"] | changes}


WRONG: list[dict[str, Any]] = [
    {},
    {"do": "command", "options": {"command": "generate"}},  # of a version before this one
    GENERATE.to_json() | {"version": 999},
    GENERATE.to_json() | {"sandbox": "yes"},
    GENERATE.to_json() | {"command": None},
    GENERATE.to_json() | {"command": {"kind": "delete"}},
    with_command(GENERATE, job_id=None),
    with_command(GENERATE, job_id="../../" + "a" * 26),
    with_command(GENERATE, request={}),
    with_command(GENERATE, output=7),
    *[with_command(GENERATE, up_to_credits=x) for x in (math.inf, math.nan, -1, 1e9, True, "9")],
    with_command(RESUME, job_ids=[1]),
    RESUME.to_json(),  # for the other library
]


@pytest.mark.parametrize("message", WRONG)
def test_what_is_not_understood_as_a_whole_is_not_done_and_hears_no_end(
    tmp_path: Path, message: dict[str, Any]
) -> None:
    """It may be about money. Whoever asked sees that the line ends, and asks no other thing."""
    said: list[dict[str, Any]] = []

    async def ask() -> None:
        engine = Home(tmp_path).account_engine()
        await engine.open(run_queue=False)
        await Carrier(patient=False).serve(engine, message, said.append)
        assert engine.book.all() == []
        await engine.close()

    asyncio.run(ask())
    assert said == []
