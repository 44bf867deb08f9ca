"""Several sources at once: folders, patterns, images in a row, and bad ones among them."""

from __future__ import annotations

import json

import numpy as np
import pytest

from kinema.cli.recordings import Recording, find_recordings
from kinema.formats import read_poses
from kinema.media.sources import read_video
from kinema.media.writer import write_image

QUICK = ("--size", 64, "--save", "poses")


def grey(width: int = 64, height: int = 48) -> np.ndarray:
    return np.full((height, width, 3), 128, np.uint8)


@pytest.fixture
def images(tmp_path):
    """img1.png, img2.png and img10.png in a folder called walk."""
    folder = tmp_path / "walk"
    folder.mkdir()
    for number in (1, 2, 10):
        write_image(folder / f"img{number}.png", grey())
    return folder


def stems(folder):
    return sorted(path.name.split(".")[0] for path in folder.glob("*.jsonl"))


def test_a_bad_one_does_not_stop_the_others(kinema, write_video, images, tmp_path):
    video = write_video(tmp_path / "noise.mp4", count=2)
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "nothing").mkdir()
    bad = [tmp_path / "none.mp4", tmp_path / "empty.mp4", tmp_path / "nothing"]
    out = tmp_path / "out"
    done = kinema("run", bad[0], video, bad[1], images / "img1.png", bad[2], "-o", out, *QUICK)
    assert done.code == 1
    assert [line for line in done.out.splitlines() if not line.startswith(" ")] != []
    assert stems(out) == ["img1", "noise"]
    assert sorted(done.err.splitlines()) == sorted(
        [
            f"kinema: there is no file {bad[0]}",
            f"kinema: {bad[1]} is empty; copy or record it again",
            f"kinema: there is no image or video in the folder {bad[2]}",
        ]
    )


def test_json_tells_of_the_bad_ones(kinema, images, tmp_path):
    none = tmp_path / "none.mp4"
    done = kinema("run", none, images / "img1.png", "-o", tmp_path, "--json", *QUICK)
    result = json.loads(done.out)
    assert done.code == 1
    assert [facts["source"] for facts in result["results"]] == [str(images / "img1.png")]
    assert result["failures"] == [{"source": str(none), "error": f"there is no file {none}"}]


def test_nothing_but_bad_ones_leaves_nothing(kinema, tmp_path):
    done = kinema("run", tmp_path / "a.mp4", tmp_path / "b.mp4", "-o", tmp_path / "out", *QUICK)
    assert (done.code, done.out, len(done.err.splitlines())) == (1, "", 2)
    assert list(tmp_path.iterdir()) == []


def test_a_password_is_not_told(kinema, tmp_path):
    url = "http://ann:secret@127.0.0.1:9/walk.mp4"
    done = kinema("run", url, tmp_path / "none.mp4", "-o", tmp_path / "out", "--json", *QUICK)
    assert done.code == 1
    assert "ann:***@" in done.out and "ann:***@" in done.err
    assert "secret" not in done.out + done.err


@pytest.mark.parametrize(
    "names",
    [
        pytest.param(["walk"], id="folder"),
        pytest.param(["walk/*"], id="pattern"),
        pytest.param(["walk/*.png"], id="narrower pattern"),
        pytest.param(["walk/img1.png", "walk/img2.png", "walk/img10.png"], id="by the shell"),
    ],
)
def test_folders_and_patterns(images, monkeypatch, names):
    monkeypatch.chdir(images.parent)
    (images / "notes.txt").touch()
    (images / ".hidden.png").touch()
    recordings, failures = find_recordings(names, sequence=False)
    assert [recording.stem for recording in recordings] == ["img1", "img2", "img10"]
    assert failures == []


def test_results_of_an_earlier_run_are_no_sources(images):
    for name in ("img1.overlay.png", "walk.maps.mp4", "walk.overlay.mp4"):
        (images / name).touch()
    recordings, _ = find_recordings([str(images)], sequence=False)
    assert [recording.stem for recording in recordings] == ["img1", "img2", "img10"]
    named, _ = find_recordings([str(images / "img1.overlay.png")], sequence=False)
    assert [recording.stem for recording in named] == ["img1.overlay"], "unless asked for"
    for image in images.glob("img*[0-9].png"):
        image.unlink()
    recordings, (failure,) = find_recordings([str(images)], sequence=False)
    assert recordings == []
    assert str(failure.error) == f"there are only results of earlier runs in {images}"


@pytest.mark.parametrize(
    ("names", "stem"),
    [
        pytest.param(["walk"], "walk", id="folder"),
        pytest.param(["walk/*.png"], "walk", id="pattern"),
        pytest.param(["walk/img*"], "img", id="pattern with a name"),
        pytest.param(["walk/img1.png", "walk/img2.png", "walk/img10.png"], "img", id="row"),
    ],
)
def test_a_sequence_is_one_recording(kinema, images, monkeypatch, tmp_path, names, stem):
    monkeypatch.chdir(images.parent)
    words = ("--sequence", "--rate", 10, "--size", 64)
    done = kinema("run", *names, "-o", "out", *words)
    assert (done.code, done.err) == (0, "")
    assert stems(tmp_path / "out") == [stem]
    with read_poses(tmp_path / "out" / f"{stem}.poses.jsonl") as recording:
        assert [poses.time for poses in recording] == pytest.approx([0, 0.1, 0.2])
    with read_video(tmp_path / "out" / f"{stem}.overlay.mp4") as video:
        assert [frame.time for frame in video] == pytest.approx([0, 0.1, 0.2])


def test_several_folders_are_several_sequences(images):
    names = [str(images), str(images)]
    recordings, _ = find_recordings(names, sequence=True)
    assert recordings == [Recording(str(images), "walk"), Recording(str(images), "walk_2")]


def test_pictures_of_a_sequence_may_differ_in_size(kinema, images, tmp_path):
    write_image(images / "img2.png", grey(31, 77))
    done = kinema("run", images, "--sequence", "-o", tmp_path / "out", "--size", 64)
    assert (done.code, done.err) == (0, "")
    with read_video(tmp_path / "out" / "walk.overlay.mp4") as video:
        assert [frame.size for frame in video] == [(64, 48)] * 3


def test_two_of_one_name_get_different_results(kinema, images, tmp_path):
    (tmp_path / "other").mkdir()
    write_image(tmp_path / "other" / "img1.jpg", grey())
    sources = (images / "img1.png", tmp_path / "other" / "img1.jpg")
    assert kinema("run", *sources, "-o", tmp_path / "out", *QUICK).code == 0
    assert stems(tmp_path / "out") == ["img1", "img1_2"]
