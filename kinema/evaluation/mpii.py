"""The MPII Human Pose data set: its labels, and PCKh.

Two files are read: the release itself (`mpii_human_pose_v1_u12_1.mat`) and the lists in JSON that
most networks are trained and measured with (`valid.json`):

    RELEASE.annolist(i).image.name, .annorect(r).x1 y1 x2 y2 (head), .scale, .objpos.x y,
        .annopoints.point(j).x y id; RELEASE.img_train(i); RELEASE.single_person{i}
    [{"image": "005808361.jpg", "joints": [[x, y], ...], "joints_vis": [1, ...],
      "center": [x, y], "scale": 4.7}, ...]

Of the release, people of training pictures that stand apart from others (`single_person`) count, as
the labels of test pictures are not public. MATLAB counts pixels from 1, so 1 is taken off.

PCKh (Andriluka et al. 2014, section 4): a joint is right within a fraction of the size of the head,
which is 0.6 times the diagonal of the head's box. The lists in JSON have no such boxes; they are in
a second file, `gt_valid.mat` (`headboxes_src`, 2 x 2 x N, in the order of the list). Without
that file the head's size is the labelled distance from upper neck to head top, and the report says
so. The mean is over 14 joints: pelvis and thorax, which follow from others, are left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import cast

import numpy as np

from kinema.errors import FormatError
from kinema.evaluation.matlab import member, members, read_matlab
from kinema.evaluation.metrics import Floats, head_sizes
from kinema.evaluation.one_person import Subject, SubjectLabels
from kinema.formats.textfile import JsonObject, json_objects, read_json
from kinema.models.crops import Region
from kinema.skeletons import MPII16

THRESHOLDS = (0.1, 0.5)
LEFT_OUT = ("mid_hip", "thorax")

FIRST_PIXEL = 1  # MATLAB's
PERSON_HEIGHT = 200  # pixels at scale 1
VIEW_GROWTH = 1.25  # as the release advises, and as networks are trained
VIEW_SHIFT = 15  # pixels at scale 1: `objpos` is the middle of the trunk, feet reach further down

HEADS_OF_BOXES = "0.6 times the diagonal of the head's box"
HEADS_OF_JOINTS = "the distance from upper neck to head top, as there are no boxes of heads"


def read_mpii(path: Path, *, heads: Path | None = None) -> SubjectLabels:
    """The labelled people of MPII's release (`.mat`) or of a list in JSON.

    Args:
        path: One of the two.
        heads: For a list in JSON, the `.mat` with its boxes of heads.

    Raises:
        InputError: If a file cannot be opened.
        FormatError: If it is neither, or is damaged.
        MissingExtra: If SciPy, which reads `.mat`, is not installed.
    """
    if path.suffix.lower() == ".mat":
        subjects = tuple(_of_release(path))
        return SubjectLabels(path, MPII16, _counted(subjects, path), HEADS_OF_BOXES)
    subjects = tuple(_of_list(path))
    if heads is None:
        return SubjectLabels(path, MPII16, _counted(subjects, path), HEADS_OF_JOINTS)
    sizes = _sizes_of_heads(heads, len(subjects))
    sized = tuple(
        Subject(s.picture, s.keypoints, float(size), s.place, s.view)
        for s, size in zip(subjects, sizes, strict=True)
    )
    return SubjectLabels(path, MPII16, _counted(sized, path), HEADS_OF_BOXES)


def _counted(subjects: tuple[Subject, ...], path: Path) -> tuple[Subject, ...]:
    """Those that can be measured: with a labelled joint and a head of some size."""
    usable = tuple(s for s in subjects if s.size > 0 and not np.isnan(s.keypoints).all())
    if not usable:
        raise FormatError(f"{path} has no labelled person that stands apart, with a head")
    return usable


def _subject(
    picture: str, keypoints: Floats, size: float, centre: tuple[float, float], scale: float
) -> Subject:
    """A person at a place that is told by MPII's centre (pixels from 0) and scale."""
    x, y = centre[0], centre[1] + VIEW_SHIFT * scale
    half = PERSON_HEIGHT * scale / 2
    side = 2 * half * VIEW_GROWTH
    view = Region((x, y), (side, side))
    return Subject(picture, keypoints, size, (x - half, y - half, x + half, y + half), view)


