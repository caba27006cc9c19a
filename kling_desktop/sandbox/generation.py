"""The api host's two routes: ``POST /kling/motion`` and ``POST /kling/tasks``."""

from __future__ import annotations

import hashlib
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from ..motion.limits import PROMPT_MAX_CHARS, is_web_link
from ..motion.request import MODELS, Mode, Orientation
from . import shapes
from .account import Account, price_of
from .delivery import Delivery
from .faults import Fault, Faults
from .files import FileStore
from .prompt_words import words_in
from .reply import Question, Refusal, Reply, error_reply, json_object, json_reply, refuse
from .tasks import Task, TaskBook, TaskState

MAX_BATCH = 50  # service.md
DEFAULT_PAGE = 20
CHEAPEST_CLIP_S = 3.0  # the shortest clip the service takes; less credit buys nothing
BUSY_TIMES = 2  # how often [busy] is refused
BUSY_RETRY_AFTER_S = 1
SLOWER_S = {"[slow]": 20.0, "[very slow]": 120.0}
_WAIT_STEP_S = 0.5  # a wake-up that comes between looking and waiting costs this much

_REQUIRED = ("image_url", "video_url", "mode", "character_orientation")
_ENUMS = {
    "mode": tuple(m.value for m in Mode),
    "character_orientation": tuple(o.value for o in Orientation),
    "keep_original_sound": ("yes", "no"),
    "model_name": MODELS,
}
_LINKS = ("image_url", "video_url", "callback_url")
_KNOWN = {*_ENUMS, *_LINKS, "prompt", "watermark_info", "async"}

# Words that refuse a request outright: status, code, message.
_REFUSALS = {
    "[used up]": (403, "used_up", "the remaining amount is not enough"),
    "[moderation]": (403, "forbidden", "the content was refused by moderation"),
    "[bad settings]": (400, "bad_request", "these settings are not supported together"),
    "[token]": (401, "invalid_token", "the token is not valid"),
    "[disabled]": (403, "disabled", "the application is disabled"),
}
# Words that spoil the connection: the fault they stand for.
_CONNECTION = {
    "[cut connection]": Fault.make("cut_after"),
    "[cut before]": Fault.make("cut_before"),
    "[no answer]": Fault.make("hang", after=True),
    "[html 502]": Fault.make("html", status=502, after=True),
    "[html 502 lost]": Fault.make("html", status=502),
    "[fetch failed]": Fault.make(
        "refuse_json", status=500, code="api_error", message="fetch failed"
    ),
}


def check_request(data: Mapping[str, Any]) -> str | None:
    """What is wrong with the body of a generation, in the service's words."""
    for name in _REQUIRED:
        if name not in data:
            return f"{name} is required"
    for name, value in data.items():
        wrong = _check_field(name, value)
        if wrong:
            return wrong
    return None


def _check_field(name: str, value: object) -> str | None:
    if name not in _KNOWN:
        return f"{name} is not a known field"
    if value is None or value == "":
        return f"{name} must not be empty"
    if name == "async":
        return None if isinstance(value, bool) else "async must be a boolean"
    if name == "watermark_info":
        good = isinstance(value, dict) and isinstance(value.get("enabled"), bool)
        return None if good else "watermark_info must be an object with enabled"
    if not isinstance(value, str):
        return f"{name} must be a string"
    if name in _ENUMS and value not in _ENUMS[name]:
        return f"{name} must be one of {', '.join(_ENUMS[name])}"
    if name in _LINKS and not is_web_link(value):
        return f"{name} must be an http or https URL"
    if name == "prompt" and len(value) > PROMPT_MAX_CHARS:
        return f"prompt must have at most {PROMPT_MAX_CHARS} characters"
    return None


