"""`kinema run`: what it writes, and that all of it tells the same story."""

from __future__ import annotations

import json
import os
import sys
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from kinema.cli.main import _run
from kinema.formats import read_poses
from kinema.media.sources import read_image, read_video
from kinema.media.writer import write_image
from kinema.models.turned import turned_poses
from kinema.skeletons import COCO17

QUICK = ("--size", 64)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def poses_in(path: Path) -> list:
    with read_poses(path) as recording:
        return list(recording)


@pytest.fixture(scope="module")
def everything(real_clip, tmp_path_factory) -> Path:
    """The folder of a run on the real clip that saved every kind of result."""
    folder = tmp_path_factory.mktemp("run") / "new" / "results"
    words = ["run", str(real_clip), "-o", str(folder), "--size", "184"]
    assert _run([*words, "--save", "poses,overlay,openpose,coco,maps"], debug=False) == 0
    return folder


def test_every_kind_has_its_name(everything):
    assert names(everything) == [
        "jump.coco.json",
        "jump.maps.mp4",
        "jump.openpose",
        "jump.overlay.mp4",
        "jump.poses.jsonl",
    ]
    assert names(everything / "jump.openpose") == [
        f"jump_{number:012d}_keypoints.json" for number in range(12)
    ]


def test_all_formats_hold_the_same_people(everything):
    native = poses_in(everything / "jump.poses.jsonl")
    openpose = poses_in(everything / "jump.openpose")
    coco = {poses.frame: poses for poses in poses_in(everything / "jump.coco.json")}
    assert [poses.frame for poses in native] == [poses.frame for poses in openpose]
    assert sum(len(poses) for poses in native) >= 12, "the clip has people in it"
    for ours, theirs in zip(native, openpose, strict=True):
        np.testing.assert_allclose(theirs.keypoints, ours.keypoints, atol=1e-3)
        np.testing.assert_allclose(theirs.scores, ours.scores, atol=1e-4)
        expected = ours.to(COCO17)
        assert len(coco[ours.frame]) == len(ours) if len(ours) else ours.frame not in coco
        if len(ours):
            np.testing.assert_allclose(
                coco[ours.frame].keypoints, expected.keypoints, atol=1e-2, equal_nan=True
            )


def test_times_are_those_of_the_video(everything, real_clip):
    with read_video(real_clip) as video:
        times = [frame.time for frame in video]
    read = [poses.time for poses in poses_in(everything / "jump.poses.jsonl")]
    assert read == pytest.approx(times, abs=1e-6)


@pytest.mark.parametrize("kind", ["overlay", "maps"])
def test_videos_are_like_the_source(everything, kind):
    with av.open(str(everything / f"jump.{kind}.mp4")) as video:
        stream = video.streams.video[0]
        assert (stream.width, stream.height) == (442, 248)
        assert stream.average_rate == Fraction(30)
        assert len(video.streams.audio) == 1
        assert sum(1 for _ in video.decode(stream)) == 12
    with av.open(str(everything / f"jump.{kind}.mp4")) as video:
        sound = np.concatenate([f.to_ndarray().ravel() for f in video.decode(audio=0)])
    assert np.abs(sound).max() == pytest.approx(1 / 8, abs=0.03), "the tone of the source"


def test_the_overlay_differs_from_the_source_where_people_are(everything, real_clip):
    with read_video(real_clip) as before, read_video(everything / "jump.overlay.mp4") as after:
        pairs = zip(before, after, poses_in(everything / "jump.poses.jsonl"), strict=True)
        old, new, poses = next(pair for pair in pairs if len(pair[2]))
    change = np.abs(old.image.astype(int) - new.image).max(axis=2)
    x, y = np.rint(poses.keypoints[poses.found]).astype(int).T
    inside = (x >= 0) & (x < 442) & (y >= 0) & (y < 248)
    assert np.median(change[y[inside], x[inside]]) > 50
    assert np.median(change) < 10


