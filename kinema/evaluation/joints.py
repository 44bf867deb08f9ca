"""Accuracy joint by joint: one table for every data set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kinema.errors import SkeletonError
from kinema.evaluation.metrics import Floats, pck_marks, share
from kinema.skeleton import Skeleton


@dataclass(frozen=True)
class JointAccuracy:
    """How well one joint is found, or several together.

    Attributes:
        joint: Its name; `all` for a row of several.
        labelled: In how many people it is labelled.
        found: Share of those in which it was predicted at all.
        pck: By threshold, the share that is near enough; those not found are wrong.
        median_px: Median distance from the truth of those found, in pixels.
        median_share: Median of the same as a fraction of the person's size.

    What cannot be said is NaN: of a joint that is never labelled, or never found.
    """

    joint: str
    labelled: int
    found: float
    pck: dict[float, float]
    median_px: float
    median_share: float


def joint_table(
    errors: npt.ArrayLike,
    sizes: npt.ArrayLike,
    skeleton: Skeleton,
    *,
    thresholds: Sequence[float],
    left_out: Sequence[str] = (),
) -> tuple[JointAccuracy, ...]:
    """One row a joint, then one of `all`.

    Args:
        errors: (N, K), as `joint_errors` gives them.
        sizes: (N,) of the people, in pixels.
        skeleton: Names the K joints.
        thresholds: Of PCK, as fractions of the size.
        left_out: Joints that the row of `all` does not count.
    """
    values = np.asarray(errors, np.float64).reshape(-1, len(skeleton))
    size = np.asarray(sizes, np.float64).reshape(-1)
    counted = [k for k, joint in enumerate(skeleton.keypoints) if joint not in left_out]
    columns = [(joint, [k]) for k, joint in enumerate(skeleton.keypoints)]
    return tuple(
        _row(name, values[:, chosen], size, thresholds)
        for name, chosen in [*columns, ("all", counted)]
    )


def _row(name: str, errors: Floats, sizes: Floats, thresholds: Sequence[float]) -> JointAccuracy:
    labelled = ~np.isnan(errors)
    found = labelled & np.isfinite(errors)
    relative = errors / np.where(sizes > 0, sizes, np.nan)[:, None]
    return JointAccuracy(
        joint=name,
        labelled=int(labelled.sum()),
        found=float(share(np.where(labelled, found, np.nan))),
        pck={limit: float(share(pck_marks(errors, sizes, limit))) for limit in thresholds},
        median_px=_median(errors[found]),
        median_share=_median(relative[found & ~np.isnan(relative)]),
    )


def _median(values: Floats) -> float:
    return float(np.median(values)) if len(values) else float("nan")


def joints_not_given(model: Skeleton, labels: Skeleton) -> tuple[str, ...]:
    """The labelled joints that a model of another skeleton has no way to give.

    >>> from kinema.skeletons import COCO17, MPII16
    >>> joints_not_given(COCO17, MPII16)
    ('upper_neck', 'head_top')

    Raises:
        SkeletonError: If that is all of them.
    """
    recipe = model.recipe(labels)
    if not any(recipe):
        raise SkeletonError(
            f"no joint of {model.name}, which the model gives, is one of {labels.name}, "
            "which is labelled"
        )
    return tuple(joint for joint, rule in zip(labels.keypoints, recipe, strict=True) if not rule)
