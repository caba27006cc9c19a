"""JSON to dataclasses and back: the one file that changes when the service does.

Strict in what is sent, tolerant in what is read: whatever is not understood becomes None, and
nothing here raises on an answer but UnclearAnswer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..motion.price import PriceRule, PriceRules
from ..motion.redaction import without_query
from ..motion.request import MotionRequest
from ..motion.said import NOTHING, Said
from ..motion.token import Token, clean_token
from .answers import as_id, error_words, is_false, is_true, numbered_code, trace_id_of
from .errors import Refused, UnclearAnswer, plain_text
from .outcome import TaskState, outcome
from .values import as_number, as_object, as_time, decoded, inner_objects, plain_values

MOTION_PATH = "/kling/motion"
TASKS_PATH = "/kling/tasks"
MAX_BATCH_IDS = 50  # the service's limit for retrieve_batch
MAX_NAME_CHARS = 120

_VIDEO_WITHIN = ("data", "task_result", "result", "videos")
_VIDEO_DEPTH = 3
_RECORD_FIELDS = frozenset(
    {"type", "request", "response", "created_at", "started_at", "finished_at", "elapsed"}
)


@dataclass(frozen=True, slots=True)
class TaskRecord:
    """One task as the service tells it. Times are Unix seconds by the service's clock."""

    task_id: str
    state: TaskState
    created_at: float | None = None
    started_at: float | None = None
    finished_at: float | None = None
    trace_id: str | None = None
    user_id: str | None = None
    application_id: str | None = None
    request: Mapping[str, object] | None = None  # what was sent: its plain values only
    # Where its video may be, the likeliest first; with queries, which may be signatures.
    links: tuple[str, ...] = ()
    says_finished: bool = False
    marked_url: str | None = None  # of the copy with a watermark
    outline: str = ""  # of a finished answer that was not understood
    duration_s: float | None = None
    said: Said = NOTHING
    error_code: str = ""
    error_message: str = ""


@dataclass(frozen=True, slots=True)
class SubmitAnswer:
    """An accepted submission: the task's id, or already the whole result, or both."""

    task_id: str | None
    trace_id: str | None
    result: TaskRecord | None = None
    clock_skew_s: float | None = None  # the service's clock minus ours
    refusal: Refused | UnclearAnswer | None = None  # said in the same breath: the task tells


@dataclass(frozen=True, slots=True)
class ApiCredential:
    """An API token that the account owns."""

    name: str
    token: Token
    application_id: str | None


@dataclass(frozen=True, slots=True)
class Balance:
    """What is left. None: the service does not say."""

    remaining_credits: float | None
    application_id: str | None
    user_id: str | None
    disabled: bool
    name: str


@dataclass(frozen=True, slots=True)
class AccountInfo:
    """Who an account token belongs to."""

    user_id: str | None
    name: str


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """A part of the history, as far as it can be read."""

    records: tuple[TaskRecord, ...]
    rows: int  # also those that are no records: the next part begins behind them
    count: float = 0.0  # of all rows, as far as the service says: it may name those of this part


@dataclass(frozen=True, slots=True)
class UsageItem:
    """What one call really cost."""

    trace_id: str
    deducted_credits: float
    created_at: float | None


def motion_body(request: MotionRequest, *, image_url: str, video_url: str) -> dict[str, object]:
    """The body of ``POST /kling/motion``; unset fields are left out, as the service demands."""
    body: dict[str, object] = {
        "image_url": image_url,
        "video_url": video_url,
        "mode": request.mode.value,
        "character_orientation": request.orientation.value,
        "keep_original_sound": "yes" if request.keep_sound else "no",
        "async": True,
    }
    if request.prompt.strip():
        body["prompt"] = request.prompt
    if request.model:
        body["model_name"] = request.model
    if request.watermark:
        body["watermark_info"] = {"enabled": True}
    if request.callback_url:
        body["callback_url"] = request.callback_url
    return body


