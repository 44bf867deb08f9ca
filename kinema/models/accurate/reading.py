"""Joints of one person from the maps of several crops: averaged first, read once.

Averaging maps beats averaging joints: where two crops see a wrist in two places, the mean of the
places is wrong for sure, while the mean of the maps still has both, and the better can be taken.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from kinema.models.accurate.views import Sight
from kinema.models.crops import Region
from kinema.poses import Float32Array

CELLS = 96
"""Of a side of the grid that maps are brought to: somewhat finer than MoveNet's own, of 64."""

GRID_PADDING = 1.25
"""How much larger than the longer side of the box the grid is."""

NEAREST = 1.8 / 64
"""Distances from the guess count as at least this, in longer sides of the box. MoveNet's own."""

TRUST = 0.5
"""Power of the distance by which a map is divided. MoveNet divides by the distance itself, which
with averaged maps takes the nearer joint too often for the true one. Average recall on boxes of
COCO people: 0.580; 0.574 with a power of 1, 0.556 without the guess."""

BEYOND = 0.1
"""Standard deviation, in sides of the box, of how far joints lie beyond it."""

FAINTEST = 0.005
"""A maximum lower than that is none."""

NEIGHBOURHOOD = 5  # cells: a maximum is the highest of so many by so many, and is read from those


def read_joints(
    sights: Sequence[Sight], box: Float32Array, *, trust: float = TRUST
) -> tuple[Float32Array, Float32Array]:
    """The joints (17, 2) of a person in pixels of the picture, and their scores (17,).

    Args:
        sights: Several, of the same person.
        box: Of the person, x1 y1 x2 y2.
        trust: See `TRUST`.
    """
    grid = Region.around(box, padding=GRID_PADDING)
    maps = np.mean([on_grid(sight, grid) for sight in sights], axis=0)
    guess = np.median([sight.guess for sight in sights], axis=0)
    place = _places(grid)  # (CELLS, CELLS, 2)
    side = grid.size[0] / GRID_PADDING
    distance = np.linalg.norm(place - guess[:, None, None], axis=3) / side
    likely = maps / (NEAREST + distance) ** trust * within(place, box)
    cells = np.stack([_best(*pair) for pair in zip(maps, likely, strict=True)])
    columns, rows = cells.T
    scores = maps[np.arange(len(maps)), rows, columns]
    exact = np.stack([centroid(m, cell) for m, cell in zip(maps, cells, strict=True)])
    return grid.to_picture(exact, (CELLS, CELLS)), np.clip(scores, 0, 1).astype(np.float32)


def on_grid(sight: Sight, grid: Region) -> Float32Array:
    """The maps (17, CELLS, CELLS) of a sight where the cells of a grid are; 0 beyond the sight."""
    _, height, width = sight.maps.shape
    # From cells of the grid to the picture, and from there to cells of the maps.
    to_picture = np.vstack([grid.matrix((CELLS, CELLS)), [0, 0, 1]])
    from_map = np.vstack([sight.region.matrix((width, height)), [0, 0, 1]])
    matrix = (np.linalg.inv(from_map) @ to_picture)[:2]
    channels = np.ascontiguousarray(sight.maps.transpose(1, 2, 0))
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    moved = cv2.warpAffine(channels, matrix, (CELLS, CELLS), flags=flags)
    return np.asarray(moved.transpose(2, 0, 1), dtype=np.float32)


def within(places: Float32Array, box: Float32Array) -> Float32Array:
    """How likely joints at places (..., 2) are to belong to the person of a box: 1 in the box."""
    sides = np.maximum(box[2:] - box[:2], 1.0)
    outside = np.maximum(np.maximum(box[:2] - places, places - box[2:]), 0) / sides
    likely: Float32Array = np.exp(-np.square(outside / BEYOND).sum(axis=-1) / 2)
    return likely


def centroid(joint: Float32Array, cell: Float32Array) -> Float32Array:
    """Column and row, (2,), of a maximum between cells: the centre of its squared neighbourhood.

    Args:
        joint: (h, w) map.
        cell: Column and row of the maximum, (2,).
    """
    reach = NEIGHBOURHOOD // 2
    first = np.maximum(cell - reach, 0)
    part = np.square(joint[first[1] : cell[1] + reach + 1, first[0] : cell[0] + reach + 1])
    total = part.sum()
    if total <= 0:
        return cell.astype(np.float32)
    x = (part.sum(axis=0) @ np.arange(part.shape[1])) / total
    y = (part.sum(axis=1) @ np.arange(part.shape[0])) / total
    return np.asarray(first + np.array([x, y]), dtype=np.float32)


def _places(grid: Region) -> Float32Array:
    """Where in the picture the cells of a grid are, (CELLS, CELLS, 2)."""
    columns, rows = np.meshgrid(np.arange(CELLS), np.arange(CELLS))
    cells = np.stack([columns, rows], axis=2).astype(np.float32)
    return grid.to_picture(cells, (CELLS, CELLS))


def _best(joint: Float32Array, likely: Float32Array) -> Float32Array:
    """Column and row of the most likely maximum of a map; else of the most likely cell."""
    highest = cv2.dilate(joint, np.ones((NEIGHBOURHOOD, NEIGHBOURHOOD), np.uint8))
    peaks = (joint == highest) & (joint > FAINTEST)
    where = np.where(peaks, likely, -1.0) if peaks.any() else likely
    row, column = np.unravel_index(int(where.argmax()), where.shape)
    return np.array([column, row])
