"""The pictures of people in space: a film's frame and the cameras, of a scene that is made up.

Four cameras stand around somebody who walks and swings the arms.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kinema.camera import Camera, Rig
from kinema.media.frame import Image
from kinema.media.scene import Orbit, ScenePainter, draw_rig, scene_of
from kinema.skeletons import COCO17
from kinema.track import Track

SIZE = (880, 560)
TIME = 1.0  # seconds
SPEED, PACE = 1.2, 0.9  # metres and strides a second
K = np.array([[900.0, 0, 639.5], [0, 900, 359.5], [0, 0, 1]])


def film_picture() -> Image:
    """Two people, one with and one against the way, seen obliquely, (H, W, 3) RGB."""
    scene = scene_of([walker(1, -0.6), walker(2, 0.7, back=True)], rig())
    orbit = Orbit.around(scene, SIZE, 30.0, elevation=16)
    return ScenePainter(scene, SIZE, orbit).paint(TIME)


def rig_picture() -> Image:
    """The cameras from above and from the side, with the ways of both, (H, W, 3) RGB."""
    ways = [
        walker(1, -0.6).joint("left_hip").astype(np.float64),
        walker(2, 0.7, back=True).joint("left_hip").astype(np.float64),
    ]
    return draw_rig(rig(), paths=ways)


def rig() -> Rig:
    """Four cameras at 4 m, about as high as a tripod."""
    cameras = []
    for number in range(4):
        angle = np.pi * (number / 2 + 0.22)
        place = np.array([4 * np.cos(angle), 3.2 * np.sin(angle), 1.5 + 0.2 * number])
        ahead = np.array([0, 0, 1.0]) - place
        ahead /= np.linalg.norm(ahead)
        right = np.cross(ahead, [0, 0, 1])
        right /= np.linalg.norm(right)
        rotation = np.stack([right, np.cross(ahead, right), ahead])
        name = f"cam{number + 1}"
        cameras.append(Camera(name, (1280, 720), K, np.zeros(0), rotation, -rotation @ place))
    return Rig(tuple(cameras))


def walker(identity: int, y: float, *, back: bool = False) -> Track:
    """Somebody who walks along x for two seconds, or the other way."""
    times = np.arange(60) / 30
    joints = np.stack([_pose(2 * np.pi * PACE * time + identity) for time in times])
    joints[..., 0] += (SPEED * (times - times.mean()))[:, None]
    if back:
        joints[..., :2] *= -1
    joints[..., 1] += y
    scores = np.ones(joints.shape[:2], np.float32)
    points = joints.astype(np.float32)
    return Track(COCO17, points, scores, times, id=identity, space="world")


def _pose(phase: float) -> npt.NDArray[np.float64]:
    """The joints (17, 3) of a body of 1.7 m that walks along x, at a phase of its stride."""
    places = {
        "nose": (0.1, 0, 1.58),
        "eye": (0.08, 0.03, 1.62),
        "ear": (0.0, 0.07, 1.6),
        "shoulder": (0.0, 0.19, 1.4),
        "hip": (0.0, 0.1, 0.9),
    }
    joints = np.empty((len(COCO17), 3))
    for number, name in enumerate(COCO17.keypoints):
        side = {"left": 1.0, "right": -1.0}.get(COCO17.side(name), 0.0)
        swing = side * np.sin(phase)
        bend = max(0.0, side * np.cos(phase))
        part = name.split("_")[-1]
        if part in places:
            joints[number] = np.multiply(places[part], (1, side or 1, 1))
        elif part in ("knee", "ankle"):
            knee = _below((0.0, 0.1 * side, 0.9), 0.43, 0.45 * swing)
            shank = 0.4 * swing - 0.8 * bend
            joints[number] = knee if part == "knee" else _below(knee, 0.42, shank)
        else:
            elbow = _below((0.0, 0.22 * side, 1.4), 0.29, -0.5 * swing)
            fore = 0.35 - 0.6 * swing
            joints[number] = elbow if part == "elbow" else _below(elbow, 0.26, fore)
    return joints


def _below(
    joint: tuple[float, ...] | npt.NDArray[np.float64], length: float, angle: float
) -> npt.NDArray[np.float64]:
    """The other end of a bone that hangs from a joint, swung forwards by an angle."""
    return np.add(joint, length * np.array([np.sin(angle), 0, -np.cos(angle)]))
