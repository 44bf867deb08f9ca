"""Lifts people while frames arrive, with a delay of a known number of frames."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

import numpy as np

from kinema.errors import InputError
from kinema.poses import Float32Array, Poses
from kinema.space.lifting.joints import joints_for
from kinema.space.lifting.offline import (
    FEWEST_JOINTS,
    USUAL_HEIGHT,
    check_lifting,
    view_rotations,
)
from kinema.space.lifting.spec import OUTPUT, LiftingNetwork, LiftSpec
from kinema.space.lifting.windows import lifted_windows
from kinema.track import Track


@dataclass
class LiveLifter:
    """A stage with memory: 2D poses in, 3D poses out, `latency` frames later.

    A causal network has no latency. Of another one the last frames come by `flush`. The person is
    kept in memory for as long as the network looks back; one object serves one video.

    Attributes:
        network: Of the kind `person`.
        spec: What it takes and gives.
        size: Width and height of the picture in pixels.
        rate: Frames per second of the video.
        focal: Of the camera, in pixels; None for the usual one.
        height: Of the people, in metres; None for 1.7.
        mirrored: Look at mirrored people, too: twice the work.

    Raises:
        InputError: If the network is of another kind, or height, rate or focal length is none.
    """

    network: LiftingNetwork
    spec: LiftSpec
    size: tuple[int, int]
    rate: float = 30.0
    focal: float | None = None
    height: float | None = None
    mirrored: bool = False
    _frames: deque[Poses] = field(default_factory=deque, repr=False)
    _people: dict[int, dict[int, tuple[Float32Array, ...]]] = field(
        default_factory=dict, repr=False
    )
    _count: int = field(default=0, repr=False)

    def __post_init__(self) -> None:
        if self.spec.screen != "person":
            raise InputError("only networks that see the person alone lift while frames arrive")
        if not (np.isfinite(self.rate) and self.rate > 0):
            raise InputError(f"the rate must be a positive number of frames a second: {self.rate}")

    @property
    def step(self) -> int:
        """Frames of the video for one of the network."""
        return self.spec.step(self.rate)

    @property
    def latency(self) -> int:
        """How many frames the result comes after the frame that it is of."""
        return self.step * self.spec.field.after

    def update(self, poses: Poses) -> Poses | None:
        """Takes the next frame; gives the one `latency` before it, None while there is none.

        Raises:
            InputError: If the poses are not in a picture, or several people have no ids.
            SkeletonError: If their skeleton lacks what the network needs.
        """
        self._remember(poses)
        return self._lifted() if len(self._frames) > self.latency else None

    def flush(self) -> list[Poses]:
        """The frames that are still to come when the video has ended."""
        return [self._lifted() for _ in range(len(self._frames))]

    def _remember(self, poses: Poses) -> None:
        if poses.ids is None and len(poses) > 1:
            raise InputError(f"the people of frame {poses.frame} have no ids; run a tracker first")
        ids = [0] * len(poses) if poses.ids is None else poses.ids.tolist()
        for row, identity in enumerate(ids):
            track = Track(
                poses.skeleton,
                poses.keypoints[row : row + 1],
                poses.scores[row : row + 1],
                np.zeros(1),
                space=poses.space,
            )
            check_lifting(track, focal=self.focal, height=self.height)
            points, certainty = joints_for(self.spec.joints, track)
            shown, scores = joints_for(OUTPUT, track)
            there = np.float32((~np.isnan(points).any(axis=2)).sum() >= FEWEST_JOINTS)
            scores = np.where(np.isnan(shown).any(axis=2), 0, scores * there)
            self._people.setdefault(identity, {})[self._count] = (points[0], certainty[0], scores)
        self._frames.append(poses)
        self._count += 1

    def _lifted(self) -> Poses:
        poses = self._frames.popleft()
        now = self._count - 1 - len(self._frames)
        ids = [0] * len(poses) if poses.ids is None else poses.ids.tolist()
        keypoints = np.full((len(poses), len(OUTPUT), 3), np.nan, dtype=np.float32)
        scores = np.zeros((len(poses), len(OUTPUT)), dtype=np.float32)
        if ids:
            points, certainty = self._windows(ids, now)
            here = self.spec.field.before
            places, _ = lifted_windows(
                self.network, self.spec, points, certainty, mirrored=self.mirrored
            )
            turns = view_rotations(points[:, here], self.size, self.focal)
            places = np.einsum("nij,nkj->nki", turns, places) * (self.height or USUAL_HEIGHT)
            scores = np.concatenate([self._people[identity][now][2] for identity in ids])
            shown = (scores > 0) & ~np.isnan(places).any(axis=2)
            keypoints = np.where(shown[..., None], places, np.nan).astype(np.float32)
            scores = np.where(shown, scores, 0).astype(np.float32)
        self._forget(now)
        return Poses(
            OUTPUT,
            keypoints,
            scores,
            ids=poses.ids,
            frame=poses.frame,
            time=poses.time,
            space="body",
            certainty=poses.certainty,
        )

    def _windows(self, ids: list[int], now: int) -> tuple[Float32Array, Float32Array]:
        """The joints (N, F, K, 2) and certainties (N, F, K) of people around a frame."""
        field_, step = self.spec.field, self.step
        wanted = now + step * np.arange(-field_.before, field_.after + 1)
        k = len(self.spec.joints)
        points = np.full((len(ids), len(wanted), k, 2), np.nan, dtype=np.float32)
        certainty = np.zeros((len(ids), len(wanted), k), dtype=np.float32)
        for row, identity in enumerate(ids):
            history = self._people[identity]
            for column, frame in enumerate(np.clip(wanted, min(history), max(history)).tolist()):
                if frame in history:
                    points[row, column], certainty[row, column], _ = history[frame]
        return points, certainty

    def _forget(self, now: int) -> None:
        """Drops what no later window reaches."""
        oldest = now + 1 - self.step * self.spec.field.before
        for identity in list(self._people):
            history = self._people[identity]
            for frame in [frame for frame in history if frame < oldest]:
                del history[frame]
            if not history:
                del self._people[identity]
