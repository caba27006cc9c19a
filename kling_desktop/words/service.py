"""What the service says by its own codes (service.md, "Errors")."""

from __future__ import annotations

# Title, hint.
SERVICE: dict[str, tuple[str, str]] = {
    "invalid_token": (
        "The service did not accept your token. Nothing was charged.",
        "Check it in Settings.",
    ),
    "token_mismatched": (
        "This token is for another service of the same vendor. Nothing was charged.",
        "Take the one for Kling, in Settings.",
    ),
    "disabled": ("The service has disabled this account. Nothing was charged.", "Ask its support."),
    "used_up": (
        "Not enough credit for this video. Nothing was charged.",
        "Top up, then press Resume.",
    ),
    "forbidden": (
        "The service declined this picture, clip or text: {message}. Nothing was charged.",
        "Change it and try again.",
    ),
    "no_api": (
        "There is no such service at {host}. Nothing was charged.",
        "Check the address of the service.",
    ),
    "too_many_requests": (
        "The service is busy. Nothing was charged for this one.",
        "Trying again by itself.",
    ),
    "settings_refused": (
        "The service refused these settings: {message}. Nothing was charged.",
        "Edit and send again.",
    ),
    "service_failed": (
        "Kling could not make this video: {message}.{cause}",
        "Failed videos are normally not charged.",
    ),
}

# Sent again by itself is only what was refused as 429.
BUSY_FOR_GOOD = (
    "The service is busy and did not take this one. Nothing was charged.",
    "Try again later.",
)

# The service's words for the same thing.
SAME: dict[str, str] = {
    "token_expired": "invalid_token",
    "not_authenticated": "invalid_token",
    "bad_request": "settings_refused",
    "api_not_implemented": "settings_refused",
    "api_error": "service_failed",
}

# What the service says of an input that it could not fetch has one of these words.
OF_FETCHING = ("fetch", "download", "url", "link")
NOT_FETCHED = "Perhaps it could not fetch the link to your picture or clip."
