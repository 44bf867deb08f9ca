"""Bodies at one place: who goes on from whom, and which are parts of somebody who lies.

Models of poses see people who lie in pieces, by turns: the head, the trunk or the legs are taken
for a whole small body, whose joints are then nowhere, as their scores say. Each becomes a person of
its own, and what such a person seems to do is anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

LYING = "lying"

REACH = 0.25
"""Of the longer side of a body's box, beyond which it does not reach: a hand, a foot, a gap."""

SAME_AGAIN = 0.5
"""Chance that who appears where somebody was is the same one, or a part: as likely as not."""


class Body(NamedTuple):
    """Where somebody is around a moment.

    Attributes:
        box: (2, D) around the joints, lowest and highest corner; NaN if none is found.
        sureness: Mean score of the joints, in [0, 1]; 1 if it is not known.
    """

    box: Floats
    sureness: float


def box_of(points: npt.ArrayLike) -> Floats:
    """The box (2, D) around points (..., D), lowest and highest corner; NaN if there are none."""
    flat = np.asarray(points, dtype=np.float64)
    flat = flat.reshape(-1, flat.shape[-1])
    flat = flat[~np.isnan(flat).any(axis=1)]
    if not len(flat):
        return np.full((2, flat.shape[1]), np.nan)
    return np.stack([flat.min(axis=0), flat.max(axis=0)])


def at_place(newcomer: Floats, others: Sequence[Floats]) -> int | None:
    """In whose reach the middle of a newcomer's box (2, D) lies: the nearest of others, or None."""
    middle = newcomer.mean(axis=0)
    best, nearest = None, np.inf
    for number, other in enumerate(others):
        low, high = _reach(other)
        away = float(np.linalg.norm(middle - other.mean(axis=0)))
        if ((low <= middle) & (middle <= high)).all() and away < nearest:
            best, nearest = number, away
    return best


def is_part(body: Body, lying: Sequence[Body]) -> bool:
    """Whether a body is likely a part of one that lies: in its reach, and seen less surely."""
    return any(other.sureness > body.sureness and _touches(body.box, other.box) for other in lying)


def _touches(box: Floats, other: Floats) -> bool:
    low, high = _reach(other)
    return bool(((box[1] >= low) & (box[0] <= high)).all())


def _reach(box: Floats) -> Floats:
    longest = float((box[1] - box[0]).max())
    return np.stack([box[0] - REACH * longest, box[1] + REACH * longest])
