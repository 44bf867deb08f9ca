"""From views of a board to calibrated cameras in one world."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from scipy.spatial.transform import Rotation

from kinema.camera import Camera
from kinema.errors import InputError
from kinema.space.calibration.adjustment import RigFit, adjust_rig
from kinema.space.calibration.board import Board
from kinema.space.calibration.intrinsics import Intrinsics, calibrate_camera, known_intrinsics
from kinema.space.calibration.poses import inverse, pose_matrix
from kinema.space.calibration.result import CalibratedCamera, Calibration
from kinema.space.calibration.views import View, coverage

Float64Array = npt.NDArray[np.float64]

# x stays; the world's y is the camera's z (forwards), its z the camera's -y (up).
CAMERA_FROM_WORLD = np.array([[1.0, 0, 0, 0], [0, 0, -1, 0], [0, 1, 0, 0], [0, 0, 0, 1]])
# A board on the floor, print upwards: its z points into the floor.
BOARD_FROM_WORLD = np.diag([1.0, -1, -1, 1])
_STEP = 1e-6


def calibrate_alone(
    views: Mapping[str, Sequence[View]], sizes: Mapping[str, tuple[int, int]], board: Board
) -> Calibration:
    """What each camera is like; nothing is said of where they stand.

    Args:
        views: Of each camera.
        sizes: Width and height of the pictures of each camera.
        board: That they show.

    Raises:
        InputError: If there are too few views of a camera.
    """
    alone = [calibrate_camera(name, sizes[name], list(views[name]), board) for name in views]
    return Calibration(
        board=board,
        cameras=tuple(
            CalibratedCamera(
                camera=each.camera,
                sigma=each.sigma,
                position_sigma=float("nan"),
                turn_sigma_deg=float("nan"),
                error=each.error,
                views=each.views,
                errors=each.errors,
                coverage=coverage(each.views, each.camera.size),
            )
            for each in alone
        ),
        boards={},
        rejected=tuple(line for each in alone for line in each.rejected),
        world="each camera has its own",
        has_poses=False,
    )


def calibrate_rig(
    views: Mapping[str, Sequence[View]],
    sizes: Mapping[str, tuple[int, int]],
    board: Board,
    *,
    known: Mapping[str, Camera] | None = None,
    floor: int | None = None,
) -> Calibration:
    """What cameras are like and where they stand.

    Each camera is calibrated by itself first; then cameras are placed by the instants at which they
    see the board together, and all is adjusted at once. Views that do not fit are left out and
    named.

    Args:
        views: Of each camera; the standard deviations of places are relative to the first one.
        sizes: Width and height of the pictures of each camera.
        board: That they show.
        known: Cameras of which matrix and distortion are known and kept.
        floor: Instant at which the board lies on the floor with its print upwards: the world has
            its origin at corner 0 there, x along the rows and z up. By default the origin is the
            first camera, y its direction and z the upward direction of its pictures.

    Raises:
        InputError: If there are too few views of a camera, cameras never see the board at the same
            time, or the board's corners cannot be told apart.
    """
    if board.is_symmetric and len(views) > 1:
        raise InputError(
            f"{board} looks the same upside down, so cameras cannot be placed by it; use one with "
            "an even and an odd number of corners, such as 9x6, or a charuco board"
        )
    known = known or {}
    alone = [_by_itself(name, views[name], sizes[name], board, known.get(name)) for name in views]
    held = [name in known for name in views]
    fit = adjust_rig(alone, held, board)
    to_world = _reference_from_world(fit, floor)
    early = [line for each in alone for line in each.rejected]
    return Calibration(
        board=board,
        cameras=tuple(_final(fit, number, to_world, held[number]) for number in range(len(held))),
        boards={
            instant: inverse(to_world) @ pose_matrix(vector)
            for instant, vector in zip(fit.instants, fit.adjusted.bundle.boards, strict=True)
        },
        rejected=(*early, *fit.rejected),
        world=_world_text(fit, floor),
    )


def _by_itself(
    name: str, views: Sequence[View], size: tuple[int, int], board: Board, known: Camera | None
) -> Intrinsics:
    if known is None:
        return calibrate_camera(name, size, views, board)
    if known.size != size:
        raise InputError(
            f"{name}: its pictures are {size[0]} x {size[1]}, its calibration is for "
            f"{known.size[0]} x {known.size[1]}"
        )
    return known_intrinsics(Camera(name, size, known.matrix, known.distortion), views, board)


def _world_text(fit: RigFit, floor: int | None) -> str:
    if floor is None:
        return f"origin at {fit.alone[0].camera.name}, y where it looks, z up in its pictures"
    return "origin at the board on the floor, x along its rows, z up"


def _reference_from_world(fit: RigFit, floor: int | None) -> Float64Array:
    """The pose (4, 4) of the world before the first camera."""
    if floor is None:
        return CAMERA_FROM_WORLD
    if floor not in fit.instants:
        raise InputError("the board was not found, or does not fit, where it lies on the floor")
    number = fit.instants.index(floor)
    return np.asarray(pose_matrix(fit.adjusted.bundle.boards[number]) @ BOARD_FROM_WORLD)


def _final(fit: RigFit, number: int, to_world: Float64Array, held: bool) -> CalibratedCamera:
    """A camera of the adjusted rig, in the world."""
    adjusted, each = fit.adjusted, fit.alone[number]
    lens, vector = adjusted.bundle.intrinsics[number], adjusted.bundle.cameras[number]
    pose = pose_matrix(vector) @ to_world
    matrix = np.array([[lens[0], 0, lens[2]], [0, lens[1], lens[3]], [0, 0, 1]])
    slopes = _motion_slopes(vector)
    covariance = slopes @ adjusted.covariance[number] @ slopes.T
    counts = [len(view.corners) for view in each.views]
    return CalibratedCamera(
        camera=Camera(
            each.camera.name,
            each.camera.size,
            each.camera.matrix if held else matrix,
            each.camera.distortion if held else lens[4:],
            pose[:3, :3],
            pose[:3, 3],
        ),
        sigma=adjusted.sigma.intrinsics[number],
        position_sigma=float(np.sqrt(np.trace(covariance[:3, :3]) / 3)),
        turn_sigma_deg=float(np.degrees(np.sqrt(np.trace(covariance[3:, 3:]) / 3))),
        error=float(np.sqrt(np.average(fit.errors[number] ** 2, weights=counts))),
        views=each.views,
        errors=fit.errors[number],
        coverage=coverage(each.views, each.camera.size),
    )


def _motion_slopes(vector: Float64Array) -> Float64Array:
    """(6, 6): how a camera's centre and direction move with its pose vector, by differences."""
    still = pose_matrix(vector)[:3, :3]

    def motion(moved: Float64Array) -> Float64Array:
        pose = pose_matrix(moved)
        turn = Rotation.from_matrix(still.T @ pose[:3, :3]).as_rotvec()
        return np.concatenate([-pose[:3, :3].T @ pose[:3, 3], turn])

    steps = np.eye(6) * _STEP
    columns = [(motion(vector + step) - motion(vector - step)) / (2 * _STEP) for step in steps]
    return np.stack(columns, axis=1)
