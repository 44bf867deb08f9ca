"""Every format into every other: what `keeps` promises is kept, what is lost is told."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kinema.errors import InputError
from kinema.formats import FORMATS, convert, open_writer, read_poses
from kinema.poses import Poses
from kinema.skeletons import COCO17

BOTH_WAYS = [known for known in FORMATS if known.can_read and known.can_write]
WRITABLE = [known for known in FORMATS if known.can_write]
FITTED = {"bvh": 0.03}  # metres; a tree with limbs of constant length
EMPTY_FRAME = 2
FRAMES = 6


def ending(known) -> str:
    return known.suffixes[0] if known.suffixes else ".json"


@pytest.fixture
def picture() -> list[Poses]:
    """Two people in a picture: 5 is there but for an empty frame, 6 comes and goes."""
    rng = np.random.default_rng(0)
    frames = []
    for frame in range(FRAMES):
        n = 0 if frame == EMPTY_FRAME else 2 if frame in (0, 1, 4) else 1
        keypoints = np.round(rng.uniform(20, 900, (n, 17, 2)), 3)
        scores = np.round(rng.uniform(0.1, 1, (n, 17)), 4)
        keypoints[:, 9 + frame], scores[:, 9 + frame] = np.nan, 0
        boxes = np.tile([10.0, 10.0, 910.0, 910.0], (n, 1))
        ids = np.arange(5, 5 + n)
        certainty = np.round(rng.uniform(0.5, 1, n), 4)
        frames.append(
            Poses(COCO17, keypoints, scores, ids, boxes, frame, frame / 25, certainty=certainty)
        )
    return frames


@pytest.fixture
def room(walk_3d) -> list[Poses]:
    """The same of people who walk in the room."""
    frames = []
    for frame, poses in enumerate(walk_3d(FRAMES)):
        n = 0 if frame == EMPTY_FRAME else 2 if frame in (0, 1, 4) else 1
        beside = poses.keypoints + np.array([0, 2, 0])
        keypoints = np.concatenate([poses.keypoints, beside])[:n].copy()
        keypoints[:, 11 + frame] = np.nan
        scores = np.where(np.isnan(keypoints).any(axis=2), 0, 0.75)
        ids = np.arange(5, 5 + n)
        frames.append(replace(poses, keypoints=keypoints, scores=scores, ids=ids))
    return frames


def written(folder: Path, frames: list[Poses], known, person: int | None) -> Path:
    """The recording in that format, which some can hold of one person only."""
    start = folder / "start.jsonl"
    with open_writer(start) as out:
        for poses in frames:
            out.write(poses)
    path = folder / f"first{ending(known)}"
    convert(start, path, to_format=known.name, person=person)
    return path


@pytest.mark.parametrize("target", WRITABLE, ids=lambda known: known.name)
@pytest.mark.parametrize("source", BOTH_WAYS, ids=lambda known: known.name)
def test_pair(tmp_path, picture, room, walk_3d, source, target) -> None:
    if source.name == "parquet" or target.name == "parquet":
        pytest.importorskip("pyarrow")
    if source.name == "c3d" or target.name == "c3d":
        pytest.importorskip("ezc3d")
    space = "image" if "image" in source.spaces else "world"
    if space not in target.spaces and "world" in source.spaces:
        space = "world"
    frames = picture if space == "image" else room
    names = {source.name, target.name}
    person = 5 if names & {"npy", "bvh", "trc"} else None  # those hold one person a file
    if "bvh" in names and space == "world":  # which holds no gaps
        frames = [replace(poses, ids=np.array([5])) for poses in walk_3d(FRAMES)]
    first = written(tmp_path, frames, source, person)
    second = tmp_path / f"second{ending(target)}"
    if space not in target.spaces:
        with pytest.raises(InputError, match="holds p"):
            convert(first, second, from_format=source.name, to_format=target.name, rate=50)
        assert not second.exists()
        return
    report = convert(first, second, from_format=source.name, to_format=target.name, rate=50)
    before = list(read_poses(first, format=source.name, rate=50))
    after = list(read_poses(second, format=target.name if target.can_read else None))
    tolerance = max(FITTED.get(source.name, 0), FITTED.get(target.name, 0), 0.0011)
    check(before, after, target.keeps, tolerance)
    had = {name for poses in before for name in contents(poses)}
    assert set(report.dropped) >= had - target.keeps


def contents(poses: Poses) -> set[str]:
    found = {
        "times": not np.isnan(poses.time),
        "ids": poses.ids is not None and len(poses) > 0,
        "boxes": poses.boxes is not None and len(poses) > 0,
        "scores": bool((poses.scores > 0).any()),
        "certainty": poses.certainty is not None and len(poses) > 0,
        "empty frames": len(poses) == 0,
    }
    return {name for name, there in found.items() if there}


def check(before: list[Poses], after: list[Poses], keeps, tolerance: float) -> None:
    """What was written says what was read, as far as the format keeps it."""
    people = [poses for poses in before if len(poses)]
    there = [poses for poses in after if len(poses)]
    if "empty frames" in keeps:
        assert len(after) >= len(before)
    for poses, got in zip(people, there, strict=True):
        assert len(got) == len(poses)
        if "frame numbers" in keeps:
            assert got.frame == poses.frame
        check_joints(poses, got, keeps, tolerance)
        if "times" in keeps:
            assert got.time == pytest.approx(poses.time, abs=1e-6, nan_ok=True)
        if "ids" in keeps:
            np.testing.assert_array_equal(got.ids, poses.ids)
        for name in ("boxes", "certainty"):
            if name in keeps and getattr(poses, name) is not None:
                np.testing.assert_allclose(getattr(got, name), getattr(poses, name), atol=1e-3)


def check_joints(poses: Poses, got: Poses, keeps, tolerance: float) -> None:
    joints = [joint for joint in poses.skeleton.keypoints if joint in got.skeleton]
    assert len(joints) > 8
    with_scores = "scores" in keeps and not np.isnan(poses.scores).any()
    for joint in joints:
        known = ~np.isnan(poses.joint(joint)).any(axis=1)
        np.testing.assert_allclose(
            got.joint(joint)[known], poses.joint(joint)[known], atol=tolerance
        )
        if with_scores:
            here, was = got.skeleton.index(joint), poses.skeleton.index(joint)
            np.testing.assert_allclose(got.scores[:, here], poses.scores[:, was], atol=1e-4)
