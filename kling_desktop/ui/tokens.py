"""The one table of colours, sizes and gaps that the whole window is drawn from."""

from __future__ import annotations

from dataclasses import dataclass

SPACE_4, SPACE_8, SPACE_12, SPACE_16 = 4, 8, 12, 16  # the grid of 4 px
RADIUS = 8
FONT_PX = 13
SMALL_PX = 12
TITLE_PX = 22
TARGET_PX = 24  # the least side of what can be pressed: WCAG 2.2, 2.5.8


@dataclass(frozen=True)
class Tokens:
    """Colours as "#rrggbb". The stage stays dark in both themes, so it has its own texts."""

    background: str
    panel: str
    raised: str
    line: str  # parts of one surface from each other
    edge: str  # what can be filled in from what is around it: at least 3 : 1, as AA wants
    text: str
    muted: str
    accent: str
    on_accent: str
    good: str
    warning: str
    bad: str
    stage: str
    accent_text: str  # accent as text on a panel: darker in light, for AA
    accent_hover: str
    hover: str  # a raised surface under the pointer
    chosen: str  # fill of the selected card or row: accent mixed into the panel
    thumb: str  # the chosen part of a segmented control
    on_stage: str
    stage_muted: str
    stage_line: str
    stage_hover: str


DARK = Tokens(
    background="#15171A",
    panel="#1C1F23",
    raised="#24282E",
    line="#30353C",
    edge="#6C747D",
    text="#E9ECEF",
    muted="#9BA3AD",
    accent="#FF7A45",
    on_accent="#1B0D06",
    good="#4CC38A",
    warning="#F5B544",
    bad="#F16A6A",
    stage="#0D0E10",
    accent_text="#FF7A45",
    accent_hover="#FF8C5E",
    hover="#2A2E35",
    chosen="#33251F",
    thumb="#15171A",
    on_stage="#E9ECEF",
    stage_muted="#9BA3AD",
    stage_line="#3A4048",
    stage_hover="#24282E",
)

# The design's table says accent #D9500F, good #14804A and warning #9A6200. White on that accent has
# a contrast of 4.1, and the other two have 4.2 on a surface under the pointer; they were darkened
# just enough to reach AA (4.5).
LIGHT = Tokens(
    background="#F4F5F7",
    panel="#FFFFFF",
    raised="#F0F2F4",
    line="#DADEE3",
    edge="#848B93",
    text="#1B1E22",
    muted="#626B76",
    accent="#CE4B0C",
    on_accent="#FFFFFF",
    good="#127945",
    warning="#945E00",
    bad="#C62F2F",
    stage="#17191C",
    accent_text="#B84209",
    accent_hover="#B8430A",
    hover="#E9ECEF",
    chosen="#FBEAE2",
    thumb="#FFFFFF",
    on_stage="#E9ECEF",
    stage_muted="#9BA3AD",
    stage_line="#3A4048",
    stage_hover="#24282E",
)
