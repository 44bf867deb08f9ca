"""What a smoother is."""

from __future__ import annotations

from typing import Protocol

from kinema.poses import Poses
from kinema.track import Track


class Smoother(Protocol):
    """Makes the path of every joint smooth, each by itself and never across a gap."""

    def smooth(self, track: Track) -> Track:
        """The track on its regular time base (`Track.regular`), smoothed, gaps as they were."""
        ...


class OnlineSmoother(Smoother, Protocol):
    """A smoother that also works while frames arrive, and then knows the past only."""

    def update(self, poses: Poses) -> Poses:
        """The people of the next frame, smoothed."""
        ...
