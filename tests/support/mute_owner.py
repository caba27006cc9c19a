"""A program that hands something over and does not answer: X11's clipboard, or a drag.

    python mute_owner.py clipboard
    python mute_owner.py drag X,Y

It names "text/uri-list" and "text/plain" to whoever asks what there is, and answers nothing else:
"clipboard mute" not even that. Standard output tells each question, by the kind that was asked for.
A drag comes over the window at that point of the screen with the first SIGUSR1, is let fall with
the second one, and comes over it once more, as another drag, with the third.
"""

from __future__ import annotations

import ctypes
import signal
import sys
import threading
from ctypes import POINTER, byref, c_char_p, c_int, c_long, c_uint, c_ulong, c_void_p

SELECTION_CLEAR, SELECTION_REQUEST, SELECTION_NOTIFY, CLIENT_MESSAGE = 29, 30, 31, 33
XA_ATOM, REPLACE = 4, 0
KINDS = ("text/uri-list", "text/plain")
XDND_VERSION = 5
NEXT = {signal.SIGUSR1}


class SelectionRequest(ctypes.Structure):
    """XSelectionRequestEvent."""

    _fields_ = (
        ("type", c_int),
        ("serial", c_ulong),
        ("send_event", c_int),
        ("display", c_void_p),
        ("owner", c_ulong),
        ("requestor", c_ulong),
        ("selection", c_ulong),
        ("target", c_ulong),
        ("property", c_ulong),
        ("time", c_ulong),
    )


class SelectionNotify(ctypes.Structure):
    """XSelectionEvent."""

    _fields_ = (
        ("type", c_int),
        ("serial", c_ulong),
        ("send_event", c_int),
        ("display", c_void_p),
        ("requestor", c_ulong),
        ("selection", c_ulong),
        ("target", c_ulong),
        ("property", c_ulong),
        ("time", c_ulong),
    )


class ClientMessage(ctypes.Structure):
    """XClientMessageEvent of 32 bits."""

    _fields_ = (
        ("type", c_int),
        ("serial", c_ulong),
        ("send_event", c_int),
        ("display", c_void_p),
        ("window", c_ulong),
        ("message_type", c_ulong),
        ("format", c_int),
        ("data", c_long * 5),
    )


class Event(ctypes.Union):
    _fields_ = (
        ("type", c_int),
        ("request", SelectionRequest),
        ("notify", SelectionNotify),
        ("message", ClientMessage),
        ("pad", c_long * 24),
    )


def library() -> ctypes.CDLL:
    lib = ctypes.CDLL("libX11.so.6")
    lib.XInitThreads.restype = c_int
    lib.XOpenDisplay.restype = c_void_p
    lib.XDefaultRootWindow.restype = lib.XCreateSimpleWindow.restype = c_ulong
    lib.XInternAtom.restype = c_ulong
    lib.XGetAtomName.restype = c_char_p
    lib.XInternAtom.argtypes = [c_void_p, c_char_p, c_int]
    lib.XGetAtomName.argtypes = [c_void_p, c_ulong]
    lib.XDefaultRootWindow.argtypes = [c_void_p]
    lib.XCreateSimpleWindow.argtypes = [
        c_void_p,
        c_ulong,
        *[c_int] * 2,
        *[c_uint] * 3,
        *[c_ulong] * 2,
    ]
    lib.XSetSelectionOwner.argtypes = [c_void_p, *[c_ulong] * 3]
    lib.XChangeProperty.argtypes = [c_void_p, *[c_ulong] * 3, c_int, c_int, c_void_p, c_int]
    lib.XSendEvent.argtypes = [c_void_p, c_ulong, c_int, c_long, POINTER(Event)]
    lib.XNextEvent.argtypes = [c_void_p, POINTER(Event)]
    lib.XFlush.argtypes = [c_void_p]
    lib.XTranslateCoordinates.argtypes = [
        c_void_p, c_ulong, c_ulong, c_int, c_int, POINTER(c_int), POINTER(c_int), POINTER(c_ulong)
    ]  # fmt: skip
    lib.XGetWindowProperty.argtypes = [
        c_void_p, c_ulong, c_ulong, c_long, c_long, c_int, c_ulong, *[c_void_p] * 5
    ]  # fmt: skip
    return lib


