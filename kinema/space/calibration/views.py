"""Views: the board in one picture of one camera, and which of many are worth keeping."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kinema.space.calibration.board import Board
from kinema.space.calibration.detection import Corners

Float64Array = npt.NDArray[np.float64]

COVERAGE_CELLS = (9, 16)  # rows and columns of the grid that coverage is counted on
BLUR_ALLOWED = 2.0  # times the blur of a camera's sharp views
SHARE_ALLOWED = 0.12  # of the side of a square: so much blur does no harm to large squares
SHARP_QUANTILE = 0.2
SHARP_PIXELS = 2.0  # no camera's pictures need be sharper


@dataclass(frozen=True, eq=False)
class View:
    """A board as one camera sees it in one picture.

    Attributes:
        camera: Name of the camera.
        instant: Number of the moment; pictures of several cameras at one moment share it.
        label: What a user calls the picture: the name of its file, or its time.
        corners: Where the board's corners are.
        time: Of the picture in a video, in seconds; NaN where there is none.
    """

    camera: str
    instant: int
    label: str
    corners: Corners
    time: float = float("nan")


@dataclass(frozen=True)
class Rejected:
    """A picture that was left out, and why."""

    camera: str
    label: str
    reason: str


def coverage(views: Sequence[View], size: tuple[int, int]) -> npt.NDArray[np.int64]:
    """How many corners lie in each cell of a grid over the picture, (9, 16) cells of one size."""
    rows, columns = COVERAGE_CELLS
    counts = np.zeros(COVERAGE_CELLS, dtype=np.int64)
    for view in views:
        share = (view.corners.pixels + 0.5) / size
        column = np.clip((share[:, 0] * columns).astype(int), 0, columns - 1)
        row = np.clip((share[:, 1] * rows).astype(int), 0, rows - 1)
        np.add.at(counts, (row, column), 1)
    return counts


def sharp_views(views: Sequence[View]) -> tuple[list[View], list[Rejected]]:
    """The views of one camera without those that are blurred, which are named."""
    blur = np.array([view.corners.blur for view in views])
    known = blur[np.isfinite(blur)]
    if len(known) == 0:
        return list(views), []
    limit = BLUR_ALLOWED * max(float(np.quantile(known, SHARP_QUANTILE)), SHARP_PIXELS)
    sharp, rejected = [], []
    for view in views:
        allowed = max(limit, SHARE_ALLOWED * view.corners.side)
        if view.corners.blur > allowed:
            reason = (
                f"blurred: edges are {view.corners.blur:.1f} px wide, {allowed:.1f} are allowed"
            )
            rejected.append(Rejected(view.camera, view.label, reason))
        else:
            sharp.append(view)
    return sharp, rejected


def well_spread(views: Sequence[View], board: Board, size: tuple[int, int], most: int) -> list[int]:
    """Which views of one camera differ most in where the board is and how it is turned.

    One after the other, that which is furthest from all chosen before, sharp ones preferred; the
    order is that of choosing.

    Args:
        views: Of one camera.
        board: That they show.
        size: Of the pictures.
        most: How many to choose.
    """
    if not views:
        return []
    features = np.array([_features(view, board, size) for view in views])
    blur = np.array([view.corners.blur for view in views])
    best = np.nanmin(blur) if np.isfinite(blur).any() else 1.0
    preference = np.where(np.isfinite(blur), best / np.maximum(blur, 1e-6), 0.5)
    chosen = [int(preference.argmax())]
    distance = np.full(len(views), np.inf)
    while len(chosen) < min(most, len(views)):
        step = np.linalg.norm(features - features[chosen[-1]], axis=1)
        distance = np.minimum(distance, step)
        gain = distance * preference
        gain[chosen] = -1
        chosen.append(int(gain.argmax()))
    return chosen


def _features(view: View, board: Board, size: tuple[int, int]) -> Float64Array:
    """Place, size and tilt of the board: the corners of the whole board by an affine fit.

    The fit to each half of the corners differs where the board is tilted in depth.
    """
    places = board.points[view.corners.ids, :2]
    middle = board.points[:, :2].mean(axis=0)
    shares = (view.corners.pixels + 0.5) / max(size)
    flat = np.concatenate([(places - middle) / max(board.size), np.ones((len(places), 1))], axis=1)
    affine, *_ = np.linalg.lstsq(flat, shares, rcond=None)
    residual = shares - flat @ affine
    skewed = flat[:, :1] * flat[:, 1:2]  # perspective bends the grid by products of places
    squares = np.concatenate([flat[:, :2] ** 2, skewed], axis=1)
    bend, *_ = np.linalg.lstsq(squares, residual, rcond=None)
    return np.concatenate([affine.ravel(), bend.ravel()])
