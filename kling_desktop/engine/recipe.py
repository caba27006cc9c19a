"""The recipe that travels with a saved video: how it was made, without any secret or link."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Annotated, Any

from ..motion.agreement import Agreement, InputStamp
from ..motion.job import Job
from ..motion.limits import check_prompt
from ..motion.reading import Unreadable, choice, parsed_object, read, text
from ..motion.request import MODELS, Draft, Mode, MotionRequest, Orientation, Source
from .book import JobBook

MARK = "kling_desktop_recipe"  # by which it is recognised; its value is the version
VERSION = 1
# Links can be signed, and a callback address may hold a key: neither leaves with the video.
_LEFT_OUT = frozenset({"image", "video", "callback_url"})


def recipe_of(job: Job) -> str:
    """As JSON, with the SHA-256 of the files that were sent, as far as they are known."""
    request, sent = job.request, job.agreed or Agreement()
    settings = {k: v for k, v in request.to_json().items() if k not in _LEFT_OUT}
    recipe = {
        MARK: VERSION,
        "task_id": job.task_id,
        "settings": settings,
        "image": _input(request.image, sent.image),
        "video": _input(request.video, sent.video),
    }
    return json.dumps(recipe, ensure_ascii=True)


def _input(source: Source, stamp: InputStamp | None) -> dict[str, str | None]:
    return {"name": source.name, "sha256": None if stamp is None else stamp.sha256}


def _words(value: object) -> str:
    prompt = text(value)
    if next(check_prompt(prompt), None) is not None:
        raise Unreadable("no prompt that the service takes")
    return prompt


@dataclass(frozen=True, slots=True)
class _Told:
    """All that a file may bring in: settings and words.

    Nothing in it says where data goes or what is given away. So there is no input, no callback
    address and no ``fit``: without fitting, a picture is sent with its place and camera. There is
    no watermark, which marks a video as made by a machine. Crops are of pictures that are not
    here.
    """

    mode: Mode = Mode.STANDARD
    orientation: Orientation = Orientation.VIDEO
    prompt: Annotated[str, _words] = ""
    keep_sound: bool = True
    model: Annotated[str, choice(*MODELS)] | None = None


_TOLD = tuple(f.name for f in fields(_Told))


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a saved video brings into a draft; the rest of the draft stays."""

    settings: Mapping[str, Any]
    own: MotionRequest | None = None  # where the video's job is in this library
    left_out: tuple[str, ...] = ()  # fields that it tells, but of no use here

    def onto(self, draft: Draft) -> Draft:
        """The draft with the recipe's settings, and with the inputs of this library's own job."""
        if self.own is not None:
            draft = replace(
                draft,
                image=self.own.image,
                video=self.own.video,
                image_edit=self.own.image_edit,
                video_edit=self.own.video_edit,
            )
        return replace(draft, **self.settings)


def recipe_in(told: str, book: JobBook) -> Recipe | None:
    """The recipe in a text out of a video, which may be a stranger's; None where there is none.

    A job that this library knows is believed, and not what the file says of it: all that the file
    then decides is which of the person's own jobs it is.
    """
    try:
        recipe = parsed_object(told)
    except Unreadable:
        return None
    settings = recipe.get("settings")
    if recipe.get(MARK) != VERSION or not isinstance(settings, dict):
        return None
    own = _own(recipe.get("task_id"), book)
    if own is not None:
        return Recipe({name: getattr(own, name) for name in _TOLD}, own)
    left_out: list[str] = []
    found = read(_Told, settings, left_out)
    taken = [name for name in _TOLD if name in settings and name not in left_out]
    return Recipe({name: getattr(found, name) for name in taken}, left_out=tuple(left_out))


def _own(task_id: object, book: JobBook) -> MotionRequest | None:
    if not isinstance(task_id, str) or not task_id:
        return None
    return next((job.request for job in book.all() if job.task_id == task_id), None)
