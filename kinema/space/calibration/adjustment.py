"""Bundle adjustment of calibrated cameras, again and again without the views that do not fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from kinema.errors import InputError
from kinema.space.calibration.board import Board
from kinema.space.calibration.bundle import Adjusted, Bundle, Corners3D, adjust
from kinema.space.calibration.culprits import culprits
from kinema.space.calibration.intrinsics import LEAST_OUTLIER, OUTLIER_FACTOR, Intrinsics
from kinema.space.calibration.poses import inverse, place_cameras, pose_matrix, pose_vector
from kinema.space.calibration.views import Rejected

Float64Array = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

MOST_ROUNDS = 8


@dataclass(frozen=True, eq=False)
class RigFit:
    """Cameras that were adjusted together.

    Attributes:
        alone: Each camera by itself, with the views that are left.
        instants: The moments of the boards of `adjusted`.
        adjusted: The unknowns.
        errors: For each camera the root mean square error in pixels of each of its views.
        rejected: The views that were left out, and why.
    """

    alone: tuple[Intrinsics, ...]
    instants: tuple[int, ...]
    adjusted: Adjusted
    errors: tuple[Float64Array, ...]
    rejected: tuple[Rejected, ...]


def adjust_rig(alone: Sequence[Intrinsics], held: Sequence[bool], board: Board) -> RigFit:
    """Cameras and boards, adjusted at once; views that do not fit are left out and named.

    Args:
        alone: Each camera by itself; the first one is the world.
        held: Which cameras keep their matrix and distortion.
        board: That they saw.

    Raises:
        InputError: If cameras never see the board at the same time, or do not fit at all.
    """
    cameras = list(alone)
    rejected: list[Rejected] = []
    for round_number in range(MOST_ROUNDS):
        instants = _instants(cameras)
        seen, view = _corners(cameras, held, board, instants)
        free = np.array([_free(each, fixed) for each, fixed in zip(cameras, held, strict=True)])
        adjusted = adjust(seen, _start(cameras, held, board, instants), free)
        errors = _view_errors(cameras, view, adjusted.residuals)
        limit = max(OUTLIER_FACTOR * float(np.median(np.concatenate(errors))), LEAST_OUTLIER)
        worst = max(float(error.max()) for error in errors)
        if worst <= limit or round_number == MOST_ROUNDS - 1:
            break
        # Bad views pull good ones with them, so only the worst go at once.
        bad = culprits(cameras, adjusted.bundle, errors, max(limit, worst / 2), board)
        for number, (error, out) in enumerate(zip(errors, bad, strict=True)):
            rejected += _named(cameras[number], error, out)
            cameras[number] = _without(cameras[number], out)
    return RigFit(tuple(cameras), tuple(instants), adjusted, tuple(errors), tuple(rejected))


def _named(each: Intrinsics, errors: Float64Array, bad: BoolArray) -> list[Rejected]:
    return [
        Rejected(
            each.camera.name,
            view.label,
            f"the cameras disagree on it by {error:.1f} px, while its corners fit to {own:.1f} px "
            "by themselves: the board moved, or the pictures are of different moments",
        )
        for view, error, own, out in zip(each.views, errors, each.errors, bad, strict=True)
        if out
    ]


def _without(each: Intrinsics, bad: BoolArray) -> Intrinsics:
    views = tuple(view for view, out in zip(each.views, bad, strict=True) if not out)
    if not views:
        raise InputError(
            f"{each.camera.name}: no view of the board agrees with those of the other cameras; "
            "check that the recordings are synchronised"
        )
    return replace(each, views=views, errors=each.errors[~bad], poses=each.poses[~bad])


def _instants(cameras: Sequence[Intrinsics]) -> list[int]:
    return sorted({view.instant for each in cameras for view in each.views})


def _free(each: Intrinsics, held: bool) -> BoolArray:
    free = np.full(9, not held)
    free[8] &= each.has_k3
    return free


def _start(
    cameras: Sequence[Intrinsics], held: Sequence[bool], board: Board, instants: Sequence[int]
) -> Bundle:
    """The unknowns as single cameras and pairs of them say."""
    poses = {
        each.camera.name: {
            view.instant: pose_matrix(pose)
            for view, pose in zip(each.views, each.poses, strict=True)
        }
        for each in cameras
    }
    placed = place_cameras(poses, radius=max(board.size) / 2)
    best: dict[int, tuple[float, str]] = {}
    for each in cameras:
        for view, error in zip(each.views, each.errors, strict=True):
            candidate = (float(error), each.camera.name)
            best[view.instant] = min(best.get(view.instant, candidate), candidate)
    boards = []
    for instant in instants:
        name = best[instant][1]
        boards.append(pose_vector(inverse(placed[name]) @ poses[name][instant]))
    lenses = [_lens(each, fixed) for each, fixed in zip(cameras, held, strict=True)]
    vectors = np.array([pose_vector(placed[each.camera.name]) for each in cameras])
    return Bundle(np.array(lenses), vectors, np.array(boards))


def _lens(each: Intrinsics, held: bool) -> Float64Array:
    """Fx fy cx cy k1 k2 p1 p2 k3; without distortion where the pixels are freed of it."""
    k = each.camera.matrix
    distortion = np.zeros(5) if held else each.camera.distortion
    return np.concatenate([[k[0, 0], k[1, 1], k[0, 2], k[1, 2]], distortion])


def _corners(
    cameras: Sequence[Intrinsics], held: Sequence[bool], board: Board, instants: Sequence[int]
) -> tuple[Corners3D, npt.NDArray[np.int64]]:
    """All corners, and the number of each one's view, counted through all cameras.

    Cameras that are known see through any kind of lens: their pixels are freed of distortion here.
    """
    number_of = {instant: number for number, instant in enumerate(instants)}
    parts = []
    view_number = 0
    for number, (each, fixed) in enumerate(zip(cameras, held, strict=True)):
        for view in each.views:
            pixels = view.corners.pixels
            if fixed:
                lens = _lens(each, held=True)
                pixels = each.camera.plane(pixels) * lens[:2] + lens[2:4]
            known = ~np.isnan(pixels).any(axis=1)
            ones = np.ones(known.sum(), dtype=np.int64)
            points = board.points[view.corners.ids[known]]
            place = (number * ones, number_of[view.instant] * ones)
            parts.append((*place, points, pixels[known], view_number * ones))
            view_number += 1
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    return Corners3D(*columns[:4]), columns[4]


def _view_errors(
    cameras: Sequence[Intrinsics], view: npt.NDArray[np.int64], residuals: Float64Array
) -> list[Float64Array]:
    """For each camera the root mean square error of each view."""
    count = sum(len(each.views) for each in cameras)
    corners = np.bincount(view, minlength=count)
    squares = np.bincount(view, weights=(residuals**2).sum(axis=1), minlength=count)
    errors = np.sqrt(squares / np.maximum(corners, 1))
    return np.split(errors, np.cumsum([len(each.views) for each in cameras])[:-1])
