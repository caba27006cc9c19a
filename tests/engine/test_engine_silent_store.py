"""A password store that does not answer keeps nothing waiting but what needs a token."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import keyring
import pytest
from engine_world import World, ended, in_state, until
from keyring.backend import KeyringBackend

from kling_desktop.engine import account, password_store
from kling_desktop.engine.engine import Engine
from kling_desktop.engine.service import Hosts
from kling_desktop.motion.account import Connection, StoreWish
from kling_desktop.motion.input import Blocked
from kling_desktop.motion.job import HoldReason, JobState
from kling_desktop.motion.request import Draft, Source
from kling_desktop.motion.token import TokenKind
from kling_desktop.store.secrets import SERVICE, Secrets, entry_name

S = JobState


class SlowStore(KeyringBackend):
    """A password store of the system; while ``opens`` is not set its prompt stands open."""

    priority = -1  # never the one that keyring finds by itself, in tests that ask for none

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}
        self.opens = threading.Event()
        self.asked = 0

    def _wait(self) -> None:
        self.asked += 1
        self.opens.wait()

    def get_password(self, service: str, username: str) -> str | None:
        self._wait()
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._wait()
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self._wait()
        del self.kept[service, username]


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[SlowStore]:
    """Silent. Nobody waits for it longer than it takes to see that."""
    before, made = keyring.get_keyring(), SlowStore()
    keyring.set_keyring(made)
    monkeypatch.setattr(password_store, "SILENT_AFTER_S", 0.01)
    yield made
    made.opens.set()
    keyring.set_keyring(before)


@pytest.fixture
def own(world: World, store: SlowStore, monkeypatch: pytest.MonkeyPatch) -> World:
    """An account of the person's own, whose tokens the store has."""
    world.tokens = None
    address = world.sandbox.address
    world.hosts = Hosts(address, address)
    monkeypatch.setattr(account, "STORE_AT_START_S", 0.01)
    monkeypatch.setattr(account, "STORE_WITHIN_S", 0.01)
    for kind, token in (
        (TokenKind.API, world.sandbox.api_token),
        (TokenKind.ACCOUNT, world.sandbox.account_token),
    ):
        store.kept[SERVICE, entry_name(kind, address)] = token.reveal()
    return world


def texts(world: World) -> tuple[str, str]:
    return world.sandbox.account_token.reveal(), world.sandbox.api_token.reveal()


async def silent(engine: Engine, wish: StoreWish = StoreWish.READ) -> None:
    await until(engine, lambda: engine.account.state.silent_store is wish)


async def answers(engine: Engine, store: SlowStore) -> None:
    store.opens.set()
    await until(engine, lambda: engine.account.state.silent_store is None)


def test_what_needs_no_token_is_there_and_the_rest_goes_on_by_itself_when_the_store_answers(
    own: World, store: SlowStore
) -> None:
    async def before(engine: Engine) -> None:
        await engine.account.connect(*texts(own), this_run=True)
        engine.queue.pause()
        await own.generate("waits")
        engine.drafting.put(Draft(prompt="a draft"))
        await engine.drafting.save()

    async def after(engine: Engine) -> None:
        (job,) = engine.book.all()
        assert engine.drafting.draft.prompt == "a draft"
        await silent(engine)
        state = engine.account.state
        assert (state.connection, state.has_api_token) == (Connection.AWAITS_STORE, False)
        assert state.token_store == store.name
        assert engine.drafting.judgement.blocked is not Blocked.NOT_CONNECTED
        await engine.resume_queue()
        assert engine.queue.kept_by(job.job_id) == (HoldReason.STORE,)
        assert engine.book.get(job.job_id).state is S.QUEUED
        await answers(engine, store)
        assert (await ended(engine, job)).state is S.DONE
        assert engine.queue.state.holds == ()
        assert engine.account.state.connection is Connection.ONLINE
        await until(engine, lambda: engine.account.state.balance_credits)

    own.run(before, default_draft=Draft())
    own.secrets = Secrets(environ={})
    own.run(after, default_draft=Draft())
    assert len(own.sandbox.accepted) == 1


def test_closing_waits_neither_for_a_question_nor_for_those_behind_it(
    own: World, store: SlowStore
) -> None:
    async def story(engine: Engine) -> None:
        await silent(engine)
        await engine.account.connect(*texts(own))
        await engine.account.disconnect()

    own.run(story)  # in a process of their own such threads would keep it from ending
    assert all(t.daemon for t in threading.enumerate() if "password-store" in t.name)
    assert store.asked == 1, "one prompt at a time"


def test_a_paid_job_is_asked_about_as_soon_as_the_store_answers(
    own: World, store: SlowStore
) -> None:
    async def before(engine: Engine) -> None:
        await engine.account.connect(*texts(own), this_run=True)
        await in_state(engine, await own.generate("[slow]"), S.GENERATING)

    async def after(engine: Engine) -> None:
        (job,) = engine.book.all()
        told = await until(engine, lambda: engine.book.get(job.job_id).error)
        assert (told.code, told.value("met")) == ("unanswered", "store_silent")
        own.sandbox.finish()
        await answers(engine, store)
        assert (await ended(engine, job)).state is S.DONE

    own.run(before)
    own.secrets = Secrets(environ={})
    own.run(after)


def test_a_token_is_used_at_once_and_kept_when_the_store_answers(
    own: World, store: SlowStore
) -> None:
    """And what the store had before does not come back into this run."""
    address = own.sandbox.address
    store.kept[SERVICE, entry_name(TokenKind.API, address)] = "f" * 32

    async def story(engine: Engine) -> None:
        await silent(engine)
        result = await engine.account.connect(*texts(own))
        assert (result.silent_store, result.kept_in) == (True, None)
        assert engine.account.state.connection is Connection.ONLINE
        assert engine.queue.state.holds == ()
        await silent(engine, StoreWish.KEEP)
        await answers(engine, store)
        assert engine.account.state.api_token_hint == texts(own)[1][-4:]

    own.run(story)
    assert sorted(store.kept.values()) == sorted(texts(own))


