"""What a camera is like: focal lengths, principal point and distortion, from views of a board."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from kinema.camera import Camera
from kinema.errors import InputError
from kinema.space.calibration.board import Board
from kinema.space.calibration.views import Rejected, View

Float64Array = npt.NDArray[np.float64]

FEWEST_VIEWS = 4  # Zhang's method needs 3 for a plane; one more tells whether they agree
OUTLIER_FACTOR = 3.0  # times the median error of the views
LEAST_OUTLIER = 1.0  # pixels; errors below are never called bad
SURE_FACTOR = 5.0  # a coefficient counts if it is so many times its standard deviation


@dataclass(frozen=True, eq=False)
class Intrinsics:
    """A camera by itself.

    Attributes:
        camera: With matrix and distortion k1 k2 p1 p2 k3; its pose says nothing.
        sigma: (9,) standard deviations of fx fy cx cy k1 k2 p1 p2 k3; 0 for k3 where it is left
            at 0, because it cannot be told from 0.
        error: Root mean square of the distances in pixels, over all corners used.
        views: The views used.
        errors: (V,) the same for each of them.
        poses: (V, 6) rotation vector and translation of the board before the camera.
        rejected: Views left out, and why.
    """

    camera: Camera
    sigma: Float64Array
    error: float
    views: tuple[View, ...]
    errors: Float64Array
    poses: Float64Array
    rejected: tuple[Rejected, ...]

    @property
    def has_k3(self) -> bool:
        """Whether the third radial coefficient is in use."""
        return bool(self.camera.distortion[4] != 0)


def calibrate_camera(
    name: str, size: tuple[int, int], views: Sequence[View], board: Board
) -> Intrinsics:
    """Focal lengths, principal point and distortion of a camera (Zhang 2000, as OpenCV has it).

    Views whose error stands out are left out, the worst first, and named. The third radial
    coefficient is left at 0 unless the views show it.

    Raises:
        InputError: If there are too few views, or no camera fits them.
    """
    kept = list(views)
    if len(kept) < FEWEST_VIEWS:
        raise InputError(
            f"{name}: the board was found in {_pictures(len(kept))}, {FEWEST_VIEWS} are the least; "
            "show it whole, sharp and tilted in more of them, and check --board"
        )
    left_out: list[View] = []
    while True:
        fit = _fit(name, size, kept, board, k3=True)
        worst = int(fit.errors.argmax())
        limit = max(OUTLIER_FACTOR * float(np.median(fit.errors)), LEAST_OUTLIER)
        if fit.errors[worst] <= limit or len(kept) == FEWEST_VIEWS:
            break
        left_out.append(kept.pop(worst))
    if abs(fit.camera.distortion[4]) < SURE_FACTOR * fit.sigma[8]:
        fit = _fit(name, size, kept, board, k3=False)
    return replace(fit, rejected=tuple(_named(view, fit, board) for view in left_out))


def _named(view: View, fit: Intrinsics, board: Board) -> Rejected:
    _, error = board_pose(fit.camera, view, board)
    usual = float(np.median(fit.errors))
    reason = f"its corners are {error:.1f} px off in the best pose, those of others {usual:.1f}"
    if not np.isfinite(error):
        reason = "no pose of the board fits its corners"
    return Rejected(view.camera, view.label, reason)


def known_intrinsics(camera: Camera, views: Sequence[View], board: Board) -> Intrinsics:
    """As `calibrate_camera`, where the camera is known: only the poses of the board are found.

    Raises:
        InputError: If no view fits the camera.
    """
    kept: list[View] = []
    poses, errors, rejected = [], [], []
    for view in views:
        pose, error = board_pose(camera, view, board)
        if pose is None:
            rejected.append(Rejected(camera.name, view.label, "no pose of the board fits"))
            continue
        kept.append(view)
        poses.append(pose)
        errors.append(error)
    if not kept:
        raise InputError(f"{camera.name}: the board was found in no picture; check --board")
    every = np.array(errors)
    counts = np.array([len(view.corners) for view in kept])
    error = float(np.sqrt((every**2 * counts).sum() / counts.sum()))
    return Intrinsics(
        camera, np.zeros(9), error, tuple(kept), every, np.array(poses), tuple(rejected)
    )


def board_pose(camera: Camera, view: View, board: Board) -> tuple[Float64Array | None, float]:
    """Rotation vector and translation (6,) of the board before the camera, and its error in pixels.

    Of the two poses that a flat board may have, that which fits better (Collins & Bartoli 2014).
    """
    points = board.points[view.corners.ids]
    plane = camera.plane(view.corners.pixels)
    known = ~np.isnan(plane).any(axis=1)
    if known.sum() < 4:
        return None, float("nan")
    found, rotation, translation = cv2.solvePnP(
        points[known], plane[known], np.eye(3), None, flags=cv2.SOLVEPNP_IPPE
    )
    if not found:
        return None, float("nan")
    rotation, translation = cv2.solvePnPRefineLM(
        points[known], plane[known], np.eye(3), None, rotation, translation
    )
    pose = np.concatenate([rotation.ravel(), translation.ravel()])
    matrix = cv2.Rodrigues(rotation)[0]
    ahead = points[known] @ matrix.T + translation.ravel()
    scale = np.array([camera.matrix[0, 0], camera.matrix[1, 1]])
    off = (ahead[:, :2] / ahead[:, 2:] - plane[known]) * scale
    return pose, float(np.sqrt((off**2).sum(axis=1).mean()))


def _fit(
    name: str, size: tuple[int, int], views: Sequence[View], board: Board, *, k3: bool
) -> Intrinsics:
    points = [board.points[view.corners.ids].astype(np.float32) for view in views]
    pixels = [view.corners.pixels.astype(np.float32)[:, None] for view in views]
    misfit = f"{name}: no camera fits the views of the board; check --board"
    try:
        error, matrix, distortion, rotations, translations, sigma, _, errors = (
            cv2.calibrateCameraExtended(
                points,
                pixels,
                size,
                np.eye(3),
                np.zeros(5),
                flags=0 if k3 else cv2.CALIB_FIX_K3,
            )
        )
    except cv2.error as failure:
        raise InputError(
            f"{name}: no camera fits the views of the board; check --board"
        ) from failure
    if not (np.isfinite(matrix).all() and min(matrix[0, 0], matrix[1, 1]) > 0):
        raise InputError(misfit)
    poses = np.concatenate(
        [np.array(rotations).reshape(-1, 3), np.array(translations).reshape(-1, 3)], axis=1
    )
    return Intrinsics(
        Camera(
            name,
            size,
            np.asarray(matrix, np.float64),
            np.asarray(distortion, np.float64).ravel()[:5],
        ),
        np.asarray(sigma, dtype=np.float64).ravel()[:9],
        float(error),
        tuple(views),
        np.asarray(errors, dtype=np.float64).ravel(),
        poses,
        (),
    )


def _pictures(count: int) -> str:
    return {0: "no picture", 1: "one picture"}.get(count, f"{count} pictures")
