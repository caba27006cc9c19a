"""What was typed after ``kling-desktop`` as a command, before anything else happens."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ..engine.engine import new_job_id
from ..engine.problems import job_error
from ..engine.routing import as_source
from ..motion.job import FINISHED_THERE, Job, JobAction, JobState, actions_for
from ..motion.limits import Finding, FindingCode, Severity, check, finding, is_web_link
from ..motion.reading import Unreadable, read
from ..motion.request import ClipEdit, Draft, Mode, MotionRequest, Orientation, Slot
from ..words import Words
from .codes import Exit, Refusal
from .commands import Command, FetchCommand, GenerateCommand, ResumeCommand, Yes


def command_of(options: argparse.Namespace, jobs: Callable[[], Sequence[Job]]) -> Command:
    """Raises Refusal. ``jobs`` gives those of the library as they stand now."""
    if options.command == "resume":
        return _resume(options, jobs())
    if options.command == "fetch":
        return _fetch(options, jobs())
    return _generate(options)


def _generate(options: argparse.Namespace) -> GenerateCommand:
    """Raises Refusal, also for what could not be told to another process as it is."""
    request = request_of(options)
    for found in check(Draft.from_request(request), None, None):
        if found.severity is Severity.ERROR:
            raise input_refused(found, "")
    output = _absolute(options.output) if options.output else None
    command = GenerateCommand(
        new_job_id(), request, output, options.again, options.up_to, **_how(options)
    )
    try:
        read(GenerateCommand, command.to_json())
    except Unreadable as error:
        refused = job_error("input_refused", message=str(error))
        raise Refusal(refused, Exit.WRONG_INPUT) from error
    return command


def _resume(options: argparse.Namespace, jobs: Sequence[Job]) -> ResumeCommand:
    """Raises Refusal."""
    if options.send is None:
        goes_on = tuple(job.job_id for job in jobs if not job.ended or job.is_owed)
        return ResumeCommand(goes_on, **_how(options))
    words, job = Words(), _the_one(options.send, jobs)
    if job.state is not JobState.ASKING:
        values = {"job": words.job_id(job), "state": words.state(job)}
        raise Refusal(job_error("not_asking", values=values), Exit.WRONG_INPUT)
    return ResumeCommand(send=Yes(job.job_id, job.updated_at), **_how(options))


def _fetch(options: argparse.Namespace, jobs: Sequence[Job]) -> FetchCommand:
    """Raises Refusal."""
    words, job = Words(), _the_one(options.job_id, jobs)
    wanted = {JobAction.FETCH_AGAIN, JobAction.WATCH_AGAIN} if job.task_id else set()
    if job.state not in FINISHED_THERE and wanted.isdisjoint(actions_for(job)):
        values = {"job": words.job_id(job), "state": words.state(job)}
        raise Refusal(job_error("nothing_to_fetch", values=values), Exit.WRONG_INPUT)
    output = _absolute(options.output) if options.output else None
    return FetchCommand(job.job_id, output, **_how(options))


def _how(options: argparse.Namespace) -> dict[str, Any]:
    """What all commands are told."""
    return {"patience_s": 60.0 * options.wait, "typed_at": options.typed_at}


def _the_one(typed: str, jobs: Sequence[Job]) -> Job:
    """Raises Refusal where no job's id begins so, or several do."""
    begin = typed.strip().lower()
    found = [job for job in jobs if begin and job.job_id.startswith(begin)]
    if len(found) != 1:
        code = "several_jobs" if found else "no_such_job"
        raise Refusal(job_error(code, values={"job": typed}), Exit.WRONG_INPUT)
    return found[0]


def has_working_folder() -> bool:
    """Where one was deleted only whole paths say where something is."""
    try:
        os.getcwd()
    except OSError:
        return False
    return True


def no_working_folder(name: object) -> Refusal:
    return Refusal(job_error("no_working_folder", values={"name": name}), Exit.WRONG_INPUT)


def _absolute(path: Path) -> str:
    """Raises Refusal."""
    try:
        return os.path.abspath(path)
    except OSError:
        raise no_working_folder(path) from None


def request_of(options: argparse.Namespace) -> MotionRequest:
    """Raises Refusal where a path or link is neither."""
    sources = {}
    for slot, text in ((Slot.IMAGE, options.image), (Slot.VIDEO, options.video)):
        source = as_source(text)
        if source is None and not has_working_folder():
            raise no_working_folder(text)
        if source is None or not (source.url is None or is_web_link(source.url)):
            raise input_refused(finding(FindingCode.LINK_NOT_HTTP, slot=slot), text)
        sources[slot] = source
    return MotionRequest(
        image=sources[Slot.IMAGE],
        video=sources[Slot.VIDEO],
        mode=Mode(options.mode),
        orientation=Orientation(options.orientation),
        prompt=options.prompt,
        keep_sound=not options.no_sound,
        model=options.model,
        watermark=options.watermark,
        callback_url=options.callback_url,
        video_edit=_part(options),
        fit=options.fit is not False,
    )


def input_refused(found: Finding, name: str) -> Refusal:
    """Nothing can be made of this input or setting."""
    values = {"name": name, "finding": found.code.value, **dict(found.values)}
    return Refusal(job_error("input_refused", values=values), Exit.WRONG_INPUT)


def _part(options: argparse.Namespace) -> ClipEdit:
    """Raises Refusal where the end lies before the start."""
    if None not in (options.start, options.end) and options.start >= options.end:
        values = {"start_s": options.start, "end_s": options.end}
        found = finding(FindingCode.PART_EMPTY, slot=Slot.VIDEO, **values)
        raise input_refused(found, options.video)
    return ClipEdit(options.start, options.end)
