"""Four cameras around a room, and what they see of a board: by formula, and in pictures."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from kinema.calibration.sheet import board_picture, sheet_for
from kinema.camera import Camera, Rig
from kinema.space.calibration.board import parse_board
from kinema.space.calibration.detection import Corners
from kinema.space.calibration.views import View

SIZE = (1280, 720)


def camera_at(name, place, target, focal, distortion, size=SIZE):
    """A camera that stands upright at a place in the room and looks at a target."""
    place, target = np.asarray(place, float), np.asarray(target, float)
    ahead = (target - place) / np.linalg.norm(target - place)
    right = np.cross(ahead, [0, 0, 1.0])
    right /= np.linalg.norm(right)
    rotation = np.stack([right, np.cross(ahead, right), ahead])
    matrix = np.array([[focal, 0, size[0] / 2 + 5], [0, focal * 1.002, size[1] / 2 - 8], [0, 0, 1]])
    return Camera(name, size, matrix, np.array(distortion), rotation, -rotation @ place)


@pytest.fixture(scope="session")
def true_rig():
    lenses = [
        (1000, (-0.12, 0.05, 0.0005, -0.0004, 0)),
        (1030, (-0.10, 0.03, -0.0005, 0.0002, 0)),
        (980, (-0.20, 0.06, 0, 0, 0)),
        (1015, (-0.15, 0.04, 0.001, 0, 0)),
    ]
    angles = np.array([0.0, 0.8, 1.6, 2.4])
    return Rig(
        tuple(
            camera_at(f"cam{i}", (3 * np.cos(a), 3 * np.sin(a), 1.6), (0, 0, 1), *lenses[i])
            for i, a in enumerate(angles)
        )
    )


def board_poses(count, rng):
    """Rotations and places of a board that is carried about the room and turned to the cameras."""
    for _ in range(count):
        bearing = rng.uniform(-0.6, 3.0)
        into = -np.array([np.cos(bearing), np.sin(bearing), 0]) + rng.normal(size=3) * 0.35
        into /= np.linalg.norm(into)
        right = np.cross([0, 0, -1.0], into)
        right /= np.linalg.norm(right)
        upright = np.stack([right, np.cross(into, right), into], axis=1)
        roll = Rotation.from_rotvec([0, 0, rng.normal() * 0.4]).as_matrix()
        yield upright @ roll, rng.normal(size=3) * [0.5, 0.5, 0.35] + [0, 0, 1]


@pytest.fixture(scope="session")
def seen_by():
    """What a rig sees of a board in `count` moments, with noise in pixels."""

    def see(rig, board, *, count=50, noise=0.15, seed=3):
        rng = np.random.default_rng(seed)
        views = {camera.name: [] for camera in rig}
        middle = board.points.mean(axis=0)
        for instant, (turn, place) in enumerate(board_poses(count, rng)):
            points = (board.points - middle) @ turn.T + place
            for camera in rig:
                pixels = camera.project(points)
                inside = (pixels > 0).all() and (pixels < np.array(camera.size) - 1).all()
                if not inside or turn[:, 2] @ (place - camera.centre) < 0.3:
                    continue
                noisy = pixels + rng.normal(size=pixels.shape) * noise
                corners = Corners(np.arange(len(noisy)), noisy, 2.0, 40.0)
                views[camera.name].append(View(camera.name, instant, f"{instant}.png", corners))
        return views

    return see


@pytest.fixture(scope="session")
def chessboard():
    return parse_board("chessboard:9x6:0.05")


@pytest.fixture(scope="session")
def photograph():
    """A picture of a board by a camera, its lens and all: (H, W) grey.

    Each pixel's ray is cut with the board's plane; the print is read there, at twice the
    resolution, which is then averaged.
    """

    prints, eyes = {}, {}

    def shoot(camera, board, turn, place, *, blur=0.6, noise=2.0, seed=0):
        dots = 4000.0 * min(1.0, 0.03 / board.square)
        sheet = sheet_for(board)
        if str(board) not in prints:
            prints[str(board)] = board_picture(board, dots)
        if id(camera) not in eyes:
            column, row = np.meshgrid(*(np.arange(2 * side) for side in camera.size))
            pixels = (np.stack([column, row], axis=-1) + 0.5) / 2 - 0.5
            eyes[id(camera)] = camera, camera.rays(pixels)  # the camera, so that its id stays its
        picture, rays = prints[str(board)], eyes[id(camera)][1]
        normal = turn[:, 2]
        reach = normal @ (place - camera.centre) / (rays @ normal)
        on_board = (camera.centre + rays * reach[..., None] - place) @ turn[:, :2]
        metres = on_board + np.array(sheet.origin) + board.square
        spots = (metres * dots - 0.5).astype(np.float32)
        x, y = np.ascontiguousarray(np.moveaxis(spots, -1, 0))
        sharp = cv2.remap(picture, x, y, cv2.INTER_LINEAR, borderValue=110)
        grey = cv2.resize(sharp, camera.size, interpolation=cv2.INTER_AREA).astype(float)
        grey = cv2.GaussianBlur(grey, (0, 0), blur) * 0.8 + 20
        grey += np.random.default_rng(seed).normal(size=grey.shape) * noise
        return grey.clip(0, 255).astype(np.uint8)

    return shoot
