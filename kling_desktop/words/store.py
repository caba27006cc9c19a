"""What is said of a password store: one that does not answer, and where a token is kept."""

from __future__ import annotations

from ..motion.account import AccountState, ConnectResult, StoreFault, StoreProblem, StoreWish
from ..motion.job import JobError
from .base import Speaker

# By error code: title, hint.
STORE: dict[str, tuple[str, str]] = {
    "store_silent": (
        "{store} has not told your token. Nothing was sent.",
        "It may be asking for your password in a window of its own.",
    ),
    "store_unread": (
        "{store} could not be read: {fault}. Nothing was sent.",
        "Unlock it and try again, or use a token for this run only.",
    ),
}
_FAULTS: dict[StoreFault, str] = {
    StoreFault.LOCKED: "it is locked, and was not unlocked",
    StoreFault.AWAY: "it is not running",
    StoreFault.ODD: "it answered with an error",
}
_REFUSED: dict[StoreWish, str] = {
    StoreWish.READ: "{store} could not be read: {fault}. Whether it keeps your token is not known, "
    "and nothing is sent without it.",
    StoreWish.KEEP: "{store} did not take your token: {fault}. It is in use, for this run only.",
    StoreWish.REMOVE: "{store} did not remove your token: {fault}. It is not used in this run any "
    "more, but the next one finds it there.",
}
_ACCOUNT_UNREAD = (
    "{store} did not tell your account token: {fault}. Files from this computer wait for it; jobs "
    "of links alone go on."
)
_WAITS: dict[StoreWish, str] = {
    StoreWish.READ: "Waiting for {store}… It keeps your token, and may be asking for your password "
    "in a window of its own. Nothing is sent before it answers.",
    StoreWish.KEEP: "Waiting for {store}… Your token is in use already. Until it answers, the "
    "token is kept for this run only.",
    StoreWish.REMOVE: "Waiting for {store}… Your token is not used any more, and is removed there "
    "as soon as it answers.",
}


class StoreWords(Speaker):
    """The same in the window and at a terminal."""

    def password_store(self, name: str | None) -> str:
        """At the beginning of a sentence; a store may not have told its name."""
        return name or self._tr("Your password store")

    def named_store(self, name: str | None) -> str:
        """In the middle of one."""
        return name or self._tr("your password store")

    def waits_for_store(self, wish: StoreWish, name: str | None) -> str:
        """Why a line stands there that goes away by itself."""
        return self.fill(_WAITS[wish], store=self.named_store(name))

    def store_refused(self, problem: StoreProblem, state: AccountState) -> str:
        """What it did not do, and why; it is not asked again by itself."""
        text = _REFUSED[problem.wish]
        if problem.wish is StoreWish.READ and state.has_api_token:
            text = _ACCOUNT_UNREAD
        fault = self._tr(_FAULTS[problem.fault])
        return self.fill(text, store=self.password_store(state.token_store), fault=fault)

    def store_values(self, error: JobError) -> dict[str, str]:
        """For the sentences about an error of one."""
        fault = error.value("fault")
        known = _FAULTS[StoreFault(fault)] if fault in set(StoreFault) else ""
        store = self.password_store(error.value("store"))
        return {"store": store, "fault": self._tr(known) if known else ""}

    def waits_for_token(self, state: AccountState) -> str:
        """At a terminal, where nobody sees the store's own window perhaps."""
        text = (
            "Waiting for {store}… It may be asking for your password in a window of its own. "
            "Ctrl+C ends this; ACEDATACLOUD_API_TOKEN gives a token without it."
        )
        return self.fill(text, store=self.named_store(state.token_store))

    def holder_waits_for_store(self, name: str | None) -> str:
        """The same of the program that has the data folder."""
        text = "The program that has this data folder is waiting for {store}…"
        return self.fill(text, store=self.named_store(name))

    def connected(self, result: ConnectResult, store: str | None) -> str:
        """After Connect: where the token is kept."""
        if result.silent_store:
            text = "Connected. {store} has not answered yet whether it keeps the token."
            return self.fill(text, store=self.password_store(store))
        if result.kept_in is not None:
            return self.fill("Connected. Kept in {store}.", store=result.kept_in)
        if result.unkept_by is not None:
            text = "Connected for this run only: {store} did not take the token."
            return self.fill(text, store=result.unkept_by)
        if store is not None:
            return self._tr("Connected for this run only.")
        return self._tr("Connected for this run only: there is no password store.")
