"""Pictures of where a model fails: the truth beside what was found, drawn alike."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from kinema.media.colours import DARK, Colour
from kinema.media.draw import ColourBy, draw_poses
from kinema.media.frame import Image
from kinema.media.images import read_image
from kinema.models.crops import Region, cut
from kinema.poses import Poses
from kinema.skeleton import Skeleton

MISSED: Colour = (239, 68, 68)
FALSE: Colour = (250, 204, 21)

LONGEST_SIDE = 480  # pixels of a drawn picture
LONGEST_LARGE_SIDE = 640  # where there may be many people in it
LEAST_SCORE_SHOWN = 0.5  # scores are drawn from here to 1: what is faint cannot be judged
MOST_ENLARGED = 3.0
JPEG_QUALITY = 80
MARK_THICKNESS = 3  # pixels of a box
SMALLEST_VIEW = 48  # pixels of the original; less shows nothing of the surroundings


@dataclass(frozen=True)
class Fact:
    """A few words below a pair of pictures.

    Attributes:
        text: The words.
        level: `good`, `fair` or `bad`, or `plain` for what is neither.
    """

    text: str
    level: str = "plain"


@dataclass(frozen=True, eq=False)
class Side:
    """One of the two pictures of a pair.

    Attributes:
        poses: The people to draw, in pixels of the whole picture.
        boxes: (B, 4) x1 y1 x2 y2 around what is wrong.
        colour: Of those boxes.
    """

    poses: Poses
    boxes: npt.NDArray[np.float64]
    colour: Colour = MISSED


@dataclass(frozen=True, eq=False)
class Exhibit:
    """A pair of pictures of the same place: what is labelled and what was found.

    Attributes:
        path: The picture.
        view: The part of it that is shown.
        truth: On the left.
        found: On the right.
        facts: What is wrong, in words.
        colour_by: As for `draw_poses`: by `side` where left and right matter, by `person` in
            crowds.
    """

    path: Path
    view: Region
    truth: Side
    found: Side
    facts: tuple[Fact, ...]
    colour_by: ColourBy = "side"


@dataclass(frozen=True)
class Section:
    """Failures of one kind, the worst first; `large` shows them one in a row."""

    title: str
    explanation: str
    exhibits: tuple[Exhibit, ...]
    large: bool = False


@dataclass(frozen=True)
class Panel:
    """A drawn pair, as JPEG in Base64, with its size in pixels."""

    truth: str
    found: str
    size: tuple[int, int]


def draw_exhibit(exhibit: Exhibit, *, large: bool = False) -> Panel:
    """Reads the picture again and draws both sides.

    Raises:
        MediaError: If the picture cannot be read any more.
    """
    longest = max(exhibit.view.size)
    wanted = LONGEST_LARGE_SIDE if large else LONGEST_SIDE
    scale = min(wanted / longest, MOST_ENLARGED)
    width, height = (max(1, round(side * scale)) for side in exhibit.view.size)
    ground = cut(read_image(exhibit.path), exhibit.view, (width, height))
    truth, found = (
        _drawn(ground, side, exhibit.view, exhibit.colour_by)
        for side in (exhibit.truth, exhibit.found)
    )
    return Panel(_jpeg(truth), _jpeg(found), (width, height))


def _drawn(ground: Image, side: Side, view: Region, colour_by: ColourBy) -> Image:
    size = (ground.shape[1], ground.shape[0])
    points = _in_view(side.poses.keypoints, view, size)
    scores = LEAST_SCORE_SHOWN + (1 - LEAST_SCORE_SHOWN) * side.poses.scores
    poses = Poses(side.poses.skeleton, points, scores, ids=side.poses.ids)
    image = draw_poses(ground, poses, colour_by=colour_by)
    for corners in _in_view(side.boxes.reshape(-1, 2, 2), view, size):
        first, second = (tuple(np.rint(corner).astype(int).tolist()) for corner in corners)
        cv2.rectangle(image, first, second, DARK, MARK_THICKNESS + 2)
        cv2.rectangle(image, first, second, side.colour, MARK_THICKNESS)
    return image


def _in_view(
    points: npt.NDArray[np.floating], view: Region, size: tuple[int, int]
) -> npt.NDArray[np.float32]:
    """Points (..., 2) of the picture as pixels of the view."""
    matrix = view.matrix(size)
    inverse = np.linalg.inv(matrix[:, :2])
    return np.asarray((points - matrix[:, 2]) @ inverse.T, dtype=np.float32)


def _jpeg(image: Image) -> str:
    options = [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY]
    _, data = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), options)
    return base64.b64encode(data.tobytes()).decode("ascii")


def labelled_poses(
    skeleton: Skeleton, keypoints: npt.NDArray[np.float64], ids: Sequence[int] | None = None
) -> Poses:
    """Hand labels (N, K, 2) as poses whose scores are not known."""
    absent = np.isnan(keypoints).any(axis=2)
    return Poses(
        skeleton,
        keypoints.astype(np.float32),
        np.where(absent, 0, np.nan).astype(np.float32),
        ids=None if ids is None else np.array(ids, dtype=np.int64),
    )


def view_around(picture: tuple[int, int], *boxes: npt.ArrayLike, padding: float = 1.25) -> Region:
    """The part of a picture (width, height) that holds all boxes x1 y1 x2 y2, with some room.

    Boxes of NaN are left out; without any it is the whole picture. The part is neither wider nor
    taller than 4:3, but where the picture ends.
    """
    rows = np.concatenate([np.asarray(box, np.float64).reshape(-1, 4) for box in boxes])
    rows = rows[~np.isnan(rows).any(axis=1)]
    if len(rows) == 0:
        return Region.whole(picture, aspect=picture[0] / picture[1])
    low, high = rows[:, :2].min(axis=0), rows[:, 2:].max(axis=0)
    width, height = np.maximum(high - low, 1)
    aspect = float(np.clip(width / height, 3 / 4, 4 / 3))
    view = Region.around((*low, *high), aspect=aspect, padding=padding)
    half = np.maximum(view.size, SMALLEST_VIEW) / 2
    edges = np.array([[-0.5, -0.5], [picture[0] - 0.5, picture[1] - 0.5]])
    first, last = np.clip([view.centre - half, view.centre + half], *edges)
    if (last - first).min() < 1:  # all of it is beyond the picture
        return Region.whole(picture, aspect=picture[0] / picture[1])
    (x, y), (wide, tall) = ((first + last) / 2).tolist(), (last - first).tolist()
    return Region((x, y), (wide, tall))
