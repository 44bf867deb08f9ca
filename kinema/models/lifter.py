"""Networks that lift poses from the picture to space: the ones that ship, and those of one's own.

A lifting network is an ONNX file with its card beside it, as `kinema train lift` writes both:
`lifter.onnx` and `lifter.json`. Two live in this package, trained on CMU's motion capture: one that
looks at as many frames after as before, and a causal one for live use.
"""

from __future__ import annotations

from pathlib import Path

from kinema.errors import FormatError, InputError, ModelError, SkeletonError
from kinema.models import network_card
from kinema.models.options import Precision
from kinema.models.runtime import Network
from kinema.poses import Float32Array
from kinema.skeletons import SKELETONS
from kinema.space.lifting import LIFT13, LiftSpec, LiveLifter, ReceptiveField, lift
from kinema.track import Track

_SHIPPED = Path(__file__).parent / "lifters"
_FORMAT, _VERSION = "kinema.lifter", 1


class Lifter:
    """A lifting network that is ready to be used; as a function, it is a `LiftingNetwork`.

    Args:
        path: An ONNX file.
        spec: What it takes and gives.
        live: Spend all cores on one window at a time.
        precision: `bf16` is faster with large networks, where the machine has it, and moves joints
            by some millimetres.

    Attributes:
        precision: The arithmetic that was chosen: `f32`, `bf16`.

    Raises:
        ModelError: If the file cannot be read, or is of another network than `spec` says.
    """

    def __init__(
        self, path: Path, spec: LiftSpec, *, live: bool = False, precision: Precision = "f32"
    ) -> None:
        self.path, self.spec = path, spec
        self._network = Network(path, precision=precision, latency=live)
        self.precision = self._network.precision
        ends = self._network.inputs[0].shape, self._network.outputs[0].shape
        widths = tuple(shape[-1] if len(shape) == 3 else None for shape in ends)
        if widths != (spec.inputs, spec.outputs):
            raise ModelError(
                f"{path} takes {ends[0]} and gives {ends[1]}, but its card says "
                f"{spec.inputs} numbers a frame and {spec.outputs}"
            )

    def __call__(self, frames: Float32Array) -> Float32Array:
        """Runs the network: (N, T, inputs) to (N, T - F + 1, outputs)."""
        return self._network.start(frames).result()[0]

    def lift(
        self,
        track: Track,
        *,
        size: tuple[int, int],
        focal: float | None = None,
        height: float | None = None,
        mirrored: bool = True,
        guess_missing: bool = False,
    ) -> Track:
        """The person's pose in space in every frame; see `kinema.space.lifting.lift`."""
        return lift(
            track,
            self,
            self.spec,
            size=size,
            focal=focal,
            height=height,
            mirrored=mirrored,
            guess_missing=guess_missing,
        )

    def live(
        self,
        *,
        size: tuple[int, int],
        rate: float,
        focal: float | None = None,
        height: float | None = None,
    ) -> LiveLifter:
        """A stage that lifts while frames arrive; see `kinema.space.lifting.LiveLifter`."""
        return LiveLifter(self, self.spec, size, rate=rate, focal=focal, height=height)


def load_lifter(
    path: str | Path | None = None,
    *,
    causal: bool = False,
    live: bool = False,
    precision: Precision = "f32",
) -> Lifter:
    """A lifting network.

    Args:
        path: An ONNX file with its card beside it; None for the one that ships with Kinema.
        causal: Of those that ship, the one that needs no later frames.
        live: For live use: the causal one, with all cores on one window at a time.
        precision: Arithmetic of the network; see `Lifter`.

    Raises:
        InputError: If there is no such file.
        FormatError: If its card is none.
        ModelError: If the network cannot be read, or is another one than the card says.
    """
    if path is None:
        place = _SHIPPED / ("causal.onnx" if causal or live else "symmetric.onnx")
        if not place.exists():
            raise ModelError(
                "this installation has no lifting network; name one that was trained with "
                "kinema train lift"
            )
    else:
        place = Path(path)
        if not place.is_file():
            raise InputError(
                f"there is no lifting network {path}; give an .onnx of kinema train lift, or none"
            )
    spec = read_card(place.with_suffix(".json"))
    return Lifter(place, spec, live=live, precision=precision)


def read_card(path: Path) -> LiftSpec:
    """What a lifting network takes and gives, from its card.

    Raises:
        InputError: If the card cannot be read.
        FormatError: If it is none.
    """
    card = network_card.read_card(path, "a lifting network", _FORMAT, _VERSION)
    try:
        return _spec(card["spec"])
    except (KeyError, TypeError, InputError) as error:
        raise FormatError(f"{path}: its spec is damaged: {error}") from error


def _spec(content: object) -> LiftSpec:
    if not isinstance(content, dict):
        raise InputError("it is no object")
    name, widths, rate = content["joints"], content["widths"], content["rate"]
    known = {**SKELETONS, LIFT13.name: LIFT13}
    if name not in known:
        raise SkeletonError(f"there is no skeleton {name!r}")
    screen = content["screen"]
    if not (isinstance(widths, list) and all(isinstance(width, int) for width in widths)):
        raise InputError(f"widths are whole numbers, not {widths!r}")
    if screen not in ("picture", "person"):
        raise InputError(f"screen is picture or person, not {screen!r}")
    if not (rate is None or (isinstance(rate, int | float) and rate > 0)):
        raise InputError(f"the rate is a positive number or null, not {rate!r}")
    return LiftSpec(
        joints=known[str(name)],
        field=ReceptiveField(tuple(widths), bool(content["causal"])),
        screen="person" if screen == "person" else "picture",
        rate=None if rate is None else float(rate),
        sigma=bool(content["sigma"]),
    )
