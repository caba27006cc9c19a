"""Every state of the window that must exist (product.md), each as a function that brings it up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from looks_jobs import (
    HEBREW,
    JAPANESE,
    LONG,
    account,
    image_input,
    no_account,
    video_input,
)
from looks_stand import Stand

from kling_desktop.motion.account import Connection
from kling_desktop.motion.facts import ImageFacts, LinkFacts, VideoFacts
from kling_desktop.motion.input import Blocked, Input, InputState
from kling_desktop.motion.job import JobState
from kling_desktop.motion.limits import Finding, FindingCode, Mend, Severity, finding
from kling_desktop.motion.request import Draft, Mode, Orientation, Slot, Source

S = JobState
DEFAULT_PX = (1280, 800)
SMALL_PX = (900, 500)


@dataclass(frozen=True, slots=True)
class Scene:
    """``build`` is called with the window shown. ``sharp``: also rendered at 200 %."""

    name: str
    build: Callable[[Stand], None]
    size: tuple[int, int] = DEFAULT_PX
    sharp: bool = False


SCENES: dict[str, Scene] = {}


def scene(
    name: str, size: tuple[int, int] = DEFAULT_PX, *, sharp: bool = False
) -> Callable[[Callable[[Stand], None]], Callable[[Stand], None]]:
    """Put a function among the scenes."""

    def put(build: Callable[[Stand], None]) -> Callable[[Stand], None]:
        SCENES[name] = Scene(name, build, size, sharp)
        return build

    return put


def working(stand: Stand) -> None:
    """What most scenes stand before: connected, a draft, a Library."""
    stand.connected()
    stand.inputs()
    stand.shelf()


# -- the draft -----------------------------------------------------------------------------------


@scene("01-empty", sharp=True)
def empty(stand: Stand) -> None:
    stand.account(no_account())


@scene("01-empty-small", SMALL_PX)
def empty_small(stand: Stand) -> None:
    stand.account(no_account())


@scene("01-empty-sandbox")
def empty_sandbox(stand: Stand) -> None:
    stand.account(account(Connection.SANDBOX, balance_credits=1000.0))
    stand.stage.set_first_run(True, True)


@scene("02-composing")
def composing(stand: Stand) -> None:
    stand.connected()
    stand.compose.set_input(image_input(stand.media.image))
    stand.compose.set_draft(Draft(Source(path=stand.media.image)))
    stand.blocked(Blocked.NO_VIDEO)


@scene("02-composing-ready")
def composing_ready(stand: Stand) -> None:
    stand.connected()
    stand.inputs()


@scene("02-composing-options")
def composing_options(stand: Stand) -> None:
    working(stand)
    stand.compose.set_draft(
        Draft(
            Source(path=stand.media.image),
            Source(path=stand.media.clip),
            mode=Mode.PRO,
            orientation=Orientation.IMAGE,
            prompt="Soft evening light, city street behind. " * 6,
            model="kling-v3",
            watermark=True,
            callback_url="hooks.example.com/kling",
        )
    )
    stand.compose.set_findings((finding(FindingCode.CALLBACK_BAD),))
    stand.blocked(Blocked.FINDINGS)


@scene("02-composing-names")
def composing_names(stand: Stand) -> None:
    """Names of every kind, converted pictures and a link."""
    working(stand)
    stand.compose.set_input(
        image_input(
            f"/pictures/{LONG}.webp",
            stand.media.image,
            changes=("converted", "turned", "scaled"),
            original_format="webp",
        )
    )
    link = Source(url=f"https://cdn.example.com/clips/{JAPANESE}.mp4?sig=abc")
    facts = LinkFacts("video/mp4", 5_200_000)
    stand.compose.set_input(Input(Slot.VIDEO, InputState.READY, link, facts))
    stand.compose.set_findings((finding(FindingCode.LINK_UNCHECKED, Severity.NOTE, Slot.VIDEO),))
    stand.compose.set_quote(None)


@scene("03-checking")
def checking(stand: Stand) -> None:
    stand.connected()
    for slot, path in ((Slot.IMAGE, stand.media.image), (Slot.VIDEO, stand.media.clip)):
        stand.compose.set_input(Input(slot, InputState.CHECKING, Source(path=path)))
    stand.blocked(Blocked.CHECKING)


# -- blocked, each with its reason ---------------------------------------------------------------


def _blocked(stand: Stand, *found: Finding) -> None:
    working(stand)
    stand.compose.set_findings(found)
    stand.blocked(Blocked.FINDINGS)


@scene("04-blocked-too-long-for-facing")
def too_long_for_facing(stand: Stand) -> None:
    stand.connected()
    stand.inputs()
    facts = VideoFacts("mp4", "h264", 1280, 720, 9_100_000, 14.2, 30.0, 426, True)
    stand.compose.set_input(video_input(stand.media.clip, stand.media.clip_still, facts=facts))
    stand.compose.set_draft(Draft(orientation=Orientation.IMAGE))
    found = finding(
        FindingCode.VIDEO_LONG_FOR_IMAGE,
        slot=Slot.VIDEO,
        mend=Mend.FACE_AS_CLIP,
        duration_s=14.2,
        limit_s=10.0,
    )
    stand.compose.set_findings((found,))
    stand.blocked(Blocked.FINDINGS)


@scene("04-blocked-many", SMALL_PX)
def blocked_many(stand: Stand) -> None:
    """Several problems in the smallest window: they scroll, Generate stays in view."""
    stand.connected()
    stand.inputs()
    facts = ImageFacts("png", 280, 280, 91_555)
    stand.compose.set_input(image_input(stand.media.image, facts=facts))
    small = finding(
        FindingCode.IMAGE_SMALL,
        slot=Slot.IMAGE,
        mend=Mend.CHOOSE_IMAGE,
        width_px=280,
        height_px=280,
        limit_px=300,
    )
    prompt = finding(FindingCode.PROMPT_LONG, mend=Mend.SHORTEN_PROMPT, length=2613, limit=2500)
    silent = finding(FindingCode.NO_SOUND, Severity.NOTE, Slot.VIDEO, Mend.SOUND_OFF)
    stand.compose.set_findings((small, prompt, silent))
    stand.blocked(Blocked.FINDINGS)


@scene("04-blocked-clip-too-long")
def clip_too_long(stand: Stand) -> None:
    found = finding(
        FindingCode.VIDEO_LONG,
        slot=Slot.VIDEO,
        mend=Mend.CHOOSE_VIDEO,
        duration_s=42.0,
        limit_s=30.0,
    )
    _blocked(stand, found)


@scene("04-blocked-wrong-kind")
def wrong_kind(stand: Stand) -> None:
    stand.connected()
    problem = finding(FindingCode.PICTURE_IS_VIDEO, slot=Slot.IMAGE, mend=Mend.CHOOSE_IMAGE)
    source = Source(path=stand.media.clip)
    stand.compose.set_input(Input(Slot.IMAGE, InputState.REFUSED, source, problem=problem))
    damaged = finding(
        FindingCode.FILE_DAMAGED, slot=Slot.VIDEO, mend=Mend.CHOOSE_VIDEO, name=f"{HEBREW}.mp4"
    )
    source = Source(path=f"/clips/{HEBREW}.mp4")
    stand.compose.set_input(Input(Slot.VIDEO, InputState.REFUSED, source, problem=damaged))
    stand.compose.set_findings((problem, damaged))
    stand.blocked(Blocked.REFUSED_INPUT)


@scene("04-blocked-balance-low")
def balance_low(stand: Stand) -> None:
    working(stand)
    stand.account(account(balance_credits=2.1))
    found = finding(
        FindingCode.BALANCE_LOW,
        Severity.WARNING,
        mend=Mend.TOP_UP,
        balance_credits=2.1,
        price_credits=5.88,
    )
    stand.compose.set_findings((found,))


@scene("04-links-alone")
def links_alone(stand: Stand) -> None:
    found = finding(FindingCode.LINKS_ALONE, Severity.NOTE, mend=Mend.CONNECT)
    stand.compose.set_findings((found,))
    stand.account(account(has_account_token=False, account_token_hint="", balance_credits=None))


@scene("04-blocked-needs-account-token")
def needs_account_token(stand: Stand) -> None:
    _blocked(stand, finding(FindingCode.UPLOAD_NEEDS_ACCOUNT, mend=Mend.CONNECT))
    stand.account(account(has_account_token=False, account_token_hint="", balance_credits=None))
