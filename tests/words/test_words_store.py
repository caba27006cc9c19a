"""A password store in words: what is waited for, by its name, and where a token is kept."""

from __future__ import annotations

import pytest
from test_words_errors import WORDS

from kling_desktop.engine.problems import STORE_SILENT, job_error, untold
from kling_desktop.motion.account import (
    AccountState,
    ConnectResult,
    StoreFault,
    StoreProblem,
    StoreWish,
    TokenCheck,
    TokenOutcome,
)
from kling_desktop.motion.job import HoldReason

GOOD = TokenCheck(TokenOutcome.ACCEPTED)


@pytest.mark.parametrize("wish", list(StoreWish))
def test_the_line_names_the_store_where_its_name_is_known(wish: StoreWish) -> None:
    assert WORDS.waits_for_store(wish, "KWallet").startswith("Waiting for KWallet… ")
    assert WORDS.waits_for_store(wish, None).startswith("Waiting for your password store… ")


def test_at_a_terminal_it_is_said_how_to_do_without_it() -> None:
    told = WORDS.waits_for_token(AccountState(token_store="KWallet"))
    assert told.startswith("Waiting for KWallet… ")
    assert "Ctrl+C" in told
    assert "ACEDATACLOUD_API_TOKEN" in told
    refused = WORDS.told(job_error(STORE_SILENT, values={"store": "KWallet"}))
    assert refused.startswith("KWallet has not told your token. Nothing was sent.")
    assert WORDS.told(job_error(STORE_SILENT)).startswith("Your password store has not told")


def test_the_queue_says_which_store_it_waits_for() -> None:
    error = job_error(STORE_SILENT, values={"store": "KWallet"})
    assert "Waiting for KWallet…" in WORDS.hold(HoldReason.STORE, error)
    assert WORDS.hold(HoldReason.UPLOADS, error).endswith("Jobs of links alone go on.")


@pytest.mark.parametrize(
    ("result", "says"),
    [
        (ConnectResult(GOOD, GOOD, kept_in="KWallet"), "Connected. Kept in KWallet."),
        (
            ConnectResult(GOOD, GOOD, silent_store=True),
            "Connected. KWallet has not answered yet whether it keeps the token.",
        ),
        (
            ConnectResult(GOOD, GOOD, unkept_by="KWallet"),
            "Connected for this run only: KWallet did not take the token.",
        ),
        (ConnectResult(GOOD, GOOD), "Connected for this run only."),
    ],
)
def test_after_connect_it_is_said_where_the_token_is(result: ConnectResult, says: str) -> None:
    assert WORDS.connected(result, "KWallet") == says


def test_without_a_store_it_is_said_that_there_is_none() -> None:
    told = WORDS.connected(ConnectResult(GOOD, GOOD), None)
    assert told == "Connected for this run only: there is no password store."


@pytest.mark.parametrize("fault", list(StoreFault))
@pytest.mark.parametrize("wish", list(StoreWish))
def test_what_a_store_did_not_do_is_told_with_the_reason(
    wish: StoreWish, fault: StoreFault
) -> None:
    told = WORDS.store_refused(StoreProblem(wish, fault), AccountState(token_store="KWallet"))
    assert told.startswith("KWallet ")
    assert "{" not in told
    assert "No API token" not in told
    assert WORDS.store_refused(StoreProblem(wish, fault), AccountState()).startswith("Your pass")


def test_with_an_api_token_only_files_wait_for_a_store_that_cannot_be_read() -> None:
    state = AccountState(token_store="KWallet", has_api_token=True)
    told = WORDS.store_refused(StoreProblem(StoreWish.READ, StoreFault.ODD), state)
    assert "jobs of links alone go on" in told


def test_the_queue_and_a_terminal_say_why_it_could_not_be_read() -> None:
    error = untold("KWallet", StoreProblem(StoreWish.READ, StoreFault.LOCKED))
    why = "KWallet could not be read: it is locked, and was not unlocked. Nothing was sent."
    assert WORDS.hold(HoldReason.STORE, error).startswith(why)
    assert WORDS.told(error).startswith(why)
    assert "ACEDATACLOUD_API_TOKEN" in WORDS.told(error)
    assert WORDS.told(error.with_values(fault="of a later version")).startswith("KWallet could")
