"""Times of frames, from the timestamps of a container."""

from __future__ import annotations

from fractions import Fraction

RESTART_SECONDS = 1  # timestamps that jump back further have begun anew
NUDGE = Fraction(1, 10)  # of a frame interval, for a frame with the time of the one before it


class FrameClock:
    """Seconds from the first frame, from timestamps that may be missing, repeated or wrong.

    Times always increase. A frame without a timestamp comes one interval after the one before it.
    One that is not later than the one before it comes a tenth of an interval after that. If the
    timestamps jump back by more than a second, as where two recordings were joined, they are taken
    to go on from there.

    >>> clock = FrameClock(Fraction(1, 10))
    >>> [clock.seconds(stamp) for stamp in (Fraction(7), Fraction(8), None, Fraction(2))]
    [0.0, 1.0, 1.1, 1.2]
    """

    def __init__(self, interval: Fraction) -> None:
        self._interval = interval
        self._origin: Fraction | None = None
        self._last: Fraction | None = None

    def seconds(self, stamp: Fraction | None) -> float:
        """The time of the next frame, whose timestamp is `stamp` seconds."""
        if self._last is None:
            time = Fraction(0)
        elif stamp is None or self._origin is None:
            time = self._last + self._interval
        else:
            time = stamp - self._origin
            if self._last - time > RESTART_SECONDS:
                time = self._last + self._interval
                self._origin = None
            elif time <= self._last:
                time = self._last + self._interval * NUDGE
        if self._origin is None and stamp is not None:
            self._origin = stamp - time
        self._last = time
        return float(time)
