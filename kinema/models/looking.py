"""A look at one person: a region of a frame given to a network, once or twice, and the way back."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from kinema.models.crops import Cutter, Region, alone
from kinema.models.person import PersonNetwork
from kinema.poses import Float32Array
from kinema.skeleton import Skeleton

Look = tuple[Float32Array, Float32Array]
"""Keypoints (K, 2), NaN where there is none, and scores (K,) in [0, 1]."""


def look(
    cutter: Cutter,
    region: Region,
    network: PersonNetwork,
    *,
    mirror: bool = False,
    only: Float32Array | None = None,
) -> Callable[[], Look]:
    """Starts on one region; calling the result waits for the look, in pixels of the frame.

    Args:
        cutter: Cuts the frame, in the channels that the network takes.
        region: Where the person is.
        network: Looks at it.
        mirror: Look at the mirrored crop too, and average.
        only: A box (4,); what is well beyond it is blacked out.
    """
    crop = cutter.cut(region, network.crop_size)
    if only is not None:
        crop = alone(crop, region, only)
    straight = network.start(crop)
    mirrored = network.start(np.ascontiguousarray(crop[:, ::-1])) if mirror else None

    def result() -> Look:
        points, scores = straight.result()
        if mirrored:
            width = network.crop_size[0]
            points, scores = averaged(
                (points, scores), mirrored.result(), width=width, skeleton=network.skeleton
            )
        return region.to_picture(points, network.crop_size), scores

    return result


def averaged(straight: Look, mirrored: Look, *, width: int, skeleton: Skeleton) -> Look:
    """The mean of two looks at one person, weighted by the scores; left and right put back.

    A joint that one look did not find is where the other one found it, at half the score.

    Args:
        straight: Of a crop.
        mirrored: Of the mirrored crop.
        width: Of the crop, in pixels.
        skeleton: Says which joints are left and right.
    """
    points, scores = straight
    order = skeleton.mirror_order
    other_points, other_scores = mirrored[0][order].copy(), mirrored[1][order]
    other_points[:, 0] = width - 1 - other_points[:, 0]
    total = scores + other_scores
    share = np.divide(scores, total, out=np.full_like(scores, 0.5), where=total > 0)[:, None]
    mean = share * points + (1 - share) * other_points
    mean = np.where(np.isnan(points), other_points, mean)
    mean = np.where(np.isnan(other_points), points, mean)
    return mean.astype(np.float32), total * np.float32(0.5)
