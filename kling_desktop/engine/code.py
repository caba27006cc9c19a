"""The request of a draft or a job as cURL and as Python, ready to run."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping

from ..motion.job import Job
from ..motion.request import MotionRequest, Slot
from ..remote.wire import motion_body
from ..words import Words

PLACEHOLDER = "YOUR_API_TOKEN"  # stands where the token goes; the token itself never leaves
# Stand where a file of this computer has no link before it is uploaded. Nothing takes them for one.
LINKS = {Slot.IMAGE: "LINK_TO_YOUR_PICTURE", Slot.VIDEO: "LINK_TO_YOUR_CLIP"}


def request_body(request: MotionRequest, job: Job | None = None) -> Mapping[str, object]:
    """Exactly what was sent, or what would be; a file that is not uploaded has a placeholder."""
    if job is not None and job.body_json:
        body = json.loads(job.body_json)
        if isinstance(body, dict):
            return body
    image = (job.image_link if job is not None else None) or request.image.url
    video = (job.video_link if job is not None else None) or request.video.url
    return motion_body(
        request, image_url=image or LINKS[Slot.IMAGE], video_url=video or LINKS[Slot.VIDEO]
    )


def links_missing(body: Mapping[str, object]) -> tuple[str, ...]:
    """The placeholders in it that a person has to replace by links."""
    return tuple(name for name in LINKS.values() if name in body.values())


def as_code(body: Mapping[str, object], api_url: str, words: Words) -> tuple[str, str]:
    """As cURL and as Python, with a line above that tells what has to be put in."""
    note = words.links_missing(links_missing(body))
    return as_curl(body, api_url, note), as_python(body, api_url, note)


def as_curl(body: Mapping[str, object], api_url: str, note: str = "") -> str:
    """``note``: one line that stands above it as a comment."""
    text = json.dumps(body, indent=2, ensure_ascii=False)
    return "\n".join(
        (
            *_comment(note),
            f"curl -X POST {shlex.quote(api_url + '/kling/motion')} \\",
            "  -H 'accept: application/json' \\",
            f"  -H 'authorization: Bearer {PLACEHOLDER}' \\",
            "  -H 'content-type: application/json' \\",
            f"  -d {shlex.quote(text)}",
        )
    )


def as_python(body: Mapping[str, object], api_url: str, note: str = "") -> str:
    """``note``: as in ``as_curl``."""
    lines = "\n".join(f"    {name!r}: {value!r}," for name, value in body.items())
    above = "".join(f"{line}\n" for line in _comment(note))
    return f"""{above}import requests

response = requests.post(
    {api_url + "/kling/motion"!r},
    headers={{
        "accept": "application/json",
        "authorization": "Bearer {PLACEHOLDER}",
    }},
    json={{
{_indented(lines)}
    }},
    timeout=60,
)
print(response.json())
"""


def _indented(text: str) -> str:
    return "\n".join("    " + line for line in text.splitlines())


def _comment(note: str) -> tuple[str, ...]:
    return (f"# {note}",) if note else ()
