"""Windows of frames in random order, as the training takes them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kinema.poses import Float32Array
from kinema.space.lifting.screen import person_windows, picture_coordinates
from kinema.space.lifting.spec import LiftSpec
from kinema.train.lift.synthesis import WIDTH, Views

_SIZE = (WIDTH, WIDTH)


@dataclass(frozen=True, eq=False)
class Batch:
    """Some windows, and what is to be found in them.

    Attributes:
        frames: (N,) of the views, those of the output.
        inputs: (N, F, inputs) as the network takes them.
        targets: (N, 17, 3) as in `Views`.
        roots: (N, 3) as in `Views`.
        joints: (N, K, 2) the joints in the frame of the output, in picture coordinates; NaN where
            they are not seen. K is 0 for networks of the kind `person`.
        focal: (N,) focal length in picture coordinates.
    """

    frames: npt.NDArray[np.intp]
    inputs: Float32Array
    targets: Float32Array
    roots: Float32Array
    joints: Float32Array
    focal: Float32Array


def batches(
    views: Views, spec: LiftSpec, size: int, rng: np.random.Generator | None
) -> Iterator[Batch]:
    """All frames of the views, each with the frames about it; but none in which nobody is seen.

    Args:
        views: Where they come from.
        spec: What the network takes.
        size: Windows in a batch; of the last one, what is left.
        rng: Of their order; None for the order of the views.
    """
    offsets = np.arange(-spec.field.before, spec.field.after + 1)
    order = np.arange(len(views)) if rng is None else rng.permutation(len(views))
    seen = picture_coordinates(views.pixels, _SIZE)
    filled = _filled(seen, views) if spec.screen == "picture" else None
    for start in range(0, len(order), size):
        chosen = order[start : start + size]
        around = views.windows(chosen, offsets)
        if filled is None:
            pixels, certainty = views.pixels[around], views.certainty[around]
            inputs, usable = person_windows(pixels, certainty, spec.field.before)
            chosen, inputs = chosen[usable], inputs[usable]
            joints = np.zeros((len(chosen), 0, 2), dtype=np.float32)
        else:
            inputs = filled[around].reshape(len(chosen), len(offsets), -1)
            joints = seen[chosen]
        yield Batch(
            chosen,
            inputs,
            views.targets[chosen],
            views.roots[chosen],
            joints,
            views.focal[chosen] * np.float32(2 / WIDTH),
        )


def _filled(flat: Float32Array, views: Views) -> Float32Array:
    """Joints (M, K, 2) in picture coordinates, gaps filled with the last known place.

    Networks of that kind have no number for "absent"; see `kinema.space.lifting.windows`.
    """
    known = ~np.isnan(flat).any(axis=2)
    frames = np.arange(len(flat))[:, None]
    last = np.maximum.accumulate(np.where(known, frames, -1), axis=0)
    upcoming = np.minimum.accumulate(np.where(known, frames, len(flat))[::-1], axis=0)[::-1]
    before, after = views.first[:, None], views.last[:, None]
    source = np.where(last >= before, last, np.where(upcoming <= after, upcoming, -1))
    filled = np.take_along_axis(flat, np.maximum(source, 0)[..., None], axis=0)
    return np.where(source[..., None] >= 0, filled, 0).astype(np.float32)
