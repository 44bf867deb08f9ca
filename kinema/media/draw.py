"""Draw people into pictures: limbs, joints, boxes and numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal, get_args

import cv2
import numpy as np

from kinema.errors import InputError
from kinema.media.canvas import check_image
from kinema.media.colours import DARK, SIDE_COLOURS, Colour, lighter, person_colour, rainbow
from kinema.media.figure import Figure, draw_figure
from kinema.media.frame import Image
from kinema.media.label import draw_label
from kinema.poses import Float32Array, Poses
from kinema.skeleton import Skeleton

ColourBy = Literal["side", "person", "limb"]

# Sizes as shares of sqrt(width * height), for a person about half as tall as the picture.
LIMB_SHARE = 0.0058
TYPICAL_EXTENT = 0.55
TEXT_SHARE = 0.0135
SMALLEST_SCALE, LARGEST_SCALE = 0.4, 1.25  # for people in the distance and close to the camera

FAINTEST = 0.25  # opacity at score 0
FULL_SCORE = 0.8  # opaque from here on
FINE_PARTS = ("face_", "left_hand_", "right_hand_")  # of whole bodies, by the names of the joints
FINE_SHARE = 0.022  # of the extent of such a part, for its limbs

HEAD_ABOVE_EYES = 0.7  # of the way from the shoulders to the head
LEAST_GAP_ABOVE_EYES = 0.08  # of the extent
FAR_OUTSIDE = 4  # picture sides beyond which a joint is not drawn: OpenCV's integers end somewhere

HEAD_JOINTS = ("head_top", "head", "nose", "left_eye", "right_eye", "left_ear", "right_ear")
SHOULDER_JOINTS = ("left_shoulder", "right_shoulder")


def draw_poses(
    image: Image,
    poses: Poses,
    *,
    colour_by: ColourBy = "side",
    thickness: float | None = None,
    show_ids: bool = True,
    show_actions: bool = True,
    min_score: float = 0.0,
    show_boxes: bool = False,
) -> Image:
    """The picture with people drawn into it.

    A joint is as opaque as its score is high, a limb as its weaker joint: fully from 0.8 on, a
    quarter at 0. A score of NaN, as in hand labels, counts as full. Sizes follow the picture and,
    more gently, the person. Large people are drawn over small ones.

    Args:
        image: (H, W, 3) uint8 RGB; stays as it is.
        poses: People in image space. Joints that are NaN or below `min_score` are left out with
            their limbs; with N = 0 the result is a copy of the picture.
        colour_by: `"side"`: left orange, right blue, middle white. `"person"`: one colour an
            identity, or a row if there are none. `"limb"`: the rainbow of OpenPose's pictures.
        thickness: Of the limbs, in pixels, for everybody alike; None chooses.
        show_ids: Whether identities, if there are any, are written above the heads.
        show_actions: Whether what people do, if that is known, is written there, too.
        min_score: Joints with a lower score are left out.
        show_boxes: Whether to draw the boxes, or bounds of the joints where there are no boxes.

    Returns:
        A new (H, W, 3) uint8 RGB array.

    Raises:
        InputError: If the poses are not in an image, or `colour_by` is unknown.
        ShapeError: If the picture is not (H, W, 3) uint8.
    """
    check_image(image)
    if poses.space != "image":
        raise InputError(f"only poses in an image can be drawn; these are in {poses.space} space")
    if colour_by not in get_args(ColourBy):
        raise InputError(f"colour_by must be side, person or limb, not {colour_by!r}")
    canvas = np.array(image, order="C")
    people = [_person(poses, row, canvas, min_score) for row in range(len(poses))]
    shown = sorted((p for p in people if p is not None), key=lambda p: p.extent)
    boxes = poses.bounds() if poses.boxes is None else poses.boxes
    for person in shown:
        limbs, joints = _colours(poses.skeleton, colour_by, person.identity)
        chosen = max(1.0, thickness or LIMB_SHARE * _side(canvas) * person.scale)
        limits = _limits(person.points, poses.skeleton)
        figure = Figure(person.points, person.opacity, chosen, limbs, joints, limits)
        if show_boxes:
            _draw_box(canvas, boxes[person.row], figure, person_colour(person.identity))
        draw_figure(canvas, figure, poses.skeleton)
    for person in shown:
        text = _text(poses, person.row, ids=show_ids, actions=show_actions)
        if text:
            _draw_text(canvas, text, person, poses.skeleton)
    return canvas


@dataclass(frozen=True)
class _Person:
    """What of one person is drawn."""

    row: int
    identity: int
    points: Float32Array  # (K, 2); NaN where nothing is drawn
    opacity: Float32Array  # (K,)
    extent: float  # the longer side of the bounds, in pixels
    scale: float  # of lines and text; 1 for a person of the usual size


def _person(poses: Poses, row: int, image: Image, min_score: float) -> _Person | None:
    """One person, ready to be drawn; None if nothing of them is left."""
    scores = np.nan_to_num(poses.scores[row], nan=1.0)
    points = poses.keypoints[row].copy()
    near = np.abs(np.nan_to_num(points, nan=np.inf)) < FAR_OUTSIDE * max(image.shape)
    shown = near.all(axis=1) & (scores >= min_score)
    if not shown.any():
        return None
    points[~shown] = np.nan
    extent = float(np.ptp(points[shown], axis=0).max())
    scale = float(np.sqrt(extent / (TYPICAL_EXTENT * _side(image))))
    scale = min(max(scale, SMALLEST_SCALE), LARGEST_SCALE)
    opacity = np.minimum(FAINTEST + (1 - FAINTEST) * scores / FULL_SCORE, 1)
    identity = row if poses.ids is None else int(poses.ids[row])
    return _Person(row, identity, points, opacity.astype(np.float32), extent, scale)


def _limits(points: Float32Array, skeleton: Skeleton) -> Float32Array:
    """The most that limbs may be thick at each joint (K,): little in hands and faces."""
    limits = np.full(len(points), np.inf, dtype=np.float32)
    for part in _fine_parts(skeleton):
        shown = points[part][~np.isnan(points[part, 0])]
        if len(shown):
            limits[part] = max(1.0, FINE_SHARE * float(np.ptp(shown, axis=0).max()))
    return limits


@cache
def _fine_parts(skeleton: Skeleton) -> Sequence[Sequence[int]]:
    """The joints of hands and of the face of a whole body."""
    parts = [
        [number for number, joint in enumerate(skeleton.keypoints) if joint.startswith(prefix)]
        for prefix in FINE_PARTS
    ]
    return [part for part in parts if part]


def _side(image: Image) -> float:
    """The side of a square as large as the picture, in pixels."""
    return float(np.sqrt(image.shape[0] * image.shape[1]))


def _colours(
    skeleton: Skeleton, colour_by: ColourBy, identity: int
) -> tuple[Sequence[Colour], Sequence[Colour]]:
    """The colours of the limbs and of the joints."""
    if colour_by == "limb":
        return rainbow(len(skeleton.edges)), rainbow(len(skeleton))
    if colour_by == "person":
        colour = person_colour(identity)
        return [colour] * len(skeleton.edges), [lighter(colour)] * len(skeleton)
    return side_colours(skeleton)


@cache
def side_colours(skeleton: Skeleton) -> tuple[Sequence[Colour], Sequence[Colour]]:
    """A limb has the side of its ends; one from side to side, as the shoulders, is `middle`."""
    sides = {joint: skeleton.side(joint) for joint in skeleton.keypoints}
    limbs = []
    for pair in skeleton.edges:
        ends = {sides[joint] for joint in pair} - {"middle"}
        limbs.append(SIDE_COLOURS[ends.pop() if len(ends) == 1 else "middle"])
    return limbs, [SIDE_COLOURS[sides[joint]] for joint in skeleton.keypoints]


def _draw_box(canvas: Image, box: Float32Array, figure: Figure, colour: Colour) -> None:
    limit = FAR_OUTSIDE * max(canvas.shape)
    if not np.isfinite(box).all():
        return
    left, top, right, bottom = np.rint(np.clip(box, -limit, limit)).astype(int).tolist()
    width = max(1, round(0.4 * figure.thickness))
    cv2.rectangle(canvas, (left, top), (right, bottom), DARK, width + figure.outline)
    cv2.rectangle(canvas, (left, top), (right, bottom), colour, width)


def _text(poses: Poses, row: int, *, ids: bool, actions: bool) -> str:
    """What is written about a person: `2`, `2 walking 93 %`, `walking 93 %` or nothing."""
    words = [str(int(poses.ids[row]))] if ids and poses.ids is not None else []
    action = poses.actions[row] if actions and poses.actions is not None else None
    if action is not None:
        words.append(f"{action.label} {100 * action.probability:.0f} %")
    return " ".join(words)


def _draw_text(canvas: Image, text: str, person: _Person, skeleton: Skeleton) -> None:
    """A text about a person, above the head if it is seen, else above whatever is highest."""
    if not _overlaps(canvas, person.points):
        return
    head = _seen(person.points, skeleton, HEAD_JOINTS)
    shoulders = _seen(person.points, skeleton, SHOULDER_JOINTS)
    gap = LEAST_GAP_ABOVE_EYES * person.extent
    if len(head) == 0:
        head = person.points[~np.isnan(person.points[:, 0])]
    elif len(shoulders):
        neck = float(np.hypot(*(head.mean(axis=0) - shoulders.mean(axis=0))))
        gap = max(gap, HEAD_ABOVE_EYES * neck)
    draw_label(
        canvas,
        text,
        (float(head[:, 0].mean()), float(head[:, 1].min()) - gap),
        height=TEXT_SHARE * _side(canvas) * person.scale,
        colour=person_colour(person.identity),
    )


def _seen(points: Float32Array, skeleton: Skeleton, joints: Sequence[str]) -> Float32Array:
    """The positions of those of `joints` that are drawn, (M, 2)."""
    chosen = points[[skeleton.index(joint) for joint in joints if joint in skeleton]]
    return chosen[~np.isnan(chosen[:, 0])]


def _overlaps(canvas: Image, points: Float32Array) -> bool:
    """Whether any part of a person lies in the picture."""
    low, high = np.nanmin(points, axis=0), np.nanmax(points, axis=0)
    return bool((high >= -0.5).all() and (low < (canvas.shape[1], canvas.shape[0])).all())
