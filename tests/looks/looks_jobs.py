"""Jobs, inputs and accounts as the scenes need them."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from kling_desktop.motion.account import AccountState, Connection
from kling_desktop.motion.facts import ImageFacts, VideoFacts
from kling_desktop.motion.input import Input, InputState
from kling_desktop.motion.job import Job, JobError, JobState, Money
from kling_desktop.motion.request import Mode, MotionRequest, Slot, Source

# A quarter past two in the afternoon, so that every picture says the same times.
NOW = datetime.datetime(2026, 11, 23, 14, 15).timestamp()
DAY_S = 86_400.0

IMAGE_FACTS = ImageFacts("png", 512, 512, 791_555)
VIDEO_FACTS = VideoFacts("mp4", "h264", 1280, 720, 5_200_000, 8.4, 30.0, 252, True)

LONG = "my grandmother at the lake house in the summer of 1998, scanned twice (final) v2"
JAPANESE = "夕暮れの街角で踊る宇宙飛行士の写真"
HEBREW = "תמונה של אסטרונאוטית רוקדת"
EMOJI = "🚀🧑‍🚀 launch party 🎉"


@dataclass(slots=True)
class Numbers:
    """Gives each job its own id and place."""

    last: int = 0

    def job(self, state: JobState, image: str, clip: str, **fields: Any) -> Job:
        self.last += 1
        mode = fields.pop("mode", Mode.STANDARD)
        pictures = Source(path=f"/pictures/{image}.png"), Source(path=f"/clips/{clip}.mp4")
        if fields.pop("of_links", False):
            at = "https://example.com"
            pictures = Source(url=f"{at}/{image}.png"), Source(url=f"{at}/{clip}.mp4")
        request = MotionRequest(*pictures, mode, **fields.pop("settings", {}))
        made = {"created_at": NOW - 300, "updated_at": NOW - 60, "position": self.last, **fields}
        return Job(f"job-{self.last}", request, state, **made)

    def done(self, image: str, clip: str, ago_s: float, **fields: Any) -> Job:
        made = {
            "finished_at": NOW - ago_s,
            "submitted_at": NOW - ago_s - 200,
            "result_path": f"/videos/{image} × {clip}.mp4",
            "result_duration_s": 8.4,
            "task_id": f"task-{self.last}",
            "trace_id": "5f3a9c1e-77aa-4a0b-9a51-3d8e2c1b4f00",
            "charged_credits": 5.88,
            "estimate_credits": 5.88,
            **fields,
        }
        return self.job(JobState.DONE, image, clip, **made)


def lost(outcome: str = "", **fields: Any) -> JobError:
    values = (("outcome", outcome),) if outcome else ()
    return JobError("contact_lost", money=Money.MAYBE_CHARGED, values=values, **fields)


def failed(message: str = "no person found in the picture") -> JobError:
    return JobError(
        "service_failed",
        message,
        Money.NORMALLY_NOT_CHARGED,
        trace_id="5f3a9c1e-77aa-4a0b-9a51-3d8e2c1b4f00",
        http_status=500,
    )


def account(connection: Connection = Connection.ONLINE, **fields: Any) -> AccountState:
    """Connected with both tokens, unless said otherwise."""
    made = {
        "has_api_token": True,
        "has_account_token": True,
        "api_token_hint": "91c2",
        "account_token_hint": "5f3a",
        "account_name": "Account",
        "balance_credits": 12.40,
        "token_store": "GNOME Keyring",
        **fields,
    }
    return AccountState(connection, **made)


def no_account() -> AccountState:
    return AccountState(Connection.NOT_CONNECTED)


def image_input(path: str, thumbnail: str | None = None, **fields: Any) -> Input:
    made = {"facts": IMAGE_FACTS, "thumbnail_path": thumbnail or path, **fields}
    return Input(Slot.IMAGE, InputState.READY, Source(path=path), **made)


def video_input(path: str, thumbnail: str, **fields: Any) -> Input:
    made = {"facts": VIDEO_FACTS, "thumbnail_path": thumbnail, **fields}
    return Input(Slot.VIDEO, InputState.READY, Source(path=path), **made)
