"""What the commands say besides the words that the window has, too."""

from __future__ import annotations

from collections.abc import Sequence

from ..motion.agreement import Agreement
from ..motion.job import FINISHED_THERE, FREE_TO_CANCEL, Job, JobError, JobState
from .errors import ErrorWords
from .jobs import JobWords
from .unsaved import TYPED_HINTS

ID_SHOWN = 8  # letters of a job's id: enough to tell one from the other, and to type it

# What to do, where the window's own hint is of no use at a terminal.
_TYPED_HINTS: dict[str, str] = {
    "invalid_token": "Give another one in ACEDATACLOUD_API_TOKEN, or connect in the window.",
    "token_mismatched": "Give the one for Kling in ACEDATACLOUD_API_TOKEN, or connect in the "
    "window.",
    "no_token": "Give one in ACEDATACLOUD_API_TOKEN, or connect in the window.",
    "upload_refused": "Give another one in ACEDATACLOUD_PLATFORM_TOKEN, or use public links.",
    "left_by_command": "`kling-desktop resume` sends it.",
    "left_unasked": "`kling-desktop resume` sends it.",
    "store_silent": "It may be asking for your password in a window of its own. "
    "ACEDATACLOUD_API_TOKEN gives a token without it.",
    "store_unread": "Unlock it and repeat the command. ACEDATACLOUD_API_TOKEN gives a token "
    "without it.",
    "no_account_token": "Give it in ACEDATACLOUD_PLATFORM_TOKEN, or use public links.",
    "used_up": "Top up first.",
    "paused": "`kling-desktop resume` ends the pause.",
    "limits_unread": "Set it again in the window’s Settings, or as a number in settings.json.",
    "day_limit": "Raise it in the window’s Settings, or wait for tomorrow.",
    "unreachable": "",
    "unanswered": "",
    "upload_failed": "",
    "uploads_busy": "",
    "account_untold": "",
    "too_many_requests": "",
    "input_changed": "",
    "input_growing": "",
    "input_vanished": "",
    "price_rose": "",
    "other_account": "",
}

# Of a paid one: the token hints say where to give another, and are true of it, too.
_TYPED_HINTS |= TYPED_HINTS

_NOT_FOLLOWED: dict[str, str] = {
    "other_program_account": "Another one has the data folder now, with another account.",
    "other_address": "Another one has the data folder now, and speaks to another address.",
    "other_network": "Another one has the data folder now, with other proxy or certificate "
    "settings.",
}


