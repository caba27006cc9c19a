"""Errors as sentences: what happened, whether money was involved, what to do."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kling_desktop
from kling_desktop.engine.problems import (
    FINDINGS,
    NOBODY_KNOWN,
    from_media,
    from_named,
    from_remote,
    from_unclear,
    job_error,
    what_was_met,
)
from kling_desktop.media.errors import MediaCode, MediaError
from kling_desktop.motion.away import Why
from kling_desktop.motion.job import JobError, Money
from kling_desktop.motion.limits import FindingCode
from kling_desktop.remote.errors import (
    ContactLost,
    NotSent,
    RefusalKind,
    Refused,
    UnclearAnswer,
    UnclearError,
)
from kling_desktop.store.errors import Reason
from kling_desktop.words import Words
from kling_desktop.words.errors import _ERRORS
from kling_desktop.words.records import UNWRITTEN
from kling_desktop.words.starting import STARTING

ROOT = Path(kling_desktop.__file__).parent
WORDS = Words()
ABOUT_MONEY = re.compile(r"charged|paid|Nothing was sent|still on the service")
FIGURES: dict[str, object] = {
    "was_s": 3.2,
    "was_credits": 2.24,
    "was_estimated": 0,
    "now_s": 29.0,
    "now_credits": 20.3,
    "now_estimated": 0,
}
# What the producers of each code put beside it; the names are those of their calls.
VALUES: dict[str, dict[str, object]] = {
    "journal_failed": {"folder": "/home/a/library", "reason": "disk_full"},
    "witness_failed": {"folder": "/home/a/library", "reason": "io"},
    "upload_failed": {"name": "dance.mp4"},
    "upload_too_large": {"name": "dance.mp4", "limit_bytes": 104_857_600},
    "upload_not_taken": {"name": "dance.mp4"},
    "too_large_there": {"name": "dance.mp4", "host": "platform.example.com"},
    "input_too_large": {"name": "face.png", "name1": "dance.mp4"},
    "input_vanished": {"name": "dance.mp4"},
    "input_refused": {"name": "dance.mp4", "finding": "file_damaged"},
    "input_growing": {"name": "dance.mp4"},
    "input_changed": {"name": "dance.mp4", **FIGURES},
    "price_rose": FIGURES,
    "no_room": {"folder": "/videos", "needed_bytes": 48_000_000},
    "disk_full": {"folder": "/videos"},
    "unwritable": {"folder": "/videos"},
    "unwritable_here": {"folder": "/videos"},
    "folder_gone": {"folder": "/videos"},
    "result_unplaced": {"folder": "/videos"},
    "result_taken_away": {"folder": "/videos"},
    "result_unchecked": {"name": "/videos/.1a2b.part"},
    "result_damaged": {"name": "/videos/a, does not open.mp4"},
    "journal_unwritable": {"folder": "/data"},
    "no_working_folder": {"name": "dance.mp4"},
    "journal_unreadable": {"folder": "/data"},
    "disk_without_sync": {"folder": "/data"},
    "disk_without_modes": {"folder": "/data"},
    "disk_without_locks": {"folder": "/data"},
    "journal_put_back": {"folder": "/data"},
    "journal_replaced": {"folder": "/data", "name": "journal.damaged-1.sqlite"},
    "witness_unusable": {"folder": "/data"},
    "jobs_mended": {"count": 3},
    "journal_newer": {"folder": "/data"},
    "journal_locked": {"folder": "/data"},
    "library_busy": {"folder": "/data"},
    "library_elsewhere": {"host": "attic", "since": "2026-01-31 18:00", "file": "/data/taken"},
    "output_exists": {"name": "/videos/a.mp4"},
    "output_unusable": {"name": "/videos/a.mp4"},
    "output_folder": {"folder": "/videos"},
    "videos_away": {"folder": "/videos", "why": "unplugged"},
    "videos_away_waits": {"folder": "/videos", "why": "silent"},
    "unreachable": {"host": "api.example.com"},
    "day_limit": {f"{n}_credits": 2.5 for n in ("limit", "spent", "price", "over")},
    "no_api": {"host": "api.example.com"},
    "over_job_limit": {"price_credits": 25.33, "limit_credits": 20.0},
    "same_again": {"found": "Job 1a2b3c4d is just this already: Generating."},
    "no_such_job": {"job": "1a2b3c4d"},
    "several_jobs": {"job": "1a"},
    "nothing_to_fetch": {"job": "1a2b3c4d", "state": "Waiting"},
    "not_asking": {"job": "1a2b3c4d", "state": "Done"},
    "other_address": {"own": "https://a.example.com", "other": "https://b.example.com"},
    **{code: {"file": "/d", "owner": "root", "command": "sudo chown"} for code in STARTING},
}
# While a link is renewed nothing is decided about money, and product.md words it so.
SAYS_NOTHING_ABOUT_MONEY = {"link_expired", "disk_without_modes"}  # nothing can be sent by it


# By the function that takes it: where the code stands among its arguments.
PLACES = {"job_error": 0, "JobError": 0, "from_remote": 2}


def codes_in_the_code_base() -> set[str]:
    """Every text that is handed to ``job_error``, ``JobError`` or ``from_remote`` as a code."""
    found: set[str] = set()
    for file in ROOT.rglob("*.py"):
        text = file.read_text(encoding="utf-8")
        if not any(name in text for name in PLACES):
            continue  # every worker does this when it collects the tests
        for call in ast.walk(ast.parse(text)):
            if not isinstance(call, ast.Call):
                continue
            name = getattr(call.func, "id", "")
            place = PLACES.get(name)
            if place is None:
                continue
            given = [k.value for k in call.keywords if k.arg == "code"] + call.args[place:][:1]
            found |= {
                str(leaf.value)
                for node in given
                for leaf in ast.walk(node)
                if isinstance(leaf, ast.Constant)
            }
    return found


# A row of the journal that cannot be read has a code of its own making.
CODES = codes_in_the_code_base() - {"code", "unknown"}


def sentence(code: str, money: Money = Money.NOT_CHARGED, message: str = "bad thing.") -> str:
    error = job_error(code, money, message=message, values=VALUES.get(code, {}))
    return WORDS.error(error).sentence


def test_the_search_for_codes_finds_them() -> None:
    assert {"contact_lost", "unreachable", "no_token", "input_refused", "library_busy"} <= CODES
    assert len(CODES) > 20


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_code_of_ours_has_a_sentence_of_its_own(code: str) -> None:
    assert code in _ERRORS


@pytest.mark.parametrize("code", sorted(_ERRORS))
def test_no_sentence_leaves_a_gap(code: str) -> None:
    text = sentence(code)
    assert "{" not in text
    assert "}" not in text
    # An ellipsis stands for what goes on by itself, never for a value.
    assert not re.search(r"…(?! ?$)", text), text
    assert "  " not in text


@pytest.mark.parametrize("why", [*Why, "", "of a newer version"])
def test_a_folder_that_is_away_is_told_whatever_was_found_there(why: str) -> None:
    values = {"folder": "/videos", "why": why}
    error = job_error("folder_gone", Money.PAID, values=values)
    assert "/videos" in Words().error(error).title
    assert Words().error(error).title.endswith("The video is paid for.")


@pytest.mark.parametrize("code", sorted(set(_ERRORS) - SAYS_NOTHING_ABOUT_MONEY))
def test_every_sentence_says_whether_money_was_involved(code: str) -> None:
    assert ABOUT_MONEY.search(sentence(code)), sentence(code)


# Codes with money in them, as the engine makes them.
PAIRS = [
    *((c, Money.MAYBE_CHARGED) for c in ("contact_lost", "task_unknown", "unanswered", "unknown")),
    *((c, Money.PAID) for c in ("bad_result_link", "result_gone", "result_damaged")),
    *((c, Money.PAID) for c in ("no_token", "invalid_token", "no_room", "unwritable")),
]


@pytest.mark.parametrize(("code", "money"), PAIRS)
def test_no_sentence_denies_money_that_was_involved(code: str, money: Money) -> None:
    text = sentence(code, money)
    assert "Nothing was charged" not in text
    assert "Nothing was sent" not in text
    assert ABOUT_MONEY.search(text), text


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (
            "invalid_token",
            "The service did not accept your token. Nothing was charged. Check it in Settings.",
        ),
        (
            "settings_refused",
            "The service refused these settings: bad thing. Nothing was charged.",
        ),
        ("unreachable", "Could not reach api.example.com. Nothing was sent."),
        (
            "contact_lost",
            "We lost contact after sending. It may be running and may be charged, so it was not "
            "sent again. Looking for it…",
        ),
        (
            "service_failed",
            "Kling could not make this video: bad thing. Failed videos are normally not charged.",
        ),
        (
            "upload_refused",
            "Your account token was not accepted for uploads. Nothing was charged. "
            "Paste links instead, or check it in Settings.",
        ),
        ("link_expired", "The download link had expired. Fetching a new one…"),
        (
            "no_room",
            "There is no room in /videos (needs 48 MB). The video is paid for.",
        ),
        (
            "used_up",
            "Not enough credit for this video. Nothing was charged. Top up, then press Resume.",
        ),
    ],
)
def test_the_wording_is_that_of_the_product(code: str, expected: str) -> None:
    assert sentence(code).startswith(expected)


def test_of_a_clip_whose_length_is_hidden_the_price_is_said_as_the_most() -> None:
    values = {"price_credits": 21.0, "limit_credits": 20.0}
    told = WORDS.error(job_error("over_job_limit", values={**values, "at_most": 1}))
    assert told.title.startswith("This costs at most 21.00 credits, and")
    told = WORDS.error(job_error("over_job_limit", values=values))
    assert told.title.startswith("This costs 21.00 credits, and")


@pytest.mark.parametrize(
    ("service_code", "code"),
    [
        ("token_expired", "invalid_token"),
        ("not_authenticated", "invalid_token"),
        ("bad_request", "settings_refused"),
        ("api_not_implemented", "settings_refused"),
        ("api_error", "service_failed"),
    ],
)
def test_the_services_other_words_say_the_same(service_code: str, code: str) -> None:
    assert sentence(service_code) == sentence(code)


@pytest.mark.parametrize("kind", list(RefusalKind))
def test_every_refusal_of_the_service_becomes_a_whole_sentence(kind: RefusalKind) -> None:
    refused = Refused("some_code", "the reason", kind=kind, host="api.example.com")
    text = WORDS.error(from_remote(refused, Money.NOT_CHARGED)).sentence
    assert ABOUT_MONEY.search(text)
    assert "{" not in text


def test_what_nobody_vouches_for_is_not_told_as_a_no_to_the_settings() -> None:
    """A network that wants to be signed in to answers in JSON, too."""
    said = Refused("login_required", "Sign in", kind=RefusalKind.SETTINGS, vouched=False)
    told = WORDS.error(from_remote(said, Money.NOT_CHARGED))
    assert told.title == "The service answered: Sign in."
    said = Refused("bad_request", "no such mode", kind=RefusalKind.SETTINGS)
    assert "these settings" in WORDS.error(from_remote(said, Money.NOT_CHARGED)).title


@pytest.mark.parametrize("kind", list(RefusalKind))
def test_a_no_that_nobody_vouches_for_denies_no_money_before_the_history_was_asked(
    kind: RefusalKind,
) -> None:
    said = Refused("", "Blocked here", kind=kind, vouched=False, http_status=403)
    problem = from_remote(said, Money.MAYBE_CHARGED).with_values(said_by=NOBODY_KNOWN)
    told = WORDS.error(problem)
    assert "403" in told.title
    assert "Blocked here" in told.title
    assert "may be charged" in told.title
    assert "Nothing" not in told.sentence


def test_an_answer_that_named_no_task_is_said_to_have_come() -> None:
    lost = from_remote(UnclearAnswer("no_task_id"), Money.MAYBE_CHARGED, "contact_lost")
    lost = lost.with_values(met=what_was_met(UnclearAnswer("no_task_id")))
    told = WORDS.error(lost).title
    assert told.startswith("The answer named no task. It may be running and may be charged")


@pytest.mark.parametrize("kind", list(RefusalKind))
def test_a_refusal_that_named_a_task_shows_its_own_code_and_does_not_deny_money(
    kind: RefusalKind,
) -> None:
    said = WORDS.error(from_named(Refused("its_own_word", "so it says", kind=kind)))
    assert "its_own_word" in said.title
    assert "may be charged" in said.title
    assert "Nothing" not in said.sentence


def test_an_error_that_leaves_it_open_says_what_the_service_said_and_does_not_deny_money() -> None:
    said = WORDS.error(from_unclear(UnclearError("api_error", "fetch failed", http_status=503)))
    assert "api_error (fetch failed)" in said.title
    assert "may be charged" in said.title
    assert "Perhaps it could not fetch the link to your picture or clip." in said.title
    other = WORDS.error(from_unclear(UnclearError("api_error", "out of memory", http_status=503)))
    assert "link" not in other.title
    lost = WORDS.error(from_unclear(ContactLost("reset")))
    assert lost.title.startswith("The connection was cut. It may be running and may be charged")


def test_busy_promises_another_try_only_where_there_will_be_one() -> None:
    for status, promised in ((429, True), (200, False), (403, False)):
        error = Refused("throttled", kind=RefusalKind.BUSY, http_status=status)
        said = WORDS.error(from_remote(error, Money.NOT_CHARGED))
        assert ("by itself" in said.hint) is promised
        assert "Nothing was charged" in said.title


def test_a_host_without_a_name_is_called_the_service() -> None:
    error = from_remote(NotSent("refused"), Money.NOT_CHARGED, "unreachable")
    assert WORDS.error(error).title == "The service refused the connection. Nothing was sent."


def test_an_unknown_code_shows_the_services_words_and_the_money() -> None:
    told = WORDS.error(JobError("duplication", "same again", Money.NOT_CHARGED))
    assert (told.title, told.hint) == ("The service answered: same again.", "Nothing was charged.")
    bare = WORDS.error(JobError("duplication", money=Money.MAYBE_CHARGED))
    assert bare.sentence == "The service answered: duplication. It may have been charged."


@pytest.mark.parametrize("code", sorted(FINDINGS))
def test_every_word_of_the_media_helper_becomes_a_whole_sentence(code: str) -> None:
    at_s = 3.0 if code == MediaCode.DAMAGED else None
    met = MediaError(code, "/in/dance.mp4", "odd", at_s=at_s)
    text = WORDS.error(from_media(met, "dance.mp4")).sentence
    assert "…" not in text
    assert text.count("Nothing was sent.") == 1


@pytest.mark.parametrize(
    ("code", "values", "expected"),
    [
        (
            FindingCode.VIDEO_LONG_FOR_IMAGE,
            {"duration_s": 14.2, "limit_s": 10.0},
            "This clip is 14.2 s. “As in the picture” allows 10 s. Nothing was sent.",
        ),
        (
            FindingCode.VIDEO_BYTES,
            {"size_bytes": 120_000_000, "limit_bytes": 104_857_600},
            "This clip is 120 MB. At most 105 MB are allowed. Nothing was sent.",
        ),
        (
            FindingCode.IMAGE_FORMAT,
            {"format": "gif"},
            "The service takes JPG and PNG, not GIF. Nothing was sent.",
        ),
    ],
)
def test_a_refused_input_says_the_figures_of_its_finding(
    code: FindingCode, values: dict[str, object], expected: str
) -> None:
    error = job_error("input_refused", values={"name": "x", "finding": code.value, **values})
    assert WORDS.error(error).title == expected


def test_a_refused_input_of_a_newer_version_is_still_a_sentence() -> None:
    error = job_error("input_refused", values={"name": "x", "finding": "image_haunted"})
    assert WORDS.error(error).title == "This file cannot be used. Nothing was sent."


HOSTILE = ["{", "}", "{0}", "{name!r}", "{message}", "%s %d", "<b>bold</b>", "a\nb\r\nc", "\x1b[2J"]


@pytest.mark.parametrize("message", HOSTILE)
@pytest.mark.parametrize("code", sorted({*_ERRORS, "duplication"}))
def test_the_services_own_words_never_break_a_sentence(code: str, message: str) -> None:
    names = {"name": message, "folder": message, "host": message, "finding": "file_empty"}
    error = job_error(code, message=message, values={**VALUES.get(code, {}), **names})
    told = WORDS.error(error)
    assert told.title
    if code in ("service_failed", "duplication"):
        assert "\n" not in told.title
        assert "\x1b" not in told.title
        assert message.split("\n")[0].strip("\x1b") in told.title


@given(st.text(max_size=60), st.sampled_from(sorted({*_ERRORS, "duplication"})))
def test_any_message_makes_a_sentence_of_one_line(message: str, code: str) -> None:
    text = WORDS.error(job_error(code, message=message, values=VALUES.get(code, {}))).sentence
    assert text
    assert text.splitlines() == [text]


def test_texts_are_translated_before_values_are_put_in() -> None:
    """A value that looks like a text of ours, or holds braces, is never translated or formatted."""
    seen: list[str] = []

    def translate(text: str) -> str:
        seen.append(text)
        return f"[{text}]"

    told = Words(translate).error(job_error("service_failed", message="{host} and {message}"))
    assert told.title == "[Kling could not make this video: {host} and {message}.]"
    assert not any("{host} and" in text for text in seen)


def test_a_message_that_is_missing_is_said_to_be_missing() -> None:
    assert "no reason was given" in sentence("service_failed", message="  ")
    assert "no reason was given" in sentence("service_failed", message="...")


@pytest.mark.parametrize("money", list(Money))
def test_every_kind_of_money_has_its_words(money: Money) -> None:
    assert ABOUT_MONEY.search(WORDS.money(money))


ODD = st.text(max_size=5) | st.sampled_from(["nan", "inf", "-1", "1e400"])
OFTEN = {"limit_bytes", "size_bytes", "duration_s", "now_credits"}
ODD_VALUES = {
    code: st.dictionaries(st.sampled_from(sorted({*VALUES.get(code, {}), *OFTEN})), ODD)
    for code in sorted(_ERRORS)
}


@pytest.mark.parametrize("code", ODD_VALUES)
@settings(max_examples=30)  # of each code; there are dozens
@given(st.data())
def test_odd_values_of_a_journal_raise_nothing(code: str, data: st.DataObject) -> None:
    """They come out of the journal, where anything may stand."""
    error = job_error(code, values={**VALUES.get(code, {}), **data.draw(ODD_VALUES[code])})
    assert WORDS.error(error).sentence
    WORDS.difference(error)


BEFORE_ANY_RECORD = {Reason.NO_HOME, Reason.NO_LIBRARY}


@pytest.mark.parametrize("reason", [*sorted(set(Reason) - BEFORE_ANY_RECORD), "locked"])
def test_why_a_record_cannot_be_written_is_said_in_words(reason: str) -> None:
    values = {"folder": "/home/a/library", "reason": reason}
    for code in ("journal_failed", "witness_failed"):
        said = WORDS.error(job_error(code, values=values)).sentence
        assert "/home/a/library" in said
        assert UNWRITTEN[reason] in said
        assert reason not in said.split()


@pytest.mark.parametrize("code", ["left_by_command", "left_unasked"])
def test_what_a_command_left_is_told_in_a_narrow_row_too(code: str) -> None:
    text, short = Words().difference(JobError(code))
    assert text.startswith(short)
    assert len(short) < 30
