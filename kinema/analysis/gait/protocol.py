"""The treadmill protocol: 20 seconds of steady gait, seen well enough and long enough."""

from __future__ import annotations

import numpy as np

from kinema.analysis.gait.parameters import Stride
from kinema.analysis.gait.result import SIDES, Check, Mode
from kinema.analysis.gait.signals import Signals
from kinema.analysis.gait.views import Ground

DURATION = 20.0
"""Seconds that are asked for and that the table then describes."""

_RATES = {"walking": 30.0, "running": 60.0}  # Hz: a frame is then 3 to 4 % of the stance
_FEWEST = 10  # strides of each side, so that the standard error is a third of the scatter
_STEADY_CV = 5.0  # percent of the stride time


def steady_interval(strides: list[Stride], signals: Signals) -> tuple[float, float]:
    """The 20 seconds in which stride times vary least; all of it if there are not so many."""
    start, end = float(signals.times[0]), float(signals.times[-1])
    if end - start <= DURATION + 1.0 or len(strides) < _FEWEST:
        return start, end
    starts = np.array([stride.start.time for stride in strides])
    ends = np.array([stride.end.time for stride in strides])
    times = ends - starts
    best, chosen = np.inf, (start, start + DURATION)
    for first in np.arange(start, end - DURATION + 0.5, 0.5):
        inside = (starts >= first) & (ends <= first + DURATION)
        if inside.sum() < 0.8 * DURATION / np.median(times):
            continue  # a window with a pause in it is not steady, however alike its strides are
        spread = float(np.std(times[inside]))
        if spread < best - 1e-4:
            best, chosen = spread, (float(first), float(first + DURATION))
    return chosen


def check_protocol(
    strides: list[Stride], signals: Signals, ground: Ground, mode: Mode, duration: float
) -> tuple[Check, ...]:
    """Demand by demand, whether the recording is what the protocol asks for."""
    counts = {side: sum(stride.side == side for stride in strides) for side in SIDES}
    fewest = min(counts.values())
    rate = _RATES[mode]
    cv = _cv(strides)
    return (
        Check("surface", "treadmill", ground.surface, ground.surface == "treadmill"),
        Check(
            "duration", f"at least {DURATION:g} s", f"{duration:.1f} s", duration >= DURATION - 0.1
        ),
        Check(
            "frame rate",
            f"at least {rate:g} frames/s for {mode}",
            f"{signals.frame_rate:.4g} frames/s",
            signals.frame_rate >= rate - 0.5,
        ),
        Check("view", "side or back", signals.view, signals.view != "front"),
        Check("strides", f"at least {_FEWEST} a side", f"{fewest}", fewest >= _FEWEST),
        Check(
            "steadiness",
            f"stride times vary by at most {_STEADY_CV:g} %",
            "unknown" if np.isnan(cv) else f"{cv:.1f} %",
            bool(cv <= _STEADY_CV),
        ),
    )


def _cv(strides: list[Stride]) -> float:
    times = np.array([stride.time for stride in strides])
    return 100 * float(times.std(ddof=1) / times.mean()) if len(times) > 2 else float("nan")
