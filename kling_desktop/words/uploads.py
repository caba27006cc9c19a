"""What is said of a file that did not get to the service. By error code: title, hint."""

from __future__ import annotations

UPLOADS: dict[str, tuple[str, str]] = {
    "upload_refused": (
        "Your account token was not accepted for uploads. Nothing was charged.",
        "Paste links instead, or check it in Settings.",
    ),
    "upload_failed": (
        "The upload of {name} did not arrive. Nothing was charged.",
        "It is tried again by itself.",
    ),
    "upload_not_taken": (
        "The service did not take {name}: {message}. Nothing was charged.",
        "Choose another file, or paste a link.",
    ),
    "uploads_busy": (
        "Uploads do not arrive just now. Nothing was charged.",
        "They are tried again by themselves.",
    ),
    "upload_too_large": (
        "The service takes files of up to {limit}. {name} is larger. Nothing was charged.",
        "Choose a smaller one.",
    ),
    "too_large_there": (
        "{name} is too large for {host}. Nothing was charged.",
        "Choose a smaller one.",
    ),
}
