"""``kling-desktop generate``: one job to its saved file."""

from __future__ import annotations

import argparse
import asyncio
import os
from pathlib import Path

from ..engine.engine import Engine
from ..engine.intake import as_source
from ..engine.problems import job_error
from ..motion.facts import Facts
from ..motion.input import Input, InputState
from ..motion.job import JobError
from ..motion.limits import Finding, FindingCode, Severity, check, finding
from ..motion.request import ClipEdit, Draft, Mode, MotionRequest, Orientation, Slot
from ..words import Words
from .codes import Exit, exit_of
from .output import Sink, job_object, refused_object
from .session import Drive


class Refusal(Exception):
    """Nothing becomes a job; says why, and with which exit code."""

    def __init__(self, error: JobError, code: Exit) -> None:
        self.error = error
        self.code = code
        super().__init__(error.code)


async def generate(
    engine: Engine, options: argparse.Namespace, sink: Sink, *, patient: bool = False
) -> Exit:
    """Check, send once, wait, save; the result goes to ``sink``. Raises Refusal, NotKept."""
    request, facts = await _checked(engine, options)
    job = await engine.generate(request, facts[Slot.IMAGE], facts[Slot.VIDEO], _output(options))
    if not patient:
        engine.queue.only = (engine.queue.only or set()) | {job.job_id}
        engine.queue.resume()
    (job,) = await Drive(engine, sink, patient=patient).until_settled([job.job_id])
    sink.result(job_object(job))
    return exit_of(job, engine.queue.state.hold)


def say_refusal(refusal: Refusal, words: Words, sink: Sink) -> Exit:
    """Nothing became a job: the reason, and the object that scripts wait for."""
    sink.say(words.error(refusal.error).sentence)
    sink.result(refused_object(refusal.error))
    return refusal.code


def request_of(options: argparse.Namespace) -> MotionRequest:
    """Raises Refusal where a path or link is neither."""
    sources = {}
    for slot, text in ((Slot.IMAGE, options.image), (Slot.VIDEO, options.video)):
        source = as_source(text)
        if source is None:
            raise _wrong(finding(FindingCode.LINK_NOT_HTTP, slot=slot), text)
        sources[slot] = source
    return MotionRequest(
        image=sources[Slot.IMAGE],
        video=sources[Slot.VIDEO],
        mode=Mode(options.mode),
        orientation=Orientation(options.orientation),
        prompt=options.prompt,
        keep_sound=not options.no_sound,
        model=options.model,
        callback_url=options.callback_url,
        video_edit=_part(options),
        fit=options.fit is not False,
    )


def _part(options: argparse.Namespace) -> ClipEdit:
    """Raises Refusal where the end lies before the start."""
    if None not in (options.start, options.end) and options.start >= options.end:
        values = {"start_s": options.start, "end_s": options.end}
        raise _wrong(finding(FindingCode.PART_EMPTY, slot=Slot.VIDEO, **values), options.video)
    return ClipEdit(options.start, options.end)


async def _checked(
    engine: Engine, options: argparse.Namespace
) -> tuple[MotionRequest, dict[Slot, Facts | None]]:
    request = request_of(options)
    _check_output(options.output)
    if not engine.account.state.has_api_token:
        raise Refusal(job_error("no_token"), Exit.TOKEN)
    looks = await asyncio.gather(
        engine.intake.look(Slot.IMAGE, request.image, _quiet, engine.wish(request)),
        engine.intake.look(Slot.VIDEO, request.video, _quiet, engine.wish(request)),
    )
    facts: dict[Slot, Facts | None] = {}
    for value in looks:
        if value.state is InputState.REFUSED and value.problem is not None:
            raise _wrong(value.problem, value.source.name if value.source else "")
        facts[value.slot] = value.facts
    _check_limits(engine, request, facts)
    return request, facts


def _check_limits(engine: Engine, request: MotionRequest, facts: dict[Slot, Facts | None]) -> None:
    found = check(
        Draft.from_request(request),
        facts[Slot.IMAGE],
        facts[Slot.VIDEO],
        can_upload=engine.account.state.can_upload,
    )
    for each in found:
        if each.code is FindingCode.UPLOAD_NEEDS_ACCOUNT:
            raise Refusal(job_error("no_account_token"), Exit.TOKEN)
        if each.severity is Severity.ERROR:
            raise _wrong(each, "")


def _check_output(output: Path | None) -> None:
    """Before money is spent: is there a place for the result?"""
    if output is None:
        return
    folder = output.absolute().parent
    if not os.path.isdir(folder):
        values = {"folder": str(folder)}
        raise Refusal(job_error("output_folder", values=values), Exit.WRONG_INPUT)
    code = "output_exists"
    try:
        os.lstat(output)
    except FileNotFoundError:
        if os.access(folder, os.W_OK):
            return
        code = "output_unusable"
    except OSError:  # a name too long, for example
        code = "output_unusable"
    raise Refusal(job_error(code, values={"name": str(output)}), Exit.WRONG_INPUT)


def _wrong(found: Finding, name: str) -> Refusal:
    values = {"name": name, "finding": found.code.value, **dict(found.values)}
    return Refusal(job_error("input_refused", values=values), Exit.WRONG_INPUT)


def _output(options: argparse.Namespace) -> str | None:
    return str(options.output.absolute()) if options.output else None


def _quiet(_value: Input) -> None:
    """The command line has no well to show the checking in."""
