"""Where the person's word is needed first, nothing is sent: exit code 2 and all that is known."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from command_line import Shell, with_tokens
from side_by_side import SLOW, Folder, objects
from support.media import make_clip
from support.waiting import wait_for

from kling_desktop.command.arguments import parser
from kling_desktop.motion.job import JobState


@pytest.fixture
def own_clip(tmp_path: Path) -> Path:
    return make_clip(tmp_path / "own.mp4")


# --- the same again -----------------------------------------------------------------------------


def test_the_same_again_is_found_by_its_content_and_needs_a_word(
    folder: Folder, tmp_path: Path
) -> None:
    with folder.generate("once") as child:
        made = folder.saves("once", child)
    elsewhere = Path(shutil.copy(folder.inputs[1], tmp_path / "another name.mp4"))
    with folder.generate("once", clip=elsewhere) as child:
        (refused,) = folder.ended(child, 2)
    assert refused["state"] == "refused"
    assert refused["error"]["code"] == "same_again"
    assert (refused["job_id"], refused["path"]) == (made["job_id"], made["path"])
    assert made["job_id"][:8] in child.err
    assert made["path"] in child.err
    assert "--again" in child.err
    assert len(folder.tasks("once")) == 1
    with folder.generate("once", "--again") as child:
        assert child.wait() == 0, child.report()
    assert len(folder.tasks("once")) == 2


def test_another_description_is_not_the_same_nor_is_what_failed_for_free(folder: Folder) -> None:
    for _ in range(2):
        with folder.generate("[moderation]") as child:
            (job,) = folder.ended(child, 3)
        assert job["error"]["code"] == "forbidden"
    with folder.generate("[fail]") as child:
        folder.ended(child, 3)


def test_of_the_same_commands_side_by_side_one_goes_and_the_others_ask(folder: Folder) -> None:
    children = [folder.generate(f"same {SLOW}") for _ in range(4)]
    with children[0], children[1], children[2], children[3]:
        for child in children:
            folder.until_accepted(f"same {SLOW}", child)
        wait_for(lambda: sum(c.code == 2 for c in children) == 3, "three that ask")
        folder.finish()
        codes = sorted(child.wait() for child in children)
        assert codes == [0, 2, 2, 2], [child.report() for child in children]
    asked = [objects(child)[0] for child in children if child.code == 2]
    assert {job["error"]["code"] for job in asked} == {"same_again"}
    assert {job["job_id"] for job in asked} == {folder.jobs()[f"same {SLOW}"].job_id}
    assert len(folder.tasks(f"same {SLOW}")) == 1


# --- not what was agreed to ---------------------------------------------------------------------


def test_generate_ends_with_both_figures_where_its_clip_is_another_one_now(
    folder: Folder, own_clip: Path
) -> None:
    folder.one_at_a_time()
    with folder.generate(f"before {SLOW}") as before:
        folder.until_accepted(f"before {SLOW}", before)
        with folder.generate("changed", clip=own_clip) as child:
            wait_for(lambda: "changed" in folder.jobs(), "the job", context=child.report)
            make_clip(own_clip, 9.0)
            folder.finish()
            (job,) = folder.ended(child, 2)
        folder.saves(f"before {SLOW}", before)
    assert (job["state"], job["error"]["code"]) == ("cancelled", "input_changed")
    assert (job["agreed_credits"], job["offered_credits"]) == pytest.approx((2.22, 6.3), abs=0.01)
    assert "3.2 s · 2.22 credits" in child.err
    assert "9 s · 6.30 credits" in child.err
    assert folder.tasks("changed") == []


def test_resume_leaves_a_job_that_asks_and_send_is_the_yes_to_what_it_said(
    folder: Folder, own_clip: Path
) -> None:
    folder.leave_queued("changed", clip=own_clip)
    make_clip(own_clip, 9.0)
    with folder.command("resume") as resume:
        told = {job["job_id"]: job for job in folder.ended(resume, 2)}
    asking = folder.jobs()["changed"]
    assert asking.state is JobState.ASKING
    assert told[asking.job_id]["error"]["code"] == "input_changed"
    assert f"resume --send {asking.job_id[:8]}" in resume.err
    assert folder.jobs()[f"before {SLOW}"].state is JobState.DONE, "the others went on"
    assert folder.tasks("changed") == []

    with folder.command("resume", "--send", asking.job_id[:8]) as send:
        folder.saves("changed", send)
    (task,) = folder.tasks("changed")
    assert folder.charged(task) == pytest.approx(6.3)


@pytest.mark.parametrize(
    ("typed", "code"), [("ffffffff", "no_such_job"), ("", "no_such_job"), (None, "not_asking")]
)
def test_send_without_a_job_that_asks_sends_nothing(
    folder: Folder, typed: str | None, code: str
) -> None:
    with folder.generate("[moderation]") as child:
        (job,) = folder.ended(child, 3)
    with folder.command("resume", "--send", job["job_id"] if typed is None else typed) as send:
        (refused,) = folder.ended(send, 2)
    assert refused["error"]["code"] == code


# --- an input that is away ---------------------------------------------------------------------


def test_resume_keeps_a_job_whose_clip_is_away_and_send_looks_once_more(
    folder: Folder, own_clip: Path
) -> None:
    folder.leave_queued("away", clip=own_clip)
    aside = own_clip.rename(own_clip.with_name("aside.mp4"))
    with folder.command("resume") as resume:
        folder.ended(resume, 2)
    left = folder.jobs()["away"]
    assert left.state is JobState.ASKING
    assert f"{own_clip.name} is not there" in resume.err
    assert f"resume --send {left.job_id[:8]}` looks once more" in resume.err

    aside.rename(own_clip)
    with folder.command("resume", "--send", left.job_id) as send:
        folder.saves("away", send)
    assert len(folder.tasks("away")) == 1


def test_resume_without_the_account_token_keeps_a_job_of_local_files(folder: Folder) -> None:
    folder.leave_queued("local")
    with folder.command("resume", without=("ACEDATACLOUD_PLATFORM_TOKEN",)) as resume:
        folder.ended(resume, 5)
    assert folder.jobs()["local"].state is JobState.QUEUED
    with folder.command("resume") as resume:
        assert resume.wait() == 0, resume.report()
    assert len(folder.tasks("local")) == 1


# --- the price ----------------------------------------------------------------------------------


class Prices(BaseHTTPRequestHandler):
    """A platform that has a price list of its own, and a balance."""

    posts: list[str]

    def do_GET(self) -> None:
        cost = [{"conditions": {}, "consumption": {"*": [{"var": "duration"}, 8.0]}}]
        service = {"unit": "Credit", "apis": [{"path": "/kling/motion", "cost": cost}]}
        self._say(200, service if self.path.startswith("/api/v1/services/") else {})

    def do_POST(self) -> None:
        self.posts.append(self.path)
        self._say(401, {})

    def _say(self, status: int, value: object) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def prices() -> Iterator[HTTPServer]:
    Prices.posts = []
    with HTTPServer(("127.0.0.1", 0), Prices) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_the_services_own_price_is_what_is_asked_about(
    shell: Shell, prices: HTTPServer, picture: Path, clip: Path
) -> None:
    """By our own figures it were 2.22; the person wants to be asked above 20."""
    shell.more.update(with_tokens(f"http://127.0.0.1:{prices.server_port}"))
    ended = shell.run("generate", "--json", "--image", picture, "--video", clip)
    assert ended.code == 2, ended
    assert ended.error["code"] == "over_job_limit"
    assert "25.333333 credits" in ended.err  # as it may be typed
    assert "20.00 credits" in ended.err
    assert Prices.posts == []
    assert shell.run("jobs", "--json").objects == []


def test_check_tells_the_services_own_price_too(
    shell: Shell, prices: HTTPServer, picture: Path, clip: Path
) -> None:
    shell.more.update(with_tokens(f"http://127.0.0.1:{prices.server_port}"))
    told = shell.run("check", "--json", picture, clip).objects[0]["price"]
    assert told["credits"] == pytest.approx(25.33, abs=0.01)
    assert told["estimated"] is False
    assert "25.33 credits" in shell.run("check", picture, clip).out
    assert Prices.posts == []


def test_a_link_of_unknown_length_counts_with_the_most_it_can_cost(
    shell: Shell, prices: HTTPServer, picture: Path
) -> None:
    shell.more.update(with_tokens(f"http://127.0.0.1:{prices.server_port}"))
    link = "http://127.0.0.1:9/far.mp4"
    told = shell.run("check", "--json", picture, link).objects[0]["price"]
    assert (told["duration_s"], told["at_most"]) == (30.0, True)
    assert "at most 240.00 credits" in shell.run("check", picture, link).out
    ended = shell.run("generate", "--json", "--image", picture, "--video", link)
    assert (ended.code, ended.error["code"]) == (2, "over_job_limit")
    assert "at most 240.00 credits" in ended.err
    assert Prices.posts == []


@pytest.mark.parametrize("limit", ["inf", "1e400", "nan", "1000000.01", "9" * 400, "-1", "", "ten"])
def test_what_is_no_limit_that_one_could_set_is_none_on_the_command_line(
    limit: str, capsys: pytest.CaptureFixture[str]
) -> None:
    typed = ["generate", "--image", "a.png", "--video", "b.mp4", f"--up-to={limit}"]
    with pytest.raises(SystemExit) as ended:
        parser().parse_args(typed)
    assert ended.value.code == 2
    assert "is no price in credits" in capsys.readouterr().err


def test_the_price_is_said_before_it_is_sent_and_json_tells_an_estimate(folder: Folder) -> None:
    with folder.generate("priced", "--up-to", "2.22") as child:
        job = folder.saves("priced", child)
    said = child.err.index("Costs 3.2 s · 2.22 credits. 100.00 credits are there.")
    assert said < child.err.index("Sending")
    assert job["estimated"] is False
    with folder.generate("dearer", "--up-to", "2.21") as child:
        (refused,) = folder.ended(child, 2)
    assert refused["error"]["code"] == "over_job_limit"
