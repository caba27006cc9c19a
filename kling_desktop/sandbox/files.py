"""The sandbox's store: uploads and results, and serving them with ranges."""

from __future__ import annotations

import email.utils
import hashlib
import hmac
import mimetypes
import os
import re
import shutil
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..motion.limits import UPLOAD_MAX_BYTES
from ..motion.reading import JSON_MAX_BYTES, Line, Unreadable, parsed, read
from ..plain_file import read_plain
from .multipart import Part, Reader, save_file_part
from .reply import FilePart, Reply
from .tasks import write_json

KEEP_S = 30 * 24 * 3600.0  # service.md: the origin clears media after 30 days
LINK_LIFETIME_S = 24 * 3600.0
_NAME_MAX_CHARS = 80
_ENDING_MAX_CHARS = 10
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")
_ID = r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"
_CDN_PATH = re.compile(rf"/cdn/{_ID}/([A-Za-z0-9._-]+)")
_RESULT_PATH = re.compile(rf"/results/{_ID}(?:_marked)?\.mp4")


@dataclass(frozen=True, slots=True)
class _Meta:
    """Kept beside an upload."""

    name: str
    mime: Line


@dataclass(frozen=True, slots=True)
class Upload:
    """One uploaded file as it is served."""

    id: str
    name: str
    mime: str

    @property
    def path(self) -> str:
        """The path of its link."""
        return f"/cdn/{self.id}/{self.name}"


def safe_name(name: str) -> str:
    """A file name with nothing left that a path or a link could trip over."""
    last = re.split(r"[\\/]", name)[-1]
    stem, dot, ending = last.rpartition(".")
    if not dot:
        stem, ending = last, ""
    stem = re.sub(r"[^A-Za-z0-9._-]+", "_", stem)[:_NAME_MAX_CHARS].strip("._") or "file"
    ending = re.sub(r"[^A-Za-z0-9]+", "", ending)[:_ENDING_MAX_CHARS]
    return f"{stem}.{ending}" if ending else stem


class FileStore:
    """Uploads under ``uploads/<id>/``, results under ``results/``."""

    def __init__(self, folder: Path, link_key: bytes) -> None:
        self._uploads = folder / "uploads"
        self._results = folder / "results"
        self._link_key = link_key
        for part in (self._uploads, self._results):
            part.mkdir(parents=True, exist_ok=True)
        self._clear_old()

    def _clear_old(self) -> None:
        oldest = time.time() - KEEP_S
        for path in [*self._uploads.iterdir(), *self._results.iterdir()]:
            if path.stat().st_mtime >= oldest and path.suffix != ".part":
                continue
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)

    @property
    def upload_count(self) -> int:
        return sum(1 for _ in self._uploads.glob("*/meta.json"))

    def save(self, read: Reader, boundary: bytes) -> Upload:
        """Store the part named ``file``. Raises BadMultipart, TooLarge, and keeps nothing then."""
        upload_id = str(uuid.uuid4())
        folder = self._uploads / upload_id
        folder.mkdir()
        try:
            with (folder / "data").open("wb") as out:
                part = save_file_part(read, boundary, out, UPLOAD_MAX_BYTES)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        upload = Upload(upload_id, safe_name(part.file_name), _mime(part))
        write_json(folder / "meta.json", {"name": upload.name, "mime": upload.mime})
        return upload

    def find_upload(self, path: str) -> tuple[Path, str] | None:
        """The file behind a ``/cdn/…`` link and its type."""
        match = _CDN_PATH.fullmatch(path)
        if match is None:
            return None
        folder = self._uploads / match[1]
        try:
            meta = read(_Meta, parsed(read_plain(folder / "meta.json", JSON_MAX_BYTES)))
        except (OSError, Unreadable):
            return None
        return (folder / "data", meta.mime) if meta.name == match[2] else None

    def result_file(self, task_id: str) -> Path:
        return self._results / f"{task_id}.mp4"

    def result_path(self, task_id: str, *, expired: bool = False) -> str:
        """The signed path of a result's link."""
        expires = int(time.time() + (-1.0 if expired else LINK_LIFETIME_S))
        return f"/results/{task_id}.mp4?sig={self._sign(task_id, expires)}&expires={expires}"

    def _sign(self, task_id: str, expires: int) -> str:
        text = f"{task_id}:{expires}".encode()
        return hmac.new(self._link_key, text, hashlib.sha256).hexdigest()[:32]

    def may_read(self, task_id: str, query: Mapping[str, str]) -> bool:
        """Whether a result's link is signed by us and still valid."""
        expires = query.get("expires", "")
        if not (expires.isascii() and expires.isdigit() and len(expires) < 16):
            return False
        good = hmac.compare_digest(
            query.get("sig", "").encode("utf-8", "replace"),
            self._sign(task_id, int(expires)).encode(),
        )
        return good and int(expires) > time.time()


def result_task_id(path: str) -> str | None:
    match = _RESULT_PATH.fullmatch(path)
    return match[1] if match else None


def _mime(part: Part) -> str:
    guessed = mimetypes.guess_type(part.file_name)[0]
    typed = part.content_type if part.content_type != "text/plain" else None
    mime = typed or guessed or "application/octet-stream"
    return mime if re.fullmatch(r"[\w.+-]+/[\w.+-]+", mime) else "application/octet-stream"


def serve_file(path: Path, mime: str, headers: Mapping[str, str]) -> Reply:
    """A file, whole or the one range asked for (RFC 9110, 14). 404 where it is gone."""
    try:
        stat = path.stat()
    except OSError:
        return Reply(404, b"not found", {"Content-Type": "text/plain"})
    about = _describe(stat, mime)
    span = _wanted_span(headers, stat.st_size, about)
    if span is None:
        return Reply(200, headers=about, file=FilePart(path, 0, stat.st_size))
    start, end = span
    if start >= end:
        return Reply(416, headers={**about, "Content-Range": f"bytes */{stat.st_size}"})
    about["Content-Range"] = f"bytes {start}-{end - 1}/{stat.st_size}"
    return Reply(206, headers=about, file=FilePart(path, start, end - start))


def _describe(stat: os.stat_result, mime: str) -> dict[str, str]:
    return {
        "Content-Type": mime,
        "Accept-Ranges": "bytes",
        "ETag": f'"{stat.st_size:x}-{stat.st_mtime_ns:x}"',
        "Last-Modified": email.utils.formatdate(stat.st_mtime, usegmt=True),
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox",  # an uploaded page must not run as one
    }


def _wanted_span(
    headers: Mapping[str, str], size: int, about: Mapping[str, str]
) -> tuple[int, int] | None:
    """Half open; None for the whole file; empty where nothing of it can be given."""
    if "if-range" in headers and headers["if-range"].strip() not in (
        about["ETag"],
        about["Last-Modified"],
    ):
        return None
    match = _RANGE.fullmatch(headers.get("range", "").replace(" ", ""))
    if match is None or not (match[1] or match[2]):
        return None
    if not match[1]:
        return max(0, size - int(match[2])), size
    start = int(match[1])
    end = min(size, int(match[2]) + 1) if match[2] else size
    if match[2] and int(match[2]) < start:
        return None  # not a valid range: as if it were not there
    return start, end
