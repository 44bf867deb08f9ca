"""The recogniser that ships: movements that are made up here, seen by a plain camera."""

import json
from pathlib import Path

import numpy as np
import pytest

import kinema.models
from kinema.actions.live import LiveRecogniser
from kinema.actions.recogniser import Recogniser
from kinema.models.recogniser import EVERYDAY, load_recogniser
from kinema.poses import Poses
from kinema.skeletons import H36M17
from kinema.space.lifting import LIFT13
from kinema.track import Track
from kinema.train.actions.everyday import poses
from kinema.train.actions.everyday.body import SIDES, Body, on_floor, posed, row_of
from kinema.train.actions.everyday.falls import FALLS
from kinema.train.actions.everyday.keys import RATE, Key, performed
from kinema.train.actions.everyday.movements import MOVEMENTS

FOLDER = Path(kinema.models.__file__).parent / "recognisers"
BODY = Body.random(np.random.default_rng(0), spread=0.0)
LIMBS = [H36M17.index(joint) for joint in LIFT13.keypoints[1:]]
HEAD = [H36M17.index("jaw"), H36M17.index("head_top")]


@pytest.fixture(scope="module")
def everyday() -> Recogniser:
    return load_recogniser(EVERYDAY)


def filmed(points: np.ndarray, *, turn: float = 50.0) -> Track:
    """Joints (T, 17, 3) in the picture of a camera 1.5 m high and 5 m away, 800 pixels of focus."""
    angle = np.radians(turn)
    across = points[..., 0] * np.cos(angle) + points[..., 1] * np.sin(angle)
    depth = 5 - points[..., 0] * np.sin(angle) + points[..., 1] * np.cos(angle)
    pixels = np.stack([across, 1.5 - points[..., 2]], axis=-1) / depth[..., None] * 800 + 500
    head = pixels[:, HEAD].mean(axis=1, keepdims=True)
    joints = np.concatenate([head, pixels[:, LIMBS]], axis=1).astype(np.float32)
    times = np.arange(len(points)) / RATE
    return Track(LIFT13, joints, np.ones(joints.shape[:2], dtype=np.float32), times)


def walk(seconds: float = 5.0) -> np.ndarray:
    times = np.arange(round(seconds * RATE)) / RATE
    phase = np.pi * 1.8 * times
    rows = np.tile(row_of({"lean": 3.0}), (len(times), 1))
    for side, sign in zip(SIDES, (1, -1), strict=True):
        swing = sign * np.sin(phase)
        bent = 10 + 45 * np.maximum(sign * np.cos(phase), 0)
        for name, values in (("thigh", 10 + 24 * swing), ("knee", bent), ("arm", -22 * swing)):
            rows += values[:, None] * row_of({side + name: 1.0})
        rows += row_of({side + "elbow": 18.0, side + "spread": 8.0})
    points = on_floor(posed(rows, BODY))
    points[..., :2] -= points[:, :1, :2]
    points[..., 1] += (1.3 * (times - times.mean()))[:, None]
    return points


def test_size_and_card() -> None:
    assert (FOLDER / "everyday.onnx").stat().st_size < 5_000_000
    card = json.loads((FOLDER / "everyday.json").read_text(encoding="utf-8"))
    assert "CMU" in card["sources"]["recorded"]["data"]
    assert card["spec"]["background"] == "other" and card["spec"]["seconds"] == 2.0


@pytest.mark.parametrize("turn", [0, 50, 90, 200])
def test_walk(everyday: Recogniser, turn: float) -> None:
    assert everyday.predict([filmed(walk(), turn=turn)]).label == "walking"


@pytest.mark.parametrize(
    ("name", "label"),
    [
        pytest.param("stand", "standing", id="stands"),
        pytest.param("sit_still", "sitting", id="sits"),
        pytest.param("lie_still", "lying", id="lies"),
        pytest.param("jump", "jumping", id="jumps"),
        pytest.param("bend_down", "bending", id="bends"),
        pytest.param("wave", "waving", id="waves"),
        pytest.param("sit_down", "sitting down", id="sits down"),
        pytest.param("stand_up", "standing up", id="stands up"),
    ],
)
def test_made_up_movements(everyday: Recogniser, name: str, label: str) -> None:
    seen = 0
    for seed in range(5):
        rng = np.random.default_rng(seed)
        movement = performed(MOVEMENTS[name](rng), rng)
        points = on_floor(posed(movement.angles, BODY), movement.lift)
        before, after = np.repeat(points[:1], 30, axis=0), np.repeat(points[-1:], 30, axis=0)
        seen += label in everyday.timeline(filmed(np.concatenate([before, points, after]))).actions
    assert seen >= 4


@pytest.mark.parametrize("name", FALLS)
def test_falls(everyday: Recogniser, name: str) -> None:
    told = 0
    for seed in range(5):
        movement = FALLS[name](np.random.default_rng(seed))
        points = on_floor(posed(movement.angles, BODY))
        before, after = np.repeat(points[:1], 45, axis=0), np.repeat(points[-1:], 45, axis=0)
        timeline = everyday.timeline(filmed(np.concatenate([before, points, after])))
        actions = [action for action in timeline.actions if action]
        told += "falling" in actions and "lying" in actions[actions.index("falling") :]
    assert told >= 4


def test_who_sits_down_does_not_fall(everyday: Recogniser) -> None:
    rng = np.random.default_rng(0)
    stand, seat = poses.standing(rng), poses.sitting(rng)
    keys = [Key(stand, hold=2), Key(seat, 1.6), Key(seat, hold=3)]
    points = on_floor(posed(performed(keys, rng).angles, BODY))
    assert "falling" not in everyday.timeline(filmed(points)).actions


def test_live(everyday: Recogniser) -> None:
    track = filmed(walk())
    stage = LiveRecogniser(everyday)
    said = []
    for number, time in enumerate(track.times.tolist()):
        frame = Poses(
            track.skeleton,
            track.keypoints[number][None],
            track.scores[number][None],
            frame=number,
            time=time,
            ids=np.array([7]),
        )
        (doing,) = stage.update(frame)
        said.append(doing.label)
    assert said[0] is None and set(said[60:]) == {"walking"}
