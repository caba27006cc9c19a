"""Connecting with tokens, what is learned of the account, and where the tokens are kept."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace

import keyring
import pytest
from engine_world import World, held, in_state
from keyring.backend import KeyringBackend

from kling_desktop.engine.engine import Engine
from kling_desktop.engine.service import Hosts
from kling_desktop.motion.account import Connection, TokenOutcome
from kling_desktop.motion.job import HoldReason, JobState
from kling_desktop.motion.token import TokenKind
from kling_desktop.store.secrets import Secrets


class StoreInMemory(KeyringBackend):
    """A password store of the system, for the length of a test."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


@pytest.fixture
def store() -> Iterator[StoreInMemory]:
    before, made = keyring.get_keyring(), StoreInMemory()
    keyring.set_keyring(made)
    yield made
    keyring.set_keyring(before)


@pytest.fixture
def own(world: World) -> World:
    """An account of the person's own: nothing is connected yet."""
    world.tokens = None
    address = world.sandbox.address
    world.hosts = Hosts(address, address)
    return world


def texts(world: World) -> tuple[str, str]:
    return world.sandbox.account_token.reveal(), world.sandbox.api_token.reveal()


def test_one_account_token_finds_the_api_token_and_connects(
    own: World, store: StoreInMemory
) -> None:
    account, api = texts(own)

    async def story(engine: Engine) -> None:
        assert engine.account.state.connection is Connection.NOT_CONNECTED
        result = await engine.account.connect(f' "Bearer {account}"\n', "")
        assert result.account.outcome is TokenOutcome.ACCEPTED
        assert result.api.outcome is TokenOutcome.FOUND
        assert result.api.name == "sandbox"
        assert result.account.balance_credits == 100
        state = engine.account.state
        assert state.connection is Connection.ONLINE
        assert (state.has_api_token, state.has_account_token) == (True, True)
        assert (state.api_token_hint, state.account_token_hint) == (api[-4:], account[-4:])
        assert state.balance_credits == 100
        assert state.application_id
        assert state.token_store is not None

    own.run(story)
    assert sorted(store.kept.values()) == sorted([account, api])
    assert own.sandbox.accepted == []


def test_the_tokens_are_there_at_the_next_start(own: World, store: StoreInMemory) -> None:
    async def before(engine: Engine) -> None:
        await engine.account.connect(*texts(own))

    async def after(engine: Engine) -> JobState:
        assert engine.account.state.can_generate
        job = await own.generate("[fail]")
        return (await in_state(engine, job, JobState.GENERATING)).state

    own.run(before)
    own.secrets = Secrets(environ={})
    assert own.run(after) is JobState.GENERATING


def test_without_a_password_store_the_tokens_are_kept_for_this_run_only(
    own: World, no_store: None
) -> None:
    async def before(engine: Engine) -> None:
        result = await engine.account.connect(*texts(own))
        assert result.can_generate
        assert result.kept_in is None
        assert engine.account.state.token_store is None
        assert engine.account.state.can_generate

    async def after(engine: Engine) -> None:
        assert engine.account.state.connection is Connection.NOT_CONNECTED

    own.run(before)
    own.secrets = Secrets(environ={})  # another run of the program
    own.run(after)
    for path in own.folder.rglob("*"):
        for text in texts(own):
            assert not path.is_file() or text.encode() not in path.read_bytes()


def test_swapped_tokens_are_recognised_before_anything_is_sent(own: World, no_store: None) -> None:
    account, api = texts(own)

    async def story(engine: Engine) -> None:
        result = await engine.account.connect(api, account)
        assert result.account.outcome is TokenOutcome.WRONG_FIELD
        assert result.api.outcome is TokenOutcome.WRONG_FIELD
        assert not engine.account.state.has_api_token

    own.run(story)
    assert own.sandbox.requests == []


@pytest.mark.parametrize(
    ("account", "api", "outcomes"),
    [
        ("", "f" * 32, (TokenOutcome.EMPTY, TokenOutcome.REFUSED)),
        ("platform-v1-" + "0" * 64, "", (TokenOutcome.REFUSED, TokenOutcome.EMPTY)),
        ("hello", "1234", (TokenOutcome.WRONG_SHAPE, TokenOutcome.WRONG_SHAPE)),
    ],
)
def test_what_is_not_accepted_is_not_kept(
    own: World,
    store: StoreInMemory,
    account: str,
    api: str,
    outcomes: tuple[TokenOutcome, TokenOutcome],
) -> None:
    async def story(engine: Engine) -> None:
        result = await engine.account.connect(account, api)
        assert (result.account.outcome, result.api.outcome) == outcomes
        assert engine.account.state.connection is Connection.NOT_CONNECTED

    own.run(story)
    assert store.kept == {}


