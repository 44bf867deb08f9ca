"""What the training of a recogniser is to be, in one place; it is saved with its results."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Literal, get_args

from kinema.actions.spec import KNOWN_JOINTS, ActionSpec, Centre, Heading
from kinema.errors import InputError, did_you_mean
from kinema.skeleton import Skeleton
from kinema.train.actions.families import family_of

STREAMS = ("joint", "bone", "motion", "bone-motion")
"""What a network may look at; several with `+` between them are looked at side by side."""

Fusion = Literal["probabilities", "logarithms"]


@dataclass(frozen=True)
class ActionPlan:
    """One training of a recogniser.

    Attributes:
        model: Its kind, of `FAMILIES`; several with `+` between them are trained together, and
            their results fused.
        streams: One network is trained for each of these; see `STREAMS`.
        copies: How many networks for each stream, which differ in how they begin.
        fusion: How several networks become one: by the mean of their probabilities, or of the
            logarithms of these.
        joints: The skeleton of its input; empty for that of the data.
        frames: To which each clip is resampled.
        people: How many are looked at.
        seconds: Length of the stretch of movement that it looks at, for live use; None for whole
            recordings.
        pacing, centre, heading: As in `ActionSpec`.
        background: The label that stands for none of the others; empty if there is none.
        threshold: With a lower probability no action is named.
        order: The name of what is known of the order of the actions; empty if nothing is.
        channels: Width of the networks; that of the first stage, where it grows.
        blocks: How many blocks each stage of a graph network has; the first frames are halved from
            stage to stage.
        kernel: Frames that a convolution of a graph network looks at; odd.
        stride: Of the first block, over frames; more is faster.
        layers: Of recurrent networks.
        live: Recurrent networks look back only.
        dropout: Share that is dropped in training.
        neighbours: How many of a label the nearest ones are looked at, of the kind `nearest`.
        ridge: By how much the kind `kernel` smooths.
        epochs: How often all clips are gone through.
        batch: Clips in a step.
        rate: Of learning, at its highest; it rises in the first `warm_up` epochs and then falls
            along a cosine to nothing.
        warm_up: Epochs.
        decay: Of weights (AdamW).
        smoothing: Share of the truth that is given to the other labels.
        average: Decay in each step of the moving average of the weights that is kept in the end; 0
            keeps the weights themselves.
        turn: Degrees to either side by which clips in space are turned about the vertical.
        tilt: Degrees by which clips are tilted; in the picture, turned.
        shear: Of clips in the picture.
        scale: By which share the size varies to either side.
        noise: Standard deviation of the joints, in body heights.
        lose: Probability of a joint to be absent, for a stretch of the clip.
        pace: By which share the pace varies within a clip.
        crop: Up to which share of a clip is cut off.
        mirror: Share of the clips that are mirrored, left for right; for labels that name no side.
        validation: About what share of the training part, in whole subjects, is not learned from:
            an early stop and the temperature go by it. With 0 all is learned from.
        patience: Epochs without progress on what is held out after which the training stops, and
            the best network is kept; 0 for never.
        temperature: As in `ActionSpec`, where nothing is held out to fit it.
        protocol: By which the data were split into a training and a test part.
        seed: Of everything random.

    Raises:
        InputError: If a setting is out of its range, or does not go with another one.
    """

    model: str = "stgcn"
    streams: tuple[str, ...] = ("joint",)
    copies: int = 1
    fusion: Fusion = "probabilities"
    joints: str = ""
    frames: int = 64
    people: int = 1
    seconds: float | None = None
    pacing: float = 0.0
    centre: Centre = "clip"
    heading: Heading = "kept"
    background: str = ""
    threshold: float = 0.0
    order: str = ""
    channels: int = 32
    blocks: tuple[int, ...] = (2, 2, 2)
    kernel: int = 9
    stride: int = 2
    layers: int = 2
    live: bool = False
    dropout: float = 0.3
    neighbours: int = 1
    ridge: float = 0.01
    epochs: int = 60
    batch: int = 32
    rate: float = 2e-3
    warm_up: int = 5
    decay: float = 0.05
    smoothing: float = 0.1
    average: float = 0.0
    turn: float = 20.0
    tilt: float = 5.0
    shear: float = 0.1
    scale: float = 0.1
    noise: float = 0.01
    lose: float = 0.0
    pace: float = 0.2
    crop: float = 0.1
    mirror: float = 0.0
    validation: float = 0.0
    patience: int = 0
    temperature: float = 1.0
    protocol: str = ""
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("copies", "channels", "stride", "layers", "neighbours", "epochs", "batch"):
            if getattr(self, name) < 1:
                raise InputError(f"{name} must be 1 or more, got {getattr(self, name)}")
        for name in ("dropout", "smoothing", "average", "lose", "crop", "pace", "validation"):
            if not 0 <= getattr(self, name) < 1:
                raise InputError(f"{name} is a share below 1, got {getattr(self, name)}")
        for name in ("turn", "tilt", "shear", "scale", "noise", "decay", "warm_up", "patience"):
            if not getattr(self, name) >= 0:
                raise InputError(f"{name} must be 0 or more, got {getattr(self, name)}")
        if not self.rate > 0 or not self.blocks or min(self.blocks) < 1:
            raise InputError("the rate must be positive, and each stage have a block")
        if self.patience and not self.validation:
            raise InputError("an early stop (patience) needs a part that is held out (validation)")
        self._check_members()
        self._check_network()

    def _check_network(self) -> None:
        if self.kernel < 1 or self.kernel % 2 == 0:
            raise InputError(f"convolutions look at an odd number of frames, not {self.kernel}")
        if self.fusion not in get_args(Fusion):
            raise InputError(f"fusion is one of {', '.join(get_args(Fusion))}, not {self.fusion!r}")
        if self.joints and self.joints not in KNOWN_JOINTS:
            near = did_you_mean(self.joints, KNOWN_JOINTS)
            raise InputError(f"there is no skeleton {self.joints!r}; {near}")

    def _check_members(self) -> None:
        for name in self.families:
            family_of(name)
        if not self.streams or len(set(self.streams)) != len(self.streams):
            raise InputError("streams are one or more, each once")
        for stream in self.streams:
            for part in stream.split("+"):
                if part not in STREAMS:
                    raise InputError(f"there is no stream {part!r}; there are {', '.join(STREAMS)}")
        if self.fitted and not all(family_of(name).fitted for name in self.families):
            raise InputError(f"{self.model} cannot be trained together: one learns in steps")
        if self.flow and self.mirror:
            raise InputError("clips with optical flow cannot be mirrored")

    @property
    def families(self) -> tuple[str, ...]:
        """The kinds of networks."""
        return tuple(self.model.split("+"))

    @property
    def fitted(self) -> bool:
        """Whether it learns from all examples at once, without epochs."""
        return any(family_of(name).fitted for name in self.families)

    @property
    def flow(self) -> bool:
        """Whether it needs the video."""
        return any(family_of(name).flow for name in self.families)

    @property
    def members(self) -> tuple[tuple[str, str], ...]:
        """Kind and stream of each network."""
        return tuple(
            (family, stream)
            for family in self.families
            for stream in self.streams
            for _ in range(self.copies)
        )

    def spec(self, labels: tuple[str, ...], joints: Skeleton, dimensions: int) -> ActionSpec:
        """What the recogniser takes and gives, trained on poses with these joints."""
        return ActionSpec(
            labels=labels,
            joints=KNOWN_JOINTS[self.joints] if self.joints else joints,
            dimensions=dimensions,
            frames=self.frames,
            people=self.people,
            seconds=self.seconds,
            pacing=self.pacing,
            centre=self.centre,
            heading=self.heading,
            background=self.background or None,
            threshold=self.threshold,
            temperature=self.temperature,
            flow=self.flow,
            order=self.order or None,
        )

    def as_dict(self) -> dict[str, object]:
        """The plan as JSON takes it."""
        values = asdict(self)
        return {name: list(v) if isinstance(v, tuple) else v for name, v in values.items()}

    @classmethod
    def of_dict(cls, content: dict[str, object]) -> ActionPlan:
        """The plan that `as_dict` made this of.

        Raises:
            InputError: If it holds what no plan has.
        """
        known = [each.name for each in fields(cls)]
        unknown = sorted(set(content) - set(known))
        if unknown:
            near = did_you_mean(unknown[0], known)
            raise InputError(f"a plan of training has no {unknown[0]}; {near}")
        lists = {name: tuple(v) for name, v in content.items() if isinstance(v, list)}
        return cls(**{**content, **lists})  # type: ignore[arg-type]


def plan_for(model: str, **given: object) -> ActionPlan:
    """A plan with what suits this kind of network, but for what is given; None leaves it.

    >>> plan_for("gru", epochs=3, rate=None).rate
    0.002

    Raises:
        InputError: If there is no such kind, or a value makes no sense.
    """
    values: dict[str, object] = {"model": model}
    for name in model.split("+"):
        values |= family_of(name).defaults
    values |= {name: value for name, value in given.items() if value is not None}
    return ActionPlan.of_dict(values)


def settings_of(pairs: Sequence[str]) -> dict[str, object]:
    """Settings of a plan as a command line has them.

    >>> settings_of(["rate=0.001", "blocks=[1, 2]", "centre=frame"])
    {'rate': 0.001, 'blocks': [1, 2], 'centre': 'frame'}

    Raises:
        InputError: If one is no `NAME=VALUE`.
    """
    values: dict[str, object] = {}
    for pair in pairs:
        name, mark, value = pair.partition("=")
        if not mark:
            raise InputError(f"--set takes NAME=VALUE, not {pair!r}")
        try:
            values[name] = json.loads(value)
        except ValueError:
            values[name] = value
    return values
