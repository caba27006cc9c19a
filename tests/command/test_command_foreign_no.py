"""What a command leaves where something between here and the service said no in its place."""

from __future__ import annotations

import pytest
from side_by_side import Folder


@pytest.mark.parametrize("status", [401, 402])
def test_a_no_that_nobody_can_vouch_for_leaves_a_job_that_is_perhaps_charged(
    folder: Folder, status: int
) -> None:
    """It came in the place of the answer: ``resume`` asks the history before it sends anything."""
    body = {"message": "This page is blocked."}
    folder.spoil("motion", "wrong_json", times=1, after=True, status=status, body=body)
    with folder.generate("once") as child:
        (job,) = folder.ended(child, 4)
    assert (job["state"], job["error"]["money"]) == ("queued", "maybe_charged")
    assert "resume" in child.err
    assert len(folder.tasks("once")) == 1


@pytest.mark.parametrize("status", [403, 413, 429])
def test_what_was_accepted_in_spite_of_it_is_waited_for_and_saved(
    folder: Folder, status: int
) -> None:
    """It ended with 3, on which scripts repeat."""
    body = {"message": "This page is blocked."}
    folder.spoil("motion", "wrong_json", times=1, after=True, status=status, body=body)
    with folder.generate("once", "--wait", "0.5") as child:
        (job,) = folder.ended(child, 0)
    assert job["state"] == "done"
    assert len(folder.tasks("once")) == 1
