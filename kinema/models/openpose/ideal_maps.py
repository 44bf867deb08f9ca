"""The maps that a perfect OpenPose network would give: what it is trained on, tested and timed by.

Cao et al., TPAMI 2021, section 3.3 (confidence maps) and 3.4 (part affinity fields).
"""

from __future__ import annotations

import numpy as np

from kinema.models.openpose.part_fields import PartLayout, PartMaps
from kinema.poses import Float32Array

PEAK_SIGMA = 1.0
"""Standard deviation of a joint's peak in cells: about 8 pixels of the input, as in training."""

LIMB_HALF_WIDTH = 1.0
"""Half the width of a limb in cells (sigma_l of equation 10)."""


def ideal_maps(layout: PartLayout, keypoints: Float32Array, size: tuple[int, int]) -> PartMaps:
    """The maps of people whose joints are known.

    Args:
        layout: Names the maps.
        keypoints: (N, K, 2) in cells; (0, 0) is the centre of the first cell. NaN is absent, and so
            are the limbs that end there. Joints may lie outside of the maps.
        size: Width and height of the maps in cells.

    Returns:
        Confidence maps that are the highest of the Gaussians of all people (equations 8 and 9,
        written with the standard deviation) and fields that are the mean of the unit vectors of
        all limbs that cover a cell (equations 10 and 11).
    """
    width, height = size
    y, x = np.mgrid[:height, :width].astype(np.float32)
    heatmaps = np.zeros((len(layout.skeleton), height, width), dtype=np.float32)
    fields = np.zeros((len(layout.limbs), 2, height, width), dtype=np.float32)
    covered = np.zeros((len(layout.limbs), height, width), dtype=np.float32)
    for person in np.asarray(keypoints, dtype=np.float32):
        for heatmap, (joint_x, joint_y) in zip(heatmaps, person, strict=True):
            if not np.isnan(joint_x):
                squared = (x - joint_x) ** 2 + (y - joint_y) ** 2
                np.maximum(heatmap, np.exp(-squared / (2 * PEAK_SIGMA**2)), out=heatmap)
        for field, count, (a, b) in zip(fields, covered, layout.limb_ends, strict=True):
            _add_limb(field, count, (x, y), person[a], person[b])
    fields /= np.maximum(covered, 1)[:, None]
    return PartMaps(layout, heatmaps, fields)


def _add_limb(
    field: Float32Array,
    count: Float32Array,
    grid: tuple[Float32Array, Float32Array],
    start: Float32Array,
    end: Float32Array,
) -> None:
    """Adds one person's limb to a field (2, h, w) and to the count (h, w) of limbs per cell."""
    length = float(np.hypot(*(end - start)))
    if not length > 0:  # also where an end is NaN
        return
    unit_x, unit_y = (end - start) / length
    x, y = grid[0] - start[0], grid[1] - start[1]
    along = x * unit_x + y * unit_y
    across = np.abs(y * unit_x - x * unit_y)
    on_limb = (along >= 0) & (along <= length) & (across <= LIMB_HALF_WIDTH)
    field[0][on_limb] += unit_x
    field[1][on_limb] += unit_y
    count[on_limb] += 1
