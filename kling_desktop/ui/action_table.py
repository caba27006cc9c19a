"""Every action of the window in one table: its id, text, keys, menu and where its keys act."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Menu(StrEnum):
    """The menus, in their order."""

    FILE = "&File"
    EDIT = "&Edit"
    QUEUE = "&Queue"
    PLAY = "&Play"
    VIEW = "&View"
    HELP = "&Help"


class Scope(StrEnum):
    """Where an action's keys act."""

    WINDOW = "window"  # everywhere but where a text field wants the key itself
    VIEWER = "viewer"  # only with the focus in the Stage or the Library
    STAGE = "stage"  # only with the focus in the Stage: the Library's list needs the arrows


@dataclass(frozen=True)
class ActionSpec:
    """``keys`` are Qt's portable words; Ctrl is Cmd on macOS. A group begins with a line above.

    ``repeats``: goes on while its key is held. Never for what spends, destroys or switches.
    """

    id: str
    text: str
    menu: Menu
    keys: tuple[str, ...] = ()
    scope: Scope = Scope.WINDOW
    checkable: bool = False
    starts_group: bool = False
    repeats: bool = False


ACTIONS: tuple[ActionSpec, ...] = (
    ActionSpec("new_draft", "New draft", Menu.FILE, ("Ctrl+N",)),
    ActionSpec("add_picture", "Add picture…", Menu.FILE, ("Ctrl+O",), starts_group=True),
    ActionSpec("add_clip", "Add clip…", Menu.FILE, ("Ctrl+Shift+O",)),
    ActionSpec("save_as", "Save as…", Menu.FILE, ("Ctrl+Shift+S",), starts_group=True),
    ActionSpec("show_in_folder", "Show in folder", Menu.FILE),
    ActionSpec("open_external", "Open in another player", Menu.FILE),
    ActionSpec("quit", "Quit", Menu.FILE, ("Ctrl+Q",), starts_group=True),
    ActionSpec("paste_input", "Paste picture or clip", Menu.EDIT, ("Ctrl+V",)),
    ActionSpec("copy_video", "Copy video", Menu.EDIT),
    ActionSpec("copy_code", "Copy as code…", Menu.EDIT),
    ActionSpec("find", "Find", Menu.EDIT, ("Ctrl+F",), starts_group=True),
    ActionSpec("favourite", "Favourite", Menu.EDIT, ("F",), Scope.VIEWER),
    ActionSpec("delete", "Delete…", Menu.EDIT, ("Del",), Scope.VIEWER),
    ActionSpec("settings", "Settings…", Menu.EDIT, ("Ctrl+,",), starts_group=True),
    ActionSpec("generate", "Generate", Menu.QUEUE, ("Ctrl+Return", "Ctrl+Enter")),
    ActionSpec("remix", "Remix: use these settings again", Menu.QUEUE, ("Ctrl+R",)),
    ActionSpec(
        "pause_queue", "Pause queue", Menu.QUEUE, ("Ctrl+P",), checkable=True, starts_group=True
    ),
    ActionSpec("details", "Details…", Menu.QUEUE, starts_group=True),
    ActionSpec("ledger", "Spending…", Menu.QUEUE),
    ActionSpec("play", "Play or pause", Menu.PLAY, ("Space",), Scope.VIEWER),
    ActionSpec("shuttle_back", "Play backwards", Menu.PLAY, ("J",), Scope.VIEWER),
    ActionSpec("shuttle_stop", "Stop", Menu.PLAY, ("K",), Scope.VIEWER),
    ActionSpec("shuttle_forward", "Play forwards, faster", Menu.PLAY, ("L",), Scope.VIEWER),
    ActionSpec(
        "previous_frame",
        "Previous frame",
        Menu.PLAY,
        ("Left",),
        Scope.STAGE,
        starts_group=True,
        repeats=True,
    ),
    ActionSpec("next_frame", "Next frame", Menu.PLAY, ("Right",), Scope.STAGE, repeats=True),
    ActionSpec(
        "second_back", "One second back", Menu.PLAY, ("Shift+Left",), Scope.STAGE, repeats=True
    ),
    ActionSpec(
        "second_forward",
        "One second forward",
        Menu.PLAY,
        ("Shift+Right",),
        Scope.STAGE,
        repeats=True,
    ),
    ActionSpec("loop", "Loop", Menu.PLAY, ("Ctrl+L",), checkable=True, starts_group=True),
    ActionSpec("loop_start", "Loop from this frame (A)", Menu.PLAY, ("[",), Scope.STAGE),
    ActionSpec("loop_end", "Loop to this frame (B)", Menu.PLAY, ("]",), Scope.STAGE),
    ActionSpec("loop_clear", "Clear A and B", Menu.PLAY, ("\\",), Scope.STAGE),
    ActionSpec("mute", "Mute", Menu.PLAY, checkable=True),
    ActionSpec("compare", "Next way to compare", Menu.VIEW, ("C",), Scope.VIEWER),
    # The key is held, so the Stage takes it as a key before it becomes a shortcut.
    ActionSpec("flicker", "Flicker between both (hold)", Menu.VIEW, ("B",), Scope.STAGE),
    ActionSpec(
        "nudge_back", "Nudge reference back", Menu.VIEW, ("Alt+Left",), Scope.STAGE, repeats=True
    ),
    ActionSpec(
        "nudge_on", "Nudge reference on", Menu.VIEW, ("Alt+Right",), Scope.STAGE, repeats=True
    ),
    ActionSpec(
        "nudge_result_back",
        "Nudge result back",
        Menu.VIEW,
        ("Alt+Shift+Left",),
        Scope.STAGE,
        repeats=True,
    ),
    ActionSpec(
        "nudge_result_on",
        "Nudge result on",
        Menu.VIEW,
        ("Alt+Shift+Right",),
        Scope.STAGE,
        repeats=True,
    ),
    ActionSpec("actual_size", "Actual size", Menu.VIEW, ("Z",), Scope.STAGE, starts_group=True),
    ActionSpec("zoom_in", "Zoom in", Menu.VIEW, ("+", "="), Scope.STAGE, repeats=True),
    ActionSpec("zoom_out", "Zoom out", Menu.VIEW, ("-",), Scope.STAGE, repeats=True),
    ActionSpec("full_screen", "Full screen", Menu.VIEW, ("F11",), checkable=True),
    ActionSpec("show_queue", "Queue", Menu.VIEW, checkable=True, starts_group=True),
    ActionSpec("show_library", "Library", Menu.VIEW, checkable=True),
    ActionSpec("help", "Help", Menu.HELP, ("F1",)),
    ActionSpec("keys", "Keys", Menu.HELP, ("?",)),
    ActionSpec("sandbox_words", "Words for the sandbox", Menu.HELP),
    ActionSpec("show_log", "Show log", Menu.HELP, starts_group=True),
    ActionSpec("about", "About Kling Desktop", Menu.HELP, starts_group=True),
)
