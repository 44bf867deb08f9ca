"""The recordings of several cameras: whose is whose, and which frames belong together."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kinema.camera import Camera, Rig
from kinema.errors import InputError
from kinema.formats.rigs.matching import camera_named_in
from kinema.formats.rigs.matching import fitting as fit_to_pictures
from kinema.poses import Poses
from kinema.triangulate.between import between

_log = logging.getLogger(__name__)
Float64Array = npt.NDArray[np.float64]

_SAME_INSTANT = 0.1  # of a frame time
_LONGEST_STEP = 1.5  # frame times, between which nothing is made up


@dataclass(frozen=True)
class View:
    """What one camera recorded.

    Attributes:
        camera: Name of the camera.
        source: What the user calls the recording, for messages.
        frames: Its poses, with times that increase.
        size: Width and height of its pictures, or None.
        video: Path of the video that the poses were found in, as far as it is known.
        recorded: The file of `kinema record` that its times come from, or None.
        model: That found the poses, or None.
    """

    camera: str
    source: str
    frames: Sequence[Poses]
    size: tuple[int, int] | None = None
    video: str | None = None
    recorded: Path | None = None
    model: str | None = None


def match_cameras(rig: Rig, sources: Sequence[str]) -> list[str]:
    """The camera of each source.

    A source is that of a camera whose name is a word of its file name, else of one of its folders.
    Where that holds for none, the sources are in the order of the rig's cameras.

    >>> rig = Rig(tuple(Camera(name, (0, 0), np.eye(3)) for name in ("cam1", "cam2")))
    >>> match_cameras(rig, ["trial/cam2.mp4", "trial/cam1.mp4"])
    ['cam2', 'cam1']

    Raises:
        InputError: If there are fewer than two sources, some have a camera's name and others not,
            two are of one camera, or their order is needed and there are more or fewer than
            cameras.
    """
    names = [camera.name for camera in rig]
    if len(sources) < 2:
        got = f"got {len(sources)}"
        if sources and Path(sources[0]).is_dir():
            got = f"{sources[0]} is one folder, so name the files in it: {Path(sources[0]) / '*'}"
        raise InputError(
            f"triangulation needs the recordings of two or more of the cameras {', '.join(names)}; "
            f"{got}"
        )
    found = [camera_named_in(source, names) for source in sources]
    if not any(found):
        if len(sources) != len(rig):
            raise InputError(
                f"{len(sources)} recordings for {len(rig)} cameras, and no file is named after "
                f"one: let the names hold {', '.join(names)}"
            )
        order = ", ".join(names)
        _log.warning("no file is named after a camera; they are taken in the order %s", order)
        return names
    for i, (source, name) in enumerate(zip(sources, found, strict=True)):
        if name is None:
            raise InputError(f"{source} is named after no camera; known are {', '.join(names)}")
        if name in found[:i]:
            raise InputError(f"{sources[found.index(name)]} and {source} are both of {name}")
    return [name for name in found if name is not None]


def fitting(camera: Camera, view: View) -> Camera:
    """The camera for pictures of another size than it was calibrated with."""
    return fit_to_pictures(camera, view.size, view.source)


def on_one_clock(views: Sequence[View]) -> list[View]:
    """The views with the clock of their common recording beginning at the first one's first frame.

    Views without recorded times stay as they are, which a warning says where others have some.
    """
    recorded = [view for view in views if view.recorded and view.frames]
    if not recorded:
        return list(views)
    others = [view.source for view in views if not view.recorded]
    if others:
        _log.warning(
            "%s have no recorded times beside them: they are taken to begin with %s",
            *(", ".join(others), recorded[0].source),
        )
    begin = recorded[0].frames[0].time
    return [
        replace(view, frames=[replace(poses, time=poses.time - begin) for poses in view.frames])
        if view.recorded
        else view
        for view in views
    ]


def paired(views: Sequence[View], offsets: Mapping[str, float]) -> list[list[Poses]]:
    """What all views show at the instants of the first one's frames.

    Of each view that is the nearest frame, or, where the nearest is more than a tenth of a frame
    time away, what lies between the two frames on both sides. A view has nobody where its nearest
    frame is more than half a frame time away. Instants that only one view has are left out.

    Raises:
        InputError: If there are none with two views.
    """
    clocks = [
        np.array([poses.time for poses in view.frames]) + offsets.get(view.camera, 0.0)
        for view in views
    ]
    base = clocks[0]
    instants = []
    for row, moment in enumerate(base.tolist()):
        instant = [replace(views[0].frames[row], time=moment)]
        together = 1
        for view, clock in zip(views[1:], clocks[1:], strict=True):
            here = _at(view.frames, clock, moment)
            if here is None:
                instant.append(Poses.empty(instant[0].skeleton, time=moment))
            else:
                instant.append(here)
                together += 1
        if together > 1:
            instants.append(instant)
    if not instants:
        spans = ", ".join(
            f"{view.source} {clock[0]:.2f} to {clock[-1]:.2f} s" if len(clock) else view.source
            for view, clock in zip(views, clocks, strict=True)
        )
        raise InputError(f"the recordings do not overlap in time: {spans}; give their --offset")
    return instants


def _at(frames: Sequence[Poses], clock: Float64Array, moment: float) -> Poses | None:
    """What was seen at a moment; None if the nearest frame is too far away."""
    if len(clock) == 0:
        return None
    after = int(np.searchsorted(clock, moment))
    near = min(
        (i for i in (after - 1, after) if 0 <= i < len(clock)), key=lambda i: abs(clock[i] - moment)
    )
    step = float(np.median(np.diff(clock))) if len(clock) > 1 else 0.0
    away = abs(clock[near] - moment)
    if away > 0.5001 * step + 1e-9:
        return None
    if away <= _SAME_INSTANT * step or not 0 < after < len(clock):
        return frames[near]
    length = clock[after] - clock[after - 1]
    if length > _LONGEST_STEP * step:  # pictures are missing between the two
        return frames[near]
    return between(frames[after - 1], frames[after], float((moment - clock[after - 1]) / length))
