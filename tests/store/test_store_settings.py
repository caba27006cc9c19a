"""Settings, the draft, the folders and the small files they live in."""

from __future__ import annotations

import json
import math
import os
import stat
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kling_desktop.engine.preferences import Preferences
from kling_desktop.motion.left_out import Damage, LeftOut, Saved
from kling_desktop.motion.reading import Within, read
from kling_desktop.motion.request import Draft, Mode, Orientation, Source
from kling_desktop.store.draft import DraftStore
from kling_desktop.store.errors import Reason, StoreUnwritable
from kling_desktop.store.files import write_whole
from kling_desktop.store.paths import DataPaths
from kling_desktop.store.settings import LIMITS, Settings, SettingsStore, clamped
from kling_desktop.store.waved import WavedStore

DRAFT = Draft(
    image=Source(path="/p/a\udcff.png"),
    mode=Mode.PRO,
    prompt="Ein Satz, 日本, 🙂",
    model="kling-v3",
)


def mode_bits(file: Path) -> int:
    return stat.S_IMODE(file.stat().st_mode)


def test_without_a_file_there_are_defaults(tmp_path: Path) -> None:
    store = SettingsStore(tmp_path / "settings.json")
    assert store.load() == Settings()
    assert store.left_out is None
    assert list(tmp_path.iterdir()) == []


def test_settings_survive_a_restart(tmp_path: Path) -> None:
    wanted = Settings(
        theme="dark",
        videos_folder="/v/ä\udcff",
        jobs_at_once=4,
        ask_above_credits=None,
        day_limit_credits=12.5,
        last_mode=Mode.PRO,
        last_orientation=Orientation.IMAGE,
        last_model="kling-v3",
        volume=0.25,
        profile="sandbox",
        language="de",
        first_run_done=True,
    )
    SettingsStore(tmp_path / "settings.json").save(wanted)
    assert SettingsStore(tmp_path / "settings.json").load() == wanted
    assert [file.name for file in tmp_path.iterdir()] == ["settings.json"]


def test_settings_are_for_their_owner_only(tmp_path: Path) -> None:
    SettingsStore(tmp_path / "settings.json").save(Settings())
    assert mode_bits(tmp_path / "settings.json") == 0o600


@pytest.mark.parametrize(
    ("name", "given_value", "kept"),
    [
        ("volume", -3.0, 0.0),
        ("volume", float("inf"), 1.0),
        ("volume", float("nan"), 1.0),
        ("volume", 10**400, 1.0),
        ("jobs_at_once", 99, 2),
        ("theme", "purple", "system"),
        ("profile", "nobody", ""),
    ],
)
def test_saving_keeps_within_the_bounds(
    tmp_path: Path, name: str, given_value: Any, kept: object
) -> None:
    store = SettingsStore(tmp_path / "settings.json")
    store.save(replace(Settings(), **{name: given_value}))
    assert getattr(store.load(), name) == kept


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("jobs_at_once", "two"),
        ("jobs_at_once", None),
        ("jobs_at_once", True),
        ("jobs_at_once", 9),
        ("jobs_at_once", 1e400),
        ("jobs_at_once", 2.5),
        ("volume", None),
        ("muted", 1),
        ("muted", None),
        ("last_mode", "ultra"),
        ("last_mode", ["pro"]),
        ("videos_folder", 7),
        ("theme", {"dark": True}),
        ("window_geometry", None),
    ],
)
def test_a_value_that_makes_no_sense_becomes_the_default_and_no_other_is_lost(
    tmp_path: Path, name: str, value: object
) -> None:
    file = tmp_path / "settings.json"
    content = json.dumps({name: value, "loop": True})
    file.write_text(content, encoding="utf-8")
    for _start in range(2):
        store = SettingsStore(file)
        assert store.load() == Settings(loop=True)
        kept_as = "settings.json.damaged"
        assert store.left_out == LeftOut(Saved.SETTINGS, Damage.PART, kept_as, (name,))
        assert (tmp_path / kept_as).read_text(encoding="utf-8") == content
        assert len(list(tmp_path.iterdir())) == 2, "the same content is kept once"
    store.save(store.load())
    assert store.load() == Settings(loop=True)
    assert store.left_out is None


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=4,
)
names = st.sampled_from([f.name for f in fields(Settings)])


