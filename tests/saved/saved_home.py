"""A data folder with something of everything in it, to be damaged, and opened as a start does."""

from __future__ import annotations

import asyncio
import json
import logging
import shutil
import sqlite3
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing, contextmanager
from copy import deepcopy
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication

from kling_desktop.engine.engine import Engine, EngineOptions
from kling_desktop.engine.home import ACCOUNT, Home
from kling_desktop.engine.left_out import left_out
from kling_desktop.engine.service import Hosts
from kling_desktop.motion.agreement import Agreement, InputStamp
from kling_desktop.motion.compare import CompareSettings, Heard
from kling_desktop.motion.facts import ImageFacts, VideoFacts
from kling_desktop.motion.job import GivenUp, Job, JobError, JobState, Money
from kling_desktop.motion.left_out import LeftOut
from kling_desktop.motion.request import (
    ClipEdit,
    Draft,
    ImageEdit,
    Mode,
    MotionRequest,
    Orientation,
    Source,
)
from kling_desktop.motion.token import Token
from kling_desktop.store.draft import DraftStore
from kling_desktop.store.journal import Journal
from kling_desktop.store.paths import DataPaths, ProfilePaths
from kling_desktop.store.secrets import Secrets
from kling_desktop.store.settings import Settings, SettingsStore
from kling_desktop.store.waved import WavedStore
from kling_desktop.ui.presenter.assembly import Assembly

NOWHERE = Hosts("http://127.0.0.1:9", "http://127.0.0.1:9", sandbox=True)  # refuses at once
TOKENS = (Token("a" * 32), Token("platform-v1-" + "b" * 64))
DRAFT = Draft(
    image=Source(path="/nowhere/astronaut.png"),
    video=Source(path="/nowhere/meadow.mp4"),
    mode=Mode.PRO,
    orientation=Orientation.IMAGE,
    prompt="dusk, no umbrella",
    keep_sound=False,
    model="kling-v3",
    watermark=True,
    callback_url="https://e.com/hook",
    image_edit=ImageEdit((0.1, 0.1, 0.5, 0.5), 1.5),
    video_edit=ClipEdit(1.0, 4.5, (0.0, 0.0, 0.5, 0.5)),
    fit=False,
)
SETTINGS = Settings(
    theme="dark",
    videos_folder="/nowhere/videos",
    jobs_at_once=3,
    ask_above_credits=5.0,
    day_limit_credits=12.5,
    clean_metadata=False,
    large_images=True,
    write_recipe=False,
    last_mode=Mode.PRO,
    last_orientation=Orientation.IMAGE,
    last_model="kling-v3",
    volume=0.5,
    muted=True,
    loop=True,
    first_run_done=True,
    profile="account",
    window_geometry=json.dumps({"columns": [330, 700, 270], "rows": [500, 145], "library": True}),
)
VALUES: dict[str, Any] = {
    "price.rules": {
        "read_at": 1.7e9,
        "unit": "Credit",
        "rules": [{"conditions": {"==": [{"var": "mode"}, "pro"]}, "consumption": 3.5}],
    },
    "ledger.empty_since": {"done": 1.7e9},
    "queue.hold": [
        {"reason": "credit", "error": JobError("used_up", values=(("host", "h"),)).to_json()},
        {"reason": "unclear", "error": None, "jobs": ["unknown"]},
    ],
    "spending.waived_on": "2026-11-28",
    "user_id": "u",
    "application_id": "a",
}


def _jobs() -> list[Job]:
    request = MotionRequest(Source(path="/nowhere/a.png"), Source(path="/nowhere/b.mp4"))
    clip = VideoFacts("mp4", "h264", 1280, 720, 7_000_000, 8.4, 25.0, 210, True, 90, True)
    first = Job(
        "done",
        replace(request, prompt="dusk", video_edit=ClipEdit(1.0, 4.0)),
        JobState.DONE,
        created_at=1.7e9,
        updated_at=1.7e9 + 200,
        position=0,
        image_facts=ImageFacts("png", 1024, 1024, 900_000),
        video_facts=clip,
        body_json='{"mode": "pro"}',
        submitted_at=1.7e9 + 20,
        finished_at=1.7e9 + 200,
        task_id="task-done",
        result_url="https://m.example/r.mp4",
        result_duration_s=5.066,
        result_path="/nowhere/r.mp4",
        result_size_bytes=123_456,
        estimate_credits=5.88,
        agreed=Agreement(InputStamp("aa", 1), InputStamp(etag="e"), 5.88, True),
        charged_credits=5.6,
        given_up=(GivenUp(1.7e9, 5.88),),
        compare=CompareSettings(3, -2, Heard.NONE),
        favourite=True,
    )
    error = JobError("timeout", "…", Money.MAYBE_CHARGED, "trace", 504, (("host", "h"),))
    return [
        first,
        replace(first, job_id="failed", position=1, state=JobState.FAILED, error=error),
        replace(first, job_id="unknown", position=2, state=JobState.UNKNOWN, error=error, looks=2),
        replace(first, job_id="running", position=3, state=JobState.GENERATING, task_id="task-2"),
        replace(first, job_id="waiting", position=4, state=JobState.QUEUED, submitted_at=None),
        replace(first, job_id="removed", position=5, task_id="task-3"),
    ]


