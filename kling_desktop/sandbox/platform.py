"""The platform host's routes: who am I, balance, API tokens, price and ledger."""

from __future__ import annotations

import threading
from datetime import datetime
from typing import Any

from .account import COST_RULES, START_CREDITS, Account, LedgerEntry, iso
from .reply import Question, Reply, error_reply, json_object, json_reply, refuse

SERVICE_ID = "3f0c0f52-8d52-4f6b-9b0c-5a1d0ba5e001"  # any fixed id
LEDGER_RETRY_AFTER_S = 1
_DEFAULT_PAGE = 20
_DAY_S = 24 * 3600.0
LEDGER_KEPT_S = 60 * _DAY_S  # service.md


class Platform:
    """Answers for the one account. Thread-safe."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self.ledger_busy = threading.Lock()  # held while a ledger query is being answered

    def me(self, question: Question) -> Reply:
        user_id = self._account.owner["user_id"]
        user = {"id": user_id, "username": "sandbox", "nickname": "Sandbox"}
        return json_reply({"id": user_id, "user_id": user_id, "name": "Sandbox", "user": user})

    def applications(self, question: Question) -> Reply:
        """The balance, as the one application of the one service."""
        application = {
            "id": self._account.owner["application_id"],
            "user_id": self._account.owner["user_id"],
            "scope": "Individual",
            "remaining_amount": round(self._account.balance, 4),
            "used_amount": round(sum(e.credits for e in self._account.ledger), 4),
            "allow_consume_global": False,
            "disabled": False,
            "service_id": SERVICE_ID,
            "service": {"id": SERVICE_ID, "alias": "kling", "title": "Kling", "unit": "Credit"},
        }
        return json_reply({"items": [application], "count": 1})

    def credentials(self, question: Question) -> Reply:
        """The API tokens of the application. Raises Refusal."""
        if question.query.get("application_id") != self._account.owner["application_id"]:
            return json_reply({"items": [], "count": 0})
        items = [self._credential(c) for c in self._account.credentials]
        return json_reply({"items": items, "count": len(items)})

    def create_credential(self, question: Question) -> Reply:
        """A new API token. Raises Refusal."""
        data = json_object(question.body) if question.body else {}
        wanted = data.get("application_id") or question.query.get("application_id")
        if wanted != self._account.owner["application_id"]:
            raise refuse(400, "bad_request", "application_id is not one of yours")
        made = self._account.add_credential(str(data.get("name") or "default"))
        return json_reply(self._credential(made), 201)

    def _credential(self, credential: dict[str, Any]) -> dict[str, Any]:
        return {
            "id": credential["id"],
            "application_id": self._account.owner["application_id"],
            "name": credential["name"],
            "token": credential["token"],
            "type": "Token",
            "created_at": iso(credential["at"]),
        }

    def price(self, question: Question) -> Reply:
        """What things cost; public."""
        apis = [
            {"path": "/kling/videos", "method": "POST", "cost": []},
            {"path": "/kling/motion", "method": "POST", "cost": COST_RULES},
            {"path": "/kling/tasks", "method": "POST", "cost": []},
        ]
        about = {"id": SERVICE_ID, "alias": "kling", "title": "Kling", "unit": "Credit"}
        return json_reply({**about, "free_amount": START_CREDITS, "apis": apis})

    def usage(self, question: Question) -> Reply:
        """What each call really cost, newest first. Raises Refusal."""
        query = question.query
        since = _moment(query.get("created_at_from", "0"))
        limit = _count(query, "limit", _DEFAULT_PAGE)
        offset = _count(query, "offset", 0)
        entries = [e for e in self._account.ledger if e.created_at >= since]
        page = entries[offset : offset + limit]
        items = [self._usage(entry) for entry in page]
        return json_reply({"items": items, "count": len(entries)})

    def _usage(self, entry: LedgerEntry) -> dict[str, Any]:
        return {
            "id": entry.id,
            "trace_id": entry.trace_id,
            "deducted_amount": entry.credits,
            "application_id": self._account.owner["application_id"],
            "user_id": self._account.owner["user_id"],
            "api": {"path": "/kling/motion"},
            "status_code": 200,
            "created_at": iso(entry.created_at),
        }


def ledger_is_busy() -> Reply:
    wait = {"Retry-After": str(LEDGER_RETRY_AFTER_S)}
    return error_reply(429, "too_many_requests", "another query is running", wait)


def _moment(text: str) -> float:
    """Unix seconds from seconds or an ISO time. Raises Refusal."""
    try:
        return float(text)
    except ValueError:
        pass
    try:
        return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError) as failure:
        raise refuse(400, "bad_request", "created_at_from is not a time") from failure


def _count(query: dict[str, str], name: str, default: int) -> int:
    text = query.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise refuse(400, "bad_request", f"{name} is not a number")
    return int(text)
