"""Edits at the very edge of what is read: the window looks at the inputs without a mistake."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication
from support.waiting import until

sys.path.insert(0, str(Path(__file__).parent.parent / "engine"))

from engine_world import make_clip, make_picture
from saved_home import DRAFT, SavedHome

from kling_desktop.motion.input import InputState
from kling_desktop.motion.request import SECOND_MAX, ClipEdit, ImageEdit, Slot, Source

SLIVER = (0.0, 0.0, 1e-12, 1.0)
CORNER = (1.0 - 1e-9, 1.0 - 1e-9, 1e-9, 1e-9)


@pytest.mark.parametrize(
    ("image_edit", "video_edit"),
    [
        (ImageEdit(SLIVER, 100.0), ClipEdit(SECOND_MAX, SECOND_MAX, SLIVER)),
        (ImageEdit(CORNER, 0.01), ClipEdit(0.0, 0.0, CORNER)),
        (ImageEdit(None, 100.0), ClipEdit(3.0, 1.0)),
        (ImageEdit((0.0, 0.0, 1.0, 1.0)), ClipEdit(1e-300, SECOND_MAX)),
    ],
)
def test_an_edit_at_the_edge_of_its_range_is_looked_at(
    qapp: object, tmp_path: Path, image_edit: ImageEdit, video_edit: ClipEdit
) -> None:
    home = SavedHome(tmp_path / "home")
    draft = replace(
        DRAFT,
        image=Source(path=str(make_picture(tmp_path / "a.png"))),
        video=Source(path=str(make_clip(tmp_path / "b.mp4"))),
        image_edit=image_edit,
        video_edit=video_edit,
        fit=True,
    )
    home.files["draft.json"].write_text(json.dumps(draft.to_json()), encoding="ascii")

    async def story(assembly: Any, engine: Any) -> None:
        over = (InputState.READY, InputState.REFUSED)
        inputs = engine.drafting.inputs
        looked_at = [lambda slot=slot: inputs[slot].state in over for slot in Slot]
        for one in looked_at:
            await until(one, QApplication.processEvents)
        QApplication.processEvents()
        assert engine.drafting.draft == draft

    assert home.open(story).errors == []
