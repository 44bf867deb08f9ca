"""A ring of cameras, and people who walk in it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from kinema.camera import Camera, Rig
from kinema.formats import Header, open_writer
from kinema.formats.rigs import write_rig
from kinema.poses import Poses
from kinema.skeletons import COCO17

K = np.array([[1000.0, 0, 640], [0, 1000, 360], [0, 0, 1]])
RATE = 50.0

# A standing person in metres, facing +x: y is to their left.
STANDING = {
    "nose": (0.1, 0, 1.65),
    "left_eye": (0.08, 0.03, 1.7),
    "right_eye": (0.08, -0.03, 1.7),
    "left_ear": (0, 0.08, 1.68),
    "right_ear": (0, -0.08, 1.68),
    "left_shoulder": (0, 0.2, 1.45),
    "right_shoulder": (0, -0.2, 1.45),
    "left_elbow": (0, 0.3, 1.2),
    "right_elbow": (0, -0.3, 1.2),
    "left_wrist": (0.1, 0.35, 1.0),
    "right_wrist": (0.1, -0.35, 1.0),
    "left_hip": (0, 0.12, 0.95),
    "right_hip": (0, -0.12, 0.95),
    "left_knee": (0.1, 0.14, 0.5),
    "right_knee": (-0.02, -0.14, 0.5),
    "left_ankle": (0, 0.15, 0.1),
    "right_ankle": (-0.1, -0.15, 0.1),
}


class Scene:
    """Four cameras at 4 m and people whom they see."""

    def __init__(self, count: int = 4) -> None:
        self.rig = Rig(tuple(_camera(f"cam{i + 1}", i / count) for i in range(count)))

    @staticmethod
    def person(x=0.0, y=0.0, turn=0.0):
        """The joints (17, 3) of somebody who stands at x, y, turned to the left by an angle."""
        body = np.array([STANDING[joint] for joint in COCO17.keypoints])
        c, s = np.cos(turn), np.sin(turn)
        return body @ np.array([[c, s, 0], [-s, c, 0], [0, 0, 1.0]]) + [x, y, 0]

    def walk(self, frames=20, start=(-0.8, 0.0), end=(0.8, 0.0)):
        """Somebody's joints (T, 17, 3) on a straight line."""
        way = np.subtract(end, start)
        turn = np.arctan2(way[1], way[0])
        shares = np.linspace(0, 1, frames)
        return np.stack([self.person(*(start + share * way), turn) for share in shares])

    def dance(self, times):
        """Somebody's joints (T, 17, 3), who bends and swings and never does the same twice."""
        rng = np.random.default_rng(4)
        pace, phase = rng.uniform(2, 9, (3, 17, 3)), rng.uniform(0, 6, (3, 17, 3))
        size = np.array([0.02, 0.02, 0.04])
        limbs = np.sin(np.multiply.outer(times, pace) + phase).sum(axis=1) * size
        drift = np.stack([0.3 * times, 0.1 * np.sin(times), 0.05 * np.sin(5 * times)], axis=1)
        return self.person() + limbs + drift[:, None]

    def seen(self, people, *, noise=0.0, seed=0):
        """Poses of each camera in each frame, of people (T, 17, 3) each: `frames[t][camera]`."""
        rng = np.random.default_rng(seed)
        frames = []
        for t in range(len(people[0])):
            frame = []
            for camera in self.rig:
                pixels = np.stack([camera.project(person[t]) for person in people])
                pixels += rng.normal(0, noise, pixels.shape) if noise else 0
                scores = np.ones(pixels.shape[:2])
                frame.append(Poses(COCO17, pixels, scores, frame=t, time=t / RATE))
            frames.append(frame)
        return frames

    def save(self, folder: Path) -> None:
        """Writes calibration.toml, and the poses of a person as trial/cam1.jsonl and so on."""
        write_rig(folder / "calibration.toml", self.rig)
        (folder / "trial").mkdir()
        frames = self.seen([self.walk(50)], noise=1)
        for i, camera in enumerate(self.rig):
            header = Header(source=f"{camera.name}.mp4", size=camera.size, rate=RATE)
            with open_writer(folder / "trial" / f"{camera.name}.jsonl", header) as out:
                for frame in frames:
                    out.write(frame[i])


def _camera(name, share):
    angle = 2 * np.pi * (share + 0.1)
    place = np.array([4 * np.cos(angle), 4 * np.sin(angle), 1.6])
    ahead = np.array([0, 0, 1.0]) - place
    ahead /= np.linalg.norm(ahead)
    right = np.cross(ahead, [0, 0, 1])
    right /= np.linalg.norm(right)
    rotation = np.stack([right, np.cross(ahead, right), ahead])
    return Camera(name, (1280, 720), K, [-0.1, 0.02, 0.001, 0], rotation, -rotation @ place)
