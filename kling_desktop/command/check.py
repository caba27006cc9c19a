"""``kling-desktop check``: what two inputs are, what speaks against them, what would be done."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from typing import Any

from ..engine.account import PRICE_WITHIN_S
from ..engine.advice import clip_advice, shape_advice
from ..engine.home import SANDBOX, Home
from ..engine.intake import Intake
from ..engine.plans import Wish
from ..engine.problems import library_error
from ..engine.service import Service, hosts_from_environment
from ..engine.workers import Workers
from ..media.errors import MediaError
from ..media.helper import MediaHelper
from ..motion.facts import VideoFacts, facts_to_json
from ..motion.input import Input
from ..motion.limits import VIDEO_MAX_S, Finding, Severity, has_errors, worst_first
from ..motion.limits import check as check_limits
from ..motion.price import Quote, quote
from ..motion.request import Draft, MotionRequest, Slot
from ..remote.errors import BadLink, RemoteError
from ..store.errors import StoreError
from ..store.settings import Settings
from ..words import Words
from .codes import Exit, Refusal
from .interruption import Interrupted, Interruption, flush_all
from .output import print_json, say_problem
from .typed import request_of

CLOSE_WITHIN_S = 2.0


def check(options: argparse.Namespace) -> Exit:
    """Looks and says; nothing is sent, nothing is kept but thumbnails. Needs no token."""

    def say_interrupted() -> None:
        say_problem(Words().interrupted_at_once(), as_json=options.json)
        flush_all()

    async def to_its_end(interruption: Interruption) -> Exit:
        try:
            code = await interruption.until_interrupted(check_inputs(options))
        except Interrupted:
            interruption.say_once(say_interrupted)
            return Exit.INTERRUPTED
        interruption.code = code
        interruption.say_once(flush_all)
        return code

    with Interruption(say_interrupted) as interruption:
        return asyncio.run(to_its_end(interruption))


async def check_inputs(options: argparse.Namespace) -> Exit:
    words = Words()
    try:
        request = request_of(options)
        async with _looking(options) as looking:
            inputs = await _look(looking, request)
            found = await _findings(looking, request, inputs)
            price = None if has_errors(found) else await _price(looking, request, inputs)
    except Refusal as refusal:
        say_problem(words.error(refusal.error).sentence, as_json=options.json)
        return Exit.WRONG_INPUT
    except (BadLink, StoreError) as problem:
        say_problem(words.error(library_error(problem)).sentence, as_json=options.json)
        return Exit.WRONG_INPUT
    if options.json:
        print_json(_object(inputs, found, price, words))
    else:
        _print(inputs, found, price, words)
    return Exit.WRONG_INPUT if has_errors(found) else Exit.SAVED


@dataclass(frozen=True, slots=True)
class _Looking:
    """What an engine looks at inputs with, without its journal and its queue."""

    workers: Workers
    media: MediaHelper
    service: Service
    intake: Intake
    settings: Settings


@asynccontextmanager
async def _looking(options: argparse.Namespace) -> AsyncIterator[_Looking]:
    """Raises BadLink for an unusable base URL, StoreError for a folder that cannot be used."""
    home = Home(options.data_dir)
    paths = home.paths.profile(SANDBOX)
    paths.create()
    workers, media = Workers(), MediaHelper(paths.cache_folder)
    service = Service(hosts_from_environment())
    try:
        intake = Intake(workers, media, service, paths.inputs_folder)
        yield _Looking(workers, media, service, intake, home.preferences.value)
    finally:
        media.close()
        workers.halt()
        await workers.close(CLOSE_WITHIN_S)
        service.close()


async def _look(looking: _Looking, request: MotionRequest) -> dict[Slot, Input]:
    settings = looking.settings
    wish = Wish.of(
        request, clean_metadata=settings.clean_metadata, large_images=settings.large_images
    )
    sources = {Slot.IMAGE: request.image, Slot.VIDEO: request.video}
    look = looking.intake.look_closely  # as generate does, which refuses what is still written
    looks = [look(slot, source, wish) for slot, source in sources.items()]
    return {value.slot: value for value in await asyncio.gather(*looks)}


async def _findings(
    looking: _Looking, request: MotionRequest, inputs: dict[Slot, Input]
) -> tuple[Finding, ...]:
    draft = Draft.from_request(request)
    found = list(check_limits(draft, inputs[Slot.IMAGE].facts, inputs[Slot.VIDEO].facts))
    for value in inputs.values():
        found += [f for f in (value.problem, value.warning) if f is not None]
    found += shape_advice(inputs[Slot.IMAGE].facts, inputs[Slot.VIDEO].facts)
    found += await _advice(looking, request, inputs[Slot.VIDEO])
    return worst_first(found)


async def _advice(looking: _Looking, request: MotionRequest, value: Input) -> list[Finding]:
    """The motion doctor's, as in the window."""
    path, edit = request.video.path, request.video_edit
    if path is None or not isinstance(value.original, VideoFacts):
        return []
    examine = looking.media.examine_clip
    try:
        whole = part = await looking.workers.media(examine, path)
        if (edit.start_s, edit.end_s) != (None, None):
            part = await looking.workers.media(
                examine, path, start_s=edit.start_s, end_s=edit.end_s
            )
    except MediaError:
        return []  # a clip that cannot be read has its own finding
    span, limit_s = edit.span(whole.end_s), VIDEO_MAX_S[request.orientation]
    return list(clip_advice(whole, part, span, limit_s, {}))


