"""Recognisers of actions: the one that ships, networks of one's own, and what was taught.

A network is an ONNX file with its card beside it, as `kinema actions train` writes both:
`actions.onnx` and `actions.json`. What `kinema teach` makes is one file.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from kinema.actions.recogniser import ActionScores, Recogniser, Timeline
from kinema.actions.spec import ActionSpec
from kinema.actions.taught_file import is_taught, read_taught
from kinema.errors import FormatError, InputError, ModelError, did_you_mean
from kinema.models import network_card
from kinema.models.options import Precision
from kinema.models.runtime import Network
from kinema.poses import Float32Array

__all__ = [
    "EVERYDAY",
    "ActionScores",
    "Recogniser",
    "Timeline",
    "load_recogniser",
    "read_card",
]

EVERYDAY = "everyday"
"""The name of the recogniser that ships."""

_SHIPPED = Path(__file__).parent / "recognisers" / "everyday.onnx"
_FORMAT, _VERSION = "kinema.actions", 1


class RecogniserNetwork:
    """A network that recognises actions; as a function, it is an `ActionNetwork`.

    Args:
        path: An ONNX file.
        spec: What it takes and gives.
        live: Spend all cores on one call at a time.
        precision: Arithmetic of the network.

    Attributes:
        precision: The arithmetic that was chosen: `f32`, `bf16`.

    Raises:
        ModelError: If the file cannot be read, or is of another network than `spec` says.
    """

    def __init__(
        self, path: Path, spec: ActionSpec, *, live: bool = False, precision: Precision = "f32"
    ) -> None:
        self.path, self.spec = path, spec
        count = 2 if spec.flow else 1
        self._network = Network(path, precision=precision, latency=live, count=count)
        self.precision = self._network.precision
        takes, gives = self._network.inputs[0].shape, self._network.outputs[0].shape
        wanted = (-1, *spec.shape), (-1, len(spec.labels))
        if not (_fits(takes, wanted[0]) and _fits(gives, wanted[1])):
            raise ModelError(
                f"{path} takes clips {takes} and gives {gives}, but its card says {wanted[0]} for "
                f"{len(spec.joints)} joints of {spec.joints.name}, and {wanted[1]}"
            )
        self._one_by_one = takes[0] == 1

    def __call__(self, clips: Float32Array, flow: Float32Array | None = None) -> Float32Array:
        """Runs the network: (N, D + 1, T, K, P) to (N, L).

        Args:
            clips: Of people.
            flow: (N, 2, T', S, S) of the same, where the recogniser looks at that.

        Raises:
            InputError: If it needs flow and there is none.
        """
        if self.spec.flow and flow is None:
            raise InputError(
                f"{self.path} looks at the optical flow of the video, too, and there is none: "
                "it takes videos, by kinema actions predict"
            )
        inputs = (clips,) if flow is None else (clips, flow)
        if not self._one_by_one or len(clips) == 1:
            return self._network.start(*inputs).result()[0]
        singles = [tuple(part[n : n + 1] for part in inputs) for n in range(len(clips))]
        return np.concatenate([self._network.start(*each).result()[0] for each in singles])


def load_recogniser(
    path: str | Path | None = None, *, live: bool = False, precision: Precision = "auto"
) -> Recogniser:
    """A recogniser of actions.

    Args:
        path: An ONNX file with its card beside it, or a file that `kinema teach` has made; None or
            "everyday" for the one that ships with Kinema.
        live: Spend all cores on one call at a time.
        precision: Arithmetic of the network; `auto` is what its card says: bfloat16, where the
            processor has it, for graph networks, and float32 for others, whose speed or results
            it does no good.

    Raises:
        InputError: If there is no such file.
        FormatError: If its card is none, or what was taught is damaged.
        ModelError: If the network cannot be read, or is another one than the card says.
    """
    if path is None or path == EVERYDAY:
        if not _SHIPPED.is_file():
            raise ModelError(
                "this installation has no recogniser; name one that was trained with kinema "
                "actions train, or taught with kinema teach"
            )
        place = _SHIPPED
    else:
        place = Path(path)
        if not place.is_file():
            near = ""
            if not place.suffix and place.name == str(path):  # a name, and none of a file
                near = f"; {did_you_mean(str(path), [EVERYDAY])}"
            raise InputError(f"there is no recogniser {path}{near}")
    if is_taught(place):
        taught = read_taught(place)
        return Recogniser(taught, taught.spec)
    spec, usual = _read_card(place.with_suffix(".json"))
    arithmetic = usual if precision == "auto" else precision
    return Recogniser(RecogniserNetwork(place, spec, live=live, precision=arithmetic), spec)


def read_card(path: Path) -> ActionSpec:
    """What a recogniser takes and gives, from its card.

    Raises:
        InputError: If the card cannot be read.
        FormatError: If it is none.
    """
    return _read_card(path)[0]


def _read_card(path: Path) -> tuple[ActionSpec, Precision]:
    """What a recogniser takes and gives, and the arithmetic that suits it."""
    card = network_card.read_card(path, "a recogniser", _FORMAT, _VERSION)
    try:
        spec = ActionSpec.of_dict(card.get("spec"))
    except FormatError as error:
        raise FormatError(f"{path}: {error}") from error
    return spec, "auto" if card.get("precision") == "auto" else "f32"


def _fits(shape: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    """Whether a shape, with -1 for what may vary, is one as wanted; the count of clips is free."""
    return len(shape) == len(wanted) and all(
        side in (-1, other) for side, other in zip(shape[1:], wanted[1:], strict=True)
    )
