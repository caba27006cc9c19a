"""The restore matrix in its short form; the long one is run by hand (restore_matrix.py)."""

from __future__ import annotations

from pathlib import Path

from crash_matrix import Moment
from restore_matrix import HARMS, restore, table

from kling_desktop.motion.job import JobState


def test_a_list_of_jobs_of_the_past_pays_nothing_twice_and_forgets_nothing(
    tmp_path: Path, picture: Path, clip: Path
) -> None:
    copied = Moment("uploading", JobState.UPLOADING)
    killed = Moment("accepted, no answer", accepted=True, words="[no answer]")
    cases = [(harm, copied, killed) for harm in HARMS]
    outcomes = restore(cases, (picture, clip), folder=tmp_path)
    verdicts = {o.harm: o.verdict for o in outcomes}
    wanted = {harm: "asked" if harm == "whole folder" else "saved" for harm in HARMS}
    assert verdicts == wanted, table(outcomes)