def read_submit(data: object, *, skew_s: float | None = None) -> SubmitAnswer | None:
    """The answer to a submission; None where it has neither a task's id nor a result."""
    if not isinstance(data, dict):
        return None
    task_id = _task_id(data)
    record = _record(task_id or "", {"response": data, "trace_id": data.get("trace_id")})
    # Only where the video is told as documented: "success" may be that of being accepted, and
    # where there is a task, asking for it tells.
    told = _first_link([data, *inner_objects(data.get("data"))], ("video_url",)) in record.links
    result = record if told or record.state is TaskState.FAILED else None
    if task_id is None and not told:
        return None
    return SubmitAnswer(task_id, trace_id_of(data), result, skew_s)


def _task_id(data: Mapping[str, object]) -> str | None:
    """``task_id`` at the top, or within ``data``, ``response`` or ``error``, as neighbours do."""
    inner = (row for name in ("data", "response", "error") for row in inner_objects(data.get(name)))
    for holder in (data, *inner):
        task_id = as_id(holder.get("task_id"))
        if task_id is not None:
            return task_id
    return None


def read_record(data: object, asked_id: str | None = None) -> TaskRecord | None:
    """One record of ``/kling/tasks``; None where the service does not know the task.

    Raises UnclearAnswer where the answer has no id and none of a record's other fields.
    """
    if not isinstance(data, dict) or not data:
        return None
    data = _unwrapped(data)
    response = as_object(data.get("response")) or {}
    own_id = as_id(data.get("id")) or as_id(data.get("task_id")) or _task_id(response)
    if own_id is None and asked_id is not None and not _RECORD_FIELDS & data.keys():
        raise UnclearAnswer("wrong_type")
    task_id = own_id or asked_id
    return None if task_id is None else _record(task_id, data)


def _unwrapped(data: Mapping[str, object]) -> Mapping[str, object]:
    """The record inside ``data``, where there is none around it: so neighbours wrap theirs."""
    inner = as_object(data.get("data")) or {}
    own = _RECORD_FIELDS | {"id", "task_id"}
    return inner if _RECORD_FIELDS & inner.keys() and not own & data.keys() else data


def read_records(data: object) -> list[TaskRecord]:
    """Empty items stand for unknown tasks; raises UnclearAnswer where there are only others."""
    items = _items(data)
    records = _records(items)
    bare = isinstance(data, list)  # so the service answers only where it has something to say
    if (any(items) or bare) and not records:
        raise UnclearAnswer("wrong_type")
    return records


def read_history(data: object) -> HistoryPage:
    """Also how many rows there are of which none was made. Raises UnclearAnswer without a list."""
    items = _items(data)
    return HistoryPage(tuple(_records(items)), len(items), read_count(data))


def _items(data: object) -> list[object]:
    items = data if isinstance(data, list) else None
    if isinstance(data, dict):
        items = next(
            (v for k in ("items", "data", "results") if isinstance(v := data.get(k), list)), None
        )
        if items is None and (inner := as_object(data.get("data"))) is not None:
            return _items(inner)
    if items is None:
        raise UnclearAnswer("wrong_type")
    return items


def _records(items: Sequence[object]) -> list[TaskRecord]:
    return [record for item in items if (record := read_record(item)) is not None]


def _record(task_id: str, data: Mapping[str, object]) -> TaskRecord:
    response = next(iter(inner_objects(data.get("response"))), {})
    request = as_object(data.get("request"))
    found = outcome(data, request or {})
    said = _said(data, found.links)
    code, message = error_words(response) if found.state is TaskState.FAILED else ("", "")
    return TaskRecord(
        task_id=task_id,
        state=found.state,
        created_at=as_time(data.get("created_at")),
        started_at=as_time(data.get("started_at")),
        finished_at=as_time(data.get("finished_at")),
        trace_id=as_id(data.get("trace_id")) or trace_id_of(response),
        user_id=as_id(data.get("user_id")),
        application_id=as_id(data.get("application_id")),
        request=plain_values(request),
        links=found.links,
        marked_url=found.marked,
        says_finished=found.says_finished,
        outline=found.outline,
        duration_s=said.duration_s,
        said=said,
        error_code=code or numbered_code(response),
        error_message=message,
    )