def test_for_this_run_only_stays_out_of_the_store_however_late_it_answers(
    own: World, store: SlowStore
) -> None:
    store.kept.clear()

    async def story(engine: Engine) -> None:
        await silent(engine)
        result = await engine.account.connect(*texts(own), this_run=True)
        assert (result.silent_store, result.kept_in) == (False, None)
        assert engine.account.state.silent_store is None
        assert engine.account.state.can_generate
        store.opens.set()
        await engine.workers.call(own.secrets.ask(lambda: None).result)

    own.run(story)
    assert store.kept == {}


def test_a_token_that_is_being_kept_can_still_be_left_out(own: World, store: SlowStore) -> None:
    store.kept.clear()

    async def story(engine: Engine) -> None:
        store.opens.set()
        await until(engine, lambda: engine.account.tokens_told.is_set())
        store.opens.clear()
        await engine.account.connect(*texts(own))
        await silent(engine, StoreWish.KEEP)
        engine.account.for_this_run_only()
        await until(engine, lambda: engine.account.state.silent_store is None)
        assert engine.account.state.can_generate
        store.opens.set()
        await engine.workers.call(own.secrets.ask(lambda: None).result)

    own.run(story)
    assert store.kept == {}


def test_what_is_disconnected_is_not_used_and_is_removed_when_the_store_answers(
    own: World, store: SlowStore
) -> None:
    async def story(engine: Engine) -> None:
        store.opens.set()
        await until(engine, lambda: engine.account.state.can_generate)
        store.opens.clear()
        await engine.account.disconnect()
        assert engine.account.state.connection is Connection.NOT_CONNECTED
        await silent(engine, StoreWish.REMOVE)
        await answers(engine, store)
        assert engine.account.state.connection is Connection.NOT_CONNECTED

    own.run(story)
    assert store.kept == {}


def test_connecting_anew_does_not_bring_back_what_was_disconnected(
    own: World, store: SlowStore
) -> None:
    """The account token is still to be removed when an API token alone is connected."""

    async def story(engine: Engine) -> None:
        store.opens.set()
        await until(engine, lambda: engine.account.state.can_generate)
        store.opens.clear()
        await engine.account.disconnect()
        await engine.account.connect("", texts(own)[1])
        await answers(engine, store)

    own.run(story)
    assert list(store.kept.values()) == [texts(own)[1]]


def test_a_store_that_answers_that_it_has_none_is_waited_for_no_more(
    own: World, store: SlowStore
) -> None:
    store.kept.clear()

    async def story(engine: Engine) -> None:
        await silent(engine)
        job = await own.generate("waits")
        await answers(engine, store)
        assert engine.account.state.connection is Connection.NOT_CONNECTED
        await until(engine, lambda: HoldReason.TOKEN in engine.queue.state.holds)
        await in_state(engine, job, S.QUEUED)
        assert HoldReason.STORE not in engine.queue.state.holds

    own.run(story)


def test_with_an_api_token_of_the_environment_links_go_on_and_files_wait(
    own: World, store: SlowStore
) -> None:
    """And nothing is asked when the account token comes: it is the same account's."""

    async def before(engine: Engine) -> tuple[Source, Source]:
        await engine.account.connect(*texts(own), this_run=True)
        job = await own.finished("before")
        return Source(url=job.image_link), Source(url=job.video_link)

    image, video = own.run(before)
    own.secrets = Secrets(environ={"ACEDATACLOUD_API_TOKEN": texts(own)[1]})

    async def story(engine: Engine) -> None:
        await silent(engine)
        assert engine.account.state.can_generate
        of_links = await own.generate(image=image, video=video)
        of_files = await own.generate("files")
        assert (await ended(engine, of_links)).state is S.DONE
        assert engine.queue.kept_by(of_files.job_id) == (HoldReason.UPLOADS,)
        await answers(engine, store)
        assert (await ended(engine, of_files)).state is S.DONE
        assert engine.queue.state.holds == ()

    own.run(story)
    assert len(own.sandbox.accepted) == 3


def test_the_libraries_may_be_changed_meanwhile(own: World, store: SlowStore) -> None:
    """The store is asked by both lives of the account's library, and has one answer."""

    async def first(engine: Engine) -> None:
        await silent(engine)

    async def second(engine: Engine) -> None:
        await silent(engine)
        await answers(engine, store)
        await until(engine, lambda: engine.account.state.can_generate)

    sandbox_hosts, tokens = None, (own.sandbox.api_token, own.sandbox.account_token)
    account_hosts = own.hosts
    own.run(first)
    own.hosts, own.tokens = sandbox_hosts, tokens
    job = own.run(lambda engine: own.finished("between"))
    assert job.state is S.DONE
    own.hosts, own.tokens = account_hosts, None
    own.run(second)


def test_what_is_said_while_the_store_is_being_read_counts() -> None:
    secrets, store, before = Secrets(environ={}), SlowStore(), keyring.get_keyring()
    keyring.set_keyring(store)
    try:
        found = secrets.ask(lambda: secrets.read(TokenKind.API, "api.acedata.cloud"))
        secrets.for_this_run(TokenKind.API, "api.acedata.cloud", None)
        store.kept[SERVICE, "api@api.acedata.cloud"] = "0" * 32
        store.opens.set()
        assert found.result() is None
    finally:
        keyring.set_keyring(before)
