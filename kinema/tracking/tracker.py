"""Who is who over time: `Tracker` gives the people of each frame the ids that they had before.

Pedigree. One Hungarian assignment a frame between people expected by a Kalman filter and people
found is SORT (Bewley et al. 2016); likeness by object keypoint similarity is that of PoseTrack's
baselines (Xiao et al. 2018); to look for people out of sight in a second round is a cascade as in
DeepSORT and ByteTrack (Wojke et al. 2017; Zhang et al. 2022). Appearance is not used.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kinema.poses import Poses
from kinema.tracking.identities import CONFIRM_FRAMES, MEMORY_SECONDS, Identities, follow


class Tracker:
    """Gives people ids that stay theirs: 1, 2, 3, ... in the order in which they are confirmed.

    A person is confirmed, and gets an id, once seen in `confirm` frames with at most 0.12 s between
    them (or in frames on end, where these are further apart), so that what a model sees in a single
    frame is no person. `update` leaves out who is not confirmed, or not yet; `follow` waits these
    few frames and then gives a new person the id from the first frame on. A second find of the
    same person is left out by both. The joints, scores and order of the others stay as they are;
    who is not seen in a frame is not invented.

    Somebody lost is expected where the last velocity leads, and found again within `memory`
    seconds; later the same person is somebody new. Ids are never used again.

    Time is `Poses.time` and nothing else: frames may be missing, rates may change. Frames come in
    order; a new recording needs a new tracker, as `renewed` gives one.

    Args:
        confirm: Frames in which a person must have been seen.
        memory: Seconds for which a lost person is remembered.

    Raises:
        InputError: If `confirm` is below 1 or `memory` is not a positive number.
    """

    def __init__(self, *, confirm: int = CONFIRM_FRAMES, memory: float = MEMORY_SECONDS) -> None:
        self._identities = Identities(confirm, memory)

    def renewed(self) -> Tracker:
        """A tracker of the same settings that knows nobody."""
        known = self._identities
        return Tracker(confirm=known.confirm, memory=known.memory_seconds)

    def update(self, poses: Poses) -> Poses:
        """The confirmed people of one frame, with their ids, at once.

        Raises:
            InputError: If the time is not after that of the frame before, or not a number, or the
                poses have no place ("body" space).
            SkeletonError: If the skeleton is not that of the frame before.
        """
        numbers = self._identities.step(poses)
        return self._identities.named(poses, self._identities.ids(numbers))

    def follow(self, stream: Iterable[Poses]) -> Iterator[Poses]:
        """The frames of a recording with ids, each person from the first frame on.

        A frame comes as soon as everybody in it is confirmed or was nobody: at once most of the
        time, a few frames later when somebody new appears. In a recording of fewer than `confirm`
        frames, all who were seen in its last frame count as confirmed.

        Raises:
            InputError: As `update`.
            SkeletonError: As `update`.
        """
        return follow(((poses, self._identities.step(poses)) for poses in stream), self._identities)
