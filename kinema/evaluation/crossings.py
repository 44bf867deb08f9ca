"""People who walk through each other, with known truth: made-up recordings to measure tracking by.

Stick figures walk and swing their limbs in a room, at an angle to the camera, some stop and turn
back. What a model would find of them is made worse as real models do it: joints jitter, those
behind somebody else are lost or put on the one in front, people are missed, found twice, or found
where nobody is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from kinema.poses import Poses
from kinema.skeletons import COCO17

Floats = npt.NDArray[np.float64]

PICTURE = (1280, 720)
FOCAL_LENGTH = 1000.0  # pixels
CAMERA_HEIGHT = 1.4  # metres
BODY_DEPTH = 0.35  # metres; who is nearer by more than that covers others
SEEN_SHARE = 0.25  # of the joints, to be labelled at all


@dataclass(frozen=True)
class Flaws:
    """How badly people are found.

    Attributes:
        jitter: Standard deviation of joints, as a share of COCO's k = 2 sigma times the size.
        missed: Chance that a person is missed in a frame.
        doubled: Chance that a person is found twice.
        invented: Chance that somebody is found where nobody is.
        misplaced: Chance that a hidden joint is put on the person in front; else it is lost.
    """

    jitter: float = 0.25
    missed: float = 0.05
    doubled: float = 0.03
    invented: float = 0.05
    misplaced: float = 0.3


@dataclass(frozen=True)
class Walk:
    """How one person walks.

    Attributes:
        start: x and z in metres at time 0; z is away from the camera.
        velocity: In m/s.
        height: In metres.
        cadence: Steps per second.
        phase: Of the gait at time 0, in radians.
        turns: Seconds after which the person stops for a second and goes back; None for never.
    """

    start: tuple[float, float]
    velocity: tuple[float, float]
    height: float
    cadence: float
    phase: float
    turns: float | None


def crossing(
    people: int,
    *,
    seed: int,
    seconds: float = 8.0,
    rate: float = 30.0,
    flaws: Flaws | None = None,
) -> tuple[list[Poses], list[Poses]]:
    """A recording of people who cross: the truth with ids from 1, and what a model finds.

    Those found are in random order and have no ids. The same arguments give the same recording.

    Args:
        people: How many.
        seed: Of everything random.
        seconds: How long.
        rate: Frames per second.
        flaws: Of what is found.
    """
    rng = np.random.default_rng(seed)
    flaws = flaws or Flaws()
    walks = [_walk(rng, seconds) for _ in range(people)]
    truth, found = [], []
    for frame in range(round(seconds * rate)):
        time = frame / rate
        bodies = np.stack([_body(walk, time) for walk in walks])  # (N, K, 3)
        points, covered = _seen(bodies)
        hidden = covered >= 0
        labels = Poses(
            COCO17,
            points.astype(np.float32),
            np.where(hidden, 0.3, 1.0),
            ids=np.arange(1, people + 1),
            frame=frame,
            time=time,
        )
        inside = np.asarray(((points >= 0) & (points < PICTURE)).all(axis=2))
        truth.append(labels[(inside & ~hidden).mean(axis=1) >= SEEN_SHARE])
        found.append(_found(labels, covered, inside, flaws, rng))
    return truth, found


def _walk(rng: np.random.Generator, seconds: float) -> Walk:
    """Somebody who passes the middle of the picture about half-way."""
    heading = rng.choice([0.0, np.pi]) + rng.normal(0, 0.35)
    speed = rng.uniform(0.7, 1.7)
    velocity = float(speed * np.cos(heading)), float(speed * np.sin(heading))
    middle = rng.normal(0, 0.6), rng.uniform(4.5, 7.5)
    half = seconds / 2
    return Walk(
        start=(middle[0] - half * velocity[0], middle[1] - half * velocity[1]),
        velocity=velocity,
        height=rng.uniform(1.55, 1.9),
        cadence=rng.uniform(1.6, 2.1),
        phase=rng.uniform(0, 2 * np.pi),
        turns=half + rng.uniform(-0.3, 0.3) if rng.random() < 0.25 else None,
    )


def _body(walk: Walk, time: float) -> Floats:
    """The joints of COCO's skeleton in the room at some time, (17, 3) metres: x, y up, z."""
    moving, heading = time, np.arctan2(walk.velocity[1], walk.velocity[0])
    if walk.turns is not None and time > walk.turns:
        moving = walk.turns - max(0.0, time - walk.turns - 1)
        heading += np.pi * min(1.0, time - walk.turns)
    phase = walk.phase + np.pi * walk.cadence * moving
    body = walk.height * _gait(phase)
    forward = np.array([np.cos(heading), 0, np.sin(heading)])
    sideways = np.array([-np.sin(heading), 0, np.cos(heading)])
    place = np.array([walk.start[0], 0, walk.start[1]])
    place += moving * np.array([walk.velocity[0], 0, walk.velocity[1]])
    up = np.array([0.0, 1.0, 0.0])
    return np.asarray(place + body[:, :1] * forward + body[:, 1:2] * up + body[:, 2:] * sideways)


