"""A clip's sound where its track is odd: another codec on the way, a late begin, small gaps."""

from __future__ import annotations

import av
import pytest
from clip_makers import first_loud_s, make, numbered, numbers, sound_length_s

from kling_desktop.media.fitted import ClipChange, ClipPlan

C = ClipChange
AS_WISHED = ClipPlan()


def fit(helper, path, plan=AS_WISHED):
    """What ``check`` says is what is done."""
    fitted = helper.fit_clip(str(path), plan)
    assert fitted.changes == helper.plan_clip(str(path), plan)
    return fitted


def joined(target, first, second):
    target.write_bytes(first.read_bytes() + second.read_bytes())
    return target


def without_packets(source, target, begin_s: float, end_s: float):
    """The file again, but for the sound's packets of that time."""
    with av.open(str(source)) as before, av.open(str(target), "w") as out:
        streams = [out.add_stream_from_template(s, opaque=True) for s in before.streams]
        for packet in before.demux():
            is_lost = packet.stream.type == "audio" and packet.size
            if packet.dts is None or (is_lost and begin_s <= float(packet.pts / 1000) < end_s):
                continue
            packet.stream = streams[packet.stream_index]
            out.mux(packet)
    return target


@pytest.mark.parametrize("codecs", [("aac", "mp2"), ("mp2", "aac")])
def test_a_track_that_goes_on_in_another_codec_is_heard_in_both(shared_helper, tmp_path, codecs):
    """FFmpeg's decoder of the one makes noise of the other, or fails."""
    parts = [
        make(tmp_path / f"{codec}.ts", sound=codec, gop=10, beep_at_s=1.0, layout="mono")
        for codec in codecs
    ]
    path = joined(tmp_path / "a.ts", *parts)
    fitted = fit(shared_helper, path)
    assert C.SOUND_CONVERTED in fitted.changes
    assert numbers(fitted.path) == [*range(20), *range(20)]
    assert first_loud_s(fitted.path) == pytest.approx(1.0, abs=0.04)
    assert sound_length_s(fitted.path) == pytest.approx(4.0, abs=0.03)
    second = fit(shared_helper, path, ClipPlan(start_s=2.1))
    assert first_loud_s(second.path) == pytest.approx(0.9, abs=0.04)


def test_sound_that_only_the_second_recording_has_is_sent(shared_helper, tmp_path):
    first = make(tmp_path / "1.ts", numbered(40), gop=10)
    second = make(tmp_path / "2.ts", sound="aac", gop=10, beep_at_s=1.0)
    fitted = fit(shared_helper, joined(tmp_path / "a.ts", first, second))
    assert first_loud_s(fitted.path) == pytest.approx(5.0, abs=0.04)
    assert sound_length_s(fitted.path) == pytest.approx(6.0, abs=0.03)


def test_a_small_gap_moves_no_sound_that_is_encoded_anew(shared_helper, tmp_path):
    whole = make(tmp_path / "1.mkv", sound="ac3", beep_at_s=1.5, codec_options={"bf": "0"})
    path = without_packets(whole, tmp_path / "a.mkv", 0.5, 0.58)
    fitted = fit(shared_helper, path)
    assert C.SOUND_CONVERTED in fitted.changes
    assert first_loud_s(fitted.path) == pytest.approx(1.5, abs=0.02)
