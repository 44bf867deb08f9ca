"""Whole bodies: any model of bodies, then a look at the face and the hands of each person.

What comes out has OpenPose's joints: BODY_25, 70 of the face, 21 of each hand.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

import numpy as np

from kinema.errors import InputError
from kinema.face_and_hands import FACE70, HAND21
from kinema.face_mesh import openpose_face
from kinema.media.frame import Frame
from kinema.models import mediapipe_face, mediapipe_hand
from kinema.models.crops import Cutter, Region
from kinema.models.looking import Look, look
from kinema.models.model import Job, Model, RememberingModel
from kinema.models.person import PersonNetwork
from kinema.poses import Float32Array, Poses
from kinema.skeleton import Skeleton
from kinema.skeletons import BODY25, OPENPOSE137

LEAST_SCORE = 0.2
"""Of a joint that has a say in where a hand or the face is."""

FARTHEST_WRIST = 0.4
"""A hand whose wrist is farther than this share of the first square from the body's wrist is not
the one that was looked for."""

SAME_HAND = 0.25
"""Two hands of one person whose joints are nearer than this share of the square's side on average
are one hand, seen twice."""

FACE = slice(len(BODY25), len(BODY25) + len(FACE70))
HANDS = {
    side: slice(start, start + len(HAND21))
    for side, start in (("left", FACE.stop), ("right", FACE.stop + len(HAND21)))
}
"""Where the parts are among the joints of `openpose137`."""

HAND_NEEDS = tuple(f"{side}_{joint}" for side in HANDS for joint in ("wrist", "elbow"))
FACE_NEEDS = ("nose", "left_eye", "right_eye")


class WholeBody:
    """A model of bodies with their hands and faces.

    Attributes:
        name: Of all that it is made of.
        parallel: How many frames are worked on at once.
        skeleton: `openpose137`; parts that nobody looks for are NaN, unless the body has them.

    Args:
        body: Finds people.
        hand: Looks at a hand, with the joints of `hand21`.
        face: Looks at a face, with the points of `face468`.

    Raises:
        InputError: If the body lacks the joints that say where hands or faces are.
    """

    skeleton: Skeleton = OPENPOSE137

    def __init__(
        self, body: Model, *, hand: PersonNetwork | None = None, face: PersonNetwork | None = None
    ) -> None:
        _check(body, "hands", HAND_NEEDS if hand else ())
        _check(body, "faces", FACE_NEEDS if face else ())
        self.name = "+".join(part.name for part in (body, hand, face) if part)
        self.parallel = body.parallel
        self._body = body
        self._hand = hand
        self._face = face
        # As in `TopDown`: one frame in each thread.
        self._threads = ThreadPoolExecutor(self.parallel + 1, thread_name_prefix="kinema-parts")

    def renewed(self) -> WholeBody:
        """The same model, whose model of bodies has no memories; it shares the networks."""
        if not isinstance(self._body, RememberingModel):
            return self
        return WholeBody(self._body.renewed(), hand=self._hand, face=self._face)

    def start(self, frame: Frame) -> WholeBodyJob:
        """Starts on a frame and returns at once."""
        job = self._body.start(frame)
        return WholeBodyJob(frame, self._threads.submit(self._find, job))

    def _find(self, job: Job) -> Poses:
        poses = job.poses()
        body = poses.to(OPENPOSE137)
        keypoints, scores = body.keypoints.copy(), body.scores.copy()
        _add_toes(poses, keypoints, scores)
        arms = _joints(poses)
        if self._hand and len(poses):
            cutter = Cutter(job.frame, channels=self._hand.channels)
            _add_hands(cutter, self._hand, arms, keypoints, scores)
        if self._face and len(poses):
            cutter = Cutter(job.frame, channels=self._face.channels)
            _add_faces(cutter, self._face, arms, keypoints, scores)
        certainty = poses.person_scores  # of the body: a hidden hand makes nobody less certain
        return replace(body, keypoints=keypoints, scores=scores, certainty=certainty)


class WholeBodyJob:
    """One frame that a `WholeBody` is working on."""

    def __init__(self, frame: Frame, future: Future[Poses]) -> None:
        self.frame = frame
        self._future = future

    def poses(self) -> Poses:
        """Waits for the people of the frame."""
        return self._future.result()


def _check(body: Model, what: str, needed: Sequence[str]) -> None:
    missing = [joint for joint in needed if joint not in body.skeleton]
    if missing:
        raise InputError(
            f"{body.name} has no {missing[0]}, which says where {what} are; choose another model"
        )


def _add_toes(poses: Poses, keypoints: Float32Array, scores: Float32Array) -> None:
    """BlazePose's toe as the big toe of `BODY25`: it is the tip of the foot, of whichever toe."""
    for side in HANDS:
        toe = f"{side}_foot_index"
        if toe in poses.skeleton:
            target, source = BODY25.index(f"{side}_big_toe"), poses.skeleton.index(toe)
            keypoints[:, target] = poses.keypoints[:, source]
            scores[:, target] = poses.scores[:, source]


