"""Where tiles and headings lie, and texts that are cut to fit them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QFont, QFontMetrics

from kling_desktop.ui.library.layout import HEADING_PX, LIST_ROW_PX, Frame, build_layout
from kling_desktop.ui.library.wrap import wrapped

GRID = Frame(left=12, width=244, as_list=False)
LIST = Frame(left=12, width=244, as_list=True)


def one_line(_row: int) -> int:
    return 1


def test_a_library_of_272_px_has_two_columns() -> None:
    assert GRID.columns == 2
    assert LIST.columns == 1


def test_each_day_begins_a_line_under_its_heading() -> None:
    made = build_layout([9, 9, 9, 8], one_line, GRID)
    assert [day for _top, day in made.headings] == [9, 8]
    boxes = [made.box(row) for row in range(4)]
    assert boxes[0].y == boxes[1].y == made.headings[0][0] + HEADING_PX
    assert boxes[2].y > boxes[0].y
    assert boxes[3].y == made.headings[1][0] + HEADING_PX
    assert boxes[3].x == boxes[0].x


def test_a_long_title_makes_its_whole_line_higher() -> None:
    made = build_layout([9, 9, 9], lambda row: 2 if row == 1 else 1, GRID)
    assert made.box(0).height == made.box(1).height > made.box(2).height


def test_a_list_has_rows_of_one_height() -> None:
    made = build_layout([9, 9], one_line, LIST)
    assert made.box(1).y == made.box(0).y + LIST_ROW_PX


def test_up_and_down_stay_in_the_column_across_days() -> None:
    made = build_layout([9, 9, 9, 8, 8], one_line, GRID)  # lines: 0 1 | 2 | 3 4
    assert made.row_above(1, -1) == 2
    assert made.row_above(2, -1) == 3
    assert made.row_above(4, 1) == 2
    assert made.row_above(0, 1) == 0
    assert made.row_above(4, -1) == 4


def test_no_rows_need_no_height() -> None:
    made = build_layout([], one_line, GRID)
    assert made.height == 0
    assert made.row_at(20, 20) is None
    assert list(made.rows_between(0, 500)) == []


days = st.lists(st.integers(700_000, 700_005), max_size=60).map(lambda d: sorted(d, reverse=True))


@given(days=days, width=st.integers(60, 900), as_list=st.booleans())
def test_every_row_is_found_where_it_lies_and_none_overlap(
    days: list[int], width: int, as_list: bool
) -> None:
    made = build_layout(days, lambda row: 1 + row % 2, Frame(12, width, as_list))
    taken: list[tuple[int, int]] = []
    for row in range(len(days)):
        box = made.box(row)
        assert made.row_at(box.x, box.y) == row
        assert made.row_at(box.x + box.width - 1, box.y + box.height - 1) == row
        assert row in made.rows_between(box.y, box.y)
        assert box.y + box.height <= made.height
        taken.append((box.x, box.y))
    assert len(set(taken)) == len(days)


def test_all_rows_of_a_span_are_painted() -> None:
    made = build_layout([9] * 100, one_line, GRID)
    third = made.box(4)
    assert list(made.rows_between(third.y, third.y + third.height)) == [4, 5]


@pytest.mark.parametrize(
    "text",
    [
        "astronaut × meadow and a long way to go from here",
        "宇宙飛行士の写真（東京・渋谷スクランブル交差点）",
        "صورة رائد الفضاء في الشارع مع الأرنب الكبير",
        "👩‍🚀👩‍🚀👩‍🚀👩‍🚀👩‍🚀👩‍🚀👩‍🚀👩‍🚀👩‍🚀👩‍🚀👩‍🚀👩‍🚀",
        "withoutanyspaceinsideofitatallbutverylongallthesame",
        "broken \udce9 name of a file that is not UTF-8 at all",
        "",
    ],
)
def test_a_text_is_cut_to_two_lines_that_fit(qapp: object, text: str) -> None:
    font = QFont()
    font.setPixelSize(12)
    lines = wrapped(text, 100, font)
    assert 1 <= len(lines) <= 2
    fm = QFontMetrics(font)
    assert all(fm.horizontalAdvance(line) <= 102 for line in lines)


def test_a_short_text_is_one_whole_line(qapp: object) -> None:
    assert wrapped("two\nwords", 400, QFont()) == ["two words"]
