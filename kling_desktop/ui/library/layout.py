"""Where tiles and day headings lie. Arithmetic only: rows and pixels, nothing of Qt's views."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

GAP_PX = 10  # window-dark.png: between tiles
MIN_TILE_PX = 104  # two columns in a Library of 272 px
POSTER_SHARE = 0.72  # of the tile's width
TEXT_PAD_PX = 8
TEXT_TOP_PX = 6
TEXT_LINE_PX = 16
LIST_ROW_PX = 56
HEADING_PX = 26
SECTION_GAP_PX = 12
EDGE_PX = 4  # room for the ring of the last tile


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in content pixels: before scrolling."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Frame:
    """The room that the layout has. ``left`` is the margin before the first column."""

    left: int
    width: int
    as_list: bool

    @property
    def columns(self) -> int:
        if self.as_list:
            return 1
        return max(1, (self.width + GAP_PX) // (MIN_TILE_PX + GAP_PX))

    @property
    def tile_width(self) -> int:
        return max(1, (self.width - GAP_PX * (self.columns - 1)) // self.columns)

    @property
    def poster_height(self) -> int:
        return round(self.tile_width * POSTER_SHARE)

    def tile_height(self, title_lines: int) -> int:
        if self.as_list:
            return LIST_ROW_PX
        text = TEXT_TOP_PX + TEXT_LINE_PX * (title_lines + 1) + TEXT_PAD_PX
        return self.poster_height + text


@dataclass(slots=True)
class SectionLayout:
    """Lines of tiles under day headings; found by bisection, so that 10,000 rows scroll well."""

    frame: Frame = field(default_factory=lambda: Frame(0, 1, False))
    height: int = 0
    headings: list[tuple[int, int]] = field(default_factory=list)  # top, day
    _tops: list[int] = field(default_factory=list)
    _heights: list[int] = field(default_factory=list)
    _firsts: list[int] = field(default_factory=list)  # the first row of each line
    _line_of: list[int] = field(default_factory=list)

    def box(self, row: int) -> Box:
        line = self._line_of[row]
        column = row - self._firsts[line]
        step = self.frame.tile_width + GAP_PX
        x = self.frame.left + column * step
        return Box(x, self._tops[line], self.frame.tile_width, self._heights[line])

    def row_at(self, x: int, y: int) -> int | None:
        line = bisect_right(self._tops, y) - 1
        if line < 0 or y >= self._tops[line] + self._heights[line]:
            return None
        column, within = divmod(x - self.frame.left, self.frame.tile_width + GAP_PX)
        row = self._firsts[line] + column
        if column < 0 or within >= self.frame.tile_width or row >= self._end(line):
            return None
        return row

    def rows_between(self, top: int, bottom: int) -> range:
        """The rows whose lines touch the span."""
        if not self._tops:
            return range(0)
        first = max(0, bisect_right(self._tops, top) - 1)
        last = max(0, bisect_right(self._tops, bottom) - 1)
        return range(self._firsts[first], self._end(last))

    def row_above(self, row: int, lines: int = 1) -> int:
        """The row in the same column ``lines`` further up (down when negative)."""
        line = self._line_of[row]
        to = min(max(0, line - lines), len(self._tops) - 1)
        if to == line:
            return row
        return min(self._firsts[to] + row - self._firsts[line], self._end(to) - 1)

    def lines_in(self, height: int) -> int:
        """How many lines about fill ``height``; at least one."""
        usual = self._heights[0] if self._heights else 1
        return max(1, height // (usual + GAP_PX))

    def _end(self, line: int) -> int:
        return self._firsts[line + 1] if line + 1 < len(self._firsts) else len(self._line_of)

    def add_line(self, top: int, height: int, first: int, count: int) -> None:
        self._line_of.extend([len(self._tops)] * count)
        self._tops.append(top)
        self._heights.append(height)
        self._firsts.append(first)


def build_layout(
    days: Sequence[int], title_lines: Callable[[int], int], frame: Frame
) -> SectionLayout:
    """Lay out one row for each of ``days``; ``title_lines(row)`` is 1 or 2."""
    made = SectionLayout(frame)
    y, row = -SECTION_GAP_PX, 0
    columns, gap = frame.columns, 0 if frame.as_list else GAP_PX
    while row < len(days):
        if row == 0 or days[row] != days[row - 1]:
            y += SECTION_GAP_PX
            made.headings.append((y, days[row]))
            y += HEADING_PX
        end = row + 1
        while end < len(days) and end - row < columns and days[end] == days[row]:
            end += 1
        height = frame.tile_height(max(title_lines(r) for r in range(row, end)))
        made.add_line(y, height, row, end - row)
        y += height + gap
        row = end
    made.height = max(0, y - gap + EDGE_PX)
    return made
