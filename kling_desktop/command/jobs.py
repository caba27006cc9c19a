"""``kling-desktop jobs``: what there is, also beside a running window."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from ..engine.home import ACCOUNT, SANDBOX, Home
from ..engine.problems import NOWHERE, job_error, library_error
from ..motion.job import Job, JobError
from ..motion.left_out import Damage, LeftOut, Saved
from ..store.errors import JournalLocked, JournalNewer, Reason, StoreError, StoreUnwritable
from ..store.journal import Journal
from ..words import Words
from .codes import Exit
from .interruption import Interruption, flush_all
from .output import job_object, print_json


def jobs(options: argparse.Namespace) -> int:
    """Ctrl+C ends it at once: nothing is begun that could go on."""
    with Interruption(flush_all, at_once=True):
        code = list_jobs(options.data_dir, sandbox=options.sandbox, as_json=options.json)
        sys.stdout.flush()
        return code


def list_jobs(data_dir: Path | None, *, sandbox: bool, as_json: bool) -> int:
    """Reads the journal without a lock and without changing it."""
    home = Home(data_dir)
    paths = home.paths.profile(SANDBOX if sandbox else ACCOUNT)
    file = paths.journal_file
    unreadable: list[str] = []
    try:
        home.must_be_used()
        jobs = Journal.read_only(file, unreadable, beside=paths.beside_journal)
    except (StoreError, OSError) as error:
        print(Words().error(_unreadable(error, file.parent)).sentence, file=sys.stderr)
        return Exit.WRONG_INPUT
    words = Words()
    for job in jobs:
        if as_json:
            print_json(job_object(job))
        else:
            print(_line(job, words))
    if unreadable:
        found = LeftOut(Saved.JOBS, Damage.WHOLE, file.name, count=len(unreadable))
        print(words.left_out(found), file=sys.stderr)
    elif not jobs:
        print("No jobs yet.", file=sys.stderr)
    return Exit.SAVED


def _unreadable(error: StoreError | OSError, folder: Path) -> JobError:
    reason = error.reason if isinstance(error, StoreUnwritable) else Reason.IO
    if isinstance(error, JournalNewer | JournalLocked) or reason in NOWHERE:
        return library_error(error)
    return job_error("journal_unreadable", values={"folder": folder, "reason": reason})


def _line(job: Job, words: Words) -> str:
    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(job.created_at))
    end = job.result_path or (words.error(job.error).title if job.error else "")
    return f"{words.job_id(job)}  {when}  {words.job_name(job)}  {end}".rstrip()
