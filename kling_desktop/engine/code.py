"""The request of a draft or a job as cURL and as Python, ready to run."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping

from ..motion.job import Job
from ..motion.request import MotionRequest, Source
from ..remote.wire import motion_body

PLACEHOLDER = "YOUR_API_TOKEN"  # stands where the token goes; the token itself never leaves
_LOCAL = "https://example.com/"  # a file on this computer has no link until it is uploaded


def request_body(request: MotionRequest, job: Job | None = None) -> Mapping[str, object]:
    """Exactly what was sent, or what would be; local files show as links to be replaced."""
    if job is not None and job.body_json:
        body = json.loads(job.body_json)
        if isinstance(body, dict):
            return body
    return motion_body(request, image_url=_link(request.image), video_url=_link(request.video))


def as_curl(body: Mapping[str, object], api_url: str) -> str:
    text = json.dumps(body, indent=2, ensure_ascii=False)
    return "\n".join(
        (
            f"curl -X POST {shlex.quote(api_url + '/kling/motion')} \\",
            "  -H 'accept: application/json' \\",
            f"  -H 'authorization: Bearer {PLACEHOLDER}' \\",
            "  -H 'content-type: application/json' \\",
            f"  -d {shlex.quote(text)}",
        )
    )


def as_python(body: Mapping[str, object], api_url: str) -> str:
    lines = "\n".join(f"    {name!r}: {value!r}," for name, value in body.items())
    return f"""import requests

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


def _link(source: Source) -> str:
    return source.url or _LOCAL + source.name
