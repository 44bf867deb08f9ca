"""People in space from the poses that several cameras saw: who is who, cameras, joints.

In this order: the people of all cameras are matched (`association`), cameras that have turned since
their calibration are corrected (`adjustment`), and each person is put together on their own
(`person`): sides, outliers, joints, bones. Nothing is smoothed here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from kinema.camera import Rig
from kinema.errors import InputError, ShapeError, SkeletonError
from kinema.poses import Poses
from kinema.skeleton import Skeleton
from kinema.space.adjustment import Adjustment, adjust_cameras
from kinema.space.association import Matcher, Views
from kinema.space.person import PersonInSpace, PersonPlan, person_in_space
from kinema.space.sightings import LEAST_CAMERAS, Sightings
from kinema.track import Track

Float64Array = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.intp]

_BLOCK = 256  # frames whose rays are held at once
_SEES = 0.1  # of the frames of a person: a camera that sees them in fewer does not count
_SHORTEST = 0.25  # seconds: who is seen for less is a chance meeting of rays


@dataclass(frozen=True)
class SpacePlan:
    """How poses become people in space.

    Attributes:
        min_score: Joints with lower scores count as unseen.
        min_cameras: Somebody whom fewer cameras see is left out: a bystander, or a chance meeting
            of rays. None is 3 of 4 or more cameras, else 2. Where nobody is seen by so many, it is
            as many as there are.
        adjust: Whether cameras that have turned a little since the calibration are corrected.
        people: Keep at most so many, those seen longest; None is all.
        person: How each is put together.

    Raises:
        InputError: If a number is out of its range.
    """

    min_score: float = 0.3
    min_cameras: int | None = None
    adjust: bool = True
    people: int | None = None
    person: PersonPlan = field(default_factory=PersonPlan)

    def __post_init__(self) -> None:
        if not 0 <= self.min_score <= 1:
            raise InputError(f"the least score lies in [0, 1], got {self.min_score}")
        if self.min_cameras is not None and self.min_cameras < LEAST_CAMERAS:
            raise InputError(f"a person needs two cameras at least, got {self.min_cameras}")
        if self.people is not None and self.people < 1:
            raise InputError(f"people must be at least 1, got {self.people}")


@dataclass(frozen=True, eq=False)
class Reconstruction:
    """Everybody in space.

    Attributes:
        tracks: One for each person, in order of first appearance, with ids from 1, "world" space
            and `sigma`.
        people: The same people with reprojection errors, frame by frame of their track.
        rig: The cameras, corrected if the plan wanted it.
        adjustment: What was corrected, or None.
        left_out: How many more people there were, whom too few cameras saw or too briefly.
    """

    tracks: tuple[Track, ...]
    people: tuple[PersonInSpace, ...]
    rig: Rig
    adjustment: Adjustment | None
    left_out: int = 0


def reconstruct(
    rig: Rig, frames: Sequence[Sequence[Poses]], plan: SpacePlan | None = None
) -> Reconstruction:
    """The people in space behind the poses that cameras saw at the same instants.

    Args:
        rig: C cameras.
        frames: T instants, each with the poses of the C cameras, in the order of the rig. The times
            are those of the first camera.
        plan: How.

    Raises:
        InputError: If the rig has one camera only, or times do not increase.
        ShapeError: If a frame does not have the poses of every camera.
        SkeletonError: If the cameras' skeletons differ.
    """
    plan = plan or SpacePlan()
    if len(rig) < LEAST_CAMERAS:
        raise InputError("triangulation needs at least two cameras")
    skeleton = _one_skeleton(rig, frames)
    if skeleton is None:
        return Reconstruction((), (), rig, None)
    times = np.array([frame[0].time for frame in frames])
    pixels, weights = _arrays(frames, len(skeleton), plan.min_score)
    everybody = _members(rig, pixels, weights, times)
    members = _chosen(everybody, times, plan)
    gathered = [_gathered(pixels, weights, who) for who in members]
    adjustment = None
    if plan.adjust and gathered:
        flat = [_flat(*both) for both in gathered]
        adjustment = adjust_cameras(
            rig,
            np.concatenate([seen for seen, _ in flat], axis=1),
            np.concatenate([weight for _, weight in flat], axis=1),
        )
        rig = adjustment.rig
    people, tracks = [], []
    for identity, (who, both) in enumerate(zip(members, gathered, strict=True), start=1):
        person = person_in_space(rig, skeleton, *both, plan.person)
        here = np.flatnonzero((who >= 0).any(axis=0))
        people.append(person)
        tracks.append(_track(person, skeleton, times[here], identity))
    left_out = len(everybody) - len(members)
    return Reconstruction(tuple(tracks), tuple(people), rig, adjustment, left_out)


def _one_skeleton(rig: Rig, frames: Sequence[Sequence[Poses]]) -> Skeleton | None:
    skeleton: Skeleton | None = None
    for number, frame in enumerate(frames):
        if len(frame) != len(rig):
            raise ShapeError(
                f"instant {number} has the poses of {len(frame)} cameras, the rig has {len(rig)}"
            )
        for poses in frame:
            skeleton = skeleton or poses.skeleton
            if poses.skeleton != skeleton:
                raise SkeletonError(
                    f"the cameras saw different skeletons: {skeleton.name} and "
                    f"{poses.skeleton.name}"
                )
            if poses.space != "image":
                raise InputError(
                    f"poses to triangulate are in pictures, not in {poses.space} space"
                )
    return skeleton


def _arrays(
    frames: Sequence[Sequence[Poses]], k: int, min_score: float
) -> tuple[Float64Array, Float64Array]:
    """Pixels (C, T, N, K, 2) and weights (C, T, N, K) of up to N people in a picture."""
    most = max((len(poses) for frame in frames for poses in frame), default=0)
    shape = (len(frames[0]), len(frames), max(most, 1), k)
    pixels, weights = np.full((*shape, 2), np.nan), np.zeros(shape)
    for t, frame in enumerate(frames):
        for c, poses in enumerate(frame):
            n = len(poses)
            if n:
                pixels[c, t, :n] = poses.keypoints
                weights[c, t, :n] = poses.scores
    weights = np.where(np.isnan(weights), 1.0, weights)  # no score is known
    weights[(weights < min_score) | np.isnan(pixels).any(axis=4)] = 0
    return pixels, weights


def _members(
    rig: Rig, pixels: Float64Array, weights: Float64Array, times: Float64Array
) -> list[IntArray]:
    """For each person the number of their detection in each camera and frame, (C, T), or -1."""
    c, t, n, k = weights.shape
    identities = np.full((c, t, n), -1, dtype=np.intp)
    matcher: Matcher | None = None
    for start in range(0, t, _BLOCK):
        part = slice(start, start + _BLOCK)
        seen = Sightings.of(rig, pixels[:, part].reshape(c, -1, 2), weights[:, part].reshape(c, -1))
        matcher = matcher or Matcher(seen.extrinsics)
        shape = (c, -1, n, k)
        planes, moments = seen.planes.reshape(*shape, 2), seen.moments.reshape(*shape, 9)
        weight = seen.weights.reshape(shape)
        for row in range(planes.shape[1]):
            views = Views(planes[:, row], weight[:, row], moments[:, row])
            identities[:, start + row] = matcher.match(views, float(times[start + row]))
    return [
        np.where((mask := identities == identity).any(axis=2), mask.argmax(axis=2), -1)
        for identity in range(int(identities.max(initial=-1)) + 1)
    ]


def _chosen(members: list[IntArray], times: Float64Array, plan: SpacePlan) -> list[IntArray]:
    """Those whom enough cameras saw for long enough, and no more than were asked for."""
    counts = [int(((who >= 0).sum(axis=0) >= LEAST_CAMERAS).sum()) for who in members]
    step = float(np.median(np.diff(times))) if len(times) > 1 else 1.0
    least = min(_SHORTEST / step if step > 0 else 1, len(times) / 2)
    kept = [i for i, count in enumerate(counts) if count >= max(least, 1)]
    if not kept:
        return []
    cameras = {i: int((_presence(members[i]) >= _SEES).sum()) for i in kept}
    wanted = plan.min_cameras or (3 if len(members[0]) >= 4 else LEAST_CAMERAS)
    enough = min(wanted, max(cameras.values()))
    kept = [i for i in kept if cameras[i] >= enough]
    if plan.people is not None and len(kept) > plan.people:
        kept = sorted(sorted(kept, key=lambda i: -counts[i])[: plan.people])
    return [members[i] for i in kept]


def _presence(who: IntArray) -> Float64Array:
    """In which share of a person's frames each camera sees them, (C,)."""
    here = (who >= 0).any(axis=0)
    return np.asarray((who[:, here] >= 0).mean(axis=1))


def _gathered(
    pixels: Float64Array, weights: Float64Array, who: IntArray
) -> tuple[Float64Array, Float64Array]:
    """Pixels (C, T', K, 2) and weights (C, T', K) of one person, in the frames where they are."""
    here = np.flatnonzero((who >= 0).any(axis=0))
    cameras = np.arange(len(who))[:, None]
    number = who[:, here]
    seen = pixels[cameras, here[None], number]
    weight = np.where((number >= 0)[..., None], weights[cameras, here[None], number], 0.0)
    return np.where((weight > 0)[..., None], seen, np.nan), weight


def _flat(pixels: Float64Array, weights: Float64Array) -> tuple[Float64Array, Float64Array]:
    c = len(pixels)
    return pixels.reshape(c, -1, 2), weights.reshape(c, -1)


def _track(person: PersonInSpace, skeleton: Skeleton, times: Float64Array, identity: int) -> Track:
    return Track(
        skeleton,
        person.points.astype(np.float32),
        np.clip(person.scores, 0, 1).astype(np.float32),
        times,
        id=identity,
        space="world",
        sigma=person.sigma.astype(np.float32),
    )
