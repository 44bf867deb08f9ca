"""The files of people in space."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from kinema.curves import Curves
from kinema.errors import InputError
from kinema.formats import FORMATS, Header, open_writer
from kinema.formats.curves import write_curves
from kinema.formats.one_person import person_path
from kinema.track import Track
from kinema.triangulate.result import Triangulated

_log = logging.getLogger(__name__)

FILES = {"poses": "triangulated.jsonl", "points": "triangulated.points.csv"} | {
    known.name: f"triangulated{known.suffixes[0]}"
    for known in FORMATS
    if known.can_write and known.suffixes and "world" in known.spaces and known.name != "kinema"
}
"""The ending of the file of each kind of result."""


def write_triangulated(
    result: Triangulated, folder: Path, save: Sequence[str], *, source: str | None = None
) -> tuple[Path, ...]:
    """Writes results of the kinds of `FILES`; which files there are then.

    Raises:
        InputError: If there is nobody, or a file cannot be written.
    """
    if not result.tracks:
        raise InputError("nobody was seen by two cameras at once; check --calibration and --offset")
    folder.mkdir(parents=True, exist_ok=True)
    files: list[Path] = []
    rate = result.tracks[0].rate
    header = Header(
        skeleton=result.tracks[0].skeleton,
        source=source,
        rate=rate if np.isfinite(rate) else None,
        space="world",
    )
    for kind in save:
        path = folder / FILES[kind]
        if kind == "points":
            for track in result.tracks:
                own = path if len(result.tracks) == 1 else person_path(path, track.id)
                write_curves(own, points_table(track))
                files.append(own)
            continue
        try:
            with open_writer(path, header, format="kinema" if kind == "poses" else kind) as out:
                for poses in result.poses():
                    out.write(poses)
        except InputError as error:  # BVH cannot hold gaps, for one: the other files are still made
            if len(save) == 1:
                raise
            _log.warning("no %s: %s", kind, error)
            continue
        files += getattr(out, "paths", None) or [path]
    return tuple(files)


def points_table(track: Track) -> Curves:
    """A track as curves `left_knee_x` and so on in metres, with their standard deviations."""
    joints = track.skeleton.keypoints
    values = track.keypoints.astype(np.float64).reshape(len(track), -1)
    names = tuple(f"{joint}_{axis}" for joint in joints for axis in "xyz")
    sigma = None if track.sigma is None else np.repeat(track.sigma.astype(np.float64), 3, axis=1)
    return Curves(names, ("m",) * len(names), values, track.times, sigma)
