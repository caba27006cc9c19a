"""The vendor's own published clients, as they are, against the sandbox."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from acedatacloud import AceDataCloud
from acedatacloud._runtime.errors import AuthenticationError, ModerationError, ValidationError
from sandbox_client import Client
from support.waiting import PATIENCE_S

from kling_desktop.sandbox import Sandbox

SHAPES = 5  # as many tasks as there are shapes of records


def sdk(sandbox: Sandbox, token: str) -> AceDataCloud:
    address = sandbox.address
    return AceDataCloud(token, base_url=address, platform_base_url=address, max_retries=0)


def test_the_sdk_uploads_generates_and_waits(sandbox: Sandbox, picture: Path, clip: Path) -> None:
    with sdk(sandbox, sandbox.account_token.reveal()) as platform:
        image_url = platform.files.upload(str(picture))["file_url"]
        video_url = platform.files.upload(str(clip))["file_url"]
        assert platform.platform.applications.list()["items"][0]["remaining_amount"] == 100
    with sdk(sandbox, sandbox.api_token.reveal()) as api:
        submitted = api.kling.motion(
            mode="std",
            image_url=image_url,
            video_url=video_url,
            character_orientation="video",
            keep_original_sound="yes",
            prompt="A dancer",
            async_=True,
        )
        ended = api.tasks.wait(
            submitted["task_id"], service="kling", poll_interval=0.05, max_wait=PATIENCE_S
        )
    assert ended["finished_at"]
    assert f"/results/{submitted['task_id']}.mp4?sig=" in json.dumps(ended["response"])


def test_the_sdk_understands_the_task_whatever_its_shape(client: Client) -> None:
    with sdk(client.sandbox, client.sandbox.api_token.reveal()) as api:
        for _ in range(SHAPES):
            task_id = client.submit(prompt="[not a video]")
            ended = api.tasks.wait(
                task_id, service="kling", poll_interval=0.05, max_wait=PATIENCE_S
            )
            assert ended["finished_at"], "the SDK took a running task for a finished one"
            assert "/results/" in json.dumps(ended["response"])


def test_the_sdk_takes_a_held_answer(client: Client) -> None:
    with sdk(client.sandbox, client.sandbox.api_token.reveal()) as api:
        answer = api.kling.motion(
            mode="pro",
            image_url=client.image_url,
            video_url=client.video_url,
            character_orientation="image",
        )
    assert answer["success"] is True


@pytest.mark.parametrize(
    ("prompt", "error"),
    [
        ("[token]", AuthenticationError),
        ("[moderation]", ModerationError),
        ("[bad settings]", ValidationError),
    ],
)
def test_the_sdk_knows_the_sandboxs_errors(
    client: Client, prompt: str, error: type[Exception]
) -> None:
    with sdk(client.sandbox, client.sandbox.api_token.reveal()) as api, pytest.raises(error):
        api.kling.motion(
            mode="std",
            image_url=client.image_url,
            video_url=client.video_url,
            character_orientation="image",
            prompt=prompt,
            async_=True,
        )


def kling(client: Client, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the vendor's command line against the sandbox."""
    environment = {
        **os.environ,
        "ACEDATACLOUD_API_TOKEN": client.sandbox.api_token.reveal(),
        "ACEDATACLOUD_API_BASE_URL": client.sandbox.address,
        "NO_PROXY": "127.0.0.1",
    }
    return subprocess.run(
        [sys.executable, "-m", "kling_cli", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )


def kling_json(client: Client, *arguments: str) -> dict[str, Any]:
    done = kling(client, *arguments, "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    return dict(json.loads(done.stdout))


def motion_arguments(client: Client) -> tuple[str, ...]:
    inputs = ("--image-url", client.image_url, "--video-url", client.video_url)
    return ("motion", *inputs, "--character-orientation", "video", "--prompt", "A dancer")


def test_the_command_line_submits_asks_and_waits(client: Client) -> None:
    task_id = kling_json(client, *motion_arguments(client), "--async")["task_id"]
    waited = kling_json(
        client, "wait", task_id, "--interval", "1", "--timeout", str(round(PATIENCE_S))
    )
    assert waited["id"] == task_id
    asked = kling_json(client, "task", task_id)
    assert asked["finished_at"]
    assert kling(client, "task", task_id).returncode == 0
    batch = kling_json(client, "tasks", task_id, "unknown")
    assert [item["id"] for item in batch["items"]] == [task_id]


def test_the_command_line_takes_a_held_answer_with_all_options(client: Client) -> None:
    options = ("--mode", "pro", "-m", "kling-v3", "--no-keep-original-sound")
    marked = ("--watermark-info", '{"enabled": true}')
    answer = kling_json(client, *motion_arguments(client), *options, *marked)
    assert answer["success"] is True
    assert "watermark_url" in json.dumps(answer)


def test_the_command_line_reports_a_refusal(client: Client) -> None:
    client.sandbox.faults.add("motion", "refuse_json", status=401, code="invalid_token")
    done = kling(client, *motion_arguments(client), "--async")
    assert done.returncode == 1
    assert "Invalid API token" in done.stdout
