"""The generation host: submit a motion video, ask how tasks stand. Blocking; run it in a worker."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from ..motion.token import Token
from .answers import clock_skew_s, failure, is_false, judge, read_json, trace_id_of
from .bodies import JsonBody
from .errors import ContactLost, RefusalKind, Refused, Stopped, UnclearAnswer, UnclearError
from .http import Answer, Exchange, Http, checked_base_url
from .wire import (
    MAX_BATCH_IDS,
    MOTION_PATH,
    TASKS_PATH,
    HistoryPage,
    SubmitAnswer,
    TaskRecord,
    read_history,
    read_record,
    read_records,
    read_submit,
)

# An older gateway may ignore ``async`` and hold the connection until the video is done.
SUBMIT_WAIT_S = 15 * 60.0
MAX_HISTORY_ITEMS = 100
NOBODYS_TASK = "00000000-0000-0000-0000-000000000000"  # asked for to check a token, free
_JSON = {"Accept": "application/json"}
T = TypeVar("T")


class Generation:
    """``api.acedata.cloud`` with an API token. Raises the errors of ``remote.errors`` alone."""

    def __init__(self, http: Http, base_url: str, token: Token) -> None:
        self._http = http
        self._base_url = checked_base_url(base_url)
        self._token = token

    @property
    def token(self) -> Token:
        """Whose account pays."""
        return self._token

    def submit(
        self, body: Mapping[str, object], *, stop: threading.Event | None = None
    ) -> SubmitAnswer:
        """Send the paid request: exactly one request on the wire, never repeated.

        NotSent and Refused: not accepted. ContactLost and UnclearAnswer: it may be running and
        may be charged. ``stop`` ends the wait: Stopped if nothing was sent, else ContactLost.
        """
        content = JsonBody(body)
        exchange = Exchange(
            "POST",
            self._base_url + MOTION_PATH,
            token=self._token,
            headers=_JSON,
            body=content,
            stop=stop,
            read_timeout_s=SUBMIT_WAIT_S,
            deadline_s=SUBMIT_WAIT_S,
            fresh=True,
        )
        try:
            answer = self._http.call(exchange)
        except Stopped as stopped:
            if content.handed_over:
                raise ContactLost("stopped", host=stopped.host) from None
            raise
        accepted = self._accepted(answer)
        self._http.note_date(answer.header("date"))
        return accepted

    def _accepted(self, answer: Answer) -> SubmitAnswer:
        """What an answer to a submission means. Raises Refused or UnclearAnswer.

        An answer that names a task was accepted, whatever its status says. A no with a server's
        error (5xx), or beside a whole result, leaves it open. ``success: false`` is a no without
        any error, too.
        """
        data, problem = judge(answer, self._token)
        if problem is None and isinstance(data, dict) and is_false(data.get("success")):
            problem = failure(answer, data, self._token)
        accepted = read_submit(data, skew_s=clock_skew_s(answer))
        if problem is None:
            if accepted is None:
                raise UnclearAnswer("no_task_id", http_status=answer.status, host=answer.host)
            return accepted
        if accepted is not None and accepted.task_id:
            # Asking for the task that it names tells the rest.
            return replace(accepted, result=None, refusal=problem)
        if isinstance(problem, Refused) and (answer.status >= 500 or accepted is not None):
            raise UnclearError(
                problem.code,
                problem.message,
                trace_id=problem.trace_id,
                http_status=answer.status,
                host=answer.host,
            )
        raise problem

    def retrieve(self, task_id: str) -> TaskRecord | None:
        """One task's record; None where the service does not know the task."""

        def one(data: object) -> TaskRecord | None:
            if data is not None and not isinstance(data, dict):
                raise UnclearAnswer("wrong_type")
            record = read_record(data, task_id)
            if record is not None and record.task_id != task_id:
                raise UnclearAnswer("wrong_task")
            return record

        return self._ask({"action": "retrieve", "id": task_id}, one)

    def retrieve_batch(self, ids: Sequence[str]) -> dict[str, TaskRecord]:
        """The records of many tasks by id; unknown ones are absent. One request for each 50."""
        asked = list(dict.fromkeys(ids))
        found: dict[str, TaskRecord] = {}
        for first in range(0, len(asked), MAX_BATCH_IDS):
            part = asked[first : first + MAX_BATCH_IDS]
            records = self._ask({"action": "retrieve_batch", "ids": part}, read_records)
            found.update({r.task_id: r for r in records if r.task_id in part})
        return found

    def history(
        self,
        *,
        user_id: str | None = None,
        application_id: str | None = None,
        created_at_min: float,
        created_at_max: float,
        limit: int = MAX_HISTORY_ITEMS,
        offset: int = 0,
    ) -> HistoryPage:
        """Motion tasks made between two Unix times by the service's clock. Best effort.

        One of the two ids is needed. The query is absent from the service's public contract:
        ``success: false`` is a no, here too; without a trace perhaps not the service's.
        """
        owner = {"user_id": user_id} if user_id else {"application_id": application_id}
        if not next(iter(owner.values())):
            raise ValueError("the history needs a user or an application")
        query: dict[str, object] = {
            "action": "retrieve_batch",
            **owner,
            "type": "motion",
            "created_at_min": created_at_min,
            "created_at_max": created_at_max,
            "limit": limit,
            "offset": offset,
        }

        def page(data: object) -> HistoryPage:
            if isinstance(data, dict) and is_false(data.get("success")):
                by_it = trace_id_of(data) is not None
                raise Refused("no_history", kind=RefusalKind.NO_API, vouched=by_it)
            return read_history(data)

        return self._ask(query, page)

    def check_token(self) -> None:
        """Free: returns where the token is accepted, else raises Refused and the like."""
        try:
            self.retrieve(NOBODYS_TASK)
        except Refused as refused:
            about_task = {RefusalKind.SETTINGS, RefusalKind.NOT_FOUND}
            told = refused.vouched and refused.kind in about_task
            if refused.http_status not in (400, 404) or not told:
                raise

    def _ask(self, query: Mapping[str, object], read: Callable[[object], T]) -> T:
        """A free question; asked a second time where contact is lost at once.

        Only an answer that can be read as one tells the service's time.
        """
        try:
            answer = self._exchange_tasks(query, fresh=False)
        except ContactLost as lost:
            if lost.code != "reset":  # what a connection kept too long looks like
                raise
            answer = self._exchange_tasks(query, fresh=True)
        found = read(read_json(answer, self._token))
        self._http.note_date(answer.header("date"))
        return found

    def _exchange_tasks(self, query: Mapping[str, object], *, fresh: bool) -> Answer:
        return self._http.call(
            Exchange(
                "POST",
                self._base_url + TASKS_PATH,
                token=self._token,
                headers=_JSON,
                body=JsonBody(query),
                fresh=fresh,
            )
        )
