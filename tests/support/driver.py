"""The program's window, driven by what a person has: names, mouse, keyboard."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from support import program
from support.atspi import Bus, Gone, Node, State
from support.desktop import Desktop
from support.processes import Child
from support.waiting import wait_for

WINDOW_TITLE = "Kling Desktop"
FILES_AT = "1500,200"  # right of the program's window, which is moved to the left edge
DRAG_STEPS = 8
PASTE = "ctrl+v"
CLOSE = "alt+F4"  # openbox's own key: it asks the window to close, as its button does


class Window:
    """One running window. Everything waits for what it needs and says what was there instead."""

    def __init__(self, desktop: Desktop, bus: Bus, child: Child) -> None:
        self.desktop = desktop
        self.bus = bus
        self.child = child
        self.app = wait_for(self._application, "the program's window", context=child.report)
        self.frame = self.app.find("frame", WINDOW_TITLE)
        self._to_the_left_edge()

    def _application(self) -> Node | None:
        assert self.child.code is None, self.child.report()
        return self.bus.application(self.child.pid)

    def _to_the_left_edge(self) -> None:
        self.desktop.xdotool("windowmove", "--sync", self.window_id, 0, 0)
        wait_for(lambda: self.frame.extents()[0] < 20, "the window at the left edge")

    @property
    def window_id(self) -> str:
        """X's number of the main window."""
        pid = str(self.child.pid)
        options = ("--sync", "--all", "--onlyvisible", "--pid", pid, "--name")
        return self.desktop.xdotool("search", *options, f"^{WINDOW_TITLE}$").split()[0]

    def wait_until_open(self) -> None:
        """Until the library behind the window is open: the sandbox's balance is known then."""
        self.find("push button", "Balance…", lambda node: node.name.endswith(" credits"))

    def open_connect_sheet(self) -> None:
        """Press Connect in the top bar; once the library is open, a sheet comes."""

        def is_open() -> bool:
            if self.app.look("text", "Account token", lambda node: node.is_usable):
                return True
            button = self.app.look("push button", "Connect", lambda node: node.is_usable)
            if button is not None:
                button.press()
            return False

        wait_for(is_open, "the sheet with the account token", context=self.app.outline)

    def find(
        self,
        role: str,
        name: str,
        condition: Callable[[Node], bool] | None = None,
    ) -> Node:
        return self.app.find(role, name, condition)

    def press(self, name: str, role: str = "push button") -> None:
        """Press a button once it can be pressed."""
        self.find(role, name, lambda node: node.is_usable).press()

    def type_into(self, name: str, text: str) -> None:
        """Focus a text field and type, as on a keyboard."""
        field = self._focused_field(name)
        self.desktop.xdotool("type", "--delay", 4, "--", text)
        wait_for(lambda: field.text == text, f"{text!r} in {name}", context=lambda: field.text)

    def paste_into(self, name: str, text: str) -> None:
        """Put ``text`` on the clipboard, focus the field, press Ctrl+V."""
        command = [sys.executable, str(Path(__file__).with_name("clipboard.py"))]
        with Child(command, self.desktop.env, stdin=text.encode()) as clipboard:
            clipboard.wait_for_text("ready")
            field = self._focused_field(name)
            self.desktop.xdotool("key", "--clearmodifiers", PASTE)
            wait_for(lambda: len(field.text) == len(text), f"the pasted text in {name}")

    def _focused_field(self, name: str) -> Node:
        self.desktop.xdotool("windowactivate", "--sync", self.window_id)
        field = self.find("text", name, lambda node: node.is_usable)
        field.focus()
        wait_for(lambda: field.has(State.FOCUSED), f"the focus in {name}")
        return field

    def item(self, list_name: str, item_name: str) -> Node:
        """A row of the Queue or the Library."""
        return self.find("list", list_name).find("list item", item_name)

    def rows(self, list_name: str) -> list[str]:
        """The names of all rows of a list."""
        nodes = self.find("list", list_name).walk()
        names = []
        for node in nodes:
            try:
                if node.role == "list item":
                    names.append(node.name)
            except Gone:
                continue
        return names

    def close(self) -> None:
        """As the window manager's close button does."""
        self.desktop.xdotool("windowactivate", "--sync", self.window_id)
        self.desktop.xdotool("key", CLOSE)
        code = self.child.wait()
        assert code == 0, self.child.report()


