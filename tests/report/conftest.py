"""A short recording of a person who walks from left to right, through all that makes a study."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np
import pytest

from kinema.formats import open_writer, read_poses
from kinema.formats.recording import Header
from kinema.poses import Poses
from kinema.skeletons import BODY25
from kinema.study import Study, StudyPlan, study_poses

RATE, SECONDS, SIZE = 30, 4.0, (640, 360)


def walker(time: float, *, x: float = 60.0) -> np.ndarray:
    """The joints of BODY_25, (25, 2) pixels, of a walker of 200 px who takes a stride a second."""
    joints = np.full((25, 2), np.nan)

    def put(name: str, across: float, up: float) -> None:
        joints[BODY25.index(name)] = [x + 120 * time + across, 300 - up]

    put("neck", 4, 170)
    put("nose", 16, 190)
    put("mid_hip", 0, 105)
    for side, phase in (("right", 0.0), ("left", np.pi)):
        swing = np.sin(2 * np.pi * time + phase)
        bend = max(0.0, np.cos(2 * np.pi * time + phase))  # the knee bends as the leg comes forward
        thigh, shank = 0.45 * swing, 0.45 * swing - 0.9 * bend
        knee = 52 * np.array([np.sin(thigh), -np.cos(thigh)])
        ankle = knee + 50 * np.array([np.sin(shank), -np.cos(shank)])
        put(f"{side}_hip", 0, 105)
        put(f"{side}_knee", knee[0], 105 + knee[1])
        put(f"{side}_ankle", ankle[0], 105 + ankle[1])
        put(f"{side}_heel", ankle[0] - 8, 100 + ankle[1])
        put(f"{side}_big_toe", ankle[0] + 20, 100 + ankle[1])
        put(f"{side}_small_toe", ankle[0] + 18, 100 + ankle[1])
        put(f"{side}_shoulder", 4, 165)
        put(f"{side}_elbow", 4 - 25 * swing, 130)
        put(f"{side}_wrist", 4 - 45 * swing, 100)
    return joints


def walking_frames(people: int = 1) -> Iterator[Poses]:
    for frame in range(round(RATE * SECONDS)):
        time = frame / RATE
        keypoints = np.stack([walker(time, x=60 + 300 * i) for i in range(people)])
        scores = np.where(np.isnan(keypoints[..., 0]), 0, 0.8)
        ids = np.arange(1, people + 1)
        yield Poses(BODY25, keypoints, scores, ids=ids, frame=frame, time=time)


def study_of_frames(path: Path, stream: Iterable[Poses], **header) -> Study:
    with open_writer(path, Header(rate=RATE, **header)) as out:
        for poses in stream:
            out.write(poses)
    with read_poses(path) as recording:
        return study_poses(recording, StudyPlan())


@pytest.fixture(scope="session")
def walk(tmp_path_factory) -> Study:
    folder = tmp_path_factory.mktemp("walk")
    return study_of_frames(folder / "walk.jsonl", walking_frames(), size=SIZE, source="walk.mp4")


@pytest.fixture(scope="session")
def frames() -> Callable[..., Iterator[Poses]]:
    """Makes the frames of people who walk, each with an id."""
    return walking_frames


@pytest.fixture(scope="session")
def study_of() -> Callable[..., Study]:
    """Writes frames to a file, reads them again and studies them."""
    return study_of_frames