async def _price(looking: _Looking, request: MotionRequest, inputs: dict[Slot, Input]) -> Quote:
    """By the service's own list, which is public; without an answer it is an estimate."""
    video, rules = inputs[Slot.VIDEO].facts, None
    try:
        async with asyncio.timeout(PRICE_WITHIN_S):
            rules = await looking.workers.call(looking.service.public_platform().price)
    except (RemoteError, TimeoutError):
        pass
    return quote(request, video.duration_s if isinstance(video, VideoFacts) else None, rules)


def _object(
    inputs: dict[Slot, Input],
    found: tuple[Finding, ...],
    price: Quote | None,
    words: Words,
) -> dict[str, Any]:
    """The fields that scripts rely on."""
    return {
        "ok": not has_errors(found),
        **{slot.value: _input_object(value, words) for slot, value in inputs.items()},
        "findings": [_finding_object(each, words) for each in found],
        "price": asdict(price) if price is not None else None,
    }


def _input_object(value: Input, words: Words) -> dict[str, Any]:
    """``facts``: of what would be sent; ``original``: of the file itself."""
    return {
        "source": value.source.to_json() if value.source else None,
        "state": value.state.value,
        "facts": facts_to_json(value.facts),
        "original": facts_to_json(value.original),
        "changes": list(value.changes),
        "text": words.changes(value),
    }


def _finding_object(found: Finding, words: Words) -> dict[str, Any]:
    told = words.finding(found)
    values = {name: each for name, each in found.values if name != "picture"}
    return {
        "code": found.code.value,
        "severity": found.severity.value,
        "slot": found.slot.value if found.slot else None,
        "text": told.text,
        "action": told.action,
        "values": values,
    }


_SIGNS = {Severity.ERROR: "Error", Severity.WARNING: "Warning", Severity.NOTE: "Note"}


def _print(
    inputs: dict[Slot, Input],
    found: tuple[Finding, ...],
    price: Quote | None,
    words: Words,
) -> None:
    for slot, value in inputs.items():
        name = value.source.name if value.source else ""
        facts = words.input_facts(value)
        print(f"{words.well(slot)}: {name}" + (f" · {facts}" if facts else ""))
        if changes := words.changes(value):
            print(f"  {changes}")
    for each in found:
        print(f"{_SIGNS[each.severity]}: {words.finding(each).text}")
    if price is not None:
        print(words.quote(price))
