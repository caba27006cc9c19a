"""Numbers as people read them: sizes, times, credits."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from ..motion.agreement import Agreement
from ..motion.facts import Facts, ImageFacts, VideoFacts
from ..motion.input import Input
from ..motion.money import exact_sum, micro
from ..motion.price import Quote
from ..motion.request import Slot
from .base import Speaker

ESTIMATED = "≈ "
MINUS = "−"  # as wide as the plus, unlike the hyphen
KB, MB, GB = 1000, 1000**2, 1000**3
# From which size each unit is used: what would round to 1000 of the smaller one already takes it.
_SIZE_UNITS = ((999.5 * MB, GB, "GB"), (100 * KB, MB, "MB"), (KB, KB, "KB"))
_WHOLE_FROM = 9.95  # 9.9, then 10
_SECONDS_BELOW_S = 90  # shorter spans read better in seconds
_VIDEO_CLASSES = (480, 720, 1080, 1440, 2160)


# As Settings calls them; others are not worth a word.
_SETTINGS: dict[str, str] = {
    "theme": "the look",
    "videos_folder": "the folder for videos",
    "videos_disk": "on which disk that folder is",
    "jobs_at_once": "how many jobs run at once",
    "ask_above_credits": "from which price you are asked",
    "day_limit_credits": "your limit for a day",
    "clean_metadata": "whether place and camera are taken out",
    "large_images": "whether large pictures are sent as they are",
    "write_recipe": "whether the recipe is written into videos",
}


class FigureWords(Speaker):
    """Figures with their units."""

    def size(self, size_bytes: int) -> str:
        """``0.8 MB``, ``48 MB``, ``312 KB``."""
        for least, unit, name in _SIZE_UNITS:
            if size_bytes >= least:
                amount = size_bytes / unit
                digits = 0 if amount >= _WHOLE_FROM or unit == KB else 1
                return f"{amount:.{digits}f} {name}"
        return f"{size_bytes} B"

    def size_of(self, done_bytes: int, total_bytes: int | None) -> str:
        """``3.1 of 5.0 MB``."""
        if not total_bytes:
            return self.size(done_bytes)
        unit, name = (GB, "GB") if total_bytes >= GB else (MB, "MB")
        if total_bytes < 100 * KB:
            unit, name = KB, "KB"
        return self.fill(
            "{done} of {total} {unit}",
            done=f"{done_bytes / unit:.1f}",
            total=f"{total_bytes / unit:.1f}",
            unit=name,
        )

    def seconds(self, duration_s: float) -> str:
        """``8.4 s``; whole numbers without the dot."""
        text = f"{duration_s:.1f}"
        return f"{text.removesuffix('.0')} s"

    def clock(self, duration_s: float) -> str:
        """``1:12``, ``1:02:30``."""
        whole = max(0, int(duration_s))
        hours, rest = divmod(whole, 3600)
        if hours:
            return f"{hours}:{rest // 60:02}:{rest % 60:02}"
        return f"{rest // 60}:{rest % 60:02}"

    def countdown(self, left_s: float) -> str:
        """``12 s``, ``4:12``: what is left of a pause."""
        whole = max(0, math.ceil(left_s))
        return f"{whole} s" if whole <= _SECONDS_BELOW_S else self.clock(whole)

    def timecode(self, duration_s: float) -> str:
        """``0:03.21``: minutes, seconds, hundredths."""
        hundredths = max(0, round(duration_s * 100))
        minutes, rest = divmod(hundredths, 6000)
        return f"{minutes}:{rest // 100:02}.{rest % 100:02}"

    def moment(self, time_s: float) -> str:
        """``0:09.7``: a place in a clip, to the tenth."""
        tenths = max(0, round(time_s * 10))
        return f"{tenths // 600}:{tenths % 600 // 10:02}.{tenths % 10}"

    def length_of(self, length_s: float, whole_s: float) -> str:
        """``8.4 of 21.0 s``: the part of a clip that is used."""
        return self.fill("{part} of {whole} s", part=f"{length_s:.1f}", whole=f"{whole_s:.1f}")

    def minutes_range(self, low_s: float, high_s: float) -> str:
        """``usually 2–5 min``, ``usually 20–40 s``."""
        if high_s < _SECONDS_BELOW_S:
            low, high = max(1, round(low_s)), max(1, round(high_s))
            one, span = "usually {low} s", "usually {low}–{high} s"
        else:
            low, high = max(1, int(low_s // 60)), max(1, -int(-high_s // 60))
            one, span = "usually {low} min", "usually {low}–{high} min"
        return self.fill(span if low < high else one, low=low, high=high)

    def amount(self, credits: float) -> str:
        """``5.88``: a figure without its unit; what is not nothing never reads as 0.00."""
        text = f"{credits:.2f}"
        if float(text) == 0 and micro(credits):
            text = f"{credits:.6f}".rstrip("0")
        return text.replace("-", MINUS)

    def credits(self, amount: float, *, exact: bool = False) -> str:
        """``5.88 credits``; ``exact``: to the millionth, as it is compared."""
        text = self.amount(amount)
        if exact and micro(float(f"{amount:.2f}")) != micro(amount):
            text = f"{amount:.6f}".rstrip("0").replace("-", MINUS)
        return self.fill("{amount} credits", amount=text)

    def settings(self, names: Iterable[str]) -> str:
        """``your limit for a day, …``; empty where Settings shows none of them."""
        return ", ".join(self._tr(_SETTINGS[name]) for name in names if name in _SETTINGS)

    def quote(self, price: Quote) -> str:
        """``8.4 s · ≈ 5.88 credits``, of a hidden length ``at most 21.00 credits``."""
        cost = self.cost(price)
        return cost if price.at_most else f"{self.seconds(price.duration_s)} · {cost}"

    def cost(self, price: Quote, *, exact: bool = False) -> str:
        """``≈ 5.88 credits``, where the sign stands for an estimate; ``at most 21.00 credits``."""
        credits = self.credits(price.credits, exact=exact)
        if price.at_most:
            return self.fill("at most {price}", price=credits)
        return f"{ESTIMATED if price.estimated else ''}{credits}"

    def agreement(self, agreed: Agreement) -> str:
        """As ``quote``; nothing where there was no price yet."""
        return "" if agreed.price is None else self.quote(agreed.price)

    def price_of_all(self, agreed: Sequence[Agreement | None]) -> str:
        """``≈ 5.88 credits``, ``at most 21.00 credits``; nothing where one has no price."""
        priced = [each for each in agreed if each is not None and each.credits is not None]
        if len(priced) < len(agreed):
            return ""
        price = self.credits(exact_sum(each.credits for each in priced))
        if any(each.duration_s is None for each in priced):
            return self.fill("at most {price}", price=price)
        return f"{ESTIMATED if any(each.estimated for each in priced) else ''}{price}"

    def sides(self, facts: ImageFacts | VideoFacts) -> str:
        return f"{facts.width_px} × {facts.height_px}"

    def shape(self, facts: VideoFacts) -> str:
        """``720p``, or the sides where there is no such name."""
        shorter = min(facts.width_px, facts.height_px)
        return f"{shorter}p" if shorter in _VIDEO_CLASSES else self.sides(facts)

    def facts(self, facts: Facts | None) -> str:
        """One line about a file: ``512 × 512 · 0.8 MB`` or ``720p · 8.4 s``."""
        if isinstance(facts, ImageFacts):
            return f"{self.sides(facts)} · {self.size(facts.size_bytes)}"
        if isinstance(facts, VideoFacts):
            figures = (self.seconds(facts.duration_s), self.size(facts.size_bytes))
            return " · ".join((self.shape(facts), *figures))
        if facts is not None and facts.size_bytes is not None:
            return self.fill("Link · {size}", size=self.size(facts.size_bytes))
        return self._tr("Link") if facts is not None else ""

    def input_facts(self, value: Input) -> str:
        """As ``facts``; of a trimmed clip ``720p · 8.4 of 21.0 s``."""
        whole = value.original
        if isinstance(whole, VideoFacts) and isinstance(value.facts, VideoFacts):
            start_s, end_s = value.clip_edit.span(whole.duration_s)
            if end_s - start_s < whole.duration_s:
                shape = self.shape(value.facts)
                return f"{shape} · {self.length_of(end_s - start_s, whole.duration_s)}"
        return self.facts(value.facts)

    def changes(self, value: Input) -> str:
        """What was mended, for example ``Converted from WebP. Turned upright.``

        Of a clip: what will be, ``Will be converted from MKV and scaled to fit.``
        """
        if value.slot is Slot.VIDEO:
            return self._clip_changes(value)
        texts = (self._tr(_IMAGE_CHANGES.get(change, "")) for change in value.changes)
        original = format_name(value.original_format)
        return " ".join(text.format(format=original) for text in texts if text)

    def clip_changes_short(self, value: Input) -> str:
        """The same in three words, for a narrow well; empty where only the cut is made."""
        changed = [change for change in value.changes if change in _CLIP_CHANGES]
        if not changed:
            return ""
        worst = "converted" if set(changed) - _GENTLE else changed[0]
        return self._tr(_CLIP_SHORT[worst])

    def _clip_changes(self, value: Input) -> str:
        done = [self._tr(_CLIP_CHANGES[c]) for c in value.changes if c in _CLIP_CHANGES]
        if not done:
            return ""
        original = format_name(value.original_format)
        listed = [text.format(format=original) for text in done]
        last = listed.pop()
        both = self.fill("{first} and {last}", first=", ".join(listed), last=last)
        return self.fill("Will be {changes}.", changes=both if listed else last)


# FFmpeg's words for what people know by another name.
_KNOWN_AS = {"matroska": "MKV", "mpegts": "TS", "mpegps": "MPEG", "asf": "WMV", "webm": "WebM"}


def format_name(name: str) -> str:
    """``MKV``, ``AVI``, ``WEBP``."""
    return _KNOWN_AS.get(name.lower(), name.upper())


_IMAGE_CHANGES = {
    "converted": "Converted from {format}.",
    "turned": "Turned upright.",
    "first_frame": "Its first frame is used.",
    "scaled": "Scaled to fit.",
    "shrunk": "Compressed to fit.",
    "color": "Colours brought to sRGB.",
    "flattened": "Transparency filled with white.",
    "cropped": "Cropped.",
    "padded": "Edges added.",
    "cleaned": "Place, camera and comments taken out.",
}
# Media's words in their order. Trimming and cropping are not told: they were asked for.
_CLIP_CHANGES = {
    "converted": "converted from {format}",
    "scaled": "scaled to fit",
    "turned": "turned upright",
    "square_pixels": "brought to square pixels",
    "tone_mapped": "brought from HDR to plain colours",
    "color": "brought to plain colours",
    "flattened": "laid on white where it is transparent",
    "frame_rate": "brought to a steady frame rate",
    "deinterlaced": "deinterlaced",
    "shrunk": "made smaller",
    "padded": "given edges",
    "cleaned": "freed of place and camera",
    "edges_cut": "freed of edges that players hide",
    "one_size": "brought to one size",
    "held": "held on its last picture up to 3 s",
    "one_track": "freed of its other picture tracks",
    "sound_cut": "given sound that ends with the picture",
    "sound_converted": "given AAC sound",
}
# The picture stays as it is.
_GENTLE = frozenset({"cleaned", "one_track", "sound_cut", "sound_converted"})
_CLIP_SHORT = {
    "converted": "Will be converted",
    "cleaned": "Place, camera taken out",
    "one_track": "One track will be used",
    "sound_cut": "Sound will be shortened",
    "sound_converted": "Sound will be converted",
}
