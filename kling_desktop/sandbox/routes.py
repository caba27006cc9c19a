"""Which path is answered by what, and which token it wants."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from ..motion.limits import UPLOAD_MAX_BYTES
from ..motion.token import TokenKind
from .account import Account
from .delivery import Delivery
from .faults import Fault, Faults
from .files import FileStore, result_task_id, serve_file
from .generation import Generation
from .multipart import BadMultipart, Reader, TooLarge, boundary_of
from .platform import Platform, ledger_is_busy
from .reply import Question, Refusal, Reply, error_reply, json_object, json_reply, refuse
from .tasks import TaskBook, TaskState

_FILES_PATH = "/api/v1/files/"
# The multipart frame around a file: delimiters and a few headers.
_FRAME_MAX_BYTES = 64 * 1024
_SLOW_DOWNLOAD_S = 15.0
_LONG_KINDS = ("hang", "slow", "huge")  # faults under which a query goes on and on
_ONCE_BROKEN = {"[cut download]": "cut_middle", "[wrong length]": "wrong_length"}

Handler = Callable[[Question], Reply | Delivery]


@dataclass(frozen=True, slots=True)
class _Route:
    name: str  # as faults call it
    token: TokenKind | None
    handler: Handler


class Routes:
    """Answers every request. Thread-safe."""

    def __init__(
        self,
        account: Account,
        book: TaskBook,
        files: FileStore,
        faults: Faults,
        generation: Generation,
        platform: Platform,
        control: dict[str, Callable[[dict[str, Any]], object]],
    ) -> None:
        self._account = account
        self._book = book
        self._files = files
        self._faults = faults
        self._platform = platform
        self._control = control
        self._lock = threading.Lock()
        self._downloads: set[str] = set()  # tasks whose first download was spoilt
        api, own = TokenKind.API, TokenKind.ACCOUNT
        price = _Route("price", None, platform.price)
        self._table: dict[tuple[str, str], _Route] = {
            ("POST", "/kling/motion"): _Route("motion", api, generation.motion),
            ("POST", "/kling/tasks"): _Route("tasks", api, generation.tasks),
            ("GET", "/api/v1/platform-tokens/me/"): _Route("me", own, platform.me),
            ("GET", "/api/v1/applications/"): _Route("balance", own, platform.applications),
            ("GET", "/api/v1/credentials/"): _Route("credentials", own, platform.credentials),
            ("POST", "/api/v1/credentials/"): _Route(
                "credentials", own, platform.create_credential
            ),
            ("GET", "/api/v1/services/kling"): price,
            ("GET", "/api/v1/services/kling/"): price,
            ("GET", "/api/v1/usage/apis/"): _Route("ledger", own, platform.usage),
        }

    def is_streamed(self, method: str, target: str) -> bool:
        """Whether the body is too large to be read before the route asks for it."""
        return method == "POST" and target.partition("?")[0] == _FILES_PATH

    def answer(self, question: Question, read: Reader) -> Delivery:
        """The answer and what is to happen to it on its way. Raises Refusal, OSError."""
        route = self._find(question, read)
        fault = self._faults.take(route.name)
        if fault is not None and not fault.after:
            return Delivery(Reply(), fault)
        if route.token is not None:
            self._check_token(question, route.token)
        if route.name == "ledger":
            return self._ask_ledger(question, fault)
        answered = route.handler(question)
        if isinstance(answered, Reply):
            return Delivery(answered, fault)
        return replace(answered, fault=fault or answered.fault)

    def _ask_ledger(self, question: Question, fault: Fault | None) -> Delivery:
        """One query at a time: the next is refused while a slow one is being answered."""
        busy = self._platform.ledger_busy
        if not busy.acquire(blocking=False):
            return Delivery(ledger_is_busy())
        long = False
        try:
            reply = self._platform.usage(question)
            long = fault is not None and fault.kind in _LONG_KINDS
            return Delivery(reply, fault, busy.release if long else None)
        finally:
            if not long:
                busy.release()

    def _find(self, question: Question, read: Reader) -> _Route:
        """Raises Refusal where nothing is."""
        method, path = question.method, question.path
        route = self._table.get((method, path))
        if route is not None:
            return route
        if (method, path) == ("POST", _FILES_PATH):
            return _Route("files", TokenKind.ACCOUNT, lambda q: self._upload(q, read))
        if method in ("GET", "HEAD") and path.startswith(("/cdn/", "/results/")):
            return _Route("download", None, self._download)
        if path.startswith("/sandbox/"):
            return _Route("sandbox", None, self._control_it)
        if any(known == path for _, known in self._table) or path == _FILES_PATH:
            raise refuse(405, "bad_request", f"{method} is not allowed here")
        raise refuse(404, "no_api", "there is no such API")

    def _check_token(self, question: Question, kind: TokenKind) -> None:
        """Raises Refusal: the two hosts word it differently."""
        if kind is TokenKind.API:
            if question.token is None:
                raise refuse(400, "no_token", "no token was given")
            if question.token not in {c["token"] for c in self._account.credentials}:
                raise refuse(401, "invalid_token", "the token is not valid")
        elif question.token != self._account.account_token:
            raise refuse(401, "not_authenticated", "authentication credentials are not valid")

    def _upload(self, question: Question, read: Reader) -> Reply:
        announced = question.headers.get("content-length", "")
        if not announced.isdigit():
            raise refuse(411, "bad_request", "Content-Length is required")
        if int(announced) > UPLOAD_MAX_BYTES + _FRAME_MAX_BYTES:
            return _too_large()
        try:
            boundary = boundary_of(question.headers.get("content-type", ""))
            upload = self._files.save(read, boundary)
        except TooLarge:
            return _too_large()
        except BadMultipart as failure:
            raise refuse(400, "bad_request", str(failure)) from failure
        link = f"http://{question.host}{upload.path}"
        return json_reply({"file_url": link, "mime": upload.mime})

    def _download(self, question: Question) -> Delivery:
        task_id = result_task_id(question.path)
        if task_id is None:
            found = self._files.find_upload(question.path)
            if found is None:
                raise refuse(404, "not_found", "there is no such file")
            return Delivery(serve_file(*found, question.headers))
        if not self._files.may_read(task_id, question.query):
            raise refuse(403, "forbidden", "the link has expired")
        reply = serve_file(self._files.result_file(task_id), "video/mp4", question.headers)
        return self._spoil_download(task_id, reply, question.method)

    def _spoil_download(self, task_id: str, reply: Reply, method: str) -> Delivery:
        """What the prompt's words do to the download of the result."""
        task = self._book.get(task_id)
        if task is None or method == "HEAD" or reply.status not in (200, 206):
            return Delivery(reply)
        if "[slow download]" in task.words:
            slow = Reply(reply.status, b"", reply.headers, reply.file, _SLOW_DOWNLOAD_S)
            return Delivery(slow)
        kind = next((k for word, k in _ONCE_BROKEN.items() if word in task.words), None)
        with self._lock:
            first = task_id not in self._downloads
            self._downloads.add(task_id)
        return Delivery(reply, Fault.make(kind) if kind and first else None)

    def _control_it(self, question: Question) -> Reply:
        """The test interface over HTTP, for other processes."""
        if question.path == "/sandbox/state" and question.method == "GET":
            return json_reply(self._control["state"]({}))
        act = self._control.get(question.path.removeprefix("/sandbox/"))
        if act is None or question.method != "POST" or question.path == "/sandbox/state":
            raise refuse(404, "no_api", "there is no such test interface")
        # A page in a browser cannot send this type here without being asked, and it is not.
        if question.headers.get("content-type", "").partition(";")[0] != "application/json":
            raise refuse(415, "bad_request", "the test interface takes application/json")
        try:
            return json_reply(act(json_object(question.body or b"{}")))
        except (ValueError, TypeError, KeyError) as failure:
            raise Refusal(error_reply(400, "bad_request", str(failure))) from failure


def _too_large() -> Reply:
    return json_reply({"error": "File too large", "max_bytes": UPLOAD_MAX_BYTES}, 413)


def count_ended(book: TaskBook) -> dict[str, int]:
    """How many tasks are in each state."""
    counts = {state.value: 0 for state in TaskState}
    for task in book.all():
        counts[task.state.value] += 1
    return counts
