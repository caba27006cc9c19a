"""One guard around every override that Qt calls, put there when its class is made.

WORKAROUND: Shiboken puts "Error calling Python override of …" before the words of an exception that
leaves an override while another one is running. On Python 3.11 what was raised in C has no words
yet, only what they will be made of, and the program ends with a SIGSEGV. So none leaves any more.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from enum import Enum
from functools import wraps
from inspect import CO_VARARGS, CO_VARKEYWORDS, unwrap
from types import FunctionType, MethodDescriptorType, SimpleNamespace
from typing import Any, get_origin, get_type_hints

from PySide6.QtCore import QCoreApplication, QObject, QTimer
from PySide6.QtGui import QValidator

_QT: Any = QObject.__bases__[-1]  # all of Qt's classes stand on it, those that are no QObject too

# Where a value of the type that the override names would mean something else.
_INSTEAD: dict[str, object] = {
    "event": True,  # it may have been handled before the error: nobody else handles it again
    "viewportEvent": True,
    "heightForWidth": -1,  # any height
    "indexOfChild": -1,  # no child
    "validate": QValidator.State.Intermediate,  # it can be typed on, and is not taken yet
}


def _to_excepthook(error: BaseException, _where: str) -> None:
    sys.excepthook(type(error), error, error.__traceback__)


class _Told:
    """Whom the guards tell: ``by(error, where)``."""

    by: Callable[[BaseException, str], object] = staticmethod(_to_excepthook)
    is_due = False  # an event that tells what overflowed


# What is told later, by the override. A plain dict: to put something there takes no more room.
_overflown: dict[FunctionType, BaseException] = {}


def tell(by: Callable[[BaseException, str], object] | None) -> None:
    """Have ``by`` take the errors of overrides; None gives them to ``sys.excepthook`` again."""
    _Told.by = staticmethod(by or _to_excepthook)


def install() -> None:
    """Guard the classes that are made of Qt's from now on."""
    _QT.__init_subclass__ = classmethod(_on_class_made)


def guard(made: type) -> None:
    """Put a guard around each method of ``made``, and of what is mixed into it, that Qt has too."""
    for owner in made.__mro__:
        for name, method in list(vars(owner).items()):
            if isinstance(method, FunctionType) and overrides(made, name) and not guarded(method):
                setattr(owner, name, _guarded(method))


def overrides(made: type, name: str) -> bool:
    """Whether one of Qt's classes that ``made`` is of has a method of this name."""
    return not name.startswith("__") and any(
        isinstance(vars(each).get(name), MethodDescriptorType) for each in made.__mro__
    )


def guarded(method: FunctionType) -> bool:
    return method.__globals__ is globals()


def instead(method: FunctionType) -> object:
    """What Qt gets where ``method`` failed: nothing, an empty value, or no object."""
    if method.__name__ in _INSTEAD:
        return _INSTEAD[method.__name__]
    # The others may name what is imported for the types alone.
    alone = SimpleNamespace(__annotations__={"return": method.__annotations__.get("return")})
    kind = get_type_hints(alone, unwrap(method).__globals__)["return"]
    kind = get_origin(kind) or kind
    if kind is object or not isinstance(kind, type) or issubclass(kind, QObject | type(None)):
        return None
    with suppress(TypeError, NotImplementedError):  # of what has no empty value, none
        return kind(0) if issubclass(kind, Enum) else kind()
    return None


def _on_class_made(made: type, /, **named: object) -> None:
    super(_QT, made).__init_subclass__(**named)
    guard(made)


def _guarded(method: FunctionType) -> Callable[..., object]:
    """With as many arguments: Qt asks how many of a signal's a slot takes."""
    count = _plain_arguments(method)
    without_room = _INSTEAD.get(method.__name__)
    around: Callable[..., object]
    if count == 1:

        def around(self: object) -> object:
            try:
                result = method(self)
            except BaseException as error:
                try:
                    result = _settled(method, error)
                except RecursionError:
                    _overflown[method] = error
                    result = without_room
            if _overflown:
                try:
                    _tell_soon()
                except RecursionError:
                    pass  # the guard around this one has more room
            return result

    elif count == 2:

        def around(self: object, argument: object) -> object:
            try:
                result = method(self, argument)
            except BaseException as error:
                try:
                    result = _settled(method, error)
                except RecursionError:
                    _overflown[method] = error
                    result = without_room
            if _overflown:
                try:
                    _tell_soon()
                except RecursionError:
                    pass  # the guard around this one has more room
            return result

    else:

        def around(*arguments: Any, **named: Any) -> object:
            try:
                result = method(*arguments, **named)
            except BaseException as error:
                try:
                    result = _settled(method, error)
                except RecursionError:
                    _overflown[method] = error
                    result = without_room
            if _overflown:
                try:
                    _tell_soon()
                except RecursionError:
                    pass  # the guard around this one has more room
            return result

    return wraps(method)(around)


def _plain_arguments(method: FunctionType) -> int | None:
    """How many there are; None where some may be left out or added."""
    code = method.__code__
    more = method.__defaults__ or code.co_kwonlyargcount
    is_plain = not more and not code.co_flags & (CO_VARARGS | CO_VARKEYWORDS)
    return code.co_argcount if is_plain else None


def _settled(method: FunctionType, error: BaseException) -> object:
    """Tell of it, and find what Qt gets. RecursionError where there is no room to do that."""
    if isinstance(error, RecursionError):
        _overflown[method] = error
    else:
        _tell(method, error)
    traceback.clear_frames(error.__traceback__)  # a painter that is left there would paint on
    return instead(method)


def _tell(method: FunctionType, error: BaseException) -> None:
    try:
        _Told.by(error, f"in {method.__qualname__}, which Qt called")
    except RecursionError:
        _overflown[method] = error
    except Exception:  # who is told may fail as well
        return


def _tell_soon() -> None:
    """Where a recursion has no end there is no room for telling: the event loop has it."""
    app = QCoreApplication.instance()
    if app is not None and not _Told.is_due:
        QTimer.singleShot(0, app, _tell_overflown)
        _Told.is_due = True


def _tell_overflown() -> None:
    _Told.is_due = False
    waiting = list(_overflown.items())
    _overflown.clear()
    for method, error in waiting:
        with suppress(Exception):
            _Told.by(error, f"in {method.__qualname__}, which Qt called")
        traceback.clear_frames(error.__traceback__)
