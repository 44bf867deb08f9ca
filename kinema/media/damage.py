"""What a video file promised, what came, and in one line what is missing."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True)
class Promise:
    """What a container says it holds. None is: it does not say.

    Attributes:
        frames: How many coded pictures the video stream has.
        end: Timestamp in seconds at which the video stream ends.
        end_of_all: Timestamp in seconds at which the longest stream, whichever it is, ends.
        interval: Seconds from one frame to the next, on average.
    """

    frames: int | None
    end: Fraction | None
    end_of_all: Fraction | None
    interval: Fraction


@dataclass
class Tally:
    """What came out of a video file so far.

    Attributes:
        packets: Coded pictures read.
        failed: Coded pictures that could not be decoded.
        delivered: Frames handed on.
        spoiled: Those of them that the decoder had to patch up.
        start: First timestamp of the video stream, seconds.
        end: Timestamp in seconds at which what was read of the video stream ends.
        end_of_all: The same over all streams.
        stopped: Why reading ended before the end, if it did.
    """

    packets: int = 0
    failed: int = 0
    delivered: int = 0
    spoiled: int = 0
    start: Fraction | None = None
    end: Fraction = Fraction(0)
    end_of_all: Fraction = Fraction(0)
    stopped: str | None = None

    def saw(self, start: Fraction, duration: Fraction, *, video: bool) -> None:
        """Note the time of a packet that was read."""
        self.end_of_all = max(self.end_of_all, start + duration)
        if video:
            self.start = start if self.start is None else self.start
            self.end = max(self.end, start + duration)


def describe(name: str, promise: Promise, tally: Tally) -> str | None:
    """One line that says what was lost of the video `name`, or None if nothing was.

    A file counts as broken off if it ends well before the time that it names. The number of frames
    that it names is not enough, since edit lists may leave some out on purpose.
    """
    broken_off = _breaks_off(promise, tally)
    total = max(promise.frames or 0, tally.packets, tally.delivered)
    lost = tally.failed
    if broken_off or tally.failed:
        lost = max(lost, total - tally.delivered)
    parts = []
    if broken_off and promise.frames is None:
        origin = tally.start or Fraction(0)
        claimed = promise.end or promise.end_of_all or Fraction(0)
        parts.append(
            f"it breaks off after {float(tally.end - origin):.1f} of "
            f"{float(claimed - origin):.1f} seconds"
        )
        lost = tally.failed
    if lost:
        parts.append(f"{lost} of {total} frames could not be read")
    if tally.spoiled:
        be = "is" if tally.spoiled == 1 else "are"
        parts.append(f"{tally.spoiled} of {total} frames {be} spoiled")
    if tally.stopped is not None:
        parts.append(f"reading stopped: {tally.stopped}")
    return f"{name} is damaged: {'; '.join(parts)}" if parts else None


def _breaks_off(promise: Promise, tally: Tally) -> bool:
    if promise.frames is not None and tally.packets >= promise.frames:
        return False
    known = promise.frames is not None
    tolerance = promise.interval * Fraction(3, 4)
    if not known:  # durations without a count are rounded, or cover a last frame held for long
        tolerance = max(tolerance, Fraction(1, 2))
    if promise.end is not None:
        return promise.end - tally.end > tolerance
    if promise.end_of_all is not None:
        return promise.end_of_all - tally.end_of_all > tolerance
    return False
