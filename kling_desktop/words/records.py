"""What is said of the list of jobs, of its second record, and of the service's history."""

from __future__ import annotations

# By error code: title, hint.
RECORDS: dict[str, tuple[str, str]] = {
    "perhaps_sent": (
        "The service’s history shows what may be this video, sent before. It may be charged, so it "
        "was not sent again.",
        "Choose it, or send again.",
    ),
    "history_unasked": (
        "The service’s history could not be asked whether jobs of an earlier run were sent and "
        "charged before ({message}). Nothing here says so: they are sent now.",
        "",
    ),
    "history_unaskable": (
        "Without your account token the service’s history cannot be asked whether jobs of an "
        "earlier run were sent and charged before. Nothing here says so: they are sent now.",
        "",
    ),
    "left_by_command": (
        "The command that asked for this video was interrupted. Nothing was sent.",
        "Send it, or cancel it.",
    ),
    "left_unasked": (
        "The command that asked for this video was interrupted. As far as this computer knows, "
        "nothing was sent or charged.",
        "Send it, or cancel it.",
    ),
    "cancelled_unasked": (
        "Cancelled. As far as this computer knows, nothing was sent or charged.",
        "",
    ),
    "history_not_now": (
        "The service’s history does not answer now ({message}): it is asked first whether this job "
        "was sent and charged before. It is tried again by itself, for up to four minutes.",
        "",
    ),
    "history_in_part": (
        "The service’s history could not be read in full. What could be read of it does not show "
        "that jobs of an earlier run were sent and charged before: they are sent now.",
        "",
    ),
    "jobs_mended": (
        "The list of jobs had forgotten what was sent. Jobs that were put right from the second "
        "record: {count}. None of them is sent or charged again by itself.",
        "",
    ),
    "witness_unusable": (
        "The second record of what was sent cannot be read: {folder}. Nothing is sent and charged "
        "before it can be.",
        "Check who may read and write it.",
    ),
    "journal_unwritable": (
        "The list of jobs cannot be written: {folder}. Nothing was sent, and nothing was changed.",
        "Make room or check the folder.",
    ),
    "journal_failed": (
        "The list of jobs cannot be written, {why}: {folder}. Until it can, nothing more is sent "
        "and charged, and videos that are paid for wait at the service. It is tried again by "
        "itself.",
        "",
    ),
    "journal_unreadable": (
        "The list of jobs in {folder} cannot be read, {why}. Nothing was sent, and nothing was "
        "changed.",
        "The window, or `kling-desktop resume`, mends what is damaged.",
    ),
    "disk_without_sync": (
        "The disk of {folder} does not confirm what is written to it. After a power cut the last "
        "seconds may be missing from the list of jobs: the service is asked for them before "
        "anything is sent and charged again.",
        "",
    ),
    "disk_without_modes": (
        "The folder {folder} cannot be closed to others who use this computer: its disk does not "
        "offer that. No token lies there.",
        "",
    ),
    "disk_without_locks": (
        "The disk of {folder} cannot keep two programs apart for sure. Do not use this folder from "
        "two computers at a time: the same job could be sent and charged twice.",
        "",
    ),
    "journal_put_back": (
        "The list of jobs was gone from {folder} while the program ran. All that was known was "
        "written there again. Nothing is sent and charged again by it.",
        "",
    ),
    "journal_replaced": (
        "Another list of jobs was put in the place of the one in {folder} while the program ran. "
        "It is kept there as {name}, and all that this program knew was written again. Nothing is "
        "sent and charged again by it.",
        "",
    ),
    "witness_failed": (
        "The second record of what is sent cannot be written, {why}: {folder}. Until it can, "
        "nothing more is sent and charged. It is tried again by itself.",
        "",
    ),
    "journal_newer": (
        "The list of jobs in {folder} was written by a newer version of this program. It was not "
        "touched. Nothing was sent.",
        "Use that version, or another data folder.",
    ),
    "library_elsewhere": (
        "{host} has this data folder since {since}: Kling Desktop is open there, or was cut off. "
        "Nothing was sent from here.",
        "Close it there. If it is not open there, remove {file}.",
    ),
    "journal_locked": (
        "Another program holds the list of jobs in {folder}. Nothing was sent.",
        "Close it and try again.",
    ),
}

# Where the service said when it wants to be asked again.
NOT_BEFORE = (
    "The service’s history does not answer now ({message}): it is asked first whether this job "
    "was sent and charged before. The service wants to be asked again after a pause of {pause}.",
    "",
)

# Where a page is met instead: nothing could be sent anyway.
BEHIND_PAGE = (
    "The service’s history does not answer now ({message}): it is asked first whether this job "
    "was sent and charged before. It is tried again by itself, until the service itself answers.",
    "",
)

# Tried again by itself; how long that takes is the host's wish where it tells one.
TRIED_AGAIN = frozenset({"upload_failed", "uploads_busy", "too_many_requests", "account_untold"})

# What a job waits for meanwhile, on its row.
AWAITED: dict[str, str] = {
    "history_not_now": "Waiting for the service’s history",
    "upload_failed": "Waiting to upload again",
    "account_untold": "Waiting for whose token it is",
}

# A job whose command was interrupted, in its row.
LEFT: dict[str, str] = {
    "left_by_command": "Its command was interrupted, nothing was sent",
    "left_unasked": "Its command was interrupted",
}

# Why one of them cannot be written, by the store's reason.
UNWRITTEN: dict[str, str] = {
    "disk_full": "there is no room on the disk",
    "read_only": "its folder takes no changes",
    "missing": "its folder is not there",
    "not_mounted": "its disk is not mounted",
    "not_a_folder": "something else stands in the place of its folder",
    "damaged": "its file is damaged",
    "no_locks": "its disk does not offer what is needed for it",
    "closed": "the program is closing",
    "locked": "another program holds it",
    "io": "the disk reports an error",
    "silent": "its disk does not answer",
}
