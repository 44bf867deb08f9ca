"""How good the data of a person are: what was found, filled, repaired and lost, joint by joint."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kinema.report.figures import words
from kinema.study import Person


@dataclass(frozen=True)
class JointQuality:
    """One joint over the time in which the person was there.

    The shares add up to 1.

    Attributes:
        name: Of the joint.
        found: Share of frames in which it was found and kept as it was, apart from smoothing.
        swapped: Share in which it was exchanged with that of the other side.
        outliers: Share in which what was found was replaced as an outlier.
        filled: Share in which it was missing and filled in between neighbours.
        lost: Share in which there is no position.
        sigma: Median standard deviation, in the units of the recording; NaN if unknown.
        cutoff: Of the filter in Hz; NaN where there is none.
    """

    name: str
    found: float
    swapped: float
    outliers: float
    filled: float
    lost: float
    sigma: float
    cutoff: float


def joint_quality(person: Person) -> list[JointQuality]:
    """The quality of each joint that was ever found.

    A frame in which several things happened to a joint counts for the first of: lost, outlier,
    filled, swapped.
    """
    cleaned = person.cleaned
    lost = ~cleaned.track.found  # (T, K)
    outliers = cleaned.outliers & ~lost
    filled = cleaned.filled & ~lost & ~outliers
    swapped = cleaned.swapped & ~lost & ~outliers & ~filled
    masks = {"swapped": swapped, "outliers": outliers, "filled": filled, "lost": lost}
    frames = max(len(cleaned.track), 1)
    sigma = cleaned.track.sigma
    rows = []
    for i, joint in enumerate(cleaned.track.skeleton.keypoints):
        if lost[:, i].all():
            continue
        shares = {name: float(mask[:, i].sum()) / frames for name, mask in masks.items()}
        known = np.array([]) if sigma is None else sigma[~np.isnan(sigma[:, i]), i]
        rows.append(
            JointQuality(
                words(joint),
                1 - sum(shares.values()),
                **shares,
                sigma=float(np.median(known)) if len(known) else float("nan"),
                cutoff=float(cleaned.cutoffs[i]),
            )
        )
    return rows


def overall_quality(person: Person) -> JointQuality:
    """The mean over the joints that were ever found."""
    joints = joint_quality(person)
    if not joints:
        return JointQuality("all", 0, 0, 0, 0, 1, float("nan"), float("nan"))

    def mean(name: str) -> float:
        values = [getattr(joint, name) for joint in joints]
        known = [value for value in values if not np.isnan(value)]
        return float(np.mean(known)) if known else float("nan")

    names = ("found", "swapped", "outliers", "filled", "lost", "sigma", "cutoff")
    return JointQuality("all", *(mean(name) for name in names))