class Owner:
    def __init__(self) -> None:
        self.x = library()
        self.x.XInitThreads()
        self.display = c_void_p(self.x.XOpenDisplay(None))
        self.root = self.x.XDefaultRootWindow(self.display)
        self.window = self.x.XCreateSimpleWindow(self.display, self.root, 0, 0, 1, 1, 0, 0, 0)
        self.names_kinds = True

    def atom(self, name: str) -> int:
        return int(self.x.XInternAtom(self.display, name.encode(), 0))

    def own(self, selection: str) -> None:
        self.x.XSetSelectionOwner(self.display, self.atom(selection), self.window, 0)
        self.x.XFlush(self.display)

    def serve(self) -> None:
        event = Event()
        while True:
            self.x.XNextEvent(self.display, byref(event))
            if event.type == SELECTION_REQUEST:
                self._on_request(event.request)

    def _on_request(self, asked: SelectionRequest) -> None:
        name = self.x.XGetAtomName(self.display, asked.target).decode()
        print(f"asked for {name}", flush=True)
        if name == "TARGETS" and self.names_kinds:
            self._put_atoms(asked.requestor, asked.property, KINDS)
            answer = Event()
            answer.notify.type, answer.notify.requestor = SELECTION_NOTIFY, asked.requestor
            answer.notify.selection, answer.notify.target = asked.selection, asked.target
            answer.notify.property, answer.notify.time = asked.property, asked.time
            self.x.XSendEvent(self.display, asked.requestor, 0, 0, byref(answer))
            self.x.XFlush(self.display)

    def _put_atoms(self, window: int, place: int, names: tuple[str, ...]) -> None:
        atoms = (c_ulong * len(names))(*map(self.atom, names))
        self.x.XChangeProperty(self.display, window, place, XA_ATOM, 32, REPLACE, atoms, len(names))


class Drag(Owner):
    """By XDND, version 5."""

    def __init__(self, x: int, y: int) -> None:
        super().__init__()
        self.at_x, self.at_y = x, y
        self.target = self._aware_window(self.root)
        self.own("XdndSelection")

    def over(self) -> None:
        kinds = [self.atom(kind) for kind in KINDS]
        self._send("XdndEnter", XDND_VERSION << 24, *kinds)
        self._position()

    def _position(self) -> None:
        copy = self.atom("XdndActionCopy")
        self._send("XdndPosition", 0, self.at_x << 16 | self.at_y, 0, copy)

    def drop(self) -> None:
        self._send("XdndDrop", 0, 0)

    def _send(self, name: str, *rest: int) -> None:
        event = Event()
        event.message.type, event.message.window = CLIENT_MESSAGE, self.target
        event.message.message_type, event.message.format = self.atom(name), 32
        event.message.data = (c_long * 5)(self.window, *rest)
        self.x.XSendEvent(self.display, self.target, 0, 0, byref(event))
        self.x.XFlush(self.display)

    def _aware_window(self, window: int) -> int:
        """The one at the point that takes drags."""
        x, y, child = c_int(), c_int(), c_ulong()
        while True:
            if self._is_aware(window):
                return window
            self.x.XTranslateCoordinates(
                self.display,
                self.root,
                window,
                self.at_x,
                self.at_y,
                byref(x),
                byref(y),
                byref(child),
            )
            if not child.value:
                raise SystemExit("nothing takes a drag there")
            window = child.value

    def _is_aware(self, window: int) -> bool:
        kind, form, count, after, data = c_ulong(), c_int(), c_ulong(), c_ulong(), c_void_p()
        self.x.XGetWindowProperty(
            self.display, window, self.atom("XdndAware"), 0, 1, 0, 0,
            *map(byref, (kind, form, count, after, data)),
        )  # fmt: skip
        return bool(count.value)


def main() -> None:
    if sys.argv[1] == "drag":
        owner = Drag(*map(int, sys.argv[2].split(",")))
        signal.pthread_sigmask(signal.SIG_BLOCK, NEXT)
        threading.Thread(target=owner.serve, daemon=True).start()
        print("ready", flush=True)
        for act in (owner.over, owner.drop, owner.over):
            signal.sigwait(NEXT)
            act()
        threading.Event().wait()
    owner = Owner()
    owner.names_kinds = sys.argv[2:] != ["mute"]
    owner.own("CLIPBOARD")
    owner.own("PRIMARY")
    print("ready", flush=True)
    owner.serve()


if __name__ == "__main__":
    main()