def _said(record: Mapping[str, object], links: Sequence[str]) -> Said:
    """The first of each, from the answer inwards; last what a record says beside its answer."""
    holders = [*_within(record.get("response")), *_within(record.get("data"))]
    found = (as_id(holder.get("video_id")) for holder in holders)
    of_list = (
        as_id(video.get("id"))
        for holder in holders
        for video in inner_objects(holder.get("videos"))
    )
    states = (holder.get(name) for holder in holders for name in ("state", "status"))
    flags = (holder.get("success") for holder in holders)
    link = _first_link(holders, ("video_url",))
    return Said(
        video_id=next((i for i in (*found, *of_list) if i), None),
        state=next((t for s in states if isinstance(s, str) if (t := plain_text(s, 60))), None),
        duration_s=_first_number(holders, "duration"),
        success=next((is_true(f) for f in flags if is_true(f) or is_false(f)), None),
        video_url=without_query(link) if link in links and link else None,
    )


def _within(value: object) -> list[Mapping[str, object]]:
    """The objects of an answer down to where neighbours have the video, the outer ones first."""
    found = level = inner_objects(value)
    for _ in range(_VIDEO_DEPTH):
        level = [row for one in level for k in _VIDEO_WITHIN for row in inner_objects(one.get(k))]
        found = [*found, *level]
    return found


def _first_link(holders: Sequence[Mapping[str, object]], names: Sequence[str]) -> str | None:
    for holder in holders:
        for name in names:
            value = holder.get(name)
            if isinstance(value, str) and value.strip():
                return value.strip()
    return None


def _first_number(holders: Sequence[Mapping[str, object]], name: str) -> float | None:
    numbers = (as_number(holder.get(name)) for holder in holders)
    return next((n for n in numbers if n is not None and n >= 0), None)


def read_credentials(
    items: Sequence[Mapping[str, object]], asked_application: str | None = None
) -> list[ApiCredential]:
    """The API tokens of a list; what is masked or cannot be a token is left out."""
    found = []
    for item in items:
        raw = item.get("token") or item.get("key")
        text = clean_token(raw) if isinstance(raw, str) else ""
        if as_id(text) is None or "*" in text:
            continue
        name = _name(item.get("name"), item.get("title"))
        application_id = as_id(item.get("application_id")) or as_id(asked_application)
        found.append(ApiCredential(name, Token(text), application_id))
    return found


def read_account(data: object) -> AccountInfo:
    """Who answered; a list or a wrapped object is taken apart."""
    rows = read_items(data) or ([data] if isinstance(data, dict) else [])
    for row in rows:
        user = as_object(row.get("user")) or {}
        user_id = as_id(row.get("user_id")) or as_id(user.get("id")) or as_id(row.get("user"))
        keys = ("username", "nickname", "name", "email")
        return AccountInfo(user_id, _name(*(user.get(k) for k in keys), *map(row.get, keys)))
    raise UnclearAnswer("wrong_type")


def read_balance(items: Sequence[Mapping[str, object]]) -> Balance:
    """The application that pays for Kling, with what the global one adds to it."""
    individual = [i for i in items if _scope(i) != "global" and "kling" in _service(i)]
    general = [i for i in items if _scope(i) == "global"]
    unnamed = [i for i in items if _scope(i) != "global" and not _service(i)]
    own = _usable(individual or unnamed)
    shared = _usable(general)
    main = own or shared
    if main is None:
        return Balance(None, None, _owner(items), False, "")
    sources = [own] if own else []
    if shared is not None and (own is None or own.get("allow_consume_global") is not False):
        sources.append(shared)
    amounts = [as_number(s.get("remaining_amount")) for s in sources]
    known = [a for a in amounts if a is not None]
    return Balance(
        remaining_credits=sum(known) if known else None,
        application_id=as_id(main.get("id")),
        user_id=_owner([main]),
        disabled=main.get("disabled") is True,
        name=_name(main.get("name"), main.get("title")),
    )


