"""Where one shot ends and the next begins. Pure: works on glances."""

from __future__ import annotations

from itertools import pairwise
from statistics import median, quantiles

from .glance import Glance, color_change, difference, likeness, shifted_likeness, unchanged_shapes

# Measured on generated clips (tests/media/test_media_doctor.py): cuts lie above 0.3, walking and
# dancing people below 0.1.
LEAST_DIFFERENCE = 0.16
ALONE_DIFFERENCE = 0.09  # a switch to another lens of the same room, where all around is calm
TIMES_AROUND = 4.0  # against the strongest of them
CALM = 0.06  # a dancer's own motion within a flash's length
# Where every frame is another picture, as in a pan at a low rate: against the stronger ones.
IN_MOTION, TIMES_STRONG = 0.25, 1.25
TIMES_USUAL = 3.0  # against the frames around it: a pan or a shaking hand raises these as well
MOST_NEEDED = 0.6  # where all around is in motion, another picture still stands out
AROUND_FRAMES = 8
FLASH_S = 0.4  # a flash is over by then, and the picture is the old one again
FLASH_FRAMES_MAX = 30
BACK_AGAIN = 0.4  # of the jump: nearer than this to the frame before it is the old picture
SAME_ROOM = 0.5  # likeness of two frames of one shot, a flash apart
PAN_X, PAN_Y = 10, 5  # cells that a fast pan may move between two frames: a third of the picture
PAN_LIKENESS = 0.8
# What the shift explains: a lens that is switched is a little more alike somewhere else, too.
PAN_LEFT_OVER = 0.45  # of what the two frames do not have in common where they stand
PAN_LEVELS = 24.0  # of 255: the part that both show keeps its brightness
PAN_FPS = 25.0  # at which the cells above hold; slower clips move further from frame to frame
PAN_X_MOST = 16  # half of the picture has to be there in both
STILL_THERE = 0.5  # of the picture: what changes is a title or a picture within it, no shot
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
        and unchanged_shapes(glances[number - 1], glances[number]) < STILL_THERE
        and not _is_pan(glances[number - 1], glances[number], fps)
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
    if jump < ALONE_DIFFERENCE or jump < max(jumps[number - 1 : number + 2]):
        return False
    around = jumps[max(1, number - AROUND_FRAMES) : number]
    around = around + jumps[number + 1 : number + 1 + AROUND_FRAMES]
    if jump < LEAST_DIFFERENCE:
        return bool(around) and jump > TIMES_AROUND * max(around)
    usual = median(around) if around else 0.0
    if usual > IN_MOTION and len(around) > 1 and jump <= TIMES_STRONG * quantiles(around, n=4)[2]:
        return False
    return jump > min(MOST_NEEDED, TIMES_USUAL * usual)


def _is_flash(glances: list[Glance], jump: float, number: int, flash: int) -> bool:
    """Whether the picture comes back: this is a flash's first frame, or the first after it."""
    before, here = glances[number - 1], glances[number]
    coming = glances[number + 1 : number + 1 + flash]
    gone = glances[max(0, number - 1 - flash) : number - 1]
    limit = max(CALM, jump * BACK_AGAIN)
    light = color_change(before, here) * BACK_AGAIN

    def same(one: Glance, other: Glance) -> bool:
        if difference(one, other) < limit:
            return True
        # A dancer moves on during the flash; the light is the old one and so is the room.
        return color_change(one, other) < light and likeness(one, other) > SAME_ROOM

    return any(same(before, one) for one in coming) or any(same(one, here) for one in gone)


def _is_pan(before: Glance, after: Glance, fps: float) -> bool:
    most_x = min(PAN_X_MOST, max(PAN_X, round(PAN_X * PAN_FPS / max(1.0, fps))))
    alike, levels = shifted_likeness(before, after, most_x, PAN_Y)
    left_over = (1.0 - alike) / max(1.0 - likeness(before, after), 1e-6)
    return alike > PAN_LIKENESS and left_over < PAN_LEFT_OVER and levels < PAN_LEVELS


def _is_dark(one: Glance) -> bool:
    return one.mean < DARK_MEAN and one.deviation < DARK_DEVIATION
