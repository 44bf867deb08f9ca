"""Following one person through a video: each crop comes from the joints of the frame before.

The rule is the one published with MoveNet (TensorFlow Hub tutorial "MoveNet: Ultra fast and
accurate pose detection model", section "Cropping Algorithm"). Two things are added, as the first
frame and a single picture deserve a crop as well: where the person is lost, the whole picture is
looked at in the same frame, not in the next one; and who is found there is looked at again, closer.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock

import numpy as np

from kinema.media.frame import Frame
from kinema.models.crops import Cutter, Region
from kinema.models.looking import Look, look
from kinema.models.person import PersonNetwork
from kinema.poses import Float32Array, Poses
from kinema.skeleton import Skeleton

MIN_SCORE = 0.2
"""Least score of a joint that has a say in where the person is."""

TORSO_EXPANSION = 1.9
"""Half the side of a crop is at least this times the farthest reach of the torso."""

BODY_EXPANSION = 1.2
"""The same for all joints that were found."""

CLOSER_LOOKS = 2
"""Further looks at a person that was found in the whole picture, each in the crop of the last one.
"""

PERSON_JOINTS = 4
PERSON_SCORE = 0.35
"""So many joints that are so sure make a person. MoveNet always gives one: of 300 parts of COCO
photos without people it sees one in 5 (thunder) or 14 (lightning), and it misses 2 or 3 of 43.
"""

SHOULDERS = ("left_shoulder", "right_shoulder")
HIPS = ("left_hip", "right_hip")


def next_region(
    points: Float32Array, scores: Float32Array, skeleton: Skeleton, picture: tuple[int, int]
) -> Region | None:
    """The square to look at in the frame after one with these joints; None for all of it.

    Its centre is the middle of the hips.

    Args:
        points: (K, 2) in pixels of the frame.
        scores: (K,)
        skeleton: Names them; it has shoulders and hips.
        picture: Width and height of the frame.
    """
    shoulders, hips = ([skeleton.index(joint) for joint in pair] for pair in (SHOULDERS, HIPS))
    found = (scores >= MIN_SCORE) & np.isfinite(points).all(axis=1)
    if not (found[shoulders].any() and found[hips].any()):
        return None
    torso = [joint for joint in (*shoulders, *hips) if np.isfinite(points[joint]).all()]
    centre = np.nanmean(points[hips], axis=0)
    reach = max(
        float(np.abs(points[torso] - centre).max()) * TORSO_EXPANSION,
        float(np.abs(points[found] - centre).max()) * BODY_EXPANSION,
    )
    # No farther than the farthest edge of the frame; and a crop as large as it is all of it.
    edges = (*(centre + 0.5), *(np.array(picture) - 0.5 - centre))
    reach = min(reach, max(map(float, edges)))
    if reach > max(picture) / 2 or reach <= 0:
        return None
    return Region((float(centre[0]), float(centre[1])), (2 * reach, 2 * reach))


class Follower:
    """A model of the one person in a video, seen by a network that looks at crops.

    Frames are to come in order, from one thread; the result of each is waited for when the next one
    starts, as that says where to look.

    Args:
        network: Looks at the person; its skeleton has shoulders and hips.
        name: In the catalogue.
        mirror: Look at each mirrored crop too, and average.
    """

    def __init__(self, network: PersonNetwork, *, name: str, mirror: bool = False) -> None:
        self.name = name
        self.skeleton = network.skeleton
        self.parallel = 1
        self._network = network
        self._mirror = mirror
        self._last: FollowerJob | None = None

    def renewed(self) -> Follower:
        """The same model without memories; it shares the network."""
        return Follower(self._network, name=self.name, mirror=self._mirror)

    def start(self, frame: Frame) -> FollowerJob:
        """Starts on a frame, where the frame before says."""
        region = self._last.next_region() if self._last else None
        self._last = FollowerJob(frame, self._network, region, mirror=self._mirror)
        return self._last


class FollowerJob:
    """One frame that a `Follower` is working on."""

    def __init__(
        self, frame: Frame, network: PersonNetwork, region: Region | None, *, mirror: bool
    ) -> None:
        self.frame = frame
        self._network = network
        self._mirror = mirror
        self._cutter = Cutter(frame, channels=network.channels)
        self._region = region
        self._first_look = self._look(region)
        self._found: Look | None = None
        self._lock = Lock()

    def _look(self, region: Region | None) -> Callable[[], Look]:
        width, height = self._network.crop_size
        where = region or Region.whole(self.frame.size, aspect=width / height)
        return look(self._cutter, where, self._network, mirror=self._mirror)

    @property
    def _result(self) -> Look:
        with self._lock:  # the next frame may wait for it in another thread than the caller
            if self._found is None:
                self._found = self._find()
            return self._found

    def _find(self) -> Look:
        points, scores = self._first_look()
        if self._region:
            if self._region_after(points, scores):
                return points, scores
            points, scores = self._look(None)()
        # Somebody in the whole picture, seen small; now that it is known where, seen closer.
        for _ in range(CLOSER_LOOKS):
            if region := self._region_after(points, scores):
                points, scores = self._look(region)()
        return points, scores

    def _region_after(self, points: Float32Array, scores: Float32Array) -> Region | None:
        return next_region(points, scores, self._network.skeleton, self.frame.size)

    def next_region(self) -> Region | None:
        """Where to look in the next frame; waits for this one."""
        return self._region_after(*self._result)

    def poses(self) -> Poses:
        """Waits for the person of the frame."""
        points, scores = self._result
        people = int(np.count_nonzero(scores >= PERSON_SCORE) >= PERSON_JOINTS)
        return Poses(
            self._network.skeleton,
            points[None][:people],
            scores[None][:people],
            frame=self.frame.index,
            time=self.frame.time,
        )
