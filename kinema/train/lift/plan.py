"""What a training is to be, in one place; it is saved with its results."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from math import prod
from typing import Literal

from kinema.errors import InputError
from kinema.skeletons import H36M17
from kinema.space.lifting import LIFT13, LiftSpec, ReceptiveField

RATE = 30.0


@dataclass(frozen=True)
class LiftPlan:
    """One training of a lifting network.

    Attributes:
        widths: Filter widths; their product is the number of frames that the network looks at.
        channels: Numbers for each frame between the layers.
        causal: Look back only.
        screen: `person` or `picture`, as in `LiftSpec`.
        sigma: Whether the network learns to say how far it may be off; only of the kind `person`.
        dropout: Share that is dropped in training.
        epochs: How often all motion is gone through.
        views: How many cameras look at each recording in an epoch, each time others.
        batch: Windows in a step; the paper has 1,024, but fewer learn more from as many windows.
        rate: Of learning, in the first epoch.
        decay: What the rate is multiplied by after each epoch.
        held_out: Subjects that are not trained on, but measured on.
        focal: Focal length of all cameras over the width of the picture, as people who have one
            kind of camera know it; None for cameras of many kinds. Only of the kind `picture`.
        labelled: Share of the recorded time whose poses in space may be used, of whole subjects.
        semi: Whether the other subjects take part by what is seen of them in the picture. It needs
            `focal`, for how far away somebody is does not show where the lens is unknown.
        noise: How much noise the joints in the picture have: 1 is that of our models, 0 is none.
        mix: Share of the views that get the arms or legs of another recording.
        bend: Share of the views whose limbs are turned away from where they were.
        tilt: Share of the views in which the body is not as upright as it was.
        seed: Of everything random.

    Raises:
        InputError: If a setting is out of its range, or does not go with another one.
    """

    widths: tuple[int, ...] = (3, 3, 3)
    channels: int = 256
    causal: bool = False
    screen: Literal["picture", "person"] = "person"
    sigma: bool = True
    dropout: float = 0.1
    epochs: int = 40
    views: int = 4
    batch: int = 256
    rate: float = 1e-3
    decay: float = 0.9
    held_out: tuple[str, ...] = ()
    focal: float | None = None
    labelled: float = 1.0
    semi: bool = False
    noise: float = 1.0
    mix: float = 0.3
    bend: float = 0.3
    tilt: float = 0.3
    seed: int = 0

    def __post_init__(self) -> None:
        positive = ("channels", "epochs", "views", "batch", "rate", "decay")
        for name in positive:
            if not getattr(self, name) > 0:
                raise InputError(f"{name} must be more than 0, got {getattr(self, name)}")
        if not 0 < self.labelled <= 1 or not 0 <= self.dropout < 1 or not self.noise >= 0:
            raise InputError("labelled is a share up to 1, dropout one below 1, noise at least 0")
        if self.semi and self.screen != "picture":
            raise InputError("training with unlabelled recordings needs the kind picture")
        if self.semi and self.focal is None:
            raise InputError("training with unlabelled recordings needs a focal length")
        if self.focal is not None and (self.screen != "picture" or not self.focal > 0):
            raise InputError("focal is above 0, and only networks of the kind picture have one")
        if self.sigma and self.screen == "picture":
            raise InputError("networks of the kind picture say nothing of their errors")

    @property
    def spec(self) -> LiftSpec:
        """What the network takes and gives."""
        field = ReceptiveField(self.widths, self.causal)
        joints = LIFT13 if self.screen == "person" else H36M17
        rate = RATE if self.screen == "person" else None
        return LiftSpec(joints, field, self.screen, rate, self.sigma)

    @property
    def frames(self) -> int:
        """How many frames the network looks at."""
        return prod(self.widths)

    def as_dict(self) -> dict[str, object]:
        """The plan as JSON takes it."""
        return {**asdict(self), "widths": list(self.widths), "held_out": list(self.held_out)}

    @classmethod
    def of_dict(cls, content: dict[str, object]) -> LiftPlan:
        """The plan that `as_dict` made this of.

        Raises:
            InputError: If it holds what no plan has.
        """
        unknown = sorted(set(content) - {field.name for field in fields(cls)})
        if unknown:
            raise InputError(f"a plan of training has no {unknown[0]}")
        lists = {name: tuple(v) for name, v in content.items() if isinstance(v, list)}
        return cls(**{**content, **lists})  # type: ignore[arg-type]


def widths_of(frames: int) -> tuple[int, ...]:
    """Filter widths of the paper for a number of frames: (3, 3, 3) for 27; (1, 1, 1) for one.

    Raises:
        InputError: If it is no power of 3.
    """
    widths: tuple[int, ...] = ()
    while 3 ** len(widths) < frames:
        widths += (3,)
    if prod(widths) != frames or frames < 1:
        raise InputError(f"a network looks at 1, 3, 9, 27, 81 or 243 frames, not at {frames}")
    return widths or (1, 1, 1)
