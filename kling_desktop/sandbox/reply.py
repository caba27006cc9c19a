"""What a route answers, before it is put on the wire."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs


@dataclass(frozen=True, slots=True)
class FilePart:
    """A stretch of a file as a body."""

    path: Path
    offset: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer: a body in memory, or a stretch of a file."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    file: FilePart | None = None
    drip_s: float = 0.0  # spread over about this time

    @property
    def size_bytes(self) -> int:
        return self.file.size_bytes if self.file else len(self.body)


@dataclass(frozen=True, slots=True)
class Question:
    """One request, as the routes see it. ``body`` is empty where the route reads a stream."""

    method: str
    target: str  # path with query
    headers: Mapping[str, str]  # names in lower case
    body: bytes
    host: str  # as the client wrote it; links are formed from it

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def query(self) -> dict[str, str]:
        """The last value of each name."""
        parsed = parse_qs(self.target.partition("?")[2], keep_blank_values=True)
        return {name: values[-1] for name, values in parsed.items()}

    @property
    def token(self) -> str | None:
        """The bearer token, or None."""
        scheme, _, secret = self.headers.get("authorization", "").strip().partition(" ")
        return secret.strip() or None if scheme.lower() == "bearer" else None


class Refusal(Exception):
    """A route says no; becomes an answer in the vendor's error shape."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.status)
        self.reply = reply


def json_reply(data: object, status: int = 200, **headers: str) -> Reply:
    body = json.dumps(data).encode()  # escaped: a prompt may hold half a surrogate pair
    return Reply(status, body, {"Content-Type": "application/json", **headers})


def error_reply(
    status: int,
    code: str,
    message: str,
    headers: Mapping[str, str] | None = None,
    *,
    task_id: str | None = None,
) -> Reply:
    """The vendor's error shape; ``task_id``: it names a task all the same."""
    error = {"code": code, "message": message}
    data = {"success": False, "error": error, "trace_id": str(uuid.uuid4())}
    if task_id is not None:
        data["task_id"] = task_id
    return json_reply(data, status, **(headers or {}))


def html_reply(status: int) -> Reply:
    """What the edge shows when what is behind it does not answer."""
    page = f"<html><head><title>{status}</title></head><body><h1>{status}</h1></body></html>"
    return Reply(status, page.encode(), {"Content-Type": "text/html"})


def refuse(status: int, code: str, message: str) -> Refusal:
    return Refusal(error_reply(status, code, message))


def json_object(body: bytes) -> dict[str, Any]:
    """The request's JSON object. Raises Refusal."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError) as failure:
        raise refuse(400, "bad_request", "the body is not JSON") from failure
    if not isinstance(data, dict):
        raise refuse(400, "bad_request", "the body is not a JSON object")
    return data
