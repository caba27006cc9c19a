"""Another program does the work only at the same address, for the same account, the same way."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from engine_world import World, in_state
from support.two_accounts import TwoAccounts

from kling_desktop.engine.engine import Engine
from kling_desktop.engine.identity import NETWORK_VARIABLES, Identity, fresh_number, why_not
from kling_desktop.engine.service import Hosts
from kling_desktop.motion.job import JobState
from kling_desktop.motion.reading import parsed, read
from kling_desktop.motion.token import Token, TokenKind
from kling_desktop.sandbox import Sandbox
from kling_desktop.store.secrets import Secrets


@pytest.fixture
def holder(world: World) -> World:
    """A program whose tokens came from its environment."""
    world.tokens = None
    world.hosts = Hosts(world.sandbox.address, world.sandbox.address)
    world.secrets = Secrets(environ=tokens_of(world.sandbox))
    return world


def tokens_of(sandbox: Sandbox, *, api_alone: bool = False) -> dict[str, str]:
    found = {"ACEDATACLOUD_API_TOKEN": sandbox.api_token.reveal()}
    if not api_alone:
        found["ACEDATACLOUD_PLATFORM_TOKEN"] = sandbox.account_token.reveal()
    return found


def told(engine: Engine) -> Identity:
    """As it comes out of the door."""
    number = fresh_number()
    made = read(Identity, parsed(json.dumps(engine.identity(number).to_json())))
    assert made.number == number
    return made


def tokens_for(holder: Identity, environ: Mapping[str, str]) -> dict[TokenKind, Token | None]:
    """What a shell with this environment has of its own."""
    own = Secrets(environ=environ)
    hosts = {TokenKind.API: holder.api, TokenKind.ACCOUNT: holder.platform}
    return {kind: own.read(kind, host) for kind, host in hosts.items()}


def code(holder: Identity, environ: Mapping[str, str]) -> str | None:
    problem = why_not(holder, tokens_for(holder, environ), environ)
    return None if problem is None else problem.code


def test_the_same_tokens_and_address_are_the_same(holder: World) -> None:
    async def story(engine: Engine) -> None:
        address = holder.sandbox.address
        bases = {
            "ACEDATACLOUD_API_BASE_URL": address,
            "ACEDATACLOUD_PLATFORM_BASE_URL": f"{address}/",
        }
        identity = told(engine)
        assert code(identity, {**tokens_of(holder.sandbox), **bases}) is None
        assert code(identity, {}) is None  # who has none of their own takes the holder's

    holder.run(story)


def test_another_address_is_refused_by_its_name(holder: World) -> None:
    async def story(engine: Engine) -> None:
        for name in ("ACEDATACLOUD_API_BASE_URL", "ACEDATACLOUD_PLATFORM_BASE_URL"):
            environ = {name: "https://elsewhere.example"}
            holder_now = told(engine)
            problem = why_not(holder_now, tokens_for(holder_now, environ), environ)
            assert problem is not None
            assert problem.code == "other_address"
            assert problem.value("own") == "https://elsewhere.example"

    holder.run(story)


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "SSL_CERT_FILE", "no_proxy"])
def test_another_way_out_of_the_network_is_refused(
    holder: World, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for each in NETWORK_VARIABLES:
        monkeypatch.delenv(each, raising=False)
        monkeypatch.delenv(each.lower(), raising=False)

    async def story(engine: Engine) -> None:
        environ = {name: "http://user:password@proxy.example:3128"}
        assert code(told(engine), environ) == "other_network"
        monkeypatch.setenv(name, environ[name])
        identity = told(engine)
        assert code(identity, environ) is None
        assert "password" not in json.dumps(identity.to_json())

    holder.run(story)


def test_another_account_is_refused_and_another_token_of_the_same_one_is_not(
    holder: World, tmp_path: Path
) -> None:
    second = Sandbox(tmp_path / "second", seconds=0.3)
    second.start()
    try:
        with TwoAccounts(holder.sandbox, second) as both:
            holder.hosts = Hosts(both.address, both.address)

            async def story(engine: Engine) -> None:
                await engine.account.refresh_balance()
                await in_state(engine, await holder.generate("[slow]"), JobState.GENERATING)
                assert await in_thread(engine, tokens_of(second)) == "other_program_account"
                alone = tokens_of(second, api_alone=True)
                assert await in_thread(engine, alone) == "other_program_account"
                mixed = {
                    **tokens_of(holder.sandbox),
                    "ACEDATACLOUD_API_TOKEN": second.api_token.reveal(),
                }
                assert await in_thread(engine, mixed) == "other_program_account"
                mixed["ACEDATACLOUD_API_TOKEN"] = "f" * 32
                assert await in_thread(engine, mixed) == "other_program_account"
                own = holder.sandbox.add_api_token()
                both_own = {**tokens_of(holder.sandbox), "ACEDATACLOUD_API_TOKEN": own.reveal()}
                assert await in_thread(engine, both_own) is None
                assert await in_thread(engine, {"ACEDATACLOUD_API_TOKEN": own.reveal()}) is None

            holder.run(story)
    finally:
        second.stop()


async def in_thread(engine: Engine, environ: Mapping[str, str]) -> str | None:
    identity = told(engine)
    return await engine.workers.call(code, identity, environ)


def test_what_cannot_be_told_is_refused_and_no_token_goes_through_the_door(
    holder: World,
) -> None:
    async def story(engine: Engine) -> None:
        identity = told(engine)
        stranger = {"ACEDATACLOUD_API_TOKEN": "0" * 32}
        assert await engine.workers.call(code, identity, stranger) == "other_program_account"
        text = json.dumps(identity.to_json())
        assert all(token not in text for token in tokens_of(holder.sandbox).values())
        assert identity.api_proof != told(engine).api_proof  # another number each time

    holder.run(story)


def test_a_token_that_changed_between_question_and_work_is_noticed(holder: World) -> None:
    async def story(engine: Engine) -> None:
        agreed = told(engine)
        assert engine.identity(agreed.number).works_as(agreed)
        await engine.account.disconnect()
        assert not engine.identity(agreed.number).works_as(agreed)

    holder.run(story)