def test_default_is_poses_and_overlay(kinema, real_image, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = kinema("run", real_image, *QUICK)
    assert (done.code, done.err) == (0, "")
    assert names(tmp_path) == ["jump.overlay.png", "jump.poses.jsonl"]
    first, *files = done.out.splitlines()
    assert first.startswith(f"{real_image}: 1 frame, ")
    assert files == ["  jump.poses.jsonl", "  jump.overlay.png"]
    assert read_image(tmp_path / "jump.overlay.png").size == (442, 248)


def test_json(kinema, write_video, tmp_path):
    source = write_video(tmp_path / "noise.mp4", count=3)
    done = kinema("run", source, "-o", tmp_path, "--json", *QUICK, "--save", "poses,coco")
    result = json.loads(done.out)
    (facts,) = result["results"]
    assert result["failures"] == []
    assert facts.pop("seconds") > 0
    assert facts.pop("frames_per_second") > 0
    assert facts == {
        "source": str(source),
        "frames": 3,
        "people": 0,
        "files": [str(tmp_path / "noise.poses.jsonl"), str(tmp_path / "noise.coco.json")],
        "damage": None,
    }


def test_people_keeps_the_best(kinema, real_image, tmp_path):
    for folder, more in (("all", ()), ("one", ("--people", 1))):
        words = ("-o", tmp_path / folder, "--size", 368, "--save", "poses", *more)
        assert kinema("run", real_image, *words).code == 0
    (everybody,) = poses_in(tmp_path / "all" / "jump.poses.jsonl")
    (one,) = poses_in(tmp_path / "one" / "jump.poses.jsonl")
    assert len(everybody) == 2, "a man and a woman"
    best = int(np.argmax(everybody.person_scores))
    np.testing.assert_array_equal(one.keypoints, everybody[[best]].keypoints)


def test_people_of_a_video_keep_their_ids(kinema, short_clip, tmp_path):
    for folder, more in (("all", ()), ("flow", ("--tracker", "flow")), ("one", ("--people", 1))):
        words = ("-o", tmp_path / folder, "--save", "poses", *more)
        assert kinema("run", short_clip, *words).code == 0
        frames = poses_in(tmp_path / folder / "sample.poses.jsonl")
        expected = [1] if folder == "one" else [1, 2]
        if folder == "one":
            assert len({tuple(poses.ids) for poses in frames}) == 1
        else:
            assert [sorted(poses.ids) for poses in frames] == [expected] * len(frames)
    assert kinema("run", short_clip, "-o", tmp_path, "--save", "poses", "--no-track").code == 0
    assert {poses.ids is None for poses in poses_in(tmp_path / "sample.poses.jsonl")} == {True}


def test_an_unknown_tracker(kinema, short_clip):
    done = kinema("run", short_clip, "--tracker", "sort")
    assert (done.code, done.complaint) == (2, "kinema: no tracker 'sort'; known are oks, flow")


def test_single_person_is_one_person(kinema, real_image, tmp_path):
    words = ("--size", 368, "--single-person", "--save", "poses")
    assert kinema("run", real_image, "-o", tmp_path, *words).code == 0
    (poses,) = poses_in(tmp_path / "jump.poses.jsonl")
    assert len(poses) == 1
    assert poses.found.sum() >= 12


@pytest.mark.parametrize("more", [("--mirror",), ("--scales", "0.5,1"), ("--precision", "f32")])
def test_other_looks_see_nearly_the_same(kinema, real_image, tmp_path, more):
    for folder, options in (("plain", ()), ("other", more)):
        words = ("-o", tmp_path / folder, "--size", 368, "--people", 1, "--save", "poses")
        assert kinema("run", real_image, *words, *options).code == 0
    (plain,) = poses_in(tmp_path / "plain" / "jump.poses.jsonl")
    (other,) = poses_in(tmp_path / "other" / "jump.poses.jsonl")
    assert (tmp_path / "plain" / "jump.poses.jsonl").read_text() != (
        tmp_path / "other" / "jump.poses.jsonl"
    ).read_text()
    both = plain.found & other.found
    assert both.sum() >= 10
    assert np.nanmedian(np.abs(plain.keypoints - other.keypoints)[both]) < 5


@pytest.mark.parametrize(("quarters", "turn"), [(1, "270"), (2, "180"), (3, "auto")])
def test_who_lies_is_found_by_turning(kinema, real_image, tmp_path, quarters, turn):
    image = np.asarray(read_image(real_image).image)
    lying = tmp_path / "lying.png"
    write_image(lying, np.ascontiguousarray(np.rot90(image, -quarters)))  # clockwise
    words = ("--model", "openpose", "--people", 1, "--save", "poses,overlay")
    assert kinema("run", real_image, "-o", tmp_path, *words).code == 0
    assert kinema("run", lying, "-o", tmp_path, *words, "--turn", turn).code == 0
    (upright,) = poses_in(tmp_path / "jump.poses.jsonl")
    (found,) = poses_in(tmp_path / "lying.poses.jsonl")
    size = image.shape[1::-1]
    expected = turned_poses(upright, quarters, size)
    both = expected.found & found.found
    assert both.sum() >= 12
    assert np.abs(expected.keypoints - found.keypoints)[both].max() < 2  # of 442 x 248 pixels
    assert read_image(tmp_path / "lying.overlay.png").size == read_image(lying).size


def test_turned_pictures_have_no_maps(kinema, real_image, tmp_path):
    words = ("--model", "openpose", "--turn", "90", "--show-maps", "all", "-o", tmp_path)
    complaint = kinema("run", real_image, *words).complaint
    assert complaint == "kinema: the model openpose turned 90 has no maps to show"


@pytest.mark.parametrize("part", ["right_elbow", "all", "fields", "right_elbow-right_wrist"])
def test_maps_of_a_part(kinema, real_image, tmp_path, part):
    words = ("--show-maps", part, "--save", "poses", "--size", 128)
    assert kinema("run", real_image, "-o", tmp_path, *words).code == 0
    assert names(tmp_path) == ["jump.maps.png", "jump.poses.jsonl"]
    assert read_image(tmp_path / "jump.maps.png").size == (442, 248)


@pytest.mark.parametrize("colour", ["side", "person", "limb"])
def test_colours(kinema, real_image, tmp_path, colour):
    words = ("--size", 184, "--save", "overlay", "--color-by", colour)
    assert kinema("run", real_image, "-o", tmp_path, *words).code == 0


@pytest.mark.parametrize(
    ("width", "height"),
    [
        pytest.param(1, 1, id="one pixel"),
        pytest.param(2, 3000, id="a line upright"),
        pytest.param(3000, 2, id="a line lying"),
    ],
)
def test_odd_pictures(kinema, tmp_path, width, height):
    write_image(tmp_path / "odd.png", np.zeros((height, width, 3), np.uint8))
    done = kinema("run", tmp_path / "odd.png", "-o", tmp_path / "out", *QUICK)
    assert (done.code, done.err) == (0, "")
    assert "1 frame, nobody found" in done.out
    assert read_image(tmp_path / "out" / "odd.overlay.png").size == (width, height)


@pytest.mark.parametrize("name", ["with space ünï [1].mp4", "-dash.mp4", "no suffix"])
def test_odd_names(kinema, write_video, tmp_path, name):
    source = write_video(tmp_path / "a.mp4", count=2).rename(tmp_path / name)
    done = kinema("run", "-o", tmp_path / "o ü", *QUICK, "--save", "poses,overlay", "--", source)
    assert (done.code, done.err) == (0, "")
    written = [line.strip() for line in done.out.splitlines()[1:]]
    assert all(Path(path).is_file() for path in written) and len(written) == 2


@pytest.mark.skipif(sys.platform != "linux", reason="names of files are bytes on Linux only")
def test_a_name_that_is_not_text(kinema_process, write_video, tmp_path):
    write_video(tmp_path / "a.mp4", count=2).rename(tmp_path / os.fsdecode(b"caf\xe9.mp4"))
    done = kinema_process("run", ".", "-o", "out", *QUICK)
    assert (done.code, done.err) == (0, "")
    assert os.fsdecode(b"caf\xe9.overlay.mp4") in names(tmp_path / "out")


def test_running_twice_leaves_what_running_once_does(kinema, write_video, tmp_path):
    write_video(tmp_path / "noise.mp4", count=2)
    words = ("run", tmp_path, "-o", tmp_path, *QUICK, "--save", "poses,overlay,openpose,coco")
    assert kinema(*words).code == 0
    before = names(tmp_path)
    done = kinema(*words)
    assert (done.code, done.err) == (0, "")
    assert names(tmp_path) == before
