"""Which view is to blame where cameras disagree on where the board is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
from scipy.optimize import least_squares

from kinema.camera import Camera
from kinema.space.calibration.board import Board
from kinema.space.calibration.bundle import Bundle
from kinema.space.calibration.detection import Corners
from kinema.space.calibration.intrinsics import Intrinsics
from kinema.space.calibration.poses import inverse, pose_matrix, pose_vector

Float64Array = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

FEWEST_WITNESSES = 3  # of two cameras that disagree, either may be wrong
BEHIND = 1e4  # pixels of error for a corner behind a camera


def culprits(
    cameras: Sequence[Intrinsics],
    bundle: Bundle,
    errors: Sequence[Float64Array],
    limit: float,
    board: Board,
) -> list[BoolArray]:
    """For each camera which of its views should be left out.

    Where the error of a view is above the limit, that view of the same moment is blamed without
    which the others agree best: the adjustment puts the board between them, so its errors alone do
    not tell. If there are two views only, the one with the larger error is blamed.

    Args:
        cameras: With their views and the poses of the board by each view alone.
        bundle: Adjusted cameras.
        errors: Of each view, in pixels.
        limit: In pixels.
        board: That was shown.
    """
    bad = [np.zeros(len(error), dtype=bool) for error in errors]
    rows: dict[int, list[tuple[int, int]]] = {}
    for number, each in enumerate(cameras):
        for place, view in enumerate(each.views):
            rows.setdefault(view.instant, []).append((number, place))
    for witnesses in rows.values():
        blame = np.array([errors[number][place] for number, place in witnesses])
        if blame.max() <= limit:
            continue
        if len(witnesses) >= FEWEST_WITNESSES:
            blame = -_left_over(cameras, bundle, witnesses, board)
        number, place = witnesses[int(blame.argmax())]
        bad[number][place] = True
    return bad


def _left_over(
    cameras: Sequence[Intrinsics],
    bundle: Bundle,
    witnesses: Sequence[tuple[int, int]],
    board: Board,
) -> Float64Array:
    """For each view the cost, in squared pixels, of the board that fits all others best."""
    costs = []
    for left_out in range(len(witnesses)):
        others = [witness for number, witness in enumerate(witnesses) if number != left_out]
        number, place = min(others, key=lambda w: float(cameras[w[0]].errors[w[1]]))
        own = pose_matrix(cameras[number].poses[place])
        start = pose_vector(inverse(pose_matrix(bundle.cameras[number])) @ own)
        seen = [
            (_camera(cameras[camera], bundle, camera), cameras[camera].views[view].corners)
            for camera, view in others
        ]

        def errors(
            vector: Float64Array, seen: Sequence[tuple[Camera, Corners]] = seen
        ) -> Float64Array:
            pose = pose_matrix(vector)
            points = board.points @ pose[:3, :3].T + pose[:3, 3]
            off = [camera.project(points[c.ids]) - c.pixels for camera, c in seen]
            return np.nan_to_num(np.concatenate(off).ravel(), nan=BEHIND)

        costs.append(float(least_squares(errors, start, x_scale="jac", max_nfev=30).cost))
    return np.array(costs)


def _camera(each: Intrinsics, bundle: Bundle, number: int) -> Camera:
    """The camera as adjusted; one that is known keeps its own kind of lens."""
    pose = pose_matrix(bundle.cameras[number])
    camera = replace(each.camera, rotation=pose[:3, :3], translation=pose[:3, 3])
    lens = bundle.intrinsics[number]
    if not lens[4:].any():
        return camera
    matrix = np.array([[lens[0], 0, lens[2]], [0, lens[1], lens[3]], [0, 0, 1]])
    return replace(camera, matrix=matrix, distortion=lens[4:])
