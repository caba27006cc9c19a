"""Nothing of a person's file is touched on the window's thread, held by reading the code.

A file that lies in the cloud alone, or on a dead share, answers a ``stat`` late or never.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from test_architecture_rules import PACKAGE, calls, in_every, tree

UI = [*sorted((PACKAGE / "ui").rglob("*.py")), PACKAGE / "app.py"]
ENGINE = sorted((PACKAGE / "engine").rglob("*.py"))

OF_OS_PATH = {
    *("exists", "lexists", "isfile", "isdir", "islink", "ismount", "samefile", "realpath"),
    *("getsize", "getmtime", "getctime"),
}
OF_OS = {"stat", "lstat", "access", "open", "listdir", "scandir", "walk", "makedirs", "mkdir"}
OF_PATH = {
    *("exists", "is_file", "is_dir", "is_symlink", "is_mount", "stat", "lstat", "resolve"),
    *("iterdir", "glob", "rglob", "mkdir", "touch", "samefile", "owner", "readlink"),
    *("read_bytes", "read_text", "write_bytes", "write_text"),
}
OF_QT = {
    *("QFile", "QFileInfo", "QDirIterator", "QFileIconProvider", "QFileSystemModel"),
    *("QFileSystemWatcher", "QImageReader", "QMimeDatabase", "QSaveFile", "QStorageInfo"),
    "QMovie",
}
# Who does it all the same, and why no disk of the person's is waited for.
TOUCHES = {
    "ui/resources.py": "they come with the program",
    "ui/icons.py": "they come with the program",
    "ui/library/posters.py": "the program's own small pictures",
    "ui/compose/painting.py": "the program's own small pictures",
    "ui/desktop.py": "the bin, which the engine calls in a thread",
}


def touches(call: ast.Call, owner: str, name: str) -> bool:
    if owner == "path" and name in OF_OS_PATH:
        return True
    return (owner == "os" and name in OF_OS) or (owner != "os" and name in OF_PATH)


def touched(node: ast.AST) -> Iterator[str]:
    """Calls in it; what is handed to a thread is no call."""
    for each in ast.walk(node):
        if not isinstance(each, ast.Call):
            continue
        name = getattr(each.func, "id", None)
        if name in OF_QT or name == "open":
            yield f"{each.lineno} {ast.unparse(each)}"
        elif isinstance(each.func, ast.Attribute):
            value = each.func.value
            owner = getattr(value, "id", None) or getattr(value, "attr", "")
            if touches(each, str(owner), each.func.attr):
                yield f"{each.lineno} {ast.unparse(each)}"


@in_every(UI)
def test_the_window_touches_no_file(file: Path) -> None:
    found = [f"{file}:{line}" for line in touched(tree(file))]
    assert bool(found) is (file.relative_to(PACKAGE).as_posix() in TOUCHES), found


@in_every(ENGINE)
def test_what_of_the_engine_runs_on_the_loop_touches_no_file(file: Path) -> None:
    """The loop is the window's thread; what blocks is handed to ``workers``."""
    found = [
        f"{file}:{line}"
        for node in ast.walk(tree(file))
        if isinstance(node, ast.AsyncFunctionDef)
        for line in touched(node)
    ]
    assert not found


@in_every(ENGINE)
def test_a_persons_file_is_looked_at_where_a_hung_look_keeps_nobody_else(file: Path) -> None:
    """A pool has a few threads, and a dead share would take them one by one."""
    looks = {"mark_of", "content_of", "check_unchanged", "isfile", "isdir", "file_key", "route"}
    found = [
        f"{file}:{call.lineno} {ast.unparse(call)}"
        for call, _owner, name in calls(file)
        if name == "call" and call.args and ast.unparse(call.args[0]).split(".")[-1] in looks
    ]
    assert not [each for each in found if "steps/saving.py" not in each]


@pytest.mark.parametrize(
    ("code", "is_caught"),
    [
        ("os.path.isfile(path)", True),
        ("Path(path).is_file()", True),
        ("path.stat().st_size", True),
        ("open(path)", True),
        ("QFileInfo(path)", True),
        ("dialog.open()", False),
        ("workers.aside(partial(os.path.isfile, path))", False),
        ("os.path.basename(path)", False),
    ],
)
def test_each_look_sees_what_it_is_for(code: str, is_caught: bool) -> None:
    assert bool(list(touched(ast.parse(code)))) is is_caught
