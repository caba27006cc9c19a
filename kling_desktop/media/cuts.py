"""Where one shot ends and the next begins. Pure: works on glances."""

from __future__ import annotations

from itertools import pairwise
from statistics import median

from .glance import Glance, color_change, difference, likeness, shifted_likeness

# Measured on generated clips (tests/media/test_media_doctor.py): cuts lie above 0.3, walking and
# dancing people below 0.1.
LEAST_DIFFERENCE = 0.16
TIMES_USUAL = 3.0  # against the frames around it: a pan or a shaking hand raises these as well
MOST_NEEDED = 0.6  # where all around is in motion, another picture still stands out
AROUND_FRAMES = 8
FLASH_S = 0.4  # a flash is over by then, and the picture is the old one again
FLASH_FRAMES_MAX = 30
BACK_AGAIN = 0.4  # of the jump: nearer than this to the frame before it is the old picture
SAME_ROOM = 0.5  # likeness of two frames of one shot, a flash apart
PAN_X, PAN_Y = 10, 5  # cells that a fast pan may move between two frames: a third of the picture
PAN_LIKENESS = 0.8
DARK_MEAN, DARK_DEVIATION = 10.0, 3.0  # of 255: what a fade ends in; a night scene has shapes
OTHER_SHOT = 0.3


def find_cuts(glances: list[Glance], fps: float) -> list[int]:
    """Numbers of the frames with which another shot begins."""
    jumps = [0.0] + [difference(a, b) for a, b in pairwise(glances)]
    flash = max(2, min(FLASH_FRAMES_MAX, round(FLASH_S * fps)))
    return [
        number
        for number in range(1, len(glances))
        if _stands_out(jumps, number)
        and not _is_flash(glances, jumps[number], number, flash)
        and not _is_pan(glances[number - 1], glances[number])
        and not _is_dark(glances[number])
        and not _is_dark(glances[number - 1])
    ]


def find_fades(glances: list[Glance], fps: float) -> list[int]:
    """Numbers of the darkest frames between two different shots."""
    found: list[int] = []
    number = 0
    while number < len(glances):
        if not _is_dark(glances[number]):
            number += 1
            continue
        begin = number
        while number < len(glances) and _is_dark(glances[number]):
            number += 1
        if begin > 0 and number < len(glances) and _differ(glances, begin, number, fps):
            found.append(min(range(begin, number), key=lambda n: glances[n].mean))
    return found


def _differ(glances: list[Glance], begin: int, end: int, fps: float) -> bool:
    """Whether what stands before and behind the dark is not the same picture."""
    reach = max(1, round(fps / 4))  # out of the darkest part of the fade
    before = glances[max(0, begin - reach)]
    after = glances[min(len(glances) - 1, end + reach - 1)]
    return 1.0 - likeness(before, after) > OTHER_SHOT or color_change(before, after) > OTHER_SHOT


def _stands_out(jumps: list[float], number: int) -> bool:
    jump = jumps[number]
    if jump < LEAST_DIFFERENCE or jump < max(jumps[number - 1 : number + 2]):
        return False
    around = jumps[max(1, number - AROUND_FRAMES) : number]
    around = around + jumps[number + 1 : number + 1 + AROUND_FRAMES]
    usual = median(around) if around else 0.0
    return jump > min(MOST_NEEDED, TIMES_USUAL * usual)


def _is_flash(glances: list[Glance], jump: float, number: int, flash: int) -> bool:
    """Whether the picture comes back: this is a flash's first frame, or the first after it."""
    before, here = glances[number - 1], glances[number]
    coming = glances[number + 1 : number + 1 + flash]
    gone = glances[max(0, number - 1 - flash) : number - 1]
    limit = max(LEAST_DIFFERENCE, jump * BACK_AGAIN)
    light = color_change(before, here) * BACK_AGAIN

    def same(one: Glance, other: Glance) -> bool:
        if difference(one, other) < limit:
            return True
        # A dancer moves on during the flash; the light is the old one and so is the room.
        return color_change(one, other) < light and likeness(one, other) > SAME_ROOM

    return any(same(before, one) for one in coming) or any(same(one, here) for one in gone)


def _is_pan(before: Glance, after: Glance) -> bool:
    if color_change(before, after) > OTHER_SHOT:
        return False
    return shifted_likeness(before, after, PAN_X, PAN_Y) > PAN_LIKENESS


def _is_dark(one: Glance) -> bool:
    return one.mean < DARK_MEAN and one.deviation < DARK_DEVIATION
