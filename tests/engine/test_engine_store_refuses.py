"""A password store that answers with an error is told apart from one that keeps no token."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import keyring
import pytest
from engine_world import World, ended, in_state, until
from keyring.backends import fail
from keyring.errors import InitError, KeyringLocked, PasswordSetError
from secretstorage.exceptions import PromptDismissedException, SecretServiceNotAvailableException
from test_engine_silent_store import SlowStore, own, texts

from kling_desktop.engine.engine import Engine
from kling_desktop.motion.account import Connection, StoreFault, StoreProblem, StoreWish
from kling_desktop.motion.input import Blocked
from kling_desktop.motion.job import HoldReason, JobState
from kling_desktop.motion.request import Draft, Source
from kling_desktop.motion.token import TokenKind
from kling_desktop.store.secrets import SERVICE, Secrets, entry_name

__all__ = ["own"]  # the fixture

S = JobState
LOCKED = KeyringLocked("Failed to unlock the collection!")


class RefusingStore(SlowStore):
    """Answers at once; each wish may be met with an error, that of one entry alone, too."""

    def __init__(self) -> None:
        super().__init__()
        self.opens.set()
        self.errors: dict[StoreWish, Exception] = {}
        self.only = ""  # the kind of token that the errors are about

    def _meets(self, wish: StoreWish, username: str) -> None:
        if wish in self.errors and username.startswith(self.only):
            self.asked += 1
            raise self.errors[wish]

    def get_password(self, service: str, username: str) -> str | None:
        self._meets(StoreWish.READ, username)
        return super().get_password(service, username)

    def set_password(self, service: str, username: str, password: str) -> None:
        self._meets(StoreWish.KEEP, username)
        super().set_password(service, username, password)

    def delete_password(self, service: str, username: str) -> None:
        self._meets(StoreWish.REMOVE, username)
        super().delete_password(service, username)


@pytest.fixture
def store() -> Iterator[RefusingStore]:
    before, made = keyring.get_keyring(), RefusingStore()
    keyring.set_keyring(made)
    yield made
    keyring.set_keyring(before)


def caused_by(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


ERRORS: list[tuple[Exception, StoreFault]] = [
    (LOCKED, StoreFault.LOCKED),
    (caused_by(InitError("no"), PromptDismissedException("Prompt dismissed.")), StoreFault.LOCKED),
    (caused_by(InitError("no"), SecretServiceNotAvailableException("no")), StoreFault.AWAY),
    (ConnectionResetError("the bus"), StoreFault.AWAY),
    (InitError("no"), StoreFault.ODD),
    (RuntimeError("whatever a backend likes"), StoreFault.ODD),
]


async def left_waiting(world: World, engine: Engine) -> None:
    await engine.account.connect(*texts(world), this_run=True)
    engine.queue.pause()
    await world.generate("waits")


async def refused(engine: Engine, wish: StoreWish, fault: StoreFault = StoreFault.LOCKED) -> None:
    problem = StoreProblem(wish, fault)
    await until(engine, lambda: engine.account.state.store_problem == problem)


async def done_again(engine: Engine, store: RefusingStore) -> None:
    store.errors.clear()
    await engine.account.ask_store_again()
    await until(engine, lambda: engine.account.state.store_problem is None)
    await until(engine, lambda: engine.account.tokens_told.is_set())


@pytest.mark.parametrize(("error", "fault"), ERRORS)
def test_what_needs_the_token_waits_and_goes_on_when_the_store_is_asked_again(
    own: World, store: RefusingStore, error: Exception, fault: StoreFault
) -> None:
    async def story(engine: Engine) -> None:
        await refused(engine, StoreWish.READ, fault)
        assert engine.account.state.connection is Connection.STORE_UNREAD
        (job,) = engine.book.all()
        await engine.resume_queue()
        (hold,) = await until(engine, lambda: engine.queue.kept_by(job.job_id))
        told = engine.queue.state.error_of(hold)
        assert told is not None
        assert (hold, told.code) == (HoldReason.STORE, "store_unread")
        await done_again(engine, store)
        assert (await ended(engine, job)).state is S.DONE
        assert engine.queue.state.holds == ()

    own.run(partial(left_waiting, own))
    own.secrets = Secrets(environ={})
    store.errors[StoreWish.READ] = error
    own.run(story)


def test_a_store_that_is_gone_altogether_is_no_word_that_it_kept_nothing(
    own: World, store: RefusingStore
) -> None:
    """As with no session bus: then there is no store to ask at all."""

    async def told(engine: Engine) -> None:
        await until(engine, lambda: engine.account.state.has_api_token)

    async def gone(engine: Engine) -> None:
        await refused(engine, StoreWish.READ, StoreFault.AWAY)
        assert engine.account.state.connection is Connection.STORE_UNREAD
        keyring.set_keyring(store)
        await done_again(engine, store)
        assert engine.account.state.has_api_token
        await engine.account.disconnect()

    async def nothing_kept(engine: Engine) -> None:
        await until(engine, lambda: engine.account.tokens_told.is_set())
        assert engine.account.state.connection is Connection.NOT_CONNECTED

    own.run(told)
    keyring.set_keyring(fail.Keyring())
    own.run(gone)
    keyring.set_keyring(fail.Keyring())
    own.run(nothing_kept)


def test_one_that_stays_locked_opens_its_prompt_once(own: World, store: RefusingStore) -> None:
    store.errors[StoreWish.READ] = LOCKED

    async def story(engine: Engine) -> None:
        await refused(engine, StoreWish.READ)
        assert store.asked == 1

    own.run(story)


def test_generate_says_why_and_does_not_ask_for_another_token(
    own: World, store: RefusingStore
) -> None:
    store.errors[StoreWish.READ] = LOCKED

    async def story(engine: Engine) -> None:
        await refused(engine, StoreWish.READ)
        engine.drafting.put(Draft(Source(path=str(own.picture)), Source(path=str(own.clip))))
        await until(engine, lambda: engine.drafting.judgement.blocked is Blocked.STORE_UNREAD)

    own.run(story)


def test_of_two_tokens_the_one_that_is_told_is_used(own: World, store: RefusingStore) -> None:
    async def before(engine: Engine) -> tuple[Source, Source]:
        await engine.account.connect(*texts(own), this_run=True)
        job = await own.finished("before")
        return Source(url=job.image_link), Source(url=job.video_link)

    async def story(engine: Engine) -> None:
        await refused(engine, StoreWish.READ)
        assert engine.account.state.connection is Connection.ONLINE
        of_files = await own.generate("files")
        of_links = await own.generate(image=image, video=video)
        assert (await ended(engine, of_links)).state is S.DONE
        assert engine.queue.kept_by(of_files.job_id) == (HoldReason.UPLOADS,)
        await done_again(engine, store)
        assert (await ended(engine, of_files)).state is S.DONE

    image, video = own.run(before)
    own.secrets = Secrets(environ={})
    store.errors[StoreWish.READ], store.only = LOCKED, TokenKind.ACCOUNT.value
    own.run(story)


def test_a_token_that_it_does_not_take_is_used_and_may_be_offered_again(
    own: World, store: RefusingStore
) -> None:
    store.kept.clear()
    store.errors[StoreWish.KEEP] = PasswordSetError("Cancelled by user")

    async def story(engine: Engine) -> None:
        result = await engine.account.connect(*texts(own))
        assert (result.kept_in, result.unkept_by) == (None, store.name)
        await refused(engine, StoreWish.KEEP, StoreFault.ODD)
        assert engine.account.state.connection is Connection.ONLINE
        assert store.kept == {}
        await done_again(engine, store)
        assert sorted(store.kept.values()) == sorted(texts(own))

    own.run(story)


def test_a_token_that_it_does_not_take_may_be_left_out_of_it(
    own: World, store: RefusingStore
) -> None:
    store.errors[StoreWish.KEEP] = LOCKED

    async def story(engine: Engine) -> None:
        await engine.account.connect(*texts(own))
        await refused(engine, StoreWish.KEEP)
        engine.account.for_this_run_only()
        assert engine.account.state.store_problem is None
        assert engine.account.state.can_generate

    own.run(story)


def test_a_token_for_this_run_ends_the_wait_for_one_that_cannot_be_read(
    own: World, store: RefusingStore
) -> None:
    async def story(engine: Engine) -> None:
        await refused(engine, StoreWish.READ)
        (job,) = engine.book.all()
        await engine.resume_queue()
        await engine.account.connect(*texts(own), this_run=True)
        assert (await ended(engine, job)).state is S.DONE
        assert engine.account.state.store_problem is None
        assert engine.queue.state.holds == ()

    own.run(partial(left_waiting, own))
    own.secrets = Secrets(environ={})
    store.errors[StoreWish.READ] = LOCKED
    own.run(story)


@pytest.mark.parametrize("error", [LOCKED, RuntimeError("no rights")])
def test_a_token_that_it_does_not_remove_is_said_to_be_there_still(
    own: World, store: RefusingStore, error: Exception
) -> None:
    fault = StoreFault.LOCKED if error is LOCKED else StoreFault.ODD

    async def story(engine: Engine) -> None:
        await until(engine, lambda: engine.account.state.can_generate)
        store.errors[StoreWish.REMOVE] = error
        await engine.account.disconnect()
        await refused(engine, StoreWish.REMOVE, fault)
        assert engine.account.state.connection is Connection.NOT_CONNECTED
        await done_again(engine, store)
        assert store.kept == {}

    own.run(story)


def test_what_was_not_there_any_more_is_removed_without_a_word(
    own: World, store: RefusingStore
) -> None:
    """Stores answer with an error then, too."""

    async def story(engine: Engine) -> None:
        await until(engine, lambda: engine.account.state.can_generate)
        del store.kept[SERVICE, entry_name(TokenKind.ACCOUNT, own.sandbox.address)]
        await engine.account.disconnect()
        assert engine.account.state.store_problem is None

    own.run(story)
    assert store.kept == {}


def test_a_paid_job_is_asked_about_when_the_store_is_asked_again(
    own: World, store: RefusingStore
) -> None:
    async def before(engine: Engine) -> None:
        await engine.account.connect(*texts(own), this_run=True)
        await in_state(engine, await own.generate("[slow]"), S.GENERATING)

    async def after(engine: Engine) -> None:
        await refused(engine, StoreWish.READ)
        (job,) = engine.book.all()
        own.sandbox.finish()
        await done_again(engine, store)
        assert (await ended(engine, job)).state is S.DONE

    own.run(before)
    own.secrets = Secrets(environ={})
    store.errors[StoreWish.READ] = LOCKED
    own.run(after)
