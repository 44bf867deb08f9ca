"""Examples to be taught by, and the clips that are cut from them.

The clips of a recording belong together: how well a recogniser does is measured on recordings that
it was not taught by. A label with only one recording has that cut into contiguous parts instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from kinema.actions.recogniser import FEWEST_JOINTS, part_of, windows_of
from kinema.actions.spec import ActionSpec
from kinema.errors import InputError
from kinema.poses import Float32Array
from kinema.space.lifting import LIFT13
from kinema.track import Track

Integers = npt.NDArray[np.int64]

POSE_SECONDS = 0.3
"""How long a pose is looked at."""

SHORTEST_WINDOW, LONGEST_WINDOW = 0.8, 2.5
"""Seconds; the windows of movements are as long as the usual example, within these."""

PARTS = 5
"""Into which the only recording of a label is cut."""

MOST_CLIPS = 4000
"""Of all labels together; longer examples are looked at less often."""

_POSE_FRAMES, _MOVEMENT_FRAMES = 3, 24
_STEPS = 8  # windows begin anew after an eighth of their length
_LEAST_PART = 0.5  # of a window, that a recording must last to give one


@dataclass(frozen=True, eq=False)
class Example:
    """One person who does one thing.

    Attributes:
        label: What.
        track: The person.
        name: Of the recording; what is cut from one recording has one name.
    """

    label: str
    track: Track
    name: str


@dataclass(frozen=True, eq=False)
class Material:
    """The clips of all examples.

    Attributes:
        labels: L of them, in order.
        clips: (N, D + 1, T, K, P).
        classes: (N,) the number of the label of each clip.
        groups: (N,) the number of its recording, or of the part of one.
        names: Of the groups.
        recordings: How many each label has, (L,).
        seconds: Of each label's recordings together, (L,).
        speed: Body heights a second of the joints, in the mean of a typical example.
    """

    labels: tuple[str, ...]
    clips: Float32Array
    classes: Integers
    groups: Integers
    names: tuple[str, ...]
    recordings: tuple[int, ...]
    seconds: tuple[float, ...]
    speed: float


def check_examples(examples: Sequence[Example]) -> None:
    """Checks that examples can be learned from together.

    Raises:
        InputError: If labels are empty or differ in case alone, one recording has two labels, or
            the poses are of different spaces.
    """
    if not examples:
        raise InputError("there are no examples to learn from")
    spelt: dict[str, str] = {}
    owner: dict[str, str] = {}
    space = examples[0].track.space
    for example in examples:
        label = example.label
        if not label.strip() or label != label.strip():
            raise InputError(f"the label {label!r} of {example.name} is empty or begins or ends so")
        before = spelt.setdefault(label.casefold(), label)
        if before != label:
            raise InputError(f"the labels {before!r} and {label!r} differ in case alone; take one")
        before = owner.setdefault(example.name, label)
        if before != label:
            raise InputError(
                f"{example.name} is an example of {before!r} and of {label!r}; give it one label, "
                "or name the seconds of each"
            )
        if example.track.space != space:
            raise InputError(
                f"{example.name} has poses in {example.track.space} space, {examples[0].name} in "
                f"{space} space; take one kind"
            )


def can_move(examples: Sequence[Example]) -> bool:
    """Whether each label has an example that is long enough to show a movement."""
    longest: dict[str, float] = {}
    for example in examples:
        longest[example.label] = max(longest.get(example.label, 0.0), _seconds(example.track))
    return min(longest.values()) >= SHORTEST_WINDOW


def spec_for(
    kind: str, labels: tuple[str, ...], examples: Sequence[Example], seconds: float | None
) -> ActionSpec:
    """What a recogniser of poses or movements takes.

    Args:
        kind: `pose` or `movement`.
        labels: All, the last one standing for no action.
        examples: That it will be taught by.
        seconds: The length of windows of movements; None for that of the usual example.
    """
    dimensions = examples[0].track.keypoints.shape[2]
    heading = "front" if dimensions == 3 else "kept"
    if kind == "pose":
        return ActionSpec(
            labels,
            LIFT13,
            dimensions,
            _POSE_FRAMES,
            seconds=POSE_SECONDS,
            centre="frame",
            heading=heading,  # type: ignore[arg-type]
            background=labels[-1],
            threshold=0.5,
        )
    if seconds is None:
        usual = float(np.median([_seconds(example.track) for example in examples]))
        seconds = round(min(max(usual, SHORTEST_WINDOW), LONGEST_WINDOW), 2)
    return ActionSpec(
        labels,
        LIFT13,
        dimensions,
        _MOVEMENT_FRAMES,
        seconds=seconds,
        heading=heading,  # type: ignore[arg-type]
        background=labels[-1],
        threshold=0.5,
    )


def material_of(examples: Sequence[Example], spec: ActionSpec, kind: str) -> Material:
    """The clips of all examples.

    Raises:
        InputError: If a label has none.
    """
    background = str(spec.background)
    present = {example.label for example in examples}
    labels = tuple(label for label in spec.labels if label != background or label in present)
    recordings: list[int] = []
    clips: list[Float32Array] = []
    classes: list[int] = []
    groups: list[int] = []
    names: list[str] = []
    for number, label in enumerate(labels):
        own = [example for example in examples if example.label == label]
        parts = _parts(own, spec, kind)
        recordings.append(len({example.name for example in own}))
        each = max(1, MOST_CLIPS // (len(labels) * len(parts)))
        found = 0
        for name, tracks in parts:
            cut = _clips(tracks, spec, kind, each)
            clips.append(cut)
            classes += [number] * len(cut)
            groups += [len(names)] * len(cut)
            names.append(name)
            found += len(cut)
        if not found:
            raise InputError(
                f"nothing can be learned of {label!r}: too little of a person is seen in "
                f"{', '.join(dict.fromkeys(example.name for example in own))}"
            )
    seconds = [sum(_seconds(e.track) for e in examples if e.label == label) for label in labels]
    every = np.concatenate(clips)
    return Material(
        labels,
        every,
        np.array(classes, dtype=np.int64),
        np.array(groups, dtype=np.int64),
        tuple(names),
        tuple(recordings),
        tuple(seconds),
        _speed(every, spec),
    )


def _parts(
    examples: Sequence[Example], spec: ActionSpec, kind: str
) -> list[tuple[str, list[Track]]]:
    """The recordings of one label with their names, or the parts of its only one."""
    by_name: dict[str, list[Track]] = {}
    for example in examples:
        by_name.setdefault(example.name, []).append(example.track)
    if len(by_name) > 1:
        return list(by_name.items())
    ((name, tracks),) = by_name.items()
    if len(tracks) >= PARTS:
        return [(name, part) for part in _shares(tracks)]
    track = max(tracks, key=len)
    shortest = 0.0 if kind == "pose" else float(spec.seconds or 0.0)
    count = min(PARTS, len(track), int(_seconds(track) / shortest) if shortest else PARTS)
    if count < 2:
        return [(name, tracks)]
    edges = np.linspace(0, len(track), count + 1).round().astype(int).tolist()
    cut = [[part_of(track, slice(*pair))] for pair in pairwise(edges)]
    for other in tracks:
        if other is not track:
            cut[0].append(other)
    return [(name, part) for part in cut]


def _shares(tracks: list[Track]) -> list[list[Track]]:
    edges = np.linspace(0, len(tracks), PARTS + 1).round().astype(int).tolist()
    return [tracks[start:end] for start, end in pairwise(edges)]


def _clips(tracks: Sequence[Track], spec: ActionSpec, kind: str, most: int) -> Float32Array:
    """At most so many clips of the tracks of one group, evenly over their time."""
    ends = [_ends(track, spec, kind) for track in tracks]
    total = sum(len(times) for times in ends)
    step = max(1.0, total / most)
    cut = [np.zeros((0, *spec.shape), dtype=np.float32)]
    place = 0.0
    for track, times in zip(tracks, ends, strict=True):
        wanted = np.arange(place, len(times), step)
        place = (wanted[-1] + step if len(wanted) else place) - len(times)
        cut.append(windows_of(track, times[wanted.astype(int)], spec))
    clips = np.concatenate(cut)
    seen = clips[:, -1, ..., 0].max(axis=1).mean(axis=1) if kind == "pose" else _seen(clips)
    return clips[seen >= FEWEST_JOINTS]


def _seen(clips: Float32Array) -> npt.NDArray[np.float32]:
    return np.asarray(clips[:, -1, ..., 0].mean(axis=(1, 2)))


def _ends(track: Track, spec: ActionSpec, kind: str) -> npt.NDArray[np.float64]:
    """When the windows of a track end."""
    if not len(track):
        return np.zeros(0)
    if kind == "pose":
        return track.times
    start, end = float(track.times[0]), float(track.times[-1])
    length = float(spec.seconds or 0.0)
    if end - start < length:
        usable = end - start >= _LEAST_PART * length
        return np.array([(start + end + length) / 2]) if usable else np.zeros(0)
    return np.asarray(np.arange(start + length, end + 1e-6, length / _STEPS))


def _seconds(track: Track) -> float:
    return float(track.times[-1] - track.times[0]) if len(track) > 1 else 0.0


def _speed(clips: Float32Array, spec: ActionSpec) -> float:
    """Of the joints about the hips, in body heights a second, in the median of the clips."""
    both = (clips[:, -1, 1:, :, 0] > 0) & (clips[:, -1, :-1, :, 0] > 0)
    steps = np.diff(clips[:, :-1, ..., 0], axis=2)  # (N, D, T - 1, K)
    lengths = np.where(both, np.linalg.norm(steps, axis=1), 0).sum(axis=(1, 2))
    means = lengths / np.maximum(both.sum(axis=(1, 2)), 1)
    return float(np.median(means)) * (spec.frames - 1) / float(spec.seconds or 1.0)
