"""The recipe in the saved file: it survives copying, and nothing else changes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import av
import pytest
from clip_makers import make, numbers, packets

RECIPE = json.dumps({"prompt": "a „quoted“ dance 🕺\n<b>", "mode": "pro", "inputs": ["a" * 3000]})


def _times(path) -> list[tuple[str, int | None, int | None]]:
    with av.open(str(path)) as container:
        return [(p.stream.type, p.pts, p.dts) for p in container.demux() if p.size]


@pytest.mark.parametrize("options", [{}, {"movflags": "faststart"}], ids=["last", "first"])
@pytest.mark.parametrize("ending", ["mp4", "mov"])
def test_recipe_comes_back_and_streams_are_bit_identical(shared_helper, tmp_path, options, ending):
    path = make(tmp_path / f"a.{ending}", sound="aac", options=options)
    out = tmp_path / f"b.{ending}"
    shared_helper.write_recipe(str(path), str(out), RECIPE)
    assert shared_helper.read_recipe(str(out)) == RECIPE
    assert shared_helper.read_recipe(str(path)) is None
    for kind in ("video", "audio"):
        assert packets(out, kind) == packets(path, kind)
    assert _times(out) == _times(path)
    assert numbers(out) == list(range(20))
    before, after = shared_helper.verify_video(str(path)), shared_helper.verify_video(str(out))
    assert (before.duration_s, before.frame_count) == (after.duration_s, after.frame_count)


def _remuxed(path: Path, out: Path) -> Path:
    """As FFmpeg's ``-c copy`` does: streams and the file's tags."""
    with av.open(str(path)) as source, av.open(str(out), "w") as target:
        target.metadata.update(source.metadata)
        copies = {s.index: target.add_stream_from_template(s) for s in source.streams}
        for packet in source.demux():
            if packet.dts is not None:
                packet.stream = copies[packet.stream.index]
                target.mux(packet)
    return out


@pytest.mark.parametrize("endings", [("mp4",), ("mkv",), ("mov",), ("mkv", "mp4")])
def test_recipe_survives_copying_and_remuxing(shared_helper, tmp_path, endings):
    path = tmp_path / "a.mp4"
    made = make(tmp_path / "made.mp4", sound="aac")
    shared_helper.write_recipe(str(made), str(path), RECIPE)
    copied = shutil.copy(path, tmp_path / "copied.mp4")
    assert shared_helper.read_recipe(str(copied)) == RECIPE
    for number, ending in enumerate(endings):
        path = _remuxed(path, tmp_path / f"{number}.{ending}")
    assert shared_helper.read_recipe(str(path)) == RECIPE


def test_new_recipe_replaces_the_old_and_other_tags_stay(shared_helper, tmp_path):
    tags = {"title": "A title", "comment": "an earlier comment"}
    path = make(tmp_path / "a.mp4", metadata=tags)
    once, twice = tmp_path / "b.mp4", tmp_path / "c.mp4"
    shared_helper.write_recipe(str(path), str(once), '{"old": 1}')
    with av.open(str(once)) as container:
        assert container.metadata["title"] == "A title"
        assert container.metadata["comment"].endswith("an earlier comment")
    shared_helper.write_recipe(str(once), str(twice), RECIPE)
    assert shared_helper.read_recipe(str(twice)) == RECIPE
    assert b'"old"' not in twice.read_bytes()


def test_comments_of_others_are_no_recipes(shared_helper, tmp_path):
    path = make(tmp_path / "a.mp4", metadata={"comment": '{"prompt": "not ours"}'})
    assert shared_helper.read_recipe(str(path)) is None


def test_other_files_are_never_written_over(shared_helper, code_of, tmp_path):
    path = make(tmp_path / "a.mp4")
    taken = tmp_path / "taken.mp4"
    taken.write_bytes(b"mine")
    assert code_of(shared_helper.write_recipe, str(path), str(taken), RECIPE) == "exists"
    assert taken.read_bytes() == b"mine"
    assert code_of(shared_helper.write_recipe, str(path), str(path), RECIPE) == "exists"


def test_what_cannot_be_written_leaves_nothing(shared_helper, code_of, tmp_path):
    out = tmp_path / "out.mp4"
    clip = make(tmp_path / "a.mp4", options={"movflags": "faststart"})
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(clip.read_bytes()[:-100])
    assert code_of(shared_helper.write_recipe, str(cut), str(out), RECIPE) == "not_a_video"
    other = make(tmp_path / "a.mkv")
    assert code_of(shared_helper.write_recipe, str(other), str(out), RECIPE) == "not_a_video"
    nowhere = str(tmp_path / "no" / "out.mp4")
    assert code_of(shared_helper.write_recipe, str(clip), nowhere, RECIPE) == "unwritable"
    with pytest.raises(ValueError, match="Expecting"):
        shared_helper.write_recipe(str(clip), str(out), "no json")
    assert not out.exists()
