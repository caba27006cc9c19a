"""Why the queue waits, in words: one hold at length, the others beside it."""

from __future__ import annotations

from ..motion.job import BUSY, HoldReason, JobError, QueueState
from .errors import ErrorWords

_LINKS_GO_ON = "Jobs of links alone go on."
_UNTIL_REACHED = "Nothing new is sent. {remedy} The queue goes on by itself."
_UNTIL_IT_ANSWERS = "{met} Nothing else is sent until the service itself answers."
_IN_A_ROW = (
    "{met} It was the same with {count} jobs in a row, so the queue waits a while. Resume sends "
    "the next one now."
)
# Of money they tell what is true of all jobs: one may be running, and be charged.
_HOLDS: dict[HoldReason, str] = {
    HoldReason.UNWRITABLE: "The list of jobs cannot be written. Until it can, nothing more is sent "
    "and charged.",
    HoldReason.STORE: "Waiting for your password store… Nothing is sent before it tells your "
    "token.",
    HoldReason.PAUSED: "The queue is paused. Nothing new is sent until you press Resume.",
    HoldReason.OFFLINE: "Offline. The queue waits and goes on by itself.",
    HoldReason.CREDIT: "Not enough credit. The queue waits, nothing new is sent or charged, "
    "every job is kept.",
    HoldReason.TOKEN: "The service did not accept your token. Nothing new is sent or charged, "
    "every job is kept.",
    HoldReason.UPLOADS: f"Files from this computer wait for the account token. {_LINKS_GO_ON}",
    HoldReason.TOKEN_MISMATCHED: "This token is for another service. Nothing new is sent or "
    "charged, every job is kept.",
    HoldReason.DISABLED: "The service has disabled this account. Nothing new is sent or charged, "
    "every job is kept.",
    HoldReason.LIMITS: "Your limits cannot be read. Nothing is sent until you set them again in "
    "Settings.",
    HoldReason.DAY_LIMIT: "Today’s limit is reached. The queue waits, every job is kept.",
    HoldReason.UNCLEAR: "What became of the last job is not clear yet. Nothing else is sent until "
    "it is known.",
    HoldReason.UPLOADS_BUSY: f"Uploads do not arrive just now. The queue goes on by itself. "
    f"{_LINKS_GO_ON}",
    HoldReason.BUSY: "The service is busy. The queue waits and goes on by itself.",
}
# Read at a terminal, where whoever sits at the window can do something about it.
_TYPED_PAUSE = (
    "The queue is paused in the open window. Nothing new is sent until Resume is pressed there; "
    "`kling-desktop resume` ends the pause, too."
)
_TYPED_DAY_LIMIT = "It waits for tomorrow, or until the limit is raised in the window’s Settings."
_TYPED_IN_A_ROW = (
    "{met} It was the same with {count} jobs in a row, so the queue waits a while. `kling-desktop "
    "resume` sends the next one now."
)
# What a hold may begin with that tells more than the hold does: its own sentence stands instead.
_TELLS_MORE = frozenset(
    {"day_limit", "limits_unread", "journal_failed", "witness_failed", "store_unread"}
)
_BEGUN_WITH: dict[str, str] = {
    "page_instead": "A page came back instead of the service: perhaps a sign-in page of this "
    "network. Nothing new is sent. Open it in your browser and sign in. The queue goes on by "
    "itself.",
    "no_token": "No API token is there yet. Nothing new is sent. Connect your account first.",
    "two_accounts": "The API token is not one of the account that the account token belongs to. "
    "Nothing new is sent. Connect with two tokens of one account, or with one token alone.",
    "no_account_token": "Files from this computer need the account token. Nothing of them is sent. "
    "Connect with it, or use public links.",
    "upload_refused": "Your account token was not accepted for uploads, which cost nothing. Paste "
    "links instead, or check it in Settings.",
}
# Said after another one.
_BESIDES: dict[HoldReason, str] = {
    HoldReason.UNWRITABLE: "Besides, the list of jobs cannot be written.",
    HoldReason.STORE: "Besides, it waits for your password store.",
    HoldReason.PAUSED: "You paused it, too.",
    HoldReason.OFFLINE: "Besides, the service cannot be reached.",
    HoldReason.CREDIT: "Besides, there is not enough credit.",
    HoldReason.TOKEN: "Besides, it waits for a token.",
    HoldReason.UPLOADS: "Besides, files from this computer wait for the account token.",
    HoldReason.TOKEN_MISMATCHED: "Besides, this token is for another service.",
    HoldReason.DISABLED: "Besides, the account is disabled.",
    HoldReason.LIMITS: "Besides, a limit of yours cannot be read.",
    HoldReason.DAY_LIMIT: "Besides, today’s limit is reached.",
    HoldReason.UNCLEAR: "Besides, what became of the last job is not clear yet.",
    HoldReason.UPLOADS_BUSY: "Besides, uploads do not arrive just now.",
    HoldReason.BUSY: "Besides, the service is busy.",
}


