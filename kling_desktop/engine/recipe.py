"""The recipe that travels with a saved video: how it was made, without any secret or link."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from ..motion.job import Job
from ..motion.reading import read
from ..motion.request import Draft, MotionRequest, Source
from .book import JobBook

MARK = "kling_desktop_recipe"  # by which it is recognised; its value is the version
VERSION = 1
# Links can be signed, and a callback address may hold a key: neither leaves with the video.
_LEFT_OUT = frozenset({"image", "video", "callback_url"})


def recipe_of(job: Job, hash_of: Callable[[str], str | None]) -> str:
    """As JSON. ``hash_of``: SHA-256 of a file, or None where it cannot be read. Blocks."""
    request = job.request
    settings = {k: v for k, v in request.to_json().items() if k not in _LEFT_OUT}
    recipe = {
        MARK: VERSION,
        "task_id": job.task_id,
        "settings": settings,
        "image": _input(request.image, hash_of),
        "video": _input(request.video, hash_of),
    }
    return json.dumps(recipe, ensure_ascii=True)


def _input(source: Source, hash_of: Callable[[str], str | None]) -> dict[str, str | None]:
    digest = hash_of(source.path) if source.path is not None else None
    return {"name": source.name, "sha256": digest}


def draft_from(text: str, book: JobBook) -> Draft | None:
    """The draft that a recipe describes; None where the text is none.

    Its inputs are known only where its job is in this library; their files may be elsewhere.
    """
    recipe = _read(text)
    if recipe is None:
        return None
    try:
        draft = read(Draft, {**recipe["settings"], "image": None, "video": None}, [])
    except (KeyError, TypeError, ValueError):
        return None
    request = _request_of(recipe.get("task_id"), book)
    if request is None:
        return draft
    return replace(draft, image=request.image, video=request.video)


def _read(text: str) -> Mapping[str, Any] | None:
    try:
        recipe = json.loads(text)
    except (ValueError, RecursionError):
        return None
    right = isinstance(recipe, dict) and recipe.get(MARK) == VERSION
    return recipe if right and isinstance(recipe.get("settings"), dict) else None


def _request_of(task_id: object, book: JobBook) -> MotionRequest | None:
    if not isinstance(task_id, str) or not task_id:
        return None
    return next((job.request for job in book.all() if job.task_id == task_id), None)
