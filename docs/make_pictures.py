"""Make all pictures of the documentation.

    python docs/make_pictures.py

Those of people come from one frame of the sample clip, those of skeletons from
`docs/standing_figure.py`. They go to docs/pictures/.
"""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from angle_picture import angle_picture
from report_picture import report_picture
from space_picture import film_picture, rig_picture
from standing_figure import Points, place_joints

import kinema
from kinema.media.draw_maps import draw_all_maps, draw_confidence_map, draw_fields
from kinema.media.frame import Image
from kinema.models.catalogue import SAMPLE_CLIP
from kinema.models.openpose.model import OpenPose
from kinema.models.store import fetch
from kinema.skeleton import Skeleton
from kinema.skeletons import SKELETONS

PICTURES = Path(__file__).parent / "pictures"
FRAME = 62  # the man has his arms up and the woman is in mid stride
PART = slice(420, 1600)  # columns of it in which there are people
WIDTH = 880
JPEG_QUALITY = 82  # keeps each picture below 300 kB

JOINT, LIMB = "right_knee", ("right_knee", "right_ankle")
CANVAS = (560, 720)
BACKGROUND = (34, 38, 46)
TEXT = (206, 212, 222)
LABEL_DISTANCE = 17  # pixels
MOST_NUMBERED = 33
"""Skeletons with more joints are drawn without numbers, which would hide them."""


def main() -> None:
    """Makes them all."""
    PICTURES.mkdir(exist_ok=True)
    draw_people()
    kinema.write_image(PICTURES / "angles.png", angle_picture())
    draw_report()
    save_jpeg("people-in-space", film_picture())
    rig = rig_picture()
    height = round(WIDTH * rig.shape[0] / rig.shape[1])
    save_jpeg("cameras", kinema.Frame(rig).scaled(WIDTH, height))
    for skeleton in SKELETONS.values():
        image = skeleton_picture(skeleton)
        if image is not None:
            kinema.write_image(PICTURES / f"skeleton-{skeleton.name}.png", image)


def draw_report() -> None:
    """The page of a recording, in a browser."""
    page = report_picture()
    height = round(WIDTH * page.shape[0] / page.shape[1])
    save_jpeg("report", kinema.Frame(page).scaled(WIDTH, height))


def draw_people() -> None:
    """The overlay, and the three steps that lead to it."""
    with kinema.read_video(fetch(SAMPLE_CLIP)) as video:
        frame = next(islice(video, FRAME, None))
    part = kinema.Frame(np.ascontiguousarray(frame.image[:, PART]))
    height = round(WIDTH * part.size[1] / part.size[0])
    small = kinema.Frame(part.scaled(WIDTH, height))
    model = kinema.load_model("openpose")
    assert isinstance(model, OpenPose)
    job = model.start(small)
    maps, poses = job.maps, job.poses()
    limb = model.layout.limbs.index(LIMB)
    fields = maps.fields.transpose(2, 3, 0, 1)  # (h, w, L, 2)
    heatmaps = maps.heatmaps.transpose(1, 2, 0)  # (h, w, K)
    image = small.image
    save_jpeg("overlay", kinema.draw_poses(image, poses))
    save_jpeg("people", kinema.draw_poses(image, poses, colour_by="person"))
    save_jpeg("map-of-one-joint", draw_confidence_map(image, maps.heatmap(JOINT), label=JOINT))
    save_jpeg("all-maps", draw_all_maps(image, heatmaps))
    label = "-".join(LIMB)
    save_jpeg("field-of-one-limb", draw_fields(image, fields[:, :, [limb]], label=label))
    save_jpeg("all-fields", draw_fields(image, fields))


def save_jpeg(name: str, image: Image) -> None:
    """Writes docs/pictures/NAME.jpg, smaller than `write_image` would."""
    options = [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY]
    bgr = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    _, data = cv2.imencode(".jpg", bgr, options)
    (PICTURES / f"{name}.jpg").write_bytes(data.tobytes())


def skeleton_picture(skeleton: Skeleton) -> Image | None:
    """The skeleton of a person who faces us, its joints numbered; None for the face mesh."""
    points = place_joints(skeleton, CANVAS)
    if points is None:
        return None
    image = np.full((CANVAS[1], CANVAS[0], 3), BACKGROUND, dtype=np.uint8)
    numbered = len(skeleton) <= MOST_NUMBERED
    poses = kinema.Poses(
        skeleton, points[None].astype(np.float32), np.ones((1, len(skeleton)), np.float32)
    )
    image = kinema.draw_poses(image, poses, thickness=5 if numbered else 2.5)
    if numbered:
        draw_numbers(image, points, skeleton)
    return image


def draw_numbers(image: Image, points: Points, skeleton: Skeleton) -> None:
    """Beside each joint, where the most room is between limbs, joints and other numbers."""
    starts, ends = points[skeleton.edge_indices].transpose(1, 0, 2)  # (E, 2) each
    angles = np.arange(0, 2 * np.pi, np.pi / 8)
    around = LABEL_DISTANCE * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    placed: list[Points] = []
    for number, point in enumerate(points):
        candidates = point + around  # (16, 2)
        others = np.concatenate([points, *(label[None] for label in placed)])
        room = np.minimum(
            distances(candidates, starts, ends).min(axis=1),
            distances(candidates, others, others).min(axis=1),
        )
        best = candidates[np.argmax(room)]
        placed.append(best)
        text, style, size = str(number), cv2.FONT_HERSHEY_SIMPLEX, 0.45
        width, height = cv2.getTextSize(text, style, size, 1)[0]
        corner = round(best[0] - width / 2), round(best[1] + height / 2)
        cv2.putText(image, text, corner, style, size, TEXT, 1, cv2.LINE_AA)


def distances(points: Points, starts: Points, ends: Points) -> npt.NDArray[np.float64]:
    """From points (P, 2) to line segments with ends (S, 2), in pixels: (P, S)."""
    way = ends - starts
    length = np.maximum((way**2).sum(axis=1), 1e-6)
    along = ((points[:, None] - starts) * way).sum(axis=2) / length
    nearest = starts + np.clip(along, 0, 1)[..., None] * way
    distance: npt.NDArray[np.float64] = np.hypot(*(points[:, None] - nearest).transpose(2, 0, 1))
    return distance


if __name__ == "__main__":
    main()
