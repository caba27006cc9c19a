"""Other programs are asked in one place, which asks once: ``ui/handed``."""

from __future__ import annotations

import ast
from pathlib import Path

from test_architecture_rules import PACKAGE, calls, in_every, tree

FILES = sorted((PACKAGE / "ui").rglob("*.py"))
ASKS = {"ui/handed.py": "it asks"}
# What asks a program behind a QMimeData or the clipboard. Its list of kinds is no question in a
# drag, where it was announced.
QUESTIONS = {"urls", "text", "html", "imageData", "data", "pixmap", "image", "retrieveData"}
OWN_LINE = {"ui/widgets/line_edit.py": "it is the one that asks once"}


def is_question(call: ast.Call, name: str) -> bool:
    assert isinstance(call.func, ast.Attribute)
    owner = ast.unparse(call.func.value)
    if name == "mimeData" and "clipboard()" in owner:
        return True
    is_board = owner.endswith(("clipboard()", "board")) and "clipboard().handed" not in owner
    is_mime = owner.endswith(("mimeData()", "mime", "_mime", "source"))
    return name in QUESTIONS and (is_board or is_mime)


@in_every(FILES)
def test_another_program_is_asked_in_one_place(file: Path) -> None:
    found = [
        f"{file}:{call.lineno}" for call, _owner, name in calls(file) if is_question(call, name)
    ]
    assert bool(found) is (file.relative_to(PACKAGE).as_posix() in ASKS), found


@in_every(FILES)
def test_no_line_is_qts_own(file: Path) -> None:
    """Its paste and its context menu ask the clipboard, twice each."""
    made = [
        node
        for node in ast.walk(tree(file))
        if (isinstance(node, ast.Call) and getattr(node.func, "id", "") == "QLineEdit")
        or (
            isinstance(node, ast.ClassDef)
            and any(getattr(base, "id", "") == "QLineEdit" for base in node.bases)
        )
    ]
    assert bool(made) is (file.relative_to(PACKAGE).as_posix() in OWN_LINE), file


@in_every(FILES)
def test_no_number_field_keeps_qts_line(file: Path) -> None:
    made = [
        node
        for node in ast.walk(tree(file))
        if isinstance(node, ast.ClassDef)
        and any(getattr(base, "id", "") in ("QSpinBox", "QDoubleSpinBox") for base in node.bases)
    ]
    for spin in made:
        assert "_give_line(self)" in ast.unparse(spin)
        assert "contextMenuEvent" in ast.unparse(spin)
