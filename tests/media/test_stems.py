from __future__ import annotations

from pathlib import Path

import pytest

from kinema.media.stems import distinct_stems, stem_of


@pytest.mark.parametrize(
    ("source", "stem"),
    [
        pytest.param("walk.mp4", "walk", id="file"),
        pytest.param("clips/walk.left.mp4", "walk.left", id="two dots"),
        pytest.param("walk", "walk", id="no suffix"),
        pytest.param("a b ü.mp4", "a b ü", id="space"),
        pytest.param(0, "camera0", id="camera"),
        pytest.param("1", "camera1", id="camera as text"),
        pytest.param("https://example.org/a/b.mp4?x=1#t", "b", id="url"),
        pytest.param("rtsp://ann:secret@192.168.0.7:554", "192.168.0.7_554", id="host"),
        pytest.param("rtsp://ann:secret@camera.local/", "camera.local", id="no path"),
        pytest.param("rtsp://ann:secret@camera.local/live", "live", id="path"),
        pytest.param("jump/img_*.png", "img", id="pattern"),
        pytest.param("jump/*.png", "jump", id="pattern without a name"),
        pytest.param("jump/0??.png", "jump", id="pattern of numbers"),
        pytest.param("jump/*/*.png", "jump", id="pattern of folders"),
        pytest.param(["jump/img_01.png", "jump/img_02.png"], "img", id="row"),
        pytest.param(["jump/01.png", "jump/02.png"], "jump", id="row of numbers"),
        pytest.param("what:is[this]?.mp4", "what_is", id="odd letters"),
    ],
)
def test_stem_of(source, stem):
    assert stem_of(source) == stem


def test_folders_are_called_by_their_names(tmp_path, monkeypatch):
    (tmp_path / "run.2").mkdir()
    monkeypatch.chdir(tmp_path / "run.2")
    assert [stem_of(name) for name in (".", "./", str(tmp_path / "run.2"))] == ["run.2"] * 3
    assert stem_of("..") == tmp_path.name
    assert stem_of("*.png") == "run.2"


def test_a_file_with_brackets_is_no_pattern(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("walk[1].mp4").touch()
    assert stem_of("walk[1].mp4") == "walk_1_"


def test_distinct_stems():
    sources = ["a/walk.mp4", "b/walk.mp4", "walk_2.mp4", "WALK.avi", "run.mp4"]
    stems = distinct_stems(sources)
    assert stems == ["walk", "walk_2", "walk_2_2", "WALK_3", "run"]
    assert distinct_stems([]) == []
