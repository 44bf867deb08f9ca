"""Recordings that were not started together, brought onto one clock by what they show.

1. The shifts at which vertical speeds are correlated best and the rays of the cameras meet best
   (`kinema.space.synchronise`), to some hundredths of a second.
2. From there people are found in space, and each clock is moved by as much as its camera sees them
   further on than the others do (`kinema.space.clocks`), until nothing changes.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kinema.camera import Rig
from kinema.errors import InputError
from kinema.formats.staging import replace_text
from kinema.poses import Poses
from kinema.space.clocks import clock_errors, same_instants
from kinema.space.reconstruction import SpacePlan, reconstruct
from kinema.space.synchronise import offsets
from kinema.track import Track, tracks
from kinema.tracking.tracker import Tracker
from kinema.triangulate.views import View, paired

_log = logging.getLogger(__name__)
Float64Array = npt.NDArray[np.float64]

LEAST_CONFIDENCE = 0.05
"""Below, another shift fits nearly as well."""
LEAST_SHARE = 0.5
"""Of what a camera saw of people, that must agree with the other cameras in the end."""
_MAX_ERROR = 60.0  # pixels; generous, as the clocks are wrong still
_FEWEST_FRAMES = 10
_MOST_INSTANTS = 1500
_BLOCKS = 5  # of instants on end, where there are more than these
_ROUNDS = 10
_DONE = 0.0005  # seconds


@dataclass(frozen=True)
class Clock:
    """When a camera's clock started.

    Attributes:
        camera: Its name.
        offset: Seconds by which it is behind that of the first camera: to be added to its times.
        sigma: Standard deviation in seconds; 0 for the first camera.
        confidence: In [0, 1]; how much better this offset fits than any other that is a quarter of
            a second away or more. Below 0.1 it is hardly sure.
    """

    camera: str
    offset: float
    sigma: float
    confidence: float


def synchronised(
    rig: Rig,
    views: Sequence[View],
    plan: SpacePlan | None = None,
    *,
    begin: Mapping[str, float] | None = None,
    longest: float | None = None,
) -> tuple[Clock, ...]:
    """The clocks of recordings of the same people that were not started together.

    Args:
        rig: The cameras of the views, in their order.
        views: What they recorded.
        plan: How people are found in space.
        begin: Offsets in seconds by camera, from which the search begins.
        longest: Most that the clocks are further off than that, in seconds; None is any time with
            which the recordings overlap.

    Raises:
        InputError: If a camera has too little movement in common with the others, or what it saw
            does not agree with them.
    """
    begin = begin or {}
    plan = plan or SpacePlan()
    people = [_people(view, begin.get(view.camera, 0.0)) for view in views]
    found = offsets(people, longest=longest, rig=rig)
    sure = np.where(np.isfinite(found.seconds), found.confidence, 0.0).tolist()
    worst = max(i for i, confidence in enumerate(sure) if confidence == min(sure))
    if sure[worst] < LEAST_CONFIDENCE:
        raise InputError(
            f"{views[worst].source} cannot be synchronised by its movement (confidence "
            f"{sure[worst]:.2f}, {LEAST_CONFIDENCE} is needed): too little movement, or one that "
            f"repeats itself; give --offset {views[worst].camera}=SECONDS, or --max-offset"
        )
    start = np.array([begin.get(view.camera, 0.0) for view in views])
    seconds, sigma = _refined(rig, views, plan, start + found.seconds)
    return tuple(
        Clock(view.camera, *values)
        for view, *values in zip(
            views, seconds.tolist(), sigma.tolist(), found.confidence.tolist(), strict=True
        )
    )


def write_clocks(clocks: Sequence[Clock], path: Path) -> None:
    """Writes a table of the clocks: camera, offset and standard deviation in seconds, confidence.

    Raises:
        InputError: If the file cannot be written.
    """
    rows = ["camera,offset_s,sigma_s,confidence"]
    rows += [f"{c.camera},{c.offset:.4f},{c.sigma:.4f},{c.confidence:.3f}" for c in clocks]
    replace_text(path, "\n".join(rows) + "\n")


def _people(view: View, begin: float) -> list[Track]:
    """Whom a camera saw for some frames, with its times moved by where the search begins."""
    frames = [replace(poses, time=poses.time + begin) for poses in view.frames]
    if any(len(poses) and poses.ids is None for poses in frames):
        frames = list(Tracker().follow(frames))
    return [track for track in tracks(frames) if len(track) >= _FEWEST_FRAMES]


def _refined(
    rig: Rig, views: Sequence[View], plan: SpacePlan, seconds: Float64Array
) -> tuple[Float64Array, Float64Array]:
    """Offsets and their standard deviations, from people in space.

    Raises:
        InputError: If what a camera saw does not agree with the others.
    """
    loose = replace(plan, person=replace(plan.person, max_error=_MAX_ERROR))
    sigma = np.zeros(len(views))
    share = np.zeros(len(views))
    for number in range(_ROUNDS):
        found = reconstruct(rig, _some(_paired(views, seconds)), loose)
        errors = clock_errors(found)
        share = same_instants(rig, found)
        seconds, sigma = seconds + errors.seconds, errors.sigma
        largest = float(np.abs(errors.seconds).max())
        _log.debug("round %d: clocks moved by up to %.1f ms", number, 1000 * largest)
        if largest < _DONE:
            break
    for view, part, doubt in zip(views, share.tolist(), sigma.tolist(), strict=True):
        if part < LEAST_SHARE or math.isnan(doubt):
            raise InputError(
                f"{view.source} cannot be synchronised: at the best offset {part:.0%} of what it "
                f"saw agrees with the other cameras; check --calibration, or give --offset "
                f"{view.camera}=SECONDS"
            )
    return seconds, sigma


def _paired(views: Sequence[View], seconds: Float64Array) -> list[list[Poses]]:
    return paired(
        views, {view.camera: own for view, own in zip(views, seconds.tolist(), strict=True)}
    )


def _some(instants: list[list[Poses]]) -> list[list[Poses]]:
    """All instants, or of many some blocks on end."""
    if len(instants) <= _MOST_INSTANTS:
        return instants
    length = _MOST_INSTANTS // _BLOCKS
    starts = np.linspace(0, len(instants) - length, _BLOCKS).astype(int).tolist()
    return [instant for start in starts for instant in instants[start : start + length]]