@contextmanager
def open_window(
    desktop: Desktop, *arguments: str | Path, env: Mapping[str, str] | None = None
) -> Iterator[Window]:
    """``kling-desktop`` in a window; whatever happens, the process is gone afterwards."""
    merged = {**desktop.env, **(env or {})}
    with (
        Bus(desktop.env["DBUS_SESSION_BUS_ADDRESS"]) as bus,
        program.start(merged, *arguments) as child,
    ):
        yield Window(desktop, bus, child)
        assert "Traceback" not in child.err, child.report()


def connect(window: Window, token: str) -> None:
    """Open the sheet, paste one token, press its Connect."""
    window.open_connect_sheet()
    window.paste_into("Account token", token)
    buttons = [
        node
        for node in window.app.walk()
        if node.role == "push button" and node.name == "Connect" and node.has(State.SHOWING)
    ]
    buttons[-1].press()  # the sheet lies above the window, and comes after it


@contextmanager
def file_manager(desktop: Desktop, *files: Path, proposes: str = "copy") -> Iterator[Child]:
    """The other window, from which files are dragged; it ``proposes`` "copy" or "move"."""
    script = Path(__file__).with_name("file_manager.py")
    command = [sys.executable, str(script), FILES_AT, proposes, *map(str, files)]
    with Child(command, desktop.env) as child:
        child.wait_for_text("ready")
        yield child


def drag(window: Window, source: Child, tile: str, target: Node) -> None:
    """Drag a tile of the file manager onto ``target``, which takes it.

    The source has to live on until the drop is seen to have arrived: data is fetched from it.
    """
    with _dragged(window, source, tile, target) as seen:
        # A source hears of an answer only after a move: a hand is never quite still either.
        # "move" on the way is no consent: a source that is told so deletes the person's file.
        wait_for(
            lambda: seen("") and _last_answer(source) == "copy",
            "the target's consent to a copy",
            context=source.report,
        )
    wait_for(lambda: _said(source, "dropped copy"), "the drop", context=source.report)


def flick(window: Window, source: Child, tile: str, target: Node) -> None:
    """As ``drag`` by a quick hand, which lets go before ``target`` can have answered."""
    with _dragged(window, source, tile, window.frame) as seen:
        wait_for(lambda: seen("over copy"), "the window's consent", context=source.report)
        x, y = target.center()
        window.desktop.xdotool("mousemove", x, y, "mousemove_relative", 1, 0, "mouseup", 1)
    wait_for(lambda: _said(source, "dropped copy"), "the drop", context=source.report)


def drag_refused(window: Window, source: Child, tile: str, target: Node) -> str:
    """Drag a tile onto ``target``, which refuses it: what the window says while it hovers."""
    overlay = window.find("filler", "Drop")
    with _dragged(window, source, tile, target) as seen:
        # Before its files are known any drag is let in.
        wait_for(
            lambda: seen("") and _last_answer(source) == "ignore" and overlay.has(State.SHOWING),
            "the reason of the refusal",
            context=source.report,
        )
        reason = overlay.description
    wait_for(lambda: _said(source, "dropped ignore"), "the end of the drag", context=source.report)
    return reason


@contextmanager
def _dragged(
    window: Window, source: Child, tile: str, target: Node
) -> Iterator[Callable[[str], bool]]:
    """Within: the button is down and the mouse on the target. Gives "was this said yet?"."""
    xdotool = window.desktop.xdotool
    files = wait_for(lambda: window.bus.application(source.pid), "the file manager")
    start_x, start_y = files.find("label", tile, lambda node: node.has(State.SHOWING)).center()
    end_x, end_y = target.center()
    xdotool("mousemove", "--sync", start_x, start_y)
    xdotool("mousedown", 1)
    source.wait_for_text(f"pressed {tile}")

    def seen(line: str) -> bool:
        xdotool("mousemove_relative", 1, 0)
        xdotool("mousemove_relative", "--", -1, 0)
        return _said(source, line)

    try:
        for step in range(1, DRAG_STEPS + 1):
            x = start_x + (end_x - start_x) * step // DRAG_STEPS
            y = start_y + (end_y - start_y) * step // DRAG_STEPS
            xdotool("mousemove", "--sync", x, y)
        yield seen
    finally:
        xdotool("mouseup", 1)


def _said(source: Child, line: str) -> bool:
    """Whether the source said this since the last press."""
    return line in source.out.rpartition("pressed ")[2]


def _last_answer(source: Child) -> str:
    """What the place under the mouse would do with the drag, as the source was told last."""
    lines = source.out.rpartition("pressed ")[2].splitlines()
    answers = [line for line in lines if line.startswith("over ")]
    return answers[-1].removeprefix("over ") if answers else ""
