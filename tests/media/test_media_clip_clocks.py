"""Clips whose times are odd: joined, begun inside a group, longer sound, slots instead of times."""

from __future__ import annotations

from fractions import Fraction

import av
import pytest
from clip_makers import (
    SIZE,
    first_loud_s,
    make,
    numbered,
    numbers,
    shown,
    sound_length_s,
    with_fields,
)

from kling_desktop.media.fitted import ClipChange, ClipPlan

C = ClipChange
AS_WISHED = ClipPlan()
TS_PACKET_BYTES = 188


def fit(helper, path, plan=AS_WISHED):
    """What ``check`` says is what is done."""
    fitted = helper.fit_clip(str(path), plan)
    assert fitted.changes == helper.plan_clip(str(path), plan)
    assert fitted.facts == helper.verify_video(fitted.path)
    return fitted


def length_s(path: str) -> float:
    """Of the container, as players tell it."""
    with av.open(path) as container:
        return container.duration / av.time_base


def joined(target, *parts):
    target.write_bytes(b"".join(part.read_bytes() for part in parts))
    return target


def test_of_two_joined_recordings_both_are_sent_in_order(shared_helper, tmp_path):
    """The clock of the second one starts anew; its sound is of another kind."""
    first = make(tmp_path / "1.ts", sound="aac", gop=10)
    later = numbered(34)[14:]
    second = make(tmp_path / "2.ts", later, sound="aac", gop=10, layout="mono", beep_at_s=1.0)
    path = joined(tmp_path / "a.ts", first, second)
    facts = shared_helper.probe_video(str(path))
    assert facts.duration_s == pytest.approx(4.0, abs=0.01)
    assert not facts.variable_frame_rate
    fitted = fit(shared_helper, path)
    assert numbers(fitted.path) == [*range(20), *range(14, 34)]
    assert fitted.facts.duration_s == pytest.approx(4.0, abs=0.001)
    assert sound_length_s(fitted.path) == pytest.approx(4.0, abs=0.03)
    part = fit(shared_helper, path, ClipPlan(start_s=2.5, end_s=4.0))
    assert numbers(part.path) == list(range(19, 34))
    assert first_loud_s(part.path) == pytest.approx(0.5, abs=0.04)


def test_a_clock_that_jumps_by_hours_leaves_no_hours(shared_helper, tmp_path):
    stamps = [n * 100 for n in range(10)] + [7_200_000 + n * 100 for n in range(10)]
    path = make(tmp_path / "a.mkv", stamps_ms=stamps, codec_options={"bf": "0"})
    assert shared_helper.probe_video(str(path)).duration_s == pytest.approx(2.0, abs=0.01)
    fitted = fit(shared_helper, path)
    assert numbers(fitted.path) == list(range(20))
    assert fitted.facts.duration_s == pytest.approx(2.0, abs=0.001)


def test_a_size_that_changes_inside_becomes_one(shared_helper, tmp_path):
    first = make(tmp_path / "1.ts", gop=10)
    second = make(tmp_path / "2.ts", numbered(20, (480, 360)), gop=10)
    fitted = fit(shared_helper, joined(tmp_path / "a.ts", first, second))
    assert C.ONE_SIZE in fitted.changes
    with av.open(fitted.path) as container:
        sizes = {(f.width, f.height) for f in container.decode(video=0)}
    assert sizes == {SIZE}
    assert numbers(fitted.path) == [*range(20), *range(20)]
    with av.open(fitted.path) as container:  # contained between two edges, not stretched
        last = list(container.decode(video=0))[-1].to_image().convert("L")
    assert last.getpixel((180, 5)) < 20 < last.getpixel((180, 60))


def test_interlacing_that_begins_later_is_taken_out(shared_helper, tmp_path):
    options = {"codec": "mpeg2video", "fps": 25}
    first = make(tmp_path / "1.ts", numbered(10), **options)
    fields = {"flags": "+ilme+ildct", "q": "2"}
    second = make(
        tmp_path / "2.ts", numbered(20)[10:], codec_options=fields, each=with_fields, **options
    )
    path = joined(tmp_path / "a.ts", first, second)
    fitted = fit(shared_helper, path)
    assert C.DEINTERLACED in fitted.changes
    assert numbers(fitted.path) == list(range(20))
    before = shared_helper.plan_clip(str(path), ClipPlan(end_s=0.4))
    assert C.DEINTERLACED not in before


def test_sound_that_is_longer_is_cut_with_the_picture(shared_helper, tmp_path):
    path = make(tmp_path / "a.mp4", sound="aac", sound_end_s=4.0)
    assert length_s(str(path)) > 3.9
    fitted = fit(shared_helper, path)
    assert (fitted.changes, fitted.reencoded) == ((C.SOUND_CUT,), False)
    assert numbers(fitted.path) == list(range(20))
    assert length_s(fitted.path) <= 2.05


