"""Errors as sentences: what happened, whether money was involved, what to do."""

from __future__ import annotations

import math
import unicodedata
from http import HTTPStatus

from ..motion.agreement import Agreement
from ..motion.away import Away, Why
from ..motion.job import JobError, Money
from ..motion.limits import Finding, FindingCode, Severity
from ..motion.redaction import without_queries
from .away import AwayWords
from .base import ErrorText
from .figures import ESTIMATED
from .findings import FindingWords, _Blank
from .met import FOREIGN, MET, NAMED, WITH_MET
from .network import UNREACHED, NetworkWords
from .records import AWAITED, BEHIND_PAGE, LEFT, NOT_BEFORE, RECORDS, TRIED_AGAIN, UNWRITTEN
from .service import BUSY_FOR_GOOD, NOT_FETCHED, OF_FETCHING, SAME, SERVICE
from .starting import STARTING
from .store import STORE, StoreWords
from .unsaved import PAID, UNSAVED
from .uploads import UPLOADS

_NOT_CHARGED = "Nothing was charged."

# By code, the service’s own among them: title, hint.
_ERRORS: dict[str, tuple[str, str]] = {
    **SERVICE,
    "page_instead": (
        "A page came back instead of the service: perhaps a sign-in page of this network. Nothing "
        "was sent.",
        "Open it in your browser and sign in. The queue goes on by itself.",
    ),
    "paused": ("The queue is paused. Nothing was sent.", "Resume it first."),
    "day_limit": (
        "Your own limit for a day is reached. Nothing was sent.",
        "Raise it in Settings, or wait for tomorrow.",
    ),
    "limits_unread": (
        "In the settings this cannot be read: {settings}. Nothing new is sent or charged.",
        "Set it again in Settings, or press Resume to go on with the usual one.",
    ),
    "unclear": (
        "What became of another job is not clear yet. Nothing was sent.",
        "Try again when it is known.",
    ),
    "contact_lost": (
        "We lost contact after sending. It may be running and may be charged, so it was not sent "
        "again.",
        "Looking for it…",
    ),
    "unanswered": (
        "The service does not say how this video stands ({message}). It was sent and may be "
        "charged.",
        "It is asked again by itself.",
    ),
    "account_untold": (
        "{host} did not say whose token this is ({message}). Nothing was sent.",
        "It is asked again by itself.",
    ),
    "other_account": (
        "This was made under {made_under}, and {now} is connected. As far as this computer "
        "knows, nothing was sent or charged; the history of the other one was not asked.",
        "Connect the other one, which asks it, or send it under the one that is connected.",
    ),
    "other_program_account": (
        "Kling Desktop is running on this data folder with another account. Nothing was sent.",
        "Close it first, or use another data folder (--data-dir).",
    ),
    "other_address": (
        "Kling Desktop is running on this data folder and speaks to {other}, not to {own}. Nothing "
        "was sent.",
        "Close it first, or use another data folder (--data-dir).",
    ),
    "other_network": (
        "Kling Desktop is running on this data folder with other proxy or certificate settings. "
        "Nothing was sent.",
        "Close it first, or use another data folder (--data-dir).",
    ),
    "input_too_large": (
        "The service says that an input is too large: {names}. {money}",
        "Choose a smaller picture or clip.",
    ),
    "no_token": ("No API token is there yet. Nothing was sent.", "Connect your account first."),
    "two_accounts": (
        "The API token is not one of the account that the account token belongs to. Nothing was "
        "sent.",
        "Connect with two tokens of one account, or with one token alone.",
    ),
    "no_account_token": (
        "Files from this computer need the account token. Nothing was sent.",
        "Connect with it, or use public links.",
    ),
    "no_room_here": (
        "There is no room on this computer's disk for what is needed. Nothing was sent.",
        "Make room and try again.",
    ),
    "input_vanished": ("{name} is not there. Nothing was sent.", "Put it back, then send it."),
    "input_refused": ("{sentence} Nothing was sent.", ""),
    "input_changed": (
        "{names} changed.{figures} Nothing was sent.",
        "Send it as it is now, or cancel it.",
    ),
    "input_growing": (
        "{name} is still being written. Nothing was sent.",
        "Send it when that is done, or cancel it.",
    ),
    "price_rose": (
        "The price rose.{figures} Nothing was sent.",
        "Send it for what it costs now, or cancel it.",
    ),
    "link_expired": ("The download link had expired.", "Fetching a new one…"),
    "task_unknown": (
        "The service does not know this job any more. It may have been charged.",
        "Look into your account's history before sending it again.",
    ),
    **STARTING,
    **RECORDS,
    **UNREACHED,
    **UPLOADS,
    **STORE,
    **UNSAVED,
    "library_failed": (
        "This program made a mistake of its own and could not open the library. Nothing in it was "
        "deleted. What was sent before goes on at the service and may be charged.",
        "Try again. If it stays so, please report it.",
    ),
    "library_busy": (
        "Kling Desktop is running already on {folder}. Nothing was sent.",
        "Use its window, or close it first.",
    ),
    "bad_base_url": (
        "The address of the service in the environment cannot be used. Nothing was sent.",
        "It must begin with https://, except on this computer itself.",
    ),
    "over_job_limit": (
        "This costs {price}, and you want to be asked above {limit}. Nothing was sent.",
        "Say --up-to CREDITS to go ahead, or raise the figure in Settings.",
    ),
    "same_again": (
        "{found} Nothing was sent.",
        "Say --again to make another one, which costs again.",
    ),
    "no_such_job": ("There is no job {job} here. Nothing was sent.", "`jobs` lists them."),
    "several_jobs": (
        "The ids of several jobs begin with {job}. Nothing was sent.",
        "Type more of it.",
    ),
    "not_asking": (
        "Job {job} does not wait for your word: {state}. Nothing was sent.",
        "`jobs` lists how each of them stands.",
    ),
    "nothing_to_fetch": (
        "Job {job} has no finished video to fetch: {state}. Nothing was sent.",
        "`jobs` lists how each of them stands.",
    ),
    "output_exists": (
        "{name} exists already and is not written over. Nothing was sent.",
        "Choose another name.",
    ),
    "output_unusable": (
        "{name} cannot be written. Nothing was sent.",
        "Choose another name or folder.",
    ),
    "videos_away": (
        "{away} Nothing was sent.",
        "Bring it back, choose another one in the window’s Settings, or say with --output where "
        "the video goes.",
    ),
    "videos_away_waits": (
        "{away} Nothing was sent.",
        "Bring it back, or choose another one in the window’s Settings: then "
        "`kling-desktop resume` sends it.",
    ),
    "output_folder": ("There is no folder {folder}. Nothing was sent.", "Make it first."),
    "no_working_folder": (
        "The working folder was deleted, so nobody can tell where {name} is. Nothing was sent.",
        "Go to another one, or type a whole path.",
    ),
    "internal": (
        "This program made a mistake of its own. Nothing was sent.",
        "Copy the report and send it to its makers.",
    ),
}

