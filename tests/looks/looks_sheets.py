"""The sheets over the window, each in the states that a person meets."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from looks_jobs import DAY_S, LONG, NOW, account, failed, lost, no_account
from looks_scenes import SMALL_PX, scene, working
from looks_stand import QUOTE, Stand
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QScrollArea

from kling_desktop.motion.account import Connection, ConnectResult, TokenCheck, TokenOutcome
from kling_desktop.motion.day_limit import DayLimit
from kling_desktop.motion.job import JobError, JobState
from kling_desktop.motion.ledger import Charge, LedgerProblem, LedgerRow, LedgerState
from kling_desktop.motion.reached import Tried, WayThere
from kling_desktop.motion.request import Mode
from kling_desktop.store.settings import LIMITS
from kling_desktop.ui.dialogs.ask import (
    cost_question,
    never_ask_question,
    no_limit_question,
    same_question,
    today_question,
    twice_question,
)
from kling_desktop.ui.dialogs.candidates import CandidatesSheet, Choice
from kling_desktop.ui.dialogs.code import CodeSheet
from kling_desktop.ui.dialogs.connect import ConnectSheet
from kling_desktop.ui.dialogs.details import DetailsSheet
from kling_desktop.ui.dialogs.keys import KeysSheet
from kling_desktop.ui.dialogs.sandbox_help import SandboxHelpSheet
from kling_desktop.ui.dialogs.settings import SettingsSheet
from kling_desktop.ui.dialogs.setup import SetupSheet
from kling_desktop.ui.dialogs.trouble import TroubleSheet
from kling_desktop.ui.ledger import LedgerSheet
from kling_desktop.ui.presenter.accounts import show_result
from kling_desktop.ui.presenter.queueing import detail_rows
from kling_desktop.ui.tr import words

# Of the right shape, and nobody's.
ACCOUNT_TOKEN = "platform-v1-" + "0a" * 30 + "5f3a"
API_TOKEN = "0123456789abcdef" * 2
SETTINGS = {
    "videos_folder": "/home/someone/Videos/Kling Desktop",
    "jobs_at_once": 2,
    "ask_above_credits": 20.0,
    "day_limit_credits": None,
    "theme": "system",
    "sandbox": False,
}


def _connect(stand: Stand, store: str | None = "GNOME Keyring") -> ConnectSheet:
    stand.account(no_account())
    sheet = ConnectSheet(stand.window)
    sheet.set_store_name(store)
    sheet.open()
    return sheet


def _type(sheet: ConnectSheet, name: str, text: str) -> None:
    for edit in sheet.findChildren(type(sheet.initial_focus)):
        if edit.accessibleName() == name:
            edit.setText(text)


def _say(sheet: ConnectSheet, account_check: TokenCheck, api_check: TokenCheck) -> None:
    show_result(sheet, ConnectResult(account_check, api_check))


@scene("30-connect")
def connect(stand: Stand) -> None:
    _connect(stand)


@scene("30-connect-accepted", sharp=True)
def connect_accepted(stand: Stand) -> None:
    """The picture of the design: window-connect.png."""
    sheet = _connect(stand)
    _type(sheet, "Account token", ACCOUNT_TOKEN)
    good = TokenCheck(TokenOutcome.ACCEPTED, balance_credits=12.4)
    _say(sheet, good, TokenCheck(TokenOutcome.FOUND, name="Default"))
    sheet.findChildren(type(sheet.card))[0].setFocus()


@scene("30-connect-refused")
def connect_refused(stand: Stand) -> None:
    sheet = _connect(stand)
    _type(sheet, "Account token", ACCOUNT_TOKEN)
    _say(sheet, TokenCheck(TokenOutcome.REFUSED), TokenCheck(TokenOutcome.EMPTY))


@scene("30-connect-two-accounts")
def connect_two_accounts(stand: Stand) -> None:
    sheet = _connect(stand)
    _type(sheet, "Account token", ACCOUNT_TOKEN)
    _type(sheet, "API token", API_TOKEN)
    good = TokenCheck(TokenOutcome.ACCEPTED, balance_credits=12.4)
    _say(sheet, good, TokenCheck(TokenOutcome.OTHER_ACCOUNT))


@scene("30-connect-swapped")
def connect_swapped(stand: Stand) -> None:
    _type(_connect(stand), "Account token", API_TOKEN)


@scene("30-connect-no-password-store")
def connect_no_store(stand: Stand) -> None:
    sheet = _connect(stand, None)
    _type(sheet, "API token", "not a token")
    _say(sheet, TokenCheck(TokenOutcome.EMPTY), TokenCheck(TokenOutcome.WRONG_SHAPE))


@scene("30-connect-unreachable-small", SMALL_PX)
def connect_unreachable(stand: Stand) -> None:
    sheet = _connect(stand)
    _type(sheet, "Account token", ACCOUNT_TOKEN)
    check = TokenCheck(TokenOutcome.UNREACHABLE, host="platform.acedata.cloud")
    _say(sheet, check, TokenCheck(TokenOutcome.EMPTY))


def open_settings(
    stand: Stand, *, lost: frozenset[str] = frozenset(), **values: object
) -> SettingsSheet:
    working(stand)
    sheet = SettingsSheet(stand.window)
    sheet.set_values({**SETTINGS, **values})
    sheet.set_account(account())
    sheet.set_lost_limits(lost)
    sheet.set_versions("Kling Desktop 0.1 · Qt 6.11 · Python 3.11\nData: /home/someone/.local")
    sheet.open()
    return sheet


@scene("31-settings")
def settings(stand: Stand) -> None:
    open_settings(stand)


@scene("31-settings-day-limit")
def settings_day_limit(stand: Stand) -> None:
    open_settings(stand, day_limit_credits=50.0, theme="dark")


@scene("31-settings-limits-lost")
def settings_limits_lost(stand: Stand) -> None:
    open_settings(stand, lost=LIMITS)


@scene("31-settings-limits-lost-small", SMALL_PX)
def settings_limits_lost_small(stand: Stand) -> None:
    open_settings(stand, lost=frozenset({"day_limit_credits"}))


@scene("31-settings-network-tested")
def settings_network(stand: Stand) -> None:
    sheet = open_settings(stand)
    far = WayThere("api.acedata.cloud", proxy="proxy.example.com:8080", proxy_from="HTTPS_PROXY")
    refused = JobError("unreachable", values=(("at", far.proxy), ("met", "proxy_sign_in")))
    sheet.network.set_ways(words.ways([far]))
    for tried in (
        Tried(far, "Google Trust Services, WE1"),
        Tried(replace(far, host="platform.acedata.cloud"), problem=refused),
    ):
        sheet.network.add_result(tried.answers, words.tried(tried))
    for area in sheet.findChildren(QScrollArea):
        QTimer.singleShot(0, area, partial(area.ensureWidgetVisible, sheet.network))


@scene("31-settings-small", SMALL_PX)
def settings_small(stand: Stand) -> None:
    open_settings(stand, sandbox=True).set_account(account(Connection.SANDBOX))


@scene("32-setup")
def setup(stand: Stand) -> None:
    working(stand)
    SetupSheet(stand.window, f"/home/someone/Videos/{LONG}").open()


@scene("33-details")
def details(stand: Stand) -> None:
    working(stand)
    job = stand.numbers.job(
        JobState.FAILED,
        "chelsea",
        "meadow",
        error=failed(),
        settings={"prompt": "Soft evening light, city street behind. " * 3},
        submitted_at=NOW - 200,
        finished_at=NOW - 20,
        task_id="7b1f2c84-9d7e-4a45-8a4f-d4ab4b3b6f10",
        trace_id="5f3a9c1e-77aa-4a0b-9a51-3d8e2c1b4f00",
        estimate_credits=5.88,
    )
    DetailsSheet(stand.window, job.title, detail_rows(job, NOW)).open()


@scene("33-details-unknown-small", SMALL_PX)
def details_unknown(stand: Stand) -> None:
    working(stand)
    error = lost("nothing_found")
    job = stand.numbers.job(JobState.UNKNOWN, LONG, "meadow", error=error, looks=3)
    DetailsSheet(stand.window, job.title, detail_rows(job, NOW)).open()


@scene("34-code")
def code(stand: Stand) -> None:
    working(stand)
    curl = (
        "curl -X POST 'https://api.acedata.cloud/kling/motion' \\\n"
        "  -H 'Authorization: Bearer YOUR_API_TOKEN' \\\n"
        "  -H 'Content-Type: application/json' \\\n"
        '  -d \'{"image_url": "https://cdn.example.com/astronaut.png"}\''
    )
    CodeSheet(stand.window, [("cURL", curl), ("Python", "import requests")]).open()


@scene("35-keys")
def keys(stand: Stand) -> None:
    working(stand)
    KeysSheet(stand.window).open()


@scene("35-keys-small", SMALL_PX)
def keys_small(stand: Stand) -> None:
    keys(stand)


@scene("36-ask-cost")
def ask_cost(stand: Stand) -> None:
    working(stand)
    cost_question(stand.window, QUOTE, 5.0, 12.4).open()


@scene("36-ask-send-again")
def ask_send_again(stand: Stand) -> None:
    working(stand)
    twice_question(stand.window).open()


@scene("36-ask-same")
def ask_same(stand: Stand) -> None:
    working(stand)
    same_question(stand.window, stand.numbers.job(JobState.DONE, "chelsea", "meadow")).open()


@scene("36-ask-today-small", SMALL_PX)
def ask_today(stand: Stand) -> None:
    working(stand)
    today_question(stand.window, DayLimit(17.4, 5.88, 20.0), (2, 11.76)).open()


@scene("36-no-limit")
def no_limit(stand: Stand) -> None:
    working(stand)
    no_limit_question(stand.window, 20.0, 17.4, (2, 11.76)).open()


@scene("36-never-ask")
def never_ask(stand: Stand) -> None:
    working(stand)
    never_ask_question(stand.window, 20.0).open()


@scene("37-candidates")
def candidates(stand: Stand) -> None:
    working(stand)
    choices = [
        Choice("task-1", NOW - 300, "Standard, Soft evening light, city street"),
        Choice("task-2", NOW - 280, "Standard, Soft evening light, city street"),
        Choice("task-3", None, "Pro"),
    ]
    CandidatesSheet(stand.window, choices).open()


@scene("38-sandbox-words")
def sandbox_words(stand: Stand) -> None:
    from kling_desktop.app import sandbox_words as rows

    working(stand)
    SandboxHelpSheet(stand.window, rows()).open()


@scene("38-sandbox-words-small", SMALL_PX)
def sandbox_words_small(stand: Stand) -> None:
    sandbox_words(stand)


@scene("39-no-library")
def no_library(stand: Stand) -> None:
    """A journal of a newer version: nothing is begun from empty."""
    folder = "/home/someone/.local/share/Kling Desktop/account"
    error = JobError("journal_newer", values=(("folder", folder),))
    title, sentence = "Your library cannot be opened", words.error(error).sentence
    TroubleSheet(stand.window, title, sentence, folder, "details", has_log=True).open()


def _spending(stand: Stand, state: LedgerState, *, empty: bool = False) -> None:
    working(stand)
    sheet = LedgerSheet(stand.window, now=lambda: NOW)
    sheet.set_ledger([] if empty else _charges(), state)
    sheet.open()


def _charges() -> list[LedgerRow]:
    """Two weeks of work: most charged, some free, one running, one that nobody can tell."""
    names = (
        "astronaut × meadow",
        "chelsea × launch",
        LONG,
        "夕暮れの街角 × dance",
        "bunny × launch",
    )
    kinds = (Charge.CHARGED, Charge.CHARGED, Charge.NOTHING, Charge.CHARGED, Charge.UNKNOWN)
    rows = []
    for number in range(24):
        charge = kinds[number % len(kinds)] if number else Charge.RUNNING
        estimate = 3.5 + number % 4
        charged = {Charge.CHARGED: estimate * 1.06, Charge.NOTHING: 0.0}.get(charge)
        mode = Mode.PRO if number % 3 == 0 else Mode.STANDARD
        rows.append(
            LedgerRow(
                f"job-{number}",
                NOW - number * 0.6 * DAY_S,
                names[number % len(names)],
                mode,
                "kling-v2-6",
                8.4,
                estimate,
                charged,
                charge,
                JobState.GENERATING if charge is Charge.RUNNING else JobState.DONE,
            )
        )
    return rows


@scene("40-spending")
def spending(stand: Stand) -> None:
    _spending(stand, LedgerState(readable=True, read_at=NOW - 120))


@scene("40-spending-empty")
def spending_empty(stand: Stand) -> None:
    _spending(stand, LedgerState(readable=True), empty=True)


@scene("40-spending-small", SMALL_PX)
def spending_small(stand: Stand) -> None:
    _spending(stand, LedgerState(sandbox=True, problem=LedgerProblem.OFFLINE, waiting_jobs=2))
