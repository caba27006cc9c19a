"""What is asked of an engine: as it was typed here, or by another process through the door."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..engine.home import ACCOUNT, SANDBOX
from ..motion.request import MotionRequest

# Of the message below. A program that knows another one has another shape for it, and is left be.
VERSION = 1
CARRY_OUT = "carry_out"  # the knock's ``do``


@dataclass(frozen=True, slots=True)
class GenerateCommand:
    """One wish. It has its id before anything else happens, whoever carries it on."""

    job_id: str
    request: MotionRequest  # paths are absolute: another process stands in another folder
    output: str | None = None  # absolute, too

    def to_json(self) -> dict[str, Any]:
        return {
            "name": "generate",
            "job_id": self.job_id,
            "request": self.request.to_json(),
            "output": self.output,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> GenerateCommand:
        """Raises ValueError, KeyError, TypeError on what ``to_json`` did not write."""
        return cls(
            job_id=_text(data["job_id"]),
            request=MotionRequest.from_json(data["request"]),
            output=None if data["output"] is None else _text(data["output"]),
        )


@dataclass(frozen=True, slots=True)
class ResumeCommand:
    """Every unfinished job."""

    job_ids: tuple[str, ...] = ()  # unfinished when it was typed: reported, whoever ends them

    def to_json(self) -> dict[str, Any]:
        return {"name": "resume", "job_ids": list(self.job_ids)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ResumeCommand:
        """Raises ValueError, KeyError, TypeError on what ``to_json`` did not write."""
        return cls(job_ids=tuple(_text(each) for each in data["job_ids"]))


Command = GenerateCommand | ResumeCommand
_READERS: Mapping[str, Callable[[Mapping[str, Any]], Command]] = {
    "generate": GenerateCommand.from_json,
    "resume": ResumeCommand.from_json,
}


@dataclass(frozen=True, slots=True)
class Message:
    """What a knock at the door says: which command, and in which of the two libraries."""

    command: Command
    sandbox: bool

    def to_json(self) -> dict[str, Any]:
        return {
            "do": CARRY_OUT,
            "version": VERSION,
            "library": SANDBOX if self.sandbox else ACCOUNT,
            "command": self.command.to_json(),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Message:
        """Raises ValueError, KeyError, TypeError on what ``to_json`` of this version did not write.

        What is not understood as a whole is not done: it may be about money.
        """
        if data["do"] != CARRY_OUT or data["version"] != VERSION:
            raise ValueError("not a message of this version")
        read = _READERS[data["command"]["name"]]
        return cls(read(data["command"]), sandbox={ACCOUNT: False, SANDBOX: True}[data["library"]])


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("not a text")
    return value
