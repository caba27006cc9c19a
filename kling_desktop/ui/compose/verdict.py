"""The one line under a well's facts: it fits, what is wrong, or what was mended."""

from __future__ import annotations

from dataclasses import dataclass

from kling_desktop.motion.facts import LinkFacts
from kling_desktop.motion.input import Input, InputState
from kling_desktop.motion.limits import Finding, FindingCode, Severity
from kling_desktop.motion.request import Slot
from kling_desktop.ui.tr import tr, words

C = FindingCode


@dataclass(frozen=True, slots=True)
class Verdict:
    """``icon`` of the icon set; ``role``: the token that colours it; ``text``: what the line
    says; ``sentence``: the whole of it, for the tooltip and screen readers."""

    icon: str
    role: str
    text: str
    sentence: str = ""

    @property
    def whole(self) -> str:
        return self.sentence or self.text


# Taking out what tells of its maker changes nothing that can be seen, and a cut was asked for.
_QUIET = frozenset({"cleaned", "trimmed", "cropped"})
# A well is narrow, and the sentence with its numbers stands among the findings.
_SHORT = {
    C.IMAGE_FORMAT: "Not a format for the service",
    C.VIDEO_CONTAINER: "Not a format for the service",
    C.IMAGE_BYTES: "File too large",
    C.VIDEO_BYTES: "File too large",
    C.IMAGE_BYTES_LARGE: "Large file",
    C.IMAGE_SMALL: "Too small",
    C.VIDEO_SMALL: "Too small",
    C.IMAGE_SMALLISH: "Rather small",
    C.VIDEO_LARGE: "Too large",
    C.IMAGE_ASPECT: "Too narrow or too wide",
    C.VIDEO_SHORT: "Too short",
    C.VIDEO_LONG: "Too long",
    C.VIDEO_LONG_FOR_IMAGE: "Too long for this facing",
    C.PART_EMPTY: "Nothing is left of it",
    C.CUTS_FOUND: "Has cuts",
    C.FIRST_BLACK: "Begins with black",
    C.FIRST_FROZEN: "Stands still at first",
    C.FIRST_BLURRED: "Begins blurred",
    C.LITTLE_MOTION: "Hardly any motion",
    C.FAST_MOTION: "Very fast",
    C.ASPECT_UNLIKE: "Unlike the clip’s shape",
    C.LINK_UNREACHABLE: "Could not be checked",
}


def verdict_of(value: Input, findings: tuple[Finding, ...]) -> Verdict | None:
    """None for an empty well. ``findings``: those of the whole draft, worst first."""
    if value.state is InputState.EMPTY:
        return None
    if value.unchecked:
        return Verdict("clock", "muted", tr("Checking…"))
    if value.state is InputState.CHECKING:
        is_file = value.source is not None and value.source.path is not None
        return Verdict("clock", "muted", tr("Reading…") if is_file else tr("Checking…"))
    if value.state is InputState.REFUSED:
        return _bad(value.problem)
    own = [f for f in findings if f.slot is value.slot]
    if own and own[0].severity is Severity.ERROR:
        return _short("error", "bad", own[0])
    warnings = [f for f in own if f.severity is Severity.WARNING]
    if value.warning is not None or warnings:
        return _short("warning", "warning", value.warning or warnings[0])
    if value.changes and set(value.changes) <= _QUIET:
        return Verdict("check", "good", tr("Fits"), words.changes(value))
    if value.slot is Slot.VIDEO and (short := words.clip_changes_short(value)):
        return Verdict("check", "good", short, words.changes(value))
    if value.slot is Slot.IMAGE and (done := words.changes(value)):
        return Verdict("check", "good", done)
    if any(f.code is C.LINK_UNCHECKED for f in own):
        return Verdict("info", "muted", tr("Checked by the service"))
    if isinstance(value.facts, LinkFacts):
        return Verdict("check", "good", tr("The link works"))
    return Verdict("check", "good", tr("Fits"))


def _short(icon: str, role: str, found: Finding) -> Verdict:
    sentence = words.finding(found).text
    short = _SHORT.get(found.code)
    return Verdict(icon, role, tr(short) if short else sentence, sentence)


def _bad(problem: Finding | None) -> Verdict:
    text = words.finding(problem).text if problem else tr("This cannot be used.")
    return Verdict("error", "bad", text)
