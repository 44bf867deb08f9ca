"""Poses with everything that a format can stumble over."""

from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pytest

from kinema.formats import open_writer, read_poses
from kinema.poses import SPACE_DIMENSIONS, Poses, Space
from kinema.skeleton import Skeleton
from kinema.skeletons import COCO17, H36M17

MakePoses = Callable[..., Poses]


@pytest.fixture
def make_poses() -> MakePoses:
    """Random people whose numbers have the decimals that files keep; some joints are missing."""

    def make(
        n: int = 2,
        skeleton: Skeleton = COCO17,
        *,
        frame: int = 0,
        time: float = float("nan"),
        space: Space = "image",
        ids: bool = False,
        boxes: bool = False,
        missing: bool = True,
        seed: int = 0,
    ) -> Poses:
        rng = np.random.default_rng(seed)
        k, d = len(skeleton), SPACE_DIMENSIONS[space]
        low, high, decimals = (1, 1900, 3) if space == "image" else (-2, 2, 5)
        keypoints = np.round(rng.uniform(low, high, (n, k, d)), decimals)
        scores = np.round(rng.uniform(0.1, 1, (n, k)), 4)
        if missing and n:
            gone = rng.random((n, k)) < 0.3
            gone[:, 0] = False  # a person without any joint is a case of its own
            keypoints[gone], scores[gone] = np.nan, 0
        return Poses(
            skeleton,
            keypoints,
            scores,
            ids=np.arange(5, 5 + n) if ids else None,
            boxes=np.round(rng.uniform(0, 999, (n, 2, 2)).cumsum(axis=1).reshape(n, 4), 3)
            if boxes
            else None,
            frame=frame,
            time=time,
            space=space,
        )

    return make


@pytest.fixture
def assert_equal() -> Callable[..., None]:
    """Two frames say the same, within the decimals of the files."""

    def check(got: Poses, expected: Poses, *, boxes: bool = True) -> None:
        assert got.skeleton == expected.skeleton
        assert (got.frame, got.space) == (expected.frame, expected.space)
        np.testing.assert_allclose(got.time, expected.time, atol=5e-7)
        np.testing.assert_allclose(got.keypoints, expected.keypoints, rtol=1e-6, atol=1e-5)
        np.testing.assert_allclose(got.scores, expected.scores, atol=5e-5)
        np.testing.assert_array_equal(got.ids, expected.ids)
        if boxes and expected.boxes is not None:
            np.testing.assert_allclose(got.boxes, expected.boxes, atol=1e-3)
        elif boxes:
            assert got.boxes is None

    return check


@pytest.fixture
def reread() -> Callable[[Path, Iterable[Poses]], list[Poses]]:
    """Writes frames to a file and gives what is read from it."""

    def give(path: Path, frames: Iterable[Poses]) -> list[Poses]:
        with open_writer(path) as out:
            for poses in frames:
                out.write(poses)
        return list(read_poses(path))

    return give


@pytest.fixture
def walk_3d() -> Callable[..., list[Poses]]:
    """Somebody with limbs of constant length who walks along x in the room, at 1.2 m/s.

    Thighs of 0.42 m and shanks of 0.40 m swing; hips are 0.24 m apart, the spine is 0.5 m long.
    """

    def make(count: int = 20, *, rate: float = 50.0, first: int = 0, identity: int | None = 1):
        times = (first + np.arange(count)) / rate
        swing = 0.4 * np.sin(2 * np.pi * times)
        hip = np.stack([1.2 * times, np.zeros(count), 0.9 + 0.01 * np.cos(4 * np.pi * times)], 1)
        left, up = np.array([0.0, 1.0, 0.0]), np.array([0.0, 0.0, 1.0])
        joints = {"mid_hip": hip, "spine": hip + 0.25 * up, "thorax": hip + 0.5 * up}
        joints["jaw"] = joints["thorax"] + np.array([0.05, 0.0, 0.1])
        joints["head_top"] = joints["jaw"] + 0.15 * up
        for side, sign in (("left", 1), ("right", -1)):
            knee_bend = 0.3 + 0.2 * sign * np.sin(2 * np.pi * times)
            start = hip + 0.12 * sign * left
            joints[f"{side}_hip"] = start
            joints[f"{side}_knee"] = start + 0.42 * _hanging(sign * swing)
            joints[f"{side}_ankle"] = joints[f"{side}_knee"] + 0.40 * _hanging(
                sign * swing - knee_bend
            )
            shoulder = joints["thorax"] + 0.18 * sign * left
            joints[f"{side}_shoulder"] = shoulder
            joints[f"{side}_elbow"] = shoulder + 0.3 * _hanging(-sign * swing)
            joints[f"{side}_wrist"] = joints[f"{side}_elbow"] + 0.25 * _hanging(0.3 - sign * swing)
        points = np.stack([joints[name] for name in H36M17.keypoints], axis=1)
        ids = None if identity is None else np.array([identity])
        return [
            Poses(
                H36M17,
                points[None, row],
                np.full((1, 17), np.nan),
                ids=ids,
                frame=first + row,
                time=float(times[row]),
                space="world",
            )
            for row in range(count)
        ]

    return make


def _hanging(angle: np.ndarray) -> np.ndarray:
    """Directions (T, 3) of limbs that hang down, swung forward by an angle in radians."""
    return np.stack([np.sin(angle), np.zeros(len(angle)), -np.cos(angle)], axis=1)