def test_what_begins_inside_a_group_begins_with_the_first_whole_picture(shared_helper, tmp_path):
    """Picture and sound together: the beep stands at frame 20, and the group's key at 15."""
    whole = make(tmp_path / "1.ts", numbered(34), gop=15, sound="aac", beep_at_s=2.0).read_bytes()
    packets = len(whole) // TS_PACKET_BYTES
    path = tmp_path / "a.ts"
    path.write_bytes(whole[TS_PACKET_BYTES * (packets // 5) :])
    facts = shared_helper.probe_video(str(path))
    assert (facts.frame_count, facts.duration_s) == (19, pytest.approx(1.9, abs=0.001))
    fitted = fit(shared_helper, path)
    assert numbers(fitted.path) == list(range(15, 34))
    at_s = next(at_s for at_s, number in shown(fitted.path) if number == 20)
    assert first_loud_s(fitted.path) == pytest.approx(at_s, abs=0.04)


@pytest.mark.parametrize(("frames", "held"), [(74, True), (75, False)])
def test_what_is_barely_too_short_is_held_on_its_last_picture(
    shared_helper, tmp_path, frames, held
):
    pictures = numbered(34)[:30]
    pictures = [pictures[n * 30 // frames] for n in range(frames)]
    path = make(tmp_path / "a.mp4", pictures, fps=25)
    fitted = fit(shared_helper, path)
    assert (C.HELD in fitted.changes) is held
    assert fitted.facts.frame_count == 75
    assert fitted.facts.duration_s == pytest.approx(3.0, abs=0.0005)
    assert numbers(fitted.path)[-1] == 29
    as_it_is = fit(shared_helper, path, ClipPlan(fit=False))
    assert as_it_is.path == str(path)


@pytest.mark.parametrize(("codec", "options"), [("libx264", {"bf": "2"}), ("mpeg4", {})])
def test_avi_has_the_rate_of_its_header_and_loses_no_frame(shared_helper, tmp_path, codec, options):
    path = make(
        tmp_path / "a.avi", numbered(34), codec=codec, codec_options=options, fps=25, sound="mp3"
    )
    fitted = fit(shared_helper, path)
    empty = [0] if codec == "mpeg4" else []  # FFmpeg leaves a slot empty behind its first frame
    assert numbers(fitted.path) == [*empty, *range(34)]
    with av.open(fitted.path) as container:
        assert container.streams.video[0].average_rate == 25
    assert fitted.facts.duration_s == pytest.approx((34 + len(empty)) / 25, abs=0.001)


def test_a_slot_without_a_frame_in_avi_shows_the_one_before(shared_helper, tmp_path):
    def later(frame):
        frame.pts += frame.pts > 0
        return frame

    path = make(tmp_path / "a.avi", numbered(30), codec="mpeg4", fps=25, each=later)
    facts = shared_helper.probe_video(str(path))
    assert (facts.fps, facts.frame_count) == (pytest.approx(25.0, abs=0.001), 31)
    fitted = fit(shared_helper, path)
    assert numbers(fitted.path) == [0, *range(30)]
    with av.open(fitted.path) as container:
        assert container.streams.video[0].average_rate == 25


def test_a_recording_that_stores_nothing_while_nothing_moves_is_variable(shared_helper, tmp_path):
    """However few the pauses: one among two hundred frames here."""
    stamps = [n * 20 + 1000 * (n > 100) for n in range(200)]
    pictures = numbered(34)
    path = make(tmp_path / "a.mp4", [pictures[n // 10] for n in range(200)], stamps_ms=stamps)
    assert shared_helper.probe_video(str(path)).variable_frame_rate
    fitted = fit(shared_helper, path)
    assert fitted.changes == (C.FRAME_RATE,)
    assert fitted.facts.fps == pytest.approx(50)
    found = dict((round(at_s, 2), number) for at_s, number in shown(fitted.path))
    assert (found[2.0], found[2.96], found[3.2]) == (10, 10, 11)


def test_one_dropped_frame_leaves_the_rate_as_it_was_meant(shared_helper, tmp_path):
    stamps = [n * 40 + 40 * (n > 10) for n in range(30)]
    path = make(tmp_path / "a.mp4", numbered(30, (320, 240)), stamps_ms=stamps)
    fitted = fit(shared_helper, path)
    with av.open(fitted.path) as container:
        assert container.streams.video[0].average_rate == Fraction(25)
    assert numbers(fitted.path) == [*range(11), 10, *range(11, 30)]


@pytest.mark.parametrize("codec", ["libx264", "libx265"])
def test_a_part_that_begins_at_a_key_that_promises_too_much_is_whole(
    shared_helper, tmp_path, codec
):
    """Refreshed bit by bit, or by open groups: none of the later keys stands alone."""
    options = {"x264-params": "intra-refresh=1:keyint=8:bframes=0"}
    if codec == "libx265":
        options = {"x265-params": "open-gop=1:keyint=5:min-keyint=5:bframes=2:log-level=0"}
    path = make(tmp_path / "a.mp4", numbered(34), codec=codec, codec_options=options)
    for begin in (8, 10, 15):
        fitted = fit(shared_helper, path, ClipPlan(start_s=begin / 10, end_s=begin / 10 + 1.5))
        assert numbers(fitted.path) == list(range(begin, begin + 15))
