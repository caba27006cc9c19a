"""The motion doctor: cuts counted against known ones, and each defect with its evidence."""

from __future__ import annotations

import threading

import pytest
from clip_makers import make
from media_makers import four_corners
from PIL import Image
from shot_makers import FPS, SIZE, blurred, fade, film, films, lens_switches, pan, scene, shot, wall

from kling_desktop.media.clip_report import ClipDefect
from kling_desktop.media.errors import MediaError

D = ClipDefect
PRECISION_FLOOR = RECALL_FLOOR = 0.95


def examined(helper, path, frames, **options):
    make(path, frames, fps=FPS, codec_options={"preset": "ultrafast"})
    return helper.examine_clip(str(path), **options)


def defects(report) -> list[ClipDefect]:
    return [finding.defect for finding in report.findings]


def test_cuts_are_found_to_the_frame_with_few_mistakes(shared_helper, tmp_path):
    """Precision and recall over all films together; run with -s to see each."""
    right = wrong = missed = 0
    for name, make_film in films().items():
        frames, cuts = make_film()
        report = examined(shared_helper, tmp_path / f"{name}.mp4", frames)
        found = {cut.frame for cut in report.cuts}
        hits = len(found & set(cuts))
        right, wrong = right + hits, wrong + len(found - set(cuts))
        missed += len(set(cuts) - found)
        print(f"{name}: {hits} of {len(cuts)}, wrong {sorted(found - set(cuts))}")
        for cut in report.cuts:
            assert cut.at_s == pytest.approx(cut.frame / FPS, abs=0.001)
    precision, recall = right / (right + wrong), right / (right + missed)
    print(f"precision {precision:.3f}, recall {recall:.3f}, {right + missed} cuts")
    assert precision >= PRECISION_FLOOR
    assert recall >= RECALL_FLOOR


@pytest.mark.parametrize("name", ["flashes", "fades", "fade in", "one long pan"])
def test_tricks_alone_are_no_cuts(shared_helper, tmp_path, name):
    frames, cuts = films()[name]()
    report = examined(shared_helper, tmp_path / "a.mp4", frames)
    assert [cut.frame for cut in report.cuts] == cuts


@pytest.mark.parametrize(("step_px", "person"), [(16, True), (27, True), (40, False), (53, False)])
def test_a_pan_at_six_frames_a_second_gives_no_cut(shared_helper, tmp_path, step_px, person):
    for seed in (1, 3):
        path = make(tmp_path / f"{seed}.mp4", pan(seed, 24, step_px, person), fps=6)
        assert shared_helper.examine_clip(str(path)).cuts == ()


