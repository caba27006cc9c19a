"""The journal's tables, as steps from one version to the next. Never change a step: add one."""

from __future__ import annotations

# "KlDt": tells our file from other SQLite databases (PRAGMA application_id)
APPLICATION_ID = 0x4B6C4474

_VERSION_1 = (
    # ``data`` holds the fields of a job that nobody queries, as JSON: see rows.py.
    """
    CREATE TABLE jobs (
        job_id TEXT PRIMARY KEY NOT NULL,
        state TEXT NOT NULL,
        position INTEGER NOT NULL,
        created_at REAL NOT NULL,
        updated_at REAL NOT NULL,
        attempt INTEGER NOT NULL,
        task_id TEXT,
        submitted_at REAL,
        finished_at REAL,
        mode TEXT NOT NULL,
        removed_at REAL,
        data TEXT NOT NULL
    )
    """,
    """
    CREATE TABLE events (
        event_id INTEGER PRIMARY KEY,
        job_id TEXT NOT NULL REFERENCES jobs (job_id),
        at REAL NOT NULL,
        state TEXT NOT NULL,
        note TEXT NOT NULL
    )
    """,
    "CREATE INDEX events_of_job ON events (job_id, event_id)",
    """
    CREATE TABLE uploads (
        content_key TEXT NOT NULL,
        base_url TEXT NOT NULL,
        url TEXT NOT NULL,
        made_at REAL NOT NULL,
        PRIMARY KEY (content_key, base_url)
    )
    """,
    'CREATE TABLE "values" (key TEXT PRIMARY KEY NOT NULL, text TEXT NOT NULL)',
    f"PRAGMA application_id = {APPLICATION_ID}",
)

# STEPS[n] leads from version n to version n + 1; the version is PRAGMA user_version.
STEPS: tuple[tuple[str, ...], ...] = (_VERSION_1,)

# Carried over out of a damaged file, in this order (events need their job).
TABLES: tuple[str, ...] = ("jobs", "events", "uploads", '"values"')
