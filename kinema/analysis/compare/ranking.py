"""Which of several methods is nearest to the reference, and how sure that is.

Whole stretches of frames are drawn with replacement (moving block bootstrap: Kunsch 1989, Annals of
Statistics 17(3)), the same for all methods, because neighbouring frames are not independent. The
means over what was drawn, again and again, tell how far each error and each difference of errors
may be chance. Only frames and joints count that all methods have.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kinema.analysis.compare.agreement import effective_samples

Float64Array = npt.NDArray[np.float64]

DRAWS = 1000


@dataclass(frozen=True)
class Rank:
    """The place of one method.

    Attributes:
        name: Of the method.
        error: Mean distance over the frames and joints that all methods have.
        ci: Its 95 % interval.
        best: Share of the draws in which this method was the best.
        behind: How much larger its error is than that of the one before; NaN for the first.
        behind_ci: 95 % interval of that; if it begins above 0, the order is no chance.
    """

    name: str
    error: float
    ci: tuple[float, float]
    best: float
    behind: float
    behind_ci: tuple[float, float]

    @property
    def is_sure(self) -> bool:
        """Whether it is really worse than the one before; false for the first."""
        return self.behind_ci[0] > 0


@dataclass(frozen=True)
class Ranking:
    """All methods, the best first.

    Attributes:
        ranks: Of each method.
        frames: Frames with a joint that all methods have.
        joints: Joints that all methods have in some frame.
        block: Frames in a stretch that is drawn as one.
    """

    ranks: tuple[Rank, ...]
    frames: int
    joints: tuple[str, ...]
    block: int


def rank(
    distances: Mapping[str, Float64Array],
    joints: tuple[str, ...],
    *,
    seed: int = 0,
    draws: int = DRAWS,
) -> Ranking:
    """Ranks methods by their distances (T, K) from the reference, at the same times.

    Args:
        distances: Of each method, NaN where it or the reference has no joint.
        joints: Their K names.
        seed: Of the random numbers.
        draws: How often is drawn.
    """
    names = list(distances)
    table = np.stack([distances[name] for name in names])  # (M, T, K)
    common = np.asarray(~np.isnan(table).any(axis=0))
    total = np.where(common, table, 0).sum(axis=2)  # (M, T)
    count = common.sum(axis=1)
    frames = np.flatnonzero(count)
    there = tuple(joints[k] for k in np.flatnonzero(common.any(axis=0)))
    if len(frames) == 0:
        nothing = (float("nan"), float("nan"))
        nan = float("nan")
        unknown = tuple(Rank(name, nan, nothing, nan, nan, nothing) for name in names)
        return Ranking(unknown, 0, (), 1)
    total, count = total[:, frames], count[frames]
    error = total.sum(axis=1) / count.sum()
    block = _block(total / count)
    drawn = _drawn(total, count, block, draws, seed)  # (M, draws)
    best = np.bincount(drawn.argmin(axis=0), minlength=len(names)) / draws
    order = np.argsort(error, kind="stable")
    ranks: list[Rank] = []
    for place, i in enumerate(order.tolist()):
        before = order[place - 1] if place else None
        gap = np.full(draws, np.nan) if before is None else drawn[i] - drawn[before]
        behind = float("nan") if before is None else float(error[i] - error[before])
        ranks.append(
            Rank(
                names[i],
                float(error[i]),
                _interval(drawn[i]),
                float(best[i]),
                behind,
                _interval(gap),
            )
        )
    return Ranking(tuple(ranks), len(frames), there, block)


def _block(means: Float64Array) -> int:
    """Frames that hang together: the longest correlation time of the errors (M, T)."""
    t = means.shape[1]
    times = [t / effective_samples(row) for row in means]
    return int(np.clip(np.ceil(2 * max(times)), 1, max(t // 4, 1)))


def _drawn(
    total: Float64Array, count: npt.NDArray[np.int64], block: int, draws: int, seed: int
) -> Float64Array:
    """Mean errors (M, draws) over blocks of frames drawn with replacement.

    Blocks go round from the last frame to the first, so that all frames are drawn equally often.
    """
    t = len(count)
    around = np.concatenate([np.arange(t), np.arange(block - 1)]) % t
    window = np.ones(block)
    sums = np.stack([np.convolve(row[around], window, mode="valid") for row in total])
    counts = np.convolve(count[around], window, mode="valid")
    starts = np.random.default_rng(seed).integers(0, t, (draws, -(-t // block)))
    return np.asarray(sums[:, starts].sum(axis=2) / counts[starts].sum(axis=1))


def _interval(values: Float64Array) -> tuple[float, float]:
    if np.isnan(values).any():
        return float("nan"), float("nan")
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)