JOBS = _jobs()
SHOWN = {job.job_id for job in JOBS} - {"removed"}


Story = Callable[[Assembly, Engine], Awaitable[None]]


@dataclass
class Opened:
    """What was there after the start."""

    draft: Draft
    settings: Settings
    jobs: set[str]
    unreadable: tuple[str, ...]
    left_out: list[LeftOut]
    notices: list[str]
    errors: list[str] = field(default_factory=list)  # nothing may ever be here


class SavedHome:
    """The folder; ``restore`` makes it sound again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._sound = folder.with_name(f"{folder.name}-sound")
        self._make(self._sound)
        self.restore()

    @property
    def profile(self) -> ProfilePaths:
        return DataPaths.at(self.folder).profile(ACCOUNT)

    @property
    def files(self) -> dict[str, Path]:
        """The JSON files by name."""
        settings = DataPaths.at(self.folder).settings_file
        return {f.name: f for f in (settings, self.profile.draft_file, self.profile.waved_file)}

    def restore(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.copytree(self._sound, self.folder)

    def sql(self, statement: str, *values: object) -> None:
        with closing(sqlite3.connect(self.profile.journal_file)) as connection, connection:
            connection.execute(statement, values)

    @staticmethod
    def _make(folder: Path) -> None:
        paths = DataPaths.at(folder)
        profile = paths.profile(ACCOUNT)
        profile.create()
        SettingsStore(paths.settings_file).save(SETTINGS)
        DraftStore(profile.draft_file).save(DRAFT)
        WavedStore(profile.waved_file).add("k", "cuts_found")
        with closing(Journal(profile.journal_file)) as journal:
            for job in JOBS:
                journal.insert(job)
            journal.remove("removed")
            for key, value in VALUES.items():
                journal.set_value(key, value if isinstance(value, str) else json.dumps(value))

    def open(self, story: Story | None = None) -> Opened:
        """The engine and the window on it, as at a start; closed again after the ``story``."""
        with _errors() as errors:
            opened = asyncio.run(self._life(story))
        opened.errors = errors
        return opened

    async def _life(self, story: Story | None) -> Opened:
        home = Home(self.folder)
        engine = Engine(
            EngineOptions(
                paths=self.profile,
                hosts=NOWHERE,
                videos_folder=lambda: home.videos_folder(ACCOUNT),
                preferences=home.preferences,
                jobs_at_once=lambda: home.preferences.value.jobs_at_once,
                secrets=Secrets(environ={}),
                day_limit_credits=lambda: home.preferences.value.day_limit_credits,
                fixed_tokens=TOKENS,
            )
        )
        assembly = Assembly(home.preferences, str, _nothing, str(self.folder), list, time.time)
        try:
            assembly.show()
            await engine.open(default_draft=Draft())
            draft, found = engine.drafting.draft, left_out(engine, home.preferences)
            notices = assembly.desk.window.notices
            assembly.attach(engine)
            said = [notices.text, *(notice.text for notice in notices._waiting)]
            said = [text for text in said if text]
            if story is not None:
                await story(assembly, engine)
            for _turn in range(3):  # what was begun has its say
                QApplication.processEvents()
                await asyncio.sleep(0)
            jobs = {job.job_id for job in engine.book.all()}
            unreadable = engine.journal.unreadable
            return Opened(draft, home.preferences.value, jobs, unreadable, found, said)
        finally:
            assembly.remember()
            assembly.detach()
            await engine.close()
            assembly.close()
            QApplication.processEvents()
            # Without a loop of Qt's nothing else takes it away: the next start would have it, too.
            assembly.window.deleteLater()
            QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def _nothing(_sandbox: bool) -> None:
    """No library is switched to."""


class _Kept(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(logging.Formatter().format(record))


@contextmanager
def _errors() -> Iterator[list[str]]:
    """All that would have been reported as a mistake of the program's own."""
    handler, hook = _Kept(), sys.excepthook
    logging.getLogger().addHandler(handler)
    sys.excepthook = lambda *problem: handler.said.append(repr(problem))
    try:
        yield handler.said
    finally:
        sys.excepthook = hook
        logging.getLogger().removeHandler(handler)


def places(document: object) -> list[tuple[str | int, ...]]:
    """The way to every value in a JSON document."""
    found: list[tuple[str | int, ...]] = [()]
    for way in found:
        value = _at(document, way)
        inner = (
            value.keys()
            if isinstance(value, dict)
            else range(len(value))
            if isinstance(value, list)
            else ()
        )
        found += [(*way, step) for step in inner]
    return found


def changed(document: Any, way: tuple[str | int, ...], value: object) -> Any:
    """A copy with another value there."""
    if not way:
        return value
    copy = deepcopy(document)
    _at(copy, way[:-1])[way[-1]] = value
    return copy


def _at(document: Any, way: tuple[str | int, ...]) -> Any:
    for step in way:
        document = document[step]
    return document


def settings_json() -> dict[str, Any]:
    return json.loads(json.dumps(asdict(SETTINGS)))
