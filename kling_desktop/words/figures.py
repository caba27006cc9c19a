"""Numbers as people read them: sizes, times, credits."""

from __future__ import annotations

from ..motion.facts import Facts, ImageFacts, VideoFacts
from ..motion.input import Input
from ..motion.price import Quote
from .base import Speaker

KB, MB, GB = 1000, 1000**2, 1000**3
# From which size each unit is used: what would round to 1000 of the smaller one already takes it.
_SIZE_UNITS = ((999.5 * MB, GB, "GB"), (100 * KB, MB, "MB"), (KB, KB, "KB"))
_WHOLE_FROM = 9.95  # 9.9, then 10
_SECONDS_BELOW_S = 90  # shorter ranges read better in seconds
_VIDEO_CLASSES = (480, 720, 1080, 1440, 2160)


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

    def timecode(self, duration_s: float) -> str:
        """``0:03.21``: minutes, seconds, hundredths."""
        hundredths = max(0, round(duration_s * 100))
        minutes, rest = divmod(hundredths, 6000)
        return f"{minutes}:{rest // 100:02}.{rest % 100:02}"

    def minutes_range(self, low_s: float, high_s: float) -> str:
        """``usually 2–5 min``, ``usually 20–40 s``."""
        if high_s < _SECONDS_BELOW_S:
            low, high = max(1, round(low_s)), max(1, round(high_s))
            one, span = "usually {low} s", "usually {low}–{high} s"
        else:
            low, high = max(1, int(low_s // 60)), max(1, -int(-high_s // 60))
            one, span = "usually {low} min", "usually {low}–{high} min"
        return self.fill(span if low < high else one, low=low, high=high)

    def credits(self, amount: float) -> str:
        """``5.88 credits``."""
        return self.fill("{amount} credits", amount=f"{amount:.2f}")

    def quote(self, price: Quote) -> str:
        """``8.4 s · ≈ 5.88 credits``; the sign stands for an estimate."""
        sign = "≈ " if price.estimated else ""
        return f"{self.seconds(price.duration_s)} · {sign}{self.credits(price.credits)}"

    def sides(self, facts: ImageFacts | VideoFacts) -> str:
        return f"{facts.width_px} × {facts.height_px}"

    def facts(self, facts: Facts | None) -> str:
        """One line about a file: ``512 × 512 · 0.8 MB`` or ``720p · 8.4 s``."""
        if isinstance(facts, ImageFacts):
            return f"{self.sides(facts)} · {self.size(facts.size_bytes)}"
        if isinstance(facts, VideoFacts):
            shorter = min(facts.width_px, facts.height_px)
            shape = f"{shorter}p" if shorter in _VIDEO_CLASSES else self.sides(facts)
            return f"{shape} · {self.seconds(facts.duration_s)} · {self.size(facts.size_bytes)}"
        if facts is not None and facts.size_bytes is not None:
            return self.fill("Link · {size}", size=self.size(facts.size_bytes))
        return self._tr("Link") if facts is not None else ""

    def input_facts(self, value: Input) -> str:
        return self.facts(value.facts)

    def changes(self, value: Input) -> str:
        """What was mended before sending, for example ``Converted from WebP. Turned upright.``"""
        done: list[str] = []
        for change in value.changes:
            text = {
                "converted": "Converted from {format}.",
                "turned": "Turned upright.",
                "first_frame": "Its first frame is used.",
                "scaled": "Scaled to fit.",
                "color": "Colours brought to sRGB.",
                "flattened": "Transparency filled with white.",
            }.get(change)
            if text:
                done.append(self.fill(text, format=value.original_format.upper()))
        return " ".join(done)
