"""A recogniser of actions that is ready to be used: on whole recordings, on long ones, live."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from kinema.actions.clips import check_space, clip_of, window_of
from kinema.actions.intervals import SHORTEST, ActionInterval, intervals
from kinema.actions.order import order_of
from kinema.actions.spec import ActionNetwork, ActionSpec
from kinema.actions.steady import NONE, steady, weight_of
from kinema.errors import InputError
from kinema.poses import Float32Array
from kinema.space.lifting.joints import joints_for
from kinema.track import Track

Float64Array = npt.NDArray[np.float64]

USUAL_SECONDS = 2.0
"""The length of windows, where a recogniser was trained on whole recordings."""

FEWEST_JOINTS = 0.4
"""Of the joints of a clip, over all its frames, so many must be there, or nothing is said."""

STEPS = 8
"""Windows begin anew after an eighth of their length."""

LONGEST_GAP = 0.16
"""Seconds before and after a frame of the person, beyond which nothing is known of them."""

NEAR = 0.5
"""Seconds before and after the middle of a window, in which what is seen of the person counts for
where they are, and how surely they are seen."""

_BATCH = 64


@dataclass(frozen=True, eq=False)
class ActionScores:
    """What a recogniser says of one clip.

    Attributes:
        labels: L of them.
        probabilities: (L,) float32, which add up to 1; NaN where too little of the person is seen.
        label: The action; None if the recogniser is not sure, or says that it is none of them.
    """

    labels: tuple[str, ...]
    probabilities: Float32Array
    label: str | None

    @property
    def probability(self) -> float:
        """Of the likeliest label; NaN where too little is seen."""
        return float(self.probabilities.max())

    def best(self, count: int = 5) -> list[tuple[str, float]]:
        """The likeliest labels with their probabilities; none where too little is seen."""
        if np.isnan(self.probabilities).any():
            return []
        order = np.argsort(-self.probabilities, kind="stable")[:count].tolist()
        return [(self.labels[number], float(self.probabilities[number])) for number in order]


@dataclass(frozen=True, eq=False)
class Timeline:
    """What one person does over time.

    Attributes:
        spec: Of the recogniser.
        times: (W,) float64 seconds, the middles of the windows.
        probabilities: (W, L) float32; NaN where too little of the person is seen.
        person: The identity.
        seconds: From the first to the last frame of the person.
        sureness: (W,) mean scores of the joints in each window, NaN where not known; or None. They
            count where the recogniser knows an order of actions.
        first: (S,) what is believed before the first window, where the recogniser knows an order of
            actions; None for nothing.
        silent: (W,) where nothing is to be said; or None. See `kinema.actions.bodies`.
    """

    spec: ActionSpec
    times: Float64Array
    probabilities: Float32Array
    person: int = 0
    seconds: float = 0.0
    sureness: Float64Array | None = None
    first: Float64Array | None = None
    silent: npt.NDArray[np.bool_] | None = None

    @cached_property
    def beliefs(self) -> Float64Array | None:
        """What is to be believed at each window, (W, S); None without an order of actions."""
        if self.spec.order is None:
            return None
        order = order_of(self.spec.order, self.spec.labels)
        sure = np.full(len(self.times), np.nan) if self.sureness is None else self.sureness
        passed = np.diff(self.times, prepend=-np.inf)
        weights = [weight_of(*pair) for pair in zip(passed.tolist(), sure.tolist(), strict=True)]
        return order.over(self.times.tolist(), self.probabilities, weights, self.first)

    @cached_property
    def chances(self) -> Float64Array:
        """The probabilities (W, L) with what can follow what, where that is known."""
        seen = self.probabilities.astype(np.float64)
        if self.beliefs is None or self.spec.order is None:
            return seen
        order = order_of(self.spec.order, self.spec.labels)
        said = order.chances(self.beliefs, len(self.spec.labels))
        return np.where(np.isnan(seen).any(axis=1, keepdims=True), np.nan, said)

    @cached_property
    def _chosen(self) -> tuple[npt.NDArray[np.int64], Float64Array]:
        numbers, chances = steady(self.spec, self.times, self.chances)
        return numbers if self.silent is None else np.where(self.silent, NONE, numbers), chances

    @property
    def actions(self) -> list[str | None]:
        """The action of each window, None for none; see `kinema.actions.steady`."""
        numbers = self._chosen[0].tolist()
        return [None if number == NONE else self.spec.labels[number] for number in numbers]

    def intervals(self, *, shortest: float = SHORTEST) -> tuple[ActionInterval, ...]:
        """The actions with their starts and ends, in order.

        Where there is a single window, its action is that of the whole time of the person.
        """
        return intervals(
            self.times,
            self.actions,
            self._chosen[1],
            person=self.person,
            shortest=shortest,
            single=self.seconds,
        )


class Recogniser:
    """A network, or something taught, with what it takes and gives.

    Args:
        network: Clips (N, D + 1, T, K, P) to logits (N, L).
        spec: What these are.
    """

    def __init__(self, network: ActionNetwork, spec: ActionSpec) -> None:
        self.network, self.spec = network, spec

    @property
    def seconds(self) -> float:
        """The length of windows: the recogniser's own, or `USUAL_SECONDS`."""
        return self.spec.seconds or USUAL_SECONDS

    def probabilities(self, clips: Float32Array) -> Float32Array:
        """Of the labels, (N, L), for clips (N, D + 1, T, K, P); NaN where too little is there."""
        chances = np.full((len(clips), len(self.spec.labels)), np.nan, dtype=np.float32)
        seen = np.flatnonzero(clips[:, -1, ..., 0].mean(axis=(1, 2)) >= FEWEST_JOINTS)
        for start in range(0, len(seen), _BATCH):
            rows = seen[start : start + _BATCH]
            chances[rows] = self.spec.probabilities(self.network(clips[rows]))
        return chances

    def predict(self, people: Sequence[Track]) -> ActionScores:
        """The one action of a whole recording.

        A recogniser of windows looks at all of those of the first person, and their mean counts.

        Args:
            people: Who is there; the first one is the one who counts.

        Raises:
            InputError: If there is nobody, or they are not in a space that the recogniser takes.
        """
        if self.spec.seconds is None:
            chances = self.probabilities(clip_of(people, self.spec)[None])[0]
        else:
            if not people or not len(people[0]):
                raise InputError("there is nobody whose action could be told")
            every = self.timeline(people[0]).probabilities
            known = every[~np.isnan(every).any(axis=1)]
            chances = known.mean(axis=0) if len(known) else every[0]
        return self.scores(chances)

    def scores(self, chances: Float32Array) -> ActionScores:
        """What probabilities (L,) say."""
        label = None
        if not np.isnan(chances).any() and float(chances.max()) >= self.spec.threshold:
            label = self.spec.labels[int(chances.argmax())]
        label = None if label == self.spec.background else label
        return ActionScores(self.spec.labels, chances, label)

    def timeline(self, track: Track, *, step: float | None = None) -> Timeline:
        """What one person does over a long recording, by windows that overlap.

        Args:
            track: One person.
            step: Seconds from one window to the next; None for an eighth of a window.

        Raises:
            InputError: If the track is empty, not in a space that the recogniser takes, or the step
                is not positive.
        """
        step = self.seconds / STEPS if step is None else step
        if not len(track) or not step > 0:
            what = f"a step of {step} s" if len(track) else "a track without frames"
            raise InputError(f"{what} gives no windows")
        check_space(track, self.spec)
        ends = window_ends(float(track.times[0]), float(track.times[-1]), self.seconds, step)
        chances = np.concatenate([self.probabilities(part) for part in self._clips(track, ends)])
        middles = ends - self.seconds / 2
        return Timeline(
            self.spec,
            middles,
            chances,
            track.id,
            seconds=float(track.times[-1] - track.times[0]),
            sureness=sureness_at(track, middles, self.spec),
        )

    def _clips(self, track: Track, ends: Float64Array) -> Iterator[Float32Array]:
        spec = replace(self.spec, seconds=self.seconds)
        for start in range(0, len(ends), _BATCH):
            yield windows_of(track, ends[start : start + _BATCH], spec)


