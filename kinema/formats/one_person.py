"""Motion files that hold one person each: the writer that collects, and the reader of a track.

`kinema.formats.trc`, `.bvh` and `.c3d` each give a function that saves a recording that is whole.
The collecting writer holds it in memory until then: 12 bytes a joint, so 1 MB a minute of one
person with 26 joints at 60 frames a second.

Who is in a file. One person is written to the path itself. Of several people, known by their ids,
each gets a file: `walk.trc` becomes `walk_P1.trc`, `walk_P2.trc`, as Pose2Sim names them. The file
of a person goes from their first frame to their last; frames between in which they were not found
stay, with all joints missing. When a file is read, `_P2` or Sports2D's `_person02` gives the id,
else it is 0.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kinema.errors import InputError, SkeletonError
from kinema.formats.axes import world_points
from kinema.formats.recording import Header, PoseWriter, require_metres
from kinema.formats.staging import file_errors
from kinema.poses import Poses, Space
from kinema.skeleton import Skeleton
from kinema.track import Track

_ID_IN_NAME = re.compile(r"_(?:P|person)(\d+)(?=[_.]|$)")


@dataclass(frozen=True)
class Recorded:
    """One person from their first frame to their last, ready to be saved.

    Attributes:
        track: NaN where the person or a joint was not found; in "world" or "image" space.
        frames: (T,) numbers of the frames.
        rate: Frames per second, as far as it can be told.
    """

    track: Track
    frames: npt.NDArray[np.int64]
    rate: float


Save = Callable[[Sequence[Recorded], Path], None]


class CollectingWriter(PoseWriter):
    """Collects a recording and saves it at `close`.

    Args:
        path: Of the file; see this module for several people.
        header: Its rate is used, where there is one.
        name: Of the format, for messages.
        save: Saves people to one path.
        pixels: Whether the format can hold poses in a picture.
        together: Whether all people go into one file.

    Raises:
        InputError: If the folder does not exist or may not be written.
    """

    readable_when_cut = False

    def __init__(
        self,
        path: Path,
        header: Header,
        *,
        name: str,
        save: Save,
        pixels: bool = False,
        together: bool = False,
    ) -> None:
        self.started = False
        self.paths: tuple[Path, ...] = ()
        self._path, self._header, self._name, self._save = path, header, name, save
        self._pixels, self._together = pixels, together
        self._times: list[float] = []
        self._frames: list[int] = []
        self._people: dict[int, list[tuple[int, npt.NDArray[np.float32]]]] = {}
        self._first: Poses | None = None
        self._done = False
        _refuse_unwritable(path)

    def write(self, poses: Poses) -> None:
        """Add one frame.

        Raises:
            InputError: If it has no time, one that does not come after the last one, several
                people without ids, or pixels where the format holds metres.
            SkeletonError: If the skeleton is not that of the first frame.
        """
        if not self._pixels:
            require_metres(poses, self._name)
        self._check(poses)
        self.started = True
        self._first = self._first or poses
        points = poses.keypoints if poses.space == "image" else world_points(poses)
        ids = [0] if poses.ids is None else poses.ids.tolist()
        for row in np.flatnonzero(poses.found.any(axis=1)).tolist():
            rows = self._people.setdefault(ids[row], [])
            rows.append((len(self._times), points[row].astype(np.float32)))
        self._times.append(poses.time)
        self._frames.append(poses.frame)

    def _check(self, poses: Poses) -> None:
        where = f"frame {poses.frame}"
        if np.isnan(poses.time):
            raise InputError(f"{where} has no time, which {self._name} needs; name the --rate")
        if self._times and not poses.time > self._times[-1]:
            raise InputError(
                f"{where} is at {poses.time:g} s and the one before it at {self._times[-1]:g} s; "
                f"{self._name} needs times that increase"
            )
        if poses.ids is None and len(poses) > 1:
            raise InputError(
                f"{where} has {len(poses)} people without ids, and {self._name} is written person "
                "by person: track them first"
            )
        first = self._first
        if first is not None and (poses.skeleton, poses.space) != (first.skeleton, first.space):
            raise SkeletonError(
                f"{where} is {poses.skeleton.name} in {poses.space} space, but the recording began "
                f"as {first.skeleton.name} in {first.space} space"
            )

    def close(self) -> None:
        """Save the people.

        Raises:
            InputError: If there is nobody.
        """
        if self._done:
            return
        self._done = True
        people = [self._recorded(identity) for identity in sorted(self._people)]
        if not people:
            raise InputError(f"{self._path}: nobody is in the recording, so there is no motion")
        if self._together or len(people) == 1:
            self._save(people, self._path)
            self.paths = (self._path,)
            return
        for person in people:
            path = person_path(self._path, person.track.id)
            self._save([person], path)
            self.paths += (path,)

    def discard(self) -> None:
        """Forget what was collected; nothing has been written yet."""
        self._done = True

    def _recorded(self, identity: int) -> Recorded:
        assert self._first is not None
        rows = self._people[identity]
        first, last = rows[0][0], rows[-1][0] + 1
        points = np.full((last - first, *self._first.keypoints.shape[1:]), np.nan, np.float32)
        for row, values in rows:
            points[row - first] = values
        track = track_of(
            self._first.skeleton,
            points,
            np.array(self._times[first:last]),
            identity=identity,
            space="image" if self._first.space == "image" else "world",
        )
        rate = self._header.rate or (track.rate if len(track) > 1 else 1.0)
        return Recorded(track, np.array(self._frames[first:last], dtype=np.int64), rate)


def person_path(path: Path, identity: int) -> Path:
    """Where one of several people is written: `walk.trc` becomes `walk_P3.trc`."""
    return path.with_name(f"{path.stem}_P{identity}{path.suffix}")


def id_of(path: Path) -> int:
    """The identity that the name of a file tells, else 1."""
    found = _ID_IN_NAME.findall(path.stem)
    return int(found[-1]) if found else 1


def _refuse_unwritable(path: Path) -> None:
    """Find out now, not after an hour of work, whether a file can be made here."""
    trial = path.with_name(f".{path.name}.{os.getpid()}.part")
    with file_errors("write", path):
        trial.touch()
        trial.unlink()


def track_of(
    skeleton: Skeleton,
    points: npt.NDArray[np.floating],
    times: npt.NDArray[np.float64],
    *,
    identity: int,
    space: Space = "world",
) -> Track:
    """A track of points (T, K, D) that have no scores: NaN where there is a point, else 0."""
    missing = np.isnan(points).any(axis=2)
    points = np.where(missing[..., None], np.nan, points)
    scores = np.where(missing, 0, np.nan)
    return Track(
        skeleton,
        points.astype(np.float32),
        scores.astype(np.float32),
        times,
        id=identity,
        space=space,
    )


def frames_of(
    people: Sequence[Track], frames: npt.NDArray[np.int64], *, timeless: bool = False
) -> Iterator[Poses]:
    """The poses of people who share a skeleton and all T times, frame by frame.

    A person is in a frame where at least one joint has a position. `timeless` poses have no times.
    """
    first = people[0]
    ids = np.array([person.id for person in people], dtype=np.int64)
    points = np.stack([person.keypoints for person in people], axis=1)  # (T, N, K, D)
    scores = np.stack([person.scores for person in people], axis=1)
    here = np.stack([person.found.any(axis=1) for person in people], axis=1)  # (T, N)
    for row, (frame, time) in enumerate(zip(frames.tolist(), first.times.tolist(), strict=True)):
        chosen = here[row]
        yield Poses(
            first.skeleton,
            points[row, chosen],
            scores[row, chosen],
            ids=ids[chosen],
            frame=frame,
            time=float("nan") if timeless else time,
            space=first.space,
        )
