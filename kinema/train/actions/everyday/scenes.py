"""Scenes of some seconds: one person who does several things, one after the other.

What was recorded and what is made up is joined: the second part is turned and moved to where the
first one ends, and for a moment the one pose turns into the other, bone by bone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from kinema.skeletons import H36M17
from kinema.train.actions.everyday.body import Body, above_floor, on_floor, posed
from kinema.train.actions.everyday.falls import fall
from kinema.train.actions.everyday.keys import RATE, Performance, minimum_jerk, performed
from kinema.train.actions.everyday.movements import MOVEMENTS
from kinema.train.actions.everyday.recorded import Piece, looped

Float64Array = npt.NDArray[np.float64]
Rng = np.random.Generator

_J = {joint: i for i, joint in enumerate(H36M17.keypoints)}
_BLEND = (0.25, 0.5)  # seconds
_TURN = 25.0  # degrees, standard deviation, by which people turn from one thing to the next
_PACE = (0.8, 1.25)

SCENES: tuple[tuple[float, tuple[str, ...]], ...] = (
    (2.0, ("walk", "stand")),
    (0.8, ("stand", "walk")),
    (1.0, ("walk", "fall")),
    (0.7, ("walk", "bend_down")),
    (0.8, ("walk", "sit_down")),
    (0.7, ("stand_up", "walk")),
    (2.2, ("run",)),
    (0.7, ("run", "stand")),
    (0.5, ("walk", "run")),
    (2.2, ("fall",)),
    (0.6, ("stand", "fall")),
    (0.4, ("bend_down", "fall")),
    (1.4, ("sit_down",)),
    (1.2, ("stand_up", "stand")),
    (0.8, ("sit_still",)),
    (0.6, ("wave_sitting", "stand_up")),
    (2.0, ("wave",)),
    (0.8, ("stand", "wave")),
    (0.5, ("walk", "wave")),
    (1.2, ("jump",)),
    (0.5, ("stand", "jump")),
    (0.4, ("jumping_jacks",)),
    (1.2, ("recorded jump",)),
    (2.0, ("bend_down", "stand")),
    (0.5, ("recorded bend",)),
    (1.6, ("lie_still",)),
    (1.0, ("lie_down",)),
    (0.6, ("lie_down_on_bed",)),
    (1.4, ("get_up",)),
    (0.4, ("get_up", "walk")),
    (0.7, ("sit_on_floor",)),
    (0.6, ("stay_low",)),
    (0.9, ("crouch",)),
    (0.6, ("squats",)),
    (1.2, ("reach",)),
    (1.6, ("recorded other",)),
    (0.5, ("walk", "reach")),
)
"""How often what follows each other."""

_WALKS, _RUNS = (2.2, 5.0), (2.2, 4.0)  # seconds


@dataclass(frozen=True, eq=False)
class Stock:
    """The recordings that scenes are made with, by what is done in them."""

    walks: tuple[Piece, ...]
    runs: tuple[Piece, ...]
    jumps: tuple[Piece, ...]
    bends: tuple[Piece, ...]
    others: tuple[Piece, ...]

    @classmethod
    def of(cls, pieces: Sequence[Piece]) -> Stock:
        """Sorts recordings by what is done in them; see `kind_of`."""
        found: dict[str, list[Piece]] = {each.name: [] for each in fields(cls)}
        for piece in pieces:
            found[kind_of(piece)].append(piece)
        return cls(**{name: tuple(some) for name, some in found.items()})

    @property
    def lacking(self) -> tuple[str, ...]:
        """The kinds of recordings that are not there."""
        return tuple(name for name, some in vars(self).items() if not some)


_KINDS = {"running": "runs", "jumping": "jumps", "bending": "bends", "walking": "walks"}


def kind_of(piece: Piece) -> str:
    """Which of the kinds of a `Stock` a recording is: what it is rare for counts first."""
    return next((kind for label, kind in _KINDS.items() if label in piece.labels), "others")


def make_scene(stock: Stock, rng: Rng) -> Piece:
    """A random scene of a random body."""
    body = Body.random(rng)
    weights = np.array([often for often, _ in SCENES])
    names = SCENES[int(rng.choice(len(SCENES), p=weights / weights.sum()))][1]
    return joined([_part(name, body, stock, rng) for name in names], body, rng)


def made_up(performance: Performance, body: Body) -> Piece:
    """A made-up movement of a body on a floor."""
    points = on_floor(posed(performance.angles, body), performance.lift)
    return Piece(points, performance.labels)


def _part(name: str, body: Body, stock: Stock, rng: Rng) -> Piece:
    if name == "fall":
        return made_up(fall(rng), body)
    if name in MOVEMENTS:
        return made_up(performed(MOVEMENTS[name](rng), rng), body)
    kinds = {
        "walk": stock.walks,
        "run": stock.runs,
        "recorded jump": stock.jumps,
        "recorded bend": stock.bends,
        "recorded other": stock.others,
    }
    pieces = kinds[name]
    piece = _excerpt(pieces[int(rng.integers(len(pieces)))], name, rng)
    return _on_body(_at_pace(piece, float(rng.uniform(*_PACE))), body, rng)


def _excerpt(piece: Piece, name: str, rng: Rng) -> Piece:
    """Some seconds of a recording; short walks and runs go on in circles of their own."""
    longest = float(rng.uniform(*(_RUNS if name == "run" else _WALKS)))
    if name == "run" or (name == "walk" and len(piece) < longest * RATE):
        return looped(piece, longest * 1.3, rng)
    count = round((longest if name == "walk" else rng.uniform(4, 9)) * RATE)
    start = int(rng.integers(max(1, len(piece) - count)))
    return piece.part(start, start + count)


def _at_pace(piece: Piece, pace: float) -> Piece:
    times = np.arange(0, len(piece) - 1, pace)
    before = times.astype(np.intp)
    share = (times - before)[:, None, None]
    points = (1 - share) * piece.points[before] + share * piece.points[before + 1]
    return Piece(points, tuple(piece.labels[i] for i in before.tolist()))


def _on_body(piece: Piece, body: Body, rng: Rng) -> Piece:
    """The movement by another body, whose steps are as long as its legs want."""
    legs = [np.linalg.norm(piece.points[0, _J[b]] - piece.points[0, _J[a]]) for a, b in _LEG]
    scale = (body.length("knee") + body.length("ankle")) / float(sum(legs))
    points = body.with_bones_of(piece.points * scale)
    if rng.random() < 0.5:
        points = (points * (-1, 1, 1))[:, H36M17.mirror_order]
    lowest = points[:, [_J["left_ankle"], _J["right_ankle"]], 2].min(axis=1)
    points[..., 2] += 0.08 - np.percentile(lowest, 10)
    return Piece(above_floor(points), piece.labels)


_LEG = (("left_hip", "left_knee"), ("left_knee", "left_ankle"))


def joined(pieces: Sequence[Piece], body: Body, rng: Rng) -> Piece:
    """One after the other, with a moment in which the one turns into the next."""
    whole = pieces[0]
    for piece in pieces[1:]:
        count = min(round(rng.uniform(*_BLEND) * RATE), len(whole) - 1, len(piece) - 1)
        whole = _blended(whole, _placed(piece, whole.points[-count], rng), count, body)
    return whole


def _placed(piece: Piece, pose: Float64Array, rng: Rng) -> Piece:
    """The piece, turned and moved such that it begins where somebody is who stands so."""
    angle = _heading(pose) - _heading(piece.points[0]) + np.radians(rng.normal(0, _TURN))
    cosine, sine = np.cos(angle), np.sin(angle)
    turned = piece.points.copy()
    turned[..., 0] = cosine * piece.points[..., 0] - sine * piece.points[..., 1]
    turned[..., 1] = sine * piece.points[..., 0] + cosine * piece.points[..., 1]
    turned[..., :2] += pose[0, :2] - turned[0, 0, :2]
    return Piece(turned, piece.labels)


def _heading(pose: Float64Array) -> float:
    across = pose[_J["right_hip"]] - pose[_J["left_hip"]]
    return float(np.arctan2(across[1], across[0]))


def _blended(first: Piece, second: Piece, count: int, body: Body) -> Piece:
    share = minimum_jerk((np.arange(count) + 1) / (count + 1))[:, None, None]
    mixed = (1 - share) * first.points[-count:] + share * second.points[:count]
    middle = body.with_bones_of(mixed)
    points = np.concatenate([first.points[:-count], middle, second.points[count:]])
    half = count // 2
    labels = first.labels[: len(first) - half] + second.labels[count - half :]
    return Piece(above_floor(points), labels)
