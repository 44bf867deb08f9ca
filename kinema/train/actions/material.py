"""The clips of a data set, all at once, as training and measuring take them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from kinema.actions.clips import clip_of
from kinema.actions.flow import FLOW_SHAPE, flow_clips
from kinema.actions.recogniser import window_ends, windows_of
from kinema.actions.sequences import ActionSequence, ActionSet, People
from kinema.actions.spec import ActionSpec
from kinema.errors import InputError
from kinema.poses import Float32Array
from kinema.track import Track

_STEP = 0.25  # of a window's length, between two windows

logger = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Material:
    """Clips with their labels.

    Attributes:
        clips: (M, D + 1, T, K, P).
        targets: (M,) the number of the label of each.
        owners: (M,) the recording that each is of: one clip each, or several windows.
        names: Of the recordings.
        flow: (M, ...) optical flow about the person, where the network looks at it.
    """

    clips: Float32Array
    targets: npt.NDArray[np.int64]
    owners: npt.NDArray[np.intp]
    names: tuple[str, ...]
    flow: Float32Array | None = None

    def __len__(self) -> int:
        return len(self.clips)

    @property
    def inputs(self) -> tuple[Float32Array, ...]:
        """What a network takes, in its order."""
        return (self.clips,) if self.flow is None else (self.clips, self.flow)

    @property
    def flow_shape(self) -> tuple[int, ...] | None:
        """Of the flow of one clip."""
        return None if self.flow is None else self.flow.shape[1:]

    @property
    def truth(self) -> npt.NDArray[np.int64]:
        """(R,) the number of the label of each recording."""
        _, first = np.unique(self.owners, return_index=True)
        return self.targets[first]

    def by_recording(self, probabilities: Float32Array) -> Float32Array:
        """The mean (R, L) of the probabilities (M, L) of each recording's clips."""
        total = np.zeros((len(self.names), probabilities.shape[1]))
        np.add.at(total, self.owners, probabilities)
        return (total / np.bincount(self.owners)[:, None]).astype(np.float32)


def form_of(examples: ActionSet) -> People:
    """The people of the first recording that has some: they tell skeleton and dimensions.

    Raises:
        InputError: If nobody is in any of them.
    """
    for sequence in examples.sequences:
        people = sequence.read()
        if any(len(track) for track in people):
            return people
    raise InputError(f"{examples.name} has no recording in which somebody is seen")


def material_of(
    examples: ActionSet,
    spec: ActionSpec,
    *,
    frames: int | None = None,
    keep_empty: bool = True,
    flow: bool = False,
    on_step: Callable[[], object] = lambda: None,
) -> Material:
    """Reads all recordings of a set.

    Args:
        examples: The set, or a part of it.
        spec: Of the recogniser, whose clips these are.
        frames: Of each clip, where it is to have others than the recogniser takes.
        keep_empty: What happens to recordings in which nobody is seen: they count, as clips
            without any joint, or are left out, of which a warning tells.
        flow: Whether the optical flow of their videos is read, too.
        on_step: Called after each recording.

    Raises:
        InputError: If there are no recordings, or there is nobody in any of them; or a recording
            cannot be read.
    """
    if not len(examples):
        raise InputError(f"{examples.name} has no recording to read")
    wanted = spec if frames is None else replace(spec, frames=frames)
    kept: list[_Recording] = []
    empty: list[str] = []
    for sequence, target in zip(examples.sequences, examples.targets(), strict=True):
        recording = _recording(sequence, target, wanted, flow=flow)
        on_step()
        if not recording.clips[:, -1].any():
            empty.append(sequence.name)
            if not keep_empty:
                continue
        kept.append(recording)
    if len(empty) == len(examples):
        raise InputError(
            f"no joint was found in any of the {len(examples)} recordings of {examples.name}; do "
            f"their joints have the names of {spec.joints.name}?"
        )
    _tell(empty, len(examples), kept=keep_empty)
    counts = [len(recording.clips) for recording in kept]
    return Material(
        np.concatenate([recording.clips for recording in kept]),
        np.repeat(np.array([recording.target for recording in kept], dtype=np.int64), counts),
        np.repeat(np.arange(len(kept)), counts),
        tuple(recording.name for recording in kept),
        np.concatenate([recording.flow for recording in kept]) if flow else None,
    )


@dataclass(frozen=True, eq=False)
class _Recording:
    name: str
    target: int
    clips: Float32Array
    flow: Float32Array


def _recording(
    sequence: ActionSequence, target: int, spec: ActionSpec, *, flow: bool
) -> _Recording:
    """The clips of a recording; one without any joint where nobody is seen."""
    if flow and not sequence.video:
        raise InputError(
            f"{sequence.name} has no video, and the two streams need one: the poses and the "
            "optical flow of the pictures; take another model"
        )
    people = [track for track in sequence.read() if len(track) and track.found.any()]
    try:
        spans, clips = _clips(people, spec) if people else ([], np.zeros((1, *spec.shape)))
        shape = (len(clips), *FLOW_SHAPE)
        pictures = np.zeros(shape if flow else (0,), dtype=np.float32)
        if flow and people:
            pictures = flow_clips(sequence.video, people[0], spans)
    except InputError as error:
        raise InputError(f"{sequence.name}: {error}") from error
    return _Recording(sequence.name, target, clips.astype(np.float32, copy=False), pictures)


def _clips(
    people: Sequence[Track], spec: ActionSpec
) -> tuple[list[tuple[float, float]], Float32Array]:
    """Start and end of each clip of a recording, and the clips; those with somebody in them."""
    times = people[0].times
    first, last = float(times[0]), float(times[-1])
    if spec.seconds is None:
        return [(first, last)], clip_of(people, spec)[None]
    ends = window_ends(first, last, spec.seconds, _STEP * spec.seconds)
    clips = windows_of(people[0], ends, spec)
    seen = clips[:, -1].any(axis=(1, 2, 3))
    seen = seen if seen.any() else np.arange(len(clips)) == 0
    spans = [(end - spec.seconds, end) for end in ends[seen].tolist()]
    return spans, clips[seen]


def _tell(empty: list[str], count: int, *, kept: bool) -> None:
    if not empty:
        return
    few = ", ".join(empty[:3]) + (", ..." if len(empty) > 3 else "")
    what = "count as they are" if kept else "were left out"
    logger.warning("%d of %d recordings show nobody and %s: %s", len(empty), count, what, few)


def check_labels(examples: ActionSet, part: str) -> None:
    """Checks that every label can be learned, and warns of those with one example.

    Raises:
        InputError: If a label has no example.
    """
    counts = np.bincount(examples.targets(), minlength=len(examples.labels))
    missing = [label for label, count in zip(examples.labels, counts, strict=True) if count == 0]
    if missing:
        few = ", ".join(missing[:5]) + (", ..." if len(missing) > 5 else "")
        raise InputError(f"the {part} part of {examples.name} has no example of {few}")
    single = [label for label, count in zip(examples.labels, counts, strict=True) if count == 1]
    if single:
        few = ", ".join(single[:5]) + (", ..." if len(single) > 5 else "")
        logger.warning("there is just one example to learn from of %s", few)
