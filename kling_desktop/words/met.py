"""What came in place of a clear answer to a submission: the engine's ``what_was_met``."""

from __future__ import annotations

MET: dict[str, str] = {
    "page": "A page came back instead of an answer: perhaps a sign-in page of this network.",
    "error_page": "The service answered with an error page.",
    "redirected": "The service answered with another address.",
    "empty": "The answer was empty.",
    "wrong_type": "The answer was none of the service’s.",
    "not_json": "The answer was none of the service’s.",
    "no_task_id": "The answer named no task.",
    "history_in_part": "Only a part of it could be read.",
    "too_big": "The answer was far too long.",
    "read_timeout": "No answer came in time.",
    "too_slow": "No answer came in time.",
    "reset": "The connection was cut.",
    "cut_answer": "The answer was cut short.",
    "tls": "The connection was cut.",
    "not_connected": "The host cannot be reached.",
    "unreachable": "The service cannot be reached.",
    "store_silent": "The password store has not told the token yet.",
    "no_token": "No API token is there.",
    "invalid_token": "The service does not accept the token.",
    "token_mismatched": "The token is for another service of the same vendor.",
    "disabled": "The service has disabled this account.",
    "too_many_requests": "The service is busy.",
}

# Codes that say it: of the job itself, and of one that waits behind it.
WITH_MET: dict[str, str] = {
    "contact_lost": "{met} It may be running and may be charged, so it was not sent again.",
    "upload_failed": "{met} The upload of {name} did not arrive. Nothing was charged.",
    "uploads_busy": "{met} Uploads do not arrive just now. Nothing was charged.",
    "unanswered": "{met} How this video stands is not known just now. It was sent and may be "
    "charged.",
    "unclear": "{met} What became of another job is not clear yet, so nothing was sent.",
}

# A no that names a task all the same.
NAMED = (
    "The service refused this ({code}), but named a job of it. That may be running and may be "
    "charged, so it was not sent again.",
    "Asking for that job…",
)
# A no that perhaps something between here and the service said.
FOREIGN = (
    "HTTP {status} came back ({message}), perhaps not from the service itself. This may be running "
    "and may be charged, so it was not sent again.",
    "Looking for it…",
)
