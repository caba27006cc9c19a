"""The command line, end to end: real processes, real HTTP, no display, no Qt."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from support.desktop import clean_environment
from support.processes import Child
from support.program import (
    WITHOUT_QT,
    SandboxFolder,
    Served,
    files_holding,
    start,
)
from support.waiting import wait_for


@dataclass(frozen=True)
class Run:
    """One data folder and how to run commands on its sandbox."""

    env: dict[str, str]
    data_dir: Path
    inputs: Path

    @property
    def sandbox(self) -> SandboxFolder:
        return SandboxFolder(self.data_dir)

    def start_generate(self, *more: str) -> Child:
        """``generate`` on the embedded sandbox, in JSON."""
        return self.start_command("generate", *self.files, "--sandbox", "--json", *more)

    def start_command(self, *arguments: str) -> Child:
        return start(self.env, *arguments, "--data-dir", self.data_dir)

    @property
    def files(self) -> tuple[str, ...]:
        image, video = self.inputs / "figure.png", self.inputs / "dance.mp4"
        return "--image", str(image), "--video", str(video)

    def finish(self, *arguments: str) -> tuple[int, list[dict[str, Any]], Child]:
        """Run a command with ``--json`` to its end: exit code, objects, and the ended child."""
        with self.start_command(*arguments, "--json") as child:
            code = child.wait()
        return code, objects(child), child

    def generate(self, *more: str) -> tuple[int, dict[str, Any], Child]:
        with self.start_generate(*more) as child:
            code = child.wait()
        (job,) = objects(child)
        return code, job, child


def objects(child: Child) -> list[dict[str, Any]]:
    """What was printed: one JSON object a line, and nothing else."""
    assert "Traceback" not in child.err, child.report()
    return [json.loads(line) for line in child.out.splitlines()]


@pytest.fixture
def run(plain_env: dict[str, str], data_dir: Path, inputs: Path) -> Run:
    return Run(plain_env, data_dir, inputs)


@pytest.fixture(scope="module", autouse=True)
def unknown_run(
    tmp_path_factory: pytest.TempPathFactory, inputs: Path
) -> Iterator[tuple[Run, Child]]:
    """A job whose submit is lost: started first, since its end takes a minute of looking."""
    folder = tmp_path_factory.mktemp("unknown")
    env = {**clean_environment(folder / "home"), "PYTHONPATH": str(WITHOUT_QT)}
    run = Run(env, folder / "data", inputs)
    with run.start_generate("--prompt", "[cut before]") as child:
        yield run, child


def test_importing_qt_would_be_noticed_here(plain_env: dict[str, str]) -> None:
    with Child([sys.executable, "-c", "import PySide6.QtCore"], plain_env) as child:
        assert child.wait() == 99
    assert "Qt was imported" in child.err


def test_generate_saves_what_the_service_served(run: Run) -> None:
    code, job, child = run.generate("--prompt", "A stage at night")

    assert code == 0, child.report()
    (task,) = run.sandbox.tasks()
    assert job["state"] == "done"
    assert job["task_id"] == task["id"]
    assert job["error"] is None
    assert Path(job["path"]).read_bytes() == run.sandbox.result(task["id"])
    assert task["request"]["prompt"] == "A stage at night"


def test_generate_prints_the_path_alone_and_progress_elsewhere(run: Run, tmp_path: Path) -> None:
    wanted = tmp_path / "my video.mp4"
    arguments = ("generate", *run.files, "--sandbox", "--output", str(wanted))
    with run.start_command(*arguments) as child:
        code = child.wait()

    assert (code, child.out) == (0, f"{wanted}\n"), child.report()
    assert wanted.stat().st_size > 0
    assert "Generating" in child.err


def test_generate_passes_every_setting_on(run: Run) -> None:
    code, job, child = run.generate(
        *("--mode", "pro", "--orientation", "image", "--model", "kling-v3", "--no-sound")
    )

    assert code == 0, child.report()
    (task,) = run.sandbox.tasks()
    sent = task["request"]
    assert (sent["mode"], sent["character_orientation"]) == ("pro", "image")
    assert (sent["model_name"], sent["keep_original_sound"]) == ("kling-v3", "no")
    assert "prompt" not in sent  # unset fields are left out
    assert job["mode"] == "pro"


@pytest.mark.parametrize(
    ("name", "content"),
    [("missing.png", None), ("empty.png", b""), ("text.png", b"not a picture")],
)
def test_wrong_picture_exits_2_and_nothing_is_sent(
    run: Run, tmp_path: Path, name: str, content: bytes | None
) -> None:
    picture = tmp_path / name
    if content is not None:
        picture.write_bytes(content)
    video = str(run.inputs / "dance.mp4")

    code, (refused,), child = run.finish(
        "generate", "--sandbox", "--image", str(picture), "--video", video
    )

    assert code == 2, child.report()
    assert (refused["state"], refused["path"], refused["job_id"]) == ("refused", None, None)
    assert refused["error"]["code"]
    assert refused["error"]["message"] in child.err
    assert run.sandbox.tasks() == []


def test_inputs_swapped_exit_2(run: Run) -> None:
    picture, clip = str(run.inputs / "figure.png"), str(run.inputs / "dance.mp4")
    code, _, child = run.finish("generate", "--sandbox", "--image", clip, "--video", picture)
    assert code == 2, child.report()
    assert run.sandbox.tasks() == []


def test_result_is_never_written_over_another_file(run: Run, tmp_path: Path) -> None:
    taken = tmp_path / "taken.mp4"
    taken.write_bytes(b"mine")

    code, _, child = run.generate("--output", str(taken))

    assert code == 2, child.report()
    assert taken.read_bytes() == b"mine"
    assert run.sandbox.tasks() == []


def test_unknown_option_exits_2_with_the_usage(run: Run) -> None:
    with run.start_command("generate", "--nonsense") as child:
        assert child.wait() == 2
    assert child.err.startswith("usage: kling-desktop")


def test_failed_task_exits_3_with_code_message_and_trace(run: Run) -> None:
    code, job, child = run.generate("--prompt", "[fail]")

    assert code == 3, child.report()
    assert (job["state"], job["path"]) == ("failed", None)
    assert job["error"]["code"]
    assert job["error"]["message"]
    assert job["error"]["trace_id"] == run.sandbox.tasks()[0]["trace_id"]


def test_refused_submit_exits_3_and_is_not_repeated(run: Run) -> None:
    code, job, child = run.generate("--prompt", "[moderation]")

    assert code == 3, child.report()
    assert job["error"]["code"] == "forbidden"
    assert run.sandbox.tasks() == []


def test_cut_connection_is_found_in_the_history_and_saved(run: Run) -> None:
    code, job, child = run.generate("--prompt", "[cut connection]")

    assert code == 0, child.report()
    (task,) = run.sandbox.tasks()
    assert job["task_id"] == task["id"]
    assert Path(job["path"]).read_bytes() == run.sandbox.result(task["id"])


def test_without_a_token_exits_5(run: Run) -> None:
    code, (refused,), child = run.finish("generate", *run.files)
    assert code == 5, child.report()
    assert refused["error"]["code"] == "no_token"


def test_refused_token_exits_5_and_keeps_the_job(run: Run, served: Served) -> None:
    run.env.update(served.env)
    run.env["ACEDATACLOUD_API_TOKEN"] = "0" * 32

    code, (job,), child = run.finish("generate", *run.files)

    assert code == 5, child.report()
    assert job["error"]["code"] == "invalid_token"


def test_account_tokens_reach_the_service_and_no_file(run: Run, served: Served) -> None:
    run.env.update(served.env)

    code, (job,), child = run.finish("generate", *run.files)

    assert code == 0, child.report()
    assert Path(job["path"]).stat().st_size > 0
    for name in ("ACEDATACLOUD_API_TOKEN", "ACEDATACLOUD_PLATFORM_TOKEN"):
        assert files_holding(run.data_dir, served.env[name]) == []
        assert served.env[name] not in child.out + child.err


def test_interrupted_job_exits_130_and_resume_saves_the_same_task(run: Run) -> None:
    with run.start_generate("--prompt", "[very slow]") as child:
        wait_for(run.sandbox.tasks, "an accepted task", context=child.report)
        child.wait_for_text("Generating")
        child.send(signal.SIGINT)
        code = child.wait()
    (interrupted,) = objects(child)
    assert code == 130, child.report()
    run.sandbox.finish()

    code, (resumed,), child = run.finish("resume", "--sandbox")

    assert code == 0, child.report()
    (task,) = run.sandbox.tasks()
    assert interrupted["job_id"] == resumed["job_id"]
    assert resumed["task_id"] == task["id"]
    assert Path(resumed["path"]).read_bytes() == run.sandbox.result(task["id"])


def test_killed_job_is_resumed_without_a_second_submit(run: Run) -> None:
    with run.start_generate("--prompt", "[very slow]") as child:
        child.wait_for_text("Generating")
        child.kill()
    (before,) = run.sandbox.tasks()
    run.sandbox.finish()

    code, (resumed,), child = run.finish("resume", "--sandbox")

    assert code == 0, child.report()
    assert [task["id"] for task in run.sandbox.tasks()] == [before["id"]]
    assert Path(resumed["path"]).read_bytes() == run.sandbox.result(before["id"])


def test_second_command_on_a_busy_library_gets_its_own_video(run: Run) -> None:
    with run.start_generate("--prompt", "[slow]") as first:
        first.wait_for_text("Generating")
        code, job, second = run.generate("--prompt", "beside it")
        assert code == 0, second.report()
        assert first.wait() == 0, first.report()
    prompts = {task["id"]: task["request"]["prompt"] for task in run.sandbox.tasks()}
    assert sorted(prompts.values()) == ["[slow]", "beside it"]
    assert prompts[job["task_id"]] == "beside it"
    assert Path(job["path"]).read_bytes() == run.sandbox.result(job["task_id"])


def test_jobs_lists_what_there_is(run: Run) -> None:
    code, listed, child = run.finish("jobs", "--sandbox")
    assert (code, listed) == (0, []), child.report()

    run.generate("--prompt", "[moderation]")
    code, (job,), child = run.finish("jobs", "--sandbox")

    assert code == 0, child.report()
    assert (job["title"], job["state"]) == ("figure × dance", "failed")


def test_nothing_unfinished_resumes_to_0(run: Run) -> None:
    code, resumed, child = run.finish("resume", "--sandbox")
    assert (code, resumed) == (0, []), child.report()


def test_served_sandbox_ends_at_a_polite_signal(served: Served) -> None:
    served.child.send(signal.SIGTERM)
    assert served.child.wait() == 0, served.child.report()


def test_lost_submit_exits_4_and_is_not_sent_again(unknown_run: tuple[Run, Child]) -> None:
    run, child = unknown_run
    code = child.wait()
    (job,) = objects(child)

    assert code == 4, child.report()
    assert (job["state"], job["task_id"], job["path"]) == ("unknown", None, None)
    assert job["error"]["money"] == "maybe_charged"
    assert run.sandbox.tasks() == []
