"""Words in a prompt that choose the fate of a sandbox job."""

from __future__ import annotations

from collections.abc import Mapping

# What a person writes in the prompt -> what then happens. The window shows this table in its help.
PROMPT_FAULTS: Mapping[str, str] = {
    "[fail]": "The service fails to make the video; nothing is charged.",
    "[slow]": "Generating takes 20 seconds longer.",
    "[very slow]": "Generating takes two minutes longer.",
    "[used up]": "Refused: not enough credit.",
    "[busy]": "Refused twice as too many requests, then accepted.",
    "[moderation]": "Refused by moderation.",
    "[bad settings]": "Refused: the service does not take these settings.",
    "[token]": "Refused: the API token is not accepted.",
    "[disabled]": "Refused: the account is disabled.",
    "[cut connection]": "Accepted, but the connection is cut before the answer.",
    "[cut before]": "The connection is cut and nothing was accepted.",
    "[no answer]": "Accepted, but the answer never comes.",
    "[html 502]": "Accepted, but an HTML error page comes back.",
    "[html 502 lost]": "An HTML error page comes back and nothing was accepted.",
    "[fetch failed]": "An error that leaves it open comes back and nothing was accepted.",
    "[late answer]": "The answer comes only when the video is done, with the whole result.",
    "[expired link]": "The first download link has expired; asking again brings a good one.",
    "[cut download]": "The first download is cut in the middle.",
    "[wrong length]": "The first download announces a wrong length.",
    "[not a video]": "The result is a text file instead of a video.",
    "[slow download]": "The download takes about 15 seconds.",
    "[data object]": "The result comes wrapped in an object named data.",
    "[data list]": "The result comes wrapped in a list named data.",
    "[string response]": "The result comes as JSON inside a string.",
    "[other names]": "The result comes under other names, among links to something else.",
    "[no link]": "The service says that it is finished, and tells no link.",
}


def words_in(prompt: str) -> frozenset[str]:
    """The fault words of a prompt, whatever their case."""
    folded = prompt.casefold()
    return frozenset(word for word in PROMPT_FAULTS if word in folded)
