"""No method that Qt calls is without its guard, whichever class it is in."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from inspect import unwrap
from types import FunctionType

import pytest
from PySide6.QtCore import QEvent, QObject

import kling_desktop
from kling_desktop.ui import guard

QT = QObject.__bases__[-1]
LEAST = 100  # of the program's classes are made of Qt's, or the walk has lost its way


def classes() -> list[type]:
    """All of the program's that are made of one of Qt's, in every module."""
    for module in pkgutil.walk_packages(kling_desktop.__path__, "kling_desktop."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)

    def made_of(base: type) -> Iterator[type]:
        for made in base.__subclasses__():
            yield made
            yield from made_of(made)

    return sorted(
        {each for each in made_of(QT) if each.__module__.startswith("kling_desktop.")},
        key=lambda each: (each.__module__, each.__qualname__),
    )


def overrides(made: type) -> Iterator[tuple[str, object]]:
    """Name and method, its own, inherited from another class of ours, or mixed in."""
    qts = [each for each in made.__mro__ if each.__module__.startswith(("PySide6.", "Shiboken"))]
    for owner in made.__mro__:
        if owner not in qts and owner is not object:
            for name, method in vars(owner).items():
                qt_has_it = any(callable(vars(qt).get(name)) for qt in qts)
                if qt_has_it and callable(method) and not name.startswith("__"):
                    yield f"{owner.__module__}.{owner.__qualname__}.{name}", method


def test_every_override_of_every_class_is_guarded() -> None:
    found = classes()
    assert len(found) > LEAST
    bare = {
        name
        for made in found
        for name, method in overrides(made)
        if not (isinstance(method, FunctionType) and guard.guarded(method))
    }
    assert not bare


def test_what_qt_gets_instead_is_what_the_override_says_it_returns() -> None:
    """An object of Qt's may be none; all else is a value of the type itself."""
    wrong = []
    for made in classes():
        for name, method in overrides(made):
            assert isinstance(method, FunctionType)
            said = unwrap(method).__annotations__["return"]
            value = guard.instead(method)
            if value is None:
                right = said in ("None", "object", "Any", "QMimeData", "QAccessibleInterface")
            else:
                right = type(value).__name__ == said.rpartition(".")[2].partition("[")[0]
            if not right:
                wrong.append((name, said, value))
    assert not wrong


def test_a_class_that_is_made_tomorrow_is_guarded_and_what_is_mixed_into_it() -> None:
    class Mixed:
        def eventFilter(self, _watched: QObject, _event: QEvent) -> bool:
            raise NotImplementedError

        def own(self) -> None: ...

    class Tomorrow(Mixed, QObject):
        def event(self, _event: QEvent) -> bool:
            raise NotImplementedError

        def own_too(self) -> None: ...

    def is_guarded(owner: type, name: str) -> bool:
        method = vars(owner)[name]
        assert isinstance(method, FunctionType)
        return guard.guarded(method)

    assert is_guarded(Tomorrow, "event")
    assert is_guarded(Mixed, "eventFilter")
    assert not is_guarded(Tomorrow, "own_too")
    assert not is_guarded(Mixed, "own")


@pytest.mark.parametrize("name", ["eventFilter", "paintEvent", "event"])
def test_a_guard_is_put_once(name: str) -> None:
    from kling_desktop.ui.widgets.sheet import Sheet

    class Again(Sheet):
        pass

    before = vars(Sheet)[name]
    guard.guard(Again)
    assert vars(Sheet)[name] is before
    assert unwrap(before).__globals__ is not before.__globals__
