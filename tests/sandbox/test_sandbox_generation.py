"""Submitting, asking, and what the result is like."""

from __future__ import annotations

import contextlib
import errno
import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import av
import psutil
import pytest
import requests
from PIL import ImageChops, ImageStat
from sandbox_client import Client, make_clip, make_picture
from support.waiting import PATIENCE_S, wait_for

from kling_desktop.sandbox import Sandbox, TaskState
from kling_desktop.sandbox.shapes import RUNNING_SHAPES


def video_of(record: dict[str, Any]) -> dict[str, Any]:
    """The video's fields, out of whichever shape."""
    response = record["response"]
    if isinstance(response, str):
        response = json.loads(response)
    assert response["success"] is True, response
    video = response.get("data", response)
    return dict(video[0] if isinstance(video, list) else video)


def error_of(record: dict[str, Any]) -> dict[str, str]:
    response = record["response"]
    if isinstance(response, str):
        response = json.loads(response)
    assert response["success"] is False
    return dict(response["error"])


def load_result(client: Client, path: Path, **changes: Any) -> Path:
    video = video_of(client.wait(client.submit(**changes)))
    answer = client.session.get(video["video_url"], timeout=PATIENCE_S)
    assert answer.status_code == 200
    path.write_bytes(answer.content)
    return path


def test_result_is_a_faststart_mp4_with_the_clips_length_rate_and_sound(
    client: Client, tmp_path: Path
) -> None:
    path = load_result(client, tmp_path / "result.mp4")
    with av.open(str(path)) as film:
        video, sound = film.streams.video[0], film.streams.audio[0]
        assert (video.codec.name, sound.codec.name) == ("h264", "aac")
        assert (video.width, video.height) == (720, 720)
        assert video.average_rate == 10
        assert sum(1 for _ in film.decode(video=0)) == 32
        assert film.duration is not None
        assert film.duration / av.time_base == pytest.approx(3.2, abs=0.1)
    data = path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


def test_pro_is_larger_and_no_sound_is_silent(client: Client, tmp_path: Path) -> None:
    path = load_result(client, tmp_path / "r.mp4", mode="pro", keep_original_sound="no")
    with av.open(str(path)) as film:
        assert (film.streams.video[0].width, film.streams.video[0].height) == (1080, 1080)
        assert not film.streams.audio


def how_much_it_moves(path: Path) -> float:
    """Mean difference between neighbouring frames, in grey levels."""
    with av.open(str(path)) as film:
        frames = [f.to_image().convert("L").resize((180, 180)) for f in film.decode(video=0)]
    pairs = itertools.pairwise(frames)
    differences = [ImageStat.Stat(ImageChops.difference(a, b)).mean[0] for a, b in pairs]
    return sum(differences) / len(differences)


def test_the_picture_moves_where_the_clip_moves_and_stands_where_it_stands(
    client: Client, tmp_path: Path
) -> None:
    moving = load_result(client, tmp_path / "moving.mp4")
    still_clip = make_clip(tmp_path / "still.mp4", moving=False, sound=False)
    still = load_result(client, tmp_path / "s.mp4", video_url=client.upload(still_clip))
    assert how_much_it_moves(moving) > 10 * how_much_it_moves(still)


def test_a_request_with_neither_async_nor_callback_is_held_until_the_video_is_done(
    client: Client,
) -> None:
    answer = client.motion(**{"async": ...})
    assert answer.status_code == 200
    video = video_of({"response": answer.json()})
    assert video["state"] == "succeed"
    assert float(video["duration"]) == pytest.approx(3.2, abs=0.05)


@pytest.mark.parametrize(
    "changes",
    [
        {"image_url": ...},
        {"video_url": ...},
        {"mode": ...},
        {"character_orientation": ...},
        {"mode": "4k"},
        {"character_orientation": "left"},
        {"keep_original_sound": True},
        {"keep_original_sound": "maybe"},
        {"model_name": "kling-v9"},
        {"prompt": ""},
        {"prompt": None},
        {"prompt": "x" * 2501},
        {"callback_url": ""},
        {"callback_url": "ftp://example.com/"},
        {"image_url": "data:image/png;base64,AAAA"},
        {"video_url": "file:///etc/passwd"},
        {"async": "true"},
        {"watermark_info": {"enabled": "yes"}},
        {"duration": 5},
    ],
)
def test_a_wrong_field_is_refused_and_nothing_is_accepted(
    client: Client, changes: dict[str, Any]
) -> None:
    answer = client.motion(**changes)
    assert answer.status_code == 400
    assert answer.json()["success"] is False
    assert answer.json()["error"]["code"] == "bad_request"
    assert answer.json()["trace_id"]
    assert client.sandbox.accepted == []


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"[" * 100_000, b"\xff"])
def test_a_body_that_is_no_object_is_refused(client: Client, body: bytes) -> None:
    answer = client.post("/kling/motion", data=body)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "bad_request"


