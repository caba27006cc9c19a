"""Findings as sentences. Every number in them comes from the limits table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..motion.limits import Finding, FindingCode, Mend
from ..motion.request import Slot
from .base import FindingText, isolated
from .figures import FigureWords, format_name
from .network import NetworkWords

C = FindingCode

_TEXTS: dict[FindingCode, str] = {
    C.FILE_MISSING: "{name} is not there.",
    C.FILE_IS_DIRECTORY: "{name} is a folder. Choose a file in it.",
    C.FILE_EMPTY: "{name} is empty.",
    C.FILE_IN_USE: "{name} is in use by another program. Close it there, then choose it again.",
    C.FILE_REFUSED: "This computer does not let this program read {name}. Check who may read it "
    "and its folder.",
    C.FILE_UNREADABLE: "{name} cannot be read. Its disk reports an error, or it is no plain file.",
    C.FILE_DAMAGED: "{name} is damaged or incomplete: it could not be read to its end.",
    C.FILE_DAMAGED_FROM: "{name} is damaged from {at} on: pictures cannot be shown there.",
    C.FILE_PROTECTED: "{name} is protected (DRM): its pictures can be seen by no other program "
    "than its seller's.",
    C.FILE_ODD: "{name} holds something that this program cannot read ({reason}). Convert it with "
    "another program, then choose it again.",
    C.FILE_GROWING: "{name} is still being written. It is looked at again when that is done.",
    C.NOT_A_PICTURE: "{name} is not a picture that this program can read.",
    C.NOT_A_VIDEO: "{name} is not a clip that this program can read.",
    C.PICTURE_IS_VIDEO: "This is a clip. The character needs a picture.",
    C.VIDEO_IS_PICTURE: "This is a picture. The motion needs a clip.",
    C.NO_VIDEO_STREAM: "{name} has sound only, no picture.",
    C.PICTURE_TOO_MANY_PIXELS: "{name} has more pixels than this program can open. Save it "
    "smaller, then choose that.",
    C.PICTURE_RAW: "{name} is a camera’s raw file and holds no large picture. Export it as JPEG, "
    "then choose that.",
    C.HELPER_FAILED: "{name} could not be opened: reading it failed or took too long.",
    C.FILE_ELSEWHERE: "{name} lies on a device, in an archive or in another program, and cannot be "
    "read there. Copy it into a folder of this computer, then add it from there.",
    C.LINK_NOT_HTTP: "Only links that begin with http:// or https:// work.",
    C.LINK_NOT_FOUND: "There is nothing at this link ({status}).",
    C.LINK_NOT_MEDIA: "This link leads to a page ({content_type}), not to a file.",
    C.LINK_REFUSED: "The host of this link does not hand the file out ({status}).",
    C.LINK_WITH_PASSWORD: "This link holds a name or password. Use one without.",
    C.LINK_EMPTY: "The file at this link is empty.",
    C.LINK_UNREACHABLE: "This link could not be checked from here. The service may still reach it.",
    C.LINK_PRIVATE: "The service cannot reach this link: it points into your own network.",
    C.LINK_UNCHECKED: "Size and length of a linked clip are checked by the service. The price is "
    "known afterwards.",
    C.IMAGE_FORMAT: "The service takes JPG and PNG, not {format}.",
    C.IMAGE_BYTES: "This picture is {size}. At most {limit} are allowed.",
    C.IMAGE_BYTES_LARGE: "This picture is {size}. Above {limit} the service may refuse it.",
    C.IMAGE_SMALL: "This picture is {width_px} × {height_px}. Each side needs {limit_px} pixels.",
    C.IMAGE_SMALLISH: "This picture is {width_px} × {height_px}. Below {limit_px} pixels a side "
    "the result suffers.",
    C.IMAGE_ASPECT: "This picture is {width_px} × {height_px}. Between 1 : 2.5 and 2.5 : 1 is "
    "allowed.",
    C.VIDEO_CONTAINER: "The service takes MP4 and MOV, not {container}.",
    C.VIDEO_BYTES: "This clip is {size}. At most {limit} are allowed.",
    C.VIDEO_SMALL: "This clip is {width_px} × {height_px}. Each side needs {limit_px} pixels.",
    C.VIDEO_LARGE: "This clip is {width_px} × {height_px}. No side may exceed {limit_px} pixels.",
    C.VIDEO_SHORT: "This clip is {duration}. At least {limit} are needed.",
    C.PART_EMPTY: "There is nothing between {start} and {end} in this clip.",
    C.VIDEO_LONG: "This clip is {duration}. At most {limit} are allowed.",
    C.VIDEO_LONG_FOR_IMAGE: "This clip is {duration}. “As in the picture” allows {limit}.",
    C.NO_SOUND: "The clip has no sound, so the video will have none.",
    C.CUTS_FOUND: "{count} cuts found at {times}. Only one shot is used.",
    C.FIRST_BLACK: "The clip begins with black. The first picture decides the pose.",
    C.FIRST_FROZEN: "The clip stands still until {start}. The motion begins there.",
    C.FIRST_BLURRED: "The clip begins blurred. The first picture decides the pose.",
    C.LITTLE_MOTION: "There is hardly any motion in this clip, so there would be little in the "
    "video.",
    C.FAST_MOTION: "The motion is very fast at {at}. Slower clips are followed better.",
    C.ASPECT_UNLIKE: "The picture is {image_aspect}, the clip {clip_aspect}. Alike proportions "
    "work best.",
    C.PROMPT_LONG: "The description has {length} characters. At most {limit} are allowed.",
    C.PROMPT_CONTROL: "The description holds hidden characters, which are not sent.",
    C.CALLBACK_BAD: "The callback address must begin with http:// or https://.",
    C.CALLBACK_LOCAL: "The service cannot reach this callback address: it leads nowhere outside of "
    "your own network. Use a public one, or leave it empty.",
    C.BALANCE_LOW: "Your account has {balance}, and this video costs {price}.",
    C.LINKS_ALONE: "Works with links only. For files, paste the account token too.",
    C.UPLOAD_NEEDS_ACCOUNT: "Files from this computer need the account token. Add it, or paste "
    "public links instead.",
}

_ACTIONS: dict[Mend, str] = {
    Mend.FACE_AS_CLIP: "Face as in the clip",
    Mend.TRIM: "Trim to {trim}",
    Mend.USE_PART: "Use {start}–{end}",
    Mend.START_AT: "Start at {start}",
    Mend.PAD_IMAGE: "Add edges",
    Mend.CROP_IMAGE: "Crop…",
    Mend.CHOOSE_IMAGE: "Choose another",
    Mend.CHOOSE_VIDEO: "Choose another",
    Mend.SHORTEN_PROMPT: "Shorten it",
    Mend.CLEAN_PROMPT: "Remove them",
    Mend.SOUND_OFF: "Turn sound off",
    Mend.CONNECT: "Connect…",
    Mend.TOP_UP: "Top up…",
}


# Findings of which there is one or many; the first is for one.
_ONE: dict[FindingCode, str] = {
    C.CUTS_FOUND: "{count} cut found at {times}. Only one shot is used.",
}
# What stands first in the sentence and says it all.
_LEADS: dict[FindingCode, tuple[str, str]] = {
    C.CUTS_FOUND: ("{count} cut found", "{count} cuts found"),
}
_TIMES_SHOWN = 3  # a music video has fifty cuts; a card has two lines


class FindingWords(FigureWords, NetworkWords):
    """Sentences about inputs and the rest of a draft."""

    def finding(self, found: Finding) -> FindingText:
        values = _Blank(self._shown(found))
        single = found.code in _ONE and values.get("count") == 1
        texts = _ONE if single else _TEXTS
        text = self._tr(texts[found.code]).format_map(values)
        action, other = (
            self._tr(_ACTIONS[mend]).format_map(values) if mend else None
            for mend in (found.mend, found.also)
        )
        if found.code is C.LINK_UNREACHABLE and (why := self._why_unchecked(found)):
            text = f"{why} {self._tr('The service may still reach this link.')}"
        lead = ""
        if found.code in _LEADS:
            lead = self._tr(_LEADS[found.code][0 if single else 1]).format_map(values)
        return FindingText(text, action, other, lead if text.startswith(lead) else "")

    def _why_unchecked(self, found: Finding) -> str:
        """What of the network, or of the host, kept a link from being looked at."""
        values = dict(found.values)
        met, host = str(values.get("met", "")), str(values.get("host", ""))
        if met == "http":
            text = "{host} answers with an error now ({status})."
            return self.fill(text, host=host, status=values.get("status"))
        if met == "no_answer":
            return self.fill("{host} did not answer in time, or cut the connection.", host=host)
        why = self.not_reached(met, host, str(values.get("at", "")))
        return "" if why is None else why.sentence

    def inputs_changed(self, names: tuple[str, ...]) -> str:
        """At a press that met other files than the ones that were looked at."""
        text = "{names} changed since it was looked at, and is looked at again. Nothing was sent."
        if names[1:]:
            text = "{names} changed since they were looked at. Nothing was sent."
        shown = self.both(*names) if names else self._tr("An input")
        return f"{self.fill(text, names=shown)} {self._tr('Check the price and press Generate.')}"

    def left_aside(self, names: Sequence[str]) -> str:
        """Of more pictures or clips than there are wells."""
        text = "{name} was not taken: a video is made of one picture and one clip."
        if names[1:]:
            text = "{count} files were not taken: a video is made of one picture and one clip."
        return self.fill(text, name=isolated(names[0]), count=len(names))

    def both(self, first: str, last: str = "") -> str:
        """Names in a sentence: ``astronaut.png and meadow.mp4``."""
        if not last:
            return isolated(first)
        return self.fill("{first} and {last}", first=isolated(first), last=isolated(last))

    def well(self, slot: Slot) -> str:
        """What a well is called: ``Character`` or ``Motion``."""
        return self._tr("Character") if slot is Slot.IMAGE else self._tr("Motion")

    def _shown(self, found: Finding) -> dict[str, object]:
        raw: dict[str, Any] = dict(found.values)
        shown: dict[str, object] = dict(raw)
        if "format" in raw:
            shown["format"] = str(raw["format"]).upper()
        if "container" in raw:
            shown["container"] = format_name(str(raw["container"]))
        if "size_bytes" in raw:
            shown["size"] = self.size(int(raw["size_bytes"]))
        if "limit_bytes" in raw:
            shown["limit"] = self.size(int(raw["limit_bytes"]))
        for name in ("balance", "price"):
            if f"{name}_credits" in raw:
                shown[name] = self.credits(float(raw[f"{name}_credits"]))
        if "limit_s" in raw:
            shown["limit"] = self.seconds(float(raw["limit_s"]))
        if "duration_s" in raw:
            shown["duration"] = self.seconds(float(raw["duration_s"]))
            if shown["duration"] == shown.get("limit"):  # never “3 s. At least 3 s …”
                shown["duration"] = f"{float(raw['duration_s']):.3f}".rstrip("0") + " s"
        shown |= {name: self.seconds(float(raw[f"{name}_s"])) for name in _LENGTHS & _named(raw)}
        shown |= {name: self.moment(float(raw[f"{name}_s"])) for name in _MOMENTS & _named(raw)}
        if "times_s" in raw:
            shown["times"] = self._times(str(raw["times_s"]))
        return shown

    def _times(self, times_s: str) -> str:
        """``0:04.1, 0:09.7``, and an ellipsis where there are more than fit."""
        times = [self.moment(float(time_s)) for time_s in times_s.split()]
        more = ["…"] if len(times) > _TIMES_SHOWN else []
        return ", ".join(times[:_TIMES_SHOWN] + more)


_LENGTHS, _MOMENTS = frozenset({"trim"}), frozenset({"start", "end", "at"})


def _named(raw: dict[str, Any]) -> frozenset[str]:
    return frozenset(name.removesuffix("_s") for name in raw if name.endswith("_s"))


class _Blank(dict[str, object]):
    """A value that a finding doesn't carry leaves a gap, never a crash in front of a person."""

    def __init__(self, values: Mapping[str, object]) -> None:
        texts = {name: isolated(text) for name, text in values.items() if isinstance(text, str)}
        super().__init__({**values, **texts})

    def __missing__(self, key: str) -> str:
        return "…"
