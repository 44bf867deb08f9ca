"""Pictures of a board by two cameras, in folders and as videos."""

from __future__ import annotations

import importlib.util
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from kinema.camera import Rig
from kinema.media.frame import MediaInfo
from kinema.media.writer import VideoWriter
from kinema.space.calibration.board import parse_board

_place = Path(__file__).parents[1] / "space" / "calibration" / "conftest.py"
_spec = importlib.util.spec_from_file_location("calibration_scenes", _place)
scenes = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(scenes)
photograph = scenes.photograph

BOARD = "charuco:6x8:0.05:0.0375"
COUNT = 13
MOVED = 3  # in this moment the board is elsewhere when the second camera looks
RATE = 5


@pytest.fixture(scope="session")
def two_cameras():
    """Half a metre apart, 0.7 m before the board."""
    places = [(0.7, -0.25, 1.1), (0.7, 0.25, 1.15)]
    lens = (420, (-0.1, 0.02, 0, 0, 0), (480, 360))
    return Rig(
        tuple(scenes.camera_at(f"cam{i}", at, (0, 0, 1), *lens) for i, at in enumerate(places))
    )


@pytest.fixture(scope="session")
def pictures(two_cameras, photograph):
    """For each camera its pictures; the third last one of the first camera is blank."""
    rng = np.random.default_rng(5)
    board = parse_board(BOARD)
    taken = {camera.name: [] for camera in two_cameras}
    for number in range(COUNT):
        into = np.array([-1, 0, 0]) + rng.normal(size=3) * 0.4
        into /= np.linalg.norm(into)
        right = np.cross([0, 0, -1.0], into)
        right /= np.linalg.norm(right)
        upright = np.stack([right, np.cross(into, right), into], axis=1)
        turn = upright @ Rotation.from_rotvec([0, 0, rng.normal() * 0.4]).as_matrix()
        place = rng.normal(size=3) * [0.1, 0.2, 0.12] + [0, 0, 1]
        place = place - turn @ board.points.mean(axis=0)
        for camera in two_cameras:
            moved = place + ([0, 0.05, 0.03] if number == MOVED and camera.name == "cam1" else 0)
            taken[camera.name].append(photograph(camera, board, turn, moved, seed=number))
    taken["cam0"][-3] = np.full_like(taken["cam0"][-3], 128)
    return taken


@pytest.fixture(scope="session")
def folders(pictures, tmp_path_factory):
    """A folder with a folder of pictures for each camera."""
    root = tmp_path_factory.mktemp("pictures")
    for name, row in pictures.items():
        (root / name).mkdir()
        for number, picture in enumerate(row):
            cv2.imwrite(str(root / name / f"shot{number:02d}.png"), picture)
    return root


@pytest.fixture(scope="session")
def videos(pictures, tmp_path_factory):
    """The same as videos of 5 pictures a second; the second camera began two pictures later.

    Beside each video are the true times of its pictures.
    """
    root = tmp_path_factory.mktemp("videos")
    for name, late in (("cam0", 0), ("cam1", 2)):
        info = MediaInfo(name, "video", (480, 360), Fraction(RATE))
        row = pictures[name][late:]
        with VideoWriter(root / f"{name}.mp4", info, crf=10) as writer:
            for number, picture in enumerate(row):
                writer.write(np.repeat(picture[..., None], 3, axis=2), number / RATE)
        lines = [f"{number},{(number + late) / RATE + 0.003:.6f}\n" for number in range(len(row))]
        (root / f"{name}.times.csv").write_text("frame,time\n" + "".join(lines))
    return root
