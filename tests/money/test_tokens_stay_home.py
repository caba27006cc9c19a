"""A token is in memory and in the Authorization header to its own host, and nowhere else.

Everything that can go wrong is made to go wrong; then every byte that the program wrote, every
line it logged, and every request that another host received is searched.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from engine_world import World, held, in_state, until

from kling_desktop.engine.code import as_curl, as_python, request_body
from kling_desktop.engine.engine import Engine
from kling_desktop.motion.job import HoldReason, JobAction, JobState
from kling_desktop.motion.token import Token
from kling_desktop.sandbox import Sandbox


@dataclass
class OtherHost:
    """A stranger that notes all it is told and answers 200 with something."""

    heard: list[bytes] = field(default_factory=list)
    address: str = ""


@pytest.fixture
def stranger() -> Iterator[OtherHost]:
    host = OtherHost()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            host.heard.append(f"{self.requestline}\n{self.headers}".encode() + body)
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        do_GET = do_HEAD = do_POST

        def log_message(self, format: str, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    host.address = f"http://127.0.0.1:{server.server_port}"
    yield host
    server.shutdown()
    thread.join()
    server.server_close()


def secrets_of(sandbox: Sandbox) -> list[bytes]:
    return [t.reveal().encode() for t in (sandbox.api_token, sandbox.account_token)]


def assert_no_token(where: str, data: bytes, sandbox: Sandbox) -> None:
    for secret in secrets_of(sandbox):
        assert secret not in data, where


async def live_through_everything(world: World, engine: Engine, stranger: OtherHost) -> list[str]:
    """Good and bad ends, each refusal, redirects to another host; returns what can be copied."""
    faults = world.sandbox.faults
    await engine.account.refresh()
    await world.finished("fine", callback_url=stranger.address + "/callback?key=1")
    await world.finished("[fail]")
    await world.finished("[bad settings]")
    for words, reason in (("[token]", HoldReason.TOKEN), ("[used up]", HoldReason.CREDIT)):
        world.sandbox.set_balance(0)  # or credit would be there
        job = await world.generate(words)
        await held(engine, reason)
        await in_state(engine, job, JobState.QUEUED)  # the hold is seen before the job is back
        assert await engine.do(job.job_id, JobAction.CANCEL)
        world.sandbox.set_balance(100)
        engine.queue.lift(reason)  # or the next word would only let one job try
    for route in ("motion", "tasks", "files", "balance", "price", "me"):
        faults.add(route, "redirect", location=f"{stranger.address}/{route}")
    lost = await world.generate("redirected")
    await until(engine, lambda: engine.book.get(lost.job_id).looks)
    await engine.account.refresh()
    faults.clear()
    # The service repeats the tokens in its messages, as some do.
    for route, secret in zip(("motion", "files"), secrets_of(world.sandbox), strict=True):
        text = secret.decode()
        faults.add(route, "refuse_json", code=text, message=f"Bearer {text} is odd, {text}")
        await world.finished("told")
    texts = []
    for job in engine.book.all():
        texts.append(await engine.report(job.job_id))
        body = request_body(job.request, job)
        texts += [as_curl(body, world.sandbox.address), as_python(body, world.sandbox.address)]
        texts.append(repr(job))
    texts.append(repr(engine.account.state))
    return texts


def test_after_everything_that_can_happen_the_token_is_nowhere(
    world: World, stranger: OtherHost, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    async def story(engine: Engine) -> list[str]:
        return await live_through_everything(world, engine, stranger)

    texts = world.run(story)
    for text in texts:
        assert_no_token("a text to be copied", text.encode(), world.sandbox)
    assert_no_token("the log", caplog.text.encode(), world.sandbox)
    written = [p for p in world.folder.rglob("*") if p.is_file()]
    assert any(p.name == "journal.sqlite" for p in written)
    for path in written:
        assert_no_token(str(path), path.read_bytes(), world.sandbox)
    for heard in stranger.heard:
        assert_no_token("another host", heard, world.sandbox)
    # The callback is the sandbox's own doing; our requests never followed a redirect there.
    assert all(h.startswith(b"POST /callback") for h in stranger.heard)


def test_downloads_and_links_carry_no_token(world: World) -> None:
    async def story(engine: Engine) -> None:
        await world.finished()

    world.run(story)
    files = [r for r in world.sandbox.requests if r.path.startswith(("/results/", "/cdn/"))]
    assert files
    assert all("authorization" not in r.headers for r in files)
    assert all("cookie" not in r.headers for r in files)


def test_each_token_goes_to_its_own_host_only(world: World) -> None:
    api, account = (t.reveal() for t in (world.sandbox.api_token, world.sandbox.account_token))

    async def story(engine: Engine) -> None:
        await world.finished()
        await engine.account.refresh()

    world.run(story)
    for seen in world.sandbox.requests:
        sent = seen.headers.get("authorization", "")
        if seen.path.startswith("/kling/"):
            assert sent == f"Bearer {api}"
        elif seen.path == "/api/v1/services/kling":
            assert sent == ""
        elif seen.path.startswith("/api/v1/"):
            assert sent == f"Bearer {account}"
        assert api not in json.dumps([seen.path, seen.query])
        assert account not in json.dumps([seen.path, seen.query])


def test_a_download_that_leads_to_another_host_tells_it_nothing(
    world: World, stranger: OtherHost
) -> None:
    async def story(engine: Engine) -> None:
        job = await world.generate("[slow]")
        await until(engine, lambda: world.sandbox.accepted)
        await world.rendered()
        elsewhere = stranger.address + "/video"
        world.sandbox.faults.add("download", "redirect", times=None, location=elsewhere)
        world.sandbox.finish()
        await in_state(engine, job, JobState.UNSAVED)  # {} is no video

    world.run(story)
    assert stranger.heard
    for heard in stranger.heard:
        assert_no_token("another host", heard, world.sandbox)
        assert b"authorization" not in heard.lower()


def test_an_exception_in_a_call_holds_no_token(world: World) -> None:
    """Whatever is raised, with its causes, says nothing of the token."""
    world.sandbox.faults.add("motion", "cut_before")

    async def story(engine: Engine) -> BaseException:
        client = engine.service.generation()
        assert client is not None
        try:
            await asyncio.to_thread(client.submit, {"prompt": "x"})
        except Exception as error:
            return error
        raise AssertionError("the cut was not noticed")

    error: BaseException | None = world.run(story)
    seen = 0
    while error is not None:
        told = repr((error, error.args, vars(error)))
        assert_no_token("an exception", told.encode(), world.sandbox)
        error, seen = error.__cause__ or error.__context__, seen + 1
    assert seen


def test_a_token_shows_itself_to_no_one_who_prints_it() -> None:
    token = Token("0123456789abcdef0123456789abcdef")
    for text in (repr(token), str(token), f"{token}", repr([token]), format(token)):
        assert token.reveal() not in text


def test_an_odd_token_that_no_header_takes_is_not_repeated(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """requests would put the header into its error's text."""
    caplog.set_level(logging.DEBUG)
    odd = "abc\ndef-a-secret-with-a-line-break"
    world.tokens = (Token(odd), world.sandbox.account_token)

    async def story(engine: Engine) -> str:
        job = await world.generate()
        await held(engine, HoldReason.TOKEN)
        return await engine.report(job.job_id)

    text = world.run(story)
    assert "secret-with" not in text + caplog.text
    for path in world.folder.rglob("*"):
        assert not path.is_file() or b"secret-with" not in path.read_bytes()


def test_the_copied_code_has_a_placeholder_in_the_token_s_place(world: World) -> None:
    body = request_body(replace(world.request(), prompt="x"))
    for text in (as_curl(body, "https://api.example"), as_python(body, "https://api.example")):
        assert text.count("YOUR_API_TOKEN") == 1


@pytest.mark.skipif(os.name != "posix", reason="rights in numbers are POSIX's")
def test_the_folders_of_the_program_belong_to_their_owner_alone(world: World) -> None:
    async def story(engine: Engine) -> None:
        return None

    world.run(story)
    folder = Path(world.paths.profile("sandbox").folder)
    assert folder.stat().st_mode & 0o077 == 0