_MONEY: dict[Money, str] = {
    Money.NOT_CHARGED: _NOT_CHARGED,
    Money.NORMALLY_NOT_CHARGED: "Failed videos are normally not charged.",
    Money.MAYBE_CHARGED: "It may have been charged.",
    Money.PAID: "The video is paid for and still on the service.",
}

# Where the figures are known.
_DAY_LIMIT = (
    "Today’s limit of {limit} is reached: {spent} are spent, and the next video takes {price}, "
    "{over} too much. Nothing was sent for it.",
    _ERRORS["day_limit"][1],
)
_BEHIND_DAY_LIMIT = (
    "A job in front of this one is more than today’s limit lets through. Nothing was sent.",
    _ERRORS["day_limit"][1],
)


class ErrorWords(FindingWords, AwayWords, StoreWords, NetworkWords):
    """Sentences about what went wrong."""

    def error(self, error: JobError) -> ErrorText:
        known, unreached = self._texts(error), self.unreached(error)
        if known is None or unreached is not None:
            return unreached or self._other(error)
        values: dict[str, object] = {**dict(error.values), **self._sums(error)}
        values["met"] = self.met(error)
        values["message"] = self._message(error)
        values["cause"] = self._cause(error)
        values["pause"] = self.clock(_number(error, "pause_s") or 0.0)
        values["code"] = error.code
        values["status"] = error.http_status or ""
        values["money"] = self.money(error.money)
        values["why"] = self._tr(UNWRITTEN.get(error.value("reason"), UNWRITTEN["io"]))
        values["host"] = error.value("host") or self._tr("the service")
        for name in ("needed", "limit"):
            if (size_bytes := _number(error, f"{name}_bytes")) is not None:
                values[name] = self.size(int(size_bytes))
        values["made_under"] = self.account_name(error.value("made_under"))
        values["now"] = self.account_in_use(error.value("now"))
        if error.value("at_most"):
            values["price"] = self.fill("at most {price}", price=values.get("price", ""))
        if error.code == "input_refused":
            values["sentence"] = self._input_sentence(error)
        values |= {"names": self._names(error), "figures": self._figures(error)}
        values["away"] = self._away(error)
        values |= self.store_values(error)
        values["settings"] = self.settings(error.value("settings").split(","))
        title, hint = (self._tr(part).format_map(_Blank(values)) for part in known)
        if error.code in TRIED_AGAIN and error.value("pause_s"):
            asked = self.fill("It asks to be left alone for {pause}.", pause=values["pause"])
            title = f"{title} {asked}"
        return ErrorText(title, hint)

    def account_name(self, name: str) -> str:
        """``the account Studio``; an account may have told no name."""
        if not name:
            return self._tr("another account")
        return self.fill("the account {name}", name=name)

    def account_in_use(self, name: str) -> str:
        """As ``account_name``, of the one that is connected."""
        return self.account_name(name) if name else self._tr("an account that tells no name")

    def waits_for_account(self, name: str) -> ErrorText:
        """Of a job that was sent under an account whose tokens are not in use."""
        hint = self._tr("It is paid for there or may be: connect that account and it goes on.")
        if not name:
            return ErrorText(self._tr("Perhaps another account’s: waits for its token."), hint)
        return ErrorText(self.fill("Waits for the account {name}.", name=name), hint)

    def waits_for(self, error: JobError) -> str:
        """What a job in the queue waits for by itself; empty of what held it in an earlier run."""
        return self._tr(AWAITED.get(error.code, ""))

    def difference(self, error: JobError) -> tuple[str, str]:
        """What was agreed to and what is there now, for a row; the second for a narrow one.

        ``Was 3.2 s · 2.24 credits, is now 29 s · 20.30 credits``; of another account than then
        ``Made under the account Studio``; or that its command is gone. Empty where not known.
        """
        if error.code == "other_account":
            made_under = self.account_name(error.value("made_under"))
            text = self.fill("Made under {made_under}", made_under=made_under)
            return text, text
        if error.code in LEFT:
            return self._tr(LEFT[error.code]), self._tr("Its command was interrupted")
        if error.code == "input_vanished":
            text = self.fill("{name} is not there", name=error.value("name"))
            return text, self._tr("A file is not there")
        was, now = self._price(error, "was"), self._price(error, "now")
        if not was or not now:
            return "", ""
        before, after = (_number(error, f"{name}_credits") or 0.0 for name in ("was", "now"))
        hidden = _number(error, "now_s") is None
        if _is_alike(was, now):
            names, price = self._names(error), now if hidden else self.credits(after)
            text, short = "{names} changed, still {price}", "Changed, still {price}"
            return self.fill(text, names=names, price=price), self.fill(short, price=price)
        short = "At most {was}, now {now}" if hidden else "Was {was}, is now {now}"
        short = self.fill(short, was=self.amount(before), now=self.credits(after))
        return self.fill("Was {was}, is now {now}", was=was, now=now), short

    def met(self, error: JobError) -> str:
        """What came in place of a clear answer, as a sentence; empty where there is none for it."""
        if (why := self.why_not_reached(error)) is not None and error.value("met") not in MET:
            return why.title
        status = error.http_status or 0
        said, message = error.value("service_code"), _one_line(error.message)
        answered = said or (message and status)
        if error.code == "contact_lost" and answered and error.value("met") not in MET:
            text = "The service answered {said} ({message}) after this was sent.{cause}"
            return self.fill(
                text,
                said=said or f"HTTP {status}",
                message=message or self._tr("no reason was given"),
                cause=self._cause(error),
            )
        if error.value("met") not in MET and status >= HTTPStatus.BAD_REQUEST:
            return self.fill("The service answered with HTTP {status}.", status=status)
        return self._tr(MET.get(error.value("met"), ""))

    def _cause(self, error: JobError) -> str:
        """Behind the service's words: what the person may look after, where they tell of it."""
        said = error.message.casefold()
        return " " + self._tr(NOT_FETCHED) if any(word in said for word in OF_FETCHING) else ""

    def _message(self, error: JobError) -> str:
        """For the middle of a sentence: the service's words, else what was met instead."""
        return (
            _one_line(error.message)
            or _one_line(self.met(error))
            or self._tr("no reason was given")
        )

    def money(self, money: Money) -> str:
        return self._tr(_MONEY[money])

    def _other(self, error: JobError) -> ErrorText:
        title = self.fill(
            "The service answered: {message}.",
            message=_one_line(error.message) or error.code,
        )
        return ErrorText(title, self.money(error.money))

    def _texts(self, error: JobError) -> tuple[str, str] | None:
        code = SAME.get(error.code, error.code)
        if error.money is Money.PAID:  # nothing of what is said before sending is true of it
            return PAID.get(code)
        if error.value("task"):
            return NAMED
        if error.value("said_by") and error.money is Money.MAYBE_CHARGED and error.http_status:
            return FOREIGN
        if code == "too_many_requests" and error.http_status not in (None, 429):
            return BUSY_FOR_GOOD
        answered = code == "contact_lost" and self.met(error)
        is_met = error.value("met") in MET or self.why_not_reached(error) is not None
        if code in WITH_MET and (answered or is_met):
            return WITH_MET[code], _ERRORS[code][1]
        if code == "history_not_now" and error.value("pause_s"):
            return NOT_BEFORE
        if code == "history_not_now" and error.met_page:
            return BEHIND_PAGE
        if code == "day_limit" and error.value("over_credits"):
            return _DAY_LIMIT
        if code == "day_limit" and error.value("in_front"):
            return _BEHIND_DAY_LIMIT
        return _ERRORS.get(code)

    def _away(self, error: JobError) -> str:
        """Of the folder that an error tells of; older journals do not tell why."""
        why = error.value("why")
        known = Why(why) if why in set(Why) else Why.GONE
        return self.away(Away(error.value("folder"), known))

    def _names(self, error: JobError) -> str:
        """Of the one input that changed, or of both."""
        return self.both(error.value("name"), error.value("name1"))

    def _figures(self, error: JobError) -> str:
        was, now = self._price(error, "was"), self._price(error, "now")
        if not was or not now:
            return ""
        text = "The video was {was}, it is now {now}."
        if _is_alike(was, now):
            text = "The video costs what it did: {now}."
        return " " + self.fill(text, was=was, now=now)

    def _price(self, error: JobError, name: str) -> str:
        credits, duration_s = _number(error, f"{name}_credits"), _number(error, f"{name}_s")
        estimated = error.value(f"{name}_estimated") == "1"
        told = Agreement(credits=credits, estimated=estimated, duration_s=duration_s)
        return self.agreement(told)

    def _sums(self, error: JobError) -> dict[str, object]:
        """Each value in credits, as it is said."""
        names = (name for name, _ in error.values if name.endswith("_credits"))
        sums = {name.removesuffix("_credits"): _number(error, name) for name in names}
        exact = error.code == "over_job_limit"  # what is told may be typed as the limit
        return {
            name: self.credits(sum_, exact=exact) for name, sum_ in sums.items() if sum_ is not None
        }

    def _input_sentence(self, error: JobError) -> str:
        """The sentence of the finding that the error carries by name, with its values."""
        try:
            code = FindingCode(error.value("finding"))
            return self.finding(Finding(code, Severity.ERROR, values=error.values)).text
        except (ValueError, OverflowError):  # a journal of a newer version, or a damaged one
            return self._tr("This file cannot be used.")


def _is_alike(was: str, now: str) -> bool:
    """Whether two prices look the same; that one was an estimate makes no difference."""
    return was.replace(ESTIMATED, "") == now.replace(ESTIMATED, "")


def _number(error: JobError, name: str) -> float | None:
    """None where it is not told, or no number: the values come out of the journal."""
    try:
        value = float(error.value(name))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _one_line(message: str) -> str:
    """The service's words inside a sentence of ours: no line breaks, no full stop, no controls."""
    message = without_queries(message)  # older journals have them
    spoken = "".join(" " if unicodedata.category(c) == "Cc" else c for c in message)
    return " ".join(spoken.split()).rstrip(". ")