class CommandWords(ErrorWords, JobWords):
    """Sentences for a terminal."""

    def job_id(self, job: Job) -> str:
        """As it is shown, and may be typed."""
        return job.job_id[:ID_SHOWN]

    def told(self, error: JobError, job_id: str = "JOB_ID") -> str:
        """What happened, and what can be done about it where this is read.

        ``job_id``: as it may be typed.
        """
        text = self.error(error)
        hint = _TYPED_HINTS.get(error.code)
        if hint is None or self.unreached(error) is not None:
            return text.sentence
        return f"{text.title} {self.fill(hint, job=job_id)}".strip()

    def line(self, job: Job) -> str:
        """A job's step; empty where there is nothing to say."""
        if job.waits_for_account is not None and not job.ended:
            return f"{job.title}: {self.waits_for_account(job.waits_for_account).sentence}"
        if job.state is JobState.DONE:
            return ""
        if job.state is JobState.CANCELLED:
            return f"{job.title}: {self.left_by(job)}"
        if job.state is JobState.UNWATCHED:
            text = "{job}: {state}. It may be charged. Watch it again in the window."
            return self.fill(text, job=job.title, state=self.state(job))
        told = (
            JobState.FAILED,
            JobState.UNKNOWN,
            JobState.QUEUED,
            JobState.ASKING,
            JobState.UNSAVED,
            JobState.GENERATING,
        )
        if job.error is not None and job.state in told:
            return self.reason(job)
        return f"{job.title}: {self.state(job)}"

    def reason(self, job: Job) -> str:
        """Why a job does not go on; empty where nothing is known of that."""
        if job.error is None:
            return ""
        return f"{job.title}: {self.told(job.error, self.job_id(job))}"

    def left_by(self, job: Job) -> str:
        """What a cancelled job leaves."""
        if job.error is None:
            return self._tr("Cancelled. Nothing was sent.")
        if not job.in_vain:
            return self.error(job.error).title
        text = (
            "Cancelled. Nothing was sent, and nothing of it is left to be sent. Type the command "
            "again to send it."
        )
        return self._tr(text)

    def send_it(self, job: Job) -> str:
        """How a job that asks is answered."""
        text = "`kling-desktop resume --send {job}` sends it as it is now."
        if job.offered is None and job.error is not None and job.error.code != "other_account":
            text = "`kling-desktop resume --send {job}` looks once more and sends it."
        return self.fill(text, job=self.job_id(job))

    def price(self, agreed: Agreement, balance_credits: float | None) -> str:
        """``Costs 3.2 s · 2.24 credits. 48.00 credits are left.`` Empty where it is not known."""
        if agreed.credits is None:
            return ""
        parts = [self.fill("Costs {price}.", price=self.agreement(agreed))]
        if balance_credits is not None:
            parts.append(self.fill("{balance} are there.", balance=self.credits(balance_credits)))
        return " ".join(parts)

    def same(self, job: Job) -> str:
        """What was found where just the same was asked for."""
        found = {"job": self.job_id(job), "path": job.result_path, "state": self.state(job)}
        if job.result_path:
            return self.fill("Job {job} made just this already: {path}.", **found)
        return self.fill("Job {job} is just this already: {state}.", **found)

    def nothing_unfinished(self) -> str:
        return self._tr("Nothing is unfinished.")

    def others_work_here(self) -> str:
        return self._tr(
            "Other commands work through this one, so it stays until they are done. Ctrl+C ends "
            "it: they carry on by themselves."
        )

    def holders_token(self) -> str:
        """Of a token that was not accepted, where another program has the library."""
        return self._tr(
            "That is the token of the program that is open on this data folder: connect another "
            "one there, or close it first."
        )

    def not_followed(self, job: Job, why: JobError) -> str:
        """A job that another program did, where the one that has the library now does not.

        ``why`` is about that one: what it says of money is not said of this job.
        """
        reason = self._tr(_NOT_FOLLOWED.get(why.code, "It cannot be followed here any more."))
        line = self.line(job) or f"{job.title}: {self.state(job)}"
        return self.fill("The program that did this job is gone. {reason}", reason=reason) + (
            f"\n{line}"
        )

    def waits_for_holder(self) -> str:
        return self._tr("Another program has this data folder. Waiting for it…")

    def kept_old(self, error: JobError) -> str:
        """Of a video that was to be fetched once more, and is here as it was."""
        text = "{title} The file that is here already stays as it is."
        return self.fill(text, title=self.error(error).title)

    def patience(self, patience_s: float) -> str:
        """How long is waited for what keeps a job from going on."""
        text = "Waiting up to {minutes} min for it. `--wait MINUTES` waits longer."
        return self.fill(text, minutes=f"{patience_s / 60:g}")

    def stays_in_the_list(self) -> str:
        """Of a job that was to be taken off a list that cannot be written."""
        return self._tr(
            "It stays in the list of jobs: once that can be written, the window or "
            "`kling-desktop resume` sends it."
        )

    def resume_goes_on(self) -> str:
        return self._tr("`kling-desktop resume` goes on with it.")

    def interrupted(
        self, jobs: Sequence[Job], *, elsewhere: bool, let_go: bool = False, earlier: bool
    ) -> str:
        """``elsewhere``: another program has the library, and does what was asked for; ``let_go``:
        but for what it had not sent yet.

        ``earlier``: an earlier run had one of them, and its folder may have been put back from a
        copy since: then nobody but the service knows what was sent.
        """
        left = [job for job in jobs if not job.ended]
        parts = [self._tr("Interrupted.")]
        paid = any(job.state in FINISHED_THERE for job in left)
        if paid:
            parts.append(self._tr("A video is paid for, and not saved yet."))
        if any(job.state not in FREE_TO_CANCEL | FINISHED_THERE for job in left):
            parts.append(self._tr("It may be running and may be charged."))
        elif not paid and (not jobs or left == list(jobs)):
            known = "As far as this computer knows, nothing was sent so far."
            parts.append(self._tr(known if earlier else "Nothing was sent so far."))
        unsent = any(job.state in FREE_TO_CANCEL for job in left)
        if elsewhere and unsent and not let_go:
            parts.append(
                self._tr("It goes on in the program that has this data folder, and may be charged.")
            )
        elif elsewhere and not unsent:
            parts.append(self._tr("It goes on in the program that has this data folder."))
        elif left:
            parts.append(self.resume_goes_on())
        return " ".join(parts)

    def interrupted_and_left(self, *, in_window: bool) -> str:
        """Another program had it, and lets it wait: nothing was sent."""
        text = "Interrupted. Nothing was sent. The job waits: `kling-desktop resume` sends it."
        if in_window:
            text = (
                "Interrupted. Nothing was sent. The job waits in the Queue of the open window, "
                "with “Send” and “Cancel”; `kling-desktop resume` sends it, too."
            )
        return self._tr(text)

    def interrupted_at_once(self) -> str:
        return self._tr("Interrupted. Nothing was sent.")

    def interrupted_before_a_job(self) -> str:
        """Nothing of it is left anywhere."""
        return self._tr("Interrupted. Nothing was sent, and nothing of it is left to be sent.")

    def interrupted_early(self) -> str:
        """Another program was told of the wish, and has not written it down yet."""
        return self._tr(
            "Interrupted. The program that has this data folder was told of it already: it may "
            "send it, which may be charged. `kling-desktop jobs` shows what became of it."
        )

    def ended_before_interrupted(self) -> str:
        return self._tr("Interrupted. This command’s own work was done; others carry on.")
