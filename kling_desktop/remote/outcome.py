"""How a task stands, and where its video may be: nothing tells under which names a record says it.

The vendor's endpoints differ, and its own client takes whatever looks like a link (acedatacloud,
``_runtime/tasks.py``). Here the likeliest comes first, and what is surely none is left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from itertools import islice

from .answers import is_false, is_true, says_no
from .errors import plain_text
from .links import MAX_LINK_CHARS, path_of, same_file
from .values import as_time, decoded, inner_objects

MAX_LINKS = 8  # more are no result that somebody meant to be found
MAX_NOTED = 100  # of each sort: what says more is out to keep somebody busy
MAX_NESTED = 12  # the vendor's client looks six deep

_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+")
_NAME = re.compile(r"\w[\w .-]{0,39}")  # of a field; others may hold what is nobody's business
_WEB_LINK = re.compile(r"https?://[^\s\ud800-\udfff]+", re.IGNORECASE)
_LINK_IN_TEXT = re.compile(
    r"https?://[^\s\ud800-\udfff\"'<>()\[\]（）「」【】，。]+", re.IGNORECASE
)
_STATE_WORD = re.compile(r"[A-Za-z_ -]{1,24}")
_FAILED = frozenset({"failed", "failure", "error", "cancelled", "canceled", "rejected"})
# The vendor's client has these, or others say them.
_DONE = frozenset(
    {"succeed", "succeeded", "success", "successful", "completed", "complete", "finished", "done"}
)
_AT_WORK = frozenset(
    {
        *("queued", "pending", "waiting", "submitted", "accepted", "created", "scheduled"),
        *("starting", "started", "preparing", "processing", "running", "generating", "rendering"),
        *("in_progress", "in progress", "in-progress", "inprogress", "uploading"),
    }
)
# Words of names, without an "s" at their end. What lies under these is no result.
_ASIDE = frozenset(
    {
        *("request", "input", "param", "parameter", "argument", "prompt", "reference", "source"),
        *("driving", "error", "preview", "subtitle", "caption", "callback", "webhook", "cancel"),
        *("delete", "poll", "doc", "help", "support"),
    }
)
_PICTURE = frozenset(
    {
        *("image", "img", "cover", "picture", "photo", "poster", "thumbnail", "thumb", "frame"),
        *("snapshot", "avatar", "icon", "logo"),
    }
)
_SOUND = frozenset({"audio", "music", "sound", "voice"})
_VIDEO = frozenset({"video", "movie", "film", "clip"})
_STATE = frozenset({"state", "statu"})
# Of before some step: perhaps what was sent, under an address of the service's own.
_BEFORE = frozenset(
    {
        *("origin", "original", "motion", "ref", "src", "init", "base", "template", "pose"),
        *("upload", "uploaded", "driver", "user"),
    }
)
_WITHOUT = frozenset({"no", "non", "not", "without", "free", "clean", "remove", "removed"})
_KIND_FIELDS = ("type", "kind", "role", "mime_type", "content_type")  # what an object says it is
_VIDEO_ENDINGS = (".mp4", ".mov", ".m4v", ".webm", ".mkv")
_OTHER_ENDINGS = (
    *(".png", ".jpg", ".jpeg", ".webp", ".gif", ".avif", ".bmp", ".svg"),
    *(".mp3", ".wav", ".m4a", ".aac", ".flac", ".ogg", ".srt", ".vtt", ".ass"),
    *(".json", ".txt", ".html", ".htm", ".xml", ".pdf", ".zip", ".m3u8", ".mpd"),
)


class TaskState(StrEnum):
    """How a task stands, read from its record."""

    RUNNING = "running"  # also every word and shape that is not known
    SUCCEEDED = "succeeded"
    UNREAD = "unread"  # the service calls it finished, and no link to a video could be read
    FAILED = "failed"


class _Rank(IntEnum):
    """How likely a link is the result's."""

    CLEAN = 0  # a name says that it is the copy without a watermark: beside it lies the other
    DOCUMENTED = 1  # ``video_url`` where service.md has it
    NAMED = 2  # a name says so
    ENDING = 3  # its ending does
    UNTOLD = 4
    BEFORE = 5
    IN_TEXT = 6  # in the middle of a sentence


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one record comes to."""

    state: TaskState
    says_finished: bool = False
    links: tuple[str, ...] = ()  # the likeliest first; not yet checked
    outline: str = ""  # of a finished answer that was not understood: names and kinds
    marked: str | None = None  # where the copy with a watermark is; never taken for the result


def outcome(record: Mapping[str, object], request: Mapping[str, object]) -> Outcome:
    """``record``: of one task, with its ``response`` in any shape. ``request``: what was sent."""
    told = decoded(record.get("response"))
    answers = inner_objects(told)
    answer: Mapping[str, object] = next(iter(answers), {})
    holders = [*answers, *(inner for one in answers for inner in inner_objects(one.get("data")))]
    found = _Found([*islice(_links_within(request), MAX_NOTED)])
    for holder in holders:
        found.note(holder.get("video_url"), _Rank.DOCUMENTED)
    found.read(told)
    found.read({k: v for k, v in record.items() if k not in ("response", "request")})

    has_end = any(as_time(one.get("finished_at")) is not None for one in (record, *holders))
    at_work = bool(found.words & _AT_WORK)
    says_finished = not at_work and (has_end or bool(found.words & _DONE))
    refused = is_false(answer.get("success"))
    best = found.best
    if found.is_documented and not refused:
        return found.succeeded(says_finished)
    ended_badly = refused and (bool(answer.get("error")) or has_end)
    if ended_badly or says_no(answer) or _has_failed(holders, found.words):
        return Outcome(TaskState.FAILED, says_finished)
    shown = best is not None and best <= _Rank.ENDING and not at_work and not refused
    if shown or (best is not None and says_finished):
        return found.succeeded(says_finished)
    if says_finished:
        return Outcome(TaskState.UNREAD, says_finished, outline=plain_text(_outline(told)))
    return Outcome(TaskState.RUNNING)


def _has_failed(holders: Sequence[Mapping[str, object]], words: set[str]) -> bool:
    """Further in, one part of many may have failed: there it has to be the only word."""
    in_sight = {str(holder.get("state") or holder.get("status")).lower() for holder in holders}
    return bool(in_sight & _FAILED) or (bool(words) and words <= _FAILED)


class _Found:
    """The links and the words of state in an answer."""

    def __init__(self, sent: Sequence[str]) -> None:
        """``sent``: links of the inputs, which an answer may repeat."""
        self.words: set[str] = set()
        self._sent = sent
        self._none: list[str] = []  # other links that are surely no result
        self._ranks: dict[str, _Rank] = {}  # by link
        self._marked: list[str] = []

    @property
    def links(self) -> tuple[str, ...]:
        """What is told as something else, too, only where nothing better is there."""
        better = [link for link in self._ranks if not _is_among(link, self._none)]
        named = [link for link, rank in self._ranks.items() if rank <= _Rank.NAMED]
        known = [link for link, rank in self._ranks.items() if rank is _Rank.DOCUMENTED]
        found = dict.fromkeys((*known, *better)) if better else named
        return tuple(sorted(found, key=self._ranks.__getitem__))[:MAX_LINKS]

    @property
    def is_documented(self) -> bool:
        return _Rank.DOCUMENTED in (self._ranks[link] for link in self.links)

    @property
    def best(self) -> _Rank | None:
        return min((self._ranks[link] for link in self.links), default=None)

    def succeeded(self, says_finished: bool) -> Outcome:
        links = self.links
        marked = (m for m in self._marked if not _is_among(m, [*links[:1], *self._sent]))
        return Outcome(TaskState.SUCCEEDED, says_finished, links, marked=next(marked, None))

    def note(self, value: object, rank: _Rank | None) -> None:
        """``rank`` None: it is surely no result."""
        link = value.strip() if isinstance(value, str) else ""
        if len(link) > MAX_LINK_CHARS or not _WEB_LINK.fullmatch(link):
            return
        if rank is None and len(self._none) < MAX_NOTED:
            self._none.append(link)
        elif rank is not None and len(self._ranks) < MAX_NOTED and not _is_among(link, self._sent):
            self._ranks.setdefault(link, rank)

    def read(self, value: object, names: tuple[str, ...] = (), depth: int = 0) -> None:
        """``names``: under which it lies, from the outside in."""
        value = decoded(value)
        if depth > MAX_NESTED:
            return
        if isinstance(value, dict):
            self._read_object(value, names, depth)
        elif isinstance(value, list):
            for item in value:
                marked = ("watermark",) if len(value) > 1 and _says_it_is_marked(item) else ()
                self.read(item, (*names, *marked), depth + 1)
        elif isinstance(value, str) and _WEB_LINK.fullmatch(value.strip()):
            self.note(value, _rank(value.strip(), names))
            if len(self._marked) < MAX_NOTED and _is_marked_video(value.strip(), names):
                self._marked.append(value.strip())
        elif isinstance(value, str):
            for found in islice(_LINK_IN_TEXT.finditer(value), MAX_NOTED):
                self._note_in_text(found[0].rstrip(".,;:!?"), names)

    def _note_in_text(self, link: str, names: Sequence[str]) -> None:
        """Only what is named as a video: sentences refer to pages, too."""
        if path_of(link).endswith(_VIDEO_ENDINGS) and _rank(link, names) is not None:
            self.note(link, _Rank.IN_TEXT)

    def _read_object(self, value: Mapping[str, object], names: tuple[str, ...], depth: int) -> None:
        kinds = [kind for f in _KIND_FIELDS if isinstance(kind := value.get(f), str)]
        for name, inner in value.items():
            is_state = not _STATE.isdisjoint(_words(name)[-1:]) and isinstance(inner, str)
            if is_state and not any(_is_aside(_words(outer)) for outer in (*names, name)):
                self.words.add(str(inner).strip().lower())
            self.read(inner, (*names, *kinds, name), depth + 1)


def _rank(link: str, names: Sequence[str]) -> _Rank | None:
    """None: a picture's, a watermarked copy's, or something else that is no video."""
    said = [_words(name) for name in names]
    if any(_is_aside(words) or not _STATE.isdisjoint(words) for words in said):
        return None
    kind = next((kind for words in reversed(said) if (kind := _kind(words)) is not None), None)
    path = path_of(link)
    if kind is False or (kind is None and path.endswith(_OTHER_ENDINGS)):
        return None
    if any(not _BEFORE.isdisjoint(words) for words in said):
        return _Rank.BEFORE
    if any(_is_said_clean(words) for words in said):
        return _Rank.CLEAN
    if kind:
        return _Rank.NAMED
    return _Rank.ENDING if path.endswith(_VIDEO_ENDINGS) else _Rank.UNTOLD


def _is_marked_video(link: str, names: Sequence[str]) -> bool:
    said = [_words(name) for name in names]
    if not any(map(_is_marked, said)) or len(link) > MAX_LINK_CHARS:
        return False
    kind = next((kind for words in reversed(said) if (kind := _kind(words)) is not None), None)
    aside = any(not _ASIDE.isdisjoint(words) for words in said)
    return not aside and kind is not False and not path_of(link).endswith(_OTHER_ENDINGS)


def _is_among(link: str, others: Sequence[str]) -> bool:
    return any(same_file(link, other) for other in others)


def _kind(words: Sequence[str]) -> bool | None:
    """Whether a name is a video's, by the last noun that says so; None where none does."""
    for word in reversed(words):
        if word in _VIDEO or word in _PICTURE:
            return word in _VIDEO
    return None if _SOUND.isdisjoint(words) else False


