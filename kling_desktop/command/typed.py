"""What was typed after ``kling-desktop`` as a command, before anything else happens."""

from __future__ import annotations

import argparse
import os

from ..engine.engine import new_job_id
from ..engine.intake import as_source
from ..engine.problems import job_error
from ..motion.limits import Finding, FindingCode, Severity, check, finding, is_web_link
from ..motion.reading import Unreadable, read
from ..motion.request import ClipEdit, Draft, Mode, MotionRequest, Orientation, Slot
from .codes import Exit, Refusal
from .commands import Command, GenerateCommand, ResumeCommand


def command_of(options: argparse.Namespace) -> Command:
    """Raises Refusal, also for what could not be told to another process as it is."""
    if options.command == "resume":
        return ResumeCommand()
    request = request_of(options)
    for found in check(Draft.from_request(request), None, None):
        if found.severity is Severity.ERROR:
            raise input_refused(found, "")
    output = os.path.abspath(options.output) if options.output else None
    command = GenerateCommand(new_job_id(), request, output)
    try:
        read(GenerateCommand, command.to_json())
    except Unreadable as error:
        refused = job_error("input_refused", message=str(error))
        raise Refusal(refused, Exit.WRONG_INPUT) from error
    return command


def request_of(options: argparse.Namespace) -> MotionRequest:
    """Raises Refusal where a path or link is neither."""
    sources = {}
    for slot, text in ((Slot.IMAGE, options.image), (Slot.VIDEO, options.video)):
        source = as_source(text)
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