@given(st.dictionaries(names, json_values))
def test_whatever_a_file_says_the_settings_are_within_bounds(data: dict[str, Any]) -> None:
    settings = read(Settings, data, [])
    assert clamped(settings) == settings
    assert 1 <= settings.jobs_at_once <= 8
    assert 0.0 <= settings.volume <= 1.0
    assert settings.theme in ("system", "light", "dark")


def test_every_number_says_its_unit_and_bounds() -> None:
    hints = get_type_hints(Settings, include_extras=True)
    for field in fields(Settings):
        if type(field.default) in (int, float):
            hint = next((h for h in get_args(hints[field.name]) if get_args(h)), hints[field.name])
            bounds = get_args(hint)[1]
            assert isinstance(bounds, Within)
            assert bounds.unit
            assert bounds.low < bounds.high


def test_keys_of_a_newer_version_are_kept(tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    file.write_text('{"hologram": {"depth": 3}, "muted": true}', encoding="utf-8")
    store = SettingsStore(file)
    store.save(replace(store.load(), loop=True))
    written = json.loads(file.read_text(encoding="utf-8"))
    assert written["hologram"] == {"depth": 3}
    assert (written["muted"], written["loop"]) == (True, True)


UNREADABLE_LIMITS = [
    (b'{"day_limit_credits": "12"}', {"day_limit_credits"}),
    (b'{"day_limit_credits": NaN}', {"day_limit_credits"}),
    (b'{"day_limit_credits": [12]}', {"day_limit_credits"}),
    *[
        (b'{"day_limit_credits": %s}' % number, {"day_limit_credits"})
        for number in (b"Infinity", b"-Infinity", b"1e400", b"1000000.01", b"9" * 5000, b"-5")
    ],
    (b'{"ask_above_credits": 1e9}', {"ask_above_credits"}),
    (b'{"ask_above_credits": -0.01}', {"ask_above_credits"}),
    (b'{"day_limit_credits": false}', {"day_limit_credits"}),
    (b'{"day_limit_credits": {"credits": 12, "until": "noon"}}', {"day_limit_credits"}),
    (b'{"ask_above_credits": true, "theme": 5}', {"ask_above_credits"}),
    (b'{"day_limit_credits": 12', LIMITS),
    (b"", LIMITS),
    (b"[12]", LIMITS),
]


@pytest.mark.parametrize(("content", "unread"), UNREADABLE_LIMITS)
def test_a_limit_that_cannot_be_read_stays_so_until_the_person_sets_it_again(
    tmp_path: Path, content: bytes, unread: set[str]
) -> None:
    file = tmp_path / "settings.json"
    file.write_bytes(content)
    for start in range(3):
        preferences = Preferences(SettingsStore(file))
        assert preferences.unread_limits == unread
        assert (preferences.left_out is None) is (start > 1 or (start == 1 and unread == LIMITS))
        if start:
            preferences.change(theme="dark")  # something else is set, and all of it is saved
    kept = [one.name for one in tmp_path.iterdir()]
    assert sorted(kept) == ["settings.json", "settings.json.damaged"]
    for name in unread:
        preferences.change(**{name: 3.5})
    again = Preferences(SettingsStore(file))
    assert again.unread_limits == set()
    assert all(getattr(again.value, name) == 3.5 for name in unread)
    assert again.value.theme == "dark"


def test_no_limit_and_a_limit_of_nothing_can_be_read(tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    for limit, kept in ((None, None), (0, 0.0), (0.000001, 0.000001), (1_000_000, 1e6)):
        file.write_text(json.dumps({"day_limit_credits": limit}), encoding="ascii")
        store = SettingsStore(file)
        assert store.load().day_limit_credits == kept
        assert store.unread_limits == set()


@pytest.mark.parametrize("limit", [math.inf, math.nan, -1.0, 1e9, True, "12"])
@pytest.mark.parametrize("name", sorted(LIMITS))
def test_what_is_no_limit_is_not_taken_for_one_while_the_program_runs(
    tmp_path: Path, name: str, limit: object
) -> None:
    file = tmp_path / "settings.json"
    file.write_bytes(b'{"day_limit_credits": "12", "ask_above_credits": "12"}')
    preferences = Preferences(SettingsStore(file))
    before = preferences.value
    with pytest.raises(ValueError, match=name):
        preferences.change(**{name: limit})
    assert (preferences.value, preferences.unread_limits) == (before, LIMITS)


def test_settings_that_may_not_be_read_have_no_limit_that_is_known(tmp_path: Path) -> None:
    (tmp_path / "settings.json").mkdir()
    store = SettingsStore(tmp_path / "settings.json")
    store.load()
    assert store.unread_limits == LIMITS


@pytest.mark.parametrize("content", [b"", b"{", b"[1, 2]", b"\xff\xfe\x00", b"[" * 100_000])
def test_a_damaged_file_is_set_aside_and_defaults_are_used(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "settings.json"
    file.write_bytes(content)
    store = SettingsStore(file)
    assert store.load() == Settings()
    assert store.left_out == LeftOut(Saved.SETTINGS, Damage.WHOLE, "settings.json.damaged")
    assert (tmp_path / "settings.json.damaged").read_bytes() == content
    store.save(Settings(loop=True))
    assert store.load() == Settings(loop=True)
    assert store.left_out is None


def test_a_second_damaged_file_does_not_replace_the_first(tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    for content in (b"first", b"second"):
        file.write_bytes(content)
        SettingsStore(file).load()
    assert (tmp_path / "settings.json.damaged").read_bytes() == b"first"
    assert (tmp_path / "settings.json.damaged-2").read_bytes() == b"second"


def test_a_folder_in_the_place_of_the_settings_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    file.mkdir()
    store = SettingsStore(file)
    assert store.load() == Settings()
    assert store.left_out == LeftOut(Saved.SETTINGS, Damage.REFUSED, "settings.json")
    with pytest.raises(StoreUnwritable):
        store.save(Settings())
    assert [item.name for item in tmp_path.iterdir()] == ["settings.json"]


def test_a_link_whose_end_is_away_is_no_first_start(tmp_path: Path) -> None:
    """Settings kept on a drive that is not there now: their limits are not "none"."""
    file = tmp_path / "settings.json"
    file.symlink_to(tmp_path / "drive" / "settings.json")
    store = SettingsStore(file)
    store.load()
    assert store.left_out == LeftOut(Saved.SETTINGS, Damage.REFUSED, "settings.json")
    assert store.unread_limits == set(LIMITS)


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.mkdir()
    (target / "inside").write_bytes(b"old")
    with pytest.raises(StoreUnwritable):
        write_whole(target, b"new")
    assert (target / "inside").read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_vanished_folder_is_named_as_such(tmp_path: Path) -> None:
    with pytest.raises(StoreUnwritable) as caught:
        SettingsStore(tmp_path / "gone" / "settings.json").save(Settings())
    assert caught.value.reason is Reason.MISSING


def test_the_draft_survives_a_restart(tmp_path: Path) -> None:
    store = DraftStore(tmp_path / "draft.json")
    assert store.load() is None
    store.save(DRAFT)
    assert DraftStore(tmp_path / "draft.json").load() == DRAFT
    assert mode_bits(tmp_path / "draft.json") == 0o600


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"7", b"\xff", b"[" * 100_000, b'{"a":' * 500 + b"1" + b"}" * 500],
)
def test_a_damaged_draft_is_set_aside(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "draft.json"
    file.write_bytes(content)
    store = DraftStore(file)
    assert store.load() is None
    assert store.left_out == LeftOut(Saved.DRAFT, Damage.WHOLE, "draft.json.damaged")
    assert (tmp_path / "draft.json.damaged").read_bytes() == content
    assert not file.exists()


def test_a_draft_that_is_damaged_in_part_is_kept_and_the_rest_is_read(tmp_path: Path) -> None:
    """The recipe of a stranger's video once put a list where the prompt belongs."""
    file = tmp_path / "draft.json"
    content = json.dumps(DRAFT.to_json() | {"prompt": ["a", "list"]}).encode()
    file.write_bytes(content)
    store = DraftStore(file)
    assert store.load() == replace(DRAFT, prompt="")
    kept_as = "draft.json.damaged"
    assert store.left_out == LeftOut(Saved.DRAFT, Damage.PART, kept_as, ("prompt",))
    assert (tmp_path / kept_as).read_bytes() == content
    assert file.read_bytes() == content, "it goes with the next save, not before"


def test_a_draft_that_the_system_refuses_is_said_and_not_written_over(tmp_path: Path) -> None:
    file = tmp_path / "draft.json"
    file.mkdir()
    store = DraftStore(file)
    assert store.load() is None
    assert store.left_out == LeftOut(Saved.DRAFT, Damage.REFUSED, "draft.json")
    with pytest.raises(StoreUnwritable):
        store.save(DRAFT)
    assert [item.name for item in tmp_path.iterdir()] == ["draft.json"]


@pytest.mark.parametrize(
    ("content", "kept"),
    [
        (b'{"a": ["x"], "b": 7, "c": [1], "d": ["y", "z"]}', {"a": ["x"], "d": ["y", "z"]}),
        (b'{"\\ud800": ["x"]}', {}),
        (b"[1]", {}),
        (b"[" * 100_000, {}),
    ],
)
def test_what_was_waved_off_is_read_as_far_as_it_can_be(
    tmp_path: Path, content: bytes, kept: dict[str, list[str]]
) -> None:
    file = tmp_path / "waved.json"
    file.write_bytes(content)
    store = WavedStore(file)
    assert store.load() == kept
    assert store.left_out is not None
    assert (tmp_path / store.left_out.kept_as).read_bytes() == content
    store.add("new", "code")
    assert WavedStore(file).load() == {**kept, "new": ["code"]}


def test_with_a_data_folder_everything_is_below_it(tmp_path: Path) -> None:
    paths = DataPaths.at(tmp_path / "data")
    profile = paths.profile("sandbox")
    for place in (
        paths.settings_file,
        paths.default_videos_folder,
        profile.folder,
        profile.journal_file,
        profile.draft_file,
        profile.cache_folder,
        profile.lock_file,
        profile.inputs_folder,
        profile.sandbox_folder,
    ):
        assert place.is_relative_to(tmp_path / "data")
    assert paths.default_videos_folder == tmp_path / "data" / "videos"


def test_a_relative_data_folder_does_not_move_with_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert DataPaths.at(Path("here")).root == tmp_path / "here"


def test_paid_and_sandbox_jobs_share_no_file(tmp_path: Path) -> None:
    paths = DataPaths.at(tmp_path)
    account, sandbox = paths.profile("account"), paths.profile("sandbox")
    assert account.folder != sandbox.folder
    assert account.cache_folder != sandbox.cache_folder
    with pytest.raises(ValueError, match="nobody"):
        paths.profile("nobody")


def test_the_system_says_where_data_cache_and_videos_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_VIDEOS_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name))
    paths = DataPaths.default()
    assert paths.root == tmp_path / "XDG_DATA_HOME" / "kling-desktop"
    assert paths.cache_root == tmp_path / "XDG_CACHE_HOME" / "kling-desktop"
    assert paths.default_videos_folder == tmp_path / "XDG_VIDEOS_DIR" / "Kling Desktop"


def test_profile_folders_are_for_their_owner_only(tmp_path: Path) -> None:
    chosen = tmp_path / "chosen"
    chosen.mkdir(mode=0o755)
    profile = DataPaths.at(chosen).profile("account")
    profile.folder.mkdir(mode=0o755)
    profile.create()
    profile.create()
    for folder in (profile.folder, profile.cache_folder, profile.inputs_folder):
        assert mode_bits(folder) == 0o700
    assert mode_bits(chosen) == 0o755, "a folder that the person chose keeps its rights"


def test_a_file_in_the_place_of_the_data_folder_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StoreUnwritable) as caught:
        DataPaths.at(tmp_path / "file").profile("account").create()
    assert (tmp_path / "file").read_bytes() == b""
    assert os.fspath(caught.value.file).startswith(os.fspath(tmp_path))
