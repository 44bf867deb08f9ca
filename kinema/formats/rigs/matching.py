"""Which camera of a rig made a recording, and how it is with pictures of another size."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from pathlib import Path

from kinema.camera import Camera, Rig
from kinema.errors import InputError

_log = logging.getLogger(__name__)

_SAME_SHAPE = 0.002  # relative difference of widths and heights up to which a picture is scaled


def camera_named_in(source: str, names: Sequence[str]) -> str | None:
    """The camera whose name is a word of a file's name, else of one of its folders.

    The longest, where several names are in one word.

    >>> camera_named_in("trial/cam2.mp4", ["cam1", "cam2"])
    'cam2'
    """
    for part in reversed(Path(source).parts):
        here = [
            name
            for name in names
            if re.search(rf"(?<![a-z0-9]){re.escape(name)}(?![0-9])", part, re.IGNORECASE)
        ]
        if here:
            return max(here, key=len)
    return None


def camera_of(rig: Rig, source: str, name: str | None = None) -> Camera:
    """The camera that made one recording: the one named, the only one, or that in its name.

    Raises:
        InputError: If that cannot be told.
    """
    if name is not None:
        return rig[name]
    if len(rig) == 1:
        return next(iter(rig))
    names = [camera.name for camera in rig]
    found = camera_named_in(source, names)
    if found is None:
        raise InputError(
            f"{source} is named after none of the cameras {', '.join(names)}; say which with "
            "--camera"
        )
    return rig[found]


def fitting(camera: Camera, size: tuple[int, int] | None, source: str) -> Camera:
    """The camera for pictures of another size than it was calibrated with.

    `source` is what a warning calls the recording.
    """
    if size is None or 0 in camera.size or size == camera.size:
        return camera
    across, down = (new / old for new, old in zip(size, camera.size, strict=True))
    if abs(across / down - 1) > _SAME_SHAPE:
        _log.warning(
            "%s was calibrated with pictures of %d x %d, %s has %d x %d: taken as cut off at the "
            "right or bottom",
            *(camera.name, *camera.size, source, *size),
        )
        return camera
    return camera.scaled(size)