def window_ends(start: float, end: float, seconds: float, step: float) -> Float64Array:
    """When windows of a recording end: the first is full, or half full if it is shorter.

    >>> window_ends(0.0, 3.0, 2.0, 0.5).tolist()
    [2.0, 2.5, 3.0]
    >>> window_ends(0.0, 1.0, 2.0, 0.5).tolist()
    [1.5]
    """
    if end - start <= seconds:
        return np.array([(start + end + seconds) / 2])
    return np.asarray(start + seconds + step * np.arange((end - start - seconds) / step + 1e-6))


def windows_of(track: Track, ends: npt.ArrayLike, spec: ActionSpec) -> Float32Array:
    """One clip each (N, D + 1, T, K, P) of the `spec.seconds` before times; see `window_of`.

    Where the person was out of sight the clips are empty.
    """
    assert spec.seconds is not None
    clips = []
    for end in np.asarray(ends, dtype=np.float64).tolist():
        first, last = np.searchsorted(track.times, [end - spec.seconds, end])
        rows = slice(max(int(first) - 1, 0), int(last) + 1)
        clips.append(_without_gaps(window_of(part_of(track, rows), end, spec), track, end, spec))
    return np.stack(clips) if clips else np.zeros((0, *spec.shape), dtype=np.float32)


def _without_gaps(clip: Float32Array, track: Track, end: float, spec: ActionSpec) -> Float32Array:
    """The clip with nothing in it at times that lie far from every frame of the person."""
    times = np.linspace(end - float(spec.seconds or 0), end, spec.frames)
    after = np.searchsorted(track.times, times)
    last = len(track) - 1
    before = np.abs(times - track.times[np.clip(after - 1, 0, last)])
    away = np.minimum(before, np.abs(track.times[np.clip(after, 0, last)] - times))
    clip[:, away > LONGEST_GAP] = 0
    return clip


def sureness_at(track: Track, times: Float64Array, spec: ActionSpec) -> Float64Array:
    """The mean scores of the recogniser's joints around times (W,); NaN where nobody is seen."""
    _, certainty = joints_for(spec.joints, track, partial=True)
    rows = certainty.mean(axis=1, dtype=np.float64)
    near = [rows[around(track.times, time)] for time in times.tolist()]
    return np.array([each.mean() if len(each) else np.nan for each in near])


def around(times: Float64Array, time: float) -> slice:
    """The frames within `NEAR` of a time, of those at increasing times."""
    first, last = np.searchsorted(times, [time - NEAR, time + NEAR])
    return slice(int(first), int(last))


def part_of(track: Track, rows: slice) -> Track:
    """Some frames of a track."""
    return replace(
        track,
        keypoints=track.keypoints[rows],
        scores=track.scores[rows],
        times=track.times[rows],
        sigma=None if track.sigma is None else track.sigma[rows],
    )