def test_an_api_token_alone_connects_but_cannot_upload(own: World, no_store: None) -> None:
    async def story(engine: Engine) -> None:
        result = await engine.account.connect("", texts(own)[1])
        assert result.can_generate
        assert engine.account.state.can_generate
        assert not engine.account.state.can_upload
        job = await own.generate()
        await held(engine, HoldReason.UPLOADS)
        job = await in_state(engine, job, JobState.QUEUED)
        assert job.error is not None
        assert job.error.code == "no_account_token"

    own.run(story)
    assert own.sandbox.accepted == []


def test_an_unreachable_host_is_told_apart_from_a_refused_token(own: World, no_store: None) -> None:
    tokens = texts(own)

    async def story(engine: Engine) -> None:
        await asyncio.to_thread(own.sandbox.stop)
        result = await engine.account.test(*tokens)
        assert result.account.outcome is TokenOutcome.UNREACHABLE
        assert result.account.host == "127.0.0.1"
        assert result.api.outcome is TokenOutcome.UNREACHABLE

    own.run(story)


@pytest.mark.parametrize("kind", ["html", "cut_middle", "huge", "deep_json"])
def test_an_odd_answer_is_neither_yes_nor_no(own: World, no_store: None, kind: str) -> None:
    own.sandbox.faults.add("tasks", kind, times=None)

    async def story(engine: Engine) -> None:
        result = await engine.account.test("", texts(own)[1])
        assert result.api.outcome is TokenOutcome.UNCLEAR

    own.run(story)


def test_a_test_of_tokens_keeps_nothing(own: World, store: StoreInMemory) -> None:
    async def story(engine: Engine) -> None:
        assert (await engine.account.test(*texts(own))).can_generate
        assert engine.account.state.connection is Connection.NOT_CONNECTED

    own.run(story)
    assert store.kept == {}


def test_disconnect_forgets_both_tokens_everywhere(own: World, store: StoreInMemory) -> None:
    async def story(engine: Engine) -> None:
        await engine.account.connect(*texts(own))
        await engine.account.disconnect()
        state = engine.account.state
        assert state.connection is Connection.NOT_CONNECTED
        assert (state.api_token_hint, state.balance_credits, state.account_name) == ("", None, "")

    own.run(story)
    assert store.kept == {}


def test_a_job_without_a_token_waits_and_goes_on_after_connecting(
    own: World, no_store: None
) -> None:
    async def story(engine: Engine) -> None:
        await engine.account.connect(*texts(own))
        engine.queue.pause()
        job = await own.generate("[fail]")
        await engine.account.disconnect()
        engine.queue.resume()
        await held(engine, HoldReason.TOKEN)
        await in_state(engine, job, JobState.QUEUED)
        await engine.account.connect(*texts(own))
        await in_state(engine, job, JobState.GENERATING)

    own.run(story)
    assert len(own.sandbox.accepted) == 1


def test_a_refused_token_is_shown_until_the_person_tries_again(own: World, no_store: None) -> None:
    async def story(engine: Engine) -> None:
        await engine.account.connect(*texts(own))
        job = await own.generate("[token]")
        await held(engine, HoldReason.TOKEN)
        assert engine.account.state.connection is Connection.TOKEN_REFUSED
        assert not engine.account.state.can_generate
        await in_state(engine, job, JobState.QUEUED)
        await engine.account.connect(*texts(own))
        assert engine.account.state.connection is Connection.ONLINE

    own.run(story)


def test_price_rules_and_ids_are_remembered_over_a_restart(world: World) -> None:
    async def before(engine: Engine) -> None:
        await engine.account.refresh()

    async def after(engine: Engine) -> None:
        assert engine.account.price_rules is not None
        assert engine.account.state.price_read_at is not None
        kept = await engine.workers.write(engine.journal.value, "application_id")
        assert kept

    world.run(before)
    asked = len(world.sandbox.requests)
    world.run(after)
    assert len(world.sandbox.requests) == asked


def test_the_environment_s_tokens_are_used_and_told(own: World, store: StoreInMemory) -> None:
    account, api = texts(own)
    own.secrets = Secrets(
        environ={"ACEDATACLOUD_API_TOKEN": api, "ACEDATACLOUD_PLATFORM_TOKEN": account}
    )

    async def story(engine: Engine) -> None:
        assert engine.account.from_environment
        assert engine.account.state.can_generate

    own.run(story)
    assert store.kept == {}


def test_a_token_is_never_used_for_another_host(own: World, store: StoreInMemory) -> None:
    async def before(engine: Engine) -> None:
        await engine.account.connect(*texts(own))

    async def after(engine: Engine) -> None:
        assert engine.account.state.connection is Connection.NOT_CONNECTED

    own.run(before)
    assert own.hosts is not None
    own.hosts = replace(own.hosts, api="http://127.0.0.1:9", platform="http://127.0.0.1:9")
    own.secrets = Secrets(environ={})
    own.run(after)
    assert TokenKind.API.value in str(store.kept)
