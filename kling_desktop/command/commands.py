"""What is asked of an engine: as it was typed here, or by another process through the door."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar

from ..engine.identity import Identity
from ..motion.money import LimitCredits
from ..motion.reading import FilePath, UnixTime, Unreadable, line, read
from ..motion.request import MotionRequest
from .patience import PATIENCE_S, Patience

# Of the message below. A program that knows another one has another shape for it, and is left be.
VERSION = 3
CARRY_OUT, IDENTIFY, LEAVE = "carry_out", "identify", "leave"  # the knock's ``do``


def _job_id(value: object) -> str:
    """Files are named after it."""
    found = line(value)
    if not re.fullmatch("[0-9a-f]{32}", found):
        raise Unreadable("no id of a job")
    return found


JobId = Annotated[str, _job_id]


@dataclass(frozen=True, slots=True)
class GenerateCommand:
    """One wish. It has its id before anything else happens, whoever carries it on."""

    KIND: ClassVar = "generate"
    job_id: JobId
    request: MotionRequest  # paths are absolute: another process stands in another folder
    output: FilePath | None = None  # absolute, too
    again: bool = False  # the person knows that the same was made, or is being made
    up_to_credits: LimitCredits | None = None  # the person's word; None: their settings'
    patience_s: Patience = PATIENCE_S
    begun_at: UnixTime | None = None  # since when a program had it that may have carried it out
    typed_at: UnixTime = field(default_factory=time.time)  # of the person's words the last counts

    def to_json(self) -> dict[str, Any]:
        return {
            "job_id": self.job_id,
            "request": self.request.to_json(),
            "output": self.output,
            "again": self.again,
            "up_to_credits": self.up_to_credits,
            "patience_s": self.patience_s,
            "begun_at": self.begun_at,
            "typed_at": self.typed_at,
        }


@dataclass(frozen=True, slots=True)
class Yes:
    """The person's yes to what a job asked when they typed it."""

    job_id: JobId
    asked_at: UnixTime  # its ``updated_at`` then: to anything that it asks later, this is no answer

    def to_json(self) -> dict[str, Any]:
        return {"job_id": self.job_id, "asked_at": self.asked_at}


@dataclass(frozen=True, slots=True)
class ResumeCommand:
    """Every unfinished job, or the one that is sent as it is now."""

    KIND: ClassVar = "resume"
    job_ids: tuple[JobId, ...] = ()  # unfinished when it was typed: reported, whoever ends them
    send: Yes | None = None
    patience_s: Patience = PATIENCE_S
    typed_at: UnixTime = field(default_factory=time.time)

    def to_json(self) -> dict[str, Any]:
        send = None if self.send is None else self.send.to_json()
        return {
            "job_ids": list(self.job_ids),
            "send": send,
            "patience_s": self.patience_s,
            "typed_at": self.typed_at,
        }


@dataclass(frozen=True, slots=True)
class FetchCommand:
    """A video that is paid for, once more."""

    KIND: ClassVar = "fetch"
    job_id: JobId
    output: FilePath | None = None  # absolute; None: where it was wanted before
    patience_s: Patience = PATIENCE_S
    typed_at: UnixTime = field(default_factory=time.time)

    def to_json(self) -> dict[str, Any]:
        return {
            "job_id": self.job_id,
            "output": self.output,
            "patience_s": self.patience_s,
            "typed_at": self.typed_at,
        }


Command = GenerateCommand | ResumeCommand | FetchCommand


@dataclass(frozen=True, slots=True)
class Message:
    """What a knock at the door says: which command, and in which of the two libraries."""

    command: GenerateCommand | ResumeCommand | FetchCommand
    sandbox: bool
    working_as: Identity | None = None  # what the holder said of itself; the sandbox is all one's

    def to_json(self) -> dict[str, Any]:
        command = {"kind": self.command.KIND, **self.command.to_json()}
        working_as = self.working_as.to_json() if self.working_as else None
        return {
            "do": CARRY_OUT,
            "version": VERSION,
            "sandbox": self.sandbox,
            "command": command,
            "working_as": working_as,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Message:
        """Raises Unreadable on what ``to_json`` of this version did not write.

        What is not understood as a whole is not done: it may be about money.
        """
        if data.get("do") != CARRY_OUT or data.get("version") != VERSION:
            raise Unreadable("not a message of this version")
        return read(cls, data)
