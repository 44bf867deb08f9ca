"""Poses with everything that a format can stumble over."""

from collections.abc import Callable

import numpy as np
import pytest

from kinema.poses import SPACE_DIMENSIONS, Poses, Space
from kinema.skeleton import Skeleton
from kinema.skeletons import COCO17

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
