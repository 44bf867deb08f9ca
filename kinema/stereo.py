"""From two recordings of one scene to people in space: `stereo_poses` and its files.

1. Frames of the two recordings are paired by time.
2. The people of each are followed, and who is left is found on the right (`couples`).
3. Each joint gets its depth by disparity (`locate`), and its standard deviation from how far the
   rows of the two pictures disagree in this recording, or from a number that the user gives.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kinema.curves import Curves
from kinema.errors import InputError, did_you_mean
from kinema.formats import FORMATS, Header, open_writer
from kinema.formats.curves import write_curves
from kinema.formats.staging import made_folder
from kinema.poses import Poses
from kinema.skeleton import Skeleton
from kinema.space.couples import couples
from kinema.space.stereo import (
    MAX_ROW_ERROR,
    StereoPair,
    StereoPoints,
    locate,
    pixel_noise,
)
from kinema.space_outputs.pictures import PICTURES, Footage, write_pictures
from kinema.track import Track

Float64Array = npt.NDArray[np.float64]

FILES = {"poses": "stereo.jsonl", "depth": "stereo.depth.csv"} | {
    known.name: f"stereo{known.suffixes[0]}"
    for known in FORMATS
    if known.can_write and known.suffixes and "world" in known.spaces and known.name != "kinema"
}
FILES |= {kind: f"stereo{ending}" for kind, ending in PICTURES.items()}
"""The ending of the file of each kind of result."""
LEAST_NOISE = 0.1
"""Pixels; rows that agree better than this are no measure of a network's error."""


@dataclass(frozen=True)
class StereoPlan:
    """How two recordings become one in space.

    Attributes:
        save: The kinds of results, of `FILES`.
        noise: Standard deviation of each coordinate in each picture, in pixels; None measures it.
        max_row_error: Pixels; see `locate`. None is a 32nd of the picture's height, 15 of 480: a
            network finds joints as exactly as its picture of a person is large.
        offset: Seconds by which the clock of the right recording is behind: something at 1.0 s on
            the left is at 1.0 - offset on the right.

    Raises:
        InputError: If a kind is unknown, or a number is not positive.
    """

    save: tuple[str, ...] = ("poses", "depth")
    noise: float | None = None
    max_row_error: float | None = None
    offset: float = 0.0

    def __post_init__(self) -> None:
        for kind in self.save:
            if kind not in FILES:
                raise InputError(f"cannot save {kind!r}; {did_you_mean(kind, FILES)}")
        if self.noise is not None and not self.noise > 0:
            raise InputError(f"the noise must be more than 0 pixels, got {self.noise}")
        if self.max_row_error is not None and not self.max_row_error > 0:
            raise InputError(f"the largest row error must be positive, got {self.max_row_error}")
        if not np.isfinite(self.offset):
            raise InputError(f"the offset must be a number of seconds, got {self.offset}")


@dataclass(frozen=True, eq=False)
class Placed:
    """One person in space.

    Attributes:
        track: In "world" space, with sigma.
        depth: Of each joint before the first camera: `left_knee_depth` in metres, with sigma.
    """

    track: Track
    depth: Curves


@dataclass(frozen=True, eq=False)
class Scene:
    """What two recordings show in space.

    Attributes:
        pair: The cameras.
        frames: The poses in "world" space, a frame for each pair of frames.
        people: Each person over time, in order of first appearance.
        noise: Standard deviation of a coordinate in a picture, in pixels.
        row_error: Median difference of the rows, in pixels; far from 0 means that the cameras are
            not parallel.
        missing: How many joints have no place, by reason: seen in `one_view` only, `no_disparity`
            (0 or negative), `off_row`.
        alone: People of one picture who had nobody in the other, all frames together.
        unpaired: Frames of the left recording without one on the right.
    """

    pair: StereoPair
    frames: tuple[Poses, ...]
    people: tuple[Placed, ...]
    noise: float
    row_error: float
    missing: dict[str, int]
    alone: int = 0
    unpaired: int = 0


@dataclass
class _Rows:
    """The frames of one person, as they come."""

    times: list[float] = field(default_factory=list)
    scores: list[npt.NDArray[np.float32]] = field(default_factory=list)
    found: list[StereoPoints] = field(default_factory=list)


