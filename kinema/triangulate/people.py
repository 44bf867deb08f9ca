"""From views to people in space: the plan, and `triangulate`."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from kinema.camera import Rig
from kinema.errors import InputError, did_you_mean
from kinema.space.reconstruction import SpacePlan, reconstruct
from kinema.tracking.cleaning import clean
from kinema.triangulate.files import FILES
from kinema.triangulate.result import Triangulated, measured
from kinema.triangulate.views import View, fitting, paired


@dataclass(frozen=True)
class TriangulationPlan:
    """How recordings become people in space.

    Attributes:
        save: The kinds of results, of `FILES`.
        space: How people are found in space.
        smooth: A filter, `auto` or `none`; see `kinema.tracking.smoothing`.
        max_gap: Seconds; the longest gap of a joint that is filled.
        offsets: Seconds by which the clocks of cameras are behind, by name: what the first camera
            saw at 1.0 s, a camera with offset 0.2 saw at 0.8 s.

    Raises:
        InputError: If a kind is unknown or an offset is no number.
    """

    save: tuple[str, ...] = ("poses", "trc")
    space: SpacePlan = field(default_factory=SpacePlan)
    smooth: str = "auto"
    max_gap: float = 0.25
    offsets: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for kind in self.save:
            if kind not in FILES:
                raise InputError(f"cannot save {kind!r}; {did_you_mean(kind, FILES)}")
        for name, offset in self.offsets.items():
            if not np.isfinite(offset):
                raise InputError(f"the offset of {name} must be a number of seconds, got {offset}")


def triangulate(
    rig: Rig, views: Sequence[View], plan: TriangulationPlan | None = None
) -> Triangulated:
    """The people whom several cameras recorded, in space.

    Args:
        rig: Cameras, among them those of the views.
        views: One for each camera that recorded; the first one's clock counts.
        plan: How.

    Raises:
        InputError: If a view or an offset is of an unknown camera, or the views do not overlap in
            time.
        SkeletonError: If their poses have different skeletons.
    """
    plan = plan or TriangulationPlan()
    for name in plan.offsets:
        rig[name]
    used = Rig(tuple(fitting(rig[view.camera], view) for view in views))
    frames = paired(views, plan.offsets)
    started = time.perf_counter()
    found = reconstruct(used, frames, plan.space)
    tracks = tuple(
        clean(track, smooth=plan.smooth, max_gap=plan.max_gap).track for track in found.tracks
    )
    seconds = time.perf_counter() - started
    times = np.array([instant[0].time for instant in frames])
    return measured(found, tracks, times, seconds)
