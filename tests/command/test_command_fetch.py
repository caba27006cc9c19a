"""``kling-desktop fetch``: from a shell, and beside a program that has the library."""

from __future__ import annotations

from pathlib import Path

from command_line import Shell
from side_by_side import Folder


def test_a_video_whose_file_was_lost_is_fetched_to_where_it_is_wanted(
    shell: Shell, picture: Path, clip: Path, tmp_path: Path
) -> None:
    made = shell.run("generate", "--sandbox", "--json", "--image", picture, "--video", clip)
    (job,) = made.objects
    whole, target = Path(job["path"]).read_bytes(), tmp_path / "again.mp4"
    Path(job["path"]).unlink()
    begin = job["job_id"][:8].upper()
    ended = shell.run("fetch", begin, "--sandbox", "--json", "--output", target)
    assert ended.code == 0, ended
    (fetched,) = ended.objects
    assert (fetched["job_id"], fetched["path"]) == (job["job_id"], str(target))
    assert target.read_bytes() == whole
    taken = shell.run("fetch", begin, "--sandbox", "--json", "--output", target)
    assert (taken.code, taken.error["code"]) == (2, "output_exists")
    assert target.read_bytes() == whole
    plain = shell.run("fetch", begin, "--sandbox", "--output", tmp_path / "third.mp4")
    assert (plain.code, plain.out) == (0, f"{tmp_path / 'third.mp4'}\n")


def test_what_has_no_finished_video_is_not_fetched(shell: Shell, picture: Path, clip: Path) -> None:
    refused = shell.run(
        *("generate", "--sandbox", "--json", "--prompt", "[bad settings]"),
        *("--image", picture, "--video", clip),
    )
    (job,) = refused.objects
    ended = shell.run("fetch", job["job_id"], "--sandbox", "--json")
    assert (ended.code, ended.error["code"]) == (2, "nothing_to_fetch")
    ended = shell.run("fetch", "ffff", "--sandbox", "--json")
    assert (ended.code, ended.error["code"]) == (2, "no_such_job")


def test_an_open_window_fetches_it(folder: Folder, tmp_path: Path) -> None:
    with folder.generate("once") as child:
        made = folder.saves("once", child)
    target = tmp_path / "there.mp4"
    with (
        folder.window(),
        folder.command("fetch", made["job_id"], "--output", str(target)) as child,
    ):
        (job,) = folder.ended(child, 0)
    assert job["path"] == str(target)
    assert target.stat().st_size > 0
    assert len(folder.tasks("once")) == 1
