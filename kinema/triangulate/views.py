"""The recordings of several cameras: whose is whose, and which frames belong together."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kinema.camera import Camera, Rig
from kinema.errors import InputError
from kinema.poses import Poses

_log = logging.getLogger(__name__)
Float64Array = npt.NDArray[np.float64]

_SAME_SHAPE = 0.002  # relative difference of widths and heights up to which a picture is scaled


@dataclass(frozen=True)
class View:
    """What one camera recorded.

    Attributes:
        camera: Name of the camera.
        source: What the user calls the recording, for messages.
        frames: Its poses, with times that increase.
        size: Width and height of its pictures, or None.
    """

    camera: str
    source: str
    frames: Sequence[Poses]
    size: tuple[int, int] | None = None


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
        raise InputError(f"triangulation needs the recordings of two or more cameras: {names}")
    found = [_camera_in(source, names) for source in sources]
    if not any(found):
        if len(sources) != len(rig):
            raise InputError(
                f"{len(sources)} recordings for {len(rig)} cameras, and no file is named after "
                f"one: let the names hold {', '.join(names)}"
            )
        _log.warning("no file is named after a camera; they are taken in the order %s", names)
        return names
    for i, (source, name) in enumerate(zip(sources, found, strict=True)):
        if name is None:
            raise InputError(f"{source} is named after no camera; known are {', '.join(names)}")
        if name in found[:i]:
            raise InputError(f"{sources[found.index(name)]} and {source} are both of {name}")
    return [name for name in found if name is not None]


def _camera_in(source: str, names: Sequence[str]) -> str | None:
    """The camera that a path names; the longest, where several names are in one word."""
    for part in reversed(Path(source).parts):
        here = [
            name
            for name in names
            if re.search(rf"(?<![a-z0-9]){re.escape(name)}(?![0-9])", part, re.IGNORECASE)
        ]
        if here:
            return max(here, key=len)
    return None


def fitting(camera: Camera, view: View) -> Camera:
    """The camera for pictures of another size than it was calibrated with."""
    if view.size is None or 0 in camera.size or view.size == camera.size:
        return camera
    across, down = (new / old for new, old in zip(view.size, camera.size, strict=True))
    if abs(across / down - 1) > _SAME_SHAPE:
        _log.warning(
            "%s was calibrated with pictures of %d x %d, %s has %d x %d: taken as cut off at the "
            "right or bottom",
            *(camera.name, *camera.size, view.source, *view.size),
        )
        return camera
    # The centre of the top-left pixel is (0, 0), its corner (-0.5, -0.5).
    scale = np.array([[across, 0, (across - 1) / 2], [0, down, (down - 1) / 2], [0, 0, 1]])
    return replace(camera, size=view.size, matrix=scale @ camera.matrix)


def paired(views: Sequence[View], offsets: Mapping[str, float]) -> list[list[Poses]]:
    """The frames that belong together: of each view the nearest to a frame of the first one.

    A view has nobody where its nearest frame is more than half a frame time away. Instants that
    only one view has are left out.

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
            near = _nearest(clock, moment)
            if near is None:
                instant.append(Poses.empty(instant[0].skeleton, time=moment))
            else:
                instant.append(view.frames[near])
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


def _nearest(clock: Float64Array, moment: float) -> int | None:
    if len(clock) == 0:
        return None
    place = int(np.searchsorted(clock, moment))
    near = min(
        (i for i in (place - 1, place) if 0 <= i < len(clock)), key=lambda i: abs(clock[i] - moment)
    )
    step = float(np.median(np.diff(clock))) if len(clock) > 1 else 0.0
    return near if abs(clock[near] - moment) <= 0.5001 * step + 1e-9 else None