def test_a_title_over_the_lower_part_is_no_cut(shared_helper, tmp_path):
    frames = list(shot(1, 30))
    width, height = frames[0].size
    for frame in frames[15:]:
        frame.paste((255, 255, 255), (0, height * 3 // 4, width, height * 19 // 20))
    assert examined(shared_helper, tmp_path / "a.mp4", frames).cuts == ()


@pytest.mark.parametrize("zoom", [1.3, 1.5, 2.0])
@pytest.mark.parametrize("backdrop", [wall(), scene(3, (320, 180))], ids=["wall", "room"])
def test_both_lens_switches_are_found_to_the_frame(shared_helper, tmp_path, backdrop, zoom):
    path = make(tmp_path / "a.mp4", lens_switches(backdrop, zoom, 20), fps=30)
    report = shared_helper.examine_clip(str(path))
    assert [cut.frame for cut in report.cuts] == [20, 40]


def test_shots_lie_between_the_cuts(shared_helper, tmp_path):
    frames, cuts = film(shot(1, 30), shot(2, 50), shot(3, 20))
    report = examined(shared_helper, tmp_path / "a.mp4", frames)
    bounds = [(one.first_frame, one.end_frame) for one in report.shots]
    assert bounds == [(0, 30), (30, 80), (80, 100)]
    assert [cut.frame for cut in report.cuts] == cuts
    longest = max(report.shots, key=lambda one: one.length_s)
    assert (longest.start_s, longest.end_s) == pytest.approx((1.2, 3.2), abs=0.001)


def test_fade_through_black_into_another_scene_parts_shots(shared_helper, tmp_path):
    frames = fade(shot(5, 40), 20, 34) + fade(shot(6, 40), 20, 34)[::-1]
    report = examined(shared_helper, tmp_path / "a.mp4", frames)
    assert report.cuts == ()
    (dark,) = report.fades
    assert 34 <= dark.frame <= 46
    assert len(report.shots) == 2


def test_part_is_examined_with_times_of_the_whole(shared_helper, tmp_path):
    frames, _ = film(shot(1, 30), shot(2, 50), shot(3, 20))
    path = tmp_path / "a.mp4"
    report = examined(shared_helper, path, frames, start_s=1.0, end_s=3.0)
    assert [cut.frame for cut in report.cuts] == [30]
    assert [(one.first_frame, one.end_frame) for one in report.shots] == [(25, 30), (30, 75)]


def test_good_clip_has_no_findings(shared_helper, tmp_path):
    report = examined(shared_helper, tmp_path / "a.mp4", shot(7, 75, pan_px=0))
    assert (report.findings, report.cuts) == ((), ())


def test_black_start_is_told_with_the_first_good_time(shared_helper, tmp_path):
    black = [Image.new("RGB", SIZE)] * 10
    report = examined(shared_helper, tmp_path / "a.mp4", black + shot(8, 40))
    (found,) = report.findings
    assert (found.defect, found.at_s) == (D.BLACK_START, 0.0)
    assert found.good_s == pytest.approx(10 / FPS, abs=0.001)


def test_frozen_start_is_told_with_the_last_still_frame(shared_helper, tmp_path):
    moving = shot(9, 40)
    report = examined(shared_helper, tmp_path / "a.mp4", [moving[0]] * 20 + moving)
    (found,) = report.findings
    assert found.defect is D.FROZEN_START
    assert found.good_s == pytest.approx(20 / FPS, abs=2 / FPS)


@pytest.mark.parametrize(("crf", "gop"), [(35, 10), (40, 25)])
def test_a_picture_that_is_drawn_anew_stays_frozen(shared_helper, tmp_path, crf, gop):
    """Each key frame changes all of it a little: the motion begins at 1.6 s, and not before."""
    moving = [frame.resize((640, 360)) for frame in shot(9, 20, pan_px=0)]
    path = tmp_path / "a.mp4"
    make(path, [moving[0]] * 40 + moving, fps=FPS, gop=gop, codec_options={"crf": str(crf)})
    found = shared_helper.examine_clip(str(path)).findings[0]
    assert found.defect is D.FROZEN_START
    assert found.good_s == pytest.approx(1.6, abs=0.2)


def test_blurred_start_is_told_with_the_first_sharp_time(shared_helper, tmp_path):
    moving = shot(10, 50)
    report = examined(shared_helper, tmp_path / "a.mp4", blurred(moving[:8], 4) + moving[8:])
    (found,) = report.findings
    assert found.defect is D.BLURRED_START
    assert found.good_s == pytest.approx(8 / FPS, abs=1 / FPS)


def test_still_picture_has_little_motion(shared_helper, tmp_path):
    report = examined(shared_helper, tmp_path / "a.mp4", [four_corners(*SIZE)] * 40)
    assert defects(report) == [D.LITTLE_MOTION]


def test_motion_that_is_too_fast_is_told_where_it_is_worst(shared_helper, tmp_path):
    calm, wild = shot(11, 40, pan_px=0), shot(11, 40, pan_px=14)
    report = examined(shared_helper, tmp_path / "a.mp4", calm + wild)
    (found,) = report.findings
    assert found.defect is D.FAST_MOTION
    assert 1.2 <= found.at_s <= 3.2


def test_examining_tells_its_progress_and_can_be_stopped(own_helper, tmp_path):
    path = make(tmp_path / "a.mp4", [four_corners(640, 360)] * 300, fps=FPS)
    told: list[float] = []
    own_helper.examine_clip(str(path), on_progress=told.append)
    assert told == sorted(told)
    stop = threading.Event()
    path.touch()  # what was seen is known by then
    with pytest.raises(MediaError) as caught:
        own_helper.examine_clip(str(path), on_progress=lambda _: stop.set(), stop=stop)
    assert caught.value.code == "cancelled"


@pytest.mark.parametrize("ending", ["avi", "mkv", "ts"])
def test_cuts_are_exact_in_other_containers(shared_helper, tmp_path, ending):
    frames, cuts = film(shot(1, 21), shot(2, 17), shot(3, 12))
    codec = "mpeg4" if ending == "avi" else "libx264"
    path = make(tmp_path / f"a.{ending}", frames, fps=FPS, codec=codec)
    assert [cut.frame for cut in shared_helper.examine_clip(str(path)).cuts] == cuts
