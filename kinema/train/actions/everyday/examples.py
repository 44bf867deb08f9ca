"""Labelled examples of everyday movements: seconds of tracks in the picture, made of scenes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from kinema.actions.recogniser import part_of
from kinema.actions.sequences import ActionSequence, ActionSet, People
from kinema.errors import InputError
from kinema.track import Track
from kinema.train.actions.everyday.scenes import Stock, make_scene
from kinema.train.actions.everyday.views import View, clutter, seen

LABELS = (
    "standing",
    "walking",
    "running",
    "sitting down",
    "sitting",
    "standing up",
    "jumping",
    "waving",
    "bending",
    "lying",
    "falling",
    "other",
)
"""What is told apart; `other` is all else."""

SECONDS = 2.0
"""How long an example is. Its label is what is done in its middle, but for falls."""

_FALL = "falling"
_FALL_SEEN = 0.6
"""Seconds of a fall after which it counts: it is to be told while people fall, not a second later,
and models often lose people who hit the floor."""

_FALL_PAST = 0.3  # seconds before the middle, from which on a fall is looked for

_STEP = 0.2  # seconds between the middles of two examples of one view
_CLEAR = 0.1  # seconds before and after the middle, in which the same is done
_PARTIAL = 0.2  # share of the examples whose person has been seen for a part of the time only
_SHORTEST = 0.55  # of an example, for which the person is seen
_LEAST_SEEN = 0.42  # of its joints; of less, nothing is said
_CLUTTER = 0.02  # share of the scenes with something beside them that is no person
_QUIETLY, _QUIET = 0.35, (0.0, 0.7)  # share of the views with less noise, and how much they have
_VIEWS = 3  # of each scene
_SPARE = 60  # scenes for each example that is asked for of a label, before the search is given up


@dataclass(frozen=True, eq=False)
class _Moment:
    """An example that may be taken: a view, and the frames from first to last."""

    view: View
    first: int
    last: int
    label: str


def make_examples(
    stock: Stock,
    each: int,
    seed: int,
    *,
    name: str = "everyday",
    on_step: Callable[[], object] = lambda: None,
) -> ActionSet:
    """Makes examples, as many of one label as of another.

    Args:
        stock: Recordings that scenes are made with.
        each: How many examples of each label.
        seed: Of all that is random.
        name: Of the set.
        on_step: Called after each scene.

    Raises:
        InputError: If the recordings lack what scenes are made of, such as runs.
    """
    if stock.lacking:
        raise InputError(
            f"there are no {' and no '.join(stock.lacking)} among the recordings; the walks, "
            "ASF/AMC and exponential maps of CMU's database are needed"
        )
    rng = np.random.default_rng(seed)
    found: dict[str, list[ActionSequence]] = {label: [] for label in LABELS}
    scenes = 0
    while min(map(len, found.values())) < each:
        scene = make_scene(stock, rng)
        scenes += 1
        if scenes > 100 + _SPARE * each:
            raise InputError("the recordings do not give enough examples of each label")
        if rng.random() < _CLUTTER:
            _take(clutter(scene, rng), found, each, rng, name)
        wanted = {label for label, some in found.items() if len(some) < each}
        for _ in range(_VIEWS if wanted & set(scene.labels) else 0):
            noise = rng.uniform(*_QUIET) if rng.random() < _QUIETLY else 1.0
            _take(seen(scene, rng, noise=noise), found, each, rng, name)
        on_step()
    every = tuple(sequence for label in LABELS for sequence in found[label])
    return ActionSet(name, LABELS, every)


def _take(
    view: View,
    found: dict[str, list[ActionSequence]],
    each: int,
    rng: np.random.Generator,
    name: str,
) -> None:
    """Takes examples of the labels that are still wanted, a few of a label from one view."""
    moments = _moments(view, rng)
    order = rng.permutation(len(moments)).tolist()
    taken: dict[str, int] = {}
    for index in order:
        moment = moments[index]
        label = moment.label
        if len(found[label]) >= each or taken.get(label, 0) >= 3:
            continue
        taken[label] = taken.get(label, 0) + 1
        number = len(found[label])
        read = partial(_people, moment)
        found[label].append(ActionSequence(f"{name}_{label}_{number}", label, read))


def _moments(view: View, rng: np.random.Generator) -> list[_Moment]:
    track = view.track
    rate = (len(track) - 1) / float(track.times[-1])
    half, clear = SECONDS / 2, round(_CLEAR * rate)
    middles = np.arange(half + rng.uniform(0, _STEP), float(track.times[-1]) - half, _STEP)
    moments = []
    for middle in middles.tolist():
        at = round(middle * rate)
        first, last = np.searchsorted(track.times, [middle - half - 1e-6, middle + half + 1e-6])
        near = set(view.labels[at - clear : at + clear + 1])
        label = view.labels[at]
        seen_falling = view.labels[round((middle - _FALL_PAST) * rate) : last].count(_FALL) / rate
        if seen_falling >= _FALL_SEEN:
            label = _FALL
        elif seen_falling >= _FALL_SEEN / 2 or len(near) != 1 or not label:
            continue
        moments.append(_Moment(view, int(first), int(last), label))
    every = [_partly(moment, rng) for moment in moments]
    return [moment for moment in every if _share_seen(moment) >= _LEAST_SEEN]


def _share_seen(moment: _Moment) -> float:
    return float(moment.view.track.found[moment.first : moment.last].mean())


def _partly(moment: _Moment, rng: np.random.Generator) -> _Moment:
    """At times with a beginning or an end in which the person is not seen yet, or no more."""
    if rng.random() >= _PARTIAL:
        return moment
    track = moment.view.track
    count = moment.last - moment.first
    missing = round(rng.uniform(0, 1 - _SHORTEST) * count)
    keypoints = track.keypoints.copy()
    if rng.random() < 0.85:
        keypoints[moment.first : moment.first + missing] = np.nan
    else:
        keypoints[moment.last - missing : moment.last] = np.nan
    scores = np.where(np.isnan(keypoints[..., 0]), 0, track.scores).astype(np.float32)
    view = View(replace(track, keypoints=keypoints, scores=scores), moment.view.labels)
    return replace(moment, view=view)


def _people(moment: _Moment) -> People:
    track: Track = part_of(moment.view.track, slice(moment.first, moment.last))
    return (track,)