def stereo_poses(
    pair: StereoPair, left: Sequence[Poses], right: Sequence[Poses], plan: StereoPlan | None = None
) -> Scene:
    """The people whom both recordings show, in space.

    Args:
        pair: The cameras.
        left: The frames of the first camera, followed (with ids), times increasing.
        right: Those of the second camera.
        plan: How.

    Raises:
        InputError: If the recordings do not overlap in time.
    """
    plan = plan or StereoPlan()
    limit = plan.max_row_error or max(MAX_ROW_ERROR, pair.cameras[0].size[1] / 32)
    together, unpaired = paired_frames(left, right, plan.offset)
    skeleton = next((poses.skeleton for poses in left if len(poses)), left[0].skeleton)
    rows: dict[int, _Rows] = defaultdict(_Rows)
    frames: list[Poses] = []
    known: dict[int, int] = {}
    alone = 0
    for one, two in together:
        two = two.to(one.skeleton)
        chosen = couples(pair, one, two, known=tuple(known.items()), max_row_error=limit)
        i, j = [a for a, _ in chosen], [b for _, b in chosen]
        one_chosen, two_chosen = one[i], two[j]
        alone += len(one) + len(two) - 2 * len(chosen)
        found = locate(
            pair,
            one_chosen.keypoints,
            two_chosen.keypoints,
            max_row_error=limit,
        )
        scores = _scores(one_chosen, two_chosen, found)
        frames.append(_poses(one_chosen, found, scores))
        if one_chosen.ids is None:
            continue
        if two_chosen.ids is not None:
            known |= zip(one_chosen.ids.tolist(), two_chosen.ids.tolist(), strict=True)
        for row, identity in enumerate(one_chosen.ids.tolist()):
            rows[identity].times.append(one.time)
            rows[identity].scores.append(scores[row])
            rows[identity].found.append(_row(found, row))
    return _scene(pair, plan, skeleton, frames, rows, alone, unpaired)


def paired_frames(
    left: Sequence[Poses], right: Sequence[Poses], offset: float = 0.0
) -> tuple[list[tuple[Poses, Poses]], int]:
    """Frames of the same moment, each left one with the nearest right one; and how many have none.

    Frames are of one moment if they are no further apart than half a frame of the slower camera.

    Raises:
        InputError: If there is no such pair.
    """
    if not left or not right:
        raise InputError("one of the two recordings has no frames")
    ours = np.array([poses.time for poses in left])
    theirs = np.array([poses.time for poses in right]) + offset
    steps = [np.median(np.diff(times)) for times in (ours, theirs) if len(times) > 1]
    tolerance = 0.5 * max(steps, default=1.0) + 1e-6
    after = np.searchsorted(theirs, ours).clip(1, max(len(theirs) - 1, 1))
    before = after - 1
    after = after.clip(max=len(theirs) - 1)
    nearest = np.where(np.abs(theirs[before] - ours) <= np.abs(theirs[after] - ours), before, after)
    close = np.abs(theirs[nearest] - ours) <= tolerance
    if not close.any():
        raise InputError(
            f"the recordings do not overlap in time: left {ours[0]:.2f} to {ours[-1]:.2f} s, "
            f"right {theirs[0]:.2f} to {theirs[-1]:.2f} s; give --offset"
        )
    chosen = np.flatnonzero(close).tolist()
    return [(left[i], right[nearest[i]]) for i in chosen], int((~close).sum())