def test_half_a_surrogate_pair_in_the_prompt_survives(slow_client: Client) -> None:
    body = json.dumps(slow_client.body(prompt="\ud83d !")).encode()
    answer = slow_client.post("/kling/motion", data=body)
    assert answer.status_code == 200
    record = slow_client.record(answer.json()["task_id"])
    assert record["request"]["prompt"] == "\ud83d !"


def test_tokens_are_told_apart_on_every_route(client: Client) -> None:
    bodies = {"json": {"action": "retrieve", "id": "x"}}
    assert client.post("/kling/tasks", **bodies, headers=client.account).status_code == 401
    missing = client.post("/kling/tasks", **bodies, headers={})
    assert (missing.status_code, missing.json()["error"]["code"]) == (400, "no_token")
    wrong = client.post("/kling/motion", json={}, headers={"Authorization": "Bearer " + "0" * 32})
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (401, "invalid_token")
    for path in ("platform-tokens/me/", "applications/", "credentials/", "usage/apis/"):
        assert client.get(f"/api/v1/{path}", headers=client.api).status_code == 401
        assert client.get(f"/api/v1/{path}", headers={}).status_code == 401
        assert client.get(f"/api/v1/{path}").status_code == 200


def test_an_unknown_task_is_an_empty_record(client: Client) -> None:
    nobody = "00000000-0000-0000-0000-000000000000"
    one = client.post("/kling/tasks", json={"action": "retrieve", "id": nobody})
    assert (one.status_code, one.json()) == (200, {})
    some = client.post("/kling/tasks", json={"action": "retrieve_batch", "ids": [nobody]})
    assert some.json() == {"items": [], "count": 0}


def test_a_batch_of_more_than_fifty_is_refused(client: Client) -> None:
    asked = {"action": "retrieve_batch", "ids": ["x"] * 51}
    assert client.post("/kling/tasks", json=asked).status_code == 400


def test_running_records_come_in_every_shape(slow_client: Client) -> None:
    seen = set()
    for _ in RUNNING_SHAPES:
        record = slow_client.record(slow_client.submit())
        assert record["finished_at"] is None
        assert record["request"]["video_url"] == slow_client.video_url
        response = record.get("response", "absent")
        seen.add(json.dumps(response) if not response else str(type(response).__name__) + "!")
        if response == "absent":
            assert "response" not in record
            seen.add("absent")
    assert seen == {"null", "{}", "str!", "dict!", "absent"}


def test_ended_records_come_in_every_shape(client: Client) -> None:
    seen = set()
    for _ in range(4):
        response = client.wait(client.submit(prompt="[not a video]"))["response"]
        if isinstance(response, str):
            seen.add("string")
            response = json.loads(response)
        data = response.get("data")
        seen.add(type(data).__name__)
        video = video_of({"response": response})
        seen.add(f"duration as {type(video['duration']).__name__}")
    assert seen >= {"string", "dict", "list", "NoneType", "duration as str", "duration as float"}


def test_a_shape_can_be_forced(slow_client: Client) -> None:
    task_id = slow_client.submit()
    for shape, expected in [("null", None), ("empty", {})]:
        slow_client.sandbox.faults.force_shape(running=shape)
        assert slow_client.record(task_id)["response"] == expected
    with pytest.raises(ValueError, match="no such shape"):
        slow_client.sandbox.faults.force_shape(finished="round")


def test_history_finds_tasks_by_owner_and_time_newest_first(slow_client: Client) -> None:
    before = time.time()
    ids = [slow_client.submit() for _ in range(3)]
    owner = slow_client.record(ids[0])
    asked = {"action": "retrieve_batch", "user_id": owner["user_id"], "type": "motion"}

    def history(**more: Any) -> list[str]:
        answer = slow_client.post("/kling/tasks", json={**asked, **more}).json()
        assert answer["count"] == len(answer["items"])
        return [item["id"] for item in answer["items"]]

    assert history(created_at_min=before) == ids[::-1]
    assert history(limit=1, offset=1) == [ids[1]]
    assert history(created_at_max=before) == []
    assert history(user_id="somebody else") == []
    assert history(type="videos") == []
    by_application = {"action": "retrieve_batch", "application_id": owner["application_id"]}
    assert slow_client.post("/kling/tasks", json=by_application).json()["count"] == 3


