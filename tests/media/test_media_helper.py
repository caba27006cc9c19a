"""The helper process itself: bad files, odd names, crashes, hangs, and the cache folder."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
from media_makers import four_corners, large_png, make_clip, photograph
from psutil import NoSuchProcess
from support.waiting import PATIENCE_S

from kling_desktop.media import helper as helper_module
from kling_desktop.media.errors import MediaError
from kling_desktop.media.helper import FittedImage, MediaHelper

ALL_CALLS: dict[str, Callable[[MediaHelper, str], object]] = {
    "probe": lambda h, p: h.probe(p),
    "probe_image": lambda h, p: h.probe_image(p),
    "probe_video": lambda h, p: h.probe_video(p),
    "verify_video": lambda h, p: h.verify_video(p),
    "fit_image": lambda h, p: h.fit_image(p),
    "thumbnail": lambda h, p: h.thumbnail(p, width_px=64, height_px=64),
    "frame": lambda h, p: h.frame(p, at_s=0, max_px=64),
}
each_call = pytest.mark.parametrize("call", ALL_CALLS.values(), ids=ALL_CALLS)
posix_only = pytest.mark.skipif(os.name != "posix", reason="POSIX file names and signals")
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@pytest.fixture
def worker_thread():
    with ThreadPoolExecutor(1) as pool:
        yield pool


def _wait_until_open(pid: int, path: str, call: Future) -> None:
    """Return while the child has the file open, so that it is in the middle of the call."""
    child = psutil.Process(pid)
    pause = threading.Event()
    while not any(opened.path == path for opened in child.open_files()):
        assert not call.done(), call
        pause.wait(0.005)


@each_call
def test_missing_file(shared_helper, code_of, tmp_path, call):
    assert code_of(call, shared_helper, str(tmp_path / "nothing.png")) == "missing"
    assert code_of(call, shared_helper, str(tmp_path / "no" / "folder.mp4")) == "missing"
    assert code_of(call, shared_helper, "/a/na\0me.png") == "missing"
    assert code_of(call, shared_helper, str(tmp_path / ("x" * 300))) == "missing"


@each_call
def test_directory(shared_helper, code_of, tmp_path, call):
    assert code_of(call, shared_helper, str(tmp_path)) == "is_directory"


@each_call
def test_empty_file(shared_helper, code_of, tmp_path, call):
    path = tmp_path / "empty.mp4"
    path.touch()
    assert code_of(call, shared_helper, str(path)) == "empty"


@posix_only
@each_call
def test_pipe_is_not_waited_for(shared_helper, code_of, tmp_path, call):
    path = tmp_path / "pipe.mp4"
    os.mkfifo(path)
    assert code_of(call, shared_helper, str(path)) == "unreadable"


@each_call
def test_file_without_permission(shared_helper, code_of, tmp_path, call):
    path = tmp_path / "locked.png"
    four_corners().save(path)
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("this user may read everything")
    assert code_of(call, shared_helper, str(path)) == "refused"


@posix_only
def test_dangling_link_is_missing(shared_helper, code_of, tmp_path):
    path = tmp_path / "link.png"
    path.symlink_to(tmp_path / "gone.png")
    assert code_of(shared_helper.probe, str(path)) == "missing"


ODD_NAMES = [
    "with spaces and 'single' quotes",
    "émoji 🕺🏽💃",
    "שלום عربى",
    "%s {0} $HOME `id` ;&|",
    "-i",
    "http:www",
    "n" * 251,
    "€" * 83,  # three bytes each: 249
]
if os.name == "posix":
    ODD_NAMES += [
        'double "quotes" \\ back',
        "line\nbreak\ttab",
        os.fsdecode(b"\xff\xfe latin \xe9"),
    ]


@pytest.mark.parametrize("stem", ODD_NAMES)
def test_odd_names_work_everywhere(shared_helper, tmp_path, stem):
    picture, clip = str(tmp_path / f"{stem}.png"), str(tmp_path / f"{stem}.mp4")
    made = tmp_path / "made.mp4"
    make_clip(made)
    os.rename(made, clip)
    with open(picture, "wb") as file:
        photograph().save(file, "PNG")
    assert shared_helper.probe(picture).format == "png"
    assert shared_helper.fit_image(picture).path == picture
    assert shared_helper.probe(clip).container == "mp4"
    assert shared_helper.verify_video(clip).frame_count == 10
    for path in (picture, clip):
        assert os.path.isfile(shared_helper.thumbnail(path, width_px=64, height_px=64))


@posix_only
def test_error_names_the_file_as_it_was_given(shared_helper, tmp_path):
    path = os.fsdecode(os.fsencode(tmp_path) + b"/\xff.png")
    with pytest.raises(MediaError) as caught:
        shared_helper.probe(path)
    assert (caught.value.code, caught.value.path) == ("missing", path)


def test_relative_path_is_taken_from_the_parents_folder(own_helper, tmp_path, monkeypatch):
    photograph().save(tmp_path / "near.png")
    own_helper.probe(str(tmp_path / "near.png"))  # the child was started elsewhere
    monkeypatch.chdir(tmp_path)
    assert own_helper.fit_image("near.png").path == str(tmp_path / "near.png")


def test_importing_the_parents_side_imports_no_decoder():
    program = (
        "import sys, kling_desktop.media.helper, kling_desktop.media.sniff;"
        "sys.exit(any(m.split('.')[0] in ('av', 'PIL', 'pillow_heif') for m in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_child_is_started_on_first_use_and_reused(own_helper, tmp_path):
    photograph().save(tmp_path / "a.png")
    assert own_helper.pid is None
    own_helper.probe(str(tmp_path / "a.png"))
    first = own_helper.pid
    own_helper.probe(str(tmp_path / "a.png"))
    assert own_helper.pid == first is not None


def test_calls_from_many_threads_queue_up(own_helper, tmp_path):
    paths = []
    for number in range(12):
        path = tmp_path / f"{number}.png"
        photograph(100 + number, 50).save(path)
        paths.append(str(path))
    with ThreadPoolExecutor(6) as pool:
        widths = [facts.width_px for facts in pool.map(own_helper.probe_image, paths)]
    assert widths == [100 + number for number in range(12)]


def test_crash_in_the_middle_is_told_once_and_the_next_call_works(
    own_helper, worker_thread, slow_picture, tmp_path
):
    small = str(tmp_path / "small.png")
    photograph().save(small)
    own_helper.probe(small)
    first = own_helper.pid
    call = worker_thread.submit(own_helper.fit_image, slow_picture)
    _wait_until_open(first, slow_picture, call)
    psutil.Process(first).kill()
    with pytest.raises(MediaError) as caught:
        call.result()
    assert (caught.value.code, caught.value.path) == ("helper_crashed", slow_picture)
    assert own_helper.probe(small).format == "png"
    assert own_helper.pid != first


def test_child_that_died_while_idle_is_replaced_without_a_word(own_helper, tmp_path):
    small = str(tmp_path / "small.png")
    photograph().save(small)
    own_helper.probe(small)
    psutil.Process(own_helper.pid).kill()
    assert own_helper.probe(small).format == "png"


def test_hang_is_ended_and_the_next_call_works(own_helper, code_of, slow_picture, monkeypatch):
    monkeypatch.setattr(helper_module, "FIT_LIMIT_S", 0.05)
    assert code_of(own_helper.fit_image, slow_picture) == "helper_timeout"
    assert own_helper.probe_image(slow_picture).width_px == 10_000


def test_stop_ends_a_fit(own_helper, worker_thread, slow_picture):
    own_helper.probe(slow_picture)
    stop = threading.Event()
    call = worker_thread.submit(own_helper.fit_image, slow_picture, stop=stop)
    _wait_until_open(own_helper.pid, slow_picture, call)
    stop.set()
    with pytest.raises(MediaError) as caught:
        call.result()
    assert caught.value.code == "cancelled"
    assert isinstance(own_helper.fit_image(slow_picture, stop=threading.Event()), FittedImage)


def test_stop_that_is_set_already_starts_nothing(own_helper, code_of, slow_picture):
    stop = threading.Event()
    stop.set()
    assert code_of(own_helper.fit_image, slow_picture, stop=stop) == "cancelled"
    assert own_helper.pid is None


def test_close_ends_the_child_and_a_call_under_way(own_helper, worker_thread, slow_picture):
    own_helper.probe(slow_picture)
    pid = own_helper.pid
    call = worker_thread.submit(own_helper.fit_image, slow_picture)
    _wait_until_open(pid, slow_picture, call)
    own_helper.close()
    assert not psutil.pid_exists(pid)
    with pytest.raises(MediaError) as caught:
        call.result()
    assert caught.value.code == "cancelled"
    with pytest.raises(MediaError) as caught:
        own_helper.probe(slow_picture)
    assert caught.value.code == "cancelled"


def test_close_twice_and_unused_is_fine(tmp_path):
    helper = MediaHelper(tmp_path)
    helper.close()
    helper.close()


@posix_only
def test_child_is_deaf_to_ctrl_c_and_in_a_group_of_its_own(own_helper, tmp_path):
    import signal

    photograph().save(tmp_path / "a.png")
    own_helper.probe(str(tmp_path / "a.png"))
    pid = own_helper.pid
    assert os.getpgid(pid) != os.getpgid(0)
    os.kill(pid, signal.SIGINT)
    own_helper.probe(str(tmp_path / "a.png"))
    assert own_helper.pid == pid


def test_child_leaves_when_its_parent_is_gone(tmp_path):
    """A parent that ends without ``close``, as after a crash, leaves no child behind."""
    photograph().save(tmp_path / "a.png")
    program = (
        "import os, pathlib, sys; from kling_desktop.media.helper import MediaHelper\n"
        "helper = MediaHelper(pathlib.Path(sys.argv[1]))\n"
        "helper.probe(sys.argv[2]); print(helper.pid, flush=True); os._exit(1)"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "cache"), str(tmp_path / "a.png")]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    pid = int(ended.stdout)
    try:
        psutil.Process(pid).wait(timeout=PATIENCE_S)
    except NoSuchProcess:
        pass
    assert not psutil.pid_exists(pid)


@linux_only
def test_childs_memory_is_bounded_and_it_never_dumps_core(own_helper, tmp_path):
    photograph().save(tmp_path / "a.png")
    own_helper.probe(str(tmp_path / "a.png"))
    limits = Path(f"/proc/{own_helper.pid}/limits").read_text().splitlines()
    values = {line[:26].strip(): line[26:].split()[0] for line in limits}
    assert values["Max address space"] == str(3 * 1024**3)
    assert values["Max core file size"] == "0"


@linux_only
def test_child_gets_no_tokens(own_helper, tmp_path, monkeypatch):
    monkeypatch.setenv("ACEDATACLOUD_API_TOKEN", "0123456789abcdef0123456789abcdef")
    photograph().save(tmp_path / "a.png")
    own_helper.probe(str(tmp_path / "a.png"))
    assert b"ACEDATACLOUD" not in Path(f"/proc/{own_helper.pid}/environ").read_bytes()


def test_file_in_the_working_folder_is_not_taken_for_a_library(tmp_path, monkeypatch):
    (tmp_path / "av.py").write_text("raise SystemExit('the wrong av')")
    (tmp_path / "PIL.py").write_text("raise SystemExit('the wrong PIL')")
    photograph().save(tmp_path / "a.png")
    monkeypatch.chdir(tmp_path)
    with MediaHelper(tmp_path / "cache") as helper:
        assert helper.probe("a.png").format == "png"


def test_nothing_of_the_decoders_noise_is_printed(own_helper, code_of, tmp_path, capfd):
    path = tmp_path / "cut.mp4"
    make_clip(path, frames=[photograph(640, 360)] * 10, options={"movflags": "faststart"})
    path.write_bytes(path.read_bytes()[:-2000])
    capfd.readouterr()  # what the encoder said
    assert code_of(own_helper.probe_video, str(path)) == "truncated"
    assert capfd.readouterr() == ("", "")


def test_cache_folder_that_cannot_be_made_is_named(code_of, tmp_path):
    (tmp_path / "cache").write_text("a file where a folder belongs")
    large_png(tmp_path / "a.png", 300)
    with MediaHelper(tmp_path / "cache") as helper, pytest.raises(MediaError) as caught:
        helper.thumbnail(str(tmp_path / "a.png"), width_px=64, height_px=64)
    assert (caught.value.code, caught.value.path) == ("unwritable", str(tmp_path / "cache"))


def test_cache_is_for_its_owner_only_and_leaves_no_halves(own_helper, tmp_path):
    photograph().save(tmp_path / "a.png")
    still = own_helper.thumbnail(str(tmp_path / "a.png"), width_px=64, height_px=64)
    if os.name == "posix":
        assert os.stat(still).st_mode & 0o077 == 0
    assert os.listdir(Path(still).parent) == [os.path.basename(still)]