def _gait(phase: float) -> Floats:
    """A stick figure of height 1: (17, 3) forward, up, left. Segments after Winter (2009)."""
    joints: dict[str, tuple[float, float, float]] = {
        "nose": (0.06, 0.93, 0.0),
    }
    for side, name in ((1, "left"), (-1, "right")):
        swing = np.sin(phase) * side
        thigh, knee = 0.45 * swing, 0.5 * max(0.0, np.sin(phase + (side - 1) * np.pi / 2 + 1.2))
        shank = thigh - knee
        arm = -0.4 * swing
        hip = np.array([0.0, 0.53, 0.08 * side])
        at_knee = hip + 0.245 * np.array([np.sin(thigh), -np.cos(thigh), 0])
        ankle = at_knee + 0.246 * np.array([np.sin(shank), -np.cos(shank), 0])
        shoulder = np.array([0.0, 0.82, 0.11 * side])
        elbow = shoulder + 0.186 * np.array([np.sin(arm), -np.cos(arm), 0])
        wrist = elbow + 0.146 * np.array([np.sin(arm + 0.35), -np.cos(arm + 0.35), 0])
        parts = {"eye": np.array([0.05, 0.95, 0.02 * side])}
        parts |= {"ear": np.array([0.0, 0.94, 0.045 * side]), "shoulder": shoulder, "hip": hip}
        parts |= {"elbow": elbow, "wrist": wrist, "knee": at_knee, "ankle": ankle}
        joints |= {f"{name}_{part}": tuple(place) for part, place in parts.items()}
    return np.array([joints[joint] for joint in COCO17.keypoints])


def _seen(bodies: Floats) -> tuple[Floats, npt.NDArray[np.intp]]:
    """Pixels (N, K, 2) of joints in the room, and behind whom each is (N, K), -1 for nobody."""
    depth = np.maximum(bodies[..., 2:], 0.5)
    flat = bodies[..., :2] * (1, -1) + (0, CAMERA_HEIGHT)
    points = FOCAL_LENGTH * flat / depth + np.array(PICTURE) / 2
    covered = np.full(points.shape[:2], -1, dtype=np.intp)
    for front in np.argsort(-bodies[..., 2].mean(axis=1)):  # who is nearest covers last
        trunk = _trunk(points[front])
        inside = ((points >= trunk[0]) & (points <= trunk[1])).all(axis=2)
        behind = depth[..., 0] > depth[front, :, 0].mean() + BODY_DEPTH
        covered[inside & behind & (np.arange(len(bodies)) != front)[:, None]] = front
    return points, covered


def _trunk(points: Floats) -> Floats:
    """The box that a body covers, (2, 2): as high as it is, as wide as its trunk at least."""
    low, high = points.min(axis=0), points.max(axis=0)
    centre = points[[5, 6, 11, 12], 0].mean()
    half = max(0.11 * (high[1] - low[1]), 0.35 * (high[0] - low[0]))
    return np.array([[centre - half, low[1]], [centre + half, high[1]]])


def _found(
    labels: Poses,
    covered: npt.NDArray[np.intp],
    inside: npt.NDArray[np.bool_],
    flaws: Flaws,
    rng: np.random.Generator,
) -> Poses:
    """What a model finds of the people in the picture."""
    points = labels.keypoints.astype(np.float64)
    heights = np.ptp(points[..., 1], axis=1)
    tolerance = 2 * np.array(COCO17.sigmas) * 0.45 * heights[:, None]  # (N, K)
    hidden = covered >= 0
    seen = points + flaws.jitter * tolerance[..., None] * rng.normal(size=points.shape)
    scores = np.clip(rng.normal(0.8, 0.1, hidden.shape), 0.05, 1)
    moved = hidden & (rng.random(hidden.shape) < flaws.misplaced)
    joints = np.broadcast_to(np.arange(len(COCO17)), covered.shape)
    seen[moved] = seen[covered[moved], joints[moved]]
    lost = (hidden & ~moved) | ~inside
    seen[lost] = np.nan
    scores[hidden] *= 0.5
    scores[lost] = 0
    share = (inside & ~hidden).mean(axis=1)
    kept = (share >= 0.4) & (rng.random(len(share)) >= flaws.missed)
    kept &= rng.random(len(share)) < np.clip(share * 1.6, 0, 1)
    twice = kept & (rng.random(len(share)) < flaws.doubled)
    again = seen + 0.7 * tolerance[..., None] * rng.normal(size=seen.shape)
    bodies_found = [*seen[kept], *again[twice]]
    all_scores = [*scores[kept], *(0.7 * scores[twice])]
    if rng.random() < flaws.invented:
        shift = rng.uniform((-300, -100), (300, 100))
        bodies_found.append(points[rng.integers(len(points))] + shift)
        all_scores.append(np.full(len(COCO17), 0.3))
    order = rng.permutation(len(bodies_found))
    people = np.array(bodies_found).reshape(-1, len(COCO17), 2)[order]
    found = Poses(
        COCO17,
        people.astype(np.float32),
        np.array(all_scores).reshape(-1, len(COCO17))[order].astype(np.float32),
        frame=labels.frame,
        time=labels.time,
    )
    return replace(found, boxes=found.bounds())[found.found.any(axis=1)]
