"""From views to people in space: the plan, and `triangulate`."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from kinema.camera import Rig
from kinema.errors import InputError, did_you_mean
from kinema.space.reconstruction import SpacePlan, reconstruct
from kinema.tracking.cleaning import clean
from kinema.triangulate.clocks import Clock, synchronised
from kinema.triangulate.files import FILES
from kinema.triangulate.result import Triangulated, measured
from kinema.triangulate.views import View, fitting, paired

_SURE_OF_SIDES = 3  # cameras


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
        sync: Whether the offsets are found out by the movement; the search begins at those given.
        max_offset: Seconds; most that `sync` may find beside those. None is any time with which the
            recordings overlap.

    Raises:
        InputError: If a kind is unknown or an offset is no number.
    """

    save: tuple[str, ...] = ("poses", "trc")
    space: SpacePlan = field(default_factory=SpacePlan)
    smooth: str = "auto"
    max_gap: float = 0.25
    offsets: Mapping[str, float] = field(default_factory=dict)
    sync: bool = False
    max_offset: float | None = None

    def __post_init__(self) -> None:
        for kind in self.save:
            if kind not in FILES:
                raise InputError(f"cannot save {kind!r}; {did_you_mean(kind, FILES)}")
        for name, offset in self.offsets.items():
            if not np.isfinite(offset):
                raise InputError(f"the offset of {name} must be a number of seconds, got {offset}")
        if self.max_offset is not None and not self.sync:
            raise InputError("the largest offset is one to be found; ask for --sync too")

    def offset_of(self, view: View) -> float:
        """Seconds by which the clock of a view is behind."""
        return self.offsets.get(view.camera, 0.0)


def triangulate(
    rig: Rig, views: Sequence[View], plan: TriangulationPlan | None = None
) -> Triangulated:
    """The people whom several cameras recorded, in space.

    Args:
        rig: Cameras, among them those of the views.
        views: One for each camera that recorded; the first one's clock counts.
        plan: How.

    Raises:
        InputError: If a view or an offset is of an unknown camera, the views do not overlap in
            time, or they cannot be synchronised.
        SkeletonError: If their poses have different skeletons.
    """
    plan = plan or TriangulationPlan()
    for name in plan.offsets:
        rig[name]
    used = Rig(tuple(fitting(rig[view.camera], view) for view in views))
    clocks: tuple[Clock, ...] = ()
    offsets = dict(plan.offsets)
    if plan.sync:
        clocks = synchronised(used, views, plan.space, begin=plan.offsets, longest=plan.max_offset)
        offsets = {clock.camera: clock.offset for clock in clocks}
    frames = paired(views, offsets)
    started = time.perf_counter()
    found = reconstruct(used, frames, plan.space)
    # Three cameras say which side is which; two may not, and then the path must.
    sides = plan.space.person.repair_sides and len(views) < _SURE_OF_SIDES
    tracks = tuple(
        clean(track, smooth=plan.smooth, max_gap=plan.max_gap, repair_swaps=sides).track
        for track in found.tracks
    )
    seconds = time.perf_counter() - started
    times = np.array([instant[0].time for instant in frames])
    return replace(measured(found, tracks, times, seconds), clocks=clocks)
