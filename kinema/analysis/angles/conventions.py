"""The printed table of all angles, in the picture and in space."""

from __future__ import annotations

from dataclasses import dataclass

from kinema.analysis.angles.picture_table import ANGLES_2D, PlanarAngle
from kinema.analysis.angles.points import full_name
from kinema.analysis.angles.space_table import ANGLES_3D


@dataclass(frozen=True)
class Convention:
    """One row of the printed table of angles.

    Attributes:
        name: As the curve is called; `SIDE_` stands for `left_` and `right_`.
        measured: Between what, or in what plane.
        zero: When it is 0, or at which other value it is how.
        positive: What counts as more.
        values: The range of its values in degrees; `"any"` for one that is followed over time.
        where: `"side view"`, `"front or back view"`, `"picture"` or `"space"`.
    """

    name: str
    measured: str
    zero: str
    positive: str
    values: str
    where: str


_VIEWS = {"sagittal": "side view", "frontal": "front or back view", "any": "picture"}


def angle_conventions() -> tuple[Convention, ...]:
    """The table of all angles: what is measured, where zero is and which sign means what.

    >>> next(row.zero for row in angle_conventions() if row.name == "SIDE_knee_flexion")
    'thigh and shank in line'
    """
    planar = (
        Convention(
            full_name(angle.name, sided=angle.sided),
            _between(angle),
            angle.zero,
            angle.positive,
            _range(angle.low, angle.period, angle.follows),
            _VIEWS[angle.plane],
        )
        for angle in ANGLES_2D
    )
    spatial = (
        Convention(
            full_name(angle.name, sided=angle.sided),
            angle.about,
            angle.zero,
            angle.positive,
            _range(angle.low, 360.0, angle.follows),
            "space",
        )
        for angle in ANGLES_3D
    )
    return (*planar, *spatial)


def _range(low: float, period: float, follows: bool) -> str:
    return "any" if follows else f"{low:.0f} to {low + period:.0f}"


def _between(angle: PlanarAngle) -> str:
    first = {"forward": "the horizontal", "up": "the vertical"}.get(
        angle.first if isinstance(angle.first, str) else "", ""
    ) or _arrow(angle.first)
    return f"from {first} to {_arrow(angle.second)}"


def _arrow(vector: tuple[str, str] | str) -> str:
    return "-".join(point.replace("_", " ") for point in vector)
