"""What to do with the poses of a recording."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from kinema.errors import InputError, did_you_mean
from kinema.tracking.smoothing import find_smoother

View = Literal["auto", "side", "back", "front"]
Surface = Literal["auto", "overground", "treadmill"]
Mode = Literal["auto", "walking", "running"]

SMALLEST, TALLEST = 0.5, 2.6  # metres
STEEPEST = 45.0  # degrees


@dataclass(frozen=True)
class StudyPlan:
    """What to do with the poses.

    Attributes:
        smooth: `auto`, `none` or the name of a filter; see `kinema.tracking.smoothing`.
        max_gap: The longest gap in seconds that is filled.
        repair_swaps: Whether exchanged left and right limbs are put right.
        people: Identities of the people wanted; () is all.
        retrack: Give new identities even where the recording has some.
        height: Of the body in metres, or None; turns pixels into metres.
        view: Of the camera: `auto`, `side`, `front` or `back`.
        surface: That is walked on: `auto`, `overground` or `treadmill`.
        mode: `auto`, `walking` or `running`.
        size: Width and height of the picture in pixels, where the recording does not say it.
        floor_angle: Degrees by which the floor rises to the right of the picture, for a camera that
            is not level; None finds it from the feet that stand.

    Raises:
        InputError: If a name is unknown, or a number is none that can be meant.
    """

    smooth: str = "auto"
    max_gap: float = 0.25
    repair_swaps: bool = True
    people: tuple[int, ...] = ()
    retrack: bool = False
    height: float | None = None
    view: View = "auto"
    surface: Surface = "auto"
    mode: Mode = "auto"
    size: tuple[int, int] | None = None
    floor_angle: float | None = 0.0

    def __post_init__(self) -> None:
        find_smoother(self.smooth)
        for name, value, known in (
            ("view", self.view, get_args(View)),
            ("surface", self.surface, get_args(Surface)),
            ("mode", self.mode, get_args(Mode)),
        ):
            if value not in known:
                raise InputError(f"unknown {name} {value!r}; {did_you_mean(value, known)}")
        if self.height is not None and not SMALLEST <= self.height <= TALLEST:
            centimetres = SMALLEST <= self.height / 100 <= TALLEST
            hint = f"; did you mean {self.height / 100:g}?" if centimetres else ""
            raise InputError(f"the height is in metres, and {self.height:g} is none{hint}")
        if not self.max_gap >= 0:
            raise InputError(f"the longest gap cannot be {self.max_gap:g} s")
        if self.floor_angle is not None and not abs(self.floor_angle) < STEEPEST:
            raise InputError(f"a floor cannot be tilted by {self.floor_angle:g} degrees")
