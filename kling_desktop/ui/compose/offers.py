"""What a person hands over, by drop, paste or keyboard, as one Offer. Reads no file."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from urllib.parse import urljoin

from PySide6.QtCore import QMimeData, QUrl

from kling_desktop.motion.request import Slot
from kling_desktop.ui.given import GivenFile, fetched, given
from kling_desktop.ui.handed import Handed

# A list of files is short; a pasted book is not one. Bounds the work on a strange clipboard.
MAX_TEXTS = 50
_MAX_TEXT_CHARS = 200_000

_QUOTES = {'"': '"', "'": "'", "`": "`", "“": "”", "„": "“", "‘": "’", "«": "»", "<": ">"}
_LINK = re.compile(r"[a-z][a-z0-9+.-]+://\S+", re.IGNORECASE)
_WINDOWS_PATH = re.compile(r"(?:[a-z]:[\\/]|\\\\[^\\])", re.IGNORECASE)
_HTML_MEDIA = re.compile(
    r"<(?:img|video|source)\b[^>]*?\ssrc\s*=\s*(?:\"([^\"]+)\"|'([^']+)')", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Offer:
    """Something for a well, not looked at yet.

    ``slot``: the well it was given to; None where it was given to the panel as a whole, or
    where several things came at once: then each goes where its kind belongs.
    ``texts``: local paths or links, in the order in which they came.
    ``image_png``: a picture without a file, as from a screenshot; then ``texts`` is empty.
    ``given``: files that lie nowhere, as a mail's; then ``texts`` is empty.
    ``is_pasted``: the well is only the one with the focus: what belongs to the other goes there.
    """

    slot: Slot | None
    texts: tuple[str, ...] = ()
    image_png: bytes | None = None
    given: tuple[GivenFile, ...] = ()
    is_pasted: bool = False


def offer_from_mime(mime: QMimeData | Handed, slot: Slot | None) -> Offer | None:
    """The offer in a drop or a clipboard, or None where it holds nothing for a well.

    Files come first. A picture in memory comes before a link, because the link may need the
    browser's cookies; but not for the Motion well, where only the link can be a clip.
    """
    handed = Handed.of(mime)
    texts = texts_from_mime(handed)
    only_links = all(is_link(text) for text in texts)
    wanted = given(handed, beside_links=bool(texts)) if only_links else ()
    if files := fetched(handed, wanted):
        return Offer(slot if len(files) == 1 else None, given=files)
    if handed.has_picture and only_links and not (slot is Slot.VIDEO and texts):
        image_png = handed.picture_png()
        if image_png is not None:
            return Offer(slot, image_png=image_png)
    return _offer(slot, texts) if texts else None


def offer_from_text(text: str, slot: Slot | None) -> Offer | None:
    """The offer in typed text, taken by its word: also a relative name or a strange link."""
    texts = tuple(clean_text(line) for line in _lines(text))
    texts = tuple(t for t in texts if t)
    return _offer(slot, texts) if texts else None


def _offer(slot: Slot | None, texts: tuple[str, ...]) -> Offer:
    return Offer(slot if len(texts) == 1 else None, texts)


def texts_from_mime(mime: QMimeData | Handed) -> tuple[str, ...]:
    """Paths and links in it, without decoding a picture."""
    handed = Handed.of(mime)
    found = [text for text in map(_text_from_url, handed.urls[:MAX_TEXTS]) if text]
    if found:
        # A browser names a file that it has loaded beside the link that it came from.
        files = [text for text in found if not is_link(text)]
        return _unique(files or _prefer_media(handed, found))
    cleaned = [clean_text(line) for line in _lines(handed.text)]
    # Prose is not an offer: every line has to look like a path or a link.
    if cleaned and all(looks_like_source(text) for text in cleaned):
        return _unique(cleaned)
    return ()


def clean_text(text: str) -> str:
    """A path or link without the quotes, ``file://`` and ``~`` that came along with it."""
    text = text.replace("\0", "").strip().strip("\u200b\ufeff\u202a\u202c").strip()
    while len(text) > 1 and _QUOTES.get(text[0]) == text[-1]:
        text = text[1:-1].strip()
    if text.lower().startswith("file:"):
        return _local_path(QUrl(text, QUrl.ParsingMode.TolerantMode)) or text
    if text == "~" or text.startswith(("~/", "~\\")):
        return os.path.expanduser(text)
    return text


def looks_like_source(text: str) -> bool:
    """Whether cleaned text is an absolute path or a link, by its looks alone."""
    return bool(text) and (
        is_link(text) or os.path.isabs(text) or _WINDOWS_PATH.match(text) is not None
    )


def is_link(text: str) -> bool:
    """Whether cleaned text is a link; which kinds are allowed is for the limits to say."""
    return _LINK.fullmatch(text) is not None


def _text_from_url(url: QUrl) -> str:
    if url.isLocalFile():
        return _local_path(url)
    if url.host():  # also sftp, smb and the like: refused with a reason, not passed over
        # Encoded, so that a link with spaces or letters of any script is a link for the service.
        return url.toString(QUrl.ComponentFormattingOption.FullyEncoded)
    # As mtp:/phone/… and zip:/…: refused with what to do.
    return url.toString() if url.scheme() and url.path().startswith("/") else ""


def _local_path(url: QUrl) -> str:
    if url.host().lower() == "localhost":
        url = QUrl(url)
        url.setHost("")
    return os.path.normpath(url.toLocalFile()) if url.toLocalFile() else ""


def _prefer_media(handed: Handed, texts: list[str]) -> list[str]:
    """A picture inside a link is dragged as the link's page; its HTML knows the picture."""
    if len(texts) != 1 or not is_link(texts[0]) or not handed.has_html:
        return texts
    sources = {a or b for a, b in _HTML_MEDIA.findall(handed.html[:_MAX_TEXT_CHARS])}
    if len(sources) != 1:
        return texts
    source = urljoin(texts[0], sources.pop().replace("&amp;", "&"))
    return [source] if source.lower().startswith(("http://", "https://")) else texts


def _lines(text: str) -> list[str]:
    lines = [line.strip() for line in text[:_MAX_TEXT_CHARS].splitlines()]
    # "#" begins a comment in a list of URIs.
    return [line for line in lines if line and not line.startswith("#")][:MAX_TEXTS]


def _unique(texts: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))