def _of_release(path: Path) -> Iterator[Subject]:
    release = read_matlab(path, "RELEASE")
    pictures = members(member(release, "annolist"))
    training = members(member(release, "img_train"))
    apart = members(member(release, "single_person"))
    if not len(pictures) == len(training) == len(apart):
        raise FormatError(f"{path}: annolist, img_train and single_person must be equally long")
    for picture, is_training, alone in zip(pictures, training, apart, strict=True):
        people = members(member(picture, "annorect"))
        name = member(member(picture, "image"), "name")
        for number in members(alone):
            row = int(cast("int", number)) - FIRST_PIXEL
            if is_training and 0 <= row < len(people):
                yield from _of_rectangle(str(name), people[row], path)


def _of_rectangle(picture: str, person: object, path: Path) -> Iterator[Subject]:
    """The person, if joints, head, place and scale are all labelled."""
    points = members(member(member(person, "annopoints"), "point"))
    place, scale = member(person, "objpos"), member(person, "scale")
    corners = [member(person, corner) for corner in ("x1", "y1", "x2", "y2")]
    if not points or place is None or scale is None or None in corners:
        return
    try:
        keypoints = np.full((len(MPII16), 2), np.nan)
        for point in points:
            keypoints[int(_number(point, "id"))] = _number(point, "x"), _number(point, "y")
        centre = _number(place, "x") - FIRST_PIXEL, _number(place, "y") - FIRST_PIXEL
        size = float(head_sizes(np.array(corners, dtype=np.float64))[0])
        factor = float(cast("float", scale))
    except (TypeError, ValueError, IndexError) as error:
        raise FormatError(f"{path}: a person of {picture} is damaged: {error}") from error
    yield _subject(picture, keypoints - FIRST_PIXEL, size, centre, factor)


def _number(value: object, name: str) -> float:
    found = member(value, name)
    if found is None:
        raise ValueError(f"no {name}")
    return float(cast("float", found))


def _of_list(path: Path) -> Iterator[Subject]:
    try:
        people = json_objects(read_json(path), "the list of people")
    except FormatError as error:
        raise FormatError(f"{path} is no list of MPII's people: {error}") from error
    for number, entry in enumerate(people):
        try:
            yield _of_entry(entry)
        except (KeyError, TypeError, ValueError) as error:
            raise FormatError(f"{path}: person {number} is damaged: {error}") from error


def _of_entry(entry: JsonObject) -> Subject:
    joints = np.array(entry["joints"], dtype=np.float64)
    labelled = np.array(entry["joints_vis"], dtype=np.float64) > 0
    if joints.shape != (len(MPII16), 2) or labelled.shape != (len(MPII16),):
        raise ValueError(f"joints must be {len(MPII16)} x 2, got {joints.shape}")
    keypoints = np.where(labelled[:, None], joints - FIRST_PIXEL, np.nan)
    head, neck = (keypoints[MPII16.index(joint)] for joint in ("head_top", "upper_neck"))
    x, y = cast("list[float]", entry["center"])
    centre = (float(x) - FIRST_PIXEL, float(y) - FIRST_PIXEL)
    size = float(np.linalg.norm(head - neck))
    scale = float(cast("float", entry["scale"]))
    return _subject(str(entry["image"]), keypoints, size, centre, scale)


def _sizes_of_heads(path: Path, people: int) -> Floats:
    """(N,) of `headboxes_src` (corner, x or y, person)."""
    boxes = np.atleast_3d(np.asarray(read_matlab(path, "headboxes_src"), dtype=np.float64))
    if boxes.shape != (2, 2, people):
        raise FormatError(f"{path}: headboxes_src must be 2 x 2 x {people}, got {boxes.shape}")
    return head_sizes(boxes.transpose(2, 0, 1).reshape(people, 4))
