"""Whoever knocks without knowing how is sent away, and keeps nobody else from being heard."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, aclosing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from support.waiting import until

from kling_desktop.engine import door
from kling_desktop.engine.door import Answer, Door, Say, knock
from kling_desktop.store.lock import FolderLock, LockInfo


async def echo(message: dict[str, Any], say: Say) -> None:
    say({"heard": message})


def with_a_door(
    folder: Path, story: Callable[[FolderLock], Awaitable[None]], answer: Answer = echo
) -> None:
    async def whole() -> None:
        lock, opened = FolderLock(folder / "lock"), Door(answer)
        assert lock.acquire()
        opened.open()
        try:
            opened.announce(lock)
            await story(lock)
        finally:
            opened.close()
            lock.release()

    asyncio.run(whole())


async def is_heard(lock: FolderLock) -> bool:
    async with aclosing(knock(lock, {"what": "hello"})) as lines:
        return [line async for line in lines] == [{"heard": {"what": "hello"}}]


@contextmanager
def caller(lock: FolderLock) -> Iterator[socket.socket]:
    info = lock.read_info()
    assert info is not None
    with socket.create_connection(("127.0.0.1", info.port)) as connection:
        yield connection


async def answer_to(lock: FolderLock, said: bytes) -> bytes:
    def ask() -> bytes:
        with caller(lock) as connection:
            connection.sendall(said)
            connection.shutdown(socket.SHUT_WR)
            try:
                return connection.recv(1000)
            except ConnectionResetError:  # it left what was said unread
                return b""

    return await asyncio.to_thread(ask)


DEEP = b"[" * 100_000
NONSENSE = [
    b"",
    b"\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"\xff\xfe\x00\n",
    "{„key“: 1}\n".encode(),
    b'{"key": "\\ud800"}\n',
    b'{"key": ["a"]}\n',
    b'{"key": 7}\n',
    b'{"what": "hello"}\n',
    b'{"what": "hello", "key": ""}\n',
    b'{"what": "hello", "key": "0123456789abcdef0123456789abcdef"}\n',
    b"[1, 2]\n",
    b"9" * 5000 + b"\n",
    DEEP + b"\n",
    b'{"key": ' + DEEP + b"}\n",
    b"x" * (door.LINE_BYTES + 1) + b"\n",
]


@pytest.mark.parametrize("said", NONSENSE, ids=range(len(NONSENSE)))
def test_what_is_no_knock_gets_no_answer_and_leaves_no_trace(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str], said: bytes
) -> None:
    async def story(lock: FolderLock) -> None:
        assert await answer_to(lock, said) == b""
        assert await is_heard(lock)

    caplog.set_level(logging.INFO)
    with_a_door(tmp_path, story)
    assert (caplog.messages, capfd.readouterr()) == ([], ("", ""))


def test_what_a_caller_wanted_who_has_gone_is_not_done(tmp_path: Path) -> None:
    """As after hours in which this program was suspended."""
    heard = []

    async def answer(message: dict[str, Any], _say: Say) -> None:
        heard.append(message["what"])

    async def story(lock: FolderLock) -> None:
        info = lock.read_info()
        assert info is not None
        # Without a line's end: the whole of it is there when its end is, the caller's last word.
        said = json.dumps({"what": "too late", "key": info.key}).encode()
        assert await answer_to(lock, said) == door.HERE
        async with aclosing(knock(lock, {"what": "in time"})) as lines:
            assert [line async for line in lines] == []
        assert heard == ["in time"]

    with_a_door(tmp_path, story, answer)


def test_a_holder_that_is_silent_is_waited_for_and_not_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A suspended one: the system accepts the call for it."""
    monkeypatch.setattr(door, "CONNECT_S", 0.2)

    async def story() -> None:
        lock = FolderLock(tmp_path / "lock")
        assert lock.acquire()
        with socket.create_server(("127.0.0.1", 0)) as silent:
            lock.write_info(LockInfo(silent.getsockname()[1], "key", os.getpid()))
            with pytest.raises(TimeoutError):
                await is_heard(lock)
        lock.release()

    asyncio.run(story())


def test_a_knock_may_come_in_pieces(tmp_path: Path) -> None:
    async def story(lock: FolderLock) -> None:
        info = lock.read_info()
        assert info is not None
        reader, writer = await asyncio.open_connection("127.0.0.1", info.port)
        said = json.dumps({"what": "hello", "key": info.key}).encode() + b"\n"
        for at in range(len(said)):
            writer.write(said[at : at + 1])
            await writer.drain()
        assert await reader.readline() == door.HERE
        assert json.loads(await reader.readline()) == {"heard": {"what": "hello"}}
        writer.close()

    with_a_door(tmp_path, story)


def test_silent_callers_get_few_threads_and_are_sent_away_in_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "KNOCK_S", 0.5)
    before = threading.active_count()

    async def story(lock: FolderLock) -> None:
        with ExitStack() as silent:
            callers = [silent.enter_context(caller(lock)) for _ in range(300)]
            most = await asyncio.to_thread(threads_until_all_are_sent_away, callers)
            assert most - before <= door.STRANGERS + 3  # the door's own, the loop's two
            assert await is_heard(lock)
        await until(lambda: threading.active_count() - before <= 4)

    with_a_door(tmp_path, story)


def threads_until_all_are_sent_away(callers: list[socket.socket]) -> int:
    most = 0
    for connection in callers:
        most = max(most, threading.active_count())
        try:
            assert connection.recv(1) == b""
        except ConnectionResetError:
            pass
    return most
