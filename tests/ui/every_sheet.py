"""One of every sheet of the program."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

from PySide6.QtWidgets import QWidget
from queue_library_jobs import make_done

import kling_desktop.ui
from kling_desktop.motion.facts import ImageFacts, VideoFacts
from kling_desktop.motion.fitting import planned_clip
from kling_desktop.motion.input import Input, InputState
from kling_desktop.motion.request import WHOLE_CLIP, ImageEdit, Slot, Source
from kling_desktop.ui.compose.clip_editor import ClipEditor
from kling_desktop.ui.compose.picture_editor import PictureEditor
from kling_desktop.ui.dialogs.ask import same_question
from kling_desktop.ui.dialogs.candidates import CandidatesSheet, Choice
from kling_desktop.ui.dialogs.code import CodeSheet
from kling_desktop.ui.dialogs.connect import ConnectSheet
from kling_desktop.ui.dialogs.details import DetailsSheet
from kling_desktop.ui.dialogs.export import ExportOffer, ExportSheet
from kling_desktop.ui.dialogs.keys import KeysSheet
from kling_desktop.ui.dialogs.sandbox_help import SandboxHelpSheet
from kling_desktop.ui.dialogs.settings import SettingsSheet
from kling_desktop.ui.dialogs.setup import SetupSheet
from kling_desktop.ui.dialogs.trouble import TroubleSheet
from kling_desktop.ui.ledger import LedgerSheet
from kling_desktop.ui.widgets.confirm import Confirm
from kling_desktop.ui.widgets.question import Question
from kling_desktop.ui.widgets.sheet import Sheet

CLIP = VideoFacts("matroska", "h264", 1280, 720, 9_000_000, 20.0, 25.0, 500, has_sound=True)
ROWS = [("File", "/videos/a.mp4")]


def _clip_editor(host: QWidget) -> ClipEditor:
    planned = planned_clip(CLIP, WHOLE_CLIP)
    source = Source(path="/in/meadow.mkv")
    value = Input(Slot.VIDEO, InputState.READY, source, planned, original=CLIP)
    return ClipEditor(host, value, 10.0)


def _picture_editor(host: QWidget) -> PictureEditor:
    facts, source = ImageFacts("png", 500, 500, 790_000), Source(path="/in/astronaut.png")
    value = Input(Slot.IMAGE, InputState.READY, source, original=facts, image_edit=ImageEdit())
    return PictureEditor(host, value, 16 / 9)


MAKERS: dict[type[Sheet], Callable[[QWidget], Sheet]] = {
    ClipEditor: _clip_editor,
    PictureEditor: _picture_editor,
    CandidatesSheet: lambda host: CandidatesSheet(host, [Choice("task", None, "Pro")]),
    CodeSheet: lambda host: CodeSheet(host, [("cURL", "curl"), ("Python", "import x")]),
    Confirm: lambda host: same_question(host, make_done("one")),
    ConnectSheet: ConnectSheet,
    DetailsSheet: lambda host: DetailsSheet(host, "a × b", ROWS),
    ExportSheet: lambda host: ExportSheet(
        host, ExportOffer("a", str(Path.home()), 8.0, (1.0, 2.0), has_reference=True)
    ),
    KeysSheet: KeysSheet,
    LedgerSheet: lambda host: LedgerSheet(host, now=lambda: 0.0),
    SandboxHelpSheet: lambda host: SandboxHelpSheet(host, [("[fail]", "fails")]),
    SettingsSheet: SettingsSheet,
    SetupSheet: lambda host: SetupSheet(host, str(Path.home())),
    TroubleSheet: lambda host: TroubleSheet(
        host, "Trouble", "It cannot be opened.", "/data", "x", True
    ),
}


def all_kinds() -> set[type[Sheet]]:
    """Every class of a sheet in the program that is not only there for others to build on."""
    for module in walk_packages(kling_desktop.ui.__path__, "kling_desktop.ui."):
        import_module(module.name)
    found, ahead = set[type[Sheet]](), [Sheet]
    while ahead:
        kinds = [k for k in ahead.pop().__subclasses__() if k.__module__.startswith("kling_")]
        found.update(kinds)
        ahead += kinds
    return found - {Question}
