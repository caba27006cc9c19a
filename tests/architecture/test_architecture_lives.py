"""Nothing keeps a widget beyond its life: what Qt has for that is used, and nothing beside it."""

from __future__ import annotations

import ast
from pathlib import Path

from test_architecture_rules import PACKAGE, calls, imports, in_every, tree

FILES = sorted((PACKAGE / "ui").rglob("*.py"))


@in_every(FILES)
def test_what_is_done_later_ends_with_whoever_it_is_done_to(file: Path) -> None:
    """Between the time and the call stands the object that the call dies with."""
    found = [
        f"{file}:{call.lineno}"
        for call, owner, name in calls(file)
        if (owner, name) == ("QTimer", "singleShot") and len(call.args) != 3
    ]
    assert not found


@in_every(FILES)
def test_nobody_asks_python_whether_a_widget_is_gone(file: Path) -> None:
    """It knows of those alone that it made; ``ui/held`` is told by Qt."""
    found = [f"{file}:{line}" for name, line in imports(file) if name.startswith("shiboken")]
    assert not found


@in_every(FILES)
def test_touching_what_is_gone_is_mended_and_not_caught(file: Path) -> None:
    found = [
        f"{file}:{node.lineno}"
        for node in ast.walk(tree(file))
        if isinstance(node, ast.ExceptHandler)
        and node.type is not None
        and "RuntimeError" in {n.id for n in ast.walk(node.type) if isinstance(n, ast.Name)}
    ]
    assert not found


@in_every(FILES)
def test_a_dialog_menu_or_timer_has_its_parent_from_the_start(file: Path) -> None:
    """What has none lives as long as somebody remembers it."""
    found = [
        f"{file}:{node.lineno}"
        for node in ast.walk(tree(file))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ("FileDialog", "QMenu", "QTimer", "QVariantAnimation")
        and not (node.args or node.keywords)
    ]
    assert not found
