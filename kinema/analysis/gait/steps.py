"""Steps before events: the moments at which one foot is furthest from the other, left and right.

Between two of them lies one step, whatever the person's style. They alternate by construction, so
that events found around them cannot be doubled or skipped.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from kinema.analysis.gait.result import SIDES, Mode
from kinema.analysis.gait.signals import Float64Array, Signals, low_pass
from kinema.curves import Side

_SMALLEST_SWING = 0.12  # leg lengths from peak to peak: less is swaying or noise
_SMALLEST_SWING_SEEN_FROM_BEHIND = 0.04  # there only the lifting of the feet is seen
_SWING_SHARE = 0.35  # of the usual swing: less is no step of its own
_STEP_TIMES = (0.18, 1.6)  # s: a sprinter's step and a very slow one
_STRIDE_RATES = (0.35, 2.0)  # Hz
_PAUSE = 1.9  # usual steps
_LONGEST_BY_SHORTEST = 3.0  # of the steps of a bout, in duration
_SLOWEST_WALK = 0.2  # leg lengths a second
_SHORT_WALK = 4  # steps: fewer tell too little about slow movement
_SLOWEST_SHORT_WALK = 0.5  # leg lengths a second
_LIFTS = 0.45  # correlation of going forward and being the higher foot; walkers have 0.6 to 0.9
_SLOWEST_RUN = (1.0, 1.5)  # s for a stride, leg lengths a second
_SLOWEST_RUN_FROM_BEHIND = 0.85  # s for a stride: only cadence is a sure sign there
_FEWEST_STEPS = 3


@dataclass(frozen=True)
class Step:
    """One foot in front of the other as far as it comes (or lifted highest, from behind).

    Attributes:
        time: When, in seconds.
        side: The foot in front, or lifted.
        stride: Duration of a stride here, in seconds.
        at_edge: Whether the recording starts or ends there, so that the true moment is outside.
    """

    time: float
    side: Side
    stride: float
    at_edge: bool = False


def find_steps(signals: Signals) -> list[list[Step]]:
    """Bouts of walking, each a list of steps with sides in turn; none where nobody walks."""
    return [bout for bout in find_swings(signals) if _is_gait(bout, signals)]


def find_swings(signals: Signals) -> list[list[Step]]:
    """Bouts of legs that swing in turn, whether or not they carry anybody."""
    gap = separation(signals)
    floor = _SMALLEST_SWING if signals.has_forward else _SMALLEST_SWING_SEEN_FROM_BEHIND
    swing = _usual_swing(gap, floor)
    if swing < floor:
        return []
    turns = turning_points(gap, max(floor, _SWING_SHARE * swing))
    usable = signals.facing > 0.4
    steps = []
    for index, is_maximum in turns:
        if not usable[index]:
            continue
        at_edge = index in (0, len(gap) - 1)
        time = signals.times[index] if at_edge else _vertex(signals.times, gap, index)
        steps.append(Step(float(time), SIDES[0] if is_maximum else SIDES[1], np.nan, at_edge))
    return [_with_strides(bout) for bout in _bouts(steps)]


def separation(signals: Signals) -> Float64Array:
    """How far the left foot is ahead of the right one, or above it where forward is not seen, (T,).

    In leg lengths.
    """

    def place(side: Side) -> Float64Array:
        parts = [p for p in ("heel", "ankle", "toe") if (side, p) in signals.paths]
        paths = [signals.paths[side, part] for part in parts]
        values = [path.forward if signals.has_forward else path.up for path in paths]
        return np.asarray(np.mean(values, axis=0))

    gap = place("left") - place("right")
    if signals.has_forward:
        return low_pass(gap, signals.rate, 5.0)
    # A foot that is further away stands higher in a picture taken from above the ground, so that
    # lift and reach mix. Their first harmonic is largest somewhere in the swing, whatever the mix.
    stride_rate = dominant_rate(gap, signals.rate)
    slow = low_pass(gap, signals.rate, 0.5 * stride_rate)
    return low_pass(gap - slow, signals.rate, 1.5 * stride_rate)


def dominant_rate(values: Float64Array, rate: float) -> float:
    """The frequency in Hz, within that of strides, at which values (T,) vary most."""
    window = np.hanning(len(values))
    size = 1 << (4 * len(values)).bit_length()
    power = np.abs(np.fft.rfft((values - values.mean()) * window, size)) ** 2
    frequencies = np.fft.rfftfreq(size, 1 / rate)
    inside = (frequencies >= _STRIDE_RATES[0]) & (frequencies <= _STRIDE_RATES[1])
    return float(frequencies[inside][np.argmax(power[inside])])


def turning_points(values: Float64Array, size: float) -> list[tuple[int, bool]]:
    """Maxima (True) and minima (False) of values (T,) in turn, each at least `size` from the next.

    The first and the last may be the ends of the array.
    """
    points: list[tuple[int, bool]] = []
    low = high = 0
    rising: bool | None = None
    for i, value in enumerate(values):
        if value > values[high]:
            high = i
        if value < values[low]:
            low = i
        if rising is not False and values[high] - value >= size:
            points.append((high, True))
            rising, low = False, i
            high = i
        elif rising is not True and value - values[low] >= size:
            points.append((low, False))
            rising, high = True, i
            low = i
    if points:
        points.append((high, True) if rising else (low, False))
    return points


def standing_speed(signals: Signals, start: float = -np.inf, end: float = np.inf) -> float:
    """How fast the lower foot goes backward against the pelvis, in leg lengths a second.

    That is the speed of walking, overground as on a treadmill, here its median between two
    moments. NaN from behind.
    """
    left, right = (signals.paths[side, "ankle"] for side in SIDES)
    lower = np.where(left.up < right.up, left.forward_speed, right.forward_speed)
    inside = (signals.times >= start) & (signals.times <= end)
    return -float(np.median(lower[inside]))


def running_or_walking(signals: Signals, bouts: list[list[Step]]) -> Mode:
    """By the pelvis: a walker's is lowest with the feet apart, a runner's then is in the air.

    That is the inverted pendulum against the spring (Cavagna et al. 1977; McMahon & Cheng 1990).
    """
    stride = float(np.median([step.stride for bout in bouts for step in bout]))
    height = signals.pelvis_up - low_pass(signals.pelvis_up, signals.rate, 0.6 / stride)
    height = low_pass(height, signals.rate, 3.2 / stride)
    inner = [[step.time for step in bout if not step.at_edge] for bout in bouts]
    at_steps = np.concatenate(inner)
    between = np.concatenate([0.5 * (np.array(b[1:]) + b[:-1]) for b in inner])
    rises = np.interp(at_steps, signals.times, height).mean()
    rises -= np.interp(between, signals.times, height).mean()
    if signals.has_forward:
        is_fast = stride < _SLOWEST_RUN[0] and standing_speed(signals) > _SLOWEST_RUN[1]
        return "running" if rises > 0 and is_fast else "walking"
    # From behind a step is a foot in the air while the other one stands: a runner's pelvis is low.
    return "running" if rises < 0 and stride < _SLOWEST_RUN_FROM_BEHIND else "walking"


def _usual_swing(gap: Float64Array, floor: float) -> float:
    """The median size of the swings that are larger than the floor; 0 if there are none."""
    turns = turning_points(gap, floor)
    sizes = np.abs(np.diff([gap[index] for index, _ in turns]))
    return float(np.median(sizes)) if len(sizes) else 0.0


def _vertex(times: Float64Array, values: Float64Array, index: int) -> float:
    before, here, after = values[index - 1 : index + 2]
    bend = before - 2 * here + after
    shift = 0.5 * (before - after) / bend if bend else 0.0
    return float(times[index] + np.clip(shift, -0.5, 0.5) * (times[1] - times[0]))


def _bouts(steps: list[Step]) -> list[list[Step]]:
    """Cut where a step took too long or too short, or sides do not alternate."""
    bouts: list[list[Step]] = [[]]
    for step in steps:
        if bouts[-1]:
            last = bouts[-1][-1]
            duration = step.time - last.time
            shortest = 0.0 if last.at_edge or step.at_edge else _STEP_TIMES[0]
            if last.side == step.side or not shortest <= duration <= _STEP_TIMES[1]:
                bouts.append([])
        bouts[-1].append(step)
    pieces = [piece for bout in bouts for piece in _without_pauses(bout)]
    return [p for p in pieces if sum(not step.at_edge for step in p) >= _FEWEST_STEPS]


def _without_pauses(bout: list[Step]) -> list[list[Step]]:
    """The bout, cut where a step takes about as long as two: a pause or a turn."""
    durations = [after.time - before.time for before, after in pairwise(bout)]
    if len(durations) < _FEWEST_STEPS:
        return [bout]
    longest = _PAUSE * float(np.median(durations))
    cuts = [i + 1 for i, duration in enumerate(durations) if duration > longest]
    return [bout[start:stop] for start, stop in pairwise([0, *cuts, len(bout)])]


def _is_gait(bout: list[Step], signals: Signals) -> bool:
    """Whether legs that swing in turn carry somebody: what walkers do and jumpers do not.

    Steps last alike, the foot that stands goes backward under the body, and the one that swings
    forward is the higher one.
    """
    times = np.array([step.time for step in bout if not step.at_edge])
    durations = np.diff(times)
    if durations.max() > _LONGEST_BY_SHORTEST * durations.min():
        durations = durations[1:-1]  # a first or last step may be a half one
        if not len(durations) or durations.max() > _LONGEST_BY_SHORTEST * durations.min():
            return False
    if not signals.has_forward:
        return True
    start, end = times[0], times[-1]
    inside = (signals.times >= start) & (signals.times <= end)
    left, right = (signals.paths[side, "ankle"] for side in SIDES)
    speed, height = left.forward_speed - right.forward_speed, left.up - right.up
    height = height - np.median(height[inside])  # cameras are not level, legs not alike
    lifts = np.corrcoef(speed[inside], height[inside])[0, 1]
    slowest = _SLOWEST_SHORT_WALK if len(times) < _SHORT_WALK else _SLOWEST_WALK
    return bool(lifts > _LIFTS and standing_speed(signals, start, end) > slowest)


def _with_strides(bout: list[Step]) -> list[Step]:
    """The bout with the duration of a stride around each step."""
    inner = [step for step in bout if not step.at_edge]
    times = np.array([step.time for step in inner])
    usual = 2 * float(np.median(np.diff(times)))
    out = []
    for step in bout:
        near = np.sort(np.abs(times - step.time))
        local = [t for t in np.diff(times[np.abs(times - step.time) < 1.3 * usual])]
        stride = 2 * float(np.median(local)) if len(local) and len(near) > 2 else usual
        out.append(replace(step, stride=float(np.clip(stride, 0.75 * usual, 1.33 * usual))))
    return out
