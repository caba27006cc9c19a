"""Small inputs made here, and a client that knows nothing of the sandbox's insides."""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import requests
from PIL import Image, ImageDraw
from support.waiting import PATIENCE_S, wait_for

from kling_desktop.sandbox import Sandbox

SOUND_RATE = 48_000


def make_picture(path: Path, size: tuple[int, int] = (340, 340)) -> Path:
    picture = Image.new("RGB", size, "#204060")
    draw = ImageDraw.Draw(picture)
    for step in range(0, size[0], 20):
        draw.line((step, 0, size[0] - step, size[1]), fill="#f0a030", width=3)
    picture.save(path)
    return path


def make_clip(
    path: Path,
    *,
    duration_s: float = 3.2,
    fps: int = 10,
    side_px: int = 360,
    sound: bool = True,
    moving: bool = True,
) -> Path:
    """A bright block wandering over a dark ground, with a tone."""
    with av.open(str(path), "w") as out:
        video = out.add_stream("libx264", rate=fps)
        video.width = video.height = side_px
        video.pix_fmt = "yuv420p"
        video.options = {"preset": "ultrafast"}
        audio = out.add_stream("aac", rate=SOUND_RATE, layout="mono") if sound else None
        for number in range(round(duration_s * fps)):
            image = Image.new("RGB", (side_px, side_px), "#101820")
            left = number * 23 % (side_px - 100) if moving else 40
            ImageDraw.Draw(image).rectangle((left, 40, left + 90, 300), fill="white")
            frame = av.VideoFrame.from_image(image)
            frame.pts, frame.time_base = number, Fraction(1, fps)
            out.mux(video.encode(frame))
        if audio is not None:
            _add_tone(out, audio, duration_s)
        out.mux(video.encode(None))
    return path


def _add_tone(out: Any, audio: Any, duration_s: float) -> None:
    samples = 1024
    for start in range(0, round(duration_s * SOUND_RATE), samples):
        values = (0.3 * math.sin((start + i) * 0.05) for i in range(samples))
        frame = av.AudioFrame(format="fltp", layout="mono", samples=samples)
        frame.planes[0].update(struct.pack(f"{samples}f", *values))
        frame.sample_rate = SOUND_RATE
        frame.pts, frame.time_base = start, Fraction(1, SOUND_RATE)
        out.mux(audio.encode(frame))
    out.mux(audio.encode(None))


@dataclass
class Client:
    """What a program does with the service, in as few words as tests want."""

    sandbox: Sandbox
    session: requests.Session
    image_url: str = ""
    video_url: str = ""

    @property
    def api(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.sandbox.api_token.reveal()}"}

    @property
    def account(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.sandbox.account_token.reveal()}"}

    def get(self, path: str, **kwargs: Any) -> requests.Response:
        kwargs.setdefault("headers", self.account)
        return self.session.get(self.sandbox.address + path, timeout=PATIENCE_S, **kwargs)

    def post(self, path: str, **kwargs: Any) -> requests.Response:
        kwargs.setdefault("headers", self.api)
        return self.session.post(self.sandbox.address + path, timeout=PATIENCE_S, **kwargs)

    def upload(self, path: Path) -> str:
        with path.open("rb") as source:
            answer = self.post(
                "/api/v1/files/", files={"file": (path.name, source)}, headers=self.account
            )
        assert answer.status_code == 200, answer.text
        return str(answer.json()["file_url"])

    def body(self, **changes: Any) -> dict[str, Any]:
        """A complete request; a change to ``...`` leaves the field out."""
        body = {
            "image_url": self.image_url,
            "video_url": self.video_url,
            "mode": "std",
            "character_orientation": "video",
            "async": True,
            **changes,
        }
        return {name: value for name, value in body.items() if value is not ...}

    def motion(self, **changes: Any) -> requests.Response:
        return self.post("/kling/motion", json=self.body(**changes))

    def submit(self, **changes: Any) -> str:
        answer = self.motion(**changes)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["task_id"])

    def record(self, task_id: str) -> dict[str, Any]:
        """The record, out of a batch."""
        asked = {"action": "retrieve_batch", "ids": [task_id]}
        items = self.post("/kling/tasks", json=asked).json()["items"]
        assert len(items) == 1
        return dict(items[0])

    def wait(self, task_id: str) -> dict[str, Any]:
        """The record of the task once it ended."""

        def ended() -> dict[str, Any] | None:
            record = self.record(task_id)
            return None if record["finished_at"] is None else record

        return wait_for(ended, "the end of the task")
