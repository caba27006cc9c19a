"""What a slider stands at, in words: a screen reader has its bare number otherwise."""

from __future__ import annotations

from PySide6.QtWidgets import QSlider

from kling_desktop.ui.announce import announce


def tell_value(slider: QSlider, text: str, *, moved: bool = False) -> None:
    """``text`` is its description from now on; where the person moved it, it is spoken at once."""
    if slider.accessibleDescription() != text:
        slider.setAccessibleDescription(text)
        if moved and slider.hasFocus():
            announce(slider, text)


def percent(share: float) -> str:
    return f"{round(100 * share)} %"
