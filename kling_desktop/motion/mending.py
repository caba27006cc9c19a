"""What the button of a finding does to the draft."""

from __future__ import annotations

from dataclasses import replace

from .limits import PROMPT_MAX_CHARS, Finding, Mend
from .reading import without_hidden
from .request import Draft, Orientation


def mended(draft: Draft, found: Finding) -> Draft:
    """The draft after ``found.mend``; as it was where that takes more than the draft."""
    if found.mend is Mend.FACE_AS_CLIP:
        return replace(draft, orientation=Orientation.VIDEO)
    if found.mend is Mend.SOUND_OFF:
        return replace(draft, keep_sound=False)
    if found.mend is Mend.SHORTEN_PROMPT:
        return replace(draft, prompt=draft.prompt[:PROMPT_MAX_CHARS])
    if found.mend is Mend.CLEAN_PROMPT:
        return replace(draft, prompt=without_hidden(draft.prompt))
    if found.mend in (Mend.TRIM, Mend.USE_PART, Mend.START_AT):
        return _with_part(draft, found)
    if found.mend is Mend.PAD_IMAGE:
        edit = replace(draft.image_edit, pad_to_aspect=_number(found, "aspect"))
        return replace(draft, image_edit=edit)
    return draft


def _with_part(draft: Draft, found: Finding) -> Draft:
    edit = draft.video_edit
    if found.mend is Mend.TRIM:
        edit = replace(edit, end_s=(edit.start_s or 0.0) + _number(found, "trim_s"))
    elif found.mend is Mend.START_AT:
        edit = replace(edit, start_s=_number(found, "start_s"))
    else:
        part = (_number(found, "start_s"), _number(found, "end_s"))
        edit = replace(edit, start_s=part[0], end_s=part[1])
    return replace(draft, video_edit=edit)


def _number(found: Finding, name: str) -> float:
    return float(found.value(name))
