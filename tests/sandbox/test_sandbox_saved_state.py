"""The sandbox's own files may hold anything: it starts, and sound tasks are still known."""

from __future__ import annotations

import json
import shutil
import time
import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kling_desktop.sandbox import Sandbox
from kling_desktop.sandbox.account import START_CREDITS, Account
from kling_desktop.sandbox.tasks import TaskBook, TaskState

REQUEST = {
    "image_url": "http://127.0.0.1:9/a.png",
    "video_url": "http://127.0.0.1:9/b.mp4",
    "mode": "pro",
    "character_orientation": "video",
    "prompt": "[fail]",
}
ODD = [None, True, "x", -1, 1e300, ["x"], {}, "\ud800", "../../evil", float("nan")]


def spoiled(path: Path, name: str, value: object) -> None:
    data = json.loads(path.read_text(encoding="ascii"))
    path.write_text(json.dumps(data | {name: value}), encoding="ascii")


ACCOUNT_FIELDS = [
    "port",
    "api_tokens",
    "account_token",
    "user_id",
    "application_id",
    "link_key",
    "balance",
    "ledger",
]


@pytest.mark.parametrize("name", ACCOUNT_FIELDS)
def test_an_account_that_makes_no_sense_is_another_one(tmp_path: Path, name: str) -> None:
    before = Account(tmp_path)
    before.charge("trace", 1.5)
    assert Account(tmp_path).account_token == before.account_token
    for value in ODD:
        if value == "x" and name in ("account_token", "user_id", "application_id"):
            continue  # any text is one
        spoiled(tmp_path / "account.json", name, value)
        account = Account(tmp_path)
        account.charge("other", 0.5)
        assert account.port in range(65536)
        assert len(account.link_key) > 0
        assert account.credentials
        assert account.balance <= START_CREDITS
        assert account.ledger[0].credits == 0.5


@pytest.mark.parametrize(
    "name", ["id", "number", "trace_id", "request", "created_at", "ready_at", "state", "words"]
)
def test_a_task_that_makes_no_sense_is_unknown_and_no_other(tmp_path: Path, name: str) -> None:
    sound = TaskBook(tmp_path).create(REQUEST, 0.0)
    spoilt = TaskBook(tmp_path).create(REQUEST, 0.0)
    path = tmp_path / f"{spoilt.id}.json"
    whole = path.read_bytes()
    for value in ODD:
        path.write_bytes(whole)
        if name == "trace_id" and isinstance(value, str) and value.isprintable():
            continue
        if (name, value) == ("words", ["x"]):
            continue
        spoiled(path, name, value)
        assert [task.id for task in TaskBook(tmp_path).all()] == [sound.id], value


@pytest.mark.parametrize(
    "change",
    [{"image_url": 5}, {"video_url": "file:///etc/passwd"}, {"mode": "ultra"}, {"model_name": []}],
)
def test_a_task_that_could_not_be_made_is_none(tmp_path: Path, change: dict[str, Any]) -> None:
    task = TaskBook(tmp_path).create(REQUEST, 0.0)
    spoiled(tmp_path / f"{task.id}.json", "request", REQUEST | change)
    assert list(TaskBook(tmp_path).all()) == []


def test_a_sandbox_full_of_rubbish_starts(tmp_path: Path) -> None:
    sandbox = Sandbox(tmp_path / "sandbox")
    sandbox.start()
    sandbox.stop()
    made = TaskBook(tmp_path / "sandbox" / "tasks").create(REQUEST, 0.0)
    assert made.state is TaskState.RUNNING
    for path in [p for p in (tmp_path / "sandbox").rglob("*.json") if made.id not in p.name]:
        path.write_bytes(b"[" * 100_000)
    for content in (b"5", b"[]", b'{"id": 7}', b"\xff"):
        (tmp_path / "sandbox" / "tasks" / f"{uuid.uuid4()}.json").write_bytes(content)
    again = Sandbox(tmp_path / "sandbox")
    again.start()
    try:
        assert again.address.startswith("http://127.0.0.1:")
        assert time.time() > made.created_at
    finally:
        again.stop()


@pytest.mark.parametrize("is_replaced", [False, True])
def test_a_task_whose_folder_went_away_ends_all_the_same(tmp_path: Path, is_replaced: bool) -> None:
    folder = tmp_path / "sandbox" / "tasks"
    book = TaskBook(folder)
    task = book.create(REQUEST, 0.0)
    shutil.rmtree(folder.parent)
    if is_replaced:
        folder.parent.touch()
    ended = replace(task, state=TaskState.FAILED)
    book.replace(ended)
    assert book.wait_ended(task.id, 0.0) == ended
    if not is_replaced:
        assert TaskBook(folder).all() == [ended]
