"""Accuracy on data sets that label one person at a time and say about where the person is.

As in the protocols of those sets, a model is told the place of the person, not the pose: it is
given that part of the picture. Models that find several people there answer with the one whose
bounds overlap most with the place that was told.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kinema.errors import InputError
from kinema.evaluation.metrics import Floats, joint_errors
from kinema.evaluation.stream import check_pictures, find_picture, run_apart
from kinema.media.frame import Frame
from kinema.media.images import read_image
from kinema.models.crops import Region, cut
from kinema.models.model import Model
from kinema.poses import Float32Array, Poses
from kinema.skeleton import Skeleton

LARGEST_PART = 1024
"""Pixels of the longer side of a part that a model is given; larger ones are shrunk."""


@dataclass(frozen=True, eq=False)
class Subject:
    """One labelled person.

    Attributes:
        picture: Name of the file.
        keypoints: (K, 2) pixels; NaN where not labelled.
        size: What errors are measured by, in pixels.
        place: Box x1 y1 x2 y2 about where the person is, or None for the whole picture.
        view: The part of the picture that is looked at, or None for the whole picture.
    """

    picture: str
    keypoints: Floats
    size: float
    place: tuple[float, float, float, float] | None = None
    view: Region | None = None


@dataclass(frozen=True, eq=False)
class SubjectLabels:
    """The labelled people of a data set.

    Attributes:
        path: The file that they come from.
        skeleton: Names the joints.
        subjects: The people.
        size_is: What `Subject.size` is, in words.
    """

    path: Path
    skeleton: Skeleton
    subjects: tuple[Subject, ...]
    size_is: str


@dataclass(frozen=True, eq=False)
class SeenSubject:
    """A labelled person with what was found there.

    Attributes:
        path: Of the picture.
        subject: The labels.
        keypoints: (K, 2) found, NaN where absent, in pixels of the picture.
    """

    path: Path
    subject: Subject
    keypoints: Floats

    @property
    def errors(self) -> Floats:
        """(K,) in pixels."""
        return joint_errors(self.subject.keypoints, self.keypoints)


def present_subjects(
    labels: SubjectLabels, folder: Path, *, limit: int | None = None
) -> tuple[list[tuple[Path, Subject]], str]:
    """The people whose pictures are there, and what to say of those that are not.

    Raises:
        InputError: If there are none.
    """
    paths = {subject.picture: find_picture(folder, subject.picture) for subject in labels.subjects}
    missing = [name for name, path in paths.items() if not path]
    complaint = check_pictures(list(paths), missing, labels.path, folder)
    present = [(path, s) for s in labels.subjects if (path := paths[s.picture])]
    return present[:limit], complaint


def look_at_subjects(
    model: Model,
    skeleton: Skeleton,
    subjects: Sequence[tuple[Path, Subject]],
    *,
    on_person: Callable[[], object] = lambda: None,
) -> tuple[list[SeenSubject], float]:
    """What a model finds of each person, and how many seconds it took, reading included.

    Raises:
        InputError: If there are no people.
        MediaError: If a picture cannot be read.
    """
    if not subjects:
        raise InputError("there are no people to evaluate on")
    seen = []
    started = time.perf_counter()
    jobs = run_apart(model, _views(subjects))
    for (path, subject), job in zip(subjects, jobs, strict=True):
        keypoints = _answer(job.poses().to(skeleton), subject, job.frame)
        seen.append(SeenSubject(path, subject, keypoints))
        on_person()
    return seen, time.perf_counter() - started


def _views(subjects: Sequence[tuple[Path, Subject]]) -> Iterator[Frame]:
    """The part of its picture that belongs to each person; a picture is read once for a row."""
    last: tuple[Path, Frame] | None = None
    for number, (path, subject) in enumerate(subjects):
        if last is None or last[0] != path:
            last = (path, read_image(path))
        if subject.view is None:
            yield Frame(last[1].image, index=number)
        else:
            yield Frame(cut(last[1], subject.view, _view_size(subject.view)), index=number)


def _view_size(view: Region) -> tuple[int, int]:
    shrink = min(1.0, LARGEST_PART / max(view.size))
    width, height = (max(1, round(side * shrink)) for side in view.size)
    return width, height


def _answer(poses: Poses, subject: Subject, frame: Frame) -> Floats:
    """The joints (K, 2) of the person meant, in pixels of the picture; all NaN if nobody is."""
    points = poses.keypoints
    if subject.view is not None:
        points = subject.view.to_picture(points, frame.size)
    width, height = frame.size
    place = subject.place or (-0.5, -0.5, width - 0.5, height - 0.5)
    chosen = most_overlapping(points, place)
    if chosen is None:
        return np.full((len(poses.skeleton), 2), np.nan)
    return np.asarray(points[chosen], dtype=np.float64)


def most_overlapping(
    keypoints: Float32Array | Floats, place: tuple[float, float, float, float]
) -> int | None:
    """The person (N, K, 2) whose bounds overlap most with a box x1 y1 x2 y2; None if none does.

    Overlap is intersection over union.
    """
    best, most = None, 0.0
    for number, points in enumerate(keypoints):
        found = points[~np.isnan(points).any(axis=1)]
        if len(found) == 0:
            continue
        low, high = found.min(axis=0), found.max(axis=0)
        shared = np.minimum(high, place[2:]) - np.maximum(low, place[:2])
        common = float(np.prod(np.maximum(shared, 0)))
        whole = float(np.prod(high - low)) + (place[2] - place[0]) * (place[3] - place[1])
        if common / (whole - common) > most:
            best, most = number, common / (whole - common)
    return best