def _words(name: str) -> list[str]:
    """``coverImageUrls``: cover, image, url."""
    return [word.lower().removesuffix("s") for word in _WORD.findall(name)]


def _is_aside(words: Sequence[str]) -> bool:
    return not _ASIDE.isdisjoint(words) or _is_marked(words)


def _is_marked(words: Sequence[str]) -> bool:
    return any(w.startswith("watermark") for w in words) and _WITHOUT.isdisjoint(words)


def _is_said_clean(words: Sequence[str]) -> bool:
    return any(w.startswith("watermark") for w in words) and not _is_marked(words)


def _says_it_is_marked(item: object) -> bool:
    """Of one among others; a lone one may repeat what was asked for."""
    if not isinstance(item, dict):
        return False
    return any(is_true(value) and _is_marked(_words(name)) for name, value in item.items())


def _links_within(value: object, depth: int = 0) -> Iterator[str]:
    value = decoded(value)
    if isinstance(value, str) and _WEB_LINK.fullmatch(value.strip()):
        yield value.strip()
    elif isinstance(value, dict | list) and depth <= MAX_NESTED:
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _links_within(inner, depth + 1)


def _outline(value: object, name: str = "", depth: int = 0) -> str:
    """``{state: succeed, data: [{href: link}]}``: nothing in it is secret."""
    value = decoded(value)
    if isinstance(value, dict | list) and depth > MAX_NESTED:
        return "…"
    if isinstance(value, dict):
        parts = (
            f"{key if _NAME.fullmatch(key) else 'name'}: {_outline(inner, key, depth + 1)}"
            for key, inner in value.items()
        )
        return f"{{{', '.join(parts)}}}"
    if isinstance(value, list):
        return f"[{', '.join(_outline(inner, name, depth + 1) for inner in value)}]"
    if isinstance(value, str):
        is_state = not _STATE.isdisjoint(_words(name)[-1:]) and _STATE_WORD.fullmatch(value)
        return value if is_state else "link" if _WEB_LINK.fullmatch(value.strip()) else "text"
    return json.dumps(value) if value is None or isinstance(value, bool) else "number"
