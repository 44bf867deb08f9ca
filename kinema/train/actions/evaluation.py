"""How well a finished recogniser does on a data set; this needs no PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import numpy as np

from kinema.actions.recogniser import Recogniser
from kinema.actions.sequences import ActionSet
from kinema.errors import InputError
from kinema.poses import Float32Array
from kinema.train.actions.material import Material, material_of
from kinema.train.actions.measure import Measured, measure

_AT_ONCE = 64


def evaluate_recogniser(
    recogniser: Recogniser,
    examples: ActionSet,
    *,
    on_step: Callable[[], object] = lambda: None,
) -> Measured:
    """Holds what a recogniser says of some recordings against their labels.

    Args:
        recogniser: What is measured.
        examples: Recordings; each label must be one that the recogniser knows.
        on_step: Called after each recording.

    Raises:
        InputError: If a label is unknown to the recogniser, or the recordings are not what it
            takes.
    """
    spec = recogniser.spec
    unknown = [label for label in examples.labels if label not in spec.labels]
    used = {sequence.label for sequence in examples.sequences}
    if used & set(unknown):
        few = ", ".join(sorted(used & set(unknown))[:3])
        raise InputError(
            f"the recogniser does not know {few} of {examples.name}; it knows "
            f"{', '.join(spec.labels[:5])}{', ...' if len(spec.labels) > 5 else ''}"
        )
    renumbered = ActionSet(examples.name, spec.labels, examples.sequences)
    material = material_of(renumbered, spec, flow=spec.flow, on_step=on_step)
    chances = spec.probabilities(_logits(recogniser, material))
    return measure(material.by_recording(chances), material.truth, spec.labels)


def _logits(recogniser: Recogniser, material: Material) -> Float32Array:
    network = cast("Callable[..., Float32Array]", recogniser.network)
    parts = []
    for start in range(0, len(material), _AT_ONCE):
        parts.append(network(*(array[start : start + _AT_ONCE] for array in material.inputs)))
    return np.concatenate(parts)
