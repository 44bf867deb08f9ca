"""The files of people in space: poses in every format that holds metres, and a table of points."""

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
from kinema.formats.staging import made_folder
from kinema.track import Float64Array, Track, people_of

_log = logging.getLogger(__name__)

ENDINGS = {"poses": ".jsonl", "points": ".points.csv"} | {
    known.name: known.suffixes[0]
    for known in FORMATS
    if known.can_write and known.suffixes and "world" in known.spaces and known.name != "kinema"
}
"""How the name of the file of each kind of result ends."""


def write_tracks(
    people: Sequence[Track],
    times: Float64Array,
    base: Path,
    save: Sequence[str],
    *,
    source: str | None = None,
    model: str | None = None,
) -> tuple[Path, ...]:
    """Writes people in space as the kinds of `ENDINGS`; which files there are then.

    Args:
        people: At least one.
        times: (T,) of the frames.
        base: Of the files, to which the endings are added; its folder is made if need be.
        save: The kinds.
        source: Of the recording, for the header.
        model: That found the people, for the header.

    Raises:
        InputError: If the only file cannot be written.
    """
    made_folder(base.parent)
    files: list[Path] = []
    first = people[0]
    header = Header(
        skeleton=first.skeleton,
        source=source,
        rate=first.rate if np.isfinite(first.rate) else None,
        model=model,
        space=first.space,
    )
    for kind in save:
        path = base.with_name(base.name + ENDINGS[kind])
        if kind == "points":
            for track in people:
                own = path if len(people) == 1 else person_path(path, track.id)
                write_curves(own, points_table(track))
                files.append(own)
            continue
        try:
            with open_writer(path, header, format="kinema" if kind == "poses" else kind) as out:
                for poses in people_of(people, times):
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