class Generation:
    """Accepts requests and tells about tasks. Thread-safe."""

    def __init__(
        self,
        account: Account,
        book: TaskBook,
        files: FileStore,
        faults: Faults,
        seconds: float,
        start_task: Callable[[Task], None],
    ) -> None:
        self._account = account
        self._book = book
        self._files = files
        self._faults = faults
        self._seconds = seconds
        self._start_task = start_task
        self._lock = threading.Lock()
        self._busy: Counter[str] = Counter()  # refusals so far, by a digest of the body
        self._reads: Counter[tuple[str, str]] = Counter()  # (task id, what was read)
        self._accepted: list[str] = []
        self.stopping = threading.Event()

    @property
    def accepted(self) -> list[str]:
        """The ids of all tasks accepted since the start, in order."""
        with self._lock:
            return list(self._accepted)

    def motion(self, question: Question) -> Delivery:
        """Accept a generation, or refuse it. Raises Refusal."""
        data = json_object(question.body)
        wrong = check_request(data)
        if wrong:
            raise refuse(400, "bad_request", wrong)
        words = words_in(str(data.get("prompt", "")))
        self._refuse_by_words(words, question.body)
        if self._account.balance < price_of(data, CHEAPEST_CLIP_S):
            raise refuse(403, "used_up", "the remaining amount is not enough")
        fault = next((f for word, f in _CONNECTION.items() if word in words), None)
        if fault is not None and not fault.after:
            return Delivery(Reply(), fault)
        task = self._accept(data, words)
        waits = "[late answer]" in words or not (data.get("async") or "callback_url" in data)
        if fault is None and waits:
            return Delivery(self._hold(task, question.host))
        answer = {"task_id": task.id, "success": True, "trace_id": task.trace_id}
        return Delivery(json_reply(answer), fault)

    def _refuse_by_words(self, words: frozenset[str], body: bytes) -> None:
        for word, (status, code, message) in _REFUSALS.items():
            if word in words:
                raise refuse(status, code, message)
        if "[busy]" in words:
            with self._lock:
                digest = hashlib.sha256(body).hexdigest()
                self._busy[digest] += 1
                refused = self._busy[digest] <= BUSY_TIMES
            if refused:
                wait = {"Retry-After": str(BUSY_RETRY_AFTER_S)}
                raise Refusal(error_reply(429, "too_many_requests", "too many requests", wait))

    def _accept(self, data: dict[str, Any], words: frozenset[str]) -> Task:
        slower_s = sum(extra for word, extra in SLOWER_S.items() if word in words)
        task = self._book.create(data, self._seconds + slower_s)
        with self._lock:
            self._accepted.append(task.id)
        self._start_task(task)
        return task

    def _hold(self, task: Task, host: str) -> Reply:
        """Keep the connection until the task ended, and answer with the whole result."""
        ended: Task | None = task
        while ended is not None and ended.state is TaskState.RUNNING:
            if self.stopping.is_set():
                return error_reply(503, "api_error", "the service is going down")
            ended = self._book.wait_ended(task.id, _WAIT_STEP_S)
        answer = self.answer(ended or task, host)
        return json_reply(answer, 200 if answer["success"] else 500)

    def answer(self, task: Task, host: str) -> dict[str, Any]:
        """The whole result of an ended task, with a fresh link."""
        shape = shapes.finished_shape(task, self._faults.forced_shape("finished"))
        return shapes.result_answer(task, lambda t: self._link(t, host), shape)

    def _link(self, task: Task, host: str) -> str:
        with self._lock:
            self._reads[task.id, "link"] += 1
            first = self._reads[task.id, "link"] == 1
        expired = first and "[expired link]" in task.words
        return f"http://{host}{self._files.result_path(task.id, expired=expired)}"

    def tasks(self, question: Question) -> Delivery:
        """Tell about one task, some, or the history. Raises Refusal."""
        data = json_object(question.body)
        action = data.get("action")
        if action == "retrieve":
            return Delivery(json_reply(self._retrieve(data, question.host)))
        if action == "retrieve_batch":
            found = self._by_ids(data) if "ids" in data else self._history(data)
            records = [self._record(task, question.host, single=False) for task in found]
            return Delivery(json_reply({"items": records, "count": len(records)}))
        raise refuse(400, "bad_request", "action must be retrieve or retrieve_batch")

    def _retrieve(self, data: Mapping[str, Any], host: str) -> dict[str, Any]:
        task_id = data.get("id")
        if not isinstance(task_id, str) or not task_id:
            raise refuse(400, "bad_request", "id is required")
        task = self._book.get(task_id)
        return self._record(task, host, single=True) if task else {}

    def _by_ids(self, data: Mapping[str, Any]) -> list[Task]:
        ids = data["ids"]
        if not isinstance(ids, list) or not all(isinstance(i, str) for i in ids):
            raise refuse(400, "bad_request", "ids must be a list of strings")
        if len(ids) > MAX_BATCH:
            raise refuse(400, "bad_request", f"ids must have at most {MAX_BATCH} items")
        found = (self._book.get(task_id) for task_id in ids)
        return [task for task in found if task is not None]

    def _history(self, data: Mapping[str, Any]) -> list[Task]:
        """Newest first."""
        owner = self._account.owner
        asked = {name: data[name] for name in owner if name in data}
        if not asked:
            raise refuse(400, "bad_request", "ids, user_id or application_id is required")
        low = _number(data, "created_at_min", 0.0)
        high = _number(data, "created_at_max", float("inf"))
        offset = max(0, int(_number(data, "offset", 0)))
        limit = max(0, int(_number(data, "limit", DEFAULT_PAGE)))
        if any(owner[name] != value for name, value in asked.items()):
            return []
        if data.get("type", "motion") != "motion":
            return []
        found = [t for t in reversed(self._book.all()) if low <= t.created_at <= high]
        return found[offset : offset + limit]

    def _record(self, task: Task, host: str, *, single: bool) -> dict[str, Any]:
        record = shapes.record_of(task, self._account.owner)
        if task.state is TaskState.RUNNING:
            forced = self._faults.forced_shape("running")
            shapes.put_running(record, task, shapes.running_shape(task, forced, single=single))
            return record
        forced = self._faults.forced_shape("finished")
        shape = shapes.finished_shape(task, forced)
        answer = self.answer(task, host)
        with self._lock:
            self._reads[task.id, "single"] += single
            first = self._reads[task.id, "single"] == 1
        # The vendor's SDK never understands a JSON string, so a client that asks for the one task
        # again and again gets it once only.
        as_string = not single or first or forced == "string" or "[string response]" in task.words
        shapes.put_finished(record, answer, shape, as_string=as_string)
        if single and shape not in shapes.ODD_SHAPES:
            record["data"] = _what_the_cli_reads(answer)
        return record


def _what_the_cli_reads(answer: Mapping[str, Any]) -> object:
    """``kling wait`` looks for the state in ``data`` of the record itself, and nowhere else."""
    if not answer["success"]:
        return {"state": "failed"}
    return answer.get("data") or {k: answer[k] for k in ("video_id", "video_url", "state")}


def _number(data: Mapping[str, Any], name: str, default: float) -> float:
    value = data.get(name, default)
    plain = isinstance(value, int | float) and not isinstance(value, bool)
    if not plain or value != value or (name != "created_at_max" and value == float("inf")):
        raise refuse(400, "bad_request", f"{name} must be a number")
    return float(value)
