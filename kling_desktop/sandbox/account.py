"""The sandbox's one account: tokens, balance, ledger, prices; and what survives a restart."""

from __future__ import annotations

import secrets
import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

from ..motion.price import PriceRule, PriceRules, evaluate_rules
from ..motion.reading import JSON_MAX_BYTES, UnixTime, Unreadable, parsed_object, read, text, whole
from ..motion.request import MODELS, Mode, MotionRequest, Source
from ..plain_file import read_plain
from .tasks import write_json

START_CREDITS = 100.0
# Below this a sandbox folder opened again gets START_CREDITS: nobody can top up a play account.
LOW_CREDITS = 5.0

# The cost rules as the service words them; the rates are service.md's estimates, credits a second.
COST_RULES: list[dict[str, Any]] = [
    {
        "conditions": {
            "and": [
                {"in": [{"var": ["model_name", "kling-v2-6"]}, ["kling-v2-6"]]},
                {"==": [{"var": "mode"}, "std"]},
            ]
        },
        "consumption": {"*": [0.70, {"var": "duration"}]},
    },
    {
        "conditions": {
            "and": [
                {"===": [{"var": ["model_name", "kling-v2-6"]}, "kling-v2-6"]},
                {"===": [{"var": "mode"}, "pro"]},
                {">": [{"var": ["duration", 5]}, 0]},
            ]
        },
        "consumption": {"*": [1.12, {"var": ["duration", 5]}]},
    },
    {
        "conditions": {
            "and": [
                {"some": [["kling-v3"], {"==": [{"var": ""}, "kling-v3"]}]},
                {"==": [{"var": "model_name"}, "kling-v3"]},
                {"or": [{"==": [{"var": "mode"}, "std"]}, {"!": [{"var": "mode"}]}]},
                {"<=": [{"var": ["duration", 5]}, 31]},
            ]
        },
        "consumption": {"*": [1.26, {"var": ["duration", 5]}]},
    },
    {
        "conditions": {
            "and": [
                {"==": [{"var": "model_name"}, "kling-v3"]},
                {"in": [{"var": "mode"}, ["pro"]]},
                {">=": [{"var": ["duration", 5]}, 0]},
                {"<": [{"var": ["duration", 5]}, 32]},
            ]
        },
        "consumption": {"*": [1.68, {"var": ["duration", 5]}]},
    },
]


def iso(moment: float) -> str:
    """Unix seconds as the platform writes a time."""
    return datetime.fromtimestamp(moment, UTC).isoformat().replace("+00:00", "Z")


def price_of(request: Mapping[str, Any], duration_s: float) -> float:
    """Credits for a wire request whose output lasts ``duration_s``."""
    rules = PriceRules(tuple(PriceRule(r["conditions"], r["consumption"]) for r in COST_RULES))
    nowhere = Source(url="http://127.0.0.1/")
    model = request.get("model_name") or MODELS[0]
    wanted = MotionRequest(nowhere, nowhere, mode=Mode(request["mode"]), model=model)
    return round(evaluate_rules(rules, wanted, duration_s), 4)


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One line of what was charged."""

    id: str
    trace_id: str
    credits: float
    created_at: float  # Unix seconds


@dataclass(frozen=True, slots=True)
class _Credential:
    id: str
    name: str
    at: UnixTime
    token: str


@dataclass(frozen=True, slots=True)
class _Row:
    id: str
    trace_id: str
    at: UnixTime
    credits: float


def _hex(value: object) -> str:
    digits = text(value)
    try:
        bytes.fromhex(digits)
    except ValueError as error:
        raise Unreadable("no hex digits") from error
    return digits


@dataclass(frozen=True, slots=True)
class _Kept:
    """All that the file has to hold; if it does not, the folder gets another owner."""

    port: Annotated[int, whole(0, 65535)]
    api_tokens: tuple[_Credential, ...]
    account_token: str
    user_id: str
    application_id: str
    link_key: Annotated[str, _hex]
    balance: float
    ledger: tuple[_Row, ...]


class Account:
    """Who owns everything in this folder. Thread-safe; every change is written at once."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "account.json"
        self._lock = threading.Lock()
        self._data = self._read()
        if self._data["balance"] < LOW_CREDITS:
            self._data["balance"] = START_CREDITS
        self._save()

    def _read(self) -> dict[str, Any]:
        fresh: dict[str, Any] = {
            "port": 0,
            "api_tokens": [{"id": str(uuid.uuid4()), "name": "sandbox", "at": time.time()}],
            "account_token": f"platform-v1-{secrets.token_hex(32)}",
            "user_id": str(uuid.uuid4()),
            "application_id": str(uuid.uuid4()),
            "link_key": secrets.token_hex(32),
            "balance": START_CREDITS,
            "ledger": [],
        }
        fresh["api_tokens"][0]["token"] = secrets.token_hex(16)
        try:
            known = parsed_object(read_plain(self._path, JSON_MAX_BYTES))
            read(_Kept, known)
        except (OSError, Unreadable):
            return fresh
        return known

    def _save(self) -> None:
        write_json(self._path, self._data)

    @property
    def owner(self) -> dict[str, str]:
        """``user_id`` and ``application_id``, as every record carries them."""
        names = ("user_id", "application_id")
        return {name: str(self._data[name]) for name in names}

    @property
    def link_key(self) -> bytes:
        return bytes.fromhex(self._data["link_key"])

    @property
    def port(self) -> int:
        return int(self._data["port"])

    def keep_port(self, port: int) -> None:
        with self._lock:
            self._data["port"] = port
            self._save()

    @property
    def account_token(self) -> str:
        return str(self._data["account_token"])

    @property
    def credentials(self) -> list[dict[str, Any]]:
        """The API tokens, oldest first."""
        with self._lock:
            return [dict(c) for c in self._data["api_tokens"]]

    def add_credential(self, name: str) -> dict[str, Any]:
        made = {
            "id": str(uuid.uuid4()),
            "name": name,
            "at": time.time(),
            "token": secrets.token_hex(16),
        }
        with self._lock:
            self._data["api_tokens"].append(made)
            self._save()
        return dict(made)

    @property
    def balance(self) -> float:
        """Credits left."""
        with self._lock:
            return float(self._data["balance"])

    def set_balance(self, credits_left: float) -> None:
        with self._lock:
            self._data["balance"] = credits_left
            self._save()

    def charge(self, trace_id: str, credits: float) -> None:
        """Take credits and write the ledger; the same ``trace_id`` is charged once."""
        with self._lock:
            if any(row["trace_id"] == trace_id for row in self._data["ledger"]):
                return  # stopped between charging and ending the task
            self._data["balance"] = round(self._data["balance"] - credits, 4)
            row = {"id": str(uuid.uuid4()), "trace_id": trace_id, "at": time.time()}
            self._data["ledger"].append({**row, "credits": credits})
            self._save()

    @property
    def ledger(self) -> list[LedgerEntry]:
        """Newest first."""
        with self._lock:
            rows = list(self._data["ledger"])
        return [LedgerEntry(r["id"], r["trace_id"], r["credits"], r["at"]) for r in reversed(rows)]