def write_scene(
    scene: Scene,
    folder: Path,
    stem: str,
    plan: StereoPlan,
    *,
    footage: Footage | None = None,
    turn: float = 0.0,
    command: str | None = None,
) -> list[Path]:
    """Writes the results that the plan names, as STEM.stereo.*; the paths.

    Args:
        scene: What there is to write.
        folder: Made if need be.
        stem: Start of the names.
        plan: Names the kinds.
        footage: What films and pages show beside the people.
        turn: Degrees a second by which the viewer of a film goes round.
        command: The command line, to be shown on the page.

    Raises:
        InputError: If a file cannot be written, or pictures are asked for and nobody is there.
        MediaError: If the video of the footage cannot be read.
        MissingExtra: If what a page needs is not installed.
    """
    made_folder(folder)
    files: list[Path] = []
    for kind in plan.save:
        if kind in PICTURES:
            continue
        path = folder / f"{stem}.{FILES[kind]}"
        if kind == "depth":
            files += _write_depths(scene, folder, stem)
            continue
        header = Header(space="world", rate=_rate(scene))
        name = "kinema" if kind == "poses" else kind
        with open_writer(path, header, format=name) as out:
            for poses in scene.frames:
                out.write(poses)
        files += getattr(out, "paths", None) or [path]
    pictures = [kind for kind in plan.save if kind in PICTURES]
    people = [person.track for person in scene.people]
    if pictures and not people:
        raise InputError("nobody was seen by both cameras at once: there is nothing to show")
    if pictures:
        times = np.array([poses.time for poses in scene.frames])
        base = folder / f"{stem}.stereo"
        files += write_pictures(people, times, base, pictures, footage, turn=turn, command=command)
    return files


def _scene(
    pair: StereoPair,
    plan: StereoPlan,
    skeleton: Skeleton,
    frames: list[Poses],
    rows: dict[int, _Rows],
    alone: int,
    unpaired: int,
) -> Scene:
    every = [found for person in rows.values() for found in person.found]
    errors = np.concatenate([found.row_error for found in every] or [np.empty(0)])
    ahead = np.concatenate([found.disparity > 0 for found in every] or [np.empty(0, bool)])
    errors = errors[ahead]
    measured = pixel_noise(errors)
    noise = plan.noise or (1.0 if np.isnan(measured) else max(measured, LEAST_NOISE))
    reasons = ("one_view", "no_disparity", "off_row")
    return Scene(
        pair=pair,
        frames=tuple(frames),
        people=tuple(_placed(skeleton, i, person, noise) for i, person in rows.items()),
        noise=float(noise),
        row_error=float(np.nanmedian(errors)) if len(errors) else float("nan"),
        missing={name: int(sum(getattr(f, name).sum() for f in every)) for name in reasons},
        alone=alone,
        unpaired=unpaired,
    )


def _scores(one: Poses, two: Poses, found: StereoPoints) -> npt.NDArray[np.float32]:
    """The lower of both scores; 0 where there is no place."""
    lower = np.fmin(one.scores, two.scores)
    return np.where(np.isnan(found.depth), 0, lower).astype(np.float32)


def _poses(one: Poses, found: StereoPoints, scores: npt.NDArray[np.float32]) -> Poses:
    return Poses(
        one.skeleton,
        found.points.astype(np.float32),
        scores,
        ids=one.ids,
        frame=one.frame,
        time=one.time,
        space="world",
    )


def _row(found: StereoPoints, row: int) -> StereoPoints:
    return StereoPoints(**{name: value[row] for name, value in vars(found).items()})


def _placed(skeleton: Skeleton, identity: int, rows: _Rows, noise: float) -> Placed:
    def stacked(name: str) -> Float64Array:
        return np.stack([getattr(found, name) for found in rows.found])

    times = np.array(rows.times)
    track = Track(
        skeleton,
        stacked("points").astype(np.float32),
        np.stack(rows.scores),
        times,
        id=identity,
        space="world",
        sigma=(noise * stacked("sigma")).astype(np.float32),
    )
    depth = Curves(
        tuple(f"{joint}_depth" for joint in skeleton.keypoints),
        ("m",) * len(skeleton),
        stacked("depth"),
        times,
        noise * stacked("depth_sigma"),
    )
    return Placed(track, depth)


def _write_depths(scene: Scene, folder: Path, stem: str) -> list[Path]:
    several = len(scene.people) > 1
    files = []
    for person in scene.people:
        ending = f"stereo_P{person.track.id}.depth.csv" if several else FILES["depth"]
        path = folder / f"{stem}.{ending}"
        write_curves(path, person.depth)
        files.append(path)
    return files


def _rate(scene: Scene) -> float | None:
    times = np.array([poses.time for poses in scene.frames])
    return float(1 / np.median(np.diff(times))) if len(times) > 1 else None
