"""A report for the service's support: ids, times, what was sent and what was seen. No token."""

from __future__ import annotations

import json
import platform
import time

from .. import __version__
from ..motion.job import Job
from ..motion.redaction import redacted, without_query
from ..store.journal import JobEvent


def support_report(job: Job, events: list[JobEvent]) -> str:
    """Plain text for the clipboard. Links lose their query, where signatures are."""
    lines = [
        f"Kling Desktop {__version__}, Python {platform.python_version()}, {platform.system()}",
        f"job_id: {job.job_id}",
        f"task_id: {job.task_id or '-'}",
        f"trace_id: {job.told_trace_id or '-'}",
        f"video_id: {job.service.video_id or '-'}",
        f"state: {job.state.value}",
        f"service: {json.dumps(job.service.to_json())}",
        f"attempt: {job.attempt}",
        f"created: {_time(job.created_at)}",
        f"submitted: {_time(job.submitted_at)}",
        f"finished: {_time(job.finished_at)}",
        f"result: {without_query(job.result_url) if job.result_url else '-'}",
    ]
    if job.error is not None:
        lines.append(f"error: {job.error.code} (HTTP {job.error.http_status or '-'})")
        lines.append(f"service_code: {job.error.value('service_code') or '-'}")
        if job.error.trace_id not in (None, job.told_trace_id):
            lines.append(f"trace_id of the error: {job.error.trace_id}")
        lines.append(f"message: {redacted(job.error.message)}")
        if job.error.value("answer"):
            lines.append(f"answer: {job.error.value('answer')}")
    lines += ["", "request:", json.dumps(_body(job), indent=2, ensure_ascii=False), "", "events:"]
    lines += [f"{_time(e.at)}  {e.state.value}  {redacted(e.note)}".rstrip() for e in events]
    return "\n".join(lines) + "\n"


def _body(job: Job) -> dict[str, object]:
    body = json.loads(job.body_json) if job.body_json else {}
    return {
        name: without_query(value) if name.endswith("_url") and isinstance(value, str) else value
        for name, value in body.items()
    }


def _time(at: float | None) -> str:
    return "-" if at is None else time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))
