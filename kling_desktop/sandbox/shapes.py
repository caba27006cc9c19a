"""How the service words a task: the shapes of a record that service.md allows."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from .tasks import Task, TaskState

# A running task's ``response``.
RUNNING_SHAPES = ("null", "empty", "absent", "string", "processing")
# A finished task's ``response``.
FINISHED_SHAPES = ("flat", "data_object", "string", "data_list")
# Only where they are asked for: neither the vendor's clients nor its documents know them.
OTHER_NAMES, NO_LINK = "other_names", "no_link"
ODD_SHAPES = (OTHER_NAMES, NO_LINK)

# The video's link, formed anew for each answer.
LinkMaker = Callable[[Task], str]


def failed_answer(task: Task) -> dict[str, Any]:
    """The vendor's error shape, as answer, callback and ``response``."""
    return {
        "success": False,
        "task_id": task.id,
        "error": {"code": task.error_code, "message": task.error_message},
        "trace_id": task.trace_id,
    }


def result_answer(task: Task, link: LinkMaker, shape: str) -> dict[str, Any]:
    """The whole result of an ended task: answer to a held request, callback, ``response``."""
    if task.state is TaskState.FAILED:
        return failed_answer(task)
    url = link(task)
    if shape in ODD_SHAPES:
        return _odd_answer(task, url, shape)
    as_text = task.number % 2 == 0  # the service gives the length as a string or a number
    video: dict[str, Any] = {
        "video_id": task.video_id,
        "video_url": url,
        "duration": f"{task.duration_s:.3f}" if as_text else round(task.duration_s, 3),
        "state": "succeed",
    }
    if (task.request.get("watermark_info") or {}).get("enabled"):
        video["watermark_url"] = _marked(url)
    head = {"success": True, "task_id": task.id, "trace_id": task.trace_id}
    if shape == "data_object":
        return {**head, "data": video}
    if shape == "data_list":
        return {**head, "data": [video]}
    return {**head, **video}


def _marked(url: str) -> str:
    """Every sandbox video is marked, so the same file lies behind this link."""
    return url.replace(".mp4", "_marked.mp4")


def _odd_answer(task: Task, url: str, shape: str) -> dict[str, Any]:
    head = {"success": True, "task_id": task.id, "trace_id": task.trace_id, "state": "succeed"}
    if shape == NO_LINK:
        return {**head, "data": {"note": "it is done"}}
    video = {"id": task.video_id, "url": url, "watermark_url": _marked(url)}
    pictures = {"cover_url": url.replace(".mp4", ".jpg"), "input": dict(task.request)}
    return {**head, **pictures, "data": {"task_result": {"videos": [video]}}}


def running_shape(task: Task, forced: str | None, *, single: bool) -> str:
    """Which shape a running task's record takes."""
    if forced:
        return forced
    shape = RUNNING_SHAPES[task.number % len(RUNNING_SHAPES)]
    if shape == "absent" and single:
        # The vendor's SDK reads a record without ``response`` whole, and takes the request's own
        # links for the result. Asked for one task, the service cannot answer so.
        return "null"
    return shape


def finished_shape(task: Task, forced: str | None) -> str:
    """Which shape an ended task's answer takes: by its prompt, by the test, or by its number."""
    if forced:
        return forced
    by_prompt = {
        "[data object]": "data_object",
        "[data list]": "data_list",
        "[string response]": "string",
        "[other names]": OTHER_NAMES,
        "[no link]": NO_LINK,
    }
    for word, shape in by_prompt.items():
        if word in task.words:
            return shape
    return FINISHED_SHAPES[task.number % len(FINISHED_SHAPES)]


def record_of(task: Task, owner: dict[str, str]) -> dict[str, Any]:
    """A task's record without its ``response``."""
    finished_at = task.finished_at
    return {
        "id": task.id,
        "type": "motion",
        "created_at": task.created_at,
        "started_at": task.created_at,
        "finished_at": finished_at,
        "elapsed": None if finished_at is None else finished_at - task.created_at,
        "trace_id": task.trace_id,
        **owner,
        "request": task.request,
    }


def put_running(record: dict[str, Any], task: Task, shape: str) -> None:
    """Add a running task's ``response`` in the given shape."""
    processing = {"success": True, "task_id": task.id, "state": "processing"}
    if shape == "null":
        record["response"] = None
    elif shape == "empty":
        record["response"] = {}
    elif shape == "string":
        record["response"] = json.dumps(processing)
    elif shape == "processing":
        record["response"] = processing


def put_finished(
    record: dict[str, Any], answer: dict[str, Any], shape: str, *, as_string: bool
) -> None:
    """Add an ended task's ``response``."""
    record["response"] = json.dumps(answer) if shape == "string" and as_string else answer
