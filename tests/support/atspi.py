"""Driving a program as a screen reader would: AT-SPI over D-Bus.

A node is found by its role and its accessible name. Roles are Qt's words for them: "frame",
"push button", "text", "radio button", "check box", "combo box", "list", "list item".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from types import TracebackType
from typing import Any

from jeepney import DBusAddress, MessageType, new_method_call
from jeepney.io.blocking import DBusConnection, open_dbus_connection

from support.waiting import PATIENCE_S, wait_for

_ATSPI = "org.a11y.atspi."
_ROOT_PATH = "/org/a11y/atspi/accessible/root"
_REGISTRY = "org.a11y.atspi.Registry"
_SCREEN_COORDINATES = 0


class State(IntEnum):
    """Bits of AT-SPI's state set, those that tests ask for (atspi-constants.h)."""

    CHECKED = 4
    ENABLED = 8
    FOCUSED = 12
    SELECTED = 23
    SENSITIVE = 24
    SHOWING = 25


class Gone(Exception):
    """The node went away while it was asked, or does not understand the question."""


class Bus:
    """The accessibility bus of a desktop."""

    def __init__(self, session_address: str) -> None:
        with open_dbus_connection(session_address) as session:
            self._connection = session
            (address,) = self.call("org.a11y.Bus", "/org/a11y/bus", "org.a11y.Bus", "GetAddress")
        self._connection: DBusConnection = open_dbus_connection(address)

    def call(
        self, name: str, path: str, interface: str, method: str, signature: str = "", *body: object
    ) -> tuple[Any, ...]:
        """The reply's values. Raises Gone for an error or no answer in time."""
        address = DBusAddress(path, bus_name=name, interface=interface)
        message = new_method_call(address, method, signature or None, body)
        try:
            reply = self._connection.send_and_get_reply(message, timeout=PATIENCE_S)
        except TimeoutError as error:
            raise Gone(f"{method}: no answer") from error
        if reply.header.message_type is MessageType.error:
            raise Gone(f"{method}: {reply.body}")
        return tuple(reply.body)

    def application(self, pid: int) -> Node | None:
        """The program with this process id; None until it has come."""
        registry = Node(self, _REGISTRY, _ROOT_PATH)
        for node in registry.children():
            try:
                (found,) = self.call(
                    "org.freedesktop.DBus",
                    "/org/freedesktop/DBus",
                    "org.freedesktop.DBus",
                    "GetConnectionUnixProcessID",
                    "s",
                    node.bus_name,
                )
            except Gone:
                continue
            if found == pid:
                return node
        return None

    def __enter__(self) -> Bus:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._connection.close()


@dataclass(frozen=True)
class Node:
    """One accessible object; every question goes over the bus. All may raise Gone."""

    bus: Bus
    bus_name: str
    path: str

    def _call(self, interface: str, method: str, signature: str = "", *body: object) -> Any:
        reply = self.bus.call(
            self.bus_name, self.path, _ATSPI + interface, method, signature, *body
        )
        return reply[0] if reply else None

    def _property(self, interface: str, name: str) -> Any:
        (variant,) = self.bus.call(
            self.bus_name,
            self.path,
            "org.freedesktop.DBus.Properties",
            "Get",
            "ss",
            _ATSPI + interface,
            name,
        )
        return variant[1]

    @property
    def role(self) -> str:
        return str(self._call("Accessible", "GetRoleName"))

    @property
    def name(self) -> str:
        return str(self._property("Accessible", "Name"))

    @property
    def description(self) -> str:
        return str(self._property("Accessible", "Description"))

    def children(self) -> list[Node]:
        found = self._call("Accessible", "GetChildren")
        return [Node(self.bus, name, path) for name, path in found]

    def has(self, state: State) -> bool:
        low, high = self._call("Accessible", "GetState")
        return bool((low | high << 32) >> state & 1)

    @property
    def is_usable(self) -> bool:
        """Shown, and not disabled."""
        return self.has(State.SHOWING) and self.has(State.ENABLED)

    @property
    def text(self) -> str:
        """What a text field holds."""
        return str(self._call("Text", "GetText", "ii", 0, -1))

    def set_text(self, text: str) -> None:
        """Replace what a text field holds."""
        self._call("EditableText", "SetTextContents", "s", text)

    @property
    def value(self) -> float:
        """Where a slider or a progress bar stands."""
        return float(self._property("Value", "CurrentValue"))

    def act(self, action: str) -> None:
        """Do the action of this name, for example "Press". Raises Gone where there is none."""
        names = [name for name, _, _ in self._call("Action", "GetActions")]
        if action not in names:
            raise Gone(f"{self.name!r} offers {names}, not {action!r}")
        self._call("Action", "DoAction", "i", names.index(action))

    def press(self) -> None:
        self.act("Press")

    def focus(self) -> None:
        self._call("Component", "GrabFocus")

    def extents(self) -> tuple[int, int, int, int]:
        """x, y, width, height in pixels of the screen."""
        x, y, width, height = self._call("Component", "GetExtents", "u", _SCREEN_COORDINATES)
        return x, y, width, height

    def center(self) -> tuple[int, int]:
        x, y, width, height = self.extents()
        return x + width // 2, y + height // 2

    def walk(self) -> Iterator[Node]:
        """Everything below that can still be asked, depth first."""
        try:
            children = self.children()
        except Gone:
            return
        for child in children:
            yield child
            yield from child.walk()

    def look(
        self, role: str, name: str, condition: Callable[[Node], bool] | None = None
    ) -> Node | None:
        """The first of this role and name below; a name that ends in … may go on after it."""
        for node in self.walk():
            try:
                fitting = fits(name, node.name) and node.role == role
                if fitting and (condition is None or condition(node)):
                    return node
            except Gone:
                continue
        return None

    def find(
        self,
        role: str,
        name: str,
        condition: Callable[[Node], bool] | None = None,
    ) -> Node:
        """As ``look``, waited for. Raises NotSeen with all that is there instead."""
        return wait_for(
            lambda: self.look(role, name, condition),
            f"{role} {name!r}",
            context=self.outline,
        )

    def outline(self, depth: int = 0) -> str:
        """All that is shown below, one line each, for a failed assertion."""
        lines = []
        try:
            if self.name or not depth:
                lines.append(f"{'  ' * depth}{self.role} {self.name!r}")
            lines += [child.outline(depth + 1) for child in self.children()]
        except Gone as error:
            lines.append(f"{'  ' * depth}({error})")
        return "\n".join(line for line in lines if line)


def fits(wanted: str, name: str) -> bool:
    """Whether a name is the wanted one; ``Generate…`` fits every name that starts so."""
    return name.startswith(wanted[:-1]) if wanted.endswith("…") else name == wanted