class HoldWords(ErrorWords):
    """Sentences about what holds the queue."""

    def hold(
        self, reason: HoldReason, error: JobError | None = None, *, typed: bool = False
    ) -> str:
        """Why the queue waits; ``error`` is what the hold began with. ``typed``: at a terminal."""
        if typed and reason is HoldReason.PAUSED:
            return self._tr(_TYPED_PAUSE)
        if typed and error is not None and error.code == "day_limit":
            return f"{self.error(error).title} {self._tr(_TYPED_DAY_LIMIT)}"
        if error is not None and error.code in _TELLS_MORE:
            return self.error(error).sentence
        why = None if error is None else self.why_not_reached(error)
        if reason is HoldReason.OFFLINE and why is not None:
            return f"{why.title} {self.fill(_UNTIL_REACHED, remedy=why.hint)}"
        if error is not None and error.code in _BEGUN_WITH:
            told = self._tr(_BEGUN_WITH[error.code])
            return f"{told} {self._tr(_LINKS_GO_ON)}" if reason is HoldReason.UPLOADS else told
        if error is not None and error.code == "store_silent":
            return self._store_silent(reason, error)
        if reason is HoldReason.UNCLEAR and error is not None:
            return self._unclear(error, _TYPED_IN_A_ROW if typed else _IN_A_ROW)
        if reason in BUSY and error is not None and (met := self.met(error)):
            return f"{met} {self._tr(_HOLDS[reason])}"
        return self._tr(_HOLDS[reason])

    def _store_silent(self, reason: HoldReason, error: JobError) -> str:
        text = "Waiting for {store}… Nothing is sent before it tells your token."
        if reason is HoldReason.UPLOADS:
            text = f"Files from this computer wait for {{store}}… {_LINKS_GO_ON}"
        return self.fill(text, store=self.named_store(error.value("store")))

    def _unclear(self, error: JobError, in_a_row: str) -> str:
        met = self.met(error)
        if error.in_a_row > 1:
            met = met or self._tr("What became of the last job is not clear.")
            return self.fill(in_a_row, met=met, count=error.in_a_row)
        if met:
            return self.fill(_UNTIL_IT_ANSWERS, met=met)
        return self._tr(_HOLDS[HoldReason.UNCLEAR])

    def next_try(self, left_s: float | None) -> str:
        """Of what is tried again at a time; None: it is being tried."""
        if left_s is None or left_s <= 0:
            return self._tr("Trying now…")
        return self.fill("Next try in {countdown}", countdown=self.countdown(left_s))

    def holds(self, queue: QueueState, *, typed: bool = False) -> str:
        """All that holds the queue, the first one at length; empty where nothing does."""
        first = [self.hold(r, queue.error_of(r), typed=typed) for r in queue.holds[:1]]
        pages = {r for r, error in queue.met if error.met_page}
        # One page is told of once: that the service cannot be reached behind it goes with it.
        told = {HoldReason.OFFLINE} if pages & set(queue.holds[:1]) and len(pages) > 1 else set()
        rest = (r for r in queue.holds[1:] if r not in told)
        return " ".join((*first, *(self._tr(_BESIDES[reason]) for reason in rest)))
