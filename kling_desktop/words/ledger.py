"""The ledger in words: what was charged, what is not known yet, and what that teaches."""

from __future__ import annotations

from ..motion.job import Job, JobState, Money
from ..motion.ledger import Charge, Difference, LedgerProblem, LedgerRow, LedgerState, Sum
from ..motion.money import micro
from ..motion.price import Quote
from .base import ErrorText
from .drafts import DraftWords
from .errors import ErrorWords
from .figures import MINUS
from .unsaved import SHORT

NO_BREAK = "\N{NO-BREAK SPACE}"

_CHARGES: dict[Charge, tuple[str, str]] = {
    # in the table; in a sentence
    Charge.NOTHING: ("Nothing", "Nothing was charged."),
    Charge.RUNNING: ("Running", "Still running. It is charged only if it succeeds."),
    Charge.WAITING: ("Not read yet", "The service’s ledger has not shown it yet."),
    Charge.UNKNOWN: ("Not known", "It may have been charged. The ledger cannot tell."),
}

_PROBLEMS: dict[LedgerProblem, str] = {
    LedgerProblem.OFFLINE: "The service cannot be reached. What was charged is read when it "
    "can be.",
    LedgerProblem.BUSY: "The service’s ledger is busy. It is asked again by itself.",
    LedgerProblem.REFUSED: "The service did not accept the account token for its ledger. Check it "
    "in Settings.",
    LedgerProblem.UNCLEAR: "The service’s ledger did not answer clearly. It is asked again by "
    "itself.",
}


class LedgerWords(ErrorWords, DraftWords):
    """Sentences about what videos cost."""

    def signed(self, credits: float) -> str:
        """``+0.12``, ``−0.12``, ``0.00``."""
        text = f"{credits:+.2f}"
        return text[1:] if float(text) == 0 else text.replace("-", MINUS)

    def share(self, part: float) -> str:
        """``+4 %``, ``−0.5 %``: of an estimate."""
        percent = 100 * part
        text = f"{percent:+.0f}" if abs(percent) >= 10 else f"{percent:+.1f}".removesuffix(".0")
        figure = text[1:] if float(text) == 0 else text.replace("-", MINUS)
        return f"{figure}{NO_BREAK}%"

    def quote_basis(self, price: Quote) -> str:
        """Where a price before sending comes from."""
        if not price.estimated:
            return self._tr("By the service’s own price list.")
        if price.corrected:
            return self._tr(
                "An estimate, corrected by what was really charged for your last videos."
            )
        return self._tr(
            "An estimate by this program’s own figures: the service’s price list was not read yet."
        )

    def charge(self, row: LedgerRow) -> str:
        """The figure, or the word that stands for it."""
        if row.charge is Charge.CHARGED:
            return self.amount(row.charged_credits or 0.0)
        return self._tr(_CHARGES[row.charge][0])

    def charge_sentence(self, charge: Charge, credits: float | None) -> str:
        """What is known of a charge: ``5.88 credits``, or why there is no figure."""
        if charge is Charge.CHARGED:
            return self.credits(credits or 0.0)
        return self._tr(_CHARGES[charge][1])

    def videos(self, count: int) -> str:
        if count == 1:
            return self._tr("1 video")
        return self.fill("{count} videos", count=count)

    def may_go_on(self, count: int, credits: float) -> str:
        """``2 videos wait and may go on, 4.48 credits in all.`` Empty where none waits."""
        if not count:
            return ""
        text = "{videos} wait and may go on, {sum} in all."
        if count == 1:
            text = "{videos} waits and may go on, {sum}."
        return self.fill(text, videos=self.videos(count), sum=self.credits(credits))

    def not_told(self, found: Sum) -> str:
        """``1 not known yet``: what a sum does not hold; empty where it holds all."""
        if not found.open_jobs:
            return ""
        return self.fill("{count} not known yet", count=found.open_jobs)

    def sum_count(self, found: Sum) -> str:
        """``3 videos · 1 not known yet``."""
        return " · ".join(t for t in (self.videos(found.jobs), self.not_told(found)) if t)

    def sum_figures(self, found: Sum) -> tuple[str, ...]:
        """``charged 5.88``, ``estimated 5.80``, ``difference +0.08``, as far as they are known."""
        parts = [self.fill("estimated {amount}", amount=self.amount(found.estimate_credits))]
        if found.charged_jobs or found.free_jobs:
            amount = self.amount(found.charged_credits)
            parts.insert(0, self.fill("charged {amount}", amount=amount))
        if found.difference_credits is not None:
            signed = self.signed(found.difference_credits)
            parts.append(self.fill("difference {amount}", amount=signed))
        return tuple(parts)

    def sum_sentence(self, name: str, found: Sum) -> str:
        """``Today: charged 5.88, estimated 5.80, difference +0.08. 2 videos.``"""
        count = self.sum_count(found).replace(" · ", ", ")
        return f"{name}: {', '.join(self.sum_figures(found))}. {count}."

    def ledger_problem(self, state: LedgerState) -> str:
        """Why charges could not be read just now; empty where they could."""
        return self._tr(_PROBLEMS[state.problem]) if state.problem is not None else ""

    def ledger_difference(self, found: Difference) -> str:
        """One sentence about a systematic difference."""
        text = (
            "{model}, {mode}: the last {count} videos were charged {share} more than estimated."
            if found.share > 0
            else "{model}, {mode}: the last {count} videos were charged {share} less than "
            "estimated."
        )
        share = self.share(abs(found.share)).lstrip("+")
        mode = self.mode(found.mode)
        return self.fill(text, model=found.model, mode=mode, count=found.jobs, share=share)

    def unsaved(self, job: Job) -> str:
        """``Paid, not saved yet: no room``: the reason for a narrow row."""
        why = SHORT.get(job.error.code, "") if job.error is not None else ""
        if not why:
            return self.state(job)
        return self.fill("{state}: {why}", state=self.state(job), why=self._tr(why))

    def failure(self, job: Job) -> ErrorText:
        """What went wrong, and what the ledger says about its money once it is known."""
        if job.error is None:
            return ErrorText(self.state(job))
        told = self.error(job.error)
        if job.state is JobState.ASKING and not told.hint:
            return ErrorText(told.title, self._tr("Send looks once more."))
        if job.state is JobState.CANCELLED:  # by the command that had asked for it
            hint = "Cancelled with the command that asked for it. Retry sends it."
            return ErrorText(told.title, self._tr(hint))
        open_money = job.error.money in (Money.NORMALLY_NOT_CHARGED, Money.MAYBE_CHARGED)
        if job.charged_credits is None or not open_money:
            return told
        if micro(job.charged_credits) > 0:
            amount = self.credits(job.charged_credits)
            text = "It was charged all the same: {amount}. Copy the report and ask the support."
            return ErrorText(told.title, self.fill(text, amount=amount))
        return ErrorText(told.title, self._tr("Nothing was charged."))