def _joints(poses: Poses) -> Callable[..., Float32Array]:
    """Gives joints of one person by name, (2,) each, or (n, 2); NaN where a score is too low."""
    body = poses.to(BODY25)
    sure = body.found & ~(body.scores < LEAST_SCORE)  # a score that is not known is no reason
    points = np.where(sure[..., None], body.keypoints, np.float32(np.nan))

    def joints(row: int, *names: str) -> Float32Array:
        found = points[row, [BODY25.index(name) for name in names]]
        return found[0] if len(names) == 1 else found

    return joints


def _add_hands(
    cutter: Cutter,
    network: PersonNetwork,
    joints: Callable[..., Float32Array],
    keypoints: Float32Array,
    scores: Float32Array,
) -> None:
    """Looks at both hands of everybody, twice: where the arm says, and then as found."""
    places = [(row, side) for row in range(len(keypoints)) for side in HANDS]
    arms = [joints(row, f"{s}_wrist", f"{s}_elbow", f"{s}_shoulder") for row, s in places]
    regions = [mediapipe_hand.hand_region(*arm) for arm in arms]
    looks = _looks(cutter, network, regions, mediapipe_hand.closer_region)
    for number, (arm, region) in enumerate(zip(arms, regions, strict=True)):
        if region and _distance(looks[number][0][0], arm[0]) > FARTHEST_WRIST * region.size[0]:
            looks[number] = _nothing(network)
    for left in range(0, len(places), 2):
        _drop_twin(looks, left, arms, regions, network)
    for (row, side), (points, sure) in zip(places, looks, strict=True):
        keypoints[row, HANDS[side]], scores[row, HANDS[side]] = points, sure


def _drop_twin(
    looks: list[Look],
    left: int,
    arms: Sequence[Float32Array],
    regions: Sequence[Region | None],
    network: PersonNetwork,
) -> None:
    """Where both looks of one person saw the same hand, it is of the nearer wrist alone."""
    right, region = left + 1, regions[left]
    if region is None:
        return
    apart = np.hypot(*(looks[left][0] - looks[right][0]).T).mean()
    if apart < SAME_HAND * region.size[0]:  # not so where one is NaN
        errors = [_distance(looks[hand][0][0], arms[hand][0]) for hand in (left, right)]
        looks[left + int(errors[1] > errors[0])] = _nothing(network)


def _add_faces(
    cutter: Cutter,
    network: PersonNetwork,
    joints: Callable[..., Float32Array],
    keypoints: Float32Array,
    scores: Float32Array,
) -> None:
    """Looks at the face of everybody, twice: where the head is, and then as found."""
    regions = [
        mediapipe_face.face_region(
            nose=joints(row, "nose"),
            eyes=joints(row, "right_eye", "left_eye"),
            ears=joints(row, "right_ear", "left_ear"),
            neck=joints(row, "neck"),
        )
        for row in range(len(keypoints))
    ]
    looks = _looks(cutter, network, regions, mediapipe_face.closer_region)
    for row, (mesh, sure) in enumerate(looks):
        keypoints[row, FACE], scores[row, FACE] = openpose_face(mesh), sure[0]


def _looks(
    cutter: Cutter,
    network: PersonNetwork,
    regions: Sequence[Region | None],
    closer: Callable[[Float32Array], Region],
) -> list[Look]:
    """Two looks at each region, the second where the first saw something."""
    first = _look_once(cutter, network, regions)
    again = [None if np.isnan(points).any() else closer(points) for points, _ in first]
    return _look_once(cutter, network, again)


def _look_once(
    cutter: Cutter, network: PersonNetwork, regions: Sequence[Region | None]
) -> list[Look]:
    looks = [_nothing(network) for _ in regions]
    wanted = [(number, region) for number, region in enumerate(regions) if region]
    # No more crops at a time than the network works on at once.
    for start in range(0, len(wanted), network.parallel):
        group = wanted[start : start + network.parallel]
        started = [(number, look(cutter, region, network)) for number, region in group]
        for number, result in started:
            looks[number] = result()
    return looks


def _nothing(network: PersonNetwork) -> Look:
    count = len(network.skeleton)
    return np.full((count, 2), np.nan, np.float32), np.zeros(count, np.float32)


def _distance(one: Float32Array, other: Float32Array) -> float:
    return math.hypot(*(one - other).tolist())
