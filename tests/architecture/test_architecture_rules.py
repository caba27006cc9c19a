"""What architecture.md and craft.md ask of the code, held by reading the code."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path

import pytest
from support.waiting import PATIENCE_S

import kling_desktop

PACKAGE = Path(kling_desktop.__file__).parent
REPOSITORY = PACKAGE.parent
FILES = sorted(PACKAGE.rglob("*.py"))

MAX_FILE_LINES = 450  # craft.md: 100 to 450 lines a file
MAX_FUNCTION_LINES = 60
MAX_LINE_CHARS = 100

# Each library's only users; a folder ends with a slash.
ONLY_IN = {
    "requests": ("remote/", "sandbox/fetch.py"),
    "urllib3": ("remote/",),
    "keyring": ("store/secrets.py",),
    "sqlite3": ("store/journal/",),
    "qasync": ("ui/loop.py",),
    "PySide6": ("ui/", "app.py"),
    "av": ("media/", "sandbox/"),
    "PIL": ("media/", "sandbox/"),
    "pillow_heif": ("media/", "sandbox/"),
    "filelock": ("store/lock.py", "store/marker.py"),
    "platformdirs": ("store/paths.py",),
}
# These run a loop inside the loop: other tasks die silently (architecture.md, "Traps").
NESTED_LOOPS = {
    "exec",
    "exec_",
    "processEvents",
    "waitForFinished",
    "waitForReadyRead",
    "waitForStarted",
}
# QDrag has no other way; it is called from a mouse event, where no task is in the middle of a step.
DRAGS = {"drag.exec"}
STATIC_DIALOGS = {
    "QMessageBox": {"question", "information", "warning", "critical", "about", "aboutQt"},
    "QFileDialog": {
        "getOpenFileName",
        "getOpenFileNames",
        "getOpenFileUrl",
        "getOpenFileUrls",
        "getSaveFileName",
        "getSaveFileUrl",
        "getExistingDirectory",
        "getExistingDirectoryUrl",
        "getOpenFileContent",
    },
    "QInputDialog": {"getText", "getItem", "getInt", "getDouble", "getMultiLineText"},
    "QColorDialog": {"getColor"},
    "QFontDialog": {"getFont"},
}


def in_every(files: Sequence[Path]) -> Callable[[Callable[[Path], None]], Callable[[], None]]:
    """One test of a rule for all these files, which tells each that does not keep it."""

    def rule(check: Callable[[Path], None]) -> Callable[[], None]:
        def test() -> None:
            wrong = []
            for file in files:
                try:
                    check(file)
                except AssertionError as error:
                    wrong.append(f"{file.relative_to(REPOSITORY)}: {error}")
            assert files
            assert wrong == [], "\n".join(wrong)

        test.__name__, test.__doc__, test.__module__ = check.__name__, check.__doc__, __name__
        return test

    return rule


@cache  # tests/architecture/conftest.py empties it
def tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"), str(file))


def calls(file: Path) -> Iterator[tuple[ast.Call, str, str]]:
    """Each call of a method: the call, what it is called on (its last name), and its name."""
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = node.func.value
            name = getattr(owner, "id", None) or getattr(owner, "attr", "")
            yield node, str(name), node.func.attr


def imports(file: Path) -> Iterator[tuple[str, int]]:
    """The first part of each absolute import, with its line."""
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name.split(".")[0], node.lineno
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module.split(".")[0], node.lineno


def test_there_is_code_to_read() -> None:
    assert len(FILES) > 100


def test_the_layers_are_kept() -> None:
    command = [Path(sys.executable).parent / "lint-imports", "--no-cache"]
    ended = subprocess.run(
        command, cwd=REPOSITORY, capture_output=True, text=True, timeout=PATIENCE_S
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr


@in_every(FILES)
def test_no_nested_event_loop(file: Path) -> None:
    found = [
        f"{file}:{call.lineno} {owner}.{name}"
        for call, owner, name in calls(file)
        if (name in NESTED_LOOPS or name in STATIC_DIALOGS.get(owner, set()))
        and f"{owner}.{name}" not in DRAGS
    ]
    assert not found


@in_every(FILES)
def test_each_library_is_used_only_where_it_belongs(file: Path) -> None:
    place = file.relative_to(PACKAGE).as_posix()
    found = [
        f"{file}:{line} imports {name}"
        for name, line in imports(file)
        if name in ONLY_IN and not place.startswith(ONLY_IN[name])
    ]
    assert not found


@in_every(FILES)
def test_every_module_says_what_it_is(file: Path) -> None:
    text = ast.get_docstring(tree(file))
    assert text
    assert len(text) < 2000


@in_every(FILES)
def test_files_and_functions_stay_small(file: Path) -> None:
    assert len(file.read_text(encoding="utf-8").splitlines()) <= MAX_FILE_LINES
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            assert lines <= MAX_FUNCTION_LINES, f"{file}:{node.lineno} {node.name}: {lines} lines"


@in_every(FILES)
def test_no_exception_is_swallowed_whole(file: Path) -> None:
    """``except Exception: pass`` hides our own bugs; a bare ``except`` hides even Ctrl+C."""
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.ExceptHandler):
            whole = node.type is None or getattr(node.type, "id", "") in (
                "Exception",
                "BaseException",
            )
            silent = all(isinstance(each, ast.Pass) for each in node.body)
            assert not (whole and silent), f"{file}:{node.lineno}"
            assert node.type is not None, f"{file}:{node.lineno}"


def foreign_names(module: ast.Module) -> set[str]:
    """What this module calls things of other packages than Python's own and ours."""
    ours = sys.stdlib_module_names | {"kling_desktop"}
    names = set()
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            imported = [(alias.name, alias) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            imported = [(node.module or "", alias) for alias in node.names]
        else:
            continue
        names |= {
            (alias.asname or alias.name).split(".")[0]
            for place, alias in imported
            if place.split(".")[0] not in ours
        }
    return names


TESTS = sorted((REPOSITORY / "tests").rglob("*.py"))


@in_every(FILES + TESTS)
def test_a_foreign_exception_is_imported_by_its_own_name(file: Path) -> None:
    """With PySide6 6.12 on Python 3.15 ``package.Error`` is no class where the package imports its
    Error lazily: ``except`` fails with a TypeError, and only when there is something to catch."""
    module = tree(file)
    caught = [n.type for n in ast.walk(module) if isinstance(n, ast.ExceptHandler) and n.type]
    dotted = [n for each in caught for n in ast.walk(each) if isinstance(n, ast.Attribute)]
    foreign = foreign_names(module)
    found = [
        f"{file}:{each.lineno} {ast.unparse(each)}"
        for each in dotted
        if ast.unparse(each).split(".")[0] in foreign
    ]
    assert not found


@in_every(FILES)
def test_nothing_is_left_to_do(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert not [word for word in ("TODO", "FIXME", "XXX", "HACK") if word in text]


# Who opens a file without looking what it is, and why none can be waiting there.
OPENS_UNSEEN = {
    "plain_file.py": "it is the one that looks",
    "durable.py": "a folder, to sync it",
    "command/streams.py": "the null device",
    "store/secrets.py": "the system's own, of a process",
    "ui/icons.py": "they come with the program",
    "moving.py": "makes it, or fails",
    "media/placing.py": "makes it, or fails",
    "command/place.py": "makes it, or fails",
    "sandbox/render.py": "in a child, which is ended, from its own new folder",
}


DECODERS = ("Image", "av")


def opens_unseen(call: ast.Call) -> bool:
    """``open`` without an opener, ``os.open``, ``….open("rb")``, and what reads a whole file.

    A decoder is given a file that is open, never a name.
    """
    name = getattr(call.func, "id", None) or getattr(call.func, "attr", "")
    owner = getattr(getattr(call.func, "value", None), "id", "")
    if name != "open":
        return name in ("read_bytes", "read_text")
    if owner in DECODERS:
        written = any(getattr(each, "value", "") == "w" for each in call.args)
        return not written and ast.unparse(call.args[0]) != "file"
    mode = call.args[0].value if call.args and isinstance(call.args[0], ast.Constant) else ""
    is_file = isinstance(call.func, ast.Name) or owner == "os" or mode in ("r", "rb", "r+b", "a")
    return is_file and not any(word.arg == "opener" for word in call.keywords)


@in_every(FILES)
def test_a_file_is_opened_only_after_a_look_at_what_it_is(file: Path) -> None:
    """A pipe in its place would hang the program, a device or gigabytes fill the memory."""
    found = [
        f"{file}:{node.lineno} {ast.unparse(node)}"
        for node in ast.walk(tree(file))
        if isinstance(node, ast.Call) and opens_unseen(node)
    ]
    assert bool(found) is (file.relative_to(PACKAGE).as_posix() in OPENS_UNSEEN), found


# Who renames or removes files by itself, and why none of them is a person's video.
MOVES_ITSELF = {
    "moving.py": "it is the one that is patient",
    "media/cache.py": "the helper's own pictures, which are made again",
    "store/lock.py": "the note beside its own lock",
    "store/aside.py": "its own file",
    "store/files.py": "small files, on the window's thread, too: it cannot wait there",
    "store/journal/opening.py": "the journal, which has retries of its own",
    "store/journal/place.py": "the journal, which is tried again every few seconds",
    "store/journal/rebuild.py": "the journal, which has retries of its own",
    "sandbox/files.py": "the stand-in's own",
    "sandbox/render.py": "the stand-in's own",
    "sandbox/tasks.py": "the stand-in's own",
    "sandbox/worker.py": "the stand-in's own",
}
MOVES = {"os": {"replace", "rename", "renames", "link", "remove", "unlink"}, "shutil": {"move"}}


def moves_a_file(call: ast.Call, owner: str, name: str) -> bool:
    """The system's calls and those of a Path, whose ``replace`` has one argument."""
    if owner in MOVES:
        return name in MOVES[owner]
    return name in ("rename", "unlink") or (
        name == "replace" and len(call.args) == 1 and not call.keywords
    )


@in_every(FILES)
def test_files_are_renamed_and_removed_in_one_place_which_is_patient(file: Path) -> None:
    """A virus scanner or a sync client that has a video open for a moment loses none."""
    found = [
        f"{file}:{call.lineno} {owner}.{name}"
        for call, owner, name in calls(file)
        if moves_a_file(call, owner, name)
    ]
    assert bool(found) is (file.relative_to(PACKAGE).as_posix() in MOVES_ITSELF), found


ROOMS_WITHOUT_SENTENCES = ("motion", "remote", "media", "engine")
# Said to programmers: raised on our own mistakes, never shown to a person.
FOR_PROGRAMMERS = {
    "ValueError",
    "TypeError",
    "RuntimeError",
    "AssertionError",
    "KeyError",
    "RuleError",
    "LookupError",
    "NotImplementedError",
}


def logged_or_raised(module: ast.Module) -> set[int]:
    """Texts inside docstrings, log calls and errors for programmers."""
    aside: set[int] = set()
    for node in ast.walk(module):
        if isinstance(node, ast.Expr):  # docstrings
            aside.add(id(node.value))
        spoken = isinstance(node, ast.Call) and (
            getattr(node.func, "id", "") in FOR_PROGRAMMERS
            or getattr(getattr(node.func, "value", None), "id", "") in ("_log", "log", "logging")
        )
        if spoken or isinstance(node, ast.Assert):
            aside |= {id(each) for each in ast.walk(node)}
    return aside


def is_sentence(text: str) -> bool:
    """A capital, several words and a full stop."""
    ends = text.rstrip().endswith((".", "…", "!", "?"))
    return ends and text[:1].isupper() and text.count(" ") > 2


@pytest.mark.parametrize("room", ROOMS_WITHOUT_SENTENCES)
def test_no_sentence_for_people_stands_below_the_words(room: str) -> None:
    found = []
    for file in sorted((PACKAGE / room).rglob("*.py")):
        module = tree(file)
        aside = logged_or_raised(module)
        for node in ast.walk(module):
            if id(node) in aside or not isinstance(node, ast.Constant):
                continue
            text = node.value
            if isinstance(text, str) and is_sentence(text):
                found.append(f"{file}:{node.lineno} {text!r}")
    assert not found