@pytest.mark.parametrize("value", ["soon", True, float("nan"), float("inf")])
def test_a_history_from_no_time_is_refused(client: Client, value: object) -> None:
    asked = {"action": "retrieve_batch", "user_id": "x", "created_at_min": value}
    answer = client.post("/kling/tasks", data=json.dumps(asked))
    assert answer.status_code == 400


def test_an_input_that_cannot_be_fetched_fails_the_task_and_is_free(client: Client) -> None:
    gone = f"{client.sandbox.address}/cdn/nothing.png"
    error = error_of(client.wait(client.submit(image_url=gone)))
    assert error["code"] == "api_error"
    assert "fetch failed" in error["message"]
    assert client.sandbox.balance == 100
    assert client.get("/api/v1/usage/apis/").json()["items"] == []


def test_inputs_outside_the_limits_fail_the_task(client: Client, tmp_path: Path) -> None:
    small = client.upload(make_picture(tmp_path / "small.png", (299, 400)))
    flat = client.upload(make_picture(tmp_path / "flat.png", (1000, 390)))
    long = client.upload(make_clip(tmp_path / "long.mp4", duration_s=10.4, fps=5, sound=False))
    short = client.upload(make_clip(tmp_path / "short.mp4", duration_s=2))
    for changes, word in [
        ({"image_url": small}, "image_small"),
        ({"image_url": flat}, "image_aspect"),
        ({"video_url": long, "character_orientation": "image"}, "video_long_for_image"),
        ({"video_url": short}, "video_short"),
        ({"image_url": client.video_url}, "not a picture"),
        ({"video_url": client.image_url}, "not an MP4"),
    ]:
        error = error_of(client.wait(client.submit(**changes)))
        assert word in error["message"], error


def test_a_damaged_clip_fails_without_naming_a_file_of_this_computer(
    client: Client, clip: Path, tmp_path: Path
) -> None:
    half = tmp_path / "half.mp4"
    half.write_bytes(clip.read_bytes()[:20_000])
    message = error_of(client.wait(client.submit(video_url=client.upload(half))))["message"]
    assert "could not be read" in message
    assert str(tmp_path) not in message


def test_a_playlist_named_mp4_opens_no_other_file(client: Client, tmp_path: Path) -> None:
    playlist = tmp_path / "clip.mp4"
    playlist.write_text("#EXTM3U\n#EXTINF:5,\nfile:///etc/hostname\n#EXT-X-ENDLIST\n")
    error = error_of(client.wait(client.submit(video_url=client.upload(playlist))))
    assert "not an MP4" in error["message"]


def test_only_a_success_is_charged_and_stands_in_the_ledger(client: Client) -> None:
    record = client.wait(client.submit(model_name="kling-v3"))
    assert client.sandbox.balance == pytest.approx(100 - 1.26 * 3.2)
    applications = client.get("/api/v1/applications/").json()["items"]
    assert applications[0]["remaining_amount"] == pytest.approx(100 - 1.26 * 3.2)
    entries = client.get("/api/v1/usage/apis/?perspective=billing&limit=100").json()["items"]
    assert [e["trace_id"] for e in entries] == [record["trace_id"]]
    assert entries[0]["deducted_amount"] == pytest.approx(1.26 * 3.2)
    later = client.get(f"/api/v1/usage/apis/?created_at_from={time.time() + 1}").json()
    assert later["items"] == []


def test_an_empty_balance_refuses(client: Client) -> None:
    client.sandbox.set_balance(1)
    answer = client.motion()
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "used_up")


