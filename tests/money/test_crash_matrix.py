"""The crash matrix in its short form; the long one is run by hand (crash_matrix.py)."""

from __future__ import annotations

from pathlib import Path

from crash_crowd import SHORT as SCENES
from crash_crowd import crash_crowds
from crash_matrix import SHORT, crash, table


def test_killed_at_every_step_nothing_is_paid_twice_and_nothing_accepted_is_lost(
    tmp_path: Path,
) -> None:
    outcomes = crash(SHORT, kills=len(SHORT) - 1, folder=tmp_path, kill_again=False)
    shown = table(outcomes)
    assert {o.verdict for o in outcomes} <= {"saved", "never sent"}, shown
    by_name = {o.moment: o for o in outcomes}
    # The moments that were chosen because the service had accepted: each is a saved video.
    for name in ("accepted, no answer", "accepted, cut connection", "generating"):
        assert by_name[name].verdict == "saved", shown
        assert by_name[name].kills == 1, shown


def test_a_killed_window_pays_once_and_its_videos_come(tmp_path: Path) -> None:
    moments = [m for m in SHORT if m.name in ("accepted, cut connection", "downloading")]
    outcomes = crash(moments, kills=len(moments), folder=tmp_path, kill_again=False, in_window=True)
    assert [o.verdict for o in outcomes] == ["saved"] * len(moments), table(outcomes)


def test_of_commands_side_by_side_each_is_paid_once_and_saved_once_whoever_is_interrupted(
    tmp_path: Path, picture: Path, clip: Path
) -> None:
    outcomes = crash_crowds(SCENES, (picture, clip), kills=3, folder=tmp_path)
    shown = outcomes.table()
    assert outcomes.bad == [], shown
    assert {e.verdict for e in outcomes.ended} == {"saved"}, shown