def by_usefulness(items: Sequence[Mapping[str, object]]) -> list[Mapping[str, object]]:
    """Applications that are not disabled: Kling's own, global ones, unnamed ones, others."""

    def rank(item: Mapping[str, object]) -> int:
        if "kling" in _service(item):
            return 0
        if _scope(item) == "global":
            return 1
        return 2 if not _service(item) else 3

    return sorted((i for i in items if i.get("disabled") is not True), key=rank)


def _usable(items: Sequence[Mapping[str, object]]) -> Mapping[str, object] | None:
    """The first that is not disabled, else the first."""
    enabled = [i for i in items if i.get("disabled") is not True]
    return next(iter(enabled or items), None)


def _scope(item: Mapping[str, object]) -> str:
    return str(item.get("scope") or "").lower()


def _service(item: Mapping[str, object]) -> str:
    """All words by which an application names its service, in lower case."""
    service = item.get("service")
    inner = as_object(service) or {}
    words = (inner.get("alias"), inner.get("name"), inner.get("title"), item.get("service_name"))
    named = service if isinstance(service, str) and not inner else ""
    return " ".join([named, *(w for w in words if isinstance(w, str))]).strip().lower()


def _owner(items: Sequence[Mapping[str, object]]) -> str | None:
    return next((u for i in items if (u := as_id(i.get("user_id")))), None)


def read_price(data: object, path: str = MOTION_PATH) -> PriceRules:
    """The price rules of one call out of a service's page; raises UnclearAnswer without them."""
    page = as_object(data) or {}
    apis = page.get("apis")
    for api in apis if isinstance(apis, list) else []:
        if isinstance(api, dict) and str(api.get("path")).strip("/") == path.strip("/"):
            cost = decoded(api.get("cost"))
            rows = [row for row in cost if isinstance(row, dict)] if isinstance(cost, list) else []
            rules = tuple(
                PriceRule(decoded(row.get("conditions")), decoded(row.get("consumption")))
                for row in rows
                if row.get("consumption") is not None
            )
            if rules:
                return PriceRules(rules, _name(page.get("unit")) or "Credit")
    raise UnclearAnswer("no_price")


def read_usage(items: Sequence[Mapping[str, object]]) -> list[UsageItem]:
    """The ledger's rows that name a trace and an amount."""
    found = []
    for item in items:
        trace_id = as_id(item.get("trace_id"))
        amount = as_number(item.get("deducted_amount"))
        if trace_id is not None and amount is not None:
            found.append(UsageItem(trace_id, amount, as_time(item.get("created_at"))))
    return found


def read_file_url(data: object) -> str:
    """The link of an upload; raises UnclearAnswer where there is none."""
    for holder in inner_objects(data):
        link = _first_link([holder, *inner_objects(holder.get("data"))], ("file_url", "url"))
        if link is not None:
            return link
    raise UnclearAnswer("no_file_url")


def read_items(data: object) -> list[Mapping[str, object]]:
    """The rows of a list, bare or wrapped in ``items``, ``results`` or ``data``."""
    if isinstance(data, dict):
        data = next(
            (v for k in ("items", "results", "data") if isinstance(v := data.get(k), list)), []
        )
    return [row for row in data if isinstance(row, dict)] if isinstance(data, list) else []


def read_listed(data: object) -> list[Mapping[str, object]]:
    """As ``read_items``; raises UnclearAnswer where there is no list, which is not an empty one."""
    keys = ("items", "results", "data")
    holders = [data.get(key) for key in keys] if isinstance(data, dict) else [data]
    if not any(isinstance(holder, list) for holder in holders):
        raise UnclearAnswer("no_list")
    return read_items(data)


def read_count(data: object) -> float:
    """How many rows a list has on all its pages, as far as it says; 0 where it does not."""
    return (as_number(data.get("count")) or 0.0) if isinstance(data, dict) else 0.0


def _name(*values: object) -> str:
    texts = (plain_text(v, MAX_NAME_CHARS) for v in values if isinstance(v, str))
    return next((t for t in texts if t), "")