class _Listener(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        size = int(self.headers["Content-Length"])
        self.server.came.append(json.loads(self.rfile.read(size)))  # type: ignore[attr-defined]  # set by the test
        self.send_response(500 if len(self.server.came) == 1 else 200)  # type: ignore[attr-defined]  # as above
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


def test_a_callback_gets_the_result_and_is_tried_twice(client: Client) -> None:
    with HTTPServer(("127.0.0.1", 0), _Listener) as listener:
        listener.came = []  # type: ignore[attr-defined]  # read by the handler
        thread = threading.Thread(target=lambda: [listener.handle_request() for _ in range(2)])
        thread.start()
        url = f"http://127.0.0.1:{listener.server_port}/done?key=1"
        task_id = client.submit(callback_url=url, **{"async": ...})
        thread.join(PATIENCE_S)
        came = listener.came  # type: ignore[attr-defined]  # as above
    assert [body["task_id"] for body in came] == [task_id, task_id]
    assert video_of({"response": came[1]})["video_url"].startswith("http")


def test_after_a_restart_tasks_go_on_and_links_and_tokens_stay(
    slow_client: Client, tmp_path: Path
) -> None:
    first = slow_client.sandbox
    task_id = slow_client.submit()
    address, token = first.address, first.api_token
    first.stop()
    again = Sandbox(tmp_path / "sandbox", seconds=0)
    again.start()
    try:
        assert (again.address, again.api_token) == (address, token)
        slow_client.sandbox = again
        assert slow_client.record(task_id)["finished_at"] is None
        again.finish()
        video = video_of(slow_client.wait(task_id))
        again.stop()
        again.start()
        assert slow_client.session.get(video["video_url"], timeout=PATIENCE_S).status_code == 200
        assert slow_client.session.get(slow_client.video_url, timeout=PATIENCE_S).status_code == 200
    finally:
        again.stop()


def test_stopped_while_rendering_it_renders_at_the_next_start(
    tmp_path: Path, client: Client
) -> None:
    client.submit()
    client.sandbox.stop()
    client.sandbox.start()
    task = client.sandbox.tasks()[0]
    video_of(client.wait(task.id))
    assert client.sandbox.tasks()[0].state is TaskState.SUCCEEDED


def renderer() -> psutil.Process | None:
    """The process in which this one's sandbox makes a video just now."""
    for child in psutil.Process().children():
        with contextlib.suppress(psutil.Error):
            if "kling_desktop.sandbox.render" in child.cmdline():
                return child
    return None


@pytest.mark.skipif(os.name == "nt", reason="Windows ends a process without a signal")
def test_a_renderer_that_is_ended_with_the_sandbox_leaves_its_task_unfinished(
    client: Client,
) -> None:
    """Ctrl+C in a terminal does not reach it; a logout ends both, perhaps the renderer first."""
    client.submit()
    child = wait_for(renderer, "a renderer")
    assert os.getpgid(child.pid) != os.getpgid(0)
    child.kill()
    client.sandbox.stop()
    (task,) = client.sandbox.tasks()
    assert task.state is TaskState.RUNNING
    client.sandbox.start()
    video_of(client.wait(task.id))


@pytest.mark.skipif(os.name == "nt", reason="Windows ends a process without a signal")
def test_a_renderer_that_is_killed_alone_fails_its_task(client: Client) -> None:
    task_id = client.submit()
    wait_for(renderer, "a renderer").kill()
    assert error_of(client.wait(task_id))["message"] == "generating ended without a result"


def test_when_its_old_port_is_taken_it_serves_on_another(tmp_path: Path) -> None:
    folder = tmp_path / "sandbox"
    first, second = Sandbox(folder), Sandbox(folder)
    first.start()
    port = first.address
    first.stop()
    with socket.create_server(("127.0.0.1", int(port.rpartition(":")[2]))):
        second.start()
        assert second.address != port
        second.stop()


def test_a_port_asked_for_and_taken_is_an_error(tmp_path: Path, sandbox: Sandbox) -> None:
    with pytest.raises(OSError, match=os.strerror(errno.EADDRINUSE)):
        Sandbox(tmp_path / "b", port=int(sandbox.address.rpartition(":")[2])).start()


def test_tokens_can_be_found_and_made_with_the_account_token(client: Client) -> None:
    listing = "/api/v1/applications/?user_id=me&affiliation=owner&limit=100"
    application = client.get(listing).json()["items"][0]
    path = f"/api/v1/credentials/?application_id={application['id']}"
    assert client.get(path).json()["items"][0]["token"] == client.sandbox.api_token.reveal()
    made = client.post(path, headers=client.account).json()
    headers = {"Authorization": f"Bearer {made['token']}"}
    asked = {"action": "retrieve", "id": "x"}
    assert client.post("/kling/tasks", json=asked, headers=headers).status_code == 200


SERVE = """
import sys
from pathlib import Path
from kling_desktop.sandbox import run
run(Path(sys.argv[1]), 0, lambda sandbox: print(sandbox.address, flush=True))
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows ends a process without a signal")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_run_serves_until_it_is_told_to_end(tmp_path: Path, number: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SERVE, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as served:
        assert served.stdout is not None
        address = served.stdout.readline().strip()
        with requests.get(f"{address}/sandbox/state", timeout=PATIENCE_S) as answer:
            assert answer.json()["accepted"] == []
        served.send_signal(number)
        assert served.wait(PATIENCE_S) == 0


def test_importing_the_sandbox_loads_neither_ffmpeg_nor_pillow() -> None:
    code = "import sys, kling_desktop.sandbox; print({'av', 'PIL', 'PySide6'} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=PATIENCE_S
    )
    assert done.stdout.strip() == "set()"
